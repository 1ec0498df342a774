/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "profile_common.h"
#include "zone_text.h"

/*! \brief A name that is nested in example.com, NULL if there is none. */
static const char *nested;

static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	assert_null(ctx);
	return nested != NULL && knot_dname_in_bailiwick(name, dname(nested)) >= 0;
}

/*! \brief The zone of example.com as text. */
static void write_zone(const hm_profile_t *profile, const char *vars, char *out, size_t max)
{
	hm_zone_text_t zone;
	assert_int_equal(hm_zone_text(profile, domain_with("example.com", vars), is_hidden, NULL,
	                              &zone), KNOT_EOK);
	FILE *file = fmemopen(out, max, "w");
	for (size_t i = 0; i < zone.records_count; i++) {
		fprintf(file, "%s %u %s %s\n", zone.records[i].owner, zone.records[i].ttl,
		        zone.records[i].type, zone.records[i].rdata);
	}
	for (size_t i = 0; i < zone.lacks_count; i++) {
		fprintf(file, "-%s %s %s %" PRIu64 "\n", zone.lacks[i].owner, zone.lacks[i].type,
		        zone.lacks[i].variable, zone.lacks[i].line);
	}
	for (size_t i = 0; i < zone.ghosts_count; i++) {
		fprintf(file, "?%s\n", zone.ghosts[i]);
	}
	for (size_t i = 0; i < zone.hidden_count; i++) {
		fprintf(file, "!%s\n", zone.hidden[i]);
	}
	fclose(file);
	hm_zone_text_clear(&zone);
}

#define SOA_AND_NS \
	"example.com. 3600 SOA " \
	"ns1.example.net. hostmaster.example.net. 1 14400 3600 1209600 3600\n" \
	"example.com. 3600 NS ns1.example.net.\n"

static void assert_zone(const char *text, const char *vars, const char *want)
{
	hm_profile_t *profile = loaded(text);
	char got[8192];
	write_zone(profile, vars, got, sizeof(got));
	assert_memory_equal(got, SOA_AND_NS, strlen(SOA_AND_NS));
	assert_string_equal(got + strlen(SOA_AND_NS), want);
	hm_profile_free(profile);
}

static void a_zone_has_the_soa_first_and_all_records(void **state)
{
	nested = NULL;
	assert_zone(HEAD "a 60 A 192.0.2.1\n@ MX 10 mx.{domain}.cust.example.net.\n"
	            "*.b TXT \"{domain}\" \"a\\\"b;\\\\\\255\"\n",
	            NULL,
	            "example.com. 3600 MX 10 mx.example.com.cust.example.net.\n"
	            "a.example.com. 60 A 192.0.2.1\n"
	            "*.b.example.com. 3600 TXT \"example.com\" \"a\\\"b;\\\\\\255\"\n");
}

static void what_is_left_out_comes_with_its_variable(void **state)
{
	nested = NULL;
	static const char text[] = HEAD "@ TXT \"{token}\"\n@ TXT x\n"
	                           "a CNAME {cluster}.example.net.\nd.c TXT \"{token}\"\n";
	assert_zone(text, "token=t cluster=c",
	            "example.com. 3600 TXT \"t\"\nexample.com. 3600 TXT \"x\"\n"
	            "a.example.com. 3600 CNAME c.example.net.\nd.c.example.com. 3600 TXT \"t\"\n");
	assert_zone(text, "cluster=c",
	            "example.com. 3600 TXT \"x\"\na.example.com. 3600 CNAME c.example.net.\n"
	            "-example.com. TXT token 4\n-d.c.example.com. TXT token 7\n"
	            "?c.example.com.\n?d.c.example.com.\n");
	assert_zone(text, "token=t",
	            "example.com. 3600 TXT \"t\"\nexample.com. 3600 TXT \"x\"\n"
	            "d.c.example.com. 3600 TXT \"t\"\n-a.example.com. CNAME cluster 6\n"
	            "?a.example.com.\n");
}

static void what_a_nested_domain_has_is_hidden(void **state)
{
	nested = "b.example.com.";
	assert_zone(HEAD "a TXT x\nb TXT x\nc.d.b TXT \"{token}\"\nbb TXT x\n", NULL,
	            "a.example.com. 3600 TXT \"x\"\nbb.example.com. 3600 TXT \"x\"\n"
	            "!b.example.com.\n!c.d.b.example.com.\n");
	nested = NULL;
}

static hm_rdata_reader_t *reader;

static int new_reader(void **state)
{
	reader = hm_rdata_reader_new();
	return (reader != NULL) ? 0 : -1;
}

static int free_reader(void **state)
{
	hm_rdata_reader_free(reader);
	return 0;
}

/*! \brief RDATA as text and back is the same. */
static void assert_same(uint16_t type, const void *data, uint16_t len)
{
	knot_rdataset_t rrs = { 0 };
	uint8_t buf[sizeof(knot_rdata_t) + UINT16_MAX + 1];
	knot_rdata_t *rdata = (knot_rdata_t *)buf;
	knot_rdata_init(rdata, len, data);
	assert_int_equal(knot_rdataset_add(&rrs, rdata, NULL), KNOT_EOK);
	char *text = hm_rdata_to_text(reader, type, &rrs, 0);
	assert_non_null(text);
	const uint8_t *read = NULL;
	uint16_t read_len = 0;
	if (hm_rdata_from_text(reader, type, text, &read, &read_len) != KNOT_EOK ||
	    read_len != len || memcmp(read, data, len) != 0) {
		fail_msg("type %u: %s", type, text);
	}
	free(text);
	knot_rdataset_clear(&rrs, NULL);
}

