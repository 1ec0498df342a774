/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rdata_common.h"

static void a_label_has_up_to_63_bytes(void **state)
{
	uint8_t expected[64 + sizeof(NET)] = { 63 };
	memset(expected + 1, 'x', 63);
	memcpy(expected + 64, NET, sizeof(NET) - 1);
	size_t len = 64 + sizeof(NET) - 1;
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	               domain_with("example.com.", long_var("name", 63)), expected, len);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\005x" NAME "x" NET), 1,
	               domain_with("example.com.", long_var("name", 61)), expected, len);

	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 64)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\005x" NAME "x" NET), 1,
	                    domain_with("example.com.", long_var("name", 62)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 256)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 319)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 4096)), KNOT_ESPACE);
}

static void the_domain_as_one_label_has_up_to_63_bytes(void **state)
{
	static const char fits[] = "aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb."
	                           "ccccccccccccccccccccc.";
	static const char too_long[] = "aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb."
	                               "cccccccccccccccccccccc.";
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain_with(fits, NULL),
	               WIRE("\077aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbb-ccccccccccccccccccccc"
	                    NET));
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASHES NET), 1,
	                    domain_with(fits, NULL), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1,
	                    domain_with(too_long, NULL), KNOT_ESPACE);
}

/*! \brief A name of exactly that many bytes, its labels of the letter a; static. */
static const uint8_t *name_of_size(size_t size)
{
	static uint8_t name[KNOT_DNAME_MAXLEN];
	assert_true(size >= 3 && size <= sizeof(name));
	uint8_t *pos = name;
	for (size_t left = size - 1; left > 0; ) {
		size_t label = (left > 64) ? 63 : left - 1;
		if (left - 1 - label == 1) {
			label--; // One byte would be left for the next label.
		}
		*pos++ = label;
		memset(pos, 'a', label);
		pos += label;
		left -= 1 + label;
	}
	*pos = '\0';
	assert_int_equal(knot_dname_size(name), size);
	return name;
}

static void a_name_has_up_to_255_bytes(void **state)
{
	uint8_t expected[2 + 255];
	hm_domain_t domain;

	// Relative: "mx" takes three bytes, the rest is the domain.
	hm_domain_init(name_of_size(252), &domain);
	memcpy(expected, PREF "\002mx", 5);
	memcpy(expected + 5, domain.name, 252);
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0, &domain, expected, 257);
	hm_domain_init(name_of_size(253), &domain);
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0, &domain, KNOT_ESPACE);

	// Absolute: "example.net." takes thirteen.
	hm_domain_init(name_of_size(243), &domain);
	memcpy(expected, domain.name, 242);
	memcpy(expected + 242, NET, 13);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN NET), 1, &domain, expected, 255);
	hm_domain_init(name_of_size(244), &domain);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN NET), 1, &domain, KNOT_ESPACE);
	hm_domain_init(name_of_size(255), &domain);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN ORIGIN), 1, &domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_SVCB, WIRE("\000\001\003" DOMAIN ORIGIN), 1, &domain,
	                    KNOT_ESPACE);
}

static void a_value_makes_a_name_of_up_to_255_bytes(void **state)
{
	// 121 labels of one byte, then "example.net.".
	char var[HM_VAR_VALUE_MAX] = "name=";
	uint8_t expected[255];
	for (int i = 0; i < 121; i++) {
		strcat(var, (i == 0) ? "a" : ".a");
		memcpy(expected + 2 * i, "\001a", 2);
	}
	memcpy(expected + 242, NET, 13);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	               expected, 255);
	strcat(var, "a");
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	                    KNOT_ESPACE);
	for (int i = 0; i < 1000; i++) {
		strcat(var, ".a");
	}
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	                    KNOT_ESPACE);
}

static void the_bound_holds_for_the_most_awkward_domains(void **state)
{
	// Every byte escaped; labels of one byte; labels of 63 bytes; one byte in all.
	uint8_t escaped[255], small[255];
	memcpy(escaped, name_of_size(255), 255);
	for (uint8_t *label = escaped; *label != '\0'; label += 1 + *label) {
		memset(label + 1, 0xff, *label);
	}
	for (int i = 0; i < 127; i++) {
		memcpy(small + 2 * i, "\001.", 2);
	}
	small[254] = '\0';
	const uint8_t *const names[] = { escaped, small, name_of_size(255), dname("a.") };

	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
		size_t marks;
	} cases[] = {
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DOMAIN), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DASH), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DASHES), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\014" DOMAIN DOMAIN DOMAIN DASHES "\006" DASH DASH), 6 },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\001x" DASHES DASHES), 2 },
		{ KNOT_RRTYPE_URI,   WIRE("\0\0\0\0" DOMAIN DASHES), 2 },
		{ KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN "\000"), 1 },
		{ KNOT_RRTYPE_CNAME, WIRE(ORIGIN), 0 },
		{ KNOT_RRTYPE_RP,    WIRE(ORIGIN ORIGIN), 0 },
	};
	static uint8_t out[RDATA_MAX];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		hm_domain_t domain;
		hm_domain_init(names[i], &domain);
		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++) {
			hm_rdata_t *rdata = compile(cases[j].type, cases[j].wire, cases[j].len,
			                            cases[j].marks);
			size_t len = 0;
			int ret = hm_rdata_expand(rdata, &domain, out, sizeof(out), &len);
			assert_int_equal(ret, KNOT_EOK);
			size_t bound = hm_rdata_bound(rdata, &domain);
			assert_true(bound >= len && bound <= RDATA_MAX);
			assert_expanded(rdata, &domain, out, len);
			hm_rdata_free(rdata);
		}
	}
}

