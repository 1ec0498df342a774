/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Text of a system error.
 */

#pragma once

#include <errno.h>
#include <string.h>

/*!
 * \brief What errno says, in English.
 *
 * strerror() looks for a translation, under a lock of the C library that some sanitizers leave
 * locked; a log in English needs none.
 */
static inline const char *errno_text(void)
{
#if HAVE_STRERRORDESC_NP
	const char *text = strerrordesc_np(errno);
	return (text != NULL) ? text : "unknown system error";
#else
	return strerror(errno);
#endif
}
