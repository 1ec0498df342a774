/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the name servers serve, by their own word: the digest of their hosted file, the
 *        serial of a hosted zone.
 *
 * A server is asked by its control socket; servers elsewhere by a command of the operator's, which
 * prints for each of them what `knotc stats mod-hostedmail` does, or `knotc zone-read ZONE @ SOA`.
 * A line may begin with a word that ends in a colon: the name of the server.
 */

#pragma once

#include "error.h"
#include "options.h"
#include "server.h"

/*! \brief Who is asked. */
typedef struct {
	const hm_option_words_t *sockets;
	const char *command;  /*!< NULL if there is none. */
	int timeout_ms;
} hm_servers_t;

/*! \brief What one server serves. */
typedef struct {
	char *name;            /*!< For messages: "the server at '/run/knot.sock'". */
	hm_server_file_t file;
	uint32_t serial;
} hm_served_t;

/*! \brief What all of them serve; starts as all zeros. */
typedef struct {
	hm_served_t *servers;
	size_t count;
} hm_served_list_t;

/*! \brief Free a list. */
void hm_served_clear(hm_served_list_t *list);

/*!
 * \brief Read the counters of several servers.
 *
 * \param[in]     text  What a command has printed.
 * \param[in,out] list  Servers are added.
 *
 * \retval KNOT_EOK     Success, perhaps with no server.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_served_parse_counters(const char *text, hm_served_list_t *list);

/*! \brief Read SOA records; as hm_served_parse_counters(). */
int hm_served_parse_serials(const char *text, hm_served_list_t *list);

/*!
 * \brief Ask all servers.
 *
 * \param[in]  who    Who is asked.
 * \param[in]  zone   Zone whose serial is asked for; NULL for the hosted file.
 * \param[out] list   To be cleared with hm_served_clear() whatever the result.
 * \param[out] error  Set unless KNOT_EOK; names the server.
 *
 * \retval KNOT_EOK  All have answered, and there is at least one.
 * \retval KNOT_E*   One has not.
 */
int hm_served_ask(const hm_servers_t *who, const knot_dname_t *zone, hm_served_list_t *list,
                  hm_error_t *error);

/*! \brief What servers are waited for to serve. */
typedef struct {
	const knot_dname_t *zone;       /*!< NULL for the hosted file. */
	uint32_t serial;                /*!< Of the zone, or a later one. */
	uint64_t digest;                /*!< Of the hosted file. */
	const hm_served_list_t *before; /*!< What they served before. */
} hm_served_goal_t;

/*!
 * \brief Wait until all servers serve something, or one says that it will not, or time is up.
 *
 * \retval KNOT_EOK       They do.
 * \retval KNOT_ETIMEOUT  One does not; the error names it.
 */
int hm_served_wait(const hm_servers_t *who, const hm_served_goal_t *goal, hm_error_t *error);
