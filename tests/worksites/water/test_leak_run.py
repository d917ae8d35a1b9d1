# SPDX-License-Identifier: EUPL-1.2
"""The search of leaks in a run: rows, series, indicators, findings; options, alerts."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jumeau import decision
from jumeau.base.errors import InvalidError
from jumeau.twin import territory as twin
from jumeau.twin.scenario import Scenario
from jumeau.worksites import water
from jumeau.worksites.water import leak_rows, searching, watching
from jumeau.worksites.water.run import WORKSITE

FEW = Scenario("tendanciel", values={"water_draws": 0, "water_sensors_wanted": 2})
DAYS = 60
START = pd.Timestamp("2024-01-01", tz="Europe/Paris")


def found(net, pressures, flows, levels=None, meters=None, *, train, online=False):
    """Answer as a search does: a burst that runs, a growing leak that was repaired."""
    days = pd.date_range(START, periods=DAYS, freq="D")
    since = START + pd.Timedelta(days=40)
    growth = pd.DataFrame(0.0, index=days, columns=[0, 1])
    growth.loc[days >= since, 0] = 4.0
    growth.loc[(days >= days[10]) & (days < days[30]), 1] = np.linspace(0.1, 2.0, 20)
    rows = [
        {"pipe": "p2", "start": since, "end": pd.NaT, "flow_m3_h": 4.0, "flow_low": 3.5,
         "flow_high": 4.6, "probability": 0.8, "zone": ["p2", "p4"], "kind": "burst",
         "detected_at": since + pd.Timedelta(days=2),
         "pipe_probability": {"p2": 0.5, "p4": 0.3, "p6": 0.2}},
        {"pipe": "p6", "start": days[10], "end": days[30], "flow_m3_h": 2.0, "flow_low": 1.5,
         "flow_high": 2.5, "probability": 0.6, "zone": ["p6"], "kind": "incipient",
         "detected_at": days[20], "pipe_probability": {"p6": 0.9}},
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.attrs = {"growth": growth, "balance": pd.DataFrame(), "findings": [], "faults": FAULTS,
                   "quality": {"matches": True}, "online": online, "train": train}  # fmt: skip
    return frame


FAULTS = pd.DataFrame([
    {"sensor": "E", "quantity": "pressures", "kind": "stuck", "start": START,
     "end": START + pd.Timedelta(days=57), "amount": 31.0, "unit": "m", "action": "left out"},
    {"sensor": "p1", "quantity": "flows", "kind": "gap", "start": START,
     "end": START + pd.Timedelta(days=1), "amount": 1.0, "unit": "d", "action": "left out"},
])  # fmt: skip


def town_text() -> str:
    """Return the town of the other tests."""
    spec = importlib.util.spec_from_file_location(
        "jumeau_tests_water_town", Path(__file__).with_name("conftest.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.TOWN)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Make a territory with the test town, two sensors and two months of readings, and run it."""
    folder = tmp_path_factory.mktemp("leaks")
    file = folder / "town.inp"
    file.write_text(town_text(), encoding="utf-8")
    t = twin.create(folder / "place.jumeau", name="Place", insee=["35001"])
    water.to_territory(water.read_inp(file), t, name="Bourg")
    time = pd.date_range(START, periods=DAYS * 48, freq="30min").tz_convert("UTC")
    hour = time.tz_convert("Europe/Paris").hour
    flow = 30.0 + 10.0 * np.sin(2 * np.pi * (hour - 8) / 24) + 4.0 * (np.arange(len(time)) >= 1920)
    parts = []
    for sensor, kind, unit, values in (
        ("S1", "flow", "m³/h", flow),
        ("S2", "pressure", "m", np.full(len(time), 40.0)),
    ):
        parts.append(pd.DataFrame({"sensor_id": sensor, "property": kind, "time": time,
                                   "value": values, "unit": unit}))  # fmt: skip
    with t.transaction("sensors") as tx:
        tx.insert("sensor", pd.DataFrame([
            {"id": "S1", "property": "flow", "unit": "m³/h", "table": "pipe", "entity": "p1"},
            {"id": "S2", "property": "pressure", "unit": "m", "table": "junction", "entity": "E"},
        ]))  # fmt: skip
        tx.insert("observation", pd.concat(parts, ignore_index=True))
    return t


