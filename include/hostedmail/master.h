/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Reader of a master file (RFC 1035, section 5) with variables in its RDATA.
 *
 * libzscanner does the reading, of a text with marks in place of the variables.
 */

#pragma once

#include <stdint.h>

#include "hostedmail/files.h"
#include "hostedmail/rdata.h"
#include "hostedmail/report.h"

/*! \brief A record of a master file. */
typedef struct {
	const knot_dname_t *owner; /*!< Lowercase labels before the domain, then a
	                                zero byte. */
	hm_rdata_t *rdata;         /*!< Compiled RDATA; whoever receives the record frees it. */
	const char *file;          /*!< File in which it stands. */
	uint64_t line;             /*!< Its (last) line. */
	uint32_t number;           /*!< Count of the records before it, included files as well. */
	uint32_t ttl;
	uint16_t type;
} hm_record_t;

/*!
 * \brief Receives the records of a master file in their order.
 *
 * \param[in] ctx     Caller's context.
 * \param[in] record  Record; all but the RDATA is valid during the call only.
 *
 * \return KNOT_EOK to go on; anything else stops the reader.
 */
typedef int (*hm_record_f)(void *ctx, const hm_record_t *record);

/*!
 * \brief Read a master file and the files that it includes.
 *
 * \param[in]  file      Name of the file.
 * \param[in]  on_record Receives the records.
 * \param[in]  report    Receives what is wrong; reading continues after it.
 * \param[in]  ctx       Context of both.
 * \param[in,out] files  Receives every file that was read; may be NULL.
 * \param[out] tab       Variables, to be freed with hm_vartab_clear() after all RDATA, whatever
 *                       the result.
 *
 * \retval KNOT_EOK         Success.
 * \retval KNOT_EPARSEFAIL  At least one error was reported.
 * \retval KNOT_E*          What \a on_record returned, or out of memory.
 */
int hm_master_read(const char *file, hm_record_f on_record, hm_report_f report, void *ctx,
                   hm_files_t *files, hm_vartab_t *tab);
