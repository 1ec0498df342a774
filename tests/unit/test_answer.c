/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/answer.h"
#include "test.h"

/*! \brief One question and what came back. */
typedef struct {
	hm_question_t question;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len;
	size_t max_size;      /*!< Of the response. */
	pool_t pool;
	uint8_t *wire;        /*!< Buffer of the response, on the heap for its bounds. */
	knot_pkt_t *query;
	knot_pkt_t *resp;
	knot_pkt_t *parsed;   /*!< The response as a client reads it. */
	hm_answer_kind_t answer;
	int ret;
} ask_t;

/*! \brief What the kind of an answer is before there is one. */
#define NO_ANSWER 77

#define APEX \
	"$TTL 300\n" \
	"@ SOA ns1.example.net. hostmaster.example.net. 7 14400 3600 1209600 60\n" \
	"@ NS ns1.example.net.\n"

#define SOA "d.test. 60 SOA ns1.example.net. hostmaster.example.net. 7 14400 3600 1209600 60\n"

static hm_profile_t *profile;

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

/*! \brief Instead of assert_in_range(), which cmocka 2 deprecates. */
static bool between(size_t value, size_t low, size_t high)
{
	return value >= low && value <= high;
}

static int setup(void **state)
{
	profile = profile_from("answer.zone", zone);
	return 0;
}

static int teardown(void **state)
{
	hm_profile_free(profile);
	return 0;
}

static void ask_init(ask_t *ask, const hm_profile_t *of)
{
	memset(ask, 0, sizeof(*ask));
	ask->domain = domain_of("d.test.");
	ask->question = (hm_question_t){ .view.profile = of, .udp = true };
	ask->max_size = KNOT_WIRE_MAX_PKTSIZE;
	pool_init(&ask->pool);
}

static void ask_clear(ask_t *ask)
{
	pool_clear(&ask->pool);
	free(ask->wire);
}

static void ask_var(ask_t *ask, const char *text)
{
	const char *reason;
	assert_int_equal(hm_vars_add(text, strlen(text), ask->vars, &ask->vars_len, &reason),
	                 KNOT_EOK);
}

/*! \brief Prepare the response as the server does, see its prepare_answer(). */
static void prepare(ask_t *ask, const knot_dname_t *qname, uint16_t qtype)
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

/*! \brief Ask, and read a copy of the response back if there is one. */
static void ask_name(ask_t *ask, const knot_dname_t *qname, uint16_t qtype)
{
	prepare(ask, qname, qtype);
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

static void ask_for(ask_t *ask, const char *qname, uint16_t qtype)
{
	ask_name(ask, dname(qname), qtype);
}

static void assert_section(const ask_t *ask, knot_section_t section, const char *want)
{
	char text[8192];
	section_text(ask->parsed, section, text, sizeof(text));
	assert_string_equal(text, want);
}

/*! \brief Expect an answer, its kind and its three sections. */
static void assert_answer(const ask_t *ask, hm_answer_kind_t answer, const char *answers,
                          const char *authority, const char *additional)
{
	assert_int_equal(ask->ret, KNOT_EOK);
	assert_int_equal(ask->answer, answer);
	assert_false(knot_wire_get_tc(ask->parsed->wire));
	assert_section(ask, KNOT_ANSWER, answers);
	assert_section(ask, KNOT_AUTHORITY, authority);
	assert_section(ask, KNOT_ADDITIONAL, additional);
}

/*! \brief Ask the common profile, expect an answer without additional records. */
static void assert_asked(const char *qname, uint16_t qtype, hm_answer_kind_t answer,
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

static void assert_positive(const char *qname, uint16_t qtype, const char *answers)
{
	assert_asked(qname, qtype, HM_ANSWER_POSITIVE, answers, "");
}

static void assert_nodata(const char *qname, uint16_t qtype)
{
	assert_asked(qname, qtype, HM_ANSWER_NODATA, "", SOA);
}

static void assert_nxdomain(const char *qname, uint16_t qtype)
{
	assert_asked(qname, qtype, HM_ANSWER_NXDOMAIN, "", SOA);
}

// Positive answers

static void a_record_is_answered(void **state)
{
	assert_positive("www.d.test.", KNOT_RRTYPE_A, "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("www.d.test.", KNOT_RRTYPE_AAAA, "www.d.test. 300 AAAA 2001:db8::1\n");
	assert_positive("a.b.c.d.test.", KNOT_RRTYPE_A, "a.b.c.d.test. 300 A 192.0.2.3\n");
}

static void the_apex_is_answered(void **state)
{
	assert_positive("d.test.", KNOT_RRTYPE_SOA,
	                "d.test. 300 SOA ns1.example.net. hostmaster.example.net. "
	                "7 14400 3600 1209600 60\n");
	assert_positive("d.test.", KNOT_RRTYPE_NS, "d.test. 300 NS ns1.example.net.\n");
}

static void all_records_of_an_rrset_are_answered(void **state)
{
	assert_positive("txt.d.test.", KNOT_RRTYPE_TXT,
	                "txt.d.test. 300 TXT \"one\"\n"
	                "txt.d.test. 300 TXT \"two\"\n"
	                "txt.d.test. 300 TXT \"three\"\n");
}

static void a_domain_of_many_labels_is_answered(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.domain = domain_of("one.two.three.four.five.six.seven.eight.nine.ten.");
	ask_for(&ask, "www.one.two.three.four.five.six.seven.eight.nine.ten.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "www.one.two.three.four.five.six.seven.eight.nine.ten. 600 A 192.0.2.1\n",
	              "", "");
	ask_clear(&ask);
}

static void the_case_of_the_question_is_kept_and_its_name_compressed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "wWw.D.tEsT.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "wWw.D.tEsT. 600 A 192.0.2.1\n", "", "");
	const uint8_t *owner = ask.parsed->wire + 12 + knot_pkt_question_size(ask.parsed);
	assert_int_equal(knot_wire_read_u16(owner), 0xc00c);
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "NONE.d.TEST.", KNOT_RRTYPE_A);
	assert_int_equal(ask.answer, HM_ANSWER_NXDOMAIN);
	owner = ask.parsed->wire + 12 + knot_pkt_question_size(ask.parsed);
	assert_int_equal(knot_wire_read_u16(owner), 0xc000 | (12 + 5));
	ask_clear(&ask);
}

static void names_in_a_chain_are_compressed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "ONE.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "ONE.d.test. 300 CNAME two.d.test.\n"
	              "two.d.test. 300 CNAME three.chain.d.test.\n"
	              "three.chain.d.test. 300 CNAME www.d.test.\n"
	              "www.d.test. 600 A 192.0.2.1\n", "", "");
	// Owners are pointers; a target adds only the labels in front of the domain.
	assert_int_equal(ask.parsed->size,
	                 12 + 16 + (12 + 4 + 2) + (12 + 12 + 2) + (12 + 4 + 2) + (12 + 4));
	ask_clear(&ask);
}

