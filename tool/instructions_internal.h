/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of the command "instructions": what the customer has to do, and how it is written.
 */

#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "idn.h"
#include "load.h"
#include "options.h"
#include "zone_text.h"

/*! \brief What the customer changes. */
typedef enum {
	HM_WAY_DOMAIN,    /*!< The name servers at the registrar. */
	HM_WAY_SUBDOMAIN, /*!< The NS records in the zone above. */
	HM_WAY_RECORDS,   /*!< Every record by hand. */
} hm_way_t;

/*! \brief Instructions that are being made. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_error_t *error;
	hm_loaded_t loaded;
	knot_dname_storage_t name;
	knot_dname_txt_storage_t text;      /*!< The domain as text. */
	char *unicode;                      /*!< With U-labels, NULL if it has none. */
	hm_domain_t domain;
	const hm_profile_t *profile;
	uint8_t *vars;                      /*!< Variables of the command line, packed. */
	bool preview;                       /*!< Profile and variables are of the command line. */
	knot_dname_storage_t zone;          /*!< Zone that the customer edits. */
	hm_way_t way;
	bool is_way_given;
	hm_zone_text_t records;
	char *logo;                         /*!< data: URI, NULL if there is none. */
} hm_instructions_t;

/*!
 * \brief Find the domain and its records: in the hosted set, or as the command line has it.
 *
 * \param[in,out] instructions  Instructions.
 * \param[in]     mm            Memory of the domain's variables.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  It is not hosted; said in the error.
 * \retval KNOT_E*      It could not be hosted so, or out of memory.
 */
int hm_instructions_domain(hm_instructions_t *instructions, knot_mm_t *mm);

/*! \brief Names that templates may use, NULL after the last one. */
extern const char *const hm_instructions_names[];

/*!
 * \brief Put the instructions into the form of doc/khostedmail-json.rst.
 *
 * \param[in]  instructions  Instructions.
 * \param[out] values        New object; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK      Success.
 * \retval KNOT_ENOENT   A name server is below the domain and has no address; said in the error.
 * \retval KNOT_ENOMEM   Out of memory.
 */
int hm_instructions_values(const hm_instructions_t *instructions, json_t **values);

/*! \brief Templates that are built in: the files of tool/templates. */
extern const char hm_template_text[];
extern const char hm_template_markdown[];
extern const char hm_template_html[];
