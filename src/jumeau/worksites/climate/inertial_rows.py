# SPDX-License-Identifier: EUPL-1.2
"""Row kernels of the local-inertial solver: one row of cells, no branch, one vector instruction.

A kernel takes the memory addresses of the rows it reads and writes, at their first cell, and a
number of cells. Rows given as arrays cost six times as much on short runs (each brings its
reference count and its shape), and short runs are what skipping dry tiles makes. Nothing is
reassociated or contracted by the compiler: fused multiply–adds are written out, so a cell gets
the same bits whatever the run it is computed in.

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

import numba as nb
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from jumeau.worksites.climate.tiles import compiled

F = np.float32
DRY = F(5e-4)
"""Flow depth from which a face carries water [m]: half a millimetre wets the ground and stays."""
THETA = F(0.75)
"""Least weight of a face's own discharge; α ≤ √(THETA/2) keeps the scheme stable."""
CALM = F(5.0)
"""Friction over a cell is strong, and θ is 1, from φ = 1/CALM."""
OPEN = F(1e29)
"""Beds below it are open cells [m]."""
_FILM = F(1e-3)  # a speed is told for deeper water only [m]
_ARRIVED = F(0.01)
_HALF, _ONE, _ZERO = F(0.5), F(1.0), F(0.0)
_SPREAD = F(0.5) * (F(1.0) - THETA)
_NEVER = np.int32(0x7FC00000)  # bits of the NaN that fills `arrival`
_array: Any = getattr(nb, "carray")  # noqa: B009 (not exported to type checkers)
INT: Any = nb.int32
"""A 32-bit integer: sums and masks of wider ones would halve the width of the vectors."""


def inlined(function: Any) -> Any:
    """Compile a function into each kernel that calls it."""
    return njit(inline="always")(function)


def _bits_of(_context: Any, _value: Any) -> Any:
    """Return the 32 bits of a float32 as an int32."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), code


bits_of: Any = intrinsic(_bits_of)


def _float_of(_context: Any, _value: Any) -> Any:
    """Return the float32 that has these 32 bits."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), code


float_of: Any = intrinsic(_float_of)


