/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>

#include "test.h"

#include "hostedmail/rdata.h"

// Not all of these are known to all versions of libknot.
#define RRTYPE_IPSECKEY 45
#define RRTYPE_HIP      55
#define RRTYPE_AMTRELAY 260

// What libzscanner makes of a profile's text: variables are marks, and the domain is the origin.
#define MARK   "\001"
#define DOMAIN MARK "aa"       /* {domain} */
#define DASH   MARK "ab"       /* {domain:-} */
#define DASHES MARK "ac"       /* {domain:--} */
#define NAME   MARK "ad"       /* {name} */
#define OTHER  MARK "ae"       /* {other} */
#define ORIGIN "\001" MARK "\000"

#define PREF   "\000\012"      /* Preference 10 */
#define TIMES  "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5" /* Numbers of an SOA */
#define NET    "\007example\003net\000"
#define COM    "\007example\003com\000"

/*! \brief Bytes of a string literal and how many, two arguments in one. */
#define WIRE(text) (text), (sizeof(text) - 1)

#define RDATA_MAX 65535

static hm_var_t vars_of_tab[] = {
	{ .kind = HM_VAR_DOMAIN },
	{ .kind = HM_VAR_DASH },
	{ .kind = HM_VAR_DASHES },
	{ .kind = HM_VAR_VALUE, .name_len = 4, .name = "name" },
	{ .kind = HM_VAR_VALUE, .name_len = 5, .name = "other" },
};

static const hm_vartab_t tab = { .vars = vars_of_tab, .count = 5, .mark = 1 };

/*! \brief A domain with variables, "name=value name=value" or NULL; static, one at a time. */
static const hm_domain_t *domain_with(const char *name, const char *vars)
{
	static hm_domain_t domain;
	static uint8_t packed[HM_VARS_MAX];
	size_t packed_len = 0;

	domain = domain_of(name);
	while (vars != NULL && *vars != '\0') {
		size_t len = strcspn(vars, " ");
		const char *reason = NULL;
		int ret = hm_vars_add(vars, len, packed, &packed_len, &reason);
		assert_int_equal(ret, KNOT_EOK);
		vars += len + strspn(vars + len, " ");
	}
	domain.vars = packed;
	domain.vars_len = packed_len;
	return &domain;
}

/*! \brief `name=` and a value of that many bytes; static. */
static const char *long_var(const char *name, char fill, size_t len)
{
	static char text[16 + HM_VAR_VALUE_MAX + 1];
	assert_true(len <= HM_VAR_VALUE_MAX);
	int start = snprintf(text, 16, "%s=", name);
	memset(text + start, fill, len);
	text[start + len] = '\0';
	return text;
}

/*! \brief A buffer of that many bytes and not one more, so that a sanitizer sees any overrun. */
static uint8_t *exact(const void *data, size_t len)
{
	uint8_t *copy = malloc(len);
	assert_true(copy != NULL || len == 0);
	if (data != NULL && len > 0) {
		memcpy(copy, data, len);
	}
	return copy;
}

static hm_rdata_t *compile(uint16_t type, const void *wire, size_t len, size_t marks)
{
	uint8_t *copy = exact(wire, len);
	size_t found = SIZE_MAX;
	hm_rdata_t *rdata = NULL;
	const char *reason = "no reason";
	int ret = hm_rdata_compile(type, copy, len, &tab, &found, &rdata, &reason);
	free(copy);
	if (ret != KNOT_EOK) {
		print_error("type %u: %s\n", type, reason);
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_non_null(rdata);
	assert_int_equal(found, marks);
	return rdata;
}

/*! \brief RDATA that cannot be compiled says why and leaves the outputs alone. */
static void assert_malformed(uint16_t type, const void *wire, size_t len, const char *reason)
{
	uint8_t *copy = exact(wire, len);
	size_t marks = 12345;
	hm_rdata_t *const before = (hm_rdata_t *)&marks;
	hm_rdata_t *rdata = before;
	const char *said = NULL;
	int ret = hm_rdata_compile(type, copy, len, &tab, &marks, &rdata, &said);
	free(copy);
	assert_int_equal(ret, KNOT_EMALF);
	assert_ptr_equal(rdata, before);
	assert_int_equal(marks, 12345);
	assert_non_null(said);
	if (strstr(said, reason) == NULL) {
		print_error("type %u: %s\n", type, said);
	}
	assert_non_null(strstr(said, reason));
}

/*! \brief Expand into a buffer of exactly that size, with a canary where none is allocated. */
static int expand_into(const hm_rdata_t *rdata, const hm_domain_t *domain, size_t out_max,
                       uint8_t *copy, size_t *out_len)
{
	uint8_t *out = exact(NULL, out_max);
	int ret = hm_rdata_expand(rdata, domain, out, out_max, out_len);
	if (ret == KNOT_EOK) {
		assert_true(*out_len <= out_max);
		memcpy(copy, out, *out_len);
	}
	free(out);
	return ret;
}

/*! \brief No buffer that is too small is overrun or accepted. */
static void assert_too_small(const hm_rdata_t *rdata, const hm_domain_t *domain, size_t out_max)
{
	static uint8_t copy[RDATA_MAX];
	static uint8_t guarded[RDATA_MAX + 64];
	size_t len = 12345;
	assert_int_equal(expand_into(rdata, domain, out_max, copy, &len), KNOT_ESPACE);
	assert_int_equal(len, 12345);

	// The same without a sanitizer.
	memset(guarded + out_max, 0xa5, 64);
	assert_int_equal(hm_rdata_expand(rdata, domain, guarded, out_max, &len), KNOT_ESPACE);
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(guarded[out_max + i], 0xa5);
	}
}

/*! \brief Compiled RDATA expands to these bytes, in any buffer that is large enough only. */
static void assert_expanded(const hm_rdata_t *rdata, const hm_domain_t *domain,
                            const void *expected, size_t expected_len)
{
	static uint8_t out[RDATA_MAX];
	size_t bound = hm_rdata_bound(rdata, domain);
	assert_true(bound >= expected_len && bound <= RDATA_MAX);

	size_t len = SIZE_MAX;
	assert_int_equal(expand_into(rdata, domain, bound, out, &len), KNOT_EOK);
	assert_int_equal(len, expected_len);
	assert_memory_equal(out, expected, expected_len);

	memset(out, 0, expected_len);
	assert_int_equal(expand_into(rdata, domain, expected_len, out, &len), KNOT_EOK);
	assert_int_equal(len, expected_len);
	assert_memory_equal(out, expected, expected_len);

	size_t step = (expected_len < 1024) ? 1 : 97;
	for (size_t out_max = 0; out_max < expected_len; out_max += step) {
		assert_too_small(rdata, domain, out_max);
	}
	if (expected_len > 0) {
		assert_too_small(rdata, domain, expected_len - 1);
	}
}

