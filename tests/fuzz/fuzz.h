/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the fuzz targets share: files in memory, a memory context, and an answer with all
 *        that must hold for it.
 */

#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "hostedmail/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*! \brief What must hold; assert() checks nothing with NDEBUG. */
#define REQUIRE(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
		abort(); \
	} \
} while (0)

/*! \brief Name of a file in memory. */
typedef char fuzz_path_t[32];

/*! \brief Make a file in memory, to be closed. */
static inline int fuzz_file(const void *data, size_t size, fuzz_path_t path)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(fuzz_path_t), "/proc/self/fd/%d", fd);
	return fd;
}

/*! \brief Findings of a reader. */
typedef struct {
	size_t errors;
	size_t warnings;
	size_t repeated;  /*!< Warnings of a domain that is there already. */
} fuzz_report_t;

static inline void fuzz_on_report(void *ctx, hm_severity_t severity, const char *file,
                                  uint64_t line, const char *reason)
{
	(void)line;
	fuzz_report_t *report = ctx;
	REQUIRE(file != NULL && reason != NULL && *reason != '\0');
	report->errors += (severity == HM_ERROR);
	report->warnings += (severity == HM_WARNING);
	report->repeated += (severity == HM_WARNING && strstr(reason, "duplicate") != NULL);
}

/*! \brief Memory that is freed all at once, every allocation with bounds of its own. */
typedef struct fuzz_block {
	struct fuzz_block *next;
	_Alignas(max_align_t) uint8_t data[];
} fuzz_block_t;

static inline void *fuzz_alloc(void *ctx, size_t size)
{
	fuzz_block_t **list = ctx, *block = malloc(sizeof(*block) + size);
	REQUIRE(block != NULL);
	block->next = *list;
	*list = block;
	return block->data;
}

static inline void fuzz_no_free(void *ptr)
{
	(void)ptr;
}

static inline void fuzz_free_all(fuzz_block_t *list)
{
	while (list != NULL) {
		fuzz_block_t *next = list->next;
		free(list);
		list = next;
	}
}

/*! \brief Tell whether a domain passes the check of a profile. */
static inline bool fuzz_profile_fits(const hm_profile_t *profile, const hm_domain_t *domain)
{
	fuzz_block_t *list = NULL;
	knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };
	uint64_t line;
	int ret = hm_profile_check(profile, domain, &mm, &line);
	fuzz_free_all(list);
	return ret == KNOT_EOK;
}

/*! \brief What must hold for a record of the authority or additional section. */
static inline void fuzz_check_record(const knot_rrset_t *record, const hm_domain_t *domain,
                                     bool authority)
{
	REQUIRE(knot_dname_in_bailiwick(record->owner, domain->name) >= 0);
	switch (record->type) {
	case KNOT_RRTYPE_SOA:
		REQUIRE(authority && knot_dname_is_equal(record->owner, domain->name));
		break;
	case KNOT_RRTYPE_A:
	case KNOT_RRTYPE_AAAA:
	case KNOT_RRTYPE_SVCB:
	case KNOT_RRTYPE_HTTPS:
		REQUIRE(!authority);
		break;
	default:
		REQUIRE(0);
	}
}

/*! \brief A question of a fuzz target; fuzz_answer() alone knows how the answer room takes it. */
typedef struct {
	const hm_profile_t *profile;
	const hm_domain_t *domain;
	bool udp;
	bool delegated;
	uint16_t rotate;
	size_t max_size;  /*!< Of the response. */
	hm_nested_f nested;
	void *ctx;        /*!< Context of \a nested. */
	uint8_t gap;
} fuzz_question_t;

/*! \brief What is at or below a nested domain must not be in an answer. */
static inline void fuzz_check_owners(const fuzz_question_t *question,
                                     const knot_pktsection_t *section)
{
	for (uint16_t i = 0; i < section->count && question->nested != NULL; i++) {
		knot_dname_storage_t owner;
		uint8_t gap;
		REQUIRE(knot_dname_store(owner, knot_pkt_rr(section, i)->owner) > 0);
		knot_dname_to_lower(owner);
		if (hm_domain_prefix(owner, question->domain) > 0) {
			REQUIRE(!question->nested(question->ctx, owner, &gap));
		}
	}
}

