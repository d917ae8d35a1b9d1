# SPDX-License-Identifier: EUPL-1.2
"""Leaks of a small town, found, dated, measured and placed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from towns import BURST, REPAIRED, Town, measured

from jumeau.base.errors import JumeauError
from jumeau.worksites import water
from jumeau.worksites.water.leaks.history import straightened
from jumeau.worksites.water.leaks.scoring import pipe_distances


@pytest.fixture(scope="module")
def found(town: Town) -> pd.DataFrame:
    return water.find_leaks(town.net, town.pressures, town.flows, train=town.train)


def test_both_leaks_are_found_where_they_are(town: Town, found: pd.DataFrame) -> None:
    assert len(found) == 2
    away = pipe_distances(town.net, [BURST[0], REPAIRED[0]])
    for row, truth in zip(found.itertuples(), (BURST, REPAIRED), strict=True):
        assert away.loc[truth[0], row.pipe] <= 200.0
        assert row.flow_low <= truth[3] <= row.flow_high
        assert row.pipe in row.zone and set(row.zone) <= set(row.zone_95)
        assert 0.8 < row.probability <= 1.0
        assert row.kind == "burst" and row.district == "main"


def test_onset_and_repair_are_dated_within_a_day(town: Town, found: pd.DataFrame) -> None:
    first = town.pressures.index[0]
    for row, truth in zip(found.itertuples(), (BURST, REPAIRED), strict=True):
        assert abs((row.start - first) / pd.Timedelta(days=1) - truth[1]) < 1.0
        delay = (row.detected_at - first) / pd.Timedelta(days=1) - truth[1]
        assert 0.0 <= delay < 2.5
    assert pd.isna(found["end"][0])
    assert abs((found["end"][1] - first) / pd.Timedelta(days=1) - REPAIRED[2]) < 1.0


def test_a_town_without_leak_has_none(sound: Town) -> None:
    found = water.find_leaks(sound.net, sound.pressures, sound.flows, train=sound.train)
    assert len(found) == 0 and "pipe" in found


def test_gaps_and_a_missing_gauge_change_little(town: Town) -> None:
    broken = town.pressures.drop(columns=["n2_3"]).copy()
    broken.iloc[24 * 25 : 24 * 28] = np.nan
    broken.iloc[24 * 10 : 24 * 14, 2] = np.nan
    found = water.find_leaks(town.net, broken, town.flows, train=town.train)
    away = pipe_distances(town.net, [BURST[0], REPAIRED[0]])
    near = [(away[row.pipe] <= 300.0).any() for row in found.itertuples()]
    assert len(found) == 2 and all(near)


def test_days_without_the_meter_of_the_inflow_are_no_leak(town: Town, sound: Town) -> None:
    for it, many in ((sound, 0), (town, 2)):
        flows = it.flows.copy()
        flows.iloc[24 * 12 : 24 * 14 + 9] = np.nan
        flows.iloc[24 * 22 + 4 : 24 * 23] = np.nan
        found = water.find_leaks(it.net, it.pressures, flows, train=it.train)
        assert len(found) == many


def test_a_burst_far_above_the_noise_leaves_no_other_leak() -> None:
    great = measured([("h3_3", 15.6, 24.3, 14.0)], days=30)
    found = water.find_leaks(great.net, great.pressures, great.flows, train=great.train)
    assert len(found) == 1
    assert found["flow_low"][0] < 14.0 < found["flow_high"][0]
    away = pipe_distances(great.net, ["h3_3"])
    assert away.loc["h3_3", found["pipe"][0]] <= 200.0


def test_what_was_drawn_is_told_day_by_day(found: pd.DataFrame) -> None:
    growth, balance = found.attrs["growth"], found.attrs["balance"]
    assert growth.shape == (60, 2)
    assert growth.iloc[:20].to_numpy().max() < 0.5
    assert np.isclose(growth.iloc[55, 0], found["flow_m3_h"][0], rtol=0.05)
    assert (balance["low"] <= balance["leak_m3_h"]).all()
    assert np.isclose(found["eur_day"][0], found["flow_m3_h"][0] * 24 * 0.80)


def test_without_pressure_nor_balance_it_says_so(town: Town) -> None:
    with pytest.raises(JumeauError) as caught:
        water.find_leaks(town.net, town.pressures.iloc[:, :0], town.flows.iloc[:, :0],
                         train=town.train)  # fmt: skip
    assert caught.value.code in ("JUM-H160", "JUM-H188", "JUM-H189")


def test_the_same_data_give_the_same_answer(town: Town, found: pd.DataFrame) -> None:
    again = water.find_leaks(town.net, town.pressures, town.flows, train=town.train)
    pd.testing.assert_frame_equal(found, again)


def test_a_day_of_change_takes_the_same_share_in_all_its_windows() -> None:
    rng = np.random.default_rng(8)
    day = rng.normal(0.0, 0.002, (20, 6, 3))
    day[10, 4:] -= 0.4  # a burst at 16:00
    day[11:] -= 0.4
    out = straightened(day)
    assert np.allclose(out[10], -0.4 / 3.0, atol=0.02)
    assert np.array_equal(np.delete(out, 10, axis=0), np.delete(day, 10, axis=0))
    assert np.array_equal(straightened(day[:10]), day[:10])
