# SPDX-License-Identifier: EUPL-1.2
"""How often each pipe breaks: a baseline by material, age and size, then what its past says.

Two Poisson regressions with normal priors, one after the other. The first tells the rate of a
kind of pipe; the second, how the pipe's own breaks, those of its street and the last years move
it. Without breaks both are their priors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.water.breaks import poisson, reading
from jumeau.worksites.water.breaks.panel import Panel, ratio, totals
from jumeau.worksites.water.breaks.poisson import Block, Fit

if TYPE_CHECKING:
    from jumeau.worksites.water.breaks.reading import Floats, Pipes

AGE_KNOTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Ages at which the slope may change [decades]."""
ERA_KNOTS = (1945.0, 1955.0, 1960.0, 1965.0, 1970.0, 1975.0, 1980.0, 1985.0)
"""Years of laying at which the slope may change."""
LENGTH_KNOTS = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""Log of length over 50 m."""
SHORT_KNOTS, LONG_KNOTS = (-2.5, -1.6, -0.9), (-0.3, 0.5, 1.1)
SIZE_KNOTS = (-0.3, 0.0, 0.3, 0.7)
"""Log of diameter over 150 mm."""
HALF_LIVES = (2.0, 8.0, 40.0)
"""After which a break counts for half in a pipe's memory [yr]."""
WEIGHTS = ((1.0, 2.0), (1.0, 2.0), (1.0, 2.0))
"""Breaks that the prior is worth, of a pipe and of a street, for each half-life."""
RECENT = 4.0
"""After which a year counts for half in the second regression [yr]."""
WARM_UP = 4
"""Years of records before the memory is judged, where there are as many."""
LAGS = (0, 2)
"""Years between the memory and the year it is judged on: a forecast spans several."""
LEVEL_SD = 0.8
"""Standard deviation of log of the level of a network around published rates, to confirm."""
LEFT, WORTH = 1.0, 2.0
"""Prior variance of the frailty of pipes, and the breaks squared that it is worth."""
FRAILTIES = (0.1, 4.0)
"""Least and largest variance of the frailty."""
_KNOWN = 30  # breaks of a group from which its ageing is its own
_MANY = 100  # and its eras
_USUAL_AGE, _USUAL_SIZE, _AGEING, _SIZING = 40.0, 150.0, 0.02, -0.6


class Parts(NamedTuple):
    """The expected breaks of a pipe in one year, and what they are made of (logs)."""

    kind: Floats
    age: Floats
    own: Floats
    street: Floats


@dataclass(frozen=True)
class Rates:
    """Posterior of the rates of pipes.

    Parameters
    ----------
    mean : (pipes,) array
        Mean rate over the horizon [1/yr].
    variance : (pipes,) array
        Variance of the rate over the square of its mean.
    parts : Parts
        What makes it, relative to the mean of the network.
    """

    mean: Floats
    variance: Floats
    parts: Parts


def _hinges(values: Floats, knots: tuple[float, ...]) -> list[Floats]:
    return [np.maximum(values - knot, 0.0) for knot in knots]


@dataclass(frozen=True)
class Kinds:
    """What does not change of each pipe, as the regressions see it."""

    group: list[str]
    member: Floats
    length: Floats
    size: Floats
    laid: Floats
    undated: Floats
    prior: Floats
    rich: list[bool]
    very: list[bool]


def kinds(pipes: Pipes, seen: Floats) -> Kinds:
    """Return what the regressions see of pipes; an unknown date or size is that of its group.

    Parameters
    ----------
    pipes : Pipes
        Pipes in the ground.
    seen : (pipes,) array
        Breaks of each, which say how much of its group can be learnt.
    """
    names = [name for name in reading.materials() if (pipes.group == name).any()]
    rate = np.array([reading.materials()[str(name)][0] for name in pipes.group])
    laid, size = (_filled(it, pipes.group, usual) for it, usual in
                  ((pipes.laid, 1980.0), (pipes.diameter_mm, _USUAL_SIZE)))  # fmt: skip
    size = np.log(np.clip(size, 50.0, 2000.0) / _USUAL_SIZE)
    count = [float(seen[pipes.group == name].sum()) for name in names]
    return Kinds(
        names,
        np.array([pipes.group == name for name in names], float),
        np.log(np.maximum(pipes.length_m, 0.5) / 50.0),
        size,
        laid,
        np.isnan(pipes.laid).astype(float),
        np.log(rate * pipes.length_m / 1000.0) + np.clip(_SIZING * size, -1.0, 0.5),
        [it >= _KNOWN for it in count],
        [it >= _MANY for it in count],
    )


