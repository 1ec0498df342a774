# SPDX-License-Identifier: GPL-2.0-or-later
"""A list that is wrong: what hosts nothing and says why, in the hosted file and in the hosted zone."""

import os
import random
import re

import dns.rcode
import pytest

from harness import Knotd, knot_version
from asking import ask

CONF = """
mod-hostedmail:
  - id: mail
    profile: [ @PROFILES@/polarismail.zone, @PROFILES@/aspiresoft-live.zone ]
    hosted-file: @DIR@/hosted
    hosted-file-max-shrink: 100
template:
  - id: default
    global-module: mod-hostedmail/mail
"""

needs_zone = pytest.mark.skipif(knot_version() < (3, 4), reason="hosted-zone needs Knot DNS 3.4")


def findings(server, level="error"):
    """{line of the hosted file: what was logged}"""
    found = {}
    for line in server.log().splitlines():
        match = re.search(rf" {level}: .*/hosted:([0-9]+): (.*)$", line)
        if match:
            found[int(match[1])] = match[2]
    return found


def rdata(server, name, qtype="MX"):
    """RDATA of the answer in its order."""
    return [text for rrset in ask(server, name, qtype).answer
            for text in (item.to_text() for item in rrset)]


def is_hosted(server, name):
    return ask(server, name, "SOA").rcode() == dns.rcode.NOERROR


def test_a_table_of_900_customers_hosts_none_and_says_why():
    table = "".join(f"d{i}.example,polarismail,2024-01-01\n" for i in range(900))
    with Knotd(CONF, {"hosted": "good.example\n"}) as server:
        server.write("hosted", table)
        server.knotc("reload")
        assert findings(server) == {
            i + 1: "fields are separated by spaces, not by commas: "
                   f"'d{i}.example,polarismail,2024-01-01'" for i in range(20)}
        assert "/hosted: 900 errors in " in server.log()
        assert "0 hosted domains" in server.log()
        for name in ("d1.example.", "example.", r"d1.example\,polarismail\,2024-01-01."):
            assert ask(server, name, "MX").rcode() == dns.rcode.REFUSED


# Each line that was taken for a domain without a word, or is easily written; what the log says.
WRONG = {
    "comma.example,": "fields are separated by spaces, not by commas: 'comma.example,'",
    "http://url.example": "a URL, not a domain name: 'http://url.example' "
                          "(is the domain url.example?)",
    "postmaster@mail.example": "an e-mail address, not a domain name: 'postmaster@mail.example' "
                               "(is the domain mail.example?)",
    '"quoted.example"': "a domain name needs no quotes: '\"quoted.example\"'",
    "old.example;polarismail": "fields are separated by spaces, not by semicolons: "
                               "'old.example;polarismail'",
    "1.2.3.4": "an IP address, not a domain name: '1.2.3.4'",
    "com": "a top-level name cannot be hosted: 'com'",
    ".": "the root cannot be hosted: '.'",
    "*.wild.example": "a wildcard cannot be hosted; a hosted domain owns all names below it: "
                      "'*.wild.example' (is the domain wild.example?)",
    "; comment": "a comment starts with '#', not with ';': ';'",
    "bücher.example": "not ASCII; an internationalized name is written as its A-label, "
                      "for example xn--bcher-kva.example",
    "nocluster.example aspiresoft-live": "no MX left: profile aspiresoft-live needs cluster=...",
    "typo.example aspiresoft-live clustr=a": "no MX left: profile aspiresoft-live needs cluster=...",
}


def test_each_wrong_line_is_told_and_hosts_nothing():
    with Knotd(CONF, {"hosted": "".join(f"{line}\n" for line in WRONG) + "good.example\n"}) as server:
        assert server.conf_check()[0] == 0
        assert findings(server) == dict(enumerate(WRONG.values(), 1))
        assert "1 hosted domains" in server.log()
        assert is_hosted(server, "good.example.")
        for name in (r"comma.example\,.", r"http\:\/\/url.example.", r"postmaster\@mail.example.",
                     r"\"quoted.example\".", r"old.example\;polarismail.", "1.2.3.4.", "com.",
                     "example.com.", "x.wild.example.", "nocluster.example.", "typo.example."):
            assert ask(server, name, "MX").rcode() == dns.rcode.REFUSED


def test_an_escape_says_that_it_is_meant():
    lines = "comma.example\\,\n\\*.wild.example\nhttp\\:\\/\\/url.example\n"
    with Knotd(CONF, {"hosted": lines}) as server:
        assert findings(server) == {}
        for name in (r"comma.example\,.", r"\*.wild.example.", r"http\:\/\/url.example."):
            assert is_hosted(server, name)
        assert not is_hosted(server, "x.wild.example.")


