/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The domains of a hosted set, from all tiers, with what they say of them.
 */

#pragma once

#include "flags.h"
#include "hostedmail/hosted_set.h"
#include "json.h"

/*! \brief Receives a domain of a hosted set. */
typedef struct {
	/*!
	 * \brief A domain.
	 *
	 * \param[in] ctx      Caller's context.
	 * \param[in] domain   Domain, valid during the call.
	 * \param[in] profile  Its profile.
	 * \param[in] flagged  It comes from a hosted zone.
	 *
	 * \return True to go on.
	 */
	bool (*domain)(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
	               bool flagged);
	/*!
	 * \brief A name whose flag is wrong, so that it is not served.
	 *
	 * \param[in] reason  What is wrong with it.
	 */
	void (*wrong)(void *ctx, const knot_dname_t *name, const char *reason);
	void *ctx;
	const hm_domain_t *above; /*!< Only domains below this one; NULL for all. */
} hm_domains_visitor_t;

/*!
 * \brief Walk through all domains that are hosted, each once: those of the hosted file, but for
 *        those of which a hosted zone says otherwise, then those of each zone, but for those of
 *        which an earlier one says otherwise.
 *
 * \param[in] set      Hosted set.
 * \param[in] flags    Hosted zones; one that was not read is taken for an empty one.
 * \param[in] visitor  Receives the domains.
 */
void hm_domains_walk(const hm_hosted_set_t *set, const hm_all_flags_t *flags,
                     const hm_domains_visitor_t *visitor);

/*! \brief What a flag does. */
typedef enum {
	HM_FLAG_GOOD,  /*!< It hosts its domain. */
	HM_FLAG_NONE,  /*!< It takes its domain out of the hosted set. */
	HM_FLAG_WRONG, /*!< The server answers SERVFAIL, or not at all. */
} hm_flag_sense_t;

/*!
 * \brief Find out what a flag means, as the server does for a query.
 *
 * \param[in]  set      Hosted set, with a hosted zone.
 * \param[in]  node     Node with a flag.
 * \param[in]  mm       Memory for the variables.
 * \param[out] domain   Its domain, which borrows from all three; set for HM_FLAG_GOOD.
 * \param[out] profile  Its profile; set for HM_FLAG_GOOD.
 * \param[out] reason   What is wrong with it, lives as long as \a set; set for HM_FLAG_WRONG.
 */
hm_flag_sense_t hm_flag_judge(const hm_hosted_set_t *set, const hm_flags_node_t *node,
                              knot_mm_t *mm, hm_domain_t *domain, const hm_profile_t **profile,
                              const char **reason);

/*! \brief A value as a hosted file has it, with escapes; to be freed with free(), NULL if memory is
 *         out. */
char *hm_value_text(const uint8_t *value, size_t len);

/*! \brief The variables of a domain as the end of a line of a hosted file: `a=1 b=2`, to be freed
 *         with free(); NULL if memory is out. */
char *hm_vars_text(const hm_domain_t *domain);

/*! \brief The variables of a domain as a JSON object, values as hm_value_text(); NULL if memory is
 *         out. */
json_t *hm_vars_json(const hm_domain_t *domain);
