# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail flags and unflags domains: in one transaction, all or none."""

import concurrent.futures
import signal
import subprocess
import threading
import types

import dns.rcode
import pytest

from asking import ask
from cluster import APEX, Cluster, everywhere
from harness import HAS_ZONES, Knotd, eventually
from tooling import TOOL, Impostor, Proxy, environment, needs_tool, run

pytestmark = needs_tool

MANY = 100000


@pytest.fixture(scope="module")
def shared():
    if not HAS_ZONES:
        pytest.skip("no hosted zone before 3.3.5")
    with Cluster(secondaries=3, hosted="infile.example null-mx\nboth.example\n") as up:
        yield up


@pytest.fixture
def cluster(shared):
    """Three servers whose hosted zone is empty."""
    yield shared
    names = flags(shared)
    if names:
        shared.primary.knotc("zone-begin", "hosted.")
        for name in names:
            shared.primary.knotc("zone-unset", "hosted.", name, "TXT")
        shared.primary.knotc("zone-commit", "hosted.")


def where(cluster, socket=None):
    """The configuration of a name server, the control socket of the primary."""
    return ["-c", cluster.secondaries[0].dir / "knot.conf",
            "-s", socket or cluster.primary.dir / "knot.sock"]


def flags(cluster):
    """Domains and their flags, as the primary has them."""
    out = cluster.primary.knotc("zone-read", "hosted.")
    lines = [line.split(maxsplit=4) for line in out.splitlines() if " TXT " in line]
    return {words[1].removesuffix(".hosted."): words[4] for words in lines}


def flag(cluster, *words, **options):
    return run(*where(cluster), "flag", *words, **options)


def unflag(cluster, *words, **options):
    return run(*where(cluster), "unflag", *words, **options)


def is_free(cluster):
    """No transaction is open."""
    return "open" not in cluster.primary.knotc("zone-status", "hosted.", "+transaction")


def test_a_flagged_domain_is_answered_everywhere(cluster):
    result = flag(cluster, "example.com")
    assert result.code == 0 and result.err == ""
    assert result.out.splitlines()[-1] == "1 added, 0 changed, 0 removed, 0 unchanged"
    assert flags(cluster) == {"example.com": '"polarismail"'}
    everywhere(cluster, ["example.com"])
    result = unflag(cluster, "example.com")
    assert result.code == 0 and "0 added, 0 changed, 1 removed, 0 unchanged\n" in result.out
    assert flags(cluster) == {}
    everywhere(cluster, ["example.com"], False)


def test_the_second_time_nothing_is_changed(cluster):
    assert flag(cluster, "example.com", "null-mx", "a=1", "b=2").code == 0
    serial = cluster.serial(cluster.primary)
    for words in (["null-mx", "a=1", "b=2"], ["null-mx", "b=2", "a=1"]):
        result = flag(cluster, "Example.COM.", *words)
        assert result.code == 0 and result.out == "nothing to do: 1 unchanged\n"
    assert unflag(cluster, "other.example").out == "nothing to do: 1 unchanged\n"
    assert cluster.serial(cluster.primary) == serial


def test_what_was_changed_is_told(cluster):
    assert flag(cluster, "--from", "-", stdin="a.example\nb.example null-mx\nc.example\n").code == 0
    result = flag(cluster, "--from", "-", stdin="a.example null-mx\nb.example null-mx\nd.example\n")
    assert result.code == 0
    assert result.out == """\
CHANGE   DOMAIN     FLAG           WAS
changed  a.example  "null-mx"      "polarismail"
added    d.example  "polarismail"

1 added, 1 changed, 0 removed, 1 unchanged
"""
    result = run("--json", *where(cluster), "unflag", "a.example", "nothere.example", "c.example")
    assert result.code == 0 and result.json() == {
        "findings": [], "zone": "hosted", "dry_run": False,
        "changes": [
            {"domain": "a.example", "change": "removed", "flag": None, "was": '"null-mx"'},
            {"domain": "c.example", "change": "removed", "flag": None, "was": '"polarismail"'}],
        "unchanged": 1, "added": 0, "changed": 0, "removed": 2, "still_hosted": []}
    assert flags(cluster) == {"b.example": '"null-mx"', "d.example": '"polarismail"'}


