/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/errcode.h>

#include "hostedmail/set_pool.h"

/*! \brief A set in use. */
typedef struct entry {
	struct entry *next;
	hm_hosted_set_t *set;
	size_t users;
	hm_files_t files;   /*!< What it was loaded from. */
	hm_files_t refused; /*!< What was not taken in its place, so that not every zone loads it
	                         again. */
	unsigned refused_shrink;
	char reason[200];   /*!< Why not. */
	time_t said;        /*!< Second in which that was reported. */
	size_t profiles_len;
	size_t key_len;
	char key[];     /*!< The options it was loaded with. */
} entry_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry_t *entries; // All under the lock.

/*! \brief Append a string and its end to a key, or only count its bytes. */
static void key_add(entry_t *entry, size_t *len, const void *data, size_t size)
{
	if (entry != NULL) {
		memcpy(entry->key + *len, data, size);
	}
	*len += size;
}

/*! \brief Write the key of some options, or only count its bytes. */
static size_t key_write(const hm_hosted_set_opts_t *opts, entry_t *entry)
{
	size_t len = 0;
	for (size_t i = 0; i < opts->profiles_count; i++) {
		key_add(entry, &len, opts->profiles[i], strlen(opts->profiles[i]) + 1);
	}
	// No file has an empty name.
	const char *file = (opts->hosted_file != NULL) ? opts->hosted_file : "";
	key_add(entry, &len, "", 1);
	if (entry != NULL) {
		entry->profiles_len = len;
	}
	key_add(entry, &len, file, strlen(file) + 1);
	if (opts->zone != NULL) {
		key_add(entry, &len, opts->zone, knot_dname_size(opts->zone));
	}
	return len;
}

static entry_t *entry_new(const hm_hosted_set_opts_t *opts)
{
	size_t key_len = key_write(opts, NULL);
	entry_t *entry = calloc(1, sizeof(*entry) + key_len);
	if (entry != NULL) {
		entry->key_len = key_write(opts, entry);
		entry->users = 1;
	}
	return entry;
}

static void entry_free(entry_t *entry)
{
	if (entry != NULL) {
		hm_hosted_set_free(entry->set);
		hm_files_clear(&entry->files);
		hm_files_clear(&entry->refused);
		free(entry);
	}
}

/*! \brief The newest set that is in use with the same options. */
static entry_t *find_same(const entry_t *key)
{
	for (entry_t *entry = entries; entry != NULL; entry = entry->next) {
		if (entry->key_len == key->key_len &&
		    memcmp(entry->key, key->key, key->key_len) == 0) {
			return entry;
		}
	}
	return NULL;
}

/*! \brief The newest set in use with the same profiles that has domains, unless it
 *         could be another. */
static entry_t *find_similar(const entry_t *key)
{
	entry_t *found = NULL;
	for (entry_t *entry = entries; entry != NULL; entry = entry->next) {
		bool served = (hm_hosted_set_file(entry->set) != NULL ||
		               hm_hosted_set_zone(entry->set) != NULL);
		if (!served || entry->profiles_len != key->profiles_len ||
		    memcmp(entry->key, key->key, key->profiles_len) != 0) {
			continue;
		}
		if (found != NULL && (found->key_len != entry->key_len ||
		                      memcmp(found->key, entry->key, found->key_len) != 0)) {
			return NULL;
		}
		found = (found != NULL) ? found : entry;
	}
	return found;
}

static void say(const hm_hosted_set_opts_t *opts, const char *reason)
{
	const char *file = (opts->hosted_file != NULL) ? opts->hosted_file : opts->profiles[0];
	opts->report(opts->ctx, HM_ERROR, file, 0, reason);
}

/*! \brief Report why an entry stays; once a second, for as many zones as want to know. */
static void say_refused(entry_t *entry, const hm_hosted_set_opts_t *opts)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (entry->said != now.tv_sec) {
		entry->said = now.tv_sec;
		say(opts, entry->reason);
	}
}

/*! \brief Tell whether loading would end with that set again, and report it if
 *         that is a refusal. */
static bool is_current(entry_t *entry, const hm_hosted_set_opts_t *opts)
{
	if (entry->refused.count > 0 && entry->refused_shrink == opts->max_shrink &&
	    hm_files_are_current(&entry->refused)) {
		say_refused(entry, opts);
		return true;
	}
	return hm_files_are_current(&entry->files);
}

