/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glob.h>

#include "profile_common.h"

static void the_ready_profiles_have_no_findings(void **state)
{
	glob_t files;
	assert_int_equal(glob(source_path("profiles/*.zone"), 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		hm_profile_t *profile = NULL;
		int ret = load_profile(files.gl_pathv[i], &profile);
		if (ret != KNOT_EOK || findings.text[0] != '\0') {
			print_error("%s", findings.text);
		}
		assert_int_equal(ret, KNOT_EOK);
		assert_string_equal(findings.text, "");

		uint64_t line = 0;
		const hm_domain_t domain = domain_of("a-domain-of-some-length.example.com.");
		assert_int_equal(check_profile(profile, &domain, &line), KNOT_EOK);
		hm_profile_free(profile);
	}
	assert_true(files.gl_pathc > 0);
	globfree(&files);
}

static void a_check_finds_the_record_that_cannot_be_expanded(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}\n"
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
		assert_int_equal(check_profile(profile, domain, &line), cases[i].ret);
		assert_int_equal(line, cases[i].line);
	}

	char vars[400] = "y=";
	memset(vars + 2, 'x', 256);
	uint64_t line = 12345;
	assert_int_equal(check_profile(profile, domain_with("a.", vars), &line), KNOT_ESPACE);
	assert_int_equal(line, 10);
	hm_profile_free(profile);
}

static void a_check_handles_rdata_of_any_length(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}\na CAA 0 issue {x}{x}\n");
	static char vars[HM_VAR_VALUE_MAX + 16] = "x=";
	for (size_t len = 0; len <= HM_VAR_VALUE_MAX; len++) {
		if (len < 1200 || len == HM_VAR_VALUE_MAX) {
			memset(vars + 2, 'x', len);
			uint64_t line = 12345;
			const hm_domain_t *domain = domain_with("a.", vars);
			assert_int_equal(check_profile(profile, domain, &line), KNOT_EOK);
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

	hm_profile_t *profile = loaded(HEAD "a TXT {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x} "
	                                    "{x}{x}{x}\n");
	assert_int_equal(check_profile(profile, domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	hm_profile_free(profile);

	profile = loaded(HEAD "\na TXT {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x} {x}{x}{x}{x}\n");
	assert_int_equal(check_profile(profile, domain, &line), KNOT_ESPACE);
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
		ret = hm_node_rrset(profile_node(profile, "a", "a"), types[i], domain, &pool.mm,
		                    &rrset);
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
		if (load_profile(write_text("main.zone", text), &profile) != KNOT_EOK) {
			continue; // An empty label or a label that is too long as it stands.
		}
		for (unsigned j = 0; j < 8 * 54; j++) {
			unsigned labels = 1 + j % 8, size = 2 * labels + j / 8;
			const hm_domain_t *domain = domain_with(name_of_shape(labels, size),
			                                        values[j % COUNT(values)]);
			uint64_t line = 0;
			int ret = check_profile(profile, domain, &line);
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
	hm_profile_t *profile = loaded(HEAD "a MX 10 {x}.{y}\n");
	uint64_t line = 12345;
	const hm_domain_t *domain = domain_with("example.com.", "x=a..b");
	assert_int_equal(check_profile(profile, domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	domain = domain_with("example.com.", "x=a..b y=c");
	assert_int_equal(check_profile(profile, domain, &line), KNOT_EMALF);
	assert_int_equal(line, 4);
	hm_profile_free(profile);
}

static void a_check_takes_one_block_of_its_memory(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}{x}{x}{x}\nb TXT {x}\n");
	const hm_domain_t *domain = domain_with("example.com.", long_var("x", HM_VAR_VALUE_MAX));
	for (long count = 0; count < 2; count++) {
		pool_t pool;
		pool_init(&pool);
		pool.countdown = count;
		alloc_countdown = 0; // There is no other memory.
		uint64_t line = 12345;
		int ret = hm_profile_check(profile, domain, &pool.mm, &line);
		alloc_countdown = -1;
		assert_int_equal(ret, (count == 0) ? KNOT_ENOMEM : KNOT_EOK);
		assert_int_equal(line, 12345);
		assert_int_equal(pool.count, count);
		pool_clear(&pool);
	}
	hm_profile_free(profile);
}

static void a_check_of_records_without_variables_takes_no_memory(void **state)
{
	hm_profile_t *profile = loaded("@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n");
	const hm_domain_t *domain = domain_with("example.com.", "x=1.2");
	pool_t pool;
	pool_init(&pool);
	pool.countdown = 0;
	uint64_t line;
	assert_int_equal(hm_profile_check(profile, domain, &pool.mm, &line), KNOT_EOK);
	pool_clear(&pool);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ready_profiles_have_no_findings),
		cmocka_unit_test(a_check_finds_the_record_that_cannot_be_expanded),
		cmocka_unit_test(a_check_handles_rdata_of_any_length),
		cmocka_unit_test(a_check_handles_the_largest_rdata),
		cmocka_unit_test(a_check_is_the_same_for_ordinary_domains),
		cmocka_unit_test(a_result_of_a_check_has_a_reason),
		cmocka_unit_test(a_check_passes_over_records_that_are_left_out),
		cmocka_unit_test(a_check_takes_one_block_of_its_memory),
		cmocka_unit_test(a_check_of_records_without_variables_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
