# SPDX-License-Identifier: EUPL-1.2
"""What is read off computed networks: sensitivities, fires, energy, age, calibration.

Closed forms where there are some, EPANET's own differences and report elsewhere. Networks of this
project are written here; L-TOWN, Net3 and Anytown are read where they are.
"""

from __future__ import annotations

import math
import re
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.water import networks
from jumeau.validation.water.study import Figure, Study

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network

FILE = Path("validation") / "water" / "battledim" / "L-TOWN.inp"
EPANET = "EPANET 2.3 (owa-epanet), differences of four runs, the third order taken out"
LICENCE = "MIT"
OWN = "formula"
SLOPE = 1e-3
"""Largest accepted error of a sensitivity, relative to the largest of its column."""
STEP_M3_H = 0.1
"""Least flow drawn for a difference: below, the tolerance of EPANET shows [m³/h]."""
SENSORS = 8
"""Nodes looked at in each network, and half as many where water is drawn."""

VALVED = """[JUNCTIONS]
 A 10 5
 B 12 8
 C 8 3
 D 9 4
 E 7 6
[RESERVOIRS]
 R 10
[PIPES]
 p1 A B 400 150 110
 p2 B C 300 100 110 2
 p3 A C 500 100 100
 p5 D E 200 80 90
[PUMPS]
 U R A HEAD c
[VALVES]
 V B D 80 PRV 35 0
[CURVES]
 c 30 50
 e 5 40
 e 30 72
 e 50 60
[EMITTERS]
 C 0.8
 E 0.3
[ENERGY]
 Global Efficiency 65
 Pump U Efficiency e
[PATTERNS]
 1 1 0.5 1.4 0.8
[OPTIONS]
 Units CMH
 Headloss H-W
 Accuracy 0.00001
[TIMES]
 Duration 24:00
[REPORT]
 Energy Yes
[END]
"""
"""A loop that a pump feeds, with emitters and a valve that reduces the pressure."""
PIPE = """[JUNCTIONS]
 J 10 36
[RESERVOIRS]
 R 60
[PIPES]
 P R J 3000 300 130
[OPTIONS]
 Units CMH
 Accuracy 0.00001
[TIMES]
 Duration 72:00
[END]
"""
"""One pipe: 3 km of 300 mm, 36 m³/h."""


def network(text: str) -> Network:
    """Return a network of this module.

    Parameters
    ----------
    text : str
        Its INP.
    """
    from jumeau.worksites import water

    with tempfile.TemporaryDirectory(prefix="jumeau-water-") as folder:
        path = Path(folder) / "network.inp"
        path.write_text(text, encoding="utf-8")
        return water.read_inp(path)


