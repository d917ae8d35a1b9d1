# SPDX-License-Identifier: EUPL-1.2
"""Verdicts, and the list of cases with and without the shared files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jumeau import validation
from jumeau.base.errors import UnknownNameError
from jumeau.validation import registry
from jumeau.validation.registry import Case


def case(
    reference: float | None,
    compute: Callable[[], float | None] | None,
    tolerance: float = 0.1,
    *,
    relative: bool = False,
) -> Case:
    return Case("toy/case", reference, compute, tolerance, relative, "m", "a book", "formula")


@pytest.mark.parametrize(
    ("reference", "ours", "relative", "verdict"),
    [
        (10.0, 10.1, False, "pass"),
        (10.0, 10.11, False, "fail"),
        (10.0, 9.89, False, "fail"),
        (10.0, 10.9, True, "pass"),
        (10.0, 11.1, True, "fail"),
        (-10.0, -10.9, True, "pass"),
        (None, None, False, "pass"),
        (None, 1.0, False, "fail"),
        (1.0, None, False, "fail"),
        (1.0, float("nan"), False, "fail"),
        (1.0, float("inf"), False, "fail"),
    ],
)
def test_the_verdict_follows_the_tolerance(
    reference: float | None, ours: float | None, relative: bool, verdict: str
) -> None:
    assert case(reference, lambda: ours, relative=relative).row()["verdict"] == verdict


def test_a_zero_tolerance_asks_for_equality_up_to_rounding() -> None:
    assert case(0.3, lambda: 0.1 + 0.2, 0.0).row()["verdict"] == "pass"
    assert case(0.3, lambda: 0.3 + 1e-14, 0.0).row()["verdict"] == "fail"
    assert case(25956.0, lambda: 25955.0, 0.0).row()["verdict"] == "fail"


def test_a_case_without_its_files_is_absent_and_still_says_its_reference() -> None:
    row = case(749.3, None).row()
    assert (row["verdict"], row["ours"], row["reference"]) == ("absent", None, 749.3)


def test_the_tolerance_shown_is_in_the_unit_of_the_reference() -> None:
    assert case(-200.0, None, 0.01, relative=True).row()["tolerance"] == pytest.approx(2.0)
    assert case(-200.0, None, 0.01).row()["tolerance"] == 0.01


def test_a_case_says_whether_it_is_judged_alone() -> None:
    counted = Case("toy/case", 1.0, lambda: 3.0, 0.1, False, "m", "a book", "formula", alone=False)
    assert (counted.row()["verdict"], counted.row()["alone"]) == ("fail", False)
    assert case(1.0, lambda: 1.0).row()["alone"] is True


def test_run_gives_the_columns_as_plain_data() -> None:
    frame = validation.run(["sun"])
    assert tuple(frame.columns) == validation.COLUMNS
    rows = json.loads(json.dumps(frame.to_dict("records")))
    assert [row["verdict"] for row in rows] == ["pass", "pass"]
    assert all(row["source"] and row["licence"] and row["unit"] for row in rows)


def test_an_unknown_subject_is_a_coded_error_with_a_hint() -> None:
    with pytest.raises(UnknownNameError) as caught:
        validation.run(["lightning"])
    assert caught.value.code == "JUM-B001"
    assert caught.value.data["suggestion"] == "lighting"


def test_every_subject_yields_cases_that_can_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUMEAU_SHARED", raising=False)
    for subject in validation.names():
        found = list(registry.cases([subject]))
        assert found, subject
        assert all(item.case.startswith(f"{subject}/") for item in found)
        assert len({item.case for item in found}) == len(found)


def test_only_cases_on_shared_files_are_absent_without_the_shared_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in (None, tmp_path, tmp_path / "nowhere"):
        if folder is None:
            monkeypatch.delenv("JUMEAU_SHARED", raising=False)
        else:
            monkeypatch.setenv("JUMEAU_SHARED", str(folder))
        absent = {item.case.partition("/")[0] for item in registry.cases() if not item.compute}
        assert absent == {"montpellier", "climate", "buildings", "lighting", "water"}
