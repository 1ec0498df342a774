# SPDX-License-Identifier: GPL-2.0-or-later
"""The module minds its own business: two instances in one server, other modules, ordinary zones, the
process itself, and what the file exports."""

import contextlib
import os
import re
import shutil
import subprocess

import dns.rcode
import pytest

import expand
import questions
from asking import ask
from harness import HAS_ZONES, MODULE, PRELOAD, VALGRIND, Knotd, knot_version

ZONE = """$TTL 60
@ SOA ns.zone. h.zone. 1 14400 3600 1209600 60
@ NS ns.zone.
@ TXT "an ordinary zone"
@ MX 10 mx
mx A 192.0.2.1
* TXT "its wildcard"
cn CNAME mx
big TXT {big}
""".format(big=" ".join(f'"{"x" * 250}"' for _ in range(8)))


def profile(text):
    return f"""$TTL 60
@ SOA ns.{text}. h.{text}. 1 14400 3600 1209600 60
@ NS ns.{text}.
@ TXT "{text}"
only-{text} A 192.0.2.1
"""


TWO = """
mod-hostedmail:
  - id: a
    profile: @DIR@/a.zone
    hosted-file: @DIR@/of-a
  - id: b
    profile: [ @DIR@/b.zone, @DIR@/other.zone ]
    hosted-file: @DIR@/of-b
"""

GLOBAL = """
template:
  - id: default
    global-module: [ {modules} ]
"""


def text_of(server, name):
    """Which of the profiles answers."""
    answer = ask(server, name, "TXT")
    if not answer.answer:
        return dns.rcode.to_text(answer.rcode())
    assert len(answer.answer) == 1 and len(answer.answer[0]) == 1 and not answer.additional, answer
    return answer.answer[0][0].to_text().strip('"')


def two(hosted_a, hosted_b, order="ab"):
    modules = ", ".join(f"mod-hostedmail/{name}" for name in order)
    return Knotd(TWO + GLOBAL.format(modules=modules),
                 {"a.zone": profile("a"), "b.zone": profile("b"), "other.zone": profile("other"),
                  "of-a": hosted_a, "of-b": hosted_b})


def counters(server):
    """Counters of the instances, one after the other in the order of the configuration, but for those
    of profiles and the hosted file. The server does not tell whose they are, so a name that comes
    again starts the next one."""
    found = []
    for line in server.knotc("stats").splitlines():
        match = re.fullmatch(r"mod-hostedmail\.(\S+) = (\d+)", line)
        if match is None or match[1].startswith(("profile[", "hosted-file[")):
            continue
        if not found or match[1] in found[-1]:
            found.append({})
        found[-1][match[1]] = int(match[2])
    return found


# Two instances

def test_two_instances_answer_each_for_its_own():
    with two("one.test\n", "two.test\nthree.test other\n") as server:
        for _ in range(2):
            assert text_of(server, "one.test.") == "a"
            assert text_of(server, "two.test.") == "b"
            assert text_of(server, "three.test.") == "other"
            assert text_of(server, "four.test.") == "REFUSED"
            # A name of the other one's profile does not exist.
            assert ask(server, "only-a.one.test.").answer
            assert ask(server, "only-b.one.test.").rcode() == dns.rcode.NXDOMAIN
            assert ask(server, "only-a.two.test.").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("order, apex, below", [("ab", "a", "NXDOMAIN"), ("ba", "b", "b")])
def test_the_first_instance_that_owns_the_query_answers(order, apex, below):
    with two("both.test\n", "both.test\nsub.both.test\n", order) as server:
        for _ in range(2):
            assert text_of(server, "both.test.") == apex
            # Also where the other one has a deeper domain.
            assert text_of(server, "sub.both.test.") == below


def test_each_instance_counts_its_own():
    with two("one.test\n", "two.test\n") as server:
        for name, times in (("one.test.", 3), ("two.test.", 5)):
            for _ in range(times):
                ask(server, name, "SOA")
        ask(server, "x.two.test.")
        ask(server, "three.test.")
        assert counters(server) == [{"answer[positive]": 3},
                                    {"answer[positive]": 5, "answer[nxdomain]": 1}]


