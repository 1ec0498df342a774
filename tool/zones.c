/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "memory.h"
#include "progress.h"
#include "zone_file.h"
#include "zones.h"

static int no_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Compare a zone that was read, or say why it is none. */
static int compare_zone(const hm_zones_t *zones, const hm_compare_opts_t *opts,
                        const hm_zone_t *zone, hm_rdata_reader_t *reader, hm_compared_t *out)
{
	knot_dname_txt_storage_t name;
	const char *text = hm_idn_text(zone->name, name);
	free(out->name);
	out->name = strdup(text);
	if (out->name == NULL) {
		return KNOT_ENOMEM;
	}
	if (knot_dname_labels(zone->name, NULL) < 2 ||
	    hm_hosted_set_excludes(zones->set, zone->name)) {
		hm_error_t error;
		hm_error_set(&error, "%s: a top-level name, an excluded name or one above it "
		             "cannot be hosted", (out->path != NULL) ? out->path : text);
		out->error = strdup(error.text);
		return (out->error != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	}
	return hm_zone_compare(opts, zone, reader, &out->result);
}

/*! \brief Read one zone file and compare it. */
static int compare_file(hm_zones_t *zones, const hm_compare_opts_t *opts, size_t index,
                        hm_rdata_reader_t *reader)
{
	const hm_zone_item_t *item = &zones->list.items[index];
	hm_compared_t *out = &zones->zones[index];
	hm_zone_file_t file = {
		.path = item->path, .name = item->name, .is_certain = item->is_certain,
	};
	hm_zone_t zone = { 0 };
	hm_error_t error;
	out->path = item->path;
	int ret = hm_zone_file_open(item->folder, item->below, &file.fd, &error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_file_read(&file, &zone, &error);
	}
	if (ret == KNOT_EOK) {
		ret = compare_zone(zones, opts, &zone, reader, out);
	} else if (ret != KNOT_ENOMEM) {
		out->error = strdup(error.text);
		ret = (out->error != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	}
	hm_zone_clear(&zone);
	return ret;
}

/*! \brief Compare all zone files: twenty thousand a second, so that one thread is enough. */
static int compare_files(hm_zones_t *zones, const hm_compare_opts_t *opts, hm_error_t *error)
{
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	int ret = (reader != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (size_t i = 0; i < zones->count && ret == KNOT_EOK; i++) {
		ret = compare_file(zones, opts, i, reader);
	}
	hm_rdata_reader_free(reader);
	return (ret == KNOT_EOK) ? ret : no_memory(error);
}

/*! \brief A zone that a server sends. */
typedef struct {
	hm_zone_t zone;
	hm_rdata_reader_t *reader;
} sent_t;

static int on_record(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	sent_t *sent = ctx;
	const char *owner = (*data)[KNOT_CTL_IDX_OWNER], *type = (*data)[KNOT_CTL_IDX_TYPE];
	const char *ttl = (*data)[KNOT_CTL_IDX_TTL], *rdata = (*data)[KNOT_CTL_IDX_DATA];
	knot_dname_storage_t name;
	uint16_t number, len;
	const uint8_t *wire;
	if (owner == NULL || type == NULL || ttl == NULL || rdata == NULL) {
		return KNOT_EOK;
	}
	if (knot_dname_from_str(name, owner, sizeof(name)) == NULL ||
	    knot_rrtype_from_string(type, &number) != 0 ||
	    hm_rdata_from_text(sent->reader, number, rdata, &wire, &len) != KNOT_EOK) {
		hm_error_set(error, "the server has sent a record that cannot be read: %s %s %s",
		             owner, type, rdata);
		return KNOT_EMALF;
	}
	return (hm_zone_add(&sent->zone, name, strtoul(ttl, NULL, 10), number, wire, len) ==
	        KNOT_EOK) ? KNOT_EOK : no_memory(error);
}

/*! \brief Read one zone of the server and compare it. */
static int compare_served(hm_zones_t *zones, const hm_compare_opts_t *opts, size_t index,
                          hm_rdata_reader_t *reader, hm_error_t *error)
{
	const knot_dname_t *zone_name = zones->list.items[index].name;
	hm_compared_t *out = &zones->zones[index];
	knot_dname_txt_storage_t name;
	(void)knot_dname_to_str(name, zone_name, sizeof(name));
	const knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "zone-read",
		[KNOT_CTL_IDX_ZONE] = name,
	};
	sent_t sent = { .reader = reader };
	int ret = hm_server_ask(&zones->source.server, &request, on_record, &sent, error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_build(&sent.zone, error);
	}
	if (ret == KNOT_EOK) {
		ret = compare_zone(zones, opts, &sent.zone, reader, out);
	} else if (ret != KNOT_ENOMEM && ret != KNOT_ECONN) {
		// Of this zone alone.
		hm_error_t whole;
		hm_error_set(&whole, "%s: %.900s", name, error->text);
		knot_dname_txt_storage_t text;
		out->name = strdup(hm_idn_text(zone_name, text));
		out->error = strdup(whole.text);
		ret = (out->name != NULL && out->error != NULL) ? KNOT_EOK : no_memory(error);
	}
	hm_zone_clear(&sent.zone);
	return ret;
}

static int compare_all_served(hm_zones_t *zones, const hm_compare_opts_t *opts, hm_error_t *error)
{
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	int ret = (reader != NULL) ? KNOT_EOK : no_memory(error);
	for (size_t i = 0; i < zones->count && ret == KNOT_EOK; i++) {
		ret = compare_served(zones, opts, i, reader, error);
	}
	hm_rdata_reader_free(reader);
	return ret;
}

/*! \brief Tell whether a zone of the server is one of the hosted zones, with flags for records. */
static bool is_hosted_zone(const hm_conf_section_t *section, const knot_dname_t *name)
{
	for (size_t i = 0; i < section->zones_count; i++) {
		if (knot_dname_is_equal(section->zones[i], name)) {
			return true;
		}
	}
	return false;
}

static int on_zone(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	hm_zones_t *zones = ctx;
	const char *text = (*data)[KNOT_CTL_IDX_ZONE];
	knot_dname_storage_t name;
	if (text == NULL || knot_dname_from_str(name, text, sizeof(name)) == NULL) {
		return KNOT_EOK;
	}
	knot_dname_to_lower(name);
	const hm_zone_list_t *list = &zones->list;
	bool again = (list->count > 0 &&
	              knot_dname_is_equal(list->items[list->count - 1].name, name));
	if (again || is_hosted_zone(zones->source.section, name)) {
		return KNOT_EOK;
	}
	return (hm_zone_list_put(&zones->list, name, NULL) == KNOT_EOK) ? KNOT_EOK :
	                                                                 no_memory(error);
}

/*! \brief Which zones of the server: all of them, or those of the arguments. */
static int list_served(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error)
{
	if (zones->source.server.socket == NULL) {
		zones->source.default_socket = hm_conf_socket(&zones->source.conf);
		if (zones->source.default_socket == NULL) {
			return no_memory(error);
		}
		zones->source.server.socket = zones->source.default_socket;
	}
	if (opts->all) {
		const knot_ctl_data_t request = { [KNOT_CTL_IDX_CMD] = "zone-status" };
		return hm_server_ask(&zones->source.server, &request, on_zone, zones, error);
	}
	int ret = KNOT_EOK;
	for (int i = 0; i < opts->args_count && ret == KNOT_EOK; i++) {
		knot_dname_storage_t name;
		ret = hm_idn_read(opts->args[i], name, error);
		if (ret == KNOT_EOK && hm_zone_list_put(&zones->list, name, NULL) != KNOT_EOK) {
			ret = no_memory(error);
		}
	}
	return ret;
}

static int list_files(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error)
{
	int ret = KNOT_EOK;
	if (opts->zone_conf != NULL) {
		ret = hm_zone_list_conf(&zones->list, opts->zone_conf, error);
	}
	for (int i = 0; i < opts->args_count && ret == KNOT_EOK; i++) {
		ret = hm_zone_list_add(&zones->list, opts->args[i], error);
	}
	if (ret == KNOT_EOK && zones->list.count == 0) {
		hm_error_set(error, "there is no zone file in '%s'",
		             (opts->args_count > 0) ? opts->args[0] : opts->zone_conf);
		ret = KNOT_ENOENT;
	}
	if (zones->list.links > 0) {
		fprintf(stderr, "warning: %zu link%s in folders not followed\n",
		        zones->list.links, (zones->list.links == 1) ? "" : "s");
	}
	return ret;
}

/*! \brief Check what is asked for, before anything is read. */
static int check_opts(const hm_tool_opts_t *opts, hm_error_t *error)
{
	if (opts->zones && opts->zone_conf != NULL) {
		hm_error_set(error, "--conf is for zone files, --zones for the zones of a server");
	} else if (opts->all && (!opts->zones || opts->args_count > 0)) {
		hm_error_set(error, "--all goes with --zones and without names");
	} else if (!opts->all && opts->zone_conf == NULL && opts->args_count == 0) {
		hm_error_set(error, opts->zones ? "name zones of the server, or say --all" :
		             "name zone files or folders of them, or a configuration with --conf");
	} else {
		return KNOT_EOK;
	}
	return KNOT_EINVAL;
}

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	const hm_tool_opts_t *opts = ctx;
	if (severity == HM_ERROR) {
		const hm_out_t out = hm_out_to(stderr, opts->color);
		hm_out_finding(&out, severity, file, line, reason);
	}
}

/*! \brief Load the profiles alone. */
static int load_profiles(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error)
{
	hm_hosted_set_opts_t set_opts = hm_source_set_opts(&zones->source);
	set_opts.hosted_file = NULL;
	set_opts.zones = NULL;
	set_opts.zones_count = 0;
	set_opts.report = on_finding;
	set_opts.ctx = (void *)opts;
	int ret = hm_hosted_set_load(&set_opts, &zones->set);
	if (ret == KNOT_ENOMEM) {
		return no_memory(error);
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "a profile has errors; \"khostedmail check\" shows them all");
		return ret;
	}
	for (size_t i = 0; opts->profile != NULL && i < hm_hosted_set_profiles(zones->set); i++) {
		const hm_profile_t *profile = hm_hosted_set_profile(zones->set, i);
		if (strcmp(hm_profile_name(profile), opts->profile) == 0) {
			return KNOT_EOK;
		}
	}
	if (opts->profile != NULL) {
		hm_error_set(error, "there is no profile '%s' in the configuration", opts->profile);
		return KNOT_ENOENT;
	}
	return KNOT_EOK;
}

