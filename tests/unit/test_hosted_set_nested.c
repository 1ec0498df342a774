/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_set.h"
#include "test.h"

#define HEAD "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"

static report_t report;

/*! \brief The hosted zone: domains with their profiles, one a line, "" for none at all. */
static const char *zone_lines;

/*! \brief What every look gives, if not KNOT_EOK. */
static int zone_ret;

static unsigned looks;

/*! \brief A set of a hosted file and the hosted zone; NULL for none. */
static hm_hosted_set_t *set_of(const char *file_lines, const char *of_zone)
{
	static char profile[512], file[512];
	snprintf(profile, sizeof(profile), "%s", write_text("first.zone", HEAD));
	if (file_lines != NULL) {
		snprintf(file, sizeof(file), "%s", write_text("hosted", file_lines));
	}
	const char *const profiles[] = { profile };
	const knot_dname_t *hosted_zone = dname("hosted.");
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 1,
		.hosted_file = (file_lines != NULL) ? file : NULL,
		.zones = &hosted_zone, .zones_count = (of_zone != NULL),
		.report = on_report, .ctx = &report,
	};
	zone_lines = of_zone;
	zone_ret = KNOT_EOK;
	memset(&report, 0, sizeof(report));
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_int_equal(report.errors, 0);
	return set;
}

/*! \brief The next line of a hosted zone; false at its end. */
static bool next_flag(const char **lines, char name[64], char profile[16])
{
	int len;
	if (sscanf(*lines, "%63s %15s%n", name, profile, &len) != 2) {
		return false;
	}
	*lines += len;
	return true;
}

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	static uint16_t flag[] = { 1, 0 };
	static uint8_t none[] = { 5, 0, 4, 'n', 'o', 'n', 'e' };
	assert_null(ctx);
	assert_true(knot_dname_is_equal(apex, dname("hosted.")));
	looks++;
	if (zone_ret != KNOT_EOK) {
		return zone_ret;
	}
	bool exists = false;
	char name[64], profile[16];
	for (const char *lines = zone_lines; next_flag(&lines, name, profile); ) {
		char full[80];
		snprintf(full, sizeof(full), "%s.hosted.", name);
		int below = knot_dname_in_bailiwick(dname(full), node);
		exists = exists || below >= 0;
		if (below == 0) {
			bool is_none = (strcmp(profile, "none") == 0);
			*txt = (knot_rdataset_t) {
				.count = 1, .size = 8,
				.rdata = (knot_rdata_t *)(is_none ? (void *)none : flag),
			};
		}
	}
	return exists ? KNOT_EOK : KNOT_ENONODE;
}

/*! \brief A name in wire format that get() leaves alone; static, a few may be in use at once. */
static const knot_dname_t *wire_of(const char *name)
{
	static knot_dname_storage_t wires[4];
	static unsigned next;
	uint8_t *wire = wires[next++ % 4];
	assert_non_null(knot_dname_from_str(wire, name, KNOT_DNAME_MAXLEN));
	return wire;
}

/*! \brief Find the owner of a name, NULL for none, and its gap, 0 for none. */
static hm_owner_t assert_owner(const hm_hosted_set_t *set, const char *name, const char *want,
                               unsigned gap)
{
	hm_owner_t owner;
	memset(&owner, 0xff, sizeof(owner));
	assert_int_equal(hm_hosted_set_find(set, wire_of(name), get, NULL, &owner), want != NULL);
	if (want != NULL) {
		assert_true(knot_dname_is_equal(owner.domain.name, dname(want)));
	}
	assert_int_equal(owner.gap, gap);
	return owner;
}

/*! \brief Expect that a name is nested in an owner's domain, or else its gap. */
static void assert_nested(const hm_hosted_set_t *set, const hm_owner_t *owner, const char *name,
                          bool nested, unsigned gap)
{
	uint8_t found = 77;
	assert_int_equal(hm_hosted_set_is_nested(set, owner, wire_of(name), get, NULL, &found),
	                 nested);
	assert_int_equal(found, gap);
}

