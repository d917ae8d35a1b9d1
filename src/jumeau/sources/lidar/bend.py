# SPDX-License-Identifier: EUPL-1.2
r"""How far the ground between two points departs from the straight line between them.

A triangulation taken as planes cuts the crests, fills the valleys, and repeats the noise of its
points. Here the middle of each edge is predicted from the four points of the two triangles that
share it, weighted by ordinary kriging with a linear variogram (relief is close to a Brownian
surface), each point being first brought to the middle along a gradient:

.. math:: z_m = \sum_i w_i \, [z_i + (\bar g + κ (g_i - \bar g)) · (m - x_i)]

where :math:`g_i` is the gradient at point i, by least squares on the points that triangles join to
it, weighted by the inverse of the distance, and :math:`\bar g` the mean of the four. With κ = 0,
the surface is rough, and slopes say nothing of curves; with κ = ½ it is smooth, and the curvature
is found whole. κ = ⅓ (:data:`SHARE`) lies between.

The difference from the straight line, limited so that nothing rises above the four points or falls
below them, bends the edge into a parabola, and the three edges of a triangle its inside (a
quadratic element). The surface is continuous, passes through the points, leaves planes plane, and
depends on the points of the triangle and its neighbours, and on the triangles around these, only.

Edges stay straight where a point has not triangles all round: at the hull, and beside triangles
whose circle is wider than :data:`WIDE`.

References
----------
Matheron (1971), "The theory of regionalized variables"; Mark and Aronson (1984), "Scale-dependent
fractal dimensions of topographic surfaces", doi:10.1007/BF01029316; Zienkiewicz (1971), "The finite
element method in engineering science" (quadratic triangle).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 1.0 / 3.0
"""Share κ of the difference between a point's gradient and the mean one.

Taken among 0, ¼, ⅓ and ½, whose errors differ little, with three real tiles in view."""
WIDE = 100_000.0
"""Radius of its circle from which a triangle says nothing of the gradient [unit]."""
THIN = 1e-3
"""Directions of the neighbours, least over greatest inertia, below which there is no gradient."""
_FINE = 2.0**20


@njit(cache=True, nogil=True)
def bends(
    vertices: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    z: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how far the middle of each edge of each triangle is from the straight line.

    Parameters
    ----------
    vertices, neighbours : (m, 3) int32 arrays
        Of :class:`jumeau.sources.lidar.delaunay.Network`.
    u, v, z : (n,) arrays
        Positions [mm] and values.

    Returns
    -------
    (m, 3) float64 array
        Of the edge that follows each vertex, upward [unit of z]; 0 where it is straight.
    """
    gradient, known = _gradients(vertices, neighbours, u, v, z)
    out = np.zeros(vertices.shape)
    for t in range(vertices.shape[0]):
        if vertices[t, 0] < 0 or vertices[t, 1] < 0 or vertices[t, 2] < 0:
            continue
        for k in range(3):
            o = neighbours[t, k]
            if o < t or vertices[o, 0] < 0 or vertices[o, 1] < 0 or vertices[o, 2] < 0:
                continue
            back = 0
            while neighbours[o, back] != t:
                back += 1
            a, b = vertices[t, k], vertices[t, (k + 1) % 3]
            c, d = vertices[t, (k + 2) % 3], vertices[o, (back + 2) % 3]
            if not (known[a] and known[b] and known[c] and known[d]):
                continue
            if u[b] < u[a] or (u[b] == u[a] and v[b] < v[a]):
                a, b = b, a
            if u[d] < u[c] or (u[d] == u[c] and v[d] < v[c]):
                c, d = d, c
            bend = _bend(a, b, c, d, u, v, z, gradient)
            out[t, k] = out[o, back] = bend
    return out


