# SPDX-License-Identifier: EUPL-1.2
"""Sums with intervals: what averages out and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.lighting import energy
from jumeau.worksites.lighting.energy import Items


def items(count: int, common: float) -> Items:
    one = np.ones(count)
    return Items(100 * one, 50 * one, 150 * one, common * one, np.ones(count, bool))


def test_independent_errors_average_out_and_common_ones_do_not():
    widths = {}
    for common in (0.0, 0.2):
        for count in (1, 100, 10000):
            total = energy.totals(np.zeros(count, int), 1, items(count, common))
            widths[common, count] = (total.high[0] - total.value[0]) / total.value[0]
    assert widths[0.0, 1] == pytest.approx(0.5)
    assert widths[0.0, 10000] == pytest.approx(0.005)
    assert widths[0.2, 10000] == pytest.approx(np.hypot(0.2, 0.005))
    assert widths[0.2, 10000] > 0.9 * widths[0.2, 100]


def test_groups_add_up_and_negative_ones_are_left_out():
    rng = np.random.default_rng(0)
    value = rng.uniform(1, 10, 50)
    group = rng.integers(-1, 4, 50)
    total = energy.totals(group, 5, energy.facts(value))
    assert total.value == pytest.approx([value[group == k].sum() for k in range(5)])
    assert total.value[4] == 0 and total.estimated_share[4] == 0
    assert np.array_equal(total.low, total.value) and np.array_equal(total.high, total.value)


def test_shared_error_applies_to_facts_too_and_low_stays_positive():
    total = energy.totals(np.zeros(4, int), 1, energy.facts(np.full(4, 25.0)), (0.3, 0.1))
    assert (total.low[0], total.value[0], total.high[0]) == pytest.approx((70, 100, 110))
    wide = energy.totals(np.zeros(1, int), 1, items(1, 3.0))
    assert wide.low[0] == 0.0


def test_estimated_share_is_that_of_the_sum():
    mixed = energy.facts([10.0, 30.0])._replace(estimated=np.array([False, True]))
    assert energy.totals(np.zeros(2, int), 1, mixed).estimated_share[0] == 0.75


def test_annual_energy_is_power_times_hours():
    kwh = energy.annual_energy(items(2, 0.1), [4000.0, 1000.0])
    assert kwh.value.tolist() == [400.0, 100.0]
    assert kwh.low.tolist() == [200.0, 50.0]
    assert kwh.common.tolist() == [0.1, 0.1]
    assert energy.totals(np.empty(0, int), 2, energy.facts(np.empty(0))).value.tolist() == [0, 0]
