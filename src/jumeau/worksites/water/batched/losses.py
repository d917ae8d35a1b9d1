# SPDX-License-Identifier: EUPL-1.2
"""Head losses of links: what each brings to the system of the global gradient algorithm.

A link from i to j has h(q) = H_i − H_j. With g = dh/dq, p = 1/g and z = h/g − q, the next flow is
p·(H_i − H_j) − z.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jumeau.worksites.water.batched.lanes import at, choose, larger, load, spread, store
from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.model import (
    CLOSED,
    CUSTOM,
    GPV,
    NOCURVE,
    PBV,
    PCV,
    PIPE,
    POWER,
    PUMP,
    TCV,
)  # fmt: skip
from jumeau.worksites.water.batched.powers import logarithm, power
from jumeau.worksites.water.batched.statuses import TINY

BIG, SMALL = 1e8, 1e-6
LEAST = 1e-7
"""Least gradient dh/dq [ft/cfs]; below, the law is a straight line."""
NONE = 1e-30
"""Flow taken for none where a power of it is asked [cfs]."""
_LN2_LOG = -2.0 / math.log(10.0) * math.log(2.0)  # −2·log₁₀ x = _LN2_LOG·log₂ x


@compiled
def pipes_power(net: Any, st: Any) -> None:
    """Fill p and z of all pipes: h = r·q^e + m·q² (Hazen-Williams, Manning)."""
    e = net.exponent
    rest = 1.0 / e - 1.0
    for k in range(len(net.kind)):
        if at(net.kind, k) > PIPE:
            continue
        q = load(st.flow, k)
        p = load(st.law, k) * power(larger(abs(q), spread(NONE)), 1.0 - e)
        straight = p > 1.0 / LEAST
        z = choose(straight, spread(0.0), q * rest)
        p = choose(straight, spread(e / LEAST), p)
        m = at(net.minor, k)
        if m > 0.0:
            more = abs(q) * m
            inverse = 1.0 / (1.0 + p * (more * 2.0))
            z = (z + q + p * more * q) * inverse - q
            p = p * inverse
        store(st.p, k, p)
        store(st.z, k, z)


@compiled
def pipes_darcy(net: Any, st: Any) -> None:
    """Fill p and z of all pipes (Darcy-Weisbach; EPANET's friction factor)."""
    laminar, turbulent = 500.0 * math.pi, 1000.0 * math.pi
    ab, ac = 3.28895476345e-03, -5.14214965799e-03
    for k in range(len(net.kind)):
        if at(net.kind, k) > PIPE:
            continue
        q, r, e = load(st.flow, k), load(st.law, k), load(st.rough, k) * (1.0 / 3.7)
        m, sd = at(net.minor, k), net.viscosity * at(net.diameter, k)
        size = abs(q)
        least = larger(size, spread(NONE))
        w = least * (1.0 / sd)
        # turbulent, Swamee and Jain
        y1 = power(w, -0.9) * 4.61841319859
        y2 = e + y1
        y3 = logarithm(y2) * _LN2_LOG
        ft = 1.0 / (y3 * y3)
        dft = ft * y1 * (1.8 * -8.685889638e-01) / (y2 * y3 * least)
        # between, Dunlop's cubic
        z2 = e + ab
        z3 = logarithm(z2) * _LN2_LOG
        fa = 1.0 / (z3 * z3)
        fb = (2.0 + ac / (z2 * z3)) * fa
        x = w * (1.0 / laminar)
        x1, x2 = fa * 7.0 - fb, 0.128 - fa * 17.0 + fb * 2.5
        x3, x4 = fa * 13.0 - 0.128 - fb * 2.0, 0.032 - fa * 3.0 + fb * 0.5
        fm = x1 + x * (x2 + x * (x3 + x * x4))
        dfm = (x2 + x * (x3 * 2.0 + x * x4 * 3.0)) * (1.0 / sd / laminar)
        rough = w >= turbulent
        f, df = choose(rough, ft, fm), choose(rough, dft, dfm)
        r1 = f * r + m
        # laminar, Hagen and Poiseuille
        rl = r * (16.0 * math.pi * sd)
        slow = size <= laminar * sd
        factor = choose(slow, rl + size * m, size * r1)  # loss = factor·q
        grad = choose(slow, rl + size * (2.0 * m), size * r1 * 2.0 + df * r * size * size)
        p = 1.0 / grad
        store(st.p, k, p)
        store(st.z, k, factor * q * p - q)


@compiled
def close(st: Any, k: int) -> None:
    """Overwrite p and z of a link in the scenarios where it is closed."""
    for s in range(st.flow.shape[1]):
        if st.status[k, s] <= CLOSED:
            st.p[k, s], st.z[k, s] = 1.0 / BIG, 0.0


@compiled
def curve_line(net: Any, curve: int, q: float) -> tuple[float, float]:
    """Return intercept and slope of the piece of a curve that holds q."""
    first, last = net.curve_start[curve], net.curve_start[curve + 1]
    k = first
    while k < last and net.curve_x[k] < q:
        k += 1
    if k == first:
        k += 1
    elif k == last:
        k -= 1
    slope = (net.curve_y[k] - net.curve_y[k - 1]) / (net.curve_x[k] - net.curve_x[k - 1])
    return net.curve_y[k - 1] - slope * net.curve_x[k - 1], slope


@compiled
def opened(st: Any, k: int, s: int, minor: float) -> None:
    """Fill p and z of an open valve."""
    if st.status[k, s] <= CLOSED:
        st.p[k, s], st.z[k, s] = 1.0 / BIG, 0.0
    elif minor > 0.0:
        q = st.flow[k, s]
        grad = 2.0 * minor * abs(q)
        loss = q * grad / 2.0
        if grad < LEAST:
            grad = LEAST / 2.0
            loss = q * grad
        st.p[k, s], st.z[k, s] = 1.0 / grad, loss / grad - q
    else:
        st.p[k, s], st.z[k, s] = 1.0 / SMALL, 0.0


@compiled
def pumped(net: Any, st: Any, k: int, s: int) -> None:
    """Fill p and z of a pump."""
    q, speed = st.flow[k, s], st.setting[k, s]
    if st.status[k, s] <= CLOSED or speed == 0.0:
        st.p[k, s], st.z[k, s] = 1.0 / BIG, 0.0
        return
    size, kind = abs(q), net.pump_kind[k]
    if kind == NOCURVE:
        st.p[k, s], st.z[k, s] = 1.0 / SMALL, 0.0
        return
    h0, r, n = net.shutoff[k], net.slope[k], net.power[k]
    if kind == CUSTOM:
        a, b = curve_line(net, net.curve[k], size / speed)
        h0, r, n = -a, -b, 1.0
    h0 = speed * speed * h0
    r = r * speed ** (2.0 - n)
    if kind == POWER:
        grad = -r / max(size, NONE) / max(size, NONE)
        if grad > BIG or grad < SMALL:
            st.p[k, s], st.z[k, s] = (1.0 / BIG if grad > BIG else 1.0 / SMALL), 0.0
            return
        loss = r / q
    elif abs(n - 1.0) < TINY:
        grad = r
        loss = h0 + grad * q
    else:
        grad = n * r * max(size, NONE) ** (n - 1.0)
        if grad < LEAST:
            grad = LEAST
            loss = h0 + grad * q
        else:
            loss = h0 + grad * q / n
    st.p[k, s], st.z[k, s] = 1.0 / grad, loss / grad - q


@compiled
def throttled(net: Any, k: int, opening: float) -> Any:
    """Return the minor loss of a valve open at a percentage, its curve being that of its Kv."""
    minor, curve = net.minor[k], net.curve[k]
    if opening >= 100.0:
        return minor
    if opening <= 0.0:
        return BIG
    share = opening
    if curve >= 0:
        first, last = net.curve_start[curve], net.curve_start[curve + 1] - 1
        if opening < net.curve_x[first]:
            share = opening / net.curve_x[first] * net.curve_y[first]
        elif opening > net.curve_x[last]:
            # EPANET 2.3 takes percentages for fractions beyond the curve: so do we.
            rest = (opening - net.curve_x[last]) / (1.0 - net.curve_x[last])
            share = net.curve_y[last] + rest * (1.0 - net.curve_y[last])
        else:
            a, b = curve_line(net, curve, opening)
            share = a + b * opening
    return min(minor / min(max(share / 100.0, SMALL), 1.0) ** 2, BIG)


@compiled
def special(net: Any, st: Any, k: int, s: int) -> None:
    """Fill p and z of a pump or a valve; p is 0 where the valve's own rule takes over."""
    kind, setting, q = net.kind[k], st.setting[k, s], st.flow[k, s]
    minor = net.minor[k]
    if kind == PUMP:
        pumped(net, st, k, s)
    elif kind == PBV:
        if np.isnan(setting) or setting == 0.0 or minor * q * q > setting:
            opened(st, k, s, minor)
        else:
            st.p[k, s], st.z[k, s] = BIG, setting * BIG - q
    elif kind == TCV:
        if not np.isnan(setting):
            minor = 0.02517 * setting / net.diameter[k] ** 4
        opened(st, k, s, minor)
    elif kind == PCV:
        opened(st, k, s, minor if np.isnan(setting) else throttled(net, k, setting))
    elif kind == GPV:
        if st.status[k, s] <= CLOSED:
            opened(st, k, s, minor)
        else:
            size = max(abs(q), TINY)
            h0, r = curve_line(net, net.curve[k], size)
            r = max(r, TINY)
            y = h0 / r + size
            st.p[k, s], st.z[k, s] = 1.0 / r, (y if q >= 0.0 else -y) - q
    elif np.isnan(setting):
        opened(st, k, s, minor)
    else:
        st.p[k, s] = st.z[k, s] = 0.0


@compiled
def coefficients(net: Any, st: Any) -> None:
    """Fill p and z of all links."""
    if net.loss == 1:
        pipes_darcy(net, st)
    else:
        pipes_power(net, st)
    for k in range(len(net.kind)):
        if at(net.kind, k) <= PIPE and at(st.closed, k) > 0:
            close(st, k)
    for a in range(len(net.apparatus)):
        for s in range(st.flow.shape[1]):
            special(net, st, net.apparatus[a], s)
