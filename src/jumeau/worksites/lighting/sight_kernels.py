# SPDX-License-Identifier: EUPL-1.2
"""Compiled line of sight from lamps to cells over columns: exact, with bounds that spare most rays.

Around a lamp, directions are cut in sectors and distances in rings. Each column that stands near
raises two slopes of the sectors it touches: under the first one a ray may be hidden by it, under
the second one it surely is, since the column fills the whole sector. Rings hold the largest slope
of all nearer columns. A ray above the first slope is clear, one under the second is hidden; the few
between are followed cell by cell. The answer is that of following every ray.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = np.float32(-1e9)
"""Height where nothing stands [m]."""
HEAD, FOOT = 1.0, 0.5
"""Length of the ray at the lamp and at the cell along which nothing hides [m]."""
INSIDE = np.float32(0.01)
"""Height above a cell from which the column over it hides it [m]."""
_F = np.float32
_LOW = _F(-1e9)
_EDGE = 1e-6  # a shorter piece of a ray in a cell is a corner that it touches [cells]
_DOUBT = _F(1e-3)  # a ray nearer to a slope than this is followed [m]


@njit(cache=True, nogil=True, error_model="numpy")
def stand(
    surface: NDArray[np.floating],
    base: float,
    floor: float,
    height: NDArray[np.float32],
    starts: NDArray[np.int64],
) -> None:
    """Fill the heights of a surface, and how many columns stand above a floor before each row.

    Parameters
    ----------
    surface : (ny, nx) array
        Tops [m]; NaN where nothing stands.
    base, floor : float
        Datum of the heights, and the floor [m].
    height : (ny, nx) float32 array
        Receives the heights, :data:`NOTHING` for NaN [m].
    starts : (ny + 1,) array
        Receives the counts.
    """
    least = _F(floor - base)
    for i in range(surface.shape[0]):
        count = 0
        for j in range(surface.shape[1]):
            over = _F(surface[i, j] - base)
            over = over if over > NOTHING else NOTHING  # NaN too
            height[i, j] = over
            count += 1 if over > least else 0
        starts[i + 1] = starts[i] + count


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    height: NDArray[np.float32],
    floor: float,
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    tops: NDArray[np.float32],
    inner: NDArray[np.bool_],
) -> None:
    """Fill the columns that stand above a floor, row by row.

    Parameters
    ----------
    height : (ny, nx) float32 array
        Heights [m].
    floor : float
        Above the same datum [m].
    starts : (ny + 1,) array
        First column of each row.
    columns, tops, inner : (k,) arrays
        Receive their numbers, their tops, and whether all columns up to two cells around stand at
        least as high.
    """
    rows, wide = height.shape
    least = _F(floor)
    for i in range(rows):
        k = starts[i]
        for j in range(wide):
            top = height[i, j]
            if not top > least:
                continue
            inside = 2 <= i < rows - 2 and 2 <= j < wide - 2
            if inside:
                for a in range(i - 2, i + 3):
                    for b in range(j - 2, j + 3):
                        inside &= height[a, b] >= top
                    if not inside:
                        break
            columns[k], tops[k], inner[k] = j, top, inside
            k += 1


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz", "nnan"})
def _squares(
    count: int, over: NDArray[np.float32], west: NDArray[np.float32], y0: float, y1: float,
    quarter: np.float32, low: NDArray[np.float32], high: NDArray[np.float32],
    near: NDArray[np.float32], far: NDArray[np.float32], under: NDArray[np.float32],
    sure: NDArray[np.float32],
) -> None:  # fmt: skip
    """Fill sectors, distances [cells] and both slopes of the squares of a row, seen from a lamp.

    Sectors go from one corner to another; a direction (x, y) is told by y/(|x| + |y|), continued to
    rise with the angle from 0 to 4.
    """
    south, north = _F(y0), _F(y1)
    below, above = south > _F(0.0), north < _F(0.0)
    deep = max(south, -north, _F(0.0))
    wide_y = max(-south, north)
    beyond = _F(4.0) if above else _F(0.0)
    middle = south if below else north
    for k in range(count):
        x0 = west[k]
        x1 = x0 + _F(1.0)
        right, left = x0 > _F(0.0), x1 < _F(0.0)
        lx = (x0 if south < _F(0.0) else x1) if right else (x1 if north > _F(0.0) else x0)
        hx = (x0 if north > _F(0.0) else x1) if right else (x1 if south < _F(0.0) else x0)
        ly, hy = south if right else north, north if right else south
        across = not (right or left)
        lx = (x1 if below else x0) if across else lx
        hx = (x0 if below else x1) if across else hx
        ly, hy = middle if across else ly, middle if across else hy
        share = ly / (abs(lx) + abs(ly))
        first = _F(1.0) + share if lx >= _F(0.0) else _F(3.0) - share
        low[k] = (first - (beyond if across and lx < _F(0.0) else _F(0.0))) * quarter
        share = hy / (abs(hx) + abs(hy))
        high[k] = (_F(1.0) + share if hx >= _F(0.0) else _F(3.0) - share) * quarter
        dx = max(x0, -x1, _F(0.0))
        ex = max(-x0, x1)
        d = np.sqrt(dx * dx + deep * deep)
        f = np.sqrt(ex * ex + wide_y * wide_y)
        near[k], far[k] = d, f
        up = over[k] >= _F(0.0)
        under[k] = over[k] / max(d, _F(1e-4))
        sure[k] = over[k] / (f if up else max(d, _F(1e-4)))


@njit(cache=True, nogil=True, error_model="numpy")
def _bound(
    slopes: NDArray[np.float32], sectors: int, rings: int, ring: float, cell: float,
    x: float, y: float, z: float, reach: float, starts: NDArray[np.int64],
    columns: NDArray[np.int32], tops: NDArray[np.float32], inner: NDArray[np.bool_],
    row: NDArray[np.float32], solid: bool,
) -> None:  # fmt: skip
    """Fill both slopes by ring and sector from the columns within reach of a lamp [cells, m].

    Columns with two others as high on all sides are left out: a ray that comes from below meets the
    nearer ones first, one that comes from above meets the farther ones after, or ends among them,
    where a solid surface hides all cells.
    """
    mask = sectors - 1
    quarter = _F(0.25 * sectors)
    per_ring = _F(1.0 / ring)
    slopes[: rings * sectors] = _LOW
    over, west, low, high = row[0], row[1], row[2], row[3]
    nears, fars, unders, sures = row[4], row[5], row[6], row[7]
    skirt = (3.0 + HEAD / cell) ** 2
    own_i, own_j = math.floor(y), math.floor(x)
    for i in range(max(0, math.floor(y - reach)), min(starts.size - 1, math.floor(y + reach) + 1)):
        y0, y1 = i - y, i + 1.0 - y
        dy = max(y0, -y1, 0.0)
        wide = reach * reach - dy * dy
        if wide < 0.0:
            continue
        wide = math.sqrt(wide)
        begin, end = starts[i], starts[i + 1]
        while begin < end:  # the first column of the row within reach, by bisection
            half = (begin + end) // 2
            if columns[half] + 1.0 < x - wide:
                begin = half + 1
            else:
                end = half
        count = 0
        level = _F(z)
        for k in range(begin, starts[i + 1]):
            j = columns[k]
            x0 = j - x
            if x0 > wide:
                break
            dx = max(x0, -x0 - 1.0, 0.0)
            if inner[k] and (solid or tops[k] >= level) and dx * dx + dy * dy > skirt:
                continue
            if i == own_i and j == own_j:
                continue
            over[count], west[count] = tops[k] - level, _F(x0)
            count += 1
        _squares(count, over, west, y0, y1, quarter, low, high, nears, fars, unders, sures)
        for k in range(count):
            near, far, top = nears[k], fars[k], over[k]
            first, last = math.floor(low[k] - _F(1e-3)), math.floor(high[k] + _F(1e-3))
            closed = near <= _F(0.0)
            if closed:  # the lamp stands on its edge
                first, last = 0, sectors - 1
            r = int(max(_F(0.0), near * per_ring - _F(1e-3)))
            if top >= _F(0.0):
                slope = unders[k]
                at = min(r, rings - 1) * sectors
                for s in range(first, last + 1):
                    slot = at + (s & mask)
                    slopes[slot, 0] = max(slopes[slot, 0], slope)
            else:
                for _ in range(3):
                    edge = _F((r + 1) * ring)
                    slope = top / min(far, edge + _F(1e-2))
                    at = min(r, rings - 1) * sectors
                    for s in range(first, last + 1):
                        slot = at + (s & mask)
                        slopes[slot, 0] = max(slopes[slot, 0], slope)
                    if edge >= far or r >= rings - 1:
                        break
                    r += 1
            if closed or near * cell < HEAD:
                continue
            slope = sures[k]
            r = int(far * per_ring + _F(1e-3)) + 1
            if r >= rings:
                continue
            at = r * sectors
            for s in range(math.ceil(low[k] + _F(2e-3)), math.floor(high[k] - _F(2e-3))):
                slot = at + (s & mask)
                slopes[slot, 1] = max(slopes[slot, 1], slope)
    for k in range(sectors, rings * sectors):
        slopes[k, 0] = max(slopes[k, 0], slopes[k - sectors, 0])
        slopes[k, 1] = max(slopes[k, 1], slopes[k - sectors, 1])


@njit(cache=True, nogil=True, error_model="numpy")
def clear(
    surface: NDArray[np.float32],
    x: float,
    y: float,
    z: float,
    tx: float,
    ty: float,
    tz: float,
    begin: float,
    end: float,
) -> bool:
    """Tell whether a ray passes above the columns of the cells that it crosses.

    Parameters
    ----------
    surface : (ny, nx) float32 array
        Height of what stands, or :data:`NOTHING` [m].
    x, y, z : float
        Head of the lamp: columns from the west edge, rows from the north edge [cells], height [m].
    tx, ty, tz : float
        The cell's centre, alike.
    begin, end : float
        Horizontal distances from the lamp between which columns hide [cells].
    """
    rows, columns = surface.shape
    dx, dy = tx - x, ty - y
    length = math.sqrt(dx * dx + dy * dy)
    ux, uy, slope = dx / length, dy / length, (tz - z) / length
    own_i, own_j = math.floor(y), math.floor(x)
    s = begin
    j = math.floor(x + ux * (s + _EDGE))
    i = math.floor(y + uy * (s + _EDGE))
    step_j, step_i = (1 if ux > 0.0 else -1), (1 if uy > 0.0 else -1)
    every_j = 1.0 / abs(ux) if ux != 0.0 else 1e30
    every_i = 1.0 / abs(uy) if uy != 0.0 else 1e30
    next_j = (j + (1 if ux > 0.0 else 0) - x) / ux if ux != 0.0 else 1e30
    next_i = (i + (1 if uy > 0.0 else 0) - y) / uy if uy != 0.0 else 1e30
    while s < end:
        out = min(next_j, next_i, end)
        elsewhere = i != own_i or j != own_j
        if elsewhere and out - s > _EDGE and 0 <= i < rows and 0 <= j < columns:
            over = surface[i, j] - z
            if over > slope * (s if slope > 0.0 else out):
                return False
        s = max(s, out)
        if next_j <= next_i:
            j += step_j
            next_j += every_j
        else:
            i += step_i
            next_i += every_i
    return True


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def look(
    seen: NDArray[np.uint8],
    window: NDArray[np.int64],
    heights: NDArray[np.int64],
    lamps: NDArray[np.int64],
    head: NDArray[np.float64],
    target: NDArray[np.float32],
    one_level: bool,
    corner: tuple[int, int],
    surface: NDArray[np.float32],
    inside: bool,
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    tops: NDArray[np.float32],
    inner: NDArray[np.bool_],
    cell: float,
    hidden: int,
) -> tuple[int, int]:
    """Mark what the columns of a surface hide from lamps, each in its window of cells.

    Parameters
    ----------
    seen : (m,) uint8 array
        Marks of all windows; cells already 0 are left.
    window : (n, 4) array
        First element in ``seen``, row and column of the corner in the grid of the targets, row
        length.
    heights : (n,) array
        Rows of each window.
    lamps : (k,) array
        Lamps to look from.
    head : (n, 4) array
        Columns from the west edge and rows from the north edge of the surface [cells], height [m]
        and reach [cells].
    target : (rows, columns) or (1, 1) float32 array
        Height of the targets [m].
    one_level : bool
        Whether ``target`` holds one height for all.
    corner : (int, int)
        Row and column, in the surface, of the first target.
    surface : (ny, nx) float32 array
        Height of what stands, or :data:`NOTHING` [m].
    inside : bool
        Whether a target under the column of its own cell is hidden.
    starts, columns, tops, inner
        The columns that may hide something, row by row.
    cell : float
        Side of a cell [m].
    hidden : int
        Mark of what is hidden.

    Returns
    -------
    (int, int)
        Rays looked at, and those that had to be followed.
    """
    most = 1.0
    for k in range(lamps.size):
        most = max(most, head[lamps[k], 3])
    widest = 0
    for k in range(lamps.size):
        widest = max(widest, window[lamps[k], 3])
    slopes = np.empty((2048 * 130, 2) if most > 128.0 else (1024 * 130, 2), np.float32)
    squares = np.empty((8, surface.shape[1]), np.float32)
    steps = np.arange(widest + 1).astype(np.float32)
    slot = np.empty(widest + 1, np.int32)
    inner_ring = np.empty(widest + 1, np.int32)
    distance = np.empty(widest + 1, np.float32)
    rise = np.empty(widest + 1, np.float32)
    mark = np.uint8(hidden)
    rays, followed = 0, 0
    flat = target[0, 0]
    for k in range(lamps.size):
        lamp = lamps[k]
        x, y, z, reach = head[lamp, 0], head[lamp, 1], head[lamp, 2], head[lamp, 3]
        own_i, own_j = math.floor(y), math.floor(x)
        reach = min(reach, math.hypot(surface.shape[0] + abs(y), surface.shape[1] + abs(x)))
        ring = max(2.0, reach / 126.0)
        rings = min(130, int(reach / ring) + 3)
        sectors = 128
        while sectors < 8.0 * reach and sectors < (2048 if most > 128.0 else 1024):
            sectors *= 2
        mask = sectors - 1
        _bound(slopes, sectors, rings, ring, cell, x, y, z, reach + 1.0, starts, columns, tops,
               inner, squares, inside and cell > 0.3)  # fmt: skip
        quarter, per_ring = _F(0.25 * sectors), _F(1.0 / ring)
        side = _F(cell)
        for row in range(heights[lamp]):
            i = window[lamp, 1] + row
            dy = i + corner[0] + 0.5 - y
            wide = (reach + 1e-3) * (reach + 1e-3) - dy * dy
            if wide < 0.0:
                continue
            wide = math.sqrt(wide)
            left = window[lamp, 2] + corner[1] + 0.5 - x
            first = max(0, math.ceil(-wide - left))
            last = min(window[lamp, 3] - 1, math.floor(wide - left))
            count = last - first + 1
            if count <= 0:
                continue
            at = window[lamp, 0] + row * window[lamp, 3] + first
            j0 = window[lamp, 2] + first
            origin, dyf, zf = _F(left + first), _F(dy), _F(z)
            across = abs(dyf)
            for j in range(count):
                dx = steps[j] + origin
                dz = (flat if one_level else target[i, j0 + j]) - zf
                d2 = dx * dx + dyf * dyf
                d = np.sqrt(d2)
                length = np.sqrt(d2 * side * side + dz * dz)
                end = d - d * _F(FOOT) / max(length, _F(FOOT))
                share = dyf / (abs(dx) + across + _F(1e-9))
                round_ = _F(1.0) + share if dx >= _F(0.0) else _F(3.0) - share
                sector = np.int32(round_ * quarter) & np.int32(mask)
                at_ring = end * per_ring
                slot[j] = np.int32(at_ring + _F(1e-4)) * np.int32(sectors) + sector
                inner_ring[j] = np.int32(at_ring) * np.int32(sectors) + sector
                distance[j] = max(d, _F(1e-3))  # no slope counts straight below
                rise[j] = dz
            rays += count
            for j in range(count):
                if seen[at + j] == 0:
                    continue
                d, dz = distance[j], rise[j]
                ti, tj = i + corner[0], j0 + j + corner[1]
                elsewhere = ti != own_i or tj != own_j
                if inside and elsewhere and surface[ti, tj] > dz + zf + INSIDE:
                    seen[at + j] = mark
                    continue
                if dz - slopes[slot[j], 0] * d >= _DOUBT:
                    continue
                if dz - slopes[inner_ring[j], 1] * d <= -_DOUBT:
                    seen[at + j] = mark
                    continue
                tx, ty = j0 + j + corner[1] + 0.5, i + corner[0] + 0.5
                tz = float(flat if one_level else target[i, j0 + j])
                flatway = math.sqrt((tx - x) * (tx - x) + (ty - y) * (ty - y))
                whole = math.sqrt(flatway * flatway * cell * cell + (tz - z) * (tz - z))
                if whole <= HEAD + FOOT:
                    continue
                begin, end_ = flatway * (HEAD / whole), flatway * (1.0 - FOOT / whole)
                # columns of rings that the ray clears cannot hide it
                back, nearest = slot[j] - sectors, slot[j] // sectors
                while back >= 0 and dz - slopes[back, 0] * d < _DOUBT:
                    back -= sectors
                    nearest -= 1
                begin = max(begin, nearest * ring - 1e-2)
                followed += 1
                if begin < end_ and not clear(surface, x, y, z, tx, ty, tz, begin, end_):
                    seen[at + j] = mark
    return rays, followed
