# SPDX-License-Identifier: EUPL-1.2
"""Land of the demonstrator commune: parcels, fields of bocage, hedges, woods, orchards.

Gardens are the ground nearer to a house than to any other, as deep as the plots of their kind of
street; the rest is cut into fields, wide ones on the plateau, with hedges on their edges.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.sources.synthetic import townscape
from jumeau.sources.synthetic.townscape import Building, Street

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

FIELD = (6_000.0, 26_000.0)
"""Areas between which a field is cut no more [m²]."""
SMALLEST = 45.0
"""Area below which a piece of ground belongs to nobody's plot [m²]."""
YARD = 24.0
"""Ground around a house of a lane or a hamlet [m]."""


@dataclass(frozen=True)
class Parcel:
    """A parcel.

    Parameters
    ----------
    shape : shapely.Polygon
        Outline [m].
    kind : {"built", "garden", "field"}
        What it is.
    """

    shape: shapely.Polygon
    kind: str


def parcels(
    streets: Sequence[Street],
    buildings: Sequence[Building],
    boundary: Any,
    water: Any,
    rng: np.random.Generator,
) -> list[Parcel]:
    """Cut the commune into parcels that do not overlap.

    Parameters
    ----------
    streets : sequence of Street
        Streets: public ground, not a parcel.
    buildings : sequence of Building
        Main buildings.
    boundary : shapely.Polygon
        Limit of the commune.
    water : shapely geometry
        Bed of the stream: public ground.
    rng : numpy.random.Generator
        Source of chance.
    """
    import shapely

    ways = shapely.union_all([street.line.buffer(street.strip, quad_segs=4) for street in streets])
    land = boundary.difference(shapely.union(ways, water))
    gardens = _gardens(streets, buildings).intersection(land)
    found = [
        Parcel(shape, "built" if holds else "garden") for shape, holds in _plots(buildings, gardens)
    ]
    for part in shapely.get_parts(land.difference(gardens.buffer(0.02))):
        if part.geom_type == "Polygon" and part.area > SMALLEST:
            found += [Parcel(shape, "field") for shape in _fields(part, rng)]
    kept = []
    for item in found:
        shape = townscape.rounded(item.shape)
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and part.area > SMALLEST:
                kept.append(Parcel(part, item.kind))  # noqa: PERF401
    return _apart(kept)


