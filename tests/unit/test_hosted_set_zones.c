/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_set.h"
#include "test.h"

#define HEAD "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"
#define ZONES 3

static const char *const zone_names[ZONES] = { "a.hosted.", "b.", "c.hosted." };

/*! \brief What a tier says of a name; the last tier is the hosted file. */
typedef struct {
	char name[64];
	int tier;
	bool none;
} entry_t;

static struct {
	entry_t entries[24];
	size_t count;
	unsigned looks[ZONES];
	unsigned fail_at[ZONES]; /*!< Look of a zone that fails, as all after it; 0 for none. */
} model;

#define FILE_TIER ZONES

/*! \brief Entries as text, `tier:name[=none]`, with spaces between. */
static void model_of(const char *text)
{
	memset(&model, 0, sizeof(model));
	int len;
	for (char word[64]; sscanf(text, "%63s%n", word, &len) == 1; text += len) {
		entry_t *entry = &model.entries[model.count++];
		char *end = strstr(word, "=none");
		entry->none = (end != NULL);
		if (end != NULL) {
			*end = '\0';
		}
		entry->tier = (word[0] == 'f') ? FILE_TIER : word[0] - '0';
		snprintf(entry->name, sizeof(entry->name), "%s", word + 2);
	}
}

/*! \brief A set of the first zones and, if the model has an entry for it, a file. */
static hm_hosted_set_t *set_of(size_t zones)
{
	static report_t report;
	static char profile[512], path[512];
	snprintf(profile, sizeof(profile), "%s", write_text("first.zone", HEAD));
	text_t lines = { 0 };
	text_add(&lines, "#\n");
	bool has_file = false;
	for (size_t i = 0; i < model.count; i++) {
		if (model.entries[i].tier == FILE_TIER) {
			text_add(&lines, "%s\n", model.entries[i].name);
			has_file = true;
		}
	}
	snprintf(path, sizeof(path), "%s", write_text("hosted", lines.data));
	free(lines.data);
	const char *const profiles[] = { profile };
	const knot_dname_t *names[ZONES];
	for (size_t i = 0; i < zones; i++) {
		names[i] = dname(zone_names[i]);
	}
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 1, .hosted_file = has_file ? path : NULL,
		.zones = names, .zones_count = zones, .report = on_report, .ctx = &report,
	};
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_int_equal(hm_hosted_set_zones(set), zones);
	return set;
}

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	static uint16_t flag[] = { 1, 0 };
	static uint8_t none[] = { 5, 0, 4, 'n', 'o', 'n', 'e' };
	assert_null(ctx);
	int zone = 0;
	while (!knot_dname_is_equal(apex, dname(zone_names[zone]))) {
		zone++;
	}
	if (++model.looks[zone] >= model.fail_at[zone] && model.fail_at[zone] > 0) {
		return KNOT_EEMPTYZONE;
	}
	bool exists = false;
	for (size_t i = 0; i < model.count; i++) {
		const entry_t *entry = &model.entries[i];
		char full[80];
		snprintf(full, sizeof(full), "%s.%s", entry->name, zone_names[zone]);
		int below = (entry->tier == zone) ? knot_dname_in_bailiwick(dname(full), node) : -1;
		exists = exists || below >= 0;
		if (below == 0) {
			*txt = (knot_rdataset_t) {
				.count = 1, .size = 8,
				.rdata = (knot_rdata_t *)(entry->none ? (void *)none : flag),
			};
		}
	}
	return exists ? KNOT_EOK : KNOT_ENONODE;
}

/*! \brief Find a name: `tier:domain`, "" if there is none. */
static const char *found(const hm_hosted_set_t *set, const char *name, hm_owner_t *owner)
{
	static knot_dname_storage_t wire;
	static char text[KNOT_DNAME_TXT_MAXLEN + 8];
	assert_non_null(knot_dname_from_str(wire, name, sizeof(wire)));
	memset(owner, 0xff, sizeof(*owner));
	memset(model.looks, 0, sizeof(model.looks));
	if (!hm_hosted_set_find(set, wire, get, NULL, owner)) {
		assert_false(owner->flagged);
		return "";
	}
	int zone = FILE_TIER;
	for (size_t i = 0; owner->flagged && i < hm_hosted_set_zones(set); i++) {
		zone = (owner->flag.zone == hm_hosted_set_zone(set, i)) ? (int)i : zone;
	}
	assert_int_equal(zone == FILE_TIER, !owner->flagged);
	snprintf(text, sizeof(text), "%c:", (zone == FILE_TIER) ? 'f' : '0' + zone);
	assert_non_null(knot_dname_to_str(text + 2, owner->domain.name, sizeof(text) - 2));
	text[strlen(text) - 1] = '\0';
	return text;
}

