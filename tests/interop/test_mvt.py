# SPDX-License-Identifier: EUPL-1.2
"""The encoder against a plain reader of the specification, and against GDAL's."""

from __future__ import annotations

import datetime
import importlib.util
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from jumeau.interop import mvt

_spec = importlib.util.spec_from_file_location(
    "mvt_reader", Path(__file__).with_name("mvt_reader.py")
)
assert _spec and _spec.loader
reader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reader)


def encode(shapes: list, **columns: list) -> list:
    table = pa.table({"id": [str(i) for i in range(len(shapes))], **columns})
    tile = mvt.layer("town", mvt.rings(np.array(shapes, dtype=object)), table)
    return reader.read(tile)["town"] if tile else []


@given(st.lists(st.integers(0, 2**63 - 1), max_size=40))
def test_varints_are_those_of_the_specification(numbers: list[int]) -> None:
    expected = b"".join(mvt._varint(number) for number in numbers)
    assert mvt.varints(np.array(numbers, dtype=np.uint64)) == expected


def test_varint_known_values() -> None:
    assert mvt.varints(np.array([0, 127, 128, 300], dtype=np.uint64)) == b"\x00\x7f\x80\x01\xac\x02"


def test_example_of_the_specification() -> None:
    """§4.3.5: a polygon with an exterior ring and a second polygon with a hole."""
    shape = shapely.MultiPolygon(
        [
            shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)]),
            shapely.Polygon(
                [(11, 11), (20, 11), (20, 20), (11, 20)], [[(13, 13), (13, 17), (17, 17), (17, 13)]]
            ),
        ]
    )
    (group,) = mvt.rings(np.array([shape]))
    stream, counts = mvt._commands(group, 1)
    assert stream.tolist() == [
        9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15,
        9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15,
        9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15,
    ]  # fmt: skip
    assert counts.tolist() == [33]


def test_points_lines_and_polygons_keep_their_vertices() -> None:
    point, line = shapely.Point(5, 7), shapely.LineString([(0, 0), (10, 0), (10, 5)])
    square = shapely.box(100, 100, 200, 180)
    found = encode([point, line, square])
    assert [item.kind for item in found] == [1, 2, 3]
    assert found[0].parts == [[(5, 7)]]
    assert found[1].parts == [[(0, 0), (10, 0), (10, 5)]]
    (ring,) = found[2].parts
    assert set(ring) == {(100, 100), (200, 100), (200, 180), (100, 180)}
    assert ring[0] == ring[-1]


def test_features_keep_the_order_of_rows_and_their_attributes() -> None:
    shapes = [shapely.Point(i, i) for i in range(5)]
    day = datetime.date(2024, 5, 6)
    found = encode(
        shapes,
        height=[1.5, None, 2.5, 1.5, float("inf")],
        floors=[0, -3, None, 2**40, 5],
        public=[True, False, None, True, True],
        name=["Église", None, "", "x" * 300, "z"],
        built=[day, None, day, day, None],
    )
    assert [item.properties["id"] for item in found] == list("01234")
    assert found[0].properties == {
        "id": "0", "height": 1.5, "floors": 0, "public": True, "name": "Église",
        "built": "2024-05-06",
    }  # fmt: skip
    assert found[1].properties == {"id": "1", "floors": -3, "public": False}
    assert found[3].properties["floors"] == 2**40
    assert found[3].properties["name"] == "x" * 300
    assert found[2].properties["name"] == ""


@pytest.mark.parametrize("turned", [False, True])
def test_outer_rings_are_positive_and_holes_negative(turned: bool) -> None:
    shape = shapely.Polygon(
        [(0, 0), (100, 0), (100, 100), (0, 100)], [[(20, 20), (40, 20), (40, 40), (20, 40)]]
    )
    shape = shapely.orient_polygons(shape, exterior_cw=turned)
    (found,) = encode([shape])
    outer, hole = found.parts
    assert reader.area(outer) == 10_000
    assert reader.area(hole) == -400


def test_parts_of_a_multi_geometry_belong_to_one_feature() -> None:
    shapes = [
        shapely.MultiPoint([(1, 1), (4, 9), (2, 2)]),
        shapely.MultiLineString([[(0, 0), (5, 5)], [(9, 9), (9, 0)]]),
        shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(10, 10, 20, 20)]),
    ]
    found = encode(shapes)
    assert [len(item.parts) for item in found] == [3, 2, 2]
    assert found[0].parts == [[(1, 1)], [(4, 9)], [(2, 2)]]


