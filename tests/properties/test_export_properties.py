# SPDX-License-Identifier: EUPL-1.2
"""What is exported and read again is what the twin holds, whatever the shapes and the texts."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base import crs as crs_
from jumeau.twin import export, geoparquet, schema

metres = st.integers(-4_000_000, 8_000_000).map(lambda value: value / 8)
texts = st.one_of(
    st.none(),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20
    ).filter(lambda text: text.strip() == text and text not in {"NA", "null"}),
)
numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def lines(draw: st.DrawFn, z: bool) -> shapely.Geometry:
    def line() -> list:
        west, south = draw(metres), draw(metres)
        steps = draw(st.lists(st.tuples(st.integers(1, 99), st.integers(-99, 99)), min_size=1))
        points = np.cumsum([(west, south), *steps], axis=0)
        return [(*point, 12.5) if z else tuple(point) for point in points]

    parts = [line() for _ in range(draw(st.integers(1, 3)))]
    return shapely.LineString(parts[0]) if len(parts) == 1 else shapely.MultiLineString(parts)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, pa.Table]:
    name = draw(st.sampled_from(["luminaire", "street"]))
    count, z = draw(st.integers(1, 6)), draw(st.booleans())
    one = st.builds(shapely.Point, metres, metres) if name == "luminaire" else lines(z)
    shapes = [draw(one) for _ in range(count)]
    attributes = ("support", "height_m") if name == "luminaire" else ("name", "width_m")
    rows = {
        "id": [f"r{n}" for n in range(count)],
        "geometry": pa.array([shapely.to_wkb(s, flavor="iso") for s in shapes], pa.binary()),
        attributes[0]: pa.array([draw(texts) for _ in range(count)], pa.string()),
        attributes[1]: pa.array([draw(numbers) for _ in range(count)], pa.float64()),
    }
    return name, pa.table(rows)


def put(name: str, rows: pa.Table, path: Path, crs: str = "EPSG:2154") -> Path:
    return export.export_table(rows, path, crs=crs, declared=schema.table(name))


def same(frame: pd.DataFrame, rows: pa.Table) -> None:
    """Compare the attributes of a file read again, row by row."""
    frame = frame.set_index("id").loc[rows["id"].to_pylist()]
    for column in rows.column_names:
        if column in {"id", "geometry"}:
            continue
        values = [None if pd.isna(value) else value for value in frame[column].tolist()]
        assert values == rows[column].to_pylist()


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".fgb"])
@settings(max_examples=15, deadline=None)
@given(given_=tables())
def test_binary_formats_are_exact(suffix: str, given_: tuple[str, pa.Table]) -> None:
    name, rows = given_
    with tempfile.TemporaryDirectory() as folder:
        path = put(name, rows, Path(folder) / f"a{suffix}")
        frame = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
        same(frame, rows)
        found = frame.set_index("id").loc[rows["id"].to_pylist()].geometry.to_numpy()
        wanted = shapely.from_wkb(rows["geometry"].to_pylist())
        for made, shape in zip(found, wanted, strict=True):
            parts = shapely.get_parts(made), shapely.get_parts(shape)
            assert shapely.equals_exact(*parts).all() and len(parts[0]) == len(parts[1])
            assert made.has_z == shape.has_z


@settings(max_examples=25, deadline=None)
@given(given_=tables())
def test_csv_is_exact_to_a_tenth_of_a_millimetre(given_: tuple[str, pa.Table]) -> None:
    name, rows = given_
    with tempfile.TemporaryDirectory() as folder:
        frame = pd.read_csv(
            put(name, rows, Path(folder) / "a.csv"),
            keep_default_na=False,
            na_values=[""],
        )
    same(frame, rows)
    wanted = shapely.from_wkb(rows["geometry"].to_pylist())
    if name == "luminaire":
        assert frame["x"].tolist() == shapely.get_x(wanted).tolist()
        assert frame["y"].tolist() == shapely.get_y(wanted).tolist()
    else:
        assert shapely.equals_exact(shapely.from_wkt(frame["wkt"]), wanted, tolerance=1e-4).all()


@pytest.mark.parametrize("crs", sorted(crs_.NATIONAL))
@settings(max_examples=8, deadline=None)
@given(share=st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)))
def test_geojson_is_within_two_centimetres_everywhere(crs: str, share: tuple) -> None:
    """Seven decimals of a degree are 1.1 cm."""
    west, south, east, north = crs_.NATIONAL[crs].bounds
    x, y = west + share[0] * (east - west), south + share[1] * (north - south)
    rows = pa.table(
        {"id": ["a"], "geometry": pa.array([shapely.to_wkb(shapely.Point(x, y))], pa.binary())}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = put("luminaire", rows, Path(folder) / "a.geojson", crs)
        feature = json.loads(path.read_text("utf-8"))["features"][0]
        back = gpd.read_file(path).to_crs(crs).geometry[0]
    assert feature["id"] == "a"
    assert shapely.distance(back, shapely.Point(x, y)) < 0.02


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 60),
    chunk=st.integers(1, 70),
    window=st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 30)),
)
def test_windows_of_geoparquet_are_those_of_the_rows(count: int, chunk: int, window: tuple) -> None:
    random = np.random.default_rng(count)
    corner = random.integers(0, 80, (count, 2)).astype(float)
    boxes = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 3, corner[:, 1] + 2)
    rows = pa.table(
        {
            "id": pa.array([str(n) for n in range(count)], pa.string()),
            "geometry": pa.array([shapely.to_wkb(box) for box in boxes], pa.binary()),
        }
    )
    batches = rows.to_batches(max_chunksize=chunk)
    reader = pa.RecordBatchReader.from_batches(rows.schema, batches)
    west, south, side = window
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        assert geoparquet.write(reader, path, crs="EPSG:2154") == count
        frame = gpd.read_parquet(path, bbox=(west, south, west + side, south + side))
        assert pq.read_table(path)["id"].to_pylist() == rows["id"].to_pylist()
    meets = shapely.intersects(boxes, shapely.box(west, south, west + side, south + side))
    assert frame["id"].tolist() == np.flatnonzero(meets).astype(str).tolist()
