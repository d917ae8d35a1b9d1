# SPDX-License-Identifier: EUPL-1.2
"""Delaunay triangulation of points with integer coordinates, exact and unique.

Bowyer–Watson insertion along a Hilbert curve, with one vertex at infinity that closes the hull.
Coordinates are integers below 2²⁴ apart: orientation is exact in 64 bits, and the sign of the
in-circle determinant is taken from a double when it is certain, else from 128-bit arithmetic.
Four points on one circle are settled by their lexicographic order (the perturbation of Devillers
and Teillaud, 2011), so that the triangulation depends on the points only: not on their order, and
not on points outside the circles around.

References
----------
Bowyer (1981), Watson (1981), doi:10.1093/comjnl/24.2.162 and 24.2.167; Amenta, Choi and Rote
(2003), "Incremental constructions con BRIO"; Devillers and Teillaud (2011), "Perturbations for
Delaunay and weighted Delaunay 3D triangulations", doi:10.1016/j.comgeo.2010.09.010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LIMIT = 1 << 24
"""Largest difference of coordinates for which every sign is exact [unit]."""
_MASK = (1 << 26) - 1
_FILTER = 2.0**-50
_INF = -1


def triangulate(x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
    """Return the Delaunay triangles of distinct points with integer coordinates.

    Parameters
    ----------
    x, y : (n,) array_like of int
        Coordinates [any unit]; points that coincide count once.

    Returns
    -------
    (m, 3) int32 array
        Vertices of each triangle, counter-clockwise; none when all points are on one line.

    Raises
    ------
    InvalidError
        ``JUM-S212`` when the points are too far apart for exact signs.
    """
    net = network(x, y)
    if net is None:
        return np.empty((0, 3), np.int32)
    return np.ascontiguousarray(net.vertices[(net.vertices != _INF).all(axis=1)])


class Network(NamedTuple):
    """Triangles, their neighbours, and the points they stand on.

    Parameters
    ----------
    x, y : (n,) int32 arrays
        Points, from ``west`` and ``south``.
    west, south : int
        Least coordinates.
    vertices, neighbours : (m, 3) int32 arrays
        Of each triangle, −1 being the point at infinity; neighbour k is across the edge that
        follows vertex k.
    """

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    west: int
    south: int
    vertices: NDArray[np.int32]
    neighbours: NDArray[np.int32]


def network(x: ArrayLike, y: ArrayLike) -> Network | None:
    """Return the triangulation with its neighbours; ``None`` when all points are on one line.

    Parameters and errors are those of :func:`triangulate`.
    """
    xs, ys = np.asarray(x, np.int64), np.asarray(y, np.int64)
    if xs.size < 3:
        return None
    west, south = int(xs.min()), int(ys.min())
    side = max(int(xs.max()) - west, int(ys.max()) - south)
    if side >= LIMIT:
        raise error("JUM-S212", side=side, limit=LIMIT)
    px, py = (xs - west).astype(np.int32), (ys - south).astype(np.int32)
    order = hilbert_order(px, py, max(side, 1))
    vertices, neighbours, count = _build(px[order], py[order])  # near in memory as on the ground
    if not count:
        return None
    return Network(px, py, west, south, _renamed(vertices[:count], order), neighbours[:count])


@njit(cache=True, nogil=True)
def _hilbert(x: int, y: int, bits: int) -> int:
    """Return the rank of a cell along a Hilbert curve of 2^bits cells a side."""
    rank = 0
    s = 1 << (bits - 1)
    while s > 0:
        rx = 1 if (x & s) > 0 else 0
        ry = 1 if (y & s) > 0 else 0
        rank += s * s * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x = (s - 1) - (x & (s - 1))
                y = (s - 1) - (y & (s - 1))
            else:
                x &= s - 1
                y &= s - 1
            x, y = y, x
        else:
            x &= s - 1
            y &= s - 1
        s >>= 1
    return rank


@njit(cache=True, nogil=True)
def hilbert_order(x: NDArray[np.int32], y: NDArray[np.int32], side: int) -> NDArray[np.int32]:
    """Return points in the order of a Hilbert curve, a scattered sixteenth of them first.

    Parameters
    ----------
    x, y : (n,) int32 arrays
        Coordinates from 0 to ``side``.
    side : int
        Largest coordinate.
    """
    n = x.size
    bits = 1
    while bits < 11 and (1 << (2 * bits)) < n:
        bits += 1
    cells = 1 << (2 * bits)
    scale = (1 << bits) / (side + 1.0)
    first = np.zeros(2 * cells + 1, np.int32)
    keys = np.empty(n, np.int32)
    for i in range(n):
        key = _hilbert(int(x[i] * scale), int(y[i] * scale), bits)
        mixed = (np.uint32(x[i]) * np.uint32(0x9E3779B1)) ^ (
            np.uint32(y[i]) * np.uint32(0x85EBCA77)
        )
        if (np.uint32(mixed * np.uint32(0xC2B2AE35)) >> np.uint32(28)) != 0:
            key += cells
        keys[i] = key
        first[key + 1] += 1
    for k in range(2 * cells):
        first[k + 1] += first[k]
    order = np.empty(n, np.int32)
    for i in range(n):
        order[first[keys[i]]] = i
        first[keys[i]] += 1
    return order


@njit(cache=True, nogil=True, inline="always")
def _orient(ax: Any, ay: Any, bx: Any, by: Any, cx: Any, cy: Any) -> Any:
    """Return twice the signed area of a triangle: positive when counter-clockwise; exact."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@njit(cache=True, nogil=True)
