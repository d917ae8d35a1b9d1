# SPDX-License-Identifier: EUPL-1.2
"""Years of exposure and breaks of each pipe, counted back from the date of the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.breaks.history import Breaks
    from jumeau.worksites.water.breaks.reading import Floats, Pipes

MOST_YEARS = 25
"""Years of records that are used, the last ones."""
_LEAST = 1e-9


@dataclass(frozen=True)
class Panel:
    """Breaks by year and pipe, the last year last.

    Parameters
    ----------
    count : (years, pipes) array
        Breaks.
    exposure : (years, pipes) array
        Share of the year during which the pipe was in the ground and breaks were recorded: what
        came before is neither a break nor a year without one (left truncation).
    middle : (years,) array
        Middle of each year, decimal years [yr].
    """

    count: Floats
    exposure: Floats
    middle: Floats

    def __len__(self) -> int:
        """Return the number of years."""
        return len(self.middle)


def panel(pipes: Pipes, breaks: Breaks, until: float) -> Panel:
    """Count breaks and exposure by year of records and pipe.

    Parameters
    ----------
    pipes : Pipes
        Pipes in the ground at ``until``.
    breaks : Breaks
        Their breaks.
    until : float
        Date of the forecast, decimal year; years are counted back from it [yr].
    """
    if not len(breaks.when):
        empty = np.zeros((0, len(pipes)))
        return Panel(empty, empty, np.zeros(0))
    years = int(np.clip(np.ceil(until - breaks.since - 0.02), 1, MOST_YEARS))
    start = until - np.arange(years, 0, -1.0)
    laid = np.where(np.isnan(pipes.laid), -np.inf, pipes.laid)
    seen = np.maximum(laid, breaks.since)
    exposure = np.clip(start[:, None] + 1.0 - seen, 0.0, 1.0)
    row = np.floor(breaks.when - start[0]).astype(int)
    inside = (row >= 0) & (row < years)
    count = np.zeros(exposure.shape)
    np.add.at(count, (row[inside], breaks.pipe[inside]), 1.0)
    exposure = np.where(count > 0, np.maximum(exposure, 0.05), exposure)
    return Panel(count, exposure, start + 0.5)


def totals(labels: NDArray[np.int64], values: Floats) -> Floats:
    """Return for each pipe the sum over its street, itself left out.

    Parameters
    ----------
    labels : (pipes,) array of int
        Street of each pipe, numbered from 0.
    values : (pipes,) array
        What is summed.
    """
    return np.asarray(np.maximum(np.bincount(labels, values)[labels] - values, 0.0))


def ratio(count: Floats, expected: Floats, weight: float) -> Floats:
    """Return log of observed over expected, drawn to 0 as by a gamma frailty of mean 1.

    Parameters
    ----------
    count, expected : (pipes,) array
        Breaks seen and expected.
    weight : float
        Breaks that the prior is worth, the inverse of the variance of the frailty.
    """
    return np.asarray(np.log((count + weight) / (np.maximum(expected, _LEAST) + weight)))
