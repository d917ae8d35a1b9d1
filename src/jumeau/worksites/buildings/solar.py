# SPDX-License-Identifier: EUPL-1.2
"""Sun on roofs and walls over a year, from a surface at one metre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.surface_model import Measured, measured, surface_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from jumeau.ground.far_horizon import Skyline
    from jumeau.ground.horizon import Reading
    from jumeau.ground.sun_year import SunYear
    from jumeau.ground.surface_model import SurfaceModel
    from jumeau.ground.weather import Weather

Surfaces = Literal["roof", "facade", "all"]


def solar(
    dsm: ArrayLike,
    *,
    latitude: float,
    longitude: float,
    cell_size: float = 1.0,
    weather: Weather | None = None,
    surfaces: Surfaces = "roof",
    far: Skyline | None = None,
    surface: Reading = "linear",
    threads: int | None = None,
) -> Measured:
    """Compute the annual irradiation of roofs or façades (hours of sun behind swept horizons).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known.
    latitude, longitude : float
        Of the place, north and east positive [°].
    cell_size : float
        Side of a cell [m].
    weather : Weather, optional
        Hourly radiation; its own sun is used. Without it, the clear sky of every hour of a year,
        Linke turbidity 3, at the mean altitude of the surface.
    surfaces : {"roof", "facade", "all"}
        ``roof``: every cell seen from above, on its own slope and aspect, per m² of that slope.
        ``facade``: mean over the walls that each cell carries, per m² of wall; NaN without wall.
        ``all``: mean over the cell and the walls it carries, weighted by their areas.
    far : Skyline, optional
        Relief beyond the raster, in 144 directions (:func:`jumeau.ground.far_horizon.skyline`).
    surface : {"linear", "boxes"}
        How the raster reads, as in :func:`jumeau.ground.horizon.horizon`.
    threads : int, optional
        Threads; all processors by default. The answer does not depend on it.

    Returns
    -------
    (ny, nx) float32 array
        Irradiation [kWh/m²/yr], NaN where the surface is not known. Its attribute ``findings``
        tells what was wrong in the surface or the weather. A weather of other than a whole year
        gives the sum over its hours.

    Raises
    ------
    InvalidError
        ``JUM-E120`` for other surfaces than these, ``JUM-E121`` for a weather of another type,
        ``JUM-G001`` for a place that is not on Earth, ``JUM-G080`` to ``JUM-G084`` for a surface
        that cannot be read, ``JUM-G085``, ``JUM-G088`` or ``JUM-G089`` for an option.

    Notes
    -----
    Beam hour by hour behind the horizon in 144 directions, sky of Perez (1990) times the share of
    it that is seen, ground reflecting ρ = 0.2 (or that of the weather).

    References
    ----------
    See :mod:`jumeau.ground.irradiation` and :mod:`jumeau.ground.clear_sky`.
    """
    if surfaces not in ("roof", "facade", "all"):
        raise error("JUM-E120", given=str(surfaces))
    model = surface_model(dsm, cell_size)
    year = sun_year(model, latitude, longitude, weather)
    options: dict[str, Any] = {"far": far, "surface": surface, "threads": threads}
    roof = np.zeros(model.shape, np.float32)
    if surfaces != "facade":
        roof = _roof(model, year, options)
    if surfaces != "roof":
        roof = _with_walls(model, year, roof, surfaces, options)
    roof[~model.known] = np.nan
    return measured(roof, (*model.findings, *year.findings))


def sun_year(
    model: SurfaceModel, latitude: float, longitude: float, weather: Weather | None
) -> SunYear:
    """Return the hours of sun of a weather, or of the clear sky of a place (Linke turbidity 3).

    Parameters
    ----------
    model : SurfaceModel
        Surface whose mean altitude is that of the clear sky.
    latitude, longitude : float
        Of the place [°].
    weather : Weather or None
        Hourly radiation.

    Raises
    ------
    InvalidError
        ``JUM-E121`` for a weather of another type, ``JUM-G001`` for a place not on Earth.
    """
    from jumeau.ground import weather as weathers
    from jumeau.ground.sun_year import clear_year, from_weather

    if weather is None:
        altitude = model.base + float(np.mean(model.z, where=model.known, dtype=np.float64))
        return clear_year(latitude, longitude, altitude=altitude)
    if not isinstance(weather, weathers.Weather):
        raise error("JUM-E121", given=type(weather).__name__)
    return from_weather(weather)


def _roof(model: SurfaceModel, year: SunYear, options: dict[str, Any]) -> NDArray[np.float32]:
    """Return what each cell receives, on its own slope [kWh/m²]."""
    from jumeau.ground.irradiation import irradiation
    from jumeau.ground.slopes import normals

    got = irradiation(model, normals(model), year, **options).total[:, 0]
    return got.reshape(model.shape)


def _with_walls(
    model: SurfaceModel,
    year: SunYear,
    roof: NDArray[np.float32],
    surfaces: Surfaces,
    options: dict[str, Any],
) -> NDArray[np.float32]:
    """Return the mean over the walls of each cell, with the cell itself for ``all`` [kWh/m²]."""
    from jumeau.ground.facades import on_walls, walls
    from jumeau.ground.slopes import normals

    found = walls(model)
    light = np.zeros(roof.size)
    area = np.zeros(roof.size)
    if found.row.size:
        cell = found.row * model.shape[1] + found.column
        got = on_walls(model, found, year, **options)[:, 0]
        light += np.bincount(cell, got * found.area, roof.size)
        area += np.bincount(cell, found.area, roof.size)
    if surfaces == "all":
        seen = model.cell_size**2 / normals(model)[2].ravel().astype(np.float64)
        light += roof.ravel() * seen
        area += seen
    with np.errstate(invalid="ignore"):
        mean = np.where(area > 0.0, light / np.where(area > 0.0, area, 1.0), np.nan)
    return mean.reshape(roof.shape).astype(np.float32)
