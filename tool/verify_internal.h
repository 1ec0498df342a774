/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of the command "verify", in three rooms: one gathers facts from the network, one
 *        decides what they mean, without the network, and one prints.
 *
 *     hosted set ──> gather ──> hm_facts_t ──> decide ──> hm_verdict_t ──> print
 *                      │
 *            resolver, ask, spf
 */

#pragma once

#include "ask.h"
#include "expect.h"
#include "hostedmail/hosted_set.h"
#include "json.h"
#include "output.h"
#include "resolver.h"
#include "spf.h"
#include "suffixes.h"

/*! \brief How a domain is delegated, as the servers of its parent say. */
typedef enum {
	HM_PARENT_SILENT,    /*!< None of them says anything of use. */
	HM_PARENT_DELEGATED, /*!< There are NS records. */
	HM_PARENT_NODATA,    /*!< The name exists without a delegation. */
	HM_PARENT_NXDOMAIN,  /*!< It does not exist. */
} hm_parent_result_t;

/*! \brief What the parent says. */
typedef struct {
	hm_parent_result_t result;
	knot_dname_t *zone;        /*!< NULL if it was not found. */
	bool is_registry;          /*!< Anybody can register below it. */
	knot_rdataset_t ns;        /*!< Names of the delegation, lowercase; from its own memory. */
	bool has_ds;
	hm_match_t silence;        /*!< Why it is silent, of the last server that was asked. */
	char server[HM_ADDRESS_MAX]; /*!< That server. */
} hm_parent_facts_t;

/*! \brief Serial of a zone, as far as it is known. */
typedef struct {
	bool known;
	uint32_t serial;
} hm_serial_fact_t;

/*! \brief What one address of a name server of ours says. */
typedef struct {
	const knot_dname_t *name;  /*!< Of the server. */
	struct sockaddr_storage address;
	hm_match_t *udp;           /*!< For each RRset that is expected. */
	hm_match_t tcp;            /*!< For the SOA. */
	bool truncated;            /*!< An answer had to come by TCP. */
	bool has_dnskey;
	hm_serial_fact_t *serials; /*!< For each hosted zone. */
	bool has_soa;
	uint32_t soa;              /*!< Serial of the domain. */
} hm_server_facts_t;

/*! \brief A name server of ours. */
typedef struct {
	const knot_dname_t *name;
	hm_found_t found;          /*!< Of its addresses. */
} hm_name_facts_t;

/*! \brief A name that a record of the domain leads to. */
typedef struct {
	const knot_rrset_t *rrset; /*!< Record. */
	const knot_dname_t *name;
	hm_found_t found;          /*!< Of addresses, or of TXT for a name of keys and the like. */
	bool is_text;              /*!< TXT was looked for. */
	bool is_alias;             /*!< It is a CNAME itself. */
	bool is_address;           /*!< It is an IP address in the form of a name. */
} hm_target_facts_t;

/*! \brief An RRset that the world sees, of a domain that is not delegated to us. */
typedef struct {
	hm_found_t found;
	bool is_right;             /*!< All that is expected is there. */
	bool has_others;           /*!< So is what is not expected, and matters. */
	char *text;                /*!< First of the records that it has; may be NULL. */
} hm_world_facts_t;

/*! \brief All that was found out of a domain. */
typedef struct {
	const knot_dname_t *domain;
	const char *profile;       /*!< Its name. */
	const hm_expect_t *expect;
	const hm_parent_facts_t *parent;
	hm_name_facts_t *names;
	size_t names_count;
	hm_server_facts_t *servers; /*!< One an address. */
	size_t servers_count;
	const knot_dname_t *const *zones; /*!< Hosted zones. */
	size_t zones_count;
	hm_target_facts_t *targets;
	size_t targets_count;
	hm_world_facts_t *world;   /*!< For each RRset that is expected; NULL if we are delegated to. */
	hm_found_t mx;             /*!< What a resolver finds. */
	bool is_secure;
	bool validates;            /*!< The resolver has trust anchors. */
	const char *bogus;         /*!< Why not, NULL if it is not bogus. */
	hm_spf_t spf;
	bool has_sts;              /*!< There is an MTA-STS policy. */
	hm_found_t sts_host;       /*!< Address of its host. */
} hm_facts_t;

/*! \brief A finding. */
typedef struct {
	const char *code;          /*!< Static; programs rely on it. */
	hm_severity_t severity;
	char *what;                /*!< What is: one sentence, or two. */
	char *action;              /*!< Who has to do what. */
} hm_verdict_t;

/*! \brief Findings of a domain; starts as all zeros. */
typedef struct {
	hm_verdict_t *items;
	size_t count;
	bool no_memory;
} hm_verdicts_t;

/*! \brief A code and what it stands for, for a summary. */
typedef struct {
	const char *code;
	const char *meaning;
} hm_code_t;

/*! \brief All codes, in the order in which they are told; the last one is NULL. */
extern const hm_code_t hm_verify_codes[];

