# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosted files of many domains, and how many of these are answered."""

import dns.message
import dns.rcode
import dns.rdatatype

import expand
import questions


def names(count, letter="d"):
    return [f"{letter}{n}.test" for n in range(count)]


def hosted(domains):
    """The hosted file."""
    return "".join(f"{domain}\n" for domain in domains)


def answered(server, domains):
    """How many of the domains have an answer; the rest is refused."""
    queries = [questions.query(expand.wire(domain), dns.rdatatype.MX, None, False, 0, n + 1)
               for n, domain in enumerate(domains)]
    codes = [dns.message.from_wire(answer).rcode() for answer in server.udp(queries)]
    assert set(codes) <= {dns.rcode.NOERROR, dns.rcode.REFUSED}
    return codes.count(dns.rcode.NOERROR)
