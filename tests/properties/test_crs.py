# SPDX-License-Identifier: EUPL-1.2
"""Identities of reference systems, over the land each one serves."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base import crs

codes = st.sampled_from(list(crs.NATIONAL))
shares = st.lists(st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)), min_size=1, max_size=12)


def places(code: str, found: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = crs.NATIONAL[code].area
    x = np.array([west + (east - west) * share for share, _ in found])
    y = np.array([south + (north - south) * share for _, share in found])
    return x, y


@given(codes, shares)
def test_there_and_back_is_the_same_place(code: str, found: list[tuple[float, float]]) -> None:
    lon, lat = places(code, found)
    back = crs.reproject(*crs.reproject(lon, lat, crs.WGS84, code), code, crs.WGS84)
    np.testing.assert_allclose(back[0], lon, atol=1e-8)  # a millimetre
    np.testing.assert_allclose(back[1], lat, atol=1e-8)


@given(codes, shares)
def test_a_metre_is_a_metre(code: str, found: list[tuple[float, float]]) -> None:
    # Lambert-93 stretches lengths by at most 3 mm a metre in France, UTM by less than 1 mm.
    import pyproj

    x, y = crs.reproject(*places(code, found), crs.WGS84, code)
    lon, lat = crs.reproject(np.r_[x, x + 100], np.r_[y, y], code, crs.WGS84)
    n = len(x)
    geodesic = pyproj.Geod(ellps="GRS80").inv(lon[:n], lat[:n], lon[n:], lat[n:])[2]
    np.testing.assert_allclose(geodesic, 100, rtol=3.5e-3)


@settings(max_examples=40)
@given(codes, shares, st.booleans(), st.booleans())
def test_what_a_file_writes_is_guessed(
    code: str, found: list[tuple[float, float]], degrees: bool, swapped: bool
) -> None:
    source = crs.WGS84 if degrees else code
    x, y = crs.reproject(*places(code, found), crs.WGS84, source)
    first, second = (y, x) if swapped else (x, y)
    guesses = crs.looks_like(first, second, code)
    assert (source, swapped) in {(item.crs, item.swapped) for item in guesses}
    assert all(0.9 <= item.share <= 1 for item in guesses)
    assert list(guesses) == sorted(guesses, key=lambda item: -round(item.share, 2))


@given(codes, shares)
def test_geometries_move_as_their_points(code: str, found: list[tuple[float, float]]) -> None:
    lon, lat = places(code, found)
    points = shapely.points(lon, lat)
    moved = crs.reproject_geometries(points, crs.WGS84, code)
    x, y = crs.reproject(lon, lat, crs.WGS84, code)
    np.testing.assert_array_equal(shapely.get_coordinates(moved), np.column_stack([x, y]))
    swapped = crs.reproject_geometries(shapely.points(lat, lon), crs.WGS84, code, swap=True)
    np.testing.assert_array_equal(shapely.get_coordinates(swapped), np.column_stack([x, y]))


@pytest.mark.parametrize("code", crs.NATIONAL)
def test_bounds_hold_the_whole_area(code: str) -> None:
    grid_x, grid_y = np.meshgrid(np.linspace(0, 1, 15), np.linspace(0, 1, 15))
    lon, lat = places(code, list(zip(grid_x.ravel(), grid_y.ravel(), strict=True)))
    x, y = crs.reproject(lon, lat, crs.WGS84, code)
    xmin, ymin, xmax, ymax = crs.NATIONAL[code].bounds
    assert xmin - 1 <= x.min()
    assert x.max() <= xmax + 1
    assert ymin - 1 <= y.min()
    assert y.max() <= ymax + 1