def test_a_dry_run_changes_nothing(cluster):
    result = flag(cluster, "-n", "example.com")
    assert result.code == 0 and '"polarismail"' in result.out and "nothing was done" in result.out
    assert run("--json", *where(cluster), "flag", "--dry-run", "a.example").json()["added"] == 1
    assert flags(cluster) == {} and is_free(cluster)


WRONG = """\
good.example
wrong.example nothere
http://www.example/
com
a.example null-mx x
""" + ".".join(["a" * 60] * 4) + """.example
long.example null-mx x=""" + "y" * 255 + """
good.example null-mx
192.0.2.1
z\\000.example
"""


def test_all_wrong_lines_are_told_and_nothing_is_changed(cluster, tmp_path):
    path = tmp_path / "list"
    path.write_text(WRONG)
    serial = cluster.serial(cluster.primary)
    result = flag(cluster, "--from", path)
    assert result.code == 2 and result.out == ""
    lines = result.err.splitlines()
    wrong = {int(line.removeprefix(f"{path}:").split(":")[0]) for line in lines if ": error: " in line}
    assert wrong == {2, 3, 4, 5, 6, 7, 9, 10}
    assert lines[-1] == "error: nothing was changed: 8 lines are wrong"
    assert flags(cluster) == {} and cluster.serial(cluster.primary) == serial
    report = run("--json", *where(cluster), "flag", "--from", path)
    assert report.code == 2 and "8 lines" in report.json()["failed"]
    assert sum(f["severity"] == "error" for f in report.json()["findings"]) == 8


def test_a_wrong_word_on_the_command_line(cluster):
    for words in (["example.com", "nothere"], ["example"], ["a b.example"], ["#x.example"], [""],
                  ["example.com", "null-mx", "a=b c"], ["example.com", "--from", "-"], [], ["."]):
        result = flag(cluster, *words)
        assert result.code == 2 and result.out == "" and "error: " in result.err, (words, result)
    for words in (["."], ["a..b"], ["x" * 64 + ".example"], [], ["-n"]):
        result = unflag(cluster, *words)
        assert result.code == 2 and result.out == "" and "error: " in result.err, (words, result)
    assert flag(cluster, "--from", "/nothere").is_error("/nothere", "cannot be read")
    assert flag(cluster, "--from", "/").is_error("is a folder")
    assert flag(cluster, "-z", "other.", "example.com").is_error("'other.' is no hosted-zone")
    assert flags(cluster) == {}


def test_an_internationalized_domain(cluster):
    assert flag(cluster, "bücher.example").code == 0
    assert flags(cluster) == {"xn--bcher-kva.example": '"polarismail"'}
    assert unflag(cluster, "bücher.example").code == 0 and flags(cluster) == {}


def test_a_public_suffix_is_a_warning(cluster):
    result = flag(cluster, "co.uk")
    assert result.code == 0 and "command line:1: warning: 'co.uk' is a public suffix" in result.err


HOSTILE = [r"a\032b", r"\"", r"\\", r"\;\(\)", r"\255\128\001", "x" * 240, "@", "$ORIGIN", r"\000",
           "'", r"a\009b"]


def test_hostile_values_come_out_as_they_were(cluster):
    words = [f"v{i}={value}" for i, value in enumerate(HOSTILE)]
    for name in (r"a\"b.example", r"a\\b.example", r"a\;\(\@.example", r"\$origin.example",
                 r"a\255\032.example", r"\*.example"):
        assert flag(cluster, name, "null-mx", *words).code == 0
        again = flag(cluster, name, "null-mx", *words)
        assert again.out == "nothing to do: 1 unchanged\n", name
    assert len(flags(cluster)) == 6
    listed = run(*where(cluster), "--json", "list").json()["domains"]
    values = [d["variables"] for d in listed if d["tier"] == "zone"]
    plain = {r"\"": '"', r"\;\(\)": ";()", r"a\032b": r"a\032b"}
    assert values == 6 * [{f"v{i}": plain.get(value, value) for i, value in enumerate(HOSTILE)}]


