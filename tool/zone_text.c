/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>
#include <libzscanner/scanner.h>

#include "memory.h"
#include "zone_text.h"

/*! \brief First size of a buffer for RDATA as text, and the one that is enough for any. */
#define TEXT_MIN 4096
#define TEXT_MAX (1 << 20)

struct hm_rdata_reader {
	zs_scanner_t scanner;
	bool is_ready;
	char *record;      /*!< The record as text. */
	size_t record_max;
};

hm_rdata_reader_t *hm_rdata_reader_new(void)
{
	return calloc(1, sizeof(hm_rdata_reader_t));
}

void hm_rdata_reader_free(hm_rdata_reader_t *reader)
{
	if (reader != NULL) {
		if (reader->is_ready) {
			zs_deinit(&reader->scanner);
		}
		free(reader->record);
		free(reader);
	}
}

/*! \brief Make a record of its text. */
static int write_record(hm_rdata_reader_t *reader, uint16_t type, const char *text, size_t *len)
{
	char type_text[32];
	if (knot_rrtype_to_string(type, type_text, sizeof(type_text)) < 0) {
		return KNOT_EPARSEFAIL;
	}
	size_t max = strlen(text) + sizeof(type_text) + 16;
	if (reader->record_max < max) {
		char *record = realloc(reader->record, 2 * max);
		if (record == NULL) {
			return KNOT_ENOMEM;
		}
		reader->record = record;
		reader->record_max = 2 * max;
	}
	*len = snprintf(reader->record, max, ". 0 IN %s %s\n", type_text, text);
	return KNOT_EOK;
}

int hm_rdata_from_text(hm_rdata_reader_t *reader, uint16_t type, const char *text,
                       const uint8_t **out, uint16_t *len)
{
	size_t size;
	int ret = write_record(reader, type, text, &size);
	if (ret != KNOT_EOK) {
		return ret;
	}
	zs_scanner_t *scanner = &reader->scanner;
	if (!reader->is_ready && zs_init(scanner, ".", KNOT_CLASS_IN, 0) != 0) {
		return KNOT_ENOMEM;
	}
	reader->is_ready = true;
	ret = KNOT_EPARSEFAIL;
	if (zs_set_input_string(scanner, reader->record, size) == 0 &&
	    zs_parse_record(scanner) == 0 && scanner->state == ZS_STATE_DATA &&
	    scanner->r_type == type) {
		*out = scanner->r_data;
		*len = scanner->r_data_length;
		ret = KNOT_EOK;
	}
	// The RDATA stays where it is until the next record.
	if (ret != KNOT_EOK || zs_parse_record(scanner) != 0 || scanner->state != ZS_STATE_EOF) {
		// In the middle of something: a fresh start costs a hundred times as much.
		zs_deinit(scanner);
		reader->is_ready = false;
	}
	return ret;
}

/*! \brief RDATA as text in one of two forms, NULL if memory is out or there is no such form. */
static char *dump(uint16_t type, const knot_rdataset_t *rrs, uint16_t pos, bool generic)
{
	const knot_dump_style_t style = { .generic = generic };
	knot_rrset_t rrset = { .type = type, .rclass = KNOT_CLASS_IN, .rrs = *rrs };
	char *text = NULL;
	int ret = KNOT_ESPACE;
	for (size_t max = TEXT_MIN; ret == KNOT_ESPACE && max <= TEXT_MAX; max *= 4) {
		free(text);
		text = malloc(max);
		if (text == NULL) {
			return NULL;
		}
		ret = knot_rrset_txt_dump_data(&rrset, pos, text, max, &style);
	}
	if (ret < 0) {
		free(text);
		return NULL;
	}
	if (ret > 0 && text[ret - 1] == ' ') {
		text[ret - 1] = '\0'; // That of CAA has one at its end.
	}
	return text;
}

/*! \brief Tell whether text is read as the same RDATA. */
static bool is_same(hm_rdata_reader_t *reader, uint16_t type, const char *text,
                    const knot_rdata_t *rdata)
{
	const uint8_t *read;
	uint16_t len;
	return hm_rdata_from_text(reader, type, text, &read, &len) == KNOT_EOK &&
	       len == rdata->len && memcmp(read, rdata->data, len) == 0;
}

char *hm_rdata_to_text(hm_rdata_reader_t *reader, uint16_t type, const knot_rdataset_t *rrs,
                       uint16_t pos)
{
	char *text = dump(type, rrs, pos, false);
	if (text != NULL && is_same(reader, type, text, knot_rdataset_at(rrs, pos))) {
		return text;
	}
	free(text);
	return dump(type, rrs, pos, true);
}

/*! \brief A zone that is being written. */
typedef struct {
	hm_zone_text_t *zone;
	hm_rdata_reader_t *reader;
	const hm_domain_t *domain;
	hm_zone_hidden_f hidden;
	void *ctx;
	knot_dname_txt_storage_t owner; /*!< Of the node under way. */
	int ret;
} writer_t;

static char *type_text(uint16_t type)
{
	char text[32];
	return (knot_rrtype_to_string(type, text, sizeof(text)) < 0) ? NULL : strdup(text);
}

static int add_record(writer_t *writer, const knot_rrset_t *rrset, uint16_t pos)
{
	hm_zone_text_t *zone = writer->zone;
	if (!hm_array_grow(&zone->records, zone->records_count, sizeof(*zone->records))) {
		return KNOT_ENOMEM;
	}
	hm_text_record_t *record = &zone->records[zone->records_count++];
	*record = (hm_text_record_t) {
		.owner = strdup(writer->owner), .ttl = rrset->ttl, .type = type_text(rrset->type),
		.rdata = hm_rdata_to_text(writer->reader, rrset->type, &rrset->rrs, pos),
	};
	return (record->owner != NULL && record->type != NULL && record->rdata != NULL) ?
	       KNOT_EOK : KNOT_ENOMEM;
}

