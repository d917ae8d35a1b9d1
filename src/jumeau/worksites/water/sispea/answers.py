# SPDX-License-Identifier: EUPL-1.2
"""An answer about a service: its figure, its verdict, its proof and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from jumeau.worksites.water.sispea.formulas import Reading
from jumeau.worksites.water.sispea.words import facts, figure, say


@dataclass(frozen=True)
class Answer:
    """One row about a service.

    Parameters
    ----------
    indicator : str
        Its code.
    reading : Reading
        Figure, bounds and missing facts.
    question : str
        What the verdict answers: key of ``words.csv``.
    verdict : str
        ``yes``, ``no`` or ``unknown``.
    proof : str
        Formula with its figures.
    used : tuple of str
        Facts it rests on.
    year : int or None
        Year of these facts when it is not that of the row.
    more : tuple of str
        Facts that the verdict lacks besides those of the figure.
    """

    indicator: str
    reading: Reading
    question: str
    verdict: str
    proof: str
    used: tuple[str, ...]
    year: int | None = None
    more: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts that the figure and the verdict lack."""
        return tuple(dict.fromkeys((*self.reading.missing, *self.more)))


def lines(got: Reading, digits: int = 2) -> str:
    """Return why a figure is not established, with its bounds where there are any.

    Parameters
    ----------
    got : Reading
        The figure.
    digits : int
        Decimals of the bounds.
    """
    missing = facts(got.missing)
    low, high = figure(got.low, digits), figure(got.high, digits)
    if got.low is not None and got.high is not None:
        return say("proof.bounds", low=low, high=high, missing=missing)
    if got.low is not None:
        return say("proof.least", low=low, missing=missing)
    if got.high is not None:
        return say("proof.most", high=high, missing=missing)
    return say("proof.lacking", missing=missing)
