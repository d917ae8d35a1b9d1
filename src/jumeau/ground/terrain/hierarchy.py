# SPDX-License-Identifier: EUPL-1.2
"""Hierarchy of depressions: which overflows into which, at what level, and what each holds.

Barnes, Callaghan & Wickert (2020), *Computing water flow through complex landscapes – Part 2:
Finding hierarchies in depressions and morphological segmentations*, and (2021) *– Part 3:
Fill–Spill–Merge: flow routing in depression hierarchies*, Earth Surface Dynamics 8 and 9.

Basins are the leaves. Two neighbours, once both full to the lowest pass between them, merge into
one wider depression, and so on until water can leave the domain. The tree is that of Kruskal's
algorithm on the passes, in a total order (level, drop, position), so that it does not depend on
how they were found; of several passes at one level, water takes the steepest, as it does at a
cell that several basins touch.

Each node is a bucket: the water between the pass where its two children merged and the pass where
it overflows. A full bucket overflows into the basin beyond its pass, or, when its sibling is full
too, into its parent. What ends where does not depend on the order in which water is poured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EAST = np.array([1, -1, 0, 1])
_SOUTH = np.array([0, 1, 1, 1])
_SLANT = np.array([1.0, np.sqrt(0.5), 1.0, np.sqrt(0.5)])
_BLOCK = 1 << 19
"""Cells of a block of rows."""
_FEW = 24
"""Passes of one level that are sorted in place."""


class Passes(NamedTuple):
    """Lowest pass between each pair of neighbouring basins, and how water would take it."""

    one: NDArray[np.int32]
    """Basin on one side; 0 is the outside."""
    other: NDArray[np.int32]
    level: NDArray[Any]
    """Higher altitude of the two cells [m]."""
    drop: NDArray[Any]
    """Slope between the two cells [m a cell]; infinite to the outside."""
    place: NDArray[np.int64]
    """Which pair of cells: 8 × the index of its first cell, plus the side."""


class Tree(NamedTuple):
    """Hierarchy of depressions; node 0 is the outside, 1 to `leaves` are basins, then merges."""

    leaves: int
    parent: NDArray[np.int32]
    """Node that contains each; 0 when it overflows to the outside or beside it."""
    sibling: NDArray[np.int32]
    beyond: NDArray[np.int32]
    """Basin that receives what overflows; 0 is the outside."""
    base: NDArray[np.float64]
    """Level at which the children merged [m]; −∞ for a basin."""
    spill: NDArray[np.float64]
    """Level of the pass by which it overflows [m]."""


_HASH = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(20)


@njit(cache=True, nogil=True, error_model="numpy")
def _differ(here: NDArray[np.int32], below: NDArray[np.int32], bits: NDArray[np.uint8]) -> None:
    """Set the bits of the neighbours (E, SW, S, SE) whose basin is another; rows are padded."""
    n = bits.size
    a, east = here[1 : n + 1], here[2 : n + 2]
    southwest, south, southeast = below[0:n], below[1 : n + 1], below[2 : n + 2]
    for c in range(n):
        bits[c] = (
            np.uint8(a[c] != east[c]) | np.uint8(a[c] != southwest[c]) << 1
            | np.uint8(a[c] != south[c]) << 2 | np.uint8(a[c] != southeast[c]) << 3
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _scan(
    z: NDArray[Any],
    label: NDArray[np.int32],
    sides: tuple[bool, bool, bool, bool],
    first: int,
    stride: int,
    start: int,
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    level: NDArray[Any],
    drop: NDArray[Any],
    place: NDArray[np.int64],
    keys: NDArray[np.int64],
    slots: NDArray[np.int32],
    count: int,
) -> tuple[int, int]:
    """Record the passes of rows, while there is room; return the next row and the count."""
    ny, nx = z.shape
    north, south, west, east = sides
    slant, infinity = _SLANT.astype(z.dtype), z.dtype.type(np.inf)
    mask = keys.size - 1
    pair = np.full((2, nx + 2), -1, np.int32)
    bits = np.empty(nx, np.uint8)
    for r in range(start, ny):
        if count + 5 * nx > one.size:
            return r, count
        line = z[r]
        last = r == ny - 1
        under = line if last else z[r + 1]
        pair[0, 1:-1] = label[r]
        pair[1, 1:-1] = label[r] if last else label[r + 1]
        _differ(pair[0], pair[1], bits)
        rim = (north and r == 0) or (south and last)
        for c in range(nx):
            a = pair[0, c + 1]
            edge = a > 0 and (rim or (west and c == 0) or (east and c == nx - 1))
            if bits[c] == 0 and not edge:
                continue
            for k in range(5):
                b, top, fall = np.int32(0), line[c], infinity
                if k == 4:
                    if not edge:
                        continue
                else:
                    x = c + _EAST[k]
                    if not bits[c] >> k & 1 or x < 0 or x == nx or (k and last):
                        continue
                    b = pair[min(k, 1), x + 1]
                    if a <= 0 and b <= 0:
                        continue
                    beside = under[x] if k else line[x]
                    if a < 0:
                        top = beside
                    elif b >= 0:
                        fall = np.abs(top - beside) * slant[k]
                        top = max(top, beside)
                lo, hi = max(min(a, b), 0), max(a, b)
                at = 8 * (first + r * stride + c) + k
                key = (np.int64(lo) << 32) | np.int64(hi)
                h = np.int64((np.uint64(key) * _HASH) >> _SHIFT) & mask
                while keys[h] != key and keys[h] != -1:
                    h = (h + 1) & mask
                if keys[h] == -1:
                    keys[h], slots[h] = key, count
                    one[count], other[count], level[count] = lo, hi, top
                    drop[count], place[count] = fall, at
                    count += 1
                    continue
                s = slots[h]
                if top < level[s] or (
                    top == level[s] and (fall > drop[s] or (fall == drop[s] and at < place[s]))
                ):
                    level[s], drop[s], place[s] = top, fall, at
    return ny, count


def find_passes(
    z: NDArray[Any],
    label: NDArray[np.int32],
    sides: tuple[bool, bool, bool, bool] = (True, True, True, True),
    first: int = 0,
    stride: int | None = None,
) -> Passes:
    """Return the lowest pass between each pair of neighbouring basins, in no special order.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    label : (ny, nx) int32 array
        Basins [-]; 0 outside, −1 without altitude.
    sides : tuple of bool, default all
        Whether the north, south, west and east sides are edges of the domain.
    first : int, default 0
        Index of the first cell in the whole terrain.
    stride : int, optional
        Cells in a row of the whole terrain; those of this one by default.

    Returns
    -------
    Passes
        One row a pair.
    """
    room = max(z.size // 16, 6 * z.shape[1])
    types = (np.int32, np.int32, z.dtype, z.dtype, np.int64)
    columns: list[NDArray[Any]] = [np.empty(room, t) for t in types]
    stride = z.shape[1] if stride is None else stride
    table = _table(columns[0], columns[1], 0, room)
    row = count = 0
    while True:
        found: list[Any] = [*columns, *table, count]
        row, count = _scan(z, label, sides, first, stride, row, *found)
        if row == z.shape[0]:
            return Passes(*(column[:count].copy() for column in columns))
        room *= 2
        columns = [np.concatenate([column, np.empty_like(column)]) for column in columns]
        table = _table(columns[0], columns[1], count, room)


def all_passes(z: NDArray[Any], label: NDArray[np.int32]) -> Passes:
    """Return the passes of a whole terrain, found in blocks of rows that fit the cache, unordered.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    label : (ny, nx) int32 array
        Basins [-]; 0 outside, −1 without altitude.
    """
    ny, nx = z.shape
    found = []
    for top in range(0, ny, rows := max(1, _BLOCK // nx)):
        part = slice(top, top + rows + 1)  # and the row next to it
        sides = (top == 0, top + rows >= ny, True, True)
        found.append(find_passes(z[part], label[part], sides, top * nx, nx))
    columns: list[Any] = [np.concatenate(column) for column in zip(*found, strict=True)]
    return Passes(*columns)


@njit(cache=True, nogil=True, error_model="numpy")
def _table(
    one: NDArray[np.int32], other: NDArray[np.int32], count: int, room: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return a table with room for pairs, holding the first `count`: pairs, and their rows."""
    size = 1
    while size < 2 * room:
        size *= 2
    keys, slots = np.full(size, -1, np.int64), np.empty(size, np.int32)
    for s in range(count):
        key = (np.int64(one[s]) << 32) | np.int64(other[s])
        h = np.int64((np.uint64(key) * _HASH) >> _SHIFT) & (size - 1)
        while keys[h] != -1:
            h = (h + 1) & (size - 1)
        keys[h], slots[h] = key, s
    return keys, slots


