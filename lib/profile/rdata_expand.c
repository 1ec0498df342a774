/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "rdata_internal.h"

#define STRING_MAX 255
#define RDATA_MAX  65535

void hm_rdata_free(hm_rdata_t *rdata)
{
	if (rdata == NULL) {
		return;
	}
	free(rdata->parts);
	free(rdata->bytes);
	free(rdata);
}

bool hm_rdata_is_fixed(const hm_rdata_t *rdata)
{
	return rdata->fixed;
}

bool hm_rdata_is_conditional(const hm_rdata_t *rdata)
{
	return rdata->values > 0;
}

size_t hm_rdata_bound(const hm_rdata_t *rdata, const hm_domain_t *domain)
{
	// Every part can add one length byte; a byte of the domain can take four as \DDD, and `--`
	// for a dot takes no more than that; a long string takes a length byte for 255 of its own.
	size_t bound = rdata->bytes_len + rdata->parts_count +
	               (size_t)rdata->splices * domain->size +
	               (size_t)rdata->texts * domain->size * 4 +
	               (size_t)rdata->values * domain->vars_len;
	bound += bound / STRING_MAX + 1;
	return (bound < RDATA_MAX) ? bound : RDATA_MAX;
}

/*! \brief State of an expansion. */
typedef struct {
	const hm_rdata_t *rdata;
	const hm_domain_t *domain;
	uint8_t *out;
	uint8_t *pos;
	uint8_t *end;
	uint8_t *name;   /*!< Start of the current name. */
	uint8_t *origin; /*!< Where the domain ends that name, NULL if it does not. */
	uint8_t *label;  /*!< Length byte of the current label, NULL outside of one. */
	uint8_t *string; /*!< Length byte of the current string, NULL outside of one. */
} expand_t;

static int put_bytes(expand_t *ex, const uint8_t *bytes, size_t len)
{
	if ((size_t)(ex->end - ex->pos) < len) {
		return KNOT_ESPACE;
	}
	memcpy(ex->pos, bytes, len);
	ex->pos += len;
	return KNOT_EOK;
}

static int put_byte(expand_t *ex, uint8_t byte)
{
	return put_bytes(ex, &byte, 1);
}

static int begin_counted(expand_t *ex, uint8_t **counted)
{
	*counted = ex->pos;
	return put_byte(ex, 0);
}

static int end_label(expand_t *ex)
{
	size_t len = ex->pos - ex->label - 1;
	if (len == 0) {
		return KNOT_EMALF;
	}
	if (len > KNOT_DNAME_MAXLABELLEN) {
		return KNOT_ESPACE;
	}
	*ex->label = len;
	ex->label = NULL;
	return KNOT_EOK;
}

/*! \brief A string that grows over 255 bytes: only TXT has a meaning for the next one. */
static int split_string(expand_t *ex)
{
	if (ex->rdata->type != KNOT_RRTYPE_TXT && ex->rdata->type != KNOT_RRTYPE_SPF) {
		return KNOT_ESPACE;
	}
	*ex->string = STRING_MAX;
	return begin_counted(ex, &ex->string);
}

static int put_text(expand_t *ex, const uint8_t *text, size_t len)
{
	if (ex->string == NULL) {
		return put_bytes(ex, text, len);
	}
	while (len > 0) {
		size_t room = STRING_MAX - (ex->pos - ex->string - 1);
		if (room == 0) {
			int ret = split_string(ex);
			if (ret != KNOT_EOK) {
				return ret;
			}
			continue;
		}
		size_t chunk = (len < room) ? len : room;
		int ret = put_bytes(ex, text, chunk);
		if (ret != KNOT_EOK) {
			return ret;
		}
		text += chunk;
		len -= chunk;
	}
	return KNOT_EOK;
}

