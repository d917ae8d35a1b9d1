# SPDX-License-Identifier: EUPL-1.2
"""The part of a network that a source reaches, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.network import LINKS, NODES, tuples

if TYPE_CHECKING:
    from jumeau.worksites.water.network import Network


@dataclass(frozen=True)
class Left:
    """What no source reaches.

    Parameters
    ----------
    nodes : list of str
        Nodes left out.
    links : list of str
        Links left out, those without known ends included.
    parts : int
        Connected parts that they make.
    length_m : float
        Length of their pipes [m].
    """

    nodes: list[str]
    links: list[str]
    parts: int
    length_m: float


def reached(net: Network) -> tuple[Network, Left]:
    """Return the part of a network that is joined to a reservoir or a tank.

    A link that is closed, and that neither control nor rule opens, joins nothing.

    Parameters
    ----------
    net : Network
        Network; it is not changed.

    Returns
    -------
    Network
        A copy without what no source reaches, nor the simple controls that name it.
    Left
        What was left out.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    nodes = [str(name) for table in NODES for name in getattr(net, table).index]
    place = {name: k for k, name in enumerate(nodes)}
    moved = {word for text in (*net.controls, *net.rules) for word in text.split()}
    lost: list[str] = []
    pairs: list[tuple[int, int]] = []
    ends: dict[str, tuple[int, int]] = {}
    for table in LINKS:
        for row in tuples(getattr(net, table)):
            name, pair = str(row.Index), (place.get(row.from_node), place.get(row.to_node))
            if pair[0] is None or pair[1] is None:
                lost.append(name)
                continue
            ends[name] = (pair[0], pair[1])
            if row.status != "closed" or name in moved:
                pairs.append(ends[name])
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(nodes),) * 2)
    _, label = connected_components(graph, directed=False)
    sources = [
        place[str(it)] for table in ("reservoirs", "tanks") for it in getattr(net, table).index
    ]
    degree = np.bincount(at.ravel(), minlength=len(nodes))
    fine = np.isin(label, label[sources]) & (degree > 0)
    out = [name for name, there in zip(nodes, fine, strict=True) if not there]
    lost += [name for name, (a, b) in ends.items() if not (fine[a] and fine[b])]
    left = Left(out, lost, len(np.unique(label[~fine])), _length(net, lost))
    if not out and not lost:
        return net.copy(), left
    return _without(net, set(out), set(lost)), left


def _length(net: Network, links: list[str]) -> float:
    gone = net.pipes.index.isin(links)
    return float(net.pipes["length_m"].to_numpy(float)[gone].sum())


def _without(net: Network, nodes: set[str], links: set[str]) -> Network:
    """Return a copy of a network without some nodes and links."""
    rest = net.copy()
    for table, gone in (*((it, nodes) for it in NODES), *((it, links) for it in LINKS)):
        rows = getattr(net, table)
        setattr(rest, table, rows[~rows.index.isin(gone)])
    rest.demands = net.demands[~net.demands["junction"].isin(nodes)].reset_index(drop=True)
    rest.vertices = net.vertices[~net.vertices["link"].isin(links)].reset_index(drop=True)
    away = nodes | links
    rest.controls = [text for text in net.controls if not away & set(text.split())]
    return rest
