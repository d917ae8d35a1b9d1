# SPDX-License-Identifier: EUPL-1.2
"""Coordinate reference systems as the OGC names them, and windows in any of them.

Offered: CRS84, the territory's own projection, EPSG:4326 (latitude first) and EPSG:3857.

References
----------
OGC 18-058r1, OGC API - Features - Part 2: Coordinate Reference Systems by Reference 1.0.1.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.interop.cql2 import shapes
from jumeau.interop.cql2.sql import Condition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
MERCATOR = "EPSG:3857"
_CODE = re.compile(
    r"(?:https?://www\.opengis\.net/def/crs/EPSG/0/|urn:ogc:def:crs:EPSG::|EPSG:)(\d+)"
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


class Projection(NamedTuple):
    """A CRS offered: its URI, its code, and whether its first axis is the latitude."""

    uri: str
    code: str
    swapped: bool

    @property
    def geographic(self) -> bool:
        """Whether coordinates are degrees."""
        return self.code == crs_.WGS84

    @property
    def digits(self) -> int:
        """Decimals of a coordinate: a centimetre, or a millimetre of a projection."""
        return 7 if self.geographic else 3


DEFAULT = Projection(CRS84, crs_.WGS84, False)


def uri(code: str) -> str:
    """Return the URI of ``EPSG:n``."""
    return f"http://www.opengis.net/def/crs/EPSG/0/{code.removeprefix('EPSG:')}"


def offered(crs: str) -> dict[str, Projection]:
    """Return what a territory's CRS lets one ask for: URI → projection, CRS84 first."""
    found = [
        DEFAULT,
        Projection(uri(crs), crs, False),
        Projection(uri(crs_.WGS84), crs_.WGS84, True),
    ]
    found.append(Projection(uri(MERCATOR), MERCATOR, False))
    return {item.uri: item for item in found}


def choose(text: str | None, crs: str, default: Projection = DEFAULT) -> Projection:
    """Return the projection that a parameter names.

    Parameters
    ----------
    text : str or None
        URI, URN or ``EPSG:n``; a safe CURIE in square brackets too.
    crs : str
        Territory's CRS.
    default : Projection
        Where nothing is asked.

    Raises
    ------
    InvalidError
        ``JUM-I012`` when it is not offered.
    """
    if not text:
        return default
    known = offered(crs)
    bare = text.strip("[]<>")
    if bare in known:
        return known[bare]
    if bare.upper() in {"CRS84", "OGC:CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84"}:
        return DEFAULT
    found = _CODE.fullmatch(bare)
    if found and uri(found[1]) in known:
        return known[uri(found[1])]
    raise error("JUM-I012", crs=text[:120], known=", ".join(known))


def project(points: NDArray[np.float64], crs: str, target: Projection) -> NDArray[np.float64]:
    """Return points (n, 2) of a CRS in a projection, its axes in order, rounded.

    A cubic polynomial fitted on exact points stands for the projection of each one where it is
    exact to half a millimetre.
    """
    import numpy as np

    from jumeau.interop import mercator

    if target.code == crs:
        return np.round(points, target.digits)
    moved = None
    if len(points) > 500:
        low, high = points.min(axis=0), points.max(axis=0)
        pad = np.maximum((high - low) * 0.01, 1.0)
        fitted = mercator.fit(crs, target.code, (*(low - pad), *(high + pad)))
        if fitted.error <= (5e-9 if target.geographic else 5e-4):
            moved = fitted(points)
    if moved is None:
        exact = crs_.transformer(crs, target.code)
        moved = np.stack(exact.transform(points[:, 0], points[:, 1]), axis=1)
    if target.swapped:
        moved = moved[:, ::-1]
    return np.round(moved, target.digits)


class Window(NamedTuple):
    """A window asked for: bounds that hold it, and the exact test; ``None`` when bounds do.

    Parameters
    ----------
    bounds : Bounds
        Smallest bounds in the territory's CRS [m].
    exact : Condition or None
        Which of the rows that meet the bounds really meet the window.
    """

    bounds: Bounds
    exact: Condition | None


