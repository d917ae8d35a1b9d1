# SPDX-License-Identifier: EUPL-1.2
"""The one grid: 1 m cells centred on integer metres, in tiles of 1 km named as IGN names them.

A cell of centre (cx, cy) covers [cx − 0.5, cx + 0.5) × (cy − 0.5, cy + 0.5]: a point on an edge
belongs to the cell east or south of it, as in a raster read from its north-west corner. Tile
(X, Y) holds the centres x = 1000·X … 1000·X + 999 and y = 1000·Y, 1000·Y − 1 … 1000·Y − 999.
Row 0 of every array is north. Bounds are (xmin, ymin, xmax, ymax) of outer cell edges, hence
numbers of the form n + 0.5.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.base.errors import error

if TYPE_CHECKING:
    from affine import Affine
    from numpy.typing import ArrayLike, NDArray

CELL = 1.0
"""Cell size [m]."""
TILE = 1000
"""Cells on the side of a tile."""
TOLERANCE = 1e-6
"""Distance below which a coordinate is taken to be on a cell edge [m]."""

_NAME = re.compile(r"(-?\d{3,})_(-?\d{3,})")


class Tile(NamedTuple):
    """A tile of 1000 × 1000 cells, named by the kilometres of its north-west cell.

    Parameters
    ----------
    x, y : int
        Kilometre of the westernmost and of the northernmost cell centres [km].
    """

    x: int
    y: int

    @property
    def name(self) -> str:
        """Name of the tile, ``XXXX_YYYY``."""
        return f"{self.x:04d}_{self.y:04d}"

    @property
    def bounds(self) -> Bounds:
        """Outer edges (xmin, ymin, xmax, ymax) [m]."""
        west, north = TILE * self.x - 0.5, TILE * self.y + 0.5
        return (west, north - TILE, west + TILE, north)

    @classmethod
    def parse(cls, name: str) -> Tile:
        """Return the tile of a name such as ``0767_6281``.

        Raises
        ------
        InvalidError
            ``JUM-B011`` when the text is not a tile name.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise error("JUM-B011", name=name)
        return cls(int(match[1]), int(match[2]))


def check(bounds: Bounds) -> Bounds:
    """Return bounds as four floats, or refuse what is not a rectangle.

    Parameters
    ----------
    bounds : sequence of 4 float
        (xmin, ymin, xmax, ymax) [m].

    Raises
    ------
    InvalidError
        ``JUM-B010`` when there are not four finite numbers or when min exceeds max.
    """
    try:
        xmin, ymin, xmax, ymax = (float(value) for value in bounds)
    except (TypeError, ValueError):
        raise error("JUM-B010", bounds=str(bounds)) from None
    finite = all(math.isfinite(value) for value in (xmin, ymin, xmax, ymax))
    if not finite or xmin > xmax or ymin > ymax:
        raise error("JUM-B010", bounds=str(tuple(bounds)))
    return (xmin, ymin, xmax, ymax)


def snap(bounds: Bounds) -> Bounds:
    """Return the smallest bounds on cell edges (n + 0.5) that contain the given ones.

    Bounds already on edges, to within :data:`TOLERANCE`, come back on these edges. Bounds without
    width or height become those of the cell that holds them.

    Parameters
    ----------
    bounds : sequence of 4 float
        (xmin, ymin, xmax, ymax) [m].

    Returns
    -------
    tuple of 4 float
        Outer cell edges [m].
    """
    xmin, ymin, xmax, ymax = check(bounds)
    west, south = _floor(xmin + 0.5), _floor(ymin + 0.5)
    east, north = _ceil(xmax + 0.5), _ceil(ymax + 0.5)
    if east == west:
        east += 1
    if north == south:
        south -= 1
    return (west - 0.5, south - 0.5, east - 0.5, north - 0.5)


def shape(bounds: Bounds) -> tuple[int, int]:
    """Return (rows, columns) of the cells that bounds cover once snapped."""
    xmin, ymin, xmax, ymax = snap(bounds)
    return (round(ymax - ymin), round(xmax - xmin))


