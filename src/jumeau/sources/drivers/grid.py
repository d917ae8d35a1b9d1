# SPDX-License-Identifier: EUPL-1.2
"""GeoTIFF and ASC grids onto the twin's 1 m grid, tile by tile, through rasterio.

No-data is what the file declares, and whatever lies outside the physical bounds of the layer:
real files write −99999, −9999 or +9999, declared or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.base import grid
from jumeau.base.contract import Bounds, ImportRequest, Intake, RasterWindow
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.sources import placing, resampling
from jumeau.sources.archive import Located
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rasterio.io import DatasetReader

STRIP = 1024


@dataclass
class Survey:
    """What a first pass over a grid counts.

    Parameters
    ----------
    known, impossible : int
        Pixels with a value; among them those outside the layer's physical bounds.
    examples : list of float
        Impossible values met.
    """

    known: int = 0
    impossible: int = 0
    examples: list[float] = field(default_factory=list)


def read(located: Located, request: ImportRequest) -> Intake:
    """Read a grid as windows of at most one tile.

    Parameters
    ----------
    located : Located
        GeoTIFF or ASC grid.
    request : ImportRequest
        Layer, CRS of the territory, and the option ``source_crs``.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``JUM-S017`` several bands, ``JUM-S008``–``S010`` CRS.
    """
    layer = schema.layer(str(request.layer))
    with _refused(located):
        crs, found = _place(located, request)
        with _opened(located, crs, request.crs) as source:
            limits = (layer.minimum, layer.maximum)
            survey = _survey(source, limits)
            columns, rows, bounds = _axes(source)
            size = abs(source.transform.a)
            encoding = str(source.dtypes[0])
    found += _findings(located, layer, survey, columns, rows, size, crs, request.crs)
    windows = _windows(located, crs, request, limits, columns, rows, bounds)
    return Intake(
        read=survey.known,
        announced=None,
        dropped=survey.impossible,
        repaired=0,
        table=None,
        windows=windows if survey.known > survey.impossible else iter(()),
        findings=found,
        mapping={},
        source={
            "driver": "AAIGrid" if located.suffix == ".asc" else "GTiff",
            "crs": crs,
            "encoding": encoding,
            "layer": located.stem,
            "columns": [],
            "unmapped": [],
        },
    )


@contextmanager
def _refused(located: Located) -> Iterator[None]:
    import rasterio.errors

    try:
        yield
    except (rasterio.errors.RasterioError, OSError) as exc:
        if hasattr(exc, "code"):
            raise
        detail = " ".join(str(exc).split())[:200]
        raise error("JUM-S004", file=located.name, detail=detail) from exc


def _place(located: Located, request: ImportRequest) -> tuple[str, list[Finding]]:
    """Return the CRS of the grid, found from what it declares and from its corners."""
    import rasterio

    with rasterio.open(located.path) as source:
        if source.count != 1:
            raise error("JUM-S017", file=located.name, count=source.count)
        west, south, east, north = _outer(source)
        declared = source.crs.to_wkt() if source.crs else None
    place = placing.settle(
        np.linspace(west, east, 5).repeat(5),
        np.tile(np.linspace(south, north, 5), 5),
        declared=declared,
        territory=request.crs,
        table=str(request.layer),
        file=located.name,
        given=request.options.get("source_crs"),
        area=request.options.get("area"),
        implicit=declared is not None and systems.resolve(declared) is None,
    )
    if place.swapped:
        raise error("JUM-S008", file=located.name, example=f"({west:.6g}, {south:.6g})")
    return place.crs, place.findings


def _outer(source: DatasetReader) -> Bounds:
    """Return the bounds of a grid, whichever way its rows run."""
    a, b, west, d, e, north = source.transform[:6]
    corners = ((0, 0), (source.width, 0), (0, source.height), (source.width, source.height))
    x = [a * column + b * row + west for column, row in corners]
    y = [d * column + e * row + north for column, row in corners]
    return (min(x), min(y), max(x), max(y))


@contextmanager
def _opened(located: Located, crs: str, territory: str) -> Iterator[DatasetReader]:
    """Open a grid in the territory's CRS and north-up, warped when it is in another."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with ExitStack() as stack:
        source = stack.enter_context(rasterio.open(located.path))
        turned = source.transform.b or source.transform.d or source.transform.e > 0
        if crs != territory or turned:
            bounds = grid.snap(systems.transform_bounds(_outer(source), crs, territory))
            height, width = grid.shape(bounds)
            source = stack.enter_context(
                WarpedVRT(
                    source,
                    src_crs=crs,
                    crs=territory,
                    transform=grid.transform(bounds),
                    width=width,
                    height=height,
                    resampling=Resampling.bilinear,
                    src_nodata=source.nodata,
                    nodata=source.nodata if source.nodata is not None else -99999.0,
                    dtype="float32",
                )
            )
        yield source


