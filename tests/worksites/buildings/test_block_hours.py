# SPDX-License-Identifier: EUPL-1.2
"""The sun on a block, set-points as powers and the mean of a ramp, against NumPy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from jumeau.worksites.buildings import block_hours
from jumeau.worksites.buildings.engine import LANES, TEAM, VECTORS, Suns
from jumeau.worksites.buildings.lanes import block, put

HOURS = 30


@njit
def _mean(begins: Any, ends: Any, out: Any) -> None:
    put(out, 0, block_hours.mean_above(block(begins, 0), block(ends, 0)))


def test_the_mean_above_zero_of_a_ramp() -> None:
    begins = np.array([1.0, -1, -3, 5, 2, 0, 0, -1e9, 4, -4, 1e-3, 7, 1, 2, 3, -2]) * 1000.0
    ends = np.array([3.0, -2, 1, -5, 2, 0, 4, 20, 4, -4, 1.1e-3, 0, -1, 2.5, 3, 1e9]) * 1000.0
    out = np.empty(LANES)
    _mean(begins, ends, out)
    points = (np.arange(200_000) + 0.5) / 200_000
    for k in range(LANES):
        if abs(begins[k]) < 1e9 and abs(ends[k]) < 1e9:
            line = begins[k] + (ends[k] - begins[k]) * points
            assert out[k] == pytest.approx(np.maximum(line, 0.0).mean(), rel=1e-6, abs=1e-8)
    assert out[7] == pytest.approx(0.5 * ends[7] ** 2 / (ends[7] - begins[7]), rel=1e-9)


@pytest.mark.parametrize("months", [1, 12])
@pytest.mark.parametrize("apart", [False, True])
def test_each_team_gets_its_own_sun(apart: bool, months: int) -> None:
    rng = np.random.default_rng(4)
    n, begin, end, month, first = 3 * LANES, 4, 25, 5, LANES
    sun = rng.random((3, HOURS, VECTORS))
    sunlit = (np.arange(HOURS) % 3 > 0).astype(np.uint8)
    sun[:, sunlit == 0] = 0.0
    teams = rng.integers(0, 3, n // TEAM)
    suns = Suns(sun, sunlit, np.empty((3, 12, VECTORS)), np.empty((3, VECTORS)), teams)
    area = rng.random((months, VECTORS, n))
    rows = 2 if apart else 1
    into = np.full((end - begin) * rows * LANES + 7, -1.0)
    block_hours.shine(suns, apart, month, begin, end, area, first, into, 7)
    assert (into[:7] == -1.0).all()
    found = into[7:].reshape(end - begin, rows, LANES)
    for lane in range(LANES):
        seen = sun[teams[(first + lane) // TEAM], begin:end]
        of_lane = area[min(month, months - 1), :, first + lane]
        parts = np.stack([seen[:, :4] @ of_lane[:4], seen[:, 4:] @ of_lane[4:]], axis=1)
        expected = parts if apart else parts.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found[:, :, lane], expected, rtol=1e-13, atol=1e-15)


class _Shares(NamedTuple):
    heat: Any
    cool: Any


@njit
def _aim(drive: Any, targets: Any, first: int, per: Any, work: Any) -> None:
    block_hours.aim(drive, 1, targets, first, block(per, 0), work, 0)


def test_set_points_are_powers_when_the_hour_begins_and_when_it_ends() -> None:
    rng = np.random.default_rng(5)
    targets, per = rng.uniform(15.0, 30.0, (4, 2 * LANES)), rng.uniform(10.0, 900.0, LANES)
    drive = _Shares(rng.random((3, 2)), rng.random((3, 2)))
    work = np.empty(4 * LANES)
    _aim(drive, targets, LANES, per, work)
    rows = SimpleNamespace(**dict(zip(("FROM", "TO", "FROM_WAS", "TO_WAS"),
                                      work.reshape(4, LANES), strict=True)))  # fmt: skip
    of = targets[:, LANES:]
    for name, (at, back, share) in {
        "FROM": (of[0], of[1], drive.heat[1, 1]),
        "FROM_WAS": (of[0], of[1], drive.heat[1, 0]),
        "TO": (of[2], of[3], drive.cool[1, 1]),
        "TO_WAS": (of[2], of[3], drive.cool[1, 0]),
    }.items():
        expected = per * (at * share + back * (1.0 - share))
        np.testing.assert_allclose(getattr(rows, name), expected, rtol=1e-13)
