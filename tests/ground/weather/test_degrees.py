# SPDX-License-Identifier: EUPL-1.2
"""Degree days: three methods, two kinds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base.errors import InvalidError
from jumeau.ground.weather import Weather
from jumeau.ground.weather.degrees import METHODS, degree_days


def day(low: float, high: float) -> np.ndarray:
    return 0.5 * (low + high) - 0.5 * (high - low) * np.cos(2 * np.pi * np.arange(24) / 24)


@pytest.mark.parametrize("method", METHODS)
def test_a_cold_day_counts_its_whole_gap(method: str) -> None:
    assert degree_days(day(0, 10), 18.0, method) == pytest.approx([13.0])
    assert degree_days(day(20, 30), 18.0, method, "cooling") == pytest.approx([7.0])


@pytest.mark.parametrize("method", METHODS)
def test_a_warm_day_counts_nothing(method: str) -> None:
    assert degree_days(day(19, 30), 18.0, method) == pytest.approx([0.0])
    assert degree_days(day(0, 17), 18.0, method, "cooling") == pytest.approx([0.0])


def test_a_day_across_the_base_differs_by_method() -> None:
    air = day(10, 22)
    assert degree_days(air, 18.0, "mean") == pytest.approx([2.0])
    # (18 − 10)·(0.08 + 0.42·(18 − 10)/(22 − 10)), by hand
    assert degree_days(air, 18.0, "costic") == pytest.approx([2.88])
    assert degree_days(air, 18.0, "hourly") == pytest.approx([np.maximum(18 - air, 0).mean()])
    # a cooling day mirrors it: (24 − 18)·(0.08 + 0.42·6/12)
    assert degree_days(day(12, 24), 18.0, "costic", "cooling") == pytest.approx([1.74])


def test_hours_after_the_last_whole_day_are_left_out() -> None:
    assert degree_days(np.concatenate((day(0, 10), day(0, 10)[:7])), 18.0).shape == (1,)


def test_days_go_from_midnight_to_midnight() -> None:
    air = np.concatenate((np.full(18, 99.0) * 0 + 30.0, np.full(24, 8.0)))
    weather = Weather(air, air * 0, air * 0, 44, 1, 1, start=np.datetime64("2023-01-01T06:00"))
    assert weather.daily_degree_days(18.0) == pytest.approx([10.0])
    assert weather.degree_days(18.0) == pytest.approx(10.0)


@given(
    st.lists(st.floats(-30, 45), min_size=24, max_size=72),
    st.floats(5, 30),
    st.sampled_from(METHODS),
    st.sampled_from(["heating", "cooling"]),
)
def test_they_are_positive_and_a_mirror(
    air: list[float], base: float, method: str, kind: str
) -> None:
    series = np.array(air)
    found = degree_days(series, base, method, kind)
    other = degree_days(-series, -base, method, {"heating": "cooling", "cooling": "heating"}[kind])
    assert (found >= 0).all()
    assert found == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize(
    "given", [{"method": "costik"}, {"kind": "heat"}, {"base_c": float("nan")}]
)
def test_an_unknown_method_is_refused(agen: Weather, given: dict[str, object]) -> None:
    with pytest.raises(InvalidError) as caught:
        agen.degree_days(**given)  # type: ignore[arg-type]
    assert caught.value.code == "JUM-G075"


def test_a_near_method_is_proposed(agen: Weather) -> None:
    with pytest.raises(InvalidError, match="costic"):
        agen.degree_days(method="costik")
