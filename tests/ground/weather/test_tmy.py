# SPDX-License-Identifier: EUPL-1.2
"""Typical years in CSV: TMY3 and PVGIS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jumeau.base.errors import InvalidError
from jumeau.ground.weather import Weather


def tmy3(weather: Weather) -> list[str]:
    titles = ["Date (MM/DD/YYYY)", "Time (HH:MM)", "ETR (W/m^2)", "GHI (W/m^2)", "DNI (W/m^2)",
              "DHI (W/m^2)", "Dry-bulb (C)", "RHum (%)", "Pressure (mbar)",
              "Wspd (m/s)"]  # fmt: skip
    place = f"{weather.utc_offset_h},{weather.latitude},{weather.longitude},{weather.elevation_m}"
    lines = [f'725650,"DENVER INTL AP",CO,{place}', ",".join(titles)]
    for k, start in enumerate(weather.local_starts.astype("datetime64[h]").tolist()):
        values = (weather.horizontal()[k], weather.direct_normal_w_m2[k],
                  weather.diffuse_horizontal_w_m2[k], weather.dry_bulb_c[k])  # fmt: skip
        numbers = ",".join(f"{value:.3f}" for value in values)
        year = 1988 + start.month % 5
        lines.append(f"{start:%m/%d}/{year},{start.hour + 1:02d}:00,0,{numbers},70,1013,3.1")
    return lines


def pvgis(weather: Weather) -> list[str]:
    """Return rows in UTC, from 1 January 00:00 UTC on: the end of the year wraps."""
    turn = round(weather.utc_offset_h)
    columns = [np.roll(values, -turn) for values in
               (weather.dry_bulb_c, weather.horizontal(), weather.direct_normal_w_m2,
                weather.diffuse_horizontal_w_m2)]  # fmt: skip
    lines = [f"Latitude (decimal degrees): {weather.latitude}",
             f"Longitude (decimal degrees): {weather.longitude}",
             f"Elevation (m): {weather.elevation_m}", "Irradiance Time Offset (h): 0.1761", "",
             "month,year", "1,2007", "2,2013", "",
             "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP"]  # fmt: skip
    for k, start in enumerate(weather.local_starts.astype("datetime64[h]").tolist()):
        air, level, direct, diffuse = (f"{column[k]:.3f}" for column in columns)
        stamp = f"{2005 + start.month % 4}{start:%m%d}:{start.hour:02d}10"
        lines.append(f"{stamp},{air},70.0,{level},{direct},{diffuse},310.0,2.0,200.0,101300.0")
    return [*lines, "", "T2m: 2-m air temperature (degree Celsius)", "PVGIS (c) European Union"]


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "tmy.csv"
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    return path


@pytest.mark.parametrize("make", [tmy3, pvgis])
def test_what_is_written_is_read(tmp_path: Path, agen: Weather, make: object) -> None:
    path = written(tmp_path, make(agen))  # type: ignore[operator]
    weather = Weather.from_tmy(path)
    assert weather.hours == 8760
    assert weather.year == 2001
    assert weather.utc_offset_h == 1.0
    assert (weather.latitude, weather.longitude) == (agen.latitude, agen.longitude)
    for name in ("dry_bulb_c", "direct_normal_w_m2", "diffuse_horizontal_w_m2"):
        assert getattr(weather, name) == pytest.approx(getattr(agen, name), abs=1e-2), name
    assert weather.findings == ()
    assert weather.relative_humidity is not None
    assert weather.pressure_pa is not None
    assert weather.pressure_pa.mean() == pytest.approx(101_300.0)
    assert Weather.from_file(path).sha256 == weather.sha256


def test_the_infrared_of_pvgis_is_kept(tmp_path: Path, agen: Weather) -> None:
    weather = Weather.from_tmy(written(tmp_path, pvgis(agen)))
    assert weather.infrared_w_m2 is not None
    assert weather.infrared_w_m2.mean() == 310.0


def test_an_offset_given_wins(tmp_path: Path, agen: Weather) -> None:
    weather = Weather.from_tmy(written(tmp_path, pvgis(agen)), utc_offset_h=0)
    assert weather.utc_offset_h == 0
    assert weather.dry_bulb_c == pytest.approx(np.roll(agen.dry_bulb_c, -1), abs=1e-3)
    assert weather.findings == ()


def test_a_shift_mends_the_hours(tmp_path: Path, agen: Weather) -> None:
    lines = tmy3(agen)
    late = [*lines[:2], *(a[:17] + b[17:] for a, b in
                          zip(lines[2:], [lines[-1], *lines[2:-1]], strict=True))]  # fmt: skip
    path = written(tmp_path, late)
    assert [item.code for item in Weather.from_tmy(path).findings] == ["JUM-G058"]
    assert Weather.from_tmy(path, shift_h=-1).findings == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: ["a,b,c", *lines[1:]],  # no place
        lambda lines: [lines[0], lines[1].replace("Date", "Day"), *lines[2:]],
        lambda lines: lines[:2],
        lambda lines: [*lines[:2], lines[2].replace("01/01", "01/x1"), *lines[3:]],
        lambda lines: [],
    ],
)
def test_what_is_no_typical_year_is_refused(tmp_path: Path, agen: Weather, spoil: object) -> None:
    with pytest.raises(InvalidError) as caught:
        Weather.from_tmy(written(tmp_path, spoil(tmy3(agen))))  # type: ignore[operator]
    assert caught.value.code == "JUM-G051"


def test_a_pvgis_file_without_its_place_is_refused(tmp_path: Path, agen: Weather) -> None:
    with pytest.raises(InvalidError, match="JUM-G051"):
        Weather.from_tmy(written(tmp_path, pvgis(agen)[2:]))


def test_a_column_that_lacks_is_no_silent_zero(tmp_path: Path, agen: Weather) -> None:
    lines = pvgis(agen)
    at = next(k for k, line in enumerate(lines) if line.startswith("time"))
    with pytest.raises(InvalidError, match="JUM-G054"):
        Weather.from_tmy(written(tmp_path, [*lines[:at], lines[at].replace("T2m", "T3m"),
                                            *lines[at + 1 :]]))  # fmt: skip
