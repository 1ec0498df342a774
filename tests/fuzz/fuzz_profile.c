/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/profile.h"

#define NAMES_MAX 12

/*! \brief Domains that a profile is tried for: name, variables. */
static const char *const domains[][8] = {
	{ "d.test." },
	{ "mail.example-1.org.", "first=b", "second=a", "token=x\\032\\255\\000y\\\"",
	  "cluster=c.d", "brand=Brand", "a=" },
	{ "\\000\\.\\\"\\\\.\\255.test.", "first=.", "second=a..b", "token=192.0.2.1", "a=1" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
	  "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."
	  "ddddddddddddddddddddddddddddddddddddddddddddddd.", "first=q" },
};

/*! \brief Names to look up: the first words of lines, and what is around them. */
typedef struct {
	knot_dname_storage_t names[NAMES_MAX];
	size_t count;
} names_t;

static void names_add(names_t *names, const char *text, const knot_dname_t *domain)
{
	knot_dname_storage_t prefix;
	if (names->count == NAMES_MAX ||
	    knot_dname_from_str(prefix, text, sizeof(prefix)) == NULL) {
		return;
	}
	size_t prefix_len = knot_dname_size(prefix) - 1, domain_size = knot_dname_size(domain);
	if (prefix_len + domain_size <= KNOT_DNAME_MAXLEN) {
		uint8_t *name = names->names[names->count++];
		memcpy(name, prefix, prefix_len);
		memcpy(name + prefix_len, domain, domain_size);
	}
}

static void names_collect(names_t *names, const uint8_t *data, size_t size,
                          const knot_dname_t *domain)
{
	names_add(names, ".", domain);
	names_add(names, "a.b.c.d", domain);
	for (size_t i = 0; i < size; i++) {
		if (i > 0 && data[i - 1] != '\n') {
			continue;
		}
		char word[256];
		size_t len = 0;
		while (i + len < size && len < sizeof(word) - 3 && data[i + len] > ' ') {
			len++;
		}
		if (len > 0 && data[i] != '@') {
			memcpy(word, data + i, len);
			word[len] = '\0';
			names_add(names, word, domain);
			memcpy(word, "x.", 2);
			memcpy(word + 2, data + i, len);
			word[len + 2] = '\0';
			names_add(names, word, domain);
		}
	}
}

/*! \brief Canonical, without duplicates (RFC 4034, section 6.3). */
static void check_order(const knot_rdataset_t *rrs)
{
	knot_rdata_t *rdata = rrs->rdata;
	for (uint16_t i = 1; i < rrs->count; i++) {
		knot_rdata_t *next = knot_rdataset_next(rdata);
		REQUIRE(knot_rdata_cmp(rdata, next) < 0);
		rdata = next;
	}
}

static void look_up(const hm_profile_t *profile, const hm_domain_t *domain,
                    const knot_dname_t *name)
{
	knot_dname_storage_t low;
	knot_dname_copy_lower(low, name);
	int prefix = hm_domain_prefix(low, domain);
	REQUIRE(prefix >= 0);
	const hm_node_t *encloser = NULL;
	const hm_node_t *node = hm_profile_find(profile, low, prefix, &encloser);
	REQUIRE(encloser != NULL);
	if (node == NULL) {
		return;
	}

	REQUIRE(node == encloser);
	knot_dname_storage_t owner;
	REQUIRE(hm_node_owner(node, domain, owner) == KNOT_EOK);
	REQUIRE(knot_dname_is_equal(owner, low));

	bool checked = fuzz_profile_fits(profile, domain);
	static const uint16_t types[] = {
		KNOT_RRTYPE_ANY, KNOT_RRTYPE_CNAME, KNOT_RRTYPE_TXT, KNOT_RRTYPE_MX,
		KNOT_RRTYPE_SRV,
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fuzz_block_t *list = NULL;
		knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };
		knot_rrset_t rrset;
		int ret = hm_node_rrset(node, types[i], domain, &mm, &rrset);
		if (ret == KNOT_EOK) {
			REQUIRE(rrset.rrs.count > 0 && rrset.rrs.size > 0);
			REQUIRE(rrset.type == types[i] || types[i] == KNOT_RRTYPE_ANY);
			check_order(&rrset.rrs);
		} else {
			REQUIRE(ret == KNOT_ENOENT || !checked);
		}
		fuzz_free_all(list);
	}
}

