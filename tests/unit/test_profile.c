/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <time.h>

#include "test.h"

#include "hostedmail/profile.h"

// What every profile has; the line after it is the fourth.
#define HEAD "$TTL 3600\n" \
             "@ SOA ns1.example.net. hostmaster.example.net. 1 14400 3600 1209600 3600\n" \
             "@ NS ns1.example.net.\n"

/*! \brief Findings with their files: "error main.zone:3 reason". */
typedef struct {
	char text[16384];
	size_t errors;
	size_t warnings;
} hm_findings_t;

static hm_findings_t findings;

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	hm_findings_t *this = ctx;
	this->errors += (severity == HM_ERROR);
	this->warnings += (severity == HM_WARNING);
	const char *slash = strrchr(file, '/');
	size_t len = strlen(this->text);
	if (sizeof(this->text) - len > 1024) {
		snprintf(this->text + len, sizeof(this->text) - len, "%s %s:%lu %s\n",
		         (severity == HM_ERROR) ? "error" : "warning",
		         (slash != NULL) ? slash + 1 : file, (unsigned long)line, reason);
	}
}

static int load_path(const char *path, hm_profile_t **out)
{
	memset(&findings, 0, sizeof(findings));
	return hm_profile_load(path, on_finding, &findings, NULL, out);
}

/*! \brief Load a profile that must not even have warnings. */
static hm_profile_t *load(const char *text)
{
	hm_profile_t *profile = NULL;
	int ret = load_path(write_text("main.zone", text), &profile);
	if (ret != KNOT_EOK || findings.text[0] != '\0') {
		print_error("%s", findings.text);
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_string_equal(findings.text, "");
	assert_non_null(profile);
	return profile;
}

/*! \brief A text is refused, and the profile is left alone. */
static void load_refused(const char *text)
{
	int unused;
	hm_profile_t *const before = (hm_profile_t *)&unused;
	hm_profile_t *profile = before;
	int ret = load_path(write_text("main.zone", text), &profile);
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ASSERT_REFUSED(cases, head) assert_refused((cases), COUNT(cases), (head))

/*! \brief A domain with packed variables, "name=value name=value"; static, one at a time. */
static const hm_domain_t *domain_with(const char *name, const char *vars)
{
	static hm_domain_t domain;
	static uint8_t packed[HM_VARS_MAX];
	size_t packed_len = 0;

	domain = domain_of(name);
	while (*vars != '\0') {
		size_t len = strcspn(vars, " ");
		const char *reason = NULL;
		assert_int_equal(hm_vars_add(vars, len, packed, &packed_len, &reason), KNOT_EOK);
		vars += len + strspn(vars + len, " ");
	}
	domain.vars = packed;
	domain.vars_len = packed_len;
	return &domain;
}

/*! \brief Find a name below "example.com."; the encloser is checked by its owner. */
static const hm_node_t *find(const hm_profile_t *profile, const char *name, const char *encloser)
{
	const hm_domain_t domain = domain_of("example.com.");
	char full[512];
	snprintf(full, sizeof(full), "%s%sexample.com.", name, (*name != '\0') ? "." : "");
	const knot_dname_t *wire = dname(full);
	int prefix = hm_domain_prefix(wire, &domain);
	assert_true(prefix >= 0);

	const hm_node_t *closest = NULL;
	const hm_node_t *node = hm_profile_find(profile, wire, prefix, &closest);
	assert_non_null(closest);
	if (node != NULL) {
		assert_ptr_equal(closest, node);
	}

	knot_dname_storage_t owner;
	assert_int_equal(hm_node_owner(closest, &domain, owner), KNOT_EOK);
	snprintf(full, sizeof(full), "%s%sexample.com.", encloser, (*encloser != '\0') ? "." : "");
	assert_true(knot_dname_is_equal(owner, dname(full)));
	return node;
}

/*! \brief "TTL data | data" of an RRset, or the error; static. */
static const char *rrset_text(const hm_node_t *node, uint16_t type, const hm_domain_t *domain,
                              knot_mm_t *mm)
{
	static char text[8192];
	knot_rrset_t rrset, before;
	memset(&rrset, 0xa5, sizeof(rrset));
	before = rrset;
	int ret = hm_node_rrset(node, type, domain, mm, &rrset);
	if (ret != KNOT_EOK) {
		assert_memory_equal(&rrset, &before, sizeof(rrset));
		snprintf(text, sizeof(text), "%s", knot_strerror(ret));
		return text;
	}

	assert_null(rrset.owner);
	assert_int_equal(rrset.rclass, KNOT_CLASS_IN);
	assert_true(type == KNOT_RRTYPE_ANY || rrset.type == type);
	assert_true(rrset.rrs.count > 0);
	size_t len = 0, size = 0;
	if (type == KNOT_RRTYPE_ANY) {
		assert_true(knot_rrtype_to_string(rrset.type, text, 32) > 0);
		strcat(text, " ");
		len = strlen(text);
	}
	len += snprintf(text + len, sizeof(text) - len, "%u", (unsigned)rrset.ttl);
	const knot_rdata_t *rdata = rrset.rrs.rdata, *last = NULL;
	for (uint16_t i = 0; i < rrset.rrs.count; i++) {
		// RFC 4034, section 6.3.
		assert_true(last == NULL || knot_rdata_cmp(last, rdata) < 0);
		len += snprintf(text + len, sizeof(text) - len, "%s", (i == 0) ? " " : " | ");
		int dumped = knot_rrset_txt_dump_data(&rrset, i, text + len, sizeof(text) - len,
		                                      &KNOT_DUMP_STYLE_DEFAULT);
		assert_true(dumped >= 0);
		len += dumped;
		size += knot_rdata_size(rdata->len);
		last = rdata;
		rdata = knot_rdataset_next((knot_rdata_t *)rdata);
	}
	assert_int_equal(rrset.rrs.size, size);
	return text;
}

/*! \brief An RRset of a name below "example.com." with variables is this text. */
static void assert_rrset(const hm_profile_t *profile, const char *name, uint16_t type,
                         const char *vars, const char *expected)
{
	pool_t pool;
	pool_init(&pool);
	const hm_node_t *node = find(profile, name, name);
	assert_non_null(node);
	const hm_domain_t *domain = domain_with("example.com.", vars);
	assert_string_equal(rrset_text(node, type, domain, &pool.mm), expected);
	pool_clear(&pool);
}

static void the_name_of_a_profile_is_that_of_its_file(void **state)
{
	static const char *const cases[][2] = {
		{ "mail.zone", "mail" },
		{ "mail", "mail" },
		{ "mail.example.zone", "mail.example" },
		{ "mail.zone.zone", "mail.zone" },
		{ "mail.zone.txt", "mail.zone.txt" },
		{ "mailzone", "mailzone" },
		{ "Mail.ZONE", "Mail.ZONE" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *path = write_text(cases[i][0], HEAD);
		hm_profile_t *profile = NULL;
		assert_int_equal(load_path(path, &profile), KNOT_EOK);
		assert_string_equal(hm_profile_name(profile), cases[i][1]);
		assert_string_equal(hm_profile_file(profile), path);
		assert_ptr_not_equal(hm_profile_file(profile), path);
		hm_profile_free(profile);
	}
}

static void the_ready_profiles_have_no_findings(void **state)
{
	glob_t files;
	assert_int_equal(glob(source_path("profiles/*.zone"), 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		hm_profile_t *profile = NULL;
		int ret = load_path(files.gl_pathv[i], &profile);
		if (ret != KNOT_EOK || findings.text[0] != '\0') {
			print_error("%s", findings.text);
		}
		assert_int_equal(ret, KNOT_EOK);
		assert_string_equal(findings.text, "");

		uint64_t line = 0;
		const hm_domain_t domain = domain_of("a-domain-of-some-length.example.com.");
		assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_EOK);
		hm_profile_free(profile);
	}
	assert_true(files.gl_pathc > 0);
	globfree(&files);
}

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

	hm_profile_t *profile = load("@ SOA ns.{domain:-}.x. h.{domain}.x. 1 2 3 4 5\n@ NS ns\n");
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

	hm_profile_t *profile = load("@ SOA a. b. 1 2 3 4 5\n@ NS {name}.x.\n@ NS z.{domain}.x.\n");
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
		{ "a CNAME b\na TXT x", 4, "CNAME beside other data" },
		{ "a TXT x\na CNAME b", 5, "CNAME beside other data" },
		{ "a.b TXT x\n\nb TXT x\nA.B CNAME b", 7, "CNAME beside other data" },
		{ "a CNAME {name}\na TXT {other}", 4, "CNAME beside other data" },
		{ "a A 192.0.2.1\na AAAA 2001:db8::1\na CNAME b\na TXT x", 6,
		  "CNAME beside other data" },
		{ "* CNAME b\n* MX 10 a", 4, "CNAME beside other data" },
	};
	ASSERT_REFUSED(cases, HEAD);

	// At the same name only.
	hm_profile_free(load(HEAD "a CNAME b\n*.a TXT x\nb.a TXT x\n* TXT x\nb TXT x\n"));
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
		{ "@ MX 10 192.0.2.1", 4, "an IP address where a host name belongs" },
		{ "@ MX 10 192.0.2.1.", 4, "an IP address where a host name belongs" },
		{ "@ NS 192.0.2.1", 4, "an IP address where a host name belongs" },
		{ "@ NS 192.0.2.1.", 4, "an IP address where a host name belongs" },
		{ "a CNAME 192.0.2.1", 4, "an IP address where a host name belongs" },
		{ "a CNAME 192.0.2.1.", 4, "an IP address where a host name belongs" },
		{ "a SRV 1 1 1 192.0.2.1", 4, "an IP address where a host name belongs" },
		{ "a SRV 1 1 1 192.0.2.1.", 4, "an IP address where a host name belongs" },
		{ "a HTTPS 1 192.0.2.1.", 4, "an IP address where a host name belongs" },
	};
	ASSERT_REFUSED(cases, HEAD);
	static const case_t soas[] = {
		{ "@ SOA 192.0.2.1 b. 1 2 3 4 5", 2, "an IP address where a host name belongs" },
		{ "@ SOA 192.0.2.1. b. (\n1 2 3 4 5 )", 3,
		  "an IP address where a host name belongs" },
	};
	ASSERT_REFUSED(soas, "@ NS a\n");
}

