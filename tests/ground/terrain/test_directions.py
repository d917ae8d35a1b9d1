# SPDX-License-Identifier: EUPL-1.2
"""Directions: those of a plain priority flood, cell by cell, flats and ties included."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.ground.terrain import fill, flow_directions
from jumeau.ground.terrain.directions import directions_of


def flats(count: int, largest: int, seed: int = 0):
    """Yield terrains made of flats, pierced or not, wide or thin."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        shape = tuple(rng.integers(1, largest, 2))
        z = rng.integers(0, rng.integers(1, 7), shape).astype(np.float32)
        if k % 2:
            z[rng.random(shape) < 0.03] = np.nan
        if k % 3 == 0:
            z = np.repeat(np.repeat(z, 3, 1), 2, 0)
        yield z


@pytest.mark.parametrize("seed", range(4))
def test_equals_a_priority_flood(plain, seed):
    for z in flats(20, 40, seed):
        np.testing.assert_array_equal(flow_directions(z), plain.flood(z)[1])


def test_rough_terrains_equal_a_priority_flood(plain):
    rng = np.random.default_rng(9)
    for _ in range(10):
        z = rng.random(tuple(rng.integers(2, 60, 2)), np.float32)
        np.testing.assert_array_equal(flow_directions(z, side=16), plain.flood(z)[1])


def test_double_precision_is_rounded_first(plain):
    z = 100 + np.random.default_rng(8).random((50, 70)) * 1e-4
    expected = plain.flood(z.astype(np.float32))[1]
    np.testing.assert_array_equal(flow_directions(z), expected)


def test_wide_rows_cross_the_words_of_the_sweep(plain):
    z = np.random.default_rng(7).integers(0, 3, (9, 400)).astype(np.float32)
    np.testing.assert_array_equal(flow_directions(z), plain.flood(z)[1])


def test_tall_terrains_cross_the_bands_of_the_sweep(plain):
    z = np.random.default_rng(6).integers(0, 3, (300, 9)).astype(np.float32)
    z[100:180, 1:-1] = 1
    np.testing.assert_array_equal(flow_directions(z), plain.flood(z)[1])


@pytest.mark.parametrize("value", [5.0, np.nan])
def test_one_value_everywhere(plain, value):
    z = np.full((70, 130), value, np.float32)
    np.testing.assert_array_equal(flow_directions(z), plain.flood(z)[1])


def test_a_flat_entered_from_below_is_climbed(plain):
    """A comb of dead ends, whose only way out is at its foot: the sweep must come back up."""
    z = np.full((60, 61), 9.0, np.float32)
    z[1:-2, 1:-1:2] = 4
    z[-3, 1:-1] = 4
    z[-3:, 30] = [4, 3, 2]
    code = flow_directions(z)
    np.testing.assert_array_equal(code, plain.flood(z)[1])
    assert (code[1:-3, 1:-1:2] != 0).all()


def test_water_always_goes_to_a_cell_as_low_or_lower(plain):
    rng = np.random.default_rng(5)
    filled = fill(rng.integers(0, 20, (90, 80)).astype(np.float32))
    code = directions_of(filled)
    ways = {value: step for step, value in plain.CODES.items()}
    for r, c in np.argwhere(code):
        dr, dc = ways[int(code[r, c])]
        assert filled[r + dr, c + dc] <= filled[r, c]
    assert (code[1:-1, 1:-1] != 0).all(), "only the edge has outlets"
