# SPDX-License-Identifier: EUPL-1.2
"""What the local-inertial solver does outside its sweep: sources, ledger, rain rasters, measures.

Sums are in float64, row by row in the order of rows; depths in m, discharges per width in m²/s.
``owed`` is what rounding took from each depth and still owes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.climate.inertial_rows import DRY, OPEN, F
from jumeau.worksites.climate.machine import bits_of, inlined
from jumeau.worksites.climate.tiles import COLS, ROWS, exact

_FAST = 0.8
_STEEP = 0.2
_DEEP = F(0.05)
_ARRIVED = F(0.01)
_FILM = F(1e-3)


@exact
def _set(depth: Any, owed: Any, j: int, i: int, water: float) -> None:
    depth[j, i] = F(water)
    owed[j, i] = F(water - np.float64(depth[j, i]))


@exact
def _note(depth: Any, deepest: Any, arrival: Any, changed: Any, tops: Any, j: int, i: int,
          time: Any) -> int:  # fmt: skip
    h = depth[j, i]
    deepest[j, i] = max(deepest[j, i], h)
    if h > _ARRIVED and np.isnan(arrival[j, i]):
        arrival[j, i] = time
    changed[j // ROWS, i // COLS] = 1
    tops[j // ROWS, i // COLS] = max(tops[j // ROWS, i // COLS], bits_of(h))
    return bits_of(h)  # type: ignore[no-any-return]


@exact
def take(depth: Any, owed: Any, changed: Any, cells: Any, volumes: Any) -> float:
    """Take the negative volumes from their cells [m]; return the depth that was not there [m]."""
    nx = depth.shape[1]
    unmet = 0.0
    for k in range(cells.size):
        if volumes[k] < 0.0:
            j, i = cells[k] // nx, cells[k] % nx
            there = np.float64(depth[j, i]) + np.float64(owed[j, i])
            gone = min(-volumes[k], max(there, 0.0))
            unmet += -volumes[k] - gone
            if gone > 0.0:
                _set(depth, owed, j, i, there - gone)
                changed[j // ROWS, i // COLS] = 1
    return unmet


@exact
def give(
    depth: Any, owed: Any, deepest: Any, arrival: Any, changed: Any, tops: Any, cells: Any,
    volumes: Any, time: Any,
) -> int:  # fmt: skip
    """Add the positive volumes to their cells [m]; return the bits of the deepest of them."""
    nx = depth.shape[1]
    top = 0
    for k in range(cells.size):
        if volumes[k] > 0.0:
            j, i = cells[k] // nx, cells[k] % nx
            there = np.float64(depth[j, i]) + np.float64(owed[j, i])
            _set(depth, owed, j, i, there + volumes[k])
            top = max(top, _note(depth, deepest, arrival, changed, tops, j, i, time))
    return top


@exact
def impose(
    bed: Any, depth: Any, owed: Any, deepest: Any, arrival: Any, changed: Any, tops: Any,
    cells: Any, levels: Any, time: Any,
) -> tuple[int, float]:  # fmt: skip
    """Set the surface of cells; return the bits of the deepest of them and the depth added [m]."""
    nx = depth.shape[1]
    top, added = 0, 0.0
    for k in range(cells.size):
        j, i = cells[k] // nx, cells[k] % nx
        h = max(levels[k] - bed[j, i], F(0.0))
        if h != depth[j, i] or owed[j, i] != F(0.0):
            there = np.float64(depth[j, i]) + np.float64(owed[j, i])
            added += np.float64(h) - there
            depth[j, i] = h
            owed[j, i] = F(0.0)
            _note(depth, deepest, arrival, changed, tops, j, i, time)
        top = max(top, bits_of(depth[j, i]))
    return top, added


@exact
def storage(depth: Any, owed: Any) -> float:
    """Return the sum of the depths, what they are owed included [m]."""
    total = 0.0
    lanes = np.zeros(8)
    ny, nx = depth.shape
    for j in range(ny):
        lanes[:] = 0.0
        for first in range(0, nx, 8):
            for k in range(min(8, nx - first)):
                lanes[k] += np.float64(depth[j, first + k]) + np.float64(owed[j, first + k])
        for k in range(8):
            total += lanes[k]
    return total


@exact
def gauge(rates: Any, bed: Any, tiles: Any) -> float:
    """Mark the tiles in which a rate is positive on open cells; return the sum of rates [m/s].

    The sum is not finite when a rate is not.
    """
    total = 0.0
    ny, nx = rates.shape
    tiles[:] = 0
    for j in range(ny):
        here = 0.0
        for t in range(tiles.shape[1]):
            part = 0.0
            for i in range(t * COLS, min((t + 1) * COLS, nx)):
                rate = rates[j, i]
                part += np.float64(rate) if bed[j, i] < OPEN else 0.0
            if part != 0.0:
                tiles[j // ROWS, t] = 1
            here += part
        total += here
    return total


@exact
def open_cells(bed: Any) -> int:
    """Count the cells that are not closed."""
    count = 0
    ny, nx = bed.shape
    for j in range(ny):
        for i in range(nx):
            count += bed[j, i] < OPEN
    return count


@exact
def _quick(h: Any, x: Any, north: Any, south: Any, west: Any) -> tuple[int, int]:
    # Of a row: cells deeper than 0.05 m, and those of them whose Froude number is above 0.8.
    wet, quick = 0, 0
    for i in range(min(h.size, 1)):
        wet += h[i] > _DEEP
        quick += _runs(h[i], west + x[i], north[i] + south[i])
    for i in range(1, h.size):
        wet += h[i] > _DEEP
        quick += _runs(h[i], x[i - 1] + x[i], north[i] + south[i])
    return wet, quick


@inlined
def _runs(h: Any, x: Any, y: Any) -> bool:
    # Whether a cell runs fast; x and y are sums over its two faces of each direction.
    u, v = F(0.5) * x / h, F(0.5) * y / h
    return (h > _DEEP) & (u * u + v * v > F(_FAST * _FAST * 9.81) * h)  # type: ignore[no-any-return]


@exact
def froude(
    bed: Any, depth: Any, qx: Any, qy: Any, west: Any, north: Any, cell: float
) -> tuple[int, int]:  # fmt: skip
    """Count the cells deeper than 0.05 m, and those of them that run fast on a steep surface."""
    ny, nx = depth.shape
    wet, fast = 0, 0
    for j in range(ny):
        above = qy[j - 1] if j > 0 else north
        deep, quick = _quick(depth[j], qx[j], above, qy[j], west[j])
        wet += deep
        for i in range(nx if quick > 0 else 0):
            h = depth[j, i]
            before = qx[j, i - 1] if i > 0 else west[j]
            if not _runs(h, before + qx[j, i], above[i] + qy[j, i]):
                continue
            steep = F(0.0)
            for b, a in ((j, i - 1), (j, i + 1), (j - 1, i), (j + 1, i)):
                if 0 <= b < ny and 0 <= a < nx and depth[b, a] > DRY:
                    rise = (bed[b, a] - bed[j, i]) + (depth[b, a] - h)
                    steep = max(steep, abs(rise))
            if steep > F(_STEEP * cell):
                fast += 1
    return wet, fast


@exact
def speed(depth: Any, qx: Any, qy: Any, west: Any, north: Any, fastest: Any) -> Any:
    """Return the speed of each cell [m/s]: mean discharge of its faces over its depth.

    Where a cell empties, its depth before the step counts: never more than its ``fastest``.
    """
    ny, nx = depth.shape
    out = np.zeros((ny, nx), np.float32)
    for j in range(ny):
        for i in range(nx):
            h = depth[j, i]
            if h > _FILM:
                u = qx[j, i] + (qx[j, i - 1] if i > 0 else west[j])
                v = qy[j, i] + (qy[j - 1, i] if j > 0 else north[i])
                out[j, i] = min(F(0.5) * np.sqrt(u * u + v * v) / h, fastest[j, i])
    return out
