# SPDX-License-Identifier: EUPL-1.2
"""One step of the finite-volume solver over a band of rows, in one pass, in place.

A band runs through strips of columns, so that what it works on stays in cache, and in each from
north to south: row j + 2 is copied, the half-step state of row j + 1 computed, then the fluxes of
row j and of its south faces, its shares, and at last row j − 1 is advanced. Rows of the
neighbouring bands and columns of the strip just done are read from copies taken before. Tiles
around which all is dry are passed over; what they would have computed is exactly nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.worksites.climate.engine import CLOSED
from jumeau.worksites.climate.hllc_edges import ghost, outer, over
from jumeau.worksites.climate.hllc_rows import (
    CEILING,
    QUICK,
    arrive,
    budget,
    copy,
    fall,
    films,
    fluxes,
    half_step,
    limit,
    settle,
    shares,
    slopes,
    total,
    wetness,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE_ROWS, TILE_COLUMNS = 16, 64
"""Cells of a tile, which is computed or passed over."""

STRIP = 1024
"""Columns that a band computes at a time; a multiple of ``TILE_COLUMNS``."""

HALO = 3
"""Rows and columns on each side that a cell's next state depends on."""

_F = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)

# rows of the scratch: rings of three rows, or two, of what is known about row j at j % 3, j % 2
_Z, _H, _U, _V = 0, 3, 6, 9
_HH, _UH, _VH = 12, 15, 18
_EX, _AX, _UX, _VX, _EY, _AY, _UY, _VY = 21, 24, 27, 30, 33, 36, 39, 42
_XM, _XL, _XR, _XA = 45, 47, 49, 51
_YM, _YL, _YR, _YA = 53, 56, 59, 62
_SHARE, _GIVEN, _CHANGE, _TAKEN, _FILM, _KEPT = 65, 67, 68, 69, 70, 71
_MARGIN = 4  # column of the first cell of a strip

SCRATCH = (73, STRIP + 2 * _MARGIN)
"""Shape of the scratch of a band."""

_pass = njit(cache=True, nogil=True, error_model="numpy")


class Fields(NamedTuple):
    """State and outputs, (ny, nx) float32; friction, rain and loss may have one row for all."""

    bed: NDArray[np.float32]
    friction: NDArray[np.float32]
    rain: NDArray[np.float32]
    loss: NDArray[np.float32]
    h: NDArray[np.float32]
    owed: NDArray[np.float32]
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    depth_max: NDArray[np.float32]
    speed_max: NDArray[np.float32]
    arrival: NDArray[np.float32]


class Band(NamedTuple):
    """Rows ``first`` to ``last`` − 1, and what is copied for them.

    Parameters
    ----------
    first, last : int
        Multiples of ``TILE_ROWS``, or the end of the domain.
    north, south : (3, 3, nx) float32 arrays
        Depth and velocities of the three rows before and after.
    saved : (2, 3, rows, 3) float32 array
        Depth and velocities of the last columns of a strip before they are advanced.
    scratch : (73, 1032) float32 array
    """

    first: int
    last: int
    north: NDArray[np.float32]
    south: NDArray[np.float32]
    saved: NDArray[np.float32]
    scratch: NDArray[np.float32]


class Tally(NamedTuple):
    """What a step moves: inward fluxes of outer faces [m²/s]; rain and infiltration by row [m]."""

    west: NDArray[np.float64]
    east: NDArray[np.float64]
    north: NDArray[np.float64]
    south: NDArray[np.float64]
    given: NDArray[np.float64]
    taken: NDArray[np.float64]


@_pass
def activity(
    wet: NDArray[np.uint8],
    always: NDArray[np.uint8],
    near: NDArray[np.uint8],
    far: NDArray[np.uint8],
) -> None:
    """Write the tiles to advance (wet ones, and those beside) and those to read (one more row).

    Parameters
    ----------
    wet, always : (p, q) uint8 arrays
        Tiles that hold water; tiles that water may enter from outside.
    near, far : (p, q) uint8 arrays
        Written: tiles to advance; those, and the ones above and below.
    """
    p, q = wet.shape
    for i in range(p):
        for j in range(q):
            found = always[i, j]
            for k in range(max(i - 1, 0), min(i + 2, p)):
                for m in range(max(j - 1, 0), min(j + 2, q)):
                    found |= wet[k, m]
            near[i, j] = found
    for i in range(p):
        for j in range(q):
            found = near[i, j]
            if i > 0:
                found |= near[i - 1, j]
            if i < p - 1:
                found |= near[i + 1, j]
            far[i, j] = found


