# SPDX-License-Identifier: EUPL-1.2
"""Tiles over HTTP: attributes chosen, validators, drafts, those in memory, hostile addresses."""

from __future__ import annotations

import gzip
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient

from jumeau.api import create_app
from jumeau.base import crs as crs_
from jumeau.interop import mercator, quick
from jumeau.interop.pyramid import warm


@pytest.fixture(scope="module")
def client(town_path: Path) -> Iterator[TestClient]:
    warm.now()
    with TestClient(create_app(town_path), base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def address(town: ModuleType) -> str:
    lon, lat = crs_.reproject([town.X + 500], [town.Y + 200], "EPSG:2154", "EPSG:4326")
    z, x, y = mercator.tile_at(float(lon[0]), float(lat[0]), 14)
    return f"/tiles/luminaire/{z}/{x}/{y}.mvt"


@pytest.fixture
def layers() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "mvt_reader", Path(__file__).with_name("mvt_reader.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("packing", ["identity", "gzip"])
def test_the_quick_answer_is_the_ordinary_one(
    client: TestClient, address: str, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    headers = {"accept-encoding": packing}
    client.get(address, headers=headers)
    seen = []
    handle = quick.CachedTiles.handle

    async def spy(self: quick.CachedTiles, *rest: object) -> None:
        seen.append(1)
        await handle(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(quick.CachedTiles, "handle", spy)
    fast = client.get(address, headers=headers)
    slow = client.get(f"{address}?lang=fr", headers=headers)
    assert seen == [1]
    assert fast.status_code == slow.status_code == 200
    assert fast.content == slow.content
    assert dict(fast.headers) == dict(slow.headers)


def test_what_the_client_has_is_not_sent_again(client: TestClient, address: str) -> None:
    tag = client.get(address).headers["etag"]
    for path in (address, f"{address}?lang=fr", f"{address}?v=12"):
        again = client.get(path, headers={"if-none-match": f'"x", {tag}'})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag


def test_an_empty_tile_is_204_at_once_too(client: TestClient) -> None:
    for _ in range(2):
        assert client.get("/tiles/luminaire/14/0/0.mvt").status_code == 204


def test_attributes_are_chosen_in_both_addresses(
    client: TestClient, address: str, layers: ModuleType
) -> None:
    _, _, _, z, x, y = address.removesuffix(".mvt").split("/")
    standard = f"/collections/luminaire/tiles/WebMercatorQuad/{z}/{y}/{x}"
    for path in (address, standard):
        found = layers.read(client.get(path, params={"properties": "lamp_type"}).content)
        keys = {key for item in found["luminaire"] for key in item.properties}
        assert keys == {"lamp_type", "lamp_type_estimated"}
        wrong = client.get(path, params={"properties": "lamp_typ", "lang": "en"})
        assert wrong.status_code == 400
        assert wrong.json()["error"]["code"] == "JUM-I005"
        assert "lamp_type" in wrong.text


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/luminaire/99/0/0.mvt", "/tiles/luminaire/-1/0/0.mvt",
        "/tiles/luminaire/14/-1/0.mvt", "/tiles/luminaire/3/8/0.mvt",
        "/tiles/luminaire/3/0/8.mvt", "/tiles/luminaire/1.5/0/0.mvt",
        "/tiles/luminaire/14/1e3/0.mvt", "/tiles/luminaire/23/0/0.mvt",
        "/tiles/luminaire/14/99999999999999999999999/0.mvt", "/tiles/raster/dtm/99/0/0.png",
        "/tiles/raster/dtm/3/8/0.png?style=hillshade", "/tiles/raster/dtm/3/0/0.png?style=relief",
        "/rasters/illuminance/map/tiles/WebMercatorQuad/3/0/0?style=hillshade",
        "/collections/luminaire/tiles/WebMercatorQuad/3/8/0",
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused_in_words(client: TestClient, path: str) -> None:
    for _ in range(2):  # the second time nothing is in memory either
        answer = client.get(path)
        assert answer.status_code in {400, 404}
        assert answer.json()["error"]["code"].startswith("JUM-")


def test_a_draft_is_not_to_be_kept(
    client: TestClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    monkeypatch.setattr(warm, "ready", threading.Event())
    draft = client.get(f"{address}?lang=en")
    assert draft.status_code == 200
    assert draft.headers["cache-control"] == "no-store"
    tag = draft.headers["etag"]
    monkeypatch.undo()
    final = client.get(f"{address}?lang=en", headers={"if-none-match": tag})
    assert final.status_code == 200
    assert final.headers["cache-control"] == "no-cache"


def test_packed_tiles_unpack_to_the_plain_ones(client: TestClient, address: str) -> None:
    plain = client.get(address, headers={"accept-encoding": "identity"}).content
    with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = b"".join(answer.iter_raw())
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)


def test_relief_layers_list_both_styles(client: TestClient) -> None:
    found = client.get("/rasters/dtm/map/tiles").json()["tilesets"]
    templates = [link["href"] for item in found for link in item["links"] if link["rel"] == "item"]
    assert len(templates) == 2
    assert templates[1].endswith("?style=hillshade")
    only = client.get("/rasters/illuminance/map/tiles").json()["tilesets"]
    assert len(only) == 1
    tile = templates[1].format(tileMatrix=3, tileRow=2, tileCol=4)
    assert client.get(tile).headers["content-type"] == "image/png"


def test_limits_hold_every_row(client: TestClient, address: str) -> None:
    _, _, _, z, x, y = address.removesuffix(".mvt").split("/")
    tileset = client.get("/collections/luminaire/tiles/WebMercatorQuad").json()
    limits = {item["tileMatrix"]: item for item in tileset["tileMatrixSetLimits"]}[z]
    assert limits["minTileCol"] <= int(x) <= limits["maxTileCol"]
    assert limits["minTileRow"] <= int(y) <= limits["maxTileRow"]


def test_a_write_is_seen_at_once(town: ModuleType, tmp_path: Path, address: str) -> None:
    import jumeau

    town.build(tmp_path / "bourg.jumeau").close()
    with TestClient(create_app(tmp_path / "bourg.jumeau"), base_url="http://127.0.0.1") as client:
        first = client.get(address)
        assert client.get(address).content == first.content
        with jumeau.open(tmp_path / "bourg.jumeau").transaction("clear") as tx:
            tx.delete("luminaire", {"lamp_type": "LED"})
        time.sleep(0.02)
        after = client.get(address, headers={"if-none-match": first.headers["etag"]})
        assert after.status_code == 200
        assert len(after.content) < len(first.content)
