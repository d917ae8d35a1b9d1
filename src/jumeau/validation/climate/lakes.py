# SPDX-License-Identifier: EUPL-1.2
"""A lake stays at rest: over partly wet humps, by the sea and at altitude, with both solvers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from jumeau.validation.climate.study import OWN, SOLVERS, Figure, Study, mass, mass_error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "hydrostatic equilibrium: a level surface without motion"
STILL = 1e-6
"""Largest accepted speed [m/s] and displacement of the surface [m]."""
BIT = 2.0**-24
"""What float32 rounds off a depth, relative to it [-]."""
CELLS = 200
"""Side of the square of random bed [cells]."""
HILLS = 80
"""Side of the squares of random hills [cells]."""
RELIEFS = (1.0, 3.0, 10.0, 50.0)
"""Heights of the random hills, from the lowest to the highest [m]."""


def humps() -> NDArray[np.float64]:
    """Return the three humps of Liang and Borthwick on 75 × 30 cells of 1 m [m]."""
    import numpy as np

    y, x = np.mgrid[29.5:-0.5:-1.0, 0.5:75.5:1.0]
    small = [1.0 - np.hypot(x - 30.0, y - at) / 8.0 for at in (6.0, 24.0)]
    big = 3.0 - 0.3 * np.hypot(x - 47.5, y - 15.0)
    bed: NDArray[np.float64] = np.maximum.reduce([np.zeros_like(x), *small, big])
    return bed


def random_bed() -> NDArray[np.float64]:
    """Return a bed drawn between 0 and 1.5 m, cell by cell: a third of it above the lake [m]."""
    import numpy as np

    return np.random.default_rng(20261122).uniform(0.0, 1.5, (CELLS, CELLS))


def random_hills(relief: float) -> NDArray[np.float64]:
    """Return smooth hills and basins between 100 m and 100 m + ``relief`` [m]."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(round(relief)).standard_normal((HILLS, HILLS))
    shape: NDArray[np.float64] = gaussian_filter(noise, 4.0)
    hills: NDArray[np.float64] = 100.0 + relief * (shape - shape.min()) / np.ptp(shape)
    return hills


def at_rest(
    bed: NDArray[Any], level: float, solver: str, *, duration: float, cell: float = 1.0
) -> dict[str, float]:
    """Compute a lake for a while and return what moved.

    Parameters
    ----------
    bed : ndarray
        Elevation [m].
    level : float
        Of the water, on the datum of the bed [m].
    solver : str
        "inertial" or "hllc".
    duration : float
        Of the computation [s].
    cell : float
        Side of a cell [m].

    Returns
    -------
    dict
        Highest speed [m/s], largest displacement of the surface [m], mass error [-].
    """
    import numpy as np

    from jumeau.worksites import climate

    depth = np.maximum(level - bed, 0.0)
    result = climate.flood(
        bed, cell_size=cell, duration=duration, initial_depth=depth, solver=solver, manning=0.03
    )
    return {
        "highest speed": float(np.nanmax(result.speed_max)),
        "displacement": float(np.abs(result.depth - depth).max()),
        "mass error": mass_error(result),
    }


def studies() -> Iterator[Study]:
    """Yield the lakes; they need no file."""
    figures = _figures(STILL)
    for solver in SOLVERS:
        for name, height in (("by the sea", 0.0), ("at 1000 m of altitude", 1000.0)):
            lake = partial(_humps, height, solver)
            yield Study(f"lake over three humps {name}", solver, lake, figures, SOURCE, OWN)
        rough = partial(_random, solver)
        yield Study("lake over a random bed", solver, rough, figures, SOURCE, OWN)
        for relief in RELIEFS:
            name = f"lake among random hills of {relief:.0f} m"
            hills = partial(_hills, relief, solver)
            told = _figures(max(STILL, BIT * relief))
            yield Study(name, solver, hills, told, SOURCE, OWN)


def _figures(displacement: float) -> tuple[Figure, ...]:
    return (
        Figure("highest speed", 0.0, STILL, "m/s"),
        Figure("displacement", 0.0, displacement, "m"),
        mass(),
    )


def _humps(height: float, solver: str) -> dict[str, float]:
    return at_rest(humps() + height, height + 0.875, solver, duration=600.0)


def _random(solver: str) -> dict[str, float]:
    return at_rest(random_bed(), 1.0, solver, duration=600.0)


def _hills(relief: float, solver: str) -> dict[str, float]:
    return at_rest(random_hills(relief), 100.0 + 0.6 * relief, solver, duration=300.0)
