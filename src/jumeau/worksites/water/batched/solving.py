# SPDX-License-Identifier: EUPL-1.2
"""Scenarios cut into batches, batches on threads, what fails handed to EPANET."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.water import cut_off
from jumeau.worksites.water.batched import model as models
from jumeau.worksites.water.batched.changes import changes
from jumeau.worksites.water.batched.lanes import WIDTH
from jumeau.worksites.water.batched.march import march
from jumeau.worksites.water.batched.records import packed
from jumeau.worksites.water.batched.state import Start, State, begin, cold, rows, state
from jumeau.worksites.water.solution import Solution, elevations
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.times import Times

    Floats = NDArray[np.float64]

ENSEMBLE = 256
"""Steady scenarios from which all begin at the network's own flows, not from nothing."""
TIGHT = 1e-4
"""Accuracy from which scenarios begin as EPANET's do: where an answer depends on the way to it
(pumps of constant power, links without loss), another beginning is seen at that accuracy."""
STARVED = 750.0
"""Pressure, either way, from which what is joined to a source gets no water to speak of [m]: where
a small or a closed way is all that is left, iterations that are to be precise stop where the
rounding of sums lets them, millimetres or metres from those of another engine."""
PRECISE, SHARP = 5e-4, 1e-5
"""Greatest Σ|Δq|/Σ|q| of scenarios that begin near the answer; that of the network's own flows."""


class Clockwork(NamedTuple):
    """Times as the kernels take them [s]."""

    duration: int
    hydraulic: int
    report: int
    report_start: int
    pattern: int
    pattern_start: int
    clock: int
    rule: int


def clockwork(times: Times) -> Clockwork:
    """Return times as the kernels take them."""
    return Clockwork(
        times.duration, times.hydraulic, times.report, times.report_start, times.pattern,
        times.pattern_start, times.clock, times.rule,
    )  # fmt: skip


class Answer(NamedTuple):
    """Where kernels write: (scenarios, times, nodes or links) arrays, in metres and m³/h.

    Parameters
    ----------
    low : (nodes,) array
        Elevation [m].
    length, volume : float
        Metres in a foot, m³/h in a cfs.
    """

    head: Floats
    pressure: Floats
    flow: Floats
    low: Floats
    length: float
    volume: float


def answer(scenarios: int, count: int, built: models.Model, low: Floats, volume: float) -> Answer:
    """Return room for an answer."""
    nodes, links = (scenarios, count, len(built.nodes)), (scenarios, count, len(built.links))
    return Answer(np.empty(nodes), np.empty(nodes), np.empty(links), low, FOOT, volume)


def solve(
    net: Network,
    times: Times,
    scenarios: list[dict[str, dict[str, float]]],
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Solution, list[int]]:
    """Compute scenarios side by side (global gradient algorithm).

    Parameters
    ----------
    net : Network
        One that :func:`~jumeau.worksites.water.batched.model.unsupported` takes.
    times : Times
        Duration and steps.
    scenarios : list of dict
        Changes, checked.
    threads : int, optional
        Threads; those of the machine by default. The answer does not depend on them.
    progress : callable, optional
        Receives ``"hydraulics"`` and the share done.

    Returns
    -------
    Solution
        Heads, pressures and flows.
    list of int
        Scenarios that could not be computed, their rows hold NaN, or that are better left to
        EPANET.
    """
    built = models.model(net, times)
    loose = built.net.accuracy > TIGHT
    if times.duration == 0 and len(scenarios) >= ENSEMBLE and loose:
        base = _base(net, built, times)
        if base is not None:
            precise = built.net._replace(accuracy=min(built.net.accuracy, PRECISE))
            near = built._replace(net=precise)
            solution, far = _march(net, near, times, scenarios, base[0], threads, progress, base[1])
            if not far:
                return solution, []
            again, failed = _march(
                net, near, times, [scenarios[k] for k in far], cold(built), threads, None
            )
            for name in ("head", "pressure", "flow"):
                getattr(solution, name)[far] = getattr(again, name)
            return solution, [far[k] for k in failed]
    if loose:
        return _march(net, built, times, scenarios, cold(built), threads, progress)
    strict = built._replace(net=built.net._replace(strict=1))
    solution, failed = _march(net, strict, times, scenarios, cold(built), threads, progress)
    return solution, sorted({*failed, *cut_off.starved(net, solution, scenarios, STARVED)})


