/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Domains of a hosted file that need a word, which the load of the file has not said: those
 *        that are probably a mistake, and others that a command adds.
 */

#pragma once

#include "conf.h"
#include "hostedmail/domain.h"
#include "hostedmail/report.h"
#include "suffixes.h"

/*! \brief A domain. */
typedef struct {
	knot_dname_t *name;
	const knot_dname_t *exclude; /*!< The excluded name above it. */
	const char *error;           /*!< What is wrong; static text. With neither, the domain is a
	                                  public suffix. */
} hm_suspicious_item_t;

/*! \brief Domains that were found. */
typedef struct {
	const hm_conf_section_t *section;
	hm_suffixes_t *suffixes;
	hm_suspicious_item_t *items;
	size_t count;
	size_t errors;       /*!< How many of them are wrong. */
	bool failed;         /*!< Memory was out. */
} hm_suspicious_t;

/*!
 * \brief Prepare the search; a missing list of public suffixes is said on standard error.
 *
 * \param[out] suspicious  To be cleared with hm_suspicious_clear() whatever the result.
 * \param[in]  section     Knows the excluded names; borrowed.
 * \param[out] error       Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_suspicious_init(hm_suspicious_t *suspicious, const hm_conf_section_t *section,
                       hm_error_t *error);

/*! \brief Look at a domain: is it a public suffix, or below an excluded name? False if memory is
 *         out, which hm_suspicious_report() says as well. */
bool hm_suspicious_look(hm_suspicious_t *suspicious, const hm_domain_t *domain);

/*! \brief Add a domain that is wrong; \a error is static text. The same. */
bool hm_suspicious_add(hm_suspicious_t *suspicious, const knot_dname_t *name, const char *error);

/*!
 * \brief Report all that were found, with the lines that they stand in.
 *
 * \param[in]  suspicious  Domains.
 * \param[in]  file        Hosted file.
 * \param[in]  report      Receives them.
 * \param[in]  ctx         Context of \a report.
 * \param[out] error       Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As hm_locate().
 */
int hm_suspicious_report(const hm_suspicious_t *suspicious, const char *file, hm_report_f report,
                         void *ctx, hm_error_t *error);

/*! \brief Free what was found. */
void hm_suspicious_clear(hm_suspicious_t *suspicious);
