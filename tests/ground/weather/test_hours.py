# SPDX-License-Identifier: EUPL-1.2
"""A weather: what it refuses, its calendar, its sun, its digest."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground import sun
from jumeau.ground.weather import Weather

ZERO = np.zeros(8760)


def made(hours: int = 8760, **changes: object) -> Weather:
    zero = np.zeros(hours)
    values: dict[str, object] = {
        "dry_bulb_c": zero, "direct_normal_w_m2": zero, "diffuse_horizontal_w_m2": zero,
        "latitude": 44.0, "longitude": 0.6, "utc_offset_h": 1.0,
    } | changes  # fmt: skip
    return Weather(**values)  # type: ignore[arg-type]


def test_the_six_first_arguments_are_enough() -> None:
    weather = Weather(ZERO + 5, ZERO, ZERO, 39.83, -104.65, -7)
    assert weather.hours == 8760
    assert weather.dry_bulb_c.mean() == 5.0
    assert weather.findings == ()
    assert weather.spread_c == weather.spread_radiation == 0.0


def test_the_first_hour_is_the_first_of_january_and_its_sun_stands_at_half_past() -> None:
    weather = made()
    assert weather.local_starts[0] == np.datetime64("2001-01-01T00:00")
    assert weather.local_starts[-1] == np.datetime64("2001-12-31T23:00")
    half_past_midnight = np.datetime64("2000-12-31T23:30").astype("datetime64[s]").astype(int)
    assert weather.times_utc[0] == half_past_midnight  # UTC+1
    elevation, azimuth = weather.sun()
    reference = sun.position(weather.times_utc[12], 44.0, 0.6)
    assert (elevation[12], azimuth[12]) == pytest.approx([float(v) for v in reference])


@pytest.mark.parametrize(("hours", "year"), [(8760, 2001), (8784, 2004), (24, 2001)])
def test_a_year_that_is_not_said_has_a_calendar_of_its_length(hours: int, year: int) -> None:
    assert made(hours).year == year


def test_a_start_says_the_year() -> None:
    weather = made(48, start=np.datetime64("2023-07-01T06:00"))
    assert weather.year == 2023
    assert weather.local_starts[-1] == np.datetime64("2023-07-03T05:00")


def test_series_are_copied_and_cannot_change() -> None:
    air = np.full(8760, 3.0)
    weather = made(dry_bulb_c=air)
    air[0] = 50.0
    assert weather.dry_bulb_c[0] == 3.0
    with pytest.raises(ValueError, match="read-only"):
        weather.dry_bulb_c[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        weather.latitude = 3.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"latitude": 91.0}, "JUM-G001"),
        ({"longitude": float("nan")}, "JUM-G001"),
        ({"utc_offset_h": 20.0}, "JUM-G052"),
        ({"albedo": 1.5}, "JUM-G056"),
        ({"dry_bulb_c": np.zeros(8759)}, "JUM-G053"),
        ({"dry_bulb_c": np.zeros((2, 4380))}, "JUM-G053"),
        ({"dry_bulb_c": ["warm"] * 8760}, "JUM-G053"),
        ({"dry_bulb_c": np.where(np.arange(8760) == 7, np.nan, 0)}, "JUM-G054"),
        ({"dry_bulb_c": np.full(8760, 283.0)}, "JUM-G056"),  # kelvin
        ({"direct_normal_w_m2": np.full(8760, -30.0)}, "JUM-G056"),
        ({"diffuse_horizontal_w_m2": np.full(8760, 3600.0)}, "JUM-G056"),  # kJ/m²
        ({"infrared_w_m2": np.zeros(10)}, "JUM-G053"),
    ],
)
def test_what_no_weather_can_be_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        made(**changes)
    assert caught.value.code == code


def test_no_hour_is_refused() -> None:
    with pytest.raises(InvalidError, match="JUM-G053"):
        Weather([], [], [], 44.0, 0.6, 1.0)  # type: ignore[arg-type]


def test_the_night_offset_of_a_pyranometer_is_no_fault() -> None:
    assert made(diffuse_horizontal_w_m2=np.full(8760, -1.5)).diffuse_horizontal_w_m2.max() == 0.0


def test_the_digest_tells_two_weathers_apart() -> None:
    assert made().sha256 == made().sha256
    warm = np.zeros(8760)
    warm[5000] = 1e-9
    assert made(dry_bulb_c=warm).sha256 != made().sha256
    assert made(latitude=44.1).sha256 != made().sha256


def test_renewed_changes_a_field_and_the_digest(agen: Weather) -> None:
    warmer = agen.renewed(dry_bulb_c=agen.dry_bulb_c + 1.0)
    assert warmer.dry_bulb_c.mean() == pytest.approx(agen.dry_bulb_c.mean() + 1.0)
    assert warmer.sha256 != agen.sha256
    assert warmer.latitude == agen.latitude


@given(st.integers(1, 60), st.floats(-65, 65), st.floats(-179, 179))
def test_any_number_of_hours_anywhere_has_a_sun(
    hours: int, latitude: float, longitude: float
) -> None:
    weather = made(
        hours, latitude=latitude, longitude=longitude, utc_offset_h=round(longitude / 15)
    )
    elevation, azimuth = weather.sun()
    assert elevation.shape == azimuth.shape == (hours,)
    assert np.diff(weather.times_utc) == pytest.approx(3600.0)