/*!
 * \brief Decide what the facts mean.
 *
 * \param[in]     facts     Facts.
 * \param[in,out] verdicts  Receives the findings, the one to mend first at the front.
 */
void hm_verify_decide(const hm_facts_t *facts, hm_verdicts_t *verdicts);

/*! \brief The part of that which concerns the delegation. */
void hm_verify_decide_parent(const hm_facts_t *facts, hm_verdicts_t *verdicts);

/*! \brief The part that concerns our name servers. */
void hm_verify_decide_servers(const hm_facts_t *facts, hm_verdicts_t *verdicts);

/*! \brief The part that concerns the records. */
void hm_verify_decide_records(const hm_facts_t *facts, hm_verdicts_t *verdicts);

/*! \brief Tell whether the parent delegates to at least one of our servers. */
bool hm_verify_is_ours(const hm_facts_t *facts);

/*! \brief Tell whether the customer has set records of the profile by hand. */
bool hm_verify_is_by_hand(const hm_facts_t *facts);

/*! \brief Add a finding. */
__attribute__((format(printf, 4, 5)))
void hm_verdict_add(hm_verdicts_t *verdicts, const char *code, const char *action,
                    const char *fmt, ...);

/*! \brief Add one that is a warning: mail works, but not for long, or not everywhere. */
__attribute__((format(printf, 4, 5)))
void hm_verdict_warn(hm_verdicts_t *verdicts, const char *code, const char *action,
                     const char *fmt, ...);

/*! \brief Free findings. */
void hm_verdicts_clear(hm_verdicts_t *verdicts);

/*! \brief What gathers for one domain after the other. */
typedef struct hm_gather hm_gather_t;

/*! \brief What it needs. */
typedef struct {
	hm_resolver_opts_t resolver;
	hm_ask_opts_t ask;
	const hm_suffixes_t *suffixes;   /*!< NULL if there is no list. */
	const knot_dname_t *const *zones; /*!< Hosted zones. */
	size_t zones_count;
	uint16_t port;                   /*!< Of name servers. */
} hm_gather_opts_t;

/*! \brief Make one; for one thread. To be freed with hm_gather_free(). */
int hm_gather_new(const hm_gather_opts_t *opts, hm_gather_t **out, hm_error_t *error);

/*! \brief Tell whether a root server answers. */
bool hm_gather_has_root(hm_gather_t *gather);

/*! \brief Free it; NULL is fine. */
void hm_gather_free(hm_gather_t *gather);

/*!
 * \brief Gather the facts of a domain.
 *
 * \param[in,out] gather   What gathers; remembers parents and name servers.
 * \param[in]     profile  Profile of the domain, by name.
 * \param[in]     domain   Domain.
 * \param[in]     expect   Its RRsets.
 * \param[out]    facts    Facts, to be cleared with hm_facts_clear() whatever the result; they
 *                         borrow from \a gather until its next call, and from \a expect.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_gather_domain(hm_gather_t *gather, const char *profile, const knot_dname_t *domain,
                     const hm_expect_t *expect, hm_facts_t *facts);

/*! \brief Free facts. */
void hm_facts_clear(hm_facts_t *facts);

/*! \brief A domain to verify, and what came of it. */
typedef struct {
	knot_dname_t *name;
	bool done;
	bool failed;             /*!< Memory was out. */
	hm_verdicts_t verdicts;
	char *state;             /*!< What is right, for people; NULL if it is not hosted. */
	json_t *json;            /*!< All of it, for programs; NULL if that is not wanted. */
} hm_verify_item_t;

/*! \brief How often a code was found. */
typedef struct {
	size_t domains;          /*!< That were looked at. */
	size_t right;            /*!< Those without a finding. */
	size_t *codes;           /*!< Domains with each of hm_verify_codes; owned. */
} hm_verify_summary_t;

/*! \brief What is right, for people: to be freed with free(), NULL if memory is out. */
char *hm_verify_state(const hm_facts_t *facts);

/*! \brief Facts and findings for programs; NULL if memory is out. */
json_t *hm_verify_json(const hm_facts_t *facts, const hm_verdicts_t *verdicts);

/*! \brief The same for a domain that is not hosted. */
json_t *hm_verify_json_not_hosted(const knot_dname_t *domain, const hm_verdicts_t *verdicts);

/*! \brief Print what came of a domain. */
void hm_verify_print(const hm_out_t *out, const hm_verify_item_t *item, bool also_right);

/*! \brief Count the findings of a domain. */
void hm_verify_count(hm_verify_summary_t *summary, const hm_verify_item_t *item);

/*! \brief Print how often what was found. */
void hm_verify_print_summary(const hm_out_t *out, const hm_verify_summary_t *summary);

/*! \brief The same for programs, as members of an object. */
void hm_verify_json_summary(hm_json_t *json, const hm_verify_summary_t *summary);
