# SPDX-License-Identifier: EUPL-1.2
"""What makes a network of the demonstrator's mains: tower, borehole, pumps, districts, valves.

Water is pumped from a borehole in the valley to the tower, through a main of its own, and runs
down from there. Shortest paths from the tower make a tree; cutting one of its branches, and
closing the pipes that would go round, makes a district with one inlet: the lower part of the
commune behind a pressure reducing valve, another one behind a meter, hamlets that are nearly as
high as the tower behind a booster, the rest behind the meter of the tower.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.worksites.water import synthetic_streets as streets
from jumeau.worksites.water.network import Network, frame
from jumeau.worksites.water.synthetic_streets import Node, Pipe, Town

if TYPE_CHECKING:
    from numpy.typing import NDArray

TANK, WELL, PUMP, RISING = "CHATEAU", "FORAGE", "POMPE1", "REFOULEMENT"
_HOURS = 8760.0
_LOSSES = 0.12
"""Water lost all the time through joints, over water consumed."""
_WANTED, _LOWERED, _LIFT = 19.0, 28.0, 22.0
"""Pressure under which a booster is built, that the reducing valve leaves, head it adds [m]."""
_MOST, _LEAST_LIFT = 77.0, 5.0
"""Pressure that a booster gives at the most, and the least head worth a booster [m]."""
_LEVELS = (0.4, 2.6, 4.6)
"""Emergency reserve, levels where the pump starts and stops, in a tower of five metres [m]."""
_SIZES = ((9.0, 200.0), (4.5, 150.0), (2.0, 125.0), (0.12, 100.0), (0.0, 80.0))
"""Mean flow at least [m³/h], and diameter [mm]."""
_HYDRANTS, _SEEN = 170.0, 60.0
"""Distance between two hydrants [m]; what a hydrant must give [m³/h]."""
_ASIDE = (1.8, 1.3)
"""Where the rising main lies, beside the distribution main [m]."""


class Zone(NamedTuple):
    """A metered district: name, inlet pipe, and the districts that it feeds."""

    key: str
    name: str
    inlet: str
    feeds: tuple[str, ...] = ()


@dataclass
class Works:
    """The network of the demonstrator, by name of nodes and links."""

    town: Town
    nodes: dict[str, Node] = field(default_factory=dict)
    pipes: dict[str, Pipe] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Ends of every link."""
    pumps: dict[str, str] = field(default_factory=dict)
    """Curve of each pump."""
    reducers: dict[str, float] = field(default_factory=dict)
    """Setting of each pressure reducing valve [m]."""
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    tank: dict[str, float] = field(default_factory=dict)
    well: dict[str, Any] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    zone_of: dict[str, int] = field(default_factory=dict)
    """District of each node, from 1; 0 for the rising main."""
    hydrants: list[str] = field(default_factory=list)
    valves: list[tuple[str, Any, str]] = field(default_factory=list)
    """Isolation valves: pipe, point, open or closed."""
    flushed: float = 0.0
    """Water consumed and lost on the average [m³/h]."""


def equip(town: Town) -> Works:
    """Return the network that brings water to the mains of a town.

    Parameters
    ----------
    town : Town
        Mains and customers, as :func:`jumeau.worksites.water.synthetic_streets.lay` gives them.
    """
    works = Works(town)
    shape = _Tree(town)
    low = _tower(works)
    boosted = _boosted(shape, low)
    reduced = _reduced(shape, boosted, low)
    metered = _metered(shape, boosted, reduced)
    _close(town, shape, boosted, reduced, metered)
    _size(shape)
    _named(works, shape, boosted, reduced, metered)
    _rising(works, shape)
    _set(works, low)
    _tidy(works)
    _furnish(works)
    return works


