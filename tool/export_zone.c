/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "export.h"
#include "idn.h"
#include "memory.h"
#include "zone_text.h"

/*! \brief The domains that are nested in one. */
typedef struct {
	const hm_export_domain_t *first; /*!< All below the domain, in canonical order. */
	size_t count;
} nested_t;

/*! \brief In canonical order, what is below a domain comes right after it. */
static nested_t find_nested(const hm_export_set_t *set, size_t index)
{
	const hm_domain_t *domain = &set->domains[index].domain;
	nested_t nested = { .first = &set->domains[index + 1] };
	while (index + 1 + nested.count < set->count &&
	       hm_domain_prefix(nested.first[nested.count].domain.name, domain) > 0) {
		nested.count++;
	}
	return nested;
}

/*! \brief Tell whether a name belongs to a nested domain; a hm_zone_hidden_f. */
static bool is_nested(void *ctx, const knot_dname_t *name)
{
	const nested_t *nested = ctx;
	for (size_t i = 0; i < nested->count; i++) {
		if (hm_domain_prefix(name, &nested->first[i].domain) >= 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Delegate a nested domain to the name servers of its profile. */
static int delegate(hm_export_set_t *set, const char *upper, const hm_export_domain_t *lower,
                    hm_rdata_reader_t *reader, FILE *file)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	knot_dname_txt_storage_t owner;
	(void)knot_dname_to_str(owner, lower->domain.name, sizeof(owner));
	knot_rrset_t rrset;
	int ret = hm_node_rrset(hm_profile_apex(lower->profile), KNOT_RRTYPE_NS, &lower->domain,
	                        &memory.mm, &rrset);
	for (uint16_t i = 0; ret == KNOT_EOK && i < rrset.rrs.count; i++) {
		char *ns = hm_rdata_to_text(reader, KNOT_RRTYPE_NS, &rrset.rrs, i);
		if (ns == NULL) {
			ret = KNOT_ENOMEM;
			break;
		}
		fprintf(file, "%s %" PRIu32 " NS %s\n", owner, rrset.ttl, ns);
		if (knot_dname_in_bailiwick(knot_ns_name(knot_rdataset_at(&rrset.rrs, i)),
		                            lower->domain.name) >= 0) {
			hm_export_problem(set, upper, "it delegates %s to %s, for which it has no "
			                  "address (glue)", owner, ns);
		}
		free(ns);
	}
	hm_memory_clear(&memory);
	return ret;
}

/*! \brief Delegate the nested domains that are not nested in each other. */
static int delegate_all(hm_export_set_t *set, const char *upper, const nested_t *nested, FILE *file)
{
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	int ret = (reader != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	const hm_export_domain_t *last = NULL;
	for (size_t i = 0; i < nested->count && ret == KNOT_EOK; i++) {
		const hm_export_domain_t *lower = &nested->first[i];
		if (last == NULL || hm_domain_prefix(lower->domain.name, &last->domain) < 0) {
			ret = delegate(set, upper, lower, reader, file);
			last = lower;
		}
	}
	hm_rdata_reader_free(reader);
	return ret;
}

static int write_zone(hm_export_set_t *set, size_t index, FILE *file)
{
	const hm_export_domain_t *domain = &set->domains[index];
	nested_t nested = find_nested(set, index);
	knot_dname_txt_storage_t name;
	const char *text = hm_idn_text(domain->domain.name, name);
	hm_zone_text_t zone;
	int ret = hm_zone_text(domain->profile, &domain->domain, is_nested, &nested, &zone);
	if (ret == KNOT_EOK) {
		fprintf(file, HM_EXPORT_MARK ": profile %s\n", hm_profile_name(domain->profile));
		for (size_t i = 0; i < zone.records_count; i++) {
			const hm_text_record_t *record = &zone.records[i];
			fprintf(file, "%s %" PRIu32 " %s %s\n", record->owner, record->ttl,
			        record->type, record->rdata);
		}
		ret = (nested.count > 0) ? delegate_all(set, text, &nested, file) : KNOT_EOK;
	}
	for (size_t i = 0; i < zone.ghosts_count && ret == KNOT_EOK; i++) {
		hm_export_problem(set, text, "%s exists without a record in the module, but not in "
		                  "the zone file", zone.ghosts[i]);
	}
	hm_zone_text_clear(&zone);
	return ret;
}

char *hm_export_zone(hm_export_set_t *set, size_t index, size_t *len)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, len);
	if (file == NULL) {
		return NULL;
	}
	int ret = write_zone(set, index, file);
	if (fclose(file) != 0 || ret != KNOT_EOK || set->failed) {
		free(text);
		return NULL;
	}
	return text;
}
