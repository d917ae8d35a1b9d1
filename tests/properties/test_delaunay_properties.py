# SPDX-License-Identifier: EUPL-1.2
"""Properties of the triangulation: empty circles and a whole hull, whatever the points."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.sources.lidar import delaunay

small = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=40)
wide = st.lists(
    st.tuples(st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1)), min_size=3, max_size=25
)


def in_circle(a, b, c, p):
    rows = [(q[0] - p[0], q[1] - p[1]) for q in (a, b, c)]
    (ax, ay), (bx, by), (cx, cy) = rows
    la, lb, lc = (x * x + y * y for x, y in rows)
    return la * (bx * cy - cx * by) + lb * (cx * ay - ax * cy) + lc * (ax * by - bx * ay)


def check(points: list[tuple[int, int]]) -> None:
    x, y = np.array(points, np.int64).T
    triangles = delaunay.triangulate(x, y)
    distinct = sorted(set(points))
    twice = 0
    for item in triangles.tolist():
        a, b, c = (points[k] for k in item)
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        assert area > 0
        twice += area
        assert all(in_circle(a, b, c, p) <= 0 for p in distinct)
    assert twice == hull2(distinct)
    if len(triangles):
        assert {points[k] for k in triangles.ravel().tolist()} == set(points)


def hull2(points: list[tuple[int, int]]) -> int:
    """Return twice the area of the convex hull, in exact arithmetic."""

    def half(items):
        chain: list[tuple[int, int]] = []
        for p in items:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0:
                    break
                chain.pop()
            chain.append(p)
        return chain[:-1]

    ring = half(points) + half(points[::-1])
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))


@settings(max_examples=150, deadline=None)
@given(small)
def test_on_a_small_grid_full_of_ties(points):
    check(points)


@settings(max_examples=80, deadline=None)
@given(wide)
def test_with_coordinates_of_24_bits(points):
    check(points)


@settings(max_examples=60, deadline=None)
@given(small, st.randoms(use_true_random=False))
def test_the_order_of_the_points_changes_nothing(points, random):
    mixed = points[:]
    random.shuffle(mixed)
    found = [
        {
            frozenset(items[k] for k in triangle)
            for triangle in delaunay.triangulate(*np.array(items, np.int64).T).tolist()
        }
        for items in (points, mixed)
    ]
    assert found[0] == found[1]
