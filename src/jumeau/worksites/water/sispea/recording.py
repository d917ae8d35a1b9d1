# SPDX-License-Identifier: EUPL-1.2
"""Indicators of water services as rows of the twin, and what stands out in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.sispea import decree, facts
from jumeau.worksites.water.sispea.assess import indicators

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.twin.territory import Territory

_WHOLE = "territory"
_KEPT = ("detailed_description", "action_plan")
"""Answers that are no figure of their own."""


def name_of(code: str) -> str:
    """Return the name of an indicator in the twin: ``sispea_p104_3``.

    Parameters
    ----------
    code : str
        Code of the national observatory.
    """
    return f"sispea_{code.casefold().replace('.', '_')}"


def last_year(territory: Territory) -> int | None:
    """Return the last year that volumes or facts are declared for; ``None`` without any.

    Parameters
    ----------
    territory : Territory
        Territory.
    """
    years = [max(it.years()) for it in facts.services(territory) if it.years()]
    return max(years) if years else None


def rows(territory: Territory, year: int | None = None) -> pd.DataFrame:
    """Return the indicators of water services as rows of the ``indicator`` table.

    Parameters
    ----------
    territory : Territory
        Territory.
    year : int, optional
        Year; the last one that something is declared for by default.

    Returns
    -------
    DataFrame
        ``indicator`` (``sispea_p104_3``…), ``scope`` (``water_network``, or ``territory`` for a
        service of all of it), ``entity``, ``year``, ``value``, ``low``, ``high``, ``unit``,
        ``estimated_share`` (0: facts only); a figure that is not known leaves its value empty
        beside its bounds, and one without bounds has no row. Empty when nothing is declared.
    """
    import pandas as pd

    when = last_year(territory) if year is None else year
    made: list[dict[str, Any]] = []
    if when is not None:
        for row in indicators(territory, when).to_dict("records"):
            bounds = {name: float(row[name]) for name in ("value", "low", "high")}
            if row["indicator"] in _KEPT or all(math.isnan(it) for it in bounds.values()):
                continue
            made.append({
                "indicator": name_of(str(row["indicator"])),
                "scope": "water_network" if row["network"] else _WHOLE,
                "entity": row["network"], "year": when, **bounds, "unit": row["unit"],
                "estimated_share": 0.0,
            })  # fmt: skip
    columns = ["indicator", "scope", "entity", "year", "value", "low", "high", "unit",
               "estimated_share"]  # fmt: skip
    return pd.DataFrame(made, columns=columns)


def findings(territory: Territory, year: int | None = None) -> Iterator[Finding]:
    """Yield what stands out: yields too low, facts that contradict one another, what lacks.

    Parameters
    ----------
    territory : Territory
        Territory.
    year : int, optional
        Year; the last one that something is declared for by default. Nothing without any.
    """
    when = last_year(territory) if year is None else year
    if when is None:
        return
    table = indicators(territory, when)
    for service in facts.services(territory):
        mine: dict[str, Any] = {
            str(row["indicator"]): row
            for row in table[table["network"] == service.network].to_dict("records")
        }
        shown = mine["P104.3"]["name"]
        clashes = [
            f"{name}: {', '.join(values)}"
            for (it, name), values in service.conflicts.items()
            if it == when
        ]
        if clashes:
            yield finding("JUM-H218", "water_network", service.network, network=shown,
                          year=str(when), what=clashes)  # fmt: skip
        if mine["decree_2012_97"]["verdict"] == "no":
            yield finding(
                "JUM-H219", "water_network", service.network, network=shown, year=str(when),
                value=round(float(mine["P104.3"]["high"]), 2),
                threshold=round(float(mine["decree_2012_97"]["high"]), 2),
                deadline=decree.deadline(when).isoformat(),
            )  # fmt: skip
        open_ = [code for code, row in mine.items() if row["verdict"] == "unknown"]
        if open_:
            yield finding(
                "JUM-H220", "water_network", service.network, network=shown, year=str(when),
                count=len(open_), missing=open_,
            )  # fmt: skip
