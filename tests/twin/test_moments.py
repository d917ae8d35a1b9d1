# SPDX-License-Identifier: EUPL-1.2
"""Moments of a raster layer beside the layer itself, and runs that are about a worksite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jumeau
from jumeau.base.contract import RasterWindow
from jumeau.twin.territory import Territory

BOUNDS = (699_999.5, 6_499_990.5, 700_009.5, 6_500_000.5)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Territory]:
    """Return an empty territory."""
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    yield territory
    territory.close()


def flat(value: float) -> list[RasterWindow]:
    return [RasterWindow(BOUNDS, np.full((10, 10), value, dtype=np.float32))]


def depth(territory: Territory, moment: float | None = None) -> float:
    return territory.raster("water_depth", moment).value(700_004, 6_499_996)


def rain(territory: Territory, *depths: float) -> str:
    with territory.recording("climate") as record:
        record.put_raster("water_depth", flat(max(depths)))
        for rank, value in enumerate(depths, 1):
            record.put_raster("water_depth", flat(value), 60.0 * rank)
    return str(record.id)


def test_moments_stand_beside_the_layer(place: Territory) -> None:
    rain(place, 0.25, 0.75, 0.5)
    assert place.moments("water_depth") == [60.0, 120.0, 180.0]
    assert depth(place) == 0.75
    assert [depth(place, moment) for moment in (60.0, 120.0, 180.0)] == [0.25, 0.75, 0.5]
    assert np.isnan(depth(place, 90.0))
    assert place.check()["code"].tolist().count("JUM-T106") == 0  # every file is there


def test_a_new_run_forgets_the_moments_of_the_former(place: Territory) -> None:
    rain(place, 0.25, 0.75, 0.5)
    before = place.version
    rain(place, 0.125)
    assert place.moments("water_depth") == [60.0]
    assert place.at(before).moments("water_depth") == [60.0, 120.0, 180.0]
    assert depth(place.at(before), 120.0) == 0.75


def test_replacing_one_moment_leaves_the_others(place: Territory) -> None:
    rain(place, 0.25, 0.75)
    with place.transaction("again") as tx:
        tx.put_raster("water_depth", flat(2.0), replace=True, moment_s=60.0)
    assert (depth(place), depth(place, 60.0), depth(place, 120.0)) == (0.75, 2.0, 0.75)


def test_a_fork_keeps_its_moments(place: Territory, tmp_path: Path) -> None:
    rain(place, 0.25, 0.75)
    copy = place.fork(tmp_path / "copy.jumeau")
    rain(place, 0.125)
    assert depth(copy, 120.0) == 0.75
    copy.close()


def test_a_run_keeps_its_card(place: Territory) -> None:
    with place.recording("climate") as record:
        record.describes(solver="inertial", steps=12)
    (row,) = place.table("run").to_pylist()
    assert row["card"] == '{"solver": "inertial", "steps": 12}'


def test_a_run_about_one_worksite_leaves_what_is_about_another(place: Territory) -> None:
    def decide(about: str, kind: str) -> None:
        with place.recording("decision", about=about) as record:
            option = {"id": f"{about}-{kind}", "worksite": about, "kind": kind, "capex_eur": 1.0}
            record.add_options(pd.DataFrame([option]))

    decide("lighting", "led")
    decide("climate", "barrier")
    decide("climate", "pond")
    assert sorted(place.table("option")["kind"].to_pylist()) == ["led", "pond"]


def test_a_run_of_before_gives_way_to_the_worksite_of_its_options(place: Territory) -> None:
    with place.recording("decision") as record:  # as it was when nothing said about what
        option = {"id": "o1", "worksite": "lighting", "kind": "led", "capex_eur": 1.0}
        record.add_options(pd.DataFrame([option]))
    for about, left in (("climate", ["led"]), ("lighting", [])):
        with place.recording("decision", about=about):
            pass
        assert place.table("option")["kind"].to_pylist() == left
