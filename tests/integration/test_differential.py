# SPDX-License-Identifier: GPL-2.0-or-later
"""Every answer is, byte for byte, that of an ordinary zone with the same records."""

import struct

import dns.message
import dns.rcode
import dns.rdatatype
import pytest

import allocations
import expand
import questions
from differential import (ORACLE, SOME_VARIABLES, VARIABLES, delegate, is_referral, nested_in,
                          profile_files, sample, zero_byte_chain)
from harness import HAS_ZONES, KNOWS_ZERO_BYTES, VALGRIND, Knotd

# Two labels, three, one with a nested domain, ten labels, an A-label.
DOMAINS = ["{p}.test", "mail.{p}.example", "{p}.example", "sub.{p}.example",
           "a.b.c.d.e.f.g.h.{p}.test", "xn--bcher-kva.{p}.test"]

# The first one brings the longest names of long.zone to 255 bytes.
LONG_DOMAINS = ["{}.long.test".format("q" * 53), "{}.long.test".format("r" * 9),
                "s." * 20 + "long.test"]


def hosted_domains(profile):
    if profile == "long":
        return LONG_DOMAINS
    return [d.format(p=profile.replace("_", "-")) for d in DOMAINS]


# The hosted zones, the one that wins first, and the hosted file, which is the last tier.
TIERS = {"file": ["file"], "zone": ["hosted."],
         "two zones and a file": ["changes.", "hosted.", "file"],
         "three zones and a file": ["changes.", "more.hosted.", "hosted.", "file"]}


def hosted_line(tier, domain, profile, variables):
    """What a tier says of a domain."""
    words = [f"{k}={v}" for k, v in variables.items()]
    if tier == "file":
        return " ".join([domain, profile] + words)
    strings = " ".join(f'"{word}"' for word in words if len(word) < 256)
    return f"{domain} TXT {profile} {strings}"


class Pair(questions.Pair):
    """The module and its oracle, both serving the same domains. Each tier has its share of them; those
    after it say something else of its domains, which must not be heard."""

    def __init__(self, tier="file"):
        files = {}
        zones = []
        self.zones = []
        self.nested = {}  # The apex above each apex that has one.
        tiers = TIERS[tier]
        hosted = {name: [] for name in tiers}
        for path in profile_files():
            domains = hosted_domains(path.stem)
            for n, domain in enumerate(domains):
                variables = dict(VARIABLES, **(SOME_VARIABLES if n % 2 else {}))
                turn = len(self.zones) % len(tiers)
                owner = tiers[turn]
                hosted[owner].append(hosted_line(owner, domain, path.stem, variables))
                for later in tiers[turn + 1:]:
                    other = "none" if n % 3 == 0 and later != "file" else \
                        "null-mx" if path.stem != "null-mx" else "polarismail"
                    hosted[later].append(hosted_line(later, domain, other, {}))
                oracle = {**variables, **ORACLE}
                if owner != "file":
                    oracle.pop("long")  # More than a string can hold.
                zone, ghosts = expand.expand(path.read_text(), domain, oracle)
                have = expand.owners(zone)
                zone += "".join(f"zzghost.{g} TXT ghost\n" for g in ghosts if g not in have)
                files[f"{domain}.zone"] = delegate(zone, domain, domains)
                zones.append(f"  - domain: {domain}\n    file: @DIR@/{domain}.zone\n")
                self.zones.append((zone, domain))
                for other in nested_in(domain, domains):
                    self.nested[expand.wire(other)] = expand.wire(domain)
        paths = ", ".join(str(p) for p in profile_files())
        texts = {"hosted": "\n".join(hosted.pop("file", [])) + "\n"}
        options = ["hosted-file: @DIR@/hosted"] if "file" in tiers else []
        options += [f"hosted-zone: [ {', '.join(hosted)} ]"] if hosted else []
        more = "zone:\n" if hosted else ""
        for zone, lines in hosted.items():
            more += f"  - domain: {zone}\n    file: @DIR@/flags-{zone}\n"
            texts[f"flags-{zone}"] = "\n".join(
                ["$TTL 60", "@ SOA ns. h. 1 14400 3600 1209600 60", "@ NS ns."] + lines) + "\n"
        options = "\n    ".join(options)
        self.ours = allocations.Watched(f"""
mod-hostedmail:
  - id: mail
    profile: [ {paths} ]
    {options}
template:
  - id: default
    global-module: mod-hostedmail/mail
{more}""", texts)
        self.native = Knotd("""
template:
  - id: default
    semantic-checks: off
    zonefile-load: whole
    journal-content: none
zone:
""" + "".join(zones), files, module=False)

    def compare(self, table, exception=lambda q, our, their: is_referral(our, their)):
        """Ask both twice (leaked state shows the second time), expect no difference but those that
        the exception accepts."""
        for _ in range(2):
            ours = questions.ask(self.ours, table)
            theirs = questions.ask(self.native, table)
            rest = [(q, o, t) for q, o, t in zip(table, ours, theirs)
                    if o != t and not exception(q[0], o, t)]
            count, shown = questions.differences(
                [q for q, _, _ in rest], [o for _, o, _ in rest], [t for _, _, t in rest])
            assert count == 0, f"{count} of {len(table)} answers differ\n{shown}"


needs_zones = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")


@pytest.fixture(scope="module", params=[
    pytest.param(tier, marks=() if tier == "file" else needs_zones) for tier in TIERS])
