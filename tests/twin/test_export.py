# SPDX-License-Identifier: EUPL-1.2
"""Each format opened again by other software: same rows, right place, licence and sources."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import rasterio
import shapely

from jumeau.base.contract import RasterWindow
from jumeau.base.errors import InvalidError, JumeauError, StorageError
from jumeau.twin import csvw, disk, export, rasters, schema, tiling
from jumeau.twin.rights import Label
from jumeau.twin.territory import Territory

CRS = "EPSG:2154"
LABEL = Label("Ville – lampes", "Licence Ouverte 2.0", "https://x.fr/lo", ("IGN, « BD » (LO)",))
FORMATS = [".parquet", ".gpkg", ".fgb", ".geojson", ".csv"]


def luminaires() -> pa.Table:
    shapes = [shapely.Point(770000.125, 6280000.5), shapely.Point(770010, 6280020.25)]
    return pa.table(
        {
            "id": ["a", "b"],
            "geometry": pa.array([shapely.to_wkb(shape) for shape in shapes], pa.binary()),
            "height_m": [8.5, None],
            "power_w": [float("nan"), 100.0],
            "lamp_type": ["HPS", None],
            "support": ["Mât « Louis, XV »", 'crosse "A"'],
            "installed_on": pa.array([date(2013, 5, 1), None]),
        }
    )


def streets() -> pa.Table:
    shapes = [
        shapely.LineString([(770000, 6280000, 50), (770010, 6280000, 51)]),
        shapely.MultiLineString([[(0, 0, 1), (1, 1, 2)], [(2, 2, 3), (3, 3, 4)]]),
    ]
    wkb = [shapely.to_wkb(shape, flavor="iso") for shape in shapes]
    return pa.table({"id": ["a", "b"], "geometry": pa.array(wkb, pa.binary()), "lanes": [2, None]})


def buildings(count: int = 3) -> pa.Table:
    shapes = [
        shapely.box(n, n, n + 1, n + 1)
        if n % 2
        else shapely.MultiPolygon([shapely.box(n, 0, n + 1, 1)])
        for n in range(count)
    ]
    wkb = shapely.to_wkb(np.array(shapes))
    ids = [f"b{n}" for n in range(count)]
    return pa.table(
        {"id": ids, "geometry": pa.array(list(wkb), pa.binary()), "public": [True] * count}
    )


def put(data: pa.Table, name: str, path: Path, **more: object) -> Path:
    return export.export_table(
        data, path, crs=CRS, declared=schema.table(name), label=LABEL, **more
    )


# -- tables ------------------------------------------------------------------------------------
@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".fgb"])
@pytest.mark.parametrize("name", ["luminaire", "street", "building"])
def test_geometry_and_crs_come_back(tmp_path: Path, suffix: str, name: str) -> None:
    data = {"luminaire": luminaires, "street": streets, "building": buildings}[name]()
    path = put(data, name, tmp_path / f"a{suffix}")
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    frame = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert frame.crs.to_epsg() == 2154
    assert sorted(frame["id"]) == data["id"].to_pylist()
    frame = frame.set_index("id").loc[data["id"].to_pylist()]  # FlatGeobuf has its own order
    wanted = shapely.from_wkb(data["geometry"].to_pylist())
    assert shapely.equals(frame.geometry.to_numpy(), wanted).all()
    assert shapely.has_z(frame.geometry.to_numpy()).tolist() == shapely.has_z(wanted).tolist()


@pytest.mark.parametrize("suffix", FORMATS)
def test_values_come_back(tmp_path: Path, suffix: str) -> None:
    path = put(luminaires(), "luminaire", tmp_path / f"a{suffix}")
    if suffix == ".parquet":
        frame = gpd.read_parquet(path)
    elif suffix == ".csv":
        frame = pd.read_csv(path)
    else:
        frame = gpd.read_file(path)
    frame = frame.sort_values("id")
    assert frame["support"].tolist() == luminaires()["support"].to_pylist()
    assert frame["height_m"].tolist()[0] == 8.5 and frame["height_m"].isna().tolist() == [
        False,
        True,
    ]
    assert frame["power_w"].isna().tolist() == [True, False]
    assert str(frame["installed_on"].tolist()[0])[:10] == "2013-05-01"


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_without_geometry(tmp_path: Path, suffix: str) -> None:
    wkb = pa.array([None, shapely.to_wkb(shapely.Point(1, 2))], pa.binary())
    data = pa.table({"id": ["a", "b"], "geometry": wkb})
    path = put(data, "sensor", tmp_path / f"a{suffix}")
    if suffix == ".csv":
        assert pd.read_csv(path)["x"].isna().tolist() == [True, False]
        return
    frame = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert frame.set_index("id").geometry.isna().to_dict() == {"a": True, "b": False}


def test_mixed_dimensions_are_written(tmp_path: Path) -> None:
    shapes = [shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(0, 0, 3), (1, 1, 3)])]
    wkb = pa.array([shapely.to_wkb(shape, flavor="iso") for shape in shapes], pa.binary())
    for suffix, name in [(".gpkg", "street"), (".fgb", "street"), (".gpkg", "option")]:
        data = pa.table({"id": ["a", "b"], "geometry": wkb})
        frame = gpd.read_file(put(data, name, tmp_path / f"{name}{suffix}")).set_index("id")
        a, b = (getattr(shape, "geoms", [shape])[0] for shape in frame.geometry[["a", "b"]])
        assert b.equals_exact(shapes[1]) and shapely.force_2d(a).equals(shapes[0])
        assert not np.isfinite(shapely.get_z(shapely.get_point(a, 0)))  # no altitude is invented
        assert frame.geometry.has_z["b"]


def test_one_geometry_type_a_layer(tmp_path: Path) -> None:
    for name, data, kind in [
        ("street", streets(), "MultiLineString Z"),
        ("building", buildings(), "MultiPolygon"),
        ("luminaire", luminaires(), "Point"),
    ]:
        path = put(data, name, tmp_path / f"{name}.gpkg")
        info = pyogrio.read_info(path)
        assert info["layer_name"] == name
        assert info["geometry_type"].replace("2.5D MultiLineString", "MultiLineString Z") == kind


def test_licence_and_sources_are_inside(tmp_path: Path) -> None:
    data = luminaires()
    meta = pq.read_metadata(put(data, "luminaire", tmp_path / "a.parquet")).metadata
    assert meta[b"LICENCE"].decode() == LABEL.licence
    assert meta[b"ATTRIBUTION"].decode() == LABEL.attribution[0]
    for suffix in (".gpkg", ".fgb"):
        info = pyogrio.read_info(put(data, "luminaire", tmp_path / f"a{suffix}"))
        assert info["layer_metadata"]["LICENCE"] == LABEL.licence
        assert info["layer_metadata"]["ATTRIBUTION"] == LABEL.attribution[0]
    collection = json.loads(put(data, "luminaire", tmp_path / "a.geojson").read_text("utf-8"))
    assert collection["licence"] == LABEL.licence
    assert collection["attribution"] == LABEL.attribution[0]


def test_geojson_follows_rfc_7946(tmp_path: Path) -> None:
    path = put(luminaires(), "luminaire", tmp_path / "a.geojson")
    collection = json.loads(path.read_text("utf-8"))
    assert "crs" not in collection
    feature = collection["features"][0]
    assert feature["id"] == "a" and feature["properties"]["height_m"] == 8.5
    to_wgs84 = pyproj.Transformer.from_crs(2154, 4326, always_xy=True)
    wanted = to_wgs84.transform(770000.125, 6280000.5)
    assert feature["geometry"]["coordinates"] == pytest.approx(wanted, abs=5.1e-8)
    for value in feature["geometry"]["coordinates"]:
        assert len(repr(value).partition(".")[2]) <= 7
    put(buildings(), "building", tmp_path / "b.geojson")
    kinds = {
        item["geometry"]["type"]
        for item in json.loads((tmp_path / "b.geojson").read_text())["features"]
    }
    assert kinds == {"Polygon", "MultiPolygon"}  # each says its own, none is wrapped


def test_csv_points_and_shapes(tmp_path: Path) -> None:
    path = put(luminaires(), "luminaire", tmp_path / "a.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["x"], rows[0]["y"]) == ("770000.125", "6280000.5")
    assert rows[0]["power_w"] == "" and rows[1]["height_m"] == ""
    path = put(streets(), "street", tmp_path / "b.csv")
    frame = pd.read_csv(path)
    assert shapely.equals(
        shapely.from_wkt(frame["wkt"]), shapely.from_wkb(streets()["geometry"].to_pylist())
    ).all()


def test_csv_times_are_utc(tmp_path: Path) -> None:
    data = pa.table(
        {
            "sensor_id": ["a", "b"],
            "property": ["level", "level"],
            "time": pa.array(
                [datetime(2026, 1, 1, 5, tzinfo=UTC), None], pa.timestamp("us", "UTC")
            ),
            "value": [1.5, None],
        }
    )
    path = put(data, "observation", tmp_path / "a.csv")
    frame = pd.read_csv(path, parse_dates=["time"])
    assert frame["time"][0] == pd.Timestamp("2026-01-01T05:00Z")
    assert frame["time"].isna().tolist() == [False, True]


def test_csv_is_described_beside(tmp_path: Path) -> None:
    put(luminaires(), "luminaire", tmp_path / "a.csv")
    found = json.loads((tmp_path / "a.csv-metadata.json").read_text("utf-8"))
    assert found["url"] == "a.csv" and found["dc:rights"] == LABEL.licence
    assert found["dc:source"] == list(LABEL.attribution)
    columns = {item["name"]: item for item in found["tableSchema"]["columns"]}
    with (tmp_path / "a.csv").open() as file:
        assert next(csv.reader(file)) == list(columns)
    assert columns["power_w"]["schema:unitText"] == "W"
    assert columns["installed_on"]["datatype"] == "date"
    assert found["tableSchema"]["primaryKey"] == "id"


def test_every_type_of_the_schema_can_be_described() -> None:
    for declared in schema.tables().values():
        found = csvw.describe("x.csv", declared, declared.names, LABEL)
        assert len(found["tableSchema"]["columns"]) >= len(declared.names)


@pytest.mark.parametrize("suffix", FORMATS)
def test_tables_without_geometry(tmp_path: Path, suffix: str) -> None:
    data = pa.table({"id": ["a"], "year": [2024], "amount_eur": [12.5]})
    path = put(data, "budget", tmp_path / f"a{suffix}")
    if suffix == ".parquet":
        assert pq.read_table(path).to_pydict() == data.to_pydict()
    elif suffix == ".csv":
        assert pd.read_csv(path).to_dict("list") == data.to_pydict()
    elif suffix == ".geojson":
        feature = json.loads(path.read_text())["features"][0]
        assert feature["geometry"] is None and feature["properties"]["year"] == 2024
    else:
        frame = pyogrio.read_dataframe(path)
        assert frame["amount_eur"].tolist() == [12.5] and frame["year"].tolist() == [2024]


@pytest.mark.parametrize("suffix", FORMATS)
def test_empty_tables(tmp_path: Path, suffix: str) -> None:
    path = put(luminaires().slice(0, 0), "luminaire", tmp_path / f"a{suffix}")
    if suffix == ".parquet":
        assert len(gpd.read_parquet(path)) == 0
    elif suffix == ".csv":
        assert pd.read_csv(path).columns.tolist()[:3] == ["id", "x", "y"]
    else:
        assert len(pyogrio.read_dataframe(path)) == 0


@pytest.mark.parametrize("suffix", FORMATS)
def test_streams(tmp_path: Path, suffix: str) -> None:
    whole = buildings(5000)
    reader = pa.RecordBatchReader.from_batches(whole.schema, whole.to_batches(max_chunksize=700))
    path = put(reader, "building", tmp_path / f"a{suffix}")
    if suffix == ".parquet":
        ids = pq.read_table(path)["id"].to_pylist()
    elif suffix == ".csv":
        ids = pd.read_csv(path)["id"].tolist()
    else:
        ids = pyogrio.read_dataframe(path, read_geometry=False)["id"].tolist()
    assert sorted(ids) == sorted(whole["id"].to_pylist())


def test_wrapping_keeps_nulls_and_other_types() -> None:
    shapes = [shapely.box(0, 0, 1, 1), None, shapely.MultiPolygon([shapely.box(2, 2, 3, 3)])]
    shapes += [shapely.Point(1, 2), shapely.Polygon([(0, 0, 1), (1, 0, 1), (1, 1, 1)])]
    wkb = pa.array([s and shapely.to_wkb(s, flavor="iso") for s in shapes], pa.binary())
    made = shapely.from_wkb(export.as_multi(wkb).to_numpy(zero_copy_only=False))
    kinds = [shape and shape.geom_type for shape in made]
    assert kinds == ["MultiPolygon", None, "MultiPolygon", "Point", "MultiPolygon"]
    assert made[4].has_z and made[4].geoms[0].equals(shapes[4])
    points = pa.array([shapely.to_wkb(shapely.Point(0, 0))], pa.binary())
    assert export.as_multi(points) is points


# -- refusals ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("file", "code", "word"),
    [
        ("a.geojsno", "JUM-T120", ".geojson"),
        ("a.shp", "JUM-T120", ".gpkg"),
        ("a", "JUM-T120", ".parquet"),
        ("a.tif", "JUM-T123", ".gpkg"),
        ("nowhere/a.gpkg", "JUM-T122", "nowhere"),
    ],
)
def test_targets_refused(tmp_path: Path, file: str, code: str, word: str) -> None:
    with pytest.raises(JumeauError) as caught:
        put(luminaires(), "luminaire", tmp_path / file)
    assert caught.value.code == code and word in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_is_overwritten_unasked(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("mine")
    with pytest.raises(InvalidError) as caught:
        put(luminaires(), "luminaire", path)
    assert caught.value.code == "JUM-T121" and path.read_text() == "mine"
    put(luminaires(), "luminaire", path, force=True)
    assert path.read_bytes() != b"mine"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_source_that_fails_leaves_the_former_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("former")
    whole = buildings(2000)

    def batches():
        yield whole.to_batches()[0]
        raise StorageError("JUM-T015", "the store failed")

    reader = pa.RecordBatchReader.from_batches(whole.schema, batches())
    with pytest.raises(JumeauError):
        put(reader, "building", path, force=True)
    assert path.read_text() == "former"
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", FORMATS)
def test_full_disk(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "sync_file", full)
    with pytest.raises(StorageError) as caught:
        put(luminaires(), "luminaire", tmp_path / f"a{suffix}")
    assert caught.value.code == "JUM-T101"
    assert list(tmp_path.iterdir()) == []


# -- rasters -----------------------------------------------------------------------------------
@pytest.fixture
def raster(tmp_path: Path) -> rasters.Raster:
    values = np.random.default_rng(0).normal(size=(1500, 2300)).astype(np.float32)
    values[200:400, 300:900] = np.nan
    window = RasterWindow((766399.5, 6279100.5, 768699.5, 6280600.5), values)
    folder = tmp_path / "t"
    files = tiling.write_layer(folder, "illuminance", [window], CRS)
    return rasters.Raster(folder, CRS, "illuminance", {item.tile: item.path for item in files})


def test_a_layer_becomes_one_cog(tmp_path: Path, raster: rasters.Raster) -> None:
    cogeo = pytest.importorskip("rio_cogeo")
    path = export.export_raster(raster, tmp_path / "e.tif", LABEL)
    with rasterio.open(path) as source:
        values, transform = raster.read()
        np.testing.assert_array_equal(source.read(1), values)
        assert source.transform == transform and source.crs.to_epsg() == 2154
        assert np.isnan(source.nodata) and source.units == ("lx",)
        assert source.tags()["LICENCE"] == LABEL.licence
        assert source.tags()["TIFFTAG_COPYRIGHT"] == LABEL.attribution[0]
    assert cogeo.cog_validate(str(path), strict=True)[0]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["e.tif", "t"]


def test_rasters_refused(tmp_path: Path, raster: rasters.Raster) -> None:
    def code(raster: rasters.Raster, file: str) -> str:
        with pytest.raises(JumeauError) as caught:
            export.export_raster(raster, tmp_path / file)
        return caught.value.code

    assert code(raster, "a.gpkg") == "JUM-T123"
    assert code(rasters.Raster(tmp_path, CRS, "dtm", {}), "a.tif") == "JUM-T124"
    (raster.folder / next(iter(raster.files.values()))).unlink()
    assert code(raster, "a.tif") == "JUM-T108"
    (tmp_path / "b.tif").write_text("mine")
    assert code(raster, "b.tif") == "JUM-T121"
    assert not (tmp_path / "a.tif").exists()


# -- a territory -------------------------------------------------------------------------------
@pytest.fixture
def sourced(territory: Territory) -> Territory:
    """A territory with two sources, one run that read one of them, and a raster of that run."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    common = {"sha256": "0" * 64, "file": "f", "imported_at": now, "vintage": "2024"}
    licences = {"open": "Licence Ouverte 2.0", "osm": "ODbL", "unused": "ODbL"}
    source = pd.DataFrame(
        [
            {"id": name, "table": "luminaire", "title": name, "licence": licence, **common}
            for name, licence in licences.items()
        ]
    )
    inputs = json.dumps({"luminaire": {"rows": 2, "sources": ["open"]}})
    run = {"id": "run1", "worksite": "lighting", "code_version": "1", "snapshot": 1}
    values = np.ones((10, 10), dtype=np.float32)
    with territory.transaction("all") as tx:
        tx.insert("source", source)
        tx.insert("run", pd.DataFrame([{**run, "inputs": inputs, "started_at": now}]))
        lamps = luminaires().append_column("source_id", pa.array(["open", "open"]))
        tx.insert("luminaire", lamps)
        tx.insert(
            "building", buildings().append_column("source_id", pa.array(["open", "osm", None]))
        )
        tx.insert("indicator", indicators())
        bounds = (769999.5, 6279999.5, 770009.5, 6280009.5)
        tx.put_raster("illuminance", [RasterWindow(bounds, values)], run_id="run1")
    return territory


