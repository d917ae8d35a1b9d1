# SPDX-License-Identifier: EUPL-1.2
"""Kernels of the irradiation: what one direction of the horizon lets through, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def add_direction(
    slope: Floats,
    normal: Floats,
    table: Floats,
    gap: Floats,
    east: float,
    north: float,
    weight: float,
    beam: Floats,
    view: Floats,
) -> None:
    """Add what one direction gives to each cell.

    Parameters
    ----------
    slope : (n,) float32 array
        Of the horizon [-].
    normal : (3, n) float32 array
        East, north and up of each surface [-].
    table : (groups, steps + 1, 3) float32 array
        Beam from above each step of slope in this direction [kWh/m²].
    gap : (steps + 1,) float32 array
        π/2 − h − sin h·cos h of each step [rad].
    east, north : float
        Of the direction [-].
    weight : float
        Share of the circle that it stands for, over 2π [-].
    beam : (n, groups) float32 array
        Added to [kWh/m²].
    view : (n,) float32 array
        Share of the sky seen, added to [-].
    """
    groups = table.shape[0]
    steps = np.float32(table.shape[1] - 1)
    e, n, w = np.float32(east), np.float32(north), np.float32(weight)
    one, zero = np.float32(1.0), np.float32(0.0)
    for i in range(slope.size):
        s = max(slope[i], zero)
        a = normal[0, i]
        b = normal[1, i]
        up = normal[2, i]
        facing = a * e + b * n
        if facing < zero:  # the surface hides this part of the sky by itself
            if up < np.float32(1e-6):
                continue
            s = max(s, -facing / up)
        place = steps * (s / (one + s))
        k = min(int(place), int(steps) - 1)
        f = place - np.float32(k)
        sky = up / (one + s * s) + facing * (gap[k] + f * (gap[k + 1] - gap[k]))
        view[i] += w * sky
        for g in range(groups):
            x = table[g, k, 0] + f * (table[g, k + 1, 0] - table[g, k, 0])
            y = table[g, k, 1] + f * (table[g, k + 1, 1] - table[g, k, 1])
            z = table[g, k, 2] + f * (table[g, k + 1, 2] - table[g, k, 2])
            beam[i, g] += max(a * x + b * y + up * z, zero)
