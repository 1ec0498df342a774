/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the unit tests share: memory contexts that are tracked or fail, input files, names.
 */

#pragma once

// cmocka gives each test a state that few have a use for.
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <libknot/libknot.h>

#include "hostedmail/profile.h"

/*! \brief Allocations of the tested code until one fails; negative: none does. */
extern long alloc_countdown;

/*! \brief A memory context that frees all at once, as the server's does behind a query. */
typedef struct {
	knot_mm_t mm;
	void **blocks;
	size_t count;
	long countdown; /*!< Like alloc_countdown, for this context. */
} pool_t;

void pool_init(pool_t *pool);
void pool_clear(pool_t *pool);

/*! \brief Findings of a reader, one a line: "error 3 reason". */
typedef struct {
	char text[65536];
	size_t errors;
	size_t warnings;
} report_t;

void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
               const char *reason);

/*! \brief Instead of assert_in_range(), which cmocka 2 deprecates. */
bool between(size_t value, size_t low, size_t high);

/*! \brief Text that grows; all zero at first, its data is freed by the caller. */
typedef struct {
	char *data;
	size_t len;
	size_t max;
} text_t;

__attribute__((format(printf, 2, 3)))
void text_add(text_t *text, const char *fmt, ...);

/*! \brief Add a character so many times. */
void text_fill(text_t *text, char c, size_t count);

/*! \brief Path of a file of the test's own folder; static, a few may be in use at once. */
const char *path_of(const char *name);

/*! \brief Write a file of that folder, return its path. */
const char *write_file(const char *name, const void *data, size_t len);
const char *write_text(const char *name, const char *text);

/*! \brief Name of a file of the sources (static). */
const char *source_path(const char *name);

/*! \brief Load a profile from text that must have no errors. */
hm_profile_t *profile_from(const char *name, const char *text);

/*! \brief hm_profile_check() with memory that it leaves nothing in. */
int check_profile(const hm_profile_t *profile, const hm_domain_t *domain, uint64_t *line);

/*! \brief A name in wire format, from static storage: a few may be in use at once. */
const knot_dname_t *dname(const char *text);

/*! \brief So many labels of one letter, with a final dot; static, a few may be in use at once. */
const char *letters(char c, unsigned labels);

/*! \brief A domain of that name. */
hm_domain_t domain_of(const char *text);

/*! \brief A domain with variables, "name=value name=value" or NULL; static, one at a time. */
const hm_domain_t *domain_with(const char *name, const char *vars);

/*! \brief `name=` and a value of that many bytes, the letter x; static, one at a time. */
const char *long_var(const char *name, size_t value_len);

/*! \brief A section as text: one record a line, owner, TTL, type, RDATA. */
void section_text(const knot_pkt_t *pkt, knot_section_t section, char *out, size_t out_max);

/*!
 * \brief A response at its answer section, as the server prepares it.
 *
 * \param[in] wire  Buffer of the response.
 * \param[in] mm    Where all but the buffer is allocated.
 */
knot_pkt_t *response_new(const char *qname, uint16_t qtype, uint8_t *wire, size_t max,
                         knot_mm_t *mm);

/*! \brief Expect a section of a response as a client reads it. */
void assert_sent(const knot_pkt_t *resp, knot_section_t section, const char *want);

/*! \brief Seed of a test with random input, from HM_SEED if that is set: to be printed. */
uint64_t seed_get(void);

/*! \brief Start over with random numbers. */
void random_start(void);

/*! \brief A number below \a below, from splitmix64. */
unsigned random_below(unsigned below);
