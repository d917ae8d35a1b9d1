# SPDX-License-Identifier: EUPL-1.2
"""Rows put in their hours: typical years, real years, several years, order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground.weather.calendar import Placed, placed


def dates(start: str, hours: int) -> list[np.ndarray]:
    stamps = np.datetime64(start, "h") + np.arange(hours)
    days, months = stamps.astype("datetime64[D]"), stamps.astype("datetime64[M]")
    return [
        stamps.astype("datetime64[Y]").astype(int) + 1970,
        months.astype(int) % 12 + 1,
        (days - months).astype(int) + 1,
        (stamps - days).astype(int),
    ]


def codes(found: Placed) -> list[str]:
    return [item.code for item in found.findings]


def test_a_year_stands_as_it_is() -> None:
    found = placed("f", *dates("2019-01-01", 8760))
    assert (str(found.start), found.hours) == ("2019-01-01T00:00:00", 8760)
    assert (found.slot == np.arange(8760)).all()
    assert codes(found) == []


def test_two_years_in_a_row_keep_their_years() -> None:
    found = placed("f", *dates("2019-01-01", 2 * 8760 + 24))
    assert (str(found.start), found.hours) == ("2019-01-01T00:00:00", 2 * 8760 + 24)
    assert (found.slot == np.arange(found.hours)).all()
    assert codes(found) == []


def test_months_of_two_years_in_one_round_are_a_typical_year() -> None:
    columns = dates("2003-01-01", 8760)
    columns[0] = np.where(columns[1] == 1, 2005, 2004)  # January 2005, then 2004
    found = placed("f", *columns)
    assert (str(found.start), found.hours) == ("2001-01-01T00:00:00", 8760)
    assert (found.slot == np.arange(8760)).all()
    assert codes(found) == []


def test_a_typical_year_with_a_leap_day_has_it() -> None:
    columns = dates("2004-01-01", 8784)
    columns[0] = 1990 + columns[1]
    columns[0][columns[1] == 2] = 1996
    found = placed("f", *columns)
    assert (str(found.start), found.hours) == ("2004-01-01T00:00:00", 8784)
    assert codes(found) == ["JUM-G060"]


def test_a_year_cut_short_is_a_year_with_a_hole() -> None:
    found = placed("f", *dates("2019-01-01", 5000))
    assert found.hours == 8760
    assert np.isnan(found.spread(np.ones(5000))).sum() == 3760
    assert placed("f", *dates("2019-03-01", 5000), whole=False).hours == 5000


@given(st.permutations(range(48)), st.lists(st.integers(0, 47), max_size=5))
def test_any_order_and_doubles_give_each_hour_its_first_row(
    order: list[int], doubles: list[int]
) -> None:
    rows = np.array([*order, *doubles])
    columns = [column[rows] for column in dates("2019-06-01", 48)]
    found = placed("f", *columns, whole=False)
    values = np.arange(rows.size, dtype=float)
    series = found.spread(values)
    assert [rows[int(row)] for row in series] == list(range(48))
    assert (series < 48).all()  # the first of two
    assert codes(found) == (["JUM-G061"] if doubles or order != sorted(order) else [])


@pytest.mark.parametrize(
    ("column", "value"),
    [(0, 0), (0, 9999), (1, 0), (1, 13), (2, 0), (2, 31), (2, 400), (3, -1), (3, 24)],
)
def test_dates_that_do_not_exist_are_refused(column: int, value: int) -> None:
    columns = dates("2019-06-01", 48)
    columns[column][7] = value
    with pytest.raises(InvalidError) as caught:
        placed("f", *columns)
    assert caught.value.code == "JUM-G051"
    assert "row 8" in str(caught.value)


def test_years_apart_are_a_typical_year_in_whatever_order() -> None:
    columns = dates("2001-01-01", 8760)
    columns[0] = np.where(columns[1] > 6, 2010, 1990)
    turned = [np.roll(column, 3000) for column in columns]
    found = placed("f", *turned)
    assert (str(found.start), found.hours) == ("2001-01-01T00:00:00", 8760)
    assert (found.slot == np.roll(np.arange(8760), 3000)).all()
    assert codes(found) == ["JUM-G061"]
