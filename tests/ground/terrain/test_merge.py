# SPDX-License-Identifier: EUPL-1.2
"""Fill–spill–merge against a twin that moves water between lakes made of plain sets of cells."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine

from jumeau.base.errors import JumeauError
from jumeau.ground.terrain import fill_spill_merge
from jumeau.ground.terrain.merge import standing_water

AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
PAIRS = [(0, 1), (1, -1), (1, 0), (1, 1)]


def rough(rng, shape, *, steps=None, holes=0.0, dtype=np.float32):
    """Return a random terrain; `steps` altitudes make flats, `holes` is the share of NaN."""
    z = rng.normal(size=shape).cumsum(axis=0) * 0.3 + rng.normal(size=shape)
    if steps is not None:
        z = rng.integers(0, steps, shape).astype(float)
    z[rng.random(shape) < holes] = np.nan
    return z.astype(dtype)


def inside(z, r, c):
    return 0 <= r < z.shape[0] and 0 <= c < z.shape[1] and not np.isnan(z[r, c])


def plain_fill(z):
    """Priority-flood (Barnes 2014) in plain Python."""
    out, seen, queue = z.copy(), np.isnan(z), []
    for r, c in np.argwhere(~np.isnan(z)):
        if not all(inside(z, r + y, c + x) for y, x in AROUND):
            seen[r, c] = True
            queue.append((z[r, c], r, c))
    heapq.heapify(queue)
    while queue:
        level, r, c = heapq.heappop(queue)
        for y, x in AROUND:
            if inside(z, r + y, c + x) and not seen[r + y, c + x]:
                seen[r + y, c + x] = True
                out[r + y, c + x] = max(z[r + y, c + x], level)
                heapq.heappush(queue, (out[r + y, c + x], r + y, c + x))
    return out


def plain_basins(z):
    """Return the basin of each cell, its pit's number; 0 outside, −1 on NaN."""
    down, pit = {}, {}
    cells = [(int(r), int(c)) for r, c in np.argwhere(~np.isnan(z))]
    for r, c in cells:
        drops = [
            (z[r, c] - z[r + y, c + x]) * z.dtype.type(np.float32(np.sqrt(0.5)) if y and x else 1)
            if inside(z, r + y, c + x)
            else -np.inf
            for y, x in AROUND
        ]
        best = int(np.argmax(drops))
        if drops[best] > 0:
            down[r, c] = (r + AROUND[best][0], c + AROUND[best][1])
        elif -np.inf in drops:
            pit[r, c] = 0
    while True:  # level ground, ring after ring
        ring = {}
        for r, c in cells:
            for y, x in AROUND:
                other = (r + y, c + x)
                known = other in down or other in pit
                if (r, c) not in down and (r, c) not in pit and known and z[other] == z[r, c]:
                    ring[r, c] = other
                    break
        if not ring:
            break
        down |= ring
    count = 0
    for cell in cells:
        if cell not in down and cell not in pit:
            count += 1
            bottom = [cell]
            for r, c in bottom:
                pit[r, c] = count
                for y, x in AROUND:
                    other = (r + y, c + x)
                    if inside(z, *other) and z[other] == z[r, c] and other not in pit:
                        pit[other] = count
                        bottom.append(other)
    label = np.full(z.shape, -1)
    for cell in cells:
        at = cell
        while at not in pit:
            at = down[at]
        label[cell] = pit[at]
    return label, count


def plain_passes(z, label):
    """Return {(from, to): (level, −drop, place)} of the lowest way between basins."""
    found = {}
    ny, nx = z.shape
    for r in range(ny):
        for c in range(nx):
            a = max(label[r, c], 0)
            if r in (0, ny - 1) or c in (0, nx - 1):
                met = [(4, a, 0, z[r, c], -np.inf)] if label[r, c] > 0 else []
            else:
                met = []
            for k, (y, x) in enumerate(PAIRS):
                if not (0 <= r + y < ny and 0 <= c + x < nx):
                    continue
                la, lb = label[r, c], label[r + y, c + x]
                p, q = z[r, c], z[r + y, c + x]
                if la < 0 or lb < 0:
                    met.append((k, a, max(lb, 0), q if la < 0 else p, -np.inf))
                else:
                    slope = abs(p - q) * z.dtype.type(np.sqrt(0.5) if x and y else 1)
                    met.append((k, a, lb, max(p, q), -slope))
            for k, a, b, level, fall in met:
                if a != b:
                    key = (level, fall, 8 * (r * nx + c) + k)
                    for pair in ((a, b), (b, a)):
                        found[pair] = min(found.get(pair, (np.inf,)), key)
    return found


