/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "hostedmail/profile.h"
#include "profile_internal.h"

/*! \brief Most records of an RRset: as many of 12 bytes fit into a message of 64 KiB. */
#define RRSET_MAX 5461

/*! \brief A profile under construction. */
typedef struct {
	hm_profile_t *profile;
	size_t records_max;
	hm_report_f report;
	void *ctx;
	bool failed;
	bool incomplete; /*!< A record is missing since it has an error. */
	hm_scratch_t scratch; /*!< Room for one RDATA. */
} profile_load_t;

static void say(profile_load_t *load, hm_severity_t severity, const hm_record_t *record,
                const char *reason)
{
	load->report(load->ctx, severity, record->file, record->line, reason);
	load->failed |= (severity == HM_ERROR);
}

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	profile_load_t *load = ctx;
	load->report(load->ctx, severity, file, line, reason);
	load->failed |= (severity == HM_ERROR);
}

/*! \brief What a single record must not be. */
static const char *record_error(const hm_record_t *record)
{
	bool apex = (*record->owner == '\0');

	switch (record->type) {
	case KNOT_RRTYPE_SOA:
		if (!apex) {
			return "SOA below the apex";
		}
		return hm_rdata_is_conditional(record->rdata) ?
		       "{NAME} not allowed in an SOA, which every domain must have" : NULL;
	case KNOT_RRTYPE_NS:
		return apex ? NULL : "NS below the apex";
	case KNOT_RRTYPE_CNAME:
		return apex ? "CNAME at the apex" : NULL;
	case KNOT_RRTYPE_DNAME:
		return "DNAME not allowed in a profile";
	// The module answers without DNSSEC; these would only be there to break validation.
	case KNOT_RRTYPE_DS:
	case KNOT_RRTYPE_KEY:
	case KNOT_RRTYPE_SIG:
	case KNOT_RRTYPE_RRSIG:
	case KNOT_RRTYPE_NSEC:
	case KNOT_RRTYPE_NSEC3:
	case KNOT_RRTYPE_NSEC3PARAM:
	case KNOT_RRTYPE_DNSKEY:
	case KNOT_RRTYPE_CDS:
	case KNOT_RRTYPE_CDNSKEY:
		return "DNSSEC type not allowed in a profile";
	default:
		return knot_rrtype_is_metatype(record->type) ?
		       "meta-type not allowed in a profile" : NULL;
	}
}

/*! \brief Copy the owner and the name of the file into one allocation. */
static bool record_copy(hm_record_t *record)
{
	size_t owner_size = knot_dname_size(record->owner);
	size_t file_size = strlen(record->file) + 1;
	uint8_t *copy = malloc(owner_size + file_size);
	if (copy == NULL) {
		return false;
	}
	memcpy(copy, record->owner, owner_size);
	memcpy(copy + owner_size, record->file, file_size);
	record->owner = copy;
	record->file = (char *)(copy + owner_size);
	return true;
}

static int on_record(void *ctx, const hm_record_t *record)
{
	profile_load_t *load = ctx;
	hm_profile_t *profile = load->profile;

	const char *error = record_error(record);
	if (error != NULL) {
		say(load, HM_ERROR, record, error);
		load->incomplete |= (record->type == KNOT_RRTYPE_SOA ||
		                     record->type == KNOT_RRTYPE_NS);
		hm_rdata_free(record->rdata);
		return KNOT_EOK;
	}

	if (profile->records_count == load->records_max) {
		size_t max = (load->records_max == 0) ? 32 : 2 * load->records_max;
		hm_record_t *records = realloc(profile->records, max * sizeof(*records));
		if (records == NULL) {
			hm_rdata_free(record->rdata);
			return KNOT_ENOMEM;
		}
		profile->records = records;
		load->records_max = max;
	}

	hm_record_t *copy = &profile->records[profile->records_count];
	*copy = *record;
	if (!record_copy(copy)) {
		hm_rdata_free(record->rdata);
		return KNOT_ENOMEM;
	}
	profile->records_count++;
	return KNOT_EOK;
}

