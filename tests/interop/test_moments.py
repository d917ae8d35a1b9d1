# SPDX-License-Identifier: EUPL-1.2
"""Moments of an event: asked one by one, coloured alike, refused when they are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import jumeau
from jumeau.api import create_app
from jumeau.base.contract import RasterWindow

X, Y, SIDE = 770_000.0, 6_280_000.0, 400
DEPTHS = {600.0: 0.3, 1800.0: 1.2, None: 2.5}
"""Depth on the east side at each moment, and the greatest one [m]; the west side is dry."""


def _water(depth: float) -> RasterWindow:
    bounds = (X - 0.5, Y - 0.5, X + SIDE - 0.5, Y + SIDE - 0.5)
    return RasterWindow(bounds, np.tile(np.linspace(0, depth, SIDE, dtype=np.float32), (SIDE, 1)))


def _flood(path: Path, depths: dict[float | None, float]) -> None:
    territory = jumeau.open(path)
    with territory.recording("climate") as record:
        for moment in sorted(depths, key=lambda item: (item is not None, item)):
            record.put_raster("water_depth", [_water(depths[moment])], moment)
    territory.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path: Path = tmp_path_factory.mktemp("flood") / "crue.jumeau"
    jumeau.create(path, name="Crue").close()
    _flood(path, DEPTHS)
    with TestClient(create_app(path), base_url="http://127.0.0.1") as opened:
        yield opened


def _tile(client: TestClient, query: str = "", path: str = "") -> Any:
    lon, lat = 3.8705, 43.6135
    place = f"/tiles/raster/water_depth/14/{int((lon + 180) / 360 * 2**14)}"
    row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**14)
    return client.get(path or f"{place}/{row}.png?lang=en{query}")


def test_moments_are_listed_with_their_layer(client: TestClient) -> None:
    (raster,) = client.get("/api/territory").json()["rasters"]
    assert raster["moments"] == [600.0, 1800.0]
    assert client.get("/api/fields").json()["rasters"][0]["moments"] == [600.0, 1800.0]


def test_each_moment_has_its_own_picture(client: TestClient) -> None:
    pictures = [_tile(client, query) for query in ("", "&moment=600", "&moment=1800")]
    assert [picture.status_code for picture in pictures] == [200, 200, 200]
    assert len({picture.content for picture in pictures}) == 3
    assert _tile(client, "&moment=600.0").content == pictures[1].content


def test_the_standard_tiles_know_moments_too(client: TestClient) -> None:
    place = "/rasters/water_depth/map/tiles/WebMercatorQuad/14/5989/8368"
    whole, then = client.get(place), client.get(f"{place}?moment=600")
    assert whole.status_code == then.status_code == 200


@pytest.mark.parametrize("moment", ["601", "0", "1e7"])
def test_a_moment_that_is_not_there_is_refused(client: TestClient, moment: str) -> None:
    answer = _tile(client, f"&moment={moment}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "JUM-I043")
    assert "600, 1800" in answer.json()["error"]["what"]


@pytest.mark.parametrize("moment", ["-1", "nan", "inf", "soon", "1e300"])
def test_what_is_no_time_is_refused(client: TestClient, moment: str) -> None:
    assert _tile(client, f"&moment={moment}").json()["error"]["code"] == "JUM-A001"


def test_catalogues_show_the_layer_once(client: TestClient) -> None:
    items = client.get("/stac/collections/water_depth/items").json()["features"]
    assert len(items) == len({item["id"] for item in items})


def test_a_new_event_forgets_the_moments_of_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "crue.jumeau"
    jumeau.create(path, name="Crue").close()
    _flood(path, DEPTHS)
    _flood(path, {None: 0.2, 900.0: 0.1})
    with TestClient(create_app(path), base_url="http://127.0.0.1") as client:
        (raster,) = client.get("/api/territory").json()["rasters"]
        assert raster["moments"] == [900.0]
        version = str(client.get("/api/territory").json()["version"] - 1)
        (former,) = client.get(f"/api/territory?at={version}").json()["rasters"]
        assert former["moments"] == [600.0, 1800.0]
