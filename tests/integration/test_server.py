# SPDX-License-Identifier: GPL-2.0-or-later
"""Which queries are ours, what is left to the server, counters and reloads."""

import struct
import threading

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import pytest

import expand
import questions
from asking import ask, records
from harness import VALGRIND, Knotd

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone, @PROFILES@/full-2026.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""

ZONE = """$TTL 60
@ SOA ns.zone. h.zone. {serial} 14400 3600 1209600 60
@ NS ns.zone.
@ TXT "an ordinary zone"
* TXT "its wildcard"
"""


@pytest.fixture(scope="module")
def bare():
    """The server without the module, and without a zone."""
    with Knotd("", module=False) as server:
        yield server


@pytest.fixture(scope="module")
def server():
    conf = CONF + """
zone:
  - domain: zones.test
    file: @DIR@/zone
  - domain: equal.zones.test
    file: @DIR@/zone
  - domain: deeper.hosted.zones.test
    file: @DIR@/zone
  - domain: zone.example.com
    file: @DIR@/zone
"""
    hosted = """
example.com
child.example.com
hosted.zones.test
equal.zones.test
mail.customer.example  aspiresoft-live  cluster=a
"""
    with Knotd(conf, {"hosted": hosted, "zone": ZONE.format(serial=1)}) as running:
        yield running


@pytest.mark.parametrize("name, text", [
    ("zones.test.", "an ordinary zone"),
    ("x.zones.test.", "its wildcard"),
    ("equal.zones.test.", "an ordinary zone"),
    ("deeper.hosted.zones.test.", "an ordinary zone"),
    ("x.deeper.hosted.zones.test.", "its wildcard"),
])
def test_an_ordinary_zone_that_is_deeper_or_equal_answers(server, name, text):
    for _ in range(2):
        assert records(ask(server, name, "TXT")) == [f'{name} 60 IN TXT "{text}"']


def test_a_hosted_domain_below_an_ordinary_zone_answers(server):
    for _ in range(2):
        assert len(ask(server, "hosted.zones.test.", "MX").answer[0]) == 2
        answer = ask(server, "x.hosted.zones.test.", "TXT")
        assert answer.rcode() == dns.rcode.NXDOMAIN
        assert answer.authority[0].name.to_text() == "hosted.zones.test."


def test_the_deepest_hosted_domain_answers(server):
    for name, apex in 2 * [("x.example.com.", "example.com."),
                           ("x.child.example.com.", "child.example.com."),
                           ("x.xchild.example.com.", "example.com.")]:
        assert ask(server, name).authority[0].name.to_text() == apex


@pytest.mark.parametrize("name, apex", [
    # Below a hosted domain: NODATA from the parent.
    ("child.example.com.", "example.com."),
    # Nothing above it is known here: NODATA from the domain itself, as a zone would.
    ("example.com.", "example.com."),
    # The zone above it is the parent, whose word is NODATA or its wildcard.
    ("hosted.zones.test.", "zones.test."),
    # An ordinary zone below a hosted domain.
    ("zone.example.com.", "example.com."),
])
def test_ds_is_answered_by_the_parent(server, name, apex):
    for _ in range(2):
        answer = ask(server, name, "DS")
        assert answer.rcode() == dns.rcode.NOERROR, answer
        assert not answer.answer and answer.flags & dns.flags.AA
        assert answer.authority[0].name.to_text() == apex


@pytest.mark.parametrize("name", ["com.", "test.", ".", "xexample.com.", "example.com.org.",
                                  "customer.example.", "example."])
def test_what_is_not_hosted_is_refused_as_by_the_bare_server(server, bare, name):
    table = [(questions.query(expand.wire(name), t, edns, True, flags, i + 1), tcp)
             for i, (t, edns, flags, tcp) in enumerate(
                 (t, edns, flags, tcp) for t in (1, 2, 6, 15, 43, 255) for edns in (None, 1232)
                 for flags in (0, questions.RD) for tcp in (False, True))]
    for _ in range(2):
        ours = questions.ask(server, table)
        theirs = questions.ask(bare, table)
        assert questions.differences(table, ours, theirs) == (0, "")
    assert dns.message.from_wire(ours[0]).rcode() == dns.rcode.REFUSED


