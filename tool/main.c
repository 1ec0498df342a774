/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include <libknot/errcode.h>

#include "hostedmail/strerror.h"
#include "options.h"

static void print_error(const hm_error_t *error, hm_color_t color)
{
	const hm_out_t out = hm_out_to(stderr, color);
	hm_out_print(&out, HM_STYLE_ERROR, "error: ");
	fprintf(stderr, "%s\n", error->text);
}

/*! \brief Run what the command line asks for. */
static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	if (opts->version) {
		printf("khostedmail (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
		return HM_EXIT_OK;
	}
	if (opts->help) {
		hm_options_help(opts->command);
		return HM_EXIT_OK;
	}
	return opts->command->run(opts, error);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	hm_tool_opts_t opts;
	hm_error_t error;
	if (hm_options_parse(argc, argv, &opts, &error) != KNOT_EOK) {
		print_error(&error, opts.color);
		return HM_EXIT_FAILED;
	}
	int code = run(&opts, &error);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		hm_error_set(&error, "the output cannot be written (%s)", hm_errno_text());
		code = HM_EXIT_FAILED;
	}
	if (code == HM_EXIT_FAILED) {
		print_error(&error, opts.color);
	}
	return code;
}
