# SPDX-License-Identifier: EUPL-1.2
"""The shapes of a table as tiles need them: ragged whole-number positions, values already written.

Rows stand in Morton order. Positions are whole numbers of 2⁻³² of the Web Mercator square (9 mm at
the equator), y downwards. Each attribute is a dictionary of values written once as they stand in a
tile, and a code for each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from jumeau.base import crs as crs_
from jumeau.interop import mercator, mvt
from jumeau.interop.image.table import neighbours
from jumeau.interop.mercator import HALF, MERCATOR
from jumeau.interop.pyramid import borders, commands, kernels, thinning

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

WORLD = 2**32
"""Units on the side of the Web Mercator square."""
FULL_ZOOM = 14
"""Zoom from which every row and every vertex is drawn."""
_FIT = 0.25
"""Error accepted of a fitted projection [unit]: 2 mm."""
_BLOCK = 50_000


class Column(NamedTuple):
    """An attribute: distinct values as they stand in a tile, and the code of each row.

    Parameters
    ----------
    codes : ndarray (n,) of int32
        Place of the value in the dictionary, −1 when it is not known.
    blob : ndarray of uint8
        Values one after another, each as a field of the layer.
    ends : ndarray (values + 1,) of int64
        Where each value begins in ``blob``, and the end of the last.
    """

    codes: NDArray[np.int32]
    blob: NDArray[np.uint8]
    ends: NDArray[np.int64]


class Shapes(NamedTuple):
    """Shapes of a table; all arrays are read-only.

    Parameters
    ----------
    kind : ndarray (n,) of uint8
        1 point, 2 line, 3 polygon.
    parts : ndarray (n + 1,) of int64
        Where the parts (points, lines, rings) of each row begin.
    starts : ndarray (parts + 1,) of int64
        Where the vertices of each part begin.
    hole : ndarray (parts,) of uint8
        1 for inner rings.
    xy : ndarray (vertices, 2) of uint32
        Positions.
    since : ndarray (vertices,) of uint8
        Zoom from which a vertex is drawn.
    box : ndarray (n, 4) of uint32
        West, north, east and south edges of each row.
    runs : ndarray of uint32
        Boxes of runs of rows: see :func:`jumeau.interop.pyramid.kernels.run_boxes`.
    measure : ndarray (n,) of float32
        Area or length.
    rank : ndarray (n,) of uint32
        Hash of the identifier.
    columns : mapping
        Name → :class:`Column`, in the order in which they are written.
    """

    kind: NDArray[np.uint8]
    parts: NDArray[np.int64]
    starts: NDArray[np.int64]
    hole: NDArray[np.uint8]
    xy: NDArray[np.uint32]
    since: NDArray[np.uint8]
    box: NDArray[np.uint32]
    runs: NDArray[np.uint32]
    measure: NDArray[np.float32]
    rank: NDArray[np.uint32]
    columns: Mapping[str, Column]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(item.nbytes for item in arrays(self).values())


def arrays(shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Return all arrays under names of their own; those of columns as ``name/part``."""
    found: dict[str, NDArray[Any]] = {name: getattr(shapes, name) for name in Shapes._fields[:-1]}
    for name, column in shapes.columns.items():
        found |= {f"{name}/{part}": array for part, array in column._asdict().items()}
    return found


def from_arrays(found: Mapping[str, NDArray[Any]]) -> Shapes:
    """Return the shapes whose arrays are given, as :func:`arrays` names them."""
    for array in found.values():
        array.flags.writeable = False
    names = dict.fromkeys(name.rpartition("/")[0] for name in found if "/" in name)
    columns = {
        name: Column(*(found[f"{name}/{part}"] for part in Column._fields)) for name in names
    }
    plain = {name: found[name] for name in Shapes._fields[:-1]}
    return Shapes(**plain, columns=columns)


