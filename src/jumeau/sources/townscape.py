# SPDX-License-Identifier: EUPL-1.2
"""Shapes of a small French town drawn from a seed: bent streets, houses along them, trees.

Streets come from a plan (``neighbourhood.csv``) whose nodes are moved by a few metres; houses
stand along them as they do in each kind of place: side by side on the street in the old bourg,
set back and apart in a housing estate, large and few in an activity zone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

PAVEMENT = {"bourg": 1.4, "place": 3.0, "faubourg": 1.5, "lotissement": 1.4, "activite": 2.0}
"""Width of the pavement on each side [m]."""
CLEARANCE = 0.4
"""Distance kept between a building and a carriageway or another building [m]."""


class Zone(NamedTuple):
    """How buildings stand along the streets of a kind of place.

    Parameters
    ----------
    frontage, depth, setback, gap : (low, high)
        Width on the street, depth, distance from the pavement, distance to the next [m].
    floors : tuple of int
        Floors above ground, drawn evenly.
    turn : float
        Standard deviation of the angle to the street [°].
    wing : float
        Share of buildings with a wing or a lean-to at the back.
    """

    frontage: tuple[float, float]
    depth: tuple[float, float]
    setback: tuple[float, float]
    gap: tuple[float, float]
    floors: tuple[int, ...]
    turn: float
    wing: float


# In the order in which they are built: corners belong to the square, then to the old streets.
ZONES = {
    "place": Zone((8, 13), (10, 13), (0, 0.2), (0, 0.5), (2, 3, 3), 0.5, 0.3),
    "bourg": Zone((6.5, 11), (8.5, 12.5), (0, 0.3), (0, 0.6), (2, 2, 2, 3), 0.6, 0.45),
    "faubourg": Zone((8, 14), (8, 11), (0.5, 6), (3, 17), (1, 2, 2), 2.5, 0.4),
    "lotissement": Zone((10, 14.5), (8, 10.5), (5, 8), (6, 11), (1, 1, 2), 5, 0.35),
    "activite": Zone((22, 40), (18, 30), (9, 14), (14, 30), (1,), 1.5, 0.15),
    "rural": Zone((12, 24), (8, 11), (4, 14), (45, 90), (1, 2), 8, 0.5),
}


@dataclass(frozen=True)
class Street:
    """A street of the plan, or one of its segments between two junctions.

    Parameters
    ----------
    name, hierarchy, zone : str
        Name, legal class, kind of place along it.
    width : float
        Carriageway [m].
    years : (int, int)
        When its buildings were built.
    line : shapely.LineString
        Centre line [m].
    """

    name: str
    hierarchy: str
    zone: str
    width: float
    years: tuple[int, int]
    line: shapely.LineString


@dataclass(frozen=True)
class Building:
    """A building.

    Parameters
    ----------
    shape : shapely.Polygon
        Footprint [m].
    door : (float, float)
        Middle of its front [m].
    street : Street
        Street it stands on.
    side : {-1, 1}
        Right or left of the street.
    along : float
        Distance from the beginning of the street [m].
    floors, year : int
        Floors above ground, year of construction.
    height : float
        At the gutter [m].
    use : str
        As BD TOPO says it.
    name : str
        Usual name of a public building.
    public : bool
        Whether a public authority owns it.
    """

    shape: shapely.Polygon
    door: tuple[float, float]
    street: Street
    side: int
    along: float
    floors: int
    height: float
    year: int
    use: str
    name: str = ""
    public: bool = False


def streets(rng: np.random.Generator, origin: tuple[float, float]) -> list[Street]:
    """Draw the streets of the plan: nodes moved by some metres, bends rounded.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    origin : (float, float)
        Where the church square lies [m].

    Returns
    -------
    list of Street
        Whole streets; those that meet share their node exactly.
    """
    import shapely

    text = resources.files(__package__).joinpath("neighbourhood.csv").read_text(encoding="utf-8")
    moved: dict[str, NDArray[np.float64]] = {}
    drawn = []
    for row in csv.DictReader(text.splitlines()):
        nodes = []
        for node in row["nodes"].split(";"):
            if node not in moved:
                moved[node] = np.array([float(part) for part in node.split()]) + rng.normal(0, 3, 2)
            nodes.append(moved[node])
        line = shapely.LineString(np.round(_rounded(np.array(nodes)) + origin, 2))
        years = (int(row["from"]), int(row["to"]))
        width = float(row["width_m"])
        drawn.append(Street(row["street"], row["hierarchy"], row["zone"], width, years, line))
    return drawn


def _rounded(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a centripetal Catmull-Rom curve through nodes, one point each 8 m or so."""
    first, last = 2 * nodes[0] - nodes[1], 2 * nodes[-1] - nodes[-2]
    p = np.vstack([first, nodes, last])
    parts = [nodes[:1]]
    for k in range(1, len(p) - 2):
        before, start, end, after = p[k - 1 : k + 3]
        length = float(np.hypot(*(end - start)))
        t = np.linspace(0, 1, max(2, round(length / 8)) + 1)[1:, None]
        bend = 0.5 * (
            2 * start
            + (end - before) * t
            + (2 * before - 5 * start + 4 * end - after) * t**2
            + (3 * start - before - 3 * end + after) * t**3
        )
        bend[-1] = end
        parts.append(bend)
    return np.vstack(parts)


