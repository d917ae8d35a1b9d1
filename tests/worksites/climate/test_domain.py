# SPDX-License-Identifier: EUPL-1.2
"""The ground of a run: datum, closed cells, friction, walls."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate.domain import ground, terrain
from jumeau.worksites.climate.engine import WALL


def made(dtm, manning=0.03, **given):
    return ground(*terrain(dtm), 1.0, manning, **given)


def test_the_lowest_open_cell_is_the_datum():
    land, found = made([[105.5, np.nan], [101.25, 103.0]])
    assert not found
    assert land.domain.datum == 101.25
    np.testing.assert_array_equal(land.domain.bed, np.array([[4.25, WALL], [0.0, 1.75]], "f4"))
    np.testing.assert_array_equal(land.opened, [[True, False], [True, True]])


def test_an_obstacle_in_a_pit_does_not_lower_the_datum():
    land, _ = made([[5.0, -20.0]], obstacles=[[False, True]])
    assert land.domain.datum == 5.0
    assert land.known.all() and land.opened.tolist() == [[True, False]]


def test_high_ground_keeps_its_tenth_of_a_millimetre():
    relief = np.arange(100.0).reshape(10, 10) * 1e-4
    land, _ = made(4000.0 + relief)
    np.testing.assert_allclose(land.domain.bed, relief, atol=1e-9)


def test_friction_is_a_number_or_a_raster():
    land, _ = made(np.zeros((2, 2)), manning=np.float32(0.05))
    assert land.domain.friction == pytest.approx(9.81 * 0.0025)
    land, _ = made(np.zeros((2, 2)), manning=np.full((2, 2), 0.05))
    np.testing.assert_allclose(land.domain.friction, 9.81 * 0.0025, rtol=1e-6)
    assert land.domain.friction.dtype == np.float32
    assert made(np.zeros((2, 2)), manning=0)[0].domain.friction == 0.0


@pytest.mark.parametrize("manning", [30.0, np.full((2, 2), 30.0)])
def test_a_strickler_coefficient_is_noticed(manning):
    _, found = made(np.zeros((2, 2)), manning=manning)
    assert [item.code for item in found] == ["JUM-K030"]
    assert found[0].data["value"] == pytest.approx(30.0)


def test_walls_stand_once_a_face_the_highest_in_order():
    land, _ = made(
        np.full((3, 3), 100.0),
        walls=[
            (2, 1, "west", 101),
            (1, 1, "north", 103),
            (2, 1, "west", 102),
            (1, 1, "west", np.inf),
        ],
    )
    crests = land.domain.crests
    assert crests.row.tolist() == [1, 1, 2] and crests.col.tolist() == [1, 1, 1]
    assert crests.axis.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(crests.level, np.array([3.0, WALL, 2.0], "f4"))


def test_the_given_rasters_are_left_as_they_were():
    dtm, manning = np.array([[1.0, 2.0]]), np.array([[0.03, 0.04]])
    made(dtm, manning=manning, obstacles=np.array([[True, False]]))
    np.testing.assert_array_equal(dtm, [[1.0, 2.0]])
    np.testing.assert_array_equal(manning, [[0.03, 0.04]])
