# SPDX-License-Identifier: EUPL-1.2
"""Geometries and moments of a filter: checked, bounded, brought to the territory's CRS."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.base.errors import JumeauError, error
from jumeau.interop.cql2.text import too_large

if TYPE_CHECKING:
    import shapely

MOST_VERTICES = 20_000
_NOWHERE = 1e9
_KINDS = frozenset(
    ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
     "GeometryCollection")
)  # fmt: skip


class Shape(NamedTuple):
    """A geometry in the territory's CRS: WKB, and its box [m]."""

    wkb: bytes
    bounds: tuple[float, float, float, float]


def wrong(text: Any) -> JumeauError:
    """Return the error of a geometry that is none."""
    return error("JUM-I018", text=str(text)[:80])


def is_geojson(node: Any) -> bool:
    """Tell whether a node is a GeoJSON geometry."""
    return isinstance(node, dict) and node.get("type") in _KINDS


def shape(node: dict[str, Any], source: str, target: str, swap: bool) -> Shape:
    """Return a geometry written as GeoJSON, WKT or ``{"bbox": […]}`` in the target CRS.

    Parameters
    ----------
    node : dict
        GeoJSON geometry, ``{"wkt": …}`` or ``{"bbox": […]}``.
    source, target : str
        CRS in which it is written, and CRS wanted.
    swap : bool
        Whether it is written latitude first.

    Raises
    ------
    InvalidError
        ``JUM-I018`` when it is no geometry, ``JUM-I014`` above 20,000 vertices.
    """
    import shapely

    if "bbox" in node:
        found = _box(node["bbox"])
    else:
        try:
            if "wkt" in node:
                with np.errstate(over="ignore"):  # refused below
                    found = shapely.from_wkt(node["wkt"])
            else:
                _bounded(node)
                found = shapely.from_geojson(json.dumps(node))
        except (shapely.errors.ShapelyError, ValueError, TypeError):
            raise wrong(node.get("wkt", node.get("type"))) from None
    if found is None or found.is_empty:
        raise wrong(node.get("wkt", node.get("type", node.get("bbox"))))
    if shapely.get_num_coordinates(found) > MOST_VERTICES:
        raise too_large(MOST_VERTICES)
    found = shapely.force_2d(found)
    if not all(map(math.isfinite, found.bounds)):
        raise wrong(found.bounds)
    if not shapely.is_valid(found):
        found = shapely.make_valid(found)
    if source == target:
        return Shape(shapely.to_wkb(found), found.bounds)
    if swap:
        found = shapely.transform(found, lambda points: points[:, ::-1])
    # Outside the area of the CRS there is nothing, and projections fold.
    found = shapely.intersection(found, shapely.box(*reach(source, target)))
    if found.is_empty:
        found = shapely.Point(_NOWHERE, _NOWHERE)
        return Shape(shapely.to_wkb(found), found.bounds)
    moved = crs_.reproject_geometries([_dense(found, source)], source, target)[0]
    if not all(map(math.isfinite, moved.bounds)):
        raise wrong(found.bounds)
    if not shapely.is_valid(moved):
        moved = shapely.make_valid(moved)
    return Shape(shapely.to_wkb(moved), moved.bounds)


@cache
def reach(source: str, target: str) -> Bounds:
    """Return where a CRS applies, with a margin of 5°, in the axes (x, y) of another."""
    west, south, east, north = crs_.area_of_use(target) or (-180.0, -85.0, 180.0, 85.0)
    around = (west - 5, max(south - 5, -85.0), east + 5, min(north + 5, 85.0))
    return crs_.transform_bounds(around, crs_.WGS84, source)


def _dense(found: shapely.Geometry, source: str) -> shapely.Geometry:
    """Add vertices to long straight sides, which bend when they are projected."""
    import shapely

    west, south, east, north = found.bounds
    side = max(east - west, north - south)
    step = 0.02 if source == crs_.WGS84 else 2_000.0
    vertices = shapely.get_num_coordinates(found)
    if side <= step or side / step * vertices > 4 * MOST_VERTICES:
        step = max(step, side * vertices / (4 * MOST_VERTICES))
    return shapely.segmentize(found, step) if side > step else found


def _bounded(node: dict[str, Any]) -> None:
    """Refuse nested lists that no geometry has, before they are written again."""
    waiting: list[tuple[Any, int]] = [(node, 0)]
    seen = 0
    while waiting:
        item, depth = waiting.pop()
        if depth > 12:
            raise wrong(node.get("type"))
        inner = item.values() if isinstance(item, dict) else item
        if isinstance(inner, list) or isinstance(item, dict):
            for part in inner:
                seen += 1
                if seen > 4 * MOST_VERTICES:
                    raise too_large(MOST_VERTICES)
                if isinstance(part, dict | list):
                    waiting.append((part, depth + 1))


def _box(edges: Any) -> shapely.Geometry:
    import shapely

    if not isinstance(edges, list) or not all(
        isinstance(edge, int | float) and not isinstance(edge, bool) for edge in edges
    ):
        raise wrong(edges)
    if len(edges) == 6:
        edges = [edges[0], edges[1], edges[3], edges[4]]
    if len(edges) != 4 or not all(map(math.isfinite, map(float, edges))):
        raise wrong(edges)
    if edges[1] > edges[3] or edges[0] > edges[2]:
        raise wrong(edges)
    return shapely.box(*(float(edge) for edge in edges))


def moment(kind: str, text: Any) -> date | datetime:
    """Return a date, or a time in UTC.

    Parameters
    ----------
    kind : str
        ``"date"`` or ``"timestamp"``.
    text : object
        RFC 3339.

    Raises
    ------
    InvalidError
        ``JUM-I017``.
    """
    try:
        if kind == "date":
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise error("JUM-I017", value=str(text)[:80]) from None


def any_moment(text: str) -> date | datetime:
    """Return a date or a time, as the text says."""
    return moment("date" if len(text) <= 10 else "timestamp", text)
