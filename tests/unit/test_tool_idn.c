/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "idn.h"
#include "test.h"

static hm_error_t error;

static void assert_read(const char *text, const char *want)
{
	knot_dname_storage_t name;
	assert_int_equal(hm_idn_read(text, name, &error), KNOT_EOK);
	knot_dname_txt_storage_t out;
	assert_string_equal(hm_idn_text(name, out), want);
}

static void names_are_read_as_people_write_them(void **state)
{
	assert_read("example.com", "example.com");
	assert_read("Example.COM.", "example.com");
	assert_read("_dmarc.a-b.example", "_dmarc.a-b.example");
	assert_read("b\xc3\xbc" "cher.example", "xn--bcher-kva.example");
	assert_read("B\xc3\x9c" "CHER.example.", "xn--bcher-kva.example");
	assert_read("stra\xc3\x9f" "e.example", "xn--strae-oqa.example");
	assert_read("xn--bcher-kva.example", "xn--bcher-kva.example");
	assert_read("a\\.b.example", "a\\.b.example");
	assert_read(".", ".");
}

static void assert_refused(const char *text)
{
	knot_dname_storage_t name;
	assert_int_equal(hm_idn_read(text, name, &error), KNOT_EINVAL);
	assert_non_null(strstr(error.text, "is not a domain name"));
}

static void what_is_no_name_is_refused(void **state)
{
	assert_refused("");
	assert_refused("a..b");
	assert_refused(".a");
	assert_refused("b\xfc" "cher.example");
	assert_refused("\xe2\x80\xaa.example");
	char label[80];
	memset(label, 'a', 64);
	strcpy(label + 64, ".example");
	assert_refused(label);
	char name[2000];
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_refused(name);
	for (size_t i = 3; i < sizeof(name); i += 4) {
		name[i] = '.';
	}
	name[sizeof(name) - 1] = '\0';
	assert_refused(name);
}

static void assert_unicode(const char *text, const char *want)
{
	char *unicode = hm_idn_unicode(dname(text));
	if (want == NULL) {
		assert_null(unicode);
	} else {
		assert_string_equal(unicode, want);
	}
	free(unicode);
}

static void names_are_shown_as_people_read_them(void **state)
{
	assert_unicode("xn--bcher-kva.example.", "b\xc3\xbc" "cher.example");
	assert_unicode("example.com.", NULL);
	assert_unicode("xn--a.example.", NULL);
	assert_unicode("xn--99999999.example.", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_as_people_write_them),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(names_are_shown_as_people_read_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
