/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/pool.h"

/*! \brief A set in use. */
typedef struct entry {
	struct entry *next;
	hm_set_t *set;
	size_t users;
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
static size_t key_write(const hm_set_opts_t *opts, entry_t *entry)
{
	size_t len = 0;
	for (size_t i = 0; i < opts->profiles_count; i++) {
		key_add(entry, &len, opts->profiles[i], strlen(opts->profiles[i]) + 1);
	}
	// No file has an empty name.
	const char *file = (opts->hosted_file != NULL) ? opts->hosted_file : "";
	key_add(entry, &len, "", 1);
	key_add(entry, &len, file, strlen(file) + 1);
	if (opts->zone != NULL) {
		key_add(entry, &len, opts->zone, knot_dname_size(opts->zone));
	}
	return len;
}

static entry_t *entry_new(const hm_set_opts_t *opts)
{
	size_t key_len = key_write(opts, NULL);
	entry_t *entry = calloc(1, sizeof(*entry) + key_len);
	if (entry != NULL) {
		entry->key_len = key_write(opts, entry);
		entry->users = 1;
	}
	return entry;
}

static entry_t *find_current(const entry_t *key)
{
	for (entry_t *entry = entries; entry != NULL; entry = entry->next) {
		if (entry->key_len == key->key_len &&
		    memcmp(entry->key, key->key, key->key_len) == 0 &&
		    hm_set_is_current(entry->set)) {
			return entry;
		}
	}
	return NULL;
}

int hm_pool_get(const hm_set_opts_t *opts, bool *loaded, const hm_set_t **out)
{
	entry_t *entry = entry_new(opts);
	if (entry == NULL) {
		return KNOT_ENOMEM;
	}

	// Others wait for the set that is being loaded: they most likely want the same.
	pthread_mutex_lock(&lock);
	int ret = KNOT_EOK;
	entry_t *current = find_current(entry);
	*loaded = (current == NULL);
	if (current != NULL) {
		current->users++;
		*out = current->set;
	} else {
		ret = hm_set_load(opts, &entry->set);
	}
	if (*loaded && ret == KNOT_EOK) {
		entry->next = entries;
		entries = entry;
		*out = entry->set;
		entry = NULL;
	}
	pthread_mutex_unlock(&lock);

	free(entry);
	return ret;
}

void hm_pool_release(const hm_set_t *set)
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

	if (entry != NULL) {
		hm_set_free(entry->set);
		free(entry);
	}
}
