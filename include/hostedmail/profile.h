/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A profile: the records that a hosted domain gets.
 *
 * A profile is read from one master file (RFC 1035, section 5) whose origin is the hosted domain.
 * Compiled, it is a tree of nodes without an origin, immutable, and looked up for any domain.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libknot/mm_ctx.h>
#include <libknot/rrset.h>

#include "hostedmail/domain.h"
#include "hostedmail/files.h"
#include "hostedmail/mark.h"
#include "hostedmail/master.h"
#include "hostedmail/report.h"

/*!
 * \brief Most profiles that one configuration can have.
 *
 * The server keeps a list of a configuration in 64 KiB, each path with three bytes more: so many
 * paths fit if they have at most 13 bytes.
 */
#define HM_PROFILES_MAX 4096

/*! \brief A compiled profile. */
typedef struct hm_profile hm_profile_t;

/*! \brief A node of a profile: an owner name, or an empty non-terminal. */
typedef struct hm_node hm_node_t;

/*!
 * \brief Read, check and compile a profile.
 *
 * Every error is reported; one is enough for the profile to be refused.
 *
 * \param[in]  file    Name of the master file; its last part without ".zone" names the profile.
 * \param[in]  report  Receives errors and warnings.
 * \param[in]  ctx     Context of \a report.
 * \param[in,out] files  Receives every file that was read; may be NULL.
 * \param[out] out     New profile, to be freed with hm_profile_free(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success, perhaps with warnings.
 * \retval KNOT_EPARSEFAIL  The file has errors, all of them reported.
 * \retval KNOT_E*      The file cannot be read (reported too), or out of memory.
 */
int hm_profile_load(const char *file, hm_report_f report, void *ctx, hm_files_t *files,
                    hm_profile_t **out);

/*! \brief Free a profile; NULL is fine. */
void hm_profile_free(hm_profile_t *profile);

/*! \brief Name of a profile, borrowed. */
const char *hm_profile_name(const hm_profile_t *profile);

/*! \brief Name of its master file, borrowed. */
const char *hm_profile_file(const hm_profile_t *profile);

/*!
 * \brief Tell whether a record of the profile can be an additional one (A, AAAA, SVCB, HTTPS), so
 *        that targets are worth a look (RFC 1034, section 4.3.2, step 6).
 */
bool hm_profile_has_additional(const hm_profile_t *profile);

/*!
 * \brief Check that every record of the profile can be expanded for a domain.
 *
 * \param[in]  profile  Profile.
 * \param[in]  domain   Hosted domain and its variables.
 * \param[in]  mm       Memory context of the query or the load: gives one block at most, of no more
 *                      than 65535 bytes, which is of no use afterwards.
 * \param[out] line     Line of the record that cannot; untouched if KNOT_EOK or KNOT_ENOMEM.
 *
 * \return What hm_rdata_expand() returns, but KNOT_EOK for KNOT_ENOENT;
 *         KNOT_ESPACE also if an owner name exceeds 255 bytes, KNOT_ENOMEM if memory is out.
 */
int hm_profile_check(const hm_profile_t *profile, const hm_domain_t *domain, knot_mm_t *mm,
                     uint64_t *line);

/*! \brief Tell whether every ordinary domain passes hm_profile_check(), see HM_ORDINARY_SIZE. */
bool hm_profile_fits_ordinary(const hm_profile_t *profile);

/*! \brief What a result of hm_profile_check() means, for the operator. */
const char *hm_profile_reason(int ret);

/*!
 * \brief Tell whether every MX at the apex of the profile uses a variable that a domain may not
 *        define.
 */
bool hm_profile_has_conditional_mx(const hm_profile_t *profile);

/*!
 * \brief Find out whether a domain has none of the MX that its profile has at the apex, since it
 *        does not define a variable: its mail would go nowhere.
 *
 * \param[in] profile  Profile.
 * \param[in] domain   Hosted domain and its variables.
 *
 * \return For the operator, which variable it needs, borrowed from the profile; NULL if it has an
 *         MX, or the profile has none.
 */
const char *hm_profile_mx_reason(const hm_profile_t *profile, const hm_domain_t *domain);

