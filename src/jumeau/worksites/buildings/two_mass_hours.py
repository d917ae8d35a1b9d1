# SPDX-License-Identifier: EUPL-1.2
"""The hours of the two-mass network: blocks of buildings that stay in the first cache.

One flat work array holds everything a block changes, at offsets known when compiling, and each
step gets the coefficients of its state: the compiler sees that rows never overlap, that no index
is negative, and runs eight buildings at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from jumeau.worksites.buildings.engine import LANES, TEAM
from jumeau.worksites.buildings.kept_hours import BATCH, keep, under_one_sun, write
from jumeau.worksites.buildings.two_mass_hour import ROWS

L = LANES
# Rows of the work array: the first ones are set to 0 when the warm-up ends.
HEAT, COOL, PEAK_H, PEAK_C, LOW, HIGH, W26, W28 = (k * L for k in range(8))
ZEROED = 8 * L
AIR, FLOORS, WALLS, LOAD, BEFORE, OPER, SUN, ON = (k * L for k in range(8, 16))
# Rows of what a block reads: the last ones hold what changes seldom.
SET_H, BACK_H, SET_C, BACK_C, MAX_H, MAX_C, AREA = (k * L for k in range(7))
FROM, TO, FIX_A, FIX_F, FIX_W = (k * L for k in range(15, 20))
FAST = {"nnan", "nsz", "contract"}
"""What leaves the answer independent of the number of threads."""


@njit(inline="always")
def _gap(begins: float, ends: float) -> float:
    """Return the mean of what is above 0 of a line from one value to another."""
    above = max(begins, 0.0)
    beyond = max(ends, 0.0)
    change = ends - begins
    if abs(change) < 1e-9:
        return above
    return 0.5 * (beyond * beyond - above * above) / change


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _fix(r: Any, c: Any, cold: float, occ: float, heat: float, cool: float) -> None:
    """Sum what the sky and people bring, and the set-points, until one of them changes."""
    for i in range(L):
        r[FROM + i] = r[SET_H + i] * heat + r[BACK_H + i] * (1.0 - heat)
        r[TO + i] = r[SET_C + i] * cool + r[BACK_C + i] * (1.0 - cool)
        r[FIX_A + i] = c[4 * L + i] * cold + c[7 * L + i] * occ
        r[FIX_F + i] = c[13 * L + i] * cold + c[16 * L + i] * occ
        r[FIX_W + i] = c[22 * L + i] * cold + c[25 * L + i] * occ


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _shine(
    w: Any,
    r: Any,
    x0: float,
    x1: float,
    x2: float,
    x3: float,
    x4: float,
    x5: float,
    x6: float,
    x7: float,
    x8: float,
) -> None:
    """Sum the sun through the windows and on the opaque parts of a block under one sun."""
    for i in range(L):
        w[SUN + i] = (
            x0 * r[AREA + i] + x1 * r[AREA + L + i] + x2 * r[AREA + 2 * L + i]
            + x3 * r[AREA + 3 * L + i]
        )  # fmt: skip
        w[ON + i] = (
            x4 * r[AREA + 4 * L + i] + x5 * r[AREA + 5 * L + i] + x6 * r[AREA + 6 * L + i]
            + x7 * r[AREA + 7 * L + i] + x8 * r[AREA + 8 * L + i]
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _shine_team(w: Any, r: Any, begin: int, x: Any) -> None:
    """Sum the same for one team of a block."""
    for i in range(begin, begin + TEAM):
        w[SUN + i] = (
            x[0] * r[AREA + i] + x[1] * r[AREA + L + i] + x[2] * r[AREA + 2 * L + i]
            + x[3] * r[AREA + 3 * L + i]
        )  # fmt: skip
        w[ON + i] = (
            x[4] * r[AREA + 4 * L + i] + x[5] * r[AREA + 5 * L + i] + x[6] * r[AREA + 6 * L + i]
            + x[7] * r[AREA + 7 * L + i] + x[8] * r[AREA + 8 * L + i]
        )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _hold(w: Any, r: Any, c: Any, total: Any, te: float) -> None:
    """Compute an hour in which the set-points stay.

    The air without heating nor cooling, the power that holds the set-points within
    its limits, the masses at the end.
    """
    for i in range(L):
        was, floors, walls = w[AIR + i], w[FLOORS + i], w[WALLS + i]
        sun, on = w[SUN + i], w[ON + i]
        free = (
            c[i] * was + c[L + i] * floors + c[2 * L + i] * walls + c[3 * L + i] * te
            + c[5 * L + i] * sun + c[6 * L + i] * on + r[FIX_A + i]
        )  # fmt: skip
        per = c[27 * L + i]
        up = min(max((r[FROM + i] - free) * per, 0.0), r[MAX_H + i])
        down = min(max((free - r[TO + i]) * per, 0.0), r[MAX_C + i])
        load = up - down
        air = free + c[8 * L + i] * load
        w[FLOORS + i] = (
            c[9 * L + i] * was + c[10 * L + i] * floors + c[11 * L + i] * walls
            + c[12 * L + i] * te + c[14 * L + i] * sun + c[15 * L + i] * on
            + c[17 * L + i] * load + r[FIX_F + i]
        )  # fmt: skip
        w[WALLS + i] = (
            c[18 * L + i] * was + c[19 * L + i] * floors + c[20 * L + i] * walls
            + c[21 * L + i] * te + c[23 * L + i] * sun + c[24 * L + i] * on
            + c[26 * L + i] * load + r[FIX_W + i]
        )  # fmt: skip
        w[BEFORE + i] = was
        w[AIR + i] = air
        w[LOAD + i] = load
        w[HEAT + i] += up
        w[COOL + i] += down
        w[PEAK_H + i] = max(w[PEAK_H + i], up)
        w[PEAK_C + i] = max(w[PEAK_C + i], down)
        w[LOW + i] = min(w[LOW + i], air)
        w[HIGH + i] = max(w[HIGH + i], air)
        total[i] += air


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _follow(w: Any, r: Any, c: Any, total: Any, te: float, heat: Any, cool: Any) -> None:
    """Compute an hour in which a set-point changes: the mean power that follows it."""
    for i in range(L):
        was, floors, walls = w[AIR + i], w[FLOORS + i], w[WALLS + i]
        sun, on = w[SUN + i], w[ON + i]
        free = (
            c[i] * was + c[L + i] * floors + c[2 * L + i] * walls + c[3 * L + i] * te
            + c[5 * L + i] * sun + c[6 * L + i] * on + r[FIX_A + i]
        )  # fmt: skip
        under = _gap(
            r[SET_H + i] * heat[0] + r[BACK_H + i] * (1.0 - heat[0]) - free,
            r[SET_H + i] * heat[1] + r[BACK_H + i] * (1.0 - heat[1]) - free,
        )
        over = _gap(
            free - r[SET_C + i] * cool[0] - r[BACK_C + i] * (1.0 - cool[0]),
            free - r[SET_C + i] * cool[1] - r[BACK_C + i] * (1.0 - cool[1]),
        )
        up = min(under * c[27 * L + i], r[MAX_H + i])
        down = min(over * c[27 * L + i], r[MAX_C + i])
        load = up - down
        air = free + c[8 * L + i] * load
        w[FLOORS + i] = (
            c[9 * L + i] * was + c[10 * L + i] * floors + c[11 * L + i] * walls
            + c[12 * L + i] * te + c[14 * L + i] * sun + c[15 * L + i] * on
            + c[17 * L + i] * load + r[FIX_F + i]
        )  # fmt: skip
        w[WALLS + i] = (
            c[18 * L + i] * was + c[19 * L + i] * floors + c[20 * L + i] * walls
            + c[21 * L + i] * te + c[23 * L + i] * sun + c[24 * L + i] * on
            + c[26 * L + i] * load + r[FIX_W + i]
        )  # fmt: skip
        w[BEFORE + i] = was
        w[AIR + i] = air
        w[LOAD + i] = load
        w[HEAT + i] += up
        w[COOL + i] += down
        w[PEAK_H + i] = max(w[PEAK_H + i], up)
        w[PEAK_C + i] = max(w[PEAK_C + i], down)
        w[LOW + i] = min(w[LOW + i], air)
        w[HIGH + i] = max(w[HIGH + i], air)
        total[i] += air


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def _feel(w: Any, c: Any, te: float, occ: float, there: float) -> None:
    """Compute the operative temperature [°C] and count the warm hours when people are there."""
    for i in range(L):
        felt = (
            c[28 * L + i] * w[AIR + i] + c[29 * L + i] * w[BEFORE + i] + c[30 * L + i] * te
            + c[31 * L + i] * w[SUN + i] + c[32 * L + i] * occ + c[33 * L + i] * w[LOAD + i]
        )  # fmt: skip
        w[OPER + i] = felt
        w[W26 + i] += there if felt > 26.0 else 0.0
        w[W28 + i] += there if felt > 28.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def sweep(
    drive: Any,
    suns: Any,
    rows: Any,
    area: Any,
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
        What the chunk sees; ``state`` are rows of ``rows``.
    suns : Suns
        The sun of each team.
    rows : (states, ROWS, n) array
        See :mod:`~jumeau.worksites.buildings.two_mass_hour`.
    area : (12, VECTORS, n) array
        Apertures by month [m²].
    targets : (4, n) array
        Heating set-point and set-back, cooling set-point and set-back [°C].
    limits : (2, n) array
        Greatest heating and cooling powers [W].
    start : (3, n) array
        Air and masses before the warm-up [°C].
    heating, cooling : (n, 12) arrays
        Filled [Wh].
    sums : (4 + states, n) array
        Filled: peaks of heating and cooling [W], least and greatest air temperatures [°C], sum of
        air temperatures in each state [K·h].
    series : Series
        Filled unless of no rows: heating, cooling [kWh], air, operative temperatures [°C].

    Returns
    -------
    (8, n) array
        Air and masses when the warm-up ends and at the end [°C], hours above 26 and 28 °C [h].
    """
    outside, sky, months = drive.outside, drive.sky, drive.month
    sun, sunlit, teams = suns.sun, suns.sunlit, suns.teams
    heat, cool, occupancy, present = drive.heat, drive.cool, drive.occupancy, drive.present
    states, order, warm = drive.state, drive.order, drive.warm
    n = rows.shape[2]
    hourly = series.rows.shape[0] > 0
    ends = np.zeros((8, n))
    w = np.empty(16 * L)
    r = np.empty(20 * L)
    c = np.empty((rows.shape[0], ROWS * L))
    total = np.empty((rows.shape[0], L))
    kept = np.empty((4, BATCH, L), np.float32)
    steps = len(order)
    for first in range(0, n, L):
        for i in range(L):
            for k in range(3):
                w[AIR + k * L + i] = start[k, first + i]
            for k in range(4):
                r[k * L + i] = targets[k, first + i]
            r[MAX_H + i] = limits[0, first + i]
            r[MAX_C + i] = limits[1, first + i]
        for s in range(rows.shape[0]):
            for k in range(ROWS):
                for i in range(L):
                    c[s, k * L + i] = rows[s, k, first + i]
        shown = -1
        fixed = -1
        held = 0
        alone = under_one_sun(teams, first)
        for step in range(steps):
            h = order[step]
            month = months[h]
            if step == warm:
                for i in range(L):
                    for k in range(3):
                        ends[k, first + i] = w[AIR + k * L + i]
                for i in range(ZEROED):
                    w[i] = 0.0
                for i in range(L):
                    w[LOW + i] = 1e9
                    w[HIGH + i] = -1e9
                total[:] = 0.0
                shown = -1
            if month != shown:
                shown = month
                for k in range(9):
                    for i in range(L):
                        r[AREA + k * L + i] = area[month, k, first + i]
                for i in range(L):
                    w[HEAT + i] = 0.0
                    w[COOL + i] = 0.0
            s = states[h]
            te = outside[h]
            if (
                fixed < 0 or s != states[fixed] or sky[h] != sky[fixed]
                or occupancy[h] != occupancy[fixed]
                or heat[h, 1] != heat[fixed, 1] or cool[h, 1] != cool[fixed, 1]
            ):  # fmt: skip
                _fix(r, c[s], sky[h], occupancy[h], heat[h, 1], cool[h, 1])
                fixed = h
            if sunlit[h]:
                x = sun[teams[first // TEAM], h]
                if alone:
                    _shine(w, r, x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8])
                else:
                    for t in range(L // TEAM):
                        _shine_team(w, r, t * TEAM, sun[teams[first // TEAM + t], h])
            else:
                w[SUN : SUN + 2 * L] = 0.0
            if heat[h, 0] == heat[h, 1] and cool[h, 0] == cool[h, 1]:
                _hold(w, r, c[s], total[s], te)
            else:
                _follow(w, r, c[s], total[s], te, heat[h], cool[h])
            if step < warm:
                continue
            if hourly or present[h]:
                _feel(w, c[s], te, occupancy[h], float(present[h]))
            if hourly:
                keep(
                    w[LOAD : LOAD + L], w[AIR : AIR + L], w[OPER : OPER + L],
                    kept[0, held], kept[1, held], kept[2, held], kept[3, held],
                )  # fmt: skip
                held += 1
                if held == BATCH or step + 1 == steps:
                    into = series.rows[first : first + L]
                    write(kept[0], held, series.heating, into, h + 1 - held)
                    write(kept[1], held, series.cooling, into, h + 1 - held)
                    write(kept[2], held, series.air, into, h + 1 - held)
                    write(kept[3], held, series.operative, into, h + 1 - held)
                    held = 0
            if step + 1 == steps or months[order[step + 1]] != month:
                for i in range(L):
                    heating[first + i, month] += w[HEAT + i]
                    cooling[first + i, month] += w[COOL + i]
        for i in range(L):
            sums[0, first + i] = w[PEAK_H + i]
            sums[1, first + i] = w[PEAK_C + i]
            sums[2, first + i] = w[LOW + i]
            sums[3, first + i] = w[HIGH + i]
            for k in range(rows.shape[0]):
                sums[4 + k, first + i] = total[k, i]
            for k in range(3):
                ends[3 + k, first + i] = w[AIR + k * L + i]
            ends[6, first + i] = w[W26 + i]
            ends[7, first + i] = w[W28 + i]
    return ends
