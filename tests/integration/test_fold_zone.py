# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail fold --into: the flags of one hosted zone move into the next, and nobody is lost."""

import pytest

import tooling
from cluster import everywhere, hosted
from folding import Folding, needs_die_before
from harness import HAS_ZONES, KNOTC, Knotd
from tooling import needs_tool

pytestmark = [needs_tool,
              pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")]

BULK = "".join(f"{name} TXT polarismail\n" for name in ("stays.test", "changes.test", "leaves.test"))


class Zones(Folding):
    def __init__(self, hosted="", bulk=BULK):
        super().__init__(hosted=hosted, bulk=bulk)

    def command(self, *words, publish="", **how):
        return super().command("--into", "bulk.", *words, publish=publish, **how)

    def serials(self, before="true"):
        """Options to ask the servers by a command, which does something else first."""
        return ["--counters", before + "".join(
            f" && {KNOTC} -s {s.dir}/knot.sock zone-read bulk. @ SOA | sed 's/^/ns{i}: /'"
            for i, s in enumerate(self.secondaries, 1))]

    def flag(self):
        self.change("zone-set new.test 60 TXT polarismail", "zone-set changes.test 60 TXT null-mx",
                    "zone-set leaves.test 60 TXT none")
        everywhere(self, ["new.test", "stays.test", "changes.test"])
        everywhere(self, ["leaves.test"], False)

    def bulk(self):
        """The flags of the second zone."""
        return {line.split(" TXT ")[0].split()[-2].removesuffix(".bulk."): line.split(" TXT ")[1].strip('"')
                for line in self.primary.knotc("zone-read", "bulk.").splitlines() if " TXT " in line}


@pytest.fixture
def zones():
    with Zones() as cluster:
        everywhere(cluster, ["stays.test", "changes.test", "leaves.test"])
        cluster.flag()
        yield cluster


DONE = {"stays.test": "polarismail", "changes.test": "null-mx", "new.test": "polarismail"}


def unchanged(cluster):
    assert cluster.flags() == ["changes.test", "leaves.test", "new.test"]
    everywhere(cluster, ["new.test", "stays.test", "changes.test"])
    everywhere(cluster, ["leaves.test"], False)


def test_flags_move_into_the_second_zone(zones):
    result = zones.fold()
    assert result.out == "folded 2 domains, took 1 out, removed 3 flags from hosted\n"
    assert zones.bulk() == DONE and zones.flags() == []
    everywhere(zones, list(DONE))
    everywhere(zones, ["leaves.test"], False)
    assert zones.fold().out == "nothing to fold\n"


def test_a_dry_run_changes_nothing(zones):
    result = zones.fold("-n", servers=[])
    assert result.out.splitlines() == [
        "move   changes.test null-mx", "remove leaves.test", "move   new.test polarismail",
        "would fold 2 domains, and take 1 out"]
    assert len(zones.bulk()) == 3
    unchanged(zones)
    report = zones.fold("-n", "--json").json()
    assert (report["zone"], report["into"], report["file"]) == ("hosted", "bulk", None)


def test_a_none_that_hides_a_line_moves_as_none():
    """And one that hides nothing but the second zone's flag takes that out."""
    with Zones("stays.test\nline.test\nboth.test\n", BULK + "both.test TXT polarismail\n") as zones:
        everywhere(zones, ["line.test", "both.test", "leaves.test"])
        zones.change(*(f"zone-set {name}.test 60 TXT none" for name in ("line", "both", "leaves")))
        everywhere(zones, ["line.test", "both.test", "leaves.test"], False)
        zones.fold()
        assert zones.bulk() == {"stays.test": "polarismail", "changes.test": "polarismail",
                                "line.test": "none", "both.test": "none"}
        assert zones.flags() == []
        everywhere(zones, ["line.test", "both.test", "leaves.test"], False)


def test_a_none_moves_as_none_if_the_file_is_not_the_servers_one():
    with Zones("stays.test\nleaves.test\n") as zones:
        zones.flag()
        zones.file.write_text("stays.test\n")
        zones.fold()
        assert zones.bulk() == DONE | {"leaves.test": "none"}
        everywhere(zones, ["leaves.test"], False)


def test_a_wrong_flag_stays(zones):
    zones.change("zone-set wrong.test 60 TXT nothere")
    result = zones.fold(code=1)
    assert "warning: the flag of 'wrong.test' stays: unknown profile" in result.err
    assert zones.flags() == ["wrong.test"] and zones.bulk() == DONE


def test_servers_are_asked_for_the_serial_by_a_command(zones):
    before = zones.primary.knotc("zone-read", "bulk.", "@", "SOA").strip()
    result = zones.fold("--counters", f"echo 'ns9: {before}'", "-t", "1", servers=[], code=2)
    assert "the server 'ns9' still has the serial" in result.err
    assert "no flag has left the zone 'hosted.'" in result.err
    unchanged(zones)
    zones.fold(*zones.serials(), servers=[])
    assert zones.bulk() == DONE and zones.flags() == []


def test_a_server_that_is_down(zones):
    server = zones.secondaries[1]
    server.stop()
    assert f"{server.dir}/knot.sock" in zones.fold("-t", "1", code=2).err
    assert len(zones.flags()) == 3
    server.start()
    unchanged(zones)
    zones.fold()
    assert zones.bulk() == DONE and zones.flags() == []


def test_flags_that_are_removed_meanwhile_are_not_moved(zones):
    hook = zones.once(*(f"zone-unset hosted. {name}.test TXT" for name in ("new", "leaves", "changes")))
    zones.fold(*zones.serials(hook), servers=[])
    assert zones.bulk() == {name: "polarismail" for name in ("stays.test", "changes.test", "leaves.test")}
    assert zones.flags() == []
    everywhere(zones, ["stays.test", "changes.test", "leaves.test"])
    everywhere(zones, ["new.test"], False)


def test_a_flag_that_is_changed_meanwhile_stays(zones):
    hook = zones.once("zone-unset hosted. new.test TXT", "zone-set hosted. new.test 60 TXT none")
    result = zones.fold(*zones.serials(hook), servers=[])
    assert "1 changed meanwhile" in result.out and zones.flags() == ["new.test"]
    everywhere(zones, ["new.test"], False)
    zones.fold()
    assert "new.test" not in zones.bulk() and zones.flags() == []
    everywhere(zones, ["new.test"], False)


def test_two_runs_do_not_meet(zones):
    """The inner one would take flags that the outer one has moved for flags that somebody removed."""
    inner = zones.primary.dir / "inner"
    command = " ".join([str(tooling.TOOL), *zones.command()])
    zones.fold(*zones.serials(f"({command} 2>{inner}; true)"), servers=[])
    assert "another fold is in progress" in inner.read_text()
    assert zones.bulk() == DONE and zones.flags() == []


def test_only_the_next_zone_will_do(zones):
    for words, reason in ((("--into", "hosted."), "is not the second"), (("--into", "x"), "is not the second"),
                          (("--publish", "true"), "neither"), (("file",), "neither")):
        assert zones.fold(*words, code=2).is_error(reason)
    unchanged(zones)


THREE = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/null-mx.zone ]
    hosted-zone: [ a., b., c. ]
