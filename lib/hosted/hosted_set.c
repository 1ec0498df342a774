/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hostedmail/hosted_set.h"
#include "hostedmail/scratch.h"

/*! \brief A profile by its name. */
typedef struct {
	const char *name;
	size_t len;
	int index;
} profile_name_t;

struct hm_hosted_set {
	hm_profile_t **profiles;
	profile_name_t *names;   /*!< The same, in the order of their names. */
	size_t profiles_count;
	hm_hosted_file_t *hosted;     /*!< Hosted file, NULL if there is none. */
	knot_dname_t *zones[HM_HOSTED_ZONES_MAX]; /*!< Hosted zones, the one that wins first. */
	size_t zone_sizes[HM_HOSTED_ZONES_MAX];
	size_t zones_count;
	int file_result;         /*!< Why the hosted file is empty instead of read. */
	hm_exclude_t *exclude;   /*!< What nobody can take over, NULL if there is nothing. */
};

/*! \brief A set under construction. */
typedef struct {
	hm_hosted_set_t *set;
	const hm_hosted_set_opts_t *opts;
	knot_mm_t *mm; /*!< For the check of a domain. */
} set_load_t;

static int name_cmp(const void *a, const void *b)
{
	const profile_name_t *na = a, *nb = b;
	size_t common = (na->len < nb->len) ? na->len : nb->len;
	int cmp = memcmp(na->name, nb->name, common);
	return (cmp != 0) ? cmp : (na->len > nb->len) - (na->len < nb->len);
}

static int profile_index(const hm_hosted_set_t *set, const char *name, size_t len)
{
	const profile_name_t key = { .name = name, .len = len };
	const profile_name_t *found = bsearch(&key, set->names, set->profiles_count, sizeof(key),
	                                      name_cmp);
	return (found != NULL) ? found->index : -1;
}

static void report_file(const set_load_t *load, const char *file, const char *reason)
{
	load->opts->report(load->opts->ctx, HM_ERROR, file, 0, reason);
}

static int load_profile(set_load_t *load, const char *file)
{
	hm_hosted_set_t *set = load->set;
	hm_profile_t *profile;
	int ret = hm_profile_load(file, load->opts->report, load->opts->ctx,
	                          load->opts->files, &profile);
	if (ret != KNOT_EOK) {
		return ret;
	}

	const char *name = hm_profile_name(profile), *error = NULL;
	if (strcmp(name, HM_PROFILE_NONE) == 0) {
		error = "the profile name 'none' is reserved";
	} else if (profile_index(set, name, strlen(name)) >= 0) {
		error = "another profile has the same name";
	}
	if (error != NULL) {
		report_file(load, file, error);
		hm_profile_free(profile);
		return KNOT_EINVAL;
	}

	size_t index = set->profiles_count++;
	set->profiles[index] = profile;
	set->names[index] = (profile_name_t) {
		.name = name, .len = strlen(name), .index = index,
	};
	qsort(set->names, set->profiles_count, sizeof(*set->names), name_cmp);
	return KNOT_EOK;
}

/*! \brief Load all profiles, so that all of their errors are reported. */
static int load_profiles(set_load_t *load)
{
	const hm_hosted_set_opts_t *opts = load->opts;
	if (opts->profiles_count > HM_PROFILES_MAX) {
		report_file(load, opts->profiles[HM_PROFILES_MAX], "too many profiles");
		return KNOT_EINVAL;
	}
	load->set->profiles = calloc(opts->profiles_count, sizeof(*load->set->profiles));
	load->set->names = calloc(opts->profiles_count, sizeof(*load->set->names));
	if (load->set->profiles == NULL || load->set->names == NULL) {
		return KNOT_ENOMEM;
	}

	int result = KNOT_EOK;
	for (size_t i = 0; i < opts->profiles_count; i++) {
		int ret = load_profile(load, opts->profiles[i]);
		if (ret != KNOT_EOK) {
			result = ret;
		}
	}
	return result;
}

static int on_profile(void *ctx, const char *name, size_t len)
{
	const set_load_t *load = ctx;
	return profile_index(load->set, name, len);
}

