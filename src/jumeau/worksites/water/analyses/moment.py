# SPDX-License-Identifier: EUPL-1.2
"""A network at a moment: what EPANET computes then, and that moment as a network of its own."""

from __future__ import annotations

import warnings as warning
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water import epanet
from jumeau.worksites.water.solution import elevations
from jumeau.worksites.water.times import times_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network

    Floats = NDArray[np.float64]

TIGHT = {
    "ACCURACY": "0.00001", "HEADERROR": "0", "FLOWCHANGE": "0", "TRIALS": "200",
    "UNBALANCED": "CONTINUE 10",
}  # fmt: skip
"""Options of EPANET for derivatives and comparisons."""
CONSTANT = "_constant"
"""Pattern of a network at a moment: 1."""
_SHARE = 1e-9


@dataclass(frozen=True)
class Moment:
    """Heads, flows, demands, statuses and settings at a time.

    Parameters
    ----------
    at_s : int
        Time [s].
    head, demand, emitted, leaked : (nodes,) arrays
        Head [m]; demand asked for by consumers, flow of emitters, of leakage [m³/h].
    flow, setting : (links,) arrays
        Flow [m³/h]; setting in the units of the tables, 0 for a valve without one.
    open : (links,) bool array
        Whether water may pass.
    controlled : (links,) bool array
        Whether a control or a rule commands the link.
    nodes, links : list of str
        In EPANET's order.
    """

    at_s: int
    head: Floats
    demand: Floats
    emitted: Floats
    leaked: Floats
    flow: Floats
    setting: Floats
    open: NDArray[np.bool_]
    controlled: NDArray[np.bool_]
    nodes: list[str]
    links: list[str]


def tightened(net: Network) -> Network:
    """Return a copy of a network that EPANET computes as closely as it can."""
    twin = net.copy()
    twin.options |= TIGHT
    return twin


def lasting(net: Network) -> Network:
    """Return a copy of a network that EPANET computes to its end, unbalanced periods included."""
    twin = net.copy()
    twin.options["UNBALANCED"] = TIGHT["UNBALANCED"]
    return twin


def checked_time(net: Network, at_s: float) -> int:
    """Return a time of a network [s].

    Raises
    ------
    InvalidError
        ``JUM-H071`` when it is not within the duration.
    """
    times = times_of(net)
    try:
        whole = int(at_s)
    except (TypeError, ValueError, OverflowError):
        whole = -1
    if whole != at_s or not 0 <= whole <= times.duration:
        raise error("JUM-H071", at_s=str(at_s), duration_s=times.duration)
    return whole


def moment(net: Network, at_s: float = 0) -> Moment:
    """Return a network at a time of its duration [s], by EPANET.

    Raises
    ------
    InvalidError
        ``JUM-H071`` when the time is not within the duration.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot.
    """
    at = checked_time(net, at_s)
    times = replace(times_of(net, at), report_start=at)  # a report cuts the step
    with epanet.opened(tightened(net), times) as run:
        for now in steps(run):
            if now >= at:
                return read(run, now)
    raise error("JUM-H071", at_s=str(at_s), duration_s=times.duration)


def moments(net: Network, at_s: Iterable[float]) -> list[Moment]:
    """Return a network at several times of its duration [s], as :func:`moment` does.

    Those at which the network is computed anyway share one run; the others have their own.
    """
    wanted = [checked_time(net, it) for it in at_s]
    found: dict[int, Moment] = {}
    with epanet.opened(tightened(net), times_of(net, max(wanted, default=0))) as run:
        for now in steps(run):
            if now in wanted:
                found[now] = read(run, now)
    found |= {it: moment(net, it) for it in set(wanted) - set(found)}
    return [found[it] for it in wanted]


def steps(run: epanet.Run) -> Iterator[int]:
    """Run the whole duration of an open project, stopping at each step [s]."""
    tk, project = run.tk, run.project
    with warning.catch_warnings():
        warning.simplefilter("ignore")
        epanet.call(tk.openH, project)
        try:
            epanet.call(tk.initH, project, tk.INITFLOW)
            while True:
                yield int(epanet.call(tk.runH, project))
                if epanet.call(tk.nextH, project) <= 0:
                    break
        finally:
            tk.closeH(project)


def read(run: epanet.Run, at_s: int) -> Moment:
    """Return what an open project holds at the time it stands at [s]."""
    net, units, tk = run.net, run.net.units, run.tk
    nodes = {key: values(run, "node", getattr(tk, key)) for key in ("HEAD", "FULLDEMAND")}
    emitters = net.junctions["emitter_m3_h"].reindex(run.nodes).fillna(0.0).to_numpy()
    emitted = values(run, "node", tk.EMITTERFLOW)
    leaked = values(run, "node", tk.LEAKAGEFLOW)
    setting = values(run, "link", tk.SETTING)
    kinds = net.valves["type"].reindex(run.links).fillna("").tolist()
    factors = np.array([units.setting(kind) for kind in kinds])
    junction = np.arange(len(run.nodes)) < len(net.junctions)  # EPANET puts them first
    return Moment(
        at_s=at_s,
        head=nodes["HEAD"] * units.length,
        demand=np.where(junction, nodes["FULLDEMAND"] * units.flow, 0.0),
        # EPANET 2.3 gives 1 cfs for a junction without emitter
        emitted=np.where(emitters > 0.0, emitted * units.flow, 0.0),
        leaked=np.where(junction, leaked * units.flow, 0.0),
        flow=values(run, "link", tk.FLOW) * units.flow,
        setting=setting * factors,
        open=values(run, "link", tk.STATUS) > 0.0,
        controlled=values(run, "link", tk.LINK_INCONTROL) > 0.0,
        nodes=run.nodes,
        links=run.links,
    )