def _filled(values: Floats, group: np.ndarray, usual: float) -> Floats:
    """Return values, the unknown ones as the median of their group, of all, or a usual one."""
    found = values.copy()
    lacks = np.isnan(found)
    for name in np.unique(group[lacks]):
        alike = group == name
        known = values[alike & ~lacks] if (alike & ~lacks).any() else values[~lacks]
        found[alike & lacks] = np.median(known) if len(known) else usual
    return found


def ageing(these: Kinds, when: float) -> Floats:
    """Return the log of the published rate of each pipe at a time, its age included."""
    age = np.maximum(when - these.laid, 0.0)
    return np.asarray(these.prior + np.clip(_AGEING * (age - _USUAL_AGE), -1.0, 1.0))


def baseline(these: Kinds, when: float) -> tuple[Floats, Floats]:
    """Return the design of the first regression at a time, and the precision of its prior.

    Parameters
    ----------
    these : Kinds
        Pipes.
    when : float
        Decimal year [yr].
    """
    age = np.maximum(when - these.laid, 0.0) / 10.0
    columns, precision = [np.ones_like(age)], [1.0 / LEVEL_SD**2]
    for member, rich, very in zip(these.member, these.rich, these.very, strict=True):
        columns.append(member)
        precision.append(1.0)
        if rich:
            columns += [member * it for it in _hinges(age, AGE_KNOTS)]
            precision += [20.0] * len(AGE_KNOTS)
            columns += [member * these.length, member * these.size]
            precision += [2.0, 2.0]
        if very:
            columns += [member * it / 10.0 for it in _hinges(these.laid, ERA_KNOTS)]
            precision += [10.0] * len(ERA_KNOTS)
    columns += [age - _USUAL_AGE / 10.0, these.undated, these.length, these.size]
    precision += [20.0, 4.0, 2.0, 2.0]
    columns += _hinges(these.length, LENGTH_KNOTS) + _hinges(these.size, SIZE_KNOTS)
    precision += [5.0] * (len(LENGTH_KNOTS) + len(SIZE_KNOTS))
    return np.column_stack(columns), np.array(precision)


def recent(these: Kinds) -> tuple[Floats, Floats]:
    """Return the columns of the second regression that let the last years differ, and precisions.

    Parameters
    ----------
    these : Kinds
        Pipes.
    """
    columns, precision = [np.ones_like(these.length)], [4.0]
    columns += [np.maximum(knot - these.length, 0.0) for knot in SHORT_KNOTS]
    columns += [np.maximum(these.length - knot, 0.0) for knot in LONG_KNOTS]
    precision += [2.0] * (len(SHORT_KNOTS) + len(LONG_KNOTS))
    for member, very in zip(these.member, these.very, strict=True):
        columns.append(member)
        precision.append(2.0)
        if very:
            columns.append(member * np.maximum(SHORT_KNOTS[-1] - these.length, 0.0))
            columns.append(member * np.maximum(these.length, 0.0))
            precision += [2.0, 2.0]
    return np.column_stack(columns), np.array(precision)


MEMORY = (*("own", "street") * len(HALF_LIVES), "own", "own")
"""What each column of :func:`memory` speaks of."""
_EXPECTED = np.array([*([0.0, 0.0] * (len(HALF_LIVES) - 1)), 0.5, 0.25, 0.0, 0.0])
_TRUST = 8.0  # precision of the prior of each


def memory(pipes: Pipes, years: Panel, expected: Floats, upto: int, length: Floats) -> Floats:
    """Return what the past says of each pipe: own breaks and those of its street, over expected.

    Parameters
    ----------
    pipes : Pipes
        Pipes.
    years : Panel
        Years of records.
    expected : (years, pipes) array
        Breaks expected of the kind of each pipe.
    upto : int
        Years that are known, the first ones.
    length : (pipes,) array
        Log of length over 50 m.

    Returns
    -------
    (pipes, columns) array
        For each half-life the pipe then the street; then, of the longest, own times length, and
        the square of what is above 0.

    Notes
    -----
    A break of t years ago counts 0.5^(t / half-life), and so does what was expected then; the log
    of (N + k)/(E + k) is that of the mean of a gamma frailty of variance 1/k.
    """
    columns: list[Floats] = []
    own = np.zeros(len(pipes))
    for half, (mine, theirs) in zip(HALF_LIVES, WEIGHTS, strict=True):
        fading = 0.5 ** (np.arange(upto, 0, -1.0) / half)
        count, hoped = fading @ years.count[:upto], fading @ expected[:upto]
        own = ratio(count, hoped, mine)
        count, hoped = (totals(pipes.street, it) for it in (count, hoped))
        columns += [own, ratio(count, hoped, theirs)]
    return np.column_stack([*columns, own * length, np.maximum(own, 0.0) ** 2])


