# SPDX-License-Identifier: EUPL-1.2
"""A study: one computation, and the figures that are read off it and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.validation.registry import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOLVERS = ("inertial", "hllc")
MASS = 1e-6
"""Largest accepted relative error of the ledger of a run."""
OWN = "formula"
"""Licence of a closed form."""


class Figure(NamedTuple):
    """One figure of a study: its name, reference, tolerance, unit, and whether it is a share."""

    name: str
    reference: float
    tolerance: float
    unit: str
    relative: bool = False


class Study(NamedTuple):
    """One computation.

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
    compute: Callable[[], Mapping[str, float]] | None
    figures: tuple[Figure, ...]
    source: str
    licence: str

    def cases(self) -> Iterator[Case]:
        """Yield a case by figure; the computation is done once, for the first that asks."""
        once = cache(self.compute) if self.compute else None
        for figure in self.figures:
            yield Case(
                f"climate/{self.name}, {self.solver}: {figure.name}",
                figure.reference,
                _reading(once, figure.name) if once else None,
                tolerance=figure.tolerance,
                relative=figure.relative,
                unit=figure.unit,
                source=self.source,
                licence=self.licence,
            )


def _reading(compute: Callable[[], Mapping[str, float]], name: str) -> Callable[[], float]:
    return lambda: float(compute()[name])


def mass() -> Figure:
    """Return the figure of the ledger: water that came from nowhere, as a share."""
    return Figure("mass error", 0.0, MASS, "")


def mass_error(result: Any) -> float:
    """Return the relative error of the ledger of a run [-]."""
    return abs(float(result.ledger["relative_error"]))


def share(ours: NDArray[Any], exact: NDArray[Any]) -> float:
    """Return Σ|h − h exact| / Σ h exact [-].

    Parameters
    ----------
    ours, exact : ndarray
        Depths of the same cells [m].
    """
    import numpy as np

    gap = np.abs(np.asarray(ours, dtype=np.float64) - exact).sum()
    return float(gap / np.asarray(exact, dtype=np.float64).sum())


def rmse(ours: NDArray[Any], exact: NDArray[Any]) -> float:
    """Return √(mean of (h − h exact)²) [m].

    Parameters
    ----------
    ours, exact : ndarray
        Depths [m].
    """
    import numpy as np

    gap = np.asarray(ours, dtype=np.float64) - np.asarray(exact, dtype=np.float64)
    return float(np.sqrt(np.mean(gap**2)))


def storage(depths: NDArray[Any], cell: float) -> NDArray[np.float64]:
    """Return the water of each field of depths (…, ny, nx) [m³].

    Parameters
    ----------
    depths : ndarray
        Depths [m].
    cell : float
        Side of a cell [m].
    """
    import numpy as np

    return np.asarray(depths.sum(axis=(-2, -1), dtype=np.float64) * cell**2, dtype=np.float64)
