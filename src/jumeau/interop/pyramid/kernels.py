# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernels of the vector tiles: the rows of a window, the bytes of a layer.

All kernels release the interpreter's lock.

References
----------
Mapbox Vector Tile Specification 2.1 (CC BY 3.0 US); Protocol Buffers, « Encoding ».
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = int | np.int64

RUN = 512
"""Rows of a run, whose box is kept."""


@njit(cache=True, nogil=True)
def run_boxes(box: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the box of each run of rows: ndarray (runs, 4)."""
    runs = (len(box) + RUN - 1) // RUN
    out = np.empty((runs, 4), np.uint32)
    for run in range(runs):
        first = run * RUN
        a, b, c, d = box[first, 0], box[first, 1], box[first, 2], box[first, 3]
        for row in range(first + 1, min(first + RUN, len(box))):
            a, b = min(a, box[row, 0]), min(b, box[row, 1])
            c, d = max(c, box[row, 2]), max(d, box[row, 3])
        out[run, 0], out[run, 1], out[run, 2], out[run, 3] = a, b, c, d
    return out


@njit(cache=True, nogil=True)
def _touch(box: NDArray[np.uint32], west: int, north: int, east: int, south: int) -> bool:
    """Whether a box meets a window."""
    return bool(box[2] >= west and box[0] <= east and box[3] >= north and box[1] <= south)


@njit(cache=True, nogil=True)
def meet(
    box: NDArray[np.uint32],
    runs: NDArray[np.uint32],
    west: int,
    north: int,
    east: int,
    south: int,
) -> NDArray[np.int64]:
    """Return the rows whose box meets a window, increasing."""
    most = 0
    for run in range(len(runs)):
        if _touch(runs[run], west, north, east, south):
            most += RUN
    out = np.empty(min(most, len(box)), np.int64)
    n = 0
    for run in range(len(runs)):
        if not _touch(runs[run], west, north, east, south):
            continue
        for row in range(run * RUN, min((run + 1) * RUN, len(box))):
            if _touch(box[row], west, north, east, south):
                out[n] = row
                n += 1
    return out[:n]


# -- bytes -----------------------------------------------------------------------------------
@njit(cache=True, nogil=True)
def _size(value: Whole) -> int:
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@njit(cache=True, nogil=True)
def _varint(out: NDArray[np.uint8], at: int, value: Whole) -> int:
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, nogil=True)
def distinct(codes: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the place of each code among the distinct ones, −1 for no value, and those."""
    size = 16
    while size < 2 * len(codes):
        size *= 2
    keys = np.full(size, -1, np.int32)
    numbers = np.empty(size, np.int32)
    out = np.empty(len(codes), np.int32)
    found = np.empty(len(codes), np.int32)
    n = 0
    for i in range(len(codes)):
        code = codes[i]
        if code < 0:
            out[i] = -1
            continue
        slot = (np.int64(code) * 2654435761) & (size - 1)
        while keys[slot] != code and keys[slot] != -1:
            slot = (slot + 1) & (size - 1)
        if keys[slot] == -1:
            keys[slot], numbers[slot] = code, n
            found[n] = code
            n += 1
        out[i] = numbers[slot]
    return out, found[:n]


@njit(cache=True, nogil=True)
def gather(
    codes: NDArray[np.int32], blob: NDArray[np.uint8], ends: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return the entries of a dictionary at some codes, one after another."""
    total = 0
    for code in codes:
        total += ends[code + 1] - ends[code]
    out = np.empty(total, np.uint8)
    at = 0
    for code in codes:
        for i in range(ends[code], ends[code + 1]):
            out[at] = blob[i]
            at += 1
    return out


@njit(cache=True, nogil=True)
def features(
    kinds: NDArray[np.uint8],
    tags: NDArray[np.int32],
    stream: NDArray[np.uint32],
    counts: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Write the features of a layer.

    Parameters
    ----------
    kinds : ndarray (n,)
        Kind of each geometry.
    tags : ndarray (columns, n)
        Value of each attribute, −1 where there is none.
    stream, counts
        What :func:`commands` returned.
    """
    columns, n = tags.shape
    sizes = np.empty((n, 3), np.int64)  # of the feature, its tags, its geometry
    total, at = 0, 0
    for row in range(n):
        geometry = 0
        for i in range(at, at + counts[row]):
            geometry += _size(np.int64(stream[i]))
        at += counts[row]
        tagged = 0
        for column in range(columns):
            if tags[column, row] >= 0:
                tagged += _size(column) + _size(np.int64(tags[column, row]))
        body = 3 + _size(geometry) + geometry
        if tagged:
            body += 1 + _size(tagged) + tagged
        sizes[row, 0], sizes[row, 1], sizes[row, 2] = body, tagged, geometry
        if counts[row]:
            total += 1 + _size(body) + body
    out = np.empty(total, np.uint8)
    to, at = 0, 0
    for row in range(n):
        if not counts[row]:
            continue
        out[to] = 0x12
        to = _varint(out, to + 1, sizes[row, 0])
        if sizes[row, 1]:
            out[to] = 0x12
            to = _varint(out, to + 1, sizes[row, 1])
            for column in range(columns):
                if tags[column, row] >= 0:
                    to = _varint(out, to, column)
                    to = _varint(out, to, np.int64(tags[column, row]))
        out[to], out[to + 1], out[to + 2] = 0x18, kinds[row], 0x22
        to = _varint(out, to + 3, sizes[row, 2])
        for i in range(at, at + counts[row]):
            to = _varint(out, to, np.int64(stream[i]))
        at += counts[row]
    return out
