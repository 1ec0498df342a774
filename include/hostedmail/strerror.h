/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Text of a system error.
 */

#pragma once

/*!
 * \brief What errno says, in English.
 *
 * strerror() looks for a translation, under a lock of the C library that some sanitizers leave
 * locked; a log in English needs none.
 */
const char *hm_errno_text(void);
