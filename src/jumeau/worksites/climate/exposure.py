# SPDX-License-Identifier: EUPL-1.2
"""What the water reaches: buildings by the depth around their walls, lamps, cabinets, streets.

A building is touched when the ring of one to two metres around its walls is under water; its depth
is a high quantile of that ring. Roof cells and unknown ground do not count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.climate.simulate import Water

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.climate.site import Buildings

RING = (1.0, 2.0)
"""Distances from the walls at which the depth is read [m]."""
STEP = 1.0
"""Distance between two points along a wall or a street [m]."""
_BATCH = 20_000
_NEAR = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
Sampler = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], "NDArray[np.float32]"]


@dataclass(frozen=True)
class Reached:
    """Depth of water at the rows of a table, or at outlines that no table holds.

    Parameters
    ----------
    table : str
        Table, also the scope of the indicators.
    ids : (n,) object array
        Identifiers.
    depth : (n,) array
        Depth [m]; NaN where the ground around is unknown or out of the computation.
    x, y : (n,) arrays
        A point of each [m].
    length : (n,) array
        Of a street, its length [m]; 1 else.
    wet : (n,) array
        Of a street, the length that is under water [m]; 1 where touched else.
    public : (n,) bool array
        Of a building, whether a public authority owns or uses it.
    estimated : bool
        Whether the rows rest on estimates: outlines from LiDAR.
    """

    table: str
    ids: NDArray[np.object_]
    depth: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    length: NDArray[np.float64]
    wet: NDArray[np.float64]
    public: NDArray[np.bool_]
    estimated: bool = False

    def __len__(self) -> int:
        return len(self.ids)


def all_of(
    territory: Territory, water: Water, buildings: Buildings, given: Parameters
) -> dict[str, Reached]:
    """Return what water reached, by table: building, luminaire, cabinet, street.

    Parameters
    ----------
    territory : Territory
        Territory.
    water : Water
        What water did.
    buildings : Buildings
        Buildings of the box.
    given : Parameters
        Parameters of the worksite: threshold and quantile.
    """
    threshold = given["climate_wet_m"].value
    share = given["climate_wall_quantile"].value
    found = {"building": walls(water, buildings, threshold, share)}
    for table in ("luminaire", "cabinet"):
        found[table] = posts(territory, water, table, threshold)
    found["street"] = streets(territory, water, threshold)
    return found


def walls(water: Water, buildings: Buildings, threshold: float, share: float) -> Reached:
    """Return the depth around the walls of buildings, a quantile of the ring [m].

    Parameters
    ----------
    water : Water
        What water did.
    buildings : Buildings
        Outlines.
    threshold : float
        Depth from which a building is touched [m].
    share : float
        Quantile of the ring, 1 for its greatest depth.
    """
    import shapely

    # On cells coarser than the ring, the first cells that no roof takes are a little farther.
    rings = RING if water.site.cell <= 2 else (*RING, 0.75 * water.site.cell)
    depth = np.full(len(buildings), np.nan)
    for first in range(0, len(buildings), _BATCH):
        shapes = buildings.shapes[first : first + _BATCH]
        owner, values = [], []
        for away in rings:
            outline = shapely.boundary(shapely.buffer(shapes, away, quad_segs=2))
            points, index = shapely.get_coordinates(
                shapely.segmentize(outline, STEP), return_index=True
            )
            owner.append(index)
            values.append(water.at(points[:, 0], points[:, 1]))
        part = quantiles(np.concatenate(owner), np.concatenate(values), len(shapes), share)
        depth[first : first + len(shapes)] = part
    middle = shapely.get_coordinates(shapely.centroid(buildings.shapes)).reshape(-1, 2)
    touched = (depth >= threshold).astype(np.float64)
    return Reached(
        "building", buildings.ids, depth, middle[:, 0], middle[:, 1],
        np.ones(len(buildings)), touched, buildings.public, buildings.outlined,
    )  # fmt: skip


def quantiles(
    owner: NDArray[np.int64], values: NDArray[np.float32], count: int, share: float
) -> NDArray[np.float64]:
    """Return a quantile of the values of each owner, the nearest value above; NaN without any.

    Parameters
    ----------
    owner : (n,) int array
        Owner of each value, 0 … count − 1.
    values : (n,) array
        Values; NaN does not count.
    count : int
        Owners.
    share : float
        Quantile in [0, 1].
    """
    known = ~np.isnan(values)
    owner, values = owner[known], values[known]
    order = np.lexsort((values, owner))
    ranked = values[order]
    size = np.bincount(owner, minlength=count)
    start = np.cumsum(size) - size
    found = np.full(count, np.nan)
    some = size > 0
    rank = np.ceil(share * (size[some] - 1) - 1e-9).astype(np.int64)
    found[some] = ranked[start[some] + rank]
    return found


def posts(territory: Territory, water: Water, table: str, threshold: float) -> Reached:
    """Return the depth at the foot of points: the greatest of their cell and those around it."""
    import shapely

    rows = territory.geo(table, columns=["id"], bounds=water.site.bounds)
    rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
    xy = shapely.get_coordinates(shapely.centroid(rows.geometry.to_numpy())).reshape(-1, 2)
    x, y = xy[:, 0], xy[:, 1]
    depth = water.at(x, y).astype(np.float64)
    for east, south in _NEAR[1:]:  # a lamp on a wall stands in a roof cell
        beside = water.at(x + east, y + south).astype(np.float64)
        depth = np.where(np.isnan(depth), beside, depth)
    ones = np.ones(len(rows))
    return Reached(
        table, rows["id"].to_numpy(object), depth, x, y, ones,
        (depth >= threshold).astype(np.float64), np.zeros(len(rows), dtype=bool),
    )  # fmt: skip


def streets(territory: Territory, water: Water, threshold: float) -> Reached:
    """Return the depth that 95 % of the axis of each street does not reach, and the wet length."""
    import shapely

    rows = territory.geo("street", columns=["id"], bounds=water.site.bounds)
    rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
    lines = rows.geometry.to_numpy()
    length = np.asarray(shapely.length(lines), dtype=np.float64)
    points, index = shapely.get_coordinates(shapely.segmentize(lines, STEP), return_index=True)
    values = water.at(points[:, 0], points[:, 1])
    depth = quantiles(index, values, len(lines), 0.95)
    known = np.bincount(index[~np.isnan(values)], minlength=len(lines))
    under = np.bincount(index[values >= threshold], minlength=len(lines))
    wet = length * np.divide(under, known, out=np.zeros(len(lines)), where=known > 0)
    middle = shapely.get_coordinates(shapely.centroid(lines)).reshape(-1, 2)
    return Reached(
        "street", rows["id"].to_numpy(object), depth, middle[:, 0], middle[:, 1], length, wet,
        np.zeros(len(lines), dtype=bool),
    )  # fmt: skip
