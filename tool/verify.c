/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "idn.h"
#include "load.h"
#include "locate.h"
#include "progress.h"
#include "verify_internal.h"
#include "why.h"

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

/*! \brief What is wrong with a line of one of the domains. */
typedef struct {
	uint64_t line;
	char *reason;
} wrong_line_t;

/*! \brief All that is to be verified. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_error_t *error;
	hm_loaded_t loaded;
	hm_verify_item_t *items;
	size_t items_count;
	hm_located_t *located;       /*!< Lines of each of the items that were named. */
	wrong_line_t *wrong;         /*!< Lines that are wrong, of those. */
	size_t wrong_count;
	bool no_memory;
	hm_suffixes_t *suffixes;
	hm_gather_opts_t gather;
	pthread_mutex_t lock;        /*!< Of what follows. */
	pthread_cond_t changed;
	size_t next;
	size_t done;
	hm_verify_summary_t summary;
} verify_t;

/*! \brief One of the threads that verify. */
typedef struct {
	verify_t *verify;
	hm_gather_t *gather;
	pthread_t thread;
} job_t;

/*! \brief Note a domain; false if memory is out. */
static bool add_item(verify_t *verify, const knot_dname_t *name)
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
	verify_t *verify = ctx;
	verify->no_memory |= !add_item(verify, domain->name);
	return !verify->no_memory;
}

static void on_wrong_flag(void *ctx, const knot_dname_t *name, const char *reason)
{
	(void)reason;
	verify_t *verify = ctx;
	verify->no_memory |= !add_item(verify, name);
}

/*! \brief Note what is wrong with a line of a domain. */
static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	(void)file;
	verify_t *verify = ctx;
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
	wrong_line_t *wrong = &verify->wrong[verify->wrong_count++];
	*wrong = (wrong_line_t){ .line = line, .reason = strdup(reason) };
	verify->no_memory |= (wrong->reason == NULL);
}

/*! \brief Read the domains that were named. */
static int read_names(verify_t *verify)
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
static int load(verify_t *verify)
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

/*! \brief Find the owner of a name. */
static bool find(const verify_t *verify, const knot_dname_t *name, hm_owner_t *owner)
{
	return hm_hosted_set_find(verify->loaded.set, name, hm_flags_get,
	                          (void *)&verify->loaded.flags, owner);
}

/*! \brief Whose zone is being looked at. */
typedef struct {
	const verify_t *verify;
	const hm_domain_t *domain;
} zone_t;

/*! \brief Tell whether a name below the domain belongs to one that is nested in it. */
static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	const zone_t *zone = ctx;
	hm_owner_t owner;
	return find(zone->verify, name, &owner) && owner.domain.labels > zone->domain->labels;
}

/*! \brief The first line of a domain that is wrong, NULL if none is. */
static const wrong_line_t *wrong_line(const verify_t *verify, const hm_verify_item_t *item)
{
	if (verify->located == NULL) {
		return NULL;
	}
	const hm_located_t *located = &verify->located[item - verify->items];
	for (size_t i = 0; i < verify->wrong_count; i++) {
		for (size_t l = 0; l < located->lines_count; l++) {
			if (located->lines[l] == verify->wrong[i].line) {
				return &verify->wrong[i];
			}
		}
	}
	return NULL;
}

/*! \brief Say why a domain is not hosted, and what to do. */
static void not_hosted(const verify_t *verify, hm_verify_item_t *item, const hm_owner_t *owner,
                       bool found, const char *reason)
{
	char what[HM_WHY_MAX], *action = NULL;
	const hm_why_t why = {
		.loaded = &verify->loaded, .name = item->name, .owner = owner, .found = found,
		.reason = reason,
	};
	hm_why_not_hosted(&why, what);
	const wrong_line_t *wrong = wrong_line(verify, item);
	knot_dname_storage_t nearest;
	knot_dname_txt_storage_t text;
	int ret;
	if (reason != NULL) {
		ret = asprintf(&action, "Correct its flag in the hosted zone");
	} else if (wrong != NULL) {
		ret = asprintf(&action, "Correct its line, %s:%lu: %s",
		               verify->loaded.source.section->hosted_file,
		               (unsigned long)wrong->line, wrong->reason);
	} else if (owner->flag.refused == item->name) {
		ret = asprintf(&action, "Take it out of hosted-exclude, if it is right to host it");
	} else if (hm_flag_is_none(&owner->flag, knot_dname_labels(item->name, NULL))) {
		ret = asprintf(&action, "Remove that flag from the hosted zone, if it is right to host "
		               "it");
	} else if (hm_hosted_set_excludes(verify->loaded.set, item->name)) {
		ret = asprintf(&action, "It cannot be hosted: it is excluded, or above an excluded name "
		               "(hosted-exclude)");
	} else if (hm_why_nearest(&verify->loaded, item->name, nearest)) {
		ret = asprintf(&action, "Is %s meant, which is hosted? If not, add it to the hosted "
		               "file, or flag it in the hosted zone", hm_idn_text(nearest, text));
	} else {
		ret = asprintf(&action, "Add it to the hosted file, or flag it in the hosted zone");
	}
	if (ret < 0) {
		item->failed = true;
		return;
	}
	hm_verdict_add(&item->verdicts, (reason != NULL) ? "flag-wrong" : "not-hosted", action, "%s",
	               what);
	free(action);
	if (verify->opts->json) {
		item->json = hm_verify_json_not_hosted(item->name, &item->verdicts);
		item->failed |= (item->json == NULL);
	}
}

