/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>

#include "rdata_common.h"

/*! \brief RDATA that cannot be compiled says why and leaves the outputs alone. */
static void assert_malformed(uint16_t type, const void *wire, size_t len, const char *reason)
{
	uint8_t *copy = exact_copy(wire, len);
	size_t marks = 12345;
	hm_rdata_t *const before = (hm_rdata_t *)&marks;
	hm_rdata_t *rdata = before;
	const char *said = NULL;
	int ret = hm_rdata_compile(type, copy, len, &vartab, &marks, &rdata, &said);
	free(copy);
	assert_int_equal(ret, KNOT_EMALF);
	assert_ptr_equal(rdata, before);
	assert_int_equal(marks, 12345);
	assert_non_null(said);
	if (strstr(said, reason) == NULL) {
		print_error("type %u: %s\n", type, said);
	}
	assert_non_null(strstr(said, reason));
}

static void rdata_without_variables_stays_as_it_is(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001") },
		{ KNOT_RRTYPE_AAAA,  WIRE("\040\001\015\270\0\0\0\0\0\0\0\0\0\0\0\001") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx" NET) },
		{ KNOT_RRTYPE_MX,    WIRE("\000\000\000") },
		{ KNOT_RRTYPE_CNAME, WIRE(NET) },
		{ KNOT_RRTYPE_NS,    WIRE("\003ns1" NET) },
		{ KNOT_RRTYPE_SOA,   WIRE("\003ns1" NET "\001h" NET TIMES) },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\1\0\2\0\31" "\004imap" NET) },
		{ KNOT_RRTYPE_RP,    WIRE("\001a" NET "\001b" NET) },
		{ KNOT_RRTYPE_TXT,   WIRE("\005v=abc\000\003{x}") },
		{ KNOT_RRTYPE_HINFO, WIRE("\003cpu\002os") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issueletsencrypt.org") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issue") },
		{ KNOT_RRTYPE_URI,   WIRE("\0\1\0\2https://example.net/") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\003E2U\007!^.*$!!\000") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000\001\001x" NET "\000\003\000\002\001\273") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\000\000\001\000\003\002h2") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\000" NET) },
		{ KNOT_RRTYPE_TLSA,  WIRE("\003\001\001\252\273") },
		{ RRTYPE_IPSECKEY,   WIRE("\012\003\002" NET "\001") },
		{ 65280,             WIRE("\377\376\375") },
		{ 65280,             WIRE("") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_rdata_t *rdata = compile(cases[i].type, cases[i].wire, cases[i].len, 0);
		assert_true(hm_rdata_is_fixed(rdata));
		assert_false(hm_rdata_is_conditional(rdata));
		assert_expanded(rdata, domain_with("example.com.", NULL), cases[i].wire,
		                cases[i].len);
		hm_rdata_free(rdata);
	}
}

static void malformed_rdata_is_refused(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("") },
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002") },
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001\000") },
		{ KNOT_RRTYPE_MX,    WIRE("\000") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF) },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002m") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx" NET "x") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\300\000") },      // Compressed.
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\100aa\000") },    // No such kind of label.
		{ KNOT_RRTYPE_CNAME, WIRE("") },
		{ KNOT_RRTYPE_CNAME, WIRE("\077") },
		{ KNOT_RRTYPE_SOA,   WIRE("\000\000\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0") },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\0\0\0\0") },
		{ KNOT_RRTYPE_TXT,   WIRE("\001") },
		{ KNOT_RRTYPE_TXT,   WIRE("\003ab") },
		{ KNOT_RRTYPE_TXT,   WIRE("\001a\377") },
		{ KNOT_RRTYPE_HINFO, WIRE("\001a\002") },
		{ KNOT_RRTYPE_CAA,   WIRE("") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\006issue") },
		{ KNOT_RRTYPE_URI,   WIRE("\000\001\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\001") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000\001") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000\001a\000x") },
		{ KNOT_RRTYPE_SVCB,  WIRE("") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000\001") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\003ab") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\300\000") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_malformed(cases[i].type, cases[i].wire, cases[i].len, "malformed RDATA");
	}
}

