# SPDX-License-Identifier: EUPL-1.2
"""Language from the locale, and numbers as each language writes them."""

from __future__ import annotations

import pytest

from jumeau.base import i18n


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LANG": "fr_FR", "LANGUAGE": "en"}, "en"),
        ({}, "en"),
    ],
)
def test_language_follows_the_locale(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.language() == expected


def test_a_chosen_language_wins_inside_its_block_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    with i18n.using("fr"):
        assert i18n.language() == "fr"
        with i18n.using("de"):
            assert i18n.language() == "en"
    assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("value", "digits", "french", "english"),
    [
        (12345.6, None, "12\u202f345,6", "12,345.6"),
        (1234567, None, "1\u202f234\u202f567", "1,234,567"),
        (0.5, 2, "0,50", "0.50"),
        (-1200.0, 0, "-1\u202f200", "-1,200"),
        (1.5e9, None, "1\u202f500\u202f000\u202f000", "1,500,000,000"),
    ],
)
def test_numbers(value: float, digits: int | None, french: str, english: str) -> None:
    assert i18n.number(value, digits, "fr") == french
    assert i18n.number(value, digits, "en") == english


def test_pick_falls_back_to_english() -> None:
    row = {"label_en": "Lamp", "label_fr": ""}
    assert i18n.pick(row, "label", "fr") == "Lamp"
    assert i18n.plain([1, 2000], "fr") == "1, 2\u202f000"


@pytest.mark.parametrize(
    ("code", "french", "english"),
    [
        ("kWh/yr", "kWh/an", "kWh/yr"),
        ("tCO2e/yr", "tCO₂e/an", "tCO₂e/yr"),
        ("yr", "an", "yr"),
        ("1", "", ""),
        (None, "", ""),
        ("lx", "lx", "lx"),
        ("kWh/(lamp·yr)", "kWh/(lampe·an)", "kWh/(lamp·yr)"),
    ],
)
def test_units(code: str | None, french: str, english: str) -> None:
    assert i18n.unit(code, "fr") == french
    assert i18n.unit(code, "en") == english


@pytest.mark.parametrize(
    ("lang", "count", "expected"),
    [
        ("fr", 0, "{n} point lumineux"),
        ("fr", 1, "{n} point lumineux"),
        ("fr", 1.5, "{n} point lumineux"),
        ("fr", 2, "{n} points lumineux"),
        ("en", 0, "{n} points lumineux"),
        ("en", 1, "{n} point lumineux"),
        ("en", 2, "{n} points lumineux"),
        ("en", "many", "{n} points lumineux"),
    ],
)
def test_words_agree_with_the_number_they_follow(lang, count, expected):
    assert i18n.agree("{n} point[n:|s] lumineux", {"n": count}, lang) == expected


def test_other_brackets_stay():
    assert i18n.agree("power [W], [a|b], {n}", {"n": 1}, "fr") == "power [W], [a|b], {n}"
