# SPDX-License-Identifier: EUPL-1.2
"""Typical years in CSV: NREL's TMY3 and PVGIS's TMY.

TMY3: hour *h* (01:00 to 24:00) is the mean over (h − 1, h] of local standard time. PVGIS: a row is
one instant, a few minutes after its UTC hour; it stands for the hour that begins there, and the
series is turned to local standard time.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.weather.calendar import placed
from jumeau.ground.weather.epw import number_of, text_lines, usable
from jumeau.ground.weather.hours import Weather
from jumeau.ground.weather.repair import filled
from jumeau.ground.weather.split import completed
from jumeau.ground.weather.zones import standard_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TMY3 = {
    "dry_bulb_c": ("dry-bulb (c)", 1.0),
    "global_horizontal_w_m2": ("ghi (w/m^2)", 1.0),
    "direct_normal_w_m2": ("dni (w/m^2)", 1.0),
    "diffuse_horizontal_w_m2": ("dhi (w/m^2)", 1.0),
    "relative_humidity": ("rhum (%)", 0.01),
    "wind_m_s": ("wspd (m/s)", 1.0),
    "pressure_pa": ("pressure (mbar)", 100.0),
}
_PVGIS = {
    "dry_bulb_c": ("t2m", 1.0),
    "global_horizontal_w_m2": ("g(h)", 1.0),
    "direct_normal_w_m2": ("gb(n)", 1.0),
    "diffuse_horizontal_w_m2": ("gd(h)", 1.0),
    "relative_humidity": ("rh", 0.01),
    "wind_m_s": ("ws10m", 1.0),
    "pressure_pa": ("sp", 1.0),
    "infrared_w_m2": ("ir(h)", 1.0),
}
"""Series → its column, in lower case, and the factor to its unit."""
_PVGIS_PLACE = ("latitude", "longitude", "elevation")
_MISSING = -900.0


def read_tmy(path: Path, *, shift_h: int = 0, utc_offset_h: float | None = None) -> Weather:
    """Read a typical year of NREL (TMY3) or of PVGIS, both in CSV.

    Parameters
    ----------
    path : Path
        The file, gzipped or not.
    shift_h : int
        Hours by which every row is moved later, to mend a file whose hours are wrong [h].
    utc_offset_h : float, optional
        Local standard time minus universal time, for PVGIS; that of French territories, else of
        the longitude, otherwise [h].

    Returns
    -------
    Weather
        8,760 hours, findings included.

    Raises
    ------
    MissingFileError
        ``JUM-G050`` when there is no such file.
    InvalidError
        ``JUM-G051`` for what is neither; the others as
        :func:`jumeau.ground.weather.epw.read_epw`.

    References
    ----------
    S. Wilcox and W. Marion, *Users Manual for TMY3 Data Sets*, NREL/TP-581-43156, 2008.
    Joint Research Centre, *PVGIS user manual*, « Typical Meteorological Year ».
    """
    lines, digest = text_lines(path)
    head = [line.strip().lower() for line in lines[:40]]
    start = next((k for k, line in enumerate(head) if line.startswith("time(utc),")), None)
    if start is not None:
        kind, columns = "PVGIS", _PVGIS
        name, place = "", _pvgis_place(path, lines[:start])
        offset = standard_offset(*place[:2]) if utc_offset_h is None else utc_offset_h
    elif len(head) > 2 and head[1].startswith("date (mm/dd/yyyy),"):
        kind, columns, start = "TMY3", _TMY3, 1
        name, offset, place = _tmy3_place(path, lines[0])
    else:
        raise error("JUM-G051", path=str(path), line="1", reason=lines[0][:60] if lines else "")
    titles = [title.strip() for title in head[start].split(",")]
    rows = [
        (start + number, row)
        for number, row in enumerate(csv.reader(lines[start + 1 :]), start=2)
        if len(row) >= len(titles) - 1 and row[0][:1].isdigit()
    ]
    if not rows:
        raise error("JUM-G051", path=str(path), line=start + 1, reason=lines[start][:60])
    stamp = np.array([_stamp(path, kind, *row) for row in rows], dtype=np.int64)
    where = placed(path.name, *stamp.T)
    turn = shift_h + (round(offset) if kind == "PVGIS" else 0)
    series = {
        key: np.roll(where.spread(_column(rows, titles, title) * factor), turn)
        for key, (title, factor) in columns.items()
    }
    air, found = filled(series["dry_bulb_c"], "dry_bulb_c", path.name)
    extra = {key: usable(series[key], key) for key in columns if key.startswith(("r", "w", "p"))}
    if kind == "PVGIS":
        extra["infrared_w_m2"] = usable(series["infrared_w_m2"], "infrared_w_m2")
    sky = completed(
        series["global_horizontal_w_m2"], series["direct_normal_w_m2"],
        series["diffuse_horizontal_w_m2"], start=where.start, latitude=place[0],
        longitude=place[1], offset=offset, path=path.name,
    )  # fmt: skip
    return Weather(
        air, sky.direct, sky.diffuse, place[0], place[1], offset, elevation_m=place[2],
        start=where.start, global_horizontal_w_m2=sky.level,
        infrared_w_m2=extra.get("infrared_w_m2"), relative_humidity=extra["relative_humidity"],
        wind_m_s=extra["wind_m_s"], pressure_pa=extra["pressure_pa"], name=name,
        source=path.name, sha256=digest, spread_radiation=sky.spread,
        findings=(*where.findings, *found, *sky.findings),
    )  # fmt: skip


def _pvgis_place(path: Path, lines: list[str]) -> tuple[float, float, float]:
    """Return latitude, longitude and elevation of PVGIS's first lines."""
    known = {}
    for line in lines:
        title, _, value = line.partition(":")
        known[title.split("(")[0].strip().lower()] = number_of(value)
    latitude, longitude, elevation = (known.get(title, np.nan) for title in _PVGIS_PLACE)
    if not np.isfinite(latitude + longitude):
        raise error("JUM-G051", path=str(path), line="1", reason=" / ".join(lines[:2])[:60])
    return latitude, longitude, elevation if np.isfinite(elevation) else 0.0


def _tmy3_place(path: Path, line: str) -> tuple[str, float, tuple[float, float, float]]:
    """Return name, offset and place of TMY3's first line."""
    cells = next(csv.reader([line]))
    numbers = [number_of(cell) for cell in cells[3:7]]
    if len(numbers) < 4 or not np.isfinite(numbers).all():
        raise error("JUM-G051", path=str(path), line="1", reason=line[:60])
    offset, latitude, longitude, elevation = numbers
    return cells[1].strip().title(), offset, (latitude, longitude, elevation)


def _stamp(path: Path, kind: str, number: int, row: list[str]) -> list[int]:
    """Return year, month, day and beginning hour of a row."""
    try:
        if kind == "PVGIS":  # 20070101:0010
            text = row[0]
            return [int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[9:11])]
        month, day, year = (int(part) for part in row[0].split("/"))
        stamp = [year, month, day, int(row[1].split(":")[0]) - 1]
        if max(abs(part) for part in stamp) > 9_999:
            raise ValueError
        return stamp
    except ValueError:
        raise error("JUM-G051", path=str(path), line=number, reason=",".join(row[:3])) from None


def _column(
    rows: list[tuple[int, list[str]]], titles: list[str], title: str
) -> NDArray[np.float64]:
    """Return a column by its title, NaN where it is missing."""
    if title not in titles:
        return np.full(len(rows), np.nan)
    column = titles.index(title)
    values = np.array([number_of(row[column]) if column < len(row) else np.nan for _, row in rows])
    values[values <= _MISSING] = np.nan
    return values