def pair(request):
    with Pair(request.param) as servers:
        servers.ours.watch()
        yield servers


def test_all_zones_are_loaded(pair):
    """Without this, two servers that refuse everything would agree."""
    probes = [questions.query(expand.wire(domain), dns.rdatatype.SOA, None, False, 0, i + 1)
              for i, (_, domain) in enumerate(pair.zones)]
    for server in (pair.ours, pair.native):
        for answer in server.udp(probes):
            message = dns.message.from_wire(answer)
            assert message.rcode() == dns.rcode.NOERROR and message.answer, message


def test_names_reach_the_limit(pair):
    longest = max(len(name) for zone, domain in pair.zones if domain in LONG_DOMAINS
                  for owner in expand.owners(zone)
                  for name in [expand.wire((owner + "." if owner else "") + domain)])
    assert longest == 255


def test_answers_are_those_of_a_native_zone(pair):
    table = sample(questions.table(pair.zones))
    print(len(table), "questions")
    assert VALGRIND or len(table) > 50000
    pair.compare(table, lambda q, o, t: is_referral(o, t) or zero_byte_chain(q, o, t))


def test_ds_of_a_nested_domain_is_nodata_of_the_upper_one(pair):
    table = [(questions.query(name, dns.rdatatype.DS, 1232, True, 0, i + 1), False)
             for i, name in enumerate(sorted(pair.nested))]
    assert len(table) > 5
    for (query, _), wire in zip(table, questions.ask(pair.ours, table)):
        answer = dns.message.from_wire(wire)
        upper = pair.nested[dns.message.from_wire(query).question[0].name.to_wire()]
        assert answer.rcode() == dns.rcode.NOERROR and not answer.answer, answer
        assert [(rrset.name.to_wire(), rrset.rdtype) for rrset in answer.authority] == \
            [(upper, dns.rdatatype.SOA)], answer


@pytest.mark.parametrize("option", [
    (3, b""), (9, b""), (9, b"\1\2\3\4"), (10, b"12345678"), (15, b""), (19, b""), (19, b"x"),
    (8, b"\0\1\x18\0\x7f\0\0"), (12, b"\0" * 20), (65001, b"unknown"),
], ids=lambda o: f"option {o[0]} of {len(o[1])} bytes")
def test_edns_options_are_answered_as_for_a_zone(pair, option):
    data = struct.pack("!2H", option[0], len(option[1])) + option[1]
    table = []
    for zone, domain in pair.zones[::5]:
        for name in (domain, "smtp." + domain, "nothere." + domain, "b512." + domain):
            for edns in (512, 1232, 4096):
                for tcp in (False, True):
                    table.append((questions.query(expand.wire(name), dns.rdatatype.TXT, edns, True,
                                                  0, len(table) + 1, data), tcp))
    pair.compare(table)


def test_truncation_at_every_size(pair):
    """Each payload size from 512 on, so that every RRset is once the first not to fit."""
    table = []
    for zone, domain in pair.zones:
        if ".big." not in "." + domain and ".addr." not in "." + domain:
            continue
        for owner in ("", "fit.", "fit7.", "mxs.", "many.", "tob1232.", "c0.", "srv.", "b1232."):
            for qtype in (dns.rdatatype.MX, dns.rdatatype.TXT, dns.rdatatype.A):
                for size in range(512, 1300, 13 if VALGRIND == "" else 400):
                    table.append((questions.query(expand.wire(owner + domain), qtype, size, False,
                                                  0, len(table) % 65535 + 1), False))
    pair.compare(table)


@allocations.needed
def test_no_question_takes_heap(pair):
    """None of all those before, nor these."""
    pair.compare([(questions.query(expand.wire(front + domain), qtype, 1232, False, 0, 1 + i), tcp)
                  for i, (_, domain) in enumerate(pair.zones) for front in ("", "smtp.", "nothere.")
                  for qtype in (dns.rdatatype.MX, dns.rdatatype.TXT) for tcp in (False, True)])
    assert pair.ours.heap() == 0


def test_answer_rotation_is_the_servers():
    """The server's own option turns RRsets around, by the id of the query."""
    with Pair() as pair:
        for server in (pair.ours, pair.native):
            conf = (server.dir / "knot.conf").read_text()
            server.write("knot.conf", conf.replace("server:\n", "server:\n    answer-rotation: on\n"))
            server.knotc("reload")
        table = [(questions.query(expand.wire(owner + domain), qtype, 4096, False, 0, ident), False)
                 for _, domain in pair.zones[::2]
                 for owner in ("", "many.", "mx1.", "srv.")
                 for qtype in (dns.rdatatype.MX, dns.rdatatype.NS, dns.rdatatype.A,
                               dns.rdatatype.SRV)
                 for ident in (0, 1, 2, 3, 65535)]
        pair.compare(table)


def test_a_zero_byte_in_a_label_is_not_a_dot(pair):
    """Knot DNS before 3.3.10 and 3.4.3 takes `w\\000x` for `x.w` in its zones; the module never does."""
    table = [(questions.query(expand.wire("w\\000x.wild.test"), dns.rdatatype.TXT, None, False, 0, 1),
              False)]
    ours = dns.message.from_wire(questions.ask(pair.ours, table)[0])
    assert ours.answer[0][0].to_text() == '"top"'
    native = dns.message.from_wire(questions.ask(pair.native, table)[0])
    assert native.answer[0][0].to_text() == ('"top"' if KNOWS_ZERO_BYTES else '"blocks it"')
