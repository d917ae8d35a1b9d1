# SPDX-License-Identifier: EUPL-1.2
"""Words and Markdown of the pages that ``tools/docs.py`` writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

LANGUAGES = ("en", "fr")
TEXTS = tomllib.loads(Path(__file__).with_name("docs_texts.toml").read_text(encoding="utf-8"))


def word(key: str, lang: str) -> str:
    """Return a word of the pages in a language."""
    return str(TEXTS["words"][key][LANGUAGES.index(lang)])


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(head)]
    lines += [[cell(value) for value in row] for row in rows]
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([texts[0], "|" + "---|" * len(lines[0]), *texts[1:]])


def cell(value: object) -> str:
    """Return a value as the text of a table cell."""
    text = "" if value is None else str(value)
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;").strip()


def code(value: object) -> str:
    """Return a value between backquotes, nothing when it is empty."""
    return f"`{value}`" if value else ""
