# SPDX-License-Identifier: EUPL-1.2
"""What hydrants give at a residual pressure, and what is left to the others meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water.analyses import ensembles, moment
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.times import HOUR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

    Floats = NDArray[np.float64]

COLUMNS = (
    "static_m", "pressure_m", "available_m3_h", "sufficient", "lowest_other_m",
    "lowest_other_node", "nodes_below", "pressure_end_m", "lasting",
)  # fmt: skip
MOST_M3_H = 500.0
"""Flow beyond which a hydrant is not asked more [m³/h]."""
FLOW_TOLERANCE, HEAD_TOLERANCE = 0.05, 0.005
"""Width within which the available flow is found [m³/h], pressure likewise [m]."""
_POWER = 1.852
_TURNS = 40
_STEPS = 8


def fire_flow(
    net: Network,
    hydrants: Iterable[str] | None = None,
    *,
    flow_m3_h: float = 60.0,
    residual_m: float = 10.0,
    duration_s: float = 2 * HOUR,
    others_m: float | None = None,
    most_m3_h: float = MOST_M3_H,
    at_s: float | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Compute the flow that hydrants give at a residual pressure (one fire at a time).

    Parameters
    ----------
    net : Network
        The network.
    hydrants : iterable of str, optional
        Junctions where water is drawn, all by default.
    flow_m3_h, residual_m : float
        Flow asked for and pressure to keep at the hydrant [m³/h, m]: usually 60 m³/h at 1 bar
        (10 m), 30 m³/h where the risk is low.
    duration_s : float
        How long the flow must last, 2 h usually [s]; 0 leaves the question aside.
    others_m : float, optional
        Pressure to keep at the other junctions as well, but for those that lack it without fire
        [m]; none by default.
    most_m3_h : float
        Flow beyond which nothing more is looked for [m³/h].
    at_s : float, optional
        Time [s]; that of the greatest demand by default. Demands stay those of that time.
    threads : int, optional
        Threads of the batch.
    progress : callable, optional
        Receives ``"fire flow"`` and the share of hydrants done.

    Returns
    -------
    DataFrame
        A row a hydrant: ``static_m`` pressure without fire, ``pressure_m`` at the flow asked for,
        ``available_m3_h`` flow at the residual pressure, ``sufficient`` whether that is what is
        asked for; at the flow asked for, ``lowest_other_m`` and ``lowest_other_node`` among the
        other junctions, ``nodes_below`` those that fall under the pressure to keep (the residual
        one without ``others_m``); ``pressure_end_m`` at the end of the duration while tanks drain,
        and ``lasting`` whether the residual pressure holds until then. NaN where the hydrant is
        joined to no tank nor reservoir.

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for an unknown hydrant.
    InvalidError
        ``JUM-H071`` for a time, ``JUM-H072`` for a flow, a pressure or a duration.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.

    Notes
    -----
    All hydrants are computed side by side, each drawing alone. The pressure is near to
    p₀ − a·q^1.852: the flow is looked for on q^1.852, between bounds that hold it, by false
    position that turns to bisection. The flow given is one at which the pressure holds.

    References
    ----------
    Arrêté du 15 décembre 2015 fixant le référentiel national de la défense extérieure contre
    l'incendie (RNDECI): 30 or 60 m³/h at 1 bar, 1 h or 2 h by risk; each département's RDDECI says
    which.
    """
    import pandas as pd

    _positive(flow_m3_h=flow_m3_h, most_m3_h=most_m3_h)
    _positive(least=0.0, residual_m=residual_m, duration_s=duration_s, others_m=others_m or 0.0)
    asked = moment.checked_names(
        net.junctions.index if hydrants is None else hydrants, list(net.junctions.index), "junction"
    )
    at = moment.moment(net, moment.peak_time(net) if at_s is None else at_s)
    still = moment.frozen(net, at)
    found = ensembles.cuts(still)
    draw = _Draw(still, asked, residual_m, others_m, found.reached, threads)
    draw.look(flow_m3_h, most_m3_h, progress)
    joined = draw.joined
    there = np.where(joined, draw.available, np.nan)
    table = pd.DataFrame(
        {
            "static_m": np.where(joined, draw.static[draw.at], np.nan),
            "pressure_m": np.where(joined, draw.pressure, np.nan),
            "available_m3_h": there,
            "sufficient": joined & (draw.available >= flow_m3_h - FLOW_TOLERANCE),
            "lowest_other_m": draw.other,
            "lowest_other_node": draw.other_node,
            "nodes_below": draw.below,
        },
        index=pd.Index(asked, name="hydrant", dtype=object),
    )
    end = draw.after(flow_m3_h, duration_s) if duration_s else draw.pressure
    table["pressure_end_m"] = np.where(joined, end, np.nan)
    table["lasting"] = table["sufficient"] & (end >= residual_m - HEAD_TOLERANCE)
    return table[[*COLUMNS]]


def _positive(*, least: float = 1e-9, **given: float) -> None:
    for name, value in given.items():
        if not least <= value < np.inf:
            raise error("JUM-H072", name=name, value=value)


@dataclass
class _Bounds:
    """Flows at which the pressure holds and does not, and what is over and lacks there."""

    low: Floats
    high: Floats
    over: Floats
    lack: Floats


