# SPDX-License-Identifier: EUPL-1.2
"""A moment of a network, and that moment as a network of its own."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.worksites import water
from jumeau.worksites.water.analyses import moment


@pytest.mark.parametrize("at_s", [0, 5400, 18000, 30000, 86400])
def test_a_frozen_moment_is_the_moment(town, at_s):
    net = water.read_inp(town)
    at = moment.moment(net, at_s)
    still = moment.frozen(net, at)
    again = water.solve(moment.tightened(still), 0, engine="epanet")
    np.testing.assert_allclose(again.head[0, 0], at.head, atol=1e-4)
    np.testing.assert_allclose(again.flow[0, 0], at.flow, atol=1e-3)
    many = water.solve(still, 0, scenarios=[{}] * 8, engine="batched")
    assert many.engine == "batched"
    np.testing.assert_allclose(many.head[5, 0], at.head, atol=1e-3)


def test_several_moments_are_those_taken_alone(town):
    net = water.read_inp(town)
    for at in moment.moments(net, [7200, 0, 10000]):
        alone = moment.moment(net, at.at_s)
        np.testing.assert_allclose(at.head, alone.head, atol=5e-3)
    assert [it.at_s for it in moment.moments(net, [7200, 0])] == [7200, 0]


def test_demand_is_what_consumers_ask(town):
    at = moment.moment(water.read_inp(town), 4 * 3600)
    asked = dict(zip(at.nodes, at.demand, strict=True))
    profile = 1.4  # of “day”, period 2 of 2 h
    assert asked["A"] == pytest.approx(5 * profile, rel=1e-6)
    assert asked["E"] == pytest.approx(4 * profile + 2, rel=1e-6)
    assert asked["T"] == 0.0
    leak = dict(zip(at.nodes, at.emitted, strict=True))
    assert leak["F"] > 0 and leak["A"] == 0.0


def test_the_peak_is_the_first_greatest_demand(town):
    net = water.read_inp(town)
    answer = [moment.moment(net, it).demand.sum() for it in range(0, 86401, 7200)]
    assert moment.peak_time(net) == 7200 * int(np.argmax(np.array(answer) > max(answer) - 1e-6))
    net.times["DURATION"] = "0"
    assert moment.peak_time(net) == 0


def test_times_outside_are_refused(town):
    net = water.read_inp(town)
    for bad in (-5, 86401, "soon", 3.5):
        with pytest.raises(InvalidError, match="JUM-H071"):
            moment.moment(net, bad)
