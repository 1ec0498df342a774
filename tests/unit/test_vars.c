/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/domain.h"
#include "test.h"

/*! \brief Packed variables in a buffer of exactly the size that the contract asks for. */
typedef struct {
	uint8_t *buf;
	size_t len;
} vars_t;

static vars_t vars_new(void)
{
	vars_t vars = { .buf = malloc(HM_VARS_MAX) };
	assert_non_null(vars.buf);
	return vars;
}

static void vars_free(vars_t *vars)
{
	free(vars->buf);
}

/*! \brief hm_vars_add() of text without a terminator, so that reading beyond its end is seen. */
static int add_bytes(vars_t *vars, const char *text, size_t len, const char **reason)
{
	char *copy = malloc(len);
	assert_true(copy != NULL || len == 0);
	memcpy(copy, text, len);
	int ret = hm_vars_add(copy, len, vars->buf, &vars->len, reason);
	free(copy);
	return ret;
}

static void add(vars_t *vars, const char *text)
{
	static const char untouched[] = "untouched";
	const char *reason = untouched;
	assert_int_equal(add_bytes(vars, text, strlen(text), &reason), KNOT_EOK);
	assert_ptr_equal(reason, untouched);
}

/*! \brief A text is refused, and whatever was there before stays. */
static void assert_refused_bytes(vars_t *vars, const char *text, size_t len, int ret,
                                 const char *reason)
{
	uint8_t *before = malloc(HM_VARS_MAX);
	assert_non_null(before);
	memcpy(before, vars->buf, vars->len);
	size_t len_before = vars->len;

	const char *said = NULL;
	int got = add_bytes(vars, text, len, &said);
	if (got != ret || said == NULL || strstr(said, reason) == NULL) {
		print_error("'%.*s': %d, %s\n", (int)len, text, got, (said != NULL) ? said : "");
	}
	assert_int_equal(got, ret);
	assert_non_null(said);
	assert_non_null(strstr(said, reason));
	assert_int_equal(vars->len, len_before);
	assert_memory_equal(vars->buf, before, len_before);
	free(before);
}

static void assert_refused(const char *text, int ret, const char *reason)
{
	vars_t vars = vars_new();
	add(&vars, "before=1");
	assert_refused_bytes(&vars, text, strlen(text), ret, reason);
	vars_free(&vars);
}

static const uint8_t *get(const vars_t *vars, const char *name, size_t *len)
{
	const hm_domain_t domain = { .vars = vars->buf, .vars_len = vars->len };
	return hm_vars_get(&domain, name, strlen(name), len);
}

static void assert_value(const vars_t *vars, const char *name, const void *value, size_t len)
{
	size_t got_len = SIZE_MAX;
	const uint8_t *got = get(vars, name, &got_len);
	assert_non_null(got);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, value, len);
}

static void a_variable_name_has_letters_digits_underscores_and_dashes(void **state)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "0123456789_-";
	for (int c = 0; c < 256; c++) {
		bool expected = (c != '\0' && strchr(good, c) != NULL);
		assert_int_equal(hm_var_name_char(c), expected);
	}
}

static void a_variable_is_found_by_its_name(void **state)
{
	vars_t vars = vars_new();
	add(&vars, "token=abc");
	add(&vars, "dkim_key-1=p");
	add(&vars, "X=1");

	assert_value(&vars, "token", "abc", 3);
	assert_value(&vars, "dkim_key-1", "p", 1);
	assert_value(&vars, "X", "1", 1);
	vars_free(&vars);
}

static void a_variable_that_is_not_there_is_not_found(void **state)
{
	vars_t vars = vars_new();
	add(&vars, "abc=1");
	add(&vars, "d=abc");

	static const char *const names[] = { "", "a", "ab", "abcd", "b", "1", "abc=", "domain" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = 12345;
		assert_null(get(&vars, names[i], &len));
		assert_int_equal(len, 12345);
	}
	vars_free(&vars);
}

static void a_domain_without_variables_defines_none(void **state)
{
	hm_domain_t domain = domain_of("example.com.");
	size_t len = 12345;
	assert_null(hm_vars_get(&domain, "a", 1, &len));
	assert_int_equal(len, 12345);
}

