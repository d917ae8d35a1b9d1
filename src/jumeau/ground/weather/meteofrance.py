# SPDX-License-Identifier: EUPL-1.2
"""Hourly files of Météo-France's climatological base (``H_<département>_….csv.gz``), one station.

Stamps are UTC and mark the end of the hour: GLO and DIF [J/cm²] are summed over the hour that
ends there, T is an instant [°C]. An hour's temperature is the mean of the instants at its ends.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import finding
from jumeau.ground.weather.epw import number_of, text_lines, usable
from jumeau.ground.weather.hours import Weather
from jumeau.ground.weather.repair import filled
from jumeau.ground.weather.split import completed
from jumeau.ground.weather.zones import standard_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

J_CM2 = 1e4 / 3600.0
"""Mean irradiance of an hour that brought 1 J/cm² [W/m²]."""
_NEEDED = ("NUM_POSTE", "LAT", "LON", "AAAAMMJJHH", "T")
_FACTORS = {"T": 1.0, "GLO": J_CM2, "DIF": J_CM2, "DIR": J_CM2, "U": 0.01, "FF": 1.0,
            "PSTAT": 100.0, "INFRAR": J_CM2}  # fmt: skip
"""Column → factor to °C, W/m², ratio, m/s and Pa."""
_DOUBTFUL = "2"  # quality code of a doubtful value; 0, 1 and 9 are kept (to confirm)
_COMPLETE = 0.95  # part of a year's hours with a temperature from which it can be used
_FAR = 50.0  # distance beyond which radiation of another station is not taken [km]


@dataclass
class Station:
    """Rows of one station.

    Parameters
    ----------
    number, name : str
        NUM_POSTE and NOM_USUEL.
    latitude, longitude : float
        Of the station [°].
    elevation : float
        Of the station [m].
    rows : dict
        Hour since 1970 at which the row's hour begins (UTC) → values in the order of the columns.
    """

    number: str
    name: str
    latitude: float
    longitude: float
    elevation: float
    rows: dict[int, list[float]]


def read_meteofrance(
    paths: list[Path],
    station: str | int | None = None,
    year: int | None = None,
    *,
    utc_offset_h: float | None = None,
) -> Weather:
    """Read a year of a station in hourly files of Météo-France.

    Parameters
    ----------
    paths : list of Path
        One file or several of the same département, gzipped or not.
    station : str or int, optional
        NUM_POSTE or NOM_USUEL; otherwise the station with most hours of radiation, then of
        temperature.
    year : int, optional
        Calendar year; otherwise the last one whose temperatures are 95 % there.
    utc_offset_h : float, optional
        Local standard time minus universal time; that of the French territory otherwise [h].

    Returns
    -------
    Weather
        A calendar year in local standard time, findings included.

    Raises
    ------
    MissingFileError
        ``JUM-G050`` when a file is not there.
    InvalidError
        ``JUM-G001`` for a station without a place; ``JUM-G051`` or ``JUM-G067`` for what is not
        such a file; ``JUM-G068`` when no year is complete enough; ``JUM-G071`` when no station
        near has radiation.
    UnknownNameError
        ``JUM-G069`` for a station that the files do not hold.

    Notes
    -----
    Radiation: DIF, else DIR (horizontal direct, to confirm), completes GLO; with GLO alone, the
    split follows Erbs. Without GLO, the nearest station of the files within 50 km gives it.

    References
    ----------
    Météo-France, *Données climatologiques de base – horaires*, list of fields, 2023.
    """
    stations: dict[str, Station] = {}
    columns: list[str] = []
    digests = []
    for path in paths:
        lines, digest = text_lines(path)
        digests.append(digest)
        _collect(path, lines, stations, columns)
    label = ", ".join(path.name for path in paths)
    if not stations:
        raise error("JUM-G051", path=label, line="2", reason="")
    here = _chosen(stations, columns, station, label)
    if not np.isfinite(here.latitude + here.longitude):
        raise error("JUM-G001", latitude=here.latitude, longitude=here.longitude)
    offset = utc_offset_h
    if offset is None:
        offset = standard_offset(here.latitude, here.longitude)
    year = _year(here, columns, year, round(offset), label)
    first = int(np.datetime64(f"{year:04d}-01-01", "h").astype(np.int64)) - round(offset)
    hours = (
        int(np.datetime64(f"{year + 1:04d}-01-01", "h").astype(np.int64)) - round(offset) - first
    )
    table = _year_of(here, columns, first, hours)
    found = [finding("JUM-G070", entity=here.number, name=here.name, year=str(year))]
    lit = here
    if np.isnan(table["GLO"]).mean() > 0.5:
        lit, distance = _nearest_light(here, stations, columns, first, hours, label)
        table |= {key: _year_of(lit, columns, first, hours)[key] for key in ("GLO", "DIF", "DIR")}
        found.append(finding("JUM-G072", entity=here.number, name=lit.name,
                             distance=round(distance, 1)))  # fmt: skip
    ends = here.rows.get(first - 1)
    before = ends[columns.index("T")] if ends is not None else np.nan
    instants = np.concatenate(([before], table["T"]))
    air = _means(instants)
    air, holes = filled(air, "dry_bulb_c", label)
    found += holes
    diffuse = np.where(np.isnan(table["DIF"]), table["GLO"] - table["DIR"], table["DIF"])
    start = np.datetime64(f"{year:04d}-01-01T00:00:00", "s")
    sky = completed(table["GLO"], np.full(hours, np.nan), np.maximum(diffuse, 0.0), start=start,
                    latitude=here.latitude, longitude=here.longitude, offset=offset,
                    path=label)  # fmt: skip
    return Weather(
        air, sky.direct, sky.diffuse, here.latitude, here.longitude, offset,
        elevation_m=here.elevation, start=start, global_horizontal_w_m2=sky.level,
        infrared_w_m2=usable(table["INFRAR"], "infrared_w_m2"),
        relative_humidity=usable(table["U"], "relative_humidity"),
        wind_m_s=usable(table["FF"], "wind_m_s"), pressure_pa=usable(table["PSTAT"], "pressure_pa"),
        name=here.name, source=f"Météo-France, {label}", sha256=_joined(digests),
        spread_radiation=sky.spread, findings=(*found, *sky.findings),
    )  # fmt: skip


def _means(instants: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the instants at both ends of each hour, or the one that is known."""
    begin, end = instants[:-1], instants[1:]
    mean = 0.5 * (begin + end)
    return np.where(np.isnan(mean), np.where(np.isnan(begin), end, begin), mean)


