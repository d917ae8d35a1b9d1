# SPDX-License-Identifier: EUPL-1.2
"""What each cell meets first when it follows the directions downstream.

Directions are those of :func:`jumeau.ground.terrain.flow_directions`: 1, 2, 4 … 128 from east
clockwise, 0 at an outlet, 247 without altitude. Each cell is passed twice at most, whatever the
length of the paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTLET, NODATA = 0, 247
_CODES = np.array([0, 1, 2, 4, 8, 16, 32, 64, 128, 247], np.uint8)


@njit(cache=True, nogil=True, error_model="numpy")
def moves() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows southward and the columns eastward of each code."""
    south, east = np.zeros(256, np.int64), np.zeros(256, np.int64)
    south[2:9] = 1
    south[32:129] = -1
    east[1:3] = east[128] = 1
    east[8:33] = -1
    return south, east


@njit(cache=True, nogil=True, error_model="numpy")
def follow(
    code: NDArray[np.uint8],
    known: NDArray[np.bool_],
    value: NDArray[Any],
    above: NDArray[Any],
    below: NDArray[Any],
    aside: Any,
) -> int:
    """Give each unknown cell of a band the value of the first known cell downstream, in place.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Directions [-]; an outlet must be known, unless `aside` is its value.
    known : (ny, nx) bool array
        Cells whose value is given [-]; all of them at the end.
    value : (ny, nx) array
        Values [-], completed.
    above, below : (nx,) arrays
        Values met beyond the first and the last row of the band [-].
    aside : number
        Value met beyond the other sides, and at an unknown outlet.

    Returns
    -------
    int
        −1, or the index of a cell from which the path never ends.
    """
    ny, nx = code.shape
    south, east = moves()
    for r in range(ny):
        for c in range(nx):
            if known[r, c]:
                continue
            y, x, steps = r, c, 0
            while True:
                k = code[y, x]
                if south[k] == 0 and east[k] == 0:
                    found = aside
                    break
                y, x = y + south[k], x + east[k]
                if x < 0 or x >= nx:
                    found = aside
                    break
                if y < 0:
                    found = above[x]
                    break
                if y >= ny:
                    found = below[x]
                    break
                if known[y, x]:
                    found = value[y, x]
                    break
                steps += 1
                if steps > code.size:
                    return r * nx + c
            y, x = r, c
            while 0 <= y < ny and 0 <= x < nx and not known[y, x]:
                known[y, x] = True
                value[y, x] = found
                k = code[y, x]
                y, x = y + south[k], x + east[k]
    return -1


def wrong(code: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the codes that do not exist, as they occur.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Directions [-].
    """
    return code[~np.isin(code, _CODES)]


@njit(cache=True, nogil=True, error_model="numpy")
def _ways_out(nx: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    above = np.arange(1, nx + 1).astype(np.int32)
    return above, above + np.int32(nx)


def rim(
    code: NDArray[np.uint8], known: NDArray[np.bool_], value: NDArray[Any], aside: Any
) -> tuple[NDArray[np.int32], NDArray[Any], int]:
    """Return what the first and the last row of a strip meet downstream, in it or beyond.

    Parameters
    ----------
    code : (ny, nx) uint8 array
        Directions of the strip [-].
    known : (ny, nx) bool array
        Cells whose value is given [-].
    value : (ny, nx) array
        Values [-].
    aside : number
        Value met beyond the sides of the raster.

    Returns
    -------
    way : (2·nx,) int32 array
        0 when the value is met in the strip; else 1 + the column of the last row of the strip
        above, or 1 + nx + that of the first row of the strip below, where the path goes on.
    met : (2·nx,) array
        Value met in the strip.
    turning : int
        −1, or the index of a cell from which the path never ends.
    """
    nx = code.shape[1]
    ways = np.zeros(code.shape, np.int32)
    turning = int(follow(code, known.copy(), ways, *_ways_out(nx), np.int32(0)))
    if turning < 0:
        outside = np.full(nx, aside, value.dtype)
        follow(code, known, value, outside, outside, value.dtype.type(aside))
    first_last = [0, -1]
    return ways[first_last].reshape(-1), value[first_last].reshape(-1), turning


@njit(cache=True, nogil=True, error_model="numpy")
def resolve(way: NDArray[np.int32], met: NDArray[Any], aside: Any) -> int:
    """Follow the paths that leave strips, in place: each place of a rim gets the value it meets.

    Parameters
    ----------
    way : (strips, 2·nx) int32 array
        Of :func:`rim` [-], strips from north to south; 0 at the end.
    met : (strips, 2·nx) array
        Values met [-]; completed.
    aside : number
        Value met beyond the raster.

    Returns
    -------
    int
        −1, or the place, strip after strip, of a rim that a path enters for ever.
    """
    strips, width = way.shape
    nx = width // 2
    for strip in range(strips):
        for place in range(width):
            if way[strip, place] == 0:
                continue
            b, i, steps = strip, place, 0
            found = aside
            while True:
                w = way[b, i]
                if w == 0:
                    found = met[b, i]
                    break
                b, i = (b - 1, nx + w - 1) if w <= nx else (b + 1, w - nx - 1)
                if b < 0 or b >= strips:
                    break
                steps += 1
                if steps > way.size:
                    return b * width + i
            b, i = strip, place
            while 0 <= b < strips and way[b, i]:
                w = way[b, i]
                way[b, i], met[b, i] = 0, found
                b, i = (b - 1, nx + w - 1) if w <= nx else (b + 1, w - nx - 1)
    return -1


def beyond(met: NDArray[Any], strip: int, aside: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values met beyond the first and the last row of a strip.

    Parameters
    ----------
    met : (strips, 2·nx) array
        Of :func:`resolve` [-].
    strip : int
        Which strip [-].
    aside : number
        Value met beyond the raster [-].
    """
    nx = met.shape[1] // 2
    outside = np.full(nx, aside, met.dtype)
    above = met[strip - 1, nx:] if strip else outside
    below = met[strip + 1, :nx] if strip + 1 < met.shape[0] else outside
    return above, below
