# SPDX-License-Identifier: EUPL-1.2
"""Which links let water through: check valves, pumps, valves, full and empty tanks.

The rules and their tolerances are EPANET 2.3's (EPANET 2.2 User Manual, 12.1.6).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.model import (
    ACTIVE,
    CLOSED,
    CV,
    FCV,
    OPEN,
    PIPE,
    POWER,
    PRV,
    PUMP,
    TEMPCLOSED,
    XFCV,
    XHEAD,
)

TINY = 1e-6
"""Flow under which a pump of constant power stops [cfs]."""
HEAD_TOLERANCE, FLOW_TOLERANCE = 0.0005, 0.0001
"""[ft], [cfs]."""


@compiled
def check_status(dh: float, q: float, now: int) -> Any:
    """Return the status of a check valve."""
    if abs(dh) > HEAD_TOLERANCE:
        return CLOSED if dh < -HEAD_TOLERANCE or q < -FLOW_TOLERANCE else OPEN
    return CLOSED if q < -FLOW_TOLERANCE else now


@compiled
def prv_status(net: Any, st: Any, k: int, s: int) -> Any:
    """Return the status of a valve that reduces the pressure after it."""
    now, q = st.status[k, s], st.flow[k, s]
    h1, h2 = st.head[net.first[k], s], st.head[net.second[k], s]
    set_ = net.elevation[net.second[k]] + st.setting[k, s]
    if now == CLOSED:
        if h1 >= set_ + HEAD_TOLERANCE and h2 < set_ - HEAD_TOLERANCE:
            return ACTIVE
        return OPEN if h1 < set_ - HEAD_TOLERANCE and h1 > h2 + HEAD_TOLERANCE else CLOSED
    if q < -FLOW_TOLERANCE:
        return CLOSED
    if now == ACTIVE:
        return OPEN if h1 - net.minor[k] * q * q < set_ - HEAD_TOLERANCE else ACTIVE
    if now == OPEN:
        return ACTIVE if h2 >= set_ + HEAD_TOLERANCE else OPEN
    return now


@compiled
def psv_status(net: Any, st: Any, k: int, s: int) -> Any:
    """Return the status of a valve that sustains the pressure before it."""
    now, q = st.status[k, s], st.flow[k, s]
    h1, h2 = st.head[net.first[k], s], st.head[net.second[k], s]
    set_ = net.elevation[net.first[k]] + st.setting[k, s]
    if now == CLOSED:
        if h1 > h2 + HEAD_TOLERANCE:
            if h2 > set_ + HEAD_TOLERANCE:
                return OPEN
            if h1 >= set_ + HEAD_TOLERANCE:
                return ACTIVE
        return CLOSED
    if q < -FLOW_TOLERANCE:
        return CLOSED
    if now == ACTIVE:
        return OPEN if h2 + net.minor[k] * q * q > set_ + HEAD_TOLERANCE else ACTIVE
    if now == OPEN:
        return ACTIVE if h1 < set_ - HEAD_TOLERANCE else OPEN
    return now


@compiled
def set_status(st: Any, k: int, s: int, status: int) -> None:
    """Give a link its status, the count of closed ones kept."""
    st.closed[k] += (status <= CLOSED) - (st.status[k, s] <= CLOSED)
    st.status[k, s] = status


@compiled
def restart(net: Any, st: Any, k: int, s: int) -> None:
    """Give a pump of constant power that is opened again the flow with which it began."""
    if net.kind[k] == PUMP and net.pump_kind[k] == POWER:
        st.flow[k, s] = net.design[k]


@compiled
def valve_statuses(net: Any, st: Any, s: int) -> bool:
    """Check valves that reduce or sustain a pressure; tell whether any changed."""
    changed = False
    for a in range(len(net.valves)):
        k = net.valves[a]
        if np.isnan(st.setting[k, s]) or net.kind[k] == FCV:
            continue
        new = prv_status(net, st, k, s) if net.kind[k] == PRV else psv_status(net, st, k, s)
        if new != st.status[k, s]:
            set_status(st, k, s, new)
            changed = True
    return changed


@compiled
def link_statuses(net: Any, st: Any, s: int) -> bool:
    """Check pumps, check valves, flow limits and links of tanks; tell whether any changed."""
    changed = False
    nj = net.junctions
    for c in range(len(net.checked)):
        k = net.checked[c]
        a, b = net.first[k], net.second[k]
        dh = st.head[a, s] - st.head[b, s]
        before = st.status[k, s]
        new = before
        if new in (XHEAD, TEMPCLOSED):
            new = OPEN
        kind = net.kind[k]
        if kind == CV:
            new = check_status(dh, st.flow[k, s], new)
        elif kind == PUMP and new >= OPEN and st.setting[k, s] > 0.0:
            if net.pump_kind[k] == POWER:
                new = TEMPCLOSED if st.flow[k, s] < TINY else OPEN
            else:
                highest = st.setting[k, s] ** 2 * net.most_head[k]
                new = XHEAD if -dh > highest + HEAD_TOLERANCE else OPEN
        elif kind == FCV and not np.isnan(st.setting[k, s]):
            q = st.flow[k, s]
            if dh < -HEAD_TOLERANCE or q < -FLOW_TOLERANCE:
                new = XFCV
            elif before == XFCV and q >= st.setting[k, s]:
                new = ACTIVE
            elif before == ACTIVE and dh < net.minor[k] * q * q:
                new = XFCV
        if a >= nj:
            new = tank_status(net, st, a - nj, s, new, st.flow[k, s])
        if b >= nj:
            new = tank_status(net, st, b - nj, s, new, -st.flow[k, s])
        if new != before:
            set_status(st, k, s, new)
            changed = True
    return changed


@compiled
def tank_status(net: Any, st: Any, t: int, s: int, now: int, out: float) -> Any:
    """Return the status of a link of a tank: none fills a full one, none empties an empty one."""
    if now <= CLOSED or net.area[t] == 0.0:
        return now
    full = st.volume[t, s] >= net.most_volume[t] and net.overflow[t] == 0
    empty = st.volume[t, s] <= net.least_volume[t]
    if (full and out < 0.0) or (empty and out > 0.0):
        return TEMPCLOSED
    return now


@compiled
def same(a: float, b: float) -> bool:
    """Tell whether two settings are the same, none included."""
    return a == b or (np.isnan(a) and np.isnan(b))


@compiled
def pressure_switches(net: Any, st: Any, s: int) -> bool:
    """Follow the controls on the pressure of junctions; tell whether any changed a link."""
    changed = False
    for c in range(len(net.control_link)):
        i = net.control_node[c]
        if i < 0 or i >= net.junctions or net.control_kind[c] > 1:
            continue
        h, grade = st.head[i, s], net.control_grade[c]
        below = net.control_kind[c] == 0
        if (below and h <= grade + HEAD_TOLERANCE) or (not below and h >= grade - HEAD_TOLERANCE):
            k = net.control_link[c]
            other = not same(st.setting[k, s], net.control_setting[c])
            pipe = net.kind[k] <= PIPE
            if (pipe and st.status[k, s] != net.control_status[c]) or (not pipe and other):
                set_status(st, k, s, net.control_status[c])
                if not pipe:
                    st.setting[k, s] = net.control_setting[c]
                changed = True
    return changed
