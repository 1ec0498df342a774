/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"

// An input: flags, number of labels in front of the domain, records to turn by, two bytes with the
// size of the response; then a query.
#define FLAG_SECOND    0x01 /*!< The second profile. */
#define FLAG_UDP       0x02
#define FLAG_DELEGATED 0x04
#define FLAG_VARS      0x08 /*!< Variables that make good records. */
#define FLAG_BAD_VARS  0x10 /*!< Variables that do not. */
#define HEADER_SIZE    5

#define LONG "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
#define HUGE LONG LONG LONG LONG

static const char *const zones[] = {
	// All that can be in the way of an answer.
	"$TTL 300\n"
	"@           SOA   ns1.{domain}.example.net. h.{domain:-}. 7 14400 3600 1209600 60\n"
	"@           NS    ns1\n"
	"@           NS    {domain}.example.net.\n"
	"@           MX    10 mx\n"
	"@           MX    20 a.w\n"
	"@           TXT   \"v={domain}\" \"{first}\"\n"
	"ns1         A     192.0.2.1\n"
	"mx          A     192.0.2.2\n"
	"mx          AAAA  2001:db8::2\n"
	"*.w         A     192.0.2.3\n"
	"x.w         TXT   \"blocks\"\n"
	"*.*.s       TXT   \"stars\"\n"
	"a.b.c.d     A     192.0.2.4\n"
	"*.c.d       CNAME one\n"
	"one         CNAME two\n"
	"two         CNAME Three\n"
	"three       CNAME four\n"
	"four        CNAME five\n"
	"five        CNAME six\n"
	"six         CNAME mx\n"
	"loop        CNAME loop\n"
	"*.l         CNAME x.l\n"
	"*.m         CNAME x.n\n"
	"*.n         CNAME y.m\n"
	"no          CNAME where\n"
	"apex        CNAME @\n"
	"out         CNAME www.example.net.\n"
	"v           CNAME {first}.{domain}.\n"
	"u           CNAME {undefined}.w\n"
	"*.v         MX    1 {first}\n"
	"*.v         MX    1 {second}\n"
	"*.v         MX    1 {undefined}\n"
	"h           HTTPS 1 t alpn=h2\n"
	"h           HTTPS 2 {first}.w alpn=h2\n"
	"t           HTTPS 1 . alpn=h3\n"
	"t           A     192.0.2.5\n"
	"srv         SRV   1 1 1 t\n"
	"srv         SRV   1 1 2 {second}.w\n"
	"naptr       NAPTR 1 1 \"U\" \"{first}\" \"!^.*$!mailto:i@{domain}!\" mx\n"
	"hinfo       HINFO \"{first}\" \"{domain:--}\"\n"
	"caa         CAA   0 issue \"ca.example.net; account={domain}\"\n"
	"uri         URI   1 1 \"https://{domain}/{first}\"\n"
	"type        TYPE65280 \\# 3 010203\n"
	"big         TXT   " HUGE "\n"
	"big         TXT   " HUGE "{first}\n"
	"big         TXT   " HUGE "{second}\n"
	"\\000\\255.\\.  A  192.0.2.6\n",

	// As little as can be.
	"@ 0 SOA . . 0 0 0 0 0\n@ 0 NS .\n* 0 CNAME *\n",
};

static const char *const good_vars[] = { "first=mx", "second=Ns1", NULL };
static const char *const bad_vars[] = { "first=a..b", "second=" LONG "ll", "undefined=.", NULL };

static const hm_profile_t *get_profile(size_t number)
{
	static hm_profile_t *profiles[2];
	if (profiles[number] == NULL) {
		fuzz_path_t path;
		int fd = fuzz_file(zones[number], strlen(zones[number]), path);
		fuzz_report_t report = { 0 };
		REQUIRE(hm_profile_load(path, fuzz_on_report, &report, NULL,
		                        &profiles[number]) == KNOT_EOK);
		close(fd);
	}
	return profiles[number];
}

static void add_vars(const char *const *texts, uint8_t *vars, size_t *len)
{
	for (; *texts != NULL; texts++) {
		const char *reason;
		(void)hm_vars_add(*texts, strlen(*texts), vars, len, &reason);
	}
}

static void answer(const uint8_t *header, const knot_pkt_t *query)
{
	// The domain is the QNAME without some of its labels, at least one is left.
	const knot_dname_t *name = knot_pkt_qname(query);
	size_t labels = knot_dname_labels(name, NULL);
	if (labels == 0) {
		return;
	}
	for (size_t front = header[1] % labels; front > 0; front--) {
		name = hm_dname_next(name);
	}
	hm_domain_t domain;
	hm_domain_init(name, &domain);

	static uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0;
	if (header[0] & FLAG_VARS) {
		add_vars(good_vars, vars, &vars_len);
	}
	if (header[0] & FLAG_BAD_VARS) {
		add_vars(bad_vars, vars, &vars_len);
	}
	domain.vars = vars;
	domain.vars_len = vars_len;

	const hm_question_t question = {
		.view = {
			.profile = get_profile((header[0] & FLAG_SECOND) != 0),
			.domain = &domain,
		},
		.udp = header[0] & FLAG_UDP,
		.delegated = header[0] & FLAG_DELEGATED,
		.rotate = header[2],
	};
	size_t max_size = knot_wire_read_u16(header + 3);
	fuzz_answer(&question, query, (max_size < 12) ? KNOT_WIRE_MAX_PKTSIZE : max_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEADER_SIZE + KNOT_WIRE_HEADER_SIZE ||
	    size - HEADER_SIZE > KNOT_WIRE_MAX_PKTSIZE) {
		return 0;
	}
	size_t wire_size = size - HEADER_SIZE;
	uint8_t *wire = malloc(wire_size);
	REQUIRE(wire != NULL);
	memcpy(wire, data + HEADER_SIZE, wire_size);
	knot_pkt_t *query = knot_pkt_new(wire, wire_size, NULL);
	REQUIRE(query != NULL);
	// What does not parse behind its question is nothing to the module.
	if (knot_pkt_parse(query, 0) == KNOT_EOK && knot_pkt_qname(query) != NULL) {
		answer(data, query);
	}
	knot_pkt_free(query);
	free(wire);
	return 0;
}
