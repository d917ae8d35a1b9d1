# SPDX-License-Identifier: EUPL-1.2
"""Ends of pipes that no file tells, found by geometry: nodes at their tips, branches on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass
class Joined:
    """Ends found.

    Parameters
    ----------
    ends : dict
        (from, to) of each line whose ends were sought.
    made : dict
        (x, y) of each node made [m].
    cuts : dict
        Nodes on the way of a line, with their place along it [m], in order.
    """

    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    made: dict[str, tuple[float, float]] = field(default_factory=dict)
    cuts: dict[str, list[tuple[str, float]]] = field(default_factory=dict)


def join(
    lines: dict[str, Floats],
    given: dict[str, tuple[str, str]],
    nodes: dict[str, tuple[float, float]],
    snap: float,
) -> Joined:
    """Join lines by geometry.

    Parameters
    ----------
    lines : dict
        (n, 2) points of each line [m].
    given : dict
        Ends that are known already, "" for one to be found.
    nodes : dict
        (x, y) of the nodes that are known [m].
    snap : float
        Distance within which an end belongs to a node, ends to one another, and a node to the way
        of a line [m].

    Returns
    -------
    Joined
        An end goes to the nearest known node within reach; ends left are gathered by single
        linkage, each group becoming a node at its middle; a node on the way of a line without
        given ends cuts it.
    """
    from scipy.spatial import cKDTree

    found = Joined()
    tips = [(name, end) for name, pair in given.items() for end in (0, 1) if not pair[end]]
    tips = [it for it in tips if it[0] in lines]
    if not tips:
        return found
    places = np.array([lines[name][-end] for name, end in tips])
    chosen: dict[tuple[str, int], str] = {}
    names = list(nodes)
    if names:
        tree = cKDTree(np.array([nodes[name] for name in names]))
        far, near = tree.query(places, distance_upper_bound=snap + 1e-9)
        for tip, distance, k in zip(tips, far.tolist(), near.tolist(), strict=True):
            if math.isfinite(distance):
                chosen[tip] = names[k]
    left = [k for k, tip in enumerate(tips) if tip not in chosen]
    if left:
        rest = places[left]
        groups = _groups(rest, snap) if len(left) > 1 else np.ones(1, dtype=int)
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            name = _fresh(nodes, found.made)
            found.made[name] = tuple(rest[members].mean(axis=0).tolist())
            for k in members:
                chosen[tips[left[int(k)]]] = name
    for name, pair in given.items():
        if name in lines and not all(pair):
            found.ends[name] = (
                pair[0] or chosen[(name, 0)],
                pair[1] or chosen[(name, 1)],
            )
    _cut(found, lines, {**nodes, **found.made}, snap)
    return found


def _groups(points: Floats, snap: float) -> NDArray[np.int64]:
    """Return a number for each point, the same for points within reach of one another."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(snap, output_type="ndarray")
    ones = np.ones(len(pairs))
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _fresh(*taken: Iterable[str]) -> str:
    """Return the first free name of a node made."""
    there = {name for names in taken for name in names}
    rank = len(there) + 1
    while f"n{rank}" in there:
        rank += 1
    return f"n{rank}"


def _cut(
    found: Joined, lines: dict[str, Floats], nodes: dict[str, tuple[float, float]], snap: float
) -> None:
    """Note the nodes that stand on the way of the lines whose ends were sought."""
    import shapely

    names = list(nodes)
    points = shapely.points(np.array([nodes[name] for name in names]))
    tree = shapely.STRtree(points)
    for line, ends in found.ends.items():
        shape = shapely.LineString(lines[line])
        near = tree.query(shape, predicate="dwithin", distance=snap)
        along = [(names[k], float(shape.project(points[k]))) for k in near if names[k] not in ends]
        inside = sorted(
            (it for it in along if snap < it[1] < shape.length - snap), key=lambda it: it[1]
        )
        if inside:
            found.cuts[line] = inside


def pieces(line: Floats, at: list[float]) -> list[Floats]:
    """Return a line cut at distances along it [m], as lines of points."""
    import shapely
    from shapely.ops import substring

    shape = shapely.LineString(line)
    stops = [0.0, *at, shape.length]
    return [
        np.asarray(shapely.get_coordinates(substring(shape, a, b)), dtype=np.float64)
        for a, b in pairwise(stops)
    ]
