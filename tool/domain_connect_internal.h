/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of a template: text with variables, and single records.
 */

#pragma once

#include <stdint.h>

#include "domain_connect.h"

/*! \brief The most variables that a template has. */
#define HM_DC_VARS_MAX HM_VARS_PER_DOMAIN_MAX

/*!
 * \brief A domain whose name and values are places for the variables of a template.
 *
 * A profile that is expanded for it has them where the variables are.
 */
typedef struct {
	const hm_vartab_t *tab;
	hm_domain_t domain;
	uint8_t name[32];
	uint8_t vars[HM_VARS_MAX];
} hm_dc_places_t;

/*! \brief One record under way. */
typedef struct {
	const hm_dc_places_t *places;
	const hm_record_t *record;
	const uint8_t *rdata;           /*!< Expanded for the places. */
	size_t len;
	uint8_t used[HM_VARS_COUNT_MAX]; /*!< Variables that it uses, by their index. */
	const char *reason;             /*!< Why it has no equivalent, static; NULL if it has. */
	const char *warning;            /*!< What differs, static; NULL if nothing. */
} hm_dc_record_t;

/*!
 * \brief Prepare the places for the variables of a profile.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  It has too many variables.
 */
int hm_dc_places_init(hm_dc_places_t *places, const hm_profile_t *profile);

/*!
 * \brief Text with variables in their places as text of a template.
 *
 * \param[in,out] record  Receives what is used, or why it has no equivalent.
 * \param[in]     text    Text.
 * \param[in]     len     Bytes of it.
 *
 * \return Text, to be freed with free(); NULL if there is a reason, or memory is out.
 */
char *hm_dc_text(hm_dc_record_t *record, const uint8_t *text, size_t len);

/*!
 * \brief A record of a template.
 *
 * \return The record; NULL if there is a reason, or memory is out.
 */
json_t *hm_dc_record(hm_dc_record_t *record);
