#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Full load, and a reload every second while profiles and hosted set change.

    tests/soak.py --minutes 30

Needs dnsperf. The module runs for that long, then the same server with ordinary zones in its place for
a quarter of it, with as many reloads. Fails if more queries are lost than by that, if an answer
is not whole or is of a version that is not loaded, or if memory grows."""

import argparse
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "integration"))

import dns.exception
import dns.rcode

from asking import ask
from harness import HAS_ZONES, PORT, Knotd, knot_version

DOMAINS = 20000
ASKED = 200
ZONES = 20
# What a version may take more or less than another one, and what fragments.
GROWTH, SLACK = 1.03, 4 << 20
# Of a million queries.
LOST_MOST = 2

PROFILE = """$TTL 60
@ SOA ns.test. h.test. {version} 14400 3600 1209600 60
@ NS ns.test.
@ MX 1 {{v}}.mx.test.
@ MX 2 {{v}}.mx2.test.
www A 192.0.2.1
www A 192.0.2.2
alias CNAME www
many TXT "1 {{v}}"
many TXT "2 {{v}}"
profile TXT "1 p{version}"
profile TXT "2 p{version}"
*.wild CNAME alias
"""

NAMES = [("", "MX"), ("", "SOA"), ("www.", "A"), ("alias.", "AAAA"), ("many.", "TXT"), ("x.wild.", "A"),
         ("nothing.", "A"), ("profile.", "TXT"), ("a.b.c.", "NS")]

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/first.zone, @DIR@/second.zone ]
    hosted-file: @DIR@/hosted
{tier}template:
  - id: default
    global-module: mod-hostedmail/mail
{zone}"""

HOSTED_ZONE = """zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
    zonefile-sync: -1
"""


