# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles as Domain Connect templates: what is in them, what the linter's rules say, and what has no
equivalent."""

import json
import pathlib

import pytest

from dc_lint import lint
from harness import PROFILES
from tooling import needs_tool, run

pytestmark = needs_tool

GOLDEN = pathlib.Path(__file__).parent / "templates"
HEAD = "@ SOA ns1.example.net. h.example.net. 1 1 1 1 1\n@ NS ns1.example.net.\n"
# What no template can have: names that nobody has registered for TXT.
UNREGISTERED = {("info", f"{name} is not registered for TXT") for name in ("_caldavs", "_carddavs", "_smtp", "_tls")}

COMPLETE = ["aspiresoft-filter-live", "aspiresoft-filter-test", "aspiresoft-live", "aspiresoft-test", "polarismail"]


def template(profile, *words):
    return run("export", "--format", "domain-connect", "--provider-id", "example.net", "--key-domain",
               "dc.example.net", *words, PROFILES / f"{profile}.zone" if isinstance(profile, str) else profile)


def own(tmp_path, records, *words):
    """The template of a profile with these records."""
    path = tmp_path / "own.zone"
    path.write_text(HEAD + records)
    return template(path, *words)


def the_records(tmp_path, records):
    result = own(tmp_path, records)
    assert result.code == 0, result
    return [{key: value for key, value in record.items() if key not in ("ttl", "groupId")}
            for record in result.json()["records"]]


@pytest.mark.parametrize("name, words, golden", [(name, [], name) for name in COMPLETE] + [
    ("full-2026", ["--partial"], "full-2026"), ("polarismail", ["--delegation"], "polarismail-delegation")])
def test_templates_of_the_profiles(name, words, golden, tmp_path):
    result = template(name, *words, "--output", tmp_path)
    assert result.code == (1 if "--partial" in words else 0) and result.out == "", result
    file, = tmp_path.iterdir()
    assert file.name == f"example.net.{golden}.json"
    assert file.read_text() == (GOLDEN / f"{golden}.json").read_text()
    assert set(lint(file.read_text(), file.name)) <= UNREGISTERED
    assert template(name, *words).out == file.read_text()


@pytest.mark.parametrize("name, words", [
    ("full-2026", ["full-2026.zone:56: error: CAA: ", 'full-2026.zone:35: error: SRV: a target "."']),
    ("null-mx", ['null-mx.zone:7: error: MX: a target "."', "null-mx.zone:8: error: TXT: an SPF record without senders"])])
def test_what_has_no_equivalent_is_an_error_with_its_line(name, words):
    result = template(name)
    assert result.code == 2 and result.out == ""
    assert all(word in result.err for word in words)
    assert "--partial leaves out what has no equivalent" in result.err.splitlines()[-1]


def test_nothing_is_no_template():
    profile = PROFILES / "null-mx.zone"
    result = template("null-mx", "--partial")
    assert [record["host"] for record in result.json()["records"]] == ["_dmarc"]
    assert f"{profile}:7: warning: MX: " in result.err and result.code == 1


@pytest.mark.parametrize("record, want", [
    ("@ MX 10 mx.{domain}.cust.{cluster}.example.net.",
     {"type": "MX", "host": "@", "pointsTo": "mx.%fqdn%.cust.%cluster%.example.net", "priority": 10}),
    ("@ MX 10 mx", {"type": "MX", "host": "@", "pointsTo": "mx.%fqdn%", "priority": 10}),
    ("www CNAME @", {"type": "CNAME", "host": "www", "pointsTo": "@"}),
    ("*  A 192.0.2.1", {"type": "A", "host": "*", "pointsTo": "192.0.2.1"}),
    ("a.b AAAA 2001:db8::1", {"type": "AAAA", "host": "a.b", "pointsTo": "2001:db8::1"}),
    ('@ TXT "{domain}; id={Token-1}" " more"', {"type": "TXT", "host": "@", "data": "%fqdn%; id=%Token-1% more"}),
    ('@ TXT "site=\\"{token}\\""', {"type": "TXT", "host": "@", "data": 'site="%token%"'}),
    ('@ TXT "verify={token}"', {"type": "TXT", "host": "@", "data": "verify=%token%",
                                "txtConflictMatchingMode": "Prefix", "txtConflictMatchingPrefix": "verify="}),
    ('_dmarc TXT "v=DMARC1; p=none"', {"type": "TXT", "host": "_dmarc", "data": "v=DMARC1; p=none",
                                       "txtConflictMatchingMode": "Prefix", "txtConflictMatchingPrefix": "v=DMARC1"}),
    ('x TXT "v=spf1 a mx include:{domain}.spf.example.net redirect=_spf.example.net ~all"',
     {"type": "SPFM", "host": "x", "spfRules": "a mx include:%fqdn%.spf.example.net redirect=_spf.example.net"}),
    ("_imaps._tcp SRV 0 1 993 imap.example.net.",
     {"type": "SRV", "name": "@", "service": "_imaps", "protocol": "_tcp", "priority": 0, "weight": 1, "port": 993,
      "target": "imap.example.net"}),
    ("_sip._udp.a.b SRV 1 2 3 {domain}.",
     {"type": "SRV", "name": "a.b", "service": "_sip", "protocol": "_udp", "priority": 1, "weight": 2, "port": 3,
      "target": "@"})])
def test_each_record_is_translated(tmp_path, record, want):
    assert the_records(tmp_path, record + "\n") == [want]


@pytest.mark.parametrize("record, words", [
    ("@ MX 10 {domain:-}.example.net.", "{domain:-} and {domain:--} have no equivalent"),
    ("@ MX 10 x-{domain:--}.example.net.", "{domain:-} and {domain:--} have no equivalent"),
    ('@ TXT "100%"', "a percent sign"), ('@ TXT "caf\\195\\169"', "printable ASCII"), ('@ TXT ""', "an empty TXT"),
    ("@ MX 10 a\\@b.example.net.", "a name with such characters"), ("*.a A 192.0.2.1", "such an owner"),
    ("a\\@b A 192.0.2.1", "such an owner"), ('@ TXT "{host}"', "another meaning"), ('@ TXT "{FQDN}"', "another meaning"),
    ('@ TXT "v=spf1 -all"', "without senders"), ('@ TXT "v=spf1 a/24 ~all"', "such a term"),
    ("_a SRV 1 1 1 a.example.net.", "an SRV without"), ("a.b SRV 1 1 1 a.example.net.", "an SRV without"),
    ('@ CAA 0 issue "ca.example"', "of this type"), ("@ TYPE65280 \\# 0", "of this type")])
def test_other_records_have_no_equivalent(tmp_path, record, words):
    result = own(tmp_path, record + "\n")
    assert result.code == 2 and result.out == ""
    assert f"{tmp_path}/own.zone:3: error: " in result.err and words in result.err, result


def test_a_record_that_can_be_left_out_is_a_group(tmp_path):
    records = own(tmp_path, '@ MX 1 mx.example.net.\n@ TXT "a={a}; b={b}"\nx TXT "b={b}"\n').json()["records"]
    assert [(record["type"], record["groupId"]) for record in records] == [("MX", "all"), ("TXT", "a.b"), ("TXT", "b")]
    both = own(tmp_path, 'x TXT "b={b}"\ny TXT "b={b}"\n').json()
    assert not any("groupId" in record for record in both["records"])
    assert both["variableDescription"] == "%b%: given by the provider for each domain"


def test_a_delegation_needs_a_subdomain(tmp_path):
    result = own(tmp_path, "@ MX 1 mx.example.net.\n", "--delegation").json()
    assert result["hostRequired"] is True and result["serviceId"] == "own-delegation"
    assert [(record["type"], record["host"], record["pointsTo"]) for record in result["records"]] == [
        ("NS", "@", "ns1.example.net")]
    inside = own(tmp_path, "@ NS ns.{domain}.\n", "--delegation")
    assert inside.code == 2 and "own.zone:3: error: NS: a name server in the domain itself" in inside.err


def test_what_else_a_template_says(tmp_path):
    words = ["--provider-name", "Provider", "--service-id", "Mail", "--service-name", "Mail of Provider", "--logo-url",
             "https://provider.example/logo.svg", "--description", "Mail", "--template-version", "7"]
    result = template("polarismail", *words).json()
    result.pop("records")
    assert result == {"providerId": "example.net", "providerName": "Provider", "serviceId": "Mail",
                      "serviceName": "Mail of Provider", "version": 7, "logoUrl": "https://provider.example/logo.svg",
                      "description": "Mail", "syncPubKeyDomain": "dc.example.net"}
    template("polarismail", *words, "--output", tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["example.net.mail.json"]
    assert template("polarismail", *words, "--output", tmp_path / "new").is_error("exists already")
    no_key = run("export", "--format", "domain-connect", "--provider-id", "p.example", PROFILES / "polarismail.zone")
    assert no_key.code == 0 and "without --key-domain" in no_key.err and no_key.json()["warnPhishing"] is True


@pytest.mark.parametrize("words, message", [
    (["--provider-id", "a b"], "no id of a template"), (["--provider-id", ""], "no id of a template"),
    (["--service-id", "a%b%"], "no id of a template"), (["--service-name", "x" * 256], "too long"),
    (["--provider-name", "%a%"], "percent sign"), (["--key-domain", "com"], "not a domain"),
    (["--logo-url", "ftp://a"], "not the address of a logo"), (["--template-version", "0"], "from 1 on"),
    (["--template-version", "1x"], "from 1 on")])
def test_what_the_linter_would_refuse_is_refused(words, message):
    assert template("polarismail", *words).is_error(message)


def test_the_profile_comes_from_the_configuration(tmp_path):
    conf = tmp_path / "knot.conf"
    conf.write_text(f"mod-hostedmail:\n  - id: a\n    profile: {PROFILES}/polarismail.zone\n    hosted-file: /nothere\n")
    words = ["-c", conf, "export", "--format", "domain-connect", "--provider-id", "p.example"]
    assert json.loads(run(*words, "polarismail").out)["serviceId"] == "polarismail"
    assert run(*words, "other").is_error("there is no profile 'other'")
    assert run(*words).is_error("name the profile")
    assert run("-c", conf, "export", "--format", "domain-connect", "polarismail").is_error("--provider-id")
    assert run("-c", conf, "export", "--format", "zones", "polarismail").is_error("not those of one profile")
    broken = tmp_path / "broken.zone"
    broken.write_text("x\n")
    result = run(*words, broken)
    assert result.code == 2 and f"{broken}:1: error: " in result.err


def test_the_rules_find_what_is_wrong():
    """The rules themselves: a template that breaks them is not let through."""
    good = json.loads((GOLDEN / "polarismail.json").read_text())
    name = "example.net.polarismail.json"
    assert lint(json.dumps(good), name) == []
    for change, what in [
            ({"records": []}, "no records"), ({"providerId": "a b"}, "characters of providerId"),
            ({"version": 0}, "no version"), ({"warnPhishing": True}, "warnPhishing beside syncPubKeyDomain"),
            ({"hostRequired": True}, "hostRequired without NS or CNAME at @"),
            ({"records": good["records"][:1] * 2}, "duplicate"),
            ({"records": [{"type": "NS", "host": "@", "pointsTo": "a", "ttl": 1}]}, "NS at @ without hostRequired"),
            ({"records": [{"type": "TXT", "host": "@", "data": "v=spf1 a", "ttl": 1}]}, "SPF as TXT"),
            ({"records": [{"type": "SPFM", "host": "@", "spfRules": "a -all", "ttl": 1}]}, "v=spf1 or all in spfRules"),
            ({"records": [{"type": "CNAME", "host": "a", "pointsTo": "%a", "ttl": 1}]}, "variable without an end")]:
        assert what in [found for _, found in lint(json.dumps(good | change), name)], change
