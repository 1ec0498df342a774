/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

hm_profile_t *profile;

static const char zone[] = APEX
	"@           MX    10 mx.example.net.\n"
	"@           MX    20 mx\n"
	"www    600  A     192.0.2.1\n"
	"www         AAAA  2001:db8::1\n"
	"txt         TXT   \"one\"\n"
	"txt         TXT   \"two\"\n"
	"txt         TXT   \"three\"\n"
	"mx          A     192.0.2.2\n"
	"mx          AAAA  2001:db8::2\n"
	"webmail     CNAME webmail.example.net.\n"
	"likeit      CNAME x\\001d\\004test.\n"
	"likeit2     CNAME mx.xd.test.\n"
	"a.b.c       A     192.0.2.3\n"
	"*.w         A     192.0.2.4\n"
	"x.w         TXT   \"here\"\n"
	"e.ent.w     TXT   \"below\"\n"
	"*.wc        CNAME www\n"
	"*.out       CNAME out.example.net.\n"
	"*.selfwild  CNAME a.selfwild\n"
	"*.*.star    TXT   \"stars\"\n"
	"one         CNAME two\n"
	"two         CNAME three.chain\n"
	"three.chain CNAME www\n"
	"nodata      CNAME txt\n"
	"missing     CNAME nowhere\n"
	"toent       CNAME b.c\n"
	"toapex      CNAME @\n"
	"towild      CNAME any.w\n"
	"c1          CNAME c2\n"
	"c2          CNAME c3\n"
	"c3          CNAME c4\n"
	"c4          CNAME c5\n"
	"c5          CNAME c6\n"
	"c6          CNAME www\n"
	"loop        CNAME loop\n"
	"ping        CNAME pong\n"
	"pong        CNAME ping\n"
	"mxs         MX    10 mx\n"
	"mxs         MX    20 www\n"
	"mxs         MX    30 any.w\n"
	"mxs         MX    40 one\n"
	"mxs         MX    50 nowhere\n"
	"mxs         MX    60 mx.example.net.\n"
	"srv         SRV   1 2 3 www\n"
	"https       HTTPS 1 svc alpn=h2\n"
	"svc         HTTPS 1 . alpn=h3\n"
	"svc         A     192.0.2.5\n"
	"vtxt        TXT   \"v={domain} f={first}\"\n"
	"vmx         MX    10 {first}.example.net.\n"
	"vmx         MX    10 {second}.example.net.\n"
	"vmx         MX    20 c\n"
	"vcn         CNAME {first}.cnend\n"
	"*.cnend     TXT   \"end\"\n"
	"vname       CNAME x.{domain}.\n"
	"x           A     192.0.2.6\n"
	"undef       TXT   \"{undefined}\"\n"
	"undefcn     CNAME {undefined}.example.net.\n"
	"some        A     192.0.2.7\n"
	"some        TXT   \"{undefined}\"\n"
	"some        TXT   \"always\"\n"
	"deep.undef  CNAME {undefined}.example.net.\n"
	"anyundef    MX    1 {undefined}\n"
	"anyundef    TXT   \"second\"\n"
	"badname     CNAME {first}.example.net.\n"
	"badstring   HINFO \"{first}\" \"b\"\n";

int answer_setup(void **state)
{
	profile = profile_from("answer.zone", zone);
	return 0;
}

int answer_teardown(void **state)
{
	hm_profile_free(profile);
	return 0;
}

void ask_init(ask_t *ask, const hm_profile_t *of)
{
	memset(ask, 0, sizeof(*ask));
	ask->domain = domain_of("d.test.");
	ask->question = (hm_question_t){ .view.profile = of, .udp = true };
	ask->max_size = KNOT_WIRE_MAX_PKTSIZE;
	pool_init(&ask->pool);
}

void ask_clear(ask_t *ask)
{
	pool_clear(&ask->pool);
	free(ask->wire);
}

void ask_var(ask_t *ask, const char *text)
{
	const char *reason;
	assert_int_equal(hm_vars_add(text, strlen(text), ask->vars, &ask->vars_len, &reason),
	                 KNOT_EOK);
}