def test_a_reload_of_one_instance_leaves_the_other():
    with two("one.test\n", "two.test\n") as server:
        server.write("of-b", "three.test\n")
        server.knotc("reload")
        assert [text_of(server, f"{n}.test.") for n in ("one", "two", "three")] == ["a", "REFUSED", "b"]
        # One that is wrong keeps both as they are.
        server.write("of-a", "four.test\n")
        server.write("b.zone", "broken\n")
        assert "error" in server.knotc("reload", check=False)
        assert [text_of(server, f"{n}.test.") for n in ("one", "four", "three")] == ["a", "REFUSED", "b"]


def test_an_instance_can_come_and_go():
    with two("one.test\n", "two.test\n") as server:
        conf = (server.dir / "knot.conf").read_text()
        for _ in range(3):
            server.write("knot.conf", conf.replace("mod-hostedmail/a, ", ""))
            server.knotc("reload")
            assert [text_of(server, f"{n}.test.") for n in ("one", "two")] == ["REFUSED", "b"]
            server.write("knot.conf", conf)
            server.knotc("reload")
            assert [text_of(server, f"{n}.test.") for n in ("one", "two")] == ["a", "b"]


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_two_instances_have_hosted_zones_of_their_own():
    conf = TWO.replace("hosted-file: @DIR@/of-a", "hosted-zone: flags-a.") \
              .replace("hosted-file: @DIR@/of-b", "hosted-zone: flags-b.") + \
        GLOBAL.format(modules="mod-hostedmail/a, mod-hostedmail/b") + """
zone:
  - domain: flags-a.
    file: @DIR@/flags-a
  - domain: flags-b.
    file: @DIR@/flags-b
"""
    head = "@ 60 SOA ns. h. 1 60 60 60 60\n@ 60 NS ns.\n"
    with Knotd(conf, {"a.zone": profile("a"), "b.zone": profile("b"), "other.zone": profile("other"),
                      "flags-a": head + "one.test 60 TXT a\nbad.test 60 TXT other\n",
                      "flags-b": head + "two.test 60 TXT other\n"}) as server:
        for _ in range(2):
            assert text_of(server, "one.test.") == "a"
            assert text_of(server, "two.test.") == "other"
            # The first one does not have the second one's profile.
            assert text_of(server, "bad.test.") == "SERVFAIL"
        assert counters(server) == [
            {"answer[positive]": 2, "answer[error]": 2, "hosted-zone[invalid]": 2},
            {"answer[positive]": 2}]


# What is not ours

# It counts time as well there.
RRL_NEWER = """\
    instant-limit: 100000
    time-rate-limit: 1000000
    time-instant-limit: 1000000
"""

MODULES = """
mod-stats:
  - id: all
    request-protocol: on
    query-type: on
mod-cookies:
  - id: all
    secret: 0xdeadbeefdeadbeefdeadbeefdeadbeef
mod-rrl:
  - id: all
    rate-limit: 100000
""" + (RRL_NEWER if knot_version() >= (3, 4) else "") + """\
mod-queryacl:
  - id: none
    address: 192.0.2.1
mod-synthrecord:
  - id: all
    type: forward
    prefix: dyn-
    ttl: 400
    network: 192.0.2.0/24
mod-noudp:
  - id: all
"""

ZONES = """
zone:
  - domain: zone.test
    file: @DIR@/zone
  - domain: synth.test
    file: @DIR@/zone
    module: mod-synthrecord/all
  - domain: secret.test
    file: @DIR@/zone
    module: mod-queryacl/none
  - domain: tcp.test
    file: @DIR@/zone
    module: mod-noudp/all
  - domain: who.test
    file: @DIR@/zone
    module: mod-whoami
  - domain: signed.test
    file: @DIR@/zone
    dnssec-signing: off
"""

ORDINARY = ["zone.test", "synth.test", "secret.test", "tcp.test", "who.test", "signed.test", "nowhere.example"]


def asked(names):
    table = []
    for name in names:
        for owner in ("", "x.", "mx.", "x.mx.", "cn.", "big.", "dyn-192-0-2-7."):
            for qtype in (1, 2, 6, 15, 16, 43, 255):
                for edns, tcp in ((None, False), (1232, False), (512, True)):
                    table.append((questions.query(expand.wire(owner + name), qtype, edns, True, 0,
                                                  len(table) + 1), tcp))
    return table


