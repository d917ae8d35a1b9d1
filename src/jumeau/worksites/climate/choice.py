# SPDX-License-Identifier: EUPL-1.2
"""Which solver: the local inertial one is quick; where water runs fast it is wrong.

The inertial equations leave advection out. They hold for rivers, runoff and slow coastal water; at
a dam break or on a steep street they give the wrong front and depth (see *Which solver* in the
documentation). ``auto`` therefore takes the finite-volume solver at once when the water at the
start stands in a step like a dam break, and does the run again with it when more than 1 % of the
water, by area and over the run, has a Froude number above 0.8 and a surface slope above 0.2.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.climate.engine import Domain, Engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOLVERS = ("auto", "inertial", "hllc")

SHARE = 0.01
"""Share of fast water above which the inertial solver is not to be trusted [-]."""

DEEP = 0.05
"""Films thinner than this make no dam break [m]."""

JUMP = 0.5
"""Step of the surface, over the depth that flows, from which the start is a dam break [-]."""

_PLACES = {
    "inertial": ("jumeau.worksites.climate.inertial", "Inertial"),
    "hllc": ("jumeau.worksites.climate.hllc", "Hllc"),
}


def engine_class(solver: str) -> type[Engine]:
    """Return the engine of a solver, loaded when first asked for."""
    module, name = _PLACES[solver]
    found: type[Engine] = getattr(importlib.import_module(module), name)
    return found


def unfit(share: float) -> bool:
    """Return whether so much water runs fast that the inertial solver is not to be trusted."""
    return share > SHARE


def breaks(domain: Domain, depth: NDArray[np.float32] | NDArray[np.float64]) -> bool:
    """Return whether the water at the start stands in a step like a dam break.

    A face counts when more than ``DEEP`` flows over it and the surface falls across it by more
    than ``JUMP`` of that depth. Walls between cells hold water back up to their crest.

    Parameters
    ----------
    domain : Domain
        Ground.
    depth : (ny, nx) float32 or float64 array
        Water at the start [m].

    Returns
    -------
    bool
        Whether some face counts.
    """
    bed = domain.bed
    walls: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for wall_row, col, wall_axis, level in zip(*domain.crests, strict=True):
        walls.setdefault((int(wall_axis), int(wall_row)), []).append((int(col), float(level)))
    for row in range(bed.shape[0]):
        if not depth[max(row - 1, 0) : row + 1].any():
            continue
        here, water = bed[row].astype(np.float64), depth[row].astype(np.float64)
        faces = [(here[:-1], here[1:], water[:-1], water[1:], 1, 1)]
        if row:
            above = bed[row - 1].astype(np.float64), depth[row - 1].astype(np.float64)
            faces.append((above[0], here, above[1], water, 0, 0))
        for left, right, left_depth, right_depth, axis, shift in faces:
            sill = np.maximum(left, right)
            for col, level in walls.get((axis, row), ()):
                sill[col - shift] = max(sill[col - shift], level)
            high = np.maximum(left + left_depth, right + right_depth)
            low = np.maximum(np.minimum(left + left_depth, right + right_depth), sill)
            flow = np.where(np.maximum(left_depth, right_depth) > 0.0, high - sill, 0.0)
            if ((flow > DEEP) & (high - low > JUMP * flow)).any():
                return True
    return False
