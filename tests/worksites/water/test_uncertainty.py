# SPDX-License-Identifier: EUPL-1.2
"""Draws of demand and roughness: their means, their floors, the hours of coarser patterns."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites import water
from jumeau.worksites.water import completing, uncertainty
from jumeau.worksites.water.naming import Names
from jumeau.worksites.water.network import frame
from jumeau.worksites.water.twin_reading import Reading


def reading(net):
    """Return a reading of a network of which nothing was supposed."""
    return Reading("n", "N", net, Names("n"), Names("n"))


def test_draws_keep_the_mean_and_never_take_more_than_the_least_hour(town):
    net = water.read_inp(town)
    given = completing.defaults()
    demand = np.tile(np.array([5.0, 8.0, 3.0, 0.0, 6.0, 2.0, 0.0]), (24, 1))
    demand[3] *= 0.5
    told, added = uncertainty.scenarios(net, reading(net), given, demand, seed=1, count=400)
    assert len(told) == 400
    assert set(told[0]["demand"]) == {"A", "B", "C", "E", "F"}, "those that draw something"
    assert (added >= -0.5 * demand[0] - 1e-9).all()
    assert abs(added.mean(axis=0)[:3] / demand[0][:3]).max() < 0.06
    rough = np.array([row["roughness"]["p1"] for row in told])
    factor = given["water_roughness_factor"]
    assert rough.mean() == pytest.approx(110.0, rel=0.01)
    assert 110 * factor.low <= rough.min() < rough.max() <= 110 * factor.high
    again, _ = uncertainty.scenarios(net, reading(net), given, demand, seed=1, count=400)
    assert again == told


def test_a_supposed_diameter_widens_the_draws(town):
    net = water.read_inp(town)
    found, demand = reading(net), np.ones((24, 7))
    found.suppose("diameter_mm", ["p1"])
    told, _ = uncertainty.scenarios(net, found, completing.defaults(), demand, seed=0, count=50)
    wide, narrow = (np.ptp([row["roughness"][name] for row in told]) for name in ("p1", "p2"))
    assert wide > 3 * narrow


def test_hourly_patterns_are_the_means_of_finer_ones(town):
    net = water.read_inp(town)
    same = uncertainty.hourly(net)
    assert same.patterns.equals(net.patterns), "two hours long already"
    fine = tuple(float(k) for k in range(288))
    net.patterns = frame("patterns", {"day": {"multipliers": fine}})
    net.times |= {"PATTERN TIMESTEP": "0:05", "PATTERN START": "1:30"}
    coarse = uncertainty.hourly(net)
    hours = coarse.patterns.loc["day", "multipliers"]
    assert len(hours) == 24
    start = 18
    for hour, value in enumerate(hours):
        at = [(start + 12 * (hour - 1) + k) % 288 for k in range(12)]
        assert value == pytest.approx(np.mean([fine[it] for it in at])), hour
    assert coarse.times["PATTERN START"] == "1:00"


def test_altitudes_are_drawn_within_their_interval(town):
    net = water.read_inp(town)
    found = reading(net)
    found.nodes.give(["A", "B"], set())
    found.estimates.append(
        {"entity": "A", "attribute": "elevation_m", "value": 10.0, "low": 8.5, "high": 10.5}
    )
    off = uncertainty.altitudes(found, ["B", "A"], seed=0, count=300)
    assert (off[:, 0] == 0).all()
    assert -1.5 <= off[:, 1].min() < -0.5 < 0.1 < off[:, 1].max() <= 0.5
