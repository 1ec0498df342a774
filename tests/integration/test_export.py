# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosted set for servers of another make: what they answer with the exported zones, and how an
export is written."""

import os
import random
import shutil
import socket
import subprocess
import time

import dns.message
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

import expand
import questions
from harness import ASK_SECONDS, HAS_ZONES, PORT, PROFILES, START_SECONDS, Knotd, loopback_address
from tooling import needs_tool, run

pytestmark = needs_tool

NAMES = ["polarismail", "aspiresoft-live", "full-2026", "null-mx"]
SECTION = ("mod-hostedmail:\n  - id: mail\n    profile: [ " + ", ".join(f"@PROFILES@/{name}.zone" for name in NAMES) +
           " ]\n    hosted-file: @DIR@/hosted\n")
HOSTED = """plain.example
b.example aspiresoft-live cluster=b
full.example full-2026 token=a\\032b
full2.example full-2026
x.example null-mx
upper.example
nested.upper.example full-2026
deep.er.nested.upper.example null-mx
smtp.full.example
xn--bcher-kva.example
"""


@pytest.fixture()
def conf(tmp_path):
    path = tmp_path / "knot.conf"
    path.write_text(SECTION.replace("@PROFILES@", str(PROFILES)).replace("@DIR@", str(tmp_path)))
    (tmp_path / "hosted").write_text(HOSTED)
    return path


def export(conf, *words, output="out"):
    return run("-c", conf, "export", "--format", "zones", "--output", conf.parent / output, *words)


def files_of(folder):
    """Paths and contents of an export, but for its catalog."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.zone")
            if path.name != "catalog.zone"}


def members(conf):
    catalog = dns.zone.from_file(str(conf.parent / "out/catalog.zone"), "catalog.invalid.", relativize=False)
    found = [str(rdata.target) for _, _, rdata in catalog.iterate_rdatas("PTR")]
    return sorted(found), catalog.find_rdataset(catalog.origin, "SOA")[0].serial


def test_each_domain_is_a_zone_file(conf):
    result = export(conf)
    assert result.code == 0 and result.out.startswith("10 zones written, 0 unchanged, 0 removed; catalog "), result
    assert "; catalog catalog.invalid with serial " in result.out, result
    files = files_of(conf.parent / "out")
    assert sorted(files) == [
        "zones/b/b.example.zone", "zones/d/e/deep.er.nested.upper.example.zone", "zones/f/u/full.example.zone",
        "zones/f/u/full2.example.zone", "zones/n/e/nested.upper.example.zone", "zones/p/l/plain.example.zone",
        "zones/s/m/smtp.full.example.zone", "zones/u/p/upper.example.zone", "zones/x/n/xn--bcher-kva.example.zone",
        "zones/x/x.example.zone"]
    # A nested domain is delegated by the one right above it, and takes what the profile has there.
    upper = [line for line in files["zones/u/p/upper.example.zone"].splitlines() if "nested" in line]
    assert upper == ["nested.upper.example. 3600 NS ns1.example.net.", "nested.upper.example. 3600 NS ns2.example.net."]
    assert "deep.er.nested.upper.example. 3600 NS ns1.example.net." in files["zones/n/e/nested.upper.example.zone"]
    full = files["zones/f/u/full.example.zone"]
    assert "smtp.full.example. 3600 NS ns1.emailarray.com." in full and "smtp.full.example. 3600 CNAME" not in full


def test_other_tools_take_the_zones(conf):
    export(conf)
    checks = [tool for tool in ("named-checkzone", "kzonecheck", "nsd-checkzone")
              if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]
    if not checks:
        pytest.skip("there is none of named-checkzone, kzonecheck, nsd-checkzone")
    for path in (conf.parent / "out").rglob("*.zone"):
        zone = "catalog.invalid" if path.name == "catalog.zone" else path.name.removesuffix(".zone")
        for tool in checks:
            words = ["-o", zone, str(path)] if tool == "kzonecheck" else [zone, str(path)]
            if tool == "named-checkzone":
                words = ["-i", "local"] + words
            done = subprocess.run([tool, *words], capture_output=True, text=True,
                                  env={"PATH": os.environ["PATH"] + ":/usr/sbin"})
            assert done.returncode == 0, (tool, path, done.stdout + done.stderr)


