# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail verify in a name space of its own: each kind of finding, and what is no finding."""

import json
import os
import shutil
import subprocess

import pytest

import private_tree
from harness import HAS_ZONES, loopback_address
from tooling import TOOL, environment, needs_tool, on_terminal, run

pytestmark = [needs_tool, pytest.mark.skipif(os.geteuid() != 0, reason="only root may listen to port 53")]

NS1, NS2 = "ns1.provider.tld", "ns2.provider.tld"
BOTH = f"{NS1} and {NS2}"
ALL_RIGHT = "all right"

# Domain, code, severity, what its first sentence has, and its second one.
TABLE = [
    ("good.tld", None, None, [], []),
    ("stsgood.tld", None, None, [], []),
    ("hand.tld", None, None, [], []),
    ("handdkim.tld", None, None, [], []),
    ("a.b.good.tld", None, None, [], []),
    ("elsewhere.tld", "delegated-elsewhere", "error",
     ["elsewhere.tld is delegated to ns1.old.tld and ns2.old.tld."],
     [f"At the registrar, set the name servers to {BOTH}."]),
    ("mixed.tld", "delegated-mixed", "error",
     [f"mixed.tld is delegated to {NS1}, but to ns1.old.tld as well"],
     [f"At the registrar, remove ns1.old.tld, and add {NS2}."]),
    ("half.tld", "delegated-incomplete", "warning", [f"half.tld is delegated to {NS1}, but not to {NS2}."],
     [f"At the registrar, add {NS2}."]),
    ("gone.tld", "not-registered", "error", ["gone.tld does not exist in tld", "expired"],
     ["The customer has to register it", f"At the registrar, set the name servers to {BOTH}."]),
    ("sub.cust.tld", "not-delegated", "error",
     ["sub.cust.tld is not delegated: the zone cust.tld has no NS record for it."],
     [f"In the zone cust.tld, let sub.cust.tld have NS records for {BOTH} and no others."]),
    ("nothere.cust.tld", "not-delegated", "error", ["nothere.cust.tld does not exist in the zone cust.tld."],
     ["In the zone cust.tld, let nothere.cust.tld have NS records"]),
    ("x.broken.tld", "parent-silent", "error",
     ["No name server of broken.tld, the zone above x.broken.tld", "does not run."], ["Try again later"]),
    ("ds.tld", "ds-without-dnskey", "error", ["ds.tld has a DS record in tld, but is not signed"],
     ["At the registrar, remove the DS record (switch DNSSEC off)."]),
    ("unlisted.tld", "server-refused", "error", [f"{NS2} (@NS2@) does not serve the domain (REFUSED)."],
     ["khostedmail check", "knotc reload"]),
    ("servfail.tld", "server-servfail", "error", ["ns-servfail.provider.tld", "answers with SERVFAIL."], ["log"]),
    ("refused.tld", "server-refused", "error", ["ns-refused.provider.tld", "(REFUSED)."], ["up to date"]),
    ("notimp.tld", "server-error", "error", ["ns-notimp.provider.tld", "answers with an error."], ["log"]),
    ("silent.tld", "server-silent", "error", ["ns-silent.provider.tld", "does not answer."], ["firewall"]),
    ("garbage.tld", "server-garbage", "error", ["ns-garbage.provider.tld", "what is no answer."], ["between"]),
    ("lame.tld", "server-lame", "error", ["ns-lame.provider.tld", "without authority."], ["module"]),
    ("absent.tld", "server-lame", "error", ["ns-absent.provider.tld", "the domain does not exist."],
     ["ordinary zone"]),
    ("closed.tld", "server-closed", "error", ["ns-closed.provider.tld", "does not run."], ["Start knotd"]),
    ("truncated.tld", "server-no-tcp", "error", ["ns-truncated.provider.tld", "not by TCP"], ["TCP port 53"]),
    ("udponly.tld", "server-no-tcp", "error", ["ns-udponly.provider.tld", "by UDP, but not by TCP"],
     ["TCP port 53"]),
    ("noname.tld", "server-no-address", "error", ["ns-noname.provider.tld", "does not exist."], ["profile"]),
    ("noaddress.tld", "server-no-address", "error", ["noaddress.provider.tld", "has no address."], ["profile"]),
    ("differs.tld", "server-differs", "error",
     [f"{NS2} (@NS2@) differs from the profile differs: serial 6 in its SOA where the profile has 7, other MX "
      "records at differs.tld and no CNAME record at smtp.differs.tld."], ["knotc reload"]),
    ("mxalias.tld", "mx-alias", "error", ["alias.provider.tld", "alias (CNAME)", "RFC 2181"], ["addresses"]),
    ("mxgone.tld", "mx-target", "error", ["gone.provider.tld, a mail server of mxgone.tld, does not exist."],
     ["give it an address"]),
    ("mxnoaddress.tld", "mx-target", "error", ["noaddress.provider.tld", "has no address."], ["address"]),
    ("mxbroken.tld", "target-failure", "error", ["mx.broken.tld", "cannot be resolved"], ["Whoever runs"]),
    ("cnamegone.tld", "cname-target", "warning",
     ["gone.provider.tld, to which pop.cnamegone.tld and smtp.cnamegone.tld lead, does not exist."],
     ["add its records"]),
    ("dkimgone.tld", "dkim-target", "warning",
     ["dkimgone.tld.dkim.provider.tld, to which k._domainkey.dkimgone.tld leads"], ["public key"]),
    ("srvgone.tld", "srv-target", "warning", ["gone.provider.tld, to which _imaps._tcp.srvgone.tld leads"],
     ["add its records"]),
    ("spftwo.tld", "spf-several", "warning", ["spftwo.tld has 2 SPF records"],
     ["In the profile spftwo, put all that they allow into one record"]),
    ("spfmany.tld", "spf-lookups", "warning", ["spfmany.tld", "11 DNS look-ups"], ["include"]),
    ("spfwrong.tld", "spf-error", "warning", ["spfwrong.tld has 'ip:192.0.2.1', which is no term"],
     ["In the profile spfwrong, correct the SPF record."]),
    ("sts.tld", "mta-sts-host", "warning", ["mta-sts.sts.tld", "does not exist."], ["_mta-sts"]),
    ("handfail.tld", "not-resolved", "error", ["The CNAME record of key1._domainkey.handfail.tld cannot be"],
     ["name servers ns1.old.tld and ns2.old.tld", "key1._domainkey.handfail.tld. CNAME key1.dkim.provider.tld."]),
    ("god.tld", "not-hosted", "error", ["god.tld is not hosted."], ["Is good.tld meant, which is hosted?"]),
    ("good.tlf", "not-hosted", "error", ["good.tlf is not hosted."], ["Is good.tld meant"]),
    ("badline.tld", "not-hosted", "error", ["badline.tld is not hosted."],
     ["Correct its line, @DIR@/hosted:", "unknown profile: 'nothere'."]),
    ("www.good.tld", "not-hosted", "error", ["it belongs to the hosted domain good.tld."],
     ["Verify good.tld, unless it is to be hosted by itself."]),
    ("nowhere.example", "not-hosted", "error", ["nowhere.example is not hosted."], ["Add it to the hosted file"]),
    ("tld", "not-hosted", "error", ["tld is not hosted"], ["a top-level name cannot be hosted"]),
]


