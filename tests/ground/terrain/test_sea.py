# SPDX-License-Identifier: EUPL-1.2
"""Sea-connected flood against scipy's labels, against filling, and at its edges."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy import ndimage

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import sea_flood


def twin(z, level, sea=None):
    """Return depths by labelling cells below the level, ringed by the sea."""
    ground = np.pad(z, 1, constant_values=np.nan)
    at_sea = np.isnan(ground) if sea is None else np.pad(sea, 1).astype(bool)
    with np.errstate(invalid="ignore"):
        opened = (ground < level) | at_sea
    label, _ = ndimage.label(opened, np.ones((3, 3)))
    reached = np.isin(label, np.unique(label[at_sea])) & opened
    depth = np.where(reached, np.maximum(level - ground.astype(float), 0), 0)
    return np.where(np.isnan(ground), np.nan, depth)[1:-1, 1:-1].astype(z.dtype)


def rough(rng, shape, holes, dtype=np.float32):
    z = ndimage.gaussian_filter(rng.normal(size=shape), 1.5) * 5 + rng.normal(size=shape) * 0.3
    z[rng.random(shape) < holes] = np.nan
    return z.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("holes", [0, 0.002, 0.2])
def test_same_flood_as_labels(dtype, holes):
    rng = np.random.default_rng(4)
    for shape in [(1, 1), (1, 30), (30, 1), (2, 3), (57, 83), (200, 64)]:
        z = rough(rng, shape, holes, dtype)
        for level in [-1e6, -0.7, -0.2, 0.0, 0.3, 1e6]:
            np.testing.assert_array_equal(sea_flood(z, level), twin(z, level))
            for share in [0.0, 0.003, 1.0]:
                mask = rng.random(shape) < share
                np.testing.assert_array_equal(sea_flood(z, level, mask), twin(z, level, mask))


def test_flooded_where_the_filled_terrain_is_below_the_level():
    rng = np.random.default_rng(9)
    z = rough(rng, (40, 50), 0.01, np.float64)
    spill, queue = np.full(z.shape, np.inf), []
    for r, c in np.argwhere(~np.isnan(z)):
        around = z[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2]
        if around.size < 9 or np.isnan(around).any():
            heapq.heappush(queue, (z[r, c], r, c))
    while queue:
        height, r, c = heapq.heappop(queue)
        if height < spill[r, c]:
            spill[r, c] = height
            for y in range(max(r - 1, 0), min(r + 2, 40)):
                for x in range(max(c - 1, 0), min(c + 2, 50)):
                    if not np.isnan(z[y, x]):
                        heapq.heappush(queue, (max(height, z[y, x]), y, x))
    for level in np.linspace(-2, 2, 9):
        wet = sea_flood(z, level) > 0
        np.testing.assert_array_equal(wet, spill < level)


def test_a_dyke_holds_until_it_is_cut():
    z = np.zeros((50, 60))
    z[:, 20] = 3.0
    z[:, :20] = 5.0
    z[[0, -1], 21:] = z[:, -1] = 3.0
    assert (sea_flood(z, 2.0) == 0).all()
    z[25, -1] = 1.5
    depth = sea_flood(z, 2.0)
    assert (depth[1:-1, 21:-1] == 2.0).all()
    assert depth[25, -1] == 0.5
    assert (depth[:, :21] == 0).all()
    basin = np.zeros((50, 60), bool)
    basin[30, 30] = True
    z[25, -1] = 9.0
    assert (sea_flood(z, 2.0, basin) > 0).sum() == 48 * 38


def test_diagonal_gap_lets_water_through_and_turning_changes_nothing():
    z = np.full((5, 5), 4.0)
    z[0, 0] = z[1, 1] = z[2, 2] = 1.0
    assert sea_flood(z, 2.0).trace() == 3.0
    rng = np.random.default_rng(8)
    z = rough(rng, (33, 47), 0.01)
    for turn in (np.transpose, np.flipud, np.rot90):
        np.testing.assert_array_equal(sea_flood(turn(z), 0.1), turn(sea_flood(z, 0.1)))


def test_no_ground_is_no_flood():
    assert np.isnan(sea_flood(np.full((3, 4), np.nan), 1.0)).all()
    flat = np.zeros((3, 4))
    assert (sea_flood(flat, 0.0) == 0).all()  # at the level is not below it
    assert (sea_flood(flat, 0.6) == 0.6).all()
    assert (sea_flood(flat, 0.6, np.zeros((3, 4), bool)) == 0).all()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((np.zeros((2, 2)), np.nan), "JUM-G035"),
        ((np.zeros((2, 2)), "high"), "JUM-G035"),
        ((np.zeros((2, 2)), np.inf), "JUM-G035"),
        ((np.zeros((2, 2)), 1.0, np.zeros((3, 2), bool)), "JUM-G036"),
        ((np.zeros((2, 2)), 1.0, np.zeros((2, 2))), "JUM-G036"),
        ((np.zeros(3), 1.0), "JUM-G031"),
    ],
)
def test_bad_inputs_are_coded(arguments, code):
    with pytest.raises(JumeauError) as caught:
        sea_flood(*arguments)
    assert caught.value.code == code


def saved(path, z, nodata=-9999.0):
    values = np.where(np.isnan(z), nodata, z).astype(z.dtype)
    place = {"crs": "EPSG:2154", "transform": Affine(1, 0, 7e5, 0, -1, 6.3e6), "nodata": nodata}
    with rasterio.open(
        path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1, dtype=z.dtype.name,
        **place,
    ) as target:  # fmt: skip
        target.write(values, 1)
    return path


def test_the_same_flood_by_strips_of_any_height(tmp_path):
    rng = np.random.default_rng(12)
    snake = np.full((41, 40), 2.0)  # a ditch that goes back and forth through all strips
    snake[1:-1, 1::2] = snake[1, 2::4] = snake[-2, 4::4] = 0.0
    snake[0, 1] = 0.0
    for name, z in [("rough", rough(rng, (61, 47), 0.01)), ("snake", snake.astype(np.float32))]:
        path = saved(tmp_path / f"{name}.tif", z)
        mask = rng.random(z.shape) < 0.002
        for sea in (None, mask):
            whole = sea_flood(z, 0.4, sea)
            for rows in (1, 2, 7, 60, 100, None):
                out = tmp_path / "depth.tif"
                assert sea_flood(path, 0.4, sea, out=out, rows=rows) == out
                with rasterio.open(out) as result:
                    np.testing.assert_array_equal(result.read(1), whole)
                    assert np.isnan(result.nodata)
                    assert result.crs.to_epsg() == 2154
    with ThreadPoolExecutor(3) as pool:
        told = []
        sea_flood(path, 0.4, out=out, rows=5, executor=pool, progress=told.append)
    with rasterio.open(out) as result:
        np.testing.assert_array_equal(result.read(1), sea_flood(z, 0.4))
    assert told == sorted(told)
    assert told[-1] == 1
    for arguments, code in [
        ({"out": out, "rows": 0}, "JUM-G015"),
        ({}, "JUM-G013"),
        ({"out": out, "sea": np.zeros((2, 2), bool)}, "JUM-G036"),
        ({"out": tmp_path / "none" / "depth.tif"}, "JUM-G014"),
    ]:
        with pytest.raises(JumeauError) as caught:
            sea_flood(path, 0.4, **arguments)
        assert caught.value.code == code
