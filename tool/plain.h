/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Text from elsewhere, such as the name of a file, on a terminal.
 */

#pragma once

#include <stddef.h>

/*! \brief Most bytes that one piece of text becomes, with the zero byte. */
#define HM_PLAIN_MAX 5

/*!
 * \brief Take the next character of a text.
 *
 * One that a terminal does not show but obeys (a control character, a line break too), and a byte
 * that is not UTF-8, is written as \\DDD.
 *
 * \param[in]  text  Text, not empty.
 * \param[out] out   What can be shown, with a zero byte.
 *
 * \return How many bytes of the text it was.
 */
size_t hm_plain_next(const char *text, char out[HM_PLAIN_MAX]);
