# SPDX-License-Identifier: EUPL-1.2
"""Cells that receive light, block by block, and the threads that fill them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from jumeau.worksites.lighting.surfaces import UP, slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Cells:
    """A grid of cells to light, inside the window of its surfaces.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    west, north : float
        Centre of the north-west cell [m].
    cell : float
        Side of a cell [m].
    ground : (ny, nx) array, optional
        Altitude of the ground in the window of the surfaces [m]; level at 0 when absent.
    corner : (int, int)
        Row and column, in that window, of the north-west cell.
    above : float
        Height of what receives light above the ground [m].
    normal : (3,) tuple, optional
        Unit normal of what receives light; the ground's own when ``None``.
    """

    shape: tuple[int, int]
    west: float
    north: float
    cell: float
    ground: NDArray[Any] | None = None
    corner: tuple[int, int] = (0, 0)
    above: float = 0.0
    normal: tuple[float, float, float] | None = UP

    def under(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of the cells under positions, the nearest ones outside [m].

        Parameters
        ----------
        x, y : (n,) arrays
            Positions [m].
        """
        if self.ground is None or not self.ground.size:
            return np.full(x.shape, self.above)
        column = np.rint((x - self.west) / self.cell) + self.corner[1]
        row = np.rint((self.north - y) / self.cell) + self.corner[0]
        column = np.clip(column, 0, self.ground.shape[1] - 1).astype(np.int64)
        row = np.clip(row, 0, self.ground.shape[0] - 1).astype(np.int64)
        found = np.asarray(self.ground[row, column], np.float64) + self.above
        lowest = np.nanmin(self.ground) if np.isfinite(self.ground).any() else 0.0
        return np.where(np.isfinite(found), found, lowest + self.above)

    def part(self) -> NDArray[Any] | None:
        """Return the ground of the cells themselves, without what surrounds them [m]."""
        if self.ground is None:
            return None
        i, j = self.corner
        return self.ground[i : i + self.shape[0], j : j + self.shape[1]]

    def lowest(self) -> float:
        """Return the height of the lowest cell [m]."""
        part = self.part()
        if part is None or not np.isfinite(part).any():
            return self.above
        return float(np.nanmin(part)) + self.above

    def targets(self, base: float) -> NDArray[np.float32]:
        """Return the heights of the cells above a datum, one for all on level ground [m].

        Parameters
        ----------
        base : float
            Datum [m].
        """
        part = self.part()
        if part is None:
            return np.full((1, 1), self.above - base, np.float32)
        heights = (part + (self.above - base)).astype(np.float32)
        heights[~np.isfinite(heights)] = 0.0
        return heights

    def block(
        self, rows: slice, columns: slice
    ) -> tuple[NDArray[np.float32], float, NDArray[np.float32]]:
        """Return the heights of a block, their datum and its normals.

        Parameters
        ----------
        rows, columns : slice
            The block.

        Returns
        -------
        level : (rows, columns) float32 array
            Heights above the datum; 0 where the ground is not known [m].
        base : float
            Datum [m].
        normal : (3, rows, columns) or (3, 1, 1) float32 array
            East, north, up.
        """
        one = np.array(UP if self.normal is None else self.normal, np.float32)[:, None, None]
        if self.ground is None:
            size = (rows.stop - rows.start, columns.stop - columns.start)
            return np.zeros(size, np.float32), self.above, one
        i, j = self.corner
        rows = slice(rows.start + i, rows.stop + i)
        columns = slice(columns.start + j, columns.stop + j)
        piece = np.asarray(self.ground[rows, columns], np.float64)
        known = np.isfinite(piece)
        base = float(piece[known].mean()) if known.any() else 0.0
        level = np.where(known, piece - base, 0.0).astype(np.float32)
        normal = slopes(self.ground, self.cell, rows, columns) if self.normal is None else one
        return level, base + self.above, normal


def together(work: Callable[[T], Any], items: Iterable[T], threads: int) -> list[Any]:
    """Return the results of a function on each item, in order, by so many threads.

    Parameters
    ----------
    work : callable
        Function that releases the interpreter's lock.
    items : iterable
        Its arguments.
    threads : int
        Threads; 1 stays in this one.
    """
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def threads_for(workers: int | None) -> int:
    """Return the threads to use: those asked, those of NUMBA_NUM_THREADS, or the cores given.

    Parameters
    ----------
    workers : int, optional
        Threads asked.
    """
    if workers:
        return workers
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else len(os.sched_getaffinity(0))
