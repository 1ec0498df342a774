/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Hosted sets in use: each is loaded once, and none is lost to a bad reload.
 *
 * Every zone of an overlay has the module for itself; a hundred thousand zones must not read the
 * same files a hundred thousand times. And domains that are being served must not go because a file
 * is missing, wrong or half of it, or because of a slip in the configuration.
 */

#pragma once

#include <stdbool.h>

#include "hostedmail/hosted_set.h"

/*! \brief Fewest domains that are too many to lose. */
#define HM_SHRINK_MIN 1000

/*! \brief Who asks for a set. */
typedef struct {
	/*! \brief Section of the configuration. The set that it got last is the one that must not
	 *         be lost. NULL if nobody knows: it is that of the same options then. */
	const char *section;
	/*! \brief Differs from one reload to the next, is never followed. All that ask in the same
	 *         one, without a pause of seconds, get the same set. NULL if nobody knows. */
	const void *reload;
	unsigned max_shrink;  /*!< Percent of its domains that a hosted file may lose, 1 to 100. */
	bool needs_domains;   /*!< Options without hosted file and hosted zone are an error. */
} hm_set_user_t;

/*! \brief What came out. */
typedef struct {
	const hm_hosted_set_t *set; /*!< To be given back with hm_set_pool_release(). */
	bool loaded;                /*!< It is new. */
	bool refused;               /*!< It is an older one: what the options name was not taken. */
} hm_pooled_set_t;

/*!
 * \brief Get a hosted set: one in use that was loaded from the same files, which have not changed
 *        since, or else a new one.
 *
 * The set of that section that is in use stays, and an error is reported, if
 *
 * - loading fails, or the hosted file cannot be read;
 * - more than user->max_shrink percent and at least HM_SHRINK_MIN of the domains of its hosted file
 *   would be lost, whatever made them go;
 * - one of its hosted zones is not in the options any more, unless user->max_shrink is 100;
 * - the options name no domains though they have to.
 *
 * Without such a set, a hosted file that cannot be read is taken for an empty one, see
 * hm_hosted_set_file_result(). A refusal is reported again with each reload; what would be
 * refused again is not loaded again for it. May be called by any thread.
 *
 * \param[in]  opts  What the set is made of, but for its files; used during the call only.
 * \param[in]  user  Who asks; used during the call only.
 * \param[out] out   What came out; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  The options name no domains though they have to.
 * \retval KNOT_ENOMEM  Out of memory.
 * \retval KNOT_E*      As hm_hosted_set_load().
 */
int hm_set_pool_get(const hm_hosted_set_opts_t *opts, const hm_set_user_t *user,
                    hm_pooled_set_t *out);

/*!
 * \brief Give a set back.
 *
 * \param[in] set     Set; NULL is fine.
 * \param[in] linger  Its section may ask again at once: keep the set, even without a user, until
 *                    it has another one or the next set is given back so. The server restores a
 *                    zone by unloading its modules first.
 */
void hm_set_pool_release(const hm_hosted_set_t *set, bool linger);
