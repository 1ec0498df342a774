# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are damaged, huge, or change while they are read: an error or service as the manual
says, in bounded memory and time, and the server lives on with the set that it had."""

import contextlib
import os
import random
import struct
import threading
import time

import dns.flags
import dns.rcode
import pytest

import expand
from asking import ask, records
from harness import HAS_ZONES, PRELOAD, VALGRIND, Knotd, eventually, settle

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/p.zone ]
    hosted-file: @DIR@/hosted
    hosted-file-max-shrink: 100
template:
  - id: default
    global-module: mod-hostedmail/mail
"""

PROFILE = """$TTL 3600
@ SOA ns.test. h.test. 1 14400 3600 1209600 3600
@ NS ns.test.
@ TXT "here"
"""

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# The ten take a minute, since the kernel has to make them up twice.
HUGE = (200 * MIB if VALGRIND else int(os.environ.get("HM_HUGE_GIB", 1)) * GIB)

# A sanitizer and valgrind have memory of their own.
MEASURED = not VALGRIND and not PRELOAD


@pytest.fixture
def server():
    with Knotd(CONF, {"p.zone": PROFILE, "hosted": "old.test\n"}) as running:
        yield running
        assert running.process.poll() is None


def peak(server):
    """Most memory that the server ever had, in bytes."""
    with open(f"/proc/{server.process.pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB
    raise RuntimeError("no VmHWM")


@contextlib.contextmanager
def bounded(server, memory, seconds):
    """What is done inside takes no more than that, more than the server has had."""
    before, start = peak(server), time.monotonic()
    yield
    taken, lasted = peak(server) - before, time.monotonic() - start
    print(f"{taken / MIB:.1f} MiB, {lasted:.1f} s")
    if MEASURED:
        assert taken <= memory
        assert lasted <= seconds


def served(server, name):
    """Whether a domain is served; nothing in between."""
    answer = ask(server, name, "TXT")
    if answer.rcode() == dns.rcode.REFUSED:
        assert not answer.flags & dns.flags.AA and not answer.authority
        return False
    assert answer.answer and answer.rcode() == dns.rcode.NOERROR, answer
    return True


def dangling(path):
    path.symlink_to(path.with_name("nowhere"))


def loop(path):
    path.symlink_to(path)


def through_a_file(path):
    path.symlink_to(path.with_name("log") / "hosted")


def fails_to_read(path):
    """A regular file that can be opened, but not read."""
    path.symlink_to("/sys/class/net/lo/speed")


UNREADABLE = {
    "folder": (lambda path: path.mkdir(), "not a regular file"),
    "FIFO": (os.mkfifo, "not a regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    "dangling link": (dangling, "No such file"),
    "link to itself": (loop, "symbolic links"),
    "path through a file": (through_a_file, "Not a directory"),
}


@pytest.mark.parametrize("name", ["hosted", "p.zone"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_keeps_the_old_set(server, kind, name):
    make, reason = UNREADABLE[kind]
    path = server.dir / name
    for _ in range(2):
        path.unlink()
        make(path)
        # The server knows nothing of a hosted file; see the counters.
        assert ("error" in server.knotc("reload", check=False)) == (name == "p.zone")
        assert f"{path}: " in server.log() and reason in server.log()
        assert served(server, "old.test.")
        path.rmdir() if kind == "folder" else path.unlink()
        server.write("p.zone", PROFILE)
        server.write("hosted", "old.test\n")
        server.knotc("reload")
        assert served(server, "old.test.")


def test_a_file_without_permission_keeps_the_old_set(server):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (server.dir / "hosted").chmod(0)
    server.knotc("reload")
    assert "Permission denied" in server.log()
    assert served(server, "old.test.")


def test_an_error_while_the_file_is_read_is_told(server):
    if not os.path.exists("/sys/class/net/lo/speed"):
        pytest.skip("the system has no file that fails to read")
    path = server.dir / "hosted"
    path.unlink()
    fails_to_read(path)
    server.knotc("reload")
    assert f"{path}: cannot be read (Invalid argument)" in server.log()
    assert served(server, "old.test.")


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\n" * 1000, "  \t \r\n"],
                         ids=["empty", "newline", "comment", "newlines", "blanks"])
def test_a_file_without_domains_is_an_empty_set(text):
    """At a start, with nothing to compare with."""
    with Knotd(CONF, {"p.zone": PROFILE, "hosted": text}) as server:
        assert " 0 hosted domains" in server.log()
        assert not served(server, "old.test.")


@pytest.mark.parametrize("text, good, bad", [
    ("old.test\nexample.com\nmail.examp", ["old.test.", "example.com.", "mail.examp."],
     ["mail.example.", "examp."]),
    ("old.test\nexample.com p tok", ["old.test."], ["example.com."]),
    ("old.test\nexample.com p token=", ["old.test.", "example.com."], []),
    ("old.test\nexample.com p token=\\25", ["old.test."], ["example.com."]),
    ("old.test\nexample.com p token=a\\", ["old.test."], ["example.com."]),
    ("old.test\nexample..", ["old.test."], ["example."]),
    ("old.test\n\\04", ["old.test."], []),
], ids=["name", "word", "value", "escape", "backslash", "dots", "escape in a name"])
def test_a_file_that_ends_in_a_line_is_read_as_far_as_it_makes_sense(server, text, good, bad):
    for _ in range(2):
        server.write("hosted", text)
        server.knotc("reload")
        assert [served(server, name) for name in good] == [True] * len(good)
        assert [served(server, name) for name in bad] == [False] * len(bad)


def test_binary_data_takes_no_line_down(server):
    rng = random.Random(20261122)
    print("seed 20261122")
    lines = []
    for i in range(2000):
        noise = bytes(b for b in rng.randbytes(rng.randint(1, 300)) if b != 10)
        lines += [b"good%d.test\n" % i, b"\xff" + noise + b"\n"]
    server.write("hosted", b"".join(lines))
    with bounded(server, 16 * MIB, 20):
        server.knotc("reload")
    assert "2000 hosted domains" in server.log()
    assert "hosted: 2000 errors in total" in server.log()
    assert all(served(server, f"good{i}.test.") for i in range(0, 2000, 100))


def test_random_bytes_are_only_errors(server):
    print("seed 7")
    server.write("hosted", random.Random(7).randbytes(4 * MIB) + b"\nlast.test\n")
    with bounded(server, 16 * MIB, 20):
        server.knotc("reload")
    assert server.log().count(": error: module") <= 30
    assert served(server, "last.test.")


def test_a_line_of_gigabytes_takes_no_memory(server):
    """Sparse: the file takes no disk either. It is read twice, for its lines are counted first."""
    path = server.dir / "huge"
    with open(path, "wb") as file:
        file.write(b"first.test\n")
        file.truncate(HUGE)
        file.seek(0, os.SEEK_END)
        file.write(b"\nlast.test\n")
    path.rename(server.dir / "hosted")
    with bounded(server, 8 * MIB, 10 + 10 * HUGE / GIB):
        server.knotc("reload", timeout=300)
    assert "hosted:2: longer than 65535 bytes" in server.log()
    assert "2 hosted domains" in server.log()
    assert served(server, "first.test.") and served(server, "last.test.")


def test_a_file_of_blank_lines_takes_no_memory(server):
    """Only domains take memory, not lines."""
    lines = 2 * MIB if VALGRIND else 20 * MIB
    server.write("hosted", b"first.test\n" + b"\n" * lines + b"# comment\n" * 1000 + b"last.test\n")
    with bounded(server, 8 * MIB, 30):
        server.knotc("reload", timeout=300)
    assert served(server, "first.test.") and served(server, "last.test.")


@pytest.mark.skipif(bool(VALGRIND), reason="half a gigabyte, line by line")
def test_a_file_of_too_many_lines_is_refused(server):
    """The shortest ones there are, and one too many: counted, never loaded."""
    path = server.dir / "many"
    with open(path, "wb") as file:
        for _ in range(1 << 8):
            file.write(b"a\n" * (1 << 20))
        file.write(b"a\n")
    path.rename(server.dir / "hosted")
    settle(server.dir / "hosted")
    with bounded(server, 8 * MIB, 60):
        server.knotc("reload", timeout=300)
    reason = f"hosted: more than {1 << 28} domains"
    assert "error" in server.log() and reason in server.log()
    assert served(server, "old.test.")
    # What cannot end otherwise is said again, but not read again.
    def said_again():
        server.knotc("reload", timeout=300)
        return server.log().count("not loaded; the set in use stays") == 2

    eventually(said_again, "the error again")
    assert server.log().count(reason) == 1 and served(server, "old.test.")


def test_many_domains_take_little_memory(server):
    count = 20000 if VALGRIND else 500000
    server.write("hosted", "".join(f"domain-{i}.test\n" for i in range(count)))
    with bounded(server, 60 * MIB, 30):
        server.knotc("reload", timeout=300)
    assert f"{count} hosted domains" in server.log()
    assert all(served(server, f"domain-{i}.test.") for i in range(0, count, count // 50))


def test_domains_with_variables_of_their_own_take_what_these_take(server):
    count = 2000 if VALGRIND else 20000
    server.write("hosted", "".join(f"domain-{i}.test - token={i}-{'v' * 1000}\n" for i in range(count)))
    with bounded(server, 100 * MIB, 30):
        server.knotc("reload", timeout=300)
    assert all(served(server, f"domain-{i}.test.") for i in range(0, count, count // 50))


# Files that change

VERSIONED = PROFILE + """@ MX 1 {v}.mx.test.
@ MX 2 {v}.mx2.test.
all CNAME {v}.end
*.end A 192.0.2.1
many TXT "1 {v}"
many TXT "2 {v}"
many TXT "3 {v}"
"""


def version_of(answer):
    """The version that all records of an answer have in common."""
    assert answer.rcode() == dns.rcode.NOERROR, answer
    versions = set()
    count = 0
    for rrset in answer.answer:
        for record in rrset:
            text = record.to_text()
            if rrset.rdtype == dns.rdatatype.MX:
                versions.add(text.split()[1].partition(".")[0])
            else:
                versions.add(text.strip('"').split()[1])
            count += 1
    assert len(versions) == 1 and count >= 2, answer
    return versions.pop()


def test_a_file_replaced_while_it_is_read_is_one_version(server):
    """A writer renames new versions all the time; every answer, and every set as a whole, is of one
    of them."""
    domains = 500 if VALGRIND else 5000
    reloads = 10 if VALGRIND else 40

    def hosted(version):
        return "".join(f"d{i}.test p v=v{version}\n" for i in range(domains))

    server.write("p.zone", VERSIONED)
    server.write("hosted", hosted(0))
    server.knotc("reload")

    stop = threading.Event()
    faults = []
    asked = [0]

    def guarded(work):
        try:
            version = 0
            while not stop.is_set():
                version += 1
                work(version)
        except BaseException as error:
            faults.append(error)

    def write(version):
        server.write("hosted", hosted(version))

    def query(number):
        version_of(ask(server, f"d{number % domains}.test.", "MX"))
        version_of(ask(server, f"many.d{number * 7 % domains}.test.", "TXT"))
        asked[0] += 2

    threads = [threading.Thread(target=guarded, args=(work,)) for work in (write, query)]
    for thread in threads:
        thread.start()
    seen = set()
    for _ in range(reloads):
        server.knotc("reload")
        # No other reload meanwhile: the first, the last and some in between are of one set.
        of_set = {version_of(ask(server, f"d{i}.test.", "MX"))
                  for i in range(0, domains, domains // 10 - 1)}
        assert len(of_set) == 1, of_set
        seen |= of_set
    stop.set()
    for thread in threads:
        thread.join()
    print(len(seen), "versions seen,", asked[0], "questions meanwhile")
    assert not faults, faults
    assert len(seen) > reloads / 4 and asked[0] > 0


def test_a_file_written_over_in_place_harms_nobody(server):
    """Against the manual: truncated and written again, not renamed. What is read may be a part, but
    the server lives and each answer is whole."""
    server.write("p.zone", VERSIONED)
    stop = threading.Event()
    domains = 500 if VALGRIND else 50000

    def write():
        version = 0
        while not stop.is_set():
            version += 1
            with open(server.dir / "hosted", "w") as file:
                for start in range(0, domains, domains // 10):
                    file.write("".join(f"d{i}.test p v=v{version}\n"
                                       for i in range(start, start + domains // 10)))
                    file.flush()
                file.truncate(1000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10 if VALGRIND else 20):
            server.knotc("reload", check=False)
            answer = ask(server, "many.d0.test.", "TXT")
            if answer.rcode() == dns.rcode.REFUSED:
                continue
            version_of(answer)
    finally:
        stop.set()
        writer.join()
    server.write("hosted", "d0.test p v=last\n")
    server.knotc("reload")
    assert version_of(ask(server, "many.d0.test.", "TXT")) == "last"


def test_a_profile_replaced_while_it_is_read_is_one_version(server):
    def profile(version):
        return PROFILE + "".join(f"n{i} TXT \"x v{version}\"\nn{i} TXT \"y v{version}\"\n"
                                 for i in range(300))

    server.write("p.zone", profile(0))
    stop = threading.Event()

    def write():
        version = 0
        while not stop.is_set():
            version += 1
            server.write("p.zone", profile(version))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5 if VALGRIND else 20):
            server.knotc("reload")
            assert len({version_of(ask(server, f"n{i}.old.test.", "TXT"))
                        for i in (0, 99, 199, 299)}) == 1
    finally:
        stop.set()
        writer.join()


# Large profiles and values

def test_a_profile_of_a_hundred_thousand_records_is_served(server):
    count = 5000 if VALGRIND else 100000
    text = PROFILE + "".join(f"n{i}.x{i % 97} A 192.0.2.{i % 250}\n" for i in range(count - 3))
    server.write("p.zone", text)
    # Read twice, by the configuration check and by the load.
    with bounded(server, 150 * MIB, 60):
        server.knotc("reload", timeout=300)
    for i in range(0, count - 3, count // 50):
        assert records(ask(server, f"n{i}.x{i % 97}.old.test.")) == [
            f"n{i}.x{i % 97}.old.test. 3600 IN A 192.0.2.{i % 250}"]
    assert ask(server, f"n{count}.x1.old.test.").rcode() == dns.rcode.NXDOMAIN


def test_a_profile_of_many_records_with_variables_is_served(server):
    count = 5000 if VALGRIND else 50000
    server.write("p.zone", PROFILE + "".join(f"n{i} CNAME {{v}}.n{i}.{{domain}}.\n" for i in range(count)))
    server.write("hosted", "old.test p v=a\nother.test p v=A.b\n")
    with bounded(server, 150 * MIB, 60):
        server.knotc("reload", timeout=300)
    assert records(ask(server, "n7.other.test.")) == [
        "n7.other.test. 3600 IN CNAME a.b.n7.other.test."]


def test_an_rrset_that_fits_into_no_message_is_an_error(server):
    server.write("p.zone", PROFILE + "".join(f"x A 10.0.{i // 256}.{i % 256}\n" for i in range(5462)))
    assert "error" in server.knotc("reload", check=False)
    assert "an RRset of more than 5461 records does not fit into a message" in server.log()
    assert served(server, "old.test.")


def test_a_profile_that_is_too_large_is_an_error(server):
    path = server.dir / "large.zone"
    with open(path, "wb") as file:
        file.write(PROFILE.encode())
        file.truncate(10 * GIB)
    path.rename(server.dir / "p.zone")
    with bounded(server, 8 * MIB, 10):
        assert "error" in server.knotc("reload", check=False)
    assert "p.zone: larger than" in server.log()
    assert served(server, "old.test.")


def value_of(answer):
    return [b"".join(record.strings).decode() for rrset in answer.answer for record in rrset]


@pytest.mark.parametrize("length", [255, 256, 4095, 4096])
def test_a_variable_of_up_to_4096_bytes_is_served(server, length):
    server.write("p.zone", PROFILE + 'x TXT "{v}"\nx2 TXT "a{v}b" "{v}"\n')
    server.write("hosted", f"old.test p v={'v' * length}\n")
    server.knotc("reload")
    for tcp in (True, False) * 2:
        answer = ask(server, "x.old.test.", "TXT", tcp=tcp)
        if not tcp and length > 400:
            assert answer.flags & dns.flags.TC and not answer.answer
            continue
        assert value_of(answer) == ["v" * length]
        assert [len(s) for s in answer.answer[0][0].strings] == \
            [255] * (length // 255) + ([length % 255] if length % 255 else [])
        if tcp:
            assert value_of(ask(server, "x2.old.test.", "TXT", tcp=True)) == [
                "a" + "v" * length + "b" + "v" * length]


@pytest.mark.parametrize("words, reason", [
    ("v=" + "v" * 4097, "longer than 4096 bytes"),
    ("v=" + "\\118" * 4097, "longer than 4096 bytes"),
    (" ".join(f"v{i}=" + "v" * 4090 for i in range(5)), "take more than 16384 bytes"),
    (" ".join(f"v{i}=x" for i in range(65)), "more than 64 variables"),
], ids=["value", "escaped value", "all together", "number"])
def test_variables_that_are_too_large_leave_the_line_out(server, words, reason):
    server.write("hosted", f"old.test\nbad.test p {words}\nnext.test\n")
    for _ in range(2):
        server.knotc("reload")
        assert "hosted:2: " in server.log() and reason in server.log()
        assert served(server, "old.test.") and served(server, "next.test.")
        assert not served(server, "bad.test.")


@pytest.mark.parametrize("words", [
    "v=" + "\\118" * 4096,
    " ".join(f"v{i}=" + "v" * 4080 for i in range(4)),
    " ".join(f"v{i}=x" for i in range(64)),
], ids=["escaped value", "all together", "number"])
def test_variables_just_within_the_limits_are_served(server, words):
    server.write("hosted", f"old.test p {words}\n")
    server.knotc("reload")
    assert "1 hosted domains" in server.log()
    assert served(server, "old.test.")


def test_a_long_variable_in_a_name_leaves_the_line_out(server):
    server.write("p.zone", PROFILE + "x CNAME {v}.test.\n")
    server.write("hosted", f"old.test p v=a\nbad.test p v={'v' * 4096}\n")
    server.knotc("reload")
    assert "hosted:2: a name or a string becomes too long" in server.log()
    assert served(server, "old.test.") and not served(server, "bad.test.")


# A hosted zone as a transfer or an update brings it, which does not look into a TXT record

MALFORMED = {
    "no string": b"",
    "a profile cut off": b"\x05fir",
    "a length and nothing": b"\xff",
    "a variable cut off": b"\x01p\xffa=b",
    "a variable cut off behind a good one": b"\x01p\x03a=b\x10c=d",
    "a variable cut off behind long ones": b"\x01p\xffx=" + b"x" * 253 + b"\xffy=" + b"y" * 253 + b"\xffa=b",
}


def update(server, name, rdata):
    """A dynamic update that replaces the flag of a name."""
    zone = expand.wire("hosted.") + struct.pack("!2H", 6, 1)
    owner = expand.wire(name)
    records = owner + struct.pack("!2HIH", 16, 255, 0, 0) + \
        owner + struct.pack("!2HIH", 16, 1, 60, len(rdata)) + rdata
    answer = server.udp([struct.pack("!6H", 7, 5 << 11, 1, 0, 2, 0) + zone + records])[0]
    return answer[3] & 15


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_a_malformed_flag_is_an_error_of_its_domain_alone():
    conf = CONF.replace("hosted-file: @DIR@/hosted\n    hosted-file-max-shrink: 100", "hosted-zone: hosted.") + """
acl:
  - id: all
    address: 127.0.0.0/8
    action: update
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
    acl: all
"""
    zone = "@ 60 SOA ns. h. 1 60 60 60 60\n@ 60 NS ns.\nold.test 60 TXT p\n"
    with Knotd(conf, {"p.zone": PROFILE, "hosted.zone": zone}) as server:
        for rdata in list(MALFORMED.values()) * 2:
            if update(server, "bad.test.hosted.", rdata) == dns.rcode.NOERROR:
                want = dns.rcode.NOERROR if rdata == b"" else dns.rcode.SERVFAIL
                assert ask(server, "bad.test.", "TXT").rcode() == want, rdata
            assert served(server, "old.test.")
        assert update(server, "bad.test.hosted.", b"\x01p") == dns.rcode.NOERROR
        assert served(server, "bad.test.")
