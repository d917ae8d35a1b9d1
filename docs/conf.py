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

html_theme = "alabaster"
html_title = "Jumeau"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "description": "The territorial digital twin of French local authorities",
    "fixed_sidebar": True,
    "page_width": "72rem",
    "sidebar_width": "15rem",
}
html_sidebars = {"**": ["about.html", "searchfield.html", "pages.html"]}


def _in_its_language(
    app: Sphinx, name: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Give a page its language, the pages of that language and its twin in the other one."""
    french = name.endswith(".fr")
    titles = {key: node.astext() for key, node in app.env.titles.items()}
    order = app.env.toctree_includes.get("index.fr" if french else "index", [])
    context["french"] = french
    context["language"] = "fr" if french else "en"
    context["reading"] = [(key, titles[key]) for key in order if key.endswith(".fr") == french]
    twin = name.removesuffix(".fr") if french else f"{name}.fr"
    context["other"] = twin if twin in titles else ("index" if french else "index.fr")


def setup(app: Sphinx) -> None:
    """Connect what Sphinx calls for each page."""
    app.connect("html-page-context", _in_its_language)
