# SPDX-License-Identifier: EUPL-1.2
"""GDAL's own driver of OGC API - Features reads a live server, page after page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pyogrio
import pytest
import rasterio
import shapely


@pytest.fixture(scope="module")
def address(town_path: Path) -> Iterator[str]:
    """A server of its own process, as users start it."""
    command = [sys.executable, "-m", "jumeau", "serve", str(town_path), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"}
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def test_every_table_is_a_layer(address: str) -> None:
    layers = dict(pyogrio.list_layers(f"OAPIF:{address}"))
    assert {"luminaire", "building", "street", "indicator"} <= set(layers)


@pytest.mark.parametrize("page", [7, 100, 1000])
def test_gdal_pages_through_a_table(address: str, page: int) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire", PAGE_SIZE=page)
    assert len(frame) == 300
    assert frame["id"].nunique() == 300
    assert frame.crs.to_epsg() == 2154  # GDAL asks for the storage CRS
    assert frame["power_w"].isna().sum() == 100


def test_gdal_reads_a_window_and_a_filter(address: str) -> None:
    everything = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire")
    west, south, east, north = everything.total_bounds
    middle = ((west + east) / 2, (south + north) / 2)
    frame = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="luminaire", bbox=(west, south, *middle)
    )
    inside = shapely.intersects(everything.geometry, shapely.box(west, south, *middle))
    assert set(frame["id"]) == set(everything["id"][inside])
    assert 0 < len(frame) < 300
    some = pyogrio.read_dataframe(
        f"OAPIF:{address}", layer="luminaire", where="lamp_type = 'LED' AND power_w > 52"
    )
    kept = everything[(everything["lamp_type"] == "LED") & (everything["power_w"] > 52)]
    assert set(some["id"]) == set(kept["id"])


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:3857", "OGC:CRS84"])
def test_gdal_reads_in_every_projection_offered(address: str, code: str) -> None:
    """Points fall where they are: GDAL knows the order of axes of each CRS."""
    own = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire")
    found = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire", CRS=code)
    assert found.to_crs(own.crs).geometry.distance(own.geometry).max() < 0.02


def test_a_filter_of_ten_thousand_vertices_goes_through_the_door(address: str) -> None:
    own = pyogrio.read_dataframe(f"OAPIF:{address}", layer="luminaire")
    centre = own.union_all().centroid
    circle = centre.buffer(150, quad_segs=2500)
    text = shapely.to_wkt(circle, rounding_precision=3)
    query = urlencode({
        "filter": f"S_INTERSECTS(geometry, {text})", "limit": 1000,
        "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/2154",
    })  # fmt: skip
    with urlopen(f"{address}collections/luminaire/items?{query}") as response:
        found = json.load(response)
    assert found["numberReturned"] == int(own.intersects(circle).sum()) > 10


def test_gdal_reads_a_raster_tile_by_its_address(address: str) -> None:
    with urlopen(f"{address}stac/collections/illuminance/items") as response:
        href = json.load(response)["features"][0]["assets"]["data"]["href"]
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(href) as tile:
        assert tile.shape == (1000, 1000)
        assert tile.read(1, window=((0, 10), (0, 10))).shape == (10, 10)
