# SPDX-License-Identifier: EUPL-1.2
"""EnergyPlus weather files (EPW), of 35 columns or 32.

Hour *h* of the file (1 to 24) is the mean over (h − 1, h] of local standard time: it becomes the
hour that begins at h − 1, and its sun stands at h − ½.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.ground.weather.calendar import placed
from jumeau.ground.weather.hours import LIMITS, Weather
from jumeau.ground.weather.repair import filled
from jumeau.ground.weather.split import completed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS = {
    "dry_bulb_c": (6, (99.9, 999.0, 999.9, 9999.0)),
    "relative_humidity": (8, (999.0, 9999.0)),
    "pressure_pa": (9, (999_999.0, 99_999_900.0)),
    "infrared_w_m2": (12, (9999.0, 99_999.0, 999_900.0)),
    "global_horizontal_w_m2": (13, (9999.0, 99_999.0, 999_900.0)),
    "direct_normal_w_m2": (14, (9999.0, 99_999.0, 999_900.0)),
    "diffuse_horizontal_w_m2": (15, (9999.0, 99_999.0, 999_900.0)),
    "wind_m_s": (21, (99.0, 999.0, 9999.0)),
}
"""Series → its column, counted from 0, and the codes that mean « missing »."""
OPTIONAL = ("relative_humidity", "pressure_pa", "infrared_w_m2", "wind_m_s")
_RADIATION = ("global_horizontal_w_m2", "direct_normal_w_m2", "diffuse_horizontal_w_m2")
_FEWEST = 22  # columns without which a row is cut


def read_epw(path: Path, *, shift_h: int = 0) -> Weather:
    """Read an EnergyPlus weather file.

    Parameters
    ----------
    path : Path
        The file.
    shift_h : int
        Hours by which every row is moved later, to mend a file whose hours are wrong: −1 for
        one whose hours come an hour late [h].

    Returns
    -------
    Weather
        8,760 hours (8,784 with a 29 February, more for several years), findings included.

    Raises
    ------
    MissingFileError
        ``JUM-G050`` when there is no such file.
    InvalidError
        ``JUM-G051`` for what is no EPW; ``JUM-G052`` for its place; ``JUM-G054`` for too many
        holes; ``JUM-G056`` for impossible values; ``JUM-G057`` when its radiation does not follow
        the sun; ``JUM-G071`` when it has no radiation.

    References
    ----------
    U.S. Department of Energy, *EnergyPlus Auxiliary Programs*, « EnergyPlus Weather File (EPW)
    Data Dictionary ».
    """
    lines, digest = text_lines(path)
    name, latitude, longitude, offset, elevation = _location(path, lines)
    data = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    first = next((k for k, (_, line) in enumerate(data) if line[:1].isdigit()), len(data))
    rows = [(number, line.split(",")) for number, line in data[first:]]
    if not rows:
        raise error("JUM-G051", path=str(path), line="1", reason=lines[0][:60])
    short = [number for number, cells in rows if len(cells) < _FEWEST]
    if short:
        raise error("JUM-G051", path=str(path), line=short[0], reason=f"< {_FEWEST} columns")
    stamp = np.array([_stamp(path, number, cells) for number, cells in rows], dtype=np.int64)
    found: list[Finding] = []
    begins = stamp[:, 3] - 1
    if stamp[:, 3].min() == 0 and stamp[:, 3].max() == 23:
        found.append(finding("JUM-G062", entity=path.name))
        begins = stamp[:, 3]
    table = {key: _column(rows, *where) for key, where in _COLUMNS.items()}
    date = (stamp[:, 0], stamp[:, 1], stamp[:, 2])
    place = placed(path.name, *date, begins, whole=_whole(lines, len(rows)))
    series = {key: np.roll(place.spread(values), shift_h) for key, values in table.items()}
    series["relative_humidity"] = series["relative_humidity"] / 100.0
    found += place.findings
    series["dry_bulb_c"], holes = filled(series["dry_bulb_c"], "dry_bulb_c", path.name)
    found += holes
    extra = {key: usable(series[key], key) for key in OPTIONAL}
    sky = completed(
        *(series.pop(key) for key in _RADIATION),
        start=place.start, latitude=latitude, longitude=longitude, offset=offset, path=path.name,
    )  # fmt: skip
    return Weather(
        series.pop("dry_bulb_c"), sky.direct, sky.diffuse, latitude, longitude, offset,
        elevation_m=elevation, start=place.start, global_horizontal_w_m2=sky.level,
        infrared_w_m2=extra["infrared_w_m2"], relative_humidity=extra["relative_humidity"],
        wind_m_s=extra["wind_m_s"], pressure_pa=extra["pressure_pa"],
        name=name, source=path.name, sha256=digest, spread_radiation=sky.spread,
        findings=(*found, *sky.findings),
    )  # fmt: skip


def text_lines(path: Path) -> tuple[list[str], str]:
    """Return the lines of a text file, gunzipped where needed, and the digest of the file.

    Parameters
    ----------
    path : Path
        The file: UTF-8, else Latin 1.

    Returns
    -------
    lines : list of str
        Without their ends.
    digest : str
        SHA-256 of the file as it is.

    Raises
    ------
    MissingFileError
        ``JUM-G050`` when the file is not there or cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise error("JUM-G050", path=str(path), reason=fault.strerror or str(fault)) from None
    digest = hashlib.sha256(data).hexdigest()
    if data[:2] == b"\x1f\x8b":
        import gzip
        import zlib

        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as fault:
            raise error("JUM-G050", path=str(path), reason=str(fault)) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.splitlines(), digest


