/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fake_zone.h"
#include "hostedmail/answer.h"
#include "test.h"

/*! \brief A response that was filled by the server, and by the profile. */
typedef struct {
	hm_question_t question;
	hm_domain_t domain;
	knot_dname_storage_t apex;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len;
	size_t max_size;   /*!< Of the response. */
	hm_profile_t *profile;
	fake_zone_t zone;
	pool_t pool;
	uint8_t *wire;     /*!< Buffer of the response, on the heap for its bounds. */
	knot_pkt_t *resp;
} ask_t;

static ask_t ask;

/*! \brief What a link of the server to its additional records is here. */
static int linked;

// Records of the profile have a TTL of 300, those of the zone one of 600.
#define APEX \
	"$TTL 300\n" \
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n" \
	"@ NS ns.profile.test.\n"

static const char common[] = APEX
	"@      MX    10 p\n"
	"@      MX    20 z\n"
	"@      MX    30 q\n"
	"@      MX    40 mx.test.\n"
	"p      A     192.0.2.1\n"
	"p      AAAA  2001:db8::1\n"
	"q      A     192.0.2.2\n"
	"both   A     192.0.2.3\n"
	"hidden A     192.0.2.4\n"
	"cname  CNAME p\n"
	"toz    MX    10 z\n"
	"txt    TXT   \"profile\"\n"
	"var    TXT   \"{first}\"\n"
	"*.w    A     192.0.2.5\n"
	"x.w    TXT   \"here\"\n"
	"sub    A     192.0.2.6\n"
	"https  HTTPS 1 svc port=2\n"
	"svc    A     192.0.2.7\n"
	"svc    HTTPS 1 p port=3\n"
	"svc    SVCB  1 . port=2\n";

static const char zone[] = ZONE_APEX
	"z      A     198.51.100.1\n"
	"z      AAAA  2001:db8::ff\n"
	"both   AAAA  2001:db8::fe\n"
	"hidden CNAME z\n"
	"tozone MX    10 z\n"
	"toprof MX    10 p\n"
	"tomix  MX    10 q\n"
	"tomix  MX    20 z\n"
	"tomix  MX    30 both\n"
	"tomix  MX    40 hidden\n"
	"tomix  MX    50 cname\n"
	"tomix  MX    60 nowhere\n"
	"tomix  MX    70 mx.test.\n"
	"tohid  MX    10 hidden\n"
	"tonone MX    10 nowhere\n"
	"tobelow MX   10 a.p\n"
	"totxt  MX    10 txt\n"
	"toout  MX    10 mx.test.\n"
	"towild MX    10 a.w\n"
	"towild MX    20 a.zw\n"
	"towild MX    30 x.w\n"
	"towild MX    40 a.both.w\n"
	"*.zw   A     198.51.100.2\n"
	"srv    SRV   1 2 3 p\n"
	"other  NS    ns.other\n"
	"ns.other A   198.51.100.3\n"
	"sub    NS    p\n"
	"sub    NS    z\n"
	"sub    NS    a.sub\n"
	"sub    NS    sub\n"
	"sub    NS    ns.other\n"
	"sub    A     198.51.100.4\n"
	"a.sub  A     198.51.100.5\n"
	"deep   NS    b.a.deep\n"
	"*.a.deep A   198.51.100.6\n"
	"mxsub  MX    10 p\n"
	"mxsub  MX    20 a.sub\n"
	"tosub  MX    10 a.sub\n"
	"svcb   SVCB  1 svc port=2\n";

static void begin(const char *of_profile, const char *of_zone)
{
	memset(&ask, 0, sizeof(ask));
	memcpy(ask.apex, dname("d.test."), 8);
	hm_domain_init(ask.apex, &ask.domain);
	ask.profile = profile_from("additional.zone", of_profile);
	fake_zone_init(&ask.zone, "d.test.", of_zone);
	const char *reason;
	assert_int_equal(hm_vars_add("first=c", 7, ask.vars, &ask.vars_len, &reason), KNOT_EOK);
	ask.domain.vars = ask.vars;
	ask.domain.vars_len = ask.vars_len;
	ask.question = (hm_question_t) {
		.view = {
			.profile = ask.profile, .domain = &ask.domain,
			.zone = fake_zone_get, .ctx = &ask.zone,
		},
		.udp = true,
	};
	ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
	pool_init(&ask.pool);
}

