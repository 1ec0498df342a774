# SPDX-License-Identifier: GPL-2.0-or-later
"""Resolvers find every record of nested domains, whatever they are asked first."""

import itertools
import os

import dns.rcode
import pytest

import resolvers
from asking import ask
from harness import HAS_ZONES, Knotd

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may listen to port 53")

# The registry delegates these two.
HOSTED = ["b.tld", "mail.b.tld", "a.deep.b.tld", "x.y.z.b.tld", "n.mail.b.tld",
          "1.2.3.4.5.long.tld", "long.tld"]

PROFILE = """$TTL 300
@        SOA   ns.provider.tld. h.provider.tld. 1 14400 3600 1209600 60
@        NS    ns.provider.tld.
@        MX    10 mx.provider.tld.
@        TXT   "of {domain}"
www      A     192.0.2.1
imap     CNAME smtp.mail
pop      CNAME imap
alias    CNAME a.deep
smtp     A     192.0.2.2
smtp.mail A    192.0.2.3
webmail  CNAME webmail.provider.tld.
*.w      TXT   "covered"
"""

WILD = PROFILE + '*        TXT   "anything"\n'

HEAD = "$TTL 3600\n@ SOA ns.root. h.root. 1 14400 3600 1209600 60\n"
ROOT = HEAD + "@ NS ns.root.\nns.root. A @ADDRESS@\ntld. NS ns.tld.\nns.tld. A {tld}\n"
TLD = HEAD + """@ NS ns
ns A @ADDRESS@
b NS ns.provider
long NS ns.provider
ns.provider A {provider}
mx.provider A 192.0.2.25
webmail.provider A 192.0.2.80
"""

# What can be asked first, and hides the rest if it is answered wrongly.
FIRST = [("deep.b.tld", "A"), ("y.z.b.tld", "TXT"), ("other.deep.b.tld", "A"), ("imap.b.tld", "A"),
         ("b.tld", "MX")]


class Internet:
    """A root, a top-level domain and a provider, each a name server of its own."""

    def __init__(self, tier, profile=PROFILE):
        zone = "".join(f"{d} TXT profile\n" for n, d in enumerate(HOSTED) if self.tier(tier, n) == "zone")
        file = "".join(f"{d}\n" for n, d in enumerate(HOSTED) if self.tier(tier, n) == "file")
        self.provider = Knotd(f"""
mod-hostedmail:
  - id: mail
    profile: @DIR@/profile.zone
    hosted-file: @DIR@/hosted
{"    hosted-zone: hosted." if zone else ""}
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
""", {"profile.zone": profile, "hosted": file, "hosted.zone": HEAD + "@ NS ns\n" + zone}, port=53)
        self.tld = self.of_zone("tld.", TLD.format(provider=self.provider.address))
        self.root = self.of_zone(".", ROOT.format(tld=self.tld.address))

    @staticmethod
    def tier(tier, n):
        return ("zone" if n % 2 else "file") if tier == "both" else tier

    @staticmethod
    def of_zone(name, text):
        server = Knotd(f"zone:\n  - domain: {name}\n    file: @DIR@/zone\n", module=False, port=53)
        server.write("zone", server.fill_in(text))
        return server

    def __enter__(self):
        self.servers = [self.provider, self.tld, self.root]
        for server in self.servers:
            server.start()
        return self

    def __exit__(self, *error):
        for server in self.servers:
            server.__exit__(*error)


