# SPDX-License-Identifier: EUPL-1.2
"""CSV that says what it holds: RFC 4180 in UTF-8, and beside it a CSV on the Web description.

The description carries what a CSV cannot: licence, sources, units, and the kind of each column.

References
----------
Metadata Vocabulary for Tabular Data, W3C Recommendation, 2015.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base.contract import TableSchema
from jumeau.twin import disk
from jumeau.twin.geoparquet import BOX, mapped, without_nan
from jumeau.twin.rights import Label

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY = "geometry"
_TYPES = {
    "text": "string",
    "integer": "integer",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "dateTime",
    "json": "json",
}


def write(reader: pa.RecordBatchReader, path: Path, declared: TableSchema) -> None:
    """Write rows as CSV; points as ``x`` and ``y``, other geometries as ``wkt``.

    Parameters
    ----------
    reader : pyarrow.RecordBatchReader
        Rows; geometry as WKB.
    path : Path
        File.
    declared : TableSchema
        Schema of the table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    points = declared.geometry == "point"
    fields: list[pa.Field] = []
    for field in reader.schema:
        if field.name in BOX:
            continue
        if field.name == GEOMETRY:
            fields += [pa.field(name, kind) for name, kind in _geometry(points)]
        elif pa.types.is_timestamp(field.type):
            fields.append(pa.field(field.name, pa.string()))
        else:
            fields.append(field.remove_metadata())
    wanted = pa.schema(fields)

    def change(batch: pa.RecordBatch) -> list[Any]:
        columns: list[Any] = []
        for field, column in zip(batch.schema, batch.columns, strict=True):
            if field.name in BOX:
                continue
            if field.name == GEOMETRY:
                columns += _values(column, points)
            elif pa.types.is_timestamp(field.type):
                columns.append(pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ"))
            else:
                columns.append(without_nan(column))
        return columns

    with csv.CSVWriter(path, wanted) as out:
        for batch in mapped(reader, wanted, change):
            out.write_batch(batch)


def describe_beside(path: Path, declared: TableSchema, names: Sequence[str], label: Label) -> None:
    """Write the description of a CSV where CSV on the Web looks for it: ``…-metadata.json``."""
    content = json.dumps(describe(path.name, declared, names, label), indent=1, ensure_ascii=False)
    disk.write_bytes(path.with_name(f"{path.name}-metadata.json"), content.encode())


def _geometry(points: bool) -> list[tuple[str, Any]]:
    import pyarrow as pa

    return [("x", pa.float64()), ("y", pa.float64())] if points else [("wkt", pa.string())]


def _values(column: pa.Array, points: bool) -> list[pa.Array]:
    import pyarrow as pa
    import shapely

    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    if points:
        values = (shapely.get_x(shapes), shapely.get_y(shapes))
        return [pa.array(value, from_pandas=True) for value in values]
    text = shapely.to_wkt(shapes, rounding_precision=4, trim=True)
    return [pa.array(text.tolist(), pa.string())]


def describe(
    file: str, declared: TableSchema, names: Sequence[str], label: Label
) -> Mapping[str, Any]:
    """Return the CSV on the Web description of a CSV file: licence, sources, columns and units.

    Parameters
    ----------
    file : str
        Name of the CSV.
    declared : TableSchema
        Schema of the table.
    names : sequence of str
        Columns written, geometry included.
    label : Label
        Licence and sources.
    """
    columns: list[dict[str, Any]] = []
    for name in names:
        if name in BOX:
            continue
        item = declared[name]
        if name == GEOMETRY:
            columns += [
                {"name": part, "titles": part, "datatype": "string" if part == "wkt" else "double"}
                for part, _ in _geometry(declared.geometry == "point")
            ]
            continue
        column: dict[str, Any] = {
            "name": name,
            "titles": name,
            "datatype": _TYPES[item.type],
            "required": item.required,
            "rdfs:label": {"en": item.label_en, "fr": item.label_fr},
            "dc:description": {"@value": item.description, "@language": "en"},
        }
        if item.unit:
            column["schema:unitText"] = item.unit
        columns.append(column)
    described: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "dc:title": label.title,
        "dc:license": label.licence_url or label.licence,
        "dc:rights": label.licence,
        "dc:source": list(label.attribution),
        "tableSchema": {"columns": columns},
    }
    if "id" in names:
        described["tableSchema"]["primaryKey"] = "id"
    return described
