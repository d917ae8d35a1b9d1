# SPDX-License-Identifier: EUPL-1.2
"""Holes of hourly series: filled when they are short, refused when they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground.weather.hours import LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 168
"""Longest hole that is filled [h]: a week."""
SHARE = 0.05
"""Part of a series that may be filled [ratio]."""
STRAIGHT = 6
"""Longest hole of temperature filled along a straight line [h]."""


def runs(holes: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the runs of true values as (start, end) rows, end excluded.

    Parameters
    ----------
    holes : (n,) array of bool
        True where a value is missing [-].

    Returns
    -------
    (k, 2) array of int
        Index of the first hour of each run, and of the first hour after it.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holes, [False])).astype(np.int8)))
    return edges.reshape(-1, 2)


def filled(
    series: NDArray[np.float64], name: str, path: str, *, straight: int = STRAIGHT
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Fill the holes of a series, or refuse.

    Parameters
    ----------
    series : (n,) array
        Hourly values, NaN where missing [unit of the name].
    name : str
        Key of :data:`jumeau.ground.weather.hours.LABELS`, for the messages.
    path : str
        File it comes from, for the messages.
    straight : int
        Longest hole filled along a straight line, 0 for radiation [h].

    Returns
    -------
    series : (n,) array
        Without NaN [unit of the name].
    findings : list of Finding
        ``JUM-G055`` when something was filled.

    Raises
    ------
    InvalidError
        ``JUM-G054`` when a hole is longer than a week or when more than 5 % are missing.

    Notes
    -----
    A longer hole takes, hour by hour, the mean of the nearest whole days before and after at the
    same hour; for temperature, tied to the values at both ends of the hole by a straight line.
    """
    holes = np.isnan(series)
    count = int(holes.sum())
    if not count:
        return series, []
    spans = runs(holes)
    longest = int((spans[:, 1] - spans[:, 0]).max())
    if longest > LONGEST or count > SHARE * series.size:
        raise error("JUM-G054", column=LABELS[name], count=count, hours=series.size,
                    longest=longest, path=path)  # fmt: skip
    out = series.copy()
    for start, end in spans:
        hours = np.arange(start, end)
        if straight and end - start <= straight:
            known = np.flatnonzero(~holes)
            out[hours] = np.interp(hours, known, series[known])
            continue
        out[hours] = [_neighbours(series, int(hour)) for hour in hours]
        if straight and start > 0 and end < series.size:
            ends = np.array([_gap(series, start - 1), _gap(series, end)])
            out[hours] += np.interp(hours, [start - 1, end], ends)
    return out, [
        finding("JUM-G055", entity=path, column=LABELS[name], count=count, longest=longest)
    ]


def _neighbours(series: NDArray[np.float64], hour: int) -> float:
    """Return the mean of the nearest known values of the same hour, before and after."""
    before = series[hour % 24 : hour : 24]
    after = series[hour + 24 :: 24]
    sides = (before[~np.isnan(before)][-1:], after[~np.isnan(after)][:1])
    return float(np.mean(np.concatenate(sides)))


def _gap(series: NDArray[np.float64], hour: int) -> float:
    """Return by how much a known value differs from what its neighbouring days suppose."""
    return float(series[hour]) - _neighbours(series, hour)