static void end(void)
{
	hm_profile_free(ask.profile);
	fake_zone_clear(&ask.zone);
	pool_clear(&ask.pool);
	free(ask.wire);
}

static void prepare(const char *qname, uint16_t qtype)
{
	pool_clear(&ask.pool);
	pool_init(&ask.pool);
	free(ask.wire);
	ask.wire = malloc(ask.max_size);
	assert_non_null(ask.wire);
	ask.resp = response_new(qname, qtype, ask.wire, ask.max_size, &ask.pool.mm);
}

/*! \brief Put an RRset of the zone, with its link if the server has records for it. */
static void put(const char *owner, uint16_t type, bool link)
{
	knot_rrset_t rrset = *fake_zone_rrset(&ask.zone, dname(owner), type);
	rrset.additional = link ? &linked : NULL;
	uint16_t hint = (ask.resp->current == KNOT_ANSWER && ask.resp->rrset_count == 0) ?
	                KNOT_COMPR_HINT_QNAME : KNOT_COMPR_HINT_NONE;
	assert_int_equal(knot_pkt_put(ask.resp, hint, &rrset, 0), KNOT_EOK);
}

/*! \brief Let the profile look at an authority section, tell whether it took the links. */
static bool take(void)
{
	knot_rrset_t *rrset = &ask.resp->rr[ask.resp->rrset_count - 1];
	void *link = rrset->additional;
	size_t size = ask.resp->size;
	hm_overlay_take_additional(&ask.question, ask.resp);
	assert_int_equal(ask.resp->size, size);
	assert_true(rrset->additional == link || rrset->additional == NULL);
	return link != NULL && rrset->additional == NULL;
}

/*! \brief An answer of the zone up to the end of its authority section. */
static void serve(const char *qname, uint16_t qtype, bool link)
{
	prepare(qname, qtype);
	put(qname, qtype, link);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
}

/*! \brief A referral. */
static void refer(const char *qname, const char *cut, bool link)
{
	prepare(qname, KNOT_RRTYPE_A);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
	put(cut, KNOT_RRTYPE_NS, link);
}

static int add(void)
{
	knot_pkt_begin(ask.resp, KNOT_ADDITIONAL);
	return hm_overlay_additional(&ask.question, ask.resp);
}