/*! \brief Verify a domain that is hosted. */
static void hosted(job_t *job, hm_verify_item_t *item, const hm_domain_t *domain,
                   const hm_profile_t *profile)
{
	hm_expect_t expect;
	zone_t zone = { .verify = job->verify, .domain = domain };
	int ret = hm_expect_build(profile, domain, is_hidden, &zone, &expect);
	hm_facts_t facts = { 0 };
	if (ret == KNOT_EOK) {
		ret = hm_gather_domain(job->gather, hm_profile_name(profile), item->name, &expect,
		                       &facts);
	}
	if (ret == KNOT_EOK) {
		hm_verify_decide(&facts, &item->verdicts);
		item->state = hm_verify_state(&facts);
		item->failed |= (item->state == NULL);
	}
	if (ret == KNOT_EOK && job->verify->opts->json) {
		item->json = hm_verify_json(&facts, &item->verdicts);
		item->failed |= (item->json == NULL);
	}
	item->failed |= (ret != KNOT_EOK || item->verdicts.no_memory);
	hm_facts_clear(&facts);
	hm_expect_clear(&expect);
}

static void verify_item(job_t *job, hm_verify_item_t *item)
{
	verify_t *verify = job->verify;
	hm_memory_t memory;
	hm_memory_init(&memory);
	hm_owner_t owner;
	const char *reason = NULL;
	bool found = find(verify, item->name, &owner);
	const hm_profile_t *profile = NULL;
	if (found && owner.domain.size == knot_dname_size(item->name)) {
		profile = hm_hosted_set_complete(verify->loaded.set, &owner, &memory.mm, &reason);
	}
	if (profile != NULL) {
		hosted(job, item, &owner.domain, profile);
	} else {
		not_hosted(verify, item, &owner, found, reason);
	}
	hm_memory_clear(&memory);
}

/*! \brief Verify one domain after the other, as long as there are any. */
static void *work(void *ctx)
{
	job_t *job = ctx;
	verify_t *verify = job->verify;
	pthread_mutex_lock(&verify->lock);
	while (verify->next < verify->items_count) {
		hm_verify_item_t *item = &verify->items[verify->next++];
		pthread_mutex_unlock(&verify->lock);
		verify_item(job, item);
		pthread_mutex_lock(&verify->lock);
		item->done = true;
		verify->done++;
		hm_progress_count(verify->done, verify->items_count);
		pthread_cond_signal(&verify->changed);
	}
	pthread_mutex_unlock(&verify->lock);
	return NULL;
}

static void item_clear(hm_verify_item_t *item)
{
	knot_dname_free(item->name, NULL);
	hm_verdicts_clear(&item->verdicts);
	free(item->state);
	json_decref(item->json);
	*item = (hm_verify_item_t){ 0 };
}

/*! \brief Print what comes, in the order of the domains; false if memory was out. */
static bool print_all(verify_t *verify, hm_json_t *json)
{
	bool ok = true;
	for (size_t i = 0; i < verify->items_count; i++) {
		hm_verify_item_t *item = &verify->items[i];
		pthread_mutex_lock(&verify->lock);
		while (!item->done) {
			pthread_cond_wait(&verify->changed, &verify->lock);
		}
		pthread_mutex_unlock(&verify->lock);
		ok &= !item->failed;
		hm_verify_count(&verify->summary, item);
		if (json != NULL && item->json != NULL) {
			hm_json_element(json, json_incref(item->json));
		} else if (json == NULL && !item->failed) {
			hm_progress_clear();
			hm_verify_print(&verify->out, item, !verify->opts->all || verify->opts->verbose);
		}
		item_clear(item);
	}
	return ok;
}