static void the_deepest_of_all_tiers_then_the_earliest_owns_a_name(void **state)
{
	static const struct {
		const char *entries, *name, *want;
	} cases[] = {
		// The same name in several.
		{ "0:x.t 1:x.t 2:x.t f:x.t", "x.t", "0:x.t" },
		{ "0:x.t 1:x.t 2:x.t f:x.t", "w.x.t", "0:x.t" },
		{ "1:x.t 2:x.t f:x.t", "w.x.t", "1:x.t" },
		{ "2:x.t f:x.t", "w.x.t", "2:x.t" },
		{ "f:x.t", "w.x.t", "f:x.t" },
		// Depth counts before order.
		{ "0:x.t 1:w.x.t", "v.w.x.t", "1:w.x.t" },
		{ "0:x.t 1:w.x.t 2:v.w.x.t", "v.w.x.t", "2:v.w.x.t" },
		{ "0:x.t 1:v.w.x.t 2:w.x.t", "u.v.w.x.t", "1:v.w.x.t" },
		{ "0:x.t 2:w.x.t f:v.w.x.t", "v.w.x.t", "f:v.w.x.t" },
		{ "0:v.w.x.t 1:x.t 2:w.x.t", "v.w.x.t", "0:v.w.x.t" },
		{ "0:v.w.x.t 1:x.t 2:w.x.t", "w.x.t", "2:w.x.t" },
		{ "0:v.w.x.t 1:x.t 2:w.x.t", "x.t", "1:x.t" },
		// Taken out by an earlier zone.
		{ "0:x.t=none 1:x.t", "x.t", "" },
		{ "0:x.t=none 1:x.t f:x.t", "w.x.t", "" },
		{ "0:x.t=none 2:x.t", "x.t", "" },
		{ "1:x.t=none 2:x.t f:x.t", "x.t", "" },
		{ "0:w.x.t=none 1:w.x.t 1:x.t", "w.x.t", "1:x.t" },
		{ "0:w.x.t=none 1:w.x.t 2:x.t", "v.w.x.t", "2:x.t" },
		{ "0:w.x.t=none 1:w.x.t f:x.t", "v.w.x.t", "f:x.t" },
		{ "0:w.x.t=none 0:x.t 1:w.x.t", "w.x.t", "0:x.t" },
		{ "0:w.x.t=none 1:w.x.t 1:v.w.x.t", "v.w.x.t", "1:v.w.x.t" },
		{ "0:w.x.t=none 1:x.t=none 2:w.x.t f:x.t", "w.x.t", "" },
		{ "0:w.x.t=none 1:v.w.x.t=none 2:v.w.x.t f:w.x.t f:x.t", "v.w.x.t", "f:x.t" },
		// By a later one, it is not.
		{ "0:x.t 1:x.t=none", "x.t", "0:x.t" },
		{ "0:x.t 1:x.t=none f:x.t", "w.x.t", "0:x.t" },
		{ "1:x.t 2:x.t=none f:x.t", "w.x.t", "1:x.t" },
		{ "0:x.t 1:w.x.t=none 2:w.x.t f:w.x.t", "w.x.t", "0:x.t" },
		{ "0:x.t=none 1:x.t=none 2:x.t", "x.t", "" },
		{ "1:x.t", "y.t", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model_of(cases[i].entries);
		hm_hosted_set_t *set = set_of(ZONES);
		hm_owner_t owner;
		assert_string_equal(found(set, cases[i].name, &owner), cases[i].want);
		assert_null(owner.unavailable);
		hm_hosted_set_free(set);
	}
}

static void names_between_exist_if_one_zone_has_them(void **state)
{
	static const struct {
		const char *entries, *name;
		unsigned gap;
	} cases[] = {
		{ "0:x.t 1:u.v.w.x.t", "w.x.t", 3 }, { "0:x.t 1:u.v.w.x.t", "s.v.w.x.t", 4 },
		{ "0:u.v.w.x.t 2:x.t", "w.x.t", 3 }, { "1:u.v.w.x.t f:x.t", "s.v.w.x.t", 4 },
		{ "0:v.w.x.t 1:x.t 2:u.v.w.x.t", "s.w.x.t", 3 },
		{ "0:s.w.x.t 1:x.t 2:u.v.w.x.t", "r.v.w.x.t", 4 },
		{ "0:u.v.w.x.t 1:x.t 2:s.w.x.t", "r.v.w.x.t", 4 },
		{ "0:x.t 1:w.x.t=none f:w.x.t", "v.w.x.t", 3 },
		{ "0:x.t 1:u.v.w.x.t", "s.x.t", 0 }, { "0:x.t 1:v.x.t 2:w.y.t", "u.x.t", 0 },
		{ "0:x.t 1:w.x.t", "x.t", 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model_of(cases[i].entries);
		hm_hosted_set_t *set = set_of(ZONES);
		hm_owner_t owner;
		found(set, cases[i].name, &owner);
		assert_int_equal(owner.gap, cases[i].gap);
		hm_hosted_set_free(set);
	}
}

static void a_later_zone_is_asked_for_what_is_deeper_alone(void **state)
{
	model_of("0:x.t 1:x.t 1:w.x.t=none 2:x.t");
	hm_hosted_set_t *set = set_of(ZONES);
	hm_owner_t owner;
	assert_string_equal(found(set, "x.t", &owner), "0:x.t");
	assert_int_equal(model.looks[0], 2);
	assert_int_equal(model.looks[1] + model.looks[2], 0);
	assert_string_equal(found(set, "u.v.w.x.t", &owner), "0:x.t");
	assert_int_equal(model.looks[0], 3);
	assert_int_equal(model.looks[1], 2);
	assert_int_equal(model.looks[2], 1);
	hm_hosted_set_free(set);
}

static void a_zone_that_cannot_be_asked_leaves_the_others(void **state)
{
	static const char entries[] = "0:x.t 0:y.t=none 1:w.x.t 1:y.t 2:x.t 2:y.t f:x.t f:y.t f:z.t";
	static const struct {
		const char *name, *want[ZONES];
		bool told[ZONES];
	} cases[] = {
		{ "v.w.x.t", { "1:w.x.t", "0:x.t", "1:w.x.t" }, { true, true, true } },
		{ "x.t", { "2:x.t", "0:x.t", "0:x.t" }, { true, false, false } },
		{ "y.t", { "1:y.t", "", "" }, { true, true, true } },
		{ "z.t", { "f:z.t", "f:z.t", "f:z.t" }, { true, true, true } },
		{ "n.t", { "", "", "" }, { true, true, true } },
	};
	model_of(entries);
	hm_hosted_set_t *set = set_of(ZONES);
	hm_owner_t owner;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int zone = 0; zone < ZONES; zone++) {
			model.fail_at[zone] = 1;
			assert_string_equal(found(set, cases[i].name, &owner), cases[i].want[zone]);
			assert_ptr_equal(owner.unavailable,
			                 cases[i].told[zone] ? hm_hosted_set_zone(set, zone) : NULL);
			model.fail_at[zone] = 0;
		}
	}
	// The first one of several is told.
	model.fail_at[1] = model.fail_at[2] = 1;
	assert_string_equal(found(set, "w.x.t", &owner), "0:x.t");
	assert_ptr_equal(owner.unavailable, hm_hosted_set_zone(set, 1));
	hm_hosted_set_free(set);
}