def _exact_sum(l0: Any, c0: Any, l1: Any, c1: Any, l2: Any, c2: Any) -> int:
    """Return the sign of l0·c0 + l1·c1 + l2·c2, with l ≥ 0, |l|, |c| < 2⁵¹."""
    high = (l0 >> 26) * (c0 >> 26) + (l1 >> 26) * (c1 >> 26) + (l2 >> 26) * (c2 >> 26)
    middle = (
        (l0 >> 26) * (c0 & _MASK) + (l0 & _MASK) * (c0 >> 26)
        + (l1 >> 26) * (c1 & _MASK) + (l1 & _MASK) * (c1 >> 26)
        + (l2 >> 26) * (c2 & _MASK) + (l2 & _MASK) * (c2 >> 26)
    )  # fmt: skip
    low = (l0 & _MASK) * (c0 & _MASK) + (l1 & _MASK) * (c1 & _MASK) + (l2 & _MASK) * (c2 & _MASK)
    middle += low >> 26
    high += middle >> 26
    if high != 0:
        return 1 if high > 0 else -1
    return 1 if (low & _MASK) or (middle & _MASK) else 0


@njit(cache=True, nogil=True)
def _tie(ax: Any, ay: Any, bx: Any, by: Any, cx: Any, cy: Any, px: Any, py: Any) -> bool:
    """Settle four points of one circle: the greatest of them that matters is raised a little."""
    used = 0
    for _ in range(4):
        best, gx, gy = -1, 0, 0
        for k in range(4):
            if used & (1 << k):
                continue
            if k == 0:
                x, y = ax, ay
            elif k == 1:
                x, y = bx, by
            elif k == 2:
                x, y = cx, cy
            else:
                x, y = px, py
            if best < 0 or x > gx or (x == gx and y > gy):
                best, gx, gy = k, x, y
        used |= 1 << best
        if best == 3:  # the new point rises above the plane of the others: outside
            return False
        if best == 2:
            turn = _orient(ax, ay, bx, by, px, py)
        elif best == 1:
            turn = _orient(ax, ay, px, py, cx, cy)
        else:
            turn = _orient(px, py, bx, by, cx, cy)
        if turn != 0:
            return bool(turn > 0)
    return False


