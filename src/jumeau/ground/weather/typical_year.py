# SPDX-License-Identifier: EUPL-1.2
"""A made-up typical year for French territories, when no weather file is given.

It holds the monthly normals of the reference station of a climate zone (``normals.csv``, source
and state of each row) and no more than them: within a month, days and hours are drawn. It tells
the size of needs, not those of a year; a real file is always better.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.findings import finding
from jumeau.ground.weather.hours import YEAR, Weather
from jumeau.ground.weather.planes import Sunlit, course
from jumeau.ground.weather.split import erbs
from jumeau.ground.weather.zones import climate_zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAPSE = 6.0
"""Fall of temperature with height [K/km]; 5.5 to 6.5 over French mountains."""
SPREAD_C = 1.5
"""Half width of the 90 % interval of the yearly mean temperature of a place in its zone [K]."""
SPREAD = 0.10
"""Half width of the 90 % interval of the yearly radiation of a place in its zone [ratio]."""
LINKE = 3.5
"""Turbidity of the clear sky, between a clean winter and a hazy summer [ratio]."""
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_PERSISTENCE = 0.6  # of a day's cloud and temperature on the next [ratio]
_WARMEST = 15.0  # solar hour of the day's maximum [h]


@dataclass(frozen=True)
class Normals:
    """Monthly normals of a reference station.

    Parameters
    ----------
    station : str
        Its name.
    latitude, longitude : float
        Of the station [°].
    elevation : float
        Of the station [m].
    offset : float
        Local standard time minus universal time [h].
    mean : (12,) array
        Monthly mean temperature [°C].
    amplitude : (12,) array
        Monthly mean of the daily maximum minus the daily minimum [K].
    light : (12,) array
        Monthly global horizontal irradiation [kWh/m²].
    sources : tuple of str
        Of temperature and of radiation.
    """

    station: str
    latitude: float
    longitude: float
    elevation: float
    offset: float
    mean: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    light: NDArray[np.float64]
    sources: tuple[str, str]


@cache
def normals(zone: str) -> Normals:
    """Return the monthly normals of the reference station of a climate zone.

    Parameters
    ----------
    zone : str
        As :func:`jumeau.ground.weather.zones.climate_zone` returns it.

    Returns
    -------
    Normals
        Temperature [°C], its daily amplitude [K], irradiation [kWh/m²], with their sources.
    """
    path = Path(__file__).parent / "normals.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["zone"] == zone]
    mean, amplitude, light = (
        np.array([float(row[name]) for row in rows])
        for name in ("mean_c", "amplitude_c", "global_kwh_m2")
    )
    one = rows[0]
    return Normals(
        one["station"],
        float(one["latitude"]),
        float(one["longitude"]),
        float(one["elevation_m"]),
        float(one["utc_offset_h"]),
        mean,
        amplitude,
        light,
        (one["source_temperature"], one["source_radiation"]),
    )


def typical(
    zone_or_departement: str | int,
    latitude: float | None = None,
    longitude: float | None = None,
    altitude: float | None = None,
    *,
    seed: int = 0,
) -> Weather:
    """Make up a typical year of a French climate zone (monthly normals, seeded generator).

    Parameters
    ----------
    zone_or_departement : str or int
        Zone (``H1a`` to ``H3``, ``GP``, ``MQ``, ``GF``, ``RE``, ``YT``), département or INSEE
        code of a commune.
    latitude, longitude : float, optional
        Of the place; those of the reference station otherwise [°].
    altitude : float, optional
        Of the place; that of the station otherwise [m].
    seed : int
        Of the drawn days and hours; monthly means do not depend on it.

    Returns
    -------
    Weather
        8,760 hours of 2001, local standard time, with ``spread_c`` and ``spread_radiation``, and
        finding ``JUM-G076``.

    Raises
    ------
    UnknownNameError
        ``JUM-G073`` for a zone that is none.
    InvalidError
        ``JUM-G001`` when the place is not on Earth.

    Notes
    -----
    Radiation: hourly global = clear sky (Ineichen and Perez 2002, Linke 3.5) × c, where c follows
    a logistic curve of an autoregressive daily draw (0.6 from day to day) and of a smaller hourly
    one; one shift a month makes the month's sum that of the station, corrected by the clear sky
    of the place's own latitude and altitude. Direct and diffuse by Erbs (1982).
    Temperature: monthly normals joined by a smooth curve that keeps their means, −6 K/km from the
    station, daily deviations drawn with the same persistence and linked to the clouds (clear days
    warm in summer, cold in winter), and a daily wave with its maximum at 15 h of the sun, wide
    on clear days, narrow on grey ones. Each month's mean temperature, daily amplitude and
    irradiation are those of the station; extremes and their order are not those of any year.
    """
    zone = climate_zone(zone_or_departement)
    base = normals(zone)
    lat = base.latitude if latitude is None else float(latitude)
    lon = base.longitude if longitude is None else float(longitude)
    high = base.elevation if altitude is None else float(altitude)
    rng = np.random.default_rng([2001, seed])
    start = np.datetime64(f"{YEAR}-01-01T00:00:00", "s")
    middle = float(start.astype(np.int64)) - 3600.0 * base.offset
    hours = middle + 3600.0 * (np.arange(8760, dtype=np.float64) + 0.5)
    lit = course(hours, lat, lon)
    month = np.repeat(np.arange(12), 24 * _DAYS)
    clear = _clear_sky(lit, high)
    there = _clear_sky(course(hours, base.latitude, base.longitude), base.elevation)
    due = base.light * 1000.0 * _sums(clear, month) / _sums(there, month)
    cloud = _persistent(rng, 365)
    share = _cloudiness(clear, month, due, cloud, rng)
    level = clear * share
    direct, diffuse = erbs(level, lit.elevation, start, np.ones(8760, dtype=bool))
    air = _temperature(base, month, cloud, lon, rng) - LAPSE * (high - base.elevation) / 1000.0
    note = finding("JUM-G076", entity=zone, station=base.station, zone=zone, spread=SPREAD_C,
                   percent=round(100 * SPREAD))  # fmt: skip
    return Weather(
        air, direct, diffuse, lat, lon, base.offset, elevation_m=high, year=YEAR,
        global_horizontal_w_m2=level, name=f"{zone} ({base.station})",
        source=f"typical:{zone}:seed={seed} ({'; '.join(base.sources)})",
        spread_c=SPREAD_C, spread_radiation=SPREAD, findings=(note,),
    )  # fmt: skip


def _clear_sky(lit: Sunlit, altitude: float) -> NDArray[np.float64]:
    """Return the global irradiance of a clear sky, mean over the hour [W/m²]."""
    from pvlib.atmosphere import alt2pres, get_absolute_airmass, get_relative_airmass
    from pvlib.clearsky import ineichen

    light = np.zeros_like(lit.elevation)
    day = (lit.share > 0.0) & (lit.elevation > 0.1)
    zenith = 90.0 - lit.elevation[day]
    mass = get_absolute_airmass(get_relative_airmass(zenith), alt2pres(altitude))
    light[day] = ineichen(zenith, mass, LINKE, altitude=altitude)["ghi"] * lit.share[day]
    return light


def _sums(values: NDArray[np.float64], month: NDArray[np.intp]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = np.bincount(month, weights=values, minlength=12).astype(np.float64)
    return sums


def _persistent(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Return standard normal draws that resemble the one before."""
    draws = rng.standard_normal(size)
    for k in range(1, size):
        draws[k] = _PERSISTENCE * draws[k - 1] + np.sqrt(1.0 - _PERSISTENCE**2) * draws[k]
    return draws


