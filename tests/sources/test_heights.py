# SPDX-License-Identifier: EUPL-1.2
"""Heights of buildings from rasters: estimates beside facts, never in their place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from jumeau.base.contract import RasterWindow
from jumeau.sources import heights
from jumeau.twin import territory as territories

WEST, NORTH = 770_000, 6_280_000
ROOF = np.array([3.0, 5.0, 8.0, 12.0])


@pytest.fixture
def town(tmp_path):
    """Return a territory of 80 houses: half of known height, some of no standing surface."""
    boxes, known = [], []
    height = np.zeros((1000, 1000), np.float32)
    for number in range(80):
        column, row = 40 + number % 10 * 90, 40 + number // 10 * 90
        boxes.append(shapely.box(WEST + column, NORTH - row - 12, WEST + column + 10, NORTH - row))
        roof = ROOF[number % 4]
        height[row - 1 : row + 14, column - 1 : column + 12] = roof if number < 76 else 0.0
        height[row : row + 12, column + 4 : column + 6] += 2.5 * (number < 76)  # ridge
        known.append(roof + 0.4 if number < 40 else None)
    frame = gpd.GeoDataFrame(
        {"id": [f"b{k}" for k in range(80)], "height_m": known}, geometry=boxes, crs="EPSG:2154"
    )
    frame.to_file(tmp_path / "b.gpkg")
    made = territories.create(tmp_path / "t", name="Bourg")
    made.add(tmp_path / "b.gpkg", "building", {"id": "id", "height_m": "height_m"})
    bounds = (WEST - 0.5, NORTH - 999.5, WEST + 999.5, NORTH + 0.5)
    building = np.where(height > 0, height, np.nan).astype(np.float32)
    ground = np.full((1000, 1000), 61.0, np.float32)
    with made.transaction("rasters") as tx:
        for layer, values in (("building_height", building), ("height", height), ("dtm", ground)):
            tx.put_raster(layer, [RasterWindow(bounds, values)])
    return made


def test_estimates_facts_and_findings(town):
    run = heights.derive(town)
    rows = town.table("estimate").to_pandas()
    found = rows[rows.attribute == "height_m"].set_index("entity")
    assert set(found.index) == {f"b{k}" for k in range(40, 76)}
    truth = np.array([ROOF[k % 4] + 0.4 for k in range(40, 76)])  # as the known ones say
    value = found.loc[[f"b{k}" for k in range(40, 76)], "value"].to_numpy()
    assert np.abs(value - truth).max() < 0.05
    assert (found.low <= found.value).all() and (found.value <= found.high).all()
    assert set(found.method) == {"building_height_quartile_calibrated"}
    facts = town.table("building").to_pandas()
    assert facts.height_m.isna().sum() == 40 and facts.ground_m.isna().all()
    ground = rows[rows.attribute == "ground_m"]
    assert len(ground) == 80 and (ground.value == 61.0).all()
    codes = {item.code: item.data for item in run.findings}
    assert codes["JUM-S231"] == {"count": 36, "known": 40, "bias_m": 0.4}
    assert codes["JUM-S232"]["count"] == 4


def test_again_does_nothing_until_something_changes(town):
    assert heights.derive(town) is not None
    version = town.version
    assert heights.derive(town) is None and town.version == version
    bounds = (WEST - 0.5, NORTH - 0.5, WEST + 0.5, NORTH + 0.5)
    with town.transaction("one cell") as tx:
        tx.put_raster("dtm", [RasterWindow(bounds, np.full((1, 1), 70, np.float32))])
    assert heights.derive(town) is not None
    assert len(town.table("estimate").to_pandas().query("attribute == 'ground_m'")) == 80


def test_without_raster_or_building_nothing_happens(tmp_path):
    made = territories.create(tmp_path / "t", name="Vide")
    assert heights.derive(made) is None and made.count("run") == 0


def test_cells_inside_an_outline_with_a_court():
    """Against shapely, centre by centre."""
    shape = shapely.Polygon(
        [(2.2, -1.1), (17.7, -2.3), (15.1, -18.9), (1.3, -14.2)],
        holes=[[(6.1, -6.2), (10.27, -6.4), (9.97, -10.3), (5.8, -9.9)]],
    )
    values = np.random.default_rng(0).random((20, 20)).astype(np.float32)
    x, y = np.meshgrid(np.arange(20.0), -np.arange(20.0))
    within = shapely.contains_xy(shape, x, y)
    rings = [np.asarray(ring.coords) for ring in (shape.exterior, *shape.interiors)]
    first = np.cumsum([0, *(len(ring) for ring in rings)])
    found = heights.inside(
        np.concatenate(rings), first, np.array([0, 2]), np.array([0]), values, 0.0, 0.0, 0.25,
        np.array([0.25, 0.5]),
    )[0]  # fmt: skip
    kept = values[within & (values > 0.25)]
    assert found[:3].tolist() == [within.sum(), within.sum(), kept.size]
    assert np.allclose(found[3:], np.quantile(kept, (0.25, 0.5)))


def test_a_shed_smaller_than_a_cell_takes_the_cell_around():
    ring = np.array([(3.2, -4.2), (3.4, -4.2), (3.4, -4.4), (3.2, -4.4), (3.2, -4.2)])
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    found = heights.inside(
        ring, np.array([0, 5]), np.array([0, 1]), np.array([0]), values, 0.0, 0.0, -np.inf,
        np.array([0.5]),
    )[0]  # fmt: skip
    assert found.tolist() == [1, 1, 1, 43]
