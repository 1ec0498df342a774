/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/profile.h"
#include "profile_internal.h"

/*! \brief Where a node stands among the children of its parent. */
static uint32_t child_index(const hm_node_t *node)
{
	const hm_node_t *parent = node->parent;
	uint32_t from = 0, to = parent->children_count;
	while (to - from > 1) {
		uint32_t middle = from + (to - from) / 2;
		if (hm_label_cmp(node->label, parent->children[middle]->label) < 0) {
			to = middle;
		} else {
			from = middle;
		}
	}
	return from;
}

const hm_node_t *hm_node_next(const hm_node_t *node)
{
	if (node->children_count > 0) {
		return node->children[0];
	}
	for (; node->parent != NULL; node = node->parent) {
		uint32_t next = child_index(node) + 1;
		if (next < node->parent->children_count) {
			return node->parent->children[next];
		}
	}
	return NULL;
}

/*! \brief The first variable of a record that a domain does not define, NULL if there is none. */
static const hm_var_t *missing_var(const hm_rdata_t *rdata, const hm_domain_t *domain)
{
	for (uint32_t i = 0; i < rdata->parts_count; i++) {
		const hm_var_t *var = rdata->parts[i].var;
		size_t len;
		if (var != NULL && var->kind == HM_VAR_VALUE &&
		    hm_vars_get(domain, var->name, var->name_len, &len) == NULL) {
			return var;
		}
	}
	return NULL;
}

void hm_node_left_out(const hm_node_t *node, const hm_domain_t *domain, hm_left_out_f on_left_out,
                      void *ctx)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		const hm_rrset_t *rrset = &node->rrsets[i];
		for (size_t r = 0; r < rrset->count; r++) {
			const hm_record_t *record = &rrset->records[r];
			const hm_left_out_t left_out = {
				.file = record->file, .line = record->line, .type = record->type,
				.var = missing_var(record->rdata, domain),
			};
			if (left_out.var != NULL) {
				on_left_out(ctx, &left_out);
			}
		}
	}
}