static void assert_expands(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                           const hm_domain_t *domain, const void *expected, size_t expected_len)
{
	hm_rdata_t *rdata = compile(type, wire, wire_len, marks);
	assert_expanded(rdata, domain, expected, expected_len);
	hm_rdata_free(rdata);
}

/*! \brief RDATA that cannot be expanded for this domain, whatever the size of the buffer. */
static void assert_not_expanded(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                                const hm_domain_t *domain, int expected)
{
	static uint8_t out[RDATA_MAX];
	hm_rdata_t *rdata = compile(type, wire, wire_len, marks);
	size_t bound = hm_rdata_bound(rdata, domain);
	assert_true(bound <= RDATA_MAX);

	size_t len = 12345;
	assert_int_equal(expand_into(rdata, domain, bound, out, &len), expected);
	assert_int_equal(expand_into(rdata, domain, RDATA_MAX, out, &len), expected);
	for (size_t out_max = 0; out_max < bound && out_max < 600; out_max++) {
		int ret = expand_into(rdata, domain, out_max, out, &len);
		assert_true(ret == expected || ret == KNOT_ESPACE);
	}
	assert_int_equal(len, 12345);
	hm_rdata_free(rdata);
}

/*! \brief Wire format of a TXT: strings of up to 255 bytes; returns its length. */
static size_t split_strings(const uint8_t *text, size_t len, uint8_t *out)
{
	uint8_t *pos = out;
	do {
		size_t chunk = (len < 255) ? len : 255;
		*pos++ = chunk;
		memcpy(pos, text, chunk);
		pos += chunk;
		text += chunk;
		len -= chunk;
	} while (len > 0);
	return pos - out;
}

static void rdata_without_variables_stays_as_it_is(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001") },
		{ KNOT_RRTYPE_AAAA,  WIRE("\040\001\015\270\0\0\0\0\0\0\0\0\0\0\0\001") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx" NET) },
		{ KNOT_RRTYPE_MX,    WIRE("\000\000\000") },
		{ KNOT_RRTYPE_CNAME, WIRE(NET) },
		{ KNOT_RRTYPE_NS,    WIRE("\003ns1" NET) },
		{ KNOT_RRTYPE_SOA,   WIRE("\003ns1" NET "\001h" NET TIMES) },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\1\0\2\0\31" "\004imap" NET) },
		{ KNOT_RRTYPE_RP,    WIRE("\001a" NET "\001b" NET) },
		{ KNOT_RRTYPE_TXT,   WIRE("\005v=abc\000\003{x}") },
		{ KNOT_RRTYPE_HINFO, WIRE("\003cpu\002os") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issueletsencrypt.org") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issue") },
		{ KNOT_RRTYPE_URI,   WIRE("\0\1\0\2https://example.net/") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\003E2U\007!^.*$!!\000") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000\001\001x" NET "\000\003\000\002\001\273") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\000\000\001\000\003\002h2") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\000" NET) },
		{ KNOT_RRTYPE_TLSA,  WIRE("\003\001\001\252\273") },
		{ RRTYPE_IPSECKEY,   WIRE("\012\003\002" NET "\001") },
		{ 65280,             WIRE("\377\376\375") },
		{ 65280,             WIRE("") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_rdata_t *rdata = compile(cases[i].type, cases[i].wire, cases[i].len, 0);
		assert_true(hm_rdata_is_fixed(rdata));
		assert_false(hm_rdata_is_conditional(rdata));
		assert_expanded(rdata, domain_with("example.com.", NULL), cases[i].wire,
		                cases[i].len);
		hm_rdata_free(rdata);
	}
}

static void a_relative_name_ends_in_the_domain(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_false(hm_rdata_is_conditional(rdata));
	assert_expanded(rdata, domain, WIRE(PREF "\002mx" COM));
	hm_rdata_free(rdata);

	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF ORIGIN), 0, domain, WIRE(PREF COM));
	assert_expands(KNOT_RRTYPE_SOA, WIRE("\003ns1" ORIGIN "\001h" ORIGIN TIMES), 0, domain,
	               WIRE("\003ns1" COM "\001h" COM TIMES));
}

static void a_name_without_labels_is_the_root(void **state)
{
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\0\0\0\0\0" "\000"), 0,
	               domain_with("example.com.", NULL), WIRE("\0\0\0\0\0\0" "\000"));
}

static void the_domain_is_spliced_into_a_name_as_labels(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	static const struct {
		const char *wire;
		size_t wire_len;
		size_t marks;
		const char *expected;
		size_t expected_len;
	} cases[] = {
		{ WIRE("\003" DOMAIN "\000"), 1, WIRE(COM) },
		{ WIRE("\004key1\003" DOMAIN "\004dkim" NET), 1,
		  WIRE("\004key1\007example\003com\004dkim" NET) },
		{ WIRE("\003" DOMAIN ORIGIN), 1, WIRE("\007example\003com" COM) },
		{ WIRE("\003" DOMAIN "\003" DOMAIN "\001x\000"), 2,
		  WIRE("\007example\003com\007example\003com\001x\000") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_rdata_t *rdata = compile(KNOT_RRTYPE_CNAME, cases[i].wire, cases[i].wire_len,
		                            cases[i].marks);
		assert_false(hm_rdata_is_fixed(rdata));
		assert_false(hm_rdata_is_conditional(rdata));
		assert_expanded(rdata, domain, cases[i].expected, cases[i].expected_len);
		hm_rdata_free(rdata);
	}
}

static void the_domain_with_dashes_is_one_label_or_part_of_one(void **state)
{
	const hm_domain_t *domain = domain_with("mail.my-shop.com.", NULL);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain,
	               WIRE("\020mail-my-shop-com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASHES NET), 1, domain,
	               WIRE("\022mail--my-shop--com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\015selector1-" DASH ORIGIN), 1, domain,
	               WIRE("\032selector1-mail-my-shop-com" "\004mail\007my-shop\003com\000"));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\010" DASH "--" DASHES NET), 2, domain,
	               WIRE("\044mail-my-shop-com--mail--my-shop--com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH "\000"), 1, domain_with("com.", NULL),
	               WIRE("\003com\000"));
}

static void a_value_is_a_label_or_part_of_one(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=mx1 other=z");
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_true(hm_rdata_is_conditional(rdata));
	assert_expanded(rdata, domain, WIRE(PREF "\003mx1" NET));
	hm_rdata_free(rdata);

	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME ORIGIN), 1, domain,
	               WIRE(PREF "\003mx1" COM));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\012a" NAME "-" OTHER "bc" NET), 2, domain,
	               WIRE(PREF "\010amx1-zbc" NET));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" OTHER "\003" DOMAIN "\003" NAME "\000"), 3,
	               domain, WIRE(PREF "\001z\007example\003com\003mx1\000"));
}