def twin(z, rain):
    """Return (depth, left): lakes, as sets of basins, that overflow until none does."""
    label, count = plain_basins(z)
    passes = plain_passes(z, label)
    rain = np.broadcast_to(rain, z.shape)
    left = float(rain[label == 0].sum())
    lakes = {i: ({i}, float(rain[label == i].sum())) for i in range(1, count + 1)}
    home = {i: i for i in lakes}

    def way_out(basins):
        ways = [(key, b) for (a, b), key in passes.items() if a in basins and b not in basins]
        return min(ways)

    def volume(basins, level):
        depth = level - z[np.isin(label, list(basins))].astype(float)
        return depth[depth > 0].sum()

    def overflowing(name):
        (level, *_), _ = way_out(lakes[name][0])
        return lakes[name][1] > volume(lakes[name][0], level) * (1 + 1e-12)

    while True:
        name = next((n for n in lakes if overflowing(n)), None)
        if name is None:
            break
        basins, water = lakes[name]
        key, beyond = way_out(basins)
        room = volume(basins, key[0])
        if beyond == 0:
            left += water - room
            lakes[name] = (basins, room)
            continue
        other = home[beyond]
        theirs, more = lakes[other]
        back, towards = way_out(theirs)
        if back == key and towards in basins and more >= volume(theirs, key[0]) * (1 - 1e-12):
            lakes[name] = (basins | theirs, water + more)
            del lakes[other]
            home |= dict.fromkeys(theirs, name)
        else:
            lakes[name] = (basins, room)
            lakes[other] = (theirs, more + water - room)
    depth = np.where(label < 0, np.nan, 0.0)
    for basins, water in lakes.values():
        member = np.isin(label, list(basins))
        low, high = float(z[member].min()), float(z[member].max()) + 1e9
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if volume(basins, middle) < water else (low, middle)
        depth[member] = np.maximum(low - z[member], 0)
    return depth, left


