# SPDX-License-Identifier: EUPL-1.2
"""Water poured into a hierarchy of depressions: what each holds, to which level, what leaves.

Sums over cells are exact (integers of 2⁻⁶² m), so that they do not depend on the order in which
cells are met, nor on how the terrain is cut into tiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.ground.terrain.hierarchy import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FINE, _CARRY = 2.0**62, 1 << 62
_HUGE = 1e9
"""Rain that is not summed exactly, infinity included [m]."""


class Sums(NamedTuple):
    """Exact sums by basin or node: whole metres, and the 2⁻⁶² m beyond."""

    cells: NDArray[np.int64]
    coarse: NDArray[np.int64]
    fine: NDArray[np.int64]


class Poured(NamedTuple):
    """Where the water of each basin ended."""

    held: NDArray[np.float64]
    """Water in each node's bucket [m × cells]."""
    full: NDArray[np.bool_]
    left: float
    """Water that left the domain from a basin [m × cells]."""


def no_sums(size: int) -> Sums:
    """Return empty sums for some basins or nodes.

    Parameters
    ----------
    size : int
        How many [-].
    """
    return Sums(*(np.zeros(size, np.int64) for _ in range(3)))


def values(sums: Sums) -> NDArray[np.float64]:
    """Return the sums [m × cells].

    Parameters
    ----------
    sums : Sums
        Exact sums.
    """
    return sums.coarse + sums.fine / _FINE


