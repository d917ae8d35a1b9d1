# SPDX-License-Identifier: EUPL-1.2
"""Relief of the demonstrator commune: plateau of bocage, valley, bed cut so that water runs.

The slopes rise from the flood plain to the plateau as a stretched exponential of the distance to
the valley; a dry valley joins it; roads lie on a levelled strip. The surface adds roofs, canopy
and decks to the bare ground.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.sources.synthetic import townscape, waters
from jumeau.sources.synthetic.frame import Frame
from jumeau.sources.synthetic.waters import Course

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Bounds

COARSE = 10
"""Step at which slopes are computed before they are drawn at one metre [m]."""
RISE, REACH = 41.0, (430.0, 340.0)
"""Height of the plateau above the plain, and how fast each side reaches it [m]."""
FLAT = 42.0
"""Half-width of the flood plain [m]."""
TRENCH = 14.0
"""Distance from a bed within which its cut is drawn [m]."""


@dataclass(frozen=True)
class Relief:
    """Bare ground at 1 m, row 0 north.

    Parameters
    ----------
    bounds : tuple of 4 float
        Outer edges [m].
    ground : (rows, columns) float32 array
        Altitudes [m].
    stream, ditch : Course
        Stream, and ditch of the dry valley.
    """

    bounds: Bounds
    ground: NDArray[np.float32]
    stream: Course
    ditch: Course

    def at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the altitudes of the cells that hold points, ``(n, 2)`` [m]."""
        row, column = cells(self.bounds, np.atleast_2d(points))
        last = np.array(self.ground.shape) - 1
        found = self.ground[np.clip(row, 0, last[0]), np.clip(column, 0, last[1])]
        return np.asarray(found, dtype=np.float64)


