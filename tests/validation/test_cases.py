# SPDX-License-Identifier: EUPL-1.2
"""The published cases pass, and would not pass with a wrong engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jumeau import validation
from jumeau.validation import decision as decision_cases
from jumeau.validation import sun


@pytest.mark.parametrize("subject", ["decision", "sun"])
def test_closed_forms_and_shipped_cases_pass(subject: str) -> None:
    frame = validation.run([subject])
    assert (
        frame.loc[frame["verdict"] != "pass", ["case", "reference", "ours"]].values.tolist() == []
    )


@pytest.mark.shared
@pytest.mark.slow
def test_montpellier_passes(shared: Path) -> None:
    frame = validation.run(["montpellier"])
    assert (
        frame.loc[frame["verdict"] != "pass", ["case", "reference", "ours"]].values.tolist() == []
    )
    assert len(frame) >= 15


@pytest.mark.shared
def test_the_shipped_cash_flows_are_the_published_ones(shared: Path) -> None:
    import json

    text = (shared / "validation" / "decision" / "irr" / "irr_cases.json").read_text()
    published = {
        item["case"]: (item["irr"], item["npv_3p2"], [float(flow) for flow in item["cash_flow"]])
        for item in json.loads(text)["cases"]
    }
    assert {name: rest for name, *rest in map(list, decision_cases.cash_flows())} == {
        name: list(rest) for name, rest in published.items()
    }


def test_a_wrong_sun_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from jumeau.ground import sun as engine

    true = engine.position

    def late(time: object, *args: float, **kwargs: float) -> object:
        return true(np.asarray(time) + np.timedelta64(10, "s"), *args, **kwargs)  # type: ignore[operator]

    monkeypatch.setattr(engine, "position", late)
    sun._example.cache_clear()
    try:
        assert set(validation.run(["sun"])["verdict"]) == {"fail"}
    finally:
        sun._example.cache_clear()
