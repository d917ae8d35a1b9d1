# SPDX-License-Identifier: EUPL-1.2
"""The local-inertial engine gives the same bits whatever the threads and the tiles left out."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import inertial
from jumeau.worksites.climate.engine import FREE, STAGE, WALL, Crests, Domain, Forcing, Sides
from jumeau.worksites.climate.inertial import Inertial

NONE = np.zeros(0, np.int64)


def place(ny: int, nx: int) -> tuple[Domain, Sides]:
    """Return a rough domain with closed cells, walls between cells and a friction raster."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:ny, 0:nx]
    bed = (0.3 * np.sin(x / 9) * np.cos(y / 7) + rng.normal(0, 0.02, (ny, nx))).astype(np.float32)
    bed -= bed.min()
    bed[rng.random((ny, nx)) < 0.02] = WALL
    row, col = rng.integers(0, ny, 60), rng.integers(0, nx, 60)
    axis = rng.integers(0, 2, 60).astype(np.uint8)
    inner = np.where(axis == 0, row, col) > 0
    crests = Crests(row[inner], col[inner], axis[inner], np.full(inner.sum(), 0.8, np.float32))
    friction = rng.uniform(0.002, 0.02, (ny, nx)).astype(np.float32)
    kinds = [np.zeros(size, np.uint8) for size in (ny, ny, nx, nx)]
    levels = [np.zeros(size, np.float32) for size in (ny, ny, nx, nx)]
    return Domain(bed, 0.0, friction, 1.0, crests), Sides(*kinds, *levels)


def dam_break(k: int, dt: float, wet: np.ndarray) -> Forcing:
    return Forcing(np.float32(0), np.float32(0), NONE, np.zeros(0), NONE, np.zeros(0, np.float32))


def rain_on_part(k: int, dt: float, wet: np.ndarray) -> Forcing:
    rain = np.zeros(wet.shape, np.float32)
    if k < 50:
        rain[wet.shape[0] // 2 :, wet.shape[1] // 3 : wet.shape[1] // 3 + 20] = 1e-3
    elif k < 60:
        rain[:5, -9:] = 2e-3
    return dam_break(k, dt, wet)._replace(rain=rain)


def inflow(k: int, dt: float, wet: np.ndarray) -> Forcing:
    middle = np.flatnonzero(wet)[[wet.sum() // 2, wet.sum() // 2 + 3]]
    if k >= 60:
        return dam_break(k, dt, wet)
    return dam_break(k, dt, wet)._replace(cells=middle, volumes=np.array([0.5, -0.01]) * dt)


def soaking(k: int, dt: float, wet: np.ndarray) -> Forcing:
    edge = np.flatnonzero(wet)[:3]
    loss = np.float32(1e-5 if 20 < k < 70 else 0.0)
    return dam_break(k, dt, wet)._replace(
        loss=loss, imposed=edge, levels=np.full(3, 0.9, np.float32)
    )


def run(case, ny: int, nx: int, threads: int, skip: bool, steps: int = 120):  # type: ignore[no-untyped-def]
    """Run a case; return everything it made, and how much of it was computed at the end."""
    domain, sides = place(ny, nx)
    wet = domain.bed < WALL
    x, y = np.meshgrid(np.arange(nx), np.arange(ny))
    depth = np.zeros((ny, nx), np.float32)
    if case is dam_break:
        depth[wet & (x <= nx // 8) & (y <= ny // 3)] = 1.3
        domain = domain._replace(friction=9.81 * 0.03**2)
    if case is soaking:
        lake = wet & (x > 0.8 * nx)
        depth[lake] = np.maximum(0.9 - domain.bed[lake], 0.0)
        sides.kind_west[: ny // 2] = STAGE
        sides.level_west[:] = 0.6
        sides.kind_north[:] = sides.kind_south[:] = sides.kind_east[:] = FREE
    engine = Inertial(domain, sides, depth, threads, skip)
    time, made, share = 0.0, [], 0.0
    for k in range(steps):
        dt = min(engine.largest_step(), 1.0)
        time += dt
        done = engine.step(dt, time, case(k, dt, wet))
        assert done.stable
        share += engine._tiles.cells / (ny * nx * steps)
        made += [dt, *done.sides, done.rained, done.infiltrated, done.imposed, done.unmet]
    engine.close()
    fields = [engine.depth, engine.depth_max, engine.speed_max, engine.arrival, engine.speed()]
    return [*fields, np.array(made), np.float64(engine.storage())], share


@pytest.mark.parametrize("case", [dam_break, rain_on_part, inflow, soaking])
@pytest.mark.parametrize("shape", [(131, 397), (1, 300), (200, 1), (33, 33)])
def test_tiles_left_out_and_threads_change_no_bit(case, shape, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(inertial, "PER_THREAD", 1)
    full, all_of_it = run(case, *shape, 1, False)
    assert full[0].any() and all_of_it == pytest.approx(1.0)
    shares = []
    for threads, skip in ((1, True), (2, False), (3, True), (8, True)):
        found, share = run(case, *shape, threads, skip)
        shares.append(share)
        for a, b in zip(full, found, strict=True):
            np.testing.assert_array_equal(a, b)
    if shape == (131, 397):
        assert shares[0] < 0.9 and shares[0] == shares[2] == shares[3]


@pytest.mark.parametrize("threads", range(1, 9))
def test_any_number_of_threads_on_an_odd_height(threads: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(inertial, "PER_THREAD", 1)
    full, _ = run(soaking, 147, 65, 1, False, 40)
    found, _ = run(soaking, 147, 65, threads, True, 40)
    for a, b in zip(full, found, strict=True):
        np.testing.assert_array_equal(a, b)
