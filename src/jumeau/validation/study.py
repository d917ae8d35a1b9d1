# SPDX-License-Identifier: EUPL-1.2
"""A study: one computation, and the figures that are read off it and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

from jumeau.validation.registry import Case


class Figure(NamedTuple):
    """One figure of a study.

    Parameters
    ----------
    name : str
        What it is.
    reference : float or None
        Published value; ``None`` when it may not be shipped and its file is not here.
    tolerance : float
        Largest accepted difference, in the unit of the reference.
    unit : str
        Unit of the reference.
    relative : bool
        Whether the tolerance is a share of the reference.
    alone : bool
        Whether the figure is judged alone, or counted with others by a figure of its own.
    """

    name: str
    reference: float | None
    tolerance: float
    unit: str
    relative: bool = False
    alone: bool = True


@dataclass(frozen=True)
class Study:
    """One computation; a subject derives a class of its own, whose ``subject`` begins the names.

    Parameters
    ----------
    name : str
        What is computed, without comma.
    solver : str
        With which solver or function.
    compute : callable or None
        Returns the value of each figure by its name; ``None`` without the files it needs.
    figures : tuple of Figure
        What is judged.
    source, licence : str
        Where the references come from and under which licence.
    """

    name: str
    solver: str
    compute: Callable[[], Mapping[str, float | None]] | None
    figures: tuple[Figure, ...]
    source: str
    licence: str

    subject: ClassVar[str] = ""

    def cases(self) -> Iterator[Case]:
        """Yield a case by figure; the computation is done once, for the first that asks."""
        once = cache(self.compute) if self.compute else None
        for figure in self.figures:
            yield Case(
                f"{self.subject}/{self.name}, {self.solver}: {figure.name}",
                figure.reference,
                _reading(once, figure.name) if once else None,
                tolerance=figure.tolerance,
                relative=figure.relative,
                unit=figure.unit,
                source=self.source,
                licence=self.licence,
                alone=figure.alone,
            )


def _reading(
    compute: Callable[[], Mapping[str, float | None]], name: str
) -> Callable[[], float | None]:
    def read() -> float | None:
        value = compute()[name]
        return None if value is None else float(value)

    return read