/*! \brief The domain as text: raw bytes in a label, presentation format elsewhere. */
static int put_domain_text(expand_t *ex, hm_var_kind_t kind)
{
	const char *separator = (kind == HM_VAR_DOMAIN) ? "." : (kind == HM_VAR_DASH) ? "-" : "--";

	const knot_dname_t *label = ex->domain->name;
	for (bool first = true; *label != '\0'; label = hm_dname_next(label), first = false) {
		int ret = KNOT_EOK;
		if (!first) {
			ret = put_text(ex, (const uint8_t *)separator, strlen(separator));
		}
		if (ret == KNOT_EOK && ex->label != NULL) {
			ret = put_text(ex, label + 1, *label);
		} else if (ret == KNOT_EOK) {
			uint8_t name[1 + KNOT_DNAME_MAXLABELLEN + 1] = { 0 };
			memcpy(name, label, 1 + *label);
			knot_dname_txt_storage_t txt;
			if (knot_dname_to_str(txt, name, sizeof(txt)) == NULL) {
				return KNOT_EMALF;
			}
			ret = put_text(ex, (const uint8_t *)txt, strlen(txt) - 1);
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

/*! \brief The value of a variable in a name: its dots separate labels. */
static int put_value_labels(expand_t *ex, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int ret;
		if (value[i] == '.') {
			ret = end_label(ex);
			if (ret == KNOT_EOK) {
				ret = begin_counted(ex, &ex->label);
			}
		} else {
			ret = put_byte(ex, ex->rdata->lowercase ? lower(value[i]) : value[i]);
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

static int put_var(expand_t *ex, const hm_var_t *var)
{
	if (var->kind != HM_VAR_VALUE) {
		return put_domain_text(ex, var->kind);
	}

	size_t len = 0;
	const uint8_t *value = hm_vars_get(ex->domain, var->name, var->name_len, &len);
	return (ex->label != NULL) ? put_value_labels(ex, value, len) : put_text(ex, value, len);
}

static int end_name(expand_t *ex)
{
	if (ex->pos - ex->name > KNOT_DNAME_MAXLEN) {
		return KNOT_ESPACE;
	}
	if (hm_dname_is_address(ex->name, ex->origin)) {
		return KNOT_EMALF;
	}
	return KNOT_EOK;
}

static int put_label_text(expand_t *ex, const uint8_t *text, size_t len)
{
	uint8_t *start = ex->pos;
	int ret = put_bytes(ex, text, len);
	if (ret == KNOT_EOK && ex->rdata->lowercase) {
		for (; start < ex->pos; start++) {
			*start = lower(*start);
		}
	}
	return ret;
}

static int expand_part(expand_t *ex, const hm_part_t *part)
{
	switch (part->op) {
	case OP_RAW:
		return put_bytes(ex, ex->rdata->bytes + part->pos, part->len);
	case OP_NAME:
		ex->name = ex->pos;
		ex->origin = NULL;
		return KNOT_EOK;
	case OP_ORIGIN:
		ex->origin = ex->pos;
		// FALLTHROUGH
	case OP_DOMAIN:
		return put_bytes(ex, ex->domain->name, ex->domain->size - 1);
	case OP_NAME_END:
		return end_name(ex);
	case OP_LABEL:
		return begin_counted(ex, &ex->label);
	case OP_LABEL_END:
		return end_label(ex);
	case OP_STRING:
		return begin_counted(ex, &ex->string);
	case OP_STRING_END:
		*ex->string = ex->pos - ex->string - 1;
		ex->string = NULL;
		return KNOT_EOK;
	case OP_TEXT:
		return (ex->label != NULL) ?
		       put_label_text(ex, ex->rdata->bytes + part->pos, part->len) :
		       put_text(ex, ex->rdata->bytes + part->pos, part->len);
	case OP_VAR:
		return put_var(ex, part->var);
	}
	return KNOT_ERROR; // Not reached.
}

/*! \brief Tell whether a domain defines all variables; if not, nothing else matters. */
static bool all_defined(const hm_rdata_t *rdata, const hm_domain_t *domain)
{
	for (uint32_t i = 0; rdata->values > 0 && i < rdata->parts_count; i++) {
		const hm_var_t *var = rdata->parts[i].var;
		size_t unused;
		if (var != NULL && var->kind == HM_VAR_VALUE &&
		    hm_vars_get(domain, var->name, var->name_len, &unused) == NULL) {
			return false;
		}
	}
	return true;
}

int hm_rdata_expand(const hm_rdata_t *rdata, const hm_domain_t *domain,
                    uint8_t *out, size_t out_max, size_t *out_len)
{
	if (!all_defined(rdata, domain)) {
		return KNOT_ENOENT;
	}
	expand_t ex = {
		.rdata = rdata, .domain = domain,
		.out = out, .pos = out, .end = out + ((out_max < RDATA_MAX) ? out_max : RDATA_MAX),
	};
	for (uint32_t i = 0; i < rdata->parts_count; i++) {
		int ret = expand_part(&ex, &rdata->parts[i]);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	*out_len = ex.pos - ex.out;
	return KNOT_EOK;
}
