# SPDX-License-Identifier: EUPL-1.2
"""Sparse search of the leaks of a whole history, all refitted at each move.

Orthogonal matching pursuit over pipes, onsets and repairs, on the likelihood in which the error of
the model is integrated out (random effects); each leak found has its onset, growth, repair and
place revised in turn while the others are kept; leaks that are not worth their price leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.leaks import shapes
from jumeau.worksites.water.leaks.shapes import Course

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.problem import Problem

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Settings:
    """How much evidence a leak takes.

    Parameters
    ----------
    price : float
        Least gain of 2·log-likelihood of a leak.
    ghost : float
        Share of the gain of another leak that its shadow may have: what a response of the model
        that is not quite right leaves behind runs as that leak does.
    least : float
        Least flow [m³/h].
    most : int
        Leaks at most.
    segments : int
        Pieces in which the record is cut to scan onsets and repairs.
    patience : int
        Refused candidates after which the search ends.
    """

    price: float = 100.0
    ghost: float = 0.02
    least: float = 0.5
    most: int = 80
    segments: int = 100
    patience: int = 5


@dataclass
class Leak:
    """A leak believed in: pipe by position, course in days, flow of the plateau [m³/h]."""

    pipe: int
    course: Course
    flow: float = 0.0
    gain: float = 0.0


@dataclass
class Basis:
    """What is explained already: model error and leaks, their normal matrix factorised.

    Parameters
    ----------
    courses : (leaks, days) array
        Daily shares.
    pipes : (leaks,) int array
        Their pipes.
    lower : (k + leaks, k + leaks) array
        Inverse of the Cholesky factor of the normal matrix.
    solution : (k + leaks,) array
        Amounts of errors, then flows.
    rest : (days, r) array
        Residual of the joint fit.
    """

    courses: Floats
    pipes: Whole
    lower: Floats
    solution: Floats
    rest: Floats
    normal: Floats = field(repr=False)


def basis(it: Problem, leaks: list[Leak]) -> Basis:
    """Fit the model error and the flows of leaks jointly (ridge on the error)."""
    days, r = it.z.shape
    k, epochs = it.error.shape[2], len(it.leak)
    f = shapes.daily(days, [leak.course for leak in leaks]) * it.free
    pipes = np.array([leak.pipe for leak in leaks], np.int64)
    n = len(leaks)
    w = it.weight
    days_of = np.bincount(it.epoch, w, epochs)
    normal = np.zeros((k + n, k + n))
    normal[:k, :k] = np.eye(k) + np.einsum(
        "e,eij,eil->jl", days_of, it.error, it.error, optimize=True
    )
    by_epoch = np.zeros((epochs, r))
    np.add.at(by_epoch, it.epoch, it.z * w[:, None])
    rhs = np.zeros(k + n)
    rhs[:k] = np.einsum("eik,ei->k", it.error, by_epoch)
    if n:
        mine = it.leak[:, :, pipes].astype(np.float64)
        share = np.zeros((n, epochs))
        for j in range(n):
            share[j] = np.bincount(it.epoch, w * f[j], epochs)
        normal[:k, k:] = np.einsum("je,ekj->kj", share, it.cross[:, :, pipes].astype(np.float64))
        normal[k:, :k] = normal[:k, k:].T
        both = np.zeros((epochs, n, n))
        np.add.at(both, it.epoch, (f.T[:, :, None] * f.T[:, None, :]) * w[:, None, None])
        products = np.matmul(mine.transpose(0, 2, 1), mine)
        normal[k:, k:] = (both * products).sum(axis=0) + 1e-6 * np.eye(n)
        seen = np.matmul(it.z[:, None, :], mine[it.epoch])[:, 0]
        rhs[k:] = (seen * f.T * w[:, None]).sum(axis=0)
    factor = np.linalg.cholesky(normal)
    lower: Floats = np.asarray(np.linalg.inv(factor), np.float64)
    solution = lower.T @ (lower @ rhs)
    fitted = np.matmul(it.error, solution[:k])[it.epoch]
    if n:
        fitted = fitted + np.matmul(mine[it.epoch], (f.T * solution[k:])[:, :, None])[:, :, 0]
    return Basis(f, pipes, lower, solution, it.z - fitted, normal)


def gains(top: Floats, norm: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Return the gain of 2·log-likelihood of atoms, and their flow between nothing and the most."""
    flow = np.clip(top / np.maximum(norm, 1e-9), 0.0, most)
    return np.maximum(2.0 * flow * top - norm * flow * flow, 0.0), flow