def test_the_catalog_has_all_members(conf):
    export(conf)
    names, serial = members(conf)
    assert names == sorted(line.split()[0] + "." for line in HOSTED.splitlines())
    catalog = (conf.parent / "out/catalog.zone").read_text()
    assert '\nversion.catalog.invalid. 0 TXT "2"\n' in catalog
    assert export(conf, "--catalog", "Catalog.Provider.example").code == 0
    assert "\nversion.catalog.provider.example. " in (conf.parent / "out/catalog.zone").read_text()
    assert serial > 1700000000


def test_a_later_export_writes_what_has_changed(conf):
    export(conf)
    out = conf.parent / "out"
    _, serial = members(conf)
    before = {path: path.stat() for path in out.rglob("*") if path.is_file()}
    result = export(conf)
    assert result.out.startswith("0 zones written, 10 unchanged, 0 removed;"), result
    assert {path: path.stat().st_ino for path in before} == {path: stat.st_ino for path, stat in before.items()}

    (out / "zones/b/mine.zone").write_text("mine")
    (out / "zones/b/mine.example.zone").write_text("mine")
    (out / "zones/x/left.example.zone").symlink_to(conf)
    (conf.parent / "hosted").write_text(HOSTED.replace("plain.example\n", "new.example\n").replace("=b", "=c"))
    result = export(conf)
    assert result.code == 0 and result.out.startswith("2 zones written, 8 unchanged, 1 removed;"), result
    assert not (out / "zones/p").exists() and (out / "zones/n/e/new.example.zone").exists()
    assert (out / "zones/b/mine.zone").exists() and (out / "zones/b/mine.example.zone").exists()
    assert (out / "zones/x/left.example.zone").is_symlink() and conf.exists()
    names, later = members(conf)
    assert "new.example." in names and "plain.example." not in names and later > serial
    assert "plain" not in (out / "nsd.zones").read_text() + (out / "named.zones").read_text()


def test_a_folder_of_something_else_is_refused(conf):
    out = conf.parent / "out"
    out.mkdir()
    (out / "precious").write_text("mine")
    assert export(conf).is_error("is not empty, and not of an earlier export")
    assert [path.name for path in out.iterdir()] == ["precious"]
    (out / ".khostedmail-export").symlink_to(out / "precious")
    assert export(conf).is_error("is not empty")
    (conf.parent / "link").symlink_to(out)
    assert export(conf, output="link").is_error("is not a folder that can be opened")
    assert run("-c", conf, "export", "--format", "zones").is_error("--output")
    assert run("-c", conf, "export").is_error("--format")


def test_most_of_an_export_is_not_removed(conf):
    export(conf)
    before = files_of(conf.parent / "out")
    (conf.parent / "hosted").write_text("plain.example\nnew.example\n")
    assert export(conf).is_error("of the 10 domains of the earlier export, only 2 would be left")
    assert files_of(conf.parent / "out") == before
    assert export(conf, output="other").code == 0


def test_an_export_without_the_hosted_zone_is_none(conf):
    conf.write_text(conf.read_text() + "    hosted-zone: hosted.\n")
    result = export(conf)
    assert result.code == 2 and "error: without the hosted zone the export would lack domains" in result.err
    assert not (conf.parent / "out").exists()


def test_no_link_is_followed_and_no_other_file_replaced(conf):
    export(conf)
    out, target = conf.parent / "out", conf.parent / "target"
    target.mkdir()
    path = out / "zones/x/x.example.zone"
    path.unlink()
    path.symlink_to(target / "file")
    assert export(conf).is_error("x.example.zone", "was not written by khostedmail")
    path.unlink()
    path.write_text("mine")
    assert export(conf).is_error("was not written by khostedmail") and path.read_text() == "mine"
    shutil.rmtree(out / "zones/x")
    (out / "zones/x").symlink_to(target)
    assert export(conf).is_error("'x' is not a folder that can be opened")
    assert list(target.iterdir()) == []