def segments(whole: list[Street]) -> list[Street]:
    """Cut streets where others meet them."""
    import shapely
    from shapely import ops

    ends: dict[tuple[float, float], int] = {}
    for street in whole:
        for point in {*street.line.coords}:
            ends[point] = ends.get(point, 0) + 1
    cut = []
    for street in whole:
        inner = [point for point in street.line.coords[1:-1] if ends[point] > 1]
        pieces: list[Any] = [street.line]
        if inner:
            pieces = list(ops.split(street.line, shapely.MultiPoint(inner)).geoms)
        cut += [
            Street(street.name, street.hierarchy, street.zone, street.width, street.years, piece)
            for piece in pieces
        ]
    return cut


class Ground:
    """Ground already taken: carriageways and squares, strictly; buildings, which may adjoin.

    Parameters
    ----------
    whole : iterable of Street
        Streets with their pavements.
    kept : iterable of shapely.Polygon
        Ground kept free of houses.
    built : iterable of shapely.Polygon
        Buildings that stand already.
    """

    def __init__(
        self, whole: Iterable[Street], kept: Iterable[Any] = (), built: Iterable[Any] = ()
    ) -> None:
        self.ways: list[Any] = [
            *(
                street.line.buffer(street.width / 2 + PAVEMENT.get(street.zone, 0.8) - 0.3)
                for street in whole
            ),
            *kept,
        ]
        self.built: list[Any] = list(built)

    def place(self, shape: Any, *, apart: bool) -> Any | None:
        """Return the part of a shape that can be built, ``None`` when too little is left.

        Parameters
        ----------
        shape : shapely.Polygon
            Footprint wanted.
        apart : bool
            Whether it must stand clear of other buildings rather than adjoin them.
        """
        import shapely

        if shapely.intersects(np.array(self.ways, dtype=object), shape).any():
            return None
        near = np.array(self.built, dtype=object)
        if apart:
            clear = not shapely.intersects(near, shape.buffer(CLEARANCE)).any()
            return shape if clear else None
        hit = near[shapely.intersects(near, shape)]
        left = shape.difference(shapely.union_all(hit)) if hit.size else shape
        return left if left.geom_type == "Polygon" and left.area > 0.85 * shape.area else None


