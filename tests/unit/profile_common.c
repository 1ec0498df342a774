/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"

findings_t findings;

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	findings_t *this = ctx;
	this->errors += (severity == HM_ERROR);
	this->warnings += (severity == HM_WARNING);
	const char *slash = strrchr(file, '/');
	size_t len = strlen(this->text);
	if (sizeof(this->text) - len > 1024) {
		snprintf(this->text + len, sizeof(this->text) - len, "%s %s:%lu %s\n",
		         (severity == HM_ERROR) ? "error" : "warning",
		         (slash != NULL) ? slash + 1 : file, (unsigned long)line, reason);
	}
}

int load_profile(const char *path, hm_profile_t **out)
{
	memset(&findings, 0, sizeof(findings));
	return hm_profile_load(path, on_finding, &findings, NULL, out);
}

hm_profile_t *loaded(const char *text)
{
	hm_profile_t *profile = NULL;
	int ret = load_profile(write_text("main.zone", text), &profile);
	if (ret != KNOT_EOK || findings.text[0] != '\0') {
		print_error("%s", findings.text);
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_string_equal(findings.text, "");
	assert_non_null(profile);
	return profile;
}

const hm_node_t *profile_node(const hm_profile_t *profile, const char *name, const char *encloser)
{
	const hm_domain_t domain = domain_of("example.com.");
	char full[512];
	snprintf(full, sizeof(full), "%s%sexample.com.", name, (*name != '\0') ? "." : "");
	const knot_dname_t *wire = dname(full);
	int prefix = hm_domain_prefix(wire, &domain);
	assert_true(prefix >= 0);

	const hm_node_t *closest = NULL;
	const hm_node_t *node = hm_profile_find(profile, wire, prefix, &closest);
	assert_non_null(closest);
	if (node != NULL) {
		assert_ptr_equal(closest, node);
	}

	knot_dname_storage_t owner;
	assert_int_equal(hm_node_owner(closest, &domain, owner), KNOT_EOK);
	snprintf(full, sizeof(full), "%s%sexample.com.", encloser, (*encloser != '\0') ? "." : "");
	assert_true(knot_dname_is_equal(owner, dname(full)));
	return node;
}

const char *node_text(const hm_node_t *node, uint16_t type, const hm_domain_t *domain,
                      knot_mm_t *mm)
{
	static char text[8192];
	knot_rrset_t rrset, before;
	memset(&rrset, 0xa5, sizeof(rrset));
	before = rrset;
	int ret = hm_node_rrset(node, type, domain, mm, &rrset);
	if (ret != KNOT_EOK) {
		assert_memory_equal(&rrset, &before, sizeof(rrset));
		snprintf(text, sizeof(text), "%s", knot_strerror(ret));
		return text;
	}

	assert_null(rrset.owner);
	assert_int_equal(rrset.rclass, KNOT_CLASS_IN);
	assert_true(type == KNOT_RRTYPE_ANY || rrset.type == type);
	assert_true(rrset.rrs.count > 0);
	size_t len = 0, size = 0;
	if (type == KNOT_RRTYPE_ANY) {
		assert_true(knot_rrtype_to_string(rrset.type, text, 32) > 0);
		strcat(text, " ");
		len = strlen(text);
	}
	len += snprintf(text + len, sizeof(text) - len, "%u", (unsigned)rrset.ttl);
	const knot_rdata_t *rdata = rrset.rrs.rdata, *last = NULL;
	for (uint16_t i = 0; i < rrset.rrs.count; i++) {
		// RFC 4034, section 6.3.
		assert_true(last == NULL || knot_rdata_cmp(last, rdata) < 0);
		len += snprintf(text + len, sizeof(text) - len, "%s", (i == 0) ? " " : " | ");
		int dumped = knot_rrset_txt_dump_data(&rrset, i, text + len, sizeof(text) - len,
		                                      &KNOT_DUMP_STYLE_DEFAULT);
		assert_true(dumped >= 0);
		len += dumped;
		size += knot_rdata_size(rdata->len);
		last = rdata;
		rdata = knot_rdataset_next((knot_rdata_t *)rdata);
	}
	assert_int_equal(rrset.rrs.size, size);
	return text;
}

void assert_rrset(const hm_profile_t *profile, const char *name, uint16_t type,
                  const char *vars, const char *expected)
{
	pool_t pool;
	pool_init(&pool);
	const hm_node_t *node = profile_node(profile, name, name);
	assert_non_null(node);
	const hm_domain_t *domain = domain_with("example.com.", vars);
	assert_string_equal(node_text(node, type, domain, &pool.mm), expected);
	pool_clear(&pool);
}
