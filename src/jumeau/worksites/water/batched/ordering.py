# SPDX-License-Identifier: EUPL-1.2
"""Order of elimination of a network's nodes, and where each product of the factorisation goes.

Nodes are eliminated by minimum degree; the ends of branches vanish first. The pattern of L is then
known, and so is the place of every rank-one update: the numerical phase searches for nothing.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int32]


class Pattern(NamedTuple):
    """Factorisation L·Lᵀ of a network's matrix: n rows, k entries of L under its diagonal.

    Lists of lists lie end to end: those of row j are from ``start[j]`` to ``start[j + 1]``.

    Parameters
    ----------
    row, node : (n,) arrays
        Rank of elimination of each node, node of each rank.
    start, below : (n + 1,), (k,) arrays
        Entries of each column of L, row of each entry.
    left_start, left, column : (n + 1,), (k,), (k,) arrays
        Entries of each row of L, and their columns.
    pair_start, pair_a, pair_b : (k + 1,), (…,), (…,) arrays
        For each entry, the pairs of entries whose products are subtracted from it.
    join_start, join : (k + 1,), (…,) arrays
        Links that join the two nodes of each entry.
    out_start, out, in_start, in_ : (n + 1,), (…,), (n + 1,), (…,) arrays
        Links that leave and that enter the node of each rank.
    link : (m,) array
        Entry of each link, −1 when one of its ends is not a row.
    """

    row: Whole
    node: Whole
    start: Whole
    below: Whole
    left_start: Whole
    left: Whole
    column: Whole
    pair_start: Whole
    pair_a: Whole
    pair_b: Whole
    join_start: Whole
    join: Whole
    out_start: Whole
    out: Whole
    in_start: Whole
    in_: Whole
    link: Whole


def pattern(n: int, first: NDArray[Any], second: NDArray[Any]) -> Pattern:
    """Return the factorisation's pattern of a network (minimum degree).

    Parameters
    ----------
    n : int
        Nodes of unknown head, the first ones.
    first, second : (m,) arrays
        Ends of the links; those of n or more have a known head.

    Returns
    -------
    Pattern
        Order and places.
    """
    near: list[set[int]] = [set() for _ in range(n)]
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a < n and b < n and a != b:
            near[a].add(b)
            near[b].add(a)
    row = np.full(n, -1, np.int32)
    columns: list[list[int]] = []
    heap = [(len(near[node]), node) for node in range(n)]
    heapq.heapify(heap)
    while heap:
        degree, node = heapq.heappop(heap)
        if row[node] >= 0 or degree != len(near[node]):
            continue
        row[node] = len(columns)
        around = near[node]
        columns.append(sorted(around))
        for other in around:
            near[other].discard(node)
        for other in around:
            before = len(near[other])
            near[other] |= around
            near[other].discard(other)
            if len(near[other]) != before or before == 0:
                heapq.heappush(heap, (len(near[other]), other))
            else:
                heapq.heappush(heap, (before, other))
    return _places(n, row, columns, first, second)


def _places(
    n: int, row: Whole, columns: list[list[int]], first: NDArray[Any], second: NDArray[Any]
) -> Pattern:
    ranked = [sorted(int(row[node]) for node in column) for column in columns]
    start, below = _end_to_end(ranked)
    place = [
        dict(zip(column, range(int(start[j]), int(start[j + 1])), strict=True))
        for j, column in enumerate(ranked)
    ]
    left: list[list[int]] = [[] for _ in range(n)]
    pairs: list[list[tuple[int, int]]] = [[] for _ in below]
    for j, column in enumerate(ranked):
        for b, low in enumerate(column):
            left[low].append(place[j][low])
            for high in column[b + 1 :]:
                pairs[place[low][high]].append((place[j][high], place[j][low]))
    link = np.full(len(first), -1, np.int32)
    joins: list[list[int]] = [[] for _ in below]
    out: list[list[int]] = [[] for _ in range(n)]
    in_: list[list[int]] = [[] for _ in range(n)]
    for k, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if a < n:
            out[row[a]].append(k)
        if b < n:
            in_[row[b]].append(k)
        if a < n and b < n and a != b:
            low, high = sorted((int(row[a]), int(row[b])))
            link[k] = place[low][high]
            joins[link[k]].append(k)
    node = np.empty(n, np.int32)
    node[row] = np.arange(n, dtype=np.int32)
    left_start, left_of = _end_to_end(left)
    owner = np.repeat(np.arange(n, dtype=np.int32), np.diff(start))
    pair_start, pair_a = _end_to_end([[a for a, _ in pair] for pair in pairs])
    pair_b = _end_to_end([[b for _, b in pair] for pair in pairs])[1]
    return Pattern(
        row, node, start, below, left_start, left_of, owner[left_of], pair_start, pair_a, pair_b,
        *_end_to_end(joins), *_end_to_end(out), *_end_to_end(in_), link,
    )  # fmt: skip


def _end_to_end(lists: list[list[int]]) -> tuple[Whole, Whole]:
    """Return where each list begins, and their items."""
    start = np.cumsum([0, *(len(it) for it in lists)]).astype(np.int32)
    return start, np.array([item for it in lists for item in it], np.int32)
