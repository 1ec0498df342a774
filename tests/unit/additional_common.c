/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "additional_common.h"

ask_t ask;

/*! \brief What a link of the server to its additional records is here. */
static int linked;

const char common_profile[] = APEX
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

const char common_zone[] = ZONE_APEX
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

void begin_response(const char *of_profile, const char *of_zone)
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

void end_response(void)
{
	hm_profile_free(ask.profile);
	fake_zone_clear(&ask.zone);
	pool_clear(&ask.pool);
	free(ask.wire);
}

void prepare_response(const char *qname, uint16_t qtype)
{
	pool_clear(&ask.pool);
	pool_init(&ask.pool);
	free(ask.wire);
	ask.wire = malloc(ask.max_size);
	assert_non_null(ask.wire);
	ask.resp = response_new(qname, qtype, ask.wire, ask.max_size, &ask.pool.mm);
}

void put_of_zone(const char *owner, uint16_t type, bool link)
{
	knot_rrset_t rrset = *fake_zone_rrset(&ask.zone, dname(owner), type);
	rrset.additional = link ? &linked : NULL;
	uint16_t hint = (ask.resp->current == KNOT_ANSWER && ask.resp->rrset_count == 0) ?
	                KNOT_COMPR_HINT_QNAME : KNOT_COMPR_HINT_NONE;
	assert_int_equal(knot_pkt_put(ask.resp, hint, &rrset, 0), KNOT_EOK);
}

bool take_links(void)
{
	knot_rrset_t *rrset = &ask.resp->rr[ask.resp->rrset_count - 1];
	void *link = rrset->additional;
	size_t size = ask.resp->size;
	hm_overlay_take_additional(&ask.question, ask.resp);
	assert_int_equal(ask.resp->size, size);
	assert_true(rrset->additional == link || rrset->additional == NULL);
	return link != NULL && rrset->additional == NULL;
}

void serve(const char *qname, uint16_t qtype, bool link)
{
	prepare_response(qname, qtype);
	put_of_zone(qname, qtype, link);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
}

void refer(const char *qname, const char *cut, bool link)
{
	prepare_response(qname, KNOT_RRTYPE_A);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
	put_of_zone(cut, KNOT_RRTYPE_NS, link);
}

int add_records(void)
{
	knot_pkt_begin(ask.resp, KNOT_ADDITIONAL);
	return hm_overlay_additional(&ask.question, ask.resp);
}

void assert_added(const char *want)
{
	if (ask.resp->rr[0].additional != NULL) {
		assert_true(take_links());
		assert_null(ask.resp->rr[0].additional);
	}
	assert_int_equal(add_records(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, want);
	assert_int_equal(knot_wire_get_tc(ask.resp->wire), 0);
}
