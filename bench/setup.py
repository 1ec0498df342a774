# SPDX-License-Identifier: GPL-2.0-or-later
"""What all peers share: folder, built module, and the records, as a profile and as a zone file."""

import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.zone

import harness

# The records of PolarisMail, and an SPF policy, which mail servers ask for as often as for an MX.
PROFILE = harness.PROFILES / "polarismail.zone"
SPF = '@       TXT   "v=spf1 include:emailarray.com -all"\n'


class Setup:
    def __init__(self, folder):
        self.folder = folder
        self.module = harness.MODULE
        self.ceiling = harness.BUILD / "bench" / ".libs" / "ceiling.so"
        self.micro = harness.BUILD / "bench" / "micro"
        self.profile = folder / "bench.zone"
        self.profile.write_text(PROFILE.read_text() + SPF)
        # No name in it depends on its origin, so it is a zone file for any domain.
        self.zone = self.profile
        self.records = dns.zone.from_file(str(self.zone), origin="domain.invalid.")

    def expected(self, front, apex, hosted, kind):
        """RCODE and records of the right answer."""
        if not hosted:
            return dns.rcode.REFUSED, set()
        node = self.records.get_node(front.rstrip(".") or "@")
        if node is None:
            return dns.rcode.NXDOMAIN, set()
        rdataset = (node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME) or
                    node.get_rdataset(dns.rdataclass.IN, kind) or ())
        return dns.rcode.NOERROR, {(f"{front}{apex}.", rdataset.rdtype, rdataset.ttl, str(rdata))
                                   for rdata in rdataset}
