/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

static const char nested_profile[] = APEX
	"@           MX    10 mx.sub\n"
	"@           MX    20 mx\n"
	"@           MX    30 gap.deep\n"
	"@           MX    40 n.deep.x\n"
	"@           MX    50 any.x\n"
	"mx          A     192.0.2.1\n"
	"mx.sub      A     192.0.2.2\n"
	"sub         TXT   \"hidden\"\n"
	"smtp.sub    A     192.0.2.3\n"
	"imap        CNAME smtp.sub\n"
	"alias       CNAME sub\n"
	"two         CNAME imap\n"
	"*.wild      CNAME smtp.sub\n"
	"togap       CNAME deep\n"
	"belowgap    CNAME mx.deep\n"
	"tox         CNAME deep.x\n"
	"toany       CNAME any.x\n"
	"tods        CNAME n.deep.x\n"
	"todsbelow   CNAME y.n.deep.x\n"
	"www         CNAME mx\n"
	"toapex      CNAME @\n"
	"*.x         A     192.0.2.4\n"
	"deep.x      TXT   \"here\"\n"
	"https       HTTPS 1 svc.sub port=443\n"
	"svc.sub     HTTPS 1 . alpn=h3\n";

// Another domain is there, one label below the apex and with others between.
static const char *const nested_domains[] = { "sub.d.test.", "n.deep.d.test.", "m.l.k.d.test.",
                                              "n.deep.x.d.test." };

static unsigned nested_calls;

/*! \brief Tells what is nested; a hm_nested_f. */
static bool is_nested(void *ctx, const knot_dname_t *name, uint8_t *gap)
{
	const hm_domain_t *domain = ctx;
	assert_true(hm_domain_prefix(name, domain) > 0);
	nested_calls++;
	*gap = 0;
	for (size_t i = 0; i < sizeof(nested_domains) / sizeof(nested_domains[0]); i++) {
		knot_dname_storage_t nested;
		assert_non_null(knot_dname_from_str(nested, nested_domains[i], sizeof(nested)));
		if (knot_dname_in_bailiwick(name, nested) >= 0) {
			return true;
		}
		size_t common = knot_dname_matched_labels(name, nested);
		if (common > domain->labels && common > *gap) {
			*gap = common;
		}
	}
	return false;
}

/*! \brief Ask as the module does, which knows the gap of the QNAME. */
static void ask_nested(ask_t *ask, const hm_profile_t *of, const char *qname, uint16_t qtype)
{
	ask_init(ask, of);
	if (!knot_dname_is_equal(dname(qname), ask->domain.name)) {
		(void)is_nested(&ask->domain, dname(qname), &ask->question.gap);
	}
	ask->question.view.nested = is_nested;
	ask->question.view.ctx = &ask->domain;
	nested_calls = 0;
	ask_for(ask, qname, qtype);
}

/*! \brief Expect an answer, its kind and its three sections. */
static void assert_nested(const char *qname, uint16_t qtype, hm_answer_kind_t kind,
                          const char *answers, const char *additional)
{
	ask_t ask;
	ask_nested(&ask, profile, qname, qtype);
	assert_answer(&ask, kind, answers, (kind == HM_ANSWER_POSITIVE) ? "" : SOA, additional);
	ask_clear(&ask);
}

static int setup(void **state)
{
	profile = profile_from("nested.zone", nested_profile);
	return 0;
}

static void names_between_are_nodata(void **state)
{
	static const char *const names[] = { "deep.d.test.", "k.d.test.", "l.k.d.test." };
	static const uint16_t types[] = { KNOT_RRTYPE_A, KNOT_RRTYPE_CNAME, KNOT_RRTYPE_DS,
	                                  KNOT_RRTYPE_ANY, KNOT_RRTYPE_SOA, KNOT_RRTYPE_NSEC };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
			assert_nested(names[i], types[k], HM_ANSWER_NODATA, "", "");
		}
	}
}