def _fma(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    """Return a·b + c, rounded once."""

    def code(_ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float32(types.float32, types.float32, types.float32), code


fma: Any = intrinsic(_fma)


def _prefetch_at(_context: Any, _address: Any) -> Any:
    def code(ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        near = [ir.Constant(word, value) for value in (0, 2, 1)]  # to read, in L2, data
        builder.call(call, [builder.inttoptr(args[0], byte), *near])
        return ctx.get_dummy_value()

    return types.void(types.int64), code


_prefetch: Any = intrinsic(_prefetch_at)


def _maker(kind: types.Type) -> Any:
    pointer_to: Any = types.CPointer
    pointed = pointer_to(kind)

    def pointer(_context: Any, _address: Any) -> Any:
        def code(ctx: Any, builder: Any, _sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], ctx.get_value_type(pointed))

        return pointed(types.int64), code

    return intrinsic(pointer)


_float32_at = _maker(types.float32)
_int32_at = _maker(types.int32)
_float64_at = _maker(types.float64)
_int64_at = _maker(types.int64)
_uint8_at = _maker(types.uint8)


@inlined
def row(address: int, count: int) -> Any:
    """Return a float32 row of memory as an array (no reference is kept)."""
    return _array(_float32_at(address), count)


@inlined
def row_int(address: int, count: int) -> Any:
    """Return a row of memory as an int32 array (no reference is kept)."""
    return _array(_int32_at(address), count)


@inlined
def row_double(address: int, count: int) -> Any:
    """Return a row of memory as a float64 array (no reference is kept)."""
    return _array(_float64_at(address), count)


@inlined
def row_whole(address: int, count: int) -> Any:
    """Return a row of memory as an int64 array (no reference is kept)."""
    return _array(_int64_at(address), count)


@inlined
def row_byte(address: int, count: int) -> Any:
    """Return a row of memory as a uint8 array (no reference is kept)."""
    return _array(_uint8_at(address), count)


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
        _prefetch(place)


@compiled
def flux_x(
    bed: int, depth: int, owed: int, q: int, north: int, south: int, friction: int, out: int,
    count: int, dtdx: Any, gdtdx: Any, dt: Any,
) -> None:  # fmt: skip
    """Fill the discharges of the east faces of cells, from their row's old state.

    Parameters
    ----------
    bed, depth, owed, friction : address
        Row of the cells; one more cell than ``count`` is read.
    q : address
        Old discharges of their east faces; one more on each side is read.
    north, south : address
        Old discharges of their north and south faces, one more cell.
    out : address
        New discharges.
    count : int
        Cells.
    dtdx, gdtdx, dt : float32
        Δt/Δx [s/m], g·Δt/Δx [m/s] and Δt [s].
    """
    z, h, f = row(bed, count + 1), row(depth, count + 1), row(friction, count + 1)
    c = row(owed, count + 1)
    own = row(q - 4, count + 2)
    a, b = row(north, count + 1), row(south, count + 1)
    new = row(out, count)
    for i in range(count):
        step = z[i + 1] - z[i]
        hf = max(h[i] - max(step, _ZERO), h[i + 1] + min(step, _ZERO))
        across = F(0.25) * ((a[i] + a[i + 1]) + (b[i] + b[i + 1]))
        new[i] = face(
            hf, surface_rise(z[i], z[i + 1], h[i], h[i + 1], step, c[i], c[i + 1]),
            own[i + 1], own[i], own[i + 2], across, _HALF * (f[i] + f[i + 1]), dtdx, gdtdx, dt,
        )  # fmt: skip


@compiled
def flux_y(
    bed: int, bed_s: int, depth: int, depth_s: int, owed: int, owed_s: int, q_n: int, q: int,
    q_s: int, x: int, x_s: int, friction: int, friction_s: int, out: int, count: int, dtdx: Any,
    gdtdx: Any, dt: Any,
) -> None:  # fmt: skip
    """Fill the discharges of the south faces of cells (south > 0), from the old state.

    Parameters
    ----------
    bed, depth, owed, friction : address
        Row of the cells.
    bed_s, depth_s, owed_s, friction_s : address
        Row of the cells south of them.
    q_n, q, q_s : address
        Old discharges of the faces north of the cells, of theirs, and one row further south.
    x, x_s : address
        Old discharges of the east faces of both rows; one before is read.
    out : address
        New discharges.
    count : int
        Cells.
    dtdx, gdtdx, dt : float32
        Δt/Δx [s/m], g·Δt/Δx [m/s] and Δt [s].
    """
    z, zs, h, hs = row(bed, count), row(bed_s, count), row(depth, count), row(depth_s, count)
    c, cs = row(owed, count), row(owed_s, count)
    before, own, after = row(q_n, count), row(q, count), row(q_s, count)
    a, b = row(x - 4, count + 1), row(x_s - 4, count + 1)
    f, fs = row(friction, count), row(friction_s, count)
    new = row(out, count)
    for i in range(count):
        step = zs[i] - z[i]
        hf = max(h[i] - max(step, _ZERO), hs[i] + min(step, _ZERO))
        across = F(0.25) * ((a[i] + a[i + 1]) + (b[i] + b[i + 1]))
        new[i] = face(
            hf, surface_rise(z[i], zs[i], h[i], hs[i], step, c[i], cs[i]), own[i],
            before[i], after[i], across, _HALF * (f[i] + fs[i]), dtdx, gdtdx, dt,
        )  # fmt: skip


@compiled
def limits(
    depth: int, x: int, north: int, south: int, out: int, count: int, dtdx: Any
) -> bool:  # fmt: skip
    """Fill each cell's share of its outgoing discharges that its water allows; tell if any < 1.

    ``x`` is the address of the west faces of the cells: one more than ``count`` is read.
    """
    h, e, n, s = row(depth, count), row(x, count + 1), row(north, count), row(south, count)
    share = row(out, count)
    short = INT(0)
    for i in range(count):
        leaves = max(e[i + 1], _ZERO) - min(e[i], _ZERO)
        leaves = dtdx * (leaves + (max(s[i], _ZERO) - min(n[i], _ZERO)))
        short = INT(short | (leaves > h[i]))
        share[i] = leaves
    if short == 0:
        for i in range(count):
            share[i] = _ONE
        return False
    for i in range(count):
        share[i] = min(h[i] / max(share[i], F(1e-30)), _ONE)
    return True


@compiled
def scale(q: int, before: int, after: int, out: int, count: int) -> None:
    """Scale discharges by the share of the cell they leave: ``before`` when positive."""
    old, a, b, new = row(q, count), row(before, count), row(after, count), row(out, count)
    for i in range(count):
        down, up = a[i], b[i]
        new[i] = old[i] * (down if old[i] > _ZERO else up)


@compiled
def update(
    bed: int, depth: int, owed: int, x: int, north: int, south: int, rain: int, thick: int,
    count: int, dtdx: Any, dt: Any,
) -> tuple[int, int]:  # fmt: skip
    """Advance the depths of a row.

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
    thick : address
        Filled with the greater of the old and new depths [m].
    count : int
        Cells.
    dtdx, dt : float32
        Δt/Δx [s/m] and Δt [s].

    Returns
    -------
    tuple of int
        Bits of the greatest depth; bits that are not all 0 when a depth changed.
    """
    z, h, c, r = row(bed, count), row(depth, count), row(owed, count), row(rain, count)
    e, n, s = row(x, count + 1), row(north, count), row(south, count)
    most = row(thick, count)
    top, moved = INT(0), INT(0)
    for i in range(count):
        old, debt = h[i], c[i]
        drop = r[i] * dt
        fall = drop if z[i] < OPEN else _ZERO
        add = fma(dtdx, (e[i] - e[i + 1]) + (n[i] - s[i]), fall) + debt
        new = old + add
        left = add - (new - old)
        under = min(new, _ZERO)  # a rounding below zero is owed, not lost
        left = left + under
        new = new - under
        h[i] = new
        c[i] = left
        most[i] = max(new, old)
        top = max(top, bits_of(new))
        moved = INT(moved | (new != old) | (left != debt))
    return top, moved


@compiled
def keep(x: int, south: int, keep_x: int, keep_y: int, count: int) -> Any:
    """Keep the discharges of the east and south faces of a row; bits not all 0 if one flows."""
    e, s, qx, qy = row(x, count), row(south, count), row(keep_x, count), row(keep_y, count)
    moved = INT(0)
    for i in range(count):
        qx[i] = e[i]
        qy[i] = s[i]
        moved = INT(moved | (e[i] != _ZERO) | (s[i] != _ZERO))
    return moved


@compiled
def extremes(
    depth: int, thick: int, x: int, north: int, south: int, deepest: int, fastest: int,
    arrival: int, squares: int, count: int, time: Any,
) -> None:  # fmt: skip
    """Raise the greatest depths and speeds of a row, and note the first arrivals.

    A speed is the mean discharge of a cell's faces over the greater of its depths before and
    after the step. Nothing is written where nothing rises.
    """
    h, most = row(depth, count), row(thick, count)
    e, n, s = row(x, count + 1), row(north, count), row(south, count)
    hm, vm, v2 = row(deepest, count), row(fastest, count), row(squares, count)
    first = row_int(arrival, count)
    higher, faster, fresh = INT(0), INT(0), INT(0)
    for i in range(count):
        u, v = e[i] + e[i + 1], n[i] + s[i]
        over = max(most[i], _FILM)
        square = fma(u, u, v * v) / (F(4.0) * (over * over))
        square = square if h[i] > _FILM else _ZERO
        v2[i] = square
        higher = INT(higher | (h[i] > hm[i]))
        fresh = INT(fresh | ((h[i] > _ARRIVED) & (hm[i] <= _ARRIVED)))
        faster = INT(faster | (square > vm[i] * vm[i]))
    if higher != 0:
        for i in range(count):
            hm[i] = max(hm[i], h[i])
    if fresh != 0:
        late = bits_of(time)
        for i in range(count):
            first[i] = late if (h[i] > _ARRIVED) & (first[i] == _NEVER) else first[i]
    if faster != 0:
        for i in range(count):
            vm[i] = max(vm[i], np.sqrt(v2[i]))


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
