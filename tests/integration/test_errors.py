# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error of an input file is told with file and line, at the configuration check and at start,
and nothing else is lost by it."""

import os

import dns.rcode
import pytest

from asking import ask, records
from harness import Knotd, eventually

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @DIR@/p.zone ]
    hosted-file: @DIR@/hosted
template:
  - id: default
    global-module: mod-hostedmail/mail
"""

APEX = """$TTL 3600
@ SOA ns.test. h.test. 1 14400 3600 1209600 3600
@ NS ns.test.
"""

# Text behind the apex records (so that its first line is line 4), line, reason.
PROFILE_ERRORS = {
    "syntax": ("@ MX mx.test.\n", 4, "invalid number"),
    "unknown type": ("@ NOTYPE x\n", 4, "unsupported record type"),
    "CNAME at the apex": ("@ CNAME x.test.\n", 4, "CNAME at the apex"),
    "CNAME and other data at one owner": ("x CNAME x.test.\nx A 192.0.2.1\n", 4, "CNAME and other data at one owner"),
    "two CNAME": ("x CNAME x.test.\nx CNAME y.test.\n", 5, "more than one CNAME"),
    "IP address as exchanger": ("@ MX 10 192.0.2.1\n", 4, "IP address instead of a host name"),
    "absolute IP address": ("x CNAME 192.0.2.1.\n", 4, "IP address instead of a host name"),
    "IP address in SRV": ("_x._tcp SRV 0 0 25 192.0.2.1\n", 4, "IP address instead of a host name"),
    "IPv6 address as exchanger": ("@ MX 10 2001:db8::1\n", 4, "invalid domain name character"),
    "variable in an owner": ("{domain:-} A 192.0.2.1\n", 4, "variable not allowed in an owner"),
    "malformed variable": ("x TXT \"{a b}\"\n", 4, "malformed variable '{a'"),
    "unclosed variable": ("x TXT \"{domain\"\n", 4, "malformed variable '{domain'"),
    "unknown form of domain": ("x TXT \"{domain:+}\"\n", 4, "malformed variable"),
    "variable in a number": ("x MX {n} mx.test.\n", 4, "invalid number"),
    "variable in an address": ("x A {ip}\n", 4, "invalid address character"),
    "domain as part of a label": ("x CNAME a-{domain}.test.\n", 4, "cannot be part of a label"),
    "RRSIG": ("x DS 1 8 2 " + 64 * "0" + "\n", 4, "DNSSEC type not allowed in a profile"),
    "DNSKEY": ("@ DNSKEY 256 3 8 AAAA\n", 4, "DNSSEC type not allowed in a profile"),
    "NSEC": ("@ NSEC x.test. A\n", 4, "DNSSEC type not allowed in a profile"),
    "CDS": ("@ CDS 0 0 0 00\n", 4, "DNSSEC type not allowed in a profile"),
    "DNAME": ("x DNAME x.test.\n", 4, "DNAME"),
    "NS below the apex": ("x NS ns.test.\n", 4, "NS below the apex"),
    "SOA below the apex": ("x SOA a. b. 1 2 3 4 5\n", 4, "SOA below the apex"),
    "two SOA": ("@ SOA a. b. 1 2 3 4 5\n", 4, "more than one SOA"),
    "owner outside the domain": ("x.test. A 192.0.2.1\n", 4, "outside the domain"),
    "class": ("x CH TXT x\n", 4, "unsupported record type"),
    "unclosed parenthesis": ("x TXT ( x\n", 4, "unclosed"),
    "missing include": ("$INCLUDE missing.zone\n", 0, "missing.zone: cannot be read"),
}


def check(server, *expected):
    """Both ways to meet a configuration error show it, and the server does not start."""
    code, output = server.conf_check()
    assert code != 0, output
    for text in expected:
        assert text in output
    server.start(wait=False)
    assert server.process.wait(30) != 0
    server.process = None
    for text in expected:
        assert text in server.log()


@pytest.fixture
def stopped():
    """A server that is configured but not started."""
    server = Knotd(CONF, {"p.zone": APEX, "hosted": "example.com\n"})
    yield server
    server.clean()


@pytest.mark.parametrize("name", PROFILE_ERRORS)
def test_an_error_in_a_profile_is_told_with_file_and_line(stopped, name):
    text, line, reason = PROFILE_ERRORS[name]
    path = stopped.write("p.zone", APEX + text)
    check(stopped, f"{path}:{line}: " if line else "", reason)


