# SPDX-License-Identifier: EUPL-1.2
"""Units and numbers as files write them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jumeau.base import i18n, units

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1500.0, "W", "kW", 1.5),
        (1.0, "kWh", "Wh", 1000.0),
        (2.0, "MWh", "kWh", 2000.0),
        (1.0, "kWh", "MJ", 3.6),
        (1.0, "tep", "MWh", 11.63),
        (1.0, "W·h", "J", 3600.0),
        (3.0, "m", "cm", 300.0),
        (10.0, "ft", "m", 3.048),
        (12.0, "in", "ft", 1.0),
        (1.0, "km²", "ha", 100.0),
        (1.0, "m³", "l", 1000.0),
        (1.0, "l/s", "m³/h", 3.6),
        (36.0, "m3/h", "l/s", 10.0),
        (36.0, "km/h", "m/s", 10.0),
        (3.0, "klm", "lm", 3000.0),
        (10.0, "lm/m²", "lx", 10.0),
        (52.0, "gCO2e/kWh", "kgCO2e/MWh", 52.0),
        (20.0, "°C", "K", 293.15),
        (293.15, "K", "°C", 20.0),
        (212.0, "°F", "°C", 100.0),
        (-40.0, "°C", "°F", -40.0),
        (1.0, "bar", "kPa", 100.0),
        (10.0, "mCE", "kPa", 98.0665),
        (180.0, "°", "rad", math.pi),
        (100.0, "gon", "°", 90.0),
        (12.5, "%", "1", 0.125),
        (1.2, "k€", "€", 1200.0),
        (0.172, "€/kWh", "€/MWh", 172.0),
        (1.0, "yr", "h", 8766.0),
        (7.0, "zorg", "zorg", 7.0),  # the same text needs no table
    ],
)
def test_convert(value: float, source: str, target: str, expected: float) -> None:
    assert units.convert(value, source, target) == pytest.approx(expected, rel=1e-12)


def test_convert_takes_arrays() -> None:
    found = units.convert(np.array([0.0, 100.0]), "°C", "K")
    np.testing.assert_allclose(found, [273.15, 373.15])


@pytest.mark.parametrize(
    ("source", "target"),
    [("kW", "kWh"), ("m", "m²"), ("l/s", "m³"), ("€", "kW"), ("lx", "lm"), ("K", "%")],
)
def test_what_does_not_measure_the_same_is_refused(source: str, target: str) -> None:
    with pytest.raises(ValueError, match="JUM-B031"):
        units.convert(1.0, source, target)


@pytest.mark.parametrize("unit", ["zorg", "", "kW/zorg", "k W h j"])
def test_an_unknown_unit_names_the_nearest(unit: str) -> None:
    with pytest.raises(KeyError, match="JUM-B030"):
        units.convert(1.0, unit, "kW")


def test_the_nearest_units_are_in_the_remedy_in_both_languages() -> None:
    for lang, word in (("en", "nearest"), ("fr", "proches")):
        with i18n.using(lang), pytest.raises(KeyError) as caught:
            units.symbol("kilowat")
        assert word in str(caught.value)
        assert "W" in caught.value.remedy  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("kw", "kW"),
        ("KWH", "kWh"),
        ("watts", "W"),
        ("m2", "m²"),
        ("m^2", "m²"),
        ("m3/h", "m³/h"),
        ("L/s", "l/s"),
        ("lux", "lx"),
        ("lumens", "lm"),
        ("Celsius", "°C"),
        ("EUR", "€"),
        ("mètres", "m"),
        ("MW", "MW"),
        ("mW", "mW"),
        ("kWh/m2", "kWh/m²"),
    ],
)
def test_symbol(text: str, symbol: str) -> None:
    assert units.symbol(text) == symbol


def test_case_is_kept_where_it_decides() -> None:
    assert units.convert(1.0, "MW", "mW") == pytest.approx(1e9)
    with pytest.raises(KeyError, match="JUM-B030"):
        units.symbol("mw")  # milliwatt or megawatt


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12,5 kW", 12.5, "kW"),
        ("100W", 100.0, "W"),
        (f"1{NARROW}234,5{NBSP}W", 1234.5, "W"),
        ("3 m3/h", 3.0, "m³/h"),
        ("-5 °C", -5.0, "°C"),
        ("70 %", 70.0, "%"),
        ("2500K", 2500.0, "K"),
        ("1,2e3 l/s", 1200.0, "l/s"),
        ("150 watts", 150.0, "W"),
    ],
)
def test_parse(text: str, value: float, unit: str) -> None:
    assert units.parse(text) == (value, unit)


def test_parse_converts_and_completes() -> None:
    assert units.parse("0,1 kW", "W") == (100.0, "W")
    assert units.parse("100", "W") == (100.0, "W")
    assert units.parse("0,21 €/kWh", "€/MWh") == (pytest.approx(210.0), "€/MWh")


@pytest.mark.parametrize("text", ["", "kW", "douze kW", "12", "1 2 3 kW", "12,5,5 kW", "inf kW"])
def test_what_is_not_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JUM-B032"):
        units.parse(text)


READABLE = {
    "0": 0.0,
    "12": 12.0,
    "-12": -12.0,
    "+7": 7.0,
    "\u2212 5": -5.0,
    "0,33": 0.33,
    "0.33": 0.33,
    ",5": 0.5,
    "5.": 5.0,
    "1e5": 1e5,
    "1,5E+03": 1500.0,
    "1 234": 1234.0,
    f"1{NBSP}234,56": 1234.56,
    f"1{NARROW}234{NARROW}567,8": 1_234_567.8,
    f"1{THIN}234": 1234.0,
    "1'234.5": 1234.5,
    "1’234,5": 1234.5,
    "1.234,56": 1234.56,
    "1,234.56": 1234.56,
    "1.234.567": 1_234_567.0,
    "1,234,567": 1_234_567.0,
    "1.234.567,8": 1_234_567.8,
    "1,234": 1.234,  # one comma is the decimal mark: these are French files
    "1.234": 1.234,
    "21 667,00 €": 21_667.0,
    "€ 12": 12.0,
    "12 EUR": 12.0,
    "(1 200,00)": -1200.0,
    "  42  ": 42.0,
    "007": 7.0,
}


@pytest.mark.parametrize(("text", "value"), READABLE.items())
def test_parse_number(text: str, value: float) -> None:
    assert units.parse_number(text) == value


@pytest.mark.parametrize(
    "text", [None, "", "  ", "NULL", "null", "#", "-", "N/A", "#N/A", "NC", "n.d.", float("nan")]
)
def test_missing_values_are_none(text: object) -> None:
    assert units.parse_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "12a",
        "12 34",
        "1 23 456",
        "12,5,3",
        "1_000",
        "0x1A",
        "inf",
        "-inf",
        "1e999",
        "--5",
        "1.23.456",
        "12 kW",
        True,
        float("inf"),
        "1,234.567,8",
    ],
)
def test_what_is_not_a_number_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="JUM-B032"):
        units.parse_number(text)


def test_numbers_come_as_they_are() -> None:
    assert units.parse_number(3) == 3.0
    assert units.parse_number(np.float32(2.5)) == 2.5
    assert units.parse_number(np.int64(7)) == 7.0


def test_a_column_says_what_is_missing_and_what_is_not_readable() -> None:
    found = units.parse_numbers(["1,5", None, "abc", "NC", " 2 ", f"1{NARROW}000", 7])
    np.testing.assert_array_equal(found.values, [1.5, np.nan, np.nan, np.nan, 2.0, 1000.0, 7.0])
    np.testing.assert_array_equal(found.missing, [0, 1, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(found.unreadable, [0, 0, 1, 0, 0, 0, 0])


def test_a_column_agrees_with_each_of_its_texts() -> None:
    # 1.234,56 elsewhere in the column would make a point a thousands mark: not here.
    texts = [text for text in READABLE if text.count(".") + text.count(",") < 2]
    found = units.parse_numbers(texts)
    np.testing.assert_array_equal(found.values, [READABLE[text] for text in texts])
    assert not found.unreadable.any()


def test_one_german_number_decides_for_the_column() -> None:
    found = units.parse_numbers(["1.234,5", "1.234", "12.345", "0,5", "-2.000"])
    np.testing.assert_array_equal(found.values, [1234.5, 1234.0, 12345.0, 0.5, -2000.0])
    np.testing.assert_array_equal(units.parse_numbers(["1.234", "0.5"]).values, [1.234, 0.5])


@pytest.mark.parametrize(
    "column",
    [
        np.array([1.5, np.nan, np.inf]),
        pd.Series([1.5, None, np.inf]),
        pd.Series([1.5, None, np.inf], dtype="Float64"),
        pa.array([1.5, None, float("inf")]),
    ],
)
def test_numeric_columns_pass_and_infinity_does_not(column: object) -> None:
    found = units.parse_numbers(column)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.values, [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(found.missing, [False, True, False])
    np.testing.assert_array_equal(found.unreadable, [False, False, True])


def test_arrow_text_and_empty_columns() -> None:
    found = units.parse_numbers(pa.array(["1,5", None, "x"]))
    np.testing.assert_array_equal(found.values, [1.5, np.nan, np.nan])
    assert units.parse_numbers([]).values.shape == (0,)


def test_the_caller_s_column_is_left_alone() -> None:
    given = np.array([1.0, np.inf])
    units.parse_numbers(given)
    assert np.isinf(given[1])