def test_collections_keep_their_highest_dimension() -> None:
    mixed = shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.MultiPolygon([shapely.box(0, 0, 4, 4)])]
    )
    (found,) = encode([mixed])
    assert found.kind == 3
    assert len(found.parts) == 1


def test_what_vanishes_by_rounding_is_left_out() -> None:
    tiny = shapely.box(5.1, 5.1, 5.2, 5.2)
    short = shapely.LineString([(1.1, 1.1), (1.2, 1.3)])
    found = encode([tiny, short, None, shapely.Point(), shapely.box(0, 0, 9, 9)])
    assert [item.properties["id"] for item in found] == ["4"]


def test_a_hole_goes_with_its_outer_ring() -> None:
    sliver = shapely.Polygon(
        [(0, 0), (100, 0), (100, 0.2), (0, 0.2)],
        [[(10, 0.1), (90, 0.1), (90, 0.15), (10, 0.15)]],
    )
    assert encode([sliver]) == []


def test_repeated_vertices_are_written_once() -> None:
    line = shapely.LineString([(0, 0), (0.2, 0.1), (10, 0), (10.3, 0.1), (20, 0)])
    (found,) = encode([line])
    assert found.parts == [[(0, 0), (10, 0), (20, 0)]]


def test_a_ring_whose_end_is_rounded_onto_its_start_stays_a_ring() -> None:
    shape = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10), (0.3, 0.3)])
    (found,) = encode([shape])
    (ring,) = found.parts
    assert len(ring) == 5
    assert ring.count((0, 0)) == 2


def test_nothing_to_draw_is_no_bytes() -> None:
    empty = pa.table({"id": pa.array([], pa.string())})
    assert mvt.layer("town", mvt.rings(np.array([], dtype=object)), empty) == b""


coordinates = st.tuples(st.integers(-200, 4300), st.integers(-200, 4300))


@given(st.lists(st.lists(coordinates, min_size=2, max_size=12, unique=True), max_size=8))
def test_any_lines_come_back(lines: list[list[tuple[int, int]]]) -> None:
    found = encode([shapely.LineString(line) for line in lines])
    assert [item.parts[0] for item in found] == lines


@given(st.lists(st.lists(coordinates, min_size=1, max_size=5), min_size=1, max_size=8))
def test_any_points_come_back(groups: list[list[tuple[int, int]]]) -> None:
    found = encode([shapely.MultiPoint(group) for group in groups])
    assert [[part[0] for part in item.parts] for item in found] == groups


@given(
    st.lists(
        st.tuples(coordinates, st.integers(3, 9), st.integers(2, 90), st.booleans()), max_size=6
    )
)
def test_any_polygons_keep_their_area(stars: list) -> None:
    shapes = []
    for (x, y), corners, radius, turned in stars:
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        ring = np.rint(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1))
        shape = shapely.Polygon(ring)
        shapes.append(shapely.orient_polygons(shape, exterior_cw=turned))
    visible = [shape for shape in shapes if shape.area > 0]
    found = encode(shapes)
    assert len(found) == len(visible)
    for item, shape in zip(found, visible, strict=True):
        assert reader.area(item.parts[0]) == pytest.approx(shape.area)


def test_gdal_reads_the_same(tmp_path: Path) -> None:
    import pyogrio

    if not pyogrio.list_drivers().get("MVT"):
        pytest.skip("this GDAL has no MVT driver")
    shapes = [shapely.box(10 * i, 10 * i, 10 * i + 6, 10 * i + 4) for i in range(50)]
    table = pa.table({"id": [str(i) for i in range(50)], "height": [float(i) for i in range(50)]})
    path = tmp_path / "tile.mvt"
    path.write_bytes(mvt.layer("town", mvt.rings(np.array(shapes)), table))
    frame = pyogrio.read_dataframe(path, layer="town")
    assert frame["id"].tolist() == table["id"].to_pylist()
    assert frame["height"].tolist() == table["height"].to_pylist()
    assert frame.geometry.is_valid.all()
    assert frame.geometry.area.tolist() == pytest.approx([24.0] * 50)