static int owner_cmp(const knot_dname_t *a, const knot_dname_t *b)
{
	const uint8_t *la[KNOT_DNAME_MAXLABELS + 1], *lb[KNOT_DNAME_MAXLABELS + 1];
	unsigned na = hm_dname_labels(a, la), nb = hm_dname_labels(b, lb);
	for (unsigned i = 1; i <= na && i <= nb; i++) {
		int cmp = hm_label_cmp(la[na - i], lb[nb - i]);
		if (cmp != 0) {
			return cmp;
		}
	}
	return (int)na - (int)nb;
}

static int rrset_cmp(const hm_record_t *a, const hm_record_t *b)
{
	int cmp = owner_cmp(a->owner, b->owner);
	return (cmp != 0) ? cmp : (int)a->type - (int)b->type;
}

/*! \brief Order of the tree: owner, type, and the order of the file in an RRset. */
static int record_cmp(const void *a, const void *b)
{
	const hm_record_t *ra = a, *rb = b;
	int cmp = rrset_cmp(ra, rb);
	return (cmp != 0) ? cmp : (ra->number < rb->number) ? -1 : 1;
}

static hm_node_t *node_add(hm_node_t *parent, const uint8_t *label)
{
	hm_node_t *node = calloc(1, sizeof(*node));
	if (node == NULL) {
		return NULL;
	}
	node->label = label;
	node->parent = parent;
	if (parent == NULL) {
		return node;
	}

	// Capacity doubles at the powers of two.
	uint32_t count = parent->children_count;
	if ((count & (count - 1)) == 0) {
		size_t max = (count == 0) ? 1 : 2 * (size_t)count;
		hm_node_t **children = realloc(parent->children, max * sizeof(*children));
		if (children == NULL) {
			free(node);
			return NULL;
		}
		parent->children = children;
	}
	parent->children[parent->children_count++] = node;
	if (hm_node_is_wildcard(node)) {
		parent->wildcard = node;
	}
	return node;
}

/*! \brief Get the node of an owner; owners come in order, so it can only be the last of each. */
static hm_node_t *node_get(hm_node_t *node, const knot_dname_t *owner)
{
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	unsigned count = hm_dname_labels(owner, labels);
	while (count > 0 && node != NULL) {
		const uint8_t *label = labels[--count];
		hm_node_t *last = (node->children_count > 0) ?
		                  node->children[node->children_count - 1] : NULL;
		node = (last != NULL && hm_label_cmp(last->label, label) == 0) ?
		       last : node_add(node, label);
	}
	return node;
}

/*! \brief Raise a number to another one. */
#define RAISE(a, b) ((a) = ((a) > (b)) ? (a) : (b))

/*! \brief Let no RDATA of the profile be longer than its largest. */
static void add_size(hm_profile_t *profile, const hm_rdata_t *rdata)
{
	hm_rdata_t *largest = &profile->largest;
	RAISE(largest->bytes_len, rdata->bytes_len);
	RAISE(largest->parts_count, rdata->parts_count);
	RAISE(largest->splices, rdata->splices);
	RAISE(largest->texts, rdata->texts);
	RAISE(largest->values, rdata->values);
}

/*! \brief Make the ready RDATA of an RRset without variables. */
static int fix_rdata(profile_load_t *load, hm_rrset_t *rrset)
{
	const hm_domain_t nobody = { .name = (const knot_dname_t *)"" };
	knot_rdata_t *rdata = load->scratch.block;
	int ret = KNOT_EOK;
	for (size_t i = 0; i < rrset->count && ret == KNOT_EOK; i++) {
		size_t len;
		ret = hm_rdata_expand(rrset->records[i].rdata, &nobody, rdata->data, UINT16_MAX,
		                      &len);
		if (ret == KNOT_EOK) {
			rdata->len = len;
			rdata->data[len] = 0;
			ret = knot_rdataset_add(&rrset->fixed, rdata, NULL);
		}
	}
	return ret;
}

