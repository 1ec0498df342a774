/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Where a command gets the hosted set from: a configuration, the files that it names, and a
 *        running server.
 */

#pragma once

#include "conf.h"
#include "flags.h"
#include "hostedmail/hosted_set.h"
#include "options.h"
#include "server.h"

/*! \brief A configuration and the section of it that counts. */
typedef struct {
	hm_conf_t conf;
	const hm_conf_section_t *section;
	const char *name;          /*!< File or control socket, for messages. */
	hm_server_t server;        /*!< Its socket is NULL if no server is to be asked. */
	char *default_socket;      /*!< Of the configuration. */
	bool is_server_given;      /*!< With -s: it must answer. */
	bool is_verbose;
} hm_source_t;

/*!
 * \brief Read the configuration: that of -c, else of the server of -s, else the default file.
 *
 * \param[in]  opts    Command line.
 * \param[out] source  To be cleared with hm_source_clear() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As hm_conf_read(), hm_server_conf(); KNOT_ENOENT without such a section.
 */
int hm_source_open(const hm_tool_opts_t *opts, hm_source_t *source, hm_error_t *error);

/*! \brief Free what it has. */
void hm_source_clear(hm_source_t *source);

/*! \brief What the hosted set is made of; borrows from the source. Its report is to be set. */
hm_hosted_set_opts_t hm_source_set_opts(const hm_source_t *source);

/*!
 * \brief Read the hosted zones, if there are any.
 *
 * Without -s the server of the configuration is asked, but need not be there: that a zone could
 * not be read is said on standard error then.
 *
 * \param[in]  source  Source.
 * \param[out] flags   Zones, with a result other than KNOT_EOK if they were not all read; to be
 *                     cleared with hm_all_flags_clear() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success, perhaps without a zone.
 * \retval KNOT_E*   As hm_flags_read().
 */
int hm_source_flags(const hm_source_t *source, hm_all_flags_t *flags, hm_error_t *error);
