# SPDX-License-Identifier: EUPL-1.2
"""The worksite on a territory: with a file, with rows, with nothing; what it writes and says."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from jumeau.twin import territory as twin
from jumeau.twin.scenario import Scenario
from jumeau.worksites import water
from jumeau.worksites.water.run import WORKSITE


def _load():
    name = "jumeau_tests_water_drawn"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("drawn.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


drawn = _load()
FEW = Scenario("tendanciel", values={"water_draws": 12})


@pytest.fixture
def place(tmp_path):
    """Make an empty territory."""
    return twin.create(tmp_path / "place.jumeau", name="Place")


def values(place, indicator, scope):
    """Return {entity: row} of an indicator."""
    rows = place.table("indicator", where={"indicator": indicator, "scope": scope}).to_pylist()
    return {row["entity"]: row for row in rows}


def codes(place):
    """Return the codes of the findings of runs."""
    return {row["code"] for row in place.table("finding").to_pylist() if row["run_id"]}


def test_a_network_file_is_computed_over_a_day(town, place):
    net = water.read_inp(town)
    water.to_territory(net, place, name="Bourg")
    WORKSITE.run(place, FEW)
    solved = water.solve(net, 86400, 3600, engine="epanet")
    lowest = dict(zip(solved.nodes, solved.pressure[0].min(axis=0), strict=True))
    rows = values(place, "water_pressure_min", "junction")
    assert set(rows) == set(net.junctions.index)
    for name, row in rows.items():
        assert row["value"] == pytest.approx(lowest[name], abs=1e-3)
        assert row["low"] <= row["value"] <= row["high"]
        assert row["estimated_share"] == 0.0
    links = solved.links.index("p1")
    speed = np.abs(solved.flow[0, :, links]).max() / 3600.0 / (np.pi / 4.0 * 0.15**2)
    assert values(place, "water_velocity_max", "pipe")["p1"]["value"] == pytest.approx(
        speed, abs=1e-3
    )
    worth = water.criticality(net, ["p5"], required_m=20.0, minimum_m=0.0)["not_served_m3_h"]
    told = values(place, "water_criticality", "pipe")
    assert told["p5"]["value"] == pytest.approx(worth["p5"], abs=1e-3)
    whole = values(place, "water_length", "territory")[""]
    assert whole["value"] == pytest.approx(net.pipes["length_m"].sum() / 1000.0)
    assert values(place, "water_pump_energy", "network")["bourg"]["value"] > 0.0
    assert 0.0 <= values(place, "water_service_level", "network")["bourg"]["value"] <= 100.0
    assert "JUM-H099" in codes(place)


def test_the_series_are_those_of_the_solution_and_of_the_last_run(town, place):
    net = water.read_inp(town)
    water.to_territory(net, place)
    WORKSITE.run(place, FEW)
    count = place.count("water_series")
    run = WORKSITE.run(place, FEW)
    assert place.count("water_series") == count
    solved = water.solve(net, 86400, 3600, engine="epanet")
    where = {"entity": "E", "quantity": "pressure_m"}
    row = place.table("water_series", where=where).to_pylist()[0]
    assert (row["run_id"], row["step_s"], row["table"]) == (run.id, 3600.0, "junction")
    told = json.loads(row["values"])
    assert told == pytest.approx(solved.pressure[0, :, solved.nodes.index("E")], abs=0.006)
    low, high = json.loads(row["low"]), json.loads(row["high"])
    assert all(a <= b <= c for a, b, c in zip(low, told, high, strict=True))
    kinds = set(place.table("water_series")["quantity"].to_pylist())
    assert kinds == {"pressure_m", "head_m", "flow_m3_h", "velocity_m_s", "age_h"}


def test_the_same_seed_gives_the_same_bounds(town, place):
    water.to_territory(water.read_inp(town), place)
    first, second = (
        WORKSITE.run(place, FEW).frame("indicator").drop(columns=["id", "run_id"]) for _ in "ab"
    )
    assert first.equals(second)


def test_supply_is_the_mean_of_the_demands(town, place):
    net = water.read_inp(town)
    net.controls, net.junctions["emitter_m3_h"] = [], 0.0
    water.to_territory(net, place)
    WORKSITE.run(place, Scenario("tendanciel", values={"water_draws": 0}))
    day = np.array(net.patterns.loc["day", "multipliers"])
    base = {"A": 5.0, "C": 3.0, "E": 4.0}
    constant = 8.0 + 2.0 + 2.0
    hours = np.repeat(np.tile(day, 2), 2)[:24]
    volume = 365.0 * (sum(base.values()) * hours.sum() + 24.0 * constant)
    row = values(place, "water_supplied", "territory")[""]
    assert row["value"] == pytest.approx(volume, rel=2e-3)
    assert (row["low"], row["high"]) == (row["value"], row["value"]), "without draws, no bounds"


def test_a_village_of_drawn_pipes_is_computed_and_says_what_it_rests_on(place):
    drawn.village(place)
    run = WORKSITE.run(place, FEW)
    assert values(place, "water_velocity_max", "pipe").keys() == {"C1", "C2", "C3"}
    assert {"JUM-H088", "JUM-H089", "JUM-H092", "JUM-H099"} <= codes(place)
    row = values(place, "water_service_level", "territory")[""]
    assert row["value"] == pytest.approx(100.0)
    assert row["estimated_share"] > 0.7
    assert len(run.frame("estimate")) >= 8
    assert "altitudes 100 %" in " ".join(it["text_en"] for it in run.card["shown"])


@pytest.mark.parametrize(
    ("lacking", "code"), [({"ground": False}, "JUM-H090"), ({"tank": False}, "JUM-H091")]
)
def test_what_cannot_be_computed_is_said(place, lacking, code):
    drawn.village(place, **lacking)
    run = WORKSITE.run(place, FEW)
    assert code in codes(place)
    # Breaks to come need no hydraulics.
    told = set(run.frame("indicator")["indicator"])
    assert told <= {"water_break_rate", "water_breaks_expected"}


def test_without_any_network_it_is_said(place):
    run = WORKSITE.run(place, FEW)
    assert codes(place) == {"JUM-H098"}
    # Breaks to come need no hydraulics.
    told = set(run.frame("indicator")["indicator"])
    assert told <= {"water_break_rate", "water_breaks_expected"}


def test_a_network_that_cannot_be_computed_does_not_stop_the_others(town, place):
    import pandas as pd

    water.to_territory(water.read_inp(town), place, name="Haut")
    water.to_territory(water.read_inp(town), place, name="Bas")
    with place.transaction("edit") as tx:
        tx.upsert("pump", pd.DataFrame({"id": ["bas:U"], "head_curve": ["unknown"]}))
    WORKSITE.run(place, FEW)
    assert "JUM-H096" in codes(place)
    assert set(values(place, "water_length", "network")) == {"haut"}


def test_districts_and_limits_of_pressure(town, place):
    import pandas as pd
    import shapely

    water.to_territory(water.read_inp(town), place)
    spots = place.geo("junction", where={"id": ["A", "B"]}).geometry
    area = shapely.to_wkb(shapely.union_all(spots.to_numpy()).convex_hull.buffer(1.0))
    with place.transaction("dma") as tx:
        tx.insert("district_metered_area", pd.DataFrame({"id": ["d1"], "geometry": [area]}))
    asked = {"water_draws": 0, "water_asked_pressure_m": 45.0, "water_most_pressure_m": 30.0}
    WORKSITE.run(place, Scenario("tendanciel", values={**asked, "water_most_velocity_m_s": 0.1}))
    assert values(place, "water_length", "district_metered_area")["d1"]["value"] == pytest.approx(
        0.4
    )
    assert {"JUM-H093", "JUM-H094", "JUM-H095"} <= codes(place)
    assert values(place, "water_low_pressure_nodes", "territory")[""]["value"] > 0


def test_measured_networks_are_not_told_unchecked(town, place):
    import pandas as pd

    water.to_territory(water.read_inp(town), place)
    with place.transaction("sensor") as tx:
        tx.insert(
            "sensor",
            pd.DataFrame(
                {"id": ["s"], "property": ["pressure"], "table": ["junction"], "entity": ["A"]}
            ),
        )
        tx.insert(
            "observation",
            pd.DataFrame(
                {
                    "sensor_id": ["s"], "property": ["pressure"],
                    "time": [pd.Timestamp("2026-01-01", tz="UTC")], "value": [40.0],
                }
            ),
        )  # fmt: skip
    WORKSITE.run(place, FEW)
    assert "JUM-H099" not in codes(place)


def test_l_town_in_a_territory(shared, place):
    net = water.read_inp(shared / "validation/water/battledim/L-TOWN.inp")
    water.to_territory(net, place, name="L-TOWN")
    WORKSITE.run(place, FEW)
    assert values(place, "water_length", "territory")[""]["value"] == pytest.approx(
        43.163, abs=1e-3
    )
    solved = water.solve(net, 86400, 3600, engine="epanet")
    rows = values(place, "water_pressure_mean", "junction")
    mean = solved.pressure[0].mean(axis=0)
    for name in ("n1", "n54", "n215", "n300"):
        assert rows[name]["value"] == pytest.approx(mean[solved.nodes.index(name)], abs=1e-3)
    supplied = values(place, "water_supplied", "territory")[""]["value"] / 8760.0
    assert 150.0 < supplied < 210.0, "notes: 250 m³/h measured, of which 75 are leaks"


def test_what_a_large_network_is_spared_is_told_with_its_figures(town, place, monkeypatch):
    from jumeau.worksites.water import diagnosis

    net = water.read_inp(town)
    net.junctions["demand_m3_h"] *= 0.05
    water.to_territory(net, place, name="Bourg")
    WORKSITE.run(place, FEW)
    assert not codes(place) & {"JUM-H124", "JUM-H125"}
    monkeypatch.setattr(diagnosis, "CLOSURES", 3 * 9)
    monkeypatch.setattr(diagnosis, "AGED", 1)
    WORKSITE.run(place, FEW)
    rows = [row for row in place.table("finding").to_pylist() if row["run_id"]]
    told = {row["code"]: json.loads(row["data"]) for row in rows}
    assert told["JUM-H124"] | {"network": "Bourg", "closures": 3, "pipes": 8} == told["JUM-H124"]
    assert len(values(place, "water_criticality", "pipe")) == 3
    age = told["JUM-H125"]
    assert age["days"] == 2 < age["wanted"] and age["count"] > 0
