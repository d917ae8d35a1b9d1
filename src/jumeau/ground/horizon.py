# SPDX-License-Identifier: EUPL-1.2
"""Horizon: how high the surroundings stand in each direction, from every cell of a surface.

Two readings of a raster are offered and both are exact in the limit of many lines: ``linear``, a
surface through the centres of cells (bilinear between them), and ``boxes``, flat-topped cells
whose walls stand on their edges. The observer is on the surface, at the centre of its cell, and
its own cell hides nothing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.surface_model import Measured, SurfaceModel, measured, surface_model

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from jumeau.ground.far_horizon import Skyline

Reading = Literal["linear", "boxes"]
LINES = 6
"""Lines swept for each row of cells: 98 % of horizons are then within 1° of exact rays."""
MOST = 3600
"""Most directions of one call: one each tenth of a degree."""


def horizon(
    dsm: ArrayLike | SurfaceModel,
    directions: int,
    *,
    cell_size: float = 1.0,
    far: Skyline | None = None,
    surface: Reading = "linear",
    lines: int = LINES,
    threads: int | None = None,
) -> Measured:
    """Compute the horizon of every cell by sweeps of scan lines (upper convex hull).

    Parameters
    ----------
    dsm : (ny, nx) array
        Altitude of what is seen from above [m], row 0 north; NaN where it is not known: it hides
        nothing, and its own horizon is NaN.
    directions : int
        Number of directions, evenly spaced, the first to the north, then clockwise.
    cell_size : float
        Side of a cell [m].
    far : Skyline, optional
        Relief beyond the raster (:func:`jumeau.ground.far_horizon.skyline`), in the same
        directions; the higher of the two counts.
    surface : {"linear", "boxes"}
        Linear between the centres of cells, or cells with flat tops and walls on their edges: half
        a cell nearer. Take boxes for a raster made of footprints and heights.
    lines : int
        Lines swept for each row of cells.
    threads : int, optional
        Threads; all processors by default. The answer does not depend on it.

    Returns
    -------
    (directions, ny, nx) float32 array
        Angle above the horizontal [°], 0 when nothing stands above the cell. Its attribute
        ``findings`` tells holes and spikes.

    Raises
    ------
    InvalidError
        ``JUM-G080`` to ``JUM-G084`` for a surface that cannot be read, ``JUM-G085`` for a number of
        directions, lines or threads that is not one.

    Notes
    -----
    h = max over the ray of atan((z − z₀)/d). For each direction the surface is sampled along
    parallel lines, at every row and column that they cross; seen from a point that moves back along
    a line, what may still be seen is the upper convex hull of the points ahead: a stack, each point
    entering and leaving once, so that a cell costs the same whatever the range. A cell takes the
    slopes of the two lines that pass nearest to its centre, interpolated.

    References
    ----------
    L. Timonen and J. Westerholm, *Scalable height field self-shadowing*, Eurographics 2010.
    """
    model = surface_model(dsm, cell_size)
    azimuths = checked_directions(directions)
    result = np.empty((azimuths.size, *model.shape), np.float32)
    sweeps = Sweeps(model, surface=surface, lines=lines, threads=threads)
    for d, slope in sweeps.slopes(azimuths):
        if far is not None:
            far.raise_slopes(slope, d, model, azimuths.size)
        np.degrees(np.arctan(slope, out=result[d]), out=result[d])
        result[d][~model.known] = np.nan
    return measured(result, model.findings)


def checked_directions(directions: int) -> NDArray[np.float64]:
    """Return evenly spaced azimuths, the first to the north.

    Parameters
    ----------
    directions : int
        How many [-].

    Returns
    -------
    (directions,) array
        Clockwise from north [rad].

    Raises
    ------
    InvalidError
        ``JUM-G085`` when it is not a whole number from 1 to :data:`MOST`.
    """
    count = checked_count(directions, "directions", MOST)
    return 2.0 * math.pi * np.arange(count) / count


def checked_count(value: int, name: str, most: int) -> int:
    """Return a whole number from 1 to a limit.

    Parameters
    ----------
    value : int
        The number [-].
    name : str
        What it counts, for the message.
    most : int
        The limit [-].

    Raises
    ------
    InvalidError
        ``JUM-G085`` when it is not one.
    """
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if whole != value or not 1 <= whole <= most:
        raise error("JUM-G085", name=name, given=str(value), most=most)
    return whole


def checked_threads(threads: int | None) -> int:
    """Return the number of threads to use.

    Parameters
    ----------
    threads : int or None
        As given; all processors for ``None`` [-].

    Raises
    ------
    InvalidError
        ``JUM-G085`` when it is not a whole number from 1.
    """
    return (os.cpu_count() or 1) if threads is None else checked_count(threads, "threads", 1024)


@dataclass(frozen=True)
class _Side:
    """The surface in one orientation, and the observers on it, ready for the kernels."""

    z: NDArray[np.float32]
    index: NDArray[np.int32] | None
    height: NDArray[np.float32] | None
    order: NDArray[np.int64] | None


class Sweeps:
    """A surface ready to be swept in many directions.

    Parameters
    ----------
    model : SurfaceModel
        The surface.
    surface, lines, threads
        As :func:`horizon`.
    observers : tuple of arrays, optional
        Rows, columns and heights [m, as ``model.z``; NaN: on the surface] of points; every cell,
        on the surface, by default.

    Raises
    ------
    InvalidError
        ``JUM-G085`` for lines or threads that are not a number of them, ``JUM-G088`` for another
        reading of the surface.
    """

    def __init__(
        self,
        model: SurfaceModel,
        *,
        surface: Reading = "linear",
        lines: int = LINES,
        threads: int | None = None,
        observers: tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None = None,
    ) -> None:
        if surface not in ("linear", "boxes"):
            raise error("JUM-G088", given=str(surface))
        self.model = model
        self.boxes = surface == "boxes"
        self.lines = checked_count(lines, "lines", 64)
        self.threads = checked_threads(threads)
        z = np.pad(model.z / np.float32(model.cell_size), 1, mode="edge")
        if observers is None:
            self.count = 0
            self.sides = [_Side(side, None, None, None) for side in (z, _turned(z))]
            return
        rows, columns, heights = (np.asarray(part) for part in observers)
        heights = (heights / model.cell_size).astype(np.float32)
        self.count = heights.size
        self.sides = [
            _side(z, rows, columns, heights),
            _side(_turned(z), columns, rows, heights),
        ]

    def slopes(
        self, azimuths: NDArray[np.float64]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:  # fmt: skip
        """Yield the horizon in several directions, in order, as threads finish them.

        Parameters
        ----------
        azimuths : (n,) array
            Clockwise from north [rad].

        Yields
        ------
        int
            Number of the azimuth.
        float32 array
            Slopes of the horizon, of the surface's shape or one an observer, new each time [-].
        """
        with ThreadPoolExecutor(self.threads) as pool:
            for begin in range(0, azimuths.size, self.threads):
                batch = azimuths[begin : begin + self.threads]
                yield from enumerate(pool.map(self.slope, batch), begin)

    def slope(self, azimuth: float) -> NDArray[np.float32]:
        """Return the slopes of the horizon in one direction.

        Parameters
        ----------
        azimuth : float
            Clockwise from north [rad].

        Returns
        -------
        float32 array
            Of the surface's shape, or one an observer [-].
        """
        from jumeau.ground.horizon_sweep import sweep_boxes, sweep_linear

        east, south = math.sin(azimuth), -math.cos(azimuth)
        turned = abs(south) > abs(east) * (1.0 + 1e-12)
        side = self.sides[turned]
        along, across = (south, east) if turned else (east, south)
        m = across / along
        m = float(np.rint(m)) if abs(m - np.rint(m)) < 1e-9 else m
        ny, nx = side.z.shape[0] - 2, side.z.shape[1] - 2
        # A line along the rows or their diagonal passes through every centre: one is enough.
        phases = 1 if m in (-1.0, 0.0, 1.0) else self.lines
        y = np.arange(phases)[:, None] / phases + m * np.arange(nx)[None, :]
        start = np.floor(y + 0.5)
        offset = (y - start).astype(np.float32)
        start = start.astype(np.int32)
        out = np.zeros(side.z.size if side.height is None else self.count, np.float32)
        (sweep_boxes if self.boxes else sweep_linear)(
            side.z, start, offset, -int(start.max()), ny - int(start.min()), m,
            1 if along > 0 else -1, side.index, side.height, out,
        )  # fmt: skip
        out *= np.float32(1.0 / math.hypot(1.0, m))
        if side.order is not None:
            back = np.empty_like(out)
            back[side.order] = out
            return back
        inner = out.reshape(side.z.shape)[1:-1, 1:-1]
        return _turned(inner) if turned else inner


def _turned(values: NDArray[Any]) -> NDArray[Any]:
    """Return rows as columns, contiguous; by blocks, which stay in the cache."""
    result = np.empty(values.shape[::-1], values.dtype)
    for row in range(0, values.shape[0], 64):
        result[:, row : row + 64] = values[row : row + 64].T
    return result


def _side(
    z: NDArray[np.float32], rows: NDArray[Any], columns: NDArray[Any], heights: NDArray[np.float32]
) -> _Side:
    """Sort observers by the cell that holds them."""
    cell = (rows.astype(np.int64) + 1) * z.shape[1] + columns + 1
    order = np.argsort(cell, kind="stable")
    index = np.searchsorted(cell[order], np.arange(z.size)).astype(np.int32)
    return _Side(z, index.reshape(z.shape), heights[order], order)
