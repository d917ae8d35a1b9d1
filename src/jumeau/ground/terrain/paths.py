# SPDX-License-Identifier: EUPL-1.2
"""Cells counted down the flow paths of a band of rows, and what leaves it.

A cell passes its count on when all the cells that drain into it have given theirs; the walk then
goes down from it as far as it can, so that each cell is passed once. Bands are counted alone;
their rims are joined in a small graph, and each band is counted again with what enters it
(Barnes 2017, doi:10.1016/j.envsoft.2017.02.022, with bands for tiles).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Grid = NDArray[Any]

NODATA = 247
"""Code of a cell that has no elevation."""
ENDS = -1
"""Of a path that ends in the band, at an outlet."""


@njit(cache=True, nogil=True, error_model="numpy")
def _drained_row(up: Grid, mid: Grid, down: Grid, count: Grid) -> None:
    """Count the neighbours that drain into each cell of a row."""
    for j in range(count.size):
        count[j] = (
            np.uint8(mid[j + 2] == 16) + np.uint8(down[j + 2] == 32) + np.uint8(down[j + 1] == 64)
            + np.uint8(down[j] == 128) + np.uint8(mid[j] == 1) + np.uint8(up[j] == 2)
            + np.uint8(up[j + 1] == 4) + np.uint8(up[j + 2] == 8)
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(nx: int) -> Grid:
    """Return the displacement of each code in a flat array; 0 stays."""
    step = np.zeros(256, np.int64)
    step[1], step[2], step[4], step[8] = 1, nx + 1, nx, nx - 1
    step[16], step[32], step[64], step[128] = -1, -nx - 1, -nx, 1 - nx
    return step


@njit(cache=True, nogil=True, error_model="numpy")
def count_cells(code: Grid, total: Grid) -> None:
    """Add to each cell of a band the totals of the cells that drain into it.

    Parameters
    ----------
    code : array of uint8, shape (rows, nx)
        D8 codes; what they send out of the band is lost.
    total : array of int32 or int64, shape (rows, nx)
        Own count of each cell, replaced by its total.
    """
    rows, nx = code.shape
    flat, sums, step = code.reshape(-1), total.reshape(-1), _steps(nx)
    waits = np.empty(flat.size, np.uint8)
    three = np.zeros((3, nx + 2), np.uint8)
    three[1, 1:-1] = code[0]
    for i in range(rows):
        if i + 1 < rows:
            three[(i + 2) % 3, 1:-1] = code[i + 1]
        else:
            three[(i + 2) % 3] = 0
        row = waits[i * nx : (i + 1) * nx]
        _drained_row(three[i % 3], three[(i + 1) % 3], three[(i + 2) % 3], row)
    size = flat.size
    for start in range(size):
        k = start
        while waits[k] == 0:
            waits[k] = 255
            down = step[flat[k]]
            after = k + down
            if down == 0 or after < 0 or after >= size:
                break
            sums[after] += sums[k]
            waits[after] -= 1
            k = after


@njit(cache=True, nogil=True, error_model="numpy")
def _leads(code: Grid, mark: Grid, start: int) -> int:
    """Return where a path leaves the band: column above, nx + column below, ENDS if it does not.

    Remembers it along the path.
    """
    rows, nx = code.shape
    flat, known = code.reshape(-1), mark.reshape(-1)
    step, size = _steps(nx), code.size
    k, found = start, np.int32(ENDS)
    while True:
        if known[k] > ENDS - 1:
            found = known[k]
            break
        down = step[flat[k]]
        after = k + down
        if down == 0:
            break
        if after < 0:
            found = np.int32(k)
            break
        if after >= size:
            found = np.int32(nx + k - (rows - 1) * nx)
            break
        k = after
    k = start
    while known[k] < ENDS:
        known[k] = found
        after = k + step[flat[k]]
        if after == k or after < 0 or after >= size:
            break
        k = after
    return int(found)


@njit(cache=True, nogil=True, error_model="numpy")
def rim_of(code: Grid, total: Grid) -> tuple[Grid, Grid, Grid]:
    """Describe the first and the last row of a band counted alone.

    Parameters
    ----------
    code : array of uint8, shape (rows, nx)
        D8 codes.
    total : array of int32 or int64, shape (rows, nx)
        Cells counted by :func:`count_cells` in the band alone.

    Returns
    -------
    count : array of int64, shape (2·nx,)
        Totals of the cells of the first row, then of the last.
    link : array of int32, shape (2·nx,)
        Cell of this rim by which what enters there leaves the band; ENDS if it does not.
    shift : array of int8, shape (2·nx,)
        Of a cell that drains out of the band, the columns by which it does; 2 of any other.
    """
    rows, nx = code.shape
    mark = np.full((rows, nx), ENDS - 1, np.int32)
    count, link = np.empty(2 * nx, np.int64), np.empty(2 * nx, np.int32)
    shift = np.full(2 * nx, 2, np.int8)
    for j in range(nx):
        count[j], count[nx + j] = total[0, j], total[rows - 1, j]
        link[j] = _leads(code, mark, j)
        link[nx + j] = _leads(code, mark, (rows - 1) * nx + j)
        up, down = code[0, j], code[rows - 1, j]
        if up in (32, 64, 128):
            shift[j] = 1 if up == 128 else 0 if up == 64 else -1
        if down in (2, 4, 8):
            shift[nx + j] = 1 if down == 2 else 0 if down == 4 else -1
    return count, link, shift


@njit(cache=True, nogil=True, error_model="numpy")
def join_rims(count: Grid, link: Grid, shift: Grid) -> Grid:
    """Return what enters each band by each cell of its rim.

    Parameters
    ----------
    count, link, shift : arrays, shape (bands, 2·nx)
        Rims of the bands from north to south, see :func:`rim_of`; `count` is rewritten.

    Returns
    -------
    array of int64, shape (bands, 2·nx)
        Cells drained from the neighbouring bands.
    """
    bands, width = count.shape
    nx = width // 2
    enters = np.zeros((bands, width), np.int64)
    waits = np.zeros((bands, width), np.int32)
    for b in range(bands):
        for k in range(width):
            if shift[b, k] != 2:
                band, entry = _across(b, k, shift[b, k], nx)
                after = link[band, entry]
                if after != ENDS:
                    waits[band, after] += 1
    for b in range(bands):
        for k in range(width):
            band, item = b, k
            while shift[band, item] != 2 and waits[band, item] == 0:
                waits[band, item] = -1
                following, entry = _across(band, item, shift[band, item], nx)
                enters[following, entry] += count[band, item]
                after = link[following, entry]
                if after == ENDS:
                    break
                count[following, after] += count[band, item]
                waits[following, after] -= 1
                band, item = following, after
    return enters


@njit(cache=True, nogil=True, error_model="numpy")
def _across(band: int, item: int, shift: int, nx: int) -> tuple[int, int]:
    """Return the band and the cell of its rim that a cell of a rim drains to."""
    if item < nx:
        return band - 1, nx + item + shift
    return band + 1, item - nx + shift
