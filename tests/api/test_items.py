# SPDX-License-Identifier: EUPL-1.2
"""Items over HTTP: links, formats, filters, whole files."""

from __future__ import annotations

import io
import json
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from jumeau.interop import features


def link(page: dict[str, Any], rel: str) -> str | None:
    return next((item["href"] for item in page["links"] if item["rel"] == rel), None)


def test_collections_are_listed(client: TestClient) -> None:
    found = client.get("/collections?lang=en").json()["collections"]
    lamps = next(item for item in found if item["id"] == "luminaire")
    assert lamps["title"] == "Light points"
    assert lamps["geometry"] == "point"
    assert client.get(link(lamps, "self")).json() == {
        **lamps,
        "title": "Points lumineux",
        "attributes": client.get("/collections/luminaire").json()["attributes"],
    }
    assert client.get(link(lamps, "items")).status_code == 200


def test_next_links_lead_through_all_rows(client: TestClient) -> None:
    found: list[str] = []
    url: str | None = "/collections/luminaire/items?limit=70"
    while url:
        response = client.get(url)
        assert response.headers["content-type"] == "application/geo+json"
        page = response.json()
        assert page["type"] == "FeatureCollection"
        assert page["numberReturned"] == len(page["features"])
        assert "numberMatched" not in page
        found += [item["id"] for item in page["features"]]
        url = link(page, "next")
    assert len(found) == len(set(found)) == 300


def test_links_keep_what_was_asked(client: TestClient) -> None:
    page = client.get("/collections/luminaire/items?limit=10&lamp_type=LED&lang=en").json()
    following = client.get(link(page, "next") or "").json()
    assert {item["properties"]["lamp_type"] for item in following["features"]} == {"LED"}
    assert "lang=en" in (link(page, "next") or "")
    assert client.get(link(page, "self") or "").json() == page


def test_a_count_is_made_only_when_asked(client: TestClient) -> None:
    page = client.get("/collections/luminaire/items?limit=10&lamp_type=LED&count=true").json()
    assert page["numberMatched"] == 100
    assert page["numberReturned"] == 10


def test_a_window_in_degrees(client: TestClient) -> None:
    every = client.get("/collections/luminaire/items?limit=1000").json()["features"]
    lon, lat = every[0]["geometry"]["coordinates"]
    box = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    found = client.get(f"/collections/luminaire/items?bbox={box}").json()["features"]
    assert [item["id"] for item in found] == [every[0]["id"]]


@pytest.mark.parametrize("form", ["csv", "parquet", "geojson"])
def test_a_whole_table_comes_in_one_file(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(features, "AHEAD", 64)
    response = client.get(f"/collections/luminaire/items?f={form}")
    assert f'filename="luminaire.{form}"' in response.headers["content-disposition"]
    content = io.BytesIO(response.content)
    if form == "csv":
        frame: Any = pd.read_csv(content)
    elif form == "parquet":
        frame = gpd.read_parquet(content)
        assert frame.crs.to_epsg() == 2154
    else:
        frame = gpd.GeoDataFrame.from_features(json.loads(response.content)["features"])
    assert len(frame) == 300
    assert frame["id"].nunique() == 300
    few = client.get(f"/collections/luminaire/items?f={form}&limit=5&lamp_type=HPS")
    assert few.status_code == 200
    if form == "csv":
        assert pd.read_csv(io.BytesIO(few.content))["lamp_type"].tolist() == ["HPS"] * 5
        assert few.headers["jumeau-next"].startswith("row:")


def test_whole_files_are_filtered(client: TestClient) -> None:
    found = client.get("/collections/luminaire/items?f=geojson&lamp_type=LED").json()
    assert len(found["features"]) == 100


def test_one_item_whose_identifier_has_a_slash(client: TestClient) -> None:
    for path in ("lamp/00007", "lamp%2F00007"):
        found = client.get(f"/collections/luminaire/items/{path}").json()
        assert found["id"] == "lamp/00007"


def test_tables_without_geometry_are_pages_too(client: TestClient) -> None:
    page = client.get("/collections/indicator/items?limit=2").json()
    assert page["features"][0]["geometry"] is None
    assert client.get("/collections/effect/items").json()["numberReturned"] == 2
    run = client.get("/collections/run/items").json()["features"][0]["properties"]
    assert run["inputs"]["luminaire"]["rows"] == 300


def test_vector_tiles_over_http(client: TestClient) -> None:
    west, south, east, north = client.get("/api/territory").json()["bounds"]
    from jumeau.interop import mercator

    z, x, y = mercator.tile_at((west + east) / 2, (south + north) / 2, 14)
    response = client.get(f"/tiles/luminaire/{z}/{x}/{y}.mvt")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert b"luminaire" in response.content
    empty = client.get("/tiles/luminaire/14/0/0.mvt")
    assert empty.status_code == 204
    assert empty.content == b""


def test_a_flatgeobuf_without_geometry_is_one(client: TestClient) -> None:
    found = client.get("/collections/luminaire/items?f=fgb&skip-geometry=true&limit=3")
    assert found.headers["content-type"] == "application/flatgeobuf"
    assert found.content[:3] == b"fgb"
    frame = gpd.read_file(io.BytesIO(found.content))
    assert len(frame) == 3
    assert frame["id"].nunique() == 3


@pytest.mark.parametrize("value", ["", "a", "{}"])
def test_a_document_is_no_filter(client: TestClient, value: str) -> None:
    """An attribute whose values are documents cannot be compared, nor do queryables name it."""
    found = client.get("/collections/run/items", params={"parameters": value})
    assert found.status_code == 400
    assert found.json()["error"]["code"] == "JUM-I005"
    assert "parameters" not in client.get("/collections/run/queryables").json()["properties"]


def test_a_day_is_read_as_gdal_writes_it(client: TestClient) -> None:
    """GDAL 3.12 writes a T behind a day that has no time."""
    page = "/collections/source/items?datetime="
    for span, number in (("2026-01-02T", 1), ("2026-01-03T/..", 0), ("../2026-01-02T", 1)):
        found = client.get(f"{page}{span}")
        assert found.status_code == 200, found.text
        assert found.json()["numberReturned"] == number
    assert client.get(f"{page}2026-01-02TT").status_code == 400
    assert client.get(f"{page}2026-13-02T").status_code == 400