def in_order(passes: Passes) -> Passes:
    """Return passes by growing level; those of one level the steepest first, then by place.

    Parameters
    ----------
    passes : Passes
        In any order.
    """
    order = np.argsort(passes.level)
    _settle(passes.level, passes.drop, passes.place, order)
    columns: list[Any] = [column[order] for column in passes]
    return Passes(*columns)


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    level: NDArray[Any], drop: NDArray[Any], place: NDArray[np.int64], order: NDArray[np.int64]
) -> None:
    """Put the passes of one level in order."""
    start, n = 0, order.size
    while start < n:
        stop = start + 1
        while stop < n and level[order[stop]] == level[order[start]]:
            stop += 1
        if stop > start + _FEW:
            run = order[start:stop]
            run[:] = run[np.argsort(place[run])]
            run[:] = run[np.argsort(-drop[run], kind="mergesort")]
        else:
            for i in range(start + 1, stop):
                p, j = order[i], i
                while j > start:
                    q = order[j - 1]
                    if drop[q] > drop[p] or (drop[q] == drop[p] and place[q] < place[p]):
                        break
                    order[j] = q
                    j -= 1
                order[j] = p
        start = stop


@njit(cache=True, nogil=True, error_model="numpy")
def _root(up: NDArray[np.int32], i: int) -> Any:
    while up[i] != i:
        up[i] = up[up[i]]
        i = up[i]
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _grow(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    level: NDArray[Any],
    leaves: int,
    parent: NDArray[np.int32],
    sibling: NDArray[np.int32],
    beyond: NDArray[np.int32],
    base: NDArray[np.float64],
    spill: NDArray[np.float64],
) -> int:
    """Merge basins over the ordered passes (Kruskal); return the number of nodes."""
    up = np.arange(leaves + 1).astype(np.int32)
    top = np.arange(leaves + 1).astype(np.int32)
    size = np.ones(leaves + 1, np.int32)
    node = leaves + 1
    for i in range(one.size):
        a, b = _root(up, one[i]), _root(up, other[i])
        if a == b:
            continue
        u, v = top[a], top[b]
        merged = np.int32(0)
        if u and v:
            merged = np.int32(node)
            base[node] = level[i]
            sibling[u], sibling[v] = v, u
            node += 1
        if u:
            parent[u], beyond[u], spill[u] = merged, other[i], level[i]
        if v:
            parent[v], beyond[v], spill[v] = merged, one[i], level[i]
        if size[a] < size[b]:
            a, b = b, a
        up[b] = a
        size[a] += size[b]
        top[a] = merged
    return node


