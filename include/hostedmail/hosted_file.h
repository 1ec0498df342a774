/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A loaded hosted file: compact, immutable, and searched for the deepest match.
 *
 * Made for ten million domains: each takes its name, a byte or so for its profile and variables
 * (which domains with the same ones share) and about six bytes of an index.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/domain.h"
#include "hostedmail/exclude.h"
#include "hostedmail/files.h"
#include "hostedmail/report.h"

/*! \brief Longest line of a hosted file in bytes. */
#define HM_HOSTED_FILE_LINE_MAX 65535

/*!
 * \brief Most lines of a hosted file, comments and blank ones aside.
 *
 * A file of gigabytes of short lines must not take the memory of the machine. Their names together
 * take 4 GiB at most in any case.
 */
#define HM_HOSTED_FILE_COUNT_MAX (1 << 28)

/*! \brief A loaded hosted file: its domains. */
typedef struct hm_hosted_file hm_hosted_file_t;

/*! \brief What loading needs to know of the profiles, and where its findings go. */
typedef struct {
	/*! \brief Index of a profile by its name, negative if there is none of that name. */
	int (*profile)(void *ctx, const char *name, size_t len);
	/*!
	 * \brief Tells whether a domain fits its profile.
	 *
	 * \param[in]  ctx         Caller's context.
	 * \param[in]  domain      Domain to check.
	 * \param[out] reason      Text that says what is wrong, a warning if the domain fits all
	 *                         the same; untouched if nothing is.
	 * \param[in]  reason_max  Size of it.
	 */
	bool (*check)(void *ctx, const hm_domain_t *domain, char *reason, size_t reason_max);
	bool fits_ordinary;          /*!< All ordinary domains without variables pass the check
	                                  with the default profile. */
	bool has_zone;               /*!< A hosted zone can have domains above those of the file. */
	const hm_exclude_t *exclude; /*!< What nobody can take over, NULL if there is nothing. */
	hm_report_f report;          /*!< Receives lines left out (errors) and warnings. */
	void *ctx;                   /*!< Context of all three. */
	hm_files_t *files;           /*!< Receives the file; may be NULL. */
} hm_hosted_file_opts_t;

/*!
 * \brief Load a hosted file.
 *
 * A bad line is reported and left out.
 *
 * \param[in]  file  Name of the file.
 * \param[in]  opts  Profiles and callbacks, used during the call only.
 * \param[out] out   Its domains, to be freed with hm_hosted_file_free(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success, perhaps with lines left out.
 * \retval KNOT_EFILE  The file cannot be read, is in UTF-16 or was changed meanwhile; reported.
 * \retval KNOT_ELIMIT It has too many lines; reported.
 * \retval KNOT_ESPACE The names take more than 4 GiB; reported.
 * \retval KNOT_ENOMEM Out of memory.
 * \retval KNOT_ERROR  The system has no random numbers; reported.
 */
int hm_hosted_file_load(const char *file, const hm_hosted_file_opts_t *opts,
                        hm_hosted_file_t **out);

/*! \brief Make one without domains, to be freed alike; NULL if memory is out. */
hm_hosted_file_t *hm_hosted_file_new(void);

/*! \brief Free a loaded hosted file; NULL is fine. */
void hm_hosted_file_free(hm_hosted_file_t *hosted);

/*! \brief Number of domains. */
size_t hm_hosted_file_count(const hm_hosted_file_t *hosted);

/*!
 * \brief Count the domains that another hosted file does not have.
 *
 * Of a large file an evenly spread sample is counted and taken for the whole, so that this takes
 * milliseconds.
 */
size_t hm_hosted_file_lost(const hm_hosted_file_t *hosted, const hm_hosted_file_t *other);

/*! \brief Number of lines that were left out since they are wrong. */
size_t hm_hosted_file_left_out(const hm_hosted_file_t *hosted);

/*! \brief Digest of the file's content and of which lines were left out. */
uint64_t hm_hosted_file_digest(const hm_hosted_file_t *hosted);

/*! \brief Bytes of memory that it takes. */
size_t hm_hosted_file_memory(const hm_hosted_file_t *hosted);

/*!
 * \brief Find the deepest hosted domain that is a name or above it.
 *
 * Takes at most one probe for each number of labels that a hosted domain has.
 *
 * \param[in]  hosted  Hosted file.
 * \param[in]  name    Name in lowercase wire format.
 * \param[out] domain  The domain; its name points into \a name, its variables into \a hosted;
 *                     untouched if there is none.
 *
 * \return True if there is one.
 */
bool hm_hosted_file_find(const hm_hosted_file_t *hosted, const knot_dname_t *name,
                         hm_domain_t *domain);

/*!
 * \brief Find the deepest name that exists since a nested domain is below it.
 *
 * These are the names between a hosted domain and one that is nested in it; with opts->has_zone
 * also those of at least three labels that are above a domain of the file, whatever is hosted above
 * them. None of them is a domain of the file itself.
 *
 * \param[in] hosted  Hosted set.
 * \param[in] name    Name in lowercase wire format.
 * \param[in] above   Labels of a domain that \a name is below: only deeper names count.
 *
 * \return Labels of the deepest one that is \a name or above it, 0 if there is none.
 */
unsigned hm_hosted_file_gap(const hm_hosted_file_t *hosted, const knot_dname_t *name,
                            unsigned above);

/*!
 * \brief Receives the domains of a hosted file.
 *
 * \param[in] ctx     Caller's context.
 * \param[in] domain  Domain, valid during the call; what it points to belongs to the hosted file.
 *
 * \return True to go on with the next one.
 */
typedef bool (*hm_hosted_file_walk_f)(void *ctx, const hm_domain_t *domain);

/*!
 * \brief Walk through all domains, by and large in the order of the file: those in which others are
 *        nested come last.
 *
 * \param[in] hosted     Hosted file.
 * \param[in] on_domain  Receives each of them once, as the file gives it last.
 * \param[in] ctx        Context of \a on_domain.
 */
void hm_hosted_file_walk(const hm_hosted_file_t *hosted, hm_hosted_file_walk_f on_domain,
                         void *ctx);
