/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Dynamic updates (RFC 2136) of a hosted zone, signed with TSIG (RFC 8945).
 *
 * Each message has up to HM_UPDATE_RECORDS records and is done as a whole or not at all. What was
 * read is a prerequisite of it, so that nothing is undone that somebody else has done meanwhile.
 */

#pragma once

#include "flag_plan.h"

/*! \brief Most records of the update section of a message. */
#define HM_UPDATE_RECORDS 500

/*! \brief A server that takes updates. */
typedef struct hm_update hm_update_t;

/*!
 * \brief Prepare to update a zone; nothing is sent yet.
 *
 * \param[in]  server      Address, perhaps with `@` and a port.
 * \param[in]  key         `[ALGORITHM:]NAME:SECRET`, as kdig has it; NULL if there is none.
 * \param[in]  key_file    File with such a line; NULL if there is none.
 * \param[in]  timeout_ms  Longest wait for the server; 0 for any.
 * \param[in]  zone        Name of the zone; borrowed.
 * \param[out] out         To be freed with hm_update_free(); untouched unless KNOT_EOK.
 * \param[out] error       Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  No such address, or no such key.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_update_new(const char *server, const char *key, const char *key_file, int timeout_ms,
                  const knot_dname_t *zone, hm_update_t **out, hm_error_t *error);

/*! \brief Free it; NULL is fine. */
void hm_update_free(hm_update_t *update);

/*!
 * \brief Ask the server for the flags of all domains of a plan.
 *
 * \param[in]  update  Server.
 * \param[in]  plan    Domains, in canonical order.
 * \param[out] flags   Their flags, to be cleared with hm_flags_clear() whatever the result.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EDENIED  The server does not answer questions about the zone.
 * \retval KNOT_TSIG_EBADSIG  It does not have this key.
 * \retval KNOT_ECONN   There is no server, it does not answer, or what it says is not signed.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_update_read(hm_update_t *update, const hm_flag_plan_t *plan, hm_flags_t *flags,
                   hm_error_t *error);

/*!
 * \brief Make all changes of a plan, and mark those that were made.
 *
 * \param[in]     update   Server.
 * \param[in,out] plan     Changes.
 * \param[in]     is_read  The plan was made of what the server said of the zone, which therefore is
 *                         a prerequisite.
 * \param[out]    error    Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EAGAIN  The zone was changed meanwhile.
 * \retval KNOT_EDENIED  The server refuses.
 * \retval KNOT_TSIG_EBADSIG  As hm_update_read().
 * \retval KNOT_ECONN   As hm_update_read(); the changes of the message under way may have been
 *                      made.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_update_send(hm_update_t *update, hm_flag_plan_t *plan, bool is_read, hm_error_t *error);
