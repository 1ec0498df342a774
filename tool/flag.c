/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_internal.h"
#include "idn.h"
#include "progress.h"
#include "suspicious.h"

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	hm_flag_work_t *work = ctx;
	bool is_input = (strcmp(file, work->input.file) == 0);
	if (!is_input && severity != HM_ERROR) {
		return; // That of a profile, which "khostedmail check" tells.
	}
	file = is_input ? work->input.shown : file;
	work->errors += (severity == HM_ERROR);
	hm_progress_clear();
	if (!work->opts->json) {
		const hm_out_t err = hm_out_to(stderr, work->opts->color);
		hm_out_finding(&err, severity, file, line, reason);
		return;
	}
	hm_json_element(&work->json, json_pack(
		"{s:s, s:o, s:I, s:o}", "severity", (severity == HM_ERROR) ? "error" : "warning",
		"file", hm_json_text(file), "line", (json_int_t)line,
		"reason", hm_json_text(reason)));
}

/*! \brief Load the profiles, with a hosted file or without. */
static int load_set(hm_flag_work_t *work, const char *file, hm_report_f report, hm_error_t *error)
{
	hm_hosted_set_opts_t opts = hm_source_set_opts(&work->source);
	opts.hosted_file = file;
	opts.report = report;
	opts.ctx = work;
	int ret = hm_hosted_set_load(&opts, &work->set);
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "a profile has errors; \"khostedmail check\" shows them all");
	}
	return ret;
}

/*! \brief Domains that are being checked. */
typedef struct {
	hm_flag_work_t *work;
	hm_suspicious_t suspicious;
} checking_t;

/*! \brief Take a domain of the input in, with the flag that it should have. */
static bool on_domain(void *ctx, const hm_domain_t *domain)
{
	checking_t *checking = ctx;
	hm_flag_work_t *work = checking->work;
	const knot_dname_t *zone = work->source.section->zones[work->zone];
	const hm_profile_t *profile = hm_hosted_set_profile(work->set, domain->profile);
	knot_rdata_t *want = NULL;
	const char *reason = hm_flag_refusal(domain->name, zone);
	if (reason == NULL) {
		(void)hm_flag_rdata(hm_profile_name(profile), domain, &want, &reason);
	}
	if (reason != NULL) {
		return hm_suspicious_add(&checking->suspicious, domain->name, reason);
	}
	if (!hm_flag_plan_add(&work->plan, domain->name, want)) {
		checking->suspicious.failed = true;
		return false;
	}
	return hm_suspicious_look(&checking->suspicious, domain);
}