static void names_between_exist_in_any_mixture_of_tiers(void **state)
{
#define UPPER  "b.test first\n"
#define NESTED "a.deep.b.test first\n"
	static const struct {
		const char *file, *zone;
	} cases[] = {
		{ UPPER NESTED, NULL }, { NESTED UPPER, NULL },
		{ NULL, UPPER NESTED }, { NULL, NESTED UPPER },
		{ UPPER, NESTED }, { NESTED, UPPER },
		{ UPPER NESTED, "" }, { "", UPPER NESTED },
		{ UPPER NESTED, UPPER NESTED }, { UPPER NESTED, NESTED },
		{ UPPER NESTED, UPPER }, { UPPER, UPPER NESTED }, { NESTED, UPPER NESTED },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_hosted_set_t *set = set_of(cases[i].file, cases[i].zone);
		hm_owner_t owner = assert_owner(set, "b.test.", "b.test.", 0);
		assert_owner(set, "deep.b.test.", "b.test.", 3);
		assert_owner(set, "x.deep.b.test.", "b.test.", 3);
		assert_owner(set, "y.x.deep.b.test.", "b.test.", 3);
		assert_owner(set, "x.b.test.", "b.test.", 0);
		assert_owner(set, "deep.x.b.test.", "b.test.", 0);
		assert_owner(set, "a.deep.b.test.", "a.deep.b.test.", 0);
		assert_owner(set, "x.a.deep.b.test.", "a.deep.b.test.", 0);
		assert_owner(set, "test.", NULL, 0);

		assert_nested(set, &owner, "a.deep.b.test.", true, 0);
		assert_nested(set, &owner, "y.x.a.deep.b.test.", true, 0);
		assert_nested(set, &owner, "deep.b.test.", false, 3);
		assert_nested(set, &owner, "x.deep.b.test.", false, 3);
		assert_nested(set, &owner, "x.b.test.", false, 0);
		assert_nested(set, &owner, "b.test.", false, 0);
		hm_hosted_set_free(set);
	}
}

static void the_deepest_gap_of_both_tiers_counts(void **state)
{
	hm_hosted_set_t *set = set_of("b.test\n1.x.y.b.test\n", "b.test first\n2.y.b.test first\n");
	assert_owner(set, "z.x.y.b.test.", "b.test.", 4);
	assert_owner(set, "z.y.b.test.", "b.test.", 3);
	hm_hosted_set_free(set);
	set = set_of("b.test\n1.y.b.test\n", "b.test first\n2.x.y.b.test first\n");
	assert_owner(set, "z.x.y.b.test.", "b.test.", 4);
	assert_owner(set, "z.y.b.test.", "b.test.", 3);
	hm_hosted_set_free(set);
}

static void the_upper_one_can_be_between_the_nested_one_and_another(void **state)
{
	hm_hosted_set_t *set = set_of("b.test\nn.x.y.z.b.test\n", "z.b.test first\n");
	hm_owner_t owner = assert_owner(set, "1.x.y.z.b.test.", "z.b.test.", 5);
	assert_owner(set, "y.z.b.test.", "z.b.test.", 4);
	assert_nested(set, &owner, "n.x.y.z.b.test.", true, 0);
	assert_nested(set, &owner, "x.y.z.b.test.", false, 5);
	owner = assert_owner(set, "1.b.test.", "b.test.", 0);
	assert_nested(set, &owner, "1.z.b.test.", true, 0);
	hm_hosted_set_free(set);
}

