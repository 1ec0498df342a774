/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A hosted set as the server has it, for commands that look into it.
 */

#pragma once

#include "source.h"

/*! \brief A hosted set with its hosted zones. */
typedef struct {
	hm_source_t source;
	hm_hosted_set_t *set;
	hm_all_flags_t flags; /*!< Hosted zones; the result is not KNOT_EOK if one was not read. */
} hm_loaded_t;

/*!
 * \brief Read the configuration and the hosted zones.
 *
 * \param[in]  opts    Command line.
 * \param[out] loaded  To be cleared with hm_load_clear() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As hm_source_open(), hm_source_flags().
 */
int hm_load_open(const hm_tool_opts_t *opts, hm_loaded_t *loaded, hm_error_t *error);

/*!
 * \brief Load the hosted set.
 *
 * \param[in]     opts    Command line.
 * \param[in]     report  Receives what is wrong in the lines of the hosted file; may be NULL.
 *                        An error of a profile goes to standard error.
 * \param[in]     ctx     Context of \a report.
 * \param[in,out] loaded  What was opened.
 * \param[out]    error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   A profile has errors, the hosted file cannot be read, or out of memory.
 */
int hm_load_set(const hm_tool_opts_t *opts, hm_report_f report, void *ctx, hm_loaded_t *loaded,
                hm_error_t *error);

/*! \brief Free all of it. */
void hm_load_clear(hm_loaded_t *loaded);
