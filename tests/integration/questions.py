# SPDX-License-Identifier: GPL-2.0-or-later
"""The questions that both servers of a differential test are asked."""

import itertools
import struct

import dns.message
import dns.rdatatype

import expand

TYPES = ["A", "NS", "CNAME", "SOA", "PTR", "HINFO", "MX", "TXT", "RP", "AFSDB", "AAAA", "SRV",
         "NAPTR", "DS", "RRSIG", "NSEC", "DNSKEY", "TLSA", "SVCB", "HTTPS", "CAA", "URI", "ANY",
         "TYPE65280"]

EDNS = [None, 512, 1232, 4096]
RD, CD = 0x0100, 0x0010

# (EDNS payload, DO, header flags, TCP)
TRANSPORTS = [(edns, do, flags, tcp)
              for edns in EDNS
              for do in ((False, True) if edns else (False,))
              for flags in (0, RD, CD, RD | CD)
              for tcp in (False, True)]


class Pair:
    """Our server and its oracle, `ours` and `native`, started and stopped together."""

    def __enter__(self):
        self.ours.start()
        try:
            self.native.start()
        except Exception:
            self.ours.clean()
            raise
        return self

    def __exit__(self, kind, value, trace):
        for server in (self.ours, self.native):
            server.__exit__(kind, value, trace)


def query(name, qtype, edns, do, flags, ident, options=b""):
    """A query in wire format, its name given so."""
    packet = struct.pack("!6H", ident, flags, 1, 0, 0, 1 if edns else 0)
    packet += name + struct.pack("!2H", qtype, 1)
    if edns:
        packet += b"\0" + struct.pack("!2HBBHH", 41, edns, 0, 0, 0x8000 if do else 0, len(options))
        packet += options
    return packet


def mixed_case(name):
    """The same name with the case of every second letter changed (0x20)."""
    return bytes(c ^ 0x20 if i % 2 and chr(c).isalpha() and c < 128 else c
                 for i, c in enumerate(name))


def names(zone, domain):
    """Every owner of a zone, its ancestors, children and neighbours, in wire format."""
    found = {}
    for owner in expand.owners(zone):
        if owner.startswith("zzghost"):
            continue
        full = (owner + "." if owner else "") + domain
        first, _, rest = full.partition(".")
        for text in (full, "x." + full, "*." + full, "a.b." + full, "_y._z.x." + full,
                     first[:-1] + "0." + rest, "0" + first[1:] + "." + rest,
                     "\\000" + first[1:] + "." + rest if owner else full,
                     first + first[:3] + "." + rest):
            found[text] = True
        while "." in full:
            found[full] = True
            full = full.partition(".")[2]
    wires = []
    for text in found:
        wire = expand.wire(text)
        if wire is not None:
            wires.append(wire)
    return wires


def type_number(name):
    return dns.rdatatype.from_text(name)


def table(zone_list):
    """Questions for all zones, as (query, tcp): every name and type over a transport in turn, in
    plain and in mixed case, and every so many over all transports. 307 has no factor in common with
    the number of types or of transports."""
    idents = itertools.cycle(range(1, 65536))
    rotation = itertools.cycle(TRANSPORTS)
    out = []
    count = 0
    for zone, domain in zone_list:
        for name in names(zone, domain):
            for qtype in map(type_number, TYPES):
                count += 1
                for wire in (name, mixed_case(name)):
                    edns, do, flags, tcp = next(rotation)
                    out.append((query(wire, qtype, edns, do, flags, next(idents)), tcp))
                if count % 307 == 0:
                    for edns, do, flags, tcp in TRANSPORTS:
                        out.append((query(name, qtype, edns, do, flags, next(idents)), tcp))
    return out


def ask(server, questions):
    udp = iter(server.udp([q for q, tcp in questions if not tcp]))
    tcp = iter(server.tcp([q for q, tcp in questions if tcp]))
    return [next(tcp) if over_tcp else next(udp) for _, over_tcp in questions]


def text(wire):
    try:
        return dns.message.from_wire(wire).to_text()
    except Exception as error:  # what does not parse is shown as it is
        return f"{error!r}: {wire.hex()}"


def differences(questions, ours, theirs, most=3):
    """Text of the first differences, and how many there are."""
    shown = []
    count = 0
    for (question, tcp), our, their in zip(questions, ours, theirs):
        if our != their:
            count += 1
            if len(shown) < most:
                shown.append(f"=== question ({'TCP' if tcp else 'UDP'}):\n{text(question)}\n"
                             f"--- ours ({len(our)}):\n{text(our)}\n"
                             f"--- native ({len(their)}):\n{text(their)}\n")
    return count, "\n".join(shown)
