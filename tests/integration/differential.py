# SPDX-License-Identifier: GPL-2.0-or-later
"""What the differential tests share: the profiles and variables of their domains, how much they ask,
and what nested domains are in ordinary zones, with the answers that are not theirs."""

import pathlib
import random

import dns.message
import dns.rcode
import dns.rdatatype

from harness import KNOWS_ZERO_BYTES, PROFILES, VALGRIND

HOSTILE = pathlib.Path(__file__).parent / "profiles"

VARIABLES = {"cluster": "b", "token": "t-1", "first": "m", "second": "a", "dotted": "d1.d2",
             "long": "l" * 300}
# Variables that only some of the domains define.
SOME_VARIABLES = {"brand": "Brand"}
# What a zone file has to say for a string of more than 255 bytes.
ORACLE = {"long": "l" * 255 + '" "' + "l" * 45}


def profile_files():
    return sorted(PROFILES.glob("*.zone")) + sorted(HOSTILE.glob("*.zone"))


def sample(table):
    """All of it; under valgrind, which is slow, a part chosen with a printed seed."""
    if not VALGRIND:
        return table
    seed = 20261121
    print("seed", seed)
    return random.Random(seed).sample(table, 3000)


def nested_in(domain, others):
    """Domains below another one, but not those below each other."""
    below = [o for o in others if o.endswith("." + domain)]
    return [o for o in below if not any(o.endswith("." + other) for other in below)]


def delegate(zone, domain, others):
    """The zone of a domain that has others nested in it, as an ordinary parent has to write it: they are
    delegated, and nothing else is at or below them."""
    cuts = [o[:-len(domain) - 1] for o in nested_in(domain, others)]
    lines = []
    hidden = False
    for line in zone.splitlines():
        owner = line.split(" ")[0].split("\t")[0].lower()
        if owner and not owner.startswith((";", "$")):
            hidden = any(owner == cut or owner.endswith("." + cut) for cut in cuts)
        if not hidden:
            lines.append(line)
    return "\n".join(lines + [f"{cut} NS ns.delegated.test." for cut in cuts]) + "\n"


def is_referral(our, their):
    """A chain that comes to a nested domain ends there, as if it had left the domain, while an ordinary
    zone refers to the nested one: no client needs that from a server that has both. All else must be
    equal."""
    ours, native = dns.message.from_wire(our), dns.message.from_wire(their)
    return bool(native.answer) and native.answer[-1].rdtype == dns.rdatatype.CNAME and \
        [rrset.rdtype for rrset in native.authority] == [dns.rdatatype.NS] and \
        not native.additional and not ours.authority and not ours.additional and \
        ours.answer == native.answer and ours.flags == native.flags and ours.id == native.id and \
        ours.question == native.question and ours.edns == native.edns


def zero_byte_chain(query, our, their):
    """Knot DNS 3.3.10, 3.4.3 and newer look the target of a CNAME up as if it had the zero byte of
    the QNAME, and do not find it. The module does."""
    if not KNOWS_ZERO_BYTES:
        return False
    question = dns.message.from_wire(query).question[0]
    ours, native = dns.message.from_wire(our), dns.message.from_wire(their)
    return any(b"\0" in label for label in question.name.labels[:-1]) and \
        any(rrset.rdtype == dns.rdatatype.CNAME for rrset in native.answer) and \
        native.rcode() == dns.rcode.NXDOMAIN and ours.rcode() == dns.rcode.NOERROR
