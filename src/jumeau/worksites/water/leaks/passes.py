# SPDX-License-Identifier: EUPL-1.2
"""Passes of a search: the history made linear anew around what was found, then searched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.leaks import searching
from jumeau.worksites.water.leaks.history import Belief
from jumeau.worksites.water.leaks.telling import Found

if TYPE_CHECKING:
    from jumeau.worksites.water.leaks.history import History
    from jumeau.worksites.water.leaks.problem import Problem
    from jumeau.worksites.water.leaks.searching import Leak, Settings

PLAN = ((0.05, 300.0), (0.02, 150.0), (0.02, 100.0), (0.015, 100.0))
"""Passes, each made linear anew: share of a leak's gain its shadow may have, price."""
SAMPLE = 3
"""One pipe in so many is looked at by a scan; the refinement looks at all."""
LARGE = 200
"""Pipes up to which all are looked at."""


def searched(history: History) -> Found:
    """Search a whole history."""
    belief = Belief()
    leaks: list[Leak] = []
    for turn, (ghost, price) in enumerate(PLAN):
        it = history.linear(belief)
        settings = searching.Settings(price=price, ghost=ghost)
        for _ in range(2 if leaks else 0):
            leaks = searching.sweep(it, leaks, list(range(len(leaks))), settings)
        if turn < len(PLAN) - 1:
            leaks = searching.search(it, settings, leaks, sampled(history, turn))
        found = ended(history, it, settings, leaks)
        belief = Belief(leaks, found.unknown)
    return found


def sampled(history: History, turn: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the pipes at which the scans of a pass look."""
    count = len(history.pipes)
    step = SAMPLE if count > LARGE else 1
    return np.arange(turn % step, count, step, dtype=np.int64)


def ended(history: History, it: Problem, settings: Settings, leaks: list[Leak]) -> Found:
    """Return what a pass ended with: flows of the joint fit, model error, prices."""
    known = searching.flows(it, leaks)
    unknown = history.directions @ known.solution[: it.error.shape[2]]
    asked = [
        searching.asked(it, settings, leak, [other for other in leaks if other is not leak])
        for leak in leaks
    ]
    return Found(it, known, leaks, asked, unknown)
