# SPDX-License-Identifier: EUPL-1.2
"""Envelopes of buildings from their footprints and heights: walls by orientation, party walls.

A wall is an edge of the footprint times the height. Where an edge runs along another building over
at least 1 m, the part that both heights share is a party wall and loses nothing; a building that
lies in another one is no neighbour of it. A wall that looks
between two cardinal points is shared between the façades n, e, s, w by the square of the cosine to
each: the sum of the areas is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Objects = NDArray[np.object_]

TOUCHING = 0.3
"""Distance under which two walls touch: sources draw them apart by some centimetres [m]."""
SHORTEST = 1.0
"""Least shared length of two buildings for a party wall [m]."""
_CORNER = 0.5
"""Least shared length of one edge: a wall square to the other touches it by its end only [m]."""


@dataclass(frozen=True)
class Party:
    """Party walls; arrays of k.

    Parameters
    ----------
    edge : (k,) array
        Row of the edge in :class:`Edges`.
    neighbour : (k,) array
        The building beside it.
    length : (k,) array
        Shared length [m].
    """

    edge: Whole
    neighbour: Whole
    length: Floats


@dataclass(frozen=True)
class Edges:
    """Edges of footprints; arrays of m.

    Parameters
    ----------
    building : (m,) array
        Row of the building.
    length : (m,) array
        Length [m].
    azimuth : (m,) array
        Where the wall looks, clockwise from north [°].
    party : Party
        Which of them run along another building.
    """

    building: Whole
    length: Floats
    azimuth: Floats
    party: Party


def footprints(shapes: ArrayLike) -> tuple[Objects, Floats]:
    """Return sound polygons and their areas.

    Parameters
    ----------
    shapes : (n,) array of polygons or multipolygons
        Footprints in metres; empty, missing and self-crossing ones are accepted.

    Returns
    -------
    shapes : (n,) object array
        Valid shapes, exterior rings counter-clockwise; an empty polygon where there is none.
    area : (n,) array
        [m²].
    """
    import shapely

    given = np.asarray(shapes, dtype=object)
    missing = shapely.is_missing(given) | shapely.is_empty(given)
    sound = np.where(missing, shapely.Polygon(), given)
    wrong = ~shapely.is_valid(sound)
    if wrong.any():
        sound[wrong] = shapely.buffer(shapely.make_valid(sound[wrong]), 0)
    sound = shapely.orient_polygons(shapely.force_2d(sound))
    return sound, np.asarray(shapely.area(sound), dtype=np.float64)


def edges(shapes: Objects) -> Edges:
    """Return the walls of footprints, courtyards among them, and which are party walls.

    Parameters
    ----------
    shapes : (n,) object array
        As :func:`footprints` gives them.
    """
    import shapely

    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        none, nothing = np.empty(0, np.int64), np.empty(0)
        return Edges(none, nothing, nothing, Party(none, none, nothing))
    same = ring[1:] == ring[:-1]
    start, end = points[:-1][same], points[1:][same]
    building = owner[of_part[ring[1:][same]]].astype(np.int64)
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    kept = length > 0.01
    start, end, building, along, length = (
        item[kept] for item in (start, end, building, along, length)
    )
    # The solid lies on the left of each edge: its outward normal is the direction turned right.
    azimuth = np.degrees(np.arctan2(along[:, 1], -along[:, 0])) % 360.0
    return Edges(building, length, azimuth, _party(shapes, start, end, building))


def _party(shapes: Objects, start: Floats, end: Floats, building: Whole) -> Party:
    """Return where edges run along other buildings."""
    import shapely

    lines = shapely.linestrings(np.stack([start, end], axis=1))
    tree = shapely.STRtree(shapes)
    edge, other = tree.query(lines, predicate="dwithin", distance=TOUCHING)
    middle = shapely.point_on_surface(shapes)
    apart = building[edge] != other
    edge, other = edge[apart], other[apart]
    # One in the other: the same building drawn twice, or a part of it, and no neighbour.
    apart = ~shapely.dwithin(middle[building[edge]], shapes[other], 0.0)
    apart &= ~shapely.dwithin(middle[other], shapes[building[edge]], 0.0)
    edge, other = edge[apart].astype(np.int64), other[apart].astype(np.int64)
    if not len(edge):
        return Party(edge, other, np.empty(0))
    unique, back = np.unique(other, return_inverse=True)
    grown = shapely.buffer(shapes[unique], TOUCHING, quad_segs=2, join_style="mitre")
    shapely.prepare(grown)
    shared = shapely.length(shapely.intersection(lines[edge], grown[back]))
    for ends in (start, end):  # the growth counts beyond the corner of the neighbour
        beyond = ~shapely.dwithin(shapely.points(ends[edge]), shapes[other], TOUCHING)
        shared = shared - TOUCHING * beyond
    shared = np.where(shared >= _CORNER, shared, 0.0)
    pair = building[edge] * len(shapes) + other
    _, which = np.unique(pair, return_inverse=True)
    total = np.bincount(which, weights=shared)[which]
    kept = (shared > 0) & (total >= SHORTEST)
    return Party(edge[kept], other[kept], shared[kept])


def exposed(found: Edges, height: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the walls that stand in the open and those that neighbours shelter.

    Parameters
    ----------
    found : Edges
        Walls of ``count`` buildings.
    height : (n,) array
        Height of the walls of each building [m].
    count : int
        Number n of buildings.

    Returns
    -------
    walls : (n, 4) array
        Area in the open by façade n, e, s, w, windows included [m²].
    shared : (n,) array
        Area of party walls [m²].
    """
    area = found.length * height[found.building]
    party = found.party
    lower = np.minimum(height[found.building[party.edge]], height[party.neighbour])
    hidden = np.bincount(party.edge, weights=party.length * lower, minlength=len(area))
    hidden = np.minimum(hidden, area)
    open_air = area - hidden
    turned = np.radians(found.azimuth)
    north, east = np.cos(turned) ** 2, np.sin(turned) ** 2
    parts = (
        np.where(np.cos(turned) > 0, north, 0.0),
        np.where(np.sin(turned) > 0, east, 0.0),
        np.where(np.cos(turned) <= 0, north, 0.0),
        np.where(np.sin(turned) <= 0, east, 0.0),
    )
    walls = np.stack(
        [np.bincount(found.building, weights=open_air * part, minlength=count) for part in parts],
        axis=1,
    )
    shared = np.bincount(found.building, weights=hidden, minlength=count)
    return walls.astype(np.float64), shared.astype(np.float64)


def middles(shapes: Objects) -> tuple[Floats, Floats]:
    """Return a point inside each footprint [m]; NaN where there is none."""
    import shapely

    points: Any = shapely.point_on_surface(shapes)
    there = ~shapely.is_empty(points)
    x, y = np.full((2, len(shapes)), np.nan)
    x[there], y[there] = shapely.get_x(points[there]), shapely.get_y(points[there])
    return x, y