static bool on_check(void *ctx, const hm_domain_t *domain, char *reason, size_t reason_max)
{
	const set_load_t *load = ctx;
	const hm_profile_t *profile = load->set->profiles[domain->profile];
	uint64_t line = 0;
	int ret = hm_profile_check(profile, domain, load->mm, &line);
	if (ret != KNOT_EOK) {
		snprintf(reason, reason_max, "%s in the record at %s:%" PRIu64,
		         hm_profile_reason(ret), hm_profile_file(profile), line);
		return false;
	}
	const char *no_mx = hm_profile_mx_reason(profile, domain);
	if (no_mx != NULL) {
		snprintf(reason, reason_max, "%s", no_mx);
		return false;
	}
	size_t len;
	const char *unused = hm_profile_unused_var(profile, domain, &len);
	if (unused != NULL) {
		snprintf(reason, reason_max, "profile %s does not use the variable '%.*s'",
		         hm_profile_name(profile), (int)len, unused);
	}
	return true;
}

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	const set_load_t *load = ctx;
	load->opts->report(load->opts->ctx, severity, file, line, reason);
}

/*! \brief Load the hosted file; one that cannot be read is taken for an empty one. */
static int load_file(set_load_t *load)
{
	hm_hosted_set_t *set = load->set;
	const hm_profile_t *first = set->profiles[0];
	const hm_hosted_file_opts_t opts = {
		.profile = on_profile, .check = on_check, .report = on_report, .ctx = load,
		.files = load->opts->files, .has_zone = (load->opts->zones_count > 0),
		.exclude = set->exclude,
		.fits_ordinary = hm_profile_fits_ordinary(first) &&
		                 !hm_profile_has_conditional_mx(first),
	};
	int ret = hm_hosted_file_load(load->opts->hosted_file, &opts, &set->hosted);
	if (ret != KNOT_EOK && ret != KNOT_ENOMEM) {
		set->file_result = ret;
		set->hosted = hm_hosted_file_new();
		ret = (set->hosted != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	}
	return ret;
}

static int load_zones(set_load_t *load)
{
	const hm_hosted_set_opts_t *opts = load->opts;
	hm_hosted_set_t *set = load->set;
	if (opts->zones_count > HM_HOSTED_ZONES_MAX) {
		return KNOT_ELIMIT;
	}
	for (size_t i = 0; i < opts->zones_count; i++) {
		set->zones[i] = knot_dname_copy(opts->zones[i], NULL);
		if (set->zones[i] == NULL) {
			return KNOT_ENOMEM;
		}
		set->zone_sizes[i] = knot_dname_size(set->zones[i]);
		set->zones_count++;
	}
	return KNOT_EOK;
}

int hm_hosted_set_load(const hm_hosted_set_opts_t *opts, hm_hosted_set_t **out)
{
	hm_scratch_t scratch;
	set_load_t load = { .set = calloc(1, sizeof(*load.set)), .opts = opts, .mm = &scratch.mm };
	if (load.set == NULL) {
		return KNOT_ENOMEM;
	}

	int ret = hm_scratch_init(&scratch, UINT16_MAX);
	if (ret == KNOT_EOK) {
		ret = load_profiles(&load);
	}
	if (ret == KNOT_EOK) {
		ret = load_zones(&load);
	}
	if (ret == KNOT_EOK) {
		ret = hm_exclude_new(opts->exclude, opts->exclude_count, &load.set->exclude);
	}
	if (ret == KNOT_EOK && opts->hosted_file != NULL) {
		ret = load_file(&load);
	}
	hm_scratch_clear(&scratch);
	if (ret != KNOT_EOK) {
		hm_hosted_set_free(load.set);
		return ret;
	}

	*out = load.set;
	return KNOT_EOK;
}

void hm_hosted_set_free(hm_hosted_set_t *set)
{
	if (set == NULL) {
		return;
	}
	for (size_t i = 0; i < set->profiles_count; i++) {
		hm_profile_free(set->profiles[i]);
	}
	free(set->profiles);
	free(set->names);
	hm_hosted_file_free(set->hosted);
	for (size_t i = 0; i < set->zones_count; i++) {
		knot_dname_free(set->zones[i], NULL);
	}
	hm_exclude_free(set->exclude);
	free(set);
}

size_t hm_hosted_set_profiles(const hm_hosted_set_t *set)
{
	return set->profiles_count;
}

const hm_profile_t *hm_hosted_set_profile(const hm_hosted_set_t *set, size_t index)
{
	return set->profiles[index];
}

size_t hm_hosted_set_zones(const hm_hosted_set_t *set)
{
	return set->zones_count;
}

const knot_dname_t *hm_hosted_set_zone(const hm_hosted_set_t *set, size_t index)
{
	return set->zones[index];
}

bool hm_hosted_set_excludes(const hm_hosted_set_t *set, const knot_dname_t *name)
{
	return hm_exclude_find(set->exclude, name, knot_dname_size(name)) != NULL;
}

const hm_hosted_file_t *hm_hosted_set_file(const hm_hosted_set_t *set)
{
	return set->hosted;
}

uint64_t hm_hosted_set_digest(const hm_hosted_set_t *set)
{
	if (set->hosted == NULL) {
		return 0;
	}
	const char *name = hm_profile_name(set->profiles[0]);
	return XXH3_64bits_withSeed(name, strlen(name), hm_hosted_file_digest(set->hosted)) >> 11;
}

int hm_hosted_set_file_result(const hm_hosted_set_t *set)
{
	return set->file_result;
}

/*!
 * \brief Add what the hosted zones after the first one say.
 *
 * \param[in]     first   The first zone.
 * \param[in]     ret     What came of asking it; the flag is useless unless KNOT_EOK.
 *
 * \return As ask_zones().
 */
static const knot_dname_t *ask_later_zones(const hm_hosted_set_t *set,
                                           const hm_hosted_zone_t *first, int ret,
                                           const knot_dname_t *name, unsigned above,
                                           hm_flag_t *flag)
{
	const knot_dname_t *unavailable = NULL;
	if (ret != KNOT_EOK) {
		*flag = (hm_flag_t){ 0 };
		unavailable = first->zone;
	}
	// Nothing is deeper than the name itself.
	hm_hosted_zone_t zone = *first;
	for (size_t i = 1; i < set->zones_count && flag->name != name; i++) {
		zone.zone = set->zones[i];
		zone.size = set->zone_sizes[i];
		above = (flag->labels > above) ? flag->labels : above;
		hm_flag_t more = *flag;
		if (hm_hosted_zone_find(&zone, name, above, &more) == KNOT_EOK) {
			*flag = more;
		} else if (unavailable == NULL) {
			unavailable = zone.zone;
		}
	}
	return unavailable;
}

/*!
 * \brief Find out what the hosted zones say of a name, as far as it has more than \a above labels.
 *
 * \param[in,out] flag  All zeros; what they say.
 *
 * \return The first zone that is unavailable, which says nothing; NULL if there is none.
 */
static inline const knot_dname_t *ask_zones(const hm_hosted_set_t *set, const knot_dname_t *name,
                                            unsigned above, hm_hosted_zone_get_f get, void *ctx,
                                            hm_flag_t *flag)
{
	const hm_hosted_zone_t zone = {
		.zone = set->zones[0], .size = set->zone_sizes[0], .get = get, .ctx = ctx,
		.exclude = set->exclude,
	};
	int ret = hm_hosted_zone_find(&zone, name, above, flag);
	return (ret == KNOT_EOK && set->zones_count == 1) ? NULL :
	       ask_later_zones(set, &zone, ret, name, above, flag);
}

/*! \brief Go on above a domain of the hosted file that a hosted zone has taken out. */
static bool find_above(const hm_hosted_set_t *set, const hm_flag_t *flag, hm_domain_t *domain)
{
	bool found;
	do {
		found = hm_hosted_file_find(set->hosted, hm_dname_next(domain->name), domain);
	} while (found && hm_flag_is_none(flag, domain->labels));
	return found;
}

/*! \brief Find the deepest domain of the hosted file that no hosted zone has taken out. */
static inline bool find_in_file(const hm_hosted_set_t *set, const knot_dname_t *name,
                                const hm_flag_t *flag, hm_domain_t *domain)
{
	return set->hosted != NULL && hm_hosted_file_find(set->hosted, name, domain) &&
	       (!hm_flag_is_none(flag, domain->labels) || find_above(set, flag, domain));
}

/*! \brief The deepest gap of all tiers between an owner and a name below it. */
static uint8_t find_gap(const hm_hosted_set_t *set, const hm_owner_t *owner,
                        const knot_dname_t *name, const hm_flag_t *flag)
{
	unsigned above = owner->domain.labels;
	unsigned gap = (flag->exists > above) ? flag->exists : 0;
	if (set->hosted != NULL && (owner->flagged || owner->domain.has_nested)) {
		unsigned of_file = hm_hosted_file_gap(set->hosted, name, above);
		gap = (of_file > gap) ? of_file : gap;
	}
	return gap;
}

/*! \brief Find the owner without hosted zones: what most servers do for each query. */
static inline bool find_without_zones(const hm_hosted_set_t *set, const knot_dname_t *name,
                                      hm_owner_t *owner)
{
	owner->unavailable = NULL;
	owner->flagged = false;
	owner->refused = NULL;
	if (set->hosted == NULL || !hm_hosted_file_find(set->hosted, name, &owner->domain)) {
		return false;
	}
	if (owner->domain.has_nested && owner->domain.name != name) {
		owner->gap = hm_hosted_file_gap(set->hosted, name, owner->domain.labels);
	}
	return true;
}

bool hm_hosted_set_find(const hm_hosted_set_t *set, const knot_dname_t *name,
                        hm_hosted_zone_get_f get, void *ctx, hm_owner_t *owner)
{
	owner->flag = (hm_flag_t){ 0 };
	owner->gap = 0;
	if (set->zones_count == 0) {
		return find_without_zones(set, name, owner);
	}
	owner->unavailable = ask_zones(set, name, 0, get, ctx, &owner->flag);

	bool found = find_in_file(set, name, &owner->flag, &owner->domain);
	owner->flagged = (owner->flag.name != NULL &&
	                  (!found || owner->flag.labels >= owner->domain.labels));
	if (owner->flagged) {
		owner->domain = hm_flag_domain(&owner->flag);
	}
	// What is above a name that cannot be hosted cannot be either: an owner is below it.
	owner->refused = (found || owner->flagged) ? NULL : owner->flag.refused;
	if (!found && !owner->flagged) {
		return false;
	}
	if (owner->domain.name != name) {
		owner->gap = find_gap(set, owner, name, &owner->flag);
	}
	return true;
}

bool hm_hosted_set_is_nested(const hm_hosted_set_t *set, const hm_owner_t *owner,
                             const knot_dname_t *name, hm_hosted_zone_get_f get, void *ctx,
                             uint8_t *gap)
{
	unsigned above = owner->domain.labels;
	hm_flag_t flag = { 0 };
	hm_domain_t domain;
	*gap = 0;
	if (set->zones_count > 0) {
		// What cannot be asked says nothing.
		(void)ask_zones(set, name, above, get, ctx, &flag);
	}
	bool in_file = (owner->flagged || owner->domain.has_nested);
	if (flag.name != NULL ||
	    (in_file && find_in_file(set, name, &flag, &domain) && domain.labels > above)) {
		return true;
	}
	*gap = find_gap(set, owner, name, &flag);
	return false;
}

static int on_flag_profile(void *ctx, const char *name, size_t len)
{
	return (len == 1 && *name == '-') ? 0 : profile_index(ctx, name, len);
}

const hm_profile_t *hm_hosted_set_complete(const hm_hosted_set_t *set, hm_owner_t *owner,
                                           knot_mm_t *mm, const char **reason)
{
	if (!owner->flagged) {
		return set->profiles[owner->domain.profile];
	}

	const char *error = "out of memory";
	int ret = hm_flag_parse(&owner->flag, on_flag_profile, (void *)set, mm, &owner->domain,
	                        &error);
	if (ret != KNOT_EOK) {
		*reason = error;
		return NULL;
	}
	const hm_profile_t *profile = set->profiles[owner->domain.profile];
	uint64_t line;
	ret = hm_profile_check(profile, &owner->domain, mm, &line);
	if (ret != KNOT_EOK) {
		*reason = hm_profile_reason(ret);
		return NULL;
	}
	const char *no_mx = hm_profile_mx_reason(profile, &owner->domain);
	if (no_mx != NULL) {
		*reason = no_mx;
		return NULL;
	}
	return profile;
}
