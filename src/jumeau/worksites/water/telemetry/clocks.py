# SPDX-License-Identifier: EUPL-1.2
"""Loggers whose clock is off: the delay at which a sensor follows the others, day by day.

Quick movements (less than three hours) are common to the sensors of an area, whose demand they
share. Day by day, the correlation of a sensor's with those of its area, at every delay up to
twelve hours, peaks at zero; elsewhere, its clock is off. A delay that grows from day to day is a
clock that runs too fast or too slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DAY_S = 86_400
WIDTH_S = 3 * 3600
"""Movements slower than this are left aside [s]."""
REACH_S = 12 * 3600
"""Greatest delay looked for [s]."""
PEAK, ABOVE = 0.45, 0.25
"""Least correlation at the delay, and least excess over that at no delay."""
DAYS = 2
"""Days in a row from which a delay is told."""
ALIKE = 0.35
"""Correlation from which sensors are of one area."""
AREAS = 4
MOST = 3
"""Runs of delays beyond which a sensor's are no matter of clock."""
NEAR_DAYS = 5
"""Days without delay between two runs that make one."""
CLEAR, MARGIN, TIMES = 0.7, 0.1, 3.0
"""A clearer peak may stand less high above: its defect is a third of that at no delay."""
UNKNOWN = int(np.iinfo(np.int64).min)
"""Delay of a day without any peak."""


@dataclass(frozen=True)
class Off:
    """A clock that is off.

    Parameters
    ----------
    sensor : int
        Column.
    first, last : int
        Places on the axis.
    lag : (days,) int64 array
        Delay of each day from the first, in steps: positive when the readings come late.
    start_day : int
        Day of the first delay.
    drifting : bool
        Whether the delay grows from day to day.
    """

    sensor: int
    first: int
    last: int
    lag: Ints
    start_day: int
    drifting: bool


