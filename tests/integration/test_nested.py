# SPDX-License-Identifier: GPL-2.0-or-later
"""Domains below domains, with names between, in any mixture of tiers: what the upper one answers is what
an ordinary zone answers that delegates the nested ones."""

import itertools

import dns.rcode
import dns.rdatatype
import pytest

import expand
import questions
from asking import ask, records
from differential import HOSTILE, delegate, is_referral, sample, zero_byte_chain
from harness import HAS_ZONES, Knotd

# With the first one above, what is right below it and what has names between.
UPPER = "b.test"
NESTED = ["mail.b.test", "sub.b.test", "a.deep.b.test", "x.y.z.b.test", "n.mail.b.test",
          "d.c.a.deep.b.test", "h.g.f.e.d.c.b.a.deep.b.test"]
UPPERS = [UPPER, "w.test", "a.deep.b.test"]
PROFILES = {"nested": "b.test", "nested-wild": "w.test"}

needs_zones = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")

# Which tier a domain is in, by its place in the list above, the upper one first.
TIERS = {
    "file": lambda n: "file",
    "file, the other way around": lambda n: "elif",
    "zone": lambda n: "zone",
    "below in the zone": lambda n: "zone" if n else "file",
    "below in the file": lambda n: "file" if n else "zone",
    "every second one in the zone": lambda n: "zone" if n % 2 else "file",
    "all in both": lambda n: "both",
    "all in the file, every second one in the zone": lambda n: "both" if n % 2 else "file",
    "in two zones by turns": lambda n: ("first", "zone")[n % 2],
    "in two zones and the file by turns": lambda n: ("zone", "first", "file")[n % 3],
    "all in both zones, every second one in the file": lambda n: "zones" if n % 2 else "all",
}

# Where that is: hosted zones, the one that wins first, and the hosted file.
PLACES = {"file": ["file"], "elif": ["file"], "zone": ["hosted."], "both": ["hosted.", "file"],
          "first": ["changes."], "zones": ["changes.", "hosted."], "all": ["changes.", "hosted.", "file"]}
HOSTED_ZONES = ["changes.", "hosted."]

APEX = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"


def domains_of(profile):
    top = PROFILES[profile]
    return [domain.replace(UPPER, top) for domain in [UPPER] + NESTED]


class Pair(questions.Pair):
    """The module, and ordinary zones that delegate."""

    def __init__(self, tier, ordinary=()):
        hosted, files, zones = {place: [] for place in ["file"] + HOSTED_ZONES}, {}, ""
        self.zones = []
        for profile in PROFILES:
            domains = domains_of(profile)
            for n, domain in enumerate(domains):
                for place in PLACES[TIERS[tier](n)]:
                    txt = "" if place == "file" else "TXT "
                    hosted[place].append(f"{domain} {txt}{profile}")
                text, _ = expand.expand((HOSTILE / f"{profile}.zone").read_text(), domain, {})
                files[f"{domain}.zone"] = delegate(text, domain, domains + list(ordinary))
                zones += f"  - domain: {domain}\n    file: @DIR@/{domain}.zone\n"
                self.zones.append((text, domain))
        if TIERS[tier](0) == "elif":
            hosted["file"].reverse()
        own = "".join(f"  - domain: {name}\n    file: @DIR@/ordinary\n" for name in ordinary)
        own += "".join(f"  - domain: {zone}\n    file: @DIR@/{zone}zone\n" for zone in HOSTED_ZONES)
        common = {"ordinary": APEX + "@ TXT ordinary\nx A 192.0.2.99\n",
                  **{f"{zone}zone": APEX + "\n".join(hosted[zone]) + "\n" for zone in HOSTED_ZONES}}
        used = ", ".join(zone for zone in HOSTED_ZONES if hosted[zone])
        self.ours = Knotd(f"""
mod-hostedmail:
  - id: mail
    profile: [ {", ".join(f"{HOSTILE}/{profile}.zone" for profile in PROFILES)} ]
    hosted-file: @DIR@/hosted
{f"    hosted-zone: [ {used} ]" if used else ""}
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
{own}""", {"hosted": "\n".join(hosted["file"]) + "\n", **common})
        self.native = Knotd(f"zone:\n{own}{zones}", {**files, **common}, module=False)

    def compare(self, table):
        for _ in range(2):
            ours, theirs = questions.ask(self.ours, table), questions.ask(self.native, table)
            rest = [(q, o, t) for q, o, t in zip(table, ours, theirs)
                    if o != t and not is_referral(o, t) and not zero_byte_chain(q[0], o, t)]
            count, shown = questions.differences(*([list(column) for column in zip(*rest)] or [[]] * 3))
            assert count == 0, f"{count} of {len(table)} answers differ\n{shown}"


def around(domains):
    """Names between domains, below and beside them."""
    found = {}
    for domain in domains:
        name = domain
        while "." in name:
            for text in (name, f"other.{name}", f"*.{name}", f"a.b.c.{name}", f"mx.{name}", f"x{name}"):
                found[text] = True
            name = name.partition(".")[2]
    return [expand.wire(text) for text in found]


