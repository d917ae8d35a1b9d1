# SPDX-License-Identifier: EUPL-1.2
"""The published cases pass, and would not pass with a wrong engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau import validation
from jumeau.validation import decision as decision_cases
from jumeau.validation import lighting as lighting_cases
from jumeau.validation import registry, sun


@pytest.mark.parametrize("subject", ["decision", "sun", "lighting"])
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


def test_a_kernel_one_cell_off_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from jumeau.worksites import lighting

    true = lighting.illuminance

    def shifted(*args: Any, **kwargs: Any) -> Any:
        return np.roll(true(*args, **kwargs), 1, axis=0)

    lighting_cases._field.cache_clear()
    monkeypatch.setattr(lighting, "illuminance", shifted)
    try:
        verdicts = validation.run(["lighting"]).groupby("unit")["verdict"].agg(set)
        assert verdicts["lx"] == {"fail"}
        assert verdicts["lm"] == {"pass"}, "the total does not move"
    finally:
        lighting_cases._field.cache_clear()


def test_the_solid_angle_tends_to_the_half_space() -> None:
    references = [case for case in registry.cases(["lighting"]) if case.unit == "lm"]
    assert len(references) == 1
    assert references[0].reference is not None
    half_space = 2 * np.pi * lighting_cases.INTENSITY
    assert 0.8 * half_space < references[0].reference < half_space
