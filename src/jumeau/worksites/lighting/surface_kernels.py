# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernel of light on any surface: tilted lamps, cells at any height and of any normal.

The same two passes as :mod:`jumeau.worksites.lighting.kernels`, over the whole sphere of the
luminaire. What a lamp gives to a row of cells is either added up or kept, run by run.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from jumeau.worksites.lighting.kernels import _A0, _A1, _A2, _A3, _A4, _A5, _A6, _A7

if TYPE_CHECKING:
    from numpy.typing import NDArray

_F = np.float32
_ONE, _ZERO, _TINY = _F(1.0), _F(0.0), _F(1e-12)
_FULL = _F(math.pi)
_NEAR2 = _F(1e-8)  # squared distance under which a lamp is in the cell's centre [m²]


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def fill(
    out: NDArray[np.float32],
    west: float,
    north: float,
    cell: float,
    corner: tuple[int, int],
    chosen: NDArray[np.int64],
    place: NDArray[np.float64],
    turn: NDArray[np.float64],
    which: NDArray[np.int64],
    table: NDArray[np.float32],
    layout: NDArray[np.int64],
    per_radian: NDArray[np.float64],
    level: NDArray[np.float32],
    base: float,
    normal: NDArray[np.float32],
    seen: NDArray[np.uint8],
    window: NDArray[np.int64],
    transmission: float,
    values: NDArray[np.float32],
    runs: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill a block with the illuminance of the chosen lamps, or keep what each gives.

    Parameters
    ----------
    out : (rows, columns) float32 array
        Block to fill, row 0 north [lx]; untouched when contributions are kept.
    west, north : float
        Centre of its north-west cell [m].
    cell : float
        Cell size [m].
    corner : (int, int)
        Row and column of that cell in the grid of the masks.
    chosen : (k,) array
        Lamps that reach the block.
    place : (n, 5) array
        Lamps: x, y, z, horizontal reach [m] and factor on the intensities.
    turn : (n, 4) array
        Sine and cosine of the azimuth of C0 and of the tilt.
    which : (n,) array
        Photometry of each lamp.
    table, layout, per_radian
        Photometries as :class:`jumeau.worksites.lighting.scene.Scene` holds them; the third column
        of ``layout`` is the last row of γ that gives light, in thousandths of a step.
    level : (rows, columns) float32 array
        Height of the cells above ``base`` [m].
    base : float
        Datum of ``level`` [m].
    normal : (3, rows, columns) or (3, 1, 1) float32 array
        Unit normals: east, north, up.
    seen : (m,) uint8 array
        What each lamp sees of its window: 0 hidden, 1 seen, 2 seen through crowns.
    window : (n, 4) array
        For each lamp: first element in ``seen``, row and column of its corner, row length; a
        negative first element says that everything is seen.
    transmission : float
        Share of the light that crosses a crown.
    values : (q,) float32 array
        Receives the contributions one after the other [lx]; empty to add them up in ``out``.
    runs : (r, 4) int32 array
        Receives, for each run of cells: lamp, row, first column, number of cells.

    Returns
    -------
    (int, int)
        Number of values and of runs, written or that would be.
    """
    rows, columns = out.shape
    steps = np.arange(columns).astype(np.float32)
    total = np.empty(columns, np.float64)
    index = np.empty(columns, np.uint32)
    weight = np.empty(columns, np.float32)
    along_c = np.empty(columns, np.float32)
    along_g = np.empty(columns, np.float32)
    height = np.empty(columns, np.float32)
    east = np.empty(columns, np.float32)
    upward = np.empty(columns, np.float32)
    northward = np.empty(columns, np.float32)
    one_normal = normal.shape[1] == 1 and normal.shape[2] == 1
    east[:], northward[:], upward[:] = normal[0, 0, 0], normal[1, 0, 0], normal[2, 0, 0]
    size = _F(cell)
    through = _F(transmission)
    keep = values.size > 0
    count_values, count_runs = 0, 0
    for row in range(rows):
        total[:] = 0.0
        for j in range(columns):
            height[j] = level[row, j]
        if not one_normal:
            for j in range(columns):
                east[j], northward[j] = normal[0, row, j], normal[1, row, j]
                upward[j] = normal[2, row, j]
        for k in range(chosen.size):
            lamp = chosen[k]
            x, gap = place[lamp, 0], north - cell * row - place[lamp, 1]
            reach = place[lamp, 3] * place[lamp, 3] - gap * gap
            if reach < 0.0:
                continue
            reach = math.sqrt(reach)
            first = max(0, math.ceil((x - reach - west) / cell))
            last = min(columns - 1, math.floor((x + reach - west) / cell))
            count = last - first + 1
            if count <= 0:
                continue
            under = round((x - west) / cell)
            origin = _F(first - under)
            offset = _F(west + cell * under - x)
            dy = _F(gap)
            head = _F(place[lamp, 2] - base)
            dy2 = dy * dy
            s, c, ts, tc = (
                _F(turn[lamp, 0]), _F(turn[lamp, 1]), _F(turn[lamp, 2]), _F(turn[lamp, 3])
            )  # fmt: skip
            u0, v0 = dy * c, dy * s
            strength = _F(place[lamp, 4])
            photometry = which[lamp]
            start, stride = np.uint32(layout[photometry, 0]), np.int32(layout[photometry, 1])
            per_c, per_g = _F(per_radian[photometry, 0]), _F(per_radian[photometry, 1])
            dark = _F(layout[photometry, 2]) * _F(1e-3)
            for j in range(count):
                cellj = first + j
                dx = (steps[j] + origin) * size + offset
                dz = height[cellj] - head
                turned = v0 - dx * c
                u = dx * s + u0  # along C0
                v = turned * tc + dz * ts  # along C90
                w = turned * ts - dz * tc  # along the axis
                d2 = dx * dx + dy2 + dz * dz
                r2 = u * u + v * v
                facing = -(dx * east[cellj] + dy * northward[cellj] + dz * upward[cellj])
                lit = facing > _ZERO and d2 > _NEAR2
                d2 = max(d2, _NEAR2)
                d, r = np.sqrt(d2), np.sqrt(r2)
                # one division for three: 1/d³, tan(γ'/2) = r/(d + |w|), tan(C'/2) = |v|/(r + |u|)
                p, q, cube = d + abs(w), r + abs(u) + _TINY, d2 * d
                pq = p * q
                inverse = _ONE / (pq * cube)
                bright = strength * facing * (inverse * pq)
                inverse *= cube
                t = r * (inverse * q)
                z = t * t
                angle = _A4 + z * (_A5 + z * (_A6 + z * _A7))
                angle = t * (_A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * angle))))
                angle = angle + angle
                angle = angle if w >= _ZERO else _FULL - angle
                g = angle * per_g
                t = min(abs(v) * (inverse * p), _ONE)
                z = t * t
                angle = _A4 + z * (_A5 + z * (_A6 + z * _A7))
                angle = t * (_A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * angle))))
                angle = angle + angle
                angle = angle if u >= _ZERO else _FULL - angle
                angle = angle if v >= _ZERO else _FULL + _FULL - angle
                plane = angle * per_c
                weight[j] = bright if (lit and g <= dark) else _ZERO
                i, m = np.int32(plane), np.int32(g)
                along_c[j] = plane - _F(i)
                along_g[j] = g - _F(m)
                index[j] = np.uint32(i * stride + m)
            if window[lamp, 0] >= 0:
                at = (
                    window[lamp, 0]
                    + (corner[0] + row - window[lamp, 1]) * window[lamp, 3]
                    + (corner[1] + first - window[lamp, 2])
                )
                for j in range(count):
                    sight = seen[at + j]
                    factor = _ZERO if sight == 0 else _ONE
                    factor = through if sight == 2 else factor
                    weight[j] *= factor
            step = np.uint32(stride)
            one = np.uint32(1)
            if keep:
                for j in range(count):
                    k00 = start + index[j]
                    k10 = k00 + step
                    low = table[k00] + along_g[j] * (table[k00 + one] - table[k00])
                    high = table[k10] + along_g[j] * (table[k10 + one] - table[k10])
                    values[count_values + j] = weight[j] * (low + along_c[j] * (high - low))
                runs[count_runs, 0], runs[count_runs, 1] = lamp, row
                runs[count_runs, 2], runs[count_runs, 3] = first, count
            else:
                bright_row = total[first : last + 1]
                for j in range(count):
                    k00 = start + index[j]
                    k10 = k00 + step
                    low = table[k00] + along_g[j] * (table[k00 + one] - table[k00])
                    high = table[k10] + along_g[j] * (table[k10 + one] - table[k10])
                    bright_row[j] += np.float64(weight[j] * (low + along_c[j] * (high - low)))
            count_values += count
            count_runs += 1
        if not keep:
            for j in range(columns):
                out[row, j] = _F(total[j])
    return count_values, count_runs


@njit(cache=True, nogil=True, error_model="numpy")
def measure(
    rows: int,
    columns: int,
    west: float,
    north: float,
    cell: float,
    chosen: NDArray[np.int64],
    place: NDArray[np.float64],
) -> tuple[int, int]:
    """Return how many values and runs :func:`fill` keeps for a block, or a few more.

    Parameters
    ----------
    rows, columns : int
        Of the block.
    west, north, cell, chosen, place
        As for :func:`fill`.
    """
    values, runs = 0, 0
    for k in range(chosen.size):
        lamp = chosen[k]
        x = place[lamp, 0]
        radius = place[lamp, 3] * (1.0 + 1e-9) + 1e-6 * cell
        for row in range(rows):
            gap = north - cell * row - place[lamp, 1]
            reach = radius * radius - gap * gap
            if reach < 0.0:
                continue
            reach = math.sqrt(reach)
            first = max(0, math.ceil((x - reach - west) / cell - 1e-6))
            last = min(columns - 1, math.floor((x + reach - west) / cell + 1e-6))
            if last >= first:
                values += last - first + 1
                runs += 1
    return values, runs
