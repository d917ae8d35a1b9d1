# SPDX-License-Identifier: EUPL-1.2
"""The surface between ground points: planes, cliffs, seams, and errors against plain triangles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from jumeau.sources.lidar import terrain, tin

SIDE = 200_000
WHOLE = (0, 0, 200, 200)


def scattered(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    u, v = np.random.default_rng(seed).integers(0, SIDE, (2, count))
    _, first = np.unique(u * SIDE + v, return_index=True)
    return u[first].astype(np.int32), v[first].astype(np.int32)


def ground(kind: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    x, y = u / 1000, v / 1000
    if kind == "valley":
        d = np.abs(y - 100 - 20 * np.sin(x / 30))
        z = 40 + 0.15 * d - 2 * np.exp(-((d / 3) ** 2))
    elif kind == "quarry":
        z = np.where(np.hypot(x - 100, y - 100) < 60, 20.0, 32.0) + 0.3 * np.sin(x / 9)
    elif kind == "embankment":
        d = np.abs(y - 0.3 * x - 70) / np.hypot(1, 0.3)
        z = 25 + np.clip(4 - (d - 3).clip(0) / 1.5, 0, 4)
    else:
        z = 30 + 0 * x
    return 1000 * z


def on_cells(u, v, z, cells=WHOLE, left_out=None):
    def inside(box):
        found = (u >= 1000 * box[0]) & (u < 1000 * box[2])
        return found & (v >= 1000 * box[1]) & (v < 1000 * box[3])

    def points(box):
        chosen = inside(box)
        return u[chosen], v[chosen], z[chosen]

    def outside(box, circles):
        window = tuple(1000 * edge for edge in box)
        return bool(tin.holds(circles, u, v, window))

    return terrain.interpolate(points, outside, cells, WHOLE)


def test_a_plane_comes_back_whatever_the_points():
    u, v = scattered(3000)
    v[::6] = v[0]  # a line of points, and thin triangles around it
    found = on_cells(u, v, 3000.0 + 0.2 * u - 0.1 * v).altitude
    c, r = np.meshgrid(np.arange(200), np.arange(200))
    truth = 3 + 0.2 * (c + 0.5) - 0.1 * (r + 0.5)
    assert np.abs(found - truth)[10:-10, 10:-10].max() < 1e-4


def test_flat_ground_stays_flat_to_the_bit():
    u, v = scattered(3000, 1)
    assert set(np.unique(on_cells(u, v, np.full(u.size, 30_250.0)).altitude)) == {np.float32(30.25)}


def test_no_wave_at_a_cliff_nor_at_the_edge_of_a_void():
    u, v = scattered(8000, 2)
    void = np.hypot(u - 60_000, v - 60_000) < 25_000
    u, v = u[~void], v[~void]
    z = np.where(u < SIDE // 2, 10_000.0, 45_000.0)
    found = on_cells(u, v, z).altitude
    assert found.min() == np.float32(10) and found.max() == np.float32(45)
    assert (found[10:-10, :90] == np.float32(10)).all()
    assert (found[10:-10, 110:] == np.float32(45)).all()


@pytest.mark.parametrize("count", [400, 4000, 40_000])
def test_a_part_has_the_bits_of_the_whole(count):
    u, v = scattered(count, 3)
    void = np.hypot(u - 100_000, v - 90_000) < 30_000
    u, v = u[~void], v[~void]
    z = ground("valley", u, v) + np.random.default_rng(0).normal(0, 300, u.size)
    whole = on_cells(u, v, z)
    order = np.random.default_rng(1).permutation(u.size)
    for cells in ((80, 80, 120, 120), (60, 100, 93, 131), (120, 60, 150, 100)):
        part = on_cells(u[order], v[order], z[order], cells)
        place = np.s_[cells[1] : cells[3], cells[0] : cells[2]]
        for a, b in zip(whole, part, strict=True):
            assert np.array_equal(a[place], b, equal_nan=True)


@pytest.mark.parametrize(
    ("kind", "noise"),
    [
        *((kind, noise) for kind in ("valley", "quarry", "embankment") for noise in (0.0, 50.0)),
        ("flat", 50.0),
    ],
)
@pytest.mark.parametrize("count", [4000, 40_000])
def test_errors_at_withheld_points_are_less_than_those_of_plain_triangles(kind, count, noise):
    squares = np.zeros(2)
    for seed in range(4, 8):
        u, v = scattered(count, seed)
        rng = np.random.default_rng(seed + 1)
        z = ground(kind, u, v) + (rng.normal(0, noise, u.size) if noise else 0.0)
        out = rng.random(u.size) < 0.1
        for k, plain in enumerate((False, True)):
            value, _, _ = tin.at_points(u[~out], v[~out], z[~out], u[out], v[out], plain=plain)
            squares[k] += np.nansum((value - z[out]) ** 2)
    assert squares[0] <= 0.98 * squares[1]  # 1 % of the root


def test_plain_triangles_are_linear():
    u, v = scattered(3000, 9)
    z = ground("valley", u, v)
    value, _, _ = tin.at_points(u[::2], v[::2], z[::2], u[1::2], v[1::2], plain=True)
    peer = LinearNDInterpolator(np.c_[u[::2], v[::2]], z[::2])(u[1::2], v[1::2])
    assert np.nanmax(np.abs(value - peer)) < 1e-6
