# SPDX-License-Identifier: GPL-2.0-or-later
"""Several hosted zones and a hosted file: who wins, what is hidden, what a reload may change."""

import dns.rcode
import pytest

from asking import ask
from harness import HAS_ZONES, Knotd
from many_domains import answered, hosted, names
from tooling import needs_tool, run

pytestmark = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")

APEX = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"

# The MX tells which tier has answered.
PROFILE = APEX + "@ MX 10 {tier}.tiers.test.\n"

ZONES = ["changes.", "bulk.hosted.", "hosted."]

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/p.zone ]
    hosted-file: @DIR@/hosted
    hosted-zone: [ @ZONES@ ]
@OPTION@
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: changes.
    file: @DIR@/changes
  - domain: bulk.hosted.
    file: @DIR@/bulk
  - domain: hosted.
    file: @DIR@/last
"""

# Of each tier what it says: * is a flag, - is none.
TIERS = {
    "all.test":            "****",
    "later.test":          "-***",
    "not.test":            "*---",
    "second.test":         " ***",
    "third.test":          "  **",
    "file.test":           "   *",
    "between.test":        " -**",
    "last.test":           "  -*",
    "twice.test":          " *-*",
    "up.test":             "*  *",
    "a.up.test":           " *  ",
    "b.a.up.test":         "  * ",
    "c.b.a.up.test":       "   *",
    "gone.up.test":        "-*  ",
    "below.gone.up.test":  "  * ",
    "wrong.test":          "!***",
}

OWNERS = {
    "all.test": "changes", "later.test": None, "not.test": "changes", "second.test": "bulk",
    "third.test": "last", "file.test": "file", "between.test": None, "last.test": None,
    "twice.test": "bulk", "up.test": "changes", "a.up.test": "bulk", "b.a.up.test": "last",
    "c.b.a.up.test": "file", "below.gone.up.test": "last", "x.a.up.test": None,
}


def files_of(tiers=None):
    """The zones and the file."""
    texts = {}
    for n, tier in enumerate(("changes", "bulk", "last")):
        texts[tier] = APEX + "".join({
            "*": f'{name} TXT "p" "tier={tier}"\n', "-": f"{name} TXT none\n",
            "!": f"{name} TXT nosuch\n", " ": ""}[marks[n]]
            for name, marks in (tiers or TIERS).items())
    texts["hosted"] = "".join(f"{name} p tier=file\n" for name, marks in (tiers or TIERS).items()
                              if marks[3] == "*")
    return {"p.zone": PROFILE, **texts}


def conf_of(zones=None, option=""):
    return CONF.replace("@ZONES@", ", ".join(zones or ZONES)).replace("@OPTION@", option)


def tier_of(server, name):
    """The tier that a domain is answered from; None if its name has no MX."""
    answer = ask(server, name + ".", "MX")
    assert answer.rcode() in (dns.rcode.NOERROR, dns.rcode.REFUSED, dns.rcode.NXDOMAIN), answer
    return answer.answer[0][0].exchange.to_text().partition(".")[0] if answer.answer else None


def change(server, zone, *words):
    for line in (["zone-begin"], words, ["zone-commit"]):
        server.knotc(line[0], zone, *line[1:])


@pytest.fixture(scope="module")
def server():
    with Knotd(conf_of(), files_of()) as up:
        yield up


@pytest.mark.parametrize("name", OWNERS)
def test_the_deepest_then_the_earliest_answers(server, name):
    for _ in range(2):
        assert tier_of(server, name) == OWNERS[name]


@pytest.mark.parametrize("name, apex", [
    ("gone.up.test", "up.test."), ("x.gone.up.test", "up.test."), ("x.b.a.up.test", "b.a.up.test."),
    ("x.a.up.test", "a.up.test."), ("x.up.test", "up.test."),
])
def test_what_is_taken_out_is_answered_by_the_one_above(server, name, apex):
    answer = ask(server, name, "TXT")
    assert not answer.answer and answer.authority[0].name.to_text() == apex
    # A nested domain is below the first one.
    assert (answer.rcode() == dns.rcode.NOERROR) == (name == "gone.up.test"), answer


@pytest.mark.parametrize("name, apex", [
    ("a.up.test", "up.test."), ("b.a.up.test", "a.up.test."), ("c.b.a.up.test", "b.a.up.test."),
    ("below.gone.up.test", "up.test."),
])
def test_ds_is_the_upper_ones_of_another_tier(server, name, apex):
    answer = ask(server, name, "DS")
    assert answer.rcode() == dns.rcode.NOERROR and answer.authority[0].name.to_text() == apex


def test_a_wrong_flag_of_an_earlier_zone_is_not_passed_over(server):
    answer = ask(server, "wrong.test.", "MX", use_edns=0)
    assert answer.rcode() == dns.rcode.SERVFAIL and "unknown profile" in answer.options[0].text
    assert "hosted zone 'changes.', domain 'wrong.test.' answered with SERVFAIL" in server.log()


def test_a_flag_moves_from_zone_to_zone_without_a_gap():
    """As a fold does it: the later zone has the flag before the earlier one loses it."""
    with Knotd(conf_of(), files_of({"file.test": "   *"})) as server:
        for name in ("new.test", "file.test"):
            before = tier_of(server, name)
            for _ in range(2):
                change(server, "changes.", "zone-set", name, "60", "TXT", '"p" "tier=changes"')
                assert tier_of(server, name) == "changes"
                change(server, "bulk.hosted.", "zone-set", name, "60", "TXT", '"p" "tier=bulk"')
                assert tier_of(server, name) == "changes"
                change(server, "changes.", "zone-unset", name, "TXT")
                assert tier_of(server, name) == "bulk"
                # Taken out at once, whatever the large zone says.
                change(server, "changes.", "zone-set", name, "60", "TXT", "none")
                assert tier_of(server, name) is None
                change(server, "bulk.hosted.", "zone-unset", name, "TXT")
                assert tier_of(server, name) is None
                change(server, "changes.", "zone-unset", name, "TXT")
                assert tier_of(server, name) == before


@pytest.mark.parametrize("missing", range(3))
def test_without_one_of_the_zones_the_others_answer(missing):
    files = files_of()
    conf = conf_of().replace(f"  - domain: {ZONES[missing]}\n", "  - domain: other.\n")
    with Knotd(conf, files) as server:
        for name, marks in TIERS.items():
            marks = marks[:missing] + " " + marks[missing + 1:]
            first = (marks.strip() or " ")[0]
            want = ("changes", "bulk", "last", "file")[marks.index(first)] if first == "*" else None
            if first != "!":
                assert tier_of(server, name) == want, name
        assert server.stats()["hosted-zone[unavailable]"] > 0
        lines = [line for line in server.log().splitlines() if "unavailable" in line]
        assert len(lines) == 1 and f"hosted zone '{ZONES[missing]}' unavailable" in lines[0]


# The configuration


def check(conf, expected):
    server = Knotd(conf, files_of())
    try:
        code, text = server.conf_check()
        assert (code != 0) == (expected is not None), text
        assert expected is None or expected in text
    finally:
        server.clean()


def test_more_than_eight_zones_are_an_error():
    many = [f"h{n}." for n in range(9)]
    check(conf_of(many), "more than 8 hosted zones (hosted-zone)")
    check(conf_of(many[:8]), None)
    # The server itself counts what is given twice once, whatever its case.
    check(conf_of(many[:8] + ["H3."]), None)


def test_a_list_over_several_lines_is_the_same():
    conf = conf_of().replace("    hosted-zone: [ changes., bulk.hosted., hosted. ]\n",
                             "".join(f"    hosted-zone: {zone}\n" for zone in ZONES))
    with Knotd(conf, files_of()) as server:
        for name, owner in OWNERS.items():
            assert tier_of(server, name) == owner


LOST = "not taken: the hosted zone 'bulk.hosted.' in use is no longer configured, so its domains would " \
    "be lost (hosted-file-max-shrink; set 100 to accept)"


def test_a_reload_adds_a_zone_but_takes_none_away():
    with Knotd(conf_of(ZONES[:1]), files_of()) as server:
        assert tier_of(server, "second.test") == "file"
        for zones in (ZONES[:2], ZONES):
            server.configure(conf_of(zones))
            server.knotc("reload")
            assert tier_of(server, "second.test") == "bulk"
            assert tier_of(server, "third.test") == ("last" if len(zones) == 3 else "file")
        # Another order.
        server.configure(conf_of(ZONES[::-1]))
        server.knotc("reload")
        assert tier_of(server, "all.test") == "last"
        assert "not taken" not in server.log()

        without = [ZONES[0], ZONES[2]]
        server.configure(conf_of(without))
        for _ in range(2):
            server.knotc("reload")
            assert tier_of(server, "all.test") == "last"
            assert tier_of(server, "a.up.test") == "bulk"
        assert LOST in server.log()
        server.configure(conf_of(without, "    hosted-file-max-shrink: 100\n"))
        server.knotc("reload")
        assert tier_of(server, "all.test") == "changes"
        assert tier_of(server, "a.up.test") is None
        assert tier_of(server, "second.test") == "last"


def test_the_guard_of_the_file_is_the_same_with_several_zones():
    conf = conf_of().replace("profile: [ @DIR@/p.zone ]", "profile: @PROFILES@/polarismail.zone")
    with Knotd(conf, {**files_of({}), "hosted": hosted(names(2000))}) as server:
        server.write("hosted", hosted(names(10)))
        server.knotc("reload")
        assert answered(server, names(2000)) == 2000
        assert "about 1990 of 2000 domains in use would be lost" in server.log()


# An overlay


def test_an_overlay_is_filled_by_any_of_the_zones():
    zones = ("second.test", "later.test", "other.test", "wrong.test", "file.test", "up.test")
    conf = conf_of(ZONES[:2]).replace("    global-module: mod-hostedmail/mail\n", "    storage: @DIR@\n")
    conf += "".join(f"  - domain: {zone}\n    file: @DIR@/plain\n    module: mod-hostedmail/mail\n"
                    for zone in zones)
    with Knotd(conf, {**files_of(), "plain": APEX + "www A 192.0.2.1\n"}) as server:
        for _ in range(2):
            assert tier_of(server, "second.test") == "bulk"
            assert tier_of(server, "up.test") == "changes"
            assert tier_of(server, "file.test") == "file"
            assert tier_of(server, "later.test") is None
            assert tier_of(server, "other.test") is None
            assert ask(server, "wrong.test.", "MX").rcode() == dns.rcode.SERVFAIL
            assert ask(server, "www.wrong.test.").answer
        change(server, "bulk.hosted.", "zone-set", "other.test", "60", "TXT", '"p" "tier=bulk"')
        assert tier_of(server, "other.test") == "bulk"
        change(server, "changes.", "zone-set", "other.test", "60", "TXT", "none")
        assert tier_of(server, "other.test") is None


# The tool


@needs_tool
def test_the_tool_says_which_zone_counts(server):
    socket = ["-s", server.dir / "knot.sock"]
    listed = run(*socket, "list", "--json").json()
    assert {entry["domain"]: entry["variables"]["tier"] for entry in listed["domains"]} == \
        {name: tier for name, tier in OWNERS.items() if tier}
    assert listed["count"] == len(listed["domains"]) and listed["wrong_flags"] == 1
    zone_of = dict(zip(("changes", "bulk", "last"), (zone.rstrip(".") for zone in ZONES)))
    for name, tier in OWNERS.items():
        shown = run(*socket, "show", name, "--json").json()
        assert shown["hosted"] == (tier is not None), shown
        if tier == "file":
            assert shown["tier"] == "file" and shown["flag"] is None
        elif tier:
            assert shown["flag"] == {"zone": zone_of[tier], "txt": f'"p" "tier={tier}"'}
    text = run(*socket, "show", "second.test").out
    assert '; by         the hosted zone bulk.hosted, TXT "p" "tier=bulk"' in text
    assert "a hosted zone takes it out" in run(*socket, "show", "later.test").err
    assert "flagged in the hosted zone 'changes', but wrongly" in run(*socket, "show", "wrong.test").err
    assert run(*socket, "check").code == 0


@needs_tool
def test_the_tool_goes_on_without_a_zone_that_the_server_does_not_have():
    conf = conf_of().replace("  - domain: bulk.hosted.\n", "  - domain: other.\n")
    with Knotd(conf, files_of()) as server:
        config, socket = ["-c", server.dir / "knot.conf"], ["-s", server.dir / "knot.sock"]
        result = run(*config, "list", "--json")
        assert result.code == 0 and "'bulk.hosted.' is not configured in the server" in result.err
        domains = {e["domain"]: e["variables"]["tier"] for e in result.json()["domains"]}
        assert domains["second.test"] == domains["third.test"] == "last"
        assert domains["all.test"] == "changes"
        result = run(*socket, "list")
        assert result.code == 2 and "'bulk.hosted.' is not configured" in result.err


@needs_tool
def test_the_tool_refuses_as_many_zones_as_the_server_does(tmp_path):
    path = tmp_path / "knot.conf"
    path.write_text("mod-hostedmail:\n  - id: mail\n    profile: /p.zone\n    hosted-zone: [ "
                    + ", ".join(f"h{n}." for n in range(9)) + " ]\n")
    result = run("-c", path, "check")
    assert result.code == 2 and "has more than 8 hosted zones" in result.err
