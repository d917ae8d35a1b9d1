# SPDX-License-Identifier: EUPL-1.2
"""Row kernels of the local-inertial solver: one row of cells, no branch, one vector instruction.

A kernel takes the addresses of rows at their first cell and a number of cells (see
:mod:`~jumeau.worksites.climate.machine`). Nothing is reassociated or contracted by the compiler:
fused multiply–adds are written out, so a cell gets the same bits whatever the run it is computed
in.

Depths and levels are in m, unit discharges in m²/s. Equation of a face between cells L and R,
from de Almeida & Bates (2013, Water Resour. Res. 49, 4833–4844), θ adaptive after Sridharan et al.
(2021, Adv. Water Resour. 152, 103924)::

    hf = max(ηL, ηR) − max(zL, zR)              0 below DRY
    φ  = g·n²·hf^(−4/3)·Δx                      what friction takes of a wave over one cell
    θ  = max(THETA, 1 − (Δt/Δx)·|q|/hf·max(1 − CALM·φ, 0))
    q̄  = θ·q + (1 − θ)/2·(q₋ + q₊)
    q  ← (q̄ − g·hf·(Δt/Δx)·(ηR − ηL)) / (1 + Δt·g·n²·|q|·hf^(−7/3))

where |q| is the length of the vector (q, mean of the four transverse faces). The weight θ spreads
discharge over its neighbours, against oscillations that only friction damps: it is not
wanted where friction is strong, where it would slow the flood (cells of tens of metres).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.climate.engine import HELD
from jumeau.worksites.climate.machine import (
    INT,
    bits_of,
    float_of,
    fma,
    inlined,
    load,
    prefetch,
    row,
    row_double,
    row_int,
    store1,
    store2,
    store3,
    store4,
    store5,
)
from jumeau.worksites.climate.tiles import compiled

F = np.float32
DRY = F(HELD)
"""Flow depth from which a face carries water [m]: half a millimetre wets the ground and stays."""
THETA = F(0.75)
"""Least weight of a face's own discharge; α ≤ √(THETA/2) keeps the scheme stable."""
CALM = F(5.0)
"""Friction over a cell is strong, and θ is 1, from φ = 1/CALM."""
OPEN = F(1e29)
"""Beds below it are open cells [m]."""
BLOCK = 64
"""Cells between two requests for what is wanted later: more would queue up and be waited for."""
_FILM = F(1e-3)  # a speed is told for deeper water only [m]
_ARRIVED = F(0.01)
_QUARTER, _HALF, _ONE, _ZERO = F(0.25), F(0.5), F(1.0), F(0.0)
_SPREAD = F(0.5) * (F(1.0) - THETA)
_NEVER = np.int32(0x7FC00000)  # bits of the NaN that fills `arrival`


@inlined
def inverse_cube_root(x: Any) -> Any:
    """Return x^(−1/3) of a positive float32, to 2e-6: bits of the exponent, then one step.

    The step is Householder's of fourth order on e = 1 − x·y³.
    """
    y = float_of(INT(0x54A21D2A) - INT(F(bits_of(x)) * F(1 / 3)))
    e = fma(-x * y, y * y, _ONE)
    p = fma(e, fma(e, fma(e, F(35 / 243), F(14 / 81)), F(2 / 9)), F(1 / 3))
    return fma(y * e, p, y)


@inlined
def surface_rise(
    low: Any, high: Any, h: Any, h_next: Any, step: Any, owed: Any, owed_next: Any
) -> Any:
    """Return (high + h_next) − (low + h) as if exact, ``step`` being high − low, rounded.

    What both differences lose is added back, and what the depths are owed: else rounding would
    drive water round and round in a lake.
    """
    back = step - high
    lost = (high - (step - back)) - (low + back)
    more = h_next - h
    back = more - h_next
    lost = lost + ((h_next - (more - back)) - (h + back))
    return (step + more) + (lost + (owed_next - owed))