def test_a_line_in_another_encoding_says_so():
    lines = "bücher.example\n".encode("latin-1") + "Über.example\nex\u2013ample.com\n".encode()
    with Knotd(CONF, {"hosted": lines}) as server:
        found = findings(server)
        assert found[1].startswith("neither ASCII nor UTF-8; ")
        assert found[2].startswith("not ASCII (U+00DC); ")
        assert found[3].startswith("not ASCII (U+2013); ")
        assert not any("xn--" in text.replace("xn--...", "") for text in found.values())


def test_the_a_labels_are_those_that_others_make():
    """Names of many scripts; the standard library's codec is the other one."""
    seed = int(os.environ.get("HM_RANDOM_SEED", random.randrange(1 << 32)))
    print("HM_RANDOM_SEED =", seed)
    rng = random.Random(seed)
    scripts = [(0x61, 0x7a), (0x30, 0x39), (0xdf, 0xf6), (0x3b1, 0x3c9), (0x430, 0x44f), (0x5d0, 0x5ea),
               (0x627, 0x63a), (0x905, 0x939), (0xe01, 0xe2e), (0x3041, 0x3096), (0x4e00, 0x9fa5),
               (0xac00, 0xd7a3), (0x20000, 0x2a6d6)]
    with Knotd(CONF, {"hosted": ""}) as server:
        for _ in range(5):
            names, wanted = [], []
            while len(names) < 20:
                labels = ["".join(chr(rng.randint(*rng.choice([scripts[0], rng.choice(scripts)])))
                                  for _ in range(rng.randint(1, 12))) for _ in range(3)]
                ascii_labels = [label if label.isascii() else
                                "xn--" + label.encode("punycode").decode() for label in labels]
                if ascii_labels != labels and max(map(len, ascii_labels)) <= 63:
                    names.append(".".join(labels))
                    wanted.append(".".join(ascii_labels))
            server.log_path.write_text("")
            server.write("hosted", "\n".join(names))
            server.knotc("reload")
            assert findings(server) == {
                i: "not ASCII; an internationalized name is written as its A-label, "
                   f"for example {name}" for i, name in enumerate(wanted, 1)}
            server.write("hosted", "\n".join(wanted))
            server.knotc("reload")
            for name in wanted:
                assert is_hosted(server, name + ".")


@pytest.mark.parametrize("rest", [b"one.example\r\ntwo.example\r\n", b"# comment\none.example\ntwo.example",
                                  b"two.example polarismail\none.example"])
def test_a_byte_order_mark_is_skipped(rest):
    with Knotd(CONF, {"hosted": b"\xef\xbb\xbf" + rest}) as server:
        assert findings(server) == {}
        assert "2 hosted domains" in server.log()
        assert is_hosted(server, "one.example.") and is_hosted(server, "two.example.")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_refused_once(codec):
    text = ("\ufeff" + "".join(f"d{i}.example\n" for i in range(100))).encode(codec)
    with Knotd(CONF, {"hosted": "good.example\n"}) as server:
        server.write("hosted", text)
        server.knotc("reload", check=False)
        assert server.log().count("starts with the byte order mark of UTF-16") == 1
        assert findings(server) == {}
        assert is_hosted(server, "good.example.")
        assert not is_hosted(server, "d1.example.")


def test_variables_that_a_profile_does_not_use_are_warnings():
    lines = "".join(f"d{i}.example - tokne=abc\n" for i in range(30)) + \
        "live.example aspiresoft-live cluster=a token=x\ngood.example aspiresoft-live cluster=b\n"
    with Knotd(CONF, {"hosted": lines}) as server:
        assert findings(server) == {}
        assert findings(server, "warning") == {
            i: "profile polarismail does not use the variable 'tokne'" for i in range(1, 21)}
        assert "/hosted: 31 warnings in " in server.log()
        assert "32 hosted domains" in server.log()
        assert is_hosted(server, "d1.example.")
        assert "cust.a." in rdata(server, "live.example.")[0]