def _apart(items: list[Parcel]) -> list[Parcel]:
    """Take from the second of two parcels what both claim: limits are straightened one by one."""
    import shapely

    shapes = np.array([item.shape for item in items], dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = [(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True) if a < b]
    shared = shapely.area(
        shapely.intersection(*(shapes[np.array(pairs)[:, side]] for side in (0, 1)))
    )
    for (a, b), area in zip(pairs, shared.tolist(), strict=True):
        if area > 0.05:
            parts = shapely.get_parts(townscape.rounded(shapes[b].difference(shapes[a])))
            shapes[b] = max(parts, key=lambda part: part.area)
    return [Parcel(shape, item.kind) for shape, item in zip(shapes, items, strict=True)]


def _gardens(streets: Sequence[Street], buildings: Sequence[Building]) -> Any:
    """Return the ground of houses and gardens, as deep as plots are in each kind of street."""
    import shapely

    strips = []
    for street in streets:
        if street.zone in {townscape.EMPTY, "rural", "hameau"}:
            continue
        depth = townscape.ZONES[street.zone].plot
        strips.append(street.line.buffer(depth, cap_style="round", quad_segs=3))
    yards = []
    for item in buildings:
        if item.street.zone in {"rural", "hameau"} or item.public:
            box = item.shape.minimum_rotated_rectangle
            yards.append(box.buffer(YARD if not item.public else 14, join_style="mitre"))
    return shapely.union_all([*strips, *yards]).simplify(1.0)


def _plots(buildings: Sequence[Building], gardens: Any) -> list[tuple[Any, bool]]:
    """Share gardens out to the nearest building; tell whether each plot holds one."""
    import shapely

    points, owner = [], []
    for rank, item in enumerate(buildings):
        outline = np.array(item.shape.buffer(-0.4).exterior.segmentize(4.0).coords)[:-1]
        points.append(outline)
        owner += [rank] * len(outline)
    stacked = np.vstack(points)
    origin = np.floor(stacked.mean(axis=0))  # few figures before the point: exact cells
    spread = shapely.MultiPoint(stacked - origin)
    cells = shapely.get_parts(shapely.voronoi_polygons(spread, ordered=True))
    groups: dict[int, list[Any]] = {}
    for cell, rank in zip(cells, owner, strict=True):
        groups.setdefault(rank, []).append(cell)
    whole = [shapely.union_all(groups[rank], grid_size=0.001) for rank in sorted(groups)]
    simple = shapely.transform(shapely.coverage_simplify(whole, 1.6), lambda xy: xy + origin)
    shapely.prepare(gardens)
    found = []
    for rank, cell in enumerate(simple):
        parts = shapely.get_parts(cell.intersection(gardens))
        home = buildings[rank].shape.representative_point()
        for part in parts:
            if part.geom_type == "Polygon":
                found.append((part, bool(part.intersects(home))))  # noqa: PERF401
    return found


def _fields(part: Any, rng: np.random.Generator) -> list[Any]:
    """Cut open land into fields, across its long side, again and again."""
    import shapely
    from shapely import affinity, ops

    done, waiting = [], [part]
    while waiting:
        shape = waiting.pop()
        box = shape.minimum_rotated_rectangle
        if box.geom_type != "Polygon":
            continue
        filled = shape.area / max(box.area, 1.0)
        if shape.area < FIELD[0] or (shape.area < rng.uniform(*FIELD) and filled > 0.55):
            done.append(shape)
            continue
        corners = np.array(box.exterior.coords)
        edges = np.diff(corners[:3], axis=0)
        sides = np.hypot(*edges.T)
        long = int(sides.argmax())
        heading = np.degrees(np.arctan2(*edges[long][::-1])) + 90 + rng.normal(0, 6)
        centre = shape.centroid if shape.contains(shape.centroid) else box.centroid
        shift = edges[long] / sides[long] * sides[long] * rng.normal(0, 0.09)
        reach = float(sides.sum())
        blade = shapely.LineString([(-reach, 0), (0, rng.normal(0, 2)), (reach, 0)])
        blade = affinity.rotate(blade, heading, origin=(0, 0))
        blade = affinity.translate(blade, centre.x + shift[0], centre.y + shift[1])
        pieces = [
            piece
            for piece in shapely.get_parts(ops.split(shape, blade))
            if piece.geom_type == "Polygon"
        ]
        if len(pieces) < 2:
            done.append(shape)
        else:
            waiting += pieces
    return done


def hedges(
    fields: Sequence[Any], free: Any, rng: np.random.Generator, share: float = 0.55
) -> list[Any]:
    """Return hedges, 3 to 5 m wide, on some edges of fields.

    Parameters
    ----------
    fields : sequence of shapely.Polygon
        Fields.
    free : shapely geometry
        Ground kept clear of them: carriageways, buildings, beds.
    rng : numpy.random.Generator
        Source of chance.
    share : float
        Share of the edges that bear a hedge.
    """
    import shapely

    shapely.prepare(free)
    drawn: list[Any] = []
    for shape in fields:
        ring = np.array(shape.exterior.simplify(3.0).coords)
        for start, end in itertools.pairwise(ring):
            length = float(np.hypot(*(end - start)))
            if length < 28 or rng.random() > share:
                continue
            kept = (start + (end - start) * 0.03, end - (end - start) * 0.03)
            hedge = shapely.LineString(kept).buffer(rng.uniform(1.4, 2.5), quad_segs=2)
            drawn.append(hedge)
    if not drawn:
        return []
    merged = shapely.union_all(drawn).difference(free).simplify(0.3)
    whole = townscape.rounded(merged)
    return [part for part in shapely.get_parts(whole) if part.area > 60]


def sections(
    items: Sequence[Parcel], centre: NDArray[np.float64], prefix: str
) -> list[tuple[str, str, str]]:
    """Return (identifier, section, number) of parcels, as the land register writes them.

    Built-up ground lies in sections AB, AC… by sector around the church, farmland in ZA, ZB…;
    numbers run from north-west to south-east.

    Parameters
    ----------
    items : sequence of Parcel
        Parcels.
    centre : (2,) array
        Where the church square lies [m].
    prefix : str
        INSEE code and the three figures of a merged commune (``000``).
    """
    sheets: dict[str, list[int]] = {}
    middles = np.array([item.shape.centroid.coords[0] for item in items]) - centre
    for rank, (item, (dx, dy)) in enumerate(zip(items, middles.tolist(), strict=True)):
        sector = int((np.arctan2(dy, dx) + np.pi) / (2 * np.pi) * 4) % 4
        if item.kind == "field" and np.hypot(dx, dy) > 420:
            letters = "Z" + "ABCD"[sector]
        elif np.hypot(dx, dy) < 190:
            letters = "AB"
        else:
            letters = "A" + "CDEH"[sector]
        sheets.setdefault(letters, []).append(rank)
    found: list[tuple[str, str, str]] = [("", "", "")] * len(items)
    for letters, ranks in sheets.items():
        ranks.sort(key=lambda k: (-round(middles[k][1] / 60), middles[k][0]))
        for number, k in enumerate(ranks, 1):
            found[k] = (f"{prefix}{letters}{number:04d}", letters, str(number))
    return found
