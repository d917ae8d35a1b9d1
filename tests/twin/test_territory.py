# SPDX-License-Identifier: EUPL-1.2
"""A territory: creation, rows in and out, rasters, windows, names that are nearly right."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import jumeau
from jumeau.base.contract import RasterWindow
from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.twin.territory import Territory


@pytest.mark.parametrize(
    ("crs", "zone"),
    [
        ("EPSG:2154", "Europe/Paris"),
        ("EPSG:2975", "Indian/Reunion"),
        ("EPSG:2972", "America/Cayenne"),
        ("EPSG:4471", "Indian/Mayotte"),
    ],
)
def test_create_writes_what_open_reads(tmp_path: Path, crs: str, zone: str) -> None:
    made = jumeau.create(tmp_path / "t", name="Saint-Lô « ville »", crs=crs, insee=["50502"])
    again = jumeau.open(tmp_path / "t")
    assert (again.name, again.crs, again.insee) == ("Saint-Lô « ville »", crs, ("50502",))
    assert again.time_zone == made.time_zone == zone
    raw = tomllib.loads((tmp_path / "t" / "territory.toml").read_text())
    assert raw["catalog"] == "catalog.sqlite"
    for part in ("tables", "rasters", "inbox", "catalog.sqlite"):
        assert (tmp_path / "t" / part).exists()


def test_antilles_have_their_own_time_zone(tmp_path: Path) -> None:
    made = jumeau.create(tmp_path / "t", name="Pointe-à-Pitre", crs="EPSG:5490", insee=["97120"])
    assert made.time_zone in {"America/Guadeloupe", "America/Martinique"}


def test_create_refuses_a_folder_in_use_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "notes.txt").write_text("mine")
    with pytest.raises(InvalidError, match="JUM-T034"):
        jumeau.create(tmp_path / "t", name="T")
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("insee", [["3417"], ["341722"], ["Montpellier"], ["ab172"]])
def test_create_refuses_a_wrong_insee_code(tmp_path: Path, insee: list[str]) -> None:
    with pytest.raises(ValueError, match="JUM-T035"):
        jumeau.create(tmp_path / "t", name="T", insee=insee)
    assert not (tmp_path / "t").exists()


def test_corsican_codes_are_codes(tmp_path: Path) -> None:
    assert jumeau.create(tmp_path / "t", name="Ajaccio", insee=["2A004"]).insee == ("2A004",)


def test_create_refuses_a_crs_that_is_not_national(tmp_path: Path) -> None:
    with pytest.raises(jumeau.JumeauError):
        jumeau.create(tmp_path / "t", name="T", crs="EPSG:3857")
    assert not (tmp_path / "t").exists()


def test_open_says_where_there_is_no_territory(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="jumeau init") as caught:
        jumeau.open(tmp_path)
    assert isinstance(caught.value, FileNotFoundError)


def test_open_says_what_is_wrong_in_the_toml(territory: Territory) -> None:
    (territory.path / "territory.toml").write_text('name = "x\n')
    with pytest.raises(InvalidError, match="JUM-T021"):
        jumeau.open(territory.path)
    (territory.path / "territory.toml").write_text('name = "x"\ncrs = "EPSG:2154"\nformat = 99\n')
    with pytest.raises(InvalidError, match="JUM-T022"):
        jumeau.open(territory.path)


def test_table_gives_wkb_with_its_crs(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    found = territory.table("luminaire")
    metadata = found.schema.field("geometry").metadata
    assert metadata[b"crs"] == b"EPSG:2154"
    extension = json.loads(metadata[b"ARROW:extension:metadata"])
    assert pyproj.CRS.from_json_dict(extension["crs"]).to_epsg() == 2154
    points = shapely.from_wkb(found["geometry"].to_pylist())
    assert {point.geom_type for point in points} == {"Point"}
    geo = territory.geo("luminaire").set_index("id").loc[["a", "b", "c", "d"]]
    assert geo.crs.to_epsg() == 2154
    assert geo.geometry.geom_equals_exact(lamps.set_index("id").geometry, 0).all()


def test_a_missing_fact_stays_missing(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    rows = {row["id"]: row for row in territory.table("luminaire").to_pylist()}
    assert rows["b"]["height_m"] is None
    assert rows["d"]["lamp_type"] is None


def test_bounds_where_columns_limit(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    window = territory.table("luminaire", bounds=(400020, 6899990, 400070, 6900005))
    assert window["id"].to_pylist() == ["b"]
    chosen = territory.table("luminaire", columns=["id"], where={"lamp_type": ["LED", "HPM"]})
    assert chosen.to_pydict() == {"id": ["c"]}
    assert territory.table("luminaire", where={"lamp_type": None})["id"].to_pylist() == ["d"]
    assert territory.table("luminaire", limit=2).num_rows == 2
    with pytest.raises(InvalidError, match="JUM-T017"):
        territory.table("budget", bounds=(0, 0, 1, 1))
    with pytest.raises(InvalidError, match="JUM-T018"):
        territory.geo("budget")


def test_values_are_parameters_not_sql(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    assert territory.table("luminaire", where={"id": "a' OR '1'='1"}).num_rows == 0
    assert territory.table("luminaire", where={"id": "a\x00"}).num_rows == 0


def test_nearly_right_names_are_put_right(territory: Territory) -> None:
    with pytest.raises(UnknownNameError, match="luminaire") as caught:
        territory.table("luminaires")
    assert isinstance(caught.value, KeyError)
    assert caught.value.data["suggestion"] == "luminaire"
    with pytest.raises(UnknownNameError, match="height_m"):
        territory.table("luminaire", columns=["hight_m"])
    with pytest.raises(UnknownNameError, match="illuminance"):
        territory.raster("iluminance")
    with pytest.raises(UnknownNameError, match="power_w"), territory.transaction("bad") as tx:
        tx.insert("luminaire", pd.DataFrame({"id": ["x"], "powr_w": [1.0]}))


def test_upsert_updates_by_id_and_never_erases(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    with territory.transaction("lamps") as tx:
        assert tx.upsert("luminaire", lamps) == (4, 0, 0, 0)
    newer = lamps.assign(height_m=[None, 7.5, 9.5, None], power_w=[100.0, None, None, None])
    with territory.transaction("newer") as tx:
        assert tx.upsert("luminaire", newer) == (0, 1, 3, 0)
        assert tx.upsert("luminaire", newer) == (0, 0, 4, 0)
    rows = {row["id"]: row for row in territory.table("luminaire").to_pylist()}
    assert (rows["a"]["height_m"], rows["b"]["height_m"]) == (8.0, 7.5)
    assert rows["b"]["power_w"] == 70.0


def test_upsert_moves_a_row_and_its_box(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
        moved = lamps.iloc[:1].set_geometry([shapely.Point(410000, 6910000)], crs=2154)
        assert tx.upsert("luminaire", moved).updated == 1
    assert territory.table("luminaire", bounds=(409999, 6909999, 410001, 6910001)).num_rows == 1


def test_a_file_without_positions_completes_known_rows_only(
    territory: Territory, lamps: gpd.GeoDataFrame
) -> None:
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
        heights = pd.DataFrame({"id": ["b", "unknown"], "height_m": [6.0, 5.0]})
        assert tx.upsert("luminaire", heights) == (0, 1, 0, 1)
    found = territory.geo("luminaire").set_index("id")
    assert found.loc["b", "height_m"] == 6.0
    assert not found.geometry.isna().any()
    assert "unknown" not in found.index


def test_a_row_without_what_the_table_requires_is_refused(territory: Territory) -> None:
    with pytest.raises(ValueError, match="JUM-T014"), territory.transaction("bad") as tx:
        tx.insert("budget", pd.DataFrame({"id": ["x"]}))
    assert territory.count("budget") == 0


def test_rows_are_laid_along_the_hilbert_curve(territory: Territory) -> None:
    rng = np.random.default_rng(1)
    xy = np.column_stack([rng.uniform(4e5, 4.5e5, 4000), rng.uniform(6.9e6, 6.95e6, 4000)])
    frame = gpd.GeoDataFrame(
        {"id": [str(i) for i in range(4000)]}, geometry=shapely.points(xy), crs=2154
    )
    with territory.transaction("trees") as tx:
        tx.insert("tree", frame)
    found = territory.geo("tree", columns=["id"]).geometry
    jump = np.hypot(np.diff(found.x), np.diff(found.y)).mean()
    scattered = np.hypot(*np.diff(xy, axis=0).T).mean()
    assert jump < scattered / 10


def test_raster_enters_bit_for_bit_and_is_cut_anywhere(territory: Territory) -> None:
    values = np.random.default_rng(0).normal(size=(30, 1200)).astype(np.float32)
    bounds = (399500.5, 6900000.5, 400700.5, 6900030.5)
    with territory.transaction("dtm") as tx:
        assert tx.put_raster("dtm", [RasterWindow(bounds, values)]) == 2
    layer = territory.raster("dtm")
    assert layer.tiles() == ["0399_6901", "0400_6901"]
    found, affine = layer.read(bounds)
    assert np.array_equal(found, values)
    assert affine * (0, 0) == (bounds[0], bounds[3])
    inner, affine = layer.read((399999, 6900010, 400002, 6900012))
    assert inner.shape == (3, 4)
    assert affine * (0, 0) == (399998.5, 6900012.5)
    assert np.array_equal(inner, values[18:21, 498:502])
    assert (territory.path / "rasters" / "dtm.vrt").is_file()


def test_rasters_have_the_same_history_as_rows(territory: Territory) -> None:
    bounds = (0.5, 0.5, 10.5, 10.5)
    with territory.transaction("one") as tx:
        tx.put_raster("dsm", [RasterWindow(bounds, np.full((10, 10), 1, np.float32))])
    before = territory.version
    with territory.transaction("two") as tx:
        tx.put_raster("dsm", [RasterWindow(bounds, np.full((10, 10), 2, np.float32))])
    assert territory.raster("dsm").read(bounds)[0].max() == 2
    assert territory.at(version=before).raster("dsm").read(bounds)[0].max() == 1
    with pytest.raises(RuntimeError), territory.transaction("three") as tx:
        tx.put_raster("dsm", [RasterWindow(bounds, np.full((10, 10), 3, np.float32))])
        raise RuntimeError
    assert territory.raster("dsm").read(bounds)[0].max() == 2
    assert len(list((territory.path / "rasters" / "dsm").glob("*.tif"))) == 2


def test_extent_covers_facts(territory: Territory, lamps: gpd.GeoDataFrame) -> None:
    assert territory.extent() is None
    with territory.transaction("lamps") as tx:
        tx.upsert("luminaire", lamps)
    assert territory.extent() == (400000, 6900000, 400060, 6900010)