@pytest.fixture(scope="module", params=[
    pytest.param(tier, marks=() if tier.startswith("file") else needs_zones) for tier in TIERS])
def pair(request):
    with Pair(request.param) as servers:
        yield servers


def test_the_upper_one_answers_as_a_zone_that_delegates(pair):
    table = questions.table([(zone, domain) for zone, domain in pair.zones if domain in UPPERS])
    idents = itertools.cycle(range(1, 65536))
    for name in around(itertools.chain(*map(domains_of, PROFILES))):
        for qtype in map(dns.rdatatype.from_text, ("A", "TXT", "MX", "DS", "CNAME", "NS", "SOA", "ANY")):
            table.append((questions.query(name, qtype, 1232, False, 0, next(idents)), False))
    print(len(table), "questions")
    assert len(table) > 20000
    pair.compare(sample(table))


@pytest.mark.parametrize("name, rcode, apex", [
    ("y.z.b.test.", dns.rcode.NOERROR, "b.test."),
    ("z.b.test.", dns.rcode.NOERROR, "b.test."),
    ("c.a.deep.b.test.", dns.rcode.NOERROR, "a.deep.b.test."),
    ("other.z.b.test.", dns.rcode.NXDOMAIN, "b.test."),
    ("y.z.w.test.", dns.rcode.NOERROR, "w.test."),
    ("other.y.z.w.test.", dns.rcode.NXDOMAIN, "w.test."),
])
def test_names_between_are_nodata(pair, name, rcode, apex):
    """Without this, two servers that are wrong in the same way would agree."""
    answer = ask(pair.ours, name)
    assert answer.rcode() == rcode and not answer.answer, answer
    assert answer.authority[0].name.to_text() == apex


@pytest.mark.parametrize("name", ["imap.b.test.", "any.wild.b.test.", "tox.b.test."])
def test_a_chain_ends_at_a_nested_domain(pair, name):
    answer = ask(pair.ours, name)
    assert answer.rcode() == dns.rcode.NOERROR and len(answer.answer) == 1, answer
    assert not answer.authority and not answer.additional


def test_additional_records_are_the_upper_ones(pair):
    answer = ask(pair.ours, "b.test.", "MX")
    assert [rrset.name.to_text() for rrset in answer.additional] == ["mx.b.test.", "mx.b.test.",
                                                                     "zone.b.test."]


def flag(server, *words):
    for line in (["zone-begin"], words, ["zone-commit"]):
        server.knotc(line[0], "hosted.", *line[1:])


@needs_zones
@pytest.mark.parametrize("tier", ["zone", "file", "all in both", "in two zones by turns"])
def test_a_nested_domain_comes_and_goes_with_its_flag(tier):
    with Pair(tier) as pair:
        server = pair.ours
        if tier == "file":
            conf = (server.dir / "knot.conf").read_text()
            server.write("knot.conf", conf.replace("@DIR@/hosted\n", "@DIR@/hosted\n").replace(
                "    hosted-file:", "    hosted-zone: hosted.\n    hosted-file:"))
            server.knotc("reload")
        for _ in range(2):
            assert ask(server, "l.b.test.").rcode() == dns.rcode.NXDOMAIN
            flag(server, "zone-set", "n.m.l.b.test", "60", "TXT", '"nested"')
            for name in ("l.b.test.", "m.l.b.test."):
                answer = ask(server, name)
                assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
            assert ask(server, "o.m.l.b.test.").rcode() == dns.rcode.NXDOMAIN
            assert ask(server, "n.m.l.b.test.", "MX").answer
            flag(server, "zone-unset", "n.m.l.b.test", "TXT")


# Ordinary zones below hosted domains

@needs_zones
def test_an_ordinary_zone_is_nested_too():
    ordinary = ["zone.b.test", "zone.w.test", "zone.mail.b.test"]
    with Pair("file", ordinary) as pair:
        answer = ask(pair.ours, "tozone.b.test.")
        assert records(answer) == ["tozone.b.test. 300 IN CNAME x.zone.b.test."] and not answer.authority
        assert "zone.b.test." not in [rrset.name.to_text()
                                      for rrset in ask(pair.ours, "b.test.", "MX").additional]
        pair.compare(sample(questions.table(pair.zones[:2])))


@pytest.mark.skipif(HAS_ZONES, reason="this server can be asked for its zones")
def test_without_asking_the_server_targets_in_an_ordinary_zone_are_the_profiles():
    with Pair("file", ["zone.b.test"]) as pair:
        assert records(ask(pair.ours, "tozone.b.test.")) == [
            "tozone.b.test. 300 IN CNAME x.zone.b.test.", "x.zone.b.test. 300 IN A 192.0.2.8"]


def test_a_name_above_an_ordinary_zone_is_not_known():
    """The server tells of a zone by its very name only."""
    with Pair("file", ["n.between.b.test"]) as pair:
        assert ask(pair.ours, "between.b.test.").rcode() == dns.rcode.NXDOMAIN
        assert ask(pair.native, "between.b.test.").rcode() == dns.rcode.NOERROR
        answer = ask(pair.ours, "n.between.b.test.", "TXT")
        assert answer.answer[0][0].to_text() == '"ordinary"'