static void a_value_may_be_empty_or_contain_any_printable_character(void **state)
{
	vars_t vars = vars_new();
	add(&vars, "empty=");
	add(&vars, "equal===a=b");
	add(&vars, "punct=!\"#$%&'()*+,-./:;<>?@[]^_`{|}~");

	assert_value(&vars, "empty", "", 0);
	assert_value(&vars, "equal", "==a=b", 5);
	assert_value(&vars, "punct", "!\"#$%&'()*+,-./:;<>?@[]^_`{|}~", 30);
	vars_free(&vars);
}

static void an_escape_gives_any_byte(void **state)
{
	vars_t vars = vars_new();
	add(&vars, "a=\\065\\000\\255\\0321");
	add(&vars, "b=\\\\\\=\\.\\\"x\\y");

	assert_value(&vars, "a", "A\000\377 1", 5);
	assert_value(&vars, "b", "\\=.\"xy", 6);
	vars_free(&vars);
}

static void every_byte_can_be_written_as_a_number(void **state)
{
	for (int c = 0; c < 256; c++) {
		vars_t vars = vars_new();
		char text[32];
		snprintf(text, sizeof(text), "v%d=\\%03d", c, c);
		add(&vars, text);
		char name[8];
		snprintf(name, sizeof(name), "v%d", c);
		assert_value(&vars, name, &(uint8_t){ c }, 1);
		vars_free(&vars);
	}
}

static void a_malformed_escape_is_refused(void **state)
{
	static const char *const texts[] = {
		"a=\\", "a=b\\", "a=\\\\\\", "a=\\1", "a=\\12", "a=\\12x", "a=\\1x2", "a=\\256",
		"a=\\999", "a=\\300x",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_refused(texts[i], KNOT_EMALF, "escape");
	}
}

static void a_value_that_is_not_printable_is_refused(void **state)
{
	vars_t vars = vars_new();
	for (int c = 0; c < 256; c++) {
		if (c > ' ' && c <= '~') {
			continue;
		}
		const char text[] = { 'a', '=', 'b', c, 'd' };
		assert_refused_bytes(&vars, text, sizeof(text), KNOT_EMALF, "printable");
	}
	vars_free(&vars);
}

static void a_backslash_does_not_make_a_byte_printable(void **state)
{
	vars_t vars = vars_new();
	static const uint8_t bytes[] = { 0x00, 0x01, '\t', '\n', 0x7f, 0x80, 0xff };
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const char text[] = { 'a', '=', '\\', bytes[i], 'd' };
		assert_refused_bytes(&vars, text, sizeof(text), KNOT_EMALF, "printable");
	}
	vars_free(&vars);
}

static void a_text_without_a_name_and_a_value_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "=", "=b", "a", "a b=c", " a=b", "a =b", "a.b=c", "a:b=c", "a\\065=b", "{a}=b",
		"\303\244=b",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_refused(texts[i], KNOT_EMALF, "name=value");
	}
}

static void no_text_is_read_beyond_its_end(void **state)
{
	static const char text[] = "name=va\\092l\\ue=\\255";
	for (size_t len = 0; len < sizeof(text); len++) {
		vars_t vars = vars_new();
		const char *reason = NULL;
		int ret = add_bytes(&vars, text, len, &reason);
		assert_true(ret == KNOT_EOK || ret == KNOT_EMALF);
		assert_int_equal(ret == KNOT_EOK, vars.len > 0);
		assert_int_equal(ret == KNOT_EOK, reason == NULL);
		vars_free(&vars);
	}
}

static void a_name_has_up_to_63_bytes(void **state)
{
	char name[HM_VAR_NAME_MAX + 2] = { 0 };
	memset(name, 'n', HM_VAR_NAME_MAX);
	char text[80];

	vars_t vars = vars_new();
	snprintf(text, sizeof(text), "%s=v", name);
	add(&vars, text);
	assert_value(&vars, name, "v", 1);
	vars_free(&vars);

	name[HM_VAR_NAME_MAX] = 'n';
	snprintf(text, sizeof(text), "%s=v", name);
	assert_refused(text, KNOT_EMALF, "63 bytes");
}

static void the_name_domain_is_reserved(void **state)
{
	assert_refused("domain=x", KNOT_EMALF, "reserved");
	assert_refused("domain=", KNOT_EMALF, "reserved");

	vars_t vars = vars_new();
	add(&vars, "domains=1");
	add(&vars, "domai=2");
	add(&vars, "domain-=3");
	assert_value(&vars, "domains", "1", 1);
	assert_value(&vars, "domai", "2", 1);
	assert_value(&vars, "domain-", "3", 1);
	vars_free(&vars);
}

