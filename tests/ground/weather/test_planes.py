# SPDX-License-Identifier: EUPL-1.2
"""Irradiance on planes: against pvlib, against geometry, at sunrise and at night."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground.weather import Weather, typical
from jumeau.ground.weather.planes import course, refraction, sunlit

PLANES = [(0, 180), (30, 180), (45, 180), (60, 135), (90, 0), (90, 90), (90, 180), (90, 270),
          (45, 300), (90, 225), (120, 180)]  # fmt: skip


def pvlib_total(weather: Weather, tilt: float, azimuth: float) -> np.ndarray:
    """What a user of pvlib computes with the sun at mid-hour."""
    import pandas as pd
    from pvlib import irradiance, solarposition

    times = pd.DatetimeIndex(pd.to_datetime(weather.times_utc, unit="s", utc=True))
    where = solarposition.get_solarposition(
        times, weather.latitude, weather.longitude, altitude=weather.elevation_m
    )
    found = irradiance.get_total_irradiance(
        tilt, azimuth, where["apparent_zenith"].to_numpy(), where["azimuth"].to_numpy(),
        weather.direct_normal_w_m2, weather.horizontal(), weather.diffuse_horizontal_w_m2,
        dni_extra=irradiance.get_extra_radiation(times).to_numpy(), albedo=0.2, model="perez",
    )  # fmt: skip
    total: np.ndarray = np.nan_to_num(found["poa_global"])
    return total


@pytest.mark.shared
@pytest.mark.parametrize("name", ["725650TYCST", "DRYCOLDTMY"])
def test_real_years_are_within_half_a_per_cent_of_pvlib(shared: Path, name: str) -> None:
    weather = Weather.from_epw(shared / "validation/buildings/weather" / f"{name}.epw")
    for tilt, azimuth in PLANES:
        ours, theirs = weather.plane(tilt, azimuth).total, pvlib_total(weather, tilt, azimuth)
        assert ours.sum() == pytest.approx(theirs.sum(), rel=5e-3), (tilt, azimuth)
        assert np.abs(ours - theirs).mean() < 1.0, (tilt, azimuth)  # hour by hour


@pytest.mark.parametrize("zone", ["H1b", "RE", "GF"])  # mid-latitude, south, equator
def test_made_up_years_are_within_half_a_per_cent_of_pvlib(zone: str) -> None:
    weather = typical(zone)
    for tilt, azimuth in PLANES:
        ours, theirs = weather.plane(tilt, azimuth).total, pvlib_total(weather, tilt, azimuth)
        assert ours.sum() == pytest.approx(theirs.sum(), rel=5e-3), (zone, tilt, azimuth)


def test_hours_of_full_day_are_pvlib_s_own(agen: Weather) -> None:
    day = (sunlit(agen).share == 1.0) & (agen.sun()[0] > 5.0)
    for tilt, azimuth in PLANES:
        ours, theirs = agen.plane(tilt, azimuth).total, pvlib_total(agen, tilt, azimuth)
        far = np.abs(ours - theirs)[day] > 0.02 * theirs[day] + 1.0
        assert far.mean() < 0.01, (tilt, azimuth)  # Perez's bins jump


def test_a_plane_that_looks_up_gets_direct_and_diffuse(agen: Weather) -> None:
    flat = agen.plane(0, 0)
    height = np.sin(np.radians(np.maximum(sunlit(agen).elevation, 0)))
    assert flat.beam == pytest.approx(agen.direct_normal_w_m2 * height, abs=1e-9)
    assert flat.sky_diffuse == pytest.approx(agen.diffuse_horizontal_w_m2, abs=1.0)  # near 85°
    assert flat.sky_diffuse.sum() == pytest.approx(agen.diffuse_horizontal_w_m2.sum(), rel=2e-3)
    assert flat.ground.max() == 0.0
    assert flat.beam + flat.sky_diffuse == pytest.approx(agen.horizontal(), abs=3.0)


def test_a_plane_that_looks_down_gets_the_ground_only(agen: Weather) -> None:
    below = agen.plane(180, 0, albedo=0.5)
    assert below.beam.max() == 0.0
    assert below.ground == pytest.approx(0.5 * agen.horizontal())
    assert below.sky_diffuse.sum() < 0.02 * agen.diffuse_horizontal_w_m2.sum()


def test_azimuths_turn_clockwise_from_north(agen: Weather) -> None:
    sides = {azimuth: agen.plane(90, azimuth).beam for azimuth in (0, 90, 180, 270)}
    hour = np.arange(agen.hours) % 24
    assert (sides[90] * hour).sum() / sides[90].sum() < 10.5  # east: in the morning
    assert (sides[270] * hour).sum() / sides[270].sum() > 14.5
    assert sides[180].sum() > 3 * sides[0].sum()
    assert agen.plane(90, -90).beam == pytest.approx(sides[270])
    assert agen.plane(90, 360) is agen.plane(90, 0)  # kept


def test_the_sun_is_at_mid_hour_but_for_sunrise_and_sunset(agen: Weather) -> None:
    lit = sunlit(agen)
    elevation, azimuth = agen.sun()
    whole = lit.share == 1.0
    assert lit.elevation[whole] == pytest.approx(elevation[whole] + refraction(elevation[whole]))
    assert lit.azimuth[whole] == pytest.approx(azimuth[whole])
    part = (lit.share > 0) & (lit.share < 1)
    assert part.sum() == 2 * 365
    assert (lit.elevation[part] > -0.3).all()
    assert (lit.elevation[part] < 7.0).all()
    assert (lit.share[elevation < -12.0] == 0.0).all()


def test_the_sunlit_share_adds_up_to_the_length_of_days(agen: Weather) -> None:
    from jumeau.ground.sun import dark

    start = agen.times_utc[0] - 1800.0
    nights = dark(start, start + 365 * 86400.0, agen.latitude, agen.longitude)
    light = 8760.0 - (nights[:, 1] - nights[:, 0]).sum() / 3600.0
    assert sunlit(agen).share.sum() == pytest.approx(light, abs=2.0)


def test_the_radiation_of_a_sunrise_hour_reaches_the_wall_that_sees_it() -> None:
    """The sun of 00:30 would be below the horizon, that of the sunlit part is not."""
    middle = np.datetime64("2001-06-21T00:30").astype("datetime64[s]").astype(float)
    times = middle + 3600.0 * np.arange(24.0)
    first = int(np.argmax(course(times, 48.0, 0.0).share > 0))
    direct = np.where(np.arange(24) == first, 50.0, 0.0)
    weather = Weather(direct * 0, direct, direct * 0.4, 48.0, 0.0, 0.0, start="2001-06-21")
    assert weather.plane(90, 60).beam[first] > 40.0
    assert weather.plane(90, 240).beam.max() == 0.0


def test_direct_radiation_at_night_reaches_no_plane_and_is_said() -> None:
    light = np.full(8760, 100.0)
    weather = Weather(light * 0, light, light, 48.0, 0.0, 0.0)
    night = sunlit(weather).share == 0.0
    assert weather.plane(90, 180).beam[night].max() == 0.0
    assert weather.plane(90, 180).sky_diffuse[night] == pytest.approx(50.0)
    assert [item.code for item in weather.findings] == ["JUM-G064"]
    assert weather.spread_radiation > 0.0


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 180), st.floats(-360, 720), st.floats(0, 1))
def test_any_plane_has_a_sound_answer(tilt: float, azimuth: float, albedo: float) -> None:
    weather = _week()
    plane = weather.plane(tilt, azimuth, albedo=albedo)
    for part in plane:
        assert part.shape == (168,)
        assert np.isfinite(part).all()
        assert (part >= 0).all()
    assert (plane.cos_incidence <= 1).all()
    assert (plane.beam <= weather.direct_normal_w_m2 + 1e-9).all()
    assert plane.total == pytest.approx(sum(plane[:3]))


def _week() -> Weather:
    year = typical("H2c")
    part = slice(180 * 24, 187 * 24)
    return Weather(
        year.dry_bulb_c[part], year.direct_normal_w_m2[part], year.diffuse_horizontal_w_m2[part],
        year.latitude, year.longitude, year.utc_offset_h, start="2001-06-30",
    )  # fmt: skip


def test_polar_day_and_night_have_answers() -> None:
    light = np.full(8760, 80.0)
    weather = Weather(light * 0, light * 0, light, 78.2, 15.6, 1.0)
    wall = weather.plane(90, 180)
    assert np.isfinite(wall.total).all()
    assert wall.total.min() > 0


@pytest.mark.parametrize(("tilt", "azimuth", "albedo"),
                         [(-1, 0, 0.2), (181, 0, 0.2), (float("nan"), 0, 0.2),
                          (90, float("inf"), 0.2), (90, 0, 1.2)])  # fmt: skip
def test_impossible_planes_are_refused(
    agen: Weather, tilt: float, azimuth: float, albedo: float
) -> None:
    with pytest.raises(InvalidError) as caught:
        agen.plane(tilt, azimuth, albedo=albedo)
    assert caught.value.code == "JUM-G074"
