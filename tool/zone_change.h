/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A transaction on a zone of a running server: all of its changes are made, or none.
 *
 * The changes go over one connection, many before the server is heard, so that a hundred thousand
 * take seconds. While a transaction is open, SIGINT, SIGTERM and SIGHUP wait: the transaction is
 * aborted before they end the program. A transaction outlives the connection that opened it, so
 * one left open would keep everybody else from the zone.
 */

#pragma once

#include <stdbool.h>

#include <libknot/dname.h>
#include <libknot/rdata.h>

#include "error.h"
#include "flags.h"
#include "server.h"

/*! \brief An open transaction. */
typedef struct hm_zone_change hm_zone_change_t;

/*!
 * \brief Open a transaction.
 *
 * \param[in]  server  Server; borrowed until hm_zone_change_free().
 * \param[in]  zone    Name of the zone; the same.
 * \param[in]  serial  Serial that the zone had when it was read, so that what was decided since
 *                     still holds; NULL if that does not matter.
 * \param[out] out     Transaction, to be freed with hm_zone_change_free(); untouched unless
 *                     KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK          Success.
 * \retval KNOT_TXN_EEXISTS  Somebody else has one open, which is left alone.
 * \retval KNOT_EAGAIN       The zone has another serial: read it again.
 * \retval KNOT_E*           As hm_server_ask().
 */
int hm_zone_change_begin(const hm_server_t *server, const knot_dname_t *zone,
                         const uint32_t *serial, hm_zone_change_t **out, hm_error_t *error);

/*!
 * \brief Wait a moment for the end of somebody else's transaction.
 *
 * \param[in,out] left_ms  Milliseconds that are left.
 *
 * \return false if there were none.
 */
bool hm_zone_change_pause(int *left_ms);

/*!
 * \brief Add a record.
 *
 * \param[in,out] change  Transaction.
 * \param[in]     owner   Owner without the name of the zone; the root is the apex.
 * \param[in]     ttl     TTL.
 * \param[in]     type    RR type.
 * \param[in]     rdata   RDATA.
 * \param[out]    error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     It was sent. What is wrong with it may be said later.
 * \retval KNOT_ESPACE  The owner does not fit in front of the zone's name.
 * \retval KNOT_CTL_ESTOP   A signal came.
 * \retval KNOT_E*      As hm_server_ask().
 */
int hm_zone_change_set(hm_zone_change_t *change, const knot_dname_t *owner, uint32_t ttl,
                       uint16_t type, const knot_rdata_t *rdata, hm_error_t *error);

/*! \brief Remove an RRset, which must be there; as hm_zone_change_set(). */
int hm_zone_change_unset(hm_zone_change_t *change, const knot_dname_t *owner, uint16_t type,
                         hm_error_t *error);

/*!
 * \brief Read the zone with the changes so far. Nobody else changes it during a transaction.
 *
 * \param[in,out] change  Transaction.
 * \param[out]    flags   To be cleared with hm_flags_clear() whatever the result.
 * \param[out]    error   Set unless KNOT_EOK.
 *
 * \return As hm_flags_read().
 */
int hm_zone_change_read(hm_zone_change_t *change, hm_flags_t *flags, hm_error_t *error);

/*! \brief Wait until the server has all changes so far; it has not made them yet. */
int hm_zone_change_send(hm_zone_change_t *change, hm_error_t *error);

/*!
 * \brief Make the changes.
 *
 * \param[in,out] change  Transaction; only hm_zone_change_free() may come after it.
 * \param[out]    error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    The zone has all of them.
 * \retval KNOT_ECONN  The connection was lost. If that was after the server was told to commit, it
 *                     is not known whether it has, and the error says so.
 * \retval KNOT_E*     As hm_zone_change_set(): the zone is as it was.
 */
int hm_zone_change_commit(hm_zone_change_t *change, hm_error_t *error);

/*! \brief Abort a transaction that was not committed, and free it; NULL is fine. */
void hm_zone_change_free(hm_zone_change_t *change);
