/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Output for people: styles on a terminal, tables, findings.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hostedmail/report.h"

/*! \brief Whether to use colour. */
typedef enum {
	HM_COLOR_AUTO,   /*!< On a terminal, unless NO_COLOR is set (no-color.org). */
	HM_COLOR_NEVER,
	HM_COLOR_ALWAYS,
} hm_color_t;

/*! \brief Where to write to. */
typedef struct {
	FILE *file;
	bool color;
} hm_out_t;

/*! \brief How a piece of text looks. */
typedef enum {
	HM_STYLE_PLAIN,
	HM_STYLE_BOLD,
	HM_STYLE_GOOD,
	HM_STYLE_WARNING,
	HM_STYLE_ERROR,
	HM_STYLE_FAINT,
} hm_style_t;

/*! \brief Prepare output to a file. */
hm_out_t hm_out_to(FILE *file, hm_color_t color);

/*! \brief Print styled text. */
__attribute__((format(printf, 3, 4)))
void hm_out_print(const hm_out_t *out, hm_style_t style, const char *fmt, ...);

/*! \brief Print a finding as a compiler would: "file:line: error: reason". */
void hm_out_finding(const hm_out_t *out, hm_severity_t severity, const char *file, uint64_t line,
                    const char *reason);

/*! \brief Most columns of a table. */
#define HM_TABLE_COLUMNS 6

/*! \brief A column that is wider than this does not push the others further. */
#define HM_TABLE_WIDTH 48

/*! \brief A column. */
typedef struct {
	const char *title;
	bool right;      /*!< Numbers: aligned to the right. */
	unsigned width;
} hm_column_t;

/*!
 * \brief A table. Its rows are not kept: each is shown to hm_table_fit() first, and printed when
 *        all have been.
 */
typedef struct {
	hm_column_t columns[HM_TABLE_COLUMNS];
	unsigned count;
} hm_table_t;

/*! \brief Make the columns wide enough for a row. */
void hm_table_fit(hm_table_t *table, const char *const *cells);

/*! \brief Print the titles. */
void hm_table_head(const hm_table_t *table, const hm_out_t *out);

/*! \brief Print a row. */
void hm_table_row(const hm_table_t *table, const hm_out_t *out, const char *const *cells);
