/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "memory.h"
#include "verify_run.h"
#include "why.h"

/*! \brief Whose zone is being looked at. */
typedef struct {
	const hm_verify_t *verify;
	const hm_domain_t *domain;
} zone_t;

/*! \brief Tell whether a name below the domain belongs to one that is nested in it. */
static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	const zone_t *zone = ctx;
	hm_owner_t owner;
	return hm_verify_find(zone->verify, name, &owner) && owner.domain.labels > zone->domain->labels;
}

/*! \brief The first line of a domain that is wrong, NULL if none is. */
static const hm_wrong_line_t *wrong_line(const hm_verify_t *verify, const hm_verify_item_t *item)
{
	if (verify->located == NULL) {
		return NULL;
	}
	const hm_located_t *located = &verify->located[item - verify->items];
	for (size_t i = 0; i < verify->wrong_count; i++) {
		for (size_t l = 0; l < located->lines_count; l++) {
			if (located->lines[l] == verify->wrong[i].line) {
				return &verify->wrong[i];
			}
		}
	}
	return NULL;
}

/*! \brief Say why a domain is not hosted, and what to do. */
static void not_hosted(const hm_verify_t *verify, hm_verify_item_t *item, const hm_owner_t *owner,
                       bool found, const char *reason)
{
	char what[HM_WHY_MAX], *action = NULL;
	const hm_why_t why = {
		.loaded = &verify->loaded, .name = item->name, .owner = owner, .found = found,
		.reason = reason,
	};
	hm_why_not_hosted(&why, what);
	const hm_wrong_line_t *wrong = wrong_line(verify, item);
	knot_dname_storage_t nearest;
	knot_dname_txt_storage_t text;
	int ret;
	if (reason != NULL) {
		ret = asprintf(&action, "Correct its flag in the hosted zone");
	} else if (wrong != NULL) {
		ret = asprintf(&action, "Correct its line, %s:%lu: %s",
		               verify->loaded.source.section->hosted_file,
		               (unsigned long)wrong->line, wrong->reason);
	} else if (owner->flag.refused == item->name) {
		ret = asprintf(&action, "Take it out of hosted-exclude, if it is right to host it");
	} else if (hm_flag_is_none(&owner->flag, knot_dname_labels(item->name, NULL))) {
		ret = asprintf(&action, "Remove that flag from the hosted zone, if it is right to host "
		               "it");
	} else if (knot_dname_labels(item->name, NULL) < 2) {
		ret = asprintf(&action, "Verify a domain below it: a top-level name cannot be hosted");
	} else if (hm_hosted_set_excludes(verify->loaded.set, item->name)) {
		ret = asprintf(&action, "It cannot be hosted: it is excluded, or above an excluded name "
		               "(hosted-exclude)");
	} else if (found) {
		const char *upper = hm_idn_text(owner->domain.name, text);
		ret = asprintf(&action, "Verify %s, unless it is to be hosted by itself", upper);
	} else if (hm_why_nearest(&verify->loaded, item->name, nearest)) {
		ret = asprintf(&action, "Is %s meant, which is hosted? If not, add it to the hosted "
		               "file, or flag it in the hosted zone", hm_idn_text(nearest, text));
	} else {
		ret = asprintf(&action, "Add it to the hosted file, or flag it in the hosted zone");
	}
	if (ret < 0) {
		item->failed = true;
		return;
	}
	hm_verdict_add(&item->verdicts, (reason != NULL) ? "flag-wrong" : "not-hosted", action, "%s",
	               what);
	free(action);
	if (verify->opts->json) {
		item->json = hm_verify_json_not_hosted(item->name, &item->verdicts);
		item->failed |= (item->json == NULL);
	}
}

/*! \brief Verify a domain that is hosted. */
static void hosted(hm_verify_job_t *job, hm_verify_item_t *item, const hm_domain_t *domain,
                   const hm_profile_t *profile)
{
	hm_expect_t expect;
	zone_t zone = { .verify = job->verify, .domain = domain };
	int ret = hm_expect_build(profile, domain, is_hidden, &zone, &expect);
	hm_facts_t facts = { 0 };
	if (ret == KNOT_EOK) {
		ret = hm_gather_domain(job->gather, hm_profile_name(profile), item->name, &expect,
		                       &facts);
	}
	if (ret == KNOT_EOK) {
		hm_verify_decide(&facts, &item->verdicts);
		item->state = hm_verify_state(&facts);
		item->failed |= (item->state == NULL);
	}
	if (ret == KNOT_EOK && job->verify->opts->json) {
		item->json = hm_verify_json(&facts, &item->verdicts);
		item->failed |= (item->json == NULL);
	}
	item->failed |= (ret != KNOT_EOK || item->verdicts.no_memory);
	hm_facts_clear(&facts);
	hm_expect_clear(&expect);
}

void hm_verify_item(hm_verify_job_t *job, hm_verify_item_t *item)
{
	hm_verify_t *verify = job->verify;
	hm_memory_t memory;
	hm_memory_init(&memory);
	hm_owner_t owner;
	const char *reason = NULL;
	bool found = hm_verify_find(verify, item->name, &owner);
	const hm_profile_t *profile = NULL;
	if (found && owner.domain.size == knot_dname_size(item->name)) {
		profile = hm_hosted_set_complete(verify->loaded.set, &owner, &memory.mm, &reason);
	}
	if (profile != NULL) {
		hosted(job, item, &owner.domain, profile);
	} else {
		not_hosted(verify, item, &owner, found, reason);
	}
	hm_memory_clear(&memory);
}

void hm_verify_item_clear(hm_verify_item_t *item)
{
	knot_dname_free(item->name, NULL);
	hm_verdicts_clear(&item->verdicts);
	free(item->state);
	json_decref(item->json);
	*item = (hm_verify_item_t){ 0 };
}
