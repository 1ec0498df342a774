/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Hosted sets that are in use, each loaded once.
 *
 * Every zone of an overlay has the module for itself; a hundred thousand zones must not read the same
 * files a hundred thousand times.
 */

#pragma once

#include <stdbool.h>

#include "hostedmail/set.h"

/*!
 * \brief Get a hosted set: one that is in use if it was loaded from the same files, which have not
 *        changed since, or else a new one.
 *
 * May be called by any thread.
 *
 * \param[in]  opts    What the set is made of; used during the call only.
 * \param[out] loaded  The set is new, and what is wrong in the files was reported.
 * \param[out] out     Set, to be given back with hm_pool_release(); untouched unless KNOT_EOK.
 *
 * \return What hm_set_load() returns.
 */
int hm_pool_get(const hm_set_opts_t *opts, bool *loaded, const hm_set_t **out);

/*! \brief Give a set back; NULL is fine. */
void hm_pool_release(const hm_set_t *set);
