/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A master file's text with marks in place of its variables, as libzscanner can read it.
 *
 * Lines are counted as by the scanner, which does not count a newline inside a string.
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
} hm_line_list_t;

/*! \brief A text with marks. */
typedef struct {
	char *text;
	size_t len;
	hm_line_list_t vars;  /*!< Variables. */
	hm_line_list_t bad;   /*!< What should be a variable but is not. */
	hm_line_list_t folds; /*!< Newlines inside a string. */
	uint64_t lines; /*!< Lines of the file. */
} hm_marked_text_t;

/*!
 * \brief Receives what is wrong with a variable.
 *
 * \param[in] ctx     Caller's context.
 * \param[in] line    Line, as the scanner counts.
 * \param[in] reason  What is wrong, without a newline.
 */
typedef void (*hm_marked_text_report_f)(void *ctx, uint64_t line, const char *reason);

/*!
 * \brief Find a byte to mark variables with: not in the text, and no printable one.
 *
 * \return The byte, or negative if the text uses all of them.
 */
int hm_mark_choose(const char *text, size_t len);

/*! \brief Tell whether the text contains a byte, raw, as \DDD or in hexadecimal. */
bool hm_mark_is_used(const char *text, size_t len, uint8_t byte);

/*!
 * \brief Copy a text with marks in place of its variables; braces in comments
 *        and escaped ones stay.
 *
 * \param[out]    marks   The copy, to be freed with hm_marked_text_clear() whatever the result.
 * \param[in]     text    Text.
 * \param[in]     len     Bytes of the text.
 * \param[in,out] tab     Variables, new ones are added; its mark is used.
 * \param[in]     report  Receives what is wrong, it may ask for hm_marked_text_file_line().
 * \param[in]     ctx     Its context.
 *
 * \retval KNOT_EOK     Success, though something may have been reported.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_marked_text_put(hm_marked_text_t *marks, const char *text, size_t len, hm_vartab_t *tab,
                       hm_marked_text_report_f report, void *ctx);

/*! \brief Line of the file, of that which the scanner counts. */
uint64_t hm_marked_text_file_line(const hm_marked_text_t *marks, uint64_t line);

/*! \brief Pass the places up to a line; return how many there were. */
size_t hm_line_list_pass(hm_line_list_t *list, uint64_t line);

/*! \brief Free the text and its places. */
void hm_marked_text_clear(hm_marked_text_t *marks);
