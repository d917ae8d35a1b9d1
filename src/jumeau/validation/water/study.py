# SPDX-License-Identifier: EUPL-1.2
"""What the studies of water share: their class, the comparison of two answers, who is joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from jumeau.validation import study
from jumeau.validation.study import Figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jumeau.worksites.water.network import Network
    from jumeau.worksites.water.solution import Solution

__all__ = ["Figure", "Gap", "Study", "difference", "joined", "precise"]

MILLIMETRE = 1e-3
"""Largest accepted difference of heads [m]."""
SHARE = 1e-3
"""Largest accepted difference of flows, relative to the flow."""
NEAR_ZERO = 0.01
"""Largest accepted difference of flows near zero [flow unit of the file]."""

FAR = 1e5
"""Head from which a valve or a closure starves a node of the water it asks for [m]."""


@dataclass(frozen=True)
class Study(study.Study):
    """One computation of water; see :class:`jumeau.validation.study.Study`."""

    subject: ClassVar[str] = "water"


class Gap(NamedTuple):
    """How far two answers are from each other."""

    head: float
    """Largest difference of heads, of the nodes that a source reaches [m]."""
    flows: int
    """Number of flows that differ by more than 0.1 % and 0.01 flow unit."""
    cut: int
    """Nodes that no source reaches at some time: their head is rounding noise in any engine."""


def precise(net: Network) -> Network:
    """Return a network computed with the accuracy of the reference: 1e-5, 200 trials at most."""
    net = net.copy()
    net.options |= {"ACCURACY": "0.00001", "TRIALS": "200"}
    return net


def joined(
    net: Network, nodes: list[str], links: list[str], flow: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which nodes a reservoir or a tank reaches by links that let water through.

    Parameters
    ----------
    net : Network
        The network.
    nodes, links : list of str
        Their order.
    flow : (times, links) array
        Flows; exactly 0 in what is closed [m³/h].

    Returns
    -------
    (times, nodes) bool array
        Whether a source reaches a node.
    """
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    at = {name: k for k, name in enumerate(nodes)}
    ends: dict[str, tuple[int, int]] = {}
    plain: set[str] = set()
    for table in (net.pipes, net.pumps, net.valves):
        for name, a, b in zip(table.index, table["from_node"], table["to_node"], strict=True):
            ends[name] = (at[a], at[b])
    sources = np.array([k for k, name in enumerate(nodes) if name not in net.junctions.index])
    commanded = {text.split()[1] for text in (*net.controls, *net.rules) if len(text.split()) > 2}
    commanded |= {text.split()[2] for text in net.rules if len(text.split()) > 3}
    fed = set(sources.tolist())
    for name, status in dict(net.pipes["status"]).items():
        if status == "open" and name not in commanded and not fed & set(ends[name]):
            plain.add(name)  # nothing ever closes it: no flow in it is no closure
    ways = np.array([ends[name] for name in links])
    free = np.array([name in plain for name in links])
    out = np.zeros((len(flow), len(nodes)), bool)
    hub = len(nodes)
    for row, now in zip(out, flow, strict=True):
        used = ways[free | (now != 0.0)]
        a = np.concatenate([used[:, 0], sources])
        b = np.concatenate([used[:, 1], np.full(len(sources), hub)])
        graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(hub + 1, hub + 1))
        label = connected_components(graph, directed=False)[1]
        row[:] = label[:hub] == label[hub]
    return out


def difference(
    net: Network,
    ours: Solution,
    head: NDArray[np.float64],
    flow: NDArray[np.float64],
    rounding: NDArray[np.float64] | float = 0.0,
) -> Gap:
    """Return how far our heads and flows are from others.

    Parameters
    ----------
    net : Network
        The network.
    ours : Solution
        Of one scenario.
    head, flow : (times, nodes), (times, links) arrays
        The others', in the same order; NaN where there is none [m], [m³/h].
    rounding : (times, nodes) array or float
        By how much the others' heads were rounded, which is no difference [m].
    """
    import numpy as np

    reached = joined(net, ours.nodes, ours.links, ours.flow[0])
    reached &= joined(net, ours.nodes, ours.links, np.where(np.isnan(flow), 1.0, flow))
    reached &= (np.abs(head) < FAR) | np.isnan(head)
    missing = np.isnan(head) != np.isnan(ours.head[0])
    gap = np.where(np.isnan(head), 0.0, np.maximum(np.abs(ours.head[0] - head) - rounding, 0))
    gap = np.where(missing, np.inf, gap)
    allowed = np.maximum(SHARE * np.abs(flow), NEAR_ZERO * net.units.flow)
    away = np.abs(ours.flow[0] - flow) > allowed
    cut = int((~reached).any(axis=0).sum())
    return Gap(float(np.where(reached, gap, 0.0).max()), int(away.sum()), cut)


def answers(net: Network) -> tuple[Solution, Solution]:
    """Return the answers of the batch and of EPANET over the network's whole duration."""
    from jumeau.worksites import water

    solve: Any = water.solve
    return solve(net, engine="batched"), solve(net, engine="epanet")
