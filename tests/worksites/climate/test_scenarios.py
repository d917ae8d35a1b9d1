# SPDX-License-Identifier: EUPL-1.2
"""Events as people write them: rains, series in files, breaches, levels, inflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jumeau.base.errors import InvalidError, MissingFileError, UnknownNameError
from jumeau.worksites.climate import diagnosis, scenarios
from jumeau.worksites.climate.inputs import INPUTS


@pytest.mark.parametrize(
    ("text", "rate", "seconds"),
    [
        ("60mm/1h", 60.0, 3600.0),
        ("60 mm / 1 h", 60.0, 3600.0),
        ("60mm/h", 60.0, 3600.0),
        ("35,5 mm en 30 min", 71.0, 1800.0),
        ("12.5mm/15min", 50.0, 900.0),
        ("100MM/2H", 50.0, 7200.0),
        ("48mm in 2d", 1.0, 172800.0),
    ],
)
def test_a_rain_is_an_amount_over_a_time(text: str, rate: float, seconds: float) -> None:
    series = scenarios.storm(text)
    assert series.times == (0.0, seconds)
    assert series.values == (pytest.approx(rate), 0.0)


@pytest.mark.parametrize(
    "text", ["", "60", "60mm", "mm/1h", "60mm/0h", "0mm/1h", "-5mm/1h", "60mm/1month", "6e3mm/1h",
             "nanmm/1h", "60cm/1h", "60mm/1h/2h", "5000mm/1h"]
)  # fmt: skip
def test_what_is_no_rain_is_said(text: str) -> None:
    with pytest.raises(InvalidError, match="JUM-K041") as caught:
        scenarios.storm(text)
    assert "60mm/1h" in caught.value.remedy


def test_a_rain_fills_its_amount() -> None:
    assert scenarios.event({"rain": "60mm/2h"}).rain_mm == pytest.approx(60.0)
    stepwise = scenarios.event({"hyetograph": [[0, 10], [600, 30], [1200, 0]]})
    assert stepwise.rain_mm == pytest.approx((10 + 30) / 6)


@pytest.mark.parametrize(
    ("lines", "times", "rates"),
    [
        ("time_s,mm_h\n0,10\n600,30\n1200,0\n", (0, 600, 1200), (10, 30, 0)),
        ("temps_min;mm/h\n0;10,5\n10;0\n", (0, 600), (10.5, 0)),
        ("heure;intensité mm_h\n0:00;6\n0:30;12\n1:00;0\n", (0, 1800, 3600), (6, 12, 0)),
        ("time_h\tmm\n0\t5\n0.5\t2.5\n", (0, 1800, 3600), (10, 5, 0)),
        ("t,station,mm_h\n0,a,10\n60,a,20\n", (0, 60, 120), (10, 20, 0)),
    ],
)
def test_a_hyetograph_says_its_units(
    tmp_path: Path, lines: str, times: tuple[float, ...], rates: tuple[float, ...]
) -> None:
    file = tmp_path / "rain.csv"
    file.write_text(lines, encoding="utf-8")
    series = scenarios.hyetograph(file)
    assert series.times == pytest.approx(times)
    assert series.values == pytest.approx(rates)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("", 1),
        ("0,10\n600,20\n", 1),
        ("time_s,height\n0,10\n60,2\n", 1),
        ("time_s,mm_h\n0,10\n0,20\n", 3),
        ("time_s,mm_h\n0,10\n60,-1\n", 3),
        ("time_s,mm_h\n0,10\n60,many\n", 3),
        ("time_s,mm_h\n0,10\n60\n", 3),
        ("time_s,mm_h\n0,10\n", 2),
        ("time_s,mm_h\n-60,10\n60,2\n", 2),
    ],
)
def test_a_wrong_hyetograph_tells_its_line(tmp_path: Path, lines: str, line: int) -> None:
    file = tmp_path / "rain.csv"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(InvalidError, match="JUM-K043") as caught:
        scenarios.event({"hyetograph": str(file)})
    assert caught.value.data["line"] == line


def test_a_file_that_is_not_there_has_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "rain.csv").write_text("time_s,mm_h\n0,1\n60,0\n")
    with pytest.raises(MissingFileError, match=re.escape("rain.csv")) as caught:
        scenarios.hyetograph(tmp_path / "rian.csv")
    assert caught.value.code == "JUM-K042"


def test_a_breach_is_a_place_a_width_and_a_level() -> None:
    assert scenarios.breach("293000, 6832500.5, 20, 62.5") == (293000.0, 6832500.5, 20.0, 62.5)
    assert scenarios.breach("293000;6832500;20;62,5").level == 62.5
    for text in ("", "1,2,3", "1,2,0,4", "1,2,-3,4", "a,b,c,d", "1,2,3,nan", "1,2,3,4,5"):
        with pytest.raises(InvalidError, match="JUM-K044"):
            scenarios.breach(text)


def test_a_level_of_the_sea_is_in_metres() -> None:
    assert scenarios.sea_level("4.2") == 4.2
    assert scenarios.sea_level("4,2 m") == 4.2
    assert scenarios.sea_level(420.0 / 100) == 4.2
    assert scenarios.sea_level("60 cm") == pytest.approx(0.6)
    for given in ("high", "400", "-80", "4 kg", float("nan"), [1]):
        with pytest.raises(InvalidError, match="JUM-K045"):
            scenarios.sea_level(given)


def test_an_inflow_is_steady_or_a_series(tmp_path: Path) -> None:
    steady = scenarios.inflow("293000,6832500,40m3/s/2h")
    assert steady.series == ((0.0, 7200.0), (40.0, 40.0))
    file = tmp_path / "flow.csv"
    file.write_text("time_min,m3_s\n0,0\n30,12.5\n90,0\n")
    read = scenarios.inflow(f"1,2,{file}")
    assert read.series == ((0.0, 1800.0, 5400.0), (0.0, 12.5, 0.0))
    for text in ("", "1,2", "1,2,m3/s/2h", "1,2,40m3/s/2weeks", "a,2,40m3/s/2h"):
        with pytest.raises((InvalidError, MissingFileError), match=r"JUM-K04[26]"):
            scenarios.inflow(text)


def test_one_event_may_hold_several_things_but_one_rain() -> None:
    found = scenarios.event({"rain": "20mm/1h", "sea_level": 3, "breach": None, "inflow": ""})
    assert found.kinds == ("rain", "sea_level")
    with pytest.raises(InvalidError, match="JUM-K047"):
        scenarios.event({"rain": "20mm/1h", "hyetograph": [[0, 1], [60, 0]]})
    with pytest.raises(UnknownNameError, match="rain"):
        scenarios.event({"rian": "20mm/1h"})


def test_events_are_named_in_both_languages() -> None:
    rain = scenarios.event({"rain": "35.5mm/30min"})
    assert (rain.label("en"), rain.label("fr")) == ("35.5 mm in 30 min", "35,5 mm en 30 min")
    both = scenarios.event({"sea_level": 4.2, "breach": "1,2,20,62.5"})
    assert both.label("fr") == "brèche de 20 m, eau à 62,5 m, mer à 4,2 m"


def test_the_usual_scenario_follows_its_parameters() -> None:
    given = diagnosis.defaults().override({"climate_rain_mm": 30, "climate_rain_h": 0.5})
    usual = scenarios.usual(given)
    assert not usual.asked
    assert usual.rain_mm == pytest.approx(30.0)
    assert usual.duration(given) == pytest.approx(1800 + 3600 * given["climate_after_h"].value)


def test_what_is_asked_from_outside_reads_as_an_event() -> None:
    for name, spec in INPUTS.items():
        for example in spec["schema"].get("examples", ()):
            if "pattern" in spec["schema"]:
                assert re.search(spec["schema"]["pattern"], example)
            assert scenarios.event({name: example}).kinds
    for path in ("/etc/passwd", "1,2,/etc/passwd", "1,2,../flow.csv"):
        assert not re.search(INPUTS["inflow"]["schema"]["pattern"], path)