def along(rng: np.random.Generator, street: Street, ground: Ground) -> list[Building]:
    """Stand buildings on both sides of a street, as the zone wants."""
    import shapely

    zone = ZONES[street.zone]
    built: list[Building] = []
    apart = zone.gap[0] > 1
    for side in (1, -1):
        position = float(rng.uniform(2, 8)) + (8 if street.zone == "lotissement" else 0)
        while position < street.line.length - 4:
            front = float(rng.uniform(*zone.frontage))
            depth = float(rng.uniform(*zone.depth))
            back = street.width / 2 + PAVEMENT.get(street.zone, 0.8) + rng.uniform(*zone.setback)
            middle = position + front / 2
            if middle > street.line.length:
                break
            shape, door = _house(rng, street.line, middle, side, front, depth, float(back), zone)
            placed = ground.place(shape, apart=apart)
            if placed is not None:
                floors = int(rng.choice(zone.floors))
                year = int(rng.integers(street.years[0], street.years[1] + 1))
                use, height = _use(rng, street.zone, floors)
                shape = shapely.set_precision(placed, 0.01)
                built.append(Building(shape, door, street, side, middle, floors, height, year, use))
                ground.built.append(shape)
                position += front + float(rng.uniform(*zone.gap))
            else:
                position += 2.5 if apart else 1.0
    return built


def _house(
    rng: np.random.Generator,
    line: Any,
    middle: float,
    side: int,
    front: float,
    depth: float,
    back: float,
    zone: Zone,
) -> tuple[Any, tuple[float, float]]:
    """Return a footprint and the middle of its front."""
    import shapely
    from shapely import affinity

    here = line.interpolate(middle)
    before, after = line.interpolate(middle - 3), line.interpolate(middle + 3)
    angle = np.degrees(np.arctan2(after.y - before.y, after.x - before.x))
    shape: Any = shapely.box(-front / 2, back, front / 2, back + depth)
    if rng.random() < zone.wing:
        width = front * rng.uniform(0.3, 0.55)
        left = rng.choice([-front / 2, front / 2 - width])
        wing = shapely.box(left, back + depth - 0.5, left + width, back + depth + depth * 0.55)
        shape = shapely.union(shape, wing)
    turned = affinity.rotate(shape, rng.normal(0, zone.turn), origin=(0, back))
    if side < 0:
        turned = affinity.scale(turned, 1, -1, origin=(0, 0))
    placed = affinity.translate(affinity.rotate(turned, angle, origin=(0, 0)), here.x, here.y)
    across = np.radians(angle + 90 * side)
    door = (
        round(here.x + back * float(np.cos(across)), 2),
        round(here.y + back * float(np.sin(across)), 2),
    )
    return placed, door


def _use(rng: np.random.Generator, zone: str, floors: int) -> tuple[str, float]:
    """Draw a use, and a height at the gutter [m] from the floors."""
    if zone == "activite":
        kinds = ["Industriel", "Commercial et services"]
        return str(rng.choice(kinds)), round(float(rng.uniform(5, 8.5)), 1)
    height = round(floors * float(rng.uniform(2.6, 3.0)) + float(rng.uniform(0.2, 0.8)), 1)
    if zone == "rural":
        return str(rng.choice(["Résidentiel", "Agricole"], p=[0.4, 0.6])), height
    if zone in {"bourg", "place"} and rng.random() < 0.18:
        return "Commercial et services", height
    return "Résidentiel", height


def rows_of_trees(
    rng: np.random.Generator, line: Any, offset: float, spacing: float, ground: Ground
) -> list[tuple[float, float]]:
    """Return the trees of an alignment on both sides of a line, where the ground is free."""
    import shapely

    trees = []
    built = np.array(ground.built, dtype=object)
    for side in (offset, -offset):
        row = line.offset_curve(side)
        if row.is_empty:
            continue
        for position in np.arange(spacing / 2, row.length, spacing):
            point = row.interpolate(position)
            x, y = point.x + rng.normal(0, 0.15), point.y + rng.normal(0, 0.15)
            if not shapely.intersects(built, point.buffer(1.5)).any():
                trees.append((round(float(x), 2), round(float(y), 2)))
    return trees
