/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

// Sizes

/*! \brief Size of the whole response to a question. */
static size_t whole_size(const char *qname, uint16_t qtype)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "first=b");
	ask_for(&ask, qname, qtype);
	assert_int_equal(ask.ret, KNOT_EOK);
	size_t size = ask.resp->size;
	ask_clear(&ask);
	return size;
}

static void an_rrset_that_does_not_fit_truncates_over_udp(void **state)
{
	size_t size = whole_size("txt.d.test.", KNOT_RRTYPE_TXT);
	for (size_t max = size - 40; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "txt.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
		assert_int_equal(knot_wire_get_tc(ask.parsed->wire) != 0, max < size);
		assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count,
		                 (max < size) ? 0 : 3);
		assert_section(&ask, KNOT_AUTHORITY, "");
		ask_clear(&ask);
	}
}

static void a_chain_that_does_not_fit_is_cut_with_tc(void **state)
{
	size_t size = whole_size("one.d.test.", KNOT_RRTYPE_A);
	size_t question = 12 + 16, before = 0;
	for (size_t max = question; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "one.d.test.", KNOT_RRTYPE_A);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
		assert_int_equal(knot_wire_get_tc(ask.parsed->wire) != 0, max < size);
		size_t count = knot_pkt_section(ask.parsed, KNOT_ANSWER)->count;
		assert_true(between(count, before, 4));
		before = count;
		ask_clear(&ask);
	}
	assert_int_equal(before, 4);
}

static void an_soa_that_does_not_fit_is_left_out_without_tc(void **state)
{
	size_t size = whole_size("none.d.test.", KNOT_RRTYPE_A);
	for (size_t max = size - 30; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", (max < size) ? "" : SOA, "");
		ask_clear(&ask);
	}
}

static void additional_records_that_do_not_fit_are_left_out_without_tc(void **state)
{
	size_t size = whole_size("srv.d.test.", KNOT_RRTYPE_SRV);
	for (size_t max = size - 16 - 28; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "srv.d.test.", KNOT_RRTYPE_SRV);
		assert_answer(&ask, HM_ANSWER_POSITIVE,
		              "srv.d.test. 300 SRV 1 2 3 www.d.test.\n", "",
		              (max < size - 28) ? "" :
		              (max < size) ? "www.d.test. 600 A 192.0.2.1\n" :
		                             "www.d.test. 600 A 192.0.2.1\n"
		                             "www.d.test. 300 AAAA 2001:db8::1\n");
		ask_clear(&ask);
	}
}

