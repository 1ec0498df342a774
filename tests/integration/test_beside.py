# SPDX-License-Identifier: GPL-2.0-or-later
"""Beside other modules and zones: what the server or another module does to the same query."""

import struct

import dns.edns
import dns.flags
import dns.rcode
import pytest

import expand
import questions
from asking import ask
from harness import HAS_ZONES, Knotd, eventually, knot_version

PROFILE = """$TTL 300
@ SOA ns.provider.test. hostmaster.provider.test. 2026 14400 3600 77777 60
@ NS ns.provider.test.
@ MX 10 mx.provider.test.
full TXT %s
* TXT "of the wildcard"
""" % " ".join(f'"{chr(97 + i) * 100}"' for i in range(11))

ZONE = """$TTL 300
@ SOA ns.zone.test. h.zone.test. 7 14400 3600 11111 60
@ NS ns.zone.test.
"""

MAIL = """
mod-hostedmail:
  - id: mail
    profile: @DIR@/profile.zone
    hosted-file: @DIR@/hosted
  - id: second
    profile: @DIR@/profile.zone
    hosted-file: @DIR@/second
"""


def conf(modules, sections=""):
    return MAIL + sections + f"""
template:
  - id: default
    global-module: [ {modules} ]
"""


FILES = {"profile.zone": PROFILE, "hosted": "hosted.test\nmail.zone.test\n", "second": "other.test\n",
         "zone": ZONE}


# Zones above a hosted domain

EXPIRE, ZONEVERSION = 9, 19


def options_of(server, name, *codes):
    """EDNS options of the answer when the query asks for some, by their codes."""
    options = [dns.edns.GenericOption(code, b"") for code in codes]
    answer = ask(server, name, "MX", use_edns=True, options=options)
    return [(option.otype, option.to_wire()) for option in answer.options]


def test_options_below_a_zone_are_of_the_domain_alone():
    """As for a zone: once, and its own. The server would add those of the zone above."""
    native_conf = "zone:\n" + "".join(f"  - domain: {name}\n    file: @DIR@/{file}\n" for name, file in
                                      (("zone.test", "zone"), ("mail.zone.test", "profile.zone")))
    with Knotd(conf("mod-hostedmail/mail") + "zone:\n  - domain: zone.test\n    file: @DIR@/zone\n",
               FILES) as ours, Knotd(native_conf, FILES, module=False) as native:
        for server in ours, native:
            assert options_of(server, "zone.test.", EXPIRE) == [(EXPIRE, struct.pack("!I", 11111))]
            assert options_of(server, "mail.zone.test.", EXPIRE) == [(EXPIRE, struct.pack("!I", 77777))]
        for codes in (EXPIRE,), (ZONEVERSION,), (EXPIRE, ZONEVERSION), (ZONEVERSION, EXPIRE):
            for name in "mail.zone.test.", "x.mail.zone.test.", "zone.test.":
                for _ in range(2):
                    assert options_of(ours, name, *codes) == options_of(native, name, *codes)


CATALOG = """$TTL 0
@ SOA invalid. invalid. 1 3600 600 2147483646 0
@ NS invalid.
version TXT "2"
"""


@pytest.mark.parametrize("tcp", [False, True])
def test_a_catalog_above_does_not_change_the_rcode(tcp):
    """The server refuses the catalog to those who may not transfer it, by an RCODE that stays."""
    zones = """
zone:
  - domain: catalog.test
    file: @DIR@/catalog
    catalog-role: interpret
    catalog-template: members
"""
    members = "  - id: members\n    file: @DIR@/zone\n"
    files = FILES | {"catalog": CATALOG, "hosted": "mail.catalog.test\n"}
    template = "template:\n" + members
    with Knotd(conf("mod-hostedmail/mail") + members + zones, files) as ours, \
            Knotd(template + zones, files, module=False) as bare:
        for _ in range(2):
            answer = ask(ours, "mail.catalog.test.", "MX", tcp)
            assert (answer.rcode(), len(answer.answer)) == (dns.rcode.NOERROR, 1)
            answer = ask(ours, "mail.catalog.test.", "A", tcp)
            assert (answer.rcode(), len(answer.authority)) == (dns.rcode.NOERROR, 1)
            assert ask(ours, "no.full.mail.catalog.test.", "TXT", tcp).rcode() == dns.rcode.NXDOMAIN
            # Beside the domain the catalog is as hidden as ever.
            for name in "catalog.test.", "beside.catalog.test.":
                theirs = ask(bare, name, "SOA", tcp).rcode()
                assert ask(ours, name, "SOA", tcp).rcode() == theirs
                assert theirs in (dns.rcode.REFUSED, dns.rcode.NOTAUTH)


