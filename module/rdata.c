/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/rrtype/naptr.h>

#include "hostedmail/rdata.h"

#define STRING_MAX 255
#define RDATA_MAX  65535

// Not all of these are known to all versions of libknot.
#define RRTYPE_IPSECKEY 45
#define RRTYPE_HIP      55
#define RRTYPE_AMTRELAY 260

/*! \brief Step of the expansion. */
typedef enum {
	OP_RAW,       /*!< Bytes as they are; whole labels if in a name. */
	OP_NAME,      /*!< Start of a name. */
	OP_DOMAIN,    /*!< Labels of the domain. */
	OP_ORIGIN,    /*!< Labels of the domain as the end of a relative name. */
	OP_NAME_END,  /*!< End of a name, the root label included. */
	OP_LABEL,     /*!< Start of a label with variables. */
	OP_LABEL_END, /*!< End of it. */
	OP_STRING,    /*!< Start of a character string. */
	OP_STRING_END,
	OP_TEXT,      /*!< Bytes of a label or a string. */
	OP_VAR,       /*!< A variable in a label, a string or plain text. */
} op_t;

typedef struct {
	op_t op;
	uint32_t len;        /*!< Bytes of an OP_RAW or OP_TEXT. */
	uint32_t pos;        /*!< Where they are. */
	const hm_var_t *var; /*!< What an OP_VAR stands for. */
} part_t;

struct hm_rdata {
	part_t *parts;
	uint8_t *bytes;
	uint32_t parts_count;
	uint32_t bytes_len;
	uint16_t type;
	uint16_t splices;    /*!< How often the domain is spliced in as labels. */
	uint16_t texts;      /*!< How often it is spliced in as text. */
	uint16_t values;     /*!< How often a variable of the domain is. */
	bool fixed;
	bool lowercase;      /*!< Names are put in lowercase (RFC 4034, section 6.2). */
};

/*! \brief RDATA under construction. */
typedef struct {
	hm_rdata_t *rdata;
	const hm_vartab_t *tab;
	const char *reason;
	size_t marks;
} build_t;

static const char mark_digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

#define MARK_BASE (sizeof(mark_digits) - 1)

void hm_mark_index(uint16_t index, char out[2])
{
	out[0] = mark_digits[index / MARK_BASE % MARK_BASE];
	out[1] = mark_digits[index % MARK_BASE];
}

static const hm_var_t *mark_var(const hm_vartab_t *tab, const uint8_t *mark, size_t avail)
{
	if (avail < HM_MARK_SIZE || mark[1] == '\0' || mark[2] == '\0') {
		return NULL;
	}
	const char *hi = strchr(mark_digits, mark[1]);
	const char *lo = strchr(mark_digits, mark[2]);
	if (hi == NULL || lo == NULL) {
		return NULL;
	}
	size_t index = (hi - mark_digits) * MARK_BASE + (lo - mark_digits);
	return (index < tab->count) ? &tab->vars[index] : NULL;
}

static uint8_t lower(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') ? c + ('a' - 'A') : c;
}

bool hm_dname_is_ipv4(const knot_dname_t *name, const knot_dname_t *end)
{
	int labels = 0;
	while (name != end && *name != '\0') {
		int number = 0;
		if (*name > 3 || ++labels > 4) {
			return false;
		}
		for (int i = 1; i <= *name; i++) {
			if (!isdigit(name[i])) {
				return false;
			}
			number = 10 * number + name[i] - '0';
		}
		if (number > UINT8_MAX) {
			return false;
		}
		name = hm_dname_next(name);
	}
	return labels == 4;
}

