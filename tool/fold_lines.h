/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The lines of a hosted file with those of a plan in their place, one after the other, so
 *        that a large file takes no more memory than a small one.
 */

#pragma once

#include "error.h"
#include "fold_plan.h"

/*!
 * \brief Copy the lines.
 *
 * \param[in]  in     Open hosted file; its position does not matter.
 * \param[in]  plan   What is folded.
 * \param[in]  path   How to call the file in an error.
 * \param[in]  out    Open file that is written.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be read, or the new one cannot be written.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_fold_lines(int in, const hm_fold_plan_t *plan, const char *path, int out,
                  hm_error_t *error);