static void any_gives_one_rrset(void **state)
{
	// The first by type, as Knot DNS has it.
	assert_positive("www.d.test.", KNOT_RRTYPE_ANY, "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("d.test.", KNOT_RRTYPE_ANY, "d.test. 300 NS ns1.example.net.\n");
	assert_positive("one.d.test.", KNOT_RRTYPE_ANY, "one.d.test. 300 CNAME two.d.test.\n");
	assert_positive("any.w.d.test.", KNOT_RRTYPE_ANY, "any.w.d.test. 300 A 192.0.2.4\n");
	assert_nodata("b.c.d.test.", KNOT_RRTYPE_ANY);
	assert_nxdomain("none.d.test.", KNOT_RRTYPE_ANY);
}

// CNAME

static void a_cname_to_outside_is_answered_alone(void **state)
{
	assert_positive("webmail.d.test.", KNOT_RRTYPE_A,
	                "webmail.d.test. 300 CNAME webmail.example.net.\n");
	assert_positive("webmail.d.test.", KNOT_RRTYPE_TXT,
	                "webmail.d.test. 300 CNAME webmail.example.net.\n");
}

static void a_target_that_only_ends_in_the_same_bytes_is_outside(void **state)
{
	assert_positive("likeit.d.test.", KNOT_RRTYPE_A,
	                "likeit.d.test. 300 CNAME x\\001d\\004test.\n");
	assert_positive("likeit2.d.test.", KNOT_RRTYPE_A,
	                "likeit2.d.test. 300 CNAME mx.xd.test.\n");
}

static void a_cname_that_is_asked_for_is_not_followed(void **state)
{
	assert_positive("one.d.test.", KNOT_RRTYPE_CNAME, "one.d.test. 300 CNAME two.d.test.\n");
	assert_positive("missing.d.test.", KNOT_RRTYPE_CNAME,
	                "missing.d.test. 300 CNAME nowhere.d.test.\n");
	assert_nodata("one.d.test.", KNOT_RRTYPE_RRSIG);
	assert_nodata("one.d.test.", KNOT_RRTYPE_NSEC);
}

static void a_chain_inside_is_followed(void **state)
{
	assert_positive("one.d.test.", KNOT_RRTYPE_AAAA,
	                "one.d.test. 300 CNAME two.d.test.\n"
	                "two.d.test. 300 CNAME three.chain.d.test.\n"
	                "three.chain.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 300 AAAA 2001:db8::1\n");
	assert_positive("toapex.d.test.", KNOT_RRTYPE_NS,
	                "toapex.d.test. 300 CNAME d.test.\n"
	                "d.test. 300 NS ns1.example.net.\n");
	assert_positive("towild.d.test.", KNOT_RRTYPE_A,
	                "towild.d.test. 300 CNAME any.w.d.test.\n"
	                "any.w.d.test. 300 A 192.0.2.4\n");
}

static void a_chain_that_ends_without_data_is_nodata(void **state)
{
	assert_asked("nodata.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA,
	             "nodata.d.test. 300 CNAME txt.d.test.\n", SOA);
	assert_asked("toent.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA,
	             "toent.d.test. 300 CNAME b.c.d.test.\n", SOA);
}

static void a_chain_that_ends_nowhere_is_nxdomain(void **state)
{
	assert_asked("missing.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NXDOMAIN,
	             "missing.d.test. 300 CNAME nowhere.d.test.\n", SOA);
}

static void a_chain_has_at_most_five_links(void **state)
{
	assert_positive("c2.d.test.", KNOT_RRTYPE_A,
	                "c2.d.test. 300 CNAME c3.d.test.\n"
	                "c3.d.test. 300 CNAME c4.d.test.\n"
	                "c4.d.test. 300 CNAME c5.d.test.\n"
	                "c5.d.test. 300 CNAME c6.d.test.\n"
	                "c6.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("c1.d.test.", KNOT_RRTYPE_A,
	                "c1.d.test. 300 CNAME c2.d.test.\n"
	                "c2.d.test. 300 CNAME c3.d.test.\n"
	                "c3.d.test. 300 CNAME c4.d.test.\n"
	                "c4.d.test. 300 CNAME c5.d.test.\n"
	                "c5.d.test. 300 CNAME c6.d.test.\n");
}

static void a_loop_ends_where_it_began(void **state)
{
	assert_positive("loop.d.test.", KNOT_RRTYPE_A, "loop.d.test. 300 CNAME loop.d.test.\n");
	assert_positive("ping.d.test.", KNOT_RRTYPE_A,
	                "ping.d.test. 300 CNAME pong.d.test.\n"
	                "pong.d.test. 300 CNAME ping.d.test.\n");
}

static void a_cname_may_use_the_domain_and_its_variables(void **state)
{
	assert_positive("vname.d.test.", KNOT_RRTYPE_A,
	                "vname.d.test. 300 CNAME x.d.test.\n"
	                "x.d.test. 300 A 192.0.2.6\n");
	assert_positive("vcn.d.test.", KNOT_RRTYPE_TXT,
	                "vcn.d.test. 300 CNAME b.cnend.d.test.\n"
	                "b.cnend.d.test. 300 TXT \"end\"\n");
}

// Wildcards

static void a_wildcard_answers_under_the_name_that_was_asked_for(void **state)
{
	assert_positive("any.w.d.test.", KNOT_RRTYPE_A, "any.w.d.test. 300 A 192.0.2.4\n");
	assert_positive("1.2.3.4.w.d.test.", KNOT_RRTYPE_A, "1.2.3.4.w.d.test. 300 A 192.0.2.4\n");
	assert_positive("*.w.d.test.", KNOT_RRTYPE_A, "*.w.d.test. 300 A 192.0.2.4\n");
	// Its own children are below a name that exists.
	assert_nxdomain("y.*.w.d.test.", KNOT_RRTYPE_A);
}

static void names_that_exist_are_not_the_wildcards(void **state)
{
	assert_nodata("x.w.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("y.x.w.d.test.", KNOT_RRTYPE_A);
	assert_nodata("ent.w.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("y.ent.w.d.test.", KNOT_RRTYPE_A);
	assert_nodata("w.d.test.", KNOT_RRTYPE_A);
}

static void a_wildcard_without_the_type_is_nodata(void **state)
{
	assert_nodata("any.w.d.test.", KNOT_RRTYPE_AAAA);
}

static void a_wildcard_cname_is_followed(void **state)
{
	assert_positive("a.b.wc.d.test.", KNOT_RRTYPE_A,
	                "a.b.wc.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("any.out.d.test.", KNOT_RRTYPE_A,
	                "any.out.d.test. 300 CNAME out.example.net.\n");
	assert_positive("any.wc.d.test.", KNOT_RRTYPE_CNAME,
	                "any.wc.d.test. 300 CNAME www.d.test.\n");
}

static void a_wildcard_cname_to_itself_is_answered_twice(void **state)
{
	assert_positive("b.selfwild.d.test.", KNOT_RRTYPE_A,
	                "b.selfwild.d.test. 300 CNAME a.selfwild.d.test.\n"
	                "a.selfwild.d.test. 300 CNAME a.selfwild.d.test.\n");
}

static void a_wildcard_below_a_wildcard_needs_the_asterisk(void **state)
{
	assert_positive("x.*.star.d.test.", KNOT_RRTYPE_TXT,
	                "x.*.star.d.test. 300 TXT \"stars\"\n");
	assert_nodata("*.star.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("x.star.d.test.", KNOT_RRTYPE_TXT);
}

// Negative answers

static void an_empty_non_terminal_is_nodata(void **state)
{
	assert_nodata("b.c.d.test.", KNOT_RRTYPE_A);
	assert_nodata("c.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("chain.d.test.", KNOT_RRTYPE_CNAME);
}

static void a_name_without_the_type_is_nodata(void **state)
{
	assert_nodata("www.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("d.test.", KNOT_RRTYPE_A);
	assert_nodata("d.test.", KNOT_RRTYPE_DS);
	assert_nodata("d.test.", KNOT_RRTYPE_DNSKEY);
}

static void a_name_that_does_not_exist_is_nxdomain(void **state)
{
	assert_nxdomain("none.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("www.www.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("ww.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("wwww.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("\\000www.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("*.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("d.test.d.test.", KNOT_RRTYPE_SOA);
}

static void nxdomain_carries_the_soa_with_its_negative_ttl(void **state)
{
	static const struct {
		const char *text;
		const char *soa;
	} zones[] = {
		{ "@ 300 SOA n. h. 1 2 3 4 60\n@ NS n.\n",  "d.test. 60 SOA n. h. 1 2 3 4 60\n" },
		{ "@ 60 SOA n. h. 1 2 3 4 300\n@ NS n.\n",  "d.test. 60 SOA n. h. 1 2 3 4 300\n" },
		{ "@ 60 SOA n. h. 1 2 3 4 60\n@ NS n.\n",   "d.test. 60 SOA n. h. 1 2 3 4 60\n" },
		{ "@ 0 SOA n. h. 1 2 3 4 300\n@ NS n.\n",   "d.test. 0 SOA n. h. 1 2 3 4 300\n" },
		{ "@ 300 SOA n. h. 1 2 3 4 0\n@ NS n.\n",   "d.test. 0 SOA n. h. 1 2 3 4 0\n" },
		{ "@ 300 SOA ns.{domain}. {domain:-}. 1 2 3 4 60\n@ NS n.\n",
		  "d.test. 60 SOA ns.d.test. d-test. 1 2 3 4 60\n" },
	};
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		hm_profile_t *p = profile_from("soa.zone", zones[i].text);
		ask_t ask;
		ask_init(&ask, p);
		ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", zones[i].soa, "");
		ask_clear(&ask);

		ask_init(&ask, p);
		ask_for(&ask, "d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NODATA, "", zones[i].soa, "");
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void ds_of_a_nested_domain_is_nodata(void **state)
{
	static const char *const names[] = {
		"none.d.test.", "nested.x.w.d.test.", "www.d.test.", "any.w.d.test.", "b.c.d.test.",
		"one.d.test.", "webmail.d.test.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.question.delegated = true;
		ask_for(&ask, names[i], KNOT_RRTYPE_DS);
		assert_answer(&ask, HM_ANSWER_NODATA, "", SOA, "");
		ask_clear(&ask);
	}
}

static void only_ds_is_different_at_a_nested_domain(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.question.delegated = true;
	ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", SOA, "");
	ask_clear(&ask);

	assert_nxdomain("none.d.test.", KNOT_RRTYPE_DS);
}

// Additional section

static void additional_addresses_of_targets_inside_are_added(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "d.test. 300 MX 10 mx.example.net.\n"
	              "d.test. 300 MX 20 mx.d.test.\n", "",
	              "mx.d.test. 300 A 192.0.2.2\n"
	              "mx.d.test. 300 AAAA 2001:db8::2\n");
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "srv.d.test.", KNOT_RRTYPE_SRV);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "srv.d.test. 300 SRV 1 2 3 www.d.test.\n", "",
	              "www.d.test. 600 A 192.0.2.1\n"
	              "www.d.test. 300 AAAA 2001:db8::1\n");
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "https.d.test.", KNOT_RRTYPE_HTTPS);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 1);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ADDITIONAL)->count, 2);
	ask_clear(&ask);
}

static void every_target_is_looked_up_but_aliases_are_not_followed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "mxs.d.test.", KNOT_RRTYPE_MX);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 6);
	assert_section(&ask, KNOT_ADDITIONAL,
	               "mx.d.test. 300 A 192.0.2.2\n"
	               "mx.d.test. 300 AAAA 2001:db8::2\n"
	               "www.d.test. 600 A 192.0.2.1\n"
	               "www.d.test. 300 AAAA 2001:db8::1\n"
	               "any.w.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
}

static void more_targets_than_the_packet_has_room_for_at_first(void **state)
{
	// More than 16 RRsets: the arrays of the packet move; more than 15 hints of an RRset too.
	char text[8192] = APEX;
	for (unsigned i = 0; i < 40; i++) {
		char line[64];
		snprintf(line, sizeof(line), "@ MX %u m%u\nm%u A 192.0.2.%u\n", i, i, i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("many.zone", text);
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
	char want[4096] = "";
	for (unsigned i = 0; i < 40; i++) {
		char line[64];
		snprintf(line, sizeof(line), "m%u.d.test. 300 A 192.0.2.%u\n", i, i);
		strcat(want, line);
	}
	assert_section(&ask, KNOT_ADDITIONAL, want);
	ask_clear(&ask);
	hm_profile_free(p);
}

static void negative_answers_have_no_additional_records(void **state)
{
	hm_profile_t *p = profile_from("ns.zone", "@ SOA ns h 1 2 3 4 5\n@ NS ns\n"
	                               "ns A 192.0.2.1\n");
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
	assert_int_equal(ask.answer, HM_ANSWER_NXDOMAIN);
	assert_section(&ask, KNOT_ADDITIONAL, "");
	ask_clear(&ask);

	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_NS);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "d.test. 3600 NS ns.d.test.\n", "",
	              "ns.d.test. 3600 A 192.0.2.1\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

// Sizes

/*! \brief Size of the whole response to a question. */
static size_t whole_size(const char *qname, uint16_t qtype)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "first=b");
	ask_for(&ask, qname, qtype);
	assert_int_equal(ask.ret, KNOT_EOK);
	size_t size = ask.resp->size;
	ask_clear(&ask);
	return size;
}

static void an_rrset_that_does_not_fit_truncates_over_udp(void **state)
{
	size_t size = whole_size("txt.d.test.", KNOT_RRTYPE_TXT);
	for (size_t max = size - 40; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "txt.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
		assert_int_equal(knot_wire_get_tc(ask.parsed->wire) != 0, max < size);
		assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count,
		                 (max < size) ? 0 : 3);
		assert_section(&ask, KNOT_AUTHORITY, "");
		ask_clear(&ask);
	}
}

static void a_chain_that_does_not_fit_is_cut_with_tc(void **state)
{
	size_t size = whole_size("one.d.test.", KNOT_RRTYPE_A);
	size_t question = 12 + 16, before = 0;
	for (size_t max = question; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "one.d.test.", KNOT_RRTYPE_A);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
		assert_int_equal(knot_wire_get_tc(ask.parsed->wire) != 0, max < size);
		size_t count = knot_pkt_section(ask.parsed, KNOT_ANSWER)->count;
		assert_true(between(count, before, 4));
		before = count;
		ask_clear(&ask);
	}
	assert_int_equal(before, 4);
}

