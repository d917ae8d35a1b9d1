# SPDX-License-Identifier: EUPL-1.2
"""Catalogue of errors and findings: one CSV row per code, in French and English.

A package declares its codes in a ``messages.csv`` beside its modules with the columns ``code,
kind, what_en, what_fr, why_en, why_fr, remedy_en, remedy_fr``. ``kind`` is an error kind
(:data:`jumeau.base.errors.KINDS`) or, for a finding, its severity (``blocks``, ``degrades``,
``informs``). Placeholders are those of :meth:`str.format`.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jumeau.base import i18n, plugins

PACKAGES = {
    "B": "jumeau.base",
    "T": "jumeau.twin",
    "G": "jumeau.ground",
    "S": "jumeau.sources",
    "L": "jumeau.worksites.lighting",
    "K": "jumeau.worksites.climate",
    "E": "jumeau.worksites.buildings",
    "H": "jumeau.worksites.water",
    "D": "jumeau.decision",
    "W": "jumeau",
    "I": "jumeau.interop",
    "A": "jumeau.api",
    "C": "jumeau.cli",
}
"""First letter of a code → the package whose ``messages.csv`` declares it."""


_GUESS = re.compile(r"\s[^.?!;:]*\{suggestion\}[^?]*\?")
"""The sentence that proposes a name; left out when no known name is near."""


class Text(NamedTuple):
    """The three sentences of an error or a finding, in one language."""

    what: str
    why: str
    remedy: str


def _read(package: str) -> dict[str, dict[str, str]]:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return {}
    path = Path(next(iter(spec.submodule_search_locations))) / "messages.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every declared code → its row, ours and those of installed plug-ins."""
    rows: dict[str, dict[str, str]] = {}
    for package in [*PACKAGES.values(), *plugins.packages()]:
        rows |= _read(package)
    return rows


@cache
def row(code: str) -> dict[str, str]:
    """Return the row of a code.

    Raises
    ------
    KeyError
        If no package declares the code: a fault of the program, not of the user.
    """
    own = PACKAGES.get(code[4:5])
    found = _read(own).get(code) if own else None
    return found if found is not None else catalogue()[code]


def render(code: str, data: dict[str, Any], lang: str | None = None) -> Text:
    """Return the sentences of a code filled with data, in the language given or in force."""
    declared = row(code)
    lang = lang or i18n.language()
    unguessed = "suggestion" in data and not data["suggestion"]
    filled = {key: i18n.plain(value, lang) for key, value in data.items()}
    sentences = (
        i18n.agree(declared.get(f"{part}_{lang}") or declared[f"{part}_en"], data, lang)
        for part in Text._fields
    )
    return Text(
        *(
            (_GUESS.sub("", sentence) if unguessed else sentence).format_map(_Lenient(filled))
            for sentence in sentences
        )
    )


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"‹{key}›"