def _pixels(
    source: DatasetReader, rows: slice, columns: slice, limits: tuple[float, float]
) -> tuple[NDArray[np.float32], int, list[float]]:
    """Return a window as float32 with NaN for no data, and the impossible values met."""
    from rasterio.windows import Window

    window = Window.from_slices(rows, columns)
    raw = source.read(1, window=window)
    unknown = ~np.isfinite(raw)
    if source.nodata is not None:
        unknown |= raw == np.asarray(source.nodata).astype(raw.dtype)
    values = raw.astype(np.float32)
    if source.scales[0] != 1 or source.offsets[0] != 0:
        values = (raw * source.scales[0] + source.offsets[0]).astype(np.float32)
    impossible = ~unknown & ((values < limits[0]) | (values > limits[1]))
    count = int(impossible.sum())
    examples = [float(item) for item in np.unique(values[impossible])[:3]] if count else []
    values[unknown | impossible] = np.nan
    return values, count, examples


def _survey(source: DatasetReader, limits: tuple[float, float]) -> Survey:
    survey = Survey()
    for top in range(0, source.height, STRIP):
        rows = slice(top, min(top + STRIP, source.height))
        values, impossible, examples = _pixels(source, rows, slice(0, source.width), limits)
        survey.known += int(np.isfinite(values).sum()) + impossible
        survey.impossible += impossible
        survey.examples += [item for item in examples if item not in survey.examples]
    return survey


def _axes(source: DatasetReader) -> tuple[resampling.Axis, resampling.Axis, Bounds]:
    """Return the weights of columns and rows, and the outer bounds of the target cells."""
    west, south, east, north = source.bounds
    near = 1e-4
    x = np.arange(math.ceil(west - near), math.ceil(east - near), dtype=np.float64)
    y = np.arange(math.floor(north + near), math.floor(south + near), -1, dtype=np.float64)
    if not x.size:
        x = np.array([float(round((west + east) / 2))])
    if not y.size:
        y = np.array([float(round((south + north) / 2))])
    columns = resampling.axis(x, west, abs(source.transform.a), source.width)
    rows = resampling.axis(-y, -north, abs(source.transform.e), source.height)
    bounds = (x[0] - 0.5, y[-1] - 0.5, x[-1] + 0.5, y[0] + 0.5)
    return columns, rows, bounds


def _windows(
    located: Located,
    crs: str,
    request: ImportRequest,
    limits: tuple[float, float],
    columns: resampling.Axis,
    rows: resampling.Axis,
    bounds: Bounds,
) -> Iterator[RasterWindow]:
    tiles = grid.tiles_of(bounds)
    with _refused(located), _opened(located, crs, request.crs) as source:
        for number, tile in enumerate(tiles):
            common = grid.intersection(tile.bounds, bounds)
            if common is not None:
                across, along = grid.slices(common, bounds)
                down, row_weights = rows.part(across)
                over, column_weights = columns.part(along)
                values, _, _ = _pixels(source, down, over, limits)
                cells = resampling.resample(values, row_weights, column_weights)
                if np.isfinite(cells).any():
                    yield RasterWindow(common, cells)
            if request.progress is not None:
                request.progress("raster", (number + 1) / len(tiles))


def _findings(
    located: Located,
    layer: schema.Layer,
    survey: Survey,
    columns: resampling.Axis,
    rows: resampling.Axis,
    size: float,
    crs: str,
    territory: str,
) -> list[Finding]:
    found: list[Finding] = []
    told: dict[str, Any] = {"table": layer.name, "entity": located.name}
    if crs != territory:
        found.append(finding("JUM-S143", **told, crs=crs))
    elif not (columns.exact and rows.exact):
        code = "JUM-S140" if size < 1 - 1e-9 else "JUM-S146"
        found.append(finding(code, **told, size=round(size, 3)))
    inner = int((~columns.edge).sum()) * int((~rows.edge).sum())
    edges = columns.edge.size * rows.edge.size - inner
    if edges:
        found.append(finding("JUM-S141", **told, count=edges))
    if survey.impossible:
        found.append(
            finding(
                "JUM-S142",
                **told,
                count=survey.impossible,
                examples=survey.examples[:3],
                minimum=layer.minimum,
                maximum=layer.maximum,
                unit=layer.unit,
            )
        )
    if survey.known == survey.impossible:
        found.append(finding("JUM-S144", **told))
    return found
