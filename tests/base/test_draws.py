# SPDX-License-Identifier: EUPL-1.2
"""Common random draws and the distribution of a mean and two bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jumeau.base import draws


def test_the_same_key_gives_the_same_draws() -> None:
    first = draws.uniform(7, "price", "", 500)
    np.testing.assert_array_equal(first, draws.uniform(7, "price", "", 500))
    np.testing.assert_array_equal(first[:100], draws.uniform(7, "price", "", 100))
    assert ((first >= 0) & (first < 1)).all()


@pytest.mark.parametrize(
    "key", [(8, "price", ""), (7, "cost", ""), (7, "price", "led"), (7, "pric", "e")]
)
def test_another_key_gives_other_draws(key: tuple[int, str, str]) -> None:
    first, other = draws.uniform(7, "price", "", 2000), draws.uniform(*key, 2000)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.08
    assert not np.array_equal(first, other)


def test_threads_change_nothing() -> None:
    keys = [(1, "cost", str(place)) for place in range(40)]
    alone = [draws.uniform(*key, 100) for key in keys]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda key: draws.uniform(*key, 100), keys))
    np.testing.assert_array_equal(alone, together)


def test_uniform_draws_are_uniform() -> None:
    values = draws.uniform(3, "x", "y", 100_000)
    counts, _ = np.histogram(values, bins=20, range=(0, 1))
    chi2 = ((counts - 5000) ** 2 / 5000).sum()
    assert chi2 < 45  # 19 degrees of freedom: 0.1 % of true streams exceed 43.8


def test_stratified_draws_have_one_value_in_each_slice() -> None:
    values = draws.stratified(3, "x", "y", 1000)
    np.testing.assert_array_equal(np.sort((values * 1000).astype(int)), np.arange(1000))
    assert abs(values.mean() - 0.5) < 1e-4
    assert not np.array_equal(values, np.sort(values))
    np.testing.assert_array_equal(values, draws.stratified(3, "x", "y", 1000))


def test_stratified_streams_are_independent() -> None:
    a, b = draws.stratified(3, "x", "", 4000), draws.stratified(3, "y", "", 4000)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.06


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [(700, 500, 900), (52, 21.7, 98), (0.0, -0.01, 0.02), (-5, -9, -1), (11, 10, 30)],
)
def test_the_mean_is_the_one_given_whatever_the_asymmetry(
    mean: float, low: float, high: float
) -> None:
    shares = (np.arange(200_000) + 0.5) / 200_000
    values = draws.between(shares, mean, low, high)
    assert values.mean() == pytest.approx(mean, rel=1e-6, abs=1e-8)
    assert values.min() >= low
    assert values.max() <= high
    assert (np.diff(values) >= 0).all()  # a quantile function grows
    assert values[0] == pytest.approx(low, abs=(high - low) * 2e-2)
    assert values[-1] == pytest.approx(high, abs=(high - low) * 2e-2)


@pytest.mark.parametrize(("mean", "low", "high"), [(10, 10, 30), (30, 10, 30)])
def test_a_mean_at_a_bound_leaves_no_other_value(mean: float, low: float, high: float) -> None:
    # Nothing on one side of a mean means nothing on the other side either.
    values = draws.between(draws.uniform(1, "a", "", 50), mean, low, high)
    np.testing.assert_array_equal(values, np.full(50, float(mean)))


def test_the_distribution_has_its_published_quantiles() -> None:
    # Symmetric case: the triangular distribution, whose quantiles are known.
    values = draws.between([0.05, 0.25, 0.5, 0.95], 1.0, 0.0, 2.0)
    expected = [np.sqrt(0.1), np.sqrt(0.5), 1.0, 2 - np.sqrt(0.1)]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_a_certain_figure_is_itself_exactly() -> None:
    values = draws.between(draws.uniform(1, "a", "", 50), 0.1, 0.1, 0.1)
    np.testing.assert_array_equal(values, np.full(50, 0.1))


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [(1, 2, 3), (4, 2, 3), (2, 3, 1), (np.nan, 0, 1), (1, -np.inf, 2), (1, 0, np.inf)],
)
def test_what_is_not_in_order_is_refused(mean: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="JUM-B070"):
        draws.between(0.5, mean, low, high)
