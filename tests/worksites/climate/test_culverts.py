# SPDX-License-Identifier: EUPL-1.2
"""Culverts: their equations against the textbook, and what they move in a step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.worksites.climate import flood
from jumeau.worksites.climate.culverts import Culvert, discharge, transfer

G = 9.81


def test_a_low_head_is_a_weir():
    # critical flow over a broad crest: q = 1.705·H^1.5
    assert discharge(0.4, 5.0, 2.0, 1.0, 1.0, 0.0) == pytest.approx(2 * 1.705 * 0.4**1.5, rel=1e-3)


def test_a_drowned_inlet_is_an_orifice():
    expected = 0.6 * 2.0 * 1.0 * math.sqrt(2 * G * 2.5)
    assert discharge(3.0, 50.0, 2.0, 1.0, 1.0, 0.0) == pytest.approx(expected)


def test_a_long_rough_barrel_follows_manning():
    # full barrel: Q → A·R^(2/3)·√(ΔH/L)/n once friction dwarfs the other losses
    area, radius = 1.0, 1.0 / 4.0
    expected = area * radius ** (2 / 3) * math.sqrt(2.0 / 2000.0) / 0.03
    assert discharge(5.0, 2.0, 1.0, 1.0, 2000.0, 0.03) == pytest.approx(expected, rel=0.01)


def test_a_short_smooth_barrel_loses_one_and_a_half_velocity_heads():
    expected = 1.0 * math.sqrt(2 * G * 0.1 / 1.5)
    assert discharge(5.0, 0.1, 1.0, 1.0, 5.0, 0.0) == pytest.approx(expected)


def test_a_barrel_part_full_has_a_free_surface():
    head, fall, width, length, n = 0.3, 0.05, 2.0, 40.0, 0.02
    area, radius = head * width, head * width / (width + 2 * head)
    losses = 1.5 + 2 * G * n * n * length / radius ** (4 / 3)
    expected = area * math.sqrt(2 * G * fall / losses)
    assert discharge(head, fall, width, 1.0, length, n) == pytest.approx(expected)


@pytest.mark.parametrize(("head", "fall"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (5e-324, 1.0)])
def test_without_head_or_fall_nothing_flows(head, fall):
    assert discharge(head, fall, 1.0, 1.0, 10.0, 0.013) == 0.0


sizes = st.floats(0.1, 5.0)


@given(sizes, sizes, sizes, sizes, st.floats(1.0, 100.0), st.floats(0.0, 0.05))
def test_the_inlet_has_no_jump_where_it_drowns(head, fall, width, height, length, n):
    least = discharge(head, fall, width, height, length, n)
    more = discharge(head * (1 + 1e-9), fall, width, height, length, n)
    drop = 0.65 if head <= height < head * (1 + 1e-9) else 1.0  # a full barrel also wets its roof
    assert more >= least * drop * (1 - 1e-6)


def box(first: float = 0.0, second: float = 0.0) -> Culvert:
    return Culvert(0, 1, first, second, 1.0, 1.0, 10.0, 0.013)


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.floats(-1.0, 1.0), st.floats(1e-3, 100.0))
def test_a_step_overdraws_no_end_and_does_not_overshoot(first, second, sill, dt):
    area = 4.0
    pipe = box(0.0, sill)
    volume = transfer(pipe, first, second, dt, area)
    after = first - volume / area, second + volume / area
    assert min(after) >= 0.0
    before_fall = (first) - (second + sill)
    after_fall = after[0] - (after[1] + sill)
    assert before_fall * volume >= 0.0
    assert abs(after_fall) <= abs(before_fall) + 1e-12
    assert after_fall * before_fall >= -1e-12


@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.floats(-1.0, 1.0))
def test_turning_the_culvert_round_turns_the_flow(first, second, sill):
    there = transfer(box(0.0, sill), first, second, 0.1, 1.0)
    back = transfer(box(sill, 0.0), second, first, 0.1, 1.0)
    assert there == pytest.approx(-back, abs=1e-15)


def embankment() -> np.ndarray:
    dtm = np.zeros((5, 21))
    dtm[:, 10] = 3.0
    return dtm


def pond() -> np.ndarray:
    depth = np.zeros((5, 21))
    depth[:, :10] = 1.0
    return depth


def test_water_passes_under_an_embankment_and_levels(plainly):
    pipe = ((2, 9), (2, 11), 0.5, 0.5, 3.0, 0.013)
    done = flood(
        embankment(),
        duration=600,
        initial_depth=pond(),
        culverts=[pipe],
        solver="inertial",
        gauges={"up": (2, 1), "down": (2, 19)},
        every=60,
    )
    assert done.ledger["culverts"] == pytest.approx(0.0, abs=1e-9)
    assert done.ledger["relative_error"] < 1e-6
    assert float(done.depth[:, 10].max()) == 0.0
    assert done.gauges["up"].iloc[-1] == pytest.approx(0.5, abs=0.02)
    assert done.gauges["down"].iloc[-1] == pytest.approx(0.5, abs=0.02)
    first = done.gauges["down"].iloc[1]
    assert 0.0 < first < 0.5


def test_without_the_culvert_nothing_passes(plainly):
    done = flood(embankment(), duration=60, initial_depth=pond(), solver="inertial")
    assert float(done.depth[:, 11:].max()) == 0.0


def test_it_flows_the_other_way_too(plainly):
    pipe = ((2, 11), (2, 9), 0.5, 0.5, 3.0, 0.013)
    over = [((2, 9), (2, 11), 0.5, 0.5, 3.0, 0.013)]
    back = flood(
        embankment(), duration=30, initial_depth=pond(), culverts=[pipe], solver="inertial"
    )
    there = flood(embankment(), duration=30, initial_depth=pond(), culverts=over, solver="inertial")
    np.testing.assert_allclose(back.depth, there.depth, atol=1e-6)


def test_an_adverse_culvert_waits_for_its_outlet_to_be_reached(plainly):
    dtm = embankment()
    dtm[:, 11:] = 1.5
    done = flood(
        dtm,
        duration=60,
        initial_depth=pond(),
        culverts=[((2, 9), (2, 11), 1.0, 1.0, 3.0, 0.013)],
        solver="inertial",
    )
    assert float(done.depth[:, 11:].max()) == 0.0


def test_two_culverts_share_the_water_of_one_cell(plainly):
    dtm = np.array([[3.0, 0.0, 3.0], [0.0, 3.0, 0.0]])
    depth = np.array([[0.0, 0.2, 0.0], [0.0, 0.0, 0.0]])
    pipes = [((0, 1), (1, 0), 5, 5, 1, 0.0), ((0, 1), (1, 2), 5, 5, 1, 0.0)]
    done = flood(dtm, duration=20, initial_depth=depth, culverts=pipes, solver="inertial")
    assert done.ledger["relative_error"] < 1e-9
    assert abs(done.ledger["culverts"]) < 1e-9
    np.testing.assert_allclose(done.depth[[0, 1, 1], [1, 0, 2]], 0.2 / 3, atol=0.005)
