# SPDX-License-Identifier: EUPL-1.2
"""Result of a flood run: fields, series, ledger, what was noticed, and the model card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import JumeauError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.findings import Finding

TITLES = {
    "inertial": {
        "en": "local inertial, q-centred (de Almeida & Bates 2013)",
        "fr": "inertiel local, centré en q (de Almeida & Bates 2013)",
    },
    "hllc": {
        "en": "shallow water, HLLC, hydrostatic reconstruction (Audusse 2004), order 1 to 2",
        "fr": "Saint-Venant, HLLC, reconstruction hydrostatique (Audusse 2004), ordre 1 à 2",
    },
}
"""Solver → the model it solves."""


class FloodStoppedError(JumeauError):
    """The run was cancelled before its end."""


class FloodInterruptedError(FloodStoppedError, KeyboardInterrupt):
    """The run was interrupted from the keyboard before its end."""

    __str__ = JumeauError.__str__


@dataclass(frozen=True, eq=False)
class Flood:
    """Water over a domain from the start to ``duration``.

    Rasters are (ny, nx) float32, row 0 north; depths and speeds are 0 on closed cells.

    Parameters
    ----------
    depth : (ny, nx) float32 array
        Depth at the end [m].
    depth_max, speed_max : (ny, nx) float32 arrays
        Greatest depth [m] and speed [m/s] of the run.
    arrival : (ny, nx) float32 array
        First time with more than 0.01 m of water [s]; NaN if never.
    snapshots : (k, ny, nx) float32 array
        Depth at every, 2·every, … [m]; k = ⌊duration/every⌋, 0 without ``every``.
    gauges : DataFrame
        Depth at the gauges [m], a column each, index ``time_s``: from 0 to the end, ``every`` or at
        each step without it.
    ledger : dict of str to float
        Volumes by term [m³] and ``relative_error`` [-]; see
        :meth:`jumeau.worksites.climate.ledger.Ledger.close`.
    froude_share : float
        Share of the water deeper than 5 cm, by area and over the run, that runs fast: a Froude
        number above 0.8 and a surface slope above 0.2 [-].
    solver : str
        The one that made these figures: ``"inertial"`` or ``"hllc"``.
    steps : int
        Number of time steps.
    seconds : float
        Time the computation took [s].
    warnings : list of Finding
        What the reader must know: steps cut, another solver taken, data left out.
    """

    depth: NDArray[np.float32]
    depth_max: NDArray[np.float32]
    speed_max: NDArray[np.float32]
    arrival: NDArray[np.float32]
    snapshots: NDArray[np.float32]
    gauges: pd.DataFrame
    ledger: dict[str, float]
    froude_share: float
    solver: str
    steps: int
    seconds: float
    warnings: list[Finding]
    _about: dict[str, Any] = field(repr=False)

    def card(self) -> dict[str, Any]:
        """Return the model card: what made these figures and how far to trust them.

        Returns
        -------
        dict of str to object
            Plain data for JSON. ``model`` has both languages; ``warnings`` are rows in the language
            in force.
        """
        wet = self.depth_max > np.float32(0.01)
        return {
            "solver": self.solver,
            "model": TITLES.get(self.solver, {"en": self.solver, "fr": self.solver}),
            **self._about,
            "steps": self.steps,
            "seconds": self.seconds,
            "froude_share": self.froude_share,
            "relative_error": self.ledger["relative_error"],
            "ledger_m3": dict(self.ledger),
            "flooded_m2": float(np.count_nonzero(wet)) * self._about["cell_size_m"] ** 2,
            "depth_max_m": float(self.depth_max.max()),
            "warnings": [item.to_row() for item in self.warnings],
        }