static void more_zones_than_there_may_be_are_refused(void **state)
{
	const char *profile = write_text("first.zone", HEAD);
	const knot_dname_t *zones[HM_HOSTED_ZONES_MAX + 1];
	for (size_t i = 0; i <= HM_HOSTED_ZONES_MAX; i++) {
		char name[] = { 'a' + i, '.', '\0' };
		zones[i] = dname(name);
	}
	report_t report = { 0 };
	hm_hosted_set_opts_t opts = {
		.profiles = &profile, .profiles_count = 1, .zones = zones,
		.zones_count = HM_HOSTED_ZONES_MAX + 1, .report = on_report, .ctx = &report,
	};
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_ELIMIT);
	assert_null(set);
	opts.zones_count = HM_HOSTED_ZONES_MAX;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_true(knot_dname_is_equal(hm_hosted_set_zone(set, HM_HOSTED_ZONES_MAX - 1),
	                                dname("h.")));
	hm_hosted_set_free(set);
}

// A reference.

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

/*! \brief The first tier that says something of a name, but for one zone; NULL if none does. */
static const entry_t *first_entry(const char *name, int without)
{
	const entry_t *first = NULL;
	for (size_t i = 0; i < model.count; i++) {
		const entry_t *entry = &model.entries[i];
		if (entry->tier != without && strcmp(entry->name, name) == 0 &&
		    (first == NULL || entry->tier < first->tier)) {
			first = entry;
		}
	}
	return first;
}