def _cloudiness(
    clear: NDArray[np.float64],
    month: NDArray[np.intp],
    due: NDArray[np.float64],
    cloud: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the part of the clear sky that comes, each hour, so that months get what is due."""
    noise = 1.6 * np.repeat(cloud, 24) + 0.6 * rng.standard_normal(clear.size)
    low, high = np.full(12, -12.0), np.full(12, 12.0)
    for _ in range(50):
        shift = 0.5 * (low + high)
        share = 0.08 + 0.97 / (1.0 + np.exp(-(shift[month] + noise)))
        short = _sums(clear * share, month) < due
        low, high = np.where(short, shift, low), np.where(short, high, shift)
    return share


def _temperature(
    base: Normals,
    month: NDArray[np.intp],
    cloud: NDArray[np.float64],
    longitude: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return hourly temperatures whose monthly means are those of the station [°C]."""
    middles = np.cumsum(_DAYS) - 0.5 * _DAYS
    around = np.concatenate((middles[-1:] - 365.0, middles, middles[:1] + 365.0))
    day = np.arange(8760) / 24.0 + 0.5 / 24.0
    counts = _sums(np.ones(8760), month)
    knots = base.mean.copy()
    for _ in range(20):  # the curve through the knots keeps the means of the months
        curve = np.interp(day, around, np.concatenate((knots[-1:], knots, knots[:1])))
        knots += base.mean - _sums(curve, month) / counts
    tropical = abs(base.latitude) < 30.0
    season = np.cos(2.0 * np.pi * (day - 200.0) / 365.0) * np.sign(base.latitude)
    scale = 0.7 if tropical else 2.8 - 0.4 * season
    link = 0.0 if tropical else 0.45 * season  # clear days: warm in summer, cold in winter
    weather = np.repeat(_persistent(rng, 365), 24)
    veil = np.repeat(cloud, 24)
    deviation = scale * (link * veil + np.sqrt(1.0 - link**2) * weather)
    solar = (np.arange(8760) + 0.5) % 24.0 - base.offset + longitude / 15.0
    wave = np.cos(2.0 * np.pi * (solar - _WARMEST) / 24.0)
    swing = 0.5 * base.amplitude[month] * np.clip(1.0 + 0.35 * veil, 0.3, 1.7)
    daily = np.interp(day, np.arange(365) + 0.5, deviation[::24])
    swing *= (base.amplitude * counts / _sums(2.0 * swing, month))[month]
    air = curve + daily + swing * wave
    air += (base.mean - _sums(air, month) / counts)[month]
    return air
