# SPDX-License-Identifier: EUPL-1.2
"""Kernels of the horizon: parallel lines swept once, the hull of what lies ahead kept as a stack.

The surface is given with one more row and column on each side, a copy of the edge, in the
orientation where columns are the long axis of the direction. Lines are ``y = c + m·x``, ``k`` of
them a row; each cell takes the slopes of the lines within 1/k of its centre, weighted by how
near they pass, so that the line through the centre itself is interpolated between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int32]

_EXACT: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
}


@njit(cache=True, nogil=True, error_model="numpy")
def _span(line: int, slope: float, nx: int, ny: int) -> tuple[int, int]:
    """Return columns between which a line may be on the grid, with some margin."""
    if abs(slope) * nx < 1.0:
        return 0, nx
    one = (-2.0 - line) / slope
    two = (ny + 1.0 - line) / slope
    low = max(0.0, min(one, two))
    high = min(float(nx), max(one, two) + 1.0)
    return int(low), max(int(low), int(high))


@njit(**_EXACT)
def sweep_linear(
    z: Floats,
    start: Integers,
    offset: Floats,
    first: int,
    last: int,
    slope: float,
    ahead: int,
    index: Any,
    height: Any,
    out: Floats,
) -> None:
    """Sweep the surface that is linear between centres.

    Parameters
    ----------
    z : (ny + 2, nx + 2) float32 array
        Surface with its margin [cells].
    start : (k, nx) int32 array
        Row nearest to the line of each phase at each column, for the line of number 0.
    offset : (k, nx) float32 array
        Where the line passes, from the centre of that row [cells].
    first, last : int
        Numbers of the lines (rows of their origin), last excluded.
    slope : float
        m, from −1 to 1 [-].
    ahead : int
        1 when looking to growing columns, −1 otherwise.
    index : (ny + 2, nx + 2) int32 array or None
        First observer of each cell; the next cell's first is one past its last. ``None``: one
        observer on each cell, at its height.
    height : (n,) float32 array or None
        Height of the observers [cells]; NaN for one on the surface.
    out : (n,) float32 array
        Slopes, added to: of all cells, row by row, or of the n observers.
    """
    phases, nx = start.shape
    ny = z.shape[0] - 2
    px = np.empty(2 * nx + 4, np.float32)
    pz = np.empty(2 * nx + 4, np.float32)
    edge = np.empty(2 * nx + 4, np.float32)
    k = np.float32(phases)
    steep = np.float32(0.0 if slope == 0.0 else 1.0 / abs(slope))
    turn = np.float32(1.0 if slope * ahead > 0.0 else -1.0)
    one = np.float32(1.0)
    for line in range(first, last):
        for phase in range(phases):
            top = -1
            low, high = _span(line, slope, nx, ny)
            for q in range(high - low):
                x = high - 1 - q if ahead > 0 else low + q
                row = line + start[phase, x]
                if row < 0 or row >= ny:
                    continue
                r = row + 1
                c = x + 1
                p = np.float32(x * ahead)
                d = offset[phase, x]
                own = z[r, c]
                away = abs(d)
                side = r + 1 if d > 0 else r - 1
                beside = z[side, c]
                here = own + away * (beside - own)
                # The row crossed between this column and the one ahead, if there is one.
                behind = d * turn < 0.0
                gap = (away if behind else one - away) * steep
                crossed = steep > 0.0 and 0.001 < gap < 0.999
                cross = own
                if crossed:
                    if behind:
                        cross = own + gap * (z[r, c + ahead] - own)
                    else:
                        cross = beside + gap * (z[side, c + ahead] - beside)
                        xp = p + gap
                        zp = cross
                        while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                            top -= 1
                        if top >= 0:
                            edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                        top += 1
                        px[top] = xp
                        pz[top] = zp
                weight = one - k * away
                if weight > 1e-6:
                    if index is None:
                        # On a slope the line lies as much above what the cell sees as above it.
                        eye = here if abs(here - own) <= away else own
                        t = top
                        while t >= 1 and edge[t] * (px[t] - p) >= pz[t] - eye:
                            t -= 1
                        if t >= 0 and pz[t] > eye:
                            out[r * (nx + 2) + c] += weight * (pz[t] - eye) / (px[t] - p)
                    else:
                        for i in range(index[r, c], index[r, c + 1]):
                            eye = height[i]
                            if np.isnan(eye):  # NaN: on the surface, as a cell is
                                eye = here if abs(here - own) <= away else own
                            t = top
                            while t >= 1 and edge[t] * (px[t] - p) >= pz[t] - eye:
                                t -= 1
                            if t >= 0 and pz[t] > eye:
                                out[i] += weight * (pz[t] - eye) / (px[t] - p)
                if crossed and behind:
                    xp = p + gap
                    zp = cross
                    while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                        top -= 1
                    if top >= 0:
                        edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                    top += 1
                    px[top] = xp
                    pz[top] = zp
                xp = p
                zp = here
                while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                    top -= 1
                if top >= 0:
                    edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                top += 1
                px[top] = xp
                pz[top] = zp


@njit(**_EXACT)
def sweep_boxes(
    z: Floats,
    start: Integers,
    offset: Floats,
    first: int,
    last: int,
    slope: float,
    ahead: int,
    index: Any,
    height: Any,
    out: Floats,
) -> None:
    """Sweep the surface made of flat-topped cells; parameters as :func:`sweep_linear`."""
    phases, nx = start.shape
    ny = z.shape[0] - 2
    px = np.empty(2 * nx + 4, np.float32)
    pz = np.empty(2 * nx + 4, np.float32)
    edge = np.empty(2 * nx + 4, np.float32)
    k = np.float32(phases)
    steep = np.float32(1e9 if slope == 0.0 else 1.0 / abs(slope))
    turn = 1 if slope * ahead > 0.0 else -1
    half = np.float32(0.5)
    for line in range(first, last):
        for phase in range(phases):
            top = -1
            low, high = _span(line, slope, nx, ny)
            for q in range(high - low):
                x = high - 1 - q if ahead > 0 else low + q
                row = line + start[phase, x]
                if row < 0 or row >= ny:
                    continue
                r = row + 1
                c = x + 1
                p = np.float32(x * ahead)
                d = offset[phase, x] * np.float32(turn)
                own = z[r, c]
                far = (half - d) * steep
                near = (half + d) * steep
                if far < half:  # the line leaves the row before the column
                    xp = p + far
                    zp = z[r + turn, c]
                    while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                        top -= 1
                    if top >= 0:
                        edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                    top += 1
                    px[top] = xp
                    pz[top] = zp
                weight = np.float32(1.0) - k * abs(d)
                if weight > 1e-6:
                    if index is None:
                        eye = own
                        t = top
                        while t >= 1 and edge[t] * (px[t] - p) >= pz[t] - eye:
                            t -= 1
                        if t >= 0 and pz[t] > eye:
                            out[r * (nx + 2) + c] += weight * (pz[t] - eye) / (px[t] - p)
                    else:
                        for i in range(index[r, c], index[r, c + 1]):
                            eye = height[i]
                            if np.isnan(eye):
                                eye = own
                            t = top
                            while t >= 1 and edge[t] * (px[t] - p) >= pz[t] - eye:
                                t -= 1
                            if t >= 0 and pz[t] > eye:
                                out[i] += weight * (pz[t] - eye) / (px[t] - p)
                if near < half:
                    xp = p - near
                    zp = own
                    while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                        top -= 1
                    if top >= 0:
                        edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                    top += 1
                    px[top] = xp
                    pz[top] = zp
                    xp = p - half
                    zp = z[r - turn, c]
                    while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                        top -= 1
                    if top >= 0:
                        edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                    top += 1
                    px[top] = xp
                    pz[top] = zp
                else:
                    xp = p - half
                    zp = own
                    while top >= 1 and edge[top] * (px[top] - xp) >= pz[top] - zp:
                        top -= 1
                    if top >= 0:
                        edge[top + 1] = (pz[top] - zp) / (px[top] - xp)
                    top += 1
                    px[top] = xp
                    pz[top] = zp
