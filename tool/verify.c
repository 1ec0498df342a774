/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "idn.h"
#include "progress.h"
#include "verify_run.h"

/*! \brief Domains at a time: as a rule, and at most. */
#define JOBS_DEFAULT 16
#define JOBS_MAX 256

/*! \brief Milliseconds for the first try over UDP, or for a TCP connection. */
#define ASK_MS 2000

/*! \brief The same for a resolver, which finds nothing behind servers that do not answer. */
#define RESOLVE_MS 12000

/*! \brief Files that a resolver has open at most, those that a job needs besides, those of the whole
 *         program, and all that one can want. */
#define FILES_RESOLVER 48
#define FILES_JOB 8
#define FILES_PROGRAM 32
#define FILES_MAX 65536

/*! \brief Note a domain; false if memory is out. */
static bool add_item(hm_verify_t *verify, const knot_dname_t *name)
{
	if (!hm_array_grow(&verify->items, verify->items_count, sizeof(*verify->items))) {
		return false;
	}
	hm_verify_item_t *item = &verify->items[verify->items_count];
	*item = (hm_verify_item_t){ .name = knot_dname_copy(name, NULL) };
	verify->items_count += (item->name != NULL);
	return item->name != NULL;
}

static bool on_domain(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
                      bool flagged)
{
	(void)profile;
	(void)flagged;
	hm_verify_t *verify = ctx;
	verify->no_memory |= !add_item(verify, domain->name);
	return !verify->no_memory;
}

static void on_wrong_flag(void *ctx, const knot_dname_t *name, const char *reason)
{
	(void)reason;
	hm_verify_t *verify = ctx;
	verify->no_memory |= !add_item(verify, name);
}

/*! \brief Note what is wrong with a line of a domain. */
static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	(void)file;
	hm_verify_t *verify = ctx;
	bool ours = false;
	for (size_t i = 0; i < verify->items_count && severity == HM_ERROR; i++) {
		for (size_t l = 0; l < verify->located[i].lines_count; l++) {
			ours |= (verify->located[i].lines[l] == line);
		}
	}
	if (!ours) {
		return;
	}
	if (!hm_array_grow(&verify->wrong, verify->wrong_count, sizeof(*verify->wrong))) {
		verify->no_memory = true;
		return;
	}
	hm_wrong_line_t *wrong = &verify->wrong[verify->wrong_count++];
	*wrong = (hm_wrong_line_t){ .line = line, .reason = strdup(reason) };
	verify->no_memory |= (wrong->reason == NULL);
}

/*! \brief Read the domains that were named. */
static int read_names(hm_verify_t *verify)
{
	for (int i = 0; i < verify->opts->args_count; i++) {
		knot_dname_storage_t name;
		int ret = hm_idn_read(verify->opts->args[i], name, verify->error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		if (!add_item(verify, name)) {
			hm_error_set(verify->error, "out of memory");
			return KNOT_ENOMEM;
		}
	}
	return KNOT_EOK;
}

/*! \brief Load the hosted set; find the lines of the domains that were named. */
static int load(hm_verify_t *verify)
{
	int ret = hm_load_open(verify->opts, &verify->loaded, verify->error);
	const char *file = (ret == KNOT_EOK) ? verify->loaded.source.section->hosted_file : NULL;
	if (file != NULL && verify->items_count > 0) {
		verify->located = calloc(verify->items_count, sizeof(*verify->located));
		for (size_t i = 0; verify->located != NULL && i < verify->items_count; i++) {
			verify->located[i].name = verify->items[i].name;
		}
		hm_progress_begin(file);
		ret = (verify->located == NULL) ? KNOT_ENOMEM :
		      hm_locate(file, verify->located, verify->items_count, verify->error);
		hm_progress_end();
	}
	if (ret == KNOT_EOK) {
		ret = hm_load_set(verify->opts, (verify->located != NULL) ? on_finding : NULL, verify,
		                  &verify->loaded, verify->error);
	}
	if (ret == KNOT_EOK && verify->opts->all) {
		const hm_domains_visitor_t visitor = {
			.domain = on_domain, .wrong = on_wrong_flag, .ctx = verify,
		};
		hm_domains_walk(verify->loaded.set, &verify->loaded.flags, &visitor);
	}
	if (ret == KNOT_EOK && verify->no_memory) {
		ret = KNOT_ENOMEM;
	}
	if (ret == KNOT_ENOMEM) {
		hm_error_set(verify->error, "out of memory");
	}
	return ret;
}

/*! \brief Read the options that are of this command. */
static int read_options(hm_verify_t *verify, size_t *jobs)
{
	const hm_tool_opts_t *opts = verify->opts;
	hm_error_t *error = verify->error;
	if (opts->all == (opts->args_count > 0)) {
		hm_error_set(error, opts->all ? "--all takes no domain" :
		             "which domain? Name one or more, or say --all");
		return KNOT_EINVAL;
	}
	if (opts->only_ipv4 && opts->only_ipv6) {
		hm_error_set(error, "-4 and -6 together leave nothing");
		return KNOT_EINVAL;
	}
	*jobs = JOBS_DEFAULT;
	if (opts->jobs != NULL) {
		char *end;
		unsigned long number = strtoul(opts->jobs, &end, 10);
		if (*opts->jobs < '0' || *opts->jobs > '9' || *end != '\0' || number < 1 ||
		    number > JOBS_MAX) {
			hm_error_set(error, "'%s' is not a number from 1 to %d", opts->jobs, JOBS_MAX);
			return KNOT_EINVAL;
		}
		*jobs = number;
	}
	verify->gather = (hm_gather_opts_t) {
		.resolver = {
			.root = opts->root, .trust_anchor = opts->trust_anchor,
			.no_ipv4 = opts->only_ipv6, .no_ipv6 = opts->only_ipv4,
			.timeout_ms = (opts->timeout_ms > 0 && opts->timeout_ms < RESOLVE_MS) ?
			              opts->timeout_ms : RESOLVE_MS,
		},
		.ask = {
			.timeout_ms = (opts->timeout_ms > 0 && opts->timeout_ms < ASK_MS) ?
			              opts->timeout_ms : ASK_MS,
			.tries = 2,
		},
		.port = 53,
	};
	return KNOT_EOK;
}

/*!
 * \brief Have no more jobs, each with no more sockets, than the limit of open files allows: else
 *        what cannot be asked would seem to be wrong.
 */
static int share_files(hm_verify_t *verify, size_t *jobs)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return KNOT_EOK;
	}
	if (limit.rlim_cur < FILES_MAX && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = (limit.rlim_max < FILES_MAX) ? limit.rlim_max : FILES_MAX;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	size_t files = (limit.rlim_cur < FILES_MAX) ? limit.rlim_cur : FILES_MAX;
	if (files < FILES_PROGRAM + FILES_RESOLVER + FILES_JOB) {
		hm_error_set(verify->error, "%zu open files are too few (ulimit -n)", files);
		return KNOT_ELIMIT;
	}
	files -= FILES_PROGRAM;
	if (*jobs > files / (FILES_RESOLVER + FILES_JOB)) {
		*jobs = files / (FILES_RESOLVER + FILES_JOB);
	}
	verify->gather.ask.open_max = files / *jobs - FILES_RESOLVER;
	return KNOT_EOK;
}