static void a_variable_out_of_place_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "{name} TXT x", 4, "a variable in an owner" },
		{ "a.{domain} TXT x", 4, "a variable in an owner" },
		{ "{domain}. TXT x", 4, "a variable in an owner" },
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
		{ "a HTTPS 1 . alpn={name}", 4, "a variable stands where none can" },
		{ "a CNAME x{domain}.", 4, "{domain} is a label of its own" },
		{ "a CNAME {domain}x.{name}", 4, "{domain} is a label of its own" },
		{ "a MX 10 {domain}{name}", 4, "{domain} is a label of its own" },
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
		{ "example.com. TXT x", 4, "the owner 'example.com.' is outside the domain" },
		{ "\na. TXT x", 5, "the owner 'a.' is outside the domain" },
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
	assert_int_equal(load_path(path, &profile), KNOT_EOK);
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
	assert_int_equal(load_path(path, &profile), KNOT_EOK);
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
	assert_true(has_finding("error", "inner.zone", 5, "a variable in an owner"));
	assert_int_equal(findings.errors, 2);

	write_text("inner.zone", "\nc 5 TXT y\na CNAME x\n");
	load_refused(HEAD "c 6 TXT x\n$INCLUDE inner.zone\na TXT x\n");
	assert_true(has_finding("warning", "inner.zone", 2, "TTL"));
	assert_true(has_finding("error", "inner.zone", 3, "CNAME beside other data"));
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
	assert_true(has_finding("error", "main.zone", 3, "CNAME beside other data"));
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
	assert_true(has_finding("error", "main.zone", 7, "an IP address"));
	assert_true(has_finding("error", "main.zone", 8, "DNAME"));
	assert_true(has_finding("error", "main.zone", 4, "CNAME beside other data"));
}

