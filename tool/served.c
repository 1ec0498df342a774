/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/libknot.h>

#include "flags.h"
#include "memory.h"
#include "served.h"
#include "shell.h"

/*! \brief Milliseconds between two questions, at first and at most. */
#define PAUSE_MS     50
#define PAUSE_MAX_MS 1000

/*! \brief Longest word of a line that is looked at. */
#define WORD_MAX 1024

void hm_served_clear(hm_served_list_t *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->servers[i].name);
	}
	free(list->servers);
	*list = (hm_served_list_t){ 0 };
}

/*! \brief Add a server; takes \a name over, which NULL says is out of memory. */
static int add(hm_served_list_t *list, char *name, const hm_served_t *served)
{
	if (name == NULL || !hm_array_grow(&list->servers, list->count, sizeof(*served))) {
		free(name);
		return KNOT_ENOMEM;
	}
	list->servers[list->count] = *served;
	list->servers[list->count++].name = name;
	return KNOT_EOK;
}

__attribute__((format(printf, 1, 2)))
static char *name_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	return (len >= 0) ? text : NULL;
}

/*! \brief Add a server that a command has told of, with the name that its line begins with. */
static int add_told(hm_served_list_t *list, size_t first, const char *line,
                    const hm_served_t *served)
{
	size_t len = strcspn(line, " \t:[=");
	if (len > 0 && line[len] == ':' && (line[len + 1] == ' ' || line[len + 1] == '\t')) {
		return add(list, name_text("the server '%.*s'", (int)len, line), served);
	}
	return add(list, name_text("server %zu of the command", list->count - first + 1), served);
}

/*! \brief Copy the next line; NULL at the end. */
static const char *next_line(const char *text, char *line, size_t max)
{
	if (*text == '\0') {
		return NULL;
	}
	size_t len = strcspn(text, "\n"), kept = (len < max) ? len : max - 1;
	memcpy(line, text, kept);
	line[kept] = '\0';
	return text + len + (text[len] == '\n');
}

static bool is_key(const char *key, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(key, name, len) == 0;
}

/*! \brief Take one counter in; true if it is the last one of a server. */
static bool take_counter(const char *line, hm_server_file_t *file)
{
	static const char item[] = "hosted-file[";
	const char *key = strstr(line, item), *end;
	if (key == NULL) {
		return false;
	}
	key += strlen(item);
	end = key + strcspn(key, "]");
	const char *value = end + strcspn(end, "0123456789");
	if (*end != ']' || *value == '\0') {
		return false;
	}
	uint64_t number = strtoull(value, NULL, 10);
	size_t len = end - key;
	if (is_key(key, len, "domains")) {
		file->domains = number;
	} else if (is_key(key, len, "refused")) {
		file->refused = (number != 0);
	} else if (is_key(key, len, "unavailable")) {
		file->unavailable = (number != 0);
	} else if (is_key(key, len, "digest")) {
		file->digest = number;
		return true;
	}
	return false;
}

int hm_served_parse_counters(const char *text, hm_served_list_t *list)
{
	char line[WORD_MAX];
	hm_served_t served = { 0 };
	size_t first = list->count;
	while ((text = next_line(text, line, sizeof(line))) != NULL) {
		// The server prints the digest last.
		if (take_counter(line, &served.file)) {
			int ret = add_told(list, first, line, &served);
			if (ret != KNOT_EOK) {
				return ret;
			}
			served = (hm_served_t){ 0 };
		}
	}
	return KNOT_EOK;
}

int hm_served_parse_serials(const char *text, hm_served_list_t *list)
{
	char line[WORD_MAX], mname[WORD_MAX], rname[WORD_MAX];
	size_t first = list->count;
	while ((text = next_line(text, line, sizeof(line))) != NULL) {
		const char *soa = strstr(line, " SOA ");
		hm_served_t served = { 0 };
		if (soa != NULL && sscanf(soa, " SOA %1023s %1023s %" SCNu32, mname, rname,
		                          &served.serial) == 3) {
			int ret = add_told(list, first, line, &served);
			if (ret != KNOT_EOK) {
				return ret;
			}
		}
	}
	return KNOT_EOK;
}

