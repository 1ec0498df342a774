/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "descriptor_internal.h"
#include "rdata_internal.h"

// Not all of these are known to all versions of libknot.
#define RRTYPE_IPSECKEY 45
#define RRTYPE_HIP      55
#define RRTYPE_AMTRELAY 260

/*! \brief RDATA under construction. */
typedef struct {
	hm_rdata_t *rdata;
	const hm_vartab_t *tab;
	const char *reason;
	size_t marks;
} compile_t;

static int add_part(compile_t *compile, hm_op_t op, const uint8_t *bytes, size_t len,
                    const hm_var_t *var)
{
	hm_rdata_t *rdata = compile->rdata;
	if (op == OP_RAW && len == 0) {
		return KNOT_EOK;
	}

	hm_part_t *last = (rdata->parts_count > 0) ? &rdata->parts[rdata->parts_count - 1] : NULL;
	bool extend = (op == OP_RAW && last != NULL && last->op == OP_RAW);
	if (!extend) {
		hm_part_t *parts = realloc(rdata->parts, (rdata->parts_count + 1) * sizeof(*parts));
		if (parts == NULL) {
			return KNOT_ENOMEM;
		}
		rdata->parts = parts;
		last = &parts[rdata->parts_count++];
		*last = (hm_part_t){ .op = op, .pos = rdata->bytes_len, .var = var };
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

static int add_var(compile_t *compile, const hm_var_t *var)
{
	compile->marks++;
	compile->rdata->fixed = false;
	if (var->kind == HM_VAR_VALUE) {
		compile->rdata->values++;
	} else {
		compile->rdata->texts++;
	}
	return add_part(compile, OP_VAR, NULL, 0, var);
}

static int malformed(compile_t *compile, const char *reason)
{
	compile->reason = reason;
	return KNOT_EMALF;
}

/*! \brief Compile text with marks: the inside of a label or of a string. */
static int compile_text(compile_t *compile, const uint8_t *text, size_t len, bool in_name)
{
	const uint8_t *end = text + len;
	while (text < end) {
		const uint8_t *mark = memchr(text, compile->tab->mark, end - text);
		if (mark == NULL) {
			return add_part(compile, OP_TEXT, text, end - text, NULL);
		}
		if (mark > text) {
			int ret = add_part(compile, OP_TEXT, text, mark - text, NULL);
			if (ret != KNOT_EOK) {
				return ret;
			}
		}
		const hm_var_t *var = hm_mark_var(compile->tab, mark, end - mark);
		if (var == NULL) {
			return malformed(compile, "variable not allowed here");
		}
		if (in_name && var->kind == HM_VAR_DOMAIN) {
			return malformed(compile, "{domain} cannot be part of a label, "
			                          "{domain:-} can");
		}
		int ret = add_var(compile, var);
		if (ret != KNOT_EOK) {
			return ret;
		}
		text = mark + HM_MARK_SIZE;
	}
	return KNOT_EOK;
}

static int compile_label(compile_t *compile, const uint8_t *label)
{
	if (memchr(label + 1, compile->tab->mark, *label) == NULL) {
		uint8_t copy[1 + KNOT_DNAME_MAXLABELLEN] = { *label };
		for (int i = 1; i <= *label; i++) {
			copy[i] = compile->rdata->lowercase ? lower(label[i]) : label[i];
		}
		return add_part(compile, OP_RAW, copy, 1 + *label, NULL);
	}

	const hm_var_t *var = hm_mark_var(compile->tab, label + 1, *label);
	if (*label == HM_MARK_SIZE && var != NULL && var->kind == HM_VAR_DOMAIN) {
		compile->marks++;
		compile->rdata->fixed = false;
		compile->rdata->splices++;
		return add_part(compile, OP_DOMAIN, NULL, 0, NULL);
	}

	int ret = add_part(compile, OP_LABEL, NULL, 0, NULL);
	if (ret == KNOT_EOK) {
		ret = compile_text(compile, label + 1, *label, true);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(compile, OP_LABEL_END, NULL, 0, NULL);
	}
	return ret;
}

static int compile_name(compile_t *compile, const uint8_t *name)
{
	static const uint8_t root = 0;

	const uint8_t *end = name;
	while (*end != '\0' && !hm_mark_is_origin(compile->tab, end)) {
		end = hm_dname_next(end);
	}
	if (hm_dname_is_address(name, end)) {
		return malformed(compile, "IP address instead of a host name");
	}

	int ret = add_part(compile, OP_NAME, NULL, 0, NULL);
	for (; ret == KNOT_EOK && name != end; name = hm_dname_next(name)) {
		ret = compile_label(compile, name);
	}
	if (ret == KNOT_EOK && *end != '\0') {
		compile->rdata->fixed = false;
		compile->rdata->splices++;
		ret = add_part(compile, OP_ORIGIN, NULL, 0, NULL);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(compile, OP_RAW, &root, sizeof(root), NULL);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(compile, OP_NAME_END, NULL, 0, NULL);
	}
	return ret;
}

static int compile_string(compile_t *compile, const uint8_t *wire, size_t len)
{
	if (len < 1 || len < 1u + *wire) {
		return malformed(compile, "malformed RDATA");
	}
	int ret = add_part(compile, OP_STRING, NULL, 0, NULL);
	if (ret == KNOT_EOK) {
		ret = compile_text(compile, wire + 1, *wire, false);
	}
	if (ret == KNOT_EOK) {
		ret = add_part(compile, OP_STRING_END, NULL, 0, NULL);
	}
	return (ret == KNOT_EOK) ? 1 + *wire : ret;
}

/*! \brief What cannot hold a variable: a relative name in it would lose the domain. */
static int compile_opaque(compile_t *compile, const uint8_t *wire, size_t len)
{
	for (size_t i = 0; i + HM_ORIGIN_SIZE <= len; i++) {
		if (hm_mark_is_origin(compile->tab, wire + i)) {
			return malformed(compile,
			                 "relative name not allowed in this type; "
			                 "end the name with a dot");
		}
	}
	return add_part(compile, OP_RAW, wire, len, NULL);
}

/*!
 * \brief Fields of the types with names and strings that the descriptors of libknot do not tell,
 *        or not all of its versions do.
 *
 * A digit stands for so many bytes, s for a character string, n for a name, t for text up to the
 * end, r for anything up to the end, o for the same with a name that nobody can see, + for one more
 * of the field before as long as there is data.
 */
static const char *special_fields(uint16_t type)
{
	switch (type) {
	case KNOT_RRTYPE_TXT:
	case KNOT_RRTYPE_SPF:
	case KNOT_RRTYPE_HINFO:
		return "s+";
	case KNOT_RRTYPE_CAA:   // RFC 8659, section 4.1
		return "1st";
	case KNOT_RRTYPE_URI:   // RFC 7553, section 4.5
		return "4t";
	case KNOT_RRTYPE_NAPTR: // RFC 3403, section 4.1
		return "4sssn";
	case KNOT_RRTYPE_SVCB:  // RFC 9460, section 2.2
	case KNOT_RRTYPE_HTTPS:
		return "2nr";
	case RRTYPE_IPSECKEY:
	case RRTYPE_HIP:
	case RRTYPE_AMTRELAY:
		return "o";
	default:
		return NULL;
	}
}

/*! \brief Compile one field; return how many bytes it took. */
static int compile_field(compile_t *compile, char field, const uint8_t *wire, size_t len)
{
	size_t used = len;
	int ret;
	switch (field) {
	case 's':
		return compile_string(compile, wire, len);
	case 'n':
		if (knot_dname_wire_check(wire, wire + len, NULL) <= 0) {
			return malformed(compile, "malformed RDATA");
		}
		used = knot_dname_size(wire);
		ret = compile_name(compile, wire);
		break;
	case 't':
		ret = compile_text(compile, wire, len, false);
		break;
	case 'r':
		ret = add_part(compile, OP_RAW, wire, len, NULL);
		break;
	case 'o':
		ret = compile_opaque(compile, wire, len);
		break;
	default:
		used = field - '0';
		if (len < used) {
			return malformed(compile, "malformed RDATA");
		}
		ret = add_part(compile, OP_RAW, wire, used, NULL);
	}
	return (ret == KNOT_EOK) ? (int)used : ret;
}

static int compile_special(compile_t *compile, const char *fields, const uint8_t *wire, size_t len)
{
	while (*fields != '\0') {
		bool more = (fields[0] == '+');
		if (more && len == 0) {
			return KNOT_EOK;
		}
		int ret = compile_field(compile, more ? fields[-1] : *fields, wire, len);
		if (ret < 0) {
			return ret;
		}
		wire += ret;
		len -= ret;
		fields += more ? 0 : 1;
	}
	return (len == 0) ? KNOT_EOK : malformed(compile, "malformed RDATA");
}

/*! \brief All other types, as libknot describes them: names, fixed blocks, a remainder. */
static int compile_described(compile_t *compile, const uint8_t *wire, size_t len)
{
	const knot_rdata_descriptor_t *desc = hm_rdata_descriptor(compile->rdata->type);
	for (size_t i = 0; desc->block_types[i] != KNOT_RDATA_WF_END; i++) {
		int block = desc->block_types[i], ret;
		switch (block) {
		case KNOT_RDATA_WF_FIXED_DNAME:
		case KNOT_RDATA_WF_COMPRESSIBLE_DNAME:
		case KNOT_RDATA_WF_DECOMPRESSIBLE_DNAME:
			ret = compile_field(compile, 'n', wire, len);
			break;
		default: // Whatever a later libknot has else is a remainder.
			if (block > 0 && len < (size_t)block) {
				return malformed(compile, "malformed RDATA");
			}
			ret = (block > 0) ? block : (int)len;
			int added = add_part(compile, OP_RAW, wire, ret, NULL);
			ret = (added == KNOT_EOK) ? ret : added;
		}
		if (ret < 0) {
			return ret;
		}
		wire += ret;
		len -= ret;
	}
	return (len == 0) ? KNOT_EOK : malformed(compile, "malformed RDATA");
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
	compile_t compile = { .rdata = rdata, .tab = tab };

	const char *fields = special_fields(type);
	int ret = (fields != NULL) ? compile_special(&compile, fields, wire, wire_len) :
	                             compile_described(&compile, wire, wire_len);
	if (ret != KNOT_EOK) {
		hm_rdata_free(rdata);
		if (ret == KNOT_EMALF) {
			*reason = compile.reason;
		}
		return ret;
	}

	*marks = compile.marks;
	*out = rdata;
	return KNOT_EOK;
}
