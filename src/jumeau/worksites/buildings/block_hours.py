# SPDX-License-Identifier: EUPL-1.2
"""What the hours of both models share: set-points, the sun on a block, the mean of a ramp."""

from __future__ import annotations

from typing import Any

from numba import njit

from jumeau.worksites.buildings.engine import LANES, TEAM, VECTORS
from jumeau.worksites.buildings.lanes import block, number, put, team

FAST = {"nnan", "nsz", "contract"}
"""What leaves the answer independent of the number of threads."""
FROM, TO, FROM_WAS, TO_WAS = (k * LANES for k in range(4))
"""First rows of a level: power that holds the air at each set-point when the hour ends, and when
it begins, less that of an air at 0 °C [W]."""
TINY = 1e-9
"""Power that is nothing [W]."""


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def aim(drive: Any, hour: int, targets: Any, first: int, per: Any, work: Any, at: int) -> None:
    """Write the rows of the set-points of a level.

    Parameters
    ----------
    drive : Drive
        Its shares of the set-point.
    hour : int
        An hour of this level.
    targets : (4, n) array
        Heating set-point and set-back, cooling set-point and set-back [°C].
    first : int
        First building of the block.
    per : lanes
        Power that one kelvin of air needs [W/K].
    work, at : array, int
        Filled from ``at`` on.
    """
    n = targets.shape[1]
    heat, heat_back = block(targets, first), block(targets, n + first)
    cool, cool_back = block(targets, 2 * n + first), block(targets, 3 * n + first)
    was, now = drive.heat[hour, 0], drive.heat[hour, 1]
    put(work, at + FROM_WAS, (heat * was + heat_back * (1.0 - was)) * per)
    put(work, at + FROM, (heat * now + heat_back * (1.0 - now)) * per)
    was, now = drive.cool[hour, 0], drive.cool[hour, 1]
    put(work, at + TO_WAS, (cool * was + cool_back * (1.0 - was)) * per)
    put(work, at + TO, (cool * now + cool_back * (1.0 - now)) * per)


@njit(inline="always")
def mean_above(begins: Any, ends: Any) -> Any:
    """Return the mean of what is above 0 of a line from one value to another."""
    first, last = max(begins, 0.0), max(ends, 0.0)
    above, change = last - first, ends - begins
    share = (max(above, 0.0 - above) + TINY) / (max(change, 0.0 - change) + TINY)
    return 0.5 * (first + last) * share


@njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
def shine(
    suns: Any, apart: bool, month: int, begin: int, end: int, area: Any, first: int, into: Any,
    to: int,
) -> None:  # fmt: skip
    """Sum the sun that falls on a block, hour by hour [W].

    Parameters
    ----------
    suns : Suns
        The sun of each team.
    apart : bool
        Whether the sun through windows and that on opaque parts make two rows an hour.
    month, begin, end : int
        Month of the hours, the first and the one after the last.
    area : (12 or 1, VECTORS, n) array
        Apertures by month, or those of every month [m²].
    first : int
        First building of the block.
    into, to : array, int
        Filled from ``to`` on.
    """
    n = area.shape[2]
    hours = suns.sun.shape[1]
    step = 2 * LANES if apart else LANES
    for lane in range(0, LANES, TEAM):
        a = first + lane + (month * VECTORS * n if area.shape[0] > 1 else 0)
        a0, a1, a2 = team(area, a), team(area, a + n), team(area, a + 2 * n)
        a3, a4, a5 = team(area, a + 3 * n), team(area, a + 4 * n), team(area, a + 5 * n)
        a6, a7, a8 = team(area, a + 6 * n), team(area, a + 7 * n), team(area, a + 8 * n)
        x = (suns.teams[(first + lane) // TEAM] * hours + begin) * VECTORS
        at = to + lane
        for h in range(begin, end):
            windows = a0 * 0.0
            opaque = windows
            if number(suns.sunlit, h):
                windows = (
                    a0 * number(suns.sun, x) + a1 * number(suns.sun, x + 1)
                    + a2 * number(suns.sun, x + 2) + a3 * number(suns.sun, x + 3)
                )  # fmt: skip
                opaque = (
                    a4 * number(suns.sun, x + 4) + a5 * number(suns.sun, x + 5)
                    + a6 * number(suns.sun, x + 6) + a7 * number(suns.sun, x + 7)
                    + a8 * number(suns.sun, x + 8)
                )  # fmt: skip
            if apart:
                put(into, at, windows)
                put(into, at + LANES, opaque)
            else:
                put(into, at, windows + opaque)
            x += VECTORS
            at += step
