# SPDX-License-Identifier: EUPL-1.2
"""Walls by orientation, party walls, courtyards, footprints that are none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from jumeau.worksites.buildings import geometry


def walls(shapes: list[object], height: list[float]) -> tuple[np.ndarray, np.ndarray]:
    sound, _ = geometry.footprints(np.array(shapes, dtype=object))
    return geometry.exposed(geometry.edges(sound), np.array(height), len(shapes))


def test_a_box_has_four_walls_that_look_where_they_should() -> None:
    found, shared = walls([shapely.box(0, 0, 10, 8)], [3.0])
    assert found[0] == pytest.approx([30, 24, 30, 24])
    assert shared[0] == 0.0


def test_the_side_that_a_wall_looks_to_does_not_depend_on_the_order_of_the_ring() -> None:
    triangle = [(0, 0), (10, 0), (0, 10)]
    far = affinity.translate(shapely.Polygon(triangle[::-1]), 50, 0)
    found, _ = walls([shapely.Polygon(triangle), far], [1.0, 1.0])
    assert found[0] == pytest.approx(found[1])
    slant = np.hypot(10, 10) / 2  # half of the slanted wall looks north, half east
    assert found[0] == pytest.approx([slant, slant, 10, 10])


@pytest.mark.parametrize("angle", [0, 13, 30, 45, 77, 90, 200])
def test_turning_a_building_keeps_the_sum_of_its_walls(angle: float) -> None:
    shape = affinity.rotate(shapely.box(0, 0, 12, 7), angle)
    found, _ = walls([shape], [5.0])
    assert found.sum() == pytest.approx(2 * (12 + 7) * 5)


def test_neighbours_share_a_wall_up_to_the_lower_of_them() -> None:
    found, shared = walls([shapely.box(0, 0, 10, 8), shapely.box(10.1, 0, 20, 8)], [6.0, 3.0])
    assert shared == pytest.approx([24, 24])
    assert found[0] == pytest.approx([60, 24, 60, 48])
    assert found[1] == pytest.approx([29.7, 24, 29.7, 0], abs=1e-9)


def test_neighbours_that_touch_by_less_than_a_metre_or_stand_apart_share_nothing() -> None:
    corner = [shapely.box(0, 0, 10, 8), shapely.box(10, 7.2, 20, 15)]
    apart = [shapely.box(0, 0, 10, 8), shapely.box(10.5, 0, 20, 8)]
    for shapes in (corner, apart):
        assert walls(shapes, [5.0, 5.0])[1] == pytest.approx([0, 0])


def test_a_building_drawn_twice_is_no_neighbour_of_itself() -> None:
    box = shapely.box(0, 0, 10, 8)
    found, shared = walls([box, box, shapely.box(2, 2, 4, 4)], [5.0] * 3)
    assert shared == pytest.approx([0, 0, 0])
    assert found[0].sum() == pytest.approx(36 * 5)


def test_a_wall_between_two_neighbours_is_never_hidden_twice() -> None:
    middle = shapely.box(0, 0, 10, 8)
    over = [middle, shapely.box(10, 0, 20, 8), shapely.box(10, 0, 30, 5)]
    found, shared = walls(over, [5.0, 5.0, 5.0])
    assert shared[0] == pytest.approx(40)
    assert (found >= 0).all()


def test_a_courtyard_has_walls() -> None:
    shape = shapely.box(0, 0, 10, 8).difference(shapely.box(3, 2, 7, 6))
    found, _ = walls([shape], [5.0])
    assert found[0] == pytest.approx([70, 60, 70, 60])


def test_nothing_has_no_wall_and_a_bow_tie_is_mended() -> None:
    shapes, area = geometry.footprints(
        np.array([None, shapely.Polygon(), shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])],
                 dtype=object)
    )  # fmt: skip
    assert area == pytest.approx([0, 0, 8])
    assert shapely.is_valid(shapes).all()
    found, _ = walls([None], [3.0])
    assert (found == 0).all()


def test_a_row_of_houses_is_sheltered_but_its_ends_are_not() -> None:
    row = [shapely.box(8 * k, 0, 8 * (k + 1), 10) for k in range(5)]
    found, shared = walls(row, [6.0] * 5)
    assert shared == pytest.approx([60, 120, 120, 120, 60])
    assert found[:, 0] == pytest.approx([48.0] * 5)
    assert found[2, [1, 3]] == pytest.approx([0, 0])
