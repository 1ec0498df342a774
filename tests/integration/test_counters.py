# SPDX-License-Identifier: GPL-2.0-or-later
"""What the counters tell: the answers of each profile, and what has become of the hosted file."""

import re
import shutil
import subprocess
import textwrap
import urllib.request

import pytest

from asking import ask
from harness import KNOTC, LONG_SECONDS, PORT, TOP, Knotd, eventually, loopback_address, plain_counters

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @DIR@/second.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""
SECOND = "$TTL 3600\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n@ MX 10 second.test.\n"
HOSTED = "a.test\nb.test second\nc..test\nd.test nosuch\ne.test\n"


def gauges(server):
    """All of them: Knot DNS 3.2 tells only what is not zero, unless it is forced to."""
    found = {}
    for line in server.knotc("-f", "stats", "mod-hostedmail").splitlines():
        name, _, value = line.partition(" = ")
        if ".hosted-file[" in name:
            found[name.partition("[")[2].rstrip("]")] = int(value)
    return found


def test_answers_are_counted_by_profile():
    with Knotd(CONF, {"hosted": HOSTED, "second.zone": SECOND}) as server:
        for _ in range(3):
            ask(server, "a.test.", "MX")
        for _ in range(2):
            ask(server, "x.b.test.", "MX")
        ask(server, "x.test.", "MX")
        lines = server.knotc("stats", "mod-hostedmail").splitlines()
        assert [line.partition(".")[2] for line in lines if ".profile[" in line] == \
            ["profile[polarismail] = 3", "profile[second] = 2"]


def test_each_module_has_the_names_of_its_own_profiles():
    """As many profiles, others, and one alone, which is still told by its name."""
    conf = """
mod-hostedmail:
  - id: first
    profile: [ @PROFILES@/polarismail.zone, @DIR@/second.zone ]
    hosted-file: @DIR@/hosted
  - id: other
    profile: [ @DIR@/second.zone, @PROFILES@/null-mx.zone ]
    hosted-file: @DIR@/other
  - id: alone
    profile: @PROFILES@/full-2026.zone
    hosted-file: @DIR@/alone
template:
  - id: default
    global-module: [ mod-hostedmail/first, mod-hostedmail/other, mod-hostedmail/alone ]
"""
    files = {"hosted": "a.test\n", "other": "o.test\n", "alone": "l.test\n", "second.zone": SECOND}
    with Knotd(conf, files) as server:
        for name, times in (("a.test.", 1), ("o.test.", 2), ("l.test.", 3)):
            for _ in range(times):
                assert ask(server, name, "MX").answer
        for _ in range(2):
            # Knot DNS 3.2 shows the first module only.
            lines = server.knotc("-f", "stats", "mod-hostedmail").splitlines()
            profiles = [line.partition(".")[2] for line in lines if ".profile[" in line]
            whole = ["profile[polarismail] = 1", "profile[second] = 0",
                     "profile[second] = 2", "profile[null-mx] = 0", "profile[full-2026] = 3"]
            assert profiles in (whole, whole[:2])


def test_the_counters_tell_what_became_of_the_hosted_file():
    with Knotd(CONF, {"hosted": HOSTED, "second.zone": SECOND}) as server:
        first = gauges(server)
        digest = first.pop("digest")
        assert first == {"domains": 3, "left-out": 2, "refused": 0, "unavailable": 0}
        assert 0 < digest < 1 << 53

        # The same content has the same digest.
        server.write("hosted", HOSTED)
        server.knotc("reload")
        assert gauges(server)["digest"] == digest
        # Any other has another one, even if it hosts the same.
        server.write("hosted", HOSTED + "# nothing\n")
        server.knotc("reload")
        other = gauges(server)
        assert other.pop("digest") != digest and other == first

        # What was not taken is told, and which one is served.
        server.write("hosted", HOSTED)
        server.knotc("reload")
        (server.dir / "hosted").unlink()
        server.knotc("reload")
        assert gauges(server) == {**first, "digest": digest, "refused": 1}
        server.write("hosted", HOSTED)
        server.knotc("reload")
        assert gauges(server) == {**first, "digest": digest}

        # The same content with another result is another one.
        server.write("second.zone", SECOND)
        server.configure(CONF.replace("second.zone", "nosuch.zone"))
        (server.dir / "second.zone").rename(server.dir / "nosuch.zone")
        server.knotc("reload")
        third = gauges(server)
        assert third["domains"] == 3 and third["left-out"] == 2 and third["digest"] != digest


def test_another_default_profile_is_another_result():
    turned = CONF.replace("@PROFILES@/polarismail.zone, @DIR@/second.zone",
                          "@DIR@/second.zone, @PROFILES@/polarismail.zone")
    digests = set()
    for conf in (CONF, turned, CONF):
        with Knotd(conf, {"hosted": "a.test\n", "second.zone": SECOND}) as server:
            digests.add(gauges(server)["digest"])
    assert len(digests) == 2


