# SPDX-License-Identifier: EUPL-1.2
"""From answers and files to GeoParquet in the CRS of the territory.

Every column keeps the name that the publisher gave it: what it means is the matter of profiles
and mappings. What is left out here is counted by reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import crs as crs_
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.base.findings import Finding
from jumeau.sources.connectors.record import Dataset, Way

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY = "geometry"
OUTSIDE = "outside"
"""Reason: the record is about another place."""


@dataclass
class Parsed:
    """Records ready to be written.

    Parameters
    ----------
    table : pyarrow.Table
        Columns as published; ``geometry`` as WKB when there are positions.
    rejected : Counter
        {reason: records left out}.
    read : int
        Records before that.
    findings : list of Finding
        What a file's reader met.
    """

    table: pa.Table
    rejected: Counter[str] = field(default_factory=Counter)
    read: int = 0
    findings: list[Finding] = field(default_factory=list)


def from_records(
    records: Sequence[Mapping[str, Any]], way: Way, crs: str, *, keep: Iterable[str] = ()
) -> Parsed:
    """Return the records of a service as a table.

    Parameters
    ----------
    records : sequence of mapping
        GeoJSON features or plain rows.
    way : Way
        Where positions are, and in which CRS.
    crs : str
        CRS wanted.
    keep : iterable of str
        INSEE codes to keep where ``way.only`` names the column that holds them.
    """
    import numpy as np
    import pyarrow as pa
    import shapely

    rows, shapes = [], []
    for record in records:
        row, shape = _row(record, way)
        rows.append(row)
        shapes.append(shape)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    if any(shape is not None for shape in shapes):
        given = crs if way.crs == "{crs}" else way.crs
        moved = crs_.reproject_geometries(np.array(shapes, dtype=object), given, crs)
        columns[GEOMETRY] = pa.array(shapely.to_wkb(moved), pa.binary())
    table = pa.table(columns) if columns else pa.table({"id": pa.array([], pa.string())})
    parsed = Parsed(table, read=len(records))
    return restricted(parsed, way.only, keep)


def _row(record: Mapping[str, Any], way: Way) -> tuple[dict[str, Any], Any]:
    """Return the attributes of a record, flat, and its shape."""
    if way.format == "geojson" and ("properties" in record or record.get("type") == "Feature"):
        flat = _flat(record.get("properties") or {})
        if record.get("id") is not None:
            flat.setdefault("id", str(record["id"]))
        return flat, _shape(record.get("geometry"))
    shape, used = _position(record, way.geometry)
    return _flat({key: value for key, value in record.items() if key not in used}), shape


def _flat(record: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    """Return nested values under names joined by ``_``; lists as JSON, or as words in a row."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{head}{key}"
        if name == GEOMETRY:
            name = "geometry_"
        if isinstance(value, Mapping):
            found |= _flat(value, name + "_")
        elif isinstance(value, list):
            plain = all(isinstance(item, str | int | float) for item in value)
            text = " ".join(map(str, value)) if plain else json.dumps(value, ensure_ascii=False)
            found[name] = text if value else None
        else:
            found[name] = value
    return found


def _position(record: Mapping[str, Any], where: str) -> tuple[Any, tuple[str, ...]]:
    """Return the shape of a plain row and the columns that it took entirely."""
    import shapely

    if not where:
        return None, ()
    if where.startswith("@latlon "):
        name = where.removeprefix("@latlon ").strip()
        parts = str(record.get(name) or "").split(",")
        values = [_number(part) for part in parts]
        if len(values) != 2 or None in values:
            return None, ()
        return shapely.Point(values[1], values[0]), ()
    if "," in where:
        x, y = (_number(record.get(name.strip())) for name in where.split(","))
        return (None if x is None or y is None else shapely.Point(x, y)), ()
    return _shape(record.get(where)), (where,)


def _number(value: Any) -> float | None:
    try:
        return float(str(value).replace(",", ".")) if value not in (None, "") else None
    except ValueError:
        return None


def _shape(value: Any) -> Any:
    """Return a geometry given as GeoJSON (object or text), WKT, or hexadecimal WKB."""
    import shapely

    if value in (None, ""):
        return None
    try:
        if isinstance(value, Mapping):
            inner = value.get("geometry") if value.get("type") == "Feature" else value
            return shapely.from_geojson(json.dumps(inner))
        text = str(value).strip()
        if text.startswith("{"):
            return _shape(json.loads(text))
        if text[:2] in ("00", "01"):
            return shapely.from_wkb(text)
        return shapely.from_wkt(text.rpartition(";")[2])
    except (ValueError, shapely.errors.ShapelyError):
        return None