static void an_soa_that_does_not_fit_is_left_out_without_tc(void **state)
{
	size_t size = whole_size("none.d.test.", KNOT_RRTYPE_A);
	for (size_t max = size - 30; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", (max < size) ? "" : SOA, "");
		ask_clear(&ask);
	}
}

static void additional_records_that_do_not_fit_are_left_out_without_tc(void **state)
{
	size_t size = whole_size("srv.d.test.", KNOT_RRTYPE_SRV);
	for (size_t max = size - 16 - 28; max <= size; max++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = max;
		ask_for(&ask, "srv.d.test.", KNOT_RRTYPE_SRV);
		assert_answer(&ask, HM_ANSWER_POSITIVE,
		              "srv.d.test. 300 SRV 1 2 3 www.d.test.\n", "",
		              (max < size - 28) ? "" :
		              (max < size) ? "www.d.test. 600 A 192.0.2.1\n" :
		                             "www.d.test. 600 A 192.0.2.1\n"
		                             "www.d.test. 300 AAAA 2001:db8::1\n");
		ask_clear(&ask);
	}
}

static void a_smaller_address_behind_one_that_does_not_fit_is_added(void **state)
{
	hm_profile_t *p = profile_from("small.zone", APEX "@ MX 1 six\n@ MX 2 four\n"
	                               "six AAAA 2001:db8::6\nfour A 192.0.2.4\n");
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	size_t size = ask.resp->size;
	ask_clear(&ask);

	ask_init(&ask, p);
	ask.max_size = size - 16;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "d.test. 300 MX 1 six.d.test.\nd.test. 300 MX 2 four.d.test.\n", "",
	              "six.d.test. 300 AAAA 2001:db8::6\n");
	ask_clear(&ask);

	ask_init(&ask, p);
	ask.max_size = size - 28;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_section(&ask, KNOT_ADDITIONAL, "four.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

/*! \brief A put that fails must not leave a name behind to which a later one points. */
static void targets_of_a_wildcard_that_does_not_fit_are_left_out(void **state)
{
	char text[8192] = APEX "@ MX 1 a.w\n@ MX 2 b.w\n@ MX 3 c.w\n@ MX 4 last\n"
	                  "last A 192.0.2.99\n"
	                  "svc HTTPS 1 d.w\nsvc HTTPS 2 e.w\nsvc HTTPS 3 f.w\n*.w HTTPS 1 g.w\n";
	for (unsigned i = 0; i < 40; i++) {
		char line[80];
		snprintf(line, sizeof(line), "*.w A 192.0.2.%u\n*.w AAAA 2001:db8::%x\n", i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("wide.zone", text);
	// libknot before 3.2.13 and 3.3.4 would not come back.
	alarm(60);
	static const struct {
		const char *qname;
		uint16_t qtype;
	} cases[] = { { "d.test.", KNOT_RRTYPE_MX }, { "svc.d.test.", KNOT_RRTYPE_HTTPS } };
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (size_t size = 60; size < 2300; size++) {
			ask_t ask;
			ask_init(&ask, p);
			ask.max_size = size;
			ask_for(&ask, cases[c].qname, cases[c].qtype);
			assert_int_equal(ask.ret, KNOT_EOK);
			const knot_pktsection_t *records = knot_pkt_section(ask.parsed,
			                                                    KNOT_ADDITIONAL);
			for (uint16_t i = 0; i < records->count; i++) {
				// The name of a target that is compressed stands for the wildcard.
				const knot_dname_t *owner = knot_pkt_rr(records, i)->owner;
				assert_true(knot_dname_in_bailiwick(owner,
				                                    dname("w.d.test.")) == 1 ||
				            knot_dname_is_equal(owner, dname("last.d.test.")));
			}
			ask_clear(&ask);
		}
	}
	alarm(0);

	// Where only the last one fits, it is there.
	ask_t ask;
	ask_init(&ask, p);
	ask.max_size = 512;
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_section(&ask, KNOT_ADDITIONAL, "last.d.test. 300 A 192.0.2.99\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

static void reserved_room_is_left_alone(void **state)
{
	// The server has reserved the room of OPT before it asks.
	size_t size = whole_size("txt.d.test.", KNOT_RRTYPE_TXT);
	for (unsigned fits = 0; fits < 2; fits++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.max_size = size + 10 + fits;
		prepare(&ask, dname("txt.d.test."), KNOT_RRTYPE_TXT);
		assert_int_equal(knot_pkt_reserve(ask.resp, 11), KNOT_EOK);
		assert_int_equal(hm_answer(&ask.question, ask.resp, &ask.answer), KNOT_EOK);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire) != 0, !fits);
		assert_int_equal(knot_wire_get_ancount(ask.resp->wire), fits ? 3 : 0);
		ask_clear(&ask);
	}
}

/*! \brief An RRset of so many TXT records of 250 bytes. */
static hm_profile_t *large_profile(unsigned count, bool variable)
{
	size_t max = (count + 1) * 300 + sizeof(APEX);
	char *text = malloc(max);
	assert_non_null(text);
	size_t len = snprintf(text, max, "%s", APEX);
	for (unsigned i = 0; i < count; i++) {
		len += snprintf(text + len, max - len, "big TXT \"%s%0243u\"\n",
		                variable ? "{domain}" : "d.test", i);
	}
	hm_profile_t *p = profile_from("large.zone", text);
	free(text);
	return p;
}

static void an_rrset_beyond_64_kib_is_an_error_but_truncates_over_udp(void **state)
{
	for (unsigned variable = 0; variable < 2; variable++) {
		// Header and question take 28 bytes, a record 12 + 250.
		hm_profile_t *p = large_profile(250, variable);
		ask_t ask;
		ask_init(&ask, p);
		ask.question.udp = false;
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 250);
		assert_int_equal(ask.resp->size, 28 + 250 * 262);
		ask_clear(&ask);
		hm_profile_free(p);

		p = large_profile(251, variable);
		ask_init(&ask, p);
		ask.question.udp = false;
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_ESPACE);
		ask_clear(&ask);

		ask_init(&ask, p);
		ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_true(knot_wire_get_tc(ask.parsed->wire));
		assert_section(&ask, KNOT_ANSWER, "");
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void an_rrset_of_more_than_65535_records_is_never_a_part_of_it(void **state)
{
	// Without variables libknot refuses them.
	enum { COUNT = 65536 + 2 };
	size_t max = COUNT * 32 + sizeof(APEX), len;
	char *text = malloc(max);
	assert_non_null(text);
	len = snprintf(text, max, "%s", APEX);
	for (unsigned i = 0; i < COUNT; i++) {
		len += snprintf(text + len, max - len, "big TXT {domain}%u\n", i);
	}
	static report_t report;
	hm_profile_t *p = NULL;
	int ret = hm_profile_load(write_text("huge.zone", text), on_report, &report, NULL, &p);
	free(text);
	if (ret != KNOT_EOK) {
		return; // Refused, which is best.
	}
	ask_t ask;
	ask_init(&ask, p);
	ask.question.udp = false;
	ask_for(&ask, "big.d.test.", KNOT_RRTYPE_TXT);
	int answered = ask.ret;
	ask_clear(&ask);
	hm_profile_free(p);
	assert_int_not_equal(answered, KNOT_EOK);
}

// Rotation

static void records_are_turned(void **state)
{
	static const char *const want[] = {
		"txt.d.test. 300 TXT \"one\"\ntxt.d.test. 300 TXT \"two\"\n"
		"txt.d.test. 300 TXT \"three\"\n",
		"txt.d.test. 300 TXT \"two\"\ntxt.d.test. 300 TXT \"three\"\n"
		"txt.d.test. 300 TXT \"one\"\n",
		"txt.d.test. 300 TXT \"three\"\ntxt.d.test. 300 TXT \"one\"\n"
		"txt.d.test. 300 TXT \"two\"\n",
	};
	static const uint16_t turns[] = { 0, 1, 2, 3, 4, 5, 0xffff };
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.question.rotate = turns[i];
		ask_for(&ask, "txt.d.test.", KNOT_RRTYPE_TXT);
		assert_answer(&ask, HM_ANSWER_POSITIVE, want[turns[i] % 3], "", "");
		ask_clear(&ask);
	}
}

static void turned_records_keep_their_additional_addresses(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.question.rotate = 1;
	ask_for(&ask, "mxs.d.test.", KNOT_RRTYPE_MX);
	const knot_rrset_t *first = knot_pkt_rr(knot_pkt_section(ask.parsed, KNOT_ANSWER), 0);
	assert_int_equal(knot_wire_read_u16(first->rrs.rdata->data), 20);
	assert_section(&ask, KNOT_ADDITIONAL,
	               "mx.d.test. 300 A 192.0.2.2\n"
	               "mx.d.test. 300 AAAA 2001:db8::2\n"
	               "www.d.test. 600 A 192.0.2.1\n"
	               "www.d.test. 300 AAAA 2001:db8::1\n"
	               "any.w.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
}

// Variables

static void variables_are_filled_in(void **state)
{
	assert_positive("vtxt.d.test.", KNOT_RRTYPE_TXT, "vtxt.d.test. 300 TXT \"v=d.test f=b\"\n");
	// In canonical order, as the records of a zone are.
	assert_positive("vmx.d.test.", KNOT_RRTYPE_MX,
	                "vmx.d.test. 300 MX 10 a.example.net.\n"
	                "vmx.d.test. 300 MX 10 b.example.net.\n"
	                "vmx.d.test. 300 MX 20 c.d.test.\n");
}

static void a_long_value_goes_on_in_more_strings(void **state)
{
	for (size_t len = HM_VAR_VALUE_MAX - 255; len <= HM_VAR_VALUE_MAX; len++) {
		char var[HM_VAR_VALUE_MAX + 16] = "only=";
		memset(var + 5, 'v', len);
		hm_profile_t *p = profile_from("long.zone", APEX "a TXT \"{only}\"\n");
		ask_t ask;
		ask_init(&ask, p);
		ask_var(&ask, var);
		ask_for(&ask, "a.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		const knot_rrset_t *txt = knot_pkt_rr(knot_pkt_section(ask.parsed, KNOT_ANSWER), 0);
		assert_int_equal(txt->rrs.rdata->len, len + (len + 254) / 255);
		assert_int_equal(txt->rrs.rdata->data[0], 255);
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void records_that_become_the_same_are_one(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "first=same");
	ask_var(&ask, "second=SAME");
	ask_for(&ask, "vmx.d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "vmx.d.test. 300 MX 10 same.example.net.\n"
	              "vmx.d.test. 300 MX 20 c.d.test.\n", "", "");
	ask_clear(&ask);
}

static void undefined_variables_leave_an_empty_non_terminal(void **state)
{
	assert_nodata("undef.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("undef.d.test.", KNOT_RRTYPE_A);
	assert_nodata("undef.d.test.", KNOT_RRTYPE_ANY);
	assert_nodata("undefcn.d.test.", KNOT_RRTYPE_A);
	assert_nodata("undefcn.d.test.", KNOT_RRTYPE_CNAME);
	assert_nodata("deep.undef.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("none.undef.d.test.", KNOT_RRTYPE_A);
}

static void undefined_variables_leave_the_other_records(void **state)
{
	assert_positive("some.d.test.", KNOT_RRTYPE_TXT, "some.d.test. 300 TXT \"always\"\n");
	assert_positive("some.d.test.", KNOT_RRTYPE_A, "some.d.test. 300 A 192.0.2.7\n");
	assert_positive("anyundef.d.test.", KNOT_RRTYPE_ANY,
	                "anyundef.d.test. 300 TXT \"second\"\n");
	assert_nodata("anyundef.d.test.", KNOT_RRTYPE_MX);
}

static void a_variable_can_make_a_cname_of_one_domain_only(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "undefined=now");
	ask_for(&ask, "undefcn.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "undefcn.d.test. 300 CNAME now.example.net.\n", "", "");
	ask_clear(&ask);
}

static void a_record_that_cannot_be_expanded_is_an_error(void **state)
{
	char label[80] = "first=";
	memset(label + 6, 'l', 64);
	static const struct {
		const char *qname;
		uint16_t qtype;
	} questions[] = {
		{ "badname.d.test.", KNOT_RRTYPE_CNAME },
		{ "badname.d.test.", KNOT_RRTYPE_A },
		{ "badname.d.test.", KNOT_RRTYPE_ANY },
		{ "vcn.d.test.", KNOT_RRTYPE_TXT },
		{ "vmx.d.test.", KNOT_RRTYPE_MX },
	};
	const char *const values[] = { label, "first=", "first=a..b", "first=.", "first=a." };
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_var(&ask, values[v]);
			ask_for(&ask, questions[q].qname, questions[q].qtype);
			assert_int_equal(ask.ret, (v == 0) ? KNOT_ESPACE : KNOT_EMALF);
			ask_clear(&ask);

			// The other names of the domain are not concerned.
			ask_init(&ask, profile);
			ask_var(&ask, values[v]);
			ask_for(&ask, "www.d.test.", KNOT_RRTYPE_A);
			assert_answer(&ask, HM_ANSWER_POSITIVE, "www.d.test. 600 A 192.0.2.1\n",
			              "", "");
			ask_clear(&ask);
		}
	}
}

static void a_string_that_gets_too_long_is_an_error(void **state)
{
	for (unsigned len = 254; len <= 257; len++) {
		char var[300] = "first=";
		memset(var + 6, 's', len);
		ask_t ask;
		ask_init(&ask, profile);
		ask_var(&ask, var);
		ask_for(&ask, "badstring.d.test.", KNOT_RRTYPE_HINFO);
		assert_int_equal(ask.ret, (len <= 255) ? KNOT_EOK : KNOT_ESPACE);
		ask_clear(&ask);
	}
}

static void a_name_that_gets_too_long_is_an_error(void **state)
{
	char text[256] = "";
	for (unsigned i = 0; i < 126; i++) {
		strcat(text, "d.");
	}
	ask_t ask;
	ask_init(&ask, profile);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_SOA);
	assert_int_equal(ask.ret, KNOT_EOK);
	assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
	ask_clear(&ask);

	// The domain has 253 bytes, mx and a length byte are one too many.
	ask_init(&ask, profile);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_MX);
	assert_int_equal(ask.ret, KNOT_ESPACE);
	ask_clear(&ask);

	hm_profile_t *p = profile_from("long.zone", "@ SOA ns.{domain}. h. 1 2 3 4 5\n@ NS n.\n");
	ask_init(&ask, p);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_A);
	assert_int_equal(ask.ret, KNOT_ESPACE);
	ask_clear(&ask);
	hm_profile_free(p);
}

// Hostile questions

static void every_type_gets_an_answer(void **state)
{
	static const char *const names[] = {
		"d.test.", "one.d.test.", "b.c.d.test.", "any.w.d.test.", "none.d.test.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (unsigned type = 0; type <= UINT16_MAX; type += (type < 1024) ? 1 : 97) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_for(&ask, names[i], type);
			assert_int_equal(ask.ret, KNOT_EOK);
			assert_true(between(ask.answer, HM_ANSWER_POSITIVE, HM_ANSWER_NXDOMAIN));
			ask_clear(&ask);
		}
	}
}

