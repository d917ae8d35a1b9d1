# SPDX-License-Identifier: EUPL-1.2
"""Positions written in columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from jumeau.sources.coordinates import find

CRS = "EPSG:2154"
X = [770000.5, 770100.25, 769990.0]
Y = [6280000.0, 6280010.5, 6279950.75]
LON = [3.87, 3.88, 3.86]
LAT = [43.61, 43.62, 43.60]


def positions(**columns: Any) -> Any:
    return find(pa.table(columns), CRS)


@pytest.mark.parametrize(
    "names",
    [("x", "y"), ("X", "Y"), ("X_L93", "Y_L93"), ("coord_x", "coord_y"), ("LambX", "LambY")],
)
def test_pairs_by_name(names: tuple[str, str]):
    found = positions(id=[1, 2, 3], **dict(zip(names, (X, Y), strict=True)))
    assert found.columns == names
    assert [point.x for point in found.geometry] == X
    assert not found.geographic


def test_longitude_and_latitude():
    for names in (("lon", "lat"), ("Longitude", "Latitude"), ("lng", "lat"), ("long", "lat")):
        found = positions(**dict(zip(names, (LON, LAT), strict=True)))
        assert [point.y for point in found.geometry] == LAT
        assert found.geographic


def test_french_decimals_and_spaces():
    found = positions(
        x=["770 000,5", "770100,25", " 769990 "], y=["6 280 000", "6280010,5", "6279950,75"]
    )
    assert [point.x for point in found.geometry] == X
    assert [point.y for point in found.geometry] == Y


def test_of_two_pairs_the_one_that_falls_in_the_territory_is_taken():
    found = positions(x=[1, 2, 3], y=[4, 5, 6], lon=LON, lat=LAT)
    assert found.columns == ("lon", "lat")
    found = positions(x=X, y=Y, lon=[0.0, 0.0, 0.0], lat=[0.0, 0.0, 0.0])
    assert found.columns == ("x", "y")


def test_empty_and_null_island_positions_are_none():
    found = positions(x=[X[0], None, 0.0], y=[Y[0], Y[1], 0.0])
    assert [shape is None for shape in found.geometry] == [False, True, True]
    found = positions(x=["770000", "n/a", "là-bas"], y=["6280000", "", "6280000"])
    assert [shape is None for shape in found.geometry] == [False, True, True]
    assert found.unreadable == 1


@pytest.mark.parametrize(
    "cell",
    [
        "43.61, 3.87",
        "43.61,3.87",
        "43.61 3.87",
        "[43.61; 3.87]",
        '{"lon": 3.87, "lat": 43.61}',
        '{"type": "Point", "coordinates": [3.87, 43.61]}',
        "43,61 ; 3,87",
    ],
)
def test_latitude_and_longitude_in_one_column(cell: str):
    found = positions(id=["a"], geo_point_2d=[cell])
    assert (found.geometry[0].x, found.geometry[0].y) == (3.87, 43.61)
    assert found.geographic


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("WKT", "POINT (770000.5 6280000)"),
        ("geom", "SRID=2154;POINT(770000.5 6280000)"),
        ("the_geom", "01010000000000000140803741000000001CF55741"[:42]),
        ("geo_shape", '{"type": "Point", "coordinates": [770000.5, 6280000.0]}'),
    ],
)
def test_whole_geometries(name: str, cell: str):
    if name == "the_geom":
        import shapely

        cell = shapely.to_wkb(shapely.Point(770000.5, 6280000.0), hex=True)
    found = positions(**{"id": ["a", "b"], name: [cell, None]})
    assert found.columns == (name,)
    assert (found.geometry[0].x, found.geometry[0].y) == (770000.5, 6280000.0)
    assert found.geometry[1] is None


def test_unreadable_geometries_are_counted():
    found = positions(wkt=["POINT (770000 6280000)", "POINT (770000", ""])
    assert [shape is None for shape in found.geometry] == [False, True, True]
    assert found.unreadable == 1


def test_two_columns_that_can_only_be_positions():
    found = positions(numero=[1, 2, 3], abscisse_levee=X, ordonnee_levee=Y)
    assert found.columns == ("abscisse_levee", "ordonnee_levee")


def test_numbers_that_are_no_positions():
    assert positions(id=[1, 2, 3], puissance=[100, 150, 70]) is None
    assert positions(nom=["a", "b", "c"]) is None
    assert positions(position=["nord", "sud", "est"]) is None


def test_columns_chosen_by_the_user_come_first():
    table = pa.table({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0], "e": X, "n": Y})
    found = find(table, CRS, {"e": "x", "n": "y"})
    assert found is not None
    assert found.columns == ("e", "n")
