# SPDX-License-Identifier: EUPL-1.2
"""The synthetic neighbourhood: the same from the same seed, and credible."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from jumeau.base.contract import ImportRequest, SyntheticPart
from jumeau.sources import synthetic
from jumeau.sources.files import SOURCE
from jumeau.twin import schema


@pytest.fixture(scope="module")
def town() -> synthetic.Town:
    return synthetic.draw(0)


def test_the_part_is_one():
    assert isinstance(synthetic.NEIGHBOURHOOD, SyntheticPart)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    def digests(folder: Path, seed: int) -> dict[str, str]:
        entries = synthetic.NEIGHBOURHOOD.write(str(folder), seed)
        files = [Path(entry["file"]) for entry in entries]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    first, again = digests(tmp_path / "a", 3), digests(tmp_path / "b", 3)
    other = digests(tmp_path / "c", 4)
    assert first == again
    assert first["streets.geojson"] != other["streets.geojson"]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_any_seed_gives_a_town(seed: int):
    town = synthetic.draw(seed)
    assert 35 <= len(town.streets) <= 45
    assert 500 <= len(town.buildings) <= 1100
    assert len(town.districts) == 4
    assert all(shape.is_valid and shape.area > 50_000 for shape in town.districts.values())


def test_size_and_place(town: synthetic.Town):
    assert 0.6e6 < town.boundary.area < 1.2e6
    west, south, east, north = town.boundary.bounds
    assert 400_000 < west < east < 440_000 and 6_870_000 < south < north < 6_900_000
    covered = shapely.union_all(list(town.districts.values()))
    assert covered.symmetric_difference(town.boundary).area < 1


def test_streets_meet_and_bend(town: synthetic.Town):
    lines = [street.line for street in town.segments]
    assert sum(line.length for line in lines) == pytest.approx(
        sum(street.line.length for street in town.streets), rel=1e-9
    )
    network = shapely.line_merge(shapely.union_all(lines))
    # One network: from any street one can walk to any other.
    assert len(shapely.get_parts(shapely.union_all([line.buffer(0.01) for line in lines]))) == 1
    assert network.length > 7000
    straight = [
        line.length / shapely.Point(line.coords[0]).distance(shapely.Point(line.coords[-1]))
        for line in lines
        if line.length > 60
    ]
    assert np.mean(straight) > 1.01
    # No grid: bearings of segments spread over all directions.
    ends = np.array([np.subtract(line.coords[-1], line.coords[0]) for line in lines])
    bearings = np.degrees(np.arctan2(ends[:, 1], ends[:, 0])) % 90
    assert np.histogram(bearings, 6, (0, 90))[0].max() < 0.4 * len(bearings)


def test_buildings_stand_on_free_ground(town: synthetic.Town):
    shapes = np.array([item.shape for item in town.buildings], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 25).all()
    carriageways = shapely.union_all(
        [street.line.buffer(street.width / 2) for street in town.streets]
    )
    houses = np.array([item.shape for item in town.buildings if not item.public], dtype=object)
    assert shapely.intersection(houses, carriageways).size
    assert shapely.area(shapely.intersection(houses, carriageways)).max() < 0.01
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = pairs[:, pairs[0] < pairs[1]]
    shared = shapely.area(shapely.intersection(shapes[pairs[0]], shapes[pairs[1]]))
    assert shared.max(initial=0) < 1.0
    assert town.boundary.contains(shapely.union_all(shapes))


def test_the_bourg_is_older_and_denser_than_the_estates(town: synthetic.Town):
    by_zone: dict[str, list[Any]] = {}
    for item in town.buildings:
        if not item.public:
            by_zone.setdefault(item.street.zone, []).append(item)
    assert np.mean([item.year for item in by_zone["bourg"]]) < 1920
    assert np.mean([item.year for item in by_zone["lotissement"]]) > 1980
    assert np.mean([item.height for item in by_zone["bourg"]]) > np.mean(
        [item.height for item in by_zone["lotissement"]]
    )
    names = {item.name for item in town.buildings if item.public}
    assert {"Mairie", "Église Saint-Aubin", "Salle polyvalente"} <= names
    assert all(2 < item.height < 15 for item in town.buildings)


def test_the_files_enter_whole(tmp_path: Path):
    entries = synthetic.NEIGHBOURHOOD.write(str(tmp_path), 0)
    assert {entry["table"] for entry in entries} == {
        "place",
        "district",
        "street",
        "building",
        "address",
        "tree",
        "budget",
        "traffic_count",
    }
    for entry in entries:
        assert entry["publisher"] and entry["licence"] and entry["title"]
        request = ImportRequest(
            entry["file"], schema.table(entry["table"]), None, "EPSG:2154", entry["mapping"]
        )
        got = SOURCE.read(request)
        assert got.dropped == got.repaired == 0, entry["file"]
        assert got.table is not None and got.table.num_rows == got.read > 0
        worst = {item.severity for item in got.findings}
        assert worst <= {"informs"}, [item.code for item in got.findings]


def test_streets_are_what_the_lighting_part_reads(tmp_path: Path):
    synthetic.NEIGHBOURHOOD.write(str(tmp_path), 0)
    document = json.loads((tmp_path / "streets.geojson").read_text(encoding="utf-8"))
    first = document["features"][0]
    assert {"id", "name", "width_m", "hierarchy"} <= set(first["properties"])
    assert first["geometry"]["type"] == "LineString"
    assert "2154" in document["crs"]["properties"]["name"]


def test_addresses_run_along_their_street(tmp_path: Path):
    import csv

    synthetic.NEIGHBOURHOOD.write(str(tmp_path), 0)
    with (tmp_path / "adresses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len({row["id"] for row in rows}) == len(rows) > 400
    street = [row for row in rows if row["nom_voie"] == "Grande Rue"]
    for parity in (0, 1):
        side = [row for row in street if int(row["numero"]) % 2 == parity]
        x = [float(row["x"]) for row in sorted(side, key=lambda row: int(row["numero"]))]
        assert np.corrcoef(x, range(len(x)))[0, 1] > 0.95
