/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/alabel.h"
#include "test.h"

static char out[300];
static uint32_t odd;

static int convert(const char *text)
{
	memset(out, 'x', sizeof(out));
	odd = 0xaaaa;
	return hm_alabel_name(text, strlen(text), out, sizeof(out), &odd);
}

static void assert_alabel(const char *text, const char *want)
{
	assert_int_equal(convert(text), KNOT_EOK);
	assert_string_equal(out, want);
	assert_int_equal(odd, 0xaaaa);
}

static void names_get_the_a_labels_that_registries_know(void **state)
{
	assert_alabel("bücher.example", "xn--bcher-kva.example");
	assert_alabel("www.münchen.example.", "www.xn--mnchen-3ya.example.");
	assert_alabel("ö", "xn--nda");
	assert_alabel("faß.de", "xn--fa-hia.de");
	assert_alabel("βόλος.com", "xn--nxasmm1c.com");
	assert_alabel("例え.テスト", "xn--r8jz45g.xn--zckzah");
	assert_alabel("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f");
	assert_alabel("실례.테스트", "xn--9n2bp8q.xn--9t4b11yi5a");
	assert_alabel("उदाहरण.परीक्षा", "xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g");
	assert_alabel("בײַשפּיל.טעסט", "xn--fdbk5d8ap9b8a8d.xn--deba0ad");
}

static void the_samples_of_rfc_3492_are_encoded(void **state)
{
	// Section 7.1, those without uppercase letters.
	assert_alabel("ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn");
	assert_alabel("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye");
	assert_alabel("他們爲什麽不說中文", "xn--ihqwctvzc91f659drss3x8bo0yb");
	assert_alabel("למההםפשוטלאמדבריםעברית", "xn--4dbcagdahymbxekheh6e0a7fei0b");
	assert_alabel("यहलोगहिन्दीक्योंनहींबोलसकतेहैं",
	              "xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd");
	assert_alabel("なぜみんな日本語を話してくれないのか",
	              "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa");
	assert_alabel("почемужеонинеговорятпорусски",
	              "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l");
	assert_alabel("パフィーdeルンバ", "xn--de-jg4avhby1noc0d");
	assert_alabel("そのスピードで", "xn--d9juau41awczczp");
}

static void ascii_becomes_lowercase_and_stays(void **state)
{
	assert_alabel("EXAMPLE.Com", "example.com");
	assert_alabel("xn--nda.example", "xn--nda.example");
	assert_alabel("Abcö.example", "xn--abc-una.example");
}

static void dots_of_east_asia_separate_labels(void **state)
{
	assert_alabel("例え。テスト", "xn--r8jz45g.xn--zckzah");
	assert_alabel("a．b｡c", "a.b.c");
}

