/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/error.h>

#include "hostedmail/profile.h"
#include "profile_internal.h"

const char *hm_profile_name(const hm_profile_t *profile)
{
	return profile->name;
}

const char *hm_profile_file(const hm_profile_t *profile)
{
	return profile->file;
}

bool hm_profile_has_additional(const hm_profile_t *profile)
{
	return profile->has_additional;
}

const hm_record_t *hm_profile_records(const hm_profile_t *profile, size_t *count)
{
	*count = profile->records_count;
	return profile->records;
}

const hm_vartab_t *hm_profile_vars(const hm_profile_t *profile)
{
	return &profile->vars;
}

const hm_node_t *hm_profile_apex(const hm_profile_t *profile)
{
	return profile->apex;
}

const hm_node_t *hm_node_empty(void)
{
	static const hm_node_t empty = { .label = (const uint8_t *)"" };
	return &empty;
}

const hm_node_t *hm_node_wildcard(const hm_node_t *node)
{
	return node->wildcard;
}

bool hm_node_is_wildcard(const hm_node_t *node)
{
	return node->label[0] == 1 && node->label[1] == '*';
}

int hm_profile_check(const hm_profile_t *profile, const hm_domain_t *domain, knot_mm_t *mm,
                     uint64_t *line)
{
	if (profile->fits_ordinary && domain->size <= HM_ORDINARY_SIZE &&
	    domain->labels <= HM_ORDINARY_LABELS &&
	    hm_domain_is_ordinary(domain, HM_ORDINARY_VALUE)) {
		return KNOT_EOK;
	}
	if (profile->owner_max + domain->size > KNOT_DNAME_MAXLEN) {
		*line = profile->owner_max_line;
		return KNOT_ESPACE;
	}
	if (profile->largest.parts_count == 0) {
		return KNOT_EOK; // No record has variables.
	}
	size_t max = hm_rdata_bound(&profile->largest, domain), len;
	uint8_t *buf = mm->alloc(mm->ctx, max);
	if (buf == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < profile->records_count; i++) {
		const hm_record_t *record = &profile->records[i];
		if (record->rdata->fixed) {
			continue;
		}
		int ret = hm_rdata_expand(record->rdata, domain, buf, max, &len);
		if (ret != KNOT_EOK && ret != KNOT_ENOENT) {
			*line = record->line;
			return ret;
		}
	}
	return KNOT_EOK;
}

bool hm_profile_fits_ordinary(const hm_profile_t *profile)
{
	return profile->fits_ordinary;
}

const char *hm_profile_reason(int ret)
{
	switch (ret) {
	case KNOT_ESPACE:
		return "a name or a string becomes too long";
	case KNOT_EMALF:
		return "a variable results in an empty label or an IP address";
	default:
		return knot_strerror(ret);
	}
}

const hm_node_t *hm_profile_find(const hm_profile_t *profile, const knot_dname_t *name,
                                 unsigned prefix, const hm_node_t **encloser)
{
	const uint8_t *labels[KNOT_DNAME_MAXLABELS];
	for (unsigned i = 0; i < prefix; i++) {
		labels[i] = name;
		name = hm_dname_next(name);
	}

	const hm_node_t *node = profile->apex;
	while (prefix > 0) {
		const hm_node_t *child = hm_node_child(node, labels[--prefix]);
		if (child == NULL) {
			*encloser = node;
			return NULL;
		}
		node = child;
	}
	*encloser = node;
	return node;
}

unsigned hm_node_depth(const hm_node_t *node)
{
	unsigned depth = 0;
	for (; node->parent != NULL; node = node->parent) {
		depth++;
	}
	return depth;
}

uint16_t hm_node_next_type(const hm_node_t *node, uint16_t last)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		if (node->rrsets[i].type > last) {
			return node->rrsets[i].type;
		}
	}
	return 0;
}

int hm_node_owner(const hm_node_t *node, const hm_domain_t *domain, knot_dname_storage_t out)
{
	size_t size = domain->size;
	for (const hm_node_t *n = node; n->parent != NULL; n = n->parent) {
		size += 1 + n->label[0];
	}
	if (size > KNOT_DNAME_MAXLEN) {
		return KNOT_ESPACE;
	}
	for (; node->parent != NULL; node = node->parent) {
		memcpy(out, node->label, 1 + node->label[0]);
		out += 1 + node->label[0];
	}
	memcpy(out, domain->name, domain->size);
	return KNOT_EOK;
}
