# SPDX-License-Identifier: EUPL-1.2
"""Synthetic lamps: seeded, along streets, half filled, and imported like any inventory."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base import contract, plugins
from jumeau.base.errors import MissingFileError
from jumeau.worksites import lighting
from jumeau.worksites.lighting import photometries
from jumeau.worksites.lighting.synthetic import LAMPS
from jumeau.worksites.lighting.synthetic_optics import RANGE, archive, distribution

NAMES = ("Route de Caen", "Rue des Lilas", "Sentier du Bief", "Grande Rue")
STREETS = {
    "type": "FeatureCollection",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
    "features": [
        {
            "type": "Feature",
            "properties": {"id": f"T{k}", "name": name, "width_m": 6.0, "hierarchy": "communale"},
            "geometry": {
                "type": "LineString",
                "coordinates": [[418000, 6882000 + 100 * k], [418900, 6882050 + 100 * k]],
            },
        }
        for k, name in enumerate(
            ("Route de Caen", "Rue des Lilas", "Sentier du Bief", "Grande Rue")
        )
    ],
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder where the streets of a neighbourhood are written."""
    (tmp_path / "streets.geojson").write_text(json.dumps(STREETS), encoding="utf-8")
    return tmp_path


def features(step: dict) -> list[dict]:
    return json.loads(Path(step["file"]).read_text(encoding="utf-8"))["features"]


def test_it_is_the_part_of_the_entry_point():
    assert plugins.load("jumeau.synthetic", "lighting") is LAMPS
    assert isinstance(LAMPS, contract.SyntheticPart)


def test_one_seed_writes_one_inventory(folder):
    def written(seed: int) -> list[bytes]:
        return [Path(step["file"]).read_bytes() for step in LAMPS.write(str(folder), seed)]

    first, again, other = written(3), written(3), written(4)
    assert first == again
    assert first[:2] != other[:2]
    assert first[2] == other[2], "one maker, one range"


def test_lamps_stand_beside_their_streets(folder):
    cabinets, lamps, _ = LAMPS.write(str(folder), 0)
    lines = [shapely.from_geojson(json.dumps(item["geometry"])) for item in STREETS["features"]]
    points = [shapely.Point(item["geometry"]["coordinates"]) for item in features(lamps)]
    gaps = np.array([min(point.distance(line) for line in lines) for point in points])
    assert 80 < len(points) < 200
    assert 2.5 < np.median(gaps) < 5 and gaps.max() < 8
    fed = {item["properties"]["num_armoire"] for item in features(lamps)}
    assert fed <= {item["properties"]["num_armoire"] for item in features(cabinets)}


def test_the_inventory_is_half_filled_like_real_ones(folder):
    rows = [item["properties"] for item in features(LAMPS.write(str(folder), 0)[1])]
    for name in ("puissance", "hauteur_feu", "date_pose"):
        filled = sum(row[name] is not None for row in rows) / len(rows)
        assert 0.3 < filled < 0.85
    places = [
        tuple(item["geometry"]["coordinates"]) for item in features(LAMPS.write(str(folder), 0)[1])
    ]
    assert len(places) - len(set(places)) == 1
    assert len({row["num_pl"] for row in rows}) == len(rows)


def test_it_enters_the_twin_without_loss(folder, tmp_path):
    territory = jumeau.create(tmp_path / "demo.jumeau", name="Démo")
    for step in LAMPS.write(str(folder), 0):
        report = territory.add(**step)
        assert report.dropped == 0 and report.added == report.read > 0
    table = territory.table("luminaire").to_pandas()
    assert table["lamp_type"].notna().all()
    assert table["power_w"].notna().any() and table["power_w"].isna().any()
    assert table["support"].notna().all() and table["cabinet_id"].notna().all()
    territory.close()


def test_without_streets_it_says_so(tmp_path):
    with pytest.raises(MissingFileError, match="JUM-L031"):
        LAMPS.write(str(tmp_path), 0)