def header(ident, flags, questions_count, body, additional=0):
    return struct.pack("!6H", ident, flags, questions_count, 0, 0, additional) + body


HOSTED = expand.wire("example.com")


@pytest.mark.parametrize("packet", [
    header(1, 0, 1, HOSTED + struct.pack("!2H", 15, 3)),                        # class CH
    header(2, 0, 1, HOSTED + struct.pack("!2H", 15, 4)),                        # class HS
    header(3, 0, 1, HOSTED + struct.pack("!2H", 15, 255)),                      # class ANY
    header(4, 0, 1, HOSTED + struct.pack("!2H", 15, 254)),                      # class NONE
    header(5, 0, 1, HOSTED + struct.pack("!2H", 252, 1)),                       # AXFR over UDP
    header(6, 0, 1, HOSTED + struct.pack("!2H", 0, 1)),                         # type 0
    header(7, 1 << 11, 1, HOSTED + struct.pack("!2H", 15, 1)),                  # IQUERY
    header(8, 2 << 11, 1, HOSTED + struct.pack("!2H", 15, 1)),                  # STATUS
    header(9, 4 << 11, 1, HOSTED + struct.pack("!2H", 6, 1)),                   # NOTIFY
    header(10, 5 << 11, 1, HOSTED + struct.pack("!2H", 6, 1)),                  # UPDATE
    header(11, 15 << 11, 1, HOSTED + struct.pack("!2H", 15, 1)),                # unassigned opcode
    header(12, 0, 0, b""),                                                      # no question
    header(13, 0, 2, 2 * (HOSTED + struct.pack("!2H", 15, 1))),                 # two questions
    header(14, 0, 1, b"\xc0\x0c" + struct.pack("!2H", 15, 1)),                  # pointer to itself
    header(15, 0, 1, HOSTED + b"\0"),                                           # cut off
    header(16, 0, 1, HOSTED + struct.pack("!2H", 15, 1) + b"rest"),             # trailing bytes
    header(17, 0, 1, HOSTED + struct.pack("!2H", 15, 1)
           + b"\0" + struct.pack("!2HBBHH", 41, 1232, 0, 1, 0, 0), 1),          # EDNS version 1
    header(18, 0, 1, HOSTED + struct.pack("!2H", 15, 1)
           + 2 * (b"\0" + struct.pack("!2HBBHH", 41, 1232, 0, 0, 0, 0)), 2),    # two OPT
], ids=lambda packet: "case %d" % packet[1])
def test_everything_else_is_left_to_the_server(server, bare, packet):
    for tcp in (False, True) * 2:
        assert server.raw(packet, tcp) == bare.raw(packet, tcp)


@pytest.mark.parametrize("qtype", ["AXFR", "IXFR"])
def test_transfers_are_left_to_the_server(server, bare, qtype):
    query = dns.message.make_query("example.com.", qtype)
    query.id = 77
    table = [(query.to_wire(), True)]
    assert questions.ask(server, table) == questions.ask(bare, table)


def test_tsig_signed_queries_are_left_to_the_server(server, bare):
    keyring = dns.tsigkeyring.from_text({"key.": "c2VjcmV0LXNlY3JldC1zZWNyZXQ="})
    query = dns.message.make_query("example.com.", "MX")
    query.use_tsig(keyring)
    for one in (server, bare):
        wire = questions.ask(one, [(query.to_wire(), False)])[0]
        assert wire[3] & 0x0f == dns.rcode.REFUSED


