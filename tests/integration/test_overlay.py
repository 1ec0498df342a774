# SPDX-License-Identifier: GPL-2.0-or-later
"""The module in a zone: which zones are filled, what is logged and counted, what may be beside it."""

import shutil
import subprocess

import dns.edns
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsigkeyring
import dns.update
import pytest

from asking import ask, records, send
from harness import HAS_ZONES, LONG_SECONDS, PORT, Knotd, eventually, settle

exact = pytest.mark.skipif(not HAS_ZONES, reason="needs Knot DNS 3.3.5")

APEX = "$TTL 300\n@ SOA ns.own.example. h.own.example. 1 14400 3600 1209600 60\n@ NS ns.own.example.\n"
PLAIN = APEX + "@ A 198.51.100.1\nwww A 198.51.100.1\nown MX 5 mail.own.example.\n"

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILE@@PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone, @PROFILES@/full-2026.zone ]
@SET@
template:
  - id: default
    module: @MODULES@
    file: @DIR@/%s.zone
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: changes
@MORE@
zone:
"""


def overlay(zones, set_="", modules="mod-hostedmail/mail", more="", files=None, before="",
            profile=None):
    """A server whose zones, given by their text, have the module, perhaps with another profile."""
    conf = before + CONF.replace("@SET@", set_).replace("@MODULES@", modules)
    conf = conf.replace("@MORE@", more).replace("@PROFILE@", "@DIR@/p.zone, " if profile else "")
    conf += "".join(f"  - domain: {zone}\n" for zone in zones)
    texts = {f"{zone}.zone": text for zone, text in zones.items()}
    texts["p.zone"] = profile or ""
    return Knotd(conf, {**texts, **(files or {})})


def zone_stats(server, zone):
    counters = {}
    for line in server.knotc("zone-stats", zone, "mod-hostedmail").splitlines():
        name, equals, value = line.partition(" = ")
        if equals and int(value) > 0:
            counters[name.split(".", 1)[1].split("] ")[-1].removeprefix("mod-hostedmail.")] = \
                int(value)
    return counters


def change(server, zone, *commands):
    server.knotc("zone-begin", zone)
    for command in commands:
        server.knotc(command[0], zone, *command[1:])
    server.knotc("zone-commit", zone)


@pytest.fixture(scope="module")
def server():
    with overlay({"customer.test": PLAIN, "second.test": PLAIN}) as running:
        yield running


def test_the_attachment_alone_is_the_flag(server):
    for zone in ("customer.test", "second.test"):
        answer = ask(server, zone + ".", "MX")
        assert len(answer.answer[0]) == 2 and "mx.emailarray.com." in answer.answer[0].to_text()
        assert records(ask(server, f"webmail.{zone}.", "AAAA")) == [
            f"webmail.{zone}. 3600 IN CNAME webmail.emailarray.com."]


def test_what_the_zone_has_stays(server):
    assert records(ask(server, "customer.test.", "A")) == ["customer.test. 300 IN A 198.51.100.1"]
    assert records(ask(server, "www.customer.test.")) == ["www.customer.test. 300 IN A 198.51.100.1"]
    assert records(ask(server, "own.customer.test.", "MX")) == [
        "own.customer.test. 300 IN MX 5 mail.own.example."]
    for name, code in (("own.customer.test.", dns.rcode.NOERROR),
                       ("nowhere.customer.test.", dns.rcode.NXDOMAIN)):
        answer = ask(server, name, "TXT")
        assert answer.rcode() == code and not answer.answer
        assert answer.authority[0].to_text().startswith("customer.test. 60 IN SOA ns.own.example.")


def test_soa_and_ns_of_the_profile_are_never_used(server):
    assert "ns.own.example." in ask(server, "customer.test.", "SOA").answer[0].to_text()
    assert records(ask(server, "customer.test.", "NS")) == ["customer.test. 300 IN NS ns.own.example."]


def test_queries_are_filled_whatever_their_class_and_signature():
    conf = """
