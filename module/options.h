/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Options of a module, and what the configuration check says of them.
 */

#pragma once

#include <knot/module.h>

#include "hostedmail/hosted_set.h"

/*! \brief The options, for KNOTD_MOD_API. */
extern const yp_item_t hm_options_conf[];

/*! \brief Check the options of a section, for KNOTD_MOD_API: all that a load would refuse, since
 *         a failed load costs older servers the module. */
int hm_options_check(knotd_conf_check_args_t *args);

/*! \brief Options as the server has read them. */
typedef struct {
	hm_hosted_set_opts_t set; /*!< What the set is made of; borrows from the rest. */
	unsigned max_shrink;      /*!< Percent. */
	knotd_conf_t profiles;
	knotd_conf_t file;
	knotd_conf_t zones;
	knotd_conf_t exclude;
} hm_options_t;

/*!
 * \brief Get the options of a module.
 *
 * \param[in]  mod      Module that is being loaded.
 * \param[out] options  To be freed with hm_options_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_options_get(knotd_mod_t *mod, hm_options_t *options);

/*! \brief Free options. */
void hm_options_clear(hm_options_t *options);
