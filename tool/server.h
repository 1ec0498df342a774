/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A running server, asked through its control socket.
 */

#pragma once

#include <libknot/libknot.h>

#include "conf.h"
#include "error.h"

/*! \brief A server; nothing in it is owned. */
typedef struct {
	const char *socket; /*!< Path of its control socket. */
	int timeout_ms;
} hm_server_t;

/*!
 * \brief Receives one unit of an answer.
 *
 * \param[in]  ctx    Caller's context.
 * \param[in]  data   Unit, valid during the call.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \return KNOT_EOK to go on; anything else is what hm_server_receive() returns, and the rest of the
 *         answer is passed over.
 */
typedef int (*hm_server_unit_f)(void *ctx, const knot_ctl_data_t *data, hm_error_t *error);

/*! \brief A connection to a server, for several requests. */
typedef struct {
	const hm_server_t *server; /*!< Borrowed. */
	knot_ctl_t *ctl;           /*!< NULL if there is none. */
} hm_server_link_t;

/*!
 * \brief Connect to a server.
 *
 * \param[in]  server  Server; borrowed until hm_server_close().
 * \param[out] link    To be closed with hm_server_close() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ECONN   There is no server.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_server_connect(const hm_server_t *server, hm_server_link_t *link, hm_error_t *error);

/*!
 * \brief Send a request. Several of the same command that concerns a zone can be sent, up to a few
 *        hundred kilobytes, before their answer is received.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_ECONN  The server does not listen any more.
 */
int hm_server_send(hm_server_link_t *link, const knot_ctl_data_t *request, hm_error_t *error);

/*!
 * \brief Receive the answer to all requests since the last one.
 *
 * \param[in]  link     Connection.
 * \param[in]  on_unit  Receives the answer; NULL if there is nothing to know.
 * \param[in]  ctx      Context of \a on_unit.
 * \param[out] error    The first error of the server. Set unless KNOT_EOK.
 *
 * \return As hm_server_ask(). Unless it is KNOT_ECONN, the connection can be used further.
 */
int hm_server_receive(hm_server_link_t *link, hm_server_unit_f on_unit, void *ctx,
                      hm_error_t *error);

/*! \brief Close a connection. */
void hm_server_close(hm_server_link_t *link);

/*!
 * \brief Ask a server once, as knotc does.
 *
 * \param[in]  server   Server.
 * \param[in]  request  Command and its arguments.
 * \param[in]  on_unit  Receives the answer; NULL if there is nothing to know.
 * \param[in]  ctx      Context of \a on_unit.
 * \param[out] error    Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK         Success.
 * \retval KNOT_ECONN       There is no server, or it does not answer.
 * \retval KNOT_ENOZONE     It has no such zone.
 * \retval KNOT_ENONODE     The zone has no such node.
 * \retval KNOT_ENOENT      The node has no such RRset.
 * \retval KNOT_TXN_EEXISTS     A transaction is open already.
 * \retval KNOT_TXN_ENOTEXISTS  None is.
 * \retval KNOT_YP_EINVAL_ITEM  It has no such item in its configuration.
 * \retval KNOT_ERROR       It refuses for another reason.
 */
int hm_server_ask(const hm_server_t *server, const knot_ctl_data_t *request,
                  hm_server_unit_f on_unit, void *ctx, hm_error_t *error);

/*! \brief Find out whether there is a server; as hm_server_ask(). */
int hm_server_ping(const hm_server_t *server, hm_error_t *error);

/*!
 * \brief Read the configuration of a server.
 *
 * \param[in]  server  Server.
 * \param[out] conf    Configuration, to be cleared with hm_conf_clear() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \return As hm_server_ask() and hm_conf_put().
 */
int hm_server_conf(const hm_server_t *server, hm_conf_t *conf, hm_error_t *error);

/*! \brief What the counters of a global module say of its hosted file. */
typedef struct {
	uint64_t domains;
	uint64_t digest;      /*!< See hm_hosted_set_digest(). */
	bool refused;         /*!< An older set is in use than the configuration says. */
	bool unavailable;     /*!< The file could not be read. */
} hm_server_file_t;

/*!
 * \brief Ask for the counters of the hosted file.
 *
 * \param[in]  server  Server.
 * \param[out] file    What they say; untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  The server has no such counters: no global module with a hosted file, or
 *                      several, which they do not tell apart.
 * \retval KNOT_E*      As hm_server_ask().
 */
int hm_server_file(const hm_server_t *server, hm_server_file_t *file, hm_error_t *error);