def chaos():
    table = []
    for name in ("version.server", "version.bind", "id.server", "hostname.bind", "other.server"):
        for edns in (None, 1232):
            packet = questions.query(expand.wire(name), 16, edns, False, 0, len(table) + 1)
            at = 12 + len(expand.wire(name)) + 2
            table.append((packet[:at] + b"\0\3" + packet[at + 2:], False))
    return table


@pytest.mark.parametrize("order", [
    "mod-stats/all, mod-cookies/all, mod-rrl/all, mod-hostedmail/a",
    "mod-hostedmail/a, mod-stats/all, mod-cookies/all, mod-rrl/all",
    "mod-stats/all, mod-hostedmail/a, mod-cookies/all, mod-hostedmail/b, mod-rrl/all",
], ids=["last", "first", "between"])
def test_zones_and_other_modules_are_as_without_it(order):
    without = ", ".join(name for name in order.split(", ") if "hostedmail" not in name)
    files = {"zone": ZONE, "a.zone": profile("a"), "b.zone": profile("b"), "other.zone": profile("other"),
             # Also what is a zone itself, which answers then.
             "of-a": "one.test\nsub.nowhere.example\nsynth.test\n", "of-b": "two.test\nother.zone.test\nwho.test\n"}
    identity = "server:\n    identity: me\n    version: it\n    nsid: who\n"
    with Knotd(TWO + MODULES + GLOBAL.format(modules=order) + ZONES, files) as ours, \
            Knotd(MODULES + GLOBAL.format(modules=without) + ZONES, files, module=False) as theirs:
        for server in (ours, theirs):
            conf = (server.dir / "knot.conf").read_text()
            server.write("knot.conf", conf.replace("server:\n", identity, 1))
            server.knotc("reload")
        table = asked(ORDINARY) + chaos()
        for _ in range(2):
            answers = questions.ask(ours, table)
            assert questions.differences(table, answers, questions.ask(theirs, table)) == (0, "")
        rcodes = {answer[3] & 15 for answer in answers}
        assert {dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED} <= rcodes
        # So it is there, and has answered none of these.
        assert counters(ours) == []
        assert text_of(ours, "one.test.") == "a"

        def others(server):
            return [line for line in server.knotc("stats").splitlines()
                    if line.startswith(("mod-stats.query-type", "server.zone-count"))]

        ask(theirs, "one.test.", "TXT")
        assert others(ours) == others(theirs)


def test_modules_around_it_see_its_answers():
    """Cookies, limits and statistics are for hosted names as for a zone."""
    limits = MODULES.replace("-limit: 100000\n", "-limit: 1\n").replace("    rate-", "    slip: 1\n    rate-")
    conf = TWO + limits + GLOBAL.format(modules="mod-stats/all, mod-rrl/all, mod-hostedmail/a")
    files = {"a.zone": profile("a"), "b.zone": profile("b"), "other.zone": profile("other"),
             "of-a": "one.test\n", "of-b": ""}
    with Knotd(conf, files) as server:
        table = [(questions.query(expand.wire("one.test"), 16, None, False, 0, i + 1), False)
                 for i in range(300)]
        answers = questions.ask(server, table)
        slipped = sum(1 for answer in answers if answer[2] & 2)
        assert 0 < slipped < 300
        stats = server.knotc("stats")
        assert f"mod-rrl.slipped = {slipped}" in stats
        assert f"mod-stats.query-type[TXT] = {len(table)}" in stats
        # Since Knot DNS 3.4 what is limited goes no further.
        answered = len(table) if knot_version() < (3, 4) else len(table) - slipped
        assert counters(server) == [{"answer[positive]": answered}]


def test_a_cookie_is_as_for_a_zone():
    zone = profile("a")
    cookies = "mod-cookies/all, "
    cookie = b"\0\x0a\0\x08" + bytes(8)
    with Knotd(TWO + MODULES + GLOBAL.format(modules=cookies + "mod-hostedmail/a"),
               {"a.zone": zone, "b.zone": zone, "other.zone": zone, "of-a": "one.test\n",
                "of-b": ""}) as ours, \
            Knotd(MODULES + GLOBAL.format(modules=cookies.rstrip(", ")) +
                  "zone:\n  - domain: one.test\n    file: @DIR@/zone\n", {"zone": zone},
                  module=False) as native:
        for name in ("one.test", "only-a.one.test", "nothing.one.test"):
            table = [(questions.query(expand.wire(name), 16, 1232, False, 0, 1, cookie), tcp)
                     for tcp in (False, True)]
            our, their = questions.ask(ours, table), questions.ask(native, table)
            # The cookie has a time in it.
            assert [len(answer) for answer in our] == [len(answer) for answer in their]
            assert [answer[:-24] for answer in our] == [answer[:-24] for answer in their]


