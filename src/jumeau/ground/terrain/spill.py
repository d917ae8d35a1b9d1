# SPDX-License-Identifier: EUPL-1.2
"""Basins of a block of terrain and the lowest passes between them.

Each cell points to its lowest neighbour; following the pointers leads to a minimum, whose basin
it belongs to. The filled elevation of a cell is the higher of its own and of the level of its
basin, and that level is the lowest, over the ways from the basin to an outlet, of the highest
pass on the way: a question about the small graph of basins and passes, answered by a minimum
spanning forest (Cordonnier, Bovy and Braun 2019, doi:10.5194/esurf-7-549-2019), and not about
cells. Basins that touch the border of the block stay open: their levels come from the graph of
all blocks (Barnes 2016, doi:10.1016/j.cageo.2016.07.001).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Grid = NDArray[Any]

OUTSIDE = 0
"""Basin of everything that is not terrain: NaN, and what lies beyond the raster."""
_RING = -1


@njit(cache=True, nogil=True, error_model="numpy")
def _point_row(up: Grid, mid: Grid, down: Grid, to: Grid, first: int, width: int) -> None:
    """Point each cell of a row to its lowest neighbour in the order (elevation, position)."""
    nw, n, ne, w = np.int32(-width - 1), np.int32(-width), np.int32(1 - width), np.int32(-1)
    e, sw, s, se = np.int32(1), np.int32(width - 1), np.int32(width), np.int32(width + 1)
    for j in range(to.size):
        best = mid[j + 1]
        step = np.int32(0)
        if up[j] <= best:
            best, step = up[j], nw
        if up[j + 1] <= best:
            best, step = up[j + 1], n
        if up[j + 2] <= best:
            best, step = up[j + 2], ne
        if mid[j] <= best:
            best, step = mid[j], w
        if mid[j + 2] < best:
            best, step = mid[j + 2], e
        if down[j] < best:
            best, step = down[j], sw
        if down[j + 1] < best:
            best, step = down[j + 1], s
        if down[j + 2] < best:
            best, step = down[j + 2], se
        to[j] = np.int32(first + j) + step


@njit(cache=True, nogil=True, error_model="numpy")
def _label(z: Grid, to: Grid) -> int:
    """Replace pointers by the number of the basin, 1…n; 0 on NaN, −1 on the ring."""
    ny, nx = z.shape
    flat, at = z.reshape(-1), to.reshape(-1)
    for i in range(1, ny - 1):
        _point_row(z[i - 1], z[i], z[i + 1], to[i, 1:-1], i * nx + 1, nx)
    to[0, :] = to[-1, :] = _RING
    to[:, 0] = to[:, -1] = _RING
    count = 0
    # A settled cell holds −2 − basin; a pointer is positive; the ring is never pointed to.
    for i in range(1, ny - 1):
        for start in range(i * nx + 1, i * nx + nx - 1):
            k = start
            while at[k] > 0 and at[k] != k:
                k = at[k]
            if at[k] > 0:
                if flat[k] == flat[k]:
                    count += 1
                    at[k] = -2 - count
                else:
                    at[k] = -2
            found = at[k]
            k = start
            while at[k] > 0:
                after = at[k]
                at[k] = found
                k = after
        # Cells of the row above are read no more as pointers, but may be as settled cells.
    for i in range(1, ny - 1):
        row = to[i, 1:-1]
        for j in range(row.size):
            row[j] = -2 - row[j]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _differ_row(own: Grid, down: Grid, differs: Grid) -> None:
    """Mark the cells of a row that have a later neighbour in another basin."""
    for j in range(differs.size):
        here = own[j + 1]
        apart = (own[j + 2] ^ here) | (down[j] ^ here) | (down[j + 1] ^ here) | (down[j + 2] ^ here)
        differs[j] = np.uint8(apart != 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _note_row(
    start: int, words: Grid, steps: Grid, of: Grid, flat: Grid, used: int,
    head: Grid, book: Grid, level: Grid,
) -> int:  # fmt: skip
    """Note the passes from the marked cells of a row to their four later neighbours."""
    for word in range(words.size):
        marks, k = words[word], start + 8 * word - 1
        while marks:
            k += 1
            marked = marks & np.uint64(255)
            marks >>= np.uint64(8)
            if not marked:
                continue
            own, high = of[k], flat[k]
            for d in range(4):
                near = k + steps[d]
                other = of[near]
                if other == own:
                    continue
                if other == _RING:
                    continue
                height = high
                if not flat[near] <= high and other != OUTSIDE:
                    height = flat[near]
                a, b = max(own, other), min(own, other)
                # The list of a basin is short; the pass met last stands first.
                item, before = head[a], np.int32(-1)
                while item >= 0 and book[1, item] != b:
                    before, item = item, book[2, item]
                if item < 0:
                    book[0, used], book[1, used], book[2, used] = a, b, head[a]
                    level[used], head[a] = height, used
                    used += 1
                    continue
                level[item] = min(level[item], height)
                if before >= 0:
                    book[2, before] = book[2, item]
                    book[2, item], head[a] = head[a], item
    return used


@njit(cache=True, nogil=True, error_model="numpy")
def _passes(z: Grid, label: Grid, count: int) -> tuple[Grid, Grid]:
    """Return the lowest pass between each two basins that touch: basins (a > b); level."""
    ny, nx = z.shape
    flat, of = z.reshape(-1), label.reshape(-1)
    steps = np.array([1, nx - 1, nx, nx + 1])
    head = np.full(count + 1, -1, np.int32)
    book = np.empty((3, 4 * (count + nx)), np.int32)
    level = np.empty(book.shape[1], flat.dtype)
    words = np.zeros((nx + 7) // 8, np.uint64)
    differs = words.view(np.uint8)[: nx - 2]
    used = 0
    for i in range(1, ny - 1):
        if used + 4 * nx > level.size:
            book, level = _longer(book, level)
        _differ_row(label[i], label[i + 1], differs)
        used = _note_row(i * nx + 1, words, steps, of, flat, used, head, book, level)
    return book[:2, :used], level[:used]


@njit(cache=True, nogil=True, error_model="numpy")
def _longer(book: Grid, level: Grid) -> tuple[Grid, Grid]:
    more = np.empty((3, 2 * level.size), book.dtype)
    levels = np.empty(2 * level.size, level.dtype)
    more[:, : level.size], levels[: level.size] = book, level
    return more, levels


@njit(cache=True, nogil=True, error_model="numpy")
def _root(parent: Grid, item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


@njit(cache=True, nogil=True, error_model="numpy")
def _join(
    order: Grid, pair: Grid, level: Grid, opened: Grid, rise: Grid, home: Grid
) -> tuple[Grid, Grid]:
    """Join basins by rising passes until each hangs on an open one.

    Fills `rise`, the highest pass on the lowest way of a basin to an open one, and `home`, that
    open one. Returns the passes that join open basins two by two: basins; level.
    """
    count = opened.size
    parent = np.arange(count).astype(np.int32)  # sets of basins; one open at most in each
    beyond = parent.copy()  # sets of open basins already joined
    chain = parent.copy()  # members of a set that has no open basin, as a ring
    size = np.ones(count, np.int32)
    for item in range(count):
        home[item] = item if opened[item] else -1
    kept, used = np.empty((2, count), np.int32), 0
    heights = np.empty(count, level.dtype)
    for item in order:
        one, two = _root(parent, pair[0, item]), _root(parent, pair[1, item])
        if one == two:
            continue
        if home[one] >= 0 and home[two] >= 0:
            left, right = _root(beyond, home[one]), _root(beyond, home[two])
            if left != right:
                beyond[max(left, right)] = min(left, right)
                kept[0, used], kept[1, used] = home[one], home[two]
                heights[used] = level[item]
                used += 1
            continue
        if home[one] < 0 and home[two] < 0:
            if size[one] < size[two]:
                one, two = two, one
            parent[two] = one
            size[one] += size[two]
            chain[one], chain[two] = chain[two], chain[one]
            continue
        if home[one] < 0:
            one, two = two, one
        member = two
        while home[member] < 0:
            home[member], rise[member] = home[one], level[item]
            member = chain[member]
        parent[two] = one
    return kept[:, :used], heights[:used]


class Block(NamedTuple):
    """Basins of a block of terrain, closed ones resolved.

    Parameters
    ----------
    label : array of int32, shape (ny + 2, nx + 2)
        Basin of each cell; 0 on NaN, −1 on the ring around the block.
    rise : array, shape (basins + 1,)
        Level that a basin must reach before it spills into an open one [m]; −inf when open.
    home : array of int32, shape (basins + 1,)
        The open basin it spills into, open basins being numbered anew; 0 is the outside.
    pair : array of int32, shape (2, passes)
        Open basins joined by a pass; enough passes to know every lowest way between them.
    level : array, shape (passes,)
        Elevation of those passes [m].
    opens : int
        Number of open basins, the outside among them.
    """

    label: Grid
    rise: Grid
    home: Grid
    pair: Grid
    level: Grid
    opens: int


def basins(ringed: Grid) -> Block:
    """Return the basins of a block and the passes between those that touch its border.

    Parameters
    ----------
    ringed : array of float32 or float64, shape (ny + 2, nx + 2)
        Elevation [m] with a ring of NaN around; NaN where there is no terrain.
    """
    label = np.empty(ringed.shape, np.int32)
    count = _label(ringed, label)
    pair, level = _passes(ringed, label, count)
    opened = np.zeros(count + 1, np.bool_)
    opened[OUTSIDE] = True
    inner = label[1:-1, 1:-1]
    for side in (inner[0], inner[-1], inner[:, 0], inner[:, -1]):
        opened[side] = True
    rise, home, kept, heights = joined(pair, level, opened)
    anew = (np.cumsum(opened) - 1).astype(np.int32)
    return Block(label, rise, anew[home], anew[kept], heights, int(anew[-1]) + 1)


def joined(pair: Grid, level: Grid, opened: Grid) -> tuple[Grid, Grid, Grid, Grid]:
    """Hang every basin on an open one by its lowest way; return rise, home, pair and level.

    Parameters
    ----------
    pair : array of int32, shape (2, passes)
        Basins that a pass joins.
    level : array, shape (passes,)
        Elevation of the pass [m].
    opened : array of bool, shape (basins,)
        Basins whose own level is found elsewhere, ``OUTSIDE`` among them.

    Returns
    -------
    rise, home : arrays, shape (basins,)
        Highest pass on the lowest way to an open basin [m], and that basin.
    kept, heights : arrays
        Passes that join open basins two by two: basins; elevation [m].
    """
    rise = np.full(opened.size, -np.inf, level.dtype)
    home = np.empty(opened.size, np.int32)
    kept, heights = _join(np.argsort(level), pair, level, opened, rise, home)
    return rise, home, kept, heights


@njit(cache=True, nogil=True, error_model="numpy")
def raised(ringed: Grid, label: Grid, level: Grid, out: Grid) -> None:
    """Write the higher of each cell's elevation and of the level of its basin.

    Parameters
    ----------
    ringed, label : arrays, shape (ny + 2, nx + 2)
        Elevation [m] and basin, with their rings.
    level : array, shape (basins + 1,)
        Level of each basin [m].
    out : array, shape (ny, nx)
        Receives the filled elevation [m].
    """
    for i in range(out.shape[0]):
        z, of, row = ringed[i + 1], label[i + 1], out[i]
        for j in range(row.size):
            here, floor = z[j + 1], level[of[j + 1]]
            row[j] = floor if floor > here else here
