/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A fold under way, between its two ways and what is printed of it.
 */

#pragma once

#include "fold_plan.h"
#include "options.h"
#include "served.h"
#include "source.h"
#include "zone_change.h"

/*! \brief How often a fold starts again since flags were removed meanwhile. */
#define HM_FOLD_ROUNDS 20

/*! \brief A fold. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_source_t source;
	const char *file;          /*!< Hosted file; NULL if it goes into a zone. */
	const knot_dname_t *zone;  /*!< Zone that is folded. */
	const knot_dname_t *into;  /*!< Zone that it goes into, NULL for the file. */
	size_t into_index;         /*!< Which one of the section. */
	hm_servers_t servers;
	int lock;                  /*!< Of hm_fold_lock(). */
	hm_flags_t flags;          /*!< What was folded. */
	hm_fold_plan_t plan;
	size_t removed;            /*!< Flags that have left the zone. */
	size_t changed;            /*!< Flags that were changed meanwhile, and stay. */
} hm_fold_t;

/*!
 * \brief Load the hosted set with an open file as hosted file.
 *
 * \param[in]  fold   Fold.
 * \param[in]  fd     Open file, negative for none.
 * \param[out] set    Set, to be freed with hm_hosted_set_free(); untouched unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 */
int hm_fold_load(const hm_fold_t *fold, int fd, hm_hosted_set_t **set, hm_error_t *error);

/*! \brief Receives what is wrong in files whose errors do not matter. */
void hm_fold_ignore(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                    const char *reason);

/*!
 * \brief Open a transaction on a zone, to be ended with hm_fold_end().
 *
 * One that a killed run has left open is aborted; one of somebody else's is waited for.
 */
int hm_fold_begin(const hm_fold_t *fold, const knot_dname_t *zone, hm_zone_change_t **change,
                  hm_error_t *error);

/*! \brief End a transaction, by an abort if it was not committed; NULL is fine. */
void hm_fold_end(const hm_fold_t *fold, hm_zone_change_t *change);

/*! \brief Name of a zone with its final dot; static, a few may be in use at once. */
const char *hm_fold_zone_text(const knot_dname_t *zone);

/*! \brief Fold into the hosted file; as a command's run(), but for the result. */
int hm_fold_to_file(hm_fold_t *fold, hm_error_t *error);

/*! \brief Fold into the next zone. */
int hm_fold_to_zone(hm_fold_t *fold, hm_error_t *error);

/*! \brief Print what was done. */
void hm_fold_print(const hm_fold_t *fold);

/*! \brief The same for programs, also of a fold that has failed. */
int hm_fold_print_json(const hm_fold_t *fold, const hm_error_t *failed);