@njit(cache=True, nogil=True)
def _gradients(
    vertices: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    z: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the gradient at each point, and whether there is one.

    Sums are of integers: the same whatever the order of the triangles.
    """
    sums = np.zeros((u.size, 5), np.int64)
    known = np.ones(u.size, np.bool_)
    for t in range(vertices.shape[0]):
        a, b, c = vertices[t, 0], vertices[t, 1], vertices[t, 2]
        if a < 0 or b < 0 or c < 0 or _wide(a, b, c, u, v):
            for k in range(3):
                if vertices[t, k] >= 0:
                    known[vertices[t, k]] = False
            continue
        for k in range(3):
            if neighbours[t, k] < t:
                continue
            i, j = vertices[t, k], vertices[t, (k + 1) % 3]
            x, y, h = np.float64(u[j] - u[i]), np.float64(v[j] - v[i]), z[j] - z[i]
            w = _FINE / np.sqrt(x * x + y * y)
            xx, xy, yy = _whole(w * x * x), _whole(w * x * y), _whole(w * y * y)
            xz, yz = _whole(w * x * h), _whole(w * y * h)
            for p in (i, j):
                sums[p, 0] += xx
                sums[p, 1] += xy
                sums[p, 2] += yy
                sums[p, 3] += xz
                sums[p, 4] += yz
    gradient = np.zeros((u.size, 2))
    for i in range(u.size):
        xx_, xy_, yy_ = float(sums[i, 0]), float(sums[i, 1]), float(sums[i, 2])
        area = xx_ * yy_ - xy_ * xy_
        if not known[i] or area <= THIN * (xx_ + yy_) ** 2:
            known[i] = False
            continue
        xz_, yz_ = float(sums[i, 3]), float(sums[i, 4])
        gradient[i, 0] = (xz_ * yy_ - yz_ * xy_) / area
        gradient[i, 1] = (yz_ * xx_ - xz_ * xy_) / area
    return gradient, known


@njit(cache=True, nogil=True, inline="always")
def _whole(value: float) -> Any:
    """Return the nearest integer, the same for −x and x but for the sign."""
    return np.int64(np.floor(value + 0.5)) if value >= 0 else -np.int64(np.floor(0.5 - value))


@njit(cache=True, nogil=True, inline="always")
def _wide(a: Any, b: Any, c: Any, u: Any, v: Any) -> bool:
    """Return whether the circle of a triangle is wider than what a gradient is made from."""
    bu, bv = np.float64(u[b] - u[a]), np.float64(v[b] - v[a])
    cu, cv = np.float64(u[c] - u[a]), np.float64(v[c] - v[a])
    du, dv = cu - bu, cv - bv
    area = 2.0 * (bu * cv - cu * bv)
    sides = (bu * bu + bv * bv) * (cu * cu + cv * cv) * (du * du + dv * dv)
    return bool(sides > (WIDE * WIDE) * (area * area))


@njit(cache=True, nogil=True, inline="always")
def _far(x: float, y: float) -> Any:
    return np.sqrt(x * x + y * y)


@njit(cache=True, nogil=True, inline="always")
def _bend(a: Any, b: Any, c: Any, d: Any, u: Any, v: Any, z: Any, g: Any) -> Any:
    """Return the departure from the straight line in the middle of a–b, between c and d."""
    # Positions from the middle; those of b are opposite to those of a.
    au, av = 0.5 * (u[a] - u[b]), 0.5 * (v[a] - v[b])
    mu, mv = 0.5 * (np.int64(u[a]) + u[b]), 0.5 * (np.int64(v[a]) + v[b])
    cu, cv, du, dv = u[c] - mu, v[c] - mv, u[d] - mu, v[d] - mv
    ma, mc, md = _far(au, av), _far(cu, cv), _far(du, dv)
    ac, bc = _far(au - cu, av - cv), _far(au + cu, av + cv)
    ad, bd = _far(au - du, av - dv), _far(au + du, av + dv)
    cd = _far(cu - du, cv - dv)
    # Kriging of differences from d: three equations by Cholesky's decomposition.
    ab = ad + bd - 2.0 * ma
    l10, l20 = 0.5 * ab / ad, 0.5 * (ad + cd - ac) / ad
    t11, t21 = 2.0 * bd - l10 * ab, (bd + cd - bc) - l20 * ab
    l21 = t21 / t11
    t22 = 2.0 * cd - l20 * (ad + cd - ac) - l21 * t21
    ya, yb, yc = ad + md - ma, bd + md - ma, cd + md - mc
    yb -= l10 * ya
    wc = (yc - l20 * ya - l21 * yb) / t22
    wb = yb / t11 - l21 * wc
    wa = 0.5 * ya / ad - l10 * wb - l20 * wc
    wd = 1.0 - wa - wb - wc
    gu = 0.25 * ((g[a, 0] + g[b, 0]) + (g[c, 0] + g[d, 0]))
    gv = 0.25 * ((g[a, 1] + g[b, 1]) + (g[c, 1] + g[d, 1]))
    ha = z[a] - (gu + SHARE * (g[a, 0] - gu)) * au - (gv + SHARE * (g[a, 1] - gv)) * av
    hb = z[b] + (gu + SHARE * (g[b, 0] - gu)) * au + (gv + SHARE * (g[b, 1] - gv)) * av
    hc = z[c] - (gu + SHARE * (g[c, 0] - gu)) * cu - (gv + SHARE * (g[c, 1] - gv)) * cv
    hd = z[d] - (gu + SHARE * (g[d, 0] - gu)) * du - (gv + SHARE * (g[d, 1] - gv)) * dv
    level = 0.5 * (z[a] + z[b])
    bend = wa * (ha - level) + wb * (hb - level) + wc * (hc - level) + wd * (hd - level)
    # The top of the parabola is not above the four points, nor its bottom below them.
    half = 0.5 * (z[a] - z[b])
    up, down = max(level, z[c], z[d]), min(level, z[c], z[d])
    up, down = max(up - level, abs(half)), max(level - down, abs(half))
    up = 0.5 * (up + np.sqrt(up * up - half * half))
    down = 0.5 * (down + np.sqrt(down * down - half * half))
    return min(max(bend, -down), up)
