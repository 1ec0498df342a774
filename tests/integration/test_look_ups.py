# SPDX-License-Identifier: GPL-2.0-or-later
"""A query looks its owner up once, however many stages of the server ask for it."""

import re
import shutil

import pytest

import harness
import test_overlay
from asking import ask
from harness import HAS_ZONES, PRELOAD, VALGRIND, Knotd

needed = pytest.mark.skipif(bool(PRELOAD or VALGRIND) or shutil.which("callgrind_annotate") is None,
                            reason="needs valgrind, and no sanitizers")

FLAGS = """$TTL 60
@ SOA ns.example. h.example. 1 3600 900 1209600 60
@ NS ns.example.
filled.test TXT "polarismail"
"""

FLAGS_ZONE = """  - domain: flags
    file: @DIR@/flags.zone
    template: plain
"""


class Counted(Knotd):
    """A server that valgrind counts the calls of functions in."""

    def command(self):
        return ["valgrind", "--quiet", "--tool=callgrind", "--keep-debuginfo=yes",
                f"--callgrind-out-file={self.dir}/calls",
                f"--log-file={self.dir}/valgrind.log"] + super().command()

    def calls(self, function):
        """How often a function was called; to be asked after the server has ended."""
        names, count, called = {}, 0, None
        for line in (self.dir / "calls").read_text(errors="replace").splitlines():
            name = re.match(r"c?fn=(\(\d+\))(?: (.*))?", line)
            if name:
                names.setdefault(name[1], (name[2] or "").partition("'")[0])
                called = names[name[1]] if line.startswith("cfn") else None
            elif line.startswith("calls=") and called == function:
                count += int(line[len("calls="):].split()[0])
        return count


QUESTIONS = [
    ("filled.test.", "MX"), ("smtp.filled.test.", "A"), ("smtp.filled.test.", "CNAME"),
    ("pop.filled.test.", "TXT"), ("own.filled.test.", "MX"), ("www.filled.test.", "A"),
    ("filled.test.", "ANY"), ("filled.test.", "SRV"), ("no.filled.test.", "A"), ("x.smtp.filled.test.", "A"),
]


@needed
@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_an_overlay_looks_its_owner_up_once_a_query(monkeypatch):
    monkeypatch.setattr(harness, "START_SECONDS", 120)
    conf = test_overlay.CONF.replace("@SET@", "    hosted-zone: flags\n")
    conf = conf.replace("@MODULES@", "mod-hostedmail/mail").replace("@PROFILE@", "")
    conf = conf.replace("@MORE@", "  - id: plain\n") + FLAGS_ZONE + "  - domain: filled.test\n"
    server = Counted(conf, {"filled.test.zone": test_overlay.PLAIN, "flags.zone": FLAGS})
    asked = 0
    try:
        server.start()
        for name, qtype in 2 * QUESTIONS:
            answer = ask(server, name, qtype)
            asked += 1
            # The profile has its part in the answer.
            assert (name, qtype) != ("smtp.filled.test.", "A") or len(answer.answer) == 1
        server.stop()
        assert server.calls("hm_hosted_set_find") == asked
    finally:
        server.clean()
