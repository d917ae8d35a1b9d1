# SPDX-License-Identifier: EUPL-1.2
"""Levy on the performance of drinking-water networks: its coefficient and its amount."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jumeau.base.errors import error
from jumeau.worksites.water.sispea.formulas import METERED, Reading, Volumes, known, lacking

FIRST_YEAR = 2025
"""First year of the levy (décret 2024-787 du 9 juillet 2024)."""


@dataclass(frozen=True)
class Scale:
    """Scale of the levy in force in a year.

    Parameters
    ----------
    slope, base : float
        Term of performance a point of weighted yield, and the yield where it begins [1/%, %].
    performance_cap, asset_cap : float
        Most of the terms of performance and of asset management.
    least : float
        Least coefficient.
    fixed : float or None
        Coefficient that is the same for all, in the first year.
    years_back : int
        Years between the data and the levy.
    source, confidence : str
        Where it was read, and how sure it is.
    """

    slope: float
    base: float
    performance_cap: float
    asset_cap: float
    least: float
    fixed: float | None
    years_back: int
    source: str
    confidence: str


@dataclass(frozen=True)
class Rate:
    """Rate of an agency in a year [€/m³], with its source."""

    agency: str
    eur_m3: float
    source: str


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(__file__).parent / "rules" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _in_force(row: dict[str, str], year: int) -> bool:
    return int(row["valid_from"]) <= year and (not row["valid_to"] or year <= int(row["valid_to"]))


@cache
def scale(year: int) -> Scale | None:
    """Return the scale of the levy in force in a year; ``None`` before it began.

    Parameters
    ----------
    year : int
        Year of the levy.
    """
    for row in _rows("levy_scale.csv"):
        if _in_force(row, year):
            numbers = ("slope", "base", "performance_cap", "asset_cap", "least")
            slope, base, performance, assets, least = (float(row[name]) for name in numbers)
            return Scale(
                slope, base, performance, assets, least,
                float(row["fixed"]) if row["fixed"] else None, int(row["years_back"]),
                row["source"], row["confidence"],
            )  # fmt: skip
    return None


def rate(agency: str | None, year: int) -> Rate | None:
    """Return the rate of an agency in a year; ``None`` when no dated table says it.

    Parameters
    ----------
    agency : str or None
        Water agency, by its key or one of its names.
    year : int
        Year of the levy.
    """
    wanted = (agency or "").casefold().strip()
    for row in _rows("levy_rates.csv"):
        names = {row["agency"].casefold(), *(it.casefold() for it in row["names"].split("|"))}
        if wanted in names and _in_force(row, year):
            return Rate(row["agency"], float(row["rate_eur_m3"]), row["source"])
    return None


def primary_yield(volumes: Volumes) -> Reading:
    """Return the primary yield of a network [%]: metered over what entered it.

    100 · (metered domestic + metered other) / (produced + bought − sold) (code de
    l'environnement, art. D. 213-48-12-2 and D. 213-48-12-4; volumes of the service that are
    metered count among the others).

    Parameters
    ----------
    volumes : Volumes
        Volumes of the second year before the levy [m³].
    """
    missing = volumes.missing("produced", "bought", "sold", *METERED)
    if missing:
        return lacking(*missing)
    put = (volumes.produced or 0.0) + (volumes.bought or 0.0) - (volumes.sold or 0.0)
    if put <= 0:
        return lacking("water_volume.produced")
    counted = (volumes.metered_domestic or 0.0) + (volumes.metered_other or 0.0)
    return known(100.0 * counted / put)


def performance_term(weighted_yield: float, *, year: int = 2026) -> float:
    """Return the term of performance by the yield: 2.75 % · (R − 65), between 0 and 0.55.

    Code de l'environnement, art. D. 213-48-12-4, I.

    Parameters
    ----------
    weighted_yield : float
        Weighted primary yield R [%].
    year : int
        Year of the levy.

    Raises
    ------
    NotComputableError
        ``JUM-H214`` before the levy began.
    """
    now = _scale(year)
    return min(max(now.slope * (weighted_yield - now.base), 0.0), now.performance_cap)


def coefficient(
    performance: float | None, assets: float | None, *, least: float = 0.0, year: int = 2026
) -> Reading:
    """Return the coefficient of the levy: 1 − (performance + asset management), from 0.2 to 1.

    Parameters
    ----------
    performance : float or None
        Term of performance: the higher of that by yield and that by uncounted volumes, 0 to 0.55.
    assets : float or None
        Term of asset management, 0 to 0.25.
    least : float
        What the term of performance is at least, when it is not known.
    year : int
        Year of the levy.

    Returns
    -------
    Reading
        Coefficient and its bounds.

    Raises
    ------
    NotComputableError
        ``JUM-H214`` before the levy began.
    InvalidError
        ``JUM-H215`` for a term outside its scale.
    """
    now = _scale(year)
    if now.fixed is not None:
        return known(now.fixed)
    for name, term, cap in (
        ("performance_term", performance, now.performance_cap),
        ("asset_term", assets, now.asset_cap),
    ):
        if term is not None and not 0 <= term <= cap:
            raise error("JUM-H215", name=name, value=term, cap=cap)
    low = (least if performance is None else performance) + (assets or 0.0)
    high = (now.performance_cap if performance is None else performance) + (
        now.asset_cap if assets is None else assets
    )
    if performance is not None and assets is not None:
        return known(max(1.0 - low, now.least))
    missing = tuple(
        f"water_knowledge.{name}"
        for name, term in (("performance_term", performance), ("asset_term", assets))
        if term is None
    )
    return Reading(None, max(1.0 - high, now.least), 1.0 - low, missing)


def fee(billed_m3: float, rate_eur_m3: float, modulation: float) -> float:
    """Return the amount of the levy: volume billed · rate · coefficient, to the cent [€].

    Parameters
    ----------
    billed_m3 : float
        Volume billed to subscribers in the year of the levy [m³].
    rate_eur_m3 : float
        Rate of the agency [€/m³].
    modulation : float
        Coefficient, 0.2 to 1.
    """
    return round(billed_m3 * rate_eur_m3 * modulation, 2)


def _scale(year: int) -> Scale:
    now = scale(year)
    if now is None:
        raise error("JUM-H214", year=year, first=FIRST_YEAR)
    return now
