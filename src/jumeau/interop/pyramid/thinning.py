# SPDX-License-Identifier: EUPL-1.2
"""Kernel of thinning: where rows would fall on one another, one stands for those of its cell.

Cells are those of a grid fixed to the world, whose side halves from one zoom to the next: the rows
of a zoom are among those of the next one, tiles side by side agree, and no place that holds rows
becomes empty. In a cell, the row whose identifier has the smallest hash stands for the others; the
area (or the length) of what is drawn is that of all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from jumeau.interop.pyramid.commands import LINE, POINT, SQUARE, STROKE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def hashes(blob: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return a hash of each text (FNV-1a, then mixed): ndarray (n,)."""
    out = np.empty(len(ends) - 1, np.uint32)
    for i in range(len(ends) - 1):
        h = np.uint32(2166136261)
        for j in range(ends[i], ends[i + 1]):
            h = np.uint32((h ^ np.uint32(blob[j])) * np.uint32(16777619))
        h ^= h >> np.uint32(16)
        h = np.uint32(h * np.uint32(0x85EBCA6B))
        h ^= h >> np.uint32(13)
        h = np.uint32(h * np.uint32(0xC2B2AE35))
        out[i] = h ^ (h >> np.uint32(16))
    return out


@njit(cache=True, nogil=True)
def measures(
    kind: NDArray[np.uint8],
    parts: NDArray[np.int64],
    starts: NDArray[np.int64],
    hole: NDArray[np.uint8],
    xy: NDArray[np.uint32],
) -> NDArray[np.float32]:
    """Return the area of each polygon and the length of each line, 0 for points."""
    out = np.zeros(len(kind), np.float32)
    for row in range(len(kind)):
        total = 0.0
        for part in range(parts[row], parts[row + 1]):
            own = 0.0
            first = starts[part]
            for i in range(first, starts[part + 1] - 1):
                ax = float(xy[i, 0]) - float(xy[first, 0])
                ay = float(xy[i, 1]) - float(xy[first, 1])
                bx = float(xy[i + 1, 0]) - float(xy[first, 0])
                by = float(xy[i + 1, 1]) - float(xy[first, 1])
                if kind[row] == LINE:
                    own += np.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
                elif kind[row] != POINT:
                    own += (ax * by - bx * ay) / 2
            total += -abs(own) if hole[part] else abs(own)
        out[row] = max(total, 0.0)
    return out


@njit(cache=True, nogil=True)
def thin(
    rows: NDArray[np.int64],
    kind: NDArray[np.uint8],
    box: NDArray[np.uint32],
    measure: NDArray[np.float32],
    rank: NDArray[np.uint32],
    cell: int,
    window: tuple[int, int, int, int],
    unit: float,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64], NDArray[np.int32]]:
    """Choose the rows that are drawn, and how.

    Parameters
    ----------
    rows : ndarray (n,)
        Rows of the tile.
    kind, box, measure, rank
        Of all rows of the table: see :class:`jumeau.interop.pyramid.shapes.Shapes`.
    cell : int
        Side of a cell [2⁻³² of the world], a power of two: what is smaller is gathered.
    window : (west, north, east, south)
        The tile and its margin; the cells that lie across its edge are left to other tiles.
    unit : float
        Side of a tile unit [2⁻³² of the world].

    Returns
    -------
    rows, form, measure, one_in : ndarray (m,)
        Rows, how each is drawn (see :func:`jumeau.interop.pyramid.commands.commands`) and how many
        it stands for, itself included.
    """
    shift = 0
    while (1 << shift) < cell:
        shift += 1
    size = 64
    while size < 2 * len(rows):
        size *= 2
    keys = np.full(size, -1, np.int64)
    best = np.empty(size, np.int64)
    count = np.zeros(size, np.int32)
    total = np.zeros(size, np.float64)
    slots = np.empty(len(rows), np.int64)
    west, north, east, south = window
    for i in range(len(rows)):
        row = rows[i]
        slots[i] = -1
        a, b = np.int64(box[row, 0]), np.int64(box[row, 1])
        c, d = np.int64(box[row, 2]), np.int64(box[row, 3])
        if kind[row] != POINT and max(c - a, d - b) >= cell:
            continue
        x, y = ((a + c) >> 1) >> shift, ((b + d) >> 1) >> shift
        if x << shift < west or y << shift < north:
            slots[i] = -2
            continue
        if (x + 1) << shift > east or (y + 1) << shift > south:
            slots[i] = -2
            continue
        key = (x << 32) | y
        slot = ((key ^ (key >> 29)) * 2654435761) & (size - 1)
        while keys[slot] != key and keys[slot] != -1:
            slot = (slot + 1) & (size - 1)
        if keys[slot] == -1:
            keys[slot], best[slot] = key, row
        other = best[slot]
        if rank[row] < rank[other] or (rank[row] == rank[other] and row < other):
            best[slot] = row
        count[slot] += 1
        total[slot] += measure[row]
        slots[i] = slot
    out = np.empty(len(rows), np.int64)
    form = np.zeros(len(rows), np.uint8)
    drawn = np.zeros(len(rows), np.float64)
    one_in = np.ones(len(rows), np.int32)
    n = 0
    for i in range(len(rows)):
        slot, row = slots[i], rows[i]
        if slot == -2 or (slot >= 0 and best[slot] != row):
            continue
        out[n] = row
        if slot >= 0:
            one_in[n] = count[slot]
            if kind[row] == LINE:
                form[n], drawn[n] = STROKE, min(total[slot], cell) / unit
            elif kind[row] != POINT:
                form[n], drawn[n] = SQUARE, min(np.sqrt(total[slot]), cell) / unit
        n += 1
    return out[:n], form[:n], drawn[:n], one_in[:n]