/*! \brief Expect the additional section, and that the server's own is not used if there is one. */
static void assert_added(const char *want)
{
	if (ask.resp->rr[0].additional != NULL) {
		assert_true(take());
		assert_null(ask.resp->rr[0].additional);
	}
	assert_int_equal(add(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, want);
	assert_int_equal(knot_wire_get_tc(ask.resp->wire), 0);
}

// Whose records are missing

static void what_the_server_knows_is_left_to_it(void **state)
{
	static const char *const names[] = {
		"tozone.d.test.", "toout.d.test.", "tonone.d.test.", "tosub.d.test.",
	};
	begin(common, zone);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		serve(names[i], KNOT_RRTYPE_MX, true);
		assert_false(take());
		assert_int_equal(add(), KNOT_EOK);
		assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	}
	refer("x.deep.d.test.", "deep.d.test.", true);
	assert_false(take());
	// A target that does not exist has no link, which leaves the others.
	prepare("tonone.d.test.", KNOT_RRTYPE_MX);
	put("tonone.d.test.", KNOT_RRTYPE_MX, false);
	put("tozone.d.test.", KNOT_RRTYPE_MX, true);
	assert_false(take());
	// There is nothing to be known.
	serve("toout.d.test.", KNOT_RRTYPE_MX, false);
	assert_int_equal(add(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	serve("tonone.d.test.", KNOT_RRTYPE_MX, false);
	assert_int_equal(add(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	end();
}

static void what_the_server_does_not_know_is_taken_from_it(void **state)
{
	static const char *const names[] = {
		"toprof.d.test.", "tomix.d.test.", "tohid.d.test.", "tobelow.d.test.",
		"totxt.d.test.", "towild.d.test.", "mxsub.d.test.",
	};
	begin(common, zone);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		serve(names[i], KNOT_RRTYPE_MX, true);
		assert_true(take());
	}
	refer("x.sub.d.test.", "sub.d.test.", true);
	assert_true(take());
	end();
}

static void all_is_taken_if_one_rrset_is_incomplete(void **state)
{
	begin(common, zone);
	for (int first = 0; first < 2; first++) {
		prepare("tozone.d.test.", KNOT_RRTYPE_MX);
		put(first ? "toprof.d.test." : "tozone.d.test.", KNOT_RRTYPE_MX, true);
		put(first ? "tozone.d.test." : "toprof.d.test.", KNOT_RRTYPE_MX, true);
		put("d.test.", KNOT_RRTYPE_SOA, false);
		knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
		hm_overlay_take_additional(&ask.question, ask.resp);
		assert_null(ask.resp->rr[0].additional);
		assert_null(ask.resp->rr[1].additional);
		// Those of the zone are as they were.
		assert_ptr_equal(ask.resp->rr[2].rrs.rdata,
		                 fake_zone_rrset(&ask.zone, dname("d.test."),
		                                 KNOT_RRTYPE_SOA)->rrs.rdata);
	}
	end();
}

static void only_types_with_targets_are_looked_at(void **state)
{
	static const char of_zone[] = ZONE_APEX
		"mx MX 1 p\nsrv SRV 1 2 3 p\nns NS p\nsvcb SVCB 1 p\nhttps HTTPS 1 p\n"
		"cname CNAME p\nptr PTR p\ntxt TXT \"p\"\ndname DNAME p\na A 192.0.2.1\n"
		"out MX 1 p.test.\nup MX 1 test.\nroot MX 0 .\nat MX 1 @\n"
		"svcout SVCB 1 .\nmany MX 1 p.test.\nmany MX 2 p.e.test.\nmany MX 3 p\n";
	static const struct {
		const char *owner;
		uint16_t type;
		bool targets;
	} cases[] = {
		{ "mx", KNOT_RRTYPE_MX, true }, { "srv", KNOT_RRTYPE_SRV, true },
		{ "ns", KNOT_RRTYPE_NS, true }, { "svcb", KNOT_RRTYPE_SVCB, true },
		{ "https", KNOT_RRTYPE_HTTPS, true }, { "cname", KNOT_RRTYPE_CNAME, false },
		{ "ptr", KNOT_RRTYPE_PTR, false }, { "txt", KNOT_RRTYPE_TXT, false },
		{ "dname", KNOT_RRTYPE_DNAME, false }, { "a", KNOT_RRTYPE_A, false },
		{ "out", KNOT_RRTYPE_MX, false }, { "up", KNOT_RRTYPE_MX, false },
		{ "root", KNOT_RRTYPE_MX, false }, { "at", KNOT_RRTYPE_MX, true },
		{ "svcout", KNOT_RRTYPE_SVCB, false }, { "many", KNOT_RRTYPE_MX, true },
	};
	begin(common, of_zone);
	prepare("x.d.test.", KNOT_RRTYPE_A);
	assert_false(hm_overlay_has_targets(&ask.domain, ask.resp));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char owner[32];
		snprintf(owner, sizeof(owner), "%s.d.test.", cases[i].owner);
		serve(owner, cases[i].type, true);
		assert_int_equal(hm_overlay_has_targets(&ask.domain, ask.resp), cases[i].targets);
		assert_int_equal(take(), cases[i].targets);
		// The same behind another RRset.
		prepare("x.d.test.", KNOT_RRTYPE_A);
		put("out.d.test.", KNOT_RRTYPE_MX, true);
		put(owner, cases[i].type, true);
		assert_int_equal(hm_overlay_has_targets(&ask.domain, ask.resp), cases[i].targets);
		assert_int_equal(take(), cases[i].targets);
	}
	end();
}

// What is put

static void targets_in_the_profile_are_added(void **state)
{
	begin(common, zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	serve("srv.d.test.", KNOT_RRTYPE_SRV, false);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	serve("totxt.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("");
	serve("tohid.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("");
	end();
}

/*! \brief Answer from the profile up to the end of the authority section. */
static void answer(const char *qname, uint16_t qtype)
{
	prepare(qname, qtype);
	const knot_dname_t *name = knot_pkt_qname(ask.resp);
	hm_overlay_result_t overlay;
	assert_int_equal(hm_overlay_answer(&ask.question, &name, false, ask.resp, &overlay),
	                 KNOT_EOK);
	assert_int_equal(overlay, HM_OVERLAY_POSITIVE);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
}

static void targets_of_the_profile_are_added_from_both(void **state)
{
	begin(common, zone);
	answer("d.test.", KNOT_RRTYPE_MX);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "q.d.test. 300 A 192.0.2.2\n");
	// No link of the server can be there, so the zone's records are missing as well.
	answer("toz.d.test.", KNOT_RRTYPE_MX);
	assert_added("z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n");
	end();
}

static void targets_of_the_zone_are_added_in_their_order(void **state)
{
	begin(common, zone);
	serve("tomix.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("q.d.test. 300 A 192.0.2.2\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "both.d.test. 300 A 192.0.2.3\nboth.d.test. 600 AAAA 2001:db8::fe\n");
	end();
}

static void owners_and_targets_are_compressed(void **state)
{
	begin(common, zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	size_t size = ask.resp->size;
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	assert_int_equal(ask.resp->size, size + 12 + 4 + 12 + 16);
	// Both point at the target, the last four bytes of the answer.
	assert_int_equal(knot_wire_read_u16(ask.resp->wire + size), 0xc000 | (size - 4));
	assert_int_equal(knot_wire_read_u16(ask.resp->wire + size + 16), 0xc000 | (size - 4));
	end();
}

static void wildcards_are_added_under_their_own_name(void **state)
{
	begin(common, zone);
	serve("towild.d.test.", KNOT_RRTYPE_MX, true);
	assert_true(take());
	assert_int_equal(add(), KNOT_EOK);
	// As the server does it: additional records are those of a node.
	const knot_pktsection_t *records = knot_pkt_section(ask.resp, KNOT_ADDITIONAL);
	assert_int_equal(records->count, 3);
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 0)->owner, dname("*.w.d.test.")));
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 1)->owner, dname("*.zw.d.test.")));
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 2)->owner, dname("*.w.d.test.")));
	// But the hint makes it the target, which is what a client sees.
	assert_sent(ask.resp, KNOT_ADDITIONAL, "a.w.d.test. 300 A 192.0.2.5\n"
	            "a.zw.d.test. 600 A 198.51.100.2\na.both.w.d.test. 300 A 192.0.2.5\n");
	end();
}

