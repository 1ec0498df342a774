/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "profile_common.h"

static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	return knot_dname_in_bailiwick(name, ctx) >= 0;
}

/*! \brief The RRsets of example.com as text. */
static void assert_expect(const char *text, const char *vars, const char *hidden, const char *want)
{
	hm_profile_t *profile = loaded(text);
	hm_expect_t expect;
	assert_int_equal(hm_expect_build(profile, domain_with("example.com", vars),
	                                 (hidden != NULL) ? is_hidden : NULL,
	                                 (hidden != NULL) ? (void *)dname(hidden) : NULL, &expect),
	                 KNOT_EOK);
	text_t got = { 0 };
	for (size_t i = 0; i < expect.count; i++) {
		knot_dname_txt_storage_t owner;
		char type[32];
		(void)knot_dname_to_str(owner, expect.rrsets[i].owner, sizeof(owner));
		knot_rrtype_to_string(expect.rrsets[i].type, type, sizeof(type));
		text_add(&got, "%s %s %u\n", owner, type, expect.rrsets[i].rrs.count);
		assert_ptr_equal(hm_expect_find(&expect, expect.rrsets[i].owner,
		                                expect.rrsets[i].type), &expect.rrsets[i]);
	}
	assert_string_equal(got.data, want);
	assert_null(hm_expect_find(&expect, dname("example.com."), KNOT_RRTYPE_LOC));
	free(got.data);
	hm_expect_clear(&expect);
	hm_profile_free(profile);
}

static void a_domain_is_expected_to_have_its_records(void **state)
{
	static const char text[] = HEAD "@ A 192.0.2.1\n@ MX 10 mx.{domain}.\n@ MX 20 mx.test.\n"
	                           "a.b TXT \"{token}\"\nc CNAME d.test.\n";
	assert_expect(text, NULL, NULL, "example.com. SOA 1\nexample.com. NS 1\nexample.com. A 1\n"
	              "example.com. MX 2\nc.example.com. CNAME 1\n");
	assert_expect(text, "token=1", "c.example.com.", "example.com. SOA 1\nexample.com. NS 1\n"
	              "example.com. A 1\nexample.com. MX 2\na.b.example.com. TXT 1\n");
}

/*! \brief A response with records of one type, as a server sends it. */
static hm_ask_t response(int flags, int rcode, const char *owner, uint16_t type, const char *rdata,
                         size_t len)
{
	uint8_t wire[512] = { 0 };
	knot_wire_set_id(wire, 7);
	knot_wire_set_qr(wire);
	wire[2] |= flags;
	knot_wire_set_rcode(wire, rcode);
	knot_wire_set_qdcount(wire, 1);
	uint8_t *pos = wire + KNOT_WIRE_HEADER_SIZE;
	pos += knot_dname_to_wire(pos, dname("EXample.com."), 256);
	memcpy(pos, "\0\17\0\1", 4);
	pos += 4;
	if (owner != NULL) {
		pos += knot_dname_to_wire(pos, dname(owner), 256);
		knot_wire_write_u16(pos, type);
		memcpy(pos + 2, "\0\1\0\0\0\1", 6);
		knot_wire_write_u16(pos + 8, len);
		memcpy(pos + 10, rdata, len);
		pos += 10 + len;
		knot_wire_set_ancount(wire, 1);
	}
	hm_ask_t ask = { .name = dname("example.com."), .type = KNOT_RRTYPE_MX };
	ask.pkt = hm_message_read(wire, pos - wire, 7, ask.name, ask.type);
	assert_non_null(ask.pkt);
	ask.reply = HM_REPLY_ANSWER;
	return ask;
}

#define AA KNOT_WIRE_AA_MASK
#define RIGHT "\0\12\2mx\4test"

