/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "domains.h"
#include "test.h"

static void assert_vars(const char *vars, const char *want, const char *json)
{
	const hm_domain_t *domain = domain_with("example.com", vars);
	char *text = hm_vars_text(domain);
	assert_string_equal(text, want);
	free(text);
	json_t *object = hm_vars_json(domain);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, json);
	free(text);
	json_decref(object);
}

static void variables_are_written_as_a_hosted_file_has_them(void **state)
{
	assert_vars(NULL, "", "{}");
	assert_vars("cluster=b", "cluster=b", "{\"cluster\":\"b\"}");
	assert_vars("b=2 a=1", "b=2 a=1", "{\"b\":\"2\",\"a\":\"1\"}");
	assert_vars("empty=", "empty=", "{\"empty\":\"\"}");
	assert_vars("x=a\\032b\\\\c\\255\\000d#\"", "x=a\\032b\\\\c\\255\\000d#\"",
	            "{\"x\":\"a\\\\032b\\\\\\\\c\\\\255\\\\000d#\\\"\"}");
}

static void what_was_written_is_read_as_the_same(void **state)
{
	uint8_t value[256], vars[HM_VARS_MAX];
	for (unsigned i = 0; i < 256; i++) {
		value[i] = i;
	}
	char *text = hm_value_text(value, sizeof(value));
	char word[2000];
	snprintf(word, sizeof(word), "v=%s", text);
	free(text);
	size_t len = 0, value_len;
	const char *reason;
	assert_int_equal(hm_vars_add(word, strlen(word), vars, &len, &reason), KNOT_EOK);
	const hm_domain_t domain = { .vars = vars, .vars_len = len };
	const uint8_t *read = hm_vars_get(&domain, "v", 1, &value_len);
	assert_int_equal(value_len, sizeof(value));
	assert_memory_equal(read, value, sizeof(value));
}

static void memory_that_runs_out_is_an_error(void **state)
{
	const hm_domain_t *domain = domain_with("example.com", "a=1");
	alloc_countdown = 0;
	char *text = hm_vars_text(domain);
	json_t *object = hm_vars_json(domain);
	alloc_countdown = -1;
	assert_null(text);
	assert_null(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_written_as_a_hosted_file_has_them),
		cmocka_unit_test(what_was_written_is_read_as_the_same),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