@njit(cache=True, nogil=True)
def _in_circle(ax: Any, ay: Any, bx: Any, by: Any, cx: Any, cy: Any, px: Any, py: Any) -> bool:
    """Return whether p is inside the circle of a counter-clockwise triangle, ties settled."""
    adx, ady, bdx, bdy = ax - px, ay - py, bx - px, by - py
    cdx, cdy = cx - px, cy - py
    la, lb, lc = adx * adx + ady * ady, bdx * bdx + bdy * bdy, cdx * cdx + cdy * cdy
    ma, mb, mc = bdx * cdy - cdx * bdy, cdx * ady - adx * cdy, adx * bdy - bdx * ady
    p0, p1, p2 = float(la) * float(ma), float(lb) * float(mb), float(lc) * float(mc)
    total = p0 + p1 + p2
    bound = (abs(p0) + abs(p1) + abs(p2)) * _FILTER
    if total > bound:
        return True
    if total < -bound:
        return False
    sign = _exact_sum(la, ma, lb, mb, lc, mc)
    if sign != 0:
        return sign > 0
    return _tie(ax, ay, bx, by, cx, cy, px, py)


@njit(cache=True, nogil=True)
def _conflict(
    t: int, p: int, x: NDArray[np.int32], y: NDArray[np.int32], v: NDArray[np.int32]
) -> bool:
    """Return whether a triangle, or a hull edge and infinity, must make way for a point."""
    a, b, c = v[t, 0], v[t, 1], v[t, 2]
    px, py = np.int64(x[p]), np.int64(y[p])
    if a >= 0 and b >= 0 and c >= 0:
        return _in_circle(
            np.int64(x[a]), np.int64(y[a]), np.int64(x[b]), np.int64(y[b]),
            np.int64(x[c]), np.int64(y[c]), px, py,
        )  # fmt: skip
    if a < 0:
        a, b = b, c
    elif b < 0:
        a, b = c, a
    ax, ay, bx, by = np.int64(x[a]), np.int64(y[a]), np.int64(x[b]), np.int64(y[b])
    turn = _orient(ax, ay, bx, by, px, py)
    if turn != 0:
        return bool(turn > 0)
    return bool((px - ax) * (px - bx) + (py - ay) * (py - by) < 0)


