# SPDX-License-Identifier: GPL-2.0-or-later
"""How Sphinx makes the manual pages and the HTML of the manual; see doc/Makefile.inc."""

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
html_theme_options = {"description": "Answers for hosted mail domains, without a zone", "fixed_sidebar": True}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None

man_pages = [
    ("khostedmail", "khostedmail", "tool for domains that mod-hostedmail hosts", author, 8),
    ("module", "mod-hostedmail", "Knot DNS module for hosted mail domains", author, 7),
]
man_show_urls = True


def link_to_html(app, doctree, _name):
    """The sources link to each other as files, so that they can be read without being built."""
    if app.builder.format == "html":
        for node in doctree.findall(lambda node: "refuri" in getattr(node, "attributes", {})):
            page, sign, anchor = node["refuri"].partition("#")
            if page.endswith(".rst") and "/" not in page:
                node["refuri"] = page.removesuffix(".rst") + ".html" + sign + anchor


def setup(app):
    app.connect("doctree-resolved", link_to_html)