static void a_file_that_cannot_be_read_is_reported(void **state)
{
	char path[1024];
	const char *anchor = write_text("anchor", "");
	int len = strlen(anchor) - strlen("anchor");

	static const char *const names[] = { "no-such.zone", ".", "fifo.zone" };
	snprintf(path, sizeof(path), "%.*sfifo.zone", len, anchor);
	assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%.*s%s", len, anchor, names[i]);
		int unused;
		hm_profile_t *profile = (hm_profile_t *)&unused;
		alarm(60);
		int ret = load_path(path, &profile);
		alarm(0);
		assert_true(ret < 0);
		assert_ptr_equal(profile, &unused);
		assert_int_equal(findings.errors, 1);
		assert_true(has_finding("error", names[i], 0, ""));
	}
}

static void a_name_is_found_with_its_closest_encloser(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT x\nb.a TXT x\nMiXeD TXT x\n_x._y TXT x\n");
	assert_ptr_equal(find(profile, "", ""), hm_profile_apex(profile));
	assert_non_null(find(profile, "a", "a"));
	assert_non_null(find(profile, "b.a", "b.a"));
	assert_non_null(find(profile, "mixed", "mixed"));
	assert_non_null(find(profile, "_x._y", "_x._y"));

	assert_null(find(profile, "b", ""));
	assert_null(find(profile, "c.a", "a"));
	assert_null(find(profile, "a.a", "a"));
	assert_null(find(profile, "d.c.a", "a"));
	assert_null(find(profile, "c.b.a", "b.a"));
	assert_null(find(profile, "z.y.x.w.b.a", "b.a"));
	assert_null(find(profile, "x.y.z", ""));
	assert_null(find(profile, "_x", ""));
	hm_profile_free(profile);
}

static void an_empty_non_terminal_is_found(void **state)
{
	hm_profile_t *profile = load(HEAD "a.b.c TXT x\n*.w.v TXT x\n");
	pool_t pool;
	pool_init(&pool);
	static const char *const names[] = { "b.c", "c", "w.v", "v" };
	for (size_t i = 0; i < COUNT(names); i++) {
		const hm_node_t *node = find(profile, names[i], names[i]);
		assert_non_null(node);
		const hm_domain_t domain = domain_of("example.com.");
		knot_rrset_t rrset;
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_ANY, &domain, &pool.mm, &rrset),
		                 KNOT_ENOENT);
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &rrset),
		                 KNOT_ENOENT);
	}
	assert_null(find(profile, "x.b.c", "b.c"));
	assert_null(find(profile, "x.c", "c"));
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void a_wildcard_is_the_child_of_its_encloser(void **state)
{
	hm_profile_t *profile = load(HEAD "*.a TXT x\na.*.b TXT x\nc.c TXT x\n** TXT x\n"
	                                  "\\*x TXT x\n");
	const hm_node_t *a = find(profile, "a", "a");
	const hm_node_t *wildcard = hm_node_wildcard(a);
	assert_non_null(wildcard);
	assert_true(hm_node_is_wildcard(wildcard));
	assert_false(hm_node_is_wildcard(a));
	assert_ptr_equal(find(profile, "*.a", "*.a"), wildcard);
	assert_null(find(profile, "x.a", "a"));
	assert_null(hm_node_wildcard(wildcard));

	// One with nothing but names below it.
	wildcard = hm_node_wildcard(find(profile, "b", "b"));
	assert_non_null(wildcard);
	assert_ptr_equal(find(profile, "*.b", "*.b"), wildcard);
	assert_non_null(find(profile, "a.*.b", "a.*.b"));

	// The label is "*" and nothing more.
	assert_null(hm_node_wildcard(hm_profile_apex(profile)));
	assert_null(hm_node_wildcard(find(profile, "c", "c")));
	assert_false(hm_node_is_wildcard(find(profile, "**", "**")));
	assert_false(hm_node_is_wildcard(find(profile, "*x", "*x")));
	assert_false(hm_node_is_wildcard(hm_profile_apex(profile)));
	hm_profile_free(profile);
}

static void labels_of_any_bytes_are_told_apart(void **state)
{
	// One is the start of the next, and bytes above 127 are greater than letters.
	hm_profile_t *profile = load(HEAD "a TXT a\naa TXT aa\nab TXT ab\nb TXT b\n"
	                                  "a\\000 TXT 0\na\\255 TXT 255\n\\200 TXT 200\n"
	                                  "a\\.b TXT dot\nb.a TXT b.a\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"a\"");
	assert_rrset(profile, "aa", KNOT_RRTYPE_TXT, "", "3600 \"aa\"");
	assert_rrset(profile, "ab", KNOT_RRTYPE_TXT, "", "3600 \"ab\"");
	assert_rrset(profile, "a\\000", KNOT_RRTYPE_TXT, "", "3600 \"0\"");
	assert_rrset(profile, "a\\255", KNOT_RRTYPE_TXT, "", "3600 \"255\"");
	assert_rrset(profile, "\\200", KNOT_RRTYPE_TXT, "", "3600 \"200\"");
	assert_rrset(profile, "a\\.b", KNOT_RRTYPE_TXT, "", "3600 \"dot\"");
	assert_rrset(profile, "b.a", KNOT_RRTYPE_TXT, "", "3600 \"b.a\"");
	assert_null(find(profile, "ac", ""));
	assert_null(find(profile, "a\\001", ""));
	assert_null(find(profile, "\\201", ""));
	hm_profile_free(profile);
}

/*! \brief A text of labels "a.a.a" of that many labels; static. */
static const char *deep(unsigned labels)
{
	static char text[2 * 128];
	assert_true(labels > 0 && labels < 128);
	for (unsigned i = 0; i < labels; i++) {
		memcpy(text + 2 * i, "a.", 2);
	}
	text[2 * labels - 1] = '\0';
	return text;
}

