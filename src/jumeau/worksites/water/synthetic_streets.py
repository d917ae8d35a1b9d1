# SPDX-License-Identifier: EUPL-1.2
"""Water mains under the streets of the demonstrator: who is served, by which pipe, of what age.

Every building where people live or work is joined to the nearest street; the streets that serve
somebody get a main, and those that lead to them from the water tower. A main ends at its last
customer, and has a node every eighty metres. It is as old as the houses along it, unless it has
been renewed since.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Graph = dict[int, list[tuple[int, int]]]

STREETS, BUILDINGS, TOWERS = "troncon_de_route.geojson", "batiment.geojson", "reservoir.geojson"
TERRAIN = "RGEALTI_*_MNT_*.tif"
_PATHS = {"Sentier", "Chemin"}
_APART, _FAR = 80.0, 180.0
"""Length of a pipe between two nodes, and of the longest service connection [m]."""
_BEYOND = 6.0
"""What a main goes on after its last customer [m]."""
_DETOUR = 2.0
"""How much longer a path must be than a road for the main to take the road."""
_FIRST, _LAST = 1932, 2023
"""Years of the oldest main and of the newest."""
_RENEWED, _UNKNOWN_YEAR, _UNKNOWN_MATERIAL = 0.3, 0.16, 0.09
"""Shares of old mains that were renewed, and of mains of which a fact is not known."""


@dataclass
class Customer:
    """A building with water."""

    building: str
    name: str
    public: bool
    profile: str
    m3_year: float
    year: int | None
    shape: Any
    street: int = -1
    along: float = 0.0
    pipe: int = -1
    node: int = -1


@dataclass
class Node:
    """A node of the network: where it is, and what it is."""

    xy: tuple[float, float]
    ground: float
    kind: str = "tee"
    zone: int = 0
    m3_year: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Demand by profile."""


@dataclass
class Pipe:
    """A pipe: its ends, its line from the first to the second, what the service knows of it."""

    ends: tuple[int, int]
    line: Any
    street: str
    year: int
    material: str
    roughness: float
    known: tuple[bool, bool] = (True, True)
    """Whether the service knows the year, and the material."""
    diameter: float = 100.0
    zone: int = 0
    status: str = "open"
    span: tuple[int, float, float] = (-1, 0.0, 0.0)
    """Street, and the part of it above the pipe [m]."""


class Town(NamedTuple):
    """Mains and customers of a commune."""

    nodes: list[Node]
    pipes: list[Pipe]
    customers: list[Customer]
    root: int
    """Node where water comes in."""
    tower: dict[str, Any]
    """The water tower: ``xy``, ``ground``, ``height``, ``volume``, ``diameter``, ``name``."""
    ground: Ground
    crs: Any


class Ground:
    """Altitudes of the commune's terrain tiles."""

    def __init__(self, folder: Path) -> None:
        import rasterio

        self.tiles = []
        for file in sorted(folder.glob(TERRAIN)):
            with rasterio.open(file) as image:
                self.tiles.append((image.transform, image.read(1)))
        if not self.tiles:
            raise error("JUM-H100", file=TERRAIN)

    def at(self, points: Any) -> Floats:
        """Return the altitudes of points, ``(n, 2)`` [m]; the lowest known one outside."""
        xy = np.atleast_2d(np.asarray(points, float))
        found = np.full(len(xy), np.nan)
        for where, values in self.tiles:
            column = np.floor((xy[:, 0] - where.c) / where.a).astype(int)
            row = np.floor((xy[:, 1] - where.f) / where.e).astype(int)
            inside = (row >= 0) & (row < values.shape[0])
            inside &= (column >= 0) & (column < values.shape[1])
            found[inside] = values[row[inside], column[inside]]
        lowest = min(float(np.nanmin(values)) for _, values in self.tiles)
        return np.where(np.isnan(found), lowest, found)


