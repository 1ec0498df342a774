# SPDX-License-Identifier: GPL-2.0-or-later
"""Something around the hosted set is wrong just when it is needed: what is served stays served."""

import contextlib
import threading

import dns.rcode
import pytest

from asking import ask
from harness import VALGRIND, Knotd, eventually
from many_domains import answered, hosted, names

GLOBAL = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @DIR@/second.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""
APEX = "$TTL 3600\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
SECOND = APEX + "@ MX 10 second.test.\n"
ZONE = APEX + "x A 192.0.2.1\n"

OVERLAY = """
mod-hostedmail:
  - id: mail
    profile: @PROFILES@/polarismail.zone
    hosted-file: @DIR@/hosted
template:
  - id: default
    file: @DIR@/zone
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    module: mod-hostedmail/mail
zone:
"""


def overlay_of(count):
    return OVERLAY + "".join(f"  - domain: d{n}.test\n" for n in range(count))


def test_a_missing_hosted_file_refuses_no_reload_for_another_zone():
    with Knotd(GLOBAL, {"hosted": hosted(names(10)), "second.zone": SECOND, "zone": ZONE}) as server:
        (server.dir / "hosted").unlink()
        server.configure(GLOBAL + "zone:\n  - domain: own.test\n    file: @DIR@/zone\n")
        server.knotc("reload")
        eventually(lambda: ask(server, "x.own.test.").answer, "the new zone")
        assert answered(server, names(10)) == 10
        assert "hosted: not loaded; the set in use stays" in server.log()


@pytest.mark.parametrize("change", ["renamed", "taken out"])
def test_a_profile_that_goes_does_not_take_its_domains_along(change):
    lines = "".join(f"d{n}.test second\n" for n in range(3000))
    with Knotd(GLOBAL, {"hosted": lines, "second.zone": SECOND}) as server:
        if change == "renamed":
            (server.dir / "second.zone").rename(server.dir / "other.zone")
            conf = GLOBAL.replace("second.zone", "other.zone")
        else:
            conf = GLOBAL.replace(", @DIR@/second.zone", "")
        server.configure(conf)
        for _ in range(2):
            assert server.conf_check()[0] == 0
            server.knotc("reload")
            assert answered(server, names(3000)) == 3000
            assert "second.test." in ask(server, "d1.test.", "MX").answer[0].to_text()
        assert "not taken: about 3000 of 3000 domains in use would be lost" in server.log()
        # Whoever means it says so.
        server.configure(conf.replace("    hosted-file:", "    hosted-file-max-shrink: 100\n    hosted-file:"))
        server.knotc("reload")
        assert answered(server, names(3000)) == 0


def test_another_hosted_file_is_guarded_as_well():
    with Knotd(GLOBAL, {"hosted": hosted(names(2000)), "new": hosted(names(3)),
                        "second.zone": SECOND}) as server:
        server.configure(GLOBAL.replace("@DIR@/hosted", "@DIR@/new"))
        server.knotc("reload")
        assert answered(server, names(2000)) == 2000
        server.write("new", hosted(names(1999)))
        server.knotc("reload")
        assert answered(server, names(2000)) == 1999


def test_each_section_is_compared_with_itself():
    """With the sections turned around each has the other's place in the list."""
    conf = """
mod-hostedmail:
  - id: first
    profile: @PROFILES@/polarismail.zone
    hosted-file: @DIR@/hosted
  - id: second
    profile: @DIR@/second.zone
    hosted-file: @DIR@/new
template:
  - id: default
    global-module: [ mod-hostedmail/first, mod-hostedmail/second ]
"""
    with Knotd(conf, {"hosted": hosted(names(2000)), "new": hosted(names(2000, "e")),
                      "second.zone": SECOND}) as server:
        turned = conf.replace("/first, mod-hostedmail/second", "/second, mod-hostedmail/first")
        for text in (turned, conf, turned):
            server.configure(text)
            server.knotc("reload")
            assert answered(server, names(2000) + names(2000, "e")) == 4000
        # A list that goes is missed by its own section only.
        server.write("hosted", "")
        server.knotc("reload")
        assert answered(server, names(2000)) == 2000
        assert "not taken" in server.log()


@contextlib.contextmanager
def rewritten(server, texts):
    """Somebody replaces the hosted file again and again."""
    end = threading.Event()

    def write():
        count = 0
        while not end.is_set():
            server.write("hosted", texts[count % len(texts)])
            count += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def test_a_reload_loads_a_list_once_whatever_its_writer_does():
    count = 10 if VALGRIND else 60
    with Knotd(overlay_of(count), {"hosted": hosted(names(5000)), "zone": ZONE}) as server:
        eventually(lambda: ask(server, f"d{count - 1}.test.", "MX").answer, "the zones")
        loads = server.log().count(" hosted domains, ")
        assert loads == 1
        with rewritten(server, [hosted(names(5000)), hosted(names(5001))]):
            for _ in range(5):
                server.knotc("reload")
                loads += 1
                assert server.log().count(" hosted domains, ") == loads
        for n in range(count):
            assert ask(server, f"d{n}.test.", "MX").answer


def test_a_zone_restored_while_the_list_is_away_stays_filled():
    with Knotd(overlay_of(1), {"hosted": hosted(names(5)), "zone": ZONE}) as server:
        eventually(lambda: ask(server, "d0.test.", "MX").answer, "the zone")
        server.knotc("-b", "zone-backup", "+backupdir", str(server.dir / "backup"), "d0.test")
        (server.dir / "hosted").unlink()
        for _ in range(2):
            server.knotc("-b", "zone-restore", "+backupdir", str(server.dir / "backup"), "d0.test")
            eventually(lambda: ask(server, "x.d0.test.").answer, "the zone")
            assert ask(server, "d0.test.", "MX").answer
        assert "not loaded; the set in use stays" in server.log()


def test_an_overlay_without_its_list_fills_nothing():
    """Not everything, as it does if there is to be no list at all."""
    server = Knotd(overlay_of(2), {"zone": ZONE})
    with server:
        eventually(lambda: ask(server, "x.d1.test.").answer, "the zones")
        assert "hosted: cannot be read" in server.log()
        assert not ask(server, "d0.test.", "MX").answer
        server.write("hosted", hosted(names(1)))
        server.knotc("reload")
        eventually(lambda: ask(server, "d0.test.", "MX").answer, "the list")
        answer = ask(server, "d1.test.", "MX")
        assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