def rates(pipes: Pipes, years: Panel, until: float, horizon: float) -> Rates:
    """Return the posterior of the rate of each pipe over the years that follow.

    Parameters
    ----------
    pipes : Pipes
        Pipes in the ground.
    years : Panel
        Their breaks and exposure; no year without any break known.
    until : float
        Date of the forecast, decimal year [yr].
    horizon : float
        Length of the forecast [yr].
    """
    these = kinds(pipes, years.count.sum(axis=0))
    steps = until + (np.arange(np.ceil(horizon)) + 0.5) * horizon / np.ceil(horizon)
    first, expected = _first(these, years)
    ahead = [baseline(these, float(when))[0] for when in steps]
    offsets = [ageing(these, float(when)) for when in steps]
    start, scale = recent(these)
    full = np.concatenate([np.zeros(len(scale)), _EXPECTED])
    precision = np.concatenate([scale, np.full(len(_EXPECTED), _TRUST)])
    past = [memory(pipes, years, expected, upto, these.length) for upto in range(len(years) + 1)]
    design = [np.column_stack([start, it]) for it in past]
    warm = min(WARM_UP, len(years) // 2)
    blocks = []
    for row in range(warm, len(years)):
        seen = years.exposure[row] > 0
        weight = 0.5 ** ((len(years) - 1 - row) / RECENT)
        lags = [lag for lag in LAGS if row - lag >= warm]
        blocks += [
            Block(
                design[row - lag][seen],
                np.log(expected[row][seen]),
                years.count[row][seen],
                weight / len(lags),
            )
            for lag in lags
        ]
    second = poisson.fit(blocks, full, precision)
    now = design[-1]
    moved = now @ second.mean
    yearly = [
        np.exp(np.clip(offset + it @ first.mean + moved, -30.0, 4.0))
        for offset, it in zip(offsets, ahead, strict=True)
    ]
    middle = len(steps) // 2
    variance = poisson.spread(ahead[middle], first.covariance)
    variance += poisson.spread(now, second.covariance) + _left(years, expected)
    return Rates(
        np.mean(yearly, axis=0),
        np.minimum(variance, 4.0),
        _parts(these, offsets[middle] + ahead[middle] @ first.mean, now, len(scale), second),
    )


def _first(these: Kinds, years: Panel) -> tuple[Fit, Floats]:
    """Fit the baseline and return it with the breaks expected by year and pipe.

    The expected breaks of each year are brought towards those seen: cold winters and gaps in the
    records are the year's, not the pipe's.
    """
    blocks, kept = [], []
    _, precision = baseline(these, 2000.0)
    for row in range(len(years)):
        when = float(years.middle[row])
        seen = years.exposure[row] > 0
        design, _ = baseline(these, when)
        offset = ageing(these, when) + np.log(np.maximum(years.exposure[row], 1e-9))
        kept.append((design, offset, seen))
        for member in these.member > 0:
            mine = seen & member
            blocks.append(Block(design[mine], offset[mine], years.count[row][mine]))
    found = poisson.fit(blocks, np.zeros(len(precision)), precision)
    expected = np.zeros_like(years.exposure)
    for row, (design, offset, seen) in enumerate(kept):
        hoped = np.where(seen, np.exp(np.clip(offset + design @ found.mean, -30.0, 5.0)), 0.0)
        total = years.count[row].sum() + 5.0
        expected[row] = hoped * total / (hoped.sum() + 5.0)
    return found, expected


def _left(years: Panel, expected: Floats) -> Floats:
    """Return the variance of each pipe's own rate, relative to the rate squared.

    Notes
    -----
    A gamma frailty of variance φ: E[(N − E)² − N] = φ·E² over the pipes, drawn to a prior; once N
    breaks are seen its relative variance is 1/(1/φ + N).
    """
    count, hoped = years.count.sum(axis=0), expected.sum(axis=0)
    over = float(((count - hoped) ** 2 - count).sum())
    frailty = (max(over, 0.0) + WORTH * LEFT) / (float((hoped**2).sum()) + WORTH)
    return np.asarray(1.0 / (1.0 / np.clip(frailty, *FRAILTIES) + count))


def _parts(these: Kinds, log_rate: Floats, now: Floats, before: int, second: Fit) -> Parts:
    """Return what raises or lowers each pipe, per length and relative to the network's mean."""
    share = np.exp(these.length)
    share /= share.sum()
    density = log_rate - these.length
    weight = these.member @ share
    kind = these.member.T @ ((these.member @ (share * density)) / np.maximum(weight, 1e-12))
    past = now[:, before:] * second.mean[before:]
    own = past[:, [name == "own" for name in MEMORY]].sum(axis=1)
    street = past[:, [name == "street" for name in MEMORY]].sum(axis=1)
    return Parts(kind - share @ kind, density - kind, own - share @ own, street - share @ street)
