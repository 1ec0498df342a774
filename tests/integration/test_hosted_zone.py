# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosted set as a zone: flags, both tiers together, what is wrong, what must not be seen."""

import shutil
import subprocess

import dns.flags
import dns.message
import dns.rcode
import dns.tsigkeyring
import dns.update
import pytest

import expand
from asking import ask, records, send
from harness import HAS_ZONES, PORT, Knotd

needs_zone = pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
CONF = f"""
key:
  - id: panel
    algorithm: hmac-sha256
    secret: {KEY}
acl:
  - id: panel
    key: panel
    action: [ update, transfer ]
mod-queryacl:
  - id: nobody
    address: 192.0.2.255
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone, @PROFILES@/full-2026.zone, @PROFILES@/null-mx.zone ]
    hosted-file: @DIR@/hosted
    hosted-zone: hosted.
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
    acl: panel
    module: mod-queryacl/nobody
    zonefile-load: difference-no-serial
    journal-content: all
  - domain: zone.nested.test
    file: @DIR@/ordinary.zone
  - domain: test
    file: @DIR@/ordinary.zone
"""

APEX = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"

FLAGS = """
zone-only.test       TXT polarismail
default.test         TXT ""
dash.test            TXT -
live.test            TXT aspiresoft-live cluster=b
both.test            TXT null-mx
taken.test           TXT none
sub.taken.test       TXT null-mx
deeper.above.test    TXT null-mx
below.test           TXT null-mx
nested.test          TXT polarismail
child.nested.test    TXT polarismail
hidden.up.test       TXT none
up.test              TXT null-mx
bytes.test           TXT full-2026 "token=a b\\"c\\\\d"
*.wild.test          TXT polarismail
not-a-flag.test      A   192.0.2.1
"""

HOSTED = """
file-only.test
both.test
taken.test
above.test
deeper.below.test
hidden.up.test
very.deep.hidden.up.test
"""

INVALID = {
    "unknown.test": ('TXT nosuch', "unknown profile"),
    "two.test": ('TXT polarismail\ntwo.test TXT null-mx', "more than one TXT record"),
    "novalue.test": ('TXT aspiresoft-live cluster', "not of the form name=value"),
    "twice.test": ('TXT aspiresoft-live cluster=a cluster=b', "a variable is given twice"),
    "reserved.test": ('TXT aspiresoft-live domain=x', "the variable 'domain' is reserved"),
    "dots.test": ('TXT aspiresoft-live cluster=a..b', "results in an empty label"),
    "long.test": (f'TXT aspiresoft-live cluster={"c" * 64}', "becomes too long"),
    "many.test": ('TXT polarismail ' + " ".join(f"v{i}=x" for i in range(65)),
                  "more than 64 variables"),
    f"{'l' * 60}.{'m' * 60}.{'n' * 60}.{'o' * 55}.test": ('TXT aspiresoft-live cluster=a',
                                                          "becomes too long"),
}


@pytest.fixture(scope="module")
def server():
    flags = FLAGS + "".join(f"{name} {text}\n" for name, (text, _) in INVALID.items())
    with Knotd(CONF, {"hosted": HOSTED, "hosted.zone": APEX + flags,
                      "ordinary.zone": APEX}) as running:
        yield running


def served_by(server, name, qtype="MX"):
    """The profile that a domain is served by, told from its MX."""
    answer = ask(server, name, qtype)
    if answer.rcode() == dns.rcode.REFUSED or not answer.answer:
        return answer.rcode() if answer.rcode() != dns.rcode.NOERROR else None
    text = answer.answer[0].to_text()
    return "null-mx" if " 0 ." in text else "polarismail" if "emailarray" in text else text


@pytest.mark.skipif(HAS_ZONES, reason="this Knot DNS has what hosted-zone needs")
def test_an_older_server_says_which_version_is_needed():
    server = Knotd(CONF, {"hosted": "", "hosted.zone": APEX, "ordinary.zone": APEX})
    try:
        code, output = server.conf_check()
        assert code != 0
        assert "hosted-zone needs Knot DNS 3.3.5 or newer" in output
        server.start(wait=False)
        assert server.process.wait(30) != 0
        assert "hosted-zone needs Knot DNS 3.3.5 or newer" in server.log()
    finally:
        server.clean()


