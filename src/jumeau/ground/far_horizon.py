# SPDX-License-Identifier: EUPL-1.2
"""Relief beyond the raster: the skyline of a coarse elevation model, up to 50 km away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.horizon import checked_directions
from jumeau.ground.surface_model import SurfaceModel, surface_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EARTH = 6_371_000.0
"""Mean radius of the Earth [m]."""
REFRACTION = 0.13
"""Curvature of rays of light near the ground over that of the Earth [-]."""


@dataclass(frozen=True, eq=False)
class Skyline:
    """What the far relief hides around a place.

    Parameters
    ----------
    slope : (directions,) array
        Of the skyline, seen from ``altitude`` [-].
    distance : (directions,) array
        Of what makes it [m].
    altitude : float
        From which it is seen [m].
    """

    slope: NDArray[np.float64]
    distance: NDArray[np.float64]
    altitude: float

    @property
    def degrees(self) -> NDArray[np.float64]:
        """Angle above the horizontal in each direction [°]."""
        return np.degrees(np.arctan(self.slope))

    def raise_slopes(
        self,
        slope: NDArray[np.float32],
        direction: int,
        model: SurfaceModel,
        directions: int,
        heights: NDArray[Any] | None = None,
    ) -> None:
        """Raise near horizons to the skyline, in place.

        Parameters
        ----------
        slope : float32 array
            Of the near horizon in one direction [-].
        direction, directions : int
            Its number, and how many there are.
        model : SurfaceModel
            The near surface.
        heights : array, optional
            Of the observers, as ``model.z`` [m]; the surface by default.

        Raises
        ------
        InvalidError
            ``JUM-G089`` when the skyline has another number of directions.

        Notes
        -----
        A place higher by Δz sees a skyline at distance d lower by Δz/d.
        """
        if self.slope.size != directions:
            raise error("JUM-G089", given=self.slope.size, wanted=directions)
        height = model.z if heights is None else np.asarray(heights)
        lower = (height - np.float32(self.altitude - model.base)) / np.float32(
            self.distance[direction]
        )
        np.maximum(slope, np.float32(self.slope[direction]) - lower, out=slope)


def skyline(
    dem: ArrayLike,
    directions: int,
    *,
    row: float,
    column: float,
    cell_size: float = 25.0,
    altitude: float | None = None,
    near: float = 1000.0,
    reach: float = 50_000.0,
    refraction: float = REFRACTION,
) -> Skyline:
    """Find the skyline of a coarse elevation model by ray marching, the Earth being round.

    Parameters
    ----------
    dem : (ny, nx) array
        Altitude of the ground [m], row 0 north; NaN where it is not known.
    directions : int
        Number of directions, evenly spaced, the first to the north, then clockwise.
    row, column : float
        Place from which it is seen, 0 at the centre of the first cell [cells].
    cell_size : float
        Side of a cell [m].
    altitude : float, optional
        From which it is seen; the ground there by default [m].
    near : float
        Distance from which the relief counts: up to there the near surface tells [m].
    reach : float
        Distance beyond which it does not count [m].
    refraction : float
        Coefficient of refraction; 0.13 for daylight, 0 for straight rays [-].

    Returns
    -------
    Skyline
        Slope of the skyline and distance of what makes it.

    Raises
    ------
    InvalidError
        ``JUM-G080`` to ``JUM-G085`` for an elevation model or directions that cannot be read,
        ``JUM-G091`` for a place outside, ``JUM-G094`` for a distance or a refraction that is not
        possible.

    Notes
    -----
    tan h = max (z − z₀ − d²(1 − k)/2R)/d over d from ``near`` to ``reach``, sampled each half cell
    on the surface that is bilinear between centres.
    """
    model = surface_model(dem, cell_size)
    azimuths = checked_directions(directions)
    ny, nx = model.shape
    if not (0 <= row <= ny - 1 and 0 <= column <= nx - 1):
        raise error("JUM-G091", count=1, row=row, column=column)
    for name, value, most in (("near", near, reach), ("refraction", refraction, 1.0)):
        if not 0.0 <= value <= most:
            raise error("JUM-G094", name=name, given=value, least=0, most=most)
    if not (np.isfinite(reach) and reach > 0.0):
        raise error("JUM-G094", name="reach", given=reach, least=0, most="∞")
    z = model.z
    eye = float(_bilinear(z, np.array(row), np.array(column)))
    if altitude is not None:
        eye = altitude - model.base
    d = np.arange(max(near, 0.5 * model.cell_size), reach, 0.5 * model.cell_size)
    drop = d * d * (1.0 - refraction) / (2.0 * EARTH)
    slope, distance = np.zeros(azimuths.size), np.full(azimuths.size, reach)
    for i, azimuth in enumerate(azimuths):
        rows = row - d * math.cos(azimuth) / model.cell_size
        columns = column + d * math.sin(azimuth) / model.cell_size
        inside = (rows >= 0) & (rows <= ny - 1) & (columns >= 0) & (columns <= nx - 1)
        if not inside.any():
            continue
        rise = _bilinear(z, rows[inside], columns[inside]) - drop[inside] - eye
        seen = rise / d[inside]
        best = int(np.argmax(seen))
        slope[i], distance[i] = seen[best], d[inside][best]
    return Skyline(slope, distance, eye + model.base)


def _bilinear(
    z: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the surface between the centres of cells."""
    i = np.clip(np.floor(rows).astype(np.int64), 0, max(z.shape[0] - 2, 0))
    j = np.clip(np.floor(columns).astype(np.int64), 0, max(z.shape[1] - 2, 0))
    below, right = np.minimum(i + 1, z.shape[0] - 1), np.minimum(j + 1, z.shape[1] - 1)
    f, g = rows - i, columns - j
    value: NDArray[np.float64] = (z[i, j] * (1 - g) + z[i, right] * g) * (1 - f)
    value = value + (z[below, j] * (1 - g) + z[below, right] * g) * f
    return value