key:
  - id: client
    algorithm: hmac-sha256
    secret: c2VjcmV0LXNlY3JldC1zZWNyZXQ=
acl:
  - id: client
    key: client
    action: query
"""
    ring = dns.tsigkeyring.from_text({"client.": "c2VjcmV0LXNlY3JldC1zZWNyZXQ="})
    with overlay({"customer.test": PLAIN}, before=conf, more="    acl: client\n") as server:
        answer = ask(server, "customer.test.", "MX", rdclass=dns.rdataclass.ANY)
        assert len(answer.answer[0]) == 2
        query = dns.message.make_query("customer.test.", "MX")
        query.use_tsig(ring)
        answer = send(server, query)
        assert answer.had_tsig and len(answer.answer[0]) == 2


def test_answers_are_counted_by_zone():
    with overlay({"customer.test": PLAIN, "second.test": PLAIN}) as server:
        ask(server, "customer.test.", "MX")
        ask(server, "smtp.customer.test.", "A")
        ask(server, "www.customer.test.", "A")
        ask(server, "nowhere.customer.test.", "A")
        counters = zone_stats(server, "customer.test")
        assert counters == {"answer[positive]": 2}, counters
        assert zone_stats(server, "second.test") == {}


SET = "    hosted-file: @DIR@/hosted\n"
HOSTED = """
listed.test
vars.test aspiresoft-live cluster=b
below.other.test
"""


def test_a_hosted_file_decides_which_zone_is_filled():
    zones = {name: PLAIN for name in ("listed.test", "vars.test", "other.test", "unlisted.test",
                                      "sub.listed.test")}
    with overlay(zones, SET, files={"hosted": HOSTED}) as server:
        assert "mx.emailarray.com." in ask(server, "listed.test.", "MX").answer[0].to_text()
        assert records(ask(server, "vars.test.", "MX")) == [
            "vars.test. 3600 IN MX 10 mx.vars.test.cust.b.hostedemail.com."]
        for zone in ("other.test", "unlisted.test", "sub.listed.test"):
            answer = ask(server, zone + ".", "MX")
            assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
            assert ask(server, f"smtp.{zone}.").rcode() == dns.rcode.NXDOMAIN
            assert records(ask(server, f"www.{zone}.")) == [f"www.{zone}. 300 IN A 198.51.100.1"]
        # A hosted domain below the zone has no zone: that is a global module's matter.
        assert ask(server, "below.other.test.", "MX").rcode() == dns.rcode.NXDOMAIN

        server.write("hosted", "unlisted.test\n")
        server.knotc("reload")
        assert ask(server, "unlisted.test.", "MX").answer
        assert not ask(server, "listed.test.", "MX").answer


FLAGS = APEX + """
flagged.test TXT full-2026
wrong.test TXT unknown
below.other.test TXT ""
none.test TXT none
"""


@exact
def test_a_hosted_zone_decides_which_zone_is_filled():
    zones = {name: PLAIN for name in ("flagged.test", "wrong.test", "other.test", "none.test",
                                      "listed.test", "sub.flagged.test")}
    set_ = SET + "    hosted-zone: hosted.\n"
    hosted = "listed.test\nnone.test\n"
    more = "  - id: plain\n    file: @DIR@/%s.zone\n"
    with overlay({**zones}, set_, more=more, files={"hosted": hosted, "hosted.zone": FLAGS}) as server:
        conf = (server.dir / "knot.conf").read_text()
        server.write("knot.conf", conf + "  - domain: hosted.\n    template: plain\n")
        server.knotc("reload")
        assert "mta-sts" in str(ask(server, "_smtp._tls.flagged.test.", "TXT").to_text()) or \
            ask(server, "flagged.test.", "MX").answer
        assert ask(server, "listed.test.", "MX").answer
        for zone in ("other.test.", "none.test.", "sub.flagged.test."):
            answer = ask(server, zone, "MX")
            assert answer.rcode() == dns.rcode.NOERROR and not answer.answer

        # Who knows what its profile would have said? What the zone has is served.
        answer = ask(server, "wrong.test.", "MX", use_edns=True)
        assert answer.rcode() == dns.rcode.SERVFAIL
        assert [o.code for o in answer.options if isinstance(o, dns.edns.EDEOption)] == [24]
        assert ask(server, "smtp.wrong.test.").rcode() == dns.rcode.SERVFAIL
        assert ask(server, "www.wrong.test.").answer
        counters = zone_stats(server, "wrong.test")
        assert counters["hosted-zone[invalid]"] == 2 and counters["answer[error]"] == 2
        assert "domain 'wrong.test.' answered with SERVFAIL: unknown profile" in server.log()

        change(server, "hosted.", ("zone-set", "other.test", "60", "TXT", '""'))
        assert ask(server, "other.test.", "MX").answer
        change(server, "hosted.", ("zone-unset", "other.test"))
        assert not ask(server, "other.test.", "MX").answer


def test_changes_of_the_zone_change_the_fill_with_the_next_query(server):
    zone = "customer.test"
    change(server, zone, ("zone-set", "@", "300", "MX", "1 mail.own.example."),
           ("zone-set", "imap", "300", "A", "198.51.100.9"))
    assert records(ask(server, zone + ".", "MX")) == [f"{zone}. 300 IN MX 1 mail.own.example."]
    assert records(ask(server, f"imap.{zone}.")) == [f"imap.{zone}. 300 IN A 198.51.100.9"]
    # A CNAME cannot be beside it.
    assert records(ask(server, f"imap.{zone}.", "AAAA")) == []
    change(server, zone, ("zone-unset", "@", "MX"), ("zone-unset", "imap"))
    assert len(ask(server, zone + ".", "MX").answer[0]) == 2
    assert records(ask(server, f"imap.{zone}.")) == [f"imap.{zone}. 3600 IN CNAME imap.emailarray.com."]


def test_a_profile_that_changed_counts_with_the_next_reload():
    profile = APEX + "@ MX 10 one.example.\n"
    with overlay({"customer.test": PLAIN}, profile=profile) as server:
        assert "10 one.example." in ask(server, "customer.test.", "MX").answer[0].to_text()
        server.write("p.zone", profile.replace("10 one", "20 two"))
        server.knotc("reload")
        assert "20 two.example." in ask(server, "customer.test.", "MX").answer[0].to_text()


def test_zones_share_one_set():
    zones = {f"z{n}.test": PLAIN for n in range(50)}
    server = overlay(zones, SET, files={"hosted": "".join(f"{z}\n" for z in zones)})
    settle(server.dir / "hosted")
    with server:
        assert server.log().count("50 hosted domains") == 1
        assert all(ask(server, z + ".", "MX").answer for z in zones)
        server.knotc("reload")
        assert server.log().count("50 hosted domains") == 1
        server.write("hosted", "z7.test\n")
        server.knotc("reload")
        assert [z for z in zones if ask(server, z + ".", "MX").answer] == ["z7.test"]


SPF = "TXT at its apex but no SPF"


@pytest.mark.parametrize("text, warned", [
    ('@ TXT "verification=1"\n', True),
    ('@ TXT "verification=1"\n@ TXT "v=spf10"\n', True),
    ('@ TXT "v=spf1 -all"\n@ TXT "x"\n', False),
    ('@ TXT "V=SPF1" " -all"\n', False),
    ('@ TXT "v=spf1"\n', False),
    ("", False),
])
def test_txt_without_spf_is_a_warning(text, warned):
    with overlay({"customer.test": PLAIN + text},
                 profile=APEX + '@ TXT "v=spf1 include:spf.example -all"\n') as server:
        for _ in range(3):
            answer = ask(server, "customer.test.", "TXT")
        assert ("include:" in answer.to_text()) == (text == "")
        lines = [line for line in server.log().splitlines() if SPF in line]
        assert len(lines) == (1 if warned else 0)
        assert all("[customer.test.]" in line and "warning" in line for line in lines)
        server.knotc("reload")
        ask(server, "customer.test.", "TXT")
        assert server.log().count(SPF) == (2 if warned else 0)


def test_a_profile_that_does_not_fit_a_zone_leaves_it_alone():
    long = ".".join(["a" * 60] * 3 + ["b" * 60])
    profile = APEX + "x CNAME long-name.{domain}.example.\n"
    with overlay({long: PLAIN}, profile=profile) as server:
        assert "a name or a string becomes too long in the record at" in server.log()
        assert ask(server, f"www.{long}.").answer
        assert ask(server, f"x.{long}.").rcode() == dns.rcode.NXDOMAIN


# DNSSEC

SIGNED = "the zone is signed"


def test_a_zone_that_the_server_signs_is_left_alone():
    with overlay({"customer.test": PLAIN + "shop CNAME www\n"},
                 more="    dnssec-signing: on\n") as server:
        assert "the zone is signed (dnssec-signing)" in server.log()
        eventually(lambda: ask(server, "customer.test.", "DNSKEY").answer, "a signed zone")
        for _ in range(2):
            answer = ask(server, "customer.test.", "MX", want_dnssec=True)
            assert not answer.answer and answer.rcode() == dns.rcode.NOERROR
            answer = ask(server, "smtp.customer.test.", "A")
            assert not answer.answer and answer.rcode() == dns.rcode.NXDOMAIN
        answer = ask(server, "www.customer.test.", "A", want_dnssec=True)
        assert {rrset.rdtype for rrset in answer.answer} == {dns.rdatatype.A, dns.rdatatype.RRSIG}
        ask(server, "nowhere.customer.test.", "A")
        ask(server, "shop.customer.test.", "A")
        assert zone_stats(server, "customer.test") == {"signed": 4}
        assert server.log().count(SIGNED) == 1


def test_a_zone_that_came_signed_is_left_alone():
    zone = PLAIN + "@ DNSKEY 257 3 13 " + "A" * 86 + "==\n"
    with overlay({"customer.test": zone}) as server:
        assert not ask(server, "customer.test.", "MX").answer
        assert ask(server, "smtp.customer.test.").rcode() == dns.rcode.NXDOMAIN
        lines = [line for line in server.log().splitlines() if SIGNED in line]
        assert len(lines) == 1 and "error" in lines[0] and "[customer.test.]" in lines[0]
        assert zone_stats(server, "customer.test") == {"signed": 2}
        # A zone that is no longer signed is filled.
        change(server, "customer.test", ("zone-unset", "@", "DNSKEY"))
        assert ask(server, "customer.test.", "MX").answer


@exact
def test_an_instance_leaves_the_denial_of_another_alone():
    """The flags of the first do not know the zone, the second has it as attached."""
    before = "mod-hostedmail:\n  - id: flags\n    profile: @PROFILES@/full-2026.zone\n" \
        "    hosted-zone: hosted.\n"
    for modules in (["flags", "mail"], ["mail", "flags"]):
        listed = "[ " + ", ".join(f"mod-hostedmail/{module}" for module in modules) + " ]"
        with overlay({"customer.test": PLAIN, "hosted": APEX}, before=before,
                     modules=listed) as server:
            assert ask(server, "x.smtp.customer.test.").rcode() == dns.rcode.NXDOMAIN
            nodata = ask(server, "customer.test.", "CAA")
            assert nodata.rcode() == dns.rcode.NOERROR and not nodata.answer and nodata.authority
            assert ask(server, "smtp.customer.test.").answer


RRSIG = "RRSIG SOA 13 2 300 20300101000000 20200101000000 12345 customer.test. " + "A" * 86 + "=="


@pytest.mark.parametrize("how", ["file", "control", "update"])
def test_a_signature_is_enough_for_a_signed_zone(how):
    """The server takes a zone for signed that has one, even without a key."""
    update = "acl:\n  - id: any\n    address: 127.0.0.0/8\n    action: update\n"
    zone = PLAIN + (f"@ {RRSIG}\n" if how == "file" else "")
    with overlay({"customer.test": zone}, before=update, more="    acl: any\n") as server:
        if how == "control":
            assert ask(server, "customer.test.", "MX").answer
            change(server, "customer.test", ("zone-set", "@", "300", *RRSIG.split(" ", 1)))
        elif how == "update":
            message = dns.update.UpdateMessage("customer.test.")
            message.add("@", 300, *RRSIG.split(" ", 1))
            reply = send(server, message, tcp=True)
            assert reply.rcode() == dns.rcode.NOERROR
        for name in ("", "x.", "smtp.", "x.smtp.", "a.b.smtp.", "www.", "x.www."):
            for kind in ("A", "MX", "DS", "NSEC", "RRSIG", "ANY"):
                ask(server, name + "customer.test.", kind, want_dnssec=True)
        assert not ask(server, "customer.test.", "MX").answer
        assert ask(server, "smtp.customer.test.").rcode() == dns.rcode.NXDOMAIN
        assert SIGNED in server.log()


ONLINE = """
mod-onlinesign:
  - id: sign
    nsec-bitmap: [ A, AAAA, MX, TXT, CAA, SRV ]
