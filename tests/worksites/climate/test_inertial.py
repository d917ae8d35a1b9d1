# SPDX-License-Identifier: EUPL-1.2
"""The local-inertial engine: against the plain one, at rest, against closed forms, at its edges."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from jumeau.worksites.climate.engine import FREE, STAGE, WALL, Crests, Domain, Forcing, Sides
from jumeau.worksites.climate.inertial import Inertial
from jumeau.worksites.climate.inertial_rows import DRY

NONE = np.zeros(0, np.int64)
NO_WALL = Crests(NONE, NONE, NONE.astype(np.uint8), NONE.astype(np.float32))


def sides(ny: int, nx: int) -> Sides:
    kinds = [np.zeros(size, np.uint8) for size in (ny, ny, nx, nx)]
    levels = [np.zeros(size, np.float32) for size in (ny, ny, nx, nx)]
    return Sides(*kinds, *levels)


def forcing(rain=0.0, loss=0.0, cells=NONE, volumes=(), imposed=NONE, levels=()) -> Forcing:  # type: ignore[no-untyped-def]
    return Forcing(
        rain if np.ndim(rain) else np.float32(rain),
        loss if np.ndim(loss) else np.float32(loss),
        np.asarray(cells, np.int64), np.asarray(volumes, np.float64),
        np.asarray(imposed, np.int64), np.asarray(levels, np.float32),
    )  # fmt: skip


def engine(bed, depth, n=0.03, cell=1.0, edges=None, crests=NO_WALL, threads=1):  # type: ignore[no-untyped-def]
    bed = np.asarray(bed, np.float32)
    friction = np.float64(9.81) * np.asarray(n) ** 2
    rough = friction.astype(np.float32) if friction.ndim else float(friction)
    domain = Domain(bed, 0.0, rough, cell, crests)
    return Inertial(domain, edges or sides(*bed.shape), np.asarray(depth), threads)


def run(item, duration: float, weather: Forcing | None = None, longest: float = 5.0) -> float:  # type: ignore[no-untyped-def]
    """Advance for a duration; return the net volume that came in [m³]."""
    weather = weather or forcing()
    time = came = 0.0
    while time < duration:
        dt = min(item.largest_step(), longest, duration - time)
        time += dt
        done = item.step(dt, time, weather)
        assert done.stable
        came += done.sides.sum() + done.rained - done.infiltrated + done.imposed
    return came


def rough_ground(ny: int = 40, nx: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:ny, 0:nx]
    bed = (0.4 * np.sin(x / 9) * np.cos(y / 7) + 0.4 + rng.normal(0, 0.02, (ny, nx))).astype("f4")
    bed -= bed.min()
    bed[rng.random((ny, nx)) < 0.03] = WALL
    depth = np.where(bed < WALL, np.maximum(0.7 - bed + 0.3 * (x < 10), 0.0), 0.0)
    return bed, depth.astype(np.float32)


def test_it_agrees_with_the_plain_engine(plain: ModuleType, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def momentum(q, beside, across, deep, fall, k, dt, dx):  # type: ignore[no-untyped-def]
        size = np.hypot(q, across)
        loose = np.maximum(1.0 - 5.0 * k * deep ** (-4 / 3) * dx, 0.0)
        theta = np.maximum(1.0 - dt / dx * size / deep * loose, 0.75)
        mean = theta * q + 0.5 * (1.0 - theta) * beside
        return (mean - 9.81 * deep * dt * fall / dx) / (1 + dt * k * size * deep ** (-7 / 3))

    monkeypatch.setattr(plain, "DRY", DRY)
    monkeypatch.setattr(plain, "_inertial", momentum)
    bed, depth = rough_ground()
    n = np.random.default_rng(3).uniform(0.02, 0.06, bed.shape)
    edges = sides(*bed.shape)
    edges.kind_east[:] = edges.kind_north[:] = FREE
    open_cells = np.flatnonzero(bed < WALL)
    rain = np.where(bed < WALL, 1e-4, 0.0).astype(np.float32)
    weather = forcing(rain, 3e-5, open_cells[[50, 400]], [0.01, -0.3], open_cells[[7]], [0.9])
    ours = engine(bed, depth, n, edges=edges)
    theirs = plain.Plain(ours.domain, edges, depth, 1)
    time = 0.0
    for _ in range(60):
        dt = ours.largest_step()
        time += dt
        a, b = ours.step(dt, time, weather), theirs.step(dt, time, weather)
        for name in ("rained", "infiltrated", "imposed", "unmet"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-4, abs=1e-6)
        np.testing.assert_allclose(a.sides, b.sides, rtol=1e-3, atol=1e-5)
    # A face whose flow depth is that of dry ground may open a step earlier in one of the two.
    np.testing.assert_allclose(ours.depth, theirs.depth, atol=1e-4)
    assert np.mean(np.abs(ours.depth - theirs.depth) > 1e-5) < 0.01
    np.testing.assert_allclose(ours.depth_max, theirs.depth_max, atol=1e-4)
    assert np.mean(np.isfinite(ours.arrival) != np.isfinite(theirs.arrival)) < 0.01
    assert ours.storage() == pytest.approx(theirs.storage(), rel=1e-6)


@pytest.mark.parametrize("n", [0.0, 0.04])
@pytest.mark.parametrize("level", [1.0, 2.0])
def test_a_lake_stays_at_rest(n: float, level: float) -> None:
    bed = np.random.default_rng(1).uniform(0.0, 1.5, (60, 70)).astype(np.float32)
    bed -= bed.min()
    depth = np.maximum(level - bed, 0.0).astype(np.float32)
    lake = engine(bed, depth, n)
    run(lake, 120.0)
    assert lake.speed_max.max() <= 1e-6
    wet = lake.depth > 0
    np.testing.assert_allclose((lake.depth + bed)[wet], level, atol=3e-7)


def test_a_deep_lake_in_float64_is_level_to_the_last_bit() -> None:
    bed = np.random.default_rng(1).uniform(0.0, 300.0, (40, 40)).astype(np.float32)
    lake = engine(bed, np.maximum(200.0 - bed.astype(np.float64), 0.0))
    run(lake, 20.0)
    assert lake.speed_max.max() <= 1e-6


@pytest.mark.parametrize("n", [0.0, 0.03])
def test_water_is_kept_never_negative_and_comes_to_rest_lower(n: float) -> None:
    bed, depth = rough_ground()
    basin = engine(bed, depth, n)
    before, highest = basin.storage(), (bed + depth)[depth > 0].max()
    run(basin, 60.0)
    assert basin.storage() == pytest.approx(before, rel=1e-9)
    assert basin.depth.min() >= 0.0
    assert np.isfinite(basin.depth).all() and (basin.depth[bed == WALL] == 0.0).all()
    assert (basin.depth + bed)[basin.depth > 1e-3].max() < highest


def test_rain_on_deep_water_is_not_lost() -> None:
    pond = engine(np.zeros((20, 30)), np.full((20, 30), 5.0, np.float32))
    rain = 0.010 / 3600
    came = run(pond, 600.0, forcing(rain), longest=0.05)
    assert came == pytest.approx(rain * 600 * 600, rel=1e-5)
    assert pond.storage() - 3000.0 == pytest.approx(came, rel=1e-6)
    assert pond.depth.mean(dtype=np.float64) - 5.0 == pytest.approx(rain * 600, rel=1e-3)


def test_rain_falls_on_open_cells_only_and_loss_takes_what_there_is() -> None:
    bed = np.zeros((10, 12))
    bed[3, 4] = WALL
    plot = engine(bed, np.zeros((10, 12), np.float32))
    done = plot.step(2.0, 2.0, forcing(1e-5, 1.0))
    assert done.rained == pytest.approx(119 * 2e-5, rel=1e-6)
    assert done.infiltrated == pytest.approx(done.rained, rel=1e-6)
    assert plot.storage() == pytest.approx(0.0, abs=1e-9)


def test_the_wave_on_a_flat_bed_is_within_the_bounds_of_lisflood(shared: Path) -> None:
    folder = shared / "validation/climate/analytic"
    series = pd.read_csv(folder / "nonbreaking_wave_left_boundary.csv")
    for cell, bound in ((50.0, 0.040), (10.0, 0.077)):
        nx = int(5000 / cell)
        edges = sides(3, nx)
        edges.kind_west[:] = STAGE
        wave = engine(np.zeros((3, nx)), np.zeros((3, nx), np.float32), 0.03, cell, edges)
        time, dt = 0.0, 1.0
        while time < 3600.0:
            dt = min(wave.largest_step(), 20.0, 3600.0 - time)
            time += dt
            edges.level_west[:] = np.interp(time, series["time_s"], series["depth_at_x0_m"])
            assert wave.step(dt, time, forcing()).stable
        x = (np.arange(nx) + 0.5) * cell
        exact = (7 / 3 * 0.03**2 * np.maximum(3600.0 - x, 0.0)) ** (3 / 7)
        assert np.sqrt(np.mean((wave.depth[1] - exact) ** 2)) <= bound


def test_rain_on_a_plane_runs_off_as_the_kinematic_wave() -> None:
    length, slope, n, rain = 200, 0.01, 0.05, 60 / 1000 / 3600
    x = np.arange(length) + 0.5
    bed = np.tile((length - x) * slope, (2, 1))
    edges = sides(2, length)
    edges.kind_east[:] = FREE
    plane = engine(bed - bed.min(), np.zeros((2, length), np.float32), n, edges=edges)
    came = run(plane, 3600.0, forcing(rain))
    out = plane.step(1.0, 3601.0, forcing(rain)).sides[1]
    assert -out / 2 == pytest.approx(rain * length, rel=1e-3)
    assert plane.storage() == pytest.approx(came + out + rain * 2 * length, rel=1e-6)
    steady = (n * rain * (x + 0.5) / np.sqrt(slope)) ** 0.6  # that of the face a cell gives to
    np.testing.assert_allclose(plane.depth[0][5:], steady[5:], rtol=0.01)


def test_a_wall_holds_water_back_up_to_its_crest() -> None:
    crests = Crests(np.arange(6), np.full(6, 5), np.ones(6, np.uint8), np.full(6, 1.0, np.float32))
    depth = np.zeros((6, 10), np.float32)
    depth[:, :5] = 0.9
    held = engine(np.zeros((6, 10)), depth, crests=crests)
    run(held, 20.0)
    np.testing.assert_array_equal(held.depth, depth)
    depth[:, :5] = 1.5
    over = engine(np.zeros((6, 10)), depth, crests=crests)
    over.step(0.05, 0.05, forcing())
    run(over, 300.0)
    assert over.depth[:, :5].mean() == pytest.approx(1.0, abs=0.02)
    assert over.depth[:, 5:].mean() == pytest.approx(0.5, abs=0.02)


def test_no_more_than_critical_flow_passes_a_crest() -> None:
    crests = Crests(np.zeros(1, int), np.full(1, 50), np.ones(1, np.uint8), np.ones(1, np.float32))
    depth = np.zeros((1, 100), np.float32)
    depth[:, :50] = 1.4
    weir = engine(np.zeros((1, 100)), depth, 0.01, crests=crests)
    before, time = float(depth[0, 50:].sum()), 0.0
    for _ in range(5):
        dt = weir.largest_step()
        head = float(weir.depth[0, 49]) - 1.0
        time += dt
        weir.step(dt, time, forcing())
        passed = float(weir.depth[0, 50:].sum(dtype=np.float64)) - before
        assert passed <= dt * np.sqrt(9.81) * (2 / 3 * head) ** 1.5 * 1.001
        before += passed


def test_free_sides_let_out_normal_or_critical_flow() -> None:
    bed = np.tile(np.arange(20)[::-1] * 0.02, (1, 1))
    for n in (0.03, 0.0):
        edges = sides(1, 20)
        edges.kind_east[:] = FREE
        channel = engine(bed, np.full((1, 20), 0.5, np.float32), n, edges=edges)
        done = channel.step(0.01, 0.01, forcing())
        normal = np.sqrt(0.02) / n * 0.5 ** (5 / 3) if n else np.sqrt(9.81) * 0.5**1.5
        assert -done.sides[1] / 0.01 == pytest.approx(normal, rel=1e-5)
        assert done.sides[0] == done.sides[2] == done.sides[3] == 0.0


def test_a_stage_fills_and_empties_a_pond() -> None:
    edges = sides(5, 30)
    edges.kind_south[:] = STAGE
    edges.level_south[:] = 0.8
    pond = engine(np.zeros((5, 30)), np.zeros((5, 30), np.float32), 0.3, edges=edges)
    came = run(pond, 400.0)
    np.testing.assert_allclose(pond.depth, 0.8, atol=2e-3)
    assert pond.storage() == pytest.approx(came, rel=1e-7)
    edges.level_south[:] = 0.3
    came += run(pond, 600.0)
    np.testing.assert_allclose(pond.depth, 0.3, atol=2e-3)
    assert pond.storage() == pytest.approx(came, rel=1e-7)


def test_sources_sinks_and_imposed_levels_are_told() -> None:
    pond = engine(np.full((3, 40), 0.2), np.full((3, 40), 0.1, np.float32), cell=2.0)
    weather = forcing(cells=[5, 20], volumes=[0.3, -0.25], imposed=[110], levels=[1.2])
    done = pond.step(0.01, 7.0, weather)
    assert done.unmet == pytest.approx(0.15 * 4, rel=1e-6)
    assert done.imposed == pytest.approx(0.9 * 4, rel=1e-5)
    assert pond.depth.reshape(-1)[110] == pytest.approx(1.0)
    assert pond.storage() == pytest.approx((12 + 0.3 - 0.1 + 0.9) * 4, rel=1e-6)
    assert pond.depth_max.max() == pytest.approx(1.0)
    assert pond.largest_step() == pytest.approx(0.6 * 2.0 / np.sqrt(9.81), rel=1e-3)


def test_arrivals_are_those_of_ten_millimetres() -> None:
    plot = engine(np.zeros((1, 3)), np.array([[0.02, 0.0, 0.0]], np.float32), n=1e3)
    assert plot.arrival[0, 0] == 0.0 and np.isnan(plot.arrival[0, 1:]).all()
    plot.step(0.5, 4.5, forcing(cells=[2], volumes=[0.011]))
    assert plot.arrival[0, 2] == np.float32(4.5)
    plot.step(0.5, 5.0, forcing(0.02))
    assert plot.arrival[0].tolist() == [0.0, pytest.approx(5.0), pytest.approx(4.5)]


def test_what_cannot_be_done_is_refused_and_nothing_is_touched() -> None:
    bed, depth = rough_ground()
    basin = engine(bed, depth)
    run(basin, 1.0)
    longest = basin.largest_step()
    before = basin.depth.copy(), basin.storage(), basin.speed()
    bad = [
        (2.0 * longest, forcing()),
        (longest, forcing(np.nan)),
        (longest, forcing(np.full(bed.shape, np.nan, np.float32))),
        (longest, forcing(cells=[5], volumes=[np.inf])),
        (longest, forcing(imposed=[5], levels=[np.nan])),
        (0.0, forcing()),
    ]
    for dt, weather in bad:
        assert not basin.step(dt, 2.0, weather).stable
        basin.undo()
        np.testing.assert_array_equal(basin.depth, before[0])
        np.testing.assert_array_equal(basin.speed(), before[2])
        assert basin.storage() == before[1]
    assert basin.step(longest, 2.0, forcing()).stable


def test_one_cell_and_dry_ground() -> None:
    alone = engine([[0.0]], np.zeros((1, 1), np.float32))
    assert alone.largest_step() == np.inf
    assert alone.step(60.0, 60.0, forcing(1e-4)).rained == pytest.approx(6e-3, rel=1e-6)
    assert alone.depth[0, 0] == pytest.approx(6e-3, rel=1e-6)
    edges = sides(1, 1)
    for kind in edges[:4]:
        kind[:] = FREE
    leaking = engine([[0.0]], np.full((1, 1), 0.5, np.float32), edges=edges)
    came = run(leaking, 30.0)
    assert leaking.depth[0, 0] < 0.01
    assert leaking.storage() == pytest.approx(0.5 + came, abs=1e-8)


def test_speed_and_froude_tell_fast_water() -> None:
    slope = np.tile(np.arange(60)[::-1] * 0.3, (8, 1))
    edges = sides(8, 60)
    edges.kind_east[:] = FREE
    steep = engine(slope, np.full((8, 60), 0.3, np.float32), edges=edges)
    run(steep, 3.0)
    wet, fast = steep.froude()
    assert wet == int((steep.depth > 0.05).sum()) and 0.5 * wet < fast <= wet
    assert steep.speed().max() <= steep.speed_max.max()
    calm = engine(np.zeros((8, 60)), np.full((8, 60), 0.3, np.float32))
    run(calm, 3.0)
    assert calm.froude() == (480, 0) and not calm.speed().any()


def test_state_and_outputs_take_36_bytes_a_cell() -> None:
    bed, depth = rough_ground(200, 300)
    whole = engine(bed, depth, np.full(bed.shape, 0.03))
    fields = [v for v in vars(whole).values() if isinstance(v, np.ndarray) and v.ndim == 2]
    fields += [bed, whole.domain.friction]
    assert sum(field.nbytes for field in fields) == 36 * bed.size
