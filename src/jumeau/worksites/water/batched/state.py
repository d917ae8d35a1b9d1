# SPDX-License-Identifier: EUPL-1.2
"""What a batch of scenarios is in: one column a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.worksites.water.batched.lanes import WIDTH, spread, store
from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.model import (
    ACTIVE,
    CLOSED,
    FCV,
    GPV,
    OPEN,
    PRV,
    PSV,
    PUMP,
    Model,
)  # fmt: skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

NO_FLOW = 1e-6
"""Flow of what is closed [cfs]."""


class State(NamedTuple):
    """Fields of S scenarios, in internal units.

    Parameters
    ----------
    head, flow, emitted : (nodes, S), (links, S), (junctions, S) arrays
        Heads [ft], flows [cfs].
    demand, taken, extra : (nodes, S), (nodes, S), (junctions, S) arrays
        Demand, net inflow of tanks; what of it is taken, the same array where the pressure has no
        say; constant demand added [cfs].
    status, setting, closed : (links, S), (links, S), (links,) arrays
        Status, setting (NaN for none), number of scenarios in which a link is closed.
    law, rough, emitter : (links, S), (links, S), (nodes, S) arrays
        Of pipes, 1/(e·r), r with Darcy-Weisbach, and relative roughness; of emitters.
    volume : (tanks, S) array
        Of water in the tanks [ft³].
    p, z : (links, S) arrays
        1/g and h/g − q of each link.
    factor, pivot, side : arrays
        Of the linear system.
    special : (junctions,) int32 array
        By rank of elimination, the row of the next fields, −1 for none.
    plus, more, surplus : (…, S) arrays
        Further terms of the system's diagonal and right-hand side; net inflow by the links [cfs].
    held : (2, valves, S) array
        p and z for the flow of the valves that hold a pressure or a flow.
    emitting : (…,) array
        Junctions with an emitter in some scenario.
    multiplier : (patterns + 1, S) array
        Of the patterns at the time of each scenario; the last is 1.
    clock : (S,) int64 array
        Time of each scenario [s].
    alive, failed : (S,) uint8 arrays
        Whether a scenario is still computed; whether it could not be.
    iterations, unbalanced : (S,) int64 arrays
        Newton steps so far; periods that did not converge.
    """

    head: Floats
    flow: Floats
    emitted: Floats
    demand: Floats
    taken: Floats
    extra: Floats
    status: Whole
    setting: Floats
    closed: Whole
    law: Floats
    rough: Floats
    emitter: Floats
    volume: Floats
    p: Floats
    z: Floats
    factor: Floats
    pivot: Floats
    side: Floats
    special: NDArray[np.int32]
    plus: Floats
    more: Floats
    surplus: Floats
    held: Floats
    emitting: Whole
    multiplier: Floats
    clock: Whole
    alive: NDArray[np.uint8]
    failed: NDArray[np.uint8]
    iterations: Whole
    unbalanced: Whole


def state(model: Model, emitting: Whole) -> State:
    """Return a place for a batch; :func:`begin` fills it.

    Parameters
    ----------
    model : Model
        The network as arrays.
    emitting : (…,) array
        Junctions that have an emitter in some scenario.
    """
    it, order = model.net, model.pattern
    nn, m, nj, k = len(model.nodes), len(model.links), it.junctions, len(order.below)
    ends = [it.first[it.valves], it.second[it.valves], it.first[it.known], it.second[it.known]]
    close = np.unique(np.concatenate([*ends, emitting]))
    close = np.arange(nj) if it.driven else close[close < nj]
    special = np.full(nj, -1, np.int32)
    special[order.row[close]] = np.arange(len(close), dtype=np.int32)
    few = max(len(close), 1)
    demand = rows(nn)
    return State(
        head=rows(nn), flow=rows(m), emitted=rows(nj), demand=demand,
        taken=rows(nn) if it.driven else demand, extra=rows(nj),
        status=rows(m).view(np.int64), setting=rows(m), closed=np.zeros(m, np.int64), law=rows(m),
        rough=rows(m), emitter=rows(nj), volume=rows(nn - nj), p=rows(m), z=rows(m),
        factor=rows(k), pivot=rows(nj), side=rows(nj), special=special,
        plus=rows(few), more=rows(few), surplus=rows(few),
        held=rows(2 * len(it.valves)).reshape(2, -1, WIDTH), emitting=emitting,
        multiplier=rows(len(it.pattern_start)),
        clock=np.zeros(WIDTH, np.int64), alive=np.zeros(WIDTH, np.uint8),
        failed=np.zeros(WIDTH, np.uint8), iterations=np.zeros(WIDTH, np.int64),
        unbalanced=np.zeros(WIDTH, np.int64),
    )  # fmt: skip


def rows(count: int) -> Floats:
    """Return rows of zeros, each beginning a line of the processor's cache."""
    line = 64
    raw = np.zeros(count * WIDTH * 8 + line, np.uint8)
    shift = -raw.ctypes.data % line
    return raw[shift : shift + count * WIDTH * 8].view(np.float64).reshape(count, WIDTH)


