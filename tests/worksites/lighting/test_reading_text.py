# SPDX-License-Identifier: EUPL-1.2
"""Numbers and texts of photometric files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import i18n
from jumeau.base.errors import InvalidError
from jumeau.worksites.lighting import reading_text as text
from jumeau.worksites.lighting.reading_text import Cell

ITEM = ("a value", "une valeur")


@given(st.floats(0, 1e9, allow_subnormal=False))
def test_numbers_are_written_without_exponent_and_read_again(value):
    written = text.positional(value)
    assert set(written) <= set("0123456789.")
    assert text.number("f", Cell(written, 1), ITEM) == pytest.approx(value, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("written", "value"),
    [("12", 12), (" -0.5 ", -0.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1.5D+02", 150)],
)
def test_numbers_are_read(written, value):
    assert text.number("f", Cell(written, 1), ITEM) == value


@pytest.mark.parametrize(
    "written",
    ["", "nan", "inf", "1_0", "0x1", "1e99", "--1", "1 2", "1.2.3", "١", "1e", "12a", "1,5", "1e+"],
)
def test_what_is_no_number_is_refused_with_its_line(written):
    with pytest.raises(InvalidError, match="JUM-L035") as caught:
        text.number("lamp.ldt", Cell(written, 12), ITEM)
    assert caught.value.what.startswith("lamp.ldt, line 12: a value is")
    with i18n.using("fr"), pytest.raises(InvalidError, match="ligne 12 : une valeur vaut"):
        text.number("lamp.ldt", Cell(written, 12), ITEM)


def test_limits_are_told():
    with pytest.raises(InvalidError, match="expected: 0 to 90"):
        text.number("f", Cell("91", 1), ITEM, 0, 90)
    with pytest.raises(InvalidError, match="expected: ≥ 0"):
        text.number("f", Cell("-1", 1), ITEM, 0)
    with pytest.raises(InvalidError, match="a whole number"):
        text.number("f", Cell("1.5", 1), ITEM, whole=True)
    assert text.number("f", Cell("37.0", 1), ITEM, whole=True) == 37


@pytest.mark.parametrize(
    ("written", "dots", "expected"),
    [("1,5", True, "1.5"), ("1,983", False, "1.983"), ("7", True, "7"), (" 0,25 ", False, "0.25")],
)
def test_decimal_commas_become_points(written, dots, expected):
    assert text.point("f", Cell(written, 3), dots=dots).text.strip() == expected


@pytest.mark.parametrize(
    ("written", "dots"), [("1,983", True), ("1.983,5", False), ("1,2,3", False)]
)
def test_commas_of_two_meanings_are_refused(written, dots):
    with pytest.raises(InvalidError, match="JUM-L041"):
        text.point("f", Cell(written, 3), dots=dots)


def test_angles_must_rise():
    cells = [Cell("0", 1), Cell("20", 1), Cell("10", 2)]
    with pytest.raises(InvalidError, match=r"JUM-L037.*line 2: 10 comes after 20"):
        text.rising("f", "C", np.array([0.0, 20.0, 10.0]), cells)
    text.rising("f", "C", np.array([0.0, 10.0, 20.0]), cells)


def test_labels_stay_on_one_line():
    assert text.label("a\r\nb\tc ") == "a b c" and len(text.label("x" * 500)) == 78
