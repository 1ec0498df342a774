/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "ask.h"
#include "expect.h"
#include "profile_common.h"

/*! \brief What a server does. */
typedef enum {
	ANSWERS,       // The query as a response.
	SAYS_ONE_A,    // The same with an address.
	OTHER_ID,      // A wrong ID over and over.
	OTHER_ID_FIRST,
	OTHER_NAME,
	OTHER_CASE,    // In capitals.
	SHORT,         // Eleven bytes.
	HEADER_ONLY,   // REFUSED without the question.
	LOSES_ONE,     // Nothing to the first packet.
	SILENT,
	TRUNCATES,     // Over UDP; an address over TCP.
	CLOSES,        // TCP without an answer.
	HALF,          // The half of an answer over TCP.
} habit_t;

/*! \brief A server. */
typedef struct {
	habit_t habit;
	bool has_tcp;
	struct sockaddr_storage address;
	int udp, tcp, stop[2];
	unsigned seen;
	pthread_t thread;
} server_t;

/*! \brief Make a response of a query; return its length. */
static size_t respond(server_t *server, uint8_t *wire, size_t len, bool tcp)
{
	bool first = (server->seen++ == 0);
	habit_t habit = server->habit;
	knot_wire_set_qr(wire);
	knot_wire_set_aa(wire);
	// OPT goes.
	knot_wire_set_arcount(wire, 0);
	len -= 11;
	if (habit == OTHER_ID || (habit == OTHER_ID_FIRST && first)) {
		knot_wire_set_id(wire, knot_wire_get_id(wire) + 1);
	} else if (habit == OTHER_NAME) {
		wire[13] ^= 1;
	} else if (habit == OTHER_CASE) {
		wire[13] = 'E';
		wire[14] = 'X';
	} else if (habit == SHORT) {
		return 11;
	} else if (habit == HEADER_ONLY) {
		knot_wire_set_rcode(wire, KNOT_RCODE_REFUSED);
		knot_wire_set_qdcount(wire, 0);
		return 12;
	} else if (habit == SILENT || (habit == LOSES_ONE && first)) {
		return 0;
	} else if (habit == TRUNCATES && !tcp) {
		knot_wire_set_tc(wire);
	} else if (habit == SAYS_ONE_A || habit == TRUNCATES) {
		static const uint8_t record[] = "\300\14\0\1\0\1\0\0\0\74\0\4\300\0\2\1";
		memcpy(wire + len, record, sizeof(record) - 1);
		len += sizeof(record) - 1;
		knot_wire_set_ancount(wire, 1);
	}
	return len;
}

static void serve_udp(server_t *server)
{
	uint8_t buf[512];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(server->udp, buf, sizeof(buf), 0, (void *)&from, &from_len);
	if (len < 12) {
		return;
	}
	uint8_t copy[512];
	memcpy(copy, buf, len);
	bool again = (server->habit == OTHER_ID_FIRST && server->seen == 0);
	for (int i = 0; i <= again; i++) {
		memcpy(buf, copy, len);
		size_t size = respond(server, buf, len, false);
		if (size > 0) {
			(void)sendto(server->udp, buf, size, 0, (void *)&from, from_len);
		}
	}
}

static void serve_tcp(server_t *server)
{
	int fd = accept(server->tcp, NULL, NULL);
	uint8_t buf[512];
	size_t have = 0;
	while (have < 2 || have < 2u + knot_wire_read_u16(buf)) {
		ssize_t len = recv(fd, buf + have, sizeof(buf) - have, 0);
		if (len <= 0) {
			close(fd);
			return;
		}
		have += len;
	}
	if (server->habit != CLOSES) {
		size_t size = respond(server, buf + 2, have - 2, true);
		knot_wire_write_u16(buf, size);
		// In pieces.
		size_t until = (server->habit == HALF) ? size / 2 : 2 + size;
		for (size_t pos = 0; pos < until; pos++) {
			(void)send(fd, buf + pos, 1, MSG_NOSIGNAL);
		}
	}
	close(fd);
}

static void *serve(void *ctx)
{
	server_t *server = ctx;
	struct pollfd fds[] = {
		{ .fd = server->stop[0], .events = POLLIN },
		{ .fd = server->udp, .events = POLLIN },
		{ .fd = server->tcp, .events = POLLIN },
	};
	while (poll(fds, 3, -1) > 0 && fds[0].revents == 0) {
		if (fds[1].revents != 0) {
			serve_udp(server);
		}
		if (fds[2].revents != 0) {
			serve_tcp(server);
		}
	}
	return NULL;
}

/*! \brief A random address of its own. */
static struct sockaddr_storage some_address(void)
{
	uint8_t random[3];
	FILE *file = fopen("/dev/urandom", "r"); // getrandom() always says the same in a test.
	assert_non_null(file);
	assert_int_equal(fread(random, sizeof(random), 1, file), 1);
	fclose(file);
	char text[32];
	snprintf(text, sizeof(text), "127.%u.%u.%u@5300", 1 + random[0] % 254, 1 + random[1] % 254,
	         1 + random[2] % 254);
	struct sockaddr_storage out;
	hm_error_t error;
	assert_int_equal(hm_address_read(text, 53, &out, &error), KNOT_EOK);
	return out;
}

