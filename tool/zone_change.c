/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/libknot.h>

#include "flags.h"
#include "zone_change.h"
#include "zone_text.h"

/*!
 * \brief Most bytes and requests after which the server is heard.
 *
 * It answers each wrong request with the request itself. That must fit into the buffers of the
 * socket, or both would wait for each other.
 */
#define BATCH_BYTES 65536
#define BATCH_COUNT 256

/*! \brief Milliseconds between two tries to open a transaction. */
#define PAUSE_MS 100

struct hm_zone_change {
	const knot_dname_t *zone;
	knot_dname_txt_storage_t zone_text;
	hm_server_link_t link;
	hm_rdata_reader_t *reader;
	const char *command;   /*!< That of the requests that were sent; NULL if there are none. */
	size_t bytes;          /*!< Of these requests. */
	unsigned count;        /*!< How many they are. */
	bool is_open;
	sigset_t before;       /*!< Signals that were blocked before. */
};

/*! \brief Signals that end the program, but not in the middle of a transaction. */
static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/*! \brief Tell whether one of them waits. */
static bool is_interrupted(void)
{
	sigset_t pending;
	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
	        sigismember(&pending, SIGHUP) == 1);
}

/*! \brief Hear what the server says of the requests that were sent. */
static int hear(hm_zone_change_t *change, hm_error_t *error)
{
	if (change->command == NULL) {
		return KNOT_EOK;
	}
	change->command = NULL;
	change->bytes = 0;
	change->count = 0;
	int ret = hm_server_receive(&change->link, NULL, NULL, error);
	if (ret == KNOT_EOK && is_interrupted()) {
		hm_error_set(error, "interrupted; nothing was changed");
		ret = KNOT_CTL_ESTOP;
	}
	return ret;
}

/*! \brief Send a request about the zone; the server is heard now and then. */
static int post(hm_zone_change_t *change, knot_ctl_data_t *request, hm_error_t *error)
{
	const char *command = (*request)[KNOT_CTL_IDX_CMD];
	(*request)[KNOT_CTL_IDX_ZONE] = change->zone_text;
	size_t bytes = 0;
	for (size_t i = 0; i < KNOT_CTL_IDX__COUNT; i++) {
		bytes += ((*request)[i] != NULL) ? strlen((*request)[i]) + 3 : 0;
	}
	int ret = KNOT_EOK;
	if (change->count == BATCH_COUNT || change->bytes + bytes > BATCH_BYTES ||
	    (change->command != NULL && strcmp(change->command, command) != 0)) {
		ret = hear(change, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_server_send(&change->link, (const knot_ctl_data_t *)request, error);
	}
	if (ret == KNOT_EOK) {
		change->command = command;
		change->bytes += bytes;
		change->count++;
	}
	return ret;
}

/*! \brief Send a command that concerns the zone as a whole, and hear the answer. */
static int command(hm_zone_change_t *change, const char *name, hm_error_t *error)
{
	int ret = hear(change, error);
	if (ret == KNOT_EOK) {
		const knot_ctl_data_t request = {
			[KNOT_CTL_IDX_CMD] = name,
			[KNOT_CTL_IDX_ZONE] = change->zone_text,
		};
		ret = hm_server_send(&change->link, &request, error);
	}
	return (ret == KNOT_EOK) ? hm_server_receive(&change->link, NULL, NULL, error) : ret;
}

/*! \brief A serial that is asked for. */
typedef struct {
	hm_rdata_reader_t *reader;
	uint32_t serial;
} serial_t;

static int on_soa(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	(void)error;
	serial_t *serial = ctx;
	const char *rdata = (*data)[KNOT_CTL_IDX_DATA];
	if (rdata != NULL) {
		serial->serial = hm_flags_serial(serial->reader, rdata);
	}
	return KNOT_EOK;
}

/*! \brief Check that the transaction starts from the zone that was read. */
static int check_serial(hm_zone_change_t *change, uint32_t expected, hm_error_t *error)
{
	const knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "zone-get",
		[KNOT_CTL_IDX_ZONE] = change->zone_text,
		[KNOT_CTL_IDX_OWNER] = "@",
		[KNOT_CTL_IDX_TYPE] = "SOA",
	};
	serial_t serial = { .reader = change->reader };
	int ret = hm_server_send(&change->link, &request, error);
	if (ret == KNOT_EOK) {
		ret = hm_server_receive(&change->link, on_soa, &serial, error);
	}
	if (ret == KNOT_EOK && serial.serial != expected) {
		hm_error_set(error, "the zone '%s' was changed meanwhile; try again",
		             change->zone_text);
		ret = KNOT_EAGAIN;
	}
	return ret;
}

