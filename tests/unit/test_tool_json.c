/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "json.h"
#include "test.h"

static void an_object_is_written_piece_by_piece(void **state)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	hm_json_t json;
	hm_json_begin(&json, file);
	hm_json_member(&json, "a", json_integer(9007199254740991));
	hm_json_array(&json, "empty");
	hm_json_array_end(&json);
	hm_json_array(&json, "list");
	hm_json_element(&json, json_pack("{s:s, s:n}", "z", "1", "y"));
	hm_json_element(&json, json_string("2"));
	hm_json_array_end(&json);
	hm_json_member(&json, "b", json_true());
	assert_int_equal(hm_json_end(&json), KNOT_EOK);
	fclose(file);
	assert_string_equal(text, "{\n  \"a\": 9007199254740991,\n  \"empty\": [],\n  \"list\": [\n"
	                          "    {\"z\":\"1\",\"y\":null},\n    \"2\"\n  ],\n"
	                          "  \"b\": true\n}\n");
	json_t *read = json_loads(text, 0, NULL);
	assert_non_null(read);
	json_decref(read);
	free(text);
}

static void an_object_may_begin_with_an_array(void **state)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	hm_json_t json;
	hm_json_begin(&json, file);
	hm_json_array(&json, "list");
	hm_json_element(&json, json_integer(1));
	hm_json_array_end(&json);
	assert_int_equal(hm_json_end(&json), KNOT_EOK);
	fclose(file);
	assert_string_equal(text, "{\n  \"list\": [\n    1\n  ]\n}\n");
	free(text);
}

static void memory_that_was_out_is_told_at_the_end(void **state)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	hm_json_t json;
	hm_json_begin(&json, file);
	hm_json_member(&json, "a", NULL);
	hm_json_member(&json, "b", json_true());
	assert_int_equal(hm_json_end(&json), KNOT_ENOMEM);
	fclose(file);
	free(text);
}

static void assert_text(const char *text, const char *want)
{
	json_t *value = hm_json_text(text);
	assert_non_null(value);
	assert_string_equal(json_string_value(value), want);
	json_decref(value);
}

static void text_that_is_no_utf_8_is_made_such(void **state)
{
	assert_text("plain", "plain");
	assert_text("b\xc3\xbc" "cher", "b\xc3\xbc" "cher");
	assert_text("b\xfc" "cher \xf0\x9f\x93\xa7", "b\xef\xbf\xbd" "cher \xf0\x9f\x93\xa7");
	assert_text("\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_text("cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
	assert_text("", "");
	json_t *nothing = hm_json_text(NULL);
	assert_true(json_is_null(nothing));
	json_decref(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_written_piece_by_piece),
		cmocka_unit_test(an_object_may_begin_with_an_array),
		cmocka_unit_test(memory_that_was_out_is_told_at_the_end),
		cmocka_unit_test(text_that_is_no_utf_8_is_made_such),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
