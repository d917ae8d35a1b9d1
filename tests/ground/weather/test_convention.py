# SPDX-License-Identifier: EUPL-1.2
"""The radiation judged by the sun: shifts, summer time, swapped columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground.weather import Weather, typical
from jumeau.ground.weather.convention import lateness, summer_time


def turned(weather: Weather, hours: int) -> Weather:
    return Weather(
        weather.dry_bulb_c, np.roll(weather.direct_normal_w_m2, hours),
        np.roll(weather.diffuse_horizontal_w_m2, hours), weather.latitude, weather.longitude,
        weather.utc_offset_h,
    )  # fmt: skip


def codes(weather: Weather) -> list[str]:
    return [item.code for item in weather.findings]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["725650TYCST", "DRYCOLDTMY"])
def test_real_years_follow_their_sun_within_three_minutes(shared: Path, name: str) -> None:
    weather = Weather.from_epw(shared / "validation/buildings/weather" / f"{name}.epw")
    late = lateness(weather)
    assert abs(late.overall) < 0.05
    assert abs(summer_time(weather, late)) < 0.15
    for minutes in (-40, -20, 20, 40):  # a place further east or west sees the sun that much later
        place = weather.longitude - minutes / 4.0
        moved = Weather(weather.dry_bulb_c, weather.direct_normal_w_m2,
                        weather.diffuse_horizontal_w_m2, weather.latitude, place, -7.0)  # fmt: skip
        assert lateness(moved).overall == pytest.approx(late.overall - minutes / 60.0, abs=0.05)


@pytest.mark.parametrize("zone", ["H1a", "H3", "GP", "GF", "RE"])
def test_made_up_years_follow_their_sun(zone: str) -> None:
    weather = typical(zone)
    assert abs(lateness(weather).overall) < 0.1
    assert codes(weather) == ["JUM-G076"]


@pytest.mark.parametrize("zone", ["H1a", "RE"])
@pytest.mark.parametrize("hours", [-1, 1])
def test_one_hour_is_said(zone: str, hours: int) -> None:
    weather = turned(typical(zone), hours)
    assert codes(weather)[0] == "JUM-G058"
    assert weather.findings[0].data["shift"] == pytest.approx(hours, abs=0.15)
    assert weather.findings[0].data["fix"] == str(-hours)
    assert weather.spread_radiation == 0.05


@pytest.mark.parametrize("hours", [-11, -7, -2, 2, 5, 12])
def test_two_hours_or_more_are_refused(agen: Weather, hours: int) -> None:
    with pytest.raises(InvalidError) as caught:
        turned(agen, hours)
    assert caught.value.code == "JUM-G057"
    assert abs(caught.value.data["shift"]) == pytest.approx(abs(hours), abs=0.2)


def test_a_longitude_of_the_wrong_sign_is_refused() -> None:
    east = typical("RE")
    with pytest.raises(InvalidError, match="JUM-G057"):
        Weather(east.dry_bulb_c, east.direct_normal_w_m2, east.diffuse_horizontal_w_m2,
                east.latitude, -east.longitude, east.utc_offset_h)  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "begin", "end"), [("H1a", 2000, 7200), ("H3", 2160, 7250), ("RE", 6600, 10_700)]
)
def test_summer_time_is_said(zone: str, begin: int, end: int) -> None:
    year = typical(zone)
    hours = np.arange(8760)
    summer = ((hours >= begin) & (hours < end)) | (hours + 8760 < end)
    series = [
        np.where(summer, np.roll(values, 1), values)
        for values in (year.dry_bulb_c, year.direct_normal_w_m2, year.diffuse_horizontal_w_m2)
    ]
    weather = Weather(*series, year.latitude, year.longitude, year.utc_offset_h)
    assert "JUM-G059" in codes(weather)
    assert "JUM-G058" not in codes(weather)
    assert weather.spread_radiation == 0.05


@settings(max_examples=8, deadline=None)
@given(st.integers(-11, 11), st.floats(0.3, 1.2), st.floats(0.0, 0.6))
def test_neither_scale_nor_cloudy_afternoons_hide_a_shift(
    hours: int, scale: float, veil: float
) -> None:
    """Afternoons dimmed by up to 60 % move the centre of the day, hardly its ends."""
    year = typical("RE")
    dim = np.where(np.arange(8760) % 24 >= 13, 1.0 - veil, 1.0)
    series = [np.roll(scale * dim * values, hours)
              for values in (year.direct_normal_w_m2, year.diffuse_horizontal_w_m2)]  # fmt: skip
    weather = object.__new__(Weather)
    for name, value in {"direct_normal_w_m2": series[0], "diffuse_horizontal_w_m2": series[1],
                        "dry_bulb_c": year.dry_bulb_c, "latitude": year.latitude,
                        "longitude": year.longitude, "utc_offset_h": year.utc_offset_h,
                        "start": year.start, "_kept": {}}.items():  # fmt: skip
        object.__setattr__(weather, name, value)
    assert lateness(weather).overall == pytest.approx(hours, abs=0.3)


def test_swapped_columns_are_refused(agen: Weather) -> None:
    with pytest.raises(InvalidError, match="JUM-G065"):
        Weather(agen.dry_bulb_c, agen.diffuse_horizontal_w_m2, agen.direct_normal_w_m2,
                agen.latitude, agen.longitude, 1.0,
                global_horizontal_w_m2=agen.global_horizontal_w_m2)  # fmt: skip


@pytest.mark.shared
def test_swapped_columns_are_refused_without_a_global(shared: Path) -> None:
    year = Weather.from_epw(shared / "validation/buildings/weather/725650TYCST.epw")
    with pytest.raises(InvalidError, match="JUM-G065"):
        Weather(year.dry_bulb_c, year.diffuse_horizontal_w_m2, year.direct_normal_w_m2,
                year.latitude, year.longitude, -7.0)  # fmt: skip


@pytest.mark.parametrize(("direct", "diffuse"), [(0.0, 0.0), (0.0, 100.0), (500.0, 100.0)])
def test_constant_radiation_tells_nothing_of_the_hours(direct: float, diffuse: float) -> None:
    light = np.ones(8760)
    weather = Weather(light, direct * light, diffuse * light, 45.0, 0.0, 0.0)
    assert not np.isfinite(lateness(weather).overall)
    assert set(codes(weather)) <= {"JUM-G064"}
