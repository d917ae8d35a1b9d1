# SPDX-License-Identifier: EUPL-1.2
"""GeoParquet and Parquet."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from jumeau.base.errors import JumeauError


def test_geoparquet_of_geopandas(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_parquet(tmp_path / "l.parquet", write_covering_bbox=True)
    got = read(tmp_path / "l.parquet", "luminaire")
    assert (got.read, got.announced) == (40, 40)
    assert got.column("id") == list(lamps["id"])
    assert (got.shapes == lamps.geometry.to_numpy()).all()
    assert got.source["driver"] == "GeoParquet"
    assert "bbox" not in got.source["columns"]


def test_geoparquet_in_longitude_and_latitude_is_reprojected(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_crs(4326).to_parquet(tmp_path / "l.parquet")
    got = read(tmp_path / "l.parquet", "luminaire")
    assert shapely.distance(got.shapes, lamps.geometry.to_numpy()).max() < 1e-4


def test_wkb_is_kept_byte_for_byte_when_nothing_must_change(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_parquet(tmp_path / "l.parquet")
    written = pq.read_table(tmp_path / "l.parquet").column("geometry").to_pylist()
    assert read(tmp_path / "l.parquet", "luminaire").column("geometry") == written


def test_plain_parquet_with_wkb_is_placed_by_its_coordinates(read: Any, lamps: Any, tmp_path: Path):
    table = pa.table({"id": list(lamps["id"]), "geom": list(shapely.to_wkb(lamps.geometry))})
    pq.write_table(table, tmp_path / "l.parquet")
    got = read(tmp_path / "l.parquet", "luminaire")
    assert got.table.num_rows == 40
    assert "JUM-S106" in got.codes


def test_plain_parquet_with_columns_of_coordinates(read: Any, tmp_path: Path):
    table = pa.table({"id": [1, 2], "lon": [3.87, 3.88], "lat": [43.61, 43.62]})
    pq.write_table(table, tmp_path / "l.parquet")
    got = read(tmp_path / "l.parquet", "luminaire")
    assert got.source["crs"] == "EPSG:4326"
    assert got.column("id") == ["1", "2"]


def test_dictionary_and_large_columns(read: Any, lamps: Any, tmp_path: Path):
    table = pa.table(
        {
            "id": pa.array(lamps["id"], pa.large_string()),
            "lampe": pa.array(lamps["lampe"]).dictionary_encode(),
            "geometry": pa.array(list(shapely.to_wkb(lamps.geometry)), pa.large_binary()),
        }
    )
    pq.write_table(table, tmp_path / "l.parquet")
    got = read(tmp_path / "l.parquet", "luminaire")
    assert set(got.column("lamp_type")) == {"HPS", "LED", "MH", "HPM"}
    assert got.table.schema.field("id").type == pa.string()


def test_inside_a_zip(read: Any, lamps: Any, tmp_path: Path):
    lamps.to_parquet(tmp_path / "l.parquet")
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.write(tmp_path / "l.parquet", "l.parquet")
    assert read(tmp_path / "l.zip", "luminaire").read == 40


def test_a_truncated_file_is_refused(read: Any, lamps: Any, tmp_path: Path):
    path = tmp_path / "l.parquet"
    lamps.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(JumeauError, match="JUM-S004"):
        read(path, "luminaire")


def test_many_row_groups_keep_their_order(read: Any, tmp_path: Path):
    count = 200_000
    x = np.arange(count) % 1000 + 770_000.0
    y = np.arange(count) // 1000 + 6_280_000.0
    boxes = shapely.to_wkb(shapely.box(x, y, x + 0.5, y + 0.5))
    table = pa.table({"id": np.arange(count), "geometry": pa.array(boxes)})
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=30_000)
    got = read(tmp_path / "b.parquet", "building", source_crs="EPSG:2154")
    assert got.column("id") == list(map(str, range(count)))
    assert got.column("geometry") == list(boxes)
