# SPDX-License-Identifier: EUPL-1.2
"""Where a leak may be: probability by pipe, the zone to listen to, the pipe to report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.leaks import searching
from jumeau.worksites.water.leaks.shapes import Course

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.problem import Problem
    from jumeau.worksites.water.leaks.searching import Basis, Leak

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

RADIUS_M = 300.0
"""Within which a leak is dug up from the pipe reported."""
MODEL_SHARE = 0.012
"""Share of a leak's gain that errors of the model may move from a pipe to another."""
REPORT_SHARE = 0.004
"""The same, for the one pipe that is reported: nearer the likeliest."""
ONSET_SHARE = 0.002
"""The same, of the onset."""
BURST_D = 2.0
"""Growth under which a leak is a burst [d]."""
BURST_LATE_D = 0.25
"""After the onset of a burst, what it is told [d]."""
LATEST = 0.7
"""Share of the life of a leak at which it is told at the latest."""
GROWN = 0.32
"""Share of the growth after which a leak has a tenth of its flow."""
FEW = 1e-4
"""Probability under which a pipe is left out."""
SURE = 0.95
"""Probability that the leak runs at the time reported."""


@dataclass(frozen=True)
class Place:
    """Where and since when.

    Parameters
    ----------
    pipe : int
        To report.
    probability : dict of int to float
        By pipe.
    zone, wide : list of int
        Smallest connected sets that hold 80 % and 95 %.
    near : float
        Probability within 300 m of the pipe reported.
    since : float
        Time at which it runs with 95 % probability [d].
    """

    pipe: int
    probability: dict[int, float]
    zone: list[int]
    wide: list[int]
    near: float
    since: float


def tempered(gain: Floats, share: float) -> Floats:
    """Return the posterior of alternatives from their gains, the model's own error counted."""
    best = float(gain.max())
    scale = max(1.0, share * best)
    weight = np.exp(-0.5 * (best - gain) / scale)
    weight[gain <= 0.0] = 0.0
    return np.asarray(weight)


def place(
    it: Problem, known: Basis, leak: Leak, length: Floats, neighbours: list[Whole],
    away: Callable[[Whole], Floats],
) -> Place:  # fmt: skip
    """Return where a leak may be, the others being kept.

    Parameters
    ----------
    it : Problem
        The history.
    known : Basis
        All other leaks.
    leak : Leak
        The leak.
    length : (pipes,) array
        Of the pipes [m].
    neighbours : list of int arrays
        Pipes that share a node with each.
    away : callable
        Distances of given pipes to all pipes [m].
    """
    gain, _ = searching.by_pipe(it, known, leak.course)
    if gain.max() <= 0.0:
        gain[leak.pipe] = 1.0
    weight = tempered(gain, MODEL_SHARE) * np.maximum(length, 1.0)
    weight /= weight.sum()
    candidates = np.flatnonzero(weight > FEW)
    share = weight[candidates] / weight[candidates].sum()
    distance = away(candidates)
    near = distance <= RADIUS_M
    sharp = (tempered(gain, REPORT_SHARE) * np.maximum(length, 1.0))[candidates]
    worth = (sharp[:, None] * np.where(near, 1.0 - 0.2 * distance / RADIUS_M, 0.0)).sum(axis=0)
    pipe = int(worth.argmax())
    probability = {int(p): float(x) for p, x in zip(candidates, share, strict=True)}
    return Place(
        pipe, probability, _grown(probability, neighbours, 0.8),
        _grown(probability, neighbours, 0.95),
        float((share * near[:, pipe]).sum()), _since(it, known, leak),
    )  # fmt: skip


def _grown(probability: dict[int, float], neighbours: list[Whole], wanted: float) -> list[int]:
    """Return a connected set of pipes that holds a probability, grown from the likeliest."""
    import heapq

    first = max(probability, key=lambda p: probability[p])
    out: list[int] = []
    seen = {first}
    queue = [(-probability[first], first)]
    total = 0.0
    while queue and total < wanted and len(out) < 4 * len(probability) + 10:
        value, pipe = heapq.heappop(queue)
        out.append(pipe)
        total -= value
        for other in neighbours[pipe].tolist():
            if other not in seen:
                seen.add(other)
                heapq.heappush(queue, (-probability.get(other, 0.0), other))
    return out


def _since(it: Problem, known: Basis, leak: Leak) -> float:
    """Return the time at which the leak runs with a probability of 95 % [d].

    A leak that grows says little of its beginning, and loses little then: it is told once it has
    a tenth of its flow.
    """
    course = leak.course
    last = min(course.end, float(len(it.z)))
    span = max(course.peak - course.start, 0.0)
    burst = span < BURST_D
    middle = course.start + 2.0 / 3.0 * span if burst else course.start
    reach = 2.0 if burst else 3.0 + 0.5 * span
    starts = np.linspace(max(middle - reach, 0.0), min(middle + reach, last - 0.1), 97)
    trial, onset = [], []
    for start in starts.tolist():
        peaks = {start} if burst else {
            max(course.peak + change * span, start) for change in (-0.25, 0.0, 0.25)
        }  # fmt: skip
        for peak in peaks:
            trial.append(Course(start, peak, course.end))
            onset.append(start)
    gain, _ = searching.by_shape(it, known, leak.pipe, trial)
    if gain.max() <= 0.0:
        return middle
    weight = tempered(gain, ONSET_SHARE)
    order = np.argsort(onset)
    total = np.cumsum(weight[order])
    at = int(np.searchsorted(total, SURE * total[-1]))
    sure = float(np.array(onset)[order][min(at, len(order) - 1)])
    told = sure + BURST_LATE_D if burst else max(sure, course.start + GROWN * span)
    return min(told, course.start + LATEST * (last - course.start))
