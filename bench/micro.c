/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What one lookup and one answer of each kind cost, without a server. For bench/ only.
 *
 * Prints a name and a value a line. With --only it does one thing only, so that the instructions of
 * measure_*() can be counted by valgrind --tool=callgrind --toggle-collect='measure_*'.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "hostedmail/answer.h"
#include "hostedmail/hosted_set.h"

#define ROUNDS 7
#define NAMES_MAX 1000000
#define POOL_SIZE (1 << 22)

/*! \brief Most records of an RRset. */
#define RECORDS 5461

/*! \brief Names to look up, one after the other, in wire format. */
typedef struct {
	uint8_t *names;
	size_t count;
} names_t;

/*! \brief A question to a domain, with room for the answer. */
typedef struct {
	hm_question_t question;
	hm_owner_t owner;
	knot_pkt_t *query;
	knot_pkt_t *resp;
	bool prepare_only;
} ask_t;

/*! \brief An answer to measure. */
typedef struct {
	const char *name;
	const char *front; /*!< What stands in front of the domain. */
	uint16_t type;
	hm_answer_kind_t kind;
} kind_t;

static const kind_t kinds[] = {
	{ "answer_mx",       "",         KNOT_RRTYPE_MX,  HM_ANSWER_POSITIVE },
	{ "answer_cname",    "webmail.", KNOT_RRTYPE_A,   HM_ANSWER_POSITIVE },
	{ "answer_txt",      "",         KNOT_RRTYPE_TXT, HM_ANSWER_POSITIVE },
	{ "answer_ns",       "",         KNOT_RRTYPE_NS,  HM_ANSWER_POSITIVE },
	{ "answer_nodata",   "",         KNOT_RRTYPE_A,   HM_ANSWER_NODATA },
	{ "answer_nxdomain", "www.",     KNOT_RRTYPE_A,   HM_ANSWER_NXDOMAIN },
};

/*! \brief A hosted zone that flags whatever domain of two labels is asked for. */
typedef struct {
	hm_hosted_set_t *set;
	knot_dname_storage_t name;
	knot_rdataset_t txt;
	uint8_t buf[512];
} flag_t;

static uint8_t pool[POOL_SIZE];
static size_t pool_used;
static volatile size_t sink; // Keeps the compiler from leaving out what has no other effect.

static const char *only;
static size_t count = NAMES_MAX;

static void die(const char *what)
{
	fprintf(stderr, "micro: %s\n", what);
	exit(EXIT_FAILURE);
}

/*! \brief Seconds of processor time: what else runs on the machine does not count. */
static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void *pool_alloc(void *ctx, size_t len)
{
	(void)ctx;
	size_t start = (pool_used + 15) & ~(size_t)15;
	if (start + len > sizeof(pool)) {
		return NULL;
	}
	pool_used = start + len;
	return pool + start;
}

static void pool_free(void *block)
{
	(void)block;
}

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	(void)ctx, (void)severity;
	fprintf(stderr, "%s:%" PRIu64 ": %s\n", file, line, reason);
}

/*! \brief Numbers that are always the same (splitmix64). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/*! \brief Read the domain of a line that is drawn from a hosted file. */
static void draw_domain(FILE *file, long size, uint64_t *state, char *out, size_t out_max)
{
	do {
		if (fseek(file, draw(state) % size, SEEK_SET) != 0 ||
		    (fgets(out, out_max, file) == NULL && ferror(file))) {
			die("cannot read the hosted file");
		}
	} while (fgets(out, out_max, file) == NULL);
	out[strcspn(out, " \t\r\n")] = '\0';
}

/*! \brief Draw names below random domains; a digit in front of a domain makes one not hosted. */
static void names_draw(const char *path, const char *front, names_t *names)
{
	FILE *file = fopen(path, "r");
	names->names = malloc(count * KNOT_DNAME_MAXLEN);
	if (file == NULL || names->names == NULL || fseek(file, 0, SEEK_END) != 0) {
		die("cannot read the hosted file");
	}
	long size = ftell(file);
	uint64_t state = 1;
	uint8_t *pos = names->names;
	for (names->count = 0; names->count < count; names->count++) {
		char domain[KNOT_DNAME_TXT_MAXLEN + 1], name[sizeof(domain) + 32];
		draw_domain(file, size, &state, domain, sizeof(domain));
		snprintf(name, sizeof(name), "%s%s", front, domain);
		if (knot_dname_from_str(pos, name, KNOT_DNAME_MAXLEN) == NULL) {
			die("not a name in the hosted file");
		}
		pos += knot_dname_size(pos);
	}
	fclose(file);
}

