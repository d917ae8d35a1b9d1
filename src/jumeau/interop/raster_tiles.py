# SPDX-License-Identifier: EUPL-1.2
"""Raster tiles: a layer of the twin in Web Mercator, coloured by its legend.

Each pixel takes the cell under its centre, read from the overview whose cells are just finer
than a pixel: at the finest zooms the metre cells themselves are seen.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base import png
from jumeau.base.errors import error
from jumeau.interop import legends, mercator
from jumeau.interop.mercator import MERCATOR, Tile
from jumeau.interop.served import View
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.interop.legends import Legend
    from jumeau.twin.rasters import Raster

SIDE = 256
"""Pixels on the side of a tile."""


def raster(view: View, layer: str) -> Raster:
    """Return a raster layer, opened once a version.

    Raises
    ------
    UnknownNameError
        ``JUM-T002``.
    """
    schema.layer(layer)
    return view.remember(f"raster {layer}", lambda: view.territory.raster(layer))


def tile(view: View, layer: str, address: Tile) -> bytes:
    """Return a raster tile as PNG, transparent where there is nothing to draw.

    Parameters
    ----------
    view : View
        Territory at one version.
    layer : str
        Raster layer.
    address : Tile
        Tile.
    """
    found: bytes | None = view.served.tiles.get(("png", view.version, layer, address))
    if found is None:
        found = _make(view, raster(view, layer), address)
        key = ("png", view.version, layer, address)
        view.served.tiles.put(key, found, len(found) + 200)
    return found


@lru_cache(maxsize=1)
def _blank() -> bytes:
    return png.encode(np.zeros((SIDE, SIDE), dtype=np.uint8), ())


def _make(view: View, source: Raster, address: Tile) -> bytes:
    crs = view.crs
    seen = mercator.window(address, crs)
    if seen is None or source.bounds is None:
        return _blank()
    # A pixel on the ground, along the shorter side.
    pixel = min(seen.bounds[2] - seen.bounds[0], seen.bounds[3] - seen.bounds[1]) / SIDE
    west, south, east, north = (
        max(seen.bounds[0] - 2 * pixel, source.bounds[0]),
        max(seen.bounds[1] - 2 * pixel, source.bounds[1]),
        min(seen.bounds[2] + 2 * pixel, source.bounds[2]),
        min(seen.bounds[3] + 2 * pixel, source.bounds[3]),
    )
    if west >= east or south >= north:
        return _blank()
    values, transform = source.read((west, south, east, north), resolution=max(1.0, pixel))
    if np.isnan(values).all():
        return _blank()
    x, y = _centres(crs, address, pixel)
    columns = np.floor((x - transform.c) / transform.a)
    rows = np.floor((y - transform.f) / transform.e)
    inside = (rows >= 0) & (rows < values.shape[0]) & (columns >= 0) & (columns < values.shape[1])
    drawn = np.full((SIDE, SIDE), np.nan, dtype=np.float32)
    drawn[inside] = values[rows[inside].astype(np.intp), columns[inside].astype(np.intp)]
    legend = legends.legend(view, source.layer, "en")
    return png.encode(legend.classify(drawn), legend.colors)


def _centres(
    crs: str, address: Tile, pixel: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the centres of the pixels are in a CRS, as (rows, columns) arrays [m]."""
    west, south, east, north = address.bounds
    step = (east - west) / SIDE
    middle = (np.arange(SIDE) + 0.5) * step
    xs, ys = np.meshgrid(west + middle, north - middle)
    points = np.stack([xs.ravel(), ys.ravel()], axis=1)
    mapping = mercator.fit(MERCATOR, crs, (west, south, east, north))
    if mapping.error <= 0.1 * pixel:
        found = mapping(points)
        x, y = found[:, 0], found[:, 1]
    else:
        x, y = crs_.reproject(points[:, 0], points[:, 1], MERCATOR, crs)
        x, y = np.nan_to_num(x, nan=math.inf), np.nan_to_num(y, nan=math.inf)
    return x.reshape(SIDE, SIDE), y.reshape(SIDE, SIDE)


def value(view: View, layer: str, lon: float, lat: float) -> dict[str, Any]:
    """Return the value of a layer at a place.

    Parameters
    ----------
    view : View
        Territory at one version.
    layer : str
        Raster layer.
    lon, lat : float
        WGS84 longitude and latitude [°].

    Returns
    -------
    dict
        ``value`` (null where there is no data), ``unit``, and the place in the territory's CRS.

    Raises
    ------
    InvalidError
        ``JUM-I010`` when the place is not on the globe.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise error("JUM-I010", lon=str(lon), lat=str(lat))
    source = raster(view, layer)
    x, y = crs_.reproject([lon], [lat], crs_.WGS84, view.crs)
    known = math.nan
    if np.isfinite(x[0]) and np.isfinite(y[0]) and max(abs(x[0]), abs(y[0])) < 1e8:
        known = source.value(float(x[0]), float(y[0]))
    return {
        "layer": layer,
        "value": None if math.isnan(known) else known,
        "unit": schema.layer(layer).unit,
        "x": float(x[0]) if math.isfinite(x[0]) else None,
        "y": float(y[0]) if math.isfinite(y[0]) else None,
        "crs": view.crs,
    }


def legend(view: View, layer: str, lang: str) -> Legend:
    """Return the legend of a layer; see :func:`jumeau.interop.legends.legend`."""
    return legends.legend(view, layer, lang)
