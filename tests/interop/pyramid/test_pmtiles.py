# SPDX-License-Identifier: EUPL-1.2
"""PMTiles: numbers of tiles as the specification gives them, files written and read."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from jumeau.interop.mercator import Tile
from jumeau.interop.pyramid import pmtiles

BOUNDS = (3.8, 43.5, 3.9, 43.7)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ((0, 0, 0), 0), ((1, 0, 0), 1), ((1, 0, 1), 2), ((1, 1, 1), 3), ((1, 1, 0), 4),
        ((2, 0, 0), 5), ((12, 3423, 1763), 19078479),
    ],
)  # fmt: skip
def test_numbers_are_those_of_the_specification(address: tuple[int, int, int], number: int) -> None:
    assert pmtiles.tile_id(Tile(*address)) == number


def test_numbers_of_a_zoom_are_all_different() -> None:
    found = {pmtiles.tile_id(Tile(5, x, y)) for x in range(32) for y in range(32)}
    assert found == set(range((4**5 - 1) // 3, (4**6 - 1) // 3))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    held = {Tile(z, x, y): f"{z}/{x}/{y}".encode() * 9 for z, x, y in
            [(3, 1, 2), (0, 0, 0), (3, 1, 3), (9, 300, 2)]}  # fmt: skip
    path = tmp_path / "a.pmtiles"
    assert pmtiles.write(path, held.items(), BOUNDS, {"vector_layers": []}) == 4
    archive = pmtiles.Archive(path)
    assert len(archive) == 4
    assert archive.zooms == (0, 9)
    assert archive.metadata == {"vector_layers": []}
    for address, content in held.items():
        found = archive.get(address)
        assert found is not None
        assert gzip.decompress(found) == content
    assert archive.get(Tile(3, 2, 2)) is None
    assert archive.get(Tile(12, 0, 0)) is None
    archive.release()
    assert archive.get(Tile(0, 0, 0)) is not None
    assert sorted(tmp_path.iterdir()) == [path]


def test_the_header_is_as_specified(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    pmtiles.write(path, [(Tile(3, 1, 2), b"x" * 50)], BOUNDS, {})
    raw = path.read_bytes()
    assert raw[:8] == b"PMTiles\x03"
    root, size = struct.unpack("<QQ", raw[8:24])
    assert (root, root + size <= 16_384) == (127, True)
    assert struct.unpack("<4B", raw[97:101])[0:4] == (2, 2, 1, 3)
    assert struct.unpack("<4i", raw[102:118]) == (38_000_000, 435_000_000, 39_000_000, 437_000_000)


def test_many_tiles_go_to_leaves(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    tiles = [
        (Tile(9, x, y), bytes([x, y]) * (1 + (x * y) % 97)) for x in range(150) for y in range(150)
    ]
    pmtiles.write(path, tiles, BOUNDS, {})
    raw = path.read_bytes()
    assert struct.unpack("<Q", raw[48:56])[0] > 0  # leaf directories
    archive = pmtiles.Archive(path)
    for address, content in tiles[::531]:
        assert gzip.decompress(archive.get(address) or b"") == content


@pytest.mark.parametrize("cut", [0, 60, 127, 400, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.pmtiles"
    pmtiles.write(path, [(Tile(5, x, 3), bytes(range(100))) for x in range(20)], BOUNDS, {})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(pmtiles.FaultyError):
        pmtiles.Archive(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    path.write_bytes(b"SQLite format 3\x00" * 40)
    with pytest.raises(pmtiles.FaultyError):
        pmtiles.Archive(path)
