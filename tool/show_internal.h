/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of the command "show": what is found out of a domain, and then printed.
 */

#pragma once

#include "idn.h"
#include "load.h"
#include "locate.h"
#include "options.h"
#include "zone_text.h"

/*! \brief What is wrong with a line of the domain. */
typedef struct {
	hm_severity_t severity;
	uint64_t line;
	char *reason;
} hm_show_finding_t;

/*! \brief Names of domains as text. */
typedef struct {
	char **names;
	size_t names_count;
	size_t total;
} hm_show_names_t;

/*! \brief A domain that is being shown. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_loaded_t loaded;
	hm_error_t *error;
	knot_dname_storage_t name;
	knot_dname_txt_storage_t text;  /*!< The name as text. */
	char *unicode;                  /*!< With U-labels, NULL if it has none. */
	hm_located_t located;           /*!< Its lines. */
	hm_show_finding_t *findings;
	size_t findings_count;
	hm_owner_t owner;               /*!< Of the name; it may be another domain. */
	bool found;
	const hm_profile_t *profile;    /*!< NULL if there is none. */
	const char *reason;             /*!< Why there is none though it is flagged. */
	hm_zone_text_t zone;
	hm_show_names_t above;
	hm_show_names_t below;
	hm_show_names_t zones;          /*!< Ordinary zones at or below the domain. */
	char *vars;
	int ret;
} hm_show_t;

/*! \brief Tell whether the name itself is hosted, not only one above it. */
static inline bool hm_show_is_hosted(const hm_show_t *show)
{
	return show->found && show->owner.domain.size == knot_dname_size(show->name);
}

/*!
 * \brief Print what was found out.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_show_print(const hm_show_t *show);
