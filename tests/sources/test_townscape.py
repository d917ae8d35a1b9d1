# SPDX-License-Identifier: EUPL-1.2
"""Shapes of a small French town."""

from __future__ import annotations

import csv
import itertools
from importlib import resources
from typing import Any

import numpy as np
import pytest
import shapely

from jumeau.sources import townscape
from jumeau.sources.townscape import ZONES, Ground, Street, along, segments, streets

ORIGIN = (500_000.0, 6_800_000.0)


def street(*points: tuple[float, float], zone: str = "faubourg", width: float = 6.0) -> Street:
    return Street("Rue", "communale", zone, width, (1900, 1950), shapely.LineString(points))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def plan() -> list[dict[str, str]]:
    text = resources.files("jumeau.sources").joinpath("neighbourhood.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_the_plan_is_sound():
    rows = plan()
    assert len({row["street"] for row in rows}) == len(rows) >= 25
    for row in rows:
        assert row["zone"] in ZONES, row
        assert 2.5 <= float(row["width_m"]) <= 9
        assert 1600 < int(row["from"]) < int(row["to"]) < 2025
        nodes = [tuple(map(float, node.split())) for node in row["nodes"].split(";")]
        assert len(nodes) >= 2
        lengths = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(nodes)]
        assert min(lengths) > 15, row


def test_names_are_those_of_french_streets():
    kinds = (
        "Rue",
        "Route",
        "Grande Rue",
        "Place",
        "Ruelle",
        "Venelle",
        "Impasse",
        "Allée",
        "Chemin",
    )
    assert all(row["street"].startswith(kinds) for row in plan())


def test_streets_follow_the_plan_to_some_metres(rng: np.random.Generator):
    drawn = streets(rng, ORIGIN)
    for row, made in zip(plan(), drawn, strict=True):
        nodes = np.array([node.split() for node in row["nodes"].split(";")], float) + ORIGIN
        assert made.name == row["street"]
        for node in nodes:
            assert made.line.distance(shapely.Point(node)) < 15
        steps = np.hypot(*np.diff(np.array(made.line.coords), axis=0).T)
        assert steps.max() < 16
        assert made.line.is_simple


def test_streets_that_meet_share_their_node(rng: np.random.Generator):
    drawn = streets(rng, ORIGIN)
    ends = [point for item in drawn for point in (item.line.coords[0], item.line.coords[-1])]
    everywhere = {point for item in drawn for point in item.line.coords}
    shared = [point for point in ends if sum(point in item.line.coords for item in drawn) > 1]
    assert len(shared) > len(ends) / 2
    assert set(ends) <= everywhere


def test_segments_are_cut_where_streets_meet():
    main = street((0, 0), (50, 0), (100, 0))
    side = street((50, 0), (50, 80))
    cut = segments([main, side])
    assert sorted(round(item.line.length) for item in cut) == [50, 50, 80]
    assert {item.name for item in cut} == {"Rue"}


def test_ground_refuses_carriageways_and_close_neighbours():
    ground = Ground([street((0, 0), (100, 0))], [shapely.box(200, 0, 250, 50)])
    assert ground.place(shapely.box(10, 0, 20, 10), apart=True) is None
    assert ground.place(shapely.box(210, 10, 220, 20), apart=True) is None
    free = shapely.box(10, 6, 20, 16)
    assert ground.place(free, apart=True) is free
    ground.built.append(free)
    assert ground.place(shapely.box(20.1, 6, 30, 16), apart=True) is None
    assert ground.place(shapely.box(20.1, 6, 30, 16), apart=False) is not None


def test_a_house_that_adjoins_gives_way_to_the_one_that_stands():
    ground = Ground([], [], [shapely.box(0, 0, 10, 10)])
    wanted = shapely.box(9.5, 0, 19, 10)
    left = ground.place(wanted, apart=False)
    assert left is not None
    assert left.intersection(ground.built[0]).area == pytest.approx(0)
    assert left.area == pytest.approx(90)
    assert ground.place(shapely.box(5, 0, 15, 10), apart=False) is None


@pytest.mark.parametrize("zone", list(ZONES))
def test_buildings_stand_along_their_street_as_the_zone_wants(rng: np.random.Generator, zone: str):
    here = street((0, 0), (150, 10), (300, 0), zone=zone)
    ground = Ground([here])
    built = along(rng, here, ground)
    rules = ZONES[zone]
    assert built
    assert {item.side for item in built} == {1, -1}
    edge = here.width / 2 + townscape.PAVEMENT.get(zone, 0.8)
    for item in built:
        assert item.shape.is_valid and item.shape.geom_type == "Polygon"
        assert edge - 0.4 <= item.shape.distance(here.line) <= edge + rules.setback[1] + 4
        assert here.years[0] <= item.year <= here.years[1]
        assert item.floors in rules.floors
        assert shapely.Point(item.door).distance(item.shape) < 1.5
    coverage = sum(item.shape.area for item in built)
    assert coverage == pytest.approx(sum(shape.area for shape in ground.built))


def test_the_bourg_is_built_side_by_side_and_estates_are_not(rng: np.random.Generator):
    def gaps(zone: str) -> float:
        here = street((0, 0), (300, 0), zone=zone)
        built = along(rng, here, Ground([here]))
        row = sorted((item for item in built if item.side == 1), key=lambda item: item.along)
        distances = [a.shape.distance(b.shape) for a, b in itertools.pairwise(row)]
        return float(np.median(distances))

    assert gaps("bourg") < 1.0
    assert gaps("lotissement") > 4.0


def test_trees_keep_clear_of_buildings(rng: np.random.Generator):
    line = shapely.LineString([(0, 0), (100, 0)])
    free = townscape.rows_of_trees(rng, line, 5, 10, Ground([]))
    assert len(free) == 20
    house: Any = shapely.box(0, 2, 50, 12)
    some = townscape.rows_of_trees(rng, line, 5, 10, Ground([], [], [house]))
    assert len(some) == 15
    assert all(shapely.Point(point).distance(house) > 1 for point in some)
