# SPDX-License-Identifier: EUPL-1.2
"""Electricity of pumps, by hand and against EPANET's own report."""

from __future__ import annotations

import re
import warnings

import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import water

PUMP = """[JUNCTIONS]
 A 0 20
[RESERVOIRS]
 R 5
[TANKS]
 T 40 2 0 6 9 0
[PIPES]
 p A T 900 150 110
[PUMPS]
 U R A HEAD c SPEED 0.95
 V R A HEAD c
[CURVES]
 c 30 50
 e 5 40
 e 30 72
 e 50 60
[PATTERNS]
 1 1 0.5 1.4 0.8
[CONTROLS]
LINK V CLOSED IF NODE T ABOVE 3
LINK V OPEN IF NODE T BELOW 1.5
[ENERGY]
 Global Efficiency 65
 Pump U Efficiency e
[OPTIONS]
 Units CMH
[TIMES]
 Duration 48:00
[REPORT]
 Energy Yes
[END]
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "pump.inp"
    path.write_text(PUMP)
    return path


def reported(path):
    """Return EPANET's own report: share of time, efficiency, kWh/m³, mean and peak kW by pump."""
    from epanet import toolkit

    project = toolkit.createproject()
    report = path.with_suffix(".rpt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        toolkit.runproject(project, str(path), str(report), str(path.with_suffix(".out")), None)
    toolkit.deleteproject(project)
    text = report.read_text()
    rows = re.findall(r"^\s*([UV])" + r"\s+([\d.]+)" * 5, text, re.MULTILINE)
    return {name: [float(it) for it in rest] for name, *rest in rows}


def test_energy_is_that_of_epanets_report(path):
    table = water.pump_energy(water.read_inp(path))
    known = reported(path)
    assert sorted(known) == ["U", "V"]
    for name, (used, efficiency, specific, mean, peak) in known.items():
        row = table.loc[name]
        assert 100 * row.running_share == pytest.approx(used, abs=0.01)
        assert 100 * row.efficiency == pytest.approx(efficiency, abs=0.02)
        assert row.mean_power_kw == pytest.approx(mean, rel=2e-3)
        assert row.peak_power_kw == pytest.approx(peak, rel=2e-3)
        # EPANET's kWh/m³ is the mean over time of kW per m³/h, ours energy over volume: less
        assert 0.8 * specific < row.specific_kwh_m3 < specific + 0.005
        assert row.specific_kwh_m3 == pytest.approx(row.energy_kwh / row.volume_m3)
    assert table.loc["U", "efficiency"] != pytest.approx(0.65)
    assert 0 < table.loc["V", "running_share"] < 1


def test_power_by_hand(path):
    net = water.read_inp(path)
    net.controls = []
    net.times["DURATION"] = "0"
    answer = water.solve(net, engine="epanet")
    place = {name: k for k, name in enumerate(answer.nodes)}
    q = answer.flow[0, 0, answer.links.index("V")]
    lift = answer.head[0, 0, place["A"]] - answer.head[0, 0, place["R"]]
    row = water.pump_energy(net).loc["V"]
    power = 9.80665 * q / 3600 * lift / 0.65
    assert row.mean_power_kw == pytest.approx(power, rel=1e-3)
    assert row.energy_kwh_day == pytest.approx(24 * power, rel=1e-3)
    assert row.energy_kwh_year == pytest.approx(24 * 365.25 * power, rel=1e-3)
    assert row.specific_kwh_m3 == pytest.approx(power / q, rel=1e-3)


def test_a_solution_counts_as_the_run_does(path):
    net = water.read_inp(path)
    run = water.pump_energy(net)
    answer = water.solve(net, step_s=60, scenarios=[{}, {"status": {"U": 0}}], engine="epanet")
    found = water.pump_energy(net, answer)
    assert found.loc["U", "energy_kwh"] == pytest.approx(run.loc["U", "energy_kwh"], rel=0.01)
    assert found.loc["U", "volume_m3"] == pytest.approx(run.loc["U", "volume_m3"], rel=0.01)
    stopped = water.pump_energy(net, answer, scenario=1)
    assert stopped.loc["U", "energy_kwh"] == 0 and stopped.loc["U"].isna().sum() == 3
    with pytest.raises(InvalidError, match="JUM-H072"):
        water.pump_energy(net, answer, scenario=2)


def test_a_network_without_pumps_has_no_row(grid):
    assert water.pump_energy(grid).empty
