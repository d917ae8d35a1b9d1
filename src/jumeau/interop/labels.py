# SPDX-License-Identifier: EUPL-1.2
"""Names of tables and codes for people, in French and English."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from jumeau.base import i18n
from jumeau.twin import schema


@cache
def _rows() -> dict[tuple[str, str], dict[str, str]]:
    text = resources.files(__package__).joinpath("labels.csv").read_text(encoding="utf-8")
    return {(row["kind"], row["code"]): row for row in csv.DictReader(text.splitlines())}


def label(kind: str, code: str, lang: str) -> str:
    """Return the label of a code of a kind; the code itself when it has none."""
    row = _rows().get((kind, code))
    return i18n.pick(row, "label", lang) if row else code


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
