/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_internal.h"

int hm_flag_others_read(hm_flag_work_t *work, hm_error_t *error)
{
	const hm_conf_section_t *section = work->source.section;
	work->others = calloc(section->zones_count, sizeof(*work->others));
	if (work->others == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < section->zones_count; i++) {
		hm_error_t reason;
		work->others[i].result = KNOT_ENOZONE;
		if (i != work->zone && work->source.server.socket != NULL &&
		    hm_flags_read(&work->source.server, section->zones[i], &work->others[i],
		                  &reason) != KNOT_EOK) {
			fprintf(stderr, "warning: %s, so its flags are not known\n", reason.text);
		}
	}
	return KNOT_EOK;
}

static bool is_none(const knot_rdataset_t *txt)
{
	static const char none[] = "\x04" HM_PROFILE_NONE;
	return txt->count == 1 && txt->rdata->len == sizeof(none) - 1 &&
	       memcmp(txt->rdata->data, none, sizeof(none) - 1) == 0;
}

hm_other_t hm_flag_other(const hm_flag_work_t *work, const knot_dname_t *name, bool is_later,
                         size_t *zone)
{
	size_t count = work->source.section->zones_count;
	for (size_t i = is_later ? work->zone + 1 : 0; i < count; i++) {
		const hm_flags_t *flags = &work->others[i];
		const hm_flags_node_t *node = (flags->result == KNOT_EOK) ?
		                              hm_flags_find(flags, name) : NULL;
		if (node != NULL) {
			*zone = i;
			return is_none(&node->txt) ? HM_OTHER_NOBODY : HM_OTHER_ZONE;
		}
	}
	const hm_hosted_file_t *file = hm_hosted_set_file(work->set);
	hm_domain_t domain;
	return (file != NULL && hm_hosted_file_find(file, name, &domain) && domain.name == name) ?
	       HM_OTHER_FILE : HM_OTHER_NOBODY;
}
