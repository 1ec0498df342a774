/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "profile_internal.h"
#include "rdata_internal.h"

/*! \brief Most bytes of a target that are shown. */
#define SHOWN_MAX 256

/*! \brief Stands for the labels of the domain. */
static const uint8_t whole_domain[1];

/*! \brief A name of RDATA up to the domain that it is relative to. */
typedef struct {
	const uint8_t *labels[KNOT_DNAME_MAXLABELS]; /*!< NULL for one with a variable,
	                                                  whole_domain for {domain}. */
	unsigned count;
	unsigned least;        /*!< Fewest labels that it has: a domain has two at least. */
	char text[SHOWN_MAX];  /*!< The same for the operator, perhaps cut. */
	size_t text_len;
} target_t;

static void add_char(target_t *target, char c)
{
	if (target->text_len < sizeof(target->text) - 1) {
		target->text[target->text_len++] = c;
	}
}

/*! \brief Show the bytes of a label as a master file has them, more or less. */
static void add_bytes(target_t *target, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char escaped[5];
		if (isascii(bytes[i]) && isgraph(bytes[i]) && bytes[i] != '.') {
			add_char(target, bytes[i]);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "\\%03u", bytes[i]);
		for (const char *c = escaped; *c != '\0'; c++) {
			add_char(target, *c);
		}
	}
}

static void add_var(target_t *target, const hm_var_t *var)
{
	static const char *const forms[] = {
		[HM_VAR_DOMAIN] = "domain", [HM_VAR_DASH] = "domain:-",
		[HM_VAR_DASHES] = "domain:--", [HM_VAR_VALUE] = "",
	};
	const char *name = forms[var->kind];
	add_char(target, '{');
	add_bytes(target, (const uint8_t *)name, strlen(name));
	add_bytes(target, (const uint8_t *)var->name, var->name_len);
	add_char(target, '}');
}

/*! \brief Start the next label, whose bytes are known or not. */
static void add_label(target_t *target, const uint8_t *label)
{
	if (target->count > 0) {
		add_char(target, '.');
	}
	if (target->count < KNOT_DNAME_MAXLABELS) {
		target->labels[target->count++] = label;
		target->least += (label == whole_domain) ? 2 : 1;
	}
}

/*! \brief Add the whole labels of an OP_RAW, the root label not counted. */
static void add_labels(target_t *target, const uint8_t *label, size_t len)
{
	for (const uint8_t *end = label + len; label < end && *label != '\0';
	     label = hm_dname_next(label)) {
		add_label(target, label);
		add_bytes(target, label + 1, *label);
	}
}

/*!
 * \brief Read a name of RDATA.
 *
 * \param[in]     rdata   Compiled RDATA.
 * \param[in,out] part    Part after the OP_NAME, then the OP_NAME_END.
 * \param[out]    target  The name, if it is relative.
 *
 * \return True if it is relative.
 */
static bool read_target(const hm_rdata_t *rdata, uint32_t *part, target_t *target)
{
	static const hm_var_t domain = { .kind = HM_VAR_DOMAIN };
	memset(target, 0, sizeof(*target));
	bool relative = false;
	for (; rdata->parts[*part].op != OP_NAME_END; (*part)++) {
		const hm_part_t *p = &rdata->parts[*part];
		switch (p->op) {
		case OP_RAW:
			add_labels(target, rdata->bytes + p->pos, p->len);
			break;
		case OP_DOMAIN:
			add_label(target, whole_domain);
			add_var(target, &domain);
			break;
		case OP_LABEL:
			add_label(target, NULL);
			break;
		case OP_TEXT:
			add_bytes(target, rdata->bytes + p->pos, p->len);
			break;
		case OP_VAR:
			add_var(target, p->var);
			break;
		case OP_ORIGIN:
			relative = true;
			break;
		default:
			break;
		}
	}
	return relative;
}

/*! \brief Find the child of a node with a label of any case. */
static const hm_node_t *find_child(const hm_node_t *node, const uint8_t *label)
{
	uint8_t low[1 + KNOT_DNAME_MAXLABELLEN] = { *label };
	for (int i = 1; i <= *label; i++) {
		low[i] = lower(label[i]);
	}
	return hm_node_child(node, low);
}

/*! \brief Tell whether a target is an owner of the profile, or may be for some domain. */
static bool is_owner(const hm_profile_t *profile, const target_t *target)
{
	const hm_node_t *node = profile->apex;
	for (unsigned i = target->count; i > 0; i--) {
		const uint8_t *label = target->labels[i - 1];
		if (label == NULL) {
			return node->children_count > 0;
		}
		// No profile has the labels of its domains below the domain.
		const hm_node_t *child = (label != whole_domain) ? find_child(node, label) : NULL;
		if (child == NULL) {
			return node->wildcard != NULL;
		}
		node = child;
	}
	return node->rrsets_count > 0;
}

static void check_record(const hm_profile_t *profile, const hm_record_t *record,
                         hm_report_f report, void *ctx)
{
	const hm_rdata_t *rdata = record->rdata;
	target_t target;
	for (uint32_t i = 0; i < rdata->parts_count; i++) {
		if (rdata->parts[i].op != OP_NAME || !read_target(rdata, &i, &target) ||
		    target.least < 2 || is_owner(profile, &target)) {
			continue;
		}
		char reason[2 * SHOWN_MAX + 100];
		snprintf(reason, sizeof(reason), "the target '%s' makes %s.<domain>.; is its final "
		         "dot missing?", target.text, target.text);
		report(ctx, HM_WARNING, record->file, record->line, reason);
	}
}

void hm_profile_check_targets(const hm_profile_t *profile, hm_report_f report, void *ctx)
{
	for (size_t i = 0; i < profile->records_count; i++) {
		check_record(profile, &profile->records[i], report, ctx);
	}
}