static void a_value_with_dots_makes_labels(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.bc.d other=.");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
	               WIRE(PREF "\001a\002bc\001d" NET));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005x" NAME "y" ORIGIN), 1, domain,
	               WIRE(PREF "\002xa\002bc\002dy" COM));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005x" OTHER "y" NET), 1, domain,
	               WIRE(PREF "\001x\001y" NET));
}

static void an_empty_value_beside_other_text_is_fine(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005m" NAME "x" NET), 1, domain,
	               WIRE(PREF "\002mx" NET));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1, domain, WIRE("\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\007a=" NAME "b."), 1, domain, WIRE("\004a=b."));
}

static void a_value_with_an_empty_label_is_refused(void **state)
{
	static const char *const alone[] = { "name=", "name=.", "name=a.", "name=.a", "name=a..b" };
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		const hm_domain_t *domain = domain_with("example.com.", alone[i]);
		assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
		                    KNOT_EMALF);
		assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME ORIGIN), 1, domain,
		                    KNOT_EMALF);
		assert_not_expanded(KNOT_RRTYPE_HTTPS, WIRE("\000\001\003" NAME "\000"), 1, domain,
		                    KNOT_EMALF);
	}

	const hm_domain_t *domain = domain_with("example.com.", "name=a..b");
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\005x" NAME "y" NET), 1, domain, KNOT_EMALF);
}

static void the_root_as_one_label_is_refused(void **state)
{
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain_with(".", NULL),
	                    KNOT_EMALF);
}

static void names_of_old_types_are_put_in_lowercase(void **state)
{
	// RFC 4034, section 6.2.
	const hm_domain_t *domain = domain_with("example.com.", "name=Ab.CD");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
	               WIRE(PREF "\002ab\002cd" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\007Xy" NAME "-Z\007EXAMPLE\003net\000"), 1, domain,
	               WIRE("\004xyab\004cd-z" NET));
	assert_expands(KNOT_RRTYPE_NS, WIRE("\002NS\007Example\003NET\000"), 0, domain,
	               WIRE("\002ns" NET));
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\1\0\2\0\31" "\003" NAME ORIGIN), 1, domain,
	               WIRE("\0\1\0\2\0\31" "\002ab\002cd" COM));
	assert_expands(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001U\005S" NAME "Z\000\003" NAME NET), 2,
	               domain, WIRE("\0\1\0\2\001U\007SAb.CDZ\000\002ab\002cd" NET));
}

static void other_names_and_strings_keep_their_case(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=Ab.CD");
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\004" NAME "E\007EXAMPLE\003net\000"), 1,
	               domain, WIRE("\000\001\002Ab\003CDE\007EXAMPLE\003net\000"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001\004X" NAME ORIGIN), 1, domain,
	               WIRE("\000\001\003XAb\002CD" COM));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005V=" NAME), 1, domain, WIRE("\007V=Ab.CD"));
	assert_expands(KNOT_RRTYPE_CAA, WIRE("\000\005ISSUEX" NAME), 1, domain,
	               WIRE("\000\005ISSUEXAb.CD"));
}

static void the_domain_in_a_string_is_text(void **state)
{
	const hm_domain_t *domain = domain_with("mail.example.com.", "name=v");
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" DOMAIN), 1, domain,
	               WIRE("\020mail.example.com"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005d=" DOMAIN "\003" DASH "\004" DASHES "x\000"), 3,
	               domain,
	               WIRE("\022d=mail.example.com\020mail-example-com"
	                    "\023mail--example--comx\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\007" DOMAIN ":" DOMAIN), 2,
	               domain_with("com.", NULL), WIRE("\007com:com"));
	assert_expands(KNOT_RRTYPE_HINFO, WIRE("\003" DOMAIN "\005a" DASH "b"), 2,
	               domain_with("b.c.", NULL), WIRE("\003b.c\005ab-cb"));
}

static void special_bytes_of_the_domain_are_escaped_in_a_string(void **state)
{
	static const uint8_t name[] = "\006a.b\\\"\040\005\000\377;($\003com";
	hm_domain_t domain;
	hm_domain_init(name, &domain);

	// Presentation format, in whatever way libknot writes it.
	knot_dname_txt_storage_t txt;
	assert_non_null(knot_dname_to_str(txt, name, sizeof(txt)));
	uint8_t expected[1 + sizeof(txt)];
	size_t len = strlen(txt) - 1;
	assert_true(len > 3 + 3 + 4 + 5);
	expected[0] = len;
	memcpy(expected + 1, txt, len);
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" DOMAIN), 1, &domain, expected, 1 + len);

	// In a name they are what they are.
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\001x\003" DOMAIN NET), 1, &domain,
	               WIRE("\001x\006a.b\\\"\040\005\000\377;($\003com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, &domain,
	               WIRE("\020a.b\\\"\040-\000\377;($-com" NET));
}

static void a_value_in_a_string_is_any_bytes(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=\\000\\255\\032..\\001aa");
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005<" NAME ">"), 1, domain,
	               WIRE("\012<\000\377\040..\001aa>"));
	assert_expands(KNOT_RRTYPE_URI, WIRE("\0\1\0\2" NAME "/"), 1, domain,
	               WIRE("\0\1\0\2\000\377\040..\001aa/"));
}

static void a_long_string_of_a_txt_is_split(void **state)
{
	static const size_t lengths[] = { 0, 1, 252, 253, 254, 255, 256, 507, 508, 509, 763, 4096 };
	static uint8_t text[HM_VAR_VALUE_MAX + 2], expected[HM_VAR_VALUE_MAX + 64];
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i];
		const hm_domain_t *domain = domain_with("example.com.", long_var("name", 'x', len));
		text[0] = '<';
		memset(text + 1, 'x', len);
		text[1 + len] = '>';
		size_t expected_len = split_strings(text, len + 2, expected);
		assert_expands(KNOT_RRTYPE_TXT, WIRE("\005<" NAME ">"), 1, domain, expected,
		               expected_len);
	}
}

