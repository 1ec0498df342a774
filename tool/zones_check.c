/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "zones.h"

/*! \brief Which zones the lines of a file are of. */
typedef struct {
	hm_compared_t **zones;
	size_t count;
	const char *file;
	bool failed;
} lines_t;

/*! \brief A line that the server would leave out. */
static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	lines_t *lines = ctx;
	if (severity != HM_ERROR || strcmp(file, lines->file) != 0 || line == 0 ||
	    line > lines->count) {
		return;
	}
	hm_compared_t *zone = lines->zones[line - 1];
	hm_error_t error;
	hm_error_set(&error, "%s: %s", (zone->path != NULL) ? zone->path : zone->name, reason);
	free(zone->error);
	zone->error = strdup(error.text);
	lines->failed |= (zone->error == NULL);
}

/*! \brief Write the lines, each of one zone. */
static int write_lines(const hm_zones_t *zones, lines_t *lines, FILE *file)
{
	for (size_t i = 0; i < zones->count; i++) {
		hm_compared_t *zone = &zones->zones[i];
		if (zone->error == NULL && zone->result.relation != HM_ZONE_DIFFERENT) {
			fprintf(file, "%s\n", zone->result.line);
			lines->zones[lines->count++] = zone;
		}
	}
	return (fflush(file) == 0) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief Load the lines, and forget what comes of it but for the findings. */
static int load_lines(const hm_zones_t *zones, lines_t *lines)
{
	hm_hosted_set_opts_t opts = hm_source_set_opts(&zones->source);
	opts.hosted_file = lines->file;
	opts.zones = NULL;
	opts.zones_count = 0;
	opts.report = on_finding;
	opts.ctx = lines;
	hm_hosted_set_t *set = NULL;
	int ret = hm_hosted_set_load(&opts, &set);
	if (ret == KNOT_EOK) {
		ret = hm_hosted_set_file_result(set);
	}
	hm_hosted_set_free(set);
	return lines->failed ? KNOT_ENOMEM : ret;
}

int hm_zones_check(hm_zones_t *zones)
{
	lines_t lines = { .zones = calloc(zones->count + 1, sizeof(*lines.zones)) };
	int fd = memfd_create("khostedmail", MFD_CLOEXEC);
	FILE *file = (fd >= 0) ? fdopen(fd, "w") : NULL;
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	lines.file = path;
	int ret = (lines.zones != NULL && file != NULL) ? write_lines(zones, &lines, file) :
	                                                  KNOT_ENOMEM;
	if (ret == KNOT_EOK) {
		ret = load_lines(zones, &lines);
	}
	if (file != NULL) {
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	free(lines.zones);
	return ret;
}
