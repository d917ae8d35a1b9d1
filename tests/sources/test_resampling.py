# SPDX-License-Identifier: EUPL-1.2
"""Grids onto the 1 m grid: bit for bit when aligned, exact on planes, never blurred for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.sources.resampling import axis, resample


def plane(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x[None, :] + 2 * y[:, None]).astype(np.float64)


def onto(step: float, offset: float, count: int, cells: np.ndarray) -> tuple:
    """Return a plane on a source of pixels (step, first edge at offset) and its cells."""
    centres = offset + step * (np.arange(count) + 0.5)
    weights = axis(cells, offset, step, count)
    return resample(plane(centres, centres).astype(np.float32), weights, weights), weights


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
    weights = axis(np.arange(40.0), -0.5, 1.0, 40)
    assert weights.exact and not weights.edge.any()
    got = resample(values, weights, weights)
    assert got.tobytes() == values.tobytes()


def test_a_checkerboard_does_not_blur():
    board = (np.indices((20, 20)).sum(axis=0) % 2).astype(np.float32)
    weights = axis(np.arange(20.0), -0.5, 1.0, 20)
    assert (resample(board, weights, weights) == board).all()
    # Half a metre off, nothing of it can be left: each cell sees four squares.
    shifted = axis(np.arange(1.0, 20.0), 0.0, 1.0, 20)
    assert np.allclose(resample(board, shifted, shifted), 0.5)


def test_half_metre_pixels_on_half_metres_weigh_a_quarter_a_half_a_quarter():
    weights = axis(np.array([3.0]), -0.25, 0.5, 20)
    used = weights.weight[0] > 0
    assert weights.weight[0][used].tolist() == [0.25, 0.5, 0.25]
    assert weights.pixel[0][used].tolist() == [5, 6, 7]


def test_half_metre_pixels_on_whole_edges_are_a_plain_mean():
    weights = axis(np.array([3.5]), 0.0, 0.5, 20)
    used = weights.weight[0] > 0
    assert weights.weight[0][used].tolist() == [0.5, 0.5]


def test_edge_cells_are_those_that_lack_a_neighbour():
    # LiDAR HD: 2000 pixels from 885999.75: only the westernmost cell needs the tile before.
    cells = np.arange(886_000.0, 887_000.0)
    weights = axis(cells, 885_999.75, 0.5, 2000)
    assert weights.edge.tolist() == [True] + [False] * 999
    values = np.full((2000, 2000), 7, np.float32)
    values[:, 0] = 9
    got = resample(values[:4], axis(np.array([0.0]), -0.25, 0.5, 4), weights)
    assert got[0, 0] == 9 and got[0, 1] == 7


def test_no_data_does_not_spread():
    values = np.ones((20, 20), np.float32)
    values[6, 6] = np.nan
    weights = axis(np.arange(10.0), -0.25, 0.5, 20)
    got = resample(values, weights, weights)
    assert np.isfinite(got).all()
    values[4:9, 4:9] = np.nan
    got = resample(values, weights, weights)
    assert np.isnan(got).sum() == 1 or np.isnan(got[3, 3])
    assert set(np.unique(got[np.isfinite(got)])) == {1.0}


def test_one_pixel_fills_its_cells():
    weights = axis(np.array([0.0, 1.0, 2.0]), -0.5, 3.0, 1)
    assert resample(np.array([[4.0]], np.float32), weights, weights).tolist() == [[4.0] * 3] * 3


def test_a_part_of_an_axis_gives_the_same_cells():
    rng = np.random.default_rng(2)
    values = rng.uniform(0, 50, (80, 80)).astype(np.float32)
    weights = axis(np.arange(40.0), -0.25, 0.5, 80)
    whole = resample(values, weights, weights)
    pixels, part = weights.part(slice(11, 29))
    assert (resample(values[pixels, pixels], part, part) == whole[11:29, 11:29]).all()


def test_a_mean_keeps_the_total():
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 50, (80, 80)).astype(np.float32)
    weights = axis(np.arange(40.0) + 0.5, 0.0, 0.5, 80)
    got = resample(values, weights, weights)
    assert got.mean() == pytest.approx(float(values.mean()), rel=1e-6)
