# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernel of the point-by-point illuminance: one block of cells, one thread.

Single precision, in two passes per row of cells and lamp: the first computes angles and geometry
without a branch, so that it vectorises; the second gathers the four intensities. Sums are in
double precision. Distances start from the cell under the lamp, so that Lambert-93 coordinates lose
nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_F = np.float32
_ONE, _ZERO, _TINY = _F(1.0), _F(0.0), _F(1e-12)
_HALF, _FULL = _F(math.pi / 2), _F(math.pi)
# atan t ≈ t·(A0 + A1·t² + … + A7·t¹⁴) on [0, 1], minimax: error 6e-8 rad once rounded
_A0, _A1, _A2, _A3 = _F(0.999999336), _F(-0.333298608), _F(0.199465656), _F(-0.139086291)
_A4, _A5, _A6, _A7 = _F(0.096421960), _F(-0.055912306), _F(0.021862941), _F(-0.004054562)


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def fill(
    out: NDArray[np.float32],
    west: float,
    north: float,
    cell: float,
    chosen: NDArray[np.int64],
    place: NDArray[np.float64],
    above: float,
    turn: NDArray[np.float64],
    which: NDArray[np.int64],
    table: NDArray[np.float32],
    layout: NDArray[np.int64],
    per_radian: NDArray[np.float64],
) -> int:
    """Fill a block with the horizontal illuminance of the chosen lamps, in their order.

    Parameters
    ----------
    out : (rows, columns) float32 array
        Block to fill, row 0 north [lx].
    west, north : float
        Centre of its north-west cell [m].
    cell : float
        Cell size [m].
    chosen : (k,) array
        Lamps that reach the block.
    place : (n, 5) array
        Lamps, all above the plane: x, y, z, horizontal reach [m] and factor on the intensities.
    above : float
        Height of the plane [m].
    turn : (n, 4) array
        Sine and cosine of the azimuth of C0, clockwise from north; the rest is not read.
    which : (n,) array
        Photometry of each lamp.
    table : (m,) float32 array
        Intensities of all photometries [cd]; see :mod:`~jumeau.worksites.lighting.scene`.
    layout : (p, 3) array
        First element and row length of each photometry in ``table``.
    per_radian : (p, 2) array
        Planes per radian of C and nodes per radian of γ of each photometry.

    Returns
    -------
    int
        Number of lamp–cell pairs computed.
    """
    rows, columns = out.shape
    steps = np.arange(columns).astype(np.float32)
    total = np.empty(columns, np.float64)
    index = np.empty(columns, np.uint32)
    weight = np.empty(columns, np.float32)
    along_c = np.empty(columns, np.float32)
    along_g = np.empty(columns, np.float32)
    size = _F(cell)
    pairs = 0
    for row in range(rows):
        total[:] = 0.0
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
            pairs += count
            under = round((x - west) / cell)
            origin = _F(first - under)
            offset = _F(west + cell * under - x)
            dy = _F(gap)
            height = place[lamp, 2] - above
            h = _F(height)
            h2, dy2 = h * h, dy * dy
            s, c = _F(turn[lamp, 0]), _F(turn[lamp, 1])
            u0, v0 = dy * c, dy * s
            strength = _F(height * place[lamp, 4])
            photometry = which[lamp]
            start, stride = np.uint32(layout[photometry, 0]), np.int32(layout[photometry, 1])
            per_c, per_g = _F(per_radian[photometry, 0]), _F(per_radian[photometry, 1])
            for j in range(count):
                dx = (steps[j] + origin) * size + offset
                r2 = dx * dx + dy2
                u = dx * s + u0  # along C0
                v = v0 - dx * c  # along C90
                d2 = r2 + h2
                d, r = np.sqrt(d2), np.sqrt(r2)
                across = abs(v)
                # one division for three: h/d³, tan(γ/2) = r/(d + h), tan(C'/2) = |v|/(r + |u|)
                p, q, cube = d + h, r + abs(u) + _TINY, d2 * d
                pq = p * q
                inverse = _ONE / (pq * cube)
                weight[j] = strength * (inverse * pq)
                inverse *= cube
                t = r * (inverse * q)
                z = t * t
                angle = _A4 + z * (_A5 + z * (_A6 + z * _A7))
                angle = t * (_A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * angle))))
                g = (angle + angle) * per_g
                t = across * (inverse * p)
                z = t * t
                angle = _A4 + z * (_A5 + z * (_A6 + z * _A7))
                angle = t * (_A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * angle))))
                angle = angle + angle
                angle = angle if u >= _ZERO else _FULL - angle
                angle = angle if v >= _ZERO else _FULL + _FULL - angle
                plane = angle * per_c
                i, m = np.int32(plane), np.int32(g)
                along_c[j] = plane - _F(i)
                along_g[j] = g - _F(m)
                index[j] = np.uint32(i * stride + m)
            lit = total[first : last + 1]
            step = np.uint32(stride)
            one = np.uint32(1)
            for j in range(count):
                k00 = start + index[j]
                k10 = k00 + step
                low = table[k00] + along_g[j] * (table[k00 + one] - table[k00])
                high = table[k10] + along_g[j] * (table[k10 + one] - table[k10])
                lit[j] += np.float64(weight[j] * (low + along_c[j] * (high - low)))
        for j in range(columns):
            out[row, j] = _F(total[j])
    return pairs