def transform(bounds: Bounds) -> Affine:
    """Return the affine transform from (column, row) to (x, y) of bounds once snapped.

    Column 0, row 0 is the north-west corner; cells are 1 m.
    """
    from affine import Affine

    xmin, _, _, ymax = snap(bounds)
    return Affine(CELL, 0.0, xmin, 0.0, -CELL, ymax)


def centres(bounds: Bounds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cell centres of bounds once snapped.

    Returns
    -------
    x : (columns,) array
        From west to east [m].
    y : (rows,) array
        From north to south [m].
    """
    xmin, _, _, ymax = snap(bounds)
    rows, columns = shape(bounds)
    x = xmin + 0.5 + np.arange(columns, dtype=np.float64)
    return x, ymax - 0.5 - np.arange(rows, dtype=np.float64)


def cell_of(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the centres of the cells that hold points.

    Parameters
    ----------
    x, y : array_like
        Coordinates [m]; finite.

    Returns
    -------
    tuple of two int64 arrays
        Centres [m].

    Raises
    ------
    InvalidError
        ``JUM-B012`` when a coordinate is not finite.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
        raise error("JUM-B012")
    return (np.floor(xs + 0.5).astype(np.int64), np.ceil(ys - 0.5).astype(np.int64))


@overload
def tile_of(x: float, y: float) -> Tile: ...
@overload
def tile_of(
    x: NDArray[np.floating], y: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
def tile_of(
    x: float | NDArray[np.floating], y: float | NDArray[np.floating]
) -> Tile | tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tile that holds a point, or the (X, Y) arrays of the tiles of many points.

    Parameters
    ----------
    x, y : float or array
        Coordinates [m].
    """
    cx, cy = cell_of(x, y)
    tx, ty = cx // TILE, -(-cy // TILE)
    if np.ndim(x) == 0 and np.ndim(y) == 0:
        return Tile(int(tx), int(ty))
    return tx, ty


def tiles_of(bounds: Bounds) -> list[Tile]:
    """Return the tiles that bounds touch once snapped, from north to south and west to east."""
    xmin, ymin, xmax, ymax = snap(bounds)
    west, east = round(xmin + 0.5) // TILE, round(xmax - 0.5) // TILE
    north, south = -(-round(ymax - 0.5) // TILE), -(-round(ymin + 0.5) // TILE)
    return [Tile(x, y) for y in range(north, south - 1, -1) for x in range(west, east + 1)]


def intersection(a: Bounds, b: Bounds) -> Bounds | None:
    """Return the rectangle common to two bounds, or ``None`` when it has no area."""
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = check(a), check(b)
    common = (max(ax0, bx0), max(ay0, by0), min(ax1, bx1), min(ay1, by1))
    return common if common[0] < common[2] and common[1] < common[3] else None


def slices(inner: Bounds, outer: Bounds) -> tuple[slice, slice]:
    """Return the (rows, columns) of an array over ``outer`` that ``inner`` covers.

    Parameters
    ----------
    inner, outer : sequence of 4 float
        Bounds [m]; both are snapped, and ``inner`` must lie inside ``outer``.

    Raises
    ------
    InvalidError
        ``JUM-B013`` when ``inner`` leaves ``outer``.
    """
    ix0, iy0, ix1, iy1 = snap(inner)
    ox0, oy0, ox1, oy1 = snap(outer)
    if ix0 < ox0 or iy0 < oy0 or ix1 > ox1 or iy1 > oy1:
        raise error("JUM-B013", inner=str(tuple(inner)), outer=str(tuple(outer)))
    return (
        slice(round(oy1 - iy1), round(oy1 - iy0)),
        slice(round(ix0 - ox0), round(ix1 - ox0)),
    )


def _floor(value: float) -> int:
    near = round(value)
    return near if abs(value - near) <= TOLERANCE else math.floor(value)


def _ceil(value: float) -> int:
    near = round(value)
    return near if abs(value - near) <= TOLERANCE else math.ceil(value)
