# SPDX-License-Identifier: EUPL-1.2
"""Newton's steps of the global gradient algorithm (Todini and Pilati, 1988), with EPANET's rules.

A link from i to j has h(q) = H_i − H_j. With g = dh/dq, p = 1/g and y = h/g, heads solve
A·H = F, A_ii = Σp, A_ij = −p, F_i = Σq_in − Σq_out − demand ± Σy + Σp·H_known; then
q ← q − (y − p·(H_i − H_j)).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jumeau.worksites.water.batched.linear import compiled, eliminate, substitute
from jumeau.worksites.water.batched.model import (
    ACTIVE,
    CLOSED,
    CUSTOM,
    GPV,
    NOCURVE,
    PBV,
    PIPE,
    POWER,
    PRV,
    PSV,
    PUMP,
    TCV,
)  # fmt: skip
from jumeau.worksites.water.batched.powers import logarithm, power
from jumeau.worksites.water.batched.statuses import (
    TINY,
    link_statuses,
    pressure_switches,
    valve_statuses,
)

BIG, SMALL = 1e8, 1e-6
LEAST = 1e-7
"""Least gradient dh/dq [ft/cfs]; below, the law is a straight line."""
ROUNDING = 1e-9
_LN2_LOG = -2.0 / math.log(10.0) * math.log(2.0)  # −2·log₁₀ x = _LN2_LOG·log₂ x


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
def pipes_power(net: Any, st: Any, k: int) -> None:
    """Fill p and y of a pipe for all scenarios: h = r·q^e + m·q² (Hazen-Williams, Manning)."""
    p, y, q, r = st.p[k], st.y[k], st.flow[k], st.resistance[k]
    m, e = net.minor[k], net.exponent
    for s in range(len(q)):
        size = abs(q[s])
        grad = max(e * r[s] * power(max(size, 1e-30), e - 1.0), 0.0)
        straight = grad < LEAST
        loss = (LEAST if straight else grad) * size / e
        grad = LEAST / e if straight else grad
        loss += m * size * size
        grad += 2.0 * m * size
        inverse = 1.0 / grad
        p[s] = inverse
        y[s] = (loss if q[s] >= 0.0 else -loss) * inverse


@compiled
def pipes_darcy(net: Any, st: Any, k: int) -> None:
    """Fill p and y of a pipe for all scenarios (Darcy-Weisbach; EPANET's friction factor)."""
    p, y, q, r, e = st.p[k], st.y[k], st.flow[k], st.resistance[k], st.rough[k]
    m, sd = net.minor[k], net.viscosity * net.diameter[k]
    laminar, turbulent = 500.0 * math.pi, 1000.0 * math.pi
    ab, ac = 3.28895476345e-03, -5.14214965799e-03
    for s in range(len(q)):
        size = abs(q[s])
        w = max(size, 1e-30) / sd
        # turbulent, Swamee and Jain
        y1 = 4.61841319859 * power(w, -0.9)
        y2 = e[s] / 3.7 + y1
        y3 = _LN2_LOG * logarithm(y2)
        ft = 1.0 / (y3 * y3)
        dft = 1.8 * ft * y1 * (-8.685889638e-01) / y2 / y3 / max(size, 1e-30)
        # between, Dunlop's cubic
        z2 = e[s] / 3.7 + ab
        z3 = _LN2_LOG * logarithm(z2)
        fa = 1.0 / (z3 * z3)
        fb = (2.0 + ac / (z2 * z3)) * fa
        x = w / laminar
        x1, x2 = 7.0 * fa - fb, 0.128 - 17.0 * fa + 2.5 * fb
        x3, x4 = -0.128 + 13.0 * fa - 2.0 * fb, 0.032 - 3.0 * fa + 0.5 * fb
        fm = x1 + x * (x2 + x * (x3 + x * x4))
        dfm = (x2 + x * (2.0 * x3 + x * 3.0 * x4)) / sd / laminar
        f, df = (ft, dft) if w >= turbulent else (fm, dfm)
        r1 = f * r[s] + m
        loss = r1 * size * size
        grad = 2.0 * r1 * size + df * r[s] * size * size
        # laminar, Hagen and Poiseuille
        rl = 16.0 * math.pi * sd * r[s]
        slow = size <= laminar * sd
        loss = size * (rl + m * size) if slow else loss
        grad = rl + 2.0 * m * size if slow else grad
        p[s] = 1.0 / grad
        y[s] = (loss if q[s] >= 0.0 else -loss) / grad


@compiled
def close(st: Any, k: int) -> None:
    """Overwrite p and y of a link in the scenarios where it is closed."""
    for s in range(st.flow.shape[1]):
        if st.status[k, s] <= CLOSED:
            st.p[k, s], st.y[k, s] = 1.0 / BIG, st.flow[k, s]


@compiled
def opened(st: Any, k: int, s: int, minor: float) -> None:
    """Fill p and y of an open valve."""
    q = st.flow[k, s]
    if st.status[k, s] <= CLOSED:
        st.p[k, s], st.y[k, s] = 1.0 / BIG, q
    elif minor > 0.0:
        grad = 2.0 * minor * abs(q)
        loss = q * grad / 2.0
        if grad < LEAST:
            grad = LEAST / 2.0
            loss = q * grad
        st.p[k, s], st.y[k, s] = 1.0 / grad, loss / grad
    else:
        st.p[k, s], st.y[k, s] = 1.0 / SMALL, q


@compiled
def pumped(net: Any, st: Any, k: int, s: int) -> None:
    """Fill p and y of a pump."""
    q, speed = st.flow[k, s], st.setting[k, s]
    if st.status[k, s] <= CLOSED or speed == 0.0:
        st.p[k, s], st.y[k, s] = 1.0 / BIG, q
        return
    size, kind = abs(q), net.pump_kind[k]
    if kind == NOCURVE:
        st.p[k, s], st.y[k, s] = 1.0 / SMALL, q
        return
    h0, r, n = net.shutoff[k], net.slope[k], net.power[k]
    if kind == CUSTOM:
        a, b = curve_line(net, net.curve[k], size / speed)
        h0, r, n = -a, -b, 1.0
    h0 = speed * speed * h0
    r = r * speed ** (2.0 - n)
    if kind == POWER:
        grad = -r / max(size, 1e-30) / max(size, 1e-30)
        if grad > BIG or grad < SMALL:
            st.p[k, s], st.y[k, s] = (1.0 / BIG if grad > BIG else 1.0 / SMALL), q
            return
        loss = r / q
    elif abs(n - 1.0) < TINY:
        grad = r
        loss = h0 + grad * q
    else:
        grad = n * r * max(size, 1e-30) ** (n - 1.0)
        if grad < LEAST:
            grad = LEAST
            loss = h0 + grad * q
        else:
            loss = h0 + grad * q / n
    st.p[k, s], st.y[k, s] = 1.0 / grad, loss / grad


@compiled
def special(net: Any, st: Any, k: int, s: int) -> None:
    """Fill p and y of a pump or a valve; p is 0 where the valve's own rule takes over."""
    kind, setting, q = net.kind[k], st.setting[k, s], st.flow[k, s]
    minor = net.minor[k]
    if kind == PUMP:
        pumped(net, st, k, s)
    elif kind == PBV:
        if np.isnan(setting) or setting == 0.0 or minor * q * q > setting:
            opened(st, k, s, minor)
        else:
            st.p[k, s], st.y[k, s] = BIG, setting * BIG
    elif kind == TCV:
        if not np.isnan(setting):
            minor = 0.02517 * setting / net.diameter[k] ** 4
        opened(st, k, s, minor)
    elif kind == GPV:
        if st.status[k, s] <= CLOSED:
            opened(st, k, s, minor)
        else:
            size = max(abs(q), TINY)
            h0, r = curve_line(net, net.curve[k], size)
            r = max(r, TINY)
            st.p[k, s] = 1.0 / r
            st.y[k, s] = h0 / r + size if q >= 0.0 else -(h0 / r + size)
    elif np.isnan(setting):
        opened(st, k, s, minor)
    else:
        st.p[k, s] = st.y[k, s] = 0.0


@compiled
def coefficients(net: Any, st: Any) -> None:
    """Fill p and y of all links."""
    for k in range(len(net.kind)):
        if net.kind[k] <= PIPE:
            if net.loss == 1:
                pipes_darcy(net, st, k)
            else:
                pipes_power(net, st, k)
            if st.closed[k]:
                close(st, k)
        else:
            for s in range(st.flow.shape[1]):
                special(net, st, k, s)


@compiled
def assemble(net: Any, pattern: Any, st: Any) -> None:
    """Fill the linear system."""
    nj, entries, lanes = net.junctions, len(pattern.below), st.flow.shape[1]
    st.entry[:] = 0.0
    st.side[:] = 0.0
    st.balance[:] = 0.0
    for k in range(len(net.kind)):
        a, b, place = net.first[k], net.second[k], pattern.link[k]
        p, y, q = st.p[k], st.y[k], st.flow[k]
        out, in_ = st.balance[a], st.balance[b]
        for s in range(lanes):
            used = q[s] if p[s] != 0.0 else 0.0
            out[s] -= used
            in_[s] += used
        if place >= 0:
            off = st.entry[place]
            for s in range(lanes):
                off[s] -= p[s]
        if a < nj:
            diagonal, side = st.entry[entries + pattern.row[a]], st.side[pattern.row[a]]
            for s in range(lanes):
                diagonal[s] += p[s]
                side[s] += y[s]
        else:
            known, side = st.head[a], st.side[pattern.row[b]] if b < nj else st.scale[0]
            for s in range(lanes):
                side[s] += p[s] * known[s]
        if b < nj:
            diagonal, side = st.entry[entries + pattern.row[b]], st.side[pattern.row[b]]
            for s in range(lanes):
                diagonal[s] += p[s]
                side[s] -= y[s]
        else:
            known, side = st.head[b], st.side[pattern.row[a]] if a < nj else st.scale[0]
            for s in range(lanes):
                side[s] += p[s] * known[s]
    emitters(net, pattern, st)
    for i in range(nj):
        balance, demand, side = st.balance[i], st.demand[i], st.side[pattern.row[i]]
        for s in range(lanes):
            balance[s] -= demand[s]
            side[s] += balance[s]
    for k in net.valves:
        for s in range(lanes):
            if not np.isnan(st.setting[k, s]):
                valve(net, pattern, st, k, s)


@compiled
def emitter_law(net: Any, st: Any, i: int, s: int) -> tuple[float, float]:
    """Return head loss and gradient of an emitter."""
    q, n = st.emitted[i, s], net.emitter_power
    grad = n * max(st.emitter[i, s], SMALL) * max(abs(q), 1e-30) ** (n - 1.0)
    if grad < LEAST:
        return LEAST / n * q, LEAST / n
    return grad * q / n, grad


@compiled
def emitters(net: Any, pattern: Any, st: Any) -> None:
    """Add emitters to the linear system."""
    entries = len(pattern.below)
    for i in range(net.junctions):
        for s in range(st.flow.shape[1]):
            if st.emitter[i, s] > 0.0:
                loss, grad = emitter_law(net, st, i, s)
                row = pattern.row[i]
                st.entry[entries + row, s] += 1.0 / grad
                st.side[row, s] += (loss + net.elevation[i]) / grad
                st.balance[i, s] -= st.emitted[i, s]


@compiled
def valve(net: Any, pattern: Any, st: Any, k: int, s: int) -> None:
    """Add a valve that reduces, sustains or limits to the linear system."""
    entries = len(pattern.below)
    a, b = net.first[k], net.second[k]
    i, j = pattern.row[a], pattern.row[b]
    kind, setting = net.kind[k], st.setting[k, s]
    if st.status[k, s] == ACTIVE:
        if kind == PRV:
            st.y[k, s] = st.flow[k, s] + st.balance[b, s]
            st.side[j, s] += (net.elevation[b] + setting) * BIG
            st.entry[entries + j, s] += BIG
            if st.balance[b, s] < 0.0:
                st.side[i, s] += st.balance[b, s]
            return
        if kind == PSV:
            st.y[k, s] = st.flow[k, s] - st.balance[a, s]
            st.side[i, s] += (net.elevation[a] + setting) * BIG
            st.entry[entries + i, s] += BIG
            if st.balance[a, s] > 0.0:
                st.side[j, s] += st.balance[a, s]
            st.entry[pattern.link[k], s] -= 1.0 / BIG  # keeps the rest joined
            st.entry[entries + j, s] += 1.0 / BIG
            return
        st.balance[a, s] -= setting
        st.side[i, s] -= setting
        st.balance[b, s] += setting
        st.side[j, s] += setting
        st.p[k, s] = 1.0 / BIG
        st.y[k, s] = st.flow[k, s] - setting
        rest = 0.0
    else:
        opened(st, k, s, net.minor[k])
        rest = st.y[k, s] - st.flow[k, s]
    p = st.p[k, s]
    st.entry[pattern.link[k], s] -= p
    st.entry[entries + i, s] += p
    st.entry[entries + j, s] += p
    st.side[i, s] += rest
    st.side[j, s] -= rest


@compiled
def step(
    net: Any, pattern: Any, st: Any, busy: Any, relax: Any, moved: Any, total: Any, most: Any
) -> None:
    """Take a Newton step in the busy scenarios: new heads, then new flows.

    ``moved``, ``total`` and ``most`` receive Σ|Δq|, Σ|q| and the greatest |Δq| [cfs].
    """
    coefficients(net, st)
    assemble(net, pattern, st)
    eliminate(st.entry, st.side, st.scale, pattern.start, pattern.below, pattern.target)
    substitute(st.entry, st.side, pattern.start, pattern.below)
    nj, lanes = net.junctions, st.flow.shape[1]
    for i in range(nj):
        head, new = st.head[i], st.side[pattern.row[i]]
        for s in range(lanes):
            head[s] = new[s] if busy[s] != 0.0 else head[s]
    for s in range(lanes):
        moved[s] = total[s] = most[s] = 0.0
        if busy[s] != 0.0:
            for t in net.tank_node:
                st.demand[t, s] = 0.0
    for k in range(len(net.kind)):
        a, b = net.first[k], net.second[k]
        p, y, q, high, low = st.p[k], st.y[k], st.flow[k], st.head[a], st.head[b]
        if net.kind[k] == PUMP and net.pump_kind[k] == POWER:
            for s in range(lanes):
                change = (y[s] - p[s] * (high[s] - low[s])) * relax[s] * busy[s]
                if change > q[s] * (1.0 + ROUNDING):  # a flow that stops may round below zero
                    change = q[s] / 2.0
                q[s] -= change
                moved[s] += abs(change)
                total[s] += abs(q[s])
                most[s] = max(most[s], abs(change))
        else:
            for s in range(lanes):
                change = (y[s] - p[s] * (high[s] - low[s])) * relax[s] * busy[s]
                q[s] -= change
                moved[s] += abs(change)
                total[s] += abs(q[s])
                most[s] = max(most[s], abs(change))
        if a >= nj or b >= nj:
            for s in range(lanes):
                if busy[s] != 0.0 and st.status[k, s] > CLOSED:
                    if a >= nj:
                        st.demand[a, s] -= q[s]
                    if b >= nj:
                        st.demand[b, s] += q[s]
    for i in range(nj):
        for s in range(lanes):
            if st.emitter[i, s] > 0.0 and busy[s] != 0.0:
                loss, grad = emitter_law(net, st, i, s)
                change = (loss - (st.head[i, s] - net.elevation[i])) / grad
                st.emitted[i, s] -= change
                moved[s] += abs(change)
                total[s] += abs(st.emitted[i, s])


@compiled
def head_error(net: Any, st: Any, s: int) -> Any:
    """Return the greatest error of head loss along a link [ft]."""
    worst = 0.0
    for k in range(len(net.kind)):
        if st.p[k, s] != 0.0 and st.status[k, s] > CLOSED:
            dh = st.head[net.first[k], s] - st.head[net.second[k], s]
            worst = max(worst, abs(dh - st.y[k, s] / st.p[k, s]))
    return worst


@compiled
def balance(net: Any, pattern: Any, st: Any, busy: Any, scratch: Any) -> None:
    """Iterate until heads and flows agree in all busy scenarios; ``scratch`` is (5, S).

    A scenario that cannot be computed is marked failed and left.
    """
    relax, moved, total, most, error = scratch
    lanes = st.flow.shape[1]
    following = np.full(lanes, net.check_every, np.int64)
    for s in range(lanes):
        relax[s] = 1.0
    trials = net.trials + max(net.extra, 0)
    for turn in range(1, trials + 1):
        step(net, pattern, st, busy, relax, moved, total, most)
        left = 0
        for s in range(lanes):
            if busy[s] == 0.0:
                continue
            st.iterations[s] += 1
            error[s] = moved[s] / total[s] if total[s] > net.accuracy else moved[s]
            if not np.isfinite(error[s]):
                st.failed[s], busy[s], st.alive[s] = 1, 0.0, 0
                continue
            relax[s] = 1.0
            shifted = False
            if net.damp > 0.0:
                if error[s] <= net.damp:
                    relax[s] = 0.6
                    shifted = valve_statuses(net, st, s)
            else:
                shifted = valve_statuses(net, st, s)
            done = error[s] <= net.accuracy
            if done and net.head_error > 0.0:
                done = head_error(net, st, s) <= net.head_error
            if done and net.flow_change > 0.0:
                done = most[s] <= net.flow_change
            if done:
                if link_statuses(net, st, s):
                    shifted = True
                if pressure_switches(net, st, s):
                    shifted = True
                if turn > net.trials or not shifted:
                    busy[s] = 0.0
                    continue
                following[s] = turn + net.check_every
            elif turn <= net.check_until and turn == following[s]:
                link_statuses(net, st, s)
                following[s] += net.check_every
            left += 1
        if left == 0:
            break
    for s in range(lanes):
        if busy[s] != 0.0:
            st.unbalanced[s] += 1
            busy[s] = 0.0