__attribute__((noinline))
static size_t measure_lookups(const hm_hosted_set_t *set, const names_t *names)
{
	size_t found = 0;
	const uint8_t *name = names->names;
	for (size_t i = 0; i < names->count; i++) {
		hm_owner_t owner;
		found += hm_hosted_set_find(set, name, NULL, NULL, &owner);
		while (*name != '\0') {
			name = hm_dname_next(name);
		}
		name++;
	}
	return found;
}

__attribute__((noinline))
static size_t measure_answers(ask_t *ask, size_t times)
{
	size_t size = 0;
	for (size_t i = 0; i < times; i++) {
		(void)knot_pkt_init_response(ask->resp, ask->query);
		pool_used = 0;
		hm_answer_kind_t answer;
		if (!ask->prepare_only &&
		    hm_answer(&ask->question, ask->resp, &answer) != KNOT_EOK) {
			die("no answer");
		}
		size += ask->resp->size;
	}
	return size;
}

static int get_flag(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                    knot_rdataset_t *txt)
{
	const flag_t *flag = ctx;
	size_t labels = knot_dname_labels(node, NULL) - knot_dname_labels(zone, NULL);
	if (labels == 2) {
		*txt = flag->txt;
	}
	return (labels <= 2) ? KNOT_EOK : KNOT_ENONODE;
}

__attribute__((noinline))
static size_t measure_flags(flag_t *flag, size_t times)
{
	static knot_mm_t mm = { .alloc = pool_alloc, .free = pool_free };
	size_t size = 0;
	for (size_t i = 0; i < times; i++) {
		pool_used = 0;
		hm_owner_t owner;
		const char *reason;
		if (!hm_hosted_set_find(flag->set, flag->name, get_flag, flag, &owner) ||
		    hm_hosted_set_complete(flag->set, &owner, &mm, &reason) == NULL) {
			die("no flag");
		}
		size += owner.domain.vars_len;
	}
	return size;
}

