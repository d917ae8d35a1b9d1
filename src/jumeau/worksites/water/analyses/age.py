# SPDX-License-Identifier: EUPL-1.2
"""How long water has been in the network when it reaches a node."""

from __future__ import annotations

import warnings as warning
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water import epanet
from jumeau.worksites.water.analyses import moment
from jumeau.worksites.water.network import Network
from jumeau.worksites.water.times import DAY, HOUR, times_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

    Floats = NDArray[np.float64]

STEADY_SHARE = 0.02
"""Change from a day to the next under which an age is said steady, as a share of it [-]."""
LEAST_H = 0.1
"""And the least change that counts [h]."""
_QUALITY_STEP = 300


@dataclass(frozen=True)
class Age:
    """Age of the water.

    Parameters
    ----------
    hours : (times, nodes) float64 array
        Age [h].
    nodes : list of str
        In EPANET's order.
    time_s : (times,) int64 array
        Times of the report [s].
    mean_h, drift_h : Series
        By node: mean over the last day (the whole duration when it is shorter), and how much that
        is above the mean of the day before; NaN when there is none [h].
    """

    hours: Floats
    nodes: list[str]
    time_s: NDArray[np.int64]
    mean_h: pd.Series
    drift_h: pd.Series

    @property
    def steady(self) -> bool:
        """Whether the duration was long enough: no node still grows older from day to day."""
        return self.growing().empty and bool(self.drift_h.notna().all())

    def growing(self) -> pd.Series:
        """Return the drift of the nodes that are still growing older [h], the worst first."""
        drift = self.drift_h.abs()
        most = np.maximum(LEAST_H, STEADY_SHARE * self.mean_h)
        return drift[drift > most].sort_values(ascending=False)


def age(
    net: Network,
    duration_s: float | None = None,
    step_s: float | None = None,
    *,
    quality_step_s: int = _QUALITY_STEP,
    progress: Progress | None = None,
) -> Age:
    """Compute the age of water (EPANET 2.3's Lagrangian transport).

    Parameters
    ----------
    net : Network
        The network. Water enters with age 0, and the network is full of it at the start: tanks
        and dead ends need days before their age says something.
    duration_s : float, optional
        Duration; that of the network by default [s]. Several days are needed, see ``drift_h``.
    step_s : float, optional
        Step of the report; that of the network by default [s].
    quality_step_s : int
        Step of the transport, at most that of the hydraulics [s].
    progress : callable, optional
        Receives ``"age"`` and the share done.

    Returns
    -------
    Age
        Age by time and node [h], mean of the last day and what it still gained.

    Raises
    ------
    InvalidError
        ``JUM-H003`` for times, ``JUM-H072`` for a step, ``JUM-H073`` without duration.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot.

    References
    ----------
    EPANET 2.2 User Manual, 3.4 and 12.2: ∂a/∂t + u·∂a/∂x = 1 in pipes, flow-weighted mixing at
    nodes, the mixing model of each tank.
    """
    import pandas as pd

    times = times_of(net, duration_s, step_s)
    if times.duration == 0:
        raise error("JUM-H073")
    if not 1 <= quality_step_s <= DAY:
        raise error("JUM-H072", name="quality_step_s", value=quality_step_s)
    wanted = np.arange(times.report_start, times.duration + 1, times.report, dtype=np.int64)
    with epanet.opened(moment.lasting(net), times) as run, warning.catch_warnings():
        warning.simplefilter("ignore")
        hours = np.full((len(wanted), len(run.nodes)), np.nan)
        tk, project = run.tk, run.project
        epanet.call(tk.setqualtype, project, tk.AGE, "", "", "")
        step = min(int(quality_step_s), times.hydraulic)
        epanet.call(tk.settimeparam, project, tk.QUALSTEP, step)
        for node in range(1, len(run.nodes) + 1):
            epanet.call(tk.setnodevalue, project, node, tk.INITQUAL, 0.0)
        epanet.call(tk.solveH, project)
        epanet.call(tk.openQ, project)
        try:
            epanet.call(tk.initQ, project, tk.NOSAVE)
            row = 0
            while True:
                now = epanet.call(tk.runQ, project)
                if row < len(wanted) and now == wanted[row]:
                    hours[row] = moment.values(run, "node", tk.QUALITY)
                    row += 1
                    if progress is not None:
                        progress("age", row / len(wanted))
                if epanet.call(tk.nextQ, project) <= 0:
                    break
        finally:
            tk.closeQ(project)
        nodes = run.nodes
    index = pd.Index(nodes, name="node", dtype=object)
    last, before = _days(wanted, hours, times.duration)
    return Age(hours, nodes, wanted, pd.Series(last, index), pd.Series(last - before, index))


def _days(time: NDArray[np.int64], hours: Floats, duration: int) -> tuple[Floats, Floats]:
    """Return the mean of the last day and of the one before; NaN where there is none [h]."""
    last = time > duration - DAY
    before = (time > duration - 2 * DAY) & ~last
    nothing = np.full(hours.shape[1], np.nan)
    whole = duration >= 2 * DAY and before.any()
    if not last.any():
        return nothing, nothing
    return hours[last].mean(axis=0), hours[before].mean(axis=0) if whole else nothing


def suggested_duration(net: Network) -> int:
    """Return a duration after which ages are steady in most networks, in whole days [s].

    The volume of pipes and full tanks over the mean demand, three times, between 2 and 30 days.
    """
    table = net.pipes
    bore = np.pi / 4.0 * (table["diameter_mm"].to_numpy() / 1000.0) ** 2
    tanks = net.tanks
    store = np.pi / 4.0 * tanks["diameter_m"] ** 2 * tanks["maximum_level_m"]
    water = float(bore @ table["length_m"].to_numpy()) + float(store.sum())
    demand = float(net.junctions["demand_m3_h"].clip(lower=0.0).sum())
    stay = 3.0 * water / demand * HOUR if demand > 0.0 else 30.0 * DAY
    return int(np.clip(np.ceil(stay / DAY), 2, 30)) * DAY
