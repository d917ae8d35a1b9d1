# SPDX-License-Identifier: EUPL-1.2
"""How wrong the terrain may be, learned from its own points, withheld and predicted back.

The error of an interpolation grows with the distance to the points that carry it, and faster
on a slope. Some of the points are withheld (one in eight, then three quarters, then fifteen
sixteenths), interpolated from the others, and the errors sorted by distance and slope. Points are
far from others under trees, where the ground is also rougher: the coarser levels only say what the
finer ones cannot, the errors at greater distances. In each group the 90 % quantile of the errors'
size gives a standard deviation, σ = q90 / 1.645, and the model

.. math:: σ² = a² + (b·d)² + (c·s·d)²

with d the distance to the nearest ground point [m] and s the slope (rise over run), is fitted to
the groups with non-negative coefficients, then scaled so that 90 % of the errors of the first
level, at the distances that the cloud has, are within ±1.645 σ. The 5 % and 95 % bounds then hold
90 % of the true altitudes, whatever the tails. Errors common to all points of a survey (LiDAR HD:
a few centimetres) are not in it.

References
----------
Aguilar et al. (2006), "The accuracy of grid digital elevation models linearly constructed from
scattered sample data", doi:10.1080/13658810600660995; ISO 19157.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from jumeau.sources.lidar import tin

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = (7 / 8, 1 / 4, 1 / 16)
"""Share of the points that are kept, the others being predicted."""
POINTS = 24_000
"""Points taken of a tile, by whole squares."""
QUERIES = 12_000
"""Points predicted at each level."""
SIDE = 125_000
"""Side of the squares [mm]."""
ENOUGH = 300
"""Errors below which the default is used."""
GROUP = 40
ROUNDS = 12
TYPICAL = 0.1
RISE = 0.005
"""Nor does it stay as sure away from its points [m per m]."""
FLOOR = 0.02
"""No survey knows the ground better [m]."""
Z90 = 1.6448536269514722


class Model(NamedTuple):
    """Coefficients of the uncertainty, and whether they were learned here.

    Parameters
    ----------
    a : float
        At a ground point [m].
    b : float
        Per metre of distance to the nearest ground point.
    c : float
        Per metre of distance and unit of slope.
    slope : float
        Slope of the ground that is typical (root mean square), used where no triangle says one.
    learned : bool
        Whether the points were enough.
    """

    a: float = 0.15
    b: float = 0.1
    c: float = 0.5
    slope: float = TYPICAL
    learned: bool = False


def std(
    distance: NDArray[np.floating], slope: NDArray[np.floating], model: Model
) -> NDArray[np.float32]:
    """Return the standard deviation of the terrain: σ² = a² + (b·d)² + (c·s·d)².

    Parameters
    ----------
    distance : array
        To the nearest ground point [m].
    slope : array
        Rise over run.
    model : Model
        Coefficients.

    Returns
    -------
    float32 array
        Standard deviation [m].
    """
    return np.asarray(
        _std(np.asarray(distance, np.float32), np.asarray(slope, np.float32), *model[:3])
    )


@njit(cache=True, nogil=True)
def _std(
    d: NDArray[np.float32], s: NDArray[np.float32], a: float, b: float, c: float
) -> NDArray[np.float32]:
    out = np.empty(d.shape, np.float32)
    for i in range(d.size):
        x, y = b * d.flat[i], c * d.flat[i] * s.flat[i]
        out.flat[i] = np.float32(np.sqrt(a * a + x * x + y * y))
    return out


def learn(
    u: NDArray[np.integer],
    v: NDArray[np.integer],
    z: NDArray[np.float64],
    clump: int = 1,
    *,
    plain: bool = False,
) -> Model:
    """Learn the coefficients from ground points.

    Parameters
    ----------
    u, v : (n,) arrays of int
        Positions [mm].
    z : (n,) array
        Altitudes [mm].
    clump : int
        Side of the squares whose points are withheld together [mm]: points that follow lines
        would be predicted too well by their neighbours on the line.
    plain : bool
        Whether triangles are taken as planes.

    Returns
    -------
    Model
        The default one, marked so, when the points are too few.
    """
    chosen = _sample(u, v)
    u, v, z = u[chosen], v[chosen], z[chosen]
    mixed = _mix(np.asarray(u, np.int64) // clump, np.asarray(v, np.int64) // clump)
    errors, distances, slopes = [], [], []
    steep = TYPICAL
    reached = 0.0
    for level in LEVELS:
        kept = mixed < level * (1 << 24)
        asked = np.flatnonzero(~kept)
        asked = asked[:: max(1, asked.size // QUERIES)]
        if kept.sum() < 3 or not asked.size:
            continue
        value, distance, slope = tin.at_points(
            u[kept], v[kept], z[kept], u[asked], v[asked], plain=plain
        )
        found = np.isfinite(value)
        if level == LEVELS[0] and found.any():
            steep = float(np.sqrt(np.mean(np.minimum(slope[found], 2.0) ** 2)))
        found &= distance > reached
        errors.append(np.abs(value - z[asked])[found] / 1000.0)
        distances.append(distance[found] / 1000.0)
        slopes.append(slope[found])
        if found.any():
            reached = float(np.quantile(distance[found], 0.98))
    if sum(item.size for item in errors) < ENOUGH:
        return Model(slope=steep)
    error, distance, slope = (np.concatenate(item) for item in (errors, distances, slopes))
    # Along lines the finest level says little of the ground between them: all levels count.
    fine = error.size if clump > 1 else max(errors[0].size, ENOUGH)
    return _fit(error, distance, slope, steep, fine)


def _sample(u: NDArray[np.integer], v: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the points of some squares, spread over the tile."""
    if u.size <= POINTS:
        return np.arange(u.size)
    square = (v // SIDE) * 8 + u // SIDE
    every = -(-u.size // POINTS)
    rank = (v // SIDE) * 5 + u // SIDE  # a knight's move: neighbours are not taken together
    chosen = np.flatnonzero(rank % every == 0)
    if chosen.size > 2 * POINTS:  # very dense: fewer squares
        squares, first = np.unique(square[chosen], return_counts=True)
        kept = squares[np.cumsum(first) <= 2 * POINTS]
        kept = kept if kept.size else squares[:1]
        chosen = chosen[np.isin(square[chosen], kept)]
    return chosen


@njit(cache=True, nogil=True)
def _mix(u: NDArray[np.int64], v: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number of each point that nothing relates to its place."""
    out = np.empty(u.size, np.int64)
    for i in range(u.size):
        h = np.uint64(u[i]) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(v[i])
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out[i] = np.int64((h ^ (h >> np.uint64(31))) >> np.uint64(40))
    return out


def _fit(
    error: NDArray[np.float64],
    distance: NDArray[np.float64],
    slope: NDArray[np.float64],
    steep: float,
    fine: int,
) -> Model:
    """Fit the model to groups of errors; the first ``fine`` ones are of the finest level."""
    rows: list[tuple[float, float, float, int]] = []
    order = np.argsort(distance, kind="stable")
    for part in np.array_split(order, max(1, min(12, error.size // (3 * GROUP)))):
        ranked = part[np.argsort(slope[part], kind="stable")]
        for group in np.array_split(ranked, 3):
            if group.size < GROUP:
                continue
            sigma2 = (np.quantile(error[group], 0.9) / Z90) ** 2
            d2 = distance[group] ** 2
            rows.append(
                (sigma2, float(np.mean(d2)), float(np.mean(d2 * slope[group] ** 2)), group.size)
            )
    if len(rows) < 3:
        return Model(slope=steep)
    table = np.array(rows)
    target = np.maximum(table[:, 0], 1e-8)
    design = np.column_stack([np.ones(len(table)), table[:, 1], table[:, 2]])
    fitted = np.full(len(table), target.mean())
    for _ in range(ROUNDS):  # quasi-likelihood: the spread of a variance is in proportion to it
        weight = np.sqrt(table[:, 3]) / fitted
        squares = _non_negative(design * weight[:, None], target * weight)
        fitted = np.maximum(design @ squares, 1e-8)
    a, b, c = (float(item) for item in np.sqrt(squares))
    sigma = np.sqrt(a**2 + (b * distance) ** 2 + (c * slope * distance) ** 2)
    scale = float(np.quantile((error / np.maximum(sigma, 1e-4))[:fine], 0.9)) / Z90
    return Model(max(scale * a, FLOOR), max(scale * b, RISE), scale * c, steep, True)


def _non_negative(design: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares solution among those without a negative coefficient.

    With three unknowns, the seven sets of coefficients that may be non-zero are all tried.
    """
    best, least = np.zeros(3), float("inf")
    for used in range(1, 8):
        columns = [k for k in range(3) if used >> k & 1]
        found = np.zeros(3)
        found[columns] = np.linalg.lstsq(design[:, columns], target, rcond=None)[0]
        misfit = float(((design @ found - target) ** 2).sum())
        if (found >= 0).all() and misfit < least:
            best, least = found, misfit
    return best
