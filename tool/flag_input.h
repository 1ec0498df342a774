/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The domains that a command is told: on the command line, in a file or on standard input,
 *        all as a file with a line for each, so that they are read and checked as a hosted file is.
 */

#pragma once

#include <stdbool.h>

#include <libknot/dname.h>

#include "error.h"
#include "hostedmail/report.h"
#include "options.h"

/*! \brief The domains. */
typedef struct {
	const char *file;   /*!< Regular file to read. */
	const char *shown;  /*!< What messages call it. */
	char path[32];      /*!< Of a copy in memory. */
	int fd;             /*!< The same, -1 if there is none. */
} hm_flag_input_t;

/*!
 * \brief Open what the command line says: its arguments, or --from.
 *
 * \param[in]  opts         Command line.
 * \param[in]  is_one_line  The arguments are the words of one line; else each is a line.
 * \param[out] input        To be closed with hm_flag_input_close() whatever the result; must not
 *                          move.
 * \param[out] error        Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  There are no domains, twice as many as there should be, or no such words.
 * \retval KNOT_EFILE   The file cannot be read.
 */
int hm_flag_input_open(const hm_tool_opts_t *opts, bool is_one_line, hm_flag_input_t *input,
                       hm_error_t *error);

/*! \brief Close it. */
void hm_flag_input_close(hm_flag_input_t *input);

/*!
 * \brief Read nothing but the names of the domains, the first word of each line.
 *
 * \param[in]  input    Domains.
 * \param[in]  on_name  Receives a name in lowercase; false if memory is out.
 * \param[in]  report   Receives what is wrong with a line.
 * \param[in]  ctx      Context of both.
 * \param[out] error    Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success, perhaps with lines that are wrong.
 * \retval KNOT_EFILE   The file cannot be read.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_flag_input_names(const hm_flag_input_t *input,
                        bool (*on_name)(void *ctx, const knot_dname_t *name), hm_report_f report,
                        void *ctx, hm_error_t *error);