@njit(cache=True, nogil=True)
def _renamed(vertices: NDArray[np.int32], names: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give vertices the ranks that the caller knows."""
    for t in range(vertices.shape[0]):
        for k in range(3):
            if vertices[t, k] >= 0:
                vertices[t, k] = names[vertices[t, k]]
    return vertices


@njit(cache=True, nogil=True)
def _build(
    x: NDArray[np.int32], y: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Insert points one after the other; return vertices, neighbours and count of triangles.

    Neighbour k of a triangle is across the edge that follows vertex k.
    """
    n = x.size
    most = 2 * n + 8
    v = np.empty((most, 3), np.int32)
    w = np.empty((most, 3), np.int32)
    # A first triangle: two distinct points and one off their line.
    i0, k1 = 0, 1
    while k1 < n and x[k1] == x[0] and y[k1] == y[0]:
        k1 += 1
    if k1 >= n:
        return v, w, 0
    i1, k2 = k1, k1 + 1
    turn: Any = np.int64(0)
    while k2 < n:
        i2 = k2
        turn = _orient(
            np.int64(x[i0]), np.int64(y[i0]), np.int64(x[i1]), np.int64(y[i1]),
            np.int64(x[i2]), np.int64(y[i2]),
        )  # fmt: skip
        if turn != 0:
            break
        k2 += 1
    if k2 >= n:
        return v, w, 0
    i2 = k2
    if turn < 0:
        i1, i2 = i2, i1
    v[0, 0], v[0, 1], v[0, 2] = i0, i1, i2
    w[0, 0], w[0, 1], w[0, 2] = 1, 2, 3
    v[1, 0], v[1, 1], v[1, 2] = i1, i0, _INF
    w[1, 0], w[1, 1], w[1, 2] = 0, 3, 2
    v[2, 0], v[2, 1], v[2, 2] = i2, i1, _INF
    w[2, 0], w[2, 1], w[2, 2] = 0, 1, 3
    v[3, 0], v[3, 1], v[3, 2] = i0, i2, _INF
    w[3, 0], w[3, 1], w[3, 2] = 0, 2, 1
    count = 4
    last = 0
    seen = np.zeros(most, np.int32)
    # As large as any cavity may be: arrays that grow inside the loop make it four times slower.
    stack_t = np.empty(most, np.int32)
    stack_k = np.empty(most, np.int8)
    stack_e = np.empty(most, np.int8)
    freed = np.empty(most, np.int32)
    edge_a = np.empty(most, np.int32)
    edge_b = np.empty(most, np.int32)
    edge_t = np.empty(most, np.int32)
    for p in range(1, n):
        if p in (k1, k2):
            continue
        px, py = np.int64(x[p]), np.int64(y[p])
        # Walk to the triangle that holds the point, or to the hull edge that sees it.
        t = last
        if v[t, 0] < 0:
            t = w[t, 1]
        elif v[t, 1] < 0:
            t = w[t, 2]
        elif v[t, 2] < 0:
            t = w[t, 0]
        came = -1
        moved = True
        while moved:
            moved = False
            for e in range(3):
                to = w[t, e]
                if to == came:
                    continue
                a, b = v[t, e], v[t, (e + 1) % 3]
                if (
                    _orient(np.int64(x[a]), np.int64(y[a]), np.int64(x[b]), np.int64(y[b]), px, py)
                    < 0
                ):
                    came = t
                    t = to
                    moved = v[t, 0] >= 0 and v[t, 1] >= 0 and v[t, 2] >= 0
                    break
        twice = False
        for e in range(3):
            a = v[t, e]
            if a >= 0 and x[a] == x[p] and y[a] == y[p]:
                twice = True
        if twice:
            continue
        # Cavity: triangles in conflict, walked so that its edges come counter-clockwise.
        mark = p
        seen[t] = mark
        freed[0] = t
        n_freed = 1
        n_edges = 0
        stack_t[0], stack_k[0], stack_e[0] = t, 0, 0
        top = 0
        while top >= 0:
            s = stack_t[top]
            if stack_k[top] == (3 if top == 0 else 2):
                top -= 1
                continue
            e = (stack_e[top] + stack_k[top]) % 3
            stack_k[top] += 1
            to = w[s, e]
            if seen[to] == mark:
                continue
            if _conflict(to, p, x, y, v):
                seen[to] = mark
                freed[n_freed] = to
                n_freed += 1
                back = 0
                while w[to, back] != s:
                    back += 1
                top += 1
                stack_t[top], stack_k[top], stack_e[top] = to, 0, (back + 1) % 3
            else:
                edge_a[n_edges] = v[s, e]
                edge_b[n_edges] = v[s, (e + 1) % 3]
                edge_t[n_edges] = to
                n_edges += 1
        # A star of triangles from the point to the edges of the cavity.
        while n_freed < n_edges:
            freed[n_freed] = count
            n_freed += 1
            count += 1
        for j in range(n_edges):
            s, to = freed[j], edge_t[j]
            back = 0
            while v[to, back] != edge_b[j]:
                back += 1
            w[to, back] = s
            v[s, 0], v[s, 1], v[s, 2] = edge_a[j], edge_b[j], p
            w[s, 0] = to
            w[s, 1] = freed[j + 1 if j + 1 < n_edges else 0]
            w[s, 2] = freed[j - 1 if j > 0 else n_edges - 1]
        last = freed[0]
    return v, w, count
