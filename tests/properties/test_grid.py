# SPDX-License-Identifier: EUPL-1.2
"""Identities of the grid, anywhere on Earth."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jumeau.base import grid

metres = st.floats(-1e7, 1e7, allow_nan=False)
sizes = st.floats(0, 5_000, allow_nan=False)


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x, y = draw(metres), draw(metres)
    return (x, y, x + draw(sizes), y + draw(sizes))


@given(rectangles())
def test_snap_contains_and_is_tight(bounds: tuple[float, float, float, float]) -> None:
    xmin, ymin, xmax, ymax = grid.snap(bounds)
    slack = grid.TOLERANCE * 2
    assert xmin <= bounds[0] + slack
    assert ymin <= bounds[1] + slack
    assert xmax >= bounds[2] - slack
    assert ymax >= bounds[3] - slack
    assert bounds[0] - xmin < 1 + slack
    assert bounds[1] - ymin <= 1 + slack
    assert xmax - bounds[2] <= 1 + slack
    assert ymax - bounds[3] < 1 + slack
    assert all((edge - 0.5).is_integer() for edge in (xmin, ymin, xmax, ymax))
    assert xmax > xmin
    assert ymax > ymin


@given(rectangles())
def test_snap_of_snapped_is_itself(bounds: tuple[float, float, float, float]) -> None:
    snapped = grid.snap(bounds)
    assert grid.snap(snapped) == snapped


@given(rectangles())
def test_shape_is_the_size_and_centres_fill_it(bounds: tuple[float, float, float, float]) -> None:
    xmin, ymin, xmax, ymax = grid.snap(bounds)
    rows, columns = grid.shape(bounds)
    assert (rows, columns) == (ymax - ymin, xmax - xmin)
    x, y = grid.centres(bounds)
    assert (len(y), len(x)) == (rows, columns)
    assert (x[0] - 0.5, y[0] + 0.5) == (xmin, ymax)
    assert (x[-1] + 0.5, y[-1] - 0.5) == (xmax, ymin)


@given(rectangles())
def test_tiles_cover_without_overlap(bounds: tuple[float, float, float, float]) -> None:
    snapped = grid.snap(bounds)
    tiles = grid.tiles_of(bounds)
    assert len(set(tiles)) == len(tiles)
    parts = [grid.intersection(tile.bounds, snapped) for tile in tiles]
    assert all(part is not None for part in parts)  # no tile in vain
    area = sum((p[2] - p[0]) * (p[3] - p[1]) for p in parts if p)
    assert area == (snapped[2] - snapped[0]) * (snapped[3] - snapped[1])


@given(metres, metres)
def test_a_point_is_in_the_cell_and_the_tile_said(x: float, y: float) -> None:
    cx, cy = (int(item) for item in grid.cell_of(x, y))
    assert cx - 0.5 <= x <= cx + 0.5
    assert cy - 0.5 <= y <= cy + 0.5
    tile = grid.tile_of(x, y)
    xmin, ymin, xmax, ymax = tile.bounds
    assert xmin < cx < xmax
    assert ymin < cy < ymax
    assert grid.Tile.parse(tile.name) == tile


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000))
def test_tiles_pave_the_plane(x: int, y: int) -> None:
    west, south, east, north = grid.Tile(x, y).bounds
    assert grid.Tile(x + 1, y).bounds[0] == east
    assert grid.Tile(x, y - 1).bounds[3] == south
    assert (east - west, north - south) == (1000, 1000)


@given(rectangles(), st.integers(0, 2**31))
def test_tile_arrays_agree_with_points(
    bounds: tuple[float, float, float, float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(bounds[0], bounds[2], 20)
    y = rng.uniform(bounds[1], bounds[3], 20)
    tx, ty = grid.tile_of(x, y)
    for place in range(20):
        assert grid.tile_of(float(x[place]), float(y[place])) == (tx[place], ty[place])
    assert math.isfinite(float(tx.sum()))
