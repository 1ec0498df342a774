/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of the command "verify": a run over many domains, by many threads.
 *
 * One thread prints, in the order of the domains; the others take the next domain each, until there is
 * none left.
 */

#pragma once

#include <pthread.h>

#include "load.h"
#include "locate.h"
#include "options.h"
#include "verify_internal.h"

/*! \brief What is wrong with a line of one of the domains. */
typedef struct {
	uint64_t line;
	char *reason;
} hm_wrong_line_t;

/*! \brief All that is to be verified. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_error_t *error;
	hm_loaded_t loaded;
	hm_verify_item_t *items;
	size_t items_count;
	hm_located_t *located;       /*!< Lines of each of the items that were named. */
	hm_wrong_line_t *wrong;      /*!< Lines that are wrong, of those. */
	size_t wrong_count;
	bool no_memory;
	hm_suffixes_t *suffixes;
	hm_gather_opts_t gather;
	pthread_mutex_t lock;        /*!< Of what follows. */
	pthread_cond_t changed;
	size_t next;
	size_t done;
	hm_verify_summary_t summary;
} hm_verify_t;

/*! \brief One of the threads that verify. */
typedef struct {
	hm_verify_t *verify;
	hm_gather_t *gather;
	pthread_t thread;
} hm_verify_job_t;

/*! \brief Find the owner of a name. */
static inline bool hm_verify_find(const hm_verify_t *verify, const knot_dname_t *name,
                                  hm_owner_t *owner)
{
	return hm_hosted_set_find(verify->loaded.set, name, hm_flags_get,
	                          (void *)&verify->loaded.flags, owner);
}

/*! \brief Verify one domain, in the thread of a job. */
void hm_verify_item(hm_verify_job_t *job, hm_verify_item_t *item);

/*! \brief Free what came of a domain. */
void hm_verify_item_clear(hm_verify_item_t *item);

/*!
 * \brief Verify all domains of a run and print what comes of them.
 *
 * \param[in,out] verify      Run, loaded.
 * \param[in]     jobs_count  Domains at a time.
 *
 * \retval KNOT_EOK  Success; its summary has the findings.
 * \retval KNOT_E*   It could not be done; the error of the run is set.
 */
int hm_verify_all(hm_verify_t *verify, size_t jobs_count);
