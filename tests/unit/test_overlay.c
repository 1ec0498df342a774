/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fake_zone.h"
#include "hostedmail/answer.h"
#include "test.h"

/*! \brief One question to a profile and a zone, and what came back. */
typedef struct {
	hm_question_t question;
	hm_domain_t domain;
	knot_dname_storage_t apex;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len;
	size_t max_size;          /*!< Of the response. */
	bool dry;
	hm_profile_t *profile;
	fake_zone_t zone;
	pool_t pool;
	uint8_t *wire;            /*!< Buffer of the response, on the heap for its bounds. */
	knot_pkt_t *resp;
	const knot_dname_t *name; /*!< That was come to. */
	hm_overlay_result_t overlay;
	int ret;
} ask_t;

static ask_t ask;

/*! \brief What a result is before there is one. */
#define NO_RESULT 77

// Records of the profile have a TTL of 300, those of the zone one of 600.
#define APEX \
	"$TTL 300\n" \
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n" \
	"@ NS ns.profile.test.\n"

static const char common[] = APEX
	"www      A     192.0.2.1\n"
	"www      TXT   \"one\"\n"
	"www      TXT   \"two\"\n"
	"e.ent    TXT   \"below\"\n"
	"*.w      A     192.0.2.2\n"
	"x.w      TXT   \"here\"\n"
	"out      CNAME out.test.\n"
	"toprof   CNAME www\n"
	"tozone   CNAME own\n"
	"tocname  CNAME zprof\n"
	"tozout   CNAME zout\n"
	"tocut    CNAME a.sub\n"
	"todname  CNAME a.dname\n"
	"tonodata CNAME ent\n"
	"tonone   CNAME nowhere\n"
	"topnone  CNAME a.www\n"
	"p1       CNAME z2\n"
	"p3       CNAME z4\n"
	"p5       CNAME z6\n"
	"l1       CNAME l2\n"
	"self     CNAME self\n"
	"s1       CNAME t1\n"
	"*.ws     CNAME a.ws\n"
	"*.wp     CNAME a.wz\n"
	"var      CNAME {undefined}.test.\n"
	"some     TXT   \"{first}\"\n"
	"some     TXT   \"b\"\n"
	"sub      A     192.0.2.3\n"
	"a.sub    A     192.0.2.4\n"
	"a.dname  A     192.0.2.5\n"
	"both     A     192.0.2.6\n";

static const char zone[] = ZONE_APEX
	"own   A     198.51.100.1\n"
	"both  TXT   \"zone\"\n"
	"zout  CNAME out.test.\n"
	"zprof CNAME toprof\n"
	"z1    CNAME own\n"
	"z2    CNAME p3\n"
	"z4    CNAME p5\n"
	"z6    CNAME own\n"
	"l2    CNAME l1\n"
	"zself CNAME zself\n"
	"t1    CNAME s1\n"
	"*.zs  CNAME a.zs\n"
	"*.wz  CNAME a.wp\n"
	"sub   NS    ns.test.\n"
	"c.sub CNAME own\n"
	"dname DNAME dname.test.\n"
	"c.dname CNAME own\n";

static void begin(const char *of_profile, const char *of_zone)
{
	memset(&ask, 0, sizeof(ask));
	memcpy(ask.apex, dname("d.test."), 8);
	hm_domain_init(ask.apex, &ask.domain);
	ask.profile = profile_from("overlay.zone", of_profile);
	fake_zone_init(&ask.zone, "d.test.", of_zone);
	ask.question.udp = true;
	ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
	const char *reason;
	assert_int_equal(hm_vars_add("first=c", 7, ask.vars, &ask.vars_len, &reason), KNOT_EOK);
	pool_init(&ask.pool);
}

static void end(void)
{
	hm_profile_free(ask.profile);
	fake_zone_clear(&ask.zone);
	pool_clear(&ask.pool);
	free(ask.wire);
}

