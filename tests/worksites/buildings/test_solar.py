# SPDX-License-Identifier: EUPL-1.2
"""Sun of a year on roofs and walls, and the yield of panels, through the public functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.sun_year import clear_year
from jumeau.ground.weather import Weather
from jumeau.worksites import buildings
from jumeau.worksites.buildings.roof_pv import Panels, roof_pv

PLACE = {"latitude": 45.18, "longitude": 0.72}


def houses() -> tuple[np.ndarray, np.ndarray]:
    """Return a flat roof, a pitched roof running west to east, and a hut; and their numbers."""
    z = np.zeros((90, 90))
    labels = np.zeros((90, 90), int)
    z[10:30, 10:40] = 8.0
    labels[10:30, 10:40] = 1
    z[55:75, 10:50] = 6.0 + 0.7 * (9.5 - np.abs(np.arange(20) - 9.5))[:, None]
    labels[55:75, 10:50] = 2
    z[80:82, 80:82] = 3.0
    labels[80:82, 80:82] = 3
    return z, labels


def test_the_open_ground_receives_the_clear_sky_of_its_altitude():
    low = buildings.solar(np.zeros((5, 5)), **PLACE)
    assert low.shape == (5, 5)
    assert low.dtype == np.float32
    told = clear_year(45.18, 0.72).global_horizontal.sum() / 1e3
    np.testing.assert_allclose(low, told, rtol=1e-3)
    high = buildings.solar(np.full((5, 5), 1500.0), **PLACE)
    assert (high > low).all()


def test_roofs_walls_and_both_together():
    z, _ = houses()
    roof = np.asarray(buildings.solar(z, **PLACE))
    wall = np.asarray(buildings.solar(z, **PLACE, surfaces="facade"))
    both = np.asarray(buildings.solar(z, **PLACE, surfaces="all"))
    assert roof[70, 30] > 1.1 * roof[20, 25] > 1.2 * roof[57, 30]  # south, flat, north
    assert np.isfinite(roof).all()
    assert np.isnan(wall[20, 25])
    assert np.isfinite(wall[10, 10:40]).all()
    assert wall[29, 25] > 1.8 * wall[10, 25]  # the south wall and the north one
    assert both[20, 25] == pytest.approx(roof[20, 25], rel=1e-5)
    area = 8.0
    assert both[29, 25] == pytest.approx(
        (roof[29, 25] + area * wall[29, 25]) / (1 + area), rel=1e-3
    )


def test_a_larger_cell_changes_nothing_but_the_scale():
    z, _ = houses()
    one = buildings.solar(z, **PLACE)
    two = buildings.solar(2.0 * z, **PLACE, cell_size=2.0)
    np.testing.assert_allclose(two, one, rtol=2e-3)


def test_a_weather_is_taken_as_it_is():
    year = clear_year(45.18, 0.72)
    given = Weather(
        np.full(8760, 10.0), 0.6 * year.direct_normal, year.diffuse_horizontal, 45.18, 0.72, 0.0
    )
    got = buildings.solar(np.zeros((3, 3)), **PLACE, weather=given)
    told = given.plane(0.0, 180.0).total.sum() / 1e3
    np.testing.assert_allclose(got, told, rtol=2e-3)


def test_holes_stay_empty_and_are_told():
    z, _ = houses()
    z[40:44, 60:64] = np.nan
    z[85, 10] = 500.0
    for surfaces in ("roof", "facade", "all"):
        got = buildings.solar(z, **PLACE, surfaces=surfaces)
        assert {item.code for item in got.findings} == {"JUM-G086", "JUM-G087"}
        assert np.isnan(got[40:44, 60:64]).all()
        assert np.isnan(got[85, 10])
        assert np.nanmin(got) > 0.0


def test_one_cell_has_the_whole_sky_and_threads_change_nothing():
    assert buildings.solar([[4.0]], **PLACE)[0, 0] > 1900.0
    z, _ = houses()
    one = buildings.solar(z, **PLACE, threads=1, surfaces="all")
    assert np.array_equal(one, buildings.solar(z, **PLACE, threads=3, surfaces="all"))


def test_the_southern_hemisphere_looks_north():
    z, _ = houses()
    got = np.asarray(buildings.solar(z, latitude=-21.1, longitude=55.5))
    assert got[57, 30] > got[70, 30]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"surfaces": "walls"}, "JUM-E120"),
        ({"weather": "sunny"}, "JUM-E121"),
        ({"latitude": 95.0}, "JUM-G001"),
        ({"latitude": math.nan}, "JUM-G001"),
        ({"cell_size": -1.0}, "JUM-G084"),
        ({"surface": "round"}, "JUM-G088"),
    ],
)
def test_what_cannot_be_is_refused(options, code):
    with pytest.raises(InvalidError) as caught:
        buildings.solar(np.zeros((4, 4)), **{**PLACE, **options})
    assert caught.value.code == code


def test_panels_on_each_roof():
    z, labels = houses()
    table = roof_pv(z, labels, **PLACE)
    flat, pitched, hut = (table.loc[i] for i in (1, 2, 3))
    assert flat["suitable_m2"] == pytest.approx(600.0)
    assert flat["tilt_deg"] == pytest.approx(0.0, abs=0.1)
    assert np.isnan(flat["azimuth_deg"])
    told = buildings.solar(z, **PLACE)[10:30, 10:40].mean() * 600 * 0.5 * 0.21 * 0.8
    assert flat["yield_kwh"] == pytest.approx(told, rel=0.01)
    assert flat["power_kw"] == pytest.approx(600 * 0.5 * 0.21)
    assert 120 < pitched["azimuth_deg"] < 240
    assert 300 < pitched["suitable_m2"] < 600  # the south side alone, on the slope
    assert pitched["irradiation_kwh_m2"] > flat["irradiation_kwh_m2"]
    for row in (flat, pitched):
        assert row["yield_low_kwh"] < row["yield_kwh"] < row["yield_high_kwh"]
    assert hut["suitable_m2"] == hut["yield_kwh"] == 0.0
    assert hut["roof_m2"] == 4.0


def test_an_unknown_part_of_a_roof_widens_its_interval_and_an_unknown_roof_has_no_figure():
    z, labels = houses()
    whole = roof_pv(z, labels, **PLACE).loc[1]
    z[10:20, 10:40] = np.nan
    z[labels == 3] = np.nan
    table = roof_pv(z, labels, **PLACE)
    half = table.loc[1]
    assert half["unknown_share"] == pytest.approx(0.5)
    assert half["yield_kwh"] == pytest.approx(0.5 * whole["yield_kwh"], rel=0.02)
    assert half["yield_high_kwh"] == pytest.approx(whole["yield_high_kwh"], rel=0.02)
    assert np.isnan(table.loc[3, "yield_kwh"])
    assert table.attrs["findings"][0].code == "JUM-G086"


def test_panels_follow_their_factors_and_numbers_their_grid():
    z, labels = houses()
    one = roof_pv(z, labels, **PLACE).loc[1]
    made = Panels(efficiency=(0.105, 0.1, 0.115), least_area=700.0)
    assert roof_pv(z, labels, **PLACE, panels=made).loc[1, "yield_kwh"] == 0.0
    made = Panels(efficiency=(0.105, 0.1, 0.115))
    half = roof_pv(z, labels, **PLACE, panels=made).loc[1]
    assert half["yield_kwh"] == pytest.approx(0.5 * one["yield_kwh"])
    with pytest.raises(InvalidError) as caught:
        roof_pv(z, labels[:4], **PLACE)
    assert caught.value.code == "JUM-G093"


def test_panels_take_the_light_that_is_known_already() -> None:
    z = np.zeros((24, 30), np.float32)
    z[6:18, 5:25] = 8.0
    labels = (z > 0).astype(int)
    light = np.asarray(buildings.solar(z, **PLACE))
    told = roof_pv(z, labels, **PLACE, received=light).loc[1]
    swept = roof_pv(z, labels, **PLACE).loc[1]
    assert told["yield_kwh"] == pytest.approx(swept["yield_kwh"], rel=0.01)
    half = roof_pv(z, labels, **PLACE, received=0.9 * light).loc[1]
    assert half["irradiation_kwh_m2"] == pytest.approx(0.9 * told["irradiation_kwh_m2"], rel=1e-5)
