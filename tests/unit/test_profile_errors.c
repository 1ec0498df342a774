/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <sys/stat.h>

#include "profile_common.h"

/*! \brief A text is refused, and the profile is left alone. */
static void load_refused(const char *text)
{
	int unused;
	hm_profile_t *const before = (hm_profile_t *)&unused;
	hm_profile_t *profile = before;
	int ret = load_profile(write_text("main.zone", text), &profile);
	if (ret != KNOT_EPARSEFAIL) {
		print_error("%d:\n%s", ret, text);
	}
	assert_int_equal(ret, KNOT_EPARSEFAIL);
	assert_ptr_equal(profile, before);
	assert_true(findings.errors > 0);
}

/*! \brief There is a finding in that line with that part of a reason. */
static bool has_finding(const char *severity, const char *file, unsigned line, const char *part)
{
	char place[128];
	snprintf(place, sizeof(place), "%s %s:%u ", severity, file, line);
	const char *at = strstr(findings.text, place);
	while (at != NULL) {
		char reason[1024];
		snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(at, "\n"), at);
		if (strstr(reason + strlen(place), part) != NULL) {
			return true;
		}
		at = strstr(at + 1, place);
	}
	return false;
}

typedef struct {
	const char *text;
	unsigned line;
	const char *reason;
} case_t;

/*! \brief Texts with one error and nothing else to say. */
static void assert_refused(const case_t *cases, size_t count, const char *head)
{
	for (size_t i = 0; i < count; i++) {
		char text[4096];
		snprintf(text, sizeof(text), "%s%s\n", head, cases[i].text);
		load_refused(text);
		bool ok = has_finding("error", "main.zone", cases[i].line, cases[i].reason) &&
		          findings.errors == 1 && findings.warnings == 0;
		if (!ok) {
			print_error("%sexpected:\n%u %s\ngot:\n%s", text, cases[i].line,
			            cases[i].reason, findings.text);
		}
		assert_true(ok);
	}
}

#define ASSERT_REFUSED(cases, head) assert_refused((cases), COUNT(cases), (head))

