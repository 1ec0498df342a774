/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "template.h"
#include "test.h"

static const char *const names[] = { "a", "list", "object", "no", "empty", "number", "deep", NULL };

static const char model[] =
	"{\"a\": \"<A & 'b' \\\"c\\\">\", \"list\": [{\"a\": \"1\"}, {\"deep\": \"|`` x\"}],"
	"\"object\": {\"deep\": \"d\"}, \"no\": false, \"empty\": [], \"number\": 0,"
	"\"deep\": \"up\\n\\u001b\\u007fend\"}";

/*! \brief Parse a template; what is wrong with it is in the error. */
static int parse(const char *text, hm_escape_t escape, hm_template_t **out, hm_error_t *error)
{
	return hm_template_parse("file", text, strlen(text), escape, names, out, error);
}

static void assert_filled(const char *text, hm_escape_t escape, const char *want)
{
	hm_template_t *template = NULL;
	hm_error_t error = { "" };
	if (parse(text, escape, &template, &error) != KNOT_EOK) {
		fail_msg("%s", error.text);
	}
	json_t *values = json_loads(model, 0, NULL);
	assert_non_null(values);
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);
	hm_template_print(template, values, file);
	fclose(file);
	assert_string_equal(out, want);
	free(out);
	json_decref(values);
	hm_template_free(template);
}

static void assert_wrong(const char *text, hm_escape_t escape, const char *want)
{
	hm_template_t *template = NULL;
	hm_error_t error = { "" };
	assert_int_equal(parse(text, escape, &template, &error), KNOT_EPARSEFAIL);
	assert_null(template);
	assert_string_equal(error.text, want);
}

static void values_take_the_place_of_their_names(void **state)
{
	assert_filled("", HM_ESCAPE_NONE, "");
	assert_filled("x } {y}", HM_ESCAPE_NONE, "x } {y}");
	assert_filled("{{a}}", HM_ESCAPE_NONE, "<A & 'b' \"c\">");
	assert_filled("-{{ number }}-{{no}}{{empty}}{{object}}-", HM_ESCAPE_NONE, "-0--");
}

static void values_are_escaped_for_the_format(void **state)
{
	assert_filled("<b>{{a}}</b>", HM_ESCAPE_HTML,
	              "<b>&lt;A &amp; &#39;b&#39; &quot;c&quot;&gt;</b>");
	assert_filled("{{a}} {{&a}} {{number}}", HM_ESCAPE_MARKDOWN,
	              "`<A & 'b' \"c\">` <A & 'b' \"c\"> `0`");
	assert_filled("{{#list}}{{deep}},{{/list}}", HM_ESCAPE_MARKDOWN,
	              "`up??\?end`,```\\|`` x```,");
	assert_filled("{{deep}}{{&deep}}", HM_ESCAPE_NONE, "up??\?endup??\?end");
	assert_filled("{{deep}}", HM_ESCAPE_HTML, "up??\?end");
}

static void sections_repeat_or_are_left_out(void **state)
{
	assert_filled("{{#list}}({{a}}{{^a}}none{{/a}}){{/list}}", HM_ESCAPE_NONE,
	              "(1)(<A & 'b' \"c\">)");
	assert_filled("{{#object}}{{deep}}{{.}}{{/object}}{{#a}}{{.}}{{/a}}", HM_ESCAPE_NONE,
	              "d<A & 'b' \"c\">");
	assert_filled("{{#no}}x{{/no}}{{#empty}}x{{/empty}}{{^empty}}y{{/empty}}{{^a}}z{{/a}}"
	              "{{#number}}{{number}}{{/number}}", HM_ESCAPE_NONE, "y0");
	assert_filled("{{#no}}{{#list}}x{{/list}}{{/no}}{{^no}}{{#list}}y{{/list}}{{/no}}",
	              HM_ESCAPE_NONE, "yy");
}