@inlined
def face(
    hf: Any, rise: Any, q: Any, before: Any, after: Any, across: Any, friction: Any,
    dtdx: Any, gdtdx: Any, dt: Any,
) -> Any:  # fmt: skip
    """Return the new unit discharge of a face [m²/s] (equation of the module)."""
    hs = max(hf, DRY)
    r = inverse_cube_root(hs)
    r3 = r * r * r
    drag = friction * (r3 * r)
    size = np.sqrt(fma(q, q, across * across))
    loose = max(fma(drag, -CALM * dt / dtdx, _ONE), _ZERO)
    spread = min(dtdx * size * r3 * (_HALF * loose), _SPREAD)
    mean = fma(spread, (before - q) + (after - q), q)
    pushed = fma(-gdtdx * hs, rise, mean)
    braked = fma(dt * size, drag * r3, _ONE)
    new = pushed / braked
    return new if hf > DRY else _ZERO


@compiled
def fetch(address: int, count: int) -> None:
    """Ask for cells of a row ahead of their use."""
    for place in range(address, address + 4 * count, 64):
        prefetch(place)


@compiled
def fluxes(
    bed: int, bed_s: int, depth: int, depth_s: int, owed: int, owed_s: int, north: int, south: int,
    south_s: int, x: int, x_s: int, friction: int, friction_s: int, out_x: int, out_y: int,
    deepest: int, fastest: int, wide: int, count: int, dtdx: Any, gdtdx: Any, dt: Any,
) -> None:  # fmt: skip
    """Fill the discharges of the east and of the south faces of cells, from the old state.

    Parameters
    ----------
    bed, depth, owed, friction : address
        Row of the cells; one more cell than ``count`` is read.
    bed_s, depth_s, owed_s, friction_s : address
        Row of the cells south of them.
    north, south, south_s : address
        Old discharges of the faces north of the cells and south of them, one more read, and of
        those one row further south.
    x, x_s : address
        Old discharges of the east faces of both rows; one before is read, and one after of ``x``.
    out_x, out_y : address
        New discharges of the east and south faces.
    deepest, fastest : address
        Greatest depths and speeds of the row, asked for ahead of the end of the step.
    wide : int
        Bytes from a row to the next: cells two rows further south are asked for ahead; nothing
        need be there.
    count : int
        Cells.
    dtdx, gdtdx, dt : float32
        Δt/Δx [s/m], g·Δt/Δx [m/s] and Δt [s].
    """
    for first in range(0, count, BLOCK):
        o = 4 * first + wide
        for field in (bed_s, depth_s, owed_s, south_s, x_s, friction_s):
            fetch(field + o, BLOCK)
        fetch(deepest + 4 * first, BLOCK)
        fetch(fastest + 4 * first, BLOCK)
        for i in range(first, min(first + BLOCK, count)):
            z, h, c, f = load(bed, i), load(depth, i), load(owed, i), load(friction, i)
            z_e, h_e = load(bed, i + 1), load(depth, i + 1)
            z_s, h_s = load(bed_s, i), load(depth_s, i)
            n, s = load(north, i), load(south, i)
            w, q = load(x, i - 1), load(x, i)
            step = z_e - z
            hf = max(h - max(step, _ZERO), h_e + min(step, _ZERO))
            across = _QUARTER * ((n + load(north, i + 1)) + (s + load(south, i + 1)))
            rise = surface_rise(z, z_e, h, h_e, step, c, load(owed, i + 1))
            rough = _HALF * (f + load(friction, i + 1))
            new = face(hf, rise, q, w, load(x, i + 1), across, rough, dtdx, gdtdx, dt)
            store1(out_x, i, new)
            step = z_s - z
            hf = max(h - max(step, _ZERO), h_s + min(step, _ZERO))
            across = _QUARTER * ((w + q) + (load(x_s, i - 1) + load(x_s, i)))
            rise = surface_rise(z, z_s, h, h_s, step, c, load(owed_s, i))
            rough = _HALF * (f + load(friction_s, i))
            new = face(hf, rise, s, n, load(south_s, i), across, rough, dtdx, gdtdx, dt)
            store2(out_y, i, new)


