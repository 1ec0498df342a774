/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include "hostedmail/mark.h"

static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

#define BASE (sizeof(digits) - 1)

void hm_mark_index(uint16_t index, char out[2])
{
	out[0] = digits[index / BASE % BASE];
	out[1] = digits[index % BASE];
}

const hm_var_t *hm_mark_var(const hm_vartab_t *tab, const uint8_t *mark, size_t avail)
{
	if (avail < HM_MARK_SIZE || mark[1] == '\0' || mark[2] == '\0') {
		return NULL;
	}
	const char *hi = strchr(digits, mark[1]);
	const char *lo = strchr(digits, mark[2]);
	if (hi == NULL || lo == NULL) {
		return NULL;
	}
	size_t index = (hi - digits) * BASE + (lo - digits);
	return (index < tab->count) ? &tab->vars[index] : NULL;
}

bool hm_mark_is_origin(const hm_vartab_t *tab, const uint8_t *label)
{
	return label[0] == 1 && label[1] == tab->mark && label[2] == 0;
}

void hm_vartab_clear(hm_vartab_t *tab)
{
	free(tab->vars);
	memset(tab, 0, sizeof(*tab));
}