@_pass
def _load(f: Any, e: Any, b: Any, saved: Any, j: int, c0: int, lo: int, hi: int) -> None:
    """Copy the state of the cells ``lo`` to ``hi`` − 1 of row j, ghosts included."""
    ny, nx = f.bed.shape
    s, k, shift = b.scratch, j % 3, _MARGIN - c0
    first, last = max(lo, 0), min(hi, nx)
    if j == ny:
        _ghost_row(f, e, s, j, shift, first, last)
        return
    x, y = first + shift, last + shift
    copy(f.bed[j, first:last], s[_Z + k, x:y])
    if j < b.first:
        m = j - b.first + HALO
        copy(b.north[0, m, first:last], s[_H + k, x:y])
        copy(b.north[1, m, first:last], s[_U + k, x:y])
        copy(b.north[2, m, first:last], s[_V + k, x:y])
    elif j >= b.last:
        m = j - b.last
        copy(b.south[0, m, first:last], s[_H + k, x:y])
        copy(b.south[1, m, first:last], s[_U + k, x:y])
        copy(b.south[2, m, first:last], s[_V + k, x:y])
    else:
        start = max(first, c0)
        for i in range(first, start):
            for q in range(3):
                s[_H + 3 * q + k, i + shift] = saved[q, j - b.first, i - c0 + HALO]
        x = start + shift
        copy(f.h[j, start:last], s[_H + k, x:y])
        copy(f.u[j, start:last], s[_U + k, x:y])
        copy(f.v[j, start:last], s[_V + k, x:y])
    if lo < 0:
        inside = f.bed[j, min(1, nx - 1)] if nx > 1 else CEILING
        ghost(s, shift, shift - 1, e.kind_west[j], e.level_west[j], inside, e.cell, k, k)
    if hi > nx:
        inside = f.bed[j, max(nx - 2, 0)] if nx > 1 else CEILING
        at = nx - 1 + shift
        ghost(s, at, at + 1, e.kind_east[j], e.level_east[j], inside, e.cell, k, k)
    if j == 0:
        _ghost_row(f, e, s, -1, shift, first, last)


@_pass
def _ghost_row(f: Any, e: Any, s: Any, j: int, shift: int, first: int, last: int) -> None:
    """Write the row beyond the north or south faces, from its neighbour in the scratch."""
    ny = f.bed.shape[0]
    at, inner = (0, min(1, ny - 1)) if j < 0 else (ny - 1, max(ny - 2, 0))
    for i in range(first, last):
        inside = f.bed[inner, i] if ny > 1 else CEILING
        kind = e.kind_north[i] if j < 0 else e.kind_south[i]
        level = e.level_north[i] if j < 0 else e.level_south[i]
        ghost(s, i + shift, i + shift, kind, level, inside, e.cell, at % 3, j % 3)


@_pass
def _still(s: Any, k: int, x: int, y: int) -> None:
    """Take ghost cells as they are, without slope."""
    for i in range(x, y):
        s[_HH + k, i] = s[_H + k, i]
        s[_UH + k, i] = s[_U + k, i]
        s[_VH + k, i] = s[_V + k, i]
        for q in range(_EX + k, _VY + 3, 3):
            s[q, i] = _ZERO


