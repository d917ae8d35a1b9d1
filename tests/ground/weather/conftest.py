# SPDX-License-Identifier: EUPL-1.2
"""Weather files written for the tests, from a year whose every hour is known."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jumeau.ground.weather import Weather, typical

Rows = list[list[str]]


@pytest.fixture(scope="session")
def agen() -> Weather:
    """A year of Agen, made up: consistent with its sun, without holes."""
    return typical("H2c")


def epw_rows(weather: Weather) -> Rows:
    """Return the data rows of an EPW of 35 columns, hours 1 to 24."""
    rows = []
    for k, start in enumerate(weather.local_starts.astype("datetime64[h]").tolist()):
        cells = ["0"] * 35
        cells[:6] = [
            str(start.year),
            str(start.month),
            str(start.day),
            str(start.hour + 1),
            "0",
            "?9",
        ]
        cells[6] = f"{weather.dry_bulb_c[k]:.4f}"
        cells[8], cells[9], cells[12], cells[21] = "70", "101325", "320", "3.0"
        cells[13] = f"{weather.horizontal()[k]:.4f}"
        cells[14] = f"{weather.direct_normal_w_m2[k]:.4f}"
        cells[15] = f"{weather.diffuse_horizontal_w_m2[k]:.4f}"
        rows.append(cells)
    return rows


@pytest.fixture
def write_epw(tmp_path: Path, agen: Weather) -> Callable[..., Path]:
    """Return a function that writes an EPW after a change of its rows."""

    def write(
        change: Callable[[Rows], Rows | None] | None = None,
        *,
        weather: Weather = agen,
        location: str | None = None,
        end: str = "\n",
    ) -> Path:
        rows = epw_rows(weather)
        if change is not None:
            changed = change(rows)
            rows = rows if changed is None else changed
        head = location or (
            f"LOCATION,Agen,47,FRA,TEST,075240,{weather.latitude},{weather.longitude},"
            f"{weather.utc_offset_h},{weather.elevation_m}"
        )
        lines = [head, "DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0",
                 "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1", "COMMENTS 2",
                 "DATA PERIODS,1,1,Data,Monday,1/1,12/31"]  # fmt: skip
        path = tmp_path / "agen.epw"
        path.write_text(end.join([*lines, *(",".join(row) for row in rows)]) + end, newline="")
        return path

    return write


@pytest.fixture
def write_meteofrance(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes stations as an hourly file of Météo-France, gzipped."""

    def write(
        *stations: dict[str, object], name: str = "H_47_2020-2022.csv.gz", plain: bool = False
    ) -> Path:
        titles = ["NUM_POSTE", "NOM_USUEL", "LAT", "LON", "ALTI", "AAAAMMJJHH", "RR1", "QRR1", "T",
                  "QT", "U", "QU", "GLO", "QGLO", "DIF", "QDIF"]  # fmt: skip
        lines = [";".join(titles)]
        for given in stations:
            weather = given["weather"]
            assert isinstance(weather, Weather)
            head = [str(given["number"]), str(given["name"]),
                    str(given.get("latitude", weather.latitude)),
                    str(given.get("longitude", weather.longitude)), "59"]  # fmt: skip
            ends = (weather.times_utc + 1800.0).astype("datetime64[s]").astype("datetime64[h]")
            for k, end in enumerate(ends.tolist()):
                stamp = f"{end.year}{end.month:02d}{end.day:02d}{end.hour:02d}"
                glo = weather.horizontal()[k] * 0.36
                dif = weather.diffuse_horizontal_w_m2[k] * 0.36
                cells = [*head, stamp, "0.0", "1", f"{weather.dry_bulb_c[k]:.1f}", "1", "70", "1"]
                cells += [f"{glo:.0f}", "1"] if given.get("glo", True) else ["", ""]
                cells += [f"{dif:.0f}", "1"] if given.get("dif", True) else ["", ""]
                row = given["change"](k, cells) if "change" in given else cells  # type: ignore[operator]
                if row is not None:
                    lines.append(";".join(row))
        path = tmp_path / name
        data = ("\n".join(lines) + "\n").encode()
        path.write_bytes(data if plain else gzip.compress(data))
        return path

    return write


def holed(rows: Rows, column: int, hours: range | np.ndarray, code: str) -> None:
    """Write a code of missing in some hours of a column."""
    for hour in hours:
        rows[int(hour)][column] = code
