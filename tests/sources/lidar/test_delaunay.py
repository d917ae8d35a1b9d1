# SPDX-License-Identifier: EUPL-1.2
"""The triangulation: Delaunay, whole, unique, exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull, Delaunay

from jumeau.base.errors import InvalidError
from jumeau.sources.lidar import delaunay


def corners(triangles: np.ndarray, points: np.ndarray) -> set[frozenset[tuple[int, int]]]:
    return {frozenset(map(tuple, points[item].tolist())) for item in triangles}


def area2(triangles: np.ndarray, points: np.ndarray) -> int:
    a, b, c = (points[triangles[:, k]].astype(object) for k in range(3))
    twice = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert (twice > 0).all()
    return int(twice.sum())


@pytest.mark.parametrize("count", [3, 4, 10, 200, 3000])
def test_same_triangles_as_qhull(count):
    points = np.unique(np.random.default_rng(count).integers(0, 10**6, (count, 2)), axis=0)
    ours = delaunay.triangulate(*points.T)
    assert corners(ours, points) == corners(Delaunay(points).simplices, points)


def test_a_regular_grid_is_whole_and_does_not_depend_on_the_order():
    side = np.arange(17) * 1000
    points = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    seen = set()
    for seed in range(5):
        mixed = np.random.default_rng(seed).permutation(points)
        ours = delaunay.triangulate(*mixed.T)
        assert len(ours) == 2 * 16 * 16
        assert area2(ours, mixed) == 2 * 16000**2
        seen.add(frozenset(corners(ours, mixed)))
    assert len(seen) == 1


def test_points_on_circles_do_not_depend_on_what_is_far():
    """Squares alone, or with many points around: the same diagonals."""
    near = np.stack(np.meshgrid(np.arange(6), np.arange(6)), -1).reshape(-1, 2) * 100
    rng = np.random.default_rng(0)
    far = rng.integers(-9000, 9000, (500, 2))
    far = far[(np.abs(far - 250) > 600).any(axis=1)]
    alone = corners(delaunay.triangulate(*near.T), near)
    both = np.concatenate((far, near))
    assert alone <= corners(delaunay.triangulate(*both.T), both)


@pytest.mark.parametrize("scale", [1, 1000, 4_000_000])
def test_nearly_flat_hulls_are_exact(scale):
    """Points one unit off a line: the hull's area is that of exact arithmetic."""
    x = np.arange(5) * scale
    points = np.column_stack((np.concatenate((x, x)), np.repeat((0, 1), 5)))
    ours = delaunay.triangulate(*points.T)
    assert area2(ours, points) == 2 * 4 * scale


@pytest.mark.parametrize(
    "points",
    [[], [(0, 0)], [(0, 0), (1, 1)], [(k, 3 * k) for k in range(50)], [(5, 5)] * 20],
)
def test_without_area_there_is_no_triangle(points):
    x, y = np.array(points, np.int64).reshape(-1, 2).T
    assert len(delaunay.triangulate(x, y)) == 0


def test_points_given_twice_count_once():
    points = np.random.default_rng(1).integers(0, 1000, (200, 2))
    twice = np.concatenate((points, points))
    once = np.unique(points, axis=0)
    assert corners(delaunay.triangulate(*twice.T), twice) == corners(
        delaunay.triangulate(*once.T), once
    )


def test_collinear_points_then_one_aside():
    points = np.array([(k, 0) for k in range(100)] + [(50, 1)])
    assert area2(delaunay.triangulate(*points.T), points) == 99


def test_hull_of_many_points_is_covered():
    points = np.unique(np.random.default_rng(3).integers(0, 10**5, (20000, 2)), axis=0)
    ours = delaunay.triangulate(*points.T)
    assert area2(ours, points) == pytest.approx(2 * ConvexHull(points).volume, rel=1e-12)


def test_too_wide_is_refused():
    with pytest.raises(InvalidError, match="JUM-S212"):
        delaunay.triangulate([0, delaunay.LIMIT, 5], [0, 3, delaunay.LIMIT])


def test_exact_sign_of_products_that_a_double_cannot_hold():
    big = (1 << 50) - 1
    assert delaunay._exact_sum(big, big, big, -big, 1, 1) == 1
    assert delaunay._exact_sum(big, big, big, -big, 0, 5) == 0
    assert delaunay._exact_sum(big, -big, big, big, 1, -1) == -1
    assert delaunay._exact_sum(3, -7, 2, 10, 1, 1) == 0
