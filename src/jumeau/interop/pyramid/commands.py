# SPDX-License-Identifier: EUPL-1.2
"""Compiled kernels of geometries: from positions in the world to the commands of a tile.

Positions are whole numbers of 2⁻³² of the Web Mercator square, y downwards: a tile unit is a power
of two of them. Shapes that lie in the tile, its margin included, are written as they are; the
others are cut first: rings by Sutherland and Hodgman, lines by Liang and Barsky.

References
----------
Mapbox Vector Tile Specification 2.1 (CC BY 3.0 US). Sutherland, I. E., Hodgman, G. W. (1974).
Reentrant polygon clipping. Liang, Y.-D., Barsky, B. A. (1984). A new concept and method for line
clipping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Real = float | np.float64

POINT, LINE, POLYGON = 1, 2, 3
PLAIN, SQUARE, STROKE = 0, 1, 2
"""Forms: as it is, a square on the middle of its box, a stroke along the line."""


class Frame(NamedTuple):
    """A tile and its margin.

    Parameters
    ----------
    west, north : float
        North-west corner of the tile [2⁻³² of the world].
    scale : float
        Tile units in a unit of the world.
    low, high_x, high_y : float
        Edges of the margin: west and north, east, south [tile unit].
    """

    west: float
    north: float
    scale: float
    low: float
    high: float


class Scratch(NamedTuple):
    """Room for one part: two rings of positions, one of rounded vertices."""

    ax: NDArray[np.float64]
    ay: NDArray[np.float64]
    bx: NDArray[np.float64]
    by: NDArray[np.float64]
    qx: NDArray[np.int64]
    qy: NDArray[np.int64]


class Pen(NamedTuple):
    """Where the next number goes, and the cursor."""

    at: int
    x: int
    y: int


@njit(cache=True, nogil=True)
def _inside(box: NDArray[np.uint32], window: tuple[int, int, int, int]) -> bool:
    """Whether a box lies in a window."""
    west, north, east, south = window
    return bool(box[0] >= west and box[1] >= north and box[2] <= east and box[3] <= south)


@njit(cache=True, nogil=True)
def _room(
    rows: NDArray[np.int64],
    parts: NDArray[np.int64],
    starts: NDArray[np.int64],
    box: NDArray[np.uint32],
    window: tuple[int, int, int, int],
) -> tuple[int, int]:
    """Return the most numbers that the commands of rows take, and the longest part."""
    total, longest = 0, 0
    for row in rows:
        first, last = parts[row], parts[row + 1]
        points = starts[last] - starts[first]
        inside = _inside(box[row], window)
        total += (2 if inside else 12) * points + 32 * (last - first) + 16
        for part in range(first, last):
            longest = max(longest, starts[part + 1] - starts[part])
    return total, longest


@njit(cache=True, nogil=True)
def _half_plane(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    n: int,
    side: int,
    edge: float,
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> int:
    """Cut a ring by one side of the window: 0 west, 1 east, 2 north, 3 south."""
    m = 0
    if n == 0:
        return 0
    px, py = x[n - 1], y[n - 1]
    for i in range(n):
        qx, qy = x[i], y[i]
        if side == 0:
            p, q = px - edge, qx - edge
        elif side == 1:
            p, q = edge - px, edge - qx
        elif side == 2:
            p, q = py - edge, qy - edge
        else:
            p, q = edge - py, edge - qy
        if (p >= 0) != (q >= 0):
            t = p / (p - q)
            if side < 2:
                u[m], v[m] = edge, py + t * (qy - py)
            else:
                u[m], v[m] = px + t * (qx - px), edge
            m += 1
        if q >= 0:
            u[m], v[m] = qx, qy
            m += 1
        px, py = qx, qy
    return m


@njit(cache=True, nogil=True)
def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


@njit(cache=True, nogil=True)
def _round(value: float) -> int:
    return int(np.floor(value + 0.5))


@njit(cache=True, nogil=True)
def _ring(
    qx: NDArray[np.int64],
    qy: NDArray[np.int64],
    n: int,
    hole: bool,
    out: NDArray[np.uint32],
    pen: Pen,
) -> Pen:
    """Write a ring whose vertices are rounded and differ from the one before, if it has an area."""
    at, cx, cy = pen
    while n > 1 and qx[n - 1] == qx[0] and qy[n - 1] == qy[0]:
        n -= 1
    if n < 3:
        return pen
    area = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        area += qx[i] * qy[j] - qx[j] * qy[i]
    if area == 0:
        return pen
    backwards = (area > 0) == hole  # y points down: an outer ring has a positive area
    out[at] = 9
    out[at + 1], out[at + 2] = _zigzag(qx[0] - cx), _zigzag(qy[0] - cy)
    cx, cy = qx[0], qy[0]
    out[at + 3] = 2 | ((n - 1) << 3)
    at += 4
    for i in range(1, n):
        j = n - i if backwards else i
        out[at], out[at + 1] = _zigzag(qx[j] - cx), _zigzag(qy[j] - cy)
        cx, cy = qx[j], qy[j]
        at += 2
    out[at] = 15
    return Pen(at + 1, cx, cy)


@njit(cache=True, nogil=True)
def _line(
    qx: NDArray[np.int64],
    qy: NDArray[np.int64],
    n: int,
    out: NDArray[np.uint32],
    pen: Pen,
) -> Pen:
    """Write a line whose vertices are rounded and differ from the one before."""
    at, cx, cy = pen
    if n < 2:
        return pen
    out[at] = 9
    out[at + 1], out[at + 2] = _zigzag(qx[0] - cx), _zigzag(qy[0] - cy)
    out[at + 3] = 2 | ((n - 1) << 3)
    cx, cy = qx[0], qy[0]
    at += 4
    for i in range(1, n):
        out[at], out[at + 1] = _zigzag(qx[i] - cx), _zigzag(qy[i] - cy)
        cx, cy = qx[i], qy[i]
        at += 2
    return Pen(at, cx, cy)


@njit(cache=True, nogil=True)
def _push(qx: NDArray[np.int64], qy: NDArray[np.int64], n: int, x: int, y: int) -> int:
    if n and qx[n - 1] == x and qy[n - 1] == y:
        return n
    qx[n], qy[n] = x, y
    return n + 1


@njit(cache=True, nogil=True)
def _square(
    box: NDArray[np.uint32],
    side: float,
    frame: Frame,
    room: Scratch,
    out: NDArray[np.uint32],
    pen: Pen,
) -> Pen:
    """Write a square of a side [tile unit] on the middle of a box."""
    x = ((np.int64(box[0]) + np.int64(box[2])) * 0.5 - frame.west) * frame.scale
    y = ((np.int64(box[1]) + np.int64(box[3])) * 0.5 - frame.north) * frame.scale
    left, top = _round(x - side * 0.5), _round(y - side * 0.5)
    width = max(1, _round(side))
    qx, qy = room.qx, room.qy
    qx[0], qy[0] = left, top
    qx[1], qy[1] = left + width, top
    qx[2], qy[2] = left + width, top + width
    qx[3], qy[3] = left, top + width
    return _ring(qx, qy, 4, False, out, pen)


@njit(cache=True, nogil=True)
def _stroke(
    box: NDArray[np.uint32],
    run: tuple[np.int64, np.int64],
    length: float,
    frame: Frame,
    room: Scratch,
    out: NDArray[np.uint32],
    pen: Pen,
) -> Pen:
    """Write a stroke of a length [tile unit] on the middle of a box, along a direction."""
    x = ((np.int64(box[0]) + np.int64(box[2])) * 0.5 - frame.west) * frame.scale
    y = ((np.int64(box[1]) + np.int64(box[3])) * 0.5 - frame.north) * frame.scale
    dx, dy = float(run[0]), float(run[1])
    away = np.sqrt(dx * dx + dy * dy)
    if away == 0.0:
        dx, away = 1.0, 1.0
    reach: Real = max(1.0, length) * 0.5 / away
    n = _push(room.qx, room.qy, 0, _round(x - dx * reach), _round(y - dy * reach))
    n = _push(room.qx, room.qy, n, _round(x + dx * reach), _round(y + dy * reach))
    return _line(room.qx, room.qy, n, out, pen)


@njit(cache=True, nogil=True)
def _points(xy: NDArray[np.uint32], frame: Frame, out: NDArray[np.uint32], pen: Pen) -> Pen:
    """Write the points that lie in the frame, as one command."""
    at, cx, cy = pen
    n = 0
    for i in range(len(xy)):
        x = (np.int64(xy[i, 0]) - frame.west) * frame.scale
        y = (np.int64(xy[i, 1]) - frame.north) * frame.scale
        if frame.low <= x <= frame.high and frame.low <= y <= frame.high:
            px, py = _round(x), _round(y)
            out[at + 1 + 2 * n] = _zigzag(px - cx)
            out[at + 2 + 2 * n] = _zigzag(py - cy)
            cx, cy = px, py
            n += 1
    if n:
        out[at] = 1 | (n << 3)
        at += 1 + 2 * n
    return Pen(at, cx, cy)


@njit(cache=True, nogil=True)
def _rounded(
    xy: NDArray[np.uint32], since: NDArray[np.uint8], zoom: int, frame: Frame, room: Scratch
) -> int:
    """Round the vertices of a part that are drawn at a zoom; return their number."""
    n = 0
    for i in range(len(xy)):
        if since[i] <= zoom:
            x = _round((np.int64(xy[i, 0]) - frame.west) * frame.scale)
            y = _round((np.int64(xy[i, 1]) - frame.north) * frame.scale)
            n = _push(room.qx, room.qy, n, x, y)
    return n


@njit(cache=True, nogil=True)
def _cut_line(
    xy: NDArray[np.uint32],
    since: NDArray[np.uint8],
    zoom: int,
    frame: Frame,
    room: Scratch,
    out: NDArray[np.uint32],
    pen: Pen,
) -> Pen:
    """Write the parts of a line that lie in the frame."""
    qx, qy = room.qx, room.qy
    low, high = frame.low, frame.high
    known = False
    n = 0
    px, py = np.float64(0.0), np.float64(0.0)
    for i in range(len(xy)):
        if since[i] > zoom:
            continue
        x = (np.int64(xy[i, 0]) - frame.west) * frame.scale
        y = (np.int64(xy[i, 1]) - frame.north) * frame.scale
        if known:
            enter, leave = 0.0, 1.0
            apart = 0
            dx, dy = x - px, y - py
            for side in range(4):
                if side == 0:
                    p, q = -dx, px - low
                elif side == 1:
                    p, q = dx, high - px
                elif side == 2:
                    p, q = -dy, py - low
                else:
                    p, q = dy, high - py
                if p == 0.0:
                    apart = 1 if q < 0.0 else apart
                elif p < 0.0:
                    enter = max(enter, q / p)
                else:
                    leave = min(leave, q / p)
            if not apart and enter <= leave:
                if enter > 0.0 or n == 0:
                    pen = _line(qx, qy, n, out, pen)
                    n = _push(qx, qy, 0, _round(px + enter * dx), _round(py + enter * dy))
                n = _push(qx, qy, n, _round(px + leave * dx), _round(py + leave * dy))
                if leave < 1.0:
                    pen = _line(qx, qy, n, out, pen)
                    n = 0
            else:
                pen = _line(qx, qy, n, out, pen)
                n = 0
        px, py, known = x, y, True
    return _line(qx, qy, n, out, pen)


@njit(cache=True, nogil=True)
def _cut_ring(
    xy: NDArray[np.uint32], since: NDArray[np.uint8], zoom: int, frame: Frame, room: Scratch
) -> int:
    """Cut a ring to the frame and round what is left; return the number of its vertices."""
    m = 0
    for i in range(len(xy) - 1):  # the closing vertex apart
        if since[i] <= zoom:
            room.ax[m] = (np.int64(xy[i, 0]) - frame.west) * frame.scale
            room.ay[m] = (np.int64(xy[i, 1]) - frame.north) * frame.scale
            m += 1
    m = _half_plane(room.ax, room.ay, m, 0, frame.low, room.bx, room.by)
    m = _half_plane(room.bx, room.by, m, 1, frame.high, room.ax, room.ay)
    m = _half_plane(room.ax, room.ay, m, 2, frame.low, room.bx, room.by)
    m = _half_plane(room.bx, room.by, m, 3, frame.high, room.ax, room.ay)
    n = 0
    for i in range(m):
        n = _push(room.qx, room.qy, n, _round(room.ax[i]), _round(room.ay[i]))
    return n


@njit(cache=True, nogil=True)
def commands(
    rows: NDArray[np.int64],
    form: NDArray[np.uint8],
    measure: NDArray[np.float64],
    kind: NDArray[np.uint8],
    parts: NDArray[np.int64],
    starts: NDArray[np.int64],
    hole: NDArray[np.uint8],
    xy: NDArray[np.uint32],
    since: NDArray[np.uint8],
    box: NDArray[np.uint32],
    frame: Frame,
    zoom: int,
    window: tuple[int, int, int, int],
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Write the commands of rows.

    Parameters
    ----------
    rows : ndarray (n,)
        Rows to draw.
    form, measure : ndarray (n,)
        How each is drawn, and the side of a square or the length of a stroke [tile unit].
    kind, parts, starts, hole, xy, since, box
        The shapes: see :class:`jumeau.interop.pyramid.shapes.Shapes`.
    frame : Frame
        The tile and its margin.
    zoom : int
        Vertices that appear later are left out.
    window : (west, north, east, south)
        The same margin [2⁻³² of the world].

    Returns
    -------
    stream : ndarray of uint32
        Commands of all rows.
    counts : ndarray (n,)
        Numbers of each row; 0 when nothing of it is left.
    """
    most, longest = _room(rows, parts, starts, box, window)
    out = np.empty(most, np.uint32)
    counts = np.zeros(len(rows), np.int64)
    size = 6 * longest + 64
    room = Scratch(
        np.empty(size), np.empty(size), np.empty(size), np.empty(size),
        np.empty(size, np.int64), np.empty(size, np.int64),
    )  # fmt: skip
    at = 0
    for index in range(len(rows)):
        row = rows[index]
        pen = Pen(at, 0, 0)
        first, last = parts[row], parts[row + 1]
        inside = _inside(box[row], window)
        if form[index] == SQUARE:
            pen = _square(box[row], measure[index], frame, room, out, pen)
        elif form[index] == STROKE:
            a, b = starts[first], starts[first + 1] - 1
            run = (
                np.int64(xy[b, 0]) - np.int64(xy[a, 0]), np.int64(xy[b, 1]) - np.int64(xy[a, 1]),
            )  # fmt: skip
            pen = _stroke(box[row], run, measure[index], frame, room, out, pen)
        elif kind[row] == POINT:
            pen = _points(xy[starts[first] : starts[last]], frame, out, pen)
        elif kind[row] == LINE:
            for part in range(first, last):
                a, b = starts[part], starts[part + 1]
                if inside:
                    n = _rounded(xy[a:b], since[a:b], zoom, frame, room)
                    pen = _line(room.qx, room.qy, n, out, pen)
                else:
                    pen = _cut_line(xy[a:b], since[a:b], zoom, frame, room, out, pen)
        else:
            alive = False
            for part in range(first, last):
                if hole[part] and not alive:
                    continue  # its outer ring vanished
                a, b = starts[part], starts[part + 1]
                left = 0
                for point in range(a, b):
                    left += since[point] <= zoom
                # An outer ring is not simplified into nothing; its closing vertex counts twice.
                shown = 255 if left < 4 and not hole[part] else zoom
                if inside:
                    n = _rounded(xy[a:b], since[a:b], shown, frame, room)
                else:
                    n = _cut_ring(xy[a:b], since[a:b], shown, frame, room)
                before = pen.at
                pen = _ring(room.qx, room.qy, n, hole[part] != 0, out, pen)
                if not hole[part]:
                    alive = pen.at > before
        counts[index] = pen.at - at
        at = pen.at
    return out[:at], counts