def test_a_start_without_the_file_is_told():
    with Knotd(CONF, {"second.zone": SECOND}) as server:
        found = gauges(server)
        assert found.pop("digest") >= 0
        assert found == {"domains": 0, "left-out": 0, "refused": 0, "unavailable": 1}
        server.write("hosted", HOSTED)
        server.knotc("reload")
        assert gauges(server)["unavailable"] == 0


def test_a_set_without_a_file_has_no_such_counters():
    conf = CONF.replace("    hosted-file: @DIR@/hosted\n", "").replace("global-module", "module") + \
        "    file: @DIR@/second.zone\nzone:\n  - domain: own.test\n"
    with Knotd(conf, {"second.zone": SECOND}) as server:
        eventually(lambda: ask(server, "own.test.", "SOA").answer, "the zone")
        shown = server.knotc("-f", "zone-stats", "own.test", "mod-hostedmail")
        assert "answer[positive]" in shown and "hosted-file" not in shown
        # With one, each zone tells.
        server.write("hosted", "own.test\n")
        server.configure(conf.replace("template:", "    hosted-file: @DIR@/hosted\ntemplate:"))
        server.knotc("reload")
        eventually(lambda: "hosted-file[domains] = 1" in
                   server.knotc("-f", "zone-stats", "own.test", "mod-hostedmail"), "the counter")


def test_the_lines_of_the_manual_tell_whether_the_file_arrived():
    manual = (TOP / "doc/module.rst").read_text()
    block = manual.partition("Did the file arrive?")[2].partition("::\n\n")[2].partition("\n\n")[0]
    script = textwrap.dedent(block)
    assert script.startswith("knotc reload\n") and len(script.splitlines()) == 3
    with Knotd(CONF, {"hosted": HOSTED, "second.zone": SECOND}) as server:
        def run():
            knotc = f'knotc() {{ {KNOTC} -s {server.dir}/knot.sock "$@"; }}\n'
            result = subprocess.run(["sh", "-c", knotc + script], capture_output=True, text=True,
                                    timeout=LONG_SECONDS)
            return result.returncode, plain_counters(result.stdout)

        code, output = run()
        assert code == 0
        assert f"[digest] = {gauges(server)['digest']}\n" in output and "[left-out] = 2" in output
        (server.dir / "hosted").unlink()
        code, output = run()
        assert code == 1 and "[refused] = 1" in output
        server.stop()
        server.start()
        code, output = run()
        assert code == 1 and "[unavailable] = 1" in output


SOURCE = (TOP / "module/counters.c").read_text()


def exporter():
    return shutil.which("knot-exporter", path="/usr/sbin:/usr/bin")


@pytest.mark.skipif(exporter() is None, reason="knot-exporter is missing")
def test_knot_exporter_shows_the_counters():
    with Knotd(CONF, {"hosted": HOSTED, "second.zone": SECOND}) as server:
        for _ in range(3):
            ask(server, "b.test.", "MX")
        digest = gauges(server)["digest"]
        address = loopback_address()
        process = subprocess.Popen(
            [exporter(), "--knot-socket-path", str(server.dir / "knot.sock"),
             "--web-listen-addr", address, "--web-listen-port", str(PORT)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            text = ""

            def scraped():
                nonlocal text
                assert process.poll() is None, process.stderr.read()
                try:
                    with urllib.request.urlopen(f"http://{address}:{PORT}/metrics",
                                                timeout=LONG_SECONDS) as answer:
                        text = answer.read().decode()
                except OSError:
                    return False
                return "hostedmail" in text

            eventually(scraped, "the exporter")
            lines = [line for line in text.splitlines() if "hostedmail" in line]
            values = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                      for line in lines if not line.startswith("#")}

            def value(counter, kind):
                # That of Knot DNS 3.5, and that of the older ones.
                name = f'knot_stats_{counter}{{module="mod-hostedmail",type="{kind}"}}'
                old_name = f'knot_{counter}{{section="mod-hostedmail",type="{kind}"}}'
                return values[name if name in values else old_name]

            assert value("profile", "second") == 3
            assert value("hosted_file", "left-out") == 2
            # Not a digit is lost on the way.
            assert value("hosted_file", "digest") == digest
            # Each rule of the manual is about a metric that there is.
            rules = (TOP / "doc/monitoring.rst").read_text().partition("Alerts\n")[2]
            for counter, kind in re.findall(r'knot_stats_(\w+){type="([\w-]+)"}', rules):
                assert f'knot_{counter}{{type="{kind}"}}' in rules
                # What is zero may be left out.
                assert counter in ("hosted_file", "hosted_zone") and f'"{kind}"' in SOURCE
        finally:
            process.terminate()
            process.wait(LONG_SECONDS)
