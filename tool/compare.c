/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "compare.h"
#include "domains.h"
#include "hostedmail/match.h"
#include "idn.h"
#include "memory.h"

/*! \brief A zone that is held against one profile. */
typedef struct {
	const hm_compare_opts_t *opts;
	const hm_zone_t *zone;
	const hm_profile_t *profile;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	bool *ours;              /*!< RRsets of the zone that the profile has just so. */
	size_t diffs;            /*!< Records that differ. */
	size_t more;             /*!< Records that remain. */
	hm_zone_result_t *result; /*!< NULL to count only. */
	hm_rdata_reader_t *reader;
	int ret;
} compare_t;

static void set_text(compare_t *compare, char **where, const char *text)
{
	*where = (text != NULL) ? strdup(text) : NULL;
	if (text != NULL && *where == NULL) {
		compare->ret = KNOT_ENOMEM;
	}
}

/*! \brief Add a text to a list; takes it over. */
static void add_text(compare_t *compare, char ***list, size_t *count, char *text)
{
	if (text == NULL || !hm_array_grow(list, *count, sizeof(**list))) {
		free(text);
		compare->ret = KNOT_ENOMEM;
		return;
	}
	(*list)[(*count)++] = text;
}

__attribute__((format(printf, 2, 3)))
static void note(compare_t *compare, const char *fmt, ...)
{
	hm_zone_result_t *result = compare->result;
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
	}
	va_end(args);
	add_text(compare, &result->notes, &result->notes_count, text);
}

/*! \brief All RDATA of an RRset as text, each after the other. */
static char *rrset_text(compare_t *compare, uint16_t type, const knot_rdataset_t *rrs)
{
	char *all = NULL;
	size_t len = 0;
	for (uint16_t i = 0; i < rrs->count; i++) {
		char *text = hm_rdata_to_text(compare->reader, type, rrs, i);
		size_t more = (text != NULL) ? strlen(text) : 0;
		char *grown = (text != NULL) ? realloc(all, len + more + 3) : NULL;
		if (grown == NULL) {
			free(text);
			free(all);
			return NULL;
		}
		all = grown;
		len += sprintf(all + len, "%s%s", (i > 0) ? ", " : "", text);
		free(text);
	}
	return all;
}

/*! \brief Note a difference; takes the last two texts over. */
static void add_diff(compare_t *compare, hm_diff_kind_t kind, const knot_dname_t *owner,
                     uint16_t type, char *profile, char *zone)
{
	hm_zone_result_t *result = compare->result;
	if (!hm_array_grow(&result->diffs, result->diffs_count, sizeof(*result->diffs))) {
		free(profile);
		free(zone);
		compare->ret = KNOT_ENOMEM;
		return;
	}
	hm_diff_t *diff = &result->diffs[result->diffs_count++];
	*diff = (hm_diff_t){ .kind = kind, .profile = profile, .zone = zone };
	if (owner != NULL) {
		knot_dname_txt_storage_t name;
		char type_text[32] = "";
		(void)knot_dname_to_str(name, owner, sizeof(name));
		(void)knot_rrtype_to_string(type, type_text, sizeof(type_text));
		set_text(compare, &diff->owner, name);
		set_text(compare, &diff->type, type_text);
	}
	if (profile == NULL) {
		compare->ret = KNOT_ENOMEM;
	}
}

static void add_ttl_diff(compare_t *compare, const knot_dname_t *owner, uint16_t type,
                         uint32_t profile, uint32_t zone)
{
	char texts[2][16], *copies[2] = { NULL };
	snprintf(texts[0], sizeof(texts[0]), "%" PRIu32, profile);
	snprintf(texts[1], sizeof(texts[1]), "%" PRIu32, zone);
	set_text(compare, &copies[0], texts[0]);
	set_text(compare, &copies[1], texts[1]);
	add_diff(compare, HM_DIFF_TTL, owner, type, copies[0], copies[1]);
}

/*! \brief How many RDATA of one RRset are not in another one; both are in canonical order. */
static size_t lacking(const knot_rdataset_t *rrs, const knot_rdataset_t *in)
{
	size_t count = 0;
	for (uint16_t i = 0; i < rrs->count; i++) {
		count += !knot_rdataset_member(in, knot_rdataset_at(rrs, i));
	}
	return count;
}

