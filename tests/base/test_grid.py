# SPDX-License-Identifier: EUPL-1.2
"""The grid: tiles, snapping, shapes, transforms."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base import grid
from jumeau.base.grid import Tile

MONTPELLIER = (769_500.0, 6_279_000.0, 771_250.5, 6_281_499.5)


def test_a_tile_holds_the_centres_of_its_name() -> None:
    tile = Tile(767, 6281)
    x, y = grid.centres(tile.bounds)
    assert x[0] == 767_000
    assert x[-1] == 767_999
    assert y[0] == 6_281_000  # row 0 is north
    assert y[-1] == 6_280_001
    assert grid.shape(tile.bounds) == (1000, 1000)


def test_bounds_of_a_tile_are_outer_edges() -> None:
    assert Tile(767, 6281).bounds == (766_999.5, 6_280_000.5, 767_999.5, 6_281_000.5)


@pytest.mark.parametrize(
    ("tile", "name"),
    [
        (Tile(767, 6281), "0767_6281"),
        (Tile(7, 628), "0007_0628"),
        (Tile(0, 0), "0000_0000"),
        (Tile(-1, -2), "-001_-002"),
        (Tile(1043, 6150), "1043_6150"),
        (Tile(340, 7650), "0340_7650"),
    ],
)
def test_names_go_both_ways(tile: Tile, name: str) -> None:
    assert tile.name == name
    assert Tile.parse(name) == tile


@pytest.mark.parametrize("name", ["", "767", "0767-6281", "0767_6281_1", "a767_6281", " 0767_6281"])
def test_what_is_not_a_tile_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="JUM-B011"):
        Tile.parse(name)


@pytest.mark.parametrize(
    ("given", "snapped"),
    [
        # on edges: unchanged
        ((0.5, 0.5, 1.5, 1.5), (0.5, 0.5, 1.5, 1.5)),
        ((-1.5, -2.5, 3.5, 4.5), (-1.5, -2.5, 3.5, 4.5)),
        # whole metres: the centres' cells
        ((1, 1, 2, 2), (0.5, 0.5, 2.5, 2.5)),
        ((0, 0, 0, 0), (-0.5, -0.5, 0.5, 0.5)),
        # anywhere: outward
        ((0.6, 0.4, 1.4, 1.6), (0.5, -0.5, 1.5, 2.5)),
        ((-0.6, -0.4, 0.4, 0.6), (-1.5, -0.5, 0.5, 1.5)),
        # what floats make of an edge stays on the edge
        ((0.5 - 1e-9, 0.5 + 1e-9, 1.5 + 1e-9, 1.5 - 1e-9), (0.5, 0.5, 1.5, 1.5)),
        # but a millimetre is a millimetre
        ((0.499, 0.5, 1.501, 1.5), (-0.5, 0.5, 2.5, 1.5)),
        # a point on an edge belongs to the cell east and south of it
        ((0.5, 0.5, 0.5, 0.5), (0.5, -0.5, 1.5, 0.5)),
        (MONTPELLIER, (769_499.5, 6_278_999.5, 771_250.5, 6_281_499.5)),
    ],
)
def test_snap_goes_outward_to_edges(
    given: tuple[float, float, float, float], snapped: tuple[float, float, float, float]
) -> None:
    assert grid.snap(given) == snapped


def test_snap_survives_the_arithmetic_of_an_affine_transform() -> None:
    window = grid.transform(Tile(767, 6281).bounds)
    west, north = window.c + (0.1 + 0.2 - 0.3) * window.a, window.f  # 5.6e-17 columns
    assert grid.snap((west, north - 3, west + 3, north)) == (
        766_999.5,
        6_280_997.5,
        767_002.5,
        6_281_000.5,
    )


@pytest.mark.parametrize(
    "bounds",
    [
        (1, 1, 0, 2),
        (1, 2, 2, 1),
        (0, 0, float("nan"), 1),
        (0, 0, float("inf"), 1),
        (0, 0, 1),
        (0, 0, 1, 1, 1),
        ("a", 0, 1, 1),
        None,
    ],
)
def test_what_is_not_a_rectangle_is_refused(bounds: object) -> None:
    with pytest.raises(ValueError, match="JUM-B010"):
        grid.snap(bounds)  # type: ignore[arg-type]


def test_shape_and_transform_are_those_of_the_snapped_bounds() -> None:
    bounds = (769_500.2, 6_279_000.2, 769_502.9, 6_279_001.4)
    assert grid.shape(bounds) == (2, 4)
    affine = grid.transform(bounds)
    assert (affine.c, affine.f) == (769_499.5, 6_279_001.5)  # the north-west corner
    assert (affine.a, affine.b, affine.d, affine.e) == (1.0, 0.0, 0.0, -1.0)


def test_rows_go_south_and_columns_east() -> None:
    x, y = grid.centres((10, 20, 12, 23))
    np.testing.assert_array_equal(x, [10, 11, 12])
    np.testing.assert_array_equal(y, [23, 22, 21, 20])


@pytest.mark.parametrize(
    ("x", "y", "tile"),
    [
        (767_000, 6_281_000, Tile(767, 6281)),
        (767_999, 6_280_001, Tile(767, 6281)),
        (767_999, 6_280_000, Tile(767, 6280)),
        (768_000, 6_281_000, Tile(768, 6281)),
        (767_999.49, 6_280_000.51, Tile(767, 6281)),
        (767_999.5, 6_280_500, Tile(768, 6281)),  # an edge belongs to the east
        (767_500, 6_280_000.5, Tile(767, 6280)),  # and to the south
        (-1, -1, Tile(-1, 0)),
        (0, 0, Tile(0, 0)),
    ],
)
def test_tile_of_a_point(x: float, y: float, tile: Tile) -> None:
    assert grid.tile_of(x, y) == tile


def test_tile_of_many_points_is_that_of_each() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-5000, 5000, 400), rng.uniform(-5000, 5000, 400)
    tx, ty = grid.tile_of(x, y)
    assert [Tile(int(a), int(b)) for a, b in zip(tx, ty, strict=True)] == [
        grid.tile_of(float(a), float(b)) for a, b in zip(x, y, strict=True)
    ]


def test_cell_of_refuses_a_point_without_position() -> None:
    with pytest.raises(ValueError, match="JUM-B012"):
        grid.cell_of([0.0, np.nan], [0.0, 0.0])


def test_tiles_of_bounds_go_from_north_west_to_south_east() -> None:
    found = grid.tiles_of((766_999, 6_280_000, 768_000, 6_281_001))
    assert [tile.name for tile in found] == [
        "0766_6282",
        "0767_6282",
        "0768_6282",
        "0766_6281",
        "0767_6281",
        "0768_6281",
        "0766_6280",
        "0767_6280",
        "0768_6280",
    ]


def test_tiles_of_the_bounds_of_a_tile_are_itself() -> None:
    for tile in (Tile(767, 6281), Tile(0, 0), Tile(-3, -7)):
        assert grid.tiles_of(tile.bounds) == [tile]


def test_intersection() -> None:
    assert grid.intersection((0, 0, 2, 2), (1, 1, 3, 3)) == (1, 1, 2, 2)
    assert grid.intersection((0, 0, 1, 1), (1, 0, 2, 1)) is None  # an edge has no area
    assert grid.intersection((0, 0, 1, 1), (0, 1, 1, 2)) is None
    assert grid.intersection((0, 0, 1, 1), (5, 5, 6, 6)) is None


def test_slices_place_a_rectangle_in_an_array() -> None:
    outer = (0.5, 0.5, 10.5, 20.5)
    inner = (2.5, 15.5, 5.5, 19.5)
    array = np.zeros(grid.shape(outer))
    rows, columns = grid.slices(inner, outer)
    array[rows, columns] = 1
    x, y = grid.centres(outer)
    inside = (x[None, :] > 2.5) & (x[None, :] < 5.5) & (y[:, None] > 15.5) & (y[:, None] < 19.5)
    np.testing.assert_array_equal(array == 1, inside)


def test_slices_of_the_whole_are_the_whole() -> None:
    outer = (0.5, 0.5, 10.5, 20.5)
    assert grid.slices(outer, outer) == (slice(0, 20), slice(0, 10))


@pytest.mark.parametrize(
    "inner",
    [
        (0.5, 0.5, 11.5, 5.5),
        (-0.5, 0.5, 5.5, 5.5),
        (0.5, -0.5, 5.5, 5.5),
        (0.5, 0.5, 5.5, 21.5),
    ],
)
def test_slices_refuse_a_rectangle_that_leaves_the_array(
    inner: tuple[float, float, float, float],
) -> None:
    with pytest.raises(ValueError, match="JUM-B013"):
        grid.slices(inner, (0.5, 0.5, 10.5, 20.5))
