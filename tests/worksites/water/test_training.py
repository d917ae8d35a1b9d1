# SPDX-License-Identifier: EUPL-1.2
"""The leak-free period: night flow, the quietest week, and the days that a user names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites.water import completing, training

PARIS = "Europe/Paris"


def flows(days=40, quiet=None, tz="UTC", pump=False):
    """Return five-minute flows of two meters, 2 m³/h less in the quiet week of day ``quiet``."""
    time = pd.date_range("2024-01-01", periods=288 * days, freq="5min", tz=tz)
    day = np.arange(len(time)) // 288
    hour = (np.arange(len(time)) % 288) / 12.0
    base = 6.0 + 4.0 * np.sin(2 * np.pi * (hour - 8) / 24)
    if quiet is not None:
        base = base - 2.0 * ((day >= quiet) & (day < quiet + 7))
    frame = pd.DataFrame({"a": base, "b": 3.0}, index=time)
    if pump:
        frame["p"] = np.where(hour % 6 < 2, 50.0, 0.0)
    return frame


def test_the_night_flow_is_the_median_of_the_hours_when_people_sleep():
    frame = flows(3, tz="UTC")
    frame.iloc[30, 0] = 999.9  # 02:30 UTC, 03:30 in Paris: absurd, and left aside by the median
    found = training.night_flow(frame, PARIS)
    # 02:00 to 04:00 in Paris is 01:00 to 03:00 UTC.
    inside = frame["a"][(frame.index.hour >= 1) & (frame.index.hour < 3)]
    expected = inside.groupby(inside.index.date).median().to_numpy()
    np.testing.assert_allclose(found["a"].to_numpy()[:3], expected)
    assert (found["b"].dropna() == 3.0).all()


def test_a_night_read_too_little_is_not_known():
    frame = flows(3)
    frame.iloc[288 + 12 : 288 + 30, 0] = np.nan
    found = training.night_flow(frame, PARIS)["a"]
    assert found.isna().tolist() == [False, True, False]


def test_meters_of_pumps_are_not_people():
    frame = flows(3, pump=True)
    assert training.followed(frame) == ["a", "b"]
    assert training.followed(frame[["p"]]) == ["p"], "better than nothing"


@pytest.mark.parametrize("quiet", [0, 9, 20])
def test_the_quietest_week_of_the_first_month_is_chosen(quiet):
    found = training.training(flows(quiet=quiet, pump=True), completing.defaults(), "UTC")
    assert found.chosen
    assert found.start == pd.Timestamp("2024-01-01", tz="UTC") + pd.Timedelta(days=quiet)
    assert found.end - found.start == pd.Timedelta(days=7)


def test_a_quiet_week_later_on_is_not_looked_for():
    found = training.training(flows(60, quiet=40), completing.defaults(), "UTC")
    assert found.end <= pd.Timestamp("2024-02-01", tz="UTC")


def test_the_days_that_a_user_names_are_taken_whole_on_the_clocks_of_the_place():
    given = completing.defaults().override({"leak_train_from": 20240108, "leak_train_to": 20240114})
    found = training.training(flows(), given, PARIS)
    assert not found.chosen
    assert found.start == pd.Timestamp("2024-01-08", tz=PARIS)
    assert found.end == pd.Timestamp("2024-01-15", tz=PARIS)
    assert np.isfinite(found.night)


@pytest.mark.parametrize("days", [(20240114, 20240108), (20241301, 20241302), (0, 20240108)])
def test_days_that_are_none_are_refused(days):
    names = ("leak_train_from", "leak_train_to")
    given = completing.defaults().override(dict(zip(names, days, strict=True)))
    with pytest.raises(InvalidError, match="JUM-H236"):
        training.training(flows(), given, PARIS)
