# SPDX-License-Identifier: EUPL-1.2
"""What the studies of the flood share: their class and their measures of error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jumeau.validation import study
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MASS", "OWN", "SOLVERS", "Figure", "Study", "mass", "mass_error", "share", "storage"]
SOLVERS = ("inertial", "hllc")
MASS = 1e-6
"""Largest accepted relative error of the ledger of a run."""
OWN = "formula"
"""Licence of a closed form."""


class Study(study.Study):
    """A computation of the flood."""

    subject = "climate"


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
