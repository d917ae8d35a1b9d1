# SPDX-License-Identifier: EUPL-1.2
"""Sharing out the figures of streets: intervals that agree with that of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.api.shares import Spread, combine

PARTS = st.lists(
    st.tuples(st.floats(0.1, 1e6), st.floats(0, 0.9), st.floats(0, 1)), min_size=1, max_size=20
)


def arrays(parts: list[tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    value, width, weight = np.array(parts).T
    return value, width * value, weight


def test_nothing_inside_is_nothing() -> None:
    value = np.array([10.0, 20.0])
    found = combine(value, value / 2, value / 2, np.zeros(2), Spread(30.0, 12.0, 12.0))
    assert found == Spread(0.0, 0.0, 0.0)


def test_errors_of_their_own_add_as_squares() -> None:
    value, width = np.array([100.0, 100.0]), np.array([30.0, 40.0])
    found = combine(value, width, width, np.ones(2), Spread(200.0, 50.0, 50.0))
    assert found.below == pytest.approx(50.0)
    only = combine(value, width, width, np.array([1.0, 0.0]), Spread(200.0, 50.0, 50.0))
    assert only.below == pytest.approx(30.0)


def test_errors_that_all_share_add_as_they_are() -> None:
    value = np.array([100.0, 300.0])
    found = combine(value, 0.2 * value, 0.2 * value, np.full(2, 0.5), Spread(400.0, 80.0, 80.0))
    assert found.value == pytest.approx(200.0)
    assert found.above == pytest.approx(40.0)


@given(parts=PARTS, shared=st.floats(0, 1))
def test_the_whole_has_the_interval_of_the_whole(
    parts: list[tuple[float, float, float]], shared: float
) -> None:
    value, width, _ = arrays(parts)
    # Any total between errors all apart and errors all shared.
    low, high = float(np.sqrt(width @ width)), float(width.sum())
    total = Spread(float(value.sum()), *(2 * [low + shared * (high - low) * (len(parts) > 1)]))
    found = combine(value, width, width, np.ones(len(parts)), total)
    assert found.value == pytest.approx(total.value)
    # When a part is surer than what all would share, the result errs on the side of caution.
    assert found.below >= total.below * (1 - 1e-6)
    common = (total.below**2 - low**2) / max(1e-12, total.value**2 - float(value @ value))
    if len(parts) > 1 and np.all(width**2 >= common * value**2):
        assert found.below == pytest.approx(total.below, rel=1e-6, abs=1e-6)


@given(parts=PARTS)
def test_a_part_is_never_surer_than_its_share_of_common_error(
    parts: list[tuple[float, float, float]],
) -> None:
    value, width, weight = arrays(parts)
    total = Spread(float(value.sum()), float(width.sum()), float(width.sum()))
    found = combine(value, width, width, weight, total)
    assert found.below >= 0
    assert found.value == pytest.approx(float(weight @ value))