template:
  - id: default
    zonefile-load: none
    zonefile-sync: -1
    journal-content: all
zone:
  - domain: a.
  - domain: b.
  - domain: c.
"""


def test_each_zone_goes_into_the_next():
    """A server that is primary and all servers at once."""
    with Knotd(THREE) as server:
        def change(zone, *commands):
            for command in ("zone-begin", *commands, "zone-commit"):
                verb, *words = command.split()
                server.knotc(verb, zone, *words)

        def flags(zone):
            return {line.split(" TXT ")[0].split()[-2].removesuffix("." + zone):
                    line.split(" TXT ")[1].strip('"')
                    for line in server.knotc("zone-read", zone).splitlines() if " TXT " in line}

        def fold(into, code=0):
            socket = server.dir / "knot.sock"
            result = tooling.run("-c", server.dir / "knot.conf", "-s", socket, "fold", "--into", into,
                                 "--server", socket)
            assert result.code == code, result
            return result

        for zone in ("a.", "b.", "c."):
            change(zone, "zone-set @ 60 SOA ns. h. 1 2 1 1209600 60", "zone-set @ 60 NS ns.")
        change("a.", "zone-set one.test 60 TXT none", "zone-set two.test 60 TXT none",
               "zone-set new.test 60 TXT null-mx", "zone-set same.test 60 TXT null-mx")
        change("b.", "zone-set one.test 60 TXT polarismail", "zone-set two.test 60 TXT polarismail",
               "zone-set same.test 60 TXT null-mx")
        change("c.", "zone-set two.test 60 TXT polarismail", "zone-set stays.test 60 TXT polarismail")
        assert fold("b.").out == "folded 2 domains, took 2 out, removed 4 flags from a\n"
        assert flags("a.") == {}
        assert flags("b.") == {"two.test": "none", "new.test": "null-mx", "same.test": "null-mx"}
        fold("c.")
        assert flags("b.") == {}
        assert flags("c.") == {"stays.test": "polarismail", "new.test": "null-mx", "same.test": "null-mx"}


def test_a_name_that_is_too_long_for_the_second_zone_stays():
    label = 59 * "x"
    name = f"{label}.{label}.{label}.{label}.abcdef"  # "hosted." is longer than "bulk."
    with Zones() as zones:
        zones.conf.write_text(zones.conf.read_text().replace("hosted., bulk.", "bulk., hosted."))
        zones.primary.knotc("zone-begin", "bulk.")
        zones.primary.knotc("zone-set", "bulk.", f"ab{name}", "60", "TXT", "none")
        zones.primary.knotc("zone-commit", "bulk.")
        result = tooling.run("-c", zones.conf, "-s", zones.primary.dir / "knot.sock", "fold",
                             "--into", "hosted.", "--server", zones.primary.dir / "knot.sock")
        assert result.code == 1 and "its name is too long for the other zone" in result.err, result
        assert list(zones.bulk()) == [f"ab{name}"]


@needs_die_before
def test_a_run_that_is_killed_at_every_step_loses_no_domain():
    steps = 300
    bulk = "stays.test TXT polarismail\n" + "".join(f"leaves{i}.test TXT null-mx\n" for i in range(steps))
    with Zones(bulk=bulk) as zones:
        by_now = ["stays.test"]
        for step in range(1, steps):
            new, leaves = f"new{step}.test", f"leaves{step}.test"
            zones.change(f"zone-set {new} 60 TXT polarismail", f"zone-set {leaves} 60 TXT none",
                         f"zone-set stays.test 60 TXT {('null-mx', 'polarismail')[step % 2]}")
            everywhere(zones, [new, "stays.test"])
            everywhere(zones, [leaves], False)
            by_now.append(new)
            killed = zones.killed(step)
            for _ in range(2):
                for server in zones.secondaries:
                    for name in by_now[:1] + by_now[-3:]:
                        assert hosted(server, name), (step, name)
                    assert not hosted(server, leaves), step
                zones.until_unlocked()
            assert zones.flags() == [], step
            assert new in zones.bulk() and leaves not in zones.bulk(), step
            if not killed:
                break
        assert not killed and step > 20
        everywhere(zones, by_now)
