# SPDX-License-Identifier: EUPL-1.2
"""Mapbox Vector Tile 2.1 encoder: arrays in, bytes out.

A tile is a stream of variable-length integers: keys, lengths, commands and zigzag deltas alike.
The whole stream of a layer is laid out as one integer array with NumPy, then written at once,
so that the cost is that of a few passes over the vertices whatever the number of features.

References
----------
Mapbox Vector Tile Specification 2.1 (CC BY 3.0 US); Protocol Buffers, « Encoding ».
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

POINT, LINE, POLYGON = 1, 2, 3
_MULTI = 3  # highest shapely type id of a single geometry
_MOVE, _LINE, _CLOSE = 1, 2, 15


class Rings(NamedTuple):
    """Geometries of one kind as ragged arrays.

    Parameters
    ----------
    kind : int
        ``POINT``, ``LINE`` or ``POLYGON``.
    points : ndarray (n, 2)
        Vertices; rings of polygons are closed.
    part : ndarray (p + 1,)
        Where each part (point, line, ring) begins in ``points``, and their end.
    owner : ndarray (p,)
        Feature that each part belongs to, not decreasing.
    hole : ndarray (p,) of bool
        Whether a ring is the inner ring of a polygon.
    """

    kind: int
    points: NDArray[np.float64]
    part: NDArray[np.int64]
    owner: NDArray[np.int64]
    hole: NDArray[np.bool_]


def rings(geometries: NDArray[np.object_]) -> list[Rings]:
    """Lay geometries out as ragged arrays, one group per kind.

    Parameters
    ----------
    geometries : ndarray (n,) of shapely geometries
        Empty and missing ones have no part. Of a mixed collection, only the parts of the highest
        dimension are kept.

    Returns
    -------
    list of Rings
        ``owner`` is the index in ``geometries``.
    """
    import shapely

    parts, owner = shapely.get_parts(geometries, return_index=True)
    if (shapely.get_type_id(parts) > _MULTI).any():
        dimension = shapely.get_dimensions(geometries)[owner]
        nested, again = shapely.get_parts(parts, return_index=True)
        parts, owner, dimension = nested, owner[again], dimension[again]
        keep = shapely.get_dimensions(parts) == dimension
        parts, owner = parts[keep], owner[keep]
    keep = ~shapely.is_empty(parts)
    parts, owner = parts[keep], owner[keep]
    dimension = shapely.get_dimensions(parts)
    found = []
    for kind in (POINT, LINE, POLYGON):
        here = dimension == kind - 1
        if not here.any():
            continue
        own = owner[here].astype(np.int64)
        if kind == POINT:
            points = shapely.get_coordinates(parts[here])
            part, hole = np.arange(len(own) + 1), np.zeros(len(own), dtype=bool)
        elif kind == LINE:
            _, points, (part,) = shapely.to_ragged_array(parts[here])
            hole = np.zeros(len(own), dtype=bool)
        else:
            _, points, (part, polygon) = shapely.to_ragged_array(parts[here])
            hole = np.ones(len(part) - 1, dtype=bool)
            hole[polygon[:-1]] = False
            own = np.repeat(own, np.diff(polygon))
        found.append(Rings(kind, points[:, :2], np.asarray(part, dtype=np.int64), own, hole))
    return found


def _sizes(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Bytes that each integer takes as a varint."""
    size = np.ones(len(values), dtype=np.int64)
    for bits in range(7, 64, 7):
        more = values >= (1 << bits)
        if not more.any():
            break
        size += more
    return size


def varints(values: NDArray[np.uint64]) -> bytes:
    """Write integers as protocol-buffer varints, one after another.

    Parameters
    ----------
    values : ndarray (n,) of uint64
        The integers.
    """
    size = _sizes(values)
    begin = np.cumsum(size) - size
    out = np.empty(int(size.sum()), dtype=np.uint8)
    rest = values.copy()
    for byte in range(int(size.max(initial=0))):
        here = np.flatnonzero(size > byte)
        low = (rest[here] & 0x7F).astype(np.uint8)
        out[begin[here] + byte] = low | ((size[here] > byte + 1).astype(np.uint8) << 7)
        rest >>= np.uint64(7)
    return out.tobytes()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _chunk(tag: int, payload: bytes) -> bytes:
    return bytes([tag]) + _varint(len(payload)) + payload


def _zigzag(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values << 1) ^ (values >> 63)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where runs of given lengths begin, and the end of the last."""
    return np.concatenate([[0], np.cumsum(counts)])


def _expand(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0…c−1 for each count c, one after another."""
    return np.arange(int(counts.sum())) - np.repeat(_starts(counts)[:-1], counts)


