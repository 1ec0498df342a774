/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The hosted file while it is folded: replaced whole, and never lost.
 *
 * Beside `hosted.list` there may be
 *
 *     hosted.list.fold-new    a file that is being written; what is left of one does not matter
 *     hosted.list.fold-base   the file as it was before: no flag has left the zone so far
 *     hosted.list.fold-state  digests that servers may have meanwhile, one a line
 *
 * An interrupted run leaves the base, and the next run folds the flags of that time into it. So
 * neither the line that a removed `none` had hidden is lost, nor does a domain stay whose flag was
 * removed meanwhile. When all servers have the new file the base goes, and only then the flags.
 *
 * The folder is locked while it is open, and so it is for a command that inherits it.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "error.h"
#include "fold_plan.h"

/*! \brief A hosted file. */
typedef struct {
	const char *path;   /*!< As the operator calls it; borrowed. */
	const char *name;   /*!< Its name in the folder. */
	int folder;         /*!< With the lock. */
	int fd;             /*!< The file as it is. */
	struct stat st;
	int base;           /*!< The base, negative if there is none. */
	struct stat base_st;
	int new;            /*!< The file that was written, negative if there is none. */
	uint64_t *digests;  /*!< That servers may have. */
	size_t digests_count;
} hm_fold_file_t;

/*! \brief Path of an open file, for functions that want one; static, one at a time. */
const char *hm_fold_fd_path(int fd);

/*!
 * \brief Lock the folder, open the file and what an interrupted run has left.
 *
 * \param[in]  path   Path of the hosted file.
 * \param[out] file   To be closed with hm_fold_file_close() whatever the result.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EBUSY  Another run is in progress.
 * \retval KNOT_E*     As hm_folder_open() and hm_folder_file().
 */
int hm_fold_file_open(const char *path, hm_fold_file_t *file, hm_error_t *error);

/*! \brief Remove the file that was written but not used, unlock, free. */
void hm_fold_file_close(hm_fold_file_t *file);

/*! \brief What flags are folded into: the base, without one the file. */
int hm_fold_file_source(const hm_fold_file_t *file);

/*! \brief Tell whether servers may have a file of this digest. */
bool hm_fold_file_knows(const hm_fold_file_t *file, uint64_t digest);

/*!
 * \brief Write the new file, and bring it to the disk, beside the old one.
 *
 * Lines keep their order. The last line of a folded domain is replaced, its comment stays; a domain
 * without a line gets one at the end; all lines of a domain that is taken out go.
 *
 * \param[in,out] file   Hosted file.
 * \param[in]     plan   What is folded.
 * \param[out]    error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   The disk is full, or somebody writes to the file.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_fold_file_write(hm_fold_file_t *file, const hm_fold_plan_t *plan, hm_error_t *error);

/*!
 * \brief Rename the new file over the old one, which becomes the base if there is none.
 *
 * \param[in,out] file    Hosted file, after hm_fold_file_write().
 * \param[in]     before  Digest of the file as it is.
 * \param[in]     after   Digest of the new one.
 * \param[out]    error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It is not done, or somebody has replaced the file meanwhile.
 */
int hm_fold_file_replace(hm_fold_file_t *file, uint64_t before, uint64_t after, hm_error_t *error);

/*!
 * \brief Remove the base: from now on the file counts.
 *
 * \param[in,out] file   Hosted file.
 * \param[in]     quiet  Only do as if it were gone, and change nothing on the disk.
 * \param[out]    error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  The base may still be there.
 */
int hm_fold_file_settle(hm_fold_file_t *file, bool quiet, hm_error_t *error);
