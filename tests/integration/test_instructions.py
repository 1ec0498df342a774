# SPDX-License-Identifier: GPL-2.0-or-later
"""khostedmail instructions: what a customer gets is what the server answers, in every format."""

import html.parser
import re
import shutil
import subprocess

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

import tooling
from asking import ask
from harness import HAS_ZONES, PROFILES, TOP, Knotd
from tooling import needs_tool, run

pytestmark = needs_tool

# Name servers in the domain itself, one of them without an address; long and nasty strings.
OWN = """$TTL 3600
@    SOA  ns.{domain}. hostmaster.example.net. 1 14400 3600 1209600 300
@ 60 NS   ns.{domain}.
@ 60 NS   ns.example.net.
ns   A    192.0.2.1
ns   AAAA 2001:db8::1
@    MX   0 mx.example.net.
""" + f'long TXT "{"k" * 200}" "{"l" * 200}"\n' + """*.w  A    192.0.2.2
nasty TXT  "<script>alert('{domain}')</script> | ` & \\" \\\\ x"
bytes TXT  "a\\000b" "c"
"""
NO_GLUE = "$TTL 60\n@ SOA a. b. 1 14400 3600 1209600 60\n@ NS ns.{domain}.\n@ MX 10 mx.example.net.\n"

NAMES = ["polarismail", "aspiresoft-live", "aspiresoft-test", "aspiresoft-filter-live",
         "aspiresoft-filter-test", "full-2026"]
CONF = f"""
mod-hostedmail:
  - id: mail
    profile: [ {", ".join(f"@PROFILES@/{name}.zone" for name in NAMES)}, @DIR@/own.zone, @DIR@/noglue.zone ]
    hosted-file: @DIR@/hosted
    hosted-exclude: provider.example
template:
  - id: default
    global-module: mod-hostedmail/mail
zone:
  - domain: deep.sub.customer.example
    file: @DIR@/zone
"""
HOSTED = """polarismail.example
mail.polarismail.example
aspiresoft-live.example aspiresoft-live cluster=b
a.aspiresoft-live.example aspiresoft-live cluster=a
aspiresoft-test.example aspiresoft-test
m.aspiresoft-test.example aspiresoft-test
aspiresoft-filter-live.example aspiresoft-filter-live cluster=a
aspiresoft-filter-test.example aspiresoft-filter-test
full-2026.example full-2026 token=t-1
own.example own
mail.own.example own
noglue.example noglue
xn--bcher-kva.example full-2026
mail.xn--bcher-kva.example
sub.customer.example
"""
DOMAINS = [line.split()[0] for line in HOSTED.splitlines() if "noglue" not in line]


@pytest.fixture(scope="module")
def server():
    zone = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    with Knotd(CONF, {"hosted": HOSTED, "own.zone": OWN, "noglue.zone": NO_GLUE, "zone": zone}) as up:
        yield up


def instructions(server, *words, **env):
    return run("-c", server.dir / "knot.conf", "instructions", *words, **env)


def values(server, *words):
    result = instructions(server, *words, "--json")
    assert result.code == 0, result
    return result.json()


def rdata(rdtype, text):
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), text)


def parsed(lines):
    """Records of a zone file, as dnspython reads them: owner, TTL, type, RDATA."""
    records = []
    for line in lines:
        owner, ttl, klass, rdtype, text = re.split(r"\s+", line, maxsplit=4)
        assert klass == "IN"
        records.append((dns.name.from_text(owner), int(ttl), rdtype, rdata(rdtype, text)))
    return records


def shown(server, domain):
    """Records of the domain that "show" prints, without the SOA."""
    result = run("-c", server.dir / "knot.conf", "show", domain, "--json")
    assert result.code == 0, result
    return [(dns.name.from_text(record["owner"]), record["ttl"], record["type"],
             rdata(record["type"], record["rdata"]))
            for record in result.json()["records"] if record["type"] != "SOA"]