@_pass
def _predict(
    f: Any, s: Any, j: int, shift: int, lo: int, hi: int, cell: Any, ratio: Any, dt: Any
) -> None:
    """Write slopes and half-step state of the cells ``lo`` to ``hi`` − 1 of row j."""
    ny, nx = f.bed.shape
    k, n, t = j % 3, (j - 1) % 3, (j + 1) % 3
    first, last = max(lo, 0), min(hi, nx)
    x, y = first + shift, last + shift
    if j < 0 or j >= ny:
        _still(s, k, x, y)
        return
    drag = f.friction[min(j, f.friction.shape[0] - 1), first:last]
    films(s[_H + k, x:y], drag, s[_FILM, x:y], cell)
    slopes(
        s[_Z + k, x - 1 : y - 1], s[_H + k, x - 1 : y - 1],
        s[_U + k, x - 1 : y - 1], s[_V + k, x - 1 : y - 1],
        s[_Z + k, x:y], s[_H + k, x:y], s[_U + k, x:y], s[_V + k, x:y],
        s[_Z + k, x + 1 : y + 1], s[_H + k, x + 1 : y + 1],
        s[_U + k, x + 1 : y + 1], s[_V + k, x + 1 : y + 1],
        s[_FILM, x:y], s[_EX + k, x:y], s[_AX + k, x:y], s[_UX + k, x:y], s[_VX + k, x:y],
        s[_KEPT, x:y],
    )  # fmt: skip
    slopes(
        s[_Z + n, x:y], s[_H + n, x:y], s[_U + n, x:y], s[_V + n, x:y],
        s[_Z + k, x:y], s[_H + k, x:y], s[_U + k, x:y], s[_V + k, x:y],
        s[_Z + t, x:y], s[_H + t, x:y], s[_U + t, x:y], s[_V + t, x:y],
        s[_FILM, x:y], s[_EY + k, x:y], s[_AY + k, x:y], s[_UY + k, x:y], s[_VY + k, x:y],
        s[_KEPT + 1, x:y],
    )  # fmt: skip
    half_step(
        s[_H + k, x:y], s[_U + k, x:y], s[_V + k, x:y],
        s[_EX + k, x:y], s[_AX + k, x:y], s[_UX + k, x:y], s[_VX + k, x:y],
        s[_EY + k, x:y], s[_AY + k, x:y], s[_UY + k, x:y], s[_VY + k, x:y],
        s[_KEPT, x:y], s[_KEPT + 1, x:y], drag,
        s[_HH + k, x:y], s[_UH + k, x:y], s[_VH + k, x:y], ratio, dt,
    )  # fmt: skip
    if lo < 0:
        _still(s, k, shift - 1, shift)
    if hi > nx:
        _still(s, k, nx + shift, nx + shift + 1)


@_pass
def _flux_x(f: Any, e: Any, s: Any, j: int, shift: int, lo: int, hi: int) -> None:
    """Write the fluxes of the west faces of the cells ``lo`` to ``hi`` of row j, both included."""
    nx = f.bed.shape[1]
    k, o = j % 3, j % 2
    x, y = lo + shift, hi + shift + 1
    fluxes(
        s[_Z + k, x - 1 : y - 1], s[_HH + k, x - 1 : y - 1],
        s[_UH + k, x - 1 : y - 1], s[_VH + k, x - 1 : y - 1],
        s[_EX + k, x - 1 : y - 1], s[_AX + k, x - 1 : y - 1],
        s[_UX + k, x - 1 : y - 1], s[_VX + k, x - 1 : y - 1],
        s[_Z + k, x:y], s[_HH + k, x:y], s[_UH + k, x:y], s[_VH + k, x:y],
        s[_EX + k, x:y], s[_AX + k, x:y], s[_UX + k, x:y], s[_VX + k, x:y],
        s[_XM + o, x:y], s[_XL + o, x:y], s[_XR + o, x:y], s[_XA + o, x:y],
    )  # fmt: skip
    for m in range(e.x_first[j], e.x_first[j + 1]):
        i = e.x_col[m] + shift
        if x <= i < y and s[_Z + k, i] < CEILING and s[_Z + k, i - 1] < CEILING:
            mass, left, right = over(
                e.x_level[m],
                s[_Z + k, i - 1] + (s[_EX + k, i - 1] - s[_AX + k, i - 1]),
                s[_HH + k, i - 1] + s[_AX + k, i - 1],
                s[_UH + k, i - 1] + s[_UX + k, i - 1],
                s[_Z + k, i] - (s[_EX + k, i] - s[_AX + k, i]),
                s[_HH + k, i] - s[_AX + k, i],
                s[_UH + k, i] - s[_UX + k, i],
            )
            s[_XM + o, i] = mass
            s[_XL + o, i] = left
            s[_XR + o, i] = right
            s[_XA + o, i] = mass * s[_VH + k, i - 1 if mass > _ZERO else i]
    drag = min(j, f.friction.shape[0] - 1)
    i = shift
    if lo == 0 and e.kind_west[j] != CLOSED and s[_Z + k, i] < CEILING:
        mass, force = outer(
            e.kind_west[j], e.level_west[j],
            s[_Z + k, i] - (s[_EX + k, i] - s[_AX + k, i]),
            s[_HH + k, i] - s[_AX + k, i], s[_UX + k, i] - s[_UH + k, i],
            (s[_Z + k, i] - s[_Z + k, i - 1]) / e.cell, f.friction[drag, 0],
        )  # fmt: skip
        s[_XM + o, i] = -mass
        s[_XR + o, i] = force
        s[_XA + o, i] = -mass * s[_VH + k, i]
    i = nx - 1 + shift
    if hi == nx and e.kind_east[j] != CLOSED and s[_Z + k, i] < CEILING:
        mass, force = outer(
            e.kind_east[j], e.level_east[j],
            s[_Z + k, i] + (s[_EX + k, i] - s[_AX + k, i]),
            s[_HH + k, i] + s[_AX + k, i], s[_UH + k, i] + s[_UX + k, i],
            (s[_Z + k, i] - s[_Z + k, i + 1]) / e.cell, f.friction[drag, nx - 1],
        )  # fmt: skip
        s[_XM + o, i + 1] = mass
        s[_XL + o, i + 1] = force
        s[_XA + o, i + 1] = mass * s[_VH + k, i]