# The order of global modules

SECTIONS = """
remote:
  - id: nobody
    address: 192.0.2.1
mod-cookies:
  - id: all
    secret: 0xdeadbeefdeadbeefdeadbeefdeadbeef
mod-noudp:
  - id: all
mod-rrl:
  - id: all
    rate-limit: 1000
mod-stats:
  - id: all
mod-probe:
  - id: all
    path: @DIR@
mod-dnsproxy:
  - id: all
    remote: nobody
"""

COOKIES, NOUDP, MINE = "mod-cookies/all", "mod-noudp/all", "mod-hostedmail/mail"


@pytest.mark.parametrize("modules, after", [
    ([MINE], []),
    ([COOKIES, NOUDP, "mod-rrl/all", MINE], []),
    # Those that only look, or are asked when all is done, may come after.
    ([COOKIES, MINE, "mod-stats/all", "mod-probe/all", "mod-dnsproxy/all"], []),
    ([MINE, "mod-hostedmail/second"], []),
    ([MINE, COOKIES], ["mail', mod-cookies"]),
    ([NOUDP, MINE, "mod-stats/all", "mod-rrl/all", COOKIES], ["mail', mod-rrl", "mail', mod-cookies"]),
    ([MINE, NOUDP, "mod-hostedmail/second"], ["mail', mod-noudp"]),
    ([MINE, "mod-hostedmail/second", "mod-noudp"], ["mail', mod-noudp", "second', mod-noudp"]),
])
def test_a_global_module_that_comes_after_is_told_of(modules, after):
    with Knotd(conf(", ".join(modules), SECTIONS), FILES) as server:
        for start in 1, 2:
            told = [line.partition(" comes after")[0].partition("mod-hostedmail/")[2]
                    for line in server.log().splitlines() if "list mod-hostedmail last" in line]
            assert told == start * after
            server.knotc("reload")


def cookie_of(answer):
    return next(option for option in answer.options if option.otype == 10).to_wire()


@pytest.mark.parametrize("order", ["before", "after", "zone"])
def test_a_full_answer_has_room_for_a_cookie_that_came_before(order):
    """An answer that just fits without the cookie: truncated if mod-cookies came first, SERVFAIL if it
    comes after, which is what the warning is for; and if it is a module of a zone above the domain."""
    modules = {"before": f"{COOKIES}, {MINE}", "after": f"{MINE}, {COOKIES}", "zone": MINE}[order]
    zone = "zone:\n  - domain: zone.test\n    file: @DIR@/zone\n"
    if order == "zone":
        zone += f"    module: {COOKIES}\n"
    with Knotd(conf(modules, SECTIONS) + zone, FILES) as server:
        option = dns.edns.GenericOption(10, bytes(8))
        server_cookie = cookie_of(ask(server, "mail.zone.test.", "MX", tcp=True, options=[option]))
        full = len(ask(server, "full.mail.zone.test.", "TXT", payload=4096, use_edns=True).to_wire())
        found = set()
        for payload in range(full - 4, full + 40):
            answer = ask(server, "full.mail.zone.test.", "TXT", payload=payload, use_edns=True,
                         options=[dns.edns.GenericOption(10, server_cookie)])
            found.add((answer.rcode(), bool(answer.flags & dns.flags.TC)))
        good = {(dns.rcode.NOERROR, False), (dns.rcode.NOERROR, True)}
        if order == "before":
            assert found == good
        else:
            assert found - good == {(dns.rcode.SERVFAIL, False)}


