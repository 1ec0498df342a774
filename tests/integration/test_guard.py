# SPDX-License-Identifier: GPL-2.0-or-later
"""A reload does not empty the hosted set by mistake."""

import pytest

from asking import ask
from harness import Knotd, eventually
from many_domains import answered, hosted, names

CONF = """
mod-hostedmail:
  - id: mail
    profile: @PROFILES@/polarismail.zone
    hosted-file: @DIR@/hosted
@OPTION@
template:
  - id: default
    global-module: mod-hostedmail/mail
"""


def start(domains, option=""):
    return Knotd(CONF.replace("@OPTION@", option), {"hosted": hosted(domains)})


def reload(server, domains):
    server.write("hosted", hosted(domains))
    server.knotc("reload")


REFUSED = "not taken: about {} of {} domains in use would be lost, more than {} % " \
    "(hosted-file-max-shrink; set 100 to accept)"


@pytest.mark.parametrize("before, after, option, lost", [
    (3000, names(1000), "", 2000),
    (3000, names(1499), "", 1501),
    (3000, names(0), "", 3000),
    (3000, names(3000, "e"), "", 3000),
    (3000, names(1999), "    hosted-file-max-shrink: 33\n", 1001),
    (1000, names(0), "", 1000),
])
def test_a_file_that_has_lost_too_much_is_refused(before, after, option, lost):
    percent = int(option.split()[-1]) if option else 50
    with start(names(before), option) as server:
        for _ in range(2):
            reload(server, after)
            assert answered(server, names(before)) == before
            assert answered(server, ["e1.test"]) == 0
        assert f"{server.dir}/hosted: {REFUSED.format(lost, before, percent)}" in server.log()
        # The next good file is taken.
        reload(server, names(before) + ["more.test"])
        assert answered(server, names(before) + ["more.test"]) == before + 1


@pytest.mark.parametrize("before, after, option", [
    (3000, names(1500), ""),
    (1200, names(201), ""),
    (999, names(0), ""),
    (3000, names(0), "    hosted-file-max-shrink: 100\n"),
])
def test_a_file_that_has_lost_less_is_taken(before, after, option):
    with start(names(before), option) as server:
        reload(server, after)
        assert answered(server, names(before)) == len(after)
        assert "not taken" not in server.log()


def test_who_reloads_again_is_told_again():
    with start(names(3000)) as server:
        reload(server, names(10))
        told = "not taken: about 2990 of 3000"
        assert server.log().count(told) == 1

        def told_again(count):
            server.knotc("reload")
            assert answered(server, names(3000)) == 3000
            return server.log().count(told) == count

        # Once a second.
        for count in (2, 3):
            eventually(lambda: told_again(count), "another error")


def test_a_reload_that_forgets_the_set_keeps_the_one_in_use():
    """No check can tell a global module, which needs one, from an overlay, which does not."""
    with start(names(100)) as server:
        whole = CONF.replace("@OPTION@", "")
        server.configure(whole.replace("    hosted-file: @DIR@/hosted\n", ""))
        for _ in range(2):
            server.knotc("reload")
            assert answered(server, names(100)) == 100
        assert "no hosted-file or hosted-zone specified; the set in use stays" in server.log()
        server.configure(whole)
        reload(server, names(101))
        assert answered(server, names(101)) == 101


def test_the_option_lets_a_refused_file_in():
    with start(names(2000)) as server:
        reload(server, names(1))
        assert answered(server, names(2000)) == 2000
        server.configure(CONF.replace("@OPTION@", "    hosted-file-max-shrink: 100\n"))
        server.knotc("reload")
        assert answered(server, names(2000)) == 1


def test_a_start_takes_what_is_there():
    server = start(names(2000))
    with server:
        assert answered(server, names(2000)) == 2000
        server.write("hosted", hosted(names(1)))
        server.stop()
        server.start()
        assert answered(server, names(2000)) == 1


def test_a_large_set_is_judged_by_a_part_of_it():
    """The count is no more exact then, but off by less than a percent."""
    with start(names(200000)) as server:
        reload(server, names(102000))
        assert answered(server, names(200000)[150000:150100]) == 0
        reload(server, names(50000))
        assert answered(server, names(102000)[90000:90100]) == 100
        assert "would be lost" in server.log()


@pytest.mark.parametrize("value", ["0", "101", "-1", "half"])
def test_a_wrong_percentage_is_an_error(value):
    server = start([], f"    hosted-file-max-shrink: {value}\n")
    try:
        code, text = server.conf_check()
        assert code != 0 and "line" in text
    finally:
        server.clean()


def test_zones_of_an_overlay_are_guarded_as_well():
    zone = "@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    conf = CONF.replace("@OPTION@", "").replace("global-module", "file: @DIR@/zone\n    module")
    conf += "zone:\n" + "".join(f"  - domain: d{n}.test\n" for n in range(20))
    with Knotd(conf, {"hosted": hosted(names(2000)), "zone": zone}) as server:
        reload(server, names(1))
        for n in range(20):
            assert ask(server, f"d{n}.test.", "MX").answer


def test_each_of_two_modules_keeps_its_own_set():
    """They may have the same file, and yet other profiles."""
    conf = """
mod-hostedmail:
  - id: first
    profile: @PROFILES@/polarismail.zone
    hosted-file: @DIR@/hosted
  - id: second
    profile: @PROFILES@/full-2026.zone
    hosted-file: @DIR@/hosted
template:
  - id: default
    file: @DIR@/zone
zone:
  - domain: d0.test
    module: mod-hostedmail/first
  - domain: d1.test
    module: mod-hostedmail/second
"""
    zone = "@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    with Knotd(conf, {"hosted": hosted(names(2000)), "zone": zone}) as server:
        for _ in range(2):
            assert "emailarray" in ask(server, "d0.test.", "MX").answer[0].to_text()
            assert "emailarray" not in ask(server, "d1.test.", "MX").answer[0].to_text()
            reload(server, names(2))
        assert server.log().count("not taken") >= 2
