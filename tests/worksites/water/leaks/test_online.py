# SPDX-License-Identifier: EUPL-1.2
"""The search as the record grows: nothing is told before the data allow."""

from __future__ import annotations

import pandas as pd
import pytest
from towns import BURST, REPAIRED, Town

from jumeau.worksites import water
from jumeau.worksites.water.leaks.scoring import pipe_distances


@pytest.fixture(scope="module")
def followed(town: Town) -> pd.DataFrame:
    return water.find_leaks(town.net, town.pressures, town.flows, train=town.train, online=True)


def test_leaks_are_told_after_they_begin(town: Town, followed: pd.DataFrame) -> None:
    assert len(followed) == 2
    first = town.pressures.index[0]
    away = pipe_distances(town.net, [BURST[0], REPAIRED[0]])
    for row, truth in zip(followed.itertuples(), (BURST, REPAIRED), strict=True):
        delay = (row.detected_at - first) / pd.Timedelta(days=1) - truth[1]
        assert 0.0 < delay <= 14.0
        assert away.loc[truth[0], row.pipe] <= 300.0


def test_neither_the_future_nor_the_order_of_rows_changes_a_detection(
    town: Town, followed: pd.DataFrame
) -> None:
    cut = town.pressures.index[24 * 30]
    mixed = [it[:cut].sample(frac=1.0, random_state=4) for it in (town.pressures, town.flows)]
    before = water.find_leaks(town.net, *mixed, train=town.train, online=True)
    mine = followed[followed["detected_at"] <= cut].reset_index(drop=True)
    assert len(mine) == 1
    pd.testing.assert_frame_equal(before[["pipe", "detected_at"]], mine[["pipe", "detected_at"]])
