/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "ask.h"
#include "hostedmail/strerror.h"
#include "update.h"

#define DNS_PORT 53

/*! \brief Largest MAC of TSIG, that of SHA-512. */
#define MAC_MAX 64

/*! \brief Questions that are sent before the first answer is read. */
#define QUESTIONS 100

/*! \brief Bytes of a message that its records may fill; the rest is for the TSIG record. */
#define RECORDS_MAX 60000

/*! \brief Bytes of a record beside its owner and its RDATA (RFC 1035, section 3.2.1). */
#define RECORD_SIZE 10

/*! \brief A message that was sent. */
typedef struct {
	uint16_t id;
	uint8_t mac[MAC_MAX];
	size_t mac_len;
} sent_t;

struct hm_update {
	struct sockaddr_storage address;
	char text[HM_ADDRESS_MAX];
	int timeout_ms;
	const knot_dname_t *zone;
	knot_dname_txt_storage_t zone_text;
	knot_tsig_key_t key;      /*!< Without a name if there is none. */
	int fd;                   /*!< Connection, -1 if there is none. */
	uint8_t wire[2 + UINT16_MAX];
};

int hm_update_new(const char *server, const char *key, const char *key_file, int timeout_ms,
                  const knot_dname_t *zone, hm_update_t **out, hm_error_t *error)
{
	hm_update_t *update = calloc(1, sizeof(*update));
	if (update == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	update->fd = -1;
	update->timeout_ms = timeout_ms;
	update->zone = zone;
	(void)knot_dname_to_str(update->zone_text, zone, sizeof(update->zone_text));
	int ret = hm_address_read(server, DNS_PORT, &update->address, error);
	if (ret == KNOT_EOK) {
		(void)hm_address_text(&update->address, update->text);
	}
	if (ret == KNOT_EOK && key_file != NULL) {
		ret = knot_tsig_key_init_file(&update->key, key_file);
		if (ret != KNOT_EOK) {
			hm_error_set(error, "'%s' is no file with a TSIG key, which is a line "
			             "ALGORITHM:NAME:SECRET", key_file);
		}
	} else if (ret == KNOT_EOK && key != NULL) {
		ret = knot_tsig_key_init_str(&update->key, key);
		if (ret != KNOT_EOK) {
			// The key itself is no text for a log.
			hm_error_set(error, "that is no TSIG key, which is ALGORITHM:NAME:SECRET "
			             "with the secret in Base64");
		}
	}
	if (ret != KNOT_EOK) {
		hm_update_free(update);
		return KNOT_EINVAL;
	}
	*out = update;
	return KNOT_EOK;
}

static void disconnect(hm_update_t *update)
{
	if (update->fd >= 0) {
		close(update->fd);
		update->fd = -1;
	}
}

void hm_update_free(hm_update_t *update)
{
	if (update != NULL) {
		disconnect(update);
		knot_tsig_key_deinit(&update->key);
		free(update);
	}
}

static int lost(const hm_update_t *update, const char *why, hm_error_t *error)
{
	hm_error_set(error, "the name server at %s does not answer by TCP (%s)", update->text, why);
	return KNOT_ECONN;
}

/*! \brief Say what went wrong with the socket. */
static int lost_socket(const hm_update_t *update, hm_error_t *error)
{
	bool timeout = (errno == EAGAIN || errno == EINPROGRESS);
	return lost(update, timeout ? "no answer in time" : hm_errno_text(), error);
}

/*! \brief Open a new connection. */
static int reconnect(hm_update_t *update, hm_error_t *error)
{
	disconnect(update);
	const struct sockaddr_storage *address = &update->address;
	socklen_t size = (address->ss_family == AF_INET6) ? sizeof(struct sockaddr_in6) :
	                                                    sizeof(struct sockaddr_in);
	const struct timeval wait = {
		.tv_sec = update->timeout_ms / 1000, .tv_usec = update->timeout_ms % 1000 * 1000,
	};
	update->fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (update->fd < 0 ||
	    setsockopt(update->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    setsockopt(update->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    connect(update->fd, (const struct sockaddr *)address, size) != 0) {
		return lost_socket(update, error);
	}
	return KNOT_EOK;
}

/*! \brief Sign a message and send it. */
static int send_message(hm_update_t *update, knot_pkt_t *pkt, sent_t *sent, hm_error_t *error)
{
	(void)getrandom(&sent->id, sizeof(sent->id), 0);
	knot_wire_set_id(pkt->wire, sent->id);
	size_t size = pkt->size;
	sent->mac_len = sizeof(sent->mac);
	if (update->key.name != NULL) {
		int ret = knot_tsig_sign(pkt->wire, &size, pkt->max_size, NULL, 0, sent->mac,
		                         &sent->mac_len, &update->key, 0, 0);
		if (ret != KNOT_EOK) {
			hm_error_set(error, "a message cannot be signed with this TSIG key (%s)",
			             knot_strerror(ret));
			return KNOT_EINVAL;
		}
	}
	// In one piece: servers do not wait long for the second one.
	knot_wire_write_u16(update->wire, size);
	memcpy(update->wire + 2, pkt->wire, size);
	for (size_t done = 0; done < 2 + size; ) {
		ssize_t len = send(update->fd, update->wire + done, 2 + size - done, MSG_NOSIGNAL);
		if (len < 0 && errno != EINTR) {
			return lost_socket(update, error);
		}
		done += (len > 0) ? len : 0;
	}
	return KNOT_EOK;
}

static int receive(hm_update_t *update, size_t len, hm_error_t *error)
{
	for (size_t done = 0; done < len; ) {
		ssize_t got = recv(update->fd, update->wire + done, len - done, 0);
		if (got == 0) {
			return lost(update, "the connection was closed", error);
		}
		if (got < 0 && errno != EINTR) {
			return lost_socket(update, error);
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
static int verify(const hm_update_t *update, const knot_pkt_t *pkt, const sent_t *sent,
                  hm_error_t *error)
{
	const char *wrong = tsig_error(pkt);
	if (wrong != NULL) {
		hm_error_set(error, "the name server at %s takes no message from here: %s",
		             update->text, wrong);
		return KNOT_TSIG_EBADSIG;
	}
	int ret = KNOT_EOK;
	if (update->key.name != NULL) {
		ret = (pkt->tsig_rr == NULL) ? KNOT_ENOTSIG :
		      knot_tsig_client_check(pkt->tsig_rr, pkt->wire, pkt->size, sent->mac,
		                             sent->mac_len, &update->key, 0);
	}
	if (ret != KNOT_EOK && pkt->tsig_rr == NULL &&
	    knot_wire_get_rcode(pkt->wire) != KNOT_RCODE_NOERROR) {
		ret = KNOT_EOK; // No is no, whoever says it.
	}
	if (ret != KNOT_EOK) {
		hm_error_set(error, "what came from the name server at %s is not signed by the TSIG "
		             "key, so that nobody knows who said it", update->text);
		ret = KNOT_ECONN;
	}
	return ret;
}

/*! \brief Receive the answer to a message, NULL if there is none; to be freed with
 *         knot_pkt_free() before the next one. */
static knot_pkt_t *receive_message(hm_update_t *update, const sent_t *sent, int *ret,
                                   hm_error_t *error)
{
	*ret = receive(update, 2, error);
	if (*ret != KNOT_EOK) {
		return NULL;
	}
	size_t size = knot_wire_read_u16(update->wire);
	*ret = receive(update, size, error);
	if (*ret != KNOT_EOK) {
		return NULL;
	}
	if (size < KNOT_WIRE_HEADER_SIZE) {
		*ret = lost(update, "what came is no answer", error);
		return NULL;
	}
	knot_pkt_t *pkt = knot_pkt_new(update->wire, size, NULL);
	if (pkt == NULL) {
		hm_error_set(error, "out of memory");
		*ret = KNOT_ENOMEM;
		return NULL;
	}
	if (knot_pkt_parse(pkt, 0) != KNOT_EOK || knot_wire_get_id(pkt->wire) != sent->id ||
	    !knot_wire_get_qr(pkt->wire)) {
		*ret = lost(update, "what came is no answer", error);
	} else {
		*ret = verify(update, pkt, sent, error);
	}
	if (*ret != KNOT_EOK) {
		knot_pkt_free(pkt);
		return NULL;
	}
	return pkt;
}

/*! \brief Prepare a message with room for its signature. */
static knot_pkt_t *message_new(const hm_update_t *update, const knot_dname_t *qname, uint16_t qtype,
                               uint8_t opcode, hm_error_t *error)
{
	knot_pkt_t *pkt = knot_pkt_new(NULL, UINT16_MAX, NULL);
	if (pkt == NULL || knot_pkt_put_question(pkt, qname, KNOT_CLASS_IN, qtype) != KNOT_EOK) {
		knot_pkt_free(pkt);
		hm_error_set(error, "out of memory");
		return NULL;
	}
	knot_wire_set_opcode(pkt->wire, opcode);
	if (update->key.name != NULL) {
		(void)knot_pkt_reserve(pkt, knot_tsig_wire_size(&update->key));
	}
	return pkt;
}

/*! \brief The name of a node of the zone. */
static void node_name(const hm_update_t *update, const knot_dname_t *domain,
                      knot_dname_storage_t out)
{
	size_t size = knot_dname_size(domain) - 1;
	memcpy(out, domain, size);
	memcpy(out + size, update->zone, knot_dname_size(update->zone));
}

static const char *rcode_name(const knot_pkt_t *pkt)
{
	const knot_lookup_t *found = knot_lookup_by_id(knot_rcode_names,
	                                               knot_wire_get_rcode(pkt->wire));
	return (found != NULL) ? found->name : "an unknown RCODE";
}

/*! \brief Take the flag of a domain from an answer. */
static int take_flag(const hm_update_t *update, const knot_dname_t *domain, const knot_pkt_t *pkt,
                     hm_flags_t *flags, hm_error_t *error)
{
	uint8_t rcode = knot_wire_get_rcode(pkt->wire);
	if (!knot_wire_get_aa(pkt->wire) ||
	    (rcode != KNOT_RCODE_NOERROR && rcode != KNOT_RCODE_NXDOMAIN)) {
		hm_error_set(error, "the name server at %s does not answer questions about the zone "
		             "'%s' (%s)", update->text, update->zone_text, rcode_name(pkt));
		return KNOT_EDENIED;
	}
	knot_dname_storage_t name;
	node_name(update, domain, name);
	hm_flags_node_t *node = NULL;
	const knot_pktsection_t *answer = knot_pkt_section(pkt, KNOT_ANSWER);
	for (uint16_t i = 0; i < answer->count; i++) {
		const knot_rrset_t *rr = knot_pkt_rr(answer, i);
		if (rr->type != KNOT_RRTYPE_TXT || !knot_dname_is_case_equal(rr->owner, name)) {
			continue;
		}
		node = (node == NULL) ? hm_flags_add(flags, domain) : node;
		if (node == NULL ||
		    knot_rdataset_merge(&node->txt, &rr->rrs, NULL) != KNOT_EOK) {
			hm_error_set(error, "out of memory");
			return KNOT_ENOMEM;
		}
	}
	return KNOT_EOK;
}

/*! \brief Ask for the flags of some domains over one connection. */
static int read_some(hm_update_t *update, const hm_flag_change_t *changes, size_t count,
                     hm_flags_t *flags, hm_error_t *error)
{
	sent_t sent[QUESTIONS];
	int ret = reconnect(update, error);
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		knot_dname_storage_t name;
		node_name(update, changes[i].name, name);
		knot_pkt_t *pkt = message_new(update, name, KNOT_RRTYPE_TXT, KNOT_OPCODE_QUERY,
		                              error);
		ret = (pkt != NULL) ? send_message(update, pkt, &sent[i], error) : KNOT_ENOMEM;
		knot_pkt_free(pkt);
	}
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		knot_pkt_t *pkt = receive_message(update, &sent[i], &ret, error);
		if (pkt != NULL) {
			ret = take_flag(update, changes[i].name, pkt, flags, error);
			knot_pkt_free(pkt);
		}
	}
	disconnect(update);
	return ret;
}

int hm_update_read(hm_update_t *update, const hm_flag_plan_t *plan, hm_flags_t *flags,
                   hm_error_t *error)
{
	*flags = (hm_flags_t){ .zone = update->zone };
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; i += QUESTIONS) {
		size_t count = (plan->count - i < QUESTIONS) ? plan->count - i : QUESTIONS;
		ret = read_some(update, &plan->changes[i], count, flags, error);
	}
	flags->result = ret;
	return ret;
}

/*! \brief Put a record; without RDATA if that is NULL. */
static int put(knot_pkt_t *pkt, const knot_dname_t *owner, uint16_t rclass, uint32_t ttl,
               const knot_rdata_t *rdata)
{
	uint8_t none[sizeof(knot_rdata_t) + 1];
	knot_rdata_init((knot_rdata_t *)none, 0, NULL);
	const knot_rdata_t *put = (rdata != NULL) ? rdata : (const knot_rdata_t *)none;
	knot_rrset_t rrset;
	knot_rrset_init(&rrset, (knot_dname_t *)owner, KNOT_RRTYPE_TXT, rclass, ttl);
	rrset.rrs = (knot_rdataset_t) {
		.count = 1, .size = knot_rdata_size(put->len), .rdata = (knot_rdata_t *)put,
	};
	return knot_pkt_put(pkt, KNOT_COMPR_HINT_NONE, &rrset, 0);
}

/*! \brief Put what must hold for a change: the flag is as it was read (RFC 2136, section 2.4). */
static int put_prerequisite(knot_pkt_t *pkt, const knot_dname_t *owner,
                            const hm_flag_change_t *change)
{
	if (change->was.count == 0) {
		return put(pkt, owner, KNOT_CLASS_NONE, 0, NULL);
	}
	int ret = KNOT_EOK;
	for (uint16_t i = 0; i < change->was.count && ret == KNOT_EOK; i++) {
		ret = put(pkt, owner, KNOT_CLASS_IN, 0, knot_rdataset_at(&change->was, i));
	}
	return ret;
}

/*! \brief Put a change: the RRset goes, the new record comes (RFC 2136, section 2.5). */
static int put_change(knot_pkt_t *pkt, const knot_dname_t *owner, const hm_flag_change_t *change)
{
	int ret = put(pkt, owner, KNOT_CLASS_ANY, 0, NULL);
	if (ret == KNOT_EOK && change->want != NULL) {
		ret = put(pkt, owner, KNOT_CLASS_IN, HM_FLAG_TTL, change->want);
	}
	return ret;
}

/*! \brief Count the changes from one on that fit into a message. */
static size_t count_fitting(const hm_update_t *update, const hm_flag_plan_t *plan, size_t from)
{
	size_t bytes = 0, records = 0, i = from;
	for (; i < plan->count; i++) {
		const hm_flag_change_t *change = &plan->changes[i];
		if (change->kind == HM_FLAG_KEPT) {
			continue;
		}
		size_t name = knot_dname_size(change->name) + knot_dname_size(update->zone);
		size_t want = (change->want != NULL) ? change->want->len : 0;
		size_t most = (3 + change->was.count) * (name + RECORD_SIZE) + change->was.size +
		              want;
		records += 1 + (change->want != NULL);
		bytes += most;
		if (i > from && (records > HM_UPDATE_RECORDS || bytes > RECORDS_MAX)) {
			break;
		}
	}
	return i - from;
}

/*! \brief Write a message with some changes. */
static int write_message(const hm_update_t *update, const hm_flag_change_t *changes, size_t count,
                         bool is_read, knot_pkt_t *pkt)
{
	int ret = KNOT_EOK;
	for (int pass = 0; pass < 2 && ret == KNOT_EOK; pass++) {
		(void)knot_pkt_begin(pkt, (pass == 0) ? KNOT_ANSWER : KNOT_AUTHORITY);
		for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
			knot_dname_storage_t name;
			if (changes[i].kind == HM_FLAG_KEPT || (pass == 0 && !is_read)) {
				continue;
			}
			node_name(update, changes[i].name, name);
			ret = (pass == 0) ? put_prerequisite(pkt, name, &changes[i]) :
			                    put_change(pkt, name, &changes[i]);
		}
	}
	return ret;
}

/*! \brief What the server says to an update. */
static int check_rcode(const hm_update_t *update, const knot_pkt_t *pkt, hm_error_t *error)
{
	switch (knot_wire_get_rcode(pkt->wire)) {
	case KNOT_RCODE_NOERROR:
		return KNOT_EOK;
	case KNOT_RCODE_YXRRSET:
	case KNOT_RCODE_NXRRSET:
	case KNOT_RCODE_NXDOMAIN:
	case KNOT_RCODE_YXDOMAIN:
		hm_error_set(error, "the zone '%s' was changed meanwhile; try again",
		             update->zone_text);
		return KNOT_EAGAIN;
	case KNOT_RCODE_REFUSED:
	case KNOT_RCODE_NOTAUTH:
		hm_error_set(error, "the name server at %s refuses to update the zone '%s' (%s): it "
		             "does not have the zone, or its ACL does not allow updates %s",
		             update->text, update->zone_text, rcode_name(pkt),
		             (update->key.name != NULL) ? "with this key" : "without a key");
		return KNOT_EDENIED;
	default:
		hm_error_set(error, "the name server at %s cannot update the zone '%s' (%s)",
		             update->text, update->zone_text, rcode_name(pkt));
		return KNOT_ERROR;
	}
}

/*! \brief Make some changes by one message. */
static int send_some(hm_update_t *update, hm_flag_change_t *changes, size_t count, bool is_read,
                     hm_error_t *error)
{
	sent_t sent;
	knot_pkt_t *pkt = message_new(update, update->zone, KNOT_RRTYPE_SOA, KNOT_OPCODE_UPDATE,
	                              error);
	int ret = (pkt != NULL) ? write_message(update, changes, count, is_read, pkt) : KNOT_ENOMEM;
	if (ret != KNOT_EOK) {
		hm_error_set(error, "a message cannot be made (%s)", knot_strerror(ret));
	} else {
		ret = reconnect(update, error);
	}
	if (ret == KNOT_EOK) {
		ret = send_message(update, pkt, &sent, error);
	}
	knot_pkt_free(pkt);
	pkt = (ret == KNOT_EOK) ? receive_message(update, &sent, &ret, error) : NULL;
	if (pkt != NULL) {
		ret = check_rcode(update, pkt, error);
		knot_pkt_free(pkt);
	}
	disconnect(update);
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		changes[i].is_done = (changes[i].kind != HM_FLAG_KEPT);
	}
	return ret;
}

int hm_update_send(hm_update_t *update, hm_flag_plan_t *plan, bool is_read, hm_error_t *error)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; ) {
		if (plan->changes[i].kind == HM_FLAG_KEPT) {
			i++;
			continue;
		}
		size_t count = count_fitting(update, plan, i);
		ret = send_some(update, &plan->changes[i], count, is_read, error);
		i += count;
	}
	return ret;
}