def is_apex_ns(record, domain):
    return record[2] == "NS" and record[0] == dns.name.from_text(domain)


def from_form(entry, zone):
    """The record that a web form makes of what is put into its fields."""
    name = dns.name.from_text(entry["host"], None) if entry["host"] != "@" else dns.name.empty
    text = entry["value"]
    if entry["type"] in ("CNAME", "NS", "MX", "SRV") and not text.endswith("."):
        text += "."
    if entry["priority"] is not None:
        text = f"{entry['priority']} {text}"
    if entry["type"] == "TXT" and not (text.startswith('"') and text.endswith('"')):
        parts = [text[i:i + 200] for i in range(0, len(text), 200)]
        text = " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)
    owner = name.derelativize(dns.name.from_text(zone))
    return owner, entry["ttl"], entry["type"], rdata(entry["type"], text)


def assert_answered(server, records):
    """The server answers these, and nothing else at their owners and types."""
    wanted = {}
    for owner, ttl, rdtype, data in records:
        wanted.setdefault((owner, rdtype, ttl), set()).add(data)
    for (owner, rdtype, ttl), data in wanted.items():
        answer = ask(server, owner, rdtype, tcp=True).answer
        assert len(answer) == 1 and answer[0].name == owner and answer[0].ttl == ttl
        assert set(answer[0]) == data


# What a customer gets

@pytest.mark.parametrize("domain", DOMAINS)
def test_the_records_by_hand_are_those_of_the_server(server, domain):
    by_hand = values(server, domain)["by_hand"]
    records = parsed(by_hand["zone_file"])
    expected = [record for record in shown(server, domain) if not is_apex_ns(record, domain)]
    assert sorted(records) == sorted(expected) and len(records) > 0
    assert_answered(server, records)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_form_makes_the_same_records(server, domain):
    all_ = values(server, domain)
    for part in (all_["by_hand"], all_["parent"]):
        if part is not None:
            made = [from_form(entry, all_["zone"]) for entry in part["entries"]]
            assert sorted(made) == sorted(parsed(part["zone_file"]))


def checkers():
    path = tooling.os.environ["PATH"] + ":/usr/sbin"
    return [shutil.which(tool, path=path) for tool in ("kzonecheck", "named-checkzone")]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("part", ["parent", "by_hand"])
def test_the_lines_are_accepted_in_the_zone_of_the_customer(server, domain, part, tmp_path):
    all_ = values(server, domain)
    if all_[part] is None:
        pytest.skip("a registrable domain has no zone above it")
    zone = tmp_path / "zone"
    zone.write_text("$TTL 60\n@ SOA a.invalid. b.invalid. 1 14400 3600 1209600 60\n@ NS a.invalid.\n"
                    "www A 192.0.2.1\n" + "\n".join(all_[part]["zone_file"]) + "\n")
    kzonecheck, named_checkzone = checkers()
    assert kzonecheck is not None
    commands = [[kzonecheck, "-o", all_["zone"], zone]]
    if named_checkzone is not None:
        commands.append([named_checkzone, "-i", "local", "-k", "ignore", all_["zone"], zone])
    for command in commands:
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_delegation_has_the_name_servers_of_the_server(server, domain):
    all_ = values(server, domain)
    answer = {data.target for data in ask(server, domain, "NS").answer[0]}
    name = dns.name.from_text(domain)
    if len(name) == 3:
        assert all_["zone"] == domain and all_["parent"] is None
        servers = {dns.name.from_text(one["name"]): set(one["addresses"])
                   for one in all_["registrar"]["name_servers"]}
        assert set(servers) == answer
        for host, addresses in servers.items():
            assert addresses == ({"192.0.2.1", "2001:db8::1"} if host.is_subdomain(name) else set())
        return
    assert all_["registrar"] is None and all_["zone"] == ".".join(domain.split(".")[1:])
    records = parsed(all_["parent"]["zone_file"])
    assert {data.target for _, _, rdtype, data in records if rdtype == "NS"} == answer
    assert {rdtype for _, _, rdtype, _ in records} == ({"NS", "A", "AAAA"} if "own" in domain else {"NS"})
    assert_answered(server, records)


