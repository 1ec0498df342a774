/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "instructions_internal.h"
#include "json.h"
#include "web_form.h"

const char *const hm_instructions_names[] = {
	"domain", "unicode", "preview", "profile", "provider", "logo", "zone", "negative_ttl",
	"registrar", "name_servers", "name", "addresses", "parent", "by_hand", "alternative",
	"zone_file", "table", "entries", "owner", "host", "type", "ttl", "priority", "value",
	"rdata", "apex", "checks", "answers", "delegation", NULL
};

/*! \brief Instructions that are put into JSON. */
typedef struct {
	const hm_instructions_t *in;
	hm_rdata_reader_t *reader;
	knot_dname_txt_storage_t apex;  /*!< The domain, absolute. */
	knot_dname_txt_storage_t zone;  /*!< The zone that the customer edits, absolute. */
	const hm_text_record_t **records; /*!< Those under way. */
	size_t count;
} maker_t;

static bool is_at(const hm_text_record_t *record, const char *owner, const char *type)
{
	return strcmp(record->owner, owner) == 0 && strcmp(record->type, type) == 0;
}

/*! \brief Tell whether a record is the address of a host. */
static bool is_address(const hm_text_record_t *record, const char *host)
{
	return is_at(record, host, "A") || is_at(record, host, "AAAA");
}

static const hm_text_record_t *record_at(const maker_t *maker, size_t i)
{
	return &maker->in->records.records[i];
}

/*! \brief Tell whether a name is the domain or below it. */
static bool is_inside(const maker_t *maker, const char *name)
{
	knot_dname_storage_t host;
	return knot_dname_from_str(host, name, sizeof(host)) != NULL &&
	       knot_dname_in_bailiwick(host, maker->in->name) >= 0;
}

static json_t *without_dot(const char *name)
{
	size_t len = strlen(name);
	return json_stringn(name, (len > 1) ? len - 1 : len);
}

/*! \brief A name server; one below the domain needs its addresses, or nobody gets there. */
static int add_server(const maker_t *maker, const char *name, json_t *servers)
{
	json_t *addresses = json_array();
	bool inside = is_inside(maker, name);
	for (size_t i = 0; i < maker->in->records.records_count && inside; i++) {
		const hm_text_record_t *record = record_at(maker, i);
		if (is_address(record, name) &&
		    json_array_append_new(addresses, json_string(record->rdata)) != 0) {
			json_decref(addresses);
			return KNOT_ENOMEM;
		}
	}
	if (inside && json_array_size(addresses) == 0) {
		json_decref(addresses);
		hm_error_set(maker->in->error, "the name server %s is in the domain itself, and the "
		             "profile has no address for it: such a delegation leads nowhere; see "
		             "--way records", name);
		return KNOT_ENOENT;
	}
	json_t *server = json_pack("{s:o, s:o}", "name", without_dot(name), "addresses", addresses);
	return (json_array_append_new(servers, server) == 0) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief All name servers of the domain. */
static int make_servers(const maker_t *maker, json_t *servers)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < maker->in->records.records_count && ret == KNOT_EOK; i++) {
		const hm_text_record_t *record = record_at(maker, i);
		if (is_at(record, maker->apex, "NS")) {
			ret = add_server(maker, record->rdata, servers);
		}
	}
	return ret;
}

/*! \brief Choose the records of the delegation: NS, and addresses below the domain. */
static void choose_delegation(maker_t *maker)
{
	size_t all = maker->in->records.records_count;
	maker->count = 0;
	for (size_t i = 0; i < all; i++) {
		if (is_at(record_at(maker, i), maker->apex, "NS")) {
			maker->records[maker->count++] = record_at(maker, i);
		}
	}
	size_t servers = maker->count;
	for (size_t i = 0; i < all; i++) {
		const hm_text_record_t *record = record_at(maker, i);
		for (size_t n = 0; n < servers; n++) {
			if (is_address(record, maker->records[n]->rdata)) {
				maker->records[maker->count++] = record;
				break;
			}
		}
	}
}

/*! \brief Choose the records that the customer can set: all but what is the zone's own. */
static void choose_by_hand(maker_t *maker)
{
	maker->count = 0;
	for (size_t i = 0; i < maker->in->records.records_count; i++) {
		const hm_text_record_t *record = record_at(maker, i);
		if (strcmp(record->type, "SOA") != 0 && !is_at(record, maker->apex, "NS")) {
			maker->records[maker->count++] = record;
		}
	}
}

