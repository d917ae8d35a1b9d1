# SPDX-License-Identifier: EUPL-1.2
"""Calibration where the truth is known: derivatives, factors, intervals, what is not told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.analyses import calibration, fitting

ROUGH = {"mains": ["p0", "p1", "p3"], "streets": ["p2", "p4", "p6"]}
DEMAND = {"north": ["A", "B", "C"], "south": ["D", "E", "F"]}
TIMES = [0, 8 * 3600, 16 * 3600]


def changed(net, rough, demand):
    """Return a network with the factors of its groups."""
    twin = net.copy()
    for group, factor in rough.items():
        twin.pipes.loc[ROUGH[group], "roughness"] *= factor
    for group, factor in demand.items():
        twin.junctions.loc[DEMAND[group], "demand_m3_h"] *= factor
    return twin


def measured(truth, rng, sd=0.1, nodes="BCDEF", flows=("p0", "p1"), share=0.01):
    """Return what sensors of a network say, tank level included."""
    answer = water.solve(truth, engine="epanet")
    rows = []
    for time in TIMES:
        at = answer.time_s.tolist().index(time)
        for name in nodes:
            value = answer.pressure[0, at, answer.nodes.index(name)] + rng.normal(0, sd)
            rows.append(("pressure", name, time, value, sd))
        for name in flows:
            value = answer.flow[0, at, answer.links.index(name)] * (1 + rng.normal(0, share))
            rows.append(("flow", name, time, value, share * abs(value)))
        rows.append(("level", "T", time, answer.pressure[0, at, answer.nodes.index("T")], 0.01))
    return pd.DataFrame(rows, columns=["quantity", "entity", "time_s", "value", "sd"])


def test_derivatives_are_those_of_differences(grid):
    table = measured(grid, np.random.default_rng(1))
    table.loc[len(table)] = ("head", "E", 0, 40.0, 0.1)
    table.loc[len(table)] = ("flow", "p7", 0, 4.0, 0.1)
    given = calibration._checked(grid, table, 0.1, 0.01)
    pipes, nodes = list(grid.pipes.index), list(grid.junctions.index)
    groups = (
        {name: np.array([pipes.index(it) for it in group]) for name, group in ROUGH.items()},
        {name: np.array([nodes.index(it) for it in group]) for name, group in DEMAND.items()},
    )
    with fitting.opened(grid, given, groups) as fit:
        theta = np.array([0.1, -0.05, 0.08, -0.1])
        _, slopes = fit.value(theta, slopes=True)
        for k in range(4):
            up, down = theta.copy(), theta.copy()
            up[k] += 0.02
            down[k] -= 0.02
            twin = (fit.value(up)[0] - fit.value(down)[0]) / 0.04
            np.testing.assert_allclose(slopes[:, k], twin, atol=2e-3 * np.abs(twin).max())


def test_a_truth_is_found_again_without_noise(grid):
    truth = changed(grid, {"mains": 0.8, "streets": 1.15}, {"north": 1.1, "south": 0.9})
    table = measured(truth, np.random.default_rng(0), sd=1e-3, share=1e-4)
    table["sd"] = 0.01
    found = water.calibrate(
        grid, table, roughness=ROUGH, demand=DEMAND, roughness_sd=0.5, demand_sd=0.5
    )
    factor = found.parameters["factor"]
    assert found.converged and found.findings == []
    wanted = {("roughness", "mains"): 0.8, ("roughness", "streets"): 1.15,
              ("demand", "north"): 1.1, ("demand", "south"): 0.9}  # fmt: skip
    for name, value in wanted.items():
        assert factor[name] == pytest.approx(value, rel=0.02), name
    np.testing.assert_allclose(
        found.network.pipes["roughness"], truth.pipes["roughness"], rtol=0.02
    )
    np.testing.assert_allclose(
        found.network.junctions["demand_m3_h"], truth.junctions["demand_m3_h"], rtol=0.02, atol=1e-9
    )
    seen = found.residuals[found.residuals["quantity"] == "pressure"]
    after, before = ((seen["value"] - seen[name]).abs().mean() for name in ("after", "before"))
    assert after < 0.05 * before


def test_intervals_cover_the_truth(grid):
    rng = np.random.default_rng(5)
    inside, total = 0, 0
    for _ in range(15):
        rough = {name: float(np.exp(rng.normal(0, 0.2))) for name in ROUGH}
        demand = {name: float(np.exp(rng.normal(0, 0.2))) for name in DEMAND}
        table = measured(changed(grid, rough, demand), rng)
        found = water.calibrate(grid, table, roughness=ROUGH, demand=DEMAND)
        for (kind, group), row in found.parameters.iterrows():
            truth = rough[group] if kind == "roughness" else demand[group]
            inside += row.low <= truth <= row.high
            total += 1
    assert 0.78 <= inside / total <= 0.99  # 60 draws of 0.9: ±3 sd


def test_what_is_not_informed_is_said(grid):
    groups = {**ROUGH, "end": ["p8"]}  # nothing flows there
    found = water.calibrate(
        grid, measured(grid, np.random.default_rng(2)), roughness=groups, demand=DEMAND
    )
    row = found.parameters.loc[("roughness", "end")]
    assert not row.identified and row.informed < 0.01
    assert row.factor == pytest.approx(1.0, abs=1e-6)
    assert row.high == pytest.approx(np.exp(1.645 * 0.2 * max(found.scale, 1)), rel=1e-3)
    told = [it for it in found.findings if it.code == "JUM-H075"]
    assert [it.data["group"] for it in told] == ["end"]
    assert "end" in told[0].to_row()["what"]


def test_one_wrong_sensor_is_named_and_counts_little(grid):
    rng = np.random.default_rng(3)
    truth = changed(grid, {"mains": 0.85}, {})
    table = measured(truth, rng)
    table.loc[(table["entity"] == "E"), "value"] += 6.0
    found = water.calibrate(grid, table, roughness=ROUGH, demand=DEMAND)
    odd = {it.entity for it in found.findings if it.code == "JUM-H076"}
    assert odd == {"E"}
    assert found.residuals.loc[table["entity"] == "E", "weight"].max() < 0.1
    assert found.parameters.loc[("roughness", "mains"), "factor"] == pytest.approx(0.85, abs=0.06)
    assert found.scale > 1


def test_pumps_run_as_measured(town):
    net = water.read_inp(town)
    rows = [("flow", "U", 0, 0.0, 0.5), ("pressure", "A", 0, 45.0, 0.5)]
    table = pd.DataFrame(rows, columns=["quantity", "entity", "time_s", "value", "sd"])
    found = water.calibrate(net, table, demand={})
    assert found.residuals.loc[0, "after"] == 0.0
    table.loc[0, "value"] = 30.0
    assert water.calibrate(net, table, demand={}).residuals.loc[0, "after"] > 10


def test_wrong_observations_are_refused(grid):
    table = measured(grid, np.random.default_rng(0))
    for wrong, code in (
        (table.drop(columns="value"), "JUM-H074"),
        (table.iloc[:0], "JUM-H074"),
        (table.assign(quantity="presure"), "JUM-H074"),
        (table.assign(value=np.nan), "JUM-H074"),
        (table.assign(sd=-1.0), "JUM-H074"),
        (table.assign(time_s=10**7), "JUM-H071"),
        (table.assign(entity="Z"), "JUM-H070"),
    ):
        with pytest.raises((InvalidError, UnknownNameError), match=code):
            water.calibrate(grid, wrong)
    for wrong in ({"roughness": {"a": ["p1"], "b": ["p1"]}}, {"demand": {"a": []}},
                  {"pressure_sd_m": 0.0}):  # fmt: skip
        with pytest.raises(InvalidError, match="JUM-H072"):
            water.calibrate(grid, table, **wrong)
    with pytest.raises(UnknownNameError, match="JUM-H070"):
        water.calibrate(grid, table, roughness={"a": ["p77"]})
