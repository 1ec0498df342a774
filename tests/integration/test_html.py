# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual as HTML, in a browser: on a telephone and on a desk."""

import html
import json
import re
import shutil
import subprocess

import pytest

from harness import TOP
from test_page import CHROMIUM, browse

SPHINX = shutil.which("sphinx-build")

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing"),
              pytest.mark.skipif(SPHINX is None, reason="python3-sphinx is missing")]

MEASURE = """<script>
addEventListener("load", () => parent.found.push([document.title, {
	inner: innerWidth,
	width: document.documentElement.scrollWidth,
	styled: getComputedStyle(document.querySelector("div.body pre, div.body p")).lineHeight !== "normal",
	outside: [...document.querySelectorAll("pre, table, img, p, li, h1, h2, h3")].filter((element) => {
		const box = element.getBoundingClientRect();
		return box.width > 0 && (box.left < 0 || box.right > innerWidth + 0.5) && !element.closest("table *");
	}).map((element) => element.textContent.slice(0, 60)),
	pictures: [...document.querySelectorAll("div.body img")].map((img) => img.naturalWidth > 0),
}]));
</script>
</body>"""

# All pages, one below the other.
FRAMES = """<!DOCTYPE html>
<style>iframe {{ border: 0; width: {width}px; height: 400px; display: block }}</style>
<script>found = []; onload = () => document.body.append("found:" + JSON.stringify(found) + ":found")</script>
<body>{frames}</body>"""


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    subprocess.run([SPHINX, "-q", "-W", "-b", "html", "-d", folder / "doctrees", "-D", "version=1", "-D",
                    "release=1", TOP / "doc", folder], check=True, timeout=120)
    return folder


@pytest.mark.parametrize("width", [400, 1200])
def test_no_page_is_wider_than_the_screen(manual, width):
    sources = [path.stem for path in TOP.glob("doc/*.rst")]
    pages = [(manual / f"{name}.html").read_text(encoding="utf-8") for name in sources]
    frames = "".join(f'<iframe srcdoc="{html.escape(page.replace("</body>", MEASURE))}"></iframe>\n'
                     for page in pages)
    dom = browse(manual, FRAMES.format(width=width, frames=frames), f"--window-size={width + 100},1000",
                 "--dump-dom")
    found = json.loads(html.unescape(re.search("found:(\\[.*\\]):found</body>", dom, re.S).group(1)))
    assert len(found) == len(sources)
    for title, page in found:
        assert page["inner"] == width and page["styled"]
        assert page["width"] <= width and page["outside"] == [], (title, page)
    assert any(page["pictures"] for _, page in found)
    assert all(all(page["pictures"]) for _, page in found)
