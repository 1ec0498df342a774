/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "hosted_file_common.h"

static void the_name_itself_and_all_below_are_found(void **state)
{
	hm_hosted_file_t *hosted = load_text("example.com second x=1\n");
	assert_found(hosted, "example.com.", "example.com.", 1);
	assert_found(hosted, "www.example.com.", "example.com.", 1);
	assert_found(hosted, "a.b.c.d.e.f.example.com.", "example.com.", 1);
	assert_found(hosted, "*.example.com.", "example.com.", 1);
	assert_found(hosted, "com.example.com.", "example.com.", 1);
	assert_value(hosted, "www.example.com.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

static void names_above_and_beside_are_not_found(void **state)
{
	hm_hosted_file_t *hosted = load_text("example.com\n");
	static const char *const names[] = {
		".", "com.", "example.", "example.org.", "example.com.org.", "xample.com.",
		"aexample.com.", "examplea.com.", "example.comm.", "example.co.", "example-com.",
		"www.example.org.", "com.example.", "example\\.com.", "example\\000.com.",
		"\\000example.com.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_missing(hosted, names[i]);
	}
	hm_hosted_file_free(hosted);
}

static void the_deepest_one_wins(void **state)
{
	hm_hosted_file_t *hosted = load_text("c.test second\nb.c.test third\n"
	                                     "z.a.b.c.test\nd.test\n");
	assert_found(hosted, "c.test.", "c.test.", 1);
	assert_found(hosted, "x.c.test.", "c.test.", 1);
	assert_found(hosted, "b.c.test.", "b.c.test.", 2);
	assert_found(hosted, "a.b.c.test.", "b.c.test.", 2);
	assert_found(hosted, "y.a.b.c.test.", "b.c.test.", 2);
	assert_found(hosted, "z.a.b.c.test.", "z.a.b.c.test.", 0);
	assert_found(hosted, "1.2.3.z.a.b.c.test.", "z.a.b.c.test.", 0);
	assert_missing(hosted, "test.");
	assert_missing(hosted, "e.test.");
	hm_hosted_file_free(hosted);
}

static void the_order_of_lines_does_not_matter_for_the_match(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.b.c.d.test third\nd.test\nb.c.d.test second\n");
	assert_found(hosted, "x.a.b.c.d.test.", "a.b.c.d.test.", 2);
	assert_found(hosted, "a.c.d.test.", "d.test.", 0);
	assert_found(hosted, "c.b.c.d.test.", "b.c.d.test.", 1);
	hm_hosted_file_free(hosted);
}

static void the_same_bytes_that_start_inside_of_a_label_are_not_found(void **state)
{
	// b.test is \1b\4test\0, and so ends a label of these queries.
	hm_hosted_file_t *hosted = load_text("b.test\n\\001c.test second\n");
	static const uint8_t inside[] = "\x07\x01" "b\4test";
	static const uint8_t below[] = "\1x\x09" "ab\x01" "b\4test";
	hm_domain_t domain;
	assert_false(hm_hosted_file_find(hosted, inside, &domain));
	assert_false(hm_hosted_file_find(hosted, below, &domain));
	assert_missing(hosted, "\\001b\\004test.");
	assert_missing(hosted, "c.test.");
	assert_found(hosted, "\\001c.test.", "\\001c.test.", 1);
	hm_hosted_file_free(hosted);
}

static void a_domain_of_ten_labels_is_found(void **state)
{
	hm_hosted_file_t *hosted =
		load_text("one.two.three.four.five.six.seven.eight.nine.ten third\n");
	assert_found(hosted, "one.two.three.four.five.six.seven.eight.nine.ten.",
	             "one.two.three.four.five.six.seven.eight.nine.ten.", 2);
	assert_found(hosted, "a.b.one.two.three.four.five.six.seven.eight.nine.ten.",
	             "one.two.three.four.five.six.seven.eight.nine.ten.", 2);
	assert_missing(hosted, "two.three.four.five.six.seven.eight.nine.ten.");
	assert_missing(hosted, "one.two.three.four.five.six.seven.eight.nine.eleven.");
	assert_missing(hosted, "one.two.three.four.five.sixx.seven.eight.nine.ten.");
	hm_hosted_file_free(hosted);
}

static void a_query_of_127_labels_finds_the_deepest(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.a third\na.a.a.a.a second\nb.b\n");
	assert_found(hosted, letters('a', KNOT_DNAME_MAXLABELS), "a.a.a.a.a.", 1);
	assert_found(hosted, letters('b', KNOT_DNAME_MAXLABELS), "b.b.", 0);
	assert_missing(hosted, letters('c', KNOT_DNAME_MAXLABELS));
	hm_hosted_file_free(hosted);
}

static void small_sets_are_searched_whatever_the_hash(void **state)
{
	// Few buckets overflow into each other, and from the last one into the first.
	hash_seed = 1000 * seed_get();
	for (unsigned count = 1; count <= 60; count++) {
		for (unsigned run = 0; run < 20; run++) {
			char line[32];
			text_t text = { 0 };
			for (unsigned i = 0; i < count; i++) {
				text_add(&text, "d%u.test %s\n", i, profiles[i % 3]);
			}
			hm_hosted_file_t *hosted = load_and_free(&text);
			assert_int_equal(hm_hosted_file_count(hosted), count);
			for (unsigned i = 0; i < 2 * count; i++) {
				snprintf(line, sizeof(line), "d%u.test.", i);
				if (i < count) {
					assert_found(hosted, line, line, i % 3);
				} else {
					assert_missing(hosted, line);
				}
			}
			hm_hosted_file_free(hosted);
		}
	}
}

static void a_name_with_a_byte_changed_is_another_name_whatever_the_hash(void **state)
{
	// A byte of the hash stands in the index: one in 256 wrong names gets as far as its bytes.
	hash_seed = 1000 * seed_get();
	for (unsigned run = 0; run < 100; run++) {
		hm_hosted_file_t *hosted = load_text("a.example.com second\n");
		for (size_t i = 0; i < strlen("a.example.com"); i++) {
			char name[] = "a.example.com.";
			for (char c = 'a'; name[i] != '.' && c <= 'z'; c++) {
				bool same = (c == "a.example.com"[i]);
				name[i] = c;
				hm_domain_t domain;
				assert_int_equal(hm_hosted_file_find(hosted, dname(name), &domain),
				                 same);
			}
		}
		hm_hosted_file_free(hosted);
	}
}

/*! \brief A line of the reference. */
typedef struct {
	char name[64];
	unsigned profile;
	unsigned line;
} entry_t;

static int entry_cmp(const void *a, const void *b)
{
	const entry_t *ea = a, *eb = b;
	int cmp = strcmp(ea->name, eb->name);
	return (cmp != 0) ? cmp : (int)ea->line - (int)eb->line;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(((const entry_t *)a)->name, ((const entry_t *)b)->name);
}

/*! \brief A name of two to six labels over a small alphabet, so that many are related. */
static void random_name(char name[64])
{
	size_t len = 0;
	for (unsigned label = 2 + random_below(5); label > 0; label--) {
		for (unsigned chars = 1 + random_below(4); chars > 0; chars--) {
			name[len++] = "abcdefgh"[random_below((label < 3) ? 8 : 3)];
		}
		name[len++] = '.';
	}
	name[len] = '\0';
}

/*! \brief Something near a name of the hosted file: itself, above, below, beside. */
static void random_query(const entry_t *entries, size_t count, char query[192])
{
	const char *name = entries[random_below(count)].name;
	char other[64];
	random_name(other);
	switch (random_below(5)) {
	case 0:
		strcpy(query, name);
		break;
	case 1:
		snprintf(query, 192, "%s%s", other, name);
		break;
	case 2:
		strcpy(query, strchr(name, '.') + 1);
		break;
	case 3:
		strcpy(query, name);
		query[random_below(strchr(name, '.') - name)] = "abcdefgh"[random_below(8)];
		break;
	default:
		strcpy(query, other);
	}
	if (*query == '\0') {
		strcpy(query, ".");
	}
}

static const entry_t *reference_find(const entry_t *entries, size_t count, const char *query)
{
	for (; *query != '\0' && *query != '.'; query = strchr(query, '.') + 1) {
		entry_t key;
		snprintf(key.name, sizeof(key.name), "%s", query);
		const entry_t *found = bsearch(&key, entries, count, sizeof(key), name_cmp);
		if (found != NULL && strcmp(found->name, query) == 0) {
			return found;
		}
	}
	return NULL;
}

static void random_domains_are_found_as_by_a_reference(void **state)
{
	enum { COUNT = 100000 };
	print_message("# HM_SEED=%" PRIu64 "\n", seed_get());
	hash_seed = seed_get();
	entry_t *entries = calloc(COUNT, sizeof(*entries));
	assert_non_null(entries);
	text_t text = { 0 };
	for (unsigned i = 0; i < COUNT; i++) {
		random_name(entries[i].name);
		entries[i].profile = random_below(3);
		entries[i].line = i;
		text_add(&text, "%s %s\n", entries[i].name, profiles[entries[i].profile]);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);

	// The last line of a name is the one that counts.
	qsort(entries, COUNT, sizeof(*entries), entry_cmp);
	size_t count = 0;
	for (size_t i = 0; i < COUNT; i++) {
		if (i + 1 == COUNT || name_cmp(&entries[i], &entries[i + 1]) != 0) {
			entries[count++] = entries[i];
		}
	}
	assert_int_equal(hm_hosted_file_count(hosted), count);

	size_t hits = 0, misses = 0;
	for (size_t i = 0; i < count + COUNT; i++) {
		char query[192];
		if (i < count) {
			strcpy(query, entries[i].name);
		} else {
			random_query(entries, count, query);
		}
		const entry_t *want = reference_find(entries, count, query);
		if (want != NULL) {
			hits++;
			assert_found(hosted, query, want->name, want->profile);
		} else {
			misses++;
			assert_missing(hosted, query);
		}
	}
	assert_true(between(count, COUNT / 4, COUNT));
	assert_true(between(hits, count + COUNT / 10, count + COUNT));
	assert_true(between(misses, COUNT / 50, COUNT));
	free(entries);
	hm_hosted_file_free(hosted);
}

static void looking_up_takes_no_memory(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test second x=1\n");
	alloc_countdown = 0;
	hm_domain_t domain;
	bool found = hm_hosted_file_find(hosted, (const uint8_t *)"\1b\1a\4test", &domain);
	bool missing = !hm_hosted_file_find(hosted, (const uint8_t *)"\1b\1b\4test", &domain);
	alloc_countdown = -1;
	assert_true(found);
	assert_true(missing);
	hm_hosted_file_free(hosted);
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_name_itself_and_all_below_are_found),
		TEST(names_above_and_beside_are_not_found),
		TEST(the_deepest_one_wins),
		TEST(the_order_of_lines_does_not_matter_for_the_match),
		TEST(the_same_bytes_that_start_inside_of_a_label_are_not_found),
		TEST(a_domain_of_ten_labels_is_found),
		TEST(a_query_of_127_labels_finds_the_deepest),
		TEST(small_sets_are_searched_whatever_the_hash),
		TEST(a_name_with_a_byte_changed_is_another_name_whatever_the_hash),
		TEST(random_domains_are_found_as_by_a_reference),
		TEST(looking_up_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