static void jobs_free(job_t *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hm_gather_free(jobs[i].gather);
	}
	free(jobs);
}

/*! \brief Make what each thread needs, before anything is printed. */
static int jobs_new(verify_t *verify, size_t count, job_t **out)
{
	job_t *jobs = calloc(count, sizeof(*jobs));
	if (jobs == NULL) {
		hm_error_set(verify->error, "out of memory");
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		jobs[i].verify = verify;
		int ret = hm_gather_new(&verify->gather, &jobs[i].gather, verify->error);
		if (ret != KNOT_EOK) {
			jobs_free(jobs, count);
			return ret;
		}
	}
	*out = jobs;
	return KNOT_EOK;
}

/*! \brief Start threads, print, and wait for them. */
static bool run_jobs(verify_t *verify, job_t *jobs, size_t count, hm_json_t *json)
{
	size_t started = 0;
	while (started < count &&
	       pthread_create(&jobs[started].thread, NULL, work, &jobs[started]) == 0) {
		started++;
	}
	if (started == 0) {
		(void)work(&jobs[0]);
	}
	bool ok = print_all(verify, json);
	for (size_t i = 0; i < started; i++) {
		pthread_join(jobs[i].thread, NULL);
	}
	return ok;
}

/*! \brief Tell whether one of the domains needs the network. */
static bool needs_network(const verify_t *verify)
{
	for (size_t i = 0; i < verify->items_count; i++) {
		hm_owner_t owner;
		const knot_dname_t *name = verify->items[i].name;
		if (find(verify, name, &owner) && owner.domain.size == knot_dname_size(name)) {
			return true;
		}
	}
	return false;
}

/*! \brief Find out whether names can be resolved at all: else each domain would seem wrong. */
static int check_network(const verify_t *verify, const job_t *job)
{
	if (!needs_network(verify)) {
		return KNOT_EOK;
	}
	hm_progress_begin("looking for the root");
	bool works = hm_gather_has_root(job->gather);
	hm_progress_end();
	if (works) {
		return KNOT_EOK;
	}
	hm_error_set(verify->error, "no root server answers, so nothing can be found out from here: is port "
	             "53 open (UDP and TCP)%s?", (verify->opts->root != NULL) ? ", is --root right" : "");
	return KNOT_ECONN;
}

/*! \brief Verify and print all. */
static int verify_all(verify_t *verify, size_t jobs_count)
{
	job_t *jobs;
	size_t codes = 0;
	while (hm_verify_codes[codes].code != NULL) {
		codes++;
	}
	verify->summary.codes = calloc(codes, sizeof(*verify->summary.codes));
	if (verify->summary.codes == NULL) {
		hm_error_set(verify->error, "out of memory");
		return KNOT_ENOMEM;
	}
	size_t count = (jobs_count < verify->items_count) ? jobs_count : verify->items_count;
	int ret = jobs_new(verify, (count > 0) ? count : 1, &jobs);
	if (ret == KNOT_EOK) {
		ret = check_network(verify, &jobs[0]);
		if (ret != KNOT_EOK) {
			jobs_free(jobs, (count > 0) ? count : 1);
		}
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_json_t json;
	bool to_json = verify->opts->json;
	if (to_json) {
		hm_json_begin(&json, verify->out.file);
		hm_json_array(&json, "domains");
	}
	hm_progress_begin("verifying");
	hm_progress_count(0, verify->items_count);
	bool ok = (count == 0) || run_jobs(verify, jobs, count, to_json ? &json : NULL);
	hm_progress_end();
	jobs_free(jobs, (count > 0) ? count : 1);
	if (to_json) {
		hm_json_array_end(&json);
		hm_verify_json_summary(&json, &verify->summary);
		if (!ok) {
			hm_json_member(&json, "failed", json_string("out of memory"));
		}
		ok &= (hm_json_end(&json) == KNOT_EOK);
	} else if (verify->opts->all) {
		hm_verify_print_summary(&verify->out, &verify->summary);
	}
	if (!ok) {
		hm_error_set(verify->error, "out of memory");
	}
	return ok ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief Read the options that are of this command. */
static int read_options(verify_t *verify, size_t *jobs)
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
static int share_files(verify_t *verify, size_t *jobs)
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

static void clear(verify_t *verify)
{
	for (size_t i = 0; i < verify->items_count; i++) {
		item_clear(&verify->items[i]);
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
	verify_t verify = {
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
		ret = verify_all(&verify, jobs);
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
