# SPDX-License-Identifier: EUPL-1.2
"""Flood marks of the demonstrator: on walls, at the level of the flood's outline, seeded."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import jumeau
from jumeau.base import plugins
from jumeau.base.contract import SyntheticPart
from jumeau.base.errors import MissingFileError
from jumeau.worksites.climate.synthetic import FILE, MARKS

WEST, NORTH = 417_000.0, 6_884_000.0
SCENARIOS = (("01For", 60), ("02Moy", 80), ("04Fai", 110))


@pytest.fixture
def commune(tmp_path: Path) -> Path:
    """Write a valley 400 m wide whose sides rise by 2 %, its zones, and two rows of houses."""
    across = np.abs(np.arange(400) - 200)
    ground = np.broadcast_to(50 + 0.02 * across[:, None], (400, 400)).astype(np.float32)
    with rasterio.open(
        tmp_path / "RGEALTI_FXX_0417_6884_MNT_LAMB93_IGN69.tif", "w", driver="GTiff", width=400,
        height=400, count=1, dtype="float32", crs="EPSG:2154",
        transform=from_origin(WEST, NORTH, 1, 1),
    ) as image:  # fmt: skip
        image.write(ground, 1)

    def layer(name: str, rows: list[tuple[shapely.Geometry, dict[str, str]]]) -> None:
        features = [
            {"type": "Feature", "properties": facts, "geometry": json.loads(shapely.to_geojson(at))}
            for at, facts in rows
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (tmp_path / name).write_text(text)

    middle = NORTH - 200
    zones = [
        (shapely.box(WEST, middle - half, WEST + 400, middle + half),
         {"scenario": key, "cours_deau": "Le Ru"})
        for key, half in SCENARIOS
    ]  # fmt: skip
    layer("zones_inondables.geojson", zones)
    houses = [
        (shapely.box(WEST + x, middle + y, WEST + x + 10, middle + y + 8), {"toponyme": ""})
        for x in range(10, 380, 40)
        for y in (-52, 30)
    ]
    layer("batiment.geojson", houses)
    return tmp_path


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_it_is_a_part_of_the_demonstrator() -> None:
    assert isinstance(MARKS, SyntheticPart)
    assert plugins.load("jumeau.synthetic", "climate") is MARKS


def test_marks_are_as_high_as_the_outline_of_their_flood(commune: Path) -> None:
    MARKS.write(str(commune), 0)
    found = rows(commune)
    assert len({row["code_repere"] for row in found}) == len(found) >= 5
    reached = {"2020": 60, "1999": 80, "1910": 110}
    for row in found:
        half = reached[row["date_crue"][:4]]
        level, height = float(row["altitude_ngf"]), float(row["hauteur_sol"])
        error = 4 * float(row["precision_m"])
        # The outline near a mark is the long side of its zone, or an end of the valley.
        assert 50 <= level <= 50 + 0.02 * half + error
        assert 0.15 <= height <= 2.5
        ground = 50 + 0.02 * abs(NORTH - 200 - float(row["y"]))
        assert level - height == pytest.approx(ground, abs=0.05)


def test_a_seed_writes_the_same_bytes(commune: Path) -> None:
    written = []
    for seed in (3, 3, 4):
        MARKS.write(str(commune), seed)
        written.append((commune / FILE).read_bytes())
    assert written[0] == written[1] != written[2]


def test_marks_enter_the_twin_as_any_file(commune: Path, tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    (step,) = MARKS.write(str(commune), 0)
    report = territory.add(**step)
    assert report.added == len(rows(commune))
    kept = territory.table("high_water_mark").to_pylist()
    assert {row["watercourse"] for row in kept} == {"Le Ru"}
    assert all(row["level_m"] and row["date"] and row["event"] for row in kept)


@pytest.mark.parametrize("absent", ["zones_inondables.geojson", "batiment.geojson", "RGEALTI"])
def test_without_the_commune_it_says_what_it_needs(commune: Path, absent: str) -> None:
    for file in commune.glob(f"{absent}*"):
        file.unlink()
    with pytest.raises(MissingFileError, match="JUM-K059"):
        MARKS.write(str(commune), 0)