static int name_cmp(const void *a, const void *b)
{
	const hm_compared_t *za = *(hm_compared_t *const *)a, *zb = *(hm_compared_t *const *)b;
	int cmp = strcmp(za->name, zb->name);
	return (cmp != 0) ? cmp : (za < zb) ? -1 : (za > zb);
}

/*! \brief Of several files of one zone, the first counts. */
static int refuse_duplicates(hm_zones_t *zones, hm_error_t *error)
{
	hm_compared_t **sorted = malloc((zones->count + 1) * sizeof(*sorted));
	if (sorted == NULL) {
		return no_memory(error);
	}
	size_t count = 0;
	for (size_t i = 0; i < zones->count; i++) {
		if (zones->zones[i].name != NULL && zones->zones[i].error == NULL) {
			sorted[count++] = &zones->zones[i];
		}
	}
	qsort(sorted, count, sizeof(*sorted), name_cmp);
	int ret = KNOT_EOK;
	size_t first = 0;
	for (size_t i = 1; i < count && ret == KNOT_EOK; i++) {
		if (strcmp(sorted[i]->name, sorted[first]->name) != 0) {
			first = i;
			continue;
		}
		hm_error_t reason;
		const char *path = sorted[i]->path, *other = sorted[first]->path;
		hm_error_set(&reason, "%s: zone %s is in %s already",
		             (path != NULL) ? path : sorted[i]->name, sorted[i]->name,
		             (other != NULL) ? other : "the list");
		sorted[i]->error = strdup(reason.text);
		ret = (sorted[i]->error != NULL) ? KNOT_EOK : no_memory(error);
	}
	free(sorted);
	return ret;
}

