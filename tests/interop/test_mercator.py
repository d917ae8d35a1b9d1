# SPDX-License-Identifier: EUPL-1.2
"""Tiles of Web Mercator and the way between them and the national projections."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import crs as crs_
from jumeau.base.errors import InvalidError
from jumeau.interop import mercator

PLACES = {
    "EPSG:2154": (3.8767, 43.6119),
    "EPSG:5490": (-61.0742, 14.6037),
    "EPSG:2972": (-52.3135, 4.9224),
    "EPSG:2975": (55.4504, -20.8789),
    "EPSG:4471": (45.2279, -12.7806),
}


def test_the_whole_world_is_one_tile() -> None:
    edge = 20037508.342789244
    assert mercator.tile(0, 0, 0).bounds == pytest.approx((-edge, -edge, edge, edge))


def test_a_known_tile() -> None:
    """Montpellier at zoom 14, from the formula of the slippy map."""
    assert mercator.tile_at(3.8767, 43.6119, 14) == (14, 8368, 5982)


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1), (0, 0, 1)]
)
def test_tiles_that_do_not_exist_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(InvalidError, match="JUM-I001"):
        mercator.tile(z, x, y)


@given(st.floats(-179.9, 179.9), st.floats(-84, 84), st.integers(0, 22))
def test_the_tile_of_a_point_holds_it(lon: float, lat: float, z: int) -> None:
    west, south, east, north = mercator.tile_at(lon, lat, z).bounds
    to_mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    x, y = to_mercator.transform(lon, lat)
    assert west - 1 <= x <= east + 1
    assert south - 1 <= y <= north + 1


@pytest.mark.parametrize("crs", PLACES)
@pytest.mark.parametrize("z", [6, 10, 14, 18])
def test_the_window_holds_the_whole_tile(crs: str, z: int) -> None:
    tile = mercator.tile_at(*PLACES[crs], z)
    seen = mercator.window(tile, crs)
    assert seen is not None
    rng = np.random.default_rng(z)
    west, south, east, north = seen.mercator
    points = rng.uniform((west, south), (east, north), (500, 2))
    x, y = crs_.reproject(points[:, 0], points[:, 1], mercator.MERCATOR, crs)
    xmin, ymin, xmax, ymax = seen.bounds
    assert (x >= xmin).all()
    assert (x <= xmax).all()
    assert (y >= ymin).all()
    assert (y <= ymax).all()


def test_a_tile_elsewhere_meets_no_window() -> None:
    assert mercator.window(mercator.tile_at(-100, 40, 8), "EPSG:2154") is None
    assert mercator.window(mercator.tile(0, 0, 0), "EPSG:2154") is not None


@pytest.mark.parametrize("crs", PLACES)
@pytest.mark.parametrize("z", [0, 5, 8, 11, 14, 17])
def test_units_are_those_of_the_exact_projection(crs: str, z: int) -> None:
    tile = mercator.tile_at(*PLACES[crs], z)
    seen = mercator.window(tile, crs, 0.01)
    assert seen is not None
    low, high = np.array(seen.bounds[:2]), np.array(seen.bounds[2:])
    centre = np.array(crs_.transformer("EPSG:4326", crs).transform(*PLACES[crs]))
    low, high = np.maximum(low, centre - 2e5), np.minimum(high, centre + 2e5)
    points = np.random.default_rng(1).uniform(low, high, (1000, 2))
    x, y = crs_.reproject(points[:, 0], points[:, 1], crs, mercator.MERCATOR)
    west, _, _, north = tile.bounds
    exact = (np.stack([x, y], axis=1) - (west, north)) * (1, -1) / tile.resolution
    away = np.abs(mercator.to_units(points, crs, tile) - exact).max()
    assert away <= mercator.TOLERANCE


def test_a_fit_that_is_not_good_enough_says_so() -> None:
    france = (100_000.0, 6_050_000.0, 1_240_000.0, 7_110_000.0)
    assert mercator.fit("EPSG:2154", mercator.MERCATOR, france).error > 10
    town = (770_000.0, 6_280_000.0, 772_000.0, 6_282_000.0)
    assert mercator.fit("EPSG:2154", mercator.MERCATOR, town).error < 1e-3


def test_no_points_no_units() -> None:
    tile = mercator.tile(14, 8368, 5982)
    assert mercator.to_units(np.empty((0, 2)), "EPSG:2154", tile).shape == (0, 2)


def test_the_corners_of_a_tile_are_its_units() -> None:
    tile = mercator.tile(14, 8368, 5982)
    west, south, east, north = tile.bounds
    x, y = crs_.reproject([west, east], [north, south], mercator.MERCATOR, "EPSG:2154")
    units = mercator.to_units(np.stack([x, y], axis=1), "EPSG:2154", tile)
    assert units == pytest.approx(np.array([[0, 0], [4096, 4096]]), abs=0.01)