static int on_soa(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	hm_served_t *served = ctx;
	const char *rdata = (*data)[KNOT_CTL_IDX_DATA];
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	if (reader == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	if (rdata != NULL) {
		served->serial = hm_flags_serial(reader, rdata);
	}
	hm_rdata_reader_free(reader);
	return KNOT_EOK;
}

/*! \brief Ask one server by its control socket. */
static int ask_socket(const hm_servers_t *who, const char *socket, const knot_dname_t *zone,
                      hm_served_list_t *list, hm_error_t *error)
{
	const hm_server_t server = { .socket = socket, .timeout_ms = who->timeout_ms };
	hm_served_t served = { 0 };
	int ret;
	if (zone == NULL) {
		ret = hm_server_file(&server, &served.file, error);
	} else {
		knot_dname_txt_storage_t name;
		(void)knot_dname_to_str(name, zone, sizeof(name));
		const knot_ctl_data_t request = {
			[KNOT_CTL_IDX_CMD] = "zone-read", [KNOT_CTL_IDX_ZONE] = name,
			[KNOT_CTL_IDX_OWNER] = "@", [KNOT_CTL_IDX_TYPE] = "SOA",
		};
		ret = hm_server_ask(&server, &request, on_soa, &served, error);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = add(list, name_text("the server at '%s'", socket), &served);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

/*! \brief Ask servers by the operator's command. */
static int ask_command(const hm_servers_t *who, const knot_dname_t *zone, hm_served_list_t *list,
                       hm_error_t *error)
{
	char *text;
	size_t before = list->count;
	int ret = hm_shell_run(who->command, -1, who->timeout_ms, &text, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = (zone == NULL) ? hm_served_parse_counters(text, list) :
	                       hm_served_parse_serials(text, list);
	free(text);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	} else if (list->count == before) {
		hm_error_set(error, "the command '%s' prints no %s", who->command, (zone == NULL) ?
		             "counter mod-hostedmail.hosted-file[digest]" : "SOA record");
		ret = KNOT_ENOENT;
	}
	return ret;
}

int hm_served_ask(const hm_servers_t *who, const knot_dname_t *zone, hm_served_list_t *list,
                  hm_error_t *error)
{
	*list = (hm_served_list_t){ 0 };
	int ret = KNOT_EOK;
	for (size_t i = 0; i < who->sockets->count && ret == KNOT_EOK; i++) {
		ret = ask_socket(who, who->sockets->words[i], zone, list, error);
	}
	if (ret == KNOT_EOK && who->command != NULL) {
		ret = ask_command(who, zone, list, error);
	}
	return ret;
}

/*! \brief What is wrong with one server so far. */
typedef enum {
	GOOD,
	WAITING,
	HOPELESS, /*!< It has said that it will not. */
} progress_t;

static progress_t look_at(const hm_served_goal_t *goal, const hm_served_t *now,
                          const hm_served_t *before, hm_error_t *error)
{
	if (goal->zone != NULL) {
		int32_t ahead = (int32_t)(now->serial - goal->serial); // RFC 1982
		if (ahead >= 0) {
			return GOOD;
		}
		hm_error_set(error, "%s still has the serial %" PRIu32 " of the zone, not yet %"
		             PRIu32, now->name, now->serial, goal->serial);
		return WAITING;
	}
	if (now->file.digest == goal->digest) {
		return GOOD;
	}
	if (now->file.refused || now->file.unavailable) {
		hm_error_set(error, now->file.unavailable ?
		             "%s has no hosted file that it can read; its log says why" :
		             "%s has not taken the new hosted file, and goes on with the one "
		             "before; its log says why", now->name);
		bool known = (before != NULL && (before->file.refused || before->file.unavailable));
		return known ? WAITING : HOPELESS;
	}
	hm_error_set(error, "%s does not serve the new hosted file (its digest is %" PRIu64 ", not "
	             "%" PRIu64 ")", now->name, now->file.digest, goal->digest);
	return WAITING;
}

/*! \brief Look at all servers; the error says what is wrong with the worst. */
static progress_t look_at_all(const hm_served_goal_t *goal, const hm_served_list_t *now,
                              hm_error_t *error)
{
	progress_t worst = GOOD;
	const hm_served_list_t *before = goal->before;
	if (before != NULL && now->count < before->count) {
		hm_error_set(error, "%s is not heard of any more: %zu servers have answered "
		             "instead of %zu", before->servers[now->count].name, now->count,
		             before->count);
		return WAITING;
	}
	for (size_t i = 0; i < now->count; i++) {
		hm_error_t reason;
		progress_t one = look_at(goal, &now->servers[i], (before != NULL &&
		                         i < before->count) ? &before->servers[i] : NULL, &reason);
		if (one > worst) {
			worst = one;
			*error = reason;
		}
	}
	return worst;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int hm_served_wait(const hm_servers_t *who, const hm_served_goal_t *goal, hm_error_t *error)
{
	int64_t until = now_ms() + who->timeout_ms;
	for (long pause_ms = PAUSE_MS;; pause_ms *= 2) {
		hm_served_list_t now;
		progress_t worst = WAITING;
		int ret = hm_served_ask(who, goal->zone, &now, error);
		if (ret == KNOT_EOK) {
			worst = look_at_all(goal, &now, error);
		}
		hm_served_clear(&now);
		if (worst == GOOD) {
			return KNOT_EOK;
		}
		if (worst == HOPELESS || now_ms() >= until) {
			return KNOT_ETIMEOUT;
		}
		pause_ms = (pause_ms < PAUSE_MAX_MS) ? pause_ms : PAUSE_MAX_MS;
		const struct timespec pause = {
			.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000,
		};
		nanosleep(&pause, NULL);
	}
}
