/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "ask.h"

/*! \brief Largest answer that is asked for by UDP (DNS flag day 2020). */
#define UDP_SIZE 1232

/*! \brief A question in wire format: length for TCP, header, name, type and class, OPT. */
#define QUERY_MAX (2 + KNOT_WIRE_HEADER_SIZE + KNOT_DNAME_MAXLEN + 4 + 11)

/*! \brief A question that is under way. */
typedef struct {
	hm_ask_t *ask;
	int fd;
	bool tcp;
	unsigned tries;      /*!< That are left. */
	int64_t deadline;    /*!< Of this try. */
	bool garbage;        /*!< Something came that is no answer. */
	uint16_t id;
	uint8_t query[QUERY_MAX];
	size_t query_len;    /*!< With the length for TCP. */
	size_t sent;         /*!< Over TCP. */
	uint8_t *answer;     /*!< Over TCP: what has come of it, with its length. */
	size_t answer_len;
} task_t;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static socklen_t address_size(const struct sockaddr_storage *address)
{
	return (address->ss_family == AF_INET6) ? sizeof(struct sockaddr_in6) :
	                                          sizeof(struct sockaddr_in);
}

/*! \brief Write the query. */
static void write_query(task_t *task)
{
	const hm_ask_t *ask = task->ask;
	task->id = hm_message_id();
	uint8_t *wire = task->query + 2;
	memset(wire, 0, KNOT_WIRE_HEADER_SIZE);
	knot_wire_set_id(wire, task->id);
	knot_wire_set_qdcount(wire, 1);
	knot_wire_set_arcount(wire, 1);
	uint8_t *pos = wire + KNOT_WIRE_HEADER_SIZE;
	size_t size = knot_dname_size(ask->name);
	memcpy(pos, ask->name, size);
	pos += size;
	knot_wire_write_u16(pos, ask->type);
	knot_wire_write_u16(pos + 2, KNOT_CLASS_IN);
	pos += 4;
	// OPT (RFC 6891, section 6.1.2).
	*pos++ = '\0';
	knot_wire_write_u16(pos, KNOT_RRTYPE_OPT);
	knot_wire_write_u16(pos + 2, UDP_SIZE);
	knot_wire_write_u32(pos + 4, ask->dnssec ? KNOT_EDNS_DO_MASK : 0);
	knot_wire_write_u16(pos + 8, 0);
	pos += 10;
	task->query_len = pos - task->query;
	knot_wire_write_u16(task->query, task->query_len - 2);
}

/*! \brief The question is done with. */
static void finish(task_t *task, hm_reply_t reply)
{
	task->ask->reply = reply;
	if (task->fd >= 0) {
		close(task->fd);
	}
	free(task->answer);
	*task = (task_t){ .fd = -1 };
}

/*! \brief What an error of a socket says of the server. */
static hm_reply_t reply_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
		return HM_REPLY_CLOSED;
	case ETIMEDOUT:
		return HM_REPLY_TIMEOUT;
	default:
		return HM_REPLY_UNREACHABLE;
	}
}

/*!
 * \brief Open a connected socket, so that the kernel tells of a closed port, and drops what others
 *        send.
 *
 * \retval KNOT_EOK    Success, or the question is done with.
 * \retval KNOT_ENOMEM  There are no more sockets.
 */
static int open_socket(task_t *task, const hm_ask_opts_t *opts)
{
	if (task->fd >= 0) {
		close(task->fd);
	}
	const struct sockaddr_storage *server = &task->ask->server;
	int type = task->tcp ? SOCK_STREAM : SOCK_DGRAM;
	task->fd = socket(server->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (task->fd < 0) {
		bool family = (errno == EAFNOSUPPORT);
		finish(task, HM_REPLY_UNREACHABLE);
		return family ? KNOT_EOK : KNOT_ENOMEM;
	}
	task->deadline = now_ms() + opts->timeout_ms;
	const struct sockaddr *address = (const struct sockaddr *)server;
	if (connect(task->fd, address, address_size(server)) != 0 && errno != EINPROGRESS) {
		finish(task, reply_of(errno));
	}
	return KNOT_EOK;
}

/*! \brief Send the query over UDP, perhaps once more. */
static void send_udp(task_t *task, const hm_ask_opts_t *opts)
{
	int timeout = opts->timeout_ms * (1 << (opts->tries - task->tries));
	task->tries--;
	task->deadline = now_ms() + timeout;
	if (send(task->fd, task->query + 2, task->query_len - 2, 0) < 0 && errno != EAGAIN) {
		finish(task, reply_of(errno));
	}
}

static int start(task_t *task, hm_ask_t *ask, const hm_ask_opts_t *opts)
{
	*task = (task_t){ .ask = ask, .fd = -1, .tcp = ask->tcp, .tries = opts->tries };
	ask->pkt = NULL;
	ask->truncated = false;
	write_query(task);
	int ret = open_socket(task, opts);
	if (task->ask != NULL && !task->tcp) {
		send_udp(task, opts);
	}
	return ret;
}

/*! \brief Take a message. */
static int take(task_t *task, const uint8_t *wire, size_t len, const hm_ask_opts_t *opts)
{
	hm_ask_t *ask = task->ask;
	knot_pkt_t *pkt = hm_message_read(wire, len, task->id, ask->name, ask->type);
	if (pkt == NULL) {
		// The right one may still come over UDP.
		task->garbage = true;
		if (task->tcp) {
			finish(task, HM_REPLY_GARBAGE);
		}
		return KNOT_EOK;
	}
	if (!task->tcp && knot_wire_get_tc(pkt->wire)) {
		hm_message_free(pkt);
		ask->truncated = true;
		task->tcp = true;
		return open_socket(task, opts);
	}
	ask->pkt = pkt;
	finish(task, HM_REPLY_ANSWER);
	return KNOT_EOK;
}

static int receive_udp(task_t *task, const hm_ask_opts_t *opts)
{
	uint8_t buf[UINT16_MAX];
	ssize_t len = recv(task->fd, buf, sizeof(buf), 0);
	if (len < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			finish(task, reply_of(errno));
		}
		return KNOT_EOK;
	}
	return take(task, buf, len, opts);
}

