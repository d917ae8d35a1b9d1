# SPDX-License-Identifier: EUPL-1.2
"""GeoParquet 1.1 by streaming: WKB, CRS as PROJJSON, a covering of boxes that readers prune with.

DuckLake's own files carry neither ``geo`` metadata nor a CRS, so other software cannot read them as
geographic data; this module writes files that GeoPandas, GDAL, QGIS and DuckDB read as they are.

References
----------
GeoParquet 1.1.0, Open Geospatial Consortium, 2024.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BOX = ("xmin", "ymin", "xmax", "ymax")
ROW_GROUP = 65_536
"""Rows of a row group: small enough for a window to skip most of them."""
VERSION = "1.1.0"
_KINDS = (
    "",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def write(
    data: pa.Table | pa.RecordBatchReader,
    where: Path | str | IO[bytes],
    *,
    crs: str,
    geometry: str = "geometry",
    metadata: Mapping[str, str] | None = None,
) -> int:
    """Write rows with geometry as GeoParquet 1.1; rows without geometry as plain Parquet.

    Rows stay in the order given: along the Hilbert curve, a window skips most row groups. Columns
    ``xmin, ymin, xmax, ymax`` become the covering; it is computed when they are absent.

    Parameters
    ----------
    data : pyarrow.Table or RecordBatchReader
        Rows; geometry as WKB.
    where : Path, str or binary file
        Destination.
    crs : str
        CRS of the geometry.
    geometry : str
        Column that holds it.
    metadata : mapping, optional
        Key-value metadata of the file: licence, attribution…

    Returns
    -------
    int
        Rows written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    reader = data.to_reader(ROW_GROUP) if isinstance(data, pa.Table) else data
    known = geometry in reader.schema.names
    schema = _schema(reader.schema, geometry) if known else reader.schema.remove_metadata()
    summary = _Summary()
    plain = [name for name in schema.names if name not in {geometry, "bbox"}]
    rows = 0
    with pq.ParquetWriter(where, schema, compression="zstd", use_dictionary=plain) as writer:
        for table in _groups(reader):
            rows += table.num_rows
            made = _covered(table, schema, geometry, summary) if known else table.cast(schema)
            writer.write_table(made, row_group_size=ROW_GROUP)
        extra = dict(metadata or {})
        if known:
            extra["geo"] = json.dumps(summary.describe(geometry, crs), ensure_ascii=False)
        writer.add_key_value_metadata(extra)
    return rows


def geometry_codes(column: pa.Array) -> NDArray[np.uint32]:
    """Return the ISO type code of each WKB of a column, 0 where there is none.

    Parameters
    ----------
    column : pyarrow.Array
        WKB, of either byte order, ISO or extended.

    Returns
    -------
    (n,) uint32 array
        1 Point … 7 GeometryCollection; plus 1000 with Z, 2000 with M, 3000 with both.
    """
    import pyarrow as pa

    wide = column.cast(pa.large_binary())
    if len(wide) == 0:
        return np.zeros(0, dtype=np.uint32)
    _, offsets, content = wide.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[wide.offset : wide.offset + len(wide) + 1]
    octets = np.frombuffer(content, dtype=np.uint8) if content else np.zeros(0, dtype=np.uint8)
    filled = np.diff(ends) >= 5
    starts = ends[:-1][filled]
    words = octets[starts[:, None] + np.arange(1, 5)]
    big = octets[starts] == 0
    words[big] = words[big, ::-1]
    extended = np.ascontiguousarray(words).view("<u4")[:, 0]
    iso = extended & 0x0FFFFFFF
    iso = iso + 1000 * ((extended >> 31) & 1) + 2000 * ((extended >> 30) & 1)
    codes = np.zeros(len(wide), dtype=np.uint32)
    codes[filled] = iso
    return codes


def boxes(column: pa.Array) -> NDArray[np.float64]:
    """Return (xmin, ymin, xmax, ymax) of each WKB; NaN where there is none or it is empty."""
    import shapely

    return np.asarray(shapely.bounds(shapely.from_wkb(column.to_numpy(zero_copy_only=False))))


def mapped(
    reader: Iterable[pa.RecordBatch],
    wanted: pa.Schema,
    change: Callable[[pa.RecordBatch], list[Any]],
) -> pa.RecordBatchReader:
    """Return a reader whose batches have their columns changed on the way.

    Parameters
    ----------
    reader : iterable of pyarrow.RecordBatch
        Rows.
    wanted : pyarrow.Schema
        Schema once changed.
    change : callable
        Batch → columns of ``wanted``.
    """
    import pyarrow as pa

    batches = (pa.RecordBatch.from_arrays(change(batch), schema=wanted) for batch in reader)
    return pa.RecordBatchReader.from_batches(wanted, batches)


def without_nan(column: pa.Array) -> pa.Array:
    """Return a column where NaN is null: text formats have no word for it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), None, column)


class _Summary:
    """What the ``geo`` metadata says of the whole column, gathered while it is written."""

    def __init__(self) -> None:
        self.codes: set[int] = set()
        self.box = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, codes: NDArray[np.uint32], found: NDArray[np.float64]) -> None:
        self.codes |= set(np.unique(codes).tolist()) - {0}
        filled = found[~np.isnan(found).any(axis=1)]
        if len(filled):
            self.box[:2] = np.minimum(self.box[:2], filled[:, :2].min(axis=0))
            self.box[2:] = np.maximum(self.box[2:], filled[:, 2:].max(axis=0))

    def describe(self, geometry: str, crs: str) -> dict[str, Any]:
        from pyproj import CRS

        names = {
            _KINDS[code % 1000] + (" Z" if code // 1000 in {1, 3} else "") for code in self.codes
        }
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(names),
            "crs": CRS.from_user_input(crs).to_json_dict(),
            "covering": {"bbox": {name: ["bbox", name] for name in BOX}},
        }
        if np.isfinite(self.box).all():
            column["bbox"] = self.box.tolist()
        return {"version": VERSION, "primary_column": geometry, "columns": {geometry: column}}


def _schema(given: pa.Schema, geometry: str) -> pa.Schema:
    import pyarrow as pa

    # Extension metadata would make Arrow write Parquet's newer native geometry type.
    fields = [
        pa.field(item.name, pa.binary()) if item.name == geometry else item.remove_metadata()
        for item in given
        if item.name not in BOX
    ]
    return pa.schema([*fields, pa.field("bbox", pa.struct([(name, pa.float64()) for name in BOX]))])


def _covered(table: pa.Table, schema: pa.Schema, geometry: str, summary: _Summary) -> pa.Table:
    import pyarrow as pa

    column = table.column(geometry).combine_chunks()
    if set(BOX) <= set(table.column_names):
        found = np.column_stack(
            [table.column(name).to_numpy().astype(np.float64, copy=False) for name in BOX]
        )
    else:
        found = boxes(column)
    summary.add(geometry_codes(column), found)
    void = np.isnan(found).any(axis=1)
    box = pa.StructArray.from_arrays(
        [pa.array(found[:, i]) for i in range(4)], names=list(BOX), mask=pa.array(void)
    )
    columns = [
        box if name == "bbox" else table.column(name).cast(schema.field(name).type)
        for name in schema.names
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the batches gathered into tables of about a row group."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP:
            yield pa.Table.from_batches(held)
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held)
