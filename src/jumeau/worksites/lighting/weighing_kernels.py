# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernels of re-weighting: contributions packed in runs, and their weighted sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHOLE = 32
"""Runs are summed by so many cells at a time: as many values are read after the last one."""

_F, _U = np.float32, np.uint32
# 16 bits: 5 of exponent, 11 of mantissa. The largest value of a run is scaled to [1, 2), so that
# exponents 2⁻³⁰ … 2⁰ of single precision are codes 1 … 31; code 0 is 0. Shifted back, a code is the
# bits of its value times 2⁻⁹⁶, which the weight of the run makes up for: nothing else to decode.
_SHIFT = _U(12)
_BIAS = _U((127 - 31) << 23)
_HALF = _U(1 << 11)
_RAISE = _F(2.0**96)
STEP = 16
"""Runs of 16 bits are kept in whole steps of so many cells, the last filled with zeros."""


def steps(runs: NDArray[np.int32]) -> int:
    """Return the values that runs of 16 bits take, each in whole steps."""
    return int(((runs[:, 3].astype(np.int64) + STEP - 1) // STEP * STEP).sum())


@njit(cache=True, nogil=True, error_model="numpy")
def trim(
    values: NDArray[np.float32],
    runs: NDArray[np.int32],
    count: int,
    lamp: NDArray[np.int64],
) -> tuple[int, int]:
    """Drop the zeros at both ends of runs, in place, and name the lamps as they were given.

    Parameters
    ----------
    values : (q,) float32 array
        Contributions, run after run [lx].
    runs : (r, 4) int32 array
        Lamp, row, first column, number of cells.
    count : int
        Number of runs.
    lamp : (n,) array
        Number of each lamp in what was given.

    Returns
    -------
    (int, int)
        Values and runs left.
    """
    read, write, left = 0, 0, 0
    for k in range(count):
        size = runs[k, 3]
        begin, end = 0, size
        while begin < end and values[read + begin] == 0.0:
            begin += 1
        while end > begin and values[read + end - 1] == 0.0:
            end -= 1
        if end > begin:
            for j in range(end - begin):
                values[write + j] = values[read + begin + j]
            write += end - begin
            runs[left, 0], runs[left, 1] = lamp[runs[k, 0]], runs[k, 1]
            runs[left, 2], runs[left, 3] = runs[k, 2] + begin, end - begin
            left += 1
        read += size
    return write, left


@njit(cache=True, nogil=True, error_model="numpy")
def shorten(
    values: NDArray[np.float32],
    runs: NDArray[np.int32],
    short: NDArray[np.uint16],
    scale: NDArray[np.float32],
) -> None:
    """Put contributions in 16 bits, with a scale for each run.

    Parameters
    ----------
    values : (q,) float32 array
        Contributions [lx].
    runs : (r, 4) int32 array
        Lamp, row, first column, number of cells.
    short : (s,) uint16 array
        Zeros as :func:`steps` counts them; receives the codes.
    scale : (r,) float32 array
        Receives the scales.
    """
    one = np.empty(1, np.float32)
    bits = one.view(np.uint32)
    at, to = 0, 0
    for k in range(runs.shape[0]):
        most = _F(0.0)
        for j in range(runs[k, 3]):
            most = max(most, values[at + j])
        one[0] = most
        bits[0] &= _U(0x7F800000)  # the power of two under it
        power = max(one[0], _F(1e-30))
        scale[k] = power
        for j in range(runs[k, 3]):
            one[0] = values[at + j] / power
            code = bits[0] + _HALF
            if code >= _BIAS + _U(1 << 23):
                short[to + j] = np.uint16(min((code - _BIAS) >> _SHIFT, _U(65535)))
        at += runs[k, 3]
        to += (runs[k, 3] + STEP - 1) // STEP * STEP


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def weigh(
    out: NDArray[np.float32],
    values: NDArray[np.float32],
    runs: NDArray[np.int32],
    factor: NDArray[np.float64],
) -> None:
    """Sum contributions with a factor for each lamp.

    Parameters
    ----------
    out : (rows, columns) float32 array
        Receives the illuminance [lx].
    values : (q,) float32 array
        Contributions, run after run, then :data:`WHOLE` zeros [lx].
    runs : (r, 4) int32 array
        Lamp, row, first column, number of cells; by rising row.
    factor : (n,) array
        Of each lamp.
    """
    rows, columns = out.shape
    total = np.zeros(columns + WHOLE, np.float64)
    k, at = 0, 0
    for row in range(rows):
        total[:] = 0.0
        while k < runs.shape[0] and runs[k, 1] == row:
            share, first, size = factor[runs[k, 0]], runs[k, 2], runs[k, 3]
            if share != 0.0:
                whole = (size + WHOLE - 1) // WHOLE * WHOLE
                lit, given = total[first : first + whole], values[at : at + whole]
                for j in range(whole):
                    weight = share if j < size else 0.0
                    lit[j] += weight * np.float64(given[j])
            at += size
            k += 1
        for j in range(columns):
            out[row, j] = _F(total[j])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def weigh_short(
    out: NDArray[np.float32],
    short: NDArray[np.uint16],
    runs: NDArray[np.int32],
    scale: NDArray[np.float32],
    factor: NDArray[np.float64],
) -> None:
    """Sum contributions of 16 bits with a factor for each lamp, in single precision as they are.

    Parameters
    ----------
    out : (rows, columns) float32 array
        Receives the illuminance [lx].
    short : (s,) uint16 array
        Codes, run after run, each in whole steps.
    runs : (r, 4) int32 array
        Lamp, row, first column, number of cells; by rising row.
    scale : (r,) float32 array
        Scale of each run [lx].
    factor : (n,) array
        Of each lamp.
    """
    rows, columns = out.shape
    total = np.zeros(columns + STEP, np.float32)
    k, at = 0, 0
    for row in range(rows):
        total[:] = _F(0.0)
        while k < runs.shape[0] and runs[k, 1] == row:
            first = runs[k, 2]
            whole = (runs[k, 3] + STEP - 1) // STEP * STEP
            share = _F(factor[runs[k, 0]]) * scale[k] * _RAISE
            if share != _F(0.0):
                here, there = np.uint64(first), np.uint64(at)  # no check of negative indices
                for j in range(np.uint64(whole)):
                    number = np.uint32(_U(short[there + j]) << _SHIFT).view(np.float32)
                    total[here + j] += share * number
            at += whole
            k += 1
        for j in range(columns):
            out[row, j] = total[j]