NOWHERE = Window((0.0, 0.0, -1.0, -1.0), None)
"""A window that nothing meets."""


def window(text: str | None, crs: str, given: Projection = DEFAULT) -> Window | None:
    """Read a ``bbox`` in a projection.

    Parameters
    ----------
    text : str or None
        Four numbers in the order of the projection's axes, or six with heights, ignored.
    crs : str
        Territory's CRS.
    given : Projection
        ``bbox-crs``.

    Returns
    -------
    Window or None
        ``None`` when no window is given.

    Raises
    ------
    InvalidError
        ``JUM-I003``.
    """
    if not text:
        return None
    west, south, east, north = _edges(text, given)
    if given.code == crs:
        return Window((west, south, east, north), _exact(_polygon(west, south, east, north)))
    area = shapes.reach(given.code, crs)
    if given.geographic and west > east:  # across the antimeridian: one side of it counts
        if area[2] >= west:
            east = 180.0
        elif area[0] <= east:
            west = -180.0
        else:
            return NOWHERE
    west, east = max(west, area[0]), min(east, area[2])
    south, north = max(south, area[1]), min(north, area[3])
    if west > east or south > north:
        return NOWHERE
    box = _polygon(west, south, east, north)
    shape = shapes.shape({"wkt": box}, given.code, crs, swap=False)
    if max(east - west, north - south) > 20 * (1 if given.geographic else 1e5):
        return Window(shape.bounds, None)  # everything, or nearly
    return Window(shape.bounds, _exact_shape(shape))


def _edges(text: str, given: Projection) -> tuple[float, float, float, float]:
    parts = [part.strip(" ") for part in text.split(",")]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise error("JUM-I003", bbox=text[:80])
    numbers = [float(part) for part in parts]
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    limit = 360 if given.geographic else 1e9
    if len(numbers) != 4 or not all(abs(number) <= limit for number in numbers):
        raise error("JUM-I003", bbox=text[:80])
    if given.swapped:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    west, south, east, north = numbers
    if south > north or (given.geographic and (south < -90 or north > 90)):
        raise error("JUM-I003", bbox=text[:80])
    if west > east and not given.geographic:
        raise error("JUM-I003", bbox=text[:80])
    return west, south, east, north


def _polygon(west: float, south: float, east: float, north: float) -> str:
    import shapely

    if west == east and south == north:
        return str(shapely.Point(west, south).wkt)
    if west == east or south == north:
        return str(shapely.LineString([(west, south), (east, north)]).wkt)
    return str(shapely.box(west, south, east, north).wkt)


def _exact(wkt: str) -> Condition:
    import shapely

    return _exact_shape(shapes.Shape(shapely.from_wkt(wkt).wkb, (math.nan,) * 4))


def _exact_shape(shape: shapes.Shape) -> Condition:
    """Return the test of a window: rows whose box lies well inside need no geometry."""
    import shapely

    xmin, ymin, xmax, ymax = inside = _inner(shapely.from_wkb(shape.wkb))
    test = "ST_Intersects(geometry, ST_GeomFromWKB(?))"
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return Condition(test, (shape.wkb,))
    return Condition(
        f"((xmin >= ? AND xmax <= ? AND ymin >= ? AND ymax <= ?) OR {test})",
        (xmin, xmax, ymin, ymax, shape.wkb),
    )


def _inner(found: object) -> Bounds:
    """Return bounds that lie inside a window's outline."""
    import shapely

    west, south, east, north = shapely.bounds(found)
    if shapely.get_dimensions(found) < 2:
        return (0.0, 0.0, -1.0, -1.0)
    for share in (0.0, 0.002, 0.01, 0.03, 0.08, 0.2):
        pad_x, pad_y = (east - west) * share, (north - south) * share
        inner = (west + pad_x, south + pad_y, east - pad_x, north - pad_y)
        if shapely.covers(found, shapely.box(*inner)):
            return inner
    return (0.0, 0.0, -1.0, -1.0)
