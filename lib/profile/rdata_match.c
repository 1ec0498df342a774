/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "hostedmail/match.h"
#include "rdata_internal.h"

/*! \brief Values that are tried before a record of hostile variables is given up. */
#define TRIES_MAX 100000

/*! \brief What a label ends with, as text; no byte of it. */
#define LABEL_END 0x100

/*! \brief Where characters come from. */
typedef enum {
	IN_TEXT,   /*!< Plain bytes up to the end. */
	IN_LABEL,
	IN_STRING,
} unit_t;

/*! \brief A place in the RDATA, and the part that is to match what follows. */
typedef struct {
	const uint8_t *pos;
	uint32_t part;
	unit_t unit;
	unsigned left; /*!< Bytes left in the label or the string. */
	bool full;     /*!< The string has 255 bytes, so that a long text may go on in the next. */
} cursor_t;

/*! \brief A value that is being tried. */
typedef struct {
	const hm_var_t *var;
	uint32_t pos; /*!< In the text of all values. */
	uint32_t len;
} trial_t;

typedef struct {
	const hm_rdata_t *rdata;
	const hm_domain_t *domain;
	const uint8_t *end;
	trial_t trials[HM_VARS_PER_DOMAIN_MAX];
	unsigned trials_count;
	uint8_t text[HM_VARS_MAX];
	uint32_t text_len;
	unsigned tries;
	unsigned solutions;
	uint8_t *vars;
	size_t *vars_len;
} match_t;

/*! \brief Begin a label or a string. */
static bool begin(const match_t *match, cursor_t *at, unit_t unit)
{
	if (at->pos >= match->end || at->pos + 1 + *at->pos > match->end) {
		return false;
	}
	at->unit = unit;
	at->left = *at->pos++;
	at->full = (unit == IN_STRING && at->left == UINT8_MAX);
	return true;
}

static bool goes_on(const match_t *match, const cursor_t *at)
{
	uint16_t type = match->rdata->type;
	return at->full && (type == KNOT_RRTYPE_TXT || type == KNOT_RRTYPE_SPF);
}

/*! \brief The next character, LABEL_END between two labels, negative if there is none. */
static int take(const match_t *match, cursor_t *at)
{
	if (at->unit == IN_TEXT) {
		return (at->pos < match->end) ? *at->pos++ : -1;
	}
	if (at->left == 0 && at->unit == IN_LABEL) {
		bool more = (at->pos < match->end && *at->pos != 0);
		return (more && begin(match, at, IN_LABEL)) ? LABEL_END : -1;
	}
	if (at->left == 0 && (!goes_on(match, at) || !begin(match, at, IN_STRING))) {
		return -1;
	}
	if (at->left == 0) {
		return -1;
	}
	at->left--;
	return *at->pos++;
}

static bool take_bytes(const match_t *match, cursor_t *at, const uint8_t *bytes, size_t len)
{
	if ((size_t)(match->end - at->pos) < len || memcmp(at->pos, bytes, len) != 0) {
		return false;
	}
	at->pos += len;
	return true;
}

/*! \brief Take text of a label or a string; in a name, dots of a value separate labels. */
static bool take_text(const match_t *match, cursor_t *at, const uint8_t *text, size_t len,
                      bool is_value)
{
	bool lowers = (at->unit == IN_LABEL && match->rdata->lowercase);
	for (size_t i = 0; i < len; i++) {
		int want = lowers ? lower(text[i]) : text[i];
		if (is_value && at->unit == IN_LABEL && want == '.') {
			want = LABEL_END;
		}
		if (take(match, at) != want) {
			return false;
		}
	}
	return true;
}

/*! \brief Take the domain as text, in the same forms as an expansion has it. */
static bool take_domain(const match_t *match, cursor_t *at, hm_var_kind_t kind)
{
	const char *separator = (kind == HM_VAR_DOMAIN) ? "." : (kind == HM_VAR_DASH) ? "-" : "--";
	const knot_dname_t *label = match->domain->name;
	for (bool first = true; *label != '\0'; label = hm_dname_next(label), first = false) {
		if (!first && !take_text(match, at, (const uint8_t *)separator, strlen(separator),
		                         false)) {
			return false;
		}
		uint8_t name[1 + KNOT_DNAME_MAXLABELLEN + 1] = { 0 };
		memcpy(name, label, 1 + *label);
		knot_dname_txt_storage_t txt;
		const uint8_t *text = label + 1;
		size_t len = *label;
		if (at->unit != IN_LABEL) {
			if (knot_dname_to_str(txt, name, sizeof(txt)) == NULL) {
				return false;
			}
			text = (const uint8_t *)txt;
			len = strlen(txt) - 1;
		}
		if (!take_text(match, at, text, len, false)) {
			return false;
		}
	}
	return true;
}

