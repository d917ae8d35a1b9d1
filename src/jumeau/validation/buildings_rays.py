# SPDX-License-Identifier: EUPL-1.2
"""Sun at one metre against exact rays: horizons cast one by one, a year summed hour by hour.

Everything here is plain NumPy and knows neither lines nor hulls nor tables: a ray leaves the
centre of a cell and meets every row and column that it crosses. Both readings of a raster are
cast: linear between centres, and cells with flat tops.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from jumeau.validation.registry import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.sun_year import SunYear

Reading = Literal["linear", "boxes"]
SOURCE = "exact ray casting, hour by hour (jumeau.validation.buildings_rays)"
LICENCE = "EUPL-1.2"
LATITUDE, LONGITUDE = 45.18, 0.72  # Périgueux [°]
DIRECTIONS = 32


def city(side: int = 260, seed: int = 6) -> NDArray[Any]:
    """Return an invented town [m]: streets, courtyards, flat and pitched roofs, a sloping ground.

    Parameters
    ----------
    side : int
        Rows and columns [cells].
    seed : int
        Of the invention.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side].astype(float)
    z: NDArray[Any] = 4.0 * np.sin(x / 90.0) + 3.0 * np.cos(y / 70.0)
    for _ in range(side * side // 900):
        h, w = random.integers(7, 26, 2)
        i, j = random.integers(0, side, 2)
        tall = random.uniform(3.0, 22.0)
        part = z[i : i + h, j : j + w]
        roof = tall + part.mean()
        if random.random() < 0.4:  # a ridge along the columns
            across = np.abs(np.arange(part.shape[0]) - 0.5 * (h - 1))[:, None]
            z[i : i + h, j : j + w] = roof + 0.6 * (0.5 * h - across)
        else:
            z[i : i + h, j : j + w] = roof
    return z


def cast(
    dsm: NDArray[Any],
    rows: NDArray[Any],
    columns: NDArray[Any],
    azimuth: float,
    reading: Reading = "linear",
) -> NDArray[Any]:
    """Return the slope of the horizon of cells in one direction, by exact rays [-].

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude [cells], row 0 north.
    rows, columns : (n,) int arrays
        Cells from which rays leave, on the surface.
    azimuth : float
        Of the rays, clockwise from north [°].
    reading : {"linear", "boxes"}
        Surface linear between the centres of cells, or cells with flat tops.
    """
    import numpy as np

    ny, nx = dsm.shape
    east, south = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
    shift = 0.0 if reading == "linear" else 0.5
    reach = float(math.hypot(ny, nx))
    steps = np.arange(1.0 - shift, reach)
    runs = [abs(run) for run in (east, south) if abs(run) > 1e-9]
    t = np.unique(np.round(np.concatenate([steps / run for run in runs]), 9))
    t = t[t <= reach]
    if reading == "linear":  # along a ray the surface bends between two crossings
        t = np.concatenate(([0.0], t))
        t = np.concatenate([t[:-1] + part * np.diff(t) for part in (0.25, 0.5, 0.75, 1.0)])
    y = rows[:, None] + south * t
    x = columns[:, None] + east * t
    edge = shift + 1e-9
    inside = (y >= -edge) & (y <= ny - 1 + edge) & (x >= -edge) & (x <= nx - 1 + edge)
    if reading == "linear":
        i = np.clip(np.floor(y).astype(int), 0, max(ny - 2, 0))
        j = np.clip(np.floor(x).astype(int), 0, max(nx - 2, 0))
        k, m = np.minimum(i + 1, ny - 1), np.minimum(j + 1, nx - 1)
        f, g = np.clip(y - i, 0.0, 1.0), np.clip(x - j, 0.0, 1.0)
        met = (dsm[i, j] * (1 - g) + dsm[i, m] * g) * (1 - f)
        met = met + (dsm[k, j] * (1 - g) + dsm[k, m] * g) * f
    else:  # the cell that the ray enters
        i = np.rint(rows[:, None] + south * (t + 1e-6)).astype(int)
        j = np.rint(columns[:, None] + east * (t + 1e-6)).astype(int)
        inside &= (i >= 0) & (i < ny) & (j >= 0) & (j < nx)
        met = dsm[np.clip(i, 0, ny - 1), np.clip(j, 0, nx - 1)]
    slope = np.where(inside, (met - dsm[rows, columns][:, None]) / t, 0.0)
    best: NDArray[Any] = np.maximum(slope.max(axis=1), 0.0)
    return best


def year_by_hour(
    dsm: NDArray[Any],
    rows: NDArray[Any],
    columns: NDArray[Any],
    normal: NDArray[Any],
    year: SunYear,
    reading: Reading = "linear",
) -> NDArray[Any]:
    """Return what cells receive over a year, each hour with the shade of an exact ray [kWh/m²].

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude [cells].
    rows, columns : (n,) int arrays
        Cells.
    normal : (3, n) array
        East, north and up of their surface [-].
    year : SunYear
        Hours of sun and sky.
    reading : {"linear", "boxes"}
        As :func:`cast`.

    Notes
    -----
    Beam DNI·cos θ when the ray to the sun is free; Perez's sky on the open plane, times the share
    of the sky seen, integrated over 180 directions; ground ρ·GHI·(1 − cos β)/2.
    """
    import numpy as np

    total = np.zeros(rows.size)
    for k in np.flatnonzero((year.elevation > 0.0) & (year.direct_normal > 0.0)).tolist():
        facing = normal.T @ year.vectors[:, k]
        ahead = np.flatnonzero(facing > 0.0)
        horizon = cast(dsm, rows[ahead], columns[ahead], float(year.azimuth[k]), reading)
        free = horizon < math.tan(math.radians(float(year.elevation[k])))
        total[ahead] += facing[ahead] * free * 1e-3
    view = np.zeros(rows.size)
    for azimuth in np.arange(0.0, 360.0, 2.0):
        angle = math.radians(azimuth)
        toward = normal[0] * math.sin(angle) + normal[1] * math.cos(angle)
        own = np.where(toward < 0.0, -toward / np.maximum(normal[2], 1e-9), 0.0)
        h = np.arctan(np.maximum(cast(dsm, rows, columns, azimuth, reading), own))
        view += normal[2] * np.cos(h) ** 2
        view += toward * (0.5 * math.pi - h - np.sin(h) * np.cos(h))
    share = np.minimum(view / 180.0 / (0.5 * (1.0 + normal[2])), 1.0)
    tilt = np.degrees(np.arccos(np.clip(normal[2], -1.0, 1.0)))
    aspect = np.degrees(np.arctan2(normal[0], normal[1])) % 360.0
    level = year.albedo * year.global_horizontal.sum() * 1e-3
    for k in range(rows.size):
        total[k] += year.sky(float(tilt[k]), float(aspect[k])).sum() * 1e-3 * share[k]
        total[k] += level * 0.5 * (1.0 - normal[2, k])
    return total


@cache
def _horizons(reading: Reading) -> tuple[float, float, float]:
    """Return the share of horizons within 1° [%], the mean and the mean absolute difference [°]."""
    import numpy as np

    from jumeau.ground.horizon import horizon

    z = city()
    random = np.random.default_rng(1)
    rows, columns = random.integers(1, len(z) - 1, (2, 500))
    ours = np.asarray(horizon(z, DIRECTIONS, surface=reading))[:, rows, columns]
    angles = 360.0 / DIRECTIONS * np.arange(DIRECTIONS)
    exact = np.array([np.degrees(np.arctan(cast(z, rows, columns, a, reading))) for a in angles])
    gap = ours - exact
    return float(100 * np.mean(np.abs(gap) <= 1.0)), float(gap.mean()), float(np.abs(gap).mean())


@cache
def _years(reading: Reading) -> tuple[float, float]:
    """Return the difference of the mean of a year, and the mean absolute difference [%]."""
    import numpy as np

    from jumeau.ground.slopes import normals
    from jumeau.ground.sun_year import clear_year
    from jumeau.ground.surface_model import surface_model
    from jumeau.worksites.buildings.solar import solar

    z = city(120, 3)
    random = np.random.default_rng(2)
    rows, columns = random.integers(20, 100, (2, 100))
    model = surface_model(z)
    year = clear_year(LATITUDE, LONGITUDE, altitude=float(z.mean()))
    normal = normals(model)[:, rows, columns].astype(float)
    exact = year_by_hour(z, rows, columns, normal, year, reading)
    ours = solar(z, latitude=LATITUDE, longitude=LONGITUDE, surface=reading)
    gap = np.asarray(ours)[rows, columns] / exact - 1.0
    mean = float(np.asarray(ours)[rows, columns].mean() / exact.mean() - 1.0)
    return 100.0 * mean, float(100.0 * np.mean(np.abs(gap)))


def _figure(reading: Reading, part: int) -> float:
    """Return a figure of the horizons, then of the years."""
    return _horizons(reading)[part] if part < 3 else _years(reading)[part - 3]


def _planes() -> Iterator[Case]:
    """Yield the year of tilted planes with nothing around, against pvlib's Perez."""
    for tilt, azimuth in ((0, 180), (20, 150), (35, 180), (35, 0), (60, 240)):
        yield Case(
            f"buildings/year of open planes, solar: {tilt}° facing {azimuth}°",
            round(_pvlib(tilt, azimuth), 3),
            partial(_plane, tilt, azimuth),
            0.005,
            True,
            "kWh/m²/yr",
            "pvlib: Perez 1990, isotropic ground, hour by hour",
            "BSD-3-Clause",
        )


def _plane(tilt: float, azimuth: float) -> float:
    """Return the year of the middle of a tilted surface [kWh/m²]."""
    import numpy as np

    from jumeau.worksites.buildings.solar import solar

    y, x = np.mgrid[:41, :41].astype(float)
    facing = x * math.sin(math.radians(azimuth)) - y * math.cos(math.radians(azimuth))
    z = -math.tan(math.radians(tilt)) * facing
    return float(solar(z - z.mean(), latitude=LATITUDE, longitude=LONGITUDE)[20, 20])


@cache
def _pvlib(tilt: float, azimuth: float) -> float:
    """Return the year of a tilted plane by pvlib, from the same radiation [kWh/m²]."""
    import numpy as np
    from pvlib.irradiance import get_extra_radiation, get_total_irradiance

    from jumeau.ground.sun_year import clear_year

    year = clear_year(LATITUDE, LONGITUDE)
    got = get_total_irradiance(
        tilt, azimuth, np.minimum(90.0 - year.elevation, 90.0), year.azimuth, year.direct_normal,
        year.global_horizontal, year.diffuse_horizontal, albedo=year.albedo, model="perez",
        dni_extra=get_extra_radiation(year.day),
    )["poa_global"]  # fmt: skip
    return float(np.nansum(got)) * 1e-3


def cases() -> Iterator[Case]:
    """Yield horizons and years against exact rays, and open planes against pvlib."""
    readings: tuple[Reading, ...] = ("linear", "boxes")
    for reading in readings:
        for what, reference, part, tolerance, unit in (
            ("horizons within 1° of exact rays", 100.0, 0, 5.0, "%"),
            ("mean difference of horizons", 0.0, 1, 0.2, "°"),
            ("mean absolute difference of horizons", 0.0, 2, 0.5, "°"),
            ("mean difference of a year", 0.0, 3, 2.0, "%"),
            ("mean absolute difference of the years of cells", 0.0, 4, 2.0, "%"),
        ):
            name = f"buildings/sun on a drawn town, {reading}: {what}"
            compute = partial(_figure, reading, part)
            yield Case(name, reference, compute, tolerance, False, unit, SOURCE, LICENCE)
    yield from _planes()
