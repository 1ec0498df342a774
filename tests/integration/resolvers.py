# SPDX-License-Identifier: GPL-2.0-or-later
"""Resolvers that start from a private root and ask for no more than one label at a time: Unbound, BIND,
Knot Resolver and PowerDNS Recursor, each on a loopback address of its own."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import dns.exception
import dns.message
import dns.query

from harness import PORT, START_SECONDS, loopback_address

PATH = os.environ["PATH"] + ":/usr/sbin"


def program(name):
    return shutil.which(name, path=PATH)


class Resolver:
    """A running resolver, with its files in a folder of its own."""

    programs = ()
    # AppArmor lets the installed program read the system's files only.
    copied = False

    def __init__(self, root):
        """It knows the address of the root's name server, nothing else."""
        self.root = root
        self.address = loopback_address()
        self.endpoint = self.listen()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hostedmail-resolver-"))
        self.process = None
        self.program = program(self.programs[0])
        if self.copied:
            self.program = shutil.copy(self.program, self.dir)
        (self.dir / "hints").write_text(f". 86400 NS ns.root.\nns.root. 86400 A {root}\n")
        (self.dir / "conf").write_text(self.conf())

    def listen(self):
        return self.address, PORT

    @classmethod
    def missing(cls):
        """Programs that are not installed."""
        return [name for name in cls.programs if program(name) is None]

    def conf(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def flush(self):
        """Forget all answers."""
        raise NotImplementedError

    def run(self, *words):
        result = subprocess.run([program(words[0]), *map(str, words[1:])], capture_output=True,
                                text=True, timeout=START_SECONDS)
        if result.returncode != 0:
            raise RuntimeError(f"{words}: {result.stdout}{result.stderr}\n{self.log()}")

    def log(self):
        return (self.dir / "log").read_text(errors="replace")

    def __enter__(self):
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen(list(map(str, self.command())), cwd=self.dir,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        query = dns.message.make_query("ns.root.", "A")
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if dns.query.udp(query, self.endpoint[0], timeout=1, port=self.endpoint[1]).answer:
                    return self
            except (OSError, dns.exception.DNSException):
                pass
            time.sleep(0.05)
        log = self.log()
        self.clean()
        raise RuntimeError(f"{self.programs[0]} does not answer:\n{log}")

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.log()[-20000:])
        self.clean()

    def clean(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Unbound(Resolver):
    programs = ("unbound", "unbound-control")
    copied = True

    def conf(self):
        return f"""\
server:
    interface: {self.address}@{PORT}
    outgoing-interface: {self.address}
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-ip6: no
    root-hints: {self.dir}/hints
    module-config: "iterator"
    qname-minimisation: yes
    qname-minimisation-strict: yes
    harden-below-nxdomain: yes
    username: ""
    chroot: ""
    directory: "{self.dir}"
    pidfile: ""
    use-syslog: no
    verbosity: 1
    num-threads: 1
remote-control:
    control-enable: yes
    control-interface: {self.dir}/control
    control-use-cert: no
"""

    def command(self):
        return [self.program, "-d", "-c", self.dir / "conf"]

    def flush(self):
        self.run("unbound-control", "-c", self.dir / "conf", "flush_zone", ".")


class Bind(Resolver):
    programs = ("named", "rndc")
    copied = True

    def listen(self):
        # It takes only the one address that the interface is known to have.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            return sock.getsockname()

    def conf(self):
        key = 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldC1zZWNyZXQ="; };\n'
        (self.dir / "rndc.conf").write_text(
            key + f'options {{ default-server {self.address}; default-key "k"; default-port 9530; }};\n')
        return key + f"""\
controls {{ inet {self.address} port 9530 allow {{ any; }} keys {{ "k"; }}; }};
options {{
    directory "{self.dir}";
    listen-on port {self.endpoint[1]} {{ {self.endpoint[0]}; }};
    listen-on-v6 {{ none; }};
    query-source address {self.address};
    pid-file none;
    session-keyfile none;
    recursion yes;
    allow-query {{ any; }};
    dnssec-validation no;
    qname-minimization strict;
    max-cache-size 16M;
}};
zone "." {{ type hint; file "{self.dir}/hints"; }};
"""

    def command(self):
        return [self.program, "-4", "-g", "-n", "1", "-c", self.dir / "conf"]

    def flush(self):
        self.run("rndc", "-c", self.dir / "rndc.conf", "flush")


class KnotResolver(Resolver):
    programs = ("kresd",)

    def conf(self):
        return f"""\
net.listen("{self.address}", {PORT}, {{ kind = "dns" }})
net.ipv6 = false
net.outgoing_v4("{self.address}")
cache.size = 16 * MB
option("ALLOW_LOCAL", true)
trust_anchors.remove(".")
modules.load("hints > iterate")
hints.root({{ ["ns.root."] = "{self.root}" }})
"""

    def command(self):
        return [self.program, "--noninteractive", "--config", self.dir / "conf", self.dir]

    def flush(self):
        (control,) = (self.dir / "control").iterdir()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(START_SECONDS)
            sock.connect(str(control))
            sock.sendall(b"cache.clear()\n")
            received = b""
            while b"> " not in received[2:]:
                received += sock.recv(4096)


class PowerDns(Resolver):
    programs = ("pdns_recursor", "rec_control")

    def conf(self):
        # It wants a file of this very name.
        (self.dir / "recursor.conf").write_text(f"""\
local-address={self.address}
local-port={PORT}
query-local-address={self.address}
allow-from=127.0.0.0/8
dont-query=
hint-file={self.dir}/hints
dnssec=off
qname-minimization=yes
socket-dir={self.dir}
daemon=no
disable-syslog=yes
write-pid=no
threads=1
loglevel=4
security-poll-suffix=
""")
        return ""

    def command(self):
        # Since 5.2 it expects YAML of its own accord.
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True, check=True)
        old = ["--enable-old-settings"] if re.search(r"Recursor (5\.[2-9]|[6-9])", version.stdout +
                                                     version.stderr) else []
        return [self.program, f"--config-dir={self.dir}", *old]

    def flush(self):
        self.run("rec_control", f"--socket-dir={self.dir}", f"--config-dir={self.dir}", "wipe-cache", ".$")


ALL = [Unbound, Bind, KnotResolver, PowerDns]
