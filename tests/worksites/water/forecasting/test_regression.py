# SPDX-License-Identifier: EUPL-1.2
"""Ridge by groups against its formula written out; quantiles of errors against counts."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.water.forecasting import quantiles, regression


def test_coefficients_are_those_of_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    hours, districts, features, days = 24, 2, 3, 160
    x = rng.normal(size=(hours, districts, features, days + 1)).astype(np.float32)
    y = rng.normal(size=(days + 1, hours, districts)) + x[:, :, 0].transpose(2, 0, 1)
    y[days] = np.nan
    y[120:125] = np.nan
    monkeypatch.setattr(regression, "SMALL", 9 * 7)  # several pieces
    day = 0
    first = days // 3
    seen = np.isfinite(y[first:days])
    target = np.where(seen, y[first:days], 0.0)
    size_y = np.sqrt((target**2).sum(0) / seen.sum(0))
    target = np.clip(target / size_y, -regression.FAR_Y, regression.FAR_Y)
    size = np.sqrt((x[..., first:].astype(float) ** 2).mean(3))
    scaled = np.clip(x / size[..., None], -regression.FAR_X, regression.FAR_X)
    weight = 0.5 ** (np.arange(days - first)[::-1] / regression.HALF_DAYS)
    expected = np.empty((hours, districts))
    for district in range(districts):
        grams, rights = [], []
        for hour in range(hours):
            rows = scaled[hour, district, :, first:days].T
            w = weight * seen[:, hour, district]
            grams.append(rows.T @ (rows * w[:, None]))
            rights.append(rows.T @ (w * target[:, hour, district]))
        one = np.eye(features)
        common = sum(grams) + hours * regression.COMMON * one
        shared = np.linalg.solve(common, sum(rights))
        for hour in range(hours):
            rest = rights[hour] - grams[hour] @ shared
            beta = shared + np.linalg.solve(grams[hour] + regression.OWN * one, rest)
            now = scaled[hour, district, :, days]
            expected[hour, district] = beta @ now * size_y[hour, district]
    found = regression._corrections(x.copy(), y, days, day, 0)
    np.testing.assert_allclose(found[days], expected, rtol=2e-3, atol=2e-4)


def test_errors_of_near_hours_make_the_quantiles() -> None:
    rng = np.random.default_rng(1)
    scale = np.linspace(0.5, 4.0, 24)
    errors = rng.normal(size=(7, 180, 24, 1)) * scale[:, None]
    low, high = quantiles.bounds(errors, np.ones(1))
    expected = 1.2816 * scale
    np.testing.assert_allclose(high[3:, 1:-1, 0].mean(0), expected[1:-1], rtol=0.15)
    np.testing.assert_allclose(-low[3:, 1:-1, 0].mean(0), expected[1:-1], rtol=0.15)
    assert (low <= 0).all()
    assert (high >= 0).all()


def test_without_errors_the_spread_is_taken() -> None:
    low, high = quantiles.bounds(np.full((3, 5, 24, 2), np.nan), np.array([2.0, 5.0]))
    assert (high == [2.0, 5.0]).all()
    assert (low == [-2.0, -5.0]).all()
