/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The flags of the hosted zones, read from a running server.
 *
 * A zone is read as a whole: the server writes an error to its log for each single name that is
 * not there.
 */

#pragma once

#include <libknot/dname.h>
#include <libknot/rdataset.h>

#include "error.h"
#include "server.h"
#include "zone_text.h"

/*! \brief A node of a hosted zone. */
typedef struct {
	knot_dname_t *name;  /*!< The domain in lowercase, without the name of the zone. */
	knot_rdataset_t txt; /*!< Its flag; empty if it has none. */
} hm_flags_node_t;

/*! \brief A hosted zone as it was when it was read. */
typedef struct {
	const knot_dname_t *zone;  /*!< Its name; borrowed. */
	hm_flags_node_t *nodes;    /*!< All in canonical order, but for empty non-terminals. */
	size_t nodes_count;
	uint32_t serial;           /*!< That of its SOA. */
	int result;                /*!< KNOT_EOK if it was read. */
} hm_flags_t;

/*! \brief All hosted zones, the one that wins first. */
typedef struct {
	hm_flags_t *zones;
	size_t zones_count;
	int result;                /*!< KNOT_EOK if all were read, and there is one. */
} hm_all_flags_t;

/*!
 * \brief Read a hosted zone.
 *
 * \param[in]  server  Server.
 * \param[in]  zone    Name of the zone; borrowed.
 * \param[out] flags   To be cleared with hm_flags_clear() whatever the result, which it has.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK         Success.
 * \retval KNOT_ENOZONE     The server does not have the zone.
 * \retval KNOT_EEMPTYZONE  The zone is not loaded, or has expired.
 * \retval KNOT_E*          As hm_server_ask().
 */
int hm_flags_read(const hm_server_t *server, const knot_dname_t *zone, hm_flags_t *flags,
                  hm_error_t *error);

/*! \brief Add a node, which must come after all others in canonical order; NULL if memory is out. */
hm_flags_node_t *hm_flags_add(hm_flags_t *flags, const knot_dname_t *name);

/*! \brief The same within a transaction that is open on the zone, over its connection. */
int hm_flags_read_change(hm_server_link_t *link, const knot_dname_t *zone, hm_flags_t *flags,
                         hm_error_t *error);

/*! \brief Serial of a SOA record as text, 0 if it is none. */
uint32_t hm_flags_serial(hm_rdata_reader_t *reader, const char *text);

/*! \brief Free what was read. */
void hm_flags_clear(hm_flags_t *flags);

/*! \brief Free what was read of all zones. */
void hm_all_flags_clear(hm_all_flags_t *flags);

/*! \brief Look up a node: a hm_hosted_zone_get_f, whose context is the hm_all_flags_t. */
int hm_flags_get(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                 knot_rdataset_t *txt);

/*! \brief The node of a domain that has a flag, NULL if it has none. */
const hm_flags_node_t *hm_flags_find(const hm_flags_t *flags, const knot_dname_t *name);

/*!
 * \brief The strings of a flag as text.
 *
 * \param[in] txt  Flag; one record.
 *
 * \return `"profile" "name=value"`, to be freed with free(); NULL if memory is out.
 */
char *hm_flags_text(const knot_rdataset_t *txt);
