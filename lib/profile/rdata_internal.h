/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of compiled RDATA, shared by its compilation and its expansion.
 */

#pragma once

#include "hostedmail/rdata.h"

/*! \brief Step of the expansion. */
typedef enum {
	OP_RAW,       /*!< Bytes as they are; whole labels if in a name. */
	OP_NAME,      /*!< Start of a name. */
	OP_DOMAIN,    /*!< Labels of the domain. */
	OP_ORIGIN,    /*!< Labels of the domain as the end of a relative name. */
	OP_NAME_END,  /*!< End of a name, the root label included. */
	OP_LABEL,     /*!< Start of a label with variables. */
	OP_LABEL_END, /*!< End of it. */
	OP_STRING,    /*!< Start of a character string. */
	OP_STRING_END,
	OP_TEXT,      /*!< Bytes of a label or a string. */
	OP_VAR,       /*!< A variable in a label, a string or plain text. */
} hm_op_t;

typedef struct {
	hm_op_t op;
	uint32_t len;        /*!< Bytes of an OP_RAW or OP_TEXT. */
	uint32_t pos;        /*!< Where they are. */
	const hm_var_t *var; /*!< What an OP_VAR stands for. */
} hm_part_t;

struct hm_rdata {
	hm_part_t *parts;
	uint8_t *bytes;
	uint32_t parts_count;
	uint32_t bytes_len;
	uint16_t type;
	uint16_t splices;    /*!< How often the domain is spliced in as labels. */
	uint16_t texts;      /*!< How often it is spliced in as text. */
	uint16_t values;     /*!< How often a variable of the domain is used. */
	bool fixed;
	bool lowercase;      /*!< Names are put in lowercase (RFC 4034, section 6.2). */
};

/*! \brief Letters of names in lowercase, everything else as it is. */
static inline uint8_t lower(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') ? c + ('a' - 'A') : c;
}
