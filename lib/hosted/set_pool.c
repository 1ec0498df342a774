/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/errcode.h>
#include <libknot/error.h>

#include "hostedmail/set_pool.h"

/*! \brief Seconds between two sections or zones of one reload, at most. */
#define RELOAD_PAUSE_MAX 10

/*! \brief Any bytes that tell one thing from another. */
typedef struct {
	size_t len;
	uint8_t bytes[];
} bytes_t;

/*! \brief A set. */
typedef struct entry {
	struct entry *next;
	hm_hosted_set_t *set;
	size_t users;       /*!< Zero for one that lingers. */
	hm_files_t files;   /*!< What it was loaded from. */
	const void *reload; /*!< In which it was asked for last. */
	time_t asked;       /*!< Second of that. */
	bytes_t *options;   /*!< With which it was loaded. */
} entry_t;

/*! \brief What was not taken in place of the current set of a section. */
typedef struct {
	bytes_t *options;   /*!< NULL if there is nothing. */
	hm_files_t files;
	bool again;         /*!< The same files may turn out well the next time. */
	unsigned max_shrink;
	const void *reload;
	time_t asked;
	char reason[400];
	time_t reported;
} refused_t;

/*! \brief A section of the configuration. */
typedef struct section {
	struct section *next;
	entry_t *current;   /*!< The set that it got last, NULL if that is gone. */
	refused_t refused;
	bytes_t *name;
} section_t;

// All under the lock.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry_t *entries; // The newest first.
static section_t *sections;

