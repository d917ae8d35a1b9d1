# SPDX-License-Identifier: EUPL-1.2
"""A large surface by windows: each with a margin around it, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.ground.horizon import checked_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 1000
"""Side of a window: a tile of the twin [cells]."""
HALO = 500
"""Margin around a window: beyond, 10 m of height hide less than 1.2° at one metre [cells]."""


class Window(NamedTuple):
    """Part of a raster and the same with its margin.

    Parameters
    ----------
    rows, columns : slice
        The window in the raster.
    outer_rows, outer_columns : slice
        With the margin, cut at the edges of the raster.
    """

    rows: slice
    columns: slice
    outer_rows: slice
    outer_columns: slice

    def inner(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the window out of an array of the outer part.

        Parameters
        ----------
        values : (…, rows, columns) array
            Of the outer part [any unit]; its last two axes are cut.
        """
        top = self.rows.start - self.outer_rows.start
        left = self.columns.start - self.outer_columns.start
        tall = self.rows.stop - self.rows.start
        wide = self.columns.stop - self.columns.start
        return values[..., top : top + tall, left : left + wide]


def windows(rows: int, columns: int, *, side: int = SIDE, halo: int = HALO) -> Iterator[Window]:
    """Yield the windows of a raster, row by row from the north-west.

    Parameters
    ----------
    rows, columns : int
        Of the raster [cells].
    side : int
        Of a window [cells].
    halo : int
        Width of the margin [cells].

    Raises
    ------
    InvalidError
        ``JUM-G085`` for a side or a margin that is not a number of cells.
    """
    side = checked_count(side, "side", 1_000_000)
    halo = checked_count(halo, "halo", 1_000_000) if halo else 0
    for top in range(0, rows, side):
        for left in range(0, columns, side):
            bottom, right = min(top + side, rows), min(left + side, columns)
            yield Window(
                slice(top, bottom),
                slice(left, right),
                slice(max(0, top - halo), min(rows, bottom + halo)),
                slice(max(0, left - halo), min(columns, right + halo)),
            )


def by_windows(
    read: Callable[[slice, slice], NDArray[Any]],
    rows: int,
    columns: int,
    compute: Callable[[NDArray[Any], Window], NDArray[Any]],
    *,
    side: int = SIDE,
    halo: int = HALO,
) -> Iterator[tuple[Window, NDArray[Any]]]:
    """Compute a raster window by window, each with what stands around it.

    Parameters
    ----------
    read : callable
        Given rows and columns as slices, returns that part of the surface [m].
    rows, columns : int
        Of the whole surface [cells].
    compute : callable
        Given the outer part [m] and its window, returns an array whose last two axes are it;
        for instance ``lambda z, w: solar(z, latitude=45.2, longitude=0.7, far=skyline_of(w))``.
    side, halo : int
        As :func:`windows`.

    Yields
    ------
    Window
        Where the result belongs.
    array
        The result without the margin.

    Notes
    -----
    What stands farther than the margin is left to a far horizon
    (:func:`jumeau.ground.far_horizon.skyline` with ``near`` at the width of the margin).
    """
    for window in windows(rows, columns, side=side, halo=halo):
        outer = read(window.outer_rows, window.outer_columns)
        yield window, window.inner(compute(outer, window))
