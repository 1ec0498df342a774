# SPDX-License-Identifier: GPL-2.0-or-later
"""Zones become hosted domains: diff says which, import makes the lines, and the answers stay the same."""

import os
import pathlib
import random
import shutil
import tempfile

import pytest

import expand
import questions
from harness import HAS_ZONES, PROFILES, Knotd
from tooling import needs_tool, on_terminal, run

pytestmark = needs_tool

NAMES = ["polarismail", "aspiresoft-live", "full-2026", "aspiresoft-test", "aspiresoft-filter-live", "null-mx"]
SECTION = ("mod-hostedmail:\n  - id: mail\n    profile: [ " + ", ".join(f"@PROFILES@/{name}.zone" for name in NAMES) +
           " ]\n    hosted-file: @DIR@/hosted\n")
VARIABLES = {"aspiresoft-live": {"cluster": "b"}, "aspiresoft-filter-live": {"cluster": "c1.d2"},
             "full-2026": {"token": "t-1"}}


def zone_of(profile, domain, variables=None, more=""):
    """The zone file of a hosted domain, with the SOA and NS of the profile."""
    text = (PROFILES / f"{profile}.zone").read_text()
    zone, _ = expand.expand(text, domain, VARIABLES.get(profile, {}) if variables is None else variables)
    return zone + more


@pytest.fixture()
def conf(tmp_path):
    """A configuration with the profiles, and a folder for zone files."""
    path = tmp_path / "knot.conf"
    path.write_text(SECTION.replace("@PROFILES@", str(PROFILES)).replace("@DIR@", str(tmp_path)))
    (tmp_path / "zones").mkdir()
    return path


def write(conf, name, text):
    path = conf.parent / "zones" / name
    path.write_text(text)
    return path


def diff(conf, *words):
    return run("-c", conf, "diff", *words)


def test_each_profile_is_found_with_its_variables(conf):
    for index, name in enumerate(NAMES):
        write(conf, f"d{index}.example.zone", zone_of(name, f"d{index}.example"))
    result = diff(conf, conf.parent / "zones")
    assert result.code == 0 and result.err == "", result
    lines = [line.strip() for line in result.out.splitlines() if line.startswith("  ")]
    assert lines == ["d0.example", "d1.example aspiresoft-live cluster=b", "d2.example full-2026 token=t-1",
                     "d3.example aspiresoft-test", "d4.example aspiresoft-filter-live cluster=c1.d2",
                     "d5.example null-mx"]
    assert result.out.endswith("6 same, 0 superset, 0 different, 0 errors\n")


def test_what_remains_is_said(conf):
    path = write(conf, "x.example", zone_of("polarismail", "x.example", more="""\
www 300 A 192.0.2.1
@ 3600 TXT "mine"
"""))
    result = diff(conf, path)
    assert result.code == 1
    assert result.out == """\
x.example: superset of polarismail; hosted line:
  x.example
  and for an overlay:
  x.example. 3600 TXT "mine"
  www.x.example. 300 A 192.0.2.1
0 same, 1 superset, 0 different, 0 errors
"""


def test_what_differs_is_said(conf):
    text = zone_of("polarismail", "x.example").replace("smtp ", "smptx ").replace("20 mx2", "30 mx2")
    path = write(conf, "x.example", text.replace("imap ", "imap 60 "))
    assert diff(conf, path).out == """\
x.example: different; nearest is polarismail
  other:   x.example. MX is 10 mx.emailarray.com., 30 mx2.emailarray.com.; the profile has \
10 mx.emailarray.com., 20 mx2.emailarray.com.
  TTL:     imap.x.example. CNAME has 60; the profile has 3600
  missing: smtp.x.example. CNAME smtp.emailarray.com.
  further: smptx.x.example. 3600 CNAME smtp.emailarray.com.
0 same, 0 superset, 1 different, 0 errors
"""


def test_a_ttl_is_a_difference_unless_told_otherwise(conf):
    path = write(conf, "x.example", zone_of("polarismail", "x.example").replace("$TTL 3600", "$TTL 300"))
    report = diff(conf, path, "--json").json()
    assert report["different"] == 1
    assert {d["kind"] for d in report["zones"][0]["differences"]} == {"ttl"}
    assert diff(conf, path, "--ignore-ttl").code == 0


