/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_zone.h"
#include "test.h"

#define LABELS_MAX 123 /*!< Of one letter each: there is room for the zone's name. */

/*! \brief Most look-ups for a flag at the deepest node, however deep that is. */
#define LOOKS_MAX 12

/*! \brief What the node of a name is. */
typedef enum {
	EMPTY, /*!< Without TXT. */
	FLAG,
	NONE,
} kind_t;

/*! \brief A hosted zone along one name, and what it was asked. */
typedef struct {
	kind_t kinds[LABELS_MAX + 1]; /*!< By the labels of the name. */
	unsigned deepest;             /*!< Labels of the deepest one. */
	unsigned looks;
	unsigned fail_at;             /*!< This look fails; 0 for none. */
	hm_depths_t asked;
	const knot_dname_t *name;
	hm_flag_t flag;
} zone_t;

static const knot_dname_t apex[] = "\x06""hosted";

static struct {
	uint16_t len;
	uint8_t data[8];
} txt_flag = { 6, "\x05""first" }, txt_none = { 5, "\x04""none" };

static zone_t zone;

static int get(void *ctx, const knot_dname_t *of, const knot_dname_t *node, knot_rdataset_t *txt)
{
	assert_ptr_equal(ctx, &zone);
	assert_ptr_equal(of, apex);
	size_t size = knot_dname_size(node);
	assert_true(size <= KNOT_DNAME_MAXLEN);
	int depth = knot_dname_in_bailiwick(node, apex);
	assert_true(depth > 0);

	// The node is made of the name's last labels, and none is looked at twice.
	size_t own = size - sizeof(apex), name_size = knot_dname_size(zone.name) - 1;
	assert_memory_equal(node, zone.name + name_size - own, own);
	assert_false(hm_depths_has(&zone.asked, depth));
	hm_depths_add(&zone.asked, depth);
	zone.looks++;
	if (zone.looks == zone.fail_at) {
		return KNOT_EEMPTYZONE;
	}

	assert_int_equal(txt->count, 0);
	if ((unsigned)depth > zone.deepest) {
		return KNOT_ENONODE;
	}
	if (zone.kinds[depth] != EMPTY) {
		*txt = (knot_rdataset_t) {
			.count = 1, .size = 8,
			.rdata = (knot_rdata_t *)(zone.kinds[depth] == FLAG ? &txt_flag :
			                                                      &txt_none),
		};
	}
	return KNOT_EOK;
}

/*! \brief A zone whose nodes are all empty. */
static void zone_of(unsigned deepest)
{
	memset(&zone, 0, sizeof(zone));
	zone.deepest = deepest;
}

/*! \brief Look for a name of so many labels, below a name of \a above. */
static int find_below(unsigned count, unsigned above)
{
	static uint8_t name[KNOT_DNAME_MAXLEN];
	for (unsigned i = 0; i < count; i++) {
		name[2 * i] = 1;
		name[2 * i + 1] = 'a' + i % 26;
	}
	name[2 * count] = 0;
	zone.name = name;
	zone.looks = 0;
	zone.asked = (hm_depths_t){ 0 };
	memset(&zone.flag, 0, sizeof(zone.flag));
	const hm_hosted_zone_t hosted_zone = {
		.zone = apex, .size = sizeof(apex), .get = get, .ctx = &zone,
	};
	return hm_hosted_zone_find(&hosted_zone, name, above, &zone.flag);
}

/*! \brief The same from the top, which must not fail. */
static void find(unsigned count)
{
	assert_int_equal(find_below(count, 0), KNOT_EOK);
}

/*! \brief Expect the flag, NULL for none, and the deepest name that exists. */
static void assert_flag(unsigned labels, unsigned exists)
{
	assert_int_equal(zone.flag.labels, labels);
	assert_int_equal(zone.flag.exists, exists);
	if (labels == 0) {
		assert_null(zone.flag.name);
	} else {
		assert_non_null(zone.flag.name);
		assert_int_equal(knot_dname_labels(zone.flag.name, NULL), labels);
		assert_ptr_equal(zone.flag.txt.rdata, &txt_flag);
	}
}

static void an_ordinary_name_costs_a_look_for_each_label_that_exists(void **state)
{
	for (unsigned deepest = 0; deepest <= 4; deepest++) {
		zone_of(deepest);
		zone.kinds[deepest] = FLAG;
		for (unsigned below = 0; below <= 3; below++) {
			find(deepest + below);
			assert_flag((deepest > 1) ? deepest : 0, deepest);
			// And one for the first that does not.
			assert_int_equal(zone.looks, deepest + (below > 0));
		}
	}
}

static void a_name_of_127_labels_costs_no_more_below_an_ordinary_flag(void **state)
{
	for (unsigned deepest = 0; deepest < 4; deepest++) {
		zone_of(deepest);
		zone.kinds[deepest] = FLAG;
		find(LABELS_MAX);
		assert_flag((deepest > 1) ? deepest : 0, deepest);
		assert_int_equal(zone.looks, deepest + 1);
	}
}

