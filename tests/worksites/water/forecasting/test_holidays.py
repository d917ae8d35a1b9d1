# SPDX-License-Identifier: EUPL-1.2
"""Public holidays: Easter against the tables, countries, days around feasts."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from jumeau.worksites.water.forecasting import holidays

EASTERS = ["1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2019-04-21", "2021-04-04",
           "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20", "2038-04-25"]  # fmt: skip


@pytest.mark.parametrize("date", EASTERS)
def test_easter(date: str) -> None:
    assert holidays.easter(int(date[:4])).isoformat() == date


def test_france_and_italy() -> None:
    france = {it.isoformat() for it in holidays.public("FR", 2022, 2022)}
    assert france == {
        "2022-01-01", "2022-04-18", "2022-05-01", "2022-05-08", "2022-05-26", "2022-06-06",
        "2022-07-14", "2022-08-15", "2022-11-01", "2022-11-11", "2022-12-25",
    }  # fmt: skip
    italy = {it.isoformat() for it in holidays.public("IT", 2022, 2022)}
    assert italy - france == {"2022-01-06", "2022-04-25", "2022-06-02", "2022-12-08", "2022-12-26"}


def test_zones_of_the_rules_exist_and_say_one_country() -> None:
    zones = [zone for rule in holidays.rules().values() for zone in rule.zones]
    assert len(zones) == len(set(zones))
    assert all(ZoneInfo(zone) for zone in zones)
    assert holidays.country_of("Europe/Rome") == "IT"
    assert holidays.country_of("Indian/Reunion") == "RE"
    assert holidays.country_of("Asia/Tokyo") == holidays.country_of(None) == "NONE"


def kinds(first: str, last: str, country: str = "IT", **kwargs: frozenset[dt.date]) -> list[str]:
    """Return the kind of each day, empty for a usual one."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    names = [*holidays.KINDS, ""]
    return [names[it] for it in holidays.specials(days, country, **kwargs).kind]


def test_bridge_before_all_saints_and_a_local_feast() -> None:
    feast = frozenset({dt.date(2022, 11, 3)})
    assert kinds("2022-10-30", "2022-11-06") == ["", "bridge", "holiday", "beside", *[""] * 4]
    told = kinds("2022-10-30", "2022-11-06", more=feast)
    assert told == ["", "bridge", "holiday", "beside", "holiday", "bridge", "", ""]


def test_end_of_the_year() -> None:
    assert kinds("2021-12-23", "2022-01-07") == [
        "", "eve", "holiday", "", "between", "between", "between", "between", "eve",
        "holiday", "", "between", "between", "between", "holiday", "bridge",
    ]  # fmt: skip


def test_without_country_no_day_is_special() -> None:
    assert set(kinds("2021-12-01", "2022-01-31", "NONE")) == {""}