static void the_deepest_names_are_found(void **state)
{
	// Together with the domain "b." they have 127 labels and 255 bytes.
	char text[1024];
	snprintf(text, sizeof(text), HEAD "%s TXT {domain}\n", deep(126));
	hm_profile_t *profile = load(text);
	const hm_domain_t domain = domain_of("b.");
	uint64_t line = 0;
	assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_EOK);

	knot_dname_storage_t name, owner;
	for (unsigned labels = 0; labels <= 126; labels++) {
		for (unsigned i = 0; i < labels; i++) {
			memcpy(name + 2 * i, "\001a", 2);
		}
		memcpy(name + 2 * labels, "\001b", 3);
		const hm_node_t *encloser = NULL;
		const hm_node_t *node = hm_profile_find(profile, name, labels, &encloser);
		assert_non_null(node);
		assert_ptr_equal(encloser, node);
		assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
		assert_memory_equal(owner, name, 2 * labels + 3);

		// The first label is another one.
		if (labels > 0) {
			name[1] = 'c';
			assert_null(hm_profile_find(profile, name, labels, &encloser));
			assert_int_equal(hm_node_owner(encloser, &domain, owner), KNOT_EOK);
			assert_memory_equal(owner, name + 2, 2 * labels + 1);
		}
	}
	hm_profile_free(profile);

	// Nothing but the apex encloses a name of so many labels.
	profile = load(HEAD);
	const hm_node_t *encloser = NULL;
	assert_null(hm_profile_find(profile, name, 126, &encloser));
	assert_ptr_equal(encloser, hm_profile_apex(profile));
	hm_profile_free(profile);
}

static void an_owner_is_put_together_for_a_domain(void **state)
{
	hm_profile_t *profile = load(HEAD "a.bc.*.d TXT x\n");
	const hm_node_t *node = find(profile, "a.bc.*.d", "a.bc.*.d");
	knot_dname_storage_t owner;

	hm_domain_t domain = domain_of("mail.example.org.");
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("a.bc.*.d.mail.example.org.")));
	assert_int_equal(hm_node_owner(hm_profile_apex(profile), &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("mail.example.org.")));

	domain = domain_of(".");
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("a.bc.*.d.")));
	hm_profile_free(profile);
}

static void an_owner_has_up_to_255_bytes(void **state)
{
	hm_profile_t *profile = load(HEAD "x TXT x\n\n1234567890 TXT x\n12345678 TXT x\n");
	const hm_node_t *node = find(profile, "1234567890", "1234567890");
	knot_dname_storage_t owner, before;
	memset(owner, 0xa5, sizeof(owner));
	memcpy(before, owner, sizeof(owner));
	uint64_t line = 12345;

	// Eleven bytes are left for the longest owner.
	char text[512];
	snprintf(text, sizeof(text), "%s.a.", deep(120));
	hm_domain_t domain = domain_of(text);
	assert_int_equal(domain.size, 243);
	assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_int_equal(knot_dname_size(owner), 254);

	snprintf(text, sizeof(text), "%s.aa.", deep(120));
	domain = domain_of(text);
	assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_EOK);
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_int_equal(knot_dname_size(owner), 255);

	snprintf(text, sizeof(text), "%s.a.", deep(121));
	domain = domain_of(text);
	assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_ESPACE);
	assert_int_equal(line, 6);
	memcpy(owner, before, sizeof(owner));
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_ESPACE);
	assert_memory_equal(owner, before, sizeof(owner));
	assert_int_equal(hm_node_owner(find(profile, "x", "x"), &domain, owner), KNOT_EOK);
	hm_profile_free(profile);
}

static void an_rrset_is_in_canonical_order_without_duplicates(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT c\na TXT a\na TXT b\na TXT a\na TXT bb\n"
	                                  "b MX 20 a\nb MX 10 b\nb MX 10 a\nb MX 10 B\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"a\" | \"b\" | \"c\" | \"bb\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "",
	             "3600 10 a.example.com. | 10 b.example.com. | 20 a.example.com.");
	hm_profile_free(profile);
}

static void an_rrset_is_in_canonical_order_after_expansion(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}\na TXT m\na TXT {y}\na TXT {domain}\n"
	                                  "b MX 10 {x}\nb MX 10 {y}\nb MX 10 m\nb MX 5 {domain}.\n"
	                                  "c A 192.0.2.1\nc TXT {x}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=z y=a",
	             "3600 \"a\" | \"m\" | \"z\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=m y=example.com",
	             "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=m y=m", "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "x=m y=M",
	             "3600 5 example.com. | 10 m.example.com.");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "y=a.b",
	             "3600 5 example.com. | 10 a.b.example.com. | 10 m.example.com.");
	assert_rrset(profile, "c", KNOT_RRTYPE_TXT, "x=a", "3600 \"a\"");
	hm_profile_free(profile);
}

static void every_order_of_values_gives_the_same_rrset(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {a}\na TXT {b}\na TXT {c}\na TXT {d}\n"
	                                  "a TXT {e}\n");
	const char *const values[] = { "1", "2", "22", "1", "\\0003" };
	for (unsigned i = 0; i < 5 * 5 * 5 * 5 * 5; i++) {
		unsigned order[5] = { i % 5, i / 5 % 5, i / 25 % 5, i / 125 % 5, i / 625 % 5 };
		unsigned seen = 0;
		char vars[128] = "";
		for (int j = 0; j < 5; j++) {
			size_t len = strlen(vars);
			snprintf(vars + len, sizeof(vars) - len, "%c=%s ", 'a' + j,
			         values[order[j]]);
			seen |= 1 << order[j];
		}
		if (seen == 31) {
			assert_rrset(profile, "a", KNOT_RRTYPE_TXT, vars,
			             "3600 \"1\" | \"2\" | \"\\0003\" | \"22\"");
		}
	}
	hm_profile_free(profile);
}