@compiled
def flux_x(
    bed: int, depth: int, owed: int, x: int, north: int, south: int, friction: int, out: int,
    count: int, dtdx: Any, gdtdx: Any, dt: Any,
) -> None:  # fmt: skip
    """Fill the discharges of the east faces of cells: see :func:`fluxes`."""
    for i in range(count):
        z, z_e, h, h_e = load(bed, i), load(bed, i + 1), load(depth, i), load(depth, i + 1)
        step = z_e - z
        hf = max(h - max(step, _ZERO), h_e + min(step, _ZERO))
        above = load(north, i) + load(north, i + 1)
        across = _QUARTER * (above + (load(south, i) + load(south, i + 1)))
        rise = surface_rise(z, z_e, h, h_e, step, load(owed, i), load(owed, i + 1))
        rough = _HALF * (load(friction, i) + load(friction, i + 1))
        q, before, after = load(x, i), load(x, i - 1), load(x, i + 1)
        new = face(hf, rise, q, before, after, across, rough, dtdx, gdtdx, dt)
        store1(out, i, new)


@compiled
def flux_y(
    bed: int, bed_s: int, depth: int, depth_s: int, owed: int, owed_s: int, north: int, south: int,
    south_s: int, x: int, x_s: int, friction: int, friction_s: int, out: int, count: int,
    dtdx: Any, gdtdx: Any, dt: Any,
) -> None:  # fmt: skip
    """Fill the discharges of the south faces of cells: see :func:`fluxes`."""
    for i in range(count):
        z, z_s, h, h_s = load(bed, i), load(bed_s, i), load(depth, i), load(depth_s, i)
        step = z_s - z
        hf = max(h - max(step, _ZERO), h_s + min(step, _ZERO))
        across = load(x, i - 1) + load(x, i)
        across = _QUARTER * (across + (load(x_s, i - 1) + load(x_s, i)))
        rise = surface_rise(z, z_s, h, h_s, step, load(owed, i), load(owed_s, i))
        rough = _HALF * (load(friction, i) + load(friction_s, i))
        q, before, after = load(south, i), load(north, i), load(south_s, i)
        new = face(hf, rise, q, before, after, across, rough, dtdx, gdtdx, dt)
        store1(out, i, new)


@compiled
def limits(
    depth: int, x: int, north: int, south: int, out: int, count: int, dtdx: Any
) -> bool:  # fmt: skip
    """Fill each cell's share of its outgoing discharges that its water allows; tell if any < 1.

    ``x`` is the address of the west faces of the cells: one more than ``count`` is read.
    """
    short = INT(0)
    for i in range(count):
        h = load(depth, i)
        leaves = max(load(x, i + 1), _ZERO) - min(load(x, i), _ZERO)
        leaves = dtdx * (leaves + (max(load(south, i), _ZERO) - min(load(north, i), _ZERO)))
        short = INT(short | (leaves > h))
        store1(out, i, min(h / max(leaves, F(1e-30)), _ONE))
    return bool(short != 0)


@compiled
def scale(q: int, before: int, after: int, count: int) -> None:
    """Scale discharges by the share of the cell they leave: ``before`` when positive."""
    for i in range(count):
        old, down, up = load(q, i), load(before, i), load(after, i)
        store1(q, i, old * (down if old > _ZERO else up))


