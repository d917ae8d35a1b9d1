# SPDX-License-Identifier: EUPL-1.2
"""Interpolation on a Delaunay triangulation: onto cells, or at scattered points.

A cell takes the plane of the triangle that holds its centre, bent as its three edges are
(:mod:`jumeau.sources.lidar.bend`); a centre on the edge of two takes the lower of the two values,
which differ by rounding only, so that nothing depends on the order of the triangles. Beside the
value come the distance to the nearest vertex of the triangle and its slope: what the uncertainty
depends on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.sources.lidar import delaunay
from jumeau.sources.lidar.bend import WIDE, bends

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLAIN = np.empty((0, 3))
"""No bend: triangles are planes."""


@njit(cache=True, nogil=True, inline="always")
def _plane(
    a: int, b: int, c: int,
    u: NDArray[np.int32], v: NDArray[np.int32], z: NDArray[np.float64],
) -> tuple[int, float, float]:  # fmt: skip
    """Return the first vertex in order, and the gradient of the plane from it [unit of z]."""
    if u[b] < u[a] or (u[b] == u[a] and v[b] < v[a]):
        a, b = b, a
    if u[c] < u[a] or (u[c] == u[a] and v[c] < v[a]):
        a, c = c, a
    if u[c] < u[b] or (u[c] == u[b] and v[c] < v[b]):
        b, c = c, b
    bu, bv = np.float64(u[b] - u[a]), np.float64(v[b] - v[a])
    cu, cv = np.float64(u[c] - u[a]), np.float64(v[c] - v[a])
    bz, cz = z[b] - z[a], z[c] - z[a]
    area = bu * cv - cu * bv
    return a, (bz * cv - cz * bv) / area, (cz * bu - bz * cu) / area


@njit(cache=True, nogil=True, inline="always")
def _bent(
    t: int, vertices: NDArray[np.int32], neighbours: NDArray[np.int32],
    u: NDArray[np.int32], v: NDArray[np.int32], z: NDArray[np.float64],
    bend: NDArray[np.float64],
) -> tuple[bool, int, float, float]:  # fmt: skip
    """Return whether a triangle is bent, the place of its first vertex, and the range allowed."""
    if bend[t, 0] == 0.0 and bend[t, 1] == 0.0 and bend[t, 2] == 0.0:
        return False, 0, 0.0, 0.0
    first = 0
    low = high = z[vertices[t, 0]]
    for k in range(3):
        a, f = vertices[t, k], vertices[t, first]
        if u[a] < u[f] or (u[a] == u[f] and v[a] < v[f]):
            first = k
        low, high = min(low, z[a]), max(high, z[a])
        if bend[t, k] != 0.0:
            o = neighbours[t, k]
            b = vertices[t, (k + 1) % 3]
            for e in range(3):
                c = vertices[o, e]
                if c not in (a, b):
                    low, high = min(low, z[c]), max(high, z[c])
    return True, first, low, high


@njit(cache=True, nogil=True, inline="always")
def _added(
    t: int, first: int, x: Any, y: Any, vertices: NDArray[np.int32],
    u: NDArray[np.int32], v: NDArray[np.int32], bend: NDArray[np.float64],
) -> Any:  # fmt: skip
    """Return what the bends of the edges add to the plane of a triangle at a point in it."""
    second, third = (first + 1) % 3, (first + 2) % 3
    a, b, c = vertices[t, first], vertices[t, second], vertices[t, third]
    bu, bv = np.float64(u[b] - u[a]), np.float64(v[b] - v[a])
    cu, cv = np.float64(u[c] - u[a]), np.float64(v[c] - v[a])
    pu, pv = np.float64(x - u[a]), np.float64(y - v[a])
    area = bu * cv - cu * bv
    wb, wc = (pu * cv - cu * pv) / area, (bu * pv - pu * bv) / area
    wa = 1.0 - wb - wc
    return 4.0 * (wa * wb * bend[t, first] + wb * wc * bend[t, second] + wc * wa * bend[t, third])


@njit(cache=True, nogil=True, inline="always")
def _circle(
    a: int, b: int, c: int, u: NDArray[np.int32], v: NDArray[np.int32]
) -> tuple[float, float, float]:  # fmt: skip
    """Return the centre and the squared radius of the circle of a triangle, a hair larger."""
    bu, bv = np.float64(u[b] - u[a]), np.float64(v[b] - v[a])
    cu, cv = np.float64(u[c] - u[a]), np.float64(v[c] - v[a])
    area = 2.0 * (bu * cv - cu * bv)
    lb, lc = bu * bu + bv * bv, cu * cu + cv * cv
    ou, ov = (cv * lb - bv * lc) / area, (bu * lc - cu * lb) / area
    return ou + u[a], ov + v[a], (ou * ou + ov * ov) * (1.0 + 1e-9) + 1.0


@njit(cache=True, nogil=True)
def enters(ou: float, ov: float, radius2: float, rectangles: NDArray[np.float64]) -> bool:
    """Return whether a circle enters one of some rectangles (umin, vmin, umax, vmax)."""
    for k in range(rectangles.shape[0]):
        du = max(rectangles[k, 0] - ou, 0.0, ou - rectangles[k, 2])
        dv = max(rectangles[k, 1] - ov, 0.0, ov - rectangles[k, 3])
        if du * du + dv * dv < radius2:
            return True
    return False


@njit(cache=True, nogil=True)
def entering(circles: NDArray[np.float64], rectangles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which circles enter one of some rectangles."""
    found = np.zeros(circles.shape[0], np.bool_)
    for k in range(circles.shape[0]):
        found[k] = enters(circles[k, 0], circles[k, 1], circles[k, 2], rectangles)
    return found


