/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief How a reader of an input file reports what is wrong in it.
 */

#pragma once

#include <stdint.h>

/*! \brief How bad a finding in an input file is. */
typedef enum {
	HM_ERROR,
	HM_WARNING,
} hm_severity_t;

/*!
 * \brief Receives what is wrong in an input file.
 *
 * \param[in] ctx       Caller's context.
 * \param[in] severity  How bad it is.
 * \param[in] file      Name of the file.
 * \param[in] line      Line number from 1, 0 if it concerns the file as a whole.
 * \param[in] reason    What is wrong, valid during the call.
 */
typedef void (*hm_report_f)(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                            const char *reason);
