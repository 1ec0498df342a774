/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flags.h"
#include "memory.h"
#include "zone_text.h"

/*! \brief Bytes of a SOA record after its names, with the serial first (RFC 1035, section 3.3.13). */
#define SOA_FIXED_SIZE 20

/*! \brief A zone that is being read. */
typedef struct {
	hm_flags_t *flags;
	hm_rdata_reader_t *reader;
	bool has_soa;
} reading_t;

/*! \brief Add a TXT record to a flag. */
static int add_txt(reading_t *reading, knot_rdataset_t *txt, const char *text, hm_error_t *error)
{
	const uint8_t *rdata;
	uint16_t len;
	int ret = hm_rdata_from_text(reading->reader, KNOT_RRTYPE_TXT, text, &rdata, &len);
	if (ret == KNOT_EPARSEFAIL) {
		hm_error_set(error, "the server sends a TXT record that is none: %s", text);
		return ret;
	}
	uint8_t buf[sizeof(knot_rdata_t) + UINT16_MAX + 1];
	if (ret == KNOT_EOK) {
		knot_rdata_init((knot_rdata_t *)buf, len, rdata);
		ret = knot_rdataset_add(txt, (knot_rdata_t *)buf, NULL);
	}
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

/*!
 * \brief The name of a node without that of the zone.
 *
 * \return False for the apex, and for what is not in the zone.
 */
static bool cut_zone(const knot_dname_t *zone, const knot_dname_t *node, knot_dname_storage_t name)
{
	int size = (int)knot_dname_size(node) - (int)knot_dname_size(zone);
	if (size <= 0 || knot_dname_in_bailiwick(node, zone) <= 0) {
		return false;
	}
	memcpy(name, node, size);
	name[size] = '\0';
	return true;
}

hm_flags_node_t *hm_flags_add(hm_flags_t *flags, const knot_dname_t *name)
{
	if (!hm_array_grow(&flags->nodes, flags->nodes_count, sizeof(*flags->nodes))) {
		return NULL;
	}
	hm_flags_node_t *node = &flags->nodes[flags->nodes_count];
	*node = (hm_flags_node_t){ .name = knot_dname_copy(name, NULL) };
	flags->nodes_count += (node->name != NULL);
	return (node->name != NULL) ? node : NULL;
}

uint32_t hm_flags_serial(hm_rdata_reader_t *reader, const char *text)
{
	const uint8_t *rdata;
	uint16_t len;
	if (hm_rdata_from_text(reader, KNOT_RRTYPE_SOA, text, &rdata, &len) != KNOT_EOK ||
	    len < SOA_FIXED_SIZE) {
		return 0;
	}
	return knot_wire_read_u32(rdata + len - SOA_FIXED_SIZE);
}

static int on_record(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	reading_t *reading = ctx;
	hm_flags_t *flags = reading->flags;
	const char *owner = (*data)[KNOT_CTL_IDX_OWNER], *type = (*data)[KNOT_CTL_IDX_TYPE];
	const char *rdata = (*data)[KNOT_CTL_IDX_DATA];
	knot_dname_storage_t full, name;
	if (owner == NULL || type == NULL || rdata == NULL ||
	    knot_dname_from_str(full, owner, sizeof(full)) == NULL) {
		return KNOT_EOK;
	}
	if (strcmp(type, "SOA") == 0) {
		reading->has_soa = true;
		flags->serial = hm_flags_serial(reading->reader, rdata);
	}
	knot_dname_to_lower(full);
	if (!cut_zone(flags->zone, full, name)) {
		return KNOT_EOK;
	}
	// The records of a node come one after the other.
	hm_flags_node_t *node = (flags->nodes_count > 0) ? &flags->nodes[flags->nodes_count - 1] :
	                                                   NULL;
	if (node == NULL || !knot_dname_is_equal(node->name, name)) {
		node = hm_flags_add(flags, name);
	}
	if (node == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	return (strcmp(type, "TXT") == 0) ? add_txt(reading, &node->txt, rdata, error) :
	                                    KNOT_EOK;
}

static int node_cmp(const void *a, const void *b)
{
	return knot_dname_cmp(((const hm_flags_node_t *)a)->name,
	                      ((const hm_flags_node_t *)b)->name);
}

/*! \brief Put the nodes in canonical order, which they have in the server as well. */
static void sort_nodes(hm_flags_t *flags)
{
	for (size_t i = 1; i < flags->nodes_count; i++) {
		if (node_cmp(&flags->nodes[i - 1], &flags->nodes[i]) > 0) {
			qsort(flags->nodes, flags->nodes_count, sizeof(*flags->nodes), node_cmp);
			break;
		}
	}
}

/*! \brief Read the zone by a command that shows all of it. */
static int read_zone(hm_server_link_t *link, const char *command, const knot_dname_t *zone,
                     hm_flags_t *flags, hm_error_t *error)
{
	reading_t reading = { .flags = flags, .reader = hm_rdata_reader_new() };
	if (reading.reader == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	knot_dname_txt_storage_t name;
	(void)knot_dname_to_str(name, zone, sizeof(name));
	const knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = command,
		[KNOT_CTL_IDX_ZONE] = name,
	};
	int ret = hm_server_send(link, &request, error);
	if (ret == KNOT_EOK) {
		ret = hm_server_receive(link, on_record, &reading, error);
	}
	hm_rdata_reader_free(reading.reader);
	if (ret == KNOT_EOK && !reading.has_soa) {
		ret = KNOT_EEMPTYZONE;
	}
	if (ret == KNOT_ENOZONE || ret == KNOT_EEMPTYZONE) {
		hm_error_set(error, "the hosted zone '%s' %s in the server at '%s'", name,
		             (ret == KNOT_ENOZONE) ? "is not configured" :
		                                     "is not loaded, or has expired,",
		             link->server->socket);
	}
	sort_nodes(flags);
	return ret;
}

int hm_flags_read(const hm_server_t *server, const knot_dname_t *zone, hm_flags_t *flags,
                  hm_error_t *error)
{
	*flags = (hm_flags_t){ .zone = zone };
	hm_server_link_t link;
	int ret = hm_server_connect(server, &link, error);
	if (ret == KNOT_EOK) {
		ret = read_zone(&link, "zone-read", zone, flags, error);
	}
	hm_server_close(&link);
	flags->result = ret;
	return ret;
}

int hm_flags_read_change(hm_server_link_t *link, const knot_dname_t *zone, hm_flags_t *flags,
                         hm_error_t *error)
{
	*flags = (hm_flags_t){ .zone = zone };
	flags->result = read_zone(link, "zone-get", zone, flags, error);
	return flags->result;
}

void hm_flags_clear(hm_flags_t *flags)
{
	for (size_t i = 0; i < flags->nodes_count; i++) {
		knot_dname_free(flags->nodes[i].name, NULL);
		knot_rdataset_clear(&flags->nodes[i].txt, NULL);
	}
	free(flags->nodes);
	flags->nodes = NULL;
	flags->nodes_count = 0;
}

void hm_all_flags_clear(hm_all_flags_t *flags)
{
	for (size_t i = 0; i < flags->zones_count; i++) {
		hm_flags_clear(&flags->zones[i]);
	}
	free(flags->zones);
	flags->zones = NULL;
	flags->zones_count = 0;
}

/*! \brief The first node that does not come before a name, NULL if all do. */
static const hm_flags_node_t *find_from(const hm_flags_t *flags, const knot_dname_t *name)
{
	size_t from = 0, to = flags->nodes_count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (knot_dname_cmp(flags->nodes[middle].name, name) < 0) {
			from = middle + 1;
		} else {
			to = middle;
		}
	}
	return (from < flags->nodes_count) ? &flags->nodes[from] : NULL;
}

/*! \brief A zone by its name, NULL if it is not there. */
static const hm_flags_t *find_zone(const hm_all_flags_t *flags, const knot_dname_t *zone)
{
	for (size_t i = 0; i < flags->zones_count; i++) {
		if (knot_dname_is_equal(flags->zones[i].zone, zone)) {
			return &flags->zones[i];
		}
	}
	return NULL;
}

int hm_flags_get(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                 knot_rdataset_t *txt)
{
	const hm_flags_t *flags = find_zone(ctx, zone);
	*txt = (knot_rdataset_t){ 0 };
	if (flags == NULL || flags->result != KNOT_EOK) {
		return (flags == NULL) ? KNOT_ENOZONE : flags->result;
	}
	knot_dname_storage_t name;
	if (!cut_zone(zone, node, name)) {
		return knot_dname_is_equal(zone, node) ? KNOT_EOK : KNOT_ENONODE;
	}
	// A name comes right before those below it.
	const hm_flags_node_t *found = find_from(flags, name);
	if (found == NULL || knot_dname_in_bailiwick(found->name, name) < 0) {
		return KNOT_ENONODE;
	}
	if (knot_dname_is_equal(found->name, name)) {
		*txt = found->txt;
	}
	return KNOT_EOK;
}

const hm_flags_node_t *hm_flags_find(const hm_flags_t *flags, const knot_dname_t *name)
{
	const hm_flags_node_t *found = find_from(flags, name);
	return (found != NULL && found->txt.count > 0 && knot_dname_is_equal(found->name, name)) ?
	       found : NULL;
}

char *hm_flags_text(const knot_rdataset_t *txt)
{
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	char *text = (reader != NULL) ? hm_rdata_to_text(reader, KNOT_RRTYPE_TXT, txt, 0) : NULL;
	hm_rdata_reader_free(reader);
	return text;
}
