# SPDX-License-Identifier: EUPL-1.2
"""Tables, columns and code lists of the two standards, and materials in their words.

StaR-Eau: template of tables and lists of values by Astee and CNIG (cnigfr/StaR-Eau, template of
29 June 2025), Licence Ouverte 2.0. RAEPA 1.2: names and codes of the COVADIS standard of 2019;
its material 18 stands for two things.
"""

from __future__ import annotations

import csv
import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNKNOWN = ("non_renseigne", "non_determine", "non_valide", "non_concerne", "nr", "inc")
"""Codes of StaR-Eau that say nothing of the thing."""
UNKNOWN_YEARS = (-9999, -8888, -7777, -6666)
"""Years of StaR-Eau that are not years (domain ``c_annee``)."""
TWICE = "18"
"""Material of RAEPA with two meanings: smooth PE-HD, and glass-reinforced plastic."""


@dataclass(frozen=True)
class Column:
    """A column of a table of StaR-Eau: SQL type, constraints, default and list of codes."""

    name: str
    type: str
    not_null: bool
    unique: bool
    default: str
    codes: str


@dataclass(frozen=True)
class Field:
    """A field of a layer of RAEPA: dBase type, width, decimals and list of codes."""

    name: str
    type: str
    length: int
    decimals: int
    codes: str


@dataclass(frozen=True)
class Material:
    """A material: codes of both standards, Hazen-Williams C, its interval, whether it ages."""

    stareau: str
    label: str
    raepa: str
    c: float
    low: float
    high: float
    ages: bool
    source: str


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def tables() -> dict[str, tuple[str, str]]:
    """Return the tables of StaR-Eau for drinking water: kind of geometry and description."""
    return {
        row["table"]: (row["geometry"], row["description"]) for row in _rows("stareau_tables.csv")
    }


@cache
def columns() -> dict[str, tuple[Column, ...]]:
    """Return the columns of each table of StaR-Eau, without ``fid`` and ``geom``."""
    found: dict[str, list[Column]] = {}
    for row in _rows("stareau_columns.csv"):
        item = Column(
            row["column"], row["type"], row["not_null"] == "1", row["unique"] == "1",
            row["default"], row["codes"],
        )  # fmt: skip
        found.setdefault(row["table"], []).append(item)
    return {name: tuple(items) for name, items in found.items()}


@cache
def codes(standard: str) -> dict[str, dict[str, str]]:
    """Return the lists of codes of "stareau" or "raepa": label by code."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows(f"{standard}_codes.csv"):
        found.setdefault(row["list"], {}).setdefault(row["code"], row["label"])
    return found


@cache
def layers() -> dict[str, tuple[Field, ...]]:
    """Return the fields of each layer of RAEPA."""
    found: dict[str, list[Field]] = {}
    for row in _rows("raepa_fields.csv"):
        item = Field(
            row["field"], row["type"], int(row["length"]), int(row["decimals"]), row["codes"]
        )
        found.setdefault(row["layer"], []).append(item)
    return {name: tuple(items) for name, items in found.items()}


@cache
def materials() -> dict[str, Material]:
    """Return the materials by code of StaR-Eau."""
    return {
        row["stareau"]: Material(
            row["stareau"], row["label"], row["raepa"], float(row["c"]), float(row["low"]),
            float(row["high"]), row["ages"] == "yes", row["source"],
        )
        for row in _rows("materials.csv")
    }  # fmt: skip


@cache
def _words() -> dict[str, str]:
    """Return the code of StaR-Eau by folded word: its code, its label, the labels of RAEPA."""
    found = {}
    for code, item in materials().items():
        found[fold(code)] = code
        found.setdefault(fold(item.label), code)
    own = {item.raepa: code for code, item in reversed(materials().items())}
    own |= {"08": "fbro", "22": "prv", "23": "prv", "24": "pvc", "00": "inc", "99": "autre"}
    for code, label in codes("raepa")["materiau"].items():
        if code != TWICE:
            found.setdefault(fold(label), own[code])
    return found | {"pehdlisse": "pehd", "prvautre": "prv", "polyethylene": "pe", "": "nr"}


def material(word: object) -> Material:
    """Return the material that a code or a word of one of the standards names, else unknown."""
    return materials()[_words().get(fold(text(word)), "nr")]


def raepa_code(word: object) -> str:
    """Return the material code of RAEPA of a word: its own where it is one of its labels."""
    folded = fold(text(word))
    for code, label in codes("raepa")["materiau"].items():
        if folded and fold(label) == folded:
            return code
    return material(word).raepa


def text(value: object) -> str:
    """Return a cell as text without blanks around it, "" for one that is empty or no number."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # an identifier kept as a number
    return str(value).strip()


def fold(word: str) -> str:
    """Return a text without case, accents, blanks or punctuation."""
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().casefold()
    return "".join(char for char in plain if char.isalnum())
