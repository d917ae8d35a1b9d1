# SPDX-License-Identifier: EUPL-1.2
"""Studies of the flood: what is judged, what is absent, and how figures are read off a result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau.validation import climate as subject
from jumeau.validation.climate import humps, lakes, street, study, terrain, valley
from jumeau.validation.registry import Case

SHARED_ONLY = ("round column", "published", "EA test 5", "Merewether")
"""What the names of the studies that read shared files contain."""


def by_name(cases: Iterator[Case]) -> dict[str, Case]:
    return {case.case: case for case in cases}


def test_closed_forms_need_no_file_and_the_others_are_absent_without(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        found = by_name(subject.cases(folder))
        for name, case in found.items():
            assert (case.compute is None) == any(word in name for word in SHARED_ONLY), name


@pytest.mark.shared
def test_nothing_is_absent_with_the_shared_files(shared: Path) -> None:
    assert [case.case for case in subject.cases(shared) if case.compute is None] == []


def test_every_flood_closes_its_ledger_to_a_millionth() -> None:
    studies: dict[str, list[Case]] = {}
    for case in subject.cases(None):
        studies.setdefault(case.case.rpartition(": ")[0], []).append(case)
    for name, cases in studies.items():
        mass = [case for case in cases if case.case.endswith(": mass error")]
        if not name.endswith(", terrain"):
            assert [(case.reference, case.tolerance) for case in mass] == [(0.0, 1e-6)], name


def test_both_solvers_are_judged_where_both_apply() -> None:
    names = [case.case.rpartition(": ")[0] for case in subject.cases(None)]
    solvers: dict[str, set[str]] = {}
    for name in names:
        what, _, solver = name.rpartition(", ")
        solvers.setdefault(what, set()).add(solver)
    for what in ("lake over a random bed", "dam failure above a valley (EA test 5)"):
        assert solvers[f"climate/{what}"] == {"inertial", "hllc"}
    assert solvers["climate/Ritter 10 m after 20 s"] == {"hllc"}, "the other is wrong there"


def test_a_study_is_computed_once_whatever_its_figures() -> None:
    calls = []

    def compute() -> dict[str, float]:
        calls.append(1)
        return {"a": 1.0, "b": 2.0}

    figures = (study.Figure("a", 1.0, 0.1, "m"), study.Figure("b", 2.5, 0.1, "m", True))
    made = list(study.Study("toy", "hllc", compute, figures, "a book", "formula").cases())
    rows = [case.row() for case in made]
    assert calls == [1]
    assert [row["case"] for row in rows] == ["climate/toy, hllc: a", "climate/toy, hllc: b"]
    assert [row["verdict"] for row in rows] == ["pass", "fail"]
    assert rows[1]["tolerance"] == pytest.approx(0.25)


def test_errors_are_those_of_the_note() -> None:
    ours, exact = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 1.0])
    assert study.share(ours, exact) == pytest.approx(4.0 / 5.0)
    assert study.rmse(ours, exact) == pytest.approx(math.sqrt(10.0 / 3.0))
    fields = np.ones((2, 3, 4), dtype=np.float32)
    assert study.storage(fields, 2.0).tolist() == [48.0, 48.0]


def test_the_lakes_are_partly_wet() -> None:
    for bed, level in ((lakes.humps(), 0.875), (lakes.random_bed(), 1.0)):
        wet = (bed < level).mean()
        assert 0.5 < wet < 0.99
    bed = lakes.humps()
    assert bed.shape == (30, 75)
    # Peaks: rows count from the north, the humps of 1 m stand 6 m from both long sides.
    assert bed[5:7, 29:31].min() > 0.9
    assert bed[23:25, 29:31].min() > 0.9
    assert bed.max() == bed[14:16, 46:48].max() > 2.7


def test_a_gauge_is_found_by_the_name_of_its_column() -> None:
    assert humps.gauges(["h_x10.5_y15.5_m", "h_x29.5_y6.5_m"]) == {
        "h_x10.5_y15.5_m": (14, 10),
        "h_x29.5_y6.5_m": (23, 29),
    }


def test_series_are_read_between_their_times() -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [2.0, 4.0]}, index=[0.0, 10.0])
    assert humps.at(frame, np.array([2.5, 10.0])).tolist() == [[0.25, 2.5], [1.0, 4.0]]


def test_around_a_place_are_the_cells_that_share_a_side_with_it() -> None:
    place = np.zeros((4, 4), dtype=bool)
    place[1, 1:3] = True
    assert humps._around(place).astype(int).tolist() == [
        [0, 1, 1, 0],
        [1, 0, 0, 1],
        [0, 1, 1, 0],
        [0, 0, 0, 0],
    ]


def test_a_mark_takes_the_level_of_the_nearest_wet_cell() -> None:
    surface = np.array([[5.0, 6.0], [7.0, 8.0]])
    depth = np.array([[0.0, 0.2], [0.3, 0.0]])
    assert street.level(surface, depth, 0.2, 0.9) == 6.0
    assert street.level(surface, depth, 1.9, 0.4) == 7.0


def test_peaks_and_arrivals_are_in_minutes() -> None:
    frame = pd.DataFrame({"a": [0.0, 0.02, 0.5, 0.1]}, index=[0.0, 60.0, 120.0, 180.0])
    peak, at, arrival = valley.minutes(frame)
    assert (peak.item(), at.item(), arrival.item()) == (0.5, 2.0, 1.0)


@pytest.mark.shared
def test_the_valley_is_that_of_the_note(shared: Path) -> None:
    folder = shared / valley.FOLDER
    case = valley.case(folder)
    assert np.isfinite(case["dtm"]).sum() == 12_282
    assert case["cell_size"] == 50.0
    total = sum(np.trapezoid(flow, times) for _, _, times, flow in case["inflows"])
    assert total == pytest.approx(9.45e6)
    known = pd.read_csv(folder / "gauges.csv")["dem_50m_m"]
    cells = [case["dtm"][place] for place in case["gauges"].values()]
    np.testing.assert_allclose(cells, known, atol=1e-3)
    for solver in ("inertial", "hllc"):
        reference = pd.read_csv(
            folder / f"reference_50m_{valley.PEER[solver]}_depths.csv", index_col="time_s"
        )
        peaks, _, _ = valley.minutes(reference)
        np.testing.assert_allclose(peaks, valley.PEAKS[solver], atol=6e-4)


@pytest.mark.shared
def test_the_street_is_that_of_the_note(shared: Path) -> None:
    import rasterio

    folder = shared / street.FOLDER
    case, place = street.case(folder)
    with rasterio.open(folder / "dem_1m.tif") as raster:
        bare = raster.read(1)
    raised = case["dtm"] - bare
    assert set(np.round(raised[np.isfinite(raised)], 3)) == {0.0, 3.0}
    assert 5_000 < (raised > 1).sum() < 20_000
    assert sum(flow[0] for *_, flow in case["inflows"]) == pytest.approx(19.7)
    assert len(case["inflows"]) == pytest.approx(math.pi * 100, rel=0.03)
    assert set(np.unique(case["manning"])) == {0.02, 0.04}
    marks = pd.read_csv(folder / "observation_points.csv")
    for mark in marks.itertuples():
        row, col = (mark.y_m - place.f) / place.e, (mark.x_m - place.c) / place.a
        assert bare[int(row), int(col)] == pytest.approx(mark.dem_m, abs=0.3)


@pytest.mark.shared
def test_the_volumes_of_the_humps_are_those_of_the_note(shared: Path) -> None:
    folder = shared / humps.FOLDER
    for test, name in (("t02", "t02_thin_layer"), ("t03", "t03_dam_break")):
        depth = humps.grid(folder / f"{name}_initial_depth.asc")
        assert depth.sum() == pytest.approx(humps.VOLUMES[test], abs=1e-9)


def test_the_shipped_fill_is_the_lowest_surface_that_drains() -> None:
    table = terrain.table()
    bed = table["elevation_m"]
    wide = np.pad(bed, 1, constant_values=np.nan)
    water = np.where(np.isnan(wide), -np.inf, np.inf)
    for _ in range(bed.size):  # Planchon and Darboux, without care for speed
        around = np.minimum.reduce(
            [
                np.roll(water, (dy, dx), (0, 1))
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if (dy, dx) != (0, 0)
            ]
        )
        lower = np.where(np.isnan(wide), -np.inf, np.maximum(wide, around))
        if np.array_equal(lower, water):
            break
        water = lower
    inside = np.isfinite(bed)
    assert np.array_equal(water[1:-1, 1:-1][inside], table["filled_m"][inside])
    assert (~inside).sum() > 10, "holes"
    assert (table["filled_m"] > bed).sum() > 100, "pits"
    assert len(np.unique(bed[inside])) < 40, "flats"
    assert np.nanmin(table["cells"]) == 1
