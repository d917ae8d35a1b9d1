# SPDX-License-Identifier: EUPL-1.2
"""Hours of sun on surfaces: their sums, their shade, and an open plane."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.ground.far_horizon import skyline
from jumeau.ground.horizon import horizon
from jumeau.ground.hourly import hourly
from jumeau.ground.irradiation import irradiation
from jumeau.ground.slopes import normals
from jumeau.ground.sun_year import clear_year
from jumeau.ground.surface_model import surface_model
from jumeau.validation.buildings_rays import city

PLACE = (45.18, 0.72)


def test_hours_add_up_to_the_year_and_to_its_months():
    model, year = surface_model(city(70, 3)), clear_year(*PLACE)
    rows, columns = np.random.default_rng(4).integers(10, 60, (2, 30))
    points = (rows, columns, model.z[rows, columns])
    normal = normals(model)[:, rows, columns]
    hours = hourly(model, normal, year, points, directions=72)
    assert hours.shape == (30, 8760)
    assert hours.min() >= 0.0
    assert not hours[:, (year.elevation < 0.0) & (year.diffuse_horizontal == 0.0)].any()
    told = irradiation(model, normal, year, observers=points, groups=year.month, directions=72)
    months = np.stack([np.bincount(year.month, line) for line in hours]) / 1e3
    np.testing.assert_allclose(months.sum(axis=1), told.total.sum(axis=1), rtol=0.01)
    np.testing.assert_allclose(months.sum(axis=0), told.total.sum(axis=0), rtol=0.01)


def test_an_hour_has_beam_when_the_sun_is_above_the_horizon_and_only_then():
    z = np.zeros((60, 60))
    z[40:44, :] = 12.0
    model, year = surface_model(z), clear_year(*PLACE)
    at = (np.array([30]), np.array([30]), np.array([0.0]))
    up = np.array([[0.0], [0.0], [1.0]], np.float32)
    got = hourly(model, up, year, at, threads=1)[0]
    middle = (np.ones(1, int), np.ones(1, int), np.zeros(1))
    free = hourly(surface_model(np.zeros((3, 3))), up, year, middle)[0]
    h = np.asarray(horizon(z, 360))[:, 30, 30]
    around = h[np.rint(year.azimuth).astype(int) % 360]
    sunny = (year.elevation > around + 2.0) & (year.direct_normal > 0.0)
    shady = (year.elevation < around - 2.0) & (year.elevation > 0.0)
    assert sunny.sum() > 1500
    assert shady.sum() > 200
    beam = year.vectors[2]
    # But for the few hours when the sun passes the ends of the wall.
    assert np.mean(got[sunny] >= beam[sunny] * 0.999) > 0.98
    assert np.mean(got[shady] <= year.diffuse_horizontal[shady] * 1.001) > 0.98
    np.testing.assert_allclose(free.sum(), year.global_horizontal.sum(), rtol=1e-3)
    assert np.array_equal(got, hourly(model, up, year, at, threads=3)[0])


def test_a_far_mountain_hides_the_sun_of_its_hours():
    dem = np.zeros((401, 401))
    dem[240:242] = 2500.0
    far = skyline(dem, 144, row=200, column=200, cell_size=100.0)
    model, year = surface_model(np.zeros((3, 3))), clear_year(*PLACE)
    up = np.array([[0.0], [0.0], [1.0]], np.float32)
    at = (np.ones(1, int), np.ones(1, int), np.zeros(1))
    free = hourly(model, up, year, at)[0]
    behind = hourly(model, up, year, at, far=far)[0]
    winter = year.month == 11
    assert behind[winter].sum() < 0.4 * free[winter].sum()
    summer = (year.month == 5) & (year.elevation > 45)
    assert behind[summer].sum() == pytest.approx(free[summer].sum(), rel=0.05)