static void an_answer_is_compared(void **state)
{
	static const struct {
		int flags, rcode;
		const char *owner;
		uint16_t type;
		const char *rdata;
		size_t len;
		hm_match_t match;
	} cases[] = {
		{ AA, 0, "example.com.", KNOT_RRTYPE_MX, "\0\12\2mx\4test", 11, HM_MATCH_RIGHT },
		{ AA, 0, "Example.COM.", KNOT_RRTYPE_MX, "\0\12\2mX\4TEST", 11, HM_MATCH_RIGHT },
		{ 0, 0, "example.com.", KNOT_RRTYPE_MX, "\0\12\2mx\4test", 11, HM_MATCH_LAME },
		{ AA, 0, "example.com.", KNOT_RRTYPE_MX, "\0\13\2mx\4test", 11, HM_MATCH_OTHER },
		{ AA, 0, "example.com.", KNOT_RRTYPE_CNAME, "\2mx\4test", 9, HM_MATCH_OTHER },
		{ AA, 0, "a.example.com.", KNOT_RRTYPE_MX, "\0\12\2mx\4test", 11, HM_MATCH_NODATA },
		{ AA, 0, NULL, 0, NULL, 0, HM_MATCH_NODATA },
		{ AA, 3, NULL, 0, NULL, 0, HM_MATCH_NXDOMAIN },
		{ 0, 3, NULL, 0, NULL, 0, HM_MATCH_LAME },
		{ 0, 2, NULL, 0, NULL, 0, HM_MATCH_SERVFAIL },
		{ 0, 5, NULL, 0, NULL, 0, HM_MATCH_REFUSED },
		{ 0, 4, NULL, 0, NULL, 0, HM_MATCH_ERROR },
	};
	hm_profile_t *profile = loaded(HEAD "@ MX 10 MX.test.\n");
	hm_expect_t expect;
	assert_int_equal(hm_expect_build(profile, domain_with("example.com", NULL), NULL, NULL,
	                                 &expect), KNOT_EOK);
	const knot_rrset_t *want = hm_expect_find(&expect, dname("example.com."), KNOT_RRTYPE_MX);
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_ask_t ask = response(cases[i].flags, cases[i].rcode, cases[i].owner,
		                        cases[i].type, cases[i].rdata, cases[i].len);
		hm_match_t match = hm_expect_match(want, &ask);
		if (match != cases[i].match) {
			fail_msg("case %zu: %d", i, match);
		}
		hm_ask_clear(&ask);
	}
	const knot_rrset_t nothing = { .owner = want->owner, .type = KNOT_RRTYPE_MX };
	hm_ask_t ask = response(AA, 0, NULL, 0, NULL, 0);
	assert_int_equal(hm_expect_match(&nothing, &ask), HM_MATCH_RIGHT);
	hm_ask_clear(&ask);
	ask = response(AA, 0, "example.com.", KNOT_RRTYPE_MX, "\0\12\2mx\4test", 11);
	assert_int_equal(hm_expect_match(&nothing, &ask), HM_MATCH_OTHER);
	hm_ask_clear(&ask);

	static const hm_match_t silent[] = {
		[HM_REPLY_TIMEOUT] = HM_MATCH_TIMEOUT, [HM_REPLY_CLOSED] = HM_MATCH_CLOSED,
		[HM_REPLY_UNREACHABLE] = HM_MATCH_UNREACHABLE, [HM_REPLY_GARBAGE] = HM_MATCH_GARBAGE,
	};
	for (size_t i = 0; i < COUNT(silent); i++) {
		ask = (hm_ask_t){ .reply = i };
		assert_int_equal(hm_expect_match(want, &ask), silent[i]);
	}
	hm_expect_clear(&expect);
	hm_profile_free(profile);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 mx.{domain}.\na CNAME b.test.\n");
	int ret = KNOT_ENOMEM;
	unsigned count = 0;
	for (; ret != KNOT_EOK; count++) {
		hm_expect_t expect;
		const hm_domain_t *domain = domain_with("example.com", NULL);
		alloc_countdown = count;
		ret = hm_expect_build(profile, domain, NULL, NULL, &expect);
		alloc_countdown = -1;
		hm_expect_clear(&expect);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
	assert_true(count > 5);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_is_expected_to_have_its_records),
		cmocka_unit_test(an_answer_is_compared),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
