/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/libknot.h>

#include "overlay.h"

// The server does not let a module look into the zone.

const bool hm_overlay_one_name = true;

/*!
 * \brief All that can be known of the zone: what the server has said of one name.
 *
 * If it said NODATA, that name and those above it exist, the name has neither the type asked for
 * nor a CNAME, and may have any other. If it said NXDOMAIN, the name does not exist, and nothing
 * else of the zone is supposed to be near it.
 */
int hm_overlay_get_zone(void *ctx, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out)
{
	const hm_overlay_query_t *query = ctx;
	const knot_dname_t *apex = query->question.view.domain->name;
	if (!knot_dname_is_equal(owner, apex) &&
	    (!query->found || knot_dname_in_bailiwick(query->name, owner) < 0)) {
		return KNOT_ENONODE;
	}
	knot_rrset_init_empty(out);
	bool absent = (type == knot_pkt_qtype(query->qdata->query) || type == KNOT_RRTYPE_CNAME ||
	               type == KNOT_RRTYPE_NS || type == KNOT_RRTYPE_DNAME);
	if (query->found && !absent && knot_dname_is_equal(owner, query->name)) {
		out->owner = (knot_dname_t *)owner;
		out->rrs.count = 1;
	}
	return KNOT_EOK;
}

/*! \brief After the server's own answer. */
static knotd_in_state_t overlay_answer(knotd_in_state_t state, knot_pkt_t *pkt,
                                       knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	hm_overlay_query_begin();
	hm_overlay_check_spf(mod, qdata);
	if (state != KNOTD_IN_STATE_MISS && state != KNOTD_IN_STATE_NODATA) {
		return state;
	}
	hm_overlay_query_t *query = hm_overlay_query_get(mod, qdata);
	if (query == NULL) {
		return hm_overlay_fail(mod, qdata);
	}
	return hm_overlay_fill_negative(state, pkt, query, mod);
}

int hm_overlay_add_hooks(knotd_mod_t *mod, unsigned *count)
{
	int ret = knotd_mod_in_hook(mod, KNOTD_STAGE_ANSWER, overlay_answer);
	*count = (ret == KNOT_EOK);
	return ret;
}
