/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libzscanner/scanner.h>

#include "fake_zone.h"

static knot_rrset_t *find(fake_zone_t *zone, const knot_dname_t *owner, uint16_t type)
{
	for (size_t i = 0; i < zone->count; i++) {
		knot_rrset_t *rrset = &zone->rrsets[i];
		if (rrset->type == type && knot_dname_is_equal(rrset->owner, owner)) {
			return rrset;
		}
	}
	return NULL;
}

void fake_zone_add(fake_zone_t *zone, const knot_dname_t *owner, uint16_t type,
                   const uint8_t *rdata, size_t len)
{
	knot_rrset_t *rrset = find(zone, owner, type);
	if (rrset == NULL) {
		assert_true(zone->count < sizeof(zone->rrsets) / sizeof(zone->rrsets[0]));
		rrset = &zone->rrsets[zone->count++];
		knot_rrset_init(rrset, knot_dname_copy(owner, NULL), type, KNOT_CLASS_IN, 600);
		assert_non_null(rrset->owner);
	}
	assert_int_equal(knot_rrset_add_rdata(rrset, rdata, len, NULL), KNOT_EOK);
}

void fake_zone_init(fake_zone_t *zone, const char *apex, const char *text)
{
	memset(zone, 0, sizeof(*zone));
	assert_non_null(knot_dname_from_str(zone->apex, apex, sizeof(zone->apex)));
	static zs_scanner_t scanner;
	assert_int_equal(zs_init(&scanner, apex, KNOT_CLASS_IN, 600), 0);
	assert_int_equal(zs_set_input_string(&scanner, text, strlen(text)), 0);
	while (zs_parse_record(&scanner) == 0 && scanner.state == ZS_STATE_DATA) {
		fake_zone_add(zone, scanner.r_owner, scanner.r_type, scanner.r_data,
		              scanner.r_data_length);
	}
	assert_string_equal(zs_strerror(scanner.error.code), zs_strerror(ZS_OK));
	assert_int_equal(scanner.state, ZS_STATE_EOF);
	zs_deinit(&scanner);
}

void fake_zone_clear(fake_zone_t *zone)
{
	for (size_t i = 0; i < zone->count; i++) {
		knot_rrset_clear(&zone->rrsets[i], NULL);
	}
	zone->count = 0;
}

knot_rrset_t *fake_zone_rrset(fake_zone_t *zone, const knot_dname_t *owner, uint16_t type)
{
	knot_rrset_t *rrset = find(zone, owner, type);
	assert_non_null(rrset);
	return rrset;
}

int fake_zone_get(void *ctx, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out)
{
	fake_zone_t *zone = ctx;
	zone->looks++;
	assert_true(knot_dname_size(owner) <= KNOT_DNAME_MAXLEN);
	assert_true(knot_dname_labels(owner, NULL) <= KNOT_DNAME_MAXLABELS);
	assert_true(knot_dname_in_bailiwick(owner, zone->apex) >= 0);
	if (zone->ret != KNOT_EOK) {
		return zone->ret;
	}

	const knot_rrset_t *rrset = find(zone, owner, type);
	if (rrset != NULL) {
		*out = *rrset;
		return KNOT_EOK;
	}
	bool exists = knot_dname_is_equal(owner, zone->apex);
	for (size_t i = 0; i < zone->count && !exists; i++) {
		exists = (knot_dname_in_bailiwick(zone->rrsets[i].owner, owner) >= 0);
	}
	if (!exists) {
		return KNOT_ENONODE;
	}
	knot_rrset_init_empty(out);
	return KNOT_EOK;
}