def test_unflag_says_who_hosts_a_domain_still(cluster):
    assert flag(cluster, "--from", "-", stdin="infile.example\nboth.example\nzone.example\n").code == 0
    result = unflag(cluster, "infile.example", "zone.example")
    assert result.code == 0
    assert result.out.splitlines()[-1] == \
        "infile.example stays hosted: the hosted file has it; --none takes it out"
    assert run("--json", *where(cluster), "unflag", "infile.example").json()["still_hosted"] == \
        [{"domain": "infile.example", "tier": "file", "zone": None}]
    everywhere(cluster, ["zone.example"], False)
    everywhere(cluster, ["both.example"])

    result = unflag(cluster, "--none", "infile.example", "both.example", "zone.example")
    assert result.code == 0 and "stays" not in result.out
    assert flags(cluster) == {"infile.example": '"none"', "both.example": '"none"'}
    everywhere(cluster, ["infile.example", "both.example"], False)
    assert unflag(cluster, "--none", "both.example").out == "nothing to do: 1 unchanged\n"
    assert "both.example stays hosted" in unflag(cluster, "both.example").out
    everywhere(cluster, ["both.example"])


def test_a_wrong_flag_can_be_taken_out(cluster):
    cluster.commit(["com", "a.example"], profile='"nothere"')
    assert unflag(cluster, "com", "a.example").code == 0 and flags(cluster) == {}


def test_two_records_are_replaced_by_one(cluster):
    cluster.commit(["a.example"], profile='"null-mx"')
    cluster.commit(["a.example"], profile='"polarismail"')
    result = flag(cluster, "a.example", "null-mx")
    assert result.code == 0 and '"null-mx" and "polarismail"' in result.out
    assert flags(cluster) == {"a.example": '"null-mx"'}


def test_somebody_elses_transaction_is_left_alone(cluster):
    cluster.primary.knotc("zone-begin", "hosted.")
    cluster.primary.knotc("zone-set", "hosted.", "theirs.example", "60", "TXT", "polarismail")
    result = flag(cluster, "-t", "1", "mine.example")
    assert result.is_error("a transaction on the zone 'hosted.' is open already"), result
    cluster.primary.knotc("zone-commit", "hosted.")
    assert flags(cluster) == {"theirs.example": '"polarismail"'}


