/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What a validator thinks of a hosted domain below an ordinary zone of the server.
 */

#pragma once

#include <knot/module.h>

#include "hostedmail/domain.h"

/*!
 * \brief Warn if a hosted domain is bogus for validators: it is below a signed zone of the server
 *        that does not delegate it, and so proves that it does not exist (RFC 4035, section 5.4).
 *
 * Nothing that the module answers can help. Once an hour for each domain, and only where the server
 * can tell whether there is an NS (Knot DNS 3.3.5).
 *
 * \param[in] mod     Module.
 * \param[in] qdata   Query that the domain owns.
 * \param[in] domain  Domain.
 */
void hm_parent_check(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_domain_t *domain);
