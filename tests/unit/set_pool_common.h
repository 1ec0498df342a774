/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of the pool of hosted sets share: input files, and sets of them.
 */

#pragma once

#include <sys/stat.h>
#include <time.h>

#include "hostedmail/set_pool.h"
#include "test.h"

#define HEAD "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"

/*! \brief Nanoseconds for which a file is too young to be shared. */
#define YOUNG 50000000

extern report_t set_report;

/*! \brief Input files, in this order; the first one includes the third. */
enum { FIRST, SECOND, INCLUDED, HOSTED, OTHER, FILES };
extern char inputs[FILES][512];

int64_t nanoseconds(const struct timespec *time);
int64_t now(void);

/*! \brief Wait until a file is old enough to be shared. */
void settle(const char *path);

/*! \brief Write a file in place. */
void write_input(int file, const char *text);

/*! \brief Write all files, old enough to be shared. */
void make_inputs(void);

/*! \brief Options of two profiles and a hosted file. */
hm_hosted_set_opts_t usual_opts(void);

/*! \brief Who asks for sets: starts as nobody knows who, with 50 percent. */
extern hm_set_user_t set_user;

/*! \brief Get a set, which is loaded or shared as wanted. */
const hm_hosted_set_t *get_set(const hm_hosted_set_opts_t *opts, bool want_loaded);

/*! \brief Get the set in use, since what the options name has to be refused. */
const hm_hosted_set_t *get_refused(const hm_hosted_set_opts_t *opts);

/*! \brief Give a set back for good. */
void give_back(const hm_hosted_set_t *set);

/*! \brief Write a hosted file of so many domains, the first of which has that number.
 *
 * \param[in] profile  What stands after each, perhaps nothing. */
void write_hosted(unsigned first, unsigned count, const char *profile);
