# SPDX-License-Identifier: EUPL-1.2
"""The door holds: slow queries stopped, rates, sizes, paths, whatever a client tries."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app, security
from jumeau.api.security import Guard, Rates, client_of
from jumeau.base.errors import BusyError, InvalidError
from jumeau.interop import features, served
from jumeau.interop.served import Served, Stop, View

SLOW = "SELECT count(*) FROM range(300000) a, range(300000) b WHERE a.range * b.range % 7 = 3"


def test_a_slow_query_is_stopped_and_the_next_one_answered(town_path: Path) -> None:
    opened = Served(town_path, workers=1)
    stop = Stop(0.3)
    timer = threading.Timer(0.3, stop.pull)
    begin = time.perf_counter()
    try:
        with opened.reading(stop=stop) as view, pytest.raises(BusyError, match="JUM-I019"):
            timer.start()
            view.rows(SLOW)
        assert time.perf_counter() - begin < 10
        with opened.reading() as view:
            assert view.rows("SELECT count(*) AS n FROM luminaire")[0]["n"] == 300
        stop.pull()  # too late: the connection serves somebody else
        with opened.reading(stop=Stop()) as view:
            assert view.rows("SELECT 1 AS one")[0]["one"] == 1
    finally:
        timer.cancel()
        opened.close()


def test_slow_answers_say_so_over_http(
    town_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(view: View, _: Any) -> Any:
        return view.rows(SLOW)

    with TestClient(create_app(town_path), raise_server_exceptions=False) as client:
        monkeypatch.setattr(client.app.state.served, "patience", 0.3)  # type: ignore[attr-defined]
        monkeypatch.setattr(features, "page", slow)
        response = client.get("/collections/luminaire/items?lang=en")
        assert response.status_code == 503
        assert response.json()["error"]["code"] == "JUM-I019"
        assert response.headers["retry-after"]
        monkeypatch.undo()
        assert client.get("/collections/luminaire/items").status_code == 200


def test_a_request_whose_turn_does_not_come_is_sent_away(
    town_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Served(town_path, workers=1)
    monkeypatch.setattr(served, "MOST_WAITING", 2)

    async def crowd() -> list[Any]:
        jobs = [opened.run(time.sleep, 0.2) for _ in range(5)]
        return await asyncio.gather(*jobs, return_exceptions=True)

    try:
        results = asyncio.run(crowd())
    finally:
        opened.close()
    assert sum(isinstance(item, BusyError) for item in results) == 3
    assert opened.waiting == 0


# -- rates -----------------------------------------------------------------------------------
def test_a_bucket_empties_and_fills() -> None:
    now = [0.0]
    rates = Rates(2.0, 3, clock=lambda: now[0])
    assert [rates.wait("a") for _ in range(3)] == [0, 0, 0]
    assert rates.wait("a") == pytest.approx(0.5)
    assert rates.wait("b") == 0
    now[0] = 0.5
    assert rates.wait("a") == 0
    assert rates.wait("a") > 0
    now[0] = 100.0
    assert [rates.wait("a") for _ in range(4)][:3] == [0, 0, 0]
    assert rates.wait("a") > 0


def test_many_clients_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_CLIENTS", 10)
    rates = Rates(1.0, 1)
    for number in range(100):
        rates.wait(str(number))
    assert len(rates._left) == 10


@pytest.mark.parametrize(
    ("host", "client", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::/64", True),
        ("192.0.2.7", "192.0.2.7", False),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64", False),
        ("testclient", "testclient", True),
        ("elsewhere", "elsewhere", False),
    ],
)
def test_clients_are_machines(host: str, client: str, local: bool) -> None:
    assert client_of({"client": (host, 1234)}) == (client, local)


def test_too_many_requests_are_refused_with_a_time_to_wait(
    town_path: Path, _worksites: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(security.RATE_VARIABLE, "0.5")
    with TestClient(create_app(town_path)) as client:
        codes = [client.get("/conformance?lang=en").status_code for _ in range(8)]
        assert codes[0] == 200
        assert codes[-1] == 429
        refused = client.get("/conformance?lang=en")
        assert refused.json()["error"]["code"] == "JUM-A007"
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        assert "content-security-policy" in refused.headers


def test_other_machines_have_a_rate_and_this_one_has_none(town_path: Path) -> None:
    app = Guard(lambda *_: None, Rates(1.0, 2), everyone=False)  # type: ignore[arg-type]
    headers = [(b"host", b"127.0.0.1")]
    asked = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
    far = [app._refusal({**asked, "client": ("192.0.2.7", 1)}) for _ in range(4)]
    near = [app._refusal({**asked, "client": ("127.0.0.1", 1)}) for _ in range(50)]
    assert [item and item[1] for item in far] == [None, None, 429, 429]
    assert set(near) == {None}


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan", "inf"])
def test_a_wrong_rate_is_refused(
    town_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(security.RATE_VARIABLE, text)
    with pytest.raises(InvalidError, match="JUM-A010"):
        create_app(town_path)


# -- sizes and names -------------------------------------------------------------------------
def test_long_addresses_and_bodies_are_refused(client: TestClient) -> None:
    app = Guard(lambda *_: None, Rates(1.0, 2), everyone=False)  # type: ignore[arg-type]
    headers = [(b"host", b"127.0.0.1")]
    asked = {"type": "http", "path": "/", "headers": headers, "client": ("127.0.0.1", 1)}
    long = app._refusal({**asked, "query_string": b"x" * 800_000})
    assert long is not None
    assert (long[0].code, long[1]) == ("JUM-A008", 414)
    heavy = client.request("GET", "/conformance", content=b"x" * 100_000)
    assert (heavy.status_code, heavy.json()["error"]["code"]) == (413, "JUM-A009")
    flowing = client.request("GET", "/conformance", content=iter([b"x"] * 3))
    assert flowing.status_code == 413
    assert client.request("GET", "/conformance", content=b"{}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/stac/collections/..%2f..%2f/items", "/stac/collections/illuminance/items/..%2f..%2f",
        "/stac/collections/illuminance/items/770_6280/..%2f..%2fterritory.tif",
        "/stac/collections/illuminance/items/..%252f..%252fterritory/00000000.tif",
        "/stac/collections/illuminance/items/%2e%2e/territory.toml",
        "/rasters/..%2f..%2fx/map/tiles", "/collections/%2e%2e%2fterritory.toml/queryables",
        "/collections/luminaire/items/..%2f..%2f..%2fterritory.toml",
        "/tileMatrixSets/..%2f..%2fterritory.toml", "/collections/catalogue/items/..%5c..%5cx",
    ],
)  # fmt: skip
def test_no_file_is_reached_by_a_path_in_disguise(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code in {400, 404}, response.text
    assert response.json()["error"]["code"].startswith("JUM-")
    assert "34172" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1e308,1e308,1e309,1e309", "bbox=nan,nan,nan,nan", "bbox=-180,-90,180,90,",
        "bbox=0,0,0,0", "bbox=3.8,43.5,3.8,43.7", "bbox=-1e-320,0,1e-320,1",
        "bbox=170,43,-170,44", "bbox=1e8,1e8,2e8,2e8&bbox-crs=EPSG:2154",
        "bbox=0,0,1e8,1e8&bbox-crs=EPSG:3857", "bbox=1,2,3,4&bbox-crs=EPSG:9999999",
        "crs=file:///etc/passwd", "crs=%2Bproj%3Dpipeline", "crs=EPSG:4326%00", "crs=[EPSG:4326",
        "filter=1=1;--", "filter=id%20=%20'x'%20OR%20'1'='1", "filter={}", "filter=[]",
        "filter={\"op\":\"=\",\"args\":[{\"property\":\"rowid\"},1]}", "filter-lang=sql",
        "sortby=id;drop", "sortby=rowid", "properties=*", "properties=xmin", "after=key:e30",
        "after=key:%F0%9F%98%80", "after=key:WzEsMl0&sortby=id", "after=key:WyJ4Iiw1XQ&sortby=id",
        "before=row:5&after=row:3", "before=x", "datetime=0001-01-01/9999-12-31",
        "datetime=9999-12-31T23:59:59.999999+14:00", "limit=-9223372036854775809", "at=-1", "at=²",
        "at=99999999999999999999", "id=%00", "power_w=1e999", "installed_on=9999999-01-01",
    ],
)  # fmt: skip
def test_hostile_queries_are_answered_or_refused(client: TestClient, query: str) -> None:
    begin = time.perf_counter()
    response = client.get(f"/collections/luminaire/items?{query}")
    assert response.status_code in {200, 400}, response.text
    if response.status_code == 400:
        assert response.json()["error"]["code"].startswith("JUM-")
    assert time.perf_counter() - begin < 5
