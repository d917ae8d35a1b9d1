# SPDX-License-Identifier: EUPL-1.2
"""Watching readings, and grading an exercise, from the command line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import jumeau

PIPED = Path(__file__).parents[1] / "browser" / "piped.py"
KEY = """leak,pipe,share,x,y,district,kind,starts,full,repaired,hole_mm,peak_m3_h,volume_m3
F1,C01,0.5,0,0,S1,abrupt,2024-03-02T06:00:00Z,2024-03-02T06:00:00Z,,9,2.6,1700
F2,C23,0.5,0,0,S1,abrupt,2024-02-20T06:00:00Z,2024-02-20T06:00:00Z,2024-02-25T06:00:00Z,9,1.0,100
"""


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a territory whose leaks were searched, and the key of an exercise."""
    spec = importlib.util.spec_from_file_location("piped", PIPED)
    assert spec and spec.loader
    piped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(piped)
    path = tmp_path_factory.mktemp("leaking") / "bourg.jumeau"
    territory = jumeau.create(path, name="Le Bourg", insee=["34172"])
    piped.lay(territory, 770_100.0, 6_279_300.0, leaking=True)
    with territory.transaction("a reading") as tx:
        tx.insert("observation", pd.DataFrame([
            {"sensor_id": "PRS-N03", "property": "pressure", "unit": "m", "value": 31.0,
             "time": pd.Timestamp("2024-03-30T22:00:00Z")}
        ]))  # fmt: skip
    territory.close()
    (path / "key").mkdir()
    (path / "key" / "leaks.csv").write_text(KEY, encoding="utf-8")
    return path


def test_watch_prints_the_alerts_since_a_date(jumeau_: Any, leaking: Path) -> None:
    result = jumeau_("watch", leaking, "water", "--since", "2024-03-01")
    assert result.exit_code == 0, result.output
    assert "JUM-H240" in result.output
    assert "pipe C00" in result.output
    assert "48 € a day" in result.output
    found = json.loads(jumeau_("watch", leaking, "--since", "2024-01-01", "--json").stdout)
    kinds = [row["kind"] for row in found["alerts"]]
    assert kinds[0] == "leak"
    assert {"leak", "night_flow", "sensor"} <= set(kinds)
    assert found["count"] == len(kinds)
    assert {row["worksite"] for row in found["alerts"]} == {"water"}


def test_nothing_new_is_said_plainly(jumeau_: Any, leaking: Path) -> None:
    result = jumeau_("watch", leaking)
    assert result.exit_code == 0
    assert "Nothing to report" in result.output


def test_what_cannot_be_watched_is_told(jumeau_: Any, leaking: Path) -> None:
    wrong = jumeau_("watch", leaking, "lighting", "--json")
    assert wrong.exit_code == 3
    assert json.loads(wrong.stdout)["error"]["code"] == "JUM-C007"
    assert jumeau_("watch", leaking, "--since", "soon", "--json").exit_code == 3


def test_an_exercise_is_graded_by_its_key(jumeau_: Any, leaking: Path) -> None:
    found = json.loads(jumeau_("grade", leaking, "--json").stdout)["water"]
    assert found["found"] == 1
    assert 0 < found["mark"] < found["out_of"] == 20
    told = {row["leak"]: row["found"] for row in found["leaks"]}
    assert told == {"F1": True, "F2": False}
    result = jumeau_("grade", leaking, "water")
    assert result.exit_code == 0
    assert "1 of 2 leaks found" in result.output


def test_without_a_key_nothing_is_graded(jumeau_: Any, tmp_path: Path) -> None:
    path = tmp_path / "real.jumeau"
    jumeau.create(path, name="Real", insee=["34172"]).close()
    answer = jumeau_("grade", path, "--json")
    assert answer.exit_code == 3
    assert json.loads(answer.stdout)["error"]["code"] == "JUM-H172"
