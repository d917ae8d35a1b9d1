# SPDX-License-Identifier: EUPL-1.2
"""Which node each pressure sensor measures, by what the model expects of each; and whether it fits.

The nominal day gives each node its mean and how it follows the demand (two principal movements).
Hour by hour, the two movements are set on all sensors together, robustly: what remains is the
misfit of a series at a node. Sensors are exchanged where another assignment of series to nodes
fits much better (Hungarian method); where most misfit, the network is another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MOVEMENTS = 2
LEAST_M, TIMES = 0.25, 4.0
"""An exchange must lessen the misfit by so much [m], and to less than a part of it."""
BIAS_M, BIAS_SHARE = 3.0, 0.06
"""Median misfit from which the network is another one [m; share of the expected pressure]."""
OTHERS = 0.34
"""Share of sensors to exchange from which the network is another one."""
APART_M = 1.0
"""Least difference of two sensors whose exchange for some days is told: leaks move less [m]."""
SPAN_DAYS, NEAR_DAYS = 2, 4
"""Days from which an exchange is told; days between two spans that make one."""


@dataclass
class Assigned:
    """Which node each series is of.

    Parameters
    ----------
    node : (sensors,) int64 array
        Node, as a column, of each series.
    misfit : (sensors,) float64 array
        Median absolute misfit of each series at the node of its name [m].
    bias : float
        Median of the misfits [m].
    fits : bool
        Whether the network may be the one that is measured.
    why : str
        Why not: "bias", "names".
    """

    node: Ints
    misfit: Floats
    bias: float
    fits: bool = True
    why: str = ""


@dataclass(frozen=True)
class Swap:
    """Two sensors that measure each other's place between two places of the axis."""

    one: int
    other: int
    first: int
    last: int
    gain: float


@dataclass
class Basis:
    """Mean of each sensor and its principal movements.

    Parameters
    ----------
    mean : (sensors,) float64 array
        [m].
    moves : (movements, sensors) float64 array
        Unit rows.
    """

    mean: Floats
    moves: Floats = field(default_factory=lambda: np.empty((0, 0)))