def bound(it: Problem, courses: Floats, pipes: Whole) -> Floats:
    """Return the most that leaks of some courses may lose in some pipes: what enters there.

    Parameters
    ----------
    it : Problem
        The history.
    courses : (n, days) array
        Daily shares.
    pipes : (k,) int array
        Pipes.

    Returns
    -------
    (n, k) array
        [m³/h]
    """
    live = courses > 0.5
    out = np.full((len(courses), len(it.enters)), np.inf)
    for k, enters in enumerate(it.enters):
        ratio = np.where(live, enters / np.maximum(courses, 0.5), np.inf)
        out[:, k] = ratio.min(axis=1)
    return out[:, it.area[pipes]]


def by_shape(it: Problem, known: Basis, pipe: int, courses: list[Course]) -> tuple[Floats, Floats]:
    """Return gain and flow of courses in a pipe."""
    f = shapes.daily(len(it.z), courses) * it.free
    s = it.leak[:, :, pipe].astype(np.float64)
    w = it.weight
    top = f @ (np.einsum("dr,dr->d", known.rest, s[it.epoch]) * w)
    square = (f * f) @ (it.size[it.epoch, pipe].astype(np.float64) * w)
    epochs = len(it.leak)
    one = np.zeros((len(w), epochs))
    one[np.arange(len(w)), it.epoch] = w
    share = f @ one
    k = it.error.shape[2]
    cross = np.zeros((len(courses), k + len(known.pipes)))
    cross[:, :k] = share @ it.cross[:, :, pipe].astype(np.float64)
    if len(known.pipes):
        theirs = np.einsum("erj,er->ej", it.leak[:, :, known.pipes].astype(np.float64), s)
        cross[:, k:] = f @ (known.courses.T * theirs[it.epoch] * w[:, None])
    cross = cross @ known.lower.T
    norm = square - np.square(cross).sum(axis=1)
    gain, flow = gains(top, norm, bound(it, f, np.array([pipe]))[:, 0])
    gain[norm < 0.02 * square] = 0.0
    return gain, flow


def by_pipe(it: Problem, known: Basis, course: Course) -> tuple[Floats, Floats]:
    """Return gain and flow of one course in every pipe."""
    f = (shapes.daily(len(it.z), [course]) * it.free)[0]
    w = it.weight
    epochs = len(it.leak)
    weighed = np.zeros((epochs, it.z.shape[1]))
    np.add.at(weighed, it.epoch, known.rest * (f * w)[:, None])
    square = np.bincount(it.epoch, f * f * w, epochs)
    busy = np.flatnonzero(square)
    top = np.zeros(it.leak.shape[2])
    cross = np.zeros((it.leak.shape[2], it.error.shape[2] + len(known.pipes)))
    k = it.error.shape[2]
    share = np.bincount(it.epoch, f * w, epochs)
    both = np.array([np.bincount(it.epoch, f * g * w, epochs) for g in known.courses])
    for e in busy:
        top += weighed[e].astype(np.float32) @ it.leak[e]
        cross[:, :k] += share[e] * it.cross[e].T
        if len(known.pipes):
            live = np.flatnonzero(both[:, e])
            theirs = it.leak[e][:, known.pipes[live]] * both[live, e].astype(np.float32)
            cross[:, k + live] += it.leak[e].T @ theirs
    cross = cross @ known.lower.T
    total = square @ it.size
    norm = total - np.square(cross).sum(axis=1)
    gain, flow = gains(top, norm, bound(it, f[None], np.arange(len(norm)))[0])
    gain[norm < 0.02 * total] = 0.0
    return gain, flow