def test_an_exclusion_guards_names_in_the_hosted_file():
    conf = CONF.replace("    hosted-file: ", "    hosted-exclude: [ Provider.Example, mx.emailarray.com. ]\n"
                        "    hosted-file: ")
    lines = ("provider.example\nPROVIDER.example. polarismail\ncustomer1.provider.example\n"
             "emailarray.com\nmx.emailarray.com\nmx2.emailarray.com\nother.example\n")
    with Knotd(conf, {"hosted": lines}) as server:
        assert server.conf_check()[0] == 0
        assert findings(server) == {
            1: "provider.example is excluded (hosted-exclude)",
            2: "provider.example is excluded (hosted-exclude)",
            4: "emailarray.com is above mx.emailarray.com, which is excluded (hosted-exclude)",
            5: "mx.emailarray.com is excluded (hosted-exclude)",
        }
        for name in ("customer1.provider.example.", "x.customer1.provider.example.",
                     "mx2.emailarray.com.", "other.example."):
            assert ask(server, name, "MX").rcode() != dns.rcode.REFUSED
        for name in ("provider.example.", "www.provider.example.", "emailarray.com.",
                     "a.mx.emailarray.com.", "mx.emailarray.com."):
            assert ask(server, name, "MX").rcode() == dns.rcode.REFUSED

        # A change of the option alone counts with the next reload.
        server.configure(CONF)
        server.knotc("reload")
        assert is_hosted(server, "provider.example.")
        server.configure(conf.replace("Provider.Example", "other.example"))
        server.knotc("reload")
        assert is_hosted(server, "provider.example.")
        assert not is_hosted(server, "other.example.")


def test_an_excluded_zone_is_not_filled_by_its_attachment():
    conf = """
mod-hostedmail:
  - id: mail
    profile: @PROFILES@/polarismail.zone
    hosted-exclude: [ provider.example, deep.above.example ]
template:
  - id: default
    module: mod-hostedmail/mail
zone:
  - domain: provider.example
    file: @DIR@/zone
  - domain: above.example
    file: @DIR@/zone
  - domain: customer.example
    file: @DIR@/zone
"""
    zone = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    with Knotd(conf, {"zone": zone}) as server:
        assert len(rdata(server, "customer.example.")) == 2
        for name in ("provider.example.", "above.example."):
            for qname, qtype in ((name, "MX"), ("smtp." + name, "CNAME")):
                answer = ask(server, qname, qtype)
                assert not answer.answer
                assert answer.authority[0].to_text().endswith("ns. h. 1 14400 3600 1209600 60")


def test_a_target_without_its_final_dot_is_a_warning():
    profile = """$TTL 300
@ SOA ns1.emailarray.com. h.emailarray.com. 1 14400 3600 1209600 300
@ NS ns1.emailarray.com.
@ MX 10 mx.emailarray.com
@ MX 20 mx2.emailarray.com.
@ MX 30 own.mail
own.mail A 192.0.2.1
webmail CNAME {domain}.webmail.emailarray.com
"""
    conf = CONF.replace("@PROFILES@/polarismail.zone", "@DIR@/p.zone")
    with Knotd(conf, {"hosted": "good.example\n", "p.zone": profile}) as server:
        assert server.conf_check()[0] == 0
        warnings = [line.partition("/p.zone:")[2] for line in server.log().splitlines()
                    if "/p.zone:" in line]
        assert warnings == [
            "4: the target 'mx.emailarray.com' makes mx.emailarray.com.<domain>.; "
            "is its final dot missing?",
            "8: the target '{domain}.webmail.emailarray.com' makes "
            "{domain}.webmail.emailarray.com.<domain>.; is its final dot missing?"]
        assert "10 mx.emailarray.com.good.example." in rdata(server, "good.example.")


# The hosted zone

ZONE_CONF = CONF.replace("    hosted-file-max-shrink: 100\n", """\
    hosted-zone: hosted.
    hosted-exclude: [ provider.example, deep.above.example ]
""") + """
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
"""

APEX = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"


def flagged_server(flags, hosted="", conf=ZONE_CONF, **files):
    return Knotd(conf, {"hosted": hosted, "hosted.zone": APEX + flags, **files})


@needs_zone
def test_a_flag_of_an_excluded_name_is_as_if_it_were_not_there():
    flags = ("provider.example TXT polarismail\nabove.example TXT polarismail\n"
             "customer1.provider.example TXT polarismail\ngood.example TXT polarismail\n")
    with flagged_server(flags, "file.above.example\n") as server:
        count = 0
        for name in ("provider.example.", "www.provider.example.", "PROVIDER.example.", "above.example.",
                     "deep.above.example.", "x.deep.above.example.", "www.above.example."):
            for qtype in ("MX", "SOA", "A"):
                assert ask(server, name, qtype).rcode() == dns.rcode.REFUSED
                count += 1
        assert server.stats()["hosted-zone[invalid]"] == count
        assert "answer[error]" not in server.stats()
        lines = [line for line in server.log().splitlines() if "ignored" in line]
        assert len(lines) == 1
        assert lines[0].endswith("hosted zone, flag of 'provider.example.' ignored: "
                                 "excluded, or above an excluded name (hosted-exclude)")

        # All that is below or beside is served, and counts no fault.
        for name in ("customer1.provider.example.", "good.example.", "file.above.example."):
            assert len(rdata(server, name)) == 2
        assert ask(server, "a.customer1.provider.example.").rcode() == dns.rcode.NXDOMAIN
        assert server.stats()["hosted-zone[invalid]"] == count