def _snap(rings: Rings) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Round vertices, drop repeated ones and vanished parts; turn rings the right way.

    Returns the vertices (n, 2), their number in each part left, and the owner of each part.
    """
    q = np.rint(rings.points).astype(np.int64)
    counts = np.diff(rings.part)
    if rings.kind == POINT:
        return q, counts, rings.owner
    which = np.repeat(np.arange(len(counts)), counts)
    keep = np.ones(len(q), dtype=bool)
    keep[1:] = (q[1:] != q[:-1]).any(axis=1) | (which[1:] != which[:-1])
    q, which = q[keep], which[keep]
    counts = np.bincount(which, minlength=len(counts))
    if rings.kind == POLYGON:  # the closing vertex is not written
        first = _starts(counts)[:-1][counts > 1]
        last = first + counts[counts > 1] - 1
        closing = last[(q[last] == q[first]).all(axis=1)]
        q, which = np.delete(q, closing, axis=0), np.delete(which, closing)
        counts = np.bincount(which, minlength=len(counts))
    alive = counts >= (3 if rings.kind == POLYGON else 2)
    if rings.kind == POLYGON:
        begin = _starts(counts)[:-1]
        following = np.arange(1, len(q) + 1)
        end = begin + counts - 1
        following[end[counts > 0]] = begin[counts > 0]
        cross = q[:, 0] * q[following, 1] - q[following, 0] * q[:, 1]
        area = np.bincount(which, weights=cross, minlength=len(counts))
        alive &= area != 0
        # A hole whose outer ring vanished would become an outer ring: it goes as well.
        outer = np.maximum.accumulate(np.where(rings.hole, -1, np.arange(len(counts))))
        alive &= alive[np.maximum(outer, 0)] & (outer >= 0)
        # y points down: an outer ring has a positive area, a hole a negative one.
        wrong = (area > 0) == rings.hole
        index = np.arange(len(q))
        offset = index - begin[which]
        order = np.where(
            wrong[which], begin[which] + (counts[which] - offset) % counts[which], index
        )
        q = q[order]
    q = q[alive[which]]
    return q, counts[alive], rings.owner[alive]


def _commands(rings: Rings, features: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the command stream of all features and the number of integers of each."""
    q, counts, owner = _snap(rings)
    if rings.kind == POINT:
        # The points of a feature form one MoveTo with their number as count.
        per_feature = np.bincount(np.repeat(owner, counts), minlength=features)
        alive = per_feature > 0
        owner, counts = np.flatnonzero(alive), per_feature[alive]
    head = 1 if rings.kind == POINT else 3
    length = 2 * counts + (1, 2, 3)[rings.kind - 1]
    begin = _starts(length)
    stream = np.zeros(int(begin[-1]), dtype=np.int64)
    feature = np.repeat(owner, counts)
    delta = q.copy()
    if len(q):
        same = np.flatnonzero(feature[1:] == feature[:-1]) + 1
        delta[same] -= q[same - 1]
    place = _expand(counts)
    at = np.repeat(begin[:-1], counts) + 1 + 2 * place
    if rings.kind == POINT:
        stream[begin[:-1]] = _MOVE | (counts << 3)
    else:
        at += place > 0  # the LineTo command stands after the first vertex
        stream[begin[:-1]] = _MOVE | (1 << 3)
        stream[begin[:-1] + head] = _LINE | ((counts - 1) << 3)
        if rings.kind == POLYGON:
            stream[begin[1:] - 1] = _CLOSE
    zigzag = _zigzag(delta)
    stream[at], stream[at + 1] = zigzag[:, 0], zigzag[:, 1]
    return stream.astype(np.uint64), np.bincount(owner, weights=length, minlength=features).astype(
        np.int64
    )


