/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "view_common.h"

asked_t asked;

const char profile_apex[] =
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n"
	"@ NS ns.profile.test.\n";

const char view_profile[] =
	"@      SOA   ns.profile.test. h.profile.test. 1 2 3 4 5\n"
	"@      NS    ns.profile.test.\n"
	"@      MX    10 mx\n"
	"@      TXT   \"profile\"\n"
	"www    A     192.0.2.1\n"
	"www    AAAA  2001:db8::1\n"
	"www    TXT   \"profile\"\n"
	"alias  CNAME target.test.\n"
	"e.ent  A     192.0.2.2\n"
	"*.w    A     192.0.2.3\n"
	"*.w    TXT   \"profile\"\n"
	"x.w    TXT   \"here\"\n"
	"*.wc   CNAME target.test.\n"
	"some   A     192.0.2.4\n"
	"some   TXT   \"{undefined}\"\n"
	"none   TXT   \"{undefined}\"\n"
	"name   TXT   \"{domain}\"\n";

void view_begin_at(const char *apex, const char *profile, const char *zone)
{
	memset(&asked, 0, sizeof(asked));
	assert_non_null(knot_dname_from_str(asked.apex, apex, sizeof(asked.apex)));
	hm_domain_init(asked.apex, &asked.domain);
	asked.profile = profile_from("view.zone", profile);
	pool_init(&asked.pool);
	asked.view.profile = asked.profile;
	asked.view.domain = &asked.domain;
	if (zone != NULL) {
		fake_zone_init(&asked.zone, apex, zone);
		asked.view.zone = fake_zone_get;
		asked.view.ctx = &asked.zone;
	}
}

void view_begin(const char *profile, const char *zone)
{
	view_begin_at("d.test.", profile, zone);
}

void view_end(void)
{
	hm_profile_free(asked.profile);
	fake_zone_clear(&asked.zone);
	pool_clear(&asked.pool);
}

void view_find_wire(const knot_dname_t *name)
{
	memcpy(asked.name, name, knot_dname_size(name));
	memset(&asked.place, 0xff, sizeof(asked.place));
	asked.ret = hm_view_find(&asked.view, asked.name, NULL, &asked.place);
}

void view_find(const char *name)
{
	view_find_wire(dname(name));
}

static void assert_name(const knot_dname_t *name, const char *want)
{
	if (want == NULL || name == NULL) {
		assert_true(want == NULL && name == NULL);
		return;
	}
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	assert_non_null(knot_dname_to_str(text, name, sizeof(text)));
	assert_string_equal(text, want);
}

void assert_place(const char *name, const char *node, const char *owner, int flags)
{
	view_find(name);
	knot_dname_storage_t of_node;
	if (asked.place.node != NULL) {
		assert_int_equal(hm_node_owner(asked.place.node, &asked.domain, of_node), KNOT_EOK);
	}
	assert_name((asked.place.node != NULL) ? of_node : NULL, node);
	assert_name(asked.place.owner, owner);
	assert_int_equal(asked.place.zone_only, (flags & ONLY) != 0);
	assert_int_equal(asked.place.cut, (flags & CUT) != 0);
	assert_int_equal(asked.ret, (node != NULL || owner != NULL) ? KNOT_EOK : KNOT_ENOENT);
}

const char *view_text(uint16_t type)
{
	static char text[4096];
	knot_rrset_t rrset, untouched;
	memset(&rrset, 0x55, sizeof(rrset));
	memset(&untouched, 0x55, sizeof(untouched));
	int ret = hm_view_rrset(&asked.view, &asked.place, type, &asked.pool.mm, &rrset);
	if (ret != KNOT_EOK) {
		assert_int_equal(ret, KNOT_ENOENT);
		assert_memory_equal(&rrset, &untouched, sizeof(rrset));
		return "";
	}
	assert_true(rrset.rrs.count > 0);
	if (type != KNOT_RRTYPE_ANY) {
		assert_int_equal(rrset.type, type);
	}
	char name[16];
	assert_true(knot_rrtype_to_string(rrset.type, name, sizeof(name)) > 0);
	size_t len = snprintf(text, sizeof(text), "%s %s", rrset.owner ? "zone" : "profile", name);
	for (uint16_t i = 0; i < rrset.rrs.count; i++) {
		text[len++] = ' ';
		int got = knot_rrset_txt_dump_data(&rrset, i, text + len, sizeof(text) - len,
		                                   &KNOT_DUMP_STYLE_DEFAULT);
		assert_true(got > 0);
		len += got;
	}
	return text;
}

void assert_view(const char *name, uint16_t type, const char *want)
{
	view_find(name);
	assert_int_equal(asked.ret, KNOT_EOK);
	assert_string_equal(view_text(type), want);
}
