# SPDX-License-Identifier: EUPL-1.2
"""Money: euros always carry the year of their prices.

Amounts of different years are compared after deflation by a dated, sourced index
(``price_index.csv``: yearly change of the consumer price index). Each row says how sure it is;
a user gives other changes when works follow another index (TP, BT).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from jumeau.base import i18n
from jumeau.base.errors import error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Amount = TypeVar("Amount", float, "NDArray[np.float64]")


class PriceChange(NamedTuple):
    """Change of the price index from the year before."""

    year: int
    change: float
    """Relative change, e.g. 0.052."""
    source: str
    checked_on: str
    confidence: str
    """``high``, ``medium`` or ``low`` (a projection, or to confirm)."""


@dataclass(frozen=True)
class Price:
    """An amount in euros and the year of its prices.

    Parameters
    ----------
    amount : float
        Amount, excluding VAT unless said otherwise [€].
    year : int
        Year whose prices it is in.
    """

    amount: float
    year: int

    def __post_init__(self) -> None:
        if not math.isfinite(self.amount):
            raise error("JUM-B050", amount=str(self.amount))

    def at(self, year: int, changes: Mapping[int, float] | None = None) -> Price:
        """Return the same value in the prices of another year; see `deflate`."""
        return Price(deflate(self.amount, self.year, year, changes), year)

    def __add__(self, other: Price) -> Price:
        return Price(self.amount + self._same_year(other).amount, self.year)

    def __sub__(self, other: Price) -> Price:
        return Price(self.amount - self._same_year(other).amount, self.year)

    def __neg__(self) -> Price:
        return Price(-self.amount, self.year)

    def __mul__(self, factor: float) -> Price:
        return Price(self.amount * factor, self.year)

    __rmul__ = __mul__

    def __str__(self) -> str:
        return f"{format_eur(self.amount)} ({self.year})"

    def _same_year(self, other: Price) -> Price:
        if other.year != self.year:
            raise error("JUM-B051", first=str(self.year), second=str(other.year))
        return other


@cache
def price_changes() -> dict[int, PriceChange]:
    """Return the yearly changes of ``price_index.csv``, year → change with its source."""
    with (Path(__file__).parent / "price_index.csv").open(encoding="utf-8", newline="") as file:
        return {
            int(row["year"]): PriceChange(
                int(row["year"]),
                float(row["change_pct"]) / 100,
                row["source"],
                row["checked_on"],
                row["confidence"],
            )
            for row in csv.DictReader(file)
        }


def deflator(source: int, target: int, changes: Mapping[int, float] | None = None) -> float:
    """Return the factor from the prices of one year to those of another.

    Parameters
    ----------
    source, target : int
        Years of prices.
    changes : mapping of int to float, optional
        Relative changes {year: change from the year before} that replace or extend the table.

    Returns
    -------
    float
        Product of (1 + change) over the years after ``source`` up to ``target``; its inverse when
        ``target`` is earlier.

    Raises
    ------
    NotComputableError
        ``JUM-B052`` when a year between them has no change.
    """
    if target < source:
        return 1 / deflator(target, source, changes)
    given = dict(changes or {})
    factor = 1.0
    for year in range(source + 1, target + 1):
        row = price_changes().get(year)
        if year not in given and row is None:
            known = sorted({*price_changes(), *given})
            raise error("JUM-B052", year=str(year), first=str(min(known)), last=str(max(known)))
        factor *= 1 + given.get(year, row.change if row else 0.0)
    return factor


def deflate(
    amount: Amount, source: int, target: int, changes: Mapping[int, float] | None = None
) -> Amount:
    """Bring amounts from the prices of one year to those of another; see `deflator`.

    Parameters
    ----------
    amount : float or array
        Amounts [€ of ``source``].
    source, target : int
        Years of the prices [yr].
    changes : mapping, optional
        {year: yearly change of prices} that replaces the table's.

    Returns
    -------
    float or array
        Amounts [€ of ``target``].
    """
    return amount if source == target else amount * deflator(source, target, changes)


def provenance(
    source: int, target: int, changes: Mapping[int, float] | None = None
) -> list[PriceChange]:
    """Return the rows that a deflation uses, those given by the user named as such."""
    first, last = sorted((source, target))
    given = dict(changes or {})
    rows = [
        PriceChange(year, given[year], "user", "", "high")
        if year in given
        else price_changes().get(year)
        for year in range(first + 1, last + 1)
    ]
    return [row for row in rows if row is not None]


def format_eur(value: float, digits: int = 0, lang: str | None = None) -> str:
    """Write an amount: « 12 345,6 € » in French, "€12,345.6" in English.

    Parameters
    ----------
    value : float
        Amount [€].
    digits : int
        Decimals.
    lang : str, optional
        ``"fr"`` or ``"en"``; the language in force by default.
    """
    lang = lang or i18n.language()
    rounded = round(value, digits)
    text = i18n.number(abs(rounded), digits, lang)
    sign = "−" if rounded < 0 else ""  # no « −0 € »
    return f"{sign}{text}\u00a0€" if lang == "fr" else f"{sign}€{text}"
