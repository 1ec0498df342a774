/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Commands of the operator's, run by the shell.
 */

#pragma once

#include "error.h"

/*!
 * \brief Run a command and wait for its end.
 *
 * \param[in]  command     Command.
 * \param[in]  lock        Open file that it and what it starts keep open, negative if there is
 *                         none: what goes on after this program was killed still holds the lock.
 * \param[in]  timeout_ms  After so long it is killed and not heard any more; 0: never.
 * \param[out] output      What it prints, to be freed with free(); untouched unless KNOT_EOK. NULL:
 *                         it goes to standard error.
 * \param[out] error       Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK        It ended with 0.
 * \retval KNOT_ETIMEOUT   It took too long.
 * \retval KNOT_ERROR      It failed.
 * \retval KNOT_ENOMEM     Out of memory.
 */
int hm_shell_run(const char *command, int lock, int timeout_ms, char **output, hm_error_t *error);
