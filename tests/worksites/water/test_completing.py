# SPDX-License-Identifier: EUPL-1.2
"""Pipes drawn on a map become a network: joined by geometry, completed, and nothing in silence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water import allotting, completing, twin_reading


def _load():
    name = "jumeau_tests_water_drawn"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("drawn.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


drawn = _load()


@pytest.fixture
def place(tmp_path):
    """Make an empty territory."""
    return twin.create(tmp_path / "place.jumeau", name="Place")


def read(place):
    """Return the completed reading of rows that no file brought."""
    reading = twin_reading.read(place, "")
    completing.complete(place, reading)
    return reading


def codes(reading):
    """Return the codes of the findings with their attributes."""
    return {(it.code, it.entity) for it in reading.findings}


def test_pipes_are_joined_where_they_touch(place):
    drawn.village(place)
    reading = read(place)
    pipes = reading.net.pipes
    assert set(pipes.index) == {"C1~1", "C1~2", "C2", "C3", "C4"}
    assert pipes.loc["C1~1", "from_node"] == "CE", "the tank at its tip"
    middle = pipes.loc["C1~1", "to_node"]
    assert middle == pipes.loc["C1~2", "from_node"] == pipes.loc["C3", "from_node"]
    assert pipes.loc["C1~2", "to_node"] == pipes.loc["C2", "from_node"], "20 cm apart"
    lengths = pipes["length_m"]
    assert lengths["C1~1"] + lengths["C1~2"] == pytest.approx(300.0)
    assert {reading.links.to_twin[it] for it in ("C1~1", "C1~2")} == {"C1"}
    found = next(it for it in reading.findings if it.code == "JUM-H088")
    assert (found.data["count"], found.data["made"], found.data["split"]) == (4, 6, 1)


def test_what_is_not_told_is_supposed_and_said(place):
    drawn.village(place)
    reading = read(place)
    net = reading.net
    assert net.junctions["elevation_m"].unique().tolist() == [drawn.GROUND]
    assert list(net.reservoirs.index) == ["CE"], "a tank without a shape holds its level"
    assert net.reservoirs.loc["CE", "head_m"] == drawn.GROUND + 44.0
    assert set(net.pipes["diameter_mm"]) == {100.0}
    rough = net.pipes["roughness"]
    assert rough["C1~1"] == rough["C1~2"] < 90.0 < 130.0 < rough["C2"], "old iron, new PVC"
    told = codes(reading)
    assert {("JUM-H089", it) for it in ("diameter_mm", "roughness", "demand_m3_h", "level")} <= told
    rows = {(it["attribute"], it["entity"]): it for it in reading.estimates}
    estimate = rows["roughness", "C1"]
    assert estimate["low"] < estimate["value"] <= estimate["high"]
    assert {entity for kind, entity in rows if kind == "diameter_mm"} == {"C1", "C2", "C3", "C4"}


def test_people_drink_by_floor_area_at_the_nearest_junction(place):
    drawn.village(place)
    net = read(place).net
    given = completing.defaults()
    litres, usual = (
        given[it].value for it in ("water_litres_per_inhabitant_d", "water_usual_yield")
    )
    total = 40.0 * litres / 24_000.0 / usual
    demand = net.junctions["demand_m3_h"]
    assert demand.sum() == pytest.approx(total)
    tip = net.pipes.loc["C2", "to_node"]
    assert demand[tip] == pytest.approx(0.75 * total), "the house of three floors, at (285, 205)"
    assert allotting.day().mean() == pytest.approx(1.0, abs=1e-3)
    assert net.patterns.loc["household", "multipliers"][7] > 1.5


def test_without_people_buildings_say_and_without_both_nothing_is_drawn(tmp_path):
    bare = twin.create(tmp_path / "a.jumeau", name="A")
    drawn.village(bare, people=False)
    reading = read(bare)
    floors = 400.0 / completing.defaults()["water_floor_m2_per_inhabitant"].value
    assert reading.net.junctions["demand_m3_h"].sum() == pytest.approx(
        floors * 148.0 / 24_000.0 / 0.81
    )
    empty = twin.create(tmp_path / "b.jumeau", name="B")
    drawn.village(empty, people=False, buildings=False)
    reading = read(empty)
    assert reading.net.junctions["demand_m3_h"].tolist() == [0.0] * 6
    told = next(it for it in reading.findings if it.entity == "demand_m3_h")
    assert "neither population" in told.data["how"]["en"]


def test_a_network_of_rows_computes_and_writes(place, tmp_path):
    drawn.village(place)
    net = water.from_territory(place)
    water.write_inp(net, tmp_path / "village.inp")
    again = water.read_inp(tmp_path / "village.inp")
    assert np.allclose(again.pipes["length_m"], net.pipes["length_m"])
    net.pipes = net.pipes.drop(index="C4")
    joined = {*net.pipes["from_node"], *net.pipes["to_node"]}
    net.junctions = net.junctions[net.junctions.index.isin(joined)]
    pressure = water.solve(net, 86400, 3600).pressure
    assert 40.0 < pressure[0, :, :-1].min() < pressure[0, :, :-1].max() <= 44.0


def test_a_file_is_never_completed(town, place):
    water.to_territory(water.read_inp(town), place)
    reading = twin_reading.read(place, twin_reading.choose(place, None))
    completing.complete(place, reading)
    assert not reading.findings
    assert not reading.estimates
    assert not reading.supposed


def test_water_towers_of_the_map_serve_a_network_that_has_no_source(place):
    import pandas as pd
    import shapely

    drawn.village(place, tank=False)
    spot = shapely.to_wkb(shapely.Point(drawn.X + 10, drawn.Y + 5))
    with place.transaction("tower") as tx:
        tx.insert(
            "storage_tank",
            pd.DataFrame(
                {"id": ["t"], "geometry": [spot], "kind": ["Château d'eau"], "height_m": [30.0]}
            ),
        )
    reading = read(place)
    assert reading.net.reservoirs["head_m"].tolist() == [drawn.GROUND + 30.0]
    assert ("JUM-H089", "level") in codes(reading)
    assert reading.supposed["head_m"] == set(reading.net.reservoirs.index)


SUPPOSED = {
    "junctions": ("elevation_m", "demand_m3_h"),
    "pipes": ("diameter_mm", "roughness"),
}


def test_what_is_supposed_stays_supposed_when_the_network_is_put_back(place, tmp_path):
    drawn.village(place)
    net = water.from_territory(place)
    water.to_territory(net, place, name="Village")
    village = "village"
    for table, attributes in SUPPOSED.items():
        rows = place.table(table[:-1], where={"network_id": village}).to_pylist()
        assert len(rows) == len(getattr(net, table)) > 0
        for attribute in attributes:
            assert {row[attribute] for row in rows} == {None}, f"{attribute} is no fact"
    every = place.table("estimate").to_pylist()
    assert len(every) == sum(len(getattr(net, it)) * len(SUPPOSED[it]) for it in SUPPOSED)
    methods = {(row["attribute"], row["method"]) for row in every}
    assert methods == {
        ("elevation_m", "terrain"), ("demand_m3_h", "population"),
        ("diameter_mm", "usual_diameter"), ("roughness", "material_and_age"),
    }  # fmt: skip
    assert all(row["low"] <= row["value"] <= row["high"] for row in every)

    # It comes back as it was, computes and writes the same, and is put back without one row more.
    back = water.from_territory(place, village)
    for table, attributes in SUPPOSED.items():
        for attribute in attributes:
            for column in (attribute, f"{attribute}_low", f"{attribute}_high"):
                mine, theirs = getattr(back, table)[column], getattr(net, table)[column]
                np.testing.assert_allclose(mine, theirs[mine.index], rtol=1e-12, err_msg=column)
    reading = twin_reading.read(place, village)
    completing.complete(place, reading)
    assert {it.code for it in reading.findings} == set(), "told when it was supposed"
    assert len(reading.supposed["demand_m3_h"]) == len(net.junctions)
    water.write_inp(net, tmp_path / "once.inp")
    water.write_inp(back, tmp_path / "twice.inp")
    text = (tmp_path / "once.inp").read_bytes()
    assert b"UNITS\tCMH" in text, "without it EPANET would read gallons a minute"
    assert text == (tmp_path / "twice.inp").read_bytes()
    water.to_territory(back, place)
    assert place.count("estimate") == len(every)


def test_a_fact_takes_the_place_of_what_was_supposed(place):
    drawn.village(place)
    water.to_territory(water.from_territory(place), place, name="Village")
    before = place.count("estimate")
    with place.transaction("dug up") as tx:
        rows = place.table("pipe", where={"network_id": "village"}).to_pandas().iloc[:1]
        tx.upsert("pipe", rows.assign(diameter_mm=125.0)[["id", "geometry", "diameter_mm"]])
    net = water.from_territory(place, "village")
    own = net.pipes.index[net.pipes["diameter_mm"] == 125.0]
    assert len(own) == 1 and np.isnan(net.pipes.loc[own[0], "diameter_mm_low"])
    water.to_territory(net, place)
    assert place.count("estimate") == before - 1