# -- positions -------------------------------------------------------------------------------
def to_world(points: NDArray[np.float64], crs: str) -> NDArray[np.uint32]:
    """Project positions; a polynomial fitted on blocks of neighbours spares most of the work.

    Parameters
    ----------
    points : ndarray (n, 2)
        Positions in a CRS [m], neighbours near one another.
    crs : str
        Their CRS.
    """
    out = np.empty((len(points), 2), dtype=np.uint32)
    todo = [(at, min(at + _BLOCK, len(points))) for at in range(0, len(points), _BLOCK)]
    unit = 2 * HALF / WORLD
    exact = crs_.transformer(crs, MERCATOR)
    while todo:
        low, high = todo.pop()
        block = points[low:high]
        projected = None
        if high - low > 400:
            corner, far = block.min(axis=0), block.max(axis=0)
            pad = np.maximum((far - corner) * 0.01, 1.0)
            if max(far - corner) < 100_000:
                mapping = mercator.fit(crs, MERCATOR, (*(corner - pad), *(far + pad)))
                if mapping.error <= _FIT * unit:
                    projected = mapping(block)
            if projected is None and high - low > 1600:
                middle = (low + high) // 2
                todo += [(low, middle), (middle, high)]
                continue
        if projected is None:
            projected = np.stack(exact.transform(block[:, 0], block[:, 1]), axis=1)
        whole = np.rint((projected * (1, -1) + HALF) / unit)
        out[low:high] = np.clip(np.nan_to_num(whole, nan=0.0), 0, WORLD - 1)
    return out


