/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "progress.h"

/*! \brief Where findings go. */
typedef struct {
	const hm_tool_opts_t *opts;
	const char *hosted_file;
	hm_report_f report;
	void *ctx;
} findings_t;

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	const findings_t *findings = ctx;
	if (findings->hosted_file != NULL && strcmp(file, findings->hosted_file) == 0 && line > 0) {
		if (findings->report != NULL) {
			findings->report(findings->ctx, severity, file, line, reason);
		}
	} else if (severity == HM_ERROR) {
		hm_progress_clear();
		const hm_out_t out = hm_out_to(stderr, findings->opts->color);
		hm_out_finding(&out, severity, file, line, reason);
	}
}

int hm_load_set(const hm_tool_opts_t *opts, hm_report_f report, void *ctx, hm_loaded_t *loaded,
                hm_error_t *error)
{
	hm_hosted_set_opts_t set_opts = hm_source_set_opts(&loaded->source);
	findings_t findings = {
		.opts = opts, .hosted_file = set_opts.hosted_file, .report = report, .ctx = ctx,
	};
	set_opts.report = on_finding;
	set_opts.ctx = &findings;
	hm_progress_begin((set_opts.hosted_file != NULL) ? set_opts.hosted_file :
	                                                   loaded->source.name);
	int ret = hm_hosted_set_load(&set_opts, &loaded->set);
	hm_progress_end();
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "a profile has errors; \"khostedmail check\" shows them all");
	} else if (hm_hosted_set_file_result(loaded->set) != KNOT_EOK) {
		ret = hm_hosted_set_file_result(loaded->set);
		hm_error_set(error, "the hosted file '%s' cannot be read", set_opts.hosted_file);
	}
	return ret;
}

int hm_load_open(const hm_tool_opts_t *opts, hm_loaded_t *loaded, hm_error_t *error)
{
	memset(loaded, 0, sizeof(*loaded));
	int ret = hm_source_open(opts, &loaded->source, error);
	if (ret == KNOT_EOK) {
		ret = hm_source_flags(&loaded->source, &loaded->flags, error);
	}
	return ret;
}

void hm_load_clear(hm_loaded_t *loaded)
{
	hm_hosted_set_free(loaded->set);
	hm_all_flags_clear(&loaded->flags);
	hm_source_clear(&loaded->source);
}
