# SPDX-License-Identifier: EUPL-1.2
"""Words of French files as data: usual column names, synonyms of codes, plausible ranges."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

from jumeau.base.contract import Attribute
from jumeau.sources.folding import fold

# Attributes whose values are categories: spellings that differ only by case are one.
CATEGORIES = frozenset(
    {"support", "hierarchy", "ownership", "use", "direction", "kind", "hazard", "scenario"}
    | {"level", "method", "schedule", "photometry"}
)
UNKNOWN_WORDS = frozenset(
    [
        "inconnu",
        "inconnue",
        "indetermine",
        "indeterminee",
        "nondetermine",
        "nd",
        "nc",
        "nonrenseigne",
        "nonrenseignee",
        "sansobjet",
        "adefinir",
        "unknown",
        "noncommunique",
    ]
) | {""}
"""Words, folded, that say that a coded value is not known."""


_LAMP = ("lampesa", "lampea", "lampesde", "lampede", "lampes", "lampe")
# Beginnings, folded, that say nothing: « lampe à iodures », « lampe sodium ».


class Candidate(NamedTuple):
    """A usual name of a column for an attribute.

    Parameters
    ----------
    column : str
        Name, as its publisher writes it.
    unit : str
        Unit of its values; empty for text.
    rank : int
        0 for the attribute's own name, then the order of the list.
    """

    column: str
    unit: str
    rank: int


class Range(NamedTuple):
    """What values of an attribute are possible, and whether 0 means unknown."""

    minimum: float
    maximum: float
    zero_unknown: bool


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _columns() -> dict[tuple[str, str], list[tuple[str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in _rows("mapping.csv"):
        found.setdefault((row["table"], row["attribute"]), []).append((row["column"], row["unit"]))
    return found


def candidates(table: str, attribute: Attribute) -> list[Candidate]:
    """Return the usual column names of an attribute, the most certain first."""
    own = [(attribute.name, attribute.unit)]
    listed = _columns().get((table, attribute.name), []) + _columns().get(("*", attribute.name), [])
    return [Candidate(name, unit, rank) for rank, (name, unit) in enumerate(own + listed)]


@cache
def codes(table: str, attribute: Attribute) -> dict[str, str]:
    """Return {folded word: code} of an attribute, its own codes included."""
    key = ("*", "boolean") if attribute.type == "boolean" else (table, attribute.name)
    listed = {
        fold(row["synonym"]): row["code"]
        for row in _rows("codes.csv")
        if (row["table"], row["attribute"]) == key
    }
    return listed | {fold(code): code for code in attribute.codes}


@cache
def ranges() -> dict[tuple[str, str], Range]:
    """Return {(table, attribute): range of possible values}."""
    return {
        (row["table"], row["attribute"]): Range(
            float(row["minimum"]), float(row["maximum"]), row["zero"] == "unknown"
        )
        for row in _rows("ranges.csv")
    }


def code_of(word: str, known: dict[str, str]) -> str | None:
    """Return the code of a word, its power or trailing number set aside ("SHP 150 W").

    The longest beginning of the text that is a known word decides.
    """
    folded = fold(word)
    for name in (folded, *(folded.removeprefix(start) for start in _LAMP if folded != start)):
        if name in known:
            return known[name]
    parts = [fold(part) for part in word.replace("/", " ").replace("-", " ").split()]
    for stop in range(len(parts) - 1, 0, -1):
        rest = parts[stop:]
        joined = "".join(parts[:stop])
        if joined in known and all(_measure(part) for part in rest):
            return known[joined]
    stripped = folded.rstrip("0123456789")
    for end in (stripped, folded.rstrip("w").rstrip("0123456789")):
        if len(end) >= 2 and end in known:
            return known[end]
    return None


def _measure(part: str) -> bool:
    return part.rstrip("w").isdigit() or part in {"w", "watt", "watts"}