def test_commands_at_the_same_time_wait_for_each_other(cluster):
    names = [f"at-once-{i}.example" for i in range(6)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        results = list(pool.map(lambda name: flag(cluster, name), names))
    assert all(result.code == 0 for result in results), results
    assert sorted(flags(cluster)) == sorted(names)


def test_there_is_no_server(cluster, tmp_path):
    assert run(*where(cluster, tmp_path / "nothere"), "flag", "example.com").is_error("no server")
    with Impostor(tmp_path / "sock", b"\xff" * 100):
        assert run(*where(cluster, tmp_path / "sock"), "flag", "example.com").is_error("answers with garbage")
    conf = tmp_path / "knot.conf"
    conf.write_text("mod-hostedmail:\n  - id: a\n    profile: /nothere.zone\n    hosted-file: /x\n")
    assert run("-c", conf, "flag", "example.com").is_error("has no hosted-zone")


def many(count):
    return "".join(f"d{i}.example\n" for i in range(count))


class Cut:
    """Does something after so many bytes have gone to the server."""

    def __init__(self, after, what):
        self.left, self.what, self.lock = after, what, threading.Lock()

    def __call__(self, data):
        with self.lock:
            self.left -= len(data)
            if self.left < 0 and self.what is not None:
                what, self.what = self.what, None
                return what()
        return True


def test_a_connection_that_is_cut_leaves_no_transaction(cluster, tmp_path):
    cut = Cut(100000, lambda: False)
    with Proxy(tmp_path / "sock", cluster.primary, cut):
        result = run(*where(cluster, tmp_path / "sock"), "flag", "--from", "-", stdin=many(5000))
    assert cut.what is None and result.is_error("does not answer")
    assert is_free(cluster) and flags(cluster) == {}


def test_a_signal_aborts_the_transaction(cluster, tmp_path):
    (tmp_path / "list").write_text(many(20000))
    processes = []
    cut = Cut(100000, lambda: processes[0].send_signal(signal.SIGTERM))
    with Proxy(tmp_path / "sock", cluster.primary, cut):
        command = [TOOL, *where(cluster, tmp_path / "sock"), "flag", "--from", tmp_path / "list"]
        processes.append(subprocess.Popen([str(word) for word in command], env=environment(),
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        out, err = processes[0].communicate(timeout=60)
    assert processes[0].returncode == -signal.SIGTERM and out == "" and cut.what is None, err
    assert is_free(cluster) and flags(cluster) == {}


def test_a_change_in_between_is_seen(cluster, tmp_path):
    def look(data):
        if b"zone-begin" in data and not flags(cluster):
            cluster.commit(["a.example"], profile='"null-mx"')
    with Proxy(tmp_path / "sock", cluster.primary, look):
        result = run(*where(cluster, tmp_path / "sock"), "flag", "a.example")
    assert result.code == 0 and "0 added, 1 changed" in result.out
    assert flags(cluster) == {"a.example": '"polarismail"'}


def test_a_hundred_thousand_at_once(cluster):
    lines = many(MANY)
    result = flag(cluster, "--from", "-", stdin=lines)
    assert result.code == 0 and f"{MANY} added, 0 changed, 0 removed, 0 unchanged\n" in result.out
    assert flag(cluster, "--from", "-", stdin=lines).out == f"nothing to do: {MANY} unchanged\n"
    everywhere(cluster, ["d0.example", f"d{MANY - 1}.example"])
    result = unflag(cluster, "--from", "-", stdin=lines)
    assert result.code == 0 and f"{MANY} removed" in result.out and flags(cluster) == {}


ALONE = "zone:\n  - domain: hosted.\n    file: @DIR@/hosted.zone\n"
ALONE_CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/null-mx.zone, @PROFILES@/aspiresoft-live.zone ]
    hosted-zone: [ hosted., other. ]
    hosted-exclude: provider.example
"""


def test_a_primary_of_any_version_without_the_module(tmp_path):
    """The module is not there, but the file of -c has its section."""
    with Knotd(ALONE, {"hosted.zone": APEX}, module=False) as primary:
        cluster = types.SimpleNamespace(primary=primary)
        conf = primary.write("hostedmail.conf", primary.fill_in(ALONE_CONF))
        where = ["-c", conf, "-s", primary.dir / "knot.sock"]
        odd = r"a\"\;\\\255.example null-mx x=\255\""
        result = run(*where, "flag", "--from", "-", stdin=many(3000) + odd)
        assert result.code == 0 and "3001 added" in result.out, result
        soa = primary.knotc("zone-read", "hosted.", "@", "SOA")
        result = run(*where, "flag", "--from", "-", stdin=many(3000))
        assert result.code == 0 and result.out == "nothing to do: 3000 unchanged\n"
        assert primary.knotc("zone-read", "hosted.", "@", "SOA") == soa
        with Proxy(tmp_path / "sock", primary, Cut(100000, lambda: False)):
            result = run("-c", conf, "-s", tmp_path / "sock", "flag", "--from", "-",
                         stdin=many(3000).replace("d", "e"))
        assert result.is_error("does not answer") and len(flags(cluster)) == 3001
        result = run(*where, "unflag", "--from", "-", stdin=many(3000))
        assert result.code == 0 and "3000 removed" in result.out
        assert flags(cluster) == {r"a\"\;\\\255.example": r'"null-mx" "x=\255\""'}
        assert run(*where, "-z", "other.", "flag", "a.example").is_error("'other.' is not configured")
        assert run("-s", primary.dir / "knot.sock", "flag", "a.example").is_error("-c names a file")


def test_what_a_load_would_refuse_is_refused(tmp_path):
    with Knotd(ALONE, {"hosted.zone": APEX}, module=False) as primary:
        where = ["-c", primary.write("hostedmail.conf", primary.fill_in(ALONE_CONF)),
                 "-s", primary.dir / "knot.sock"]
        result = run(*where, "flag", "--from", "-",
                     stdin="a.example aspiresoft-live\nprovider.example\nwww.provider.example\n")
        assert result.code == 2 and result.out == ""
        assert result.err.splitlines() == [
            "standard input:1: error: no MX left: profile aspiresoft-live needs cluster=...",
            "standard input:2: error: provider.example is excluded (hosted-exclude)",
            "standard input:3: warning: 'www.provider.example' is below 'provider.example', which is "
            "excluded (hosted-exclude): is it a customer's?",
            "error: nothing was changed: 2 lines are wrong"]
        result = run(*where, "flag", "www.provider.example", "aspiresoft-live", "cluster=b")
        assert result.code == 0 and "1 added" in result.out and "is below" in result.err


def test_files_are_read_in_all_their_forms(tmp_path):
    text = b"\xef\xbb\xbfa.example null-mx\r\n# x\n\n b.example\t-\nB.example. null-mx # y\nc.example"
    path = tmp_path / "list"
    with Knotd(ALONE, {"hosted.zone": APEX}, module=False) as primary:
        cluster = types.SimpleNamespace(primary=primary)
        where = ["-c", primary.write("hostedmail.conf", primary.fill_in(ALONE_CONF)),
                 "-s", primary.dir / "knot.sock"]
        path.write_bytes(text)
        result = run(*where, "flag", "--from", path)
        assert result.code == 0 and "duplicate" in result.err
        assert flags(cluster) == {"a.example": '"null-mx"', "b.example": '"null-mx"',
                                  "c.example": '"polarismail"'}
        for wrong in (b"d\0e.example\n", b".\n", b"a..b\n", b"x" * 100 + b"\n"):
            path.write_bytes(b"a.example\n" + wrong)
            result = run(*where, "unflag", "--from", path)
            assert result.code == 2 and f"{path}:2: error: " in result.err, result
        assert len(flags(cluster)) == 3
        path.write_bytes(text)
        result = run(*where, "unflag", "--from", path)
        assert result.code == 0 and "3 removed" in result.out and flags(cluster) == {}
        # Neither a pipe nor an empty list is a mistake.
        assert "1 added" in run(*where, "flag", "--from", "/dev/stdin", stdin="a.example\n").out
        assert run(*where, "unflag", "--from", "/dev/null").out == "nothing to do: 0 unchanged\n"


TWO = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/null-mx.zone ]
    hosted-zone: [ day., bulk. ]
template:
  - id: default
    global-module: mod-hostedmail/mail
    file: "@DIR@/%s.zone"
zone:
  - domain: day.
  - domain: bulk.
"""


@pytest.mark.skipif(not HAS_ZONES, reason="no hosted zone before 3.3.5")
def test_two_hosted_zones():
    with Knotd(TWO, {"day.zone": APEX, "bulk.zone": APEX}) as server:
        where = ["-s", server.dir / "knot.sock"]

        def said(*words):
            result = run(*where, *words)
            assert result.code == 0 and result.err == "", result
            return result.out

        assert "1 added" in said("flag", "-z", "BULK", "a.example")
        assert " a.example.bulk. " in server.knotc("zone-read", "bulk.")
        assert "1 added" in said("flag", "a.example", "null-mx")
        assert ask(server, "a.example.", "MX").answer[0][0].preference == 0

        assert "a.example stays hosted: the hosted zone 'bulk' has it; --none takes it out\n" in \
            said("unflag", "a.example")
        assert ask(server, "a.example.", "MX").answer[0][0].preference == 10
        out = said("unflag", "--none", "a.example")
        assert '"none"' in out and "stays" not in out
        assert ask(server, "a.example.", "MX").rcode() == dns.rcode.REFUSED
        assert run(*where, "--json", "unflag", "-z", "day", "a.example").json()["still_hosted"] == \
            [{"domain": "a.example", "tier": "zone", "zone": "bulk"}]

        # What an earlier one says counts more, whatever becomes of the later one.
        assert "1 added" in said("flag", "a.example")
        assert "a.example stays hosted: the hosted zone 'day' has it\n" in \
            said("unflag", "--none", "-z", "bulk", "a.example")
        assert "1 removed" in said("unflag", "--none", "a.example")
        assert ask(server, "a.example.", "MX").rcode() == dns.rcode.REFUSED


@pytest.mark.skipif(not HAS_ZONES, reason="no hosted zone before 3.3.5")
def test_a_server_that_dies_in_the_middle():
    with Cluster(secondaries=1) as cluster:
        socket = cluster.primary.dir / "proxy"
        cut = Cut(100000, lambda: cluster.primary.process.kill())
        with Proxy(socket, cluster.primary, cut):
            result = run(*where(cluster, socket), "flag", "--from", "-", stdin=many(5000))
        assert result.is_error("does not answer")
        cluster.primary.process.wait()
        cluster.primary.start()
        eventually(lambda: cluster.serial(cluster.primary) is not None, "the zone is loaded")
        assert is_free(cluster) and flags(cluster) == {}
        assert flag(cluster, "example.com").code == 0
        everywhere(cluster, ["example.com"])
