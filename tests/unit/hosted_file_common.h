/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of hosted files share.
 */

#pragma once

#include "hostedmail/hosted_file.h"
#include "test.h"

/*! \brief What the callbacks see and do. */
typedef struct {
	report_t report;        /*!< The first, so that on_report() finds it. */
	const char *file;       /*!< Expected name of the file. */
	size_t checks;          /*!< Domains that were checked. */
	uint8_t size_max;       /*!< Longest name that is good, 0 for any. */
	uint8_t labels_max;     /*!< Most labels of a good name, 0 for any. */
	int profile_bad;        /*!< Profile that is good for no name. */
	const char *need;       /*!< Variable that a good domain defines. */
	hm_profile_t *profile;  /*!< Checks for real if there is one. */
	bool has_zone;          /*!< There is a hosted zone too. */
} given_t;

/*! \brief Names of the profiles that lines can have, by their index. */
extern const char *const profiles[3];

extern given_t given;

/*! \brief Seed of the next hosted file's hash: it is the same whenever the test runs. */
extern uint64_t hash_seed;

/*! \brief There are no random numbers for a seed. */
extern bool hash_seed_fails;

/*! \brief Setup of every test. */
int hosted_file_reset(void **state);

/*! \brief Load a hosted file whose findings and checks are those of \a given. */
int load_hosted(const char *file, hm_hosted_file_t **out);

/*! \brief Load what must not fail, whatever the findings. */
hm_hosted_file_t *load_bytes(const void *data, size_t len);
hm_hosted_file_t *load_text(const char *text);
hm_hosted_file_t *load_and_free(text_t *text);

/*! \brief Expect findings in the order in which they were reported. */
void assert_report(const char *text);
void assert_reported(const char *text);

/*! \brief Expect that this domain owns the query. */
void assert_domain(const hm_hosted_file_t *hosted, const knot_dname_t *query,
                   const knot_dname_t *want, unsigned profile);
void assert_found(const hm_hosted_file_t *hosted, const char *query, const char *want,
                  unsigned profile);
void assert_missing(const hm_hosted_file_t *hosted, const char *query);
void assert_value(const hm_hosted_file_t *hosted, const char *query, const char *name,
                  const void *value, size_t value_len);
void assert_no_value(const hm_hosted_file_t *hosted, const char *query, const char *name);
