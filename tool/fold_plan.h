/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What folding does with each flag of a hosted zone, decided without a server or a disk.
 */

#pragma once

#include "domains.h"
#include "error.h"
#include "flags.h"
#include "hostedmail/hosted_set.h"

/*! \brief What becomes of a flag. */
typedef enum {
	HM_FOLD_STAYS,  /*!< It stays in the zone. */
	HM_FOLD_LINE,   /*!< It becomes a line of the hosted file. */
	HM_FOLD_REMOVE, /*!< It says `none`: the lines of its domain go. */
} hm_fold_action_t;

/*! \brief A flag. */
typedef struct {
	const hm_flags_node_t *node; /*!< Borrowed from the zone that was read. */
	hm_fold_action_t action;
	char *line;                  /*!< Line without its end; NULL unless HM_FOLD_LINE. */
	char *reason;                /*!< Why it stays; else NULL. */
	bool in_file;                /*!< The hosted file had the domain before. */
} hm_fold_step_t;

/*! \brief All flags, in the order of the zone. */
typedef struct {
	hm_fold_step_t *steps;
	size_t count;
	size_t stays;   /*!< How many of them stay. */
	size_t added;   /*!< Domains that the hosted file did not have. */
	size_t removed; /*!< Domains that it has no longer. */
} hm_fold_plan_t;

/*!
 * \brief Decide.
 *
 * A flag that the server takes for wrong stays, so that the line of its domain stays too.
 *
 * \param[in]  set    Hosted set with the hosted file as it is, and with a hosted zone.
 * \param[in]  flags  Hosted zone; borrowed by the plan.
 * \param[out] plan   Plan, to be cleared with hm_fold_plan_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_fold_decide(const hm_hosted_set_t *set, const hm_flags_t *flags, hm_fold_plan_t *plan);

/*! \brief Have a flag stay all the same; false if memory is out. */
bool hm_fold_keep(hm_fold_plan_t *plan, hm_fold_step_t *step, const char *reason);

/*! \brief Free a plan. */
void hm_fold_plan_clear(hm_fold_plan_t *plan);

/*!
 * \brief Check that a hosted file says what the plan wants it to say, and of other domains what it
 *        said before.
 *
 * \param[in]  plan    Plan.
 * \param[in]  before  Domains of the hosted file before.
 * \param[in]  set     Hosted set with the new file.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     It does.
 * \retval KNOT_EMALF   It does not.
 */
int hm_fold_verify(const hm_fold_plan_t *plan, size_t before, const hm_hosted_set_t *set,
                   hm_error_t *error);

/*! \brief What has become of the flags while the file was published. */
typedef struct {
	size_t same;     /*!< Folded flags that are in the zone as they were: they can go. */
	size_t changed;  /*!< They say something else now, and stay. */
	size_t gone;     /*!< Somebody has removed them: the file must be as if they had never been
	                      there. */
} hm_fold_compare_t;

/*!
 * \brief Tell what to do with one folded flag.
 *
 * \param[in] step  Step that is not HM_FOLD_STAYS.
 * \param[in] now   Zone as it is now.
 *
 * \return The node, if its flag is the same; NULL if it is not.
 */
const hm_flags_node_t *hm_fold_same(const hm_fold_step_t *step, const hm_flags_t *now);

/*! \brief Compare the folded flags with the zone as it is now. */
hm_fold_compare_t hm_fold_compare(const hm_fold_plan_t *plan, const hm_flags_t *now);