/*! \brief Let an entry stay, and remember what was not taken in its place. */
static void refuse(entry_t *stays, const hm_hosted_set_opts_t *opts, entry_t *entry)
{
	hm_files_clear(&stays->refused);
	stays->refused = entry->files;
	memset(&entry->files, 0, sizeof(entry->files));
	stays->refused_shrink = opts->max_shrink;
	stays->said = 0;
	say_refused(stays, opts);
}

/*!
 * \brief The set that must stay since the hosted file has lost too much, NULL if it has not.
 *
 * Only one with the same options can: another one may have the same file, but other profiles.
 */
static entry_t *find_larger(const hm_hosted_set_opts_t *opts, const entry_t *entry)
{
	entry_t *other = find_same(entry);
	if (other == NULL || opts->hosted_file == NULL || opts->max_shrink == 0) {
		return NULL;
	}

	const hm_hosted_file_t *before = hm_hosted_set_file(other->set);
	size_t count = hm_hosted_file_count(before);
	size_t lost = hm_hosted_file_lost(before, hm_hosted_set_file(entry->set));
	if (lost < HM_SHRINK_MIN || lost * 100 <= count * opts->max_shrink) {
		return NULL;
	}
	snprintf(other->reason, sizeof(other->reason),
	         "not taken: about %zu of %zu domains in use would be lost, "
	         "more than %u %% (hosted-file-max-shrink: 100 lets them go)", lost, count,
	         opts->max_shrink);
	return other;
}

/*! \brief Load a new set into an entry, or find the one in use that stays instead. */
static int load(const hm_hosted_set_opts_t *opts, entry_t *entry, entry_t **stays)
{
	hm_hosted_set_opts_t own = *opts;
	own.files = &entry->files;
	int ret = hm_hosted_set_load(&own, &entry->set);
	if (ret == KNOT_EOK) {
		*stays = find_larger(opts, entry);
		if (*stays != NULL) {
			refuse(*stays, opts, entry);
		}
		return KNOT_EOK;
	}

	static const char reason[] = "not loaded, the set in use stays";
	*stays = find_same(entry);
	if (*stays == NULL) {
		return ret;
	}
	if (ret == KNOT_ELIMIT || ret == KNOT_ESPACE) {
		// As long as the files are the same, so is the result.
		snprintf((*stays)->reason, sizeof((*stays)->reason), "%s", reason);
		refuse(*stays, opts, entry);
	} else {
		say(opts, reason);
	}
	return KNOT_EOK;
}

int hm_set_pool_get(const hm_hosted_set_opts_t *opts, bool *loaded, const hm_hosted_set_t **out)
{
	entry_t *entry = entry_new(opts);
	if (entry == NULL) {
		return KNOT_ENOMEM;
	}

	// Others wait for the set that is being loaded: they most likely want the same.
	pthread_mutex_lock(&lock);
	int ret = KNOT_EOK;
	entry_t *found = find_same(entry);
	if (found == NULL || !is_current(found, opts)) {
		ret = load(opts, entry, &found);
	}
	*loaded = (ret == KNOT_EOK && found == NULL);
	if (*loaded) {
		entry->next = entries;
		entries = entry;
		*out = entry->set;
		entry = NULL;
	} else if (ret == KNOT_EOK) {
		found->users++;
		*out = found->set;
	}
	pthread_mutex_unlock(&lock);

	entry_free(entry);
	return ret;
}

int hm_set_pool_get_similar(const hm_hosted_set_opts_t *opts, const hm_hosted_set_t **out)
{
	entry_t *key = entry_new(opts);
	if (key == NULL) {
		return KNOT_ENOMEM;
	}
	pthread_mutex_lock(&lock);
	entry_t *found = find_similar(key);
	if (found != NULL) {
		found->users++;
		*out = found->set;
	}
	pthread_mutex_unlock(&lock);

	entry_free(key);
	return (found != NULL) ? KNOT_EOK : KNOT_ENOENT;
}

void hm_set_pool_release(const hm_hosted_set_t *set)
{
	if (set == NULL) {
		return;
	}
	pthread_mutex_lock(&lock);
	entry_t **link = &entries;
	while ((*link)->set != set) {
		link = &(*link)->next;
	}
	entry_t *entry = *link;
	if (--entry->users == 0) {
		*link = entry->next;
	} else {
		entry = NULL;
	}
	pthread_mutex_unlock(&lock);

	entry_free(entry);
}
