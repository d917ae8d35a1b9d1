# SPDX-License-Identifier: EUPL-1.2
"""Registry of the published cases and the verdict on each."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jumeau.base.errors import did_you_mean, error

if TYPE_CHECKING:
    import pandas as pd

SUBJECTS = {
    "decision": "jumeau.validation.decision",
    "sun": "jumeau.validation.sun",
    "lighting": "jumeau.validation.lighting",
    "montpellier": "jumeau.validation.montpellier",
    "climate": "jumeau.validation.climate",
    "buildings": "jumeau.validation.buildings",
    "water": "jumeau.validation.water",
}
"""Name given to ``jumeau validate`` → module whose function ``cases`` yields its cases."""

COLUMNS = (
    "case",
    "reference",
    "ours",
    "tolerance",
    "verdict",
    "unit",
    "source",
    "licence",
    "alone",
)


@dataclass(frozen=True)
class Case:
    """One figure that somebody else established, and the function that computes it anew.

    Parameters
    ----------
    case : str
        Name, ``subject/what``.
    reference : float or None
        Published value; ``None`` when the published answer is that there is none.
    compute : callable or None
        Returns our value; ``None`` when the files that it needs are not here.
    tolerance : float
        Largest accepted difference.
    relative : bool
        Whether the tolerance is a share of the reference; absolute, in its unit, otherwise.
    unit : str
        Unit of the reference.
    source, licence : str
        Where the reference is published and under which licence.
    alone : bool
        Whether the case is judged alone. Otherwise a case of its own counts how many of its like
        pass, against a bar: a miss is listed, and is no failure.
    """

    case: str
    reference: float | None
    compute: Callable[[], float | None] | None
    tolerance: float
    relative: bool
    unit: str
    source: str
    licence: str
    alone: bool = True

    @property
    def margin(self) -> float:
        """Largest accepted difference, in the unit of the reference."""
        return self.tolerance * (abs(self.reference or 0.0) if self.relative else 1.0)

    def row(self) -> dict[str, object]:
        """Return the case computed and judged, with the columns of :func:`run`."""
        ours = self.compute() if self.compute else None
        return {
            "case": self.case,
            "reference": self.reference,
            "ours": ours,
            "tolerance": self.margin,
            "verdict": self.verdict(ours) if self.compute else "absent",
            "unit": self.unit,
            "source": self.source,
            "licence": self.licence,
            "alone": self.alone,
        }

    def verdict(self, ours: float | None) -> Literal["pass", "fail"]:
        """Return whether a value agrees with the reference within the tolerance.

        Parameters
        ----------
        ours : float or None
            Computed value, in the unit of the reference [-].
        """
        if self.reference is None or ours is None:
            return "pass" if self.reference is ours else "fail"
        if not math.isfinite(ours):
            return "fail"
        # The last term is the rounding of the subtraction itself, not leniency.
        rounding = 2 * math.ulp(max(abs(self.reference), abs(ours)))
        return "pass" if abs(ours - self.reference) <= self.margin + rounding else "fail"


def names() -> list[str]:
    """Return the subjects that can be validated."""
    return list(SUBJECTS)


def shared() -> Path | None:
    """Return the folder of real files that ``JUMEAU_SHARED`` names, if it is there."""
    folder = os.environ.get("JUMEAU_SHARED")
    return Path(folder) if folder and Path(folder).is_dir() else None


def cases(subjects: Iterable[str] | None = None) -> Iterator[Case]:
    """Yield the cases of subjects, of all by default.

    Parameters
    ----------
    subjects : iterable of str, optional
        Names among :func:`names`.

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` if there is no such subject.
    """
    chosen = list(subjects or SUBJECTS)
    for name in chosen:
        if name not in SUBJECTS:
            raise error(
                "JUM-B001",
                group="jumeau validate",
                name=name,
                known=names(),
                suggestion=did_you_mean(name, SUBJECTS),
            )
    for name in chosen:
        yield from import_module(SUBJECTS[name]).cases(shared())


def run(subjects: Iterable[str] | None = None) -> pd.DataFrame:
    """Compute the published cases and judge each.

    Parameters
    ----------
    subjects : iterable of str, optional
        Names among :func:`names`; all by default.

    Returns
    -------
    pandas.DataFrame
        One row a case with ``case, reference, ours, tolerance, verdict, unit, source, licence,
        alone``; the tolerance is the largest accepted difference, in the unit of the reference,
        and the verdict ``pass``, ``fail`` or ``absent``; not ``alone``, a case is counted with
        others by one that states the bar. A published « there is none », and a value that
        cannot be computed, are ``None``.

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` if there is no such subject.
    """
    import pandas as pd

    rows = [case.row() for case in cases(subjects)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
