# SPDX-License-Identifier: EUPL-1.2
"""Sensors by expected value: each one where it spares the most water, given those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LONGEST_D = 365.0
"""Time after which a leak is found without any sensor: it surfaces, or a survey hears it [d]."""
SHORTEST_D = 1.0
"""Least time to place a leak and send a crew [d]."""
CERTAINTY = 5.0
"""Signal over noise at which a leak is placed [-]."""


class Placed(NamedTuple):
    """A sensor, in the order in which they are worth having.

    Parameters
    ----------
    candidate : int
        Row of the candidates.
    saved_m3_year : float
        Water that it spares each year beside those before it [m³/yr].
    days : float
        Mean time to place a leak once it is there, by the breaks expected [d].
    """

    candidate: int
    saved_m3_year: float
    days: float


def days_to_place(signal: Floats) -> Floats:
    """Return how long leaks run before they are placed [d].

    Parameters
    ----------
    signal : (leaks,) array
        Σ (Δp/σ)² over sensors of what a leak does to the mean of a day, over its noise [-].

    Returns
    -------
    (leaks,) array
        c²/signal, between one day and a year.

    Notes
    -----
    The mean of T days has 1/√T of the noise of one: a leak is placed when T · signal reaches c².
    """
    with np.errstate(divide="ignore"):
        days = CERTAINTY**2 / np.asarray(signal, dtype=np.float64)
    return np.clip(days, SHORTEST_D, LONGEST_D)


def place(
    effect: Floats, present: Floats, breaks: Floats, flow: float, noise: float, count: int
) -> list[Placed]:
    """Choose sensors one by one, each where it spares the most water (greedy, expected value).

    Parameters
    ----------
    effect : (candidates, pipes) array
        Change of pressure at a candidate by 1 m³/h lost at a pipe [m per m³/h].
    present : (sensors, pipes) array
        The same for the sensors there are.
    breaks : (pipes,) array
        Leaks expected in a year [1/yr].
    flow : float
        Flow of a usual leak [m³/h].
    noise : float
        Standard deviation of the mean of a day, model and sensor together [m].
    count : int
        Sensors wanted at most.

    Returns
    -------
    list of Placed
        The best first; fewer than asked when no other spares anything.

    Notes
    -----
    The water lost in a year is Σ breaks · flow · 24 · days. Each step looks at every candidate:
    the saving of a set has decreasing returns, so that the greedy set is within 1 − 1/e of the
    best one wherever it is submodular.

    References
    ----------
    Nemhauser, Wolsey and Fisher (1978); Krause et al. (2008), Efficient sensor placement
    optimization for securing large water distribution networks.
    """
    gain = np.square(np.nan_to_num(effect) * flow / noise)
    signal = np.square(np.nan_to_num(present) * flow / noise).sum(axis=0)
    weight = np.asarray(breaks, dtype=np.float64)
    left = np.ones(len(gain), dtype=bool)
    found: list[Placed] = []
    lost = _lost(days_to_place(signal), weight, flow)
    for _ in range(min(count, len(gain))):
        after = np.array([
            _lost(days_to_place(signal + row), weight, flow) if free else np.inf
            for row, free in zip(gain, left, strict=True)
        ])  # fmt: skip
        best = int(after.argmin())
        if not after[best] < lost:
            break
        signal = signal + gain[best]
        left[best] = False
        mean = float(days_to_place(signal) @ weight / max(weight.sum(), 1e-12))
        found.append(Placed(best, float(lost - after[best]), mean))
        lost = float(after[best])
    return found


def _lost(days: Floats, breaks: Floats, flow: float) -> float:
    """Return the water lost in a year before leaks are placed [m³/yr]."""
    return float(breaks @ days) * flow * 24.0
