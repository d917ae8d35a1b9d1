# SPDX-License-Identifier: EUPL-1.2
"""Relief shaded by a low sun in the north-west: gradient of Horn, Lambert's cosine law.

References
----------
Horn, B. K. P. (1981). Hill shading and the reflectance map. Proceedings of the IEEE 69(1), 14–47.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base import png

if TYPE_CHECKING:
    from numpy.typing import NDArray

AZIMUTH = 315.0
"""Where the light comes from [°, clockwise from north]: the convention of maps."""
ALTITUDE = 45.0
"""Height of the light above the horizon [°]."""
LEVELS = 30
"""Steps of shadow, and of light."""
DARKEST, LIGHTEST = 190, 150
"""Opacity of the deepest shadow and of the brightest slope [0–255]."""


def exaggeration(zoom: int) -> float:
    """Return the factor by which heights are multiplied at a zoom.

    Seen from afar, slopes are means over wide cells: without it, relief would fade. It is 1 from
    zoom 15 on and doubles every four zooms below.

    Parameters
    ----------
    zoom : int
        Zoom of the tile.
    """
    return float(2.0 ** (max(0, 15 - zoom) / 4.0))


def relief(
    elevation: NDArray[np.floating], cell: float | NDArray[np.floating], factor: float = 1.0
) -> NDArray[np.float32]:
    """Return how much more, or less, light a slope receives than flat ground.

    Horn's gradient on 3 × 3 cells, then cos i / cos i₀ − 1 where i is the angle between the light
    and the normal of the slope, and i₀ that of flat ground.

    Parameters
    ----------
    elevation : ndarray (n + 2, m + 2)
        Heights [m], row 0 north, with a margin of one cell on each side; NaN without data.
    cell : float, or ndarray (n, 1)
        Side of a cell on the ground, the same everywhere or for each row [m].
    factor : float
        Factor of the heights [1].

    Returns
    -------
    ndarray (n, m) of float32
        −1 in full shadow, 0 on flat ground, at most √2 − 1 facing the light [1]; NaN where one of
        the nine cells has no data.
    """
    z = np.asarray(elevation, dtype=np.float32)
    run = np.asarray(8.0 * np.asarray(cell) / factor, dtype=np.float32)
    east = (z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]) - (
        z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2]
    )
    north = (z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:]) - (
        z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]
    )
    east, north = east / run, north / run
    azimuth, altitude = math.radians(AZIMUTH), math.radians(ALTITUDE)
    # The normal is (−∂z/∂x, −∂z/∂y, 1); the light (sin a cos h, cos a cos h, sin h).
    light = (
        math.sin(altitude)
        - math.cos(altitude) * (math.sin(azimuth) * east + math.cos(azimuth) * north)
    ) / np.sqrt(1 + east**2 + north**2)
    shaded = np.maximum(light, 0) / math.sin(altitude) - 1
    # The gradient leaves the middle cell out.
    return np.where(np.isnan(z[1:-1, 1:-1]), np.float32(np.nan), shaded).astype(np.float32)


def picture(shaded: NDArray[np.floating]) -> bytes:
    """Return a PNG of shadow and light to lay over a map, transparent on flat ground.

    Parameters
    ----------
    shaded : ndarray (n, m)
        Result of :func:`relief`; NaN is transparent.
    """
    known = np.nan_to_num(shaded, nan=0.0)
    dark = np.rint(np.clip(-known, 0, 1) * LEVELS).astype(np.uint8)
    bright = np.rint(np.clip(known / (math.sqrt(2) - 1), 0, 1) * LEVELS).astype(np.uint8)
    index = np.where(dark > 0, dark, np.where(bright > 0, bright + np.uint8(LEVELS), 0))
    steps = np.arange(1, LEVELS + 1) / LEVELS
    alpha = [*np.rint(steps * DARKEST).astype(int), *np.rint(steps * LIGHTEST).astype(int)]
    colors = ["#000000"] * LEVELS + ["#ffffff"] * LEVELS
    return png.encode(index.astype(np.uint8), colors, [int(value) for value in alpha])
