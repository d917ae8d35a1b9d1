# SPDX-License-Identifier: EUPL-1.2
"""Rule-based controls of a batch, weighed several times inside a hydraulic step.

EPANET 2.2 User Manual, 3.2.2 and appendix C; tolerances and order are EPANET 2.3's: premises are
compared in the units of the file within 0.001, and of two actions on a link the first counts
unless the other's rule has a higher priority.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.model import ACTIVE, CLOSED, FCV, GPV, OPEN, PUMP
from jumeau.worksites.water.batched.statuses import TINY, restart, set_status
from jumeau.worksites.water.rules import (
    CLOCKTIME,
    DEMAND,
    DRAINTIME,
    EQ,
    FILLTIME,
    FLOW,
    GE,
    GT,
    LE,
    LEVEL,
    LT,
    NE,
    PRESSURE,
    SETTING,
    SYSTEM,
    TIME,
)  # fmt: skip

WITHIN = 1e-3
"""Tolerance of comparisons [units of the file]."""
_DAY = 86400


@compiled
def related(x: float, value: float, relation: int, within: float) -> Any:
    """Tell whether two values are in a relation, within a tolerance."""
    if relation == EQ:
        return abs(x - value) <= within
    if relation == NE:
        return abs(x - value) >= within
    if relation == LT:
        return x <= value + within
    if relation == LE:
        return x <= value - within
    if relation == GT:
        return x >= value - within
    return x >= value + within


@compiled
def timely(start: int, end: int, at: float, relation: int) -> Any:
    """Tell whether a time is met: equality within the interval since the last weighing."""
    if relation == LT:
        return end < at
    if relation == LE:
        return end <= at
    if relation == GT:
        return end > at
    if relation == GE:
        return end >= at
    inside = at >= start or at <= end if end < start else start <= at <= end
    return inside == (relation == EQ)


@compiled
def measured(net: Any, st: Any, s: int, p: int, supplied: float) -> Any:
    """Return what a premise watches, in the units of the file; NaN when there is none."""
    rules = net.rules
    i, variable, factor = rules.place[p], rules.variable[p], rules.factor[p]
    nj = net.junctions
    if variable == DEMAND:
        if rules.kind[p] == SYSTEM:
            return supplied * factor
        return (st.demand[i, s] + (st.emitted[i, s] if i < nj else 0.0)) * factor
    if variable == FLOW:
        return abs(st.flow[i, s]) * factor
    if variable == SETTING:
        return st.setting[i, s] * factor
    if variable in (FILLTIME, DRAINTIME):
        if i < nj or net.area[i - nj] == 0.0:
            return np.nan
        moving, t = st.demand[i, s], i - nj
        if variable == FILLTIME:
            return np.nan if moving <= TINY else (net.most_volume[t] - st.volume[t, s]) / moving
        return np.nan if moving >= -TINY else (net.least_volume[t] - st.volume[t, s]) / moving
    low = net.elevation[i] if variable in (LEVEL, PRESSURE) else 0.0
    return (st.head[i, s] - low) * factor


@compiled
def holds(net: Any, times: Any, st: Any, s: int, p: int, since: int, supplied: float) -> Any:
    """Tell whether a premise holds."""
    rules = net.rules
    variable = rules.variable[p]
    if variable == TIME:
        return timely(since, st.clock[s], rules.value[p], rules.relation[p])
    if variable == CLOCKTIME:
        start, end = (since + times.clock) % _DAY, (st.clock[s] + times.clock) % _DAY
        return timely(start, end, rules.value[p], rules.relation[p])
    if rules.status[p] >= 0:
        now = st.status[rules.place[p], s]
        now = CLOSED if now <= CLOSED else ACTIVE if now == ACTIVE else OPEN
        same = now == rules.status[p]
        return same if rules.relation[p] == EQ else not same and rules.relation[p] == NE
    x = measured(net, st, s, p, supplied)
    return not np.isnan(x) and related(x, rules.value[p], rules.relation[p], WITHIN)


@compiled
def applies(net: Any, times: Any, st: Any, s: int, r: int, since: int, supplied: float) -> Any:
    """Tell whether the premises of a rule hold together, read from the first to the last."""
    rules = net.rules
    so_far = True
    for p in range(rules.premise_start[r], rules.premise_start[r + 1]):
        if rules.either[p] == 0:
            if not so_far:
                return False
            so_far = holds(net, times, st, s, p, since, supplied)
        elif not so_far:
            so_far = holds(net, times, st, s, p, since, supplied)
    return so_far


@compiled
def act(net: Any, st: Any, s: int, a: int) -> Any:
    """Do an action; tell whether it changed its link."""
    rules = net.rules
    k = rules.commanded[rules.target[a]]
    now, wanted, setting = st.status[k, s], rules.action_status[a], rules.action_setting[a]
    if (wanted == OPEN and now <= CLOSED) or (wanted == CLOSED and now > CLOSED):
        if net.kind[k] == PUMP:
            st.setting[k, s] = 1.0 if wanted == OPEN else 0.0
            if wanted == OPEN and now == CLOSED:
                restart(net, st, k, s)
        elif net.kind[k] > PUMP and net.kind[k] != GPV:
            st.setting[k, s] = np.nan
        set_status(st, k, s, wanted)
        return True
    if np.isnan(setting):
        return False
    before = st.setting[k, s]
    if not np.isnan(before) and abs(setting - before) <= WITHIN:  # in internal units
        return False
    st.setting[k, s] = setting
    if net.kind[k] == PUMP:
        if setting > 0.0 and now <= CLOSED:
            restart(net, st, k, s)
            set_status(st, k, s, OPEN)
        elif setting == 0.0 and now > CLOSED:
            set_status(st, k, s, CLOSED)
    elif net.kind[k] == FCV:
        set_status(st, k, s, ACTIVE)
    elif np.isnan(before) and now <= CLOSED:
        set_status(st, k, s, OPEN)
    return True


@compiled
def weigh(net: Any, times: Any, st: Any, s: int, passed: int, supplied: float) -> Any:
    """Weigh all rules at the scenario's time; tell whether any changed a link."""
    rules = net.rules
    chosen = np.full(len(rules.commanded), -1, np.int64)
    owner = np.zeros(len(rules.commanded), np.int64)
    since = st.clock[s] - passed + 1
    for r in range(len(rules.priority)):
        group = 2 * r if applies(net, times, st, s, r, since, supplied) else 2 * r + 1
        for a in range(rules.action_start[group], rules.action_start[group + 1]):
            to = rules.target[a]
            if chosen[to] < 0 or rules.priority[r] > rules.priority[owner[to]]:
                chosen[to], owner[to] = a, r
    changed = False
    for to in range(len(chosen)):
        if chosen[to] >= 0 and act(net, st, s, chosen[to]):
            changed = True
    return changed