static void the_strings_beside_a_split_one_stay(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 'x', 256));
	uint8_t expected[512];
	uint8_t *pos = expected;
	memcpy(pos, "\001a\377", 3);
	memset(pos + 3, 'x', 255);
	pos += 3 + 255;
	memcpy(pos, "\001x\001b\000", 5);
	pos += 5;
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\001a\003" NAME "\001b\000"), 1, domain, expected,
	               pos - expected);
}

static void a_full_string_before_an_empty_value_is_not_split(void **state)
{
	uint8_t wire[256] = { 255 };
	memset(wire + 1, 'x', 252);
	memcpy(wire + 253, NAME, 3);
	uint8_t expected[256] = { 252 };
	memset(expected + 1, 'x', 252);
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 1,
	               domain_with("example.com.", "name="), expected, 253);

	expected[0] = 255;
	memcpy(expected + 253, "abc", 3);
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 1,
	               domain_with("example.com.", "name=abc"), expected, 256);
}

static void a_long_string_of_another_type_is_refused(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 'x', 256));
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\000"), 1, domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\000\003" NAME), 1, domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\003" NAME "\000"), 1, domain,
	                    KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CAA, WIRE("\000\003" NAME "value"), 1, domain, KNOT_ESPACE);

	domain = domain_with("example.com.", long_var("name", 'x', 255));
	uint8_t expected[257] = { 255 };
	memset(expected + 1, 'x', 255);
	assert_expands(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\000"), 1, domain, expected,
	               sizeof(expected));
}

static void the_value_of_a_caa_and_the_target_of_a_uri_have_no_length(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 'x', 1000));
	uint8_t expected[1100];

	memcpy(expected, "\000\005issueca;", 10);
	memset(expected + 10, 'x', 1000);
	memcpy(expected + 1010, "example.com", 11);
	assert_expands(KNOT_RRTYPE_CAA, WIRE("\000\005issueca;" NAME DOMAIN), 2, domain, expected,
	               1021);

	memcpy(expected, "\0\1\0\2https://", 12);
	memset(expected + 12, 'x', 1000);
	memcpy(expected + 1012, "/example-com", 12);
	assert_expands(KNOT_RRTYPE_URI, WIRE("\0\1\0\2https://" NAME "/" DASH), 2, domain, expected,
	               1024);

	assert_expands(KNOT_RRTYPE_CAA, WIRE("\200\005" "a" DASH "b"), 1, domain_with("c.d.", NULL),
	               WIRE("\200\005ac-db"));
}

static void the_target_of_a_svcb_is_a_name_like_others(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b");
	// The parameters look like marks: they are no text.
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\001x" ORIGIN "\000\001\000\003\001ad"), 0,
	               domain, WIRE("\000\001\001x" COM "\000\001\000\003\001ad"));
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\003" DOMAIN NET "\000\002\000\000"), 1,
	               domain, WIRE("\000\001\007example\003com" NET "\000\002\000\000"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001\003" NAME "\000\000\003\000\002\001\001"),
	               1, domain, WIRE("\000\001\001a\001b\000\000\003\000\002\001\001"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001" "\000" "\000\003\000\002\001\001"), 0,
	               domain, WIRE("\000\001" "\000" "\000\003\000\002\001\001"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\000" ORIGIN), 0, domain, WIRE("\000\000" COM));
}

static void a_naptr_has_variables_in_its_strings_and_its_name(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b");
	assert_expands(KNOT_RRTYPE_NAPTR,
	               WIRE("\0\1\0\2\001u\003" NAME "\013!^.*$!" DOMAIN "!i\003" NAME ORIGIN), 3,
	               domain,
	               WIRE("\0\1\0\2\001u\003a.b\023!^.*$!example.com!i\001a\001b" COM));
}

static void a_name_may_follow_a_name(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=1.2.3.4x");
	assert_expands(KNOT_RRTYPE_RP, WIRE("\003" DASH ORIGIN "\003" NAME NET), 2, domain,
	               WIRE("\013example-com" COM "\0011\0012\0013\0024x" NET));
	assert_expands(KNOT_RRTYPE_RP, WIRE("\003" NAME NET "\002rp" ORIGIN), 1, domain,
	               WIRE("\0011\0012\0013\0024x" NET "\002rp" COM));
}

static void a_label_has_up_to_63_bytes(void **state)
{
	uint8_t expected[64 + sizeof(NET)] = { 63 };
	memset(expected + 1, 'x', 63);
	memcpy(expected + 64, NET, sizeof(NET) - 1);
	size_t len = 64 + sizeof(NET) - 1;
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	               domain_with("example.com.", long_var("name", 'x', 63)), expected, len);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\005x" NAME "x" NET), 1,
	               domain_with("example.com.", long_var("name", 'x', 61)), expected, len);

	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 'x', 64)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\005x" NAME "x" NET), 1,
	                    domain_with("example.com.", long_var("name", 'x', 62)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 'x', 256)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 'x', 319)), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1,
	                    domain_with("example.com.", long_var("name", 'x', 4096)), KNOT_ESPACE);
}

static void the_domain_as_one_label_has_up_to_63_bytes(void **state)
{
	static const char fits[] = "aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb."
	                           "ccccccccccccccccccccc.";
	static const char too_long[] = "aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb."
	                               "cccccccccccccccccccccc.";
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain_with(fits, NULL),
	               WIRE("\077aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbbbbbb-ccccccccccccccccccccc"
	                    NET));
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASHES NET), 1,
	                    domain_with(fits, NULL), KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1,
	                    domain_with(too_long, NULL), KNOT_ESPACE);
}

/*! \brief A name of exactly that many bytes, its labels of the letter a; static. */
static const uint8_t *name_of_size(size_t size)
{
	static uint8_t name[KNOT_DNAME_MAXLEN];
	assert_true(size >= 3 && size <= sizeof(name));
	uint8_t *pos = name;
	for (size_t left = size - 1; left > 0; ) {
		size_t label = (left > 64) ? 63 : left - 1;
		if (left - 1 - label == 1) {
			label--; // One byte would be left for the next label.
		}
		*pos++ = label;
		memset(pos, 'a', label);
		pos += label;
		left -= 1 + label;
	}
	*pos = '\0';
	assert_int_equal(knot_dname_size(name), size);
	return name;
}