static void a_flag_of_any_depth_costs_few_looks(void **state)
{
	for (unsigned deepest = 2; deepest <= LABELS_MAX; deepest++) {
		zone_of(deepest);
		zone.kinds[deepest] = FLAG;
		for (unsigned count = deepest; count <= LABELS_MAX; count++) {
			find(count);
			assert_flag(deepest, deepest);
			assert_true(zone.looks <= LOOKS_MAX);
		}
	}
}

static void a_flag_above_empty_nodes_is_found(void **state)
{
	for (unsigned flagged = 2; flagged <= LABELS_MAX; flagged++) {
		zone_of(LABELS_MAX);
		zone.kinds[flagged] = FLAG;
		find(LABELS_MAX);
		assert_flag(flagged, LABELS_MAX);
	}
}

static void names_taken_out_below_the_flag_are_told(void **state)
{
	zone_of(100);
	zone.kinds[1] = NONE;
	zone.kinds[40] = FLAG;
	zone.kinds[41] = NONE;
	zone.kinds[99] = NONE;
	find(LABELS_MAX);
	assert_flag(40, 100);
	for (unsigned i = 41; i <= LABELS_MAX; i++) {
		assert_int_equal(hm_flag_is_none(&zone.flag, i), i == 41 || i == 99);
	}
}

static void only_deeper_names_are_looked_at(void **state)
{
	zone_of(20);
	zone.kinds[2] = FLAG;
	zone.kinds[7] = FLAG;
	for (unsigned above = 0; above <= 24; above++) {
		assert_int_equal(find_below(24, above), KNOT_EOK);
		assert_flag((above < 2) ? 7 : (above < 7) ? 7 : 0, (above < 20) ? 20 : 0);
		for (unsigned i = 0; i <= above; i++) {
			assert_false(hm_depths_has(&zone.asked, i));
		}
	}
	// A target right below a domain costs one.
	assert_int_equal(find_below(21, 20), KNOT_EOK);
	assert_int_equal(zone.looks, 1);
}

static void a_zone_that_fails_passes_it_on(void **state)
{
	zone_of(50);
	zone.kinds[2] = FLAG;
	zone.kinds[3] = NONE;
	find(60);
	unsigned looks = zone.looks;
	assert_true(looks > 40);
	for (zone.fail_at = 1; zone.fail_at <= looks; zone.fail_at++) {
		assert_int_equal(find_below(60, 0), KNOT_EEMPTYZONE);
		assert_int_equal(zone.looks, zone.fail_at);
	}
}

static void random_zones_are_searched_as_by_a_reference(void **state)
{
	random_start();
	for (int run = 0; run < 20000; run++) {
		zone_of(random_below(LABELS_MAX + 1));
		unsigned kinds = 1 + random_below(40), above = random_below(2) * random_below(9);
		unsigned flagged = 0;
		hm_depths_t none = { 0 };
		for (unsigned i = 1; i <= zone.deepest; i++) {
			unsigned kind = random_below(kinds);
			zone.kinds[i] = (kind < 2) ? kind + 1 : EMPTY;
		}
		unsigned count = random_below(LABELS_MAX + 1);
		unsigned exists = (count < zone.deepest) ? count : zone.deepest;
		for (unsigned i = above + 1; i <= exists; i++) {
			flagged = (zone.kinds[i] == FLAG && i > 1) ? i : flagged;
			if (zone.kinds[i] == NONE) {
				hm_depths_add(&none, i);
			}
		}

		assert_int_equal(find_below(count, above), KNOT_EOK);
		exists = (exists > above) ? exists : 0;
		assert_flag(flagged, exists);
		for (unsigned i = flagged + 1; i <= LABELS_MAX; i++) {
			assert_int_equal(hm_flag_is_none(&zone.flag, i), hm_depths_has(&none, i));
		}
		unsigned from = (flagged > above) ? flagged : above;
		assert_true(exists == 0 || zone.looks <= LOOKS_MAX + exists - from);
	}
}

static void a_zero_byte_hides_what_is_deeper(void **state)
{
	static const uint8_t name[] = "\1a\2\0b\1c\1d\1e\1f\1g\1h";
	zone_of(20);
	zone.name = name;
	const hm_hosted_zone_t hosted_zone = {
		.zone = apex, .size = sizeof(apex), .get = get, .ctx = &zone,
	};
	memset(&zone.flag, 0, sizeof(zone.flag));
	assert_int_equal(hm_hosted_zone_find(&hosted_zone, name, 0, &zone.flag), KNOT_EOK);
	assert_flag(0, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_name_costs_a_look_for_each_label_that_exists),
		cmocka_unit_test(a_name_of_127_labels_costs_no_more_below_an_ordinary_flag),
		cmocka_unit_test(a_flag_of_any_depth_costs_few_looks),
		cmocka_unit_test(a_flag_above_empty_nodes_is_found),
		cmocka_unit_test(names_taken_out_below_the_flag_are_told),
		cmocka_unit_test(only_deeper_names_are_looked_at),
		cmocka_unit_test(a_zone_that_fails_passes_it_on),
		cmocka_unit_test(random_zones_are_searched_as_by_a_reference),
		cmocka_unit_test(a_zero_byte_hides_what_is_deeper),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
