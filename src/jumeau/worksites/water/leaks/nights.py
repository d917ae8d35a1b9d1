# SPDX-License-Identifier: EUPL-1.2
"""Night flow of areas without meters of consumption: what runs while people sleep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.leaks.hours import entering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.areas import Area
    from jumeau.worksites.water.leaks.hours import Hours

    Floats = NDArray[np.float64]

UNTIL_H, QUIET_H, DAY_FROM_H = 8, 3, 8
"""Hours from midnight in which the quiet ones are looked for; their number; first hour of day."""
SLOW = 0.10
"""Of the night flow, noise that it has at least: use at night drifts with seasons [-]."""
LEAST = 0.05
"""Least noise of a night flow [m³/h]."""
MARGIN = 1.2
"""Over the least inflow of a day, the most that a leak may lose then."""
KNOWN = 0.6
"""Share of nights known from which they are used."""


@dataclass(frozen=True)
class Nights:
    """Night flow of an area, above what it is in the training period.

    Parameters
    ----------
    area : int
        Position among the areas.
    excess : (days,) array
        Flow of the quietest hours less what the use of the day would make it [m³/h].
    share : float
        Night flow over flow of the day, of the training period: what a leak adds to the flow of
        the day makes so much of it expected.
    noise : float
        Standard deviation [m³/h].
    usual : float
        Night flow of the training period [m³/h].
    """

    area: int
    excess: Floats
    share: float
    noise: float
    usual: float


def nights(
    areas: list[Area], hours: Hours, section: Floats, training: NDArray[np.bool_]
) -> list[Nights]:
    """Return the night flow of the areas whose inflow is measured and whose use is not.

    Parameters
    ----------
    areas : list of Area
        Areas.
    hours : Hours
        Telemetry by the hour.
    section : (sources,) array
        Surface of tanks [m²].
    training : (days,) array of bool
        Days of reference.

    Notes
    -----
    The quietest hours are the least mean of three hours in a row before eight: a change of the
    clock moves them. Use at night goes with that of the day, leaks do not.

    References
    ----------
    Lambert (1994), Accounting for losses: the bursts and background concept.
    """
    found = []
    for number, area in enumerate(areas):
        if not area.closed or area.covered or len(area.metered):
            continue
        flow = entering(area, hours, hours.flow, section).reshape(-1, 24)
        night, day = quiet(flow), _mean(flow[:, DAY_FROM_H:])
        known = training & np.isfinite(night) & np.isfinite(day)
        if np.isfinite(night).mean() < KNOWN or known.sum() < 2:
            continue
        usual, through = float(np.median(night[known])), float(np.median(day[known]))
        if usual <= 0.0 or through <= usual:
            continue
        share = usual / through
        excess = night - share * day
        excess -= np.median(excess[known])
        change = np.diff(excess)
        spread = 1.4826 * np.nanmedian(np.abs(change)) / np.sqrt(2.0)
        noise = float(np.hypot(spread, max(SLOW * usual, LEAST)))
        found.append(Nights(number, excess, share, noise, usual))
    return found


def bounds(
    areas: list[Area], hours: Hours, section: Floats, nodes: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64]]:
    """Return what leaks of each area cannot exceed day by day, and the areas of some nodes.

    Parameters
    ----------
    areas, hours, section
        As for :func:`nights`.
    nodes : (n,) int array
        Junctions.

    Returns
    -------
    (areas + 1, days) array
        Least inflow of three hours in a row of each day, with a margin [m³/h]; infinite where it
        is not known, and for the last row.
    (n,) int array
        Row of each junction.
    """
    days = len(hours.flow) // 24
    most = np.full((len(areas) + 1, days), np.inf)
    row = np.full(len(nodes), len(areas), np.int64)
    for number, area in enumerate(areas):
        row[np.isin(nodes, area.nodes)] = number
        if area.closed and area.inflows:
            night = quiet(entering(area, hours, hours.flow, section).reshape(-1, 24))
            most[number] = np.where(np.isfinite(night), MARGIN * np.maximum(night, LEAST), np.inf)
    return most, row


def quiet(flow: Floats) -> Floats:
    """Return the least mean of hours in a row before morning, (days, 24) to (days,) [m³/h]."""
    early = flow[:, :UNTIL_H]
    runs = np.stack([early[:, h : h + QUIET_H].mean(axis=1)
                     for h in range(UNTIL_H - QUIET_H + 1)], axis=1)  # fmt: skip
    known = np.isfinite(runs).all(axis=1)
    return np.where(known, np.min(np.nan_to_num(runs), axis=1), np.nan)


def _mean(values: Floats) -> Floats:
    """Return the means of rows known for more than half, NaN for others."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(2 * count > values.shape[1], total / np.maximum(count, 1), np.nan)
