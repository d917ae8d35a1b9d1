# SPDX-License-Identifier: EUPL-1.2
"""The finite-volume engine against closed forms, rest, budgets and itself."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate.engine import (
    CLOSED,
    FREE,
    GRAVITY,
    STAGE,
    WALL,
    Crests,
    Domain,
    Forcing,
    Sides,
)
from jumeau.worksites.climate.hllc import Hllc

F = np.float32
NONE = np.zeros(0)


def crests(*walls):
    row, col, axis, level = zip(*walls, strict=True) if walls else ((), (), (), ())
    return Crests(
        np.array(row, np.int64),
        np.array(col, np.int64),
        np.array(axis, np.uint8),
        np.array(level, F),
    )


def sides(ny, nx, **kinds):
    lengths = {"west": ny, "east": ny, "north": nx, "south": nx}
    return Sides(
        *(np.full(n, kinds.get(name, CLOSED), np.uint8) for name, n in lengths.items()),
        *(np.zeros(n, F) for n in lengths.values()),
    )


def engine(bed, depth, manning=0.0, cell=1.0, threads=1, skip=True, edges=None, walls=()):
    bed = np.ascontiguousarray(bed, F)
    domain = Domain(bed, 0.0, GRAVITY * manning**2, cell, crests(*walls))
    depth = np.ascontiguousarray(depth, F)
    return Hllc(domain, edges or sides(*bed.shape), depth, threads, skip)


def forcing(rain=0.0, loss=0.0, cells=(), volumes=(), imposed=(), levels=()):
    number = lambda value: value if isinstance(value, np.ndarray) else F(value)  # noqa: E731
    return Forcing(
        number(rain), number(loss), np.array(cells, np.int64), np.array(volumes, np.float64),
        np.array(imposed, np.int64), np.array(levels, F),
    )  # fmt: skip


def run(water, end, given=None, start=0.0, longest=np.inf, before=None):
    """Advance to ``end``; return what entered by the sides, the rain and the rest [m³]."""
    time, entered = start, 0.0
    while end - time > 1e-9 * max(end, 1.0):
        if before:
            before(time)
        dt = min(water.largest_step(), longest, end - time)
        done = water.step(dt, time + dt, given(dt) if given else forcing())
        assert done.stable
        entered += done.sides.sum() + done.rained - done.infiltrated + done.imposed + done.unmet
        time += dt
    return entered


def line(values, rows=3):
    return np.tile(np.asarray(values, np.float64), (rows, 1))


def misfit(found, exact):
    return np.abs(found - exact).sum() / exact.sum()


# closed forms


def test_dam_breaks_onto_a_dry_bed():
    x = np.arange(400) - 199.5
    water = engine(line(0 * x), line(np.where(x < 0, 10.0, 0.0)))
    run(water, 8.0)
    c = np.sqrt(GRAVITY * 10.0)
    xi = np.clip(x / 8.0, -c, 2 * c)
    exact = (2 * c - xi) ** 2 / (9 * GRAVITY)
    assert misfit(water.depth[1], exact) < 0.006
    assert abs(water.depth[1, 199:201].mean() / (4 / 9 * 10.0) - 1) < 0.02
    u = np.where(x / 8.0 < -c, 0.0, 2 / 3 * (c + xi))
    deep = exact > 0.5
    assert np.abs(water.speed()[1] - u)[deep].mean() < 0.15


def test_dam_breaks_onto_water():
    x = np.arange(300) - 149.5
    water = engine(line(0 * x), line(np.where(x < 0, 10.0, 1.0)))
    run(water, 8.0)
    plateau = (x > 20) & (x < 60)
    assert np.abs(water.depth[1, plateau] - 3.96175).max() < 0.02
    assert abs(x[water.depth[1] > 2.5].max() - 9.81929 * 8.0) < 1.5


def test_dam_break_along_columns_is_the_one_along_rows():
    x = np.arange(80)
    depth = np.where(x < 40, 2.0, 0.3)
    rows, columns = engine(line(0.01 * x, 5), line(depth, 5), 0.02), None
    columns = engine(line(0.01 * x, 5).T, line(depth, 5).T, 0.02)
    run(rows, 6.0)
    run(columns, 6.0)
    assert np.array_equal(rows.depth, columns.depth.T)
    assert np.array_equal(rows.speed(), columns.speed().T)


def test_thacker_runs_up_a_parabolic_canal():
    x = (np.arange(300) - 149.5) * 0.1
    omega = np.sqrt(2 * GRAVITY * 4.0) / 10.0
    bed = 4.0 * x * x / 100.0

    def exact(time):
        cosine = np.cos(omega * time)
        return np.maximum(4.0 + 0.16 * cosine * (x - cosine) - bed, 0.0)

    water = engine(line(bed), line(exact(0.0)), cell=0.1)
    before, period = water.storage(), 2 * np.pi / omega
    for share in (0.25, 0.5, 1.0):
        run(water, share * period, start=period * {0.25: 0.0, 0.5: 0.25, 1.0: 0.5}[share])
        assert misfit(water.depth[1], exact(share * period)) < 0.01
    assert abs(water.storage() / before - 1) < 1e-7


def test_thacker_breathes_in_a_bowl():
    x = (np.arange(90) - 44.5) * 80.0
    r2 = x[:, None] ** 2 + x**2
    d, length, start = 1000.0, 2500.0, 2000.0
    a = (length**4 - start**4) / (length**4 + start**4)
    omega = 2 / length * np.sqrt(2 * GRAVITY * d)
    bed = -d * (1 - r2 / length**2)

    def exact(time):
        c = 1 - a * np.cos(omega * time)
        level = d * (np.sqrt(1 - a * a) / c - 1 - r2 / length**2 * ((1 - a * a) / c**2 - 1))
        return np.maximum(level - bed, 0.0)

    water = engine(bed - bed.min(), exact(0.0), cell=80.0)
    before = water.storage()
    run(water, np.pi / omega)
    assert misfit(water.depth, exact(np.pi / omega)) < 0.05
    assert abs(water.storage() / before - 1) < 1e-7


def test_subcritical_flow_over_a_bump():
    x = (np.arange(250) + 0.5) * 0.1
    bed = np.where(abs(x - 10) < 2, 0.2 - 0.05 * (x - 10) ** 2, 0.0)
    head = 2.0 + 4.42**2 / (2 * GRAVITY * 4.0)
    roots = [np.roots([1, z - head, 0, 4.42**2 / (2 * GRAVITY)]) for z in bed]
    exact = np.array([max(r.real) for r in roots])
    edges = sides(2, 250, east=STAGE)
    edges.level_east[:] = 2.0
    water = engine(line(bed, 2), line(exact, 2), cell=0.1, edges=edges)
    water._fields.u[:] = 4.42 / exact
    run(water, 60.0, lambda dt: forcing(cells=[0, 250], volumes=[4.42 * dt / 0.1] * 2))
    inside = slice(10, None)  # beyond the cells where water enters without momentum
    assert np.abs(water.depth[1] - exact)[inside].max() < 0.005
    assert np.abs(water.depth[1] * water.speed()[1] / 4.42 - 1)[inside].max() < 0.005


def test_film_of_rain_on_a_plane():
    x, slope, manning, rate = np.arange(100) + 0.5, 0.01, 0.05, 60 / 3.6e6
    water = engine(line(slope * (100 - x)), line(0 * x), manning, edges=sides(3, 100, east=FREE))
    entered = run(water, 1800.0, lambda dt: forcing(rain=rate), longest=1.0)
    exact = (manning * rate * x / np.sqrt(slope)) ** 0.6
    assert np.abs(water.depth[1] / exact - 1)[20:].max() < 0.03
    assert abs(entered / water.storage() - 1) < 1e-6


def test_wave_that_does_not_break():
    x, manning = (np.arange(100) + 0.5) * 20.0, 0.03
    edges = sides(1, 100, west=STAGE)

    def exact(at, time):
        return np.maximum(7 / 3 * manning**2 * (time - at), 0.0) ** (3 / 7)

    def rise(time):
        edges.level_west[:] = exact(0.0, time + 1.0)

    water = engine(line(0 * x, 1), line(0 * x, 1), manning, cell=20.0, edges=edges)
    entered = run(water, 1200.0, longest=2.0, before=rise)
    assert np.sqrt(((water.depth[0] - exact(x, 1200.0)) ** 2).mean()) < 0.04
    assert abs(entered / water.storage() - 1) < 1e-6


def test_manning_balances_a_slope():
    slope, manning, depth = 0.002, 0.03, 0.5
    x = np.arange(200) + 0.5
    q = np.sqrt(slope) / manning * depth ** (5 / 3)
    water = engine(
        line(slope * (200 - x), 2), line(0 * x + depth, 2), manning, edges=sides(2, 200, east=FREE)
    )
    run(water, 600.0, lambda dt: forcing(cells=[0, 200], volumes=[q * dt] * 2))
    assert np.abs(water.depth[0, 20:] / depth - 1).max() < 0.02


# rest, budgets, limits


@pytest.mark.parametrize("datum", [0.0, 1234.567])
@pytest.mark.parametrize("manning", [0.0, 0.03])
def test_partly_wet_lake_stays_at_rest(datum, manning):
    rng = np.random.default_rng(4)
    ground = datum + 3.0 * rng.random((60, 90))
    depth = np.maximum(datum + 2.0 - ground, 0.0).astype(F)
    bed = ground - ground.min()
    bed[rng.random(bed.shape) < 0.03] = WALL
    depth[bed == WALL] = 0.0
    water = engine(bed, depth, manning)
    run(water, 30.0)
    assert water.speed_max.max() <= 1e-6
    assert np.abs(water.depth - depth).max() <= 1e-6


def test_lakes_on_both_sides_of_a_wall_stay_until_one_overtops():
    bed = np.zeros((6, 20), F)
    depth = line(np.where(np.arange(20) < 10, 2.0, 0.5), 6)
    walls = [(row, 10, 1, 2.5) for row in range(6)]
    water = engine(bed, depth, walls=walls)
    run(water, 10.0)
    assert water.speed_max.max() == 0.0
    low = engine(bed, depth, 0.03, walls=[(row, 10, 1, 1.8) for row in range(6)])
    run(low, 60.0)
    assert abs(low.depth[:, :10].mean() - 1.8) < 0.1
    assert abs(low.storage() / water.storage() - 1) < 1e-7
    across = engine(bed.T, depth.T, 0.03, walls=[(10, row, 0, 1.8) for row in range(6)])
    run(across, 60.0)
    assert np.allclose(across.depth.T, low.depth, atol=1e-5)


def rough(threads=1, skip=True):
    """A breach over rough ground with holes, walls, open sides and springs."""
    rng = np.random.default_rng(9)
    ny, nx = 70, 1200
    y, x = np.mgrid[0:ny, 0:nx]
    bed = 0.3 * np.sin(x / 17) * np.cos(y / 11) + x / 900 + rng.normal(0, 0.02, (ny, nx))
    bed -= bed.min()
    bed[rng.random(bed.shape) < 0.004] = WALL
    depth = np.where((x - 960) ** 2 + (y - 30) ** 2 < 200, 2.5, 0.0)
    depth[bed == WALL] = 0.0
    edges = sides(ny, nx, west=STAGE, east=FREE, north=FREE)
    edges.level_west[:] = 0.6
    edges.kind_west[:30] = CLOSED
    for kinds, beds in zip(edges[:4], (bed[:, 0], bed[:, -1], bed[0], bed[-1]), strict=True):
        kinds[beds == WALL] = CLOSED
    walls = [
        (int(rng.integers(1, ny)), int(rng.integers(1, nx)), int(rng.integers(2)), rng.random() * 3)
        for _ in range(300)
    ]
    return engine(bed, depth, 0.03, threads=threads, skip=skip, edges=edges, walls=walls)


@pytest.mark.parametrize(("threads", "skip"), [(1, True), (2, True), (3, False)])
def test_same_bits_whatever_the_threads_and_the_tiles(threads, skip):
    given = forcing(cells=[20 * 1200 + 500, 30 * 1200 + 960], volumes=[0.01, -0.02])
    first, second = rough(1, False), rough(threads, skip)
    moved = [run(water, 6.0, lambda _dt: given) for water in (first, second)]
    assert moved[0] == moved[1]
    for name in ("depth", "depth_max", "speed_max", "arrival"):
        one, other = getattr(first, name), getattr(second, name)
        assert np.array_equal(one, other, equal_nan=True), name
    assert first.froude() == second.froude()
    second.close()
    assert np.array_equal(first.speed(), second.speed())


def test_mass_is_closed_with_everything_on():
    water = rough()
    rng = np.random.default_rng(2)
    rain, loss = (rng.random((70, 1200)) * 1e-5).astype(F), np.full((70, 1200), 3e-6, F)
    before, entered, time = water.storage(), 0.0, 0.0
    opened = np.flatnonzero(water._fields.bed.ravel() < WALL)
    spring, sink, held = np.sort(rng.choice(opened, 3, replace=False))
    for _ in range(50):
        dt = water.largest_step()
        time += dt
        given = forcing(rain, loss, [spring, sink], [0.01, -0.5], [held], [2.0])
        done = water.step(dt, time, given)
        entered += done.sides.sum() + done.rained - done.infiltrated + done.imposed
        entered += 0.01 - 0.5 + done.unmet
        assert min(done.rained, done.infiltrated, done.unmet) >= 0.0
    assert abs(water.storage() - before - entered) < 1e-7 * before
    assert water.depth.min() >= 0.0
    assert not np.isnan(water.depth).any()


def test_slow_rain_on_deep_water_is_not_lost():
    water = engine(np.zeros((8, 8)), np.full((8, 8), 5.0))
    before, rate = water.storage(), 10 / 3.6e6
    entered = run(water, 20.0, lambda dt: forcing(rain=rate), longest=0.02)
    assert abs(entered - 64 * rate * 20.0) < 1e-6 * entered
    assert abs(water.storage() - before - entered) < 1e-6 * before
    assert abs((water.storage() - before) / entered - 1) < 1e-3


def test_infiltration_takes_what_there_is():
    water = engine(np.zeros((4, 4)), np.full((4, 4), 0.001))
    taken = sum(water.step(1.0, t + 1.0, forcing(loss=4e-4)).infiltrated for t in range(4))
    assert abs(taken - 0.016) < 1e-9
    assert water.depth.max() == 0.0
    assert water.largest_step() == np.inf


def test_step_too_long_is_refused_and_changes_nothing():
    water = rough()
    depth, stored = water.depth.copy(), water.storage()
    done = water.step(1.5 * water.largest_step(), 1.0, forcing(rain=1e-5))
    assert not done.stable
    water.undo()
    assert np.array_equal(water.depth, depth)
    assert water.storage() == stored
    assert water.step(water.largest_step(), 1.0, forcing()).stable


def test_free_sides_let_all_out_and_nothing_in():
    x = np.arange(40)
    edges = sides(12, 40, west=FREE, east=FREE, north=FREE, south=FREE)
    water = engine(line(0.02 * abs(x - 20), 12).max() - line(0.02 * abs(x - 20), 12),
                   np.full((12, 40), 0.5), 0.03, edges=edges)  # fmt: skip
    for step in range(300):
        done = water.step(min(water.largest_step(), 1.0), step + 1.0, forcing())
        assert (done.sides <= 0.0).all()
    assert water.storage() < 0.05 * 0.5 * 480


def test_arrival_is_the_first_time_above_a_centimetre():
    x = np.arange(60)
    water = engine(line(0 * x), line(np.where(x < 10, 1.0, 0.0)))
    first = np.where(water.depth > 0.01, 0.0, np.nan)
    time = 0.0
    for _ in range(60):
        dt = water.largest_step()
        time += dt
        water.step(dt, time, forcing())
        first = np.where(np.isnan(first) & (water.depth > 0.01), F(time), first)
    assert np.array_equal(first, water.arrival, equal_nan=True)
    assert (water.depth_max >= water.depth).all()


def test_one_cell_and_one_row():
    one = engine(np.zeros((1, 1)), np.ones((1, 1)), edges=sides(1, 1, east=FREE))
    run(one, 5.0)
    assert 0.0 <= one.depth[0, 0] < 0.9
    row = engine(np.zeros((1, 7)), [[1, 0, 0, 0, 0, 0, 0]])
    run(row, 60.0, lambda dt: forcing(rain=np.full((1, 7), 1e-5, F)), longest=0.5)
    assert abs(row.storage() - (1 + 7 * 60 * 1e-5)) < 1e-6


def test_held_cell_is_a_still_reservoir():
    water = engine(np.zeros((9, 9)), np.full((9, 9), 0.2), 0.03)
    entered = run(water, 120.0, lambda dt: forcing(imposed=[40], levels=[1.0]), longest=0.5)
    assert water.depth.flat[40] == 1.0
    assert water.speed_max.max() < 5.0
    assert np.abs(water.depth - 1.0).max() < 0.02
    assert abs(entered - (water.storage() - 81 * 0.2)) < 1e-4


def test_free_corners_do_not_run_away():
    rng = np.random.default_rng(5)
    bed = rng.random((12, 12)) * 2.0
    edges = sides(12, 12, west=FREE, east=FREE, north=FREE, south=FREE)
    water = engine(bed, rng.random((12, 12)), 0.03, edges=edges)
    run(water, 200.0, longest=0.5)
    assert water.speed_max.max() < 12.0


def test_froude_counts_the_fast_and_steep():
    x = np.arange(60)
    water = engine(line(0.5 * (60 - x)), line(0 * x + 0.2), edges=sides(3, 60, east=FREE))
    assert water.froude() == (180, 0)
    run(water, 2.0)
    wet, quick = water.froude()
    assert wet == int((water.depth > 0.05).sum())
    assert quick > 0.8 * wet
