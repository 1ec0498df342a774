# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail says what the server does: check, show and list."""

import os
import random
import re
import shutil

import dns.rdatatype
import pytest

import expand
import questions
import tooling
from asking import ask, records
from differential import ORACLE, SOME_VARIABLES, VARIABLES, profile_files, sample
from harness import HAS_ZONES, PROFILES, Knotd
from tooling import Impostor, needs_tool, on_terminal, run

pytestmark = needs_tool

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone, @PROFILES@/full-2026.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""

HOSTED = """# domains
example.com
mail.customer.example aspiresoft-live cluster=b
xn--bcher-kva.example full-2026 token=a\\032b
wrong.example nothere
example.com full-2026
sub.example.com
smtp.mail.customer.example
co.uk
"""


@pytest.fixture(scope="module")
def server():
    conf = CONF + "zone:\n  - domain: zone.example.com\n    file: @DIR@/zone\n"
    zone = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    with Knotd(conf, {"hosted": HOSTED, "zone": zone}) as up:
        yield up


@pytest.fixture(params=["config", "server"])
def source(request, server):
    """The two ways to the same configuration."""
    if request.param == "config":
        return ["-c", server.dir / "knot.conf"]
    return ["-s", server.dir / "knot.sock"]


# check

def test_check_finds_every_line(source, server):
    result = run(*source, "check")
    assert result.code == 1 and result.err == ""
    hosted = f"{server.dir}/hosted"
    assert result.out.splitlines()[:3] == [
        f"{hosted}:5: error: unknown profile: 'nothere'",
        f"{hosted}:6: warning: duplicate; the last line is used",
        f"{hosted}:9: warning: 'co.uk' is a public suffix: the domains of others below it would be "
        "answered for as well"]
    assert "1 error, 2 warnings\n" in result.out


def test_check_counts_in_a_stable_form(source, server):
    result = run(*source, "--json", "check")
    assert result.code == 1
    report = result.json()
    server_said = report.pop("server")
    digest = report["hosted_file"].pop("digest")
    assert report == {
        "config": str(source[1]), "id": "mail",
        "findings": [
            {"severity": "error", "file": f"{server.dir}/hosted", "line": 5,
             "reason": "unknown profile: 'nothere'"},
            {"severity": "warning", "file": f"{server.dir}/hosted", "line": 6,
             "reason": "duplicate; the last line is used"},
            {"severity": "warning", "file": f"{server.dir}/hosted", "line": 9,
             "reason": "'co.uk' is a public suffix: the domains of others below it would be answered "
             "for as well"}],
        "errors": 1, "warnings": 2,
        "profiles": [
            {"name": "polarismail", "file": f"{PROFILES}/polarismail.zone", "domains": 3},
            {"name": "aspiresoft-live", "file": f"{PROFILES}/aspiresoft-live.zone", "domains": 1},
            {"name": "full-2026", "file": f"{PROFILES}/full-2026.zone", "domains": 2}],
        "hosted_file": {"file": f"{server.dir}/hosted", "domains": 6, "left_out": 1}}
    assert f".hosted-file[digest] = {digest}\n" in server.knotc("stats", "mod-hostedmail")
    if source[0] == "-s":
        assert server_said == {"in_use": True, "domains": 6, "digest": digest, "refused": False,
                               "unavailable": False}
    else:
        assert server_said is None


def test_check_of_a_file_that_is_not_live_yet(source, server, tmp_path):
    new = tmp_path / "new"
    new.write_text("example.com\n")
    result = run(*source, "check", new)
    assert result.code == 0 and "digest" in result.out and "0 errors, 0 warnings\n" in result.out
    report = run(*source, "check", new, "--json").json()
    assert report["hosted_file"]["domains"] == 1 and report["findings"] == []
    assert report["server"] is None or not report["server"]["in_use"]


