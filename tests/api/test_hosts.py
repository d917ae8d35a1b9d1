# SPDX-License-Identifier: EUPL-1.2
"""Names of the server: what is for another name is refused; other sites read only if let in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app, hosts
from jumeau.api.hosts import Names
from jumeau.base.errors import InvalidError
from jumeau.twin import config


@pytest.mark.parametrize(
    ("host", "server", "answered"),
    [
        ("127.0.0.1:8321", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("localhost.", "127.0.0.1", True),
        ("jumeau.localhost:80", "127.0.0.1", True),
        ("[::1]:8321", "::1", True),
        ("127.8.8.8", "127.0.0.1", True),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.8", "172.17.0.2", True),  # a number, seen through a router
        ("192.0.2.7", "127.0.0.1", False),
        ("evil.example", "127.0.0.1", False),
        ("evil.example", "192.0.2.7", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("evil.example@127.0.0.1", "127.0.0.1", False),
        ("127.0.0.1:8321:1", "127.0.0.1", False),
        ("[::1", "::1", False),
        ("127.1", "127.0.0.1", False),
        ("2130706433", "127.0.0.1", False),
        ("ⅼocalhost", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_a_request_is_for_this_server_or_not(host: str, server: str, answered: bool) -> None:
    assert Names().answers(host, server) is answered


def test_names_may_be_made_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hosts.HOSTS_VARIABLE, "jumeau.mairie.fr, *.agglo.fr")
    monkeypatch.setenv(hosts.ORIGINS_VARIABLE, "https://carte.mairie.fr/")
    found = hosts.names(["Twin.Example."], [])
    assert found.origins == ("https://carte.mairie.fr",)
    for name in ("jumeau.mairie.fr:443", "x.agglo.fr", "a.b.agglo.fr", "twin.example"):
        assert found.answers(name, "127.0.0.1"), name
    for name in ("mairie.fr", "agglo.fr", "xagglo.fr", "jumeau.mairie.fr.evil.example"):
        assert not found.answers(name, "127.0.0.1"), name


@pytest.mark.parametrize("wrong", ["http://x.fr", "x.fr:80", "*", "a b", "x.*.fr", "<script>"])
def test_what_is_no_name_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(InvalidError, match="JUM-A021"):
        hosts.names([wrong], [])


@pytest.mark.parametrize("wrong", ["*", "null", "x.fr", "https://x.fr/path", "file:///x"])
def test_what_is_no_site_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(InvalidError, match="JUM-A022"):
        hosts.names([], [wrong])


@pytest.mark.parametrize("path", ["/", "/api/territory", "/collections", "/nowhere", "/stac"])
def test_a_name_of_another_site_gets_nothing(client: TestClient, path: str) -> None:
    response = client.get(f"{path}?lang=en", headers={"Host": "evil.example"})
    assert response.status_code == 421
    assert response.json()["error"]["code"] == "JUM-A020"
    assert "evil.example" in response.json()["error"]["what"]
    assert "Bourg" not in response.text
    assert "content-security-policy" in response.headers


def test_a_request_without_a_name_is_refused(client: TestClient, ask: Any) -> None:
    reply = asyncio.run(ask(client.app, "/conformance", [(b"host", b"")]))
    assert (reply.status, reply.json()["error"]["code"]) == (421, "JUM-A020")
    assert asyncio.run(ask(client.app, "/conformance")).status == 200


def test_other_sites_are_not_let_in_by_default(client: TestClient) -> None:
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        response = client.request(method, "/api/territory", headers=asked)
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.fixture
def opened(
    town: ModuleType, tmp_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """A server whose territory.toml names a host and lets a site in."""
    path = tmp_path / "bourg.jumeau"
    made = town.build(path)
    settings = made.settings
    made.close()
    assert (settings.hosts, settings.origins) == ((), ())
    file = path / config.FILE
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^hosts = \[\]", 'hosts = ["jumeau.mairie.fr"]', text, flags=re.M)
    text = re.sub(r"^origins = \[\]", 'origins = "https://carte.mairie.fr"', text, flags=re.M)
    file.write_text(text, encoding="utf-8")
    with TestClient(create_app(path, sites=["https://autre.fr"])) as found:
        yield found


def test_names_and_sites_of_the_territory(opened: TestClient) -> None:
    named = opened.get("/conformance", headers={"Host": "jumeau.mairie.fr"})
    assert named.status_code == 200
    for site, let_in in (("https://carte.mairie.fr", True), ("https://autre.fr", True),
                         ("https://evil.example", False), ("null", False)):  # fmt: skip
        response = opened.get("/api/territory", headers={"Origin": site})
        assert response.status_code == 200
        assert response.headers.get("access-control-allow-origin") == (site if let_in else None)
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        asked = {"Origin": site, "Access-Control-Request-Method": "GET"}
        before = opened.options("/api/territory", headers=asked)
        assert before.headers.get("access-control-allow-origin") == (site if let_in else None)
        assert "credentials" not in str(before.headers)
    writing = {"Origin": "https://autre.fr", "Access-Control-Request-Method": "POST"}
    assert opened.options("/api/territory", headers=writing).status_code == 400


def test_what_a_territory_says_is_kept_when_it_is_written_again(tmp_path: Path) -> None:
    known = config.Config("x", "EPSG:2154", hosts=("a.fr",), origins=("https://b.fr",))
    config.write(tmp_path, known)
    assert config.read(tmp_path).hosts == ("a.fr",)
    assert config.read(tmp_path).origins == ("https://b.fr",)