/*! \brief Prepare the response as the server does, once for each question. */
static void prepare(const char *qname, uint16_t qtype)
{
	pool_clear(&ask.pool);
	pool_init(&ask.pool);
	free(ask.wire);
	ask.wire = malloc(ask.max_size);
	assert_non_null(ask.wire);
	ask.resp = response_new(qname, qtype, ask.wire, ask.max_size, &ask.pool.mm);
	ask.domain.vars = ask.vars;
	ask.domain.vars_len = ask.vars_len;
	ask.question.view = (hm_view_t) {
		.profile = ask.profile, .domain = &ask.domain,
		.zone = fake_zone_get, .ctx = &ask.zone,
	};
	ask.name = knot_pkt_qname(ask.resp);
	ask.overlay = NO_RESULT;
}

static void solve(void)
{
	const knot_dname_t *before = ask.name;
	ask.ret = hm_overlay_answer(&ask.question, &ask.name, ask.dry, ask.resp, &ask.overlay);
	if (ask.ret != KNOT_EOK) {
		assert_int_equal(ask.overlay, NO_RESULT);
		assert_ptr_equal(ask.name, before);
	}
}

/*! \brief Ask, expect a result, the name that was come to, and the answer section. */
static void assert_asked(const char *qname, uint16_t qtype, hm_overlay_result_t overlay,
                         const char *name, const char *answers)
{
	for (int dry = 0; dry < 2; dry++) {
		ask.dry = dry;
		prepare(qname, qtype);
		size_t size = ask.resp->size;
		solve();
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.overlay, overlay);
		assert_true(knot_dname_is_equal(ask.name, dname(name)));
		assert_sent(ask.resp, KNOT_ANSWER, dry ? "" : answers);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire), 0);
		if (dry || *answers == '\0') {
			assert_int_equal(ask.resp->size, size);
			assert_int_equal(ask.resp->rrset_count, 0);
		}
		if (overlay == HM_OVERLAY_ZONE && *answers == '\0') {
			// This is how the caller knows that nothing was done.
			assert_ptr_equal(ask.name, knot_pkt_qname(ask.resp));
		}
	}
	ask.dry = false;
}

/*! \brief The same for a name that has no CNAME. */
static void assert_at(const char *name, uint16_t qtype, hm_overlay_result_t overlay,
                      const char *answers)
{
	assert_asked(name, qtype, overlay, name, answers);
}

// Results