static void names_beside_are_nxdomain(void **state)
{
	static const char *const names[] = { "other.d.test.", "other.deep.d.test.",
	                                     "other.l.k.d.test.", "n.x.deep.d.test.",
	                                     "l.d.test.", "eep.d.test." };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_nested(names[i], KNOT_RRTYPE_A, HM_ANSWER_NXDOMAIN, "", "");
	}
}

static void no_wildcard_covers_names_between_nor_below_them(void **state)
{
	hm_profile_t *wild = profile_from("wild.zone", APEX "* A 192.0.2.7\n");
	static const struct {
		const char *name;
		hm_answer_kind_t kind;
	} cases[] = {
		{ "deep.d.test.", HM_ANSWER_NODATA }, { "l.k.d.test.", HM_ANSWER_NODATA },
		{ "other.deep.d.test.", HM_ANSWER_NXDOMAIN },
		{ "a.b.other.l.k.d.test.", HM_ANSWER_NXDOMAIN },
		{ "other.d.test.", HM_ANSWER_POSITIVE }, { "l.d.test.", HM_ANSWER_POSITIVE },
		{ "a.b.other.d.test.", HM_ANSWER_POSITIVE },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_t ask;
		ask_nested(&ask, wild, cases[i].name, KNOT_RRTYPE_A);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.answer, cases[i].kind);
		ask_clear(&ask);
	}
	hm_profile_free(wild);
}