def uniform(rain: Any, cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the water that one depth of rain [m] brings to basins of some cells [m × cells].

    Parameters
    ----------
    rain : float
        Depth of rain [m].
    cells : (basins + 1,) int64 array
        Cells of each basin [-]; of the outside at 0.
    """
    return np.where(cells > 0, float(rain), 0.0) * cells


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _add(coarse: Any, fine: Any, i: int, value: float) -> None:
    whole = np.int64(value)
    coarse[i] += whole
    fine[i] += np.int64((value - whole) * _FINE)
    if fine[i] >= _CARRY:
        fine[i] -= _CARRY
        coarse[i] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def collect(
    rain: NDArray[Any],
    label: NDArray[np.int32],
    cells: NDArray[np.int64],
    coarse: NDArray[np.int64],
    fine: NDArray[np.int64],
    huge: NDArray[np.float64],
) -> bool:
    """Add the rain of each basin to its sums [m × cells].

    Parameters
    ----------
    rain : (ny, nx) float array
        Depth of rain [m]; what falls outside the domain is ignored.
    label : (ny, nx) int32 array
        Basins [-].
    cells, coarse, fine : (basins + 1,) int64 arrays
        Sums [-], completed; the outside is at 0.
    huge : (basins + 1,) float64 array
        Sum of depths too large for the others [-], infinity included.

    Returns
    -------
    bool
        Whether all of it is a number, 0 or more.
    """
    good = True
    for r in range(label.shape[0]):
        of, fall = label[r], rain[r]
        for c in range(label.shape[1]):
            if of[c] < 0:
                continue
            good &= fall[c] >= 0.0
            cells[of[c]] += 1
            if fall[c] > _HUGE:
                huge[of[c]] += fall[c]
            elif fall[c] > 0.0:
                _add(coarse, fine, of[c], float(fall[c]))
    return good


@njit(cache=True, nogil=True, error_model="numpy")
def _shortcuts(
    parent: NDArray[np.int32], spill: NDArray[np.float64], leaves: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return a far ancestor of each node, and the level at which each basin leaves the domain."""
    n = parent.size
    depth, far = np.zeros(n, np.int32), np.zeros(n, np.int32)
    last = spill.copy()
    for i in range(1, n):
        v = n - i
        p = parent[v]
        depth[v] = depth[p] + 1
        j = far[p]
        far[v] = far[j] if depth[p] - depth[j] == depth[j] - depth[far[j]] else p
        if p:
            last[v] = last[p]
    return far, last[: leaves + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(
    z: NDArray[Any],
    label: NDArray[np.int32],
    parent: NDArray[np.int32],
    far: NDArray[np.int32],
    spill: NDArray[np.float64],
    last: NDArray[np.float64],
    cells: NDArray[np.int64],
    coarse: NDArray[np.int64],
    fine: NDArray[np.int64],
) -> None:
    """Add each cell to the smallest depression that covers it, and its depth when that is full."""
    for r in range(z.shape[0]):
        line, of = z[r], label[r]
        for c in range(z.shape[1]):
            v = of[c]
            if v <= 0 or line[c] > last[v]:
                continue
            at = float(line[c])
            while spill[v] < at:
                v = far[v] if far[v] and spill[far[v]] < at else parent[v]
            cells[v] += 1
            _add(coarse, fine, v, spill[v] - at)


class Scales(NamedTuple):
    """What the weighing of cells needs: shortcuts of the tree, and its sums by node."""

    far: NDArray[np.int32]
    last: NDArray[np.float64]
    sums: Sums


def scales(tree: Tree) -> Scales:
    """Return empty scales for a hierarchy.

    Parameters
    ----------
    tree : Tree
        Hierarchy.
    """
    return Scales(*_shortcuts(tree.parent, tree.spill, tree.leaves), no_sums(tree.parent.size))


def weigh(z: NDArray[Any], label: NDArray[np.int32], tree: Tree, on: Scales) -> None:
    """Add the cells of a window to the scales.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    label : (ny, nx) int32 array
        Basins [-].
    tree : Tree
        Hierarchy.
    on : Scales
        Sums, completed.
    """
    _weigh(z, label, tree.parent, on.far, tree.spill, on.last, *on.sums)


class Buckets(NamedTuple):
    """Capacity of each node."""

    room: NDArray[np.float64]
    """Water between the merge of the children and the pass [m × cells]."""
    area: NDArray[np.int64]
    """Cells under water when the children have just merged."""


def buckets(tree: Tree, sums: Sums) -> Buckets:
    """Return the capacity of each node: area·(spill − base) + Σ (spill − z) over its own cells.

    Parameters
    ----------
    tree : Tree
        Hierarchy.
    sums : Sums
        Cells weighed.
    """
    area = _areas(tree.parent, sums.cells)
    slab = np.zeros(area.size)
    merged = area > 0
    slab[merged] = area[merged] * (tree.spill[merged] - tree.base[merged])
    return Buckets(slab + values(sums), area)


@njit(cache=True, nogil=True, error_model="numpy")
def _areas(parent: NDArray[np.int32], own: NDArray[np.int64]) -> NDArray[np.int64]:
    area = np.zeros(own.size, np.int64)
    for v in range(1, own.size):
        if parent[v]:
            area[parent[v]] += area[v] + own[v]
    return area


@njit(cache=True, nogil=True, error_model="numpy")
def _pour(
    inflow: NDArray[np.float64],
    room: NDArray[np.float64],
    parent: NDArray[np.int32],
    sibling: NDArray[np.int32],
    beyond: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    n = room.size
    held = np.zeros(n)
    full = np.zeros(n, np.bool_)
    towards = np.arange(n).astype(np.int32)  # where water that comes to a full node goes
    left = 0.0
    for leaf in range(1, inflow.size):
        water = inflow[leaf]
        v = np.int32(leaf)
        while water > 0.0:
            while towards[v] != v:
                towards[v] = towards[towards[v]]
                v = towards[v]
            if v == 0:
                left += water
                break
            free = room[v] - held[v]
            if water < free:
                held[v] += water
                break
            held[v] = room[v]
            full[v] = True
            water -= free
            if parent[v] and full[sibling[v]]:
                towards[v] = parent[v]
            else:
                towards[v] = beyond[v]
    return held, full, left


def pour(inflow: NDArray[np.float64], tree: Tree, of: Buckets) -> Poured:
    """Pour water into basins, and let it overflow and merge.

    Parameters
    ----------
    inflow : (leaves + 1,) float64 array
        Water of each basin [m × cells]; that of the outside, at 0, is not counted.
    tree : Tree
        Hierarchy.
    of : Buckets
        Capacities.

    Returns
    -------
    Poured
        Water in each node, and what left the domain.
    """
    return Poured(*_pour(inflow, of.room, tree.parent, tree.sibling, tree.beyond))


def partly_full(tree: Tree, of: Buckets, poured: Poured) -> NDArray[np.int32]:
    """Return the node whose level has to be solved, for each basin; 0 where there is none.

    Parameters
    ----------
    tree : Tree
        Hierarchy.
    of : Buckets
        Capacities.
    poured : Poured
        Water of each node.
    """
    own = np.where(_partial(of, poured), np.arange(of.room.size), 0)
    return _inherit(tree.parent, own)[: tree.leaves + 1]


def _partial(of: Buckets, poured: Poured) -> NDArray[np.bool_]:
    return (poured.held > 0.0) & (poured.held < of.room)


@njit(cache=True, nogil=True, error_model="numpy")
def _inherit(parent: NDArray[np.int32], own: NDArray[np.int64]) -> NDArray[np.int32]:
    got = own.astype(np.int32)
    for i in range(1, own.size):
        v = own.size - i
        if got[parent[v]]:
            got[v] = got[parent[v]]
    return got


@njit(cache=True, nogil=True, error_model="numpy")
def shores(
    z: NDArray[Any],
    label: NDArray[np.int32],
    partial: NDArray[np.int32],
    base: NDArray[np.float64],
    spill: NDArray[np.float64],
) -> tuple[NDArray[np.int32], Any]:
    """Return the node and altitude of the cells that decide the levels of partly full nodes.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    label : (ny, nx) int32 array
        Basins [-].
    partial : (leaves + 1,) int32 array
        Of :func:`partly_full` [-].
    base, spill : (nodes,) float64 arrays
        Levels between which the cells of a node lie [m].
    """
    count = 0
    for write in range(2):
        if write:
            node, at = np.empty(count, np.int32), np.empty(count, z.dtype)
            count = 0
        for r in range(z.shape[0]):
            line, of = z[r], label[r]
            for c in range(z.shape[1]):
                v = partial[of[c]] if of[c] > 0 else np.int32(0)
                if v and line[c] > base[v] and line[c] <= spill[v]:
                    if write:
                        node[count], at[count] = v, line[c]
                    count += 1
    return node, at


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(
    node: NDArray[np.int32],
    at: NDArray[Any],
    held: NDArray[np.float64],
    partial: NDArray[np.bool_],
    area: NDArray[np.int64],
    base: NDArray[np.float64],
    level: NDArray[np.float64],
) -> None:
    """Raise each partly full node until it holds its water: area·(L − base) + Σ max(L − z, 0)."""
    start = np.zeros(held.size + 1, np.int64)
    for i in range(node.size):
        start[node[i] + 1] += 1
    for v in range(held.size):
        start[v + 1] += start[v]
    place = start.copy()
    grouped = np.empty(at.size, at.dtype)
    for i in range(node.size):
        grouped[place[node[i]]] = at[i]
        place[node[i]] += 1
    for v in range(1, held.size):
        if not partial[v]:
            continue
        run = grouped[start[v] : start[v + 1]]
        run.sort()
        water, wet = held[v], float(area[v])
        surface = base[v] if area[v] else float(run[0])
        for i in range(run.size):
            step = wet * (float(run[i]) - surface)
            if step >= water:
                break
            water -= step
            surface = float(run[i])
            wet += 1.0
        level[v] = surface + water / wet


def levels(
    tree: Tree, of: Buckets, poured: Poured, shore: tuple[NDArray[np.int32], NDArray[Any]]
) -> NDArray[np.float64]:
    """Return the level of the water in each basin.

    Parameters
    ----------
    tree : Tree
        Hierarchy.
    of : Buckets
        Capacities.
    poured : Poured
        Water of each node.
    shore : tuple
        Nodes and altitudes of :func:`shores` [-].

    Returns
    -------
    (leaves + 1,) float64 array
        Level [m]; −∞ where there is no water, and for the outside.
    """
    level = np.where(poured.full, tree.spill, -np.inf)
    partial = _partial(of, poured)
    _solve(*shore, poured.held, partial, of.area, tree.base, level)
    _raise(tree.parent, level)
    return level[: tree.leaves + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _raise(parent: NDArray[np.int32], level: NDArray[np.float64]) -> None:
    for i in range(1, level.size):
        v = level.size - i
        if parent[v] and level[parent[v]] > level[v]:
            level[v] = level[parent[v]]


@njit(cache=True, nogil=True, error_model="numpy")
def depths(
    z: NDArray[Any], label: NDArray[np.int32], level: NDArray[np.float64], depth: NDArray[Any]
) -> None:
    """Write max(level − z, 0) [m] in a window; NaN without altitude.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    label : (ny, nx) int32 array
        Basins [-].
    level : (leaves + 1,) float64 array
        Level of the water in each basin [m].
    depth : (ny, nx) float array
        Result [-].
    """
    for r in range(z.shape[0]):
        line, of, into = z[r], label[r], depth[r]
        for c in range(z.shape[1]):
            if of[c] < 0:
                into[c] = np.nan
            else:
                into[c] = max(level[of[c]] - line[c], 0.0)
