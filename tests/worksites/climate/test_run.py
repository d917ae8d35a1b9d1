# SPDX-License-Identifier: EUPL-1.2
"""The worksite on small territories: events, what is missing, what is written, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau import workflow
from jumeau.base import grid
from jumeau.base.contract import Eventful, RasterWindow, Worksite
from jumeau.base.errors import InvalidError, JumeauError
from jumeau.twin.territory import Territory
from jumeau.worksites.climate import simulate, site
from jumeau.worksites.climate.run import WORKSITE

SIDE = 160
WEST, NORTH = 699_999.5, 6_500_000.5
BOUNDS = (WEST, NORTH - SIDE, WEST + SIDE, NORTH)
LAYERS = ("water_depth", "water_speed", "water_arrival", "flood_hazard")
QUICK = {"climate_cell_m": 8.0, "climate_after_h": 0.1, "climate_moments": 2}


def bowl() -> np.ndarray:
    """Return a slope that falls to the east into a hollow 1 m deep, and a dyke north of it."""
    x = np.arange(SIDE) + 0.5
    ground = np.broadcast_to(30.0 - 0.02 * x, (SIDE, SIDE)).copy()
    ground[96:144, 96:144] -= 1.0
    ground[60:66, :] += 2.0
    return ground.astype(np.float32)


@pytest.fixture
def hamlet(tmp_path: Path) -> Iterator[Territory]:
    """A hollow with a house in it and one on the slope, a lamp, a cabinet, a street, a zone."""
    territory = jumeau.create(tmp_path / "hamlet.jumeau", name="Le Creux")

    def at(x: float, y: float, side: float = 10.0) -> Any:
        return shapely.box(WEST + x, NORTH - y - side, WEST + x + side, NORTH - y)

    def rows(ids: list[str], shapes: list[Any], **facts: Any) -> pd.DataFrame:
        return pd.DataFrame({"id": ids, "geometry": shapely.to_wkb(shapes), **facts})

    point = shapely.Point(WEST + 136, NORTH - 136)
    with territory.transaction("hamlet") as tx:
        tx.put_raster("dtm", [RasterWindow(BOUNDS, bowl())])
        tx.insert(
            "building", rows(["low", "high"], [at(115, 115), at(20, 20)], public=[True, None])
        )
        tx.insert("luminaire", rows(["L1"], [point]))
        tx.insert("cabinet", rows(["A1"], [shapely.Point(WEST + 10, NORTH - 10)]))
        line = shapely.LineString([(WEST + 2, NORTH - 130), (WEST + 158, NORTH - 130)])
        tx.insert("street", rows(["S1"], [line]))
        zone = rows(["Z1"], [at(96, 96, 48)], hazard=["Débordement de cours d'eau"])
        tx.insert("hazard_zone", zone)
    yield territory
    territory.close()


def values(result: workflow.RunResult, scope: str = "territory") -> dict[str, float]:
    rows = result.indicators
    return dict(rows[rows["scope"] == scope].set_index("indicator")["value"])


def run(territory: Territory, event: dict[str, Any], **parameters: Any) -> workflow.RunResult:
    given = {**QUICK, **parameters}
    return workflow.run(territory, ["climate"], parameters=given, events={"climate": event})


def test_it_is_a_worksite_that_computes_events() -> None:
    assert isinstance(WORKSITE, Worksite)
    assert isinstance(WORKSITE, Eventful)
    assert workflow.worksites(["climate"])["climate"].name == "climate"


def test_rain_gathers_in_the_hollow_and_touches_what_stands_there(hamlet: Territory) -> None:
    found = run(hamlet, {"rain": "60mm/1h"})
    told = values(found)
    assert (told["climate_buildings"], told["climate_lamps"], told["climate_cabinets"]) == (1, 1, 0)
    assert told["climate_public_buildings"] == 1
    assert 0.02 < told["climate_streets"] < 0.08
    assert told["climate_zones_flooded"] > 50
    assert told["climate_buildings_in_zones"] == 1
    (row,) = found.indicators[found.indicators["scope"] == "building"].to_dict("records")
    assert (row["indicator"], row["entity"]) == ("climate_depth", "low")
    depth = hamlet.raster("water_depth")
    assert depth.value(WEST + 136, NORTH - 136) > 0.1 > depth.value(WEST + 30, NORTH - 90)
    assert np.isnan(depth.value(WEST + 120, NORTH - 120))  # a roof


def test_the_layers_are_on_the_metre_grid_and_hold_together(hamlet: Territory) -> None:
    run(hamlet, {"rain": "60mm/1h"})
    depth, speed, arrival, hazard = (hamlet.raster(name).read(BOUNDS)[0] for name in LAYERS)
    assert depth.shape == (SIDE, SIDE)
    known = ~np.isnan(depth)
    assert known.mean() > 0.95
    assert (depth[known] >= 0).all() and (speed[known] >= 0).all()
    np.testing.assert_allclose(hazard[known], depth[known] * speed[known], atol=2e-3)
    wet = known & (depth > 0.02)
    assert np.isfinite(arrival[wet]).all()
    assert (arrival[wet] <= 1.1 * 3600).all()
    blocks = depth.reshape(SIDE // 8, 8, SIDE // 8, 8)
    blocks = np.nan_to_num(blocks, nan=-1.0)  # a cell is one depth, or a roof
    assert (blocks.max(axis=(1, 3)) == blocks.min(axis=(1, 3))).all()


def test_moments_lead_to_the_greatest_depth(hamlet: Territory) -> None:
    run(hamlet, {"rain": "60mm/1h"})
    moments = hamlet.moments("water_depth")
    assert moments == pytest.approx([0.55 * 3600, 1.1 * 3600])
    greatest, _ = hamlet.raster("water_depth").read(BOUNDS)
    for moment in moments:
        then, _ = hamlet.raster("water_depth", moment).read(BOUNDS)
        assert (then[~np.isnan(then)] <= greatest[~np.isnan(then)] + 2e-3).all()
    assert hamlet.moments("water_speed") == []
    run(hamlet, {"rain": "60mm/1h"}, climate_moments=0)
    assert hamlet.moments("water_depth") == []


def test_the_card_says_what_was_computed(hamlet: Territory) -> None:
    found = run(hamlet, {"rain": "60mm/1h"})
    (row,) = hamlet.table("run", where={"id": found.runs[0]}).to_pylist()
    card = json.loads(row["card"])
    assert card["event"]["fr"] == "60 mm en 1 h"
    assert card["cell_size_m"] == 8.0
    assert abs(card["relative_error"]) < 1e-6
    assert card["solver"] in {"inertial", "hllc"}
    assert card["buildings"] == {"count": 2, "from_lidar": False}
    labels = {line["label_fr"] for line in card["shown"]}
    assert {"Événement", "Mailles", "Erreur du bilan d'eau"} <= labels
    assert all(line["text_en"] and line["text_fr"] for line in card["shown"])


def test_a_hazard_of_the_inertial_solver_is_indicative(hamlet: Territory) -> None:
    found = run(hamlet, {"rain": "10mm/1h"})
    (row,) = hamlet.table("run", where={"id": found.runs[0]}).to_pylist()
    card = json.loads(row["card"])
    assert card["indicative"] == (card["solver"] == "inertial")
    assert ("JUM-K054" in set(found.findings["code"])) == card["indicative"]


def test_a_sea_floods_what_lies_below_it(hamlet: Territory) -> None:
    found = run(hamlet, {"sea_level": "27.6"}, climate_hold_h=0.5)
    depth = hamlet.raster("water_depth")
    assert depth.value(WEST + 156, NORTH - 20) == pytest.approx(27.6 - 26.9, abs=0.15)
    assert depth.value(WEST + 60, NORTH - 20) == 0.0
    assert values(found)["climate_flooded_area"] > 0.3


def test_an_inflow_enters_where_it_is_told(hamlet: Territory) -> None:
    run(hamlet, {"inflow": f"{WEST + 30},{NORTH - 110},0.5m3/s/20min"})
    depth = hamlet.raster("water_depth")
    assert depth.value(WEST + 136, NORTH - 110) > 0.05
    assert depth.value(WEST + 136, NORTH - 20) == 0.0  # behind the dyke
    for place in ("1,2", f"{WEST - 50},{NORTH}"):
        with pytest.raises(InvalidError, match="JUM-K048"):
            run(hamlet, {"inflow": f"{place},1m3/s/1h"})


def test_a_breach_lets_water_through_a_dyke(hamlet: Territory) -> None:
    pytest.importorskip("jumeau.worksites.climate.hllc")
    run(hamlet, {"breach": f"{WEST + 80},{NORTH - 63},12,29.5"}, climate_hold_h=0.1)
    depth = hamlet.raster("water_depth")
    assert depth.value(WEST + 80, NORTH - 76) > 0.05
    assert depth.value(WEST + 20, NORTH - 100) == 0.0
    with pytest.raises(InvalidError, match="JUM-K049"):
        run(hamlet, {"breach": f"{WEST + 80},{NORTH - 63},12,20"})


def test_a_wrong_event_changes_nothing(hamlet: Territory) -> None:
    version = hamlet.version
    for given in ({"rain": "a lot"}, {"rian": "60mm/1h"}, {"breach": "1,2"}):
        with pytest.raises((InvalidError, KeyError)):
            run(hamlet, given)
    with pytest.raises(InvalidError, match="JUM-W005"):
        workflow.run(hamlet, ["lighting"], events={"climate": {"rain": "60mm/1h"}})
    assert hamlet.version == version
    with pytest.raises(InvalidError, match="JUM-K049"):
        run(hamlet, {"sea_level": 4.2})  # only the ground tells that it is too low
    assert "climate" not in hamlet.table("run")["worksite"].to_pylist()


def test_without_terrain_it_says_so_and_stops_nobody(tmp_path: Path) -> None:
    empty = jumeau.create(tmp_path / "t", name="Vide")
    found = workflow.run(empty)
    assert {"JUM-K050", "JUM-L010"} <= set(found.findings["code"])
    assert not empty.raster("water_depth").tiles()
    assert "climate_buildings" not in set(found.indicators["indicator"])


def test_without_buildings_obstacles_are_unknown_or_outlined(tmp_path: Path) -> None:
    territory = jumeau.create(tmp_path / "t", name="T")
    with territory.transaction("ground") as tx:
        tx.put_raster("dtm", [RasterWindow(BOUNDS, bowl())])
    found = run(territory, {"rain": "60mm/1h"})
    assert "JUM-K051" in set(found.findings["code"])
    assert "climate_buildings" not in values(found)
    heights = np.full((SIDE, SIDE), np.nan, dtype=np.float32)
    heights[115:130:2, 115:130] = 6.0  # thinned: a row in two has no return
    heights[20:30, 20:30] = 6.0
    heights[5, 5] = 9.0  # a lonely return
    with territory.transaction("heights") as tx:
        tx.put_raster("building_height", [RasterWindow(BOUNDS, heights)])
    found = run(territory, {"rain": "60mm/1h"})
    assert "JUM-K058" in set(found.findings["code"])
    assert values(found)["climate_buildings"] == 1
    outlines = site.buildings(territory, BOUNDS)
    assert len(outlines) == 2
    assert outlines.shapes[1].area == pytest.approx(15 * 15, rel=0.3)


def test_the_usual_scenario_runs_within_the_main_job(hamlet: Territory) -> None:
    seen: list[float] = []
    given = {"climate_after_h": 0.05, "climate_usual_budget_s": 0.2, "climate_rain_h": 0.2}
    found = workflow.run(hamlet, parameters=given, progress=lambda stage, share: seen.append(share))
    assert values(found)["climate_buildings"] == 1
    assert seen == sorted(seen)
    assert {"lighting", "climate"} <= set(hamlet.table("run")["worksite"].to_pylist())


def test_the_budget_chooses_the_cells(hamlet: Territory) -> None:
    sides = {}
    for budget in (0.01, 1000.0):
        given = {"climate_cell_m": 0, "climate_budget_s": budget, "climate_rate_mcell_s": 1.0}
        run(hamlet, {"rain": "5mm/1min"}, **given, climate_moments=0, climate_after_h=0.0)
        (card,) = [
            json.loads(row["card"])
            for row in hamlet.table("run", where={"worksite": "climate"}).to_pylist()[-1:]
        ]
        sides[budget] = card["solver"], card["cell_size_m"]
    assert sides[1000.0][1] == 1.0
    assert sides[0.01][0] == "fill_spill_merge"


def test_a_box_is_cut_on_the_edges_of_coarse_cells() -> None:
    box = (WEST, NORTH - 8000, WEST + 8000, NORTH)
    cut = site.window(box, WEST + 3001, NORTH - 3001, 500)
    assert all((edge - WEST) % 8 == 0 for edge in (cut[0], cut[2]))
    assert cut[0] <= WEST + 2501 and cut[2] >= WEST + 3501
    assert cut[1] <= NORTH - 3501 and cut[3] >= NORTH - 2501
    assert grid.shape(cut)[0] % 8 == 0
    assert site.window(box, WEST + 5, NORTH - 5, 500)[3] == NORTH


def test_water_leaves_by_the_rim_of_the_known_ground() -> None:
    known = np.ones((6, 8), dtype=bool)
    known[:3, 5:] = False  # the terrain is an L
    known[4, 2] = False  # a hole inside
    rim = simulate._rim(known)
    assert rim[0, 0] and rim[5, 7] and rim[2, 4] and rim[3, 6]
    assert not rim[3, 2] and not rim[2, 2]


def test_cells_that_the_machine_cannot_hold_are_refused(
    hamlet: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jumeau.worksites.climate import preparing

    monkeypatch.setattr(preparing, "memory", lambda: 1_000_000)  # 160² cells take 2.3 MB
    with pytest.raises(JumeauError) as refused:
        run(hamlet, {"rain": "60mm/1h"}, climate_cell_m=1.0)
    assert refused.value.code == "JUM-K063"
    assert "climate_cell_m" in refused.value.remedy
    found = run(hamlet, {"rain": "60mm/1h"}, climate_cell_m=8.0)
    assert values(found)["climate_buildings"] == 1


def test_the_depth_at_buildings_is_drawn_over_their_outlines(hamlet: Territory) -> None:
    found = run(hamlet, {"rain": "60mm/1h"})
    drawn, _ = hamlet.raster("building_water").read(BOUNDS)
    (row,) = found.indicators[found.indicators["scope"] == "building"].to_dict("records")
    low, high = drawn[115:125, 115:125], drawn[20:30, 20:30]
    np.testing.assert_allclose(low, row["value"], atol=2e-3)
    assert (high >= 0).all() and (high < 0.1).all()
    assert np.isfinite(drawn).sum() == 200