static void server_start(server_t *server, habit_t habit, bool has_tcp)
{
	*server = (server_t){ .habit = habit, .has_tcp = has_tcp, .tcp = -1,
	                      .address = some_address() };
	const struct sockaddr *address = (void *)&server->address;
	server->udp = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(server->udp, address, sizeof(struct sockaddr_in)), 0);
	if (has_tcp) {
		server->tcp = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(bind(server->tcp, address, sizeof(struct sockaddr_in)), 0);
		assert_int_equal(listen(server->tcp, 100), 0);
	}
	assert_int_equal(pipe(server->stop), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void server_stop(server_t *server)
{
	close(server->stop[1]);
	pthread_join(server->thread, NULL);
	close(server->stop[0]);
	close(server->udp);
	if (server->has_tcp) {
		close(server->tcp);
	}
}

/*! \brief Ask a server of some habit. */
static hm_ask_t ask_one(habit_t habit, bool has_tcp, bool tcp, int timeout_ms)
{
	server_t server;
	server_start(&server, habit, has_tcp);
	hm_ask_t ask = {
		.server = server.address, .name = dname("example.com."), .type = KNOT_RRTYPE_A,
		.tcp = tcp,
	};
	const hm_ask_opts_t opts = { .timeout_ms = timeout_ms, .tries = 2 };
	assert_int_equal(hm_ask(&opts, &ask, 1), KNOT_EOK);
	server_stop(&server);
	assert_true((ask.reply == HM_REPLY_ANSWER) == (ask.pkt != NULL));
	return ask;
}

#define LONG 20000
#define NEVER 50

static void each_habit_of_a_server_is_told(void **state)
{
	static const struct {
		habit_t habit;
		bool has_tcp, tcp;
		int timeout_ms;
		hm_reply_t reply;
		bool truncated;
	} cases[] = {
		{ ANSWERS, true, false, LONG, HM_REPLY_ANSWER, false },
		{ ANSWERS, true, true, LONG, HM_REPLY_ANSWER, false },
		{ ANSWERS, false, true, LONG, HM_REPLY_CLOSED, false },
		{ SAYS_ONE_A, true, true, LONG, HM_REPLY_ANSWER, false },
		{ OTHER_ID, false, false, NEVER, HM_REPLY_GARBAGE, false },
		{ OTHER_ID, true, true, LONG, HM_REPLY_GARBAGE, false },
		{ OTHER_ID_FIRST, false, false, LONG, HM_REPLY_ANSWER, false },
		{ OTHER_NAME, false, false, NEVER, HM_REPLY_GARBAGE, false },
		{ OTHER_CASE, false, false, LONG, HM_REPLY_ANSWER, false },
		{ SHORT, false, false, NEVER, HM_REPLY_GARBAGE, false },
		{ HEADER_ONLY, false, false, LONG, HM_REPLY_ANSWER, false },
		{ LOSES_ONE, false, false, 500, HM_REPLY_ANSWER, false },
		{ SILENT, false, false, NEVER, HM_REPLY_TIMEOUT, false },
		{ TRUNCATES, true, false, LONG, HM_REPLY_ANSWER, true },
		{ TRUNCATES, false, false, LONG, HM_REPLY_CLOSED, true },
		{ CLOSES, true, true, LONG, HM_REPLY_CLOSED, false },
		{ HALF, true, true, LONG, HM_REPLY_CLOSED, false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_ask_t ask = ask_one(cases[i].habit, cases[i].has_tcp, cases[i].tcp,
		                       cases[i].timeout_ms);
		if (ask.reply != cases[i].reply || ask.truncated != cases[i].truncated) {
			fail_msg("case %zu: reply %d, truncated %d", i, ask.reply, ask.truncated);
		}
		hm_ask_clear(&ask);
	}
}

static void a_closed_port_is_not_silence(void **state)
{
	hm_ask_t ask = {
		.server = some_address(), .name = dname("example.com."), .type = KNOT_RRTYPE_A,
	};
	const hm_ask_opts_t opts = { .timeout_ms = LONG, .tries = 2 };
	assert_int_equal(hm_ask(&opts, &ask, 1), KNOT_EOK);
	assert_int_equal(ask.reply, HM_REPLY_CLOSED);
}

static void an_answer_has_its_records(void **state)
{
	hm_ask_t ask = ask_one(TRUNCATES, true, false, LONG);
	assert_int_equal(ask.reply, HM_REPLY_ANSWER);
	hm_memory_t memory;
	hm_memory_init(&memory);
	knot_rdataset_t rrs;
	assert_true(hm_message_rrset(ask.pkt, KNOT_ANSWER, dname("example.com."), KNOT_RRTYPE_A,
	                             &memory.mm, &rrs));
	assert_int_equal(rrs.count, 1);
	assert_memory_equal(rrs.rdata->data, "\300\0\2\1", 4);
	hm_memory_clear(&memory);
	hm_ask_clear(&ask);
}

static void many_questions_are_asked_at_once(void **state)
{
	server_t server;
	server_start(&server, SAYS_ONE_A, true);
	hm_ask_t asks[300] = { 0 };
	for (size_t i = 0; i < COUNT(asks); i++) {
		asks[i].server = server.address;
		asks[i].name = dname("example.com.");
		asks[i].type = KNOT_RRTYPE_A;
		asks[i].tcp = (i % 3 == 0);
	}
	const hm_ask_opts_t opts = { .timeout_ms = LONG, .tries = 3 };
	assert_int_equal(hm_ask(&opts, asks, COUNT(asks)), KNOT_EOK);
	for (size_t i = 0; i < COUNT(asks); i++) {
		assert_int_equal(asks[i].reply, HM_REPLY_ANSWER);
		hm_ask_clear(&asks[i]);
	}
	server_stop(&server);
	assert_int_equal(hm_ask(&opts, asks, 0), KNOT_EOK);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	server_t server;
	server_start(&server, SAYS_ONE_A, true);
	hm_ask_t ask = {
		.server = server.address, .name = dname("example.com."), .type = KNOT_RRTYPE_A,
		.tcp = true,
	};
	const hm_ask_opts_t opts = { .timeout_ms = LONG, .tries = 1 };
	for (unsigned i = 0; i < 2; i++) {
		alloc_countdown = i;
		assert_int_equal(hm_ask(&opts, &ask, 1), KNOT_ENOMEM);
		alloc_countdown = -1;
		hm_ask_clear(&ask);
	}
	server_stop(&server);
}

static void addresses_are_read_and_written(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1@53", "192.0.2.1" },
		{ "192.0.2.1@5353", "192.0.2.1@5353" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "::1@1", "::1@1" },
		{ "", NULL }, { "example.com", NULL }, { "192.0.2.1@", NULL },
		{ "192.0.2.1@0", NULL }, { "192.0.2.1@65536", NULL }, { "192.0.2.1@-1", NULL },
		{ "192.0.2.1@5x", NULL }, { "192.0.2", NULL }, { "1:2:3:4:5:6:7:8:9", NULL },
		{ "@53", NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sockaddr_storage address, again;
		hm_error_t error = { "" };
		char text[HM_ADDRESS_MAX];
		int ret = hm_address_read(cases[i].text, 53, &address, &error);
		if (cases[i].want == NULL) {
			assert_int_equal(ret, KNOT_EINVAL);
			assert_int_not_equal(strlen(error.text), 0);
			continue;
		}
		assert_int_equal(ret, KNOT_EOK);
		assert_string_equal(hm_address_text(&address, text), cases[i].want);
		assert_int_equal(hm_address_read(text, 53, &again, &error), KNOT_EOK);
		assert_true(hm_address_is_equal(&address, &again));
		assert_int_equal(hm_address_read("192.0.2.9", 53, &again, &error), KNOT_EOK);
		assert_false(hm_address_is_equal(&address, &again));
	}
	struct sockaddr_storage address;
	assert_false(hm_address_from_rdata(KNOT_RRTYPE_A, (const uint8_t *)"abcde", 5, 53, &address));
	assert_false(hm_address_from_rdata(KNOT_RRTYPE_MX, (const uint8_t *)"abcd", 4, 53, &address));
}

static void a_server_is_asked_over_ipv6(void **state)
{
	server_t server = { .habit = SAYS_ONE_A, .tcp = -1 };
	hm_error_t error;
	assert_int_equal(hm_address_read("::1@1", 53, &server.address, &error), KNOT_EOK);
	// One address for all: so any free port.
	((struct sockaddr_in6 *)&server.address)->sin6_port = 0;
	socklen_t len = sizeof(struct sockaddr_in6);
	server.udp = socket(AF_INET6, SOCK_DGRAM, 0);
	if (server.udp < 0 || bind(server.udp, (void *)&server.address, len) != 0) {
		skip(); // No IPv6 here.
	}
	assert_int_equal(getsockname(server.udp, (void *)&server.address, &len), 0);
	assert_int_equal(pipe(server.stop), 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);
	hm_ask_t ask = {
		.server = server.address, .name = dname("example.com."), .type = KNOT_RRTYPE_A,
	};
	const hm_ask_opts_t opts = { .timeout_ms = LONG, .tries = 2, .open_max = 1 };
	assert_int_equal(hm_ask(&opts, &ask, 1), KNOT_EOK);
	server_stop(&server);
	assert_int_equal(ask.reply, HM_REPLY_ANSWER);
	hm_ask_clear(&ask);
	// Nobody listens any more.
	assert_int_equal(hm_ask(&opts, &ask, 1), KNOT_EOK);
	assert_int_equal(ask.reply, HM_REPLY_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_habit_of_a_server_is_told),
		cmocka_unit_test(a_closed_port_is_not_silence),
		cmocka_unit_test(an_answer_has_its_records),
		cmocka_unit_test(a_server_is_asked_over_ipv6),
		cmocka_unit_test(many_questions_are_asked_at_once),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
		cmocka_unit_test(addresses_are_read_and_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