static void glue_of_a_delegation_comes_first(void **state)
{
	begin(common, zone);
	refer("x.sub.d.test.", "sub.d.test.", true);
	assert_sent(ask.resp, KNOT_AUTHORITY,
	            "sub.d.test. 600 NS a.sub.d.test.\nsub.d.test. 600 NS p.d.test.\n"
	            "sub.d.test. 600 NS z.d.test.\nsub.d.test. 600 NS ns.other.d.test.\n"
	            "sub.d.test. 600 NS sub.d.test.\n");
	assert_added("a.sub.d.test. 600 A 198.51.100.5\nsub.d.test. 600 A 198.51.100.4\n"
	             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "ns.other.d.test. 600 A 198.51.100.3\n");
	end();
}

static void glue_may_be_a_wildcard_below_the_delegation(void **state)
{
	begin(common, zone);
	refer("x.deep.d.test.", "deep.d.test.", false);
	assert_added("b.a.deep.d.test. 600 A 198.51.100.6\n");
	end();
}

static void only_name_servers_have_glue(void **state)
{
	begin(common, zone);
	serve("mxsub.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "a.sub.d.test. 600 A 198.51.100.5\n");
	end();
	// Be it below the owner.
	begin(common, ZONE_APEX "@ MX 1 p\n@ MX 2 a.sub\nsub NS a.sub\na.sub A 198.51.100.1\n");
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "a.sub.d.test. 600 A 198.51.100.1\n");
	end();
}