@needs_zone
@pytest.mark.parametrize("name, expected", [
    ("zone-only.test.", "polarismail"),
    ("default.test.", "polarismail"),
    ("dash.test.", "polarismail"),
    ("file-only.test.", "polarismail"),
    # At equal depth the zone wins, and it can take a domain out.
    ("both.test.", "null-mx"),
    ("sub.taken.test.", "null-mx"),
    # The deepest of either wins.
    ("deeper.above.test.", "null-mx"),
    ("above.test.", "polarismail"),
    ("deeper.below.test.", "polarismail"),
    ("below.test.", "null-mx"),
    ("very.deep.hidden.up.test.", "polarismail"),
    ("up.test.", "null-mx"),
])
def test_both_tiers_together(server, name, expected):
    for _ in range(2):
        assert served_by(server, name) == expected
        assert served_by(server, name.upper()) == expected


@needs_zone
@pytest.mark.parametrize("name", ["taken.test.", "x.taken.test.", "not-a-flag.test.", "wild.test.",
                                  "x.wild.test.", "missing.test.", "zone.nested.test."])
def test_what_is_not_hosted_is_the_servers(server, name):
    for _ in range(2):
        answer = ask(server, name)
        assert answer.authority[0].name.to_text() in ("test.", "zone.nested.test.")


@needs_zone
def test_a_domain_taken_out_is_answered_by_the_one_above(server):
    """As if it was not listed. Its name exists, since another domain is below it."""
    answer = ask(server, "hidden.up.test.", "MX")
    assert answer.rcode() == dns.rcode.NOERROR and not answer.answer
    assert answer.authority[0].name.to_text() == "up.test."


@needs_zone
def test_a_wildcard_of_the_hosted_zone_flags_only_itself(server):
    assert served_by(server, "*.wild.test.") == "polarismail"
    assert served_by(server, "a.*.wild.test.") == dns.rcode.NXDOMAIN


@needs_zone
def test_variables_come_from_the_strings_as_they_are(server):
    assert records(ask(server, "live.test.", "MX")) == [
        "live.test. 3600 IN MX 10 mx.live.test.cust.b.hostedemail.com."]
    assert r'bytes.test. 3600 IN TXT "mail-verification=a b\"c\\d"' in \
        "\n".join(records(ask(server, "bytes.test.", "TXT")))


@needs_zone
def test_a_zero_byte_is_not_a_dot(server):
    for name in ("test\\000live.", "a.test\\000live.", "live\\000test.") * 2:
        answer = ask(server, name, "MX")
        assert answer.rcode() == dns.rcode.REFUSED, answer


@needs_zone
@pytest.mark.parametrize("name, apex", [
    ("child.nested.test.", "nested.test."),
    # An ordinary zone below a hosted domain is an implicit delegation as well.
    ("zone.nested.test.", "nested.test."),
    # The parent of this one is an ordinary zone.
    ("live.test.", "test."),
])
def test_ds_is_answered_by_the_parent(server, name, apex):
    for _ in range(2):
        answer = ask(server, name, "DS")
        assert answer.authority[0].name.to_text() == apex
        if apex != "test.":
            assert answer.rcode() == dns.rcode.NOERROR


@needs_zone
@pytest.mark.parametrize("name", INVALID, ids=lambda name: name[:20])
@pytest.mark.parametrize("qtype", ["MX", "SOA", "TXT", "A"])
def test_a_wrong_flag_is_servfail_for_that_domain_alone(server, name, qtype):
    for query_name in (name + ".", "x." + name + ".") * 2:
        if expand.wire(query_name) is None:
            continue
        answer = ask(server, query_name, qtype, use_edns=0)
        assert answer.rcode() == dns.rcode.SERVFAIL
        assert not answer.answer and not answer.authority
        ede = answer.options[0]
        assert ede.otype == 15
        assert ede.code == 24
        assert INVALID[name][1] in ede.text
        # Without EDNS there is nowhere to tell.
        plain = ask(server, query_name, qtype)
        assert plain.rcode() == dns.rcode.SERVFAIL and plain.edns == -1
    assert served_by(server, "zone-only.test.") == "polarismail"


