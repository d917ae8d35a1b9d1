# SPDX-License-Identifier: EUPL-1.2
"""The row kernels of the finite-volume solver against plain NumPy in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from jumeau.worksites.climate import hllc_rows as rows
from jumeau.worksites.climate.engine import GRAVITY, WALL

F = np.float32
M = 203


def numbers(seed, count, low=0.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, (count, M)).astype(F)


def doubled(*arrays):
    return [np.asarray(a, np.float64) for a in arrays]


def minmod(a, b):
    return np.where(a * b > 0, np.where(abs(a) < abs(b), a, b), 0.0)


def plain_riemann(hl, ul, hr, ur):
    """HLL on (h, hu), in its textbook form."""
    cl, cr = np.sqrt(GRAVITY * hl), np.sqrt(GRAVITY * hr)
    us, cs = (ul + ur) / 2 + cl - cr, (cl + cr) / 2 + (ul - ur) / 4
    sl, sr = np.minimum(ul - cl, us - cs), np.maximum(ur + cr, us + cs)
    sl, sr = np.where(hr <= 0, ul - cl, sl), np.where(hr <= 0, ul + 2 * cl, sr)
    sl, sr = np.where(hl <= 0, ur - 2 * cr, sl), np.where(hl <= 0, ur + cr, sr)
    left = np.array([hl * ul, hl * ul * ul + GRAVITY / 2 * hl**2])
    right = np.array([hr * ur, hr * ur * ur + GRAVITY / 2 * hr**2])
    state = np.array([hr - hl, hr * ur - hl * ul])
    with np.errstate(all="ignore"):
        middle = (sr * left - sl * right + sl * sr * state) / (sr - sl)
    flux = np.where(sl >= 0, left, np.where(sr <= 0, right, middle))
    return np.where((hl <= 0) & (hr <= 0), 0.0, flux)


def test_fluxes_are_those_of_hll_after_hydrostatic_reconstruction():
    zl, hl, zr, hr = numbers(1, 4)
    ul, vl, ur, vr = numbers(2, 4, -4.0, 4.0)
    hl[:20] = hr[20:40] = hl[40:45] = hr[40:45] = 0.0
    zr[50:60], hr[50:60], ur[50:60] = WALL, 0.0, 0.0
    slopes = numbers(3, 8, -0.05, 0.05)
    slopes[:, :70] = 0.0
    el, al, pl, ql, er, ar, pr, qr = slopes
    al[:], ar[:] = al * hl, ar * hr
    out = [np.empty(M, F) for _ in range(4)]
    rows.fluxes(zl, hl, ul, vl, el, al, pl, ql, zr, hr, ur, vr, er, ar, pr, qr, *out)
    zl, hl, ul, vl, el, al, pl, ql = doubled(zl, hl, ul, vl, el, al, pl, ql)
    zr, hr, ur, vr, er, ar, pr, qr = doubled(zr, hr, ur, vr, er, ar, pr, qr)
    wall = zr > 1e29
    hf, hg, uf, ug = hl + al, hr - ar, ul + pl, ur - pr
    step = np.where(wall, 0.0, zr - zl) - (el - al) - (er - ar)
    hs, ht = np.maximum(hf - np.maximum(step, 0), 0), np.maximum(hg + np.minimum(step, 0), 0)
    hs, ht, ug = np.where(wall, hf, hs), np.where(wall, hf, ht), np.where(wall, -uf, ug)
    mass, momentum = plain_riemann(hs, uf, ht, ug)
    assert np.abs(out[0] - mass).max() < 2e-5
    assert np.all(out[0][50:60] == 0.0)
    assert np.abs(out[1] - (momentum - GRAVITY / 2 * hs**2)).max() < 1e-4
    assert np.abs(out[2] - (momentum - GRAVITY / 2 * ht**2)).max() < 1e-4
    assert np.abs(out[3] - mass * np.where(mass > 0, vl + ql, vr - qr)).max() < 1e-4


def test_slopes_are_minmod_where_the_flow_is_resolved():
    z, h, u, v = numbers(4, 3, 0.0, 0.02), numbers(5, 3, 0.2, 0.22), *numbers(6, 2, -1, 1)[:, None]
    u, v = np.tile(u, (3, 1)) + numbers(7, 3), np.tile(v, (3, 1)) + numbers(8, 3)
    z[2, :9] = WALL
    film = numbers(9, 1)[0] * F(4) * (np.arange(M) > 100)
    out = [np.empty(M, F) for _ in range(5)]
    rows.slopes(z[0], h[0], u[0], v[0], z[1], h[1], u[1], v[1], z[2], h[2], u[2], v[2], film, *out)
    z, h, u, v = doubled(z, h, u, v)
    dz, dh, du, dv = (np.diff(a, axis=0) for a in (z, h, u, v))
    change = np.maximum(np.abs(dz), np.abs(dh)).max(axis=0) / h[1]
    kept = np.clip(2 - change / 0.045, 0, 1)
    half = np.where(z[2] > 1e29, 0.0, 0.5)
    assert (kept[9:] > 0).sum() > 50
    both = np.maximum(kept, np.clip(0.6 * film.astype(float) - 1, 0, 1))
    plain = np.clip(2 - 8 * film.astype(float), 0, 1)
    assert np.abs(out[4] - both).max() < 1e-4
    assert np.abs(out[0] - half * both * minmod(*(dz + dh))).max() < 1e-5
    for found, steps in ((out[1], dh), (out[2], du), (out[3], dv)):
        assert np.abs(found - half * kept * plain * minmod(*steps)).max() < 2e-4


def test_films_compare_the_cell_with_the_length_of_friction():
    h, friction = numbers(10, 1, 1e-4, 0.2)[0], numbers(11, 1, 0.0, 0.05)[0]
    out = np.empty(M, F)
    rows.films(h, friction, out, F(2.0))
    plain = 2.0 * friction / h.astype(float) ** (4 / 3)
    assert np.abs(out / plain - 1).max() < 1e-5


def test_half_step_advances_the_primitive_equations_and_friction():
    h, u, v, *slopes = numbers(12, 11, 0.0, 0.1)
    h += F(0.5)
    wx, wy, friction = numbers(13, 3)
    out = [np.empty(M, F) for _ in range(3)]
    rows.half_step(h, u, v, *slopes, wx, wy, friction, *out, F(0.1), F(0.2))
    h, u, v, ex, ax, ux, vx, ey, ay, uy, vy = doubled(h, u, v, *slopes)
    hh = h - 0.1 * (u * ax + v * ay + h * (ux + vy))
    a = u - 0.1 * (u * ux + v * uy + GRAVITY * ex)
    b = v - 0.1 * (u * vx + v * vy + GRAVITY * ey)
    k = 0.1 * friction * np.minimum(wx, wy) * h ** (-4 / 3)
    left = 2 / (1 + np.sqrt(1 + 4 * k * np.hypot(a, b)))
    for found, plain in zip(out, (hh, a * left, b * left), strict=True):
        assert np.abs(found - plain).max() < 2e-6


def test_shares_leave_no_cell_overdrawn():
    h = numbers(14, 1, 0.0, 0.2)[0]
    west, east, north, south = numbers(15, 4, -1.0, 1.0)
    share, friction = np.empty(M, F), np.full(M, 0.01, F)
    friction[::2] = 0.0
    h[:8] = 4e-4
    least = rows.shares(h, friction, west, east, north, south, share, F(0.3))
    out = np.maximum(east, 0) - np.minimum(west, 0) + np.maximum(south, 0) - np.minimum(north, 0)
    free = np.maximum(h - np.where(friction > 0, 5e-4, 0.0), 0.0)  # what rough ground does not hold
    assert np.abs(share - np.minimum(1, free / np.maximum(0.3 * out, 1e-30))).max() < 1e-5
    assert (share[1:8:2] == 0.0).all() and (share[:8:2] > 0.0).any()
    assert least == share.min()
    assert np.all(h - 0.3 * out.astype(float) * share >= -1e-9)


def test_limit_scales_by_the_cell_that_gives():
    mass, along, left, right = numbers(16, 4, -1.0, 1.0)
    wanted = np.where(mass > 0, left, right)
    expected = mass * wanted, along * wanted
    rows.limit(mass, along, left, right)
    assert np.array_equal(mass, expected[0])
    assert np.array_equal(along, expected[1])


def test_budget_adds_up_faces_slope_and_rain():
    h, owed, u, v, hh, ex, ey, *faces = numbers(17, 20, -0.1, 0.1)
    h += F(1.0)
    given, change = *numbers(18, 1, 0.0, 1e-3), np.empty(M, F)
    start = doubled(h, u, v)
    rows.budget(h, owed, u, v, hh, ex, ey, *faces[:12], given, change, F(0.2))
    mw, rw, aw, me, le, ae, mn, rn, an, ms, ls, as_ = doubled(*faces[:12])
    gain = 0.2 * (mw - me + mn - ms) + given
    assert np.abs(change - gain - owed).max() < 1e-6
    a = start[0] * start[1] + 0.2 * (rw - le + an - as_ - 2 * GRAVITY * hh.astype(float) * ex)
    b = start[0] * start[2] + 0.2 * (rn - ls + aw - ae - 2 * GRAVITY * hh.astype(float) * ey)
    assert np.abs(u - a / (start[0] + gain)).max() < 1e-6
    assert np.abs(v - b / (start[0] + gain)).max() < 1e-6


@pytest.mark.parametrize("capacity", [0.0, 0.5])
def test_settle_keeps_every_drop(capacity):
    h, change, friction = numbers(19, 3)
    u, v = numbers(20, 2, -2.0, 2.0)
    change -= h * F(0.9)
    owed, loss = np.zeros(M, F), np.full(M, capacity, F)
    taken, deepest, quickest = (np.zeros(M, F) for _ in range(3))
    before, speeds = doubled(h, change), doubled(u, v)
    fastest = rows.settle(h, owed, u, v, change, loss, friction, taken, deepest, quickest, F(0.3))
    kept = h.astype(float) + owed + taken
    assert np.abs(kept - before[0] - before[1]).max() < 1e-14
    assert h.min() >= 0.0
    assert np.array_equal(deepest, h)
    assert taken.max() <= 0.3 * capacity * (1 + 1e-6)
    depth = np.maximum(h.astype(float), 1e-6)
    k = 0.3 * friction * depth ** (-4 / 3)
    left = np.where(h > 1e-6, 2 / (1 + np.sqrt(1 + 4 * k * np.hypot(*speeds))), 0.0)
    assert np.abs(u - speeds[0] * left).max() < 1e-5
    assert np.abs(v - speeds[1] * left).max() < 1e-5
    sums = np.abs(u) + np.abs(v) + 2 * np.sqrt(GRAVITY * h)
    assert abs(fastest - sums.max()) < 1e-5


def test_total_is_the_sum():
    row = numbers(21, 1)[0]
    assert abs(rows.total(row) - row.astype(float).sum()) < 1e-12