def scan(
    it: Problem, known: Basis, edges: Whole, sample: Whole, barred: list[Leak]
) -> tuple[float, Leak]:
    """Return the best box over pipes, onsets and repairs, on a grid of days.

    Parameters
    ----------
    it, known : Problem, Basis
        The history, and what is explained.
    edges : (segments + 1,) int array
        Days between segments.
    sample : (n,) int array
        Pipes that are looked at.
    barred : list of Leak
        Boxes that were refused: their onset and repair are left out.
    """
    k, n = it.error.shape[2], len(known.pipes)
    count = len(edges) - 1
    w = it.weight * it.free * (np.arange(len(it.z)) >= edges[0])
    segment = np.clip(np.searchsorted(edges, np.arange(len(w)), side="right") - 1, 0, count - 1)
    small = it.leak[:, :, sample]
    size = it.size[:, sample]
    cross_s = it.cross[:, :, sample]
    top = np.zeros((count + 1, len(sample)), np.float32)
    square = np.zeros((count + 1, len(sample)), np.float32)
    cross = np.zeros((count + 1, k + n, len(sample)), np.float32)
    pairs = np.unique(np.stack([segment, it.epoch], axis=1), axis=0)
    products = np.matmul(it.leak[:, :, known.pipes].transpose(0, 2, 1), small) if n else None
    for g, e in pairs:
        days = np.flatnonzero((segment == g) & (it.epoch == e))
        mine = w[days]
        if not mine.any():
            continue
        top[g + 1] += (known.rest[days] * mine[:, None]).sum(axis=0).astype(np.float32) @ small[e]
        square[g + 1] += np.float32(mine.sum()) * size[e]
        cross[g + 1, :k] += np.float32(mine.sum()) * cross_s[e]
        if products is not None:
            share = (known.courses[:, days] * mine).sum(axis=1).astype(np.float32)
            cross[g + 1, k:] += share[:, None] * products[e]
    lower = known.lower.astype(np.float32)
    cross = np.matmul(lower[None], cross)
    top, square = np.cumsum(top, axis=0), np.cumsum(square, axis=0)
    cross = np.cumsum(cross, axis=0)
    best, found = 0.0, Leak(0, Course(0.0, 0.0, np.inf))
    upper = np.triu(np.ones((count + 1, count + 1), bool), 1)
    most = _enters(it, edges)
    for it_ in barred:
        a = int(np.searchsorted(edges, it_.course.start))
        b = count if np.isinf(it_.course.end) else int(np.searchsorted(edges, it_.course.end))
        upper[max(a - 2, 0) : a + 3, max(b - 2, 0) : b + 3] = False
    for p in range(len(sample)):
        c = cross[:, :, p]
        gram = c @ c.T
        own = np.diag(gram)
        norm = square[None, :, p] - square[:, None, p] - (own[None] + own[:, None] - 2.0 * gram)
        raw = square[None, :, p] - square[:, None, p]
        gain = top[None, :, p] - top[:, None, p]
        ok = upper & (gain > 0.0) & (norm > 0.03 * raw) & (norm > 0.0)
        safe = np.maximum(norm, 1e-6)
        flow = np.minimum(gain / safe, most[it.area[sample[p]]])
        gain = np.where(ok, 2.0 * flow * gain - safe * flow * flow, 0.0)
        place = int(gain.argmax())
        if gain.flat[place] > best:
            best = float(gain.flat[place])
            a, b = divmod(place, count + 1)
            end = np.inf if b == count else float(edges[b])
            found = Leak(int(sample[p]), Course(float(edges[a]), float(edges[a]), end))
    return best, found


def _enters(it: Problem, edges: Whole) -> Floats:
    """Return the least that enters each area between two edges, (areas, edges, edges) [m³/h]."""
    count = len(edges)
    out = np.full((len(it.enters), count, count), np.inf)
    for k, enters in enumerate(it.enters):
        part = [float(enters[a:b].min()) for a, b in pairwise(edges)]
        for a in range(count - 1):
            out[k, a, a + 1 :] = np.minimum.accumulate(part[a:])
    return out


BRIEF_D = 3.0
"""Life under which a leak may be what the onset or the repair of another leaves behind [d]."""
STEPS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def around(course: Course, first: float, last: float, scale: float) -> list[Course]:
    """Return courses that differ by one date, or by onset and peak together."""
    steps = [it * scale for it in STEPS]
    out = [course]
    start, peak, end = course
    alive = not np.isfinite(end)
    for step in (*steps, *(-it for it in steps)):
        a = min(max(start + step, first), last - 0.25)
        if a < min(end, last):
            out.append(Course(a, max(peak, a), end))
            if peak <= start:
                out.append(Course(a, a, end))
            out.append(Course(a, max(peak + step, a), end))
        b = peak + step
        if start <= b <= last + 120.0:
            out.append(Course(start, b, end))
        c = (last if alive else end) + step
        if start + 0.5 < c < last:
            out.append(Course(start, peak, c))
    out.append(Course(start, start, end))
    out.append(Course(start, peak, np.inf))
    return out


def refined(
    it: Problem, known: Basis, leak: Leak, near: Whole | None = None, rounds: int = 3
) -> Leak:
    """Return a leak at its best course and pipe, the others being kept but for their flow."""
    days = float(len(it.z))
    first = 0.0
    pipe, course = leak.pipe, leak.course
    gain = -1.0
    flow = 0.0
    for _ in range(rounds):
        before = gain
        for _ in range(6):
            trial = around(course, first, days, 1.0)
            value, amount = by_shape(it, known, pipe, trial)
            best = int(value.argmax())
            if value[best] <= gain + 0.05:
                break
            gain, course, flow = float(value[best]), trial[best], float(amount[best])
        value, amount = by_pipe(it, known, course)
        if near is not None:
            value = np.where(near[pipe], value, 0.0)
        best = int(value.argmax())
        if value[best] > gain:
            gain, pipe, flow = float(value[best]), best, float(amount[best])
        elif gain - before < 0.5:
            break
        if gain - before < 0.5:
            break
    return Leak(pipe, course, flow, gain)