def test_check_of_a_profile_with_errors(tmp_path):
    profile = tmp_path / "wrong.zone"
    profile.write_text("@ SOA a. b. 1 1 1 1 1\n@ MX 10 192.0.2.1\nx NS a.\n")
    conf = tmp_path / "knot.conf"
    conf.write_text(f"mod-hostedmail:\n  - id: a\n    profile: {profile}\n    hosted-file: /nothere\n")
    result = run("-c", conf, "check")
    assert result.code == 1
    assert f"{profile}:2: error: " in result.out and f"{profile}:3: error: " in result.out
    assert "The server would not load this configuration" in result.out
    report = run("-c", conf, "check", "--json").json()
    assert report["errors"] >= 2 and report["profiles"] == [] and report["hosted_file"] is None


def test_check_of_a_file_that_cannot_be_read(server):
    result = run("-c", server.dir / "knot.conf", "check", "/nothere")
    assert result.code == 2 and result.err == "error: /nothere could not be checked\n"
    assert result.out == "/nothere: error: cannot be read (No such file or directory)\n"
    report = run("-c", server.dir / "knot.conf", "check", "/nothere", "--json").json()
    assert report["failed"] == "/nothere could not be checked"


def test_check_of_names_around_an_excluded_one(tmp_path):
    conf = tmp_path / "knot.conf"
    hosted = tmp_path / "hosted"
    conf.write_text(f"mod-hostedmail:\n  - id: a\n    profile: {PROFILES}/polarismail.zone\n"
                    f"    hosted-file: {hosted}\n    hosted-exclude: [ Provider.example, other.test ]\n")
    hosted.write_text("provider.example\na.provider.example\nexample\nxprovider.example\nb.c.other.test\n")
    result = run("-c", conf, "check")
    assert result.code == 1
    assert result.out.splitlines()[:4] == [
        f"{hosted}:1: error: provider.example is excluded (hosted-exclude)",
        f"{hosted}:3: error: a top-level name cannot be hosted: 'example'",
        f"{hosted}:2: warning: 'a.provider.example' is below 'provider.example', which is excluded "
        "(hosted-exclude): is it a customer's?",
        f"{hosted}:5: warning: 'b.c.other.test' is below 'other.test', which is excluded "
        "(hosted-exclude): is it a customer's?"]


def test_check_of_a_global_module_without_domains(tmp_path):
    conf = tmp_path / "knot.conf"
    text = f"mod-hostedmail:\n  - id: a\n    profile: {PROFILES}/polarismail.zone\n"
    conf.write_text(text)
    assert run("-c", conf, "check").code == 0
    conf.write_text(text + "template:\n  - id: default\n    global-module: mod-hostedmail/a\n")
    result = run("-c", conf, "check")
    assert result.code == 1 and "a global module needs a hosted-file or a hosted-zone" in result.out


def test_a_load_says_as_much_as_check(tmp_path):
    """The server logs the first twenty of them."""
    hosted = "".join(f"a{i}.test nothere\nb{i}.test\nb{i}.test\n" for i in range(10))
    with Knotd(CONF, {"hosted": hosted}) as server:
        log = server.log()
        findings = run("-c", server.dir / "knot.conf", "check", "--json").json()["findings"]
        assert len(findings) == 20
        for finding in findings:
            assert f"{finding['file']}:{finding['line']}: {finding['reason']}" in log


# show

def test_show_says_where_a_domain_comes_from(source, server):
    result = run(*source, "show", "mail.customer.example")
    assert result.code == 0 and result.err == ""
    lines = result.out.splitlines()
    assert lines[:5] == [
        "; mail.customer.example is hosted",
        f"; by         the hosted file, {server.dir}/hosted:3",
        f"; profile    aspiresoft-live, {PROFILES}/aspiresoft-live.zone",
        "; variables  cluster=b",
        "; below      smtp.mail.customer.example"]
    assert lines[-2:] == [
        "; Records of the profile at these names are not there, since a nested domain has them:",
        "; smtp.mail.customer.example."]
    assert "smtp.mail.customer.example. " not in result.out.replace("; smtp", "")