@_pass
def _flux_y(f: Any, e: Any, s: Any, j: int, shift: int, lo: int, hi: int) -> None:
    """Write the fluxes of the south faces of the cells ``lo`` to ``hi`` − 1 of row j."""
    ny = f.bed.shape[0]
    k, t = j % 3, (j + 1) % 3
    x, y = lo + shift, hi + shift
    fluxes(
        s[_Z + k, x:y], s[_HH + k, x:y], s[_VH + k, x:y], s[_UH + k, x:y],
        s[_EY + k, x:y], s[_AY + k, x:y], s[_VY + k, x:y], s[_UY + k, x:y],
        s[_Z + t, x:y], s[_HH + t, x:y], s[_VH + t, x:y], s[_UH + t, x:y],
        s[_EY + t, x:y], s[_AY + t, x:y], s[_VY + t, x:y], s[_UY + t, x:y],
        s[_YM + k, x:y], s[_YL + k, x:y], s[_YR + k, x:y], s[_YA + k, x:y],
    )  # fmt: skip
    if 0 <= j < ny - 1:
        for m in range(e.y_first[j + 1], e.y_first[j + 2]):
            i = e.y_col[m] + shift
            if x <= i < y and s[_Z + k, i] < CEILING and s[_Z + t, i] < CEILING:
                mass, left, right = over(
                    e.y_level[m],
                    s[_Z + k, i] + (s[_EY + k, i] - s[_AY + k, i]),
                    s[_HH + k, i] + s[_AY + k, i],
                    s[_VH + k, i] + s[_VY + k, i],
                    s[_Z + t, i] - (s[_EY + t, i] - s[_AY + t, i]),
                    s[_HH + t, i] - s[_AY + t, i],
                    s[_VH + t, i] - s[_VY + t, i],
                )
                s[_YM + k, i] = mass
                s[_YL + k, i] = left
                s[_YR + k, i] = right
                s[_YA + k, i] = mass * s[_UH + (k if mass > _ZERO else t), i]
        return
    if j < 0:
        drag = 0
        for i in range(lo, hi):
            m = i + shift
            if e.kind_north[i] != CLOSED and s[_Z + t, m] < CEILING:
                mass, force = outer(
                    e.kind_north[i], e.level_north[i],
                    s[_Z + t, m] - (s[_EY + t, m] - s[_AY + t, m]),
                    s[_HH + t, m] - s[_AY + t, m], s[_VY + t, m] - s[_VH + t, m],
                    (s[_Z + t, m] - s[_Z + k, m]) / e.cell, f.friction[drag, i],
                )  # fmt: skip
                s[_YM + k, m] = -mass
                s[_YR + k, m] = force
                s[_YA + k, m] = -mass * s[_UH + t, m]
        return
    drag = min(j, f.friction.shape[0] - 1)
    for i in range(lo, hi):
        m = i + shift
        if e.kind_south[i] != CLOSED and s[_Z + k, m] < CEILING:
            mass, force = outer(
                e.kind_south[i], e.level_south[i],
                s[_Z + k, m] + (s[_EY + k, m] - s[_AY + k, m]),
                s[_HH + k, m] + s[_AY + k, m], s[_VH + k, m] + s[_VY + k, m],
                (s[_Z + k, m] - s[_Z + t, m]) / e.cell, f.friction[drag, i],
            )  # fmt: skip
            s[_YM + k, m] = mass
            s[_YL + k, m] = force
            s[_YA + k, m] = mass * s[_UH + k, m]


