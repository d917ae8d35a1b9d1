# SPDX-License-Identifier: EUPL-1.2
"""Telemetry by the hour, and the draws that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.areas import Area, Layout

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

HOUR_S = 3600
ENOUGH = 0.25
"""Share of the samples of an hour that makes a mean."""


@dataclass(frozen=True)
class Hours:
    """Means by hour, hours from the midnight of the first day.

    Parameters
    ----------
    origin : Timestamp
        Midnight of the first day.
    pressure, flow, level, meter, rise : (hours, k) arrays
        [m], [m³/h], [m], [m³/h]; rise of the level within the hour [m]. NaN where nothing is known.
    """

    origin: pd.Timestamp
    pressure: Floats
    flow: Floats
    level: Floats
    meter: Floats
    rise: Floats

    def days(self) -> int:
        """Return the number of days."""
        return len(self.pressure) // 24


def by_hour(index: pd.DatetimeIndex, frames: dict[str, Floats]) -> Hours:
    """Average regular series by the hour.

    Parameters
    ----------
    index : DatetimeIndex
        Regular.
    frames : dict of str to (times, k) array
        ``pressure, flow, level, meter``; NaN where nothing is usable.
    """
    origin = index[0].normalize()
    seconds = ((index - origin).total_seconds()).to_numpy()
    hour = (seconds // HOUR_S).astype(np.int64)
    days = int(hour[-1] // 24) + 1
    count = days * 24
    means = {name: _mean(values, hour, count) for name, values in frames.items()}
    return Hours(origin, means["pressure"], means["flow"], means["level"], means["meter"],
                 _rise(frames["level"], seconds, count))  # fmt: skip


def _mean(values: Floats, hour: Whole, count: int) -> Floats:
    """Return the mean of the samples of each hour, NaN when they are too few."""
    size = np.bincount(hour, minlength=count)
    out = np.full((count, values.shape[1]), np.nan)
    usual = np.median(size[size > 0])
    for k in range(values.shape[1]):
        column = values[:, k]
        there = np.isfinite(column)
        total = np.bincount(hour, np.where(there, column, 0.0), count)
        known = np.bincount(hour, there, count)
        ok = known >= max(ENOUGH * usual, 1)
        out[ok, k] = total[ok] / known[ok]
    return out


def _rise(level: Floats, seconds: Floats, count: int) -> Floats:
    """Return the rise within each hour, levels at its ends read off a line between samples."""
    ends = np.arange(count + 1) * float(HOUR_S)
    out = np.full((count, level.shape[1]), np.nan)
    for k in range(level.shape[1]):
        there = np.isfinite(level[:, k])
        if there.sum() < 2:
            continue
        t, x = seconds[there], level[there, k]
        at = np.interp(ends, t, x)
        after = np.minimum(np.searchsorted(t, ends), len(t) - 1)
        gap = np.minimum(np.abs(t[after] - ends), np.abs(t[np.maximum(after - 1, 0)] - ends))
        at[gap > HOUR_S / 2] = np.nan
        out[:, k] = np.diff(at)
    return out


def filled(values: Floats) -> Floats:
    """Return series by the hour without gaps: the same hour of the days around, or a line."""
    out = values.copy()
    for k in range(out.shape[1]):
        column = out[:, k]
        gap = ~np.isfinite(column)
        if gap.all():
            column[:] = 0.0
        elif gap.any():
            where = np.flatnonzero(~gap)
            hod = np.array([
                np.nanmean(column[h::24]) if np.isfinite(column[h::24]).any() else np.nan
                for h in range(24)
            ])  # fmt: skip
            hod = np.where(np.isfinite(hod), hod, np.nanmean(column))
            shape = np.tile(hod, len(column) // 24)
            base = np.interp(np.arange(len(column)), where, column[where] - shape[where])
            column[gap] = (base + shape)[gap]
    return out


@dataclass(frozen=True)
class Draws:
    """What nodes draw, hour by hour.

    Parameters
    ----------
    demand : (hours, junctions) array
        With leaks [m³/h].
    balance : (hours, areas covered) array
        What enters an area less what its meters tell: its leaks [m³/h].
    unmetered : (hours, areas covered) array
        Nominal use of the nodes without meter there [m³/h].
    """

    demand: Floats
    balance: Floats
    unmetered: Floats


def entering(area: Area, hours: Hours, flow: Floats, section: Floats) -> Floats:
    """Return what enters an area, tanks deducted, by hour [m³/h]."""
    total = np.zeros(len(flow))
    for k, sign in area.inflows:
        total += sign * flow[:, k]
    for t in area.tanks:
        total -= section[t] * hours.rise[:, t]
    return total


def draws(
    it: Layout, hours: Hours, leaks: Floats, share: Floats, section: Floats, multiplier: Floats
) -> Draws:
    """Return what nodes draw when measurements drive the model.

    Parameters
    ----------
    it : Layout
        The network, cut.
    hours : Hours
        Levels by position among the sources.
    leaks : (hours, junctions) array
        Leaks believed in [m³/h].
    share : (areas,) array
        Use of the nodes without meter over their nominal one, for areas that are covered.
    section : (sources,) array
        Surface of tanks [m²].
    multiplier : (junctions,) array
        Of the nominal demand of each node.
    """
    count = len(hours.pressure)
    hod = np.arange(count) % 24
    nominal = (it.nominal * multiplier)[hod]
    flow = filled(hours.flow)
    meter = filled(hours.meter) if hours.meter.shape[1] else hours.meter
    rise = Hours(hours.origin, hours.pressure, hours.flow, hours.level, hours.meter,
                 filled(hours.rise))  # fmt: skip
    demand = nominal.copy()
    balance: list[Any] = []
    unmetered: list[Any] = []
    factors = []
    waiting = []
    for number, area in enumerate(it.areas):
        known = set(area.metered.tolist())
        rest = np.array([n for n in area.nodes if n not in known], np.int64)
        demand[:, area.metered] = meter[:, area.columns]
        total = nominal[:, area.nodes].sum(axis=1)
        if area.covered:
            demand[:, rest] *= share[number]
        if area.closed and area.covered:
            raw = entering(area, hours, hours.flow, section)
            used = hours.meter[:, area.columns].sum(axis=1)
            balance.append(raw - used)
            unmetered.append(nominal[:, rest].sum(axis=1))
        elif area.closed:
            left = entering(area, rise, flow, section) - leaks[:, area.nodes].sum(axis=1)
            left -= meter[:, area.columns].sum(axis=1)
            scale = np.maximum(left, 0.02 * total) / np.maximum(nominal[:, rest].sum(axis=1), 1e-9)
            demand[:, rest] *= scale[:, None]
            factors.append((total.mean(), scale))
        elif not area.covered:
            waiting.append(rest)
    if factors:
        weight = np.array([size for size, _ in factors])
        usual = np.average(np.array([scale for _, scale in factors]), axis=0, weights=weight)
        for rest in waiting:
            demand[:, rest] *= usual[:, None]
    demand += leaks
    for k, a, b in it.cut:
        if a >= 0:
            demand[:, a] += flow[:, k]
        if b >= 0:
            demand[:, b] -= flow[:, k]
    wide = (count, 0)
    return Draws(
        demand,
        np.array(balance).T if balance else np.zeros(wide),
        np.array(unmetered).T if unmetered else np.zeros(wide),
    )
