# SPDX-License-Identifier: EUPL-1.2
"""A small town whose leaks are known: a grid of pipes, a reservoir, twelve gauges, sixty days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from jumeau.worksites import water
from jumeau.worksites.water.network import Network, frame

SIDE, DAYS, TRAIN_D = 6, 60, 7
BURST = ("h2_3", 20.5, np.inf, 6.0)
REPAIRED = ("v4_1", 30.25, 48.5, 5.0)
"""Pipe, onset and repair [d], flow [m³/h]."""
SHAPE = 1.0 + 0.5 * np.sin(np.arange(24) / 24.0 * 2.0 * np.pi)
"""Of the demand over a day."""


class Town(NamedTuple):
    """A town and what was measured in it."""

    net: Network
    pressures: pd.DataFrame
    flows: pd.DataFrame
    train: tuple[pd.Timestamp, pd.Timestamp]


def network(rough: float = 0.0, seed: int = 0) -> Network:
    """Return a grid of 36 nodes fed at a corner, roughness drawn anew within a share."""
    rng = np.random.default_rng(seed)
    net = Network()
    nodes = {
        f"n{i}_{j}": {"elevation_m": 5.0 + i + 0.5 * j, "demand_m3_h": 1.0, "pattern": "day",
                      "x": 200.0 * i, "y": 200.0 * j}
        for i in range(SIDE) for j in range(SIDE)
    }  # fmt: skip
    size = {"length_m": 200.0, "diameter_mm": 110.0, "roughness": 110.0}
    pipes = {}
    for i in range(SIDE):
        for j in range(SIDE):
            if i + 1 < SIDE:
                pipes[f"h{i}_{j}"] = {"from_node": f"n{i}_{j}", "to_node": f"n{i + 1}_{j}", **size}
            if j + 1 < SIDE:
                pipes[f"v{i}_{j}"] = {"from_node": f"n{i}_{j}", "to_node": f"n{i}_{j + 1}", **size}
    main = {**size, "diameter_mm": 250.0, "length_m": 20.0}
    pipes["main"] = {"from_node": "source", "to_node": "n0_0", **main}
    net.junctions, net.pipes = frame("junctions", nodes), frame("pipes", pipes)
    net.reservoirs = frame("reservoirs", {"source": {"head_m": 60.0, "x": -20.0, "y": 0.0}})
    net.patterns = frame("patterns", {"day": {"multipliers": tuple(SHAPE)}})
    net.times = {"PATTERN TIMESTEP": "1:00"}
    net.pipes["roughness"] *= 1.0 + rough * rng.uniform(-1.0, 1.0, len(pipes))
    return net


def measured(leaks: list[tuple[str, float, float, float]], days: int = DAYS, seed: int = 1) -> Town:
    """Return a town of another roughness and noisy demand, seen by twelve gauges and a meter."""
    rng = np.random.default_rng(seed)
    real = network(0.1, seed)
    hours = 24 * days
    nodes = list(real.junctions.index)
    noise = rng.normal(1.0, 0.15, (hours, len(nodes)))
    share = rng.uniform(0.9, 1.1, len(nodes))
    use = SHAPE[np.arange(hours) % 24][:, None] * share * noise
    when = (np.arange(hours) + 0.5) / 24.0
    at = {name: k for k, name in enumerate(nodes)}
    for pipe, start, end, flow in leaks:
        lost = flow * ((when >= start) & (when < end))
        for column in ("from_node", "to_node"):
            use[:, at[real.pipes.loc[pipe, column]]] += lost / 2.0
    real.patterns = frame("patterns", {"day": {"multipliers": (0.0,)}})
    scenarios = [{"demand": dict(zip(nodes, row.tolist(), strict=True))} for row in use]
    solved = water.solve(real, 0, scenarios=scenarios, engine="batched", threads=1)
    gauges = [f"n{i}_{j}" for i in (0, 2, 3, 5) for j in (1, 3, 5)]
    columns = [solved.nodes.index(name) for name in gauges]
    index = pd.date_range("2021-03-01", periods=hours, freq="h")
    pressure = np.round(solved.pressure[:, 0, columns], 2)
    flow = np.round(solved.flow[:, 0, [solved.links.index("main")]], 2)
    return Town(
        network(), pd.DataFrame(pressure, index, gauges), pd.DataFrame(flow, index, ["main"]),
        (index[0], index[24 * TRAIN_D - 1]),
    )  # fmt: skip
