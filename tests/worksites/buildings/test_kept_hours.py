# SPDX-License-Identifier: EUPL-1.2
"""Series kept by hour and written by building, whatever the hours and the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from jumeau.worksites.buildings.engine import LANES, Series, lines
from jumeau.worksites.buildings.kept_hours import keep, write
from jumeau.worksites.buildings.lanes import block

ROOM = 64


@njit
def _run(values: Any, cuts: Any, series: Any) -> None:
    kept = np.empty((4, ROOM * LANES), np.float32)
    hours = values.shape[1]
    since = 0
    for cut in range(len(cuts) - 1):
        for hour in range(cuts[cut], cuts[cut + 1]):
            up, down = block(values, hour * LANES), block(values, (hours + hour) * LANES)
            air, felt = block(values, (2 * hours + hour) * LANES), up + down
            keep(kept, hour - since, up, down, air, felt)
        since = write(kept, since, cuts[cut + 1], series, 0)


@pytest.mark.parametrize(
    "cuts", [[0, 5], [0, 16], [0, 16, 48], [0, 7, 30, 31, 63, 70], [0, 40, 64, 80]]
)
def test_each_building_gets_its_hours_at_its_row(cuts: list[int]) -> None:
    hours = cuts[-1]
    values = np.random.default_rng(hours).random((3, hours, LANES))
    rows = np.random.default_rng(1).permutation(LANES + 4)[:LANES]
    rows[[2, 9]] = -1
    found = [lines(LANES + 4, hours) for _ in range(4)]
    for one in found:
        one[:] = -7.0
    _run(values, np.array(cuts), Series(rows, hours, *found))
    expected = [values[0] * 1e-3, values[1] * 1e-3, values[2], values[0] + values[1]]
    absent = np.setdiff1d(np.arange(LANES + 4), rows)
    assert len(absent) == 6
    for one, value in zip(found, expected, strict=True):
        for lane, row in enumerate(rows):
            if row >= 0:
                np.testing.assert_allclose(one[row, :hours], value[:, lane], rtol=1e-7)
        assert (one[absent] == -7.0).all()