@pytest.mark.parametrize("domain, way, parts", [
    ("polarismail.example", None, {"registrar", "by_hand"}),
    ("polarismail.example", "domain", {"registrar"}),
    ("polarismail.example", "records", {"by_hand"}),
    ("mail.polarismail.example", None, {"parent", "by_hand"}),
    ("mail.polarismail.example", "subdomain", {"parent"}),
    ("mail.polarismail.example", "domain", {"registrar"}),
])
def test_the_way_decides_what_the_customer_is_told(server, domain, way, parts):
    words = [domain] if way is None else [domain, "--way", way]
    all_ = values(server, *words)
    assert {part for part in ("registrar", "parent", "by_hand") if all_[part] is not None} == parts
    text = instructions(server, *words).out
    assert ("== Set the name servers at the registrar" in text) == ("registrar" in parts)
    assert (f"== Delegate {domain}" in text) == ("parent" in parts)
    assert ("== Or set the records by hand" in text) == ("by_hand" in parts and len(parts) == 2)
    assert ("== Set these records" in text) == (parts == {"by_hand"})
    assert (f"nslookup -type=NS {domain}\n" in text) == (way != "records")
    assert f"nslookup -type=MX {domain}\n    dig +short {domain} MX\n" in text


def test_the_zone_that_the_customer_edits_can_be_given(server):
    all_ = values(server, "mail.polarismail.example", "--zone", "example", "--way", "records")
    assert all_["zone"] == "example" and all_["by_hand"]["entries"][0]["host"] == "mail.polarismail"
    all_ = values(server, "polarismail.example", "--zone", "example")
    assert all_["parent"]["entries"][0]["host"] == "polarismail"
    result = instructions(server, "polarismail.example", "--zone", "other.example")
    assert result.is_error("polarismail.example is not in the zone 'other.example'")


def test_what_is_left_out_is_told_to_the_operator_alone(server):
    result = instructions(server, "bücher.example")
    line = [n for n, text in enumerate((PROFILES / "full-2026.zone").read_text().splitlines(), 1)
            if "{token}" in text and not text.startswith(";")][0]
    assert result.code == 0 and "token" not in result.out
    assert result.err == "left out: xn--bcher-kva.example. TXT, since the domain does not define the " \
        f"variable token ({PROFILES}/full-2026.zone:{line})\n"
    # What a nested domain has is not the upper one's.
    result = instructions(server, "aspiresoft-test.example")
    assert result.code == 0 and result.err == ""
    result = instructions(server, "sub.customer.example")
    assert result.code == 0 and result.err == "warning: the server has an ordinary zone " \
        "deep.sub.customer.example, which answers in place of the profile there\n"


def test_records_of_a_nested_domain_are_left_out(server):
    hosted = server.dir / "nested"
    hosted.write_text("a.example\nsmtp.a.example\n")
    conf = server.dir / "nested.conf"
    conf.write_text(f"mod-hostedmail:\n  - id: a\n    profile: {PROFILES}/polarismail.zone\n"
                    f"    hosted-file: {hosted}\n")
    result = run("-c", conf, "instructions", "a.example", "--way", "records")
    assert result.code == 0 and "smtp" not in result.out
    assert result.err == "left out: smtp.a.example., since it belongs to a nested domain, which needs " \
        "instructions of its own\n"


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_internationalized_names_are_shown_in_both_forms(server, form):
    for name in ("bücher.example", "xn--bcher-kva.example"):
        result = instructions(server, name, "--format", form, LC_ALL="C")
        assert result.code == 0
        assert "bücher.example" in result.out and "xn--bcher-kva.example" in result.out
    assert values(server, "bücher.example")["unicode"] == "bücher.example"