/*! \brief Go on with a TCP connection, as far as that goes. */
static int go_on_tcp(task_t *task, const hm_ask_opts_t *opts)
{
	ssize_t len = 1;
	if (task->sent < task->query_len) {
		len = send(task->fd, task->query + task->sent, task->query_len - task->sent,
		           MSG_NOSIGNAL);
		task->sent += (len > 0) ? len : 0;
	} else {
		if (task->answer == NULL) {
			task->answer = malloc(2 + UINT16_MAX);
			if (task->answer == NULL) {
				finish(task, HM_REPLY_TIMEOUT);
				return KNOT_ENOMEM;
			}
		}
		size_t want = (task->answer_len < 2) ? 2 : 2 + knot_wire_read_u16(task->answer);
		len = recv(task->fd, task->answer + task->answer_len, want - task->answer_len, 0);
		task->answer_len += (len > 0) ? len : 0;
	}
	if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
		return KNOT_EOK;
	}
	if (len <= 0) {
		finish(task, (len == 0) ? HM_REPLY_CLOSED : reply_of(errno));
		return KNOT_EOK;
	}
	if (task->answer_len >= 2) {
		size_t size = knot_wire_read_u16(task->answer);
		if (task->answer_len == 2 + size) {
			return take(task, task->answer + 2, size, opts);
		}
	}
	return KNOT_EOK;
}

/*! \brief Go on with a question whose socket is ready, or whose time is up. */
static int go_on(task_t *task, short events, const hm_ask_opts_t *opts)
{
	if (events != 0) {
		return task->tcp ? go_on_tcp(task, opts) : receive_udp(task, opts);
	}
	if (now_ms() < task->deadline) {
		return KNOT_EOK;
	}
	if (!task->tcp && task->tries > 0) {
		send_udp(task, opts);
	} else {
		finish(task, task->garbage ? HM_REPLY_GARBAGE : HM_REPLY_TIMEOUT);
	}
	return KNOT_EOK;
}

/*! \brief Wait until something happens with one of the questions, and go on with those. */
static int wait_for(task_t *tasks, const hm_ask_opts_t *opts)
{
	struct pollfd fds[HM_ASK_OPEN_MAX];
	int64_t first = INT64_MAX, now = now_ms();
	for (size_t i = 0; i < HM_ASK_OPEN_MAX; i++) {
		const task_t *task = &tasks[i];
		bool sends = (task->tcp && task->sent < task->query_len);
		fds[i] = (struct pollfd){ .fd = task->fd, .events = sends ? POLLOUT : POLLIN };
		if (task->ask != NULL && task->deadline < first) {
			first = task->deadline;
		}
	}
	int wait = (first > now) ? (int)(first - now) : 0;
	if (poll(fds, HM_ASK_OPEN_MAX, wait) < 0 && errno != EINTR) {
		return KNOT_ENOMEM;
	}
	int ret = KNOT_EOK;
	for (size_t i = 0; i < HM_ASK_OPEN_MAX && ret == KNOT_EOK; i++) {
		if (tasks[i].ask != NULL) {
			ret = go_on(&tasks[i], fds[i].revents, opts);
		}
	}
	return ret;
}

int hm_ask(const hm_ask_opts_t *opts, hm_ask_t *asks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		asks[i].reply = HM_REPLY_TIMEOUT;
		asks[i].pkt = NULL;
	}
	task_t *tasks = calloc(HM_ASK_OPEN_MAX, sizeof(*tasks));
	if (tasks == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < HM_ASK_OPEN_MAX; i++) {
		tasks[i].fd = -1;
	}
	size_t next = 0, open_max = opts->open_max;
	if (open_max == 0 || open_max > HM_ASK_OPEN_MAX) {
		open_max = HM_ASK_OPEN_MAX;
	}
	int ret = KNOT_EOK;
	while (ret == KNOT_EOK) {
		size_t open = 0;
		for (size_t i = 0; i < open_max && ret == KNOT_EOK; i++) {
			while (tasks[i].ask == NULL && next < count && ret == KNOT_EOK) {
				ret = start(&tasks[i], &asks[next++], opts);
			}
			open += (tasks[i].ask != NULL);
		}
		if (open == 0 || ret != KNOT_EOK) {
			break;
		}
		ret = wait_for(tasks, opts);
	}
	for (size_t i = 0; i < HM_ASK_OPEN_MAX; i++) {
		if (tasks[i].ask != NULL) {
			finish(&tasks[i], HM_REPLY_TIMEOUT);
		}
	}
	free(tasks);
	return ret;
}

void hm_ask_clear(hm_ask_t *ask)
{
	hm_message_free(ask->pkt);
	ask->pkt = NULL;
}
