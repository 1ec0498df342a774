/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libknot/libknot.h>
#include <unbound.h>

#include "ask.h"
#include "hostedmail/files.h"
#include "resolver.h"

struct hm_resolver {
	struct ub_ctx *ub;
	int timeout_ms;
	bool validates;
};

/*! \brief A lookup that is under way. */
typedef struct {
	hm_lookup_t *lookup;
	int id;
	bool pending;
	bool no_memory;
} running_t;

/*! \brief Where packages put the key of the root. */
static const char *const anchors[] = {
	"/usr/share/dns/root.key",       // dns-root-data of Debian
	"/var/lib/unbound/root.key",
	"/var/lib/knot-resolver/root.keys",
	"/etc/unbound/root.key",
};

/*! \brief Check that libunbound can read a file: it would wait for the writer of a FIFO. */
static int check_file(const char *name, const char *what, hm_error_t *error)
{
	int fd;
	struct stat st;
	int ret = hm_file_open(name, &fd, &st);
	if (ret == KNOT_EOK) {
		close(fd);
		return ret;
	}
	char reason[128];
	hm_file_reason(ret, reason, sizeof(reason));
	hm_error_set(error, "%s '%s': %s", what, name, reason);
	return KNOT_EFILE;
}

/*! \brief Add trust anchors. */
static int add_anchors(hm_resolver_t *resolver, const hm_resolver_opts_t *opts, hm_error_t *error)
{
	const char *file = opts->trust_anchor;
	for (size_t i = 0; file == NULL && opts->root == NULL &&
	     i < sizeof(anchors) / sizeof(anchors[0]); i++) {
		file = (access(anchors[i], R_OK) == 0) ? anchors[i] : NULL;
	}
	if (file == NULL) {
		return KNOT_EOK;
	}
	int ret = check_file(file, "trust anchors", error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	if (ub_ctx_add_ta_file(resolver->ub, file) != 0) {
		hm_error_set(error, "the trust anchors in '%s' cannot be read", file);
		return KNOT_EFILE;
	}
	resolver->validates = true;
	return KNOT_EOK;
}

/*! \brief Set where to start from. */
static int set_root(hm_resolver_t *resolver, const char *root, hm_error_t *error)
{
	struct sockaddr_storage address;
	hm_error_t reason;
	if (root == NULL) {
		return KNOT_EOK;
	}
	int ret;
	if (hm_address_read(root, 53, &address, &reason) == KNOT_EOK) {
		ret = ub_ctx_set_stub(resolver->ub, ".", root, 0);
	} else if (access(root, F_OK) == 0) {
		ret = check_file(root, "root hints", error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		ret = ub_ctx_set_option(resolver->ub, "root-hints:", root);
	} else {
		hm_error_set(error, "'%s' is neither an address nor a file with root hints", root);
		return KNOT_EFILE;
	}
	// A tree of its own may well be on this machine.
	ret |= ub_ctx_set_option(resolver->ub, "do-not-query-localhost:", "no");
	if (ret != 0) {
		hm_error_set(error, "the root '%s' cannot be used", root);
		return KNOT_EFILE;
	}
	return KNOT_EOK;
}

static void on_nothing(void *ctx, int err, struct ub_result *result)
{
	(void)ctx;
	(void)err;
	ub_resolve_free(result);
}

/*! \brief The first lookup reads the files: let that be one that needs no network. */
static int try_out(hm_resolver_t *resolver, const hm_resolver_opts_t *opts, hm_error_t *error)
{
	int id;
	int ret = ub_resolve_async(resolver->ub, "localhost.", KNOT_RRTYPE_A, KNOT_CLASS_IN, NULL,
	                           on_nothing, &id);
	if (ret == 0) {
		(void)ub_cancel(resolver->ub, id);
		return KNOT_EOK;
	}
	hm_error_set(error, "the resolver cannot be used with %s%s%s: %s",
	             (opts->trust_anchor != NULL) ? opts->trust_anchor : "its trust anchors",
	             (opts->root != NULL) ? " and " : "", (opts->root != NULL) ? opts->root : "",
	             ub_strerror(ret));
	return KNOT_EFILE;
}

static int set_up(hm_resolver_t *resolver, const hm_resolver_opts_t *opts, hm_error_t *error)
{
	(void)ub_ctx_debugout(resolver->ub, NULL);
	int ret = ub_ctx_async(resolver->ub, 1);
	ret |= ub_ctx_set_option(resolver->ub, "do-ip4:", opts->no_ipv4 ? "no" : "yes");
	ret |= ub_ctx_set_option(resolver->ub, "do-ip6:", opts->no_ipv6 ? "no" : "yes");
	if (ret != 0) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	ret = set_root(resolver, opts->root, error);
	if (ret == KNOT_EOK) {
		ret = add_anchors(resolver, opts, error);
	}
	return (ret == KNOT_EOK) ? try_out(resolver, opts, error) : ret;
}

int hm_resolver_new(const hm_resolver_opts_t *opts, hm_resolver_t **out, hm_error_t *error)
{
	hm_resolver_t *resolver = calloc(1, sizeof(*resolver));
	if (resolver != NULL) {
		resolver->timeout_ms = opts->timeout_ms;
		resolver->ub = ub_ctx_create();
	}
	if (resolver == NULL || resolver->ub == NULL) {
		free(resolver);
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	int ret = set_up(resolver, opts, error);
	if (ret != KNOT_EOK) {
		hm_resolver_free(resolver);
		return ret;
	}
	*out = resolver;
	return KNOT_EOK;
}

void hm_resolver_free(hm_resolver_t *resolver)
{
	if (resolver != NULL) {
		ub_ctx_delete(resolver->ub);
		free(resolver);
	}
}

bool hm_resolver_validates(const hm_resolver_t *resolver)
{
	return resolver->validates;
}

/*! \brief Take the records of a result. */
static bool take_records(hm_lookup_t *lookup, const struct ub_result *result)
{
	for (size_t i = 0; result->data[i] != NULL; i++) {
		uint8_t buf[sizeof(knot_rdata_t) + UINT16_MAX + 1];
		if (result->len[i] < 0 || result->len[i] > UINT16_MAX) {
			continue;
		}
		knot_rdata_init((knot_rdata_t *)buf, result->len[i],
		                (const uint8_t *)result->data[i]);
		if (knot_rdataset_add(&lookup->rrs, (knot_rdata_t *)buf, NULL) != KNOT_EOK) {
			return false;
		}
	}
	return true;
}

/*! \brief Take what was found; false if memory is out. */
static bool take(hm_lookup_t *lookup, const struct ub_result *result)
{
	lookup->secure = result->secure;
	if (result->bogus) {
		lookup->bogus = strdup((result->why_bogus != NULL) ? result->why_bogus : "");
		return lookup->bogus != NULL;
	}
	bool known = (result->rcode == KNOT_RCODE_NOERROR || result->nxdomain);
	if (known && result->canonname != NULL) {
		knot_dname_t *name = knot_dname_from_str_alloc(result->canonname);
		if (name != NULL) {
			knot_dname_to_lower(name);
		}
		if (name != NULL && knot_dname_is_equal(name, lookup->name)) {
			knot_dname_free(name, NULL);
		} else {
			lookup->canonical = name;
		}
	}
	if (!known) {
		return true;
	}
	lookup->found = result->nxdomain ? HM_FOUND_NXDOMAIN : HM_FOUND_NODATA;
	if (result->havedata) {
		lookup->found = HM_FOUND_RECORDS;
		return take_records(lookup, result);
	}
	return true;
}

static void on_result(void *ctx, int err, struct ub_result *result)
{
	running_t *running = ctx;
	running->pending = false;
	running->lookup->done = true;
	if (err == 0 && result != NULL) {
		running->no_memory = !take(running->lookup, result);
	}
	ub_resolve_free(result);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_pending(const running_t *running, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (running[i].pending) {
			return true;
		}
	}
	return false;
}

/*! \brief Wait for what is under way, and give up what takes too long. */
static void wait_for(hm_resolver_t *resolver, running_t *running, size_t count)
{
	int64_t deadline = now_ms() + resolver->timeout_ms, now;
	while (is_pending(running, count) && (now = now_ms()) < deadline) {
		struct pollfd fd = { .fd = ub_fd(resolver->ub), .events = POLLIN };
		if (poll(&fd, 1, deadline - now) > 0 && ub_process(resolver->ub) != 0) {
			break;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (running[i].pending) {
			(void)ub_cancel(resolver->ub, running[i].id);
			running[i].lookup->done = true;
		}
	}
}

int hm_resolver_run(hm_resolver_t *resolver, hm_lookup_t *lookups, size_t count)
{
	running_t *running = calloc((count > 0) ? count : 1, sizeof(*running));
	if (running == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		running[i].lookup = &lookups[i];
		if (lookups[i].done) {
			continue;
		}
		lookups[i].found = HM_FOUND_FAILURE;
		knot_dname_txt_storage_t text;
		(void)knot_dname_to_str(text, lookups[i].name, sizeof(text));
		running[i].pending = true;
		if (ub_resolve_async(resolver->ub, text, lookups[i].type, KNOT_CLASS_IN,
		                     &running[i], on_result, &running[i].id) != 0) {
			running[i].pending = false;
			lookups[i].done = true;
		}
	}
	wait_for(resolver, running, count);
	int ret = KNOT_EOK;
	for (size_t i = 0; i < count; i++) {
		ret = running[i].no_memory ? KNOT_ENOMEM : ret;
	}
	free(running);
	return ret;
}

void hm_lookup_clear(hm_lookup_t *lookup)
{
	knot_rdataset_clear(&lookup->rrs, NULL);
	knot_dname_free(lookup->canonical, NULL);
	lookup->canonical = NULL;
	free(lookup->bogus);
	lookup->bogus = NULL;
}
