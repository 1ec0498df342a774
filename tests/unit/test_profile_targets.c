/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "profile_common.h"

/*! \brief Load a profile; its findings without the name of its file. */
static const char *findings_of(const char *text)
{
	hm_profile_t *profile = NULL;
	assert_int_equal(load_profile(write_text("main.zone", text), &profile), KNOT_EOK);
	hm_profile_free(profile);
	return findings.text;
}

#define MAKES(line, target) "warning main.zone:" line " the target '" target "' makes " target \
	".<domain>.; is its final dot missing?\n"

static void a_target_without_its_final_dot_is_a_warning(void **state)
{
	assert_string_equal(findings_of(HEAD "@ MX 10 mx.emailarray.com\n"),
	                    MAKES("4", "mx.emailarray.com"));
	assert_string_equal(findings_of(HEAD "\nsmtp CNAME Smtp.Emailarray.com\n"),
	                    MAKES("5", "smtp.emailarray.com"));
	assert_string_equal(findings_of(HEAD "_x._tcp SRV 0 1 25 a.b\n"), MAKES("4", "a.b"));
	assert_string_equal(findings_of(HEAD "@ NS ns2.test\n@ NS ns3.test.\n"),
	                    MAKES("4", "ns2.test"));
	assert_string_equal(findings_of("@ SOA ns1.test h.x.test 1 2 3 4 5\n@ NS ns.test.\n"),
	                    MAKES("1", "ns1.test") MAKES("1", "h.x.test"));
	assert_string_equal(findings_of(HEAD "a HTTPS 1 b.test alpn=h2\n"), MAKES("4", "b.test"));
	assert_string_equal(findings_of(HEAD "a NAPTR 1 1 \"U\" \"s\" \"\" n.test\n"),
	                    MAKES("4", "n.test"));
	assert_string_equal(findings_of(HEAD "@ MX 1 a\\.b.c\\032d\n"),
	                    MAKES("4", "a\\046b.c\\032d"));
}

static void variables_of_a_target_are_shown_as_they_stand(void **state)
{
	assert_string_equal(findings_of(HEAD "@ MX 1 mx.{domain}.cust.{cluster}.test\n"),
	                    MAKES("4", "mx.{domain}.cust.{cluster}.test"));
	assert_string_equal(findings_of(HEAD "a CNAME s-{domain:-}._d{domain:--}x.test\n"),
	                    MAKES("4", "s-{domain:-}._d{domain:--}x.test"));
	// A domain has two labels or more.
	assert_string_equal(findings_of(HEAD "a CNAME {domain}\n"), MAKES("4", "{domain}"));
	assert_string_equal(findings_of(HEAD "a CNAME mx.{domain}\n"), MAKES("4", "mx.{domain}"));
}

static void targets_that_are_meant_have_no_warning(void **state)
{
	assert_string_equal(findings_of(HEAD "@ MX 10 mx.emailarray.com.\n"), "");
	// One label, the domain itself.
	assert_string_equal(findings_of(HEAD "@ MX 10 mx\na CNAME @\nb CNAME {x}\n"), "");
	// An owner, whatever its case, or one of a wildcard.
	assert_string_equal(findings_of(HEAD "@ MX 10 A.Mail\na.mail A 192.0.2.1\n"), "");
	assert_string_equal(findings_of(HEAD "@ MX 10 a.mail\n*.mail A 192.0.2.1\n"), "");
	assert_string_equal(findings_of(HEAD "@ MX 10 a.b.mail\n*.mail A 192.0.2.1\n"), "");
	assert_string_equal(findings_of(HEAD "@ MX 10 a.b.mail\n* A 192.0.2.1\n"), "");
	assert_string_equal(findings_of(HEAD "@ MX 10 mx.{domain}\n* A 192.0.2.1\n"), "");
	// A variable that may make it one.
	assert_string_equal(findings_of(HEAD "@ MX 10 {x}.mail\na.mail A 192.0.2.1\n"), "");
	assert_string_equal(findings_of(HEAD "@ MX 10 mx.{x}\na A 192.0.2.1\n"), "");
	// Names that are text.
	assert_string_equal(findings_of(HEAD "@ TXT a.b\n@ CAA 0 issue a.b\n"), "");
}

static void targets_that_only_look_like_owners_have_a_warning(void **state)
{
	// An empty non-terminal has no data; a wildcard does not cover what is below an owner.
	assert_string_equal(findings_of(HEAD "@ MX 1 a.b\nx.a.b A 192.0.2.1\n"), MAKES("4", "a.b"));
	assert_string_equal(findings_of(HEAD "@ MX 10 x.a.b\na.b A 192.0.2.1\n*.b A 192.0.2.1\n"),
	                    MAKES("4", "x.a.b"));
	assert_string_equal(findings_of(HEAD "@ MX 10 a.b\nb A 192.0.2.1\n"), MAKES("4", "a.b"));
	assert_string_equal(findings_of(HEAD "@ MX 1 {x}.b\nb A 192.0.2.1\n"), MAKES("4", "{x}.b"));
}

static void the_longest_target_is_told_without_its_end(void **state)
{
	char text[2000], label[256] = "";
	for (int i = 0; i < 62; i++) {
		strcat(label, "\\001");
	}
	snprintf(text, sizeof(text), HEAD "a CNAME %s.%s.%s.b\n", label, label, label);
	const char *found = findings_of(text);
	assert_int_equal(findings.warnings, 1);
	assert_non_null(strstr(found, "warning main.zone:4 the target '\\001\\001"));
	assert_non_null(strstr(found, ".<domain>.; is its final dot missing?\n"));
	assert_true(strlen(found) < 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_without_its_final_dot_is_a_warning),
		cmocka_unit_test(variables_of_a_target_are_shown_as_they_stand),
		cmocka_unit_test(targets_that_are_meant_have_no_warning),
		cmocka_unit_test(targets_that_only_look_like_owners_have_a_warning),
		cmocka_unit_test(the_longest_target_is_told_without_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
