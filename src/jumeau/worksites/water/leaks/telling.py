# SPDX-License-Identifier: EUPL-1.2
"""What is told of the leaks of a search: a table, its probabilities, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.leaks import searching, shapes, zones

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.leaks.history import History
    from jumeau.worksites.water.leaks.problem import Problem
    from jumeau.worksites.water.leaks.searching import Basis, Leak
    from jumeau.worksites.water.telemetry.prepared import Prepared

    Floats = NDArray[np.float64]

WATER_EUR_M3 = 0.80
"""Worth of a cubic metre lost, as in the contest."""
COLUMNS = ("pipe", "start", "end", "flow_m3_h", "flow_low", "flow_high", "probability", "zone",
           "detected_at", "kind", "district", "zone_95", "pipe_probability", "eur_day",
           "cost_so_far_eur")  # fmt: skip
LEAST_SEEN, SEEN_SHARE = 0.5, 0.3
"""Flow at which one may be sure of a growing leak: that [m³/h], or so much of what it becomes."""
FLOW_SHARE = 0.06
"""Of a flow, what errors of the model add to its uncertainty (one standard deviation)."""
QUANTILE = 1.2816
"""Of the normal law, for an interval of 80 %."""


@dataclass
class Found:
    """What a search ended with."""

    problem: Problem
    known: Basis
    leaks: list[Leak]
    asked: list[float]
    unknown: Floats


def chance(gain: float, asked: float) -> float:
    """Return the probability that a leak is one, from its gain and the least gain asked for."""
    ratio = gain / max(asked, 1e-9)
    return float(np.clip(1.0 - 0.4 / max(ratio, 0.5), 0.0, 0.995))


def rows_of(history: History, found: Found, which: list[int]) -> list[dict[str, Any]]:
    """Return what is told of leaks of a search, each by itself."""
    import pandas as pd

    net, it, leaks = history.net, found.problem, found.leaks
    reach = Reach(history)
    k = it.error.shape[2]
    inverse = found.known.lower.T @ found.known.lower
    growth = shapes.daily(len(it.z), [leak.course for leak in leaks])
    names = list(net.pipes.index)
    rows = []
    for j in which:
        leak = leaks[j]
        others = searching.basis(it, [other for other in leaks if other is not leak])
        where = zones.place(it, others, leak, reach.length, reach.neighbours, reach.away)
        alive = not np.isfinite(leak.course.end)
        share = float(growth[j, -1] if alive else growth[j].max())
        flow = leak.flow * share
        sd = share * float(np.hypot(np.sqrt(inverse[k + j, k + j]), FLOW_SHARE * leak.flow))
        start = history.instant(leak.course.start)
        seen = max(
            where.since, leak.course.start, _reaches(leak, min(LEAST_SEEN, SEEN_SHARE * flow))
        )
        rows.append({
            "pipe": names[where.pipe], "start": start,
            "end": pd.NaT if alive else history.instant(leak.course.end), "flow_m3_h": flow,
            "flow_low": max(flow - QUANTILE * sd, 0.0), "flow_high": flow + QUANTILE * sd,
            "probability": chance(leak.gain, found.asked[j]) * where.near,
            "zone": [names[p] for p in where.zone],
            "detected_at": history.instant(seen),
            "kind": "burst" if leak.course.grows() < zones.BURST_D else "incipient",
            "district": history.district(where.pipe),
            "zone_95": [names[p] for p in where.wide],
            "pipe_probability": {names[p]: x for p, x in where.probability.items()},
            "eur_day": flow * 24.0 * WATER_EUR_M3,
            "cost_so_far_eur": float(growth[j].sum()) * leak.flow * 24.0 * WATER_EUR_M3,
        })  # fmt: skip
    return rows


def table(
    history: History, told: Prepared, found: Found, rows: list[dict[str, Any]], mine: list[int]
) -> pd.DataFrame:
    """Return rows as a table, with what else is told of the search.

    Parameters
    ----------
    history, told, found : History, Prepared, Found
        The search and what it was made in.
    rows : list of dict
        One a leak.
    mine : list of int
        Leak of the search by row, -1 for one that it no longer believes in.
    """
    import pandas as pd

    it, leaks = found.problem, found.leaks
    order = sorted(range(len(rows)), key=lambda j: rows[j]["start"])
    out = pd.DataFrame([rows[j] for j in order], columns=list(COLUMNS))
    days = pd.DatetimeIndex([history.instant(float(d)) for d in range(len(it.z))])
    growth = shapes.daily(len(it.z), [leak.course for leak in leaks])
    growth = growth * np.array([leak.flow for leak in leaks])[:, None]
    by_row = [growth[mine[j]] if mine[j] >= 0 else np.zeros(len(days)) for j in order]
    for name in ("start", "end", "detected_at"):
        out[name] = pd.Series(list(out[name]), dtype=days.dtype, index=out.index)
    out.attrs |= _told(told) | {
        "growth": pd.DataFrame(
            np.array(by_row).reshape(len(order), len(days)).T, index=days, columns=range(len(order))
        ),
        "balance": history.balance(found.unknown, days, growth, leaks),
        "quality": {
            "residual_sd": float(np.sqrt(np.square(found.known.rest).mean())),
            "matches": True, "days": len(it.z), "leaks": len(leaks),
        },
        "settings": {"pipes": len(history.pipes), "observed": history.observed},
    }  # fmt: skip
    return out


def _reaches(leak: Leak, flow: float) -> float:
    """Return the day at which a leak that grows reaches a flow below that of its plateau."""
    course = leak.course
    share = flow / max(leak.flow, 1e-9)
    return float(course.start + max(course.grows(), 0.0) * np.sqrt(share))


class Reach:
    """Pipes beside one another, and how far."""

    def __init__(self, history: History) -> None:
        net = history.net
        self.net, self.names = net, history.pipes
        self.length = net.pipes["length_m"].to_numpy(float)
        by_node: dict[str, list[int]] = {}
        ends = list(zip(net.pipes["from_node"], net.pipes["to_node"], strict=True))
        for k, pair in enumerate(ends):
            for node in pair:
                by_node.setdefault(node, []).append(k)
        self.neighbours = [
            np.array(sorted({*by_node[a], *by_node[b]} - {k}), np.int64)
            for k, (a, b) in enumerate(ends)
        ]

    def away(self, pipes: NDArray[np.int64]) -> Floats:
        """Return the distances of pipes to all pipes [m]."""
        from jumeau.worksites.water.leaks.scoring import pipe_distances

        wanted = [self.names[p] for p in pipes]
        return np.asarray(pipe_distances(self.net, wanted)[self.names].loc[wanted], float)


def _told(told: Prepared) -> dict[Any, Any]:
    return {"faults": told.faults, "findings": list(told.findings)}


def empty(told: Prepared) -> pd.DataFrame:
    """Return no leak: what was measured is not of this network."""
    import pandas as pd

    out = pd.DataFrame({name: [] for name in COLUMNS})
    out.attrs |= _told(told) | {"quality": {"matches": False, "leaks": 0}}
    return out
