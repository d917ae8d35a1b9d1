# SPDX-License-Identifier: EUPL-1.2
"""GeoParquet 1.1 as GeoPandas, Arrow and DuckDB read it."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jumeau.twin import geoparquet

SHAPES = [
    shapely.Point(770000.25, 6280000.125),
    shapely.Polygon([(0, 0), (4, 0), (4, 3), (0, 0)]),
    shapely.MultiPolygon([shapely.box(-5, -6, 1, 1)]),
    shapely.LineString([(0, 0, 5), (1, 1, 6)]),
    None,
    shapely.Polygon(),
]


def table(shapes: list = SHAPES, **more: pa.Array) -> pa.Table:
    wkb = [None if shape is None else shapely.to_wkb(shape, flavor="iso") for shape in shapes]
    ids = [f"r{n}" for n in range(len(shapes))]
    return pa.table({"id": ids, **more, "geometry": pa.array(wkb, pa.binary())})


def geo(path: Path) -> dict:
    return json.loads(pq.read_metadata(path).metadata[b"geo"])


def test_metadata_is_version_1_1(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = geoparquet.write(table(), path, crs="EPSG:2154", metadata={"LICENCE": "LO « 2 »"})
    assert rows == 6
    found = geo(path)
    assert (found["version"], found["primary_column"]) == ("1.1.0", "geometry")
    column = found["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["LineString Z", "MultiPolygon", "Point", "Polygon"]
    assert column["bbox"] == [-5.0, -6.0, 770000.25, 6280000.125]
    assert column["covering"]["bbox"]["ymax"] == ["bbox", "ymax"]
    assert pyproj.CRS.from_json_dict(column["crs"]).to_epsg() == 2154
    assert pq.read_metadata(path).metadata[b"LICENCE"].decode() == "LO « 2 »"


def test_rows_come_back_bit_for_bit_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    more = {"n": pa.array([1, None, 3, 4, 5, 6]), "b": pa.array([True, None] * 3)}
    given_ = table(**more)
    geoparquet.write(given_, path, crs="EPSG:2154")
    back = pq.read_table(path)
    assert (
        back.select(["id", "n", "b", "geometry"]).to_pydict()
        == given_.select(["id", "n", "b", "geometry"]).to_pydict()
    )
    boxes = back.column("bbox").to_pylist()
    assert boxes[2] == {"xmin": -5.0, "ymin": -6.0, "xmax": 1.0, "ymax": 1.0}
    assert boxes[4] is None and boxes[5] is None


def test_geopandas_reads_crs_and_windows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    points = [shapely.Point(x, -x) for x in range(100)]
    geoparquet.write(table(points), path, crs="EPSG:2975")
    frame = gpd.read_parquet(path)
    assert frame.crs.to_epsg() == 2975 and "bbox" not in frame.columns
    assert list(frame.geometry) == points
    window = gpd.read_parquet(path, bbox=(9.5, -20.5, 20.5, -9.5))
    assert window["id"].tolist() == [f"r{n}" for n in range(10, 21)]


def test_duckdb_reads_it_as_geometry(tmp_path: Path) -> None:
    import duckdb

    from jumeau.twin.store import extension

    path = tmp_path / "a.parquet"
    geoparquet.write(table(SHAPES[:3]), path, crs="EPSG:2154")
    con = duckdb.connect()
    con.execute(f"LOAD '{extension('spatial')}'")
    row = con.execute(f"SELECT count(*), sum(ST_Area(geometry)) FROM '{path}'").fetchone()
    assert row == (3, 48.0)


def test_the_file_is_not_parquets_native_geometry(tmp_path: Path) -> None:
    """Version 1.1 readers want plain bytes, whatever the field metadata of our tables says."""
    field = pa.field(
        "geometry",
        pa.binary(),
        metadata={"ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": "{}"},
    )
    source = pa.table([table()["geometry"]], schema=pa.schema([field]))
    path = tmp_path / "a.parquet"
    geoparquet.write(source, path, crs="EPSG:2154")
    column = pq.ParquetFile(path).schema.column(0)
    assert (column.physical_type, str(column.logical_type)) == ("BYTE_ARRAY", "None")
    assert gpd.read_parquet(path).crs.to_epsg() == 2154


def test_flat_boxes_become_the_covering(tmp_path: Path) -> None:
    flat = {name: pa.array([1.0, None]) for name in geoparquet.BOX}
    path = tmp_path / "a.parquet"
    geoparquet.write(table([shapely.Point(7, 7), None], **flat), path, crs="EPSG:2154")
    back = pq.read_table(path)
    assert back.column_names == ["id", "geometry", "bbox"]
    # Taken as given: nothing is computed again.
    assert back["bbox"].to_pylist() == [dict.fromkeys(geoparquet.BOX, 1.0), None]


def test_batches_are_gathered_into_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geoparquet, "ROW_GROUP", 100)
    whole = table([shapely.Point(n, n) for n in range(1000)])
    reader = pa.RecordBatchReader.from_batches(whole.schema, whole.to_batches(max_chunksize=30))
    path = tmp_path / "a.parquet"
    assert geoparquet.write(reader, path, crs="EPSG:2154") == 1000
    meta = pq.read_metadata(path)
    sizes = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
    assert sum(sizes) == 1000 and max(sizes) == 100 and len(sizes) < 25
    names = [meta.row_group(0).column(n).path_in_schema for n in range(meta.num_columns)]
    statistics = meta.row_group(0).column(names.index("bbox.xmin")).statistics
    assert (statistics.min, statistics.max) == (0.0, 99.0)
    assert pq.read_table(path)["id"].to_pylist() == whole["id"].to_pylist()


def test_empty_and_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    geoparquet.write(table([]), path, crs="EPSG:2154")
    assert geo(path)["columns"]["geometry"]["geometry_types"] == []
    assert "bbox" not in geo(path)["columns"]["geometry"]
    assert len(gpd.read_parquet(path)) == 0
    buffer = io.BytesIO()
    geoparquet.write(pa.table({"a": [1]}), buffer, crs="EPSG:2154", metadata={"LICENCE": "x"})
    plain = pq.ParquetFile(io.BytesIO(buffer.getvalue()))
    assert b"geo" not in plain.metadata.metadata and plain.metadata.metadata[b"LICENCE"] == b"x"


@given(
    st.lists(
        st.tuples(st.integers(1, 7), st.booleans(), st.booleans(), st.booleans(), st.booleans())
    ),
    st.integers(0, 3),
)
def test_codes_of_both_orders_and_both_flavours(shapes: list, start: int) -> None:
    """The header of WKB, ISO or extended, with or without SRID, of either byte order."""
    values: list[bytes | None] = []
    expected = []
    for kind, z, big, extended, absent in shapes:
        code = kind | (0xA0000000 if z else 0x20000000) if extended else kind + 1000 * z
        values.append(None if absent else struct.pack(">BI" if big else "<BI", not big, code))
        expected.append(0 if absent else kind + 1000 * z)
    column = pa.array(values, pa.binary()).slice(start)
    np.testing.assert_array_equal(geoparquet.geometry_codes(column), expected[start:])