def lay(folder: Path, rng: np.random.Generator) -> Town:
    """Return the mains under the streets of a commune, and its customers.

    Parameters
    ----------
    folder : Path
        Folder where the commune has written its files.
    rng : Generator
        Draws.

    Raises
    ------
    MissingFileError
        ``JUM-H100`` without streets, buildings, water tower or terrain.
    InvalidError
        ``JUM-H101`` when no street serves a building.
    """
    streets, crs = _features(folder / STREETS)
    ground = Ground(folder)
    tower = _tower(_features(folder / TOWERS)[0], ground)
    customers = _customers(_features(folder / BUILDINGS)[0], rng)
    lines = [shape for shape, _ in streets]
    customers = _joined(customers, streets)
    if not customers:
        raise error("JUM-H101", file=STREETS)
    ends, graph = _graph(lines)
    root = _nearest_end(ends, graph, tower["xy"], {item.street for item in customers}, lines)
    kept, customers = _kept(streets, graph, root, customers)
    nodes, pipes, index = _pieces(streets, ends, kept, customers, ground, rng)
    _serve(customers, pipes, nodes)
    return Town(nodes, pipes, customers, index[root], tower, ground, crs)


def paths(count: int, pipes: list[Pipe], start: int) -> tuple[Floats, list[int]]:
    """Return how far each node is from one along pipes [m], and by which pipe it is reached.

    -1 for the start and what cannot be reached, whose distance is infinite.
    """
    from heapq import heappop, heappush

    around: Graph = defaultdict(list)
    for rank, pipe in enumerate(pipes):
        if pipe.status != "closed":
            around[pipe.ends[0]].append((pipe.ends[1], rank))
            around[pipe.ends[1]].append((pipe.ends[0], rank))
    far = np.full(count, np.inf)
    by = [-1] * count
    far[start] = 0.0
    waiting = [(0.0, start)]
    while waiting:
        so_far, node = heappop(waiting)
        if so_far > far[node]:
            continue
        for other, rank in around[node]:
            there = so_far + pipes[rank].line.length
            if there < far[other]:
                far[other], by[other] = there, rank
                heappush(waiting, (there, other))
    return far, by


# -- what the commune has written --------------------------------------------------------------
def _features(file: Path) -> tuple[list[tuple[Any, dict[str, Any]]], Any]:
    import shapely

    if not file.is_file():
        raise error("JUM-H100", file=file.name)
    document = json.loads(file.read_text(encoding="utf-8"))
    found = document["features"]
    shapes = shapely.from_geojson([json.dumps(item["geometry"]) for item in found])
    rows = [
        (shape, item["properties"])
        for shape, item in zip(shapes, found, strict=True)
        if not shapely.is_empty(shape)
    ]
    return rows, document.get("crs")


def _tower(features: list[tuple[Any, dict[str, Any]]], ground: Ground) -> dict[str, Any]:
    if not features:
        raise error("JUM-H100", file=TOWERS)
    shape, facts = features[0]
    xy = (round(float(shape.centroid.x), 2), round(float(shape.centroid.y), 2))
    west, _, east, _ = shape.bounds
    return {
        "xy": xy,
        "ground": float(ground.at([xy])[0]),
        "height": float(facts.get("hauteur") or 22.0),
        "volume": float(facts.get("volume") or 400.0),
        "diameter": round(max(6.0, east - west - 0.4), 1),
        "name": str(facts.get("nom") or "Château d'eau"),
    }


@cache
def uses() -> dict[str, dict[str, str]]:
    """Return what each use of buildings consumes, by the word of its use."""
    with (Path(__file__).parent / "water_uses.csv").open(encoding="utf-8", newline="") as file:
        return {row["use"]: row for row in csv.DictReader(file)}


def _customers(
    features: list[tuple[Any, dict[str, Any]]], rng: np.random.Generator
) -> list[Customer]:
    found = []
    for shape, facts in features:
        use = str(facts.get("usage_1") or "")
        if use == "Annexe" or facts.get("construction_legere"):
            continue
        row = uses().get(use) or uses()[""]
        homes = int(facts.get("nombre_de_logements") or 0)
        area = float(facts.get("surface_plancher") or shape.area)
        volume = float(row["m3_m2_year"]) * area + float(row["m3_year"]) * max(1, homes)
        year = facts.get("annee_construction")
        found.append(
            Customer(
                str(facts["cleabs"]), str(facts.get("nom") or ""), bool(facts.get("public")),
                row["profile"], volume * float(rng.lognormal(-0.06, 0.35)),
                int(year) if year else None, shape,
            )
        )  # fmt: skip
    return found


