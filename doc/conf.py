# SPDX-License-Identifier: GPL-2.0-or-later
"""How Sphinx makes the manual pages and the HTML of the manual; see doc/Makefile.inc."""

import pathlib
import re

from docutils import nodes

project = "mod-hostedmail"
# No word on authors: the pages come from a project, not from persons.
author = ""
copyright = "the authors of mod-hostedmail"
source_suffix = ".rst"
master_doc = "index"
exclude_patterns = ["_build"]
pygments_style = "default"
highlight_language = "none"

html_theme = "alabaster"
html_theme_options = {"description": "Answers for hosted mail domains, without a zone", "fixed_sidebar": True,
                      "page_width": "1100px"}
html_static_path = ["_static"]
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None

man_pages = [
    ("hostedmail-list", "hostedmail-list", "domains that mod-hostedmail hosts", author, 5),
    ("hostedmail-profile", "hostedmail-profile", "records of domains that mod-hostedmail hosts", author, 5),
    ("khostedmail", "khostedmail", "tool for domains that mod-hostedmail hosts", author, 8),
    ("module", "mod-hostedmail", "Knot DNS module for hosted mail domains", author, 7),
]
man_show_urls = True


def link(app, doctree, _name):
    """The sources link to each other as files, so that they can be read without being built."""
    for node in list(doctree.findall(lambda node: "refuri" in getattr(node, "attributes", {}))):
        page, sign, anchor = node["refuri"].partition("#")
        if not page.endswith(".rst") or "/" in page:
            continue
        if app.builder.format == "html":
            node["refuri"] = page.removesuffix(".rst") + ".html" + sign + anchor
        else:
            # A manual page names another one.
            node.replace_self(nodes.strong("", node.astext()))


def tidy(app, _error):
    """Take out of the manual pages what other tools than groff warn of, and what has no effect; say on
    top of a page that it has a table, as not each version of docutils does."""
    if app.builder.format != "man":
        return
    for page in pathlib.Path(app.outdir).glob("*.[0-9]"):
        text = re.sub(r"^\.ft (C|P)\n", "", page.read_text(encoding="utf-8"), flags=re.M)
        text = re.sub(r"^(\.S[HS] .*\n)\.sp\n", r"\1", text, flags=re.M)
        if "\n.TS\n" in text and not text.startswith("'\\\" t"):
            text = "'\\\" t\n" + text
        page.write_text(text, encoding="utf-8")


def setup(app):
    app.connect("doctree-resolved", link)
    app.connect("build-finished", tidy)
