# SPDX-License-Identifier: EUPL-1.2
"""Age of water, against plug flow in one pipe and the stay in a mixed tank."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water.analyses.age import suggested_duration

PIPE = """[JUNCTIONS]
 J 10 36
 K 10 18
[RESERVOIRS]
 R 60
[PIPES]
 P R J 3000 300 130
 Q J K 2000 200 130
[OPTIONS]
 Units CMH
 Quality Chlorine mg/L
[QUALITY]
 R 1.5
 J 0.7
[TIMES]
 Duration 72:00
 Report Timestep 1:00
[END]
"""


def stay(length, millimetres, flow):
    """Return volume over flow: how long water takes through a pipe [h]."""
    return np.pi / 4 * (millimetres / 1000) ** 2 * length / flow


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe.inp"
    path.write_text(PIPE)
    return water.read_inp(path)


def test_plug_flow_in_two_pipes(pipe):
    found = water.age(pipe)
    first, second = stay(3000, 300, 54), stay(2000, 200, 18)
    last = dict(zip(found.nodes, found.hours[-1], strict=True))
    assert last["R"] == 0.0
    assert last["J"] == pytest.approx(first, abs=0.1)
    assert last["K"] == pytest.approx(first + second, abs=0.2)
    assert found.mean_h["K"] == pytest.approx(first + second, abs=0.2)
    assert found.steady and found.growing().empty
    # what was there at the start has grown older by then
    assert found.hours[2, found.nodes.index("K")] == pytest.approx(2.0, abs=0.2)


def test_a_short_duration_is_said(pipe):
    short = water.age(pipe, 3 * 3600)
    assert not short.steady and short.drift_h.isna().all()
    pipe.junctions.loc["K", "demand_m3_h"] = 0.0
    still = water.age(pipe)
    assert not still.steady and list(still.growing().index) == ["K"]
    assert still.drift_h["K"] == pytest.approx(24, abs=0.2)


def test_a_mixed_tank_keeps_water_for_its_volume_over_the_flow(tmp_path):
    path = tmp_path / "tank.inp"
    path.write_text(
        "[JUNCTIONS]\n J 10 10\n[RESERVOIRS]\n R 40\n[TANKS]\n T 30 2 0 4 6 0\n[PIPES]\n"
        " P R T 100 45.8 130\n Q T J 100 200 130\n[OPTIONS]\n Units CMH\n"
        "[VALVES]\n[TIMES]\n Duration 480:00\n Report Timestep 1:00\n"
    )
    net = water.read_inp(path)
    found = water.age(net)
    answer = water.solve(net, engine="epanet")
    level = answer.pressure[0, -100:, answer.nodes.index("T")]
    assert np.ptp(level) < 0.02  # 8 m are lost at 10 m³/h: what enters is what leaves
    held = np.pi / 4 * 36 * level.mean()
    assert found.hours[-1, found.nodes.index("T")] == pytest.approx(held / 10, rel=0.03)


def test_durations_are_told(pipe):
    assert suggested_duration(pipe) == 2 * 86400
    told = []
    water.age(pipe, 7200, 3600, progress=lambda stage, share: told.append((stage, share)))
    assert told[-1] == ("age", 1.0)
    with pytest.raises(InvalidError, match="JUM-H072"):
        water.age(pipe, quality_step_s=0)
    pipe.times["DURATION"] = "0"
    with pytest.raises(InvalidError, match="JUM-H073"):
        water.age(pipe)
    assert water.age(pipe, 86400, 3600).hours.shape == (25, 3)


def test_periods_that_do_not_balance_are_gone_through(pipe):
    pipe.options |= {"TRIALS": "1", "ACCURACY": "0.00001", "UNBALANCED": "STOP"}
    assert np.isnan(water.solve(pipe, engine="epanet").head).any()  # EPANET stops there
    assert np.isfinite(water.age(pipe).hours).all()
