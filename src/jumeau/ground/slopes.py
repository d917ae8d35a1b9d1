# SPDX-License-Identifier: EUPL-1.2
"""Slope and aspect of what is seen from above, which a wall beside a cell does not tilt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.ground.surface_model import SurfaceModel

STEEPEST = 2.75
"""Rise over run beyond which a step is a wall and not a roof: 70° [-]."""
BEND = 0.5
"""Difference of slope between the two sides of a cell from which they are two surfaces [-]."""


def normals(model: SurfaceModel) -> NDArray[np.float32]:
    """Compute the normal of each cell from the slopes on its two sides, walls left out.

    Parameters
    ----------
    model : SurfaceModel
        The surface.

    Returns
    -------
    (3, ny, nx) float32 array
        East, north and up, of length 1; upward on cells that are not known.

    Notes
    -----
    Along each axis the slope is the mean of the two sides when they belong to one surface (they
    differ by less than :data:`BEND`) or to the two sides of a ridge (opposite and alike); else the
    gentler of the two, the other being a step. Steeper than :data:`STEEPEST`, it is a wall and does
    not count: a flat roof stays flat up to its edge, and a pitched one keeps its pitch.
    """
    z = np.where(model.known, model.z, np.float32(np.nan))
    z = z / np.float32(model.cell_size)
    east, south = (_along(np.diff(z, axis=axis), axis) for axis in (1, 0))
    length = np.sqrt(1.0 + east * east + south * south)
    upright: NDArray[np.float32] = np.stack((-east, south, np.ones_like(east))) / length
    return upright.astype(np.float32, copy=False)


def _along(step: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return the slope along an axis from the rises between neighbours."""
    edge = [(1, 0) if i == axis else (0, 0) for i in range(2)]
    before = np.pad(step, edge, constant_values=np.nan)
    edge = [pair[::-1] for pair in edge]
    after = np.pad(step, edge, constant_values=np.nan)
    before = np.where(np.abs(before) > STEEPEST, np.float32(np.nan), before)
    after = np.where(np.abs(after) > STEEPEST, np.float32(np.nan), after)
    alike = np.abs(after - before) <= BEND
    ridge = np.abs(np.abs(after) - np.abs(before)) <= 0.5 * BEND
    gentler = np.where(np.abs(before) <= np.abs(after), before, after)
    slope = np.where(alike | ridge, 0.5 * (before + after), gentler)
    slope = np.where(np.isnan(slope), np.where(np.isnan(before), after, before), slope)
    return np.nan_to_num(slope, nan=0.0)
