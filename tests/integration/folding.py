# SPDX-License-Identifier: GPL-2.0-or-later
"""A cluster whose hosted zone is folded by khostedmail."""

import shlex
import signal
import subprocess

import pytest

import tooling
from cluster import Cluster
from harness import BUILD, KNOTC, LONG_SECONDS, PROFILES
from tooling import TOOL

DIE_BEFORE = BUILD / "tests" / "integration" / ".libs" / "die_before.so"

needs_die_before = pytest.mark.skipif(not DIE_BEFORE.exists(), reason="die_before.so is built by make check")

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ {profiles}/polarismail.zone, {profiles}/null-mx.zone, {profiles}/aspiresoft-live.zone ]
    {file}
    hosted-zone: [ {zones} ]
"""


class Folding(Cluster):
    """A cluster whose hosted file the primary keeps and publishes."""

    def __init__(self, hosted="", **more):
        super().__init__(hosted=hosted, **more)
        for server in self.secondaries:
            conf = server.dir / "knot.conf"
            conf.write_text(conf.read_text().replace("null-mx.zone ]",
                                                     f"null-mx.zone, {PROFILES}/aspiresoft-live.zone ]"))
        self.file = self.primary.write("hosted", hosted)
        self.conf = self.primary.write("fold.conf", CONF.format(
            profiles=PROFILES, file=f"hosted-file: {self.file}" if hosted else "",
            zones="hosted." if more.get("bulk") is None else "hosted., bulk."))

    def publish(self, before="true", after="true", servers=None):
        """A command that brings the file to the secondaries and has them load it."""
        commands = [before]
        for server in self.secondaries if servers is None else servers:
            commands.append(f"cp {self.file} {server.dir}/hosted.new")
            commands.append(f"mv {server.dir}/hosted.new {server.dir}/hosted")
            commands.append(f"{KNOTC} -s {server.dir}/knot.sock reload >/dev/null")
        return " && ".join(commands + [after])

    def command(self, *words, publish=None, servers=None):
        if servers is None:
            servers = [word for s in self.secondaries for word in ("--server", s.dir / "knot.sock")]
        return [*map(str, ["-c", self.conf, "-s", self.primary.dir / "knot.sock", "fold", *servers,
                           *(["--publish", publish or self.publish()] if publish != "" else []), *words])]

    def fold(self, *words, code=0, **how):
        result = tooling.run(*self.command(*words, **how))
        assert result.code == code, result
        return result

    def killed(self, step, *words, **how):
        """Whether a run was killed right before its step of that number."""
        env = tooling.environment(HM_DIE_BEFORE=str(step), LD_PRELOAD=str(DIE_BEFORE),
                                  ASAN_OPTIONS="abort_on_error=1:verify_asan_link_order=0")
        result = subprocess.run([TOOL, *self.command(*words, **how)], env=env, capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=10 * LONG_SECONDS)
        assert result.returncode in (0, -signal.SIGKILL), result
        return result.returncode != 0

    def change(self, *commands):
        """Change the zone by one transaction of the control socket."""
        for command in ("zone-begin", *commands, "zone-commit"):
            verb, *words = shlex.split(command)
            self.primary.knotc(verb, "hosted.", *words)

    def script(self, *commands):
        """Shell commands that change the zone while a run publishes."""
        knotc = f"{KNOTC} -s {self.primary.dir}/knot.sock"
        return " && ".join(f"{knotc} {command} >/dev/null"
                           for command in ("zone-begin hosted.", *commands, "zone-commit hosted."))

    def once(self, *commands):
        """The same, but only the first time."""
        mark = self.primary.dir / "once"
        return f"( test -e {mark} || ( touch {mark} && {self.script(*commands)} ) )"

    def flags(self, zone="hosted."):
        # The zone stands in front of each record, but in Knot DNS 3.6 does not.
        return sorted(line.partition(" TXT ")[0].split()[-2].removesuffix("." + zone)
                      for line in self.primary.knotc("zone-read", zone).splitlines() if " TXT " in line)

    def lines(self):
        return self.file.read_text().splitlines()

    def until_unlocked(self, *words, **how):
        """What a run has started goes on after it was killed, and keeps the lock as long."""
        for _ in range(1000):
            result = tooling.run(*self.command(*words, **how))
            if result.code == 0:
                return
            assert "another fold is in progress" in result.err, result
        raise AssertionError("the lock is never given up")

    def leftovers(self):
        return sorted(path.name for path in self.primary.dir.glob("hosted.fold*"))