class _Tree:
    """Shortest paths from the tower: who is below whom, and how much they use."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.far, self.by = streets.paths(len(town.nodes), town.pipes, town.root)
        self.order = np.argsort(self.far, kind="stable").tolist()
        self.parent = [-1] * len(town.nodes)
        for node in self.order:
            if self.by[node] >= 0:
                a, b = town.pipes[self.by[node]].ends
                self.parent[node] = a if b == node else b
        self.ground = np.array([node.ground for node in town.nodes])
        self.use = np.array([sum(node.m3_year.values()) for node in town.nodes]) / _HOURS
        lengths = np.zeros(len(town.nodes))
        for pipe in town.pipes:
            for end in pipe.ends:
                lengths[end] += pipe.line.length / 2
        losses = _LOSSES * self.use.sum() * lengths / lengths.sum()
        for node, lost in zip(town.nodes, losses.tolist(), strict=True):
            node.m3_year["losses"] = lost * _HOURS
        self.use = self.use + losses
        self.total = float(self.use.sum())
        self.below = self.use.copy()
        for node in reversed(self.order):
            if self.parent[node] >= 0:
                self.below[self.parent[node]] += self.below[node]

    def branch(self, top: int) -> NDArray[np.bool_]:
        """Return which nodes are reached through one."""
        inside = np.zeros(len(self.parent), bool)
        inside[top] = True
        for node in self.order:
            if self.parent[node] >= 0 and inside[self.parent[node]]:
                inside[node] = True
        return inside


def _tower(works: Works) -> float:
    """Measure the tower; return the head when the pump starts [m]."""
    tower = works.town.tower
    depth = tower["volume"] / (math.pi / 4 * tower["diameter"] ** 2)
    scale = depth / 5.09
    works.tank = {
        "elevation_m": round(tower["ground"] + tower["height"] - depth - 1.0, 2),
        "minimum_level_m": round(_LEVELS[0] * scale, 2),
        "starts": round(_LEVELS[1] * scale, 2),
        "stops": round(_LEVELS[2] * scale, 2),
        "maximum_level_m": round(depth - 0.15, 2),
        "diameter_m": tower["diameter"],
    }
    return works.tank["elevation_m"] + works.tank["starts"]


# -- districts ---------------------------------------------------------------------------------
def _boosted(tree: _Tree, low: float) -> list[int]:
    """Return the first nodes of the branches that are too high for the tower alone."""
    tops: list[int] = []
    done = np.zeros(len(tree.parent), bool)
    for node in tree.order:
        if done[node] or tree.parent[node] < 0 or low - tree.ground[node] >= _WANTED:
            continue
        if tree.parent[tree.parent[node]] < 0 and low - tree.ground[tree.parent[node]] < _WANTED:
            continue  # beside the tower
        inside = tree.branch(node)
        done |= inside
        if _lift(low, tree.ground[inside]) >= _LEAST_LIFT:
            tops.append(node)
    return tops


def _lift(low: float, ground: Any) -> float:
    """Return the head of a booster that no place of its branch suffers from [m]."""
    stops = low + _LEVELS[2] - _LEVELS[1]
    return float(min(_LIFT, (_MOST - (stops - np.min(ground))) / 1.334))


def _reduced(tree: _Tree, boosted: list[int], low: float) -> int:
    """Return the first node of the low branch that most needs its pressure reduced, -1 for none."""
    pressure = low - tree.ground
    best, chosen = 0.0, -1
    for node in tree.order:
        share = tree.below[node] / tree.total
        if tree.parent[node] < 0 or not 0.06 <= share <= 0.5:
            continue
        inside = tree.branch(node)
        if any(inside[top] for top in boosted):
            continue
        gain = share * float(np.average(pressure[inside], weights=tree.use[inside] + 1e-9) - 38.0)
        if gain > best and low - tree.ground[inside].max() > _LOWERED + 6.0:
            best, chosen = gain, node
    return chosen


def _metered(tree: _Tree, boosted: list[int], reduced: int) -> int:
    """Return the first node of another district, of about a third of the water; -1 for none."""
    best, chosen = 0.2, -1
    for node in tree.order:
        if tree.parent[node] < 0 or node == reduced or node in boosted:
            continue
        inside = tree.branch(node)
        if reduced >= 0 and (inside[reduced] or tree.branch(reduced)[node]):
            continue
        if any(tree.branch(top)[node] for top in boosted):
            continue
        away = abs(tree.below[node] / tree.total - 0.33)
        if away < best:
            best, chosen = away, node
    return chosen


def _close(town: Town, tree: _Tree, boosted: list[int], reduced: int, metered: int) -> None:
    """Give each node its district and its stage of pressure; close the pipes that go round."""
    stage = np.zeros(len(town.nodes), int)
    zone = np.ones(len(town.nodes), int)
    number = 2
    for top in (reduced, metered):
        if top >= 0:
            zone[tree.branch(top)] = number
            number += 1
    for rank, top in enumerate(boosted, 10):
        stage[tree.branch(top)] = rank
    for node, district in zip(town.nodes, zone.tolist(), strict=True):
        node.zone = district
    within = {tree.by[node] for node in tree.order}
    for rank, pipe in enumerate(town.pipes):
        a, b = pipe.ends
        pipe.zone = int(max(zone[a], zone[b]) if rank in within else zone[a])
        if rank not in within and (zone[a], stage[a]) != (zone[b], stage[b]):
            pipe.status = "closed"


def _size(tree: _Tree) -> None:
    """Give each pipe the diameter of what flows in it on the average; loops 100 mm."""
    for node in tree.order:
        if tree.by[node] >= 0:
            pipe = tree.town.pipes[tree.by[node]]
            flow = tree.below[node]
            pipe.diameter = next(size for least, size in _SIZES if flow >= least)
            if pipe.diameter == 80.0 and pipe.material in {"PVC", "PEHD"}:
                pipe.diameter = 63.0


# -- names, valves and pumps -------------------------------------------------------------------
def _named(works: Works, tree: _Tree, boosted: list[int], reduced: int, metered: int) -> None:
    """Name nodes and pipes; put the reducing valve and the boosters at the inlets."""
    town = works.town
    names = [f"N{rank + 1:03d}" for rank in range(len(town.nodes))]
    for name, node in zip(names, town.nodes, strict=True):
        works.nodes[name] = node
        works.zone_of[name] = node.zone
    special = {top: f"SURP{rank}" for rank, top in enumerate(boosted, 1)}
    if reduced >= 0:
        special[reduced] = "RED1"
    inlet: dict[int, str] = {}
    tops = {tree.by[top]: top for top in special}
    for rank, pipe in enumerate(town.pipes):
        key = f"C{rank + 1:04d}"
        a, b = (names[end] for end in pipe.ends)
        if rank in tops and pipe.line.length > 12.0:
            top = tops[rank]
            inlet[top] = _device(works, key, pipe, (a, b), names[top], special[top])
        else:
            works.pipes[key], works.ends[key] = pipe, (a, b)
    if metered >= 0:
        inlet[metered] = key = f"C{tree.by[metered] + 1:04d}"
        if works.ends[key][0] == names[metered]:  # meters count what goes down
            works.ends[key] = works.ends[key][::-1]
            works.pipes[key].line = works.pipes[key].line.reverse()
    root = names[town.root]
    works.nodes[TANK] = Node(town.tower["xy"], town.tower["ground"], "tank")
    _pipe(works, "C0000", (TANK, root), _last(town, "Fonte ductile", 125.0), 200.0, zone=1)
    keys = [top for top in (reduced, metered) if top >= 0]
    feeds = tuple(f"DMA{rank}" for rank, _ in enumerate(keys, 2))
    words = {reduced: "Bas service", metered: "Secteur intermédiaire"}
    works.zones = [Zone("DMA1", "Haut service", "C0000", feeds)]
    for rank, top in enumerate(keys, 2):
        if top in inlet:
            works.zones.append(Zone(f"DMA{rank}", words[top], inlet[top]))
    works.flushed = tree.total


def _last(town: Town, material: str, roughness: float) -> Pipe:
    year = max((pipe.year for pipe in town.pipes if pipe.year < 1985), default=1972)
    return Pipe((-1, -1), None, "", year, material, roughness)


def _pipe(
    works: Works, key: str, ends: tuple[str, str], like: Pipe, diameter: float, *, zone: int,
    line: Any = None,
) -> None:  # fmt: skip
    """Add a pipe with what another one is made of."""
    import shapely

    if line is None:
        line = shapely.LineString([works.nodes[end].xy for end in ends])
    works.pipes[key] = Pipe(
        (-1, -1), line, like.street, like.year, like.material, like.roughness, like.known,
        diameter, zone, "open", like.span,
    )  # fmt: skip
    works.ends[key] = ends


def _device(
    works: Works, key: str, pipe: Pipe, ends: tuple[str, str], below: str, name: str
) -> str:
    """Cut a pipe at its upper end for a valve or a pump; return the piece with the meter."""
    from shapely.ops import substring

    a, b = ends
    line = pipe.line if below == b else pipe.line.reverse()
    above = a if below == b else b
    made = []
    for along, suffix in ((4.0, "A"), (5.0, "B")):
        point = line.interpolate(along)
        xy = (round(float(point.x), 2), round(float(point.y), 2))
        node = Node(xy, works.nodes[above].ground, "device")
        works.nodes[f"{name}-{suffix}"] = node
        works.zone_of[f"{name}-{suffix}"] = pipe.zone
        made.append(f"{name}-{suffix}")
    first, second = made
    rest = (second, below) if below == b else (below, second)
    kept = substring(line, 5.0, line.length)
    _pipe(works, key, rest, pipe, pipe.diameter, zone=pipe.zone,
          line=kept if below == b else kept.reverse())  # fmt: skip
    _pipe(works, f"{key}A", (above, first), pipe, pipe.diameter, zone=pipe.zone,
          line=substring(line, 0.0, 4.0))  # fmt: skip
    works.ends[name] = (first, second)
    if name.startswith("RED"):
        works.reducers[name] = 0.0
    else:
        works.pumps[name] = f"COURBE_{name}"
    return f"{key}A"


def _rising(works: Works, tree: _Tree) -> None:
    """Bore in the valley and lay the main that rises to the tower, beside that of the streets."""
    import shapely
    from shapely.affinity import translate

    town = works.town
    foot = int(np.argmin(tree.ground))
    x, y = town.nodes[foot].xy
    around = [
        (x + 30.0 * math.cos(angle), y + 30.0 * math.sin(angle))
        for angle in np.linspace(0.0, 2 * math.pi, 16, endpoint=False)
    ]
    heights = town.ground.at(around)
    best = int(np.argmin(heights))
    xy = (round(around[best][0], 2), round(around[best][1], 2))
    altitude = round(float(heights[best]), 2)
    works.well = {"xy": xy, "ground": altitude, "head_m": round(altitude - 9.0, 2)}
    works.nodes[WELL] = Node(xy, altitude, "reservoir")
    works.nodes["R00"] = Node((round(xy[0] + 3.0, 2), xy[1]), altitude, "device")
    works.zone_of["R00"] = 0
    works.ends[PUMP] = (WELL, "R00")
    chain = [foot]
    while tree.parent[chain[-1]] >= 0:
        chain.append(tree.parent[chain[-1]])
    like = Pipe((-1, -1), None, "", 1974, "Fonte ductile", 125.0)
    before, number = "R00", 0
    length, coords = 0.0, [works.nodes["R00"].xy]
    for rank, node in enumerate(chain):
        if rank:
            pipe = town.pipes[tree.by[chain[rank - 1]]]
            line = pipe.line if pipe.ends[0] == chain[rank - 1] else pipe.line.reverse()
            coords += [one[:2] for one in translate(line, *_ASIDE).coords]
            length += line.length
        if rank in (0, len(chain) - 1) or length > 350.0:
            here = town.nodes[node]
            number += 1
            key = f"R{number:02d}"
            place = (round(here.xy[0] + _ASIDE[0], 2), round(here.xy[1] + _ASIDE[1], 2))
            works.nodes[key] = Node(place, here.ground, "tee")
            works.zone_of[key] = 0
            line = shapely.remove_repeated_points(shapely.LineString([*coords, place]), 0.05)
            _pipe(works, f"CR{number:02d}", (before, key), like, 150.0, zone=0, line=line)
            before, coords, length = key, [place], 0.0
    _pipe(works, f"CR{number + 1:02d}", (before, TANK), like, 150.0, zone=0)


def _set(works: Works, low: float) -> None:
    """Choose the pumps and the setting of the reducing valve."""
    flow = round(2.1 * works.flushed, 1)
    length = sum(pipe.line.length for key, pipe in works.pipes.items() if key.startswith("CR"))
    friction = 10.667 * length * (flow / 3600) ** 1.852 / (125.0**1.852 * 0.15**4.871)
    top = works.tank["elevation_m"] + works.tank["stops"]
    head = top - works.well["head_m"] + friction + 2.0
    works.pumps[PUMP] = f"COURBE_{PUMP}"
    works.curves[f"COURBE_{PUMP}"] = [
        (0.0, round(1.28 * head, 1)), (flow, round(head, 1)),
        (round(1.6 * flow, 1), round(0.62 * head, 1)),
    ]  # fmt: skip
    for name, curve in works.pumps.items():
        if name != PUMP:
            fed = _fed(works, works.ends[name][1])
            flow = max(4.0, round(6.0 * sum(_mean(works.nodes[one]) for one in fed), 1))
            lift = _lift(low, [works.nodes[one].ground for one in fed])
            works.curves[curve] = [(flow, round(lift, 1))]
    for name in works.reducers:
        fed = _fed(works, works.ends[name][1])
        heights = [works.nodes[one].ground for one in fed]
        wanted = max(heights) + _LOWERED - works.nodes[works.ends[name][0]].ground
        works.reducers[name] = round(min(wanted, low - works.nodes[fed[0]].ground - 6.0), 1)


def _mean(node: Node) -> float:
    return sum(node.m3_year.values()) / _HOURS


def _fed(works: Works, start: str) -> list[str]:
    """Return the nodes that pipes join to one."""
    around: dict[str, list[str]] = defaultdict(list)
    for key, pipe in works.pipes.items():
        if pipe.status != "closed":
            a, b = works.ends[key]
            around[a].append(b)
            around[b].append(a)
    found, waiting = {start: None}, [start]
    while waiting:
        for other in around[waiting.pop()]:
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)


def _tidy(works: Works) -> None:
    """Write lines to the centimetre, from node to node."""
    import shapely

    for key, pipe in works.pipes.items():
        first, last = (works.nodes[end].xy for end in works.ends[key])
        bends = [(round(x, 2), round(y, 2)) for x, y, *_ in pipe.line.coords[1:-1]]
        points = [first]
        for point in bends:
            if point not in (points[-1], last):
                points.append(point)
        pipe.line = shapely.LineString([*points, last])


def _furnish(works: Works) -> None:
    """Stand hydrants and isolation valves."""
    around: dict[str, list[str]] = defaultdict(list)
    for key in works.pipes:
        for end in works.ends[key]:
            around[end].append(key)
    stood: list[tuple[float, float]] = []
    for name, node in works.nodes.items():
        if node.kind != "tee" or works.zone_of.get(name, 0) == 0:
            continue
        large = max(works.pipes[key].diameter for key in around[name]) >= 100.0
        apart = all(math.dist(node.xy, one) >= _HYDRANTS for one in stood)
        if large and apart and _mean(node) > 0:
            stood.append(node.xy)
            works.hydrants.append(name)
            node.kind = "hydrant"
        elif len(around[name]) == 1:
            node.kind = "end"
    for name, keys in around.items():
        if len(keys) < 3:
            continue
        for key in keys[1:]:
            line = works.pipes[key].line
            along = 3.0 if works.ends[key][0] == name else line.length - 3.0
            if line.length > 12.0 and works.pipes[key].status == "open":
                works.valves.append((key, line.interpolate(along), "open"))
    for key, pipe in works.pipes.items():
        if pipe.status == "closed":
            works.valves.append((key, pipe.line.interpolate(0.5, normalized=True), "closed"))


# -- as EPANET reads it ------------------------------------------------------------------------
PROFILES = {
    "household": "DOMESTIQUE", "work": "ACTIVITE", "school": "ECOLE", "farm": "AGRICOLE",
    "losses": "PERTES",
}  # fmt: skip
"""Pattern of each profile."""


def network(works: Works, days: Mapping[str, Iterable[float]]) -> Network:
    """Return the model that the service has of its network.

    Parameters
    ----------
    works : Works
        The network.
    days : dict
        24 hourly multipliers of each profile.
    """
    junctions, demands = {}, {}
    for name, node in works.nodes.items():
        if name in (TANK, WELL):
            continue
        shares = {profile: round(volume / _HOURS, 5) for profile, volume in node.m3_year.items()}
        junctions[name] = {
            "elevation_m": node.ground, "demand_m3_h": round(sum(shares.values()), 5),
            "x": node.xy[0], "y": node.xy[1],
        }  # fmt: skip
        for profile, share in sorted(shares.items()):
            demands[f"{name} {profile}"] = {
                "junction": name, "demand_m3_h": share,
                "pattern": PROFILES[profile], "category": PROFILES[profile].lower(),
            }  # fmt: skip
    pipes, bends = {}, []
    for key, pipe in works.pipes.items():
        a, b = works.ends[key]
        pipes[key] = {
            "from_node": a, "to_node": b, "length_m": round(pipe.line.length, 1),
            "diameter_mm": pipe.diameter, "roughness": pipe.roughness, "status": pipe.status,
        }  # fmt: skip
        bends += [(key, x, y) for x, y in pipe.line.coords[1:-1]]
    tank, well = works.tank, works.well
    net = Network(junctions=frame("junctions", junctions), pipes=frame("pipes", pipes))
    at = works.nodes[TANK].xy
    levels = {name: value for name, value in tank.items() if name.endswith("_m")}
    net.tanks = frame("tanks", {TANK: levels | {
        "initial_level_m": round((tank["starts"] + tank["stops"]) / 2, 2), "x": at[0], "y": at[1],
    }})  # fmt: skip
    net.reservoirs = frame("reservoirs", {WELL: {
        "head_m": well["head_m"], "x": well["xy"][0], "y": well["xy"][1],
    }})  # fmt: skip
    net.pumps = frame("pumps", {
        name: {"from_node": works.ends[name][0], "to_node": works.ends[name][1],
               "head_curve": curve}
        for name, curve in sorted(works.pumps.items())
    })  # fmt: skip
    net.valves = frame("valves", {
        name: {"from_node": works.ends[name][0], "to_node": works.ends[name][1],
               "diameter_mm": 100.0, "type": "PRV", "setting": setting}
        for name, setting in works.reducers.items()
    })  # fmt: skip
    net.curves = frame("curves", {
        name: {"kind": "pump", "x": tuple(x for x, _ in points), "y": tuple(y for _, y in points)}
        for name, points in works.curves.items()
    })  # fmt: skip
    net.patterns = frame("patterns", {
        PROFILES[profile]: {"multipliers": tuple(values)} for profile, values in days.items()
    })  # fmt: skip
    import pandas as pd

    net.demands = frame("demands", demands).reset_index(drop=True)
    net.vertices = pd.DataFrame(bends, columns=["link", "x", "y"])
    net.controls = [
        f"LINK {PUMP} OPEN IF NODE {TANK} BELOW {tank['starts']}",
        f"LINK {PUMP} CLOSED IF NODE {TANK} ABOVE {tank['stops']}",
    ]
    net.options = {"ACCURACY": "0.0001", "TRIALS": "100", "DEMAND MULTIPLIER": "1.0",
                   "EMITTER EXPONENT": "0.5"}  # fmt: skip
    net.times = {"DURATION": "168:00", "HYDRAULIC TIMESTEP": "0:15", "PATTERN TIMESTEP": "1:00",
                 "REPORT TIMESTEP": "1:00", "START CLOCKTIME": "12 AM"}  # fmt: skip
    return net
