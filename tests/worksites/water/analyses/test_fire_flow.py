# SPDX-License-Identifier: EUPL-1.2
"""Flow at hydrants, against bisection of EPANET for each alone."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.analyses import moment


def plain(net, hydrant, residual, others=None, most=500.0):
    """Return the flow at which the pressures to keep are kept, by bisection (plain twin)."""

    def holds(flow):
        answer = water.solve(net, 0, scenarios=[{"demand": {hydrant: flow}}], engine="epanet")
        pressure = dict(zip(answer.nodes, answer.pressure[0, 0], strict=True))
        fine = pressure[hydrant] >= residual
        if others is not None:
            rest = [n for n in net.junctions.index if n != hydrant and still[n] >= others]
            fine &= min(pressure[n] for n in rest) >= others
        return fine

    answer = water.solve(net, 0, engine="epanet")
    still = dict(zip(answer.nodes, answer.pressure[0, 0], strict=True))
    low, high = 0.0, most
    if not holds(0.0):
        return 0.0
    if holds(most):
        return most
    for _ in range(18):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@pytest.mark.parametrize("others", [None, 12.0])
def test_available_flow_is_that_of_bisection(grid, others):
    table = water.fire_flow(grid, at_s=0, residual_m=10, others_m=others, duration_s=0)
    still = moment.frozen(grid, moment.moment(grid, 0))
    for name, row in table.iterrows():
        exact = plain(still, name, 10, others)
        assert row.available_m3_h == pytest.approx(exact, abs=0.12), name
        assert row.sufficient == (exact >= 60)
    assert table["available_m3_h"].nunique() > 3


def test_pressures_during_the_fire(grid):
    table = water.fire_flow(grid, ["D", "F"], flow_m3_h=20, at_s=0, duration_s=3600)
    still = moment.frozen(grid, moment.moment(grid, 0))
    for name, row in table.iterrows():
        runs = [{}, {"demand": {name: 20}}]
        answer = water.solve(still, 0, scenarios=runs, engine="epanet")
        pressure = answer.pressure[:, 0, : len(grid.junctions)]
        at = answer.nodes.index(name)
        assert row.static_m == pytest.approx(pressure[0, at], abs=2e-3)
        assert row.pressure_m == pytest.approx(pressure[1, at], abs=2e-3)
        rest = np.delete(np.arange(len(grid.junctions)), at)
        assert row.lowest_other_m == pytest.approx(pressure[1, rest].min(), abs=2e-3)
        assert row.lowest_other_node == answer.nodes[rest[pressure[1, rest].argmin()]]
        below = (pressure[1, rest] < 10) & (pressure[0, rest] >= 10)
        assert row.nodes_below == below.sum()


def test_a_tank_that_empties_does_not_last(tmp_path):
    path = tmp_path / "tower.inp"
    path.write_text(
        "[JUNCTIONS]\n J 0 5\n K 0 0\n[TANKS]\n T 20 2 0 3 6 0\n[RESERVOIRS]\n R 26\n"
        "[PIPES]\n p T J 200 200 120\n q R J 9000 60 100\n s J K 5 200 120\n"
        "[OPTIONS]\n Units CMH\n[TIMES]\n Duration 12:00\n"
    )
    net = water.read_inp(path)
    short = water.fire_flow(net, ["J"], duration_s=600, at_s=0).loc["J"]
    long = water.fire_flow(net, ["J"], duration_s=7200, at_s=0).loc["J"]
    assert short.sufficient and short.lasting and long.sufficient and not long.lasting
    held = 28.3 * 2 / 60 * 3600  # what the tower holds, s at 60 m³/h
    assert held < 7200
    assert short.pressure_end_m < short.pressure_m


def test_what_cannot_be_reached_has_no_flow(grid):
    grid.pipes.loc["p5", "status"] = "closed"
    table = water.fire_flow(grid, ["A", "G"], at_s=0, duration_s=0)
    assert np.isnan(table.loc["G", "available_m3_h"]) and not table.loc["G", "sufficient"]
    assert table.loc["A", "available_m3_h"] > 0


def test_an_island_keeps_nobody_from_an_answer(grid):
    grid.pipes.loc["p5", "status"] = "closed"  # E and G, and p8 between them
    asked = {"flow_m3_h": 10.0, "residual_m": 10.0, "at_s": 0, "duration_s": 3600.0}
    whole = water.fire_flow(grid, **asked)
    columns = ["available_m3_h", "pressure_m", "pressure_end_m"]
    assert whole.loc[["E", "G"], columns].isna().all(axis=None)
    joined = water.fire_flow(grid, ["A", "B", "C", "D", "F"], **asked)
    assert np.allclose(whole.loc[joined.index, columns], joined[columns], atol=0.2)
    assert not joined[columns].isna().any(axis=None)


def test_wrong_questions_are_refused(grid):
    with pytest.raises(UnknownNameError, match="JUM-H070"):
        water.fire_flow(grid, ["hydrant 4"])
    for wrong in ({"flow_m3_h": 0.0}, {"residual_m": -1.0}, {"duration_s": float("inf")}):
        with pytest.raises(InvalidError, match="JUM-H072"):
            water.fire_flow(grid, ["A"], **wrong)