@needs_zone
def test_wrong_flags_are_counted_and_logged_once_in_a_while():
    flags = "bad.test TXT nosuch\ngood.test TXT polarismail\n"
    with Knotd(CONF, {"hosted": "", "hosted.zone": APEX + flags, "ordinary.zone": APEX}) as server:
        for i in range(100):
            assert ask(server, "bad.test.", "MX").rcode() == dns.rcode.SERVFAIL
            if i == 0:
                server.knotc("reload")
                assert ask(server, "bad.test.", "MX").rcode() == dns.rcode.SERVFAIL
        assert served_by(server, "good.test.") == "polarismail"
        assert server.stats() == {"answer[positive]": 1, "answer[error]": 100,
                                  "hosted-zone[invalid]": 100}  # since the reload
        lines = [line for line in server.log().splitlines() if "SERVFAIL" in line]
        assert len(lines) == 1
        assert "domain 'bad.test.'" in lines[0] and "unknown profile" in lines[0]


@needs_zone
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_without_the_hosted_zone_the_hosted_file_still_answers(how):
    conf = CONF.replace("  - domain: hosted.\n    file: @DIR@/hosted.zone\n", "  - domain: other.\n"
                        "    file: @DIR@/hosted.zone\n") if how == "missing" else CONF
    files = {"hosted": HOSTED, "ordinary.zone": APEX}
    if how == "missing":
        files["hosted.zone"] = APEX
    with Knotd(conf, files) as server:
        for _ in range(3):
            assert served_by(server, "file-only.test.") == "polarismail"
            assert ask(server, "zone-only.test.").authority[0].name.to_text() == "test."
        assert server.stats()["hosted-zone[unavailable]"] == 6
        said = "hosted zone 'hosted.' unavailable"
        lines = [line for line in server.log().splitlines() if said in line]
        assert len(lines) == 1 and "warning" in lines[0]
        if how == "empty":
            server.write("hosted.zone", APEX + FLAGS)
            server.knotc("-b", "zone-reload", "hosted.")
            assert served_by(server, "zone-only.test.") == "polarismail"
            assert server.stats()["hosted-zone[unavailable]"] == 6


@needs_zone
def test_the_hosted_file_is_not_needed():
    conf = CONF.replace("    hosted-file: @DIR@/hosted\n", "")
    with Knotd(conf, {"hosted.zone": APEX + FLAGS, "ordinary.zone": APEX}) as server:
        assert served_by(server, "zone-only.test.") == "polarismail"
        assert ask(server, "file-only.test.").authority[0].name.to_text() == "test."


# Flagging


def by_ddns(server, text, remove=False):
    keyring = dns.tsigkeyring.from_text({"panel.": KEY})
    update = dns.update.Update("hosted.", keyring=keyring, keyalgorithm="hmac-sha256")
    name, data = text.split(" TXT ")
    if remove:
        update.delete(name + ".hosted.", "TXT")
    else:
        update.replace(name + ".hosted.", 60, "TXT", data)
    assert send(server, update, tcp=True).rcode() == dns.rcode.NOERROR


def by_knsupdate(server, text, remove=False):
    if shutil.which("knsupdate") is None:
        pytest.skip("knsupdate is missing")
    name, data = text.split(" TXT ")
    lines = [f"server {server.address} {PORT}", "zone hosted.",
             f"del {name}.hosted. TXT"]
    if not remove:
        lines.append(f"add {name}.hosted. 60 TXT {data}")
    subprocess.run(["knsupdate", "-y", f"hmac-sha256:panel:{KEY}"], text=True, check=True,
                   input="\n".join(lines + ["send", "quit", ""]), timeout=30)


