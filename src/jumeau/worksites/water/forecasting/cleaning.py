# SPDX-License-Identifier: EUPL-1.2
"""Faults of a flow history taken out and gaps filled, before any pattern is learnt from it.

What is expected of an hour is the median of the same weekday and hour three weeks on either side,
raised or lowered as the day is. An hour ten robust deviations away is a fault, and so is a value
that does not move for longer than this meter ever keeps still.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.worksites.water.forecasting.clock import HOURS

FAR = 10.0
"""Robust deviations from which an hour is a fault."""
STILL = 6
"""Hours without any change from which a meter may be frozen [h]."""
WEEKS = 3
"""Weeks before and after that tell what is expected."""
SHORT = 3
"""Longest gap that is drawn straight between its ends [h]."""

Array = NDArray[np.float64]


class Cleaned(NamedTuple):
    """A history fit for learning."""

    values: Array
    """(days, 24, districts) without holes; NaN only where a district has no value at all."""
    observed: NDArray[np.bool_]
    """(days, 24, districts) where the value was measured and kept."""
    spikes: NDArray[np.int64]
    """(districts,) hours taken out because they are far from everything around."""
    frozen: NDArray[np.int64]
    """(districts,) hours taken out because the meter stood still."""


def median(values: Array, axis: int | tuple[int, ...], *, keep: bool = False) -> Array:
    """Return the median without NaN; NaN where there is nothing, in silence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=axis, keepdims=keep))


def moved(values: Array, rows: int) -> Array:
    """Return ``values[t - rows]`` at t, NaN beyond the ends."""
    out = np.full_like(values, np.nan)
    if rows >= 0:
        out[rows:] = values[: len(values) - rows]
    else:
        out[:rows] = values[-rows:]
    return out


def expected(values: Array) -> Array:
    """Return the median of the same weekday and hour, `WEEKS` before and after."""
    weeks = [moved(values, 7 * k) for k in range(-WEEKS, WEEKS + 1) if 7 * abs(k) < len(values)]
    usual = median(np.stack(weeks), 0)
    return np.where(np.isnan(usual), round_the_clock(median(values, 0))[None], usual)


def round_the_clock(day: Array) -> Array:
    """Return a day, (24, districts), whose hours never measured are drawn between the others."""
    hours = np.arange(HOURS)
    out = day.copy()
    for district, column in enumerate(day.T):
        there = np.isfinite(column)
        if there.any():
            out[:, district] = np.interp(hours, hours[there], column[there], period=HOURS)
    return out


def still(values: Array) -> NDArray[np.bool_]:
    """Return which hours belong to a run without change, longer than is usual for the meter.

    Parameters
    ----------
    values : (days, 24, districts) array
        Flows.
    """
    flat = values.reshape(-1, values.shape[2])
    out = np.zeros(flat.shape, bool)
    for district, column in enumerate(flat.T):
        at = np.flatnonzero(np.isfinite(column))
        if not len(at):
            continue
        new = np.append(True, np.diff(column[at]) != 0.0)
        run = np.cumsum(new) - 1
        length = np.bincount(run)
        day = at[np.flatnonzero(new)] // HOURS
        longest = np.zeros(int(day[-1]) + 1)
        np.maximum.at(longest, day, length)
        usual = float(np.median(longest[np.unique(day)]))
        bad = length >= max(STILL, 2.0 * usual + 1.0)
        out[at[bad[run]], district] = True
    return out.reshape(values.shape)


def clean(values: Array, special: NDArray[np.bool_]) -> Cleaned:
    """Return a history without faults nor holes.

    Parameters
    ----------
    values : (days, 24, districts) array
        Flows, NaN where nothing is known.
    special : (days, 24) bool array
        Holidays and the days beside them, whose hours are never taken for faults.
    """
    values = values.copy()
    frozen = still(values)
    values[frozen] = np.nan
    usual = expected(values)
    away = values - usual
    level = np.nan_to_num(median(away, 1, keep=True))
    spread = 1.4826 * median(np.abs(away - level), 0)
    spread = np.maximum(spread, median(spread, 0)[None])
    spikes = (np.abs(away - level) > FAR * spread[None]) & ~special[..., None]
    spikes &= spread[None] > 0.0
    values[spikes] = np.nan
    observed = np.isfinite(values)
    return Cleaned(filled(values, usual), observed, spikes.sum((0, 1)), frozen.sum((0, 1)))


def filled(values: Array, usual: Array) -> Array:
    """Return values whose holes hold what is usual, raised or lowered as around the hole."""
    import pandas as pd

    shape = values.shape
    usual = pd.DataFrame(usual.reshape(shape[0], -1)).ffill().bfill().to_numpy().reshape(shape)
    away = pd.DataFrame((values - usual).reshape(-1, shape[2]))
    short = away.interpolate(limit=SHORT, limit_area="inside")
    around = away.rolling(2 * HOURS, min_periods=1, center=True).median()
    around = around.interpolate(limit_direction="both")
    departure = short.fillna(around).to_numpy().reshape(shape)
    return np.where(np.isnan(values), usual + departure, values)
