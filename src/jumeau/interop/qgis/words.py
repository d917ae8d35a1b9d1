# SPDX-License-Identifier: EUPL-1.2
"""Words and styles of the project, which are data: texts, groups, tables, lamps (CSV)."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base import i18n, plugins
from jumeau.interop import labels

if TYPE_CHECKING:
    from jumeau.base.contract import Attribute

WORKSITES = ("lighting", "water", "climate", "buildings")
"""Order of the groups of the worksites; others follow."""


class Style(NamedTuple):
    """How a table is shown: a row of ``tables.csv``.

    Parameters
    ----------
    group : str
        Group of the layer tree.
    order : int
        Place in the drawing: the largest is drawn above.
    visible : bool
        Whether the layer is checked when the project opens.
    scale : int
        Denominator of the scale from which it is drawn; 0 for all scales.
    kind : str
        Name of its renderer.
    color, outline : str
        Colours, ``#rrggbb``.
    size : float
        Diameter or width [mm]; 0 for the usual one.
    label : str
        Attribute written on the map, or empty.
    label_scale : int
        Denominator of the scale from which it is written.
    """

    group: str
    order: int
    visible: bool
    scale: int
    kind: str
    color: str
    outline: str
    size: float
    label: str
    label_scale: int


OTHER = Style("fact.other", 55, True, 0, "plain", "#b8bdc2", "#55606b", 0.0, "name", 25_000)
"""Style of a table that ``tables.csv`` does not know."""


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a data file of this package."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _texts() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in rows("texts.csv")}


def say(key: str, **values: Any) -> str:
    """Return a text of ``texts.csv`` in the language in force."""
    text = _texts()[key]["fr" if i18n.language() == "fr" else "en"]
    return text.format(**values) if values else text


@cache
def _styles() -> dict[str, Style]:
    return {
        row["table"]: Style(
            row["group"], int(row["order"] or 0), row["visible"] == "yes", int(row["scale"] or 0),
            row["style"], row["color"], row["outline"], float(row["size"] or 0), row["label"],
            int(row["label_scale"] or 0),
        )
        for row in rows("tables.csv")
    }  # fmt: skip


def style(table: str) -> Style:
    """Return how a table is shown."""
    return _styles().get(table, OTHER)


def worksites() -> list[str]:
    """Return the names of the worksites, ours first."""
    return [*WORKSITES, *sorted(set(plugins.load_all("jumeau.worksites")) - set(WORKSITES))]


def groups() -> dict[str, str]:
    """Return group → title, in order: worksites, decision, facts, relief, checks, tables."""
    known = {row["group"]: i18n.pick(row, "label") for row in rows("groups.csv")}
    own = plugins.load_all("jumeau.worksites")
    titles = {}
    for name in worksites():
        item = own.get(name)
        said = {key: getattr(item, key, "") for key in ("label_en", "label_fr")}
        titles[name] = i18n.pick(said, "label") or known.get(name, name)
    return {**titles, **{key: text for key, text in known.items() if key not in titles}}


def lamp_colors() -> dict[str, str]:
    """Return lamp type → colour: the one of its light, dark enough on paper."""
    return {row["lamp_type"]: row["color"] for row in rows("lamps.csv")}


def lamp_abbreviations() -> dict[str, str]:
    """Return lamp type → abbreviation of the trade."""
    return {row["lamp_type"]: i18n.pick(row, "short") for row in rows("lamps.csv")}


def alias(item: Attribute) -> str:
    """Return the name of an attribute with its unit: « Puissance [W] »."""
    return with_unit(item.label_fr if i18n.language() == "fr" else item.label_en, item.unit)


def with_unit(label: str, unit: str | None) -> str:
    """Return a label with its unit in brackets."""
    shown = i18n.unit(unit)
    return f"{label} [{shown}]" if shown else label


def code(kind: str, value: str) -> str:
    """Return the label of a code in the language in force; the code itself when it has none."""
    if kind == "severity":
        return say(f"severity.{value}")
    return labels.label(kind, value, i18n.language())