@njit(cache=True, nogil=True)
def _boxes(
    parts: NDArray[np.int64], starts: NDArray[np.int64], xy: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    out = np.empty((len(parts) - 1, 4), np.uint32)
    for row in range(len(parts) - 1):
        first, last = starts[parts[row]], starts[parts[row + 1]]
        a, b = xy[first, 0], xy[first, 1]
        c, d = a, b
        for i in range(first + 1, last):
            a, b = min(a, xy[i, 0]), min(b, xy[i, 1])
            c, d = max(c, xy[i, 0]), max(d, xy[i, 1])
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = a, b, c, d
    return out


@njit(cache=True, nogil=True)
def _ordered(
    order: NDArray[np.int32],
    parts: NDArray[np.int64],
    starts: NDArray[np.int64],
    hole: NDArray[np.uint8],
    xy: NDArray[np.uint32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint32]]:
    """Return the ragged arrays of rows put in an order."""
    parts_, starts_ = np.empty_like(parts), np.empty_like(starts)
    hole_, xy_ = np.empty_like(hole), np.empty_like(xy)
    part = point = 0
    for to in range(len(order)):
        row = order[to]
        parts_[to] = part
        for item in range(parts[row], parts[row + 1]):
            starts_[part], hole_[part] = point, hole[item]
            part += 1
            for i in range(starts[item], starts[item + 1]):
                xy_[point, 0], xy_[point, 1] = xy[i, 0], xy[i, 1]
                point += 1
    parts_[len(order)], starts_[part] = part, point
    return parts_, starts_, hole_, xy_


class _Ragged:
    """Gathers geometries batch by batch."""

    def __init__(self, crs: str) -> None:
        self.crs = crs
        self.row: list[NDArray[np.int64]] = []
        self.kind: list[NDArray[np.uint8]] = []
        self.parts: list[NDArray[np.int64]] = []
        self.points: list[NDArray[np.int64]] = []
        self.hole: list[NDArray[np.uint8]] = []
        self.xy: list[NDArray[np.uint32]] = []
        self.seen = 0

    def add(self, geometry: pa.ChunkedArray) -> None:
        """Take in geometries as WKB."""
        import shapely

        shapes = shapely.from_wkb(geometry.to_numpy())
        for group in mvt.rings(shapes):
            rows, counts = np.unique(group.owner, return_counts=True)
            self.row.append(rows + self.seen)
            self.kind.append(np.full(len(rows), group.kind, dtype=np.uint8))
            self.parts.append(counts)
            self.points.append(np.diff(group.part))
            self.hole.append(group.hole.astype(np.uint8))
            self.xy.append(to_world(group.points, self.crs))
        self.seen += len(shapes)


def _joined(parts: list[NDArray[Any]], empty: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([empty, *parts])


def build(
    crs: str,
    batches: Iterable[pa.Table],
    estimates: Mapping[str, tuple[NDArray[np.object_], pa.Array]],
    names: Iterable[str],
) -> Shapes:
    """Lay out the rows of a table.

    Parameters
    ----------
    crs : str
        CRS of the geometries.
    batches : iterable of pyarrow.Table
        ``id``, the attributes, and ``geometry`` as WKB.
    estimates : mapping
        Name of a column of estimates → identifiers and values; see
        :func:`jumeau.interop.pyramid.layers.estimates`.
    names : iterable of str
        Attributes, in the order in which they are written.
    """
    import pyarrow as pa

    ragged, held = _Ragged(crs), []
    wanted = [*names]
    for batch in batches:
        ragged.add(batch["geometry"])
        held.append(batch.select(wanted))
    kind = _joined(ragged.kind, np.empty(0, np.uint8))
    row = _joined(ragged.row, np.empty(0, np.int64))
    parts = np.cumsum(_joined(ragged.parts, np.zeros(1, np.int64)))
    starts = np.cumsum(_joined(ragged.points, np.zeros(1, np.int64)))
    hole = _joined(ragged.hole, np.empty(0, np.uint8))
    xy = np.concatenate([np.empty((0, 2), np.uint32), *ragged.xy])
    ragged.xy.clear()
    box = _boxes(parts, starts, xy)
    order = neighbours(box.astype(np.float64))
    parts, starts, hole, xy = _ordered(order, parts, starts, hole, xy)
    kind, row, box = kind[order], row[order], np.ascontiguousarray(box[order])
    ring = np.repeat((kind == commands.POLYGON).astype(np.uint8), np.diff(parts))
    attributes = pa.concat_tables(held).take(pa.array(row))
    columns = {}
    for name in wanted:
        columns[name] = column(attributes[name])
        if name in estimates:
            found = _estimated(attributes["id"], attributes[name], *estimates[name])
            if found.null_count < len(found):
                columns[f"{name}_estimated"] = column(found)
    identifiers = columns["id"]
    rank = thinning.hashes(identifiers.blob, identifiers.ends)[identifiers.codes]
    return from_arrays(
        arrays(
            Shapes(
                kind, parts, starts, hole, xy,
                borders.since(xy, starts, ring, FULL_ZOOM),
                box, kernels.run_boxes(box),
                thinning.measures(kind, parts, starts, hole, xy), rank, columns,
            )
        )
    )  # fmt: skip


# -- attributes ------------------------------------------------------------------------------
@njit(cache=True, nogil=True)
def _texts(
    data: NDArray[np.uint8], edges: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Write texts as values of a layer: field 4, then field 1 of the value."""
    ends = np.zeros(len(edges), np.int64)
    total = 0
    for i in range(len(edges) - 1):
        size = edges[i + 1] - edges[i]
        inner = 1 + kernels._size(size) + size
        total += 1 + kernels._size(inner) + inner
    out = np.empty(total, np.uint8)
    at = 0
    for i in range(len(edges) - 1):
        size = edges[i + 1] - edges[i]
        out[at] = 0x22
        at = kernels._varint(out, at + 1, 1 + kernels._size(size) + size)
        out[at] = 0x0A
        at = kernels._varint(out, at + 1, size)
        for j in range(edges[i], edges[i + 1]):
            out[at] = data[j]
            at += 1
        ends[i + 1] = at
    return out, ends


def column(values: pa.ChunkedArray | pa.Array) -> Column:
    """Return a column of values as tiles need it."""
    import pyarrow as pa

    coded = mvt.plain(values).dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    words = coded.dictionary
    if pa.types.is_string(words.type):
        flat = words.cast(pa.large_string())
        _, edges, data = flat.buffers()
        edge = np.frombuffer(edges, np.int64)[flat.offset : flat.offset + len(flat) + 1]
        blob, ends = _texts(np.frombuffer(data or b"", np.uint8), edge)
        return Column(codes, blob, ends)
    entries = mvt.entries(words)
    ends = np.cumsum([0, *map(len, entries)], dtype=np.int64)
    return Column(codes, np.frombuffer(b"".join(entries), np.uint8).copy(), ends)


def _estimated(
    identifiers: pa.ChunkedArray,
    known: pa.ChunkedArray,
    entities: NDArray[np.object_],
    values: pa.Array,
) -> pa.Array:
    """Return the estimate of each row whose value is not known."""
    import pandas as pd
    import pyarrow as pa

    place = pd.Index(entities).get_indexer(pd.Index(identifiers.to_numpy(zero_copy_only=False)))
    lacking = known.is_null().to_numpy() & (place >= 0)
    return values.take(pa.array(place, mask=~lacking))
