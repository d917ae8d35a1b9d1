# SPDX-License-Identifier: EUPL-1.2
"""One step of the local-inertial solver over a band of rows, in place and in one pass.

Discharges of row j are computed from the old state into scratch rows; then row j − 1, whose four
faces are now known, is limited, advanced and kept. Nothing of the size of the domain is copied.

Bands meet at *seams*: the discharges that cross them are computed before the bands start, by the
same row kernels on the same old state, so that a band needs nothing of its neighbour and the
answer does not depend on where bands are cut. The north and south sides are seams too.

Rows are grouped in strips of ``ROWS``, whose active columns are runs ``[first, last)``: elsewhere
nothing changes (see :mod:`~jumeau.worksites.climate.tiles`) and every discharge is 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jumeau.worksites.climate.engine import CLOSED, FREE
from jumeau.worksites.climate.inertial_rows import (
    DRY,
    INT,
    F,
    extremes,
    face,
    fetch,
    flux_x,
    flux_y,
    inlined,
    keep,
    limits,
    lose,
    row,
    row_byte,
    row_double,
    row_whole,
    scale,
    surface_rise,
    update,
)
from jumeau.worksites.climate.tiles import COLS, ROWS, compiled

SCRATCH = 16
"""Scratch rows of a band."""
SEAM = 3
"""Rows of a seam: discharges before and after limiting, and the old ones."""
PAD = 16
"""Cells before the first of a scratch row."""
_WEIR = F(0.5443310539518174 * 9.81**0.5)  # critical flow over a crest: √g·(2/3)^1.5
_X, _Y, _SHARE, _LIMITED_X, _LIMITED_Y, _THICK, _SQUARES, _NOTHING = 0, 3, 6, 9, 10, 12, 13, 14


class Grid(NamedTuple):
    """Addresses of the first cell of each field, and sizes; strides are in bytes."""

    ny: int
    nx: int
    bed: int
    depth: int
    owed: int
    qx: int
    qy: int
    west: int
    north: int
    friction: int
    friction_stride: int
    deepest: int
    fastest: int
    arrival: int


class Weather(NamedTuple):
    """Rain and infiltration rates of a step: addresses, and strides (0: the same row again)."""

    rain: int
    rain_stride: int
    loss: int
    loss_stride: int
    losing: int


class Outside(NamedTuple):
    """Addresses of kinds (uint8), levels and √S/n (float32) of the outer faces."""

    kind_west: int
    kind_east: int
    kind_north: int
    kind_south: int
    level_west: int
    level_east: int
    level_north: int
    level_south: int
    normal_west: int
    normal_east: int
    normal_north: int
    normal_south: int


class Walls(NamedTuple):
    """Addresses of the crests, by row of face: of east faces, then of south faces.

    Crests of row j are those from ``start[j]`` to ``start[j + 1]`` (int64, as ``col``).
    """

    start_x: int
    col_x: int
    level_x: int
    start_y: int
    col_y: int
    level_y: int


class Pace(NamedTuple):
    """Time step in the forms that kernels use [s/m, m/s, s], and the time at its end [s]."""

    dtdx: Any
    gdtdx: Any
    dt: Any
    time: Any


@inlined
def at(address: int, index: int) -> Any:
    """Return the float32 at an index from an address."""
    return row(address + 4 * index, 1)[0]


@inlined
def whole(address: int, index: int) -> Any:
    """Return the int64 at an index from an address."""
    return row_whole(address + 8 * index, 1)[0]


@inlined
def byte(address: int, index: int) -> Any:
    """Return the uint8 at an index from an address."""
    return row_byte(address + index, 1)[0]


@inlined
def put(address: int, index: int, value: Any) -> None:
    """Write a float32 at an index from an address."""
    row(address + 4 * index, 1)[0] = value


@compiled
def _blank(address: int, count: int) -> None:
    cells = row(address, count)
    for i in range(count):
        cells[i] = F(0.0)


@compiled
def outer(
    kind: int, level: Any, normal: Any, bed: Any, depth: Any, q: Any, inner: Any, across: Any,
    friction: Any, pace: Pace,
) -> Any:  # fmt: skip
    """Return the new discharge of an outer face, positive when it enters the domain [m²/s].

    ``FREE`` lets out √S/n·h^(5/3) (``normal`` = √S/n, or −1 for the critical √g·h^1.5); ``STAGE``
    is the face equation with the level half a cell away.
    """
    if kind == CLOSED:
        return F(0.0)
    if kind == FREE:
        if depth <= DRY:
            return F(0.0)
        if normal < F(0.0):
            return -F(9.81**0.5) * depth * np.sqrt(depth)
        return -normal * F(np.float64(depth) ** (5.0 / 3.0))
    beyond = max(level - bed, F(0.0))
    return face(
        max(beyond, depth), depth - beyond, q, q, inner, across, friction, pace.dtdx,
        F(2.0) * pace.gdtdx, pace.dt,
    )  # fmt: skip


@compiled
def _over_crest(
    low: Any, high: Any, crest: Any, h: Any, h_next: Any, owed: Any, owed_next: Any, q: Any,
    before: Any, after: Any, across: Any, friction: Any, pace: Pace,
) -> Any:  # fmt: skip
    # Water passes above the crest only, and never faster than critical over it.
    step = high - low
    top = max(step, F(0.0), crest - low)
    hf = max(h - top, h_next + (step - top))
    new = face(
        hf,
        surface_rise(low, high, h, h_next, step, owed, owed_next),
        q,
        before,
        after,
        across,
        friction,
        pace.dtdx,
        pace.gdtdx,
        pace.dt,
    )
    if crest > max(low, high) and hf > DRY:
        most = _WEIR * hf * np.sqrt(hf)
        new = max(min(new, most), -most)
    return new


@compiled
def _active(runs: int, first: int, last: int, col: int) -> bool:
    found = False
    for k in range(first, last):
        found = found or whole(runs, 2 * k) <= col < whole(runs, 2 * k + 1)
    return found


@compiled
def _ahead(grid: Grid, j: int, later: int, runs: int, first: int, last: int) -> None:
    # Fetch what row j will need to be closed, and what discharges will need two rows further.
    wide = 4 * grid.nx
    for k in range(first, last):
        o = 4 * whole(runs, 2 * k)
        count = whole(runs, 2 * k + 1) - whole(runs, 2 * k)
        for field in (grid.bed, grid.depth, grid.owed, grid.qx, grid.qy):
            fetch(field + later * wide + o, count)
        if grid.friction_stride:
            fetch(grid.friction + later * wide + o, count)
        for field in (grid.deepest, grid.fastest):
            fetch(field + j * wide + o, count)


@compiled
def _row_x(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, j: int, old_north: int, target: int,
    runs: int, first: int, last: int,
) -> None:  # fmt: skip
    """Fill the discharges of a row's west and east faces; ``target[i + 1]`` is east of cell i."""
    wide = 4 * grid.nx
    bed, depth = grid.bed + j * wide, grid.depth + j * wide
    owed = grid.owed + j * wide
    q, south = grid.qx + j * wide, grid.qy + j * wide
    rough = grid.friction + j * grid.friction_stride
    end = grid.nx - 1
    west = at(grid.west, j)
    for k in range(first, last):
        c0, c1 = whole(runs, 2 * k), whole(runs, 2 * k + 1)
        count, o = min(c1, end) - c0, 4 * c0
        if count > 0:
            flux_x(
                bed + o, depth + o, owed + o, q + o, old_north + o, south + o, rough + o,
                target + o + 4, count, pace.dtdx, pace.gdtdx, pace.dt,
            )  # fmt: skip
        if c0 > 0:
            put(target, c0, F(0.0))
        else:
            inner = at(q, 0)
            across = F(0.5) * (at(old_north, 0) + at(south, 0))
            new = outer(
                byte(out.kind_west, j), at(out.level_west, j), at(out.normal_west, j), at(bed, 0),
                at(depth, 0), west, inner, across, at(rough, 0), pace,
            )  # fmt: skip
            put(target, 0, new)
            if end > 0:
                _one_x(
                    bed, depth, owed, q, old_north, south, rough, target, 0, west, F(-1e30), pace
                )
        if c1 == grid.nx:
            across = F(0.5) * (at(old_north, end) + at(south, end))
            inner = at(q, end - 1) if end > 0 else west
            new = outer(
                byte(out.kind_east, j), at(out.level_east, j), at(out.normal_east, j), at(bed, end),
                at(depth, end), -at(q, end), -inner, across, at(rough, end), pace,
            )  # fmt: skip
            put(target, grid.nx, -new)
    for k in range(whole(walls.start_x, j), whole(walls.start_x, j + 1)):
        i = whole(walls.col_x, k)
        if _active(runs, first, last, i):
            before = at(q, i - 1) if i > 0 else west
            _one_x(
                bed, depth, owed, q, old_north, south, rough, target, i, before,
                at(walls.level_x, k), pace,
            )  # fmt: skip


