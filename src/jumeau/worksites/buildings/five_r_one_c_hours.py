# SPDX-License-Identifier: EUPL-1.2
"""The hours of the 5R1C: blocks of buildings that stay in the first cache, hours outside.

One flat work array holds everything a block changes, at offsets known when compiling, so that the
compiler sees that rows never overlap and runs eight buildings at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from jumeau.worksites.buildings.engine import LANES, TEAM
from jumeau.worksites.buildings.five_r_one_c import COEFFICIENTS
from jumeau.worksites.buildings.kept_hours import BATCH, keep, under_one_sun, write

L = LANES
# Unsigned: an index that cannot be negative lets the compiler run lanes together.
WIDTH, TEAM_WIDTH = np.uint64(L), np.uint64(TEAM)
TEAMS = LANES // TEAM
# Rows of the work array.
AIR, MASS, HEAT, COOL, PEAK_H, PEAK_C, LOW, HIGH, SUM, VENTED, W26, W28 = (
    np.uint64(k * L) for k in range(12)
)
LOAD, BEFORE, OPER, SOLAR = (np.uint64(k * L) for k in range(12, 16))
# Rows of what a block reads.
SET_H, BACK_H, SET_C, BACK_C, MAX_H, MAX_C, SKY = (np.uint64(k * L) for k in range(7))
X0, X1, X2, X3, X4, X5, X6, X7, X8 = (np.uint64(k * L) for k in range(7, 16))
# Rows of the coefficients of a state.
A0, A1, A2, A3, A4, A5, M0, M1, M2, M3, M4, M5, PER, O0, O1, O2, O3, O4, VE = (
    np.uint64(k * L) for k in range(COEFFICIENTS)
)
STRIDE = np.uint64(COEFFICIENTS * L)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "contract"})
def sweep(
    drive: Any,
    suns: Any,
    coef: Any,
    area: Any,
    sky: Any,
    targets: Any,
    limits: Any,
    start: Any,
    heating: Any,
    cooling: Any,
    sums: Any,
    series: Any,
) -> Any:
    """Run all hours for a chunk of buildings, a multiple of ``LANES``.

    Parameters
    ----------
    drive : Drive
        What the chunk sees; ``state`` are rows of ``coef``.
    suns : Suns
        The sun of each team.
    coef : (states, COEFFICIENTS, n) array
        See :func:`~jumeau.worksites.buildings.five_r_one_c.coefficients`.
    area : (12, VECTORS, n) array
        Apertures by month [m²].
    sky : (n,) array
        Loss to the sky [W/K].
    targets : (4, n) array
        Heating set-point and set-back, cooling set-point and set-back [°C].
    limits : (2, n) array
        Greatest heating and cooling powers [W].
    start : (2, n) array
        Air and mass temperatures before the warm-up [°C].
    heating, cooling : (n, 12) arrays
        Filled [Wh].
    sums : (7, n) array
        Filled: peaks of heating and cooling [W]; least, greatest, sum of air temperatures [°C];
        heat of the air that leaves against 0 °C [Wh], last air temperature [°C].
    series : Series
        Filled unless of no rows: heating, cooling [kWh], air, operative temperatures [°C].

    Returns
    -------
    (6, n) array
        Air and mass temperatures when the warm-up ends, mass at the end [°C], nothing, hours
        above 26 and 28 °C [h].
    """
    n = coef.shape[2]
    states = coef.shape[0]
    hourly = series.rows.shape[0] > 0
    ends = np.zeros((6, n))
    w = np.empty(16 * L)
    r = np.empty((7 + 9) * L)
    c = np.empty(states * COEFFICIENTS * L)
    kept = np.empty((4, BATCH, L), np.float32)
    steps = drive.order.shape[0]
    for first in range(0, n, L):
        for i in range(L):
            w[i] = start[0, first + i]
            w[L + i] = start[1, first + i]
            for k in range(4):
                r[k * L + i] = targets[k, first + i]
            r[4 * L + i] = limits[0, first + i]
            r[5 * L + i] = limits[1, first + i]
            r[6 * L + i] = sky[first + i]
        for s in range(states):
            for k in range(COEFFICIENTS):
                for i in range(L):
                    c[(s * COEFFICIENTS + k) * L + i] = coef[s, k, first + i]
        shown = -1
        held = 0
        alone = under_one_sun(suns.teams, first)
        for step in range(steps):
            h = drive.order[step]
            month = drive.month[h]
            if step == drive.warm:
                for i in range(L):
                    ends[0, first + i] = w[i]
                    ends[1, first + i] = w[L + i]
                    for k in range(2, 12):
                        w[k * L + i] = 0.0
                    w[6 * L + i] = 1e9
                    w[7 * L + i] = -1e9
                shown = -1
            if month != shown:
                shown = month
                for k in range(9):
                    for i in range(L):
                        r[(7 + k) * L + i] = area[month, k, first + i]
                for i in range(L):
                    w[2 * L + i] = 0.0
                    w[3 * L + i] = 0.0
            b = np.uint64(drive.state[h]) * STRIDE
            te = drive.outside[h]
            occ = drive.occupancy[h]
            cold = drive.sky[h]
            heat_was, heat = drive.heat[h, 0], drive.heat[h, 1]
            cool_was, cool = drive.cool[h, 0], drive.cool[h, 1]
            steady = heat == heat_was and cool == cool_was
            no_heat, no_cool = 1.0 - heat, 1.0 - cool
            if suns.sunlit[h] and alone:
                x = suns.sun[suns.teams[first // TEAM], h]
                x0, x1, x2, x3, x4, x5, x6, x7, x8 = (
                    x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8],
                )  # fmt: skip
                for i in range(WIDTH):
                    w[SOLAR + i] = (
                        x0 * r[X0 + i] + x1 * r[X1 + i] + x2 * r[X2 + i] + x3 * r[X3 + i]
                        + x4 * r[X4 + i] + x5 * r[X5 + i] + x6 * r[X6 + i] + x7 * r[X7 + i]
                        + x8 * r[X8 + i] - cold * r[SKY + i]
                    )  # fmt: skip
            elif suns.sunlit[h]:
                for t in range(TEAMS):
                    x = suns.sun[suns.teams[first // TEAM + t], h]
                    x0, x1, x2, x3, x4, x5, x6, x7, x8 = (
                        x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8],
                    )  # fmt: skip
                    o = np.uint64(t * TEAM)
                    for j in range(TEAM_WIDTH):
                        at = o + j
                        w[SOLAR + at] = (
                            x0 * r[X0 + at] + x1 * r[X1 + at] + x2 * r[X2 + at] + x3 * r[X3 + at]
                            + x4 * r[X4 + at] + x5 * r[X5 + at] + x6 * r[X6 + at] + x7 * r[X7 + at]
                            + x8 * r[X8 + at] - cold * r[SKY + at]
                        )  # fmt: skip
            else:
                for i in range(WIDTH):
                    w[SOLAR + i] = -cold * r[SKY + i]
            if steady:
                for i in range(WIDTH):
                    was, mass, sun = w[AIR + i], w[MASS + i], w[SOLAR + i]
                    floats = (
                        c[b + A0 + i] * was + c[b + A1 + i] * mass + c[b + A2 + i] * te
                        + c[b + A3 + i] * sun + c[b + A4 + i] * occ
                    )  # fmt: skip
                    low = r[SET_H + i] * heat + r[BACK_H + i] * no_heat
                    high = r[SET_C + i] * cool + r[BACK_C + i] * no_cool
                    per = c[b + PER + i]
                    up = min(max((low - floats) * per, 0.0), r[MAX_H + i])
                    down = min(max((floats - high) * per, 0.0), r[MAX_C + i])
                    load = up - down
                    air = floats + c[b + A5 + i] * load
                    w[LOAD + i] = load
                    w[BEFORE + i] = was
                    w[AIR + i] = air
                    w[MASS + i] = (
                        c[b + M0 + i] * was + c[b + M1 + i] * mass + c[b + M2 + i] * te
                        + c[b + M3 + i] * sun + c[b + M4 + i] * occ + c[b + M5 + i] * load
                    )  # fmt: skip
                    w[HEAT + i] += up
                    w[COOL + i] += down
                    w[PEAK_H + i] = max(w[PEAK_H + i], up)
                    w[PEAK_C + i] = max(w[PEAK_C + i], down)
                    w[LOW + i] = min(w[LOW + i], air)
                    w[HIGH + i] = max(w[HIGH + i], air)
                    w[SUM + i] += air
                    w[VENTED + i] += c[b + VE + i] * air
            else:
                for i in range(WIDTH):
                    was, mass, sun = w[AIR + i], w[MASS + i], w[SOLAR + i]
                    floats = (
                        c[b + A0 + i] * was + c[b + A1 + i] * mass + c[b + A2 + i] * te
                        + c[b + A3 + i] * sun + c[b + A4 + i] * occ
                    )  # fmt: skip
                    per = c[b + PER + i]
                    gap = _gap(
                        r[SET_H + i] * heat_was + r[BACK_H + i] * (1.0 - heat_was) - floats,
                        r[SET_H + i] * heat + r[BACK_H + i] * no_heat - floats,
                    )
                    over = _gap(
                        floats - r[SET_C + i] * cool_was - r[BACK_C + i] * (1.0 - cool_was),
                        floats - r[SET_C + i] * cool - r[BACK_C + i] * no_cool,
                    )
                    up = min(gap * per, r[MAX_H + i])
                    down = min(over * per, r[MAX_C + i])
                    load = up - down
                    air = floats + c[b + A5 + i] * load
                    w[LOAD + i] = load
                    w[BEFORE + i] = was
                    w[AIR + i] = air
                    w[MASS + i] = (
                        c[b + M0 + i] * was + c[b + M1 + i] * mass + c[b + M2 + i] * te
                        + c[b + M3 + i] * sun + c[b + M4 + i] * occ + c[b + M5 + i] * load
                    )  # fmt: skip
                    w[HEAT + i] += up
                    w[COOL + i] += down
                    w[PEAK_H + i] = max(w[PEAK_H + i], up)
                    w[PEAK_C + i] = max(w[PEAK_C + i], down)
                    w[LOW + i] = min(w[LOW + i], air)
                    w[HIGH + i] = max(w[HIGH + i], air)
                    w[SUM + i] += air
                    w[VENTED + i] += c[b + VE + i] * air
            if step < drive.warm:
                continue
            if drive.present[h]:
                for i in range(WIDTH):
                    felt = (
                        c[b + O0 + i] * w[AIR + i] + c[b + O1 + i] * w[BEFORE + i]
                        + c[b + O2 + i] * te + c[b + O3 + i] * occ + c[b + O4 + i] * w[LOAD + i]
                    )  # fmt: skip
                    w[W26 + i] += 1.0 if felt > 26.0 else 0.0
                    w[W28 + i] += 1.0 if felt > 28.0 else 0.0
            if hourly:
                for i in range(WIDTH):
                    w[OPER + i] = (
                        c[b + O0 + i] * w[AIR + i] + c[b + O1 + i] * w[BEFORE + i]
                        + c[b + O2 + i] * te + c[b + O3 + i] * occ + c[b + O4 + i] * w[LOAD + i]
                    )  # fmt: skip
                keep(
                    w[12 * L : 13 * L], w[0:L], w[14 * L : 15 * L],
                    kept[0, held], kept[1, held], kept[2, held], kept[3, held],
                )  # fmt: skip
                held += 1
                if held == BATCH or step + 1 == steps:
                    rows = series.rows[first : first + L]
                    write(kept[0], held, series.heating, rows, h + 1 - held)
                    write(kept[1], held, series.cooling, rows, h + 1 - held)
                    write(kept[2], held, series.air, rows, h + 1 - held)
                    write(kept[3], held, series.operative, rows, h + 1 - held)
                    held = 0
            if step + 1 == steps or drive.month[drive.order[step + 1]] != month:
                for i in range(L):
                    heating[first + i, month] += w[2 * L + i]
                    cooling[first + i, month] += w[3 * L + i]
        for i in range(L):
            for k in range(6):
                sums[k, first + i] = w[(4 + k) * L + i]
            sums[6, first + i] = w[i]
            ends[2, first + i] = w[L + i]
            ends[4, first + i] = w[10 * L + i]
            ends[5, first + i] = w[11 * L + i]
    return ends


@njit(inline="always")
def _gap(begins: float, ends: float) -> float:
    """Return the mean of what is above 0 of a line from one value to another."""
    above = max(begins, 0.0)
    beyond = max(ends, 0.0)
    change = ends - begins
    if abs(change) < 1e-9:
        return above
    return 0.5 * (beyond * beyond - above * above) / change
