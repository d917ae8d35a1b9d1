# SPDX-License-Identifier: EUPL-1.2
"""Horizon: exact rays as the plain twin, closed forms, threads, holes, spikes, wrong input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.far_horizon import EARTH, skyline
from jumeau.ground.horizon import Sweeps, horizon
from jumeau.ground.surface_model import surface_model
from jumeau.validation.buildings_rays import cast, city


def exact(z, rows, columns, directions, reading):
    angles = 360.0 / directions * np.arange(directions)
    slopes = [cast(z, rows, columns, angle, reading) for angle in angles]
    return np.degrees(np.arctan(np.array(slopes)))


@pytest.mark.parametrize("reading", ["linear", "boxes"])
def test_a_town_is_within_one_degree_of_exact_rays_and_not_biased(reading):
    z = city(150, 11)
    rows, columns = np.random.default_rng(0).integers(0, 150, (2, 250))
    gap = horizon(z, 20, surface=reading)[:, rows, columns] - exact(z, rows, columns, 20, reading)
    assert np.mean(np.abs(gap) <= 1.0) > 0.97
    assert abs(gap.mean()) < 0.1


@pytest.mark.parametrize("reading", ["linear", "boxes"])
@pytest.mark.parametrize("shape", [(40, 40), (17, 61), (61, 17)])
def test_along_rows_columns_and_diagonals_it_is_exact(reading, shape):
    z = np.random.default_rng(5).uniform(0, 4, shape)
    rows, columns = (i.ravel() for i in np.mgrid[: shape[0], : shape[1]])
    ours = horizon(z, 8, surface=reading).reshape(8, -1)
    told = exact(z, rows, columns, 8, reading)
    straight = [0, 2, 4, 6]
    np.testing.assert_allclose(ours[straight], told[straight], atol=0.01)
    if reading == "linear":  # exact at the crossings; between them the surface bends a little
        assert np.mean(ours[1::2] <= told[1::2] + 0.01) == 1.0
    else:
        smaller = ours[1::2] - told[1::2]
        assert np.mean(np.abs(smaller) < 0.01) > 0.5


def test_a_straight_wall_has_its_closed_form_at_every_distance_and_direction():
    z = np.zeros((101, 301))
    z[:20] = 12.0
    h = horizon(z, 16)
    b = horizon(z, 16, surface="boxes")
    for row in (25, 40, 80):
        for d in (0, 1, 2, 15, 14):
            slant = math.cos(2 * math.pi * d / 16)
            linear = math.degrees(math.atan(12.0 * slant / (row - 19)))
            boxes = math.degrees(math.atan(12.0 * slant / (row - 19.5)))
            assert h[d, row, 150] == pytest.approx(linear, abs=0.05)
            assert b[d, row, 150] == pytest.approx(boxes, abs=0.05)
    assert h[8, :, 150].max() == 0.0
    assert not h[:, 5, 5].any()


def test_a_slope_has_the_horizon_of_its_plane():
    _, x = np.mgrid[:60, :60].astype(float)
    h = horizon(0.5 * x, 12)
    for d in range(12):
        rise = max(0.0, 0.5 * math.sin(2 * math.pi * d / 12))
        got = h[d, 20:40, 20:40]
        np.testing.assert_allclose(got, math.degrees(math.atan(rise)), atol=0.02)


def test_only_the_shape_counts_not_the_altitude_nor_the_unit_of_length():
    z = city(60, 4)
    one = horizon(z, 12)
    np.testing.assert_allclose(horizon(z + 700.0, 12), one, atol=0.02)
    np.testing.assert_allclose(horizon(2.5 * z, 12, cell_size=2.5), one, atol=0.02)
    turned = horizon(np.rot90(z, -1), 12)  # clockwise: what was north is east
    np.testing.assert_allclose(turned[3], np.rot90(one[0], -1), atol=0.02)


def test_threads_and_repetition_give_the_same_bits():
    z = city(90, 8)
    one = horizon(z, 24, threads=1)
    for threads in (2, 3, 7):
        assert np.array_equal(horizon(z, 24, threads=threads), one)


def test_observers_on_the_surface_see_what_cells_see():
    model = surface_model(city(70, 2))
    rows, columns = np.random.default_rng(1).integers(0, 70, (2, 40))
    points = (rows, columns, model.z[rows, columns])
    for reading in ("linear", "boxes"):
        few = Sweeps(model, surface=reading, observers=points)
        dense = Sweeps(model, surface=reading)
        for azimuth in (0.0, 0.3, 1.2, 2.5, 4.0, 5.9):
            got = few.slope(azimuth)
            want = dense.slope(azimuth)[rows, columns]
            # Cells on a slope look from the line itself; points do not.
            assert np.mean(np.abs(np.arctan(got) - np.arctan(want)) < 0.02) > 0.9


def test_higher_observers_see_a_lower_horizon():
    model = surface_model(city(70, 2))
    row = column = np.full(30, 35)
    z = model.z[35, 35] + np.linspace(0.0, 40.0, 30)
    slope = Sweeps(model, observers=(row, column, z)).slope(0.7)
    assert (np.diff(slope) <= 1e-6).all()
    assert slope[-1] == 0.0


def test_a_mast_does_not_hide_its_own_sky():
    z = np.zeros((41, 41))
    z[20, 20] = 9.0
    assert not horizon(z, 16)[:, 20, 20].any()
    assert horizon(z, 4)[0, 30, 20] == pytest.approx(math.degrees(math.atan(0.9)), abs=0.01)


def test_holes_hide_nothing_and_are_told():
    z = np.full((50, 50), 100.0)
    z[:20, :] = 130.0
    whole = horizon(z, 8)
    assert whole.findings == ()
    z[:20, :] = np.nan
    h = horizon(z, 8)
    assert [item.code for item in h.findings] == ["JUM-G086"]
    assert h.findings[0].data["count"] == 1000
    assert np.isnan(h[:, :20]).all()
    assert not h[:, 20:].any()
    assert whole[0, 20:].min() > 0.0


def test_spikes_are_told_and_taken_as_unknown():
    z = np.zeros((30, 30))
    z[10, 10] = 400.0
    z[3, 20] = -80.0
    h = horizon(z, 8)
    assert [item.code for item in h.findings] == ["JUM-G087"]
    assert h.findings[0].data["count"] == 2
    assert np.isnan(h[:, 10, 10]).all()
    assert np.nanmax(h) == 0.0
    z[10, 10:12] = 25.0  # a tower of two cells is one
    z[3, 20] = 0.0
    assert horizon(z, 8).findings == ()


def test_one_cell_one_row_and_a_masked_array():
    assert horizon([[3.0]], 4).shape == (4, 1, 1)
    assert not horizon([[3.0]], 4).any()
    row = horizon([[0.0, 0.0, 5.0]], 4)
    assert row[1, 0].tolist() == pytest.approx([math.degrees(math.atan(2.5)), 78.690, 0.0], abs=0.1)
    masked = np.ma.masked_equal(np.array([[1, 2], [-9999, 4]]), -9999)
    assert np.isnan(horizon(masked, 4)[0, 1, 0])


@pytest.mark.parametrize(
    ("dsm", "code"),
    [
        ([["a"]], "JUM-G080"),
        (np.zeros(4), "JUM-G081"),
        (np.zeros((0, 3)), "JUM-G081"),
        (np.full((3, 3), np.nan), "JUM-G082"),
        (np.full((3, 3), -9999.0), "JUM-G083"),
        ([[0.0, np.inf]], "JUM-G083"),
    ],
)
def test_a_surface_that_cannot_be_read_is_refused(dsm, code):
    with pytest.raises(InvalidError) as caught:
        horizon(dsm, 8)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"directions": 0}, "JUM-G085"),
        ({"directions": 2.5}, "JUM-G085"),
        ({"directions": "north"}, "JUM-G085"),
        ({"threads": 0}, "JUM-G085"),
        ({"lines": 0}, "JUM-G085"),
        ({"cell_size": 0.0}, "JUM-G084"),
        ({"cell_size": math.nan}, "JUM-G084"),
        ({"surface": "steps"}, "JUM-G088"),
        ({"far": skyline(np.zeros((5, 5)), 6, row=2, column=2)}, "JUM-G089"),
    ],
)
def test_an_option_that_is_not_one_is_refused(options, code):
    with pytest.raises(InvalidError) as caught:
        horizon(np.zeros((4, 4)), **{"directions": 8, **options})
    assert caught.value.code == code


def test_the_skyline_of_a_far_mountain_with_and_without_the_round_earth():
    dem = np.zeros((401, 401))
    dem[100, 200] = dem[100, 199] = dem[100, 201] = 900.0
    kept = {"row": 200, "column": 200, "cell_size": 100.0}
    far = skyline(dem, 4, **kept, refraction=1.0)
    assert far.slope[0] == pytest.approx(0.09, abs=1e-4)
    assert far.distance[0] == pytest.approx(10_000.0, abs=60.0)
    assert (far.slope[1:] <= 0.0).all()
    dropped = skyline(dem, 4, **kept, refraction=0.0)
    assert far.slope[0] - dropped.slope[0] == pytest.approx(10_000 / (2 * EARTH), abs=2e-5)
    assert skyline(dem, 4, **kept, reach=5_000.0).slope[0] <= 0.0
    assert far.degrees[0] == pytest.approx(math.degrees(math.atan(0.09)), abs=0.01)


def test_the_far_horizon_counts_where_it_is_the_higher_and_falls_with_height():
    dem = np.zeros((401, 401))
    dem[100] = 900.0
    far = skyline(dem, 8, row=200, column=200, cell_size=100.0, refraction=1.0)
    z = np.zeros((60, 60))
    z[10:12] = 20.0
    h = horizon(z, 8, far=far)
    assert h[0, 50, 30] == pytest.approx(math.degrees(math.atan(20 / 39)), abs=0.05)
    assert h[0, 5, 30] == pytest.approx(math.degrees(math.atan(0.09)), abs=0.01)
    assert h[0, 10, 30] == pytest.approx(math.degrees(math.atan(0.088)), abs=0.01)
    assert h[4, 30, 30] == 0.0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"row": 9.0}, "JUM-G091"),
        ({"near": -1.0}, "JUM-G094"),
        ({"refraction": 2.0}, "JUM-G094"),
        ({"reach": math.inf}, "JUM-G094"),
    ],
)
def test_a_skyline_from_nowhere_is_refused(options, code):
    with pytest.raises(InvalidError) as caught:
        skyline(np.zeros((5, 5)), 8, **{"row": 2.0, "column": 2.0, **options})
    assert caught.value.code == code
