# SPDX-License-Identifier: EUPL-1.2
"""Parquet and GeoParquet with pyarrow: WKB is kept as written, nothing is copied needlessly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jumeau.base.errors import error
from jumeau.base.findings import Finding
from jumeau.sources import encoding as encodings
from jumeau.sources.archive import Located
from jumeau.sources.drivers import Records

if TYPE_CHECKING:
    import pyarrow as pa

_USUAL = ("geometry", "geom", "wkb_geometry", "the_geom", "geom_groupe", "shape", "wkb")


def read(located: Located, table: str) -> Records:
    """Read a file whole.

    GeoParquet 1.x says where its geometry is and in which CRS (OGC:CRS84 when it is silent);
    a plain Parquet file may hold WKB under one of the usual names.

    Raises
    ------
    InvalidError
        ``JUM-S004`` when the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pa.BufferReader(located.bytes()) if located.container else located.path
    try:
        file = pq.ParquetFile(source)
        announced = int(file.metadata.num_rows)
        rows = file.read()
    except (pa.ArrowInvalid, OSError) as exc:
        detail = " ".join(str(exc).split())[:200]
        raise error("JUM-S004", file=located.name, detail=detail) from exc
    name, crs = _geometry(rows)
    geometry = None
    if name is not None:
        column = rows.column(name)
        if isinstance(column.type, pa.ExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks])
        geometry = _binary(column)
    decoder = encodings.Decoder()
    columns = {}
    for label, column in zip(rows.column_names, rows.columns, strict=True):
        if (
            label == name
            or pa.types.is_nested(column.type)
            or label in {"bbox", "__index_level_0__"}
        ):
            continue
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)  # noqa: PLW2901
        textual = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        columns[label] = decoder.column(column) if textual else column
    found: list[Finding] = decoder.findings(table)
    return Records(
        pa.table(columns),
        geometry,
        crs,
        read=rows.num_rows,
        announced=announced,
        driver="Parquet" if geometry is None else "GeoParquet",
        layer=located.stem,
        findings=found,
        touched=decoder.repaired_rows(),
    )


def _binary(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if pa.types.is_binary(column.type):
        return column
    if pa.types.is_large_binary(column.type):
        # Offsets of 32 bits hold 2 GB a chunk: cut before casting.
        parts = [
            chunk.slice(start, 1 << 20).cast(pa.binary())
            for chunk in column.chunks
            for start in range(0, len(chunk), 1 << 20)
        ]
        return pa.chunked_array(parts, pa.binary())
    return column.cast(pa.binary())


def _geometry(rows: pa.Table) -> tuple[str | None, Any]:
    """Return the geometry column and its declared CRS."""
    import pyarrow as pa

    metadata = rows.schema.metadata or {}
    if b"geo" in metadata:
        geo = json.loads(metadata[b"geo"])
        name = geo.get("primary_column", "geometry")
        column = geo.get("columns", {}).get(name, {})
        if name in rows.column_names and column.get("encoding", "WKB") == "WKB":
            return name, column.get("crs", "OGC:CRS84")
    for field in rows.schema:
        own = field.metadata or {}
        extension = own.get(b"ARROW:extension:name", b"")
        if extension in {b"geoarrow.wkb", b"ogc.wkb"}:
            told = json.loads(own.get(b"ARROW:extension:metadata", b"{}") or b"{}")
            return field.name, told.get("crs")
    for field in rows.schema:
        binary = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
        if binary and field.name.casefold() in _USUAL:
            return field.name, None
    return None, None