static void a_smaller_address_behind_one_that_does_not_fit_is_added(void **state)
{
	hm_profile_t *p = profile_from("small.zone", APEX "@ MX 1 six\n@ MX 2 four\n"
	                               "six AAAA 2001:db8::6\nfour A 192.0.2.4\n");
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	size_t size = ask.resp->size;
	ask_clear(&ask);

	ask_init(&ask, p);
	ask.max_size = size - 16;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "d.test. 300 MX 1 six.d.test.\nd.test. 300 MX 2 four.d.test.\n", "",
	              "six.d.test. 300 AAAA 2001:db8::6\n");
	ask_clear(&ask);

	ask_init(&ask, p);
	ask.max_size = size - 28;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_section(&ask, KNOT_ADDITIONAL, "four.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

/*! \brief A put that fails must not leave a name behind to which a later one points. */
static void targets_of_a_wildcard_that_does_not_fit_are_left_out(void **state)
{
	char text[8192] = APEX "@ MX 1 a.w\n@ MX 2 b.w\n@ MX 3 c.w\n@ MX 4 last\n"
	                  "last A 192.0.2.99\n"
	                  "svc HTTPS 1 d.w\nsvc HTTPS 2 e.w\nsvc HTTPS 3 f.w\n*.w HTTPS 1 g.w\n";
	for (unsigned i = 0; i < 40; i++) {
		char line[80];
		snprintf(line, sizeof(line), "*.w A 192.0.2.%u\n*.w AAAA 2001:db8::%x\n", i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("wide.zone", text);
	// libknot before 3.2.13 and 3.3.4 would not come back.
	alarm(60);
	static const struct {
		const char *qname;
		uint16_t qtype;
	} cases[] = { { "d.test.", KNOT_RRTYPE_MX }, { "svc.d.test.", KNOT_RRTYPE_HTTPS } };
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (size_t size = 60; size < 2300; size++) {
			ask_t ask;
			ask_init(&ask, p);
			ask.max_size = size;
			ask_for(&ask, cases[c].qname, cases[c].qtype);
			assert_int_equal(ask.ret, KNOT_EOK);
			const knot_pktsection_t *records = knot_pkt_section(ask.parsed,
			                                                    KNOT_ADDITIONAL);
			for (uint16_t i = 0; i < records->count; i++) {
				// The name of a target that is compressed stands for the wildcard.
				const knot_dname_t *owner = knot_pkt_rr(records, i)->owner;
				assert_true(knot_dname_in_bailiwick(owner,
				                                    dname("w.d.test.")) == 1 ||
				            knot_dname_is_equal(owner, dname("last.d.test.")));
			}
			ask_clear(&ask);
		}
	}
	alarm(0);

	// Where only the last one fits, it is there.
	ask_t ask;
	ask_init(&ask, p);
	ask.max_size = 512;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_section(&ask, KNOT_ADDITIONAL, "last.d.test. 300 A 192.0.2.99\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

static void reserved_room_is_left_alone(void **state)
{
	// The server has reserved the room of OPT before it asks.
	size_t size = whole_size("txt.d.test.", KNOT_RRTYPE_TXT);
	for (unsigned fits = 0; fits < 2; fits++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = size + 10 + fits;
		ask_prepare(&ask, dname("txt.d.test."), KNOT_RRTYPE_TXT);
		assert_int_equal(knot_pkt_reserve(ask.resp, 11), KNOT_EOK);
		assert_int_equal(hm_answer(&ask.question, ask.resp, &ask.answer), KNOT_EOK);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire) != 0, !fits);
		assert_int_equal(knot_wire_get_ancount(ask.resp->wire), fits ? 3 : 0);
		ask_clear(&ask);
	}
}

/*! \brief An RRset of so many TXT records of 250 bytes. */
static hm_profile_t *large_profile(unsigned count, bool variable)
{
	size_t max = (count + 1) * 300 + sizeof(APEX);
	char *text = malloc(max);
	assert_non_null(text);
	size_t len = snprintf(text, max, "%s", APEX);
	for (unsigned i = 0; i < count; i++) {
		len += snprintf(text + len, max - len, "big TXT \"%s%0243u\"\n",
		                variable ? "{domain}" : "d.test", i);
	}
	hm_profile_t *p = profile_from("large.zone", text);
	free(text);
	return p;
}

static void an_rrset_beyond_64_kib_is_an_error_but_truncates_over_udp(void **state)
{
	for (unsigned variable = 0; variable < 2; variable++) {
		// Header and question take 28 bytes, a record 12 + 250.
		hm_profile_t *p = large_profile(250, variable);
		ask_t ask;
		ask_init(&ask, p);
		ask.question.udp = false;
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 250);
		assert_int_equal(ask.resp->size, 28 + 250 * 262);
		ask_clear(&ask);
		hm_profile_free(p);

		p = large_profile(251, variable);
		ask_init(&ask, p);
		ask.question.udp = false;
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_ESPACE);
		ask_clear(&ask);

		ask_init(&ask, p);
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_true(knot_wire_get_tc(ask.parsed->wire));
		assert_section(&ask, KNOT_ANSWER, "");
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void an_rrset_of_more_than_65535_records_is_never_a_part_of_it(void **state)
{
	// Without variables libknot refuses them.
	enum { COUNT = 65536 + 2 };
	size_t max = COUNT * 32 + sizeof(APEX), len;
	char *text = malloc(max);
	assert_non_null(text);
	len = snprintf(text, max, "%s", APEX);
	for (unsigned i = 0; i < COUNT; i++) {
		len += snprintf(text + len, max - len, "big TXT {domain}%u\n", i);
	}
	static report_t report;
	hm_profile_t *p = NULL;
	int ret = hm_profile_load(write_text("huge.zone", text), on_report, &report, NULL, &p);
	free(text);
	if (ret != KNOT_EOK) {
		return; // Refused, which is best.
	}
	ask_t ask;
	ask_init(&ask, p);
	ask.question.udp = false;
	ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
	int answered = ask.ret;
	ask_clear(&ask);
	hm_profile_free(p);
	assert_int_not_equal(answered, KNOT_EOK);
}

// Hostile questions

static void every_type_gets_an_answer(void **state)
{
	static const char *const names[] = {
		"d.test.", "one.d.test.", "b.c.d.test.", "any.w.d.test.", "none.d.test.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (unsigned type = 0; type <= UINT16_MAX; type += (type < 1024) ? 1 : 97) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_for(&ask, names[i], type);
			assert_int_equal(ask.ret, KNOT_EOK);
			assert_true(between(ask.answer, HM_ANSWER_POSITIVE, HM_ANSWER_NXDOMAIN));
			ask_clear(&ask);
		}
	}
}

static void the_longest_names_are_answered(void **state)
{
	uint8_t name[KNOT_DNAME_MAXLEN + 1];
	static const uint8_t domain[] = "\1d\4test";
	static const uint8_t fills[] = { 'a', '*', 0, 0xff, 'Q', '.' };
	for (size_t f = 0; f < sizeof(fills); f++) {
		for (unsigned label_len = 1; label_len <= 63; label_len += 31) {
			// Labels of this length, the last one shorter, up to 255 bytes.
			size_t len = 0, room = KNOT_DNAME_MAXLEN - sizeof(domain);
			while (room - len >= 2) {
				size_t label = (room - len - 1 < label_len) ? room - len - 1 :
				                                              label_len;
				name[len++] = label;
				memset(name + len, fills[f], label);
				len += label;
			}
			memcpy(name + len, domain, sizeof(domain));
			assert_true(between(knot_dname_size(name), 254, KNOT_DNAME_MAXLEN));

			ask_t ask;
			ask_init(&ask, profile);
			ask_name(&ask, name, KNOT_RRTYPE_A);
			assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", SOA, "");
			ask_clear(&ask);
		}
	}
}

static void labels_that_look_like_the_domain_are_not_it(void **state)
{
	assert_nxdomain("www.d.test.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("\\003www\\001d\\004test.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("www\\.d.d.test.", KNOT_RRTYPE_A);
}

static void the_same_question_has_the_same_answer(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t first[1024];
		size_t first_size = 0;
		for (unsigned again = 0; again < 3; again++) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_var(&ask, "first=x");
			ask_for(&ask, i ? "one.d.test." : "vmx.d.test.", KNOT_RRTYPE_MX);
			if (again == 0) {
				first_size = ask.resp->size;
				memcpy(first, ask.resp->wire, first_size);
			}
			assert_int_equal(ask.resp->size, first_size);
			assert_memory_equal(ask.resp->wire, first, first_size);
			ask_clear(&ask);
		}
	}
}

