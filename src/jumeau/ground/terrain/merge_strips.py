# SPDX-License-Identifier: EUPL-1.2
"""Fill–spill–merge of a raster on disk, by strips of rows: the same answer as in memory.

Planes of the computation lie in a folder beside the result. What is kept in memory: some rows, the
cells at the rims of the strips, and the depressions (some 100 bytes each), with the cells that lie
in the last, partly full, story of a depression. Within a strip, a pass that is the highest of a
circle of passes is dropped: no overflow uses it (the cycle property of minimum spanning trees).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.ground.terrain import descents, downstream, hierarchy, level_ground, pouring, raster
from jumeau.ground.terrain.strips import strips

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Planes(NamedTuple):
    """Planes of a computation in a folder: altitudes, codes, rings, labels."""

    folder: Path
    ny: int
    nx: int
    work: Any

    def plane(self, name: str, mode: str = "r") -> NDArray[Any]:
        """Return a plane, mapped as :func:`raster.plane` does: let it go at once, it counts."""
        dtype = {"z": self.work, "code": np.uint8, "ring": np.int32, "label": np.int32}[name]
        return raster.plane(self.folder / name, dtype, (self.ny, self.nx), mode)

    def read(self, name: str, top: int, bottom: int) -> NDArray[Any]:
        """Return the rows of a plane that exist."""
        return np.array(self.plane(name)[max(top, 0) : min(bottom, self.ny)])

    def write(self, name: str, top: int, values: NDArray[Any]) -> None:
        """Write rows of a plane."""
        self.plane(name, "r+")[top : top + len(values)] = values


class _Basins(NamedTuple):
    """Basins of a strip alone: how many, and its first and last rows."""

    pits: int
    rim: NDArray[np.int32]
    """Labels of both rows, see :func:`level_ground.basins`."""
    bottom: NDArray[np.int32]
    """Those of them on a level bottom; 0 elsewhere."""
    z: NDArray[Any]


class Work:
    """A terrain cut into strips: runs a function on each, in order."""

    def __init__(self, planes: Planes, rows: int | None, executor: Executor | None) -> None:
        self.planes, self.executor = planes, executor
        self.parts = list(strips(planes.ny, planes.nx, rows))

    def each(self, function: Callable[..., Any], *more: Iterable[Any]) -> Iterator[Any]:
        """Yield function(planes, top, bottom, …) for each strip, as :func:`raster.spread` does."""
        jobs = zip(self.parts, *more, strict=True)
        return raster.spread(
            function, ((self.planes, *part, *rest) for part, *rest in jobs), self.executor
        )


def by_strips(
    source: raster.Terrain,
    rain: NDArray[Any],
    out: Path,
    executor: Executor | None = None,
    rows: int | None = None,
    progress: raster.Progress | None = None,
) -> tuple[NDArray[np.float64], pouring.Poured]:
    """Write the depth of standing water after a rain.

    Parameters
    ----------
    source : raster.Terrain
        Terrain on disk.
    rain : float or (ny, nx) array
        Depth of rain [m], checked.
    out : Path
        GeoTIFF to write.
    executor : Executor, optional
        Threads or processes that work on the strips; the caller's thread by default.
    rows : int, optional
        Rows of a strip; the answer is the same for any.
    progress : callable, optional
        Told the share done, from 0 to 1.

    Returns
    -------
    tuple
        Rain of each basin [m × cells], of the outside at 0; and where it ended.

    Raises
    ------
    InvalidError
        JUM-G015 (`rows`), JUM-G032 (terrain), JUM-G034 (rain).
    """
    told = progress or (lambda _: None)
    with raster.scratch(out) as folder:
        planes = Planes(folder, source.ny, source.nx, source.work)
        work = Work(planes, rows, executor)
        for name in ("z", "code", "ring", "label"):
            planes.plane(name, "w+")
        for _ in work.each(_keep, [source] * len(work.parts)):
            pass
        told(0.15)
        cells = _number(work)
        told(0.4)
        inflow = _inflow(work, rain, cells)
        found = list(work.each(_passes))
        passes = hierarchy.Passes(*(np.concatenate(column) for column in zip(*found, strict=True)))
        tree = hierarchy.tree(hierarchy.in_order(passes), cells.size - 1)
        del found, passes
        told(0.6)
        scales = pouring.scales(tree)
        for top, bottom in work.parts:
            pouring.weigh(*_ground(planes, top, bottom), tree, scales)
        buckets = pouring.buckets(tree, scales.sums)
        poured = pouring.pour(inflow, tree, buckets)
        told(0.75)
        partial = pouring.partly_full(tree, buckets, poured)
        shore = [
            pouring.shores(*_ground(planes, top, bottom), partial, tree.base, tree.spill)
            for top, bottom in work.parts
        ]
        node, at = (np.concatenate(column) for column in zip(*shore, strict=True))
        level = pouring.levels(tree, buckets, poured, (node, at))
        told(0.85)
        with raster.written(out, source, source.work, np.nan) as target:
            for top, bottom in work.parts:
                z, label = _ground(planes, top, bottom)
                depth = np.empty_like(z)
                pouring.depths(z, label, level, depth)
                raster.put(target, depth, top, 0)
                told(0.85 + 0.15 * bottom / source.ny)
    return inflow, poured


def _ground(planes: Planes, top: int, bottom: int) -> tuple[NDArray[Any], NDArray[np.int32]]:
    return planes.read("z", top, bottom), planes.read("label", top, bottom)


def _keep(planes: Planes, top: int, bottom: int, source: raster.Terrain) -> None:
    """Leave the altitudes of a strip in their plane."""
    block = raster.piece(source, top, bottom, 0, planes.nx)
    planes.write("z", top, raster.ringed(block)[1:-1, 1:-1])


def _descend(planes: Planes, top: int, bottom: int) -> int:
    """Leave the codes of a strip in their plane; return how many cells are on level ground."""
    code = descents.descents(planes.read("z", top - 1, bottom + 1))
    code = code[top > 0 :][: bottom - top]
    planes.write("code", top, code)
    return int(np.count_nonzero(code == descents.LEVEL))


def _beside(planes: Planes, top: int, bottom: int) -> tuple[Any, Any, Any, int, int]:
    """Return altitudes, codes and rings of a strip and its neighbours' rows, and its own rows."""
    z, code, ring = (planes.read(name, top - 1, bottom + 1) for name in ("z", "code", "ring"))
    first = int(top > 0)
    return z, code, ring, first, first + bottom - top


