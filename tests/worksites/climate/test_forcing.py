# SPDX-License-Identifier: EUPL-1.2
"""Rain, infiltration and hydrographs as functions of time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.worksites.climate.forcing import MM_PER_HOUR, Inflows, Rain, infiltration

OPEN = np.ones((2, 3), bool)


def test_a_number_rains_always():
    rain = Rain(36.0, OPEN)
    assert rain.rate(-5.0) == rain.rate(1e9) == pytest.approx(1e-5)
    assert Rain(None, OPEN).rate(3.0) == 0.0


def test_a_series_is_stepwise_zero_before_and_holds_after():
    rain = Rain(([60.0, 120.0, 180.0], [36.0, 0.0, 72.0]), OPEN)
    at = [rain.rate(t) for t in (0.0, 59.999, 60.0, 119.999, 120.0, 179.0, 180.0, 1e6)]
    np.testing.assert_allclose(at, np.array([0, 0, 36, 36, 0, 0, 72, 72]) * MM_PER_HOUR, rtol=1e-6)
    assert rain.last == 72.0


def test_equal_times_are_a_jump_to_the_last():
    rain = Rain(([0.0, 60.0, 60.0], [1.0, 2.0, 3.0]), OPEN)
    assert rain.rate(60.0) == pytest.approx(3.0 * MM_PER_HOUR)


def test_rasters_follow_one_another_and_spare_closed_cells():
    opened = OPEN.copy()
    opened[0, 0] = False
    fields = np.arange(12.0).reshape(2, 2, 3)
    fields[:, 0, 0] = np.nan
    rain = Rain(([10.0, 20.0], fields), opened)
    assert rain.rate(5.0) == 0.0
    first = rain.rate(10.0)
    np.testing.assert_allclose(first, np.nan_to_num(fields[0]) * MM_PER_HOUR, rtol=1e-6)
    np.testing.assert_allclose(rain.rate(99.0), np.nan_to_num(fields[1]) * MM_PER_HOUR, rtol=1e-6)
    assert rain.rate(19.0)[1, 2] == first[1, 2]
    assert rain.last == 11.0


def test_a_pair_of_numbers_is_a_series_of_one():
    assert Rain((30.0, 36.0), OPEN).rate(29.0) == 0.0
    assert Rain((30.0, 36.0), OPEN).rate(31.0) == pytest.approx(1e-5)


def test_infiltration_is_a_number_or_a_raster():
    assert infiltration(None, OPEN) == 0.0
    assert infiltration(3.6, OPEN) == pytest.approx(1e-6)
    np.testing.assert_allclose(infiltration(np.full((2, 3), 3.6), OPEN), 1e-6, rtol=1e-6)


def test_a_hydrograph_is_linear_and_zero_outside():
    flow = Inflows([(1, 2, [10, 20, 40], [0.0, 4.0, 2.0])], OPEN)
    assert flow.cells.tolist() == [5]
    rates = [float(flow.rate(t)[0]) for t in (9.9, 10, 15, 20, 30, 40, 40.1)]
    assert rates == pytest.approx([0, 0, 2, 4, 3, 2, 0])
    assert flow.volume(0.0, 100.0)[0] == pytest.approx(20.0 + 60.0)
    assert flow.volume(15.0, 20.0)[0] == pytest.approx(15.0)
    assert flow.volume(50.0, 100.0)[0] == 0.0
    assert flow.last == 2.0


def test_a_jump_belongs_to_no_instant():
    flow = Inflows([(0, 0, [0, 10, 10, 20], [0.0, 0.0, 5.0, 5.0])], OPEN)
    assert flow.volume(0.0, 10.0)[0] == 0.0
    assert flow.volume(10.0, 11.0)[0] == pytest.approx(5.0)
    assert flow.volume(9.0, 12.0)[0] == pytest.approx(10.0)
    assert flow.rate(10.0)[0] == 5.0


def test_hydrographs_in_one_cell_add_up():
    given = [(0, 1, [0, 10], [1, 1]), (1, 1, [0, 10], [3, 3]), (0, 1, [5, 10], [2, 2])]
    flow = Inflows(given, OPEN)
    assert flow.cells.tolist() == [1, 4]
    assert flow.volume(0.0, 10.0).tolist() == pytest.approx([20.0, 30.0])
    assert flow.rate(7.0).tolist() == pytest.approx([3.0, 3.0])
    assert flow.times.tolist() == [0.0, 5.0, 10.0]


series = st.lists(
    st.tuples(st.floats(0.0, 1e3), st.floats(0.0, 50.0)), min_size=2, max_size=12
).map(sorted)


@given(series, st.lists(st.floats(-10.0, 1100.0), max_size=20))
def test_however_time_is_cut_the_same_volume_enters(knots, cuts):
    times, values = np.array(knots).T
    flow = Inflows([(0, 0, times, values)], OPEN)
    whole = float(np.trapezoid(values, times))
    cut = sorted([-10.0, *cuts, 1100.0])
    parts = [float(flow.volume(a, b)[0]) for a, b in pairwise(cut)]
    assert sum(parts) == pytest.approx(whole, rel=1e-9, abs=1e-9)
    assert min(parts) >= -1e-9 * max(whole, 1.0)


@given(series, st.floats(0.0, 1e3), st.floats(0.0, 300.0))
def test_the_integral_is_that_of_the_rate(knots, start, length):
    times, values = np.array(knots).T
    flow = Inflows([(0, 0, times, values)], OPEN)
    end = start + length
    inside = times[(times > start) & (times < end)]
    at = np.unique(np.concatenate([[start, end], inside]))
    exact = 0.0
    for a, b in pairwise(at):  # linear inside: the middle gives the integral
        exact += float(flow.rate(0.5 * (a + b))[0]) * (b - a)
    assert float(flow.volume(start, end)[0]) == pytest.approx(exact, rel=1e-7, abs=1e-6)
