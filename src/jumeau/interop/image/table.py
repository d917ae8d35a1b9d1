# SPDX-License-Identifier: EUPL-1.2
"""The image of one table: rows, boxes, indexes; how rows are found in it and taken out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.contract import Bounds

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

RUN = 64
"""Rows of a run, whose common box is kept."""
FEATURE = "_feature"
"""Column that holds each row as a GeoJSON feature in CRS84, followed by a comma."""


class Image(NamedTuple):
    """Rows of a table at one state, mapped into memory.

    Parameters
    ----------
    row : numpy.ndarray of int64, shape (n,)
        Row identifiers, increasing: the order of storage.
    box : numpy.ndarray of float64, shape (n, 4)
        xmin, ymin, xmax, ymax [m, territory's CRS]; NaN without geometry.
    rows : pyarrow.Table
        Every attribute as stored, geometry as WKB, then the columns of
        :mod:`jumeau.interop.image.columns`. Cut into batches: see :meth:`take`.
    order : numpy.ndarray of int, shape (n,)
        Indices of the rows along a curve that keeps neighbours together.
    runs : numpy.ndarray of float64, shape (⌈n / 64⌉, 4)
        Boxes of runs of rows taken in that order.
    hashes : numpy.ndarray of uint64
        Hashes of the identifiers, sorted.
    holders : numpy.ndarray of int
        Index of the row of each hash.
    starts : numpy.ndarray of int64
        First index of each batch of ``rows``, and n.
    """

    row: NDArray[np.int64]
    box: NDArray[np.float64]
    rows: pa.Table
    order: NDArray[np.int64]
    runs: NDArray[np.float64]
    hashes: NDArray[np.uint64]
    holders: NDArray[np.int64]
    starts: NDArray[np.int64]

    def window(self, bounds: Bounds) -> NDArray[np.int64]:
        """Return the indices of the rows whose box meets bounds, increasing.

        Parameters
        ----------
        bounds : Bounds
            xmin, ymin, xmax, ymax [m, territory's CRS]; edges count.
        """
        runs = np.flatnonzero(_meets(self.runs, bounds))
        if not len(runs):
            return runs.astype(np.int64)
        places = (runs[:, None] * RUN + np.arange(RUN)).ravel()
        if runs[-1] == len(self.runs) - 1:
            places = places[places < len(self.row)]
        near = np.asarray(self.order[places])
        if len(near) * 8 > len(self.row):  # most of them: no gain in picking boxes
            return np.flatnonzero(_meets(self.box, bounds))
        near = near[_meets(self.box[near], bounds)].astype(np.int64)
        near.sort()
        return near

    def find(self, identifier: str) -> int | None:
        """Return the index of the first row that bears an identifier, or ``None``.

        Parameters
        ----------
        identifier : str
            Value of the column ``id``.
        """
        wanted = np.uint64(digest(identifier))
        begin = int(np.searchsorted(self.hashes, wanted, "left"))
        while begin < len(self.hashes) and self.hashes[begin] == wanted:
            index = int(self.holders[begin])
            if self.take(np.array([index]), ["id"])["id"][0].as_py() == identifier:
                return index
            begin += 1
        return None

    def after(self, row: int) -> int:
        """Return the index of the first row whose identifier of storage is above one.

        Parameters
        ----------
        row : int
            Identifier of storage [-].
        """
        return int(np.searchsorted(self.row, row, "right"))

    def take(self, indices: NDArray[np.int64], names: Iterable[str] | None = None) -> pa.Table:
        """Return some rows, copied out of the map.

        Parameters
        ----------
        indices : numpy.ndarray of int64
            Indices, increasing [-].
        names : iterable of str, optional
            Columns; all by default.
        """
        import pyarrow as pa

        wanted = self.rows if names is None else self.rows.select(list(names))
        batches = []
        for number, local in self._by_batch(indices):
            arrays = [column.chunk(number).take(pa.array(local)) for column in wanted.columns]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=wanted.schema))
        return pa.Table.from_batches(batches, wanted.schema)

    def texts(self, indices: NDArray[np.int64], name: str = FEATURE) -> bytes:
        """Return the texts of some rows one after the other.

        Parameters
        ----------
        indices : numpy.ndarray of int64
            Indices, increasing [-].
        name : str
            Column of texts.
        """
        import pyarrow as pa

        column = self.rows[name]
        found = []
        for number, local in self._by_batch(indices):
            chunk, first, last = column.chunk(number), int(local[0]), int(local[-1])
            whole = last - first + 1 == len(local)
            kept = chunk.slice(first, len(local)) if whole else chunk.take(pa.array(local))
            found.append(_joined(kept))
        return b"".join(found)

    def _by_batch(self, indices: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Return the batches that hold some rows, and their places in each."""
        edges = np.searchsorted(indices, self.starts)
        for number in np.flatnonzero(np.diff(edges)).tolist():
            yield number, indices[edges[number] : edges[number + 1]] - self.starts[number]


def _meets(box: NDArray[np.float64], bounds: Bounds) -> NDArray[np.bool_]:
    xmin, ymin, xmax, ymax = bounds
    found = box[:, 2] >= xmin
    found &= box[:, 0] <= xmax
    found &= box[:, 3] >= ymin
    found &= box[:, 1] <= ymax
    return found


def _joined(texts: pa.Array) -> memoryview:
    """Return the bytes of texts that follow one another."""
    import pyarrow as pa

    _, offsets, data = texts.buffers()
    kind = np.int64 if texts.type == pa.large_string() else np.int32
    edges = np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[int(edges[0]) : int(edges[-1])]


# -- indexes ---------------------------------------------------------------------------------
def digest(identifier: str) -> int:
    """Return the hash of an identifier, the same on every machine."""
    return int.from_bytes(
        hashlib.blake2b(identifier.encode(errors="surrogatepass"), digest_size=8).digest(), "little"
    )


def digests(identifiers: Iterable[str | None]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return the hashes of identifiers, sorted, and the place of each; unknown ones left out."""
    places, hashes = [], []
    for place, text in enumerate(identifiers):
        if text is not None:
            places.append(place)
            hashes.append(digest(text))
    found = np.array(hashes, dtype=np.uint64)
    sorting = np.argsort(found, kind="stable")
    return found[sorting], np.array(places, dtype=np.int32)[sorting]


def neighbours(box: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return rows in an order that keeps neighbours together: Morton's, rows without box last.

    References
    ----------
    G. M. Morton (1966), A computer oriented geodetic data base, IBM.
    """
    if not len(box):
        return np.empty(0, np.int32)
    middle = (box[:, :2] + box[:, 2:]) / 2
    known = np.isfinite(middle).all(axis=1)
    code = np.full(len(box), np.iinfo(np.uint64).max, dtype=np.uint64)
    if known.any():
        low, high = middle[known].min(axis=0), middle[known].max(axis=0)
        scaled = (middle[known] - low) / np.maximum(high - low, 1e-9).max() * (2**20 - 1)
        x, y = (_spread(scaled[:, axis].astype(np.uint64)) for axis in (0, 1))
        code[known] = x | (y << np.uint64(1))
    return np.argsort(code, kind="stable").astype(np.int32)


def _spread(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero between the bits of numbers below 2³²."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        number = (number | (number << np.uint64(shift))) & np.uint64(mask)
    return number


def boxes_of_runs(box: NDArray[np.float64], order: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the common box of each run of rows taken in an order; NaN where none has a box."""
    if not len(box):
        return np.empty((0, 4))
    edges = np.arange(0, len(box), RUN)
    inside = box[order]
    low = np.fmin.reduceat(inside[:, :2], edges, axis=0)
    high = np.fmax.reduceat(inside[:, 2:], edges, axis=0)
    return np.concatenate([low, high], axis=1)
