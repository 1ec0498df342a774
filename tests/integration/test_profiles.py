# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped profiles: what others say of the zones that they stand for."""

import os
import shutil
import subprocess

import dns.rdataclass
import dns.rdatatype
import dns.zone
import pytest

import expand
from harness import PROFILES

SHIPPED = ["polarismail", "aspiresoft-live", "aspiresoft-test", "aspiresoft-filter-live",
           "aspiresoft-filter-test", "full-2026", "null-mx"]
DOMAIN = "mail.customer.example"
PATH = os.environ["PATH"] + ":/usr/sbin"


def zone_of(name, domain=DOMAIN, cluster="a", **variables):
    text, _ = expand.expand((PROFILES / f"{name}.zone").read_text(), domain,
                            {"cluster": cluster, **variables})
    return text


def rrsets(name, **variables):
    """{(relative owner, type): {rdata text}} without SOA and NS."""
    zone = dns.zone.from_text(zone_of(name, **variables), DOMAIN, relativize=False)
    out = {}
    for owner, node in zone.items():
        for rdataset in node:
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            if kind not in ("SOA", "NS"):
                label = owner.relativize(zone.origin).to_text()
                out[label, kind] = {rdata.to_text() for rdata in rdataset}
    return out


def test_all_shipped_profiles_are_tested():
    assert sorted(p.stem for p in PROFILES.glob("*.zone")) == sorted(SHIPPED)


@pytest.mark.parametrize("tool", ["kzonecheck", "named-checkzone"])
@pytest.mark.parametrize("name", SHIPPED)
def test_the_zone_of_a_profile_is_accepted(tmp_path, tool, name):
    program = shutil.which(tool, path=PATH)
    if program is None:
        pytest.skip(f"{tool} is missing")
    for domain in ("example.com", DOMAIN):
        path = tmp_path / "zone"
        path.write_text(zone_of(name, domain, token="t"))
        command = [program, "-o", domain, str(path)] if tool == "kzonecheck" else \
            [program, "-k", "fail", "-n", "fail", "-r", "fail", "-m", "fail", "-M", "fail",
             "-S", "fail", "-i", "local", domain, str(path)]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", SHIPPED)
def test_the_timers_are_those_that_zonemaster_accepts(name):
    zone = dns.zone.from_text(zone_of(name), DOMAIN, relativize=False)
    soa = zone.find_rdataset("@", "SOA")[0]
    assert soa.refresh >= 14400
    assert 3600 <= soa.retry < soa.refresh
    assert soa.expire >= 604800
    # What a resolver that asked too early remembers, no longer than Zonemaster accepts.
    assert soa.minimum == 300
    assert len(zone.find_rdataset("@", "NS")) >= 2


@pytest.mark.parametrize("name", SHIPPED)
def test_no_profile_has_an_address(name):
    assert not [key for key in rrsets(name) if key[1] in ("A", "AAAA")]


def test_polarismail():
    assert rrsets("polarismail") == {
        ("@", "MX"): {"10 mx.emailarray.com.", "20 mx2.emailarray.com."},
        **{(label, "CNAME"): {f"{label}.emailarray.com."}
           for label in ("smtp", "pop", "imap", "webmail")},
    }


def test_polarismail_shows_how_to_add_spf_and_dmarc():
    lines = (PROFILES / "polarismail.zone").read_text().splitlines()
    block = [line.removeprefix(";") for line in lines if line.startswith((";@", ";_"))]
    zone = dns.zone.from_text("\n".join(["$TTL 3600", *block]), DOMAIN, relativize=False,
                              check_origin=False)
    found = {owner.relativize(zone.origin).to_text(): node.find_rdataset(dns.rdataclass.IN, dns.rdatatype.TXT)[0].to_text()
             for owner, node in zone.items()}
    assert found["@"].startswith('"v=spf1 include:emailarray.com ')
    assert found["_dmarc"].startswith('"v=DMARC1; p=none; ')


FILTER = {("@", "MX"): {f"10 mx.{DOMAIN}.cust.CLUSTER.hostedemail.com."},
          ("@", "TXT"): {'"v=spf1 include:_spf.hostedemail.com ~all"'}}
FULL = {**FILTER,
        **{(label, "CNAME"): {f"mail.{DOMAIN}.cust.CLUSTER.hostedemail.com."}
           for label in ("mail", "pop", "imap", "smtp", "webmail")},
        **{(f"key{n}._domainkey", "CNAME"): {f"key{n}.{DOMAIN}.dkim.hostedemail.link."}
           for n in (1, 2)}}


def at_cluster(expected, cluster):
    return {key: {text.replace("CLUSTER", cluster) for text in texts}
            for key, texts in expected.items()}


@pytest.mark.parametrize("cluster", ["a", "b"])
def test_aspiresoft_live_uses_the_cluster_of_the_domain(cluster):
    assert rrsets("aspiresoft-live", cluster=cluster) == at_cluster(FULL, cluster)
    assert rrsets("aspiresoft-filter-live", cluster=cluster) == at_cluster(FILTER, cluster)


def test_aspiresoft_test_is_an_environment_of_its_own():
    assert rrsets("aspiresoft-test", cluster="a") == at_cluster(FULL, "test")
    assert rrsets("aspiresoft-filter-test", cluster="a") == at_cluster(FILTER, "test")


def test_null_mx():
    assert rrsets("null-mx") == {("@", "MX"): {"0 ."}, ("@", "TXT"): {'"v=spf1 -all"'},
                                 ("_dmarc", "TXT"): {'"v=DMARC1; p=reject"'}}


def test_full_2026_has_what_a_mail_host_publishes():
    have = rrsets("full-2026", token="t")
    for key in [("@", "MX"), ("@", "TXT"), ("@", "CAA"), ("key1._domainkey", "CNAME"),
                ("_dmarc", "TXT"), ("_mta-sts", "TXT"), ("mta-sts", "CNAME"), ("_smtp._tls", "TXT"),
                ("_submissions._tcp", "SRV"), ("_imaps._tcp", "SRV"), ("_pop3s._tcp", "SRV"),
                ("_jmap._tcp", "SRV"), ("_sieve._tcp", "SRV"), ("_caldavs._tcp", "SRV"),
                ("_carddavs._tcp", "SRV"), ("autoconfig", "CNAME"), ("autodiscover", "CNAME"),
                ("_acme-challenge", "CNAME")]:
        assert key in have, key
    for service in ("submission", "imap", "pop3", "caldav", "carddav"):
        assert have[f"_{service}._tcp", "SRV"] == {"0 0 0 ."}
    tags = {text.split()[1] for text in have["@", "CAA"]}
    assert tags >= {"issue", "issuemail"}
    assert '"mail-verification=t"' in have["@", "TXT"]
    assert len(rrsets("full-2026")["@", "TXT"]) == 1
