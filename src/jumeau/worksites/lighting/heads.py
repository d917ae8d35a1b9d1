# SPDX-License-Identifier: EUPL-1.2
"""What is wrong with where lamps stand: in each other, under the ground, in a wall or a crown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.lighting import arguments
from jumeau.worksites.lighting.surfaces import Surfaces, as_grid

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAST = 1.0
"""How far under the head a column may end and still be taken for the lamp's mast [m]."""
_AROUND = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]


def illuminance_findings(
    positions: ArrayLike,
    *,
    bounds: Bounds,
    cell_size: float = 1.0,
    ground: ArrayLike | None = None,
    dsm: ArrayLike | None = None,
    canopy: ArrayLike | None = None,
) -> list[Finding]:
    """Tell what is doubtful in the places of lamps (comparison with the grids they light).

    Parameters
    ----------
    positions, bounds, cell_size, ground, dsm, canopy
        As for :func:`~jumeau.worksites.lighting.point_source.illuminance`.

    Returns
    -------
    list of Finding
        ``JUM-L053`` lamps exactly where another one is, ``JUM-L054`` at the ground or below,
        ``JUM-L055`` in a column of the surface model (their mast, which does not hide them),
        ``JUM-L056`` in a crown, ``JUM-L057`` outside the grid or over unknown ground, ``JUM-L058``
        walled in by columns on all sides.

    Raises
    ------
    InvalidError
        ``JUM-L004`` and ``JUM-L050`` as for the illuminance.
    """
    lamps = arguments.numbers("positions", positions)
    lamps = lamps.reshape(0, 3) if lamps.size == 0 else lamps
    if lamps.ndim != 2 or lamps.shape[1] != 3 or not np.isfinite(lamps).all():
        raise error("JUM-L004", argument="positions", value=f"shape {lamps.shape}",
                    expected="(n, 3), finite")  # fmt: skip
    shape = arguments.shape(bounds, cell_size)
    surfaces = Surfaces(
        as_grid("ground", ground), as_grid("dsm", dsm), as_grid("canopy", canopy)
    ).checked(shape)
    edges = grid.check(bounds)
    column = np.floor((lamps[:, 0] - edges[0]) / cell_size)
    row = np.floor((edges[3] - lamps[:, 1]) / cell_size)
    height = lamps[:, 2]
    level = _under(surfaces.ground, row, column, shape, 0.0)
    top = _under(surfaces.dsm, row, column, shape, np.nan)
    crown = _under(surfaces.canopy, row, column, shape, np.nan)
    walled = np.ones(len(lamps), np.bool_)
    for i, j in _AROUND:
        walled &= _under(surfaces.dsm, row + i, column + j, shape, np.nan) > height
    _, first, count = np.unique(lamps, axis=0, return_index=True, return_counts=True)
    cases = {
        "JUM-L053": int(count.sum() - first.size),
        "JUM-L054": int((height <= level).sum()),
        "JUM-L055": int(((top > height - MAST) & ~walled).sum()),
        "JUM-L056": int((crown > height).sum()),
        "JUM-L057": int(np.isnan(level).sum()),
        "JUM-L058": int(walled.sum()),
    }
    return [finding(code, "luminaire", count=found, total=len(lamps))
            for code, found in cases.items() if found]  # fmt: skip


def _under(
    surface: NDArray[Any] | None,
    row: NDArray[np.float64],
    column: NDArray[np.float64],
    shape: tuple[int, int],
    absent: float,
) -> NDArray[np.float64]:
    """Return the values of a grid at rows and columns, NaN outside, or a value without the grid."""
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    out = np.where(inside, absent, np.nan)
    if surface is not None:
        out[inside] = surface[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    return out