/*! \brief Compare an RRset of the profile with that of the zone. */
static void compare_rrset(compare_t *compare, const knot_dname_t *owner, const knot_rrset_t *rrset)
{
	const hm_zone_rrset_t *found = hm_zone_find(compare->zone, owner, rrset->type);
	size_t missing = (found != NULL) ? lacking(&rrset->rrs, &found->rrs) : rrset->rrs.count;
	size_t extra = (found != NULL) ? lacking(&found->rrs, &rrset->rrs) : 0;
	if (missing > 0) {
		compare->diffs += missing + extra;
		if (found != NULL) {
			compare->ours[found - compare->zone->rrsets] = true;
		}
		if (compare->result != NULL) {
			add_diff(compare, (found != NULL) ? HM_DIFF_RDATA : HM_DIFF_MISSING, owner,
			         rrset->type, rrset_text(compare, rrset->type, &rrset->rrs),
			         (found != NULL) ? rrset_text(compare, rrset->type, &found->rrs) :
			                           NULL);
		}
	} else if (extra == 0) {
		compare->ours[found - compare->zone->rrsets] = true;
		if (rrset->ttl != found->ttl && !compare->opts->ignore_ttl) {
			compare->diffs++;
			if (compare->result != NULL) {
				add_ttl_diff(compare, owner, rrset->type, rrset->ttl, found->ttl);
			}
		}
	} // Else the zone's own RRset remains, which takes the place of the profile's.
}

/*! \brief Tell whether a name exists in the zone. */
static bool exists(const hm_zone_t *zone, const knot_dname_t *name)
{
	for (size_t i = 0; i < zone->rrsets_count; i++) {
		if (knot_dname_in_bailiwick(zone->rrsets[i].owner, name) >= 0) {
			return true;
		}
	}
	return false;
}

static void compare_node(compare_t *compare, const hm_node_t *node)
{
	knot_dname_storage_t owner;
	if (hm_node_owner(node, &compare->domain, owner) != KNOT_EOK) {
		return; // The check of the domain says so.
	}
	bool apex = (hm_node_depth(node) == 0);
	for (uint16_t type = 0; (type = hm_node_next_type(node, type)) != 0; ) {
		if (apex && (type == KNOT_RRTYPE_SOA || type == KNOT_RRTYPE_NS)) {
			continue;
		}
		hm_memory_t memory;
		hm_memory_init(&memory);
		knot_rrset_t rrset;
		int ret = hm_node_rrset(node, type, &compare->domain, &memory.mm, &rrset);
		if (ret == KNOT_EOK) {
			compare_rrset(compare, owner, &rrset);
		} else if (ret == KNOT_ENOMEM) {
			compare->ret = ret;
		}
		hm_memory_clear(&memory);
	}
	if (compare->result != NULL && !apex && !exists(compare->zone, owner)) {
		knot_dname_txt_storage_t name;
		(void)knot_dname_to_str(name, owner, sizeof(name));
		if (compare->result->diffs_count == 0) {
			note(compare, "%s does not exist in the zone, but will, without a record "
			     "(NODATA in place of NXDOMAIN)", name);
		}
	}
}

/*! \brief What stands against the profile as a whole. */
static void check_domain(compare_t *compare)
{
	const char *reason = hm_profile_mx_reason(compare->profile, &compare->domain);
	hm_memory_t memory;
	hm_memory_init(&memory);
	uint64_t line;
	int ret = (reason != NULL) ? KNOT_EOK :
	          hm_profile_check(compare->profile, &compare->domain, &memory.mm, &line);
	if (ret == KNOT_ENOMEM) {
		compare->ret = ret;
	} else if (ret != KNOT_EOK) {
		reason = hm_profile_reason(ret);
	}
	hm_memory_clear(&memory);
	if (reason != NULL) {
		compare->diffs++;
		if (compare->result != NULL) {
			char *copy = NULL;
			set_text(compare, &copy, reason);
			add_diff(compare, HM_DIFF_VARIABLE, NULL, 0, copy, NULL);
		}
	}
}

static const knot_rdataset_t *get_rrset(void *ctx, const knot_dname_t *owner, uint16_t type)
{
	const hm_zone_rrset_t *rrset = hm_zone_find(ctx, owner, type);
	return (rrset != NULL) ? &rrset->rrs : NULL;
}

static bool is_apex(const hm_zone_t *zone, const hm_zone_rrset_t *rrset)
{
	return (rrset->type == KNOT_RRTYPE_SOA || rrset->type == KNOT_RRTYPE_NS) &&
	       knot_dname_is_equal(rrset->owner, zone->name);
}

