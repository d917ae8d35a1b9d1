# SPDX-License-Identifier: EUPL-1.2
"""Sphinx settings of the documentation: Markdown, both languages in one site, no third party."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Jumeau"
author = "The Jumeau contributors"
copyright = "the Jumeau contributors, EUPL-1.2"
_init = (Path(__file__).parent.parent / "src" / "jumeau" / "__init__.py").read_text("utf-8")
release = re.findall(r'__version__ = "([^"]+)"', _init)[0]

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
smartquotes = False  # options keep their two dashes
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository outside docs/

html_theme = "basic"  # its layout is ours: _templates/layout.html and _static/page.css
html_title = "Jumeau"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_additional_pages = {"search.fr": "search.html"}
html_use_index = False
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False

SECTIONS = {
    "tutorials": ("Learn", "Apprendre"),
    "how-to": ("Do", "Faire"),
    "explanation": ("Understand", "Comprendre"),
    "reference": ("Look up", "Retrouver"),
}


def _in_its_language(
    app: Sphinx, name: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Give a page its language, the pages of that language and its twin in the other one."""
    french = name.endswith(".fr")
    titles = {key: node.astext() for key, node in app.env.titles.items()}
    order = app.env.toctree_includes.get("index.fr" if french else "index", [])
    pages = [key for key in order if key.endswith(".fr") == french]
    context["french"] = french
    context["language"] = "fr" if french else "en"
    context["reading"] = [
        (words[french], [(key, titles[key]) for key in pages if _section(key) == section])
        for section, words in SECTIONS.items()
    ]
    context["home"] = "index.fr" if french else "index"
    context["searching"] = "search.fr" if french else "search"
    twin = name.removesuffix(".fr") if french else f"{name}.fr"
    known = {*titles, "search", "search.fr"}
    context["other"] = twin if twin in known else ("index" if french else "index.fr")
    for wide in ("<pre>", '<table class="docutils'):  # they scroll: the keyboard must reach them
        reached = wide.replace(" class", ' tabindex="0" class').replace("<pre", '<pre tabindex="0"')
        context["body"] = context.get("body", "").replace(wide, reached)
    if "search" in name:
        context["title"] = "Recherche" if french else "Search"


def _section(name: str) -> str:
    """Return the section of a page; what stands at the top is for looking up."""
    return name.partition("/")[0] if "/" in name else "reference"


def setup(app: Sphinx) -> None:
    """Connect what Sphinx calls for each page."""
    app.connect("html-page-context", _in_its_language)