@pytest.fixture(scope="module")
def tree():
    with private_tree.Tree() as up:
        yield up


@pytest.fixture(scope="module")
def report(tree):
    """All domains of the table at once, for programs."""
    result = run(*tree.options(), "--json", "verify", *(row[0] for row in TABLE))
    assert result.code == 1 and result.err == "", result
    return result.json()


def fill_in(tree, text):
    return text.replace("@NS2@", tree.ns2.address).replace("@DIR@", str(tree.ns1.dir))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_finding_says_what_is_and_what_to_do(tree, report, row):
    domain, code, severity, what, action = row
    (of_domain,) = [entry for entry in report["domains"] if entry["domain"] == domain]
    findings = of_domain["findings"]
    if code is None:
        assert findings == []
        return
    assert [finding["code"] for finding in findings] == [code], findings
    (finding,) = findings
    assert finding["severity"] == severity
    for field, words in (("what", what), ("action", action)):
        for word in words:
            assert fill_in(tree, word) in finding[field], finding
        assert finding[field].endswith(".") and not finding[field].endswith("..")


def test_the_order_is_that_of_the_command_line(report):
    assert [entry["domain"] for entry in report["domains"]] == [row[0] for row in TABLE]
    right = sum(1 for row in TABLE if row[1] is None)
    assert report["checked"] == len(TABLE) and report["right"] == right
    counted = {entry["code"]: entry["domains"] for entry in report["summary"]}
    assert counted == {code: sum(1 for row in TABLE if row[1] == code)
                       for code in {row[1] for row in TABLE} - {None}}


