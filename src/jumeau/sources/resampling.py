# SPDX-License-Identifier: EUPL-1.2
"""Grids of any cell size and origin onto the 1 m grid, exact on planes, axis by axis.

Along one axis, in source pixels, a target cell of centre *p* covers [p − h, p + h], h = 1/(2·step),
and pixel *i* has its centre at i + ½.

- Same size, same centres: values are copied, bit for bit.
- Finer pixels: mean weighted by the share of each pixel in the cell, when these shares are
  symmetrical about the centre (for pixels of 0.5 m centred on half-metres: ¼, ½, ¼); otherwise
  the mean over the cell of the piecewise linear interpolant, so that a plane stays a plane.
- Coarser or shifted pixels: linear interpolation between the two nearest centres.

Pixels that no file holds are first continued linearly from the two outermost ones
(:func:`continued`): the cells that need them would need the neighbouring tile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNED = 1e-4
"""Misalignment below which centres are the same [pixel]."""
COARSE = 5.0
"""Size of pixels from which interpolated lengths are rounded [m]."""
ROUNDING = np.float32(1 / 512)
"""Step of that rounding: less than a millimetre is lost [m]."""


class Axis(NamedTuple):
    """Weights of source pixels for the target cells of one axis.

    Parameters
    ----------
    pixel : (cells, taps) int64 array
        Source pixels, counted from the origin of the axis; any integer.
    weight : (cells, taps) float64 array
        Their weights; each row sums to 1.
    exact : bool
        Whether each cell is one pixel, with the same centre and size.
    """

    pixel: NDArray[np.int64]
    weight: NDArray[np.float64]
    exact: bool

    @property
    def span(self) -> tuple[int, int]:
        """First pixel that has a weight, and the one after the last."""
        used = self.pixel[self.weight != 0]
        return int(used.min()), int(used.max()) + 1

    def within(self, first: int, last: int) -> Axis:
        """Return the same weights with pixels counted from ``first``, before ``last``.

        Pixels out of [first, last) must have no weight.
        """
        inside = np.clip(self.pixel, first, last - 1) - first
        return Axis(inside, self.weight, self.exact)


def axis(centres: NDArray[np.float64], origin: float, step: float) -> Axis:
    """Return the weights of one axis.

    Parameters
    ----------
    centres : (cells,) array
        Centres of the target cells, as distances in the direction of the axis [m].
    origin : float
        Outer edge of pixel 0 [m].
    step : float
        Pixel size, positive [m].
    """
    p = (centres - origin) / step
    half = 0.5 / step
    nearest = np.floor(p).astype(np.int64)
    if abs(step - 1) < 1e-9 and bool((np.abs(p - nearest - 0.5) < ALIGNED).all()):
        return Axis(nearest[:, None], np.ones((len(p), 1)), True)
    if step < 1 - 1e-9:
        return Axis(*_mean(p, half), False)
    first = np.floor(p - 0.5 + 1e-9).astype(np.int64)
    share = np.clip(p - 0.5 - first, 0, 1)
    share[share < 1e-9] = 0
    weight = np.stack([1 - share, share], axis=1)
    return Axis(first[:, None] + np.arange(2), weight, False)


def _mean(p: NDArray[np.float64], half: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    taps = int(np.ceil(2 * half)) + 3
    index = np.floor(p - half).astype(np.int64)[:, None] - 1 + np.arange(taps)
    low, high = (p - half)[:, None], (p + half)[:, None]
    share = np.clip(np.minimum(high, index + 1) - np.maximum(low, index), 0, None) / (2 * half)
    centred = np.abs((share * (index + 0.5)).sum(axis=1) - p) < 1e-6
    linear = (_hat(high - index - 0.5) - _hat(low - index - 0.5)) / (2 * half)
    weight = np.where(centred[:, None], share, linear)
    weight[np.abs(weight) < 1e-9] = 0
    return index, weight / weight.sum(axis=1, keepdims=True)


def _hat(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral from −∞ to u of the triangle of base [−1, 1] and area 1."""
    u = np.clip(u, -1, 1)
    return np.where(u < 0, (1 + u) ** 2 / 2, 1 - (1 - u) ** 2 / 2)


