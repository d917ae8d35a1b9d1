# SPDX-License-Identifier: EUPL-1.2
"""Shade for one position of the sun, and whether two points see each other over a surface."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from jumeau.base.errors import error
from jumeau.ground.horizon import LINES, Reading, Sweeps, checked_threads
from jumeau.ground.surface_model import Measured, SurfaceModel, measured, surface_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from jumeau.ground.far_horizon import Skyline


def shadow(
    dsm: ArrayLike | SurfaceModel,
    elevation: float,
    azimuth: float,
    *,
    cell_size: float = 1.0,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> Measured:
    """Tell where the surface lies in the shade of what stands around (one swept direction).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known.
    elevation, azimuth : float
        Of the sun: above the horizontal, and clockwise from north [°].
    cell_size : float
        Side of a cell [m].
    far : Skyline, optional
        Relief beyond the raster; its nearest direction counts.
    surface, lines, threads
        As :func:`jumeau.ground.horizon.horizon`.

    Returns
    -------
    (ny, nx) float32 array
        1 in the shade, 0 in the sun, between when the edge of the shade crosses the cell's two
        lines; NaN where the surface is not known. Everything is in the shade of a sun that is down.

    Raises
    ------
    InvalidError
        ``JUM-G090`` for a sun that is nowhere, and as :func:`jumeau.ground.horizon.horizon`.
    """
    model = surface_model(dsm, cell_size)
    if not (math.isfinite(azimuth) and -90.0 <= elevation <= 90.0):
        raise error("JUM-G090", elevation=elevation, azimuth=azimuth)
    dark = np.ones(model.shape, np.float32)
    if elevation > 0.0:
        sweeps = Sweeps(model, surface=surface, lines=lines, threads=threads)
        slope = sweeps.slope(math.radians(azimuth % 360.0))
        if far is not None:
            count = far.slope.size
            nearest = round(azimuth % 360.0 * count / 360.0) % count
            far.raise_slopes(slope, nearest, model, count)
        dark = (slope >= math.tan(math.radians(elevation))).astype(np.float32)
    dark[~model.known] = np.nan
    return measured(dark, model.findings)


def visible(
    dsm: ArrayLike | SurfaceModel,
    start: ArrayLike,
    end: ArrayLike,
    *,
    cell_size: float = 1.0,
    ignore: float = 0.5,
    threads: int | None = None,
) -> NDArray[np.bool_]:
    """Tell whether pairs of points see each other over a surface (exact ray casting).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known: it hides
        nothing.
    start, end : (n, 3) arrays
        Row, column [cells, 0 at the centre of the first one] and height above the surface [m] of
        both points; one point is paired with all.
    cell_size : float
        Side of a cell [m].
    ignore : float
        Distance around each point within which nothing hides, its mast above all [cells].
    threads : int, optional
        Threads; all processors by default. The answer does not depend on it.

    Returns
    -------
    (n,) bool array
        Whether the straight line between them passes above the surface, linear between centres.

    Raises
    ------
    InvalidError
        ``JUM-G091`` for points outside, ``JUM-G080`` to ``JUM-G084`` for a surface that cannot be
        read, ``JUM-G085`` for a number of threads that is not one.

    Notes
    -----
    The line is compared with the surface wherever it crosses a row or a column, where a surface
    that is linear along both is known exactly.
    """
    from concurrent.futures import ThreadPoolExecutor

    model = surface_model(dsm, cell_size)
    count = checked_threads(threads)
    one, two = np.broadcast_arrays(_points(start, model), _points(end, model))
    one, two = np.ascontiguousarray(one), np.ascontiguousarray(two)
    clear = np.zeros(len(one), np.bool_)
    parts = np.linspace(0, len(one), count + 1).astype(int).tolist()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(
            lambda p: _clear(model.z, one, two, ignore, parts[p], parts[p + 1], clear), range(count)
        ))  # fmt: skip
    return clear


def _points(given: ArrayLike, model: SurfaceModel) -> NDArray[np.float64]:
    """Return points as rows of row, column and altitude above the lowest cell [cells, m]."""
    points = np.atleast_2d(np.array(given, np.float64))
    ny, nx = model.shape
    if points.ndim != 2 or points.shape[1] != 3:
        raise error("JUM-G091", count=points.size, row="–", column="–")
    row, column = points[:, 0], points[:, 1]
    with np.errstate(invalid="ignore"):
        good = (row >= -0.5) & (row <= ny - 0.5) & (column >= -0.5) & (column <= nx - 0.5)
    good &= np.isfinite(points).all(axis=1)
    if not good.all():
        first = points[~good][0]
        raise error("JUM-G091", count=int((~good).sum()), row=float(first[0]),
                    column=float(first[1]))  # fmt: skip
    i = np.clip(np.rint(row), 0, ny - 1).astype(int)
    j = np.clip(np.rint(column), 0, nx - 1).astype(int)
    points[:, 2] += model.z[i, j]
    return points


@njit(cache=True, nogil=True, error_model="numpy")
def _clear(
    z: NDArray[np.float32],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    ignore: float,
    first: int,
    last: int,
    clear: NDArray[np.bool_],
) -> None:
    """Fill which of the pairs from first to last see each other."""
    ny, nx = z.shape
    for k in range(first, last):
        y, x, h = start[k, 0], start[k, 1], start[k, 2]
        dy, dx, dh = end[k, 0] - y, end[k, 1] - x, end[k, 2] - h
        length = np.sqrt(dx * dx + dy * dy)
        seen = True
        if length > 2.0 * ignore:
            margin = ignore / length
            for axis in range(2):
                origin, run = (x, dx) if axis == 0 else (y, dy)
                if run == 0.0:
                    continue
                low = int(np.ceil(min(origin, origin + run)))
                high = int(np.floor(max(origin, origin + run)))
                for cross in range(low, high + 1):
                    t = (cross - origin) / run
                    if t < margin or t > 1.0 - margin:
                        continue
                    other = (y + t * dy) if axis == 0 else (x + t * dx)
                    side = ny if axis == 0 else nx
                    other = min(max(other, 0.0), side - 1.0)
                    i = min(int(other), max(side - 2, 0))
                    f = other - i
                    nearest = min(i + 1, side - 1)
                    if axis == 0:
                        surface = z[i, cross] * (1.0 - f) + z[nearest, cross] * f
                    else:
                        surface = z[cross, i] * (1.0 - f) + z[cross, nearest] * f
                    if surface > h + t * dh:
                        seen = False
                        break
                if not seen:
                    break
        clear[k] = seen
