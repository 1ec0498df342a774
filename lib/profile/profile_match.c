/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/match.h"
#include "profile_internal.h"

/*! \brief A profile that is held against a zone. */
typedef struct {
	const hm_profile_t *profile;
	hm_domain_t domain;    /*!< With the variables found so far. */
	hm_match_get_f get;
	void *ctx;
	uint8_t *vars;
	size_t *vars_len;
	uint8_t *buf;          /*!< Room for RDATA. */
} matching_t;

static bool is_known(const matching_t *matching, const hm_rdata_t *rdata)
{
	for (uint32_t i = 0; i < rdata->parts_count; i++) {
		const hm_var_t *var = rdata->parts[i].var;
		size_t len;
		if (var != NULL && var->kind == HM_VAR_VALUE &&
		    hm_vars_get(&matching->domain, var->name, var->name_len, &len) == NULL) {
			return false;
		}
	}
	return true;
}

/*! \brief Records of the profile with the same owner and type. */
static size_t rrset_of(const hm_profile_t *profile, size_t record, size_t *first)
{
	const hm_record_t *records = profile->records;
	size_t from = record, to = record + 1;
	while (from > 0 && records[from - 1].type == records[record].type &&
	       knot_dname_is_equal(records[from - 1].owner, records[record].owner)) {
		from--;
	}
	while (to < profile->records_count && records[to].type == records[record].type &&
	       knot_dname_is_equal(records[to].owner, records[record].owner)) {
		to++;
	}
	*first = from;
	return to - from;
}

/*! \brief Tell whether another record of the profile has that RDATA already. */
static bool is_taken(const matching_t *matching, size_t record, const knot_rdata_t *rdata)
{
	size_t first;
	size_t count = rrset_of(matching->profile, record, &first);
	for (size_t i = first; i < first + count; i++) {
		size_t len;
		if (hm_rdata_expand(matching->profile->records[i].rdata, &matching->domain,
		                    matching->buf, UINT16_MAX, &len) == KNOT_EOK &&
		    len == rdata->len && memcmp(matching->buf, rdata->data, len) == 0) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Match one record of the profile with those of the zone.
 *
 * \return True if a variable was found; with \a only_one, if there is no other solution.
 */
static bool match_record(matching_t *matching, size_t index, bool only_one)
{
	const hm_record_t *record = &matching->profile->records[index];
	size_t owner_size = knot_dname_size(record->owner) - 1;
	knot_dname_storage_t owner;
	if (owner_size + matching->domain.size > KNOT_DNAME_MAXLEN) {
		return false;
	}
	memcpy(owner, record->owner, owner_size);
	memcpy(owner + owner_size, matching->domain.name, matching->domain.size);
	const knot_rdataset_t *rrs = matching->get(matching->ctx, owner, record->type);

	uint8_t found[HM_VARS_MAX];
	size_t found_len = 0;
	unsigned solutions = 0;
	for (uint16_t i = 0; rrs != NULL && i < rrs->count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(rrs, i);
		if (is_taken(matching, index, rdata)) {
			continue;
		}
		uint8_t vars[HM_VARS_MAX];
		size_t vars_len = *matching->vars_len;
		memcpy(vars, matching->vars, vars_len);
		unsigned count = hm_rdata_match(record->rdata, &matching->domain, rdata->data,
		                                rdata->len, vars, &vars_len);
		if (solutions == 0 && count > 0) {
			memcpy(found, vars, vars_len);
			found_len = vars_len;
		}
		solutions += count;
	}
	if (solutions == 0 || (only_one && solutions > 1) || found_len == *matching->vars_len) {
		return false;
	}
	memcpy(matching->vars, found, found_len);
	*matching->vars_len = found_len;
	matching->domain.vars_len = found_len;
	return true;
}

/*! \brief Go through all records once. */
static bool match_all(matching_t *matching, bool only_one)
{
	const hm_profile_t *profile = matching->profile;
	for (size_t i = 0; i < profile->records_count; i++) {
		const hm_rdata_t *rdata = profile->records[i].rdata;
		if (hm_rdata_is_conditional(rdata) && !is_known(matching, rdata) &&
		    match_record(matching, i, only_one)) {
			return true;
		}
	}
	return false;
}

int hm_profile_match(const hm_profile_t *profile, const knot_dname_t *name, hm_match_get_f get,
                     void *ctx, uint8_t *vars, size_t *vars_len)
{
	*vars_len = 0;
	matching_t matching = {
		.profile = profile, .get = get, .ctx = ctx, .vars = vars, .vars_len = vars_len,
		.buf = malloc(UINT16_MAX),
	};
	if (matching.buf == NULL) {
		return KNOT_ENOMEM;
	}
	hm_domain_init(name, &matching.domain);
	matching.domain.vars = vars;
	// What has one solution says more than what has several; each value may leave others one.
	while (match_all(&matching, true) || match_all(&matching, false)) {
	}
	free(matching.buf);
	return KNOT_EOK;
}
