# SPDX-License-Identifier: EUPL-1.2
"""The plan of actions: pre-filled from the twin, whole in one file, in both languages."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites.water.sispea import evidence, plan

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def leaky(town: Any, lay: Any, declare: Any) -> Any:
    """Return a town whose yield is 55.6 %, with a flow meter that rises and a leak found."""
    lay([
        {"id": "a", "km": 12.0, "material": "Fonte grise", "diameter_mm": 100.0,
         "installed_from": 1950, "installed_to": 1960},
        {"id": "b", "km": 8.0, "material": None, "diameter_mm": 80.0, "installed_from": None,
         "installed_to": None},
    ])  # fmt: skip
    declare("water_volume", {
        "produit": 180_000, "importé": 0, "exporté": 0, "VP.063": 90_000, "VP.201": 6_000,
        "sans comptage": 3_000, "volume de service": 1_000,
    })  # fmt: skip
    times = pd.date_range("2024-01-01", "2024-12-31", freq="1h", tz="UTC")
    rise = np.linspace(2.0, 6.0, len(times))
    with town.transaction("telemetry") as tx:
        tx.insert("sensor", pd.DataFrame([{
            "id": "CPT-1", "name": "Secteur haut", "property": "flow", "unit": "l/s",
            "table": "pipe", "entity": "a",
        }]))  # fmt: skip
        tx.insert("observation", pd.DataFrame({
            "sensor_id": "CPT-1", "property": "flow", "time": times, "value": rise / 3.6,
            "unit": "l/s",
        }))  # fmt: skip
        tx.insert("leak", pd.DataFrame([{
            "id": "F1", "pipe_id": "a", "kind": "burst", "flow_m3_h": 3.5, "probability": 0.8,
            "eur_day": 67.2, "started_at": pd.Timestamp("2024-05-03 10:00", tz="UTC"),
        }, {
            "id": "F2", "pipe_id": "b", "kind": "burst", "flow_m3_h": 9.0, "probability": 0.9,
            "eur_day": 1.0, "started_at": pd.Timestamp("2024-02-03", tz="UTC"),
            "ended_at": pd.Timestamp("2024-03-03", tz="UTC"),
        }]))  # fmt: skip
    return town


def test_night_flows_in_local_time_and_one_unit(leaky: Any) -> None:
    (night,) = evidence.night_flows(leaky, "", 2024)
    assert night.name == "Secteur haut"
    assert night.usual == pytest.approx(4.0, abs=0.05)
    assert night.last == pytest.approx(5.83, abs=0.05)
    assert night.low == pytest.approx(2.08, abs=0.05)
    assert evidence.night_flows(leaky, "", 2023) == []
    assert evidence.night_flows(leaky, "elsewhere", 2024) == []


def test_a_repaired_leak_is_no_action(leaky: Any) -> None:
    assert [row["id"] for row in evidence.leaks(leaky, "")] == ["F1"]


def test_the_plan_says_what_the_twin_holds(leaky: Any, tmp_path: Path) -> None:
    path = plan.write(leaky, tmp_path / "plan.html", 2024, lang="fr", today=TODAY)
    text = path.read_text(encoding="utf-8").replace("\u202f", " ").replace("\xa0", " ")
    assert '<html lang="fr">' in text
    assert "avant le 31/12/2026" in text
    assert "55,56 %" in text and "R = 100" in text
    assert "Fonte grise" in text and "inconnu" in text and "nan" not in text.split()
    assert "Secteur haut" in text and "5,8" in text
    assert "03/05/2024" in text and "1 fuite non réparée, 3,50 m³/h" in text
    assert "à confirmer" in text.casefold()
    assert "jumeau add" in text  # what would supply the facts that lack
    assert not re.search(r"https?://|<script|src=", text)
    assert not list(tmp_path.glob(".*.part"))


def test_the_gain_is_what_the_bar_asks_for(leaky: Any) -> None:
    shown = plan.content(leaky, 2024, today=TODAY)
    asked = 65 + 100_000 / 365 / 20 / 5
    less = 180_000 - 100_000 / (asked / 100)
    assert f"{less:,.0f}" in shown["gain"]
    do = [row["action"] for row in shown["actions"]]
    assert do[0].startswith("Locate and repair")
    assert any("Secteur haut" in text for text in do)


def test_pipes_expected_to_break_are_renewed_first(leaky: Any) -> None:
    expected = {"a": 0.31, "b": 0.05, "gone": 9.0}
    rates = [
        {"id": f"i-{pipe}", "indicator": "water_break_rate", "scope": "pipe", "entity": pipe,
         "value": rate, "unit": "1/yr"}
        for pipe, rate in expected.items()
    ]  # fmt: skip
    with leaky.transaction("rates") as tx:
        tx.insert("indicator", pd.DataFrame(rates))
    assert evidence.frail(leaky, "", 1) == [("a", 0.31)]
    do = {row["action"]: row["why"] for row in plan.content(leaky, 2024, today=TODAY)["actions"]}
    why = do["Renew first the pipes that are expected to break most"]
    assert why == "Breaks expected a year: a (0.310), b (0.050)"


def test_a_plan_in_english_without_telemetry(village: Any, tmp_path: Path) -> None:
    text = plan.write(village, tmp_path / "p.html", 2024, lang="en", today=TODAY).read_text("utf-8")
    assert "The yield is that of the decree." in text
    assert "No flow meter" in text
    assert "No leak left unrepaired" in text