static void a_syntax_error_is_an_error_of_the_profile(void **state)
{
	static const case_t cases[] = {
		{ "a A 192.0.2", 4, "" },
		{ "\na NOSUCHTYPE x", 5, "" },
		{ "a MX x", 4, "" },
		{ "a TXT \"x", 4, "" },
		{ "a MX 10 2001:db8::1", 4, "" },
		{ "a CH TXT x", 4, "" },
		{ "$TTL x", 4, "" },
		{ "\n$NOSUCH x", 5, "" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void a_profile_needs_an_soa(void **state)
{
	static const case_t cases[] = {
		{ "@ NS ns1.example.net.", 0, "no SOA at the apex" },
		{ "@ NS ns1.example.net.\na TXT x", 0, "no SOA at the apex" },
	};
	ASSERT_REFUSED(cases, "");
}

static void a_profile_needs_an_ns(void **state)
{
	static const case_t cases[] = {
		{ "@ SOA a. b. 1 2 3 4 5", 0, "no NS at the apex" },
		{ "@ SOA a. b. 1 2 3 4 5\na TXT x", 0, "no NS at the apex" },
	};
	ASSERT_REFUSED(cases, "");
}

static void an_empty_profile_has_neither_soa_nor_ns(void **state)
{
	static const char *const texts[] = { "", "\n", "; nothing\n", "$TTL 5\n" };
	for (size_t i = 0; i < COUNT(texts); i++) {
		load_refused(texts[i]);
		assert_true(has_finding("error", "main.zone", 0, "no SOA at the apex"));
		assert_true(has_finding("error", "main.zone", 0, "no NS at the apex"));
		assert_int_equal(findings.errors, 2);
	}
}

static void a_second_soa_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "@ SOA a. b. 1 2 3 4 5", 4, "more than one SOA" },
		{ "a TXT x\n@ SOA {domain}. b. 1 2 3 4 5", 5, "more than one SOA" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void an_soa_exists_for_every_domain(void **state)
{
	static const char *const texts[] = {
		"@ SOA {name}. b. 1 2 3 4 5\n@ NS a\n",
		"@ SOA a. x{name} 1 2 3 4 5\n@ NS a\n",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		load_refused(texts[i]);
		assert_true(has_finding("error", "main.zone", 1, "SOA"));
	}

	hm_profile_t *profile = loaded("@ SOA ns.{domain:-}.x. h.{domain}.x. 1 2 3 4 5\n@ NS ns\n");
	assert_rrset(profile, "", KNOT_RRTYPE_SOA, "",
	             "3600 ns.example-com.x. h.example.com.x. 1 2 3 4 5");
	hm_profile_free(profile);
}

static void an_soa_with_an_error_is_not_missing(void **state)
{
	static const case_t cases[] = {
		{ "@ SOA {name}. b. 1 2 3 4 5\n@ NS a", 1, "SOA" },
		{ "@ SOA 192.0.2.1 b. 1 2 3 4 5\n@ NS a", 1, "IP address" },
	};
	ASSERT_REFUSED(cases, "");
}

static void one_ns_exists_for_every_domain(void **state)
{
	static const case_t cases[] = {
		{ "@ NS {name}.example.net.", 2, "NS" },
		{ "a TXT x\n@ NS x{name}.{domain}.\n@ NS {other}", 3, "NS" },
	};
	ASSERT_REFUSED(cases, "@ SOA a. b. 1 2 3 4 5\n");

	hm_profile_t *profile = loaded("@ SOA a. b. 1 2 3 4 5\n@ NS {name}.x.\n"
	                               "@ NS z.{domain}.x.\n");
	assert_rrset(profile, "", KNOT_RRTYPE_NS, "", "3600 z.example.com.x.");
	assert_rrset(profile, "", KNOT_RRTYPE_NS, "name=a", "3600 a.x. | z.example.com.x.");
	hm_profile_free(profile);
}

static void soa_and_ns_are_at_the_apex_only(void **state)
{
	static const case_t cases[] = {
		{ "a NS ns.example.net.", 4, "NS below the apex" },
		{ "\n*.a.b NS {domain}.", 5, "NS below the apex" },
		{ "a SOA a. b. 1 (\n 2 3 4 5 )", 5, "SOA below the apex" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void a_cname_at_the_apex_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "@ CNAME a.example.net.", 4, "CNAME at the apex" },
		{ "a TXT x\n@ CNAME {name}", 5, "CNAME at the apex" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void a_cname_beside_other_data_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a CNAME b\na TXT x", 4, "CNAME and other data at one owner" },
		{ "a TXT x\na CNAME b", 5, "CNAME and other data at one owner" },
		{ "a.b TXT x\n\nb TXT x\nA.B CNAME b", 7, "CNAME and other data at one owner" },
		{ "a CNAME {name}\na TXT {other}", 4, "CNAME and other data at one owner" },
		{ "a A 192.0.2.1\na AAAA 2001:db8::1\na CNAME b\na TXT x", 6,
		  "CNAME and other data at one owner" },
		{ "* CNAME b\n* MX 10 a", 4, "CNAME and other data at one owner" },
	};
	ASSERT_REFUSED(cases, HEAD);

	// At the same name only.
	hm_profile_free(loaded(HEAD "a CNAME b\n*.a TXT x\nb.a TXT x\n* TXT x\nb TXT x\n"));
}

static void a_second_cname_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a CNAME b\na CNAME c", 5, "more than one CNAME" },
		{ "a CNAME b\na CNAME c\na CNAME d", 5, "more than one CNAME" },
		{ "a CNAME {name}\nb TXT x\na CNAME {other}", 6, "more than one CNAME" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void an_address_where_a_host_name_belongs_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "@ MX 10 192.0.2.1", 4, "IP address instead of a host name" },
		{ "@ MX 10 192.0.2.1.", 4, "IP address instead of a host name" },
		{ "@ NS 192.0.2.1", 4, "IP address instead of a host name" },
		{ "@ NS 192.0.2.1.", 4, "IP address instead of a host name" },
		{ "a CNAME 192.0.2.1", 4, "IP address instead of a host name" },
		{ "a CNAME 192.0.2.1.", 4, "IP address instead of a host name" },
		{ "a SRV 1 1 1 192.0.2.1", 4, "IP address instead of a host name" },
		{ "a SRV 1 1 1 192.0.2.1.", 4, "IP address instead of a host name" },
		{ "a HTTPS 1 192.0.2.1.", 4, "IP address instead of a host name" },
	};
	ASSERT_REFUSED(cases, HEAD);
	static const case_t soas[] = {
		{ "@ SOA 192.0.2.1 b. 1 2 3 4 5", 2, "IP address instead of a host name" },
		{ "@ SOA 192.0.2.1. b. (\n1 2 3 4 5 )", 3,
		  "IP address instead of a host name" },
	};
	ASSERT_REFUSED(soas, "@ NS a\n");
}

static void a_variable_out_of_place_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "{name} TXT x", 4, "variable not allowed in an owner" },
		{ "a.{domain} TXT x", 4, "variable not allowed in an owner" },
		{ "{domain}. TXT x", 4, "variable not allowed in an owner" },
		{ "a TXT {name", 4, "malformed variable '{name'" },
		{ "a TXT {}", 4, "malformed variable '{}'" },
		{ "a TXT \"{domain:+}\"", 4, "malformed variable '{domain:'" },
		{ "a TXT (\nx\n{ )", 6, "malformed variable '{'" },
		{ "a A {name}", 4, "" },
		{ "a AAAA {name}", 4, "" },
		{ "a MX {name} x", 4, "" },
		{ "a SRV 1 1 {name} x", 4, "" },
		{ "a {name} TXT x", 4, "" },
		{ "a TLSA 3 1 1 {name}", 4, "" },
		{ "a HTTPS 1 . alpn={name}", 4, "variable not allowed here" },
		{ "a CNAME x{domain}.", 4, "{domain} cannot be part of a label" },
		{ "a CNAME {domain}x.{name}", 4, "{domain} cannot be part of a label" },
		{ "a MX 10 {domain}{name}", 4, "{domain} cannot be part of a label" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void dname_and_dnssec_types_are_errors(void **state)
{
	static const case_t cases[] = {
		{ "a DNAME b", 4, "DNAME" },
		{ "@ DNAME example.net.", 4, "DNAME" },
		{ "a DS 1 8 2 AA", 4, "DNSSEC" },
		{ "a RRSIG A 8 2 60 20300101000000 20200101000000 1 a. AAAA", 4, "DNSSEC" },
		{ "@ NSEC a. A NS", 4, "DNSSEC" },
		{ "a NSEC3 1 0 0 - VVVVVVVV A", 4, "DNSSEC" },
		{ "@ NSEC3PARAM 1 0 0 -", 4, "DNSSEC" },
		{ "@ DNSKEY 256 3 8 AAAA", 4, "DNSSEC" },
		{ "@ CDS 0 0 0 00", 4, "DNSSEC" },
		{ "@ CDNSKEY 0 3 0 AAAA", 4, "DNSSEC" },
		{ "a TYPE43 \\# 5 0001080200", 4, "DNSSEC" },
		{ "a TYPE24 \\# 20 000108020000003c00000000000000000001" "0000", 4, "DNSSEC" },
		{ "a TYPE25 \\# 4 00000000", 4, "DNSSEC" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void a_type_that_is_no_data_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a TYPE41 \\# 0", 4, "" },
		{ "a TYPE249 \\# 0", 4, "" },
		{ "a TYPE250 \\# 0", 4, "" },
		{ "a TYPE251 \\# 0", 4, "" },
		{ "a TYPE252 \\# 0", 4, "" },
		{ "a TYPE255 \\# 0", 4, "" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void an_owner_outside_the_domain_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "example.com. TXT x", 4, "owner 'example.com.' is outside the domain" },
		{ "\na. TXT x", 5, "owner 'a.' is outside the domain" },
		{ ". TXT x", 4, "outside the domain" },
	};
	ASSERT_REFUSED(cases, HEAD);
}

static void a_different_ttl_is_a_warning_and_the_last_one_counts(void **state)
{
	hm_profile_t *profile = NULL;
	const char *path = write_text("main.zone", HEAD "a 60 MX 10 a\n"
	                                                "a 70 MX 20 b\n"
	                                                "b 10 TXT x\n"
	                                                "a 80 MX 5 (\n"
	                                                "c )\n"
	                                                "a 90 TXT x\n"
	                                                "b 10 TXT y\n"
	                                                "c 20 A 192.0.2.1\n"
	                                                "c 10 A 192.0.2.2\n");
	assert_int_equal(load_profile(path, &profile), KNOT_EOK);
	assert_int_equal(findings.errors, 0);
	assert_int_equal(findings.warnings, 3);
	assert_true(has_finding("warning", "main.zone", 5, "TTL"));
	assert_true(has_finding("warning", "main.zone", 8, "TTL"));
	assert_true(has_finding("warning", "main.zone", 12, "TTL"));

	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "",
	             "80 5 c.example.com. | 10 a.example.com. | 20 b.example.com.");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "90 \"x\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "", "10 \"x\" | \"y\"");
	assert_rrset(profile, "c", KNOT_RRTYPE_A, "", "10 192.0.2.1 | 192.0.2.2");
	hm_profile_free(profile);
}

static void the_last_ttl_that_is_there_for_the_domain_counts(void **state)
{
	hm_profile_t *profile = NULL;
	const char *path = write_text("main.zone", HEAD "a 10 TXT {name}\na 20 TXT {other}\n"
	                                                "b 10 TXT x\nb 20 TXT {name}\n");
	assert_int_equal(load_profile(path, &profile), KNOT_EOK);
	assert_int_equal(findings.warnings, 2);

	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "name=z", "10 \"z\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "other=y", "20 \"y\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "name=z other=y", "20 \"y\" | \"z\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "", "10 \"x\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "name=a", "20 \"a\" | \"x\"");
	// Even if it is the TTL of a duplicate.
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "name=x", "20 \"x\"");
	hm_profile_free(profile);
}