__attribute__((noinline))
static size_t measure_rrsets(const hm_node_t *node, const hm_domain_t *domain, size_t times)
{
	static knot_mm_t mm = { .alloc = pool_alloc, .free = pool_free };
	size_t size = 0;
	for (size_t i = 0; i < times; i++) {
		pool_used = 0;
		knot_rrset_t rrset;
		if (hm_node_rrset(node, KNOT_RRTYPE_TXT, domain, &mm, &rrset) != KNOT_EOK ||
		    rrset.rrs.count != RECORDS) {
			die("no RRset");
		}
		size += rrset.rrs.size;
	}
	return size;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_median(const char *name, double *rounds)
{
	qsort(rounds, ROUNDS, sizeof(*rounds), compare);
	printf("%s %.1f\n", name, rounds[ROUNDS / 2]);
}

static void time_lookups(const hm_hosted_set_t *set, const char *hosted, const char *name,
                         const char *front, bool hit)
{
	if (only != NULL && strcmp(only, name) != 0) {
		return;
	}
	names_t names;
	names_draw(hosted, front, &names);
	double rounds[ROUNDS];
	for (int i = 0; i < ((only != NULL) ? 1 : ROUNDS); i++) {
		double start = now();
		size_t found = measure_lookups(set, &names);
		rounds[i] = (now() - start) * 1e9 / count;
		if (found != (hit ? count : 0)) {
			die("a lookup went wrong");
		}
	}
	free(names.names);
	if (only == NULL) {
		print_median(name, rounds);
	}
}

/*! \brief Prepare a question to a domain; the only place that knows what one is made of. */
static void ask_init(const hm_hosted_set_t *set, const char *domain, const kind_t *kind, ask_t *ask)
{
	static knot_mm_t mm = { .alloc = pool_alloc, .free = pool_free };
	static uint8_t wire[KNOT_WIRE_MAX_PKTSIZE];
	char text[KNOT_DNAME_TXT_MAXLEN + 32];
	knot_dname_storage_t name;
	snprintf(text, sizeof(text), "%s%s", kind->front, domain);

	memset(ask, 0, sizeof(*ask));
	ask->query = knot_pkt_new(NULL, 512, NULL);
	ask->resp = knot_pkt_new(wire, sizeof(wire), NULL);
	if (ask->query == NULL || ask->resp == NULL ||
	    knot_dname_from_str(name, text, sizeof(name)) == NULL ||
	    knot_pkt_put_question(ask->query, name, KNOT_CLASS_IN, kind->type) != KNOT_EOK ||
	    knot_pkt_parse(ask->query, 0) != KNOT_EOK) {
		die("no query");
	}
	ask->resp->mm = mm;

	const char *reason;
	if (!hm_hosted_set_find(set, knot_pkt_qname(ask->query), NULL, NULL, &ask->owner)) {
		die("the domain is not hosted");
	}
	ask->question = (hm_question_t) {
		.view.profile = hm_hosted_set_complete(set, &ask->owner, &ask->resp->mm, &reason),
		.view.domain = &ask->owner.domain,
		.udp = true,
	};
}

static void ask_clear(ask_t *ask)
{
	(void)knot_pkt_init_response(ask->resp, ask->query);
	ask->resp->mm = (knot_mm_t){ 0 };
	knot_pkt_free(ask->resp);
	knot_pkt_free(ask->query);
}

static void time_answers(const hm_hosted_set_t *set, const char *domain, const char *name,
                         const kind_t *kind, bool prepare_only)
{
	if (only != NULL && strcmp(only, name) != 0) {
		return;
	}
	ask_t ask;
	ask_init(set, domain, kind, &ask);
	hm_answer_kind_t answer;
	(void)knot_pkt_init_response(ask.resp, ask.query);
	if (hm_answer(&ask.question, ask.resp, &answer) != KNOT_EOK || answer != kind->kind) {
		die("an answer went wrong");
	}
	ask.prepare_only = prepare_only;
	double rounds[ROUNDS];
	for (int i = 0; i < ((only != NULL) ? 1 : ROUNDS); i++) {
		double start = now();
		sink += measure_answers(&ask, count);
		rounds[i] = (now() - start) * 1e9 / count;
	}
	ask_clear(&ask);
	if (only == NULL) {
		print_median(name, rounds);
	}
}

/*! \brief Write a profile to a file of its own; the name is static. */
static const char *profile_write(FILE **out)
{
	static char path[32];
	snprintf(path, sizeof(path), "/tmp/micro-XXXXXX");
	int fd = mkstemp(path);
	*out = (fd >= 0) ? fdopen(fd, "w") : NULL;
	if (*out == NULL) {
		die("cannot write a profile");
	}
	fputs("$TTL 3600\n@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n", *out);
	return path;
}

static void profile_end(FILE *file)
{
	if (fclose(file) != 0) {
		die("cannot write a profile");
	}
}

/*! \brief Find and check a domain of the hosted zone, as each query of it does. */
static void time_flags(const char *name, const char *value)
{
	if (only != NULL && strcmp(only, name) != 0) {
		return;
	}
	FILE *file;
	const char *profile = profile_write(&file);
	fputs("@ MX 10 {cluster}.mx.test.\n@ TXT \"v=spf1 include:{cluster}.spf.test -all\"\n"
	      "autoconfig CNAME {cluster}.auto.test.\n_imaps._tcp SRV 0 1 993 {cluster}.imap.test.\n"
	      "key1._domainkey CNAME key1.{domain}.dkim.test.\n"
	      "key2._domainkey CNAME key2.{domain}.dkim.test.\n"
	      "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:dmarc@{domain}\"\n", file);
	profile_end(file);

	const knot_dname_t *zone = (const knot_dname_t *)"\x06""hosted";
	const hm_hosted_set_opts_t opts = {
		.profiles = &profile, .profiles_count = 1,
		.zones = &zone, .zones_count = 1, .report = on_report,
	};
	static flag_t flag;
	uint8_t wire[300] = { 0 };
	size_t len = snprintf((char *)wire + 2, sizeof(wire) - 2, "cluster=%s", value);
	wire[1] = len;
	knot_rdata_init((knot_rdata_t *)flag.buf, 2 + len, wire);
	flag.txt = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(2 + len),
	                              .rdata = (knot_rdata_t *)flag.buf };
	if (hm_hosted_set_load(&opts, &flag.set) != KNOT_EOK ||
	    knot_dname_from_str(flag.name, "webmail.example.com.", sizeof(flag.name)) == NULL) {
		die("no hosted zone");
	}
	double rounds[ROUNDS];
	for (int i = 0; i < ((only != NULL) ? 1 : ROUNDS); i++) {
		double start = now();
		sink += measure_flags(&flag, count);
		rounds[i] = (now() - start) * 1e9 / count;
	}
	hm_hosted_set_free(flag.set);
	(void)remove(profile);
	if (only == NULL) {
		print_median(name, rounds);
	}
}

