# SPDX-License-Identifier: EUPL-1.2
"""Order in which water climbs flats: the rows of the raster swept from north to south.

On a filled surface every cell that has a lower neighbour drains to the lowest one. Two questions
remain: which of several equally low ones, and where the cells of a flat drain. Both are answered
by the order of a priority flood whose ties are taken by position: cells inside before cells of
the edge, then by row, then by column (the order of pyflwdir, Eilander 2022,
doi:10.5281/zenodo.6390065). A cell drains to the neighbour that the flood leaves first.

Restricted to one level, that flood is a search that always takes the first open cell. As flats
do not meet, all levels can share one search: start with every cell that has a lower neighbour
open, take the first, open its equals, and again. It sweeps the raster once, coming back up only
where a flat is entered from below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Grid = NDArray[Any]
HALO = 2
"""Rows around a band that its preparation reads."""


@intrinsic
def _first_bit(typing: Any, word: Any) -> Any:
    """Return the position of the lowest bit of a word that is not zero."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), build


@njit(cache=True, nogil=True, error_model="numpy")
def _compare_row(up: Grid, mid: Grid, down: Grid, low: Grid, same: Grid, edge: Grid) -> None:
    """Set, of each cell, the bits of its lowest lower neighbours and of its equals."""
    for j in range(low.size):
        z = mid[j + 1]
        e, se, s, sw = mid[j + 2], down[j + 2], down[j + 1], down[j]
        w, nw, n, ne = mid[j], up[j], up[j + 1], up[j + 2]
        least = z
        least = e if e < least else least
        least = se if se < least else least
        least = s if s < least else least
        least = sw if sw < least else least
        least = w if w < least else least
        least = nw if nw < least else least
        least = n if n < least else least
        least = ne if ne < least else least
        equal = (
            np.uint8(e == z) | np.uint8(se == z) << 1 | np.uint8(s == z) << 2
            | np.uint8(sw == z) << 3 | np.uint8(w == z) << 4 | np.uint8(nw == z) << 5
            | np.uint8(n == z) << 6 | np.uint8(ne == z) << 7
        )  # fmt: skip
        lowest = (
            np.uint8(e == least) | np.uint8(se == least) << 1 | np.uint8(s == least) << 2
            | np.uint8(sw == least) << 3 | np.uint8(w == least) << 4 | np.uint8(nw == least) << 5
            | np.uint8(n == least) << 6 | np.uint8(ne == least) << 7
        )  # fmt: skip
        low[j] = np.uint8(lowest if least < z else 0)
        same[j] = np.uint8(equal)
        # A sum with NaN is NaN; one of elevations is not.
        around = e + se + s + sw + w + nw + n + ne
        edge[j] = np.uint8(np.isnan(around) & ~np.isnan(z))


@njit(cache=True, nogil=True, error_model="numpy")
def _awaited_row(up: Grid, mid: Grid, down: Grid, same: Grid, edge: Grid, open_: Grid) -> None:
    """Mark the cells from which the sweep starts: those that a flat or a tie waits for."""
    for j in range(same.size):
        asked = (
            np.uint8((mid[j + 2] & 16) * np.uint8(mid[j + 2] & (mid[j + 2] - 1) != 0))
            | np.uint8((down[j + 2] & 32) * np.uint8(down[j + 2] & (down[j + 2] - 1) != 0))
            | np.uint8((down[j + 1] & 64) * np.uint8(down[j + 1] & (down[j + 1] - 1) != 0))
            | np.uint8((down[j] & 128) * np.uint8(down[j] & (down[j] - 1) != 0))
            | np.uint8((mid[j] & 1) * np.uint8(mid[j] & (mid[j] - 1) != 0))
            | np.uint8((up[j] & 2) * np.uint8(up[j] & (up[j] - 1) != 0))
            | np.uint8((up[j + 1] & 4) * np.uint8(up[j + 1] & (up[j + 1] - 1) != 0))
            | np.uint8((up[j + 2] & 8) * np.uint8(up[j + 2] & (up[j + 2] - 1) != 0))
        )
        wanted = ((asked | same[j]) != 0) & (mid[j + 1] != 0) & (edge[j] == 0)
        open_[j] = np.uint8(wanted)


