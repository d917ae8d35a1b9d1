# SPDX-License-Identifier: EUPL-1.2
"""Nodes that no open path joins to a source: no engine knows their head, and both must say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.batched.linear import compiled
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
    known: dict[tuple[bytes | int, ...], tuple[int, int]] = {}
    out = []
    for number, changes in enumerate(scenarios):
        asked = changes.get("status")
        shut = [link_at[k] for k, value in asked.items() if value == 0.0] if asked else []
        worst, first, when = 0, -1, 0
        for row, bits in enumerate(still[number]):
            flow = answer.flow[number, row]
            zero = [k for k in shut if flow[k] == 0.0]
            key = (bits.tobytes(), *zero)
            found = known.get(key)
            if found is None:
                closed = (flow == 0.0) & able
                closed[zero] = True
                lost, at_first = _count(ways, closed, source)
                found = known[key] = int(lost), int(at_first)
            if found[0] > worst:
                (worst, first), when = found, int(answer.time_s[row])
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


@compiled
def _count(ways: Any, closed: Any, source: Any) -> Any:
    """Return how many nodes no open link joins to a source, and the first of them."""
    n = len(source)
    parent = np.arange(n + 1)
    for i in range(n):
        if source[i]:
            parent[i] = n
    for k in range(len(ways)):
        if not closed[k]:
            a, b = _root(parent, ways[k, 0]), _root(parent, ways[k, 1])
            if a > b:  # the one beyond the nodes stands for the sources
                parent[b] = a
            else:
                parent[a] = b
    lost, first = 0, -1
    for i in range(n):
        if _root(parent, i) != n:
            lost += 1
            if first < 0:
                first = i
    return lost, first


@compiled
def _root(parent: Any, i: int) -> Any:
    """Return what stands for a node, the way there halved."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
