# SPDX-License-Identifier: EUPL-1.2
"""Derivatives of the states against states computed anew."""

from __future__ import annotations

import numpy as np
from towns import network

from jumeau.worksites import water
from jumeau.worksites.water.leaks.states import Hydraulics, Sensors


def _states() -> tuple[Hydraulics, np.ndarray, np.ndarray, Sensors]:
    hydraulics = Hydraulics(network())
    rng = np.random.default_rng(3)
    demand = rng.uniform(0.5, 1.5, (3, hydraulics.junctions))
    level = np.tile(hydraulics.levels, (3, 1))
    main = hydraulics.links.index("main")
    return hydraulics, demand, level, Sensors(np.array([3, 20, 35]), np.array([main]))


def test_states_are_those_of_the_engine() -> None:
    hydraulics, demand, level, _ = _states()
    head, flow, good = hydraulics.steady(demand, level)
    net = network()
    net.junctions["demand_m3_h"] = 0.0
    asked = [{"demand": dict(zip(hydraulics.nodes, row.tolist(), strict=False))} for row in demand]
    solved = water.solve(net, 0, scenarios=asked, engine="epanet")
    assert good.all()
    assert np.abs(head - solved.head[:, 0]).max() < 1e-3
    assert np.abs(flow - solved.flow[:, 0]).max() < 1e-2


def test_derivatives_are_those_of_small_changes() -> None:
    hydraulics, demand, level, sensors = _states()
    slopes = hydraulics.slopes(demand, level, sensors)
    links = sensors.links

    def seen() -> np.ndarray:
        head, flow, _ = hydraulics.steady(demand, level)
        return np.concatenate([head[:, sensors.nodes], flow[:, links]], axis=1)

    before = seen()
    demand[:, 17] -= 0.1
    assert np.abs((seen() - before) / 0.1 - slopes.put[:, :, 17]).max() < 5e-3
    demand[:, 17] += 0.1
    change = np.zeros(len(hydraulics.links))
    change[5] = 0.02
    hydraulics.resist(change)
    assert np.abs((seen() - before) / 0.02 - slopes.resistance[:, :, 5]).max() < 1e-2


def test_levels_of_sources_are_those_given() -> None:
    hydraulics, demand, level, _ = _states()
    low, _, _ = hydraulics.steady(demand, level)
    high, _, _ = hydraulics.steady(demand, level + 1.5)
    assert np.allclose(high - low, 1.5, atol=1e-3)