def _widen(planes: Planes, top: int, bottom: int) -> tuple[bool, bool]:
    """Shorten the distances of a strip; return whether its first and last rows changed."""
    z, code, ring, first, last = _beside(planes, top, bottom)
    changed = level_ground.widen(z, code, ring, first, last)
    planes.write("ring", top, ring[first:last])
    return changed


def _basins(planes: Planes, top: int, bottom: int) -> _Basins:
    """Leave the basins of a strip alone in their plane."""
    z, code, ring, first, last = _beside(planes, top, bottom)
    label, pits = level_ground.basins(z, code, ring, first, last)
    planes.write("label", top, label)
    ends = [first, last - 1]
    rim = label[[0, -1]]
    on_bottom = (code[ends] == descents.LEVEL) & (rim > 0)
    return _Basins(pits, rim, np.where(on_bottom, rim, 0).astype(np.int32), z[ends])


def _number(work: Work) -> NDArray[np.int64]:
    """Give each cell the number of its basin; return the cells of each, of the outside at 0.

    Basins are numbered by the first cell of their pit, as in memory.
    """
    level = list(work.each(_descend))
    waiting = [count > 0 for count in level]
    while any(waiting):
        for order in (range(len(level)), reversed(range(len(level)))):
            for i in order:
                if not waiting[i]:
                    continue
                waiting[i] = False
                changed = _widen(work.planes, *work.parts[i])
                for j, news in zip((i - 1, i + 1), changed, strict=True):
                    if news and 0 <= j < len(level) and level[j]:
                        waiting[j] = True
    found: list[_Basins] = list(work.each(_basins))
    offset = np.cumsum([0, *(item.pits for item in found)])
    if offset[-1] > np.iinfo(np.int32).max // 2:
        raise error("JUM-G042", count=int(offset[-1]))
    root = np.arange(offset[-1] + 1, dtype=np.int32)
    for i in range(1, len(found)):
        north, south = found[i - 1], found[i]
        level_ground.join_level(
            north.bottom[1], north.z[1], south.bottom[0], south.z[0],
            offset[i - 1], offset[i], root,
        )  # fmt: skip
    while not np.array_equal(root, root[root]):
        root = root[root]
    number = (np.cumsum(root == np.arange(root.size)) - 1).astype(np.int32)[root]
    own = [number[low + 1 : low + item.pits + 1] for item, low in zip(found, offset, strict=False)]
    rims = [(item.rim.reshape(-1), item.pits, mine) for item, mine in zip(found, own, strict=True)]
    way = np.stack([np.maximum(rim - pits, 0) for rim, pits, _ in rims])
    met = np.stack([_inside(mine)[np.clip(rim, 0, pits + 1)] for rim, pits, mine in rims])
    downstream.resolve(way, met, np.int32(0))
    number_of = (
        np.concatenate([_inside(mine)[:-1], *downstream.beyond(met, i, 0), [-1]]).astype(np.int32)
        for i, mine in enumerate(own)
    )
    cells = np.zeros(int(number.max()) + 1, np.int64)
    for basin, count in work.each(_relabel, number_of):
        cells[basin] += count
    return cells


def _inside(own: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the numbers of the outside, of the pits of a strip, and 0 for what lies beyond."""
    return np.concatenate([[0], own, [0]]).astype(np.int32)


def _relabel(
    planes: Planes, top: int, bottom: int, number: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Replace the labels of a strip by the numbers of basins; return those present, and cells."""
    label = number[planes.read("label", top, bottom)]  # −1 takes the last number, −1
    planes.write("label", top, label)
    present, count = np.unique(label, return_counts=True)
    return present[present >= 0], count[present >= 0]


def _passes(planes: Planes, top: int, bottom: int) -> hierarchy.Passes:
    """Return the passes of a strip and of its southern rim that overflows may use."""
    z, label = _ground(planes, top, bottom + 1)
    sides = (top == 0, bottom == planes.ny, True, True)
    found = hierarchy.find_passes(z, label, sides, top * planes.nx, planes.nx)
    return hierarchy.useful(hierarchy.in_order(found))


def _inflow(work: Work, rain: NDArray[Any], cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the rain of each basin [m × cells]; of the outside at 0."""
    if not rain.ndim:
        return pouring.uniform(rain, cells)
    sums, huge = pouring.no_sums(cells.size), np.zeros(cells.size)
    for top, bottom in work.parts:
        label = work.planes.read("label", top, bottom)
        fall = np.ascontiguousarray(rain[top:bottom])
        if not pouring.collect(fall, label, *sums, huge):
            raise error("JUM-G034", given=float(fall[~(fall >= 0) & (label >= 0)][0]))
    return pouring.values(sums) + huge