int hm_zone_change_begin(const hm_server_t *server, const knot_dname_t *zone,
                         const uint32_t *serial, hm_zone_change_t **out, hm_error_t *error)
{
	hm_zone_change_t *change = calloc(1, sizeof(*change));
	if (change == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	sigset_t ending;
	ending_signals(&ending);
	pthread_sigmask(SIG_BLOCK, &ending, &change->before);
	change->zone = zone;
	(void)knot_dname_to_str(change->zone_text, zone, sizeof(change->zone_text));
	change->reader = hm_rdata_reader_new();
	int ret = (change->reader != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
	} else {
		ret = hm_server_connect(server, &change->link, error);
	}
	if (ret == KNOT_EOK) {
		ret = command(change, "zone-begin", error);
		change->is_open = (ret == KNOT_EOK);
	}
	if (ret == KNOT_TXN_EEXISTS) {
		hm_error_set(error, "a transaction on the zone '%s' is open already in the server "
		             "at '%s'; whoever opened it has to end it (knotc zone-commit, or "
		             "zone-abort if it was forgotten)", change->zone_text, server->socket);
	}
	if (ret == KNOT_EOK && serial != NULL) {
		ret = check_serial(change, *serial, error);
	}
	if (ret != KNOT_EOK) {
		hm_zone_change_free(change);
		return ret;
	}
	*out = change;
	return KNOT_EOK;
}

bool hm_zone_change_pause(int *left_ms)
{
	if (*left_ms <= 0) {
		return false;
	}
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	nanosleep(&pause, NULL);
	*left_ms -= PAUSE_MS;
	return true;
}

/*! \brief The text of an owner, absolute. */
static int owner_text(const hm_zone_change_t *change, const knot_dname_t *owner,
                      knot_dname_txt_storage_t out, hm_error_t *error)
{
	size_t prefix = knot_dname_size(owner) - 1, size = knot_dname_size(change->zone);
	knot_dname_storage_t full;
	if (prefix + size > sizeof(full)) {
		(void)knot_dname_to_str(out, owner, sizeof(knot_dname_txt_storage_t));
		hm_error_set(error, "'%s' is too long for the zone '%s'", out, change->zone_text);
		return KNOT_ESPACE;
	}
	memcpy(full, owner, prefix);
	memcpy(full + prefix, change->zone, size);
	(void)knot_dname_to_str(out, full, sizeof(knot_dname_txt_storage_t));
	return KNOT_EOK;
}

int hm_zone_change_set(hm_zone_change_t *change, const knot_dname_t *owner, uint32_t ttl,
                       uint16_t type, const knot_rdata_t *rdata, hm_error_t *error)
{
	knot_dname_txt_storage_t name;
	int ret = owner_text(change, owner, name, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	const knot_rdataset_t rrs = {
		.count = 1, .size = knot_rdata_size(rdata->len), .rdata = (knot_rdata_t *)rdata,
	};
	char ttl_text[16], type_text[32];
	snprintf(ttl_text, sizeof(ttl_text), "%u", (unsigned)ttl);
	char *text = (knot_rrtype_to_string(type, type_text, sizeof(type_text)) > 0) ?
	             hm_rdata_to_text(change->reader, type, &rrs, 0) : NULL;
	if (text == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "zone-set", [KNOT_CTL_IDX_OWNER] = name,
		[KNOT_CTL_IDX_TTL] = ttl_text, [KNOT_CTL_IDX_TYPE] = type_text,
		[KNOT_CTL_IDX_DATA] = text,
	};
	ret = post(change, &request, error);
	free(text);
	return ret;
}

int hm_zone_change_unset(hm_zone_change_t *change, const knot_dname_t *owner, uint16_t type,
                         hm_error_t *error)
{
	knot_dname_txt_storage_t name;
	char type_text[32];
	int ret = owner_text(change, owner, name, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	(void)knot_rrtype_to_string(type, type_text, sizeof(type_text));
	knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "zone-unset", [KNOT_CTL_IDX_OWNER] = name,
		[KNOT_CTL_IDX_TYPE] = type_text,
	};
	return post(change, &request, error);
}

int hm_zone_change_read(hm_zone_change_t *change, hm_flags_t *flags, hm_error_t *error)
{
	*flags = (hm_flags_t){ .zone = change->zone };
	flags->result = hear(change, error);
	return (flags->result == KNOT_EOK) ?
	       hm_flags_read_change(&change->link, change->zone, flags, error) : flags->result;
}

int hm_zone_change_send(hm_zone_change_t *change, hm_error_t *error)
{
	return hear(change, error);
}

int hm_zone_change_commit(hm_zone_change_t *change, hm_error_t *error)
{
	int ret = hear(change, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = command(change, "zone-commit", error);
	if (ret == KNOT_EOK) {
		change->is_open = false;
	} else if (ret == KNOT_ECONN) {
		change->is_open = false;
		hm_error_set(error, "the server at '%s' was lost while it committed the changes of "
		             "the zone '%s'; it is not known whether it has made them",
		             change->link.server->socket, change->zone_text);
	}
	return ret;
}

/*! \brief Abort the transaction, over another connection if the first one is lost. */
static void abort_change(hm_zone_change_t *change)
{
	const hm_server_t *server = change->link.server;
	hm_error_t unused;
	int ret = hear(change, &unused);
	if (ret != KNOT_ECONN) {
		ret = command(change, "zone-abort", &unused);
	}
	if (ret == KNOT_ECONN) {
		hm_server_close(&change->link);
		if (hm_server_connect(server, &change->link, &unused) == KNOT_EOK) {
			(void)command(change, "zone-abort", &unused);
		}
	}
}

void hm_zone_change_free(hm_zone_change_t *change)
{
	if (change == NULL) {
		return;
	}
	if (change->is_open) {
		abort_change(change);
	}
	hm_server_close(&change->link);
	hm_rdata_reader_free(change->reader);
	pthread_sigmask(SIG_SETMASK, &change->before, NULL);
	free(change);
}
