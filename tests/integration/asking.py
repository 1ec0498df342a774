# SPDX-License-Identifier: GPL-2.0-or-later
"""One question at a time, for tests that look into the answer."""

import dns.message
import dns.query

from harness import ASK_SECONDS


def send(server, message, tcp=False, timeout=ASK_SECONDS):
    """The answer to a message, be it a query or an update."""
    over = dns.query.tcp if tcp else dns.query.udp
    address, port = server.endpoint
    return over(message, address, timeout=timeout, port=port)


def ask(server, name, qtype="A", tcp=False, **options):
    return send(server, dns.message.make_query(name, qtype, **options), tcp)


def records(answer):
    """Records of the answer section as sorted text."""
    return sorted(rrset.to_text() for rrset in answer.answer)