@compiled
def _one_x(
    bed: int, depth: int, owed: int, q: int, north: int, south: int, rough: int, target: int,
    i: int, before: Any, crest: Any, pace: Pace,
) -> None:  # fmt: skip
    across = F(0.25) * ((at(north, i) + at(north, i + 1)) + (at(south, i) + at(south, i + 1)))
    new = _over_crest(
        at(bed, i), at(bed, i + 1), crest, at(depth, i), at(depth, i + 1), at(owed, i),
        at(owed, i + 1), at(q, i), before, at(q, i + 1), across,
        F(0.5) * (at(rough, i) + at(rough, i + 1)), pace,
    )  # fmt: skip
    put(target, i + 1, new)


@compiled
def _row_y(
    grid: Grid, walls: Walls, pace: Pace, j: int, old_north: int, target: int, runs: int,
    first: int, last: int,
) -> None:  # fmt: skip
    """Fill the discharges of the south faces of a row, which is not the last."""
    wide = 4 * grid.nx
    bed, depth = grid.bed + j * wide, grid.depth + j * wide
    owed = grid.owed + j * wide
    qx, q = grid.qx + j * wide, grid.qy + j * wide
    rough, more = grid.friction + j * grid.friction_stride, grid.friction_stride
    for k in range(first, last):
        c0, c1 = whole(runs, 2 * k), whole(runs, 2 * k + 1)
        o = 4 * c0
        flux_y(
            bed + o, bed + o + wide, depth + o, depth + o + wide, owed + o, owed + o + wide,
            old_north + o, q + o, q + o + wide, qx + o, qx + o + wide, rough + o,
            rough + o + more, target + o, c1 - c0, pace.dtdx, pace.gdtdx, pace.dt,
        )  # fmt: skip
        if c0 == 0:
            _one_y(grid, pace, j, old_north, target, 0, F(-1e30))
    for k in range(whole(walls.start_y, j), whole(walls.start_y, j + 1)):
        i = whole(walls.col_y, k)
        if _active(runs, first, last, i):
            _one_y(grid, pace, j, old_north, target, i, at(walls.level_y, k))