def test_show_knows_the_line_that_counts(source, server):
    lines = run(*source, "show", "Example.COM.").out.splitlines()
    assert lines[1] == f"; by         the hosted file, {server.dir}/hosted:6"
    assert f"; warning    {server.dir}/hosted:6: duplicate; the last line is used" in lines
    assert "; below      sub.example.com" in lines
    assert "; zone       zone.example.com" in lines
    above = run(*source, "show", "sub.example.com").out.splitlines()
    assert "; above      example.com" in above


def test_show_names_the_variable_that_is_missing(source, server):
    out = run(*source, "show", "example.com").out
    line = [n for n, text in enumerate((PROFILES / "full-2026.zone").read_text().splitlines(), 1)
            if "{token}" in text and not text.startswith(";")][0]
    assert "; Left out, since the domain does not define a variable:\n" \
        f"; example.com. TXT needs token=... ({PROFILES}/full-2026.zone:{line})\n" in out


@pytest.mark.parametrize("name", ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example"])
def test_show_takes_and_shows_internationalized_names(source, name):
    out = run(*source, "show", name).out
    assert out.startswith("; xn--bcher-kva.example (bücher.example) is hosted\n")
    assert "; variables  token=a\\032b\n" in out
    # What the terminal cannot show is not shown.
    out = run(*source, "show", name, LC_ALL="C").out
    assert out.startswith("; xn--bcher-kva.example is hosted\n")


def test_show_has_a_stable_form(source, server):
    shown = run(*source, "show", "mail.customer.example", "--json").json()
    assert list(shown) == ["domain", "unicode", "hosted", "reason", "findings", "tier", "line", "flag",
                           "profile", "variables", "above", "below", "zones", "records", "left_out",
                           "empty", "hidden"]
    assert shown["domain"] == "mail.customer.example" and shown["unicode"] is None
    assert shown["hosted"] is True and shown["tier"] == "file" and shown["flag"] is None
    assert shown["line"] == {"file": f"{server.dir}/hosted", "line": 3}
    assert shown["profile"] == {"name": "aspiresoft-live", "file": f"{PROFILES}/aspiresoft-live.zone"}
    assert shown["variables"] == {"cluster": "b"}
    assert shown["below"] == {"count": 1, "names": ["smtp.mail.customer.example"]}
    assert shown["hidden"] == ["smtp.mail.customer.example."]
    assert {"owner": "mail.customer.example.", "ttl": 3600, "type": "MX",
            "rdata": "10 mx.mail.customer.example.cust.b.hostedemail.com."} in shown["records"]
    bytes_ = run(*source, "show", "xn--bcher-kva.example", "--json").json()
    assert bytes_["unicode"] == "bücher.example" and bytes_["variables"] == {"token": "a\\032b"}


def test_show_of_what_is_not_hosted(source, server):
    result = run(*source, "show", "nothere.example")
    assert result.code == 1 and result.out == "" and result.err == "nothere.example is not hosted\n"
    result = run(*source, "show", "www.example.com")
    assert result.code == 1 and result.out == ""
    assert result.err == "www.example.com is not hosted itself; it belongs to the hosted domain " \
        "example.com\n"
    result = run(*source, "show", "wrong.example")
    assert result.code == 1 and result.out == ""
    assert result.err == f"{server.dir}/hosted:5: error: unknown profile: 'nothere'\n" \
        "wrong.example is not hosted\n"
    shown = run(*source, "show", "wrong.example", "--json").json()
    assert shown["hosted"] is False and shown["reason"] == "wrong.example is not hosted"
    assert shown["findings"][0]["line"] == 5


def domains_of(profile):
    """Domains of a profile, with all variables that its records use."""
    variables = {**VARIABLES, **SOME_VARIABLES}
    for name in expand.VARIABLE.findall(profile.read_text()):
        if name and not name.startswith("domain"):
            variables.setdefault(name, "other")
    name = profile.stem.replace("_", "-")
    domains = [f"{name}.test", f"a.b.c.{name}.example", f"xn--bcher-kva.{name}.test"]
    if profile.stem == "long":
        domains = ["{}.long.test".format("r" * 9)]
    return {domain: variables for domain in domains}


class Pair(questions.Pair):
    """The module, and a server with the zones that the tool prints."""

    def __init__(self, profiles):
        hosted, self.zones, files, zones = [], [], {}, []
        for profile in profiles:
            for domain, variables in domains_of(profile).items():
                hosted.append(" ".join([domain, profile.stem] + [f"{k}={v}" for k, v in variables.items()]))
                zone, ghosts = expand.expand(profile.read_text(), domain, {**variables, **ORACLE})
                assert not ghosts
                self.zones.append((zone, domain))
                zones.append(f"  - domain: {domain}\n    file: @DIR@/{domain}.zone\n")
        paths = ", ".join(map(str, profiles))
        self.ours = Knotd(CONF.replace("[ @PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone, "
                                       "@PROFILES@/full-2026.zone ]", f"[ {paths} ]"),
                          {"hosted": "\n".join(hosted) + "\n"})
        for _, domain in self.zones:
            result = run("-c", self.ours.dir / "knot.conf", "show", domain)
            assert result.code == 0, result
            files[f"{domain}.zone"] = result.out
        self.native = Knotd("template:\n  - id: default\n    semantic-checks: off\n"
                            "    zonefile-load: whole\n    journal-content: none\nzone:\n" + "".join(zones),
                            files, module=False)


@pytest.mark.parametrize("profile", profile_files(), ids=lambda path: path.stem)
def test_the_zone_that_is_shown_answers_what_the_module_answers(profile):
    with Pair([profile]) as pair:
        table = sample(questions.table(pair.zones))
        ours, theirs = (questions.ask(server, table) for server in (pair.ours, pair.native))
        answered = sum(1 for answer in ours if answer[7] > 0)
        assert answered > 20
        count, shown = questions.differences([q for q in table], ours, theirs)
        known = [q for q, o, t in zip(table, ours, theirs) if o != t and is_known_difference(q[0], o, t)]
        assert count == len(known), f"{count} of {len(table)} answers differ\n{shown}"


def is_known_difference(query, our, their):
    """What the differential test knows too: DS of a nested domain is the upper one's."""
    from test_differential import zero_byte_chain
    import dns.message
    message = dns.message.from_wire(query)
    name = message.question[0].name
    nested = message.question[0].rdtype == dns.rdatatype.DS and \
        name.labels[0].lower() == b"xn--bcher-kva" and len(name.labels) == 4
    return nested or zero_byte_chain(query, our, their)


# list

def test_list_has_all_domains(source):
    result = run(*source, "list")
    assert result.code == 0 and result.err == ""
    lines = result.out.splitlines()
    assert lines[0] == "DOMAIN                      TIER  PROFILE          VARIABLES"
    assert sorted(lines[1:]) == [
        "co.uk                       file  polarismail",
        "example.com                 file  full-2026",
        "mail.customer.example       file  aspiresoft-live  cluster=b",
        "smtp.mail.customer.example  file  polarismail",
        "sub.example.com             file  polarismail",
        "xn--bcher-kva.example       file  full-2026        token=a\\032b"]


@pytest.mark.parametrize("words, names", [
    (["--profile", "full-2026"], ["example.com", "xn--bcher-kva.example"]),
    (["--variable", "cluster"], ["mail.customer.example"]),
    (["--variable", "cluster=b"], ["mail.customer.example"]),
    (["--variable", "cluster=a"], []),
    (["--variable", "token=a\\032b"], ["xn--bcher-kva.example"]),
    (["--variable", "toke"], []),
    (["--profile", "polarismail", "--variable", "cluster"], []),
])
def test_list_is_filtered(source, words, names):
    listed = run(*source, "list", *words, "--json").json()
    assert sorted(entry["domain"] for entry in listed["domains"]) == names
    assert listed["count"] == len(names)
    lines = run(*source, "list", *words).out.splitlines()
    assert sorted(line.split()[0] for line in lines[1:]) == names


def test_list_counts(source):
    assert run(*source, "list", "--count").out == """\
PROFILE          DOMAINS
polarismail            3
aspiresoft-live        1
full-2026              2
all                    6
"""
    assert run(*source, "list", "--count", "--json").json() == {
        "profiles": [{"name": "polarismail", "domains": 3}, {"name": "aspiresoft-live", "domains": 1},
                     {"name": "full-2026", "domains": 2}],
        "count": 6, "wrong_flags": 0}


def test_list_has_a_stable_form(source):
    listed = run(*source, "list", "--json", "--variable", "cluster").json()
    assert listed == {
        "domains": [{"domain": "mail.customer.example", "tier": "file", "profile": "aspiresoft-live",
                     "variables": {"cluster": "b"}}],
        "profiles": [{"name": "polarismail", "domains": 0}, {"name": "aspiresoft-live", "domains": 1},
                     {"name": "full-2026", "domains": 0}],
        "count": 1, "wrong_flags": 0}


# The hosted zone

FLAGS = """
zone-only.test       TXT polarismail
live.test            TXT aspiresoft-live cluster=b
both.test            TXT full-2026 "token=a b\\"c"
taken.test           TXT none
a.upper.test         TXT ""
wrong.test           TXT nothere
two.test             TXT polarismail
two.test             TXT full-2026
*.wild.test          TXT polarismail
nocluster.test       TXT aspiresoft-live
above.test           TXT polarismail
toplevel             TXT polarismail
not-a-flag.test      A   192.0.2.1
"""

BOTH = "both.test\ntaken.test\nupper.test aspiresoft-live cluster=c\nfile-only.test\n"


@pytest.fixture(scope="module")
def flagged():
    conf = CONF.replace("    hosted-file:", "    hosted-zone: hosted.\n    hosted-exclude: [ excluded.above.test ]\n"
                        "    hosted-file:") + \
        "zone:\n  - domain: hosted.\n    file: @DIR@/flags\n"
    flags = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n" + FLAGS
    with Knotd(conf, {"hosted": BOTH, "flags": flags}) as up:
        yield up


needs_zone = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")


@pytest.fixture(params=["config", "server", "both"])
def zoned(request, flagged):
    """The server of a configuration is asked for the hosted zone, given or not."""
    words = {"config": ["-c", flagged.dir / "knot.conf"], "server": ["-s", flagged.dir / "knot.sock"]}
    return words.get(request.param) or words["config"] + words["server"]


@needs_zone
def test_list_has_the_domains_of_both_tiers(zoned):
    result = run(*zoned, "list")
    assert result.code == 0
    assert sorted(" ".join(line.split()) for line in result.out.splitlines()[1:]) == [
        "*.wild.test zone polarismail",
        "a.upper.test zone polarismail",
        "both.test zone full-2026 token=a\\032b\"c",
        "file-only.test file polarismail",
        "live.test zone aspiresoft-live cluster=b",
        "upper.test file aspiresoft-live cluster=c",
        "zone-only.test zone polarismail"]
    assert sorted(result.err.splitlines()) == [
        "warning: the flag of 'above.test' is wrong: excluded, or above an excluded name "
        "(hosted-exclude)",
        "warning: the flag of 'nocluster.test' is wrong: no MX left: profile aspiresoft-live needs "
        "cluster=...",
        "warning: the flag of 'toplevel' is wrong: a top-level name cannot be hosted",
        "warning: the flag of 'two.test' is wrong: more than one TXT record",
        "warning: the flag of 'wrong.test' is wrong: unknown profile"]
    assert run(*zoned, "list", "--json").json()["wrong_flags"] == 5


@needs_zone
def test_every_listed_domain_is_answered_and_no_other(zoned, flagged):
    listed = {entry["domain"] for entry in run(*zoned, "list", "--json").json()["domains"]}
    for name in ("zone-only.test", "live.test", "both.test", "taken.test", "a.upper.test", "upper.test",
                 "wrong.test", "two.test", "above.test", "nocluster.test", "toplevel", "file-only.test", "not-a-flag.test", "nothere.test"):
        assert bool(records(ask(flagged, name, "SOA"))) == (name in listed), name


@needs_zone
def test_show_of_a_flag(zoned):
    lines = run(*zoned, "show", "both.test").out.splitlines()
    assert lines[:2] == ["; both.test is hosted",
                         "; by         the hosted zone hosted, TXT \"full-2026\" \"token=a b\\\"c\""]
    shown = run(*zoned, "show", "both.test", "--json").json()
    assert shown["tier"] == "zone" and shown["line"] is None
    assert shown["flag"] == {"zone": "hosted", "txt": "\"full-2026\" \"token=a b\\\"c\""}
    assert shown["variables"] == {"token": "a\\032b\"c"}
    shown = run(*zoned, "show", "upper.test", "--json").json()
    assert shown["tier"] == "file" and shown["below"] == {"count": 1, "names": ["a.upper.test"]}
    shown = run(*zoned, "show", "a.upper.test", "--json").json()
    assert shown["above"] == {"count": 1, "names": ["upper.test"]}


@needs_zone
@pytest.mark.parametrize("name, text", [
    ("taken.test", "taken.test is not hosted: a hosted zone takes it out, with the profile 'none'"),
    ("wrong.test", "wrong.test is flagged in the hosted zone 'hosted', but wrongly, so it is answered with "
     "SERVFAIL: unknown profile"),
    ("two.test", "two.test is flagged in the hosted zone 'hosted', but wrongly, so it is answered with SERVFAIL: "
     "more than one TXT record"),
    ("not-a-flag.test", "not-a-flag.test is not hosted"),
    ("above.test", "above.test is not hosted: its flag in the hosted zone is ignored, for a top-level "
     "name, an excluded name or one above it cannot be hosted"),
    ("nocluster.test", "nocluster.test is flagged in the hosted zone 'hosted', but wrongly, so it is answered with "
     "SERVFAIL: no MX left: profile aspiresoft-live needs cluster=..."),
    ("www.zone-only.test", "www.zone-only.test is not hosted itself; it belongs to the hosted domain "
     "zone-only.test"),
])
def test_show_of_what_the_zone_does_not_flag(zoned, name, text):
    result = run(*zoned, "show", name)
    assert result.code == 1 and result.out == "" and result.err == text + "\n"


def test_without_a_server_the_hosted_zone_is_not_asked(tmp_path):
    conf = tmp_path / "knot.conf"
    (tmp_path / "hosted").write_text("a.test\n")
    conf.write_text(f"server:\n    rundir: {tmp_path}\nmod-hostedmail:\n  - id: a\n"
                    f"    profile: {PROFILES}/polarismail.zone\n    hosted-file: {tmp_path}/hosted\n"
                    "    hosted-zone: hosted\n")
    result = run("-c", conf, "list")
    assert result.code == 0 and "a.test" in result.out
    assert result.err == "warning: the hosted zone was not asked: no server at the control socket " \
        f"'{tmp_path}/knot.sock' (No such file or directory); -s names the control socket of a server " \
        "that has it\n"
    result = run("-c", conf, "show", "other.example")
    assert result.code == 1
    assert result.err.endswith("other.example is not hosted, as far as the hosted file can tell\n")
    assert run("-c", conf, "-s", tmp_path / "knot.sock", "show", "a.test").is_error("no server")


@needs_zone
def test_a_hosted_zone_that_is_not_there_is_an_error(flagged):
    """A server that has the configuration of another one."""
    with Knotd(CONF, {"hosted": BOTH}) as other:
        words = ["-c", flagged.dir / "knot.conf", "-s", other.dir / "knot.sock"]
        assert run(*words, "list").is_error("the hosted zone 'hosted.' is not configured in the server")


# Errors

def test_what_cannot_be_done_is_one_sentence(server, tmp_path):
    conf = server.dir / "knot.conf"
    (tmp_path / "tab").write_text("server:\n\tlisten: x\n")
    (tmp_path / "none").write_text("server:\n    listen: 127.0.0.1\n")
    (tmp_path / "two").write_text("mod-hostedmail:\n  - id: a\n  - id: b\n")
    (tmp_path / "empty").write_text("mod-hostedmail:\n  - id: a\n")
    for words, text in [
            (["-c", "/nothere", "list"], "/nothere: cannot be read (No such file or directory)"),
            (["-c", tmp_path, "list"], "not a regular file"),
            (["-c", tmp_path / "tab", "list"], "tab:2: tabulator character is not allowed"),
            (["-c", tmp_path / "none", "list"], "there is no section mod-hostedmail"),
            (["-c", tmp_path / "two", "list"], "choose one with -i: a, b"),
            (["-c", tmp_path / "two", "-i", "c", "list"], "no section mod-hostedmail with the id 'c'"),
            (["-c", tmp_path / "empty", "list"], "section mod-hostedmail 'a' has no profile"),
            (["-s", tmp_path / "nothere", "list"], "no server at the control socket"),
            (["-s", conf, "list"], "is not a control socket"),
            (["-c", conf, "list", "--profile", "x"], "there is no profile 'x' in the configuration"),
            (["-c", conf, "show", "a..b"], "'a..b' is not a domain name"),
            (["-c", conf, "show"], "usage: khostedmail show DOMAIN"),
            (["-c", conf, "nothere"], "there is no command 'nothere'"),
            ([], "a command is missing")]:
        result = run(*words)
        assert result.is_error(text), (words, result)


def test_a_module_that_is_not_loaded_is_an_error():
    with Knotd("", module=False) as server:
        assert run("-s", server.dir / "knot.sock", "list").is_error("has not loaded mod-hostedmail")


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None,
                    reason="needs root to be somebody else")
