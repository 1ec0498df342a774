/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The limit of any module without zones: one constant answer to every query, from the same
 *        hook. For bench/ only.
 */

#include <knot/module.h>
#include <libknot/libknot.h>

/*! \brief MX 10 mx.emailarray.com. */
static const uint8_t rdata[] = "\0\12\2mx\12emailarray\3com";

static knotd_state_t ceiling_begin(knotd_state_t state, knot_pkt_t *pkt, knotd_qdata_t *qdata,
                                   knotd_mod_t *mod)
{
	(void)state;
	const knot_rdataset_t *mx = knotd_mod_ctx(mod);
	knot_rrset_t answer;
	knot_rrset_init(&answer, (knot_dname_t *)knot_pkt_qname(qdata->query), KNOT_RRTYPE_MX,
	                KNOT_CLASS_IN, 3600);
	answer.rrs = *mx;
	knot_wire_set_aa(pkt->wire);
	int ret = knot_pkt_put(pkt, KNOT_COMPR_HINT_QNAME, &answer, KNOT_PF_NULL);
	return (ret == KNOT_EOK) ? KNOTD_STATE_DONE : KNOTD_STATE_FAIL;
}

static int ceiling_load(knotd_mod_t *mod)
{
	knot_rdataset_t *mx = calloc(1, sizeof(*mx));
	if (mx == NULL) {
		return KNOT_ENOMEM;
	}
	knot_rdata_t *record = malloc(knot_rdata_size(sizeof(rdata)));
	if (record == NULL) {
		free(mx);
		return KNOT_ENOMEM;
	}
	knot_rdata_init(record, sizeof(rdata), rdata);
	int ret = knot_rdataset_add(mx, record, NULL);
	free(record);
	if (ret == KNOT_EOK) {
		ret = knotd_mod_hook(mod, KNOTD_STAGE_BEGIN, ceiling_begin);
	}
	if (ret != KNOT_EOK) {
		knot_rdataset_clear(mx, NULL);
		free(mx);
		return ret;
	}
	knotd_mod_ctx_set(mod, mx);
	return KNOT_EOK;
}

static void ceiling_unload(knotd_mod_t *mod)
{
	knot_rdataset_t *mx = knotd_mod_ctx(mod);
	if (mx != NULL) {
		knot_rdataset_clear(mx, NULL);
		free(mx);
	}
	knotd_mod_ctx_set(mod, NULL);
}

KNOTD_MOD_API(ceiling, KNOTD_MOD_FLAG_SCOPE_GLOBAL | KNOTD_MOD_FLAG_OPT_CONF,
              ceiling_load, ceiling_unload, NULL, NULL);
