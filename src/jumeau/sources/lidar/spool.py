# SPDX-License-Identifier: EUPL-1.2
"""What is kept of clouds of any size: cells in blocks of 250 m, summed in memory, laid on disk.

A file is read once. Of its terrain points a block keeps, for each half cell (0.5 m), their number
and the sums of their coordinates, all integers in millimetres: merging files, parts or workers in
any order gives the same bits. Of its surface a cell keeps the highest return and its role. At most
:data:`SLOTS` blocks stay in memory; the one used least recently goes to disk and may come back as
another part.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.sources.lidar import kernels
from jumeau.sources.lidar.kernels import BLOCK, HALVES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOTS = 40
"""Blocks in memory: 280 MB at most, 7 MB for each that is full."""
HALF = np.dtype([("key", "i4"), ("n", "u4"), ("u", "i4"), ("v", "i4"), ("z", "i8")])
"""Terrain points of a half cell: place in the block, number, sums of offsets and altitudes [mm]."""
CELL = np.dtype([("key", "i4"), ("top", "i4"), ("n", "u4"), ("role", "u1"), ("mark", "u8")])
"""Returns of a cell: place in the block, highest one [mm], number, its role, sum of marks."""
NONE = np.iinfo(np.int32).min


class Part(NamedTuple):
    """Where a block of a file lies on disk.

    Parameters
    ----------
    file : int
        Rank of the file in the import.
    path : str
        Spool file.
    column, row : int
        Block, counted eastward and southward.
    start, halves, cells : int
        First byte, and number of records of each kind.
    """

    file: int
    path: str
    column: int
    row: int
    start: int
    halves: int
    cells: int


class Spool:
    """Sums the points of one file by block.

    Parameters
    ----------
    path : Path
        File to write.
    file : int
        Rank of the file in the import.
    roles : (256,) array
        Role of each class.
    limits : tuple of 2 float
        Physical bounds of altitudes [m].
    """

    def __init__(
        self, path: Path, file: int, roles: NDArray[np.uint8], limits: tuple[float, float]
    ) -> None:
        self.path, self.file, self.roles, self.limits = path, file, roles, limits
        self.parts: list[Part] = []
        self.counts = np.zeros(6, np.int64)
        self._slots: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._free = list(range(SLOTS))
        halves, cells = HALVES * HALVES, BLOCK * BLOCK
        self._used = np.zeros(SLOTS, np.int32)
        self._place = np.zeros((SLOTS, halves), np.int32)
        self._ground = (
            np.zeros((SLOTS, halves), np.uint32),
            np.zeros((SLOTS, halves), np.int32),
            np.zeros((SLOTS, halves), np.int32),
            np.zeros((SLOTS, halves), np.int64),
        )
        self._surface = (
            np.empty((SLOTS, cells), np.int32),
            np.zeros((SLOTS, cells), np.uint8),
            np.zeros((SLOTS, cells), np.uint32),
            np.zeros((SLOTS, cells), np.uint64),
        )
        self._file = path.open("wb")

    def add(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        z: NDArray[np.float64],
        code: NDArray[np.uint8],
        withheld: NDArray[np.bool_],
        rank: NDArray[np.uint8],
    ) -> NDArray[np.uint64]:
        """Add points; return the mark of each, 0 for those left out."""
        mixed = np.zeros(x.size, np.uint64)
        if not x.size:
            return mixed
        west, east, north, south = kernels.extent(x, y)
        shape = (south - north + 1, east - west + 1)
        held = kernels.presence(x, y, west, north, *shape)
        touched = [(int(c) + west, int(r) + north) for r, c in zip(*np.nonzero(held), strict=True)]
        for first in range(0, len(touched), SLOTS):
            group = touched[first : first + SLOTS]
            slots = np.full(shape, -1, np.int32)
            for column, row in group:
                slots[row - north, column - west] = self._slot((column, row), set(group))
            kernels.scatter(
                x, y, z, code, withheld, rank, self.roles, self.limits, west, north, slots,
                self._used, self._place, *self._ground, *self._surface, self.counts, mixed,
            )  # fmt: skip
        return mixed

    def close(self) -> list[Part]:
        """Write what is left; return where each block lies."""
        for block in list(self._slots):
            self._spill(block)
        self._file.close()
        return self.parts

    def abort(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _slot(self, block: tuple[int, int], needed: set[tuple[int, int]]) -> int:
        if block in self._slots:
            self._slots.move_to_end(block)
            return self._slots[block]
        if not self._free:
            self._spill(next(item for item in self._slots if item not in needed))
        slot = self._free.pop()
        self._surface[0][slot] = NONE
        self._slots[block] = slot
        return slot

    def _spill(self, block: tuple[int, int]) -> None:
        slot = self._slots.pop(block)
        size = int(self._used[slot])
        n, u, v, z = (item[slot, :size] for item in self._ground)
        held = np.flatnonzero(self._place[slot])
        ranks = self._place[slot, held] - 1
        halves = np.empty(size, HALF)
        halves["key"], halves["n"] = held, n[ranks]
        halves["u"], halves["v"], halves["z"] = u[ranks], v[ranks], z[ranks]
        top, role, count, mark = (item[slot] for item in self._surface)
        places = np.flatnonzero(count)
        cells = np.empty(places.size, CELL)
        cells["key"], cells["top"], cells["n"] = places, top[places], count[places]
        cells["role"], cells["mark"] = role[places], mark[places]
        start = self._file.tell()
        self._file.write(halves.tobytes())
        self._file.write(cells.tobytes())
        self.parts.append(Part(self.file, str(self.path), *block, start, halves.size, cells.size))
        self._place[slot, held] = 0
        self._used[slot] = 0
        for item in (n, u, v, z, role, count, mark):
            item[:] = 0
        self._free.append(slot)


class Block(NamedTuple):
    """A block with what all files hold of it.

    Parameters
    ----------
    halves, cells : arrays of :data:`HALF` and :data:`CELL`
        By place, each place once.
    twice : dict
        {rank of a file: points that an earlier file holds too}.
    gaps : (k,) float64 array
        Of the cells where two files have terrain: later minus earlier mean altitude [m].
    """

    halves: NDArray[np.void]
    cells: NDArray[np.void]
    twice: dict[int, int]
    gaps: NDArray[np.float64]


def load(parts: Iterable[Part]) -> Block:
    """Read a block, leaving out the cells that a later file repeats point for point."""
    by_file: dict[int, list[Part]] = {}
    for part in parts:
        by_file.setdefault(part.file, []).append(part)
    halves, cells = np.empty(0, HALF), np.empty(0, CELL)
    twice: dict[int, int] = {}
    gaps: list[NDArray[np.float64]] = []
    for file in sorted(by_file):
        more = [_read(part) for part in by_file[file]]
        own_halves, own_cells = more[0]
        for item in more[1:]:
            own_halves, own_cells = _halves((own_halves, item[0])), _cells((own_cells, item[1]))
        if cells.size and own_cells.size:
            _, a, b = np.intersect1d(
                cells["key"], own_cells["key"], assume_unique=True, return_indices=True
            )
            same = (cells["n"][a] == own_cells["n"][b]) & (cells["mark"][a] == own_cells["mark"][b])
            if same.any():
                again = own_cells["key"][b[same]]
                twice[file] = int(own_cells["n"][b[same]].sum())
                own_cells = np.delete(own_cells, b[same])
                place = own_halves["key"] // (2 * HALVES) * BLOCK + own_halves["key"] % HALVES // 2
                own_halves = own_halves[~np.isin(place, again)]
            _, a, b = np.intersect1d(
                halves["key"], own_halves["key"], assume_unique=True, return_indices=True
            )
            if a.size:
                first = halves["z"][a] / halves["n"][a]
                gaps.append((own_halves["z"][b] / own_halves["n"][b] - first) / 1000.0)
        halves, cells = _halves((halves, own_halves)), _cells((cells, own_cells))
    return Block(halves, cells, twice, np.concatenate(gaps) if gaps else np.empty(0))


def _read(part: Part) -> tuple[NDArray[np.void], NDArray[np.void]]:
    with Path(part.path).open("rb") as file:
        file.seek(part.start)
        halves = np.frombuffer(file.read(part.halves * HALF.itemsize), HALF)
        cells = np.frombuffer(file.read(part.cells * CELL.itemsize), CELL)
    return halves, cells


def _halves(pair: tuple[NDArray[np.void], NDArray[np.void]]) -> NDArray[np.void]:
    if not (pair[0].size and pair[1].size):
        return pair[0] if pair[0].size else pair[1]
    both = np.concatenate(pair)
    both = both[np.argsort(both["key"], kind="stable")]
    first = np.flatnonzero(np.diff(both["key"], prepend=-1))
    out: NDArray[np.void] = both[first].copy()
    for name in ("n", "u", "v", "z"):
        out[name] = np.add.reduceat(both[name], first)
    return out


def _cells(pair: tuple[NDArray[np.void], NDArray[np.void]]) -> NDArray[np.void]:
    if not (pair[0].size and pair[1].size):
        return pair[0] if pair[0].size else pair[1]
    both = np.concatenate(pair)
    both = both[np.lexsort((both["role"], both["top"], both["key"]))]
    first = np.flatnonzero(np.diff(both["key"], prepend=-1))
    out: NDArray[np.void] = both[
        np.append(first[1:], both.size) - 1
    ].copy()  # the highest of each place
    for name in ("n", "mark"):
        out[name] = np.add.reduceat(both[name], first)
    return out
