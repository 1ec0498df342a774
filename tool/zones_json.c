/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "zones.h"

const char *hm_zone_relation_name(hm_zone_relation_t relation)
{
	static const char *const names[] = { "same", "superset", "different" };
	return names[relation];
}

static json_t *texts(char *const *list, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(array, hm_json_text(list[i]));
	}
	return array;
}

static json_t *differences(const hm_zone_result_t *result)
{
	static const char *const kinds[] = { "missing", "rdata", "ttl", "variable" };
	json_t *array = json_array();
	for (size_t i = 0; i < result->diffs_count; i++) {
		const hm_diff_t *diff = &result->diffs[i];
		json_array_append_new(array, json_pack(
			"{s:s, s:o, s:o, s:o, s:o}", "kind", kinds[diff->kind],
			"owner", hm_json_text(diff->owner), "type", hm_json_text(diff->type),
			"profile", hm_json_text(diff->profile), "zone", hm_json_text(diff->zone)));
	}
	return array;
}

void hm_zones_json(const hm_zones_t *zones, hm_json_t *json)
{
	hm_json_array(json, "zones");
	for (size_t i = 0; i < zones->count; i++) {
		const hm_compared_t *zone = &zones->zones[i];
		const hm_zone_result_t *result = &zone->result;
		if (zone->error != NULL) {
			hm_json_element(json, json_pack(
				"{s:o, s:o, s:s, s:o}", "domain", hm_json_text(zone->name),
				"file", hm_json_text(zone->path), "result", "error",
				"reason", hm_json_text(zone->error)));
			continue;
		}
		const hm_profile_t *profile = hm_hosted_set_profile(zones->set, result->profile);
		hm_json_element(json, json_pack(
			"{s:o, s:o, s:s, s:o, s:o, s:O, s:o, s:o, s:o}",
			"domain", hm_json_text(zone->name), "file", hm_json_text(zone->path),
			"result", hm_zone_relation_name(result->relation),
			"profile", hm_json_text(hm_profile_name(profile)),
			"line", hm_json_text(result->line), "variables", result->vars,
			"more", texts(result->more, result->more_count),
			"differences", differences(result),
			"notes", texts(result->notes, result->notes_count)));
	}
	hm_json_array_end(json);
	hm_zone_counts_t counts = hm_zones_count(zones);
	for (int i = 0; i <= HM_ZONE_DIFFERENT; i++) {
		hm_json_member(json, hm_zone_relation_name(i),
		               json_integer(counts.relations[i]));
	}
	hm_json_member(json, "errors", json_integer(counts.errors));
}