def flows(it: Problem, leaks: list[Leak]) -> Basis:
    """Give leaks the flows of the joint fit."""
    known = basis(it, leaks)
    k = it.error.shape[2]
    for leak, amount in zip(leaks, known.solution[k:], strict=True):
        leak.flow = float(amount)
    return known


def asked(it: Problem, settings: Settings, leak: Leak, others: list[Leak]) -> float:
    """Return the least gain of a leak beside others: shadows of a great leak run as it does.

    Infinite for one that is all there as the training period ends: an error of the model would
    look so, and a leak would have to begin on that very day. Infinite for one that lives the
    days around the onset or the repair of a stronger one: what the hour of either leaves behind.
    """
    f = shapes.daily(len(it.z), [leak.course, *(other.course for other in others)]) * it.free
    if any(_edge(leak, other) for other in others):
        return float("inf")
    first = int(it.free.argmax())
    if first and leak.course.start < first + 0.5 and f[0, first] > 0.5:
        return float("inf")
    if not others:
        return settings.price
    norm = np.square(f).sum(axis=1) + 1e-12
    alike = np.square(f[1:] @ f[0]) / (norm[1:] * norm[0])
    strength = np.array([other.gain for other in others])
    return settings.price + settings.ghost * float((alike * strength).max())


def _edge(leak: Leak, other: Leak) -> bool:
    """Tell whether a leak lives only while a stronger one begins or ends."""
    start, _, end = leak.course
    if end - start > BRIEF_D or other.gain < leak.gain:
        return False
    dates = (other.course.start, other.course.peak, other.course.end)
    return any(start - 1.0 <= it <= end + 1.0 for it in dates)


def sweep(it: Problem, leaks: list[Leak], which: list[int], settings: Settings) -> list[Leak]:
    """Revise leaks one after the other; those not worth their price leave."""
    gone: set[int] = set()
    for j in which:
        others = [leak for k, leak in enumerate(leaks) if k != j and k not in gone]
        leaks[j] = refined(it, basis(it, others), leaks[j], rounds=2)
        price = asked(it, settings, leaks[j], others)
        if leaks[j].gain < price or leaks[j].flow < settings.least:
            gone.add(j)
    return [leak for k, leak in enumerate(leaks) if k not in gone]


def overlapping(it: Problem, leaks: list[Leak], one: Leak, count: int) -> list[int]:
    """Return the leaks that look most like one: in place, and alive at the same time."""
    if not leaks:
        return []
    middle = len(it.leak) // 2
    s = it.leak[middle][:, [leak.pipe for leak in leaks]].astype(np.float64)
    mine = it.leak[middle][:, one.pipe].astype(np.float64)
    norm = np.sqrt(np.square(s).sum(axis=0) * (mine @ mine)) + 1e-12
    f = shapes.daily(len(it.z), [*(leak.course for leak in leaks), one.course])
    f = np.concatenate([f, np.abs(np.diff(f, axis=1))], axis=1)
    common = f[:-1] @ f[-1] / np.sqrt(np.square(f[:-1]).sum(axis=1) * (f[-1] @ f[-1]) + 1e-12)
    alike = np.abs(s.T @ mine / norm) * common
    order = np.argsort(-alike)
    return [int(j) for j in order[:count] if alike[j] > 0.05]


def search(
    it: Problem, settings: Settings, leaks: list[Leak] | None = None, sample: Whole | None = None,
    since: float = 0.0,
) -> list[Leak]:  # fmt: skip
    """Find the leaks of a history.

    Parameters
    ----------
    it : Problem
        The history.
    settings : Settings
        Prices.
    leaks : list of Leak, optional
        From which to begin.
    sample : int array, optional
        Pipes at which the scan looks; all by default.
    since : float
        Day from which the scan looks for onsets.
    """
    found = list(leaks or [])
    count = min(settings.segments, len(it.z))
    first = max(min(since, len(it.z) - 2.0), 0.0)
    edges = np.unique(np.linspace(first, len(it.z), count + 1).round().astype(int))
    sample = np.arange(it.leak.shape[2]) if sample is None else sample
    refused = 0
    barred: list[Leak] = []
    while len(found) < settings.most:
        known = basis(it, found)
        gain, new = scan(it, known, edges, sample, barred)
        if gain < 0.5 * settings.price:
            break
        box = new
        new = refined(it, known, new)
        if new.gain < settings.price:
            break
        if new.gain < asked(it, settings, new, found) or new.flow < settings.least:
            barred.append(box)
            refused += 1
            if refused >= settings.patience:
                break
            continue
        near = overlapping(it, found, new, 4)
        before = len(found)
        found.append(new)
        found = sweep(it, found, [*near, len(found) - 1], settings)
        if len(found) <= before:
            refused += 1
            if refused >= settings.patience:
                break
    if len(found) > len(leaks or []):
        found = sweep(it, found, list(range(len(found))), settings)
    flows(it, found)
    return found