static void what_is_the_zones_alone_is_left_to_it(void **state)
{
	begin(common, zone);
	assert_at("own.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("own.d.test.", KNOT_RRTYPE_TXT, HM_OVERLAY_ZONE, "");
	assert_at("own.d.test.", KNOT_RRTYPE_ANY, HM_OVERLAY_ZONE, "");
	assert_at("d.test.", KNOT_RRTYPE_SOA, HM_OVERLAY_ZONE, "");
	assert_at("d.test.", KNOT_RRTYPE_NS, HM_OVERLAY_ZONE, "");
	assert_at("d.test.", KNOT_RRTYPE_ANY, HM_OVERLAY_ZONE, "");
	assert_at("nowhere.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("zout.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("zout.d.test.", KNOT_RRTYPE_CNAME, HM_OVERLAY_ZONE, "");
	// It has the node and says itself that there is no such type.
	assert_at("both.d.test.", KNOT_RRTYPE_MX, HM_OVERLAY_ZONE, "");
	assert_at("both.d.test.", KNOT_RRTYPE_TXT, HM_OVERLAY_ZONE, "");
	end();
}

static void a_type_without_a_name_is_the_zones_too(void **state)
{
	begin(common, ZONE_APEX "out TYPE65280 \\# 1 00\n");
	assert_at("out.d.test.", 65280, HM_OVERLAY_ZONE, "");
	end();
}

static void what_is_cut_off_is_left_to_the_zone(void **state)
{
	begin(common, zone);
	assert_at("sub.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("sub.d.test.", KNOT_RRTYPE_DS, HM_OVERLAY_ZONE, "");
	assert_at("a.sub.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("b.a.sub.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("a.dname.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	// Nor is a CNAME followed that nobody sees.
	assert_at("c.sub.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("c.dname.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_asked("tocut.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "a.sub.d.test.",
	             "tocut.d.test. 300 CNAME a.sub.d.test.\n");
	assert_asked("todname.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "a.dname.d.test.",
	             "todname.d.test. 300 CNAME a.dname.d.test.\n");
	end();
}

static void what_the_zone_lacks_is_answered(void **state)
{
	begin(common, zone);
	assert_at("www.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "www.d.test. 300 A 192.0.2.1\n");
	assert_at("www.d.test.", KNOT_RRTYPE_ANY, HM_OVERLAY_POSITIVE,
	          "www.d.test. 300 A 192.0.2.1\n");
	assert_at("www.d.test.", KNOT_RRTYPE_TXT, HM_OVERLAY_POSITIVE,
	          "www.d.test. 300 TXT \"one\"\nwww.d.test. 300 TXT \"two\"\n");
	assert_at("both.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "both.d.test. 300 A 192.0.2.6\n");
	assert_at("both.d.test.", KNOT_RRTYPE_ANY, HM_OVERLAY_POSITIVE,
	          "both.d.test. 300 A 192.0.2.6\n");
	assert_at("a.w.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "a.w.d.test. 300 A 192.0.2.2\n");
	assert_at("out.d.test.", KNOT_RRTYPE_CNAME, HM_OVERLAY_POSITIVE,
	          "out.d.test. 300 CNAME out.test.\n");
	end();
}

static void the_owner_is_the_question_and_compressed(void **state)
{
	begin(common, zone);
	prepare("www.d.test.", KNOT_RRTYPE_A);
	size_t size = ask.resp->size;
	solve();
	assert_int_equal(ask.resp->size, size + 12 + 4);
	assert_int_equal(knot_wire_read_u16(ask.resp->wire + size), 0xc00c);
	end();
}

static void records_are_turned(void **state)
{
	begin(common, zone);
	ask.question.rotate = 1;
	assert_at("www.d.test.", KNOT_RRTYPE_TXT, HM_OVERLAY_POSITIVE,
	          "www.d.test. 300 TXT \"two\"\nwww.d.test. 300 TXT \"one\"\n");
	end();
}

static void names_of_the_profile_alone_are_nodata_or_nxdomain(void **state)
{
	begin(common, zone);
	assert_at("www.d.test.", KNOT_RRTYPE_MX, HM_OVERLAY_NODATA, "");
	assert_at("ent.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NODATA, "");
	assert_at("ent.d.test.", KNOT_RRTYPE_ANY, HM_OVERLAY_NODATA, "");
	assert_at("var.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NODATA, "");
	assert_at("a.w.d.test.", KNOT_RRTYPE_MX, HM_OVERLAY_NODATA, "");
	assert_at("x.w.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NODATA, "");
	assert_at("out.d.test.", KNOT_RRTYPE_RRSIG, HM_OVERLAY_NODATA, "");
	assert_at("out.d.test.", KNOT_RRTYPE_NSEC, HM_OVERLAY_NODATA, "");
	assert_at("a.www.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NXDOMAIN, "");
	assert_at("a.x.w.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NXDOMAIN, "");
	end();
}

static void a_name_outside_has_been_answered(void **state)
{
	begin(common, zone);
	prepare("www.d.test.", KNOT_RRTYPE_A);
	ask.name = dname("www.e.test.");
	solve();
	assert_int_equal(ask.ret, KNOT_EOK);
	assert_int_equal(ask.overlay, HM_OVERLAY_POSITIVE);
	assert_int_equal(ask.resp->rrset_count, 0);
	end();
}

// Chains

static void a_cname_of_the_profile_is_followed_into_the_zone(void **state)
{
	begin(common, zone);
	assert_asked("tozone.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "own.d.test.",
	             "tozone.d.test. 300 CNAME own.d.test.\n");
	assert_asked("tonone.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "nowhere.d.test.",
	             "tonone.d.test. 300 CNAME nowhere.d.test.\n");
	assert_asked("tozout.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "zout.d.test.",
	             "tozout.d.test. 300 CNAME zout.d.test.\n");
	end();
}

static void a_cname_of_the_profile_is_followed_to_its_end(void **state)
{
	begin(common, zone);
	assert_asked("out.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "out.test.",
	             "out.d.test. 300 CNAME out.test.\n");
	assert_asked("toprof.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "www.d.test.",
	             "toprof.d.test. 300 CNAME www.d.test.\nwww.d.test. 300 A 192.0.2.1\n");
	assert_asked("tonodata.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NODATA, "ent.d.test.",
	             "tonodata.d.test. 300 CNAME ent.d.test.\n");
	assert_asked("topnone.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_NXDOMAIN, "a.www.d.test.",
	             "topnone.d.test. 300 CNAME a.www.d.test.\n");
	end();
}

static void a_chain_goes_back_and_forth(void **state)
{
	begin(common, zone);
	assert_asked("zprof.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "www.d.test.",
	             "zprof.d.test. 600 CNAME toprof.d.test.\n"
	             "toprof.d.test. 300 CNAME www.d.test.\nwww.d.test. 300 A 192.0.2.1\n");
	assert_asked("tocname.d.test.", KNOT_RRTYPE_MX, HM_OVERLAY_NODATA, "www.d.test.",
	             "tocname.d.test. 300 CNAME zprof.d.test.\n"
	             "zprof.d.test. 600 CNAME toprof.d.test.\n"
	             "toprof.d.test. 300 CNAME www.d.test.\n");
	assert_asked("p3.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "own.d.test.",
	             "p3.d.test. 300 CNAME z4.d.test.\nz4.d.test. 600 CNAME p5.d.test.\n"
	             "p5.d.test. 300 CNAME z6.d.test.\nz6.d.test. 600 CNAME own.d.test.\n");
	// The server would do the same with a chain that is all its own.
	assert_asked("z1.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "own.d.test.",
	             "z1.d.test. 600 CNAME own.d.test.\n");
	end();
}

static void a_chain_has_at_most_five_links(void **state)
{
	begin(common, zone);
	assert_asked("z2.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "own.d.test.",
	             "z2.d.test. 600 CNAME p3.d.test.\np3.d.test. 300 CNAME z4.d.test.\n"
	             "z4.d.test. 600 CNAME p5.d.test.\np5.d.test. 300 CNAME z6.d.test.\n"
	             "z6.d.test. 600 CNAME own.d.test.\n");
	assert_asked("p1.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "z6.d.test.",
	             "p1.d.test. 300 CNAME z2.d.test.\nz2.d.test. 600 CNAME p3.d.test.\n"
	             "p3.d.test. 300 CNAME z4.d.test.\nz4.d.test. 600 CNAME p5.d.test.\n"
	             "p5.d.test. 300 CNAME z6.d.test.\n");
	end();
}

static void a_loop_ends_where_it_began(void **state)
{
	begin(common, zone);
	assert_asked("self.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "self.d.test.",
	             "self.d.test. 300 CNAME self.d.test.\n");
	assert_asked("zself.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "zself.d.test.",
	             "zself.d.test. 600 CNAME zself.d.test.\n");
	assert_asked("s1.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "s1.d.test.",
	             "s1.d.test. 300 CNAME t1.d.test.\nt1.d.test. 600 CNAME s1.d.test.\n");
	assert_asked("l2.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "l2.d.test.",
	             "l2.d.test. 600 CNAME l1.d.test.\nl1.d.test. 300 CNAME l2.d.test.\n");
	end();
}

static void a_wildcard_cname_to_itself_is_answered_twice(void **state)
{
	begin(common, zone);
	assert_asked("x.ws.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "a.ws.d.test.",
	             "x.ws.d.test. 300 CNAME a.ws.d.test.\na.ws.d.test. 300 CNAME a.ws.d.test.\n");
	assert_asked("x.zs.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "a.zs.d.test.",
	             "x.zs.d.test. 600 CNAME a.zs.d.test.\na.zs.d.test. 600 CNAME a.zs.d.test.\n");
	assert_asked("x.wp.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE, "a.wp.d.test.",
	             "x.wp.d.test. 300 CNAME a.wz.d.test.\na.wz.d.test. 600 CNAME a.wp.d.test.\n"
	             "a.wp.d.test. 300 CNAME a.wz.d.test.\n");
	end();
}

static void a_chain_may_begin_behind_the_question(void **state)
{
	begin(common, zone);
	prepare("z1.d.test.", KNOT_RRTYPE_A);
	// The server has followed a CNAME by itself.
	assert_int_equal(knot_pkt_put(ask.resp, KNOT_COMPR_HINT_QNAME,
	                              fake_zone_rrset(&ask.zone, dname("z1.d.test."),
	                                              KNOT_RRTYPE_CNAME), 0), KNOT_EOK);
	ask.name = dname("toprof.d.test.");
	solve();
	assert_int_equal(ask.overlay, HM_OVERLAY_POSITIVE);
	assert_sent(ask.resp, KNOT_ANSWER, "z1.d.test. 600 CNAME own.d.test.\n"
	               "toprof.d.test. 300 CNAME www.d.test.\nwww.d.test. 300 A 192.0.2.1\n");
	end();
}

static void one_name_follows_no_cname(void **state)
{
	begin(common, zone);
	ask.question.one_name = true;
	assert_at("toprof.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "toprof.d.test. 300 CNAME www.d.test.\n");
	assert_at("self.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "self.d.test. 300 CNAME self.d.test.\n");
	assert_at("zprof.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "zprof.d.test. 600 CNAME toprof.d.test.\n");
	assert_at("zout.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_ZONE, "");
	assert_at("www.d.test.", KNOT_RRTYPE_A, HM_OVERLAY_POSITIVE,
	          "www.d.test. 300 A 192.0.2.1\n");
	end();
}

// Sizes and memory

static size_t whole_size(const char *qname, uint16_t qtype)
{
	prepare(qname, qtype);
	solve();
	assert_int_equal(ask.ret, KNOT_EOK);
	return ask.resp->size;
}

static void a_packet_that_is_full_is_truncated(void **state)
{
	begin(common, zone);
	size_t size = whole_size("zprof.d.test.", KNOT_RRTYPE_A), before = 0;
	for (ask.max_size = 12 + 18; ask.max_size <= size; ask.max_size++) {
		prepare("zprof.d.test.", KNOT_RRTYPE_A);
		solve();
		assert_int_equal(ask.ret, KNOT_EOK);
		assert_int_equal(ask.overlay, (ask.max_size < size) ? HM_OVERLAY_TRUNCATED :
		                                                      HM_OVERLAY_POSITIVE);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire) != 0, ask.max_size < size);
		size_t count = ask.resp->rrset_count;
		assert_true(count >= before && count <= 3);
		before = count;
	}
	assert_int_equal(before, 3);
	end();
}

static void without_udp_an_rrset_that_does_not_fit_is_an_error(void **state)
{
	begin(common, zone);
	ask.question.udp = false;
	size_t size = whole_size("zprof.d.test.", KNOT_RRTYPE_A);
	ask.max_size = size - 1;
	prepare("zprof.d.test.", KNOT_RRTYPE_A);
	solve();
	assert_int_equal(ask.ret, KNOT_ESPACE);
	assert_int_equal(knot_wire_get_tc(ask.resp->wire), 0);
	// But for a CNAME, as in the server.
	ask.max_size = size - 17;
	prepare("zprof.d.test.", KNOT_RRTYPE_A);
	solve();
	assert_int_equal(ask.ret, KNOT_EOK);
	assert_int_equal(ask.overlay, HM_OVERLAY_TRUNCATED);
	end();
}

static void dry_takes_no_room(void **state)
{
	begin(common, zone);
	ask.max_size = 12 + 18;
	ask.dry = true;
	prepare("zprof.d.test.", KNOT_RRTYPE_A);
	solve();
	assert_int_equal(ask.ret, KNOT_EOK);
	assert_int_equal(ask.overlay, HM_OVERLAY_POSITIVE);
	end();
}

static void a_record_that_cannot_be_expanded_is_an_error(void **state)
{
	begin(APEX "a CNAME {first}.{first}.test.\nb MX 1 {first}.test.\n", ZONE_APEX);
	ask.vars_len = 0;
	const char *reason;
	assert_int_equal(hm_vars_add("first=x..y", 10, ask.vars, &ask.vars_len, &reason), KNOT_EOK);
	prepare("a.d.test.", KNOT_RRTYPE_A);
	solve();
	assert_int_equal(ask.ret, KNOT_EMALF);
	prepare("b.d.test.", KNOT_RRTYPE_MX);
	solve();
	assert_int_equal(ask.ret, KNOT_EMALF);
	end();
}

static void every_failing_allocation_is_an_error(void **state)
{
	static const struct {
		const char *qname;
		uint16_t qtype;
		long least; // Allocations that there are at least.
	} questions[] = {
		{ "some.d.test.", KNOT_RRTYPE_TXT, 3 }, { "zprof.d.test.", KNOT_RRTYPE_A, 2 },
		{ "p1.d.test.", KNOT_RRTYPE_A, 2 }, { "some.d.test.", KNOT_RRTYPE_ANY, 3 },
		{ "z1.d.test.", KNOT_RRTYPE_A, 2 },
	};
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		begin(common, zone);
		for (long count = 0; ; count++) {
			prepare(questions[i].qname, questions[i].qtype);
			ask.pool.countdown = count;
			alloc_countdown = 0; // There is no other memory than that of the packet.
			solve();
			alloc_countdown = -1;
			ask.pool.countdown = -1;
			if (ask.ret == KNOT_EOK) {
				assert_true(count >= questions[i].least);
				break;
			}
			assert_int_equal(ask.ret, KNOT_ENOMEM);
		}
		end();
	}
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_the_zones_alone_is_left_to_it),
		TEST(a_type_without_a_name_is_the_zones_too),
		TEST(what_is_cut_off_is_left_to_the_zone),
		TEST(what_the_zone_lacks_is_answered),
		TEST(the_owner_is_the_question_and_compressed),
		TEST(records_are_turned),
		TEST(names_of_the_profile_alone_are_nodata_or_nxdomain),
		TEST(a_name_outside_has_been_answered),
		TEST(a_cname_of_the_profile_is_followed_into_the_zone),
		TEST(a_cname_of_the_profile_is_followed_to_its_end),
		TEST(a_chain_goes_back_and_forth),
		TEST(a_chain_has_at_most_five_links),
		TEST(a_loop_ends_where_it_began),
		TEST(a_wildcard_cname_to_itself_is_answered_twice),
		TEST(a_chain_may_begin_behind_the_question),
		TEST(one_name_follows_no_cname),
		TEST(a_packet_that_is_full_is_truncated),
		TEST(without_udp_an_rrset_that_does_not_fit_is_an_error),
		TEST(dry_takes_no_room),
		TEST(a_record_that_cannot_be_expanded_is_an_error),
		TEST(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