static void the_longest_names_are_answered(void **state)
{
	uint8_t name[KNOT_DNAME_MAXLEN + 1];
	static const uint8_t domain[] = "\1d\4test";
	static const uint8_t fills[] = { 'a', '*', 0, 0xff, 'Q', '.' };
	for (size_t f = 0; f < sizeof(fills); f++) {
		for (unsigned label_len = 1; label_len <= 63; label_len += 31) {
			// Labels of this length, the last one shorter, up to 255 bytes.
			size_t len = 0, room = KNOT_DNAME_MAXLEN - sizeof(domain);
			while (room - len >= 2) {
				size_t label = (room - len - 1 < label_len) ? room - len - 1 :
				                                              label_len;
				name[len++] = label;
				memset(name + len, fills[f], label);
				len += label;
			}
			memcpy(name + len, domain, sizeof(domain));
			assert_true(between(knot_dname_size(name), 254, KNOT_DNAME_MAXLEN));

			ask_t ask;
			ask_init(&ask, profile);
			ask_name(&ask, name, KNOT_RRTYPE_A);
			assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", SOA, "");
			ask_clear(&ask);
		}
	}
}

static void labels_that_look_like_the_domain_are_not_it(void **state)
{
	assert_nxdomain("www.d.test.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("\\003www\\001d\\004test.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("www\\.d.d.test.", KNOT_RRTYPE_A);
}

static void the_same_question_has_the_same_answer(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t first[1024];
		size_t first_size = 0;
		for (unsigned again = 0; again < 3; again++) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_var(&ask, "first=x");
			ask_for(&ask, i ? "one.d.test." : "vmx.d.test.", KNOT_RRTYPE_MX);
			if (again == 0) {
				first_size = ask.resp->size;
				memcpy(first, ask.resp->wire, first_size);
			}
			assert_int_equal(ask.resp->size, first_size);
			assert_memory_equal(ask.resp->wire, first, first_size);
			ask_clear(&ask);
		}
	}
}

