/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the files of the commands `flag` and `unflag` share.
 */

#pragma once

#include "flag_input.h"
#include "flag_plan.h"
#include "json.h"
#include "options.h"
#include "source.h"

/*! \brief A run of one of the commands. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_json_t json;
	hm_source_t source;
	size_t zone;             /*!< Index of the hosted zone in the section. */
	hm_flag_input_t input;
	hm_hosted_set_t *set;    /*!< Profiles; for flag with the input as its hosted file, for
	                              unflag with that of the server. */
	size_t errors;           /*!< Lines that are wrong. */
	hm_flags_t flags;        /*!< The zone. */
	hm_flags_t *others;      /*!< All hosted zones of the section in their order, for unflag;
	                              the one above is not read here. */
	hm_flag_plan_t plan;
	bool is_late;            /*!< A name server did not answer right in time. */
} hm_flag_work_t;

/*! \brief Who hosts a domain beside the zone that is changed. */
typedef enum {
	HM_OTHER_NOBODY,
	HM_OTHER_FILE,
	HM_OTHER_ZONE,
} hm_other_t;

/*! \brief Read the other hosted zones; one that cannot be read is said on standard error. */
int hm_flag_others_read(hm_flag_work_t *work, hm_error_t *error);

/*!
 * \brief Find out who would host a domain if the zone said nothing of it.
 *
 * \param[in]  work     The others.
 * \param[in]  name     Domain in lowercase.
 * \param[in]  is_later Only who comes after the zone: what a `none` in it would hide.
 * \param[out] zone     Index of the zone; set for HM_OTHER_ZONE only.
 */
hm_other_t hm_flag_other(const hm_flag_work_t *work, const knot_dname_t *name, bool is_later,
                         size_t *zone);

/*!
 * \brief Read the zone and make the changes that it needs, unless in a dry run.
 *
 * \param[in,out] work   Run with its domains; all that is planned afterwards was done.
 * \param[out]    error  Set unless KNOT_EOK.
 */
int hm_flag_apply(hm_flag_work_t *work, hm_error_t *error);

/*! \brief Report what was done: changes, and counts. */
int hm_flag_report(hm_flag_work_t *work, hm_error_t *error);

/*!
 * \brief Wait until all name servers of the domains answer right, and report those that do not.
 *
 * \param[in,out] work   Run whose changes were made and reported.
 * \param[out]    right  Whether all did in time; set if KNOT_EOK.
 * \param[out]    error  Set unless KNOT_EOK.
 */
int hm_flag_wait(hm_flag_work_t *work, bool *right, hm_error_t *error);