static void a_domain_that_is_taken_out_is_not_nested_but_exists(void **state)
{
	hm_hosted_set_t *set = set_of("b.test\na.deep.b.test\n", "a.deep.b.test none\n");
	hm_owner_t owner = assert_owner(set, "a.deep.b.test.", "b.test.", 4);
	assert_nested(set, &owner, "x.a.deep.b.test.", false, 4);
	assert_owner(set, "x.deep.b.test.", "b.test.", 3);
	hm_hosted_set_free(set);

	// One that is taken out between two others.
	set = set_of("b.test\nm.x.b.test\nn.y.m.x.b.test\n", "m.x.b.test none\n");
	owner = assert_owner(set, "1.y.m.x.b.test.", "b.test.", 5);
	assert_owner(set, "1.m.x.b.test.", "b.test.", 4);
	assert_owner(set, "1.x.b.test.", "b.test.", 3);
	assert_nested(set, &owner, "n.y.m.x.b.test.", true, 0);
	assert_nested(set, &owner, "m.x.b.test.", false, 4);
	hm_hosted_set_free(set);
}

static void a_zone_that_cannot_be_asked_leaves_what_the_file_knows(void **state)
{
	hm_hosted_set_t *set = set_of("b.test\na.deep.b.test\n", "c.x.b.test first\n");
	zone_ret = KNOT_EEMPTYZONE;
	hm_owner_t owner = assert_owner(set, "x.deep.b.test.", "b.test.", 3);
	assert_owner(set, "x.b.test.", "b.test.", 0);
	assert_nested(set, &owner, "a.deep.b.test.", true, 0);
	assert_nested(set, &owner, "c.x.b.test.", false, 0);
	// It expires after the owner was found.
	zone_ret = KNOT_EOK;
	owner = assert_owner(set, "x.deep.b.test.", "b.test.", 3);
	zone_ret = KNOT_EEMPTYZONE;
	assert_nested(set, &owner, "a.deep.b.test.", true, 0);
	assert_nested(set, &owner, "c.x.b.test.", false, 0);
	hm_hosted_set_free(set);
}

static void a_target_right_below_a_domain_costs_one_look(void **state)
{
	hm_hosted_set_t *set = set_of("b.test\nc.test\n", "b.test first\nx.d.test first\n");
	hm_owner_t owner = assert_owner(set, "b.test.", "b.test.", 0);
	looks = 0;
	assert_nested(set, &owner, "mx.b.test.", false, 0);
	assert_int_equal(looks, 1);
	owner = assert_owner(set, "c.test.", "c.test.", 0);
	looks = 0;
	assert_nested(set, &owner, "mx.c.test.", false, 0);
	assert_int_equal(looks, 1);
	hm_hosted_set_free(set);
}

// A reference.

typedef struct {
	char name[64];
	bool in_file;
	const char *in_zone; /*!< Profile; NULL if it is not there. */
} domain_t;

static struct {
	domain_t domains[12];
	size_t count;
} model;

/*! \brief Labels by which a name is below another one; negative if it is not. */
static int below(const char *name, const char *above)
{
	return knot_dname_in_bailiwick(dname(name), dname(above));
}

static bool is_hosted(const char *name)
{
	bool hosted = false;
	for (size_t i = 0; i < model.count; i++) {
		const domain_t *domain = &model.domains[i];
		if (strcmp(domain->name, name) == 0 && domain->in_zone != NULL) {
			return strcmp(domain->in_zone, "none") != 0;
		}
		hosted = hosted || (strcmp(domain->name, name) == 0 && domain->in_file);
	}
	return hosted;
}

/*! \brief Tell whether a hosted domain is below a name; or one that is there, hosted or not. */
static bool has_below(const char *name, bool hosted)
{
	for (size_t i = 0; i < model.count; i++) {
		const domain_t *domain = &model.domains[i];
		int depth = below(domain->name, name);
		if (hosted ? depth > 0 && is_hosted(domain->name) :
		             depth > 0 || (depth == 0 && domain->in_zone != NULL)) {
			return true;
		}
	}
	return false;
}

/*! \brief Up by one label, NULL from the last one. */
static const char *up(const char *name)
{
	const char *dot = strchr(name, '.');
	return (dot != NULL) ? dot + 1 : NULL;
}

static unsigned labels_of(const char *name)
{
	unsigned labels = 0;
	for (; name != NULL; name = up(name)) {
		labels++;
	}
	return labels;
}