static void an_rrset_without_variables_is_borrowed(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT x\na TXT y\nb TXT {domain}\n");
	const hm_domain_t domain = domain_of("example.com.");
	pool_t pool;
	pool_init(&pool);
	pool.countdown = 0;
	knot_rrset_t first, second;
	const hm_node_t *node = find(profile, "a", "a");
	int ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &first);
	assert_int_equal(ret, KNOT_EOK);
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &second);
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_equal(first.rrs.rdata, second.rrs.rdata);
	assert_int_equal(pool.count, 0);

	pool.countdown = -1;
	node = find(profile, "b", "b");
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &first);
	assert_int_equal(ret, KNOT_EOK);
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &second);
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_not_equal(first.rrs.rdata, second.rrs.rdata);
	assert_true(pool.count > 0);
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void an_rrset_that_is_not_there_is_not_found(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT x\na MX 10 {x}\nb TXT {x}\nb TXT {y}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_A, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "a", KNOT_RRTYPE_CNAME, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "y=z", "3600 \"z\"");
	hm_profile_free(profile);
}

static void any_is_the_lowest_type_that_there_is_for_the_domain(void **state)
{
	hm_profile_t *profile = load(HEAD "a AAAA 2001:db8::1\na TXT y\na MX 10 {x}\n"
	                                  "b CAA 0 issue \"{x}\"\nb TXT {y}\nb SRV 1 1 1 {z}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_ANY, "", "TXT 3600 \"y\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_ANY, "x=m", "MX 3600 10 m.example.com.");
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "y=t z=s", "TXT 3600 \"t\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "z=s", "SRV 3600 1 1 1 s.example.com.");
	assert_rrset(profile, "", KNOT_RRTYPE_ANY, "", "NS 3600 ns1.example.net.");
	hm_profile_free(profile);
}

static void an_rrset_that_cannot_be_expanded_is_an_error(void **state)
{
	hm_profile_t *profile = load(HEAD "a MX 10 m\na MX 20 {x}\na TXT x\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=a..b", knot_strerror(KNOT_EMALF));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=192.0.2.1", knot_strerror(KNOT_EMALF));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX,
	             "x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	             knot_strerror(KNOT_ESPACE));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=b",
	             "3600 10 m.example.com. | 20 b.example.com.");
	hm_profile_free(profile);
}

static void expanded_rdata_of_any_length_stands_side_by_side(void **state)
{
	// RDATA is padded to an even length in an RRset.
	hm_profile_t *profile = load(HEAD "a TXT 1{x}\na TXT 22{x}\na TXT 333{x}\na TXT 4444{x}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=",
	             "3600 \"1\" | \"22\" | \"333\" | \"4444\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=y",
	             "3600 \"1y\" | \"22y\" | \"333y\" | \"4444y\"");
	hm_profile_free(profile);
}

static void a_profile_tells_whether_it_has_additional_records(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ HEAD, false },
		{ HEAD "a TXT x\na MX 10 b\nb SRV 1 1 1 a\nc CNAME a\n", false },
		{ HEAD "a A 192.0.2.1\n", true },
		{ HEAD "a AAAA 2001:db8::1\n", true },
		{ HEAD "a SVCB 1 {x}\n", true },
		{ HEAD "*.b HTTPS 1 .\n", true },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_profile_t *profile = load(cases[i].text);
		assert_int_equal(hm_profile_has_additional(profile), cases[i].expected);
		hm_profile_free(profile);
	}
}

static void a_check_finds_the_record_that_cannot_be_expanded(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}\n"
	                                  "\n"
	                                  "b MX 10 {x}.{domain}.\n"
	                                  "c CNAME {domain:-}.x.\n"
	                                  "d HINFO (\n"
	                                  " {y}\n"
	                                  " x )\n");
	static const struct {
		const char *domain;
		const char *vars;
		int ret;
		uint64_t line;
	} cases[] = {
		{ "example.com.", "",          KNOT_EOK,   12345 },
		{ "example.com.", "x=a.b y=c", KNOT_EOK,   12345 },
		{ "example.com.", "x=a..b",    KNOT_EMALF, 6 },
		{ "example.com.", "x=",        KNOT_EMALF, 6 },
		{ "4.",           "x=1.2.3",   KNOT_EMALF, 6 },
		{ "example.com.", "z=..",      KNOT_EOK,   12345 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com.", "",
		  KNOT_ESPACE, 7 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t line = 12345;
		const hm_domain_t *domain = domain_with(cases[i].domain, cases[i].vars);
		assert_int_equal(hm_profile_check(profile, domain, &line), cases[i].ret);
		assert_int_equal(line, cases[i].line);
	}

	char vars[400] = "y=";
	memset(vars + 2, 'x', 256);
	uint64_t line = 12345;
	assert_int_equal(hm_profile_check(profile, domain_with("a.", vars), &line), KNOT_ESPACE);
	assert_int_equal(line, 10);
	hm_profile_free(profile);
}

static void a_check_handles_rdata_of_any_length(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}\na CAA 0 issue {x}{x}\n");
	static char vars[HM_VAR_VALUE_MAX + 16] = "x=";
	for (size_t len = 0; len <= HM_VAR_VALUE_MAX; len++) {
		if (len < 1200 || len == HM_VAR_VALUE_MAX) {
			memset(vars + 2, 'x', len);
			uint64_t line = 12345;
			const hm_domain_t *domain = domain_with("a.", vars);
			assert_int_equal(hm_profile_check(profile, domain, &line), KNOT_EOK);
			assert_int_equal(line, 12345);
		}
	}
	hm_profile_free(profile);
}

