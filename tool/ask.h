/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Questions to name servers that are given by address, many at a time, by UDP or TCP.
 *
 * What comes back is told apart as an operator has to: a server that says no is another matter than
 * one that says nothing, and than a host on which there is none.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <libknot/packet/pkt.h>

#include "error.h"

/*! \brief Most questions that are under way at a time. */
#define HM_ASK_OPEN_MAX 64

/*! \brief An address with its port as text: `192.0.2.1@53`. */
#define HM_ADDRESS_MAX 64

/*! \brief What came of a question. */
typedef enum {
	HM_REPLY_TIMEOUT,     /*!< Nothing came in time. */
	HM_REPLY_CLOSED,      /*!< Nobody listens, or the connection was closed without an answer. */
	HM_REPLY_UNREACHABLE, /*!< No packet can be sent there from here. */
	HM_REPLY_GARBAGE,     /*!< What came is no DNS message, or answers something else. */
	HM_REPLY_ANSWER,      /*!< A message that answers the question, whatever its RCODE. */
} hm_reply_t;

/*! \brief A question to one server, and what came of it. */
typedef struct {
	struct sockaddr_storage server; /*!< With its port. */
	const knot_dname_t *name;       /*!< Borrowed. */
	uint16_t type;
	bool tcp;                       /*!< By TCP alone; else by UDP, and by TCP if truncated. */
	bool dnssec;                    /*!< With the DO bit. */

	hm_reply_t reply;               /*!< From here on: set by hm_ask(). */
	bool truncated;                 /*!< By UDP, so that the reply is that of TCP. */
	knot_pkt_t *pkt;                /*!< For HM_REPLY_ANSWER alone: all sections, parsed. */
} hm_ask_t;

/*! \brief How patient to be. */
typedef struct {
	int timeout_ms;  /*!< For one try; the second one of UDP takes twice as long. */
	unsigned tries;  /*!< Over UDP, at least one. */
	size_t open_max; /*!< Questions under way at a time, each with a socket; 0 for
	                      HM_ASK_OPEN_MAX, which is the most. */
} hm_ask_opts_t;

/*!
 * \brief Ask all questions, many at a time, and wait for all that comes.
 *
 * \param[in]     opts   How patient to be.
 * \param[in,out] asks   Questions, to be cleared with hm_ask_clear() whatever the result.
 * \param[in]     count  How many.
 *
 * \retval KNOT_EOK     All were asked; each says what came of it.
 * \retval KNOT_ENOMEM  Memory or files ran out.
 */
int hm_ask(const hm_ask_opts_t *opts, hm_ask_t *asks, size_t count);

/*! \brief Free the answer. */
void hm_ask_clear(hm_ask_t *ask);

/*!
 * \brief Read a message as the answer to a question: ID, opcode, and the question in any case of
 *        letters, for a server may or may not keep that (draft-vixie-dnsext-dns0x20).
 *
 * \param[in] wire  Message.
 * \param[in] len   Bytes of it.
 * \param[in] id    ID of the question.
 * \param[in] name  What was asked for.
 * \param[in] type  The same.
 *
 * \return Parsed message with a copy of \a wire, to be freed with hm_message_free(); NULL if it is
 *         none, or if memory is out.
 */
knot_pkt_t *hm_message_read(const uint8_t *wire, size_t len, uint16_t id, const knot_dname_t *name,
                            uint16_t type);

/*! \brief Free a message; NULL is fine. */
void hm_message_free(knot_pkt_t *pkt);

/*!
 * \brief Read an address: `192.0.2.1`, `2001:db8::1`, each perhaps with `@53`.
 *
 * \param[in]  text   Text.
 * \param[in]  port   Port if it has none.
 * \param[out] out    Address; its content is undefined unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  It is no address.
 */
int hm_address_read(const char *text, uint16_t port, struct sockaddr_storage *out,
                    hm_error_t *error);

/*! \brief Make an address of its RDATA, A or AAAA; false if that has the wrong length. */
bool hm_address_from_rdata(uint16_t type, const uint8_t *data, size_t len, uint16_t port,
                           struct sockaddr_storage *out);

/*! \brief An address as text, with its port unless that is 53. */
const char *hm_address_text(const struct sockaddr_storage *address, char out[HM_ADDRESS_MAX]);

/*! \brief Tell whether two addresses and their ports are equal. */
bool hm_address_is_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

/*! \brief An ID for a message that nobody can guess. */
uint16_t hm_message_id(void);
