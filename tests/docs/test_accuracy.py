# SPDX-License-Identifier: EUPL-1.2
"""The pages of accuracy come from ``jumeau validate``, in both languages."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jumeau.validation import buildings, climate, lighting, water
from jumeau.validation.registry import Case
from jumeau.validation.water import networks

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = {"climate": climate, "buildings": buildings, "lighting": lighting, "water": water}
ON_DEMAND = ("official 2019", "generated year ", "2019")
"""Cases that wait for the contest's official data, or for more generated years."""


@pytest.fixture(scope="module")
def accuracy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("accuracy", ROOT / "tools" / "accuracy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(**changes: Any) -> list[dict[str, Any]]:
    """Return two cases as the command prints them."""
    row = {
        "case": "climate/swinging in a round basin, hllc: volume",
        "reference": 9817477042.0,
        "ours": 9817900000.0,
        "tolerance": 981747.7,
        "verdict": "pass",
        "unit": "m³",
        "source": "W. C. Thacker | 1981",
        "licence": "formula",
        "alone": True,
    }
    error = row | {"case": row["case"].replace("volume", "mass error"), "unit": ""}
    error |= {"reference": 0.0, "ours": 3.21e-8, "tolerance": 1e-6} | changes
    return [row, error]


def test_the_name_of_a_case_is_its_study_solver_and_figure(accuracy: ModuleType) -> None:
    name = "climate/round column of 10 m on a dry bed after 2 s, hllc: L1 along the x axis"
    assert accuracy.parts(name) == (
        "round column of 10 m on a dry bed after 2 s",
        "hllc",
        "L1 along the x axis",
    )


@pytest.mark.shared
def test_every_word_of_every_case_has_its_french(accuracy: ModuleType, shared: Path) -> None:
    used: tuple[set[str], ...] = (set(), set(), set())
    for case in (*(case for subject in SUBJECTS.values() for case in subject.cases(None)),
                 *buildings.cases(shared), *lighting.cases(shared),
                 *water.cases(shared)):  # fmt: skip
        for found, part in zip(used, accuracy.parts(case.case), strict=True):
            found.add(part)
    for kind, found in zip(("studies", "solvers", "figures"), used, strict=True):
        named = {name for name in found if not accuracy.CODE.fullmatch(name)}
        words = {name for name in accuracy.WORDS[kind] if not name.startswith(ON_DEMAND)}
        assert words == {name for name in named if not name.startswith(ON_DEMAND)}, kind


@pytest.mark.parametrize(
    ("value", "digits", "english", "french"),
    [
        (0.0, 4, "0", "0"),
        (None, 4, "–", "–"),
        (474.2166, 4, "474.2", "474,2"),
        (3600.0, 4, "3,600", "3\u202f600"),
        (0.01234567, 2, "0.012", "0,012"),
        (-0.5, 4, "-0.5", "-0,5"),
        (1e-6, 2, "10⁻⁶", "10⁻⁶"),
        (0.000591389, 2, "5.9 × 10⁻⁴", "5,9 × 10⁻⁴"),
        (9817477042.0, 4, "9.82 × 10⁹", "9,82 × 10⁹"),
    ],
)
def test_numbers_keep_a_few_digits(
    accuracy: ModuleType, value: float | None, digits: int, english: str, french: str
) -> None:
    assert accuracy.number(value, "en", digits) == english
    assert accuracy.number(value, "fr", digits) == french


def test_the_pages_say_reference_ours_tolerance_and_verdict(accuracy: ModuleType) -> None:
    english, french = (accuracy.page(rows(), lang) for lang in ("en", "fr"))
    assert "## Swinging in a round basin" in english
    assert "| mass error | hllc | 0 | 3.2 × 10⁻⁸ | 10⁻⁶ | pass |" in english
    assert "Source: W. C. Thacker \\| 1981." in english
    assert "| erreur de masse | HLLC | 0 | 3,2 × 10⁻⁸ | 10⁻⁶ | réussi |" in french
    assert english.count("\n| ") == french.count("\n| ") == 3
    assert "échoué" in accuracy.page(rows(verdict="fail"), "fr")


def test_a_protected_reference_is_left_out_and_a_counted_miss_is_outside(
    accuracy: ModuleType,
) -> None:
    row = rows()[0] | {
        "case": "buildings/peak of heating within the six programs, two_mass: 670",
        "reference": 12.5, "tolerance": 1.75, "ours": 15.0, "unit": "kW",
        "verdict": "fail", "licence": "© somebody", "alone": False,
    }  # fmt: skip
    english, french = (accuracy.page([row], lang) for lang in ("en", "fr"))
    assert "| 670 | two_mass | – | 15 kW | – | outside |" in english
    assert "| 670 | deux masses | – | 15 kW | – | hors plage |" in french
    assert "12.5" not in english


def test_pages_are_written_only_when_nothing_is_absent(
    accuracy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "target", lambda _, lang: tmp_path / f"{lang}.md")
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps(rows(verdict="absent", ours=None)), encoding="utf-8")
    assert accuracy.main([str(cases)]) == 1
    assert list(tmp_path.glob("*.md")) == []
    cases.write_text(json.dumps(rows()), encoding="utf-8")
    assert accuracy.main([str(cases)]) == 0
    assert {path.name for path in tmp_path.glob("*.md")} == {"en.md", "fr.md"}


@pytest.mark.shared
@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_page_of_docs_has_every_case_with_the_reference_of_today(
    accuracy: ModuleType, subject: str, lang: str, shared: Path
) -> None:
    if subject == "water" and not networks.located():
        pytest.skip("the published networks are not here (JUMEAU_WATER_NETWORKS)")
    text = accuracy.target(subject, lang).read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (.*?)\n\n(\| .*?)(?=\n\n)", text, re.MULTILINE | re.DOTALL))
    cases: list[Case] = list(SUBJECTS[subject].cases(shared))
    assert sum(body.count("\n| ") for body in sections.values()) == len(cases)
    for case in cases:
        study, solver, figure = accuracy.parts(case.case)
        row = {"reference": case.reference, "unit": case.unit}
        kept = case.licence.startswith("©")
        name = accuracy.told("studies", study, lang)
        start = " | ".join(
            [
                f"| {accuracy.told('figures', figure, lang)}",
                accuracy.told("solvers", solver, lang),
                "–" if kept else accuracy.cell(accuracy.quantity(case.reference, row, lang)),
            ]
        )
        lines = sections[name[0].upper() + name[1:]].splitlines()
        found = [line for line in lines if line.startswith(start + " |")]
        assert len(found) == 1, case.case
        bar = "–" if kept else accuracy.cell(accuracy.quantity(case.margin, row, lang))
        assert found[0].split(" | ")[4] == bar, case.case