static void no_rdata_is_read_beyond_its_end(void **state)
{
	// Every prefix of every RDATA as every type: a sanitizer sees what it must not read.
	static const struct {
		const char *wire;
		size_t len;
	} wires[] = {
		{ WIRE("\0\1\0\2\0\31" "\003" NAME ORIGIN) },
		{ WIRE("\0\1\0\2\003" NAME "\006" DASH OTHER "\003" DOMAIN "\003" DASH ORIGIN) },
		{ WIRE("\000\001\003" DOMAIN "\003" NAME NET "\000\001\000\003\002h2") },
		{ WIRE("\001\001\001\001\001\001\001\001\000\001\001\000\000\000\000\001") },
		{ WIRE("\003\001aa\003\001aa\003\001aa\000\003\001ad\000\003\001a") },
		{ WIRE("\377\300\000\100\001\001\000\077") },
	};
	size_t compiled = 0;
	static uint8_t out[RDATA_MAX];
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b other=c");
	for (uint32_t type = 0; type < 300; type++) {
		for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
			for (size_t len = 0; len <= wires[i].len; len++) {
				uint8_t *copy = exact_copy(wires[i].wire, len);
				size_t marks;
				hm_rdata_t *rdata = NULL;
				const char *reason = NULL;
				int ret = hm_rdata_compile(type, copy, len, &vartab, &marks, &rdata,
				                           &reason);
				free(copy);
				assert_true(ret == KNOT_EOK || ret == KNOT_EMALF);
				assert_int_equal(ret == KNOT_EOK, rdata != NULL);
				assert_int_equal(ret == KNOT_EOK, reason == NULL);
				if (ret == KNOT_EOK) {
					size_t out_len = 0;
					size_t bound = hm_rdata_bound(rdata, domain);
					ret = expand_into(rdata, domain, bound, out, &out_len);
					assert_true(out_len <= bound);
					compiled++;
				}
				hm_rdata_free(rdata);
			}
		}
	}
	assert_true(compiled > 1000);
}

static void a_mark_that_is_no_variable_is_refused(void **state)
{
	static const char reason[] = "variable";
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\001" MARK), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\002" MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\002" MARK "a\001d"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "af"), reason);   // One too many.
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "99"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "AA"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "a\000"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\005" NAME MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_CAA, WIRE("\000\001xa" MARK), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\002" MARK "a" NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\001" MARK NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\003" MARK "zz" NET), reason);
}

static void the_domain_cannot_be_part_of_a_label(void **state)
{
	static const char reason[] = "{domain} cannot be part of a label";
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\004x" DOMAIN NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\004" DOMAIN "x" NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\006" DOMAIN DOMAIN NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\006" NAME DOMAIN ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_SVCB, WIRE("\000\001\004x" DOMAIN NET), reason);
}

