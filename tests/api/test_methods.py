# SPDX-License-Identifier: EUPL-1.2
"""GET, HEAD and OPTIONS; nothing that writes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

PATHS = (
    "/", "/?f=json", "/api", "/api/territory", "/collections", "/collections/luminaire",
    "/collections/luminaire/items?limit=2", "/collections/luminaire/items?f=geojson",
    "/collections/luminaire/items/lamp/00001", "/collections/catalogue/items", "/stac",
    "/collections/luminaire/items?f=csv", "/nowhere", "/collections/nobody", "/openapi.json",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    whole, bare = client.get(path), client.head(path)
    assert bare.status_code == whole.status_code
    assert bare.content == b""
    for name in ("content-type", "etag", "content-crs", "content-security-policy"):
        assert bare.headers.get(name) == whole.headers.get(name), name


def test_head_of_a_whole_table_reads_no_row(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("rows were read")

    monkeypatch.setattr("jumeau.interop.features.written", refused)
    assert client.head("/collections/luminaire/items?f=geojson").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_options_says_what_may_be_done(client: TestClient, path: str) -> None:
    response = client.options(path)
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "content-security-policy" in response.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "ＧET"])
@pytest.mark.parametrize("path", ["/", "/collections/luminaire/items", "/stac", "/nowhere"])
def test_no_method_writes(client: TestClient, ask: Any, method: str, path: str) -> None:
    origin = [(b"origin", b"https://evil.example")]
    reply = asyncio.run(ask(client.app, f"{path}?lang=en", origin, method=method))
    assert reply.status == 405
    assert reply.json()["error"]["code"] == "JUM-A004"
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


def test_no_route_takes_another_method(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    others = {
        (name, path)
        for path, operations in document["paths"].items()
        for name in operations
        if name != "get"
    }
    assert others == {("post", "/processes/{process_id}/execution"), ("delete", "/jobs/{job_id}")}
