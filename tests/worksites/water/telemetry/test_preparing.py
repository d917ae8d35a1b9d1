# SPDX-License-Identifier: EUPL-1.2
"""Each kind of fault put in clean readings is found, dated and measured; clean ones have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import JumeauError
from jumeau.worksites.water.telemetry import prepare


def ready(made, **frames):
    """Prepare the made readings, some frames replaced."""
    given = {"pressures": made.pressures, "flows": made.flows, "meters": made.meters, **frames}
    return prepare(
        given["pressures"], given["flows"], None, given["meters"],
        train=given.get("train", made.train), net=given.get("net", made.net),
    )  # fmt: skip


def only(found, kind):
    """Return the one row of faults, of a kind."""
    assert list(found.faults["kind"]) == [kind], found.faults.to_string()
    return found.faults.iloc[0]


def codes(found):
    return [it.code for it in found.findings]


def changed(made, column, places, values):
    frame = made.pressures.copy()
    frame.iloc[places, frame.columns.get_loc(column)] = values
    return frame


def test_clean_readings_have_no_fault(made):
    found = ready(made)
    assert found.faults.empty and not found.findings and found.matches
    assert found.units == {"pressures": "m", "flows": "m³/h", "levels": "", "meters": "l/h"}
    np.testing.assert_array_equal(found.pressures.to_numpy(), made.pressures.to_numpy())
    assert found.step_s == 300 and found.meters.dtypes.iloc[0] == "float32"
    assert found.training().sum() == 8 * 288
    assert found.hour[13] == pytest.approx(13 / 12)


def test_a_silence_of_days_is_a_gap(made):
    found = ready(made, pressures=changed(made, "b2", slice(3000, 3000 + 3 * 288), np.nan))
    row = only(found, "gap")
    assert (row.sensor, row.start) == ("b2", made.pressures.index[3000])
    assert row.amount == pytest.approx(3.0)
    assert codes(found) == ["JUM-H176"]


def test_a_stuck_value_is_left_out(made):
    frame = changed(made, "c1", slice(4000, 4300), 45.67)
    row = only(found := ready(made, pressures=frame), "stuck")
    assert (row.start, row.end) == (frame.index[4000], frame.index[4299])
    assert row.amount == pytest.approx(45.67)
    assert found.pressures["c1"].iloc[4000:4300].isna().all()
    assert found.pressures["c1"].iloc[[3999, 4300]].notna().all()


def test_a_stopped_pump_is_not_stuck(made):
    flows = made.flows.copy()
    flows.iloc[1000:1400] = 0.0
    assert list(ready(made, flows=flows).faults["kind"]) == ["stuck"]
    for k in range(0, 11000, 500):
        flows.iloc[k : k + 100] = 0.0
    assert "stuck" not in set(ready(made, flows=flows).faults["kind"])


def test_absurd_readings_are_left_out(made):
    at = [700, 2500, 2501, 9000]
    frame = changed(made, "a3", at, [0.0, 160.0, 160.0, 0.0])
    row = only(found := ready(made, pressures=frame), "spike")
    assert (row["count"], row.amount, row.start) == (4, 160.0, frame.index[700])
    assert np.flatnonzero(found.pressures["a3"].isna()).tolist() == at
    flows = made.flows.copy()
    flows.iloc[[100, 5000]] = 999.9
    assert only(ready(made, flows=flows), "spike").amount == pytest.approx(999.9)


@pytest.mark.parametrize(("unit", "factor"), [("bar", 1 / 10.19716), ("kPa", 9.80665)])
def test_units_of_pressure(made, unit, factor):
    found = ready(made, pressures=made.pressures * factor)
    assert found.units["pressures"] == unit
    np.testing.assert_allclose(found.pressures, made.pressures, rtol=1e-5)
    assert codes(found) == ["JUM-H184"]
    one = made.pressures.copy()
    one["b1"] *= factor
    found = ready(made, pressures=one)
    assert found.units["pressures"] == "m"
    assert only(found, "unit").sensor == "b1"
    np.testing.assert_allclose(found.pressures, made.pressures, rtol=1e-5)


@pytest.mark.parametrize(("unit", "factor"), [("l/s", 1 / 3.6), ("l/h", 1000.0), ("m³/d", 24.0)])
def test_units_of_flow_and_meters(made, unit, factor):
    found = ready(made, flows=made.flows * factor)
    assert found.units["flows"] == unit
    np.testing.assert_allclose(found.flows, made.flows, rtol=1e-9)
    found = ready(made, meters=made.meters / 1000)
    assert found.units["meters"] == "m³/h"
    np.testing.assert_allclose(found.meters, made.meters, rtol=1e-4)


def test_a_late_clock_is_set_right(made):
    frame = made.pressures.copy()
    late = made.pressures["b3"].shift(12)
    frame.loc[frame.index[3000:7000], "b3"] = late.iloc[3000:7000]
    row = only(found := ready(made, pressures=frame), "clock")
    assert (row.sensor, row.amount) == ("b3", 3600.0)
    assert abs(row.start - frame.index[3000]) < pd.Timedelta("6h")
    assert abs(row.end - frame.index[7000]) < pd.Timedelta("6h")
    kept = found.pressures["b3"]
    assert (kept.iloc[3100:6900] == made.pressures["b3"].iloc[3100:6900]).mean() > 0.99


def test_a_drifting_clock_is_told(made):
    frame = made.pressures.copy()
    time = np.arange(len(frame))
    late = np.maximum(time - 3000, 0) / 288 * 120 / 300
    frame["a2"] = np.round(np.interp(time - late, time, frame["a2"]), 2)
    row = only(ready(made, pressures=frame), "clock")
    assert row.sensor == "a2"
    assert row.amount == pytest.approx(120 * (len(frame) - 3000) / 288, rel=0.15)


def test_exchanged_sensors_are_put_back(made):
    frame = made.pressures.rename(columns={"a1": "b4", "b4": "a1"})
    found = ready(made, pressures=frame)
    assert sorted(found.faults["sensor"]) == ["a1", "b4"]
    assert set(found.faults["kind"]) == {"swap"} and codes(found) == ["JUM-H180"]
    np.testing.assert_array_equal(found.pressures["a1"], made.pressures["a1"])
    frame = made.pressures.copy()
    frame.iloc[5000:8000, [1, 7]] = frame.iloc[5000:8000, [7, 1]].to_numpy()
    found = ready(made, pressures=frame)
    assert set(found.faults["kind"]) == {"swap"} and len(found.faults) == 2
    start, end = found.faults.iloc[0][["start", "end"]]
    assert abs(start - frame.index[5000]) < pd.Timedelta(days=1)
    assert abs(end - frame.index[8000]) < pd.Timedelta(days=1)


@pytest.mark.parametrize("amount", [1.5, -1.5])
def test_a_drift_is_told_from_a_leak(made, amount):
    frame = made.pressures.copy()
    first = 12 * 288
    frame.iloc[first:, 5] += np.linspace(0, amount, len(frame) - first)
    row = only(found := ready(made, pressures=frame), "drift")
    assert row.sensor == "b2"
    assert row.amount == pytest.approx(amount, abs=0.3)
    assert abs(row.start - frame.index[first]) < pd.Timedelta(days=4)
    assert found.drift["b2"] > 1.0 > max(v for k, v in found.drift.items() if k != "b2")
    assert found.pressures["b2"].iloc[-288:].isna().all()


def test_hours_of_the_street_become_winter_time(made):
    local = made.pressures.index.tz_localize("Etc/GMT-1").tz_convert("Europe/Paris")
    naive = local.tz_localize(None)
    frames = {
        name: getattr(made, name).set_axis(naive) for name in ("pressures", "flows", "meters")
    }
    found = ready(made, **frames)
    assert "JUM-H181" in codes(found)
    assert set(found.faults["kind"]) == {"summer time"}
    assert found.faults["start"].iloc[0] == pd.Timestamp("2023-10-29 02:00")
    np.testing.assert_array_equal(found.pressures.to_numpy(), made.pressures.to_numpy())
    assert found.time[0] == made.pressures.index[0]


def test_repeated_rows_count_once(made):
    frame = pd.concat([made.pressures.iloc[:4000], made.pressures.iloc[3988:]])
    row = only(found := ready(made, pressures=frame), "duplicate")
    assert (row["count"], codes(found)) == (12, ["JUM-H182"])
    np.testing.assert_array_equal(found.pressures.to_numpy(), made.pressures.to_numpy())


def test_aware_times_and_coarser_frames(made):
    aware = {name: getattr(made, name).tz_localize("Etc/GMT-1").tz_convert("Europe/Paris")
             for name in ("pressures", "flows")}  # fmt: skip
    aware["meters"] = made.meters.resample("1h").mean().tz_localize("Etc/GMT-1")
    found = ready(made, **aware)
    assert found.faults.empty and str(found.time.tz) == "UTC"
    assert found.hour[0] == pytest.approx(1.0)  # summer time in Paris
    assert found.meters["a1"].iloc[:12].nunique() == 1


def test_names_of_another_network_are_told(made):
    frame = made.pressures.rename(columns={"a1": "A1", "c4": "zz"})
    found = ready(made, pressures=frame)
    told = next(it for it in found.findings if it.code == "JUM-H175")
    assert told.data["count"] == 2 and "A1 → a1" in told.data["close"]
    assert found.matches and list(found.pressures) == [it for it in frame if it not in ("A1", "zz")]
    frame = made.pressures.add_prefix("x")
    found = ready(made, pressures=frame)
    assert not found.matches and "JUM-H185" in codes(found)


def test_another_network_does_not_match(made):
    net = made.net.copy()
    net.junctions["elevation_m"] = net.junctions["elevation_m"].to_numpy()[::-1].copy()
    found = ready(made, net=net)
    assert not found.matches
    assert [it.severity for it in found.findings if it.code == "JUM-H185"] == ["blocks"]


def test_a_training_period_is_judged(made):
    with pytest.raises(JumeauError, match="JUM-H188"):
        ready(made, train=("2020-01-01", "2020-01-07"))
    with pytest.raises(JumeauError, match="JUM-H188"):
        ready(made, train=("soon", None))
    assert codes(ready(made, train=("2023-09-25", "2023-09-27"))) == ["JUM-H186"]


def test_a_leak_in_the_training_period_is_suspected(made):
    from jumeau.worksites import water

    shape = water.sensitivity(made.net, list(made.pressures), at_s=36000)["c4"].to_numpy()
    frame = made.pressures.copy()
    frame.iloc[4 * 288 :] += 8.0 * shape
    found = ready(made, pressures=frame)
    told = next(it for it in found.findings if it.code == "JUM-H187")
    assert told.data["start"] == "2023-09-29"
    assert found.suspect_train == pytest.approx(8.0, rel=0.3)


def test_a_leak_that_runs_through_the_training_period_is_known_by_its_end(made):
    from jumeau.worksites import water

    shape = water.sensitivity(made.net, list(made.pressures), at_s=36000)["c4"].to_numpy()
    frame = made.pressures.copy()
    frame.iloc[: 20 * 288] += 8.0 * shape
    found = ready(made, pressures=frame)
    told = next(it for it in found.findings if it.code == "JUM-H187")
    assert told.data["change"]["en"].startswith("run through")
    assert abs(pd.Timestamp(told.data["start"]) - frame.index[20 * 288]) <= pd.Timedelta(days=3)
    assert found.suspect_train == pytest.approx(8.0, rel=0.3)


def test_readings_without_times_are_refused(made):
    with pytest.raises(JumeauError, match="JUM-H189"):
        ready(made, pressures=made.pressures.reset_index(drop=True).set_axis(
            [f"x{k}" for k in range(len(made.pressures))]))  # fmt: skip


def test_when_no_name_is_known_it_is_the_network_that_is_blamed(made):
    frames = {"pressures": made.pressures.add_prefix("town-"),
              "flows": made.flows.add_prefix("town-"), "meters": None}  # fmt: skip
    found = ready(made, **frames)
    assert not found.matches and found.pressures.empty
    assert codes(found).count("JUM-H175") == 2 and "JUM-H185" in codes(found)
    assert "JUM-H186" not in codes(found)


def test_known_names_without_readings_in_training_are_refused(made):
    with pytest.raises(JumeauError, match="JUM-H188"):
        ready(made, train=("1990-01-01", "1990-01-07"))
