# SPDX-License-Identifier: EUPL-1.2
"""Where a network stands: from the coordinates of its file to those of a territory, and back."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs
from jumeau.worksites.water.network import LINKS, NODES, Network, tuples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.base.contract import Bounds

    Floats = NDArray[np.float64]

PLACEMENTS = ("surveyed", "control points", "declared", "invented")
"""How a network may have been placed, the surest first."""
APART = 10.0
"""Distance at which a node without coordinates is put from its only neighbour [m]."""
_TURN = math.pi * (3.0 - math.sqrt(5.0))  # golden angle: neighbours do not fall on one another
_SURE = 0.99  # share of nodes that must fall in the land of the projection
_UNLIKELY = 0.02  # ratio of lengths to drawings within which a drawing is in metres


@dataclass(frozen=True)
class Placing:
    """How the own coordinates (u, v) of a network become the (x, y) of a territory.

    Parameters
    ----------
    label : str
        One of :data:`PLACEMENTS`.
    e, n : float
        Translation [m].
    a, b : float
        Similarity: x = e + a·u − b·v, y = n + b·u + a·v [m per own unit].
    source, target : str
        CRS of the own coordinates, when it is another one, and of the territory.
    error_m : float
        Root mean square of the residuals at the control points [m]; NaN when unknown.
    """

    label: str = "declared"
    e: float = 0.0
    n: float = 0.0
    a: float = 1.0
    b: float = 0.0
    source: str = ""
    target: str = ""
    error_m: float = math.nan

    def forward(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Return the territory's coordinates [m] of own ones."""
        if self.source:
            x, y = crs.transformer(self.source, self.target).transform(u, v)
            return np.asarray(x, float), np.asarray(y, float)
        if (self.e, self.n, self.a, self.b) == (0.0, 0.0, 1.0, 0.0):
            return u, v
        return self.e + self.a * u - self.b * v, self.n + self.b * u + self.a * v

    def back(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the own coordinates of the territory's [m]."""
        if self.source:
            u, v = crs.transformer(self.target, self.source).transform(x, y)
            return np.asarray(u, float), np.asarray(v, float)
        if (self.e, self.n, self.a, self.b) == (0.0, 0.0, 1.0, 0.0):
            return x, y
        square = self.a**2 + self.b**2
        east, north = x - self.e, y - self.n
        return (
            (self.a * east + self.b * north) / square,
            (self.a * north - self.b * east) / square,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the transform as plain data; empty when coordinates are the territory's."""
        if self.source:
            return {"source": self.source, "target": self.target}
        pairs = {"e": self.e, "n": self.n, "a": self.a, "b": self.b}
        return {} if tuple(pairs.values()) == (0.0, 0.0, 1.0, 0.0) else pairs

    @classmethod
    def of(cls, label: str | None, plain: Mapping[str, Any] | None) -> Placing:
        """Return the placing kept in a row of ``water_network``."""
        return cls(label or "declared", **dict(plain or {}))


def coordinates(net: Network) -> dict[str, tuple[float, float]]:
    """Return the own coordinates of the nodes that have some."""
    return {
        str(row.Index): (float(row.x), float(row.y))
        for table in NODES
        for row in tuples(getattr(net, table))
        if math.isfinite(row.x) and math.isfinite(row.y)
    }


def everywhere(net: Network) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Return own coordinates for every node, and the nodes whose place is made up.

    Nodes without coordinates stand between their neighbours that have some, or beside the only
    one; a part without any stands beside the rest. The same network gives the same places.
    """
    places = coordinates(net)
    nodes = [str(name) for table in NODES for name in getattr(net, table).index]
    missing = [name for name in nodes if name not in places]
    if not missing:
        return places, []
    beside: dict[str, list[str]] = {name: [] for name in nodes}
    for table in LINKS:
        for row in tuples(getattr(net, table)):
            if row.from_node in beside and row.to_node in beside:
                beside[row.from_node].append(row.to_node)
                beside[row.to_node].append(row.from_node)
    known = np.array(list(places.values())) if places else np.zeros((1, 2))
    east, north = float(known[:, 0].max()), float(known[:, 1].min())
    waiting = deque(name for name in missing if any(it in places for it in beside[name]))
    rank = 0
    for seed in [*missing, ""]:
        while waiting:
            name = waiting.popleft()
            if name in places:
                continue
            near = [places[it] for it in beside[name] if it in places]
            rank += 1
            x, y = np.mean(near, axis=0)
            if len(near) == 1:
                x += APART * math.cos(rank * _TURN)
                y += APART * math.sin(rank * _TURN)
            places[name] = (float(x), float(y))
            waiting.extend(it for it in beside[name] if it not in places)
        if seed and seed not in places:  # a part that nothing locates
            rank += 1
            places[seed] = (east + 10.0 * APART, north + APART * rank)
            waiting.extend(beside[seed])
    return places, missing


def guess(net: Network, target: str, around: Callable[[], Bounds | None]) -> Placing:
    """Return how a network may be placed when nobody says: its coordinates, degrees, or made up.

    Parameters
    ----------
    net : Network
        Network.
    target : str
        CRS of the territory.
    around : callable
        Returns the box of the territory's facts [m], or None without any: the middle of its
        projection's area serves then. Asked for only when the coordinates tell nothing.

    Returns
    -------
    Placing
        "declared" when the coordinates fall on the land that the projection serves, in it, in
        degrees or in another system used there; else "invented": the network keeps its shape, its
        drawing is brought to the scale of the lengths of its pipes, and its middle is put in that
        of the box.
    """
    places = coordinates(net)
    area = crs.NATIONAL[target].bounds
    points = np.array(list(places.values())) if places else np.zeros((0, 2))
    if len(points):
        for found in crs.looks_like(points[:, 0], points[:, 1], target, minimum=_SURE):
            if not found.swapped:
                source = "" if found.crs == target else found.crs
                return Placing("declared", source=source, target=target)
    x0, y0, x1, y1 = around() or area
    scale = _scale(net, places)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0 if len(points) else np.zeros(2)
    e = round((x0 + x1) / 2.0 - scale * float(middle[0]))
    n = round((y0 + y1) / 2.0 - scale * float(middle[1]))
    return Placing("invented", e=float(e), n=float(n), a=scale, target=target)


def _scale(net: Network, places: Mapping[str, tuple[float, float]]) -> float:
    """Return metres per own unit: the median of length over drawing, 1 when it is about that."""
    bends: dict[str, list[tuple[float, float]]] = {}
    for row in tuples(net.vertices):
        bends.setdefault(row.link, []).append((row.x, row.y))
    ratios = []
    for row in tuples(net.pipes):
        if row.from_node in places and row.to_node in places and row.length_m > 0:
            line = [places[row.from_node], *bends.get(row.Index, []), places[row.to_node]]
            drawn = float(np.hypot(*np.diff(np.array(line), axis=0).T).sum())
            if drawn > 0:
                ratios.append(row.length_m / drawn)
    scale = float(np.median(ratios)) if ratios else 1.0
    if not math.isfinite(scale) or scale <= 0 or abs(scale - 1.0) <= _UNLIKELY:
        return 1.0
    return float(f"{scale:.4g}")
