# SPDX-License-Identifier: EUPL-1.2
"""What a group of buildings sees: sun by façade and glazing, hours, warm-up."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from jumeau.worksites.buildings import basis


def test_glass_sees_the_angle_and_walls_do_not(plain: ModuleType) -> None:
    year = plain.weather()
    polynomial = (1.0, -0.189, 0.644, -0.596)
    made = basis.Basis(year, [polynomial, (1.0,)], ["constant"])
    drive = made.drive(0, 0, 0)
    south = year.plane(90.0, 180.0)
    angle = np.arccos(south.cos_incidence)
    through = np.maximum(1 - 0.189 * angle + 0.644 * angle**2 - 0.596 * angle**3, 0)
    diffuse = south.sky_diffuse + south.ground
    np.testing.assert_allclose(drive.sun[:, 2], south.beam * through + diffuse, atol=1e-12)
    np.testing.assert_array_equal(drive.sun[:, 6], south.beam + diffuse)
    bare = made.drive(0, 1, 0).sun
    np.testing.assert_array_equal(bare[:, :4], bare[:, 4:8])
    assert 0.8 < drive.sun[:, 2].sum() / bare[:, 2].sum() < 0.98


def test_a_quarter_turn_shifts_the_facades(plain: ModuleType) -> None:
    made = basis.Basis(plain.weather(), [(1.0,)], ["constant"])
    here, turned = made.drive(10, 0, 0).sun, made.drive(100, 0, 0).sun
    np.testing.assert_array_equal(here[:, 1:4], turned[:, 0:3])
    np.testing.assert_array_equal(here[:, 0], turned[:, 3])
    assert made.drive(10, 0, 0).sun is made.drive(370, 0, 0).sun


def test_nights_are_dark_and_months_follow(plain: ModuleType) -> None:
    year = plain.weather()
    drive = basis.Basis(year, [(1.0,)], ["constant"]).drive(0, 0, 0)
    assert (drive.sun[drive.sunlit == 0] == 0).all() and (drive.sun >= 0).all()
    assert 0.35 < drive.sunlit.mean() < 0.6
    assert np.bincount(drive.month)[[0, 1, 11]].tolist() == [744, 672, 744]


@pytest.mark.parametrize(("hours", "warm"), [(8760, basis.WARM_UP), (100, 100)])
def test_the_first_days_come_twice(plain: ModuleType, hours: int, warm: int) -> None:
    made = basis.Basis(plain.weather(hours), [(1.0,)], ["constant"])
    drive = made.drive(0, 0, 0)
    assert drive.warm == warm
    assert drive.order.tolist() == [*range(warm), *range(hours)]


def test_the_angle_factor_never_goes_below_nothing() -> None:
    cosine = np.cos(np.linspace(0, np.pi / 2, 91))
    factor = basis.angle_factor((1.0, -0.189, 0.644, -0.596), cosine)
    assert factor[0] == 1.0 and factor.min() == 0.0 and factor[-1] == 0.0


@pytest.mark.parametrize("hours", [1, 50, 500, 8760])
def test_periods_cut_hours_in_months_and_cover_them_once(plain: ModuleType, hours: int) -> None:
    made = basis.Basis(plain.weather(hours), [(1.0,)], ["constant"])
    drive = made.drive(0, 0, 0)
    covered = np.concatenate([np.arange(*period) for period in drive.periods])
    np.testing.assert_array_equal(covered, drive.order)
    assert all(len(set(drive.month[begin:end])) == 1 for begin, end in drive.periods)
    assert (np.diff(drive.periods, axis=1) <= basis.PERIOD).all()


def test_hours_of_a_level_are_alike_and_levels_differ(plain: ModuleType) -> None:
    made = basis.Basis(plain.weather(), [(1.0,)], ["night_setback", "dwelling"])
    for schedule, ramps in ((0, 365), (1, 0)):
        drive = made.drive(0, 0, schedule)
        rows = np.column_stack([drive.state, drive.occupancy, drive.heat, drive.cool])
        np.testing.assert_array_equal(rows, rows[drive.levels[drive.level]])
        assert len(np.unique(rows, axis=0)) == len(drive.levels) < 20
        assert drive.ramp.sum() == ramps
        assert (drive.ramp == (drive.heat[:, 0] != drive.heat[:, 1])).all()
