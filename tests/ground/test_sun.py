# SPDX-License-Identifier: EUPL-1.2
"""Sun: against pvlib's NREL algorithm, the almanac's rules and the poles."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from jumeau.base.errors import JumeauError
from jumeau.ground import sun

PLACES = [(43.61, 3.87), (48.85, 2.35), (-21.1, 55.5), (16.2, -61.5), (5.0, -52.6), (69.6, 18.9)]


def _pvlib():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pvlib import solarposition
    return solarposition


def test_position_equals_nrel_from_1950_to_2100():
    pd = pytest.importorskip("pandas")
    solarposition = _pvlib()
    rng = np.random.default_rng(7)
    first, last = np.datetime64("1950-01-01"), np.datetime64("2100-12-31")
    span = (last - first) / np.timedelta64(1, "s")
    times = first + (rng.random(400) * span).astype("timedelta64[s]")
    for latitude, longitude in PLACES:
        index = pd.DatetimeIndex(times, tz="UTC")
        theirs = solarposition.get_solarposition(index, latitude, longitude, delta_t=69.0)
        height, azimuth = sun.position(times, latitude, longitude)
        assert np.abs(height - theirs["elevation"].to_numpy()).max() < 0.003
        turn = (azimuth - theirs["azimuth"].to_numpy() + 180) % 360 - 180
        assert np.abs(turn * np.cos(np.radians(height))).max() < 0.003


def test_time_forms_agree():
    text = "2024-03-20T12:34:56"
    instant = np.datetime64(text)
    expected = sun.elevation(instant, 45, 5)
    assert sun.elevation(float(sun.posix(instant)), 45, 5) == expected
    assert sun.elevation(np.array([text]), 45, 5)[0] == expected
    assert sun.posix(np.datetime64("1970-01-02")) == 86400.0


def test_broadcasts_places_against_times():
    times = sun.posix(np.arange("2024-01-01", "2024-01-03", dtype="datetime64[h]"))
    grid = sun.elevation(times[:, None], np.array([40.0, 50.0]), np.array([0.0, 5.0]))
    assert grid.shape == (48, 2)
    assert grid[7, 1] == sun.elevation(times[7], 50.0, 5.0)


@pytest.mark.parametrize(("latitude", "longitude"), PLACES[:5])
@pytest.mark.parametrize("year", [1990, 2024, 2050])
def test_sunrise_and_sunset_within_a_minute_of_pvlib(latitude, longitude, year):
    pd = pytest.importorskip("pandas")
    solarposition = _pvlib()
    days = pd.date_range(f"{year}-01-02", f"{year}-12-30", freq="7D", tz="UTC")
    theirs = solarposition.sun_rise_set_transit_spa(days, latitude, longitude, delta_t=69.0)
    night = sun.nights(year, latitude, longitude)
    for name, ours in (("sunset", night[:, 0]), ("sunrise", night[:, 1])):
        expected = theirs[name].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        gaps = np.abs(sun.posix(expected)[:, None] - ours).min(axis=1)
        assert gaps.max() < 60


def test_dark_hours_are_those_of_a_second_count():
    start, end = np.datetime64("2023-03-20"), np.datetime64("2023-04-03")
    grid = sun.posix(np.arange(start, end, np.timedelta64(10, "s")))
    for below in (sun.SUNRISE, -3.5, sun.ASTRONOMICAL, 10.0):
        spans = sun.dark(start, end, 43.6, 3.9, below)
        counted = 10.0 * np.count_nonzero(sun.elevation(grid, 43.6, 3.9) < below)
        assert abs((spans[:, 1] - spans[:, 0]).sum() - counted) < 10.0 * (2 * len(spans) + 2)
        assert (spans[:, 0] < spans[:, 1]).all()
        assert (spans[1:, 0] > spans[:-1, 1]).all()


def test_crossings_lie_on_the_threshold():
    spans = sun.nights(2024, 48.85, 2.35, -6.0)
    inner = np.concatenate((spans[1:, 0], spans[:-1, 1]))
    assert np.abs(sun.elevation(inner, 48.85, 2.35) + 6.0).max() < 1e-5
    assert len(spans) == 367  # two half nights at the ends of a leap year


def test_polar_day_and_polar_night():
    june = (np.datetime64("2024-06-10"), np.datetime64("2024-06-30"))
    december = (np.datetime64("2024-12-10"), np.datetime64("2024-12-30"))
    assert sun.dark(*june, 78.0, 15.0).shape == (0, 2)
    assert sun.dark(*december, 78.0, 15.0).tolist() == [[*map(float, map(sun.posix, december))]]


@pytest.mark.parametrize("latitude", [90.0, 89.5, 67.4, 66.0, -90.0])
def test_high_latitudes_lose_no_crossing(latitude):
    grid = sun.posix(np.arange("2024-01-01", "2025-01-01", np.timedelta64(120, "s"),
                               dtype="datetime64[s]"))  # fmt: skip
    counted = 120.0 * np.count_nonzero(sun.elevation(grid, latitude, 25.0) < sun.SUNRISE)
    spans = sun.nights(2024, latitude, 25.0)
    assert abs((spans[:, 1] - spans[:, 0]).sum() - counted) < 3600 * 2


def test_empty_period_and_bad_arguments():
    instant = np.datetime64("2024-06-10T00:00")
    assert np.diff(sun.dark(instant, instant, 45, 3)).sum() == 0
    with pytest.raises(JumeauError, match="JUM-G001"):
        sun.nights(2024, 123.0, 3.0)
    with pytest.raises(JumeauError, match="JUM-G002"):
        sun.dark(np.datetime64("2024-02-01"), np.datetime64("2024-01-01"), 45, 3)
    with pytest.raises(JumeauError, match="JUM-G001"):
        sun.nights(2024, float("nan"), 3.0)