static void clear(hm_verify_t *verify)
{
	for (size_t i = 0; i < verify->items_count; i++) {
		hm_verify_item_clear(&verify->items[i]);
	}
	if (verify->located != NULL) {
		hm_locate_clear(verify->located, verify->items_count);
	}
	free(verify->located);
	free(verify->items);
	for (size_t i = 0; i < verify->wrong_count; i++) {
		free(verify->wrong[i].reason);
	}
	free(verify->wrong);
	free(verify->summary.codes);
	hm_suffixes_free(verify->suffixes);
	hm_load_clear(&verify->loaded);
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_verify_t verify = {
		.opts = opts, .out = hm_out_to(stdout, opts->color), .error = error,
		.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
	};
	size_t jobs;
	int ret = read_options(&verify, &jobs);
	if (ret == KNOT_EOK) {
		ret = share_files(&verify, &jobs);
	}
	if (ret == KNOT_EOK) {
		ret = read_names(&verify);
	}
	if (ret == KNOT_EOK) {
		ret = load(&verify);
	}
	if (ret == KNOT_EOK) {
		// Without a list, a registry is known by its one label alone.
		(void)hm_suffixes_new(&verify.suffixes);
		verify.gather.suffixes = verify.suffixes;
		const hm_conf_section_t *section = verify.loaded.source.section;
		verify.gather.zones = (const knot_dname_t *const *)section->zones;
		verify.gather.zones_count = section->zones_count;
		ret = hm_verify_all(&verify, jobs);
	}
	int code = (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	           (verify.summary.right < verify.summary.domains) ? HM_EXIT_FOUND : HM_EXIT_OK;
	clear(&verify);
	return code;
}

static const hm_option_t options[] = {
	{ "all", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, all), NULL,
	  "All hosted domains; print those with findings, and a summary." },
	{ "jobs", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, jobs), "NUMBER",
	  "So many domains at a time.\n  (default 16)" },
	{ "root", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, root), "ADDRESS[@PORT]|FILE",
	  "Root server, or file with root hints, of a name space of your own.\n"
	  "  (default the one of the Internet)" },
	{ "trust-anchor", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, trust_anchor), "FILE",
	  "Trust anchors to validate with, as DS or DNSKEY records.\n"
	  "  (default that of the root, of dns-root-data or Unbound; none with --root)" },
	{ "ipv4", '4', HM_OPTION_FLAG, offsetof(hm_tool_opts_t, only_ipv4), NULL,
	  "Ask over IPv4 alone." },
	{ "ipv6", '6', HM_OPTION_FLAG, offsetof(hm_tool_opts_t, only_ipv6), NULL,
	  "Ask over IPv6 alone." },
	{ 0 }
};

const hm_command_t hm_command_verify = {
	.name = "verify",
	.usage = "DOMAIN... | --all",
	.brief = "Ask the world about a domain: what is wrong, and who has to do what.",
	.help =
	"Asks the servers of the zone above for the delegation and the DS record, each name\n"
	"server of the profile for every record, over IPv4 and IPv6, UDP and TCP, and a\n"
	"resolver for what the records lead to: mail servers, aliases, DKIM keys, SPF, MTA-STS.\n"
	"Each finding is a sentence that says what is, and one that says who has to do what.\n"
	"A domain that is not delegated, but has its mail records set by hand, is compared with\n"
	"the profile record by record. Of a domain that is not hosted it says why.\n"
	"\n"
	"Exit code: 0 if all is right, 1 if there are findings, 2 if it could not be done.\n",
	.example =
	"Example:\n"
	"  khostedmail verify example.com\n",
	.options = options,
	.args_max = 1 << 20,
	.run = run,
};