/*! \brief Take text apart into its lines. */
static json_t *lines_of(char *text)
{
	json_t *lines = json_array();
	char *save;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (json_array_append_new(lines, hm_json_text(line)) != 0) {
			json_decref(lines);
			return NULL;
		}
	}
	return lines;
}

/*! \brief A row of a table of records. */
typedef void (*row_f)(const void *records, size_t i, char *numbers, const char **cells);

/*! \brief Room for the numbers of a row: TTL and priority. */
#define NUMBER_MAX 16

/*! \brief Lines of a table that is aligned. */
static json_t *make_table(hm_table_t *table, bool head, const void *records, size_t count,
                          row_f row)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	if (file == NULL) {
		return NULL;
	}
	const hm_out_t out = { .file = file };
	const char *cells[HM_TABLE_COLUMNS];
	char numbers[2 * NUMBER_MAX];
	for (size_t i = 0; i < count; i++) {
		row(records, i, numbers, cells);
		hm_table_fit(table, cells);
	}
	if (head) {
		hm_table_head(table, &out);
	}
	for (size_t i = 0; i < count; i++) {
		row(records, i, numbers, cells);
		hm_table_row(table, &out, cells);
	}
	bool failed = ferror(file);
	json_t *lines = (fclose(file) == 0 && !failed) ? lines_of(text) : NULL;
	free(text);
	return lines;
}

static void zone_file_row(const void *records, size_t i, char *numbers, const char **cells)
{
	const hm_text_record_t *record = ((const hm_text_record_t *const *)records)[i];
	snprintf(numbers, NUMBER_MAX, "%" PRIu32, record->ttl);
	cells[0] = record->owner;
	cells[1] = numbers;
	cells[2] = "IN";
	cells[3] = record->type;
	cells[4] = record->rdata;
}

static json_t *make_zone_file(const maker_t *maker)
{
	hm_table_t table = {
		.columns = { { "", false, 0 }, { "", true, 0 }, { "", false, 0 }, { "", false, 0 },
		             { "", false, 0 } },
		.count = 5,
	};
	return make_table(&table, false, maker->records, maker->count, zone_file_row);
}

static void form_row(const void *records, size_t i, char *numbers, const char **cells)
{
	const json_t *entry = json_array_get(records, i);
	const json_t *priority = json_object_get(entry, "priority");
	char *text = numbers + NUMBER_MAX;
	snprintf(numbers, NUMBER_MAX, "%" JSON_INTEGER_FORMAT,
	         json_integer_value(json_object_get(entry, "ttl")));
	snprintf(text, NUMBER_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(priority));
	cells[0] = json_string_value(json_object_get(entry, "host"));
	cells[1] = json_string_value(json_object_get(entry, "type"));
	cells[2] = numbers;
	cells[3] = json_is_integer(priority) ? text : "";
	cells[4] = json_string_value(json_object_get(entry, "value"));
}

/*! \brief The chosen records: a zone file, the entries of a form, and those as a table. */
static json_t *make_records(const maker_t *maker)
{
	json_t *entries = json_array();
	for (size_t i = 0; i < maker->count; i++) {
		if (json_array_append_new(entries, hm_web_form(maker->reader, maker->records[i],
		                                               maker->zone)) != 0) {
			json_decref(entries);
			return NULL;
		}
	}
	hm_table_t table = {
		.columns = { { "Name", false, 0 }, { "Type", false, 0 }, { "TTL", true, 0 },
		             { "Priority", true, 0 }, { "Value", false, 0 } },
		.count = 5,
	};
	json_t *lines = make_table(&table, true, entries, json_array_size(entries), form_row);
	return json_pack("{s:o, s:o, s:o}", "zone_file", make_zone_file(maker),
	                 "entries", entries, "table", lines);
}

/*! \brief Tell whether a name can be a word on a command line as it is. */
static bool is_plain(const char *name)
{
	for (const char *pos = name; *pos != '\0'; pos++) {
		if (!isalnum((unsigned char)*pos) && strchr("._", *pos) == NULL &&
		    (*pos != '-' || pos == name)) {
			return false;
		}
	}
	return true;
}

