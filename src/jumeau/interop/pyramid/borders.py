# SPDX-License-Identifier: EUPL-1.2
"""From which zoom each vertex of a line or a ring is drawn: simplification that tears no border.

Rings are cut into arcs where borders part (a vertex whose neighbours differ from one ring to the
other); each arc is simplified once and for all by Douglas and Peucker, in a direction that its own
ends decide. Two areas that share a border thus keep the same vertices of it at every zoom.

References
----------
Douglas, D. H., Peucker, T. K. (1973). Algorithms for the reduction of the number of points required
to represent a digitized line or its caricature. Arcs and junctions as in TopoJSON (M. Bostock).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

AT_ONCE = 4_000_000
"""Vertices whose neighbours are compared at once: 100 MB of memory."""


@njit(cache=True, nogil=True)
def _mix(x: np.int64, y: np.int64) -> np.int64:
    """Return 62 mixed bits of a position."""
    z = (x << 32) ^ y
    z = (z ^ ((z >> 30) & 0x3FFFFFFFF)) * -4658895280553007687
    z = (z ^ ((z >> 27) & 0x1FFFFFFFFF)) * -7723592293110705685
    return (z ^ ((z >> 31) & 0x1FFFFFFFF)) & 0x3FFFFFFFFFFFFFFF


@njit(cache=True, nogil=True)
def junctions(xy: NDArray[np.uint32], starts: NDArray[np.int64], passes: int) -> NDArray[np.uint8]:
    """Return 1 for each vertex where the borders of rings part.

    Parameters
    ----------
    xy : ndarray (n, 2)
        Vertices of closed rings.
    starts : ndarray (rings + 1,)
        Where each ring begins.
    passes : int
        Parts in which the vertices are compared, to bound the memory.
    """
    n = len(xy)
    out = np.zeros(n, np.uint8)
    size = 64
    while size < 2 * n // passes + 64:
        size *= 2
    keys = np.empty(size, np.int64)
    around = np.empty(size, np.int64)
    parted = np.empty(size, np.uint8)
    for turn in range(passes):
        keys[:] = -1
        parted[:] = 0
        for again in range(2):
            for ring in range(len(starts) - 1):
                first, last = starts[ring], starts[ring + 1] - 1
                for i in range(first, last):
                    key = _mix(np.int64(xy[i, 0]), np.int64(xy[i, 1]))
                    if passes > 1 and (key >> 40) % passes != turn:
                        continue
                    slot = key & (size - 1)
                    while keys[slot] != key and keys[slot] != -1:
                        slot = (slot + 1) & (size - 1)
                    if again:
                        out[i] = parted[slot]
                        continue
                    before = i - 1 if i > first else last - 1
                    sides = _mix(np.int64(xy[before, 0]), np.int64(xy[before, 1])) + _mix(
                        np.int64(xy[i + 1, 0]), np.int64(xy[i + 1, 1])
                    )
                    if keys[slot] == -1:
                        keys[slot], around[slot] = key, sides
                    elif around[slot] != sides:
                        parted[slot] = 1
    for ring in range(len(starts) - 1):
        if starts[ring + 1] > starts[ring]:
            out[starts[ring + 1] - 1] = out[starts[ring]]
    return out


@njit(cache=True, nogil=True)
def _off(xy: NDArray[np.uint32], i: int, a: int, b: int) -> float:
    """Return the squared distance of a vertex to the segment between two others."""
    ax, ay = float(xy[a, 0]), float(xy[a, 1])
    dx, dy = float(xy[b, 0]) - ax, float(xy[b, 1]) - ay
    px, py = float(xy[i, 0]) - ax, float(xy[i, 1]) - ay
    length = dx * dx + dy * dy
    t = 0.0 if length == 0.0 else min(1.0, max(0.0, (px * dx + py * dy) / length))
    ex, ey = px - t * dx, py - t * dy
    return ex * ex + ey * ey


@njit(cache=True, nogil=True)
def _before(xy: NDArray[np.uint32], i: int, j: int) -> bool:
    """Whether a vertex comes before another, by x then y."""
    return bool(xy[i, 0] < xy[j, 0] or (xy[i, 0] == xy[j, 0] and xy[i, 1] < xy[j, 1]))


@njit(cache=True, nogil=True)
def _arc(
    xy: NDArray[np.uint32],
    at: NDArray[np.int64],
    n: int,
    weight: NDArray[np.float64],
    stack: NDArray[np.int64],
    heights: NDArray[np.float64],
) -> None:
    """Weigh the inner vertices of an arc: the squared tolerance up to which each is kept."""
    if n < 3:
        return
    if _before(xy, at[n - 1], at[0]) or (
        not _before(xy, at[0], at[n - 1]) and _before(xy, at[n - 2], at[1])
    ):
        for i in range(n // 2):
            at[i], at[n - 1 - i] = at[n - 1 - i], at[i]
    stack[0], stack[1], heights[0] = 0, n - 1, np.inf
    depth = 1
    while depth:
        depth -= 1
        low, high, most = stack[2 * depth], stack[2 * depth + 1], heights[depth]
        if high - low < 2:
            continue
        best, far = low + 1, -1.0
        for i in range(low + 1, high):
            away = _off(xy, at[i], at[low], at[high])
            if away > far:
                best, far = i, away
        far = min(far, most)
        weight[at[best]] = far
        stack[2 * depth], stack[2 * depth + 1], heights[depth] = low, best, far
        stack[2 * depth + 2], stack[2 * depth + 3], heights[depth + 1] = best, high, far
        depth += 2


@njit(cache=True, nogil=True)
def weights(
    xy: NDArray[np.uint32],
    starts: NDArray[np.int64],
    ring: NDArray[np.uint8],
    fixed: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Return the squared tolerance up to which each vertex is kept, infinite for those always kept.

    Parameters
    ----------
    xy : ndarray (n, 2)
        Vertices.
    starts : ndarray (parts + 1,)
        Where each part begins.
    ring : ndarray (parts,)
        1 for closed rings, 0 for lines and points.
    fixed : ndarray (n,)
        1 for the vertices that must stay: see :func:`junctions`.
    """
    weight = np.full(len(xy), np.inf)
    longest = 0
    for part in range(len(starts) - 1):
        longest = max(longest, starts[part + 1] - starts[part])
    at = np.empty(2 * longest + 8, np.int64)
    stack = np.empty(4 * longest + 16, np.int64)
    heights = np.empty(2 * longest + 8)
    for part in range(len(starts) - 1):
        first, n = starts[part], starts[part + 1] - starts[part]
        if not ring[part]:
            for i in range(n):
                at[i] = first + i
            _arc(xy, at, n, weight, stack, heights)
            continue
        n -= 1  # the closing vertex
        if n < 4:
            continue
        begin = -1
        for i in range(first, first + n):
            if fixed[i]:
                begin = i
                break
        alone = begin < 0
        if alone:  # no neighbour: from the first vertex by x and y
            begin = first
            for i in range(first + 1, first + n):
                if _before(xy, i, begin):
                    begin = i
        many = 0
        for i in range(first, first + n):
            many += fixed[i]
        other = -1
        if many < 2:  # a single arc, closed: cut where it is farthest from its start
            far, other = -1.0, begin
            for i in range(first, first + n):
                away = _off(xy, i, begin, begin)
                if away > far or (away == far and _before(xy, i, other)):
                    far, other = away, i
        size = 0
        for step in range(n + 1):
            i = first + (begin - first + step) % n
            at[size] = i
            size += 1
            if step and (step == n or i == other or (many >= 2 and fixed[i])):
                _arc(xy, at, size, weight, stack, heights)
                at[0], size = i, 1
        weight[first + n] = weight[first]
    return weight


def since(
    xy: NDArray[np.uint32],
    starts: NDArray[np.int64],
    ring: NDArray[np.uint8],
    full: int,
) -> NDArray[np.uint8]:
    """Return the zoom from which each vertex is drawn, at most the one where all are.

    A vertex appears where leaving it out would move the border by more than half a pixel of a
    tile of 512.

    Parameters
    ----------
    xy : ndarray (n, 2) of uint32
        Vertices [2⁻³² of the Web Mercator square].
    starts : ndarray (parts + 1,)
        Where each part begins.
    ring : ndarray (parts,) of uint8
        1 for closed rings, 0 for lines and points.
    full : int
        Zoom from which all vertices are drawn.
    """
    fixed = np.zeros(len(xy), dtype=np.uint8)
    if ring.all() and len(ring):
        fixed = junctions(xy, starts, 1 + len(xy) // AT_ONCE)
    weight = weights(xy, starts, ring, fixed)
    with np.errstate(divide="ignore"):
        zoom = np.ceil(22.0 - 0.5 * np.log2(weight))
    return np.asarray(np.clip(zoom, 0, full), dtype=np.uint8)
