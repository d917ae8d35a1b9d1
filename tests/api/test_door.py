# SPDX-License-Identifier: EUPL-1.2
"""The door: caching by version, coded refusals, closed headers, nothing from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import create_app
from jumeau.api import page as page_
from jumeau.base.errors import MissingFileError, error


def test_answers_are_spared_to_who_has_them(client: TestClient) -> None:
    for path in ("/api/territory", "/collections/luminaire/items", "/tiles/raster/dtm/5/16/11.png"):
        first = client.get(path)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
        assert again.status_code == 304
        assert again.content == b""
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_validator_depends_on_language_and_version(client: TestClient) -> None:
    tags = {
        client.get(path).headers["etag"]
        for path in ("/api/fields", "/api/fields?lang=en", "/api/fields?at=1")
    }
    assert len(tags) == 3
    now = client.get("/api/territory").headers
    assert now["etag"] == client.get(f"/api/fields?at={now['jumeau-version']}").headers["etag"]
    assert now["content-language"] == "fr"


def test_a_commit_changes_the_validator(town: ModuleType, tmp_path: Path, _worksites: None) -> None:
    path = tmp_path / "bourg.jumeau"
    town.build(path).close()
    with TestClient(create_app(path)) as client:
        first = client.get("/collections/luminaire/items?limit=1000")
        with jumeau.open(path).transaction("clear") as tx:
            tx.delete("luminaire", {"lamp_type": "LED"})
        headers = {"If-None-Match": first.headers["etag"]}
        second = client.get("/collections/luminaire/items?limit=1000", headers=headers)
        assert second.status_code == 200
        assert second.json()["numberReturned"] == 200
        version = first.headers["jumeau-version"]
        past = client.get(f"/collections/luminaire/items?limit=1000&at={version}")
        assert past.json()["features"] == first.json()["features"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "JUM-A002"),
        ("/collections/lampadaire/items", 404, "JUM-T001"),
        ("/collections/luminaire/items/nobody", 404, "JUM-I008"),
        ("/collections/luminaire/items?colour=red", 400, "JUM-I005"),
        ("/collections/luminaire/items?power_w=strong", 400, "JUM-I006"),
        ("/collections/luminaire/items?limit=0", 400, "JUM-I004"),
        ("/collections/luminaire/items?limit=many", 400, "JUM-A001"),
        ("/collections/luminaire/items?bbox=1,2,3", 400, "JUM-I003"),
        ("/collections/luminaire/items?after=x", 400, "JUM-I007"),
        ("/collections/luminaire/items?f=shp", 400, "JUM-I002"),
        ("/collections/luminaire/items?at=99999", 400, "JUM-T031"),
        ("/collections/luminaire/items?at=1900-01-01", 400, "JUM-T032"),
        ("/collections/luminaire/items?at=tomorrow", 400, "JUM-T036"),
        ("/collections/luminaire/items?lang=de", 400, "JUM-A001"),
        ("/collections/luminaire/items?bbox=" + "1" * 500, 400, "JUM-A001"),
        ("/tiles/luminaire/30/0/0.mvt", 400, "JUM-I001"),
        ("/tiles/luminaire/14/-1/0.mvt", 400, "JUM-I001"),
        ("/tiles/luminaire/14/99999999999999999999/0.mvt", 400, "JUM-I001"),
        ("/tiles/luminaire/a/0/0.mvt", 400, "JUM-A001"),
        ("/tiles/budget/14/0/0.mvt", 400, "JUM-I009"),
        ("/tiles/nowhere/14/0/0.mvt", 404, "JUM-T001"),
        ("/tiles/raster/nowhere/14/0/0.png", 404, "JUM-T002"),
        ("/api/raster/dtm/value?lon=3", 400, "JUM-A001"),
        ("/api/raster/dtm/value?lon=nan&lat=1", 400, "JUM-I010"),
        ("/api/findings?severity=awful", 400, "JUM-A005"),
        ("/api/explain/indicator/nothing", 404, "JUM-T033"),
        ("/api/explain/nowhere/x", 404, "JUM-T001"),
        ("/api/entity/luminaire/nobody", 404, "JUM-I008"),
    ],
)
def test_refusals_are_coded(client: TestClient, path: str, status: int, code: str) -> None:
    response = client.get(path)
    assert response.status_code == status, response.text
    found = response.json()["error"]
    assert found["code"] == code
    assert found["what"]
    assert found["remedy"]
    assert "Traceback" not in response.text
    assert "‹" not in found["what"] + found["why"] + found["remedy"]


def test_refusals_speak_the_language_asked(client: TestClient) -> None:
    french = client.get("/nowhere").json()["error"]["what"]
    english = client.get("/nowhere?lang=en").json()["error"]["what"]
    assert french == "Il n'y a rien à l'adresse /nowhere."
    assert english == "There is nothing at /nowhere."
    assert "vouliez" in client.get("/collections/luminair/items").text.lower()
    assert "did you mean" in client.get("/collections/luminair/items?lang=en").text.lower()


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    response = getattr(client, method)("/api/territory")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "JUM-A004"
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_fault_of_ours_is_coded_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("jumeau.api.facts.sources", broken)
    response = client.get("/api/sources")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "JUM-A003"
    assert "secret" not in response.text
    assert "secret detail" in caplog.text
    assert "content-security-policy" in response.headers


def test_busy_says_when_to_come_back(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise error("JUM-T013", folder="x", detail="y")

    monkeypatch.setattr("jumeau.api.facts.sources", busy)
    response = client.get("/api/sources")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/api/territory", "/nowhere", "/tiles/raster/dtm/0/0/0.png"])
def test_headers_close_the_door(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/../territory.toml", "/%2e%2e/territory.toml", "/..%2fterritory.toml",
        "/assets/../../../territory.toml", "/collections/..%2f..%2fterritory.toml",
        "/tiles/raster/..%2f..%2fx/0/0/0.png", "//etc/passwd", "/%00",
    ],
)  # fmt: skip
def test_no_file_is_reached_by_its_path(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code in {400, 404}
    assert "34172" not in response.text


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1 --", '"; DROP TABLE luminaire; --', "LED' UNION SELECT", "\x00", "%", "é" * 90],
)
def test_values_are_never_sql(client: TestClient, text: str) -> None:
    found = client.get("/collections/luminaire/items", params={"lamp_type": text})
    assert found.status_code == 200
    assert found.json()["features"] == []
    name = client.get("/collections/luminaire/items", params={text: "1"})
    assert name.status_code == 400
    assert client.get("/collections/luminaire/items?count=true").json()["numberMatched"] == 300


def test_large_answers_are_compressed(client: TestClient) -> None:
    plain = client.get("/collections/luminaire/items", headers={"Accept-Encoding": "identity"})
    packed = client.get("/collections/luminaire/items", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 4


def test_the_description_refers_to_nothing_elsewhere(client: TestClient) -> None:
    text = client.get("/openapi.json").text
    document = json.loads(text)

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for item in value.values() for ref in references(item)]
        if isinstance(value, list):
            return [ref for item in value for ref in references(item)]
        return []

    found = references(document)
    assert found
    assert all(ref.startswith("#/") for ref in found)
    for ref in found:
        node = document
        for part in ref[2:].split("/"):
            node = node[part]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert "4XX" in operation["responses"]
            assert "422" not in operation["responses"]


def test_no_viewer_from_another_host(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_a_folder_without_territory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="JUM-T020"):
        create_app(tmp_path)


def test_without_the_built_page_a_plain_one_says_how(
    town_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_, "static_folder", lambda: None)
    with TestClient(create_app(town_path)) as client:
        response = client.get("/")
        assert response.headers["content-type"].startswith("text/html")
        assert '<html lang="fr">' in response.text
        assert "make web" in response.text
        assert "Bourg-l&#x27;Étang" in response.text
        assert '<html lang="en">' in client.get("/?lang=en").text
        for link in page_.LINKS:
            assert client.get(f"/{link}").status_code == 200


def test_the_built_page_is_served(
    town_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Jumeau</title>", encoding="utf-8")
    (tmp_path / "assets" / "main-1a2b3c.js").write_text("export {}", encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(page_, "static_folder", lambda: tmp_path)
    with TestClient(create_app(town_path)) as client:
        home = client.get("/")
        assert "<title>Jumeau</title>" in home.text
        assert home.headers["cache-control"] == "no-cache"
        script = client.get("/assets/main-1a2b3c.js")
        assert "javascript" in script.headers["content-type"]
        assert "immutable" in script.headers["cache-control"]
        assert "frame-ancestors 'none'" in script.headers["content-security-policy"]
        assert client.get("/api/territory").status_code == 200
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
            assert client.get(path).status_code == 404
        assert client.get("/missing.js").json()["error"]["code"] == "JUM-A002"
