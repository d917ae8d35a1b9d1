# SPDX-License-Identifier: EUPL-1.2
"""Net present value, rate of return, payback: published cases, closed forms, bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy_financial
import pytest

from jumeau import decision


@pytest.mark.shared
def test_published_cases(shared: Path) -> None:
    path = shared / "validation" / "decision" / "irr" / "irr_cases.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 6
    for case in cases:
        flows = case["cash_flow"]
        assert decision.npv(flows, 0.032) == pytest.approx(case["npv_3p2"], rel=1e-12)
        if case["irr"] is None:
            assert decision.irr(flows) is None
        else:
            assert decision.irr(flows) == pytest.approx(case["irr"], abs=1e-9)


def test_npv_is_the_sum_of_discounted_flows() -> None:
    flows = [-100.0, 60.0, 60.0]
    assert decision.npv(flows, 0.0) == 20.0
    assert decision.npv(flows, 0.1) == pytest.approx(-100 + 60 / 1.1 + 60 / 1.21)
    assert decision.npv([5.0], 0.5) == 5.0


def test_npv_of_arrays_and_rates() -> None:
    flows = np.array([[[-100.0, 60.0, 60.0], [-50.0, 0.0, 70.0]]])
    found = decision.npv(flows, 0.032)
    assert found.shape == (1, 2)
    assert found[0, 1] == pytest.approx(decision.npv([-50.0, 0.0, 70.0], 0.032))
    several = decision.npv([-100.0, 60.0, 60.0], np.array([0.0, 0.1]))
    np.testing.assert_allclose(several, [20.0, -100 + 60 / 1.1 + 60 / 1.21])
    by_row = decision.npv(flows[0], np.array([0.0, 0.4]))
    np.testing.assert_allclose(by_row, [20.0, -50 + 70 / 1.96])


@pytest.mark.parametrize("flows", [[], [[]], [1.0, float("nan")], [float("inf")], "abc", 3.0, None])
@pytest.mark.parametrize("name", ["npv", "irr", "irr_flags", "payback"])
def test_flows_that_cannot_be_discounted_are_refused(flows: Any, name: str) -> None:
    function = getattr(decision, name)
    with pytest.raises(ValueError, match="JUM-D001"):
        function(flows, 0.032) if name == "npv" else function(flows)


@pytest.mark.parametrize("rate", [-1.0, -2.0, float("nan"), float("inf"), "cheap", [0.1, -1.5]])
def test_rates_that_do_not_discount_are_refused(rate: Any) -> None:
    with pytest.raises(ValueError, match="JUM-D002"):
        decision.npv([-1.0, 2.0], rate)
    with pytest.raises(ValueError, match="JUM-D002"):
        decision.payback([-1.0, 2.0], rate)


@pytest.mark.parametrize(
    ("flows", "rate"),
    [
        ([-100.0, 110.0], 0.1),
        ([-100.0, 0.0, 121.0], 0.1),
        ([100.0, -110.0], 0.1),  # a loan
        ([-100.0, 100.0], 0.0),
        ([-100.0, 50.0], -0.5),
        ([-1000.0, 1.0], -0.999),
        ([-1.0, 1000.0], 999.0),
        ([0.0, -100.0, 110.0], 0.1),
        ([-1e-9, 1.1e-9], 0.1),
        ([-1e12, 1.1e12], 0.1),
    ],
)
def test_irr_of_flows_solved_by_hand(flows: list[float], rate: float) -> None:
    assert decision.irr(flows) == pytest.approx(rate, abs=1e-9, rel=1e-12)


@pytest.mark.parametrize(
    "flows", [[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0], [5.0], [-5.0], [0.0], [-1.0, 0.0]]
)
def test_flows_without_change_of_sign_have_no_rate(flows: list[float]) -> None:
    assert decision.irr(flows) is None
    assert decision.irr_flags(flows) == "none"


def test_two_changes_without_a_root_have_no_rate() -> None:
    flows = [1.0, -3.0, 3.0]  # discriminant below zero
    assert decision.irr(flows) is None
    assert decision.irr_flags(flows) == "several"


def test_several_rates_are_flagged_and_the_nearest_to_zero_given() -> None:
    flows = [-100.0, 230.0, -132.0]  # 10 % and 20 %
    assert decision.irr_flags(flows) == "several"
    assert decision.irr(flows) == pytest.approx(0.1, abs=1e-9)


def test_flags_of_arrays() -> None:
    flows = [[-1.0, 2.0, 0.0], [1.0, 2.0, 3.0], [-1.0, 3.0, -1.0], [-1.0, 0.0, 2.0]]
    assert decision.irr_flags(flows).tolist() == ["one", "none", "several", "one"]


def test_irr_of_arrays_agrees_with_a_peer() -> None:
    rng = np.random.default_rng(5)
    flows = np.concatenate([-rng.uniform(50, 400, (300, 1)), rng.uniform(0, 30, (300, 20))], axis=1)
    found = decision.irr(flows)
    peer = [numpy_financial.irr(row) for row in flows]
    np.testing.assert_allclose(found, peer, atol=1e-9)
    assert decision.irr(flows.reshape(30, 10, 21)).shape == (30, 10)


def test_irr_of_arrays_marks_those_without_rate() -> None:
    found = decision.irr([[-100.0, 110.0], [1.0, 1.0]])
    assert found[0] == pytest.approx(0.1)
    assert np.isnan(found[1])


def test_irr_of_long_flows_does_not_overflow() -> None:
    flows = np.r_[-1.0, np.zeros(400), 5.0]
    with np.errstate(all="raise", under="ignore"):
        assert decision.irr(flows) == pytest.approx(5 ** (1 / 401) - 1, abs=1e-12)


@pytest.mark.parametrize(
    ("flows", "rate", "time"),
    [
        ([-100.0, 50.0, 50.0, 50.0], 0.0, 2.0),
        ([-100.0, 40.0, 40.0, 40.0], 0.0, 2.5),
        ([-100.0, 110.0], 0.1, 1.0),
        ([-100.0, 0.0, 121.0], 0.1, 2.0),
        ([0.0, 10.0], 0.0, 0.0),
        ([10.0, -5.0], 0.0, 0.0),
        ([-100.0, 50.0], 0.0, None),
        ([-100.0, 100.0], 0.05, None),
        ([-80.0, 60.0, -10.0, 60.0], 0.0, 2.5),
    ],
)
def test_payback(flows: list[float], rate: float, time: float | None) -> None:
    found = decision.payback(flows, rate)
    assert found == (None if time is None else pytest.approx(time))


def test_payback_of_arrays() -> None:
    found = decision.payback([[-100.0, 50.0, 50.0], [-100.0, 10.0, 10.0]], 0.0)
    np.testing.assert_array_equal(found, [2.0, np.nan])


@pytest.mark.parametrize("ratio", [0.5, 1 / 1.032, 0.999999999, 1.0, 1.000000001, 1.02])
@pytest.mark.parametrize("years", [0, 1, 7, 25, 60])
def test_annuity_is_the_sum_of_powers(ratio: float, years: int) -> None:
    expected = sum(ratio**t for t in range(1, years + 1))
    assert float(decision.annuity(ratio, years)) == pytest.approx(expected, rel=1e-12)


def test_the_last_incomplete_year_counts_for_its_share() -> None:
    assert float(decision.annuity(1.0, 12.5)) == pytest.approx(12.5)
    q = 1 / 1.032
    expected = sum(q**t for t in range(1, 13)) + 0.5 * q**13
    assert float(decision.annuity(q, 12.5)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ratio", "years"), [(0.0, 3), (-1.0, 3), (np.nan, 3), (1.0, -1), (1, np.inf)]
)
def test_annuities_that_mean_nothing_are_refused(ratio: float, years: float) -> None:
    with pytest.raises(ValueError, match="JUM-D003"):
        decision.annuity(ratio, years)


def test_half_after_twenty_two_years() -> None:
    # The check that the reference document prints for its rate of 3.2 %.
    assert float(decision.discount(0.032, 22)) == pytest.approx(0.50009, abs=5e-6)


@pytest.mark.shared
def test_published_discount_factors(shared: Path) -> None:
    import csv

    path = shared / "validation" / "decision" / "climate_value" / "discount_rates.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rate = 0.012 + float(row["beta"]) * 0.02
            assert rate == pytest.approx(float(row["rate"]))
            assert float(decision.discount(rate, 22)) == pytest.approx(
                float(row["factor_year_22"]), abs=5e-9
            )


def test_the_examples_of_the_docstrings_are_true() -> None:
    import doctest

    from jumeau.decision import cashflow

    failures, examples = doctest.testmod(cashflow)
    assert examples >= 3
    assert failures == 0


@pytest.mark.parametrize("value", [decision.npv, decision.payback])
def test_rates_that_are_not_one_per_row_are_refused(value: Any) -> None:
    flows = np.array([[-100.0, 60, 60], [-50, 20, 40], [-10, 5, 8]])
    assert np.shape(value(flows, [0.01, 0.02, 0.03])) == (3,)
    with pytest.raises(ValueError, match="JUM-D002"):
        value(flows, [0.01, 0.02])
