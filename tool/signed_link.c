/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "ask.h"
#include "hostedmail/strerror.h"
#include "signed_link.h"

#define DNS_PORT 53

struct hm_signed_link {
	struct sockaddr_storage address;
	char text[HM_ADDRESS_MAX];
	int timeout_ms;
	knot_tsig_key_t key;      /*!< Without a name if there is none. */
	int fd;                   /*!< Connection, -1 if there is none. */
	uint8_t wire[2 + UINT16_MAX];
};

int hm_signed_link_new(const char *server, const char *key, const char *key_file, int timeout_ms,
                       hm_signed_link_t **out, hm_error_t *error)
{
	hm_signed_link_t *link = calloc(1, sizeof(*link));
	if (link == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	link->fd = -1;
	link->timeout_ms = timeout_ms;
	int ret = hm_address_read(server, DNS_PORT, &link->address, error);
	if (ret == KNOT_EOK) {
		(void)hm_address_text(&link->address, link->text);
	}
	if (ret == KNOT_EOK && key_file != NULL) {
		ret = knot_tsig_key_init_file(&link->key, key_file);
		if (ret != KNOT_EOK) {
			hm_error_set(error, "'%s' is no file with a TSIG key, which is a line "
			             "ALGORITHM:NAME:SECRET", key_file);
		}
	} else if (ret == KNOT_EOK && key != NULL) {
		ret = knot_tsig_key_init_str(&link->key, key);
		if (ret != KNOT_EOK) {
			// The key itself is no text for a log.
			hm_error_set(error, "that is no TSIG key, which is ALGORITHM:NAME:SECRET "
			             "with the secret in Base64");
		}
	}
	if (ret != KNOT_EOK) {
		hm_signed_link_free(link);
		return KNOT_EINVAL;
	}
	*out = link;
	return KNOT_EOK;
}

void hm_signed_link_close(hm_signed_link_t *link)
{
	if (link->fd >= 0) {
		close(link->fd);
		link->fd = -1;
	}
}

void hm_signed_link_free(hm_signed_link_t *link)
{
	if (link != NULL) {
		hm_signed_link_close(link);
		knot_tsig_key_deinit(&link->key);
		free(link);
	}
}

static int lost(const hm_signed_link_t *link, const char *why, hm_error_t *error)
{
	hm_error_set(error, "the name server at %s does not answer by TCP (%s)", link->text, why);
	return KNOT_ECONN;
}

/*! \brief Say what went wrong with the socket. */
static int lost_socket(const hm_signed_link_t *link, hm_error_t *error)
{
	bool timeout = (errno == EAGAIN || errno == EINPROGRESS);
	return lost(link, timeout ? "no answer in time" : hm_errno_text(), error);
}

int hm_signed_link_open(hm_signed_link_t *link, hm_error_t *error)
{
	hm_signed_link_close(link);
	const struct sockaddr_storage *address = &link->address;
	socklen_t size = (address->ss_family == AF_INET6) ? sizeof(struct sockaddr_in6) :
	                                                    sizeof(struct sockaddr_in);
	const struct timeval wait = {
		.tv_sec = link->timeout_ms / 1000, .tv_usec = link->timeout_ms % 1000 * 1000,
	};
	link->fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0 ||
	    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    setsockopt(link->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    connect(link->fd, (const struct sockaddr *)address, size) != 0) {
		return lost_socket(link, error);
	}
	return KNOT_EOK;
}

int hm_signed_link_send(hm_signed_link_t *link, knot_pkt_t *pkt, hm_sent_t *sent,
                        hm_error_t *error)
{
	sent->id = hm_message_id();
	knot_wire_set_id(pkt->wire, sent->id);
	size_t size = pkt->size;
	sent->mac_len = sizeof(sent->mac);
	if (link->key.name != NULL) {
		int ret = knot_tsig_sign(pkt->wire, &size, pkt->max_size, NULL, 0, sent->mac,
		                         &sent->mac_len, &link->key, 0, 0);
		if (ret != KNOT_EOK) {
			hm_error_set(error, "a message cannot be signed with this TSIG key (%s)",
			             knot_strerror(ret));
			return KNOT_EINVAL;
		}
	}
	// In one piece: servers do not wait long for the second one.
	knot_wire_write_u16(link->wire, size);
	memcpy(link->wire + 2, pkt->wire, size);
	for (size_t done = 0; done < 2 + size; ) {
		ssize_t len = send(link->fd, link->wire + done, 2 + size - done, MSG_NOSIGNAL);
		if (len < 0 && errno != EINTR) {
			return lost_socket(link, error);
		}
		done += (len > 0) ? len : 0;
	}
	return KNOT_EOK;
}

static int receive(hm_signed_link_t *link, size_t len, hm_error_t *error)
{
	for (size_t done = 0; done < len; ) {
		ssize_t got = recv(link->fd, link->wire + done, len - done, 0);
		if (got == 0) {
			return lost(link, "the connection was closed", error);
		}
		if (got < 0 && errno != EINTR) {
			return lost_socket(link, error);
		}
		done += (got > 0) ? got : 0;
	}
	return KNOT_EOK;
}

/*! \brief What the TSIG record of an answer says is wrong with that of the question. */
static const char *tsig_error(const knot_pkt_t *pkt)
{
	switch ((pkt->tsig_rr != NULL) ? knot_tsig_rdata_error(pkt->tsig_rr) : 0) {
	case KNOT_RCODE_BADKEY:
		return "it does not know this TSIG key (BADKEY)";
	case KNOT_RCODE_BADSIG:
		return "its TSIG key of this name has another secret or algorithm (BADSIG)";
	case KNOT_RCODE_BADTIME:
		return "its clock differs too much from the one here (BADTIME)";
	default:
		return NULL;
	}
}

/*! \brief Check that an answer comes from who has the key. */
static int verify(const hm_signed_link_t *link, const knot_pkt_t *pkt, const hm_sent_t *sent,
                  hm_error_t *error)
{
	const char *wrong = tsig_error(pkt);
	if (wrong != NULL) {
		hm_error_set(error, "the name server at %s takes no message from here: %s",
		             link->text, wrong);
		return KNOT_TSIG_EBADSIG;
	}
	int ret = KNOT_EOK;
	if (link->key.name != NULL) {
		ret = (pkt->tsig_rr == NULL) ? KNOT_ENOTSIG :
		      knot_tsig_client_check(pkt->tsig_rr, pkt->wire, pkt->size, sent->mac,
		                             sent->mac_len, &link->key, 0);
	}
	if (ret != KNOT_EOK && pkt->tsig_rr == NULL &&
	    knot_wire_get_rcode(pkt->wire) != KNOT_RCODE_NOERROR) {
		ret = KNOT_EOK; // No is no, whoever says it.
	}
	if (ret != KNOT_EOK) {
		hm_error_set(error, "what came from the name server at %s is not signed by the "
		             "TSIG key, so that nobody knows who said it", link->text);
		ret = KNOT_ECONN;
	}
	return ret;
}

knot_pkt_t *hm_signed_link_receive(hm_signed_link_t *link, const hm_sent_t *sent, int *ret,
                                   hm_error_t *error)
{
	*ret = receive(link, 2, error);
	if (*ret != KNOT_EOK) {
		return NULL;
	}
	size_t size = knot_wire_read_u16(link->wire);
	*ret = receive(link, size, error);
	if (*ret != KNOT_EOK) {
		return NULL;
	}
	if (size < KNOT_WIRE_HEADER_SIZE) {
		*ret = lost(link, "what came is no answer", error);
		return NULL;
	}
	knot_pkt_t *pkt = knot_pkt_new(link->wire, size, NULL);
	if (pkt == NULL) {
		hm_error_set(error, "out of memory");
		*ret = KNOT_ENOMEM;
		return NULL;
	}
	if (knot_pkt_parse(pkt, 0) != KNOT_EOK || knot_wire_get_id(pkt->wire) != sent->id ||
	    !knot_wire_get_qr(pkt->wire)) {
		*ret = lost(link, "what came is no answer", error);
	} else {
		*ret = verify(link, pkt, sent, error);
	}
	if (*ret != KNOT_EOK) {
		knot_pkt_free(pkt);
		return NULL;
	}
	return pkt;
}

knot_pkt_t *hm_signed_link_message(const hm_signed_link_t *link, const knot_dname_t *qname,
                                   uint16_t qtype, uint8_t opcode, hm_error_t *error)
{
	knot_pkt_t *pkt = knot_pkt_new(NULL, UINT16_MAX, NULL);
	if (pkt == NULL || knot_pkt_put_question(pkt, qname, KNOT_CLASS_IN, qtype) != KNOT_EOK) {
		knot_pkt_free(pkt);
		hm_error_set(error, "out of memory");
		return NULL;
	}
	knot_wire_set_opcode(pkt->wire, opcode);
	if (link->key.name != NULL) {
		(void)knot_pkt_reserve(pkt, knot_tsig_wire_size(&link->key));
	}
	return pkt;
}

const char *hm_signed_link_text(const hm_signed_link_t *link)
{
	return link->text;
}

bool hm_signed_link_has_key(const hm_signed_link_t *link)
{
	return link->key.name != NULL;
}
