# SPDX-License-Identifier: EUPL-1.2
"""How buildings stand along the streets of each kind of place.

Side by side on the street in the old bourg, set back and apart in a housing estate, in bars of
flats around lawns, large and few in an activity zone, in clusters along the lanes of a hamlet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import shapely

PAVEMENT = {
    "bourg": 1.4, "place": 3.0, "faubourg": 1.5, "lotissement": 1.4, "activite": 2.0,
    "collectif": 1.6,
}  # fmt: skip
"""Width of the pavement on each side; 0.8 m of verge elsewhere [m]."""
CLEARANCE = 0.4
"""Distance kept between a building and a carriageway or another building [m]."""
CELL = 64.0


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
    plot : float
        Depth of the plots, from the centre of the street [m].
    annex : float
        Share of plots with an outbuilding.
    """

    frontage: tuple[float, float]
    depth: tuple[float, float]
    setback: tuple[float, float]
    gap: tuple[float, float]
    floors: tuple[int, ...]
    turn: float
    wing: float
    plot: float
    annex: float


# In the order in which they are built: corners belong to the square, then to the old streets.
ZONES = {
    "place": Zone((8, 13), (10, 13), (0, 0.2), (0, 0.5), (2, 3, 3), 0.5, 0.3, 42, 0.35),
    "bourg": Zone((6.5, 11), (8.5, 12.5), (0, 0.3), (0, 0.6), (2, 2, 2, 3), 0.6, 0.45, 45, 0.4),
    "faubourg": Zone((8, 14), (8, 11), (0.5, 6), (3, 17), (1, 2, 2), 2.5, 0.4, 48, 0.45),
    "collectif": Zone((24, 34), (10.5, 12), (9, 13), (14, 22), (3, 3, 4), 1.0, 0, 44, 0.5),
    "lotissement": Zone((10, 14.5), (8, 10.5), (5, 8), (6, 11), (1, 1, 2), 5, 0.35, 36, 0.3),
    "activite": Zone((22, 40), (18, 30), (9, 14), (14, 30), (1,), 1.5, 0.15, 62, 0.15),
    "hameau": Zone((11, 22), (7, 9), (2, 13), (8, 26), (1, 2, 2), 9, 0.35, 52, 0.85),
    "rural": Zone((11, 18), (8, 10.5), (7, 20), (130, 330), (1, 2), 8, 0.4, 58, 0.8),
}
EMPTY = "chemin"
"""Kind of street along which nobody lives."""


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
    start : float
        Distance from the beginning of the street of that name [m].
    """

    name: str
    hierarchy: str
    zone: str
    width: float
    years: tuple[int, int]
    line: shapely.LineString
    start: float = 0.0

    @property
    def strip(self) -> float:
        """Distance from the centre line to private ground [m]."""
        return self.width / 2 + PAVEMENT.get(self.zone, 0.8)


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
    dwellings : int
        Homes in it.
    nature : str
        As BD TOPO says it.
    walls, roof : str
        Materials, as the land register codes them.
    pitch : float
        Slope of the roof [m/m].
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
    dwellings: int = 0
    nature: str = "Indifférenciée"
    walls: str = ""
    roof: str = ""
    pitch: float = 0.9


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
        start = street.start
        for piece in pieces:
            cut.append(
                Street(
                    street.name,
                    street.hierarchy,
                    street.zone,
                    street.width,
                    street.years,
                    piece,
                    start,
                )
            )
            start += piece.length
    return cut


class Ground:
    """Ground already taken: carriageways, squares and water, strictly; buildings may adjoin.

    Parameters
    ----------
    whole : iterable of Street
        Streets with their pavements.
    kept : iterable of shapely.Polygon
        Ground kept free of houses.
    built : iterable of shapely.Polygon
        Buildings that stand already.
    limit : shapely.Polygon, optional
        Outline that nothing may leave.
    """

    def __init__(
        self,
        whole: Iterable[Street],
        kept: Iterable[Any] = (),
        built: Iterable[Any] = (),
        limit: Any | None = None,
    ) -> None:
        import shapely

        self.ways: list[Any] = [
            *(street.line.buffer(street.strip - 0.3) for street in whole),
            *kept,
        ]
        self._ways = shapely.STRtree(self.ways)
        self.built: list[Any] = []
        self._cells: dict[tuple[int, int], list[int]] = {}
        self.limit = limit
        if limit is not None:
            shapely.prepare(limit)
        for shape in built:
            self.add(shape)

    def add(self, shape: Any) -> None:
        """Take the ground of a building."""
        for cell in self._around(shape):
            self._cells.setdefault(cell, []).append(len(self.built))
        self.built.append(shape)

    def near(self, shape: Any) -> list[Any]:
        """Return the buildings whose cells a shape touches, in the order in which they came."""
        found = {k for cell in self._around(shape) for k in self._cells.get(cell, ())}
        return [self.built[k] for k in sorted(found)]

    def place(self, shape: Any, *, apart: bool, gap: float = CLEARANCE) -> Any | None:
        """Return the part of a shape that can be built, ``None`` when too little is left.

        Parameters
        ----------
        shape : shapely.Polygon
            Footprint wanted.
        apart : bool
            Whether it must stand clear of other buildings rather than adjoin them.
        gap : float
            Distance kept when it must [m].
        """
        import shapely

        if self._ways.query(shape, predicate="intersects").size:
            return None
        if self.limit is not None and not self.limit.contains(shape):
            return None
        around = self.near(shape.buffer(gap) if apart else shape)
        if apart:
            return None if any(shape.distance(other) < gap for other in around) else shape
        hit = [other for other in around if shape.intersects(other)]
        left = shape.difference(shapely.union_all(hit)) if hit else shape
        return left if left.geom_type == "Polygon" and left.area > 0.85 * shape.area else None

    @staticmethod
    def _around(shape: Any) -> list[tuple[int, int]]:
        west, south, east, north = shape.bounds
        return [
            (i, j)
            for i in range(int(west // CELL), int(east // CELL) + 1)
            for j in range(int(south // CELL), int(north // CELL) + 1)
        ]


def along(
    rng: np.random.Generator, street: Street, ground: Ground, zone: Zone | None = None
) -> list[Building]:
    """Stand buildings on both sides of a street, as the zone wants.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    street : Street
        Street.
    ground : Ground
        Ground taken already; the new buildings join it.
    zone : Zone, optional
        Rules; those of the street's zone by default.
    """
    import shapely

    if zone is None:
        zone = ZONES[street.zone]
    built: list[Building] = []
    apart = zone.gap[0] > 1
    for side in (1, -1):
        position = float(rng.uniform(2, 8)) + (8 if street.zone == "lotissement" else 0)
        if street.zone == "rural":
            position += float(rng.uniform(30, 160))
        while position < street.line.length - 4:
            front = float(rng.uniform(*zone.frontage))
            depth = float(rng.uniform(*zone.depth))
            back = street.strip + rng.uniform(*zone.setback)
            middle = position + front / 2
            if middle > street.line.length:
                break
            shape, door = _house(rng, street.line, middle, side, front, depth, float(back), zone)
            placed = ground.place(shape, apart=apart)
            if placed is not None:
                floors = int(rng.choice(zone.floors))
                year = int(rng.integers(street.years[0], street.years[1] + 1))
                use, height = _use(rng, street.zone, floors)
                shape = max(shapely.get_parts(rounded(placed)), key=lambda part: part.area)
                built.append(Building(shape, door, street, side, middle, floors, height, year, use))
                ground.add(shape)
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
    if zone in {"bourg", "place"} and rng.random() < 0.18:
        return "Commercial et services", height
    return "Résidentiel", height


def rows_of_trees(
    rng: np.random.Generator, line: Any, offset: float, spacing: float, ground: Ground
) -> list[tuple[float, float]]:
    """Return the trees of an alignment on both sides of a line, where the ground is free."""
    import shapely

    trees = []
    built = shapely.STRtree(ground.built)
    for side in (offset, -offset):
        row = line.offset_curve(side)
        if row.is_empty:
            continue
        for position in np.arange(spacing / 2, row.length, spacing):
            point = row.interpolate(position)
            x, y = point.x + rng.normal(0, 0.15), point.y + rng.normal(0, 0.15)
            if not built.query(point.buffer(1.5), predicate="intersects").size:
                trees.append((round(float(x), 2), round(float(y), 2)))
    return trees


def rounded(shape: Any, step: float = 0.01) -> Any:
    """Return a shape whose corners lie on multiples of a step, as a file writes them [m]."""
    import shapely

    # The second call takes back the rule that every later result be rounded too.
    return shapely.set_precision(shapely.set_precision(shape, step), 0)