static void ask(const hm_profile_t *profile, const hm_domain_t *domain, const knot_dname_t *name)
{
	static const uint16_t types[] = {
		KNOT_RRTYPE_A, KNOT_RRTYPE_MX, KNOT_RRTYPE_TXT, KNOT_RRTYPE_HTTPS, KNOT_RRTYPE_ANY,
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		knot_pkt_t *query = knot_pkt_new(NULL, 512, NULL);
		REQUIRE(query != NULL);
		REQUIRE(knot_pkt_put_question(query, name, KNOT_CLASS_IN, types[i]) == KNOT_EOK);
		const fuzz_question_t question = {
			.profile = profile, .domain = domain, .udp = i % 2, .rotate = i,
			.max_size = (i == 1) ? 512 : KNOT_WIRE_MAX_PKTSIZE,
		};
		fuzz_answer(&question, query);
		knot_pkt_free(query);
	}
}

/*! \brief The reason says just whether the MX of the profile are all left out. */
static void check_mx(const hm_profile_t *profile, const hm_domain_t *domain)
{
	const hm_node_t *apex = hm_profile_apex(profile);
	bool has = (hm_node_next_type(apex, KNOT_RRTYPE_MX - 1) == KNOT_RRTYPE_MX);
	fuzz_block_t *list = NULL;
	knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };
	knot_rrset_t mx;
	int ret = hm_node_rrset(apex, KNOT_RRTYPE_MX, domain, &mm, &mx);
	const char *reason = hm_profile_mx_reason(profile, domain);
	REQUIRE((reason != NULL) == (has && ret == KNOT_ENOENT));
	REQUIRE(reason == NULL || hm_profile_has_conditional_mx(profile));
	fuzz_free_all(list);
}

static void try_domain(const hm_profile_t *profile, size_t number, const uint8_t *data, size_t size)
{
	static uint8_t vars[HM_VARS_MAX];
	knot_dname_storage_t name;
	REQUIRE(knot_dname_from_str(name, domains[number][0], sizeof(name)) != NULL);
	hm_domain_t domain;
	hm_domain_init(name, &domain);
	size_t vars_len = 0;
	for (size_t i = 1; i < 8 && domains[number][i] != NULL; i++) {
		const char *reason;
		REQUIRE(hm_vars_add(domains[number][i], strlen(domains[number][i]), vars,
		                    &vars_len, &reason) == KNOT_EOK);
	}
	domain.vars = vars;
	domain.vars_len = vars_len;
	check_mx(profile, &domain);
	size_t len;
	const char *unused = hm_profile_unused_var(profile, &domain, &len);
	REQUIRE(unused == NULL || (len <= HM_VAR_NAME_MAX && vars_len > 0));

	names_t names = { .count = 0 };
	names_collect(&names, data, size, name);
	for (size_t i = 0; i < names.count; i++) {
		look_up(profile, &domain, names.names[i]);
		ask(profile, &domain, names.names[i]);
	}
}

/*! \brief Other files are nothing to be read here, nor is this one once more. */
static bool has_include(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 2 <= size; i++) {
		if (data[i] == '$' && (data[i + 1] == 'i' || data[i + 1] == 'I')) {
			return true;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (has_include(data, size)) {
		return 0;
	}

	fuzz_path_t path;
	int fd = fuzz_file(data, size, path);
	fuzz_report_t report = { 0 };
	hm_profile_t *profile = NULL;
	int ret = hm_profile_load(path, fuzz_on_report, &report, NULL, &profile);
	close(fd);
	// It fails for what was reported, and for nothing else.
	REQUIRE(ret == KNOT_EOK || ret == KNOT_EPARSEFAIL);
	REQUIRE((ret == KNOT_EOK) == (report.errors == 0));
	REQUIRE((ret == KNOT_EOK) == (profile != NULL));
	if (profile != NULL) {
		for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
			try_domain(profile, i, data, size);
		}
	}
	hm_profile_free(profile);
	return 0;
}
