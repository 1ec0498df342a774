/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "locate.h"
#include "memory.h"
#include "suspicious.h"

int hm_suspicious_init(hm_suspicious_t *suspicious, const hm_conf_section_t *section,
                       hm_error_t *error)
{
	*suspicious = (hm_suspicious_t){ .section = section };
	int ret = hm_suffixes_new(&suspicious->suffixes);
	if (ret == KNOT_ENOENT) {
		fprintf(stderr, "warning: no list of public suffixes, so none was looked for\n");
		ret = KNOT_EOK;
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

static bool add(hm_suspicious_t *suspicious, const knot_dname_t *name, const knot_dname_t *exclude,
                const char *error)
{
	size_t count = suspicious->count;
	knot_dname_t *copy = NULL;
	if (hm_array_grow(&suspicious->items, count, sizeof(*suspicious->items))) {
		copy = knot_dname_copy(name, NULL);
	}
	if (copy == NULL) {
		suspicious->failed = true;
		return false;
	}
	suspicious->items[count] = (hm_suspicious_item_t) {
		.name = copy, .exclude = exclude, .error = error,
	};
	suspicious->count++;
	suspicious->errors += (error != NULL);
	return true;
}

/*! \brief The excluded name that a domain is below, NULL if there is none. */
static const knot_dname_t *excluded_above(const hm_suspicious_t *suspicious,
                                          const hm_domain_t *domain)
{
	const hm_conf_section_t *section = suspicious->section;
	for (size_t i = 0; i < section->excludes_count; i++) {
		if (knot_dname_in_bailiwick(domain->name, section->excludes[i]) > 0) {
			return section->excludes[i];
		}
	}
	return NULL;
}

bool hm_suspicious_look(hm_suspicious_t *suspicious, const hm_domain_t *domain)
{
	const knot_dname_t *exclude = excluded_above(suspicious, domain);
	if (exclude == NULL &&
	    (suspicious->suffixes == NULL || domain->labels <= 1 ||
	     !hm_suffixes_has(suspicious->suffixes, domain->name, domain->size))) {
		return true;
	}
	return add(suspicious, domain->name, exclude, NULL);
}

bool hm_suspicious_add(hm_suspicious_t *suspicious, const knot_dname_t *name, const char *error)
{
	return add(suspicious, name, NULL, error);
}

/*! \brief Report a domain, with the line that it stands in. */
static void report_item(const hm_suspicious_item_t *item, const hm_located_t *located,
                        const char *file, hm_report_f report, void *ctx)
{
	knot_dname_txt_storage_t name, exclude;
	char reason[2 * sizeof(name) + 128];
	hm_idn_text(item->name, name);
	if (item->error != NULL) {
		snprintf(reason, sizeof(reason), "%s: '%s'", item->error, name);
	} else if (item->exclude != NULL) {
		snprintf(reason, sizeof(reason), "'%s' is below '%s', which is excluded "
		         "(hosted-exclude): is it a customer's?", name,
		         hm_idn_text(item->exclude, exclude));
	} else {
		snprintf(reason, sizeof(reason), "'%s' is a public suffix: the domains of others "
		         "below it would be answered for as well", name);
	}
	size_t lines = located->lines_count;
	report(ctx, (item->error != NULL) ? HM_ERROR : HM_WARNING, file,
	       (lines > 0) ? located->lines[lines - 1] : 0, reason);
}

int hm_suspicious_report(const hm_suspicious_t *suspicious, const char *file, hm_report_f report,
                         void *ctx, hm_error_t *error)
{
	size_t count = suspicious->count;
	hm_located_t *located = calloc((count > 0) ? count : 1, sizeof(*located));
	if (located == NULL || suspicious->failed) {
		free(located);
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		located[i].name = suspicious->items[i].name;
	}
	int ret = (count > 0) ? hm_locate(file, located, count, error) : KNOT_EOK;
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		report_item(&suspicious->items[i], &located[i], file, report, ctx);
	}
	hm_locate_clear(located, count);
	free(located);
	return ret;
}

void hm_suspicious_clear(hm_suspicious_t *suspicious)
{
	for (size_t i = 0; i < suspicious->count; i++) {
		knot_dname_free(suspicious->items[i].name, NULL);
	}
	free(suspicious->items);
	hm_suffixes_free(suspicious->suffixes);
	*suspicious = (hm_suspicious_t){ 0 };
}