@pytest.fixture(scope="module")
def run(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(water, "find_leaks", found)
        yield WORKSITE.run(place, FEW)


def indicators(place, name, scope):
    rows = place.table("indicator", where={"indicator": name, "scope": scope}).to_pylist()
    return {row["entity"] or "": row for row in rows}


def test_leaks_are_rows_with_their_zone_and_their_days(place, run):
    rows = {row["pipe_id"]: row for row in place.table("leak").to_pylist()}
    assert set(rows) == {"p2", "p6"}
    burst = rows["p2"]
    assert burst["id"] == "bourg-p2-20240209"
    assert json.loads(burst["zone"]) == {"p2": 0.5, "p4": 0.3}
    assert burst["ended_at"] is None
    assert burst["eur_day"] == pytest.approx(24 * 4.0 * 0.8)
    state = json.loads(burst["state"])
    assert (state["start"], set(state["values"])) == ("2024-02-10", {4.0})
    assert state["low"][0] == pytest.approx(3.5)
    past = json.loads(rows["p6"]["state"])
    assert (past["start"], len(past["values"])) == ("2024-01-11", 20)
    assert burst["geometry"] is not None


def test_only_what_still_runs_counts_in_the_indicators(place, run):
    assert indicators(place, "leak_count", "territory")[""]["value"] == 1.0
    flow = indicators(place, "leak_flow", "water_network")["bourg"]
    assert (flow["value"], flow["low"], flow["high"]) == (4.0, 3.5, 4.6)
    cost = indicators(place, "leak_cost", "territory")[""]
    assert cost["value"] == pytest.approx(4.0 * 8760 * 0.8)
    chances = {k: row["value"] for k, row in indicators(place, "leak_probability", "pipe").items()}
    assert chances == pytest.approx({"p2": 0.4, "p4": 0.24})


def test_the_run_says_which_week_it_took_and_what_leaks(place, run):
    told = {item.code: item for item in run.findings}
    assert "JUM-H231" in told
    assert told["JUM-H234"].data["pipe"] == "p2"
    assert told["JUM-H234"].data["probability"] == 80
    (card,) = run.card["leak_search"]
    assert [fault["kind"] for fault in card["faults"]] == ["stuck", "gap"], "minor ones last"
    assert card["train_chosen"]


def test_pipes_bear_the_chances_of_all_leaks_together():
    rows = pd.DataFrame({"probability": [0.5, 0.8], "zone": ['{"a": 0.4, "b": 0.1}', '{"a": 0.5}']})
    assert leak_rows.pipe_chances(rows) == pytest.approx(
        {"a": 1 - (1 - 0.2) * (1 - 0.4), "b": 0.05}
    )


def test_leaks_that_lose_more_than_the_meters_saw_are_not_kept(place):
    flows = pd.DataFrame({"p1": [30.0, 32.0]}, index=pd.date_range("2024-01-01", periods=2))
    told = found(None, None, None, train=None)
    assert not searching.implausible(told, flows)
    told.attrs["growth"] *= 40.0
    assert searching.implausible(told, flows)


def test_alerts_are_those_since_a_time(place, run):
    every = WORKSITE.watch(place, "2024-01-15")
    assert set(every["kind"]) >= {"leak", "night_flow"}
    leak = every[every["kind"] == "leak"].iloc[0]
    assert (leak["entity"], leak["zone"], leak["eur_day"]) == ("p2", ["p2", "p4"], 76.8)
    late = WORKSITE.watch(place, "2024-02-20")
    assert "leak" not in set(late["kind"])
    with pytest.raises(InvalidError, match="JUM-B042"):
        WORKSITE.watch(place, "tomorrow")


def test_readings_later_than_the_run_are_searched_anew_without_their_future(place, run):
    asked = []

    def again(*args, online=False, **more):
        asked.append(online)
        return found(*args, online=online, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(water, "find_leaks", again)
        patch.setattr(watching, "_kept", lambda t, network: None)
        count = place.count("leak")
        alerts = watching.watch(place, "2024-02-01")
    assert asked == [True]
    assert "leak" in set(alerts["kind"])
    assert place.count("leak") == count, "watching writes nothing"


def test_a_step_of_the_night_flow_is_one_alert():
    days = pd.date_range("2024-01-01", periods=60, freq="D")
    rng = np.random.default_rng(0)
    flow = pd.Series(5.0 + rng.normal(0, 0.05, 60), index=days)
    assert watching.steps(flow).empty
    flow.iloc[30:] += 1.2
    (step,) = watching.steps(flow).to_dict("records")
    assert abs((step["day"] - days[30]).days) <= 1
    assert step["after"] - step["before"] == pytest.approx(1.2, abs=0.15)
    flow.iloc[30:] -= 1.2
    flow.iloc[40] += 9.0  # one night only: a fire, no leak
    assert watching.steps(flow).empty


def test_options_spare_water_and_never_more_than_leaks(place, run):
    options = WORKSITE.options(place, FEW)
    kinds = set(options["kind"])
    assert {"do_nothing", "leak_repair", "pressure_sensor"} <= kinds
    effects = {str(row["id"]): WORKSITE.effect(row, FEW, 400) for _, row in options.iterrows()}
    for row in options.to_dict("records"):
        effect = effects[row["id"]]
        assert (effect["saving_m3_year"] >= 0).all()
        if row["kind"] == "do_nothing":
            assert not effect["saving_m3_year"].any()
    worth = decision.value(options, effects, draws=400)
    saved = worth[worth["quantity"] == "saving_eur_year"].set_index("option_id")["mean"]
    (repair,) = options[options["kind"] == "leak_repair"]["id"]
    assert saved[repair] > 1000.0
    assert json.loads(options.set_index("id")["assets"][repair])["order"] == 1
    sensors = options[options["kind"] == "pressure_sensor"]["id"]
    gains = [effects[name]["saving_m3_year"].mean() for name in sensors]
    assert gains == sorted(gains, reverse=True), "each adds less than the one before"


def test_the_same_price_of_water_everywhere():
    ours, theirs = WORKSITE.parameters(), decision.parameters()
    assert ours["water_cost_eur_m3"] == theirs["water_cost_eur_m3"]


def test_an_option_of_others_is_refused(place):
    with pytest.raises(InvalidError, match="JUM-H238"):
        WORKSITE.effect({"id": "x", "kind": "led"}, FEW, 10)


def test_without_telemetry_a_run_says_what_lacks(town, tmp_path):
    t = twin.create(tmp_path / "dry.jumeau", name="Dry", insee=["35001"])
    water.to_territory(water.read_inp(town), t)
    run = WORKSITE.run(t, FEW)
    (told,) = [item for item in run.findings if item.code == "JUM-H230"]
    assert "pressure" in told.data["what"]["en"]
    assert "flow" in told.data["what"]["en"]
    assert WORKSITE.watch(t).empty


def test_a_day_out_of_its_forecast_is_told():
    hours = pd.date_range("2024-03-01", periods=48, freq="h", tz="Europe/Paris")
    forecast = pd.DataFrame({0.1: 8.0, 0.5: 10.0, 0.9: 12.0}, index=hours)
    told = pd.Series(10.0, index=hours)
    since = hours[0].to_pydatetime()
    assert list(watching._apart("p1", told, forecast, since)) == []
    told.iloc[24:] = 20.0
    (alert,) = watching._apart("p1", told, forecast, since)
    assert alert["code"] == "JUM-H243"
    assert (alert["value"], alert["low"], alert["high"]) == (20.0, 8.0, 12.0)
    told.iloc[24 + watching.ODD_HOURS - 1 :] = 10.0
    assert list(watching._apart("p1", told, forecast, since)) == [], "some hours are expected to"
