# SPDX-License-Identifier: EUPL-1.2
"""PMTiles, version 3: a pyramid of tiles in one file, written once and read through a map of it.

References
----------
Protomaps, PMTiles Version 3 Specification (CC0).
"""

from __future__ import annotations

import gzip
import json
import mmap
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jumeau.interop.mercator import Tile

_MAGIC = b"PMTiles\x03"
_HEADER = struct.Struct("<8s11Q6B4iB2i")
_GZIP, _MVT = 2, 1
_ROOT = 16_384 - _HEADER.size
"""Bytes of the root directory, at most."""
_LEAF = 4_096
"""Entries of a leaf directory."""


class _Entry(NamedTuple):
    tile: int
    offset: int
    length: int
    run: int


class FaultyError(Exception):
    """A file is not a pyramid of this kind."""


def tile_id(address: Tile) -> int:
    """Return the number of a tile: zoom after zoom, along Hilbert's curve."""
    z, x, y = address
    found = 0
    side = 1 << z
    half = side >> 1
    while half:
        rx, ry = int((x & half) > 0), int((y & half) > 0)
        found += half * half * ((3 * rx) ^ ry)
        if not ry:
            if rx:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        half >>= 1
    return ((1 << 2 * z) - 1) // 3 + found


def _varints(values: Iterable[int]) -> bytes:
    out = bytearray()
    for value in values:
        rest = value
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _directory(entries: list[_Entry]) -> bytes:
    tiles = [item.tile for item in entries]
    steps = [tile - before for tile, before in zip(tiles, [0, *tiles], strict=False)]
    offsets = []
    for number, item in enumerate(entries):
        before = entries[number - 1] if number else None
        follows = before is not None and before.offset + before.length == item.offset
        offsets.append(0 if follows else item.offset + 1)
    numbers = [
        len(entries), *steps, *(item.run for item in entries),
        *(item.length for item in entries), *offsets,
    ]  # fmt: skip
    return gzip.compress(_varints(numbers), mtime=0)


def _entries(content: bytes) -> list[_Entry]:
    numbers: list[int] = []
    value = shift = 0
    for byte in gzip.decompress(content):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    n = numbers[0]
    steps, runs, lengths, places = (numbers[1 + k * n : 1 + (k + 1) * n] for k in range(4))
    found: list[_Entry] = []
    tile = 0
    for step, run, length, place in zip(steps, runs, lengths, places, strict=True):
        tile += step
        offset = place - 1 if place else found[-1].offset + found[-1].length
        found.append(_Entry(tile, offset, length, run))
    return found


def write(
    path: Path,
    tiles: Iterable[tuple[Tile, bytes]],
    bounds: tuple[float, float, float, float],
    metadata: Mapping[str, Any],
) -> int:
    """Write a pyramid of vector tiles, compressed; return how many it holds.

    Parameters
    ----------
    path : Path
        File to write.
    tiles : iterable of (Tile, bytes)
        Tiles, none of them empty, in any order.
    bounds : tuple of 4 float
        West, south, east, north [° WGS84].
    metadata : mapping
        Its ``vector_layers`` describe the layers.
    """
    known: list[_Entry] = []
    zooms: list[int] = []
    data = path.with_name(f"{path.name}.data")
    try:
        with data.open("wb") as file:
            at = 0
            for address, content in tiles:
                packed = gzip.compress(content, 6, mtime=0)
                file.write(packed)
                known.append(_Entry(tile_id(address), at, len(packed), 1))
                zooms.append(address.z)
                at += len(packed)
        known.sort()
        leaves, root = b"", _directory(known)
        if len(root) > _ROOT:
            pointers = []
            for first in range(0, len(known), _LEAF):
                leaf = _directory(known[first : first + _LEAF])
                pointers.append(_Entry(known[first].tile, len(leaves), len(leaf), 0))
                leaves += leaf
            root = _directory(pointers)
        described = gzip.compress(json.dumps(dict(metadata)).encode(), mtime=0)
        edges = [round(edge * 1e7) for edge in bounds]
        middle = [(edges[0] + edges[2]) // 2, (edges[1] + edges[3]) // 2]
        low, high = min(zooms, default=0), max(zooms, default=0)
        begin = _HEADER.size
        sizes = (len(root), len(described), len(leaves), at)
        places = [begin + sum(sizes[:number]) for number in range(4)]
        n = len(known)
        header = _HEADER.pack(
            _MAGIC,
            *(number for pair in zip(places, sizes, strict=True) for number in pair),
            n, n, n, 0, _GZIP, _GZIP, _MVT, low, high, *edges, low, *middle,
        )  # fmt: skip
        with path.open("wb") as out:
            out.write(header + root + described + leaves)
            with data.open("rb") as file:
                while part := file.read(2**22):
                    out.write(part)
    finally:
        data.unlink(missing_ok=True)
    return n


class Archive:
    """A pyramid that is read.

    Parameters
    ----------
    path : Path
        File.

    Raises
    ------
    FaultyError
        When it is not a pyramid of vector tiles as :func:`write` writes them, or is cut short.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            header = _HEADER.unpack(self._map[: _HEADER.size])
            (_, root, root_size, meta, meta_size, leaves, _, self._data, size, *_) = header
            if header[0] != _MAGIC or header[13:16] != (_GZIP, _GZIP, _MVT):
                raise FaultyError(path)
            if self._data + size != len(self._map):
                raise FaultyError(path)
            entries = _entries(self._map[root : root + root_size])
            if entries and not entries[0].run:
                entries = [
                    item
                    for leaf in entries
                    for item in _entries(
                        self._map[leaves + leaf.offset : leaves + leaf.offset + leaf.length]
                    )
                ]
            self.metadata: dict[str, Any] = json.loads(
                gzip.decompress(self._map[meta : meta + meta_size])
            )
        except (OSError, ValueError, struct.error, EOFError, IndexError) as exc:
            raise FaultyError(path) from exc
        self.zooms = (int(header[16]), int(header[17]))
        self._tiles = np.array([item.tile for item in entries], dtype=np.int64)
        self._places = np.array([(item.offset, item.length) for item in entries], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, address: Tile) -> bytes | None:
        """Return a tile, compressed (gzip), or ``None`` when it is not held."""
        wanted = tile_id(address)
        place = int(np.searchsorted(self._tiles, wanted))
        if place == len(self._tiles) or self._tiles[place] != wanted:
            return None
        offset, length = self._places[place].tolist()
        return self._map[self._data + offset : self._data + offset + length]

    def release(self) -> None:
        """Let the pages that were read leave this process."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