#define SAME(type, data) assert_same(type, data, sizeof(data) - 1)

static void every_rdata_is_read_as_it_was(void **state)
{
	SAME(KNOT_RRTYPE_A, "\300\0\2\1");
	SAME(KNOT_RRTYPE_MX, "\0\12\2mx\4test\0");
	SAME(KNOT_RRTYPE_MX, "\0\12\4a.b\\\4\0\40\"\377\0");
	SAME(KNOT_RRTYPE_CNAME, "\0");
	SAME(KNOT_RRTYPE_TXT, "\0");
	SAME(KNOT_RRTYPE_TXT, "\3a\"b\0\5\\\0\n\t\177");
	SAME(KNOT_RRTYPE_CAA, "\0\5issueletsencrypt.org");
	SAME(KNOT_RRTYPE_CAA, "\200\5issue\0\"\\\377");
	SAME(KNOT_RRTYPE_SRV, "\0\0\0\1\3\341\4imap\4test\0");
	SAME(KNOT_RRTYPE_NAPTR, "\0\1\0\2\1S\3x+y\4!.*!\0");
	SAME(KNOT_RRTYPE_URI, "\0\1\0\2https://example.com/\"\\");
	SAME(KNOT_RRTYPE_TLSA, "\3\1\1\0\1\2\377");
	SAME(KNOT_RRTYPE_LOC, "\0\22\26\23\211\27\055\320\160\276\025\360\0\230\215\040");
	SAME(KNOT_RRTYPE_HINFO, "\0\3a b");
	SAME(KNOT_RRTYPE_SVCB, "\0\1\0\0\1\0\6\2h2\2h3\0\3\0\2\1\273");
	SAME(KNOT_RRTYPE_HTTPS, "\0\0\3svc\4test\0");
	SAME(KNOT_RRTYPE_SSHFP, "\1\2\0\1\2\3");
	SAME(65280, "\0\1\2\377");
	SAME(65280, "");
}

static void random_rdata_is_read_as_it_was(void **state)
{
	static const uint16_t types[] = {
		KNOT_RRTYPE_TXT, KNOT_RRTYPE_CAA, KNOT_RRTYPE_URI, KNOT_RRTYPE_TLSA,
		KNOT_RRTYPE_SVCB, KNOT_RRTYPE_HINFO, KNOT_RRTYPE_LOC, KNOT_RRTYPE_APL,
		KNOT_RRTYPE_CERT, 65400,
	};
	random_start();
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t data[80];
		unsigned len = random_below(sizeof(data)), pos = 0;
		for (; pos < len; pos++) {
			data[pos] = random_below((i % 3 == 0) ? 8 : 256);
		}
		uint16_t type = types[random_below(sizeof(types) / sizeof(types[0]))];
		if (type == KNOT_RRTYPE_TXT) {
			// Strings must fill it, or it cannot be in any form.
			for (pos = 0; pos < len; pos += 1 + data[pos]) {
				if (data[pos] >= len - pos) {
					data[pos] = len - pos - 1;
				}
			}
		}
		if (len > 0) {
			assert_same(type, data, len);
		}
	}
}

static void text_that_is_no_rdata_is_an_error(void **state)
{
	static const char *const wrong[] = { "\"x", "", "(", "\"a\" (", "\"a\"\n@", "\\" };
	const uint8_t *rdata;
	uint16_t len;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		rdata = NULL;
		int ret = hm_rdata_from_text(reader, KNOT_RRTYPE_TXT, wrong[i], &rdata, &len);
		assert_true(ret == KNOT_EPARSEFAIL || i == 4);
		// The next one is read all the same.
		assert_int_equal(hm_rdata_from_text(reader, KNOT_RRTYPE_TXT, "good", &rdata, &len),
		                 KNOT_EOK);
		assert_int_equal(len, 5);
		assert_memory_equal(rdata, "\4good", 5);
	}
	assert_int_equal(hm_rdata_from_text(reader, KNOT_RRTYPE_A, "x", &rdata, &len),
	                 KNOT_EPARSEFAIL);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ TXT \"{token}\"\na TXT \"{x}\"\nb TXT y\nc TXT z\n");
	nested = "c.example.com.";
	int ret = KNOT_ENOMEM;
	unsigned count = 0;
	for (; ret != KNOT_EOK; count++) {
		hm_zone_text_t zone;
		const hm_domain_t *domain = domain_with("example.com", "token=1");
		alloc_countdown = count;
		ret = hm_zone_text(profile, domain, is_hidden, NULL, &zone);
		alloc_countdown = -1;
		hm_zone_text_clear(&zone);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
	assert_true(count > 20);
	hm_profile_free(profile);
	nested = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_has_the_soa_first_and_all_records),
		cmocka_unit_test(what_is_left_out_comes_with_its_variable),
		cmocka_unit_test(what_a_nested_domain_has_is_hidden),
		cmocka_unit_test(every_rdata_is_read_as_it_was),
		cmocka_unit_test(random_rdata_is_read_as_it_was),
		cmocka_unit_test(text_that_is_no_rdata_is_an_error),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, new_reader, free_reader);
}