static void name_servers_of_the_zone_may_be_below_a_delegation(void **state)
{
	begin(common, ZONE_APEX "@ NS p\n@ NS z.sub\nsub NS z.sub\nz.sub A 198.51.100.1\n");
	serve("d.test.", KNOT_RRTYPE_NS, true);
	assert_added("z.sub.d.test. 600 A 198.51.100.1\n"
	             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	end();
}

static void a_service_has_its_own_records_too(void **state)
{
	begin(common, zone);
	answer("https.d.test.", KNOT_RRTYPE_HTTPS);
	// Its own target is not looked at in turn.
	assert_added("svc.d.test. 300 A 192.0.2.7\nsvc.d.test. 300 HTTPS 1 p.d.test. port=3\n");
	serve("svcb.d.test.", KNOT_RRTYPE_SVCB, false);
	assert_added("svc.d.test. 300 A 192.0.2.7\nsvc.d.test. 300 SVCB 1 . port=2\n");
	end();
}

static void every_rrset_of_the_response_is_looked_at(void **state)
{
	begin(common, zone);
	prepare("toprof.d.test.", KNOT_RRTYPE_MX);
	put("toprof.d.test.", KNOT_RRTYPE_MX, false);
	put("d.test.", KNOT_RRTYPE_SOA, false);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
	put("other.d.test.", KNOT_RRTYPE_NS, true);
	assert_true(take());
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "ns.other.d.test. 600 A 198.51.100.3\n");
	end();
}

static void targets_of_other_types_are_left_out(void **state)
{
	begin(common, ZONE_APEX "alias CNAME p\nmail MX 1 q\ntxt TXT \"a\"\n");
	prepare("alias.d.test.", KNOT_RRTYPE_MX);
	put("alias.d.test.", KNOT_RRTYPE_CNAME, false);
	put("txt.d.test.", KNOT_RRTYPE_TXT, false);
	put("mail.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("q.d.test. 300 A 192.0.2.2\n");
	end();
}

static void more_targets_than_the_packet_has_room_for_at_first(void **state)
{
	// More than 16 RRsets: the arrays of the packet move; more than 15 hints of an RRset too.
	char of_profile[4096] = APEX, of_zone[4096] = ZONE_APEX, want[4096] = "";
	for (unsigned i = 0; i < 30; i++) {
		char *text = (i % 2 == 0) ? of_profile : of_zone;
		sprintf(text + strlen(text), "m%u A 192.0.2.%u\n", i, i);
		sprintf(of_zone + strlen(of_zone), "@ MX %u m%u\n", i, i);
		sprintf(want + strlen(want), "m%u.d.test. %u A 192.0.2.%u\n", i,
		        i % 2 ? 600 : 300, i);
	}
	begin(of_profile, of_zone);
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added(want);
	end();
}

static void records_are_turned(void **state)
{
	begin(APEX "p A 192.0.2.1\np A 192.0.2.2\n", ZONE_APEX "toprof MX 1 p\n");
	ask.question.rotate = 1;
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("p.d.test. 300 A 192.0.2.2\np.d.test. 300 A 192.0.2.1\n");
	end();
}

// Sizes and memory

static void records_that_do_not_fit_are_left_out_without_tc(void **state)
{
	begin(common, zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, true);
	size_t size = ask.resp->size;
	for (size_t room = 0; room <= 16 + 28; room++) {
		ask.max_size = size + room;
		serve("toprof.d.test.", KNOT_RRTYPE_MX, true);
		assert_added((room < 16) ? "" : (room < 44) ? "p.d.test. 300 A 192.0.2.1\n" :
		             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	}
	end();
}

static void glue_that_does_not_fit_truncates_a_referral(void **state)
{
	begin(APEX "p A 192.0.2.1\n",
	      ZONE_APEX "sub NS p\nsub NS a.sub\na.sub A 198.51.100.1\n"
	      "@ NS a.sub\n");
	for (int room = 0; room < 33; room++) {
		refer("x.sub.d.test.", "sub.d.test.", true);
		ask.max_size = ask.resp->size + room;
		refer("x.sub.d.test.", "sub.d.test.", true);
		assert_true(take());
		assert_int_equal(add(), KNOT_EOK);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire) != 0, room < 16);
		ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
	}
	// An answer has no need of it.
	serve("d.test.", KNOT_RRTYPE_NS, true);
	ask.max_size = ask.resp->size;
	serve("d.test.", KNOT_RRTYPE_NS, false);
	assert_added("");
	end();
}

static void a_smaller_record_behind_one_that_does_not_fit_is_added(void **state)
{
	begin(APEX "six AAAA 2001:db8::1\nfour A 192.0.2.1\n",
	      ZONE_APEX "@ MX 1 six\n@ MX 2 four\nmore MX 1 four\n");
	serve("d.test.", KNOT_RRTYPE_MX, true);
	ask.max_size = ask.resp->size + 27;
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added("four.d.test. 300 A 192.0.2.1\n");
	end();
}

