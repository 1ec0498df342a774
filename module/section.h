/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Which section of the configuration a module is loaded for, which the server does not tell.
 */

#pragma once

#include <knot/module.h>

/*! \brief Room for the identifier of a section with its final zero byte. */
#define HM_SECTION_MAX 256

/*!
 * \brief Find the section of a module that is being loaded.
 *
 * Global modules are loaded in the order of the list, so the next one is known. Where a zone has the
 * module more than once, nobody can tell.
 *
 * \param[in]  mod  Module.
 * \param[out] out  Identifier of its section, HM_SECTION_MAX bytes.
 *
 * \return \a out; NULL if it is not known.
 */
const char *hm_section_find(knotd_mod_t *mod, char *out);

/*!
 * \brief Warn of each global module that comes after one of ours and should not.
 *
 * The server runs them all, one after the other, whatever the first one says: mod-cookies finds no
 * room in a full answer and makes SERVFAIL of it, mod-noudp sets TC and leaves the whole answer
 * there.
 *
 * \param[in] mod      Global module that is being loaded.
 * \param[in] section  Its section, see hm_section_find().
 */
void hm_section_check_order(knotd_mod_t *mod, const char *section);
