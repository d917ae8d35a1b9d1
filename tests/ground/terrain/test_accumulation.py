# SPDX-License-Identifier: EUPL-1.2
"""Accumulation: every cell counted once on the way to its outlet."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.ground.terrain import flow_accumulation, flow_directions, paths
from jumeau.ground.terrain.accumulation import accumulation_of


@pytest.mark.parametrize("steps", [2, 5, 1000])
def test_equals_a_walk_from_each_cell(plain, steps):
    rng = np.random.default_rng(steps)
    z = rng.integers(0, steps, (47, 38)).astype(np.float32)
    z[rng.random(z.shape) < 0.02] = np.nan
    expected = plain.counted(plain.flood(z)[1])
    for side in (5, 1024):
        np.testing.assert_array_equal(flow_accumulation(z, side=side), expected)


def test_outlets_receive_every_cell():
    rng = np.random.default_rng(1)
    z = rng.random((150, 170))
    z[60:80, 20:50] = np.nan
    cells, code = flow_accumulation(z), flow_directions(z)
    assert cells[code == 0].sum() == np.isfinite(z).sum()
    assert (cells[np.isnan(z)] == 0).all()
    assert (cells[np.isfinite(z)] >= 1).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_a_slope_of_one_line_counts_up(shape):
    z = np.arange(shape[0] * shape[1], dtype=float).reshape(shape)
    np.testing.assert_array_equal(flow_accumulation(z).ravel(), 1 + np.arange(z.size)[::-1])


def test_no_terrain_no_cell():
    assert flow_accumulation(np.full((4, 5), np.nan)).sum() == 0


@pytest.mark.parametrize("rows", [1, 2, 3, 10])
def test_bands_joined_by_their_rims_give_the_whole(rows):
    """Bands counted alone, their rims joined, then counted with what enters them."""
    rng = np.random.default_rng(rows)
    z = np.add.outer(np.arange(41), np.zeros(30)) * rng.choice([-0.1, 0.1]) + rng.random((41, 30))
    code = flow_directions(z)
    tops = range(0, 41, rows)
    rims = [
        paths.rim_of(code[top : top + rows], accumulation_of(code[top : top + rows]))
        for top in tops
    ]
    enters = paths.join_rims(*(np.stack(item) for item in zip(*rims, strict=True)))
    whole = accumulation_of(code)
    for top, entered in zip(tops, enters, strict=True):
        band = code[top : top + rows]
        total = np.ones(band.shape, np.int32)
        total[0] += entered[:30].astype(np.int32)
        total[-1] += entered[30:].astype(np.int32)
        paths.count_cells(band, total)
        np.testing.assert_array_equal(total, whole[top : top + rows])
