/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "counters.h"

static char *answer_kind(uint32_t idx, uint32_t count)
{
	static const char *const names[HM_CTR_ANSWER_COUNT] = {
		[HM_ANSWER_POSITIVE]  = "positive",
		[HM_ANSWER_NODATA]    = "nodata",
		[HM_ANSWER_NXDOMAIN]  = "nxdomain",
		[HM_CTR_ANSWER_ERROR] = "error",
	};
	return (idx < count) ? strdup(names[idx]) : NULL;
}

static char *zone_fault(uint32_t idx, uint32_t count)
{
	static const char *const names[HM_CTR_ZONE_COUNT] = {
		[HM_CTR_ZONE_UNAVAILABLE] = "unavailable",
		[HM_CTR_ZONE_INVALID]     = "invalid",
	};
	return (idx < count) ? strdup(names[idx]) : NULL;
}

int hm_counters_add(knotd_mod_t *mod)
{
	int ret = knotd_mod_stats_add(mod, "answer", HM_CTR_ANSWER_COUNT, answer_kind);
	if (ret == KNOT_EOK) {
		ret = knotd_mod_stats_add(mod, "hosted-zone", HM_CTR_ZONE_COUNT, zone_fault);
	}
	if (ret == KNOT_EOK && knotd_mod_zone(mod) != NULL) {
		ret = knotd_mod_stats_add(mod, "signed", 1, NULL);
	}
	return ret;
}