def test_the_form_for_programs_is_stable(tree, report):
    by_name = {entry["domain"]: entry for entry in report["domains"]}
    assert list(report) == ["domains", "checked", "right", "summary"]
    assert by_name["half.tld"] == {
        "domain": "half.tld", "hosted": True, "profile": "good",
        "parent": {"zone": "tld", "registry": True, "result": "delegated", "name_servers": [NS1], "ds": False},
        "by_hand": False,
        "servers": [{"name": NS1, "address": tree.ns1.address, "udp": "right", "tcp": "right"},
                    {"name": NS2, "address": tree.ns2.address, "udp": "right", "tcp": "right"}],
        "validation": "insecure", "spf": {"records": 1, "lookups": 1, "void": 0},
        "findings": by_name["half.tld"]["findings"]}
    assert by_name["ds.tld"]["validation"] == "bogus" and by_name["ds.tld"]["parent"]["ds"] is True
    assert by_name["hand.tld"]["by_hand"] is True
    assert by_name["gone.tld"]["parent"]["result"] == "nxdomain"
    assert by_name["spfmany.tld"]["spf"]["lookups"] == 11
    assert list(by_name["god.tld"]) == ["domain", "hosted", "findings"] and not by_name["god.tld"]["hosted"]


def test_all_that_is_wrong_with_records_set_by_hand(tree):
    result = run(*tree.options(), "verify", "handwrong.tld")
    assert result.code == 1
    place = "    Where its zone is kept (name servers ns1.old.tld and ns2.old.tld), "
    assert result.out.splitlines() == [
        "handwrong.tld: error: handwrong.tld has another MX record than the profile good: 5 mx.old.tld.",
        place + "replace it by: handwrong.tld. MX 10 mx.provider.tld.",
        "handwrong.tld: error: smtp.handwrong.tld has no CNAME record.",
        place + "add: smtp.handwrong.tld. CNAME smtp.provider.tld.",
        "handwrong.tld: warning: handwrong.tld has 2 SPF records, so receivers take none of them (RFC 7208, "
        "section 4.5).",
        place + "put all that they allow into one record, and remove the others."]


def test_a_domain_without_findings(tree):
    result = run(*tree.options(), "verify", "good.tld")
    assert result.code == 0 and result.err == ""
    assert result.out == f"good.tld: all right: delegated to {BOTH}; 2 addresses of name servers were asked; " \
        "it is not signed\n"
    unsure = run(*tree.options(validate=False), "verify", "good.tld")
    assert unsure.code == 0 and "answers were not validated" in unsure.out


def test_one_command_finds_the_sentence_to_send(tree):
    """With colour, as on a terminal."""
    code, text = on_terminal(*tree.options(), "verify", "elsewhere.tld")
    assert code == 1 and "\033[" in text and f"set the name servers to {BOTH}." in text


def test_all_domains_with_a_summary(tree):
    """One of them leads to servers that do not answer, so that there is something to wait for."""
    code, text = on_terminal(*tree.options(), "--mono", "verify", "--all", "--jobs", "4")
    assert code == 1
    total = len(tree.hosted)
    assert "verifying: [" in text and f" of {total}, " in text
    lines = [line.rpartition("\033[K")[2] for line in text.splitlines() if line]
    assert lines[-1].startswith(f"{total} domains, ") and lines[-1].endswith(" with findings")
    assert not any(ALL_RIGHT in line for line in lines[:-1])
    assert any(line.split()[:2] == ["delegated-elsewhere", "1"] for line in lines)
    assert any(line.startswith("elsewhere.tld: error: elsewhere.tld is delegated to") for line in lines)


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_the_hosted_zone_counts_and_a_server_with_an_older_one():
    with private_tree.Tree(hosted_zone=True) as tree:
        result = run(*tree.options(), "-s", tree.ns1.dir / "knot.sock", "verify", "behind.tld", "good.tld")
        assert result.code == 1
        want = f"{NS2} ({tree.ns2.address}) has serial 4 of the hosted zone 'hosted', others have 5."
        assert f"behind.tld: warning: {want}\n" in result.out and f"good.tld: warning: {want}\n" in result.out
        # The flags count: one that takes a domain out, one that is wrong, one of a domain of no line.
        words = [*tree.options(), "-s", tree.ns1.dir / "knot.sock", "--json", "verify"]
        found = {entry["domain"]: entry for entry in
                 run(*words, "half.tld", "mixed.tld", "flagged.tld").json()["domains"]}
        (finding,) = found["half.tld"]["findings"]
        assert finding["code"] == "not-hosted" and "profile 'none'" in finding["what"]
        (finding,) = found["mixed.tld"]["findings"]
        assert finding["code"] == "flag-wrong" and "SERVFAIL" in finding["what"]
        assert finding["action"] == "Correct its flag in the hosted zone."
        assert "not-registered" in [finding["code"] for finding in found["flagged.tld"]["findings"]]


