# SPDX-License-Identifier: EUPL-1.2
"""The flood passes the cases, and a wrong one would not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.validation import climate as subject
from jumeau.validation.climate import dams, lakes, valley
from jumeau.worksites import climate

LONG = ("EA test 5", "Merewether", "random bed", "over a bump", "behind a bump", "altitude")
"""What the names of the studies of more than a few seconds contain; `jumeau validate` runs all."""


def failed(folder: Path | None, *, shared: bool) -> list[tuple[str, Any, Any]]:
    """Return the cases that fail: those without files, or with ``shared`` the others."""
    open_ = {case.case for case in subject.cases(None) if case.compute}
    rows = [
        case.row()
        for case in subject.cases(folder)
        if (case.case not in open_) == shared and not any(word in case.case for word in LONG)
    ]
    assert len(rows) > 15
    return [(r["case"], r["reference"], r["ours"]) for r in rows if r["verdict"] != "pass"]


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Expect that no run of the test finds an oscillation that grows, nor halves a step."""
    true, said = climate.flood, []

    def heard(dtm: Any, **given: Any) -> Any:
        result = true(dtm, **given)
        said.extend(item.code for item in result.warnings)
        said.append("ran")
        return result

    monkeypatch.setattr(climate, "flood", heard)
    yield
    assert "ran" in said
    assert {"JUM-K037", "JUM-K064"}.isdisjoint(said)


@pytest.mark.usefixtures("calm")
def test_the_closed_forms_pass() -> None:
    assert failed(None, shared=False) == []


@pytest.mark.shared
@pytest.mark.usefixtures("calm")
def test_the_published_cases_pass(shared: Path) -> None:
    assert failed(shared, shared=True) == []


@pytest.mark.shared
@pytest.mark.usefixtures("calm")
def test_the_first_hour_and_a_half_of_the_valley_is_that_of_the_peer(shared: Path) -> None:
    """A shortened EA test 5: until the wave has passed the fourth gauge of seven."""
    import pandas as pd

    folder, end = shared / valley.FOLDER, 5400.0
    reference = pd.read_csv(folder / "reference_50m_acc_depths.csv", index_col="time_s")
    reference = reference[reference.index <= end]
    result = climate.flood(**valley.case(folder), duration=end, solver="inertial")
    ours = valley.minutes(result.gauges[list(reference.columns)])
    theirs = valley.minutes(reference)
    passed = np.array([0, 1, 2, 5, 6])
    for mine, other, bar in zip(ours, theirs, (0.10, 3.0, 3.0), strict=True):
        np.testing.assert_allclose(mine[passed], other[passed], rtol=0.0, atol=bar)
    assert abs(result.ledger["relative_error"]) <= 1e-6


@pytest.mark.parametrize("solver", ["inertial", "hllc"])
def test_a_lake_at_1000_m_does_not_move(solver: str) -> None:
    found = lakes.at_rest(lakes.humps() + 1000.0, 1000.875, solver, duration=60.0)
    assert found["highest speed"] <= lakes.STILL
    assert found["displacement"] <= lakes.STILL
    assert found["mass error"] <= 1e-6


def test_water_that_does_not_move_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    true = climate.flood

    def frozen(dtm: Any, **given: Any) -> Any:
        return true(dtm, **(given | {"duration": 1e-6}))

    assert dams.dry(10.0, 20.0, 1.0)["L1"] < 0.02
    monkeypatch.setattr(climate, "flood", frozen)
    assert dams.dry(10.0, 20.0, 1.0)["L1"] > 0.1


def test_the_quick_solver_would_fail_on_a_dam_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its documentation says: no dam break without the finite volumes."""
    monkeypatch.setattr(dams, "SOLVER", "inertial")
    found = dams.dry(2.0, 60.0, 2.0)
    assert found["L1"] > 0.05
    assert found["place of the front"] < 300.0
