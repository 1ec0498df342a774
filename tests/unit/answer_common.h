/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of answers from a profile share.
 */

#pragma once

#include "hostedmail/answer.h"
#include "test.h"

/*! \brief One question and what came back. */
typedef struct {
	hm_question_t question;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len;
	size_t max_size;      /*!< Of the response. */
	pool_t pool;
	uint8_t *wire;        /*!< Buffer of the response, on the heap for its bounds. */
	knot_pkt_t *query;
	knot_pkt_t *resp;
	knot_pkt_t *parsed;   /*!< The response as a client reads it. */
	hm_answer_kind_t answer;
	int ret;
} ask_t;

/*! \brief What the kind of an answer is before there is one. */
#define NO_ANSWER 77

#define APEX \
	"$TTL 300\n" \
	"@ SOA ns1.example.net. hostmaster.example.net. 7 14400 3600 1209600 60\n" \
	"@ NS ns1.example.net.\n"

#define SOA "d.test. 60 SOA ns1.example.net. hostmaster.example.net. 7 14400 3600 1209600 60\n"

/*! \brief The common profile. */
extern hm_profile_t *profile;

/*! \brief Load and free the common profile. */
int answer_setup(void **state);
int answer_teardown(void **state);

/*! \brief Begin with a question to a profile. */
void ask_init(ask_t *ask, const hm_profile_t *of);
void ask_clear(ask_t *ask);

/*! \brief Define a variable, "name=value". */
void ask_var(ask_t *ask, const char *text);

/*! \brief Prepare the response as the server does, see its prepare_answer(). */
void ask_prepare(ask_t *ask, const knot_dname_t *qname, uint16_t qtype);

/*! \brief Ask, and read a copy of the response back if there is one. */
void ask_name(ask_t *ask, const knot_dname_t *qname, uint16_t qtype);
void ask_for(ask_t *ask, const char *qname, uint16_t qtype);

/*! \brief Expect a section as text. */
void assert_section(const ask_t *ask, knot_section_t section, const char *want);

/*! \brief Expect an answer, its kind and its three sections. */
void assert_answer(const ask_t *ask, hm_answer_kind_t answer, const char *answers,
                   const char *authority, const char *additional);

/*! \brief Ask the common profile, expect an answer without additional records. */
void assert_asked(const char *qname, uint16_t qtype, hm_answer_kind_t answer,
                  const char *answers, const char *authority);
void assert_positive(const char *qname, uint16_t qtype, const char *answers);
void assert_nodata(const char *qname, uint16_t qtype);
void assert_nxdomain(const char *qname, uint16_t qtype);
