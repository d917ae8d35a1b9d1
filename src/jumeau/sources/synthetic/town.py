# SPDX-License-Identifier: EUPL-1.2
"""The demonstrator commune as shapes: relief, water, streets, buildings, land, trees.

Everything follows from the seed: the same one gives the same town to the centimetre.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.sources.synthetic import buildings, land, plan, relief, townscape, waters
from jumeau.sources.synthetic.frame import Frame, frame
from jumeau.sources.synthetic.plan import Crossing, Plan
from jumeau.sources.synthetic.relief import Relief
from jumeau.sources.synthetic.townscape import Building, Ground, Street

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

SPECIES = {
    "Tilia cordata": (9.0, 1960), "Platanus x hispanica": (13.0, 1935),
    "Acer platanoides": (8.0, 1985), "Quercus robur": (14.0, 1900),
    "Prunus avium": (6.0, 1998), "Malus domestica": (4.5, 2008),
    "Fraxinus excelsior": (12.0, 1955), "Salix alba": (10.0, 1970),
    "Alnus glutinosa": (11.0, 1975), "Carpinus betulus": (7.0, 1995),
}  # fmt: skip
"""Height [m] and usual year of planting."""
FLOODS = (("01For", "Forte", 1.55), ("02Moy", "Moyenne", 2.15), ("04Fai", "Faible", 2.9))
"""Scenario, probability, and height of water above the bed [m]."""
TANK = (-190.0, 715.0)
"""Where the water tower stands in the plan [m from the church]."""


@dataclass(frozen=True)
class Tree:
    """A tree that stands alone or in a row: position [m], height [m], crown [m]."""

    x: float
    y: float
    species: str
    height: float
    crown: float
    year: int


@dataclass(frozen=True)
class Town:
    """The commune.

    Parameters
    ----------
    frame : Frame
        Where it lies.
    plan : Plan
        Whole streets, places, limit.
    segments : list of Street
        Streets cut at junctions.
    relief : Relief
        Bare ground, stream and ditch.
    buildings : list of Building
        Public ones first, then houses, farms, outbuildings.
    crossings : list of Crossing
        Bridges and culverts.
    parcels : list of Parcel
        Parcels.
    vegetation : list of (polygon, kind, height)
        Woods, hedges, orchards.
    trees : list of Tree
        Trees.
    ponds : list of (polygon, name, kind)
        Standing water.
    tank : shapely.Polygon
        Water tower.
    floods : list of (scenario, probability, geometry)
        Where water spreads.
    districts : dict
        {name: polygon}.
    """

    frame: Frame
    plan: Plan
    segments: list[Street]
    relief: Relief
    buildings: list[Building]
    crossings: list[Crossing]
    parcels: list[land.Parcel]
    vegetation: list[tuple[Any, str, float]]
    trees: list[Tree]
    ponds: list[tuple[Any, str, str]]
    tank: shapely.Polygon
    floods: list[tuple[str, str, Any]]
    districts: dict[str, Any]


def draw(seed: int = 0, crs: str = "EPSG:2154", progress: Progress | None = None) -> Town:
    """Draw the commune of a seed.

    Parameters
    ----------
    seed : int
        Seed.
    crs : str
        Projection of the territory.
    progress : callable, optional
        Receives a stage and the share done.
    """
    tell = progress or (lambda stage, share: None)
    lie = frame(seed, crs)
    tell("streets", 0.0)
    laid = plan.plan(lie, seed)
    roads = [
        street.line.buffer(street.width / 2 + 0.8)
        for street in laid.streets
        if street.zone != townscape.EMPTY
    ]
    tell("relief", 0.1)
    bare = relief.relief(lie, seed, roads)
    decks = plan.crossings(laid.streets, [bare.stream, bare.ditch])
    tell("buildings", 0.35)
    rng = np.random.default_rng([seed, 6])
    stands, tank, ponds, ground = _built(lie, laid, bare, rng)
    tell("land", 0.7)
    cut, vegetation = _land(laid, bare, stands, [tank, *(item[0] for item in ponds)], seed)
    trees = _trees(laid, bare, ground, vegetation, np.random.default_rng([seed, 8]))
    spread = relief.flooded(bare, [depth for _, _, depth in FLOODS])
    floods = [
        (key, odds, zone.intersection(laid.boundary))
        for (key, odds, _), zone in zip(FLOODS, spread, strict=True)
    ]
    tell("land", 1.0)
    return Town(
        lie,
        laid,
        townscape.segments(laid.streets),
        bare,
        stands,
        decks,
        cut,
        vegetation,
        trees,
        ponds,
        tank,
        floods,
        _districts(lie, laid),
    )


def _built(
    lie: Frame, laid: Plan, bare: Relief, rng: np.random.Generator
) -> tuple[list[Building], Any, list[tuple[Any, str, str]], Ground]:
    """Return the buildings, the water tower, the ponds and the ground they take."""
    import shapely

    church, tower = lie.world(np.array([(2.0, 8.0), TANK]))
    tank = shapely.Point(np.round(tower, 2)).buffer(5.2)
    ponds = _ponds(lie, laid, bare)
    kept = [
        shapely.Point(church).buffer(33),
        tank.buffer(14),
        bare.stream.line.buffer(waters.WIDTH / 2 + 7),
        bare.ditch.line.buffer(6),
        *(pond.buffer(5) for pond, _, _ in ponds),
    ]
    ground = Ground(laid.streets, kept, limit=laid.boundary.buffer(-4))
    public = buildings.public(lie, laid, ground, rng)
    homes = buildings.houses(laid, ground, rng)
    farms = buildings.farms(homes, ground, rng)
    sheds = buildings.outbuildings(homes, ground, rng)
    return [*public, *homes, *farms, *sheds], tank, ponds, ground


def _ponds(lie: Frame, laid: Plan, bare: Relief) -> list[tuple[Any, str, str]]:
    """Return the mill pond beside the stream, the settling basins, a pond by a hamlet."""
    import shapely
    from shapely import affinity

    found = []
    for place, size, name, kind in (
        ((-452, -268), (34, 13), "Retenue du moulin", "Retenue-bassin"),
        ((676, -246), (11, 11), "", "Retenue-bassin"),
        ((318, 622), (15, 10), "", "Mare"),
        ((-760, 430), (12, 9), "", "Mare"),
    ):
        here, ahead = lie.world(np.array([place, np.add(place, (1, 0))], float))
        angle = np.degrees(np.arctan2(*(ahead - here)[::-1]))
        shape = affinity.scale(shapely.Point(0, 0).buffer(1, quad_segs=6), *size)
        shape = affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), *here)
        clear = shape.distance(bare.stream.line) > 4 and all(
            street.line.distance(shape) > street.strip + 1 for street in laid.streets
        )
        if clear and laid.boundary.contains(shape):
            found.append((townscape.rounded(shape), name, kind))
    return found


def _land(
    laid: Plan, bare: Relief, stands: list[Building], more: list[Any], seed: int
) -> tuple[list[land.Parcel], list[tuple[Any, str, float]]]:
    """Return the parcels, and the woods, hedges and orchards on them."""
    import shapely

    rng = np.random.default_rng([seed, 7])
    main = [item for item in stands if item.use not in {buildings.OUTBUILDING, buildings.FARM}]
    bed = bare.stream.line.buffer(waters.WIDTH / 2 + 0.9)
    cut = land.parcels(laid.streets, main, laid.boundary, bed, rng)
    taken = shapely.union_all(
        [
            *(street.line.buffer(street.strip + 1.2, quad_segs=3) for street in laid.streets),
            *(item.shape.buffer(3.5, quad_segs=1) for item in stands),
            *(shape.buffer(3, quad_segs=3) for shape in more),
            bed,
        ]
    )
    fields = [item.shape for item in cut if item.kind == "field" and item.shape.area > 1500]
    vegetation: list[tuple[Any, str, float]] = []
    farms = [item.shape for item in stands if item.use == buildings.FARM]
    near = shapely.STRtree(farms)
    for shape in fields:
        middle = shape.representative_point()
        away = np.ravel(near.query_nearest(middle, return_distance=True)[1])[0] if farms else 999
        slope = _slope(bare, shape)
        odds = rng.random()
        if away < 120 and shape.area < 14_000 and odds < 0.2:
            kind, height = "Verger", 0.0
        elif away > 180 and (slope > 0.105 or odds < 0.04) and shape.area < 30_000:
            kind, height = "Bois", float(rng.uniform(13, 19))
        else:
            continue
        inner = shape.buffer(-2.0).difference(taken)
        vegetation += [
            (townscape.rounded(part), kind, height)
            for part in shapely.get_parts(inner)
            if part.geom_type == "Polygon" and part.area > 800
        ]
    standing = [shape for shape, kind, _ in vegetation if kind == "Bois"]
    free = shapely.union_all([taken, *standing])
    vegetation += [
        (shape, "Haie", float(rng.uniform(5, 10))) for shape in land.hedges(fields, free, rng)
    ]
    # Alders and willows along the stream.
    bank = bare.stream.line.buffer(7.5).difference(free.buffer(2)).intersection(laid.boundary)
    for part in shapely.get_parts(bank):
        if part.area > 150:
            for piece in _pieces(part, rng):
                vegetation.append((piece, "Haie", float(rng.uniform(7, 12))))
    return cut, vegetation


def _pieces(bank: Any, rng: np.random.Generator) -> list[Any]:
    """Return some stretches of a bank: trees grow on a part of it only."""
    import shapely

    west, south, east, north = bank.bounds
    found = []
    for x in np.arange(west, east, 46.0):
        for y in np.arange(south, north, 46.0):
            if rng.random() < 0.5:
                part = bank.intersection(shapely.box(x, y, x + 46, y + 46))
                found += [
                    townscape.rounded(item)
                    for item in shapely.get_parts(part)
                    if item.geom_type == "Polygon" and item.area > 60
                ]
    return found


def _slope(bare: Relief, shape: Any) -> float:
    """Return the mean slope under a shape, from its corners [m/m]."""
    box = np.array(shape.minimum_rotated_rectangle.exterior.coords)[:4]
    z = bare.at(box)
    sides = np.hypot(*(box - np.roll(box, 1, axis=0)).T)
    return float((np.abs(z - np.roll(z, 1)) / np.maximum(sides, 1)).max())


def _trees(
    laid: Plan,
    bare: Relief,
    ground: Ground,
    vegetation: list[tuple[Any, str, float]],
    rng: np.random.Generator,
) -> list[Tree]:
    """Return the trees of the square, of streets and of orchards."""
    import shapely

    lines: dict[str, list[Street]] = {}
    for street in laid.streets:
        lines.setdefault(f"{street.zone}:{street.name.partition(' ')[0]}", []).append(street)
    rows = [
        ("place:Place", 6.5, 9.0, ("Tilia cordata",), 1.0),
        ("faubourg:Route", 7.6, 21.0, ("Platanus x hispanica", "Fraxinus excelsior"), 0.5),
        ("lotissement:Rue", 4.7, 24.0, ("Prunus avium", "Acer platanoides"), 0.6),
        ("activite:Rue", 7.0, 16.0, ("Carpinus betulus",), 1.0),
        ("collectif:Rue", 6.5, 13.0, ("Acer platanoides",), 1.0),
    ]
    named = {street.name: street for street in laid.streets}
    bounds = laid.boundary.buffer(-2)
    planted: list[tuple[float, float, str]] = []

    def row(street: Street, offset: float, spacing: float, species: str) -> None:
        for x, y in townscape.rows_of_trees(rng, street.line, offset, spacing, ground):
            planted.append((x, y, species))

    for key, offset, spacing, choice, share in rows:
        for street in lines.get(key, []):
            species = str(rng.choice(choice))
            if rng.random() < share:
                row(street, offset, spacing, species)
    for name, offset, spacing, species in (
        ("Rue du Stade", 5.6, 15.0, "Acer platanoides"),
        ("Rue des Écoles", 5.2, 22.0, "Tilia cordata"),
        ("Chemin du Bief", 5.0, 13.0, "Salix alba"),
        ("Chemin de la Station", 5.2, 14.0, "Alnus glutinosa"),
    ):
        row(named[name], offset, spacing, species)
    orchards = [shape for shape, kind, _ in vegetation if kind == "Verger"]
    for shape in orchards:
        planted += [(x, y, "Malus domestica") for x, y in _orchard(shape, rng)]
    points = shapely.points([item[:2] for item in planted])
    wet = shapely.distance(points, bare.stream.line) < 3.2
    ways = shapely.STRtree([street.line for street in laid.streets])
    _, gap = ways.query_nearest(points, return_distance=True, all_matches=False)
    inside = shapely.contains(bounds, points)
    trees = []
    for (x, y, species), drowned, away, within in zip(
        planted, wet.tolist(), gap.tolist(), inside.tolist(), strict=True
    ):
        if drowned or away < 3.4 or not within:
            continue
        height = SPECIES[species][0] * rng.uniform(0.72, 1.22)
        year = SPECIES[species][1] + int(rng.integers(0, 7))
        crown = height * rng.uniform(0.5, 0.75)
        trees.append(Tree(x, y, species, round(height, 1), round(crown, 1), year))
    return trees


def _orchard(shape: Any, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return the rows of an orchard of tall trees, ten metres apart."""
    import shapely
    from shapely import affinity

    corners = np.array(shape.minimum_rotated_rectangle.exterior.coords)
    edge = corners[1] - corners[0]
    angle = np.degrees(np.arctan2(edge[1], edge[0]))
    flat = affinity.rotate(shape, -angle, origin=(0, 0)).buffer(-4)
    if flat.is_empty:
        return []
    west, south, east, north = flat.bounds
    x, y = np.meshgrid(np.arange(west, east, 10.0), np.arange(south, north, 10.0))
    points = np.column_stack([x.ravel(), y.ravel()]) + rng.normal(0, 0.3, (x.size, 2))
    here = shapely.contains_xy(flat, points) & (rng.random(len(points)) < 0.88)
    turned = affinity.rotate(shapely.MultiPoint(points[here]), angle, origin=(0, 0))
    return [(round(p.x, 2), round(p.y, 2)) for p in turned.geoms]


