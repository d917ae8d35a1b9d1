# SPDX-License-Identifier: EUPL-1.2
"""Raster layers at wide cells: the same values as from the files, built aside, made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import jumeau
from jumeau.base import crs as crs_
from jumeau.base.contract import RasterWindow
from jumeau.interop import mercator, mosaic, raster_tiles
from jumeau.interop.pyramid import build
from jumeau.interop.served import Served

X, Y = 770_000.0, 6_280_000.0


def window(i: int, add: float = 0.0) -> RasterWindow:
    """A square kilometre that rises eastwards."""
    values = np.tile(np.linspace(10 * i, 10 * i + 10, 1000, dtype=np.float32), (1000, 1))
    west = X + 1000 * i - 0.5
    return RasterWindow((west, Y - 999.5, west + 1000, Y + 0.5), values + np.float32(add))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(mosaic, "MANY", 2)
    territory = jumeau.create(tmp_path / "t.jumeau", name="T")
    with territory.transaction("relief") as tx:
        tx.put_raster("dtm", [window(0), window(1), window(3)])
    territory.close()
    opened = Served(tmp_path / "t.jumeau", workers=2)
    monkeypatch.setattr(
        opened.pyramids, "_begin", lambda names=(): build.build(opened.live.path, names)
    )
    yield opened
    opened.close()


def draw(served: Served, z: int) -> bytes:
    lon, lat = crs_.reproject([X + 1500], [Y - 500], "EPSG:2154", "EPSG:4326")
    served.tiles._values.clear()
    with served.reading() as view:
        return raster_tiles.tile(view, "dtm", mercator.tile_at(float(lon[0]), float(lat[0]), z))


def test_the_picture_is_that_of_the_files(served: Served) -> None:
    before = {z: draw(served, z) for z in (9, 10, 11, 12, 13)}
    served.pyramids.settle()
    with served.reading() as view:
        source = raster_tiles.raster(view, "dtm")
        assert mosaic.missing(served.live.path, source) == []
        found = mosaic.find(served.live.path, source, 30.0)
    assert found is not None
    assert found.cell == 8
    assert np.isnan(found.values[:, 250:375]).all()  # the kilometre that lacks
    expected, transform = source.read(resolution=8.0)
    assert (found.west, found.north) == (transform.c, transform.f)
    assert np.array_equal(found.values, expected, equal_nan=True)
    for z in (11, 12, 13):
        assert draw(served, z) == before[z]


def test_a_change_makes_it_anew_and_a_fault_too(served: Served) -> None:
    served.pyramids.settle()
    place = served.live.path / "cache" / "tiles"
    first = {path.name for path in place.glob("raster-dtm-*.npy")}
    assert len(first) == 2
    territory = jumeau.open(served.live.path)
    with territory.transaction("relief") as tx:
        tx.put_raster("dtm", [window(0, 500.0)])
    served.pyramids._not_before.clear()
    served.pyramids.settle()
    second = {path.name for path in place.glob("raster-dtm-*.npy")}
    assert len(second) == 2
    assert not first & second
    for path in place.glob("raster-dtm-*.npy"):
        path.write_bytes(path.read_bytes()[:200])
    assert draw(served, 11)
    with served.reading() as view:
        assert mosaic.missing(served.live.path, raster_tiles.raster(view, "dtm"))


def test_few_files_need_none(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic, "MANY", 4)
    with served.reading() as view:
        assert mosaic.cells(raster_tiles.raster(view, "dtm")) == []
        assert mosaic.cells(raster_tiles.raster(view, "dsm")) == []


def test_wide_layers_are_gathered_at_the_widest_cells_only(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosaic, "MOST", 10_000)
    with served.reading() as view:
        assert mosaic.cells(raster_tiles.raster(view, "dtm")) == [40]
