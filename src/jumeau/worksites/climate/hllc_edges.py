# SPDX-License-Identifier: EUPL-1.2
"""Outer faces and walls between cells in the finite-volume solver: fluxes and cells beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.worksites.climate.engine import CLOSED, FREE, FREE_SLOPE, GRAVITY, WALL
from jumeau.worksites.climate.hllc_rows import CEILING, riemann

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.climate.engine import Crests, Sides

_F = np.float32
_ZERO, _HALF, _ONE, _TWO = _F(0.0), _F(0.5), _F(1.0), _F(2.0)
_G, _HALF_G, _THIRD, _LEAST = _F(GRAVITY), _F(0.5 * GRAVITY), _F(1.0 / 3.0), _F(FREE_SLOPE)

_scalar = njit(cache=True, nogil=True, error_model="numpy")


class Edges(NamedTuple):
    """Outer faces, and walls between cells by row: ``x_`` of west faces, ``y_`` of north faces.

    The walls of row r are numbers ``x_first[r]`` to ``x_first[r + 1] − 1``. Levels are the arrays
    of :class:`~jumeau.worksites.climate.engine.Sides`, ``cell`` the cell size [m].
    """

    kind_west: NDArray[np.uint8]
    kind_east: NDArray[np.uint8]
    kind_north: NDArray[np.uint8]
    kind_south: NDArray[np.uint8]
    level_west: NDArray[np.float32]
    level_east: NDArray[np.float32]
    level_north: NDArray[np.float32]
    level_south: NDArray[np.float32]
    x_first: NDArray[np.int64]
    x_col: NDArray[np.int64]
    x_level: NDArray[np.float32]
    y_first: NDArray[np.int64]
    y_col: NDArray[np.int64]
    y_level: NDArray[np.float32]
    cell: np.float32


def edges(sides: Sides, crests: Crests, rows: int, cell: float) -> Edges:
    """Return outer faces and walls as the kernels read them.

    Parameters
    ----------
    sides, crests
        See :mod:`~jumeau.worksites.climate.engine`.
    rows : int
        Rows of the domain.
    cell : float
        Cell size [m].

    Returns
    -------
    Edges
        The walls sorted by row.
    """
    walls: list[Any] = []
    for axis in (1, 0):
        chosen = np.flatnonzero(crests.axis == axis)
        chosen = chosen[np.lexsort((crests.col[chosen], crests.row[chosen]))]
        first = np.searchsorted(crests.row[chosen], np.arange(rows + 1)).astype(np.int64)
        walls += [first, crests.col[chosen].astype(np.int64), crests.level[chosen].astype(_F)]
    return Edges(*(*sides, *walls, _F(cell)))


@_scalar
def outer(kind: Any, level: Any, bed: Any, depth: Any, out: Any, slope: Any, friction: Any) -> Any:
    """Return the outward flux of water, and that of momentum less ½·g·h², at an outer face.

    Water that runs out faster than waves leaves as it is. Else the invariant u + 2c comes from
    inside, and from outside ``FREE`` has the velocity of the normal depth, ``STAGE`` the level;
    the flow is critical at most.

    Parameters
    ----------
    kind, level : uint8, float32
        Kind of the face and level outside [m].
    bed, depth, out : float32
        Bed, depth [m] and outward velocity [m/s] at the face.
    slope, friction : float32
        Fall of the bed to the outside [-], g·n².

    Returns
    -------
    tuple of float32
        Water [m²/s] and momentum [m³/s²].
    """
    c = np.sqrt(_G * depth)
    if depth > _ZERO and out >= c:
        return depth * out, depth * out * out
    critical = max((out + _TWO * c) * _THIRD, _ZERO)
    if kind == FREE:
        speed = critical
        if friction > _ZERO:
            normal = _F(np.sqrt(slope * _G / friction) * depth ** (_TWO * _THIRD))
            speed = min(normal, critical)
        ct = c + _HALF * (out - speed)
        there = ct * ct / _G
        return there * speed, there * speed * speed + _HALF_G * ((there - depth) * (there + depth))
    there = max(level - bed, _ZERO)
    ct = np.sqrt(_G * there)
    speed = out + _TWO * (c - ct)
    if speed > ct:
        speed = critical
        there = speed * speed / _G
    else:
        speed = max(speed, -ct)
    return there * speed, there * speed * speed + _HALF_G * ((there - depth) * (there + depth))


@_scalar
def over(level: Any, zl: Any, hl: Any, ul: Any, zr: Any, hr: Any, ur: Any) -> Any:
    """Return the fluxes over a wall between two cells: water, momentum seen from left and right.

    The part of the water that stands below the crest is thrown back as by a closed face.

    Parameters
    ----------
    level : float32
        Crest [m].
    zl, hl, ul, zr, hr, ur : float32
        Bed, depth [m] and velocity to the right [m/s] on both sides.

    Returns
    -------
    tuple of float32
        As :func:`~jumeau.worksites.climate.hllc_rows.fluxes`.
    """
    sill = max(zl, zr, level)
    hs, ht = max(hl - (sill - zl), _ZERO), max(hr - (sill - zr), _ZERO)
    mass, left, right = riemann(hs, ul, ht, ur)
    if hl > _ZERO:
        left += (_ONE - hs / hl) * _thrown(hl, ul)
    if hr > _ZERO:
        right += (_ONE - ht / hr) * _thrown(hr, -ur)
    return mass, left, right


@_scalar
def _thrown(h: Any, w: Any) -> Any:
    """Return the momentum flux less ½·g·h² at a closed face that water meets at velocity w."""
    c = np.sqrt(_G * h)
    return h * w * (w + max(c - w, c + _HALF * w))


@_scalar
def beyond(kind: Any, level: Any, bed: Any, inside: Any, depth: Any, cell: Any) -> Any:
    """Return bed and depth of the cell beyond an open outer face [m].

    ``FREE``: the bed goes on falling as from ``inside``, by FREE_SLOPE at least, under the same
    depth. ``STAGE``: the same bed, under the level.
    """
    if kind == FREE:
        least = _LEAST * cell
        return bed - (max(inside - bed, least) if inside < CEILING else least), depth
    return bed, max(level - bed, _ZERO)


@_scalar
def ghost(
    s: Any, at: Any, to: Any, kind: Any, level: Any, inside: Any, cell: Any, k: Any, m: Any
) -> None:
    """Write the cell beyond an outer face into the scratch: rows k of cell ``at``, m of ``to``."""
    bed = s[k, at]
    if kind == CLOSED or bed > CEILING:
        s[m, to] = WALL
        s[m + 3, to] = s[m + 6, to] = s[m + 9, to] = _ZERO
        return
    s[m, to], s[m + 3, to] = beyond(kind, level, bed, inside, s[k + 3, at], cell)
    s[m + 6, to] = s[k + 6, at]
    s[m + 9, to] = s[k + 9, at]