def _location(path: Path, lines: list[str]) -> tuple[str, float, float, float, float]:
    """Return name, latitude, longitude, offset and elevation of the LOCATION line."""
    headers = [
        (number, [cell.strip() for cell in line.split(",")])
        for number, line in enumerate(lines[:20], start=1)
        if line.upper().startswith("LOCATION,")
    ]
    if not headers:
        raise error("JUM-G051", path=str(path), line="1", reason="LOCATION ?")
    number, cells = headers[0]
    try:
        latitude, longitude, offset, elevation = (float(cell) for cell in cells[6:10])
    except ValueError:
        reason = ",".join(cells)[:80]
        raise error("JUM-G051", path=str(path), line=number, reason=reason) from None
    return ", ".join(cell for cell in cells[1:4] if cell), latitude, longitude, offset, elevation


def _whole(lines: list[str], rows: int) -> bool:
    """Whether the DATA PERIODS line declares a year; without it, whether there are rows for one."""
    for line in lines[:20]:
        if line.upper().startswith("DATA PERIODS,"):
            dates = [cell.replace(" ", "") for cell in line.split(",")]
            return len(dates) > 6 and dates[5:7] == ["1/1", "12/31"]
    return rows > 7_000


def _stamp(path: Path, number: int, cells: list[str]) -> list[int]:
    try:
        stamp = [int(float(cell)) for cell in cells[:4]]
        if max(abs(part) for part in stamp) > 9_999:
            raise ValueError
    except (ValueError, OverflowError):
        raise error("JUM-G051", path=str(path), line=number, reason=",".join(cells[:5])) from None
    return stamp


def _column(
    rows: list[tuple[int, list[str]]], column: int, codes: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return a column, NaN where it holds a code of missing or no number."""
    values = np.array([number_of(cells[column]) for _, cells in rows])
    values[np.isin(values, codes) | (values <= -900.0)] = np.nan
    return values


def number_of(cell: str) -> float:
    """Return a cell as a number.

    Parameters
    ----------
    cell : str
        What the file holds.

    Returns
    -------
    float
        NaN when the cell is no number [unit of the column].
    """
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def usable(series: NDArray[np.float64], name: str) -> NDArray[np.float64] | None:
    """Return a series that is not needed with its short holes filled, or nothing.

    Parameters
    ----------
    series : (n,) array
        Hourly values, NaN where missing [unit of the name].
    name : str
        Key of :data:`jumeau.ground.weather.hours.LIMITS`.

    Returns
    -------
    (n,) array or None
        None when too much is missing or when a value is beyond nature [unit of the name].
    """
    low, high = LIMITS[name]
    if (series < low).any() or (series > high).any():
        return None
    try:
        return filled(series, name, "")[0]
    except ValueError:  # holes too long or too many
        return None
