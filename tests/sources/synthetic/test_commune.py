# SPDX-License-Identifier: EUPL-1.2
"""The files of the demonstrator commune: the same bytes from the same seed, entering whole."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely

import jumeau
from jumeau.base import grid, plugins
from jumeau.base.contract import SyntheticPart
from jumeau.sources import synthetic
from jumeau.twin.territory import Territory

WRITE = """
import json, sys
import rasterio
from jumeau.sources import synthetic
with rasterio.Env(GDAL_CACHEMAX=4096):
    print(json.dumps(synthetic.COMMUNE.write(sys.argv[1], int(sys.argv[2]))))
"""
"""Another process, whose GDAL has another cache: burning outlines would depend on it."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder and the steps of seed 0, as another process writes them."""
    folder = tmp_path_factory.mktemp("commune")
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(folder), "0"],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    return folder, json.loads(done.stdout)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Territory:
    """The territory of seed 0."""
    return synthetic.commune(tmp_path_factory.mktemp("twin") / "commune.jumeau")


def features(folder: Path, name: str) -> list[dict[str, Any]]:
    document = json.loads((folder / name).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["features"]
    return found


def test_the_part_is_registered():
    part = plugins.load("jumeau.synthetic", "commune")
    assert isinstance(part, SyntheticPart)
    assert part is synthetic.COMMUNE


def test_the_public_names_are_functions() -> None:
    """The module of the département must not hide the function of that name."""
    assert jumeau.sources.synthetic is synthetic
    assert callable(synthetic.commune) and callable(synthetic.department)


def test_the_same_seed_writes_the_same_bytes_in_any_process(
    written: tuple[Path, list[dict[str, Any]]], made: Territory
):
    """What another process wrote is what entered this territory."""
    theirs = {
        Path(step["file"]).name: hashlib.sha256(Path(step["file"]).read_bytes()).hexdigest()
        for step in written[1]
    }
    entered = {row["file"]: row["sha256"] for row in made.table("source").to_pylist()}
    assert len(theirs) > 30
    assert {name: entered.get(name) for name in theirs} == theirs


def test_elevation_tiles_are_named_and_aligned_as_ign_does(
    written: tuple[Path, list[dict[str, Any]]],
):
    _, steps = written
    layers: dict[str, dict[str, np.ndarray]] = {}
    for step in steps:
        if step["table"] in {"dtm", "dsm", "height"}:
            name = Path(step["file"]).name
            assert name.startswith("RGEALTI_FXX_") and name.endswith("_LAMB93_IGN69.tif")
            tile = grid.Tile.parse("_".join(name.split("_")[2:4]))
            with rasterio.open(step["file"]) as image:
                assert tuple(image.bounds) == tile.bounds
                assert image.crs.to_epsg() == 2154 and image.nodata == -99999
                assert image.shape == (1000, 1000)
                layers.setdefault(step["table"], {})[tile.name] = image.read(1)
    assert {name: len(tiles) for name, tiles in layers.items()} == {
        "dtm": 6, "dsm": 6, "height": 6
    }  # fmt: skip
    for name, ground in layers["dtm"].items():
        assert (layers["dsm"][name] >= ground - 0.011).all()
        assert np.allclose(layers["height"][name], layers["dsm"][name] - ground, atol=0.011)


def test_roofs_stand_on_the_ground_at_their_height(made: Territory):
    rows = made.table("building").to_pandas()
    known = rows[rows["height_m"].notna() & (rows["use"] == "Résidentiel")].iloc[::12]
    gutters, ridges = [], []
    for row in known.itertuples():
        shape = shapely.from_wkb(row.geometry)
        inside = shapely.contains_xy(shape, *np.meshgrid(*grid.centres(shape.bounds)))
        height, _ = made.raster("height").read(shape.bounds)
        gutters.append(np.percentile(height[inside], 5) - row.height_m)
        surface = made.raster("dsm").read(shape.bounds)[0][inside]
        ridges.append(np.max(surface) - row.roof_m)
    assert abs(np.median(gutters)) < 0.3
    assert np.percentile(np.abs(gutters), 90) < 1.0
    # A ridge between two cells is lost: half a cell on each side, at the pitch of an old roof.
    assert np.median(np.abs(ridges)) < 0.2
    assert np.percentile(np.abs(ridges), 90) < 1.1


def test_every_record_enters(made: Territory):
    sources = made.table("source").to_pandas()
    assert (sources["dropped"] == 0).all(), sources[sources["dropped"] > 0]["file"].tolist()
    assert (sources["repaired"] == 0).all()
    for column in ("publisher", "licence", "title", "vintage"):
        assert sources[column].notna().all()
    severities = set(made.table("finding").to_pandas()["severity"])
    assert severities <= {"informs"}


def test_every_table_is_there(made: Territory):
    counts = {
        "municipality": (1, 1), "district": (5, 5), "street": (110, 160),
        "building": (1300, 1700), "parcel": (1200, 2000), "address": (900, 1300),
        "tree": (600, 2000), "vegetation": (200, 700), "watercourse": (2, 4),
        "water_body": (1, 4), "bridge": (4, 7), "storage_tank": (1, 1), "population": (40, 110),
        "hazard_zone": (3, 3), "budget": (42, 42), "traffic_count": (8, 30),
        "luminaire": (300, 500), "cabinet": (6, 12), "place": (15, 30),
    }  # fmt: skip
    for table, (least, most) in counts.items():
        assert least <= made.count(table) <= most, (table, made.count(table))
    for layer in ("dtm", "dsm", "height"):
        assert len(made.raster(layer).tiles()) == 6


def test_facts_are_half_known_as_in_real_files(made: Territory):
    rows = made.table("building").to_pandas()
    for column, (least, most) in {
        "height_m": (0.85, 0.96), "floors": (0.6, 0.8), "built_year": (0.5, 0.9),
        "rnb_id": (0.9, 0.98), "roof_m": (0.85, 0.96), "ground_m": (1, 1),
    }.items():  # fmt: skip
        assert least <= rows[column].notna().mean() <= most, column
    public = rows[rows["public"].fillna(False).astype(bool)]
    assert public["name"].notna().all()
    assert 3 <= public["floor_area_m2"].isna().sum() < 0.4 * len(public)  # as real files lack some
    assert rows["ground_m"].between(40, 130).all()
    assert (rows["roof_m"] > rows["ground_m"]).sum() == rows["roof_m"].notna().sum()


def test_people_are_counted_once(made: Territory):
    (town,) = made.table("municipality").to_pylist()
    cells = made.table("population").to_pandas()
    assert 2400 <= town["population"] <= 3200
    assert cells["inhabitants"].sum() == town["population"]
    assert (town["id"], town["department"], town["region"]) == ("14999", "14", "28")


def test_parcels_are_named_as_the_land_register_does(made: Territory):
    rows = made.table("parcel").to_pandas()
    assert rows["id"].str.fullmatch(r"14999000[A-Z]{2}\d{4}").all()
    assert rows["id"].is_unique
    assert (rows["section"] == rows["id"].str[8:10]).all()
    areas = shapely.area(shapely.from_wkb(rows["geometry"]))
    assert np.allclose(areas, rows["area_m2"], atol=1.0)


def test_addresses_are_written_as_ban_does(written: tuple[Path, list[dict[str, Any]]]):
    folder, _ = written
    with (folder / "adresses-14999.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    cadastre = features(folder, "cadastre-14999-parcelles.json")
    parcels = {item["properties"]["id"] for item in cadastre}
    assert len({row["id"] for row in rows}) == len(rows)
    held = [row["cad_parcelles"] for row in rows if row["cad_parcelles"]]
    assert len(held) > 0.95 * len(rows) and set(held) <= parcels
    for row in rows[::50]:
        assert row["id"].startswith(f"{row['id_fantoir']}_{int(row['numero']):05d}")
        assert 48 < float(row["lat"]) < 50 and -2 < float(row["lon"]) < 0


def test_traffic_is_counted_on_streets_that_exist(written: tuple[Path, list[dict[str, Any]]]):
    folder, _ = written
    streets = {
        item["properties"]["cleabs"]: item["properties"]["nom_voie"]
        for item in features(folder, "troncon_de_route.geojson")
    }
    with (folder / "comptages.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            assert streets[row["id_troncon"]] == row["nom_voie"]
            assert 200 <= int(row["tmj"]) <= 4200


def test_a_third_party_finds_the_files_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    seen: list[set[str]] = []

    class Wells:
        """A part that stands on ours."""

        name = "a-part-of-others"

        def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
            """Look at what is there."""
            seen.append({path.name for path in Path(folder).iterdir()})
            return []

    parts = {"commune": _Small(), "a-part-of-others": Wells()}
    real = plugins.load_all
    monkeypatch.setattr(
        plugins, "load_all", lambda group: parts if group == "jumeau.synthetic" else real(group)
    )
    territory = synthetic.commune(tmp_path / "t")
    territory.close()
    assert seen == [{"commune.geojson"}]


class _Small(synthetic.Commune):
    """Our part, cut down to one file."""

    def write(self, folder: str, seed: int = 0, progress: Any = None) -> list[dict[str, Any]]:
        """Write one file."""
        facts = {"insee_com": "14999", "nom": "S"}
        shape = {"type": "Polygon", "coordinates": [[[4e5, 6.9e6], [4.01e5, 6.9e6],
                                                     [4e5, 6.901e6], [4e5, 6.9e6]]]}  # fmt: skip
        document = {"type": "FeatureCollection",
                    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
                    "features": [{"type": "Feature", "properties": facts,
                                  "geometry": shape}]}  # fmt: skip
        path = Path(folder) / "commune.geojson"
        path.write_text(json.dumps(document), encoding="utf-8")
        mapping = {"insee_com": "id", "nom": "name"}
        return [{"file": str(path), "table": "municipality", "mapping": mapping}]


def test_what_parts_have_hidden_is_kept_and_never_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    class Hiding:
        """A part with a secret."""

        name = "hiding"

        def write(self, folder: str, seed: int) -> list[dict[str, Any]]:
            """Write a key."""
            (Path(folder) / synthetic.KEYS).mkdir()
            (Path(folder) / synthetic.KEYS / "leaks.csv").write_text("here", encoding="utf-8")
            return []

    parts = {"commune": _Small(), "hiding": Hiding()}
    real = plugins.load_all
    monkeypatch.setattr(
        plugins, "load_all", lambda group: parts if group == "jumeau.synthetic" else real(group)
    )
    territory = synthetic.commune(tmp_path / "t")
    assert (Path(territory.path) / "key" / "leaks.csv").read_text("utf-8") == "here"
    assert [row["file"] for row in territory.table("source").to_pylist()] == ["commune.geojson"]
    territory.close()


def test_the_same_commune_overseas(tmp_path: Path):
    crs, insee = "EPSG:2975", "97499"
    territory = synthetic.commune(tmp_path / "t", crs=crs)
    assert territory.crs == crs and list(territory.insee) == [insee]
    sources = territory.table("source").to_pandas()
    assert (sources["dropped"] == 0).all() and (sources["repaired"] == 0).all()
    west, south, east, north = (
        territory.sql("SELECT min(xmin), min(ymin), max(xmax), max(ymax) FROM building")
        .to_pylist()[0]
        .values()
    )
    (town,) = territory.table("municipality").to_pylist()
    limit = shapely.from_wkb(town["geometry"])
    assert limit.contains(shapely.box(west + 200, south + 200, east - 200, north - 200).centroid)
    assert town["id"] == insee
    territory.close()
