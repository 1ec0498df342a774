# SPDX-License-Identifier: GPL-2.0-or-later
"""Beside other modules and zones: what the server or another module does to the same query."""

import struct

import dns.edns
import dns.rcode
import pytest

from asking import ask
from harness import Knotd

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