@needs_zone
def test_a_flag_of_an_excluded_name_leaves_it_to_its_own_zone():
    conf = ZONE_CONF + "  - domain: provider.example\n    file: @DIR@/own.zone\n"
    own = APEX + "@ MX 1 own.\nwww A 192.0.2.1\n"
    with flagged_server("provider.example TXT polarismail\nexample TXT polarismail\n", conf=conf,
                        **{"own.zone": own}) as server:
        assert rdata(server, "provider.example.") == ["1 own."]
        assert rdata(server, "www.provider.example.", "A") == ["192.0.2.1"]
        assert ask(server, "smtp.provider.example.").rcode() == dns.rcode.NXDOMAIN


@needs_zone
def test_a_top_level_flag_captures_nothing():
    conf = re.sub(".*hosted-exclude.*\n", "", ZONE_CONF)
    flags = "example TXT polarismail\ngood.example TXT polarismail\n"
    with flagged_server(flags, "file.example\n", conf=conf) as server:
        for name in ("example.", "other.example.", "www.other.example."):
            assert ask(server, name, "MX").rcode() == dns.rcode.REFUSED
        assert server.stats()["hosted-zone[invalid]"] == 3
        assert "answer[error]" not in server.stats()
        assert "flag of 'example.' ignored: a top-level name cannot be hosted" in server.log()
        for name in ("good.example.", "file.example."):
            assert len(rdata(server, name)) == 2
        assert server.stats()["hosted-zone[invalid]"] == 3


@needs_zone
def test_an_excluded_flag_does_not_fill_an_overlay():
    conf = ZONE_CONF.replace("global-module", "module").replace(
        "zone:\n", "zone:\n  - domain: provider.example\n    file: @DIR@/own.zone\n"
        "  - domain: good.example\n    file: @DIR@/own.zone\n")
    with flagged_server("provider.example TXT polarismail\ngood.example TXT polarismail\n", conf=conf,
                        **{"own.zone": APEX}) as server:
        assert len(rdata(server, "good.example.")) == 2
        answer = ask(server, "provider.example.", "MX")
        assert answer.rcode() == dns.rcode.NOERROR and not answer.answer


@needs_zone
def test_a_flag_without_mx_is_servfail_and_names_the_variable():
    flags = ("nocluster.example TXT aspiresoft-live\ntypo.example TXT aspiresoft-live clustr=a\n"
             "good.example TXT aspiresoft-live cluster=a tokne=abc\n")
    with flagged_server(flags) as server:
        for name in ("nocluster.example.", "www.nocluster.example.", "typo.example."):
            for qtype in ("MX", "TXT"):
                answer = ask(server, name, qtype, use_edns=0)
                assert answer.rcode() == dns.rcode.SERVFAIL
                assert answer.options[0].text == \
                    "hosted zone: no MX left: profile aspiresoft-live needs cluster=..."
        assert server.stats()["hosted-zone[invalid]"] == 6
        lines = [line for line in server.log().splitlines() if "no MX left" in line]
        assert len(lines) == 1 and "'nocluster.example.'" in lines[0]
        # A variable that nobody uses is no fault, and nothing to log for each query.
        log = server.log()
        assert "cust.a." in rdata(server, "good.example.")[0]
        assert server.log() == log


@needs_zone
def test_a_long_name_of_a_profile_is_cut_in_the_error_to_the_client():
    name = "p" * 200
    conf = ZONE_CONF.replace("@PROFILES@/polarismail.zone", f"@DIR@/{name}.zone")
    profile = APEX.replace("ns. h.", "ns.test. h.test.").replace("@ NS ns.", "@ NS ns.test.") + \
        "@ MX 10 {cluster}.test.\n"
    with flagged_server(f"bad.example TXT {name}\n", conf=conf, **{f"{name}.zone": profile}) as server:
        answer = ask(server, "bad.example.", "MX", use_edns=0)
        assert answer.rcode() == dns.rcode.SERVFAIL
        text = answer.options[0].text
        assert text.startswith("hosted zone: no MX left: profile ppp") and text.endswith("p")
        assert len(text) == 127
        assert f"profile {name} needs cluster=..." in server.log()