// Failing allocations

static void every_failing_allocation_is_an_error(void **state)
{
	char text[8192] = APEX "*.v CNAME {first}.w\n*.w CNAME m0\n"
	                  "big TXT \"{first}\"\nbig TXT \"a{second}\"\nbig TXT \"a\"\n";
	for (unsigned i = 0; i < 20; i++) {
		char line[80];
		snprintf(line, sizeof(line), "@ MX %u m%u\nm%u A 192.0.2.%u\nm%u AAAA ::%u\n",
		         i, i, i, i, i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("memory.zone", text);
	static const struct {
		const char *qname;
		uint16_t qtype;
		long least; // Allocations that there are at least.
	} questions[] = {
		{ "d.test.", KNOT_RRTYPE_MX, 20 }, // Beyond 16 RRsets, with their owners.
		{ "x.v.d.test.", KNOT_RRTYPE_AAAA, 3 },
		{ "big.d.test.", KNOT_RRTYPE_TXT, 3 },
		{ "none.d.test.", KNOT_RRTYPE_A, 2 },
		{ "big.d.test.", KNOT_RRTYPE_A, 2 },
	};
	for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
		for (unsigned udp = 0; udp < 2; udp++) {
			long count = 0;
			int ret;
			do {
				ask_t ask;
				ask_init(&ask, p);
				ask_var(&ask, "first=z");
				ask_var(&ask, "second=b");
				ask.question.udp = udp;
				prepare(&ask, dname(questions[q].qname), questions[q].qtype);
				ask.pool.countdown = count;
				// There is no other memory than that of the packet.
				alloc_countdown = 0;
				ret = hm_answer(&ask.question, ask.resp, &ask.answer);
				alloc_countdown = -1;
				if (ret != KNOT_EOK) {
					assert_int_equal(ret, KNOT_ENOMEM);
					assert_int_equal(ask.answer, NO_ANSWER);
					count++;
				}
				ask_clear(&ask);
			} while (ret != KNOT_EOK);
			assert_true(between(count, questions[q].least, 200));
		}
	}
	hm_profile_free(p);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_is_answered),
		TEST(the_apex_is_answered),
		TEST(all_records_of_an_rrset_are_answered),
		TEST(a_domain_of_many_labels_is_answered),
		TEST(the_case_of_the_question_is_kept_and_its_name_compressed),
		TEST(names_in_a_chain_are_compressed),
		TEST(any_gives_one_rrset),
		TEST(a_cname_to_outside_is_answered_alone),
		TEST(a_target_that_only_ends_in_the_same_bytes_is_outside),
		TEST(a_cname_that_is_asked_for_is_not_followed),
		TEST(a_chain_inside_is_followed),
		TEST(a_chain_that_ends_without_data_is_nodata),
		TEST(a_chain_that_ends_nowhere_is_nxdomain),
		TEST(a_chain_has_at_most_five_links),
		TEST(a_loop_ends_where_it_began),
		TEST(a_cname_may_use_the_domain_and_its_variables),
		TEST(a_wildcard_answers_under_the_name_that_was_asked_for),
		TEST(names_that_exist_are_not_the_wildcards),
		TEST(a_wildcard_without_the_type_is_nodata),
		TEST(a_wildcard_cname_is_followed),
		TEST(a_wildcard_cname_to_itself_is_answered_twice),
		TEST(a_wildcard_below_a_wildcard_needs_the_asterisk),
		TEST(an_empty_non_terminal_is_nodata),
		TEST(a_name_without_the_type_is_nodata),
		TEST(a_name_that_does_not_exist_is_nxdomain),
		TEST(nxdomain_carries_the_soa_with_its_negative_ttl),
		TEST(ds_of_a_nested_domain_is_nodata),
		TEST(only_ds_is_different_at_a_nested_domain),
		TEST(additional_addresses_of_targets_inside_are_added),
		TEST(every_target_is_looked_up_but_aliases_are_not_followed),
		TEST(more_targets_than_the_packet_has_room_for_at_first),
		TEST(negative_answers_have_no_additional_records),
		TEST(an_rrset_that_does_not_fit_truncates_over_udp),
		TEST(a_chain_that_does_not_fit_is_cut_with_tc),
		TEST(an_soa_that_does_not_fit_is_left_out_without_tc),
		TEST(additional_records_that_do_not_fit_are_left_out_without_tc),
		TEST(a_smaller_address_behind_one_that_does_not_fit_is_added),
		TEST(targets_of_a_wildcard_that_does_not_fit_are_left_out),
		TEST(reserved_room_is_left_alone),
		TEST(an_rrset_beyond_64_kib_is_an_error_but_truncates_over_udp),
		TEST(an_rrset_of_more_than_65535_records_is_never_a_part_of_it),
		TEST(records_are_turned),
		TEST(turned_records_keep_their_additional_addresses),
		TEST(variables_are_filled_in),
		TEST(a_long_value_goes_on_in_more_strings),
		TEST(records_that_become_the_same_are_one),
		TEST(undefined_variables_leave_an_empty_non_terminal),
		TEST(undefined_variables_leave_the_other_records),
		TEST(a_variable_can_make_a_cname_of_one_domain_only),
		TEST(a_record_that_cannot_be_expanded_is_an_error),
		TEST(a_string_that_gets_too_long_is_an_error),
		TEST(a_name_that_gets_too_long_is_an_error),
		TEST(every_type_gets_an_answer),
		TEST(the_longest_names_are_answered),
		TEST(labels_that_look_like_the_domain_are_not_it),
		TEST(the_same_question_has_the_same_answer),
		TEST(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
