# SPDX-License-Identifier: EUPL-1.2
"""Fill: equal to a plain priority flood, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import fill

SIDES = (1, 3, 16, 1024)


def terrains(count: int, largest: int, seed: int = 0):
    """Yield rough, stepped and pierced terrains of every shape."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        shape = tuple(rng.integers(1, largest, 2))
        z = rng.random(shape) * 50 if k % 2 else rng.integers(0, rng.integers(1, 9), shape)
        z = np.asarray(z, np.float64 if k % 3 else np.float32)
        if k % 4 < 2:
            z[rng.random(shape) < 0.04] = np.nan
        yield z


@pytest.mark.parametrize("side", SIDES)
def test_equals_a_priority_flood(plain, side):
    for z in terrains(30, 12 if side == 1 else 40):
        found = fill(z, side=side)
        assert found.dtype == z.dtype
        np.testing.assert_array_equal(found, plain.flood(z)[0])


def test_no_depression_is_left_and_nothing_is_lowered():
    rng = np.random.default_rng(1)
    z = rng.random((300, 200), np.float32)
    z[100:140, 50:90] = np.nan
    filled = fill(z, side=64)
    np.testing.assert_array_equal(fill(filled), filled)
    inside = ~np.isnan(z)
    assert (filled[inside] >= z[inside]).all()
    assert np.isin(filled[inside], z[inside]).all(), "levels are elevations, not sums"
    assert (filled[inside] > z[inside]).mean() > 0.1


def test_nan_lets_water_out():
    z = np.ones((9, 9), np.float32)
    z[2:7, 2:7] = 0
    assert fill(z)[4, 4] == 1
    z[4, 4] = np.nan
    assert fill(z)[3, 3] == 0
    assert np.isnan(fill(z)[4, 4])


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2)])
def test_thin_terrains_keep_their_values(shape):
    z = np.random.default_rng(2).random(shape)
    np.testing.assert_array_equal(fill(z, side=3), z)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_one_value_everywhere(value):
    z = np.full((33, 20), value, np.float32)
    np.testing.assert_array_equal(fill(z, side=8), z)


def test_a_long_way_out_crosses_many_blocks():
    z = np.full((41, 41), 9.0, np.float32)
    z[1:-1:2, 1:-1] = 1.0  # corridors, joined by their ends in turn, each door a little higher
    for k, row in enumerate(range(2, 40, 2)):
        z[row, -2 if k % 2 else 1] = 1.0 + k / 100
    z[-2, -1] = 0.5
    whole = fill(z, side=64)
    for side in (2, 5, 13):
        np.testing.assert_array_equal(fill(z, side=side), whole)
    assert whole[1, 20] == np.float32(1.18), "the highest door on the way"
    assert whole[39, 20] == 1.0


def test_integers_views_and_masks_are_read():
    z = np.random.default_rng(3).integers(0, 50, (30, 41))
    expected = fill(z.astype(np.float64))
    for given in (z, z.astype(np.int16), z.astype(np.uint8), np.asfortranarray(z)):
        np.testing.assert_array_equal(fill(given), expected)
    np.testing.assert_array_equal(fill(z[::-1, ::2]), fill(z[::-1, ::2].astype(np.float32)))
    masked = np.ma.masked_array(z, z == 7)
    np.testing.assert_array_equal(fill(masked), fill(np.where(z == 7, np.nan, z)))


def test_the_terrain_given_is_left_as_it_is():
    z = np.random.default_rng(4).random((20, 20))
    before = z.copy()
    fill(z, side=8)
    np.testing.assert_array_equal(z, before)


def test_progress_rises_to_one():
    told = []
    fill(np.random.default_rng(5).random((40, 40)), side=10, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("given", "options", "code"),
    [
        (np.zeros(3), {}, "JUM-G031"),
        (np.zeros((0, 3)), {}, "JUM-G031"),
        (np.array([["a"]]), {}, "JUM-G030"),
        (np.array([[1, np.inf]]), {}, "JUM-G032"),
        (np.zeros((3, 3)), {"out": "there.tif"}, "JUM-G013"),
        ("nowhere.tif", {}, "JUM-G013"),
        ("nowhere.tif", {"out": "there.tif"}, "JUM-G012"),
        (np.zeros((3, 3)), {"side": 0}, "JUM-G015"),
    ],
)
def test_bad_input_is_told(given, options, code):
    with pytest.raises(JumeauError) as told:
        fill(given, **options)
    assert told.value.code == code


def test_a_module_does_not_hide_the_function_of_its_name():
    from importlib import import_module

    from jumeau.ground import terrain

    import_module("jumeau.ground.terrain.catchments")
    assert all(callable(getattr(terrain, name)) for name in terrain.__all__)
    with pytest.raises(AttributeError):
        _ = terrain.nothing