def test_soa_and_ns_do_not_count_but_are_told(conf):
    text = zone_of("polarismail", "x.example").replace("ns2.emailarray.com.", "ns.other.example.")
    path = write(conf, "x.example", text.replace("hostmaster.", "other."))
    result = diff(conf, path)
    assert result.code == 0
    assert "note: the zone has the name servers ns.other.example., ns1.emailarray.com., the profile " \
        "ns1.emailarray.com., ns2.emailarray.com.\n" in result.out
    assert "SOA" not in result.out and "the SOA of the zone is " in diff(conf, "-v", path).out


def test_records_of_a_signer_are_told_not_compared(conf):
    path = write(conf, "x.example", zone_of("null-mx", "x.example", more="""\
@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
@ RRSIG NS 13 2 3600 20300101000000 20200101000000 1 x.example. AAAA
@ NSEC a.x.example. NS SOA
"""))
    result = diff(conf, path)
    assert result.code == 0 and "3 DNSSEC records were not looked at" in result.out


def test_a_profile_without_its_variable_is_not_the_same(conf):
    text = zone_of("aspiresoft-live", "x.example")
    path = write(conf, "x.example", "".join(line for line in text.splitlines(True) if "cust" not in line))
    result = diff(conf, path, "--profile", "aspiresoft-live")
    assert result.code == 1
    assert "  cannot be hosted: no MX left: profile aspiresoft-live needs cluster=...\n" in result.out


def test_names_that_exist_for_a_missing_variable_alone_are_told(conf, tmp_path):
    profile = tmp_path / "own.zone"
    profile.write_text("@ SOA a. b. 1 1 1 1 1\n@ NS a.\n@ MX 1 mx.example.\nx TXT \"{token}\"\n")
    conf.write_text(f"mod-hostedmail:\n  - id: mail\n    profile: {profile}\n    hosted-file: /nothere\n")
    path = write(conf, "x.example", "@ SOA a. b. 1 1 1 1 1\n@ NS a.\n@ MX 1 mx.example.\n")
    assert "note: x.x.example. does not exist in the zone, but will, without a record (NODATA in place of " \
        "NXDOMAIN)\n" in diff(conf, path).out


@pytest.mark.parametrize("name, text", [
    ("x.example", "@ SOA a. b. 1 1 1 1 1\n"), ("x.example.zone", "@ SOA a. b. 1 1 1 1 1\n"),
    ("db.x.example", "@ SOA a. b. 1 1 1 1 1\n"), ("X.example.db", "@ SOA a. b. 1 1 1 1 1\n"),
    ("x.example.zone.signed", "@ SOA a. b. 1 1 1 1 1\n"),
    ("any", "$ORIGIN x.example.\n@ SOA a. b. 1 1 1 1 1\n"), ("other.example", "x.example. SOA a. b. 1 1 1 1 1\n")])
def test_the_name_of_a_zone(conf, name, text):
    report = diff(conf, write(conf, name, text), "--json").json()
    assert [zone["domain"] for zone in report["zones"]] == ["x.example"]


@pytest.mark.parametrize("text, words", [
    ("@ SOA a. b. 1 1 1 1 1\nx y z\n", ":2: "), ("@ A 192.0.2.1\n", "it has no SOA"),
    ("@ SOA a. b. 1 1 1 1 1\nx CNAME a.\nx A 192.0.2.1\n", "it has a CNAME and other records of x.x.example."),
    ("example. SOA a. b. 1 1 1 1 1\n", "cannot be hosted"), ("", "it has no SOA"), ("\0\1\2\n", ":1: "),
    ("$INCLUDE nothere\n", ":1: $INCLUDE: "), ("$INCLUDE x.example\n", "does a file include itself?")])
def test_a_file_that_is_no_zone_costs_nothing_else(conf, text, words):
    write(conf, "x.example", text)
    write(conf, "y.example", zone_of("null-mx", "y.example"))
    result = diff(conf, conf.parent / "zones")
    assert result.code == 1 and result.out.startswith("y.example: same as null-mx")
    assert len(result.err.splitlines()) == 1 and words in result.err, result
    zone = diff(conf, conf.parent / "zones", "--json").json()["zones"][0]
    assert zone["result"] == "error" and words in zone["reason"]


@pytest.mark.parametrize("name, words", [
    ("*.x.example", "a wildcard cannot be hosted"), ("192.0.2.1", "an IP address, not a domain name"),
    ("0/25.2.0.192.in-addr.arpa", "a host name has no '/'")])
