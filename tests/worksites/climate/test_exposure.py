# SPDX-License-Identifier: EUPL-1.2
"""What water reaches: rings around walls, feet of lamps, lengths of street."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.worksites.climate import diagnosis, exposure, indicators, scenarios, site
from jumeau.worksites.climate.simulate import Water
from jumeau.worksites.climate.site import Buildings, Site

BOUNDS = (-0.5, -39.5, 39.5, 0.5)
Maker = Callable[..., Water]


def water_of(depth: np.ndarray, cell: int = 1) -> Water:
    """Return water of a given depth on 40 m of flat ground."""
    shape = depth.shape
    here = Site(BOUNDS, cell, np.zeros(shape, np.float32), np.isnan(depth),
                np.full(shape, 0.05, np.float32), 0.0)  # fmt: skip
    event = scenarios.event({"rain": "60mm/1h"})
    empty = np.empty((0, *shape), np.float32)
    speed = np.ones(shape, np.float32)
    depth = depth.astype(np.float32)
    return Water(here, event, depth, speed, speed, (), empty, "inertial", {})


def houses(*boxes: Any) -> Buildings:
    shapes = np.empty(len(boxes), dtype=object)
    shapes[:] = [shapely.box(*box) for box in boxes]
    ids = np.array([f"B{k}" for k in range(len(boxes))], dtype=object)
    return Buildings(ids, shapes, np.zeros(len(boxes), dtype=bool))


def test_quantiles_are_those_of_numpy() -> None:
    rng = np.random.default_rng(5)
    owner = rng.integers(0, 30, 2000)
    owner[owner == 7] = 8  # nobody owns anything
    values = rng.random(2000).astype(np.float32)
    values[::13] = np.nan
    found = exposure.quantiles(owner, values, 30, 0.95)
    for k in range(30):
        own = values[(owner == k) & ~np.isnan(values)]
        if not len(own):
            assert np.isnan(found[k])
            continue
        assert found[k] == np.quantile(own, 0.95, method="higher")


@pytest.mark.parametrize("share", [0.5, 0.95, 1.0])
def test_a_quantile_of_one_is_the_greatest(share: float) -> None:
    values = np.arange(1, 21, dtype=np.float32)
    found = exposure.quantiles(np.zeros(20, np.int64), values, 1, share)[0]
    assert found == np.quantile(values, share, method="higher")


def test_a_house_is_as_deep_as_the_ring_around_its_walls() -> None:
    depth = np.zeros((40, 40))
    depth[20:, :] = 0.4  # south of y = −19.5
    depth[10:20, 10:20] = np.nan  # roof: x 9.5 … 19.5, y −19.5 … −9.5
    found = exposure.walls(
        water_of(depth), houses((9.5, -19.5, 19.5, -9.5), (25, -12, 30, -6)), 0.1, 0.95
    )
    assert found.depth[0] == pytest.approx(0.4)  # its south wall stands in water
    assert found.depth[1] == 0.0
    assert found.wet.tolist() == [1.0, 0.0]


def test_water_under_a_roof_or_far_from_walls_touches_nobody() -> None:
    depth = np.zeros((40, 40))
    depth[12:18, 12:18] = 3.0  # only under the roof
    depth[26:, :] = 1.0  # seven metres away
    found = exposure.walls(water_of(depth), houses((9.5, -19.5, 19.5, -9.5)), 0.1, 0.95)
    assert found.depth[0] == 0.0


def test_a_house_out_of_the_computation_is_unknown() -> None:
    found = exposure.walls(water_of(np.ones((40, 40))), houses((900, 900, 910, 910)), 0.1, 0.95)
    assert np.isnan(found.depth[0])
    assert found.wet[0] == 0.0


def test_coarse_cells_still_see_the_ground_beside_a_house() -> None:
    depth = np.full((5, 5), 0.3)
    depth[1:3, 1:3] = np.nan  # 8 m cells that the house covers
    found = exposure.walls(water_of(depth, 8), houses((8, -23, 22, -8)), 0.1, 0.95)
    assert found.depth[0] == pytest.approx(0.3)


@pytest.fixture
def village(tmp_path: Path) -> Any:
    territory = jumeau.create(tmp_path / "v.jumeau", name="V")
    lines = [shapely.LineString([(0, -5), (39, -5)]), shapely.LineString([(20, -39), (20, 0)])]
    with territory.transaction("v") as tx:
        tx.insert("street", pd.DataFrame({"id": ["S1", "S2"], "geometry": shapely.to_wkb(lines)}))
        points = shapely.points([[5, -30], [5, -5], [15, -15]])
        tx.insert("luminaire", pd.DataFrame(
            {"id": ["L1", "L2", "L3"], "geometry": shapely.to_wkb(points)}))  # fmt: skip
        zone = shapely.box(-0.5, -39.5, 39.5, -29.5)
        tx.insert("hazard_zone", pd.DataFrame({
            "id": ["Z1", "Z2"], "hazard": ["Inondation", "Mouvement de terrain"],
            "geometry": shapely.to_wkb([zone, shapely.box(0, -10, 10, 0)]),
        }))  # fmt: skip
        tx.insert("district", pd.DataFrame({
            "id": ["N", "S"],
            "geometry": shapely.to_wkb([shapely.box(-0.5, -19.5, 39.5, 0.5),
                                        shapely.box(-0.5, -39.5, 39.5, -19.5)]),
        }))  # fmt: skip
    yield territory
    territory.close()


def flooded_south() -> np.ndarray:
    depth = np.zeros((40, 40))
    depth[20:] = 0.5
    depth[14:17, 14:17] = np.nan
    depth[13, 14:17] = 0.2
    return depth


def test_lamps_and_streets_in_water(village: Any) -> None:
    water = water_of(flooded_south())
    lamps = exposure.posts(village, water, "luminaire", 0.1)
    assert lamps.depth[:2] == pytest.approx([0.5, 0.0])
    assert np.isnan(lamps.depth[2])  # in the middle of a roof: nothing is known
    found = exposure.streets(village, water, 0.1)
    assert found.wet[0] == 0.0
    assert found.wet[1] == pytest.approx(19.5, abs=1.0)
    assert found.depth[1] == pytest.approx(0.5)


def test_indicators_by_territory_district_and_thing(village: Any) -> None:
    water = water_of(flooded_south())
    given = diagnosis.defaults()
    reached = exposure.all_of(village, water, houses((25, -35, 30, -30), (5, -8, 9, -4)), given)
    table = indicators.table(village, water, reached, given)
    rows = table.set_index(["indicator", "scope", "entity"])["value"]
    assert rows["climate_flooded_area", "territory", ""] == pytest.approx(803 / 1e4)
    assert rows["climate_flooded_area", "district", "N"] == pytest.approx(3 / 1e4)
    assert rows["climate_buildings", "territory", ""] == 1
    assert rows["climate_buildings", "district", "S"] == 1
    assert rows["climate_buildings", "district", "N"] == 0
    assert rows["climate_depth", "building", "B0"] == pytest.approx(0.5)
    assert rows["climate_depth", "luminaire", "L1"] == pytest.approx(0.5)
    assert ("climate_depth", "building", "B1") not in rows.index
    assert rows["climate_street_length", "street", "S2"] == pytest.approx(19.5, abs=1.0)
    whole = table[table["scope"] == "territory"]
    assert (whole["low"] <= whole["value"]).all() and (whole["value"] <= whole["high"]).all()
    declared = {spec.name: spec.unit for spec in indicators.INDICATORS}
    assert (table["unit"] == table["indicator"].map(declared)).all()


def test_zones_of_floods_are_compared_and_others_are_not(village: Any) -> None:
    water = water_of(flooded_south())
    given = diagnosis.defaults()
    reached = exposure.all_of(village, water, houses((25, -35, 30, -30)), given)
    rows = indicators.table(village, water, reached, given).set_index("indicator")["value"]
    assert rows["climate_zones_flooded"] == pytest.approx(100.0)  # 400 m² of the south
    assert rows["climate_flooded_outside"] == pytest.approx(100 * 403 / 803)
    assert len(site.flood_zones(village, BOUNDS)) == 1
