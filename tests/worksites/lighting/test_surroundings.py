# SPDX-License-Identifier: EUPL-1.2
"""Ground, buildings and trees around lamps, from whatever the twin knows of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from jumeau.base.contract import RasterWindow
from jumeau.twin.scenario import Scenario
from jumeau.worksites import lighting
from jumeau.worksites.lighting import surroundings

WORKSITE = lighting.WORKSITE
BOX = (769949.5, 6278949.5, 770449.5, 6279449.5)
WALL = shapely.box(770049.5, 6279009.5, 770249.5, 6279029.5)
"""A building north of the first row of lamps, 4 m from them."""
YARD = (770099.5, 6279034.5, 770199.5, 6279060.5)
"""What lies behind it."""


def building(territory, **facts) -> None:
    rows = pd.DataFrame({"id": ["B1"], "geometry": [shapely.to_wkb(WALL)]} | facts)
    with territory.transaction("building") as tx:
        tx.insert("building", rows)


def relief(territory, slope: float = 0.0, tree: float = 0.0, wall: float = 12.0, **holes) -> None:
    """Write a terrain that rises eastward, and a surface with a building and a row of trees."""
    from rasterio import features

    from jumeau.base import grid

    rows, columns = grid.shape(BOX)
    ground = np.broadcast_to(100.0 + slope * np.arange(columns), (rows, columns))
    built = features.rasterize([(WALL, 1)], (rows, columns), transform=grid.transform(BOX)) > 0
    surface = ground + wall * built
    if tree:
        crowns = shapely.box(770255.5, 6278949.5, 770265.5, 6279100.5)
        seen = features.rasterize([(crowns, 1)], (rows, columns), transform=grid.transform(BOX))
        surface = surface + tree * (seen > 0)
    with territory.transaction("relief") as tx:
        for layer, values in (("dtm", ground), ("dsm", surface)):
            if layer not in holes:
                tx.put_raster(layer, [RasterWindow(BOX, values.astype(np.float32))])


def at(territory, given=None):
    lamps = territory.geo("luminaire").sort_values("id").geometry
    return surroundings.around(
        territory, lamps.x.to_numpy(), lamps.y.to_numpy(), given or WORKSITE.parameters()
    )


def behind(territory) -> float:
    """Return the mean light of the yard once the worksite has run [lx]."""
    WORKSITE.run(territory, Scenario())
    return float(np.nan_to_num(territory.raster("illuminance").read(YARD)[0]).mean())


def test_nothing_known_is_open_flat_ground_and_is_told(village):
    place = at(village)
    assert (place.obstacles, place.terrain, place.seen) == ("none", False, 0.0)
    window = place(BOX)
    assert window.ground is window.dsm is window.canopy is None
    codes = [item.code for item in surroundings.findings(place, 24)]
    assert codes == ["JUM-L095", "JUM-L098"]


@pytest.mark.parametrize(
    ("facts", "height", "supposed"),
    [
        ({"height_m": [12.0]}, 12.0, 0),
        ({"ground_m": [100.0], "roof_m": [115.0]}, 15.0, 0),
        ({"floors": [4]}, 12.0, 0),
        ({}, 9.0, 1),
    ],
)
def test_outlines_stand_as_boxes_of_their_height(village, facts, height, supposed):
    open_ground = behind(village)
    building(village, **facts)
    place = at(village)
    assert (place.obstacles, place.buildings, place.supposed) == ("buildings", 1, supposed)
    drawn = place(BOX).dsm
    assert np.nanmax(drawn) == np.nanmin(drawn) == height
    assert np.isfinite(drawn).sum() == WALL.area
    codes = [item.code for item in surroundings.findings(place, 24)]
    assert codes == ["JUM-L096", "JUM-L098"]
    assert behind(village) < 0.3 * open_ground
    roof = village.raster("illuminance").read(WALL.buffer(-1).bounds)[0]
    assert not np.nan_to_num(roof).any()  # higher than the lamps: nothing falls on it


def test_obstacles_can_be_set_aside(village):
    building(village)
    given = WORKSITE.parameters().override({"lighting_obstacles": 0})
    assert at(village, given).obstacles == "none"


def test_the_surface_model_is_taken_before_outlines(village):
    building(village, height_m=[3.0])
    relief(village, slope=0.1, tree=9.0)
    place = at(village)
    assert (place.obstacles, place.terrain, place.seen) == ("dsm", True, 1.0)
    window = place(BOX)
    above = window.dsm - window.ground
    assert np.nanmax(above) == pytest.approx(12.0, abs=1e-3)
    # what the outline covers is a building, the rest is a crown
    assert np.isfinite(window.canopy).sum() == 1510
    assert np.nanmax(window.canopy - window.ground) == pytest.approx(9.0, abs=1e-3)
    assert not surroundings.findings(place, 24)
    x = np.array([770010.0, 770300.0])
    assert place.base(x, np.full(2, 6279005.0)) == pytest.approx([106.0, 135.0], abs=0.06)


def test_a_surface_without_anything_to_tell_trees_hides_all(village):
    relief(village, tree=9.0)
    window = at(village)(BOX)
    assert window.canopy is None
    assert np.isfinite(window.dsm).sum() == WALL.area + 1510


def test_crowns_let_a_part_of_the_light_through(village):
    building(village, height_m=[3.0])
    relief(village, tree=9.0)
    strip = (770268.5, 6278990.5, 770290.5, 6279020.5)

    def light(share: float) -> float:
        scenario = Scenario("t", {"lighting_canopy_transmission": share})
        WORKSITE.run(village, scenario)
        return float(np.nan_to_num(village.raster("illuminance").read(strip)[0]).sum())

    dark, half, clear = light(0.0), light(0.5), light(1.0)
    assert dark < half < clear
    assert half == pytest.approx((dark + clear) / 2, rel=0.02)


def test_a_terrain_with_holes_is_filled_and_without_lamps_not_used(village):
    relief(village, slope=0.1)
    far = (771000.5 - 1, 6279000.5 - 1, 771100.5 - 1, 6279100.5 - 1)
    assert np.isfinite(at(village)(far).ground).all()
    x = np.array([770010.0, 779000.0])
    given = WORKSITE.parameters()
    place = surroundings.around(village, x, np.full(2, 6279005.0), given)
    assert not place.terrain  # half of the lamps only
    window = place(BOX)
    assert window.ground is None
    assert np.nanmax(window.dsm) == pytest.approx(12.0, abs=1e-3)  # heights, not altitudes


def test_light_near_supposed_boxes_counts_as_estimated(village):
    building(village)
    lamps = village.geo("luminaire").sort_values("id").geometry
    near = surroundings.near_buildings(village, lamps.x.to_numpy(), lamps.y.to_numpy())
    expected = lamps.distance(WALL).to_numpy() <= surroundings.NEAR
    assert near.tolist() == expected.tolist()
    assert 0 < near.sum() < 24
