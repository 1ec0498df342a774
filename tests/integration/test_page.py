# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of khostedmail instructions, in a browser: on a telephone, on a desk, dark, on paper."""

import html
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import pytest

from harness import LONG_SECONDS, PROFILES, loopback_address
from tooling import needs_tool, run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [needs_tool, pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing")]

LONG = f"""$TTL 3600
@    SOA  ns.{{domain}}. hostmaster.example.net. 1 14400 3600 1209600 300
@    NS   ns.{{domain}}.
ns   AAAA 2001:db8:1234:5678:9abc:def0:1234:5678
@    MX   0 mx.example.net.
@    TXT  "v=spf1 include:_spf.example.net -all"
key  TXT  "v=DKIM1; p={"k" * 230}" "{"l" * 200}"
{"x" * 63}.{"y" * 63} TXT "x"
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="400"><rect width="99" height="9"/></svg>'

# What the page does not have itself: a look at where everything is.
MEASURE = """<script>
const inside = (box) => box.left >= -0.5 && box.right <= innerWidth + 0.5;
const shown = (element) => {
	const box = element.getBoundingClientRect(), style = getComputedStyle(element);
	return box.width > 0 && box.height > 0 && inside(box) && style.visibility === "visible" &&
		style.opacity === "1" && element.scrollWidth <= element.clientWidth + 1 || style.display === "inline" &&
		box.width > 0 && [...element.getClientRects()].every(inside);
};
const all = (selector) => [...document.querySelectorAll(selector)];
onload = () => parent.document.body.append(JSON.stringify({
	inner: innerWidth,
	width: document.documentElement.scrollWidth,
	codes: all("code").map((code) => [code.textContent, shown(code), getComputedStyle(code).userSelect]),
	lines: all("pre").map((pre) => [pre.textContent, shown(pre)]),
	outside: all("main *").filter((element) => !element.closest("thead") &&
		element.getClientRects().length > 0 && ![...element.getClientRects()].every(inside)).length,
	logo: all("img").map((img) => img.complete && img.naturalWidth > 0 && shown(img)),
	dark: matchMedia("(prefers-color-scheme: dark)").matches,
	colors: [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor],
	cells: all("td").map((cell) => getComputedStyle(cell).display),
	requests: performance.getEntriesByType("resource").map((entry) => entry.name)
		.filter((name) => !name.startsWith("data:")),
}));
</script>
</body>"""

# A window has a least width; a frame in it has not.
FRAME = """<!DOCTYPE html>
<style>:root {{ color-scheme: light dark }} iframe {{ border: 0; width: {width}px; height: 900px }}</style>
<body><iframe srcdoc="{page}"></iframe></body>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages by domain, and what they are made of."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "long.zone").write_text(LONG)
    (folder / "logo.svg").write_text(LOGO)
    (folder / "hosted").write_text("full.example full-2026 token=t\nmail.long.example long\n")
    conf = folder / "knot.conf"
    conf.write_text(f"mod-hostedmail:\n  - id: a\n    profile: [ {PROFILES}/full-2026.zone, {folder}/long.zone ]\n"
                    f"    hosted-file: {folder}/hosted\n")
    found = {}
    for domain in ("full.example", "mail.long.example"):
        words = ["-c", conf, "instructions", domain]
        page = run(*words, "--format", "html", "--provider", "Example Mail", "--logo", folder / "logo.svg")
        assert page.code == 0, page
        found[domain] = page.out, run(*words, "--json").json()
    return found


def browse(folder, page, *options):
    """What a browser makes of a page, as text; it is run in a folder of its own."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    # Without a sandbox: root cannot have one, nor can many containers, and the page is our own.
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
               "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
               "--disable-sync", f"--user-data-dir={folder}/profile", *options, path.as_uri()]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    result = subprocess.run(command, capture_output=True, text=True, env=env, timeout=6 * LONG_SECONDS)
    assert result.returncode == 0, result.stderr
    return result.stdout


def without_policy(page):
    changed = re.sub('<meta http-equiv="Content-Security-Policy".*>', "", page)
    assert changed != page
    return changed


def measure(folder, page, width, *options):
    page = without_policy(page).replace("</body>", MEASURE)
    frame = FRAME.format(width=width, page=html.escape(page))
    dom = browse(folder, frame, f"--window-size={width + 100},1000", "--dump-dom", *options)
    text = re.search(r"</iframe>(.*?)</body>", dom, re.S).group(1)
    found = json.loads(html.unescape(text))
    assert found["inner"] == width
    return found


def assert_complete(found, values):
    """Every record is there to be read and to be copied, and nothing sticks out."""
    assert found["width"] <= found["inner"] and found["outside"] == 0
    codes = {text: (shown, select) for text, shown, select in found["codes"]}
    assert all(shown and select == "all" for shown, select in codes.values()), codes
    lines = "".join(text for text, _ in found["lines"]).splitlines()
    assert all(shown for _, shown in found["lines"])
    for part in (values["by_hand"], values["parent"] or {"entries": [], "zone_file": []}):
        for entry in part["entries"]:
            assert {entry["host"], str(entry["ttl"]), entry["value"]} <= set(codes)
            assert entry["priority"] is None or str(entry["priority"]) in codes
        assert all(line in lines for line in part["zone_file"])
    assert found["logo"] == [True] and found["requests"] == []


@pytest.mark.parametrize("width", [400, 1200])
@pytest.mark.parametrize("domain", ["full.example", "mail.long.example"])
def test_all_records_are_visible_and_nothing_overflows(pages, tmp_path, domain, width):
    page, values = pages[domain]
    found = measure(tmp_path, page, width)
    assert_complete(found, values)
    # A table where there is room, else a card a record.
    assert ("table-cell" in found["cells"]) == (width == 1200)
    assert found["dark"] is False


def brightness(color):
    return sum(int(part) for part in re.findall(r"\d+", color)[:3]) / 3


def test_the_page_is_dark_for_who_wants_it_dark(pages, tmp_path):
    page, values = pages["full.example"]
    found = measure(tmp_path, page, 1200, "--blink-settings=preferredColorScheme=0")
    assert found["dark"] is True
    assert_complete(found, values)
    text, behind = map(brightness, found["colors"])
    assert text > 200 and behind < 50


def test_the_page_can_be_printed(pages, tmp_path):
    page, values = pages["mail.long.example"]
    # A sheet of A4 between its margins.
    found = measure(tmp_path, page.replace("@media print", "@media screen"), 718,
                    "--blink-settings=preferredColorScheme=0")
    assert_complete(found, values)
    text, behind = map(brightness, found["colors"])
    assert text < 50 and behind == 255
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path}/page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")


class Listener:
    """A web server that notes what it is asked for."""

    def __init__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer((loopback_address(), 0), Handler)
        self.url = "http://{}:{}/x.png".format(*self.server.server_address)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_the_page_loads_nothing_even_if_a_template_says_so(pages, tmp_path):
    page, _ = pages["full.example"]
    with Listener() as listener:
        careless = page.replace("</h1>", f'</h1><img src="{listener.url}" alt="">')
        assert careless != page
        browse(tmp_path, careless, "--dump-dom")
        assert listener.asked == []
        browse(tmp_path, without_policy(careless), "--dump-dom")
        assert listener.asked == ["/x.png"]
