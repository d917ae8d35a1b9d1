# SPDX-License-Identifier: EUPL-1.2
"""GeoPackage, Shapefile, GeoJSON and FlatGeobuf, whole and wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from jumeau.base.errors import JumeauError

FORMATS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}


def save(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    frame.to_file(path, driver=FORMATS[path.suffix], **options)
    return path


def zipped(path: Path) -> Path:
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w") as archive:
        for item in path.parent.iterdir():
            if item.stem == path.stem and item != target:
                archive.write(item, item.name)
    return target


@pytest.mark.parametrize("suffix", list(FORMATS))
@pytest.mark.parametrize("inside", [False, True])
def test_every_format_plain_and_zipped(
    read: Any, lamps: Any, tmp_path: Path, suffix: str, inside: bool
):
    path = save(lamps, tmp_path / f"points{suffix}")
    got = read(zipped(path) if inside else path, "luminaire")
    assert (got.read, got.announced, got.dropped) == (40, 40, 0)
    assert sorted(got.column("id")) == sorted(lamps["id"])
    assert set(got.column("lamp_type")) == {"HPS", "LED", "MH", "HPM"}
    by_id = dict(zip(got.column("id"), got.shapes, strict=True))
    expected = dict(zip(lamps["id"], lamps.geometry, strict=True))
    assert all(by_id[key].distance(expected[key]) < 1e-6 for key in expected)
    assert got.source["crs"] == "EPSG:2154"


@pytest.mark.parametrize("cut", [0.05, 0.5, 0.97])
def test_a_truncated_geopackage_is_refused(read: Any, lamps: Any, tmp_path: Path, cut: float):
    path = save(lamps, tmp_path / "points.gpkg")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(JumeauError, match="JUM-S004"):
        read(path, "luminaire")


@pytest.mark.parametrize(("suffix", "part"), [(".shp", ".shp"), (".shp", ".dbf"), (".fgb", ".fgb")])
def test_truncated_parts_are_refused(read: Any, lamps: Any, tmp_path: Path, suffix: str, part: str):
    path = save(lamps, tmp_path / f"points{suffix}")
    target = path.with_suffix(part)
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])
    with pytest.raises(JumeauError, match=r"JUM-S00[47]"):
        read(path, "luminaire")


def test_a_truncated_geojson_is_refused(read: Any, lamps: Any, tmp_path: Path):
    path = save(lamps, tmp_path / "points.geojson")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(JumeauError, match=r"JUM-S00[47]"):
        read(path, "luminaire")


def test_json_that_is_no_geojson_is_refused(read: Any, tmp_path: Path):
    (tmp_path / "a.json").write_text('{"message": "Not found"}')
    with pytest.raises(JumeauError, match="JUM-S007"):
        read(tmp_path / "a.json", "luminaire")


def test_a_shapefile_without_dbf_gives_its_geometry(read: Any, lamps: Any, tmp_path: Path):
    path = save(lamps, tmp_path / "points.shp")
    path.with_suffix(".dbf").unlink()
    got = read(path, "luminaire")
    assert (got.table.num_rows, got.announced) == (40, 40)
    assert got.codes["JUM-S104"].severity == "degrades"
    assert got.mapping == {}


@pytest.mark.parametrize("inside", [False, True])
def test_a_shapefile_without_shx_is_restored_apart(
    read: Any, lamps: Any, tmp_path: Path, inside: bool
):
    path = save(lamps, tmp_path / "points.shp")
    path.with_suffix(".shx").unlink()
    got = read(zipped(path) if inside else path, "luminaire")
    assert got.table.num_rows == 40
    assert "JUM-S105" in got.codes
    assert not path.with_suffix(".shx").exists()


def test_a_shapefile_without_prj_is_placed_by_its_coordinates(
    read: Any, lamps: Any, tmp_path: Path
):
    path = save(lamps, tmp_path / "points.shp")
    path.with_suffix(".prj").unlink()
    got = read(path, "luminaire")
    assert got.source["crs"] == "EPSG:2154"
    assert got.codes["JUM-S106"].severity == "degrades"
    got = read(path, "luminaire", source_crs="EPSG:2154")
    assert "JUM-S106" not in got.codes


def dbf(path: Path, encoding: str, cpg: str | None) -> None:
    """Write the .dbf of a shapefile again in an encoding, without the mark of its header."""
    import pyogrio

    frame = pyogrio.read_dataframe(path)
    for suffix in (".shp", ".shx", ".dbf", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = 0
    path.with_suffix(".dbf").write_bytes(raw)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)


@pytest.mark.parametrize(
    ("encoding", "cpg", "found"),
    [
        ("UTF-8", None, "UTF-8"),
        ("UTF-8", "UTF-8", "UTF-8"),
        ("UTF-8", "ISO-8859-1", "UTF-8"),
        ("CP1252", None, "Windows-1252"),
        ("CP1252", "UTF-8", "Windows-1252"),
        ("CP1252", "1252", "Windows-1252"),
        ("CP850", "CP850", "cp850"),
    ],
)
def test_encodings_of_dbf(
    read: Any, lamps: Any, tmp_path: Path, encoding: str, cpg: str | None, found: str
):
    lamps["support"] = ["Mât d'été", "Façade"] * 20
    path = save(lamps, tmp_path / "points.shp")
    dbf(path, encoding, cpg)
    got = read(path, "luminaire")
    assert set(got.column("support")) == {"Mât d'été", "Façade"}
    assert got.source["encoding"] == found
    assert ("JUM-S100" in got.codes) == (found == "Windows-1252" and cpg != "1252")


def test_both_encodings_in_one_dbf(read: Any, lamps: Any, tmp_path: Path):
    lamps["support"] = "Façade"
    path = save(lamps, tmp_path / "points.shp")
    raw = path.with_suffix(".dbf").read_bytes()
    odd = raw.replace("Façade".encode(), "Façade".encode("cp1252") + b" ", 3)
    path.with_suffix(".dbf").write_bytes(odd)
    got = read(path, "luminaire")
    assert set(got.column("support")) == {"Façade"}
    assert got.data("JUM-S101")["count"] == 3
    assert got.repaired == 3


def test_mojibake_written_into_a_geopackage(read: Any, lamps: Any, tmp_path: Path):
    lamps["support"] = ["FaÃ§ade"] * 5 + ["Façade"] * 35
    got = read(save(lamps, tmp_path / "points.gpkg"), "luminaire")
    assert set(got.column("support")) == {"Façade"}
    assert got.data("JUM-S102")["count"] == 5
    assert got.repaired == 5


def test_a_geojson_in_windows_1252_is_read_and_left_as_it_is(read: Any, lamps: Any, tmp_path: Path):
    lamps["Matériau"] = "Façade"
    path = save(lamps.to_crs(4326), tmp_path / "points.geojson")
    path.write_bytes(path.read_bytes().decode().encode("cp1252"))
    before = path.read_bytes()
    got = read(path, "luminaire", {"Matériau": "support", "id": "id"})
    assert set(got.column("support")) == {"Façade"}
    assert "JUM-S100" in got.codes
    assert path.read_bytes() == before


def test_geojson_without_crs_in_lambert_is_recognised(read: Any, tmp_path: Path):
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [770000.5, 6280000.25]},
    }
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    got = read(path, "luminaire")
    assert (got.shapes[0].x, got.shapes[0].y) == (770000.5, 6280000.25)
    assert got.codes["JUM-S135"].severity == "degrades"


def test_a_geopackage_with_several_layers_wants_a_choice(read: Any, lamps: Any, tmp_path: Path):
    path = tmp_path / "ville.gpkg"
    save(lamps, path, layer="points_lumineux")
    save(lamps.head(3), path, layer="armoires")
    with pytest.raises(JumeauError, match=r"JUM-S005[\s\S]*points_lumineux, armoires"):
        read(path, "luminaire")
    assert read(path, "luminaire", source_layer="Armoires").read == 3
    with pytest.raises(JumeauError, match=r"JUM-S006[\s\S]*armoires"):
        read(path, "luminaire", source_layer="armoire")


def test_an_empty_layer_is_told(read: Any, lamps: Any, tmp_path: Path):
    for suffix in FORMATS:
        if suffix == ".fgb":
            continue
        got = read(save(lamps.head(0), tmp_path / f"vide{suffix}"), "luminaire")
        assert (got.read, got.table.num_rows) == (0, 0)
        assert "JUM-S129" in got.codes


def test_arcs_become_chords(read: Any, tmp_path: Path):
    arc = "CURVEPOLYGON(CIRCULARSTRING(770000 6280000,770010 6280010,770020 6280000,"
    arc += "770010 6279990,770000 6280000))"
    (tmp_path / "c.csv").write_text(f'id,WKT\n1,"{arc}"\n')
    (tmp_path / "c.vrt").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="c"><SrcDataSource relativeToVRT="1">c.csv'
        "</SrcDataSource><GeometryType>wkbCurvePolygon</GeometryType><LayerSRS>EPSG:2154</LayerSRS>"
        '<GeometryField encoding="WKT" field="WKT"/></OGRVRTLayer></OGRVRTDataSource>'
    )
    command = ["ogr2ogr", "-f", "GPKG", tmp_path / "c.gpkg", tmp_path / "c.vrt"]
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is not here to write an arc")
    subprocess.run(command, check=True, capture_output=True)
    got = read(tmp_path / "c.gpkg", "building")
    assert got.shapes[0].area == pytest.approx(np.pi * 100, rel=1e-3)
    assert "JUM-S131" in got.codes


def test_field_names_with_accents_and_marks(read: Any, lamps: Any, tmp_path: Path):
    lamps["Hauteur (cm)"] = 750
    path = save(lamps, tmp_path / "points.gpkg")
    got = read(path, "luminaire")
    assert got.mapping["Hauteur (cm)"] == "height_m"
    assert got.column("height_m")[0] == pytest.approx(7.5)
    assert got.data("JUM-S133") == {
        "attribute": "height_m",
        "column": "Hauteur (cm)",
        "unit": "cm",
        "target": "m",
    }


def test_the_order_of_features_is_kept(read: Any, tmp_path: Path):
    points = shapely.points(np.arange(200) + 770_000.0, np.full(200, 6_280_000.0))
    frame = gpd.GeoDataFrame({"id": np.arange(200)}, geometry=points, crs=2154)
    got = read(save(frame, tmp_path / "p.gpkg"), "tree")
    assert got.column("id") == [str(number) for number in range(200)]
    assert [point.x for point in got.shapes] == list(frame.geometry.x)