def test_a_zone_that_no_line_can_name_is_an_error(conf, name, words):
    path = write(conf, "x", f"$ORIGIN {name}.\n" + zone_of("null-mx", "x.example"))
    write(conf, "y.example", zone_of("null-mx", "y.example"))
    result = run("-c", conf, "import", conf.parent / "zones")
    assert result.code == 1 and result.out == "y.example null-mx\n"
    assert f"{path}: " in result.err and words in result.err, result


def test_includes_are_relative_to_the_file(conf):
    (conf.parent / "zones" / "part").mkdir()
    write(conf, "part/.mx", "@ MX 0 .\n")
    text = zone_of("null-mx", "x.example")
    path = write(conf, "part/x.example", text.replace("@       MX    0 .", "$INCLUDE .mx"))
    assert ".mx" in path.read_text() and diff(conf, path).code == 0


def test_links_in_a_folder_are_not_followed(conf, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.example").write_text(zone_of("null-mx", "x.example"))
    folder = conf.parent / "zones"
    (folder / "x.example").symlink_to(outside / "x.example")
    (folder / "sub").symlink_to(outside)
    os.mkfifo(folder / "fifo.example")
    write(conf, "y.example", zone_of("null-mx", "y.example"))
    result = diff(conf, folder)
    assert result.err == "warning: 2 links in folders not followed\n"
    assert "x.example" not in result.out and "1 same" in result.out


def test_the_first_file_of_a_zone_counts(conf):
    write(conf, "x.example", zone_of("null-mx", "x.example"))
    second = write(conf, "x.example.zone", zone_of("null-mx", "x.example"))
    result = diff(conf, conf.parent / "zones")
    assert result.code == 1 and "1 same" in result.out
    assert f"{second}: zone x.example is in {conf.parent}/zones/x.example already" in result.err


def test_zones_of_a_named_conf(conf, tmp_path):
    write(conf, "one", zone_of("null-mx", "x.example"))
    write(conf, "two", zone_of("polarismail", "y.example"))
    (tmp_path / "more.conf").write_text('view "v" { zone y.example { type master; file "two"; }; };\n')
    named = tmp_path / "named.conf"
    named.write_text(f"""// zone "no.example" {{ file "no"; }};
options {{ directory "{tmp_path}/zones"; /* file "no"; */ }};
zone "." {{ type hint; file "root.hints"; }};
zone "x.example" IN {{ type master; # a comment }}
    allow-transfer {{ none; }}; file "one"; }};
include "{tmp_path}/more.conf";
""")
    result = diff(conf, "--conf", named)
    assert result.code == 0 and "x.example: same as null-mx" in result.out
    assert "y.example: same as polarismail" in result.out and "2 same" in result.out
    write(conf, "one", "$ORIGIN x.example.\n" + zone_of("null-mx", "x.example"))
    named.write_text(f'zone "z.example" {{ file "{tmp_path}/zones/one"; }};\n')
    assert "it has the SOA of x.example., but is the file of zone z.example." in diff(conf, "--conf", named).err


def test_zones_of_a_knot_conf(conf, tmp_path):
    write(conf, "x.example.zone", zone_of("null-mx", "x.example"))
    write(conf, "y", zone_of("polarismail", "y.example"))
    other = tmp_path / "other.conf"
    other.write_text(f"template:\n  - id: default\n    storage: {tmp_path}/zones\n"
                     "zone:\n  - domain: x.example\n  - domain: y.example.\n    file: y\n")
    result = diff(conf, "--conf", other)
    assert result.code == 0 and "2 same" in result.out
    other.write_text("zone:\n  - domain: x.example\n    file: \"%c\"\n")
    assert diff(conf, "--conf", other).is_error("only %s is understood")


@pytest.mark.parametrize("words, message", [
    ([], "name zone files"), (["/nothere"], "/nothere: cannot be read"), (["--conf", "/nothere"], "/nothere"),
    (["--profile", "nothere", "/"], "there is no profile 'nothere'"), (["--zones"], "name zones of the server"),
    (["--all", "x"], "--all goes with --zones"), (["--zones", "--all", "-s", "/nothere"], "/nothere"),
    (["--zones", "--conf", "x"], "--conf is for zone files")])
def test_what_cannot_be_done_is_one_sentence(conf, words, message):
    assert diff(conf, *words).is_error(message)


@pytest.fixture()
def open_folder():
    """A folder that everybody can look into."""
    with tempfile.TemporaryDirectory(prefix="hostedmail-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root to be somebody else")
def test_what_may_not_be_read_or_written(open_folder):
    folder = open_folder
    conf = folder / "knot.conf"
    conf.write_text(SECTION.replace("@PROFILES@", str(folder)).replace("@DIR@", str(folder)))
    for name in NAMES:
        (folder / f"{name}.zone").write_text((PROFILES / f"{name}.zone").read_text())
    zones = folder / "zones"
    zones.mkdir()
    (zones / "x.example").write_text(zone_of("null-mx", "x.example"))
    (zones / "y.example").write_text(zone_of("null-mx", "y.example"))
    (zones / "y.example").chmod(0o600)
    result = run("-c", conf, "diff", zones, user=65534)
    assert result.code == 1 and "1 same, 0 superset, 0 different, 1 error\n" in result.out
    assert "y.example: cannot be read (Permission denied)" in result.err
    words = ["-c", conf, "import", zones / "x.example", "--output"]
    assert run(*words, folder / "out", user=65534).is_error("out' cannot be made (Permission denied)")
    assert run(*words[:-1], "--overlay", folder / "new", user=65534).is_error("new' cannot be made (Permission denied)")
    zones.chmod(0o700)
    assert run("-c", conf, "diff", zones, user=65534).is_error("Permission denied")


def test_import_overwrites_nothing(conf, tmp_path):
    write(conf, "x.example", zone_of("null-mx", "x.example", more="www A 192.0.2.1\n"))
    write(conf, "y.example", zone_of("null-mx", "y.example", more="www A 192.0.2.1\n"))
    zones, output, overlay = conf.parent / "zones", tmp_path / "out", tmp_path / "overlay"
    output.write_text("mine")
    result = run("-c", conf, "import", zones, "--output", output, "--overlay", overlay)
    assert result.is_error("exists already") and output.read_text() == "mine" and not overlay.exists()
    output.unlink()
    overlay.mkdir()
    (overlay / "y.example.zone").symlink_to(tmp_path / "target")
    result = run("-c", conf, "import", zones, "--output", output, "--overlay", overlay)
    assert result.is_error("y.example.zone", "exists already") and not output.exists()
    assert [path.name for path in overlay.iterdir()] == ["y.example.zone"]
    assert not (tmp_path / "target").exists()


def test_import_reports_by_group(conf):
    for n in range(7):
        write(conf, f"s{n}.example", zone_of("null-mx", f"s{n}.example"))
        write(conf, f"d{n}.example", zone_of("polarismail", f"d{n}.example").replace("smtp ", "x "))
    write(conf, "m.example", zone_of("polarismail", "m.example", more="www A 192.0.2.1\n"))
    result = run("-c", conf, "import", conf.parent / "zones")
    assert result.code == 1
    assert result.out == "".join(f"s{n}.example null-mx\n" for n in range(7))
    assert result.err == """\
     7 same as null-mx
       s0.example, s1.example, s2.example, s3.example, s4.example, ...
     1 superset of polarismail
       m.example
     7 different from polarismail: no smtp CNAME
       d0.example, d1.example, d2.example, d3.example, d4.example, ...
7 hosted lines; 7 same, 1 superset, 7 different, 0 errors
Those that are a superset have no line: --overlay DIR writes what remains of them.
"""
    assert run("-c", conf, "import", "--json", conf.parent / "zones").is_error("--json needs --output")
    report = run("-c", conf, "import", "--json", "--output", conf.parent / "out", conf.parent / "zones").json()
    assert report["lines"] == 7 and report["different"] == 7 and len(report["zones"]) == 15


MORE = """\
www A 192.0.2.1
www AAAA 2001:db8::1
deep.er.www TXT "x"
shop CNAME www.{domain}.
@ A 192.0.2.2
@ TXT "mine"
*.wild A 192.0.2.3
sub NS ns.sub
ns.sub A 192.0.2.4
_dmarc.deep TXT "x"
"""


def thirty_zones():
    """Domain, zone file and what import should make of it."""
    made = []
    for n in range(30):
        domain, profile = f"z{n}.import.test.", NAMES[n % len(NAMES)]
        kind = ("same", "superset", "different")[n // 6 % 3]
        zone = zone_of(profile, domain.rstrip("."))
        if kind == "superset":
            zone += MORE.replace("{domain}", domain.rstrip("."))
        elif kind == "different":
            zone = zone.replace(" MX ", " 60 MX ").replace("$TTL 3600", "$TTL 3600\nown A 192.0.2.3")
        made.append((domain, zone, kind))
    return made


def sample(table, most=12000):
    seed = 20261126
    print("seed", seed)
    return random.Random(seed).sample(table, min(most, len(table)))


def test_the_answers_stay_the_same(tmp_path):
    made = thirty_zones()
    files = {domain + "zone": zone for domain, zone, _ in made}
    native_conf = "".join(f"  - domain: {domain}\n    file: @DIR@/{domain}zone\n" for domain, _, _ in made)
    with Knotd(SECTION.replace("hosted-file: @DIR@/hosted", f"hosted-file: {tmp_path}/none") + "zone:\n" +
               native_conf, files) as native:
        # The server's own zones, and its zone files, give the same.
        result = run("-s", native.dir / "knot.sock", "import", "--zones", "--all", "--output", tmp_path / "hosted",
                     "--overlay", tmp_path / "overlay")
        assert result.code == 1 and "\n24 hosted lines; 12 same, 12 superset, 6 different" in result.out, result
        other = run("-c", native.dir / "knot.conf", "import", "--conf", native.dir / "knot.conf",
                    "--output", tmp_path / "hosted2", "--overlay", tmp_path / "overlay2")
        assert other.out.splitlines() == result.out.splitlines()
        assert sorted((tmp_path / "hosted").read_text().split("\n")) == \
            sorted((tmp_path / "hosted2").read_text().split("\n"))

        kinds = {domain: kind for domain, _, kind in made}
        hosted = (tmp_path / "hosted").read_text()
        assert sorted(line.split()[0] + "." for line in hosted.splitlines()) == \
            sorted(domain for domain, kind in kinds.items() if kind != "different")
        overlays = {path.name: path.read_text() for path in (tmp_path / "overlay").iterdir()}
        assert sorted(overlays) == sorted(domain + "zone" for domain, kind in kinds.items() if kind == "superset")
        assert not any("MX" in text or "CNAME smtp" in text for text in overlays.values())

        conf = SECTION + """template:
  - id: default
    global-module: mod-hostedmail/mail
  - id: overlay
    module: mod-hostedmail/mail
zone:
"""
        for domain, kind in kinds.items():
            if kind != "same":
                template = "overlay" if kind == "superset" else "default"
                conf += f"  - domain: {domain}\n    template: {template}\n    file: @DIR@/{domain}zone\n"
        own = {name: overlays.get(name, text) for name, text in files.items()} | {"hosted": hosted}
        with Knotd(conf, own) as ours:
            # Before 3.3.5 an overlay cannot tell all of what the zone has.
            asked = [(zone, domain) for domain, zone, kind in made if HAS_ZONES or kind != "superset"]
            table = sample(questions.table(asked))
            for _ in range(2):
                count, text = questions.differences(table, questions.ask(ours, table), questions.ask(native, table))
                assert count == 0, text


def test_all_is_for_zones_that_are_served(tmp_path):
    zone = zone_of("null-mx", "x.example")
    conf = SECTION.replace("hosted-file: @DIR@/hosted", "hosted-file: @DIR@/none") + \
        "zone:\n  - domain: x.example\n    file: @DIR@/zone\n  - domain: empty.example\n    file: @DIR@/nothere\n"
    with Knotd(conf, {"zone": zone}) as server:
        socket = server.dir / "knot.sock"
        result = run("-s", socket, "diff", "--zones", "--all")
        assert result.code == 1 and "1 same, 0 superset, 0 different, 1 error\n" in result.out
        assert "empty.example" in result.err
        assert run("-s", socket, "diff", "--zones", "X.example").code == 0
        result = run("-s", socket, "diff", "--zones", "other.example", "x.example")
        assert result.code == 1 and "other.example" in result.err and "1 same" in result.out
        assert run("-c", server.dir / "knot.conf", "diff", "--zones", "x.example").code == 0


def test_colour_on_a_terminal(conf):
    path = write(conf, "x.example", zone_of("null-mx", "x.example"))
    code, text = on_terminal("-c", conf, "diff", path)
    assert code == 0 and "\033[32msame\033[0m" in text
