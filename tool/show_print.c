/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "json.h"
#include "show_internal.h"
#include "why.h"

/*! \brief Most nested domains in the text for people. */
#define NESTED_SHOWN 10

/*! \brief Line of the hosted file that counts: the last one that is not wrong; 0 if all are. */
static uint64_t line_of(const hm_show_t *show)
{
	for (size_t i = show->located.lines_count; i > 0; i--) {
		uint64_t line = show->located.lines[i - 1];
		bool wrong = false;
		for (size_t f = 0; f < show->findings_count; f++) {
			wrong |= (show->findings[f].line == line &&
			          show->findings[f].severity == HM_ERROR);
		}
		if (!wrong) {
			return line;
		}
	}
	return 0;
}

/*! \brief A line of a master file that is a comment, whatever is in it. */
__attribute__((format(printf, 2, 3)))
static void comment(const hm_show_t *show, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		return;
	}
	for (char *pos = text; *pos != '\0'; pos++) {
		*pos = iscntrl((unsigned char)*pos) ? '?' : *pos;
	}
	hm_out_print(&show->out, HM_STYLE_FAINT, ";%s%s", (*text != '\0') ? " " : "", text);
	fputc('\n', show->out.file);
	free(text);
}

static void comment_names(const hm_show_t *show, const char *what, const hm_show_names_t *names)
{
	if (names->total == 0) {
		return;
	}
	size_t shown = (names->names_count < NESTED_SHOWN) ? names->names_count : NESTED_SHOWN;
	for (size_t i = 0; i < shown; i++) {
		comment(show, "%-10s %s", (i == 0) ? what : "", names->names[i]);
	}
	if (names->total > shown) {
		comment(show, "%-10s and %zu more", "", names->total - shown);
	}
}

/*! \brief What is said of the domain before its records. */
static void print_head(const hm_show_t *show)
{
	const char *file = show->loaded.source.section->hosted_file;
	bool both = (show->unicode != NULL && hm_idn_can_show());
	comment(show, "%s%s%s%s is hosted", show->text, both ? " (" : "", both ? show->unicode : "",
	        both ? ")" : "");
	if (show->owner.flagged) {
		char *flag = hm_flags_text(&show->owner.flag.txt);
		knot_dname_txt_storage_t zone;
		comment(show, "%-10s the hosted zone %s, TXT %s", "by",
		        hm_idn_text(show->owner.flag.zone, zone), (flag != NULL) ? flag : "");
		free(flag);
	} else {
		comment(show, "%-10s the hosted file, %s:%" PRIu64, "by", file, line_of(show));
	}
	comment(show, "%-10s %s, %s", "profile", hm_profile_name(show->profile),
	        hm_profile_file(show->profile));
	if (*show->vars != '\0') {
		comment(show, "%-10s %s", "variables", show->vars);
	}
	comment_names(show, "above", &show->above);
	comment_names(show, "below", &show->below);
	if (show->zones.total > 0) {
		comment(show, "An ordinary zone of the server answers in place of this domain, at "
		        "and below its name:");
		comment_names(show, "zone", &show->zones);
	}
	for (size_t i = 0; i < show->findings_count; i++) {
		const hm_show_finding_t *finding = &show->findings[i];
		comment(show, "%-10s %s:%" PRIu64 ": %s",
		        (finding->severity == HM_ERROR) ? "error" : "warning", file, finding->line,
		        finding->reason);
	}
}

static void print_records(const hm_show_t *show)
{
	hm_table_t table = {
		.columns = { { .title = "" }, { .title = "", .right = true }, { .title = "" },
		             { .title = "" } },
		.count = 4,
	};
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < show->zone.records_count; i++) {
			const hm_text_record_t *record = &show->zone.records[i];
			char ttl[16];
			snprintf(ttl, sizeof(ttl), "%" PRIu32, record->ttl);
			const char *const cells[] = {
				record->owner, ttl, record->type, record->rdata,
			};
			if (pass == 0) {
				hm_table_fit(&table, cells);
			} else {
				hm_table_row(&table, &show->out, cells);
			}
		}
	}
}

/*! \brief What is said after the records: those that are missing. */
static void print_lacks(const hm_show_t *show)
{
	const hm_zone_text_t *zone = &show->zone;
	if (zone->lacks_count > 0) {
		comment(show, "%s", "");
		comment(show, "Left out, since the domain does not define a variable:");
	}
	for (size_t i = 0; i < zone->lacks_count; i++) {
		const hm_text_lack_t *lack = &zone->lacks[i];
		comment(show, "%s %s needs %s=... (%s:%" PRIu64 ")", lack->owner, lack->type,
		        lack->variable, lack->file, lack->line);
	}
	if (zone->ghosts_count > 0) {
		comment(show, "These names exist without a record (NODATA), which a zone file "
		        "cannot say:");
	}
	for (size_t i = 0; i < zone->ghosts_count; i++) {
		comment(show, "%s", zone->ghosts[i]);
	}
	if (zone->hidden_count > 0) {
		comment(show, "Records of the profile at these names are not there, since a nested "
		        "domain has them:");
	}
	for (size_t i = 0; i < zone->hidden_count; i++) {
		comment(show, "%s", zone->hidden[i]);
	}
}

static json_t *json_names(const hm_show_names_t *names)
{
	json_t *array = json_array();
	for (size_t i = 0; i < names->names_count; i++) {
		json_array_append_new(array, json_string(names->names[i]));
	}
	return json_pack("{s:I, s:o}", "count", (json_int_t)names->total, "names", array);
}

