/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Public suffixes: names below which anybody can register, such as "co.uk".
 */

#pragma once

#include <stdbool.h>

#include <libknot/dname.h>

/*! \brief The list of public suffixes. */
typedef struct hm_suffixes hm_suffixes_t;

/*!
 * \brief Get the newest list that is installed; that of libpsl if there is no other one.
 *
 * \param[out] out  New list, to be freed with hm_suffixes_free(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  There is no list.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_suffixes_new(hm_suffixes_t **out);

/*! \brief Free a list; NULL is fine. */
void hm_suffixes_free(hm_suffixes_t *suffixes);

/*!
 * \brief Tell whether a name is a public suffix.
 *
 * For ten million names: nearly all of them are told apart by a look at a hash.
 *
 * \param[in] suffixes  List.
 * \param[in] name      Name of at least two labels, in lowercase.
 * \param[in] size      Bytes of it.
 */
bool hm_suffixes_has(const hm_suffixes_t *suffixes, const knot_dname_t *name, size_t size);

/*!
 * \brief Find the part of a name that somebody has registered: one label and a public suffix.
 *
 * \param[in] suffixes  List.
 * \param[in] name      Name in lowercase.
 *
 * \return It, a part of \a name; all of it if it is a public suffix itself.
 */
const knot_dname_t *hm_suffixes_registrable(const hm_suffixes_t *suffixes,
                                            const knot_dname_t *name);
