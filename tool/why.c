/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "hostedmail/dname.h"
#include "idn.h"
#include "why.h"

/*! \brief Most letters in which a slip differs. */
#define SLIP_MAX 2

void hm_why_not_hosted(const hm_why_t *why, char out[HM_WHY_MAX])
{
	knot_dname_txt_storage_t text, other;
	hm_idn_text(why->name, text);
	const hm_loaded_t *loaded = why->loaded;
	const hm_owner_t *owner = why->owner;
	const char *unsure = "";
	if (hm_hosted_set_zones(loaded->set) > 0 && loaded->flags.result != KNOT_EOK) {
		unsure = ", as far as the hosted file can tell";
	}
	if (why->found && owner->domain.size == knot_dname_size(why->name)) {
		snprintf(out, HM_WHY_MAX, "%s is flagged in the hosted zone '%s', but wrongly, so "
		         "it is answered with SERVFAIL: %s", text,
		         hm_idn_text(owner->flag.zone, other), why->reason);
	} else if (owner->flag.refused == why->name) {
		snprintf(out, HM_WHY_MAX, "%s is not hosted: its flag in the hosted zone is ignored, "
		         "for a top-level name, an excluded name or one above it cannot be hosted",
		         text);
	} else if (hm_flag_is_none(&owner->flag, knot_dname_labels(why->name, NULL))) {
		snprintf(out, HM_WHY_MAX, "%s is not hosted: a hosted zone takes it out, with the "
		         "profile 'none'", text);
	} else if (why->found) {
		snprintf(out, HM_WHY_MAX, "%s is not hosted itself; it belongs to the hosted domain "
		         "%s%s", text, hm_idn_text(owner->domain.name, other), unsure);
	} else {
		snprintf(out, HM_WHY_MAX, "%s is not hosted%s", text, unsure);
	}
}

/*! \brief A search for the nearest name. */
typedef struct {
	const knot_dname_t *name;
	size_t size;
	unsigned best;      // Letters in which the best one differs.
	bool found;
	knot_dname_storage_t nearest;
} search_t;

static unsigned least(unsigned a, unsigned b)
{
	return (a < b) ? a : b;
}

/*!
 * \brief How many letters have to be put in, taken out, replaced or swapped with their neighbour,
 *        to get from one name to the other; SLIP_MAX + 1 if more than SLIP_MAX.
 */
static unsigned distance(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	if (a_len > b_len + SLIP_MAX || b_len > a_len + SLIP_MAX) {
		return SLIP_MAX + 1;
	}
	unsigned rows[3][KNOT_DNAME_MAXLEN + 1];
	for (size_t j = 0; j <= b_len; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = i;
		unsigned low = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(least(row[j - 1], above[j]) + 1,
			               above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
				row[j] = least(row[j], two_above[j - 2] + 1);
			}
			low = least(low, row[j]);
		}
		if (low > SLIP_MAX) {
			return SLIP_MAX + 1;
		}
	}
	return least(rows[a_len % 3][b_len], SLIP_MAX + 1);
}

/*! \brief Bytes of a name before its last label. */
static size_t stem(const knot_dname_t *name)
{
	const knot_dname_t *last = name;
	for (const knot_dname_t *label = name; *label != '\0'; label = hm_dname_next(label)) {
		last = label;
	}
	return last - name;
}

static bool on_domain(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
                      bool flagged)
{
	(void)profile;
	(void)flagged;
	search_t *search = ctx;
	const knot_dname_t *name = domain->name;
	// Dots are letters as well: the lengths of the labels do not count, the rest does.
	knot_dname_txt_storage_t a, b;
	size_t size = domain->size;
	if (size > search->size + SLIP_MAX || search->size > size + SLIP_MAX) {
		size_t len = stem(name);
		if (len == 0 || len != stem(search->name) || memcmp(name, search->name, len) != 0) {
			return true;
		}
	}
	hm_idn_text(name, a);
	hm_idn_text(search->name, b);
	unsigned far = distance((const uint8_t *)a, strlen(a), (const uint8_t *)b, strlen(b));
	size_t len = stem(name);
	if (far > SLIP_MAX && len > 0 && len == stem(search->name) &&
	    memcmp(name, search->name, len) == 0) {
		far = SLIP_MAX;
	}
	if (far > 0 && far < search->best) {
		search->best = far;
		search->found = true;
		memcpy(search->nearest, name, size);
	}
	return true;
}

static void on_wrong(void *ctx, const knot_dname_t *name, const char *reason)
{
	(void)ctx;
	(void)name;
	(void)reason;
}

bool hm_why_nearest(const hm_loaded_t *loaded, const knot_dname_t *name, knot_dname_storage_t out)
{
	search_t search = {
		.name = name, .size = knot_dname_size(name), .best = SLIP_MAX + 1,
	};
	const hm_domains_visitor_t visitor = {
		.domain = on_domain, .wrong = on_wrong, .ctx = &search,
	};
	hm_domains_walk(loaded->set, &loaded->flags, &visitor);
	if (search.found) {
		memcpy(out, search.nearest, knot_dname_size(search.nearest));
	}
	return search.found;
}
