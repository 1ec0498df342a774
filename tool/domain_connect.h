/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A profile as a Domain Connect template (draft-ietf-dconn-domainconnect), for customers who
 *        do not delegate their domain.
 *
 * `{domain}` is `%fqdn%` there, the name that the template is applied to; other variables keep
 * their names. Records that use a variable are a group of their own (`groupId`), so that they can
 * be left out as they are for a hosted domain.
 */

#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "error.h"
#include "hostedmail/profile.h"

/*! \brief What a template says besides records; NULL for what is left out. */
typedef struct {
	const char *provider_id;
	const char *provider_name;
	const char *service_id;
	const char *service_name;
	const char *key_domain;   /*!< Where the public key of signed requests is. */
	const char *logo_url;
	const char *description;
	unsigned version;
	bool delegation;          /*!< Of a subdomain to the name servers of the profile, in
	                               place of its other records. */
	bool partial;             /*!< Leave out what has no equivalent. */
} hm_dc_opts_t;

/*!
 * \brief Check what is said besides records.
 *
 * \param[in]  opts   Options.
 * \param[out] error  What is wrong; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  It is no valid template.
 */
int hm_dc_check(const hm_dc_opts_t *opts, hm_error_t *error);

/*!
 * \brief Make a template.
 *
 * \param[in]  profile  Profile.
 * \param[in]  opts     What else it says, checked.
 * \param[in]  report   Receives what has no equivalent as an error, or as a warning if it is
 *                      left out.
 * \param[in]  ctx      Context of \a report.
 * \param[out] out      Template, to be given back with json_decref(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  There is something without an equivalent, or no record is left.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_dc_template(const hm_profile_t *profile, const hm_dc_opts_t *opts, hm_report_f report,
                   void *ctx, json_t **out);
