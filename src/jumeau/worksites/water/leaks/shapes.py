# SPDX-License-Identifier: EUPL-1.2
"""How the flow of a leak goes in time: nothing, a quadratic growth, a plateau, a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Course(NamedTuple):
    """Course of a leak in days from the beginning of the record.

    Parameters
    ----------
    start, peak, end : float
        Onset, end of the growth (the onset itself for a burst), repair (``inf`` while alive).
    """

    start: float
    peak: float
    end: float

    def grows(self) -> float:
        """Return how long the leak grows [d]."""
        return self.peak - self.start


def at(times: NDArray[Any], course: Course) -> Floats:
    """Return the share of the plateau at times [d]."""
    grown = np.clip((times - course.start) / max(course.peak - course.start, 1e-9), 0.0, 1.0)
    return np.where((times >= course.start) & (times < course.end), grown * grown, 0.0)


def _integral(times: Floats, start: Floats, peak: Floats) -> Floats:
    """Return the integral of the course without repair from the beginning to times."""
    span = np.maximum(peak - start, 1e-9)
    x = np.clip(times - start, 0.0, None)
    growing = np.minimum(x, span)
    return growing**3 / (3.0 * span * span) + np.maximum(x - span, 0.0)


def daily(days: int, courses: list[Course]) -> Floats:
    """Return mean shares of the plateau by day, (courses, days)."""
    if not courses:
        return np.zeros((0, days))
    table = np.array(courses)
    start, peak, end = table[:, :1], np.maximum(table[:, 1:2], table[:, :1]), table[:, 2:]
    edges = np.minimum(np.arange(days + 1.0)[None], np.minimum(end, days + 1.0))
    return np.diff(_integral(edges, start, peak), axis=1)