static const entry_t *reference_owner(const char *name, int without)
{
	for (; name != NULL; name = up(name)) {
		const entry_t *entry = first_entry(name, without);
		if (entry != NULL && !entry->none) {
			return entry;
		}
	}
	return NULL;
}

/*! \brief Labels of the deepest name below an owner that has a node in a zone, 0 if none has. */
static unsigned reference_gap(const char *name, const entry_t *owner, int without)
{
	for (; labels_of(name) > labels_of(owner->name); name = up(name)) {
		for (size_t i = 0; i < model.count; i++) {
			const entry_t *entry = &model.entries[i];
			if (entry->tier != without && entry->tier != FILE_TIER &&
			    knot_dname_in_bailiwick(dname(entry->name), dname(name)) >= 0) {
				return labels_of(name);
			}
		}
	}
	return 0;
}

static void random_name(unsigned labels, char name[64])
{
	name[0] = '\0';
	for (; labels > 1; labels--) {
		sprintf(name + strlen(name), "%c.", 'a' + random_below(2));
	}
	strcat(name, "t");
}

static void compare(const hm_hosted_set_t *set, const char *name, int without, bool exact)
{
	hm_owner_t owner;
	char text[80] = "";
	const char *got = found(set, name, &owner);
	const entry_t *want = reference_owner(name, without);
	if (want != NULL) {
		snprintf(text, sizeof(text), "%c:%s",
		         (want->tier == FILE_TIER) ? 'f' : '0' + want->tier, want->name);
	}
	assert_string_equal(got, text);
	if (want == NULL) {
		return;
	}
	unsigned gap = reference_gap(name, want, without);
	assert_true(exact ? owner.gap == gap : owner.gap >= gap);

	char target[80];
	snprintf(target, sizeof(target), "a.%s", name);
	knot_dname_storage_t wire;
	assert_non_null(knot_dname_from_str(wire, target, sizeof(wire)));
	uint8_t of_target = 77;
	memset(model.looks, 0, sizeof(model.looks));
	bool nested = hm_hosted_set_is_nested(set, &owner, wire, get, NULL, &of_target);
	const entry_t *other = reference_owner(target, without);
	assert_int_equal(nested, labels_of(other->name) > labels_of(want->name));
	gap = nested ? 0 : reference_gap(target, want, without);
	assert_true(exact ? of_target == gap : of_target >= gap);
}

static void random_zones_are_merged_as_by_a_reference(void **state)
{
	random_start();
	for (int run = 0; run < 3000; run++) {
		memset(&model, 0, sizeof(model));
		unsigned tiers = ZONES + random_below(2), count = 1 + random_below(24);
		for (unsigned i = 0; i < count; i++) {
			entry_t *entry = &model.entries[model.count];
			random_name(2 + random_below(4), entry->name);
			entry->tier = random_below(tiers);
			entry->none = (entry->tier != FILE_TIER && random_below(3) == 0);
			bool again = false;
			for (size_t k = 0; k < model.count; k++) {
				again |= model.entries[k].tier == entry->tier &&
				         strcmp(model.entries[k].name, entry->name) == 0;
			}
			model.count += !again;
		}
		hm_hosted_set_t *set = set_of(ZONES);
		bool exact = (hm_hosted_set_file(set) == NULL);
		for (int i = 0; i < 20; i++) {
			char name[64];
			random_name(2 + random_below(5), name);
			compare(set, name, -1, exact);
			// What a zone said before it failed does not count.
			int zone = random_below(ZONES);
			hm_owner_t owner;
			found(set, name, &owner);
			model.fail_at[zone] = 1 + random_below(4);
			if (model.looks[zone] >= model.fail_at[zone]) {
				found(set, name, &owner);
				assert_ptr_equal(owner.unavailable, hm_hosted_set_zone(set, zone));
				const entry_t *want = reference_owner(name, zone);
				assert_int_equal(owner.flagged, want != NULL &&
				                                want->tier != FILE_TIER);
				assert_true(want == NULL ||
				            owner.domain.labels == labels_of(want->name));
			}
			model.fail_at[zone] = 0;
		}
		hm_hosted_set_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deepest_of_all_tiers_then_the_earliest_owns_a_name),
		cmocka_unit_test(names_between_exist_if_one_zone_has_them),
		cmocka_unit_test(a_later_zone_is_asked_for_what_is_deeper_alone),
		cmocka_unit_test(a_zone_that_cannot_be_asked_leaves_the_others),
		cmocka_unit_test(more_zones_than_there_may_be_are_refused),
		cmocka_unit_test(random_zones_are_merged_as_by_a_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