static void an_error_names_the_included_file(void **state)
{
	write_text("inner.zone", "\na TXT x\nb NS ns\nc 5 TXT y\n{name} TXT x\n");
	load_refused(HEAD "c 6 TXT x\n$INCLUDE inner.zone\n");
	assert_true(has_finding("error", "inner.zone", 3, "NS below the apex"));
	assert_true(has_finding("error", "inner.zone", 5, "variable not allowed in an owner"));
	assert_int_equal(findings.errors, 2);

	write_text("inner.zone", "\nc 5 TXT y\na CNAME x\n");
	load_refused(HEAD "c 6 TXT x\n$INCLUDE inner.zone\na TXT x\n");
	assert_true(has_finding("warning", "inner.zone", 2, "TTL"));
	assert_true(has_finding("error", "inner.zone", 3, "CNAME and other data at one owner"));
	assert_int_equal(findings.errors, 1);
}

static void every_error_is_reported(void **state)
{
	load_refused("@ SOA a. b. 1 2 3 4 5\n"
	             "@ CNAME x\n"
	             "a CNAME x\n"
	             "a TXT x\n"
	             "b CNAME x\n"
	             "b CNAME y\n"
	             "c DNAME x\n"
	             "d DS 1 8 2 AA\n");
	assert_true(has_finding("error", "main.zone", 0, "no NS"));
	assert_true(has_finding("error", "main.zone", 2, "CNAME at the apex"));
	assert_true(has_finding("error", "main.zone", 3, "CNAME and other data at one owner"));
	assert_true(has_finding("error", "main.zone", 6, "more than one CNAME"));
	assert_true(has_finding("error", "main.zone", 7, "DNAME"));
	assert_true(has_finding("error", "main.zone", 8, "DNSSEC"));
	assert_int_equal(findings.errors, 6);
}

