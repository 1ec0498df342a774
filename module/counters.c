/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
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

/*! \brief Longest name of a kind in bytes that every version of the server shows. */
#define KIND_MAX 60

/*!
 * \brief Names of a list of profiles.
 *
 * The server asks for the name of a kind by its index and the number of kinds, nothing else. So each
 * list has a number of its own, which is at least that of its names: the kinds above have no name,
 * and the server leaves them out. A list is kept as long as the module is in the process.
 */
typedef struct names {
	struct names *next;
	uint32_t number;
	size_t count;
	char (*names)[KIND_MAX + 1];
} names_t;

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static names_t *names_lists; // Under the lock.

static const names_t *names_find(uint32_t number)
{
	const names_t *list = names_lists;
	while (list != NULL && list->number != number) {
		list = list->next;
	}
	return list;
}

static char *profile_name(uint32_t idx, uint32_t count)
{
	pthread_mutex_lock(&names_lock);
	const names_t *list = names_find(count);
	char *name = (list != NULL && idx < list->count) ? strdup(list->names[idx]) : NULL;
	pthread_mutex_unlock(&names_lock);
	return name;
}

static void names_free(names_t *list)
{
	if (list != NULL) {
		free(list->names);
		free(list);
	}
}

/*! \brief List the names of all profiles, NULL if memory is out. */
static names_t *names_new(const hm_hosted_set_t *set)
{
	names_t *list = calloc(1, sizeof(*list));
	if (list == NULL) {
		return NULL;
	}
	list->count = hm_hosted_set_profiles(set);
	list->names = calloc(list->count, sizeof(*list->names));
	if (list->names == NULL) {
		names_free(list);
		return NULL;
	}
	for (size_t i = 0; i < list->count; i++) {
		snprintf(list->names[i], sizeof(*list->names), "%s",
		         hm_profile_name(hm_hosted_set_profile(set, i)));
	}
	return list;
}

/*! \brief Get the number of a list of names, which becomes the table's; 0 if memory is out. */
static uint32_t names_number(names_t *list)
{
	if (list == NULL) {
		return 0;
	}
	pthread_mutex_lock(&names_lock);
	// One kind alone is no list to the server.
	uint32_t number = (list->count > 2) ? list->count : 2;
	const names_t *other;
	while ((other = names_find(number)) != NULL &&
	       (other->count != list->count ||
	        memcmp(other->names, list->names, list->count * sizeof(*list->names)) != 0)) {
		number++;
	}
	if (other == NULL) {
		list->number = number;
		list->next = names_lists;
		names_lists = list;
		list = NULL;
	}
	pthread_mutex_unlock(&names_lock);
	names_free(list);
	return number;
}

__attribute__((destructor)) static void names_clear(void)
{
	while (names_lists != NULL) {
		names_t *list = names_lists;
		names_lists = list->next;
		names_free(list);
	}
}

/*! \brief Add the counter of answers by profile. */
static int add_profiles(knotd_mod_t *mod, const hm_hosted_set_t *set)
{
	uint32_t number = names_number(names_new(set));
	return (number > 0) ? knotd_mod_stats_add(mod, "profile", number, profile_name) :
	                      KNOT_ENOMEM;
}

static char *file_kind(uint32_t idx, uint32_t count)
{
	static const char *const names[HM_CTR_FILE_COUNT] = {
		[HM_CTR_FILE_DOMAINS]     = "domains",
		[HM_CTR_FILE_LEFT_OUT]    = "left-out",
		[HM_CTR_FILE_REFUSED]     = "refused",
		[HM_CTR_FILE_UNAVAILABLE] = "unavailable",
		[HM_CTR_FILE_DIGEST]      = "digest",
	};
	return (idx < count) ? strdup(names[idx]) : NULL;
}

/*! \brief Add what the load of the hosted file has come to. */
static int add_file(knotd_mod_t *mod, const hm_module_t *ctx)
{
	int ret = knotd_mod_stats_add(mod, "hosted-file", HM_CTR_FILE_COUNT, file_kind);
	if (ret != KNOT_EOK) {
		return ret;
	}
	const hm_hosted_file_t *file = hm_hosted_set_file(ctx->set);
	const uint64_t values[HM_CTR_FILE_COUNT] = {
		[HM_CTR_FILE_DOMAINS]     = hm_hosted_file_count(file),
		[HM_CTR_FILE_LEFT_OUT]    = hm_hosted_file_left_out(file),
		[HM_CTR_FILE_REFUSED]     = ctx->refused,
		[HM_CTR_FILE_UNAVAILABLE] = (hm_hosted_set_file_result(ctx->set) != KNOT_EOK),
		[HM_CTR_FILE_DIGEST]      = hm_hosted_set_digest(ctx->set),
	};
	// The server adds up what its threads have counted.
	for (uint32_t i = 0; i < HM_CTR_FILE_COUNT; i++) {
		knotd_mod_stats_store(mod, 0, HM_CTR_FILE, i, values[i]);
	}
	return KNOT_EOK;
}

int hm_counters_add(knotd_mod_t *mod, const hm_module_t *ctx)
{
	int ret = knotd_mod_stats_add(mod, "answer", HM_CTR_ANSWER_COUNT, answer_kind);
	if (ret == KNOT_EOK) {
		ret = knotd_mod_stats_add(mod, "hosted-zone", HM_CTR_ZONE_COUNT, zone_fault);
	}
	if (ret == KNOT_EOK) {
		ret = (knotd_mod_zone(mod) == NULL) ? add_profiles(mod, ctx->set) :
		                                      knotd_mod_stats_add(mod, "signed", 1, NULL);
	}
	if (ret == KNOT_EOK && hm_hosted_set_file(ctx->set) != NULL) {
		ret = add_file(mod, ctx);
	}
	return ret;
}
