/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stddef.h>

#include "options.h"

const hm_command_t *const hm_commands[] = {
	&hm_command_check,
	&hm_command_show,
	&hm_command_list,
	&hm_command_flag,
	&hm_command_unflag,
	&hm_command_verify,
	&hm_command_instructions,
	&hm_command_fold,
	&hm_command_diff,
	&hm_command_import,
	&hm_command_export,
	NULL
};
