# SPDX-License-Identifier: EUPL-1.2
"""Tiles on disk: bit for bit, deterministic, cloud-optimised, and shown by a VRT."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio

from jumeau.base.errors import InvalidError, StorageError
from jumeau.base.grid import Tile
from jumeau.twin import cog, disk

CRSS = ["EPSG:2154", "EPSG:5490", "EPSG:2972", "EPSG:2975", "EPSG:4471"]


def field(seed: int = 0, holes: bool = True) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = (random.normal(0, 1, (1000, 1000)).cumsum(axis=1) / 8 + 40).astype(np.float32)
    if holes:
        values[:300, :300] = np.nan
        values[random.integers(0, 1000, 50), random.integers(0, 1000, 50)] = np.nan
    return values


def test_values_come_back_bit_for_bit(tmp_path: Path) -> None:
    values = field()
    values[500, :6] = [0.0, -0.0, 1e-45, 3.4028235e38, -1e30, np.inf]
    done = cog.write_tile(tmp_path, "dtm", "0767_6281", values, "EPSG:2154")
    assert done is not None and done.created
    back = cog.read_tile(tmp_path / done.path)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back.view(np.uint32), values.view(np.uint32))


def test_name_tells_place_and_content(tmp_path: Path) -> None:
    done = cog.write_tile(tmp_path, "dtm", "0767_6281", field(), "EPSG:2154")
    assert done is not None
    content = (tmp_path / done.path).read_bytes()
    assert done.sha256 == hashlib.sha256(content).hexdigest()
    assert done.path == f"rasters/dtm/0767_6281-{done.sha256[:12]}.tif"
    assert (done.layer, done.tile) == ("dtm", "0767_6281")


def test_same_values_same_file_never_rewritten(tmp_path: Path) -> None:
    values = field()
    first = cog.write_tile(tmp_path, "dtm", "0767_6281", values, "EPSG:2154")
    assert first is not None
    before = (tmp_path / first.path).stat()
    other_nan = values.view(np.uint32).copy()
    other_nan[np.isnan(values)] = 0xFFC00001  # another NaN, same meaning
    second = cog.write_tile(
        tmp_path, "dtm", Tile(767, 6281), other_nan.view(np.float32), "EPSG:2154"
    )
    assert second == first._replace(created=False)
    after = (tmp_path / first.path).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    third = cog.write_tile(tmp_path, "dtm", "0767_6281", values + 1, "EPSG:2154")
    assert third is not None and third.path != first.path


def test_a_damaged_file_is_replaced_not_altered(tmp_path: Path) -> None:
    values = field()
    first = cog.write_tile(tmp_path, "dtm", "0767_6281", values, "EPSG:2154")
    assert first is not None
    path, fork = tmp_path / first.path, tmp_path / "fork.tif"
    os.link(path, fork)
    damaged = bytearray(path.read_bytes())
    damaged[-100] ^= 0xFF
    path.write_bytes(damaged)
    again = cog.write_tile(tmp_path, "dtm", "0767_6281", values, "EPSG:2154")
    assert again is not None and not again.created  # versions already refer to that name
    assert disk.digest(path) == first.sha256
    assert fork.read_bytes() == bytes(damaged)


def test_cloud_optimised(tmp_path: Path) -> None:
    cogeo = pytest.importorskip("rio_cogeo")
    done = cog.write_tile(tmp_path, "dtm", "0767_6281", field(), "EPSG:2154")
    assert done is not None
    valid, errors, warnings = cogeo.cog_validate(str(tmp_path / done.path), strict=True)
    assert (valid, errors, warnings) == (True, [], [])


@pytest.mark.parametrize("crs", CRSS)
@pytest.mark.parametrize("name", ["0767_6281", "-001_-002", "0000_0000"])
def test_georeference(tmp_path: Path, crs: str, name: str) -> None:
    done = cog.write_tile(tmp_path, "dsm", name, field(), crs)
    assert done is not None
    with rasterio.open(tmp_path / done.path) as source:
        assert tuple(source.bounds) == Tile.parse(name).bounds
        assert source.crs.to_epsg() == int(crs.removeprefix("EPSG:"))
        assert (source.dtypes, source.compression.name) == (("float32",), "deflate")
        assert np.isnan(source.nodata)
        assert source.overviews(1) == list(cog.OVERVIEWS)
        assert source.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "3"
        assert source.descriptions == ("dsm",)


def test_empty_tile_is_not_written(tmp_path: Path) -> None:
    nothing = np.full((1000, 1000), np.nan, dtype=np.float32)
    assert cog.write_tile(tmp_path, "dtm", "0767_6281", nothing, "EPSG:2154") is None
    assert not (tmp_path / "rasters").exists()


def test_wrong_size_and_wrong_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as caught:
        cog.write_tile(tmp_path, "dtm", "0767_6281", field()[:999], "EPSG:2154")
    assert caught.value.code == "JUM-T104"
    with pytest.raises(InvalidError):
        cog.write_tile(tmp_path, "dtm", "somewhere", field(), "EPSG:2154")


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(bytes(content[:1000]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError) as caught:
        cog.write_tile(tmp_path, "dtm", "0767_6281", field(), "EPSG:2154")
    assert caught.value.code == "JUM-T101"
    assert list((tmp_path / "rasters" / "dtm").iterdir()) == []


def test_windows_and_overviews_of_a_tile(tmp_path: Path) -> None:
    values = field(holes=False)
    values[:40, :40] = np.nan
    done = cog.write_tile(tmp_path, "dtm", "0767_6281", values, "EPSG:2154")
    assert done is not None
    path = tmp_path / done.path
    part = cog.read_tile(path, (slice(250, 260), slice(0, 1000)))
    np.testing.assert_array_equal(part, values[250:260])
    for cell in cog.OVERVIEWS:
        side = 1000 // cell
        blocks = values.reshape(side, cell, side, cell).astype(np.float64)
        expected = blocks.mean(axis=(1, 3))  # holes are whole blocks: NaN in, NaN out
        np.testing.assert_allclose(cog.read_tile(path, None, cell), expected, rtol=1e-6)


def test_missing_and_damaged_files_are_coded(tmp_path: Path) -> None:
    done = cog.write_tile(tmp_path, "dtm", "0767_6281", field(), "EPSG:2154")
    assert done is not None
    path = tmp_path / done.path
    path.write_bytes(path.read_bytes()[:2000])
    for damaged in (path, tmp_path / "absent.tif"):
        with pytest.raises(StorageError) as caught:
            cog.read_tile(damaged)
        assert caught.value.code == "JUM-T108"


# -- VRT ---------------------------------------------------------------------------------------
def layer(folder: Path, names: list[str], crs: str = "EPSG:2154") -> dict[str, str]:
    files = [cog.write_tile(folder, "dtm", name, field(i), crs) for i, name in enumerate(names)]
    return {item.tile: item.path for item in files if item}


@pytest.mark.parametrize("crs", CRSS)
def test_vrt_shows_the_tiles_where_they_are(tmp_path: Path, crs: str) -> None:
    tiles = layer(tmp_path, ["0767_6281", "0769_6280"], crs)
    path = cog.write_vrt(tmp_path, "dtm", tiles, crs)
    assert path == tmp_path / "rasters" / "dtm.vrt"
    with rasterio.open(path) as source:
        assert tuple(source.bounds) == (766999.5, 6279000.5, 769999.5, 6281000.5)
        assert source.crs.to_epsg() == int(crs.removeprefix("EPSG:"))
        assert source.overviews(1) == list(cog.OVERVIEWS)
        whole = source.read(1)
    expected = np.full((2000, 3000), np.nan, dtype=np.float32)
    expected[:1000, :1000] = field(0)
    expected[1000:, 2000:] = field(1)
    np.testing.assert_array_equal(whole, expected)


def test_vrt_is_relative_and_moves_with_the_folder(tmp_path: Path) -> None:
    tiles = layer(tmp_path / "a", ["0767_6281"])
    path = cog.write_vrt(tmp_path / "a", "dtm", tiles, "EPSG:2154")
    assert path is not None
    assert str(tmp_path) not in path.read_text()
    (tmp_path / "a").rename(tmp_path / "b")
    with rasterio.open(tmp_path / "b" / "rasters" / "dtm.vrt") as source:
        np.testing.assert_array_equal(source.read(1), field(0))


def test_vrt_is_replaced_and_not_altered(tmp_path: Path) -> None:
    tiles = layer(tmp_path, ["0767_6281", "0768_6281"])
    path = cog.write_vrt(tmp_path, "dtm", {"0767_6281": tiles["0767_6281"]}, "EPSG:2154")
    assert path is not None
    fork = tmp_path / "fork.vrt"
    os.link(path, fork)
    inode = path.stat().st_ino
    cog.write_vrt(tmp_path, "dtm", {"0767_6281": tiles["0767_6281"]}, "EPSG:2154")
    assert path.stat().st_ino == inode  # nothing new, nothing written
    cog.write_vrt(tmp_path, "dtm", tiles, "EPSG:2154")
    assert fork.read_text() != path.read_text()
    with rasterio.open(path) as source:
        assert source.width == 2000
    assert cog.write_vrt(tmp_path, "dtm", {}, "EPSG:2154") is None
    assert not path.exists()


def test_vrt_escapes_and_carries_metadata(tmp_path: Path) -> None:
    tiles = layer(tmp_path, ["0767_6281"])
    text = cog.vrt(
        "dtm", tiles, "EPSG:2154", root=str(tmp_path), metadata={"SOURCE": "IGN <& Cie> « 1 m »"}
    )
    ElementTree.fromstring(text)
    with rasterio.open(text) as source:
        assert source.tags()["SOURCE"] == "IGN <& Cie> « 1 m »"
        np.testing.assert_array_equal(source.read(1), field(0))