def _column(values: list[Any]) -> pa.Array:
    """Return values as one type: numbers and truths as they are, all else as text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int}:
        try:
            return pa.array(values, pa.int64())
        except (OverflowError, pa.ArrowInvalid):
            kinds = {str}
    if kinds and kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def from_file(path: Path, way: Way, item: Dataset, crs: str, keep: Iterable[str]) -> Parsed:
    """Return a downloaded file as a table, read by the drivers of ordinary files.

    Parameters
    ----------
    path : Path
        File.
    way : Way
        Its ``member`` names the layer wanted.
    item : Dataset
        Dataset.
    crs : str
        CRS wanted.
    keep : iterable of str
        INSEE codes to keep where ``way.only`` names their column.
    """
    import numpy as np
    import shapely

    from jumeau.sources import archive, files

    located = archive.locate(str(path), member=way.member or None)
    same = way.member and located.stem.casefold() == way.member.casefold()
    inner = None if same or not way.member else way.member
    records = files._records(located, inner, None, item.table)
    table = records.table
    if records.geometry is not None:
        declared = crs_.resolve(records.crs) if records.crs is not None else None
        given = declared or (crs if way.crs == "{crs}" else way.crs)
        shapes = shapely.from_wkb(records.geometry.to_numpy(zero_copy_only=False))
        moved = crs_.reproject_geometries(np.asarray(shapes, dtype=object), given, crs)
        import pyarrow as pa

        if GEOMETRY in table.column_names:
            table = table.drop_columns([GEOMETRY])
        wkb = pa.array(shapely.to_wkb(moved), pa.binary())
        # A shapefile without .dbf has no column, and Arrow then knows no number of rows.
        table = (
            table.append_column(GEOMETRY, wkb) if table.num_columns else pa.table({GEOMETRY: wkb})
        )
    parsed = Parsed(table, read=records.read, findings=list(records.findings))
    if records.dropped:
        parsed.rejected["unreadable"] += records.dropped
    return restricted(parsed, way.only, keep)


def restricted(parsed: Parsed, column: str, keep: Iterable[str]) -> Parsed:
    """Keep the rows of some communes; a file that covers more than the territory is usual."""
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = list(keep)
    if not column or not codes or not parsed.table.num_rows:
        return parsed
    known = {name.casefold(): name for name in parsed.table.column_names}
    if column.casefold() not in known:
        raise error("JUM-S302", url=column, detail=", ".join(parsed.table.column_names)[:160])
    values = parsed.table.column(known[column.casefold()]).cast(pa.string())
    if pa.types.is_integer(parsed.table.column(known[column.casefold()]).type):
        values = pc.utf8_lpad(values, 5, "0")  # 01004 read as a number
    inside = pc.fill_null(pc.is_in(values, pa.array(codes, pa.string())), False)
    return _kept(parsed, inside)


def inside(parsed: Parsed, areas: Any, bounds: Bounds | None) -> Parsed:
    """Keep the rows that touch the communes, or the rectangle when their contours are not known.

    Parameters
    ----------
    parsed : Parsed
        Rows.
    areas : shapely geometry or None
        Contours of the communes, in the CRS of the rows.
    bounds : tuple of 4 float or None
        Rectangle.
    """
    import pyarrow as pa
    import shapely

    if GEOMETRY not in parsed.table.column_names or (areas is None and bounds is None):
        return parsed
    area = areas if areas is not None else shapely.box(*bounds)  # type: ignore[misc]
    shapely.prepare(area)
    shapes = shapely.from_wkb(parsed.table.column(GEOMETRY).to_numpy(zero_copy_only=False))
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    # What has no position stays: it is told at the import.
    return _kept(parsed, pa.array(~placed | shapely.intersects(area, shapes)))


def _kept(parsed: Parsed, mask: Any) -> Parsed:
    table = parsed.table.filter(mask)
    left = parsed.table.num_rows - table.num_rows
    if left:
        parsed.rejected[OUTSIDE] += left
    parsed.table = table
    return parsed


def joined(parts: Sequence[Parsed]) -> Parsed:
    """Return the rows of several answers as one table."""
    import pyarrow as pa

    filled = [part.table for part in parts if part.table.num_rows] or [parts[0].table]
    kinds: dict[str, set[Any]] = {}
    for table in filled:
        for name in table.schema:
            kinds.setdefault(name.name, set()).add(name.type)
    mixed = [name for name, types in kinds.items() if len(types) > 1]
    for name in mixed:  # a column of numbers in one file and of words in another
        for rank, table in enumerate(filled):
            if name in table.column_names:
                place = table.column_names.index(name)
                text = table.column(name).cast(pa.string())
                filled[rank] = table.set_column(place, name, text)
    table = pa.concat_tables(filled, promote_options="default")
    made = Parsed(table, read=sum(part.read for part in parts))
    for part in parts:
        made.rejected.update(part.rejected)
        made.findings += part.findings
    return made


def write(table: pa.Table, path: Path, crs: str) -> int:
    """Write a table as GeoParquet, the same bytes for the same rows; return its rows."""
    from jumeau.twin import geoparquet

    return geoparquet.write(table, path, crs=crs)


def stem(path: Path) -> str:
    """Return the name of a file without its suffixes, those of a container included."""
    name = path.name
    while Path(name).suffix and len(Path(name).suffix) <= 8:
        name = Path(name).stem
    return name or path.name
