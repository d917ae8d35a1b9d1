# SPDX-License-Identifier: EUPL-1.2
"""The sun on a territory with a surface model: raster, shaded façades, yields of roofs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import jumeau
from jumeau.base.contract import RasterWindow
from jumeau.twin.scenario import Scenario
from jumeau.twin.territory import Territory
from jumeau.worksites.buildings import sunlight
from jumeau.worksites.buildings.run import WORKSITE

WEST, NORTH, SIDE = 699_999.5, 6_500_000.5, 60
FACTS = {
    "use": "house", "height_m": 6.0, "floors": 2, "floor_area_m2": 200.0, "built_year": 1990,
    "energy_class": "D", "heating_energy": "gaz", "public": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Territory:
    """Two like houses, one in the open, one north of a tower."""
    territory = jumeau.create(
        tmp_path_factory.mktemp("sun") / "place", name="Ombre", insee=["24322"]
    )
    surface = np.full((SIDE, SIDE), 100.0, dtype=np.float32)
    shapes = []
    for column in (5, 40):
        surface[10:20, column : column + 10] = 106.0
        west = WEST + column
        shapes.append(shapely.box(west, NORTH - 20, west + 10, NORTH - 10))
    surface[24:34, 30:60] = 130.0
    bounds = (WEST, NORTH - SIDE, WEST + SIDE, NORTH)
    with territory.transaction("place") as tx:
        tx.put_raster("dsm", [RasterWindow(bounds, surface)])
        tx.insert(
            "building",
            pd.DataFrame({"id": ["open", "shaded"], "geometry": shapely.to_wkb(shapes), **FACTS}),
        )
    WORKSITE.run(territory, Scenario("tendanciel", values={"buildings_draws": 16}))
    return territory


def value(place: Territory, name: str) -> pd.Series:
    rows = place.table("indicator", where={"indicator": name, "scope": "building"}).to_pandas()
    return rows.set_index("entity")["value"]


def test_the_raster_says_where_the_sun_comes(place: Territory) -> None:
    raster = place.raster("solar_irradiation")
    values, _ = raster.read((WEST, NORTH - SIDE, WEST + SIDE, NORTH))
    assert values.shape == (SIDE, SIDE)
    open_roof, shaded_roof = values[12:18, 7:13].mean(), values[12:18, 42:48].mean()
    assert 1100 < open_roof < 1600
    assert shaded_roof < 0.8 * open_roof
    assert np.nanmin(values[21:24, 35:55]) < 0.5 * open_roof  # ground behind the tower


def test_a_tower_takes_heat_and_yield_from_its_neighbour(place: Territory) -> None:
    need, roof = value(place, "buildings_heating_kwh"), value(place, "buildings_pv_kwh")
    assert need["shaded"] > 1.02 * need["open"]
    assert 0 <= roof["shaded"] < 0.8 * roof["open"]
    assert 5_000 < roof["open"] < 25_000


def test_a_surface_model_takes_the_finding_away(place: Territory) -> None:
    codes = place.table("finding", columns=["code"]).column("code").to_pylist()
    assert "JUM-E061" not in codes and "JUM-E065" not in codes


def test_cells_are_the_finest_that_fit() -> None:
    box = (0.0, 0.0, 1000.0, 1000.0)
    assert [sunlight.cell_of(box, b) for b in (1.0, 0.3, 0.1, 0.02, 0.01)] == [1, 2, 4, 8, None]


def test_windows_repeat_coarse_cells_on_the_metre() -> None:
    coarse = np.arange(12, dtype=np.float32).reshape(3, 4)
    none = np.full(0, np.nan)
    bounds = (699_999.5, 6_499_992.5, 700_007.5, 6_499_998.5)
    found = sunlight.Sunlight(bounds, 2, coarse, none, none, none, none, ())
    windows = list(sunlight.windows(found))
    whole = np.full((6, 8), np.nan, dtype=np.float32)
    for item in windows:
        top, left = round(bounds[3] - item.bounds[3]), round(item.bounds[0] - bounds[0])
        ny, nx = item.values.shape
        whole[top : top + ny, left : left + nx] = item.values
    assert np.array_equal(whole, np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1))


def test_a_territory_too_large_for_the_budget_has_no_sun(place: Territory, tmp_path: Path) -> None:
    copy = place.fork(tmp_path / "copy")
    values = {"buildings_draws": 16, "buildings_sun_mcells": 0.00001}
    WORKSITE.run(copy, Scenario("tendanciel", values=values))
    assert copy.raster("solar_irradiation").bounds is None
    assert "JUM-E061" in copy.table("finding", columns=["code"]).column("code").to_pylist()
