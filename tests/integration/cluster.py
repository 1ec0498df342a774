# SPDX-License-Identifier: GPL-2.0-or-later
"""A hidden primary of the hosted zone and two secondaries, as doc/hosted-zone.rst sets them up."""

import dns.rcode
import dns.tsigkeyring
import dns.update

from asking import ask, send
from harness import PORT, Knotd, eventually

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="

# The journal is the storage of what is flagged by DDNS or knotc. A zone file that is loaded at the
# start would undo what it does not have; it is for those who flag by editing it alone.
FROM_JOURNAL = "none"
FROM_FILE = "difference-no-serial"

# Short timers, so that what was missed is fetched soon; a long expiry, so that an outage of the
# primary hurts nobody.
APEX = "$TTL 60\n@ SOA ns. h. 1 2 1 1209600 60\n@ NS ns.\n"

KEYS = f"""
key:
  - id: panel
    algorithm: hmac-sha256
    secret: {KEY}
  - id: servers
    algorithm: hmac-sha256
    secret: {KEY}
"""

PRIMARY = KEYS + """
remote:
{remotes}
acl:
  - id: panel
    key: panel
    action: update
  - id: servers
    key: servers
    action: transfer
mod-queryacl:
  - id: secondaries
    address: [ {addresses} ]
zone:
{zones}"""

PRIMARY_ZONE = """\
  - domain: {zone}
    file: @DIR@/{zone}zone
    notify: [ {ids} ]
    acl: [ panel, servers ]
    module: mod-queryacl/secondaries
    zonefile-sync: -1
    zonefile-load: {load}
    journal-content: all
"""

SECONDARY = KEYS + """
remote:
  - id: primary
    address: {primary}
    via: @ADDRESS@
    key: servers
    block-notify-after-transfer: on
acl:
  - id: primary
    key: servers
    action: notify
mod-queryacl:
  - id: nobody
    address: 192.0.2.255
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/null-mx.zone ]
    {file}
    hosted-zone: [ {hosted_zones} ]
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
{zones}"""

SECONDARY_ZONE = """\
  - domain: {zone}
    master: primary
    acl: primary
    module: mod-queryacl/nobody
    zonefile-sync: -1
    zonefile-load: none
    journal-content: all
"""


def remote(server):
    """A server as another one's configuration has it."""
    return f"{server.address}@{PORT}"


def hosted(server, name):
    """Whether a server answers for a domain; nothing in between."""
    answer = ask(server, name + ".", "MX")
    assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.REFUSED)
    return answer.rcode() == dns.rcode.NOERROR and len(answer.answer) == 1


def everywhere(cluster, names, expected=True):
    """Wait until all secondaries answer for all of the domains, or for none."""
    for server in cluster.secondaries:
        for name in names:
            eventually(lambda: hosted(server, name) == expected,
                       f"{name} {'hosted' if expected else 'gone'}")


class Cluster:
    """The hosted zone `hosted.`, and `bulk.` after it if there is a text of that one."""

    def __init__(self, zone=None, hosted="", secondaries=2, settings="", journal="64M", bulk=None):
        self.load = FROM_JOURNAL if zone is None else FROM_FILE
        texts = {"hosted.zone": APEX + (zone or "")}
        if bulk is not None:
            texts["bulk.zone"] = APEX + bulk
        zones = [name.removesuffix("zone") for name in texts]
        self.primary = Knotd("", texts, module=False, journal=journal)
        file = "hosted-file: @DIR@/hosted" if hosted else ""
        conf = SECONDARY.format(primary=remote(self.primary), file=file, hosted_zones=", ".join(zones),
                                zones="".join(SECONDARY_ZONE.format(zone=zone) + settings
                                              for zone in zones))
        self.secondaries = [Knotd(conf, {"hosted": hosted}, journal=journal)
                            for _ in range(secondaries)]
        remotes = "".join(f"  - id: s{i}\n    address: {remote(s)}\n    key: servers\n"
                          for i, s in enumerate(self.secondaries))
        ids = ", ".join(f"s{i}" for i in range(secondaries))
        addresses = ", ".join(s.address for s in self.secondaries)
        self.primary.configure(PRIMARY.format(remotes=remotes, addresses=addresses, zones="".join(
            PRIMARY_ZONE.format(zone=zone, ids=ids,
                                load=self.load if zone == "hosted." else FROM_FILE) + settings
            for zone in zones)))
        self.servers = [self.primary] + self.secondaries

    def __enter__(self):
        try:
            for server in self.servers:
                server.start()
            if self.load == FROM_JOURNAL:
                self.create_zone()
        except Exception:
            for server in self.servers:
                server.clean()
            raise
        return self

    def __exit__(self, kind, value, trace):
        error = None
        for server in self.servers:
            try:
                server.__exit__(kind, value, trace)
            except Exception as e:
                error = e
        if error is not None:
            raise error

    def create_zone(self):
        """What a new primary is told once."""
        self.primary.knotc("zone-begin", "hosted.")
        self.primary.knotc("zone-set", "hosted.", "@", "60", "SOA", "ns. h. 1 2 1 1209600 60")
        self.primary.knotc("zone-set", "hosted.", "@", "60", "NS", "ns.")
        self.primary.knotc("zone-commit", "hosted.")

    def update(self, names, remove=False, profile="polarismail"):
        """Flag domains by one DDNS message, which the primary acknowledges when it has stored it."""
        update = dns.update.Update("hosted.", keyalgorithm="hmac-sha256",
                                   keyring=dns.tsigkeyring.from_text({"panel.": KEY}))
        for name in names:
            if remove:
                update.delete(name + ".hosted.", "TXT")
            else:
                update.replace(name + ".hosted.", 60, "TXT", profile)
        answer = send(self.primary, update, tcp=True, timeout=60)
        assert answer.rcode() == dns.rcode.NOERROR, answer

    def commit(self, names, profile="polarismail"):
        """Flag domains by one transaction of the control socket."""
        self.primary.knotc("zone-begin", "hosted.")
        for name in names:
            self.primary.knotc("zone-set", "hosted.", name, "60", "TXT", profile)
        self.primary.knotc("zone-commit", "hosted.")

    def serial(self, server):
        """Serial that a server has, as it says itself."""
        for word in server.knotc("zone-status", "hosted.", "+serial").replace("|", " ").split():
            if word.isdigit():
                return int(word)
        return None