@_pass
def _share(f: Any, s: Any, j: int, shift: int, lo: int, hi: int, ratio: Any) -> Any:
    """Write the shares of the cells ``lo`` to ``hi`` − 1 of row j and scale its inner faces."""
    ny, nx = f.bed.shape
    k, n, o = j % 3, (j - 1) % 3, j % 2
    first, last = max(lo, 0), min(hi, nx)
    x, y = first + shift, last + shift
    if j < 0 or j >= ny:
        s[_SHARE + o, x:y] = _ONE
        return _ONE
    drag = f.friction[min(j, f.friction.shape[0] - 1), first:last]
    least = shares(
        s[_H + k, x:y], drag, s[_XM + o, x:y], s[_XM + o, x + 1 : y + 1],
        s[_YM + n, x:y], s[_YM + k, x:y], s[_SHARE + o, x:y], ratio,
    )  # fmt: skip
    if lo < 0:
        s[_SHARE + o, shift - 1] = _ONE
    if hi > nx:
        s[_SHARE + o, nx + shift] = _ONE
    if least < _ONE:
        x, y = lo + 1 + shift, hi + shift
        limit(
            s[_XM + o, x:y], s[_XA + o, x:y],
            s[_SHARE + o, x - 1 : y - 1], s[_SHARE + o, x:y],
        )  # fmt: skip
    return least