"""


@pytest.fixture(scope="module")
def online():
    modules = "[ mod-hostedmail/mail, mod-onlinesign/sign ]"
    zone = PLAIN + "mx.own A 198.51.100.2\nsub NS ns.sub\nns.sub A 198.51.100.3\nalias CNAME imap\n"
    profile = APEX + ("@ MX 10 mx.own\n@ MX 20 mx.profile\n@ TXT \"v=spf1 -all\"\n"
                      "mx.profile A 192.0.2.1\nimap CNAME imap.example.\nin CNAME www\n"
                      "key._domainkey TXT \"v=DKIM1\"\nnet CNAME mx.profile\n"
                      "_imap._tcp SRV 0 0 143 imap.example.\n")
    with overlay({"customer.test": zone}, modules=modules, before=ONLINE, profile=profile) as server:
        eventually(lambda: ask(server, "customer.test.", "DNSKEY").answer, "a key")
        key = ask(server, "customer.test.", "DNSKEY").answer[0][0].to_text().split(" ", 3)
        server.write("anchor", 'trust-anchors { customer.test. static-key %s %s %s "%s"; };\n'
                     % tuple(key))
        yield server


def delv(server, name, kind):
    if shutil.which("delv") is None:
        pytest.skip("no delv")
    return subprocess.run(["delv", "@" + server.address, "-p", str(PORT), "-a", server.dir / "anchor",
                           "+root=customer.test", name, kind], capture_output=True, text=True,
                          timeout=LONG_SECONDS).stdout


@pytest.mark.parametrize("name, kind, verdict", [
    ("customer.test.", "MX", "; fully validated"),
    ("customer.test.", "TXT", "; fully validated"),
    ("customer.test.", "A", "; fully validated"),
    ("key._domainkey.customer.test.", "TXT", "; fully validated"),
    ("_imap._tcp.customer.test.", "SRV", "; fully validated"),
    ("mx.profile.customer.test.", "A", "; fully validated"),
    ("www.customer.test.", "A", "; fully validated"),
    ("net.customer.test.", "A", "; fully validated"),
    ("in.customer.test.", "A", "; fully validated"),
    ("imap.customer.test.", "CNAME", "; fully validated"),
    ("alias.customer.test.", "CNAME", "; fully validated"),
    # NODATA at the apex, of a name of the profile, its empty non-terminal, of a name of the zone.
    ("customer.test.", "CAA", "; negative response, fully validated"),
    ("customer.test.", "AAAA", "; negative response, fully validated"),
    ("key._domainkey.customer.test.", "A", "; negative response, fully validated"),
    ("_domainkey.customer.test.", "TXT", "; negative response, fully validated"),
    ("www.customer.test.", "MX", "; negative response, fully validated"),
    # The same at the end of a chain.
    ("in.customer.test.", "MX", "; fully validated"),
    ("net.customer.test.", "MX", "; fully validated"),
    # The signer makes NODATA of NXDOMAIN.
    ("nowhere.customer.test.", "A", "; negative response, fully validated"),
    ("x.imap.customer.test.", "TXT", "; negative response, fully validated"),
    ("nowhere.sub.customer.test.", "DS", None),
])
def test_mod_onlinesign_signs_what_is_filled(online, name, kind, verdict):
    if verdict is None:
        # Addresses of the delegation survive, and the server.
        answer = ask(online, name, "A", want_dnssec=True)
        assert any("ns.sub" in rrset.to_text() for rrset in answer.additional)
        return
    if not HAS_ZONES and name in ("in.customer.test.", "net.customer.test."):
        pytest.skip("3.2 follows no CNAME of the profile inside of the zone")
    for _ in range(2):
        assert verdict in delv(online, name, kind)


def test_what_is_filled_is_in_no_denial(online):
    """A validator that keeps denials (RFC 8198) must not conclude that there is no MX."""
    answer = ask(online, "customer.test.", "CAA", want_dnssec=True)
    nsec = next(rrset for rrset in answer.authority if rrset.rdtype == dns.rdatatype.NSEC)
    types = nsec[0].to_text().split()[1:]
    assert "MX" in types and "TXT" in types and "CAA" not in types and "CNAME" not in types


def test_a_server_that_signs_online_lives_with_targets_of_the_profile(online):
    """The signer asks the server whose an additional record is."""
    for want in (False, True):
        for _ in range(3):
            answer = ask(online, "customer.test.", "MX", want_dnssec=want)
            assert answer.rcode() == dns.rcode.NOERROR and answer.answer


def test_a_signer_in_front_is_an_error():
    modules = "[ mod-onlinesign/sign, mod-hostedmail/mail ]"
    with overlay({"customer.test": PLAIN}, modules=modules, before=ONLINE) as server:
        assert "list mod-onlinesign after mod-hostedmail" in server.log()
        assert not ask(server, "customer.test.", "MX").answer


# Others in the same server

OTHERS = """
mod-stats:
  - id: stats
    request-protocol: on