def _joined(customers: list[Customer], streets: list[tuple[Any, Any]]) -> list[Customer]:
    """Return the customers that a street is near to, with their place along it."""
    import shapely

    roads = [k for k, (_, facts) in enumerate(streets) if facts.get("nature") not in _PATHS]
    if not roads or not customers:
        return []
    lines = [streets[k][0] for k in roads]
    doors = [item.shape.representative_point() for item in customers]
    chosen = shapely.STRtree(lines).nearest(doors)
    found = []
    for item, door, rank in zip(customers, doors, chosen.tolist(), strict=True):
        if lines[rank].distance(door) <= _FAR:
            item.street, item.along = roads[rank], float(lines[rank].project(door))
            found.append(item)
    return found


# -- streets that have a main ------------------------------------------------------------------
def _graph(lines: list[Any]) -> tuple[list[tuple[int, int]], Graph]:
    """Return the two ends of each street as numbers, and the streets at each end."""
    known: dict[tuple[float, float], int] = {}
    ends = []
    graph: Graph = defaultdict(list)
    for rank, line in enumerate(lines):
        pair = []
        for x, y, *_ in (line.coords[0], line.coords[-1]):
            pair.append(known.setdefault((round(x, 1), round(y, 1)), len(known)))
        ends.append((pair[0], pair[1]))
        graph[pair[0]].append((pair[1], rank))
        graph[pair[1]].append((pair[0], rank))
    return ends, graph


def _reach(
    streets: list[tuple[Any, Any]], graph: Graph, root: int
) -> tuple[dict[int, float], dict[int, int]]:
    """Return distance from the root and street towards it, by end of streets; paths are longer."""
    from heapq import heappop, heappush

    far, by = {root: 0.0}, {}
    waiting = [(0.0, root)]
    while waiting:
        so_far, node = heappop(waiting)
        if so_far > far[node]:
            continue
        for other, rank in graph[node]:
            line, facts = streets[rank]
            there = so_far + line.length * (_DETOUR if facts.get("nature") in _PATHS else 1.0)
            if there < far.get(other, np.inf):
                far[other], by[other] = there, rank
                heappush(waiting, (there, other))
    return far, by


def _nearest_end(
    ends: list[tuple[int, int]], graph: Graph, xy: tuple[float, float], served: set[int],
    lines: list[Any],
) -> int:  # fmt: skip
    """Return the end of streets nearest to the tower, among those that lead to most customers."""
    group: dict[int, int] = {}
    for start in graph:
        if start in group:
            continue
        group[start], waiting = start, [start]
        while waiting:
            for other, _ in graph[waiting.pop()]:
                if other not in group:
                    group[other] = start
                    waiting.append(other)
    weight: dict[int, int] = defaultdict(int)
    for rank in served:
        weight[group[ends[rank][0]]] += 1
    most = max(sorted(weight), key=lambda one: weight[one])
    best, root = np.inf, -1
    for pair, line in zip(ends, lines, strict=True):
        for node, (x, y, *_) in zip(pair, (line.coords[0], line.coords[-1]), strict=True):
            away = (x - xy[0]) ** 2 + (y - xy[1]) ** 2
            if group[node] == most and away < best:
                best, root = away, node
    return root


def _kept(
    streets: list[tuple[Any, Any]], graph: Graph, root: int, customers: list[Customer]
) -> tuple[dict[int, tuple[float, float]], list[Customer]]:
    """Return the part of each street that has a main, and the customers that water reaches."""
    far, by = _reach(streets, graph, root)
    ends, _ = _graph([line for line, _ in streets])
    reached = [item for item in customers if ends[item.street][0] in far]
    kept = {item.street for item in reached}
    for rank in sorted(kept):
        for end in ends[rank]:
            node = end
            while node in by and by[node] not in kept:
                back = by[node]
                kept.add(back)
                node = ends[back][0] if ends[back][1] == node else ends[back][1]
    around: dict[int, int] = defaultdict(int)
    for rank in kept:
        for node in ends[rank]:
            around[node] += 1
    found = {}
    for rank in sorted(kept):
        length = streets[rank][0].length
        along = [item.along for item in reached if item.street == rank] or [0.0, length]
        first, last = 0.0, length
        if around[ends[rank][0]] == 1 and ends[rank][0] != root:
            first = max(0.0, min(along) - _BEYOND)
        if around[ends[rank][1]] == 1 and ends[rank][1] != root:
            last = min(length, max(along) + _BEYOND)
        if last - first < 2.0:
            first, last = max(0.0, first - 10.0), min(length, last + 10.0)
        found[rank] = (first, last)
    return found, reached


