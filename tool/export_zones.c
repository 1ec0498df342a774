/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "export.h"
#include "dir.h"
#include "hostedmail/strerror.h"
#include "idn.h"
#include "json.h"
#include "progress.h"

#define MARKER      ".khostedmail-export"
#define ZONES       "zones"
#define CATALOG     "catalog.zone"
#define NSD_ZONES   "nsd.zones"
#define NAMED_ZONES "named.zones"

/*! \brief Largest file of an earlier export that is read. */
#define FILE_MAX ((size_t)1 << 31)

/*! \brief Exports that are smaller may shrink as they like. */
#define SHRINK_MIN 10

/*! \brief What each member of a catalog has once. */
#define PTR " 0 PTR "

/*! \brief Problems that are told one by one. */
#define PROBLEMS_MAX 20

/*! \brief An export under way. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_loaded_t loaded;
	hm_export_set_t set;
	int folder;
	int zones;
	char *catalog;       /*!< Name of the catalog zone, with its final dot. */
	uint32_t serial;
	size_t written;
	size_t unchanged;
	size_t removed;
} export_t;

static int no_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Tell whether a folder has nothing in it. */
static bool is_empty(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = (fd >= 0) ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return false;
	}
	bool empty = true;
	const struct dirent *entry;
	while (empty && (entry = readdir(dir)) != NULL) {
		empty = (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	}
	closedir(dir);
	return empty;
}

/*! \brief Open the folder of the export: a new one, an empty one, or that of an earlier export. */
static int open_folder(export_t *export, hm_error_t *error)
{
	static const char text[] = HM_EXPORT_MARK "; files of it may be replaced and removed\n";
	const char *path = export->opts->output;
	bool made;
	int ret = hm_dir_open(path, &export->folder, &made, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	char *marker = NULL;
	size_t len;
	ret = hm_dir_read(export->folder, MARKER, sizeof(text), &marker, &len, error);
	bool ours = (ret == KNOT_EOK && marker != NULL && strcmp(marker, text) == 0);
	free(marker);
	if (ret == KNOT_ENOMEM) {
		return ret;
	}
	if (!ours && !is_empty(export->folder)) {
		hm_error_set(error, "the folder '%s' is not empty, and not of an earlier export; "
		             "name another one", path);
		return KNOT_EEXIST;
	}
	if (!ours) {
		ret = hm_dir_create(export->folder, MARKER, text, strlen(text), error);
	}
	return (ret == KNOT_EOK) ?
	       hm_dir_enter(export->folder, ZONES, &export->zones, error) : ret;
}

/*! \brief Write a file of the export, if it is not the same already. */
static int put_file(export_t *export, int folder, const char *name, const char *text, size_t len,
                    hm_error_t *error)
{
	bool changed;
	int ret = hm_dir_replace(folder, name, text, len, HM_EXPORT_MARK, &changed, error);
	if (ret == KNOT_EOK && folder != export->folder) {
		export->written += changed;
		export->unchanged += !changed;
	}
	return ret;
}

static int put_zone(export_t *export, size_t index, hm_error_t *error)
{
	size_t len;
	char *text = hm_export_zone(&export->set, index, &len);
	if (text == NULL) {
		return no_memory(error);
	}
	hm_export_path_t path;
	hm_export_path(export->set.domains[index].domain.name, &path);
	int first = -1, second = -1;
	int ret = hm_dir_enter(export->zones, path.folders[0], &first, error);
	if (ret == KNOT_EOK && path.folders[1][0] != '\0') {
		ret = hm_dir_enter(first, path.folders[1], &second, error);
	}
	if (ret == KNOT_EOK) {
		ret = put_file(export, (second >= 0) ? second : first, path.name, text, len,
		               error);
	}
	if (first >= 0) {
		close(first);
	}
	if (second >= 0) {
		close(second);
	}
	free(text);
	return ret;
}

/*! \brief One entry of a list of zones for a server's configuration. */
static void put_entry(FILE *file, bool nsd, const char *zone, const hm_export_path_t *path)
{
	char full[sizeof(*path) + sizeof(ZONES) + 8];
	snprintf(full, sizeof(full), ZONES "/%s%s%s/%s", path->folders[0],
	         (path->folders[1][0] != '\0') ? "/" : "", path->folders[1], path->name);
	if (nsd) {
		fprintf(file, "zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n", zone, full);
	} else {
		fprintf(file, "zone \"%s\" { type master; file \"%s\"; };\n", zone, full);
	}
}

/*! \brief Write the list of zones as NSD or BIND includes it. */
static int put_list(export_t *export, const char *name, bool nsd, hm_error_t *error)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	if (file == NULL) {
		return no_memory(error);
	}
	// A comment of each of the two configurations, which begins as all files do.
	fprintf(file, "%s", nsd ? "# " : "// ");
	fprintf(file, "%s\n", &HM_EXPORT_MARK[2]);
	for (size_t i = 0; i < export->set.count; i++) {
		const knot_dname_t *domain = export->set.domains[i].domain.name;
		knot_dname_txt_storage_t zone;
		hm_export_path_t path;
		if (!export->set.domains[i].hidden) {
			hm_export_path(domain, &path);
			put_entry(file, nsd, hm_idn_text(domain, zone), &path);
		}
	}
	bool changed;
	int ret = (fclose(file) != 0) ? no_memory(error) :
	          hm_dir_replace(export->folder, name, text, len, nsd ? "# Written" :
	                            "// Written", &changed, error);
	free(text);
	return ret;
}