def questions():
    """Every record of the domains as (name, type, number of CNAME records, last data), without data
    where there is none, and names that do not exist with None."""
    for domain in HOSTED:
        yield domain, "MX", 0, "10 mx.provider.tld."
        yield domain, "TXT", 0, f'"of {domain}"'
        yield domain, "NS", 0, "ns.provider.tld."
        yield "www." + domain, "A", 0, "192.0.2.1"
        yield "smtp." + domain, "A", 0, "192.0.2.2"
        yield "webmail." + domain, "A", 1, "192.0.2.80"
        yield "any.w." + domain, "TXT", 0, '"covered"'
        # What is below mail.b.tld is its own.
        yield "imap." + domain, "A", 1, "192.0.2.2" if domain == "b.tld" else "192.0.2.3"
        yield "pop." + domain, "A", 2, "192.0.2.2" if domain == "b.tld" else "192.0.2.3"
    yield "alias.b.tld", "TXT", 1, '"of a.deep.b.tld"'
    for name in ("deep.b.tld", "z.b.tld", "y.z.b.tld", "5.long.tld", "3.4.5.long.tld"):
        yield name, "A", 0, ""
    for name in ("other.b.tld", "other.deep.b.tld", "o.t.h.e.r.y.z.b.tld", "0.3.4.5.long.tld"):
        yield name, "A", 0, None


def wrong(resolver, name, qtype, cnames, data):
    """What is wrong with a resolver's answer, None if nothing is."""
    answer = ask(resolver, name + ".", qtype)
    want = dns.rcode.NXDOMAIN if data is None else dns.rcode.NOERROR
    found = [record.to_text() for rrset in answer.answer for record in rrset]
    right = answer.rcode() == want and len(found) == cnames + bool(data) and \
        (not data or found[-1] == data)
    return None if right else f"{name} {qtype}: {answer}"


def needs(kind):
    missing = kind.missing()
    return pytest.param(kind, id=kind.programs[0], marks=pytest.mark.skipif(
        bool(missing), reason=f"{' and '.join(missing)} missing"))


@pytest.fixture(scope="module", params=["file", pytest.param("both", marks=pytest.mark.skipif(
    not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5"))])
def internet(request):
    with Internet(request.param) as servers:
        yield servers


@pytest.mark.parametrize("kind", map(needs, resolvers.ALL))
def test_every_record_is_found_whatever_is_asked_first(internet, kind):
    with kind(internet.root.address) as resolver:
        for order in itertools.permutations(FIRST, 3):
            resolver.flush()
            for name, qtype in order:
                ask(resolver, name + ".", qtype)
            failures = list(filter(None, (wrong(resolver, *question) for question in questions())))
            assert not failures, f"{len(failures)} wrong after {order}:\n" + "\n".join(failures[:3])


@pytest.mark.parametrize("kind", map(needs, resolvers.ALL))
def test_every_record_is_found_first(internet, kind):
    """Each question to a resolver that knows nothing."""
    with kind(internet.root.address) as resolver:
        for question in questions():
            resolver.flush()
            assert wrong(resolver, *question) is None


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
@pytest.mark.parametrize("kind", map(needs, resolvers.ALL))
def test_every_record_of_the_hosted_zone_is_found(kind):
    with Internet("zone") as internet, kind(internet.root.address) as resolver:
        for _ in range(2):
            assert list(filter(None, (wrong(resolver, *question) for question in questions()))) == []
            resolver.flush()
            for name, qtype in FIRST:
                ask(resolver, name + ".", qtype)


@pytest.mark.parametrize("kind", map(needs, resolvers.ALL))
def test_a_wildcard_does_not_hide_what_is_nested(kind):
    with Internet("file", WILD) as internet, kind(internet.root.address) as resolver:
        for order in itertools.permutations([("deep.b.tld", "TXT"), ("other.deep.b.tld", "TXT"),
                                             ("a.deep.b.tld", "MX"), ("other.b.tld", "TXT")]):
            resolver.flush()
            for name, qtype in order:
                ask(resolver, name + ".", qtype)
            for question in (("deep.b.tld", "TXT", 0, ""), ("other.deep.b.tld", "TXT", 0, None),
                             ("other.b.tld", "TXT", 0, '"anything"'),
                             ("a.deep.b.tld", "TXT", 0, '"of a.deep.b.tld"'),
                             ("other.a.deep.b.tld", "TXT", 0, '"anything"')):
                assert wrong(resolver, *question) is None, order