CASES = [
    {},
    {"holes": 0.08},
    {"steps": 4},
    {"steps": 3, "holes": 0.1},
    {"steps": 9, "dtype": np.float64},
    {"dtype": np.float64, "holes": 0.02},
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("rain", [0.02, 0.3, 2.0])
def test_same_lakes_as_the_twin(case, rain):
    rng = np.random.default_rng(7)
    for shape in [(9, 11), (14, 6), (12, 12)]:
        z = rough(rng, shape, **case)
        got = standing_water(z, rain)
        depth, left = twin(z, rain)
        np.testing.assert_allclose(got.depth, depth, atol=2e-6 if z.dtype == np.float32 else 1e-11)
        assert got.left == pytest.approx(left, abs=1e-9)
        assert got.depth.dtype == z.dtype


def test_rain_that_varies_falls_where_it_falls():
    rng = np.random.default_rng(3)
    z = rough(rng, (13, 12), holes=0.05)
    rain = rng.exponential(0.2, z.shape)
    depth, left = twin(z, rain)
    got = standing_water(z, np.where(np.isnan(z), np.nan, rain))
    np.testing.assert_allclose(got.depth, depth, atol=2e-6)
    assert got.left == pytest.approx(left)
    assert got.rain == pytest.approx(rain[~np.isnan(z)].sum())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_endless_rain_fills_and_none_leaves_dry(case):
    rng = np.random.default_rng(11)
    for shape in [(1, 1), (1, 9), (7, 1), (2, 2), (30, 41), (64, 23)]:
        z = rough(rng, shape, **case)
        np.testing.assert_array_equal(fill_spill_merge(z, np.inf), plain_fill(z) - z)
        np.testing.assert_array_equal(fill_spill_merge(z, 1e6), plain_fill(z) - z)
        np.testing.assert_array_equal(fill_spill_merge(z, 0), np.where(np.isnan(z), np.nan, 0))
        np.testing.assert_array_equal(
            fill_spill_merge(z, np.full(shape, np.inf)), plain_fill(z) - z
        )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_water_is_kept_and_grows_with_rain(case):
    rng = np.random.default_rng(5)
    z = rough(rng, (90, 120), **case)
    before = np.zeros(z.shape)
    for rain in [1e-9, 1e-4, 0.01, 0.1, 0.5, 3.0, 50.0]:
        got = standing_water(z, rain, cell_size=2.0)
        volume = 4.0 * np.nansum(got.depth, dtype=float)
        assert got.rain == pytest.approx(4.0 * rain * (~np.isnan(z)).sum())
        assert got.relative_error <= 1e-9
        assert abs(got.rain - got.stored - got.left) <= 1e-9 * got.rain
        assert volume == pytest.approx(got.stored, rel=1e-9 if z.dtype == np.float64 else 1e-5)
        assert (got.depth[~np.isnan(z)] >= before[~np.isnan(z)] - 1e-6).all()
        before = got.depth


def test_turned_terrain_gives_turned_water():
    rng = np.random.default_rng(2)
    z = rough(rng, (70, 50), holes=0.03, dtype=np.float64)
    for rain in [0.05, 0.6]:
        depth = fill_spill_merge(z, rain)
        for turn in (np.transpose, np.flipud, np.fliplr, np.rot90):
            turned = fill_spill_merge(turn(z), rain)
            np.testing.assert_allclose(turned, turn(depth), atol=1e-12)


def test_a_bowl_keeps_all_its_rain_and_two_bowls_pour_into_each_other():
    y, x = np.mgrid[-30:31, -30:31]
    bowl = 0.01 * (x**2 + y**2)
    got = standing_water(bowl, 0.1)
    assert got.left == 0
    assert got.depth.sum() == pytest.approx(0.1 * bowl.size, rel=1e-12)
    wet = got.depth > 0
    assert np.ptp((bowl + got.depth)[wet]) < 1e-12
    pair = np.array([[9.0] * 7, [9, 1, 9, 3, 9, 9, 9], [9.0] * 7])
    pair[1, 2] = 5.0
    rain = np.zeros(pair.shape)
    rain[1, 1] = 5.0  # 4 m fill the first hole, 1 m spills into the second
    np.testing.assert_allclose(fill_spill_merge(pair, rain)[1], [0, 4, 0, 1, 0, 0, 0], atol=1e-12)
    rain[1, 1] = 7.5  # both full at 5 m, and 1.5 m over three cells
    np.testing.assert_allclose(
        fill_spill_merge(pair, rain)[1], [0, 4.5, 0.5, 2.5, 0, 0, 0], atol=1e-12
    )


def test_long_chain_of_depressions_and_many_equal_passes():
    stairs = np.full((3, 2001), 1e4)
    stairs[1] = np.where(np.arange(2001) % 2, 0.0, 1.0 + np.arange(2001)[::-1])
    got = standing_water(stairs, 3.0)
    assert got.relative_error <= 1e-9
    np.testing.assert_array_equal(fill_spill_merge(stairs, np.inf), plain_fill(stairs) - stairs)
    board = np.where(np.indices((60, 60)).sum(axis=0) % 2, 1.0, 0.0)
    np.testing.assert_array_equal(fill_spill_merge(board, 9.0), plain_fill(board) - board)
    comb = np.where(np.arange(400) % 2, 0.0, 1.0)[None, :] + np.zeros((5, 1))
    comb[[0, -1]] = 5.0
    assert standing_water(comb, 0.2).relative_error <= 1e-9


def test_no_ground_flat_ground_and_other_types():
    assert np.isnan(fill_spill_merge(np.full((4, 5), np.nan), 1.0)).all()
    assert standing_water(np.full((4, 5), np.nan), 1.0).relative_error == 0
    np.testing.assert_array_equal(fill_spill_merge(np.zeros((6, 7)), 1.0), np.zeros((6, 7)))
    hole = np.full((5, 5), 3, np.int16)
    hole[2, 2] = 1
    assert fill_spill_merge(hole, 0.125)[2, 2] == 1.125  # the rain of nine cells
    masked = np.ma.masked_equal(hole, 1)
    assert np.isnan(fill_spill_merge(masked, 1.0)[2, 2])
    assert fill_spill_merge(hole.astype(">f4")[:, ::-1], 9.0)[2, 2] == 2.0


@pytest.mark.parametrize(
    ("dtm", "rain", "code"),
    [
        (np.array([["a"]]), 1.0, "JUM-G030"),
        (np.zeros(4), 1.0, "JUM-G031"),
        (np.zeros((0, 3)), 1.0, "JUM-G031"),
        (np.array([[np.inf, 1.0]]), 1.0, "JUM-G032"),
        (np.array([[-3.4e38, 1.0]], np.float32), 1.0, "JUM-G032"),
        (np.zeros((2, 2)), np.zeros((2, 3)), "JUM-G033"),
        (np.zeros((2, 2)), "60mm", "JUM-G033"),
        (np.zeros((2, 2)), -0.1, "JUM-G034"),
        (np.zeros((2, 2)), np.nan, "JUM-G034"),
        (np.zeros((2, 2)), np.array([[0, 1], [-1, 0]]), "JUM-G034"),
        (np.zeros((2, 2)), np.array([[0, 1], [np.nan, 0]]), "JUM-G034"),
    ],
)
def test_bad_inputs_are_coded(dtm, rain, code):
    with pytest.raises(JumeauError) as caught:
        fill_spill_merge(dtm, rain)
    assert caught.value.code == code


def saved(path, z):
    with rasterio.open(
        path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1,
        dtype=z.dtype.name, nodata=np.nan, crs="EPSG:2154",
        transform=Affine(1, 0, 7e5, 0, -1, 6.3e6),
    ) as target:  # fmt: skip
        target.write(z, 1)
    return path


def winding(shape):
    """Return level ditches that go back and forth through all strips, two of them closed."""
    z = np.full(shape, 6.0)
    z[1:-1, 1::2] = 2.0
    z[1, 2::4] = z[-2, 4::4] = 2.0
    z[1:-1, [8, 16]] = 5.0
    z[0, 1] = 1.0
    return z


def layouts(rng):
    yield rough(rng, (37, 29), holes=0.02)
    yield rough(rng, (31, 33), steps=3)
    yield rough(rng, (26, 30), steps=2, holes=0.02, dtype=np.float64)
    yield winding((24, 26)).astype(np.float32)
    yield np.zeros((9, 7), np.float32)
    yield np.full((6, 5), np.nan, np.float32)


@pytest.mark.parametrize("case", range(6))
def test_the_same_water_by_strips_of_any_height(tmp_path, case):
    rng = np.random.default_rng(8)
    z = list(layouts(rng))[case]
    path, out = saved(tmp_path / "dtm.tif", z), tmp_path / "depth.tif"
    for rain in [0.03, 0.7, np.inf, rng.exponential(0.3, z.shape)]:
        whole = standing_water(z, rain, 2.0)
        for rows in (1, 2, 3, 11, None):
            got = standing_water(path, rain, 2.0, out=out, rows=rows)
            with rasterio.open(got.depth) as result:
                np.testing.assert_array_equal(result.read(1), whole.depth)
            assert got[1:] == whole[1:]
    assert not list(tmp_path.glob(".terrain-*"))


def test_strips_work_on_an_executor_and_tell_how_far_they_are(tmp_path):
    z = rough(np.random.default_rng(10), (60, 50), steps=6)
    path, out, told = saved(tmp_path / "dtm.tif", z), tmp_path / "depth.tif", []
    with ThreadPoolExecutor(3) as pool:
        got = fill_spill_merge(path, 0.2, out=out, rows=7, executor=pool, progress=told.append)
    assert got == out
    with rasterio.open(out) as result:
        np.testing.assert_array_equal(result.read(1), fill_spill_merge(z, 0.2))
        assert result.crs.to_epsg() == 2154
    assert told == sorted(told)
    assert told[-1] == 1
    for arguments, code in [
        ({}, "JUM-G013"),
        ({"out": out, "rows": 0}, "JUM-G015"),
        ({"out": out, "rain_m": np.ones((2, 2))}, "JUM-G033"),
        ({"out": out, "rain_m": np.full(z.shape, -1.0)}, "JUM-G034"),
        ({"out": out, "dtm": tmp_path / "none.tif"}, "JUM-G012"),
    ]:
        with pytest.raises(JumeauError) as caught:
            fill_spill_merge(**{"dtm": path, "rain_m": 0.1, **arguments})
        assert caught.value.code == code