def _joined(digests: list[str]) -> str:
    if len(digests) == 1:
        return digests[0]
    import hashlib

    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _collect(
    path: Path, lines: list[str], stations: dict[str, Station], columns: list[str]
) -> None:
    """Add the rows of a file to their stations."""
    titles = [title.strip().strip('"').upper() for title in (lines[0] if lines else "").split(";")]
    lacking = [name for name in _NEEDED if name not in titles]
    if lacking:
        raise error("JUM-G067", path=str(path), columns=", ".join(lacking))
    columns[:] = list(_FACTORS)
    at = {name: titles.index(name) for name in titles}
    values = [(at.get(name), at.get(f"Q{name}"), factor) for name, factor in _FACTORS.items()]
    post, stamp = at["NUM_POSTE"], at["AAAAMMJJHH"]
    for number, row in enumerate(csv.reader(lines[1:], delimiter=";"), start=2):
        if len(row) < len(titles):
            if row:
                raise error("JUM-G051", path=str(path), line=number, reason=";".join(row)[:60])
            continue
        key = row[post].strip()
        if key not in stations:
            name = row[at["NOM_USUEL"]].strip() if "NOM_USUEL" in at else key
            high = number_of(row[at["ALTI"]]) if "ALTI" in at else 0.0
            stations[key] = Station(key, name, number_of(row[at["LAT"]]),
                                    number_of(row[at["LON"]]),
                                    high if np.isfinite(high) else 0.0, {})  # fmt: skip
        stations[key].rows.setdefault(
            _hour(path, number, row[stamp].strip()),
            [
                number_of(row[column]) * factor
                if column is not None and (quality is None or row[quality].strip() != _DOUBTFUL)
                else np.nan
                for column, quality, factor in values
            ],
        )