/*! \brief Read and check the domains that are to be flagged. */
static int read_flags(hm_flag_work_t *work, hm_error_t *error)
{
	int ret = load_set(work, work->input.file, on_finding, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	if (hm_hosted_set_file_result(work->set) != KNOT_EOK) {
		hm_error_set(error, "%s cannot be read", work->input.shown);
		return hm_hosted_set_file_result(work->set);
	}
	checking_t checking = { .work = work };
	ret = hm_suspicious_init(&checking.suspicious, work->source.section, error);
	if (ret == KNOT_EOK) {
		hm_hosted_file_walk(hm_hosted_set_file(work->set), on_domain, &checking);
		ret = hm_suspicious_report(&checking.suspicious, work->input.file, on_finding,
		                           work, error);
	}
	hm_suspicious_clear(&checking.suspicious);
	return ret;
}

static bool on_name(void *ctx, const knot_dname_t *name)
{
	hm_flag_work_t *work = ctx;
	return hm_flag_plan_add(&work->plan, name, NULL);
}

static void on_unread(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	(void)ctx;
	(void)severity;
	if (line == 0) {
		hm_progress_clear();
		fprintf(stderr, "warning: %s: %s\n", file, reason);
	}
}

/*! \brief Read the domains whose flags are to be removed, and who else hosts them. */
static int read_names(hm_flag_work_t *work, hm_error_t *error)
{
	int ret = hm_flag_input_names(&work->input, on_name, on_finding, work, error);
	if (ret != KNOT_EOK || work->errors > 0) {
		return ret;
	}
	ret = load_set(work, work->source.section->hosted_file, on_unread, error);
	if (ret == KNOT_EOK) {
		ret = hm_flag_others_read(work, error);
	}
	for (size_t i = 0; i < work->plan.count && ret == KNOT_EOK && work->opts->none; i++) {
		hm_flag_change_t *change = &work->plan.changes[i];
		const char *reason = "out of memory";
		size_t zone;
		hm_domain_t domain;
		hm_domain_init(change->name, &domain);
		if (hm_flag_other(work, change->name, true, &zone) != HM_OTHER_NOBODY) {
			ret = hm_flag_rdata(HM_PROFILE_NONE, &domain, &change->want, &reason);
		}
		if (ret != KNOT_EOK) {
			hm_error_set(error, "%s", reason);
		}
	}
	return ret;
}

/*! \brief Choose the hosted zone of --zone among those of the section. */
static int choose_zone(hm_flag_work_t *work, hm_error_t *error)
{
	const hm_conf_section_t *section = work->source.section;
	knot_dname_storage_t name;
	if (section->zones_count == 0) {
		hm_error_set(error, "%s: section mod-hostedmail '%s' has no hosted-zone; without "
		             "one, a domain is flagged by its line in the hosted file",
		             work->source.name, section->id);
		return KNOT_ENOZONE;
	}
	if (work->opts->zone == NULL) {
		return KNOT_EOK;
	}
	int ret = hm_idn_read(work->opts->zone, name, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	while (work->zone < section->zones_count &&
	       !knot_dname_is_case_equal(section->zones[work->zone], name)) {
		work->zone++;
	}
	if (work->zone == section->zones_count) {
		hm_error_set(error, "%s: '%s' is no hosted-zone of section mod-hostedmail '%s'",
		             work->source.name, work->opts->zone, section->id);
		return KNOT_ENOZONE;
	}
	return KNOT_EOK;
}

/*! \brief Read the domains, by the one command or the other. */
typedef int (*read_f)(hm_flag_work_t *work, hm_error_t *error);

static int do_all(hm_flag_work_t *work, read_f read, hm_error_t *error)
{
	if (work->opts->json) {
		hm_json_begin(&work->json, work->out.file);
		hm_json_array(&work->json, "findings");
	}
	hm_progress_begin(work->input.shown);
	int ret = read(work, error);
	hm_progress_end();
	if (work->opts->json) {
		hm_json_array_end(&work->json);
	}
	if (ret == KNOT_EOK && work->errors > 0) {
		hm_error_set(error, "nothing was changed: %zu %s wrong", work->errors,
		             (work->errors == 1) ? "line is" : "lines are");
		ret = KNOT_EMALF;
	}
	hm_flag_plan_sort(&work->plan);
	if (ret == KNOT_EOK) {
		ret = hm_flag_apply(work, error);
		bool some = (ret != KNOT_EOK && hm_flag_plan_todo(&work->plan) > 0);
		if (ret == KNOT_EOK || some) {
			hm_error_t memory;
			int told = hm_flag_report(work, (ret == KNOT_EOK) ? error : &memory);
			ret = (ret == KNOT_EOK) ? told : ret;
		}
	}
	if (ret == KNOT_EOK && work->opts->wait && !work->opts->dry_run) {
		bool right = false;
		ret = hm_flag_wait(work, &right, error);
		work->is_late = !right;
	}
	if (work->opts->json) {
		if (ret != KNOT_EOK) {
			hm_json_member(&work->json, "failed", hm_json_text(error->text));
		}
		if (hm_json_end(&work->json) != KNOT_EOK && ret == KNOT_EOK) {
			hm_error_set(error, "out of memory");
			ret = KNOT_ENOMEM;
		}
	}
	return ret;
}

static int run(const hm_tool_opts_t *opts, bool is_flag, hm_error_t *error)
{
	if (!opts->wait && opts->servers.count > 0) {
		hm_error_set(error, "--server is for --wait");
		return HM_EXIT_FAILED;
	}
	if (opts->update == NULL && (opts->key != NULL || opts->key_file != NULL)) {
		hm_error_set(error, "a TSIG key is for DNS updates, with -u");
		return HM_EXIT_FAILED;
	}
	hm_flag_work_t work = { .opts = opts, .out = hm_out_to(stdout, opts->color) };
	int ret = hm_flag_input_open(opts, is_flag, &work.input, error);
	if (ret == KNOT_EOK) {
		ret = hm_source_open(opts, &work.source, error);
	}
	if (ret == KNOT_EOK) {
		ret = choose_zone(&work, error);
	}
	if (ret == KNOT_EOK) {
		ret = do_all(&work, is_flag ? read_flags : read_names, error);
	}
	for (size_t i = 0; work.others != NULL && i < work.source.section->zones_count; i++) {
		hm_flags_clear(&work.others[i]);
	}
	free(work.others);
	hm_flag_plan_clear(&work.plan);
	hm_flags_clear(&work.flags);
	hm_hosted_set_free(work.set);
	hm_source_clear(&work.source);
	hm_flag_input_close(&work.input);
	return (ret != KNOT_EOK) ? HM_EXIT_FAILED : work.is_late ? HM_EXIT_FOUND : HM_EXIT_OK;
}

static int run_flag(const hm_tool_opts_t *opts, hm_error_t *error)
{
	return run(opts, true, error);
}

static int run_unflag(const hm_tool_opts_t *opts, hm_error_t *error)
{
	return run(opts, false, error);
}

#define OPTION_FROM \
	{ "from", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, from), "FILE", \
	  "Domains of a file, a line each as in a hosted file;\n- is standard input." }
#define OPTION_ZONE \
	{ "zone", 'z', HM_OPTION_WORD, offsetof(hm_tool_opts_t, zone), "ZONE", \
	  "Hosted zone, if there are several.\n  (default: the first one)" }
#define OPTION_WAIT \
	{ "wait", 'w', HM_OPTION_FLAG, offsetof(hm_tool_opts_t, wait), NULL, \
	  "Return when all name servers answer right, for -t at most." }
#define OPTION_SERVER \
	{ "server", 0, HM_OPTION_WORDS, offsetof(hm_tool_opts_t, servers), "ADDRESS[@PORT]", \
	  "A name server to wait for, in place of those of the profile;\n" \
	  "can be given several times." }
#define OPTION_UPDATE \
	{ "update", 'u', HM_OPTION_WORD, offsetof(hm_tool_opts_t, update), "ADDRESS[@PORT]", \
	  "By DNS updates to this server, in place of the control socket." }
#define OPTION_KEY \
	{ "key", 'k', HM_OPTION_WORD, offsetof(hm_tool_opts_t, key_file), "FILE", \
	  "TSIG key of these, a line ALGORITHM:NAME:SECRET." }
#define OPTION_TSIG \
	{ "tsig", 'y', HM_OPTION_WORD, offsetof(hm_tool_opts_t, key), "[ALGORITHM:]NAME:SECRET", \
	  "The same on the command line, where others can see it." }
#define OPTION_DRY_RUN \
	{ "dry-run", 'n', HM_OPTION_FLAG, offsetof(hm_tool_opts_t, dry_run), NULL, \
	  "Say what would be changed, and change nothing." }

static const hm_option_t flag_options[] = {
	OPTION_FROM,
	OPTION_ZONE,
	OPTION_DRY_RUN,
	OPTION_UPDATE,
	OPTION_KEY,
	OPTION_TSIG,
	OPTION_WAIT,
	OPTION_SERVER,
	{ 0 }
};

static const hm_option_t unflag_options[] = {
	OPTION_FROM,
	OPTION_ZONE,
	{ "none", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, none), NULL,
	  "Where the hosted file, or a later hosted zone, has the domain: put\n"
	  "a flag \"none\" in place, so that it is not hosted by that one." },
	OPTION_DRY_RUN,
	OPTION_UPDATE,
	OPTION_KEY,
	OPTION_TSIG,
	OPTION_WAIT,
	OPTION_SERVER,
	{ 0 }
};

