/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dlfcn.h>
#include <string.h>

#include "host.h"

/*! \brief Tell whether the server uses the libknot that the module was compiled for: what is laid
 *         out differently comes with a library of another name. */
static bool is_same_libknot(void)
{
	static const char prefix[] = "libknot.so.";
	Dl_info info;
	void *symbol = dlsym(RTLD_DEFAULT, "knot_pkt_new");
	if (symbol == NULL || dladdr(symbol, &info) == 0 || info.dli_fname == NULL) {
		return true;
	}
	const char *slash = strrchr(info.dli_fname, '/');
	const char *name = (slash != NULL) ? slash + 1 : info.dli_fname;
	// A server that has libknot in itself does not say which.
	return strncmp(name, prefix, sizeof(prefix) - 1) != 0 || strcmp(name, HM_LIBKNOT) == 0;
}

bool hm_host_fits(void)
{
	return is_same_libknot() && hm_host_zone_fits();
}
