# SPDX-License-Identifier: EUPL-1.2
"""Hourly series of a block of buildings: some hours kept, then written building by building.

A result lies building by building, the hours of a block lane by lane: written at once, each value
would land on a page of its own. Squares of as many hours as lanes are turned, then each building
gets a line of the cache at a time.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from jumeau.worksites.buildings.engine import LANES
from jumeau.worksites.buildings.lanes import put, stream, turn

KILO = 1e-3
"""kWh in a Wh."""


@njit(inline="always")
def keep(kept: Any, hour: int, up: Any, down: Any, air: Any, felt: Any) -> None:
    """Keep an hour of a block: heating and cooling [W], air and operative temperatures [°C]."""
    stride = kept.shape[1]
    at = hour * LANES
    put(kept, at, up * KILO)
    put(kept, at + stride, down * KILO)
    put(kept, at + 2 * stride, air)
    put(kept, at + 3 * stride, felt)


@njit(cache=True, nogil=True, error_model="numpy")
def write(kept: Any, since: int, end: int, series: Any, first: int) -> int:
    """Write whole squares of the hours kept of a block, ``since`` a multiple of ``LANES``.

    Returns
    -------
    int
        The first hour that is not written; it is now the first that is kept.
    """
    stride = kept.shape[1]
    count = end - since
    whole = (count + LANES - 1 if end == series.hours else count) // LANES * LANES
    for one, into in enumerate((series.heating, series.cooling, series.air, series.operative)):
        hours = into.shape[1]
        base = one * stride
        for square in range(0, whole, LANES):
            turn(kept, base + square * LANES)
            for lane in range(LANES):
                row = series.rows[first + lane]
                if row >= 0:
                    stream(kept, base + (square + lane) * LANES, into, row * hours + since + square)
        for k in range((count - whole) * LANES):
            kept[one, k] = kept[one, whole * LANES + k]
    return since + whole
