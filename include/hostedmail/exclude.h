/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Names that nobody can take over: neither they nor a name above them can be hosted. Names
 *        below them can.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libknot/dname.h>

/*! \brief Excluded names, immutable. */
typedef struct hm_exclude hm_exclude_t;

/*!
 * \brief Make a list of excluded names.
 *
 * \param[in]  names  Names in wire format, of any case; copied.
 * \param[in]  count  How many.
 * \param[out] out    New list, to be freed with hm_exclude_free(), NULL if there are no names;
 *                    untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_exclude_new(const knot_dname_t *const *names, size_t count, hm_exclude_t **out);

/*! \brief Free a list; NULL is fine. */
void hm_exclude_free(hm_exclude_t *exclude);

/*!
 * \brief Find out whether a name would take over an excluded one.
 *
 * \param[in] exclude  Excluded names, NULL if there are none.
 * \param[in] name     Name in lowercase wire format.
 * \param[in] size     Bytes of it.
 *
 * \return An excluded name that it is or that it is above, borrowed; NULL if it can be hosted.
 */
const knot_dname_t *hm_exclude_find(const hm_exclude_t *exclude, const knot_dname_t *name,
                                    size_t size);