@compiled
def _one_y(
    grid: Grid, pace: Pace, j: int, old_north: int, target: int, i: int, crest: Any
) -> None:  # fmt: skip
    wide = 4 * grid.nx
    bed, depth = grid.bed + j * wide, grid.depth + j * wide
    owed = grid.owed + j * wide
    qx, q = grid.qx + j * wide, grid.qy + j * wide
    rough, more = grid.friction + j * grid.friction_stride, grid.friction_stride
    a = at(qx, i - 1) if i > 0 else at(grid.west, j)
    b = at(qx + wide, i - 1) if i > 0 else at(grid.west, j + 1)
    across = F(0.25) * ((a + at(qx, i)) + (b + at(qx + wide, i)))
    new = _over_crest(
        at(bed, i), at(bed + wide, i), crest, at(depth, i), at(depth + wide, i), at(owed, i),
        at(owed + wide, i), at(q, i), at(old_north, i), at(q + wide, i), across,
        F(0.5) * (at(rough, i) + at(rough + more, i)), pace,
    )  # fmt: skip
    put(target, i, new)


@compiled
def _limit(
    grid: Grid, pace: Pace, j: int, x: int, north: int, south: int, target: int, runs: int,
    first: int, last: int,
) -> bool:  # fmt: skip
    depth = grid.depth + 4 * grid.nx * j
    short = False
    for k in range(first, last):
        o, count = 4 * whole(runs, 2 * k), whole(runs, 2 * k + 1) - whole(runs, 2 * k)
        cut = limits(depth + o, x + o, north + o, south + o, target + o, count, pace.dtdx)
        short = short or cut
    return short