static void the_bound_holds_for_many_short_strings(void **state)
{
	const hm_domain_t *domain = domain_with("a.", "name=x");
	uint8_t wire[4 * 200], expected[2 * 200];
	for (int i = 0; i < 200; i++) {
		memcpy(wire + 4 * i, "\003" NAME, 4);
		memcpy(expected + 2 * i, "\001x", 2);
	}
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 200, domain, expected,
	               sizeof(expected));

	memset(expected, 0, sizeof(expected));
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 200, domain_with("a.", "name="),
	               expected, 200);
	memset(wire, 0, 200);
	assert_expands(KNOT_RRTYPE_TXT, wire, 200, 0, domain, expected, 200);
}

static void rdata_has_up_to_65535_bytes(void **state)
{
	// One string of 65,279 bytes is 255 strings of 255 bytes and one of 254.
	static char vars[2 * HM_VAR_VALUE_MAX + 32];
	static uint8_t text[65280], expected[65536 + 256];
	memset(text, 'x', sizeof(text));
	size_t expected_len = split_strings(text, 65279, expected);
	assert_int_equal(expected_len, RDATA_MAX);

	uint8_t wire[1 + 16 * 3] = { 16 * 3 };
	for (int i = 0; i < 15; i++) {
		memcpy(wire + 1 + 3 * i, NAME, 3);
	}
	memcpy(wire + 1 + 3 * 15, OTHER, 3);

	strcpy(vars, long_var("name", HM_VAR_VALUE_MAX));
	strcat(vars, " ");
	strcat(vars, long_var("other", 65279 - 15 * HM_VAR_VALUE_MAX));
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 16, domain_with("a.", vars), expected,
	               expected_len);

	strcat(vars, "x");
	assert_not_expanded(KNOT_RRTYPE_TXT, wire, sizeof(wire), 16, domain_with("a.", vars),
	                    KNOT_ESPACE);
}

static void rdata_never_exceeds_65535_bytes_in_a_larger_buffer(void **state)
{
	uint8_t wire[4 + 17 * 3];
	for (int i = 0; i < 17; i++) {
		memcpy(wire + 4 + 3 * i, NAME, 3);
	}
	memset(wire, 0, 4);
	const hm_domain_t *domain = domain_with("a.", long_var("name", HM_VAR_VALUE_MAX));
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_URI, wire, sizeof(wire), 17);
	assert_int_equal(hm_rdata_bound(rdata, domain), RDATA_MAX);

	static uint8_t out[100000];
	size_t len = 12345;
	assert_int_equal(hm_rdata_expand(rdata, domain, out, sizeof(out), &len), KNOT_ESPACE);
	assert_int_equal(len, 12345);
	hm_rdata_free(rdata);
}

static void expanding_takes_no_memory(void **state)
{
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_NAPTR,
	                            WIRE("\0\1\0\2\001u\003" NAME "\003" DOMAIN "\003" DASH ORIGIN),
	                            3);
	const hm_domain_t *domain = domain_with("b.c.", "name=a");
	uint8_t out[64];
	size_t len = 0;

	alloc_countdown = 0;
	size_t bound = hm_rdata_bound(rdata, domain);
	int ret = hm_rdata_expand(rdata, domain, out, sizeof(out), &len);
	alloc_countdown = -1;

	static const char expected[] = "\0\1\0\2\001u\001a\003b.c\003b-c\001b\001c";
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(len, sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
	assert_true(bound >= len);
	hm_rdata_free(rdata);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_has_up_to_63_bytes),
		cmocka_unit_test(the_domain_as_one_label_has_up_to_63_bytes),
		cmocka_unit_test(a_name_has_up_to_255_bytes),
		cmocka_unit_test(a_value_makes_a_name_of_up_to_255_bytes),
		cmocka_unit_test(the_bound_holds_for_the_most_awkward_domains),
		cmocka_unit_test(the_bound_holds_for_many_short_strings),
		cmocka_unit_test(rdata_has_up_to_65535_bytes),
		cmocka_unit_test(rdata_never_exceeds_65535_bytes_in_a_larger_buffer),
		cmocka_unit_test(expanding_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
