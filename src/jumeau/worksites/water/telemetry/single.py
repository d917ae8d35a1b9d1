# SPDX-License-Identifier: EUPL-1.2
"""Faults that one sensor shows alone: silences, a stuck value, absurd readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

DAY_S = 86_400
GAP_S = DAY_S
"""Silence from which a gap is told [s]."""
STUCK_S, STUCK_READINGS = 3 * 3600, 12
"""Least time and number of readings of a stuck value."""
STUCK_RUNS = 6.0
"""Times the usual longest run of one value (quantile 99.9 %) from which a value is stuck."""
SPIKE = 10.0
"""Times the usual return between readings (quantile 95 %) from which a reading is absurd."""
ROUNDING = 30.0
"""Times the rounding below which no reading is absurd."""
RANGE = 4.0
"""Times the usual range (quantiles 2.5 and 97.5 %) beyond which a reading is absurd."""
BURST = 6
"""Readings that an absurd burst has at most."""


@dataclass
class Alone:
    """Faults of one sensor, as runs (first, last, amount) of places on the axis.

    Parameters
    ----------
    gaps, stuck : list of (int, int, float)
        Silences of a day or more [days]; stuck values [their value].
    spikes : (k,) int array
        Places of absurd readings.
    worst : float
        The absurd reading farthest from the median.
    lost : float
        Share of readings lacking.
    """

    gaps: list[tuple[int, int, float]] = field(default_factory=list)
    stuck: list[tuple[int, int, float]] = field(default_factory=list)
    spikes: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    worst: float = float("nan")
    lost: float = 0.0


def look(values: Floats, step_s: float, quantity: str, *, stops: bool = False) -> Alone:
    """Look at one sensor.

    Parameters
    ----------
    values : (n,) float64 array
        Readings, NaN for none.
    step_s : float
        Step [s].
    quantity : str
        Frame it is of.
    stops : bool
        Whether zero is a usual flow of the element: a pump, a closed line.

    Returns
    -------
    Alone
        What was found; ``values`` stays as it is.
    """
    there = np.isfinite(values)
    out = Alone(lost=1.0 - float(there.mean()) if there.size else 1.0)
    out.gaps = gaps(there, step_s)
    places = np.flatnonzero(there)
    if places.size < 3:
        return out
    kept = values[places]
    odd = _beyond(kept, RANGE * 5) if quantity == "meters" else spikes(kept)
    if odd.any():
        out.spikes = places[odd]
        wild = kept[odd]
        out.worst = float(wild[np.abs(wild - np.median(kept)).argmax()])
        places, kept = places[~odd], kept[~odd]
    out.stuck = stuck(kept, places, step_s, quantity, stops=stops)
    return out


def gaps(there: Bools, step_s: float) -> list[tuple[int, int, float]]:
    """Return silences of a day or more: first and last place, days."""
    found = []
    for first, last in _runs(~there):
        if (last - first + 1) * step_s >= GAP_S:
            found.append((first, last, (last - first + 1) * step_s / DAY_S))
    return found


def stuck(
    kept: Floats, places: NDArray[np.intp], step_s: float, quantity: str, *, stops: bool = False
) -> list[tuple[int, int, float]]:
    """Return where a value stays longer than the sensor's rounding and calm explain.

    Parameters
    ----------
    kept : (k,) float64 array
        Readings that are there.
    places : (k,) int array
        Their places on the axis.
    step_s : float
        Step [s].
    quantity : str
        Frame.
    stops : bool
        Whether zero is a usual value.
    """
    edges = np.flatnonzero(np.r_[True, kept[1:] != kept[:-1]])
    lengths = np.diff(np.r_[edges, kept.size])
    value = kept[edges]
    zero = value == 0.0
    calm = stops or quantity == "meters" or _often_zero(lengths[zero], step_s)
    usual = lengths[~zero] if calm else lengths
    if not usual.size:
        return []
    least = max(STUCK_READINGS, round(STUCK_S / step_s))
    if quantity in ("levels", "meters"):
        least = max(least, round(DAY_S / step_s))
    # The longest run itself is no witness of what is usual when runs are few.
    others = np.sort(usual)[: max(1, usual.size - 1 - usual.size // 1000)]
    bound = max(float(least), STUCK_RUNS * float(others[-1]) if usual.size > 1 else float(least))
    long = np.flatnonzero((lengths > bound) & ~(zero & calm))
    return [
        (int(places[edges[k]]), int(places[edges[k] + lengths[k] - 1]), float(value[k]))
        for k in long
    ]


def _often_zero(lengths: NDArray[np.int64], step_s: float) -> bool:
    return int((lengths * step_s >= 3600).sum()) >= 5


def spikes(kept: Floats) -> Bools:
    """Return which readings leave the series and come back within half an hour, or its range."""
    change = np.diff(kept)
    before, after = np.r_[0.0, change], np.r_[-change, 0.0]
    back = np.where(before * after > 0, np.minimum(np.abs(before), np.abs(after)), 0.0)
    steps = np.abs(change[change != 0.0])
    if not steps.size:
        return np.zeros(kept.size, bool)
    rounding = float(np.quantile(steps, 0.001)) if steps.size > 20 else 0.0
    bound = max(SPIKE * float(np.quantile(back, 0.95)), ROUNDING * rounding)
    odd = (back > bound) | _beyond(kept, RANGE)
    _bursts(kept, change, bound, odd)
    return np.asarray(odd, bool)


def _bursts(kept: Floats, change: Floats, bound: float, odd: Bools) -> None:
    """Mark bursts of a few readings that leave the series together and come back."""
    size = np.abs(change)
    wide = max(bound, 3.0 * float(np.quantile(size, 0.999)))
    for place in np.flatnonzero(size > wide):
        base = kept[place]
        jump = change[place]
        for width in range(2, BURST + 1):
            end = place + 1 + width
            if end >= kept.size:
                break
            inside = kept[place + 1 : end] - base
            if np.all(inside * np.sign(jump) > wide) and abs(kept[end] - base) < 0.3 * abs(jump):
                odd[place + 1 : end] = True
                break


def _beyond(kept: Floats, times: float) -> Bools:
    low, high = np.quantile(kept, (0.025, 0.975))
    reach = times * (high - low)
    if reach <= 0.0:
        return np.zeros(kept.size, bool)
    return np.asarray((kept < low - reach) | (kept > high + reach), bool)


def _runs(mask: Bools) -> list[tuple[int, int]]:
    """Return the first and last place of each run of True."""
    edges = np.flatnonzero(np.diff(np.r_[0, mask.astype(np.int8), 0]))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