static int put_catalog(export_t *export, hm_error_t *error)
{
	char *old = NULL;
	size_t len;
	int ret = hm_dir_read(export->folder, CATALOG, FILE_MAX, &old, &len, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	char *text = hm_export_catalog(&export->set, export->catalog, old, &len, &export->serial);
	free(old);
	if (text == NULL) {
		return no_memory(error);
	}
	ret = put_file(export, export->folder, CATALOG, text, len, error);
	free(text);
	return ret;
}

/*! \brief Members of an earlier catalog, and of this export. */
static size_t count_members(const char *catalog)
{
	size_t count = 0;
	const char *pos = (catalog != NULL) ? strstr(catalog, PTR) : NULL;
	while (pos != NULL) {
		count++;
		pos = strstr(pos + 1, PTR);
	}
	return count;
}

static size_t count_exported(const hm_export_set_t *set)
{
	size_t count = 0;
	for (size_t i = 0; i < set->count; i++) {
		count += !set->domains[i].hidden;
	}
	return count;
}

/*!
 * \brief Refuse to remove most of an earlier export: rather the list was cut short than so many
 *        customers are gone.
 */
static int check_shrink(const export_t *export, hm_error_t *error)
{
	char *old = NULL;
	size_t len;
	int ret = hm_dir_read(export->folder, CATALOG, FILE_MAX, &old, &len, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	size_t before = count_members(old), now = count_exported(&export->set);
	free(old);
	if (before >= SHRINK_MIN && now < before / 2) {
		hm_error_set(error, "of the %zu domains of the earlier export, only %zu would be "
		             "left; if that is right, export to a new folder", before, now);
		return KNOT_EDENIED;
	}
	return KNOT_EOK;
}

/*! \brief Zones first, then who refers to them; what is not referred to any more goes last. */
static int put_all(export_t *export, hm_error_t *error)
{
	int ret = open_folder(export, error);
	if (ret == KNOT_EOK) {
		ret = check_shrink(export, error);
	}
	for (size_t i = 0; i < export->set.count && ret == KNOT_EOK; i++) {
		if (!export->set.domains[i].hidden) {
			ret = put_zone(export, i, error);
		}
	}
	if (ret == KNOT_EOK) {
		ret = put_list(export, NSD_ZONES, true, error);
	}
	if (ret == KNOT_EOK) {
		ret = put_list(export, NAMED_ZONES, false, error);
	}
	if (ret == KNOT_EOK) {
		ret = put_catalog(export, error);
	}
	return (ret == KNOT_EOK) ?
	       hm_export_clean(export->zones, &export->set, &export->removed, error) : ret;
}

/*! \brief Bytes of the catalog's name without its final dot. */
static int catalog_len(const export_t *export)
{
	size_t len = strlen(export->catalog);
	return (len > 1) ? len - 1 : len;
}

static int report_json(const export_t *export, hm_error_t *error)
{
	hm_json_t json;
	hm_json_begin(&json, stdout);
	hm_json_member(&json, "folder", hm_json_text(export->opts->output));
	hm_json_member(&json, "written", json_integer(export->written));
	hm_json_member(&json, "unchanged", json_integer(export->unchanged));
	hm_json_member(&json, "removed", json_integer(export->removed));
	hm_json_member(&json, "catalog", json_pack(
		"{s:s#, s:I}", "zone", export->catalog, catalog_len(export),
		"serial", (json_int_t)export->serial));
	hm_json_array(&json, "problems");
	for (size_t i = 0; i < export->set.problems_count; i++) {
		const hm_export_problem_t *problem = &export->set.problems[i];
		hm_json_element(&json, json_pack(
			"{s:o, s:o}", "domain", hm_json_text(problem->domain),
			"reason", hm_json_text(problem->reason)));
	}
	hm_json_array_end(&json);
	return (hm_json_end(&json) == KNOT_EOK) ? KNOT_EOK : no_memory(error);
}

static int report(const export_t *export, hm_error_t *error)
{
	const hm_export_set_t *set = &export->set;
	if (export->opts->json) {
		return report_json(export, error);
	}
	for (size_t i = 0; i < set->problems_count && i < PROBLEMS_MAX; i++) {
		fprintf(stderr, "warning: %s: %s\n", set->problems[i].domain,
		        set->problems[i].reason);
	}
	if (set->problems_count > PROBLEMS_MAX) {
		fprintf(stderr, "warning: and %zu more; --json has them all\n",
		        set->problems_count - PROBLEMS_MAX);
	}
	printf("%zu zones written, %zu unchanged, %zu removed; catalog %.*s with serial %" PRIu32
	       "\n", export->written, export->unchanged, export->removed, catalog_len(export),
	       export->catalog, export->serial);
	return KNOT_EOK;
}

/*! \brief Name of the catalog zone, as the operator gives it. */
static int set_catalog(export_t *export, hm_error_t *error)
{
	const char *text = export->opts->catalog;
	knot_dname_storage_t name;
	int ret = hm_idn_read((text != NULL) ? text : HM_EXPORT_CATALOG, name, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	export->catalog = knot_dname_to_str_alloc(name);
	return (export->catalog != NULL) ? KNOT_EOK : no_memory(error);
}

static int load(export_t *export, hm_error_t *error)
{
	int ret = set_catalog(export, error);
	if (ret == KNOT_EOK) {
		ret = hm_load_open(export->opts, &export->loaded, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_load_set(export->opts, NULL, NULL, &export->loaded, error);
	}
	if (ret == KNOT_EOK && export->loaded.source.section->zones_count > 0 &&
	    export->loaded.flags.result != KNOT_EOK) {
		hm_error_set(error, "without the hosted zone the export would lack domains; -s "
		             "names the control socket of a server that has it");
		return KNOT_ECONN;
	}
	if (ret == KNOT_EOK && hm_export_set(&export->loaded, &export->set) != KNOT_EOK) {
		ret = no_memory(error);
	}
	return ret;
}

int hm_export_zones(const hm_tool_opts_t *opts, hm_error_t *error)
{
	export_t export = { .opts = opts, .folder = -1, .zones = -1 };
	if (opts->output == NULL) {
		hm_error_set(error, "name the folder for the zone files, with --output");
		return HM_EXIT_FAILED;
	}
	int ret = load(&export, error);
	if (ret == KNOT_EOK) {
		hm_progress_begin("writing zone files");
		ret = put_all(&export, error);
		hm_progress_end();
	}
	if (ret == KNOT_EOK) {
		ret = report(&export, error);
	}
	int code = (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	           (export.set.problems_count > 0) ? HM_EXIT_FOUND : HM_EXIT_OK;
	if (export.zones >= 0) {
		close(export.zones);
	}
	if (export.folder >= 0) {
		close(export.folder);
	}
	free(export.catalog);
	hm_export_set_clear(&export.set);
	hm_load_clear(&export.loaded);
	return code;
}