def basis(values: Floats, movements: int = MOVEMENTS) -> Basis:
    """Return the mean and the principal movements of rows without NaN."""
    mean = values.mean(axis=0)
    _, size, rows = np.linalg.svd(values - mean, full_matrices=False)
    kept = min(movements, int((size > 1e-6 * max(size[0], 1e-12)).sum()), values.shape[1] // 3)
    return Basis(mean, rows[:kept])


def predicted(values: Floats, of: Basis) -> Floats:
    """Return what each sensor should read, rows by rows, the movements set robustly.

    Parameters
    ----------
    values : (rows, sensors) float64 array
        Readings, NaN for none.
    of : Basis
        Means and movements.
    """
    away = values - of.mean
    there = np.isfinite(away)
    away = np.where(there, away, 0.0)
    moves = of.moves.T
    if not moves.shape[1]:
        return np.broadcast_to(of.mean, values.shape).copy()
    weight = there.astype(float)
    amount = np.zeros((len(values), moves.shape[1]))
    ridge = 1e-6 * np.eye(moves.shape[1])
    for _ in range(12):
        normal = np.einsum("rs,sk,sl->rkl", weight, moves, moves, optimize=True) + ridge
        right = (weight * away) @ moves
        amount = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        left = np.abs(away - amount @ moves.T)
        middle = np.nanmedian(np.where(there, left, np.nan), axis=1, keepdims=True)
        weight = there / np.maximum(left, np.nan_to_num(0.5 * middle) + 0.01)
    return np.asarray(of.mean + amount @ moves.T, float)


def assigned(hourly: Floats, nominal: Floats) -> Assigned:
    """Assign series to nodes over the training period.

    Parameters
    ----------
    hourly : (hours, sensors) float64 array
        Hourly means of the readings [m], NaN for none.
    nominal : (hours of a day, sensors) float64 array
        What the model expects at the node of each column [m].
    """
    from scipy.optimize import linear_sum_assignment

    count = hourly.shape[1]
    plain = Assigned(np.arange(count), np.zeros(count), 0.0)
    rows = np.isfinite(hourly).mean(axis=1) > 0.5
    if count == 0 or not rows.any():
        return plain
    of = basis(nominal)
    expected = predicted(hourly[rows], of)
    # A bias that all sensors share (a reservoir's level) tells nothing of their names.
    cost = _cost(hourly[rows], expected, slice(None))
    misfit = np.nan_to_num(np.diag(cost).copy())
    bias = float(np.median(misfit))
    plain = Assigned(np.arange(count), misfit, bias)
    pressure = float(np.median(of.mean))
    if bias > max(BIAS_M, BIAS_SHARE * pressure):
        plain.fits, plain.why = False, "bias"
    if count < 3:
        return plain
    filled = np.where(np.isfinite(cost), cost, np.nanmax(cost) if np.isfinite(cost).any() else 0.0)
    _, best = linear_sum_assignment(np.minimum(filled, 20.0) ** 2)
    plain.node = _accepted(filled, best, bias)
    moved = int((plain.node != np.arange(count)).sum())
    if moved > max(3.0, OTHERS * count):
        plain.fits, plain.why = False, "names"
    return plain


def _cost(values: Floats, expected: Floats, rows: slice) -> Floats:
    """Return the median absolute misfit of each series (row) at each node (column) [m]."""
    count = values.shape[1]
    cost = np.empty((count, count))
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for series in range(count):
            cost[series] = np.nanmedian(
                np.abs(values[rows, series][:, None] - expected[rows]), axis=0
            )
    return cost


def _accepted(cost: Floats, best: Ints, usual: float) -> Ints:
    """Return an assignment of which only the cycles that fit much better are kept."""
    node = np.arange(len(best))
    seen = np.zeros(len(best), bool)
    for start in range(len(best)):
        if seen[start]:
            continue
        cycle = [start]
        seen[start] = True
        while best[cycle[-1]] != start:
            cycle.append(int(best[cycle[-1]]))
            seen[cycle[-1]] = True
        if len(cycle) < 2:
            continue
        before = max(float(cost[k, k]) for k in cycle)
        worst = max(float(cost[k, best[k]]) for k in cycle)
        if before > LEAST_M + 2.0 * usual and TIMES * max(worst - usual, 0.02) < before:
            node[cycle] = best[cycle]
    return node


def exchanges(daily: Floats, of: Basis, day: int) -> list[Swap]:
    """Return pairs of sensors that measure each other's place for some days.

    Parameters
    ----------
    daily : (days, sensors) float64 array
        Daily means [m], NaN for none.
    of : Basis
        Means and movements of the daily or hourly means of the training period.
    day : int
        Steps of a day.
    """
    expected = predicted(daily, of)
    away = daily - expected
    found: list[Swap] = []
    usual = np.nanmedian(np.abs(away), axis=1) if daily.size else np.zeros(0)
    count = daily.shape[1]
    for one in range(count):
        for other in range(one + 1, count):
            gap = expected[:, other] - expected[:, one]
            if not np.nanmax(np.abs(gap)) >= APART_M:
                continue
            reach = np.minimum(0.3 * np.abs(gap), LEAST_M + 2.0 * usual)
            inside = (np.abs(away[:, one] - gap) < reach) & (np.abs(away[:, other] + gap) < reach)
            inside &= np.abs(gap) >= APART_M
            for first, last in _spans(inside):
                found.append(Swap(one, other, first * day, (last + 1) * day - 1,
                                  float(np.abs(gap[first : last + 1]).mean())))  # fmt: skip
    return _disjoint(found)


def _spans(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[0, inside.astype(np.int8), 0]))
    spans: list[tuple[int, int]] = []
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if spans and first - spans[-1][1] <= NEAR_DAYS:
            spans[-1] = (spans[-1][0], int(end) - 1)
        else:
            spans.append((int(first), int(end) - 1))
    return [(a, b) for a, b in spans if int(inside[a : b + 1].sum()) >= SPAN_DAYS]


def _disjoint(found: list[Swap]) -> list[Swap]:
    """Return exchanges of which no two tell of one sensor at one time, the largest first."""
    kept: list[Swap] = []
    for swap in sorted(found, key=lambda it: -(it.last - it.first) * it.gain):
        if not any(
            {swap.one, swap.other} & {it.one, it.other}
            and swap.first <= it.last and it.first <= swap.last
            for it in kept
        ):  # fmt: skip
            kept.append(swap)
    return sorted(kept, key=lambda it: it.first)
