/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "verify_internal.h"
#include "words.h"

static const char *validation(const hm_facts_t *facts)
{
	if (facts->bogus != NULL) {
		return "bogus";
	}
	if (facts->mx == HM_FOUND_FAILURE) {
		return "failed";
	}
	return !facts->validates ? "off" : facts->is_secure ? "secure" : "insecure";
}

char *hm_verify_state(const hm_facts_t *facts)
{
	hm_words_t words = { 0 };
	for (uint16_t i = 0; i < facts->parent->ns.count; i++) {
		hm_words_add_name(&words, knot_rdataset_at(&facts->parent->ns, i)->data);
	}
	size_t asked = 0;
	for (size_t i = 0; i < facts->servers_count; i++) {
		asked += (facts->servers[i].udp[0] != HM_MATCH_UNREACHABLE);
	}
	char *names = hm_words_end(&words), *text = NULL;
	if (names == NULL) {
		return NULL;
	}
	const char *signs = facts->is_secure ? "its answers validate" : facts->validates ?
	                    "it is not signed" : "answers were not validated, without trust anchors";
	bool hand = hm_verify_is_by_hand(facts);
	if (asprintf(&text, "%s%s%s; %zu addresses of name servers were asked; %s",
	             hand ? "its records are set by hand" : "delegated to ",
	             (hand && *names != '\0') ? " at " : "", names, asked, signs) < 0) {
		text = NULL;
	}
	free(names);
	return text;
}

static json_t *json_name(const knot_dname_t *name)
{
	knot_dname_txt_storage_t text;
	return (name != NULL) ? json_string(hm_idn_text(name, text)) : json_null();
}

static json_t *json_verdicts(const hm_verdicts_t *verdicts)
{
	json_t *array = json_array();
	for (size_t i = 0; i < verdicts->count; i++) {
		const hm_verdict_t *item = &verdicts->items[i];
		json_array_append_new(array, json_pack(
			"{s:s, s:s, s:o, s:o}", "code", item->code, "severity",
			(item->severity == HM_ERROR) ? "error" : "warning",
			"what", hm_json_text(item->what), "action", hm_json_text(item->action)));
	}
	return array;
}

static json_t *json_parent(const hm_parent_facts_t *parent)
{
	static const char *const results[] = {
		[HM_PARENT_SILENT] = "silent", [HM_PARENT_DELEGATED] = "delegated",
		[HM_PARENT_NODATA] = "nodata", [HM_PARENT_NXDOMAIN] = "nxdomain",
	};
	json_t *names = json_array();
	for (uint16_t i = 0; i < parent->ns.count; i++) {
		json_array_append_new(names, json_name(knot_rdataset_at(&parent->ns, i)->data));
	}
	return json_pack("{s:o, s:b, s:s, s:o, s:b}", "zone", json_name(parent->zone),
	                 "registry", parent->is_registry, "result", results[parent->result],
	                 "name_servers", names, "ds", parent->has_ds);
}

/*! \brief A word for how an answer compares, for programs. */
static const char *match_word(hm_match_t match)
{
	static const char *const words[] = {
		[HM_MATCH_RIGHT] = "right", [HM_MATCH_OTHER] = "other",
		[HM_MATCH_NODATA] = "nodata", [HM_MATCH_NXDOMAIN] = "nxdomain",
		[HM_MATCH_LAME] = "lame", [HM_MATCH_REFUSED] = "refused",
		[HM_MATCH_SERVFAIL] = "servfail", [HM_MATCH_ERROR] = "error",
		[HM_MATCH_GARBAGE] = "garbage", [HM_MATCH_CLOSED] = "closed",
		[HM_MATCH_TIMEOUT] = "timeout", [HM_MATCH_UNREACHABLE] = "unreachable",
	};
	return words[match];
}

static json_t *json_servers(const hm_facts_t *facts)
{
	json_t *array = json_array();
	for (size_t i = 0; i < facts->servers_count; i++) {
		const hm_server_facts_t *server = &facts->servers[i];
		char address[HM_ADDRESS_MAX];
		hm_match_t worst = HM_MATCH_RIGHT;
		for (size_t r = 0; r < facts->expect->count; r++) {
			worst = (server->udp[r] > worst) ? server->udp[r] : worst;
		}
		json_array_append_new(array, json_pack(
			"{s:o, s:s, s:s, s:s}", "name", json_name(server->name), "address",
			hm_address_text(&server->address, address), "udp", match_word(worst), "tcp",
			match_word(server->tcp)));
	}
	return array;
}

