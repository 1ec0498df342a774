/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "hostedmail/strerror.h"

const char *hm_errno_text(void)
{
#if HAVE_STRERRORDESC_NP
	const char *text = strerrordesc_np(errno);
	return (text != NULL) ? text : "unknown system error";
#else
	return strerror(errno);
#endif
}
