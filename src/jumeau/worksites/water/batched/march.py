# SPDX-License-Identifier: EUPL-1.2
"""The days of a batch: demands, controls, balance, then the time to the next event.

Each scenario has its own clock, since a tank may fill or a control fire at another moment; the
rules of the steps are EPANET's (EPANET 2.2 User Manual, 12.1.7).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jumeau.worksites.water.batched.lanes import load, spread, store
from jumeau.worksites.water.batched.linear import compiled
from jumeau.worksites.water.batched.model import CLOSED, OPEN, PIPE
from jumeau.worksites.water.batched.newton import balance
from jumeau.worksites.water.batched.rules import weigh
from jumeau.worksites.water.batched.statuses import restart, same, set_status

_DAY = 86400


@compiled
def volume_of(net: Any, t: int, head: float) -> Any:
    """Return the volume of a tank at a head [ft³]."""
    curve = net.volume_curve[t]
    if curve < 0:
        return net.least_volume[t] + (head - net.lowest[t]) * net.area[t]
    first, last = net.curve_start[curve], net.curve_start[curve + 1]
    level = head - net.elevation[net.tank_node[t]]
    return interpolated(net.curve_x, net.curve_y, first, last, level)


@compiled
def head_of(net: Any, t: int, volume: float) -> Any:
    """Return the head of a tank that holds a volume [ft]."""
    curve = net.volume_curve[t]
    if curve < 0:
        return net.lowest[t] + (volume - net.least_volume[t]) / net.area[t]
    first, last = net.curve_start[curve], net.curve_start[curve + 1]
    low = net.elevation[net.tank_node[t]]
    return low + interpolated(net.curve_y, net.curve_x, first, last, volume)


@compiled
def interpolated(x: Any, y: Any, first: int, last: int, at: float) -> Any:
    """Interpolate on a curve, held at its ends."""
    if at <= x[first]:
        return y[first]
    for k in range(first + 1, last):
        if x[k] >= at:
            rise = x[k] - x[k - 1]
            return y[k] if rise == 0 else y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / rise
    return y[last - 1]


@compiled
def profile(net: Any, which: int, period: int) -> Any:
    """Return the multiplier of a pattern at a period, 1 without pattern."""
    if which < 0:
        return 1.0
    first = net.pattern_start[which]
    return net.pattern_value[first + period % (net.pattern_start[which + 1] - first)]


@compiled
def loads(net: Any, times: Any, st: Any) -> None:
    """Set demands, heads of reservoirs and speeds of pumps at the time of each scenario."""
    lanes, patterns = st.flow.shape[1], len(net.pattern_start) - 1
    store(st.multiplier, patterns, spread(1.0))
    for s in range(lanes):
        period = (st.clock[s] + times.pattern_start) // times.pattern
        for which in range(patterns):
            st.multiplier[which, s] = profile(net, which, period)
    for i in range(net.junctions):
        store(st.demand, i, load(st.extra, i))
    for c in range(len(net.demand_node)):
        i, which = net.demand_node[c], net.demand_pattern[c]
        factor = load(st.multiplier, which if which >= 0 else patterns)
        store(st.demand, i, load(st.demand, i) + factor * net.demand_base[c])
    if net.driven:
        for i in range(net.junctions):
            store(st.taken, i, load(st.demand, i))
    for t in range(len(net.tank_node)):
        if net.head_pattern[t] >= 0:
            factor = load(st.multiplier, net.head_pattern[t])
            store(st.head, net.tank_node[t], factor * net.level[t])
    for a in range(len(net.pump)):
        k = net.pump[a]
        if net.speed_pattern[k] >= 0:
            for s in range(lanes):
                speed = st.multiplier[net.speed_pattern[k], s]
                st.setting[k, s] = speed
                if speed > 0.0 and st.status[k, s] <= CLOSED:
                    restart(net, st, k, s)
                    set_status(st, k, s, OPEN)
                elif speed == 0.0 and st.status[k, s] > CLOSED:
                    set_status(st, k, s, CLOSED)


@compiled
def controls(net: Any, times: Any, st: Any, s: int) -> None:
    """Follow the controls on tanks and times."""
    nj = net.junctions
    for c in range(len(net.control_link)):
        kind, node = net.control_kind[c], net.control_node[c]
        fires = False
        if kind <= 1 and node >= nj:
            t = node - nj
            moving = abs(st.demand[node, s])
            now = volume_of(net, t, st.head[node, s])
            wanted = volume_of(net, t, net.control_grade[c])
            if net.area[t] == 0.0:
                now = wanted = 0.0
            fires = now <= wanted + moving if kind == 0 else now >= wanted - moving
        elif kind == 2:
            fires = net.control_time[c] == st.clock[s]
        elif kind == 3:
            fires = (st.clock[s] + times.clock) % _DAY == net.control_time[c]
        if fires:
            k = net.control_link[c]
            before = CLOSED if st.status[k, s] <= CLOSED else OPEN
            setting = st.setting[k, s]
            if net.kind[k] > PIPE:
                setting = net.control_setting[c]
            if before == CLOSED and net.control_status[c] == OPEN:
                restart(net, st, k, s)
            if before != net.control_status[c] or not same(setting, st.setting[k, s]):
                set_status(st, k, s, net.control_status[c])
                st.setting[k, s] = setting


@compiled
def ahead(net: Any, times: Any, st: Any, s: int, report: int) -> Any:
    """Return the time to the next event: step, pattern, report, tank or control [s]."""
    clock, nj = st.clock[s], net.junctions
    step = times.hydraulic
    t = ((clock + times.pattern_start) // times.pattern + 1) * times.pattern - clock
    if 0 < t < step:
        step = t
    t = report - clock
    if 0 < t < step:
        step = t
    for tank in range(len(net.tank_node)):
        if net.area[tank] == 0.0:
            continue
        node = net.tank_node[tank]
        h, q, v = st.head[node, s], st.demand[node, s], st.volume[tank, s]
        if abs(q) <= 1e-6:
            continue
        if q > 0.0 and h < net.highest[tank]:
            room = net.most_volume[tank] - v
        elif q < 0.0 and h > net.lowest[tank]:
            room = net.least_volume[tank] - v
        else:
            continue
        t = rounded(room / q)
        if 0 < t < step:
            step = t
    for c in range(len(net.control_link)):
        kind, node, t = net.control_kind[c], net.control_node[c], 0
        if kind <= 1:
            if node < nj or net.area[node - nj] == 0.0:
                continue
            h, q, grade = st.head[node, s], st.demand[node, s], net.control_grade[c]
            if abs(q) <= 1e-6:
                continue
            if (h < grade and kind == 1 and q > 0.0) or (h > grade and kind == 0 and q < 0.0):
                t = rounded((volume_of(net, node - nj, grade) - st.volume[node - nj, s]) / q)
        elif kind == 2:
            t = net.control_time[c] - clock
        else:
            now = (clock + times.clock) % _DAY
            t = net.control_time[c] - now
            if t < 0:
                t += _DAY
        if 0 < t < step:
            k = net.control_link[c]
            other = net.kind[k] > PIPE and not same(st.setting[k, s], net.control_setting[c])
            if other or st.status[k, s] != net.control_status[c]:
                step = t
    return step


@compiled
def rounded(value: float) -> Any:
    """Return a time rounded half away from zero, as EPANET does."""
    return int(value + 0.5) if value >= 0.0 else int(value - 0.5)


@compiled
def fill(net: Any, st: Any, s: int, step: int) -> None:
    """Move the water of the tanks over a step."""
    for t in range(len(net.tank_node)):
        if net.area[t] == 0.0:
            continue
        node = net.tank_node[t]
        moving = st.demand[node, s]
        volume = st.volume[t, s] + moving * step
        if volume + moving >= net.most_volume[t]:
            volume = net.most_volume[t]
        elif volume - moving <= net.least_volume[t]:
            volume = net.least_volume[t]
        st.volume[t, s] = volume
        st.head[node, s] = head_of(net, t, volume)


@compiled
def supplied(net: Any, times: Any, st: Any, s: int) -> Any:
    """Return the sum of the demands of the scenario that are positive [cfs]."""
    period = (st.clock[s] + times.pattern_start) // times.pattern
    total = 0.0
    for c in range(len(net.demand_node)):
        total += max(net.demand_base[c] * profile(net, net.demand_pattern[c], period), 0.0)
    for i in range(net.junctions):
        total += max(st.extra[i, s], 0.0)
    return total


@compiled
def ruled(net: Any, times: Any, st: Any, s: int, step: int) -> Any:
    """Move the tanks from one weighing of the rules to the next; return the time moved [s]."""
    began = st.clock[s]
    total = supplied(net, times, st, s)
    part = min(times.rule - began % times.rule, step)
    while True:
        fill(net, st, s, part)
        st.clock[s] += part
        moved = st.clock[s] - began
        if weigh(net, times, st, s, part, total) or moved >= step:
            st.clock[s] = began
            return moved
        part = min(times.rule, step - moved)


@compiled
def report(st: Any, out: Any, s: int, scenario: int, row: int) -> None:
    """Write heads, pressures and flows of a scenario, in the units of the answer."""
    for i in range(out.head.shape[2]):
        head = st.head[i, s] * out.length
        out.head[scenario, row, i] = head
        out.pressure[scenario, row, i] = head - out.low[i]
    for k in range(out.flow.shape[2]):
        flow = st.flow[k, s] if st.status[k, s] > CLOSED else 0.0
        out.flow[scenario, row, k] = flow * out.volume


@compiled
def march(
    net: Any, pattern: Any, times: Any, st: Any, out: Any, first: int, count: int, scratch: Any
) -> None:
    """Run scenarios over the whole duration.

    Parameters
    ----------
    net, pattern, times, st : Net, Pattern, Times, State
        The network, and the state in which scenarios begin.
    out : Answer
        Receives heads, pressures and flows.
    first, count : int
        Scenarios of the batch.
    scratch : (6, S) array
        Scratch.
    """
    lanes = st.flow.shape[1]
    busy = scratch[5]
    row = np.zeros(lanes, np.int64)
    for s in range(lanes):
        st.alive[s] = s < count
        for t in range(len(net.tank_node)):
            if net.area[t] > 0.0:
                st.volume[t, s] = volume_of(net, t, st.head[net.tank_node[t], s])
    while True:
        living = 0
        loads(net, times, st)
        for s in range(lanes):
            busy[s] = st.alive[s]
            if st.alive[s]:
                living += 1
                controls(net, times, st, s)
        if living == 0:
            return
        balance(net, pattern, st, scratch)
        for s in range(lanes):
            if not st.alive[s]:
                continue
            wanted = times.report_start + row[s] * times.report
            if st.clock[s] == wanted and row[s] < out.head.shape[1]:
                report(st, out, s, first + s, row[s])
                row[s] += 1
                wanted += times.report
            if st.clock[s] >= times.duration:
                st.alive[s] = 0
                continue
            step = min(ahead(net, times, st, s, wanted), times.duration - st.clock[s])
            if len(net.rules.priority) > 0:
                step = ruled(net, times, st, s, step)
            else:
                fill(net, st, s, step)
            st.clock[s] += step
