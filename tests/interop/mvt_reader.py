# SPDX-License-Identifier: EUPL-1.2
"""A slow, plain reader of Mapbox Vector Tiles, written from the specification for the tests."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple


class Feature(NamedTuple):
    kind: int
    parts: list[list[tuple[int, int]]]
    properties: dict[str, Any]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> list[tuple[int, Any]]:
    found, at = [], 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 1:
            value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
        elif wire == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
            assert len(value) == size, "truncated"
        else:
            raise AssertionError(f"wire type {wire}")
        found.append((number, value))
    return found


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _value(data: bytes) -> Any:
    ((number, value),) = _fields(data)
    read = {1: bytes.decode, 3: float, 6: _unzigzag, 7: bool}
    return read[number](value)


def _numbers(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def _parts(commands: list[int]) -> list[list[tuple[int, int]]]:
    parts: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == 7:
            assert count == 1
            parts[-1].append(parts[-1][0])
            continue
        assert command in (1, 2)
        assert count > 0
        for _ in range(count):
            x += _unzigzag(commands[at])
            y += _unzigzag(commands[at + 1])
            at += 2
            if command == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts


def read(tile: bytes) -> dict[str, list[Feature]]:
    """Return layer name → features of a tile."""
    layers = {}
    for number, content in _fields(tile):
        assert number == 3
        fields = _fields(content)
        single = {key: value for key, value in fields if key in (1, 5, 15)}
        assert single[15] == 2
        assert single[5] == 4096
        keys = [value.decode() for key, value in fields if key == 3]
        values = [_value(value) for key, value in fields if key == 4]
        features = []
        for body in (value for key, value in fields if key == 2):
            feature = dict(_fields(body))
            tags = _numbers(feature.get(2, b""))
            properties = {
                keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)
            }
            features.append(Feature(feature[3], _parts(_numbers(feature[4])), properties))
        layers[single[1].decode()] = features
    return layers


def area(ring: list[tuple[int, int]]) -> float:
    """Signed area by the surveyor's formula, y downwards: positive for an outer ring."""
    return (
        sum(
            ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)
        )
        / 2
    )
