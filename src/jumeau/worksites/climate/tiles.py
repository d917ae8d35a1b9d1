# SPDX-License-Identifier: EUPL-1.2
"""Which tiles of a domain can change during the next steps; the others are not computed.

A tile is *quiet* when two steps in a row changed nothing in it: neither a depth nor what rounding
owes it, and no discharge flows. From such a state the next step changes nothing either, whatever
its length, as long as nothing changes beside it: every face there is below the depth that
flows, or between equal surfaces. A change travels by one cell a step, so tiles that are quiet,
and whose eight neighbours are, can be left out for as many steps as a tile has rows. Leaving
them out gives the very bits of the full computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROWS, COLS = 16, 32
"""Rows and columns of a tile."""
CYCLE = 14
"""Steps for which a choice of tiles holds; less than ``ROWS``."""
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def compiled(function: _Function) -> _Function:
    """Compile a kernel that holds no lock; nothing in it is reassociated: same bits everywhere."""
    compiler = njit(nogil=True, cache=True, error_model="numpy", fastmath={"nnan", "nsz"})
    return cast("_Function", compiler(function))


def exact(function: _Function) -> _Function:
    """Compile a kernel that may read NaN."""
    compiler = njit(nogil=True, cache=True, error_model="numpy")
    return cast("_Function", compiler(function))


@compiled
def _spread(changed: Any, active: Any) -> None:
    # Active: the tiles in which something changed, and their eight neighbours.
    strips, tiles = changed.shape
    active[:] = 0
    for s in range(strips):
        for t in range(tiles):
            if changed[s, t]:
                for a in range(max(s - 1, 0), min(s + 2, strips)):
                    for b in range(max(t - 1, 0), min(t + 2, tiles)):
                        active[a, b] = 1


@compiled
def _wake(marked: Any, active: Any) -> bool:
    # Add the marked tiles and their neighbours; tell whether one was not active.
    strips, tiles = marked.shape
    woken = False
    for s in range(strips):
        for t in range(tiles):
            if marked[s, t]:
                for a in range(max(s - 1, 0), min(s + 2, strips)):
                    for b in range(max(t - 1, 0), min(t + 2, tiles)):
                        woken = woken or active[a, b] == 0
                        active[a, b] = 1
    return woken


@compiled
def _runs(active: Any, tops: Any, ny: int, nx: int, starts: Any, runs: Any) -> tuple[int, int]:
    # Runs of active columns of each strip; active cells; bits of the deepest water elsewhere.
    strips, tiles = active.shape
    count, cells, rest = 0, 0, 0
    for s in range(strips):
        starts[s] = count
        rows = min((s + 1) * ROWS, ny) - s * ROWS
        t = 0
        while t < tiles:
            if active[s, t] == 0:
                rest = max(rest, tops[s, t])
                t += 1
                continue
            begin = t
            while t < tiles and active[s, t]:
                t += 1
            runs[count, 0], runs[count, 1] = begin * COLS, min(t * COLS, nx)
            cells += rows * (runs[count, 1] - runs[count, 0])
            count += 1
    starts[strips] = count
    return cells, rest


class Tiles:
    """The tiles of a domain and those that are active.

    Parameters
    ----------
    ny, nx : int
        Size of the domain.
    skip : bool
        False: every tile is active, always.

    Attributes
    ----------
    changed : (strips, tiles) uint8 array
        1 where the sweep, or a source after it, saw something change in a watched step.
    tops : (strips, tiles) int32 array
        Bits of the deepest water of each tile in the last watched step.
    starts, runs : (strips + 1,) and (k, 2) int64 arrays
        Active columns of strip s: ``runs[starts[s]:starts[s + 1]]``, first and one past last.
    rest : int
        Bits of the deepest water of the tiles that are not active.
    cells : int
        Active cells.
    version : int
        Grows when the choice of tiles changes.
    """

    def __init__(self, ny: int, nx: int, skip: bool) -> None:
        self.shape = (ny, nx)
        strips, tiles = -(-ny // ROWS), -(-nx // COLS)
        self.skip = skip
        self.changed: NDArray[np.uint8] = np.ones((strips, tiles), np.uint8)
        self.tops: NDArray[np.int32] = np.zeros((strips, tiles), np.int32)
        self.active: NDArray[np.uint8] = np.ones((strips, tiles), np.uint8)
        self.starts = np.zeros(strips + 1, np.int64)
        self.runs = np.zeros((strips * (tiles // 2 + 1), 2), np.int64)
        self.version = 0
        self._age = 0
        self._span = 4
        self._list()

    def begin(self, everything: bool, forced: NDArray[np.uint8] | None) -> bool:
        """Prepare a step; return whether it is watched.

        Parameters
        ----------
        everything : bool
            Water may appear anywhere: every tile is active.
        forced : (strips, tiles) uint8 array or None
            Tiles in which something may change from outside.
        """
        if not self.skip:
            return False
        if everything:
            # Nothing is known of the tiles until two steps without it have been watched.
            self._age, self._span = 0, 4
            if not self.active.all():
                self.active[:] = 1
                self._list()
            return False
        if forced is not None and _wake(forced, self.active):
            self._list()
        left = self._span - self._age
        if left == 2:
            self.changed[:] = 0
        if left <= 2:
            self.tops[self.active.astype(bool)] = 0
        return left <= 2

    def end(self) -> None:
        """Close a step; choose the active tiles again when the choice has held long enough."""
        if not self.skip:
            return
        self._age += 1
        if self._age < self._span:
            return
        _spread(self.changed, self.active)
        self._age = 0
        self._list()
        self._span = 4 * CYCLE if self.active.all() else CYCLE

    def bands(self, threads: int) -> list[int]:
        """Return the rows at which bands of like work begin, and the last row's end."""
        ny, _ = self.shape
        work = np.zeros(len(self.starts) - 1)
        lengths = self.runs[: self.starts[-1], 1] - self.runs[: self.starts[-1], 0]
        np.add.at(work, np.repeat(np.arange(len(work)), np.diff(self.starts)), lengths)
        total = np.cumsum(work)
        cuts = np.searchsorted(total, total[-1] * np.arange(1, threads) / threads) + 1
        rows = [0, *sorted({int(cut) * ROWS for cut in cuts if int(cut) * ROWS < ny}), ny]
        return rows

    def _list(self) -> None:
        self.version += 1
        self.cells, self.rest = _runs(self.active, self.tops, *self.shape, self.starts, self.runs)
