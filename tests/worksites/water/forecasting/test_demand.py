# SPDX-License-Identifier: EUPL-1.2
"""Forecast of demand: the future is not used, clocks, units, gaps, weather, short histories."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import InvalidError, UnknownNameError
from jumeau.worksites import water
from jumeau.worksites.water.forecasting import holidays, weather

ROME, PARIS = "Europe/Rome", "Europe/Paris"


def series(
    start: str, end: str, zone: str | None = PARIS, names: tuple[str, ...] = ("north", "port")
) -> pd.DataFrame:
    """Return flows with a day, a week and a little noise; the same whatever the end."""
    times = pd.date_range(start, end, freq="h", tz=zone, inclusive="left")
    rng = np.random.default_rng(7)
    hour = 2 * np.pi * np.asarray(times.hour) / 24
    weekday = np.asarray(times.day_of_week)
    day = 1.0 - 0.5 * np.cos(hour) - 0.2 * np.cos(2 * hour)
    week = np.where(weekday == 6, 0.6, np.where(weekday == 5, 0.8, 1.0))
    noise = rng.normal(0.0, 0.03, (len(times), 5))
    columns = {
        name: (10.0 + 20.0 * k) * (0.4 + day * week + noise[:, k]) for k, name in enumerate(names)
    }
    return pd.DataFrame(columns, index=times)


def truth(answer: pd.DataFrame, **kwargs: Any) -> pd.DataFrame:
    """Return the same series at the hours of an answer."""
    return series("2022-01-03", "2022-12-01", **kwargs).reindex(answer.index)


def middle(answer: pd.DataFrame) -> pd.DataFrame:
    """Return the medians of an answer."""
    return answer.xs(0.5, axis=1, level="quantile")


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """Return seven months of two districts."""
    return series("2022-01-03", "2022-08-01")


@pytest.fixture(scope="module")
def week(history: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast of a week of June."""
    return water.forecast_demand(history, None, "2022-06-20")


def test_week_is_near_the_truth(week: pd.DataFrame) -> None:
    assert len(week) == 168
    assert week.index[0] == pd.Timestamp("2022-06-20", tz=PARIS)
    assert str(week.index.tz) == PARIS  # type: ignore[attr-defined]
    assert list(week.columns) == [(d, q) for d in ("north", "port") for q in (0.1, 0.5, 0.9)]
    gap = (middle(week) - truth(week)).abs().mean()
    assert (gap < [0.4, 1.2]).all()  # the noise alone makes 0.24 and 0.72


def test_quantiles_are_ordered_and_cover(week: pd.DataFrame) -> None:
    low, high = (week.xs(q, axis=1, level="quantile") for q in (0.1, 0.9))
    assert (low <= middle(week)).all(axis=None)
    assert (middle(week) <= high).all(axis=None)
    real = truth(week)
    inside = ((real >= low) & (real <= high)).to_numpy().mean()
    assert 0.7 < inside < 0.9


def test_nothing_at_or_after_the_origin_is_used(history: pd.DataFrame, week: pd.DataFrame) -> None:
    origin = pd.Timestamp("2022-06-20", tz=PARIS)
    spoiled = history.copy()
    spoiled.loc[spoiled.index >= origin] = 1e6
    for other in (spoiled, history[history.index < origin], history[history.index <= origin]):
        answer = water.forecast_demand(other, None, origin)
        pd.testing.assert_frame_equal(answer, week)


def test_unit_of_the_history_is_that_of_the_answer(
    history: pd.DataFrame, week: pd.DataFrame
) -> None:
    other = water.forecast_demand(history * 3.6, None, "2022-06-20")
    np.testing.assert_allclose(other.to_numpy(), 3.6 * week.to_numpy(), rtol=2e-3)


@pytest.mark.parametrize(
    ("origin", "first", "shown"),
    [("2022-03-27 00:00", 0, [0, 1, 3, 4]), ("2022-10-30 00:00", 0, [0, 1, 2, 2, 3])],
)
def test_days_of_23_and_25_hours(origin: str, first: int, shown: list[int]) -> None:
    long = series("2022-01-03", "2022-12-01")
    answer = water.forecast_demand(long, None, origin, 72, country="NONE")
    assert len(answer) == 72
    assert list(answer.index.hour[first : first + len(shown)]) == shown  # type: ignore[attr-defined]
    assert (np.diff(answer.index.asi8) > 0).all()  # type: ignore[attr-defined]
    gap = (middle(answer) - long.reindex(answer.index)).abs().mean()
    assert (gap < [0.5, 1.5]).all()
    if len(set(shown)) < len(shown):
        repeated = answer.iloc[2:4].to_numpy()
        np.testing.assert_array_equal(repeated[0], repeated[1])


def test_history_in_utc_is_read_on_the_clock_of_the_place(
    history: pd.DataFrame, week: pd.DataFrame
) -> None:
    origin = pd.Timestamp("2022-06-20", tz=PARIS)
    answer = water.forecast_demand(history.tz_convert("UTC"), None, origin, zone=PARIS)
    assert (answer.index == week.index).all()
    np.testing.assert_allclose(answer.to_numpy(), week.to_numpy(), rtol=1e-6)