def hosted(version):
    """A file of a version: its size changes, and so do the profiles of its domains."""
    lines = [f"d{i}.test - v=v{version}" for i in range(ASKED)]
    lines += [f"domain-{i}.test {'second' if i % 7 == version % 7 else '-'} v=v{version}"
              for i in range(DOMAINS - version % 5 * DOMAINS // 50)]
    if version % 3 == 0:
        lines.insert(version % ASKED, "bad..line")
    return "\n".join(lines) + "\n"


class Load:
    """dnsperf beside a server, for so many seconds."""

    def __init__(self, server, seconds):
        path = server.dir / "questions"
        names = [f"{owner}d{i}.test {qtype}" for i in range(ASKED) for owner, qtype in NAMES]
        random.Random(1).shuffle(names)
        path.write_text("\n".join(names + [f"refused{i}.example A" for i in range(20)]) + "\n")
        self.process = subprocess.Popen(
            ["dnsperf", "-s", server.address, "-p", str(PORT), "-d", str(path), "-l", str(int(seconds)),
             "-c", "4", "-T", "1", "-q", "40", "-e"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True)

    def result(self):
        output, _ = self.process.communicate(timeout=60)

        def number(title):
            match = re.search(rf"{title}:\s+([0-9.]+)", output)
            if match is None:
                raise RuntimeError("dnsperf says:\n" + output)
            return float(match[1])

        return {"sent": int(number("Queries sent")), "lost": int(number("Queries lost")),
                "rate": number("Queries per second")}

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Prober:
    """Asks all the time whether answers are whole, and of the version that is loaded."""

    def __init__(self, server):
        self.server = server
        self.loaded = {"file": 0, "profile": 0, "zone": 0}
        self.written = dict(self.loaded)
        self.asked = 0
        self.wrong = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def ask(self, name, qtype):
        for _ in range(3):
            try:
                return ask(self.server, name, qtype)
            except dns.exception.Timeout:
                continue
        raise RuntimeError("no answer")

    def check(self, name, qtype, tier, pattern, count):
        lowest = self.loaded[tier]
        answer = self.ask(name, qtype)
        highest = self.written[tier]
        records = [record.to_text() for rrset in answer.answer for record in rrset]
        versions = {int(match[1]) for text in records for match in [re.search(pattern, text)] if match}
        self.asked += 1
        if answer.rcode() != dns.rcode.NOERROR or len(records) != count or len(versions) != 1 or \
                not lowest <= min(versions) <= highest:
            self.wrong.append(f"{name} {qtype}: not of {lowest} to {highest}:\n{answer}")

    def work(self):
        number = 0
        try:
            while not self.stopping.is_set():
                number += 1
                domain = f"d{number % ASKED}.test."
                self.check(domain, "MX", "file", r"v(\d+)", 2)
                self.check("many." + domain, "TXT", "file", r"v(\d+)", 2)
                self.check("profile." + domain, "TXT", "profile", r"p(\d+)", 2)
                if HAS_ZONES:
                    self.check("many.flag.test.", "TXT", "zone", r"v(\d+)", 2)
        except Exception as error:
            self.wrong.append(repr(error))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self.thread.join()


def resident(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


def flag(server, version):
    """A change of the hosted zone, live at once."""
    server.knotc("zone-begin", "hosted.")
    server.knotc("zone-unset", "hosted.", "flag.test", "TXT")
    server.knotc("zone-set", "hosted.", "flag.test", "60", "TXT", f'"" "v=v{version}"')
    server.knotc("zone-commit", "hosted.")


def step_module(server, prober, version):
    """One more version: written, loaded, or refused."""
    broken = version % 10 == 9
    prober.written["file"] = prober.written["profile"] = prober.written["zone"] = version
    server.write("hosted", hosted(version))
    server.write("second.zone", PROFILE.format(version=version))
    server.write("first.zone", PROFILE.format(version=version) + ("x NS broken.test.\n" if broken else ""))
    if broken:
        # Neither file is loaded then.
        assert "error" in server.knotc("reload", check=False)
    else:
        server.knotc("reload")
        prober.loaded["file"] = prober.loaded["profile"] = version
    if HAS_ZONES:
        flag(server, version)
        prober.loaded["zone"] = version


def step_native(server, version):
    for i in range(ZONES):
        server.write(f"{i}.zone", PROFILE.format(version=version + 1).replace("{v}", f"v{version}"))
    server.knotc("reload")


def every_second(seconds, step, server):
    """Run a step each second, look at the memory behind each; the sizes seen."""
    sizes = []
    start = time.monotonic()
    done = threading.Event()
    for version in range(1, int(seconds)):
        step(version)
        sizes.append(resident(server))
        if time.monotonic() - start > seconds:
            break
        done.wait(max(0, start + version - time.monotonic()))
    return sizes


def soak_module(seconds):
    conf = CONF.format(tier="    hosted-zone: hosted.\n" if HAS_ZONES else "",
                       zone=HOSTED_ZONE if HAS_ZONES else "")
    with Knotd(conf, {
        "first.zone": PROFILE.format(version=0), "second.zone": PROFILE.format(version=0),
        "hosted": hosted(0),
        "hosted.zone": "@ 60 SOA ns. h. 1 60 60 60 60\n@ 60 NS ns.\nflag.test 60 TXT \"\" v=v0\n",
    }, workers=2) as server:
        load = Load(server, seconds)
        try:
            with Prober(server) as prober:
                sizes = every_second(seconds, lambda version: step_module(server, prober, version), server)
            result = load.result()
        finally:
            load.stop()
        result.update(sizes=sizes, asked=prober.asked, wrong=prober.wrong)
        return result


def soak_native(seconds):
    conf = "zone:\n" + "".join(f"  - domain: d{i}.test\n    file: @DIR@/{i}.zone\n" for i in range(ZONES))
    files = {f"{i}.zone": PROFILE.format(version=1).replace("{v}", "v0") for i in range(ZONES)}
    with Knotd(conf, files, module=False, workers=2) as server:
        load = Load(server, seconds)
        try:
            sizes = every_second(seconds, lambda version: step_native(server, version), server)
            result = load.result()
        finally:
            load.stop()
        result.update(sizes=sizes)
        return result


def grown(sizes):
    """Medians of the first and of the last third behind a warm-up, and whether that is growth."""
    warm = sizes[max(1, min(len(sizes) // 4, 60)):]
    third = max(1, len(warm) // 3)
    first, last = statistics.median(warm[:third]), statistics.median(warm[-third:])
    return first, last, last > first * GROWTH + SLACK


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=2, help="length of the module's run")
    seconds = 60 * parser.parse_args().minutes
    if shutil.which("dnsperf") is None:
        print("dnsperf is missing", file=sys.stderr)
        return 77
    if seconds < 20:
        print("at least 20 seconds are needed", file=sys.stderr)
        return 2

    print("knotd", ".".join(map(str, knot_version())), flush=True)
    ours = soak_module(seconds)
    theirs = soak_native(max(15, seconds / 4))
    first, last, growth = grown(ours["sizes"])
    for title, result in (("module", ours), ("zones", theirs)):
        print(f"{title}: {result['sent']} queries, {result['rate']:.0f} a second, {result['lost']} lost, "
              f"{len(result['sizes'])} reloads")
    print(f"module: {ours['asked']} answers looked at, {len(ours['wrong'])} wrong")
    print(f"memory: {first / 2**20:.1f} MiB in the first third, {last / 2**20:.1f} MiB in the last, "
          f"{min(ours['sizes']) / 2**20:.1f} to {max(ours['sizes']) / 2**20:.1f} MiB")

    faults = []
    rate = max(LOST_MOST / 1e6, 2 * theirs["lost"] / max(1, theirs["sent"]))
    if ours["lost"] > max(1, rate * ours["sent"]):
        faults.append("queries are lost")
    if ours["wrong"] or ours["asked"] == 0:
        faults.append("answers are wrong:\n" + "\n".join(ours["wrong"][:3]))
    if growth:
        faults.append("memory grows")
    if len(ours["sizes"]) < seconds / 4:
        faults.append("reloads take too long")
    for fault in faults:
        print("FAILED:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
