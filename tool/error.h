/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the operator is told if something cannot be done: one sentence.
 */

#pragma once

/*! \brief The sentence, without a final full stop. */
typedef struct {
	char text[1024];
} hm_error_t;

/*! \brief Write the sentence; one that is too long is cut, and what a terminal would obey is
 *         written as hm_plain_next() does. */
__attribute__((format(printf, 2, 3)))
void hm_error_set(hm_error_t *error, const char *fmt, ...);
