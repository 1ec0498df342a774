# SPDX-License-Identifier: GPL-2.0-or-later
"""A list that is wrong: what hosts nothing and says why, in the hosted file and in the hosted zone."""

import re

import dns.rcode
import pytest

from harness import Knotd, knot_version
from test_server import ask

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


def test_a_line_without_mx_is_told_the_variable():
    lines = "nocluster.example aspiresoft-live\ntypo.example aspiresoft-live clustr=a\ngood.example\n"
    with Knotd(CONF, {"hosted": lines}) as server:
        needs = "no MX left: profile aspiresoft-live needs cluster=..."
        assert findings(server) == {1: needs, 2: needs}
        assert is_hosted(server, "good.example.")
        for name in ("nocluster.example.", "typo.example."):
            assert ask(server, name, "MX").rcode() == dns.rcode.REFUSED


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
""") + """
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
"""

APEX = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"


def flagged_server(flags, hosted="", conf=ZONE_CONF, **files):
    return Knotd(conf, {"hosted": hosted, "hosted.zone": APEX + flags, **files})


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
