/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"

/*! \brief Findings of an input file that are logged one by one. */
#define LOGGED_MAX 20

void hm_findings_end(hm_findings_t *findings)
{
	if (findings->mod != NULL && findings->errors > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_ERR, "%s: %zu errors in total", findings->file,
		              findings->errors);
	}
	if (findings->mod != NULL && findings->warnings > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_WARNING, "%s: %zu warnings in total",
		              findings->file, findings->warnings);
	}
}

/*! \brief Add an error to the one line of text of a configuration check, if it fits whole. */
static void add_text(hm_findings_t *findings, const char *file, const char *where,
                     const char *reason)
{
	size_t room = sizeof(findings->text) - findings->text_len;
	int len = snprintf(findings->text + findings->text_len, room, "%s%s%s: %s",
	                   (findings->text_len > 0) ? "; " : "", file, where, reason);
	if ((size_t)len < room || findings->text_len == 0) {
		findings->text_len += ((size_t)len < room) ? (size_t)len : room - 1;
	} else {
		findings->text[findings->text_len] = '\0';
		findings->more = true;
	}
}

void hm_findings_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                        const char *reason)
{
	hm_findings_t *findings = ctx;
	if (strncmp(findings->file, file, sizeof(findings->file) - 1) != 0) {
		hm_findings_end(findings);
		findings->errors = 0;
		findings->warnings = 0;
		snprintf(findings->file, sizeof(findings->file), "%s", file);
	}
	size_t *count = (severity == HM_ERROR) ? &findings->errors : &findings->warnings;
	(*count)++;

	char where[32] = "";
	if (line > 0) {
		snprintf(where, sizeof(where), ":%" PRIu64, line);
	}
	if (findings->mod == NULL) {
		if (severity == HM_ERROR) {
			add_text(findings, file, where, reason);
		}
	} else if (*count <= LOGGED_MAX || line == 0) {
		// What concerns the whole file is never lost among its lines.
		knotd_mod_log(findings->mod, (severity == HM_ERROR) ? LOG_ERR : LOG_WARNING,
		              "%s%s: %s", file, where, reason);
	}
}