static void a_check_handles_the_largest_rdata(void **state)
{
	static char vars[2 * HM_VAR_VALUE_MAX + 16] = "x=";
	memset(vars + 2, 'x', HM_VAR_VALUE_MAX);
	const hm_domain_t *domain = domain_with("a.", vars);
	uint64_t line = 12345;

	hm_profile_t *profile = load(HEAD "a TXT {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x} "
	                                  "{x}{x}{x}\n");
	assert_int_equal(hm_profile_check(profile, domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	hm_profile_free(profile);

	profile = load(HEAD "\na TXT {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x}\n");
	assert_int_equal(hm_profile_check(profile, domain, &line), KNOT_ESPACE);
	assert_int_equal(line, 5);
	hm_profile_free(profile);
}

/*! \brief What hm_profile_check() is to say: whether an RRset of the node "a" cannot be made. */
static int expected_check(const hm_profile_t *profile, const hm_domain_t *domain)
{
	static const uint16_t types[] = {
		KNOT_RRTYPE_MX, KNOT_RRTYPE_SRV, KNOT_RRTYPE_HINFO, KNOT_RRTYPE_TXT,
	};
	pool_t pool;
	pool_init(&pool);
	int ret = KNOT_EOK;
	for (size_t i = 0; i < COUNT(types) && ret == KNOT_EOK; i++) {
		knot_rrset_t rrset;
		ret = hm_node_rrset(find(profile, "a", "a"), types[i], domain, &pool.mm, &rrset);
		ret = (ret == KNOT_ENOENT) ? KNOT_EOK : ret;
	}
	pool_clear(&pool);
	return ret;
}

/*! \brief A name of so many labels and so many bytes, the root not counted; static. */
static const char *name_of_shape(unsigned labels, unsigned size)
{
	static char name[256];
	char *pos = name;
	for (unsigned i = 0; i < labels; i++) {
		unsigned len = size / labels - 1 + (i < size % labels);
		memset(pos, 'n', len);
		pos[len] = '.';
		pos += len + 1;
	}
	*pos = '\0';
	return name;
}

static void a_check_is_the_same_for_ordinary_domains(void **state)
{
	// Names and strings that are full with one domain and too long with the next one.
	char fill[64];
	memset(fill, 'f', sizeof(fill));
	static const char *const formats[] = {
		"a MX 10 %.*s{domain:-}.x.\n",
		"a MX 10 %.*s{domain:--}.{x}.\n",
		"a SRV 1 1 1 {domain}.{domain}.{domain}.{domain}.%.*s.x{x}y\n",
		"a MX 10 %.*s{x}{x}{y}\n",
		"a HINFO %.*s{domain}{domain}{domain}{domain:--}{x}{y} {x}\n",
		"a MX 10 1%.*s{x}.{y}.0.1.\na TXT {y}{domain}\n",
		"a MX 10 {x}.2.3%.*s.{y}.\na TXT {domain:--}\n",
	};
	static const char *const values[] = {
		"x=a y=b", "x=a", "y=b", "", "x=1 y=2", "x=a..b y=c", "x= y=",
		"x=aaaaaaaaaaaaaaaa y=b",
		"x=aaaaaaaaaaaaaaaaa y=b", "x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa y=b",
		"x=A y=1", "x=. y=.", "x=1a y=1a", "x=aaaaaaaaaaaaaaaa y=bbbbbbbbbbbbbbbb",
		"x=aaaaaaaaaaaaaaaaa y=bbbbbbbbbbbbbbbbb",
	};
	static const int fills[] = { 0, 1, 2, 8, 10, 11, 12, 13, 28, 29, 30, 31, 44, 45, 60 };
	size_t refused = 0, accepted = 0;
	for (size_t i = 0; i < COUNT(formats) * COUNT(fills); i++) {
		char text[1024] = HEAD;
		size_t head = strlen(text);
		snprintf(text + head, sizeof(text) - head, formats[i % COUNT(formats)],
		         fills[i / COUNT(formats)], fill);
		hm_profile_t *profile = NULL;
		if (load_path(write_text("main.zone", text), &profile) != KNOT_EOK) {
			continue; // An empty label or a label that is too long as it stands.
		}
		for (unsigned j = 0; j < 8 * 54; j++) {
			unsigned labels = 1 + j % 8, size = 2 * labels + j / 8;
			const hm_domain_t *domain = domain_with(name_of_shape(labels, size),
			                                        values[j % COUNT(values)]);
			uint64_t line = 0;
			int ret = hm_profile_check(profile, domain, &line);
			int expected = expected_check(profile, domain);
			if (ret != expected) {
				print_error("%s%s\n", text, name_of_shape(labels, size));
			}
			assert_int_equal(ret, expected);
			refused += (ret != KNOT_EOK);
			accepted += (ret == KNOT_EOK);
		}
		hm_profile_free(profile);
	}
	assert_true(refused > 1000 && accepted > 1000);
}

static void a_result_of_a_check_has_a_reason(void **state)
{
	assert_non_null(strstr(hm_profile_reason(KNOT_ESPACE), "long"));
	assert_non_null(strstr(hm_profile_reason(KNOT_EMALF), "label"));
	assert_string_equal(hm_profile_reason(KNOT_ENOMEM), knot_strerror(KNOT_ENOMEM));
}

static void a_check_passes_over_records_that_are_left_out(void **state)
{
	hm_profile_t *profile = load(HEAD "a MX 10 {x}.{y}\n");
	uint64_t line = 12345;
	const hm_domain_t *domain = domain_with("example.com.", "x=a..b");
	assert_int_equal(hm_profile_check(profile, domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	domain = domain_with("example.com.", "x=a..b y=c");
	assert_int_equal(hm_profile_check(profile, domain, &line), KNOT_EMALF);
	assert_int_equal(line, 4);
	hm_profile_free(profile);
}

static void the_records_of_included_files_are_part_of_the_profile(void **state)
{
	write_text("inner.zone", "a TXT {x}\n@ MX 10 m\n");
	hm_profile_t *profile = load(HEAD "a TXT 1\n$INCLUDE inner.zone\na TXT {domain:-}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=y", "3600 \"1\" | \"y\" | \"example-com\"");
	assert_rrset(profile, "", KNOT_RRTYPE_MX, "", "3600 10 m.example.com.");
	hm_profile_free(profile);
}

static void a_profile_serves_any_number_of_domains(void **state)
{
	hm_profile_t *profile = load(HEAD "a CNAME {domain:-}.{name}.x.\n");
	pool_t pool;
	pool_init(&pool);
	const hm_node_t *node = find(profile, "a", "a");
	assert_string_equal(rrset_text(node, KNOT_RRTYPE_CNAME, domain_with("b.c.", "name=d"),
	                               &pool.mm), "3600 b-c.d.x.");
	assert_string_equal(rrset_text(node, KNOT_RRTYPE_CNAME, domain_with("e.", "name=f.g"),
	                               &pool.mm), "3600 e.f.g.x.");
	assert_string_equal(rrset_text(node, KNOT_RRTYPE_CNAME, domain_with("b.c.", ""), &pool.mm),
	                    knot_strerror(KNOT_ENOENT));
	pool_clear(&pool);
	hm_profile_free(profile);
}

/*! \brief Load a profile of the head and that many lines, `format` with a number twice. */
static hm_profile_t *load_many(unsigned count, const char *format)
{
	size_t size = sizeof(HEAD) + (size_t)count * 64, len = 0;
	char *text = malloc(size);
	assert_non_null(text);
	len += snprintf(text, size, "%s", HEAD);
	for (unsigned i = 0; i < count; i++) {
		// In an order that is neither up nor down.
		unsigned number = (unsigned)((uint64_t)i * 7919 % count);
		len += snprintf(text + len, size - len, format, number, number);
		assert_true(len < size);
	}
	hm_profile_t *profile = load(text);
	free(text);
	return profile;
}

static void a_hundred_thousand_records_load_in_reasonable_time(void **state)
{
	const unsigned count = 100000;
	clock_t start = clock();
	hm_profile_t *profile = load_many(count, "h%06u.x CNAME t%06u.{domain}.y.\n");
	assert_rrset(profile, "h000000.x", KNOT_RRTYPE_CNAME, "", "3600 t000000.example.com.y.");
	assert_rrset(profile, "h054321.x", KNOT_RRTYPE_CNAME, "", "3600 t054321.example.com.y.");
	assert_rrset(profile, "h099999.x", KNOT_RRTYPE_CNAME, "", "3600 t099999.example.com.y.");
	assert_null(find(profile, "h100000.x", "x"));
	for (unsigned i = 0; i < count; i++) {
		char name[16];
		snprintf(name, sizeof(name), "h%06u.x", i);
		assert_non_null(find(profile, name, name));
	}
	const hm_domain_t domain = domain_of("example.com.");
	uint64_t line = 0;
	assert_int_equal(hm_profile_check(profile, &domain, &line), KNOT_EOK);
	hm_profile_free(profile);

	// Seconds of this process, for valgrind as well: anything quadratic takes longer.
	assert_true((clock() - start) / CLOCKS_PER_SEC < 60);
}

static void an_rrset_may_have_thousands_of_records(void **state)
{
	const hm_domain_t domain = domain_of("example.com.");
	pool_t pool;
	pool_init(&pool);
	knot_rrset_t rrset;
	static const char *const formats[] = { "a TXT %06u%06u\n", "a TXT %06u%06u{domain}\n" };
	for (size_t i = 0; i < COUNT(formats); i++) {
		hm_profile_t *profile = load_many(5000, formats[i]);
		const hm_node_t *node = find(profile, "a", "a");
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &rrset),
		                 KNOT_EOK);
		assert_int_equal(rrset.rrs.count, 5000);
		const knot_rdata_t *rdata = rrset.rrs.rdata;
		for (int j = 1; j < 5000; j++) {
			const knot_rdata_t *next = knot_rdataset_next((knot_rdata_t *)rdata);
			assert_true(knot_rdata_cmp(rdata, next) < 0);
			rdata = next;
		}
		hm_profile_free(profile);
	}
	pool_clear(&pool);
}

static void an_rrset_of_too_many_records_is_reported(void **state)
{
	// A knot_rdataset_t counts up to 65,535.
	static const char *const formats[] = { "a TXT %u\n", "a TXT %u{domain}\n" };
	const unsigned count = 65536;
	static char text[65536 * 32];
	for (size_t i = 0; i < COUNT(formats); i++) {
		size_t len = snprintf(text, sizeof(text), "%s", HEAD);
		for (unsigned j = 0; j < count; j++) {
			len += snprintf(text + len, sizeof(text) - len, formats[i], j);
		}
		int unused;
		hm_profile_t *profile = (hm_profile_t *)&unused;
		int ret = load_path(write_text("main.zone", text), &profile);
		if (ret == KNOT_EOK) {
			hm_profile_free(profile);
		}
		assert_int_equal(ret, KNOT_EPARSEFAIL);
		assert_int_equal(findings.errors, 1);
	}
}

static void loading_without_memory_fails_and_leaves_nothing_behind(void **state)
{
	char path[1024];
	write_text("inner.zone", "b TXT {x}\n");
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", HEAD "a MX 10 x{name}.{domain}.y\na A 192.0.2.1\n"
	                                      "a 5 A 192.0.2.2\n*.b.c HTTPS 1 {x} alpn=h2\n"
	                                      "$INCLUDE inner.zone\nc TXT x\nd TXT x\n"));
	int unused;
	hm_profile_t *const before = (hm_profile_t *)&unused;
	hm_profile_t *profile = before;
	int ret = KNOT_ENOMEM;
	long failures = 0;
	for (; ret != KNOT_EOK; failures++) {
		memset(&findings, 0, sizeof(findings));
		alloc_countdown = failures;
		ret = hm_profile_load(path, on_finding, &findings, NULL, &profile);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(profile, before);
			assert_int_equal(findings.errors, 0);
		}
	}
	assert_true(failures > 50);
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "x=y", "3600 \"y\"");
	hm_profile_free(profile);
}