static void an_address_where_a_name_belongs_is_refused(void **state)
{
	static const char reason[] = "IP address";
	assert_malformed(KNOT_RRTYPE_MX, WIRE(PREF "\003192\0010\0012\0011\000"), reason);
	assert_malformed(KNOT_RRTYPE_MX, WIRE(PREF "\003192\0010\0012\0011" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_NS, WIRE("\003255\003255\003255\003255\000"), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\0010\0010\0010\0010" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_SRV, WIRE("\0\1\0\2\0\31\003192\0010\0012\0011\000"), reason);
	assert_malformed(KNOT_RRTYPE_HTTPS, WIRE("\0\1\003192\0010\0012\0011" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\0\0\0\003192\0010\0012\0011\000"),
	                 reason);
	assert_malformed(KNOT_RRTYPE_SOA,
	                 WIRE("\001a\000\003192\0010\0012\0011\000" TIMES), reason);
}

static void an_ipv4_address_is_told_from_other_names(void **state)
{
	static const struct {
		const char *name;
		bool expected;
	} cases[] = {
		{ "192.0.2.1.", true },       { "0.0.0.0.", true },
		{ "255.255.255.255.", true }, { "001.002.003.004.", true },
		{ ".", false },               { "1.", false },
		{ "1.2.3.", false },          { "1.2.3.4.5.", false },
		{ "256.0.0.1.", false },      { "1.2.3.999.", false },
		{ "1.2.3.0004.", false },     { "a.2.3.4.", false },
		{ "1.2.3.4a.", false },       { "1.2.3.-1.", false },
		{ "1.2.3.4.com.", false },    { "1.2.3.*.", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(hm_dname_is_address(dname(cases[i].name), NULL),
		                 cases[i].expected);
	}

	// Labels behind the end do not count.
	const knot_dname_t *name = dname("1.2.3.4.example.com.");
	assert_true(hm_dname_is_address(name, name + 8));
	assert_false(hm_dname_is_address(name, name + 6));
	assert_false(hm_dname_is_address(name, name + 16));
	assert_false(hm_dname_is_address(name, name));
}

static void a_name_in_an_opaque_type_cannot_be_relative(void **state)
{
	static const char reason[] = "relative name";
	assert_malformed(RRTYPE_IPSECKEY, WIRE("\012\003\002\001x" ORIGIN "\001"), reason);
	assert_malformed(RRTYPE_HIP, WIRE("\001\001\000\001ab\001x" ORIGIN), reason);
	assert_malformed(RRTYPE_AMTRELAY, WIRE("\012\003" ORIGIN), reason);
	assert_expands(RRTYPE_AMTRELAY, WIRE("\012\003" NET), 0, domain_with("example.com.", NULL),
	               WIRE("\012\003" NET));
}

static void bytes_that_are_no_text_are_no_marks(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	assert_expands(KNOT_RRTYPE_A, WIRE(MARK "ad\000"), 0, domain, WIRE(MARK "ad\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE("\001\001\002mx" NET), 0, domain,
	               WIRE("\001\001\002mx" NET));
	assert_expands(KNOT_RRTYPE_TLSA, WIRE("\003\001\001\001ad\001\001\000"), 0, domain,
	               WIRE("\003\001\001\001ad\001\001\000"));
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\1\0\1\0\1" NET), 0, domain,
	               WIRE("\0\1\0\1\0\1" NET));
	assert_expands(65280, WIRE("\001ad"), 0, domain, WIRE("\001ad"));
}

static void the_mark_is_any_byte(void **state)
{
	const hm_vartab_t other = { .vars = vartab.vars, .count = vartab.count, .mark = 0xff };
	size_t marks = 0;
	hm_rdata_t *rdata = NULL;
	const char *reason = NULL;
	static const uint8_t wire[] = "\000\001\005x\377ady\001\377";
	int ret = hm_rdata_compile(KNOT_RRTYPE_SVCB, wire, sizeof(wire), &other, &marks, &rdata,
	                           &reason);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(marks, 1);
	assert_expanded(rdata, domain_with("example.com.", "name=\\001\\255"),
	                WIRE("\000\001\004x\001\377y" COM));
	hm_rdata_free(rdata);
}

static void every_index_has_its_own_mark(void **state)
{
	static hm_var_t many[HM_VARS_COUNT_MAX];
	static bool seen[256][256];
	const hm_vartab_t full = { .vars = many, .count = HM_VARS_COUNT_MAX, .mark = 1 };
	for (unsigned i = 0; i < HM_VARS_COUNT_MAX; i++) {
		many[i].kind = HM_VAR_VALUE;
		many[i].name_len = snprintf(many[i].name, sizeof(many[i].name), "v%u", i);
	}
	for (unsigned i = 0; i < HM_VARS_COUNT_MAX; i++) {
		char index[2];
		hm_mark_index(i, index);
		for (int j = 0; j < 2; j++) {
			assert_true(islower((uint8_t)index[j]) || isdigit((uint8_t)index[j]));
		}
		assert_false(seen[(uint8_t)index[0]][(uint8_t)index[1]]);
		seen[(uint8_t)index[0]][(uint8_t)index[1]] = true;

		// It leads back to the variable.
		const char wire[] = { 3, 1, index[0], index[1] };
		size_t marks = 0;
		hm_rdata_t *rdata = NULL;
		const char *reason = NULL;
		int ret = hm_rdata_compile(KNOT_RRTYPE_TXT, (const uint8_t *)wire, sizeof(wire),
		                           &full, &marks, &rdata, &reason);
		assert_int_equal(ret, KNOT_EOK);
		char var[32];
		snprintf(var, sizeof(var), "v%u=!", i);
		assert_expanded(rdata, domain_with("a.", var), WIRE("\001!"));
		hm_rdata_free(rdata);
	}

	// Nothing else does, however many there are.
	for (int c = 0; c < 256; c++) {
		if (islower(c) || isdigit(c)) {
			continue;
		}
		const uint8_t wires[][4] = { { 3, 1, 'a', c }, { 3, 1, c, 'a' } };
		for (int j = 0; j < 2; j++) {
			size_t marks = 0;
			hm_rdata_t *rdata = NULL;
			const char *reason = NULL;
			int ret = hm_rdata_compile(KNOT_RRTYPE_TXT, wires[j], 4, &full, &marks,
			                           &rdata, &reason);
			assert_int_equal(ret, KNOT_EMALF);
		}
	}
}

static void compiling_without_memory_leaves_nothing_behind(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\005x" NAME "y" ORIGIN) },
		{ KNOT_RRTYPE_SOA,   WIRE("\001n\003" DOMAIN ORIGIN "\001h" NET TIMES) },
		{ KNOT_RRTYPE_TXT,   WIRE("\010a" DOMAIN "b" NAME "\000\001x") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issuea" NAME "b") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\003" NAME "\000\003" DASH NET) },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\006" DASH NAME ORIGIN "\000\002\000\000") },
		{ RRTYPE_IPSECKEY,   WIRE("\012\003\002" NET "\001") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t marks = 12345;
		hm_rdata_t *const before = (hm_rdata_t *)&marks;
		hm_rdata_t *rdata = before;
		const char *reason = NULL;
		int ret = KNOT_ENOMEM;
		long failures = 0;
		for (; ret != KNOT_EOK; failures++) {
			alloc_countdown = failures;
			ret = hm_rdata_compile(cases[i].type, (const uint8_t *)cases[i].wire,
			                       cases[i].len, &vartab, &marks, &rdata, &reason);
			alloc_countdown = -1;
			if (ret != KNOT_EOK) {
				assert_int_equal(ret, KNOT_ENOMEM);
				assert_ptr_equal(rdata, before);
				assert_int_equal(marks, 12345);
			}
		}
		assert_true(failures > 2);
		hm_rdata_free(rdata);
	}
}

static void freeing_nothing_is_fine(void **state)
{
	hm_rdata_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rdata_without_variables_stays_as_it_is),
		cmocka_unit_test(malformed_rdata_is_refused),
		cmocka_unit_test(no_rdata_is_read_beyond_its_end),
		cmocka_unit_test(a_mark_that_is_no_variable_is_refused),
		cmocka_unit_test(the_domain_cannot_be_part_of_a_label),
		cmocka_unit_test(an_address_where_a_name_belongs_is_refused),
		cmocka_unit_test(an_ipv4_address_is_told_from_other_names),
		cmocka_unit_test(a_name_in_an_opaque_type_cannot_be_relative),
		cmocka_unit_test(bytes_that_are_no_text_are_no_marks),
		cmocka_unit_test(the_mark_is_any_byte),
		cmocka_unit_test(every_index_has_its_own_mark),
		cmocka_unit_test(compiling_without_memory_leaves_nothing_behind),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