def test_set_up_comes_first_and_delegation_second(server):
    assert "is set up on our servers. That comes first" in instructions(server, "own.example").out
    preview = instructions(server, "new.example", "--profile", "polarismail").out
    assert "Please change nothing yet" in preview and "remember for 300 seconds or more" in preview


# Hosted or not

def test_a_domain_that_is_not_hosted_gets_no_instructions(server):
    for words in ([], ["--json"], ["--format", "html"]):
        result = instructions(server, "nothere.test", *words)
        assert result.code == 1 and result.out == ""
        assert result.err == "nothere.test is not hosted; host it first, or see a preview with --profile\n"
    result = instructions(server, "smtp.polarismail.example")
    assert result.code == 1 and result.err.startswith(
        "smtp.polarismail.example is not hosted itself; it belongs to the hosted domain polarismail.example; ")
    result = instructions(server, "polarismial.example")
    assert result.code == 1 and result.err == "polarismial.example is not hosted; is polarismail.example " \
        "meant? If not, host it first, or see a preview with --profile\n"
    result = instructions(server, "deep.sub.customer.example")
    assert result.code == 1 and result.err.endswith(
        "; it is an ordinary zone of the server, to be delegated to the name servers of its own NS records\n")


@pytest.mark.skipif(not HAS_ZONES, reason="hosted-zone needs Knot DNS 3.3.5")
def test_a_flag_counts_as_the_server_takes_it():
    conf = CONF.replace("    hosted-file:", "    hosted-zone: hosted.\n    hosted-file:") + \
        "  - domain: hosted.\n    file: @DIR@/flags\n"
    flags = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n" \
        'flagged.test TXT "aspiresoft-live" "cluster=b"\nwrong.test TXT "nothere"\n' \
        'polarismail.example TXT "none"\n'
    zone = "$TTL 60\n@ SOA ns. h. 1 14400 3600 1209600 60\n@ NS ns.\n"
    with Knotd(conf, {"hosted": HOSTED, "own.zone": OWN, "noglue.zone": NO_GLUE, "zone": zone,
                      "flags": flags}) as up:
        all_ = run("-s", up.dir / "knot.sock", "instructions", "flagged.test", "--json").json()
        records = parsed(all_["by_hand"]["zone_file"])
        assert "10 mx.flagged.test.cust.b.hostedemail.com." in [str(record[3]) for record in records]
        assert_answered(up, records)
        result = run("-s", up.dir / "knot.sock", "instructions", "wrong.test")
        assert result.code == 1 and result.out == "" and "correct the flag first" in result.err
        result = run("-s", up.dir / "knot.sock", "instructions", "polarismail.example")
        assert result.code == 1 and "a hosted zone takes it out" in result.err


def test_a_preview_needs_no_hosted_domain(server):
    preview = values(server, "new.example", "--profile", "aspiresoft-live", "cluster=a")
    assert preview["preview"] is True and preview["profile"] == "aspiresoft-live"
    assert "10 mx.new.example.cust.a.hostedemail.com." in \
        [entry["rdata"] for entry in preview["by_hand"]["entries"]]
    assert values(server, "own.example")["preview"] is False


@pytest.mark.parametrize("words, message", [
    (["new.example", "--profile", "aspiresoft-live"], "profile aspiresoft-live needs cluster=..."),
    (["new.example", "--profile", "nothere"], "there is no profile 'nothere'"),
    (["new.example", "--profile", "polarismail", "x"], "'x': "),
    (["new.example", "cluster=a"], "variables need --profile"),
    (["example", "--profile", "polarismail"], "example can never be hosted"),
    (["provider.example", "--profile", "polarismail"], "provider.example can never be hosted"),
    (["a..b", "--profile", "polarismail"], "'a..b' is not a domain name"),
    (["own.example", "--format", "pdf"], "there is no format 'pdf'"),
    (["own.example", "--way", "x"], "there is no way 'x'"),
    (["own.example", "--way", "subdomain"], "own.example is no subdomain"),
    (["own.example", "--template", "/nothere"], "/nothere: cannot be read (No such file"),
    (["own.example", "--template", "/dev/null"], "/dev/null: not a regular file"),
    (["own.example", "--json", "--template", "/nothere"], "JSON has no template"),
    (["own.example", "--logo", "/etc/passwd"], "/etc/passwd: is no PNG, JPEG or SVG"),
    (["noglue.example"], "the name server ns.noglue.example. is in the domain itself, and the profile has "
     "no address for it"),
    ([], "usage: khostedmail instructions DOMAIN"),
])
def test_what_cannot_be_done_is_one_sentence(server, words, message):
    assert instructions(server, *words).is_error(message), instructions(server, *words)


