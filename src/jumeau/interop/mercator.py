# SPDX-License-Identifier: EUPL-1.2
"""Web Mercator tiles (OGC ``WebMercatorQuad``) and the way between them and a national projection.

A tile is (z, x, y), y counted from the north. Inside a tile, the mapping from the territory's
CRS is smooth: a cubic polynomial fitted on a few exact points replaces the projection of each
vertex. The fit is checked on other points and refused above a tenth of a pixel, in which case
every vertex is projected.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

MERCATOR = "EPSG:3857"
HALF = math.pi * 6378137.0
"""Half side of the Web Mercator square [m]."""
MAX_ZOOM = 22
EXTENT = 4096
"""Units on the side of a vector tile."""
TOLERANCE = 0.4
"""Largest error accepted of the fit [tile unit]: a twentieth of a pixel of a 512 px tile."""


class Tile(NamedTuple):
    """Address of a tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def bounds(self) -> Bounds:
        """(xmin, ymin, xmax, ymax) in Web Mercator [m]."""
        side = 2 * HALF / 2**self.z
        west, north = -HALF + self.x * side, HALF - self.y * side
        return (west, north - side, west + side, north)

    @property
    def resolution(self) -> float:
        """Side of a vector tile unit in Web Mercator [m]."""
        return 2 * HALF / float(2**self.z) / EXTENT