mod-rrl:
  - id: limit
    rate-limit: 100000
mod-dnstap:
  - id: tap
    sink: @DIR@/tap
mod-synthrecord:
  - id: reverse
    type: forward
    prefix: dyn-
    ttl: 60
    network: 192.0.2.0/24
mod-geoip:
  - id: geo
    mode: subnet
    config-file: @DIR@/geo.conf
    ttl: 20
"""
GEO = """
near.customer.test:
  - net: 127.0.0.0/8
    A: [ 192.0.2.7 ]
webmail.customer.test:
  - net: 127.0.0.0/8
    CNAME: near.elsewhere.example.
go.customer.test:
  - net: 127.0.0.0/8
    CNAME: imap.customer.test.
"""


@pytest.mark.parametrize("order", ["first", "last"])
def test_other_modules_work_beside_it(order):
    others = "mod-stats/stats, mod-rrl/limit, mod-cookies, mod-dnstap/tap, mod-synthrecord/reverse"
    mine = "mod-hostedmail/mail"
    modules = f"[ {mine}, {others}, mod-geoip/geo ]" if order == "first" else \
        f"[ {others}, mod-geoip/geo, {mine} ]"
    server = overlay({"customer.test": PLAIN + "near A 198.51.100.7\n"}, modules=modules,
                     before=OTHERS, files={"geo.conf": GEO, "tap": ""})
    if "unknown module" in server.conf_check()[1]:
        server.clean()
        pytest.skip("a module is not installed")
    with server:
        assert "geoip" not in "".join(line for line in server.log().splitlines() if "error" in line)
        for _ in range(3):
            assert len(ask(server, "customer.test.", "MX").answer[0]) == 2
            assert ask(server, "smtp.customer.test.").answer[0].rdtype == dns.rdatatype.CNAME
            assert "192.0.2.7" in ask(server, "near.customer.test.").answer[0].to_text()
            assert records(ask(server, "dyn-192-0-2-9.customer.test.")) == [
                "dyn-192-0-2-9.customer.test. 60 IN A 192.0.2.9"]
            assert ask(server, "nowhere.customer.test.").rcode() == dns.rcode.NXDOMAIN
            webmail = ask(server, "webmail.customer.test.").answer
            theirs = (order == "last" or not HAS_ZONES)
            assert ("near.elsewhere." if theirs else "webmail.emailarray.") in webmail[0].to_text()
            assert len(webmail) == 1
            assert [rrset.rdtype for rrset in ask(server, "go.customer.test.").answer] == \
                [dns.rdatatype.CNAME] * 2
            cookie = dns.edns.GenericOption(10, b"12345678")
            answer = ask(server, "customer.test.", "MX", use_edns=True, options=[cookie])
            assert [len(o.to_wire()) for o in answer.options if o.otype == 10] == [24]
        stats = server.knotc("zone-stats", "customer.test", "mod-stats")
        assert "request-protocol[udp4] = 24" in stats, stats
        eventually(lambda: (server.dir / "tap").stat().st_size > 0, "a tap")


def test_a_global_module_and_overlays_do_not_interfere():
    """The deepest hosted name owns a query, an ordinary zone as deep as it answers itself."""
    more = """    global-module: mod-hostedmail/everywhere
