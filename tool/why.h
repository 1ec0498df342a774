/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Why a domain is not hosted, or not served, in one sentence for the operator.
 */

#pragma once

#include "load.h"

/*! \brief Room for the sentence. */
#define HM_WHY_MAX 2560

/*! \brief What is known of the domain. */
typedef struct {
	const hm_loaded_t *loaded;
	const knot_dname_t *name;
	const hm_owner_t *owner; /*!< What was found for the name. */
	bool found;              /*!< It has an owner, perhaps another domain. */
	const char *reason;      /*!< What is wrong with its flag, NULL if nothing is. */
} hm_why_t;

/*! \brief Write the sentence, without a full stop. */
void hm_why_not_hosted(const hm_why_t *why, char out[HM_WHY_MAX]);

/*!
 * \brief Find the hosted domain whose name is nearest to another one, as a slip makes it.
 *
 * \param[in]  loaded  Hosted set.
 * \param[in]  name    Name that is not hosted.
 * \param[out] out     The nearest name; untouched if there is none.
 *
 * \return True if there is one that differs by at most two letters, or by its last label.
 */
bool hm_why_nearest(const hm_loaded_t *loaded, const knot_dname_t *name, knot_dname_storage_t out);
