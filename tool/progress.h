/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A sign of life for work that takes long: a line on standard error, if that is a terminal.
 */

#pragma once

#include <stddef.h>

/*! \brief Seconds after which it is shown. */
#define HM_PROGRESS_AFTER 2

/*!
 * \brief Work begins, or another step of it.
 *
 * \param[in] what  What is being done, such as "reading hosted.list"; borrowed until
 *                  hm_progress_end().
 */
void hm_progress_begin(const char *what);

/*! \brief So much of the work is done: the line gets a bar. */
void hm_progress_count(size_t done, size_t total);

/*! \brief It is done: the line goes away. */
void hm_progress_end(void);

/*! \brief Take the line away for other output; it comes back by itself. */
void hm_progress_clear(void);
