# SPDX-License-Identifier: EUPL-1.2
"""Courses of leaks against their integral by small steps."""

from __future__ import annotations

import numpy as np

from jumeau.worksites.water.leaks.shapes import Course, at, daily

COURSES = [Course(3.3, 3.3, np.inf), Course(2.0, 9.5, 14.25), Course(5.5, 25.0, np.inf),
           Course(7.2, 12.0, 10.1)]  # fmt: skip


def test_daily_means_are_those_of_small_steps() -> None:
    fine = (np.arange(20 * 2000) + 0.5) / 2000
    by_hand = np.array([at(fine, it).reshape(20, -1).mean(axis=1) for it in COURSES])
    assert np.abs(daily(20, COURSES) - by_hand).max() < 1e-3


def test_a_leak_is_nothing_before_its_onset_and_after_its_repair() -> None:
    shares = daily(20, [Course(2.0, 9.5, 14.25)])[0]
    assert not shares[:2].any() and not shares[15:].any()
    assert shares[14] == 0.25 and shares[12] == 1.0


def test_no_course_gives_no_row() -> None:
    assert daily(5, []).shape == (0, 5)
