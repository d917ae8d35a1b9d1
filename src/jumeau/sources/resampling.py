# SPDX-License-Identifier: EUPL-1.2
"""Grids of any cell size and origin onto the 1 m grid, exact on planes, axis by axis.

Along one axis, in source pixels, a target cell of centre *p* covers [p − h, p + h], h = 1/(2·step),
and pixel *i* has its centre at i + ½.

- Same size, same centres: values are copied, bit for bit.
- Finer pixels: mean weighted by the share of each pixel in the cell, when these shares are
  symmetrical about the centre (for pixels of 0.5 m centred on half-metres: ¼, ½, ¼); otherwise
  the mean over the cell of the piecewise linear interpolant, so that a plane stays a plane.
- Coarser or shifted pixels: linear interpolation between the two nearest centres.

Beyond the outermost centres the two outer pixels are continued linearly, and the cell is counted
as an edge cell: it would need the neighbouring tile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNED = 1e-4
"""Misalignment below which centres are the same [pixel]."""


class Axis(NamedTuple):
    """Weights of source pixels for the target cells of one axis.

    Parameters
    ----------
    pixel : (cells, taps) int64 array
        Source pixels.
    weight : (cells, taps) float64 array
        Their weights; each row sums to 1.
    edge : (cells,) bool array
        Cells that needed pixels outside the source.
    exact : bool
        Whether each cell is one pixel, with the same centre and size.
    """

    pixel: NDArray[np.int64]
    weight: NDArray[np.float64]
    edge: NDArray[np.bool_]
    exact: bool

    def part(self, cells: slice) -> tuple[slice, Axis]:
        """Return the source pixels that some cells need, and the weights over these only."""
        pixel = self.pixel[cells]
        first, last = int(pixel.min()), int(pixel.max())
        return slice(first, last + 1), Axis(
            pixel - first, self.weight[cells], self.edge[cells], self.exact
        )


def axis(centres: NDArray[np.float64], origin: float, step: float, count: int) -> Axis:
    """Return the weights of one axis.

    Parameters
    ----------
    centres : (cells,) array
        Centres of the target cells, as distances in the direction of the axis [m].
    origin : float
        Outer edge of the first pixel [m].
    step : float
        Pixel size, positive [m].
    count : int
        Number of pixels.
    """
    p = (centres - origin) / step
    half = 0.5 / step
    nearest = np.floor(p).astype(np.int64)
    same = abs(step - 1) < 1e-9 and bool((np.abs(p - nearest - 0.5) < ALIGNED).all())
    if same and nearest.min() >= 0 and nearest.max() < count:
        ones = np.ones((len(p), 1))
        return Axis(nearest[:, None], ones, np.zeros(len(p), bool), True)
    if step < 1 - 1e-9:
        index, weight = _mean(p, half)
    else:
        first = np.floor(p - 0.5).astype(np.int64)
        share = p - 0.5 - first
        index = first[:, None] + np.arange(2)
        weight = np.stack([1 - share, share], axis=1)
    return _inside(index, weight, count)


def _mean(p: NDArray[np.float64], half: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    taps = int(np.ceil(2 * half)) + 3
    index = np.floor(p - half).astype(np.int64)[:, None] - 1 + np.arange(taps)
    low, high = (p - half)[:, None], (p + half)[:, None]
    share = np.clip(np.minimum(high, index + 1) - np.maximum(low, index), 0, None) / (2 * half)
    centred = np.abs((share * (index + 0.5)).sum(axis=1) - p) < 1e-6
    linear = (_hat(high - index - 0.5) - _hat(low - index - 0.5)) / (2 * half)
    weight = np.where(centred[:, None], share, linear)
    weight[np.abs(weight) < 1e-12] = 0
    return index, weight / weight.sum(axis=1, keepdims=True)


def _hat(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral from −∞ to u of the triangle of base [−1, 1] and area 1."""
    u = np.clip(u, -1, 1)
    return np.where(u < 0, (1 + u) ** 2 / 2, 1 - (1 - u) ** 2 / 2)


def _inside(index: NDArray[np.int64], weight: NDArray[np.float64], count: int) -> Axis:
    """Bring weights on pixels that do not exist to the two outer ones, continued linearly."""
    before = np.where(index < 0, -index, 0)
    after = np.where(index >= count, index - count + 1, 0)
    outside = (before > 0) | (after > 0)
    edge = (outside & (weight != 0)).any(axis=1)
    taps = weight * ~outside
    index = np.clip(index, 0, count - 1)
    if not edge.any():
        return Axis(index, taps, edge, False)
    # Pixel −m is worth (1 + m)·first − m·second, and alike at the other end.
    m0, m1 = (weight * before).sum(axis=1), (weight * after).sum(axis=1)
    w0 = (weight * (before > 0)).sum(axis=1)
    w1 = (weight * (after > 0)).sum(axis=1)
    second = 1 if count > 1 else 0
    extra_index = np.tile([0, second, count - 1, count - 1 - second], (len(index), 1))
    extra_weight = np.stack([w0 + m0, -m0, w1 + m1, -m1], axis=1)
    return Axis(
        np.concatenate([index, extra_index], axis=1),
        np.concatenate([taps, extra_weight], axis=1),
        edge,
        False,
    )


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