def test_many_threads_get_right_answers(server):
    """Hooks run on several threads at once."""
    wrong = []

    def work():
        for _ in range(20 if VALGRIND else 200):
            answer = ask(server, "smtp.mail.customer.example.", "A")
            if records(answer) != ["smtp.mail.customer.example. 3600 IN CNAME "
                                   "mail.mail.customer.example.cust.a.hostedemail.com."]:
                wrong.append(answer)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_counters_count_answers_by_kind():
    with Knotd(CONF, {"hosted": "example.com\n"}) as server:
        assert server.stats() == {}
        for name, qtype, times in (("example.com.", "MX", 5), ("smtp.example.com.", "A", 2),
                                   ("example.com.", "A", 3), ("x.example.com.", "A", 4),
                                   ("example.org.", "A", 6)):
            for _ in range(times):
                ask(server, name, qtype)
        assert server.stats() == {"answer[positive]": 7, "answer[nodata]": 3,
                                  "answer[nxdomain]": 4}


def test_an_answer_that_cannot_be_made_is_servfail_and_counted():
    big = ZONE.format(serial=1) + "".join(f'big TXT "{i:03d}{"x" * 247}"\n' for i in range(290))
    conf = CONF.replace("@PROFILES@/polarismail.zone", "@DIR@/big.zone")
    with Knotd(conf, {"hosted": "example.com\n", "big.zone": big}) as server:
        for _ in range(2):
            assert ask(server, "big.example.com.", "TXT", tcp=True).rcode() == dns.rcode.SERVFAIL
            assert ask(server, "big.example.com.", "TXT").flags & dns.flags.TC
        assert server.stats() == {"answer[positive]": 2, "answer[error]": 2}


def test_a_reload_takes_a_new_set_and_new_profiles():
    with Knotd(CONF.replace("@PROFILES@/polarismail.zone", "@DIR@/own.zone"),
               {"hosted": "one.test\ntwo.test\n", "own.zone": ZONE.format(serial=1)}) as server:
        assert ask(server, "two.test.", "SOA").answer[0][0].serial == 1
        server.write("hosted", "one.test full-2026\nthree.test\n")
        server.write("own.zone", ZONE.format(serial=2))
        # Nothing changes before the reload.
        assert ask(server, "two.test.", "SOA").answer[0][0].serial == 1
        server.knotc("reload")
        assert ask(server, "one.test.", "SOA").answer[0][0].serial == 2026112101
        assert ask(server, "two.test.", "SOA").rcode() == dns.rcode.REFUSED
        assert ask(server, "three.test.", "SOA").answer[0][0].serial == 2


def test_a_hundred_reloads_under_queries():
    """Nothing is lost, nothing is answered from half a set, and nothing leaks (under valgrind)."""
    with Knotd(CONF, {"hosted": "a.test\n"}, workers=2) as server:
        stop = threading.Event()
        wrong = []

        def work():
            while not stop.is_set():
                answer = ask(server, "imap.a.test.", "A")
                if len(answer.answer) != 1:
                    wrong.append(answer)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for i in range(100):
            server.write("hosted", "a.test\n" + f"b{i}.test\n" * (i % 7))
            server.knotc("reload")
        stop.set()
        for thread in threads:
            thread.join()
        assert not wrong
        assert server.log().count("hosted domains") >= 100
        assert ask(server, "imap.b99.test.", "A").answer
        assert ask(server, "imap.b98.test.", "A").rcode() == dns.rcode.REFUSED


def test_two_instances_do_not_interfere():
    conf = """
mod-hostedmail:
  - id: first
    profile: @PROFILES@/polarismail.zone
    hosted-file: @DIR@/one
  - id: second
    profile: [ @PROFILES@/full-2026.zone, @PROFILES@/null-mx.zone ]
    hosted-file: @DIR@/two
template:
  - id: default
    global-module: [ mod-hostedmail/first, mod-hostedmail/second ]
"""
    with Knotd(conf, {"one": "one.test\nboth.test\n", "two": "two.test null-mx\nboth.test\n"}) as server:
        for _ in range(2):
            assert len(ask(server, "one.test.", "MX").answer[0]) == 2
            assert ask(server, "two.test.", "MX").answer[0][0].exchange.to_text() == "."
            # The first one that knows the name answers.
            assert "emailarray" in records(ask(server, "both.test.", "MX"))[0]
            assert ask(server, "three.test.", "MX").rcode() == dns.rcode.REFUSED
