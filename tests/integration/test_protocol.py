# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a client sends (RFC 8906 and worse): for a hosted name the bytes that the server has for an
ordinary zone with the same records, for any other name those of the server without the module."""

import contextlib
import socket
import struct

import dns.message
import dns.rcode
import pytest

import expand
from harness import ASK_SECONDS, PROFILES, VALGRIND, Knotd

DOMAIN = "example.com"
PROFILE = PROFILES / "polarismail.zone"

ORDINARY = """
zone:
  - domain: zone.test
    file: @DIR@/zone
"""

ZONE = """$TTL 60
@ SOA ns.zone. h.zone. 1 14400 3600 1209600 60
@ NS ns.zone.
@ TXT "an ordinary zone"
"""

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
""" + ORDINARY

MX, TXT, OPT, TSIG, IXFR, AXFR = 15, 16, 41, 250, 251, 252
IN = 1

# The apex, a CNAME, an empty non-terminal, nothing.
HOSTED = [DOMAIN, "webmail." + DOMAIN, "_tcp." + DOMAIN, "nothing.here." + DOMAIN]
OTHERS = ["", "com", "example.org", "xexample.com", "zone.test", "x.zone.test", "version.bind"]


def header(flags=0, questions=1, answers=0, authority=0, additional=0, ident=4660):
    return struct.pack("!6H", ident, flags, questions, answers, authority, additional)


def question(name, qtype=MX, qclass=IN):
    return expand.wire(name + ".") + struct.pack("!2H", qtype, qclass)


def record(owner, rtype, rdata, rclass=IN, ttl=0):
    return owner + struct.pack("!2HIH", rtype, rclass, ttl, len(rdata)) + rdata


def opt(payload=1232, version=0, flags=0, rcode=0, rdata=b"", owner=b"\0"):
    return record(owner, OPT, rdata, payload, rcode << 24 | version << 16 | flags)


def option(code, data):
    return struct.pack("!2H", code, len(data)) + data


def with_opt(name, **fields):
    return header(additional=1) + question(name) + opt(**fields)


SOA_RDATA = b"\0\0" + struct.pack("!5I", 1, 2, 3, 4, 5)
TSIG_RDATA = b"\x0bhmac-sha256\0" + bytes(6) + struct.pack("!2H", 300, 32) + bytes(32) + \
    struct.pack("!3H", 4660, 0, 0)


def packets_of_queries(name):
    """Queries that are answered for a zone: whatever is odd in them is the server's."""
    for qtype in [0, 1, 10, OPT, 128, 249, TSIG, 253, 254, 255, 256, 1000, 32768, 65280, 65534, 65535]:
        yield f"type {qtype}", header() + question(name, qtype)
        yield f"type {qtype} with EDNS", header(additional=1) + question(name, qtype) + opt()
    for bit in range(4, 11):
        yield f"flag {1 << bit:04x}", header(1 << bit) + question(name)
    for flags in (0x07f0, 0x0110, 0x000f, 0x0003):
        yield f"flags {flags:04x}", header(flags) + question(name)
        yield f"flags {flags:04x} with EDNS", header(flags, additional=1) + question(name) + opt()
    for version in (1, 2, 255):
        yield f"EDNS version {version}", with_opt(name, version=version)
        yield f"EDNS version {version} and an option", with_opt(
            name, version=version, rdata=option(65001, b"x"))
    for flags in (0x8000, 0x4000, 0x0001, 0x7fff, 0xffff):
        yield f"EDNS flags {flags:04x}", with_opt(name, flags=flags)
    for payload in (0, 1, 511, 512, 4096, 65535):
        yield f"EDNS size {payload}", with_opt(name, payload=payload)
    yield "EDNS rcode", with_opt(name, rcode=255)
    for code, data in [(3, b""), (3, b"x"), (8, b""), (8, b"\0\1\x18\0\x7f\0\0"), (8, b"\0\1\xff\0\x7f"),
                       (9, b""), (9, b"\1\2\3\4"), (10, b""), (10, bytes(8)), (10, bytes(7)),
                       (10, bytes(24)), (10, bytes(41)), (11, b""), (11, b"\0\1"), (12, b""),
                       (12, bytes(500)), (13, b"\0"), (14, b"\0\1"), (15, b""), (15, b"\0\1x"),
                       (19, b""), (19, b"\2\0\0\0\0\1"), (26946, b""), (65001, b"x" * 1000), (65535, b"")]:
        yield f"option {code} of {len(data)} bytes", with_opt(name, rdata=option(code, data))
    yield "the same option twice", with_opt(name, rdata=2 * option(3, b""))
    yield "many options", with_opt(name, rdata=100 * option(65001, b""))
    yield "upper case", header() + question(name.upper())
    yield "type MX, a record behind it", header(additional=1) + question(name) + record(b"\0", 1, bytes(4))
    yield "OPT behind a record", header(additional=2) + question(name) + record(b"\0", 1, bytes(4)) + opt()
    yield "an answer in the query", header(answers=1) + question(name) + record(b"\0", 1, bytes(4))
    yield "authority in the query", header(authority=1) + question(name) + record(b"\0", 6, SOA_RDATA)
    yield "an identifier of zero", header(ident=0) + question(name)


