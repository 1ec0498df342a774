/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What has to be changed in a hosted zone, so that domains have the flags that they should.
 */

#pragma once

#include "flags.h"
#include "hostedmail/hosted_set.h"

/*! \brief TTL of a flag: nobody caches it, for the zone is asked by the servers alone. */
#define HM_FLAG_TTL 60

/*! \brief What is done to a flag. */
typedef enum {
	HM_FLAG_KEPT,
	HM_FLAG_ADDED,
	HM_FLAG_CHANGED,
	HM_FLAG_REMOVED,
} hm_flag_kind_t;
#define HM_FLAG_KINDS 4

/*! \brief A domain and its flag. */
typedef struct {
	knot_dname_t *name;   /*!< In lowercase, without the name of the zone. */
	knot_rdata_t *want;   /*!< TXT record that it should have, NULL if none. */
	knot_rdataset_t was;  /*!< What it has; borrowed from the zone that was read. */
	hm_flag_kind_t kind;
	bool is_done;         /*!< The change was made. */
} hm_flag_change_t;

/*! \brief All of them; starts as all zeros. */
typedef struct {
	hm_flag_change_t *changes;
	size_t count;
	size_t counts[HM_FLAG_KINDS]; /*!< By their kinds. */
} hm_flag_plan_t;

/*!
 * \brief Make the TXT record of a flag.
 *
 * \param[in]  profile  Name of the profile.
 * \param[in]  domain   The domain and its variables.
 * \param[out] out      RDATA, to be freed with free(); untouched unless KNOT_EOK.
 * \param[out] reason   What is wrong, static text; untouched if KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  A variable does not fit into a string.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_flag_rdata(const char *profile, const hm_domain_t *domain, knot_rdata_t **out,
                  const char **reason);

/*!
 * \brief Read the TXT record of a flag, as the module does.
 *
 * \param[in]  set     Knows the profiles.
 * \param[in]  name    Domain in lowercase.
 * \param[in]  txt     Its flag.
 * \param[in]  mm      Memory context for the variables.
 * \param[out] domain  The domain; borrows from \a name and \a mm.
 *
 * \return False if the flag is wrong, or memory is out.
 */
bool hm_flag_parse_txt(const hm_hosted_set_t *set, const knot_dname_t *name,
                       const knot_rdataset_t *txt, knot_mm_t *mm, hm_domain_t *domain);

/*!
 * \brief Tell whether a hosted zone can have a node for a domain.
 *
 * \return What is wrong, static text; NULL if nothing is.
 */
const char *hm_flag_refusal(const knot_dname_t *domain, const knot_dname_t *zone);

/*!
 * \brief Add a domain.
 *
 * \param[in,out] plan  Plan.
 * \param[in]     name  Domain in lowercase; copied.
 * \param[in]     want  Flag that it should have, taken over whatever the result; NULL: none.
 *
 * \return False if memory is out.
 */
bool hm_flag_plan_add(hm_flag_plan_t *plan, const knot_dname_t *name, knot_rdata_t *want);

/*! \brief Put the domains in canonical order, each once, when all have been added. */
void hm_flag_plan_sort(hm_flag_plan_t *plan);

/*!
 * \brief Decide what has to be done. Can be called again for another reading of the zone.
 *
 * A flag that says the same in another way, with variables in another order or without the name of
 * the default profile, is left alone.
 *
 * \param[in,out] plan   Plan.
 * \param[in]     set    Knows the profiles.
 * \param[in]     flags  The zone; borrowed as long as the plan.
 */
void hm_flag_plan_decide(hm_flag_plan_t *plan, const hm_hosted_set_t *set,
                         const hm_flags_t *flags);

/*! \brief The same if nothing is known of the zone: each flag is set, or removed. */
void hm_flag_plan_decide_blindly(hm_flag_plan_t *plan);

/*! \brief Drop the changes that were not made. */
void hm_flag_plan_undo(hm_flag_plan_t *plan);

/*! \brief Number of changes that have to be made. */
size_t hm_flag_plan_todo(const hm_flag_plan_t *plan);

/*! \brief Free a plan. */
void hm_flag_plan_clear(hm_flag_plan_t *plan);