@pytest.mark.parametrize("text, reason", [
    ("@ NS ns.test.\n", "no SOA at the apex"),
    ("@ SOA a. b. 1 2 3 4 5\n", "no NS at the apex"),
    ("", "no SOA at the apex"),
    ("@ SOA a. b. 1 2 3 4 5\n@ NS {ns}.test.\n", "every NS uses {NAME}"),
    ("@ SOA {ns}. b. 1 2 3 4 5\n@ NS ns.test.\n", "{NAME} not allowed in an SOA"),
])
def test_a_profile_needs_soa_and_ns(stopped, text, reason):
    path = stopped.write("p.zone", text)
    check(stopped, str(path), reason)


def test_an_error_in_an_included_file_names_that_file(stopped):
    stopped.write("p.zone", APEX + "$INCLUDE more.zone\n")
    path = stopped.write("more.zone", "x A 192.0.2.1\nx NS ns.test.\n")
    check(stopped, f"{path}:2: NS below the apex")


def test_several_errors_are_told_at_once(stopped):
    path = stopped.write("p.zone", APEX + "x NS ns.test.\n@ CNAME x.test.\n")
    check(stopped, f"{path}:4: NS below the apex", f"{path}:5: CNAME at the apex")


def test_more_errors_than_fit_are_hinted_at(stopped):
    stopped.write("p.zone", APEX + "x NS ns.test.\n" * 50)
    check(stopped, "p.zone:4: NS below the apex", "and more")


def test_two_profiles_of_the_same_name_are_an_error(stopped):
    (stopped.dir / "other").mkdir()
    path = stopped.write("other/p.zone", APEX)
    stopped.configure(CONF.replace("@DIR@/p.zone", f"@DIR@/p.zone, {path}"))
    check(stopped, str(path), "another profile has the same name")


def test_a_profile_cannot_be_named_none(stopped):
    stopped.write("none.zone", APEX)
    stopped.configure(CONF.replace("@DIR@/p.zone", "@DIR@/none.zone"))
    check(stopped, "none.zone: the profile name 'none' is reserved")


def test_a_missing_profile_is_an_error(stopped):
    stopped.configure(CONF.replace("    profile: [ @DIR@/p.zone ]\n", ""))
    check(stopped, "no profile specified")


def test_a_global_module_without_a_set_is_an_error(stopped):
    """The configuration check does not know where a module is to be used, in an overlay it is fine."""
    stopped.configure(CONF.replace("    hosted-file: @DIR@/hosted\n", ""))
    stopped.start(wait=False)
    eventually(lambda: "no hosted-file or hosted-zone specified" in stopped.log(), "an error")


UNREADABLE = [("missing", "No such file"), ("folder", "not a regular file"),
              ("fifo", "not a regular file")]


def make_unreadable(path, kind):
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)


@pytest.mark.parametrize("kind, reason", UNREADABLE)
def test_a_profile_that_cannot_be_read_is_an_error(stopped, kind, reason):
    path = stopped.dir / "p.zone"
    make_unreadable(path, kind)
    check(stopped, str(path), reason)


@pytest.mark.parametrize("kind, reason", UNREADABLE)
def test_a_hosted_file_that_cannot_be_read_costs_its_own_domains_only(stopped, kind, reason):
    """As a zone file does: the server starts, and serves everything else."""
    path = stopped.dir / "hosted"
    make_unreadable(path, kind)
    stopped.write("own", "@ SOA ns. h. 1 2 3 4 5\n@ NS ns.\nx A 192.0.2.7\n")
    stopped.configure(CONF + "zone:\n  - domain: own.test\n    file: @DIR@/own\n")
    assert stopped.conf_check()[0] == 0
    with stopped as server:
        assert f"{path}: " in server.log() and reason in server.log()
        eventually(lambda: records(ask(server, "x.own.test.")), "the ordinary zone")
        assert ask(server, "one.test.", "SOA").rcode() == dns.rcode.REFUSED
        # Each reload says it again, and takes the file once it is there.
        server.knotc("reload")
        assert server.log().count(f"{path}: ") == 2
        path.rmdir() if kind == "folder" else path.unlink(missing_ok=True)
        server.write("hosted", "one.test\n")
        server.knotc("reload")
        assert ask(server, "one.test.", "SOA").answer


def test_a_ttl_that_differs_is_a_warning():
    with Knotd(CONF, {"p.zone": APEX + "x 60 A 192.0.2.1\nx 70 A 192.0.2.2\n",
                      "hosted": "example.com\n"}) as server:
        assert server.conf_check()[0] == 0
        assert "p.zone:5: TTL differs" in server.log()
        assert ask(server, "x.example.com.").answer[0].ttl == 70


