# SPDX-License-Identifier: EUPL-1.2
"""Money: price years, deflation, amounts as people write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from jumeau.base import i18n, money
from jumeau.base.money import Price

NBSP, NARROW = "\u00a0", "\u202f"


def test_the_index_is_dated_sourced_and_without_gap() -> None:
    rows = money.price_changes()
    years = list(rows)
    assert years == list(range(min(years), max(years) + 1))
    for row in rows.values():
        assert row.source
        assert row.confidence in {"high", "medium", "low"}
        assert dt.date.fromisoformat(row.checked_on) <= dt.date(2100, 1, 1)
        assert -0.05 < row.change < 0.2
        if "confirm" in row.source:
            assert row.confidence != "high"


def test_deflation_chains_the_yearly_changes() -> None:
    # INSEE, yearly means: +5.2 % in 2022 and +4.9 % in 2023.
    assert money.deflator(2021, 2023) == pytest.approx(1.052 * 1.049)
    assert money.deflate(100.0, 2021, 2023) == pytest.approx(110.3548)


def test_the_index_gives_back_the_published_level() -> None:
    # INSEE base 2015: 79.95 in 2000, 100 in 2015 (quoted by the source of the table).
    assert money.deflator(2000, 2015) == pytest.approx(100 / 79.95, rel=5e-4)


def test_the_same_year_changes_nothing() -> None:
    assert money.deflate(123.45, 2031, 2031) == 123.45
    assert money.deflator(1990, 1990) == 1.0


def test_arrays_are_deflated_together() -> None:
    found = money.deflate(np.array([1.0, 2.0]), 2022, 2023)
    np.testing.assert_allclose(found, [1.049, 2.098])


def test_a_year_outside_the_index_is_refused_until_the_user_gives_it() -> None:
    last = max(money.price_changes())
    with pytest.raises(ArithmeticError, match="JUM-B052"):
        money.deflator(2020, last + 1)
    with pytest.raises(ArithmeticError, match="JUM-B052"):
        money.deflator(1980, 2020)
    given = {last + 1: 0.02}
    assert money.deflator(last, last + 1, given) == pytest.approx(1.02)
    assert money.provenance(last, last + 1, given)[0].source == "user"


def test_the_user_s_change_replaces_that_of_the_table() -> None:
    assert money.deflator(2021, 2022, {2022: 0.10}) == pytest.approx(1.10)
    assert money.deflator(2022, 2021, {2022: 0.10}) == pytest.approx(1 / 1.10)


def test_provenance_lists_the_rows_in_use() -> None:
    rows = money.provenance(2020, 2023)
    assert [row.year for row in rows] == [2021, 2022, 2023]
    assert money.provenance(2023, 2020) == rows
    assert money.provenance(2020, 2020) == []


def test_prices_of_one_year_add() -> None:
    total = Price(100, 2024) + Price(50, 2024) - Price(30, 2024)
    assert total == Price(120, 2024)
    assert 2 * total == Price(240, 2024)
    assert -total == Price(-120, 2024)


def test_prices_of_two_years_do_not_add() -> None:
    with pytest.raises(ValueError, match="JUM-B051"):
        Price(100, 2024) + Price(50, 2023)
    with pytest.raises(ValueError, match="JUM-B051"):
        Price(100, 2024) - Price(50, 2023)


def test_prices_move_between_years() -> None:
    moved = Price(100, 2021).at(2023)
    assert moved.year == 2023
    assert moved.amount == pytest.approx(110.3548)
    assert moved.at(2021).amount == pytest.approx(100)


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_an_amount_is_refused(amount: float) -> None:
    with pytest.raises(ValueError, match="JUM-B050"):
        Price(amount, 2024)


@pytest.mark.parametrize(
    ("value", "digits", "french", "english"),
    [
        (12345.6, 1, f"12{NARROW}345,6{NBSP}€", "€12,345.6"),
        (12345.678, 2, f"12{NARROW}345,68{NBSP}€", "€12,345.68"),
        (1_234_567, 0, f"1{NARROW}234{NARROW}567{NBSP}€", "€1,234,567"),
        (0, 0, f"0{NBSP}€", "€0"),
        (-0.4, 0, f"0{NBSP}€", "€0"),
        (-1500, 0, f"−1{NARROW}500{NBSP}€", "−€1,500"),
    ],
)
def test_format(value: float, digits: int, french: str, english: str) -> None:
    assert money.format_eur(value, digits, "fr") == french
    assert money.format_eur(value, digits, "en") == english


def test_a_price_says_its_year_in_the_language_in_force() -> None:
    with i18n.using("fr"):
        assert str(Price(1500, 2024)) == f"1{NARROW}500{NBSP}€ (2024)"
    with i18n.using("en"):
        assert str(Price(1500, 2024)) == "€1,500 (2024)"
