# SPDX-License-Identifier: GPL-2.0-or-later
"""Member zones of a catalog (RFC 9432) from one zone file and the module: flagged by membership, with
the profile that their group says."""

import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest

from asking import ask, records, send
from harness import Knotd, eventually

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
CONF = f"""
key:
  - id: panel
    algorithm: hmac-sha256
    secret: {KEY}
acl:
  - id: panel
    key: panel
    action: update
mod-hostedmail:
  - id: standard
    profile: @PROFILES@/polarismail.zone
  - id: full
    profile: @PROFILES@/full-2026.zone
template:
  - id: standard
    file: @DIR@/skeleton.zone
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    module: mod-hostedmail/standard
  - id: full
    file: @DIR@/skeleton.zone
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    module: mod-hostedmail/full
zone:
  - domain: catalog.
    file: @DIR@/catalog.zone
    catalog-role: interpret
    catalog-template: [ standard, full ]
    acl: panel
"""

CATALOG = """$TTL 0
@ SOA invalid. invalid. 1 3600 600 2147483646 0
@ NS invalid.
version TXT "2"
"""

SKELETON = """$TTL 3600
@ SOA ns1.provider.example. hostmaster.provider.example. 1 14400 3600 1209600 300
@ NS ns1.provider.example.
@ NS ns2.provider.example.
"""

RING = dns.tsigkeyring.from_text({"panel.": KEY})


@pytest.fixture()
def server():
    with Knotd(CONF, {"catalog.zone": CATALOG, "skeleton.zone": SKELETON}) as running:
        yield running


def update(server, *, add=(), remove=()):
    message = dns.update.UpdateMessage("catalog.", keyring=RING)
    for unique, member, group in add:
        message.add(f"{unique}.zones", 0, "PTR", member)
        if group:
            message.add(f"group.{unique}.zones", 0, "TXT", f'"{group}"')
    for unique in remove:
        message.delete(f"{unique}.zones")
        message.delete(f"group.{unique}.zones")
    answer = send(server, message, tcp=True)
    assert answer.rcode() == dns.rcode.NOERROR


def is_hosted(server, name):
    return bool(ask(server, name, "MX").answer)


def test_membership_is_the_flag_and_the_group_the_profile(server):
    assert ask(server, "first.test.", "MX").rcode() == dns.rcode.REFUSED
    update(server, add=[("a", "first.test.", ""), ("b", "second.test.", "full")])
    eventually(lambda: is_hosted(server, "first.test."), "a member")
    eventually(lambda: is_hosted(server, "second.test."), "another member")

    assert records(ask(server, "smtp.first.test.")) == [
        "smtp.first.test. 3600 IN CNAME smtp.emailarray.com."]
    assert "mx.emailarray.com." in ask(server, "first.test.", "MX").answer[0].to_text()
    assert "emailarray" not in ask(server, "second.test.", "MX").answer[0].to_text()
    assert ask(server, "_dmarc.second.test.", "TXT").answer
    assert ask(server, "_dmarc.first.test.", "TXT").rcode() == dns.rcode.NXDOMAIN
    for name in ("first.test.", "second.test."):
        assert ask(server, name, "SOA").answer[0].to_text().startswith(
            f"{name} 3600 IN SOA ns1.provider.example.")
    assert ask(server, "third.test.", "MX").rcode() == dns.rcode.REFUSED


def test_records_come_and_go_with_the_membership(server):
    for turn in range(3):
        update(server, add=[(f"x{turn}", "coming.test.", "")])
        eventually(lambda: is_hosted(server, "coming.test."), "the records")
        update(server, remove=[f"x{turn}"])
        eventually(lambda: ask(server, "coming.test.", "MX").rcode() == dns.rcode.REFUSED,
                   "their end")


def test_another_group_is_another_profile(server):
    update(server, add=[("a", "first.test.", "")])
    eventually(lambda: is_hosted(server, "first.test."), "a member")
    assert not ask(server, "_dmarc.first.test.", "TXT").answer
    message = dns.update.UpdateMessage("catalog.", keyring=RING)
    message.add("group.a.zones", 0, "TXT", '"full"')
    send(server, message, tcp=True)
    eventually(lambda: ask(server, "_dmarc.first.test.", "TXT").answer, "the other profile")


def test_a_hundred_members_survive_a_reload(server):
    update(server, add=[(f"m{n}", f"m{n}.test.", "full" if n % 2 else "") for n in range(100)])
    names = [f"m{n}.test." for n in range(100)]
    eventually(lambda: all(is_hosted(server, name) for name in names), "all members")
    server.knotc("reload")
    eventually(lambda: all(is_hosted(server, name) for name in names), "all members again")
