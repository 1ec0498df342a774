# SPDX-License-Identifier: GPL-2.0-or-later
"""Mixes of queries over the domains, in dnsperf's binary format (what TCP carries, RFC 1035).

Binary, because dnsperf then has less to do than the server. Always the same for the same number of
domains; each domain is as likely as any other, the worst case for every cache.
"""

import random
import string
import struct

import domains

A, NS, MX, TXT, AAAA = 1, 2, 15, 16, 28

BRANDED = ("smtp", "pop", "imap", "webmail")
MISSING = ("www", "ftp", "mail", "blog", "autodiscover", "_dmarc", "vpn", "shop")

NAME_MAX = 255


def wire(text):
    """A name in wire format."""
    return b"".join(bytes((len(label),)) + label
                    for label in text.encode("ascii").split(b".")) + b"\0"


def hosted(choose, count):
    """40 % MX, 10 % each branded name, 5 % each TXT, NS, NODATA, NXDOMAIN."""
    apex = domains.domain(int(choose() * count))
    kind = choose()
    address = A if choose() < 0.5 else AAAA
    if kind < 0.40:
        return "", apex, True, MX
    if kind < 0.80:
        return BRANDED[int((kind - 0.40) * 10)] + ".", apex, True, address
    if kind < 0.85:
        return "", apex, True, TXT
    if kind < 0.90:
        return "", apex, True, NS
    if kind < 0.95:
        return "", apex, True, address
    return MISSING[int((kind - 0.95) * 160)] + ".", apex, True, address


def half(choose, count):
    """The same, but every other domain is not hosted."""
    question = hosted(choose, count)
    if choose() < 0.5:
        return question
    apex = domains.stranger(int(choose() * (domains.SPACE - domains.MOST)))
    return question[0], apex, False, question[3]


LETTERS = string.ascii_lowercase + string.digits


def flood(choose, count):
    """Random names below hosted domains."""
    label = "".join([LETTERS[int(choose() * 36)] for _ in range(10)])
    return label + ".", domains.domain(int(choose() * count)), True, A


def deep(choose, count):
    """Names as deep as can be: 127 labels, or as many as fit in front of a hosted domain."""
    is_hosted = choose() < 0.5
    apex = domains.domain(int(choose() * count)) if is_hosted else "a.b"
    labels = (NAME_MAX - len(apex) - 2) // 2
    return "".join([LETTERS[int(choose() * 36)] + "." for _ in range(labels)]), apex, is_hosted, A


MIXES = {"hosted": hosted, "half": half, "flood": flood, "deep": deep}

# Of 100 queries each; the longest names are slow to make.
SHARE = {"hosted": 100, "half": 100, "flood": 100, "deep": 25}


def questions(mix, count, number, seed):
    """So many questions of a mix: what stands before the domain, the domain, is it hosted, type."""
    choose = random.Random(f"{mix} {count} {seed}").random
    make = MIXES[mix]
    for _ in range(number):
        yield make(choose, count)


def packet(name, kind):
    """A query as a resolver sends it, without EDNS; dnsperf sets the id."""
    return struct.pack("!6H", 0, 0, 1, 0, 0, 0) + wire(name) + struct.pack("!2H", kind, 1)


def write(mix, count, number, path):
    """Write a file of queries, return where it can be cut into parts that begin with a query."""
    marks = []
    position = 0
    with open(path, "wb") as file:
        made = questions(mix, count, number * SHARE[mix] // 100, "load")
        for i, (front, apex, _, kind) in enumerate(made):
            if i % 1000 == 0:
                marks.append(position)
            query = packet(front + apex, kind)
            position += 2 + len(query)
            file.write(struct.pack("!H", len(query)) + query)
    return marks


def rotate(path, marks, part, out):
    """Write the file so that it begins at another place (0 to 1), and wraps there."""
    cut = marks[int(part * len(marks)) % len(marks)]
    with open(path, "rb") as file, open(out, "wb") as rotated:
        data = file.read()
        rotated.write(data[cut:])
        rotated.write(data[:cut])
