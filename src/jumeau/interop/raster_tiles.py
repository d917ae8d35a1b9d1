# SPDX-License-Identifier: EUPL-1.2
"""Raster tiles: a layer of the twin in Web Mercator, coloured by its legend or shaded.

Each pixel takes the cell under its centre, read from the overview whose cells are just finer
than a pixel: at the finest zooms the metre cells themselves are seen. With ``style=hillshade``,
altitudes become shadow and light on a transparent ground, to lay over a map:
``/tiles/raster/dtm/{z}/{x}/{y}.png?style=hillshade``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base import png
from jumeau.base.contract import Bounds
from jumeau.base.errors import did_you_mean, error
from jumeau.interop import hillshade, legends, mercator, mosaic
from jumeau.interop.mercator import MERCATOR, Tile
from jumeau.interop.served import View
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.interop.legends import Legend
    from jumeau.interop.mosaic import Mosaic
    from jumeau.twin.rasters import Raster

SIDE = 256
"""Pixels on the side of a tile."""
LEGEND, HILLSHADE = "legend", "hillshade"
RELIEF = ("dtm", "dsm")
"""Layers of altitudes, which can be shaded."""


def raster(view: View, layer: str, moment: float | None = None) -> Raster:
    """Return a raster layer, or what it was at a moment of its event; opened once a version.

    Raises
    ------
    UnknownNameError
        ``JUM-T002``.
    InvalidError
        ``JUM-I043`` for a moment at which the layer is not known.
    """
    schema.layer(layer)
    if moment is not None and moment not in moments(view, layer):
        known = ", ".join(f"{item:g}" for item in moments(view, layer))
        raise error("JUM-I043", layer=layer, moment=f"{moment:g}", known=known or "–")
    return view.remember(f"raster {layer} {moment}", lambda: view.territory.raster(layer, moment))


def moments(view: View, layer: str) -> list[float]:
    """Return the moments of its event at which a layer is also known [s]; none for most."""
    return view.remember(f"moments of {layer}", lambda: view.territory.moments(layer))


def style_of(layer: str, name: str) -> str:
    """Return a style in which a layer can be drawn.

    Raises
    ------
    InvalidError
        ``JUM-I042`` when it cannot.
    """
    known = styles(layer)
    if name not in known:
        raise error(
            "JUM-I042", layer=layer, name=name[:80], known=", ".join(known),
            suggestion=did_you_mean(name, known),
        )  # fmt: skip
    return name


def styles(layer: str) -> tuple[str, ...]:
    """Return the styles of a layer, the usual one first."""
    return (LEGEND, HILLSHADE) if layer in RELIEF else (LEGEND,)


def tile(
    view: View, layer: str, address: Tile, style: str = LEGEND, moment: float | None = None
) -> bytes:
    """Return a raster tile as PNG, transparent where there is nothing to draw.

    Parameters
    ----------
    view : View
        Territory at one version.
    layer : str
        Raster layer.
    address : Tile
        Tile.
    style : str
        ``"legend"`` (colours of the legend) or, for the terrain and the surface, ``"hillshade"``
        (shadow and light to lay over a map).
    moment : float, optional
        One of :func:`moments` [s]; the layer itself by default.

    Raises
    ------
    UnknownNameError
        ``JUM-T002``.
    InvalidError
        ``JUM-I042`` for a style that the layer does not have, ``JUM-I043`` for a moment.
    """
    schema.layer(layer)
    key = ("png", view.version, layer, style_of(layer, style), address, moment)
    found: bytes | None = view.served.tiles.get(key)
    if found is None:
        source = raster(view, layer, moment)
        if style == HILLSHADE:
            found = _shaded(view, source, address)
        else:
            found = _coloured(view, source, address, moment is None)
        view.served.tiles.put(key, found, len(found) + 200)
    return found


@lru_cache(maxsize=1)
def _blank() -> bytes:
    return png.encode(np.zeros((SIDE, SIDE), dtype=np.uint8), ())


def _coloured(view: View, source: Raster, address: Tile, gathered: bool) -> bytes:
    block = _block(view, source, address, 0, gathered)
    if block is None:
        return _blank()
    drawn = block.under(*_centres(view.crs, address, block.pixel, 0))
    legend = legends.legend(view, source.layer, "en")
    return png.encode(legend.classify(drawn), legend.colors)


def _shaded(view: View, source: Raster, address: Tile) -> bytes:
    """Shade with a margin of one pixel read beyond the tile, so that no seam shows."""
    block = _block(view, source, address, 1)
    if block is None:
        return _blank()
    heights = block.between(*_centres(view.crs, address, block.pixel, 1))
    _, south, _, north = address.bounds
    step = (north - south) / SIDE
    middle = north - (np.arange(SIDE) + 0.5) * step
    # A Web Mercator metre is worth cos φ on the ground, and cosh(y / R) = 1 / cos φ.
    ground = step / np.cosh(middle * math.pi / mercator.HALF)
    factor = hillshade.exaggeration(address.z)
    return hillshade.picture(hillshade.relief(heights, ground[:, None], factor))


class _Block(NamedTuple):
    """Cells read for a tile: values, place of the north-west corner, side; size of a pixel [m]."""

    values: NDArray[np.float32]
    west: float
    north: float
    cell: float
    pixel: float

    def under(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the cell under each point, NaN outside."""
        columns = np.floor((x - self.west) / self.cell)
        rows = np.floor((self.north - y) / self.cell)
        height, width = self.values.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = np.full(x.shape, np.nan, dtype=np.float32)
        found[inside] = self.values[rows[inside].astype(np.intp), columns[inside].astype(np.intp)]
        return found

    def between(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return values interpolated between the centres of cells; NaN near unknown ones."""
        height, width = self.values.shape
        columns = (x - self.west) / self.cell - 0.5
        rows = (self.north - y) / self.cell - 0.5
        inside = (rows >= -0.5) & (rows < height - 0.5) & (columns >= -0.5)
        inside &= columns < width - 0.5
        c, r = np.clip(columns[inside], 0, width - 1), np.clip(rows[inside], 0, height - 1)
        left = np.minimum(c.astype(np.intp), max(width - 2, 0))
        top = np.minimum(r.astype(np.intp), max(height - 2, 0))
        right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        u, v = (c - left).astype(np.float32), (r - top).astype(np.float32)
        upper = self.values[top, left] * (1 - u) + self.values[top, right] * u
        lower = self.values[bottom, left] * (1 - u) + self.values[bottom, right] * u
        found = np.full(x.shape, np.nan, dtype=np.float32)
        found[inside] = upper * (1 - v) + lower * v
        return found


def _block(
    view: View, source: Raster, address: Tile, margin: int, gathered: bool = True
) -> _Block | None:
    """Read the cells of a tile and of a margin [pixel] around it; ``None`` without data.

    Layers may be gathered at wide cells; their moments are not.
    """
    seen = mercator.window(address, view.crs)
    if seen is None or source.bounds is None:
        return None
    # The same for all tiles of a zoom, so that neighbours are read from the same overview.
    pixel = _pixel(view.crs, source.bounds, address.z)
    pad = (2 + 2 * margin) * pixel
    west, south, east, north = (
        max(seen.bounds[0] - pad, source.bounds[0]),
        max(seen.bounds[1] - pad, source.bounds[1]),
        min(seen.bounds[2] + pad, source.bounds[2]),
        min(seen.bounds[3] + pad, source.bounds[3]),
    )
    if west >= east or south >= north:
        return None
    wide = _mosaic(view, source, pixel) if gathered else None
    if wide is not None:
        values, left, top = wide.window((west, south, east, north))
        return None if np.isnan(values).all() else _Block(values, left, top, wide.cell, pixel)
    values, transform = source.read((west, south, east, north), resolution=max(1.0, pixel))
    if np.isnan(values).all():
        return None
    return _Block(values, transform.c, transform.f, transform.a, pixel)


def _mosaic(view: View, source: Raster, pixel: float) -> Mosaic | None:
    """Return the layer at wide cells, if it has been gathered; opened once a version."""
    side = max((cell for cell in mosaic.CELLS if cell <= pixel), default=0)
    if not side:
        return None
    key = ("mosaic", view.version, source.layer, side)
    known: Mosaic | None = view.served.facts.get(key)
    if known is None:
        known = mosaic.find(view.served.live.path, source, pixel)
        if known is not None:
            view.served.facts.put(key, known, 1)
    return known


def _pixel(crs: str, bounds: Bounds, zoom: int) -> float:
    """Return the side of a pixel on the ground, in the middle of a layer [m]."""
    west, south, east, north = bounds
    _, lat = crs_.reproject([(west + east) / 2], [(south + north) / 2], crs, crs_.WGS84)
    return float(2 * mercator.HALF / 2**zoom / SIDE * math.cos(math.radians(float(lat[0]))))


def _centres(
    crs: str, address: Tile, pixel: float, margin: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the centres of the pixels are in a CRS, as (rows, columns) arrays [m]."""
    west, south, east, north = address.bounds
    step = (east - west) / SIDE
    middle = (np.arange(-margin, SIDE + margin) + 0.5) * step
    xs, ys = np.meshgrid(west + middle, north - middle)
    points = np.stack([xs.ravel(), ys.ravel()], axis=1)
    mapping = mercator.fit(MERCATOR, crs, (west, south, east, north))
    if mapping.error <= 0.1 * pixel:
        found = mapping(points)
        x, y = found[:, 0], found[:, 1]
    else:
        x, y = crs_.reproject(points[:, 0], points[:, 1], MERCATOR, crs)
        x, y = np.nan_to_num(x, nan=math.inf), np.nan_to_num(y, nan=math.inf)
    return x.reshape(xs.shape), y.reshape(xs.shape)


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
