# SPDX-License-Identifier: EUPL-1.2
"""Files of telemetry as services write them: layouts, encodings, units, clocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jumeau.base.errors import JumeauError
from jumeau.worksites.water.telemetry import headers, instants, read


def test_battledim_files(tmp_path):
    path = tmp_path / "2018_SCADA_Pressures.csv"
    path.write_text("Timestamp;n1;n4\n2018-01-01 00:00:00;29,1;34,2\n2018-01-01 00:05:00;29,3;\n")
    found = read(path)
    assert found.values.index[1] == pd.Timestamp("2018-01-01 00:05")
    assert [tuple(it) for it in found.columns] == [("n1", "pressure", ""), ("n4", "pressure", "")]
    np.testing.assert_array_equal(found.values, [[29.1, 34.2], [29.3, np.nan]])
    assert (found.cells, found.empty, found.unreadable, found.layout) == (4, 1, 0, "wide")
    assert list(found.frames()["pressures"]) == ["n1", "n4"]
    assert not found.frames()["flows"].shape[1]


def test_french_headers_in_windows_1252_under_a_title(tmp_path):
    path = tmp_path / "export.csv"
    text = (
        "Export supervision;;\n"
        "Date/Heure;n1 - pression (bar);Compteur p5 débit l/s\n"
        "31/12/2022 23:55;2,91;1 234,5\n01/01/2023 00:00;défaut;12\n01/01/2023 00:05;2,90;-\n"
    )
    path.write_bytes(text.encode("cp1252"))
    found = read(path)
    assert found.encoding == "Windows-1252"
    assert found.values.index[0] == pd.Timestamp("2022-12-31 23:55")
    assert found.columns[0] == headers.Header("n1", "pressure", "bar")
    assert found.columns[1] == headers.Header("Compteur p5", "flow", "l/s")
    np.testing.assert_array_equal(found.values, [[2.91, 1234.5], [np.nan, 12], [2.90, np.nan]])
    assert (found.cells, found.empty, found.unreadable) == (6, 1, 1)


def test_a_date_and_an_hour_apart_and_tabs(tmp_path):
    path = tmp_path / "niveaux.txt"
    path.write_text("Date\tHeure\tT1\n02/01/2023\t00:10\t3.1\n02/01/2023\t00:15\t3.2\n")
    found = read(path)
    assert found.values.index[1] == pd.Timestamp("2023-01-02 00:15")
    assert found.columns == [headers.Header("T1", "level", "")]


def test_a_long_file_keeps_sensors_apart(tmp_path):
    path = tmp_path / "mesures.csv"
    path.write_text(
        "capteur,horodate,grandeur,valeur,unite\n"
        "A,2023-01-01T00:00:00+01:00,pression,3.1,bar\nB,2023-01-01T00:00:00+01:00,débit,4,m3/h\n"
        "A,2023-01-01T00:05:00+01:00,pression,3.2,bar\n"
    )
    found = read(path)
    assert found.layout == "long" and found.cells == 3
    assert found.columns == [
        headers.Header("A", "pressure", "bar"), headers.Header("B", "flow", "m³/h")
    ]  # fmt: skip
    assert str(found.values.index[0]) == "2022-12-31 23:00:00+00:00"
    np.testing.assert_array_equal(found.values, [[3.1, 4.0], [3.2, np.nan]])


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_parquet(tmp_path, layout):
    time = pd.date_range("2023-01-01", periods=5, freq="5min", name="time")
    frame = pd.DataFrame({"p1": np.arange(5.0), "p2": 7.0}, index=time)
    if layout == "long":
        frame = frame.reset_index().melt("time", var_name="sensor", value_name="value")
    frame.to_parquet(tmp_path / "Flows.parquet")
    found = read(tmp_path / "Flows.parquet")
    assert (found.layout, found.values.shape, found.cells) == (layout, (5, 2), 10)
    assert [it.property for it in found.columns] == ["flow", "flow"]
    np.testing.assert_array_equal(found.values.iloc[:, 0], np.arange(5.0))


@pytest.mark.parametrize(
    "text",
    ["", "a;b\n1;2\n3;4\n", "time\n2023-01-01 00:00\n2023-01-01 00:05\n",
     "time;name\n2023-01-01 00:00;x\n2023-01-01 00:05;y\n"],
)  # fmt: skip
def test_what_is_no_telemetry_is_refused(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(JumeauError, match="JUM-H189"):
        read(tmp_path / "a.csv")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not quite")
    with pytest.raises(JumeauError, match="JUM-H189"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("p227", ("p227", "", "")),
        ("Pression n54 (mCE)", ("n54", "pressure", "m")),
        ("n54 [kPa]", ("n54", "pressure", "kPa")),
        ("Débit entrée Nord m³/h", ("entrée Nord", "flow", "m³/h")),
        ("conso_n3 (L/h)", ("n3", "demand", "l/h")),
        ("Réservoir Haut (niveau)", ("Réservoir Haut (niveau)", "", "")),
        ("pression (bar)", ("pression", "pressure", "bar")),
    ],
)
def test_headers(text, wanted):
    assert tuple(headers.header(text)) == wanted


def _hours(naive):
    return pd.DataFrame({"a": np.arange(len(naive), dtype=float)}, index=naive)


def test_clocks_become_utc():
    utc = pd.date_range("2023-03-01", "2023-11-30", freq="15min", tz="UTC")
    street = utc.tz_convert("Europe/Paris").tz_localize(None)
    found, clock = instants.to_utc(_hours(street), "Europe/Paris")
    assert clock == "street" and (found == utc).all()
    winter = utc.tz_convert("Etc/GMT-1").tz_localize(None)
    found, clock = instants.to_utc(_hours(winter), "Europe/Paris")
    assert clock == "winter" and (found == utc).all()
    found, clock = instants.to_utc(_hours(utc.tz_localize(None)), "Europe/Paris", utc=True)
    assert clock == "utc" and (found == utc).all()
    july = utc[(utc.month == 7)]
    found, clock = instants.to_utc(
        _hours(july.tz_convert("Europe/Paris").tz_localize(None)), "Europe/Paris"
    )
    assert clock == "street" and (found == july).all()
