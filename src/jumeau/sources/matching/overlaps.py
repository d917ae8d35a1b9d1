# SPDX-License-Identifier: EUPL-1.2
"""Footprints of two layers that overlap: candidates by a tree, areas by GEOS in threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from jumeau.sources.matching.confidence import LINK, probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 20_000
"""Footprints whose candidates are held together."""


@dataclass
class Pairs:
    """Pairs of footprints that may be of the same building.

    Parameters
    ----------
    new, old : (k,) int array
        Places in the two layers.
    area : (k,) array
        Area of the intersection [m²].
    coverage, jaccard : (k,) array
        Intersection over the smaller footprint and over the union [-].
    probability : (k,) array
        Probability that the pair is right [-].
    """

    new: NDArray[np.int64]
    old: NDArray[np.int64]
    area: NDArray[np.float64]
    coverage: NDArray[np.float64]
    jaccard: NDArray[np.float64]
    probability: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.new)


def find(
    new: NDArray[np.object_],
    old: NDArray[np.object_],
    shift: tuple[float, float] = (0.0, 0.0),
    threads: int | None = None,
) -> Pairs:
    """Find the pairs of footprints whose probability reaches that of a link.

    Boxes that overlap too little for it, whatever their shapes, are not intersected.

    Parameters
    ----------
    new, old : (n,), (m,) array of shapely polygons
        Footprints of the two layers [m].
    shift : tuple of 2 float
        Displacement to take away from ``new`` (x, y) [m].
    threads : int, optional
        Threads; as many as processors by default.

    Returns
    -------
    Pairs
        In the order of ``new``.
    """
    if not len(new) or not len(old):
        return _none()
    tree = shapely.STRtree(old)
    sides = _measures(old)
    blocks = [slice(start, start + BLOCK) for start in range(0, len(new), BLOCK)]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        parts = list(pool.map(lambda block: _block(new, old, tree, sides, block, shift), blocks))
    return Pairs(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("new", "old", "area", "coverage", "jaccard", "probability")
        )
    )


def _none() -> Pairs:
    empty = np.empty(0)
    return Pairs(empty.astype(np.int64), empty.astype(np.int64), empty, empty, empty, empty)


def _measures(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], ...]:
    """Return bounds, areas and centroids."""
    middle = shapely.centroid(shapes)
    return (
        shapely.bounds(shapes),
        shapely.area(shapes),
        shapely.get_x(middle),
        shapely.get_y(middle),
    )


def _block(
    new: NDArray[np.object_],
    old: NDArray[np.object_],
    tree: shapely.STRtree,
    sides: tuple[NDArray[np.float64], ...],
    block: slice,
    shift: tuple[float, float],
) -> Pairs:
    mine = new[block]
    if any(shift):
        mine = shapely.transform(mine, lambda xy: xy - np.asarray(shift))
    box, size, x, y = _measures(mine)
    box_old, size_old, x_old, y_old = sides
    a, b = tree.query(mine)
    width = np.minimum(box[a, 2], box_old[b, 2]) - np.maximum(box[a, 0], box_old[b, 0])
    height = np.minimum(box[a, 3], box_old[b, 3]) - np.maximum(box[a, 1], box_old[b, 1])
    smaller = np.minimum(size[a], size_old[b])
    most = np.minimum(np.maximum(width, 0) * np.maximum(height, 0), smaller)
    far = np.hypot(x[a] - x_old[b], y[a] - y_old[b]) / np.sqrt(np.maximum(smaller, 1e-9))
    hopeful = _chance(most, size[a], size_old[b], far)[2] >= LINK
    a, b, far = a[hopeful], b[hopeful], far[hopeful]
    area = _intersections(mine[a], old[b])
    coverage, jaccard, chance = _chance(area, size[a], size_old[b], far)
    kept = chance >= LINK
    return Pairs(
        a[kept].astype(np.int64) + block.start,
        b[kept].astype(np.int64),
        area[kept],
        coverage[kept],
        jaccard[kept],
        chance[kept],
    )


def _chance(
    area: NDArray[np.float64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    far: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    coverage = np.minimum(area / np.maximum(np.minimum(first, second), 1e-9), 1.0)
    jaccard = np.minimum(area / np.maximum(first + second - area, 1e-9), 1.0)
    return coverage, jaccard, probability(coverage, jaccard, far)


def _intersections(first: NDArray[np.object_], second: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return areas of intersections; shapes that GEOS refuses are snapped to the millimetre."""
    try:
        return np.asarray(shapely.area(shapely.intersection(first, second)))
    except shapely.errors.GEOSException:
        snapped = [
            shapely.make_valid(shapely.set_precision(part, 0.001)) for part in (first, second)
        ]
        return np.asarray(shapely.area(shapely.intersection(*snapped, grid_size=0.001)))
