# SPDX-License-Identifier: EUPL-1.2
"""The share that rests on estimates: what each fact takes off, and weights that the model gives."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.worksites.buildings import (
    archetypes,
    climate,
    drawing,
    energy,
    geometry,
    inventory,
    knowledge,
    systems,
    thermal,
)

WEIGHT = {item.key: item.weight for item in knowledge.weights()}
SIDES = (12.0, 12.0, 24.0, 24.0, 40.0)
HEIGHTS = (6.0, 12.0)


def stock(tmp_path: Any, **facts: Any) -> tuple[Any, inventory.Inventory]:
    """Return a territory of 80 detached blocks of each size, and its inventory."""
    place = jumeau.create(tmp_path / "place", name="Trou", insee=["24322"])
    corners = [(520_000.0 + 60 * (i % 10), 6_456_000.0 + 60 * (i // 10)) for i in range(80)]
    boxes = [
        shapely.box(x, y, x + SIDES[i % 5], y + SIDES[i % 5]) for i, (x, y) in enumerate(corners)
    ]
    frame = pd.DataFrame({"id": [f"b{i:02d}" for i in range(80)], **facts})
    with place.transaction("blocks") as tx:
        tx.insert("building", frame.assign(geometry=shapely.to_wkb(boxes)))
    return place, inventory.read(place)


@pytest.mark.parametrize(
    ("facts", "taken"),
    [
        ({}, 0.0),
        ({"height_m": 6.0}, 0.5 * WEIGHT["size"]),
        ({"floors": 2}, 0.5 * WEIGHT["size"]),
        ({"floor_area_m2": 200.0, "floors": 2}, 0.6 * WEIGHT["size"]),
        ({"use": "Résidentiel individuel"}, WEIGHT["use"]),
        ({"built_year": 1965}, WEIGHT["period"]),
        ({"heating_energy": "gaz"}, WEIGHT["carrier"]),
        ({"energy_class": "D"}, 0.5 * (WEIGHT["envelope"] + WEIGHT["ventilation"])),
        ({"window_ratio": 0.2}, 0.6 * WEIGHT["windows"]),
        (
            {"wall_u": 0.4, "roof_u": 0.2, "floor_u": 0.5, "window_u": 1.4},
            WEIGHT["period"] + WEIGHT["envelope"],
        ),
    ],
)
def test_a_fact_takes_off_its_weight(tmp_path: Any, facts: dict[str, Any], taken: float) -> None:
    found = knowledge.estimated(stock(tmp_path, **facts)[1])
    np.testing.assert_allclose(found, 1.0 - taken, atol=1e-12)


def test_what_nothing_tells_is_always_estimated(tmp_path: Any) -> None:
    all_facts = {
        "height_m": 6.0, "floors": 2, "floor_area_m2": 200.0, "built_year": 1965,
        "use": "Enseignement", "energy_class": "D", "heating_energy": "gaz", "wall_u": 0.4,
        "roof_u": 0.2, "floor_u": 0.5, "window_u": 1.4, "window_g": 0.6, "window_ratio": 0.2,
    }  # fmt: skip
    found = knowledge.estimated(stock(tmp_path, **all_facts)[1])
    rest = WEIGHT["set_points"] + WEIGHT["occupancy"] + WEIGHT["systems"]
    rest += 0.5 * WEIGHT["ventilation"] + 0.4 * WEIGHT["size"]
    np.testing.assert_allclose(found, rest, atol=1e-12)
    assert rest > 0.2


def test_weights_sum_to_one_and_are_told_in_both_languages() -> None:
    rows = knowledge.weights()
    assert sum(item.weight for item in rows) == pytest.approx(1.0)
    assert [item.weight for item in rows] == sorted((item.weight for item in rows), reverse=True)
    assert all(item.label_fr and item.told_by_fr and item.label_en != item.key for item in rows)


STREAMS = {
    "use": ("use",),
    "size": ("height", "floors", "floor_height", "attic", "outline_share", "heated_share"),
    "period": ("period",),
    "envelope": ("wall_u", "roof_u", "floor_u", "window_u", "bridge_factor", "capacity",
                 "mass_area", "ground_factor"),
    "windows": ("window_ratio", "window_g", "frame_fraction", "shading", "summer_shading"),
    "ventilation": ("infiltration_ach", "ventilation_ach", "night_ach"),
    "set_points": ("heating_set", "setback", "cooling_set"),
    "occupancy": ("gains", "electricity", "hot_water", "auxiliaries"),
    "carrier": ("system",),
    "systems": (*systems.PARTS, "cooled"),
}  # fmt: skip


def test_every_draw_belongs_to_a_fact() -> None:
    held = {name for part in STREAMS.values() for name in part}
    assert held == {*drawing.ATTRIBUTES, *drawing._CHOICES} - {"roof_usable"}


def test_weights_are_the_spread_that_each_fact_gives(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, whole = stock(tmp_path, height_m=[HEIGHTS[i % 2] for i in range(80)])
    sky = climate.of_territory(place, whole)
    keys = [item.key for item in archetypes.uses() if item.key != "annex"]
    uses = np.array([archetypes.use_number(keys[i % len(keys)]) for i in range(len(whole))])
    walls, _ = geometry.exposed(whole.edges, whole.height, len(whole))
    active: set[str] = set()

    class Single(drawing.Dice):
        """Draws of one fact; the middle for all the others."""

        def own(self, stream: str) -> Any:
            found = super().own(stream)
            return found if stream in active else np.full_like(found, 0.5)

        def shared(self, stream: str, groups: Any) -> Any:
            return self.own(stream)

    monkeypatch.setattr(drawing, "Dice", Single)
    nothing = np.full(len(whole), np.nan)

    def spread(fact: str) -> float:
        active.clear()
        active.update(STREAMS[fact])
        mine = dataclasses.replace(whole, use=uses)
        if fact == "use":
            mine = dataclasses.replace(whole, use=np.full(len(whole), -1))
        if fact == "size":
            mine = dataclasses.replace(
                mine, height=nothing, height_low=nothing, height_high=nothing
            )
        drawn = drawing.draw(mine, sky.archetypes, seed=3, count=24, common=0.0)
        needs = thermal.needs(drawn, walls, whole.height, whole.area, sky.weather)
        found = energy.account(
            drawn, needs, seed=3, day=datetime.date(2026, 11, 22), weather=np.ones(24)
        )
        logs = np.log(np.where(found.floor > 1.0, found.final, np.nan))
        return float(np.nanmean(np.nanstd(logs, axis=1)))

    found = {key: spread(key) for key in WEIGHT}
    total = sum(found.values())
    for key, weight in WEIGHT.items():
        assert found[key] / total == pytest.approx(weight, abs=0.06), key