/*!
 * \brief Find the first variable of a domain that no record of the profile uses.
 *
 * \param[in]  profile   Profile.
 * \param[in]  domain    Hosted domain and its variables.
 * \param[out] name_len  Bytes of its name; untouched if there is none.
 *
 * \return Its name, borrowed from the domain and not terminated; NULL if there is none.
 */
const char *hm_profile_unused_var(const hm_profile_t *profile, const hm_domain_t *domain,
                                  size_t *name_len);

/*!
 * \brief The records of a profile, with the lines on which they stand.
 *
 * \param[in]  profile  Profile.
 * \param[out] count    How many.
 *
 * \return The records by owner and type, borrowed.
 */
const hm_record_t *hm_profile_records(const hm_profile_t *profile, size_t *count);

/*! \brief The variables of a profile, borrowed. */
const hm_vartab_t *hm_profile_vars(const hm_profile_t *profile);

/*! \brief The apex of a profile. It always has an SOA and an NS RRset. */
const hm_node_t *hm_profile_apex(const hm_profile_t *profile);

/*!
 * \brief Find a name in a profile.
 *
 * \param[in]  profile    Profile.
 * \param[in]  name       Name in lowercase wire format.
 * \param[in]  prefix     How many of its labels are before the hosted domain.
 * \param[out] encloser   Closest encloser (RFC 4592, section 3.3.1), never NULL.
 *
 * \return The node, NULL if the name does not exist.
 */
const hm_node_t *hm_profile_find(const hm_profile_t *profile, const knot_dname_t *name,
                                 unsigned prefix, const hm_node_t **encloser);

/*! \brief A node without any data, for a name that exists though no profile has it. */
const hm_node_t *hm_node_empty(void);

/*! \brief The wildcard child of a node, NULL if it has none. */
const hm_node_t *hm_node_wildcard(const hm_node_t *node);

/*! \brief Tell whether a node is a wildcard: its own label is "*". */
bool hm_node_is_wildcard(const hm_node_t *node);

/*! \brief Labels of the owner of a node before the domain. */
unsigned hm_node_depth(const hm_node_t *node);

/*! \brief The lowest type above \a last of which the node has an RRset, 0 if there is none. */
uint16_t hm_node_next_type(const hm_node_t *node, uint16_t last);

/*!
 * \brief Put the owner of a node together for one domain.
 *
 * \param[in]  node    Node.
 * \param[in]  domain  Hosted domain.
 * \param[out] out     Name in wire format; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  The name exceeds 255 bytes.
 */
int hm_node_owner(const hm_node_t *node, const hm_domain_t *domain, knot_dname_storage_t out);

/*!
 * \brief Get an RRset of a node for one domain.
 *
 * RDATA without variables is borrowed from the profile, the rest is allocated from \a mm.
 *
 * \param[in]  node    Node.
 * \param[in]  type    RR type, KNOT_RRTYPE_ANY for the first one that there is.
 * \param[in]  domain  Hosted domain and its variables.
 * \param[in]  mm      Memory context of the query.
 * \param[out] out     Type, TTL and RDATA of the RRset, without owner; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  There is no such RRset for this domain.
 * \retval KNOT_E*      A record cannot be expanded (see hm_rdata_expand()), or out of memory.
 */
int hm_node_rrset(const hm_node_t *node, uint16_t type, const hm_domain_t *domain, knot_mm_t *mm,
                  knot_rrset_t *out);

/*! \brief The next node in canonical order (RFC 4034, section 6.1), NULL after the last one. */
const hm_node_t *hm_node_next(const hm_node_t *node);

/*! \brief A record that a domain does not have. */
typedef struct {
	const char *file;    /*!< Where it stands. */
	uint64_t line;
	const hm_var_t *var; /*!< The first variable of it that the domain does not define. */
	uint16_t type;
} hm_left_out_t;

/*! \brief Receives a record that is left out, valid during the call. */
typedef void (*hm_left_out_f)(void *ctx, const hm_left_out_t *left_out);

/*!
 * \brief Find the records of a node that are left out for one domain.
 *
 * \param[in] node         Node.
 * \param[in] domain       Hosted domain and its variables.
 * \param[in] on_left_out  Receives each of them.
 * \param[in] ctx          Context of \a on_left_out.
 */
void hm_node_left_out(const hm_node_t *node, const hm_domain_t *domain, hm_left_out_f on_left_out,
                      void *ctx);
