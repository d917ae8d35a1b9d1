# SPDX-License-Identifier: EUPL-1.2
"""Meters of the demonstrator: curves that follow weather and hours, one fault, real gaps."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

import jumeau
from jumeau.base import plugins
from jumeau.base.contract import SyntheticPart
from jumeau.base.errors import MissingFileError
from jumeau.worksites.buildings import synthetic
from jumeau.worksites.buildings.synthetic import ESTATE, FAULT, METERS, READINGS, SENSORS

NAMES = ("Mairie", "Groupe scolaire Jules-Ferry", "Salle des fêtes", "Médiathèque", "Maison Durand")
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def commune(tmp_path: Path) -> Path:
    """Write four public buildings and a house, one of them without its floor area."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "cleabs": f"BATIMENT{rank:016d}", "nom": name, "public": name != NAMES[-1],
                "nombre_d_etages": 2, "surface_plancher": None if rank == 3 else 900.0,
                "usage_1": "Indifférencié", "hauteur": 6.0,
            },
            "geometry": json.loads(
                shapely.to_geojson(shapely.box(400_000 + 50 * rank, 6_900_000, 400_025 + 50 * rank,
                                               6_900_020))
            ),
        }
        for rank, name in enumerate(NAMES)
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    document = {"type": "FeatureCollection", "crs": crs, "features": features}
    (tmp_path / "batiment.geojson").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def curves(folder: Path) -> dict[str, dict[datetime, float]]:
    """Return meter → {instant: reading}."""
    found: dict[str, dict[datetime, float]] = defaultdict(dict)
    with (folder / READINGS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            found[row["id_compteur"]][datetime.fromisoformat(row["horodate"])] = float(
                row["valeur"]
            )
    return found


def nights(curve: dict[datetime, float], first: str, last: str) -> np.ndarray:
    """Return the readings of the hours from 0 to 4 of the winter days between two dates."""
    chosen = []
    for time, value in curve.items():
        local = time.astimezone(PARIS)
        if first <= local.date().isoformat() <= last and local.hour < 4:
            chosen.append(value)
    return np.array(chosen)


def test_it_is_a_part_of_the_demonstrator() -> None:
    assert isinstance(METERS, SyntheticPart)
    assert plugins.load("jumeau.synthetic", "buildings") is METERS


def test_each_public_building_has_its_meters(commune: Path) -> None:
    METERS.write(str(commune), 0)
    sensors = [
        item["properties"]
        for item in json.loads((commune / SENSORS).read_text(encoding="utf-8"))["features"]
    ]
    by_building = defaultdict(set)
    for sensor in sensors:
        by_building[sensor["batiment"]].add(sensor["grandeur"])
    keys = [f"BATIMENT{rank:016d}" for rank in range(4)]
    power, gas = "electricity_consumption", "gas_consumption"
    assert by_building.keys() == set(keys)  # the house of the Durands is nobody's business
    assert {power, gas} <= by_building[keys[0]]
    assert by_building[keys[1]] == {power, gas}
    assert by_building[keys[2]] == by_building[keys[3]] == {power}
    assert sorted({sensor["pas_s"] for sensor in sensors}) == [3600.0, 86_400.0]
    with (commune / ESTATE).open(encoding="utf-8", newline="") as file:
        heated = {row["cleabs"]: row["chauffage"] for row in csv.DictReader(file, delimiter=";")}
    assert heated[keys[0]] == "Gaz naturel" and "pompe à chaleur" in heated[keys[3]]


def test_curves_follow_the_cold_and_have_gaps(commune: Path) -> None:
    METERS.write(str(commune), 0)
    found = curves(commune)
    air = {time.astimezone(PARIS).date(): value for time, value in found["TEMP-0000"].items()}
    assert 9 < np.mean(list(air.values())) < 13
    gas = {
        time.astimezone(PARIS).date(): value
        for time, value in found["GAZ-0000"].items()
        if time.astimezone(PARIS).weekday() < 5 and time.astimezone(PARIS).month in (11, 12, 1, 2)
    }
    days = sorted(gas.keys() & air.keys())
    slope = np.corrcoef([air[day] for day in days], [gas[day] for day in days])[0, 1]
    assert slope < -0.7
    for name, curve in found.items():
        if name.startswith("TEMP"):
            continue
        expected = 17_544 if len(curve) > 1000 else 731
        assert 0.95 * expected < len(curve) < expected, name  # holes
        assert sum(value == 0 for value in curve.values()) >= 2, name  # false zeros
        assert min(curve.values()) >= 0


def test_the_school_loses_its_programme_on_a_known_day(commune: Path) -> None:
    METERS.write(str(commune), 0)
    gas = curves(commune)["GAZ-0001"]
    before = nights(gas, "2023-01-09", "2023-02-10")
    after = nights(gas, FAULT.isoformat(), "2024-02-10")
    sound = nights(gas, "2023-11-06", "2024-01-07")
    assert np.median(before) < 0.5 * np.median(after)
    assert np.median(sound) < 0.5 * np.median(after)


def test_a_seed_writes_the_same_bytes_in_any_process(commune: Path) -> None:
    names = (ESTATE, SENSORS, READINGS)

    def written() -> list[bytes]:
        return [(commune / name).read_bytes() for name in names]

    METERS.write(str(commune), 3)
    first = written()
    command = (
        "import sys; from jumeau.worksites.buildings.synthetic import METERS; "
        "METERS.write(sys.argv[1], 3)"
    )
    subprocess.run([sys.executable, "-c", command, str(commune)], check=True)
    assert written() == first
    METERS.write(str(commune), 4)
    assert written()[2] != first[2]


def test_meters_enter_the_twin_as_any_file(commune: Path, tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    names = {"cleabs": "id", "nom": "name", "surface_plancher": "floor_area_m2", "public": "public"}
    territory.add(commune / "batiment.geojson", "building", names)
    reports = [territory.add(**step) for step in METERS.write(str(commune), 0)]
    assert [report.dropped for report in reports] == [0, 0, 0]
    assert [report.updated for report in reports] == [4, 0, 0]
    energies = {row["heating_energy"] for row in territory.table("building").to_pylist()}
    assert {"Gaz naturel", None} < energies
    sensors = {row["id"]: row for row in territory.table("sensor").to_pylist()}
    rows = territory.table("observation").to_pylist()
    assert len(rows) == reports[2].read == sum(map(len, curves(commune).values()))
    assert {row["sensor_id"] for row in rows} == sensors.keys()
    assert {row["unit"] for row in rows} == {"kWh", "°C"}
    assert {row["table"] for row in sensors.values()} == {"building"}


def test_every_kind_has_a_known_heating_system() -> None:
    for kind in synthetic.kinds():
        assert kind.system in synthetic._EFFICIENCY
        assert len(kind.days) == 7 and set(kind.days) <= {"0", "1"}
        assert 0 <= kind.opens < kind.closes <= 24


def test_without_the_commune_it_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="JUM-E100"):
        METERS.write(str(tmp_path), 0)
