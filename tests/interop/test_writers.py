# SPDX-License-Identifier: EUPL-1.2
"""JSON, CSV and Parquet say the same, and other programs read them."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from jumeau.base.errors import InvalidError
from jumeau.interop import writers

NAME = 'L\'Étang, "bas"'
ROWS = [
    {"id": "a", "name": NAME, "value": 1.5, "n": 3, "on": True, "day": date(2024, 2, 29)},
    {"id": "b", "name": None, "value": float("nan"), "n": None, "on": False, "day": None},
]  # fmt: skip


def test_formats() -> None:
    assert writers.format_of(None, ("json", "csv")) == "json"
    assert writers.format_of("csv", ("json", "csv")) == "csv"
    with pytest.raises(InvalidError, match="csv") as caught:
        writers.format_of("cvs", ("json", "csv"))
    assert caught.value.code == "JUM-I002"


def test_json_holds_what_json_can() -> None:
    value = {
        "time": datetime(2024, 1, 2, 3, 4, tzinfo=UTC),
        "day": date(2024, 1, 2),
        "numbers": [float("nan"), float("inf"), 0.1, np.float64(2.5), np.int64(4)],
        "text": "é",
    }
    found = json.loads(writers.to_json(value))
    assert found["time"] == "2024-01-02T03:04:00+00:00"
    assert found["day"] == "2024-01-02"
    assert found["numbers"] == [None, None, 0.1, 2.5, 4]
    assert found["text"] == "é"


def test_csv_comes_back() -> None:
    frame = pd.read_csv(io.BytesIO(writers.to_csv(ROWS)))
    assert frame["name"][0] == 'L\'Étang, "bas"'
    assert frame["day"].tolist()[0] == "2024-02-29"
    assert frame["on"].tolist() == [True, False]
    assert pd.isna(frame["n"][1])
    assert writers.to_csv([], ["a", "b"]) == b"a,b\r\n"


def test_csv_writes_nested_values_as_json() -> None:
    text = writers.to_csv([{"mapping": {"à": 1}}]).decode()
    assert '{""à"":1}' in text


def test_parquet_comes_back() -> None:
    content = writers.rows_to_parquet(ROWS, list(ROWS[0]))
    table = pq.read_table(io.BytesIO(content))
    assert table["name"].to_pylist() == ['L\'Étang, "bas"', None]
    assert table["n"].to_pylist() == [3, None]
    assert table.schema.field("day").type == pa.date32()
    mixed = writers.rows_to_parquet([{"a": 1}, {"a": "x"}, {"a": {"b": 2}}], ["a"])
    assert pq.read_table(io.BytesIO(mixed))["a"].to_pylist() == ["1", "x", '{"b":2}']
    empty = writers.rows_to_parquet([], ["id", "name"])
    assert pq.read_table(io.BytesIO(empty)).column_names == ["id", "name"]


def test_geoparquet_is_read_by_geopandas() -> None:
    shapes = [shapely.Point(770_000, 6_280_000), None, shapely.box(0, 0, 1, 1)]
    table = pa.table({"id": ["a", "b", "c"], "geometry": pa.array(shapely.to_wkb(shapes))})
    content = writers.to_geoparquet(table, "EPSG:2154")
    frame = gpd.read_parquet(io.BytesIO(content))
    assert frame.crs.to_epsg() == 2154
    assert frame.geometry[0].equals(shapes[0])
    assert frame.geometry[1] is None
    described = json.loads(pq.read_schema(io.BytesIO(content)).metadata[b"geo"])
    assert described["version"] == "1.1.0"
    assert described["columns"]["geometry"]["geometry_types"] == ["Point", "Polygon"]
    assert described["columns"]["geometry"]["bbox"] == [0, 0, 770_000, 6_280_000]


def test_features_without_geometry_say_null() -> None:
    (text,) = writers.features([{"id": "é\"'", "n": 1}], None)
    found = json.loads(text)
    assert found["geometry"] is None
    assert found["id"] == "é\"'"
    (text,) = writers.features([{"n": 1}], [None])
    assert json.loads(text)["id"] is None