static int add_part(build_t *build, op_t op, const uint8_t *bytes, size_t len, const hm_var_t *var)
{
	hm_rdata_t *rdata = build->rdata;
	if (op == OP_RAW && len == 0) {
		return KNOT_EOK;
	}

	part_t *last = (rdata->parts_count > 0) ? &rdata->parts[rdata->parts_count - 1] : NULL;
	bool extend = (op == OP_RAW && last != NULL && last->op == OP_RAW);
	if (!extend) {
		part_t *parts = realloc(rdata->parts, (rdata->parts_count + 1) * sizeof(*parts));
		if (parts == NULL) {
			return KNOT_ENOMEM;
		}
		rdata->parts = parts;
		last = &parts[rdata->parts_count++];
		*last = (part_t){ .op = op, .pos = rdata->bytes_len, .var = var };
	}

	if (len > 0) {
		uint8_t *data = realloc(rdata->bytes, rdata->bytes_len + len);
		if (data == NULL) {
			return KNOT_ENOMEM;
		}
		memcpy(data + rdata->bytes_len, bytes, len);
		rdata->bytes = data;
		rdata->bytes_len += len;
		last->len += len;
	}

	return KNOT_EOK;
}

static int add_var(build_t *build, const hm_var_t *var)
{
	build->marks++;
	build->rdata->fixed = false;
	if (var->kind == HM_VAR_VALUE) {
		build->rdata->values++;
	} else {
		build->rdata->texts++;
	}
	return add_part(build, OP_VAR, NULL, 0, var);
}

static int malformed(build_t *build, const char *reason)
{
	build->reason = reason;
	return KNOT_EMALF;
}

/*! \brief Compile text with marks: the inside of a label or of a string. */
static int compile_text(build_t *build, const uint8_t *text, size_t len, bool in_name)
{
	const uint8_t *end = text + len;
	while (text < end) {
		const uint8_t *mark = memchr(text, build->tab->mark, end - text);
		if (mark == NULL) {
			return add_part(build, OP_TEXT, text, end - text, NULL);
		}
		if (mark > text) {
			int ret = add_part(build, OP_TEXT, text, mark - text, NULL);
			if (ret != KNOT_EOK) {
				return ret;
			}
		}
		const hm_var_t *var = mark_var(build->tab, mark, end - mark);
		if (var == NULL) {
			return malformed(build, "a variable stands where none can");
		}
		if (in_name && var->kind == HM_VAR_DOMAIN) {
			return malformed(build, "{domain} is a label of its own in a name, "
			                        "{domain:-} can be part of one");
		}
		int ret = add_var(build, var);
		if (ret != KNOT_EOK) {
			return ret;
		}
		text = mark + HM_MARK_SIZE;
	}
	return KNOT_EOK;
}

static bool is_origin(const build_t *build, const uint8_t *label)
{
	return label[0] == 1 && label[1] == build->tab->mark && label[2] == 0;
}

static int compile_label(build_t *build, const uint8_t *label)
{
	if (memchr(label + 1, build->tab->mark, *label) == NULL) {
		uint8_t copy[1 + KNOT_DNAME_MAXLABELLEN] = { *label };
		for (int i = 1; i <= *label; i++) {
			copy[i] = build->rdata->lowercase ? lower(label[i]) : label[i];
		}
		return add_part(build, OP_RAW, copy, 1 + *label, NULL);
	}

	const hm_var_t *var = mark_var(build->tab, label + 1, *label);
	if (*label == HM_MARK_SIZE && var != NULL && var->kind == HM_VAR_DOMAIN) {
		build->marks++;
		build->rdata->fixed = false;
		build->rdata->splices++;
		return add_part(build, OP_DOMAIN, NULL, 0, NULL);
	}

	int ret = add_part(build, OP_LABEL, NULL, 0, NULL);
	if (ret == KNOT_EOK) {
		ret = compile_text(build, label + 1, *label, true);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(build, OP_LABEL_END, NULL, 0, NULL);
	}
	return ret;
}

static int compile_name(build_t *build, const uint8_t *name)
{
	static const uint8_t root = 0;

	const uint8_t *end = name;
	while (*end != '\0' && !is_origin(build, end)) {
		end = hm_dname_next(end);
	}
	if (hm_dname_is_ipv4(name, end)) {
		return malformed(build, "an IP address where a host name belongs");
	}

	int ret = add_part(build, OP_NAME, NULL, 0, NULL);
	for (; ret == KNOT_EOK && name != end; name = hm_dname_next(name)) {
		ret = compile_label(build, name);
	}
	if (ret == KNOT_EOK && *end != '\0') {
		build->rdata->fixed = false;
		build->rdata->splices++;
		ret = add_part(build, OP_ORIGIN, NULL, 0, NULL);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(build, OP_RAW, &root, sizeof(root), NULL);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(build, OP_NAME_END, NULL, 0, NULL);
	}
	return ret;
}

