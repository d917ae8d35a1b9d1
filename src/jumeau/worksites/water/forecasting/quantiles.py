# SPDX-License-Identifier: EUPL-1.2
"""Quantiles of a forecast from the errors that the same method made on the days before.

Split conformal prediction (Vovk et al. 2005; Tibshirani et al. 2019 for weights): errors of the
same district, of near hours and of near days ahead, recent ones first, are added to the middle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9
HALF_DAYS = 60.0
"""Age at which an error counts half [d]."""
FEW = 20
"""Errors below which hours of the whole day are taken together."""
NEAR = 1
"""Hours on either side that are taken together [h]."""


def bounds(errors: Array, spread: Array) -> tuple[Array, Array]:
    """Return what to add to the middle for the low and the high quantile.

    Parameters
    ----------
    errors : (ahead, past, 24, districts) array
        Observed less forecast, oldest first, NaN where unknown.
    spread : (districts,) array
        Half-width where no error is known.

    Returns
    -------
    (ahead, 24, districts) arrays
        At most 0, and at least 0.
    """
    ahead, past, hours, districts = errors.shape
    low = np.empty((ahead, hours, districts))
    high = np.empty((ahead, hours, districts))
    weight = 0.5 ** (np.arange(past)[::-1] / HALF_DAYS)
    for days in _near_days(ahead):
        for district in range(districts):
            block = errors[days][..., district]
            whole = np.isfinite(block).sum()
            for hour in range(hours):
                near = np.arange(hour - NEAR, hour + NEAR + 1) % hours
                chosen = block[:, :, near]
                if np.isfinite(chosen).sum() < FEW:
                    chosen = block
                if whole < FEW:
                    low[days, hour, district] = -spread[district]
                    high[days, hour, district] = spread[district]
                    continue
                share = np.broadcast_to(weight[None, :, None], chosen.shape)
                down, up = weighted(chosen, share, (LOW, HIGH))
                low[days, hour, district] = min(down, 0.0)
                high[days, hour, district] = max(up, 0.0)
    return low, high


def _near_days(ahead: int) -> list[list[int]]:
    """Return the days ahead whose errors are taken together: the first, two, then four and more."""
    edges = [0, 1, 3, 7, *range(14, ahead + 7, 7)]
    parts = [list(range(a, min(b, ahead))) for a, b in pairwise(edges)]
    return [it for it in parts if it]


def weighted(values: Array, weights: Array, at: tuple[float, ...]) -> tuple[float, ...]:
    """Return weighted quantiles, NaN left out."""
    ok = np.isfinite(values)
    values, weights = values[ok], weights[ok]
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    rank = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
    return tuple(float(np.interp(it, rank, values)) for it in at)
