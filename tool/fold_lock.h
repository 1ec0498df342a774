/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief One fold at a time on a server, and none that leaves a transaction open for good.
 *
 * A transaction of the server outlives who has opened it. The lock is a file beside the control
 * socket, `knot.sock.fold`. While a transaction is open the file has the name of its zone, so that
 * the run after one that was killed aborts what that one has left open, and nobody else's.
 */

#pragma once

#include <stdbool.h>

#include <libknot/dname.h>

#include "error.h"

/*!
 * \brief Take the lock.
 *
 * \param[in]  socket  Path of the control socket.
 * \param[out] lock    To be closed with close(2), which gives it up; untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EBUSY  Another fold has it.
 * \retval KNOT_E*     As hm_folder_open(); KNOT_EFILE if there cannot be such a file.
 */
int hm_fold_lock(const char *socket, int *lock, hm_error_t *error);

/*! \brief Tell whether a run that was killed may have left a transaction open on a zone. */
bool hm_fold_lock_is_marked(int lock, const knot_dname_t *zone);

/*! \brief Note that a transaction is about to be opened on a zone; with NULL, that none is open. */
void hm_fold_lock_mark(int lock, const knot_dname_t *zone);