/*! \brief Read a response back and check it. */
static inline void fuzz_check_response(const fuzz_question_t *question, hm_answer_kind_t answer,
                                       const knot_pkt_t *query, const knot_pkt_t *resp)
{
	REQUIRE(answer == HM_ANSWER_POSITIVE || answer == HM_ANSWER_NODATA ||
	        answer == HM_ANSWER_NXDOMAIN);
	REQUIRE(resp->size + resp->reserved <= resp->max_size);
	REQUIRE(knot_wire_get_aa(resp->wire));
	size_t question_size = knot_pkt_question_size(query);
	REQUIRE(memcmp(resp->wire + KNOT_WIRE_HEADER_SIZE, query->wire + KNOT_WIRE_HEADER_SIZE,
	               question_size) == 0);

	uint8_t *wire = malloc(resp->size);
	REQUIRE(wire != NULL);
	memcpy(wire, resp->wire, resp->size);
	knot_pkt_t *parsed = knot_pkt_new(wire, resp->size, NULL);
	REQUIRE(parsed != NULL);
	REQUIRE(knot_pkt_parse(parsed, 0) == KNOT_EOK);

	const knot_pktsection_t *answers = knot_pkt_section(parsed, KNOT_ANSWER);
	const knot_pktsection_t *authority = knot_pkt_section(parsed, KNOT_AUTHORITY);
	const knot_pktsection_t *additional = knot_pkt_section(parsed, KNOT_ADDITIONAL);
	if (answers->count > 0) {
		REQUIRE(knot_dname_is_equal(knot_pkt_rr(answers, 0)->owner, knot_pkt_qname(query)));
	}
	REQUIRE(authority->count <= ((answer == HM_ANSWER_POSITIVE) ? 0 : 1));
	for (uint16_t i = 0; i < authority->count; i++) {
		fuzz_check_record(knot_pkt_rr(authority, i), question->domain, true);
	}
	for (uint16_t i = 0; i < additional->count; i++) {
		fuzz_check_record(knot_pkt_rr(additional, i), question->domain, false);
	}
	REQUIRE(!knot_wire_get_tc(wire) || authority->count + additional->count == 0);
	fuzz_check_owners(question, answers);
	fuzz_check_owners(question, additional);
	// A name above a nested domain exists.
	bool is_gap = (question->gap > 0 &&
	               question->gap == knot_dname_labels(knot_pkt_qname(query), NULL));
	REQUIRE(!is_gap || answers->count > 0 || answer != HM_ANSWER_NXDOMAIN);
	knot_pkt_free(parsed);
	free(wire);
}

/*! \brief Answer a parsed query as the module does, and check what comes out. */
static inline void fuzz_answer(const fuzz_question_t *asked, const knot_pkt_t *query)
{
	const hm_question_t question = {
		.view = {
			.profile = asked->profile, .domain = asked->domain,
			.nested = asked->nested, .ctx = asked->ctx,
		},
		.udp = asked->udp,
		.delegated = asked->delegated,
		.gap = asked->gap,
		.rotate = asked->rotate,
	};
	fuzz_block_t *list = NULL;
	knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };
	// The buffer is as large as what may be written to it.
	size_t max_size = asked->max_size;
	knot_pkt_t *resp = knot_pkt_new(fuzz_alloc(&list, max_size), max_size, &mm);
	if (knot_pkt_init_response(resp, query) == KNOT_EOK) {
		hm_answer_kind_t answer = 77;
		int ret = hm_answer(&question, resp, &answer);
		if (ret == KNOT_EOK) {
			fuzz_check_response(asked, answer, query, resp);
		} else {
			// What the check lets through fails only for its size.
			bool checked = fuzz_profile_fits(asked->profile, asked->domain);
			REQUIRE((int)answer == 77);
			REQUIRE(!checked || (ret == KNOT_ESPACE && !asked->udp));
		}
	}
	fuzz_free_all(list);
}