def _districts(lie: Frame, laid: Plan) -> dict[str, Any]:
    """Cut the commune: the bourg, then what lies on each side of the main roads and the stream."""
    import shapely

    old = [street.line for street in laid.streets if street.zone in {"bourg", "place"}]
    bourg = shapely.convex_hull(shapely.union_all(old)).buffer(38).simplify(3)
    stream = waters.axis(lie)
    heads = lie.world(np.array([(-60, 520), (-620, 120), (620, 120)], float))
    names = ["Le Haut du Bourg", *(_side(point - lie.centre) for point in heads[1:])]
    south = shapely.Polygon([*stream, *lie.world(np.array([(2600, -2400), (-2600, -2400)]))])
    south = shapely.make_valid(south)
    rest = laid.boundary.difference(bourg)
    parts = {"Le Bourg": bourg, "Le Val": rest.intersection(south)}
    north = rest.difference(south)
    cells = shapely.voronoi_polygons(shapely.MultiPoint(heads), extend_to=north, ordered=True)
    for name, cell in zip(names, shapely.get_parts(cells), strict=True):
        parts[name] = north.intersection(cell)
    return {name: townscape.rounded(shape, 0.1) for name, shape in parts.items()}


def _side(way: NDArray[np.float64]) -> str:
    """Return the name of the side of the bourg that lies this way (east, north)."""
    east, north = way.tolist()
    if abs(east) > abs(north):
        return "Le Levant" if east > 0 else "Le Couchant"
    return "Le Nord du Bourg" if north > 0 else "Le Midi"