static void loading_many_records_without_memory_fails(void **state)
{
	// As many as make every array grow.
	char path[1024];
	static char text[8192] = HEAD;
	for (int i = 0; i < 70; i++) {
		size_t len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "h%d A 192.0.2.%d\nh%d TXT {x%d}\n",
		         i % 60, i, i % 60, i);
	}
	snprintf(path, sizeof(path), "%s", write_text("main.zone", text));
	hm_profile_t *profile = NULL;
	int ret = KNOT_ENOMEM;
	for (long failures = 0; ret != KNOT_EOK; failures += 7) {
		memset(&findings, 0, sizeof(findings));
		alloc_countdown = failures;
		ret = hm_profile_load(path, on_finding, &findings, NULL, &profile);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_null(profile);
		}
	}
	hm_profile_free(profile);
}

static void a_query_without_memory_gets_no_rrset(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}\na TXT {domain}\na TXT {y}\nb MX 10 {x}\n");
	static const struct {
		const char *name;
		uint16_t type;
		const char *expected;
	} cases[] = {
		{ "a", KNOT_RRTYPE_TXT, "3600 \"a\" | \"z\" | \"example.com\"" },
		{ "b", KNOT_RRTYPE_MX,  "3600 10 z.example.com." },
		{ "b", KNOT_RRTYPE_ANY, "MX 3600 10 z.example.com." },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const hm_node_t *node = find(profile, cases[i].name, cases[i].name);
		const hm_domain_t *domain = domain_with("example.com.", "x=z y=a");
		const char *text = NULL;
		long failures = 0;
		for (; text == NULL || strcmp(text, cases[i].expected) != 0; failures++) {
			pool_t pool;
			pool_init(&pool);
			pool.countdown = failures;
			text = rrset_text(node, cases[i].type, domain, &pool.mm);
			pool_clear(&pool);
			assert_true(strcmp(text, cases[i].expected) == 0 ||
			            strcmp(text, knot_strerror(KNOT_ENOMEM)) == 0);
		}
		assert_true(failures > 1);
	}
	hm_profile_free(profile);
}

