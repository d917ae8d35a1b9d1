# SPDX-License-Identifier: EUPL-1.2
"""Tiles drawn by the kernels, against the plain encoder and against GEOS."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.base import crs as crs_
from jumeau.interop import mercator, mvt
from jumeau.interop.mercator import EXTENT, Tile
from jumeau.interop.pyramid import drawing, shapes

X, Y = 770_000.0, 6_280_000.0
LON, LAT = (float(v[0]) for v in crs_.reproject([X], [Y], "EPSG:2154", "EPSG:4326"))
ADDRESS = mercator.tile_at(LON, LAT, 15)


def laid(geometries: list[shapely.Geometry], **columns: list) -> shapes.Shapes:
    """Return the shapes of geometries in Web Mercator."""
    rows = pa.table(
        {
            "id": [f"r{i}" for i in range(len(geometries))],
            "geometry": pa.array(shapely.to_wkb(geometries).tolist(), pa.binary()),
            **columns,
        }
    )
    return shapes.build("EPSG:3857", [rows], {}, ["id", *columns])


def unit(x: float, y: float, address: Tile = ADDRESS) -> tuple[float, float]:
    """Return the place of a tile unit in Web Mercator."""
    west, _, _, north = address.bounds
    return west + x * address.resolution, north - y * address.resolution


def read(content: bytes) -> dict[str, list]:
    """Return identifier → (kind, parts) with GDAL's reading of a tile left aside: our own."""
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parents[1] / "mvt_reader.py"
    spec = importlib.util.spec_from_file_location("mvt_reader", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    layers = module.read(content) if content else {}
    return {item.properties["id"]: item.parts for item in layers.get("t", [])}


def test_the_bytes_are_those_of_the_plain_encoder() -> None:
    rng = np.random.default_rng(3)
    drawn: list[shapely.Geometry] = []
    for x, y in rng.integers(100, 3900, (60, 2)):
        ring = [unit(x + a, y + b) for a, b in ((0, 0), (40, 3), (37, 50), (-8, 44))]
        inner = [unit(x + a, y + b) for a, b in ((10, 10), (10, 20), (20, 20))]
        drawn += [shapely.Polygon(ring, [inner]), shapely.LineString(ring), shapely.Point(ring[0])]
    words = [None if i % 7 == 0 else "été" * (i % 5) for i in range(len(drawn))]
    numbers = [None if i % 3 == 0 else i / 4 for i in range(len(drawn))]
    held = laid(drawn, word=words, number=numbers)
    ours = drawing.tile(held, "t", ADDRESS)

    order = [int(text[1:]) for text in _texts(held.columns["id"])]
    west, _, _, north = ADDRESS.bounds
    scale = np.array([1, -1]) / ADDRESS.resolution
    # The kernels round to 2⁻³² of the world first: so does the reference.
    side = 2 * mercator.HALF / shapes.WORLD
    corner = np.array([-mercator.HALF, mercator.HALF])
    groups = []
    for group in mvt.rings(np.array(drawn, dtype=object)[order]):
        whole = np.rint((group.points - corner) * (1, -1) / side)
        back = whole * side * (1, -1) + corner
        units = np.floor((back - (west, north)) * scale + 0.5 + 1e-7)
        groups.append(group._replace(points=units))
    attributes = pa.table(
        {
            "id": [f"r{i}" for i in order],
            "word": pa.array([words[i] for i in order], pa.string()),
            "number": pa.array([numbers[i] for i in order], pa.float64()),
        }
    )
    assert ours == mvt.layer("t", groups, attributes, EXTENT)


def _texts(column: shapes.Column) -> list[str]:
    ends = column.ends[:-1][column.codes], column.ends[1:][column.codes]
    return [column.blob[a + 4 : b].tobytes().decode() for a, b in zip(*ends, strict=True)]


corner = st.integers(-3000, 7000)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(corner, corner), min_size=3, max_size=12, unique=True),
    st.integers(0, 2**31),
)
def test_areas_are_cut_as_geos_cuts_them(points: list[tuple[int, int]], seed: int) -> None:
    del seed
    wanted = shapely.convex_hull(shapely.MultiPoint(points))
    if wanted.geom_type != "Polygon":
        return
    drawn = shapely.Polygon([unit(x, y) for x, y in wanted.exterior.coords])
    content = drawing.tile(laid([drawn]), "t", ADDRESS)
    cut = shapely.intersection(wanted, shapely.box(-64, -64, EXTENT + 64, EXTENT + 64))
    found = sum(
        abs(shapely.Polygon(part).area) for parts in read(content).values() for part in parts
    )
    assert found == pytest.approx(cut.area, abs=4 + cut.length)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(corner, corner), min_size=2, max_size=12, unique=True))
