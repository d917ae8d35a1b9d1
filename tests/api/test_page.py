# SPDX-License-Identifier: EUPL-1.2
"""The files of the page travel packed, and are kept for as long as their name says."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from jumeau.api import page

SCRIPT = "assets/index-abc123.js"
TEXT = b"console.log('a page');" * 100


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A built page: one script, packed both ways, and one picture that is not."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Page</title>", encoding="utf-8")
    (tmp_path / "index.html.gz").write_bytes(gzip.compress(b"<!doctype html><title>Page</title>"))
    (tmp_path / SCRIPT).write_bytes(TEXT)
    (tmp_path / f"{SCRIPT}.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / f"{SCRIPT}.br").write_bytes(b"packed by brotli")
    (tmp_path / "assets" / "font.woff2").write_bytes(b"font")
    monkeypatch.setattr(page, "static_folder", lambda: tmp_path)
    app = FastAPI()
    page.mount(app, "Ville")
    return TestClient(app)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip, deflate, br, zstd", {"gzip", "deflate", "br", "zstd"}),
        ("br;q=1.0, gzip;q=0.5", {"br", "gzip"}),
        ("br;q=0, gzip; q=0.000, deflate", {"deflate"}),
        ("", set()),
    ],
)
def test_what_a_browser_takes(header: str, expected: set[str]) -> None:
    assert page.accepted(header) == expected


@pytest.mark.parametrize(
    ("takes", "encoding", "body"),
    [("gzip", "gzip", TEXT), ("br;q=0, gzip", "gzip", TEXT), ("identity", None, TEXT)],
)
def test_a_script_comes_as_the_browser_takes_it(
    client: TestClient, takes: str, encoding: str | None, body: bytes
) -> None:
    answer = client.get(f"/{SCRIPT}", headers={"Accept-Encoding": takes})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.content == body


def test_the_tightest_packing_is_preferred(client: TestClient) -> None:
    with client.stream("GET", f"/{SCRIPT}", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert int(answer.headers["content-length"]) == len(b"packed by brotli")


def test_a_name_with_a_digest_is_kept_for_a_year_and_the_page_is_asked_again(
    client: TestClient,
) -> None:
    script = client.get(f"/{SCRIPT}", headers={"Accept-Encoding": "gzip"})
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    home = client.get("/", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    assert home.headers["cache-control"] == "no-cache"
    assert home.headers["content-encoding"] == "gzip"
    assert home.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Page</title>" in home.text
    tag = {"If-None-Match": home.headers["etag"], "Accept": "text/html", "Accept-Encoding": "gzip"}
    assert client.get("/", headers=tag).status_code == 304


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_first_answer_is_asked_for_along_with_the_script(client: TestClient, lang: str) -> None:
    home = client.get(f"/?lang={lang}", headers={"Accept": "text/html"})
    wanted = f'<api/territory?lang={lang}>; rel="preload"; as="fetch"; crossorigin'
    assert home.headers["link"] == wanted
    assert "link" not in client.get("/?at=3", headers={"Accept": "text/html"}).headers


def test_what_was_not_packed_comes_as_it_is(client: TestClient) -> None:
    font = client.get("/assets/font.woff2", headers={"Accept-Encoding": "gzip, br"})
    assert font.content == b"font"
    assert "content-encoding" not in font.headers


def test_only_reading_is_allowed_and_nothing_outside_is_found(client: TestClient) -> None:
    assert client.post(f"/{SCRIPT}", headers={"Accept-Encoding": "gzip"}).status_code == 405
    assert client.get("/assets/..%2f..%2fetc%2fpasswd").status_code == 404
