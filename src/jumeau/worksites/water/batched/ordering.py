# SPDX-License-Identifier: EUPL-1.2
"""Order of elimination of a network's nodes, and where each product of the factorisation goes.

Nodes are eliminated by minimum degree; the ends of branches vanish first. The pattern of L is then
known, and so is the place of every rank-one update: the numerical phase searches for nothing.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


class Pattern(NamedTuple):
    """Factorisation L·D·Lᵀ of a symmetric matrix of n rows, k entries of L under the diagonal.

    Parameters
    ----------
    row : (n,) array
        Rank of elimination of each node.
    start : (n + 1,) array
        First entry of each column of L.
    below : (k,) array
        Row of each entry.
    target : (…,) array
        Where the products of the entries of a column go, pair by pair: an entry of L, or k plus a
        row for the diagonal.
    link : (m,) array
        Entry of each link, −1 when one of its ends is not a row.
    """

    row: Whole
    start: Whole
    below: Whole
    target: Whole
    link: Whole


def pattern(n: int, first: Whole, second: Whole) -> Pattern:
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
    row = np.full(n, -1, np.int64)
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


def _places(n: int, row: Whole, columns: list[list[int]], first: Whole, second: Whole) -> Pattern:
    ranked = [sorted(int(row[node]) for node in column) for column in columns]
    counts = np.array([0, *(len(column) for column in ranked)], np.int64)
    start = np.cumsum(counts)
    index = np.array([it for column in ranked for it in column], np.int64)
    place = [
        dict(zip(column, range(int(start[j]), int(start[j + 1])), strict=True))
        for j, column in enumerate(ranked)
    ]
    entries = len(index)
    target = [
        entries + a if a == b else place[a][b]
        for column in ranked
        for k, a in enumerate(column)
        for b in column[k:]
    ]
    link = np.full(len(first), -1, np.int64)
    for k, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if a < n and b < n and a != b:
            low, high = sorted((int(row[a]), int(row[b])))
            link[k] = place[low][high]
    return Pattern(row, start, index, np.array(target, np.int64), link)
