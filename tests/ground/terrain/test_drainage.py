# SPDX-License-Identifier: EUPL-1.2
"""Height above the nearest drainage against a walk down the directions, cell by cell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import fill, flow_accumulation, flow_directions, hand

MOVES = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0)}
MOVES[128] = (-1, 1)


def rough(rng, shape, *, steps=None, holes=0.0, dtype=np.float32):
    z = rng.normal(size=shape) + np.arange(shape[0])[:, None] * 0.1
    if steps is not None:
        z = rng.integers(0, steps, shape).astype(float)
    z[rng.random(shape) < holes] = np.nan
    return z.astype(dtype)


def twin(z, least):
    """Return heights by walking from each cell to its stream."""
    filled, code, total = fill(z), flow_directions(z), flow_accumulation(z)
    out = np.full(z.shape, np.nan, z.dtype)
    for r, c in np.argwhere(~np.isnan(z)):
        y, x = int(r), int(c)
        while total[y, x] < least and int(code[y, x]) in MOVES:
            south, east = MOVES[int(code[y, x])]
            y, x = y + south, x + east
        if total[y, x] >= least:
            out[r, c] = max(filled[r, c] - filled[y, x], 0)
    return out


@pytest.mark.parametrize("case", [{}, {"holes": 0.05}, {"steps": 3}, {"steps": 4, "holes": 0.1}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_heights_as_a_walk(case, dtype):
    rng = np.random.default_rng(1)
    for shape in [(1, 1), (1, 8), (9, 1), (20, 31), (40, 17)]:
        z = rough(rng, shape, dtype=dtype, **case)
        for least in [1, 2, 7, 40, 10**9]:
            got = hand(z, least)
            np.testing.assert_array_equal(got, twin(z, least))
            assert got.dtype == z.dtype
            assert not (got < 0).any()
            assert (got[flow_accumulation(z) >= least] == 0).all()


def test_every_cell_is_a_stream_of_its_own_rain():
    z = rough(np.random.default_rng(2), (12, 15), holes=0.1)
    np.testing.assert_array_equal(hand(z, 1), np.where(np.isnan(z), np.nan, 0))
    assert np.isnan(hand(z, 10**6)).all()


def test_height_above_the_river_of_a_valley():
    y, x = np.mgrid[0:60, -20:21]
    z = 0.5 * np.abs(x) + 0.01 * (60 - y) + 100.0
    got = hand(z, 25)
    assert (got[30:, 20] == 0).all()
    slope = 0.5 * np.abs(x[35:50]) + 0.01 * np.abs(x[35:50])  # down the diagonal to the river
    inner = np.abs(x[35:50]) < 10
    np.testing.assert_allclose(got[35:50][inner], slope[inner], atol=0.011 * 10)


@pytest.mark.parametrize("least", [0, -3, 1.5, "many", True, np.nan, None])
def test_a_stream_has_a_whole_number_of_cells(least):
    with pytest.raises(JumeauError) as caught:
        hand(np.zeros((3, 3)), least)
    assert caught.value.code == "JUM-G037"


def test_whole_numbers_of_any_type_are_taken():
    z = rough(np.random.default_rng(3), (8, 8))
    for least in [5.0, np.int16(5), np.float32(5)]:
        np.testing.assert_array_equal(hand(z, least), hand(z, 5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_heights_by_strips_of_any_height(tmp_path, dtype):
    rng = np.random.default_rng(4)
    meander = np.full((30, 26), 50.0)  # a stream that crosses all strips many times
    meander[1:-1, 1::2] = meander[1, 2::4] = meander[-2, 4::4] = 0.0
    meander[1:-1] += rng.random((28, 26)) * 0.001
    meander[0, 1] = -1.0
    path, out = tmp_path / "dtm.tif", tmp_path / "hand.tif"
    for z in [
        rough(rng, (45, 38), holes=0.02, dtype=dtype),
        rough(rng, (31, 27), steps=3, dtype=dtype),
        meander.astype(dtype),
    ]:
        with rasterio.open(
            path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1,
            dtype=z.dtype.name, nodata=np.nan, crs="EPSG:2154",
            transform=Affine(1, 0, 7e5, 0, -1, 6.3e6),
        ) as target:  # fmt: skip
            target.write(z, 1)
        for least in (5, 60):
            whole = hand(z, least)
            assert np.isfinite(whole).any()
            for rows in (1, 2, 9, 44, None):
                assert hand(path, least, out=out, rows=rows) == out
                with rasterio.open(out) as result:
                    np.testing.assert_array_equal(result.read(1), whole)
    told = []
    with ThreadPoolExecutor(2) as pool:
        hand(path, 60, out=out, rows=4, executor=pool, progress=told.append)
    with rasterio.open(out) as result:
        np.testing.assert_array_equal(result.read(1), whole)
    assert told == sorted(told)
    assert told[-1] == 1
    assert not list(tmp_path.glob(".terrain-*"))