def test_what_an_interrupted_export_left_behind_is_no_hindrance(conf):
    export(conf)
    left = conf.parent / "out/zones/x/.khostedmail.new"
    left.write_text("half")
    (conf.parent / "out/zones/x/x.example.zone").unlink()
    assert export(conf).code == 0 and not left.exists()


def test_what_zone_files_cannot_say_is_told(conf, tmp_path):
    profile = tmp_path / "own.zone"
    profile.write_text("@ SOA a. b. 1 1 1 1 1\n@ NS ns.{domain}.\n@ MX 1 mx.example.\nx TXT \"{token}\"\n")
    conf.write_text(f"mod-hostedmail:\n  - id: mail\n    profile: {profile}\n    hosted-file: {tmp_path}/hosted\n"
                    "zone:\n  - domain: zone.c.example\n  - domain: d.example\n")
    (tmp_path / "hosted").write_text("c.example\nb.c.example\nd.example\n")
    result = export(conf)
    assert result.code == 1
    assert sorted(result.err.splitlines()) == [
        "warning: b.c.example: x.b.c.example. exists without a record in the module, but not in the zone file",
        "warning: c.example: it delegates b.c.example. to ns.b.c.example., for which it has no address (glue)",
        "warning: c.example: the server has the ordinary zone zone.c.example below it, which is not exported; nor is "
        "it delegated",
        "warning: c.example: x.c.example. exists without a record in the module, but not in the zone file",
        "warning: d.example: the server has an ordinary zone of this name, which answers in its place; it is not "
        "exported"]
    report = export(conf, "--json").json()
    assert report["catalog"]["zone"] == "catalog.invalid"
    assert len(report["problems"]) == 5 and report["unchanged"] == 2
    assert members(conf)[0] == ["b.c.example.", "c.example."]


def free_port():
    """A port of the one address that BIND knows its interface to have."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()


FLAGS = """$TTL 60
@ SOA ns. h. 1 14400 3600 1209600 60
@ NS ns.
flagged.test TXT "aspiresoft-live" "cluster=c-1"
below.flagged.test TXT "full-2026" "token=t-2"
plain.example TXT "none"
x.example TXT "nothere"
"""


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_flags_are_exported_as_lines_are(tmp_path):
    conf = SECTION + "    hosted-zone: hosted.\ntemplate:\n  - id: default\n    global-module: mod-hostedmail/mail\n" \
        "zone:\n  - domain: hosted.\n    file: @DIR@/flags\n"
    with Knotd(conf, {"hosted": HOSTED, "flags": FLAGS}) as server:
        result = run("-s", server.dir / "knot.sock", "export", "--format", "zones", "--output", tmp_path / "out")
    assert result.code == 1 and result.err.startswith("warning: x.example: its flag is wrong: "), result
    files = files_of(tmp_path / "out")
    assert "zones/p/l/plain.example.zone" not in files and "zones/x/x.example.zone" not in files
    flagged = files["zones/f/l/flagged.test.zone"]
    assert "mx.flagged.test.cust.c-1.hostedemail.com." in flagged
    assert "below.flagged.test. 3600 NS ns1.example.net." in flagged
    assert '"mail-verification=t-2"' in files["zones/b/e/below.flagged.test.zone"]


class Other:
    """A server of another make, on a loopback address of its own."""

    def __init__(self, folder, command):
        self.endpoint = free_port() if command == bind else (loopback_address(), PORT)
        self.address, self.port = self.endpoint
        self.folder = folder
        self.log_path = folder / "server.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command(self), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        deadline = time.monotonic() + START_SECONDS
        query = dns.message.make_query("plain.example.", "SOA").to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    sock.sendto(query, self.endpoint)
                    if dns.message.from_wire(sock.recv(4096)).answer:
                        return self
                except OSError:
                    pass
        self.__exit__(None, None, None)
        raise RuntimeError("the other server does not answer:\n" + self.log_path.read_text(errors="replace"))

    def __exit__(self, kind, value, trace):
        self.process.terminate()
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    udp = Knotd.udp


def nsd(server):
    conf = server.folder / "nsd.conf"
    conf.write_text(f"""server:
    ip-address: {server.address}@{server.port}
    username: ""
    chroot: ""
    zonesdir: "{server.folder}/out"
    pidfile: "{server.folder}/nsd.pid"
    zonelistfile: "{server.folder}/zone.list"
    xfrdfile: ""
    xfrdir: "{server.folder}"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