@compiled
def _finish(
    grid: Grid, weather: Weather, pace: Pace, j: int, x: int, north: int, south: int, thick: int,
    squares: int, runs: int, first: int, last: int, watch: bool, changed: Any, tops: Any,
    lanes: int,
) -> Any:  # fmt: skip
    """Advance a row whose limited discharges are known; return the bits of its deepest water."""
    shift = 4 * grid.nx * j
    rain, loss = weather.rain + weather.rain_stride * j, weather.loss + weather.loss_stride * j
    top = INT(0)
    for k in range(first, last):
        c0, c1 = whole(runs, 2 * k), whole(runs, 2 * k + 1)
        width = COLS if watch else c1 - c0
        for start in range(c0, c1, width):
            o, count = 4 * start, min(width, c1 - start)
            here = shift + o
            deep, moved = update(
                grid.bed + here, grid.depth + here, grid.owed + here, x + o, north + o, south + o,
                rain + o, thick + o, count, pace.dtdx, pace.dt,
            )  # fmt: skip
            flows = keep(x + o + 4, south + o, grid.qx + here, grid.qy + here, count)
            top = max(top, deep)
            if watch:
                strip, tile = j // ROWS, start // COLS
                tops[strip, tile] = max(tops[strip, tile], deep)
                if (moved | flows) != 0:
                    changed[strip, tile] = 1
        o, count = 4 * c0, c1 - c0
        here = shift + o
        if weather.losing:
            lose(grid.depth + here, grid.owed + here, loss + o, lanes, count, pace.dt)
        if c0 == 0:
            put(grid.west, j, at(x, 0))
        extremes(
            grid.depth + here, thick + o, x + o, north + o, south + o, grid.deepest + here,
            grid.fastest + here, grid.arrival + here, squares + o, count, pace.time,
        )  # fmt: skip
    return top


