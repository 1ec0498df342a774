/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Variables of a profile, and the marks that stand for them while it is read.
 *
 * libzscanner reads the master file and knows nothing of variables. So the reader puts a mark in
 * place of each, \ref HM_MARK_SIZE bytes that are plain text to the scanner, and looks for the
 * marks in the RDATA that comes out.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/domain.h"

/*! \brief What stands between the braces. */
typedef enum {
	HM_VAR_DOMAIN, /*!< {domain}: labels in a name, presentation format in a string. */
	HM_VAR_DASH,   /*!< {domain:-}: the same with one dash for a dot, (part of) one label. */
	HM_VAR_DASHES, /*!< {domain:--}: with two dashes for a dot. */
	HM_VAR_VALUE,  /*!< {NAME}: a variable of the domain. */
} hm_var_kind_t;

/*! \brief A variable of a profile. */
typedef struct {
	hm_var_kind_t kind;
	uint8_t name_len;           /*!< Bytes of the name, 0 unless HM_VAR_VALUE. */
	char name[HM_VAR_NAME_MAX]; /*!< Name, not terminated. */
} hm_var_t;

/*! \brief Bytes of a mark: one that the file does not use, then two with the variable's index. */
#define HM_MARK_SIZE 3

/*! \brief Most different variables of one profile. */
#define HM_VARS_COUNT_MAX (36 * 36)

/*! \brief All variables of a profile; freed by hm_vartab_clear(). */
typedef struct {
	hm_var_t *vars;  /*!< Variables by index; must outlive all RDATA compiled with them. */
	uint16_t count;  /*!< Number of variables. */
	uint8_t mark;    /*!< First byte of a mark. */
} hm_vartab_t;

/*! \brief Free the variables of a profile. */
void hm_vartab_clear(hm_vartab_t *tab);

/*!
 * \brief Write the two index bytes of a mark.
 *
 * \param[in]  index  Index of the variable, less than HM_VARS_COUNT_MAX.
 * \param[out] out    Two lowercase letters or digits.
 */
void hm_mark_index(uint16_t index, char out[2]);

/*!
 * \brief Get the variable of a mark.
 *
 * \param[in] tab    Variables of the profile.
 * \param[in] mark   Bytes that start with the first byte of a mark.
 * \param[in] avail  How many there are.
 *
 * \return The variable, borrowed from \a tab; NULL if the bytes are no mark of it.
 */
const hm_var_t *hm_mark_var(const hm_vartab_t *tab, const uint8_t *mark, size_t avail);

/*!
 * \brief Size of the origin that stands for the hosted domain while a profile is scanned: a name of
 *        one label, the first byte of a mark, which no name of the file can contain.
 */
#define HM_ORIGIN_SIZE 3

/*! \brief Tell whether the origin that stands for the hosted domain begins at a label. */
bool hm_mark_is_origin(const hm_vartab_t *tab, const uint8_t *label);
