# SPDX-License-Identifier: EUPL-1.2
"""The cases of the analyses of water networks, those that need no file."""

from __future__ import annotations

import pytest

from jumeau.validation.water import analyses
from jumeau.worksites import water


def test_cases_pass_or_are_absent(monkeypatch, tmp_path):
    monkeypatch.setattr(analyses.networks, "roots", lambda: [])
    rows = [case.row() for study in analyses.studies(None) for case in study.cases()]
    verdicts = {row["case"]: row["verdict"] for row in rows}
    absent = {name for name, verdict in verdicts.items() if verdict == "absent"}
    assert {name.split(",")[0] for name in absent} == {
        "water/Net3", "water/Anytown", "water/L-TOWN"
    }  # fmt: skip
    assert {verdict for name, verdict in verdicts.items() if name not in absent} == {"pass"}
    assert len(rows) == 11


def test_a_wrong_slope_would_be_seen(monkeypatch):
    real = water.sensitivity
    monkeypatch.setattr(water, "sensitivity", lambda *given: 1.01 * real(*given))
    assert analyses.slopes(analyses.network(analyses.VALVED))["sensitivity"] == pytest.approx(
        0.01, rel=1e-3
    )


def test_l_town(shared):
    rows = [
        case.row()
        for study in analyses.studies(shared)
        if study.name == "L-TOWN"
        for case in study.cases()
    ]
    assert [row["verdict"] for row in rows] == ["pass"]