def values(run: epanet.Run, table: str, key: int) -> Floats:
    """Return a property of all nodes or links of an open project, in its own units."""
    memory, view = epanet.array(run.tk, len(run.nodes if table == "node" else run.links))
    getter = run.tk.getnodevalues if table == "node" else run.tk.getlinkvalues
    epanet.call(getter, run.project, key, memory)
    return view.copy()


def frozen(net: Network, at: Moment) -> Network:
    """Return the network of a moment: demands, levels, statuses and settings as they are then.

    Patterns, controls and rules are gone: duration 0 gives the moment again, a duration goes on
    with the same demands while tanks fill or drain.
    """
    one = net.copy()
    one.patterns.loc[CONSTANT, "multipliers"] = (1.0,)
    one.controls, one.rules = [], []
    one.demands = one.demands.iloc[:0]
    one.options |= {"DEMAND MULTIPLIER": "1"}
    one.times = {name: it for name, it in one.times.items() if not name.startswith("RULE")}
    one.times |= {"DURATION": "0", "REPORT START": "0", "PATTERN START": "0"}
    head = dict(zip(at.nodes, at.head.tolist(), strict=True))
    demand = dict(zip(at.nodes, at.demand.tolist(), strict=True))
    one.junctions["demand_m3_h"] = [demand[name] for name in one.junctions.index]
    one.junctions["pattern"] = CONSTANT
    one.reservoirs["head_m"] = [head[name] for name in one.reservoirs.index]
    one.reservoirs["pattern"] = ""
    level = np.array([head[name] for name in one.tanks.index]) - one.tanks["elevation_m"]
    one.tanks["initial_level_m"] = np.clip(
        level, one.tanks["minimum_level_m"], one.tanks["maximum_level_m"]
    )
    place = {name: k for k, name in enumerate(at.links)}
    for name, table in ((n, t) for t in ("pipes", "valves") for n in getattr(one, t).index):
        k = place[name]
        if at.controlled[k]:
            _hold(getattr(one, table), name, table, bool(at.open[k]), float(at.setting[k]))
    for name in one.pumps.index:
        speed = float(at.setting[place[name]])
        one.pumps.loc[name, "status"] = "open" if speed > 0.0 else "closed"
        if speed > 0.0:
            one.pumps.loc[name, "speed"] = speed
    one.pumps["pattern"] = ""
    return one


def _hold(table: pd.DataFrame, name: str, kind: str, opened: bool, setting: float) -> None:
    """Give a commanded pipe or valve the status or the setting it has at the moment."""
    if kind == "pipes":
        if table.loc[name, "status"] != "cv":
            table.loc[name, "status"] = "open" if opened else "closed"
    elif table.loc[name, "type"] == "GPV":
        table.loc[name, "status"] = "active" if opened else "closed"
    elif setting > 0.0:
        table.loc[name, "status"] = "active"
        table.loc[name, "setting"] = setting
    elif not (table.loc[name, "status"] == "active" and table.loc[name, "setting"] == 0.0):
        table.loc[name, "status"] = "open" if opened else "closed"


def peak_time(net: Network) -> int:
    """Return when a network's consumers ask for the most: the first such period [s]."""
    times = times_of(net)
    if times.duration == 0:
        return 0
    profiles = {name: list(row) for name, row in net.patterns["multipliers"].items()}
    usual = net.options.get("PATTERN", "1").split()
    several = set(net.demands["junction"])
    alone = net.junctions[~net.junctions.index.isin(several)]
    total: dict[str, float] = {}
    for table in (alone, net.demands):
        for pattern, amount in zip(table["pattern"], table["demand_m3_h"], strict=True):
            name = pattern or (usual[0] if usual else "")
            total[name] = total.get(name, 0.0) + amount
    at = np.arange(0, times.duration + 1, times.pattern)
    period = (at + times.pattern_start) // times.pattern
    asked = np.zeros(len(at))
    for name, amount in total.items():
        profile = np.array(profiles.get(name) or [1.0])
        asked += amount * profile[period % len(profile)]
    return int(at[int(np.argmax(asked > asked.max() * (1.0 - _SHARE)))])


def ground(net: Network, at: Moment) -> Floats:
    """Return the elevation of the nodes of a moment [m]."""
    return np.asarray(elevations(net, at.nodes))


def checked_names(names: Any, known: list[str], table: str) -> list[str]:
    """Return names of elements asked for.

    Raises
    ------
    UnknownNameError
        ``JUM-H070`` for one that is not known.
    """
    from jumeau.base.errors import did_you_mean

    there = set(known)
    asked = [names] if isinstance(names, str) else [str(name) for name in names]
    for name in asked:
        if name not in there:
            raise error("JUM-H070", name=name, table=table, suggestion=did_you_mean(name, known))
    return asked
