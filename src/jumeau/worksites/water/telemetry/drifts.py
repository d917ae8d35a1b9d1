# SPDX-License-Identifier: EUPL-1.2
"""Sensors that drift, told from leaks: what moves alone, by day as by night.

Each sensor is regressed on those that follow the demand most as it does (ridge, training period).
A leak moves its neighbours too, and more when much water flows: its head loss grows with the
flow. A drift moves one sensor alone by the same amount at all hours. Leaks keep the last word: what
is less clear is only given a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PEERS = 6
RIDGE = 1e-2
SMOOTH_DAYS = 9
LEAST_M, NOISE = 0.3, 12.0
"""Least drift told [m], and in standard deviations of the training period."""
ALONE = 3.0
"""Times the greatest change of the other sensors from which one moves alone."""
SAME = 0.85
"""Least ratio of the changes by night and by day, either way."""
DOWN = 1.5
"""Times clearer that a fall must be than a rise."""
LASTS = 0.7
"""Share of the greatest change that must last to the end of the record."""
MOST = 4
"""Drifts told at most: one in so many sensors."""


@dataclass(frozen=True)
class Drift:
    """One sensor that drifts.

    Parameters
    ----------
    sensor : int
        Column.
    start : int
        Day on which it begins.
    amount : float
        At the end of the record [m].
    score : float
        Above 1: it moves alone, at all hours.
    """

    sensor: int
    start: int
    amount: float
    score: float


def look(night: Floats, day: Floats, train: NDArray[np.bool_], hourly: Floats) -> tuple[
    list[Drift], Floats
]:  # fmt: skip
    """Return the sensors that drift, and the score of each sensor.

    Parameters
    ----------
    night, day : (days, sensors) float64 array
        Means of the small hours and of the hours of activity [m], NaN for none.
    train : (days,) bool array
        Days of the training period.
    hourly : (hours, sensors) float64 array
        Means of the training period [m].
    """
    count = night.shape[1]
    scores = np.zeros(count)
    rows = np.atleast_1d(np.isfinite(hourly).all(axis=0))
    usable = [k for k in range(count) if rows[k]]
    found: list[Drift] = []
    if len(usable) < 4 or len(night) < 3 * SMOOTH_DAYS or train.sum() < 2:
        return found, scores
    while len(found) <= len(usable) // MOST:
        gone = {it.sensor for it in found}
        left = [k for k in usable if k not in gone]
        made = _changes(night, day, hourly, left)
        best = _best(made, left, night, day, hourly, scores)
        if best is None:
            break
        found.append(best)
    return found, scores


@dataclass
class _Changes:
    """Smoothed departures of sensors from what their peers tell."""

    night: Floats
    day: Floats
    noise: Floats


def _changes(night: Floats, day: Floats, hourly: Floats, left: list[int]) -> _Changes:
    """Return the departures of some sensors, each from what its peers tell."""
    mean = hourly[:, left].mean(axis=0)
    centred = hourly[:, left] - mean
    corr = np.corrcoef(centred.T + 1e-12 * np.arange(centred.shape[0]))
    np.fill_diagonal(corr, -2.0)
    size = min(PEERS, len(left) - 1)
    weights = np.eye(len(left))
    for rank in range(len(left)):
        peers = np.argsort(-corr[rank], kind="stable")[:size]
        x = centred[:, peers]
        normal = x.T @ x
        ridge = RIDGE * max(np.trace(normal) / size, 1e-9)
        weights[peers, rank] = -np.linalg.solve(normal + ridge * np.eye(size),
                                                x.T @ centred[:, rank])  # fmt: skip
    noise = np.sqrt(np.mean((centred @ weights) ** 2, axis=0))
    return _Changes(
        _smooth((night[:, left] - mean) @ weights), _smooth((day[:, left] - mean) @ weights), noise
    )


def _smooth(values: Floats) -> Floats:
    import pandas as pd

    frame = pd.DataFrame(values).rolling(SMOOTH_DAYS, center=True, min_periods=SMOOTH_DAYS // 2)
    return np.asarray(frame.median().to_numpy(), float)


def _best(
    made: _Changes, left: list[int], night: Floats, day: Floats, hourly: Floats, scores: Floats
) -> Drift | None:
    """Return the sensor that most clearly drifts, if one does; note the scores of all."""
    least = np.minimum(np.abs(made.night), np.abs(made.day))
    least = np.where(np.sign(made.night) == np.sign(made.day), least, 0.0)
    if not np.isfinite(least).any():
        return None
    at = np.nanargmax(np.where(np.isfinite(least), least, -1.0), axis=0)
    order = np.argsort(-np.nan_to_num(least[at, np.arange(len(left))]))
    best: Drift | None = None
    for rank in order[:6]:
        sensor, when = left[rank], int(at[rank])
        others = [k for k in left if k != sensor]
        low, high = max(0, when - SMOOTH_DAYS), when + SMOOTH_DAYS + 1
        apart = _changes(night[low:high], day[low:high], hourly, others)
        rest = np.nanmax(np.abs(np.nanmedian(apart.day, axis=0))) if others else 0.0
        amount = float(made.day[when, rank] + made.night[when, rank]) / 2
        both = np.abs([made.night[when, rank], made.day[when, rank]])
        same = float(both.min() / max(float(both.max()), 1e-9))
        score = min(
            abs(amount) / max(LEAST_M, NOISE * float(made.noise[rank])),
            abs(amount) / (ALONE * max(float(rest), 1e-3)), (same / SAME) ** 4,
        )  # fmt: skip
        if amount < 0:  # so would a leak beside the sensor
            score /= DOWN
        series = (made.day[:, rank] + made.night[:, rank]) / 2
        score = min(score, (_last(series) / (LASTS * amount) if amount else 0.0) ** 2)
        scores[sensor] = max(scores[sensor], score)
        if score > 1.0 and (best is None or score > best.score):
            best = Drift(sensor, _onset(series), _last(series), score)
    return best


def _last(series: Floats) -> float:
    known = series[np.isfinite(series)]
    return float(np.median(known[-SMOOTH_DAYS:]))


def _onset(series: Floats) -> int:
    """Return the day from which a series departs from zero, as a ramp does (least squares)."""
    days = np.arange(series.size, dtype=float)
    known = np.isfinite(series)
    best, start = np.inf, 0
    for first in range(0, series.size - 1):
        ramp = np.maximum(days[known] - first, 0.0)
        square = float(ramp @ ramp)
        if square <= 0.0:
            break
        slope = float(ramp @ series[known]) / square
        left = float(np.sum((series[known] - slope * ramp) ** 2))
        if left < best:
            best, start = left, first
    return start
