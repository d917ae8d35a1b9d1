# SPDX-License-Identifier: EUPL-1.2
"""What stands around the lamps of a territory: ground, buildings and trees, window by window.

The surface model of the twin is taken where it has one: what it shows on buildings hides light,
the rest of what stands above the ground lets a part through. Without it, the outlines of the twin's
buildings stand as boxes of their height, which is an estimate. Altitudes are used when the terrain
is known under the lamps; else heights above the ground, which is then flat under each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.findings import Finding, finding
from jumeau.base.parameters import Parameters
from jumeau.worksites.lighting.surfaces import Surfaces

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.twin.rasters import Raster
    from jumeau.twin.territory import Territory

LEAST = 2.0
"""Height from which what the surface model shows stands in the way of light [m]."""
FLOOR = 3.0
"""Height of a floor of a building that tells only how many it has [m]."""
TERRAIN_SHARE = 0.99
"""Share of lamps above known terrain from which altitudes are used."""
NEAR = 60.0
"""Distance within which a building bears on the light of a lamp [m]."""
_BUILDING = ("id", "height_m", "ground_m", "roof_m", "floors")


@dataclass(frozen=True)
class Surroundings:
    """Where the surfaces around lamps come from.

    Parameters
    ----------
    territory : Territory
        Territory, read window by window.
    terrain : bool
        Whether the terrain is known under the lamps, so that altitudes are used.
    obstacles : {"dsm", "buildings", "none"}
        What stands in the way of light: the surface model, boxes on outlines, or nothing.
    seen : float
        Share of the lamps that stand where the surface model is known.
    buildings, supposed : int
        Buildings of the twin, and those whose height is supposed.
    height : float
        Height of a building that tells none [m].
    """

    territory: Territory
    terrain: bool
    obstacles: Literal["dsm", "buildings", "none"]
    seen: float
    buildings: int
    supposed: int
    height: float
    last: list[tuple[Bounds, Surfaces]] = field(default_factory=list, compare=False, repr=False)
    """The window read last."""

    @cached_property
    def _rasters(self) -> dict[str, Raster]:
        """The raster layers read, opened once."""
        return {name: self.territory.raster(name) for name in ("dtm", "dsm", "building_height")}

    def base(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the altitude of the ground under lamps, 0 on flat ground [m].

        Where the terrain has a hole, that of the nearest lamp above known terrain.
        """
        if not self.terrain:
            return np.zeros(x.size)
        z = self._rasters["dtm"].sample(x, y).astype(np.float64)
        unknown = np.isnan(z)
        if unknown.any():
            from scipy.spatial import cKDTree

            known = np.flatnonzero(~unknown)
            tree = cKDTree(np.column_stack((x[known], y[known])))
            nearest = tree.query(np.column_stack((x[unknown], y[unknown])))[1]
            z[unknown] = z[known[nearest]]
        return z

    def __call__(self, bounds: Bounds) -> Surfaces:
        """Return the surfaces of a window of cells: altitudes, or heights above flat ground [m]."""
        found = self._window(bounds)
        self.last[:] = [(bounds, found)]
        return found

    def _window(self, bounds: Bounds) -> Surfaces:
        ground = _filled(self._rasters["dtm"].read(bounds)[0]) if self.terrain else None
        if self.obstacles == "none":
            return Surfaces(ground, None, None)
        dsm, canopy = None, None
        if self.obstacles == "dsm":
            dsm, canopy = self._seen(bounds, ground)
        else:
            dsm = self._outlined(bounds)
        if ground is not None:
            dsm = None if dsm is None else ground + dsm
            canopy = None if canopy is None else ground + canopy
        return Surfaces(ground, dsm, canopy)

    def _outlined(self, bounds: Bounds) -> NDArray[np.float32] | None:
        """Return the heights of buildings drawn on the cells of a window [m]; ``None`` for none."""
        from rasterio import features

        if not self.buildings:
            return None
        rows = self.territory.geo("building", columns=list(_BUILDING), bounds=bounds)
        rows = rows[rows.geometry.notna() & ~rows.geometry.is_empty]
        if not len(rows):
            return None
        heights = building_heights(rows, self.height)[0]
        order = np.argsort(heights, kind="stable")  # the highest is drawn last
        shapes = rows.geometry.to_numpy()
        drawn = features.rasterize(
            [(shapes[k], float(heights[k])) for k in order],
            out_shape=grid.shape(bounds),
            transform=grid.transform(bounds),
            fill=np.nan,
            dtype="float32",
        )
        return None if np.isnan(drawn).all() else np.asarray(drawn, np.float32)

    def _seen(
        self, bounds: Bounds, ground: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """Return heights of buildings and of trees above the ground, from the surface model [m].

        Where the surface model knows nothing, the outlines stand.
        """
        surface = self._rasters["dsm"].read(bounds)[0]
        above = surface - (self._rasters["dtm"].read(bounds)[0] if ground is None else ground)
        classed = self._rasters["building_height"].bounds is not None
        holes = np.isnan(above).any()
        outlines = self._outlined(bounds) if holes or not classed else None
        built = self._built(bounds, outlines, above)
        high = above >= LEAST
        dsm = np.where(high & built, above, np.nan).astype(np.float32)
        if outlines is not None:
            dsm = np.where(np.isnan(above), outlines, dsm)
        canopy = np.where(high & ~built, above, np.nan).astype(np.float32)
        return _some(dsm), _some(canopy)

    def _built(
        self, bounds: Bounds, outlines: NDArray[np.float32] | None, above: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return the cells that buildings cover, all when nothing tells them from trees."""
        from scipy import ndimage

        classed = self._rasters["building_height"]
        if classed.bounds is not None:
            return np.isfinite(classed.read(bounds)[0])
        if not self.buildings:
            return np.ones(above.shape, bool)
        if outlines is None:
            return np.zeros(above.shape, bool)
        return np.asarray(ndimage.binary_dilation(np.isfinite(outlines), np.ones((3, 3))))


def around(
    territory: Territory, x: NDArray[np.float64], y: NDArray[np.float64], given: Parameters
) -> Surroundings:
    """Find what the twin knows of the surroundings of lamps.

    Parameters
    ----------
    territory : Territory
        Its rasters ``dtm``, ``dsm`` and ``building_height``, its table ``building``.
    x, y : (n,) arrays
        Positions of the lamps [m].
    given : Parameters
        Parameters of the worksite.
    """
    height = given["lighting_building_height_m"].value
    dtm, dsm = territory.raster("dtm"), territory.raster("dsm")
    known, covered = _share(dtm, x, y), 0.0
    if known.any() and dsm.bounds is not None:
        covered = float((known & _share(dsm, x, y)).mean())
    row = territory.sql(
        "SELECT count(*) AS n, count(*) FILTER (WHERE height_m IS NULL AND "
        "(roof_m IS NULL OR ground_m IS NULL) AND floors IS NULL) AS supposed FROM building "
        "WHERE geometry IS NOT NULL"
    ).to_pylist()[0]
    buildings, supposed = int(row["n"]), int(row["supposed"])
    obstacles: Literal["dsm", "buildings", "none"] = "none"
    if given["lighting_obstacles"].value >= 0.5:
        obstacles = "dsm" if covered > 0 else "buildings" if buildings else "none"
    terrain = bool(known.mean() >= TERRAIN_SHARE)
    return Surroundings(territory, terrain, obstacles, covered, buildings, supposed, height)


def building_heights(rows: pd.DataFrame, usual: float) -> tuple[NDArray[np.float64], int]:
    """Return the height of buildings and how many of them are supposed.

    Parameters
    ----------
    rows : DataFrame
        With ``height_m``, ``roof_m``, ``ground_m`` and ``floors`` of n buildings.
    usual : float
        Height of those that tell nothing [m].

    Returns
    -------
    (n,) array, int
        Height at the gutter, else of the roof above the ground, else floors times
        :data:`FLOOR`, else the usual one [m]; number of the latter.
    """
    height, roof, ground, floors = (
        _numbers(rows[name]) for name in ("height_m", "roof_m", "ground_m", "floors")
    )
    with np.errstate(invalid="ignore"):
        found = np.where(height > 0, height, np.nan)
        found = np.where(np.isnan(found) & (roof > ground), roof - ground, found)
        found = np.where(np.isnan(found) & (floors > 0), FLOOR * floors, found)
    unknown = np.isnan(found)
    return np.where(unknown, usual, found), int(unknown.sum())


def near_buildings(
    territory: Territory, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which lamps stand within :data:`NEAR` of the box of a building."""
    import shapely

    boxes = territory.sql(
        "SELECT xmin, ymin, xmax, ymax FROM building WHERE geometry IS NOT NULL"
    ).to_pandas()
    if not len(boxes) or not x.size:
        return np.zeros(x.size, bool)
    shapes = shapely.box(boxes["xmin"], boxes["ymin"], boxes["xmax"], boxes["ymax"])
    found = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="dwithin", distance=NEAR)
    near = np.zeros(x.size, bool)
    near[found[0]] = True
    return near


def findings(place: Surroundings, lamps: int) -> list[Finding]:
    """Return what is supposed of the surroundings, and what would make them known."""
    found = []
    if place.obstacles == "none":
        found.append(finding("JUM-L095", "dsm", count=lamps))
    elif place.obstacles == "buildings":
        facts = {"count": place.buildings, "supposed": place.supposed}
        found.append(
            finding("JUM-L096", "building", "height_m", **facts, height=f"{place.height:g}")
        )
    elif place.seen < TERRAIN_SHARE:
        out = round((1.0 - place.seen) * lamps)
        found.append(finding("JUM-L097", "dsm", count=out, total=lamps))
    if not place.terrain:
        found.append(finding("JUM-L098", "dtm", count=lamps))
    return found


def _share(raster: Raster, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points lie where a raster is known."""
    if raster.bounds is None:
        return np.zeros(x.size, bool)
    return np.isfinite(raster.sample(x, y))


def _filled(ground: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the terrain with its holes filled by the nearest known cell, 0 without any."""
    unknown = np.isnan(ground)
    if not unknown.any():
        return ground
    if unknown.all():
        return np.zeros_like(ground)
    from scipy import ndimage

    where = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(ground[tuple(where)], np.float32)


def _some(values: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return an array, ``None`` when nothing stands in it."""
    return None if np.isnan(values).all() else values


def _numbers(column: Any) -> NDArray[np.float64]:
    import pandas as pd

    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
