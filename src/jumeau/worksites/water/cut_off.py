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

_TOGETHER = 16
"""Scenarios of which what is open in all is joined once."""


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
    lost, first, _ = _seen(net, answer, scenarios, np.arange(len(scenarios)), np.inf)
    out = []
    for number in np.flatnonzero(lost.max(axis=1, initial=0)).tolist():
        row = int(lost[number].argmax())
        out.append(
            f"scenario {number}: joined to no source: {lost[number, row]} nodes, "
            f"{answer.nodes[first[number, row]]} the first, at {answer.time_s[row]} s; "
            "their heads mean nothing"
        )
    return out


def starved(net: Network, answer: Solution, scenarios: Changes, limit: float) -> list[int]:
    """Return the scenarios in which a node that is joined to a source has an absurd pressure.

    Parameters
    ----------
    net, answer, scenarios : Network, Solution, sequence of dict
        As for :func:`told`.
    limit : float
        Pressure, either way, from which it is absurd [m].

    Returns
    -------
    list of int
        Their numbers.
    """
    low, high = (getattr(answer.pressure, it)(axis=(1, 2)) for it in ("min", "max"))
    some = np.flatnonzero((low < -limit) | (high > limit))
    if not len(some):
        return []
    _, _, beyond = _seen(net, answer, scenarios, some, limit)
    return [int(number) for number in some[beyond.any(axis=1)]]


def _seen(
    net: Network, answer: Solution, scenarios: Changes, which: NDArray[np.int64], limit: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return, by scenario and time, how many nodes are cut off, the first, who is beyond a limit.

    A limit that is infinite is not looked at.
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
    link_at = {name: k for k, name in enumerate(answer.links)}
    start, shut = [0], []
    for number in which.tolist():
        asked = scenarios[number].get("status")
        if asked:
            shut += [link_at[k] for k, value in asked.items() if value == 0.0]
        start.append(len(shut))
    shape = (len(which), len(answer.time_s))
    lost, first = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    beyond = np.zeros(shape, np.bool_)
    _sweep(
        ways, able, source, answer.flow, answer.pressure, which, np.array(start, np.int64),
        np.array(shut, np.int64), limit, lost, first, beyond,
    )  # fmt: skip
    return lost, first, beyond


def _able(net: Network, links: list[str]) -> NDArray[np.bool_]:
    """Return which links something can shut."""
    plain = set(net.pipes.index[net.pipes["status"] == "open"])
    for text in net.controls:
        plain -= set(text.split()[1:2])
    for text in net.rules:
        plain -= set(text.split()[2:3])
    return np.array([name not in plain for name in links], bool)


@compiled
def _sweep(
    ways: Any, able: Any, source: Any, flow: Any, pressure: Any, which: Any, start: Any, shut: Any,
    limit: float, lost: Any, first: Any, beyond: Any,
) -> None:  # fmt: skip
    """Count at each time the nodes that no open link joins to a source; see :func:`_seen`.

    What is open in all of a few scenarios is joined once; each then joins the parts.
    """
    n, m = len(source), len(ways)
    parent, part, of = np.arange(n + 1), np.arange(n + 1), np.zeros(n + 1, np.int64)
    size, lowest = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    asked, some, alone = np.full(m, -1), np.zeros(m, np.int64), np.zeros(n, np.int64)
    for begin in range(0, len(which), _TOGETHER):
        end = min(begin + _TOGETHER, len(which))
        closed = np.zeros(m, np.bool_)
        for a in range(begin, end):
            for row in range(flow.shape[1]):
                for k in range(m):
                    if flow[which[a], row, k] == 0.0 and able[k]:
                        closed[k] = True
            for c in range(start[a], start[a + 1]):
                closed[shut[c]] = True
        _join(ways, closed, source, parent)
        parts = few = 0
        size[:] = 0
        for i in range(n):
            at = of[i] = _root(parent, i)
            if at != n and size[at] == 0:
                alone[parts], lowest[at] = at, i
                parts += 1
            size[at] += 1
        of[n] = n
        for k in range(m):
            if closed[k] and of[ways[k, 0]] != of[ways[k, 1]]:
                some[few] = k
                few += 1
        for a in range(begin, end):
            for c in range(start[a], start[a + 1]):
                asked[shut[c]] = a
            for row in range(flow.shape[1]):
                for b in range(parts):
                    part[alone[b]] = alone[b]
                for b in range(few):
                    k = some[b]
                    if flow[which[a], row, k] != 0.0 or not (able[k] or asked[k] == a):
                        _merge(part, of[ways[k, 0]], of[ways[k, 1]])
                for b in range(parts):
                    at = alone[b]
                    if _root(part, at) != n:
                        lost[a, row] += size[at]
                        if first[a, row] < 0 or lowest[at] < first[a, row]:
                            first[a, row] = lowest[at]
                if limit < np.inf:
                    for i in range(n):
                        far = abs(pressure[which[a], row, i]) > limit
                        if far and _root(part, of[i]) == n:
                            beyond[a, row] = True


@compiled
def _join(ways: Any, closed: Any, source: Any, parent: Any) -> None:
    """Join what open links join; what is beyond the nodes stands for the sources."""
    n = len(source)
    for i in range(n + 1):
        parent[i] = n if i < n and source[i] else i
    for k in range(len(ways)):
        if not closed[k]:
            _merge(parent, ways[k, 0], ways[k, 1])


@compiled
def _merge(parent: Any, a: int, b: int) -> None:
    """Join two parts, the higher number standing for both."""
    a, b = _root(parent, a), _root(parent, b)
    if a > b:
        parent[b] = a
    else:
        parent[a] = b


@compiled
def _root(parent: Any, i: int) -> Any:
    """Return what stands for a node, the way there halved."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