def _packed(values: NDArray[np.uint64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bytes that runs of integers take."""
    ends = _starts(counts)
    total = np.concatenate([[0], np.cumsum(_sizes(values))])
    return np.asarray(total[ends[1:]] - total[ends[:-1]], dtype=np.int64)


def _number(value: int) -> bytes:
    return _chunk(0x22, b"\x30" + _varint((value << 1) ^ (value >> 63)))


def _text(value: str) -> bytes:
    raw = value.encode()
    size = len(raw)
    if size < 126:  # both lengths are one byte
        return bytes((0x22, size + 2, 0x0A, size)) + raw
    return _chunk(0x22, _chunk(0x0A, raw))


def entries(words: pa.Array) -> list[bytes]:
    """Return distinct values, each as it stands in a layer (field 4).

    Parameters
    ----------
    words : pyarrow.Array
        Numbers, booleans or texts, none of them null.
    """
    import pyarrow as pa

    if pa.types.is_floating(words.type):
        fixed = np.empty((len(words), 11), dtype=np.uint8)
        fixed[:, :3] = (0x22, 9, 0x19)
        doubles = words.cast(pa.float64()).to_numpy(zero_copy_only=False).astype("<f8")
        fixed[:, 3:] = doubles.view(np.uint8).reshape(-1, 8)
        return [line.tobytes() for line in fixed]
    if pa.types.is_boolean(words.type):
        return [b"\x22\x02\x38" + bytes([word]) for word in words.to_pylist()]
    if pa.types.is_integer(words.type):
        return [*map(_number, words.to_pylist())]
    return [*map(_text, words.to_pylist())]


def plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values of a kind that tiles know: dates and times become texts."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return values
    return values.cast(pa.string())


def _tags(
    attributes: pa.Table, features: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], bytes]:
    """Return per feature and column the pair (key, value), where it is known, and the dictionary.

    The pairs are an array (features, 2 · columns); missing values have no pair.
    """
    pairs = np.zeros((features, 2 * attributes.num_columns), dtype=np.int64)
    known = np.zeros((features, 2 * attributes.num_columns), dtype=bool)
    values: list[bytes] = []
    total = 0
    for column in range(attributes.num_columns):
        coded = plain(attributes.column(column).combine_chunks()).dictionary_encode()
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        pairs[:, 2 * column], pairs[:, 2 * column + 1] = column, codes + total
        known[:, 2 * column : 2 * column + 2] = (codes >= 0)[:, None]
        values += entries(coded.dictionary)
        total += len(coded.dictionary)
    return pairs, known, b"".join(values)


def layer(name: str, groups: Sequence[Rings], attributes: pa.Table, extent: int = 4096) -> bytes:
    """Encode one layer of a vector tile.

    Parameters
    ----------
    name : str
        Name of the layer.
    groups : sequence of Rings
        Geometries in tile units, origin north-west and y downwards; ``owner`` counts the rows of
        ``attributes``. A row has its geometry in one group at most.
    attributes : pyarrow.Table
        One row per feature; text, numbers, booleans and dates. Nulls are left out.
    extent : int
        Units on the side of the tile.

    Returns
    -------
    bytes
        The ``layers`` field of a tile: tiles of several layers are their concatenation. Empty
        when no feature is left after rounding.
    """
    features = attributes.num_rows
    drawn = [(group.kind, *_commands(group, features)) for group in groups]
    geometry_bytes = np.zeros(features, dtype=np.int64)
    geometry_count = np.zeros(features, dtype=np.int64)
    kinds = np.zeros(features, dtype=np.uint64)
    for kind, stream, counts in drawn:
        geometry_bytes += _packed(stream, counts)
        geometry_count += counts
        kinds[counts > 0] = kind
    alive = geometry_count > 0
    if not alive.any():
        return b""
    pairs, known, dictionary = _tags(attributes, features)
    tag_count = known.sum(axis=1)
    tags = pairs[known].astype(np.uint64)
    tag_bytes = _packed(tags, tag_count)
    tagged = alive & (tag_count > 0)
    # A feature: 0x12 length, 0x12 length tags…, 0x18 kind, 0x22 length commands…
    tag_head = np.where(tagged, 2, 0)
    body = np.where(tagged, 1 + _sizes(tag_bytes.astype(np.uint64)) + tag_bytes, 0) + (
        3 + _sizes(geometry_bytes.astype(np.uint64)) + geometry_bytes
    )
    begin = _starts(np.where(alive, 6 + tag_head + tag_count + geometry_count, 0))
    whole = np.zeros(int(begin[-1]), dtype=np.uint64)
    begin = begin[:-1]
    whole[begin[alive]], whole[begin[alive] + 1] = 0x12, body[alive]
    whole[begin[tagged] + 2], whole[begin[tagged] + 3] = 0x12, tag_bytes[tagged]
    carried = np.repeat(alive, tag_count)
    place = np.repeat(begin + 2 + tag_head, tag_count) + _expand(tag_count)
    whole[place[carried]] = tags[carried]
    after = begin + 2 + tag_head + tag_count
    at = after[alive]
    whole[at], whole[at + 1], whole[at + 2] = 0x18, kinds[alive], 0x22
    whole[at + 3] = geometry_bytes[alive]
    for _, stream, counts in drawn:
        whole[np.repeat(after + 4, counts) + _expand(counts)] = stream
    return wrap(name, varints(whole), attributes.column_names, dictionary, extent)


def numbers(values: Sequence[int]) -> list[bytes]:
    """Return whole numbers, each as it stands in a layer (field 4)."""
    return [*map(_number, values)]


def wrap(
    name: str, features: bytes, keys: Sequence[str], values: bytes, extent: int = 4096
) -> bytes:
    """Return a layer from its features, the names of its attributes and their distinct values.

    Parameters
    ----------
    name : str
        Name of the layer.
    features : bytes
        Features, each as field 2.
    keys : sequence of str
        Names of the attributes.
    values : bytes
        Distinct values, each as field 4.
    extent : int
        Units on the side of the tile.
    """
    names = b"".join(_chunk(0x1A, key.encode()) for key in keys)
    content = features + names + values
    return _chunk(
        0x1A, b"\x78\x02" + _chunk(0x0A, name.encode()) + content + b"\x28" + _varint(extent)
    )
