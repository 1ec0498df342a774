# SPDX-License-Identifier: GPL-2.0-or-later
"""What the differential tests share: the profiles and variables of their domains, how much they ask,
and the one answer that is not to be that of a native zone."""

import pathlib
import random

import dns.message
import dns.rcode
import dns.rdatatype

from harness import PROFILES, VALGRIND

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


def is_nested_ds(nested, query, our):
    """DS at a nested apex: the parent's NODATA (the design's one exception). `nested` has the apex
    above each of them."""
    message = dns.message.from_wire(query)
    name = message.question[0].name.canonicalize().to_wire()
    if message.question[0].rdtype != dns.rdatatype.DS or name not in nested:
        return False
    answer = dns.message.from_wire(our)
    return answer.rcode() == dns.rcode.NOERROR and not answer.answer and \
        len(answer.authority) == 1 and \
        answer.authority[0].name.canonicalize().to_wire() == nested[name] and \
        answer.authority[0].rdtype == dns.rdatatype.SOA