# Line of a hosted file, reason.
HOSTED_ERRORS = {
    "bad..name": "not a domain name",
    "a" * 64 + ".test": "not a domain name",
    "a." * 127 + "test": "not a domain name",
    ".": "the root cannot be hosted",
    "x.test unknown": "unknown profile: 'unknown'",
    "x.test none": "the profile 'none' works in a hosted zone only",
    "x.test p novalue": "not of the form name=value",
    "x.test p =value": "not of the form name=value",
    "x.test p a=1 a=2": "a variable is given twice",
    "x.test p domain=y": "the variable 'domain' is reserved",
    "x.test p a=\\25": "needs three digits",
    "x.test p a=\\256": "greater than 255",
    "x.test p " + "n" * 64 + "=1": "longer than 63 bytes",
    "x.test p a=" + "v" * 4097: "longer than 4096 bytes",
    "x.test p name=a..b": "results in an empty label",
    "x.test p name=192.0.2.1": "IP address",
    "x.test p name=2001:db8::1": "IP address",
    "x.test p name=" + "l" * 64: "becomes too long",
    "b\u00fccher.test": "an internationalized name is written as its A-label",
    "x.test#comment": "a comment needs a space",
    "x.test p a=\x01": "not printable ASCII",
    "y" * 70000: "longer than 65535 bytes",
}


@pytest.mark.parametrize("bad", HOSTED_ERRORS, ids=lambda line: line[:30].encode("unicode_escape").decode())
def test_a_bad_line_is_told_and_takes_no_other_down(bad):
    profile = APEX + "@ MX 10 {name}.\n@ MX 20 mx2.test.\n@ TXT \"{a}\"\n"
    with Knotd(CONF, {"p.zone": profile, "hosted": f"one.test\n{bad}\ntwo.test p name=mx.test"}) as server:
        assert server.conf_check()[0] == 0
        assert f"hosted:2: {HOSTED_ERRORS[bad]}" in server.log() or \
            ("hosted:2: " in server.log() and HOSTED_ERRORS[bad] in server.log())
        assert "2 hosted domains" in server.log()
        assert ask(server, "one.test.", "SOA").answer
        assert records(ask(server, "two.test.", "MX")) == [
            "two.test. 3600 IN MX 10 mx.test.\ntwo.test. 3600 IN MX 20 mx2.test."]
        assert not ask(server, "x.test.", "SOA").answer


def test_a_thousand_bad_lines_among_good_ones():
    lines = "".join(f"good{i}.test\nbad..{i}\n" for i in range(1000))
    with Knotd(CONF, {"p.zone": APEX, "hosted": lines}) as server:
        assert server.log().count("not a domain name") == 20
        assert "hosted: 1000 errors in total" in server.log()
        assert "1000 hosted domains" in server.log()
        for i in range(1000):
            assert ask(server, f"good{i}.test.", "SOA").answer


def test_findings_of_a_hosted_file():
    hosted = "one.test\ntop\r\none.test p a=x\r\n# comment\n\n  # another\n"
    with Knotd(CONF, {"p.zone": APEX + '@ TXT "{a}"\n', "hosted": hosted}) as server:
        assert "hosted:2: a top-level name cannot be hosted: 'top'" in server.log()
        assert "hosted:3: duplicate; the last line is used" in server.log()
        assert records(ask(server, "one.test.", "TXT")) == ['one.test. 3600 IN TXT "x"']
        assert not ask(server, "top.", "SOA").answer


@pytest.mark.parametrize("damage, reason", [
    (lambda s: s.write("p.zone", APEX + "x NS ns.test.\n"), "p.zone:4: NS below the apex"),
    (lambda s: (s.dir / "p.zone").unlink(), "p.zone: cannot be read"),
    (lambda s: s.configure(CONF.replace("hosted-file", "hosted-fail")), "hosted-fail"),
], ids=["profile", "profile missing", "option"])
def test_a_failed_reload_keeps_the_old_configuration(damage, reason):
    with Knotd(CONF, {"p.zone": APEX + "x A 192.0.2.1\n", "hosted": "one.test\n"}) as server:
        for _ in range(2):
            damage(server)
            assert "error" in server.knotc("reload", check=False)
            assert reason in server.log()
            assert records(ask(server, "x.one.test.")) == ["x.one.test. 3600 IN A 192.0.2.1"]
            server.write("p.zone", APEX + "x A 192.0.2.1\n")
            server.write("hosted", "one.test\n")
            server.configure(CONF)
            server.knotc("reload")
            assert records(ask(server, "x.one.test.")) == ["x.one.test. 3600 IN A 192.0.2.1"]
