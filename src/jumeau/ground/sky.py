# SPDX-License-Identifier: EUPL-1.2
"""Sky view: the share of the sky that is seen from each cell of a surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jumeau.ground.horizon import LINES, Reading, Sweeps, checked_directions
from jumeau.ground.surface_model import Measured, SurfaceModel, measured, surface_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from jumeau.ground.far_horizon import Skyline


def sky_view(
    dsm: ArrayLike | SurfaceModel,
    directions: int = 32,
    *,
    cell_size: float = 1.0,
    weighted: bool = True,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> Measured:
    """Compute the sky view factor of a horizontal surface at each cell (swept horizons).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known.
    directions : int
        Number of directions, evenly spaced.
    cell_size : float
        Side of a cell [m].
    weighted : bool
        Weight the sky by the cosine of its zenith angle, as light on the horizontal; else the
        plain share of the solid angle.
    far, surface, lines, threads
        As :func:`jumeau.ground.horizon.horizon`.

    Returns
    -------
    (ny, nx) float32 array
        From 0 to 1 [-], NaN where the surface is not known, with its ``findings``.

    Raises
    ------
    InvalidError
        As :func:`jumeau.ground.horizon.horizon`.

    Notes
    -----
    Mean over the directions of cos²h (weighted) or 1 − sin h, h the horizon.

    References
    ----------
    K. Zakšek, K. Oštir and Ž. Kokalj, *Sky-View Factor as a Relief Visualization Technique*,
    Remote Sensing 3(2), 2011.
    """
    model = surface_model(dsm, cell_size)
    azimuths = checked_directions(directions)
    total = np.zeros(model.shape, np.float64)
    sweeps = Sweeps(model, surface=surface, lines=lines, threads=threads)
    for d, slope in sweeps.slopes(azimuths):
        if far is not None:
            far.raise_slopes(slope, d, model, azimuths.size)
        squared = slope * slope
        if weighted:
            total += 1.0 / (1.0 + squared)
        else:
            total += 1.0 - slope / np.sqrt(1.0 + squared)
    view = (total / azimuths.size).astype(np.float32)
    view[~model.known] = np.nan
    return measured(view, model.findings)