static void what_would_have_to_be_mapped_first_has_none(void **state)
{
	static const struct {
		const char *text;
		uint32_t odd;
	} cases[] = {
		{ "Über.example", 0xdc },        { "Ārija.example", 0x100 },
		{ "Ωμέγα.example", 0x3a9 },      { "Пример.example", 0x41f },
		{ "Հայ.example", 0x540 },        { "a\u0308.example", 0x308 },
		{ "example.com\u00a0second", 0xa0 }, { "“example”.com", 0x201c },
		{ "ex\u2013ample.com", 0x2013 }, { "ex\u200bample.com", 0x200b },
		{ "a\ufeff.com", 0xfeff },       { "ａ.com", 0xff41 },
		{ "a、b.com", 0x3001 },          { "ﬁ.com", 0xfb01 },
		{ "😀.com", 0x1f600 },           { "a×b.com", 0xd7 },
		{ "\x7f.com", 0x7f }, { "\xc2\x80.com", 0x80 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(convert(cases[i].text), KNOT_ENOTSUP);
		assert_int_equal(odd, cases[i].odd);
	}
}

static void other_encodings_are_told(void **state)
{
	static const char *const cases[] = {
		("b\xfc" "cher.example"), "\x80", "\xbf", "\xc3", "a\xc3", "\xc3(", "\xe2\x82",
		"\xe2(\x82", "\xf0\x9f\x98", "\xff\xfe", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80",
		// Told before what is odd or too long in front of it.
		"\xc3\x9c\xff", "..\xff",
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(convert(cases[i]), KNOT_EMALF);
	}
}

static void labels_that_are_empty_or_too_long_are_told(void **state)
{
	static const char *const empty[] = { "", ".", "ä..b", ".ä", "ä。。b" };
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		assert_int_equal(convert(empty[i]), KNOT_ESPACE);
	}

	// Of 59 bytes after the prefix, one is the delimiter.
	char text[400];
	for (int ascii = 50; ascii < 70; ascii++) {
		snprintf(text, sizeof(text), "%.*sö.example", ascii,
		         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		int ret = convert(text);
		bool fits = (ret == KNOT_EOK);
		assert_true(fits || ret == KNOT_ESPACE);
		assert_int_equal(fits, ascii <= 55);
		assert_true(!fits || strchr(out, '.') - out <= 63);
	}
	char longest[64 * 3 + 1];
	for (int i = 0; i < 64; i++) {
		memcpy(longest + 3 * i, "日", 4);
	}
	assert_int_equal(convert(longest), KNOT_ESPACE);
	assert_int_equal(convert(longest + 3 * 14), KNOT_EOK);
}

static void a_name_that_does_not_fit_is_told(void **state)
{
	static const char text[] = "bücher.ö.";
	assert_alabel(text, "xn--bcher-kva.xn--nda.");
	size_t need = strlen("xn--bcher-kva.xn--nda.") + 1;
	for (size_t max = 1; max <= need; max++) {
		char *buf = malloc(max);
		assert_non_null(buf);
		int ret = hm_alabel_name(text, strlen(text), buf, max, &odd);
		assert_int_equal(ret, (max == need) ? KNOT_EOK : KNOT_ESPACE);
		free(buf);
	}
}

/*! \brief Decode a label without its prefix (RFC 3492, section 6.2), for the way back. */
static size_t decode(const char *text, uint32_t *chars)
{
	size_t count = 0;
	const char *delimiter = strrchr(text, '-');
	for (const char *c = text; delimiter != NULL && c < delimiter; c++) {
		chars[count++] = *c;
	}
	const char *pos = (delimiter != NULL) ? delimiter + 1 : text;
	uint32_t n = 128, i = 0, bias = 72;
	bool first = true;
	while (*pos != '\0') {
		uint32_t before = i, weight = 1;
		for (uint32_t k = 36; ; k += 36) {
			assert_true(*pos != '\0');
			uint32_t digit = (*pos >= 'a') ? *pos - 'a' : *pos - '0' + 26;
			pos++;
			i += digit * weight;
			uint32_t t = (k <= bias) ? 1 : (k >= bias + 26) ? 26 : k - bias;
			if (digit < t) {
				break;
			}
			weight *= 36 - t;
		}
		count++;
		uint32_t delta = (i - before) / (first ? 700 : 2);
		first = false;
		delta += delta / count;
		for (bias = 0; delta > 455; bias += 36) {
			delta /= 35;
		}
		bias += 36 * delta / (delta + 38);
		n += i / count;
		i %= count;
		memmove(chars + i + 1, chars + i, (count - 1 - i) * sizeof(*chars));
		chars[i++] = n;
	}
	return count;
}

static size_t put_utf8(char *pos, uint32_t c)
{
	if (c < 0x80) {
		pos[0] = c;
		return 1;
	}
	int more = (c < 0x800) ? 1 : (c < 0x10000) ? 2 : 3;
	pos[0] = (0xff00 >> (more + 1) & 0xff) | c >> 6 * more;
	for (int i = 1; i <= more; i++) {
		pos[i] = 0x80 | (c >> 6 * (more - i) & 0x3f);
	}
	return more + 1;
}

static void random_labels_come_back_as_they_were(void **state)
{
	static const uint32_t scripts[][2] = {
		{ 'a', 'z' }, { '0', '9' }, { 0xdf, 0xf6 }, { 0x3b1, 0x3c9 }, { 0x430, 0x44f },
		{ 0x5d0, 0x5ea }, { 0x627, 0x64a }, { 0x905, 0x939 }, { 0xe01, 0xe2e },
		{ 0x3041, 0x3096 }, { 0x4e00, 0x9fa5 }, { 0xac00, 0xd7a3 }, { 0x20000, 0x2a6d6 },
	};
	print_message("# HM_SEED=%lu\n", (unsigned long)seed_get());
	random_start();
	unsigned fit = 0;
	for (unsigned run = 0; run < 20000; run++) {
		char text[200];
		uint32_t chars[32], back[300];
		size_t len = 0, count = 1 + random_below(31);
		bool ascii = true;
		for (size_t i = 0; i < count; i++) {
			size_t script = random_below(sizeof(scripts) / sizeof(scripts[0]));
			const uint32_t *range = scripts[(random_below(3) == 0) ? 0 : script];
			chars[i] = range[0] + random_below(range[1] - range[0] + 1);
			len += put_utf8(text + len, chars[i]);
			ascii = ascii && chars[i] < 0x80;
		}
		int ret = hm_alabel_name(text, len, out, sizeof(out), &odd);
		if (ret != KNOT_EOK || ascii) {
			assert_true(ret == KNOT_ESPACE || ascii);
			continue;
		}
		fit++;
		assert_true(strlen(out) <= 63);
		assert_memory_equal(out, "xn--", 4);
		assert_int_equal(decode(out + 4, back), count);
		assert_memory_equal(back, chars, count * sizeof(*chars));
	}
	assert_true(fit > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_get_the_a_labels_that_registries_know),
		cmocka_unit_test(the_samples_of_rfc_3492_are_encoded),
		cmocka_unit_test(ascii_becomes_lowercase_and_stays),
		cmocka_unit_test(dots_of_east_asia_separate_labels),
		cmocka_unit_test(what_would_have_to_be_mapped_first_has_none),
		cmocka_unit_test(other_encodings_are_told),
		cmocka_unit_test(labels_that_are_empty_or_too_long_are_told),
		cmocka_unit_test(a_name_that_does_not_fit_is_told),
		cmocka_unit_test(random_labels_come_back_as_they_were),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
