# SPDX-License-Identifier: EUPL-1.2
"""Time: UTC inside, the territory's days, dates as files write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from jumeau.base import time

PARIS = "Europe/Paris"


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


def test_now_is_aware() -> None:
    assert time.now().utcoffset() == dt.timedelta(0)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="JUM-B041"):
        time.to_utc(dt.datetime(2024, 1, 1))


@pytest.mark.parametrize("name", ["Europe/Montpellier", "", "../etc/passwd", "Paris"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(KeyError, match="JUM-B040"):
        time.zone(name)


@pytest.mark.parametrize(
    ("local", "tz", "expected"),
    [
        (dt.datetime(2024, 1, 15, 12), PARIS, utc(2024, 1, 15, 11)),
        (dt.datetime(2024, 7, 15, 12), PARIS, utc(2024, 7, 15, 10)),
        (dt.datetime(2024, 7, 15, 12), "America/Guadeloupe", utc(2024, 7, 15, 16)),
        (dt.datetime(2024, 7, 15, 12), "America/Cayenne", utc(2024, 7, 15, 15)),
        (dt.datetime(2024, 7, 15, 12), "Indian/Reunion", utc(2024, 7, 15, 8)),
        (dt.datetime(2024, 7, 15, 12), "Indian/Mayotte", utc(2024, 7, 15, 9)),
    ],
)
def test_local_time_goes_to_utc_and_back(
    local: dt.datetime, tz: str, expected: dt.datetime
) -> None:
    assert time.from_local(local, tz) == expected
    assert time.to_local(expected, tz).replace(tzinfo=None) == local


def test_the_hour_that_comes_twice() -> None:
    autumn = dt.datetime(2024, 10, 27, 2, 30)
    assert time.from_local(autumn, PARIS) == utc(2024, 10, 27, 0, 30)
    assert time.from_local(autumn, PARIS, fold=1) == utc(2024, 10, 27, 1, 30)


def test_the_hour_that_does_not_exist() -> None:
    spring = time.from_local(dt.datetime(2024, 3, 31, 2, 30), PARIS)
    assert spring == utc(2024, 3, 31, 1, 30)
    assert time.to_local(spring, PARIS).hour == 3


@pytest.mark.parametrize(
    ("date", "tz", "last"),
    [
        (dt.date(2024, 1, 15), PARIS, utc(2024, 1, 15, 22, 59, 59, 999_999)),
        (dt.date(2024, 7, 15), PARIS, utc(2024, 7, 15, 21, 59, 59, 999_999)),
        (dt.date(2024, 12, 31), "Indian/Reunion", utc(2024, 12, 31, 19, 59, 59, 999_999)),
        (dt.date(2024, 12, 31), "America/Martinique", utc(2025, 1, 1, 3, 59, 59, 999_999)),
    ],
)
def test_end_of_day(date: dt.date, tz: str, last: dt.datetime) -> None:
    assert time.end_of_day(date, tz) == last
    assert time.day_of(last, tz) == date
    assert time.day_of(last + dt.timedelta(microseconds=1), tz) == date + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("date", "hours"),
    [(dt.date(2024, 3, 31), 23), (dt.date(2024, 10, 27), 25), (dt.date(2024, 6, 1), 24)],
)
def test_days_have_their_own_length(date: dt.date, hours: int) -> None:
    length = time.start_of_day(date + dt.timedelta(days=1), PARIS) - time.start_of_day(date, PARIS)
    assert length == dt.timedelta(hours=hours)


@pytest.mark.parametrize(("year", "hours"), [(2023, 8760), (2024, 8784)])
@pytest.mark.parametrize("tz", [PARIS, "Indian/Mayotte", "America/Cayenne"])
def test_years_have_their_hours(year: int, hours: int, tz: str) -> None:
    first, following = time.year_bounds(year, tz)
    assert following - first == dt.timedelta(hours=hours)
    assert time.to_local(first, tz).replace(tzinfo=None) == dt.datetime(year, 1, 1)


DATES = {
    "31/12/2013": dt.date(2013, 12, 31),
    "8/1/2011": dt.date(2011, 1, 8),
    "08/01/11": dt.date(2011, 1, 8),
    "01/02/75": dt.date(1975, 2, 1),
    "31-12-2013": dt.date(2013, 12, 31),
    "31.12.2013": dt.date(2013, 12, 31),
    "31 12 2013": dt.date(2013, 12, 31),
    "2013-12-31": dt.date(2013, 12, 31),
    "2013/12/31": dt.date(2013, 12, 31),
    "2013.12.31": dt.date(2013, 12, 31),
    "20131231": dt.date(2013, 12, 31),
    "1er janvier 2014": dt.date(2014, 1, 1),
    "3 août 1995": dt.date(1995, 8, 3),
    "3 AOUT 95": dt.date(1995, 8, 3),
    "14 févr. 2020": dt.date(2020, 2, 14),
    "31-DEC-2013": dt.date(2013, 12, 31),
    "2013-12-31T10:20:30Z": dt.date(2013, 12, 31),
    "31/12/2013 23:59": dt.date(2013, 12, 31),
    "29/02/2024": dt.date(2024, 2, 29),
    "\u00a031/12/2013\u202f": dt.date(2013, 12, 31),
}


@pytest.mark.parametrize(("text", "date"), DATES.items())
def test_parse_date(text: str, date: dt.date) -> None:
    assert time.parse_date(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2013",
        "29/02/2023",
        "12/31/2013",
        "2013-13-01",
        "0/1/2013",
        "2013",
        "hier",
        "31/12",
        "2013-12/31",
        "3 brumaire 2013",
        "31/12/2013x",
        True,
        12.5,
        "0000-00-00",
    ],
)
def test_what_is_not_a_date_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="JUM-B042"):
        time.parse_date(text)


@pytest.mark.parametrize("text", [None, "", "NULL", "-", "n/a", float("nan"), pd.NaT])
def test_missing_dates_are_none(text: object) -> None:
    assert time.parse_date(text) is None
    assert time.parse_time(text, PARIS) is None


def test_dates_come_as_they_are() -> None:
    assert time.parse_date(dt.date(2020, 1, 2)) == dt.date(2020, 1, 2)
    assert time.parse_date(dt.datetime(2020, 1, 2, 3)) == dt.date(2020, 1, 2)
    assert time.parse_date(20131231) == dt.date(2013, 12, 31)
    assert time.parse_date(20131231.0) == dt.date(2013, 12, 31)


TIMES = {
    "2013-12-31T23:59:59Z": (utc(2013, 12, 31, 23, 59, 59), False),
    "2013-12-31T23:59:60Z": (utc(2014, 1, 1), True),  # BD TOPO
    "2006/05/04 12:51:60.000": (utc(2006, 5, 4, 10, 52), True),
    "2020-01-01 24:00:00": (utc(2020, 1, 1, 23), True),
    "31/12/2013 14h30": (utc(2013, 12, 31, 13, 30), False),
    "31/12/2013 à 14:30": (utc(2013, 12, 31, 13, 30), False),
    "31/12/2013": (utc(2013, 12, 30, 23), False),
    "2020-06-01T10:00:00.5+02:00": (utc(2020, 6, 1, 8, 0, 0, 500_000), False),
    "2020-06-01T10:00:00-0300": (utc(2020, 6, 1, 13), False),
    "2020-06-01T10:00:00+04": (utc(2020, 6, 1, 6), False),
    "2020-06-01 10:00 UTC": (utc(2020, 6, 1, 10), False),
    "2020-06-01T10:00:00,123456789": (utc(2020, 6, 1, 8, 0, 0, 123_456), False),
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_parse_time(text: str, expected: tuple[dt.datetime, bool]) -> None:
    assert time.parse_time(text, PARIS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-01 25:00",
        "2020-01-01 24:01",
        "2020-01-01 10:60",
        "2020-01-01 10:00:61",
        "10:00",
        "2020-01-01T",
        "32/01/2020 10:00",
    ],
)
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JUM-B042"):
        time.parse_time(text, PARIS)


def test_times_come_as_they_are() -> None:
    assert time.parse_time(utc(2020, 1, 1), PARIS) == (utc(2020, 1, 1), False)
    assert time.parse_time(dt.datetime(2020, 1, 1), PARIS) == (utc(2019, 12, 31, 23), False)
    assert time.parse_time(dt.date(2020, 1, 1), PARIS) == (utc(2019, 12, 31, 23), False)


def test_a_column_of_days() -> None:
    found = time.parse_dates(["31/12/2013", None, "31/02/2013", "2014-01-01", ""])
    expected = np.array(["2013-12-31", "NaT", "NaT", "2014-01-01", "NaT"], dtype="datetime64[D]")
    np.testing.assert_array_equal(found.values, expected)
    np.testing.assert_array_equal(found.missing, [0, 1, 0, 0, 1])
    np.testing.assert_array_equal(found.unreadable, [0, 0, 1, 0, 0])


def test_a_column_of_times_says_what_was_repaired() -> None:
    found = time.parse_times(["2013-12-31T23:59:60Z", "x", None, "01/07/2013"], PARIS)
    assert found.values.dtype == np.dtype("datetime64[us]")
    np.testing.assert_array_equal(
        found.values,
        np.array(["2014-01-01T00:00", "NaT", "NaT", "2013-06-30T22:00"], dtype="datetime64[us]"),
    )
    np.testing.assert_array_equal(found.repaired, [1, 0, 0, 0])
    np.testing.assert_array_equal(found.unreadable, [0, 1, 0, 0])
    np.testing.assert_array_equal(found.missing, [0, 0, 1, 0])


def test_columns_of_timestamps_pass() -> None:
    column = pd.Series(pd.to_datetime(["2013-12-31 10:00", None]))
    days, times = time.parse_dates(column), time.parse_times(column, PARIS)
    assert days.values[0] == np.datetime64("2013-12-31")
    assert times.values[0] == np.datetime64("2013-12-31T09:00")
    np.testing.assert_array_equal(times.missing, [False, True])
    assert time.parse_dates([]).values.shape == (0,)