def useful(passes: Passes) -> Passes:
    """Return the ordered passes that join what those before them do not.

    Parameters
    ----------
    passes : Passes
        In the order of :func:`in_order`.
    """
    ends = np.concatenate([passes.one, passes.other])
    _, place = np.unique(ends, return_inverse=True)
    joins = _joins(place[: passes.one.size], place[passes.one.size :])
    columns: list[Any] = [column[joins] for column in passes]
    return Passes(*columns)


@njit(cache=True, nogil=True, error_model="numpy")
def _joins(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    up = np.arange(2 * one.size).astype(np.int32)
    joins = np.zeros(one.size, np.bool_)
    for i in range(one.size):
        a, b = _root(up, one[i]), _root(up, other[i])
        if a != b:
            joins[i] = True
            up[max(a, b)] = min(a, b)
    return joins


def tree(passes: Passes, leaves: int) -> Tree:
    """Return the hierarchy of some basins.

    Parameters
    ----------
    passes : Passes
        In the order of :func:`in_order`.
    leaves : int
        Number of basins.

    Returns
    -------
    Tree
        Its nodes, children before parents.
    """
    n = 2 * leaves + 1
    links: list[Any] = [np.zeros(n, np.int32) for _ in range(3)]
    columns = [*links, np.full(n, -np.inf), np.full(n, -np.inf)]
    nodes = _grow(passes.one, passes.other, passes.level, leaves, *columns)
    return Tree(leaves, *(column[:nodes].copy() for column in columns))