@pytest.mark.parametrize("order", ["before", "after"])
def test_mod_noudp_before_sends_everyone_to_tcp(order):
    """With the whole answer beside TC if it comes after, which is what the warning is for."""
    modules = f"{NOUDP}, {MINE}" if order == "before" else f"{MINE}, {NOUDP}"
    with Knotd(conf(modules, SECTIONS), FILES) as server:
        answer = ask(server, "hosted.test.", "MX")
        assert answer.flags & dns.flags.TC
        assert len(answer.answer) == (0 if order == "before" else 1)
        assert len(ask(server, "hosted.test.", "MX", tcp=True).answer) == 1


# What mod-rrl makes of the answers

def test_mod_rrl_knows_wildcards_since_3_4():
    """Before, it counts the names below a wildcard of the profile one by one, so that random names are
    never limited; below a wildcard of a zone it counts them together. See the manual."""
    limit = SECTIONS.replace("rate-limit: 1000", "rate-limit: 10\n    slip: 1")
    zone = limit + """
template:
  - id: default
    global-module: mod-rrl/all
zone:
  - domain: hosted.test
    file: @DIR@/profile.zone
"""
    with Knotd(conf(f"mod-rrl/all, {MINE}", limit), FILES) as ours, \
            Knotd(zone, FILES, module=False) as native:
        def limited(server, name):
            """How many of 200 answers were cut down to TC."""
            table = [(questions.query(expand.wire(name.format(i)), 16, None, False, 0, i), False)
                     for i in range(200)]
            return sum(bool(answer[2] & 2) for answer in questions.ask(server, table))

        assert limited(native, "n{}.hosted.test") > 0
        assert (limited(ours, "n{}.hosted.test") > 0) == (knot_version() >= (3, 4))
        for server in ours, native:
            assert limited(server, "n{}.full.hosted.test") > 0


# How many profiles a configuration holds

def test_the_profiles_of_a_configuration_fit_into_64_kib():
    """The server keeps a list in 64 KiB, each path with three bytes more."""
    with Knotd(conf(MINE), FILES) as server:
        def check(count):
            name = "p{:04}.zone"
            paths = []
            for i in range(count):
                path = server.dir / name.format(i)
                if not path.exists():
                    path.symlink_to(server.dir / "profile.zone")
                paths.append(str(path))
            lists = f"[ {', '.join(paths)} ]"
            server.configure(conf(MINE).replace("@DIR@/profile.zone", lists, 1))
            return server.conf_check()

        most = 65536 // (len(str(server.dir / "p0000.zone")) + 3)
        code, output = check(most)
        assert code == 0, output
        assert "reloaded" in server.knotc("reload").lower()
        assert f"{most} profiles" in server.log()
        code, output = check(most + 1)
        assert code != 0 and "profile" in output, output


# Below a signed zone

SIGNED = """
mod-hostedmail:
  - id: mail
    profile: @DIR@/profile.zone
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
    file: @DIR@/%s.zone
zone:
  - domain: signed.test
    dnssec-signing: on
  - domain: plain.test
"""


@pytest.mark.skipif(not HAS_ZONES, reason="the server can be asked since Knot DNS 3.3.5")
def test_a_domain_that_a_signed_zone_does_not_delegate_is_warned_of_once():
    zone = PROFILE + "cut NS ns.cut\nns.cut A 192.0.2.1\nown NS ns.other.test.\n"
    files = {"profile.zone": PROFILE, "signed.test.zone": zone, "plain.test.zone": zone,
             "hosted": "".join(f"{name}.{above}.test\n" for above in ("signed", "plain")
                               for name in ("lost", "a.gap", "own", "a.cut"))}
    with Knotd(SIGNED, files) as server:
        eventually(lambda: ask(server, "signed.test.", "DNSKEY").answer, "the signed zone")
        for _ in range(3):
            for line in files["hosted"].splitlines():
                assert ask(server, line + ".", "SOA").answer
        warned = [line for line in server.log().splitlines() if "bogus for validators" in line]
        assert len(warned) == 2
        for name in ("lost", "a.gap"):
            assert any(f"'{name}.signed.test.' is bogus for validators: add its NS to the signed "
                       "zone 'signed.test.'" in line for line in warned)