def packets_of_no_query(name):
    """What the module leaves to the server, and what is none for anybody."""
    asked = question(name)
    for opcode in range(1, 16):
        yield f"opcode {opcode}", header(opcode << 11) + asked
        yield f"opcode {opcode} for SOA", header(opcode << 11) + question(name, 6)
        yield f"opcode {opcode} with EDNS", header(opcode << 11, additional=1) + asked + opt()
        yield f"opcode {opcode} with nothing", header(opcode << 11, questions=0)
    for qclass in (0, 2, 3, 4, 254, 255, 65535):
        yield f"class {qclass}", header() + question(name, MX, qclass)
        yield f"class {qclass} TXT", header(additional=1) + question(name, TXT, qclass) + opt()
    for qtype in (IXFR, AXFR):
        yield f"transfer {qtype}", header() + question(name, qtype)
        yield f"transfer {qtype} with EDNS", header(additional=1) + question(name, qtype) + opt()
    soa = record(b"\xc0\x0c", 6, SOA_RDATA)
    yield "IXFR with SOA", header(authority=1) + question(name, IXFR) + soa
    yield "NOTIFY with SOA", header(4 << 11, answers=1) + question(name, 6) + soa
    yield "UPDATE with a record", \
        header(5 << 11, authority=1) + question(name, 6) + record(b"\xc0\x0c", 1, bytes(4))
    tsig = record(b"\3key\0", TSIG, TSIG_RDATA, 255)
    yield "TSIG", header(additional=1) + asked + tsig
    yield "TSIG and EDNS", header(additional=2) + asked + opt() + tsig
    yield "TSIG in front of EDNS", header(additional=2) + asked + tsig + opt()
    yield "TSIG cut off", header(additional=1) + asked + record(b"\3key\0", TSIG, TSIG_RDATA[:20], 255)

    for flags in (0x8000, 0x8400, 0xffff, 0x8180):
        yield f"a response {flags:04x}", header(flags) + asked
    yield "no question", header(questions=0)
    yield "no question but EDNS", header(questions=0, additional=1) + opt()
    yield "no question but a cookie", header(questions=0, additional=1) + opt(rdata=option(10, bytes(8)))
    yield "two questions", header(questions=2) + 2 * asked
    yield "two questions, one there", header(questions=2) + asked
    yield "65535 questions", header(questions=65535) + asked
    yield "65535 of everything", header(0, *[65535] * 4) + asked
    yield "an answer that is not there", header(answers=1) + asked
    yield "EDNS that is not there", header(additional=1) + asked
    yield "two OPT", header(additional=2) + asked + 2 * opt()
    yield "OPT with an owner", header(additional=1) + asked + opt(owner=b"\1x\0")
    yield "OPT as an answer", header(answers=1) + asked + opt()
    yield "OPT cut off", header(additional=1) + asked + opt()[:-3]
    yield "OPT longer than the packet", header(additional=1) + asked + opt()[:-2] + b"\xff\xff"
    yield "an option longer than OPT", with_opt(name, rdata=b"\0\3\0\xffx")
    yield "an option cut off", with_opt(name, rdata=b"\0\3\0")
    for rest in (b"\0", b"rest", bytes(500), b"\xc0\x0c" * 100):
        yield f"{len(rest)} bytes behind it", header() + asked + rest
        yield f"{len(rest)} bytes behind EDNS", header(additional=1) + asked + opt() + rest

    wire, tail = expand.wire(name + "."), struct.pack("!2H", MX, IN)
    for title, qname in {
        "a pointer to itself": b"\xc0\x0c",
        "a pointer behind itself": b"\xc0\x0e" + wire,
        "two pointers at each other": b"\xc0\x0e\xc0\x0c",
        "a label and a pointer to it": b"\1a\xc0\x0c",
        "a label and a pointer to the pointer": b"\1a\xc0\x0e",
        "a pointer into the header": b"\1a\xc0\x00",
        "a pointer to the end": b"\xc0\xff",
        "half of a pointer": b"\xc0",
        "a label of 64": b"\x40" + b"a" * 64 + wire,
        "a label of type 10": b"\x80" + wire,
        "a bit-string label": b"\x41\x10\xff\xff" + wire,
        "a name of 256 bytes": b"\1a" * 127 + b"\1a\0",
        "a name of 512 bytes": b"\1a" * 255 + b"\0",
        "a name of 255 bytes": b"\1a" * ((255 - len(wire)) // 2) + wire,
        "a name that does not end": b"\x3f" + b"a" * 20,
        "a name of nothing": b"",
        "only zeros": bytes(50),
    }.items():
        yield title, header() + qname + tail
        yield title + " with EDNS", header(additional=1) + qname + tail + opt()
    yield "an owner that points to itself", header(additional=1) + asked + record(
        struct.pack("!H", 0xc000 | 12 + len(asked)), 1, bytes(4))
    for size in range(0, 12 + len(asked)):
        yield f"cut off at {size}", (header() + asked)[:size]
    yield "all ones", b"\xff" * 100
    yield "as large as UDP can", header() + asked + bytes(65507 - 12 - len(asked))


def left_to_the_server(title):
    """Whether the module says nothing at all even where the name is hosted: then the answer is not
    that of a zone, but that of a server which has none."""
    return title.startswith(("opcode", "class", "transfer", "IXFR", "NOTIFY", "UPDATE", "TSIG"))


@pytest.fixture(scope="module")
def servers():
    """With the module; with a zone in its place; with neither."""
    zone, _ = expand.expand(PROFILE.read_text(), DOMAIN, {})
    with Knotd(CONF, {"hosted": DOMAIN + "\n", "zone": ZONE}) as ours, \
            Knotd(ORDINARY + f"  - domain: {DOMAIN}\n    file: @DIR@/apex\n",
                  {"zone": ZONE, "apex": zone}, module=False) as native, \
            Knotd(ORDINARY, {"zone": ZONE}, module=False) as bare:
        yield ours, native, bare


def differences(packets, ours, theirs, tcp):
    """Every difference, as text."""
    found = []
    for _ in range(2):
        for title, packet in packets:
            our, their = ours.raw(packet, tcp), theirs.raw(packet, tcp)
            if our != their:
                found.append(f"{title}: {packet.hex()[:200]}\n  ours   {[a.hex()[:200] for a in our]}\n"
                             f"  theirs {[a.hex()[:200] for a in their]}")
    return found


def part(packets):
    """All; under valgrind, which is slow, every seventh."""
    return packets[::7] if VALGRIND else packets


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
@pytest.mark.parametrize("name", HOSTED)
def test_odd_queries_for_a_hosted_name_are_answered_as_for_a_zone(servers, name, tcp):
    ours, native, _ = servers
    packets = part(list(packets_of_queries(name)))
    found = differences(packets, ours, native, tcp)
    assert not found, f"{len(found)} of {2 * len(packets)}\n" + "\n".join(found[:5])


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
@pytest.mark.parametrize("name", HOSTED)
def test_what_is_no_query_is_met_as_by_the_server(servers, name, tcp):
    ours, native, bare = servers
    packets = list(packets_of_no_query(name))
    found = []
    for theirs, left in ((bare, True), (native, False)):
        some = part([(title, packet) for title, packet in packets if left_to_the_server(title) == left])
        found += differences(some, ours, theirs, tcp)
    assert not found, f"{len(found)} of {2 * len(packets)}\n" + "\n".join(found[:5])


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_name_that_is_not_hosted_is_met_as_without_the_module(servers, name, tcp):
    ours, _, bare = servers
    packets = part(list(packets_of_queries(name)) + list(packets_of_no_query(name)))
    found = differences(packets, ours, bare, tcp)
    assert not found, f"{len(found)} of {2 * len(packets)}\n" + "\n".join(found[:5])


@pytest.mark.parametrize("text", ["version.server", "version.bind", "id.server", "hostname.bind"])
def test_chaos_queries_are_met_as_without_the_module(servers, text):
    ours, _, bare = servers
    packets = [(text, header() + question(text, TXT, 3)),
               (text, header(additional=1) + question(text, TXT, 3) + opt())]
    for tcp in (False, True):
        assert not differences(packets, ours, bare, tcp)


def test_the_table_says_something(servers):
    """The usual question is answered, with another answer in each of the three servers' places."""
    ours, native, bare = servers
    packet = header() + question(DOMAIN)
    for tcp in (False, True):
        assert ours.raw(packet, tcp) == native.raw(packet, tcp) != bare.raw(packet, tcp)
    message = dns.message.from_wire(ours.raw(packet, False)[0])
    assert message.rcode() == dns.rcode.NOERROR and len(message.answer[0]) == 2


def test_targets_of_a_wildcard_that_does_not_fit_harm_nobody():
    """Ordinary zones of Knot DNS 3.2.6 stop a thread for good by this, those of 3.4.6 end the server: so
    there is no native zone to compare with."""
    profile = "$TTL 300\n@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"
    for count in (1, 20, 25, 26, 40):
        records = "".join(f"*.w{count} A 192.0.2.{i}\n" for i in range(count))
        profile += records + "".join(
            f"svc{count} HTTPS {i} t{i}.w{count}\n" for i in (1, 2, 3)) + f"*.w{count} HTTPS 1 u.w{count}\n"
    conf = CONF.replace("@PROFILES@/polarismail.zone", "@DIR@/own.zone")
    with Knotd(conf, {"hosted": DOMAIN + "\n", "zone": ZONE, "own.zone": profile}) as server:
        for count in (1, 20, 25, 26, 40):
            packets = [header(ident=1) + question(f"svc{count}.{DOMAIN}", 65)] + [
                header(additional=1, ident=size) + question(f"svc{count}.{DOMAIN}", 65) + opt(payload=size)
                for size in range(512, 1400, 8)]
            for answer in server.udp(packets):
                message = dns.message.from_wire(answer)
                assert message.rcode() == dns.rcode.NOERROR
                assert len(message.answer) == 1 and len(message.answer[0]) == 3
                # Whole RRsets only.
                assert all(len(rrset) in (1, count) for rrset in message.additional)


# Streams that are no messages

STREAMS = {
    "a length of zero": b"\0\0",
    "many lengths of zero": bytes(2000),
    "a length and nothing": b"\xff\xff",
    "a length and less": b"\xff\xff" + bytes(100),
    "half of a length": b"\0",
    "a length that is too short": struct.pack("!H", 20) + header() + question(DOMAIN),
    "as long as a length can say": struct.pack("!H", 65535) + header() + question(DOMAIN) +
                                   bytes(65535 - 12 - len(question(DOMAIN))),
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
}


def exchange(server, stream):
    """All that comes back for a stream whose writer closes behind it."""
    received = b""
    with socket.create_connection(server.endpoint, ASK_SECONDS) as tcp:
        # The server may have closed before.
        with contextlib.suppress(OSError):
            tcp.sendall(stream)
            tcp.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while data := tcp.recv(65535):
                received += data
    return received


@pytest.mark.parametrize("title", STREAMS)
def test_a_stream_of_no_messages_is_met_as_without_the_module(servers, title):
    ours, native, _ = servers
    for _ in range(2):
        assert exchange(ours, STREAMS[title]) == exchange(native, STREAMS[title])


def test_a_query_in_pieces_is_answered(servers):
    ours, native, _ = servers
    packet = header() + question(DOMAIN)
    stream = struct.pack("!H", len(packet)) + packet
    answers = []
    for server in (ours, native):
        with socket.create_connection(server.endpoint, ASK_SECONDS) as tcp:
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(stream)):
                tcp.sendall(stream[i:i + 1])
            answers.append(tcp.recv(65535))
    assert answers[0] == answers[1] and len(answers[0]) > len(stream)


def test_connections_that_say_nothing_keep_nobody_out(servers):
    ours, _, _ = servers
    silent = [socket.create_connection(ours.endpoint, ASK_SECONDS) for _ in range(100)]
    try:
        packet = header() + question(DOMAIN)
        assert len(ours.tcp([packet] * 10)) == 10 and len(ours.udp([packet])) == 1
    finally:
        for tcp in silent:
            tcp.close()
