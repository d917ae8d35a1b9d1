# SPDX-License-Identifier: EUPL-1.2
"""A network as a map draws it: lines that join nodes by their ids, and points of many kinds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from jumeau.worksites.water.network import Network, records, tuples

NAN = float("nan")
DEVICES = ("pump", "valve")
"""Points that are links for EPANET: they stand between two nodes."""
XY = tuple[float, float]


@dataclass
class Line:
    """A pipe as drawn.

    Parameters
    ----------
    id : str
        Its identifier.
    start, end : str
        Identifiers of its nodes, "" when the file does not say.
    path : list of (float, float)
        Its points; none when it has no geometry [m].
    length_m, diameter_mm : float
        NaN when unknown.
    material : str
        In words, "" when unknown.
    installed_from, installed_to : float
        Years, NaN when unknown.
    status : str
        "open", "closed" or "cv".
    fictitious : bool
        Whether it only keeps the continuity of the network.
    heights : (float, float)
        Elevations of its ends, NaN when unknown [m].
    dma_id : str
        Sector, "" when unknown.
    """

    id: str
    start: str
    end: str
    path: list[XY]
    length_m: float = NAN
    diameter_mm: float = NAN
    material: str = ""
    installed_from: float = NAN
    installed_to: float = NAN
    status: str = "open"
    fictitious: bool = False
    heights: tuple[float, float] = (NAN, NAN)
    dma_id: str = ""


@dataclass
class Point:
    """A thing on a node.

    Parameters
    ----------
    id : str
        Identifier of the node.
    kind : str
        "junction", "reservoir", "tank", "pump" or "valve".
    x, y : float
        Position, NaN when unknown [m].
    name : str
        Identifier of the thing itself, when it is a link.
    row : dict
        Columns of its row, as far as known.
    asset : str
        Table of the twin in which it also stands, "" for none.
    details : dict
        Columns of its row in that table.
    upstream, downstream : str
        Pipes before and after it, as far as the file says.
    closes : str
        What it does to the pipe behind it: "closed", "cv" or "".
    """

    id: str
    kind: str = "junction"
    x: float = NAN
    y: float = NAN
    name: str = ""
    row: dict[str, Any] = field(default_factory=dict)
    asset: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    upstream: str = ""
    downstream: str = ""
    closes: str = ""


@dataclass
class Service:
    """A service connection as drawn: from the main to where water is delivered."""

    id: str
    start: str
    end: str
    path: list[XY]
    main: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Drawing:
    """A network as a map draws it.

    Parameters
    ----------
    lines : list of Line
        Pipes.
    points : list of Point
        Things on nodes, of whatever kind.
    services : list of Service
        Service connections.
    loose : list of Point
        Things that stand on no node: valves and hydrants drawn beside the network.
    """

    lines: list[Line] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    loose: list[Point] = field(default_factory=list)


def positions(net: Network) -> dict[str, XY]:
    """Return the positions of the nodes [m], NaN where unknown."""
    found: dict[str, XY] = {}
    for name in ("junctions", "reservoirs", "tanks"):
        table = getattr(net, name)
        pairs = zip(table["x"].tolist(), table["y"].tolist(), strict=True)
        found |= dict(zip(table.index.tolist(), pairs, strict=True))
    return found


def paths(net: Network) -> dict[str, list[XY]]:
    """Return the lines of the links, from node to node by their bends, without unknown places."""
    places = positions(net)
    bends: dict[str, list[XY]] = {}
    for row in tuples(net.vertices):
        bends.setdefault(row.link, []).append((row.x, row.y))
    found = {}
    for table in ("pipes", "pumps", "valves"):
        for name, row in records(getattr(net, table)).items():
            ends = (places.get(row[end], (NAN, NAN)) for end in ("from_node", "to_node"))
            first, last = ends
            found[name] = [
                it for it in (first, *bends.get(name, []), last) if not math.isnan(it[0])
            ]
    return found


def halves(path: Sequence[XY]) -> tuple[XY, list[XY], list[XY]]:
    """Return the middle of a line, and the line before and after it.

    Parameters
    ----------
    path : sequence of (float, float)
        Points of the line [m].
    """
    if not path:
        return (NAN, NAN), [], []
    steps = [math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path)]
    left = 0.5 * sum(steps)
    for k, step in enumerate(steps):
        if left <= step and step > 0:
            a, b, t = path[k], path[k + 1], left / step
            middle = (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
            return middle, [*path[: k + 1], middle], [middle, *path[k + 1 :]]
        left -= step
    return path[0], [path[0], path[0]], [path[0], path[-1]]


def shape_of(text: object) -> Any:
    """Return the geometry of a text (WKT), None for an empty one."""
    import shapely

    shape = shapely.from_wkt(str(text), on_invalid="ignore") if text else None
    return None if shape is None or shape.is_empty else shape


def length(path: Sequence[XY]) -> float:
    """Return the length of a line [m], NaN for none."""
    if len(path) < 2:
        return NAN
    return float(sum(math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path)))