const hm_command_t hm_command_flag = {
	.name = "flag",
	.usage = "DOMAIN [PROFILE] [NAME=VALUE...] | --from FILE",
	.brief = "Host domains: put their flags into the hosted zone.",
	.help =
	"Flags a domain in the hosted zone of a running server, by its control socket, or all\n"
	"domains of a file, in one transaction. Every line is checked first, as the hosted file\n"
	"is when it is loaded; if one is wrong, all that are wrong are told and nothing is\n"
	"changed. A flag that is there already is left alone, so a second run changes nothing.\n"
	"PROFILE - is the default profile.\n"
	"\n"
	"With -u the changes are made by DNS updates (RFC 2136), up to 500 records a message.\n"
	"If one is refused, those before it were made, and are told.\n"
	"\n"
	"With --wait it returns when all name servers of the domains, the NS records of their\n"
	"profiles, answer with their SOA and MX records.\n"
	"\n"
	"Exit code: 0 if all domains have their flags, 1 if they have, but a name server does\n"
	"not answer right in time, 2 if it could not be done.\n",
	.example =
	"Example:\n"
	"  khostedmail flag example.com aspiresoft-live cluster=b\n",
	.options = flag_options,
	.args_max = 2 + 64,
	.run = run_flag,
};

const hm_command_t hm_command_unflag = {
	.name = "unflag",
	.usage = "DOMAIN... | --from FILE",
	.brief = "Stop hosting domains: remove their flags from the hosted zone.",
	.help =
	"Removes the flags of domains, in one transaction. A domain that has none is left\n"
	"alone. Of a file, the first word of each line is the domain. It is told if a domain\n"
	"stays hosted, since the hosted file or another hosted zone has it; --none takes it\n"
	"out all the same.\n"
	"\n"
	"With --wait it returns when no name server of the domains answers for them any more.\n"
	"\n"
	"Exit code: 0 if the flags are gone, 1 if they are, but a name server answers for a\n"
	"domain after the time of -t, 2 if it could not be done.\n",
	.example =
	"Example:\n"
	"  khostedmail unflag --none example.com example.org\n",
	.options = unflag_options,
	.args_max = 100000,
	.run = run_unflag,
};