@njit(cache=True, nogil=True)
def holds(
    circles: NDArray[np.float64],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    window: tuple[int, int, int, int],
) -> bool:
    """Return whether a circle holds a point that is outside a window.

    Parameters
    ----------
    circles : (m, 3) array
        Centre and squared radius [mm, mm²].
    u, v : (n,) arrays
        Points [mm].
    window : tuple of 4 int
        umin, vmin, umax, vmax [mm].
    """
    for i in range(u.size):
        if window[0] <= u[i] < window[2] and window[1] <= v[i] < window[3]:
            continue
        for k in range(circles.shape[0]):
            if (u[i] - circles[k, 0]) ** 2 + (v[i] - circles[k, 1]) ** 2 < circles[k, 2]:
                return True
    return False


@njit(cache=True, nogil=True)
def onto_cells(
    triangles: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    bend: NDArray[np.float64],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    z: NDArray[np.float64],
    unknown: NDArray[np.float64],
    value: NDArray[np.float64],
    distance: NDArray[np.float32],
    slope: NDArray[np.float32],
    circles: NDArray[np.float64],
    void: float,
) -> int:
    """Interpolate onto cells of 1000 × 1000 units, centred on 1000·n + 500.

    Parameters
    ----------
    triangles : (m, 3) array
        Vertices, counter-clockwise in (u, v); those with −1 close the hull.
    neighbours, bend : (m, 3) arrays
        Triangle across the edge that follows each vertex, and bend of this edge [mm]; empty where
        triangles are plain.
    u, v, z : (n,) arrays
        Positions [mm] and values [mm].
    unknown : (k, 4) array
        Rectangles (umin, vmin, umax, vmax) that may hold points not given here [mm].
    value, distance, slope : (rows, columns) arrays, filled
        Value [mm] and distance to the nearest vertex [mm] and slope (rise over run); cells that
        no triangle holds keep NaN.
    circles : (m, 3) array, filled
        Centre and squared radius of the circles told below.
    void : float
        Distance beyond which the value of a cell does not matter [mm].

    Returns
    -------
    int
        Triangles used, or that bend these, that points not given here might change; at most ``m``
        circles are told.
    """
    rows, columns = value.shape
    bendable = bend.shape[0] > 0
    needed = np.zeros(u.size, np.bool_)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if a < 0 or b < 0 or c < 0:
            continue
        low = min(v[a], v[b], v[c])
        high = max(v[a], v[b], v[c])
        r0 = max(0, -((500 - low) // 1000))
        r1 = min(rows - 1, (high - 500) // 1000)
        if r0 > r1:
            continue
        left = min(u[a], u[b], u[c])
        right = max(u[a], u[b], u[c])
        c0 = max(0, -((500 - left) // 1000))
        c1 = min(columns - 1, (right - 500) // 1000)
        if c0 > c1:
            continue
        used = matters = False
        first, gu, gv, steep = 0, 0.0, 0.0, np.float32(0)
        bent, start, least, most = False, 0, 0.0, 0.0
        for r in range(r0, r1 + 1):
            row: Any = np.int64(1000 * r + 500)
            lo: Any = np.int64(c0)
            hi: Any = np.int64(c1)
            for e in range(3):
                p = a if e == 0 else (b if e == 1 else c)
                q = b if e == 0 else (c if e == 1 else a)
                du, dv = np.int64(u[q]) - u[p], np.int64(v[q]) - v[p]
                across = du * (row - v[p])
                if dv > 0:
                    hi = min(hi, (across + dv * (np.int64(u[p]) - 500)) // (1000 * dv))
                elif dv < 0:
                    lo = max(lo, -((across + dv * (np.int64(u[p]) - 500)) // (-1000 * dv)))
                elif across < 0:
                    hi = -1
            if lo > hi:
                continue
            if not used:
                used = True
                first, gu, gv = _plane(a, b, c, u, v, z)
                steep = np.float32(np.sqrt(gu * gu + gv * gv))
                if bendable:
                    bent, start, least, most = _bent(t, triangles, neighbours, u, v, z, bend)
            for k in range(lo, hi + 1):
                x = 1000 * k + 500
                h = z[first] + gu * (x - u[first]) + gv * (row - v[first])
                if bent:
                    h += _added(t, start, x, row, triangles, u, v, bend)
                    h = min(max(h, least), most)
                da = (x - u[a]) ** 2 + (row - v[a]) ** 2
                db = (x - u[b]) ** 2 + (row - v[b]) ** 2
                dc = (x - u[c]) ** 2 + (row - v[c]) ** 2
                d = np.float32(np.sqrt(np.float64(min(da, db, dc))))
                if d <= void:
                    matters = True
                if np.isnan(value[r, k]):
                    value[r, k], distance[r, k], slope[r, k] = h, d, steep
                else:
                    value[r, k] = min(value[r, k], h)
                    distance[r, k] = min(distance[r, k], d)
                    slope[r, k] = min(slope[r, k], steep)
        if matters and unknown.shape[0]:
            for k in range(3):
                needed[triangles[t, k]] = True
                if bendable:  # the bend of an edge also depends on the point across it
                    o = neighbours[t, k]
                    for e in range(3):
                        if triangles[o, e] >= 0:
                            needed[triangles[o, e]] = True
    return _unproven(triangles, u, v, needed, unknown, circles) if unknown.shape[0] else 0


@njit(cache=True, nogil=True)
def _unproven(
    triangles: NDArray[np.int32],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    needed: NDArray[np.bool_],
    unknown: NDArray[np.float64],
    circles: NDArray[np.float64],
) -> int:
    """Return how many triangles around the needed points unknown ones might change.

    A triangle stands when its circle holds no other point. An edge of the hull stands as the edge
    of what is known when the circle through its ends, as wide as :data:`WIDE` and centred outside,
    holds none: whatever triangle there is beyond is wider.
    """
    unproven = 0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if not ((a >= 0 and needed[a]) or (b >= 0 and needed[b]) or (c >= 0 and needed[c])):
            continue
        if a >= 0 and b >= 0 and c >= 0:
            ou, ov, radius2 = _circle(a, b, c, u, v)
        else:
            p = b if a < 0 else (c if b < 0 else a)
            q = c if a < 0 else (a if b < 0 else b)
            du, dv = 0.5 * np.float64(u[q] - u[p]), 0.5 * np.float64(v[q] - v[p])
            half = np.sqrt(du * du + dv * dv)
            off = np.sqrt(max(WIDE * WIDE - half * half, 0.0)) / half
            ou, ov = u[p] + du - off * dv, v[p] + dv + off * du  # outside is on the left of p–q
            radius2 = (half * half + (off * half) ** 2) * (1.0 + 1e-9) + 1.0
        if enters(ou, ov, radius2, unknown):
            if unproven < circles.shape[0]:
                circles[unproven, 0], circles[unproven, 1] = ou, ov
                circles[unproven, 2] = radius2
            unproven += 1
    return unproven


@njit(cache=True, nogil=True)
def _at_points(
    x: NDArray[np.int32], y: NDArray[np.int32], z: NDArray[np.float64],
    v: NDArray[np.int32], w: NDArray[np.int32], bend: NDArray[np.float64],
    qx: NDArray[np.int32], qy: NDArray[np.int32], order: NDArray[np.int32],
    value: NDArray[np.float64], distance: NDArray[np.float64], slope: NDArray[np.float64],
) -> None:  # fmt: skip
    t = 0
    while v[t, 0] < 0 or v[t, 1] < 0 or v[t, 2] < 0:
        t += 1
    for k in range(order.size):
        i = order[k]
        px, py = np.int64(qx[i]), np.int64(qy[i])
        came = -1
        outside = False
        moved = True
        while moved:
            moved = False
            for e in range(3):
                to = w[t, e]
                if to == came:
                    continue
                a, b = v[t, e], v[t, (e + 1) % 3]
                ax, ay = np.int64(x[a]), np.int64(y[a])
                if (x[b] - ax) * (py - ay) - (y[b] - ay) * (px - ax) < 0:
                    if v[to, 0] < 0 or v[to, 1] < 0 or v[to, 2] < 0:
                        outside = True
                        break
                    came, t, moved = t, to, True
                    break
        if outside:
            continue
        a, b, c = v[t, 0], v[t, 1], v[t, 2]
        first, gx, gy = _plane(a, b, c, x, y, z)
        h = z[first] + gx * (px - x[first]) + gy * (py - y[first])
        if bend.shape[0]:
            bent, start, least, most = _bent(t, v, w, x, y, z, bend)
            if bent:
                h += _added(t, start, px, py, v, x, y, bend)
                h = min(max(h, least), most)
        value[i] = h
        d = min(
            (px - x[a]) ** 2 + (py - y[a]) ** 2,
            (px - x[b]) ** 2 + (py - y[b]) ** 2,
            (px - x[c]) ** 2 + (py - y[c]) ** 2,
        )
        distance[i] = np.sqrt(np.float64(d))
        slope[i] = np.sqrt(gx * gx + gy * gy)


def at_points(
    u: NDArray[np.integer],
    v: NDArray[np.integer],
    z: NDArray[np.float64],
    qu: NDArray[np.integer],
    qv: NDArray[np.integer],
    *,
    plain: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Interpolate at scattered points.

    Parameters
    ----------
    u, v, z : (n,) arrays
        Positions, integers [any unit], and values.
    qu, qv : (k,) arrays of int
        Where values are wanted [same unit].
    plain : bool
        Whether triangles are taken as planes.

    Returns
    -------
    value : (k,) float64 array
        NaN outside the hull of the points.
    distance : (k,) float64 array
        To the nearest vertex of the triangle around [unit of u].
    slope : (k,) float64 array
        Of the triangle around [unit of z per unit of u].
    """
    value = np.full(len(qu), np.nan)
    distance, slope = value.copy(), value.copy()
    if not len(qu):
        return value, distance, slope
    net = delaunay.network(u, v)
    if net is None:
        return value, distance, slope
    west, south = net.west, net.south
    px, py = np.asarray(qu, np.int64) - west, np.asarray(qv, np.int64) - south
    side = max(int(net.x.max()), int(net.y.max()), 1)
    inside = (px >= 0) & (py >= 0) & (px <= side) & (py <= side)
    chosen = np.flatnonzero(inside)
    near_x, near_y = px[inside].astype(np.int32), py[inside].astype(np.int32)
    order = delaunay.hilbert_order(near_x, near_y, side)
    parts = [np.full(len(chosen), np.nan) for _ in range(3)]
    altitude = np.asarray(z, np.float64)
    bend = PLAIN
    if not plain:
        bend = bends(net.vertices, net.neighbours, net.x, net.y, altitude)
    _at_points(
        net.x, net.y, altitude, net.vertices, net.neighbours, bend, near_x, near_y,
        order, parts[0], parts[1], parts[2],
    )  # fmt: skip
    for whole, part in zip((value, distance, slope), parts, strict=True):
        whole[chosen] = part
    return value, distance, slope
