# SPDX-License-Identifier: EUPL-1.2
"""Ridge regression of many hours and districts at once, shrunk twice, with forgetting.

For each day to come, hour and district, y = Xβ + e with weights that halve every `HALF_DAYS`. β is
first estimated for all hours of a district together, β₀ = (ΣG + 24 κI)⁻¹ Σb, then for each hour as
a departure, β = β₀ + (G + λI)⁻¹ (b - Gβ₀), with G = XᵀWX and b = XᵀWy. Grams at earlier origins
are sums of their first rows: forecasts that would have been made then cost little more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jumeau.worksites.water.forecasting.features import Design

Array = NDArray[np.float64]

HALF_DAYS = 150.0
"""Age at which a day teaches half as much [d]."""
OWN = 700.0
"""λ, penalty of what an hour has of its own; columns have a mean square of one."""
COMMON = 70.0
"""κ, penalty of what hours have in common."""
FAR_X, FAR_Y = 3.5, 4.0
"""Standard deviations at which departures are cut."""
WARM_UP = 112
"""Days after which departures are all known, a third of the history at most [d]."""
EVERY = 15
"""Days between the estimates from which past errors are told [d]."""
SMALL = 1 << 18
"""Products of matrices smaller than this stay on one thread of the linear algebra [-]."""
PAST = 180
"""Days whose forecasts are made again, to know their errors [d]."""


class Forecasts(NamedTuple):
    """Forecasts at the origin, and the errors of those that would have been made before."""

    middle: Array
    """(ahead, 24, districts)."""
    errors: Array
    """(ahead, past days, 24, districts) observed less forecast, NaN where unknown."""


def forecast(design: Design, ahead: int) -> Forecasts:
    """Return forecasts of the days to come.

    Parameters
    ----------
    design : Design
        What is known at each issue day.
    ahead : int
        Days to forecast.
    """
    days = design.days
    past = min(PAST, max(days - 14, 0))
    middle = np.empty((ahead, 24, design.districts))
    errors = np.full((ahead, past, 24, design.districts), np.nan)
    for day in range(ahead):
        usual, x = design.block(day)
        truth = np.full((days + 1, 24, design.districts), np.nan)
        if day < days:
            truth[: days - day] = np.where(design.observed, design.flow, np.nan)[day:]
        guess = usual + _corrections(x, truth - usual, days, day, past)
        middle[day] = guess[days]
        errors[day] = (truth - guess)[days - past : days]
    return Forecasts(middle, errors)


def _corrections(x: NDArray[np.float32], y: Array, days: int, day: int, past: int) -> Array:
    """Return what to add to usual values, for the past days and the origin; zero before.

    Parameters
    ----------
    x : (24, districts, features, days + 1) array
        Departures; scaled in place.
    y : (days + 1, 24, districts) array
        Observed less usual, NaN where unknown.
    days, day : int
        Days of history, and day to come.
    past : int
        Days whose forecasts are made again.
    """
    out = np.zeros(y.shape)
    first = min(WARM_UP, days // 3)
    hours, districts, features, _ = x.shape
    x = x.reshape(hours * districts, features, -1)
    target = y.transpose(1, 2, 0).reshape(hours * districts, -1)
    seen = np.isfinite(target)
    seen[:, :first] = False
    target = np.where(seen, target, 0.0)
    scale_y = np.sqrt((target**2).sum(1) / np.maximum(seen.sum(1), 1))
    scale_y = np.where(scale_y > 0, scale_y, 1.0)
    target = np.clip(target / scale_y[:, None], -FAR_Y, FAR_Y).astype(np.float32)
    _scale(x, hours, districts, first)
    ends = [*range(days - past, days, EVERY), days] if past else [days]
    gram = np.zeros((len(x), features, features), np.float32)
    right = np.zeros((len(x), features), np.float32)
    step = max(SMALL // features**2, 1)
    last = first
    for place, end in enumerate(ends):
        while last < end - day:  # issue days whose target is over at this end
            known = min(last + step, end - day)
            rows = slice(last, known)
            fade = np.float32(0.5 ** ((known - last) / HALF_DAYS))
            age = known - 1 - np.arange(last, known)
            weight = (0.5 ** (age / HALF_DAYS)).astype(np.float32) * seen[:, rows]
            part = x[:, :, rows]
            weighted = part * weight[:, None]
            gram *= fade
            gram += weighted @ part.transpose(0, 2, 1)
            right *= fade
            right += (weighted @ target[:, rows, None])[..., 0]
            last = known
        until = ends[place + 1] if place + 1 < len(ends) else end + 1
        beta = _solved(gram, right, hours)
        value = np.einsum("kp,kpt->kt", beta, x[:, :, end:until]) * scale_y[:, None]
        out[end:until] = value.reshape(hours, districts, -1).transpose(2, 0, 1)
    return out


def _scale(x: NDArray[np.float32], hours: int, districts: int, first: int) -> None:
    """Bring columns to a mean square of one, hours that vary little to less, and cut extremes."""
    square = np.einsum("kpt,kpt->kp", x[:, :, first:], x[:, :, first:]) / (x.shape[2] - first)
    common = square.reshape(hours, districts, -1).mean(0)
    size = np.sqrt(np.maximum(square, 0.04 * np.tile(common, (hours, 1))))
    x /= np.where(size > 0, size, 1.0).astype(np.float32)[:, :, None]
    np.clip(x, -FAR_X, FAR_X, out=x)


def _solved(
    gram: NDArray[np.float32], right: NDArray[np.float32], hours: int
) -> NDArray[np.float32]:
    """Return the coefficients of every hour and district."""
    features = gram.shape[1]
    one = np.eye(features, dtype=np.float32)
    total = gram.reshape(hours, -1, features, features).sum(0)
    both = right.reshape(hours, -1, features).sum(0)
    shared = np.linalg.solve(total + np.float32(hours * COMMON) * one, both[..., None])[..., 0]
    shared = np.tile(shared, (hours, 1))
    rest = right - (gram @ shared[..., None])[..., 0]
    own = np.linalg.solve(gram + np.float32(OWN) * one, rest[..., None])[..., 0]
    return np.asarray(shared + own)
