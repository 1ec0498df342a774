/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The lines of a hosted file that name certain domains.
 *
 * A loaded hosted file does not know its lines, so the file is read once more.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libknot/dname.h>

#include "error.h"

/*! \brief A domain to look for. */
typedef struct {
	const knot_dname_t *name; /*!< In lowercase; borrowed. */
	uint64_t *lines;          /*!< Lines whose first word it is, right or wrong. */
	size_t lines_count;
} hm_located_t;

/*!
 * \brief Find lines by their domain.
 *
 * \param[in]     file   Name of the file.
 * \param[in,out] names  Domains; their lines are added. hm_locate_clear() them whatever the result.
 * \param[in]     count  How many.
 * \param[out]    error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success, whether anything was found or not.
 * \retval KNOT_EFILE   The file cannot be read.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_locate(const char *file, hm_located_t *names, size_t count, hm_error_t *error);

/*! \brief Free the lines. */
void hm_locate_clear(hm_located_t *names, size_t count);
