# SPDX-License-Identifier: GPL-2.0-or-later
"""packaging/hostedmail-fold: the zone's flags move into the file while everybody answers."""

import subprocess
import sys

import dns.rcode
import pytest

from asking import ask
from cluster import Cluster, everywhere, hosted
from harness import HAS_ZONES, KNOTC, TOP

pytest.importorskip("libknot.control", reason="python3-libknot is missing")
pytestmark = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")

FOLD = TOP / "packaging" / "hostedmail-fold"


class Folding(Cluster):
    """A cluster whose hosted file the primary keeps and publishes."""

    def __init__(self, hosted):
        super().__init__(hosted=hosted)
        self.file = self.primary.write("hosted", hosted)

    def publish(self, before="true", after="true"):
        """A command that brings the file to the secondaries and has them load it."""
        commands = [before]
        for server in self.secondaries:
            commands.append(f"cp {self.file} {server.dir}/hosted.new")
            commands.append(f"mv {server.dir}/hosted.new {server.dir}/hosted")
            commands.append(f"{KNOTC} -s {server.dir}/knot.sock reload >/dev/null")
        return " && ".join(commands + [after])

    def knotc_command(self):
        return f"{KNOTC} -s {self.primary.dir}/knot.sock"

    def fold(self, publish=None, check=True):
        result = subprocess.run(
            [sys.executable, str(FOLD), "--file", str(self.file), "--zone", "hosted",
             "--socket", str(self.primary.dir / "knot.sock"), "--publish", publish or self.publish()],
            capture_output=True, text=True, timeout=60)
        if check:
            assert result.returncode == 0, result.stdout + result.stderr
        return result

    def flags(self):
        # The zone stands in front of each record, but in Knot DNS 3.6 does not.
        return sorted(line.partition(" TXT ")[0].split()[-2].removesuffix(".hosted.")
                      for line in self.primary.knotc("zone-read", "hosted.").splitlines()
                      if " TXT " in line)

    def lines(self):
        return self.file.read_text().splitlines()


HOSTED = """# the bulk
stays.test
changes.test null-mx
Leaves.TEST.
"""


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


DONE = ["# the bulk", "stays.test", "changes.test polarismail", "new.test polarismail"]


def test_flags_move_into_the_file(cluster):
    result = cluster.fold()
    assert "folded 2 domains, took 1 out, removed 3 flags" in result.stdout
    assert cluster.lines() == DONE
    assert cluster.flags() == []
    for _ in range(20):
        good(cluster)
    # Nothing more to do.
    assert "nothing to fold" in cluster.fold().stdout
    assert cluster.lines() == DONE


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("how", ["false", "kill -9 $PPID; sleep 1"])
def test_a_run_that_ends_early_is_completed_by_the_next(cluster, where, how):
    """The script dies, or the publishing fails: before or after the servers have the file."""
    result = cluster.fold(cluster.publish(**{where: how}), check=False)
    assert result.returncode != 0
    assert len(cluster.flags()) == 3
    good(cluster)
    cluster.fold()
    assert cluster.lines() == DONE
    assert cluster.flags() == []
    good(cluster)


def test_what_a_run_left_half_written_does_not_matter(cluster):
    (cluster.primary.dir / "hosted.new").write_text("stays.te")
    cluster.fold()
    assert cluster.lines() == DONE
    good(cluster)


def test_two_runs_do_not_meet(cluster):
    inner = f"{sys.executable} {FOLD} --file {cluster.file} --zone hosted --socket " \
            f"{cluster.primary.dir}/knot.sock --publish true 2>{cluster.primary.dir}/inner; true"
    cluster.fold(cluster.publish(before=f"({inner})"))
    assert "another run is in progress" in (cluster.primary.dir / "inner").read_text()
    assert cluster.lines() == DONE


def script(cluster, *commands):
    """Shell commands that change the zone while a run publishes."""
    knotc = cluster.knotc_command()
    return " && ".join(f"{knotc} {command} >/dev/null"
                       for command in ("zone-begin hosted.", *commands, "zone-commit hosted."))


def test_a_domain_that_lost_its_flag_meanwhile_is_not_hosted(cluster):
    once = cluster.primary.dir / "once"
    cluster.fold(cluster.publish(
        before=f"( test -e {once} || ( touch {once} && " +
               script(cluster, "zone-unset hosted. new.test TXT") + " ) )"))
    assert cluster.lines() == DONE[:-1]
    assert cluster.flags() == []
    everywhere(cluster, ["new.test"], False)


def test_a_flag_that_changed_meanwhile_stays(cluster):
    cluster.fold(cluster.publish(
        before=script(cluster, "zone-unset hosted. new.test TXT",
                      "zone-set hosted. new.test 60 TXT null-mx")))
    assert cluster.flags() == ["new.test"]
    everywhere(cluster, ["changes.test"])
    cluster.fold()
    assert "new.test null-mx" in cluster.lines()
    assert cluster.flags() == []


def test_a_domain_taken_out_meanwhile_stays_out(cluster):
    cluster.fold(cluster.publish(
        before=script(cluster, "zone-unset hosted. new.test TXT",
                      "zone-set hosted. new.test 60 TXT none")))
    everywhere(cluster, ["new.test"], False)
    cluster.fold()
    assert not any(line.startswith("new.test") for line in cluster.lines())
    everywhere(cluster, ["new.test"], False)


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
        assert cluster.lines()[1:] == [
            r"dash.test - x=1", r"do\046t.test",
            "sp\\032ace.test polarismail token=a\\032b\"\\092;'{}\\195\\169",
            r"\042.star.test polarismail"]
        for server in cluster.secondaries:
            assert not [line for line in server.log().splitlines()
                        if " error: " in line and "/hosted" in line]
            assert "4 hosted domains" in server.log()


def test_what_is_no_flag_stays_with_a_warning():
    with Folding("# none\n") as cluster:
        cluster.update(["good.test"])
        cluster.update(["bad.test"], profile='polarismail "no variable"')
        cluster.update(["toplevel"])
        result = cluster.fold()
        assert "bad.test.hosted.: bad flag, left in the zone" in result.stderr
        assert "toplevel.hosted.: bad flag, left in the zone" in result.stderr
        assert cluster.lines()[1:] == ["good.test polarismail"]
        assert cluster.flags() == ["bad.test", "toplevel"]


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