static void a_line_with_a_section_alone_is_no_line(void **state)
{
	assert_filled("1\n{{! {a} }}\n  {{#list}}  \n2\n{{/list}}\r\n3\n", HM_ESCAPE_NONE,
	              "1\n2\n2\n3\n");
	assert_filled("{{#list}}\n2\n{{/list}}", HM_ESCAPE_NONE, "2\n2\n");
	assert_filled("x{{#list}}\n{{/list}}\n", HM_ESCAPE_NONE, "x\n\n");
	assert_filled("{{!\nlong\n}}\n{{a}}\n", HM_ESCAPE_HTML,
	              "&lt;A &amp; &#39;b&#39; &quot;c&quot;&gt;\n");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	assert_wrong("\n\n{{b}}", HM_ESCAPE_NONE, "file:3: there is no placeholder 'b'");
	assert_wrong("{{!\n\n}}\n{{}}", HM_ESCAPE_NONE, "file:4: there is no placeholder ''");
	assert_wrong("{{{a}}}", HM_ESCAPE_NONE, "file:1: there is no placeholder '{a'");
	assert_wrong("{{> a}}", HM_ESCAPE_NONE, "file:1: there is no placeholder '> a'");
	assert_wrong("{{#b}}{{/b}}", HM_ESCAPE_NONE, "file:1: there is no placeholder 'b'");
	assert_wrong("\n{{a", HM_ESCAPE_NONE, "file:2: '{{' without '}}'");
	assert_wrong("\n{{#a}}\nx\n", HM_ESCAPE_NONE, "file:2: the section 'a' does not end");
	assert_wrong("{{#a}}\n{{/list}}", HM_ESCAPE_NONE,
	             "file:2: 'list' ends here, but it is not what has begun last");
	assert_wrong("{{/a}}", HM_ESCAPE_NONE,
	             "file:1: 'a' ends here, but it is not what has begun last");
	assert_wrong("{{&a}}", HM_ESCAPE_HTML,
	             "file:1: a value cannot be put into HTML as it is, use {{a}}");
	char deep[17 * 6 + 1] = "";
	for (int i = 0; i < 17; i++) {
		strcat(deep, "{{#a}}");
	}
	assert_wrong(deep, HM_ESCAPE_NONE, "file:1: more than 16 sections in each other");
}

static void random_templates_do_no_harm(void **state)
{
	static const char *const words[] = {
		"{{", "}}", "#", "/", "^", "!", "&", "a", "list", "object", ".", " ", "\n", "x",
		"{{#list}}", "{{/list}}", "{{deep}}",
	};
	json_t *values = json_loads(model, 0, NULL);
	FILE *file = fopen("/dev/null", "w");
	unsigned good = 0;
	random_start();
	for (unsigned i = 0; i < 20000; i++) {
		char text[256] = "";
		for (unsigned left = random_below(16); left > 0; left--) {
			strcat(text, words[random_below(sizeof(words) / sizeof(words[0]))]);
		}
		hm_template_t *template = NULL;
		hm_error_t error;
		if (parse(text, HM_ESCAPE_MARKDOWN, &template, &error) == KNOT_EOK) {
			good++;
			hm_template_print(template, values, file);
			hm_template_free(template);
		}
	}
	assert_true(good > 100);
	fclose(file);
	json_decref(values);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_template_t *template = NULL;
	hm_error_t error;
	int ret = KNOT_ENOMEM;
	unsigned count = 0;
	for (; ret != KNOT_EOK; count++) {
		alloc_countdown = count;
		ret = parse("a{{a}}{{#list}}b{{/list}}{{a}}{{a}}{{a}}{{a}}", HM_ESCAPE_NONE,
		            &template, &error);
		alloc_countdown = -1;
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
	assert_true(count > 3);
	hm_template_free(template);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_take_the_place_of_their_names),
		cmocka_unit_test(values_are_escaped_for_the_format),
		cmocka_unit_test(sections_repeat_or_are_left_out),
		cmocka_unit_test(a_line_with_a_section_alone_is_no_line),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(random_templates_do_no_harm),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
