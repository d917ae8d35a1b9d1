# SPDX-License-Identifier: EUPL-1.2
"""The hours of the 5R1C: a block of buildings after the other, its state in registers.

The coefficients of a block, what changes with the *level* of its schedule and the sun of the
period lie one row a block in a work array that stays in the first cache; see
:mod:`~jumeau.worksites.buildings.lanes` for what a row is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from jumeau.worksites.buildings.basis import PERIOD
from jumeau.worksites.buildings.block_hours import (
    FAST,
    FROM,
    FROM_WAS,
    TO,
    TO_WAS,
    aim,
    mean_above,
    shine,
)
from jumeau.worksites.buildings.engine import LANES
from jumeau.worksites.buildings.five_r_one_c import COEFFICIENTS
from jumeau.worksites.buildings.kept_hours import keep, write
from jumeau.worksites.buildings.lanes import (
    LINE,
    above,
    block,
    everywhere,
    number,
    put,
    straight_stack,
)

# Rows of the coefficients of a state.
A0, A1, A2, A3, A4, A5, M0, M1, M2, M3, M4, M5, PER, O0, O1, O2, O3, O4, VE = (
    k * LANES for k in range(COEFFICIENTS)
)
STATE = COEFFICIENTS * LANES
# Rows of a level after its set-points: what people and the sky add to air, mass and operative
# temperatures.
FIX_A, FIX_M, FIX_O = (k * LANES for k in range(4, 7))
LEVEL = 7 * LANES


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _prepare(
    drive: Any, coef: Any, sky: Any, targets: Any, first: int, work: Any, rows: int, levels: int
) -> None:
    """Write the coefficients of a block from ``work[rows]`` on, its levels from ``levels`` on."""
    n = coef.shape[2]
    for k in range(coef.shape[0] * COEFFICIENTS):
        put(work, rows + k * LANES, block(coef, k * n + first))
    for k in range(len(drive.levels)):
        h = drive.levels[k]
        c, at = rows + drive.state[h] * STATE, levels + k * LEVEL
        aim(drive, h, targets, first, block(work, c + PER), work, at)
        people, cold = drive.occupancy[h], drive.sky[h] * block(sky, first)
        put(work, at + FIX_A, people * block(work, c + A4) - cold * block(work, c + A3))
        put(work, at + FIX_M, people * block(work, c + M4) - cold * block(work, c + M3))
        put(work, at + FIX_O, people * block(work, c + O3))


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def sweep(
    drive: Any,
    suns: Any,
    coef: Any,
    area: Any,
    sky: Any,
    targets: Any,
    limits: Any,
    start: Any,
    months: Any,
    found: Any,
    series: Any,
) -> None:
    """Run all hours for a chunk of buildings, a multiple of ``LANES``.

    Parameters
    ----------
    drive : Drive
        What the chunk sees; ``state`` are rows of ``coef``.
    suns : Suns
        The sun of each team.
    coef : (states, COEFFICIENTS, n) array
        See :func:`~jumeau.worksites.buildings.five_r_one_c.coefficients`.
    area : (12 or 1, VECTORS, n) array
        Apertures by month, or those of every month [m²].
    sky : (n,) array
        Loss to the sky [W/K].
    targets : (4, n) array
        Heating set-point and set-back, cooling set-point and set-back [°C].
    limits : (2, n) array
        Greatest heating and cooling powers [W].
    start : (2, n) array
        Air and mass temperatures before the warm-up [°C].
    months : (2, 12, n) array
        Filled: heating and cooling [Wh].
    found : (12, n) array
        Filled: peaks of heating and cooling [W]; least, greatest, sum of air temperatures [°C];
        heat of the air that leaves against 0 °C [Wh]; air and mass when the warm-up ends and at
        the end [°C]; hours above 26 and 28 °C [h].
    series : Series
        Filled unless of no rows: heating, cooling [kWh], air, operative temperatures [°C].
    """
    straight_stack()
    n = coef.shape[2]
    hourly = len(series.rows) > 0
    states, levels = coef.shape[0] * STATE, len(drive.levels) * LEVEL
    work = np.empty(states + levels + PERIOD * LANES + LINE // 8)
    c_row = -work.ctypes.data % LINE // 8
    l_row = c_row + states
    x_row = l_row + levels
    kept = np.empty((4, (PERIOD + LANES) * LANES if hourly else 0), np.float32)
    zero = everywhere(0.0)
    for first in range(0, n, LANES):
        _prepare(drive, coef, sky, targets, first, work, c_row, l_row)
        max_h, max_c = block(limits, first), block(limits, n + first)
        air, mass = block(start, first), block(start, n + first)
        air_0, mass_0 = air, mass
        peak_h, peak_c, low, high = zero, zero, zero, zero
        total, vented, w26, w28 = zero, zero, zero, zero
        done, since = 0, 0
        for period in range(len(drive.periods)):
            begin, end = drive.periods[period, 0], drive.periods[period, 1]
            month = drive.month[begin]
            if done == drive.warm:
                air_0, mass_0 = air, mass
                peak_h, peak_c, low, high = zero, zero, everywhere(1e9), everywhere(-1e9)
                total, vented, w26, w28 = zero, zero, zero, zero
                for k in range(24):
                    put(months, k * n + first, zero)
            keeping = hourly and done >= drive.warm
            shine(suns, False, month, begin, end, area, first, work, x_row)
            heat, cool = zero, zero
            x = x_row
            for h in range(begin, end):
                c = c_row + number(drive.state, h) * STATE
                at = l_row + number(drive.level, h) * LEVEL
                te, sun, was = number(drive.outside, h), block(work, x), air
                free = (
                    block(work, at + FIX_A) + te * block(work, c + A2) + sun * block(work, c + A3)
                    + mass * block(work, c + A1) + was * block(work, c + A0)
                )  # fmt: skip
                there = free * block(work, c + PER)
                up, down = block(work, at + FROM) - there, there - block(work, at + TO)
                if number(drive.ramp, h):
                    up = mean_above(block(work, at + FROM_WAS) - there, up)
                    down = mean_above(there - block(work, at + TO_WAS), down)
                up, down = min(max(up, 0.0), max_h), min(max(down, 0.0), max_c)
                load = up - down
                mass = (
                    block(work, at + FIX_M) + te * block(work, c + M2) + sun * block(work, c + M3)
                    + mass * block(work, c + M1) + was * block(work, c + M0)
                    + load * block(work, c + M5)
                )  # fmt: skip
                air = free + load * block(work, c + A5)
                heat, cool = heat + up, cool + down
                peak_h, peak_c = max(peak_h, up), max(peak_c, down)
                low, high = min(low, air), max(high, air)
                total, vented = total + air, vented + air * block(work, c + VE)
                people = number(drive.present, h)
                if people or keeping:
                    felt = (
                        block(work, at + FIX_O) + te * block(work, c + O2)
                        + was * block(work, c + O1) + air * block(work, c + O0)
                        + load * block(work, c + O4)
                    )  # fmt: skip
                    if people:
                        w26, w28 = w26 + above(felt, 26.0), w28 + above(felt, 28.0)
                    if keeping:
                        keep(kept, h - since, up, down, air, felt)
                x += LANES
            at = month * n + first
            put(months, at, block(months, at) + heat)
            put(months, at + 12 * n, block(months, at + 12 * n) + cool)
            if keeping:
                since = write(kept, since, end, series, first)
            done += end - begin
        at = first
        for value in (
            peak_h, peak_c, low, high, total, vented, air_0, mass_0, air, mass, w26, w28,
        ):  # fmt: skip
            put(found, at, value)
            at += n