def indicators() -> pd.DataFrame:
    row = {"id": "i", "indicator": "kwh", "scope": "territory", "value": 1.0, "run_id": "run1"}
    return pd.DataFrame([row])


def test_sources_of_rows_of_runs_and_of_layers(sourced: Territory) -> None:
    def ids(name: str) -> list[str]:
        return sorted(export.sources_of(sourced, name)["id"])

    assert ids("luminaire") == ["open"]
    assert ids("building") == ["open", "osm"]
    assert ids("indicator") == ids("illuminance") == ids("run") == ["open"]
    assert ids("street") == []
    assert ids("source") == ["open", "osm", "unused"]


def test_the_licence_follows_the_sources(sourced: Territory, tmp_path: Path) -> None:
    free = pq.read_metadata(sourced.export("luminaire", tmp_path / "a.parquet")).metadata
    assert free[b"LICENCE"] == b"Licence Ouverte 2.0" and b"open, 2024" in free[b"ATTRIBUTION"]
    shared = pq.read_metadata(sourced.export("building", tmp_path / "b.parquet")).metadata
    assert b"Open Database" in shared[b"LICENCE"] or b"ODbL" in shared[b"LICENCE"]
    with rasterio.open(sourced.export("illuminance", tmp_path / "c.tif")) as source:
        assert source.tags()["LICENCE"] == "Licence Ouverte 2.0"
        assert "open, 2024" in source.tags()["ATTRIBUTION"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_tables_of_a_territory(sourced: Territory, tmp_path: Path, suffix: str) -> None:
    for name in ("luminaire", "building", "indicator", "run", "source", "observation"):
        path = sourced.export(name, tmp_path / f"{name}{suffix}")
        assert path.is_file()
    if suffix == ".parquet":
        frame = gpd.read_parquet(tmp_path / "luminaire.parquet")
        pd.testing.assert_frame_equal(
            frame.drop(columns="geometry"),
            sourced.geo("luminaire").drop(columns="geometry"),
            check_dtype=False,
        )
        assert frame.crs.to_epsg() == 2154


def test_a_past_version_is_exported_as_it_was(sourced: Territory, tmp_path: Path) -> None:
    version = sourced.version
    with sourced.transaction("more") as tx:
        tx.delete("luminaire", {"id": "a"})
    past = sourced.at(version=version).export("luminaire", tmp_path / "past.parquet")
    assert pq.read_table(past)["id"].to_pylist() == ["a", "b"]
    assert pq.read_table(sourced.export("luminaire", tmp_path / "now.parquet")).num_rows == 1


def test_names_and_suffixes_refused(sourced: Territory, tmp_path: Path) -> None:
    def code(name: str, file: str) -> str:
        with pytest.raises(JumeauError) as caught:
            sourced.export(name, tmp_path / file)
        return caught.value.code

    assert code("lumiaire", "a.gpkg") == "JUM-T001"
    assert code("illuminance", "a.gpkg") == "JUM-T123"
    assert code("luminaire", "a.tif") == "JUM-T123"
    assert code("dtm", "a.tif") == "JUM-T124"
    assert list(tmp_path.glob("a.*")) == []