/*! \brief Compile up to \a count character strings, return how many bytes they took. */
static int compile_strings(build_t *build, const uint8_t *wire, size_t len, size_t count)
{
	const uint8_t *pos = wire, *end = wire + len;
	for (size_t i = 0; i < count && pos < end; i++) {
		if (end - pos < 1 + *pos) {
			return malformed(build, "malformed RDATA");
		}
		int ret = add_part(build, OP_STRING, NULL, 0, NULL);
		if (ret == KNOT_EOK) {
			ret = compile_text(build, pos + 1, *pos, false);
		}
		if (ret == KNOT_EOK) {
			ret = add_part(build, OP_STRING_END, NULL, 0, NULL);
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
		pos += 1 + *pos;
	}
	return pos - wire;
}

/*! \brief Compile \a skip bytes as they are, then \a strings strings, the rest as plain text. */
static int compile_mixed(build_t *build, const uint8_t *wire, size_t len, size_t skip,
                         size_t strings)
{
	if (len < skip) {
		return malformed(build, "malformed RDATA");
	}
	int ret = add_part(build, OP_RAW, wire, skip, NULL);
	if (ret != KNOT_EOK) {
		return ret;
	}
	int used = compile_strings(build, wire + skip, len - skip, strings);
	if (used < 0) {
		return used;
	}
	return compile_text(build, wire + skip + used, len - skip - used, false);
}

/*! \brief SVCB and HTTPS (RFC 9460, section 2.2): priority, target, parameters. */
static int compile_svcb(build_t *build, const uint8_t *wire, size_t len)
{
	if (len < 2 || knot_dname_wire_check(wire + 2, wire + len, NULL) <= 0) {
		return malformed(build, "malformed RDATA");
	}
	int ret = add_part(build, OP_RAW, wire, 2, NULL);
	if (ret == KNOT_EOK) {
		ret = compile_name(build, wire + 2);
	}
	if (ret == KNOT_EOK) {
		size_t used = 2 + knot_dname_size(wire + 2);
		ret = add_part(build, OP_RAW, wire + used, len - used, NULL);
	}
	return ret;
}

/*! \brief Types with a name that libknot does not know of: it cannot end in the domain. */
static int compile_opaque_name(build_t *build, const uint8_t *wire, size_t len)
{
	for (size_t i = 0; i + HM_ORIGIN_SIZE <= len; i++) {
		if (is_origin(build, wire + i)) {
			return malformed(build, "a relative name in a type that cannot have one here");
		}
	}
	return add_part(build, OP_RAW, wire, len, NULL);
}

static int compile_remainder(build_t *build, const uint8_t *wire, size_t len)
{
	switch (build->rdata->type) {
	case KNOT_RRTYPE_SVCB:
	case KNOT_RRTYPE_HTTPS:
		return compile_svcb(build, wire, len);
	case RRTYPE_IPSECKEY:
	case RRTYPE_HIP:
	case RRTYPE_AMTRELAY:
		return compile_opaque_name(build, wire, len);
	case KNOT_RRTYPE_TXT:
	case KNOT_RRTYPE_SPF:
	case KNOT_RRTYPE_HINFO:
		return compile_mixed(build, wire, len, 0, SIZE_MAX);
	case KNOT_RRTYPE_CAA: // RFC 8659, section 4.1: flags, tag, value up to the end
		return compile_mixed(build, wire, len, 1, 1);
	case KNOT_RRTYPE_URI: // RFC 7553, section 4.5: priority, weight, target up to the end
		return compile_mixed(build, wire, len, 4, 0);
	default:
		return add_part(build, OP_RAW, wire, len, NULL);
	}
}

static int compile_block(build_t *build, int block, const uint8_t *wire, size_t len)
{
	switch (block) {
	case KNOT_RDATA_WF_FIXED_DNAME:
	case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
	case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
		if (knot_dname_wire_check(wire, wire + len, NULL) <= 0) {
			return malformed(build, "malformed RDATA");
		}
		int ret = compile_name(build, wire);
		return (ret == KNOT_EOK) ? (int)knot_dname_size(wire) : ret;
	case KNOT_RDATA_WF_NAPTR_HEADER: // RFC 3403, section 4.1: order, preference, three strings
		if (knot_naptr_header_size(wire, wire + len) < 0) {
			return malformed(build, "malformed RDATA");
		}
		ret = add_part(build, OP_RAW, wire, 4, NULL);
		int used = (ret == KNOT_EOK) ? compile_strings(build, wire + 4, len - 4, 3) : ret;
		return (used < 0) ? used : 4 + used;
	default:
		if (block < 0) { // The remainder, whatever a later libknot calls it.
			ret = compile_remainder(build, wire, len);
			return (ret == KNOT_EOK) ? (int)len : ret;
		}
		if (len < (size_t)block) {
			return malformed(build, "malformed RDATA");
		}
		ret = add_part(build, OP_RAW, wire, block, NULL);
		return (ret == KNOT_EOK) ? block : ret;
	}
}

int hm_rdata_compile(uint16_t type, const uint8_t *wire, size_t wire_len, const hm_vartab_t *tab,
                     size_t *marks, hm_rdata_t **out, const char **reason)
{
	hm_rdata_t *rdata = calloc(1, sizeof(*rdata));
	if (rdata == NULL) {
		return KNOT_ENOMEM;
	}
	rdata->type = type;
	rdata->fixed = true;
	rdata->lowercase = knot_rrtype_should_be_lowercased(type);
	build_t build = { .rdata = rdata, .tab = tab };

	const knot_rdata_descriptor_t *desc = knot_get_rdata_descriptor(type);
	if (desc->type_name == NULL) {
		desc = knot_get_obsolete_rdata_descriptor(type);
	}
	int ret = KNOT_EOK;
	for (const int *block = desc->block_types; *block != KNOT_RDATA_WF_END; block++) {
		ret = compile_block(&build, *block, wire, wire_len);
		if (ret < 0) {
			goto failed;
		}
		wire += ret;
		wire_len -= ret;
	}
	if (wire_len > 0) {
		ret = malformed(&build, "malformed RDATA");
		goto failed;
	}

	*marks = build.marks;
	*out = rdata;
	return KNOT_EOK;

failed:
	hm_rdata_free(rdata);
	if (ret == KNOT_EMALF) {
		*reason = build.reason;
	}
	return ret;
}

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
	bool valued;     /*!< The current name contains the value of a variable. */
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
	ex->valued = true;
	return KNOT_EOK;
}

static int put_var(expand_t *ex, const hm_var_t *var)
{
	if (var->kind != HM_VAR_VALUE) {
		return put_domain_text(ex, var->kind);
	}

	size_t len;
	const uint8_t *value = hm_vars_get(ex->domain, var->name, var->name_len, &len);
	if (value == NULL) {
		return KNOT_ENOENT;
	}
	return (ex->label != NULL) ? put_value_labels(ex, value, len) : put_text(ex, value, len);
}

static int end_name(expand_t *ex)
{
	if (ex->pos - ex->name > KNOT_DNAME_MAXLEN) {
		return KNOT_ESPACE;
	}
	if (ex->valued && hm_dname_is_ipv4(ex->name, ex->origin)) {
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

static int expand_part(expand_t *ex, const part_t *part)
{
	switch (part->op) {
	case OP_RAW:
		return put_bytes(ex, ex->rdata->bytes + part->pos, part->len);
	case OP_NAME:
		ex->name = ex->pos;
		ex->origin = NULL;
		ex->valued = false;
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
	assert(0);
	return KNOT_ERROR;
}

int hm_rdata_expand(const hm_rdata_t *rdata, const hm_domain_t *domain,
                    uint8_t *out, size_t out_max, size_t *out_len)
{
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