"""
    before = """
mod-hostedmail:
  - id: everywhere
    profile: @DIR@/global.zone
    hosted-file: @DIR@/hosted
"""
    glob = APEX + "@ MX 1 global.example.\nsmtp CNAME global.example.\n"
    with overlay({"customer.test": PLAIN}, more=more, before=before,
                 files={"global.zone": glob, "hosted": "customer.test\ndeep.customer.test\nalone.test\n"}
                 ) as server:
        for _ in range(2):
            assert "mx.emailarray.com." in ask(server, "customer.test.", "MX").answer[0].to_text()
            assert "global." in ask(server, "alone.test.", "MX").answer[0].to_text()
            assert "global." in ask(server, "smtp.deep.customer.test.").answer[0].to_text()
            assert ask(server, "www.customer.test.").answer
        assert server.stats()["answer[positive]"] == 4
        assert zone_stats(server, "customer.test") == {"answer[positive]": 2}


def test_two_overlays_of_one_zone_fill_one_after_the_other():
    before = """
mod-hostedmail:
  - id: second
    profile: @DIR@/second.zone
"""
    second = APEX + "@ MX 1 second.example.\n@ CAA 0 issue \"ca.example\"\nextra TXT \"second\"\nsmtp A 192.0.2.1\n"
    with overlay({"customer.test": PLAIN}, modules="[ mod-hostedmail/mail, mod-hostedmail/second ]",
                 before=before, files={"second.zone": second}) as server:
        assert "emailarray" in ask(server, "customer.test.", "MX").answer[0].to_text()
        assert "emailarray" in ask(server, "smtp.customer.test.").answer[0].to_text()
        assert records(ask(server, "extra.customer.test.", "TXT")) == [
            'extra.customer.test. 300 IN TXT "second"']
        assert ask(server, "customer.test.", "CAA").answer
        assert ask(server, "nowhere.customer.test.").rcode() == dns.rcode.NXDOMAIN
