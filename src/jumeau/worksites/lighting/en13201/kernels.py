# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernel of road fields: luminance, illuminance and glare of EN 13201-3:2015.

Points stand every D = S/N along the field and luminaires every S: seen from any point of a line
along the road, the luminaires of a row fall on one lattice of step D. So each pair of a line of
points and a row of luminaires is one long vector, computed once for illuminance and for all
observers, then folded onto its N points. Trigonometry is by a polynomial (error 2·10⁻¹⁰ rad), in
double precision; tables are in single precision. One field is computed by one thread.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLAGS = {"nnan", "ninf", "nsz", "contract", "arcp"}
# atan t ≈ t·(A0 + A1·t² + … + A10·t²⁰) on [0, 1]: Chebyshev fit, error 2.4e-10 rad
_A0, _A1, _A2, _A3 = 0.99999999955353602, -0.33333322488892886, 0.19999558099881345, -0.142785760195
_A4, _A5, _A6, _A7 = 0.11050771244156139, -0.087850431705574411, 0.06685281272741, -0.04392840736215
_A8, _A9, _A10 = 0.021912943038676691, -0.0070306681498715816, 0.001057607174681669
_PI, _DEGREES = math.pi, 180.0 / math.pi
_EYE = 1.5
"""Height of the observer's eye [m]."""
_BEFORE = 60.0
"""Distance of the observer before the field [m]."""
_DIP_COS, _DIP_SIN = math.cos(math.radians(1.0)), math.sin(math.radians(1.0))
"""The line of sight points 1° below the horizontal."""
_SCREEN = math.tan(math.radians(20.0))
"""The vehicle's roof hides what stands above 20°."""
_GLARE_FAR, _GLARE_STOP = 500.0, 0.02
"""A row's glare is summed to 500 m, or until a luminaire adds less than 2 % to it."""


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _twice_atan(t: float) -> float:
    z = t * t
    high = _A6 + z * (_A7 + z * (_A8 + z * (_A9 + z * _A10)))
    low = _A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * (_A4 + z * (_A5 + z * high)))))
    return 2.0 * t * low


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _directions(
    count: int, start: float, step: float, dy: float, height: float, turn: float, sine: float,
    cosine: float, per_c: float, per_g: float, stride: int, index: NDArray[np.int64],
    along_c: NDArray[np.float64], along_g: NDArray[np.float64], weight: NDArray[np.float64],
) -> None:  # fmt: skip
    """Locate in a photometry the directions from luminaires to points, ``height`` below them.

    ``start`` + k·``step`` and ``dy`` lead from point to luminaire. ``weight`` receives 1/d³.
    """
    for k in range(count):
        dx = start + k * step
        a, across = -turn * dx, -turn * dy
        b = across * cosine - height * sine
        down = across * sine + height * cosine
        square = a * a + b * b
        rho, d2 = math.sqrt(square), square + down * down
        d = math.sqrt(d2)
        weight[k] = 1.0 / (d2 * d)
        gamma = _twice_atan(rho / (d + abs(down) + 1e-12))
        gamma = gamma if down >= 0.0 else _PI - gamma
        c = _twice_atan(abs(b) / (rho + abs(a) + 1e-12))
        c = c if a >= 0.0 else _PI - c
        c = c if b >= 0.0 else 2.0 * _PI - c
        plane, node = c * per_c, gamma * per_g
        i, j = int(plane), int(node)
        along_c[k] = plane - i
        along_g[k] = node - j
        index[k] = i * stride + j


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _gather(
    count: int, table: NDArray[np.float32], stride: int, scale: float, index: NDArray[np.int64],
    along_c: NDArray[np.float64], along_g: NDArray[np.float64], intensity: NDArray[np.float64],
) -> None:  # fmt: skip
    """Interpolate intensities in a table at places located before [cd]."""
    one, below = np.uint64(1), np.uint64(stride)  # unsigned: no check of negative indices
    for k in range(count):
        at = np.uint64(index[k])
        under = at + below
        u, v = along_c[k], along_g[k]
        low = table[at] + v * (table[at + one] - table[at])
        high = table[under] + v * (table[under + one] - table[under])
        intensity[k] = scale * (low + u * (high - low))


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _surface(
    first: int, last: int, start: float, step: float, dy: float, height: float,
    bearing: NDArray[np.float64], row: NDArray[np.int64], along: NDArray[np.float64],
    mask: NDArray[np.float64],
) -> None:  # fmt: skip
    """Locate tan γ in the road surface's table and the bearing of luminaires from points.

    ``mask`` is 1 for luminaires that count: from 5 H before to 12 H beyond, tan γ to 12.
    """
    before, beyond = -5.0 * height, 12.0 * height
    for k in range(first, last):
        dx = start + k * step
        rho = math.sqrt(dx * dx + dy * dy)
        angle = _twice_atan(abs(dy) / (rho + abs(dx) + 1e-12))
        angle = angle if dx >= 0.0 else _PI - angle
        bearing[k] = angle if dy >= 0.0 else -angle
        tan = 4.0 * rho / height
        counts = 1.0 if tan <= 48.0 else 0.0
        counts = counts if dx >= before else 0.0
        mask[k] = counts if dx <= beyond else 0.0
        tan = min(tan, 48.0)
        i = int(tan)
        row[k] = i
        along[k] = tan - i


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _sights(points: int, step: float, third: float, bearing: NDArray[np.float64]) -> None:
    """Give the bearings of points from observers: row d for those d − (rows − 3)/2 − 1 thirds.

    Lines of points stand a third of a lane apart and observers on every third of them, so that few
    distances across occur. Element q stands for the point ``points`` − 1 − q.
    """
    middle = (bearing.shape[0] - 3) // 2 + 1
    for d in range(bearing.shape[0]):
        for q in range(points):
            slope = (d - middle) * third / (_BEFORE + (points - q - 0.5) * step)
            bearing[d, q] = _twice_atan(slope / (1.0 + math.sqrt(1.0 + slope * slope)))


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _reflect(
    first: int, last: int, points: int, surface: NDArray[np.float32], bearing: NDArray[np.float64],
    sight: NDArray[np.float64], row: NDArray[np.int64], along: NDArray[np.float64],
    intensity: NDArray[np.float64], out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Add intensities times the coefficients that an observer sees; r·10⁴ from 182 columns."""
    one, below = np.uint64(1), np.uint64(182)
    for m in range(first, last, points):
        for q in range(points):
            k = m + q
            beta = abs(bearing[k] - sight[q])
            beta = min(beta, abs(2.0 * _PI - beta)) * _DEGREES
            j = int(beta)
            v = beta - j
            at = np.uint64(row[k] * 182 + j)
            under = at + below
            low = surface[at] + v * (surface[at + one] - surface[at])
            high = surface[under] + v * (surface[under + one] - surface[under])
            out[q] += intensity[k] * (low + along[k] * (high - low))


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _fold(first: int, last: int, points: int, values: NDArray[np.float64],
          out: NDArray[np.float64]) -> None:  # fmt: skip
    """Add blocks of ``points`` values to one."""
    for m in range(first, last, points):
        for q in range(points):
            out[q] += values[m + q]


@njit(cache=True, fastmath=_FLAGS, nogil=True, error_model="numpy")
def _veils(
    count: int, start: float, step: float, dy: float, dz: float, intensity: NDArray[np.float64],
    veil: NDArray[np.float64],
) -> None:  # fmt: skip
    """Give the veiling luminance of luminaires, 10 E/θ²; −1 for those that do not count."""
    for k in range(count):
        dx = start + k * step
        d2 = dx * dx + dy * dy + dz * dz
        facing = (dx * _DIP_COS - dz * _DIP_SIN) / math.sqrt(d2)
        theta = _twice_atan(math.sqrt(abs(1.0 - facing) / abs(1.0 + facing))) * _DEGREES
        value = 10.0 * intensity[k] * facing / (d2 * theta * theta)
        value = value if dz <= dx * _SCREEN else -1.0
        value = value if facing >= 0.5 else -1.0  # θ to 60°
        value = value if dx <= _GLARE_FAR else -1.0
        veil[k] = value if theta >= 1.5 else -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _glare(place: int, count: int, points: int, veil: NDArray[np.float64]) -> float:
    """Add the veiling luminance of a row for one place of the eye, as far as it counts."""
    total = 0.0
    for k in range(place, count, points):
        if veil[k] < 0.0:
            continue
        if total > 0.0 and veil[k] < _GLARE_STOP * total:
            break
        total += veil[k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fields(
    begin: int,
    end: int,
    most: int,
    number: NDArray[np.float64],
    choice: NDArray[np.int64],
    tables: NDArray[np.float32],
    layout: NDArray[np.int64],
    per_radian: NDArray[np.float64],
    surfaces: NDArray[np.float32],
    out: NDArray[np.float64],
    observers: NDArray[np.float64],
) -> None:
    """Compute road fields ``begin`` to ``end``.

    Parameters
    ----------
    begin, end : int
        Fields to compute.
    most : int
        Length of the longest lattice of these fields, that of the glare included.
    number : (n, 9) array
        Height, spacing, width, overhang, tilt [rad], median [m], factor on the intensities,
        maintenance factor, limit of the median below which both carriageways make one [m].
    choice : (n, 4) array of int
        Lanes, arrangement (0 single, 1 opposite, 2 staggered, 3 twin), photometry, road surface.
    tables : (m,) float32 array
        Intensities of all photometries, on even steps over all C and γ from 0 to 180° [cd].
    layout : (p, 2) array of int
        First element and row length of each photometry.
    per_radian : (p, 2) array
        Steps per radian of C and of γ of each photometry.
    surfaces : (s, 50 · 182) float32 array
        Expanded r·10⁴ of each road surface.
    out : (n, 7) array
        Receives L_av [cd/m²], U_o, U_l, f_TI [%], R_EI, Ē and E_min [lx].
    observers : (n, lanes, 4) array
        Receives L_av, U_o, U_l and f_TI of the observer in each lane, from the right.
    """
    index, row_of = np.empty(most, np.int64), np.empty(most, np.int64)
    along_c, along_g = np.empty(most), np.empty(most)
    weight, intensity = np.empty(most), np.empty(most)
    bearing, along, mask = np.empty(most), np.empty(most), np.empty(most)
    veils = np.empty(most)
    y_of, turn_of, shift_of = np.empty(2), np.empty(2), np.empty(2)
    for f in range(begin, end):
        height, spacing, width, overhang = number[f, 0], number[f, 1], number[f, 2], number[f, 3]
        sine, cosine = math.sin(number[f, 4]), math.cos(number[f, 4])
        scale, maintenance = number[f, 6], number[f, 7]
        lanes, arrangement = choice[f, 0], choice[f, 1]
        photometry, surface = choice[f, 2], surfaces[choice[f, 3]]
        table, stride = tables[layout[photometry, 0] :], layout[photometry, 1]
        per_c, per_g = per_radian[photometry, 0], per_radian[photometry, 1]
        points = 10 if spacing <= 30.0 else math.ceil(spacing / 3.0 - 1e-9)
        step, lane = spacing / points, width / lanes
        across = max(3, math.ceil(lane / 1.5 - 1e-9))
        rows = 1 if arrangement == 0 else 2
        y_of[0], turn_of[0], shift_of[0] = overhang, 1.0, 0.0
        y_of[1], turn_of[1], shift_of[1] = width - overhang, -1.0, 0.0
        if arrangement == 2:
            shift_of[1] = 0.5 * spacing
        if arrangement == 3:
            y_of[0], turn_of[0] = width - overhang, -1.0
            y_of[1], turn_of[1] = width + number[f, 5] + overhang, 1.0
        spans = math.ceil(max(12.0 * height, spacing) / spacing)
        count = (2 * spans + 2) * points
        lit_lines = (lanes + 2) * across
        ground = np.zeros((lit_lines, points))
        light = np.zeros((lanes, 3 * lanes, points))
        sight = np.empty((6 * lanes - 3, points))
        _sights(points, step, lane / 3.0, sight)
        for line in range(lit_lines if across == 3 else lit_lines + 3 * lanes):
            lit = line < lit_lines
            place = line - across if lit else line - lit_lines
            y = (place + 0.5) * (lane / across if lit else lane / 3.0)
            viewed = not lit or (across == 3 and 0 <= place < 3 * lanes)
            for row in range(rows):
                dy = y_of[row] - y
                # element m = span·points + q of the lattice is the luminaire at (span − spans)·S,
                # seen from the point i = points − 1 − q
                start = shift_of[row] - spans * spacing - (points - 0.5) * step
                _directions(
                    count, start, step, dy, height, turn_of[row], sine, cosine, per_c, per_g,
                    stride, index, along_c, along_g, weight,
                )  # fmt: skip
                _gather(count, table, stride, scale, index, along_c, along_g, intensity)
                if lit:
                    for m in range(count):
                        weight[m] *= intensity[m] * height
                    _fold(0, count, points, weight, ground[line])
                if viewed and abs(dy) <= 5.0 * height:
                    first = max(0, math.floor((-5.0 * height - start) / spacing) * points)
                    last = min(count, math.ceil((12.0 * height - start) / spacing) * points)
                    _surface(first, last, start, step, dy, height, bearing, row_of, along, mask)
                    for m in range(first, last):
                        intensity[m] *= mask[m]
                    for lane_number in range(lanes):
                        _reflect(
                            first, last, points, surface, bearing,
                            sight[place + 3 * (lanes - 1 - lane_number)], row_of, along, intensity,
                            light[lane_number, place],
                        )  # fmt: skip
        _reduce(f, ground, light, across, number, choice, out, observers)
        # the eye starts where the roof lets the first luminaire be seen, and moves on by D
        back, dz = max(0.0, 2.75 * (height - _EYE)), height - _EYE
        for lane_number in range(lanes):
            veil = np.zeros(points)
            for row in range(rows):
                # element m = span·points + q: the span-th luminaire from the place points − 1 − q
                nearest = math.floor(-back / spacing)
                start = shift_of[row] + nearest * spacing + back - (points - 1) * step
                reach = (math.ceil((_GLARE_FAR - start) / spacing) + 1) * points
                dy = y_of[row] - (lane_number + 0.5) * lane
                _directions(
                    reach, start, step, dy, dz, turn_of[row], sine, cosine, per_c, per_g, stride,
                    index, along_c, along_g, weight,
                )  # fmt: skip
                _gather(reach, table, stride, scale, index, along_c, along_g, intensity)
                _veils(reach, start, step, dy, dz, intensity, veils)
                for q in range(points):
                    veil[q] += _glare(q, reach, points, veils)
            initial = observers[f, lane_number, 0] / maintenance
            if initial <= 5.0:
                observers[f, lane_number, 3] = 65.0 * veil.max() / initial**0.8
            else:
                observers[f, lane_number, 3] = 95.0 * veil.max() / initial**1.05
            if not observers[f, lane_number, 3] <= out[f, 3]:  # greater, or not a number
                out[f, 3] = observers[f, lane_number, 3]


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce(
    f: int, ground: NDArray[np.float64], light: NDArray[np.float64], across: int,
    number: NDArray[np.float64], choice: NDArray[np.int64], out: NDArray[np.float64],
    observers: NDArray[np.float64],
) -> None:  # fmt: skip
    """Reduce the values at points to the quantities of the standard; worst observer and side."""
    lanes, maintenance = choice[f, 0], number[f, 7]
    size = light.shape[1] * light.shape[2]
    out[f, 0], out[f, 1], out[f, 2], out[f, 3] = np.inf, np.inf, np.inf, 0.0
    for lane in range(lanes):
        view = light[lane]
        to_luminance = maintenance * 1e-4 / (number[f, 0] * number[f, 0])
        average, least = view.sum() / size, view.min()
        line = view[3 * lane + 1]
        observers[f, lane, 0] = average * to_luminance
        observers[f, lane, 1] = least / average
        observers[f, lane, 2] = line.min() / line.max()
        for k in range(3):
            if not observers[f, lane, k] >= out[f, k]:  # less, or not a number
                out[f, k] = observers[f, lane, k]
    inside = ground[across : ground.shape[0] - across]
    out[f, 5] = maintenance * inside.sum() / inside.size
    out[f, 6] = maintenance * inside.min()
    last = ground.shape[0]
    ratio = ground[:across].sum() / ground[across : 2 * across].sum()
    if choice[f, 1] != 3 or number[f, 5] > number[f, 8]:
        other = ground[last - across :].sum() / ground[last - 2 * across : last - across].sum()
        ratio = min(ratio, other)
    out[f, 4] = ratio
