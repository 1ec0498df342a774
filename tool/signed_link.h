/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Messages over TCP to one name server, signed with TSIG (RFC 8945) if there is a key:
 *        then nothing is believed that is not.
 */

#pragma once

#include <stdbool.h>

#include <libknot/packet/pkt.h>

#include "error.h"

/*! \brief Largest MAC of TSIG, that of SHA-512. */
#define HM_MAC_MAX 64

/*! \brief What the answer to a message is checked against. */
typedef struct {
	uint16_t id;
	uint8_t mac[HM_MAC_MAX];
	size_t mac_len;
} hm_sent_t;

/*! \brief A name server and the key. */
typedef struct hm_signed_link hm_signed_link_t;

/*!
 * \brief Prepare for a server; nothing is sent yet.
 *
 * \param[in]  server      Address, perhaps with `@` and a port.
 * \param[in]  key         `[ALGORITHM:]NAME:SECRET`, as kdig has it; NULL if there is none.
 * \param[in]  key_file    File with such a line; NULL if there is none.
 * \param[in]  timeout_ms  Longest wait for the server; 0 for any.
 * \param[out] out         To be freed with hm_signed_link_free(); untouched unless KNOT_EOK.
 * \param[out] error       Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  No such address, or no such key.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_signed_link_new(const char *server, const char *key, const char *key_file, int timeout_ms,
                       hm_signed_link_t **out, hm_error_t *error);

/*! \brief Close and free it; NULL is fine. */
void hm_signed_link_free(hm_signed_link_t *link);

/*! \brief Address of the server, for messages. */
const char *hm_signed_link_text(const hm_signed_link_t *link);

/*! \brief Tell whether there is a key. */
bool hm_signed_link_has_key(const hm_signed_link_t *link);

/*!
 * \brief Open a new connection, in place of the one before.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_ECONN  There is no server.
 */
int hm_signed_link_open(hm_signed_link_t *link, hm_error_t *error);

/*! \brief Close the connection. */
void hm_signed_link_close(hm_signed_link_t *link);

/*!
 * \brief Prepare a message with room for its signature.
 *
 * \return Message, to be freed with knot_pkt_free(); NULL if memory is out, which is said.
 */
knot_pkt_t *hm_signed_link_message(const hm_signed_link_t *link, const knot_dname_t *qname,
                                   uint16_t qtype, uint8_t opcode, hm_error_t *error);

/*!
 * \brief Sign a message and send it. Several can be sent before the first answer is received.
 *
 * \param[in]  link   Connection.
 * \param[in]  pkt    Message; its ID is set.
 * \param[out] sent   For hm_signed_link_receive().
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ECONN   The server does not listen any more.
 * \retval KNOT_EINVAL  The key is of no use.
 */
int hm_signed_link_send(hm_signed_link_t *link, knot_pkt_t *pkt, hm_sent_t *sent,
                        hm_error_t *error);

/*!
 * \brief Receive the answer to a message, in the order in which they were sent.
 *
 * \param[in]  link   Connection.
 * \param[in]  sent   Message.
 * \param[out] ret    KNOT_EOK; KNOT_ECONN if there is no answer, or one that is not signed with the
 *                    key; KNOT_TSIG_EBADSIG if the server does not have the key; KNOT_ENOMEM.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \return Answer, to be freed with knot_pkt_free() before the next one is received; NULL unless
 *         KNOT_EOK.
 */
knot_pkt_t *hm_signed_link_receive(hm_signed_link_t *link, const hm_sent_t *sent, int *ret,
                                   hm_error_t *error);
