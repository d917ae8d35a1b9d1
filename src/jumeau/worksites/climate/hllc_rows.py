# SPDX-License-Identifier: EUPL-1.2
"""Row kernels of the finite-volume solver: slopes, half-step states, HLLC fluxes, updates.

Each kernel works on one-dimensional slices of equal length, so that LLVM vectorises it, and treats
each cell alike: no sum runs along a row, so a cell's bits do not depend on where a slice begins.
``u`` is the velocity across a face, ``v`` the one along it; rows grow to the south, and so does the
velocity of the second axis. Slopes are half differences: value at the face = value at the centre ±
slope. Closed cells have a bed above ``CEILING``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from jumeau.worksites.climate.engine import ARRIVED, GRAVITY, HELD
from jumeau.worksites.climate.machine import bits_of, float_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row = NDArray[np.float32]

_F = np.float32
CEILING = _F(1e29)
"""Beds above it are closed cells [m]."""

DRY = _F(1e-6)
"""Water thinner than this does not keep a velocity [m]."""

SHOWN = _F(1e-3)
"""Water thinner than this does not count for the greatest speed [m]."""

_ZERO, _HALF, _ONE, _TWO, _FOUR = _F(0.0), _F(0.5), _F(1.0), _F(2.0), _F(4.0)
_QUARTER, _THIRD, _TINY = _F(0.25), _F(1.0 / 3.0), _F(1e-30)
_G, _HALF_G = _F(GRAVITY), _F(0.5 * GRAVITY)
_ARRIVED = _F(ARRIVED)
QUICK = _F(1.99 * np.sqrt(GRAVITY * ARRIVED))
"""No water has arrived where |u| + |v| + 2·√(g·h) is below this [m/s]."""

_C2, _C3 = _F(2.0 / 9.0), _F(14.0 / 81.0)
_DEEP, _FROUDE2, _STEEP = _F(0.05), _F(0.64), _F(0.2)
_ROUNDING, _MOST = _F(4e-7), _F(1e-5)
_SMOOTH, _FILM = _F(0.045), _F(0.6)
_SPARE = _F(1.0 - 4e-7)
_HELD = _F(HELD)


_row = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz"})
_cell = njit(inline="always", error_model="numpy", fastmath={"nnan", "nsz"})


@_cell
def _inverse_cube_root(x: Any) -> Any:
    """Return x^(-1/3) to 2e-6: a guess on the bits, then two refinements."""
    y = float_of(np.int32(0x54A21D2A) - np.int32(_F(bits_of(x)) * _THIRD))
    e = _ONE - x * y * y * y
    y = y * (_ONE + e * (_THIRD + e * (_C2 + e * _C3)))
    e = _ONE - x * y * y * y
    return y + y * e * _THIRD


@_cell
def _minmod(a: Any, b: Any) -> Any:
    """Return the smaller of two slopes of one sign, 0 otherwise."""
    return max(min(a, b), _ZERO) + min(max(a, b), _ZERO)


@_cell
def _noise(level: Any, depth: Any) -> Any:
    """Return below which step of the surface there is only rounding [m].

    That of beds, at a level above datum, as far as it stays below what water feels; and that of
    depths, in deep lakes.
    """
    return max(min(_ROUNDING * level, _MOST), _ROUNDING * depth)


@_cell
def _drag(depth: Any, speed: Any, friction: Any) -> Any:
    """Return what friction leaves of a speed: u + k·u·|u| = u*, k = Δt·g·n²·h^(-4/3), solved."""
    r = _inverse_cube_root(max(depth, DRY))
    r *= r
    return _TWO / (_ONE + np.sqrt(_ONE + _FOUR * friction * (r * r) * speed))


@_cell
def riemann(hl: Any, ul: Any, hr: Any, ur: Any) -> Any:
    """Return the HLL flux of mass, and that of momentum less ½·g·h² of the left and right states.

    Wave speeds are those of two rarefactions (Toro 2001), u ± 2c at a dry side.
    """
    cl, cr = np.sqrt(_G * hl), np.sqrt(_G * hr)
    us = _HALF * (ul + ur) + (cl - cr)
    cs = _HALF * (cl + cr) + _QUARTER * (ul - ur)
    sl, sr = min(ul - cl, us - cs), max(ur + cr, us + cs)
    sl = sl if hl > _ZERO else ur - _TWO * cr
    sr = sr if hl > _ZERO else ur + cr
    sr = sr if hr > _ZERO else ul + _TWO * cl
    sl = sl if (hr > _ZERO) | (hl <= _ZERO) else ul - cl
    sl, sr = min(sl, _ZERO), max(sr, _ZERO)
    share = sl / max(sr - sl, _TINY)
    ql, qr = hl * ul, hr * ur
    mass = ql + share * ((ql - qr) + sr * (hr - hl))
    press = _HALF_G * ((hl - hr) * (hl + hr))
    left = ql * ul + share * (((ql * ul - qr * ur) + press) + sr * (qr - ql))
    return mass, left, left + press


@_row
def films(h: Row, friction: Row, film: Row, cell: Any) -> None:
    """Write the cell size over the length in which friction stops water: large in films.

    Parameters
    ----------
    h, friction : (m,) float32 arrays
        Depth [m] and g·n².
    film : (m,) float32 array
        Written: Δx/L [-], L = h^(4/3)/(g·n²) the length of friction [m].
    cell : float32
        Δx [m].
    """
    for i in range(film.shape[0]):
        r = _inverse_cube_root(max(h[i], DRY))
        r *= r
        film[i] = cell * friction[i] * (r * r)


@_row
def slopes(
    z0: Row, h0: Row, u0: Row, v0: Row,
    z1: Row, h1: Row, u1: Row, v1: Row,
    z2: Row, h2: Row, u2: Row, v2: Row,
    film: Row, e: Row, a: Row, p: Row, q: Row, weight: Row,
) -> None:  # fmt: skip
    """Write the half slopes from the cells before (0) to the cells after (2).

    Slopes are minmod where bed and depth change by less than 4.5 % of the depth from cell to cell,
    and fade to none at 9 %: where the grid does not resolve the flow, the scheme is of first order.
    In films that friction rules, which follow the ground, that of the surface alone is kept.

    Parameters
    ----------
    z0, h0, u0, v0, z1, h1, u1, v1, z2, h2, u2, v2 : (m,) float32 arrays
        Bed, depth [m] and both velocities [m/s].
    film : (m,) float32 array
        See :func:`films`.
    e, a, p, q : (m,) float32 arrays
        Written: half slopes of z + h, h [m], u and v [m/s]; 0 beside a closed cell.
    weight : (m,) float32 array
        Written: how much of the surface's slope was kept [-].
    """
    for i in range(e.shape[0]):
        k = _HALF if (z0[i] < CEILING) & (z2[i] < CEILING) else _ZERO
        back, ahead = h1[i] - h0[i], h2[i] - h1[i]
        fall, rise = z1[i] - z0[i], z2[i] - z1[i]
        change = max(abs(back), abs(ahead), abs(fall), abs(rise))
        kept = max(min(_TWO - change / (_SMOOTH * max(h1[i], DRY)), _ONE), _ZERO)
        both = max(kept, min(_FILM * film[i] - _ONE, _ONE), _ZERO)
        plain = max(min(_TWO - _TWO * _FOUR * film[i], _ONE), _ZERO)
        weight[i] = both
        slope = _minmod(fall + back, rise + ahead)
        e[i] = k * both * slope if abs(slope) > _noise(z1[i] + h1[i], h1[i]) else _ZERO
        k = k * kept * plain
        a[i] = k * _minmod(back, ahead)
        p[i] = k * _minmod(u1[i] - u0[i], u2[i] - u1[i])
        q[i] = k * _minmod(v1[i] - v0[i], v2[i] - v1[i])


@_row
def half_step(
    h: Row, u: Row, v: Row,
    ex: Row, ax: Row, ux: Row, vx: Row,
    ey: Row, ay: Row, uy: Row, vy: Row,
    wx: Row, wy: Row, friction: Row, hh: Row, uh: Row, vh: Row,
    ratio: Any, dt: Any,
) -> None:  # fmt: skip
    """Write the state half a step later, from slopes and friction alone (Hancock's predictor).

    Parameters
    ----------
    h, u, v : (m,) float32 arrays
        Depth [m], velocities along the row and across rows [m/s].
    ex, ax, ux, vx, ey, ay, uy, vy : (m,) float32 arrays
        Half slopes along the row and across rows: surface, depth, both velocities.
    wx, wy : (m,) float32 arrays
        How much of the surface's slopes was kept; friction acts on that part [-].
    friction : (m,) float32 array
        g·n².
    hh, uh, vh : (m,) float32 arrays
        The state half a step later; the depth at least half of what it was.
    ratio, dt : float32
        Δt/Δx [s/m] and Δt [s].
    """
    half = _HALF * dt
    for i in range(hh.shape[0]):
        depth, a, b = h[i], u[i], v[i]
        gone = (a * ax[i] + b * ay[i]) + depth * (ux[i] + vy[i])
        hh[i] = max(depth - ratio * gone, _HALF * depth)
        a1 = a - ratio * ((a * ux[i] + b * uy[i]) + _G * ex[i])
        b1 = b - ratio * ((a * vx[i] + b * vy[i]) + _G * ey[i])
        k = _drag(depth, np.sqrt(a1 * a1 + b1 * b1), half * friction[i] * min(wx[i], wy[i]))
        k = k if depth > DRY else _ZERO
        uh[i] = a1 * k
        vh[i] = b1 * k


@_row
def fluxes(
    zl: Row, hl: Row, ul: Row, vl: Row, el: Row, al: Row, pl: Row, ql: Row,
    zr: Row, hr: Row, ur: Row, vr: Row, er: Row, ar: Row, pr: Row, qr: Row,
    mass: Row, left: Row, right: Row, along: Row,
) -> None:  # fmt: skip
    """Write the HLLC fluxes between two rows of cells, by hydrostatic reconstruction.

    Parameters
    ----------
    zl, hl, ul, vl, zr, hr, ur, vr : (m,) float32 arrays
        Bed, depth [m], velocity across and along the face [m/s] of the cells on both sides.
    el, al, pl, ql, er, ar, pr, qr : (m,) float32 arrays
        Half slopes toward the right, of surface, depth and the two velocities.
    mass : (m,) float32 array
        Flux of water [m²/s].
    left, right : (m,) float32 arrays
        Flux of momentum less ½·g·h² of the state at the face, seen from both cells [m³/s²]: 0 at
        rest, so that no rounding of large pressures is left.
    along : (m,) float32 array
        Flux of the momentum along the face [m³/s²].
    """
    for i in range(mass.shape[0]):
        hf, hg = hl[i] + al[i], hr[i] - ar[i]
        uf, ug = ul[i] + pl[i], ur[i] - pr[i]
        vf, vg = vl[i] + ql[i], vr[i] - qr[i]
        wall_l, wall_r = zl[i] > CEILING, zr[i] > CEILING
        d = (zr[i] - zl[i]) - ((el[i] - al[i]) + (er[i] - ar[i]))
        hs = max(hf - max(d, _ZERO), _ZERO)
        ht = max(hg + min(d, _ZERO), _ZERO)
        flat = abs(d + (hg - hf)) <= _noise(min(zl[i] + hl[i], zr[i] + hr[i]), max(hl[i], hr[i]))
        low = min(hs, ht)
        hs = low if flat else hs
        ht = low if flat else ht
        hs = hf if wall_r else hs
        ht = hf if wall_r else ht
        us = uf
        ut = -uf if wall_r else ug
        hs = hg if wall_l else hs
        ht = hg if wall_l else ht
        us = -ug if wall_l else us
        ut = ug if wall_l else ut
        m, f, g = riemann(hs, us, ht, ut)
        mass[i] = m
        left[i] = f
        right[i] = g
        along[i] = m * (vf if m > _ZERO else vg)


@_row
def shares(
    h: Row, friction: Row, west: Row, east: Row, north: Row, south: Row, share: Row, ratio: Any
) -> Any:  # fmt: skip
    """Write which share of its outgoing fluxes each cell can give; return the least.

    Where there is friction, half a millimetre wets the ground and stays, as in the local-inertial
    solver.

    Parameters
    ----------
    h : (m,) float32 array
        Depth at the start of the step [m].
    friction : (m,) float32 array
        g·n².
    west, east, north, south : (m,) float32 arrays
        Fluxes of water through the four faces, to the east and the south [m²/s].
    share : (m,) float32 array
        Written: min(1, (h less what is held) / (Δt/Δx · what goes out)) [-].
    ratio : float32
        Δt/Δx [s/m].

    Returns
    -------
    float32
        The least share [-].
    """
    least = np.int32(0x3F800000)
    for i in range(share.shape[0]):
        out = (max(east[i], _ZERO) - min(west[i], _ZERO)) + (
            max(south[i], _ZERO) - min(north[i], _ZERO)
        )
        free = max(h[i] - (_HELD if friction[i] > _ZERO else _ZERO), _ZERO)
        value = min(_SPARE * free / max(ratio * out, _TINY), _ONE)
        share[i] = value
        least = min(least, bits_of(value))
    return float_of(least)


@_row
def limit(mass: Row, along: Row, left: Row, right: Row) -> None:
    """Scale fluxes by the share of the cell they come from, on the left or on the right."""
    for i in range(mass.shape[0]):
        k = left[i] if mass[i] > _ZERO else right[i]
        mass[i] = mass[i] * k
        along[i] = along[i] * k


@_row
def budget(
    h: Row, owed: Row, u: Row, v: Row, hh: Row, ex: Row, ey: Row,
    mass_w: Row, right_w: Row, along_w: Row, mass_e: Row, left_e: Row, along_e: Row,
    mass_n: Row, right_n: Row, along_n: Row, mass_s: Row, left_s: Row, along_s: Row,
    given: Row, change: Row, ratio: Any,
) -> None:  # fmt: skip
    """Add up what faces, slope and rain do to cells: change of depth, and velocities without drag.

    Parameters
    ----------
    h, owed : (m,) float32 arrays
        Depth, and what float32 still owes it [m].
    u, v : (m,) float32 arrays
        Velocities [m/s]; rewritten.
    hh, ex, ey : (m,) float32 arrays
        Depth half a step later and half slopes of the surface [m].
    mass_w, right_w, along_w, mass_e, left_e, along_e : (m,) float32 arrays
        Fluxes of the west and east faces, see :func:`fluxes` [m²/s, m³/s²].
    mass_n, right_n, along_n, mass_s, left_s, along_s : (m,) float32 arrays
        Those of the north and south faces [m²/s, m³/s²].
    given : (m,) float32 array
        Rain of the step [m].
    change : (m,) float32 array
        Written: what the depth changes by, debt included [m].
    ratio : float32
        Δt/Δx [s/m]; its inverse bounds the velocities.
    """
    cap = _ONE / ratio
    pull = _TWO * _G
    for i in range(change.shape[0]):
        old = h[i]
        gain = ratio * ((mass_w[i] - mass_e[i]) + (mass_n[i] - mass_s[i])) + given[i]
        change[i] = gain + owed[i]
        inverse = _ONE / max(old + gain, DRY)
        a = ((right_w[i] - left_e[i]) + (along_n[i] - along_s[i])) - pull * (hh[i] * ex[i])
        b = ((right_n[i] - left_s[i]) + (along_w[i] - along_e[i])) - pull * (hh[i] * ey[i])
        a = (old * u[i] + ratio * a) * inverse
        b = (old * v[i] + ratio * b) * inverse
        u[i] = max(min(a, cap), -cap)
        v[i] = max(min(b, cap), -cap)


@_row
def settle(
    h: Row, owed: Row, u: Row, v: Row, change: Row, loss: Row, friction: Row,
    taken: Row, depth_max: Row, speed_max: Row, dt: Any,
) -> Any:  # fmt: skip
    """End the step of cells: depth with error feedback, infiltration, drag, greatest values.

    Parameters
    ----------
    h, owed, u, v : (m,) float32 arrays
        Depth, what float32 still owes it [m], velocities without drag [m/s]; rewritten.
    change : (m,) float32 array
        What the depth changes by [m].
    loss, friction : (m,) float32 arrays
        Infiltration capacity [m/s] and g·n².
    taken : (m,) float32 array
        Written: water infiltrated [m].
    depth_max, speed_max : (m,) float32 arrays
        Raised to the new depth [m] and speed [m/s].
    dt : float32
        Δt [s].

    Returns
    -------
    float32
        Greatest |u| + |v| + 2·√(g·h) [m/s], 0 when all is dry.
    """
    fastest = np.int32(0)
    for i in range(taken.shape[0]):
        old = h[i]
        new = old + change[i]
        part = new - old
        debt = (old - (new - part)) + (change[i] - part)
        low = min(new, _ZERO)
        debt = debt + low
        new = new - low
        take = min(dt * loss[i], new)
        taken[i] = take
        depth = new - take
        owed[i] = debt + ((new - depth) - take)
        h[i] = depth
        a, b = u[i], v[i]
        speed = np.sqrt(a * a + b * b)
        k = _drag(depth, speed, dt * friction[i])
        k = k if depth > DRY else _ZERO
        a, b, speed = a * k, b * k, speed * k
        u[i] = a
        v[i] = b
        depth_max[i] = max(depth_max[i], depth)
        speed_max[i] = max(speed_max[i], speed if depth > SHOWN else _ZERO)
        fastest = max(fastest, bits_of((abs(a) + abs(b)) + _TWO * np.sqrt(_G * depth)))
    return float_of(fastest)


@_row
def copy(source: Row, target: Row) -> None:
    """Copy a row."""
    for i in range(target.shape[0]):
        target[i] = source[i]


@_row
def fall(z: Row, rain: Row, given: Row, dt: Any) -> None:
    """Write the rain of a step on open cells [m], from its rate [m/s]."""
    for i in range(given.shape[0]):
        given[i] = dt * rain[i] if z[i] < CEILING else _ZERO


@njit(cache=True, nogil=True, error_model="numpy")
def arrive(h: Row, arrival: Row, time: Any) -> None:
    """Write the time [s] where water has just arrived; NaN stays where it has not."""
    for i in range(h.shape[0]):
        first = (h[i] > _ARRIVED) & np.isnan(arrival[i])
        arrival[i] = time if first else arrival[i]


@_row
def wetness(h: Row, wet: NDArray[np.uint8], width: int) -> None:
    """Set ``wet[k]`` where some of the cells k·width to (k + 1)·width − 1 hold water."""
    for start in range(0, h.shape[0], width):
        part = h[start : start + width]
        most = np.int32(0)
        for i in range(part.shape[0]):
            most = max(most, bits_of(part[i]))
        if most > 0:
            wet[start // width] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def total(row: Row) -> float:
    """Return the sum of a row in float64, in eight interleaved sums: the same on any machine."""
    n = row.shape[0] // 8 * 8
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    for i in range(0, n, 8):
        s0 += np.float64(row[i])
        s1 += np.float64(row[i + 1])
        s2 += np.float64(row[i + 2])
        s3 += np.float64(row[i + 3])
        s4 += np.float64(row[i + 4])
        s5 += np.float64(row[i + 5])
        s6 += np.float64(row[i + 6])
        s7 += np.float64(row[i + 7])
    for i in range(n, row.shape[0]):
        s0 += np.float64(row[i])
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@njit(cache=True, nogil=True, error_model="numpy")
def velocity(u: NDArray[np.float32], v: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write the speed of a field [m/s]."""
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[j, i] = np.sqrt(u[j, i] * u[j, i] + v[j, i] * v[j, i])


@njit(cache=True, nogil=True, error_model="numpy")
def fast(
    z: NDArray[np.float32],
    h: NDArray[np.float32],
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    cell: Any,
) -> Any:
    """Return how many cells are deeper than 0.05 m, and how many of them run fast.

    Fast: |u|/√(g·h) above 0.8, and the surface falls by more than 0.2 to or from a wet neighbour.
    """
    ny, nx = h.shape
    wet = quick = 0
    for j in range(ny):
        for i in range(nx):
            depth = h[j, i]
            if depth <= _DEEP:
                continue
            wet += 1
            if u[j, i] * u[j, i] + v[j, i] * v[j, i] <= _FROUDE2 * _G * depth:
                continue
            fall = _ZERO
            for k in range(4):
                m, n = j + (k == 0) - (k == 1), i + (k == 2) - (k == 3)
                if 0 <= m < ny and 0 <= n < nx and h[m, n] > _ZERO:
                    fall = max(fall, abs((z[m, n] - z[j, i]) + (h[m, n] - depth)))
            if fall > _STEEP * cell:
                quick += 1
    return wet, quick
