# SPDX-License-Identifier: EUPL-1.2
"""Uncertainty: the bounds hold nine errors in ten, near and far."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.sources.lidar import tin, uncertainty


def rough(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    u, v = rng.integers(0, 1_000_000, (2, count))
    x, y = u / 1000, v / 1000
    z = 20 * np.sin(x / 60) + 3 * np.cos(y / 9) * np.sin(x / 13) + rng.normal(0, 0.05, count)
    return u, v, 1000 * z


@pytest.mark.parametrize("count", [6000, 60_000, 300_000])
def test_coverage_of_withheld_points(count):
    u, v, z = rough(count, count)
    out = np.random.default_rng(1).random(count) < 0.1
    model = uncertainty.learn(u[~out], v[~out], z[~out])
    assert model.learned
    value, distance, slope = tin.at_points(u[~out], v[~out], z[~out], u[out], v[out])
    known = np.isfinite(value)
    error = np.abs(value - z[out])[known] / 1000
    sigma = uncertainty.std(distance[known] / 1000, slope[known], model)
    assert np.mean(error <= uncertainty.Z90 * sigma) == pytest.approx(0.9, abs=0.05)
    far = distance[known] > np.quantile(distance[known], 0.8)
    assert 0.8 <= np.mean((error <= uncertainty.Z90 * sigma)[far]) <= 0.99


def test_a_quiet_plane_is_sure_to_the_floor():
    u, v, _ = rough(5000, 2)
    model = uncertainty.learn(u, v, 0.1 * u)
    assert model.a == pytest.approx(uncertainty.FLOOR)


def test_too_few_points_say_so():
    u, v, z = rough(50, 3)
    assert not uncertainty.learn(u, v, z).learned
    assert not uncertainty.learn(u[:0], v[:0], z[:0]).learned


def test_equation():
    model = uncertainty.Model(0.1, 0.2, 0.5, 0.1, True)
    found = uncertainty.std(np.array([0.0, 3.0]), np.array([2.0, 0.4]), model)
    assert found[0] == pytest.approx(0.1)
    assert found[1] == pytest.approx((0.1**2 + 0.6**2 + 0.6**2) ** 0.5)


def test_non_negative_solution_is_the_least():
    rng = np.random.default_rng(0)
    design = rng.random((40, 3))
    truth = np.array([0.5, 0.0, 2.0])
    assert np.allclose(uncertainty._non_negative(design, design @ truth), truth)
    found = uncertainty._non_negative(design, design @ np.array([1.0, -1.0, 1.0]))
    assert (found >= 0).all() and found[1] == 0
