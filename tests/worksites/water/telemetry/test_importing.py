# SPDX-License-Identifier: EUPL-1.2
"""Telemetry into the twin and out of it: sensors, units, qualities, counts; wrong files refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import JumeauError
from jumeau.twin import territory as twin
from jumeau.worksites import water
from jumeau.worksites.water.source import SOURCE
from jumeau.worksites.water.telemetry import frames, night_flow

DAYS = 5


@pytest.fixture
def place(made, tmp_path):
    """Make a territory that has the made town."""
    t = twin.create(tmp_path / "place.jumeau", name="Place")
    water.write_inp(made.net, tmp_path / "made.inp")
    t.add([tmp_path / "made.inp"])
    return t


def pressures(made, folder, **changes):
    """Write five days of pressures in bar; return the file and what it holds."""
    frame = made.pressures.iloc[: DAYS * 288].copy()
    for column, (places, values) in changes.items():
        frame.iloc[places, frame.columns.get_loc(column)] = values
    path = folder / "pressions.csv"
    written = (frame / 10.19716).round(4).rename(columns=lambda it: f"{it} (bar)")
    written.to_csv(path, sep=";", decimal=",", index_label="Horodate",
                   date_format="%d/%m/%Y %H:%M")  # fmt: skip
    return path, frame


def test_a_wide_file_brings_readings_and_sensors(made, place, tmp_path):
    path, frame = pressures(made, tmp_path, b2=(slice(500, 520), np.nan),
                            b3=([700, 701], [0.0, 150.0]))  # fmt: skip
    report = place.add([path], "observation")
    cells = frame.size
    assert (report.read, report.added, report.dropped) == (cells, cells - 20, 20)
    codes = list(report.findings["code"])
    assert {"JUM-H181", "JUM-H182", "JUM-H178"} == set(codes)
    sensors = place.table("sensor").to_pylist()
    assert {(it["id"], it["table"], it["entity"], it["unit"]) for it in sensors} >= {
        ("pressure-b3", "junction", "b3", "bar")
    }
    rows = place.table("observation", where={"sensor_id": "pressure-b3"}).to_pandas()
    assert set(rows["unit"]) == {"bar"} and (rows["quality"] == "bad").sum() == 2
    first = rows.sort_values("time").iloc[0]
    assert first["time"] == pd.Timestamp("2023-09-24 22:00", tz="UTC")  # summer time
    again = place.add([path], "observation")
    assert (again.added, again.unchanged) == (0, cells - 20)


def test_frames_come_out_in_the_units_of_the_search(made, place, tmp_path):
    path, frame = pressures(made, tmp_path, b3=([700], [0.0]))
    place.add([path], "observation")
    (made.flows.iloc[: DAYS * 288] / 3.6).add_suffix(" débit (l/s)").to_csv(
        tmp_path / "debits.csv", index_label="time"
    )
    made.meters.iloc[: DAYS * 288].to_parquet(tmp_path / "AMR.parquet")
    place.add([tmp_path / "debits.csv"], "observation")
    place.add([tmp_path / "AMR.parquet"], "observation")
    found = frames(place)
    assert str(found.pressures.index.tz) == "Europe/Paris"
    assert found.pressures.index[0].tz_localize(None) == frame.index[0]
    good = frame.to_numpy().copy()
    good[700, 6] = np.nan
    np.testing.assert_allclose(found.pressures[list(frame)], good, atol=2e-3)
    np.testing.assert_allclose(found.flows["main"], made.flows["main"].iloc[: DAYS * 288])
    np.testing.assert_allclose(found.meters, made.meters.iloc[: DAYS * 288])
    assert found.levels.empty
    assert found.faults[["sensor", "quality", "readings"]].to_numpy().tolist() == [["b3", "bad", 1]]
    part = frames(place, since="2023-09-26", until="2023-09-27")
    assert len(part.pressures) == 289 and part.pressures.index[0].hour == 0


def test_sensors_that_the_twin_knows_are_used(made, place, tmp_path):
    sensors = pd.DataFrame({"id": ["CPT-1"], "property": ["flow"], "unit": ["m³/h"],
                            "table": ["pipe"], "entity": ["main"], "name": ["Entrée"]})  # fmt: skip
    with place.transaction("sensors") as tx:
        tx.upsert("sensor", sensors)
    made.flows.iloc[:300].set_axis(["Entrée"], axis=1).to_csv(
        tmp_path / "a.csv", index_label="time"
    )
    place.add([tmp_path / "a.csv"], "observation")
    assert place.sql("SELECT DISTINCT sensor_id s FROM observation")["s"].to_pylist() == ["CPT-1"]
    np.testing.assert_allclose(frames(place).flows["main"], made.flows["main"].iloc[:300])


def test_a_wrong_file_changes_nothing(made, place, tmp_path):
    version = place.version
    (tmp_path / "a.csv").write_text("time;x;y\n2023-01-01;1;2\n")
    with pytest.raises(JumeauError):
        place.add([tmp_path / "a.csv"], "observation")
    assert (place.version, place.count("observation")) == (version, 0)


def test_other_files_stay_with_the_house(made, place, tmp_path):
    path = tmp_path / "compteur.csv"
    path.write_text("id_point;lu_le;index_kwh\nB1;2023-01-01T00:00:00+01:00;3\n")
    report = place.add(
        [path], "observation",
        mapping={"id_point": "sensor_id", "lu_le": "time", "index_kwh": "value"},
        constants={"property": "energy"},
    )  # fmt: skip
    assert report.added == 1
    assert SOURCE.claims(str(path)) == 0


def test_an_hour_given_twice_counts_once(made, place, tmp_path):
    frame = made.pressures.iloc[: 2 * 288]
    twice = pd.concat([frame.iloc[:100], frame.iloc[88:]])
    twice.to_csv(tmp_path / "pressions.csv", index_label="time")
    report = place.add([tmp_path / "pressions.csv"], "observation")
    assert (report.added, report.dropped) == (frame.size, 12 * 12)
    assert "JUM-H182" in set(report.findings["code"])


def test_the_minimum_night_flow(made):
    time = pd.date_range("2023-07-01", periods=3 * 96, freq="15min", tz="Europe/Paris")
    hour = time.hour.to_numpy()
    entry = np.where((hour >= 2) & (hour < 4), np.where(hour == 3, 5.0, 6.0), 20.0)
    flows = pd.DataFrame({"in": entry, "out": 2.0}, index=time)
    flows.iloc[96 + 8 : 96 + 16, 0] = np.nan
    found = night_flow(flows, {"D": {"in": 1.0, "out": -1.0}, "E": {"lost": 1.0}})
    assert list(found) == ["D"]
    np.testing.assert_array_equal(found["D"], [3.0, np.nan, 3.0])
    assert found.index[0] == pd.Timestamp("2023-07-01")
    utc = flows.tz_convert("UTC")
    pd.testing.assert_frame_equal(
        night_flow(utc, {"D": {"in": 1.0, "out": -1.0}}, zone="Europe/Paris"), found
    )
