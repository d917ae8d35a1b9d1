# SPDX-License-Identifier: EUPL-1.2
"""Nodes that no open path joins to a source: no engine knows their head, and both must say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jumeau.worksites.water.network import LINKS, Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.solution import Solution

    Changes = Sequence[dict[str, dict[str, float]]]


def told(net: Network, answer: Solution, scenarios: Changes) -> list[str]:
    """Return a warning for each scenario in which nodes are cut off from every source.

    A link is shut where its flow is exactly 0 and something can shut it: a check valve, a pump, a
    valve, a status that is closed, a control, a rule, a tank or a reservoir at its end.

    Parameters
    ----------
    net : Network
        The network.
    answer : Solution
        Of any engine.
    scenarios : sequence of dict
        What each changed.

    Returns
    -------
    list of str
        The scenario, how many nodes at most, the first of them and when [s].
    """
    at = {name: k for k, name in enumerate(answer.nodes)}
    ends: dict[str, tuple[int, int]] = {}
    for table in LINKS:
        rows = getattr(net, table)
        for name, a, b in zip(rows.index, rows["from_node"], rows["to_node"], strict=True):
            ends[name] = (at[a], at[b])
    ways = np.array([ends[name] for name in answer.links], np.int64).reshape(-1, 2)
    source = np.ones(len(answer.nodes), bool)
    source[[at[name] for name in net.junctions.index]] = False
    able = _able(net, answer.links) | source[ways].any(axis=1)
    some = np.flatnonzero(able)
    still = np.packbits(answer.flow[:, :, some] == 0.0, axis=-1)
    link_at = {name: k for k, name in enumerate(answer.links)}
    known: dict[tuple[bytes, bytes, tuple[int, ...]], tuple[int, int]] = {}
    out = []
    for number, changes in enumerate(scenarios):
        shut = tuple(link_at[k] for k, value in changes.get("status", {}).items() if value == 0.0)
        worst, first, when = 0, -1, 0
        for row, bits in enumerate(still[number]):
            flow = answer.flow[number, row]
            key = (bits.tobytes(), (flow[list(shut)] == 0.0).tobytes() if shut else b"", shut)
            if key not in known:
                closed = (flow == 0.0) & able
                closed[list(shut)] = flow[list(shut)] == 0.0
                known[key] = _count(ways[~closed], source)
            if known[key][0] > worst:
                (worst, first), when = known[key], int(answer.time_s[row])
        if worst:
            out.append(
                f"scenario {number}: joined to no source: {worst} nodes, "
                f"{answer.nodes[first]} the first, at {when} s; their heads mean nothing"
            )
    return out


def _able(net: Network, links: list[str]) -> NDArray[np.bool_]:
    """Return which links something can shut."""
    plain = set(net.pipes.index[net.pipes["status"] == "open"])
    for text in net.controls:
        plain -= set(text.split()[1:2])
    for text in net.rules:
        plain -= set(text.split()[2:3])
    return np.array([name not in plain for name in links], bool)


def _count(ways: NDArray[np.int64], source: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many nodes no source reaches, and the first of them."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(source)
    sources = np.flatnonzero(source)
    a = np.concatenate([ways[:, 0], sources])
    b = np.concatenate([ways[:, 1], np.full(len(sources), n)])
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(n + 1, n + 1))
    label = connected_components(graph, directed=False)[1]
    lost = np.flatnonzero(label[:n] != label[n])
    return len(lost), int(lost[0]) if len(lost) else -1
