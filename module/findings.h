/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Where the findings of input files go: the log of a module, or one line of text.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <knot/module.h>

#include "hostedmail/report.h"

/*! \brief What was found in the input files. */
typedef struct {
	knotd_mod_t *mod;      /*!< Log of a module, NULL in a configuration check. */
	char file[256];        /*!< File of the last finding, perhaps cut. */
	size_t errors;         /*!< Of this file. */
	size_t warnings;
	char text[320];        /*!< First errors as one line of text. */
	size_t text_len;
	bool more;             /*!< There are others that did not fit. */
} hm_findings_t;

/*! \brief Receives a finding; a hm_report_f whose context is a hm_findings_t. */
void hm_findings_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                        const char *reason);

/*! \brief Tell how many findings of the last file were not logged one by one. */
void hm_findings_end(hm_findings_t *findings);
