# SPDX-License-Identifier: EUPL-1.2
"""Grids onto the 1 m grid: bit for bit when aligned, exact on planes, never blurred for nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jumeau.sources.resampling import Axis, axis, continued, needing, resample


def plane(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x[None, :] + 2 * y[:, None]).astype(np.float64)


def cells_of(values: np.ndarray, offset: float, step: float, cells: np.ndarray) -> np.ndarray:
    """Return square values brought onto cells, their edges continued."""
    weights = axis(cells, offset, step)
    first, last = (weights.span[0] - 2, weights.span[1] + 2)
    wide = np.full((last - first, last - first), np.nan, np.float32)
    there = np.zeros(wide.shape, bool)
    inside = slice(max(first, 0), min(last, len(values)))
    place = slice(inside.start - first, inside.stop - first)
    wide[place, place], there[place, place] = values[inside, inside], True
    part = weights.within(first, last)
    return resample(continued(wide, there, 1 + math.ceil(0.5 / step)), part, part)


def onto(step: float, offset: float, count: int, cells: np.ndarray) -> tuple:
    """Return a plane on a source of pixels (step, first edge at offset) and its cells."""
    centres = offset + step * (np.arange(count) + 0.5)
    values = plane(centres, centres).astype(np.float32)
    return cells_of(values, offset, step, cells), axis(cells, offset, step)


@pytest.mark.parametrize(
    ("step", "offset"),
    [
        (1, -0.5),
        (0.5, -0.25),
        (0.5, 0.0),
        (0.2, -0.1),
        (0.2, 0.05),
        (0.3, 0.1),
        (0.25, -0.125),
        (4, 0.1),
        (5, 0.0),
        (5, -2.5),
        (1, 0.0),
        (1, -0.3),
        (2, 0.0),
        (25, -7.3),
    ],
)
def test_a_plane_stays_exactly_that_plane(step: float, offset: float):
    count = round(60 / step)
    cells = np.arange(np.ceil(offset), np.ceil(offset + count * step))
    got, weights = onto(step, offset, count, cells)
    assert np.abs(got - plane(cells, cells)).max() < 2e-4
    assert np.allclose(weights.weight.sum(axis=1), 1)


def test_aligned_metres_are_copied_bit_for_bit():
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 100, (40, 40)).astype(np.float32)
    values[3, 5] = np.nan
    weights = axis(np.arange(40.0), -0.5, 1.0)
    assert weights.exact
    got = resample(values, weights, weights)
    assert got.tobytes() == values.tobytes()


def test_a_checkerboard_does_not_blur():
    board = (np.indices((20, 20)).sum(axis=0) % 2).astype(np.float32)
    weights = axis(np.arange(20.0), -0.5, 1.0)
    assert (resample(board, weights, weights) == board).all()
    # Half a metre off, nothing of it can be left: each cell sees four squares.
    shifted = axis(np.arange(1.0, 20.0), 0.0, 1.0)
    assert np.allclose(resample(board, shifted, shifted), 0.5)


def test_half_metre_pixels_on_half_metres_weigh_a_quarter_a_half_a_quarter():
    weights = axis(np.array([3.0]), -0.25, 0.5)
    used = weights.weight[0] > 0
    assert weights.weight[0][used].tolist() == [0.25, 0.5, 0.25]
    assert weights.pixel[0][used].tolist() == [5, 6, 7]


def test_half_metre_pixels_on_whole_edges_are_a_plain_mean():
    weights = axis(np.array([3.5]), 0.0, 0.5)
    used = weights.weight[0] > 0
    assert weights.weight[0][used].tolist() == [0.5, 0.5]


def test_edge_cells_are_those_that_lack_a_neighbour():
    # LiDAR HD: 2000 pixels from 885999.75: only the westernmost cell needs the tile before.
    weights = axis(np.arange(886_000.0, 887_000.0), 885_999.75, 0.5)
    assert weights.span == (-1, 2000)
    absent = np.zeros((3, 2001), bool)
    absent[:, 0] = True
    one = Axis(np.array([[1]]), np.ones((1, 1)), True)
    assert needing(absent, one, weights.within(-1, 2000))[0].tolist() == [True] + [False] * 999


def test_absent_pixels_follow_the_slope_and_join_what_is_known():
    values = np.full((5, 7), np.nan, np.float32)
    values[1:4, 1:3] = [[1, 3], [2, 4], [3, 5]]
    values[1:4, 4:6] = [[9, 10], [10, 11], [11, 12]]
    got = continued(values, np.isfinite(values), 1)
    assert got[1].tolist() == [-1, 1, 3, 6, 9, 10, 11]  # a gap of one is filled by the mean
    assert got[0, 1:3].tolist() == [0, 2] and got[4, 1:3].tolist() == [4, 6]
    assert np.isfinite(got).all()  # corners too
    assert np.isnan(values[0, 0])  # what was given is left as it is


def test_pixels_without_data_are_no_pixels_that_lack():
    values = np.ones((4, 4), np.float32)
    values[1, 1] = np.nan
    assert np.isnan(continued(values, np.ones((4, 4), bool), 3)[1, 1])


def test_nothing_is_continued_further_than_asked():
    values = np.full((1, 6), np.nan, np.float32)
    values[0, :2] = [1, 2]
    assert continued(values, np.isfinite(values), 2)[0, :4].tolist() == [1, 2, 3, 4]
    assert np.isnan(continued(values, np.isfinite(values), 2)[0, 4:]).all()


def test_no_data_does_not_spread():
    values = np.ones((20, 20), np.float32)
    values[6, 6] = np.nan
    got = cells_of(values, -0.25, 0.5, np.arange(10.0))
    assert np.isfinite(got).all()
    values[4:9, 4:9] = np.nan
    got = cells_of(values, -0.25, 0.5, np.arange(10.0))
    assert np.isnan(got).sum() == 1 or np.isnan(got[3, 3])
    assert set(np.unique(got[np.isfinite(got)])) == {1.0}


def test_one_pixel_fills_its_cells():
    got = cells_of(np.array([[4.0]], np.float32), -0.5, 3.0, np.array([0.0, 1.0, 2.0]))
    assert got.tolist() == [[4.0] * 3] * 3


def test_a_part_of_an_axis_gives_the_same_cells():
    rng = np.random.default_rng(2)
    values = rng.uniform(0, 50, (80, 80)).astype(np.float32)
    whole = cells_of(values, -0.25, 0.5, np.arange(40.0))
    part = axis(np.arange(11.0, 29.0), -0.25, 0.5)
    first, last = part.span
    inside = part.within(first, last)
    cut = values[first:last, first:last]
    assert (resample(cut, inside, inside) == whole[11:29, 11:29]).all()


def test_a_mean_keeps_the_total():
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 50, (80, 80)).astype(np.float32)
    weights = axis(np.arange(40.0) + 0.5, 0.0, 0.5).within(0, 80)
    got = resample(values, weights, weights)
    assert got.mean() == pytest.approx(float(values.mean()), rel=1e-6)
