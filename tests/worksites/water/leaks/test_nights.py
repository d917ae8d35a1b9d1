# SPDX-License-Identifier: EUPL-1.2
"""Night flow of areas: quiet hours, seasons, and what leaks cannot exceed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from towns import SHAPE, network

from jumeau.worksites.water.leaks.areas import layout
from jumeau.worksites.water.leaks.hours import Hours, by_hour
from jumeau.worksites.water.leaks.nights import MARGIN, bounds, nights, quiet

DAYS, FROM, LOST = 60, 30, 3.0


def _hours(leak: float = LOST, season: float = 0.0, seed: int = 3) -> Hours:
    rng = np.random.default_rng(seed)
    use = 36.0 * np.tile(SHAPE[(np.arange(24) + 10) % 24], DAYS)  # least near three o'clock
    use *= np.repeat(1.0 + season * np.arange(DAYS) / DAYS, 24)
    use *= rng.normal(1.0, 0.01, 24 * DAYS)
    flow = use + leak * (np.arange(24 * DAYS) >= 24 * FROM)
    index = pd.date_range("2021-03-01", periods=24 * DAYS, freq="h")
    none = np.zeros((24 * DAYS, 0))
    return by_hour(index, {"pressure": none, "flow": flow[:, None], "level": none, "meter": none})


def test_a_leak_is_told_and_a_season_is_not() -> None:
    areas = layout(network(), ["main"], [], []).areas
    training = np.arange(DAYS) < 7
    section = np.zeros(1)
    (told,) = nights(areas, _hours(), section, training)
    after = np.median(told.excess[FROM:]) / (1.0 - told.share)
    assert abs(np.median(told.excess[:FROM])) < 0.3 and abs(after - LOST) < 0.3
    (told,) = nights(areas, _hours(0.0, 0.3), section, training)
    assert np.abs(told.excess).max() < 2.0 * told.noise


def test_quiet_hours_follow_the_clock_and_lost_ones_are_not_guessed() -> None:
    early = np.full((3, 24), 9.0)
    early[0, 2:5] = early[1, 3:6] = early[2, 3:6] = (1.0, 2.0, 3.0)
    early[2, 4] = np.nan
    assert quiet(early)[:2] == pytest.approx([2.0, 2.0]) and np.isnan(quiet(early)[2])


def test_no_leak_may_exceed_the_least_inflow() -> None:
    hours = _hours()
    areas = layout(network(), ["main"], [], []).areas
    hours.flow[24 * 5 + 2] = np.nan
    most, row = bounds(areas, hours, np.zeros(1), np.arange(3))
    assert most.shape == (2, DAYS) and set(row.tolist()) == {0}
    assert np.isinf(most[0, 5]) and np.isinf(most[1]).all()
    assert np.isclose(most[0, 6], MARGIN * quiet(hours.flow.reshape(-1, 24))[6])