static void a_name_has_up_to_255_bytes(void **state)
{
	uint8_t expected[2 + 255];
	hm_domain_t domain;

	// Relative: "mx" takes three bytes, the rest is the domain.
	hm_domain_init(name_of_size(252), &domain);
	memcpy(expected, PREF "\002mx", 5);
	memcpy(expected + 5, domain.name, 252);
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0, &domain, expected, 257);
	hm_domain_init(name_of_size(253), &domain);
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0, &domain, KNOT_ESPACE);

	// Absolute: "example.net." takes thirteen.
	hm_domain_init(name_of_size(243), &domain);
	memcpy(expected, domain.name, 242);
	memcpy(expected + 242, NET, 13);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN NET), 1, &domain, expected, 255);
	hm_domain_init(name_of_size(244), &domain);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN NET), 1, &domain, KNOT_ESPACE);
	hm_domain_init(name_of_size(255), &domain);
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN ORIGIN), 1, &domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_SVCB, WIRE("\000\001\003" DOMAIN ORIGIN), 1, &domain,
	                    KNOT_ESPACE);
}

static void a_value_makes_a_name_of_up_to_255_bytes(void **state)
{
	// 121 labels of one byte, then "example.net.".
	char var[HM_VAR_VALUE_MAX] = "name=";
	uint8_t expected[255];
	for (int i = 0; i < 121; i++) {
		strcat(var, (i == 0) ? "a" : ".a");
		memcpy(expected + 2 * i, "\001a", 2);
	}
	memcpy(expected + 242, NET, 13);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	               expected, 255);
	strcat(var, "a");
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	                    KNOT_ESPACE);
	for (int i = 0; i < 1000; i++) {
		strcat(var, ".a");
	}
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME NET), 1, domain_with("com.", var),
	                    KNOT_ESPACE);
}

static void a_value_that_makes_an_address_is_refused(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
		size_t marks;
		const char *vars;
	} cases[] = {
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME "\000"), 1, "name=192.0.2.1" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=192.0.2.1" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=0.0.0.0" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=255.255.255.255" },
		{ KNOT_RRTYPE_CNAME, WIRE("\003" NAME "\0010\0012\0011\000"), 1, "name=192" },
		{ KNOT_RRTYPE_NS,    WIRE("\003" NAME "\003" OTHER "\000"), 2,
		                     "name=1.2 other=3.4" },
		{ KNOT_RRTYPE_NS,    WIRE("\0041" NAME "\0010\0012\0011\000"), 1, "name=92" },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\1\0\2\0\31\003" NAME "\000"), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_SVCB,  WIRE("\0\1\003" NAME "\000"), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_HTTPS, WIRE("\0\1\003" NAME ORIGIN), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\0\0\0\003" NAME "\000"), 1, "name=10.0.0.1" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_not_expanded(cases[i].type, cases[i].wire, cases[i].len, cases[i].marks,
		                    domain_with("example.com.", cases[i].vars), KNOT_EMALF);
	}
}

static void a_value_that_only_resembles_an_address_is_fine(void **state)
{
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=192.0.2"),
	               WIRE(PREF "\003192\0010\0012\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=192.0.2.256"),
	               WIRE(PREF "\003192\0010\0012\003256\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=1.2.3.4.5"),
	               WIRE(PREF "\0011\0012\0013\0014\0015\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=1.2.3.4a"),
	               WIRE(PREF "\0011\0012\0013\0024a\000"));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME "\007in-addr\004arpa\000"), 1,
	               domain_with("example.com.", "name=1.2.0.192"),
	               WIRE("\0011\0012\0010\003192\007in-addr\004arpa\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	               domain_with("example.com.", "name=192.0.2.1"), WIRE("\011192.0.2.1"));
}

static void a_variable_that_the_domain_does_not_define_leaves_the_record_out(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=defined");
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" OTHER NET), 1, domain, KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" OTHER), 1, domain, KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME "\000\003" OTHER), 2, domain,
	                    KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_CAA, WIRE("\000\005issue" NAME OTHER), 2, domain,
	                    KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	                    domain_with("example.com.", NULL), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	                    domain_with("example.com.", "nam=1 names=2 Name=3"), KNOT_ENOENT);
}

static void a_record_that_is_left_out_has_no_other_error(void **state)
{
	// What the domain lacks stands behind what would be wrong.
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\003" OTHER "\000"), 2,
	                    domain_with("example.com.", "name=a..b"), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\003" OTHER "\000"), 2,
	                    domain_with("example.com.", long_var("name", 'x', 64)), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\003" OTHER), 2,
	                    domain_with("example.com.", long_var("name", 'x', 256)), KNOT_ENOENT);
}

static void only_the_variables_of_a_domain_make_rdata_conditional(void **state)
{
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_TXT, WIRE("\011" DOMAIN DASH DASHES), 3);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_false(hm_rdata_is_conditional(rdata));
	hm_rdata_free(rdata);

	rdata = compile(KNOT_RRTYPE_TXT, WIRE("\006" DOMAIN OTHER), 2);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_true(hm_rdata_is_conditional(rdata));
	hm_rdata_free(rdata);
}

static void the_bound_holds_for_the_most_awkward_domains(void **state)
{
	// Every byte escaped; labels of one byte; labels of 63 bytes; one byte in all.
	uint8_t escaped[255], small[255];
	memcpy(escaped, name_of_size(255), 255);
	for (uint8_t *label = escaped; *label != '\0'; label += 1 + *label) {
		memset(label + 1, 0xff, *label);
	}
	for (int i = 0; i < 127; i++) {
		memcpy(small + 2 * i, "\001.", 2);
	}
	small[254] = '\0';
	const uint8_t *const names[] = { escaped, small, name_of_size(255), dname("a.") };

	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
		size_t marks;
	} cases[] = {
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DOMAIN), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DASH), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\003" DASHES), 1 },
		{ KNOT_RRTYPE_TXT,   WIRE("\014" DOMAIN DOMAIN DOMAIN DASHES "\006" DASH DASH), 6 },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\001x" DASHES DASHES), 2 },
		{ KNOT_RRTYPE_URI,   WIRE("\0\0\0\0" DOMAIN DASHES), 2 },
		{ KNOT_RRTYPE_CNAME, WIRE("\003" DOMAIN "\000"), 1 },
		{ KNOT_RRTYPE_CNAME, WIRE(ORIGIN), 0 },
		{ KNOT_RRTYPE_RP,    WIRE(ORIGIN ORIGIN), 0 },
	};
	static uint8_t out[RDATA_MAX];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		hm_domain_t domain;
		hm_domain_init(names[i], &domain);
		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++) {
			hm_rdata_t *rdata = compile(cases[j].type, cases[j].wire, cases[j].len,
			                            cases[j].marks);
			size_t len = 0;
			int ret = hm_rdata_expand(rdata, &domain, out, sizeof(out), &len);
			assert_int_equal(ret, KNOT_EOK);
			size_t bound = hm_rdata_bound(rdata, &domain);
			assert_true(bound >= len && bound <= RDATA_MAX);
			assert_expanded(rdata, &domain, out, len);
			hm_rdata_free(rdata);
		}
	}
}