def test_each_lamp_hangs_on_a_circuit_of_its_cabinet(folder):
    cabinets, lamps, _ = LAMPS.write(str(folder), 0)
    count = {
        item["properties"]["num_armoire"]: item["properties"]["nb_departs"]
        for item in features(cabinets)
    }
    used = set()
    for item in features(lamps):
        cabinet, _, circuit = item["properties"]["num_depart"].rpartition("-D")
        assert cabinet == item["properties"]["num_armoire"]
        assert 1 <= int(circuit) <= count[cabinet]
        used.add((cabinet, circuit))
    assert len(used) > len(count), "several circuits a cabinet"
    assert set(count.values()) <= {2, 3, 4}


def test_photometric_files_are_named_as_inventories_do(folder):
    rows = [item["properties"] for item in features(LAMPS.write(str(folder), 0)[1])]
    made = {item.file for item in RANGE}
    named = [row["photometrie"] for row in rows if row["photometrie"]]
    assert 0.2 < len(named) / len(rows) < 0.9
    exact = [name for name in named if name in made]
    assert 0.5 < len(exact) / len(named) < 0.95
    folded = {photometries.fold(name) for name in named}
    assert {photometries.fold(name) for name in made} & folded
    assert any("\\" in name for name in named), "a path of an office"
    tilts = {row["inclinaison"] for row in rows}
    assert tilts <= {None, 0.0, 5.0, 10.0} and len(tilts) > 2


@pytest.mark.parametrize("item", RANGE, ids=lambda item: item.file)
def test_each_file_of_the_range_is_read_whatever_its_fault(item, tmp_path):
    with zipfile.ZipFile(io.BytesIO(archive())) as packed:
        packed.extract(item.file, tmp_path)
    read, made = lighting.read_photometry(tmp_path / item.file), distribution(item)
    assert read.flux_lm == item.flux_lm
    assert read.lor == pytest.approx(item.lor, rel=1e-3)
    assert read.power_w == item.power_w
    assert read.luminous_size == pytest.approx(item.size, abs=1e-4)
    grid = made.c_angles[:, None], made.gamma_angles[None, :]
    assert np.abs(read.intensity(*grid) - made.candela).max() < 1e-5
    assert read.ulr < 0.04 and not read.generic


def test_the_range_has_the_faults_it_tells():
    with zipfile.ZipFile(io.BytesIO(archive())) as packed:
        content = {name: packed.read(name) for name in packed.namelist()}
    assert list(content) == [item.file for item in RANGE]
    assert b"," in content["VAL-AVENUE-72.LDT"] and b"." not in content["VAL-AVENUE-72.LDT"][300:]
    assert b"\n" not in content["VAL-PLACE-24.ies"]
    assert b" 1 0.3281 " in content["VAL-BORNE-12.ies"]
    assert b"vasque" in content["VAL-LANTERNE-SHP100.ldt"]
    with pytest.raises(UnicodeDecodeError):
        content["VAL-LANTERNE-SHP100.ldt"].decode("utf-8")


def test_a_street_lantern_lights_the_carriageway_more_than_the_houses():
    made = distribution(next(item for item in RANGE if item.file.startswith("VAL-RUE")))
    assert made.intensity(90.0, 40.0) > 2.0 * made.intensity(270.0, 40.0)
    assert made.intensity(30.0, 55.0) == pytest.approx(made.intensity(150.0, 55.0))
    found = lighting.road(made, height=6.5, spacing=25.0, width=6.0)
    assert 0.3 < found["lav"] < 1.5 and found["uo"] > 0.3


def test_the_photometric_files_enter_the_twin(folder, tmp_path):
    territory = jumeau.create(tmp_path / "demo.jumeau", name="Démo")
    report = territory.add(**LAMPS.write(str(folder), 0)[2])
    assert report.dropped == 0 and report.added == len(RANGE)
    table = territory.table("photometry").to_pandas()
    assert set(table["id"]) == {item.file for item in RANGE}
    assert table["flux_lm"].gt(0).all()
    territory.close()
