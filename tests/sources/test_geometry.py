# SPDX-License-Identifier: EUPL-1.2
"""Geometry brought to the territory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from shapely import wkt

from jumeau.sources.geometry import State, clean
from jumeau.sources.placing import Place

CRS = "EPSG:2154"
HERE = (770_000, 6_280_000)


def moved(text: str) -> Any:
    """Return a WKT geometry moved to Montpellier, Z left as it is."""
    shift = np.array([*HERE, 0])
    shape = wkt.loads(text)
    deep = shape.has_z
    return shapely.transform(shape, lambda c: c + shift[: c.shape[1]], include_z=deep)


def cleaned(*shapes: Any, accepted: str = "polygon", place: Place | None = None, **to: Any) -> Any:
    wkb = [
        None if shape is None else shapely.to_wkb(shape, output_dimension=3, **to)
        for shape in shapes
    ]
    column = pa.chunked_array([pa.array(wkb, pa.binary())])
    return clean(column, accepted, place or Place(CRS), CRS)


def states(result: Any) -> list[State]:
    return [State(item) for item in result.state]


def shapes_of(result: Any) -> Any:
    return shapely.from_wkb(result.wkb.to_numpy(zero_copy_only=False))


SQUARE = "POLYGON ((0 0, 0 2, 2 2, 2 0, 0 0))"


def test_good_geometry_keeps_its_bytes():
    square = moved(SQUARE)
    result = cleaned(square, square)
    assert states(result) == [State.KEPT] * 2
    assert result.wkb.to_pylist() == [shapely.to_wkb(square)] * 2
    assert result.bounds[0].tolist() == [770000, 6280000, 770002, 6280002]
    assert result.findings("building", CRS) == []


def test_missing_and_empty_geometry():
    result = cleaned(None, wkt.loads("POLYGON EMPTY"), moved(SQUARE))
    assert states(result) == [State.MISSING, State.MISSING, State.KEPT]
    (found,) = result.findings("building", CRS)
    assert (found.code, found.data["count"], found.data["rows"]) == ("JUM-S110", 2, ["1", "2"])


def test_bytes_that_are_no_geometry_are_missing():
    column = pa.chunked_array([pa.array([b"\x01\x03nope", shapely.to_wkb(moved(SQUARE))])])
    assert states(clean(column, "polygon", Place(CRS), CRS)) == [State.MISSING, State.KEPT]


def test_a_ring_that_crosses_itself_is_repaired_and_keeps_its_area():
    bow = moved("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    result = cleaned(bow, moved(SQUARE))
    assert states(result) == [State.REPAIRED, State.KEPT]
    (fixed, _) = shapes_of(result)
    assert fixed.is_valid
    assert fixed.area == pytest.approx(2)
    assert result.findings("building", CRS)[0].code == "JUM-S111"


def test_collapsed_polygons_and_lines_are_left_out():
    flat = moved("POLYGON ((0 0, 2 0, 0 0, 0 0))")
    assert states(cleaned(flat)) == [State.COLLAPSED]
    point = moved("LINESTRING (1 1, 1 1)")
    line = moved("LINESTRING (1 1, 2 1)")
    assert states(cleaned(point, line, accepted="line")) == [State.COLLAPSED, State.KEPT]


def test_altitudes_are_dropped_and_unknown_ones_counted():
    deep = moved("POLYGON Z ((0 0 5, 0 2 -1000, 2 2 -1000, 2 0 5, 0 0 5))")
    result = cleaned(deep, moved("POLYGON Z ((0 0 5, 0 2 5, 2 2 5, 0 0 5))"))
    assert states(result) == [State.KEPT] * 2
    assert result.unknown_z == (2, 1)
    assert not shapely.has_z(shapes_of(result)).any()
    assert [item.code for item in result.findings("building", CRS)] == ["JUM-S112"]


def test_measures_are_dropped():
    measured = shapely.from_wkt("POINT M (770000 6280000 12)")
    result = cleaned(measured, accepted="point")
    assert result.wkb.to_pylist() == [shapely.to_wkb(shapely.Point(HERE))]


def test_big_endian_and_ewkb_are_written_alike():
    square = moved(SQUARE)
    plain = shapely.to_wkb(square)
    assert cleaned(square, byte_order=0).wkb.to_pylist() == [plain]
    told = shapely.set_srid(square, 2154)
    assert cleaned(told, square, include_srid=True).wkb.to_pylist() == [plain] * 2


@pytest.mark.parametrize(
    ("accepted", "kept"),
    [
        ("point", ["POINT"]),
        ("line", ["LINESTRING"]),
        ("polygon", ["POLYGON"]),
        ("any", ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT"]),
    ],
)
def test_types_are_filtered_by_the_table(accepted: str, kept: list[str]):
    result = cleaned(
        moved("POINT (0 0)"),
        moved("LINESTRING (0 0, 1 1)"),
        moved(SQUARE),
        moved("MULTIPOINT ((0 0), (1 1))"),
        accepted=accepted,
    )
    found = [shape.geom_type.upper() for shape in shapes_of(result)[result.kept]]
    assert found == kept
    assert result.count(State.OTHER_TYPE) == 4 - len(kept)


def test_multiples_of_one_become_single():
    result = cleaned(moved("MULTIPOINT ((1 1))"), accepted="point")
    assert shapes_of(result)[0].geom_type == "Point"
    result = cleaned(moved("MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)))"))
    assert shapes_of(result)[0].geom_type == "Polygon"
    two = moved("MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))")
    assert shapes_of(cleaned(two, accepted="line"))[0].geom_type == "MultiLineString"


def test_the_right_part_of_a_collection_is_taken():
    mixed = moved(f"GEOMETRYCOLLECTION (POINT (0 0), {SQUARE}, LINESTRING (0 0, 9 9))")
    result = cleaned(mixed)
    assert states(result) == [State.REPAIRED]
    assert shapes_of(result)[0].equals(moved(SQUARE))
    assert states(cleaned(moved("GEOMETRYCOLLECTION (POINT (0 0))"))) == [State.OTHER_TYPE]


def test_reprojection_and_swapped_axes():
    point = shapely.Point(3.8653, 43.6165)
    result = cleaned(point, accepted="point", place=Place("EPSG:4326"))
    swapped = cleaned(
        shapely.Point(43.6165, 3.8653), accepted="point", place=Place("EPSG:4326", True)
    )
    assert result.wkb.to_pylist() == swapped.wkb.to_pylist()
    (shape,) = shapes_of(result)
    assert shape.x == pytest.approx(769_800, abs=300)
    assert shape.y == pytest.approx(6_280_000, abs=500)


@pytest.mark.parametrize("far", [(0, 0), (3.87, 43.6), (770_000, 9e6), (float("inf"), 1)])
def test_points_outside_the_land_are_left_out(far: tuple[float, float]):
    result = cleaned(shapely.Point(far), shapely.Point(HERE), accepted="point")
    assert state_of(result) in {State.OUTSIDE, State.MISSING}
    assert states(result)[1] == State.KEPT
    assert np.isnan(result.bounds[0]).all()


def state_of(result: Any) -> State:
    return states(result)[0]


def test_one_vertex_at_the_origin_is_a_fault():
    broken = shapely.Polygon([HERE, (770_010, 6_280_000), (0, 0)])
    assert states(cleaned(broken)) == [State.OUTSIDE]


def test_blocks_and_chunks_keep_their_order():
    x = np.arange(150_000) + 700_000.0
    wkb = pa.array(shapely.to_wkb(shapely.points(x, np.full(x.size, 6_280_000.0))))
    column = pa.chunked_array([wkb.slice(0, 70_001), wkb.slice(70_001)])
    seen: list[float] = []
    result = clean(column, "point", Place(CRS), CRS, lambda stage, share: seen.append(share))
    assert result.bounds[:, 0].tolist() == x.tolist()
    assert result.wkb.to_pylist() == wkb.to_pylist()
    assert seen[-1] == 1 and seen == sorted(seen)


def test_no_row_at_all():
    result = clean(pa.chunked_array([], pa.binary()), "point", Place(CRS), CRS)
    assert len(result.wkb) == len(result.state) == len(result.bounds) == 0
