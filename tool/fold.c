/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "fold_file.h"
#include "fold_internal.h"
#include "fold_lock.h"
#include "idn.h"
#include "progress.h"
#include "zone_change.h"

const char *hm_fold_zone_text(const knot_dname_t *zone)
{
	static knot_dname_txt_storage_t texts[4];
	static unsigned next;
	char *text = texts[next++ % 4];
	(void)knot_dname_to_str(text, zone, sizeof(texts[0]));
	return text;
}

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	const hm_fold_t *fold = ctx;
	if (severity == HM_ERROR && line == 0) {
		hm_progress_clear();
		const hm_out_t out = hm_out_to(stderr, fold->opts->color);
		bool is_hosted = (strncmp(file, "/proc/", strlen("/proc/")) == 0);
		hm_out_finding(&out, severity, is_hosted ? fold->file : file, line, reason);
	}
}

void hm_fold_ignore(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                    const char *reason)
{
	(void)ctx;
	(void)severity;
	(void)file;
	(void)line;
	(void)reason;
}

int hm_fold_load(const hm_fold_t *fold, int fd, hm_hosted_set_t **set, hm_error_t *error)
{
	hm_hosted_set_opts_t opts = hm_source_set_opts(&fold->source);
	opts.hosted_file = (fd >= 0) ? hm_fold_fd_path(fd) : NULL;
	opts.report = on_finding;
	opts.ctx = (void *)fold;
	hm_hosted_set_t *loaded;
	hm_progress_begin((fd >= 0) ? fold->file : fold->source.name);
	int ret = hm_hosted_set_load(&opts, &loaded);
	hm_progress_end();
	if (ret != KNOT_EOK) {
		hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" :
		             "a profile has errors; \"khostedmail check\" shows them all");
		return ret;
	}
	ret = hm_hosted_set_file_result(loaded);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "the hosted file '%s' cannot be read", fold->file);
		hm_hosted_set_free(loaded);
		return ret;
	}
	*set = loaded;
	return KNOT_EOK;
}

/*! \brief Abort what a killed run has left open. */
static void abort_left(const hm_fold_t *fold, const knot_dname_t *zone)
{
	hm_error_t unused;
	const knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "zone-abort",
		[KNOT_CTL_IDX_ZONE] = hm_fold_zone_text(zone),
	};
	(void)hm_server_ask(&fold->source.server, &request, NULL, NULL, &unused);
	hm_fold_lock_mark(fold->lock, NULL);
}

int hm_fold_begin(const hm_fold_t *fold, const knot_dname_t *zone, hm_zone_change_t **change,
                  hm_error_t *error)
{
	int left_ms = fold->opts->timeout_ms;
	while (true) {
		hm_fold_lock_mark(fold->lock, zone);
		int ret = hm_zone_change_begin(&fold->source.server, zone, NULL, change, error);
		if (ret == KNOT_EOK) {
			return ret;
		}
		hm_fold_lock_mark(fold->lock, NULL);
		if (ret != KNOT_TXN_EEXISTS || !hm_zone_change_pause(&left_ms)) {
			return ret;
		}
	}
}

void hm_fold_end(const hm_fold_t *fold, hm_zone_change_t *change)
{
	if (change != NULL) {
		hm_zone_change_free(change);
		hm_fold_lock_mark(fold->lock, NULL);
	}
}

/*! \brief Find out which zone goes where. */
static int choose_zones(hm_fold_t *fold, hm_error_t *error)
{
	const hm_conf_section_t *section = fold->source.section;
	size_t count = section->zones_count;
	if (count == 0) {
		hm_error_set(error, "%s: section mod-hostedmail '%s' has no hosted-zone",
		             fold->source.name, section->id);
		return KNOT_ENOENT;
	}
	if (fold->opts->into == NULL) {
		// The last one is the next to the file.
		fold->zone = section->zones[count - 1];
		fold->file = (fold->opts->args_count > 0) ? fold->opts->args[0] :
		                                            section->hosted_file;
		if (fold->file == NULL) {
			hm_error_set(error, "%s: section mod-hostedmail '%s' has no hosted-file; "
			             "name one, or a zone with --into", fold->source.name,
			             section->id);
			return KNOT_ENOENT;
		}
		return KNOT_EOK;
	}
	if (fold->opts->args_count > 0 || fold->opts->publish != NULL) {
		hm_error_set(error, "--into needs neither a file nor --publish");
		return KNOT_EINVAL;
	}
	knot_dname_storage_t into;
	int ret = hm_idn_read(fold->opts->into, into, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && knot_dname_is_equal(section->zones[i], into)) {
			fold->into_index = i;
			fold->into = section->zones[i];
			fold->zone = section->zones[i - 1];
			return KNOT_EOK;
		}
	}
	hm_error_set(error, "'%s' is not the second or a later hosted-zone of section "
	             "mod-hostedmail '%s'", fold->opts->into, section->id);
	return KNOT_ENOENT;
}

