/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A master file's text with marks in place of its variables, as libzscanner can read it.
 *
 * Lines are counted as the scanner does, which knows no newline inside of a string.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/rdata.h"

/*! \brief Lines on which something stands, in the order of the text. */
typedef struct {
	uint64_t *lines;
	size_t count;
	size_t next; /*!< First one not yet passed. */
} places_t;

/*! \brief A text with marks. */
typedef struct {
	char *text;
	size_t len;
	places_t vars;  /*!< Variables. */
	places_t bad;   /*!< What should be a variable and is none. */
	places_t folds; /*!< Newlines inside of a string. */
	uint64_t lines; /*!< Lines of the file. */
} marks_t;

/*!
 * \brief Receives what is wrong with a variable.
 *
 * \param[in] ctx     Caller's context.
 * \param[in] line    Line, as the scanner counts.
 * \param[in] reason  What is wrong, without a newline.
 */
typedef void (*marks_report_f)(void *ctx, uint64_t line, const char *reason);

/*!
 * \brief Find a byte to mark variables with: not in the text, and no printable one.
 *
 * \return The byte, or negative if the text uses all of them.
 */
int marks_choose(const char *text, size_t len);

/*! \brief Tell whether the text contains a byte, raw, as \DDD or in hexadecimal. */
bool marks_uses(const char *text, size_t len, uint8_t byte);

/*!
 * \brief Copy a text with marks in place of its variables; braces in comments
 *        and escaped ones stay.
 *
 * \param[out]    marks   The copy, to be freed with marks_clear() whatever the result.
 * \param[in]     text    Text.
 * \param[in]     len     Bytes of the text.
 * \param[in,out] tab     Variables, new ones are added; its mark is used.
 * \param[in]     report  Receives what is wrong, it may ask for marks_file_line().
 * \param[in]     ctx     Its context.
 *
 * \retval KNOT_EOK     Success, though something may have been reported.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int marks_put(marks_t *marks, const char *text, size_t len, hm_vartab_t *tab,
              marks_report_f report, void *ctx);

/*! \brief Line of the file, of that which the scanner counts. */
uint64_t marks_file_line(const marks_t *marks, uint64_t line);

/*! \brief Pass the places up to a line; return how many there were. */
size_t places_pass(places_t *places, uint64_t line);

/*! \brief Free the text and its places. */
void marks_clear(marks_t *marks);