@_pass
def _advance(
    f: Any, e: Any, s: Any, tally: Any, j: int, shift: int, first: int, last: int,
    wet: Any, ratio: Any, dt: Any, time: Any, rained: bool, lost: bool,
) -> Any:  # fmt: skip
    """Advance the cells ``first`` to ``last`` − 1 of row j; return the greatest speed."""
    ny, nx = f.bed.shape
    k, n, o = j % 3, (j - 1) % 3, j % 2
    x, y = first + shift, last + shift
    if rained:
        fall(
            f.bed[j, first:last], f.rain[min(j, f.rain.shape[0] - 1), first:last],
            s[_GIVEN, x:y], dt,
        )  # fmt: skip
        if f.rain.shape[0] > 1 or ny == 1:
            tally.given[j] += total(s[_GIVEN, x:y])
    budget(
        f.h[j, first:last], f.owed[j, first:last], f.u[j, first:last], f.v[j, first:last],
        s[_HH + k, x:y], s[_EX + k, x:y], s[_EY + k, x:y],
        s[_XM + o, x:y], s[_XR + o, x:y], s[_XA + o, x:y],
        s[_XM + o, x + 1 : y + 1], s[_XL + o, x + 1 : y + 1], s[_XA + o, x + 1 : y + 1],
        s[_YM + n, x:y], s[_YR + n, x:y], s[_YA + n, x:y],
        s[_YM + k, x:y], s[_YL + k, x:y], s[_YA + k, x:y],
        s[_GIVEN, x:y], s[_CHANGE, x:y], ratio,
    )  # fmt: skip
    drag, loss = min(j, f.friction.shape[0] - 1), min(j, f.loss.shape[0] - 1)
    fastest = settle(
        f.h[j, first:last], f.owed[j, first:last], f.u[j, first:last], f.v[j, first:last],
        s[_CHANGE, x:y], f.loss[loss, first:last], f.friction[drag, first:last], s[_TAKEN, x:y],
        f.depth_max[j, first:last], f.speed_max[j, first:last], dt,
    )  # fmt: skip
    if fastest > _ZERO:
        wetness(f.h[j, first:last], wet[j // TILE_ROWS, first // TILE_COLUMNS :], TILE_COLUMNS)
    if fastest > QUICK:
        arrive(f.h[j, first:last], f.arrival[j, first:last], time)
    if lost:
        tally.taken[j] += total(s[_TAKEN, x:y])
    if first == 0:
        tally.west[j] = s[_XM + o, x]
    if last == nx:
        tally.east[j] = -s[_XM + o, y]
    if j == 0:
        for i in range(first, last):
            tally.north[i] = s[_YM + n, i + shift]
    if j == ny - 1:
        for i in range(first, last):
            tally.south[i] = -s[_YM + k, i + shift]
    return fastest


@_pass
def sweep(
    f: Fields,
    e: Any,
    b: Band,
    tally: Tally,
    near: NDArray[np.uint8],
    far: NDArray[np.uint8],
    wet: NDArray[np.uint8],
    ratio: Any,
    dt: Any,
    time: Any,
    rained: bool,
    lost: bool,
) -> Any:
    """Advance a band by one step, second order in space and time (MUSCL and Hancock, HLLC).

    Parameters
    ----------
    f, e, b, tally
        Fields, edges, the band, and what the step moves (rewritten for its rows).
    near, far : (p, q) uint8 arrays
        Tiles to advance and to read, see :func:`activity`.
    wet : (p, q) uint8 array
        Written for the tiles of the band: 1 where water is.
    ratio, dt, time : float32
        Δt/Δx [s/m], Δt and the time at the end of the step [s].
    rained, lost : bool
        Whether there is rain, and infiltration.

    Returns
    -------
    float32
        Greatest |u| + |v| + 2·√(g·h) [m/s] after the step, 0 when all is dry.
    """
    ny, nx = f.bed.shape
    s = b.scratch
    fastest = _ZERO
    wet[b.first // TILE_ROWS : (b.last + TILE_ROWS - 1) // TILE_ROWS] = 0
    if not rained:
        s[_GIVEN] = _ZERO
    for c0 in range(0, nx, STRIP):
        c1 = min(c0 + STRIP, nx)
        shift = _MARGIN - c0
        saved = b.saved[(c0 // STRIP) % 2]
        if c1 < nx:
            keep = b.saved[1 - (c0 // STRIP) % 2]
            for j in range(b.first, b.last):
                for i in range(HALO):
                    keep[0, j - b.first, i] = f.h[j, c1 - HALO + i]
                    keep[1, j - b.first, i] = f.u[j, c1 - HALO + i]
                    keep[2, j - b.first, i] = f.v[j, c1 - HALO + i]
        t0, t1 = c0 // TILE_COLUMNS, (c1 + TILE_COLUMNS - 1) // TILE_COLUMNS
        least = before = _ONE
        for j in range(b.first - HALO - 2, b.last + 1):
            # cells to read around row j + 2, j + 1 and j: the hull of the tiles of their rows
            for stage in range(3):
                row = j + 2 - stage
                if row < -1 or row > ny or row < b.first - (HALO if stage == 0 else 2):
                    continue
                a, z = _hull(far, min(max(row, 0), ny - 1) // TILE_ROWS, t0, t1)
                if a < 0:
                    continue
                lo, hi = a * TILE_COLUMNS, min(z * TILE_COLUMNS, c1)
                if stage == 0:
                    if row >= 0:
                        _load(f, e, b, saved, row, c0, max(lo - 3, -1), min(hi + 3, nx + 1))
                elif stage == 1:
                    _predict(
                        f, s, row, shift, max(lo - 2, -1), min(hi + 2, nx + 1), e.cell, ratio, dt
                    )
                else:
                    x, y = max(lo - 1, 0), min(hi + 1, nx)
                    if row < ny:
                        _flux_y(f, e, s, row, shift, x, y)
                        if row >= 0:
                            _flux_x(f, e, s, row, shift, max(lo - 1, 0), min(hi + 1, nx))
            if j < b.first - 1:
                continue
            a, z = _hull(far, min(max(j, 0), ny - 1) // TILE_ROWS, t0, t1)
            before, least = least, _ONE
            if a >= 0:
                lo, hi = a * TILE_COLUMNS, min(z * TILE_COLUMNS, c1)
                least = _share(f, s, j, shift, max(lo - 1, -1), min(hi + 1, nx + 1), ratio)
                if j >= b.first and min(before, least) < _ONE:
                    n = (j - 1) % 3
                    x, y = lo + shift, hi + shift
                    limit(
                        s[_YM + n, x:y], s[_YA + n, x:y],
                        s[_SHARE + (j - 1) % 2, x:y], s[_SHARE + j % 2, x:y],
                    )  # fmt: skip
            if j > b.first:
                row = (j - 1) // TILE_ROWS
                a = t0
                while a < t1:
                    if near[row, a] == 0:
                        a += 1
                        continue
                    z = a + 1
                    while z < t1 and near[row, z] != 0:
                        z += 1
                    found = _advance(
                        f, e, s, tally, j - 1, shift, a * TILE_COLUMNS,
                        min(z * TILE_COLUMNS, c1), wet, ratio, dt, time, rained, lost,
                    )  # fmt: skip
                    fastest = max(fastest, found)
                    a = z
    return fastest


@_pass
def _hull(far: Any, row: int, t0: int, t1: int) -> Any:
    """Return the first tile to read of a row of tiles and the one after the last; −1 if none."""
    first = last = -1
    for t in range(t0, t1):
        if far[row, t] != 0:
            if first < 0:
                first = t
            last = t + 1
    return first, last
