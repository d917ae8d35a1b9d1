# SPDX-License-Identifier: EUPL-1.2
"""Compiled loops over points: where each falls, and what each cell keeps of them.

Positions are integers: u eastward and v southward [mm], from the outer corner of the grid's cells,
so that cell (column, row) holds u // 1000 and v // 1000, a half cell u // 500 and v // 500, as
:func:`jumeau.base.grid.cell_of` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.sources.lidar.classes import GROUND, IGNORED, NOISE, WATER

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 250
"""Cells on the side of a block: what is kept and spilled together."""
HALVES = 2 * BLOCK
"""Half cells on the side of a block."""
_MM = 1000 * BLOCK
WITHHELD, NOISY, LEFT, IMPOSSIBLE, KEPT, TERRAIN = range(6)
"""Places of the counts that :func:`scatter` makes."""


@njit(cache=True, nogil=True, inline="always")
def _u(x: float) -> Any:
    return np.int64(np.floor(x * 1000.0 + 0.5)) + 500


@njit(cache=True, nogil=True, inline="always")
def _v(y: float) -> Any:
    return 500 - np.int64(np.floor(y * 1000.0 + 0.5))


@njit(cache=True, nogil=True)
def extent(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """Return the blocks that points touch: first and last column, first and last row."""
    a = b = _u(x[0]) // _MM
    c = d = _v(y[0]) // _MM
    for i in range(x.size):
        bx, by = _u(x[i]) // _MM, _v(y[i]) // _MM
        a, b = min(a, bx), max(b, bx)
        c, d = min(c, by), max(d, by)
    return a, b, c, d


@njit(cache=True, nogil=True)
def presence(
    x: NDArray[np.float64], y: NDArray[np.float64], west: int, north: int, rows: int, columns: int
) -> NDArray[np.bool_]:
    """Return which blocks of a rectangle hold points."""
    found = np.zeros((rows, columns), np.bool_)
    for i in range(x.size):
        found[_v(y[i]) // _MM - north, _u(x[i]) // _MM - west] = True
    return found


@njit(cache=True, nogil=True)
def scatter(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    code: NDArray[np.uint8],
    withheld: NDArray[np.bool_],
    rank: NDArray[np.uint8],
    role_of: NDArray[np.uint8],
    limits: tuple[float, float],
    west: int,
    north: int,
    slots: NDArray[np.int32],
    used: NDArray[np.int32],
    place: NDArray[np.int32],
    n: NDArray[np.uint32],
    su: NDArray[np.int32],
    sv: NDArray[np.int32],
    sz: NDArray[np.int64],
    top: NDArray[np.int32],
    role: NDArray[np.uint8],
    count: NDArray[np.uint32],
    digest: NDArray[np.uint64],
    counts: NDArray[np.int64],
    mixed: NDArray[np.uint64],
) -> None:
    """Add points to the cells of the blocks that have a slot.

    Parameters
    ----------
    x, y, z : (n,) arrays
        Position in the territory's CRS and altitude [m].
    code, withheld, rank : (n,) arrays
        Class, withheld flag and return number.
    role_of : (256,) array
        Role of each class.
    limits : tuple of 2 float
        Physical bounds of altitudes [m].
    west, north, slots
        First block column and row, and the slot of each block; −1 for those left for later.
    used : (slots,) array
        Half cells with terrain points.
    place : (slots, 250000) array
        Rank of each of them in the order of arrival, from 1; 0 for the others.
    n, su, sv, sz : (slots, 250000) arrays
        Their terrain points, by rank: number, sum of the offsets [mm], sum of altitudes [mm]. With
        few points, few pages of memory are touched.
    top, role, count, digest : (slots, 62500) arrays
        Of each cell: highest altitude [mm] and its role, number of points and sum of their marks.
    counts : (6,) array
        Points withheld, noise, ignored, impossible, kept, of the terrain.
    mixed : (n,) array
        Filled with a mark of each point kept: equal for equal points; 0 for others.
    """
    for i in range(x.size):
        u, v = _u(x[i]), _v(y[i])
        bx, by = u // _MM, v // _MM
        slot = slots[by - north, bx - west]
        if slot < 0:
            continue
        kind = role_of[code[i]]
        if withheld[i]:
            counts[WITHHELD] += 1
            continue
        if kind == NOISE:
            counts[NOISY] += 1
            continue
        if kind == IGNORED:
            counts[LEFT] += 1
            continue
        if not (limits[0] <= z[i] <= limits[1]):
            counts[IMPOSSIBLE] += 1
            continue
        counts[KEPT] += 1
        h = np.int64(np.floor(z[i] * 1000.0 + 0.5))
        mark = np.uint64(u) * np.uint64(0x9E3779B97F4A7C15)
        mark ^= (mark >> np.uint64(29)) + np.uint64(v) * np.uint64(0xBF58476D1CE4E5B9)
        mark ^= (mark >> np.uint64(32)) + np.uint64(h * 16 + rank[i]) * np.uint64(
            0x94D049BB133111EB
        )
        mark ^= mark >> np.uint64(31)
        mark |= np.uint64(1)
        mixed[i] = mark
        du, dv = u - bx * _MM, v - by * _MM
        cell = (dv // 1000) * BLOCK + du // 1000
        count[slot, cell] += np.uint32(1)
        digest[slot, cell] += mark
        if h > top[slot, cell] or (h == top[slot, cell] and kind > role[slot, cell]):
            top[slot, cell] = h
            role[slot, cell] = kind
        if kind in (GROUND, WATER):
            counts[TERRAIN] += 1
            half = (dv // 500) * HALVES + du // 500
            k = place[slot, half]
            if k == 0:
                used[slot] += np.int32(1)
                k = used[slot]
                place[slot, half] = k
            n[slot, k - 1] += np.uint32(1)
            su[slot, k - 1] += np.int32(du % 500)
            sv[slot, k - 1] += np.int32(dv % 500)
            sz[slot, k - 1] += h


@njit(cache=True, nogil=True)
def fill_surface(
    top: NDArray[np.int32],
    role: NDArray[np.uint8],
    base: NDArray[np.float32],
    margin: int,
    offsets: NDArray[np.int32],
    surface: NDArray[np.float32],
    kind: NDArray[np.uint8],
) -> tuple[int, int]:
    """Give each cell without return the height above ground of the nearest cell with one.

    Parameters
    ----------
    top : (rows + 2·margin, columns + 2·margin) int32 array
        Highest altitude [mm]; the least int32 where there is no return.
    role : like ``top``
        Role of the highest return.
    base : like ``top``, float32
        Terrain [m], NaN where unknown.
    margin : int
        Cells around the block to fill.
    offsets : (k, 2) int32 array
        (rows, columns) to look at, nearest first.
    surface, kind : (rows, columns) arrays, filled
        Altitude of the surface [m], NaN where unknown, and the role that it has.

    Returns
    -------
    int
        Cells filled from a neighbour, and cells filled with the terrain.
    """
    empty = np.iinfo(np.int32).min
    filled = bare = 0
    for i in range(surface.shape[0]):
        for j in range(surface.shape[1]):
            r, c = i + margin, j + margin
            if top[r, c] != empty:
                surface[i, j] = np.float32(top[r, c] / 1000.0)
                kind[i, j] = role[r, c]
                continue
            ground = base[r, c]
            surface[i, j] = ground
            kind[i, j] = GROUND
            found = False
            for k in range(offsets.shape[0]):
                a, b = r + offsets[k, 0], c + offsets[k, 1]
                if top[a, b] == empty:
                    continue
                found = True
                kind[i, j] = role[a, b]
                height = np.float32(top[a, b] / 1000.0) - base[a, b]
                if np.isnan(ground) or np.isnan(height):
                    surface[i, j] = np.float32(top[a, b] / 1000.0)
                elif role[a, b] == GROUND or role[a, b] == WATER or height < 0:
                    surface[i, j] = ground
                else:
                    surface[i, j] = ground + height
                break
            if found:
                filled += 1
            elif not np.isnan(ground):
                bare += 1
    return filled, bare
