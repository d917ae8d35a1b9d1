# SPDX-License-Identifier: EUPL-1.2
"""One step of the local-inertial solver over a band of rows, in place and in one pass.

Discharges of row j are computed from the old state into scratch rows; then row j − 1, whose four
faces are now known, is limited, advanced and kept. Nothing of the size of the domain is copied.
Both are done by spans of ``SPAN`` cells, so that what one kernel leaves is still in the nearest
cache when the next one reads it.

Bands meet at *seams*: the discharges that cross them are computed before the bands start, by the
same row kernels on the same old state, so that a band needs nothing of its neighbour and the
answer does not depend on where bands are cut. The north and south sides are seams too.

Rows are grouped in strips of ``ROWS``, whose active columns are runs ``[first, last)``: elsewhere
nothing changes (see :mod:`~jumeau.worksites.climate.tiles`) and every discharge is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.climate.engine import CLOSED, FREE
from jumeau.worksites.climate.inertial_grid import (
    Grid,
    Outside,
    Pace,
    Rows,
    Walls,
    Weather,
    at,
    byte,
    put,
    whole,
)
from jumeau.worksites.climate.inertial_rows import (
    DRY,
    F,
    advance,
    extremes,
    face,
    flux_x,
    flux_y,
    fluxes,
    limits,
    lose,
    scale,
    surface_rise,
)
from jumeau.worksites.climate.machine import INT, row, row_double
from jumeau.worksites.climate.tiles import COLS, ROWS, compiled

SCRATCH = 11
"""Scratch rows of a band."""
SEAM = 3
"""Rows of a seam: discharges before and after limiting, and the old ones."""
PAD = 16
"""Cells before the first of a scratch row."""
SPAN = 1024
"""Cells of a row that are computed at once; a multiple of ``COLS``."""
_WEIR = F(0.5443310539518174 * 9.81**0.5)  # critical flow over a crest: √g·(2/3)^1.5
_X, _Y, _SHARE, _THICK, _SQUARES, NOTHING, LANES = 0, 2, 5, 7, 8, 9, 10


@compiled
def _blank(address: int, count: int) -> None:
    cells = row(address, count)
    for i in range(count):
        cells[i] = F(0.0)


@compiled
def _copy(source: int, target: int, count: int) -> None:
    old, new = row(source, count), row(target, count)
    for i in range(count):
        new[i] = old[i]


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
def _edge_x(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, j: int, north: int, target: int,
    begin: int, end: int, first: bool,
) -> None:  # fmt: skip
    """Correct the discharges of the x faces of a span: sides, ends of runs, crests.

    ``target[i + 1]`` is east of cell i; ``first`` tells that a run begins with the span.
    """
    wide = 4 * grid.nx
    bed, depth = grid.bed + j * wide, grid.depth + j * wide
    q, south = grid.qx + j * wide, grid.qy + j * wide
    rough = grid.friction + j * grid.friction_stride
    edge = grid.nx - 1
    west = at(grid.west, j)
    if begin == 0:
        across = F(0.5) * (at(north, 0) + at(south, 0))
        new = outer(
            byte(out.kind_west, j), at(out.level_west, j), at(out.normal_west, j), at(bed, 0),
            at(depth, 0), west, at(q, 0), across, at(rough, 0), pace,
        )  # fmt: skip
        put(target, 0, new)
        if edge > 0:
            _one_x(grid, pace, j, north, target, 0, F(-1e30))
    elif first:
        put(target, begin, F(0.0))
    if end == grid.nx:
        across = F(0.5) * (at(north, edge) + at(south, edge))
        inner = at(q, edge - 1) if edge > 0 else west
        new = outer(
            byte(out.kind_east, j), at(out.level_east, j), at(out.normal_east, j), at(bed, edge),
            at(depth, edge), -at(q, edge), -inner, across, at(rough, edge), pace,
        )  # fmt: skip
        put(target, grid.nx, -new)
    for k in range(whole(walls.start_x, j), whole(walls.start_x, j + 1)):
        i = whole(walls.col_x, k)
        if begin <= i < end:
            _one_x(grid, pace, j, north, target, i, at(walls.level_x, k))


@compiled
def _one_x(
    grid: Grid, pace: Pace, j: int, north: int, target: int, i: int, crest: Any
) -> None:  # fmt: skip
    wide = 4 * grid.nx
    bed, depth = grid.bed + j * wide, grid.depth + j * wide
    owed = grid.owed + j * wide
    q, south = grid.qx + j * wide, grid.qy + j * wide
    rough = grid.friction + j * grid.friction_stride
    before = at(q, i - 1) if i > 0 else at(grid.west, j)
    across = F(0.25) * ((at(north, i) + at(north, i + 1)) + (at(south, i) + at(south, i + 1)))
    new = _over_crest(
        at(bed, i), at(bed, i + 1), crest, at(depth, i), at(depth, i + 1), at(owed, i),
        at(owed, i + 1), at(q, i), before, at(q, i + 1), across,
        F(0.5) * (at(rough, i) + at(rough, i + 1)), pace,
    )  # fmt: skip
    put(target, i + 1, new)


@compiled
def _edge_y(
    grid: Grid, walls: Walls, pace: Pace, j: int, north: int, target: int, begin: int, end: int
) -> None:
    """Correct the discharges of the south faces of a span: first column, crests."""
    if begin == 0:
        _one_y(grid, pace, j, north, target, 0, F(-1e30))
    for k in range(whole(walls.start_y, j), whole(walls.start_y, j + 1)):
        i = whole(walls.col_y, k)
        if begin <= i < end:
            _one_y(grid, pace, j, north, target, i, at(walls.level_y, k))


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
def _span_x(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, j: int, north: int, target: int,
    begin: int, end: int, first: bool,
) -> None:  # fmt: skip
    """Fill the discharges of the x faces of a span of a row."""
    here, o = 4 * (grid.nx * j + begin), 4 * begin
    count = min(end, grid.nx - 1) - begin
    if count > 0:
        flux_x(
            grid.bed + here, grid.depth + here, grid.owed + here, grid.qx + here, north + o,
            grid.qy + here, grid.friction + j * grid.friction_stride + o, target + o + 4, count,
            pace.dtdx, pace.gdtdx, pace.dt,
        )  # fmt: skip
    _edge_x(grid, out, walls, pace, j, north, target, begin, end, first)


@compiled
def _row_y(
    grid: Grid, walls: Walls, pace: Pace, j: int, north: int, target: int, runs: int,
    first: int, last: int,
) -> None:  # fmt: skip
    """Fill the discharges of the south faces of a row, which is not the last."""
    wide, more = 4 * grid.nx, grid.friction_stride
    for k in range(first, last):
        begin, end = whole(runs, 2 * k), whole(runs, 2 * k + 1)
        here, o = j * wide + 4 * begin, 4 * begin
        bed, depth, owed = grid.bed + here, grid.depth + here, grid.owed + here
        x, y, rough = grid.qx + here, grid.qy + here, grid.friction + j * more + o
        flux_y(
            bed, bed + wide, depth, depth + wide, owed, owed + wide, north + o, y, y + wide, x,
            x + wide, rough, rough + more, target + o, end - begin, pace.dtdx, pace.gdtdx, pace.dt,
        )  # fmt: skip
        _edge_y(grid, walls, pace, j, north, target, begin, end)


@compiled
def _span(
    grid: Grid, out: Outside, walls: Walls, pace: Pace, j: int, north: int, x: int, y: int,
    begin: int, end: int, first: bool,
) -> None:  # fmt: skip
    """Fill the discharges of the x and south faces of a span of a row, which is not the last.

    The cell east of the last column is read (it is the next row's) and what comes of it replaced.
    """
    wide, more = 4 * grid.nx, grid.friction_stride
    here, o = j * wide + 4 * begin, 4 * begin
    bed, depth, owed = grid.bed + here, grid.depth + here, grid.owed + here
    qx, qy, rough = grid.qx + here, grid.qy + here, grid.friction + j * more + o
    fluxes(
        bed, bed + wide, depth, depth + wide, owed, owed + wide, north + o, qy, qy + wide, qx,
        qx + wide, rough, rough + more, x + o + 4, y + o, grid.deepest + here,
        grid.fastest + here, wide, end - begin, pace.dtdx, pace.gdtdx, pace.dt,
    )  # fmt: skip
    _edge_x(grid, out, walls, pace, j, north, x, begin, end, first)
    _edge_y(grid, walls, pace, j, north, y, begin, end)


@compiled
def _close(
    grid: Grid, weather: Weather, pace: Pace, j: int, rows: Rows, begin: int, end: int,
    first: bool, cut_x: bool, cut_y: bool, watch: bool, changed: Any, tops: Any,
) -> Any:  # fmt: skip
    """Limit and advance a span of row j, whose discharges are known; bits of its deepest water."""
    x, north, south, thick = rows.x, rows.north, rows.south, rows.thick
    if cut_x:
        o = 4 * begin if first else 4 * begin + 4
        scale(x + o, rows.share + o - 4, rows.share + o, end - begin + (1 if first else 0))
    if cut_y:
        o = 4 * begin
        scale(south + o, rows.share + o, rows.share_after + o, end - begin)
    shift = 4 * grid.nx * j
    rain, loss = weather.rain + weather.rain_stride * j, weather.loss + weather.loss_stride * j
    top = INT(0)
    width = COLS if watch else end - begin
    for start in range(begin, end, width):
        o, count = 4 * start, min(width, end - start)
        here = shift + o
        deep, moved, flows = advance(
            grid.bed + here, grid.depth + here, grid.owed + here, x + o, north + o, south + o,
            rain + o, grid.qx + here, grid.qy + here, thick + o, count, pace.dtdx, pace.dt,
        )  # fmt: skip
        top = max(top, deep)
        if watch:
            strip, tile = j // ROWS, start // COLS
            tops[strip, tile] = max(tops[strip, tile], deep)
            if (moved | flows) != 0:
                changed[strip, tile] = 1
    o, count = 4 * begin, end - begin
    here = shift + o
    if weather.losing:
        lose(grid.depth + here, grid.owed + here, loss + o, rows.lanes, count, pace.dt)
    if begin == 0:
        put(grid.west, j, at(x, 0))
    extremes(
        grid.depth + here, thick + o, x + o, north + o, south + o, grid.deepest + here,
        grid.fastest + here, grid.arrival + here, rows.squares + o, count, pace.time,
    )  # fmt: skip
    return top


@compiled
def _close_row(
    grid: Grid, weather: Weather, pace: Pace, j: int, rows: Rows, runs: int, first: int,
    last: int, cut_x: bool, cut_y: bool, watch: bool, changed: Any, tops: Any,
) -> Any:  # fmt: skip
    top = INT(0)
    for k in range(first, last):
        start, stop = whole(runs, 2 * k), whole(runs, 2 * k + 1)
        for begin in range(start, stop, SPAN):
            deep = _close(
                grid, weather, pace, j, rows, begin, min(begin + SPAN, stop), begin == start,
                cut_x, cut_y, watch, changed, tops,
            )  # fmt: skip
            top = max(top, deep)
    return top


@compiled
def _count(lanes: int, lost: Any, j: int) -> None:
    # Close the eight sums of infiltration of a row, and begin those of the next one.
    sums = row_double(lanes, 8)
    total = 0.0
    for k in range(8):
        total += sums[k]
        sums[k] = 0.0
    lost[j] = total


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
        ``SCRATCH`` rows; the one of index ``NOTHING`` holds zeros, ``LANES`` the sums of
        infiltration, 0 at first.
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
    nothing, lanes = scratch + NOTHING * pitch, scratch + LANES * pitch
    thick, squares = scratch + _THICK * pitch, scratch + _SQUARES * pitch
    north, north_limited = above, above + pitch
    waits, cut, p_first, p_last = False, False, 0, 0  # row j − 1, its discharges not yet limited
    top = INT(0)
    for strip in range(begin // ROWS, (end + ROWS - 1) // ROWS):
        first, last = whole(starts, strip), whole(starts, strip + 1)
        rows = Rows(0, north_limited, north, 0, nothing, thick, squares, lanes)
        if first == last:
            if waits:
                j = strip * ROWS - 1
                share = scratch + (_SHARE + j % 2) * pitch
                rows = Rows(
                    scratch + (_X + j % 2) * pitch, north_limited, north, share, share, thick,
                    squares, lanes,
                )  # fmt: skip
                deep = _close_row(
                    grid, weather, pace, j, rows, runs, p_first, p_last, cut, cut, watch, changed,
                    tops,
                )  # fmt: skip
                top = max(top, deep)
                _count(lanes, lost, j)
            waits, north, north_limited = False, nothing, nothing
            continue
        for j in range(strip * ROWS, min(end, (strip + 1) * ROWS)):
            slot = j % 2
            x, share = scratch + (_X + slot) * pitch, scratch + (_SHARE + slot) * pitch
            old_north = grid.qy + (j - 1) * wide if j > begin else above + 2 * pitch
            inner = j + 1 < end
            south = scratch + (_Y + j % 3) * pitch if inner else below
            if inner and (j + 1) % ROWS == 0:
                _blank(south, grid.nx)
            rows = Rows(
                scratch + (_X + 1 - slot) * pitch, north_limited, north,
                scratch + (_SHARE + 1 - slot) * pitch, share, thick, squares, lanes,
            )  # fmt: skip
            beside = waits and j % ROWS != 0  # row j − 1 has the same runs
            short = False
            for k in range(first, last):
                start, stop = whole(runs, 2 * k), whole(runs, 2 * k + 1)
                for a in range(start, stop, SPAN):
                    b, o = min(a + SPAN, stop), 4 * a
                    if inner:
                        _span(grid, out, walls, pace, j, old_north, x, south, a, b, a == start)
                    else:
                        _span_x(grid, out, walls, pace, j, old_north, x, a, b, a == start)
                    scant = limits(
                        grid.depth + j * wide + o, x + o, north + o, south + o, share + o, b - a,
                        pace.dtdx,
                    )  # fmt: skip
                    short = short or scant
                    if beside:
                        deep = _close(
                            grid, weather, pace, j - 1, rows, a, b, a == start, cut, cut or scant,
                            watch, changed, tops,
                        )  # fmt: skip
                        top = max(top, deep)
            if waits and not beside:
                deep = _close_row(
                    grid, weather, pace, j - 1, rows, runs, p_first, p_last, cut, cut or short,
                    watch, changed, tops,
                )  # fmt: skip
                top = max(top, deep)
            if waits:
                _count(lanes, lost, j - 1)
                north_limited = north
            waits, cut, p_first, p_last = True, short, first, last
            north = south
    if waits:
        slot = (end - 1) % 2
        share = scratch + (_SHARE + slot) * pitch
        rows = Rows(
            scratch + (_X + slot) * pitch, north_limited, below + pitch, share, share, thick,
            squares, lanes,
        )  # fmt: skip
        deep = _close_row(
            grid, weather, pace, end - 1, rows, runs, p_first, p_last, cut, False, watch, changed,
            tops,
        )  # fmt: skip
        top = max(top, deep)
        _count(lanes, lost, end - 1)
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
    _copy(grid.qy + (line - 1) * wide if line > 0 else grid.north, old, count)
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
        north, south = (raw, other) if side else (other, raw)
        for k in range(first, last):
            begin, end = whole(runs, 2 * k), whole(runs, 2 * k + 1)
            o = 4 * begin
            _span_x(grid, out, walls, pace, j, old_north, x, begin, end, True)
            limits(
                grid.depth + j * wide + o, x + o, north + o, south + o, share + o, end - begin,
                pace.dtdx,
            )  # fmt: skip
    _copy(raw, limited, count)
    scale(limited, up, down, count)