/*! \brief Add what to ask, and the answers. */
static int add_check(const maker_t *maker, const char *owner, const char *type, bool delegation,
                     json_t *checks)
{
	json_t *answers = json_array();
	for (size_t i = 0; i < maker->in->records.records_count; i++) {
		const hm_text_record_t *record = record_at(maker, i);
		if (is_at(record, owner, type) &&
		    json_array_append_new(answers, json_string(record->rdata)) != 0) {
			json_decref(answers);
			return KNOT_ENOMEM;
		}
	}
	if (json_array_size(answers) == 0 || !is_plain(owner)) {
		json_decref(answers);
		return KNOT_EOK;
	}
	json_t *check = json_pack("{s:o, s:s, s:o, s:b}", "name", without_dot(owner), "type", type,
	                          "answers", answers, "delegation", delegation);
	return (json_array_append_new(checks, check) == 0) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief How to see whether it is done: the name servers, then the mail exchangers. */
static int make_checks(const maker_t *maker, json_t *checks)
{
	int ret = KNOT_EOK;
	if (maker->in->way != HM_WAY_RECORDS) {
		ret = add_check(maker, maker->apex, "NS", true, checks);
	}
	if (ret == KNOT_EOK) {
		ret = add_check(maker, maker->apex, "MX", false, checks);
	}
	return ret;
}

/*! \brief Seconds for which "there is no such name" is remembered (RFC 2308, section 5). */
static json_int_t negative_ttl(const hm_instructions_t *in)
{
	const hm_text_record_t *soa = &in->records.records[0];
	const char *last = strrchr(soa->rdata, ' ');
	json_int_t minimum = (last != NULL) ? strtoll(last, NULL, 10) : 0;
	return (minimum < soa->ttl) ? minimum : soa->ttl;
}

/*! \brief Put all together. */
static int make(maker_t *maker, json_t *values)
{
	const hm_instructions_t *in = maker->in;
	knot_dname_txt_storage_t zone;
	json_t *registrar = json_null(), *parent = json_null(), *by_hand = json_null();
	json_t *servers = json_array(), *checks = json_array();
	int ret = (in->way != HM_WAY_RECORDS) ? make_servers(maker, servers) : KNOT_EOK;
	if (ret == KNOT_EOK && in->way == HM_WAY_DOMAIN) {
		registrar = json_pack("{s:O}", "name_servers", servers);
	} else if (ret == KNOT_EOK && in->way == HM_WAY_SUBDOMAIN) {
		choose_delegation(maker);
		parent = make_records(maker);
	}
	if (ret == KNOT_EOK && (in->way == HM_WAY_RECORDS || !in->is_way_given)) {
		choose_by_hand(maker);
		by_hand = make_records(maker);
		json_object_set_new(by_hand, "alternative",
		                    json_boolean(in->way != HM_WAY_RECORDS));
		json_object_set_new(by_hand, "apex",
		                    json_boolean(knot_dname_is_equal(in->name, in->zone)));
	}
	if (ret == KNOT_EOK) {
		ret = make_checks(maker, checks);
	}
	json_t *all = json_pack(
		"{s:s, s:o, s:b, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:I, s:o}",
		"domain", in->text, "unicode", hm_json_text(in->unicode), "preview", in->preview,
		"profile", hm_json_text(hm_profile_name(in->profile)),
		"provider", hm_json_text(in->opts->provider), "logo", hm_json_text(in->logo),
		"zone", hm_idn_text(in->zone, zone), "registrar", registrar, "parent", parent,
		"by_hand", by_hand, "negative_ttl", negative_ttl(in), "checks", checks);
	json_decref(servers);
	if (ret == KNOT_EOK && (all == NULL || json_object_update(values, all) != 0)) {
		ret = KNOT_ENOMEM;
	}
	json_decref(all);
	return ret;
}

int hm_instructions_values(const hm_instructions_t *instructions, json_t **values)
{
	maker_t maker = { .in = instructions, .reader = hm_rdata_reader_new() };
	maker.records = calloc(instructions->records.records_count, sizeof(*maker.records));
	json_t *all = json_object();
	int ret = KNOT_ENOMEM;
	if (maker.reader != NULL && maker.records != NULL && all != NULL &&
	    knot_dname_to_str(maker.apex, instructions->name, sizeof(maker.apex)) != NULL &&
	    knot_dname_to_str(maker.zone, instructions->zone, sizeof(maker.zone)) != NULL) {
		ret = make(&maker, all);
	}
	if (ret == KNOT_EOK) {
		*values = all;
		all = NULL;
	} else if (ret == KNOT_ENOMEM) {
		hm_error_set(instructions->error, "out of memory");
	}
	json_decref(all);
	hm_rdata_reader_free(maker.reader);
	free(maker.records);
	return ret;
}