@compiled
def sweep(
    grid: Grid, weather: Weather, out: Outside, walls: Walls, pace: Pace, begin: int, end: int,
    above: int, below: int, pitch: int, scratch: int, starts: int, runs: int, watch: bool,
    changed: Any, tops: Any, lost: Any,
) -> Any:  # fmt: skip
    """Advance the rows ``begin`` … ``end`` − 1 by one step.

    Parameters
    ----------
    grid, weather, out, walls, pace
        Fields, rates, outer faces, crests and time step.
    begin, end : int
        First row, and one past the last.
    above, below : address
        Seams at the two ends: ``SEAM`` rows ``pitch`` bytes apart.
    pitch : int
        Bytes from a scratch row to the next.
    scratch : address
        ``SCRATCH`` rows; the one of index 14 holds zeros, 15 the sums of infiltration.
    starts, runs : arrays
        Runs of strip s are ``runs[starts[s]:starts[s + 1]]``.
    watch : bool
        Whether ``changed`` and ``tops`` are wanted: it costs a little.
    changed, tops : (strips, tiles) uint8 and int32 arrays
        Mark the tiles in which something changes in ``changed``, and raise ``tops`` to the bits
        of their deepest water.
    lost : (ny,) float64 array
        Filled with the infiltration of each row [m].

    Returns
    -------
    int
        Bits of the greatest depth.
    """
    wide = 4 * grid.nx
    nothing, lanes = scratch + _NOTHING * pitch, scratch + 15 * pitch
    north, north_limited = above, above + pitch
    pending, p_first, p_last, p_short = -1, 0, 0, False
    top = INT(0)
    for strip in range(begin // ROWS, (end + ROWS - 1) // ROWS):
        first, last = whole(starts, strip), whole(starts, strip + 1)
        if first == last:
            if pending >= 0:
                top = max(top, _close(
                    grid, weather, pace, pending, scratch, pitch, north_limited, north, p_short,
                    False, runs, p_first, p_last, watch, changed, tops, lanes, lost,
                ))  # fmt: skip
            pending, north, north_limited = -1, nothing, nothing
            continue
        for j in range(strip * ROWS, min(end, (strip + 1) * ROWS)):
            slot = j % 3
            x = scratch + (_X + slot) * pitch
            share = scratch + (_SHARE + slot) * pitch
            old_north = grid.qy + (j - 1) * wide if j > begin else above + 2 * pitch
            _ahead(grid, j, min(j + 2, grid.ny - 1), runs, first, last)
            _row_x(grid, out, walls, pace, j, old_north, x, runs, first, last)
            if j + 1 < end:
                south = scratch + (_Y + slot) * pitch
                if (j + 1) % ROWS == 0:
                    _blank(south, grid.nx)
                _row_y(grid, walls, pace, j, old_north, south, runs, first, last)
            else:
                south = below
            short = _limit(grid, pace, j, x, north, south, share, runs, first, last)
            if pending >= 0:
                top = max(top, _close(
                    grid, weather, pace, pending, scratch, pitch, north_limited, north, p_short,
                    short, runs, p_first, p_last, watch, changed, tops, lanes, lost,
                ))  # fmt: skip
                if p_short or short:
                    north_limited = scratch + (_LIMITED_Y + pending % 2) * pitch
                else:
                    north_limited = north
            pending, p_first, p_last, p_short = j, first, last, short
            north = south
    if pending >= 0:
        top = max(top, _close(
            grid, weather, pace, pending, scratch, pitch, north_limited, below + pitch, p_short,
            False, runs, p_first, p_last, watch, changed, tops, lanes, lost,
        ))  # fmt: skip
    return top


@compiled
def _close(
    grid: Grid, weather: Weather, pace: Pace, j: int, scratch: int, pitch: int, north: int,
    south: int, short: bool, short_next: bool, runs: int, first: int, last: int, watch: bool,
    changed: Any, tops: Any, lanes: int, lost: Any,
) -> Any:  # fmt: skip
    # Limit the discharges of row j (south already so when it is a seam), and advance it.
    slot, after = j % 3, (j + 1) % 3
    x, share = scratch + (_X + slot) * pitch, scratch + (_SHARE + slot) * pitch
    own = scratch + (_Y + slot) * pitch
    if short:
        limited = scratch + _LIMITED_X * pitch
        put(share, -1, F(1.0))
        put(share, grid.nx, F(1.0))
        for k in range(first, last):
            o, count = 4 * whole(runs, 2 * k), whole(runs, 2 * k + 1) - whole(runs, 2 * k) + 1
            scale(x + o, share + o - 4, share + o, limited + o, count)
        x = limited
    if south == own and (short or short_next):
        target = scratch + (_LIMITED_Y + j % 2) * pitch
        if (j + 1) % ROWS == 0:
            _blank(target, grid.nx)
        beyond = scratch + (_SHARE + after) * pitch
        for k in range(first, last):
            o, count = 4 * whole(runs, 2 * k), whole(runs, 2 * k + 1) - whole(runs, 2 * k)
            scale(south + o, share + o, beyond + o, target + o, count)
        south = target
    sums = row_double(lanes, 8)
    for k in range(8):
        sums[k] = 0.0
    top = _finish(
        grid, weather, pace, j, x, north, south, scratch + _THICK * pitch,
        scratch + _SQUARES * pitch, runs, first, last, watch, changed, tops, lanes,
    )  # fmt: skip
    total = 0.0
    for k in range(8):
        total += sums[k]
    lost[j] = total
    return top


@compiled
def _raw(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, line: int, target: int, starts: int,
    runs: int,
) -> None:  # fmt: skip
    # Discharges across the line north of row `line`, before limiting, positive southwards.
    _blank(target, grid.nx)
    strip = max(line - 1, 0) // ROWS
    first, last = whole(starts, strip), whole(starts, strip + 1)
    wide = 4 * grid.nx
    if 0 < line < grid.ny:
        old = grid.qy + (line - 2) * wide if line > 1 else grid.north
        _row_y(grid, walls, pace, line - 1, old, target, runs, first, last)
        return
    north = line == 0
    j = 0 if north else grid.ny - 1
    bed, depth, qx = grid.bed + j * wide, grid.depth + j * wide, grid.qx + j * wide
    rough = grid.friction + j * grid.friction_stride
    own = grid.north if north else grid.qy + j * wide
    inner = own
    if grid.ny > 1:
        inner = grid.qy if north else grid.qy + (j - 1) * wide
    sign = F(1.0) if north else F(-1.0)
    for k in range(first, last):
        for i in range(whole(runs, 2 * k), whole(runs, 2 * k + 1)):
            west = at(qx, i - 1) if i > 0 else at(grid.west, j)
            kind = byte(out.kind_north if north else out.kind_south, i)
            level = at(out.level_north if north else out.level_south, i)
            normal = at(out.normal_north if north else out.normal_south, i)
            new = outer(
                kind, level, normal, at(bed, i), at(depth, i), sign * at(own, i),
                sign * at(inner, i), F(0.5) * (west + at(qx, i)), at(rough, i), pace,
            )  # fmt: skip
            put(target, i, sign * new)


@compiled
def seam(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, line: int, target: int, pitch: int,
    scratch: int, starts: int, runs: int,
) -> None:  # fmt: skip
    """Fill the seam north of row ``line``: discharges before and after limiting, old ones."""
    wide, count = 4 * grid.nx, grid.nx
    raw, limited, old = target, target + pitch, target + 2 * pitch
    before = row(grid.qy + (line - 1) * wide if line > 0 else grid.north, count)
    copy = row(old, count)
    for i in range(count):
        copy[i] = before[i]
    _raw(grid, out, walls, pace, line, raw, starts, runs)
    x, other = scratch, scratch + pitch
    up, down = scratch + 2 * pitch, scratch + 3 * pitch
    for side in range(2):
        share = down if side else up
        cells = row(share, count)
        for i in range(count):
            cells[i] = F(1.0)
        j = line - 1 + side
        if j < 0 or j >= grid.ny:
            continue
        first, last = whole(starts, j // ROWS), whole(starts, j // ROWS + 1)
        _raw(grid, out, walls, pace, line + 1 if side else line - 1, other, starts, runs)
        old_north = grid.qy + (j - 1) * wide if j > 0 else grid.north
        _row_x(grid, out, walls, pace, j, old_north, x, runs, first, last)
        north, south = (raw, other) if side else (other, raw)
        _limit(grid, pace, j, x, north, south, share, runs, first, last)
    scale(raw, up, down, limited, count)
