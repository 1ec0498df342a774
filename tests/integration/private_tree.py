# SPDX-License-Identifier: GPL-2.0-or-later
"""A name space of its own, for khostedmail: a signed root and top-level domain, a provider with two
servers that have the module, the name servers that customers had before, and one wrong server of
each kind."""

import contextlib

import dns.dnssec
import dns.message
import dns.query
import dns.rdatatype

import wrong_servers
from harness import HAS_ZONES, Knotd, eventually, loopback_address

HEAD = "$TTL 3600\n@ SOA ns.root. h.root. 1 14400 3600 1209600 60\n"

SIGNED = """policy:
  - id: p
    single-type-signing: on
    nsec3: off
zone:
  - domain: {name}
    file: @DIR@/zone
    dnssec-signing: on
    dnssec-policy: p
    zonefile-load: difference
    zonefile-sync: -1
"""

OURS = ("ns1.provider.tld.", "ns2.provider.tld.")
OLD = ("ns1.old.tld.", "ns2.old.tld.")

RECORDS = """@ MX 10 mx.provider.tld.
@ TXT "v=spf1 include:_spf.provider.tld -all"
smtp CNAME smtp.provider.tld.
key1._domainkey CNAME key1.dkim.provider.tld.
_imaps._tcp SRV 0 1 993 imap.provider.tld.
_acme-challenge CNAME nothing.provider.tld.
"""

# What the provider's own zone has besides its servers.
PROVIDER = """mx A 192.0.2.25
smtp A 192.0.2.26
imap AAAA 2001:db8::1
key1.dkim TXT "v=DKIM1; p=QUJD"
_spf TXT "v=spf1 ip4:192.0.2.0/24 -all"
alias CNAME mx
noaddress TXT "no address"
_spf11 TXT "v=spf1 a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld
 a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld a:mx.provider.tld -all"
""".replace("\n a:", " a:")


def profile(ns=OURS, records=RECORDS, serial=7):
    return f"$TTL 300\n@ SOA ns1.provider.tld. h.provider.tld. {serial} 14400 3600 1209600 60\n" + \
        "".join(f"@ NS {name}\n" for name in ns) + records


def without(start):
    return "".join(line + "\n" for line in RECORDS.splitlines() if not line.startswith(start))


# Kinds of servers that fail, each at ns-KIND.provider.tld.
WRONG = {
    "servfail": (wrong_servers.servfail, True), "refused": (wrong_servers.refused, True),
    "notimp": (wrong_servers.not_implemented, True), "silent": (wrong_servers.silent, False),
    "garbage": (wrong_servers.garbage, True), "lame": (wrong_servers.lame, True),
    "truncated": (wrong_servers.truncated, False), "absent": (wrong_servers.absent, True),
}

# Profiles of the provider; ns2 has another version of some.
PROFILES = {
    "good": profile(),
    **{kind: profile(ns=("ns1.provider.tld.", f"ns-{kind}.provider.tld.")) for kind in WRONG},
    "closed": profile(ns=("ns1.provider.tld.", "ns-closed.provider.tld.")),
    "udponly": profile(ns=("ns1.provider.tld.", "ns-udponly.provider.tld.")),
    "noname": profile(ns=("ns1.provider.tld.", "ns-noname.provider.tld.")),
    "noaddress": profile(ns=("ns1.provider.tld.", "noaddress.provider.tld.")),
    "differs": profile(),
    "mxalias": profile(records="@ MX 10 alias.provider.tld.\n"),
    "mxgone": profile(records="@ MX 10 gone.provider.tld.\n"),
    "mxnoaddress": profile(records="@ MX 10 noaddress.provider.tld.\n"),
    "mxbroken": profile(records="@ MX 10 mx.broken.tld.\n"),
    "cnamegone": profile(records="@ MX 10 mx.provider.tld.\nsmtp CNAME gone.provider.tld.\n"
                                 "pop CNAME gone.provider.tld.\n"),
    "dkimgone": profile(records="@ MX 10 mx.provider.tld.\n"
                                "k._domainkey CNAME {domain}.dkim.provider.tld.\n"),
    "srvgone": profile(records="@ MX 10 mx.provider.tld.\n_imaps._tcp SRV 0 1 993 gone.provider.tld.\n"
                               "_imap._tcp SRV 0 0 0 .\n"),
    "spftwo": profile(records=RECORDS + '@ TXT "v=spf1 a -all"\n'),
    "spfmany": profile(records='@ MX 10 mx.provider.tld.\n@ TXT "v=spf1 include:_spf11.provider.tld ~all"\n'),
    "spfwrong": profile(records='@ MX 10 mx.provider.tld.\n@ TXT "v=spf1 ip:192.0.2.1 ~all"\n'),
    "sts": profile(records='@ MX 10 mx.provider.tld.\n_mta-sts TXT "v=STSv1; id=1"\n'),
    "stsgood": profile(records='@ MX 10 mx.provider.tld.\n_mta-sts TXT "v=STSv1; id=1"\n'
                               "mta-sts CNAME smtp.provider.tld.\n"),
}