static void the_bound_holds_for_many_short_strings(void **state)
{
	const hm_domain_t *domain = domain_with("a.", "name=x");
	uint8_t wire[4 * 200], expected[2 * 200];
	for (int i = 0; i < 200; i++) {
		memcpy(wire + 4 * i, "\003" NAME, 4);
		memcpy(expected + 2 * i, "\001x", 2);
	}
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 200, domain, expected,
	               sizeof(expected));

	memset(expected, 0, sizeof(expected));
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 200, domain_with("a.", "name="),
	               expected, 200);
	memset(wire, 0, 200);
	assert_expands(KNOT_RRTYPE_TXT, wire, 200, 0, domain, expected, 200);
}

static void rdata_has_up_to_65535_bytes(void **state)
{
	// One string of 65,279 bytes is 255 strings of 255 bytes and one of 254.
	static char vars[2 * HM_VAR_VALUE_MAX + 32];
	static uint8_t text[65280], expected[65536 + 256];
	memset(text, 'x', sizeof(text));
	size_t expected_len = split_strings(text, 65279, expected);
	assert_int_equal(expected_len, RDATA_MAX);

	uint8_t wire[1 + 16 * 3] = { 16 * 3 };
	for (int i = 0; i < 15; i++) {
		memcpy(wire + 1 + 3 * i, NAME, 3);
	}
	memcpy(wire + 1 + 3 * 15, OTHER, 3);

	strcpy(vars, long_var("name", 'x', HM_VAR_VALUE_MAX));
	strcat(vars, " ");
	strcat(vars, long_var("other", 'x', 65279 - 15 * HM_VAR_VALUE_MAX));
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 16, domain_with("a.", vars), expected,
	               expected_len);

	strcat(vars, "x");
	assert_not_expanded(KNOT_RRTYPE_TXT, wire, sizeof(wire), 16, domain_with("a.", vars),
	                    KNOT_ESPACE);
}

static void rdata_never_exceeds_65535_bytes_in_a_larger_buffer(void **state)
{
	uint8_t wire[4 + 17 * 3];
	for (int i = 0; i < 17; i++) {
		memcpy(wire + 4 + 3 * i, NAME, 3);
	}
	memset(wire, 0, 4);
	const hm_domain_t *domain = domain_with("a.", long_var("name", 'x', HM_VAR_VALUE_MAX));
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_URI, wire, sizeof(wire), 17);
	assert_int_equal(hm_rdata_bound(rdata, domain), RDATA_MAX);

	static uint8_t out[100000];
	size_t len = 12345;
	assert_int_equal(hm_rdata_expand(rdata, domain, out, sizeof(out), &len), KNOT_ESPACE);
	assert_int_equal(len, 12345);
	hm_rdata_free(rdata);
}

static void malformed_rdata_is_refused(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("") },
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002") },
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001\000") },
		{ KNOT_RRTYPE_MX,    WIRE("\000") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF) },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002m") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\002mx" NET "x") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\300\000") },      // Compressed.
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\100aa\000") },    // No such kind of label.
		{ KNOT_RRTYPE_CNAME, WIRE("") },
		{ KNOT_RRTYPE_CNAME, WIRE("\077") },
		{ KNOT_RRTYPE_SOA,   WIRE("\000\000\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0") },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\0\0\0\0") },
		{ KNOT_RRTYPE_TXT,   WIRE("\001") },
		{ KNOT_RRTYPE_TXT,   WIRE("\003ab") },
		{ KNOT_RRTYPE_TXT,   WIRE("\001a\377") },
		{ KNOT_RRTYPE_HINFO, WIRE("\001a\002") },
		{ KNOT_RRTYPE_CAA,   WIRE("") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\006issue") },
		{ KNOT_RRTYPE_URI,   WIRE("\000\001\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\001") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000\001") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\000\001a\000x") },
		{ KNOT_RRTYPE_SVCB,  WIRE("") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000") },
		{ KNOT_RRTYPE_SVCB,  WIRE("\000\001") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\003ab") },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\300\000") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_malformed(cases[i].type, cases[i].wire, cases[i].len, "malformed RDATA");
	}
}

static void no_rdata_is_read_beyond_its_end(void **state)
{
	// Every prefix of every RDATA as every type: a sanitizer sees what it must not read.
	static const struct {
		const char *wire;
		size_t len;
	} wires[] = {
		{ WIRE("\0\1\0\2\0\31" "\003" NAME ORIGIN) },
		{ WIRE("\0\1\0\2\003" NAME "\006" DASH OTHER "\003" DOMAIN "\003" DASH ORIGIN) },
		{ WIRE("\000\001\003" DOMAIN "\003" NAME NET "\000\001\000\003\002h2") },
		{ WIRE("\001\001\001\001\001\001\001\001\000\001\001\000\000\000\000\001") },
		{ WIRE("\003\001aa\003\001aa\003\001aa\000\003\001ad\000\003\001a") },
		{ WIRE("\377\300\000\100\001\001\000\077") },
	};
	size_t compiled = 0;
	static uint8_t out[RDATA_MAX];
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b other=c");
	for (uint32_t type = 0; type < 300; type++) {
		for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
			for (size_t len = 0; len <= wires[i].len; len++) {
				uint8_t *copy = exact(wires[i].wire, len);
				size_t marks;
				hm_rdata_t *rdata = NULL;
				const char *reason = NULL;
				int ret = hm_rdata_compile(type, copy, len, &tab, &marks, &rdata,
				                           &reason);
				free(copy);
				assert_true(ret == KNOT_EOK || ret == KNOT_EMALF);
				assert_int_equal(ret == KNOT_EOK, rdata != NULL);
				assert_int_equal(ret == KNOT_EOK, reason == NULL);
				if (ret == KNOT_EOK) {
					size_t out_len = 0;
					size_t bound = hm_rdata_bound(rdata, domain);
					ret = expand_into(rdata, domain, bound, out, &out_len);
					assert_true(out_len <= bound);
					compiled++;
				}
				hm_rdata_free(rdata);
			}
		}
	}
	assert_true(compiled > 1000);
}

static void a_mark_that_is_no_variable_is_refused(void **state)
{
	static const char reason[] = "variable";
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\001" MARK), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\002" MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\002" MARK "a\001d"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "af"), reason);   // One too many.
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "99"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "AA"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK "a\000"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\003" MARK MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_TXT, WIRE("\005" NAME MARK "a"), reason);
	assert_malformed(KNOT_RRTYPE_CAA, WIRE("\000\001xa" MARK), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\002" MARK "a" NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\001" MARK NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\003" MARK "zz" NET), reason);
}

static void the_domain_cannot_be_part_of_a_label(void **state)
{
	static const char reason[] = "{domain} is a label of its own";
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\004x" DOMAIN NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\004" DOMAIN "x" NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\006" DOMAIN DOMAIN NET), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\006" NAME DOMAIN ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_SVCB, WIRE("\000\001\004x" DOMAIN NET), reason);
}

