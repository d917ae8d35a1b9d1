# SPDX-License-Identifier: EUPL-1.2
"""Consumption of a generated record: a total by zone, shared among nodes that are noisy.

The total of a zone (what a pump does not separate) is its mean times a season, a week of its own,
days that resemble one another, days off, and a noise of five minutes: the spreads are those of the
inflow of L-TOWN in 2019 less its leaks. The share of a node is its base demand, up to 10 % off, by
the patterns of the model, times a log-normal noise, ρ 0.8 and σ 0.35 by five minutes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

DAY = 288
WEEK = 7 * DAY
BASE = 0.10
"""Largest difference of a base demand with the model, as a share."""
MEMORY, SPREAD = 0.8, 0.35
"""Of the noise of a node: from one step to the next, and standard deviation of its logarithm."""
QUICK = 0.05
"""Standard deviation of the noise of a zone's total, by step."""
DAILY, LASTING = 0.008, 0.7
"""Standard deviation of a day's total, and its memory from one day to the next."""


def zones_of(net: Network) -> NDArray[np.int64]:
    """Return the zone of each junction: what remains joined without pumps.

    Parameters
    ----------
    net : Network
        The network.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    nodes = net.node_ids()
    at = {name: k for k, name in enumerate(nodes)}
    ends = [
        (at[a], at[b])
        for table in (net.pipes, net.valves)
        for a, b in zip(table["from_node"], table["to_node"], strict=True)
    ]
    one, two = np.array(ends, np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(one)), (one, two)), shape=(len(nodes), len(nodes)))
    label = connected_components(graph, directed=False)[1]
    return np.asarray(label[[at[name] for name in net.junctions.index]], np.int64)


class Customers:
    """Demand of every node that uses water, drawn week by week.

    Parameters
    ----------
    net : Network
        The model.
    zones : array of int
        Zone of each junction.
    first : Timestamp
        First time of the record.
    count : int
        Steps of the record [-].
    rng : Generator
        Draws.
    """

    def __init__(
        self, net: Network, zones: NDArray[np.int64], first: pd.Timestamp, count: int,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        order = {name: k for k, name in enumerate(net.junctions.index)}
        rows = _categories(net)
        using = sorted({node for node, _, amount in rows if amount > 0.0}, key=order.__getitem__)
        self.names = using
        place = {name: k for k, name in enumerate(using)}
        kinds = sorted({pattern for _, pattern, _ in rows})
        self._base = np.zeros((len(kinds), len(using)))
        for node, pattern, amount in rows:
            if node in place and amount > 0.0:
                off = rng.uniform(1 - BASE, 1 + BASE)
                self._base[kinds.index(pattern), place[node]] += amount * off
        self._rng, self._count = rng, count
        self._zone = zones[[order[name] for name in using]]
        self._weekly = np.array([_week_of(net, pattern, first) for pattern in kinds])
        self._total = {
            int(zone): _total(self._weekly, self._base[:, self._zone == zone], first, count, rng)
            for zone in np.unique(self._zone)
        }
        self._noise: Floats = rng.normal(0.0, SPREAD, len(using))

    def week(self, number: int) -> Floats:
        """Return the demand of a week, weeks asked in their order [m³/h], (steps, nodes).

        Parameters
        ----------
        number : int
            Rank of the week [-].
        """
        from scipy.signal import lfilter

        shocks = self._rng.normal(0.0, SPREAD * math.sqrt(1 - MEMORY**2), (WEEK, len(self.names)))
        state = (MEMORY * self._noise)[None, :]
        noise, _ = lfilter([1.0], [1.0, -MEMORY], shocks, axis=0, zi=state)
        self._noise = noise[-1]
        drawn = (self._weekly.T @ self._base) * np.exp(noise)
        for zone, total in self._total.items():
            its = np.nonzero(self._zone == zone)[0]
            wanted = total[number * WEEK : (number + 1) * WEEK]
            wanted = np.pad(wanted, (0, WEEK - wanted.size), mode="edge")
            drawn[:, its] *= (wanted / drawn[:, its].sum(axis=1))[:, None]
        return np.asarray(drawn)


def _categories(net: Network) -> list[tuple[str, str, float]]:
    """Return (junction, pattern, base demand) of every category [m³/h]."""
    default = net.options.get("PATTERN", "1")
    rows = [
        (str(node), str(pattern or default), float(amount))
        for node, pattern, amount in zip(net.demands["junction"], net.demands["pattern"],
                                         net.demands["demand_m3_h"], strict=True)
    ]  # fmt: skip
    listed = {node for node, _, _ in rows}
    rows += [
        (str(node), str(pattern or default), float(amount))
        for node, pattern, amount in zip(net.junctions.index, net.junctions["pattern"],
                                         net.junctions["demand_m3_h"], strict=True)
        if node not in listed
    ]  # fmt: skip
    return rows


def _week_of(net: Network, pattern: str, first: pd.Timestamp) -> Floats:
    """Return the multipliers of a pattern over a week from the first time of the record."""
    from jumeau.worksites.water.times import times_of

    steps = np.arange(WEEK)
    values = np.array([1.0])
    if pattern in net.patterns.index:
        values = np.array(net.patterns["multipliers"][pattern], float)
    times = times_of(net)
    late = 0 if len(values) * times.pattern < 7 * 86_400 else first.day_of_week * DAY
    rank = ((steps + late) * 300 // times.pattern) % len(values)
    return np.asarray(values[rank], np.float64)


def _total(
    weekly: Floats, base: Floats, first: pd.Timestamp, count: int, rng: np.random.Generator
) -> Floats:
    """Return the total of a zone by step [m³/h]."""
    from scipy.signal import lfilter

    own = weekly.T @ base.sum(axis=1)
    mean = own.mean() * rng.uniform(0.88, 1.02)
    turn = 2 * np.pi * np.arange(WEEK) / DAY
    bend = np.zeros(WEEK)
    for rank in (1, 2, 3, 4):
        a, b = rng.normal(0.0, 0.06 / rank, 2)
        bend += a * np.cos(rank * turn) + b * np.sin(rank * turn)
    week = own / own.mean() * np.exp(bend)
    # smoothed over an hour: the week is a habit, its noise is drawn apart
    week = np.convolve(np.concatenate([week[-6:], week, week[:6]]), np.ones(13) / 13, "valid")
    week = week / week.mean()
    days = -(-count // DAY)
    yearly = 2 * np.pi * (first.day_of_year + np.arange(count) / DAY) / 365.25
    peak, width = rng.uniform(185, 225) * 2 * np.pi / 365.25, rng.uniform(0.04, 0.13)
    season = 1 + width * np.cos(yearly - peak)
    season += rng.normal(0.0, 0.02) * np.cos(2 * yearly - rng.uniform(0, 2 * np.pi))
    shocks = rng.normal(0.0, DAILY * math.sqrt(1 - LASTING**2), days)
    daily = np.repeat(1 + lfilter([1.0], [1.0, -LASTING], shocks), DAY)[:count]
    moment = np.arange(count) % WEEK
    off = np.repeat(rng.random(days) < 10 / 365, DAY)[:count]
    sunday = (6 - first.day_of_week) % 7 * DAY + np.arange(count) % DAY
    moment = np.where(off, sunday, moment)
    quick = 1 + np.clip(rng.normal(0.0, QUICK, count), -0.2, 0.2)
    return np.asarray(mean * week[moment] * season * daily * quick, np.float64)