def _hour(path: Path, number: int, text: str) -> int:
    """Return the hour since 1970 that ends at a stamp AAAAMMJJHH."""
    try:
        date = np.datetime64(f"{text[:4]}-{text[4:6]}-{text[6:8]}", "h")
        hour = int(text[8:10])
        if len(text) != 10 or not 0 <= hour <= 24:
            raise ValueError
    except ValueError:
        raise error("JUM-G051", path=str(path), line=number, reason=text) from None
    return int(date.astype(np.int64)) + hour - 1


def _counts(station: Station, columns: list[str], name: str) -> int:
    column = columns.index(name)
    return sum(1 for row in station.rows.values() if row[column] == row[column])


def _chosen(
    stations: dict[str, Station], columns: list[str], wanted: str | int | None, label: str
) -> Station:
    """Return the station asked for, or the best one."""
    if wanted is None:
        return max(
            stations.values(),
            key=lambda item: (_counts(item, columns, "GLO"), _counts(item, columns, "T")),
        )
    text = str(wanted).strip()
    for item in stations.values():
        if text.lstrip("0") == item.number.lstrip("0") or text.casefold() == item.name.casefold():
            return item
    known = [item.name for item in stations.values()]
    raise error("JUM-G069", station=text, path=label, suggestion=did_you_mean(text, known),
                known=", ".join(f"{item.number} {item.name}" for item in
                                list(stations.values())[:8]))  # fmt: skip


def _year(station: Station, columns: list[str], wanted: int | None, offset: int, label: str) -> int:
    """Return the year asked for, or the last one that is complete enough."""
    column = columns.index("T")
    known = np.array(
        [hour + offset for hour, row in station.rows.items() if row[column] == row[column]],
        dtype=np.int64,
    )
    years, counts = np.unique(
        known.astype("datetime64[h]").astype("datetime64[Y]").astype(np.int64) + 1970,
        return_counts=True,
    )
    share = {int(y): float(c) / 8760.0 for y, c in zip(years, counts, strict=True)}
    if wanted is None:
        whole = [y for y, part in share.items() if part >= _COMPLETE]
        wanted = max(whole) if whole else None
    if wanted is None or share.get(wanted, 0.0) < _COMPLETE:
        best = max(share, key=lambda y: share[y]) if share else 0
        raise error("JUM-G068", station=station.name, path=label, year=str(wanted or best),
                    percent=round(100 * share.get(wanted or best, 0.0), 1), best=str(best),
                    best_percent=round(100 * share.get(best, 0.0), 1))  # fmt: skip
    return wanted


def _year_of(
    station: Station, columns: list[str], first: int, hours: int
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a station over a year, NaN where missing."""
    table = np.full((hours, len(columns)), np.nan)
    for hour, row in station.rows.items():
        if first <= hour < first + hours:
            table[hour - first] = row
    return {name: table[:, k].copy() for k, name in enumerate(columns)}


def _nearest_light(
    here: Station,
    stations: dict[str, Station],
    columns: list[str],
    first: int,
    hours: int,
    label: str,
) -> tuple[Station, float]:
    """Return the nearest station with a year of global radiation, and its distance [km]."""
    near: list[tuple[float, Station]] = []
    for item in stations.values():
        distance = _distance(here, item)
        if item is here or distance > _FAR:
            continue
        if np.isnan(_year_of(item, columns, first, hours)["GLO"]).mean() < 0.05:
            near.append((distance, item))
    if not near:
        raise error("JUM-G071", path=label)
    distance, item = min(near, key=lambda pair: pair[0])
    return item, distance


def _distance(one: Station, other: Station) -> float:
    """Return the distance of two stations on a sphere [km]."""
    a, b = np.radians(one.latitude), np.radians(other.latitude)
    turn = np.radians(one.longitude - other.longitude)
    chord = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(turn / 2) ** 2
    return float(2.0 * 6371.0 * np.arcsin(np.sqrt(chord)))