def _base(
    net: Network, built: models.Model, times: Times
) -> tuple[Start, NDArray[np.int64]] | None:
    """Return flows and statuses of the network as it is, or nothing when they lead elsewhere."""
    sharp = built.net._replace(accuracy=SHARP, trials=max(built.net.trials, 200))
    st = state(built, np.flatnonzero(sharp.emitter))
    out = answer(1, 0, built, elevations(net, built.nodes), 1.0)
    start, model, place = cold(built), packed(sharp), packed(st)
    begin(model, packed(changes(net, built, [{}])), packed(start), 0, 1, place)
    march(model, packed(built.pattern), packed(clockwork(times)), place, packed(out), 0, 1, rows(6))
    if st.failed[0] or st.unbalanced[0]:
        return None
    open_ = st.status[:, 0] > models.CLOSED
    flow = np.where(open_, st.flow[:, 0], np.nan)
    found = Start(flow, np.where(st.emitter[:, 0] > 0.0, st.emitted[:, 0], 1.0))
    states = _states(built, st, 1)
    begin(model, packed(changes(net, built, [{}])), packed(found), 0, 1, place)
    march(model, packed(built.pattern), packed(clockwork(times)), place, packed(out), 0, 1, rows(6))
    again = _states(built, st, 1)
    if st.failed[0] or st.unbalanced[0] or not np.array_equal(again, states):
        return None  # pumps and valves find another state from here: begin as EPANET does
    return found, states


def _states(built: models.Model, st: State, count: int) -> NDArray[np.int64]:
    """Return the statuses of what opens and closes by itself, whatever closed it."""
    links = np.union1d(built.net.checked, built.net.valves)
    return np.maximum(st.status[links, :count], models.CLOSED)


def _march(
    net: Network,
    built: models.Model,
    times: Times,
    scenarios: list[dict[str, dict[str, float]]],
    start: Start,
    threads: int | None,
    progress: Progress | None,
    states: NDArray[np.int64] | None = None,
) -> tuple[Solution, list[int]]:
    clock = clockwork(times)
    wanted = np.arange(times.report_start, times.duration + 1, times.report, dtype=np.int64)
    to_flow = models.PER_CFS[net.units.flow_unit] * net.units.flow
    out = answer(len(scenarios), len(wanted), built, elevations(net, built.nodes), to_flow)
    asked = changes(net, built, scenarios)
    emitting = np.union1d(asked.emitter_at, np.flatnonzero(built.net.emitter))
    shared = [packed(it) for it in (built.net, built.pattern, clock, asked, start, out)]
    firsts = range(0, len(scenarios), WIDTH)
    failed: list[int] = []
    done = [0]
    places = threading.local()

    def batch(first: int) -> None:
        if not hasattr(places, "state"):
            places.state, places.scratch = state(built, emitting), rows(6)
            places.packed = packed(places.state)
        st, count = places.state, min(WIDTH, len(scenarios) - first)
        model, pattern, when, what, flows, where = shared
        begin(model, what, flows, first, count, places.packed)
        march(model, pattern, when, places.packed, where, first, count, places.scratch)
        short = (st.failed != 0) | (st.unbalanced > 0)
        if states is not None:
            short[:count] |= (_states(built, st, count) != states).any(axis=0)
        failed.extend(first + lane for lane in range(count) if short[lane])
        done[0] += 1
        if progress is not None:
            progress("hydraulics", done[0] / len(firsts))

    count = threads or os.cpu_count() or 1
    if count == 1 or len(firsts) == 1:
        for first in firsts:
            batch(first)
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(batch, firsts))
    for field in (out.head, out.pressure, out.flow):
        field[failed] = np.nan
    solution = Solution(
        out.head, out.pressure, out.flow, built.nodes, built.links, wanted, "batched"
    )
    return solution, sorted(failed)