/*! \brief Compare with one profile. */
static void compare_with(compare_t *compare, const hm_profile_t *profile)
{
	const hm_zone_t *zone = compare->zone;
	size_t vars_len;
	compare->profile = profile;
	compare->diffs = 0;
	compare->more = 0;
	memset(compare->ours, 0, zone->rrsets_count * sizeof(*compare->ours));
	int ret = hm_profile_match(profile, zone->name, get_rrset, (void *)zone, compare->vars,
	                           &vars_len);
	if (ret != KNOT_EOK) {
		compare->ret = ret;
		return;
	}
	hm_domain_init(zone->name, &compare->domain);
	compare->domain.vars = compare->vars;
	compare->domain.vars_len = vars_len;
	check_domain(compare);
	for (const hm_node_t *node = hm_profile_apex(profile); node != NULL;
	     node = hm_node_next(node)) {
		compare_node(compare, node);
	}
	for (size_t i = 0; i < zone->rrsets_count; i++) {
		if (!compare->ours[i] && !is_apex(zone, &zone->rrsets[i])) {
			compare->more += zone->rrsets[i].rrs.count;
		}
	}
}

static hm_zone_relation_t relation(const compare_t *compare)
{
	return (compare->diffs > 0) ? HM_ZONE_DIFFERENT :
	       (compare->more > 0) ? HM_ZONE_SUPERSET : HM_ZONE_SAME;
}

/*! \brief The records of an RRset as lines of a zone file. */
static void add_lines(compare_t *compare, const hm_zone_rrset_t *rrset, char ***lines,
                      size_t *count)
{
	knot_dname_txt_storage_t owner;
	char type[32] = "";
	(void)knot_dname_to_str(owner, rrset->owner, sizeof(owner));
	(void)knot_rrtype_to_string(rrset->type, type, sizeof(type));
	for (uint16_t i = 0; i < rrset->rrs.count; i++) {
		char *rdata = hm_rdata_to_text(compare->reader, rrset->type, &rrset->rrs, i);
		char *line = NULL;
		if (rdata != NULL && asprintf(&line, "%s %" PRIu32 " %s %s", owner, rrset->ttl,
		                              type, rdata) < 0) {
			line = NULL;
		}
		free(rdata);
		add_text(compare, lines, count, line);
	}
}

/*! \brief Keep what an overlay needs of the zone's apex. */
static void add_apex(compare_t *compare, uint16_t type)
{
	const hm_zone_rrset_t *rrset = hm_zone_find(compare->zone, compare->zone->name, type);
	if (rrset != NULL) {
		add_lines(compare, rrset, &compare->result->apex, &compare->result->apex_count);
	}
}

/*! \brief The line of a hosted file. */
static void set_line(compare_t *compare)
{
	hm_zone_result_t *result = compare->result;
	knot_dname_txt_storage_t name;
	char *vars = hm_vars_text(&compare->domain);
	bool plain = (result->profile == 0 && compare->domain.vars_len == 0);
	if (vars == NULL || asprintf(&result->line, "%s%s%s%s%s",
	                             hm_idn_text(compare->zone->name, name), plain ? "" : " ",
	                             plain ? "" : hm_profile_name(compare->profile),
	                             (*vars != '\0') ? " " : "", vars) < 0) {
		result->line = NULL;
		compare->ret = KNOT_ENOMEM;
	}
	free(vars);
	result->vars = hm_vars_json(&compare->domain);
	if (result->vars == NULL) {
		compare->ret = KNOT_ENOMEM;
	}
}

/*! \brief Say what is different at the apex, though it does not count. */
static void note_apex(compare_t *compare, uint16_t type)
{
	const hm_node_t *node = hm_profile_apex(compare->profile);
	const hm_zone_rrset_t *found = hm_zone_find(compare->zone, compare->zone->name, type);
	hm_memory_t memory;
	hm_memory_init(&memory);
	knot_rrset_t rrset;
	if (found != NULL &&
	    hm_node_rrset(node, type, &compare->domain, &memory.mm, &rrset) == KNOT_EOK &&
	    (lacking(&rrset.rrs, &found->rrs) > 0 || lacking(&found->rrs, &rrset.rrs) > 0)) {
		char *profile = rrset_text(compare, type, &rrset.rrs);
		char *zone = rrset_text(compare, type, &found->rrs);
		if (profile == NULL || zone == NULL) {
			compare->ret = KNOT_ENOMEM;
		} else if (type == KNOT_RRTYPE_NS) {
			note(compare, "the zone has the name servers %s, the profile %s", zone,
			     profile);
		} else {
			note(compare, "the SOA of the zone is %s, that of the profile %s", zone,
			     profile);
		}
		free(profile);
		free(zone);
	}
	hm_memory_clear(&memory);
}