/*! \brief Expand as many records as an RRset can have; what one of them costs. */
static void time_rrsets(const char *name, const char *text)
{
	if (only != NULL && strcmp(only, name) != 0) {
		return;
	}
	FILE *file;
	const char *path = profile_write(&file);
	for (int i = 0; i < RECORDS; i++) {
		// Where one half of them belongs depends on the length of the domain.
		fprintf(file, (i % 2 == 0) ? "@ TXT {domain}%04d\n" : "@ TXT fixed%08d\n", i);
	}
	profile_end(file);

	hm_profile_t *profile;
	knot_dname_storage_t apex;
	if (hm_profile_load(path, on_report, NULL, NULL, &profile) != KNOT_EOK ||
	    knot_dname_from_str(apex, text, sizeof(apex)) == NULL) {
		die("no RRset");
	}
	hm_domain_t domain;
	hm_domain_init(apex, &domain);
	size_t times = 1 + count / RECORDS;
	double rounds[ROUNDS];
	for (int i = 0; i < ((only != NULL) ? 1 : ROUNDS); i++) {
		double start = now();
		sink += measure_rrsets(hm_profile_apex(profile), &domain, times);
		rounds[i] = (now() - start) * 1e9 / (times * RECORDS);
	}
	hm_profile_free(profile);
	(void)remove(path);
	if (only == NULL) {
		print_median(name, rounds);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "only",  required_argument, NULL, 'o' },
		{ "count", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 }
	};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			only = optarg;
			break;
		case 'c':
			count = strtoul(optarg, NULL, 10);
			break;
		default:
			die("usage: micro [--only NAME] [--count N] PROFILE HOSTED-FILE");
		}
	}
	if (argc - optind != 2 || count == 0 || count > NAMES_MAX) {
		die("usage: micro [--only NAME] [--count N] PROFILE HOSTED-FILE");
	}

	const char *profile = argv[optind], *hosted = argv[optind + 1];
	const hm_hosted_set_opts_t opts = {
		.profiles = &profile, .profiles_count = 1, .hosted_file = hosted,
		.report = on_report,
	};
	hm_hosted_set_t *set;
	double start = now();
	if (hm_hosted_set_load(&opts, &set) != KNOT_EOK) {
		die("cannot load the set");
	}
	if (only == NULL) {
		const hm_hosted_file_t *file = hm_hosted_set_file(set);
		printf("load_seconds %.3f\n", now() - start);
		printf("domains %zu\n", hm_hosted_file_count(file));
		printf("bytes_per_domain %.2f\n",
		       (double)hm_hosted_file_memory(file) / hm_hosted_file_count(file));
	}

	time_lookups(set, hosted, "lookup_apex", "", true);
	time_lookups(set, hosted, "lookup_below", "webmail.", true);
	time_lookups(set, hosted, "lookup_miss", "0", false);

	char domain[KNOT_DNAME_TXT_MAXLEN + 1];
	FILE *file = fopen(hosted, "r");
	if (file == NULL || fgets(domain, sizeof(domain), file) == NULL) {
		die("cannot read the hosted file");
	}
	fclose(file);
	domain[strcspn(domain, " \t\r\n")] = '\0';
	time_answers(set, domain, "prepare", &kinds[0], true);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		time_answers(set, domain, kinds[i].name, &kinds[i], false);
	}
	hm_hosted_set_free(set);

	time_flags("flag", "b");
	time_flags("flag_checked", "b1.b2");
	time_rrsets("rrset_many", "example.com.");
	time_rrsets("rrset_many_unsorted", "a.org.");
	return EXIT_SUCCESS;
}
