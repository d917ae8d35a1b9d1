# SPDX-License-Identifier: EUPL-1.2
"""Many scenarios of a network, a few at a time in memory, and how open links join its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.hydraulics import solve
from jumeau.worksites.water.network import LINKS, Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress
    from jumeau.worksites.water.solution import Scenario, Solution

AT_ONCE = 4_000_000
"""Heads of a part of an ensemble: 100 MB of results with their pressures and flows."""
_LEAST = 64


def parts(
    net: Network,
    scenarios: Sequence[Scenario],
    *,
    duration_s: float | None = 0,
    step_s: float | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    stage: str = "hydraulics",
) -> Iterator[tuple[int, Solution]]:
    """Yield the first scenario of each part of an ensemble and what the part answers.

    Parameters
    ----------
    net : Network
        The network.
    scenarios : sequence of dict
        Changes, as :func:`~jumeau.worksites.water.hydraulics.solve` takes them.
    duration_s, step_s : float, optional
        Duration and step of the report, the network's own when None [s].
    threads : int, optional
        Threads of the batch.
    progress : callable, optional
        Receives the stage and the share done.
    stage : str
        What the progress is told to be.
    """
    size = max(_LEAST, AT_ONCE // max(len(net.junctions), 1))
    count = len(scenarios)
    for first in range(0, count, size):
        mine = scenarios[first : first + size]

        def told(_: str, share: float, first: int = first, many: int = len(mine)) -> None:
            if progress is not None:
                progress(stage, (first + share * many) / count)

        yield first, solve(net, duration_s, step_s, scenarios=mine, threads=threads, progress=told)


@dataclass(frozen=True)
class Cuts:
    """What is cut off when one link is closed, for the links whose closure cuts anything.

    Parameters
    ----------
    apart : dict of str to array
        Places of the nodes that a link's closure cuts off.
    reached : (nodes,) bool array
        Nodes that open links join to a tank or a reservoir as things are.
    """

    apart: dict[str, NDArray[np.int64]]
    reached: NDArray[np.bool_]


def opened(net: Network) -> set[str]:
    """Return the links that nobody has closed: valves and full tanks may still stop the water."""
    tables = [getattr(net, table) for table in LINKS]
    return {name for rows in tables for name in rows.index[rows["status"] != "closed"]}


def cuts(net: Network) -> Cuts:
    """Find the bridges of a network: links without which some node has no tank nor reservoir.

    Parameters
    ----------
    net : Network
        The network, links being open as its tables say.

    References
    ----------
    Tarjan (1974), A note on finding the bridges of a graph. Tanks and reservoirs count as one
    node, from which the search begins; directions of pumps, valves and check valves do not count.
    """
    nodes, links, open_ = net.node_ids(), net.link_ids(), opened(net)
    place = {name: k for k, name in enumerate(nodes)}
    nj = len(net.junctions)
    ends: dict[str, tuple[str, str]] = {}
    for table in LINKS:
        rows = getattr(net, table)
        ends |= {
            n: (a, b) for n, a, b in zip(rows.index, rows.from_node, rows.to_node, strict=True)
        }
    near: list[list[tuple[int, int]]] = [[] for _ in range(nj + 1)]  # the last: all sources
    for k, name in enumerate(links):
        if name in open_:
            a, b = (min(place[it], nj) for it in ends[name])
            if a != b:
                near[a].append((b, k))
                near[b].append((a, k))
    order, after, bridges = _search(near, nj)
    reached = np.ones(len(nodes), bool)
    reached[:nj] = [order[i] >= 0 for i in range(nj)]
    walk = np.argsort(np.where(np.array(order) < 0, len(order), order), kind="stable")
    apart = {}
    for node, link in bridges.items():
        inside = walk[order[node] : after[node]]
        apart[links[link]] = inside[inside < nj]
    return Cuts(apart, reached)


def _search(
    near: list[list[tuple[int, int]]], root: int
) -> tuple[list[int], list[int], dict[int, int]]:
    """Search in depth; return order of visit, ends of subtrees, bridges by their lower node."""
    n = len(near)
    order, low, after = [-1] * n, [0] * n, [0] * n
    bridges: dict[int, int] = {}
    order[root] = low[root] = 0
    count = 1
    stack: list[list[Any]] = [[root, -1, 0]]
    while stack:
        node, by, next_ = stack[-1]
        if next_ < len(near[node]):
            stack[-1][2] += 1
            other, link = near[node][next_]
            if link == by:
                continue
            if order[other] < 0:
                order[other] = low[other] = count
                count += 1
                stack.append([other, link, 0])
            else:
                low[node] = min(low[node], order[other])
            continue
        stack.pop()
        after[node] = count
        if stack:
            above = stack[-1][0]
            low[above] = min(low[above], low[node])
            if low[node] > order[above]:
                bridges[node] = by
    return order, after, bridges
