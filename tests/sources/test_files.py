# SPDX-License-Identifier: EUPL-1.2
"""Files as a source: the protocol, and which driver reads what."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from jumeau.base import plugins
from jumeau.base.contract import ImportRequest, Intake, Source
from jumeau.base.errors import JumeauError
from jumeau.sources.files import SOURCE
from jumeau.twin import schema


def request(file: Path, table: str = "luminaire", **options: Any) -> ImportRequest:
    return ImportRequest(str(file), schema.table(table), None, "EPSG:2154", None, options)


def test_the_source_is_one_and_is_registered():
    assert isinstance(SOURCE, Source)
    assert plugins.load("jumeau.sources", "files") is SOURCE


def test_an_intake_has_what_the_contract_says(lamps: Any, tmp_path: Path):
    lamps.to_file(tmp_path / "l.gpkg")
    got = SOURCE.read(request(tmp_path / "l.gpkg"))
    assert isinstance(got, Intake)
    assert (got.read, got.announced, got.dropped, got.repaired) == (40, 40, 0, 0)
    assert got.windows is None
    assert got.table is not None
    assert got.table.column_names == ["id", "geometry", "power_w", "lamp_type"]
    assert {"driver", "crs", "encoding", "layer", "columns", "unmapped"} <= set(got.source)


@pytest.mark.parametrize(
    ("suffix", "driver"),
    [
        (".gpkg", "GPKG"),
        (".geojson", "GeoJSON"),
        (".fgb", "FlatGeobuf"),
        (".shp", "ESRI Shapefile"),
    ],
)
def test_drivers_by_suffix(lamps: Any, tmp_path: Path, suffix: str, driver: str):
    lamps.to_file(tmp_path / f"l{suffix}")
    assert SOURCE.read(request(tmp_path / f"l{suffix}")).source["driver"] == driver


def test_a_suffix_in_capitals(lamps: Any, tmp_path: Path):
    lamps.to_file(tmp_path / "l.gpkg")
    shutil.move(tmp_path / "l.gpkg", tmp_path / "L.GPKG")
    assert SOURCE.claims(str(tmp_path / "L.GPKG")) > 0
    assert SOURCE.read(request(tmp_path / "L.GPKG")).read == 40


def test_accents_and_spaces_in_paths(lamps: Any, tmp_path: Path):
    folder = tmp_path / "données de l'éclairage {2014}"
    folder.mkdir()
    lamps.to_file(folder / "points lumineux.gpkg")
    assert SOURCE.read(request(folder / "points lumineux.gpkg")).read == 40
    archive = shutil.make_archive(str(tmp_path / "été 2014"), "zip", folder)
    assert SOURCE.read(request(Path(archive))).read == 40


def test_a_zip_within_a_folder_of_the_zip(lamps: Any, tmp_path: Path):
    folder = tmp_path / "in" / "SHP" / "LAMB93"
    folder.mkdir(parents=True)
    lamps.to_file(folder / "points.shp")
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "in")
    assert SOURCE.read(request(Path(archive))).read == 40


def test_a_layer_of_a_geopackage_inside_a_zip_of_several(lamps: Any, tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    lamps.to_file(folder / "ville.gpkg", layer="points")
    lamps.head(4).to_file(folder / "ville.gpkg", layer="armoires")
    archive = shutil.make_archive(str(tmp_path / "a"), "zip", folder)
    assert SOURCE.read(request(Path(archive), source_layer="armoires")).read == 4
    with pytest.raises(JumeauError, match="JUM-S005"):
        SOURCE.read(request(Path(archive)))


def test_the_file_itself_is_never_written(lamps: Any, tmp_path: Path):
    lamps.to_file(tmp_path / "l.gpkg")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "l.gpkg").chmod(0o444)
    SOURCE.read(request(tmp_path / "l.gpkg"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_importing_the_source_is_light():
    import subprocess
    import sys

    code = "import sys, jumeau.sources.files; "
    code += "print([m for m in ('pandas', 'geopandas', 'pyogrio', 'rasterio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
