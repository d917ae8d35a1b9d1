# SPDX-License-Identifier: EUPL-1.2
"""Catchments against walks down the directions, and against the accumulation at each outlet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import catchments, flow_accumulation, flow_directions

MOVES = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0)}
MOVES[128] = (-1, 1)


def twin(code, outlets):
    """Return labels by walking from each cell."""
    number = {cell: i + 1 for i, cell in enumerate(outlets)}
    labels = np.zeros(code.shape, np.int32)
    for r, c in np.argwhere(code != 247):
        cell = (int(r), int(c))
        while cell not in number and int(code[cell]) in MOVES:
            south, east = MOVES[int(code[cell])]
            cell = (cell[0] + south, cell[1] + east)
            if not (0 <= cell[0] < code.shape[0] and 0 <= cell[1] < code.shape[1]):
                break
        labels[r, c] = number.get(cell, 0)
    return labels


def rough(rng, shape, holes=0.05, steps=None):
    z = rng.normal(size=shape) + np.arange(shape[0])[:, None] * 0.1
    if steps:
        z = rng.integers(0, steps, shape).astype(float)
    z[rng.random(shape) < holes] = np.nan
    return z.astype(np.float32)


@pytest.mark.parametrize("steps", [None, 3])
def test_labels_and_areas(steps):
    rng = np.random.default_rng(6)
    for shape in [(1, 1), (1, 7), (25, 32), (40, 11)]:
        z = rough(rng, shape, steps=steps, holes=0.05 if max(shape) > 9 else 0)
        code, total = flow_directions(z), flow_accumulation(z)
        cells = np.argwhere(~np.isnan(z))
        chosen = rng.permutation(len(cells))[:12]
        outlets = [tuple(int(v) for v in cells[i]) for i in chosen]
        got = catchments(z, outlets, cell_size=5.0)
        np.testing.assert_array_equal(got.labels, twin(code, outlets))
        for i, cell in enumerate(outlets):
            assert got.labels[cell] == i + 1
            assert got.areas_m2[i] == 25.0 * total[cell]
            assert got.own_m2[i] == 25.0 * (got.labels == i + 1).sum()
            above = got.own_m2[i] + got.areas_m2[got.downstream == i + 1].sum()
            assert above == got.areas_m2[i]
        again = catchments(code, outlets, cell_size=5.0)
        np.testing.assert_array_equal(again.labels, got.labels)
        np.testing.assert_array_equal(again.areas_m2, got.areas_m2)


def test_directions_that_point_off_the_raster_end_there():
    code = np.array([[16, 16, 64, 1], [4, 247, 4, 2]], np.uint8)
    got = catchments(code, [(0, 1), (1, 2)])
    np.testing.assert_array_equal(got.labels, [[0, 1, 0, 0], [0, 0, 2, 0]])
    assert got.downstream.tolist() == [0, 0]


def test_no_outlet_is_no_catchment():
    empty = np.empty((0, 2), int)
    got = catchments(np.zeros((3, 3)), empty)
    assert (got.labels == 0).all()
    assert got.areas_m2.size == 0


CIRCLE = np.array([[1, 4], [64, 16]], np.uint8)


@pytest.mark.parametrize(
    ("terrain", "outlets", "code"),
    [
        (np.zeros((3, 3)), [(3, 0)], "JUM-G038"),
        (np.zeros((3, 3)), [(0, -1)], "JUM-G038"),
        (np.full((3, 3), np.nan), [(0, 0)], "JUM-G038"),
        (np.zeros((3, 3)), [(0, 0), (0, 0)], "JUM-G039"),
        (np.zeros((3, 3)), [(0, 0, 1)], "JUM-G039"),
        (np.zeros((3, 3)), [(0, 0), (1,)], "JUM-G039"),
        (np.zeros((3, 3)), [(0.5, 0.0)], "JUM-G039"),
        (np.zeros((3, 3)), (1, 1), "JUM-G039"),
        (np.full((3, 3), 3, np.uint8), [(0, 0)], "JUM-G040"),
        (np.zeros(3, np.uint8), [(0, 0)], "JUM-G031"),
        (np.zeros(3), [(0, 0)], "JUM-G031"),
        (np.pad(CIRCLE, ((0, 1), (0, 0))), [(2, 0)], "JUM-G041"),
        (CIRCLE, [(0, 0)], "JUM-G041"),
        (CIRCLE, [(0, 0), (1, 1)], "JUM-G041"),
    ],
)
def test_bad_inputs_are_coded(terrain, outlets, code):
    with pytest.raises(JumeauError) as caught:
        catchments(terrain, outlets)
    assert caught.value.code == code


def saved(path, values, nodata):
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype=values.dtype.name, nodata=nodata, crs="EPSG:2154",
        transform=Affine(1, 0, 7e5, 0, -1, 6.3e6),
    ) as target:  # fmt: skip
        target.write(values, 1)
    return path


def test_the_same_catchments_by_strips_of_any_height(tmp_path):
    rng = np.random.default_rng(5)
    z = rough(rng, (43, 36), steps=5)
    outlets = [tuple(int(v) for v in cell) for cell in rng.permutation(np.argwhere(z >= 0))[:15]]
    whole = catchments(z, outlets, 2.0)
    terrain = saved(tmp_path / "dtm.tif", z, np.nan)
    directions = saved(tmp_path / "d8.tif", flow_directions(z), 247)
    out = tmp_path / "labels.tif"
    with ThreadPoolExecutor(2) as pool:
        for path in (terrain, directions):
            for rows, executor in [(1, None), (2, pool), (10, None), (None, pool)]:
                got = catchments(path, outlets, 2.0, out=out, rows=rows, executor=executor)
                with rasterio.open(got.labels) as result:
                    np.testing.assert_array_equal(result.read(1), whole.labels)
                for mine, theirs in zip(got[1:], whole[1:], strict=True):
                    np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("rows", [1, 2, 4, None])
def test_directions_that_turn_across_strips_are_found(tmp_path, rows):
    code = np.zeros((4, 6), np.uint8)
    code[:, 1:3] = [[1, 4], [64, 4], [64, 4], [64, 16]]
    path = saved(tmp_path / "d8.tif", code, 247)
    for outlets in [[(0, 0)], [(2, 2)]]:
        with pytest.raises(JumeauError) as caught:
            catchments(path, outlets, out=tmp_path / "labels.tif", rows=rows)
        assert caught.value.code == "JUM-G041"
    code[0, 0] = 247
    saved(path, code, 247)
    with pytest.raises(JumeauError) as caught:
        catchments(path, [(0, 0)], out=tmp_path / "labels.tif", rows=rows)
    assert caught.value.code in ("JUM-G038", "JUM-G041")
