# SPDX-License-Identifier: EUPL-1.2
"""Hourly files of Météo-France: stations, years, units, what lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jumeau.base.errors import InvalidError, JumeauError, UnknownNameError
from jumeau.ground.weather import Weather, typical

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def year() -> Weather:
    """Agen again, in 2021."""
    return typical("H2c").renewed(year=2021, start=None)


def codes(weather: Weather) -> list[str]:
    return [item.code for item in weather.findings]


def test_a_station_is_read_in_local_standard_time(write_meteofrance: Write, year: Weather) -> None:
    path = write_meteofrance({"weather": year, "number": "47091001", "name": "AGEN-LA GARENNE"})
    weather = Weather.from_meteofrance(path)
    assert (weather.year, weather.hours) == (2021, 8760)
    assert (weather.name, weather.utc_offset_h, weather.elevation_m) == ("AGEN-LA GARENNE", 1.0, 59)
    assert str(weather.start) == "2021-01-01T00:00:00"
    assert weather.diffuse_horizontal_w_m2 == pytest.approx(year.diffuse_horizontal_w_m2, abs=1.5)
    assert weather.horizontal().sum() == pytest.approx(year.horizontal().sum(), rel=1e-3)
    # global − diffuse over the sine of the sun's height: rounding of the file to 1 J/cm²
    assert weather.direct_normal_w_m2.sum() == pytest.approx(
        year.direct_normal_w_m2.sum(), rel=0.02
    )
    assert codes(weather) == ["JUM-G070"]
    assert Weather.from_file(path).sha256 == weather.sha256


def test_an_hour_is_the_mean_of_the_instants_at_its_ends(
    write_meteofrance: Write, year: Weather
) -> None:
    path = write_meteofrance({"weather": year, "number": "1", "name": "A"})
    weather = Weather.from_meteofrance(path)
    instants = np.round(year.dry_bulb_c, 1)  # the writer put hour k's value at its end
    assert weather.dry_bulb_c[1:] == pytest.approx(0.5 * (instants[:-1] + instants[1:]), abs=0.06)


def test_the_station_with_radiation_is_preferred_and_any_can_be_asked(
    write_meteofrance: Write, year: Weather
) -> None:
    path = write_meteofrance(
        {"weather": year, "number": "47001001", "name": "SANS SOLEIL", "glo": False, "dif": False},
        {"weather": year, "number": "47091001", "name": "AGEN"},
    )
    assert Weather.from_meteofrance(path).name == "AGEN"
    for wanted in ("sans soleil", "47001001", 47001001):
        weather = Weather.from_meteofrance(path, wanted)
        assert weather.name == "SANS SOLEIL"
        assert codes(weather) == ["JUM-G070", "JUM-G072"]
        assert weather.horizontal().sum() == pytest.approx(year.horizontal().sum(), rel=1e-3)


def test_without_radiation_near_it_is_refused(write_meteofrance: Write, year: Weather) -> None:
    path = write_meteofrance(
        {"weather": year, "number": "1", "name": "A", "glo": False, "dif": False},
        {"weather": year, "number": "2", "name": "LOIN", "latitude": 46.5},
    )
    with pytest.raises(InvalidError, match="JUM-G071"):
        Weather.from_meteofrance(path, "A")


def test_without_diffuse_the_split_is_an_estimate(write_meteofrance: Write, year: Weather) -> None:
    path = write_meteofrance({"weather": year, "number": "1", "name": "A", "dif": False})
    weather = Weather.from_meteofrance(path)
    assert codes(weather) == ["JUM-G070", "JUM-G063"]
    assert weather.spread_radiation == pytest.approx(0.06)
    assert weather.horizontal().sum() == pytest.approx(year.horizontal().sum(), rel=1e-3)


def test_a_year_partly_missing_is_refused_and_the_best_is_named(
    write_meteofrance: Write, year: Weather
) -> None:
    def winter(k: int, cells: list[str]) -> list[str] | None:
        return None if 2000 < k < 3000 else cells

    path = write_meteofrance({"weather": year, "number": "1", "name": "A", "change": winter})
    with pytest.raises(InvalidError, match="JUM-G068") as caught:
        Weather.from_meteofrance(path)
    assert caught.value.data["best"] == "2021"
    assert caught.value.data["percent"] == pytest.approx(88.6, abs=0.1)
    with pytest.raises(InvalidError, match="JUM-G068"):
        Weather.from_meteofrance(path, year=1999)


def test_several_files_and_years(tmp_path: Path, write_meteofrance: Write, year: Weather) -> None:
    first = write_meteofrance({"weather": year, "number": "1", "name": "A"}, name="one.csv.gz")
    warmer = year.renewed(start=None, year=2022, dry_bulb_c=year.dry_bulb_c + 1.0)
    second = write_meteofrance({"weather": warmer, "number": "1", "name": "A"}, name="two.csv",
                               plain=True)  # fmt: skip
    both = Weather.from_meteofrance([first, second])
    assert both.year == 2022
    assert Weather.from_meteofrance([first, second], year=2021).dry_bulb_c.mean() == pytest.approx(
        both.dry_bulb_c.mean() - 1.0, abs=0.01
    )


def test_doubtful_values_and_short_holes_are_filled(
    write_meteofrance: Write, year: Weather
) -> None:
    def doubtful(k: int, cells: list[str]) -> list[str] | None:
        if 500 <= k < 505:
            cells[8:10] = ["45.0", "2"]
        return None if 900 <= k < 903 else cells

    path = write_meteofrance({"weather": year, "number": "1", "name": "A", "change": doubtful})
    weather = Weather.from_meteofrance(path)
    assert "JUM-G055" in codes(weather)
    assert weather.dry_bulb_c[500:506].max() < 30.0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace("AAAAMMJJHH", "DATE"), "JUM-G067"),
        (lambda text: text.replace("NUM_POSTE;", ""), "JUM-G067"),
        (lambda text: text[:-40], "JUM-G051"),
        (lambda text: text.replace("2021070112", "2021073212"), "JUM-G051"),
        (lambda text: text.split("\n")[0] + "\n", "JUM-G051"),
        (lambda text: "", "JUM-G067"),
    ],
)
def test_faults_are_coded(
    write_meteofrance: Write, year: Weather, spoil: Callable[[str], str], code: str
) -> None:
    path = write_meteofrance({"weather": year, "number": "1", "name": "A"}, plain=True)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(JumeauError) as caught:
        Weather.from_meteofrance(path)
    assert caught.value.code == code


def test_an_unknown_station_is_refused_with_a_guess(
    write_meteofrance: Write, year: Weather
) -> None:
    path = write_meteofrance({"weather": year, "number": "47091001", "name": "AGEN"})
    with pytest.raises(UnknownNameError, match="AGEN") as caught:
        Weather.from_meteofrance(path, "AGENN")
    assert caught.value.code == "JUM-G069"


def test_overseas_time(write_meteofrance: Write) -> None:
    island = typical("RE").renewed(year=2021, start=None)
    path = write_meteofrance({"weather": island, "number": "97418110", "name": "GILLOT"})
    weather = Weather.from_meteofrance(path)
    assert weather.utc_offset_h == 4.0
    assert weather.diffuse_horizontal_w_m2 == pytest.approx(island.diffuse_horizontal_w_m2, abs=1.5)