// Failing allocations

static void every_failing_allocation_is_an_error(void **state)
{
	char text[8192] = APEX "*.v CNAME {first}.w\n*.w CNAME m0\n"
	                  "big TXT \"{first}\"\nbig TXT \"a{second}\"\nbig TXT \"a\"\n";
	for (unsigned i = 0; i < 20; i++) {
		char line[80];
		snprintf(line, sizeof(line), "@ MX %u m%u\nm%u A 192.0.2.%u\nm%u AAAA ::%u\n",
		         i, i, i, i, i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("memory.zone", text);
	static const struct {
		const char *qname;
		uint16_t qtype;
		long least; // Allocations that there are at least.
	} questions[] = {
		{ "d.test.", KNOT_RRTYPE_MX, 20 }, // Beyond 16 RRsets, with their owners.
		{ "x.v.d.test.", KNOT_RRTYPE_AAAA, 3 },
		{ "big.d.test.", KNOT_RRTYPE_TXT, 3 },
		{ "none.d.test.", KNOT_RRTYPE_A, 2 },
		{ "big.d.test.", KNOT_RRTYPE_A, 2 },
	};
	for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
		for (unsigned udp = 0; udp < 2; udp++) {
			long count = 0;
			int ret;
			do {
				ask_t ask;
				ask_init(&ask, p);
				ask_var(&ask, "first=z");
				ask_var(&ask, "second=b");
				ask.question.udp = udp;
				ask_prepare(&ask, dname(questions[q].qname), questions[q].qtype);
				ask.pool.countdown = count;
				// There is no other memory than that of the packet.
				alloc_countdown = 0;
				ret = hm_answer(&ask.question, ask.resp, &ask.answer);
				alloc_countdown = -1;
				if (ret != KNOT_EOK) {
					assert_int_equal(ret, KNOT_ENOMEM);
					assert_int_equal(ask.answer, NO_ANSWER);
					count++;
				}
				ask_clear(&ask);
			} while (ret != KNOT_EOK);
			assert_true(between(count, questions[q].least, 200));
		}
	}
	hm_profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rrset_that_does_not_fit_truncates_over_udp),
		cmocka_unit_test(a_chain_that_does_not_fit_is_cut_with_tc),
		cmocka_unit_test(an_soa_that_does_not_fit_is_left_out_without_tc),
		cmocka_unit_test(additional_records_that_do_not_fit_are_left_out_without_tc),
		cmocka_unit_test(a_smaller_address_behind_one_that_does_not_fit_is_added),
		cmocka_unit_test(targets_of_a_wildcard_that_does_not_fit_are_left_out),
		cmocka_unit_test(reserved_room_is_left_alone),
		cmocka_unit_test(an_rrset_beyond_64_kib_is_an_error_but_truncates_over_udp),
		cmocka_unit_test(an_rrset_of_more_than_65535_records_is_never_a_part_of_it),
		cmocka_unit_test(every_type_gets_an_answer),
		cmocka_unit_test(the_longest_names_are_answered),
		cmocka_unit_test(labels_that_look_like_the_domain_are_not_it),
		cmocka_unit_test(the_same_question_has_the_same_answer),
		cmocka_unit_test(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, answer_setup, answer_teardown);
}
