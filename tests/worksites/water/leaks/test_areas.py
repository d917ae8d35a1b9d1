# SPDX-License-Identifier: EUPL-1.2
"""Areas found by cutting what is metered, and the water shared among their nodes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from towns import SHAPE, network

from jumeau.worksites.water.leaks.areas import layout, nominal_by_hour
from jumeau.worksites.water.leaks.hours import by_hour, draws
from jumeau.worksites.water.network import Network, frame


def _pumped() -> Network:
    """Return the town with an upper part of three nodes, a pump and a tank."""
    net = network()
    upper = {f"u{k}": {"elevation_m": 30.0, "demand_m3_h": 1.0} for k in range(3)}
    net.junctions = pd.concat([net.junctions, frame("junctions", upper)])
    size = {"length_m": 100.0, "diameter_mm": 150.0, "roughness": 110.0}
    pipes = {"u_0": {"from_node": "tank", "to_node": "u0", **size},
             "u_1": {"from_node": "u0", "to_node": "u1", **size},
             "u_2": {"from_node": "u1", "to_node": "u2", **size}}  # fmt: skip
    net.pipes = pd.concat([net.pipes, frame("pipes", pipes)])
    net.tanks = frame("tanks", {"tank": {
        "elevation_m": 60.0, "initial_level_m": 2.0, "minimum_level_m": 0.0,
        "maximum_level_m": 4.0, "diameter_m": 10.0}})  # fmt: skip
    net.curves = frame("curves", {"c": {"kind": "pump", "x": (10.0,), "y": (40.0,)}})
    net.pumps = frame("pumps", {"pump": {"from_node": "n5_5", "to_node": "tank",
                                         "head_curve": "c"}})  # fmt: skip
    return net


def test_the_network_is_cut_at_a_metered_pump_whose_sides_are_fed() -> None:
    net = _pumped()
    it = layout(net, ["main", "pump"], ["tank"], ["u0", "u1"])
    town, upper = sorted(it.areas, key=lambda area: -len(area.nodes))
    assert (len(town.nodes), len(upper.nodes)) == (36, 3)
    assert town.inflows == [(0, 1.0), (1, -1.0)] and upper.inflows == [(1, 1.0)]
    assert town.closed and upper.closed and upper.covered and not town.covered
    assert it.observed == [0] and it.net.pumps.loc["pump", "status"] == "closed"
    assert [name for name, *_ in it.cut] == [1]


def test_without_meters_there_is_one_open_area() -> None:
    it = layout(network(), [], [], [])
    assert len(it.areas) == 1 and not it.areas[0].closed and not it.cut


def test_the_nominal_demand_follows_the_pattern() -> None:
    nominal = nominal_by_hour(network())
    assert np.allclose(nominal, SHAPE[:, None])


def test_what_enters_is_shared_and_the_balance_tells_the_leak() -> None:
    net = _pumped()
    it = layout(net, ["main", "pump"], ["tank"], ["u0", "u1"])
    index = pd.date_range("2021-01-01", periods=48, freq="h")
    section = np.array([0.0, np.pi / 4.0 * 100.0])
    level = np.full((48, 2), np.nan)
    level[:, 1] = 2.0 + np.arange(48) * (2.0 / section[1])  # the tank takes 2 m³/h
    flow = np.tile([60.0, 9.0], (48, 1))
    told = by_hour(index, {"pressure": np.zeros((48, 0)), "flow": flow, "level": level,
                           "meter": np.tile([1.5, 2.5], (48, 1))})  # fmt: skip
    nodes = net.node_ids()
    leaks = np.zeros((48, len(net.junctions)))
    leaks[:, nodes.index("n2_2")] = 4.0
    made = draws(it, told, leaks, np.ones(2), section, np.ones(len(net.junctions)))
    town = [nodes.index(f"n{i}_{j}") for i in range(6) for j in range(6)]
    # 60 enter, 9 leave by the pump, drawn where it is: what nodes draw with the leak is 60
    assert np.allclose(made.demand[:, town].sum(axis=1), 60.0)
    # 9 enter, 2 fill the tank, 4 are metered; u2 has none and draws 1
    assert np.allclose(made.balance[1:-1, 0], 3.0)
    assert np.allclose(made.unmetered[:, 0], 1.0)


def test_a_metered_main_behind_a_pump_without_meter_is_cut() -> None:
    net = _pumped()
    size = {"length_m": 50.0, "diameter_mm": 150.0, "roughness": 110.0}
    net.junctions = pd.concat([net.junctions, frame("junctions", {"out": {"elevation_m": 30.0}})])
    net.pipes = pd.concat([
        net.pipes, frame("pipes", {"rising": {"from_node": "out", "to_node": "tank", **size}})
    ])  # fmt: skip
    net.pumps.loc["pump", "to_node"] = "out"
    it = layout(net, ["main", "rising"], ["tank"], [])
    assert [k for k, *_ in it.cut] == [1] and it.observed == [0]
    assert it.net.pipes.loc["rising", "status"] == "closed"
    assert net.pipes.loc["rising", "status"] == "open"
    # the main hangs on a reservoir, not on a pump: its flow is computed
    assert layout(net, ["main"], ["tank"], []).observed == [0]
