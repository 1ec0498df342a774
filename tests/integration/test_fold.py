# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail fold: the zone's flags move into the file while everybody answers."""

import os
import shlex
import signal
import subprocess

import dns.rcode
import pytest

import tooling
from asking import ask
from cluster import everywhere, hosted
from folding import Folding, needs_die_before
from harness import HAS_ZONES, KNOTC, LONG_SECONDS, PROFILES
from tooling import TOOL, Impostor, needs_tool

pytestmark = [needs_tool,
              pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")]

HOSTED = """# the bulk
stays.test
changes.test null-mx  # a comment
Leaves.TEST.
"""

DONE = ["# the bulk", "stays.test", "changes.test polarismail # a comment", "new.test polarismail"]


@pytest.fixture
def cluster():
    with Folding(HOSTED) as running:
        running.update(["new.test", "changes.test"])
        running.update(["leaves.test"], profile="none")
        everywhere(running, ["new.test", "stays.test", "changes.test"])
        everywhere(running, ["leaves.test"], False)
        yield running


def good(cluster):
    """What every client sees, whatever step the folding is in."""
    for server in cluster.secondaries:
        for name in ("new.test", "stays.test", "changes.test"):
            answer = ask(server, name + ".", "MX")
            assert answer.rcode() == dns.rcode.NOERROR
            assert "emailarray" in answer.answer[0].to_text()
        assert not hosted(server, "leaves.test")


def unchanged(cluster):
    """Nothing has left the zone, and everybody is answered for."""
    assert cluster.flags() == ["changes.test", "leaves.test", "new.test"]
    good(cluster)


def test_flags_move_into_the_file(cluster):
    result = cluster.fold()
    assert result.out == "folded 2 domains, took 1 out, removed 3 flags from hosted\n"
    assert cluster.lines() == DONE and cluster.flags() == [] and cluster.leftovers() == []
    for _ in range(20):
        good(cluster)
    assert cluster.fold().out == "nothing to fold\n"
    assert cluster.lines() == DONE


def test_a_dry_run_changes_nothing(cluster):
    result = cluster.fold("-n", servers=[])
    assert result.out.splitlines() == [
        "change changes.test polarismail", "remove leaves.test", "add    new.test polarismail",
        "would fold 2 domains, and take 1 out"]
    assert cluster.file.read_text() == HOSTED and cluster.leftovers() == []
    unchanged(cluster)


def test_the_stable_form(cluster):
    cluster.update(["wrong.test"], profile="nothere")
    report = cluster.fold("--json", code=1).json()
    assert report == {
        "zone": "hosted", "into": None, "file": str(cluster.file), "dry_run": False,
        "flags": [
            {"domain": "changes.test", "action": "change", "line": "changes.test polarismail", "reason": None},
            {"domain": "leaves.test", "action": "remove", "line": None, "reason": None},
            {"domain": "new.test", "action": "add", "line": "new.test polarismail", "reason": None},
            {"domain": "wrong.test", "action": "stay", "line": None, "reason": "unknown profile"}],
        "removed": 3, "changed": 0, "stays": 1}


# A server that does not serve the file

def refusal(cluster, server, result, *words):
    assert f"the server at '{server.dir}/knot.sock'" in result.err and result.out == "", result
    assert "no flag has left the zone 'hosted.'" in result.err
    for word in words:
        assert word in result.err, result
    unchanged(cluster)


def test_a_server_whose_guard_refuses_the_file():
    """The other server takes it, and the next run goes on when the guard lets the file pass."""
    stay, leave = ([f"{word}{i}.test" for i in range(1000)] for word in ("stay", "leave"))
    with Folding("".join(name + "\n" for name in stay + leave)) as cluster:
        server = cluster.secondaries[1]
        conf = (server.dir / "knot.conf").read_text()
        server.write("knot.conf", conf.replace("    hosted-file: ",
                                               "    hosted-file-max-shrink: 10\n    hosted-file: "))
        server.knotc("reload")
        cluster.update(leave, profile="none")
        cluster.update(["new.test"])
        ends = [leave[0], leave[-1]]
        everywhere(cluster, ends, False)
        result = cluster.fold(code=2)
        assert f"the server at '{server.dir}/knot.sock' has not taken the new hosted file" in result.err
        assert len(cluster.flags()) == 1001
        everywhere(cluster, [stay[0], stay[-1], "new.test"])
        assert "has not taken" in cluster.fold("-t", "1", code=2).err
        server.write("knot.conf", conf.replace("    hosted-file: ",
                                               "    hosted-file-max-shrink: 100\n    hosted-file: "))
        cluster.fold()
        assert cluster.lines() == stay + ["new.test polarismail"] and cluster.flags() == []
        everywhere(cluster, [stay[0], stay[-1], "new.test"])
        everywhere(cluster, ends, False)


def test_a_server_that_cannot_read_the_file(cluster):
    server = cluster.secondaries[1]
    after = f"rm {server.dir}/hosted && mkdir {server.dir}/hosted && {KNOTC} -s {server.dir}/knot.sock reload"
    result = cluster.fold(publish=cluster.publish(after=after, servers=cluster.secondaries[:1]), code=2)
    refusal(cluster, server, result, "has not taken the new hosted file")
    (server.dir / "hosted").rmdir()
    cluster.fold()
    assert cluster.lines() == DONE and cluster.flags() == []
    good(cluster)


def test_a_server_that_does_not_get_the_file(cluster):
    """The command says that all is well; the server knows better."""
    result = cluster.fold("-t", "1", publish="true", code=2)
    refusal(cluster, cluster.secondaries[0], result, "does not serve the new hosted file")
    cluster.fold()
    assert cluster.lines() == DONE and cluster.flags() == []


def test_a_server_that_is_down(cluster):
    server = cluster.secondaries[1]
    server.stop()
    result = cluster.fold("-t", "1", code=2)
    assert f"{server.dir}/knot.sock" in result.err
    assert cluster.file.read_text() == HOSTED and len(cluster.flags()) == 3
    server.start()
    everywhere(cluster, ["new.test"])
    cluster.fold()
    good(cluster)


def test_a_command_that_fails(cluster):
    result = cluster.fold(publish="exit 3", code=2)
    assert result.is_error("the command 'exit 3' ended with 3", "no flag has left the zone")
    unchanged(cluster)


def test_somebody_has_to_be_asked(cluster):
    assert cluster.fold(servers=[], code=2).is_error("--server", "--counters")
    unchanged(cluster)


# Servers that are asked by a command

def counters(cluster, servers):
    return " && ".join(f"{KNOTC} -s {s.dir}/knot.sock -f stats mod-hostedmail | sed 's/^/ns{i}: /'"
                       for i, s in enumerate(servers, 1))


def test_servers_are_asked_by_a_command(cluster):
    ask_all = counters(cluster, cluster.secondaries)
    result = cluster.fold("--counters", ask_all, "-t", "1", servers=[], publish="true", code=2)
    assert "the server 'ns1' does not serve the new hosted file" in result.err
    unchanged(cluster)
    cluster.fold("--counters", ask_all, servers=[])
    assert cluster.lines() == DONE and cluster.flags() == []
    good(cluster)


def test_a_server_that_the_command_forgets(cluster):
    both, one = (counters(cluster, cluster.secondaries[:n]) for n in (2, 1))
    mark = cluster.primary.dir / "mark"
    command = f"if [ -e {mark} ]; then {one}; else {both}; fi"
    result = cluster.fold("--counters", command, "-t", "1", servers=[],
                          publish=cluster.publish(after=f"touch {mark}"), code=2)
    assert "the server 'ns2' is not heard of any more" in result.err
    unchanged(cluster)


def test_a_command_that_says_nothing(cluster):
    for command, word in (("true", "prints no counter"), ("exit 4", "ended with 4"),
                          ("sleep 60", "takes too long")):
        assert word in cluster.fold("--counters", command, "-t", "1", servers=[], code=2).err
    unchanged(cluster)


# A primary that is not what it seems

def test_a_primary_without_the_file(cluster):
    cluster.file.unlink()
    result = cluster.fold(code=2)
    assert result.is_error(f"'{cluster.file}' cannot be read (No such file or directory)")
    assert not cluster.file.exists()
    unchanged(cluster)


def test_a_primary_with_an_older_file():
    """No list of 500 is replaced by one of 2."""
    with Folding("".join(f"old{i}.test\n" for i in range(500))) as cluster:
        cluster.file.write_text("old0.test\n")
        cluster.update(["new.test"])
        result = cluster.fold(code=2)
        assert result.is_error("is not the hosted file", f"{cluster.secondaries[0].dir}", "500 domains")
        assert cluster.file.read_text() == "old0.test\n" and cluster.flags() == ["new.test"]
        everywhere(cluster, ["old0.test", "old499.test", "new.test"])


# Other things that go wrong

def test_a_primary_that_cannot_be_asked(cluster, tmp_path):
    def fold(socket):
        return tooling.run("-c", cluster.conf, "-s", socket, *cluster.command()[4:])

    assert fold(tmp_path / "nothing").is_error("no server at the control socket")
    with Impostor(tmp_path / "garbage", b"\xff" * 100) as impostor:
        assert fold(impostor.path).is_error(str(impostor.path))
    assert tooling.run(*cluster.command("--server", tmp_path / "nothing")).is_error("no server", "nothing")
    with Impostor(tmp_path / "garbage", b"\xff" * 100) as impostor:
        assert tooling.run(*cluster.command("--server", impostor.path)).is_error(str(impostor.path))
    unchanged(cluster)


def test_a_configuration_that_will_not_do(cluster):
    conf = cluster.conf.read_text()
    for old, new, reason in (("hosted-zone: [ hosted. ]", "", "has no hosted-zone"),
                             (f"hosted-file: {cluster.file}", "", "has no hosted-file"),
                             ("hosted-zone: [ hosted. ]", "hosted-zone: nothere.", "is not configured"),
                             ("null-mx.zone", "nothere.zone", "a profile has errors")):
        cluster.conf.write_text(conf.replace(old, new))
        result = cluster.fold(code=2)
        assert reason in result.err and result.out == "", result
    unchanged(cluster)


def test_a_disk_that_is_full(cluster):
    """Here no file may have a byte."""
    command = shlex.join([str(TOOL), *cluster.command()])
    result = subprocess.run(["sh", "-c", f"trap '' XFSZ; ulimit -f 0; exec {command}"], capture_output=True,
                            text=True, env=tooling.environment(), stdin=subprocess.DEVNULL, check=False)
    assert result.returncode == 2 and "cannot be written (File too large)" in result.stderr
    assert cluster.file.read_text() == HOSTED and cluster.leftovers() == []
    unchanged(cluster)
    cluster.fold()
    assert cluster.lines() == DONE and cluster.flags() == []


# Flags that are wrong

def test_a_wrong_flag_stays_and_so_does_its_line():
    with Folding("stays.test\nunknown.test\nmx.test\n") as cluster:
        cluster.update(["good.test"])
        cluster.update(["unknown.test"], profile="nothere")
        cluster.update(["variable.test"], profile='polarismail "no variable"')
        cluster.update(["mx.test"], profile="aspiresoft-live")
        cluster.update(["toplevel"])
        cluster.change('zone-set two.test 60 TXT polarismail', 'zone-set two.test 60 TXT null-mx')
        result = cluster.fold(code=1)
        assert result.out == "folded 1 domain, took 0 out, removed 1 flag from hosted; 5 wrong flags stay\n"
        for name, reason in (("unknown.test", "unknown profile"),
                             ("variable.test", "not of the form name=value"), ("mx.test", "MX"),
                             ("toplevel", "a top-level name cannot be hosted"),
                             ("two.test", "more than one TXT record")):
            assert [line for line in result.err.splitlines() if
                    line.startswith(f"warning: the flag of '{name}' stays: ") and reason in line], result
        assert cluster.lines() == ["stays.test", "unknown.test", "mx.test", "good.test polarismail"]
        assert cluster.flags() == ["mx.test", "toplevel", "two.test", "two.test", "unknown.test",
                                   "variable.test"]
        assert cluster.fold(code=1).out == "nothing to fold; 5 wrong flags stay\n"


# Flags that change meanwhile

def test_a_domain_that_lost_its_flag_meanwhile_is_not_hosted(cluster):
    cluster.fold(publish=cluster.publish(before=cluster.once("zone-unset hosted. new.test TXT")))
    assert cluster.lines() == DONE[:-1] and cluster.flags() == []
    everywhere(cluster, ["new.test"], False)


def test_a_line_is_as_before_if_its_flag_is_removed_meanwhile(cluster):
    cluster.fold(publish=cluster.publish(before=cluster.once("zone-unset hosted. changes.test TXT")))
    assert cluster.lines() == ["# the bulk", "stays.test", "changes.test null-mx  # a comment",
                               "new.test polarismail"]
    everywhere(cluster, ["stays.test", "changes.test", "new.test"])


def test_a_none_that_is_removed_meanwhile_is_not_lost(cluster):
    cluster.fold(publish=cluster.publish(before=cluster.once("zone-unset hosted. leaves.test TXT")))
    assert cluster.lines() == DONE[:-1] + ["Leaves.TEST."] + DONE[-1:] and cluster.flags() == []
    everywhere(cluster, ["stays.test", "changes.test", "new.test", "leaves.test"])


def test_a_none_that_is_removed_after_an_interrupted_run_is_not_lost(cluster):
    cluster.fold(publish=cluster.publish(after="false"), code=2)
    cluster.change("zone-unset leaves.test TXT", "zone-unset new.test TXT", "zone-unset changes.test TXT")
    cluster.fold()
    assert cluster.file.read_text() == HOSTED and cluster.leftovers() == []
    everywhere(cluster, ["stays.test", "changes.test", "leaves.test"])
    everywhere(cluster, ["new.test"], False)


def test_a_flag_that_changed_meanwhile_stays(cluster):
    result = cluster.fold(publish=cluster.publish(before=cluster.once(
        "zone-unset hosted. new.test TXT", "zone-set hosted. new.test 60 TXT null-mx")))
    assert "1 changed meanwhile, for the next run" in result.out and cluster.flags() == ["new.test"]
    cluster.fold()
    assert "new.test null-mx" in cluster.lines() and cluster.flags() == []


def test_a_domain_taken_out_meanwhile_stays_out(cluster):
    cluster.fold(publish=cluster.publish(before=cluster.once(
        "zone-unset hosted. new.test TXT", "zone-set hosted. new.test 60 TXT none")))
    everywhere(cluster, ["new.test"], False)
    cluster.fold()
    assert not any(line.startswith("new.test") for line in cluster.lines())
    everywhere(cluster, ["new.test"], False)


def test_a_transaction_of_somebody_else_is_left_alone(cluster):
    cluster.primary.knotc("zone-begin", "hosted.")
    result = cluster.fold("-t", "1", code=2)
    assert "a transaction on the zone 'hosted.' is open" in result.err
    cluster.primary.knotc("zone-abort", "hosted.")
    unchanged(cluster)
    cluster.fold()
    assert cluster.lines() == DONE and cluster.flags() == []


def test_a_transaction_of_somebody_else_is_waited_for(cluster):
    """It is opened while the file is published, and ends a while after that."""
    knotc = f"{KNOTC} -s {cluster.primary.dir}/knot.sock"
    later = f"(sleep 0.5; {knotc} zone-set hosted. late.test 60 TXT null-mx; {knotc} zone-commit hosted.)"
    cluster.fold(publish=cluster.publish(
        after=f"{knotc} zone-begin hosted. && {{ {later} >/dev/null 2>&1 & }}"))
    assert cluster.lines() == DONE and cluster.flags() == ["late.test"]
    good(cluster)


# Interrupted

@pytest.mark.parametrize("where", ["before", "after"])
def test_a_run_that_dies_while_it_publishes_is_completed_by_the_next(cluster, where):
    """Its command lives on, and could bring an older file to a server: the next run has to wait for it."""
    go = cluster.primary.dir / "go"
    command = cluster.publish(**{where: f"kill -9 $PPID; until [ -e {go} ]; do sleep 0.02; done"})
    result = subprocess.run([TOOL, *cluster.command(publish=command)], env=tooling.environment(),
                            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LONG_SECONDS,
                            check=False)
    assert result.returncode == -signal.SIGKILL
    unchanged(cluster)
    assert cluster.fold(code=2).is_error("another fold is in progress", "publish")
    go.touch()
    cluster.until_unlocked()
    assert cluster.lines() == DONE and cluster.flags() == [] and cluster.leftovers() == []
    good(cluster)


@needs_die_before
def test_a_run_that_is_killed_at_every_step_loses_no_domain():
    steps = 400
    with Folding("stays.test\n" + "".join(f"leaves{i}.test\n" for i in range(steps))) as cluster:
        hosted_by_now = ["stays.test"]
        for step in range(1, steps):
            new, leaves = f"new{step}.test", f"leaves{step}.test"
            cluster.change(f"zone-set {new} 60 TXT polarismail", f"zone-set {leaves} 60 TXT none",
                           f"zone-set stays.test 60 TXT {('null-mx', 'polarismail')[step % 2]}")
            everywhere(cluster, [new])
            everywhere(cluster, [leaves], False)
            hosted_by_now.append(new)
            killed = cluster.killed(step)
            for _ in range(2):
                for server in cluster.secondaries:
                    for name in hosted_by_now[:1] + hosted_by_now[-3:]:
                        assert hosted(server, name), (step, name)
                    assert not hosted(server, leaves), step
                cluster.until_unlocked()
            assert cluster.flags() == [] and cluster.leftovers() == [], step
            assert leaves not in cluster.lines() and f"{new} polarismail" in cluster.lines()
            if not killed:
                break
        assert not killed and step > 30
        everywhere(cluster, hosted_by_now)
        assert len(cluster.lines()) == 1 + steps


def test_what_a_run_left_half_written_does_not_matter(cluster):
    (cluster.primary.dir / "hosted.fold-new").write_text("stays.te")
    (cluster.primary.dir / "hosted.fold-state").write_text("1\nx")
    cluster.fold()
    assert cluster.lines() == DONE
    good(cluster)


def test_a_file_that_is_replaced_after_an_interrupted_run_counts(cluster):
    cluster.fold(publish=cluster.publish(after="false"), code=2)
    cluster.primary.write("hosted", HOSTED + "more.test\n")
    assert "is not the hosted file" in cluster.fold(code=2).err
    subprocess.run(["sh", "-c", cluster.publish()], check=True)
    cluster.fold()
    assert cluster.lines() == DONE[:-1] + ["more.test"] + DONE[-1:] and cluster.leftovers() == []
    everywhere(cluster, ["more.test", "new.test"])


def test_two_runs_do_not_meet(cluster):
    inner = cluster.primary.dir / "inner"
    command = shlex.join([str(TOOL), *cluster.command(publish="true")])
    cluster.fold(publish=cluster.publish(before=f"({command} 2>{inner}; true)"))
    assert "another fold is in progress" in inner.read_text()
    assert cluster.lines() == DONE


# Files

def test_a_link_in_the_place_of_the_file_is_refused(cluster):
    real = cluster.primary.dir / "real"
    cluster.file.rename(real)
    cluster.file.symlink_to(real)
    assert cluster.fold(code=2).is_error("is a symbolic link")
    assert real.read_text() == HOSTED
    unchanged(cluster)


def test_owner_and_mode_stay(cluster):
    os.chmod(cluster.file, 0o640)
    if os.geteuid() == 0:
        os.chown(cluster.file, 65534, 65534)
    before = cluster.file.stat()
    cluster.fold()
    after = cluster.file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_owner_of_the_file_needs_not_be_root(cluster):
    user = 65534
    # The profiles may be where nobody else can read.
    for profile in PROFILES.glob("*.zone"):
        cluster.primary.write(profile.name, profile.read_text())
    conf = cluster.conf.read_text()
    cluster.primary.write(cluster.conf.name, conf.replace(str(PROFILES), str(cluster.primary.dir)))
    os.chmod(cluster.primary.dir, 0o755)
    os.chown(cluster.primary.dir, user, user)
    os.chown(cluster.file, user, user)
    for server in cluster.servers:
        for path in (server.dir, server.dir / "hosted", server.dir / "knot.sock"):
            if path.exists():
                os.chown(path, user, user)
        server.dir.chmod(0o755)
    result = tooling.run(*cluster.command(), user=user)
    assert result.code == 0, result
    assert cluster.lines() == DONE and cluster.flags() == []
    assert cluster.file.stat().st_uid == user


def test_escapes_survive():
    with Folding("# none\n") as cluster:
        for name, text in ((r"sp\032ace.test", '"polarismail" "token=a b\\"\\\\;\'{}\\195\\169"'),
                           (r"do\.t.test", '""'), ("dash.test", '"-" "x=1"'),
                           ("*.star.test", "polarismail")):
            cluster.primary.knotc("zone-begin", "hosted.")
            cluster.primary.knotc("zone-set", "hosted.", name, "60", "TXT", text)
            cluster.primary.knotc("zone-commit", "hosted.")
        cluster.fold()
        assert cluster.flags() == []
        assert sorted(cluster.lines()[1:]) == sorted([
            r"dash.test - x=1", r"do\046t.test",
            "sp\\032ace.test polarismail token=a\\032b\"\\\\;'{}\\195\\169",
            r"\042.star.test polarismail"])
        for server in cluster.secondaries:
            assert not [line for line in server.log().splitlines()
                        if " error: " in line and "/hosted" in line]
            assert "4 hosted domains" in server.log()


def test_a_byte_order_mark_hides_no_domain():
    with Folding("\ufeffleaves.test\nstays.test\n") as cluster:
        cluster.update(["leaves.test"], profile="none")
        cluster.fold()
        assert cluster.lines() == ["stays.test"]
        everywhere(cluster, ["leaves.test"], False)
        everywhere(cluster, ["stays.test"])


def test_ten_thousand_flags():
    with Folding("".join(f"old{i}.test\n" for i in range(10000))) as cluster:
        for start in range(0, 10000, 1000):
            cluster.update([f"new{i}.test" for i in range(start, start + 1000)])
        cluster.fold()
        assert len(cluster.lines()) == 20000
        assert cluster.flags() == []
        everywhere(cluster, ["old9999.test", "new0.test", "new9999.test"])
