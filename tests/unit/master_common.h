/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of the reader of master files share.
 */

#pragma once

#include "hostedmail/master.h"
#include "test.h"

/*! \brief One run of the reader over "main.zone", everything it says as text. */
typedef struct {
	char records[16384];  /*!< "line owner TTL type data", "file:line ..." if included. */
	char findings[16384]; /*!< "line reason", likewise. */
	size_t calls;         /*!< Of the receiver of records. */
	uint32_t next_number; /*!< Least number of the next record. */
	size_t errors;
	size_t stop_at;       /*!< Call that does not return KNOT_EOK, counted from 1. */
	int stop_ret;
	int ret;
} run_t;

extern run_t run;

/*! \brief A text and what is found in it. */
typedef struct {
	const char *text;
	const char *findings;
} case_t;

/*! \brief Read a file, and what variables it has. */
void read_vars(const char *path, hm_vartab_t *tab);

/*! \brief Read a file, or a text as "main.zone". */
void read_path(const char *path);
void read_bytes(const void *text, size_t len);
void read_text(const char *text);

/*! \brief Compare findings line by line; of a reason, a part is enough. */
bool findings_are(const char *expected);
void assert_findings(const char *expected);

/*! \brief A text is read without a finding and gives these records. */
void assert_records(const char *text, const char *records);

/*! \brief Texts that have these findings; reading goes on behind them. */
void assert_refused(const case_t *cases, size_t count);

#define ASSERT_REFUSED(cases) assert_refused((cases), sizeof(cases) / sizeof((cases)[0]))
