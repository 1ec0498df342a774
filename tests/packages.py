#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages in a fresh Debian: installed, used, upgraded under queries, removed.

    tests/packages.py --suite trixie --packages DIR

Needs root, debootstrap, and the packages of that suite in DIR (packaging/build-deb.sh). Everything happens
in a temporary folder, whose server listens on a loopback address of its own. Prints TAP.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode

PORT = 5300
WAIT_SECONDS = 60
# What a restart may take, during which nobody answers.
RESTART_SECONDS = 30

CONF = """server:
    listen: {address}@{port}
    user: knot:knot
    rundir: /run/knot
{module}
log:
  - target: /var/lib/knot/knot.log
    any: info
database:
    storage: /var/lib/knot
    journal-db-max-size: 64M
template:
  - id: default
    storage: /var/lib/knot
    file: "%s.zone"
{use}
zone:
  - domain: own.test
"""

ZONE = "$TTL 60\n@ SOA ns h 1 3600 900 1209600 60\n@ NS ns\nns A 192.0.2.1\n"


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def is_knotd(pid):
    """Whether a process is the server, and more than an entry that nobody has waited for."""
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)").endswith("/knotd")
    except OSError:
        return False


class Debian:
    """A Debian in a folder."""

    def __init__(self, suite, folder):
        self.root = folder / "root"
        self.address = f"127.{random.randrange(64, 250)}.{random.randrange(250)}.{random.randrange(2, 250)}"
        subprocess.run(["debootstrap", "--variant=minbase", "--include=ca-certificates", suite, self.root],
                       stdout=subprocess.DEVNULL, check=True)
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        self.write("etc/apt/apt.conf.d/99lag", 'Acquire::Check-Valid-Until "false";\n')

    def close(self):
        for pid in self.servers():
            os.kill(pid, 15)
            self.eventually(lambda pid=pid: not is_knotd(pid), "the server to end")
        subprocess.run(["umount", self.root / "proc"], check=True)

    def servers(self):
        """All servers that run in here, whatever files they have."""
        pids = [int(path.name) for path in pathlib.Path("/proc").glob("[0-9]*")]
        return [pid for pid in pids if is_knotd(pid) and os.path.realpath(f"/proc/{pid}/root") == str(self.root)]

    def path(self, name):
        return self.root / name.lstrip("/")

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def run(self, *words, code=0):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root",
               "DEBIAN_FRONTEND": "noninteractive"}
        result = subprocess.run(["chroot", self.root, *words], stdin=subprocess.DEVNULL, text=True, env=env,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
        check(code is None or result.returncode == code, f"{words}: {result.returncode}\n{result.stdout}")
        return result.stdout

    def policy(self, allowed):
        """Whether a package may start a server; a fresh one would listen on all addresses.

        Where no init runs, nothing is started unless that is said.
        """
        self.write("usr/sbin/policy-rc.d", f"#!/bin/sh\nexit {0 if allowed else 101}\n", 0o755)

    def pid(self):
        """Process ID of the server, 0 if it does not run."""
        try:
            pid = int(self.path("run/knot/knot.pid").read_text())
        except (OSError, ValueError):
            return 0
        return pid if is_knotd(pid) else 0

    def stop(self):
        """Stop the server; its process goes on for a moment after its file is gone."""
        pid = self.pid()
        self.service("stop")
        self.eventually(lambda: not is_knotd(pid), "the server to end")

    def eventually(self, condition, what):
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            check(time.monotonic() < end, f"waited in vain for {what}\n{self.log()}")
            time.sleep(0.05)

    def log(self):
        try:
            return self.path("var/lib/knot/knot.log").read_text()
        except OSError:
            return ""

    def service(self, verb):
        self.run("invoke-rc.d", "knot", verb)

    def ask(self, name, qtype, timeout=5):
        query = dns.message.make_query(name, qtype)
        return dns.query.udp(query, self.address, port=PORT, timeout=timeout)

    def answers(self, name="example.com", qtype="MX"):
        try:
            return bool(self.ask(name, qtype, 1).answer)
        except (OSError, dns.exception.DNSException):
            return False

    def configure(self, module="", use=""):
        self.write("etc/knot/knot.conf", CONF.format(address=self.address, port=PORT, module=module, use=use))


class Asker(threading.Thread):
    """Asks without pause, and notes when there was no answer and whether one was wrong."""

    def __init__(self, debian):
        super().__init__()
        self.debian, self.ended = debian, False
        self.right, self.wrong, self.lost = 0, [], []

    def run(self):
        while not self.ended:
            began = time.monotonic()
            try:
                answer = self.debian.ask("example.com", "MX", 0.5)
                if answer.rcode() == dns.rcode.NOERROR and answer.answer and answer.flags & dns.flags.AA:
                    self.right += 1
                else:
                    self.wrong.append(answer.to_text())
            except (OSError, dns.exception.DNSException):
                self.lost.append((began, time.monotonic()))
            time.sleep(0.005)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.join()


def newer(package, folder):
    """The same package with a higher version."""
    tree = folder / "newer"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub("^(Version: .*)$", r"\1.1", control.read_text(), flags=re.M))
    path = folder / package.name.replace("_amd64", ".1_amd64")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, path], stdout=subprocess.DEVNULL, check=True)
    return path