def slopes(net: Network) -> dict[str, float]:
    """Return the worst error of sensitivities beside EPANET's differences.

    Parameters
    ----------
    net : Network
        At its first moment.
    """
    import numpy as np

    from jumeau.worksites import water
    from jumeau.worksites.water.analyses import moment

    names = list(net.junctions.index)
    every = max(len(names) // SENSORS, 1)
    watched, drawn = names[::every][:SENSORS], names[1 :: 2 * every][: SENSORS // 2]
    table = water.sensitivity(net, watched)
    amount = max(0.03 * float(net.junctions["demand_m3_h"].abs().mean()), STEP_M3_H)
    tight, worst = moment.tightened(net), 0.0
    for name in drawn:
        runs = [{"demand": {name: amount * it}} for it in (1, -1, 2, -2)]
        answer = water.solve(tight, 0, scenarios=runs, engine="epanet")
        p = answer.pressure[:, 0, [answer.nodes.index(it) for it in watched]]
        exact = (8.0 * (p[0] - p[1]) - (p[2] - p[3])) / (12.0 * amount)
        gap = np.abs(table[name].to_numpy() - exact).max() / np.abs(exact).max()
        worst = max(worst, float(gap))
    return {"sensitivity": worst}


def electricity() -> dict[str, float]:
    """Return the mean power and efficiency of a pump, ours over those of EPANET's report."""
    from epanet import toolkit

    from jumeau.worksites import water
    from jumeau.worksites.water.network import records

    with tempfile.TemporaryDirectory(prefix="jumeau-water-") as folder:
        path = Path(folder) / "network.inp"
        path.write_text(VALVED, encoding="utf-8")
        project = toolkit.createproject()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                report, binary = path.with_suffix(".rpt"), path.with_suffix(".out")
                toolkit.runproject(project, str(path), str(report), str(binary), None)
        finally:
            toolkit.deleteproject(project)
        said = re.search(r"^\s*U" + r"\s+([\d.]+)" * 5, report.read_text(), re.MULTILINE)
        row = records(water.pump_energy(water.read_inp(path)))["U"]
    _, efficiency, _, mean, _ = (float(it) for it in said.groups()) if said else (math.nan,) * 5
    return {
        "mean power": float(row["mean_power_kw"]) / mean,
        "efficiency": 100.0 * float(row["efficiency"]) / efficiency,
    }


def loss(flow: float) -> float:
    """Return the head lost in the pipe by Hazen and Williams [m].

    Parameters
    ----------
    flow : float
        [m³/h].
    """
    return float(10.667 * 3000.0 * (flow / 3600.0) ** 1.852 / (130.0**1.852 * 0.3**4.871))


def one_pipe() -> dict[str, float]:
    """Return what one pipe gives: age of its water, flow at 10 m, its slope."""
    from jumeau.worksites import water
    from jumeau.worksites.water.network import records

    net = network(PIPE)
    fire = records(water.fire_flow(net, ["J"], duration_s=0, most_m3_h=2000))["J"]
    return {
        "age": float(water.age(net).mean_h.to_dict()["J"]),
        "flow at 10 m": float(fire["available_m3_h"]),
        "sensitivity": float(records(water.sensitivity(net, ["J"]))["J"]["J"]),
    }


def calibrated() -> dict[str, float]:
    """Return the factors found from what a network with other ones would measure."""
    import pandas as pd

    from jumeau.worksites import water

    net = network(VALVED)
    truth = net.copy()
    truth.pipes["roughness"] *= 0.8
    truth.junctions["demand_m3_h"] *= 1.1
    answer = water.solve(truth, step_s=3600, engine="epanet")
    rows = [
        (kind, name, int(time), float(values[row, order.index(name)]), 0.01)
        for kind, values, order, names in (
            ("pressure", answer.pressure[0], answer.nodes, ("A", "B", "C", "E")),
            ("flow", answer.flow[0], answer.links, ("U",)),
        )
        for row, time in enumerate(answer.time_s[:4])
        for name in names
    ]
    table = pd.DataFrame(rows, columns=["quantity", "entity", "time_s", "value", "sd"])
    found = water.calibrate(net, table, roughness_sd=0.5, demand_sd=0.5).parameters["factor"]
    return {"roughness": float(found["roughness", "all"]), "demand": float(found["demand", "all"])}


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the analyses that are judged.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    slope = (Figure("sensitivity", 0.0, SLOPE, ""),)
    here = {name: path for name, path in networks.located().items() if name in ("Net3", "Anytown")}
    if shared is not None and (shared / FILE).is_file():
        here["L-TOWN"] = shared / FILE
    yield Study("pump, valve and emitters", "sensitivity", lambda: slopes(network(VALVED)), slope,
                EPANET, LICENCE)  # fmt: skip
    for name in ("Net3", "Anytown", "L-TOWN"):
        compute = partial(_read_slopes, here[name]) if name in here else None
        yield Study(name, "sensitivity", compute, slope, EPANET, LICENCE)
    stay = math.pi / 4.0 * 0.3**2 * 3000.0 / 36.0
    most = ((60.0 - 10.0 - 10.0) / loss(1.0)) ** (1.0 / 1.852) - 36.0
    yield Study(
        "one pipe", "analyses", one_pipe,
        (
            Figure("age", stay, 0.1, "h"),
            Figure("flow at 10 m", most, 2e-3, "m³/h", relative=True),
            Figure("sensitivity", -1.852 * loss(36.0) / 36.0, 1e-3, "m/(m³/h)", relative=True),
        ),
        "plug flow, Hazen and Williams", OWN,
    )  # fmt: skip
    yield Study(
        "a pump", "pump_energy", electricity,
        (Figure("mean power", 1.0, 2e-3, ""), Figure("efficiency", 1.0, 2e-3, "")),
        "energy report of EPANET 2.3 (owa-epanet), ours over it", LICENCE,
    )  # fmt: skip
    yield Study(
        "a truth hidden in measurements", "calibrate", calibrated,
        (Figure("roughness", 0.8, 0.01, ""), Figure("demand", 1.1, 0.01, "")),
        "factors put in", OWN,
    )  # fmt: skip


def _read_slopes(path: Path) -> dict[str, float]:
    from jumeau.worksites import water

    return slopes(water.read_inp(path))