class _Draw:
    """Hydrants of a network at a moment, each drawing alone."""

    def __init__(
        self,
        net: Network,
        names: list[str],
        residual: float,
        others: float | None,
        reached: NDArray[np.bool_],
        threads: int | None,
    ) -> None:
        self.net, self.names, self.residual, self.others = net, names, residual, others
        self.threads = threads
        self.nodes = list(net.junctions.index)
        place = {name: k for k, name in enumerate(self.nodes)}
        self.at = np.array([place[name] for name in names], int)
        self.reached = reached[: len(self.nodes)]
        self.joined = self.reached[self.at]
        nj = len(self.nodes)
        self.static = next(ensembles.parts(net, [{}]))[1].pressure[0, 0, :nj]
        count = len(names)
        self.available, self.pressure = np.zeros(count), np.full(count, np.nan)
        self.other, self.below = np.full(count, np.nan), np.zeros(count, int)
        self.other_node = np.full(count, "", dtype=object)

    def over(self, which: NDArray[np.int64], flow: Floats, *, note: bool = False) -> Floats:
        """Return what is over the pressures to keep while hydrants draw [m]; NaN counts as none."""
        scenarios = [
            {"demand": {self.names[k]: float(q)}} for k, q in zip(which, flow, strict=True)
        ]
        out = np.empty(len(which))
        kept = self.residual if self.others is None else self.others
        watched = self.reached & (self.static >= kept)
        for first, answer in ensembles.parts(self.net, scenarios, threads=self.threads):
            pressures = answer.pressure[:, 0, : len(self.nodes)]
            for row, pressure in enumerate(pressures, first):
                k = int(which[row])
                mine = pressure[self.at[k]]
                apart = self.reached.copy()
                apart[self.at[k]] = False
                out[row] = mine - self.residual
                if self.others is not None and (watched & apart).any():
                    out[row] = min(out[row], pressure[watched & apart].min() - self.others)
                if note and apart.any():
                    lowest = np.flatnonzero(apart)[int(np.argmin(pressure[apart]))]
                    self.pressure[k], self.other[k] = mine, pressure[lowest]
                    self.other_node[k] = self.nodes[lowest]
                    self.below[k] = int((watched & apart & (pressure < kept)).sum())
        return np.nan_to_num(out, nan=-np.inf, neginf=-np.inf)

    def look(self, asked: float, most: float, progress: Progress | None) -> None:
        """Find the flows at which the pressures to keep are just kept."""
        count = len(self.names)
        every = np.arange(count)
        first = np.full(count, -np.inf)
        mine = every[self.joined]  # EPANET gives up where a flow comes from nowhere
        first[mine] = self.over(mine, np.full(len(mine), asked), note=True)
        rest = self.static[self.at] - self.residual
        fine = first >= 0.0
        b = _Bounds(
            np.where(fine, asked, 0.0), np.where(fine, np.nan, asked),
            np.where(fine, first, rest), np.where(fine, np.nan, first),
        )  # fmt: skip
        live = self.joined & (fine | (rest > 0.0)) & ~(fine & (asked >= most))
        start = live.sum()
        for turn in range(_TURNS):
            now = every[live]
            if progress is not None:
                progress("fire flow", 1.0 - len(now) / max(int(start), 1))
            if not len(now):
                break
            guess = _guess(b, now, rest, most, turn)
            found = self.over(now, guess)
            holds = found >= 0.0
            b.low[now] = np.where(holds, guess, b.low[now])
            b.over[now] = np.where(holds, found, b.over[now])
            b.high[now] = np.where(holds, b.high[now], guess)
            b.lack[now] = np.where(holds, b.lack[now], found)
            closed = b.high[now] - b.low[now] <= FLOW_TOLERANCE
            exact = holds & (found <= HEAD_TOLERANCE)
            live[now] = ~(closed | exact | (holds & (guess >= most)))
        self.available = np.where(self.joined & (rest >= 0.0), b.low, 0.0)

    def after(self, flow: float, duration: float) -> Floats:
        """Return the pressure at the hydrants after a time during which they draw a flow [m]."""
        mine = np.flatnonzero(self.joined)
        scenarios = [{"demand": {self.names[k]: flow}} for k in mine]
        out = np.full(len(self.names), np.nan)
        net = self.net.copy()
        step = max(int(duration) // _STEPS, 1)
        net.times |= {"HYDRAULIC TIMESTEP": f"{step} SEC", "PATTERN TIMESTEP": f"{step} SEC"}
        for first, answer in ensembles.parts(
            net, scenarios, duration_s=duration, step_s=duration, threads=self.threads
        ):
            last = answer.pressure[:, -1]
            for row, pressure in enumerate(last, first):
                out[mine[row]] = pressure[self.at[mine[row]]]
        return out


def _guess(b: _Bounds, now: NDArray[np.int64], rest: Floats, most: float, turn: int) -> Floats:
    """Return the next flows to try: on q^1.852, within bounds."""
    low, high = b.low[now] ** _POWER, b.high[now] ** _POWER
    over, lack = b.over[now], b.lack[now]
    with np.errstate(invalid="ignore", divide="ignore"):
        between = low + (high - low) * over / (over - lack)
        lost = rest[now] - over
        beyond = low * np.where(lost > 0.0, rest[now] / lost, 4.0)
    beyond = np.clip(np.nan_to_num(beyond, nan=np.inf), 1.05 * low, 16.0 * low)
    inside = np.where(np.isfinite(between), between, 0.5 * (low + high))
    if turn % 3 == 2:  # false position may stall at one end
        inside = 0.5 * (low + high)
    margin = 1e-3 * (high - low)
    inside = np.clip(inside, low + margin, high - margin)
    return np.minimum(np.where(np.isnan(high), beyond, inside) ** (1.0 / _POWER), most)
