/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The hosted domain that owns a query, asked of the hosted set and of the server.
 */

#pragma once

#include <stdbool.h>

#include <knot/module.h>

#include "hostedmail/hosted_set.h"

/*! \brief The owner of a query. */
typedef struct {
	hm_owner_t found;            /*!< Its domain, with variables if there is a profile. */
	const hm_profile_t *profile; /*!< NULL if the flag of the domain is wrong. */
	const char *reason;          /*!< What is wrong with the flag; lives as long as the set. */
	bool delegated;              /*!< QNAME is the apex of a nested domain, and the query is for
	                                  its DS. */
	const hm_hosted_set_t *set;  /*!< Where it was found. */
	knotd_qdata_t *qdata;        /*!< The query. */
} hm_query_owner_t;

/*!
 * \brief Find the owner of a query.
 *
 * Counts and logs that a hosted zone is unavailable, or has a flag that does not count.
 *
 * \param[in]  mod    Module.
 * \param[in]  qdata  Query.
 * \param[out] owner  The owner; untouched or useless if there is none. It lives as long as the
 *                    query.
 *
 * \return True if a hosted domain owns the query.
 */
bool hm_query_owner_find(knotd_mod_t *mod, knotd_qdata_t *qdata, hm_query_owner_t *owner);

/*!
 * \brief Find the domain that has the very name of a zone, for a query to it.
 *
 * \return True if that name is hosted; else as hm_query_owner_find().
 */
bool hm_query_owner_find_zone(knotd_mod_t *mod, knotd_qdata_t *qdata, const knot_dname_t *apex,
                              hm_query_owner_t *owner);

/*!
 * \brief Tell whether a name below the domain is at or below a nested one, hosted or an ordinary
 *        zone as far as the server can be asked; a hm_nested_f with the owner as its context.
 */
bool hm_query_owner_is_nested(void *ctx, const knot_dname_t *name, uint8_t *gap);

/*! \brief Count and log that the flag of an owner is wrong, and tell the client (RFC 8914). */
void hm_query_owner_report(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_query_owner_t *owner);