@pytest.mark.parametrize("words, message", [
    ([], "which domain?"),
    (["--all", "good.tld"], "--all takes no domain"),
    (["-4", "-6", "good.tld"], "leave nothing"),
    (["--jobs", "0", "good.tld"], "'0' is not a number"),
    (["--jobs", "1000", "--all"], "'1000' is not a number"),
    (["--root", "/nothere", "good.tld"], "neither an address nor a file"),
    (["--trust-anchor", "/nothere", "good.tld"], "trust anchors '/nothere': cannot be read"),
    (["a..b"], "a..b"),
])
def test_what_cannot_be_done_is_said_in_one_sentence(tree, words, message):
    result = run(*tree.options(validate=False), "verify", *words)
    assert result.is_error(message), result


def test_a_trust_anchor_that_is_none(tree, tmp_path):
    anchor = tmp_path / "anchor"
    anchor.write_text("nonsense\n")
    result = run(*tree.options(validate=False), "--trust-anchor", anchor, "verify", "good.tld")
    assert result.is_error(str(anchor)), result


def test_only_one_family_is_asked(tree):
    result = run(*tree.options(), "-4", "verify", "good.tld", "--json")
    assert result.code == 0 and len(result.json()["domains"][0]["servers"]) == 2
    # The root has an IPv4 address alone.
    assert run(*tree.options(), "-t", "1", "-6", "verify", "good.tld").is_error("no root server answers")


@pytest.mark.parametrize("files", [100, 1024])
def test_few_open_files_change_no_finding(tree, report, files):
    """Nothing seems wrong since it could not be asked."""
    domains = [row[0] for row in TABLE if row[1] in (None, "server-differs", "server-refused", "mx-target",
                                                     "spf-lookups", "ds-without-dnskey", "not-hosted")]
    words = [TOOL, *tree.options(), "--json", "verify", "--jobs", "256", *domains]
    result = subprocess.run([shutil.which("prlimit"), f"--nofile={files}:{files}", *map(str, words)],
                            capture_output=True, text=True, env=environment())
    assert result.returncode == 1, result
    want = [entry for entry in report["domains"] if entry["domain"] in domains]
    assert json.loads(result.stdout)["domains"] == want


def test_too_few_open_files(tree):
    words = [TOOL, *tree.options(), "verify", "good.tld"]
    result = subprocess.run([shutil.which("prlimit"), "--nofile=60:60", *map(str, words)], capture_output=True,
                            text=True, env=environment())
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == "error: 60 open files are too few (ulimit -n)\n"


def test_root_hints_lead_to_the_same(tree, tmp_path):
    hints = tmp_path / "hints"
    hints.write_text(f". 86400 NS ns.root.\nns.root. 86400 A {tree.root.address}\n")
    words = ["-c", tree.ns1.dir / "knot.conf", "--root", hints, "--trust-anchor", tree.anchor]
    assert run(*words, "verify", "good.tld").code == 0


def test_a_root_that_does_not_answer(tree):
    words = ["-c", tree.ns1.dir / "knot.conf", "--root", loopback_address(), "-t", "1"]
    result = run(*words, "verify", "good.tld")
    assert result.is_error("no root server answers", "is --root right?"), result
    # What needs no network is told all the same.
    result = run(*words, "verify", "god.tld")
    assert result.code == 1 and "Is good.tld meant" in result.out
