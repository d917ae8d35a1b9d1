# SPDX-License-Identifier: EUPL-1.2
"""Identities of light, hours and sums that hold for any input."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.ground import sun
from jumeau.worksites import lighting
from jumeau.worksites.lighting import energy, hours

LAMPS = [lighting.generic_photometry("SHP 100"), lighting.generic_photometry("LED 36", "ambience")]
BOX = (0.0, 0.0, 60.0, 40.0)
lamp = st.tuples(
    st.floats(-20, 80), st.floats(-20, 60), st.floats(1, 15), st.floats(0, 360), st.integers(0, 1)
)


def light(lamps: list[tuple[float, ...]], **options: float) -> np.ndarray:
    rows = np.array(lamps)
    return lighting.illuminance(
        rows[:, :3], LAMPS, rows[:, 4].astype(int), bounds=BOX, azimuth=rows[:, 3], **options
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(lamp, min_size=1, max_size=4), st.lists(lamp, min_size=1, max_size=4))
def test_light_adds_up(first, second):
    assert np.allclose(light(first + second), light(first) + light(second), rtol=1e-6, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(lamp, min_size=1, max_size=4), st.floats(0.01, 100))
def test_light_is_proportional_to_flux(lamps, factor):
    fluxes = np.array([LAMPS[int(row[4])].flux_lm for row in lamps])
    scaled = light(lamps, flux=factor * fluxes)
    assert np.allclose(scaled, factor * light(lamps), rtol=1e-6, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(lamp, min_size=1, max_size=4))
def test_a_quarter_turn_of_everything_turns_the_light(lamps):
    square = (0.0, 0.0, 40.0, 40.0)
    rows = np.array(lamps)
    which = rows[:, 4].astype(int)
    straight = lighting.illuminance(rows[:, :3], LAMPS, which, bounds=square, azimuth=rows[:, 3])
    turned = np.column_stack((rows[:, 1], 40.0 - rows[:, 0], rows[:, 2]))  # 90° clockwise
    after = lighting.illuminance(turned, LAMPS, which, bounds=square, azimuth=rows[:, 3] + 90)
    assert np.allclose(after, np.rot90(straight, -1), rtol=1e-5, atol=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-18, 5), st.integers(1960, 2090))
def test_dark_intervals_are_dark(latitude, longitude, below, year):
    spans = sun.nights(year, latitude, longitude, below)
    assert (spans[:, 1] >= spans[:, 0]).all()
    assert (spans[1:, 0] >= spans[:-1, 1]).all()
    middle = spans.mean(axis=1)
    assert (sun.elevation(middle, latitude, longitude) < below + 1e-6).all()
    gaps = 0.5 * (spans[1:, 0] + spans[:-1, 1])
    assert (sun.elevation(gaps, latitude, longitude) > below - 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.floats(41, 51), st.floats(-5, 9), st.floats(0, 23.9), st.floats(0.1, 24), st.floats(0, 1))
def test_dimming_lies_between_cut_and_full(latitude, longitude, start, end, share):
    if start == end:
        return
    place = (2024, round(latitude, 2), round(longitude, 2), "Europe/Paris")
    full = hours.burning_hours(hours.FULL_NIGHT, *place)[1]
    cut = hours.burning_hours(hours.part_night(start, end), *place)[1]
    dim = hours.burning_hours(hours.dimmed(start, end, share), *place)[1]
    assert 0 <= cut <= full + 1e-9
    assert np.isclose(dim, share * full + (1 - share) * cut)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1e3), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30
    ),
    st.floats(0, 0.5),
)
def test_intervals_of_sums_hold_their_value(rows, common):
    value, below, above = np.array(rows).T
    items = energy.Items(
        value, value * (1 - below), value * (1 + above), np.full(value.size, common),
        np.ones(value.size, bool),
    )  # fmt: skip
    total = energy.totals(np.zeros(value.size, int), 1, items)
    assert total.low[0] <= total.value[0] + 1e-9 and total.value[0] <= total.high[0] + 1e-9
    assert total.high[0] <= items.high.sum() + common * value.sum() + 1e-6