/*! \brief Write down how the zone relates to the profile that was chosen. */
static void describe(compare_t *compare, hm_zone_result_t *result)
{
	const hm_zone_t *zone = compare->zone;
	compare->result = result;
	compare_with(compare, hm_hosted_set_profile(compare->opts->set, result->profile));
	result->relation = relation(compare);
	set_line(compare);
	add_apex(compare, KNOT_RRTYPE_SOA);
	add_apex(compare, KNOT_RRTYPE_NS);
	for (size_t i = 0; i < zone->rrsets_count; i++) {
		if (!is_apex(zone, &zone->rrsets[i]) && !compare->ours[i]) {
			add_lines(compare, &zone->rrsets[i], &result->more, &result->more_count);
		}
	}
	note_apex(compare, KNOT_RRTYPE_NS);
	if (compare->opts->verbose) {
		note_apex(compare, KNOT_RRTYPE_SOA);
	}
	if (zone->dnssec > 0) {
		note(compare, "%zu DNSSEC records were not looked at; if the parent has a DS, take "
		     "it away first, or keep the zone", zone->dnssec);
	}
	if (zone->outside > 0) {
		note(compare, "%zu records outside of the zone were not looked at", zone->outside);
	}
}

/*! \brief The best profile so far. */
typedef struct {
	hm_zone_relation_t relation;
	size_t distance;
	size_t vars_len;
} best_t;

/*! \brief Tell whether what was found is nearer than the best before. */
static bool is_nearer(const best_t *now, const best_t *best)
{
	if (now->relation != best->relation) {
		return now->relation < best->relation;
	}
	if (now->distance != best->distance) {
		return now->distance < best->distance;
	}
	// What a profile says by itself is more than what a variable can be made to say.
	return now->vars_len < best->vars_len;
}

int hm_zone_compare(const hm_compare_opts_t *opts, const hm_zone_t *zone,
                    hm_rdata_reader_t *reader, hm_zone_result_t *result)
{
	memset(result, 0, sizeof(*result));
	compare_t *compare = malloc(sizeof(*compare));
	if (compare == NULL) {
		return KNOT_ENOMEM;
	}
	*compare = (compare_t) {
		.opts = opts, .zone = zone, .reader = reader,
		.ours = calloc(zone->rrsets_count + 1, sizeof(*compare->ours)),
	};
	int ret = (compare->ours == NULL) ? KNOT_ENOMEM : KNOT_EOK;
	best_t best = { .relation = HM_ZONE_DIFFERENT, .distance = SIZE_MAX };
	for (size_t i = 0; ret == KNOT_EOK && i < hm_hosted_set_profiles(opts->set); i++) {
		const hm_profile_t *profile = hm_hosted_set_profile(opts->set, i);
		if (opts->profile != NULL &&
		    strcmp(hm_profile_name(profile), opts->profile) != 0) {
			continue;
		}
		compare_with(compare, profile);
		const best_t now = {
			.relation = relation(compare), .distance = compare->diffs + compare->more,
			.vars_len = compare->domain.vars_len,
		};
		if (is_nearer(&now, &best)) {
			best = now;
			result->profile = i;
		}
		ret = compare->ret;
	}
	if (ret == KNOT_EOK) {
		describe(compare, result);
		ret = compare->ret;
	}
	free(compare->ours);
	free(compare);
	return ret;
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
	}
	free(texts);
}

void hm_zone_result_clear(hm_zone_result_t *result)
{
	for (size_t i = 0; i < result->diffs_count; i++) {
		free(result->diffs[i].owner);
		free(result->diffs[i].type);
		free(result->diffs[i].profile);
		free(result->diffs[i].zone);
	}
	free(result->diffs);
	free(result->line);
	json_decref(result->vars);
	free_texts(result->more, result->more_count);
	free_texts(result->notes, result->notes_count);
	free_texts(result->apex, result->apex_count);
	memset(result, 0, sizeof(*result));
}