/*! \brief Check that there is somebody to ask. */
static int check_servers(const hm_fold_t *fold, hm_error_t *error)
{
	if (fold->servers.sockets->count > 0 || fold->servers.command != NULL ||
	    fold->opts->dry_run) {
		return KNOT_EOK;
	}
	hm_error_set(error, "name all servers with --server or --counters: no flag leaves the zone "
	             "before they serve what it says");
	return KNOT_EINVAL;
}

static int fold_all(hm_fold_t *fold, hm_error_t *error)
{
	int ret = hm_source_open(fold->opts, &fold->source, error);
	if (ret == KNOT_EOK) {
		ret = choose_zones(fold, error);
	}
	if (ret == KNOT_EOK) {
		ret = check_servers(fold, error);
	}
	if (ret == KNOT_EOK && !fold->opts->dry_run) {
		ret = hm_fold_lock(fold->source.server.socket, &fold->lock, error);
	}
	for (size_t i = 0; ret == KNOT_EOK && !fold->opts->dry_run &&
	     i < fold->source.section->zones_count; i++) {
		const knot_dname_t *zone = fold->source.section->zones[i];
		if (hm_fold_lock_is_marked(fold->lock, zone)) {
			abort_left(fold, zone);
		}
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	return (fold->into != NULL) ? hm_fold_to_zone(fold, error) : hm_fold_to_file(fold, error);
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_fold_t fold = {
		.opts = opts, .lock = -1,
		.servers = { .sockets = &opts->servers, .command = opts->counters,
		             .timeout_ms = opts->timeout_ms },
	};
	int ret = fold_all(&fold, error);
	if (fold.zone != NULL && opts->json) {
		int printed = hm_fold_print_json(&fold, (ret == KNOT_EOK) ? NULL : error);
		if (ret == KNOT_EOK && printed != KNOT_EOK) {
			hm_error_set(error, "out of memory");
			ret = printed;
		}
	} else if (ret == KNOT_EOK) {
		hm_fold_print(&fold);
	}
	int code = (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	           (fold.plan.stays > 0) ? HM_EXIT_FOUND : HM_EXIT_OK;
	hm_fold_plan_clear(&fold.plan);
	hm_flags_clear(&fold.flags);
	hm_source_clear(&fold.source);
	if (fold.lock >= 0) {
		close(fold.lock);
	}
	return code;
}

static const hm_option_t options[] = {
	{ "server", 0, HM_OPTION_WORDS, offsetof(hm_tool_opts_t, servers), "SOCKET",
	  "Control socket of a server that must serve the result first.\n"
	  "Give it once for each server." },
	{ "counters", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, counters), "COMMAND",
	  "Command that prints, for each server elsewhere, what\n"
	  "\"knotc -f stats mod-hostedmail\" prints there; with --into,\n"
	  "\"knotc zone-read ZONE @ SOA\". A line may begin with the name\n"
	  "of its server and a colon." },
	{ "publish", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, publish), "COMMAND",
	  "Command that brings the file to all servers and reloads them." },
	{ "into", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, into), "ZONE",
	  "Fold into this hosted zone, from the one before it in the\n"
	  "configuration." },
	{ "dry-run", 'n', HM_OPTION_FLAG, offsetof(hm_tool_opts_t, dry_run), NULL,
	  "Only say what would be done." },
	{ 0 }
};

const hm_command_t hm_command_fold = {
	.name = "fold",
	.usage = "[FILE]",
	.brief = "Move the flags of the hosted zone into the hosted file, or into another zone.",
	.help =
	"Moves the flags of the hosted zone into the hosted file of the configuration, or\n"
	"FILE, and removes them from the zone when all servers serve the file. It runs on\n"
	"the primary of the zone, while all servers answer. Of several hosted zones it takes\n"
	"the last one. It can be interrupted at any time; the next run goes on.\n"
	"\n"
	"A flag that is wrong stays in the zone, and so does one that is changed meanwhile.\n"
	"Nothing leaves the zone if a server does not serve the new file, or if the file is\n"
	"not the one that the servers serve before.\n"
	"\n"
	"Exit code: 0 if all was folded, 1 if wrong flags stay, 2 if it could not be done.\n",
	.example =
	"Example, on a primary whose two servers are elsewhere:\n"
	"  khostedmail fold --publish ./publish --counters ./counters\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
