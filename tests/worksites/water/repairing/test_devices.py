# SPDX-License-Identifier: EUPL-1.2
"""Valves and pumps drawn as points, and valves that look away from the sources."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites import water
from jumeau.worksites.water.network import Network, frame


def street(valves, *, sources=None, tanks=None, extra=None, drawn=True):
    """Build a street R – A – V – B – C whose valves are given as rows."""
    places = {"A": 100, "V": 200, "B": 300, "C": 400}
    junctions = {name: {"elevation_m": 10.0, "x": float(x), "y": 0.0} for name, x in places.items()}
    given = {"R": {"head_m": 100.0, "x": 0.0, "y": 0.0}} if sources is None else sources
    pipes = {"a": ("R", "A"), "b": ("A", "V"), "c": ("V", "B"), "d": ("B", "C"), **(extra or {})}
    rows = {
        name: {"from_node": one, "to_node": two, "length_m": 100.0, "diameter_mm": 100.0,
               "roughness": 130.0}
        for name, (one, two) in pipes.items()
    }  # fmt: skip
    usual = {"type": "PRV", "setting": 30.0, "diameter_mm": 100.0}
    return Network(
        junctions=frame("junctions", junctions), reservoirs=frame("reservoirs", given),
        tanks=frame("tanks", tanks or {}), pipes=frame("pipes", rows),
        valves=frame("valves", {name: {**usual, **row} for name, row in valves.items()}),
        drawn=drawn,
    )  # fmt: skip


def test_a_valve_on_a_node_becomes_a_link_with_the_source_before_it():
    net = street({"v": {"from_node": "V", "to_node": "V"}})
    out, report = water.repair(net)
    valve = out.valves.loc["v"]
    assert (valve["from_node"], valve["to_node"]) == ("V", "V_2")
    assert out.pipes.loc["b", "to_node"] == "V" and out.pipes.loc["c", "from_node"] == "V_2"
    assert report.repaired == {"made_link": 1}
    answer = water.solve(out, 0)
    assert answer.head[0, 0, answer.nodes.index("C")] == pytest.approx(40.0, abs=1e-3)


def test_a_valve_beyond_a_source_on_the_other_side_is_linked_the_other_way():
    far = {"R": {"head_m": 100.0, "x": 500.0, "y": 0.0}}
    net = street({"v": {"from_node": "V", "to_node": "V"}}, sources=far)
    net.pipes.loc["a"] = ["C", "R", 100.0, 100.0, 130.0, 0.0, "open"]
    out, _ = water.repair(net)
    assert out.pipes.loc["c", "from_node"] == "V" and out.pipes.loc["b", "to_node"] == "V_2"


def test_two_devices_on_one_node_stand_one_behind_the_other():
    net = street({"v": {"from_node": "V", "to_node": "V"}, "w": {"from_node": "V", "to_node": "V"}})
    out, _ = water.repair(net)
    ends = {tuple(out.valves.loc[name, ["from_node", "to_node"]]) for name in ("v", "w")}
    first = next(it for it in ends if it[0] == "V")
    assert any(it[0] == first[1] for it in ends) and out.pipes.loc["c", "from_node"] != "V"
    assert water.isolated(out).empty


def test_a_pump_on_a_node_lifts_away_from_the_source():
    net = street({})
    net.pumps = frame("pumps", {"u": {"from_node": "V", "to_node": "V", "power_kw": 2.0}})
    out, _ = water.repair(net)
    assert tuple(out.pumps.loc["u", ["from_node", "to_node"]]) == ("V", "V_2")


def test_a_valve_on_a_dead_end_is_left_out_and_told():
    net = street({"v": {"from_node": "C", "to_node": "C"}})
    out, report = water.repair(net)
    assert out.valves.empty and report.repairs["entity"].tolist() == ["v"]


def test_a_valve_drawn_near_a_pipe_splits_it():
    net = street({"v": {"from_node": "P", "to_node": "P"}})
    net.junctions.loc["P"] = [10.0, 0.0, "", 0.0, 250.0, 0.3]
    out, report = water.repair(net)
    assert report.repaired == {"split": 1, "made_link": 1} and water.isolated(out).empty
    assert out.valves.loc["v", "from_node"] == "P"


def split_street(ends, **more):
    """Build the street with V cut in two: V before the valve, W behind."""
    net = street({"v": {"from_node": ends[0], "to_node": ends[1]}}, drawn=False, **more)
    net.junctions.loc["W"] = [10.0, 0.0, "", 0.0, 201.0, 0.0]
    net.pipes.loc["c", "from_node"] = "W"
    return net


def test_a_reducing_valve_towards_the_source_is_turned():
    wrong, right = split_street(("W", "V")), split_street(("V", "W"))
    out, report = water.repair(wrong)
    assert tuple(out.valves.loc["v", ["from_node", "to_node"]]) == ("V", "W")
    assert [it.severity for it in report.findings if it.code == "JUM-H058"] == ["degrades"]
    assert water.repair(right)[1].repairs.empty
    same = water.solve(out, 0), water.solve(right, 0)
    assert np.allclose(same[0].head, same[1].head)
    assert tuple(report.undo(out).valves.loc["v", ["from_node", "to_node"]]) == ("W", "V")


def test_a_reducing_valve_of_two_feeds_is_turned_by_heads():
    """The zone has another feed: only its setting tells that the valve would never open."""
    both = {"R": {"head_m": 100.0, "x": 0.0, "y": 0.0}, "S": {"head_m": 95.0, "x": 600.0, "y": 0.0}}
    for ends, turned in ((("W", "V"), True), (("V", "W"), False)):
        net = split_street(ends, sources=both)
        net.junctions.loc["E"] = [10.0, 0.0, "", 0.0, 450.0, 0.0]
        net.junctions.loc["F"] = [10.0, 0.0, "", 0.0, 451.0, 0.0]
        net.pipes.loc["e"] = ["C", "E", 50.0, 100.0, 130.0, 0.0, "open"]
        net.pipes.loc["f"] = ["F", "S", 150.0, 100.0, 130.0, 0.0, "open"]
        net.valves.loc["w"] = ["F", "E", 100.0, "PRV", 30.0, "", 0.0, "active"]
        net.junctions["demand_m3_h"] = 1.0
        out, report = water.repair(net)
        assert (out.valves.loc["v", "from_node"] == "V") and ("turned" in report.repaired) == turned


def test_a_valve_between_a_reservoir_zone_and_a_counter_tank_stays():
    tank = {"T": {"elevation_m": 30.0, "initial_level_m": 2.0, "maximum_level_m": 4.0,
                  "diameter_m": 8.0, "x": 500.0, "y": 0.0}}  # fmt: skip
    net = split_street(("V", "W"), tanks=tank, extra={"t": ("C", "T")})
    assert water.repair(net)[1].repairs.empty


def test_a_valve_into_a_higher_zone_is_told_when_it_may_be_a_stand_by():
    high = {"R": {"head_m": 50.0, "x": 0.0, "y": 0.0}, "S": {"head_m": 60.0, "x": 500.0, "y": 0.0}}
    net = split_street(("V", "W"), sources=high, extra={"s": ("C", "S")})
    _, report = water.repair(net)
    assert report.repairs.empty
    assert [it.entity for it in report.findings if it.code == "JUM-H066"] == ["v"]


def test_pumps_and_closed_pipes_part_zones():
    """A booster's zone is higher than its feed: the valve that brings water back stays."""
    net = split_street(("W", "V"))
    net.pumps = frame("pumps", {"u": {"from_node": "V", "to_node": "W", "power_kw": 5.0}})
    assert "turned" not in water.repair(net)[1].repaired