def test_naive_times_stay_naive() -> None:
    naive = series("2022-01-03", "2022-05-02", None)
    answer = water.forecast_demand(naive, None, "2022-05-02 07:00", 30)
    assert answer.index.tz is None  # type: ignore[attr-defined]
    assert answer.index[0] == pd.Timestamp("2022-05-02 07:00")
    gap = (middle(answer) - truth(answer, zone=None)).abs().mean()
    assert (gap < [0.5, 1.5]).all()


def test_gaps_spikes_and_a_frozen_meter_are_told_and_do_no_harm(
    history: pd.DataFrame, week: pd.DataFrame
) -> None:
    ill = history.copy()
    at = ill.index.get_indexer([pd.Timestamp("2022-06-10", tz=PARIS)])[0]
    ill.iloc[at : at + 70, 0] = np.nan
    ill.iloc[at + 100, 0] = 900.0
    ill.iloc[at + 150 : at + 180, 0] = 11.25
    ill = pd.concat([ill, ill.iloc[at : at + 5]]).sample(frac=1.0, random_state=1)
    answer = water.forecast_demand(ill, None, "2022-06-20")
    gap = (middle(answer) - truth(answer)).abs().mean()
    usual = (middle(week) - truth(week)).abs().mean()
    assert gap["north"] < 1.25 * usual["north"]
    told = {it.entity: it for it in answer.attrs["findings"] if it.code == "JUM-H196"}
    assert set(told) == {"north"}
    assert (told["north"].data["spikes"], told["north"].data["frozen"]) == (1, 30)


def test_weather_that_matters_is_learnt_and_its_lack_told() -> None:
    flow = series("2022-01-03", "2022-08-01")
    rng = np.random.default_rng(3)
    days = pd.date_range("2022-01-01", "2022-08-10", tz=PARIS)
    daily = pd.Series(25.0 + 6.0 * rng.standard_normal(len(days)), index=days)
    sky = pd.DataFrame({"Température (°C)": daily}).resample("h").ffill()
    heat = sky["Température (°C)"].reindex(flow.index).to_numpy()[:, None]
    flow = flow * (1.0 + 0.04 * (heat - 25.0))
    origin = pd.Timestamp("2022-07-18", tz=PARIS)
    told = water.forecast_demand(flow, sky, origin)
    blind = water.forecast_demand(flow, None, origin)
    until = water.forecast_demand(flow, sky[sky.index < origin], origin)
    real = flow.reindex(told.index)
    gap, other = ((middle(it) - real).abs().mean().mean() for it in (told, blind))
    assert gap < 0.6 * other
    assert [it.code for it in told.attrs["findings"]] == []
    assert [it.code for it in until.attrs["findings"]] == ["JUM-H197"]
    assert until.attrs["findings"][0].data["missing"] == 168


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Air temperature", "temperature"), ("Température (°C)", "temperature"), ("t", "temperature"),
     ("air_temp", "temperature"), ("Rainfall depth", "rain"), ("cumul pluie", "rain"),
     ("RR", "rain"), ("Air humidity", "humidity"), ("Windspeed", "wind"), ("moon", None),
     ("tide", None)],
)  # fmt: skip
def test_weather_is_known_by_its_names(name: str, kind: str | None) -> None:
    assert weather.kind_of(name) == kind


def test_unknown_weather_is_told(history: pd.DataFrame) -> None:
    sky = pd.DataFrame({"moon": 1.0, "rain": 0.0}, index=history.index)
    answer = water.forecast_demand(history, sky, "2022-06-20", 24)
    found = {it.code: it.data for it in answer.attrs["findings"]}
    assert found == {"JUM-H199": {"columns": ["moon"]}}


@pytest.mark.parametrize("days", [1, 5, 12, 30])
def test_short_history_gives_something_and_says_so(days: int) -> None:
    end = pd.Timestamp("2022-02-07") + pd.Timedelta(days=days)
    short = series("2022-02-07", str(end), names=("one",))
    answer = water.forecast_demand(short, None, end)
    assert answer.notna().all(axis=None)
    assert [it.code for it in answer.attrs["findings"]] == ["JUM-H195"]
    real = series("2022-02-07", "2022-04-01", names=("one",)).reindex(answer.index)
    gap = float((middle(answer) - real).abs().mean().iloc[0])
    assert gap < (0.6 if days >= 12 else 4.0)


def test_a_district_without_flow_stays_empty(history: pd.DataFrame) -> None:
    answer = water.forecast_demand(history.assign(dead=np.nan), None, "2022-06-20", 24)
    assert answer["dead"].isna().all(axis=None)
    assert answer["north"].notna().all(axis=None)
    found = answer.attrs["findings"]
    assert [(it.code, it.entity, it.severity) for it in found] == [("JUM-H194", "dead", "degrades")]