class Start(NamedTuple):
    """Flows with which iterations begin, NaN for a foot a second or a pump's design flow [cfs]."""

    flow: Floats
    emitted: Floats


def cold(model: Model) -> Start:
    """Return the flows with which EPANET begins."""
    return Start(np.full(len(model.links), np.nan), np.ones(model.net.junctions))


@compiled
def begin(net: Any, changes: Any, start: Any, first: int, count: int, st: Any) -> None:
    """Set the state in which ``count`` scenarios from ``first`` begin; others repeat the last."""
    nj = net.junctions
    for k in range(len(net.kind)):
        st.closed[k] = 0
        store(st.law, k, spread(net.law[k]))
        store(st.rough, k, spread(net.rough[k]))
    for i in range(nj):
        store(st.extra, i, spread(0.0))
        store(st.emitted, i, spread(0.0))
        store(st.emitter, i, spread(net.emitter[i]))
    for t in range(len(net.tank_node)):
        store(st.head, net.tank_node[t], spread(net.level[t]))
        store(st.demand, net.tank_node[t], spread(0.0))  # controls look at it before any balance
    for k in range(len(net.kind)):
        for s in range(st.flow.shape[1]):
            st.status[k, s], st.setting[k, s] = net.status[k], net.setting[k]
    for s in range(st.flow.shape[1]):
        st.clock[s] = st.iterations[s] = st.unbalanced[s] = 0
        st.failed[s], st.alive[s] = 0, s < count
        change(net, changes, first + min(s, count - 1), st, s)
    for k in range(len(net.kind)):
        for s in range(st.flow.shape[1]):
            flowing(net, start, st, k, s)
    for a in range(len(st.emitting)):
        i = st.emitting[a]
        for s in range(st.flow.shape[1]):
            st.emitted[i, s] = start.emitted[i] if st.emitter[i, s] > 0.0 else 0.0


@compiled
def change(net: Any, changes: Any, scenario: int, st: Any, s: int) -> None:
    """Make the changes of a scenario."""
    for c in range(changes.demand_start[scenario], changes.demand_start[scenario + 1]):
        st.extra[changes.demand_at[c], s] += changes.demand[c]
    for c in range(changes.emitter_start[scenario], changes.emitter_start[scenario + 1]):
        st.emitter[changes.emitter_at[c], s] = changes.emitter[c]
    for c in range(changes.status_start[scenario], changes.status_start[scenario + 1]):
        turn(net, st, changes.status_at[c], s, changes.status[c] > 0.0)
    for c in range(changes.setting_start[scenario], changes.setting_start[scenario + 1]):
        set_(net, st, changes.setting_at[c], s, changes.setting[c])
    for c in range(changes.law_start[scenario], changes.law_start[scenario + 1]):
        k = changes.law_at[c]
        st.law[k, s], st.rough[k, s] = changes.law[c], changes.rough[c]


@compiled
def turn(net: Any, st: Any, k: int, s: int, opened: bool) -> None:
    """Open or close a link: a pump at the speed of the file, a valve without setting."""
    st.status[k, s] = OPEN if opened else CLOSED
    if net.kind[k] == PUMP:
        st.setting[k, s] = net.speed[k] if opened else 0.0
    elif net.kind[k] > PUMP and net.kind[k] != GPV:
        st.setting[k, s] = np.nan


@compiled
def set_(net: Any, st: Any, k: int, s: int, value: float) -> None:
    """Give a pump its speed, one that is closed staying so, or a valve its setting."""
    if net.kind[k] != PUMP:
        st.status[k, s] = ACTIVE
    elif value == 0.0:
        st.status[k, s] = CLOSED
    elif st.status[k, s] <= CLOSED:
        return
    st.setting[k, s] = value


@compiled
def flowing(net: Any, start: Any, st: Any, k: int, s: int) -> None:
    """Set the flow with which the iterations begin."""
    kind = net.kind[k]
    if kind in (PRV, PSV, FCV) and not np.isnan(st.setting[k, s]):
        st.status[k, s] = ACTIVE
    flow = np.pi * net.diameter[k] ** 2 / 4.0
    if kind == PUMP:
        flow = st.setting[k, s] * net.design[k]
    if not np.isnan(start.flow[k]):
        flow = start.flow[k]
    if st.status[k, s] <= CLOSED:
        st.closed[k] += 1
        flow = NO_FLOW
    st.flow[k, s] = flow