def tile(z: int, x: int, y: int) -> Tile:
    """Return the tile at an address.

    Parameters
    ----------
    z, x, y : int
        Zoom from 0 to 22, column and row from 0 to 2^z − 1.

    Raises
    ------
    InvalidError
        ``JUM-I001`` when there is no such tile.
    """
    if not 0 <= z <= MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise error("JUM-I001", z=str(z), x=str(x), y=str(y), highest=str(MAX_ZOOM))
    return Tile(z, x, y)


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """Return the tile of a zoom that holds a point.

    Parameters
    ----------
    lon, lat : float
        WGS84 longitude and latitude [°].
    z : int
        Zoom.
    """
    n = 2**z
    x = int((lon + 180.0) / 360.0 * n)
    y = int((1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * n)
    return Tile(z, min(max(x, 0), n - 1), min(max(y, 0), n - 1))


@lru_cache(maxsize=32)
def _domain(crs: str) -> Bounds:
    """Area of use of a CRS in Web Mercator, with a margin of half its size [m]."""
    west, south, east, north = crs_.area_of_use(crs) or (-180.0, -85.0, 180.0, 85.0)
    pad_x, pad_y = (east - west) / 2, (north - south) / 2
    to_mercator = crs_.transformer("EPSG:4326", MERCATOR)
    xs, ys = to_mercator.transform(
        [west - pad_x, east + pad_x], [max(south - pad_y, -85.0), min(north + pad_y, 85.0)]
    )
    return (xs[0], ys[0], xs[1], ys[1])


class Window(NamedTuple):
    """Part of a tile that a CRS can represent.

    Parameters
    ----------
    mercator : Bounds
        (xmin, ymin, xmax, ymax) in Web Mercator [m].
    bounds : Bounds
        The smallest bounds that hold it in the CRS [m].
    """

    mercator: Bounds
    bounds: Bounds


def window(address: Tile, crs: str, margin: float = 0.0) -> Window | None:
    """Return the window of a tile in a CRS, or ``None`` when they do not meet.

    Parameters
    ----------
    address : Tile
        The tile.
    crs : str
        CRS of the territory, e.g. ``"EPSG:2154"``.
    margin : float
        Margin around the tile [share of its side].
    """
    west, south, east, north = address.bounds
    pad = margin * (east - west)
    area = _domain(crs)
    west, south = max(west - pad, area[0]), max(south - pad, area[1])
    east, north = min(east + pad, area[2]), min(north + pad, area[3])
    if west >= east or south >= north:
        return None
    xs, ys = np.meshgrid(np.linspace(west, east, 17), np.linspace(south, north, 17))
    px, py = crs_.transformer(MERCATOR, crs).transform(xs.ravel(), ys.ravel())
    finite = np.isfinite(px) & np.isfinite(py)
    if not finite.any():
        return None
    px, py = px[finite], py[finite]
    # Between two points of the grid an edge bulges by less than 1 % of the tile's side.
    bulge = 0.01 * max(np.ptp(px), np.ptp(py)) if address.z < 9 else 1.0
    return Window(
        (west, south, east, north),
        (px.min() - bulge, py.min() - bulge, px.max() + bulge, py.max() + bulge),
    )


class Mapping(NamedTuple):
    """Polynomial of degree 3 from one plane to another, inside given bounds.

    Parameters
    ----------
    center, scale : ndarray (2,)
        Normalisation: u = (x − center) / scale lies in [−1, 1].
    terms : ndarray (10, 2)
        Coefficients of 1, u, v, u², uv, v², u³, u²v, uv², v³.
    error : float
        Largest distance to the exact mapping on points not used by the fit [target unit].
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    terms: NDArray[np.float64]
    error: float

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points (n, 2)."""
        u, v = ((points - self.center) / self.scale).T
        out = np.empty((len(u), 2))
        for axis in (0, 1):
            c = self.terms[:, axis]
            # Horner in u, then in v: one pass over the points and no table of powers.
            out[:, axis] = (
                c[0]
                + u * (c[1] + u * (c[3] + u * c[6]))
                + v * (c[2] + u * (c[4] + u * c[7]) + v * (c[5] + u * c[8] + v * c[9]))
            )
        return out


def _powers(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    u, v = unit.T
    return np.stack([u**0, u, v, u * u, u * v, v * v, u**3, u * u * v, u * v * v, v**3], axis=1)


def _grid(n: int, reach: float) -> NDArray[np.float64]:
    axis = np.linspace(-reach, reach, n)
    return np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)


def fit(source: str, target: str, bounds: Bounds) -> Mapping:
    """Fit the mapping between two CRSs by a cubic polynomial inside bounds.

    Parameters
    ----------
    source, target : str
        CRSs of the points given and wanted.
    bounds : Bounds
        Where the mapping is used, in the source CRS.

    Returns
    -------
    Mapping
        Its ``error`` says how far it is from the exact one, infinite where that is undefined.
    """
    center = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    scale = np.array([(bounds[2] - bounds[0]) / 2, (bounds[3] - bounds[1]) / 2])
    exact = crs_.transformer(source, target)

    def project(unit: NDArray[np.float64]) -> NDArray[np.float64]:
        points = unit * scale + center
        return np.stack(exact.transform(points[:, 0], points[:, 1]), axis=1)

    knots, checks = _grid(7, 1.0), _grid(6, 0.93)
    known = project(knots)
    if not np.isfinite(known).all():
        return Mapping(center, scale, np.zeros((10, 2)), math.inf)
    terms = np.asarray(np.linalg.lstsq(_powers(knots), known, rcond=None)[0], dtype=np.float64)
    away = np.abs(_powers(checks) @ terms - project(checks))
    return Mapping(center, scale, terms, float(away.max()))


def to_units(points: NDArray[np.float64], crs: str, address: Tile) -> NDArray[np.float64]:
    """Map points of a CRS to the units of a tile, origin north-west, y downwards.

    Parameters
    ----------
    points : ndarray (n, 2)
        Positions in the CRS [m].
    crs : str
        Their CRS.
    address : Tile
        The tile.

    Returns
    -------
    ndarray (n, 2)
        Positions [tile unit], within 0.4 unit of the exact projection.
    """
    if not len(points):
        return np.empty((0, 2))
    low, high = points.min(axis=0), points.max(axis=0)
    pad = np.maximum((high - low) * 0.01, 1.0)
    bounds = (*(low - pad), *(high + pad))
    unit = address.resolution
    projected = None
    if len(points) > 200:
        mapping = fit(crs, MERCATOR, bounds)
        if mapping.error <= TOLERANCE * unit:
            projected = mapping(points)
    if projected is None:
        exact = crs_.transformer(crs, MERCATOR)
        projected = np.stack(exact.transform(points[:, 0], points[:, 1]), axis=1)
    west, _, _, north = address.bounds
    return (projected - (west, north)) * (1 / unit, -1 / unit)
