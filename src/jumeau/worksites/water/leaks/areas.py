# SPDX-License-Identifier: EUPL-1.2
"""Areas between metered links, the water that enters each, and how it is shared among nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.demands import demands_of
from jumeau.worksites.water.network import LINKS, Network, records, tuples
from jumeau.worksites.water.times import times_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

COVERED = 0.5
"""Share of the nominal demand of an area that is metered, from which meters tell its use."""
DAY_H = 24


@dataclass(frozen=True)
class Area:
    """A part of the network between metered links.

    Parameters
    ----------
    nodes : (n,) int array
        Its junctions.
    inflows : list of (int, float)
        Metered links by position among the flow meters, with the sign of what enters.
    tanks : list of int
        Tanks inside whose level is measured, by position among the sources.
    closed : bool
        Whether all that enters is measured.
    metered, columns : (k,) int arrays
        Junctions with a meter, and their meters by position.
    covered : bool
        Whether meters tell its use.
    """

    nodes: Whole
    inflows: list[tuple[int, float]]
    tanks: list[int]
    closed: bool
    metered: Whole
    columns: Whole
    covered: bool


@dataclass(frozen=True)
class Layout:
    """A network cut at its metered pumps, ready to be driven by measurements.

    Parameters
    ----------
    net : Network
        The copy that is computed: pumps that are cut are closed, no controls.
    areas : list of Area
        Those with demand.
    nominal : (24, junctions) array
        Demand by the file, mean by hour of the day [m³/h].
    cut : list of (int, int, int)
        Flow meter by position, node it draws from, node it feeds (-1 for a tank or a reservoir).
    observed : list of int
        Flow meters, by position, whose link is computed and compared.
    """

    net: Network
    areas: list[Area]
    nominal: Floats
    cut: list[tuple[int, int, int]]
    observed: list[int]


def layout(net: Network, flows: list[str], levels: list[str], meters: list[str]) -> Layout:
    """Cut a network at what is metered: pumps, and links that carry what a pump delivers.

    Parameters
    ----------
    net : Network
        The network.
    flows, levels, meters : list of str
        Links with a flow meter, tanks with a measured level, junctions with a meter.
    """
    nodes = net.node_ids()
    place = {name: k for k, name in enumerate(nodes)}
    nj = len(net.junctions)
    links = {
        name: (place[row["from_node"]], place[row["to_node"]])
        for table in LINKS
        for name, row in records(getattr(net, table)).items()
    }
    shut = {
        name for table in LINKS for name, status in getattr(net, table)["status"].items()
        if status == "closed" and table == "pipes"
    }  # fmt: skip
    own = net.copy()
    own.controls, own.rules = [], []
    cut: list[tuple[int, int, int]] = []
    gone = set(shut)
    for k, name in enumerate(flows):
        if name in net.pumps.index and _fed(links, gone | {name}, len(nodes), nj):
            a, b = links[name]
            cut.append((k, a if a < nj else -1, b if b < nj else -1))
            own.pumps.loc[name, "status"] = "closed"
            gone.add(name)
    pumps = set(map(str, net.pumps.index)) - gone
    for k, name in enumerate(flows):
        if name not in gone and _driven(links, gone, name, pumps, len(nodes), nj):
            a, b = links[name]
            cut.append((k, a if a < nj else -1, b if b < nj else -1))
            table = next(it for it in LINKS if name in getattr(net, it).index)
            getattr(own, table).loc[name, "status"] = "closed"
            gone.add(name)
    observed = [k for k, name in enumerate(flows) if name not in gone]
    label = _labels(links, gone | set(flows), len(nodes))
    nominal = nominal_by_hour(net)
    sources = nodes[nj:]
    areas = []
    metered = {place[name]: k for k, name in enumerate(meters)}
    for part in np.unique(label[:nj]):
        inside = np.flatnonzero(label == part)
        mine = inside[inside < nj]
        if nominal[:, mine].sum() <= 0.0 and len(mine) < 3:
            continue
        inflows = []
        for k, name in enumerate(flows):
            a, b = (label[it] == part for it in links[name])
            if a != b:
                inflows.append((k, 1.0 if b else -1.0))
        fixed = [sources[it - nj] for it in inside if it >= nj]
        tanks = [place[name] - nj for name in fixed if name in levels]
        closed = bool(inflows) and all(name in levels for name in fixed)
        read = np.array([it for it in mine if it in metered], np.int64)
        share = nominal[:, read].sum() / max(nominal[:, mine].sum(), 1e-9)
        columns = np.array([metered[it] for it in read.tolist()], np.int64)
        covered = bool(share > COVERED)
        areas.append(Area(mine, inflows, tanks, closed, read, columns, covered))
    return Layout(own, areas, nominal, cut, observed)


def _labels(links: dict[str, tuple[int, int]], without: set[str], count: int) -> Whole:
    """Return the number of the part of each node when links are taken away."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.array([it for name, it in links.items() if name not in without]).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _fed(links: dict[str, tuple[int, int]], without: set[str], count: int, nj: int) -> bool:
    """Tell whether all junctions that had a source keep one."""
    label = _labels(links, without, count)
    before = _labels(links, set(), count)
    had = np.isin(before[:nj], before[nj:])
    return bool(np.isin(label[:nj], label[nj:])[had].all())


def _driven(
    links: dict[str, tuple[int, int]], gone: set[str], name: str, pumps: set[str], count: int,
    nj: int,
) -> bool:  # fmt: skip
    """Tell whether what goes by a metered link is what pumps without meter of their own deliver.

    The link parts the network in two that both keep a source, one of them by pumps alone: when
    they run is told by the meter, not by the model.
    """
    without = gone | {name}
    label, still = _labels(links, without, count), _labels(links, without | pumps, count)
    a, b = links[name]
    if label[a] == label[b] or not _fed(links, without, count, nj):
        return False
    fixed, fed = set(still[nj:].tolist()), {still[links[pump][1]] for pump in pumps}
    return any(still[end] not in fixed and still[end] in fed for end in (a, b))


def nominal_by_hour(net: Network) -> Floats:
    """Return the demand by the file, mean of each hour of the day, (24, junctions) [m³/h]."""
    times: Any = times_of(net, 0)
    place = {name: k for k, name in enumerate(net.junctions.index)}
    usual = net.options.get("PATTERN", "1").split()[0]
    patterns = {name: np.asarray(it, float) for name, it in net.patterns["multipliers"].items()}
    multiplier = float(net.options.get("DEMAND MULTIPLIER", "1").split()[0])
    shapes: dict[str, Floats] = {}

    def shape(name: str) -> Floats:
        name = name if name in patterns else usual
        if name not in shapes:
            values = patterns.get(name, np.ones(1))
            span = max(len(values) * times.pattern, 86_400)
            at = np.arange(0, span, 300)
            which = ((at + times.pattern_start) // times.pattern) % len(values)
            hour = ((at + times.clock) // 3600) % DAY_H
            total = np.bincount(hour, values[which], DAY_H)
            shapes[name] = total / np.maximum(np.bincount(hour, minlength=DAY_H), 1)
        return shapes[name]

    out = np.zeros((DAY_H, len(place)))
    several = set(net.demands["junction"])
    for row in tuples(net.junctions):
        if row.Index not in several and row.demand_m3_h:
            out[:, place[row.Index]] += row.demand_m3_h * shape(row.pattern)
    for row in tuples(demands_of(net)):
        if row.demand_m3_h:
            out[:, place[row.junction]] += row.demand_m3_h * shape(row.pattern)
    return out * multiplier
