# SPDX-License-Identifier: EUPL-1.2
"""Rows of a weather file put in their hours: order, holes, doubles, leap day, typical years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground.weather.hours import LEAP_YEAR, YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 24 * 366 * 40
"""Most hours a file may span: 40 years."""


@dataclass(frozen=True)
class Placed:
    """Where the rows of a file stand in an unbroken series of hours.

    Parameters
    ----------
    start : datetime64
        Beginning of the first hour.
    hours : int
        Length of the series.
    slot : (rows,) array of int
        Hour of each row; −1 for a row that repeats an hour already there.
    findings : list of Finding
        What was out of order.
    """

    start: np.datetime64
    hours: int
    slot: NDArray[np.int64]
    findings: list[Finding]

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a column of the file hour by hour.

        Parameters
        ----------
        values : (rows,) array
            One value a row [unit of the column].

        Returns
        -------
        (hours,) array
            NaN where the file has no row [unit of the column].
        """
        series = np.full(self.hours, np.nan)
        kept = self.slot >= 0
        series[self.slot[kept]] = values[kept]
        return series


def placed(
    path: str,
    year: NDArray[np.int64],
    month: NDArray[np.int64],
    day: NDArray[np.int64],
    hour: NDArray[np.int64],
    *,
    whole: bool = True,
) -> Placed:
    """Put rows in their hours.

    Parameters
    ----------
    path : str
        The file, for the messages.
    year, month, day : (rows,) array of int
        Calendar date of each row [-].
    hour : (rows,) array of int
        Hour at which each row's value begins, 0 to 23 [h].
    whole : bool
        The file is meant to hold a whole year: what lacks at its ends is missing too.

    Returns
    -------
    Placed
        Start, length, hour of each row, findings ``JUM-G060`` (leap day) and ``JUM-G061`` (order).

    Raises
    ------
    InvalidError
        ``JUM-G051`` when a date does not exist or the file spans too long.

    Notes
    -----
    Rows of one year, or of consecutive years without a break, keep their years. Otherwise (several
    years in one round of months, or years apart) the file is a typical year: its rows go to the
    calendar of 2001 (2004 with a 29 February).
    """
    leaps = bool(((month == 2) & (day == 29)).any())
    stamps = _stamps(path, year, month, day, hour)
    first, last = int(stamps.min()), int(stamps.max())
    span = last - first + 1
    one_round = bool((np.diff(100 * month + day) >= 0).all())
    typical = np.unique(year).size > 1 and (one_round or span > 1.2 * stamps.size + 24)
    if typical:
        model = LEAP_YEAR if leaps else YEAR
        stamps = _stamps(path, np.full_like(year, model), month, day, hour)
        first = _hour_of(f"{model}-01-01")
        span = 8784 if leaps else 8760
    elif np.unique(year).size == 1 and whole:
        first = _hour_of(f"{int(year[0]):04d}-01-01")
        span = _hour_of(f"{int(year[0]) + 1:04d}-01-01") - first
        if span == 8784 and not leaps:  # the file leaves the 29 February out, as most do
            stamps = _stamps(path, np.full_like(year, YEAR), month, day, hour)
            first, span = _hour_of(f"{YEAR}-01-01"), 8760
    if span > MOST:
        raise error("JUM-G051", path=path, line="—", reason=f"{span} h")
    slot = stamps - first
    found: list[Finding] = []
    _, kept = np.unique(slot, return_index=True)
    doubles = slot.size - kept.size
    backwards = int(np.count_nonzero(np.diff(slot) < 0))
    if doubles or backwards:
        found.append(finding("JUM-G061", entity=path, doubles=doubles, backwards=backwards))
        once = np.full(slot.size, -1, dtype=np.int64)
        once[kept] = slot[kept]
        slot = once
    if leaps and span == 8784:
        found.append(finding("JUM-G060", entity=path))
    return Placed(np.datetime64(first, "h").astype("datetime64[s]"), span, slot, found)


def _hour_of(date: str) -> int:
    return int(np.datetime64(date, "h").astype(np.int64))


def _stamps(
    path: str,
    year: NDArray[np.int64],
    month: NDArray[np.int64],
    day: NDArray[np.int64],
    hour: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return hours since 1970 of the beginning of each row; refuse a date that does not exist."""
    near = np.clip(year, 1700, 2300)
    months = ((near - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.clip(day, 0, 32) - 1)
    wrong = (
        (year < 1700)
        | (year > 2300)
        | (month < 1)
        | (month > 12)
        | (day < 1)
        | (hour < 0)
        | (hour > 23)
    )
    wrong |= days.astype("datetime64[M]") != months
    if wrong.any():
        row = int(np.argmax(wrong))
        date = f"{year[row]}-{month[row]:02d}-{day[row]:02d}, {hour[row]} h"
        raise error("JUM-G051", path=path, line=f"row {row + 1}", reason=date)
    stamps: NDArray[np.int64] = days.astype("datetime64[h]").astype(np.int64) + hour
    return stamps