@njit(cache=True, nogil=True, error_model="numpy")
def _pack_row(flags: Grid, words: Grid) -> int:
    """Pack bytes that are 0 or 1 into bits; return how many are 1."""
    count = 0
    for k in range(words.size):
        word = np.uint64(0)
        for part in range(8):
            eight = flags[8 * k + part]
            if eight:
                bits = (eight * np.uint64(0x0102040810204080)) >> np.uint64(56)
                word |= bits << np.uint64(8 * part)
        words[k] = word
        while word:
            word &= word - np.uint64(1)
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def prepare(
    z: Grid, above: int, below: int,
    to: Grid, same: Grid, opened: Grid, edges: Grid, counts: Grid,
) -> None:  # fmt: skip
    """Compare each cell of a band with its neighbours.

    Parameters
    ----------
    z : array of float32, shape (above + rows + below, nx)
        Filled elevation [m] of the band and of up to two rows on either side.
    above, below : int
        Rows given on either side, 0 to 2: fewer than 2 where the raster ends.
    to, same : array of uint8, shape (rows, nx)
        Filled with the bits of the lowest lower neighbours, and of the equal ones.
    opened, edges : array of uint64, shape (rows, words)
        Filled with one bit for each cell from which the sweep starts, and of the edge.
    counts : array of int32, shape (rows,)
        Filled with the number of bits of `opened`.
    """
    rows, nx = to.shape
    width = 64 * edges.shape[1]
    ringed = np.full((rows + 4, nx + 2), np.nan, np.float32)
    ringed[2 - above : 2 + rows + below, 1:-1] = z
    low = np.zeros((rows + 2, nx + 2), np.uint8)
    equal, edge = np.zeros(nx, np.uint8), np.zeros((rows + 2, width), np.uint8)
    for i in range(rows + 2):
        if (i == 0 and above == 0) or (i == rows + 1 and below == 0):
            continue
        kin = same[i - 1] if 1 <= i <= rows else equal
        _compare_row(ringed[i], ringed[i + 1], ringed[i + 2], low[i, 1:-1], kin, edge[i, :nx])
    flags = np.zeros(width, np.uint8)
    for i in range(rows):
        to[i] = low[i + 1, 1:-1]
        _awaited_row(low[i], low[i + 1], low[i + 2], same[i], edge[i + 1, :nx], flags[:nx])
        counts[i] = _pack_row(flags.view(np.uint64), opened[i])
        _pack_row(edge[i + 1].view(np.uint64), edges[i])


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    to: Grid, same: Grid, opened: Grid, edges: Grid, counts: Grid, first: Grid,
    state: Grid, top: int, ny: int,
) -> int:  # fmt: skip
    """Settle flats and ties on the rows held; return the row wanted next, −1 when done.

    Parameters
    ----------
    to, same, opened, edges : arrays
        Those of :func:`prepare`, of the rows from `top` on; `to` and `opened` are rewritten.
    counts, first : array of int32, shape (ny,)
        Of all rows: open cells, and a word before which there is none.
    state : array of int64, shape (3,)
        Row to look at first, number of open cells, last cell of the edge taken (−1 at first).
    top, ny : int
        First row held; rows of the raster.

    Returns
    -------
    int
        Row that must be held, with its neighbours, to go on; −1 when all is settled.
    """
    rows, nx = to.shape
    width = edges.shape[1]
    rise = np.array([0, 1, 1, 1, 0, -1, -1, -1])
    run = np.array([1, 1, 0, -1, -1, -1, 0, 1])
    row, total, last = state[0], state[1], state[2]
    # A row is taken when its neighbours are held too.
    least = 0 if top == 0 else top + 1
    most = ny - 1 if top + rows == ny else top + rows - 2
    while True:
        taken = total == 0  # then a cell of the edge
        if not taken:
            while counts[row] == 0:
                row += 1
            if row < least or row > most:
                break
            r, w = row - top, first[row]
            while opened[r, w] == 0:
                w += 1
            first[row] = w
            word = opened[r, w]
            opened[r, w] = word & (word - np.uint64(1))
            counts[row] -= 1
            total -= 1
        else:
            row, w = divmod(last + 1, nx)
            mask = ~np.uint64(0) << np.uint64(w & 63)
            w >>= 6
            word = np.uint64(0)
            while row < ny:
                if row < least or row > most:
                    break
                r = row - top
                word = edges[r, w] & mask
                while word == 0 and w + 1 < width:
                    w += 1
                    word = edges[r, w]
                if word:
                    break
                row, w, mask = row + 1, 0, ~np.uint64(0)
                last = row * nx - 1
            if word == 0:
                if row >= ny:
                    row = -1
                break
        c = 64 * w + np.int64(_first_bit(word))  # type: ignore[call-arg]
        if taken:
            last = row * nx + c
        kin, lowest = np.int64(same[r, c]), row
        for d in range(8):
            i, j = r + rise[d], c + run[d]
            if i < 0 or i >= rows or j < 0 or j >= nx:
                continue
            there, back = np.int64(to[i, j]), 1 << (d + 4 & 7)
            if kin >> d & 1:
                if there:
                    continue
                if edges[i, j >> 6] >> np.uint64(j & 63) & np.uint64(1):
                    if (top + i) * nx + j > last:
                        to[i, j] = back
                    continue
                to[i, j] = back
                opened[i, j >> 6] |= np.uint64(1) << np.uint64(j & 63)
                counts[top + i] += 1
                first[top + i] = min(first[top + i], j >> 6)
                total += 1
                lowest = min(lowest, top + i)
            elif there & back and there & (there - 1):
                to[i, j] = back
        row = lowest
    state[0], state[1], state[2] = max(row, 0), total, last
    return row
