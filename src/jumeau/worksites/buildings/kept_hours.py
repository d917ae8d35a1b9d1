# SPDX-License-Identifier: EUPL-1.2
"""Hourly series of a block of buildings: some hours kept, then written building by building.

A result lies building by building, the hours of a block lane by lane: written at once, each value
would land on a page of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from jumeau.worksites.buildings.engine import LANES, TEAM

BATCH = 64
"""Hours of series kept before they are written."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract"})
def keep(
    load: Any, inside: Any, felt: Any, heating: Any, cooling: Any, air: Any, operative: Any
) -> None:
    """Keep an hour of series [kWh, °C] of a load [W], of air and operative temperatures [°C]."""
    for i in range(LANES):
        heating[i] = max(load[i], 0.0) * 1e-3
        cooling[i] = max(-load[i], 0.0) * 1e-3
        air[i] = inside[i]
        operative[i] = felt[i]


@njit(cache=True, nogil=True, error_model="numpy")
def write(kept: Any, count: int, into: Any, rows: Any, begin: int) -> None:
    """Write the hours kept of one series; buildings of row −1 have none."""
    for i in range(LANES):
        row = rows[i]
        if row >= 0:
            out = into[np.uint64(row), begin : begin + count]
            for k in range(count):
                out[k] = kept[k, i]


@njit(cache=True, nogil=True, error_model="numpy")
def under_one_sun(teams: Any, first: int) -> bool:
    """Tell whether all teams of the block that begins with a building see the same sun."""
    one = first // TEAM
    others = 0
    for team in range(one, one + LANES // TEAM):
        others += teams[team] != teams[one]
    return others == 0
