/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "zones.h"

/*! \brief Names of zones that are shown for a group, and differences that tell groups apart. */
#define NAMES_MAX 5
#define DIFFS_MAX 4

/*! \brief A zone with what tells its group. */
typedef struct {
	const hm_compared_t *zone;
	char *what;
} member_t;

/*! \brief Owner of a difference, without the name of the zone. */
static void put_owner(FILE *file, const char *owner, const char *zone)
{
	size_t owner_len = strlen(owner), zone_len = strlen(zone) + 1; // With the final dot.
	if (owner_len == zone_len) {
		fputs("@", file);
	} else if (owner_len > zone_len) {
		fprintf(file, "%.*s", (int)(owner_len - zone_len - 1), owner);
	}
}

/*! \brief What all zones of a group have in common, NULL if memory is out. */
static char *describe(const hm_zones_t *zones, const hm_compared_t *zone)
{
	static const char *const kinds[] = { "no ", "other ", "TTL of ", "" };
	const hm_zone_result_t *result = &zone->result;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	if (file == NULL) {
		return NULL;
	}
	fputs(hm_profile_name(hm_hosted_set_profile(zones->set, result->profile)), file);
	for (size_t i = 0; i < result->diffs_count && i < DIFFS_MAX; i++) {
		const hm_diff_t *diff = &result->diffs[i];
		fprintf(file, "%s%s", (i == 0) ? ": " : ", ", kinds[diff->kind]);
		if (diff->owner != NULL) {
			put_owner(file, diff->owner, zone->name);
			fprintf(file, " %s", diff->type);
		} else {
			fputs(diff->profile, file);
		}
	}
	if (result->diffs_count > DIFFS_MAX) {
		fputs(", and more", file);
	}
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int group_cmp(const member_t *a, const member_t *b)
{
	int cmp = (int)a->zone->result.relation - (int)b->zone->result.relation;
	return (cmp != 0) ? cmp : strcmp(a->what, b->what);
}

static int member_cmp(const void *a, const void *b)
{
	int cmp = group_cmp(a, b);
	return (cmp != 0) ? cmp :
	       strcmp(((const member_t *)a)->zone->name, ((const member_t *)b)->zone->name);
}

static void print_group(const hm_out_t *out, const member_t *members, size_t count)
{
	static const hm_style_t styles[] = { HM_STYLE_GOOD, HM_STYLE_WARNING, HM_STYLE_ERROR };
	hm_zone_relation_t relation = members[0].zone->result.relation;
	fprintf(out->file, "%6zu ", count);
	hm_out_print(out, styles[relation], "%s", hm_zone_relation_name(relation));
	fprintf(out->file, " %s %s\n       ", (relation == HM_ZONE_SAME) ? "as" :
	        (relation == HM_ZONE_SUPERSET) ? "of" : "from", members[0].what);
	for (size_t i = 0; i < count && i < NAMES_MAX; i++) {
		fprintf(out->file, "%s%s", (i > 0) ? ", " : "", members[i].zone->name);
	}
	fprintf(out->file, "%s\n", (count > NAMES_MAX) ? ", ..." : "");
}

int hm_zones_print_groups(const hm_zones_t *zones, const hm_out_t *out)
{
	member_t *members = calloc(zones->count + 1, sizeof(*members));
	size_t count = 0;
	int ret = (members != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (size_t i = 0; i < zones->count && ret == KNOT_EOK; i++) {
		if (zones->zones[i].error == NULL) {
			members[count].zone = &zones->zones[i];
			members[count].what = describe(zones, &zones->zones[i]);
			ret = (members[count++].what != NULL) ? KNOT_EOK : KNOT_ENOMEM;
		}
	}
	if (ret == KNOT_EOK && count > 0) {
		qsort(members, count, sizeof(*members), member_cmp);
	}
	for (size_t from = 0, to; ret == KNOT_EOK && from < count; from = to) {
		to = from + 1;
		while (to < count && group_cmp(&members[from], &members[to]) == 0) {
			to++;
		}
		print_group(out, members + from, to - from);
	}
	for (size_t i = 0; i < count; i++) {
		free(members[i].what);
	}
	free(members);
	return ret;
}
