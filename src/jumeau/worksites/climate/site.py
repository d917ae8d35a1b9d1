# SPDX-License-Identifier: EUPL-1.2
"""Where water flows: terrain, roofs, friction and losses of a territory on cells of one side.

Buildings stand as raised cells: rain runs off their roofs onto the ground beside them, and no
water passes through them. Outlines come from the twin; without any, from the heights that LiDAR
gives to buildings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import NDArray

    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory

CELLS = (1, 2, 4, 8)
"""Sides of the cells of a computation [m]; each divides the side of a tile."""
RAISED = 3.0
"""How much roofs stand above the ground of their cells, as in Merewether's model [m]."""
STREET_WIDTH = 5.0
"""Width of a street that does not tell its own [m]."""
_SMALLEST, _LOWEST = 20.0, 2.0
"""Least area [m²] and height [m] of what LiDAR sees for it to be a building."""
_LIDAR_CELLS = 60_000_000
"""Cells of LiDAR heights outlined at most."""
_FLOOD_WORDS = ("inond", "flood", "submersion", "crue", "ruissel", "debord", "débord")


@dataclass(frozen=True)
class Buildings:
    """Outlines of buildings; arrays of n.

    Parameters
    ----------
    ids, shapes : (n,) object arrays
        Identifiers, polygons [m, territory's CRS].
    public : (n,) bool array
        Whether a public authority owns or uses it.
    outlined : bool
        Whether the outlines come from LiDAR heights: the twin has no row for them.
    """

    ids: NDArray[np.object_]
    shapes: NDArray[np.object_]
    public: NDArray[np.bool_]
    outlined: bool = False

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Site:
    """Cells of one side, row 0 north; closed where the terrain is NaN.

    Parameters
    ----------
    bounds : tuple of 4 float
        Outer edges [m].
    cell : int
        Side [m].
    ground : (ny, nx) float32 array
        Terrain [m], NaN where unknown.
    roofs : (ny, nx) bool array
        Cells that a building covers.
    manning : (ny, nx) float32 array
        Manning's n [s/m^(1/3)].
    infiltration : (ny, nx) float32 array or float
        Capacity of the soil [mm/h].
    """

    bounds: Bounds
    cell: int
    ground: NDArray[np.float32]
    roofs: NDArray[np.bool_]
    manning: NDArray[np.float32]
    infiltration: NDArray[np.float32] | float

    @property
    def transform(self) -> Affine:
        """Transform from (column, row) to (x, y)."""
        return transform(self.bounds, self.cell)

    @property
    def bed(self) -> NDArray[np.float32]:
        """Terrain with roofs raised [m]."""
        return np.where(self.roofs, self.ground + np.float32(RAISED), self.ground)

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return the (row, column) of the cell that holds a point; may lie outside."""
        west, _, _, north = self.bounds
        return (int(np.floor((north - y) / self.cell)), int(np.floor((x - west) / self.cell)))

    def around(self, x: float, y: float, radius: float) -> NDArray[np.bool_]:
        """Return the cells whose centre is within a distance of a point [m], one at least."""
        rows, columns = self.ground.shape
        west, _, _, north = self.bounds
        east = west + self.cell * (np.arange(columns) + 0.5) - x
        south = north - self.cell * (np.arange(rows) + 0.5) - y
        mask: NDArray[np.bool_] = south[:, None] ** 2 + east**2 <= radius**2
        row, column = self.place(x, y)
        if 0 <= row < rows and 0 <= column < columns:
            mask[row, column] = True
        return mask


class Covered(NamedTuple):
    """What a run reads once, whatever the side of its cells."""

    buildings: Buildings
    streets: NDArray[np.object_]
    """Carriageways: polygons [m]."""


def transform(bounds: Bounds, cell: int) -> Affine:
    """Return the transform of cells of a side from (column, row) to (x, y)."""
    from affine import Affine

    return Affine(float(cell), 0.0, bounds[0], 0.0, -float(cell), bounds[3])


def extent(territory: Territory) -> Bounds | None:
    """Return the box of the known terrain, on edges of the coarsest cells [m], or ``None``."""
    raster = territory.raster("dtm")
    if raster.bounds is None:
        return None
    coarse = 40 if (raster.bounds[2] - raster.bounds[0]) > 20_000 else CELLS[-1]
    values, where = raster.read(resolution=coarse)
    known = np.isfinite(values)
    if not known.any():
        return None
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    west, north = where.c + coarse * columns[0], where.f - coarse * rows[0]
    east, south = where.c + coarse * (columns[-1] + 1), where.f - coarse * (rows[-1] + 1)
    return (float(west), float(south), float(east), float(north))


def window(bounds: Bounds, x: float, y: float, reach: float) -> Bounds:
    """Return the part of a box within a distance of a point, on edges of the coarsest cells [m]."""
    side = CELLS[-1]
    west = bounds[0] + side * np.floor((max(bounds[0], x - reach) - bounds[0]) / side)
    north = bounds[3] - side * np.floor((bounds[3] - min(bounds[3], y + reach)) / side)
    east = bounds[2] - side * np.floor((bounds[2] - min(bounds[2], x + reach)) / side)
    south = bounds[1] + side * np.floor((max(bounds[1], y - reach) - bounds[1]) / side)
    return (float(west), float(south), float(east), float(north))


def covered(territory: Territory, bounds: Bounds) -> Covered:
    """Return the buildings and carriageways of a box."""
    return Covered(buildings(territory, bounds), carriageways(territory, bounds))


def buildings(territory: Territory, bounds: Bounds) -> Buildings:
    """Return the buildings of a box: those of the twin, else those that LiDAR outlines."""
    rows = territory.geo("building", columns=["id", "public"], bounds=bounds)
    if len(rows):
        rows = rows[rows.geometry.notna()].sort_values("id", kind="stable")
        public = rows["public"].map(lambda value: value is True or value == 1).to_numpy(bool)
        return Buildings(rows["id"].to_numpy(object), rows.geometry.to_numpy(), public)
    return _outlined(territory, bounds)


def _outlined(territory: Territory, bounds: Bounds) -> Buildings:
    """Outline the buildings that LiDAR sees: cells of two metres or more, gaps closed."""
    import shapely
    from rasterio import features
    from scipy import ndimage

    none: NDArray[np.object_] = np.empty(0, dtype=object)
    raster = territory.raster("building_height")
    common = None if raster.bounds is None else grid.intersection(bounds, raster.bounds)
    if common is None or np.prod(grid.shape(common), dtype=np.int64) > _LIDAR_CELLS:
        return Buildings(none, none, np.empty(0, dtype=bool))
    heights, where = raster.read(common)
    seen = np.nan_to_num(heights, nan=0.0) >= _LOWEST
    solid = ndimage.binary_closing(np.pad(seen, 4), np.ones((3, 3)), iterations=2)[4:-4, 4:-4]
    solid = ndimage.binary_opening(ndimage.binary_fill_holes(solid), np.ones((3, 3)))
    shapes = [
        shapely.geometry.shape(item)
        for item, _ in features.shapes(solid.astype(np.uint8), solid, transform=where)
    ]
    kept = [shape for shape in shapes if shape.area >= _SMALLEST]
    found: NDArray[np.object_] = np.empty(len(kept), dtype=object)
    found[:] = kept
    ids = np.array([f"lidar-{number}" for number in range(len(kept))], dtype=object)
    return Buildings(ids, found, np.zeros(len(kept), dtype=bool), outlined=True)


def carriageways(territory: Territory, bounds: Bounds) -> NDArray[np.object_]:
    """Return the surfaces of streets in a box, from their axis and width [m]."""
    import shapely

    rows = territory.geo("street", columns=["id", "width_m"], bounds=bounds)
    rows = rows[rows.geometry.notna()]
    width = rows["width_m"].astype(float).fillna(STREET_WIDTH).clip(1.0, 60.0).to_numpy()
    found: NDArray[np.object_] = np.asarray(
        shapely.buffer(rows.geometry.to_numpy(), width / 2, cap_style="flat"), dtype=object
    )
    return found


def read(
    territory: Territory, bounds: Bounds, cell: int, known: Covered, given: Parameters
) -> Site:
    """Return the site of a box on cells of a side.

    Parameters
    ----------
    territory : Territory
        Territory.
    bounds : tuple of 4 float
        Box, on edges of the coarsest cells [m].
    cell : int
        One of :data:`CELLS` [m].
    known : Covered
        Buildings and carriageways.
    given : Parameters
        Parameters of the worksite.
    """
    ground, _ = territory.raster("dtm").read(bounds, resolution=cell)
    where, shape = transform(bounds, cell), ground.shape
    roofs = drawn(known.buildings.shapes, shape, where).astype(bool)
    street = drawn(known.streets, shape, where).astype(bool)
    hard = street | roofs
    manning = np.where(
        hard, given["climate_manning_street"].value, given["climate_manning_ground"].value
    ).astype(np.float32)
    capacity = given["climate_infiltration_mm_h"].value
    infiltration: NDArray[np.float32] | float = 0.0
    if capacity > 0:
        infiltration = np.where(hard, 0.0, capacity).astype(np.float32)
    return Site(bounds, cell, ground, roofs, manning, infiltration)


def drawn(
    shapes: NDArray[np.object_], shape: tuple[int, ...], where: Affine, *, numbered: bool = False
) -> NDArray[np.int32]:
    """Return the cells whose centre lies in shapes: 1, or the rank of the shape from 1; else 0."""
    from rasterio import features

    kept = [
        (item, rank if numbered else 1)
        for rank, item in enumerate(shapes.tolist(), 1)
        if item is not None and not item.is_empty
    ]
    if not kept:
        return np.zeros(shape, dtype=np.int32)
    found: NDArray[np.int32] = features.rasterize(
        kept, out_shape=shape, transform=where, dtype="int32"
    )
    return found


def flood_zones(territory: Territory, bounds: Bounds) -> Any:
    """Return the hazard zones of a box that speak of water, or say nothing of their hazard."""
    rows = territory.geo("hazard_zone", columns=["id", "name", "hazard", "scenario"], bounds=bounds)
    if not len(rows):
        return rows
    said = rows[["hazard", "name"]].fillna("").agg(" ".join, axis=1).str.casefold()
    wet = said.map(lambda text: any(word in text for word in _FLOOD_WORDS))
    silent = rows["hazard"].fillna("") == ""
    return rows[wet | silent]
