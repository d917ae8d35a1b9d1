# SPDX-License-Identifier: EUPL-1.2
"""Weather files read, and irradiance on tilted planes against pvlib."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.validation.buildings.bestest import FOLDER, Study
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    from jumeau.ground.weather import Weather

FILES = {
    "725650TYCST": (10.875, 1670.22),
    "DRYCOLDTMY": (9.706, 1831.945),
}
"""Weather file → mean dry bulb [°C] and global horizontal irradiation [kWh/m²]."""
PLANES = {
    "north wall": (90.0, 0.0),
    "east wall": (90.0, 90.0),
    "south wall": (90.0, 180.0),
    "west wall": (90.0, 270.0),
    "south roof at 30°": (30.0, 180.0),
    "south-west roof at 60°": (60.0, 225.0),
    "flat roof": (0.0, 180.0),
}
"""Plane → tilt and azimuth [°]."""
ALBEDO = 0.2


@cache
def read(path: Path) -> Weather:
    """Return the weather of an EPW file."""
    from jumeau.ground.weather import Weather

    return Weather.from_epw(path)


def reading(path: Path) -> Mapping[str, float]:
    """Return what is read off a file: rows, mean dry bulb [°C], global irradiation [kWh/m²]."""
    weather = read(path)
    return {
        "hours": float(weather.hours),
        "mean dry bulb": float(weather.dry_bulb_c.mean()),
        "global horizontal irradiation": float(weather.horizontal().sum() / 1000.0),
    }


def planes(path: Path) -> Mapping[str, float]:
    """Return how far the yearly irradiation of each plane is from pvlib, as a share.

    pvlib's position of the sun (SPA), Perez 1990 and isotropic ground, at mid-hour.
    """
    import numpy as np
    import pandas as pd
    from pvlib import atmosphere, irradiance, solarposition

    weather = read(path)
    times = pd.DatetimeIndex(pd.to_datetime(weather.times_utc, unit="s", utc=True))
    sun = solarposition.get_solarposition(
        times, weather.latitude, weather.longitude, altitude=weather.elevation_m
    )
    direct = weather.direct_normal_w_m2
    diffuse = weather.diffuse_horizontal_w_m2
    up = np.maximum(np.cos(np.radians(sun["zenith"].to_numpy(float))), 0.0)
    found = {}
    for name, (tilt, azimuth) in PLANES.items():
        theirs = irradiance.get_total_irradiance(
            tilt,
            azimuth,
            sun["zenith"].to_numpy(float),
            sun["azimuth"].to_numpy(float),
            direct,
            direct * up + diffuse,
            diffuse,
            dni_extra=irradiance.get_extra_radiation(times.day_of_year.to_numpy()),
            airmass=atmosphere.get_relative_airmass(sun["apparent_zenith"].to_numpy(float)),
            albedo=ALBEDO,
            model="perez",
        )["poa_global"]
        ours = weather.plane(tilt, azimuth, albedo=ALBEDO).total
        found[name] = abs(float(np.nansum(ours) / np.nansum(theirs)) - 1.0)
    return found


def studies(shared: Path | None) -> Iterator[Study]:
    """Yield the reading of two files, and the planes of the first.

    Parameters
    ----------
    shared : Path or None
        Folder of real files.
    """
    for name, (dry_bulb, irradiation) in FILES.items():
        path = shared / FOLDER / "weather" / f"{name}.epw" if shared else None
        here = path if path and path.exists() else None
        yield Study(
            f"reading of {name}.epw",
            "weather",
            partial(reading, here) if here else None,
            (
                Figure("hours", 8760.0, 0.0, ""),
                Figure("mean dry bulb", dry_bulb, 0.001, "°C"),
                Figure("global horizontal irradiation", irradiation, 0.005, "kWh/m²"),
            ),
            "sums of the file's own columns",
            "BESTEST-GSR (BSD style)",
        )
        yield Study(
            f"planes under the sky of {name}.epw",
            "weather",
            partial(planes, here) if here else None,
            tuple(Figure(plane, 0.0, 0.005, "") for plane in PLANES),
            "pvlib: SPA, Perez 1990 (allsitescomposite1990), yearly sum at mid-hours",
            "BSD-3-Clause",
        )
