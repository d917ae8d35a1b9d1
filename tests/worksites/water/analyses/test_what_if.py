# SPDX-License-Identifier: EUPL-1.2
"""What changes do, against the same changes solved one by one."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water

CHANGES = {
    "close p3": {"status": {"p3": 0}},
    "open p9": {"status": {"p9": 1}},
    "school": {"demand": {"F": 3.0}},
}


def test_a_row_a_change_as_solved_alone(grid):
    table = water.what_if(grid, CHANGES, required_m=30)
    assert list(table.index) == ["as is", *CHANGES]
    nj = len(grid.junctions)
    base = water.solve(grid, engine="epanet").pressure[0, :, :nj]
    for name, change in {"as is": {}, **CHANGES}.items():
        answer = water.solve(grid, scenarios=[change], engine="epanet")
        pressure, row = answer.pressure[0, :, :nj], table.loc[name]
        move = pressure.mean(axis=0) - base.mean(axis=0)
        assert row.lowest_pressure_m == pytest.approx(pressure.min(), abs=5e-3)
        when, where = np.unravel_index(pressure.argmin(), pressure.shape)
        assert row.lowest_node == answer.nodes[where] and row.lowest_at_s == answer.time_s[when]
        assert row.mean_change_m == pytest.approx(move.mean(), abs=5e-3)
        assert row.most_lost_m == pytest.approx(min(move.min(), 0), abs=5e-3)
        assert row.most_gained_m == pytest.approx(max(move.max(), 0), abs=5e-3)
        users = grid.junctions["demand_m3_h"].to_numpy() > 0
        assert row.nodes_low == ((pressure < 30).any(axis=0) & users).sum()
    assert table.loc["close p3", "most_lost_m"] < -0.1
    assert table.loc["open p9", "most_gained_node"] in ("E", "G", "D")


def test_at_a_time_only_that_time_counts(grid):
    table = water.what_if(grid, CHANGES, at_s=8 * 3600)
    assert (table["lowest_at_s"] == 0).all()
    assert table.loc["school", "most_lost_node"] == "F"


def test_a_pump_that_stops_uses_nothing(town):
    table = water.what_if(water.read_inp(town), {"stop": {"status": {"U": 0}}}, at_s=0)
    assert table.loc["as is", "pump_energy_kwh_day"] > 0
    assert table.loc["stop", "pump_energy_kwh_day"] == 0


def test_scenarios_that_follow_a_stopped_pump_run_it_again(tmp_path):
    path = tmp_path / "pump.inp"
    path.write_text(
        "[JUNCTIONS]\n A 0 20\n[RESERVOIRS]\n R 5\n S 40\n[PIPES]\n p A S 900 150 110\n"
        "[PUMPS]\n U R A HEAD c SPEED 0.95\n[CURVES]\n c 30 50\n[OPTIONS]\n Units CMH\n"
    )
    net = water.read_inp(path)
    runs = [{}, {"status": {"U": 0}}, {}, {"setting": {"U": 0.8}}, {}]
    answer = water.solve(net, scenarios=runs, engine="epanet")
    flow = answer.flow[:, 0, answer.links.index("U")]
    assert flow[1] == 0 and 0 < flow[3] < flow[0]
    np.testing.assert_allclose(flow[[2, 4]], flow[0], rtol=1e-4)


def test_demand_added_does_not_follow_the_usual_pattern(grid):
    for engine in ("epanet", "batched"):
        answer = water.solve(grid, scenarios=[{}, {"demand": {"F": 3.0}}], engine=engine)
        p6 = answer.flow[:, :, answer.links.index("p6")]
        np.testing.assert_allclose(p6[1] - p6[0], 3.0, atol=1e-3)


def test_wrong_questions_are_refused(grid):
    with pytest.raises(UnknownNameError, match="JUM-H011"):
        water.what_if(grid, {"x": {"status": {"p33": 0}}})
    with pytest.raises(InvalidError, match="JUM-H071"):
        water.what_if(grid, CHANGES, at_s=-3)
