# SPDX-License-Identifier: EUPL-1.2
"""Bad input through the twin: a coded error or a finding, and the twin as it was."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base.errors import JumeauError

X, Y = 770_000.0, 6_280_000.0


@pytest.fixture
def twin(tmp_path: Path) -> Any:
    return jumeau.create(tmp_path / "ville", name="Ville", crs="EPSG:2154", insee=["34172"])


def frame(count: int = 20, crs: int = 2154) -> gpd.GeoDataFrame:
    points = shapely.points(X + np.arange(count), np.full(count, Y))
    made = gpd.GeoDataFrame({"id": [f"P{k}" for k in range(count)]}, geometry=points, crs=2154)
    return made.to_crs(crs)


def empty(folder: Path) -> Path:
    (folder / "l.csv").write_bytes(b"")
    return folder / "l.csv"


def wrong_crs(folder: Path) -> Path:
    frame(crs=4326).set_crs(2154, allow_override=True).to_file(folder / "l.gpkg")
    return folder / "l.gpkg"


def no_known_crs(folder: Path) -> Path:
    made = frame()
    made["geometry"] = shapely.transform(made.geometry.to_numpy(), lambda c: c * 9)
    made.to_file(folder / "l.shp")
    (folder / "l.prj").unlink()
    return folder / "l.shp"


def in_the_sea(folder: Path) -> Path:
    lines = ["id;lon;lat", *(f"{k};{-30 - k};10" for k in range(9))]
    (folder / "l.csv").write_text("\n".join(lines))
    return folder / "l.csv"


def truncated_gpkg(folder: Path) -> Path:
    frame().to_file(folder / "l.gpkg")
    whole = (folder / "l.gpkg").read_bytes()
    (folder / "l.gpkg").write_bytes(whole[: len(whole) // 2])
    return folder / "l.gpkg"


def truncated_zip(folder: Path) -> Path:
    frame().to_file(folder / "l.gpkg")
    with zipfile.ZipFile(folder / "l.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "l.gpkg", "l.gpkg")
    whole = (folder / "l.zip").read_bytes()
    (folder / "l.zip").write_bytes(whole[:-200])
    return folder / "l.zip"


def no_positions(folder: Path) -> Path:
    (folder / "l.csv").write_text("id;puissance\na;100\n")
    return folder / "l.csv"


def other_geometry(folder: Path) -> Path:
    frame().buffer(5).to_frame("geometry").to_file(folder / "l.gpkg")
    return folder / "l.gpkg"


def html(folder: Path) -> Path:
    (folder / "l.geojson").write_text("<html><body>503</body></html>")
    return folder / "l.geojson"


def unknown_format(folder: Path) -> Path:
    (folder / "plan.dwg").write_bytes(b"AC1032")
    return folder / "plan.dwg"


def missing(folder: Path) -> Path:
    return folder / "absent.gpkg"


@pytest.mark.parametrize(
    "make",
    [
        empty,
        wrong_crs,
        no_known_crs,
        in_the_sea,
        truncated_gpkg,
        truncated_zip,
        no_positions,
        other_geometry,
        html,
        unknown_format,
        missing,
    ],
)
def test_a_wrong_file_changes_nothing(twin: Any, tmp_path: Path, make: Callable[[Path], Path]):
    folder = tmp_path / "in"
    folder.mkdir()
    frame(3).to_file(folder / "before.gpkg")
    twin.add(folder / "before.gpkg", table="luminaire")
    version = twin.version
    path = make(folder)
    with pytest.raises(JumeauError) as raised:
        twin.add(path, table="luminaire")
    assert str(raised.value).startswith("JUM-")
    assert raised.value.remedy
    assert twin.version == version
    assert twin.table("luminaire").num_rows == 3
    assert twin.table("source").num_rows == 1


@pytest.mark.parametrize(
    ("mapping", "close"),
    [({"puisance": "power_w"}, "puissance"), ({"puissance": "power"}, "power_w")],
)
def test_wrong_names_change_nothing(twin: Any, tmp_path: Path, mapping: dict[str, str], close: str):
    (tmp_path / "l.csv").write_text(f"id;x;y;puissance\na;{X};{Y};100\n")
    version = twin.version
    with pytest.raises(KeyError, match=close):
        twin.add(tmp_path / "l.csv", table="luminaire", mapping=mapping)
    assert twin.version == version


def test_what_is_repaired_is_told_and_stored(twin: Any, tmp_path: Path):
    text = f"id;x;y;support;lampe\na;{X};{Y};Façade;SHP\n"
    raw = text.encode() + f"b;{X};{Y + 1};Mât;LED\n".encode("cp1252")
    raw += b"c;770000;6280002\n" + f"a;{X};{Y};Façade;SHP\n".encode() + b"d;0;0;x;bougie\n"
    (tmp_path / "l.csv").write_bytes(raw)
    report = twin.add(tmp_path / "l.csv", table="luminaire")
    assert (report.read, report.added, report.dropped, report.repaired) == (5, 2, 3, 1)
    codes = set(report.findings["code"])
    assert {"JUM-S101", "JUM-S110", "JUM-S115", "JUM-S120", "JUM-S125"} <= codes
    assert set(twin.table("finding").column("code").to_pylist()) >= codes
    assert (report.findings["remedy"].str.len() > 0).all()
    rows = {row["id"]: row for row in twin.table("luminaire").to_pylist()}
    assert (rows["b"]["support"], rows["b"]["lamp_type"]) == ("Mât", "LED")


def test_the_same_file_adds_nothing_and_a_newer_one_updates_by_id(twin: Any, tmp_path: Path):
    path = tmp_path / "l.csv"
    path.write_text(f"id;x;y;puissance\na;{X};{Y};100\nb;{X};{Y + 9};70\n")
    assert twin.add(path, table="luminaire").added == 2
    again = twin.add(path, table="luminaire")
    assert (again.added, again.updated) == (0, 0)
    path.write_text(f"id;x;y;puissance\nb;{X};{Y + 9};80\nc;{X};{Y + 5};60\na;{X};{Y};100\n")
    newer = twin.add(path, table="luminaire")
    assert (newer.added, newer.updated, newer.unchanged) == (1, 1, 1)
    power = {row["id"]: row["power_w"] for row in twin.table("luminaire").to_pylist()}
    assert power == {"a": 100, "b": 80, "c": 60}


def test_files_without_identifier_update_by_position(twin: Any, tmp_path: Path):
    path = tmp_path / "l.csv"
    path.write_text(f"x;y;puissance\n{X};{Y};100\n{X};{Y + 9};70\n")
    twin.add(path, table="luminaire")
    path.write_text(f"x;y;puissance\n{X};{Y + 9};80\n{X};{Y};100\n")
    newer = twin.add(path, table="luminaire")
    assert (newer.added, newer.updated, newer.unchanged) == (0, 1, 1)


def test_a_raster_enters_by_tiles(twin: Any, tmp_path: Path):
    import rasterio
    from rasterio.transform import from_origin

    rng = np.random.default_rng(0)
    values = rng.uniform(10, 60, (40, 60)).astype(np.float32)
    with rasterio.open(
        tmp_path / "t.tif",
        "w",
        driver="GTiff",
        height=40,
        width=60,
        count=1,
        dtype="float32",
        transform=from_origin(X - 0.5, Y + 0.5, 1, 1),
        crs="EPSG:2154",
        nodata=-9999,
    ) as target:
        target.write(values, 1)
    twin.add(tmp_path / "t.tif", table="dtm")
    got, transform = twin.raster("dtm").read((X - 0.5, Y - 39.5, X + 59.5, Y + 0.5))
    assert got.tobytes() == values.tobytes()
    assert (transform.c, transform.f) == (X - 0.5, Y + 0.5)