def continued(
    values: NDArray[np.float32], there: NDArray[np.bool_], depth: int
) -> NDArray[np.float32]:
    """Fill the pixels that no file holds from those beside them, exactly on a plane.

    A pixel between two known ones is their mean; one beyond the last is 2·last − last but one.
    Columns are completed first, then rows, so that corners follow.

    Parameters
    ----------
    values : (ny, nx) float32 array
        Pixels, NaN for no data.
    there : (ny, nx) bool array
        Pixels that a file holds, no data included.
    depth : int
        Pixels filled beyond the last.

    Returns
    -------
    (ny, nx) float32 array
        A copy; NaN beyond the depth, and beyond pixels without data.
    """
    filled, known = values.copy(), there.copy()
    for grid, sure in ((filled, known), (filled.T, known.T)):
        for _ in range(depth):
            lines = np.flatnonzero(~sure.all(axis=0))
            if not lines.size:
                break
            former = sure[:, _around(lines, sure.shape[1])]
            place = {line: at for at, line in enumerate(_around(lines, sure.shape[1]))}
            for line in lines:
                _continue_line(grid, sure, former, place, int(line))
    return filled


def _around(lines: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    near = np.unique((lines[:, None] + np.arange(-2, 3)).ravel())
    return near[(near >= 0) & (near < count)]


def _continue_line(
    grid: NDArray[np.float32],
    sure: NDArray[np.bool_],
    former: NDArray[np.bool_],
    place: dict[int, int],
    line: int,
) -> None:
    """Fill the unknown pixels of one column from the columns known before this round."""
    wanted = ~former[:, place[line]]
    sides = []
    for step in (-1, 1):
        near, far = line + step, line + 2 * step
        if not 0 <= near < grid.shape[1]:
            continue
        usable = wanted & former[:, place[near]]
        if not usable.any():
            continue
        beyond = grid[:, near]
        if 0 <= far < grid.shape[1]:
            told = former[:, place[far]] & np.isfinite(grid[:, far])
            beyond = np.where(told, 2 * grid[:, near] - grid[:, far], grid[:, near])
        sides.append((usable, grid[:, near].copy(), beyond))
    for usable, _, beyond in sides:
        grid[usable, line] = beyond[usable]
        sure[usable, line] = True
    if len(sides) == 2:
        both = sides[0][0] & sides[1][0]
        grid[both, line] = (sides[0][1][both] + sides[1][1][both]) / 2


def resample(values: NDArray[np.float32], rows: Axis, columns: Axis) -> NDArray[np.float32]:
    """Bring values onto the target cells.

    Parameters
    ----------
    values : (ny, nx) float array
        Source pixels, NaN for no data.
    rows, columns : Axis
        Weights over these pixels.

    Returns
    -------
    (cells of rows, cells of columns) float32 array
        NaN where less than half of the weight is known.
    """
    if rows.exact and columns.exact:
        return values[np.ix_(rows.pixel[:, 0], columns.pixel[:, 0])].astype(np.float32)
    unknown = ~np.isfinite(values)
    if not unknown.any():
        return _weighted(values.astype(np.float64), rows, columns).astype(np.float32)
    total = _weighted(np.where(unknown, 0.0, values.astype(np.float64)), rows, columns)
    known = _weighted((~unknown).astype(np.float64), rows, columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known >= 0.5 - 1e-9, total / known, np.nan).astype(np.float32)


def rounded(cells: NDArray[np.float32], rows: Axis, columns: Axis) -> NDArray[np.float32]:
    """Round interpolated lengths to :data:`ROUNDING`; cells under a pixel's centre stay as given.

    The digits of a value interpolated between pixels some metres apart say nothing of the ground
    and are all that a file of it holds: without them it is a quarter smaller.

    Parameters
    ----------
    cells : (rows, columns) float32 array
        Cells that :func:`resample` gave [m].
    rows, columns : Axis
        Weights that gave them.
    """
    given = np.ix_(*((axis.weight.max(axis=1) > 1 - 1e-9) for axis in (rows, columns)))
    kept = cells[given]
    cells = (np.rint(cells / ROUNDING) * ROUNDING).astype(np.float32)
    cells[given] = kept
    return cells


def needing(wanted: NDArray[np.bool_], rows: Axis, columns: Axis) -> NDArray[np.bool_]:
    """Return the target cells that give a weight to some of the pixels wanted."""
    sized = (Axis(item.pixel, np.abs(item.weight), item.exact) for item in (rows, columns))
    down, across = sized
    touched: NDArray[np.bool_] = _weighted(wanted.astype(np.float64), down, across) > 1e-12
    return touched


def _weighted(values: NDArray[np.float64], rows: Axis, columns: Axis) -> NDArray[np.float64]:
    half = np.zeros((len(rows.pixel), values.shape[1]))
    for tap in range(rows.pixel.shape[1]):
        if rows.weight[:, tap].any():
            half += rows.weight[:, tap, None] * values[rows.pixel[:, tap]]
    full = np.zeros((len(rows.pixel), len(columns.pixel)))
    for tap in range(columns.pixel.shape[1]):
        if columns.weight[:, tap].any():
            full += columns.weight[:, tap] * half[:, columns.pixel[:, tap]]
    return full