static void a_variable_that_is_given_twice_is_refused(void **state)
{
	assert_refused("before=1", KNOT_EMALF, "twice");
	assert_refused("before=2", KNOT_EMALF, "twice");

	vars_t vars = vars_new();
	add(&vars, "a=1");
	add(&vars, "b=2");
	const char *reason = NULL;
	assert_int_equal(add_bytes(&vars, "a=3", 3, &reason), KNOT_EMALF);
	assert_value(&vars, "a", "1", 1);
	vars_free(&vars);
}

static void a_value_has_up_to_4096_bytes(void **state)
{
	vars_t vars = vars_new();
	const char *text = long_var("a", HM_VAR_VALUE_MAX);
	add(&vars, text);
	assert_value(&vars, "a", text + 2, HM_VAR_VALUE_MAX);
	vars_free(&vars);

	assert_refused(long_var("a", HM_VAR_VALUE_MAX + 1), KNOT_ESPACE, "4096");
	assert_refused(long_var("a", 2 * HM_VARS_MAX), KNOT_ESPACE, "4096");
}

static void an_escape_counts_as_one_byte_of_the_value(void **state)
{
	static char text[2 + 4 * (HM_VAR_VALUE_MAX + 1) + 1] = "a=";
	for (size_t i = 0; i < HM_VAR_VALUE_MAX; i++) {
		memcpy(text + 2 + 4 * i, "\\255", 4);
	}
	static uint8_t expected[HM_VAR_VALUE_MAX];
	memset(expected, 0xff, sizeof(expected));

	vars_t vars = vars_new();
	add(&vars, text);
	assert_value(&vars, "a", expected, sizeof(expected));
	vars_free(&vars);

	memcpy(text + 2 + 4 * HM_VAR_VALUE_MAX, "\\255", 4);
	assert_refused(text, KNOT_ESPACE, "4096");
}

static void all_variables_together_have_up_to_16384_bytes(void **state)
{
	vars_t vars = vars_new();
	add(&vars, long_var("a", 4000));
	add(&vars, long_var("b", 4000));
	add(&vars, long_var("c", 4000));
	add(&vars, long_var("d", 4000));

	// The longest value that still fits fills the buffer to its last byte.
	const char *reason = NULL;
	size_t len = 1000;
	for (; len > 0; len--) {
		const char *text = long_var("e", len);
		int ret = add_bytes(&vars, text, strlen(text), &reason);
		if (ret == KNOT_EOK) {
			break;
		}
		assert_int_equal(ret, KNOT_ESPACE);
		assert_non_null(strstr(reason, "16384"));
	}
	assert_true(len > 0);
	assert_int_equal(vars.len, HM_VARS_MAX);
	assert_refused_bytes(&vars, "f=", 2, KNOT_ESPACE, "16384");

	assert_value(&vars, "a", long_var("a", 4000) + 2, 4000);
	assert_value(&vars, "d", long_var("d", 4000) + 2, 4000);
	assert_value(&vars, "e", long_var("e", len) + 2, len);
	vars_free(&vars);
}

static void a_domain_has_up_to_64_variables(void **state)
{
	vars_t vars = vars_new();
	for (int i = 0; i < HM_VARS_PER_DOMAIN_MAX; i++) {
		char text[32];
		snprintf(text, sizeof(text), "v%d=%d", i, i);
		add(&vars, text);
	}
	assert_refused_bytes(&vars, "one=1", 5, KNOT_ESPACE, "64 variables");
	assert_refused_bytes(&vars, "v0=1", 4, KNOT_EMALF, "twice");
	assert_value(&vars, "v0", "0", 1);
	assert_value(&vars, "v63", "63", 2);
	vars_free(&vars);
}

static void a_raw_value_is_taken_as_it_is(void **state)
{
	static const char text[] = "name=\\065 \"\000\377\\";
	vars_t vars = vars_new();
	const char *reason = NULL;
	assert_int_equal(hm_vars_add_raw(text, sizeof(text) - 1, vars.buf, HM_VARS_MAX, &vars.len,
	                                 &reason), KNOT_EOK);
	assert_null(reason);
	assert_value(&vars, "name", text + 5, sizeof(text) - 1 - 5);

	static const char *const refused[] = { "", "a", "=a", "a b=c", "domain=x", "name=x" };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		size_t len = vars.len;
		reason = NULL;
		assert_int_equal(hm_vars_add_raw(refused[i], strlen(refused[i]), vars.buf,
		                                 HM_VARS_MAX, &vars.len, &reason), KNOT_EMALF);
		assert_non_null(reason);
		assert_int_equal(vars.len, len);
	}
	vars_free(&vars);
}

