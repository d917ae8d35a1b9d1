# SPDX-License-Identifier: EUPL-1.2
"""Rows as JSON, GeoJSON (RFC 7946), CSV and Parquet (GeoParquet 1.1 where there is geometry)."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    import pyarrow as pa

MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "fgb": "application/flatgeobuf",
    "mvt": "application/vnd.mapbox-vector-tile",
    "png": "image/png",
    "html": "text/html; charset=utf-8",
    "openapi": "application/vnd.oai.openapi+json;version=3.0",
    "schema": "application/schema+json",
    "problem": "application/problem+json",
    "tiff": "image/tiff; application=geotiff; profile=cloud-optimized",
}
DIGITS = 7
"""Decimals of degrees in GeoJSON: a centimetre."""


def format_of(asked: str | None, allowed: Sequence[str]) -> str:
    """Return the format asked for, the first allowed one by default.

    Raises
    ------
    InvalidError
        ``JUM-I002`` for any other format.
    """
    if asked is None:
        return allowed[0]
    if asked not in allowed:
        raise error(
            "JUM-I002",
            format=asked,
            known=", ".join(allowed),
            suggestion=did_you_mean(asked, allowed) or allowed[0],
        )
    return asked


def negotiate(asked: str | None, accept: str, allowed: Sequence[str]) -> str:
    """Return the format that ``f`` or else the ``Accept`` header asks for, the first by default.

    Parameters
    ----------
    asked : str or None
        ``f``.
    accept : str
        ``Accept`` header (RFC 9110, 12.5.1); what it names that is not offered is passed over.
    allowed : sequence of str
        Formats offered, keys of :data:`MEDIA`.

    Raises
    ------
    InvalidError
        ``JUM-I002`` for another ``f``.
    """
    if asked is not None:
        return format_of(asked, allowed)
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")[:30]):
        media, _, rest = part.strip().partition(";")
        try:
            quality = float(rest.partition("q=")[2].partition(";")[0] or 1)
        except ValueError:
            quality = 1.0
        if quality > 0:
            wanted.append((-quality, place, media.strip().lower()))
    for _, _, media in sorted(wanted):
        if media in {"*/*", "application/*"}:
            break
        for name in allowed:
            if MEDIA[name].partition(";")[0] == media:
                return name
    return allowed[0]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return str(value)


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
)


def finite(value: Any) -> Any:
    """Return a value that JSON can hold: numbers that are not finite become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def to_json(value: Any) -> bytes:
    """Return plain data as UTF-8 JSON; dates in ISO 8601, numbers that are not finite as null."""
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        text = _ENCODER.encode(finite(value))
    return text.encode()


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> bytes:
    """Return rows as CSV (RFC 4180, UTF-8, comma, point): what is nested is written as JSON.

    Parameters
    ----------
    rows : sequence of mapping
        Rows.
    columns : sequence of str, optional
        Columns, in order; those of the rows by default.
    """
    import csv

    names = list(columns or dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        cells = []
        for name in names:
            value = row.get(name)
            if isinstance(value, dict | list):
                value = to_json(value).decode()
            elif isinstance(value, bool):
                value = str(value).lower()
            elif isinstance(value, datetime | date):
                value = value.isoformat()
            cells.append("" if value is None else value)
        writer.writerow(cells)
    return out.getvalue().encode()


def to_parquet(table: pa.Table) -> bytes:
    """Return an Arrow table as a Parquet file."""
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def rows_to_parquet(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Return rows as a Parquet file; what is nested is written as JSON text."""
    import pyarrow as pa

    flat = [
        {
            name: to_json(row.get(name)).decode()
            if isinstance(row.get(name), dict | list)
            else row.get(name)
            for name in columns
        }
        for row in rows
    ]
    arrays = {}
    for name in columns:
        values = [row[name] for row in flat]
        try:
            arrays[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # a column of mixed kinds
            arrays[name] = pa.array([None if v is None else str(v) for v in values])
    return to_parquet(pa.table(arrays) if columns else pa.table({}))


def to_geoparquet(table: pa.Table, crs: str, geometry: str = "geometry") -> bytes:
    """Return a table with WKB geometry as GeoParquet 1.1, in its own CRS.

    Parameters
    ----------
    table : pyarrow.Table
        Rows; geometry as WKB.
    crs : str
        CRS of the geometry.
    geometry : str
        Name of the geometry column.

    References
    ----------
    OGC GeoParquet 1.1.0.
    """
    import pyproj
    import shapely

    shapes = shapely.from_wkb(table[geometry].to_numpy())
    known = shapes[~shapely.is_missing(shapes)]
    kinds = {
        ("Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString",
         "MultiPolygon", "GeometryCollection")[kind]
        + (" Z" if solid else "")
        for kind, solid in {
            *zip(shapely.get_type_id(known).tolist(), shapely.has_z(known).tolist(), strict=True)
        }
    }  # fmt: skip
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "crs": pyproj.CRS.from_user_input(crs).to_json_dict(),
    }
    if len(known):
        column["bbox"] = [float(edge) for edge in shapely.total_bounds(known)]
    described = {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}
    metadata = {**(table.schema.metadata or {}), b"geo": to_json(described)}
    return to_parquet(table.replace_schema_metadata(metadata))
