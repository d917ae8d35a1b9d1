# SPDX-License-Identifier: EUPL-1.2
"""Sun and sky on some surfaces hour by hour, by the same physics as the sums of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.ground.horizon import LINES, Reading, Sweeps, checked_directions
from jumeau.ground.irradiation import DIRECTIONS, POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.far_horizon import Skyline
    from jumeau.ground.sun_year import SunYear
    from jumeau.ground.surface_model import SurfaceModel


def hourly(
    model: SurfaceModel,
    normal: NDArray[np.float32],
    year: SunYear,
    observers: POINTS,
    *,
    directions: int = DIRECTIONS,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Compute what surfaces receive in each hour (swept horizons, Perez 1990).

    Parameters
    ----------
    model : SurfaceModel
        What stands around.
    normal : (3, n) float32 array
        East, north and up of each surface, length 1 [-].
    year : SunYear
        Hours of sun and sky.
    observers : tuple of (n,) arrays
        Rows, columns and heights [m, as ``model.z``] of the surfaces.
    directions, far, surface, lines, threads
        As :func:`jumeau.ground.irradiation.irradiation`.

    Returns
    -------
    (n, hours) float32 array
        Beam, sky and ground together, mean of the hour [W/m² of the surface].

    Raises
    ------
    InvalidError
        As :func:`jumeau.ground.horizon.horizon`.

    Notes
    -----
    The sums over the hours are those of :func:`jumeau.ground.irradiation.irradiation`, but for the
    edge of shades, which is sharp here. Memory: 4 bytes a surface and an hour.
    """
    azimuths = checked_directions(directions)
    flat = np.ascontiguousarray(normal.reshape(3, -1), np.float64)
    slopes = np.empty((azimuths.size, flat.shape[1]), np.float32)
    sweeps = Sweeps(model, surface=surface, lines=lines, threads=threads, observers=observers)
    for d, slope in sweeps.slopes(azimuths):
        if far is not None:
            far.raise_slopes(slope, d, model, directions, observers[2])
        slopes[d] = slope
    share = _view(slopes, flat, azimuths) / np.maximum(0.5 * (1.0 + flat[2]), 1e-6)
    result = _open(year, flat, np.minimum(share, 1.0))
    lit = np.flatnonzero((year.elevation > 0.0) & (year.direct_normal > 0.0))
    turn = year.azimuth[lit] * directions / 360.0
    first = np.floor(turn).astype(np.int64)
    height = np.tan(np.radians(np.minimum(year.elevation[lit], 89.99)))
    for i in range(0, lit.size, 512):  # by hours, to bound memory
        part = slice(i, i + 512)
        facing = np.maximum(flat.T @ year.vectors[:, lit[part]], 0.0)
        next_share = turn[part] - first[part]
        free = (slopes[first[part] % directions] < height[part, None]).T * (1.0 - next_share)
        free += (slopes[(first[part] + 1) % directions] < height[part, None]).T * next_share
        result[:, lit[part]] += (facing * free).astype(np.float32)
    return result


def _view(
    slopes: NDArray[np.float32], normal: NDArray[np.float64], azimuths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of an even sky that surfaces see, their tilt included [-]."""
    view = np.zeros(normal.shape[1])
    for slope, azimuth in zip(slopes, azimuths, strict=True):
        facing = normal[0] * np.sin(azimuth) + normal[1] * np.cos(azimuth)
        own = np.where(facing < 0.0, -facing / np.maximum(normal[2], 1e-9), 0.0)
        h = np.arctan(np.maximum(slope, own))
        view += normal[2] * np.cos(h) ** 2
        view += facing * (0.5 * np.pi - h - np.sin(h) * np.cos(h))
    return view / azimuths.size


def _open(
    year: SunYear, normal: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the light of the sky, by the share of it seen, and of the ground [W/m²]."""
    tilt = np.round(np.degrees(np.arccos(np.clip(normal[2], 0.0, 1.0))), 1)
    facing = np.where(tilt > 0.0, np.degrees(np.arctan2(normal[0], normal[1])) % 360.0, 0.0)
    planes, which = np.unique(np.stack((tilt, np.round(facing))), axis=1, return_inverse=True)
    result = np.empty((share.size, year.elevation.size), np.float32)
    level: Any = year.albedo * year.global_horizontal
    for k, (slope, azimuth) in enumerate(planes.T.tolist()):
        own = np.flatnonzero(which.ravel() == k)
        sky = year.sky(slope, azimuth)
        ground = level * 0.5 * (1.0 - np.cos(np.radians(slope)))
        result[own] = share[own, None] * sky + ground
    return result