static void a_syntax_error_does_not_hide_other_errors(void **state)
{
	load_refused(HEAD "a CNAME x\n"
	                  "a TXT x\n"
	                  "b A 192.0.2\n"
	                  "c CNAME 192.0.2.1\n"
	                  "d DNAME x\n");
	assert_true(has_finding("error", "main.zone", 6, ""));
	assert_true(has_finding("error", "main.zone", 7, "IP address"));
	assert_true(has_finding("error", "main.zone", 8, "DNAME"));
	assert_true(has_finding("error", "main.zone", 4, "CNAME and other data at one owner"));
}

static void a_file_that_cannot_be_read_is_reported(void **state)
{
	static const char *const names[] = { "no-such.zone", ".", "fifo.zone" };
	assert_true(mkfifo(path_of("fifo.zone"), 0600) == 0 || errno == EEXIST);
	for (size_t i = 0; i < COUNT(names); i++) {
		int unused;
		hm_profile_t *profile = (hm_profile_t *)&unused;
		alarm(60);
		int ret = load_profile(path_of(names[i]), &profile);
		alarm(0);
		assert_true(ret < 0);
		assert_ptr_equal(profile, &unused);
		assert_int_equal(findings.errors, 1);
		assert_true(has_finding("error", names[i], 0, ""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syntax_error_is_an_error_of_the_profile),
		cmocka_unit_test(a_profile_needs_an_soa),
		cmocka_unit_test(a_profile_needs_an_ns),
		cmocka_unit_test(an_empty_profile_has_neither_soa_nor_ns),
		cmocka_unit_test(a_second_soa_is_an_error),
		cmocka_unit_test(an_soa_exists_for_every_domain),
		cmocka_unit_test(an_soa_with_an_error_is_not_missing),
		cmocka_unit_test(one_ns_exists_for_every_domain),
		cmocka_unit_test(soa_and_ns_are_at_the_apex_only),
		cmocka_unit_test(a_cname_at_the_apex_is_an_error),
		cmocka_unit_test(a_cname_beside_other_data_is_an_error),
		cmocka_unit_test(a_second_cname_is_an_error),
		cmocka_unit_test(an_address_where_a_host_name_belongs_is_an_error),
		cmocka_unit_test(a_variable_out_of_place_is_an_error),
		cmocka_unit_test(dname_and_dnssec_types_are_errors),
		cmocka_unit_test(a_type_that_is_no_data_is_an_error),
		cmocka_unit_test(an_owner_outside_the_domain_is_an_error),
		cmocka_unit_test(a_different_ttl_is_a_warning_and_the_last_one_counts),
		cmocka_unit_test(the_last_ttl_that_is_there_for_the_domain_counts),
		cmocka_unit_test(an_error_names_the_included_file),
		cmocka_unit_test(every_error_is_reported),
		cmocka_unit_test(a_syntax_error_does_not_hide_other_errors),
		cmocka_unit_test(a_file_that_cannot_be_read_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