def test_a_delegation_that_leads_nowhere_can_be_had_by_hand(server):
    result = instructions(server, "noglue.example", "--way", "records")
    assert result.code == 0 and "mx.example.net" in result.out


# The words of a provider

def test_a_provider_has_its_own_words(server, tmp_path):
    template = tmp_path / "words"
    template.write_text("Dear {{domain}}\n{{#registrar}}\n{{#name_servers}}\n- {{name}}\n{{/name_servers}}\n"
                        "{{/registrar}}\nYours, {{provider}}\n")
    result = instructions(server, "polarismail.example", "--template", template, "--provider", "E & <M>")
    assert result.code == 0
    assert result.out == "Dear polarismail.example\n- ns1.emailarray.com\n- ns2.emailarray.com\n" \
        "Yours, E & <M>\n"
    result = instructions(server, "polarismail.example", "--template", template, "--provider", "E & <M>",
                          "--format", "html")
    assert result.out.endswith("Yours, E &amp; &lt;M&gt;\n")


def test_a_template_that_is_wrong_is_told_with_its_line(server, tmp_path):
    template = tmp_path / "words"
    template.write_text("Dear\n{{customer}}\n")
    result = instructions(server, "polarismail.example", "--template", template)
    assert result.is_error(f"{template}:2: there is no placeholder 'customer'")
    template.write_text("\n\n{{&domain}}")
    result = instructions(server, "polarismail.example", "--template", template, "--format", "html")
    assert result.is_error(f"{template}:3: a value cannot be put into HTML as it is")


@pytest.mark.parametrize("form, suffix", [("text", "txt"), ("markdown", "md"), ("html", "html")])
def test_a_copy_of_a_shipped_template_gives_the_same(server, form, suffix):
    template = TOP / f"tool/templates/instructions.{suffix}"
    for domain in ("own.example", "mail.own.example"):
        words = [domain, "--format", form, "--provider", "Example Mail"]
        assert instructions(server, *words, "--template", template).out == instructions(server, *words).out


# Formats

def test_the_form_for_programs_is_stable(server):
    all_ = values(server, "mail.own.example", "--provider", "Example Mail")
    assert list(all_) == ["domain", "unicode", "preview", "profile", "provider", "logo", "zone", "registrar",
                          "parent", "by_hand", "negative_ttl", "checks"]
    assert all_["negative_ttl"] == 300 and all_["provider"] == "Example Mail" and all_["logo"] is None
    assert set(all_["parent"]) == {"zone_file", "entries"}
    assert set(all_["by_hand"]) == {"zone_file", "entries", "alternative", "apex"}
    assert all_["parent"]["entries"][1] == {
        "owner": "mail.own.example.", "host": "mail", "type": "NS", "ttl": 60, "priority": None,
        "value": "ns.example.net", "rdata": "ns.example.net."}
    assert all_["checks"] == [
        {"name": "mail.own.example", "type": "NS", "delegation": True,
         "answers": ["ns.mail.own.example.", "ns.example.net."]},
        {"name": "mail.own.example", "type": "MX", "delegation": False, "answers": ["0 mx.example.net."]}]
    assert instructions(server, "mail.own.example", "--provider", "Example Mail", "--format", "json").json() \
        == all_