# The zones of customers at their old name servers.
OLD_ZONES = {
    "elsewhere.tld": "@ MX 10 mx.old\n",
    "cust.tld": "sub TXT 1\n",
    "hand.tld": RECORDS + '@ TXT "another one"\n',
    "handwrong.tld": without("smtp").replace("10 mx.provider", "10 old.provider") + "@ MX 5 mx.old.tld.\n" +
                     '@ TXT "v=spf1 a -all"\n',
    "handdkim.tld": without("key1._domainkey") + "_domainkey NS ns1.infra.tld.\n",
    "handfail.tld": without("key1._domainkey") + "_domainkey NS ns-closed.provider.tld.\n",
}

# Zones that the provider's other servers have.
INFRA_ZONES = {
    "infra.tld": "",
    "_domainkey.handdkim.tld": "key1 CNAME key1.dkim.provider.tld.\n",
}


class Tree:
    """All of it; started with `with`."""

    def __init__(self, hosted_zone=False):
        self.stack = contextlib.ExitStack()
        self.hosted_zone = hosted_zone and HAS_ZONES
        # Domains of the provider: name, profile, and to which servers they are delegated.
        self.hosted = {f"{name}.tld": name for name in PROFILES}
        self.delegated = {domain: self.names(PROFILES[name]) for domain, name in self.hosted.items()}
        for domain, names in {
                "elsewhere.tld": OLD, "mixed.tld": OURS[:1] + OLD[:1], "half.tld": OURS[:1],
                "hand.tld": OLD, "handwrong.tld": OLD, "handdkim.tld": OLD, "handfail.tld": OLD,
                "ds.tld": OURS, "behind.tld": OURS, "unlisted.tld": OURS}.items():
            self.hosted[domain] = "good"
            self.delegated[domain] = names
        for domain in ("gone.tld", "sub.cust.tld", "nothere.cust.tld", "x.broken.tld", "a.b.good.tld"):
            self.hosted[domain] = "good"
        self.delegated["cust.tld"] = OLD
        self.delegated["broken.tld"] = ("ns-closed.provider.tld.",)

    @staticmethod
    def names(text):
        return tuple(line.split()[2] for line in text.splitlines() if line.startswith("@ NS"))

    def provider(self, second):
        conf = """
mod-hostedmail:
  - id: mail
    profile: [ {profiles} ]
    hosted-file: @DIR@/hosted
{zone}
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: hosted.
    file: @DIR@/hosted.zone
""".format(profiles=", ".join(f"@DIR@/{name}.zone" for name in PROFILES),
           zone="    hosted-zone: hosted." if self.hosted_zone else "")
        files = {f"{name}.zone": text for name, text in PROFILES.items()}
        hosted = dict(self.hosted)
        serial = 5
        if second:
            files["differs.zone"] = profile(serial=6, records=without("smtp").replace("mx.", "mx2."))
            del hosted["unlisted.tld"]
            serial = 4
        files["hosted.zone"] = f"$TTL 60\n@ SOA ns. h. {serial} 14400 3600 1209600 60\n@ NS ns\n" \
            "half.tld TXT none\nmixed.tld TXT nothere\nflagged.tld TXT good\n"
        lines = [f"{domain} {name}" for domain, name in hosted.items()]
        files["hosted"] = "\n".join(lines + ["badline.tld nothere"]) + "\n"
        return Knotd(conf, files, port=53)

    def plain(self, zones, address=None):
        conf = "zone:\n" + "".join(f"  - domain: {name}\n    file: @DIR@/{name}zone\n" for name in zones)
        return Knotd(conf, {f"{name}zone": text for name, text in zones.items()}, module=False, port=53)

    def signed(self, name, text):
        return Knotd(SIGNED.format(name=name), {"zone": text}, module=False, port=53)

    def start(self, server):
        return self.stack.enter_context(server)

    def start_leaves(self):
        """The servers that have nothing below them."""
        self.ns1 = self.start(self.provider(False))
        self.ns2 = self.start(self.provider(True))
        old = {f"{name}.": HEAD + "".join(f"@ NS {ns}\n" for ns in OLD) + text
               for name, text in OLD_ZONES.items()}
        old["old.tld."] = HEAD + "@ NS ns1\n@ NS ns2\nns1 A @OLD@\nns2 A @OLD@\nmx A 192.0.2.9\n"
        self.old = self.plain(old)
        self.old.write("old.tld.zone", old["old.tld."].replace("@OLD@", self.old.address))
        self.start(self.old)
        wrong = {kind: self.start(wrong_servers.WrongServer(answer, tcp)).address
                 for kind, (answer, tcp) in WRONG.items()}
        wrong["closed"] = loopback_address()
        forward = wrong_servers.WrongServer(self.forward, tcp=False)
        wrong["udponly"] = self.start(forward).address
        infra = {f"{name}.": HEAD + "@ NS ns1.infra.tld.\n" + text for name, text in INFRA_ZONES.items()}
        infra["provider.tld."] = HEAD + "@ NS ns1.infra.tld.\n" + PROVIDER + \
            f"ns1 A {self.ns1.address}\nns2 A {self.ns2.address}\n" + \
            "".join(f"ns-{kind} A {address}\n" for kind, address in wrong.items())
        self.infra = self.plain(infra)
        self.infra.write("infra.tld.zone", infra["infra.tld."] + f"ns1 A {self.infra.address}\n")
        self.start(self.infra)
        self.glue = {"ns1.provider.tld.": self.ns1.address, "ns2.provider.tld.": self.ns2.address,
                     "ns1.old.tld.": self.old.address, "ns2.old.tld.": self.old.address,
                     "ns1.infra.tld.": self.infra.address,
                     **{f"ns-{kind}.provider.tld.": address for kind, address in wrong.items()}}

    def forward(self, query, tcp):
        answer = dns.query.udp(query, self.ns1.address, timeout=5)
        return answer.to_wire()

    def start_upper(self):
        """The top-level domain and the root, signed."""
        delegated = {**self.delegated, "provider.tld": ("ns1.infra.tld.",), "infra.tld": ("ns1.infra.tld.",),
                     "old.tld": OLD}
        text = HEAD + "@ NS ns\nns A @ADDRESS@\n" + \
            "".join(f"{domain}. NS {ns}\n" for domain, names in delegated.items() for ns in names) + \
            "".join(f"{ns} A {address}\n" for ns, address in self.glue.items()) + \
            "ds DS 12345 13 2 " + "ab" * 32 + "\n"
        self.tld = self.signed("tld.", text)
        self.tld.write("zone", self.tld.fill_in(text))
        self.start(self.tld)
        self.wait_until_signed(self.tld, "tld.")
        ds = self.ds(self.tld, "tld.")
        text = HEAD + "@ NS ns.root.\nns.root. A @ADDRESS@\n" + \
            f"tld. NS ns.tld.\nns.tld. A {self.tld.address}\ntld. DS {ds}\n"
        self.root = self.signed(".", text)
        self.root.write("zone", self.root.fill_in(text))
        self.start(self.root)
        self.wait_until_signed(self.root, ".")
        self.anchor = self.root.write("anchor", f". IN DS {self.ds(self.root, '.')}\n")

    @staticmethod
    def keys(server, name):
        answer = dns.query.udp(dns.message.make_query(name, "DNSKEY", want_dnssec=True), server.address,
                               timeout=5)
        return [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.DNSKEY]

    def wait_until_signed(self, server, name):
        eventually(lambda: self.keys(server, name), f"{name} is signed")

    def ds(self, server, name):
        (keys,) = self.keys(server, name)
        return dns.dnssec.make_ds(name, keys[0], "SHA256").to_text()

    def __enter__(self):
        with self.stack:
            self.start_leaves()
            self.start_upper()
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def options(self, validate=True):
        words = ["-c", self.ns1.dir / "knot.conf", "--root", self.root.address]
        return words + ["--trust-anchor", self.anchor] if validate else words
