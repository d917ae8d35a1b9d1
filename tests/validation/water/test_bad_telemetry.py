# SPDX-License-Identifier: EUPL-1.2
"""Faults put into frames are there, as large as asked, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.validation.water import bad_telemetry as bad

TIMES = pd.date_range("2020-01-01", periods=30 * 288, freq="5min")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


@pytest.fixture
def frame() -> pd.DataFrame:
    turn = np.arange(len(TIMES)) * 2 * np.pi / 288
    values = {f"n{k}": 40.0 + k + np.sin(turn + k) for k in range(4)}
    return pd.DataFrame(values, index=TIMES).astype("float32")


def test_gaps_are_as_long_as_asked(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    out = bad.gaps(frame, rng, 0.1, (12, 100))
    assert frame.notna().all().all()
    lost = out.isna().mean()
    assert lost.between(0.07, 0.1 + 1e-9).all()  # spells may overlap
    runs = out["n0"].isna().astype(int).diff().fillna(0)
    assert (runs == 1).sum() >= 0.07 * len(out) / 100


def test_spikes_are_few_and_far(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    out = bad.spikes(frame, rng, 0.01)
    away = (out - frame).abs()
    hit = away.to_numpy() > 1e-3
    assert 0.005 < hit.mean() < 0.015
    assert away.to_numpy()[hit].min() > 4.9


def test_a_stuck_sensor_repeats_and_comes_back(frame: pd.DataFrame) -> None:
    out = bad.stuck(frame, "n1", "2020-01-05", 2)
    there = slice("2020-01-05", "2020-01-06 23:55")
    assert out.loc[there, "n1"].nunique() == 1
    rest = out.drop(out.loc[there].index)
    pd.testing.assert_frame_equal(rest, frame.loc[rest.index].astype(float))
    pd.testing.assert_series_equal(out["n2"], frame["n2"].astype(float))


def test_a_drift_grows_from_its_start(frame: pd.DataFrame) -> None:
    out = bad.drift(frame, "n1", TIMES[288], 3.65)
    off = (out["n1"] - frame["n1"].astype(float)).to_numpy()
    assert abs(off[:289]).max() < 1e-9
    assert off[288 + 2880] == pytest.approx(0.1)


def test_a_clock_that_is_ahead_writes_later(frame: pd.DataFrame) -> None:
    out = bad.clock_shift(frame, "n1", "2020-01-05", "2020-01-10", 3600)
    was = frame["n1"].astype(float)
    assert out.at[pd.Timestamp("2020-01-06 12:00"), "n1"] == was["2020-01-06 11:00"]
    assert out.at[pd.Timestamp("2020-01-04 12:00"), "n1"] == was["2020-01-04 12:00"]
    assert out.at[pd.Timestamp("2020-01-10 00:00"), "n1"] == was["2020-01-10 00:00"]


def test_swapped_sensors_bear_the_other_name(frame: pd.DataFrame) -> None:
    out = bad.swapped(frame, "n0", "n3", "2020-01-10")
    assert (out["n0"]["2020-01-10":] == frame["n3"]["2020-01-10":]).all()
    assert (out["n3"][:"2020-01-09"] == frame["n3"][:"2020-01-09"]).all()


def test_duplicated_hours_come_twice(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    out = bad.duplicated_hours(frame, rng, 3)
    assert len(out) == len(frame) + 36
    assert out.index.duplicated().sum() == 36
    first = out[~out.index.duplicated()]
    pd.testing.assert_frame_equal(first, frame, check_freq=False)


def test_units_are_those_named(frame: pd.DataFrame) -> None:
    assert bad.in_bar(frame).iloc[0, 0] == pytest.approx(40.0 / 10.1972)
    assert bad.in_litres_a_second(frame).iloc[0, 0] == pytest.approx(40.0 / 3.6)


def test_bad_samples_make_their_share(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    out = bad.bad_samples({"p": frame}, rng, 0.03)["p"]
    changed = (out - frame).abs().to_numpy() > 1e-6
    assert 0.006 < out.isna().to_numpy().mean() < 0.0101
    assert 0.012 < (changed | out.isna().to_numpy()).mean() < 0.031


def test_a_leak_begins_in_the_leaky_week() -> None:
    leaks = pd.DataFrame({"start": pd.to_datetime(["2020-03-05 13:00", "2020-01-02 00:00"])})
    first, last = bad.leaky_week(leaks, "2020-01-01")
    assert first < pd.Timestamp("2020-03-05 13:00") < last
    assert pd.Timedelta(days=6) <= last - first <= pd.Timedelta(days=8)