def test_the_text_has_every_record_in_both_forms(server):
    text = instructions(server, "mail.own.example").out
    all_ = values(server, "mail.own.example")
    lines = [line.strip() for line in text.splitlines()]
    for part in (all_["parent"], all_["by_hand"]):
        assert all(line in lines for line in part["zone_file"])
        for entry in part["entries"]:
            priority = "" if entry["priority"] is None else str(entry["priority"])
            words = [entry["host"], entry["type"], str(entry["ttl"]), priority, entry["value"]]
            assert " ".join(word for word in words if word) in [" ".join(line.split()) for line in lines]


def test_data_is_no_markup_in_markdown(server):
    text = instructions(server, "own.example", "--format", "markdown", "--provider", "*E*").out
    assert "From `*E*`." in text
    (row,) = [line for line in text.splitlines() if line.startswith("| `nasty`")]
    # Bars inside of code end a cell unless they are escaped; the code has more backticks around than inside.
    assert row.endswith("| ``<script>alert('own.example')</script> \\| ` & \" \\ x`` |"), row
    assert len(re.findall(r"(?<!\\)\|", row)) == 6


class Page(html.parser.HTMLParser):
    """What a page has of elements and text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.codes, self.open, self.text = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1] == "code":
            self.codes[-1] += data
        self.text.append(data)


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><rect width="160" height="40"/></svg>'


@pytest.fixture(scope="module")
def page(server):
    logo = server.write("logo.svg", LOGO)
    result = instructions(server, "own.example", "--format", "html", "--provider", "\"E\" & <b>'M'", "--logo",
                          logo)
    assert result.code == 0
    return result.out


def test_data_is_no_markup_in_html(server, page):
    parsed_page = Page(page)
    tags = {tag for tag, _ in parsed_page.elements}
    assert tags == {"html", "head", "meta", "title", "style", "body", "header", "img", "main", "h1", "h2", "h3",
                    "p", "ul", "li", "section", "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
                    "footer"}
    assert [attrs["alt"] for tag, attrs in parsed_page.elements if tag == "img"] == ["\"E\" & <b>'M'"]
    for entry in values(server, "own.example")["by_hand"]["entries"]:
        assert entry["value"] in parsed_page.codes and entry["host"] in parsed_page.codes
    lines = "".join(parsed_page.text).splitlines()
    assert all(line in lines for line in values(server, "own.example")["by_hand"]["zone_file"])


def test_a_page_needs_nothing_else(page):
    for tag, attrs in Page(page).elements:
        assert tag not in ("script", "link", "iframe", "object", "embed", "a", "form", "base")
        assert not [name for name in attrs if name.startswith("on")]
        for name in ("src", "href", "srcset", "data", "action"):
            assert attrs.get(name, "data:").startswith("data:")
    style = page[page.index("<style>"):page.index("</style>")]
    assert "url(" not in style and "@import" not in style and "@font-face" not in style
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in page


def test_a_page_is_accessible(page):
    elements = Page(page).elements
    assert ("html", {"lang": "en"}) in elements
    assert any(attrs.get("name") == "viewport" for _, attrs in elements)
    headings = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(headings, headings[1:]))
    cells = [attrs for tag, attrs in elements if tag == "th"]
    assert cells and all(attrs.get("scope") in ("col", "row") for attrs in cells)
    assert page.count("user-select: all") >= 2 and "@media print" in page


def luminance(color):
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_text_has_contrast_in_light_dark_and_print(page):
    """WCAG 2.1, level AAA for text, 7:1; AA for what is less important, 4.5:1."""
    schemes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", block))
               for block in re.findall(r":root \{(.*?)\}", page, re.S)]
    assert len(schemes) == 3
    for scheme in schemes:
        for text, behind, ratio in (("text", "page", 7), ("text", "box", 7), ("text", "warn-box", 7),
                                    ("soft", "page", 4.5)):
            light, dark = sorted((luminance(scheme[text]), luminance(scheme[behind])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= ratio, (text, behind, scheme)
