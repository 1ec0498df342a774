/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "ask.h"

#define DNS_PORT 53

static void set_address(struct sockaddr_storage *out, int family, const void *data, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	out->ss_family = family;
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, data, sizeof(in->sin_addr));
	} else {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)out;
		in->sin6_port = htons(port);
		memcpy(&in->sin6_addr, data, sizeof(in->sin6_addr));
	}
}

int hm_address_read(const char *text, uint16_t port, struct sockaddr_storage *out,
                    hm_error_t *error)
{
	char host[INET6_ADDRSTRLEN];
	const char *at = strchrnul(text, '@');
	if (*at == '@') {
		char *end;
		unsigned long number = strtoul(at + 1, &end, 10);
		if (at[1] < '0' || at[1] > '9' || *end != '\0' || number < 1 ||
		    number > UINT16_MAX) {
			hm_error_set(error, "'%s' is not a port", at + 1);
			return KNOT_EINVAL;
		}
		port = number;
	}
	uint8_t data[sizeof(struct in6_addr)];
	size_t len = at - text;
	if (len < sizeof(host)) {
		memcpy(host, text, len);
		host[len] = '\0';
		for (int family = AF_INET; ; family = AF_INET6) {
			if (inet_pton(family, host, data) == 1) {
				set_address(out, family, data, port);
				return KNOT_EOK;
			}
			if (family == AF_INET6) {
				break;
			}
		}
	}
	hm_error_set(error, "'%s' is not an IP address, such as 192.0.2.1 or 2001:db8::1@5353",
	             text);
	return KNOT_EINVAL;
}

bool hm_address_from_rdata(uint16_t type, const uint8_t *data, size_t len, uint16_t port,
                           struct sockaddr_storage *out)
{
	if (type == KNOT_RRTYPE_A && len == sizeof(struct in_addr)) {
		set_address(out, AF_INET, data, port);
		return true;
	}
	if (type == KNOT_RRTYPE_AAAA && len == sizeof(struct in6_addr)) {
		set_address(out, AF_INET6, data, port);
		return true;
	}
	return false;
}

const char *hm_address_text(const struct sockaddr_storage *address, char out[HM_ADDRESS_MAX])
{
	const void *data;
	uint16_t port;
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;
		data = &in->sin_addr;
		port = ntohs(in->sin_port);
	} else {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;
		data = &in->sin6_addr;
		port = ntohs(in->sin6_port);
	}
	if (inet_ntop(address->ss_family, data, out, HM_ADDRESS_MAX) == NULL) {
		*out = '\0';
	}
	size_t len = strlen(out);
	if (port != DNS_PORT) {
		snprintf(out + len, HM_ADDRESS_MAX - len, "@%u", port);
	}
	return out;
}

bool hm_address_is_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family) {
		return false;
	}
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;
		return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;
	return x->sin6_port == y->sin6_port &&
	       memcmp(&x->sin6_addr, &y->sin6_addr, sizeof(x->sin6_addr)) == 0;
}
