# SPDX-License-Identifier: EUPL-1.2
"""Identities of discounting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jumeau import decision

amounts = st.floats(-1e6, 1e6, allow_nan=False)
rates = st.floats(-0.5, 1.0, allow_nan=False)
series = st.lists(amounts, min_size=1, max_size=30)


@given(st.integers(1, 25), st.data(), amounts, amounts, rates)
def test_npv_is_linear(n: int, data: st.DataObject, a: float, b: float, rate: float) -> None:
    same = hnp.arrays(np.float64, n, elements=amounts)
    x, y = data.draw(same), data.draw(same)
    together = decision.npv(a * x + b * y, rate)
    apart = a * decision.npv(x, rate) + b * decision.npv(y, rate)
    size = (np.abs(a * x) + np.abs(b * y)) @ decision.discount(rate, np.arange(n))
    assert together == pytest.approx(apart, abs=1e-9 * (1 + size))


@given(series, rates)
def test_a_year_later_is_worth_one_rate_less(flows: list[float], rate: float) -> None:
    later = decision.npv([0.0, *flows], rate)
    assert later == pytest.approx(decision.npv(flows, rate) / (1 + rate), rel=1e-9, abs=1e-6)


@given(st.floats(1, 1e6), st.lists(st.floats(0, 1e5), min_size=1, max_size=30))
def test_npv_at_the_rate_of_return_is_zero(invested: float, gains: list[float]) -> None:
    flows = [-invested, *gains]
    rate = decision.irr(flows)
    total = sum(gains)
    if total == 0:
        assert rate is None
        return
    if rate is None:  # beyond the range that is looked at
        assert total < invested or total > 900 * invested
        return
    assert (rate > 0) == (total > invested) or rate == pytest.approx(0, abs=1e-9)
    weights = decision.discount(rate, np.arange(len(flows)))
    assert decision.npv(flows, rate) == pytest.approx(0, abs=1e-9 * (np.abs(flows) @ weights))


@given(st.floats(1, 1e6), st.lists(st.floats(0, 1e5), min_size=1, max_size=20), st.floats(0.01, 50))
def test_the_rate_of_return_has_no_unit(invested: float, gains: list[float], k: float) -> None:
    flows = np.array([-invested, *gains])
    one, other = decision.irr(flows), decision.irr(k * flows)
    assert (one is None) == (other is None)
    if one is not None:
        assert other == pytest.approx(one, abs=1e-9, rel=1e-9)


@given(st.floats(1, 1e4), st.floats(0.1, 1e3), st.integers(1, 30), st.floats(0, 0.2))
def test_discounted_payback_is_where_the_value_turns(
    invested: float, gain: float, years: int, rate: float
) -> None:
    flows = [-invested, *([gain] * years)]
    time = decision.payback(flows, rate)
    worth = decision.npv(flows, rate)
    assume(abs(worth) > 1e-6)
    assert (time is not None) == (worth > 0)
    if time is not None:
        simple = decision.payback(flows)
        assert simple is not None
        assert simple <= time + 1e-9
        before = flows[: int(np.ceil(time))]
        assert decision.npv(before, rate) <= 1e-6


@given(st.floats(0.5, 1.5), st.integers(0, 40), st.integers(0, 40))
def test_annuities_add(ratio: float, first: int, second: int) -> None:
    whole = float(decision.annuity(ratio, first + second))
    parts = float(decision.annuity(ratio, first)) + ratio**first * float(
        decision.annuity(ratio, second)
    )
    assert whole == pytest.approx(parts, rel=1e-9, abs=1e-12)
