# SPDX-License-Identifier: EUPL-1.2
"""Terrain of a rectangle of cells: triangles between ground points, and what lies beyond them.

Each cell takes the Delaunay triangle that holds its centre, bent by the points around it
(:mod:`jumeau.sources.lidar.bend`). Only the points within :data:`REACHES` of the rectangle are
triangulated, and as far as it takes for every triangle used, and every one that bends these, to be
one of the whole import's (its circle holds no point left out): tiles then join to the bit.
Where the circle of a triangle leaves what is loaded, the points out there are looked at.
Beyond the hull, a cell takes the nearest ground point up to :data:`EDGE`. Further than
:data:`VOID` from any ground point, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.sources.lidar import bend, delaunay, tin

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Points = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]

REACHES = (32, 128, 512)
"""Distances around a rectangle within which points are taken, one after the other [m]."""
EDGE = 20
"""Distance beyond the hull up to which the nearest ground point stands for the terrain [m]."""
VOID = 100.0
"""Distance to the nearest ground point beyond which the terrain is not known [m]."""
CIRCLES = 4096
"""Circles that are looked at, at most; with more, more points are loaded."""
_BUCKET = 4000
Rectangle = tuple[int, int, int, int]
"""First column and row, end column and row [cells]."""


class Terrain(NamedTuple):
    """Terrain of a rectangle of cells, row 0 north.

    Parameters
    ----------
    altitude : float32 array
        Altitude [m]; NaN where unknown.
    distance : float32 array
        To the nearest ground point of the triangle [m].
    slope : float32 array
        Rise over run; NaN beyond the hull.
    """

    altitude: NDArray[np.float32]
    distance: NDArray[np.float32]
    slope: NDArray[np.float32]


def interpolate(
    points: Callable[[Rectangle], Points],
    outside: Callable[[Rectangle, NDArray[np.float64]], bool],
    cells: Rectangle,
    whole: Rectangle,
) -> Terrain:
    """Interpolate ground points onto a rectangle of cells.

    Parameters
    ----------
    points : callable
        Rectangle of cells → u, v [mm, u // 1000 being the column and v // 1000 the row] and
        altitudes [mm] of the ground points in it.
    outside : callable
        Rectangle of cells, circles (centre and squared radius [mm, mm²]) → whether a ground point
        outside the rectangle lies in a circle.
    cells : tuple of 4 int
        Cells wanted.
    whole : tuple of 4 int
        Cells in which the import has points.

    Returns
    -------
    Terrain
        Of the cells wanted.
    """
    shape = (cells[3] - cells[1], cells[2] - cells[0])
    value = np.empty(shape)
    distance, slope = np.empty(shape, np.float32), np.empty(shape, np.float32)
    u = v = np.empty(0, np.int32)
    z = np.empty(0)
    circles = np.empty((CIRCLES, 3))
    for reach in REACHES:
        window = (cells[0] - reach, cells[1] - reach, cells[2] + reach, cells[3] + reach)
        u, v, z = points(window)
        u, v = u - np.int32(1000 * cells[0]), v - np.int32(1000 * cells[1])
        for item in (value, distance, slope):
            item[:] = np.nan
        unknown = _around(window, whole, cells)
        net = delaunay.network(u, v)
        unproven = 0
        if net is not None:
            of_edges = bend.bends(net.vertices, net.neighbours, net.x, net.y, z)
            unproven = tin.onto_cells(
                net.vertices, net.neighbours, of_edges, u, v, z, unknown,
                value, distance, slope, circles, 1000 * VOID,
            )  # fmt: skip
        if not unproven:
            break
        told = circles[:unproven] + np.array([1000.0 * cells[0], 1000.0 * cells[1], 0.0])
        if unproven <= len(circles) and not outside(window, told):
            break
    # A sliver of the hull may hold a cell whose nearest point is none of its three.
    far = distance > np.float32(1000 * VOID)
    for item in (value, distance, slope):
        item[far] = np.nan
    if u.size:
        beyond(value, distance, *buckets(u, v), u, v, z, EDGE * 1000)
    altitude = (value / 1000.0).astype(np.float32)
    distance /= np.float32(1000.0)
    altitude[distance > VOID] = np.nan
    return Terrain(altitude, distance, slope)


def _around(window: Rectangle, whole: Rectangle, cells: Rectangle) -> NDArray[np.float64]:
    """Return the rectangles of the import outside a window, from the cells' corner [mm]."""
    west, north, east, south = whole
    found = []
    if window[0] > west:
        found.append((west, north, window[0], south))
    if window[2] < east:
        found.append((window[2], north, east, south))
    if window[1] > north:
        found.append((west, north, east, window[1]))
    if window[3] < south:
        found.append((west, window[3], east, south))
    corner = (cells[0], cells[1], cells[0], cells[1])
    return 1000.0 * (np.array(found, np.float64).reshape(-1, 4) - corner)


@njit(cache=True, nogil=True)
def buckets(
    u: NDArray[np.int32], v: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int, int]:
    """Sort points into squares: first of each, points in order, and the corner of the squares."""
    west, north = u.min() // _BUCKET, v.min() // _BUCKET
    columns = u.max() // _BUCKET - west + 1
    rows = v.max() // _BUCKET - north + 1
    first = np.zeros(rows * columns + 2, np.int32)
    first[-1] = columns
    for i in range(u.size):
        first[(v[i] // _BUCKET - north) * columns + u[i] // _BUCKET - west + 1] += 1
    for k in range(rows * columns):
        first[k + 1] += first[k]
    order = np.empty(u.size, np.int32)
    place = first.copy()
    for i in range(u.size):
        k = (v[i] // _BUCKET - north) * columns + u[i] // _BUCKET - west
        order[place[k]] = i
        place[k] += 1
    return first, order, west, north


@njit(cache=True, nogil=True)
def beyond(
    value: NDArray[np.float64],
    distance: NDArray[np.float32],
    first: NDArray[np.int32],
    order: NDArray[np.int32],
    west: int,
    north: int,
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    z: NDArray[np.float64],
    reach: int,
) -> None:
    """Give the cells that no triangle holds the value of the nearest point, up to a distance.

    Parameters
    ----------
    value, distance : (rows, columns) arrays
        Values [mm] and distances [mm]; NaN cells are filled.
    first, order, west, north
        Points sorted by square; ``first`` ends with the number of columns.
    u, v, z : (n,) arrays
        Points [mm].
    reach : int
        Distance [mm].
    """
    columns: Any = first[-1]
    rows: Any = (first.size - 2) // columns
    rings = reach // _BUCKET + 1
    for r in range(value.shape[0]):
        for c in range(value.shape[1]):
            if not np.isnan(value[r, c]):
                continue
            x, y = np.int64(1000 * c + 500), np.int64(1000 * r + 500)
            best, chosen = np.int64(reach) * reach + 1, -1
            i: Any = y // _BUCKET - north
            j: Any = x // _BUCKET - west
            for ring in range(rings + 1):
                near = np.int64(max(0, ring - 1)) * _BUCKET
                if near * near > best:
                    break
                for a in range(max(0, i - ring), min(rows, i + ring + 1)):
                    side = abs(a - i) == ring
                    step = 1 if side or ring == 0 else 2 * ring
                    b = j - ring
                    while b <= j + ring:
                        if 0 <= b < columns:
                            for k in range(first[a * columns + b], first[a * columns + b + 1]):
                                p = order[k]
                                d = (x - u[p]) ** 2 + (y - v[p]) ** 2
                                tie = (
                                    d == best
                                    and chosen >= 0
                                    and (
                                        u[p] < u[chosen] or (u[p] == u[chosen] and v[p] < v[chosen])
                                    )
                                )
                                if d < best or tie:
                                    best, chosen = d, p
                        b += step
            if chosen >= 0:
                value[r, c] = z[chosen]
                distance[r, c] = np.float32(np.sqrt(np.float64(best)))