@compiled
def advance(
    bed: int, depth: int, owed: int, x: int, north: int, south: int, rain: int, keep_x: int,
    keep_y: int, thick: int, count: int, dtdx: Any, dt: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """Advance the depths of a row, and keep the discharges of its east and south faces.

    What rounding takes from a depth is carried to the next step (``owed``), so that rain of
    1e-7 m falls on metres of water without loss.

    Parameters
    ----------
    bed, depth, owed : address
        Row of the cells; the last two are advanced.
    x, north, south : address
        Limited new discharges of the west faces (one more is read), north and south faces.
    rain : address
        Rain on open cells [m/s].
    keep_x, keep_y : address
        Filled with the discharges of the east and south faces.
    thick : address
        Filled with the greater of the old and new depths [m].
    count : int
        Cells.
    dtdx, dt : float32
        Δt/Δx [s/m] and Δt [s].

    Returns
    -------
    tuple of int
        Bits of the greatest depth; bits that are not all 0 when a depth changed; the same when a
        discharge is not 0.
    """
    top, moved, flows = INT(0), INT(0), INT(0)
    for i in range(count):
        old, debt = load(depth, i), load(owed, i)
        east, out = load(x, i + 1), load(south, i)
        drop = load(rain, i) * dt
        fall = drop if load(bed, i) < OPEN else _ZERO
        add = fma(dtdx, (load(x, i) - east) + (load(north, i) - out), fall) + debt
        new = old + add
        left = add - (new - old)
        under = min(new, _ZERO)  # a rounding below zero is owed, not lost
        left = left + under
        new = new - under
        store1(depth, i, new)
        store2(owed, i, left)
        store3(keep_x, i, east)
        store4(keep_y, i, out)
        store5(thick, i, max(new, old))
        top = max(top, bits_of(new))
        moved = INT(moved | (new != old) | (left != debt))
        flows = INT(flows | (east != _ZERO) | (out != _ZERO))
    return top, moved, flows


@compiled
def extremes(
    depth: int, thick: int, x: int, north: int, south: int, deepest: int, fastest: int,
    arrival: int, squares: int, count: int, time: Any,
) -> None:  # fmt: skip
    """Raise the greatest depths and speeds of a row, and note the first arrivals.

    A speed is the mean discharge of a cell's faces over the greater of its depths before and
    after the step. Nothing is written where nothing rises.
    """
    higher, faster, fresh = _rises(depth, thick, x, north, south, deepest, fastest, squares, count)
    if higher != 0:
        _raise_depths(depth, deepest, count)
    if fresh != 0:
        h, first, late = row(depth, count), row_int(arrival, count), bits_of(time)
        for i in range(count):
            first[i] = late if (h[i] > _ARRIVED) & (first[i] == _NEVER) else first[i]
    if faster != 0:
        _raise_speeds(squares, fastest, count)


@compiled
def _rises(
    depth: int, thick: int, x: int, north: int, south: int, deepest: int, fastest: int,
    squares: int, count: int,
) -> tuple[int, int, int]:  # fmt: skip
    higher, faster, fresh = INT(0), INT(0), INT(0)
    for i in range(count):
        h, hm, vm = load(depth, i), load(deepest, i), load(fastest, i)
        u, v = load(x, i) + load(x, i + 1), load(north, i) + load(south, i)
        over = max(load(thick, i), _FILM)
        square = fma(u, u, v * v) / (F(4.0) * (over * over))
        square = square if h > _FILM else _ZERO
        store1(squares, i, square)
        higher = INT(higher | (h > hm))
        fresh = INT(fresh | ((h > _ARRIVED) & (hm <= _ARRIVED)))
        faster = INT(faster | (square > vm * vm))
    return higher, faster, fresh


@compiled
def _raise_depths(depth: int, deepest: int, count: int) -> None:
    for i in range(count):
        store1(deepest, i, max(load(deepest, i), load(depth, i)))


@compiled
def _raise_speeds(squares: int, fastest: int, count: int) -> None:
    for i in range(count):
        store1(fastest, i, max(load(fastest, i), np.sqrt(load(squares, i))))


@compiled
def lose(depth: int, owed: int, rate: int, lanes: int, count: int, dt: Any) -> None:
    """Let a row infiltrate, at most the water there is; add what went to eight sums.

    ``lanes`` is the address of eight float64: cell i goes to sum i mod 8, so that the total of a
    row does not depend on the runs it is cut into (they begin on multiples of 8).
    """
    h, c, most = row(depth, count), row(owed, count), row(rate, count)
    total = row_double(lanes, 8)
    for first in range(0, count, 8):
        for k in range(min(8, count - first)):
            i = first + k
            old, debt = h[i], c[i]
            gone = min(most[i] * dt, old)
            new = old - gone
            c[i] = debt + ((old - new) - gone)
            h[i] = new
            total[k] += np.float64(gone)