void ask_prepare(ask_t *ask, const knot_dname_t *qname, uint16_t qtype)
{
	knot_mm_t *mm = &ask->pool.mm;
	ask->query = knot_pkt_new(NULL, 512, mm);
	knot_wire_set_id(ask->query->wire, 0x1234);
	knot_wire_set_rd(ask->query->wire);
	knot_wire_set_cd(ask->query->wire);
	assert_int_equal(knot_pkt_put_question(ask->query, qname, KNOT_CLASS_IN, qtype), KNOT_EOK);
	assert_int_equal(knot_pkt_parse(ask->query, 0), KNOT_EOK);

	ask->wire = malloc(ask->max_size);
	assert_non_null(ask->wire);
	ask->resp = knot_pkt_new(ask->wire, ask->max_size, mm);
	assert_int_equal(knot_pkt_init_response(ask->resp, ask->query), KNOT_EOK);
	knot_wire_clear_cd(ask->resp->wire);
	ask->domain.vars = ask->vars;
	ask->domain.vars_len = ask->vars_len;
	ask->question.view.domain = &ask->domain;
	ask->answer = NO_ANSWER;
}

void ask_name(ask_t *ask, const knot_dname_t *qname, uint16_t qtype)
{
	ask_prepare(ask, qname, qtype);
	ask->ret = hm_answer(&ask->question, ask->resp, &ask->answer);
	if (ask->ret != KNOT_EOK) {
		assert_int_equal(ask->answer, NO_ANSWER);
		return;
	}

	assert_true(between(ask->resp->size, 12, ask->max_size));
	ask->parsed = knot_pkt_new(NULL, ask->resp->size, &ask->pool.mm);
	memcpy(ask->parsed->wire, ask->resp->wire, ask->resp->size);
	ask->parsed->size = ask->resp->size;
	assert_int_equal(knot_pkt_parse(ask->parsed, KNOT_PF_NOCANON), KNOT_EOK);
	const uint8_t *wire = ask->parsed->wire;
	assert_true(knot_wire_get_qr(wire));
	assert_true(knot_wire_get_aa(wire));
	assert_true(knot_wire_get_rd(wire));
	assert_false(knot_wire_get_cd(wire));
	assert_int_equal(knot_wire_get_id(wire), 0x1234);
	assert_int_equal(knot_wire_get_rcode(wire), KNOT_RCODE_NOERROR);
	// The question is the client's own, byte for byte.
	assert_memory_equal(wire + 12, ask->query->wire + 12, ask->query->size - 12);
}

void ask_for(ask_t *ask, const char *qname, uint16_t qtype)
{
	ask_name(ask, dname(qname), qtype);
}

void assert_section(const ask_t *ask, knot_section_t section, const char *want)
{
	char text[8192];
	section_text(ask->parsed, section, text, sizeof(text));
	assert_string_equal(text, want);
}

void assert_answer(const ask_t *ask, hm_answer_kind_t answer, const char *answers,
                   const char *authority, const char *additional)
{
	assert_int_equal(ask->ret, KNOT_EOK);
	assert_int_equal(ask->answer, answer);
	assert_false(knot_wire_get_tc(ask->parsed->wire));
	assert_section(ask, KNOT_ANSWER, answers);
	assert_section(ask, KNOT_AUTHORITY, authority);
	assert_section(ask, KNOT_ADDITIONAL, additional);
}

void assert_asked(const char *qname, uint16_t qtype, hm_answer_kind_t answer,
                  const char *answers, const char *authority)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "first=b");
	ask_var(&ask, "second=a");
	ask_for(&ask, qname, qtype);
	assert_answer(&ask, answer, answers, authority, "");
	ask_clear(&ask);
}

void assert_positive(const char *qname, uint16_t qtype, const char *answers)
{
	assert_asked(qname, qtype, HM_ANSWER_POSITIVE, answers, "");
}

void assert_nodata(const char *qname, uint16_t qtype)
{
	assert_asked(qname, qtype, HM_ANSWER_NODATA, "", SOA);
}

void assert_nxdomain(const char *qname, uint16_t qtype)
{
	assert_asked(qname, qtype, HM_ANSWER_NXDOMAIN, "", SOA);
}