/*! \brief Add the next RRset of a node, made of records that stand side by side. */
static int node_add_rrset(profile_load_t *load, hm_node_t *node, const hm_record_t *records,
                          size_t count)
{
	if (count > RRSET_MAX) {
		say(load, HM_ERROR, &records[RRSET_MAX],
		    "an RRset of more than 5461 records does not fit into a message");
		return KNOT_EOK;
	}
	hm_rrset_t *rrsets = realloc(node->rrsets, (node->rrsets_count + 1) * sizeof(*rrsets));
	if (rrsets == NULL) {
		return KNOT_ENOMEM;
	}
	node->rrsets = rrsets;
	hm_rrset_t *rrset = &rrsets[node->rrsets_count++];
	*rrset = (hm_rrset_t) {
		.type = records[0].type,
		.ttl = records[count - 1].ttl,
		.records = records,
		.count = count,
	};

	bool fixed = true;
	for (size_t i = 0; i < count; i++) {
		if (!hm_rdata_is_fixed(records[i].rdata)) {
			fixed = false;
			add_size(load->profile, records[i].rdata);
		}
		if (i > 0 && records[i].ttl != records[i - 1].ttl) {
			say(load, HM_WARNING, &records[i],
			    "TTL differs within the RRset; the last one is used");
		}
	}
	switch (rrset->type) {
	case KNOT_RRTYPE_A:
	case KNOT_RRTYPE_AAAA:
	case KNOT_RRTYPE_SVCB:
	case KNOT_RRTYPE_HTTPS:
		load->profile->has_additional = true;
	}
	return fixed ? fix_rdata(load, rrset) : KNOT_EOK;
}

static int build_tree(profile_load_t *load)
{
	hm_profile_t *profile = load->profile;
	profile->apex = node_add(NULL, (const uint8_t *)"");
	if (profile->apex == NULL) {
		return KNOT_ENOMEM;
	}

	const hm_record_t *records = profile->records;
	for (size_t i = 0, count; i < profile->records_count; i += count) {
		count = 1;
		while (i + count < profile->records_count &&
		       rrset_cmp(&records[i], &records[i + count]) == 0) {
			count++;
		}
		hm_node_t *node = node_get(profile->apex, records[i].owner);
		int ret = (node != NULL) ? node_add_rrset(load, node, &records[i], count) :
		                           KNOT_ENOMEM;
		if (ret != KNOT_EOK) {
			return ret;
		}

		size_t owner_size = knot_dname_size(records[i].owner) - 1;
		if (owner_size > profile->owner_max) {
			profile->owner_max = owner_size;
			profile->owner_max_line = records[i].line;
		}
	}
	return KNOT_EOK;
}

static void check_cname(profile_load_t *load, const hm_node_t *node)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		const hm_rrset_t *rrset = &node->rrsets[i];
		if (rrset->type != KNOT_RRTYPE_CNAME) {
			continue;
		}
		if (node->rrsets_count > 1) {
			say(load, HM_ERROR, &rrset->records[0],
			    "CNAME and other data at one owner");
		}
		if (rrset->count > 1) {
			say(load, HM_ERROR, &rrset->records[1], "more than one CNAME at one owner");
		}
	}
	for (uint32_t i = 0; i < node->children_count; i++) {
		check_cname(load, node->children[i]);
	}
}

static void check_apex(profile_load_t *load)
{
	const hm_profile_t *profile = load->profile;
	const hm_record_t whole = { .file = profile->file };

	const hm_rrset_t *soa = hm_node_find(profile->apex, KNOT_RRTYPE_SOA);
	if (soa == NULL && !load->incomplete) {
		say(load, HM_ERROR, &whole, "no SOA at the apex");
	} else if (soa != NULL && soa->count > 1) {
		say(load, HM_ERROR, &soa->records[1], "more than one SOA");
	}

	const hm_rrset_t *ns = hm_node_find(profile->apex, KNOT_RRTYPE_NS);
	if (ns == NULL && !load->incomplete) {
		say(load, HM_ERROR, &whole, "no NS at the apex");
	}
	if (ns == NULL) {
		return;
	}
	for (size_t i = 0; i < ns->count; i++) {
		if (!hm_rdata_is_conditional(ns->records[i].rdata)) {
			return;
		}
	}
	say(load, HM_ERROR, &ns->records[0],
	    "every NS uses {NAME}; at least one must not, so that every domain has an NS");
}

