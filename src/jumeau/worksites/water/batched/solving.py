# SPDX-License-Identifier: EUPL-1.2
"""Scenarios cut into batches, batches on threads, what fails handed to EPANET."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.worksites.water.batched import model as models
from jumeau.worksites.water.batched.state import state
from jumeau.worksites.water.solution import Solution, elevations
from jumeau.worksites.water.units import FOOT

if TYPE_CHECKING:
    from jumeau.base.contract import Progress
    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.times import Times

LANES = 16
"""Scenarios of a batch: two vector registers wide, and its fields stay in a core's cache."""


class Clockwork(NamedTuple):
    """Times as the kernels take them [s]."""

    duration: int
    hydraulic: int
    report: int
    report_start: int
    pattern: int
    pattern_start: int
    clock: int


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
        Scenarios that could not be computed; their rows hold NaN.
    """
    from jumeau.worksites.water.batched.march import march

    built = models.model(net, times)
    clockwork = Clockwork(
        times.duration, times.hydraulic, times.report, times.report_start, times.pattern,
        times.pattern_start, times.clock,
    )  # fmt: skip
    wanted = np.arange(times.report_start, times.duration + 1, times.report, dtype=np.int64)
    head = np.full((len(scenarios), len(wanted), len(built.nodes)), np.nan)
    flow = np.full((len(scenarios), len(wanted), len(built.links)), np.nan)
    lanes = min(LANES, -(-len(scenarios) // 8) * 8)
    firsts = range(0, len(scenarios), lanes)
    failed: list[int] = []
    warnings: list[str] = []
    done = [0]

    def batch(first: int) -> None:
        mine = slice(first, min(first + lanes, len(scenarios)))
        st = state(net, built, scenarios[mine], lanes)
        march(built.net, built.pattern, clockwork, st, head[mine], flow[mine], np.zeros((6, lanes)))
        for lane in range(mine.stop - first):
            if st.failed[lane]:
                failed.append(first + lane)
            elif st.unbalanced[lane]:
                warnings.append(
                    f"scenario {first + lane}: {st.unbalanced[lane]} periods unbalanced"
                )
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
    head *= FOOT
    flow *= models.PER_CFS[net.units.flow_unit] * net.units.flow
    low = elevations(net, built.nodes)
    answer = Solution(
        head, head - low, flow, built.nodes, built.links, wanted, "batched", sorted(warnings)
    )
    return answer, sorted(failed)