# The process

def process_state(server):
    """What a library could change behind the server's back."""
    state = {}
    with open(f"/proc/{server.process.pid}/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("Umask", "Threads", "SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Seccomp", "Uid",
                        "CapEff"):
                state[name] = value.strip()
    state["folder"] = os.readlink(f"/proc/{server.process.pid}/cwd")
    with open(f"/proc/{server.process.pid}/limits") as limits:
        state["limits"] = limits.read()
    return state


def open_files(server):
    """Files of the server's folder that it has open; its connections come and go."""
    files = []
    folder = f"/proc/{server.process.pid}/fd"
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            files.append(os.readlink(os.path.join(folder, name)))
    return sorted(file for file in files if file.startswith(str(server.dir)))


@pytest.mark.skipif(bool(VALGRIND or PRELOAD), reason="valgrind and sanitizers change the process")
def test_the_process_is_as_without_the_module():
    with two("one.test\n", "two.test\n") as ours, Knotd("", module=False) as bare:
        assert text_of(ours, "one.test.") == "a"
        for _ in range(2):
            assert process_state(ours) == process_state(bare)
            ours.knotc("reload")
            bare.knotc("reload")


def test_no_file_stays_open_behind_a_reload():
    with two("one.test\n", "two.test\n") as server:
        server.knotc("reload")
        before = open_files(server)
        for i in range(3 if VALGRIND else 20):
            server.write("b.zone", "broken\n" if i % 3 == 1 else profile("b"))
            (server.dir / "of-a").unlink()
            if i % 3 == 2:
                (server.dir / "of-a").mkdir()
            else:
                server.write("of-a", "one.test\nbad..line\n")
            server.knotc("reload", check=False)
            if i % 3 == 2:
                (server.dir / "of-a").rmdir()
                server.write("of-a", "one.test\n")
        server.write("b.zone", profile("b"))
        server.knotc("reload")
        assert open_files(server) == before
        assert [text_of(server, f"{n}.test.") for n in ("one", "two")] == ["a", "b"]


# The file

def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is missing")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@needs("nm")
def test_only_the_entry_of_a_module_is_exported():
    names = [line.split()[-1] for line in run("nm", "-D", "--defined-only", str(MODULE)).splitlines()]
    # A sanitizer adds what is its own.
    assert [name for name in names if not name.startswith(("__asan", "__odr_asan"))] == ["knotd_mod_api"]


@needs("nm")
def test_nothing_is_called_that_ends_or_changes_the_process():
    """Nor what is not for several threads at once."""
    used = {line.split()[-1].partition("@")[0]
            for line in run("nm", "-D", "--undefined-only", str(MODULE)).splitlines()}
    assert "knotd_mod_hook" in used
    bad = {"exit", "_exit", "abort", "quick_exit", "setlocale", "signal", "sigaction", "umask", "chdir",
           "setenv", "putenv", "unsetenv", "strtok", "strerror", "localtime", "gmtime", "ctime", "rand",
           "srand", "random", "fork", "system", "popen", "alarm", "setrlimit", "printf", "puts", "perror",
           "gets", "strcpy", "strcat", "alloca", "openlog", "syslog", "mmap", "pthread_create",
           "dlopen", "atexit", "longjmp"}
    assert used & bad == set()


@needs("readelf")
def test_the_file_needs_no_executable_stack_or_writable_text():
    headers = run("readelf", "-lW", str(MODULE))
    stack = [line for line in headers.splitlines() if "GNU_STACK" in line]
    assert len(stack) == 1 and "E" not in stack[0].split()[-2]
    assert "TEXTREL" not in run("readelf", "-dW", str(MODULE))
    assert not re.search(r"LOAD.*RWE", headers)
