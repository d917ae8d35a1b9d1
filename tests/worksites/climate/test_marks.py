# SPDX-License-Identifier: EUPL-1.2
"""Flood marks of the past beside the water of an event."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau import workflow
from jumeau.base.contract import RasterWindow
from jumeau.twin.territory import Territory
from jumeau.worksites.climate import diagnosis, marks, scenarios
from jumeau.worksites.climate.marks import Marks

SIDE = 80
WEST, NORTH = 699_999.5, 6_500_000.5
BOUNDS = (WEST, NORTH - SIDE, WEST + SIDE, NORTH)
GIVEN = {"climate_cell_m": 2.0, "climate_after_h": 0.2, "climate_moments": 0}
LEVEL = 8.0


@pytest.fixture
def basin(tmp_path: Path) -> Iterator[Territory]:
    """A flat basin at 7 m inside walls at 12 m, a terrace at 20 m; the sea comes in at 8 m."""
    ground = np.full((SIDE, SIDE), 12.0, dtype=np.float32)
    ground[20:60, 0:60] = 7.0
    ground[0:12, :] = 20.0
    territory = jumeau.create(tmp_path / "basin.jumeau", name="Le Bassin")
    facts: dict[str, list[Any]] = {
        "id": ["A", "B", "C", "D", "E", "F"],
        "event": ["1999", "1999", "1999", "2010", None, "1999"],
        "level_m": [8.5, np.nan, np.nan, 21.0, 7.75, 8.0],
        "depth_m": [1.5, 0.5, np.nan, 1.0, np.nan, 1.0],
        "accuracy_m": [0.12, 0.0, 0.1, 0.1, np.nan, 0.1],
    }
    # C tells no level, D stands on the terrace, F beyond the terrain.
    spots = [(10, 30), (30, 40), (20, 40), (40, 4), (40, 50), (300, 40)]
    points = [shapely.Point(WEST + x, NORTH - y) for x, y in spots]
    with territory.transaction("basin") as tx:
        tx.put_raster("dtm", [RasterWindow(BOUNDS, ground)])
        tx.insert("high_water_mark", pd.DataFrame({**facts, "geometry": shapely.to_wkb(points)}))
    yield territory
    territory.close()


@pytest.fixture
def found(basin: Territory) -> diagnosis.Diagnosis:
    given = diagnosis.defaults().override(GIVEN)
    made = diagnosis.diagnose(basin, scenarios.event({"sea_level": LEVEL}), given)
    assert isinstance(made, diagnosis.Diagnosis)
    return made


def test_levels_are_compared_where_both_are_known(found: diagnosis.Diagnosis) -> None:
    past = found.past
    assert past.ids.tolist() == ["A", "B", "D", "E"]  # C tells no level, F is out of the terrain
    assert past.level == pytest.approx([8.5, 7.5, 21.0, 7.75])  # B: the ground and its height
    assert past.foot == pytest.approx([7.0, 7.0, 20.0, 7.0], abs=1e-3)
    wet = np.array([True, True, False, True])
    assert np.isnan(past.reached[~wet]).all()
    assert past.reached[wet] == pytest.approx(LEVEL, abs=0.06)
    assert past.gap[wet] == pytest.approx([-0.5, 0.5, 0.25], abs=0.06)
    assert past.error == pytest.approx(
        [math.hypot(0.12, 0.05), 0.05, math.hypot(0.1, 0.05), math.hypot(marks.ACCURACY, 0.05)]
    )


def test_each_past_flood_is_told_in_its_own_words(found: diagnosis.Diagnosis) -> None:
    told = [item for item in found.findings if item.table == "high_water_mark"]
    assert [item.code for item in told] == ["JUM-K062", "JUM-K062", "JUM-K061"]
    assert [item.data["flood"] for item in told] == ["?", "1999", "2010"]
    assert (told[1].data["count"], told[1].data["wet"]) == (2, 2)
    assert float(told[1].data["gap"]) == pytest.approx(0.0, abs=0.06)


def past(level: list[float], reached: list[float], error: list[float]) -> Marks:
    count = len(level)
    names = np.array([f"M{k}" for k in range(count)], dtype=object)
    floods = np.full(count, "1910", dtype=object)
    return Marks(names, floods, *(np.array(item) for item in (level, reached, level, error)))


def test_the_gap_has_its_error_and_the_median_those_of_all() -> None:
    found = list(marks.rows(past([10.0, 10.0, 10.0, 10.0], [9.0, 9.8, 10.3, np.nan], [0.1] * 4)))
    told = {(row["indicator"], row["entity"]): row for row in found}
    assert told["climate_marks_wet", ""]["value"] == 3
    first = told["climate_mark_gap", "M0"]
    assert (first["low"], first["value"], first["high"]) == pytest.approx((-1.1, -1.0, -0.9))
    whole = told["climate_mark_gap", ""]
    assert (whole["low"], whole["value"], whole["high"]) == pytest.approx((-1.1, -0.2, 0.4))
    assert ("climate_mark_gap", "M3") not in told


def test_a_flood_that_stood_higher_is_said_so() -> None:
    (told,) = marks.told(past([10.0, 10.0], [9.0, 9.5], [0.1, 0.1]))
    assert told.code == "JUM-K060"
    assert (told.data["gap"], told.data["error"]) == (0.75, 0.1)


def test_only_the_floods_with_most_marks_are_told() -> None:
    many = past([10.0] * 9, [9.0] * 9, [0.1] * 9)
    floods = np.array(["f", "e", "d", "c", "b", "a", "a", "f", "e"], dtype=object)
    told = list(marks.told(replace(many, floods=floods)))
    assert [item.data["flood"] for item in told] == ["a", "b", "c", "e", "f"]


def test_no_mark_says_nothing() -> None:
    assert list(marks.rows(past([], [], []))) == []
    assert list(marks.told(past([], [], []))) == []
    dry = list(marks.rows(past([10.0], [np.nan], [0.1])))
    assert [(row["indicator"], row["value"]) for row in dry] == [("climate_marks_wet", 0.0)]


def test_the_run_writes_them(basin: Territory) -> None:
    events = {"climate": {"sea_level": LEVEL}}
    done = workflow.run(basin, ["climate"], parameters=GIVEN, events=events)
    rows = done.indicators
    mine = rows[(rows["indicator"] == "climate_mark_gap") & (rows["scope"] == "high_water_mark")]
    assert set(mine["entity"]) == {"A", "B", "E"}
    assert (mine["unit"] == "m").all()
    assert (mine["low"] < mine["value"]).all() and (mine["value"] < mine["high"]).all()
    whole = rows[rows["scope"] == "territory"].set_index("indicator")["value"]
    assert whole["climate_marks_wet"] == 3
