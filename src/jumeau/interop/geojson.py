# SPDX-License-Identifier: EUPL-1.2
"""Rows as GeoJSON, a column at a time: no step of the way sees one feature alone.

Coordinates are brought to the projection asked for as one array, written by Arrow, and joined
ring by ring; attributes come from the database as JSON already.

References
----------
RFC 7946; OGC 21-045r1 (JSON-FG) for coordinates in other systems than CRS84 is not claimed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.interop import projections
from jumeau.interop.projections import Projection

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

POINT, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON = 0, 1, 3, 4, 5, 6
_NAMES = {
    POINT: "Point",
    LINE: "LineString",
    POLYGON: "Polygon",
    MULTIPOINT: "MultiPoint",
    MULTILINE: "MultiLineString",
    MULTIPOLYGON: "MultiPolygon",
}


def geometries(
    wkb: pa.ChunkedArray | pa.Array, crs: str, target: Projection = projections.DEFAULT
) -> pa.Array:
    """Return WKB geometries as an array of GeoJSON texts.

    Parameters
    ----------
    wkb : pyarrow array of binary
        Geometries in a CRS; heights are left out.
    crs : str
        Their CRS.
    target : Projection
        Projection wanted; rounded to the centimetre (degrees) or the millimetre.

    Returns
    -------
    pyarrow.Array of str
        ``null`` where there is no geometry, or where it cannot be projected.
    """
    import pyarrow as pa
    import shapely

    # RFC 7946, 3.1.6: outer rings anticlockwise.
    shapes = shapely.orient_polygons(
        shapely.force_2d(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    )
    kinds = shapely.get_type_id(shapes)
    kinds[shapely.is_empty(shapes) | (kinds == 2)] = -1
    texts = np.full(len(shapes), "null", dtype=object)
    groups = np.unique(kinds).tolist()
    if len(groups) == 1 and groups[0] in _NAMES:
        return _group(shapes, groups[0], crs, target)
    for kind in groups:
        here = kinds == kind
        if kind in _NAMES:
            texts[here] = _group(shapes[here], kind, crs, target).to_numpy(zero_copy_only=False)
        elif kind >= 0:
            texts[here] = _collections(shapes[here], crs, target)
    return pa.array(texts, pa.string())


def _group(shapes: NDArray[np.object_], kind: int, crs: str, target: Projection) -> pa.Array:
    """Write geometries of one kind."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import shapely

    if kind == POINT:
        points = shapely.get_coordinates(shapes)
        offsets: tuple[NDArray[np.int64], ...] = ()
    else:
        _, points, offsets = shapely.to_ragged_array(shapes)
    moved = projections.project(np.ascontiguousarray(points[:, :2]), crs, target)
    known = np.asarray(np.isfinite(moved).all(axis=1))
    if not known.all():
        moved = np.where(known.reshape(-1, 1), moved, 0.0)
    x, y = (pc.cast(pa.array(np.ascontiguousarray(moved[:, axis])), pa.string()) for axis in (0, 1))
    texts = pc.binary_join_element_wise("[", x, ",", y, "]", "")
    for level in offsets:
        nested = pa.ListArray.from_arrays(pa.array(level.astype(np.int32)), texts)
        texts = pc.binary_join_element_wise("[", pc.binary_join(nested, ","), "]", "")
    opening = f'{{"type":"{_NAMES[kind]}","coordinates":'
    found: pa.Array = pc.binary_join_element_wise(opening, texts, "}", "")
    if not known.all():
        _, owner = shapely.get_coordinates(shapes, return_index=True)
        lost = np.zeros(len(shapes), dtype=bool)
        lost[owner[~known]] = True
        found = pc.if_else(pa.array(lost), "null", found)
    return found


def _collections(shapes: NDArray[np.object_], crs: str, target: Projection) -> list[str]:
    """Write what is rare: collections of several kinds, one by one."""
    import shapely

    moved = shapely.transform(
        shapes, lambda points: projections.project(points, crs, target), include_z=False
    )
    return list(shapely.to_geojson(moved))


def features(
    rows: pa.Table, crs: str, target: Projection = projections.DEFAULT, geometry: str | None = None
) -> pa.Array:
    """Return rows as GeoJSON Feature texts.

    Parameters
    ----------
    rows : pyarrow.Table
        ``properties`` (JSON text), ``identifier`` (JSON text), and the geometry as WKB.
    crs : str
        CRS of the geometry.
    target : Projection
        Projection wanted.
    geometry : str, optional
        Name of the geometry column; without it, the geometry is null.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not rows.num_rows:
        return pa.array([], pa.string())
    shapes = geometries(rows[geometry], crs, target) if geometry else "null"
    found: pa.Array = pc.binary_join_element_wise(
        '{"type":"Feature","id":', _flat(rows["identifier"]), ',"geometry":', shapes,
        ',"properties":', _flat(rows["properties"]), "}", "",
    )  # fmt: skip
    return found


def _flat(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    flat = column.combine_chunks()
    return flat.cast(pa.string()) if flat.type != pa.string() else flat


def join(texts: pa.Array) -> bytes:
    """Return texts with commas between them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(texts):
        return b""
    whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
    return bytes(pc.binary_join(whole, ",")[0].as_buffer())


def collection(
    items: bytes,
    returned: int,
    links: Sequence[dict[str, Any]],
    matched: int | None = None,
    **extra: Any,
) -> bytes:
    """Return a GeoJSON FeatureCollection with its links.

    Parameters
    ----------
    items : bytes
        Features with commas between them: see :func:`join`.
    returned : int
        How many they are.
    links : sequence of dict
        Links.
    matched : int or None
        Rows that match, all pages together, when they were counted.
    **extra
        Further members.
    """
    head = {
        "type": "FeatureCollection",
        **extra,
        "numberReturned": returned,
        **({} if matched is None else {"numberMatched": matched}),
        "links": list(links),
    }
    opening = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    return b"".join((opening, b',"features":[', items, b"]}"))
