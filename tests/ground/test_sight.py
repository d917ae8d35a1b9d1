# SPDX-License-Identifier: EUPL-1.2
"""Sky view, shade of one sun, and lines of sight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.far_horizon import skyline
from jumeau.ground.sight import shadow, visible
from jumeau.ground.sky import sky_view
from jumeau.validation.buildings_rays import cast, city


def test_the_sky_of_a_plain_is_whole_and_that_of_a_pit_has_its_closed_form():
    assert (np.asarray(sky_view(np.zeros((9, 9)))) == 1.0).all()
    y, x = np.mgrid[-60:61, -60:61]
    pit = np.where(np.hypot(x, y) < 20.0, 0.0, 20.0)
    # Walls all around at 45°: cos² h = ½; 1 − sin h = 0.293.
    assert sky_view(pit, 64, surface="boxes")[60, 60] == pytest.approx(0.5, abs=0.02)
    plain = sky_view(pit, 64, surface="boxes", weighted=False)
    assert plain[60, 60] == pytest.approx(1 - math.sqrt(0.5), abs=0.02)


def test_a_street_sees_the_sky_of_its_closed_form():
    z = np.full((15, 1001), 10.0)
    z[3:12] = 0.0  # walls on the edges of cells: 9 m apart
    got = sky_view(z, 360, surface="boxes")[7, 500]
    assert got == pytest.approx(math.cos(math.atan(10.0 / 4.5)), abs=0.005)


def test_holes_have_no_sky_and_threads_change_nothing():
    z = city(50, 9)
    z[4, 4] = np.nan
    one = sky_view(z, threads=1)
    assert np.array_equal(one, sky_view(z, threads=3), equal_nan=True)
    assert np.isnan(one[4, 4])
    assert one.findings[0].code == "JUM-G086"


def test_a_skyline_takes_its_part_of_the_sky():
    dem = np.zeros((401, 401))
    dem[100] = 2000.0
    far = skyline(dem, 32, row=200, column=200, cell_size=100.0)
    assert sky_view(np.zeros((5, 5)), 32, far=far).max() < 0.999


@pytest.mark.parametrize("azimuth", [0.0, 33.0, 90.0, 151.0, 225.0, -60.0])
def test_shade_is_that_of_exact_rays(azimuth):
    z = city(90, 6)
    rows, columns = (i.ravel() for i in np.mgrid[10:80:3, 10:80:3])
    for elevation in (12.0, 35.0, 60.0):
        told = cast(z, rows, columns, azimuth) >= math.tan(math.radians(elevation))
        ours = np.asarray(shadow(z, elevation, azimuth))[rows, columns]
        assert np.mean(ours == told) > 0.96


def test_everything_is_in_the_shade_at_night_and_nothing_on_a_plain():
    assert shadow(np.zeros((3, 3)), -1.0, 0.0).all()
    assert not shadow(np.zeros((3, 3)), 1.0, 0.0).any()
    dem = np.zeros((401, 401))
    dem[100] = 2000.0
    far = skyline(dem, 8, row=200, column=200, cell_size=100.0)
    assert shadow(np.zeros((3, 3)), 5.0, 0.0, far=far).all()
    assert not shadow(np.zeros((3, 3)), 5.0, 180.0, far=far).any()


@pytest.mark.parametrize(("elevation", "azimuth"), [(91.0, 0.0), (math.nan, 0.0), (10.0, math.inf)])
def test_a_sun_that_is_nowhere_is_refused(elevation, azimuth):
    with pytest.raises(InvalidError) as caught:
        shadow(np.zeros((3, 3)), elevation, azimuth)
    assert caught.value.code == "JUM-G090"


def plain_sight(z, one, two):
    """March finely along the line; the first and last half cell hide nothing."""
    length = math.hypot(two[0] - one[0], two[1] - one[1])
    base = [z[round(p[0]), round(p[1])] + p[2] for p in (one, two)]
    for d in np.arange(0.5, length - 0.5, 0.01):
        t = d / length
        y, x = one[0] + t * (two[0] - one[0]), one[1] + t * (two[1] - one[1])
        i, j = min(int(y), z.shape[0] - 2), min(int(x), z.shape[1] - 2)
        f, g = y - i, x - j
        met = (z[i, j] * (1 - g) + z[i, j + 1] * g) * (1 - f)
        met += (z[i + 1, j] * (1 - g) + z[i + 1, j + 1] * g) * f
        if met > base[0] + t * (base[1] - base[0]):
            return False
    return True


def test_sight_agrees_with_a_fine_march():
    z = city(60, 12)
    random = np.random.default_rng(3)
    one = np.column_stack((random.uniform(1, 58, (200, 2)), random.uniform(0.5, 12, 200)))
    two = np.column_stack((random.uniform(1, 58, (200, 2)), random.uniform(0.5, 12, 200)))
    ours = visible(z, one, two)
    told = [plain_sight(z, a, b) for a, b in zip(one, two, strict=True)]
    assert np.mean(ours == told) > 0.97
    assert 0.05 < np.mean(told) < 0.95
    assert (
        np.array_equal(ours, visible(z, two, one)) or np.mean(ours == visible(z, two, one)) > 0.99
    )
    assert np.array_equal(ours, visible(z, one, two, threads=3))


def test_a_head_sees_past_its_own_mast_and_not_through_a_wall():
    z = np.zeros((21, 21))
    z[10, 5] = 8.0  # the mast itself, on the surface
    assert visible(z, [10, 5, 0.1], [[10, 15, 0.0]]).all()
    z[:, 10] = 9.0
    assert not visible(z, [10, 5, 0.1], [[10, 15, 0.0]]).any()
    z[:, 10] = np.nan
    assert visible(z, [10, 5, 0.1], [[10, 15, 0.0], [10, 5, 0.0]]).tolist() == [True, True]


@pytest.mark.parametrize("point", [[50, 1, 0], [1, -3, 0], [1, 1, math.nan]])
def test_points_outside_are_refused(point):
    with pytest.raises(InvalidError) as caught:
        visible(np.zeros((5, 5)), [1, 1, 2], point)
    assert caught.value.code == "JUM-G091"