def cells(
    bounds: Bounds, points: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the (row, column) of the cells that hold points, ``(n, 2)`` [m]."""
    x, y = grid.cell_of(points[:, 0], points[:, 1])
    return np.round(bounds[3] - 0.5).astype(np.int64) - y, x - np.round(bounds[0] + 0.5).astype(int)


def relief(frame: Frame, seed: int, roads: Sequence[Any] = ()) -> Relief:
    """Return the bare ground of a seed.

    Parameters
    ----------
    frame : Frame
        Where the plan lies.
    seed : int
        Seed.
    roads : sequence of shapely polygons
        Carriageways: the ground is levelled there.
    """
    from rasterio import features
    from scipy import ndimage

    rng = np.random.default_rng([seed, 3])
    bounds = frame.bounds
    rows, columns = grid.shape(bounds)
    west, _, _, north = bounds
    x = west + COARSE * (np.arange(-3, columns // COARSE + 5))
    y = north - COARSE * (np.arange(-3, rows // COARSE + 5))
    points = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    stream = waters.stream(frame, seed)
    slopes = _slopes(frame, points, (len(y), len(x)), rng)
    bare = _Bare(slopes, west, north)
    ditch = waters.tributary(frame, stream, bare)
    slopes = drained(_with_dry_valley(slopes, points, ditch))
    down = (np.arange(rows) + 0.5) / COARSE + 3
    across = (np.arange(columns) + 0.5) / COARSE + 3
    ground = ndimage.map_coordinates(
        slopes.astype(np.float32), np.meshgrid(down, across, indexing="ij"), order=3
    )
    grain = rng.standard_normal(ground.shape, dtype=np.float32)
    ground += 0.05 * ndimage.gaussian_filter(grain, 1.2) / 0.23
    if roads:
        level = ndimage.gaussian_filter(ground, 5.0)
        mask = features.rasterize(
            [(road, 1) for road in roads], ground.shape, transform=grid.transform(bounds)
        ).astype(bool)
        ground[mask] = level[mask] - 0.05
    ground = np.round(ground, 2)
    for course in (ditch, stream):
        _cut(ground, bounds, course)
    return Relief(bounds, ground, stream, ditch)


class _Bare:
    """Altitudes of the slopes between the points of the coarse grid."""

    def __init__(self, slopes: NDArray[np.float64], west: float, north: float) -> None:
        self.slopes, self.west, self.north = slopes, west, north

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy import ndimage

        row = (self.north - points[:, 1]) / COARSE + 3
        column = (points[:, 0] - self.west) / COARSE + 3
        found: NDArray[np.float64] = ndimage.map_coordinates(
            self.slopes, [row, column], order=1, mode="nearest"
        )
        return found


def _slopes(
    frame: Frame, points: NDArray[np.float64], shape: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the altitude of the main valley and its plateau [m]."""
    from scipy import ndimage
    from scipy.spatial import cKDTree

    valley = waters.axis(frame)
    found, index = cKDTree(valley).query(points)
    heading = np.gradient(valley, axis=0)[index]
    toward = points - valley[index]
    side = np.sign(heading[:, 0] * toward[:, 1] - heading[:, 1] * toward[:, 0])
    # Far from the axis its bends no longer show.
    near = np.exp(-((found / 130) ** 2)).reshape(shape)
    distance, nearest = (
        near * field.reshape(shape) + (1 - near) * ndimage.gaussian_filter(field.reshape(shape), 13)
        for field in (found, index.astype(np.float64))
    )
    reach = np.where(side.reshape(shape) * frame.mirror > 0, *REACH)
    along = np.column_stack([5 * nearest.ravel(), 0.35 * side * distance.ravel()])
    spurs = _waves(along, rng, ((700, 0.22), (380, 0.13))).reshape(shape)
    away = np.maximum(distance - FLAT, 0) * np.clip(1 + spurs, 0.5, 1.6) / reach
    level = np.interp(nearest, np.arange(len(valley)), waters.plain(valley))
    level = level + 0.35 * np.minimum(distance / FLAT, 1) ** 2
    rolling = _waves(points - frame.centre, rng, ((1500, 5.0), (700, 2.0), (330, 0.7), (150, 0.25)))
    calm = 1 - np.exp(-np.maximum(distance - FLAT, 0) / 260)
    slopes: NDArray[np.float64] = level + RISE * (1 - np.exp(-(away**1.2))) + 0.006 * distance
    slopes += rolling.reshape(shape) * calm
    return slopes


def _waves(
    points: NDArray[np.float64], rng: np.random.Generator, sizes: Iterable[tuple[float, float]]
) -> NDArray[np.float64]:
    """Return a smooth field: three waves for each (length [m], amplitude)."""
    total = np.zeros(len(points))
    for length, amplitude in sizes:
        for _ in range(3):
            angle, phase = rng.uniform(0, 2 * np.pi, 2)
            number = 2 * np.pi / (length * rng.uniform(0.8, 1.25))
            heading = np.array([np.cos(angle), np.sin(angle)])
            total += amplitude / 1.7 * np.sin(number * (points @ heading) + phase)
    return total


def _with_dry_valley(
    slopes: NDArray[np.float64], points: NDArray[np.float64], ditch: Course
) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree

    distance, nearest = cKDTree(ditch.points).query(points)
    sides = ditch.bed[nearest] + 0.5 + 13 * (1 - np.exp(-((distance / 115) ** 1.5)))
    sides += 0.05 * np.maximum(distance - 60, 0)
    hollow = np.minimum(sides.reshape(slopes.shape), slopes + 20)
    soft = 1.8
    gap = np.clip((hollow - slopes) / soft, -30, 30)
    joined: NDArray[np.float64] = slopes - soft * np.log1p(np.exp(-gap))
    return joined


def drained(altitudes: NDArray[np.float64], fall: float = 0.004) -> NDArray[np.float64]:
    """Fill the hollows of a grid until each cell runs off to its edge (Barnes et al. 2014).

    Parameters
    ----------
    altitudes : (rows, columns) array
        Altitudes [m].
    fall : float
        Least difference between a filled cell and the next one [m].
    """
    rows, columns = altitudes.shape
    filled = altitudes.copy()
    done = np.zeros((rows, columns), dtype=bool)
    done[[0, -1], :] = done[:, [0, -1]] = True
    queue = [(float(filled[r, c]), int(r), int(c)) for r, c in np.argwhere(done)]
    heapq.heapify(queue)
    while queue:
        level, row, column = heapq.heappop(queue)
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                if not done[r, c]:
                    done[r, c] = True
                    filled[r, c] = max(filled[r, c], level + fall)
                    heapq.heappush(queue, (float(filled[r, c]), r, c))
    return filled


def _cut(ground: NDArray[np.float32], bounds: Bounds, course: Course) -> None:
    """Lower the ground to the bed of a watercourse and to its banks, in place."""
    from scipy.spatial import cKDTree

    near = np.zeros(ground.shape, dtype=bool)
    row, column = cells(bounds, course.points)
    reach = int(TRENCH)
    for r, c in zip(row[::4].tolist(), column[::4].tolist(), strict=True):
        if -reach <= r < ground.shape[0] + reach and -reach <= c < ground.shape[1] + reach:
            near[max(r - reach, 0) : r + reach + 1, max(c - reach, 0) : c + reach + 1] = True
    rows, columns = np.nonzero(near)
    centre = np.column_stack([bounds[0] + 0.5 + columns, bounds[3] - 0.5 - rows])
    distance, nearest = cKDTree(course.points).query(centre)
    # A cell that the line crosses belongs to the bed, however narrow that is.
    bank = course.bed[nearest] + 0.75 * np.maximum(distance - max(course.width / 2, 0.8), 0)
    ground[rows, columns] = np.minimum(ground[rows, columns], np.round(bank, 3))


def flooded(relief: Relief, depths: Sequence[float]) -> list[Any]:
    """Return where water that stands above the bed would spread, one geometry a depth.

    Parameters
    ----------
    relief : Relief
        Bare ground.
    depths : sequence of float
        Heights of water above the bed of the stream [m].

    Notes
    -----
    Height above the nearest point of the stream (Nobre et al. 2011), on cells of 4 m, kept where
    it joins the stream.
    """
    import shapely
    from rasterio import features
    from rasterio.transform import from_origin
    from scipy import ndimage
    from scipy.spatial import cKDTree

    step, reach = 4, 220.0
    block = relief.ground[step // 2 :: step, step // 2 :: step]
    west, _, _, north = relief.bounds
    x = west + 0.5 + step // 2 + step * np.arange(block.shape[1])
    y = north - 0.5 - step // 2 - step * np.arange(block.shape[0])
    points = np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
    tree = cKDTree(relief.stream.points[::3])
    distance, nearest = tree.query(points, distance_upper_bound=reach)
    bed = np.append(relief.stream.bed[::3], -np.inf)[nearest]
    above = np.where(np.isfinite(distance), block.ravel() - bed, np.inf).reshape(block.shape)
    row, column = cells(relief.bounds, relief.stream.points)
    inside = (row >= 0) & (column >= 0)
    inside &= (row < relief.ground.shape[0]) & (column < relief.ground.shape[1])
    row, column = row[inside] // step, column[inside] // step
    transform = from_origin(west, north, step, step)
    found = []
    for depth in depths:
        wet = above < depth
        wet |= ndimage.binary_closing(wet, iterations=2)
        labels, _ = ndimage.label(wet)
        kept = np.unique(labels[row, column])
        mask = np.isin(labels, kept[kept > 0])
        outlines = features.shapes(mask.astype(np.uint8), mask, transform=transform)
        whole = shapely.union_all([shapely.geometry.shape(item) for item, _ in outlines])
        whole = whole.buffer(6, quad_segs=3).buffer(-6, quad_segs=3).simplify(2.5)
        found.append(townscape.rounded(whole, 0.1))
    return found


def surface(
    relief: Relief,
    roofs: Iterable[tuple[Any, float, float, float]],
    crowns: Iterable[tuple[float, float, float, float]],
    canopies: Iterable[tuple[Any, float]],
    decks: Iterable[tuple[Any, float]],
    seed: int,
) -> NDArray[np.float32]:
    """Return the altitude of the highest surface [m].

    Parameters
    ----------
    relief : Relief
        Bare ground.
    roofs : iterable of (polygon, gutter, ridge, pitch)
        Altitudes [m] and slope [m/m].
    crowns : iterable of (x, y, height, diameter)
        Trees that stand alone [m].
    canopies : iterable of (polygon, height)
        Woods and hedges [m].
    decks : iterable of (polygon, altitude)
        Bridges [m].
    seed : int
        Seed.
    """
    from scipy import ndimage

    rng = np.random.default_rng([seed, 4])
    shape, bounds = relief.ground.shape, relief.bounds
    top = relief.ground.copy()
    # Not burnt by GDAL: which cells an outline touches would depend on the size of its cache.
    leaves = np.zeros(shape, dtype=np.float32)
    for polygon, height in canopies:
        window, inside, _, _ = _covered(bounds, shape, polygon.buffer(0.5))
        leaves[window][inside] = height
    under = leaves > 0
    if under.any():
        bumps = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 2.0) * 7
        grown = leaves[under] * np.clip(1 + 0.12 * bumps[under], 0.6, 1.35)
        top[under] += grown.astype(np.float32)
    for x, y, height, diameter in crowns:
        _crown(top, relief, x, y, height, diameter)
    for polygon, gutter, ridge, pitch in roofs:
        _roof(top, bounds, polygon, gutter, ridge, pitch)
    for polygon, altitude in decks:
        _roof(top, bounds, polygon, altitude, altitude, 0.0)
    return np.round(top, 2)


def _window(
    bounds: Bounds, shape: tuple[int, ...], west: float, south: float, east: float, north: float
) -> tuple[slice, slice]:
    top, left = int(bounds[3] - north), int(west - bounds[0])
    bottom, right = int(bounds[3] - south) + 1, int(east - bounds[0]) + 1
    return (
        slice(max(top, 0), min(max(bottom, 0), shape[0])),
        slice(max(left, 0), min(max(right, 0), shape[1])),
    )


def _covered(
    bounds: Bounds, shape: tuple[int, ...], polygon: Any
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Return the window of a polygon, which of its cells have their centre inside, and x, y [m]."""
    import shapely

    window = _window(bounds, shape, *polygon.bounds)
    rows, columns = np.mgrid[window]
    x, y = bounds[0] + 0.5 + columns, bounds[3] - 0.5 - rows
    shapely.prepare(polygon)
    return window, shapely.contains_xy(polygon, x, y), x, y


def _crown(
    top: NDArray[np.float32], relief: Relief, x: float, y: float, height: float, diameter: float
) -> None:
    radius = diameter / 2
    window = _window(relief.bounds, top.shape, x - radius, y - radius, x + radius, y + radius)
    rows, columns = np.ogrid[window]
    away = (relief.bounds[0] + 0.5 + columns - x) ** 2 + (relief.bounds[3] - 0.5 - rows - y) ** 2
    dome = height * (0.45 + 0.55 * np.sqrt(np.maximum(1 - away / radius**2, 0)))
    foot = relief.at(np.array([[x, y]]))[0]
    part = top[window]
    np.maximum(part, np.where(away < radius**2, foot + dome, -99), out=part, casting="unsafe")


def _roof(
    top: NDArray[np.float32],
    bounds: Bounds,
    polygon: Any,
    gutter: float,
    ridge: float,
    pitch: float,
) -> None:
    """Raise a roof that climbs from the gutter at a slope, up to the ridge, in place."""
    import shapely

    window, inside, x, y = _covered(bounds, top.shape, polygon)
    if not inside.any():
        return
    if pitch > 0:
        edge = shapely.distance(polygon.exterior, shapely.points(x[inside], y[inside]))
        level = np.minimum(gutter + pitch * edge, ridge)
    else:
        level = np.full(int(inside.sum()), gutter)
    part = top[window]
    part[inside] = np.maximum(part[inside], level).astype(np.float32)
