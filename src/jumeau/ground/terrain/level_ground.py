# SPDX-License-Identifier: EUPL-1.2
"""Level ground and basins of a strip of rows, where both go on in the strips beside it.

The same rules as in :mod:`jumeau.ground.terrain.descents`, for strips that know the rows next to
them. Distances to the way down are improved strip after strip until none changes; basins are
numbered in each strip, and paths that leave it are numbered by where they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.ground.terrain.descents import DCOL, DROW, LEVEL, OUT, VOID

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy")
def _sources(
    z: NDArray[Any],
    code: NDArray[np.uint8],
    ring: NDArray[np.int32],
    first: int,
    last: int,
    found: NDArray[np.int64],
) -> int:
    """Write the cells from which distances start; return how many there are."""
    ny, nx = z.shape
    count = 0
    for r in range(ny):
        for c in range(nx):
            if code[r, c] != LEVEL:
                continue
            if r < first or r >= last:
                if ring[r, c] > 0:
                    found[count] = r * nx + c
                    count += 1
            elif ring[r, c] != 1:
                for k in range(8):
                    y, x = r + DROW[k], c + DCOL[k]
                    if z[y, x] == z[r, c] and code[y, x] != LEVEL:
                        ring[r, c] = 1
                        found[count] = r * nx + c
                        count += 1
                        break
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def widen(
    z: NDArray[Any], code: NDArray[np.uint8], ring: NDArray[np.int32], first: int, last: int
) -> tuple[bool, bool]:
    """Shorten the distances of a strip, in place, by what is known in it and beside it.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m] of the strip and of the rows next to it.
    code : (ny, nx) uint8 array
        Codes of :func:`~jumeau.ground.terrain.descents.descents` [-].
    ring : (ny, nx) int32 array
        Distance of level cells to their way down [steps]; 0 where not known.
    first, last : int
        First row of the strip, and the row after its last.

    Returns
    -------
    tuple of bool
        Whether the first and the last row of the strip changed.
    """
    nx = z.shape[1]
    north, south = ring[first].copy(), ring[last - 1].copy()
    level = 0
    for r in range(z.shape[0]):
        line = code[r]
        for c in range(nx):
            level += line[c] == LEVEL
    start = np.empty(level, np.int64)
    count = _sources(z, code, ring, first, last, start)
    start = start[:count]
    rings = ring.reshape(-1)
    start = start[np.argsort(rings[start], kind="mergesort")]
    front = np.empty((2, level), np.int64)
    i = size = side = distance = 0
    while size or i < count:
        if not size:
            distance = rings[start[i]]
        while i < count and rings[start[i]] == distance:
            front[side, size] = start[i]
            size += 1
            i += 1
        reached = 0
        for j in range(size):
            r, c = front[side, j] // nx, front[side, j] % nx
            for k in range(8):
                y, x = r + DROW[k], c + DCOL[k]
                if y < first or y >= last or x < 0 or x >= nx or code[y, x] != LEVEL:
                    continue
                if z[y, x] == z[r, c] and (ring[y, x] == 0 or ring[y, x] > distance + 1):
                    ring[y, x] = distance + 1
                    front[1 - side, reached] = y * nx + x
                    reached += 1
        side, size = 1 - side, reached
        distance += 1
    return (north != ring[first]).any(), (south != ring[last - 1]).any()


@njit(cache=True, nogil=True, error_model="numpy")
def basins(
    z: NDArray[Any], code: NDArray[np.uint8], ring: NDArray[np.int32], first: int, last: int
) -> tuple[NDArray[np.int32], int]:
    """Return the basins of a strip.

    Parameters
    ----------
    z, code, ring, first, last
        As for :func:`widen`; `code` is rewritten.

    Returns
    -------
    label : (last − first, nx) int32 array
        −1 without altitude, 0 where water goes out, 1 to `pits` by pit in the order of rows, then
        pits + 1 + column of the row above by which a path leaves, then pits + 1 + nx + column of
        the row below.
    pits : int
        Number of pits.
    """
    nx = z.shape[1]
    label = np.full((last - first, nx), -2, np.int32)
    for r in range(first, last):
        for c in range(nx):
            if code[r, c] == VOID:
                label[r - first, c] = -1
            elif code[r, c] == OUT:
                label[r - first, c] = 0
            elif ring[r, c] > 0:
                nearer = ring[r, c] - 1
                for k in range(8):
                    y, x = r + DROW[k], c + DCOL[k]
                    way = ring[y, x] == nearer and (nearer > 0 or code[y, x] != LEVEL)
                    if way and z[y, x] == z[r, c]:
                        code[r, c] = k
                        break
    pits = _pits(z, code, label, first, last)
    above, below = np.int32(pits + 1), np.int32(pits + 1 + nx)
    for r in range(first, last):
        for c in range(nx):
            if label[r - first, c] != -2:
                continue
            y, x = r, c
            found = np.int32(-2)
            while found == -2:
                k = code[y, x]
                y, x = y + DROW[k], x + DCOL[k]
                if y < first:
                    found = above + np.int32(x)
                elif y >= last:
                    found = below + np.int32(x)
                else:
                    found = label[y - first, x]
            y, x = r, c
            while first <= y < last and label[y - first, x] == -2:
                label[y - first, x] = found
                k = code[y, x]
                y, x = y + DROW[k], x + DCOL[k]
    return label, pits


@njit(cache=True, nogil=True, error_model="numpy")
def _pits(
    z: NDArray[Any], code: NDArray[np.uint8], label: NDArray[np.int32], first: int, last: int
) -> int:
    """Give numbers to the level bottoms of a strip; return how many there are."""
    nx = z.shape[1]
    left = 0
    for r in range(first, last):
        for c in range(nx):
            left += code[r, c] == LEVEL
    queue = np.empty(left, np.int64)
    pits = 0
    for r in range(first, last):
        for c in range(nx):
            if code[r, c] != LEVEL or label[r - first, c] != -2:
                continue
            pits += 1
            label[r - first, c] = pits
            queue[0] = r * nx + c
            head, tail = 0, 1
            while head < tail:
                v, u = queue[head] // nx, queue[head] % nx
                head += 1
                for k in range(8):
                    y, x = v + DROW[k], u + DCOL[k]
                    if y < first or y >= last or code[y, x] != LEVEL:
                        continue
                    if z[y, x] == z[v, u] and label[y - first, x] == -2:
                        label[y - first, x] = pits
                        queue[tail] = y * nx + x
                        tail += 1
    return pits


@njit(cache=True, nogil=True, error_model="numpy")
def join_level(
    north: NDArray[np.int32],
    z_north: NDArray[Any],
    south: NDArray[np.int32],
    z_south: NDArray[Any],
    above: int,
    below: int,
    root: NDArray[np.int32],
) -> None:
    """Join the level bottoms that touch across two strips.

    Parameters
    ----------
    north, south : (nx,) int32 arrays
        Pits of the cells of the last row of one strip and of the first row of the next [-]; 0 where
        they are not on a level bottom.
    z_north, z_south : (nx,) float arrays
        Their altitudes [m].
    above, below : int
        What to add to the pits of each to find them in `root`.
    root : (n,) int32 array
        First pit of each group [-]; rewritten.
    """
    for c in range(north.size):
        if north[c] == 0:
            continue
        for x in range(max(c - 1, 0), min(c + 2, north.size)):
            if south[x] == 0 or z_south[x] != z_north[c]:
                continue
            a, b = above + north[c], below + south[x]
            while root[a] != a:
                a = root[a]
            while root[b] != b:
                b = root[b]
            root[max(a, b)] = min(a, b)
