/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>

#include "hostedmail/dname.h"

bool hm_dname_is_ipv4(const knot_dname_t *name, const knot_dname_t *end)
{
	int labels = 0;
	while (name != end && *name != '\0') {
		int number = 0;
		if (*name > 3 || ++labels > 4) {
			return false;
		}
		for (int i = 1; i <= *name; i++) {
			if (!isdigit(name[i])) {
				return false;
			}
			number = 10 * number + name[i] - '0';
		}
		if (number > UINT8_MAX) {
			return false;
		}
		name = hm_dname_next(name);
	}
	return labels == 4;
}

bool hm_dname_is_address(const knot_dname_t *name, const knot_dname_t *end)
{
	if (name == end) {
		return false;
	}
	// The dots of an IPv4 address at the end of an IPv6 address begin a label,
	// the colons do not.
	int colons = 0;
	for (int i = 1; i <= *name; i++) {
		colons += (name[i] == ':');
		if (name[i] != ':' && !isxdigit(name[i])) {
			return false;
		}
	}
	return colons >= 2 || hm_dname_is_ipv4(name, end);
}