static void looking_up_takes_no_memory_but_that_of_the_query(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}\na TXT {domain}\n*.b TXT x\n");
	const hm_domain_t *domain = domain_with("example.com.", "x=y");
	const knot_dname_t *name = dname("a.example.com.");
	pool_t pool;
	pool_init(&pool);
	knot_dname_storage_t owner;
	knot_rrset_t rrset;

	alloc_countdown = 0;
	const hm_node_t *encloser = NULL;
	const hm_node_t *node = hm_profile_find(profile, name, 1, &encloser);
	int ret_owner = (node != NULL) ? hm_node_owner(node, domain, owner) : KNOT_ENOENT;
	int ret = (node != NULL) ? hm_node_rrset(node, KNOT_RRTYPE_TXT, domain, &pool.mm, &rrset) :
	                           KNOT_ENOENT;
	alloc_countdown = -1;

	assert_int_equal(ret_owner, KNOT_EOK);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(rrset.rrs.count, 2);
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void a_check_without_memory_says_so(void **state)
{
	hm_profile_t *profile = load(HEAD "a TXT {x}{x}{x}{x}\n");
	static char vars[HM_VAR_VALUE_MAX + 16] = "x=";
	memset(vars + 2, 'x', HM_VAR_VALUE_MAX);
	const hm_domain_t *domain = domain_with("example.com.", vars);

	int ret = KNOT_ENOMEM;
	long failures = 0;
	for (; ret != KNOT_EOK; failures++) {
		uint64_t line = 12345;
		alloc_countdown = failures;
		ret = hm_profile_check(profile, domain, &line);
		alloc_countdown = -1;
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
		assert_true(ret != KNOT_EOK || line == 12345);
		assert_true(failures < 100);
	}
	hm_profile_free(profile);
}

static void freeing_nothing_is_fine(void **state)
{
	hm_profile_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_a_profile_is_that_of_its_file),
		cmocka_unit_test(the_ready_profiles_have_no_findings),
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
		cmocka_unit_test(a_name_is_found_with_its_closest_encloser),
		cmocka_unit_test(an_empty_non_terminal_is_found),
		cmocka_unit_test(a_wildcard_is_the_child_of_its_encloser),
		cmocka_unit_test(labels_of_any_bytes_are_told_apart),
		cmocka_unit_test(the_deepest_names_are_found),
		cmocka_unit_test(an_owner_is_put_together_for_a_domain),
		cmocka_unit_test(an_owner_has_up_to_255_bytes),
		cmocka_unit_test(an_rrset_is_in_canonical_order_without_duplicates),
		cmocka_unit_test(an_rrset_is_in_canonical_order_after_expansion),
		cmocka_unit_test(every_order_of_values_gives_the_same_rrset),
		cmocka_unit_test(an_rrset_without_variables_is_borrowed),
		cmocka_unit_test(an_rrset_that_is_not_there_is_not_found),
		cmocka_unit_test(any_is_the_lowest_type_that_there_is_for_the_domain),
		cmocka_unit_test(an_rrset_that_cannot_be_expanded_is_an_error),
		cmocka_unit_test(expanded_rdata_of_any_length_stands_side_by_side),
		cmocka_unit_test(a_profile_tells_whether_it_has_additional_records),
		cmocka_unit_test(a_check_finds_the_record_that_cannot_be_expanded),
		cmocka_unit_test(a_check_handles_rdata_of_any_length),
		cmocka_unit_test(a_check_handles_the_largest_rdata),
		cmocka_unit_test(a_check_is_the_same_for_ordinary_domains),
		cmocka_unit_test(a_result_of_a_check_has_a_reason),
		cmocka_unit_test(a_check_passes_over_records_that_are_left_out),
		cmocka_unit_test(the_records_of_included_files_are_part_of_the_profile),
		cmocka_unit_test(a_profile_serves_any_number_of_domains),
		cmocka_unit_test(a_hundred_thousand_records_load_in_reasonable_time),
		cmocka_unit_test(an_rrset_may_have_thousands_of_records),
		cmocka_unit_test(an_rrset_of_too_many_records_is_reported),
		cmocka_unit_test(loading_without_memory_fails_and_leaves_nothing_behind),
		cmocka_unit_test(loading_many_records_without_memory_fails),
		cmocka_unit_test(a_query_without_memory_gets_no_rrset),
		cmocka_unit_test(looking_up_takes_no_memory_but_that_of_the_query),
		cmocka_unit_test(a_check_without_memory_says_so),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
