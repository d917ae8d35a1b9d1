# SPDX-License-Identifier: EUPL-1.2
"""Simplification: borders that two areas share are kept alike, at every zoom."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
import shapely

from jumeau.interop.pyramid import borders

SCALE = 60_000
"""Units of the world between two vertices: half a pixel of zoom 6 is 65,536."""


def partition(seed: int = 1, side: int = 24) -> list[np.ndarray]:
    """Return squares that tile the plane; their borders wander between the corners."""
    rng = np.random.default_rng(seed)
    steps = 12
    corners = {
        (i, j): np.array([i, j]) * side * steps + rng.integers(-40, 40, 2)
        for i in range(6)
        for j in range(6)
    }
    edges: dict[tuple, np.ndarray] = {}

    def edge(a: tuple[int, int], b: tuple[int, int]) -> np.ndarray:
        if (b, a) in edges:
            return edges[b, a][::-1]
        if (a, b) not in edges:
            at = np.linspace(0, 1, steps)[:, None]
            line = corners[a] + at * (corners[b] - corners[a])
            line[1:-1] += rng.integers(-9, 9, (steps - 2, 2))
            edges[a, b] = np.rint(line)
        return edges[a, b]

    found = []
    for i in range(5):
        for j in range(5):
            around = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
            ring = np.concatenate([edge(a, b)[:-1] for a, b in itertools.pairwise(around)])
            ring = np.roll(ring, int(rng.integers(0, len(ring))), axis=0)
            ring = ring[:: rng.choice([-1, 1])]
            found.append(np.concatenate([ring, ring[:1]]))
    return found


def laid(rings: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    xy = (np.concatenate(rings) * (SCALE // 20) + 2**31).astype(np.uint32)
    starts = np.cumsum([0, *map(len, rings)])
    return xy, starts, np.ones(len(rings), dtype=np.uint8)


def simplified(xy: np.ndarray, starts: np.ndarray, since: np.ndarray, zoom: int) -> list:
    return [
        shapely.Polygon(xy[a:b][since[a:b] <= zoom].astype(float))
        for a, b in itertools.pairwise(starts)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_shared_vertex_appears_at_one_zoom(seed: int) -> None:
    xy, starts, ring = laid(partition(seed))
    since = borders.since(xy, starts, ring, 14)
    zooms = defaultdict(set)
    for point, zoom in zip(map(tuple, xy.tolist()), since.tolist(), strict=True):
        zooms[point].add(zoom)
    assert all(len(found) == 1 for found in zooms.values())
    assert len(np.unique(since)) > 4


@pytest.mark.parametrize("zoom", range(2, 14, 2))
def test_the_simplified_areas_still_tile_the_plane(zoom: int) -> None:
    xy, starts, ring = laid(partition())
    since = borders.since(xy, starts, ring, 14)
    found = [item for item in simplified(xy, starts, since, zoom) if item.is_valid]
    assert len(found) == 25
    whole = shapely.union_all(found)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert sum(item.area for item in found) == pytest.approx(whole.area, rel=1e-12)


def test_each_alone_would_tear() -> None:
    """The identity above is not for free: GEOS, shape by shape, leaves gaps and overlaps."""
    xy, starts, _ = laid(partition())
    rings = [shapely.Polygon(xy[a:b].astype(float)) for a, b in itertools.pairwise(starts)]
    found = [shapely.simplify(item, 2 ** (22 - 8)) for item in rings]
    whole = shapely.union_all(found)
    assert sum(item.area for item in found) != pytest.approx(whole.area, rel=1e-6)


def test_what_is_left_out_is_less_than_half_a_pixel_away() -> None:
    xy, starts, ring = laid(partition(7))
    since = borders.since(xy, starts, ring, 14)
    for zoom in (4, 8, 11):
        for a, b, area in zip(
            starts, starts[1:], simplified(xy, starts, since, zoom), strict=False
        ):
            away = shapely.hausdorff_distance(
                area.exterior, shapely.LinearRing(xy[a:b].astype(float))
            )
            assert away <= 2 ** (22 - zoom)


def test_neighbours_are_compared_in_parts_too() -> None:
    xy, starts, _ = laid(partition())
    assert (borders.junctions(xy, starts, 1) == borders.junctions(xy, starts, 5)).all()
    assert borders.junctions(xy, starts, 1).sum() > 80


def test_lines_keep_their_ends_and_points_stay() -> None:
    line = np.array([[0, 0], [10, 1], [20, 0], [30, 900], [40, 0]]) + 2**31
    xy = np.concatenate([line, [[5, 5]]]).astype(np.uint32)
    since = borders.since(xy, np.array([0, 5, 6]), np.zeros(2, np.uint8), 14)
    assert since[[0, 4, 5]].tolist() == [0, 0, 0]
    assert since[3] == 13
    assert since[1] == 14
