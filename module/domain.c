/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/domain.h"

// Packed variables: a byte with the length of the name, the name, two bytes with the length of the
// value in network order, the value; one after the other.
#define NAME_LEN_SIZE  1
#define VALUE_LEN_SIZE 2

void hm_domain_init(const knot_dname_t *name, hm_domain_t *domain)
{
	memset(domain, 0, sizeof(*domain));
	domain->name = name;
	domain->size = knot_dname_size(name);
	domain->labels = knot_dname_labels(name, NULL);
}

int hm_domain_prefix(const knot_dname_t *name, const hm_domain_t *domain)
{
	size_t size = knot_dname_size(name);
	if (size < domain->size) {
		return -1;
	}

	const knot_dname_t *suffix = name + size - domain->size;
	if (memcmp(suffix, domain->name, domain->size) != 0) {
		return -1;
	}

	// The bytes are equal, but only a suffix that starts with a label is the same name.
	int labels = 0;
	while (name < suffix) {
		name = hm_dname_next(name);
		labels++;
	}
	return (name == suffix) ? labels : -1;
}

bool hm_var_name_char(uint8_t c)
{
	return isascii(c) && (isalnum(c) || c == '_' || c == '-');
}

static int value_unescape(const char *text, size_t text_len, uint8_t *out, size_t *out_len,
                          const char **reason)
{
	size_t len = 0;
	for (size_t i = 0; i < text_len; i++) {
		uint8_t c = text[i];
		if (c <= ' ' || c > '~') {
			*reason = "the value of a variable is not printable ASCII";
			return KNOT_EMALF;
		}
		if (c == '\\') {
			if (++i == text_len) {
				*reason = "an escape at the end of the value";
				return KNOT_EMALF;
			}
			c = text[i];
			if (isdigit(c)) {
				if (text_len - i < 3 || !isdigit((uint8_t)text[i + 1]) ||
				    !isdigit((uint8_t)text[i + 2])) {
					*reason = "an escape \\DDD needs three digits";
					return KNOT_EMALF;
				}
				int num = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 +
				          (text[i + 2] - '0');
				if (num > UINT8_MAX) {
					*reason = "an escape \\DDD is greater than 255";
					return KNOT_EMALF;
				}
				c = num;
				i += 2;
			}
		}
		if (len == HM_VAR_VALUE_MAX) {
			*reason = "the value of a variable is longer than 4096 bytes";
			return KNOT_ESPACE;
		}
		out[len++] = c;
	}

	*out_len = len;
	return KNOT_EOK;
}

int hm_vars_add(const char *text, size_t text_len, uint8_t *vars, size_t *vars_len,
                const char **reason)
{
	size_t name_len = 0;
	while (name_len < text_len && hm_var_name_char(text[name_len])) {
		name_len++;
	}
	if (name_len == 0 || name_len == text_len || text[name_len] != '=') {
		*reason = "not of the form name=value";
		return KNOT_EMALF;
	}
	if (name_len > HM_VAR_NAME_MAX) {
		*reason = "the name of a variable is longer than 63 bytes";
		return KNOT_EMALF;
	}
	if (name_len == strlen("domain") && memcmp(text, "domain", name_len) == 0) {
		*reason = "the variable 'domain' is reserved";
		return KNOT_EMALF;
	}

	const hm_domain_t known = { .vars = vars, .vars_len = *vars_len };
	size_t unused;
	if (hm_vars_get(&known, text, name_len, &unused) != NULL) {
		*reason = "a variable is given twice";
		return KNOT_EMALF;
	}

	uint8_t value[HM_VAR_VALUE_MAX];
	size_t value_len;
	int ret = value_unescape(text + name_len + 1, text_len - name_len - 1, value, &value_len,
	                         reason);
	if (ret != KNOT_EOK) {
		return ret;
	}

	if (NAME_LEN_SIZE + name_len + VALUE_LEN_SIZE + value_len > HM_VARS_MAX - *vars_len) {
		*reason = "the variables of a domain take more than 16384 bytes";
		return KNOT_ESPACE;
	}

	uint8_t *pos = vars + *vars_len;
	*pos++ = name_len;
	memcpy(pos, text, name_len);
	pos += name_len;
	*pos++ = value_len >> 8;
	*pos++ = value_len & 0xff;
	memcpy(pos, value, value_len);
	*vars_len = pos + value_len - vars;

	return KNOT_EOK;
}

const uint8_t *hm_vars_get(const hm_domain_t *domain, const char *name, size_t name_len,
                           size_t *value_len)
{
	const uint8_t *pos = domain->vars;
	const uint8_t *end = pos + domain->vars_len;
	while (pos < end) {
		size_t nlen = pos[0];
		const uint8_t *nam = pos + NAME_LEN_SIZE;
		size_t vlen = (nam[nlen] << 8) | nam[nlen + 1];
		const uint8_t *val = nam + nlen + VALUE_LEN_SIZE;
		if (nlen == name_len && memcmp(nam, name, name_len) == 0) {
			*value_len = vlen;
			return val;
		}
		pos = val + vlen;
	}
	return NULL;
}