def test_no_permission_is_an_error(server, tmp_path):
    folder = server.dir
    folder.chmod(0o755)
    (folder / "knot.sock").chmod(0o600)
    result = run("-s", folder / "knot.sock", "list", user=65534)
    assert result.is_error("no permission to use the control socket"), result
    conf = tmp_path / "knot.conf"
    conf.write_text("")
    conf.chmod(0)
    assert run("-c", "/etc/shadow", "list", user=65534).is_error("Permission denied")


def test_a_dead_socket_is_an_error(tmp_path):
    with Impostor(tmp_path / "sock") as impostor:
        path = impostor.path
        (tmp_path / "dead").hardlink_to(path)
    assert run("-s", tmp_path / "dead", "list").is_error("no server listens at the control socket")


@pytest.mark.parametrize("answer", [b"", b"\0", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x10\xff\xff",
                                    bytes(range(256)) * 10, b"\x11" * 70000],
                         ids=["nothing", "zero", "http", "too long", "all bytes", "endless"])
def test_garbage_from_a_socket_is_an_error(tmp_path, answer):
    with Impostor(tmp_path / "sock", answer):
        result = run("-s", tmp_path / "sock", "-t", "2", "list")
    told = "answers with garbage" if answer[:1] in (b"\0", b"H") else "does not answer"
    assert result.is_error(told), result


