# SPDX-License-Identifier: EUPL-1.2
"""Leaks of a generated record: where, since when, how large, until when.

Draws follow the two published years of L-TOWN: six in ten grow, small ones run on for months
or years, large ones are repaired within weeks; nothing leaks in the first week.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.validation.water.drawn_demand import zones_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

DAY = 288
_G = 9.80665
GROWING = 0.6
"""Share of the leaks that grow."""
LASTING = 0.45
"""Share of the leaks that nobody notices for long."""
SMALL, LARGE = (0.0085, 0.0143), (0.0148, 0.0230)
"""Diameters of the holes that run on, and of those that are soon repaired [m]."""
UNSEEN = (150.0, 800.0)
"""Time to the repair of one that runs on [d]."""
GROWTH = (8.0, 110.0)
"""Shortest and longest growth [d]."""
REPAIRED = (10.0, 55.0)
"""Time to the repair of a hole that opened at once [d]."""
MOST = 0.9
"""Largest flow of the leaks of a zone, as a share of what its customers use."""
HEAD = 45.0
"""Pressure for which that is reckoned [m]."""
PRICE = 0.80
"""[€/m³]"""


class Hole(NamedTuple):
    """A leak of a record."""

    node: str
    pipe: str
    kind: str
    starts: int
    full: int
    ends: int
    """Last step at which it runs; beyond the record when it is not repaired."""
    diameter: float
    """[m]"""


def draw_holes(
    net: Network, count: int, rng: np.random.Generator, a_year: tuple[int, int]
) -> list[Hole]:
    """Draw the leaks of a record.

    Parameters
    ----------
    net : Network
        The network; open pipes leak, one at most each.
    count : int
        Steps of five minutes of the record [-].
    rng : Generator
        Draws.
    a_year : (int, int)
        Least and largest number that begin in a year [-].

    Returns
    -------
    list of Hole
        By the time at which they begin.
    """
    junctions = set(net.junctions.index)
    pipes = [
        str(name)
        for name, a, b, status in zip(net.pipes.index, net.pipes["from_node"],
                                      net.pipes["to_node"], net.pipes["status"], strict=True)
        if status == "open" and {a, b} & junctions
    ]  # fmt: skip
    years = count / (365 * DAY)
    number = max(1, round(years * float(rng.integers(a_year[0], a_year[1] + 1))))
    chosen = rng.choice(len(pipes), min(number, len(pipes)), replace=False)
    starts = np.sort(rng.integers(7 * DAY, max(count - 7 * DAY, 7 * DAY + 1), len(chosen)))
    found = []
    for rank, (which, start) in enumerate(zip(chosen, starts, strict=True), 1):
        grows = bool(rng.random() < GROWING)
        lasts = bool(rng.random() < LASTING)
        growth = rng.uniform(*GROWTH) if grows else 0.0
        if lasts:
            ends = int(start) + int(rng.uniform(*UNSEEN) * DAY)
            size = rng.uniform(*SMALL)
        else:
            size = rng.uniform(*LARGE)
            after = growth * rng.uniform(0.95, 1.6) if grows else rng.uniform(*REPAIRED)
            ends = int(start) + max(int(after * DAY), 3 * DAY)
        kind = "incipient" if grows else "abrupt"
        full = int(start) + int(growth * DAY)
        found.append(Hole(f"hole{rank}", pipes[which], kind, int(start), full, ends, float(size)))
    return found


def bearable(net: Network, holes: list[Hole], count: int) -> list[Hole]:
    """Return the leaks without those that would starve their zone: somebody would notice.

    Parameters
    ----------
    net : Network
        The network.
    holes : list of Hole
        Leaks, by the time at which they begin.
    count : int
        Steps of the record [-].
    """
    zones = zones_of(net)
    of = dict(zip(net.junctions.index, zones.tolist(), strict=True))
    demand = np.bincount(zones, net.junctions["demand_m3_h"].to_numpy(float))
    kept: list[Hole] = []
    lost = np.zeros((len(demand), -(-count // DAY)))
    for hole, opening in zip(holes, openings(holes, count, DAY)[::DAY].T, strict=True):
        row = net.pipes.loc[hole.pipe]
        zone = next(of[it] for it in (row["from_node"], row["to_node"]) if it in of)
        flow = opening * math.sqrt(HEAD)
        if (lost[zone] + flow).max() <= MOST * demand[zone]:
            lost[zone] += flow
            kept.append(hole)
    return kept


def openings(holes: list[Hole], count: int, renew: int) -> Floats:
    """Return the coefficient of each hole by step [m³/h at 1 m].

    Parameters
    ----------
    holes : list of Hole
        Leaks.
    count : int
        Steps of the record [-].
    renew : int
        Steps during which a growing hole stays as it is [-].
    """
    steps = np.arange(count)
    out = np.zeros((count, len(holes)))
    for column, hole in zip(out.T, holes, strict=True):
        held = hole.starts + (steps - hole.starts) // renew * renew + renew / 2
        growth = np.clip((held - hole.starts) / max(hole.full - hole.starts, 1), 0.0, 1.0)
        area = math.pi / 4 * hole.diameter**2 * (growth**2 if hole.full > hole.starts else 1.0)
        there = (steps >= hole.starts) & (steps <= hole.ends)
        column[:] = np.where(there, 0.75 * area * math.sqrt(2 * _G) * 3600, 0.0)
    return out


def truth_of(
    holes: list[Hole], times: pd.DatetimeIndex, flow: Floats, first: int, step: int
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the table of the leaks, and which ran in the judged period.

    Parameters
    ----------
    holes : list of Hole
        Leaks.
    times : DatetimeIndex
        Of the record.
    flow : (steps, leaks) array
        What they lost [m³/h].
    first : int
        First step of the judged period [-].
    step : int
        [s].
    """
    import pandas as pd

    count = len(times)
    volume = flow[first:].sum(axis=0) * step / 3600
    year = times[first].year
    table = pd.DataFrame({
        "pipe": [hole.pipe for hole in holes],
        "start": times[[hole.starts for hole in holes]],
        "end": times[[min(hole.ends, count - 1) for hole in holes]],
        "diameter_m": [round(hole.diameter, 6) for hole in holes],
        "type": [hole.kind for hole in holes],
        "peak": times[[min(hole.full, hole.ends, count - 1) for hole in holes]],
        f"volume_{year}_m3": np.round(volume, 3),
        "max_gain_eur": np.round(volume * PRICE, 2),
    })  # fmt: skip
    return table, np.array([hole.ends >= first for hole in holes])