static void what_the_profile_has_between_is_answered(void **state)
{
	assert_nested("deep.x.d.test.", KNOT_RRTYPE_TXT, HM_ANSWER_POSITIVE,
	              "deep.x.d.test. 300 TXT \"here\"\n", "");
	assert_nested("deep.x.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA, "", "");
	// Its wildcards cover what they would without the nested domain.
	assert_nested("other.x.d.test.", KNOT_RRTYPE_A, HM_ANSWER_POSITIVE,
	              "other.x.d.test. 300 A 192.0.2.4\n", "");
	assert_nested("other.deep.x.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NXDOMAIN, "", "");
}

static void a_chain_ends_where_a_nested_domain_begins(void **state)
{
	assert_nested("imap.d.test.", KNOT_RRTYPE_A, HM_ANSWER_POSITIVE,
	              "imap.d.test. 300 CNAME smtp.sub.d.test.\n", "");
	assert_nested("alias.d.test.", KNOT_RRTYPE_TXT, HM_ANSWER_POSITIVE,
	              "alias.d.test. 300 CNAME sub.d.test.\n", "");
	assert_nested("two.d.test.", KNOT_RRTYPE_A, HM_ANSWER_POSITIVE,
	              "two.d.test. 300 CNAME imap.d.test.\n"
	              "imap.d.test. 300 CNAME smtp.sub.d.test.\n", "");
	assert_nested("a.wild.d.test.", KNOT_RRTYPE_A, HM_ANSWER_POSITIVE,
	              "a.wild.d.test. 300 CNAME smtp.sub.d.test.\n", "");
}

static void a_chain_goes_on_to_names_between(void **state)
{
	assert_nested("togap.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA,
	              "togap.d.test. 300 CNAME deep.d.test.\n", "");
	assert_nested("belowgap.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NXDOMAIN,
	              "belowgap.d.test. 300 CNAME mx.deep.d.test.\n", "");
	assert_nested("tox.d.test.", KNOT_RRTYPE_TXT, HM_ANSWER_POSITIVE,
	              "tox.d.test. 300 CNAME deep.x.d.test.\n"
	              "deep.x.d.test. 300 TXT \"here\"\n", "");
	assert_nested("toany.d.test.", KNOT_RRTYPE_A, HM_ANSWER_POSITIVE,
	              "toany.d.test. 300 CNAME any.x.d.test.\n"
	              "any.x.d.test. 300 A 192.0.2.4\n", "");
}

static void the_ds_of_a_nested_domain_belongs_to_the_upper_one(void **state)
{
	assert_nested("alias.d.test.", KNOT_RRTYPE_DS, HM_ANSWER_NODATA,
	              "alias.d.test. 300 CNAME sub.d.test.\n", "");
	assert_nested("tods.d.test.", KNOT_RRTYPE_DS, HM_ANSWER_NODATA,
	              "tods.d.test. 300 CNAME n.deep.x.d.test.\n", "");
	// What is below it does not.
	assert_nested("imap.d.test.", KNOT_RRTYPE_DS, HM_ANSWER_POSITIVE,
	              "imap.d.test. 300 CNAME smtp.sub.d.test.\n", "");
	assert_nested("todsbelow.d.test.", KNOT_RRTYPE_DS, HM_ANSWER_POSITIVE,
	              "todsbelow.d.test. 300 CNAME y.n.deep.x.d.test.\n", "");
}

static void additional_records_are_not_taken_from_a_nested_domain(void **state)
{
	assert_nested("d.test.", KNOT_RRTYPE_MX, HM_ANSWER_POSITIVE,
	              "d.test. 300 MX 10 mx.sub.d.test.\n"
	              "d.test. 300 MX 20 mx.d.test.\n"
	              "d.test. 300 MX 30 gap.deep.d.test.\n"
	              "d.test. 300 MX 40 n.deep.x.d.test.\n"
	              "d.test. 300 MX 50 any.x.d.test.\n",
	              "mx.d.test. 300 A 192.0.2.1\n"
	              "any.x.d.test. 300 A 192.0.2.4\n");
	assert_nested("https.d.test.", KNOT_RRTYPE_HTTPS, HM_ANSWER_POSITIVE,
	              "https.d.test. 300 HTTPS 1 svc.sub.d.test. port=443\n", "");
}

static void only_targets_below_the_domain_are_asked_about(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		unsigned calls;
	} cases[] = {
		{ "d.test.", KNOT_RRTYPE_SOA, 0 }, { "d.test.", KNOT_RRTYPE_NS, 0 },
		{ "mx.d.test.", KNOT_RRTYPE_A, 0 }, { "deep.d.test.", KNOT_RRTYPE_A, 0 },
		{ "other.d.test.", KNOT_RRTYPE_A, 0 }, { "toapex.d.test.", KNOT_RRTYPE_A, 0 },
		{ "www.d.test.", KNOT_RRTYPE_A, 1 }, { "d.test.", KNOT_RRTYPE_MX, 5 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_t ask;
		ask_nested(&ask, profile, cases[i].name, cases[i].type);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(nested_calls, cases[i].calls);
		ask_clear(&ask);
	}
}

static void without_nested_domains_all_names_are_the_profiles(void **state)
{
	assert_positive("imap.d.test.", KNOT_RRTYPE_A,
	                "imap.d.test. 300 CNAME smtp.sub.d.test.\n"
	                "smtp.sub.d.test. 300 A 192.0.2.3\n");
	assert_nxdomain("deep.d.test.", KNOT_RRTYPE_A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_between_are_nodata),
		cmocka_unit_test(names_beside_are_nxdomain),
		cmocka_unit_test(no_wildcard_covers_names_between_nor_below_them),
		cmocka_unit_test(what_the_profile_has_between_is_answered),
		cmocka_unit_test(a_chain_ends_where_a_nested_domain_begins),
		cmocka_unit_test(a_chain_goes_on_to_names_between),
		cmocka_unit_test(the_ds_of_a_nested_domain_belongs_to_the_upper_one),
		cmocka_unit_test(additional_records_are_not_taken_from_a_nested_domain),
		cmocka_unit_test(only_targets_below_the_domain_are_asked_about),
		cmocka_unit_test(without_nested_domains_all_names_are_the_profiles),
	};
	return cmocka_run_group_tests(tests, setup, answer_teardown);
}
