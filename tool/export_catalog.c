/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/libknot.h>

#include "export.h"

#define SOA_FORMAT "%s 0 SOA invalid. invalid. %" PRIu32 " 3600 600 2147483646 0\n"

/*! \brief A label of its own for each member: the same in each export (FNV-1a, twice). */
static void put_member(FILE *file, const knot_dname_t *name, const char *catalog)
{
	uint64_t values[2] = { 0xcbf29ce484222325, 0x84222325cbf29ce4 };
	size_t size = knot_dname_size(name);
	for (size_t i = 0; i < size; i++) {
		values[0] = (values[0] ^ name[i]) * 0x100000001b3;
		values[1] = (values[1] ^ name[size - 1 - i]) * 0x100000001b3;
	}
	knot_dname_txt_storage_t text;
	(void)knot_dname_to_str(text, name, sizeof(text));
	fprintf(file, "%016" PRIx64 "%016" PRIx64 ".zones.%s 0 PTR %s\n", values[0], values[1],
	        catalog, text);
}

/*! \brief All but the first line and the SOA. */
static char *write_members(const hm_export_set_t *set, const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	if (file == NULL) {
		return NULL;
	}
	fprintf(file, "%s 0 NS invalid.\nversion.%s 0 TXT \"2\"\n", name, name);
	for (size_t i = 0; i < set->count; i++) {
		if (!set->domains[i].hidden) {
			put_member(file, set->domains[i].domain.name, name);
		}
	}
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/*! \brief The serial of an old catalog and what comes after its SOA; NULL if it cannot be told. */
static const char *old_members(const char *old, const char *name, uint32_t *serial)
{
	const char *soa = (old != NULL) ? strchr(old, '\n') : NULL;
	size_t len = strlen(name);
	if (soa == NULL || strncmp(soa + 1, name, len) != 0 ||
	    sscanf(soa + 1 + len, " 0 SOA invalid. invalid. %" SCNu32, serial) != 1) {
		return NULL;
	}
	const char *end = strchr(soa + 1, '\n');
	return (end != NULL) ? end + 1 : NULL;
}

char *hm_export_catalog(const hm_export_set_t *set, const char *name, const char *old, size_t *len,
                        uint32_t *serial)
{
	char *members = write_members(set, name), *text = NULL;
	if (members == NULL) {
		return NULL;
	}
	uint32_t old_serial = 0;
	const char *before = old_members(old, name, &old_serial);
	*serial = time(NULL);
	if (before != NULL && strcmp(before, members) == 0) {
		*serial = old_serial;
	} else if (before != NULL && (int32_t)(*serial - old_serial) <= 0) {
		*serial = old_serial + 1; // RFC 1982.
	}
	int written = asprintf(&text, HM_EXPORT_MARK "\n" SOA_FORMAT "%s", name, *serial, members);
	free(members);
	*len = (written > 0) ? written : 0;
	return (written > 0) ? text : NULL;
}
