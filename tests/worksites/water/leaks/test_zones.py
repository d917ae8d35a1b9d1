# SPDX-License-Identifier: EUPL-1.2
"""Zones: connected, as large as the probability asked for."""

from __future__ import annotations

import numpy as np

from jumeau.worksites.water.leaks import zones

LINE = [np.array([k for k in (i - 1, i + 1) if 0 <= k < 6]) for i in range(6)]


def test_a_zone_is_connected_and_holds_what_is_asked() -> None:
    probability = {1: 0.5, 2: 0.05, 3: 0.35, 5: 0.1}
    assert zones._grown(probability, LINE, 0.5) == [1]
    assert sorted(zones._grown(probability, LINE, 0.8)) == [1, 2, 3]
    assert sorted(zones._grown(probability, LINE, 1.0 - 1e-9))[-1] == 5


def test_the_error_of_the_model_widens_what_great_gains_tell() -> None:
    little = zones.tempered(np.array([100.0, 96.0]), 0.0)
    great = zones.tempered(np.array([10_000.0, 9_960.0]), 0.004)
    assert np.isclose(little[1], np.exp(-2.0))
    assert np.isclose(great[1], np.exp(-0.5))
    assert zones.tempered(np.array([5.0, 0.0]), 0.1)[1] == 0.0
