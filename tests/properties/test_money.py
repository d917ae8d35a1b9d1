# SPDX-License-Identifier: EUPL-1.2
"""Identities of money and of numbers written by people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import i18n, money, units

years = st.integers(2000, 2026)
amounts = st.floats(-1e9, 1e9, allow_nan=False)


@given(amounts, years, years)
def test_there_and_back_is_the_same_amount(amount: float, first: int, second: int) -> None:
    back = money.deflate(money.deflate(amount, first, second), second, first)
    assert back == pytest.approx(amount, rel=1e-12, abs=1e-12)


@given(years, years, years)
def test_deflators_chain(a: int, b: int, c: int) -> None:
    chained = money.deflator(a, b) * money.deflator(b, c)
    assert chained == pytest.approx(money.deflator(a, c), rel=1e-12)


@given(amounts, amounts, years, years)
def test_deflation_is_linear(x: float, y: float, first: int, second: int) -> None:
    price = money.Price(x, first) + money.Price(y, first)
    moved = money.Price(x, first).at(second) + money.Price(y, first).at(second)
    assert price.at(second).amount == pytest.approx(moved.amount, rel=1e-9, abs=1e-6)


@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False))
def test_an_amount_written_in_french_reads_back(value: object) -> None:
    number = float(value)  # type: ignore[arg-type]
    text = money.format_eur(number, 2, "fr")
    assert units.parse_number(text) == pytest.approx(number, abs=5e-3)


@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 6))
def test_a_number_written_for_people_reads_back(value: float, digits: int) -> None:
    text = i18n.number(value, digits, "fr")
    read = units.parse_number(text)
    assert read == pytest.approx(value, abs=0.51 * 10**-digits, rel=1e-12)
    assert units.parse_numbers([text]).values[0] == read


@given(st.text(max_size=30))
def test_any_text_is_a_number_missing_or_refused(text: str) -> None:
    try:
        number = units.parse_number(text)
    except ValueError as refused:
        assert "JUM-B032" in str(refused)
    else:
        assert number is None or isinstance(number, float)


@given(st.sampled_from(["W", "kW", "MWh", "m³/h", "l/s", "°C", "°F", "K", "bar", "mCE", "lm"]))
def test_a_unit_converts_to_itself_and_back(unit: str) -> None:
    other = {"W": "MW", "kW": "ch", "MWh": "tep", "m³/h": "l/d", "l/s": "m3/yr", "°C": "°F"}
    target = other.get(unit, unit)
    there = units.convert(12.5, unit, target)
    assert units.convert(there, target, unit) == pytest.approx(12.5, rel=1e-12)
