# SPDX-License-Identifier: EUPL-1.2
"""Cells joined by their eight neighbours, as runs along the rows: which of them reach the sea.

A terrain is a list of runs of open cells. Runs of two successive rows that touch, even by a corner,
belong together (union–find). It costs a few bytes a run and no raster of labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Runs(NamedTuple):
    """Runs of open cells of a window, row after row."""

    row: NDArray[np.int64]
    """First run of each row, and the number of runs."""
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    root: NDArray[np.int32]
    """First run of the group of each."""
    wet: NDArray[np.bool_]
    """Whether the group of each root touches the sea."""


@njit(cache=True, nogil=True, error_model="numpy")
def _open(
    z: NDArray[Any], level: float, sea: NDArray[np.bool_], is_open: NDArray[np.bool_]
) -> None:
    """Mark the cells of a row that let the sea through: below its level, or at sea."""
    for c in range(z.shape[0]):
        is_open[c] = (z[c] < level) | sea[c]


@njit(cache=True, nogil=True, error_model="numpy")
def _at_sea(z: NDArray[Any], sea: NDArray[np.bool_]) -> None:
    for c in range(z.shape[0]):
        sea[c] = np.isnan(z[c])


@njit(cache=True, nogil=True, error_model="numpy")
def _find(root: NDArray[np.int32], i: int) -> Any:
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def _join(root: NDArray[np.int32], a: int, b: int) -> None:
    """Put two groups together, under the first run of both."""
    a, b = _find(root, a), _find(root, b)
    root[max(a, b)] = min(a, b)


@njit(cache=True, nogil=True, error_model="numpy")
def _runs(
    z: NDArray[Any],
    level: float,
    sea: NDArray[np.bool_],
    masked: bool,
    sides: tuple[bool, bool, bool, bool],
    row: NDArray[np.int64],
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    root: NDArray[np.int32],
    wet: NDArray[np.bool_],
) -> int:
    """Write the runs and join them; return how many there are, even where there is no room."""
    ny, nx = z.shape
    is_open = np.zeros(nx + 1, np.bool_)
    at_sea = np.zeros(nx, np.bool_)
    count = 0
    row[0] = 0
    for r in range(ny):
        if masked:
            at_sea[:] = sea[r]
        else:
            _at_sea(z[r], at_sea)
        _open(z[r], level, at_sea, is_open[:nx])
        rim = (r == 0 and sides[0]) or (r == ny - 1 and sides[1])
        c = 0
        while c < nx:
            if not is_open[c]:
                c += 1
                continue
            first, touches = c, rim
            while is_open[c]:  # a closed cell ends the row
                touches |= at_sea[c]
                c += 1
            touches |= (first == 0 and sides[2]) or (c == nx and sides[3])
            if count < start.size:
                start[count], stop[count], root[count], wet[count] = first, c, count, touches
            count += 1
        row[r + 1] = count
        if r and count <= start.size:
            i, j = row[r - 1], row[r]
            while i < row[r] and j < count:
                if start[i] <= stop[j] and start[j] <= stop[i]:
                    _join(root, i, j)
                if stop[i] < stop[j]:
                    i += 1
                else:
                    j += 1
    if count <= start.size:
        for i in range(count):
            root[i] = _find(root, i)
            wet[root[i]] |= wet[i]
    return count


def runs(
    z: NDArray[Any],
    level: float,
    sea: NDArray[np.bool_] | None,
    sides: tuple[bool, bool, bool, bool],
) -> Runs:
    """Return the runs of cells below a level or at sea, joined by eight neighbours.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    level : float
        Level of the sea [m].
    sea : (ny, nx) bool array, optional
        Where the sea is [-]; cells without altitude when it is not told.
    sides : tuple of bool
        Whether the sea lies along the north, south, west and east sides.

    Returns
    -------
    Runs
        With the groups that touch the sea.
    """
    masked = sea is not None
    mask = sea if sea is not None else np.zeros((1, 1), np.bool_)
    row = np.zeros(z.shape[0] + 1, np.int64)
    room = z.size // 16 + 1024
    while True:
        start, stop, root = (np.empty(room, np.int32) for _ in range(3))
        wet = np.zeros(room, np.bool_)
        count = _runs(z, level, mask, masked, sides, row, start, stop, root, wet)
        if count <= room:
            return Runs(row, start[:count], stop[:count], root[:count], wet[:count])
        room = count


class Rim(NamedTuple):
    """Runs of a row, and the group of each among those of the first and last rows."""

    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    group: NDArray[np.int64]


def rims(runs: Runs) -> tuple[NDArray[np.int32], Rim, Rim]:
    """Return the roots of the groups of the first and last rows, and these rows.

    Parameters
    ----------
    runs : Runs
        Runs of a window.
    """
    top, end = slice(0, runs.row[1]), slice(runs.row[-2], runs.row[-1])
    roots, group = np.unique(np.concatenate([runs.root[top], runs.root[end]]), return_inverse=True)
    cut = int(runs.row[1])
    first = Rim(runs.start[top].copy(), runs.stop[top].copy(), group[:cut])
    last = Rim(runs.start[end].copy(), runs.stop[end].copy(), group[cut:])
    return roots, first, last


def touch(north: Rim, south: Rim, above: int, below: int, root: NDArray[np.int32]) -> None:
    """Join the groups of two successive rows of different windows.

    Parameters
    ----------
    north, south : Rim
        The rows.
    above, below : int
        What to add to the groups of each to find them in `root`.
    root : (n,) int32 array
        Group that each belongs to [-]; rewritten.
    """
    _touch(*north, *south, above, below, root)


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    group: NDArray[np.int64],
    start2: NDArray[np.int32],
    stop2: NDArray[np.int32],
    group2: NDArray[np.int64],
    above: int,
    below: int,
    root: NDArray[np.int32],
) -> None:
    i = j = 0
    while i < start.size and j < start2.size:
        if start[i] <= stop2[j] and start2[j] <= stop[i]:
            _join(root, above + group[i], below + group2[j])
        if stop[i] < stop2[j]:
            i += 1
        else:
            j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def share(root: NDArray[np.int32], wet: NDArray[np.bool_]) -> None:
    """Make each group as wet as those it was joined to.

    Parameters
    ----------
    root : (n,) int32 array
        Group that each belongs to [-]; shortened.
    wet : (n,) bool array
        Which groups touch the sea [-]; completed.
    """
    for i in range(root.size):
        wet[_find(root, i)] |= wet[i]
    for i in range(root.size):
        wet[i] = wet[_find(root, i)]


@njit(cache=True, nogil=True, error_model="numpy")
def _dry(z: NDArray[Any], depth: NDArray[Any]) -> None:
    for c in range(z.shape[0]):
        depth[c] = z[c] - z[c]


@njit(cache=True, nogil=True, error_model="numpy")
def _wet(z: NDArray[Any], level: float, depth: NDArray[Any]) -> None:
    for c in range(z.shape[0]):
        d = level - z[c]
        depth[c] = 0.0 if d < 0.0 else d


@njit(cache=True, nogil=True, error_model="numpy")
def flood(
    z: NDArray[Any],
    level: float,
    row: NDArray[np.int64],
    start: NDArray[np.int32],
    stop: NDArray[np.int32],
    root: NDArray[np.int32],
    wet: NDArray[np.bool_],
    depth: NDArray[Any],
) -> None:
    """Write the depth of the sea [m]: level − z in the groups that touch it, 0 elsewhere.

    Parameters
    ----------
    z : (ny, nx) float array
        Altitude [m].
    level : float
        Level of the sea [m].
    row, start, stop, root, wet : arrays
        The columns of :class:`Runs` [-].
    depth : (ny, nx) float array
        Result [-]; NaN without altitude.
    """
    for r in range(z.shape[0]):
        _dry(z[r], depth[r])
        for i in range(row[r], row[r + 1]):
            if wet[root[i]]:
                _wet(z[r, start[i] : stop[i]], level, depth[r, start[i] : stop[i]])