/*! \brief Strings of the flag, as they are in the zone. */
static json_t *json_flag(const hm_show_t *show)
{
	char *text = hm_flags_text(&show->owner.flag.txt);
	knot_dname_txt_storage_t zone;
	json_t *flag = json_pack("{s:s, s:o}",
	                         "zone", hm_idn_text(show->owner.flag.zone, zone),
	                         "txt", hm_json_text(text));
	free(text);
	return flag;
}

static void json_records(const hm_show_t *show, hm_json_t *json)
{
	hm_json_array(json, "records");
	for (size_t i = 0; i < show->zone.records_count; i++) {
		const hm_text_record_t *record = &show->zone.records[i];
		hm_json_element(json, json_pack(
			"{s:s, s:I, s:s, s:s}", "owner", record->owner,
			"ttl", (json_int_t)record->ttl, "type", record->type,
			"rdata", record->rdata));
	}
	hm_json_array_end(json);
	hm_json_array(json, "left_out");
	for (size_t i = 0; i < show->zone.lacks_count; i++) {
		const hm_text_lack_t *lack = &show->zone.lacks[i];
		hm_json_element(json, json_pack(
			"{s:s, s:s, s:s, s:o, s:I}", "owner", lack->owner, "type", lack->type,
			"variable", lack->variable, "file", hm_json_text(lack->file),
			"line", (json_int_t)lack->line));
	}
	hm_json_array_end(json);
	hm_json_array(json, "empty");
	for (size_t i = 0; i < show->zone.ghosts_count; i++) {
		hm_json_element(json, json_string(show->zone.ghosts[i]));
	}
	hm_json_array_end(json);
	hm_json_array(json, "hidden");
	for (size_t i = 0; i < show->zone.hidden_count; i++) {
		hm_json_element(json, json_string(show->zone.hidden[i]));
	}
	hm_json_array_end(json);
}

/*! \brief Print all of it for programs. */
static int print_json(const hm_show_t *show, const char *why)
{
	hm_json_t json;
	const char *file = show->loaded.source.section->hosted_file;
	hm_json_begin(&json, show->out.file);
	hm_json_member(&json, "domain", json_string(show->text));
	hm_json_member(&json, "unicode", hm_json_text(show->unicode));
	hm_json_member(&json, "hosted", json_boolean(show->profile != NULL));
	hm_json_member(&json, "reason", hm_json_text(why));
	hm_json_array(&json, "findings");
	for (size_t i = 0; i < show->findings_count; i++) {
		const hm_show_finding_t *finding = &show->findings[i];
		hm_json_element(&json, json_pack(
			"{s:s, s:o, s:I, s:o}",
			"severity", (finding->severity == HM_ERROR) ? "error" : "warning",
			"file", hm_json_text(file), "line", (json_int_t)finding->line,
			"reason", hm_json_text(finding->reason)));
	}
	hm_json_array_end(&json);
	if (show->profile != NULL) {
		bool flagged = show->owner.flagged;
		hm_json_member(&json, "tier", json_string(flagged ? "zone" : "file"));
		hm_json_member(&json, "line", flagged ? json_null() : json_pack(
			"{s:o, s:I}", "file", hm_json_text(file),
			"line", (json_int_t)line_of(show)));
		hm_json_member(&json, "flag", flagged ? json_flag(show) : json_null());
		hm_json_member(&json, "profile", json_pack(
			"{s:o, s:o}", "name", hm_json_text(hm_profile_name(show->profile)),
			"file", hm_json_text(hm_profile_file(show->profile))));
		hm_json_member(&json, "variables", hm_vars_json(&show->owner.domain));
		hm_json_member(&json, "above", json_names(&show->above));
		hm_json_member(&json, "below", json_names(&show->below));
		hm_json_member(&json, "zones", json_names(&show->zones));
		json_records(show, &json);
	}
	return hm_json_end(&json);
}

static int print_not_hosted(const hm_show_t *show)
{
	char why[HM_WHY_MAX];
	const hm_why_t facts = {
		.loaded = &show->loaded, .name = show->name, .owner = &show->owner,
		.found = show->found, .reason = show->reason,
	};
	hm_why_not_hosted(&facts, why);
	bool plain = (!show->found && show->owner.flag.refused != show->name &&
	              !hm_flag_is_none(&show->owner.flag, knot_dname_labels(show->name, NULL)));
	knot_dname_storage_t nearest;
	knot_dname_txt_storage_t text;
	if (plain && hm_why_nearest(&show->loaded, show->name, nearest)) {
		size_t len = strlen(why);
		snprintf(why + len, sizeof(why) - len, "; is %s meant?",
		         hm_idn_text(nearest, text));
	}
	const hm_out_t out = hm_out_to(stderr, show->opts->color);
	for (size_t i = 0; i < show->findings_count; i++) {
		hm_out_finding(&out, show->findings[i].severity,
		               show->loaded.source.section->hosted_file, show->findings[i].line,
		               show->findings[i].reason);
	}
	fprintf(stderr, "%s\n", why);
	return show->opts->json ? print_json(show, why) : KNOT_EOK;
}

int hm_show_print(const hm_show_t *show)
{
	if (show->profile == NULL) {
		return print_not_hosted(show);
	}
	if (show->opts->json) {
		return print_json(show, NULL);
	}
	print_head(show);
	print_records(show);
	print_lacks(show);
	return KNOT_EOK;
}