class Steps:
    """What is done, in this order."""

    def __init__(self, debian, packages, folder):
        self.debian, self.folder = debian, folder
        (self.module,) = packages.glob("knot-module-hostedmail_*.deb")
        (self.tools,) = packages.glob("knot-hostedmail-tools_*.deb")

    def installed(self, *packages, code=0):
        for package in packages:
            shutil.copy(package, self.debian.path("tmp"))
        return self.debian.run("apt-get", "install", "-y", "--no-install-recommends",
                               *[f"/tmp/{package.name}" for package in packages], code=code)

    def packages_are_installed_and_enable_nothing(self):
        debian = self.debian
        debian.policy(False)
        debian.run("apt-get", "-q", "update")
        self.installed(self.module, self.tools)
        debian.policy(True)
        debian.configure()
        debian.write("var/lib/knot/own.test.zone", ZONE)
        check("valid" in debian.run("knotc", "conf-check"), "the configuration is not valid")
        debian.service("start")
        debian.eventually(lambda: debian.answers("own.test", "SOA"), "the server")
        check("hostedmail" not in debian.log(), "the module is loaded though nobody asked for it")
        debian.stop()

    def a_first_domain_answers(self):
        """As the README says, with the server's user and the profiles of the package."""
        debian = self.debian
        debian.path("etc/knot/hostedmail").mkdir()
        debian.run("sh", "-c", "cp /usr/share/mod-hostedmail/profiles/*.zone /etc/knot/hostedmail/")
        debian.write("var/lib/knot/hosted.list", "example.com\nexample.org aspiresoft-live cluster=b\n")
        self.module_lines = (
            "mod-hostedmail:\n  - id: mail\n    hosted-file: /var/lib/knot/hosted.list\n"
            "    profile: [ /etc/knot/hostedmail/polarismail.zone, /etc/knot/hostedmail/aspiresoft-live.zone ]\n")
        debian.configure(self.module_lines, "    global-module: mod-hostedmail/mail\n")
        check("valid" in debian.run("knotc", "conf-check"), "the configuration is not valid")
        text = debian.run("khostedmail", "check")
        check(re.search("domains +2\n", text), text)
        debian.service("start")
        debian.eventually(debian.answers, "an answer")
        owner = os.stat(f"/proc/{debian.pid()}").st_uid
        check(owner == int(debian.run("id", "-u", "knot")), f"the server runs as user {owner}")
        answer = debian.ask("smtp.example.com", "CNAME").answer
        check("smtp.emailarray.com" in str(answer), str(answer))
        check("mail.example.org.cust.b.hostedemail.com" in str(debian.ask("mail.example.org", "CNAME").answer),
              "example.org has not its profile")
        check("smtp.example.com." in debian.run("khostedmail", "show", "example.com"), "show")

    def a_new_line_is_hosted_after_a_reload(self):
        debian = self.debian
        with open(debian.path("var/lib/knot/hosted.list"), "a", encoding="ascii") as file:
            file.write("new.example\n")
        debian.run("knotc", "reload")
        debian.eventually(lambda: debian.answers("new.example"), "the new domain")

    def an_upgrade_loses_nothing_but_the_restart(self):
        debian = self.debian
        before = debian.pid()
        with Asker(debian) as asker:
            debian.eventually(lambda: asker.right > 100, "answers")
            self.installed(newer(self.module, self.folder))
            debian.eventually(lambda: debian.pid() not in (0, before), "the new server")
            after = asker.right
            debian.eventually(lambda: asker.right > after + 100, "answers of the new server")
        check(not asker.wrong, f"{len(asker.wrong)} wrong answers, first\n{(asker.wrong or [''])[0]}")
        gap = max(end for _, end in asker.lost) - min(began for began, _ in asker.lost) if asker.lost else 0
        check(gap < RESTART_SECONDS, f"no answer for {gap:.1f} s")
        print(f"# {asker.right} right answers, none wrong, {len(asker.lost)} lost within {gap:.1f} s")
        maps = pathlib.Path(f"/proc/{debian.pid()}/maps").read_text()
        check("hostedmail.so" in maps and "hostedmail.so (deleted)" not in maps, "the old module is in use")

    def an_upgrade_leaves_a_server_alone_whose_configuration_is_wrong(self):
        debian = self.debian
        before = debian.pid()
        right = debian.path("etc/knot/knot.conf").read_text()
        debian.write("etc/knot/knot.conf", right + "nonsense:\n")
        text = self.installed(newer(self.folder / newer(self.module, self.folder).name, self.folder))
        check("knot was not restarted" in text, text)
        check(debian.pid() == before and debian.answers(), "the server was touched")
        debian.write("etc/knot/knot.conf", right)

    def another_knot_is_not_installed_below_it(self):
        depends = subprocess.run(["dpkg-deb", "-f", self.module, "Depends"], capture_output=True, text=True,
                                 check=True).stdout
        version = self.debian.run("dpkg-query", "-W", "-f", "${Version}", "knot")
        major, minor = map(int, version.split(".")[:2])
        check(f"knot (>= {major}.{minor}" in depends and f"knot (<< {major}.{minor + 1}~)" in depends, depends)

    def it_is_removed_and_the_server_starts_without_it(self):
        debian = self.debian
        text = debian.run("apt-get", "purge", "-y", "knot-module-hostedmail", "knot-hostedmail-tools")
        check("still name mod-hostedmail" in text, text)
        check(debian.answers(), "removal stopped the server")
        # Until its lines are taken out, knotc cannot even stop the server.
        check("mod-hostedmail" in debian.run("knotc", "conf-check", code=None), "the lines do no harm")
        debian.configure()
        debian.stop()
        debian.service("start")
        debian.eventually(lambda: debian.answers("own.test", "SOA"), "the server")
        left = debian.run("find", "/usr", "/etc", "/var", "-xdev", "-name", "*hostedmail*", "-not", "-path",
                          "/etc/knot/*")
        check(left == "", f"left behind: {left}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", required=True)
    parser.add_argument("--packages", required=True, type=pathlib.Path)
    args = parser.parse_args()
    names = [name for name in vars(Steps) if not name.startswith("_") and name != "installed"]
    print(f"1..{len(names)}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hostedmail-"))
    try:
        debian = Debian(args.suite, folder)
        try:
            steps = Steps(debian, args.packages, folder)
            for number, name in enumerate(names, 1):
                try:
                    getattr(steps, name)()
                    print(f"ok {number} - {args.suite}: {name.replace('_', ' ')}", flush=True)
                except Exception as error:  # pylint: disable=broad-except
                    # Each step starts from the one before.
                    print(f"not ok {number} - {args.suite}: {name.replace('_', ' ')}")
                    print("\n".join(f"# {line}" for line in f"{error}\n{debian.log()}".splitlines()))
                    return 1
        finally:
            debian.close()
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