def test_holidays_look_like_sundays() -> None:
    flow = series("2021-01-04", "2022-07-20", ROME)
    feasts = sorted(holidays.public("IT", 2021, 2022))
    dates = np.array([it.date() for it in flow.index])
    usual = flow.copy()
    for feast in feasts:
        sunday = feast - dt.timedelta(feast.weekday() + 1)
        if (dates == feast).sum() == (dates == sunday).sum() == 24:
            flow[dates == feast] = usual[dates == sunday].to_numpy()
    origin, day = "2022-06-01", slice(24, 48)  # 2 June is a feast in Italy only
    asked: list[dict[str, Any]] = [{}, {"country": "FR"}, {"country": "NONE", "feasts": feasts}]
    answers = [middle(water.forecast_demand(flow, None, origin, 72, **it)) for it in asked]
    real = flow.reindex(answers[0].index)
    italy, france, told = ((it - real).iloc[day].abs().mean().mean() for it in answers)
    assert italy < 0.4 * france
    assert told < 0.4 * france


def test_horizon_beyond_a_week(history: pd.DataFrame) -> None:
    answer = water.forecast_demand(history, None, "2022-05-02", 24 * 16)
    assert len(answer) == 24 * 16
    gap = (middle(answer) - truth(answer)).abs().mean()
    assert (gap < [0.5, 1.5]).all()


def test_constant_and_zero_flows() -> None:
    times = pd.date_range("2022-01-03", "2022-05-02", freq="h", tz=PARIS, inclusive="left")
    still = pd.DataFrame({"zero": 0.0, "noisy": 5.0}, index=times)
    still["noisy"] += np.random.default_rng(0).normal(0, 0.1, len(times))
    answer = water.forecast_demand(still, None, "2022-05-02", 24)
    assert abs(middle(answer)["noisy"].mean() - 5.0) < 0.1
    assert (answer["zero"].fillna(0.0) == 0.0).all(axis=None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"horizon_h": 0}, "JUM-H193"),
        ({"horizon_h": 2000}, "JUM-H193"),
        ({"origin": "2021-01-01"}, "JUM-H192"),
    ],
)
def test_refusals(history: pd.DataFrame, change: dict[str, Any], code: str) -> None:
    asked = {"origin": "2022-06-20", "horizon_h": 24} | change
    with pytest.raises(InvalidError, match=code):
        water.forecast_demand(history, None, **asked)


def test_refusal_of_what_is_no_time(history: pd.DataFrame) -> None:
    with pytest.raises(InvalidError, match="JUM-H191"):
        water.forecast_demand(history.reset_index(drop=True), None, "2022-06-20")
    with pytest.raises(UnknownNameError, match="JUM-H190"):
        water.forecast_demand(history, None, "2022-06-20", country="FRA")


def test_one_series_and_texts_as_times_are_read(history: pd.DataFrame, week: pd.DataFrame) -> None:
    alone = water.forecast_demand(history["port"], None, "2022-06-20")
    pd.testing.assert_frame_equal(alone, water.forecast_demand(history[["port"]], None,
                                                               "2022-06-20"))  # fmt: skip
    plain = history.tz_localize(None)
    written = plain.set_axis(plain.index.astype(str), axis=0)
    pd.testing.assert_frame_equal(water.forecast_demand(written, None, "2022-06-20"),
                                  water.forecast_demand(plain, None, "2022-06-20"),
                                  check_names=False)  # fmt: skip


@pytest.mark.parametrize("origin", ["some day", None, pd.NaT])
def test_an_origin_that_is_no_time_is_named(history: pd.DataFrame, origin: object) -> None:
    with pytest.raises(InvalidError, match="JUM-H191"):
        water.forecast_demand(history, None, origin)


def test_hours_of_a_clock_half_an_hour_off_begin_at_the_origin(history: pd.DataFrame) -> None:
    far = history.tz_localize(None).tz_localize("Asia/Kolkata", ambiguous=True)
    answer = water.forecast_demand(far, None, "2022-06-20", 24)
    assert answer.index[0] == pd.Timestamp("2022-06-20", tz="Asia/Kolkata")
    gap = (middle(answer) - far.reindex(answer.index)).abs().mean()
    assert (gap < [0.5, 1.5]).all()


def test_hours_never_measured_are_drawn_between_the_others(history: pd.DataFrame) -> None:
    holed = history.copy()
    holed[holed.index.hour % 3 == 0] = np.inf  # type: ignore[attr-defined]
    answer = water.forecast_demand(holed, None, "2022-06-20")
    assert np.isfinite(answer.to_numpy()).all()
    codes = [it.code for it in answer.attrs["findings"]]
    assert codes.count("JUM-H196") == 2


@pytest.mark.parametrize("second", [True, False])
def test_an_origin_in_the_repeated_hour_begins_there(second: bool) -> None:
    long = series("2022-01-03", "2022-12-01")
    origin = pd.Timestamp("2022-10-30 02:30").tz_localize(PARIS, ambiguous=second)
    answer = water.forecast_demand(long, None, origin, 24)
    assert answer.index[0] == origin - pd.Timedelta(minutes=30)
    assert len(answer.index.unique()) == 24
