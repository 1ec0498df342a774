/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <libknot/errcode.h>
#include <libpsl.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hostedmail/dname.h"
#include "idn.h"
#include "suffixes.h"

/*! \brief Where distributions have the list as text if libpsl does not say so. */
#define LIST_FILE "/usr/share/publicsuffix/public_suffix_list.dat"

/*! \brief Seeds of the hash: of a suffix itself, of a name whose children are suffixes. */
#define OF_SUFFIX 0
#define OF_PARENT 1

struct hm_suffixes {
	psl_ctx_t *psl;
	/*! \brief Hashes of all rules, 0 is free. A look at them costs a fiftieth of asking libpsl,
	 *         which cannot list its rules: they are read from the text of the list. */
	uint64_t *rules;
	size_t rules_max; /*!< A power of two; 0 without a text: libpsl is always asked. */
	size_t rules_count;
};

static void put(uint64_t *rules, size_t max, uint64_t rule)
{
	size_t slot = rule;
	while (rules[slot & (max - 1)] != 0) {
		slot++;
	}
	rules[slot & (max - 1)] = rule;
}

static bool has(const hm_suffixes_t *suffixes, uint64_t rule)
{
	size_t mask = suffixes->rules_max - 1;
	for (size_t slot = rule; suffixes->rules[slot & mask] != 0; slot++) {
		if (suffixes->rules[slot & mask] == rule) {
			return true;
		}
	}
	return false;
}

static int add(hm_suffixes_t *suffixes, uint64_t rule)
{
	if (2 * (suffixes->rules_count + 1) > suffixes->rules_max) {
		size_t max = (suffixes->rules_max == 0) ? 1024 : 2 * suffixes->rules_max;
		uint64_t *rules = calloc(max, sizeof(*rules));
		if (rules == NULL) {
			return KNOT_ENOMEM;
		}
		for (size_t i = 0; i < suffixes->rules_max; i++) {
			if (suffixes->rules[i] != 0) {
				put(rules, max, suffixes->rules[i]);
			}
		}
		free(suffixes->rules);
		suffixes->rules = rules;
		suffixes->rules_max = max;
	}
	put(suffixes->rules, suffixes->rules_max, rule);
	suffixes->rules_count++;
	return KNOT_EOK;
}

/*! \brief Add the rule of a line: "co.uk", "*.ck", "!www.ck", or a comment. */
static int add_line(hm_suffixes_t *suffixes, char *line)
{
	line[strcspn(line, " \t\r\n")] = '\0';
	if (*line == '\0' || *line == '!' || strncmp(line, "//", 2) == 0) {
		return KNOT_EOK; // An exception is no suffix.
	}
	uint64_t seed = OF_SUFFIX;
	if (strncmp(line, "*.", 2) == 0) {
		seed = OF_PARENT;
		line += 2;
	}
	knot_dname_storage_t name;
	hm_error_t error;
	if (hm_idn_read(line, name, &error) != KNOT_EOK) {
		return KNOT_EOK;
	}
	return add(suffixes, XXH3_64bits_withSeed(name, knot_dname_size(name), seed));
}

/*! \brief Read the text of the list, if there is one. */
static int read_list(hm_suffixes_t *suffixes)
{
	char path[1024];
	const char *dist = psl_dist_filename();
	int len = snprintf(path, sizeof(path), "%s", (dist != NULL) ? dist : "");
	// The compiled list has the text beside it.
	char *dot = (len > 0 && (size_t)len < sizeof(path)) ? strrchr(path, '.') : NULL;
	FILE *file = NULL;
	if (dot != NULL && (size_t)(dot - path) + sizeof(".dat") <= sizeof(path)) {
		memcpy(dot, ".dat", sizeof(".dat"));
		file = fopen(path, "r");
	}
	if (file == NULL) {
		file = fopen(LIST_FILE, "r");
	}
	if (file == NULL) {
		return KNOT_EOK;
	}
	char *line = NULL;
	size_t max = 0;
	int ret = KNOT_EOK;
	while (ret == KNOT_EOK && getline(&line, &max, file) >= 0) {
		ret = add_line(suffixes, line);
	}
	free(line);
	fclose(file);
	return ret;
}

int hm_suffixes_new(hm_suffixes_t **out)
{
	hm_suffixes_t *suffixes = calloc(1, sizeof(*suffixes));
	if (suffixes == NULL) {
		return KNOT_ENOMEM;
	}
	suffixes->psl = psl_latest(NULL);
	int ret = (suffixes->psl != NULL) ? read_list(suffixes) : KNOT_ENOENT;
	if (ret != KNOT_EOK) {
		hm_suffixes_free(suffixes);
		return ret;
	}
	*out = suffixes;
	return KNOT_EOK;
}

void hm_suffixes_free(hm_suffixes_t *suffixes)
{
	if (suffixes != NULL) {
		psl_free(suffixes->psl);
		free(suffixes->rules);
		free(suffixes);
	}
}

bool hm_suffixes_has(const hm_suffixes_t *suffixes, const knot_dname_t *name, size_t size)
{
	if (suffixes->rules_max > 0) {
		const knot_dname_t *parent = hm_dname_next(name);
		if (!has(suffixes, XXH3_64bits_withSeed(name, size, OF_SUFFIX)) &&
		    !has(suffixes, XXH3_64bits_withSeed(parent, size - (parent - name),
		                                        OF_PARENT))) {
			return false;
		}
	}
	knot_dname_txt_storage_t text;
	return psl_is_public_suffix(suffixes->psl, hm_idn_text(name, text)) == 1;
}

const knot_dname_t *hm_suffixes_registrable(const hm_suffixes_t *suffixes, const knot_dname_t *name)
{
	knot_dname_txt_storage_t text;
	const char *registrable = psl_registrable_domain(suffixes->psl, hm_idn_text(name, text));
	if (registrable == NULL) {
		return name;
	}
	for (const knot_dname_t *part = name; *part != '\0'; part = hm_dname_next(part)) {
		knot_dname_txt_storage_t rest;
		if (strcmp(hm_idn_text(part, rest), registrable) == 0) {
			return part;
		}
	}
	return name;
}
