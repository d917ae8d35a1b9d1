# SPDX-License-Identifier: EUPL-1.2
"""The lighting passes the cases, and a wrong one would not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.validation import lighting as subject
from jumeau.validation.lighting import closed, files, roads, scenes
from jumeau.validation.lighting.study import worst
from jumeau.worksites import lighting


def failed(found: Iterator[Any]) -> list[tuple[str, Any, Any]]:
    rows = [case.row() for case in found if case.compute]
    assert rows
    return [(r["case"], r["reference"], r["ours"]) for r in rows if r["verdict"] != "pass"]


def test_closed_forms_scenes_and_roads_pass() -> None:
    """Towns have a file of tests of their own; `jumeau validate` runs all."""
    quick = (case for case in subject.cases(None) if "line of sight" not in case.case)
    assert failed(quick) == []


@pytest.mark.shared
def test_the_files_of_makers_pass(shared: Path) -> None:
    found = [case for study in files.studies(shared) for case in study.cases()]
    assert len(found) >= 45
    assert failed(iter(found)) == []


def test_without_the_folder_the_files_of_makers_are_absent() -> None:
    rows = [case.row() for study in files.studies(None) for case in study.cases()]
    absent = [row["case"] for row in rows if row["verdict"] == "absent"]
    assert any("one luminaire in two formats" in name for name in absent)
    assert not any("spoilt" in name for name in absent)


def test_a_field_one_cell_off_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    true = lighting.illuminance

    def shifted(*args: Any, **kwargs: Any) -> Any:
        return np.roll(true(*args, **kwargs), 1, axis=0)

    closed._field.cache_clear()
    monkeypatch.setattr(lighting, "illuminance", shifted)
    try:
        found = {
            case.case.rpartition(": ")[2]: case.row()["verdict"]
            for study in closed.studies()
            if study.name == "isotropic source"
            for case in study.cases()
        }
    finally:
        closed._field.cache_clear()
    assert found.pop("flux on the square") == "pass", "the total does not move"
    assert set(found.values()) == {"fail"}


@pytest.mark.parametrize("turned", ["azimuth", "tilt"])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_reversed_angle_would_fail_by_far(seed: int, turned: str) -> None:
    """On every kind of surface: a wrong sense of rotation cannot hide in the tolerance."""
    drawn, slow = scenes.scene(seed)
    wrong = drawn.engine(**{turned: -getattr(drawn, turned)})
    assert worst(wrong, slow, scenes.FLOOR) > 0.1


def test_a_mirrored_distribution_would_fail_by_far() -> None:
    """C rising clockwise: no rotation of the luminaire makes up for it."""
    drawn, slow = scenes.scene(0)
    drawn = scenes.Scene(0)
    drawn.tables = [t._replace(candela=t.candela[::-1]) for t in drawn.tables]
    assert worst(drawn.engine(), slow, scenes.FLOOR) > 0.1


def test_the_bearing_of_a_half_plane_follows_the_convention() -> None:
    """C0 northwards, C80 lights the west: 80° counter-clockwise seen from above."""
    assert scenes.aim(80.0, 0.0) == pytest.approx(280.0, abs=0.5)
    assert scenes.aim(80.0, 90.0) == pytest.approx(10.0, abs=0.5)


def test_a_road_seen_from_the_other_end_would_fail() -> None:
    """The lantern differs to its four sides: turned about, the road is another one."""
    road, pavement = roads.ROADS["two lanes lit from one side"]
    table = roads.street_lantern()
    turned = table._replace(candela=np.roll(table.candela[:-1], 18, axis=0)[[*range(36), 0]])
    true = roads.slowly("two lanes lit from one side")
    wrong = roads.performance(road, turned, roads.surface(pavement))
    assert abs(wrong["lav"] / true["lav"] - 1.0) > roads.CLOSE
    assert abs(wrong["rei"] / true["rei"] - 1.0) > roads.CLOSE


@pytest.mark.shared
def test_the_road_of_the_note_is_near_its_single_calculation(shared: Path) -> None:
    """LT6: luminaire Sit4, 8 m high every 30 m over 7 m of R3, one side, new."""
    path = shared / files.FOLDER / "crossformat" / "EULUMDAT" / "Sit4.ldt"
    found = lighting.road(
        lighting.read_photometry(path), height=8.0, spacing=30.0, width=7.0, lanes=2,
        maintenance_factor=1.0, rtable="R3",
    )  # fmt: skip
    assert found["e_av"] == pytest.approx(17.81, abs=0.01)
    assert found["u_h"] == pytest.approx(0.550, abs=0.002)
    assert found["lav"] == pytest.approx(1.26, abs=0.005)
    assert found["uo"] == pytest.approx(0.409, abs=0.001)