json_t *hm_verify_json(const hm_facts_t *facts, const hm_verdicts_t *verdicts)
{
	return json_pack("{s:o, s:b, s:o, s:o, s:b, s:o, s:s, s:{s:i, s:i, s:i}, s:o}",
	                 "domain", json_name(facts->domain), "hosted", true,
	                 "profile", hm_json_text(facts->profile),
	                 "parent", json_parent(facts->parent),
	                 "by_hand", hm_verify_is_by_hand(facts), "servers", json_servers(facts),
	                 "validation", validation(facts), "spf",
	                 "records", (int)facts->spf.records, "lookups", (int)facts->spf.lookups,
	                 "void", (int)facts->spf.voids, "findings", json_verdicts(verdicts));
}

json_t *hm_verify_json_not_hosted(const knot_dname_t *domain, const hm_verdicts_t *verdicts)
{
	return json_pack("{s:o, s:b, s:o}", "domain", json_name(domain), "hosted", false,
	                 "findings", json_verdicts(verdicts));
}

void hm_verify_print(const hm_out_t *out, const hm_verify_item_t *item, bool also_right)
{
	knot_dname_txt_storage_t name;
	hm_idn_text(item->name, name);
	if (item->verdicts.count == 0) {
		if (also_right) {
			hm_out_print(out, HM_STYLE_GOOD, "%s: all right", name);
			fprintf(out->file, ": %s\n", (item->state != NULL) ? item->state : "");
		}
		return;
	}
	for (size_t i = 0; i < item->verdicts.count; i++) {
		const hm_verdict_t *verdict = &item->verdicts.items[i];
		bool error = (verdict->severity == HM_ERROR);
		hm_out_print(out, HM_STYLE_BOLD, "%s: ", name);
		hm_out_print(out, error ? HM_STYLE_ERROR : HM_STYLE_WARNING, "%s: ",
		             error ? "error" : "warning");
		fprintf(out->file, "%s\n    %s\n", verdict->what, verdict->action);
	}
}

void hm_verify_count(hm_verify_summary_t *summary, const hm_verify_item_t *item)
{
	summary->domains++;
	summary->right += (item->verdicts.count == 0);
	for (size_t code = 0; hm_verify_codes[code].code != NULL; code++) {
		bool has = false;
		for (size_t i = 0; i < item->verdicts.count; i++) {
			has |= (strcmp(item->verdicts.items[i].code, hm_verify_codes[code].code) == 0);
		}
		summary->codes[code] += has;
	}
}

void hm_verify_print_summary(const hm_out_t *out, const hm_verify_summary_t *summary)
{
	hm_table_t table = {
		.columns = { { .title = "FINDING" }, { .title = "DOMAINS", .right = true },
		             { .title = "WHAT IT IS" } },
		.count = 3,
	};
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			hm_table_head(&table, out);
		}
		for (size_t i = 0; hm_verify_codes[i].code != NULL; i++) {
			char count[24];
			snprintf(count, sizeof(count), "%zu", summary->codes[i]);
			const char *const cells[] = {
				hm_verify_codes[i].code, count, hm_verify_codes[i].meaning,
			};
			if (summary->codes[i] == 0) {
				continue;
			}
			if (pass == 0) {
				hm_table_fit(&table, cells);
			} else {
				hm_table_row(&table, out, cells);
			}
		}
		if (summary->right == summary->domains) {
			break;
		}
	}
	fprintf(out->file, "%zu domains, %zu all right, %zu with findings\n", summary->domains,
	        summary->right, summary->domains - summary->right);
}

void hm_verify_json_summary(hm_json_t *json, const hm_verify_summary_t *summary)
{
	hm_json_member(json, "checked", json_integer(summary->domains));
	hm_json_member(json, "right", json_integer(summary->right));
	hm_json_array(json, "summary");
	for (size_t i = 0; hm_verify_codes[i].code != NULL; i++) {
		if (summary->codes[i] > 0) {
			hm_json_element(json, json_pack("{s:s, s:I}", "code", hm_verify_codes[i].code,
			                                "domains", (json_int_t)summary->codes[i]));
		}
	}
	hm_json_array_end(json);
}