def by_knotc(server, text, remove=False):
    name, data = text.split(" TXT ")
    server.knotc("zone-begin", "hosted.")
    if not remove or "gone" not in name:
        server.knotc("zone-unset", "hosted.", name, "TXT", check=False)
    if not remove:
        server.knotc("zone-set", "hosted.", name, "60", "TXT", data)
    server.knotc("zone-commit", "hosted.")


def by_zone_file(server, text, remove=False):
    path = server.dir / "hosted.zone"
    name = text.split(" TXT ")[0]
    lines = [line for line in path.read_text().splitlines() if not line.startswith(name + " ")]
    if not remove:
        lines.append(text)
    server.write("hosted.zone", "\n".join(lines) + "\n")
    server.knotc("-b", "zone-reload", "hosted.")


@needs_zone
@pytest.mark.parametrize("flag", [by_ddns, by_knsupdate, by_knotc, by_zone_file])
def test_a_flag_is_live_with_the_next_query(flag):
    with Knotd(CONF, {"hosted": "", "hosted.zone": APEX, "ordinary.zone": APEX}) as server:
        for _ in range(2):
            assert ask(server, "new.example.", "MX").rcode() == dns.rcode.REFUSED
            flag(server, "new.example TXT aspiresoft-live cluster=a")
            assert "cust.a." in served_by(server, "new.example.")
            # Another variable, another profile.
            flag(server, "new.example TXT aspiresoft-live cluster=b")
            assert "cust.b." in served_by(server, "new.example.")
            flag(server, "new.example TXT null-mx")
            assert served_by(server, "new.example.") == "null-mx"
            flag(server, "new.example TXT null-mx", remove=True)
            assert ask(server, "new.example.", "MX").rcode() == dns.rcode.REFUSED


@needs_zone
def test_a_restarted_server_serves_the_last_flags_at_once():
    # The journal alone is the storage: a zone file that is loaded would undo what it lacks.
    conf = CONF.replace("difference-no-serial", "none")
    with Knotd(conf, {"hosted": "", "ordinary.zone": APEX}) as server:
        for words in (["zone-begin"], ["zone-set", "@", "60", "SOA", "ns. h. 1 60 5 1209600 60"],
                      ["zone-set", "@", "60", "NS", "ns."], ["zone-commit"]):
            server.knotc(words[0], "hosted.", *words[1:])
        by_ddns(server, "new.example TXT null-mx")
        assert served_by(server, "new.example.") == "null-mx"
        server.process.kill()
        server.process.wait()
        server.start()
        assert served_by(server, "new.example.") == "null-mx"


@needs_zone
@pytest.mark.parametrize("name", ["hosted.", "live.test.hosted.", "nothere.hosted."])
@pytest.mark.parametrize("qtype", ["SOA", "NS", "TXT", "ANY", "DS"])
def test_strangers_cannot_ask_for_the_customer_list(server, name, qtype):
    for tcp in (False, True) * 2:
        answer = ask(server, name, qtype, tcp=tcp)
        assert answer.rcode() == dns.rcode.NOTAUTH or answer.rcode() == dns.rcode.REFUSED
        assert not answer.answer and not answer.authority and not answer.additional


@needs_zone
def test_strangers_cannot_transfer_the_customer_list(server):
    for qtype in ("AXFR", "IXFR"):
        query = dns.message.make_query("hosted.", qtype)
        if qtype == "IXFR":
            soa = dns.rrset.from_text("hosted.", 60, "IN", "SOA", "ns. h. 0 1 1 1 1")
            query.authority.append(soa)
        answer = send(server, query, tcp=True)
        assert answer.rcode() == dns.rcode.NOTAUTH
        assert not answer.answer


@needs_zone
def test_strangers_cannot_flag(server):
    update = dns.update.Update("hosted.")
    update.add("evil.test.hosted.", 60, "TXT", "polarismail")
    answer = send(server, update, tcp=True)
    assert answer.rcode() == dns.rcode.NOTAUTH
