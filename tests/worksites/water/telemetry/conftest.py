# SPDX-License-Identifier: EUPL-1.2
"""A made town of twelve nodes, and forty days of what its sensors would read."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites import water

INP = """[TITLE]
made
[JUNCTIONS]
{junctions}
[RESERVOIRS]
R 100
[PIPES]
main R a1 400 250 110 0 Open
{pipes}
[PATTERNS]
{patterns}
[OPTIONS]
Units CMH
Headloss H-W
Accuracy 0.0001
[TIMES]
Duration 24:00
Hydraulic Timestep 1:00
Pattern Timestep 1:00
[END]
"""
NODES = ("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "c1", "c2", "c3", "c4")
ALTITUDE = (40, 44, 48, 51, 55, 42, 46, 58, 53, 49, 61, 65)
DAY = (3, 2, 2, 2, 3, 6, 11, 14, 12, 10, 9, 10, 12, 10, 8, 8, 9, 12, 15, 14, 11, 8, 6, 4)
DAYS, STEPS = 40, 288


def _pipes() -> str:
    links = []
    for row in "abc":
        links += [(f"{row}{k}", f"{row}{k + 1}") for k in (1, 2, 3)]
    links += [("a1", "b1"), ("b1", "c1"), ("a4", "b4"), ("b4", "c4"), ("a2", "b2"), ("b3", "c3")]
    return "\n".join(
        f"p{a}{b} {a} {b} 600 {90 if 'c' in a + b else 140} 105 0 Open" for a, b in links
    )


def town(demands):
    """Return the INP text of the town, its patterns given."""
    junctions = "\n".join(
        f"{name} {z} {3.0 + 0.2 * k:.2f} d" for k, (name, z) in enumerate(zip(NODES, ALTITUDE,
                                                                     strict=True))
    )  # fmt: skip
    lines = "\n".join(
        "d " + " ".join(f"{it:.4f}" for it in demands[k : k + 12])
        for k in range(0, len(demands), 12)
    )
    return INP.format(junctions=junctions, pipes=_pipes(), patterns=lines)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return the network, and clean readings of forty days at five minutes."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.inp").write_text(town([it / 9 for it in DAY]))
    net = water.read_inp(folder / "town.inp")
    rng = np.random.default_rng(5)
    count = DAYS * STEPS
    hour = np.arange(count) / 12 % 24
    base = np.interp(hour, np.arange(25), [*DAY, DAY[0]]) / 9
    noise = np.zeros(count)
    for k in range(1, count):
        noise[k] = 0.8 * noise[k - 1] + 0.06 * rng.standard_normal()
    factor = np.round(base * np.exp(noise), 3)
    levels, place = np.unique(factor, return_inverse=True)
    moment = net.copy()
    moment.patterns = moment.patterns.iloc[:0]
    moment.junctions = moment.junctions.assign(pattern="")
    moment.demands = moment.demands.iloc[:0]
    own = net.junctions.demand_m3_h
    scenarios = [{"demand": {k: float(v * (it - 1.0)) for k, v in own.items()}} for it in
                 np.linspace(levels[0], levels[-1], 60)]  # fmt: skip
    answer = water.solve(moment, 0, 3600, scenarios=scenarios)
    grid = np.linspace(levels[0], levels[-1], 60)
    wanted = [answer.nodes.index(it) for it in NODES]
    curve = answer.pressure[:, 0, wanted]
    pressure = np.stack([np.interp(levels, grid, curve[:, k]) for k in range(12)], axis=1)[place]
    pressure = pressure + rng.normal(0, 0.02, pressure.shape)
    # what each street draws by itself
    for k in range(12):
        street = np.convolve(rng.standard_normal(count), np.ones(12) / 12, "same")
        pressure[:, k] += 0.05 * street
    flow = factor * float(own.sum()) * (1 + rng.normal(0, 0.005, count))
    time = pd.date_range("2023-09-25", periods=count, freq="5min")
    meters = np.abs(own.to_numpy()[:3] * 1000 * factor[:, None]
                    * np.exp(rng.normal(0, 0.3, (count, 3))))  # fmt: skip
    return SimpleNamespace(
        net=net,
        pressures=pd.DataFrame(np.round(pressure, 2), index=time, columns=list(NODES)),
        flows=pd.DataFrame({"main": np.round(flow, 2)}, index=time),
        meters=pd.DataFrame(np.round(meters, 1), index=time, columns=list(NODES[:3])),
        train=("2023-09-25", "2023-10-02"),
        curve=curve, grid=grid, factor=factor,
    )  # fmt: skip
