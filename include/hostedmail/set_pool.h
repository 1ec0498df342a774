/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Hosted sets that are in use, each loaded once.
 *
 * Every zone of an overlay has the module for itself; a hundred thousand zones must not read the
 * same files a hundred thousand times.
 */

#pragma once

#include <stdbool.h>

#include "hostedmail/hosted_set.h"

/*! \brief Fewest domains that are too many to lose. */
#define HM_SHRINK_MIN 1000

/*!
 * \brief Get a hosted set: one that is in use if it was loaded from the same files, which have not
 *        changed since, or else a new one.
 *
 * Two things must not cost the domains that are being served, and are reported as errors:
 *
 * - If loading fails while a set with the same options is in use, that is what comes out.
 * - If the hosted file has lost more than opts->max_shrink percent and at least HM_SHRINK_MIN of
 *   the domains that a set in use with the same options has, that is what comes out.
 *
 * A hosted file that has lost too much, or does not fit into a set, is not loaded again, but
 * reported again, once a second. May be called by any thread.
 *
 * \param[in]  opts    What the set is made of, but for its files; used during the call only.
 * \param[out] loaded  The set is new.
 * \param[out] out     Set, to be given back with hm_set_pool_release(); untouched unless KNOT_EOK.
 *
 * \return What hm_hosted_set_load() returns, if there is no other set to fall back to.
 */
int hm_set_pool_get(const hm_hosted_set_opts_t *opts, bool *loaded, const hm_hosted_set_t **out);

/*!
 * \brief Get the newest set in use that has the same profiles, and a hosted file or zone, if all
 *        such sets have the same ones.
 *
 * For options that name no domains: those that are being served must not go with a line of the
 * configuration. May be called by any thread.
 *
 * \param[in]  opts  Profiles.
 * \param[out] out   Set, to be given back with hm_set_pool_release(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  There is none.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_set_pool_get_similar(const hm_hosted_set_opts_t *opts, const hm_hosted_set_t **out);

/*! \brief Give a set back; NULL is fine. */
void hm_set_pool_release(const hm_hosted_set_t *set);
