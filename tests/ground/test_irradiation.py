# SPDX-License-Identifier: EUPL-1.2
"""A year of sun on cells, planes and walls: against hours summed one by one, and against pvlib."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.clear_sky import clear_sky
from jumeau.ground.facades import cells_and_facades, facade_shading, on_walls, open_walls, walls
from jumeau.ground.far_horizon import skyline
from jumeau.ground.irradiation import DIRECTIONS, irradiation
from jumeau.ground.slopes import normals
from jumeau.ground.sun_year import SunYear, clear_year, from_weather
from jumeau.ground.surface_model import surface_model
from jumeau.ground.weather import Weather
from jumeau.ground.windows import by_windows, windows
from jumeau.validation.buildings_rays import city, year_by_hour

PLACE = (45.18, 0.72)


@pytest.fixture(scope="module")
def year() -> SunYear:
    return clear_year(*PLACE)


def level(normal):
    return np.repeat(np.array(normal, np.float32)[:, None], 1, axis=1)


def plane(tilt, azimuth):
    t, a = math.radians(tilt), math.radians(azimuth)
    return level((math.sin(t) * math.sin(a), math.sin(t) * math.cos(a), math.cos(t)))


def test_the_clear_sky_is_that_of_the_atlas():
    """Worked by hand from the formulas of Rigollier et al. at 30°, day 80, sea level, T = 3."""
    direct, diffuse = clear_sky(np.array([30.0, -1.0, 90.0]), np.full(3, 80.0), linke=3.0)
    outside = 1367.0 * (1 + 0.03344 * math.cos(2 * math.pi * 80 / 365.25 - 0.048869))
    seen = 30.0 + 0.061359 * (0.1594 + 33.69 + 0.065656 * 900) / (1 + 868.032 + 277.3971 * 900)
    mass = 1 / (math.sin(math.radians(seen)) + 0.50572 * (seen + 6.07995) ** -1.6364)
    thin = 6.6296 + 1.7513 * mass - 0.1202 * mass**2 + 0.0065 * mass**3 - 0.00013 * mass**4
    assert direct[0] == pytest.approx(outside * math.exp(-0.8662 * 3 * mass / thin), rel=1e-9)
    assert direct[1] == diffuse[1] == 0.0
    assert 950 < direct[2] < 1050
    assert 60 < diffuse[0] < 110
    high, _ = clear_sky(np.array([30.0]), np.array([80.0]), altitude=2000.0)
    assert high[0] > direct[0]
    turbid, more = clear_sky(np.array([30.0]), np.array([80.0]), linke=6.0)
    assert turbid[0] < direct[0]
    assert more[0] > diffuse[0]


def test_a_clear_year_counts_every_hour_and_every_month(year):
    assert year.elevation.size == 8760
    assert np.bincount(year.month).tolist() == [744, 672, 744, 720, 744, 720, 744, 744, 720, 744,
                                                720, 744]  # fmt: skip
    assert year.global_horizontal.sum() / 1e3 == pytest.approx(1957, abs=20)


@pytest.mark.parametrize(("tilt", "azimuth"), [(0, 0), (15, 100), (35, 180), (60, 20), (90, 250)])
def test_an_open_plane_is_that_of_pvlib(year, tilt, azimuth):
    from pvlib.irradiance import get_extra_radiation, get_total_irradiance

    told = get_total_irradiance(
        tilt, azimuth, np.minimum(90 - year.elevation, 90), year.azimuth, year.direct_normal,
        year.global_horizontal, year.diffuse_horizontal, albedo=0.2, model="perez",
        dni_extra=get_extra_radiation(year.day),
    )["poa_global"]  # fmt: skip
    model = surface_model(np.zeros((3, 3)))
    point = (np.array([1]), np.array([1]), np.array([5.0]))
    got = irradiation(model, plane(tilt, azimuth), year, observers=point)
    assert got.total[0, 0] == pytest.approx(np.nansum(told) / 1e3, rel=0.003)
    assert got.view[0] == pytest.approx(0.5 * (1 + math.cos(math.radians(tilt))), rel=2e-3)
    monthly = irradiation(model, plane(tilt, azimuth), year, observers=point, groups=year.month)
    assert monthly.total.sum() == pytest.approx(got.total[0, 0], rel=1e-4)
    by_month = np.bincount(year.month, np.nan_to_num(told)) / 1e3
    np.testing.assert_allclose(monthly.total[0], by_month, rtol=0.02, atol=0.05)


@pytest.mark.parametrize("reading", ["linear", "boxes"])
def test_a_town_is_that_of_hours_summed_one_by_one(reading):
    z = city(80, 3)
    rows, columns = np.random.default_rng(1).integers(10, 70, (2, 40))
    model, year = surface_model(z), clear_year(*PLACE)
    normal = normals(model)
    told = year_by_hour(z, rows, columns, normal[:, rows, columns].astype(float), year, reading)
    got = irradiation(model, normal, year, surface=reading).total[:, 0].reshape(z.shape)
    ours = got[rows, columns]
    assert ours.mean() == pytest.approx(told.mean(), rel=0.005)
    assert np.mean(np.abs(ours / told - 1)) < 0.02


def test_threads_give_the_same_bits_and_points_what_cells_give(year):
    z = city(40, 5)
    model = surface_model(z)
    normal = normals(model)
    one = irradiation(model, normal, year, directions=24, threads=1)
    two = irradiation(model, normal, year, directions=24, threads=3)
    assert np.array_equal(one.total, two.total)
    assert np.array_equal(one.view, two.view)
    flat = surface_model(np.where(z > 6, 12.0, 0.0))
    rows, columns = np.random.default_rng(2).integers(0, 40, (2, 30))
    normal = normals(flat)
    dense = irradiation(flat, normal, year, directions=24).total[:, 0].reshape(40, 40)
    few = irradiation(flat, normal[:, rows, columns], year, directions=24,
                      observers=(rows, columns, flat.z[rows, columns])).total[:, 0]  # fmt: skip
    assert np.median(np.abs(few / dense[rows, columns] - 1)) < 0.01


def test_a_far_mountain_takes_the_winter_sun(year):
    dem = np.zeros((401, 401))
    dem[260:262] = 2500.0
    far = skyline(dem, DIRECTIONS, row=200, column=200, cell_size=100.0)
    model = surface_model(np.zeros((3, 3)))
    up = np.repeat(plane(0, 0), 9, axis=1)
    month = year.month
    behind = irradiation(model, up, year, groups=month, far=far).beam[4]
    free = irradiation(model, up, year, groups=month).beam[4]
    assert behind[11] < 0.1 * free[11]
    assert behind[5] > 0.95 * free[5]


def test_slopes_keep_roofs_and_ignore_walls():
    z = np.zeros((20, 30))
    z[5:15, 5:25] = 9.0
    assert np.array_equal(normals(surface_model(z))[2], np.ones((20, 30)))
    y, x = np.mgrid[:20, :30].astype(float)
    roof = np.where((x > 4) & (x < 25), 8.0 + 0.7 * np.minimum(x - 5, 24 - x), 0.0)
    n = normals(surface_model(roof))
    np.testing.assert_allclose(n[0, 3:17, 5:14] / n[2, 3:17, 5:14], -0.7, atol=1e-5)
    np.testing.assert_allclose(n[0, 3:17, 16:24] / n[2, 3:17, 16:24], 0.7, atol=1e-5)
    north = normals(surface_model(0.3 * y))  # falls to the north: faces north
    np.testing.assert_allclose(north[1] / north[2], 0.3, atol=1e-5)
    pole = np.zeros((5, 5))
    pole[2, 2] = 9.0
    assert normals(surface_model(pole))[2, 2, 2] == 1.0


def test_walls_of_a_block_have_their_sides_and_areas():
    z = np.zeros((40, 40))
    z[10:20, 8:30] = 6.0
    found = walls(surface_model(z))
    area = np.bincount(found.side, found.area)
    np.testing.assert_allclose(area, [22 * 6, 10 * 6, 22 * 6, 10 * 6])
    np.testing.assert_allclose(found.azimuth, 90.0 * found.side)
    assert not walls(surface_model(z), least=7.0).row.size
    assert not walls(surface_model(z), carrying=z == 0).row.size


@pytest.mark.parametrize("angle", [20.0, 30.0, 45.0, 64.0])
def test_a_slanted_wall_faces_its_slant_and_keeps_its_length(angle):
    y, x = np.mgrid[:120, :120].astype(float)
    a = math.radians(angle)
    east, south = x - 60, y - 60
    z = np.where(east * math.sin(a) - south * math.cos(a) < 0.3, 10.0, 0.0)
    found = walls(surface_model(z))
    middle = (np.abs(found.row - 60) < 25) & (np.abs(found.column - 60) < 25)
    faced = found.azimuth[middle]
    assert np.median(faced) == pytest.approx(angle, abs=4.0)
    span = found.row[middle].max() - found.row[middle].min() + 1
    across = found.column[middle].max() - found.column[middle].min() + 1
    length = math.hypot(span, across)
    assert found.area[middle].sum() / 10.0 == pytest.approx(length, rel=0.07)


def test_an_open_wall_is_that_of_the_open_plane_and_a_street_darkens_it(year):
    z = np.zeros((80, 80))
    z[60:70, 10:70] = 9.0
    model = surface_model(z)
    found = walls(model)
    got = on_walls(model, found, year)[:, 0]
    best = open_walls(year, found.azimuth)[:, 0]
    np.testing.assert_allclose(got / best, 1.0, atol=0.02)
    z[40:52, 10:70] = 12.0
    closed = surface_model(z)
    found = walls(closed)
    north = (found.side == 0) & (found.row == 60)
    south = (found.side == 2) & (found.row == 51)
    got = on_walls(closed, found, year)[:, 0] / open_walls(year, found.azimuth)[:, 0]
    assert got[south].mean() < 0.85
    assert got[north].mean() < 0.85
    assert got[(found.side == 2) & (found.row == 69)].mean() == pytest.approx(1.0, abs=0.02)


def test_higher_on_a_wall_there_is_more_light(year):
    z = np.zeros((60, 60))
    z[20:25, :] = 15.0
    z[35:40, :] = 15.0
    model = surface_model(z)
    point = (np.full(5, 25), np.full(5, 30), np.array([1.0, 4.0, 8.0, 12.0, 14.5]))
    normal = np.repeat(plane(90, 180), 5, axis=1)
    got = irradiation(model, normal, year, observers=point).total[:, 0]
    assert (np.diff(got) > 0).all()


def test_the_shading_of_facades_has_its_months_and_its_gaps(year):
    z = np.zeros((70, 70))
    z[40:50, 20:50] = 9.0
    labels = np.zeros(z.shape, int)
    labels[40:50, 20:50] = 2
    labels[5:8, 5:8] = 1  # flat on the ground: no wall
    free = facade_shading(surface_model(z), labels, year)
    assert free.shape == (2, 4, 12)
    assert np.isnan(free[0]).all()
    np.testing.assert_allclose(free[1], 1.0, atol=0.03)
    z[56:60, 10:60] = 14.0
    shaded = facade_shading(surface_model(z), labels, year)
    assert shaded[1, 2, 11] < 0.75 * shaded[1, 2, 5]  # to the south the winter sun is lost
    assert shaded[1, 0].min() > 0.97
    with pytest.raises(InvalidError) as caught:
        facade_shading(surface_model(z), labels[:5], year)
    assert caught.value.code == "JUM-G093"


@pytest.mark.parametrize("surface", ["linear", "boxes"])
def test_one_sweep_gives_cells_and_facades_bit_for_bit(year, surface):
    random = np.random.default_rng(5)
    z = (4 * random.random((60, 50))).astype(np.float32)
    labels = np.zeros(z.shape, int)
    z[20:30, 10:30] += 9.0
    labels[20:30, 10:30] = 1
    z[5, 5] = np.nan
    model = surface_model(z)
    cells = irradiation(model, normals(model), year, surface=surface).total[:, 0]
    light, shaded = cells_and_facades(model, labels, year, surface=surface)
    np.testing.assert_array_equal(light.ravel(), cells)
    np.testing.assert_array_equal(shaded, facade_shading(model, labels, year, surface=surface))
    flat, none = cells_and_facades(surface_model(np.zeros((9, 9))), np.ones((9, 9), int), year)
    assert flat.shape == (9, 9) and np.isnan(none).all()
    with pytest.raises(InvalidError) as caught:
        cells_and_facades(model, labels[:5], year)
    assert caught.value.code == "JUM-G093"


def weather(**series) -> Weather:
    made = clear_year(*PLACE)
    hours = {
        "dry_bulb_c": np.full(8760, 12.0),
        "direct_normal_w_m2": 0.5 * made.direct_normal,
        "diffuse_horizontal_w_m2": 1.5 * made.diffuse_horizontal,
    }
    return Weather(**{**hours, **series}, latitude=PLACE[0], longitude=PLACE[1], utc_offset_h=0.0)


def test_the_year_of_a_weather_is_that_of_its_planes():
    given = weather()
    year = from_weather(given)
    model = surface_model(np.zeros((3, 3)))
    point = (np.array([1]), np.array([1]), np.array([5.0]))
    for tilt, azimuth in ((0, 180), (30, 180), (40, 70), (90, 300)):
        told = given.plane(tilt, azimuth).total.sum() / 1e3
        got = irradiation(model, plane(tilt, azimuth), year, observers=point).total[0, 0]
        assert got == pytest.approx(told, rel=0.004)


def test_hours_that_do_not_go_together_are_refused(year):
    with pytest.raises(InvalidError) as caught:
        SunYear(year.elevation, year.azimuth[:5], year.direct_normal, year.diffuse_horizontal,
                year.day, year.month)  # fmt: skip
    assert caught.value.code == "JUM-G092"
    for options, code in (({"linke": 0.0}, "JUM-G094"), ({"albedo": 2.0}, "JUM-G094")):
        with pytest.raises(InvalidError) as caught:
            clear_year(*PLACE, **options)
        assert caught.value.code == code
    with pytest.raises(InvalidError) as caught:
        clear_year(120.0, 0.0)
    assert caught.value.code == "JUM-G001"


def test_windows_cover_once_and_give_what_the_whole_gives():
    seen = np.zeros((25, 37), int)
    for window in windows(25, 37, side=10, halo=4):
        seen[window.rows, window.columns] += 1
        assert window.outer_rows.start >= 0
        assert window.outer_columns.stop <= 37
    assert (seen == 1).all()
    from jumeau.ground.horizon import horizon

    z = city(60, 7)
    whole = horizon(z, 8)
    out = np.zeros_like(whole)
    for window, part in by_windows(
        lambda i, j: z[i, j], 60, 60, lambda a, _: horizon(a, 8), side=25, halo=60
    ):
        out[:, window.rows, window.columns] = part
    np.testing.assert_allclose(out, whole, atol=0.01)
    with pytest.raises(InvalidError) as caught:
        list(windows(5, 5, side=0))
    assert caught.value.code == "JUM-G085"