static void the_rrset_whose_last_record_does_not_fit_is_the_last(void **state)
{
	begin(APEX "six AAAA 2001:db8::1\nfour A 192.0.2.1\n",
	      ZONE_APEX "one MX 1 six\ntwo MX 1 four\n");
	for (int room = 0; room < 2; room++) {
		ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
		for (int again = 0; again < 2; again++) {
			prepare("one.d.test.", KNOT_RRTYPE_MX);
			put("one.d.test.", KNOT_RRTYPE_MX, false);
			put("two.d.test.", KNOT_RRTYPE_MX, false);
			ask.max_size = ask.resp->size + 27 + room;
		}
		assert_added(room ? "six.d.test. 300 AAAA 2001:db8::1\n" : "");
	}
	end();
}

static void a_record_that_cannot_be_expanded_is_an_error(void **state)
{
	begin(APEX "p SVCB 1 {first}.test.\np A 192.0.2.1\nq A 192.0.2.2\n",
	      ZONE_APEX "svcb SVCB 1 p\nsvcb SVCB 2 q\nsvcb SVCB 0 q\n");
	static uint8_t vars[HM_VARS_MAX];
	size_t len = 0;
	const char *reason;
	assert_int_equal(hm_vars_add("first=x..y", 10, vars, &len, &reason), KNOT_EOK);
	ask.domain.vars = vars;
	ask.domain.vars_len = len;
	serve("svcb.d.test.", KNOT_RRTYPE_SVCB, false);
	assert_int_equal(add(), KNOT_EMALF);
	end();
}

static void every_failing_allocation_is_an_error(void **state)
{
	char of_profile[4096] = APEX "svc SVCB 1 {first}.test.\n";
	char of_zone[4096] = ZONE_APEX "s SVCB 1 svc\n";
	for (unsigned i = 0; i < 20; i++) {
		sprintf(of_profile + strlen(of_profile), "m%u A 192.0.2.%u\n", i, i);
		sprintf(of_zone + strlen(of_zone), "@ MX %u m%u\n", i, i);
	}
	begin(of_profile, of_zone);
	for (int service = 0; service < 2; service++) {
		for (long count = 0; ; count++) {
			serve(service ? "s.d.test." : "d.test.",
			      service ? KNOT_RRTYPE_SVCB : KNOT_RRTYPE_MX, true);
			ask.pool.countdown = count;
			alloc_countdown = 0; // There is no other memory than that of the packet.
			hm_overlay_take_additional(&ask.question, ask.resp);
			int ret = add();
			alloc_countdown = -1;
			if (ret == KNOT_EOK) {
				assert_true(count >= (service ? 2 : 21));
				break;
			}
			assert_int_equal(ret, KNOT_ENOMEM);
		}
	}
	end();
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_server_knows_is_left_to_it),
		TEST(what_the_server_does_not_know_is_taken_from_it),
		TEST(all_is_taken_if_one_rrset_is_incomplete),
		TEST(only_types_with_targets_are_looked_at),
		TEST(targets_in_the_profile_are_added),
		TEST(targets_of_the_profile_are_added_from_both),
		TEST(targets_of_the_zone_are_added_in_their_order),
		TEST(owners_and_targets_are_compressed),
		TEST(wildcards_are_added_under_their_own_name),
		TEST(glue_of_a_delegation_comes_first),
		TEST(glue_may_be_a_wildcard_below_the_delegation),
		TEST(only_name_servers_have_glue),
		TEST(name_servers_of_the_zone_may_be_below_a_delegation),
		TEST(a_service_has_its_own_records_too),
		TEST(every_rrset_of_the_response_is_looked_at),
		TEST(targets_of_other_types_are_left_out),
		TEST(more_targets_than_the_packet_has_room_for_at_first),
		TEST(records_are_turned),
		TEST(records_that_do_not_fit_are_left_out_without_tc),
		TEST(glue_that_does_not_fit_truncates_a_referral),
		TEST(a_smaller_record_behind_one_that_does_not_fit_is_added),
		TEST(the_rrset_whose_last_record_does_not_fit_is_the_last),
		TEST(a_record_that_cannot_be_expanded_is_an_error),
		TEST(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
