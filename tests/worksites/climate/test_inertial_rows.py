# SPDX-License-Identifier: EUPL-1.2
"""Row kernels of the local-inertial solver against their plain NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import inertial_rows as rows
from jumeau.worksites.climate import inertial_sweep  # noqa: F401  (compiles the kernels as used)

G = 9.81
WIDTH = 77


def field(seed: int, low: float, high: float) -> np.ndarray:
    """Return a row with room around it."""
    values = np.random.default_rng(seed).uniform(low, high, WIDTH + 40).astype(np.float32)
    return values


def at(values: np.ndarray, shift: int = 0) -> int:
    """Return the address of cell 0 of a row, which has 16 cells before it."""
    return values.ctypes.data + 4 * (16 + shift)


def cut(values: np.ndarray, shift: int = 0, count: int = WIDTH) -> np.ndarray:
    return values[16 + shift : 16 + shift + count].astype(np.float64)


def twin(hf, rise, q, before, after, across, friction, dt, dx):
    size = np.hypot(q, across)
    deep = np.maximum(hf, 1e-4)
    loose = np.maximum(1.0 - 5.0 * friction * deep ** (-4.0 / 3.0) * dx, 0.0)
    theta = np.maximum(1.0 - dt / dx * size / deep * loose, 0.75)
    mean = theta * q + 0.5 * (1.0 - theta) * (before + after)
    new = (mean - G * deep * dt / dx * rise) / (1.0 + dt * friction * size * deep ** (-7.0 / 3.0))
    return np.where(hf > 1e-4, new, 0.0)


def pace(dt: float, dx: float) -> tuple[np.float32, np.float32, np.float32]:
    return np.float32(dt / dx), np.float32(G) * np.float32(dt / dx), np.float32(dt)


@pytest.mark.parametrize("friction", [0.0, 0.01])
def test_discharges_along_rows_follow_the_equation(friction: float) -> None:
    bed, depth = field(0, 0.0, 1.0), field(1, 0.0, 1.0)
    depth[depth < 0.3] = 0.0
    bed[40:44] = 1e30
    depth[40:44] = 0.0
    owed = field(6, -1e-3, 1e-3)  # much more than in life, to be seen
    q, north, south = field(2, -0.2, 0.2), field(3, -0.2, 0.2), field(4, -0.2, 0.2)
    rough = field(5, friction, 2 * friction)
    out = np.full(WIDTH + 40, 9.0, np.float32)
    rows.flux_x(
        at(bed), at(depth), at(owed), at(q), at(north), at(south), at(rough), at(out), WIDTH,
        *pace(0.11, 1.3),
    )  # fmt: skip
    z, h, h1 = cut(bed), cut(depth), cut(depth, 1)
    step = cut(bed, 1) - z
    hf = np.maximum(h - np.maximum(step, 0.0), h1 + np.minimum(step, 0.0))
    across = 0.25 * (cut(north) + cut(north, 1) + cut(south) + cut(south, 1))
    expected = twin(
        hf, step + h1 - h + cut(owed, 1) - cut(owed), cut(q), cut(q, -1), cut(q, 1), across,
        0.5 * (cut(rough) + cut(rough, 1)), 0.11, 1.3,
    )  # fmt: skip
    assert (expected == 0.0).any() and (expected != 0.0).any()
    np.testing.assert_allclose(cut(out), expected, rtol=2e-5, atol=1e-6)
    assert out[15] == 9.0 and out[16 + WIDTH] == 9.0


def test_discharges_across_rows_follow_the_equation() -> None:
    bed, bed_s = field(0, 0.0, 1.0), field(1, 0.0, 1.0)
    depth, depth_s = field(2, 0.0, 1.0), field(3, 0.0, 1.0)
    q_n, q, q_s = (field(seed, -0.2, 0.2) for seed in (4, 5, 6))
    x, x_s = field(7, -0.2, 0.2), field(8, -0.2, 0.2)
    rough, rough_s = field(9, 0.001, 0.01), field(10, 0.001, 0.01)
    owed, owed_s = field(11, -1e-3, 1e-3), field(12, -1e-3, 1e-3)
    out = np.full(WIDTH + 40, 9.0, np.float32)
    rows.flux_y(
        *map(at, (bed, bed_s, depth, depth_s, owed, owed_s, q_n, q, q_s, x, x_s)),
        *map(at, (rough, rough_s, out)), WIDTH, *pace(0.11, 1.3),
    )  # fmt: skip
    step = cut(bed_s) - cut(bed)
    hf = np.maximum(cut(depth) - np.maximum(step, 0.0), cut(depth_s) + np.minimum(step, 0.0))
    across = 0.25 * (cut(x) + cut(x, -1) + cut(x_s) + cut(x_s, -1))
    expected = twin(
        hf, step + cut(depth_s) - cut(depth) + cut(owed_s) - cut(owed), cut(q), cut(q_n),
        cut(q_s), across, 0.5 * (cut(rough) + cut(rough_s)), 0.11, 1.3,
    )  # fmt: skip
    np.testing.assert_allclose(cut(out), expected, rtol=2e-5, atol=1e-6)
    assert out[15] == 9.0 and out[16 + WIDTH] == 9.0


def test_a_cell_gives_no_more_than_it_holds() -> None:
    depth, x = field(0, 0.0, 0.1), field(1, -1.0, 1.0)
    north, south = field(2, -1.0, 1.0), field(3, -1.0, 1.0)
    share, out = np.ones(WIDTH + 40, np.float32), np.zeros_like(x)
    assert rows.limits(at(depth), at(x), at(north), at(south), at(share), WIDTH, np.float32(0.1))
    leaves = 0.1 * (
        np.maximum(cut(x, 1), 0) - np.minimum(cut(x), 0)
        + np.maximum(cut(south), 0) - np.minimum(cut(north), 0)
    )  # fmt: skip
    expected = np.minimum(cut(depth) / np.maximum(leaves, 1e-30), 1.0)
    assert (expected < 1.0).any() and (expected == 1.0).any()
    np.testing.assert_allclose(cut(share), expected, rtol=1e-6)
    out[:] = x
    rows.scale(at(out), at(share, -1), at(share), WIDTH)
    positive = cut(x) > 0.0
    np.testing.assert_allclose(
        cut(out), cut(x) * np.where(positive, cut(share, -1), cut(share)), rtol=1e-6
    )


def test_no_share_is_needed_where_there_is_water_enough() -> None:
    depth, q = field(0, 1.0, 2.0), field(1, -1.0, 1.0)
    share = np.zeros(WIDTH + 40, np.float32)
    assert not rows.limits(at(depth), at(q), at(q), at(q), at(share), WIDTH, np.float32(0.1))
    assert (cut(share) == 1.0).all()


def test_depths_and_what_they_are_owed_add_up() -> None:
    bed, depth, owed = field(0, 0.0, 1.0), field(1, 4.0, 6.0), field(2, -1e-8, 1e-8)
    bed[30:34] = 1e30
    x, north, south = field(3, -1e-4, 1e-4), field(4, -1e-4, 1e-4), field(5, -1e-4, 1e-4)
    for q in (north, south):
        q[30:34] = 0.0
    x[30:35] = 0.0
    depth[30:34] = owed[30:34] = 0.0
    rain = np.full(WIDTH + 40, 3e-6, np.float32)
    thick, keep_x, keep_y = (np.zeros(WIDTH + 40, np.float32) for _ in range(3))
    before, h = cut(depth) + cut(owed), cut(depth)
    top, moved, flows = rows.advance(
        *map(at, (bed, depth, owed, x, north, south, rain, keep_x, keep_y, thick)), WIDTH,
        np.float32(0.1), np.float32(0.1),
    )  # fmt: skip
    fall = np.where(cut(bed) < 1e29, 3e-7, 0.0)
    expected = before + 0.1 * (cut(x) - cut(x, 1) + cut(north) - cut(south)) + fall
    np.testing.assert_allclose(cut(depth) + cut(owed), expected, rtol=0.0, atol=2e-11)
    assert np.abs(cut(owed)).max() < 3e-7
    np.testing.assert_array_equal(cut(thick), np.maximum(cut(depth), h))
    np.testing.assert_array_equal(cut(keep_x), cut(x, 1))
    np.testing.assert_array_equal(cut(keep_y), cut(south))
    assert keep_x[15] == keep_x[16 + WIDTH] == 0.0
    assert moved and flows and np.int32(top).view(np.float32) == depth[16 : 16 + WIDTH].max()


def test_infiltration_takes_at_most_the_water_there_is() -> None:
    depth, owed = field(0, 0.0, 2e-3), np.zeros(WIDTH + 40, np.float32)
    rate = np.full(WIDTH + 40, 1e-3, np.float32)
    lanes = np.zeros(8)
    before = cut(depth)
    rows.lose(at(depth), at(owed), at(rate), lanes.ctypes.data, WIDTH, np.float32(1.0))
    gone = np.minimum(before, np.float32(1e-3))
    np.testing.assert_allclose(cut(depth) + cut(owed), before - gone, atol=1e-12)
    assert cut(depth).min() == 0.0
    np.testing.assert_allclose(lanes.sum(), gone.sum(), rtol=1e-12)
    assert lanes[3] == pytest.approx(gone[3::8].sum(), rel=1e-12)


def test_extremes_rise_and_never_fall() -> None:
    depth, thick = field(0, 0.0, 0.1), field(1, 0.05, 0.1)
    x, north, south = field(2, -0.1, 0.1), field(3, -0.1, 0.1), field(4, -0.1, 0.1)
    deepest, fastest = field(5, 0.0, 0.1), field(6, 0.0, 1.0)
    arrival, squares = np.full(WIDTH + 40, np.nan, np.float32), np.zeros(WIDTH + 40, np.float32)
    arrival[20:30] = 4.0
    deepest[20:30] = np.maximum(deepest[20:30], 0.011)
    deepest[30:] = np.where(np.arange(deepest.size)[30:] % 2, 0.005, deepest[30:])
    arrival[deepest > 0.01] = 4.0
    old = cut(deepest), cut(fastest), cut(arrival)
    rows.extremes(
        *map(at, (depth, thick, x, north, south, deepest, fastest, arrival, squares)), WIDTH,
        np.float32(7.0),
    )  # fmt: skip
    speed = np.hypot(cut(x) + cut(x, 1), cut(north) + cut(south)) / 2 / cut(thick)
    speed = np.where(cut(depth) > 1e-3, speed, 0.0)
    np.testing.assert_array_equal(cut(deepest), np.maximum(old[0], cut(depth)))
    np.testing.assert_allclose(cut(fastest), np.maximum(old[1], speed), rtol=1e-6)
    first = np.where(np.isnan(old[2]) & (cut(depth) > np.float32(0.01)), 7.0, old[2])
    np.testing.assert_array_equal(cut(arrival), first)


def test_an_advance_tells_whether_anything_moves() -> None:
    zero = np.zeros(WIDTH + 40, np.float32)
    depth, x, south = field(1, 0.0, 1.0), zero.copy(), zero.copy()
    kept = [np.ones(WIDTH + 40, np.float32) for _ in range(3)]

    def advance(rain: np.ndarray = zero) -> tuple[int, int]:
        _, moved, flows = rows.advance(
            *map(at, (zero, depth, zero.copy(), x, south, south, rain, *kept)), WIDTH,
            np.float32(0.1), np.float32(0.1),
        )  # fmt: skip
        return moved, flows

    south[16 + 5] = -0.0
    assert advance() == (0, 0)
    assert not cut(kept[0]).any() and not cut(kept[1]).any()
    south[16 + 70] = 1e-30
    moved, flows = advance()
    assert moved == 0 and flows != 0 and kept[1][16 + 70] == np.float32(1e-30)
    south[16 + 70] = 0.0
    rain = zero.copy()
    rain[16 + WIDTH - 1] = 1e-9  # lost in the depth, kept in what it is owed
    moved, flows = advance(rain)
    assert moved != 0 and flows == 0


@pytest.mark.parametrize("count", [1, 16, 63, 64, 65, 77, 200])
def test_both_discharges_at_once_are_those_of_each_alone_to_the_bit(count: int) -> None:
    rng = np.random.default_rng(3)
    given = [rng.random(400).astype(np.float32) for _ in range(13)]
    bed, _, depth, _, owed, _, north, south, _, x, _, rough, _ = given
    bed[100:110] = 1e30
    depth[rng.random(400) < 0.3] = 0.0
    apart, both = np.full((2, 400), 9.0, np.float32), np.full((2, 400), 9.0, np.float32)
    steps = pace(0.11, 1.3)
    rows.flux_x(*map(at, (bed, depth, owed, x, north, south, rough, apart[0])), count, *steps)
    rows.flux_y(*map(at, (*given, apart[1])), count, *steps)
    rows.fluxes(*map(at, (*given, *both, bed, bed)), 1600, count, *steps)
    np.testing.assert_array_equal(apart, both)
    assert (both[:, 15] == 9.0).all() and (both[:, 16 + count] == 9.0).all()