include: "{server.folder}/out/nsd.zones"
""")
    return [tool("nsd"), "-d", "-c", str(conf)]


def bind(server):
    conf = server.folder / "named.conf"
    conf.write_text(f"""options {{
    directory "{server.folder}/out"; pid-file none; session-keyfile "{server.folder}/key";
    listen-on port {server.port} {{ {server.address}; }}; listen-on-v6 {{ none; }}; recursion no; zero-no-soa-ttl no;
    dnssec-validation no;
}};
controls {{ }};
include "{server.folder}/out/named.zones";
""")
    return [tool("named"), "-g", "-n", "1", "-c", str(conf)]


def powerdns(server):
    (server.folder / "named.conf").write_text(f"""options {{ directory "{server.folder}/out"; }};
include "{server.folder}/out/named.zones";
""")
    return [tool("pdns_server"), "--no-config", "--launch=bind", f"--bind-config={server.folder}/named.conf",
            f"--local-address={server.address}", f"--local-port={server.port}", f"--socket-dir={server.folder}",
            "--guardian=no", "--daemon=no", "--setuid=", "--setgid=", "--cache-ttl=0",
            "--query-cache-ttl=0", "--negquery-cache-ttl=0", "--enable-lua-records=no",
            "--disable-syslog"]


def tool(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        pytest.skip(f"{name} is missing")
    return path


def gist(wire):
    """What counts of an answer: not which records a server adds to be kind."""
    answer = dns.message.from_wire(wire)
    negative = [rrset for rrset in answer.authority if rrset.rdtype == dns.rdatatype.SOA] \
        if not answer.answer or answer.rcode() == dns.rcode.NXDOMAIN else []
    return (dns.rcode.to_text(answer.rcode()), bool(answer.flags & dns.flags.AA),
            sorted((str(rrset.name).lower(), rrset.ttl, rrset.rdtype, sorted(map(str, rrset)))
                   for rrset in answer.answer),
            [(str(rrset.name).lower(), rrset.ttl, str(rrset[0])) for rrset in negative])


# Servers differ in what they say of signatures at a CNAME of a zone that is not signed, and in how many
# RRsets they give for ANY.
LEFT_OUT = ("RRSIG", "NSEC", "ANY")


def all_questions(hosted):
    """All names and types of the zones, and of what is around them, but for names with zero bytes, which
    PowerDNS does not take."""
    out = []
    for line in hosted.splitlines():
        domain, profile = (line.split() + ["polarismail"])[:2]
        zone = (PROFILES / f"{profile}.zone").read_text()
        for name in questions.names(zone, domain + "."):
            if b"\0" not in name[:-1]:
                out += [(name, questions.type_number(kind)) for kind in questions.TYPES if kind not in LEFT_OUT]
    return list(dict.fromkeys(out))


@pytest.mark.parametrize("other", [nsd, bind, powerdns])
def test_other_servers_answer_the_same(conf, other):
    assert export(conf).code == 0
    global_conf = SECTION + "template:\n  - id: default\n    global-module: mod-hostedmail/mail\n"
    with Other(conf.parent, other) as server, Knotd(global_conf, {"hosted": HOSTED}) as ours:
        asked = all_questions(HOSTED)
        seed = 20261127
        print("seed", seed)
        asked = random.Random(seed).sample(asked, min(len(asked), 6000))
        table = [questions.query(name, kind, 4096, False, 0, index % 65535 + 1)
                 for index, (name, kind) in enumerate(asked)]
        differing = []
        for query, our, their in zip(table, ours.udp(table), server.udp(table)):
            if gist(our) != gist(their):
                differing.append((dns.message.from_wire(query).question[0].to_text(), gist(our), gist(their)))
        assert not differing, (len(differing), differing[:5])
