# SPDX-License-Identifier: EUPL-1.2
"""Identities of time in the French zones."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import time

zones = st.sampled_from(
    ["Europe/Paris", "America/Guadeloupe", "America/Cayenne", "Indian/Reunion", "Indian/Mayotte"]
)
days = st.dates(dt.date(1980, 1, 1), dt.date(2080, 12, 30))
instants = st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2080, 1, 1), timezones=st.just(dt.UTC))


@given(days, zones)
def test_days_follow_one_another_without_gap(day: dt.date, tz: str) -> None:
    following = day + dt.timedelta(days=1)
    tick = dt.timedelta(microseconds=1)
    assert time.end_of_day(day, tz) + tick == time.start_of_day(following, tz)
    assert time.day_of(time.start_of_day(day, tz), tz) == day
    assert time.day_of(time.end_of_day(day, tz), tz) == day


@given(instants, zones)
def test_an_instant_survives_the_local_clock(instant: dt.datetime, tz: str) -> None:
    local = time.to_local(instant, tz)
    assert time.from_local(local.replace(tzinfo=None), tz, fold=local.fold) == instant


@given(days, st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y/%m/%d"]))
def test_a_written_day_reads_back(day: dt.date, form: str) -> None:
    assert time.parse_date(day.strftime(form)) == day


@given(instants, zones)
def test_a_written_instant_reads_back(instant: dt.datetime, tz: str) -> None:
    for text in (instant.isoformat(), time.to_local(instant, tz).isoformat(sep=" ")):
        found = time.parse_time(text, tz)
        assert found is not None
        assert found == (instant, False)


@given(st.text(max_size=25), zones)
def test_any_text_is_a_time_missing_or_refused(text: str, tz: str) -> None:
    try:
        found = time.parse_time(text, tz)
    except ValueError as refused:
        assert "JUM-B042" in str(refused)
    else:
        assert found is None or found.time.tzinfo is not None
