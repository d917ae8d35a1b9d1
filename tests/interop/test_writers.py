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

from jumeau.base import crs
from jumeau.base.errors import InvalidError
from jumeau.interop import geojson, writers

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
    rows = pa.table({"identifier": ['"é"', "null"], "properties": ['{"n":1}', "{}"]})
    first, second = geojson.features(rows, "EPSG:2154").to_pylist()
    assert json.loads(first) == {
        "type": "Feature", "id": "é", "geometry": None, "properties": {"n": 1}
    }  # fmt: skip
    assert json.loads(second)["id"] is None


SHAPES = (
    "POINT (770000 6280000)",
    "LINESTRING (770000 6280000, 770100 6280050, 770200 6280000)",
    "POLYGON ((770000 6280000, 770100 6280000, 770100 6280100, 770000 6280000), "
    "(770060 6280030, 770080 6280030, 770080 6280050, 770060 6280030))",
    "MULTIPOINT ((770000 6280000), (770100 6280000))",
    "MULTILINESTRING ((770000 6280000, 770100 6280050), (770000 6280100, 770100 6280150))",
    "MULTIPOLYGON (((770000 6280000, 770100 6280000, 770100 6280100, 770000 6280000)), "
    "((770200 6280000, 770300 6280000, 770300 6280100, 770200 6280000)))",
    "GEOMETRYCOLLECTION (POINT (770000 6280000), LINESTRING (770000 6280000, 770100 6280050))",
    "POINT Z (770000 6280000 12)",
    "POLYGON EMPTY",
    None,
)


@pytest.mark.parametrize("count", [1, 300])
def test_geometries_are_written_as_geos_writes_them(count: int) -> None:
    """Whatever the mixture of kinds, and whether projected one by one or by the fit."""
    shapes = np.array([None if text is None else shapely.from_wkt(text) for text in SHAPES] * count)
    wkb = pa.array([None if shape is None else shapely.to_wkb(shape) for shape in shapes])
    texts = geojson.geometries(wkb, "EPSG:2154").to_pylist()
    exact = crs.reproject_geometries(shapely.force_2d(shapes), "EPSG:2154", "EPSG:4326")
    for text, shape in zip(texts, exact, strict=True):
        if shape is None or shape.is_empty:
            assert text == "null"
            continue
        found = shapely.from_geojson(text)
        assert found.geom_type == shape.geom_type
        turned = shapely.orient_polygons(shape)
        assert shapely.equals_exact(found, turned, tolerance=1e-7)


def test_what_cannot_be_projected_has_no_geometry() -> None:
    wkb = pa.array(
        [shapely.to_wkb(shapely.Point(np.inf, 0)), shapely.to_wkb(shapely.Point(7e5, 6.6e6))]
    )
    lost, known = geojson.geometries(wkb, "EPSG:2154").to_pylist()
    assert lost == "null"
    assert json.loads(known)["type"] == "Point"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "geojson"), ("*/*", "geojson"), ("text/csv", "csv"), ("text/*, text/csv;q=0.2", "csv"),
        ("application/json;q=0.2,text/csv;q=0.3", "csv"), ("text/html", "geojson"),
        ("application/json", "json"), (",,;q=x", "geojson"),
    ],
)  # fmt: skip
def test_what_is_accepted_chooses_the_format(accept: str, expected: str) -> None:
    assert writers.negotiate(None, accept, ("geojson", "json", "csv")) == expected
    assert writers.negotiate("csv", accept, ("geojson", "json", "csv")) == "csv"
