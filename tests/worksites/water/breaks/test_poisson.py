# SPDX-License-Identifier: EUPL-1.2
"""Poisson regression beside closed forms and a plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.water.breaks import history, panel, poisson
from jumeau.worksites.water.breaks.poisson import Block


def test_without_prior_a_constant_is_the_log_of_the_ratio():
    seen, hoped = np.array([3.0, 0.0, 2.0]), np.array([1.0, 2.0, 0.5])
    found = poisson.fit(
        [Block(np.ones((3, 1)), np.log(hoped), seen)], np.zeros(1), np.full(1, 1e-12)
    )
    assert found.mean[0] == pytest.approx(np.log(5.0 / 3.5), abs=1e-3)
    assert found.covariance[0, 0] == pytest.approx(1 / 5.0, rel=1e-2)


def test_the_slope_is_zero_at_the_answer_whatever_the_blocks():
    rng = np.random.default_rng(0)
    design = rng.normal(size=(400, 5))
    design[:200, 4] = 0.0
    offset, prior, precision = rng.normal(size=400), rng.normal(size=5), rng.uniform(0.5, 3, 5)
    seen = rng.poisson(np.exp(np.clip(offset + 0.3 * design[:, 0], -5, 3))).astype(float)
    whole = poisson.fit([Block(design, offset, seen, 0.5)], prior, precision)
    parts = [Block(design[k], offset[k], seen[k], 0.5) for k in (slice(200), slice(200, 400))]
    found = poisson.fit(parts, prior, precision)
    np.testing.assert_allclose(found.mean, whole.mean, atol=1e-6)
    np.testing.assert_allclose(found.covariance, whole.covariance, rtol=1e-6)
    expected = np.exp(offset + design @ found.mean)
    slope = 0.5 * design.T @ (seen - expected) - precision * (found.mean - prior)
    assert np.abs(slope).max() < 0.01 * seen.sum()


def test_without_rows_it_is_the_prior():
    found = poisson.fit([], np.array([1.0, 2.0]), np.array([4.0, 1.0]))
    np.testing.assert_allclose(found.mean, [1.0, 2.0])
    np.testing.assert_allclose(found.covariance, np.diag([0.25, 1.0]))


def test_the_spread_is_that_of_each_row():
    rng = np.random.default_rng(1)
    design, root = rng.normal(size=(7, 3)), rng.normal(size=(3, 3))
    covariance = root @ root.T
    plain = [row @ covariance @ row for row in design]
    np.testing.assert_allclose(poisson.spread(design, covariance), plain)


def test_a_street_is_its_other_pipes():
    street = np.array([0, 0, 1, 0])
    np.testing.assert_allclose(panel.totals(street, np.array([1.0, 2, 5, 4])), [6, 5, 0, 3])


def test_records_begin_where_they_are_whole():
    whole = 1997 + np.arange(22 * 80) / 80
    sparse = np.array([1985.5, 1985.7, 1987.2, 1991.4, 1995.1])
    assert history.complete_since(np.concatenate([sparse, whole]), 2019.0) == 1997
    assert history.complete_since(whole, 2019.0) == 1997
    assert history.complete_since(np.array([2005.5, 2011.2, 2018.9]), 2019.0) == 2005
    assert np.isnan(history.complete_since(np.zeros(0), 2019.0))
