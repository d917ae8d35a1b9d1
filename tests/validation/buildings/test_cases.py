# SPDX-License-Identifier: EUPL-1.2
"""The buildings pass the cases, and wrong ones would not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.validation import buildings as subject
from jumeau.validation import buildings_rays as rays
from jumeau.validation.buildings import bestest, envelopes, physics
from jumeau.validation.registry import Case
from jumeau.worksites import buildings

OUTSIDE = {
    "peak of heating within the six programs, two_mass: 670",
    "peak of heating within the six programs, two_mass: 680",
    "peak of heating within the six programs, two_mass: 695",
    "peak of heating within the six programs, two_mass: 980",
    "peak of heating within the six programs, two_mass: 995",
    "peak of cooling within the six programs, two_mass: 610",
    "peak of cooling within the six programs, two_mass: 670",
    "peak of cooling within the six programs, two_mass: 980",
}
"""Peaks outside the programs today, as the page of accuracy says."""
LONG = ("drawn town", "open planes")
"""What the names of the studies of more than a few seconds contain; `jumeau validate` runs all."""


def judged(cases: list[Case]) -> dict[str, dict[str, Any]]:
    """Return the rows of cases by name, the subject left out."""
    return {case.case.partition("/")[2]: case.row() for case in cases}


def named(found: dict[str, dict[str, Any]], verdict: str) -> set[str]:
    return {name for name, row in found.items() if row["verdict"] == verdict}


@pytest.fixture(scope="module")
def found(shared: Path) -> dict[str, dict[str, Any]]:
    cases = [case for case in subject.cases(shared) if not any(word in case.case for word in LONG)]
    return judged(cases)


@pytest.mark.shared
def test_all_that_is_judged_alone_passes(found: dict[str, dict[str, Any]]) -> None:
    alone = {name: row for name, row in found.items() if row["alone"]}
    assert len(alone) > 90
    assert {name: row["ours"] for name, row in alone.items() if row["verdict"] != "pass"} == {}


@pytest.mark.shared
def test_the_misses_are_listed(found: dict[str, dict[str, Any]]) -> None:
    missed = {name for name in named(found, "fail") if not found[name]["alone"]}
    two_zones = {name for name in missed if name.endswith(": 960")}
    assert len(two_zones) == 4
    assert {name for name in missed - two_zones if "peak" in name} == OUTSIDE
    assert {name for name in missed - two_zones - OUTSIDE if "within" in name} == set()
    count = found["annual needs within the acceptance limits, two_mass: figures inside"]
    assert (count["reference"], count["ours"]) == (42, 40)


@pytest.mark.shared
def test_the_published_5r1c_has_all_its_figures(found: dict[str, dict[str, Any]]) -> None:
    names = [name for name in found if "of the published 5R1C, 5r1c: " in name]
    assert len(names) == 52


def test_without_the_files_what_needs_them_is_absent_and_tells_no_value() -> None:
    rows = judged([case for case in subject.cases(None) if not any(x in case.case for x in LONG)])
    absent = named(rows, "absent")
    assert len(absent) > 20
    limits = {name for name in absent if "acceptance" in name or "programs" in name}
    assert limits
    assert all(rows[name]["reference"] is None for name in limits)
    assert {name for name in rows if name not in absent} == {
        f"200 drawn buildings in an unchanging winter, {model}: U·A·ΔT" for model in physics.MODELS
    }
    assert named(rows, "fail") == set()


def test_the_table_of_limits_is_not_in_the_package() -> None:
    folder = Path(subject.__file__).parent
    assert list(folder.glob("*.csv")) == []


@pytest.mark.parametrize("model", physics.MODELS)
def test_a_leak_of_a_thousandth_would_fail(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = buildings.simulate

    def leaking(params: Any, *rest: Any, **given: Any) -> Any:
        return true(params.assign(wall_u=params["wall_u"] * 1.001), *rest, **given)

    assert physics.steady(model)["U·A·ΔT"] <= physics.CLOSED
    monkeypatch.setattr(buildings, "simulate", leaking)
    assert physics.steady(model)["U·A·ΔT"] > 1e-5


@pytest.mark.shared
def test_a_sun_without_angle_would_fail(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jumeau.worksites.buildings import cases

    true = cases.from_case_parameters

    def clear(table: Any) -> Any:
        return true(table).assign(window_g_polynomial="1")

    bestest.simulated.cache_clear()
    monkeypatch.setattr(cases, "from_case_parameters", clear)
    try:
        rows = judged([case for study in bestest.studies(shared) for case in study.cases()])
        assert len(named(rows, "fail")) > 20
    finally:
        bestest.simulated.cache_clear()


def test_a_range_holds_its_ends_and_its_middle_is_the_reference() -> None:
    item = envelopes.Range("600", 1.0, 2.0)
    assert [item.holds(value) for value in (0.99, 1.0, 2.0, 2.01, None)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert item.holds(2.01, more=0.02)
    figure = item.figure("MWh", more=0.1)
    assert (figure.reference, figure.tolerance, figure.alone) == (1.5, pytest.approx(0.6), False)


@pytest.mark.slow
def test_the_sun_at_one_metre_passes() -> None:
    found = judged([case for case in subject.cases(None) if any(x in case.case for x in LONG)])
    assert len(found) == 15
    assert {name: row["ours"] for name, row in found.items() if row["verdict"] != "pass"} == {}


def test_a_horizon_one_direction_off_would_fail() -> None:
    z = rays.city(80, 4)
    rows, columns = np.random.default_rng(9).integers(5, 75, (2, 40))
    ours = np.asarray(buildings.horizon(z, 8))[:, rows, columns]
    exact = np.degrees(
        np.arctan([rays.cast(z, rows, columns, azimuth) for azimuth in np.arange(0.0, 360.0, 45.0)])
    )
    assert (np.abs(ours - exact) <= 1.0).mean() >= 0.95
    assert (np.abs(np.roll(ours, 1, axis=0) - exact) <= 1.0).mean() < 0.8
