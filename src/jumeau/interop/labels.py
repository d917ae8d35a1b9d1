# SPDX-License-Identifier: EUPL-1.2
"""Names of tables and codes for people, in French and English."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from jumeau.base import i18n
from jumeau.twin import schema


@cache
def _rows() -> dict[tuple[str, str], dict[str, str]]:
    text = resources.files(__package__).joinpath("labels.csv").read_text(encoding="utf-8")
    return {(row["kind"], row["code"]): row for row in csv.DictReader(text.splitlines())}


PAIRED = {"wall_material", "roof_material"}
"""Kinds whose codes also go by two, the first one dominant (BD TOPO, matériaux)."""


@cache
def codes(kind: str, lang: str) -> dict[str, str]:
    """Return the label of each code of a kind that has words for them; empty when none has."""
    own = {code: i18n.pick(row, "label", lang) for (of, code), row in _rows().items() if of == kind}
    if kind not in PAIRED:
        return own
    joint = " et " if lang == "fr" else " and "
    pairs = {}
    for first, main in own.items():
        for second, other in own.items():
            alone = second in {"0", first}
            pairs[first + second] = main if alone else f"{main}{joint}{other.lower()}"
        if first == "0":
            pairs |= {first + second: other for second, other in own.items()}
    return own | pairs


def label(kind: str, code: str, lang: str) -> str:
    """Return the label of a code of a kind; the code itself when it has none."""
    return codes(kind, lang).get(code, code)


def short(identifier: object) -> str:
    """Return an identifier without the word and the zeros that long ones begin with.

    Examples
    --------
    >>> short("BATIMENT0000000331865621-1"), short("B24"), short("000000000000")
    ('331865621-1', 'B24', '000000000000')
    """
    text = str(identifier)
    return re.sub(r"^[A-Za-z_]+0{4,}(?=[1-9])", "", text)


def attribute_label(table: str, name: str, lang: str) -> str:
    """Return the name of an attribute of a table for people; its own name when it has none."""
    declared = schema.tables().get(table)
    if declared is None or name not in declared.names:
        return name
    found = declared[name]
    return str(found.label_fr if lang == "fr" else found.label_en)


def table_label(name: str, lang: str) -> str:
    """Return the name of a table for people."""
    return label("table", name, lang)