static int add_rrset(writer_t *writer, const hm_node_t *node, uint16_t type)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	knot_rrset_t rrset;
	int ret = hm_node_rrset(node, type, writer->domain, &memory.mm, &rrset);
	for (uint16_t i = 0; ret == KNOT_EOK && i < rrset.rrs.count; i++) {
		ret = add_record(writer, &rrset, i);
	}
	hm_memory_clear(&memory);
	return (ret == KNOT_ENOENT) ? KNOT_EOK : ret;
}

static void on_left_out(void *ctx, const hm_left_out_t *left_out)
{
	writer_t *writer = ctx;
	hm_zone_text_t *zone = writer->zone;
	if (!hm_array_grow(&zone->lacks, zone->lacks_count, sizeof(*zone->lacks))) {
		writer->ret = KNOT_ENOMEM;
		return;
	}
	hm_text_lack_t *lack = &zone->lacks[zone->lacks_count++];
	*lack = (hm_text_lack_t) {
		.owner = strdup(writer->owner), .type = type_text(left_out->type),
		.variable = strndup(left_out->var->name, left_out->var->name_len),
		.file = strdup(left_out->file), .line = left_out->line,
	};
	if (lack->owner == NULL || lack->type == NULL || lack->variable == NULL ||
	    lack->file == NULL) {
		writer->ret = KNOT_ENOMEM;
	}
}

/*! \brief Add the owner to a list of names. */
static int add_owner(const writer_t *writer, char ***names, size_t *count)
{
	if (!hm_array_grow(names, *count, sizeof(**names))) {
		return KNOT_ENOMEM;
	}
	(*names)[*count] = strdup(writer->owner);
	return ((*names)[(*count)++] != NULL) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief Tell whether the domain has a record at or below a node. */
static int has_records(const hm_node_t *node, const hm_domain_t *domain, bool *out)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	unsigned depth = hm_node_depth(node);
	int ret = KNOT_ENOENT;
	do {
		knot_rrset_t rrset;
		ret = hm_node_rrset(node, KNOT_RRTYPE_ANY, domain, &memory.mm, &rrset);
		node = hm_node_next(node);
	} while (ret == KNOT_ENOENT && node != NULL && hm_node_depth(node) > depth);
	hm_memory_clear(&memory);
	*out = (ret == KNOT_EOK);
	return (ret == KNOT_ENOENT) ? KNOT_EOK : ret;
}

static int add_node(writer_t *writer, const hm_node_t *node)
{
	knot_dname_storage_t name;
	int ret = hm_node_owner(node, writer->domain, name);
	if (ret != KNOT_EOK) {
		return ret;
	}
	(void)knot_dname_to_str(writer->owner, name, sizeof(writer->owner));

	bool apex = (hm_node_depth(node) == 0), exists = true;
	if (!apex && writer->hidden != NULL && writer->hidden(writer->ctx, name)) {
		return (hm_node_next_type(node, 0) == 0) ? KNOT_EOK :
		       add_owner(writer, &writer->zone->hidden, &writer->zone->hidden_count);
	}
	if (apex) {
		ret = add_rrset(writer, node, KNOT_RRTYPE_SOA);
	} else {
		ret = has_records(node, writer->domain, &exists);
	}
	uint16_t type = 0;
	while (ret == KNOT_EOK && (type = hm_node_next_type(node, type)) != 0) {
		if (!apex || type != KNOT_RRTYPE_SOA) {
			ret = add_rrset(writer, node, type);
		}
	}
	if (ret == KNOT_EOK && !exists) {
		ret = add_owner(writer, &writer->zone->ghosts, &writer->zone->ghosts_count);
	}
	if (ret == KNOT_EOK) {
		hm_node_left_out(node, writer->domain, on_left_out, writer);
		ret = writer->ret;
	}
	return ret;
}

int hm_zone_text(const hm_profile_t *profile, const hm_domain_t *domain, hm_zone_hidden_f hidden,
                 void *ctx, hm_zone_text_t *zone)
{
	memset(zone, 0, sizeof(*zone));
	writer_t writer = {
		.zone = zone, .reader = hm_rdata_reader_new(), .domain = domain, .hidden = hidden,
		.ctx = ctx,
	};
	int ret = (writer.reader != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (const hm_node_t *node = hm_profile_apex(profile); node != NULL && ret == KNOT_EOK;
	     node = hm_node_next(node)) {
		ret = add_node(&writer, node);
	}
	hm_rdata_reader_free(writer.reader);
	return ret;
}

void hm_zone_text_clear(hm_zone_text_t *zone)
{
	for (size_t i = 0; i < zone->records_count; i++) {
		free(zone->records[i].owner);
		free(zone->records[i].type);
		free(zone->records[i].rdata);
	}
	for (size_t i = 0; i < zone->lacks_count; i++) {
		free(zone->lacks[i].owner);
		free(zone->lacks[i].type);
		free(zone->lacks[i].variable);
		free(zone->lacks[i].file);
	}
	for (size_t i = 0; i < zone->ghosts_count; i++) {
		free(zone->ghosts[i]);
	}
	for (size_t i = 0; i < zone->hidden_count; i++) {
		free(zone->hidden[i]);
	}
	free(zone->records);
	free(zone->lacks);
	free(zone->ghosts);
	free(zone->hidden);
	memset(zone, 0, sizeof(*zone));
}