/*! \brief The value of a variable that is known or is being tried, NULL if it is neither. */
static const uint8_t *known_value(const match_t *match, const hm_var_t *var, size_t *len)
{
	for (unsigned i = 0; i < match->trials_count; i++) {
		if (match->trials[i].var == var) {
			*len = match->trials[i].len;
			return match->text + match->trials[i].pos;
		}
	}
	return hm_vars_get(match->domain, var->name, var->name_len, len);
}

/*! \brief All parts match: count, and keep the values of the first solution. */
static void solved(match_t *match)
{
	if (match->solutions++ > 0) {
		return;
	}
	for (unsigned i = 0; i < match->trials_count; i++) {
		const trial_t *trial = &match->trials[i];
		char text[HM_VAR_NAME_MAX + 1 + HM_VAR_VALUE_MAX];
		size_t len = trial->var->name_len;
		memcpy(text, trial->var->name, len);
		text[len++] = '=';
		memcpy(text + len, match->text + trial->pos, trial->len);
		const char *reason;
		// What has no room stays undefined.
		(void)hm_vars_add_raw(text, len + trial->len, match->vars, HM_VARS_MAX,
		                      match->vars_len, &reason);
	}
}

static void solve(match_t *match, cursor_t at);

/*! \brief Try all values of a variable, the shortest one first. */
static void try_values(match_t *match, const hm_var_t *var, cursor_t at)
{
	if (match->trials_count == HM_VARS_PER_DOMAIN_MAX) {
		return;
	}
	uint32_t start = match->text_len;
	trial_t *trial = &match->trials[match->trials_count++];
	*trial = (trial_t){ .var = var, .pos = start };
	while (match->solutions < 2 && match->tries < TRIES_MAX && trial->len < HM_VAR_VALUE_MAX &&
	       match->text_len < sizeof(match->text)) {
		int c = take(match, &at);
		if (c < 0 || (at.unit == IN_LABEL && c == '.')) {
			break;
		}
		match->text[match->text_len++] = (c == LABEL_END) ? '.' : c;
		trial->len++;
		match->tries++;
		solve(match, at);
	}
	match->text_len = start;
	match->trials_count--;
}

/*! \brief Match one part; a variable without a value is none of them. */
static bool match_part(const match_t *match, const hm_part_t *part, cursor_t *at)
{
	// Without any byte in all parts there is no buffer.
	const uint8_t *bytes = (const uint8_t *)"";
	if (part->len > 0) {
		bytes = match->rdata->bytes + part->pos;
	}
	size_t len;
	switch (part->op) {
	case OP_RAW:
		return take_bytes(match, at, bytes, part->len);
	case OP_NAME:
	case OP_NAME_END:
		return true;
	case OP_ORIGIN:
	case OP_DOMAIN:
		return take_bytes(match, at, match->domain->name, match->domain->size - 1);
	case OP_LABEL:
		return begin(match, at, IN_LABEL) && at->left > 0;
	case OP_STRING:
		return begin(match, at, IN_STRING);
	case OP_LABEL_END:
	case OP_STRING_END:
		at->unit = IN_TEXT;
		return at->left == 0;
	case OP_TEXT:
		return take_text(match, at, bytes, part->len, false);
	case OP_VAR:
		if (part->var->kind != HM_VAR_VALUE) {
			return take_domain(match, at, part->var->kind);
		}
		bytes = known_value(match, part->var, &len);
		return take_text(match, at, bytes, len, true);
	}
	return false; // Not reached.
}

/*! \brief Match all parts from here on. */
static void solve(match_t *match, cursor_t at)
{
	while (at.part < match->rdata->parts_count) {
		const hm_part_t *part = &match->rdata->parts[at.part++];
		size_t len;
		if (part->op == OP_VAR && part->var->kind == HM_VAR_VALUE &&
		    known_value(match, part->var, &len) == NULL) {
			try_values(match, part->var, at);
			return;
		}
		if (!match_part(match, part, &at)) {
			return;
		}
	}
	if (at.pos == match->end) {
		solved(match);
	}
}

unsigned hm_rdata_match(const hm_rdata_t *rdata, const hm_domain_t *domain, const uint8_t *wire,
                        size_t wire_len, uint8_t *vars, size_t *vars_len)
{
	match_t match;
	match.rdata = rdata;
	match.domain = domain;
	match.end = wire + wire_len;
	match.trials_count = 0;
	match.text_len = 0;
	match.tries = 0;
	match.solutions = 0;
	match.vars = vars;
	match.vars_len = vars_len;
	const cursor_t start = { .pos = wire };
	solve(&match, start);
	return match.solutions;
}
