# SPDX-License-Identifier: EUPL-1.2
"""Whatever is asked, the answer is one of the declared ones: never a fault, never a traceback."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jumeau.twin import schema

EXPECTED = {200, 204, 400, 404}
words = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "0", "-1", "1e400", "nan", "NULL", "true", "2024-02-30", "row:5", "%00"]),
    st.integers().map(str),
    st.floats().map(str),
)
names = st.one_of(st.sampled_from([*schema.tables(), *schema.layers()]), words)
parts = names.map(lambda text: quote(text, safe=""))
keys = st.one_of(
    st.sampled_from(
        ["limit", "after", "bbox", "count", "f", "lang", "at", "scope", "entity", "indicator",
         "severity", "table", "lon", "lat", "id", "lamp_type", "power_w", "floors", "public",
         "installed_on", "imported_at"]
    ),
    st.text(max_size=8),
)  # fmt: skip
boxes = st.lists(st.floats(-400, 400), min_size=3, max_size=6).map(
    lambda edges: ",".join(map(str, edges))
)
queries = st.dictionaries(keys, st.one_of(words, boxes), max_size=4)
calm = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def judge(client: TestClient, path: str, query: dict[str, Any]) -> None:
    response = client.get(path, params=query)
    assert response.status_code in EXPECTED, (path, query, response.text[:500])
    if response.status_code >= 400:
        found = response.json()["error"]
        assert found["code"].startswith("JUM-")
        assert found["what"]
        assert "Traceback" not in response.text


@calm
@given(table=parts, query=queries)
def test_items(client: TestClient, table: str, query: dict[str, str]) -> None:
    judge(client, f"/collections/{table}/items", query)


@calm
@given(
    name=st.sampled_from(["territory", "fields", "sources", "indicators", "options", "findings"]),
    query=queries,
)
def test_lists(client: TestClient, name: str, query: dict[str, str]) -> None:
    judge(client, f"/api/{name}", query)


@calm
@given(verb=st.sampled_from(["explain", "entity"]), table=parts, row=parts, query=queries)
def test_rows(client: TestClient, verb: str, table: str, row: str, query: dict[str, str]) -> None:
    judge(client, f"/api/{verb}/{table}/{row}", query)


@calm
@given(
    table=parts,
    z=st.one_of(st.integers(-1, 23), st.integers()),
    x=st.integers(),
    y=st.integers(0, 4000),
    query=queries,
)
def test_tiles(client: TestClient, table: str, z: int, x: int, y: int, query: dict) -> None:
    column = x if z < 0 else x % 2 ** min(z, 30)
    judge(client, f"/tiles/{table}/{z}/{column}/{y}.mvt", query)
    judge(client, f"/tiles/raster/{table}/{z}/{column}/{y}.png", query)


@calm
@given(layer=parts, lon=words, lat=words)
def test_values(client: TestClient, layer: str, lon: str, lat: str) -> None:
    judge(client, f"/api/raster/{layer}/value", {"lon": lon, "lat": lat})
