# SPDX-License-Identifier: GPL-2.0-or-later
"""NSD, BIND and PowerDNS, with one zone per domain and the same records in each."""

import http.client
import json
import os
import re
import shutil

import dns.name
import dns.zone

import domains
from harness import PORT
from peer import Peer, output

# Where a server is told of domains, on its own address.
CONTROL_PORT = PORT + 1

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class Nsd(Peer):
    """One pattern, one zone file, a list of zones."""

    name = "nsd"
    label = "NSD"
    program = "nsd"
    memory_guess = 5400

    def version(self):
        return output(self.program, "-v").splitlines()[0].replace("version ", "")

    def prepare(self):
        (self.dir / "nsd.conf").write_text(f"""\
server:
    ip-address: {self.address}
    port: {PORT}
    server-count: 1
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{self.dir}"
    zonelistfile: "{self.dir}/zone.list"
    xfrdir: "{self.dir}"
    xfrdfile: ""
    pidfile: ""
    verbosity: 0
    rrl-ratelimit: 0
remote-control:
    control-enable: yes
    control-interface: {self.dir}/control
pattern:
    name: hosted
    zonefile: "{self.setup.zone}"
""")
        (self.dir / "zone.list").write_text("# NSD zone list\n# name pattern\n")
        domains.write(self.count, self.dir / "zone.list", "add {} hosted\n")

    def command(self):
        return [self.program, "-d", "-c", self.dir / "nsd.conf"]

    def flagging(self):
        return {"nsd-control addzones": self.flag}

    def flag(self, names):
        def tell():
            # It sends all names before it reads an answer, and hangs where those fill the socket.
            for start in range(0, len(names), 200):
                zones = "".join(f"{name} hosted\n" for name in names[start:start + 200])
                self.run("nsd-control", "-c", self.dir / "nsd.conf", "addzones", input=zones)
        return tell


class Bind(Peer):
    """One zone file for all zones."""

    name = "bind"
    label = "BIND"
    program = "named"
    memory_guess = 12500
    address = "127.0.0.1"   # the one that an interface has: it listens on no other

    def version(self):
        return output(self.program, "-v").split("(")[0].split("-")[0].strip()

    def prepare(self):
        # AppArmor lets the installed program read the system's zones only.
        shutil.copy(shutil.which(self.program, path=PATH), self.dir / "named")
        key = 'key bench { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldC1zZWNyZXQ="; };\n'
        (self.dir / "named.conf").write_text(key + f"""\
options {{
    directory "{self.dir}";
    listen-on port {PORT} {{ {self.address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    recursion no;
    notify no;
    empty-zones-enable no;
    dnssec-validation no;
    allow-new-zones yes;
}};
controls {{ inet {self.address} port {CONTROL_PORT} allow {{ 127.0.0.0/8; }} keys {{ bench; }}; }};
logging {{ category default {{ null; }}; category general {{ default_stderr; }}; }};
""")
        (self.dir / "rndc.conf").write_text(key + f"""\
options {{ default-server {self.address}; default-port {CONTROL_PORT}; default-key bench; }};
""")
        domains.write(self.count, self.dir / "named.conf", f'zone "{{}}" {self.zone()};\n')

    def zone(self):
        return f'{{ type primary; file "{self.setup.zone}"; }}'

    def command(self):
        return [self.dir / "named", "-f", "-n", "1", "-c", self.dir / "named.conf"]

    def flagging(self):
        return {"rndc addzone, each": self.flag}

    def flag(self, names):
        def tell():
            for name in names:
                self.run("rndc", "-c", self.dir / "rndc.conf", "addzone", name,
                         self.zone() + ";")
        return tell


class PowerDns(Peer):
    """The LMDB backend at its best: answers of the packet cache live as long as the measurement."""

    name = "pdns"
    label = "PowerDNS LMDB"
    program = "pdns_server"
    memory_guess = 1500
    cache = "cache-ttl=3600\n"
    warm_up_seconds = 60

    def version(self):
        return "PowerDNS " + re.search(r"\d+\.\d+\.\d+", output(self.program, "--version"))[0]

    def prepare(self):
        """Have the tool move zones of the BIND backend into the database."""
        shared = f"""\
lmdb-filename={self.dir}/pdns.lmdb
lmdb-sync-mode=nosync
"""
        (self.dir / "made").mkdir()
        (self.dir / "made" / "pdns.conf").write_text(shared + f"""\
launch=bind,lmdb
bind-config={self.dir}/named.conf
""")
        (self.dir / "pdns.conf").write_text(shared + f"""\
launch=lmdb
local-address={self.address}
local-port={PORT}
receiver-threads=1
distributor-threads=1
socket-dir={self.dir}
security-poll-suffix=
disable-syslog=yes
loglevel=3
api=yes
api-key=bench
webserver-address={self.address}
webserver-port={CONTROL_PORT}
webserver-allow-from=127.0.0.0/8
webserver-loglevel=none
{self.cache}""")
        domains.write(self.count, self.dir / "named.conf",
                      f'zone "{{}}" {{ type native; file "{self.setup.zone}"; }};\n')
        self.run("pdnsutil", f"--config-dir={self.dir}/made", "b2b-migrate", "bind", "lmdb")

    def command(self):
        return [self.program, f"--config-dir={self.dir}", "--guardian=no", "--daemon=no"]

    def flagging(self):
        return {"HTTP API, each": self.flag}

    def flag(self, names):
        bodies = [self.zone(name) for name in names]

        def tell():
            connection = http.client.HTTPConnection(self.address, CONTROL_PORT, timeout=60)
            for name, body in zip(names, bodies):
                self.call(connection, "POST", "zones", body)
                # The cache may know that there was no such zone.
                self.call(connection, "PUT", f"cache/flush?domain={name}.")
            connection.close()
        return tell

    @staticmethod
    def call(connection, method, path, body=None):
        connection.request(method, f"/api/v1/servers/localhost/{path}", body,
                           {"X-API-Key": "bench", "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"PowerDNS: {answer.status} {text}")

    def zone(self, name):
        """A zone as the API takes it."""
        zone = dns.zone.from_file(str(self.setup.zone), origin=dns.name.from_text(name),
                                  relativize=False)
        sets = [{"name": str(owner), "type": dns.rdatatype.to_text(rdataset.rdtype),
                 "ttl": rdataset.ttl, "changetype": "REPLACE",
                 "records": [{"content": rdata.to_text(), "disabled": False}
                             for rdata in rdataset]}
                for owner, node in zone.nodes.items() for rdataset in node]
        return json.dumps({"name": f"{name}.", "kind": "Native", "soa_edit_api": "OFF",
                           "rrsets": sets})


class PowerDnsUncached(PowerDns):
    """The same without the packet cache."""

    name = "pdns-nocache"
    label = "PowerDNS LMDB, no packet cache"
    cache = "cache-ttl=0\n"
    warm_up_seconds = 1
