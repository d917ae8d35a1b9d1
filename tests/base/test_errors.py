# SPDX-License-Identifier: EUPL-1.2
"""Errors carry a code, sentences, data, and the nearest builtin; messages exist twice."""

from __future__ import annotations

import pickle
import string

import pytest

from jumeau.base import i18n, messages
from jumeau.base.errors import KINDS, JumeauError, UnknownNameError, did_you_mean, error
from jumeau.base.findings import SEVERITIES


def test_error_is_the_builtin_that_its_kind_says() -> None:
    found = error("JUM-T001", table="lamp", known=["luminaire"], suggestion="luminaire")
    assert isinstance(found, UnknownNameError)
    assert isinstance(found, KeyError)
    assert isinstance(found, JumeauError)
    assert str(found).startswith("JUM-T001 · ")
    assert "→" in str(found)
    assert found.to_dict()["data"]["table"] == "lamp"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_prints_its_code_first_and_is_a_builtin_too(kind: str) -> None:
    made = KINDS[kind]("JUM-X001", "what", "why", "remedy", {"a": 1})
    assert str(made) == "JUM-X001 · what\nwhy\n→ remedy"
    assert len([base for base in type(made).__mro__ if base.__module__ == "builtins"]) >= 4
    assert made.data == {"a": 1}


def test_error_speaks_the_language_in_force() -> None:
    with i18n.using("fr"):
        assert "Vouliez-vous dire" in str(error("JUM-T001", table="x", known=[], suggestion="y"))
    with i18n.using("en"):
        assert "Did you mean" in str(error("JUM-T001", table="x", known=[], suggestion="y"))


def test_an_undeclared_code_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        error("JUM-T999")


def test_a_forgotten_placeholder_shows_instead_of_hiding_the_error() -> None:
    assert "‹table›" in str(error("JUM-T001"))


def test_codes_are_unique_and_of_a_known_kind() -> None:
    rows = messages.catalogue()
    assert len(rows) > 40
    for code, row in rows.items():
        assert code.startswith("JUM-")
        assert row["kind"] in {*KINDS, *SEVERITIES}, code


def test_both_languages_say_the_same_with_the_same_placeholders() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for code, row in messages.catalogue().items():
        assert row["what_en"], code
        for part in ("what", "why", "remedy"):
            english, french = row[f"{part}_en"], row[f"{part}_fr"]
            assert bool(english) == bool(french), (code, part)
            assert fields(english) == fields(french), (code, part)


def test_did_you_mean_is_case_blind_and_honest() -> None:
    assert did_you_mean("LUMINAIRES", ["luminaire", "street"]) == "luminaire"
    assert did_you_mean("xyz", ["luminaire", "street"]) == ""


def test_errors_cross_processes() -> None:
    made = error("JUM-T023", file="x.csv")
    again = pickle.loads(pickle.dumps(made))
    assert (again.code, again.what) == (made.code, made.what)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_question_is_asked_when_no_name_is_near(lang: str) -> None:
    for code, row in messages.catalogue().items():
        if "{suggestion}" not in row["what_en"]:
            continue
        silent = messages.render(code, {"suggestion": ""}, lang).what
        asked = messages.render(code, {"suggestion": "luminaire"}, lang).what
        assert "luminaire" in asked, code
        assert "?" not in silent, code
        assert "suggestion" not in silent, code
        assert len(silent) > 10, code
