# SPDX-License-Identifier: EUPL-1.2
"""What cost much to answer is answered again as it was, until the twin changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import create_app
from jumeau.interop import http
from jumeau.interop.served import View


@pytest.fixture
def living(
    town: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _worksites: None
) -> Iterator[TestClient]:
    """A town of its own; whatever is answered is kept, however cheap."""
    monkeypatch.setattr(http, "COSTLY", -1.0)
    town.build(tmp_path / "bourg.jumeau").close()
    with TestClient(create_app(tmp_path / "bourg.jumeau")) as client:
        yield client


def path_of(client: TestClient) -> Path:
    path: Path = client.app.state.served.live.path  # type: ignore[attr-defined]
    return path


def test_the_same_question_is_answered_without_reading(
    living: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = living.get("/api/findings")
    monkeypatch.setattr(View, "sql", lambda *_: pytest.fail("the twin was read"))
    second = living.get("/api/findings")
    assert second.content == first.content
    assert dict(second.headers) == dict(first.headers)
    assert second.headers["etag"]


def test_a_client_that_has_it_already_is_told(living: TestClient) -> None:
    tag = living.get("/api/findings").headers["etag"]
    for _ in range(2):
        again = living.get("/api/findings", headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert again.headers["etag"] == tag
        assert again.content == b""


def test_language_query_format_and_packing_are_told_apart(living: TestClient) -> None:
    address = "/api/findings"
    french, english = living.get(address), living.get(f"{address}?lang=en")
    assert french.headers["content-language"] == "fr"
    assert english.headers["content-language"] == "en"
    assert living.get(f"{address}?table=tree").json()["rows"] == []
    assert living.get(f"{address}?f=csv").headers["content-type"].startswith("text/csv")
    plain = living.get("/collections", headers={"Accept-Encoding": "identity"})
    packed = living.get("/collections", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    kinds = [
        living.get("/collections/luminaire/items", headers={"Accept": media}).headers[
            "content-type"
        ]
        for media in ("text/csv", "application/geo+json", "text/csv")
    ]
    assert kinds[0] == kinds[2] != kinds[1]


def test_a_change_of_the_twin_is_seen_at_once(living: TestClient) -> None:
    address = "/collections/luminaire/items?limit=1&count=true"
    before = living.get(address).json()["numberMatched"]
    version = living.get(address).headers["jumeau-version"]
    with jumeau.open(path_of(living)).transaction("fewer") as tx:
        tx.delete("luminaire", {"lamp_type": "LED"})
    assert living.get(address).json()["numberMatched"] == before - 100
    assert living.get(f"{address}&at={version}").json()["numberMatched"] == before
    assert living.get(f"{address}&at={version}").json()["numberMatched"] == before


def test_refusals_are_not_kept(living: TestClient) -> None:
    for _ in range(2):
        assert living.get("/collections/luminaire/items/nobody").status_code == 404
        assert living.get("/collections/luminaire/items?limit=0").status_code == 400
