# SPDX-License-Identifier: EUPL-1.2
"""Newton's steps of the global gradient algorithm (Todini and Pilati, 1988), with EPANET's rules.

Heads solve A·H = F with A_ii = Σp, A_ij = −p and F_i = Σz of the links that leave − Σz of those
that enter − demand + Σp·H_known; then q ← p·(H_i − H_j) − z, with p and z of
:mod:`~jumeau.worksites.water.batched.losses`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jumeau.worksites.water.batched.lanes import at, choose, larger, load, root, spread, store
from jumeau.worksites.water.batched.linear import (
    as_written,
    compiled,
    eliminate,
    substitute,
)
from jumeau.worksites.water.batched.losses import (
    BIG,
    LEAST,
    NONE,
    SMALL,
    coefficients,
    opened,
    special,
)
from jumeau.worksites.water.batched.model import ACTIVE, CLOSED, FCV, POWER, PRV, PSV, PUMP
from jumeau.worksites.water.batched.powers import inlined, power
from jumeau.worksites.water.batched.statuses import (
    FLOW_TOLERANCE,
    link_statuses,
    pressure_switches,
    valve_statuses,
)

ASTRAY = 300.0
"""Error of head loss from which flows that no longer move are no answer [ft]."""
AFAR = 1e4
"""Head of nodes that nothing feeds [ft]."""
LEFT = 0.03
"""Share of the error allowed that what heads are rounded by may make."""
EPSILON = 2.220446049250313e-16
ROUNDING = 1e-9
STEEP, ROUNDED = 1e9, 1e-6
"""Slope of what keeps a flow within its limits [ft/cfs], and the rounding of its corner."""


@compiled
def emitter_law(net: Any, st: Any, i: int, s: int) -> tuple[float, float]:
    """Return head loss and gradient of an emitter."""
    q, n = st.emitted[i, s], net.emitter_power
    grad = n * max(st.emitter[i, s], SMALL) * max(abs(q), NONE) ** (n - 1.0)
    loss = grad * q / n
    if grad < LEAST:
        loss, grad = LEAST / n * q, LEAST / n
    if net.backflow == 0:
        a = STEEP * q
        b = math.sqrt(a * a + ROUNDED)
        loss += (a - b) / 2.0
        grad += STEEP / 2.0 * (1.0 - a / b)
    return loss, grad


@compiled
def consumers(net: Any, it: Any, st: Any) -> None:
    """Fill the terms of demands that follow the pressure."""
    for i in range(net.junctions):
        loss, grad = consumer_law(net, st, i)
        row = at(st.special, at(it.row, i))
        some = load(st.demand, i) > 0.0
        none, more = spread(0.0), (loss + (net.elevation[i] + net.least_pressure)) / grad
        store(st.plus, row, load(st.plus, row) + choose(some, 1.0 / grad, none))
        store(st.more, row, load(st.more, row) + choose(some, more, none))


@inlined
def consumer_law(net: Any, st: Any, i: Any) -> Any:
    """Return head above the least and its gradient for what is taken at a junction.

    The inverse of q = q_asked·(p/range)^(1/n), made steep below no flow and above what is asked.
    """
    n = net.demand_power
    q, asked = load(st.taken, i), load(st.demand, i)
    full = larger(asked, spread(NONE))
    share = larger(abs(q) / full, spread(NONE))
    grad = power(share, n - 1.0) * (n * net.pressure_range) / full
    loss = grad * q * (1.0 / n)
    a = q * STEEP
    b = root(a * a + ROUNDED)
    loss = loss + (a - b) * 0.5
    grad = grad + (1.0 - a / b) * (0.5 * STEEP)
    a = (q - asked) * STEEP
    b = root(a * a + ROUNDED)
    loss = loss + (a + b) * 0.5
    grad = grad + (1.0 + a / b) * (0.5 * STEEP)
    return loss, grad


@compiled
def taken(net: Any, st: Any, scratch: Any) -> None:
    """Move what is taken at the junctions by a step of Newton."""
    busy, moved, total = load(scratch, 5), load(scratch, 1), load(scratch, 2)
    for i in range(net.junctions):
        loss, grad = consumer_law(net, st, i)
        q, asked = load(st.taken, i), load(st.demand, i)
        above = load(st.head, i) - (net.elevation[i] + net.least_pressure)
        change = choose(asked > 0.0, (loss - above) / grad * busy, spread(0.0))
        store(st.taken, i, q - change)
        moved = moved + abs(change)
        total = total + choose(asked > 0.0, abs(q - change), spread(0.0))
    store(scratch, 1, moved)
    store(scratch, 2, total)


@compiled
def supplied(net: Any, st: Any, s: int) -> bool:
    """Tell whether what is taken is what the pressure lets through."""
    for i in range(net.junctions):
        asked = st.demand[i, s]
        if asked > 0.0:
            above = st.head[i, s] - net.elevation[i] - net.least_pressure
            share = min(max(above / net.pressure_range, 0.0), 1.0)
            if abs(asked * share ** (1.0 / net.demand_power) - st.taken[i, s]) > FLOW_TOLERANCE:
                return False
    return True


@as_written
def nodes(net: Any, it: Any, st: Any) -> None:
    """Fill the further terms of nodes: neighbours of known head, emitters, valves that hold."""
    lanes = st.flow.shape[1]
    for row in range(len(st.plus)):
        store(st.plus, row, spread(0.0))
        store(st.more, row, spread(0.0))
    for a in range(len(net.known)):
        k = net.known[a]
        i, j = net.first[k], net.second[k]
        if i >= net.junctions:
            i, j = j, i
        if i >= net.junctions:
            continue
        row = st.special[it.row[i]]
        for s in range(lanes):
            st.more[row, s] += st.p[k, s] * st.head[j, s]
    for a in range(len(st.emitting)):
        i = st.emitting[a]
        row = st.special[it.row[i]]
        for s in range(lanes):
            if st.emitter[i, s] > 0.0:
                loss, grad = emitter_law(net, st, i, s)
                st.plus[row, s] += 1.0 / grad
                st.more[row, s] += (loss + net.elevation[i]) / grad - st.emitted[i, s]
    if net.driven:
        consumers(net, it, st)
    if len(net.valves):
        surpluses(net, it, st)
        for v in range(len(net.valves)):
            for s in range(lanes):
                if not np.isnan(st.setting[net.valves[v], s]):
                    valve(net, it, st, v, s)


@compiled
def holds(net: Any, st: Any, k: int, s: int) -> bool:
    """Tell whether a link is a valve whose own rule sets its flow."""
    return net.kind[k] in (PRV, PSV, FCV) and not np.isnan(st.setting[k, s])


@compiled
def surpluses(net: Any, it: Any, st: Any) -> None:
    """Compute what the other links and users leave at the ends of valves that hold [cfs]."""
    lanes = st.flow.shape[1]
    for v in range(len(net.valves)):
        k = net.valves[v]
        for end in (net.first[k], net.second[k]):
            j = it.row[end]
            row = st.special[j]
            for s in range(lanes):
                left = -st.taken[end, s]
                for a in range(it.out_start[j], it.out_start[j + 1]):
                    if not holds(net, st, it.out[a], s):
                        left -= st.flow[it.out[a], s]
                for a in range(it.in_start[j], it.in_start[j + 1]):
                    if not holds(net, st, it.in_[a], s):
                        left += st.flow[it.in_[a], s]
                if st.emitter[end, s] > 0.0:
                    left -= st.emitted[end, s]
                st.surplus[row, s] = left


@as_written
def valve(net: Any, it: Any, st: Any, v: int, s: int) -> None:
    """Add a valve that reduces, sustains or limits; ``held`` keeps its p and z for the flows."""
    k = net.valves[v]
    kind, setting = net.kind[k], st.setting[k, s]
    a, b = net.first[k], net.second[k]
    i, j = st.special[it.row[a]], st.special[it.row[b]]
    if st.status[k, s] != ACTIVE:
        opened(st, k, s, net.minor[k])
        st.held[0, v, s], st.held[1, v, s] = st.p[k, s], st.z[k, s]
    elif kind == PRV:
        left = st.surplus[j, s]
        st.plus[j, s] += BIG
        st.more[j, s] += (net.elevation[b] + setting) * BIG
        if left < 0.0:
            st.more[i, s] += left
        st.held[0, v, s], st.held[1, v, s] = 0.0, left
    elif kind == PSV:
        left = st.surplus[i, s]
        st.plus[i, s] += BIG
        st.more[i, s] += (net.elevation[a] + setting) * BIG
        if left > 0.0:
            st.more[j, s] += left
        st.p[k, s] = 1.0 / BIG  # keeps the rest joined
        st.held[0, v, s], st.held[1, v, s] = 0.0, -left
    else:
        st.surplus[i, s] -= setting
        st.more[i, s] -= setting
        st.surplus[j, s] += setting
        st.more[j, s] += setting
        st.p[k, s] = 1.0 / BIG
        st.held[0, v, s], st.held[1, v, s] = 1.0 / BIG, -setting


@compiled
def factorise(net: Any, it: Any, st: Any) -> None:
    """Assemble the system at the flows of the state, and factorise it."""
    coefficients(net, st)
    nodes(net, it, st)
    eliminate(
        it, st.p, st.z, st.taken, st.special, st.plus, st.more, st.factor, st.pivot, st.side,
    )  # fmt: skip


@as_written
def step(net: Any, it: Any, st: Any, scratch: Any) -> None:
    """Take a Newton step in the busy scenarios: new heads, then new flows.

    ``scratch`` has a row of each: relaxation, then Σ|Δq|, Σ|q| and the greatest |Δq| [cfs], which
    are filled, … and the scenarios that are busy.
    """
    factorise(net, it, st)
    substitute(it, st.factor, st.pivot, st.side, st.head, scratch[5:6])
    lanes = st.flow.shape[1]
    for v in range(len(net.valves)):
        k = net.valves[v]
        for s in range(lanes):
            if not np.isnan(st.setting[k, s]):
                st.p[k, s], st.z[k, s] = st.held[0, v, s], st.held[1, v, s]
    part = load(scratch, 0) * load(scratch, 5)
    moved, total, most = spread(0.0), spread(0.0), spread(0.0)
    for k in range(len(net.kind)):
        q = load(st.flow, k)
        drop = load(st.head, at(net.first, k)) - load(st.head, at(net.second, k))
        change = (load(st.z, k) + q - load(st.p, k) * drop) * part
        if at(net.kind, k) == PUMP and at(net.pump_kind, k) == POWER:
            store(scratch, 4, change)
            for s in range(lanes):
                if scratch[4, s] > st.flow[k, s] * (1.0 + ROUNDING):
                    scratch[4, s] = st.flow[k, s] / 2.0
            change = load(scratch, 4)
        q = q - change
        store(st.flow, k, q)
        size = abs(change)
        moved = moved + size
        total = total + abs(q)
        most = larger(most, size)
    store(scratch, 1, moved)
    store(scratch, 2, total)
    store(scratch, 3, most)
    for a in range(len(st.emitting)):
        i = st.emitting[a]
        for s in range(lanes):
            if st.emitter[i, s] > 0.0 and scratch[5, s] != 0.0:
                loss, grad = emitter_law(net, st, i, s)
                shift = (loss - (st.head[i, s] - net.elevation[i])) / grad
                st.emitted[i, s] -= shift
                scratch[1, s] += abs(shift)
                scratch[2, s] += abs(st.emitted[i, s])
    if net.driven:
        taken(net, st, scratch)


@compiled
def inflows(net: Any, st: Any, s: int) -> None:
    """Sum what enters the tanks and reservoirs of a scenario [cfs]."""
    for t in range(len(net.tank_node)):
        st.demand[net.tank_node[t], s] = 0.0
    for a in range(len(net.known)):
        k = net.known[a]
        if st.status[k, s] > CLOSED:
            if net.first[k] >= net.junctions:
                st.demand[net.first[k], s] -= st.flow[k, s]
            if net.second[k] >= net.junctions:
                st.demand[net.second[k], s] += st.flow[k, s]


@compiled
def head_error(net: Any, st: Any, s: int) -> Any:
    """Return the greatest error of head loss along a link, p and z being those of its flow [ft]."""
    worst = 0.0
    for k in range(len(net.kind)):
        if st.p[k, s] != 0.0 and st.status[k, s] > CLOSED:
            dh = st.head[net.first[k], s] - st.head[net.second[k], s]
            worst = max(worst, abs(dh - (st.z[k, s] + st.flow[k, s]) / st.p[k, s]))
    return worst


@compiled
def astray(net: Any, st: Any, s: int) -> bool:
    """Tell whether flows that no longer move leave a pump or a valve far from its law."""
    for a in range(len(net.apparatus)):
        k = net.apparatus[a]
        if st.status[k, s] > CLOSED and not holds(net, st, k, s):
            special(net, st, k, s)
            dh = st.head[net.first[k], s] - st.head[net.second[k], s]
            if not abs(dh - (st.z[k, s] + st.flow[k, s]) / st.p[k, s]) <= ASTRAY:
                return True
    return False


@compiled
def drowned(net: Any, st: Any, s: int, least: float) -> bool:
    """Tell whether the rounding of far heads moves as much water as ends the iterations [cfs].

    Where nodes are cut off their heads are demand over next to nothing, and links without loss
    between them let through what the last bit of these heads is: when the iterations end is then
    a matter of the order of sums.
    """
    for k in range(len(net.kind)):
        if st.status[k, s] > CLOSED:
            far = max(abs(st.head[net.first[k], s]), abs(st.head[net.second[k], s]))
            if far > AFAR and st.p[k, s] * far * EPSILON > least:
                return True
    return False


@compiled
def balance(net: Any, it: Any, st: Any, scratch: Any) -> None:
    """Iterate until heads and flows agree in all busy scenarios; ``scratch`` is (6, S).

    The last row of ``scratch`` holds 1 for the busy scenarios. One that cannot be computed is
    marked failed and left: heads that are no number, or flows that stand still while the head
    losses of pumps and valves do not fit the heads.
    """
    relax, moved, total, most, error, busy = scratch
    lanes = st.flow.shape[1]
    following = np.full(lanes, net.check_every, np.int64)
    for s in range(lanes):
        relax[s] = 1.0
    trials = net.trials + max(net.extra, 0)
    for turn in range(1, trials + 1):
        step(net, it, st, scratch)
        if net.head_error > 0.0:
            coefficients(net, st)
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
            if done and net.driven:
                done = supplied(net, st, s)
            if done and net.flow_change > 0.0:
                done = most[s] <= net.flow_change
            if done:
                if link_statuses(net, st, s):
                    shifted = True
                if pressure_switches(net, st, s):
                    shifted = True
                if turn > net.trials or not shifted:
                    busy[s] = 0.0
                    inflows(net, st, s)
                    continue
                following[s] = turn + net.check_every
            elif turn <= net.check_until and turn == following[s]:
                link_statuses(net, st, s)
                following[s] += net.check_every
            left += 1
        if left == 0:
            break
    if net.strict != 0:
        farthest = spread(0.0)
        for i in range(net.junctions):
            farthest = larger(farthest, abs(load(st.head, i)))
        store(scratch, 0, farthest)
    for s in range(lanes):
        if busy[s] != 0.0:
            st.unbalanced[s] += 1
            busy[s] = 0.0
            inflows(net, st, s)
        if st.alive[s] == 0:
            continue
        lost = astray(net, st, s)
        if net.strict != 0 and relax[s] > AFAR:
            lost = lost or drowned(net, st, s, LEFT * net.accuracy * total[s])
        if lost:
            st.failed[s], st.alive[s] = 1, 0