static int compare_listed(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error)
{
	zones->zones = calloc(zones->list.count + 1, sizeof(*zones->zones));
	if (zones->zones == NULL) {
		return no_memory(error);
	}
	zones->count = zones->list.count;
	const hm_compare_opts_t compare_opts = {
		.set = zones->set, .profile = opts->profile, .ignore_ttl = opts->ignore_ttl,
		.verbose = opts->verbose,
	};
	hm_progress_begin("comparing zones");
	int ret = opts->zones ? compare_all_served(zones, &compare_opts, error) :
	                        compare_files(zones, &compare_opts, error);
	hm_progress_end();
	if (ret == KNOT_EOK) {
		ret = refuse_duplicates(zones, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_zones_check(zones);
		if (ret != KNOT_EOK) {
			hm_error_set(error, "the lines cannot be checked (%s)", knot_strerror(ret));
		}
	}
	return ret;
}

int hm_zones_compare(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error)
{
	memset(zones, 0, sizeof(*zones));
	int ret = check_opts(opts, error);
	if (ret == KNOT_EOK) {
		ret = hm_source_open(opts, &zones->source, error);
	}
	if (ret == KNOT_EOK) {
		ret = load_profiles(opts, zones, error);
	}
	if (ret == KNOT_EOK) {
		ret = opts->zones ? list_served(opts, zones, error) :
		                    list_files(opts, zones, error);
	}
	return (ret == KNOT_EOK) ? compare_listed(opts, zones, error) : ret;
}

void hm_zones_clear(hm_zones_t *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		free(zones->zones[i].name);
		free(zones->zones[i].error);
		hm_zone_result_clear(&zones->zones[i].result);
	}
	free(zones->zones);
	hm_zone_list_clear(&zones->list);
	hm_hosted_set_free(zones->set);
	hm_source_clear(&zones->source);
}

hm_zone_counts_t hm_zones_count(const hm_zones_t *zones)
{
	hm_zone_counts_t counts = { 0 };
	for (size_t i = 0; i < zones->count; i++) {
		if (zones->zones[i].error != NULL) {
			counts.errors++;
		} else {
			counts.relations[zones->zones[i].result.relation]++;
		}
	}
	return counts;
}
