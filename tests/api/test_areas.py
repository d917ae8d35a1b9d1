# SPDX-License-Identifier: EUPL-1.2
"""Figures of an area: what lies inside, what its edge cuts, what is refused."""

from __future__ import annotations

import csv
import io
import json
from types import ModuleType
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jumeau.api import areas
from jumeau.base import crs as crs_
from jumeau.twin import schema


def geojson(*corners: tuple[float, float]) -> str:
    """Return a polygon of the territory's projection as GeoJSON in degrees."""
    move = crs_.transformer("EPSG:2154", crs_.WGS84)
    ring = [list(move.transform(x, y)) for x, y in [*corners, corners[0]]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def square(town: ModuleType, west: float, south: float, east: float, north: float) -> str:
    x, y = town.X, town.Y
    return geojson(
        (x + west, y + south), (x + east, y + south), (x + east, y + north), (x + west, y + north)
    )


def ask(client: TestClient, geometry: str, **more: str) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/area", params={"geometry": geometry, **more})
    assert answer.status_code == 200, answer.text
    return {row["id"]: row for row in answer.json()["rows"]}


@pytest.fixture(scope="module")
def whole(town: ModuleType) -> str:
    return square(town, -60, -60, 1060, 660)


def test_an_area_that_holds_everything_has_the_figures_of_everything(
    client: TestClient, whole: str
) -> None:
    found = ask(client, whole)
    assert found["luminaire.count"]["value"] == 300
    assert found["street.length"]["value"] == pytest.approx(3000, rel=1e-6)
    assert found["building.count"]["value"] == 20
    assert found["building.surface"]["value"] == pytest.approx(20 * 12 * 10, rel=1e-6)
    energy = found["lighting_energy_kwh"]
    assert energy["value"] == pytest.approx(12000.5)
    assert energy["low"] == pytest.approx(10000, rel=1e-6)
    assert energy["high"] == pytest.approx(15000, rel=1e-6)
    assert energy["estimated_share"] == pytest.approx(0.4)
    assert energy["explain"] == "/api/explain/indicator/i-town"


def test_lines_and_surfaces_are_cut_at_the_edge_and_rows_counted_whole(
    client: TestClient, town: ModuleType
) -> None:
    # The first building is 12 m wide from X: the edge passes at 6 m.
    found = ask(client, square(town, -5, 290, 6, 320))
    assert found["building.count"]["value"] == 1
    assert found["building.surface"]["value"] == pytest.approx(60, rel=1e-3)
    assert "street.length" not in found, "nothing is said of what is not there"
    strip = ask(client, square(town, 100, 0, 350, 20))
    assert strip["street.length"]["value"] == pytest.approx(250, rel=1e-4)


def test_a_sum_says_what_is_estimated_and_what_is_not_known(
    client: TestClient, town: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without figures of streets, power is summed lamp by lamp.
    monkeypatch.setattr(areas.shares, "figures", lambda *_: [])
    found = ask(client, square(town, -5, -5, 105, 5))["luminaire.power_w"]
    # Lamps 0 to 5: 50, 51, none, 53, 54, none; an unknown power is estimated at 70, 50 to 100.
    assert found["value"] == pytest.approx(50 + 51 + 53 + 54 + 2 * 70)
    assert (found["low"], found["high"]) == (208 + 100, 208 + 200)
    assert found["estimated_share"] == pytest.approx(140 / 348)
    assert (found["rows"], found["known"], found["estimated"], found["unknown"]) == (6, 4, 2, 0)
    floors = ask(client, square(town, -5, 290, 6, 320))["building.floor_area_m2"]
    assert floors["value"] is None
    assert floors["unknown"] == 1


def test_a_drawn_shape_is_followed_not_its_box(client: TestClient, town: ModuleType) -> None:
    x, y = town.X, town.Y
    triangle = geojson((x - 1, y - 1), (x + 201, y - 1), (x - 1, y + 101))
    inside = shapely.Polygon([(-1, -1), (201, -1), (-1, 101)])
    lamps = [(20.0 * (i % 50), 20.0 * (i // 50)) for i in range(300)]
    expected = sum(inside.contains(shapely.Point(lamp)) for lamp in lamps)
    assert 0 < expected < 50
    assert ask(client, triangle)["luminaire.count"]["value"] == expected


def test_both_languages_and_files(client: TestClient, whole: str) -> None:
    assert ask(client, whole)["luminaire.count"]["label"] == "Points lumineux"
    english = ask(client, whole, lang="en")["luminaire.count"]
    assert english["label"] == "Light points"
    assert english["method"].startswith("Rows whose geometry")
    text = client.get("/api/area", params={"geometry": whole, "f": "csv"}).text
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert float(rows["luminaire.count"]["value"]) == 300


def test_each_figure_names_its_sources(client: TestClient, whole: str) -> None:
    found = ask(client, whole)
    assert found["luminaire.count"]["sources"] == ["src-lamps"]
    assert all(row["method"] and row["formula"] for row in found.values())


def test_an_area_elsewhere_holds_nothing(client: TestClient) -> None:
    for bbox in ("2.2,48.8,2.3,48.9", "-60,-30,-59,-29"):
        answer = client.get("/api/area", params={"bbox": bbox})
        assert answer.status_code == 200
        assert answer.json()["rows"] == []


def test_a_box_is_an_area_too(client: TestClient, whole: str) -> None:
    west, south, east, north = shapely.from_geojson(whole).bounds
    rows = client.get("/api/area", params={"bbox": f"{west},{south},{east},{north}"}).json()["rows"]
    counts = {row["id"]: row["value"] for row in rows}
    assert counts["luminaire.count"] == 300


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "JUM-A015"),
        ({"bbox": "3.8,43.5,3.9,43.7", "geometry": "{}"}, "JUM-A015"),
        ({"bbox": ""}, "JUM-A015"),
        ({"bbox": "", "geometry": ""}, "JUM-A015"),
        ({"bbox": "1,2"}, "JUM-I003"),
        ({"bbox": "nan,0,1,1"}, "JUM-I003"),
        ({"bbox": "3.87,43.6,3.87,43.6"}, "JUM-A016"),
        ({"geometry": "POLYGON((0 0,1 0,1 1,0 0))"}, "JUM-I018"),
        ({"geometry": "{" * 15_000}, "JUM-I018"),
        ({"geometry": "[" * 15_000}, "JUM-I018"),
        ({"geometry": "null"}, "JUM-A016"),
        ({"geometry": '{"type":"Point","coordinates":[3.87,43.6]}'}, "JUM-A016"),
        ({"geometry": '{"type":"Polygon","coordinates":[[[3,43],[4,44],[3,43]]]}'}, "JUM-"),
        ({"geometry": '{"type":"Polygon","coordinates":[[["a",1],[2,3],[4,5]]]}'}, "JUM-I018"),
        ({"geometry": '{"type":"Polygon","coordinates":[]}'}, "JUM-I018"),
        ({"geometry": "x" * 60_001}, "JUM-A001"),
        ({"bbox": "3.8,43.5,3.9,43.7", "colour": "red"}, "JUM-I011"),
    ],
)
def test_what_is_no_area_is_refused(client: TestClient, query: dict[str, str], code: str) -> None:
    answer = client.get("/api/area", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"].startswith(code)


def test_ten_thousand_vertices_are_refused(client: TestClient) -> None:
    ring = [[round(3.8 + i * 1e-5, 5), 43.6 + i % 2] for i in range(2500)]
    text = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, separators=(",", ":"))
    answer = client.get("/api/area", params={"geometry": text})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "JUM-I014"


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(20, 980), across=st.booleans())
def test_two_halves_make_the_whole(
    client: TestClient, town: ModuleType, whole: str, cut: float, across: bool
) -> None:
    """Lengths, surfaces, lamps and shared figures add up, wherever the cut passes."""
    if abs(cut / 20 - round(cut / 20)) < 1e-3:
        cut += 1.0  # a lamp on the edge belongs to both
    if across:
        at = cut * 0.6
        at += 1.0 if abs(at / 20 - round(at / 20)) < 1e-2 or abs(at % 200 - 10) < 0.1 else 0.0
        parts = (square(town, -60, -60, 1060, at), square(town, -60, at, 1060, 660))
    else:
        parts = (square(town, -60, -60, cut, 660), square(town, cut, -60, 1060, 660))
    first, second = (ask(client, part) for part in parts)
    total = ask(client, whole)
    for name in ("luminaire.count", "street.length", "building.surface", "lighting_energy_kwh"):
        halves = [half[name]["value"] for half in (first, second) if name in half]
        assert sum(halves) == pytest.approx(total[name]["value"], rel=1e-4), name


def test_what_is_measured_is_in_the_schema() -> None:
    for item in areas._declared():
        declared = schema.table(item.table)
        assert declared.geometry, item
        assert item.measure in areas._METHODS, item
        if item.attribute:
            assert declared[item.attribute].type in {"double", "integer"}, item
            unit = declared[item.attribute].unit
            assert item.unit in (unit, ""), item


def test_a_table_that_nothing_says_how_to_measure_is_counted() -> None:
    (only,) = areas.measures("sensor")
    assert (only.measure, only.label_fr, only.id) == ("count", "Capteurs", "sensor.count")
