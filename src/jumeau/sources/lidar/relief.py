# SPDX-License-Identifier: EUPL-1.2
"""Relief from vectors with altitudes: road vertices, virtual points, terrain points.

Where no LiDAR and no terrain grid is at hand, vertices that bear an altitude say where the ground
is: streets of BD TOPO, points along streams, a coarse grid of terrain points. They are triangulated
as ground points of a cloud are (:mod:`jumeau.sources.lidar.tin`), all files together, and the
uncertainty is learned the same way; but triangles are planes: along a street, nothing says how
the ground beside it curves. Nothing is said beyond the outermost vertices, but 20 m.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import crs as systems
from jumeau.base import grid
from jumeau.base.contract import Counts, ImportRequest, Intake, RasterWindow
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.base.grid import TILE
from jumeau.sources import placing
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records
from jumeau.sources.folding import fold
from jumeau.sources.lidar import delaunay, terrain, tin, uncertainty
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYERS = ("dtm", "all")
"""Raster layers that altitudes of vertices can fill: ``dtm``, with ``dtm_std``."""
COLUMNS = (
    "z", "altitude", "alti", "alt", "elevation", "elev", "cote", "coteterrain", "altitudesol",
    "zsol", "zmnt", "zterrain", "altitudemoyenne", "znm", "zngf", "height", "hauteurngf",
)  # fmt: skip
"""Names of columns that hold the altitude of a point, once folded, the surest first."""
CLUMP = 100_000
"""Side of the squares whose vertices are withheld together to learn the uncertainty [mm]."""
EMPTY = np.empty((0, 4))


def read(
    located: Sequence[Located],
    request: ImportRequest,
    records_of: Callable[[Located], Records],
) -> Intake:
    """Read vectors with altitudes into ``dtm`` and ``dtm_std``.

    Parameters
    ----------
    located : sequence of Located
        Files, triangulated together.
    request : ImportRequest
        Its ``mapping`` may name the column of the altitude: ``{column: "z"}``.
    records_of : callable
        Reads one file.

    Raises
    ------
    InvalidError
        ``JUM-S224`` without altitude; ``JUM-S226`` when they make no surface; ``JUM-S212`` when
        they are too far apart; ``JUM-S008``–``S026`` CRS.
    """
    layer = schema.layer("dtm")
    found: list[Finding] = []
    clouds: list[NDArray[np.float64]] = []
    counts: dict[str, Counts] = {}
    crs = request.crs
    driver = ""
    for item in located:
        records = records_of(item)
        points, crs = _points(records, item, request, found)
        known = np.isfinite(points[:, 2])
        known &= (points[:, 2] >= layer.minimum) & (points[:, 2] <= layer.maximum)
        known &= np.isfinite(points[:, :2]).all(axis=1)
        if not known.any() or not points[known, 2].any():
            raise error("JUM-S224", file=item.name, known=list(COLUMNS))
        unknown = int((~known).sum())
        if unknown:
            found.append(finding("JUM-S225", "dtm", item.name, count=unknown))
        own = counts.setdefault(str(item.uri), Counts())
        own.read += len(points)
        own.dropped += unknown
        clouds.append(points[known])
        driver = records.driver
    points = np.concatenate(clouds)
    u, v, z, merged = _merged(points)
    name = located[0].name
    if merged:
        found.append(finding("JUM-S228", "dtm", name, count=merged))
    triangles = delaunay.triangulate(u, v)
    if not len(triangles):
        raise error("JUM-S226", file=name, count=len(points))
    model = uncertainty.learn(u, v, z, CLUMP, plain=True)
    found += _told(name, u, v, z.size, model)
    return Intake(
        read=sum(item.read for item in counts.values()),
        announced=None,
        dropped=sum(item.dropped for item in counts.values()),
        repaired=0,
        table=None,
        windows=_windows(request, u, v, z, triangles, model),
        findings=found,
        mapping={},
        source={
            "driver": driver,
            "crs": crs,
            "encoding": "",
            "layer": located[0].stem,
            "columns": [],
            "unmapped": [],
        },
        files=counts,
    )


def _points(
    records: Records, located: Located, request: ImportRequest, found: list[Finding]
) -> tuple[NDArray[np.float64], str]:
    """Return the vertices of a file in the territory's CRS, (n, 3), and the file's CRS."""
    import shapely

    if records.geometry is None:
        raise error("JUM-S224", file=located.name, known=list(COLUMNS))
    place = placing.settle(
        *placing.sample_wkb(records.geometry),
        declared=records.crs,
        territory=request.crs,
        table="dtm",
        file=located.name,
        given=request.options.get("source_crs"),
        implicit=records.implicit_crs,
        area=request.options.get("area"),
    )
    found += [*records.findings, *place.findings]
    shapes = shapely.from_wkb(records.geometry.to_numpy(zero_copy_only=False), on_invalid="ignore")
    points, which = shapely.get_coordinates(shapes, include_z=True, return_index=True)
    column = _column(records, request.mapping)
    flat = shapely.get_type_id(shapes) == 0
    if column is not None and flat[which].all():
        values = _numbers(records, column)[which]
        # The geometry is believed before the column, unless the user names it.
        named = bool(request.mapping)
        empty = not np.isfinite(points[:, 2]).any() or not np.nan_to_num(points[:, 2]).any()
        if named or empty:
            points[:, 2] = values
    if place.swapped:
        points[:, [0, 1]] = points[:, [1, 0]]
    points[:, 0], points[:, 1] = systems.reproject(
        points[:, 0], points[:, 1], place.crs, request.crs
    )
    return points, place.crs


def _column(records: Records, mapping: Mapping[str, str] | None) -> str | None:
    names = records.table.column_names
    for column, attribute in (mapping or {}).items():
        if attribute in {"z", "altitude", "dtm"}:
            if column not in names:
                raise error("JUM-S012", column=column, known=names, suggestion="")
            return column
    folded = {fold(name).replace("_", "").replace(" ", ""): name for name in reversed(names)}
    return next((folded[name] for name in COLUMNS if name in folded), None)


def _numbers(records: Records, column: str) -> NDArray[np.float64]:
    import pandas as pd

    values = records.table.column(column).to_pandas()
    if values.dtype == object:
        values = values.astype(str).str.replace(",", ".", regex=False)
    return np.asarray(pd.to_numeric(values, errors="coerce"), np.float64)


def _merged(
    points: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], int]:
    """Return distinct positions [mm], the mean altitude of each [mm], and how many were shared."""
    u = np.floor(1000.0 * points[:, 0] + 0.5).astype(np.int64) + 500
    v = 500 - np.floor(1000.0 * points[:, 1] + 0.5).astype(np.int64)
    order = np.lexsort((points[:, 2], v, u))
    u, v, z = u[order], v[order], 1000.0 * points[order, 2]
    new = np.ones(u.size, np.bool_)
    new[1:] = (np.diff(u) != 0) | (np.diff(v) != 0)
    first = np.flatnonzero(new)
    counts = np.diff(np.append(first, u.size))
    return u[first], v[first], np.add.reduceat(z, first) / counts, int(u.size - first.size)


def _told(
    name: str, u: NDArray[np.int64], v: NDArray[np.int64], count: int, model: uncertainty.Model
) -> list[Finding]:
    area = float(np.ptp(u)) * float(np.ptp(v)) / 1e6
    told = [finding("JUM-S227", "dtm", name, count=count, spacing=round((area / count) ** 0.5))]
    if model.learned:
        a, b, c = (round(float(item), 3) for item in model[:3])
        told.append(finding("JUM-S222", "dtm_std", name, a=a, b=b, c=c, tiles=1))
    else:
        told.append(finding("JUM-S220", "dtm_std", name, tiles=[name]))
    return told


def _windows(
    request: ImportRequest,
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    z: NDArray[np.float64],
    triangles: NDArray[np.int32],
    model: uncertainty.Model,
) -> Iterator[RasterWindow]:
    """Yield the tiles, from north to south and west to east."""
    box = (
        (u.min() - 500) / 1000.0, (500 - v.max()) / 1000.0,
        (u.max() - 500) / 1000.0, (500 - v.min()) / 1000.0,
    )  # fmt: skip
    tiles = grid.tiles_of(box)
    margin = 1000 * terrain.EDGE
    corners_u, corners_v = u[triangles], v[triangles]
    left, right = corners_u.min(axis=1), corners_u.max(axis=1)
    upper, lower = corners_v.min(axis=1), corners_v.max(axis=1)
    for number, tile in enumerate(tiles):
        west, north = 1000 * TILE * tile.x, -1000 * TILE * tile.y
        side = 1000 * TILE
        near = (right >= west) & (left <= west + side) & (lower >= north) & (upper <= north + side)
        value = np.full((TILE, TILE), np.nan)
        distance = np.full((TILE, TILE), np.nan, np.float32)
        slope = distance.copy()
        pu, pv = (u - west).astype(np.int32), (v - north).astype(np.int32)
        if near.any():
            chosen = np.ascontiguousarray(triangles[near])
            tin.onto_cells(
                chosen, chosen, tin.PLAIN, pu, pv, z, EMPTY, value, distance, slope,
                np.empty((0, 3)), 0.0,
            )  # fmt: skip
        close = (pu >= -margin) & (pu <= side + margin) & (pv >= -margin) & (pv <= side + margin)
        if close.any():
            points = (pu[close], pv[close])
            sorted_ = terrain.buckets(*points)
            terrain.beyond(value, distance, *sorted_, *points, z[close], margin)
        known = np.isfinite(value)
        if known.any():
            steep = np.where(np.isnan(slope), np.float32(model.slope), slope)
            std = uncertainty.std(distance / np.float32(1000), steep, model)
            std[~known] = np.nan
            altitude = (value / 1000.0).astype(np.float32)
            yield RasterWindow(tile.bounds, altitude, "dtm", request.uri, last=True)
            limit = np.float32(schema.layer("dtm_std").maximum)
            yield RasterWindow(
                tile.bounds, np.minimum(std, limit), "dtm_std", request.uri, last=True
            )
        if request.progress is not None:
            request.progress("relief", (number + 1) / len(tiles))