def test_lines_are_cut_as_geos_cuts_them(points: list[tuple[int, int]]) -> None:
    content = drawing.tile(
        laid([shapely.LineString([unit(x, y) for x, y in points])]), "t", ADDRESS
    )
    window = shapely.box(-64, -64, EXTENT + 64, EXTENT + 64)
    cut = shapely.intersection(shapely.LineString(points), window).length
    parts = [part for parts in read(content).values() for part in parts]
    found = sum(shapely.LineString(part).length for part in parts)
    # A line that goes over itself is longer than the union of its parts.
    segments = [shapely.LineString(pair) for pair in itertools.pairwise(points)]
    longest = sum(shapely.intersection(segment, window).length for segment in segments)
    assert cut - 3 * len(points) <= found <= longest + 3 * len(points)
    for part in parts:
        assert all(-66 <= v <= EXTENT + 66 for point in part for v in point)


def test_a_hole_goes_with_its_ring_and_turns_the_other_way() -> None:
    outer = [unit(x, y) for x, y in ((100, 100), (100, 900), (900, 900), (900, 100))]
    inner = [unit(x, y) for x, y in ((200, 200), (200, 300), (300, 300), (300, 200))]
    speck = [unit(x, y) for x, y in ((2000.1, 2000.1), (2000.2, 2000.1), (2000.2, 2000.2))]
    drawn = shapely.MultiPolygon([shapely.Polygon(outer, [inner]), shapely.Polygon(speck)])
    (parts,) = read(drawing.tile(laid([drawn]), "t", ADDRESS)).values()
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(part, [*part[1:], part[0]], strict=True)) / 2
        for part in parts
    ]
    assert areas == [800 * 800, -100 * 100]


def test_points_beyond_the_margin_are_left_out() -> None:
    cloud = shapely.MultiPoint([unit(10, 10), unit(5000, 10), unit(-50, 10)])
    assert read(drawing.tile(laid([cloud]), "t", ADDRESS)) == {"r0": [[(10, 10), (-50, 10)]]} or [
        sorted(point for part in parts for point in part)
        for parts in read(drawing.tile(laid([cloud]), "t", ADDRESS)).values()
    ] == [[(-50, 10), (10, 10)]]


def test_a_giant_area_covers_the_tile() -> None:
    giant = shapely.box(*unit(-90_000, 90_000), *unit(90_000, -90_000))
    (parts,) = read(drawing.tile(laid([giant]), "t", ADDRESS)).values()
    assert shapely.Polygon(parts[0]).area == (EXTENT + 128) ** 2


def test_mixed_kinds_and_collections_have_one_geometry_each() -> None:
    both = shapely.GeometryCollection(
        [shapely.Point(unit(5, 5)), shapely.LineString([unit(0, 0), unit(50, 50)])]
    )
    found = read(drawing.tile(laid([both, shapely.Point(unit(9, 9))]), "t", ADDRESS))
    assert found == {"r0": [[(0, 0), (50, 50)]], "r1": [[(9, 9)]]}