/*! \brief The first name on the way up to \a end that has a domain below, 0 if none. */
static unsigned first_gap(const char *name, const char *end, bool hosted)
{
	for (; labels_of(name) > labels_of(end); name = up(name)) {
		if (has_below(name, hosted)) {
			return labels_of(name);
		}
	}
	return 0;
}

static const char *owner_of(const char *name)
{
	while (name != NULL && !is_hosted(name)) {
		name = up(name);
	}
	return name;
}

static void compare(const hm_hosted_set_t *set, const char *name)
{
	const char *want = owner_of(name);
	const knot_dname_t *wire = wire_of(name);
	hm_owner_t owner;
	assert_int_equal(hm_hosted_set_find(set, wire, get, NULL, &owner), want != NULL);
	if (want == NULL) {
		return;
	}
	assert_int_equal(owner.domain.labels, labels_of(want));
	// A name that nobody hosts any more may still exist, no other one.
	assert_true(owner.gap >= first_gap(name, want, true));
	assert_true(owner.gap <= first_gap(name, want, false));

	for (size_t i = 0; i < model.count; i++) {
		char target[80];
		snprintf(target, sizeof(target), "%s%s", (i % 2) ? "a." : "", model.domains[i].name);
		if (below(target, want) < 0) {
			continue;
		}
		const char *other = owner_of(target);
		bool nested = (labels_of(other) > labels_of(want));
		uint8_t gap;
		assert_int_equal(hm_hosted_set_is_nested(set, &owner, wire_of(target), get, NULL,
		                                         &gap), nested);
		assert_true(gap >= (nested ? 0 : first_gap(target, want, true)));
		assert_true(gap <= (nested ? 0 : first_gap(target, want, false)));
	}
}

static void random_name(unsigned labels, char name[64])
{
	name[0] = '\0';
	for (; labels > 1; labels--) {
		sprintf(name + strlen(name), "%c.", 'a' + random_below(3));
	}
	strcat(name, "t");
}

static void random_sets_are_nested_as_by_a_reference(void **state)
{
	random_start();
	for (int run = 0; run < 3000; run++) {
		text_t file = { 0 }, zone = { 0 };
		text_add(&file, "#\n");
		text_add(&zone, "\n");
		model.count = 1 + random_below(12);
		for (size_t i = 0; i < model.count; i++) {
			domain_t *domain = &model.domains[i];
			bool again;
			do {
				random_name(2 + random_below(5), domain->name);
				again = false;
				for (size_t k = 0; k < i; k++) {
					again |= strcmp(model.domains[k].name, domain->name) == 0;
				}
			} while (again);
			unsigned where = random_below(5);
			domain->in_file = (where != 1);
			domain->in_zone = (where == 0 || where == 4) ? NULL :
			                  (where == 3) ? "none" : "first";
			if (domain->in_file) {
				text_add(&file, "%s\n", domain->name);
			}
			if (domain->in_zone != NULL) {
				text_add(&zone, "%s %s\n", domain->name, domain->in_zone);
			}
		}
		hm_hosted_set_t *set = set_of(file.data, zone.data);
		for (int i = 0; i < 30; i++) {
			char name[64];
			random_name(2 + random_below(7), name);
			compare(set, name);
		}
		hm_hosted_set_free(set);
		free(file.data);
		free(zone.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_between_exist_in_any_mixture_of_tiers),
		cmocka_unit_test(the_deepest_gap_of_both_tiers_counts),
		cmocka_unit_test(the_upper_one_can_be_between_the_nested_one_and_another),
		cmocka_unit_test(a_domain_that_is_taken_out_is_not_nested_but_exists),
		cmocka_unit_test(a_zone_that_cannot_be_asked_leaves_what_the_file_knows),
		cmocka_unit_test(a_target_right_below_a_domain_costs_one_look),
		cmocka_unit_test(random_sets_are_nested_as_by_a_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
