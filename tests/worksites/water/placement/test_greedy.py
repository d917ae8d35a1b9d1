# SPDX-License-Identifier: EUPL-1.2
"""Sensors placed by what they spare: against every set, and against a plain count of days."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from jumeau.worksites import water
from jumeau.worksites.water.placement.greedy import days_to_place, place
from jumeau.worksites.water.placement.sensors import best_sensors


def lost(rows, present, breaks, flow, noise):
    """Return the water lost before leaks are placed, in plain Python [m³/yr]."""
    total = 0.0
    for k, rate in enumerate(breaks):
        signal = sum((row[k] * flow / noise) ** 2 for row in [*rows, *present])
        days = 365.0 if signal == 0 else min(365.0, max(1.0, 25.0 / signal))
        total += rate * flow * 24.0 * days
    return total


@pytest.fixture
def case():
    rng = np.random.default_rng(3)
    return rng.exponential(0.02, (7, 12)), rng.exponential(0.01, (2, 12)), rng.exponential(0.1, 12)


def test_the_first_sensor_is_the_best_of_all(case):
    effect, present, breaks = case
    (first,) = place(effect, present, breaks, 2.0, 0.15, 1)
    before = lost([], present, breaks, 2.0, 0.15)
    savings = [before - lost([row], present, breaks, 2.0, 0.15) for row in effect]
    assert first.candidate == int(np.argmax(savings))
    assert first.saved_m3_year == pytest.approx(max(savings))


def test_savings_add_up_and_are_near_those_of_the_best_set(case):
    effect, present, breaks = case
    found = place(effect, present, breaks, 2.0, 0.15, 3)
    rows = [effect[item.candidate] for item in found]
    before = lost([], present, breaks, 2.0, 0.15)
    spared = before - lost(rows, present, breaks, 2.0, 0.15)
    assert sum(item.saved_m3_year for item in found) == pytest.approx(spared)
    best = max(
        before - lost([effect[i] for i in chosen], present, breaks, 2.0, 0.15)
        for chosen in itertools.combinations(range(7), 3)
    )
    assert spared >= (1 - 1 / np.e) * best
    assert len({item.candidate for item in found}) == 3
    assert np.all(np.diff([item.days for item in found]) <= 0)


def test_a_candidate_that_sees_nothing_is_not_proposed():
    assert place(np.zeros((4, 3)), np.zeros((0, 3)), np.ones(3), 2.0, 0.15, 5) == []


def test_days_are_bounded():
    np.testing.assert_allclose(days_to_place(np.array([0.0, 25.0, 1e9, 0.5])), [365, 1, 1, 50])


def test_sensors_are_junctions_that_have_none(town):
    net = water.read_inp(town)
    breaks = {str(name): 0.1 for name in net.pipes.index}
    found = best_sensors(net, ["A"], breaks, flow=2.0, noise=0.15, count=3)
    names = [name for name, _ in found]
    assert names
    assert "A" not in names
    assert set(names) <= set(net.junctions.index)
