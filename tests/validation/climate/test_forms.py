# SPDX-License-Identifier: EUPL-1.2
"""The closed forms are those of the files of JUMEAU_SHARED, and keep what physics keeps."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.validation.climate import forms

ANALYTIC = Path("validation") / "climate" / "analytic"


def read(shared: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(shared / ANALYTIC / f"{name}.csv")


def same(ours: object, theirs: pd.Series, digits: int = 6) -> None:
    """Compare with figures written with six significant digits."""
    np.testing.assert_allclose(ours, theirs, rtol=6 * 10.0**-digits, atol=2e-6)


# -- against the files ------------------------------------------------------------------------
@pytest.mark.shared
@pytest.mark.parametrize(("depth", "time"), [(10.0, 20.0), (2.0, 60.0)])
def test_ritter_is_the_file(shared: Path, depth: float, time: float) -> None:
    table = read(shared, f"ritter_dry_h{depth:g}_t{time:g}")
    height, speed = forms.ritter(table["x_m"], time, depth)
    same(height, table["depth_m"])
    same(speed, table["velocity_ms"])


@pytest.mark.shared
def test_stoker_is_the_file(shared: Path) -> None:
    table = read(shared, "stoker_wet_h10_h1_t20")
    height, speed = forms.stoker(table["x_m"], 20.0, 10.0, 1.0)
    same(height, table["depth_m"])
    same(speed, table["velocity_ms"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "regime", "flow", "downstream"),
    [
        ("bump_subcritical", "subcritical", 4.42, 2.0),
        ("bump_transcritical", "transcritical", 1.53, 0.40578),
        ("bump_transcritical_shock", "shock", 0.18, 0.33),
    ],
)
def test_the_bumps_are_the_files(
    shared: Path, name: str, regime: forms.Regime, flow: float, downstream: float
) -> None:
    table = read(shared, name)
    same(forms.bump_bed(table["x_m"]), table["bed_m"])
    depth = forms.bump(table["x_m"], regime, flow, downstream)
    same(depth, table["depth_m"])
    same(flow / depth, table["velocity_ms"])


@pytest.mark.shared
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_both_basins_are_the_files(shared: Path, share: float) -> None:
    table, canal = read(shared, "parabolic_basin_1d"), forms.Canal()
    same(canal.bed(table["x_m"]), table["bed_m"])
    same(canal.water(table["x_m"], share * canal.period), table[f"depth_{share:g}T_m"])
    table, bowl = read(shared, "paraboloid_axisymmetric"), forms.Bowl()
    same(bowl.bed(table["r_m"]), table["bed_m"])
    same(bowl.water(table["r_m"], share * bowl.period), table[f"depth_{share:g}T_m"])


@pytest.mark.shared
def test_the_wave_and_its_inlet_are_the_files(shared: Path) -> None:
    table = read(shared, "nonbreaking_wave_n0.03_u1")
    for time in (900.0, 1800.0, 3600.0):
        same(forms.wave(table["x_m"], time), table[f"depth_t{time:g}_m"])
    inlet = read(shared, "nonbreaking_wave_left_boundary")
    same(forms.wave(0.0, inlet["time_s"]), inlet["depth_at_x0_m"])


@pytest.mark.shared
def test_rain_on_a_plane_is_the_file(shared: Path) -> None:
    plane = forms.Plane()
    outlet = read(shared, "kinematic_plane_outlet")
    flow = [plane.outlet(float(time)) for time in outlet["time_s"]]
    same(flow, outlet["unit_discharge_m2s"], digits=5)
    steady = read(shared, "kinematic_plane_steady")
    same(plane.steady(steady["x_m"]), steady["depth_m"])


# -- against what physics keeps ---------------------------------------------------------------
def integral(values: np.ndarray, step: float) -> float:
    return float(values.sum() * step)


def test_a_dam_break_keeps_the_water() -> None:
    x = np.arange(-500.0, 500.0, 0.01) + 0.005
    height, speed = forms.ritter(x, 10.0, 10.0)
    assert integral(height, 0.01) == pytest.approx(5000.0, rel=1e-7)
    assert height[x > 2 * math.sqrt(98.1) * 10.0].max() == 0.0
    assert speed[-1] == 0.0
    height, _ = forms.stoker(x, 10.0, 10.0, 1.0)
    assert integral(height, 0.01) == pytest.approx(5500.0, rel=1e-5)


def test_at_the_dam_ritter_gives_four_ninths_of_the_depth() -> None:
    height, speed = forms.ritter(0.0, 60.0, 2.0)
    assert float(height) == pytest.approx(8.0 / 9.0)
    assert float(speed) == pytest.approx(2.0 / 3.0 * math.sqrt(19.62))


def test_stokers_shock_keeps_mass_and_momentum() -> None:
    state = forms.stoker_state(10.0, 1.0)
    assert state == pytest.approx((3.96175, 7.34077, 9.81929), rel=2e-6)
    middle = state.depth * (state.speed - state.shock)
    assert middle == pytest.approx(1.0 * (0.0 - state.shock), rel=1e-9)
    left = state.depth * (state.speed - state.shock) ** 2 + 4.905 * state.depth**2
    assert left == pytest.approx(state.shock**2 + 4.905, rel=1e-9)


def test_a_nearly_dry_bed_tends_to_ritter() -> None:
    x = np.linspace(-150.0, 150.0, 61)
    np.testing.assert_allclose(
        forms.stoker(x, 20.0, 10.0, 1e-9)[0], forms.ritter(x, 20.0, 10.0)[0], atol=1e-3
    )


@pytest.mark.parametrize("flow", [0.18, 1.53, 4.42])
def test_bernoulli_is_kept_on_both_branches(flow: float) -> None:
    critical = (flow**2 / 9.81) ** (1 / 3)
    head = np.linspace(1.5, 6.0, 40) * critical
    slow = forms.bernoulli_depth(head, flow)
    fast = forms.bernoulli_depth(head, flow, fast=True)
    for depth in (slow, fast):
        np.testing.assert_allclose(depth + flow**2 / (2 * 9.81 * depth**2), head, rtol=1e-9)
    assert (slow >= critical * (1 - 1e-6)).all()
    assert (fast <= critical * (1 + 1e-6)).all()


def test_the_jump_stands_where_momentum_is_kept() -> None:
    place, before, after = forms.bump_jump(0.18, 0.33)
    assert (place, before, after) == pytest.approx((11.6656, 0.07597, 0.25932), rel=2e-4)
    depth = forms.bump(np.array([place - 1e-6, place + 1e-6]), "shock", 0.18, 0.33)
    assert depth == pytest.approx([before, after], rel=1e-4)


def test_the_basins_keep_their_water_and_come_back() -> None:
    canal, x = forms.Canal(), np.arange(-20.0, 20.0, 0.01) + 0.005
    volumes = [integral(canal.water(x, t * canal.period), 0.01) for t in (0.0, 0.2, 0.7)]
    assert volumes == pytest.approx([volumes[0]] * 3, rel=1e-5)
    np.testing.assert_allclose(canal.water(x, canal.period), canal.water(x, 0.0), atol=1e-9)
    wet = x[canal.water(x, 1.0) > 0]
    assert (wet[0], wet[-1]) == pytest.approx(canal.shores(1.0), abs=0.02)
    bowl, r = forms.Bowl(), np.arange(0.0, 4000.0, 1.0) + 0.5
    for share in (0.0, 0.3, 0.5):
        water = bowl.water(r, share * bowl.period)
        assert integral(water * 2 * math.pi * r, 1.0) == pytest.approx(bowl.volume, rel=1e-5)


def test_the_wave_moves_without_changing_shape() -> None:
    x = np.linspace(0.0, 2000.0, 101)
    np.testing.assert_allclose(forms.wave(x, 1500.0), forms.wave(x + 700.0, 2200.0), atol=1e-12)
    depth, step = forms.wave(x[:50], 3600.0), 1e-3
    slope = (forms.wave(x[:50] + step, 3600.0) - forms.wave(x[:50] - step, 3600.0)) / (2 * step)
    np.testing.assert_allclose(-slope, 0.03**2 * depth ** (-4 / 3), rtol=1e-5)  # friction slope


def test_all_the_rain_leaves_the_plane() -> None:
    plane = forms.Plane()
    assert plane.equilibrium == pytest.approx(1292.0, abs=0.1)
    times = np.arange(0.0, 40000.0, 5.0) + 2.5
    left = sum(plane.outlet(float(time)) for time in times) * 5.0
    assert left == pytest.approx(12.0, rel=2e-3)
    # What stands on the plane at equilibrium is the rain less what the outlet gave.
    stands = plane.steady(np.arange(200) + 0.5).sum()
    given = sum(plane.outlet(float(time)) for time in times if time < plane.equilibrium) * 5.0
    fallen = plane.rain * plane.length * plane.equilibrium
    assert stands == pytest.approx(fallen - given, rel=5e-3)
