/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "export.h"
#include "idn.h"
#include "memory.h"

void hm_export_problem(hm_export_set_t *set, const char *domain, const char *fmt, ...)
{
	char *reason = NULL;
	va_list args;
	va_start(args, fmt);
	if (vasprintf(&reason, fmt, args) < 0) {
		reason = NULL;
	}
	va_end(args);
	char *copy = strdup(domain);
	if (reason == NULL || copy == NULL ||
	    !hm_array_grow(&set->problems, set->problems_count, sizeof(*set->problems))) {
		free(reason);
		free(copy);
		set->failed = true;
		return;
	}
	set->problems[set->problems_count++] =
		(hm_export_problem_t){ .domain = copy, .reason = reason };
}

static bool on_domain(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
                      bool flagged)
{
	hm_export_set_t *set = ctx;
	if (!hm_array_grow(&set->domains, set->count, sizeof(*set->domains))) {
		set->failed = true;
		return false;
	}
	hm_export_domain_t *copy = &set->domains[set->count];
	*copy = (hm_export_domain_t){ .domain = *domain, .profile = profile };
	if (flagged && domain->vars_len > 0) {
		// Those of a line live as long as the set, as all names do.
		copy->vars = malloc(domain->vars_len);
		if (copy->vars == NULL) {
			set->failed = true;
			return false;
		}
		memcpy(copy->vars, domain->vars, domain->vars_len);
		copy->domain.vars = copy->vars;
	}
	set->count++;
	return true;
}

static void on_wrong(void *ctx, const knot_dname_t *name, const char *reason)
{
	knot_dname_txt_storage_t text;
	hm_export_problem(ctx, hm_idn_text(name, text), "its flag is wrong: %s", reason);
}

static int domain_cmp(const void *a, const void *b)
{
	return knot_dname_cmp(((const hm_export_domain_t *)a)->domain.name,
	                      ((const hm_export_domain_t *)b)->domain.name);
}

static hm_export_domain_t *find(const hm_export_set_t *set, const knot_dname_t *name)
{
	hm_export_domain_t key = { 0 };
	hm_domain_init(name, &key.domain);
	return (set->count == 0) ? NULL :
	       bsearch(&key, set->domains, set->count, sizeof(key), domain_cmp);
}

const hm_export_domain_t *hm_export_find(const hm_export_set_t *set, const knot_dname_t *name)
{
	const hm_export_domain_t *found = find(set, name);
	return (found != NULL && !found->hidden) ? found : NULL;
}

/*! \brief Find a domain that is a name or above it. */
static hm_export_domain_t *find_owner(const hm_export_set_t *set, const knot_dname_t *name)
{
	hm_export_domain_t *found = NULL;
	for (; found == NULL && *name != '\0'; name = hm_dname_next(name)) {
		found = find(set, name);
	}
	return found;
}

/*! \brief Ordinary zones of the server hide what is hosted, and are not exported. */
static void note_zones(const hm_loaded_t *loaded, hm_export_set_t *set)
{
	const hm_conf_t *conf = &loaded->source.conf;
	for (size_t i = 0; i < conf->zones_count; i++) {
		hm_export_domain_t *owner = find_owner(set, conf->zones[i]);
		knot_dname_txt_storage_t zone, name;
		if (owner == NULL) {
			continue;
		}
		const char *text = hm_idn_text(owner->domain.name, name);
		(void)hm_idn_text(conf->zones[i], zone);
		if (knot_dname_is_equal(owner->domain.name, conf->zones[i])) {
			owner->hidden = true;
			hm_export_problem(set, text, "the server has an ordinary zone of this "
			                  "name, which answers in its place; it is not exported");
		} else {
			hm_export_problem(set, text, "the server has the ordinary zone %s below "
			                  "it, which is not exported; nor is it delegated", zone);
		}
	}
}

int hm_export_set(const hm_loaded_t *loaded, hm_export_set_t *set)
{
	memset(set, 0, sizeof(*set));
	const hm_domains_visitor_t visitor = {
		.domain = on_domain, .wrong = on_wrong, .ctx = set,
	};
	hm_domains_walk(loaded->set, &loaded->flags, &visitor);
	if (set->count > 0) {
		qsort(set->domains, set->count, sizeof(*set->domains), domain_cmp);
		note_zones(loaded, set);
	}
	return set->failed ? KNOT_ENOMEM : KNOT_EOK;
}

void hm_export_set_clear(hm_export_set_t *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->domains[i].vars);
	}
	for (size_t i = 0; i < set->problems_count; i++) {
		free(set->problems[i].domain);
		free(set->problems[i].reason);
	}
	free(set->domains);
	free(set->problems);
	memset(set, 0, sizeof(*set));
}
