# SPDX-License-Identifier: EUPL-1.2
"""The exact rays of the reference, against closed forms that need no ray."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.ground.sun_year import clear_year
from jumeau.validation.buildings_rays import cases, cast, city, year_by_hour


@pytest.mark.parametrize("azimuth", [0.0, 20.0, 45.0, 300.0])
def test_a_ray_meets_a_wall_where_its_reading_puts_it(azimuth):
    z = np.zeros((80, 400))
    z[:10] = 6.0
    rows, columns = np.array([12, 30, 60]), np.full(3, 200)
    slant = math.cos(math.radians(azimuth))
    for reading, shift in (("linear", 0.0), ("boxes", 0.5)):
        told = 6.0 * slant / (rows - 9 - shift)
        np.testing.assert_allclose(cast(z, rows, columns, azimuth, reading), told, rtol=1e-6)
    assert not cast(z, rows, columns, 180.0).any()


def test_a_ray_sees_the_tallest_and_its_own_cell_not_at_all():
    z = np.zeros((5, 60))
    z[2, 20], z[2, 40], z[2, 5] = 3.0, 20.0, 50.0
    at = np.array([2]), np.array([5])
    for reading, shift in (("linear", 0.0), ("boxes", 0.5)):
        assert cast(z, *at, 90.0, reading)[0] == 0.0
        z[2, 5] = 0.0
        assert cast(z, *at, 90.0, reading)[0] == pytest.approx(20.0 / (35 - shift))
        z[2, 5] = 50.0


def test_an_open_year_is_the_sum_of_its_hours():
    year = clear_year(45.0, 0.0)
    at = np.array([3]), np.array([3])
    up = np.array([[0.0], [0.0], [1.0]])
    got = year_by_hour(np.zeros((7, 7)), *at, up, year)[0]
    # With the sun below 5°, Perez gives its ring to a level plane in part only, as pvlib does.
    assert got == pytest.approx(year.global_horizontal.sum() / 1e3, rel=1e-3)


def test_the_town_is_the_same_each_time_and_every_case_has_its_name():
    assert np.array_equal(city(50, 2), city(50, 2))
    names = [case.case for case in cases()]
    assert len(names) == len(set(names)) == 15
