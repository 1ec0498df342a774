/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/domain.h"

void hm_domain_init(const knot_dname_t *name, hm_domain_t *domain)
{
	memset(domain, 0, sizeof(*domain));
	domain->name = name;
	domain->size = knot_dname_size(name);
	domain->labels = knot_dname_labels(name, NULL);
}

int hm_domain_prefix(const knot_dname_t *name, const hm_domain_t *domain)
{
	// The name of a domain that owns the query is the end of the QNAME, not a copy of it.
	const knot_dname_t *pos = name;
	int labels = 0;
	for (; pos != domain->name && *pos != '\0'; pos = hm_dname_next(pos)) {
		labels++;
	}
	if (pos == domain->name) {
		return labels;
	}
	size_t size = pos - name + 1;
	if (size < domain->size) {
		return -1;
	}

	const knot_dname_t *suffix = name + size - domain->size;
	// Most names of other domains differ in the first byte already.
	if (*suffix != *domain->name || memcmp(suffix, domain->name, domain->size) != 0) {
		return -1;
	}

	// The bytes are equal, but only a suffix that starts with a label is the same name.
	for (labels = 0; name < suffix; labels++) {
		name = hm_dname_next(name);
	}
	return (name == suffix) ? labels : -1;
}

/*! \brief Tells of each byte whether it is a letter, a digit, '_' or '-', in any locale. */
static const bool plain_chars[256] = {
	['-'] = true, ['_'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

bool hm_var_name_char(uint8_t c)
{
	return plain_chars[c];
}

static size_t vars_count(const hm_domain_t *domain)
{
	size_t count = 0;
	hm_packed_var_t var;
	for (const uint8_t *pos = NULL; (pos = hm_vars_next(domain, pos, &var)) != NULL; ) {
		count++;
	}
	return count;
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
			} else if (c <= ' ' || c > '~') {
				*reason = "the value of a variable is not printable ASCII";
				return KNOT_EMALF;
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

/*! \brief Length of the name in `name=value`, if it can be one. */
static int parse_var_name(const char *text, size_t text_len, size_t *name_len, const char **reason)
{
	size_t len = 0;
	while (len < text_len && plain_chars[(uint8_t)text[len]]) {
		len++;
	}
	if (len == 0 || len == text_len || text[len] != '=') {
		*reason = "not of the form name=value";
		return KNOT_EMALF;
	}
	if (len > HM_VAR_NAME_MAX) {
		*reason = "the name of a variable is longer than 63 bytes";
		return KNOT_EMALF;
	}
	if (len == strlen("domain") && memcmp(text, "domain", len) == 0) {
		*reason = "the variable 'domain' is reserved";
		return KNOT_EMALF;
	}
	*name_len = len;
	return KNOT_EOK;
}

static int pack_var(const char *name, size_t name_len, const uint8_t *value, size_t value_len,
                    uint8_t *vars, size_t vars_max, size_t *vars_len, const char **reason)
{
	const hm_domain_t known = { .vars = vars, .vars_len = *vars_len };
	size_t unused;
	if (hm_vars_get(&known, name, name_len, &unused) != NULL) {
		*reason = "a variable is given twice";
		return KNOT_EMALF;
	}
	if (vars_count(&known) == HM_VARS_PER_DOMAIN_MAX) {
		*reason = "a domain has more than 64 variables";
		return KNOT_ESPACE;
	}
	if (value_len > HM_VAR_VALUE_MAX) {
		*reason = "the value of a variable is longer than 4096 bytes";
		return KNOT_ESPACE;
	}
	size_t size = HM_VAR_NAME_LEN_SIZE + name_len + HM_VAR_VALUE_LEN_SIZE + value_len;
	if (size > vars_max - *vars_len) {
		*reason = "the variables of a domain take more than 16384 bytes";
		return KNOT_ESPACE;
	}

	uint8_t *pos = vars + *vars_len;
	*pos++ = name_len;
	memcpy(pos, name, name_len);
	pos += name_len;
	*pos++ = value_len >> 8;
	*pos++ = value_len & 0xff;
	memcpy(pos, value, value_len);
	*vars_len = pos + value_len - vars;
	return KNOT_EOK;
}

int hm_vars_add_raw(const char *text, size_t text_len, uint8_t *vars, size_t vars_max,
                    size_t *vars_len, const char **reason)
{
	size_t name_len;
	int ret = parse_var_name(text, text_len, &name_len, reason);
	if (ret != KNOT_EOK) {
		return ret;
	}
	return pack_var(text, name_len, (const uint8_t *)text + name_len + 1,
	                text_len - name_len - 1, vars, vars_max, vars_len, reason);
}

int hm_vars_add(const char *text, size_t text_len, uint8_t *vars, size_t *vars_len,
                const char **reason)
{
	size_t name_len;
	int ret = parse_var_name(text, text_len, &name_len, reason);
	if (ret != KNOT_EOK) {
		return ret;
	}
	uint8_t value[HM_VAR_VALUE_MAX];
	size_t value_len;
	ret = value_unescape(text + name_len + 1, text_len - name_len - 1, value, &value_len,
	                     reason);
	if (ret != KNOT_EOK) {
		return ret;
	}
	return pack_var(text, name_len, value, value_len, vars, HM_VARS_MAX, vars_len, reason);
}

const uint8_t *hm_vars_get(const hm_domain_t *domain, const char *name, size_t name_len,
                           size_t *value_len)
{
	hm_packed_var_t var;
	for (const uint8_t *pos = NULL; (pos = hm_vars_next(domain, pos, &var)) != NULL; ) {
		if (var.name_len == name_len && memcmp(var.name, name, name_len) == 0) {
			*value_len = var.value_len;
			return var.value;
		}
	}
	return NULL;
}

/*! \brief Tell whether bytes are letters, digits, '-' and '_' only, at least one a letter. */
static bool is_ordinary(const uint8_t *bytes, size_t len)
{
	bool letter = false;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = bytes[i];
		if (c >= 'a' && c <= 'z') {
			letter = true;
		} else if (!plain_chars[c]) {
			return false;
		}
	}
	return letter;
}

bool hm_domain_is_ordinary(const hm_domain_t *domain, size_t value_max)
{
	bool letter = false;
	for (const uint8_t *label = domain->name; *label != '\0'; label = hm_dname_next(label)) {
		for (int i = 1; i <= *label; i++) {
			if (!plain_chars[label[i]]) {
				return false;
			}
			letter |= (label[i] >= 'a');
		}
	}
	if (!letter) {
		return false;
	}
	hm_packed_var_t var;
	for (const uint8_t *pos = NULL; (pos = hm_vars_next(domain, pos, &var)) != NULL; ) {
		if (var.value_len > value_max || !is_ordinary(var.value, var.value_len)) {
			return false;
		}
	}
	return true;
}