def look(values: Floats, step_s: int) -> list[Off]:
    """Return the clocks that are off.

    Parameters
    ----------
    values : (n, sensors) float64 array
        Readings of pressures, flows and levels, NaN for none.
    step_s : int
        Step [s].
    """
    day = DAY_S // step_s
    days = values.shape[0] // day
    reach = REACH_S // step_s
    if DAY_S % step_s or step_s > 1800 or days < DAYS + 1 or values.shape[1] < 2:
        return []
    quick = _quick(values[: days * day], max(3, WIDTH_S // step_s))
    quick[:, _switched(values)] = 0.0
    groups = _areas(quick)
    found: list[Off] = []
    for sensor in range(values.shape[1]):
        if not np.any(quick[:, sensor]):
            continue
        tried = []
        for reference, members in groups:
            other = reference
            if sensor in members:
                sign = np.sign(float(reference @ quick[:, sensor]) or 1.0)
                other = reference - sign * quick[:, sensor] / len(members)
            lags = _lags(quick[:, sensor], other, day, reach)
            tried.append((int((lags != UNKNOWN).sum()), lags, other))
            if sensor in members:
                break
        if tried:
            _, lags, other = max(tried, key=lambda item: item[0])
            runs = _told(sensor, lags, day, quick[:, sensor], other)
            if len(runs) <= MOST:  # delays of all sorts are the sensor's own way, not its clock
                found += runs
    return found


def _switched(values: Floats) -> NDArray[np.bool_]:
    """Return which sensors stop and go, as pumps do: what they follow is a tank, not demand."""
    with np.errstate(invalid="ignore"):
        high = np.nan_to_num(np.nanquantile(values, 0.95, axis=0), nan=1.0)
        still = np.mean(np.abs(values) <= 0.05 * np.abs(high), axis=0)
    return np.asarray((still > 0.05) & (high != 0.0), bool)


def _quick(values: Floats, width: int) -> Floats:
    """Return readings less their moving mean, each of variance one, zero where none is."""
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    total = _moving(filled, width)
    count = _moving(there.astype(float), width)
    with np.errstate(invalid="ignore", divide="ignore"):
        quick = np.where(there & (count > 0), filled - total / count, 0.0)
    spread = np.sqrt(np.mean(quick**2, axis=0))
    quick = np.clip(quick / np.where(spread > 0, spread, 1.0), -4.0, 4.0)
    return np.asarray(quick, float)


def _moving(values: Floats, width: int) -> Floats:
    """Return the centred moving sum of each column."""
    half = width // 2
    sums = np.cumsum(np.concatenate([np.zeros((half + 1, values.shape[1])), values,
                                     np.zeros((half, values.shape[1]))]), axis=0)  # fmt: skip
    return np.asarray(sums[2 * half + 1 :] - sums[: -2 * half - 1], float)


def _areas(quick: Floats) -> list[tuple[Floats, list[int]]]:
    """Return groups of sensors that move together: their common movement, their columns."""
    left = [k for k in range(quick.shape[1]) if np.any(quick[:, k])]
    groups: list[tuple[Floats, list[int]]] = []
    corr = quick.T @ quick / len(quick)
    while len(left) > 1 and len(groups) < AREAS:
        part = corr[np.ix_(left, left)]
        vector = np.linalg.eigh(part)[1][:, -1]
        common = quick[:, left] @ vector
        norm = float(np.sqrt(np.mean(common**2)))
        if norm <= 0.0:
            break
        common = common / norm
        with_it = quick[:, left].T @ common / len(quick)
        members = [k for k, c in zip(left, with_it, strict=True) if abs(c) >= ALIKE]
        if len(members) < 2:
            break
        signs = np.sign([c for c in with_it if abs(c) >= ALIKE])
        groups.append((np.asarray(quick[:, members] @ signs / len(members)), members))
        left = [k for k in left if k not in members]
    return groups


def _lags(series: Floats, reference: Floats, day: int, reach: int) -> Ints:
    """Return the delay of each day [steps], the least integer where none stands out."""
    days = len(series) // day
    padded = np.concatenate([np.zeros(reach), reference, np.zeros(reach)])
    rows = np.lib.stride_tricks.sliding_window_view(padded, day + 2 * reach)[: days * day : day]
    mine = series[: days * day].reshape(days, day)
    lag = np.full(days, UNKNOWN, np.int64)
    size = np.sum(mine**2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.stack([
            np.sum(mine * rows[:, at : at + day], axis=1)
            / np.sqrt(size * np.sum(rows[:, at : at + day] ** 2, axis=1))
            for at in (reach - 1, reach, reach + 1)
        ])  # fmt: skip
    plain = np.nan_to_num(np.abs(plain)).max(axis=0)
    lag[plain >= 1.0 - ABOVE / 4] = 0  # nothing could stand out above
    doubtful = np.flatnonzero((plain < 1.0 - ABOVE / 4) & (size > 1e-6 * day))
    for part in np.array_split(doubtful, max(1, doubtful.size // 128)):
        lag[part] = _peaks(mine[part], rows[part], plain[part], size[part], day, reach)
    return lag


def _peaks(mine: Floats, rows: Floats, plain: Floats, energy: Floats, day: int, reach: int) -> Ints:
    """Return the delay of some days by their correlation at every delay."""
    from scipy import fft

    size = fft.next_fast_len(day + 2 * reach, real=True)
    cross = fft.irfft(
        fft.rfft(rows, size, axis=1) * np.conj(fft.rfft(mine, size, axis=1)), size, axis=1
    )[:, : 2 * reach + 1]
    sums = np.cumsum(np.concatenate([np.zeros((len(rows), 1)), rows**2], axis=1), axis=1)
    norm = np.sqrt(np.maximum(energy[:, None] * (sums[:, day:] - sums[:, :-day]), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.abs(np.where(norm > 1e-6 * day, cross / norm, 0.0))
    best = score.argmax(axis=1)
    peak = score[np.arange(len(score)), best]
    above = peak >= plain + ABOVE
    clear = (peak >= CLEAR) & (peak >= plain + MARGIN) & (1 - plain >= TIMES * (1 - peak))
    lag = np.where(above | clear, reach - best, 0)
    return np.where(peak >= PEAK, lag, UNKNOWN).astype(np.int64)


def _told(sensor: int, lags: Ints, day: int, quick: Floats, reference: Floats) -> list[Off]:
    """Return the runs of days at which a sensor's clock is off."""
    off = (lags != UNKNOWN) & (np.abs(lags) > 1)
    found: list[Off] = []
    k = 0
    while k < lags.size:
        if not off[k]:
            k += 1
            continue
        end = k
        for ahead in range(k + 1, lags.size):
            near = abs(int(lags[ahead]) - int(lags[end])) <= 3 * (ahead - end) + 2
            if off[ahead] and near:
                end = ahead
            elif off[ahead] or (ahead - end > NEAR_DAYS and lags[ahead] != UNKNOWN):
                break
        span = np.arange(k, end + 1)
        sure = span[off[span]]
        if sure.size >= max(DAYS, 0.5 * np.count_nonzero(lags[span] != UNKNOWN)):
            lag = np.rint(np.interp(span, sure, lags[sure])).astype(np.int64)
            part = max(1, sure.size // 3)
            drifting = bool(abs(np.median(lags[sure[-part:]]) - np.median(lags[sure[:part]])) >= 3)
            if not drifting:
                span_of = slice(k * day, (end + 1) * day)
                lag[:] = _common(quick, reference, int(np.median(lags[sure])), span_of)
            first, last = k * day, (end + 1) * day - 1
            if not drifting:
                first, last = _edges(quick, reference, int(lag[0]), first, last, day)
            found.append(Off(sensor, first, last, lag, k, drifting))
        k = end + 1
    return found


def _common(quick: Floats, reference: Floats, lag: int, span: slice) -> int:
    """Return the delay near one that explains a whole span best."""
    near = range(lag - 3, lag + 4)
    return max(near, key=lambda it: abs(float(quick[span] @ np.roll(reference, it)[span])))


def _edges(
    quick: Floats, reference: Floats, lag: int, first: int, last: int, day: int
) -> tuple[int, int]:
    """Return the first and last reading at which a delay explains more than none."""
    moved = np.roll(reference, lag)
    sign = 1.0 if float(quick[first : last + 1] @ moved[first : last + 1]) >= 0 else -1.0
    gain = sign * quick * (moved - reference)
    low, high = max(0, first - day), min(len(quick), first + day)
    start = low + int(np.argmin(np.r_[0.0, np.cumsum(gain[low:high])]))
    low, high = max(0, last + 1 - day), min(len(quick), last + 1 + day)
    end = low + int(np.argmax(np.r_[0.0, np.cumsum(gain[low:high])])) - 1
    if first == 0 and start < day:
        start = 0
    if last >= len(quick) - day and end >= len(quick) - 2 * day:
        end = last
    return (start, end) if end > start else (first, last)


def moved_back(values: Floats, off: Off, day: int) -> None:
    """Move the readings of a sensor back to their time, in place; NaN where none comes.

    Parameters
    ----------
    values : (n,) float64 array
        Readings.
    off : Off
        What was found.
    day : int
        Steps of a day.
    """
    places = np.arange(off.first, off.last + 1)
    ranks = np.clip(places // day - off.start_day, 0, off.lag.size - 1)
    lag = off.lag[ranks]
    target = places - lag
    old = values[places].copy()
    values[places] = np.nan
    fine = (target >= 0) & (target < values.size)
    values[target[fine]] = old[fine]