static void an_address_where_a_name_belongs_is_refused(void **state)
{
	static const char reason[] = "IP address";
	assert_malformed(KNOT_RRTYPE_MX, WIRE(PREF "\003192\0010\0012\0011\000"), reason);
	assert_malformed(KNOT_RRTYPE_MX, WIRE(PREF "\003192\0010\0012\0011" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_NS, WIRE("\003255\003255\003255\003255\000"), reason);
	assert_malformed(KNOT_RRTYPE_CNAME, WIRE("\0010\0010\0010\0010" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_SRV, WIRE("\0\1\0\2\0\31\003192\0010\0012\0011\000"), reason);
	assert_malformed(KNOT_RRTYPE_HTTPS, WIRE("\0\1\003192\0010\0012\0011" ORIGIN), reason);
	assert_malformed(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\0\0\0\003192\0010\0012\0011\000"),
	                 reason);
	assert_malformed(KNOT_RRTYPE_SOA,
	                 WIRE("\001a\000\003192\0010\0012\0011\000" TIMES), reason);
}

static void an_ipv4_address_is_told_from_other_names(void **state)
{
	static const struct {
		const char *name;
		bool expected;
	} cases[] = {
		{ "192.0.2.1.", true },       { "0.0.0.0.", true },
		{ "255.255.255.255.", true }, { "001.002.003.004.", true },
		{ ".", false },               { "1.", false },
		{ "1.2.3.", false },          { "1.2.3.4.5.", false },
		{ "256.0.0.1.", false },      { "1.2.3.999.", false },
		{ "1.2.3.0004.", false },     { "a.2.3.4.", false },
		{ "1.2.3.4a.", false },       { "1.2.3.-1.", false },
		{ "1.2.3.4.com.", false },    { "1.2.3.*.", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(hm_dname_is_address(dname(cases[i].name), NULL),
		                 cases[i].expected);
	}

	// Labels behind the end do not count.
	const knot_dname_t *name = dname("1.2.3.4.example.com.");
	assert_true(hm_dname_is_address(name, name + 8));
	assert_false(hm_dname_is_address(name, name + 6));
	assert_false(hm_dname_is_address(name, name + 16));
	assert_false(hm_dname_is_address(name, name));
}

static void a_name_in_an_opaque_type_cannot_be_relative(void **state)
{
	static const char reason[] = "relative name";
	assert_malformed(RRTYPE_IPSECKEY, WIRE("\012\003\002\001x" ORIGIN "\001"), reason);
	assert_malformed(RRTYPE_HIP, WIRE("\001\001\000\001ab\001x" ORIGIN), reason);
	assert_malformed(RRTYPE_AMTRELAY, WIRE("\012\003" ORIGIN), reason);
	assert_expands(RRTYPE_AMTRELAY, WIRE("\012\003" NET), 0, domain_with("example.com.", NULL),
	               WIRE("\012\003" NET));
}

static void bytes_that_are_no_text_are_no_marks(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	assert_expands(KNOT_RRTYPE_A, WIRE(MARK "ad\000"), 0, domain, WIRE(MARK "ad\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE("\001\001\002mx" NET), 0, domain,
	               WIRE("\001\001\002mx" NET));
	assert_expands(KNOT_RRTYPE_TLSA, WIRE("\003\001\001\001ad\001\001\000"), 0, domain,
	               WIRE("\003\001\001\001ad\001\001\000"));
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\1\0\1\0\1" NET), 0, domain,
	               WIRE("\0\1\0\1\0\1" NET));
	assert_expands(65280, WIRE("\001ad"), 0, domain, WIRE("\001ad"));
}

static void the_mark_is_any_byte(void **state)
{
	const hm_vartab_t other = { .vars = vars_of_tab, .count = 5, .mark = 0xff };
	size_t marks = 0;
	hm_rdata_t *rdata = NULL;
	const char *reason = NULL;
	static const uint8_t wire[] = "\000\001\005x\377ady\001\377";
	int ret = hm_rdata_compile(KNOT_RRTYPE_SVCB, wire, sizeof(wire), &other, &marks, &rdata,
	                           &reason);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(marks, 1);
	assert_expanded(rdata, domain_with("example.com.", "name=\\001\\255"),
	                WIRE("\000\001\004x\001\377y" COM));
	hm_rdata_free(rdata);
}

static void every_index_has_its_own_mark(void **state)
{
	static hm_var_t many[HM_VARS_COUNT_MAX];
	static bool seen[256][256];
	const hm_vartab_t full = { .vars = many, .count = HM_VARS_COUNT_MAX, .mark = 1 };
	for (unsigned i = 0; i < HM_VARS_COUNT_MAX; i++) {
		many[i].kind = HM_VAR_VALUE;
		many[i].name_len = snprintf(many[i].name, sizeof(many[i].name), "v%u", i);
	}
	for (unsigned i = 0; i < HM_VARS_COUNT_MAX; i++) {
		char index[2];
		hm_mark_index(i, index);
		for (int j = 0; j < 2; j++) {
			assert_true(islower((uint8_t)index[j]) || isdigit((uint8_t)index[j]));
		}
		assert_false(seen[(uint8_t)index[0]][(uint8_t)index[1]]);
		seen[(uint8_t)index[0]][(uint8_t)index[1]] = true;

		// It leads back to the variable.
		const char wire[] = { 3, 1, index[0], index[1] };
		size_t marks = 0;
		hm_rdata_t *rdata = NULL;
		const char *reason = NULL;
		int ret = hm_rdata_compile(KNOT_RRTYPE_TXT, (const uint8_t *)wire, sizeof(wire),
		                           &full, &marks, &rdata, &reason);
		assert_int_equal(ret, KNOT_EOK);
		char var[32];
		snprintf(var, sizeof(var), "v%u=!", i);
		assert_expanded(rdata, domain_with("a.", var), WIRE("\001!"));
		hm_rdata_free(rdata);
	}

	// Nothing else does, however many there are.
	for (int c = 0; c < 256; c++) {
		if (islower(c) || isdigit(c)) {
			continue;
		}
		const uint8_t wires[][4] = { { 3, 1, 'a', c }, { 3, 1, c, 'a' } };
		for (int j = 0; j < 2; j++) {
			size_t marks = 0;
			hm_rdata_t *rdata = NULL;
			const char *reason = NULL;
			int ret = hm_rdata_compile(KNOT_RRTYPE_TXT, wires[j], 4, &full, &marks,
			                           &rdata, &reason);
			assert_int_equal(ret, KNOT_EMALF);
		}
	}
}

static void compiling_without_memory_leaves_nothing_behind(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
	} cases[] = {
		{ KNOT_RRTYPE_A,     WIRE("\300\000\002\001") },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\005x" NAME "y" ORIGIN) },
		{ KNOT_RRTYPE_SOA,   WIRE("\001n\003" DOMAIN ORIGIN "\001h" NET TIMES) },
		{ KNOT_RRTYPE_TXT,   WIRE("\010a" DOMAIN "b" NAME "\000\001x") },
		{ KNOT_RRTYPE_CAA,   WIRE("\000\005issuea" NAME "b") },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001u\003" NAME "\000\003" DASH NET) },
		{ KNOT_RRTYPE_HTTPS, WIRE("\000\001\006" DASH NAME ORIGIN "\000\002\000\000") },
		{ RRTYPE_IPSECKEY,   WIRE("\012\003\002" NET "\001") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t marks = 12345;
		hm_rdata_t *const before = (hm_rdata_t *)&marks;
		hm_rdata_t *rdata = before;
		const char *reason = NULL;
		int ret = KNOT_ENOMEM;
		long failures = 0;
		for (; ret != KNOT_EOK; failures++) {
			alloc_countdown = failures;
			ret = hm_rdata_compile(cases[i].type, (const uint8_t *)cases[i].wire,
			                       cases[i].len, &tab, &marks, &rdata, &reason);
			alloc_countdown = -1;
			if (ret != KNOT_EOK) {
				assert_int_equal(ret, KNOT_ENOMEM);
				assert_ptr_equal(rdata, before);
				assert_int_equal(marks, 12345);
			}
		}
		assert_true(failures > 2);
		hm_rdata_free(rdata);
	}
}

static void expanding_takes_no_memory(void **state)
{
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_NAPTR,
	                            WIRE("\0\1\0\2\001u\003" NAME "\003" DOMAIN "\003" DASH ORIGIN),
	                            3);
	const hm_domain_t *domain = domain_with("b.c.", "name=a");
	uint8_t out[64];
	size_t len = 0;

	alloc_countdown = 0;
	size_t bound = hm_rdata_bound(rdata, domain);
	int ret = hm_rdata_expand(rdata, domain, out, sizeof(out), &len);
	alloc_countdown = -1;

	static const char expected[] = "\0\1\0\2\001u\001a\003b.c\003b-c\001b\001c";
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(len, sizeof(expected));
	assert_memory_equal(out, expected, sizeof(expected));
	assert_true(bound >= len);
	hm_rdata_free(rdata);
}

static void freeing_nothing_is_fine(void **state)
{
	hm_rdata_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rdata_without_variables_stays_as_it_is),
		cmocka_unit_test(a_relative_name_ends_in_the_domain),
		cmocka_unit_test(a_name_without_labels_is_the_root),
		cmocka_unit_test(the_domain_is_spliced_into_a_name_as_labels),
		cmocka_unit_test(the_domain_with_dashes_is_one_label_or_part_of_one),
		cmocka_unit_test(a_value_is_a_label_or_part_of_one),
		cmocka_unit_test(a_value_with_dots_makes_labels),
		cmocka_unit_test(an_empty_value_beside_other_text_is_fine),
		cmocka_unit_test(a_value_with_an_empty_label_is_refused),
		cmocka_unit_test(the_root_as_one_label_is_refused),
		cmocka_unit_test(names_of_old_types_are_put_in_lowercase),
		cmocka_unit_test(other_names_and_strings_keep_their_case),
		cmocka_unit_test(the_domain_in_a_string_is_text),
		cmocka_unit_test(special_bytes_of_the_domain_are_escaped_in_a_string),
		cmocka_unit_test(a_value_in_a_string_is_any_bytes),
		cmocka_unit_test(a_long_string_of_a_txt_is_split),
		cmocka_unit_test(the_strings_beside_a_split_one_stay),
		cmocka_unit_test(a_full_string_before_an_empty_value_is_not_split),
		cmocka_unit_test(a_long_string_of_another_type_is_refused),
		cmocka_unit_test(the_value_of_a_caa_and_the_target_of_a_uri_have_no_length),
		cmocka_unit_test(the_target_of_a_svcb_is_a_name_like_others),
		cmocka_unit_test(a_naptr_has_variables_in_its_strings_and_its_name),
		cmocka_unit_test(a_name_may_follow_a_name),
		cmocka_unit_test(a_label_has_up_to_63_bytes),
		cmocka_unit_test(the_domain_as_one_label_has_up_to_63_bytes),
		cmocka_unit_test(a_name_has_up_to_255_bytes),
		cmocka_unit_test(a_value_makes_a_name_of_up_to_255_bytes),
		cmocka_unit_test(a_value_that_makes_an_address_is_refused),
		cmocka_unit_test(a_value_that_only_resembles_an_address_is_fine),
		cmocka_unit_test(a_variable_that_the_domain_does_not_define_leaves_the_record_out),
		cmocka_unit_test(a_record_that_is_left_out_has_no_other_error),
		cmocka_unit_test(only_the_variables_of_a_domain_make_rdata_conditional),
		cmocka_unit_test(the_bound_holds_for_the_most_awkward_domains),
		cmocka_unit_test(the_bound_holds_for_many_short_strings),
		cmocka_unit_test(rdata_has_up_to_65535_bytes),
		cmocka_unit_test(rdata_never_exceeds_65535_bytes_in_a_larger_buffer),
		cmocka_unit_test(malformed_rdata_is_refused),
		cmocka_unit_test(no_rdata_is_read_beyond_its_end),
		cmocka_unit_test(a_mark_that_is_no_variable_is_refused),
		cmocka_unit_test(the_domain_cannot_be_part_of_a_label),
		cmocka_unit_test(an_address_where_a_name_belongs_is_refused),
		cmocka_unit_test(an_ipv4_address_is_told_from_other_names),
		cmocka_unit_test(a_name_in_an_opaque_type_cannot_be_relative),
		cmocka_unit_test(bytes_that_are_no_text_are_no_marks),
		cmocka_unit_test(the_mark_is_any_byte),
		cmocka_unit_test(every_index_has_its_own_mark),
		cmocka_unit_test(compiling_without_memory_leaves_nothing_behind),
		cmocka_unit_test(expanding_takes_no_memory),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