def test_random_garbage_from_a_socket_is_an_error(tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    numbers = random.Random(seed)
    for n in range(100):
        # Mostly what a server sends: unit and item codes, and lengths.
        answer = bytes(numbers.choice((0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 26, 27, numbers.randrange(256)))
                       for _ in range(numbers.randrange(1, 300)))
        with Impostor(tmp_path / f"sock{n}", answer):
            result = run("-s", tmp_path / f"sock{n}", "-t", "1", "list")
            assert result.code == 2 and result.err.startswith("error: "), result


def test_a_full_disk_is_an_error(server):
    with open("/dev/full", "w") as full:
        result = tooling.subprocess.run([str(tooling.TOOL), "-c", str(server.dir / "knot.conf"), "list"],
                                        stdout=full, stderr=tooling.subprocess.PIPE, text=True,
                                        env=tooling.environment())
    assert result.returncode == 2
    assert result.stderr == "error: the output cannot be written (No space left on device)\n"


# For people

def test_colour_is_for_terminals_only(server):
    words = ["-c", server.dir / "knot.conf", "check"]
    assert "\033[" not in run(*words).out
    assert "\033[31merror: \033[0m" in run(*words, "--color").out
    code, text = on_terminal(*words)
    assert code == 1 and "\033[31merror: \033[0m" in text
    assert "\033[" not in on_terminal(*words, NO_COLOR="1")[1]
    assert "\033[" in on_terminal(*words, NO_COLOR="")[1]
    assert "\033[" not in on_terminal(*words, "--mono")[1]


def test_long_work_shows_that_it_goes_on(tmp_path):
    with Impostor(tmp_path / "sock", seconds=3.5):
        words = ["-s", tmp_path / "sock", "-t", "10", "list"]
        code, text = on_terminal(*words)
        assert code == 2
        progress, _, rest = text.rpartition("\r\033[K")
        assert f"{tmp_path}/sock: 2 s" in progress and f"{tmp_path}/sock: 3 s" in progress
        assert "s" not in rest.split("error: ")[0].replace("\033[31m", "")
        assert run(*words).err.startswith("error: ")


def test_the_help_has_every_command(server):
    result = run("-h")
    assert result.code == 0 and result.err == ""
    commands = re.findall("^  ([a-z-]+) ", result.out.partition("\nCommands:\n")[2].partition("\n\n")[0], re.M)
    assert {"check", "show", "list"} <= set(commands)
    for command in commands:
        assert f"  khostedmail {command}" in result.out
        of_command = run(command, "--help")
        assert of_command.code == 0 and f"khostedmail {command}" in of_command.out
        assert all(len(line) <= 100 for line in of_command.out.splitlines())
    assert run("-V").out.startswith("khostedmail ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is missing")
@pytest.mark.parametrize("line, words", [
    ("che", {"check"}),
    ("sho", {"show"}),
    ("check @CON", {"@CONF@"}),
    ("--config @CON", {"@CONF@"}),
    ("-s @CON", {"@CONF@"}),
    ("-t ", set()),
    ("show ", set()),
    ("list --pro", {"--profile"}),
    ("instructions --format m", {"markdown"}),
    ("instructions --way ", {"domain", "subdomain", "records"}),
    ("instructions --template @CON", {"@CONF@"}),
    ("diff @CON", {"@CONF@"}),
    ("import --over", {"--overlay"}),
    ("export --format d", {"domain-connect"}),
    ("export --output @CON", {"@CONF@"}),
    ("show --pro", set()),
    ("-c @CONF@ --j", {"--json"}),
    ("-c @CONF@ list --profile full", {"full-2026"}),
    ("-c @CONF@ list --profile ", {"polarismail", "aspiresoft-live", "full-2026"}),
])
def test_bash_completes(server, line, words):
    script = tooling.TOOL.parent / "tool" / "khostedmail.bash"
    if not script.exists():
        script = tooling.pathlib.Path(__file__).parents[2] / "tool" / "khostedmail.bash"
    conf = str(server.dir / "knot.conf")
    line = f"{tooling.TOOL} " + line.replace("@CONF@", conf).replace("@CON", conf.removesuffix("f"))
    words = {word.replace("@CONF@", conf) for word in words}
    last = "" if line.endswith(" ") else None
    code = f"""
. {script}
COMP_WORDS=({line}{" ''" if last == "" else ""})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_khostedmail
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = tooling.subprocess.run(["bash", "-c", code], capture_output=True, text=True)
    assert result.stderr == "" and set(result.stdout.split()) == words