/*! \brief The name of a profile is that of its file. */
static char *name_of(const char *file)
{
	static const char suffix[] = ".zone";
	const char *slash = strrchr(file, '/');
	char *name = strdup((slash != NULL) ? slash + 1 : file);
	if (name != NULL) {
		size_t len = strlen(name);
		size_t cut = sizeof(suffix) - 1;
		if (len > cut && strcmp(name + len - cut, suffix) == 0) {
			name[len - cut] = '\0';
		}
	}
	return name;
}

int hm_profile_load(const char *file, hm_report_f report, void *ctx, hm_files_t *files,
                    hm_profile_t **out)
{
	hm_profile_t *profile = calloc(1, sizeof(*profile));
	if (profile == NULL) {
		return KNOT_ENOMEM;
	}
	profile_load_t load = { .profile = profile, .report = report, .ctx = ctx };

	int ret = hm_scratch_init(&load.scratch, HM_PROFILE_SCRATCH_SIZE);
	profile->file = strdup(file);
	profile->name = name_of(file);
	if (ret != KNOT_EOK || profile->file == NULL || profile->name == NULL) {
		ret = KNOT_ENOMEM;
		goto done;
	}

	ret = hm_master_read(file, on_record, on_report, &load, files, &profile->vars);
	if (ret != KNOT_EOK && ret != KNOT_EPARSEFAIL) {
		goto done;
	}
	// What could be read is checked all the same, so that all errors are reported at once.
	load.incomplete |= (ret != KNOT_EOK);
	if (profile->records_count > 0) {
		qsort(profile->records, profile->records_count, sizeof(*profile->records),
		      record_cmp);
	}
	ret = build_tree(&load);
	if (ret != KNOT_EOK) {
		goto done;
	}
	check_apex(&load);
	check_cname(&load, profile->apex);
	if (load.failed) {
		ret = KNOT_EPARSEFAIL;
		goto done;
	}
	hm_profile_check_targets(profile, report, ctx);
	ret = hm_profile_set_mx_needs(profile);
	if (ret == KNOT_EOK) {
		ret = hm_profile_try_ordinary(profile, &load.scratch);
	}
	if (ret == KNOT_EOK) {
		ret = hm_profile_order(profile, &load.scratch);
	}

done:
	hm_scratch_clear(&load.scratch);
	if (ret != KNOT_EOK) {
		hm_profile_free(profile);
		return ret;
	}
	*out = profile;
	return KNOT_EOK;
}

static void node_free(hm_node_t *node)
{
	if (node == NULL) {
		return;
	}
	for (uint32_t i = 0; i < node->children_count; i++) {
		node_free(node->children[i]);
	}
	for (size_t i = 0; i < node->rrsets_count; i++) {
		knot_rdataset_clear(&node->rrsets[i].fixed, NULL);
	}
	free(node->children);
	free(node->rrsets);
	free(node);
}

void hm_profile_free(hm_profile_t *profile)
{
	if (profile == NULL) {
		return;
	}
	node_free(profile->apex);
	for (size_t i = 0; i < profile->records_count; i++) {
		hm_rdata_free(profile->records[i].rdata);
		free((void *)profile->records[i].owner);
	}
	free(profile->records);
	for (size_t i = 0; i < profile->mx_needs_count; i++) {
		free(profile->mx_needs[i].reason);
	}
	free(profile->mx_needs);
	hm_vartab_clear(&profile->vars);
	free(profile->file);
	free(profile->name);
	free(profile);
}