def _pieces(
    streets: list[tuple[Any, Any]],
    ends: list[tuple[int, int]],
    kept: dict[int, tuple[float, float]],
    customers: list[Customer],
    ground: Ground,
    rng: np.random.Generator,
) -> tuple[list[Node], list[Pipe], dict[int, int]]:
    """Cut the mains in pipes between nodes."""
    from shapely.ops import substring

    years: dict[int, list[int]] = defaultdict(list)
    for item in customers:
        if item.year:
            years[item.street].append(item.year)
    nodes: list[Node] = []
    pipes: list[Pipe] = []
    index: dict[int, int] = {}

    def placed(x: float, y: float) -> int:
        xy = (round(float(x), 2), round(float(y), 2))
        nodes.append(Node(xy, round(float(ground.at([xy])[0]), 2)))
        return len(nodes) - 1

    for rank, (first, last) in kept.items():
        line, facts = streets[rank]
        marks = np.linspace(first, last, max(1, round((last - first) / _APART)) + 1)
        here = []
        for number, along in enumerate(marks.tolist()):
            point = line.interpolate(along)
            end = (
                ends[rank][0]
                if along == 0.0
                else (ends[rank][1] if number == len(marks) - 1 and last == line.length else None)
            )
            if end is None:
                here.append(placed(point.x, point.y))
            else:
                if end not in index:
                    index[end] = placed(point.x, point.y)
                here.append(index[end])
        year, material, roughness = _made(years[rank], rng)
        known = (bool(rng.random() > _UNKNOWN_YEAR), bool(rng.random() > _UNKNOWN_MATERIAL))
        for number, (start, stop) in enumerate(pairwise(marks.tolist())):
            a, b = here[number], here[number + 1]
            bent = substring(line, start, stop)
            pipes.append(
                Pipe((a, b), bent, str(facts["cleabs"]), year, material, roughness, known,
                     span=(rank, start, stop))
            )  # fmt: skip
    return nodes, pipes, index


def _made(years: list[int], rng: np.random.Generator) -> tuple[int, str, float]:
    """Return when a main was laid, of what, and its Hazen-Williams coefficient."""
    built = int(np.percentile(years, 25)) if years else 1968
    year = min(_LAST, max(_FIRST, built))
    if year < 1970 and rng.random() < _RENEWED:
        year = int(rng.integers(1992, _LAST))
    elif year == _FIRST:
        year = int(rng.integers(_FIRST, 1962))
    return (year, *drawn(year, rng))


def drawn(year: int, rng: np.random.Generator) -> tuple[str, float]:
    """Return the material of a main of a year and its coefficient of Hazen-Williams."""
    rows = [row for row in _stock() if int(row["from"]) <= year <= int(row["to"])]
    weight = np.array([float(row["weight"]) for row in rows])
    row = rows[int(rng.choice(len(rows), p=weight / weight.sum()))]
    return row["material"], float(row["roughness"])


@cache
def _stock() -> list[dict[str, str]]:
    with (Path(__file__).parent / "pipe_stock.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _serve(customers: list[Customer], pipes: list[Pipe], nodes: list[Node]) -> None:
    """Join each customer to its pipe and to the nearest node of it."""
    by_street: dict[int, list[int]] = defaultdict(list)
    for rank, pipe in enumerate(pipes):
        by_street[pipe.span[0]].append(rank)
    for item in customers:
        own = by_street[item.street]
        item.pipe = min(
            own, key=lambda rank: max(pipes[rank].span[1] - item.along,
                                      item.along - pipes[rank].span[2])
        )  # fmt: skip
        _, start, stop = pipes[item.pipe].span
        item.node = pipes[item.pipe].ends[0 if item.along - start < stop - item.along else 1]
        nodes[item.node].m3_year[item.profile] += item.m3_year
