# SPDX-License-Identifier: EUPL-1.2
"""The demonstrator commune as shapes: any seed gives a town that could stand."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import cache

import numpy as np
import pytest
import shapely

from jumeau.base import grid
from jumeau.base.errors import InvalidError
from jumeau.sources.synthetic import buildings, frame, people, relief, townscape, waters
from jumeau.sources.synthetic.plan import rows
from jumeau.sources.synthetic.town import FLOODS, Town, draw

SEEDS = (0, 7)
draw_once = cache(draw)


@pytest.fixture(scope="module", params=SEEDS)
def town(request: pytest.FixtureRequest) -> Town:
    """Towns of several seeds."""
    return draw_once(request.param)


@pytest.fixture(scope="module")
def first() -> Town:
    """The town that everybody sees."""
    return draw_once(0)


# -- size --------------------------------------------------------------------------------------
def test_it_has_the_size_of_a_bourg(town: Town):
    assert town.plan.boundary.area == pytest.approx(4.0e6, rel=0.01)
    assert town.plan.boundary.is_valid
    assert shapely.box(*town.frame.bounds).contains(town.plan.boundary)
    assert 1300 <= len(town.buildings) <= 1700
    assert 2400 <= people.people(town).sum() <= 3200
    uses = Counter(item.use for item in town.buildings)
    assert uses["Résidentiel"] > 800 and uses["Annexe"] > 200 and uses["Agricole"] > 20
    assert 1200 < len(town.parcels) < 2000
    assert 600 < len(town.trees) < 2000


def test_two_seeds_give_two_towns():
    a, b = draw_once(0), draw_once(7)
    assert a.plan.boundary.symmetric_difference(b.plan.boundary).area > 3e5
    names = [{street.name for street in town.plan.streets} for town in (a, b)]
    assert len(names[0] & names[1]) < 0.75 * len(names[0])
    assert not np.array_equal(a.relief.ground[:50, :50], b.relief.ground[:50, :50])


# -- relief and water --------------------------------------------------------------------------
def test_the_relief_is_that_of_a_norman_plateau(town: Town):
    ground = town.relief.ground
    assert ground.shape == grid.shape(town.frame.bounds)
    assert np.isfinite(ground).all()
    assert 45 < ground.min() < 60 and 95 < ground.max() < 130
    down, across = np.gradient(ground[::5, ::5], 5.0)
    slope = np.hypot(down, across)
    assert 0.03 < np.median(slope) < 0.09
    assert np.percentile(slope, 99) < 0.25


@pytest.mark.parametrize("course", ["stream", "ditch"])
def test_the_bed_falls_all_along(town: Town, course: str):
    water: waters.Course = getattr(town.relief, course)
    assert (np.diff(water.bed) < 0).all()
    inside = shapely.contains_xy(shapely.box(*town.frame.bounds).buffer(-2), water.points)
    bed = town.relief.at(water.points[inside])
    assert np.diff(bed).max() <= 0.0011  # written to the millimetre
    assert bed[0] - bed[-1] > 5
    length = np.hypot(*np.diff(water.points, axis=0).T).sum()
    straight = np.hypot(*(water.points[-1] - water.points[0]))
    assert length > 1.03 * straight
    assert water.line.is_simple


def test_the_ditch_ends_in_the_stream(town: Town):
    stream, ditch = town.relief.stream, town.relief.ditch
    end = shapely.Point(ditch.line.coords[-1])
    assert end.distance(stream.line) < 1.0
    nearest = int(np.hypot(*(stream.points - ditch.points[-1]).T).argmin())
    assert 0 <= ditch.bed[-1] - stream.bed[nearest] < 0.4


def test_water_runs_off_everywhere(first: Town):
    """Once hollows are filled, hardly anything has changed: the ground drains by itself."""
    block = first.relief.ground[::10, ::10].astype(float)
    filled = relief.drained(block, fall=0.0)
    assert np.mean(filled - block > 0.3) < 0.02


def test_drained_fills_a_hollow_and_nothing_else():
    bowl = np.add.outer((np.arange(9) - 4.0) ** 2, (np.arange(9) - 4.0) ** 2)
    bowl[4, :4] = bowl[4, 0]
    filled = relief.drained(bowl, fall=0.0)
    assert (filled >= bowl).all()
    assert filled[4, 4] == pytest.approx(16.0)
    slope = np.add.outer(np.arange(9.0), np.arange(9.0))
    assert np.array_equal(relief.drained(slope), slope)


def test_a_flood_reaches_some_houses_and_spares_the_bourg(town: Town):
    wet = [zone for _, _, zone in town.floods]
    assert len(wet) == len(FLOODS)
    for small, large in itertools.pairwise(wet):
        assert small.area < large.area
        assert small.difference(large.buffer(8)).area < 0.02 * small.area
    touched = [sum(item.shape.intersects(zone) for item in town.buildings) for zone in wet]
    assert touched[1] >= 5 and touched[2] < 0.08 * len(town.buildings)
    church = next(item for item in town.buildings if item.use == "Religieux")
    assert church.shape.distance(wet[-1]) > 100
    bed = town.relief.stream.line.intersection(town.plan.boundary)
    assert bed.difference(wet[1].buffer(3)).length < 0.02 * bed.length


# -- streets -----------------------------------------------------------------------------------
def test_streets_are_one_network(town: Town):
    lines = [street.line for street in town.segments]
    assert len(shapely.get_parts(shapely.union_all([line.buffer(0.02) for line in lines]))) == 1
    assert sum(line.length for line in lines) == pytest.approx(
        sum(street.line.length for street in town.plan.streets)
    )
    assert 17_000 < sum(line.length for line in lines) < 24_000
    assert all(town.plan.boundary.buffer(0.5).contains(line) for line in lines)


def test_streets_meet_at_nodes_only(town: Town):
    streets = [street.line for street in town.plan.streets]
    tree = shapely.STRtree(streets)
    left, right = tree.query(streets, predicate="intersects")
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b:
            for point in shapely.get_parts(streets[a].intersection(streets[b])):
                assert point.geom_type == "Point"
                for line in (streets[a], streets[b]):
                    assert shapely.MultiPoint(line.coords).distance(point) < 0.02


def test_no_street_lies_in_the_stream(town: Town):
    bed = town.relief.stream.line.buffer(waters.WIDTH / 2)
    spans = shapely.union_all([item.shape.buffer(1) for item in town.crossings])
    for street in town.plan.streets:
        wet = street.line.intersection(bed)
        assert wet.length < 12
        assert wet.difference(spans).length == pytest.approx(0, abs=0.05)
    kinds = Counter(item.kind for item in town.crossings)
    assert kinds["Pont"] >= 2 and kinds["Passerelle"] == 1 and kinds["Buse"] >= 1


def test_streets_have_slopes_that_one_can_drive(town: Town):
    wet = shapely.union_all([item.shape.buffer(14) for item in town.crossings])
    steep = []
    for street in town.plan.streets:
        at = np.arange(0, street.line.length, 10.0)
        points = shapely.line_interpolate_point(street.line, at)
        z = town.relief.at(shapely.get_coordinates(points))
        dry = ~shapely.intersects(wet, points)
        steep += (np.abs(np.diff(z)) / 10)[dry[1:] & dry[:-1]].tolist()
    assert np.percentile(steep, 99) < 0.17
    assert np.median(steep) < 0.06


def test_names_are_those_of_french_streets(town: Town):
    kinds = ("Rue ", "Route ", "Grande Rue", "Place ", "Ruelle ", "Venelle ", "Impasse ")
    kinds += ("Allée ", "Chemin ", "Sentier ")
    names = [street.name for street in town.plan.streets]
    assert all(name.startswith(kinds) for name in names)
    assert not any(mark in name for name in names for mark in "*{}")
    classes: dict[str, set[str]] = {}
    for street in town.plan.streets:
        classes.setdefault(street.name, set()).add(street.hierarchy)
    assert all(len(found) == 1 for found in classes.values())
    estates = [street.name for street in town.plan.streets if street.zone == "lotissement"]
    assert len(set(estates)) == len(estates)


def test_roads_lead_where_their_name_says():
    towns = {row["form"]: np.array(row["name"].split(), float) for row in rows("names.csv")
             if row["theme"] == "road"}  # fmt: skip
    for seed in SEEDS:
        drawn = draw_once(seed)
        for street in drawn.plan.streets:
            goal = street.name.removeprefix("Route de ")
            if goal in towns and street.zone == "rural":
                ahead = np.array(street.line.coords[-1]) - drawn.frame.centre
                cosine = ahead @ towns[goal] / np.hypot(*ahead) / np.hypot(*towns[goal])
                assert cosine > 0.5, (seed, street.name)


# -- buildings ---------------------------------------------------------------------------------
def test_buildings_stand_on_free_ground(town: Town):
    shapes = np.array([item.shape for item in town.buildings], dtype=object)
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 9).all()
    ways = shapely.union_all([street.line.buffer(street.width / 2) for street in town.plan.streets])
    assert shapely.area(shapely.intersection(shapes, ways)).max() < 0.01
    water = shapely.union_all([town.relief.stream.line.buffer(waters.WIDTH / 2),
                               *(pond for pond, _, _ in town.ponds)])  # fmt: skip
    assert not shapely.intersects(shapes, water).any()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = pairs[:, pairs[0] < pairs[1]]
    shared = shapely.area(shapely.intersection(shapes[pairs[0]], shapes[pairs[1]]))
    assert shared.max(initial=0) < 0.5
    assert shapely.within(shapes, town.plan.boundary).all()


def test_buildings_are_of_their_decades(town: Town):
    by_zone: dict[str, list[townscape.Building]] = {}
    for item in town.buildings:
        if not item.public and item.use == "Résidentiel":
            by_zone.setdefault(item.street.zone, []).append(item)
            assert item.street.years[0] <= item.year <= item.street.years[1]
            assert item.dwellings >= 1
    mean = {zone: np.mean([item.year for item in found]) for zone, found in by_zone.items()}
    assert mean["bourg"] < 1920 < mean["lotissement"]
    assert all(2 < item.height < 16 for item in town.buildings)
    for item in town.buildings:
        if item.use == "Résidentiel" and item.year < 1915:
            assert (item.walls, item.roof) == ("10", "20")


def test_public_buildings_have_their_names(town: Town):
    names = [item.name for item in town.buildings if item.public]
    assert len(names) == len(set(names)) >= 12
    for word in ("Mairie", "Église", "Groupe scolaire", "Salle des fêtes", "Gymnase", "EHPAD",
                 "Station d'épuration"):  # fmt: skip
        assert any(name.startswith(word) for name in names), word
    assert not any("Saint " in name for name in names)  # a church, not the person


def test_addresses_lead_to_a_building_of_their_street(town: Town):
    found = people.addresses(town)
    keys = [(item.street, item.number, item.suffix) for item in found]
    assert len(set(keys)) == len(keys) > 900
    for item in found:
        assert item.building.street.name == item.street
        assert shapely.Point(item.x, item.y).distance(item.building.shape) < 3.0
        assert item.number % 2 == (1 if item.building.side > 0 else 0)
    grande = [item for item in found if item.street == "Grande Rue" and item.number % 2]
    along = [item.building.along for item in sorted(grande, key=lambda item: item.number)]
    assert along == sorted(along)
    country = [item for item in found if item.building.street.zone == "rural"]
    for item in country:
        where = item.building.street.start + item.building.along
        assert abs(item.number - where) <= 2


# -- land and people ---------------------------------------------------------------------------
def test_parcels_tile_the_commune_without_overlap(town: Town):
    shapes = np.array([item.shape for item in town.parcels], dtype=object)
    assert shapely.is_valid(shapes).all()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = pairs[:, pairs[0] < pairs[1]]
    shared = shapely.area(shapely.intersection(shapes[pairs[0]], shapes[pairs[1]]))
    assert shared.max(initial=0) < 1.0
    assert shared.sum() < 20
    assert 0.90 < shapely.area(shapes).sum() / town.plan.boundary.area < 0.98
    lines = shapely.union_all([street.line for street in town.plan.streets])
    assert shapely.intersection(shapes, lines).size == len(shapes)
    assert shapely.length(shapely.intersection(shapes, lines)).max() < 0.5
    homes = [item for item in town.buildings if item.use == "Résidentiel"]
    points = [item.shape.representative_point() for item in homes]
    held = shapely.STRtree(shapes).query(points, predicate="within")[0]
    assert len(np.unique(held)) > 0.97 * len(homes)


def test_vegetation_keeps_clear_of_roads_and_roofs(town: Town):
    green = np.array([shape for shape, _, _ in town.vegetation], dtype=object)
    assert shapely.is_valid(green).all()
    kinds = Counter(kind for _, kind, _ in town.vegetation)
    assert kinds["Haie"] > 150 and kinds["Bois"] >= 1 and kinds["Verger"] >= 1
    taken = [item.shape for item in town.buildings]
    taken += [street.line.buffer(street.width / 2) for street in town.plan.streets]
    assert not shapely.STRtree(green).query(taken, predicate="overlaps").size
    trees = shapely.points([(tree.x, tree.y) for tree in town.trees])
    roofs = shapely.STRtree([item.shape for item in town.buildings])
    assert not roofs.query(trees, predicate="within").size
    assert all(2 < tree.height < 20 and 1 < tree.crown < 15 for tree in town.trees)


def test_districts_cover_the_commune(town: Town):
    assert len(town.districts) == 5
    whole = shapely.union_all(list(town.districts.values()))
    assert whole.symmetric_difference(town.plan.boundary).area < 60
    assert all(shape.area > 80_000 for shape in town.districts.values())
    way = {
        name: np.array(shape.representative_point().coords[0]) - town.frame.centre
        for name, shape in town.districts.items()
    }
    sides = {"Le Levant": (1, 0), "Le Couchant": (-1, 0), "Le Midi": (0, -1),
             "Le Nord du Bourg": (0, 1)}  # fmt: skip
    assert len(sides.keys() & way.keys()) == 2
    assert all(way[name] @ sides[name] > 300 for name in sides.keys() & way.keys())


def test_cells_hold_everybody_once(town: Town):
    crs, cells = people.cells(town)
    assert crs == "EPSG:3035"
    assert sum(cell.inhabitants for cell in cells) == round(people.people(town).sum())
    assert all(cell.west % 200 == 0 and cell.south % 200 == 0 for cell in cells)
    assert len({cell.name for cell in cells}) == len(cells) > 40
    assert all(cell.households <= cell.inhabitants for cell in cells if cell.inhabitants > 30)


# -- surface -----------------------------------------------------------------------------------
def test_the_surface_rises_over_the_ground_as_buildings_do():
    flat = np.full((40, 60), 100.0, np.float32)
    line = shapely.LineString([(-100, -50), (-90, -50)])
    course = waters.Course("", line, np.array(line.coords), np.array([90.0, 89.0]), 3.0, True)
    bare = relief.Relief((-0.5, -39.5, 59.5, 0.5), flat, course, course)
    house, shed = shapely.box(9.5, -20.5, 21.5, -10.5), shapely.box(29.5, -20.5, 35.5, -14.5)
    roofs = [(house, 106.0, 109.5, 0.9), (shed, 103.0, 103.0, 0.0)]
    wood = [(shapely.box(40, -35, 55, -25), 10.0)]
    top = relief.surface(bare, roofs, [(50.0, -8.0, 8.0, 6.0)], wood, [], 0) - flat
    inside = top[11:21, 10:22]
    assert inside.min() == pytest.approx(6.45, abs=0.02)  # half a metre inside the wall
    assert inside.max() == pytest.approx(9.5, abs=0.02)
    assert (top[15:21, 30:36] == 3.0).all()
    assert 6 < np.median(top[25:35, 40:55]) < 13
    assert top[8, 50] == pytest.approx(8.0, abs=0.3)
    assert (top[:5] == 0).all() and (top >= 0).all()


def test_levels_put_the_gutter_at_the_height():
    street = townscape.Street("Rue", "communale", "bourg", 5.0, (1900, 1950),
                              shapely.LineString([(0, 0), (50, 0)]))  # fmt: skip
    item = townscape.Building(shapely.box(5, 5, 17, 13), (11, 5), street, 1, 11.0, 2, 5.6, 1900,
                              "Résidentiel", pitch=1.0)  # fmt: skip
    ((_, gutter, ridge, pitch),) = buildings.levels([item], np.array([70.0]))
    assert (gutter, pitch) == (75.6, 1.0)
    assert ridge == pytest.approx(75.6 + 4.0)


# -- overseas ----------------------------------------------------------------------------------
@pytest.mark.parametrize("crs", ["EPSG:5490", "EPSG:2975"])
def test_the_same_town_stands_overseas(crs: str):
    here, there = frame.frame(0), frame.frame(0, crs)
    places = np.array([(0.0, 0.0), (300.0, -200.0)])
    moved = there.world(places) - here.world(places)
    assert np.allclose(moved[0], moved[1])
    assert there.site.insee not in {here.site.insee, ""}
    tile = grid.Tile(*there.site.corner)
    assert tile.bounds[0] == there.bounds[0] and tile.bounds[3] == there.bounds[3]


def test_elsewhere_is_refused():
    with pytest.raises(InvalidError, match="JUM-S370"):
        frame.frame(0, "EPSG:3857")
