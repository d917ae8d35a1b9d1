# SPDX-License-Identifier: EUPL-1.2
"""Telemetry spoilt on purpose: gaps, spikes, frozen and drifting sensors, clocks, units, swaps.

Every function takes a frame by time and returns another; what it was given stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.worksites.water.network import Network

METRES_IN_A_BAR = 10.1972
SHORT = (2, 72)
"""Shortest and longest gap or frozen spell of :func:`bad_samples` [steps]."""


def gaps(
    frame: pd.DataFrame, rng: np.random.Generator, share: float = 0.01,
    length: tuple[int, int] = (12, 864),
) -> pd.DataFrame:  # fmt: skip
    """Return a frame that lacks spells of each column.

    Parameters
    ----------
    frame : DataFrame
        By time.
    rng : Generator
        Draws.
    share : float
        Part of the readings that is lost [-].
    length : (int, int)
        Shortest and longest spell [steps].
    """
    out = frame.astype(float).copy()
    values = out.to_numpy(copy=True)
    for column in values.T:
        for first, last in _spells(len(out), rng, share, length):
            column[first:last] = np.nan
    out[:] = values
    return out


def spikes(frame: pd.DataFrame, rng: np.random.Generator, share: float = 0.005) -> pd.DataFrame:
    """Return a frame with absurd readings: zero, ten times too much, or far beside.

    Parameters
    ----------
    frame : DataFrame
        By time.
    rng : Generator
        Draws.
    share : float
        Part of the readings [-].
    """
    out = frame.astype(float).copy()
    values = out.to_numpy(copy=True)
    hit = rng.random(values.shape) < share
    kind = rng.integers(0, 3, values.shape)
    spread = np.nanstd(values, axis=0, keepdims=True)
    beside = values + rng.choice([-1.0, 1.0], values.shape) * (5.0 + 6.0 * spread)
    wild = np.where(kind == 0, 0.0, np.where(kind == 1, 10.0 * values, beside))
    out[:] = np.where(hit, wild, values)
    return out


def stuck(frame: pd.DataFrame, column: str, start: Any, days: float) -> pd.DataFrame:
    """Return a frame of which one sensor repeats a reading.

    Parameters
    ----------
    frame : DataFrame
        By time.
    column : str
        Sensor.
    start : time
        First frozen reading.
    days : float
        How long [d].
    """
    import pandas as pd

    out = frame.astype(float).copy()
    first = pd.Timestamp(start)
    there = (out.index >= first) & (out.index < first + pd.Timedelta(days=days))
    out.loc[there, column] = out.loc[there, column].iloc[0]
    return out


def drift(frame: pd.DataFrame, column: str, start: Any, amount_a_year: float) -> pd.DataFrame:
    """Return a frame of which one sensor drifts away in proportion to time.

    Parameters
    ----------
    frame : DataFrame
        By time.
    column : str
        Sensor.
    start : time
        When it begins.
    amount_a_year : float
        By how much after a year [unit of the frame].
    """
    import pandas as pd

    out = frame.astype(float).copy()
    since = (pd.DatetimeIndex(out.index) - pd.Timestamp(start)) / pd.Timedelta(days=365)
    out[column] += amount_a_year * np.maximum(np.asarray(since, float), 0.0)
    return out


def clock_shift(
    frame: pd.DataFrame, column: str, start: Any, end: Any, seconds: int
) -> pd.DataFrame:
    """Return a frame of which one sensor writes another time than that of its reading.

    Parameters
    ----------
    frame : DataFrame
        By regular times.
    column : str
        Sensor.
    start, end : time
        Between which its clock is wrong.
    seconds : int
        By how much it is ahead; rounded to whole steps [s].
    """
    import pandas as pd

    out = frame.astype(float).copy()
    first, last = (out.index.searchsorted(pd.Timestamp(it)) for it in (start, end))
    step = (out.index[1] - out.index[0]) / pd.Timedelta(seconds=1)
    by = round(seconds / step)
    values = out[column].to_numpy(copy=True)
    source = np.arange(first, last) - by
    inside = (source >= 0) & (source < len(values))
    moved = np.full(last - first, np.nan)
    moved[inside] = values[source[inside]]
    values[first:last] = moved
    out[column] = values
    return out


def swapped(frame: pd.DataFrame, one: str, other: str, start: Any = None) -> pd.DataFrame:
    """Return a frame where two sensors bear each other's name.

    Parameters
    ----------
    frame : DataFrame
        By time.
    one, other : str
        Sensors.
    start : time, optional
        Since when; from the beginning by default.
    """
    import pandas as pd

    out = frame.copy()
    there = np.ones(len(out), bool) if start is None else out.index >= pd.Timestamp(start)
    out.loc[there, [one, other]] = out.loc[there, [other, one]].to_numpy()
    return out


def duplicated_hours(frame: pd.DataFrame, rng: np.random.Generator, count: int = 5) -> pd.DataFrame:
    """Return a frame where some hours were sent twice, the second time as the hour after was.

    Parameters
    ----------
    frame : DataFrame
        By regular times.
    rng : Generator
        Draws.
    count : int
        Number of hours [-].
    """
    import pandas as pd

    step = (frame.index[1] - frame.index[0]) / pd.Timedelta(hours=1)
    size = max(round(1 / step), 1)
    parts, done = [], 0
    for first in np.sort(rng.integers(size, len(frame) - 2 * size, count)):
        parts.append(frame.iloc[done : first + size])
        again = frame.iloc[first + size : first + 2 * size].copy()
        again.index = frame.index[first : first + size]
        parts.append(again)
        done = first + size
    return pd.concat([*parts, frame.iloc[done:]])


def in_bar(pressures: pd.DataFrame) -> pd.DataFrame:
    """Return pressures in bar.

    Parameters
    ----------
    pressures : DataFrame
        [m].
    """
    return pressures.astype(float) / METRES_IN_A_BAR


def in_litres_a_second(flows: pd.DataFrame) -> pd.DataFrame:
    """Return flows in l/s.

    Parameters
    ----------
    flows : DataFrame
        [m³/h].
    """
    return flows.astype(float) / 3.6


def bad_samples(
    frames: Mapping[str, pd.DataFrame], rng: np.random.Generator, share: float = 0.02
) -> dict[str, pd.DataFrame]:
    """Return frames with a share of bad readings: gaps, frozen spells and spikes in equal parts.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        By time.
    rng : Generator
        Draws.
    share : float
        Part of the readings of every sensor [-].
    """
    found = {}
    for name, frame in frames.items():
        out = spikes(gaps(frame, rng, share / 3, SHORT), rng, share / 3)
        values = out.to_numpy(copy=True)
        for column in values.T:
            for first, last in _spells(len(out), rng, share / 3, SHORT):
                column[first:last] = column[first]
        out[:] = values
        found[name] = out
    return found


def leaky_week(leaks: pd.DataFrame, first: Any, days: int = 7) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return a training period in the midst of which a leak begins.

    Parameters
    ----------
    leaks : DataFrame
        Leaks, ``start``.
    first : time
        Of the record; the first leak that begins late enough is taken.
    days : int
        Length of the period [d].
    """
    import pandas as pd

    half = pd.Timedelta(days=days) / 2
    starts = pd.DatetimeIndex(leaks["start"]).sort_values()
    start = starts[starts >= pd.Timestamp(first) + half][0].floor("D")
    return start - half.floor("D"), start + half.ceil("D")


def other_network(net: Network, rng: np.random.Generator) -> Network:
    """Return a network that the telemetry does not come from: same names, elsewhere.

    Parameters
    ----------
    net : Network
        The right one.
    rng : Generator
        Draws.
    """
    out = net.copy()
    order = rng.permutation(len(out.junctions))
    out.junctions["elevation_m"] = out.junctions["elevation_m"].to_numpy()[order]
    out.pipes["diameter_mm"] = rng.permutation(out.pipes["diameter_mm"].to_numpy())
    out.pipes["length_m"] = rng.permutation(out.pipes["length_m"].to_numpy())
    return out


def _spells(
    count: int, rng: np.random.Generator, share: float, length: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the bounds of spells that make a share of a record."""
    longest = max(min(length[1], count // 4), 1)
    shortest = min(length[0], longest)
    found, missing = [], share * count
    while missing > 0.5:
        size = max(round(min(float(rng.integers(shortest, longest + 1)), missing)), 1)
        first = int(rng.integers(0, count - size + 1))
        found.append((first, first + size))
        missing -= size
    return found
