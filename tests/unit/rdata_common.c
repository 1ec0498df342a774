/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rdata_common.h"

static hm_var_t vartab_vars[] = {
	{ .kind = HM_VAR_DOMAIN },
	{ .kind = HM_VAR_DASH },
	{ .kind = HM_VAR_DASHES },
	{ .kind = HM_VAR_VALUE, .name_len = 4, .name = "name" },
	{ .kind = HM_VAR_VALUE, .name_len = 5, .name = "other" },
};

const hm_vartab_t vartab = { .vars = vartab_vars, .count = 5, .mark = 1 };

uint8_t *exact_copy(const void *data, size_t len)
{
	uint8_t *copy = malloc(len);
	assert_true(copy != NULL || len == 0);
	if (data != NULL && len > 0) {
		memcpy(copy, data, len);
	}
	return copy;
}

hm_rdata_t *compile(uint16_t type, const void *wire, size_t len, size_t marks)
{
	uint8_t *copy = exact_copy(wire, len);
	size_t found = SIZE_MAX;
	hm_rdata_t *rdata = NULL;
	const char *reason = "no reason";
	int ret = hm_rdata_compile(type, copy, len, &vartab, &found, &rdata, &reason);
	free(copy);
	if (ret != KNOT_EOK) {
		print_error("type %u: %s\n", type, reason);
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_non_null(rdata);
	assert_int_equal(found, marks);
	return rdata;
}

int expand_into(const hm_rdata_t *rdata, const hm_domain_t *domain, size_t out_max,
                uint8_t *copy, size_t *out_len)
{
	uint8_t *out = exact_copy(NULL, out_max);
	int ret = hm_rdata_expand(rdata, domain, out, out_max, out_len);
	if (ret == KNOT_EOK) {
		assert_true(*out_len <= out_max);
		memcpy(copy, out, *out_len);
	}
	free(out);
	return ret;
}

/*! \brief No buffer that is too small is overrun or accepted. */
static void assert_too_small(const hm_rdata_t *rdata, const hm_domain_t *domain, size_t out_max)
{
	static uint8_t copy[RDATA_MAX];
	static uint8_t guarded[RDATA_MAX + 64];
	size_t len = 12345;
	assert_int_equal(expand_into(rdata, domain, out_max, copy, &len), KNOT_ESPACE);
	assert_int_equal(len, 12345);

	// The same without a sanitizer.
	memset(guarded + out_max, 0xa5, 64);
	assert_int_equal(hm_rdata_expand(rdata, domain, guarded, out_max, &len), KNOT_ESPACE);
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(guarded[out_max + i], 0xa5);
	}
}

void assert_expanded(const hm_rdata_t *rdata, const hm_domain_t *domain,
                     const void *expected, size_t expected_len)
{
	static uint8_t out[RDATA_MAX];
	size_t bound = hm_rdata_bound(rdata, domain);
	assert_true(bound >= expected_len && bound <= RDATA_MAX);

	size_t len = SIZE_MAX;
	assert_int_equal(expand_into(rdata, domain, bound, out, &len), KNOT_EOK);
	assert_int_equal(len, expected_len);
	assert_memory_equal(out, expected, expected_len);

	memset(out, 0, expected_len);
	assert_int_equal(expand_into(rdata, domain, expected_len, out, &len), KNOT_EOK);
	assert_int_equal(len, expected_len);
	assert_memory_equal(out, expected, expected_len);

	size_t step = (expected_len < 1024) ? 1 : 97;
	for (size_t out_max = 0; out_max < expected_len; out_max += step) {
		assert_too_small(rdata, domain, out_max);
	}
	if (expected_len > 0) {
		assert_too_small(rdata, domain, expected_len - 1);
	}
}

void assert_expands(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                    const hm_domain_t *domain, const void *expected, size_t expected_len)
{
	hm_rdata_t *rdata = compile(type, wire, wire_len, marks);
	assert_expanded(rdata, domain, expected, expected_len);
	hm_rdata_free(rdata);
}

void assert_not_expanded(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                         const hm_domain_t *domain, int expected)
{
	static uint8_t out[RDATA_MAX];
	hm_rdata_t *rdata = compile(type, wire, wire_len, marks);
	size_t bound = hm_rdata_bound(rdata, domain);
	assert_true(bound <= RDATA_MAX);

	size_t len = 12345;
	assert_int_equal(expand_into(rdata, domain, bound, out, &len), expected);
	assert_int_equal(expand_into(rdata, domain, RDATA_MAX, out, &len), expected);
	for (size_t out_max = 0; out_max < bound && out_max < 600; out_max++) {
		int ret = expand_into(rdata, domain, out_max, out, &len);
		assert_true(ret == expected || ret == KNOT_ESPACE);
	}
	assert_int_equal(len, 12345);
	hm_rdata_free(rdata);
}

size_t split_strings(const uint8_t *text, size_t len, uint8_t *out)
{
	uint8_t *pos = out;
	do {
		size_t chunk = (len < 255) ? len : 255;
		*pos++ = chunk;
		memcpy(pos, text, chunk);
		pos += chunk;
		text += chunk;
		len -= chunk;
	} while (len > 0);
	return pos - out;
}