static void raw_variables_must_fit_into_the_buffer(void **state)
{
	size_t fits = 0;
	for (size_t max = 0; max < 64; max++) {
		uint8_t *buf = malloc(max);
		assert_true(buf != NULL || max == 0);
		size_t len = 0;
		const char *reason = NULL;
		int ret = hm_vars_add_raw("name=value", 10, buf, max, &len, &reason);
		if (ret == KNOT_EOK) {
			assert_true(len <= max);
			fits++;
			ret = hm_vars_add_raw("other=", 6, buf, max, &len, &reason);
			assert_true(len <= max);
		}
		assert_true(ret == KNOT_EOK || ret == KNOT_ESPACE);
		assert_int_equal(ret == KNOT_EOK, reason == NULL);
		free(buf);
	}
	assert_true(fits > 0 && fits < 64);
}

static void a_raw_value_has_up_to_4096_bytes(void **state)
{
	vars_t vars = vars_new();
	const char *reason = NULL;
	const char *text = long_var("a", HM_VAR_VALUE_MAX + 1);
	int ret = hm_vars_add_raw(text, strlen(text), vars.buf, HM_VARS_MAX, &vars.len, &reason);
	assert_int_equal(ret, KNOT_ESPACE);
	assert_int_equal(vars.len, 0);
	text = long_var("a", HM_VAR_VALUE_MAX);
	ret = hm_vars_add_raw(text, strlen(text), vars.buf, HM_VARS_MAX, &vars.len, &reason);
	assert_int_equal(ret, KNOT_EOK);
	vars_free(&vars);
}

static void no_memory_is_allocated(void **state)
{
	static uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0, value_len = 0;
	const char *text = long_var("a", HM_VAR_VALUE_MAX);
	const char *reason = NULL;
	hm_domain_t domain = domain_of("example.com.");

	alloc_countdown = 0;
	int ret = hm_vars_add(text, strlen(text), vars, &vars_len, &reason);
	domain.vars = vars;
	domain.vars_len = vars_len;
	const uint8_t *value = hm_vars_get(&domain, "a", 1, &value_len);
	alloc_countdown = -1;

	assert_int_equal(ret, KNOT_EOK);
	assert_non_null(value);
	assert_int_equal(value_len, HM_VAR_VALUE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_name_has_letters_digits_underscores_and_dashes),
		cmocka_unit_test(a_variable_is_found_by_its_name),
		cmocka_unit_test(a_variable_that_is_not_there_is_not_found),
		cmocka_unit_test(a_domain_without_variables_defines_none),
		cmocka_unit_test(a_value_may_be_empty_or_contain_any_printable_character),
		cmocka_unit_test(an_escape_gives_any_byte),
		cmocka_unit_test(every_byte_can_be_written_as_a_number),
		cmocka_unit_test(a_malformed_escape_is_refused),
		cmocka_unit_test(a_value_that_is_not_printable_is_refused),
		cmocka_unit_test(a_backslash_does_not_make_a_byte_printable),
		cmocka_unit_test(a_text_without_a_name_and_a_value_is_refused),
		cmocka_unit_test(no_text_is_read_beyond_its_end),
		cmocka_unit_test(a_name_has_up_to_63_bytes),
		cmocka_unit_test(the_name_domain_is_reserved),
		cmocka_unit_test(a_variable_that_is_given_twice_is_refused),
		cmocka_unit_test(a_value_has_up_to_4096_bytes),
		cmocka_unit_test(an_escape_counts_as_one_byte_of_the_value),
		cmocka_unit_test(all_variables_together_have_up_to_16384_bytes),
		cmocka_unit_test(a_domain_has_up_to_64_variables),
		cmocka_unit_test(a_raw_value_is_taken_as_it_is),
		cmocka_unit_test(raw_variables_must_fit_into_the_buffer),
		cmocka_unit_test(a_raw_value_has_up_to_4096_bytes),
		cmocka_unit_test(no_memory_is_allocated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
