# SPDX-License-Identifier: EUPL-1.2
"""Requirements of the lighting classes M, C and P (EN 13201-2:2015), value by value.

The values rest in ``classes.csv``, each with its source; all of them bear the mark « to confirm
against the standard » until somebody has read them there. The uniformity of wet roads (``uow``) is
required of classes M where wet roads count, and is not computed here: no table of wet surfaces is
public.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jumeau.base.errors import did_you_mean, error

SOURCE = "EN 13201-2:2015"
TO_CONFIRM = "to confirm"
"""Mark of a source that nobody has checked against the standard."""


class Requirement(NamedTuple):
    """What a class asks of a quantity; keys are those of ``road()``, and ``uow``."""

    quantity: str
    least: float | None
    most: float | None
    source: str

    @property
    def confirmed(self) -> bool:
        """Whether the value was checked against the standard."""
        return TO_CONFIRM not in self.source


class Check(NamedTuple):
    """A quantity beside what a class asks of it."""

    quantity: str
    value: float | None
    least: float | None
    most: float | None
    met: bool | None
    """``None`` when the quantity is not computed."""
    source: str


@cache
def _table() -> dict[str, tuple[str, dict[str, Requirement]]]:
    """Return family and requirements by class, the most demanding class of a family first."""
    table: dict[str, tuple[str, dict[str, Requirement]]] = {}
    with (Path(__file__).parent / "classes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            asked = table.setdefault(row["lighting_class"], (row["family"], {}))[1]
            if not row["quantity"]:
                continue  # performance not determined
            before = asked.get(row["quantity"])
            value = float(row["value"])
            least = value if row["bound"] == "min" else before.least if before else None
            most = value if row["bound"] == "max" else before.most if before else None
            asked[row["quantity"]] = Requirement(row["quantity"], least, most, row["source"])
    return table


def names(family: str | None = None) -> tuple[str, ...]:
    """Return the classes, of a family (``M``, ``C`` or ``P``) or of all, most demanding first."""
    return tuple(name for name, (kind, _) in _table().items() if family in (None, kind))


def family(lighting_class: str) -> str:
    """Return the family of a class: ``M``, ``C`` or ``P``.

    Raises
    ------
    UnknownNameError
        ``JUM-L075`` for an unknown class.
    """
    return _table()[_known(lighting_class)][0]


def requirements(lighting_class: str) -> dict[str, Requirement]:
    """Return what a class asks, by quantity (EN 13201-2:2015).

    Parameters
    ----------
    lighting_class : str
        ``M1`` … ``M6``, ``C0`` … ``C5``, ``P1`` … ``P7``; P7 asks nothing.

    Returns
    -------
    dict
        Requirement by quantity: ``lav`` [cd/m²], ``uo``, ``ul``, ``uow``, ``fti`` [%], ``rei``,
        ``e_av``, ``e_min`` [lx], ``u_h``.

    Raises
    ------
    UnknownNameError
        ``JUM-L075`` for an unknown class.
    """
    return dict(_table()[_known(lighting_class)][1])


def check(result: Mapping[str, Any], lighting_class: str) -> tuple[Check, ...]:
    """Set the quantities of a road beside what a class asks.

    Parameters
    ----------
    result : mapping
        Quantities, as :func:`~jumeau.worksites.lighting.road` gives them.
    lighting_class : str
        Class.

    Raises
    ------
    UnknownNameError
        ``JUM-L075`` for an unknown class.
    """
    checks = []
    for asked in requirements(lighting_class).values():
        value = result.get(asked.quantity)
        if value is None or math.isnan(float(value)):
            checks.append(Check(asked.quantity, None, asked.least, asked.most, None, asked.source))
            continue
        met = (asked.least is None or value >= asked.least) and (
            asked.most is None or value <= asked.most
        )
        checks.append(
            Check(asked.quantity, float(value), asked.least, asked.most, met, asked.source)
        )
    return tuple(checks)


def best(result: Mapping[str, Any], family: str) -> str:
    """Return the most demanding class of a family that a road fulfils in all that is computed.

    Parameters
    ----------
    result : mapping
        Quantities, as :func:`~jumeau.worksites.lighting.road` gives them.
    family : {"M", "C", "P"}
        Family.

    Returns
    -------
    str
        Empty when it fulfils none.
    """
    for name in names(family):
        checks = check(result, name)
        computed = [item.met for item in checks if item.met is not None]
        if computed and all(computed):
            return name
    return ""


def _known(lighting_class: str) -> str:
    text = str(lighting_class).strip().upper()
    if text not in _table():
        raise error("JUM-L075", lighting_class=str(lighting_class)[:20], known=list(_table()),
                    suggestion=did_you_mean(text, _table()))  # fmt: skip
    return text