static time_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static bool is_same(const bytes_t *a, const bytes_t *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bytes_t *bytes_new(const void *data, size_t len)
{
	bytes_t *bytes = malloc(sizeof(*bytes) + len);
	if (bytes != NULL) {
		bytes->len = len;
		memcpy(bytes->bytes, data, len);
	}
	return bytes;
}

/*! \brief Append data to bytes, or only count them. */
static void bytes_add(bytes_t *bytes, size_t *len, const void *data, size_t size)
{
	if (bytes != NULL) {
		memcpy(bytes->bytes + *len, data, size);
	}
	*len += size;
}

/*! \brief Write options as bytes, or only count them. */
static size_t options_write(const hm_hosted_set_opts_t *opts, bytes_t *bytes)
{
	size_t len = 0;
	for (size_t i = 0; i < opts->profiles_count; i++) {
		bytes_add(bytes, &len, opts->profiles[i], strlen(opts->profiles[i]) + 1);
	}
	// No file has an empty name.
	const char *file = (opts->hosted_file != NULL) ? opts->hosted_file : "";
	bytes_add(bytes, &len, "", 1);
	bytes_add(bytes, &len, file, strlen(file) + 1);
	for (size_t i = 0; i < opts->zones_count; i++) {
		bytes_add(bytes, &len, opts->zones[i], knot_dname_size(opts->zones[i]));
	}
	bytes_add(bytes, &len, "\xff", 1); // No name starts like that.
	for (size_t i = 0; i < opts->exclude_count; i++) {
		bytes_add(bytes, &len, opts->exclude[i], knot_dname_size(opts->exclude[i]));
	}
	return len;
}

static bytes_t *options_new(const hm_hosted_set_opts_t *opts)
{
	size_t len = options_write(opts, NULL);
	bytes_t *bytes = malloc(sizeof(*bytes) + len);
	if (bytes != NULL) {
		bytes->len = options_write(opts, bytes);
	}
	return bytes;
}

static void entry_free(entry_t *entry)
{
	if (entry != NULL) {
		hm_hosted_set_free(entry->set);
		hm_files_clear(&entry->files);
		free(entry->options);
		free(entry);
	}
}

/*! \brief The newest set with the same options. */
static entry_t *find_same(const bytes_t *options)
{
	entry_t *entry = entries;
	while (entry != NULL && !is_same(entry->options, options)) {
		entry = entry->next;
	}
	return entry;
}

/*! \brief Forget the sets that have no user, unless a section may come back for it. */
static void drop_unused(const entry_t *lingering)
{
	entry_t **link = &entries;
	while (*link != NULL) {
		entry_t *entry = *link;
		if (entry->users > 0 || entry == lingering) {
			link = &entry->next;
			continue;
		}
		for (section_t *section = sections; section != NULL; section = section->next) {
			if (section->current == entry) {
				section->current = NULL;
			}
		}
		*link = entry->next;
		entry_free(entry);
	}
}

/*! \brief Get a section, which is added if it is new; NULL if memory is out. */
static section_t *section_get(const char *name, const bytes_t *options)
{
	bytes_t *own = (name != NULL) ? bytes_new(name, strlen(name)) :
	                                bytes_new(options->bytes, options->len);
	if (own == NULL) {
		return NULL;
	}
	section_t *section = sections;
	while (section != NULL && !is_same(section->name, own)) {
		section = section->next;
	}
	if (section == NULL) {
		section = calloc(1, sizeof(*section));
		if (section != NULL) {
			section->name = own;
			section->next = sections;
			sections = section;
			return section;
		}
	}
	free(own);
	return section;
}

static void refused_clear(refused_t *refused)
{
	hm_files_clear(&refused->files);
	free(refused->options);
	memset(refused, 0, sizeof(*refused));
}

/*! \brief Report why the set in use stays; once a reload and second, for as many zones as ask. */
static void report(refused_t *refused, const hm_hosted_set_opts_t *opts, const void *reload)
{
	time_t second = now();
	if (refused->reported != second || refused->reload != reload) {
		refused->reported = second;
		const char *file = (opts->hosted_file != NULL) ? opts->hosted_file :
		                                                 opts->profiles[0];
		opts->report(opts->ctx, HM_ERROR, file, 0, refused->reason);
	}
}

/*! \brief Tell whether it is still the reload in which a set was asked for last. */
static bool is_same_reload(const void *reload, time_t asked, const hm_set_user_t *user)
{
	return reload != NULL && reload == user->reload && now() - asked < RELOAD_PAUSE_MAX;
}

/*! \brief Tell whether the options would be refused once more. */
static bool is_refused(refused_t *refused, const bytes_t *options, const hm_set_user_t *user)
{
	if (refused->options == NULL || !is_same(refused->options, options) ||
	    refused->max_shrink != user->max_shrink) {
		return false;
	}
	return is_same_reload(refused->reload, refused->asked, user) ||
	       (!refused->again && hm_files_are_current(&refused->files));
}

static bool is_unavailable(const hm_hosted_set_t *set)
{
	return hm_hosted_set_file_result(set) != KNOT_EOK;
}

/*! \brief Tell whether the same files can make another set the next time. */
static bool is_transient(const hm_hosted_set_t *set)
{
	int ret = hm_hosted_set_file_result(set);
	return ret != KNOT_EOK && ret != KNOT_ELIMIT && ret != KNOT_ESPACE;
}

/*! \brief Tell whether loading would end with the same set. */
static bool is_current(const entry_t *entry, const hm_set_user_t *user)
{
	return is_same_reload(entry->reload, entry->asked, user) ||
	       (!is_transient(entry->set) && hm_files_are_current(&entry->files));
}

static bool has_zone(const hm_hosted_set_t *set, const knot_dname_t *zone)
{
	size_t i = 0;
	while (i < hm_hosted_set_zones(set) &&
	       !knot_dname_is_equal(hm_hosted_set_zone(set, i), zone)) {
		i++;
	}
	return i < hm_hosted_set_zones(set);
}

/*! \brief A hosted zone of a set that another one does not have, NULL if there is none. */
static const knot_dname_t *lost_zone(const hm_hosted_set_t *before, const hm_hosted_set_t *after)
{
	for (size_t i = 0; i < hm_hosted_set_zones(before); i++) {
		if (!has_zone(after, hm_hosted_set_zone(before, i))) {
			return hm_hosted_set_zone(before, i);
		}
	}
	return NULL;
}

/*!
 * \brief Tell whether a set would cost too many of the domains in use.
 *
 * \param[in]  before      Set in use.
 * \param[in]  after       Set to take its place.
 * \param[in]  max_shrink  Percent that may go.
 * \param[out] reason      Why it must not, if so.
 * \param[in]  reason_max  Size of it.
 */
static bool loses_too_many(const hm_hosted_set_t *before, const hm_hosted_set_t *after,
                           unsigned max_shrink, char *reason, size_t reason_max)
{
	if (max_shrink >= 100) {
		return false;
	}
	const knot_dname_t *zone = lost_zone(before, after);
	if (zone != NULL) {
		knot_dname_txt_storage_t name;
		(void)knot_dname_to_str(name, zone, sizeof(name));
		snprintf(reason, reason_max, "not taken: the hosted zone '%.250s' in use is no "
		         "longer configured, so its domains would be lost "
		         "(hosted-file-max-shrink; set 100 to accept)", name);
		return true;
	}

	const hm_hosted_file_t *file = hm_hosted_set_file(before);
	const hm_hosted_file_t *new_file = hm_hosted_set_file(after);
	if (file == NULL) {
		return false;
	}
	size_t count = hm_hosted_file_count(file);
	size_t lost = (new_file != NULL) ? hm_hosted_file_lost(file, new_file) : count;
	if (lost < HM_SHRINK_MIN || lost * 100 <= count * max_shrink) {
		return false;
	}
	snprintf(reason, reason_max, "not taken: about %zu of %zu domains in use would be lost, "
	         "more than %u %% (hosted-file-max-shrink; set 100 to accept)", lost, count,
	         max_shrink);
	return true;
}

/*! \brief Tell whether options name the domains that they have to. */
static bool names_domains(const hm_hosted_set_opts_t *opts, const hm_set_user_t *user)
{
	return !user->needs_domains || opts->hosted_file != NULL || opts->zones_count > 0;
}

/*!
 * \brief Tell whether the set in use has to stay, and note why.
 *
 * \param[in]  current  Set in use.
 * \param[in]  entry    What would take its place, NULL if there is nothing.
 * \param[in]  ret      Why not.
 * \param[in]  opts     Options.
 * \param[in]  user     Who asks.
 * \param[out] refused  Reason, and whether the same files may turn out well the next time.
 */
static bool must_stay(const entry_t *current, const entry_t *entry, int ret,
                      const hm_hosted_set_opts_t *opts, const hm_set_user_t *user,
                      refused_t *refused)
{
	char *reason = refused->reason;
	size_t reason_max = sizeof(refused->reason);
	refused->again = true;
	if (!names_domains(opts, user)) {
		snprintf(reason, reason_max, "no hosted-file or hosted-zone specified; "
		         "the set in use stays");
		return true;
	}
	if (entry == NULL) {
		snprintf(reason, reason_max, "not loaded (%s); the set in use stays",
		         knot_strerror(ret));
		return true;
	}
	refused->again = is_transient(entry->set);
	if (is_unavailable(entry->set)) {
		snprintf(reason, reason_max, "not loaded; the set in use stays");
		return !is_unavailable(current->set);
	}
	return loses_too_many(current->set, entry->set, user->max_shrink, reason, reason_max);
}

/*! \brief Load the set of some options; \a out is untouched unless KNOT_EOK. */
static int entry_load(const hm_hosted_set_opts_t *opts, const bytes_t *options, entry_t **out)
{
	entry_t *entry = calloc(1, sizeof(*entry));
	if (entry == NULL) {
		return KNOT_ENOMEM;
	}
	int ret = KNOT_ENOMEM;
	entry->options = bytes_new(options->bytes, options->len);
	if (entry->options != NULL) {
		hm_hosted_set_opts_t own = *opts;
		own.files = &entry->files;
		ret = hm_hosted_set_load(&own, &entry->set);
	}
	if (ret != KNOT_EOK) {
		entry_free(entry);
		return ret;
	}
	*out = entry;
	return KNOT_EOK;
}

/*!
 * \brief Find or load the set that the options name.
 *
 * \param[out] loaded  It is new, and in no list yet.
 * \param[out] out     Entry; untouched unless KNOT_EOK.
 */
static int find_or_load(const hm_hosted_set_opts_t *opts, const bytes_t *options,
                        const hm_set_user_t *user, bool *loaded, entry_t **out)
{
	if (!names_domains(opts, user)) {
		return KNOT_EINVAL;
	}
	entry_t *entry = find_same(options);
	*loaded = (entry == NULL || !is_current(entry, user));
	if (*loaded) {
		return entry_load(opts, options, out);
	}
	*out = entry;
	return KNOT_EOK;
}

/*! \brief Hand an entry out. */
static void hand_out(entry_t *entry, const hm_set_user_t *user, hm_pooled_set_t *out)
{
	entry->users++;
	entry->reload = user->reload;
	entry->asked = now();
	out->set = entry->set;
}

/*! \brief Hand the set in use out instead of what was refused. */
static void stay(section_t *section, const hm_hosted_set_opts_t *opts, const hm_set_user_t *user,
                 hm_pooled_set_t *out)
{
	report(&section->refused, opts, user->reload);
	section->refused.reload = user->reload;
	section->refused.asked = now();
	hand_out(section->current, user, out);
	out->loaded = false;
	out->refused = true;
}

/*! \brief Remember what is refused. */
static void refuse(section_t *section, const refused_t *refused, bytes_t *options,
                   unsigned max_shrink, entry_t *loaded)
{
	refused_clear(&section->refused);
	section->refused = *refused;
	section->refused.options = options;
	section->refused.max_shrink = max_shrink;
	if (loaded != NULL) {
		section->refused.files = loaded->files;
		memset(&loaded->files, 0, sizeof(loaded->files));
	} else {
		section->refused.again = true;
	}
}

/*! \brief Get a set; \a options become the section's if they are refused, and are NULL then. */
static int get(const hm_hosted_set_opts_t *opts, const hm_set_user_t *user, bytes_t **options,
               hm_pooled_set_t *out)
{
	section_t *section = section_get(user->section, *options);
	if (section == NULL) {
		return KNOT_ENOMEM;
	}
	if (section->current != NULL && is_refused(&section->refused, *options, user)) {
		stay(section, opts, user, out);
		return KNOT_EOK;
	}

	entry_t *entry = NULL;
	bool loaded = false;
	refused_t refused = { 0 };
	int ret = find_or_load(opts, *options, user, &loaded, &entry);
	if (section->current != NULL && section->current != entry &&
	    must_stay(section->current, entry, ret, opts, user, &refused)) {
		refuse(section, &refused, *options, user->max_shrink, loaded ? entry : NULL);
		*options = NULL;
		stay(section, opts, user, out);
		if (loaded) {
			entry_free(entry);
		}
		return KNOT_EOK;
	}
	if (ret != KNOT_EOK) {
		return ret;
	}

	if (loaded) {
		entry->next = entries;
		entries = entry;
	}
	refused_clear(&section->refused);
	bool lingered = (section->current != NULL && section->current->users == 0);
	section->current = entry;
	hand_out(entry, user, out);
	out->loaded = loaded;
	out->refused = false;
	if (lingered) {
		drop_unused(NULL);
	}
	return KNOT_EOK;
}

int hm_set_pool_get(const hm_hosted_set_opts_t *opts, const hm_set_user_t *user,
                    hm_pooled_set_t *out)
{
	bytes_t *options = options_new(opts);
	if (options == NULL) {
		return KNOT_ENOMEM;
	}
	// Others wait for the set that is being loaded: they most likely want the same.
	pthread_mutex_lock(&lock);
	int ret = get(opts, user, &options, out);
	pthread_mutex_unlock(&lock);
	free(options);
	return ret;
}

/*! \brief Tell whether an entry is the current one of a section. */
static bool is_anyones_current(const entry_t *entry)
{
	section_t *section = sections;
	while (section != NULL && section->current != entry) {
		section = section->next;
	}
	return section != NULL;
}

void hm_set_pool_release(const hm_hosted_set_t *set, bool linger)
{
	if (set == NULL) {
		return;
	}
	pthread_mutex_lock(&lock);
	entry_t *entry = entries;
	while (entry->set != set) {
		entry = entry->next;
	}
	if (--entry->users == 0) {
		drop_unused((linger && is_anyones_current(entry)) ? entry : NULL);
	}
	pthread_mutex_unlock(&lock);
}

/*! \brief The module is being unloaded: nobody comes back. */
__attribute__((destructor)) static void clear(void)
{
	drop_unused(NULL);
	while (sections != NULL) {
		section_t *section = sections;
		sections = section->next;
		refused_clear(&section->refused);
		free(section->name);
		free(section);
	}
}
