# SPDX-License-Identifier: EUPL-1.2
"""Second pass: the layers of one tile from what the spools hold of it and around it.

A tile depends on its own cells and on those around, whichever file they come from, and on nothing
else: the same bits come whatever the number of workers and the order of the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.contract import Bounds
from jumeau.base.grid import TILE, Tile
from jumeau.sources.lidar import kernels, spool, terrain, tin, uncertainty
from jumeau.sources.lidar.classes import BRIDGE, BUILDING, GROUND, WATER
from jumeau.sources.lidar.kernels import BLOCK, HALVES
from jumeau.sources.lidar.spool import Block, Part
from jumeau.sources.lidar.terrain import Rectangle, Terrain
from jumeau.sources.lidar.uncertainty import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.sources.lidar.terrain import Points

MARGIN = 10
"""Distance up to which a cell without return looks for one [m]."""
WINDOW = 500
"""Side of the windows into which a tile with many points is cut [cells]."""
MANY = 1_000_000
PER_TILE = TILE // BLOCK
DECK_BELOW = 1.5
"""Ground points of a deck's outline that are higher than this below it are of the deck [m]."""


@dataclass(frozen=True)
class Task:
    """What a worker needs to make a tile.

    Parameters
    ----------
    tile : Tile
        The tile.
    parts : dict
        {(column, row) of a block: where it lies in each spool}, as far as it may matter.
    boxes : tuple of bounds
        Ground that each cloud covers [m].
    held : (k, 3) array or None
        Terrain that the twin already holds around: x, y, altitude [m].
    decks : tuple of bytes
        Outlines of decks that the twin holds, as WKB.
    surface : bool
        Whether the surface is wanted.
    """

    tile: Tile
    parts: Mapping[tuple[int, int], tuple[Part, ...]]
    boxes: tuple[Bounds, ...]
    held: NDArray[np.float64] | None = None
    decks: tuple[bytes, ...] = ()
    surface: bool = True


@dataclass
class Result:
    """Layers of a tile, and what there is to say of them.

    Parameters
    ----------
    tile : Tile
        The tile.
    bounds : tuple of 4 float
        Cells of the layers [m].
    layers : dict
        {layer: (rows, columns) float32 array}.
    facts : dict
        Counts: cells, ``beyond``, ``unknown``, ``filled``, ``bare``, ``deck``, ``edge``,
        ``deck_points``, ``gap_cells``…
    twice : dict
        {rank of a cloud: points that an earlier one holds too}.
    gaps : (k,) array
        Of the half cells that two clouds share: later minus earlier altitude [m].
    model : Model or None
        Uncertainty.
    decks : (rows, columns) bool array or None
        Cells whose highest return is a deck.
    """

    tile: Tile
    bounds: Bounds
    layers: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    twice: dict[int, int] = field(default_factory=dict)
    gaps: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    model: Model | None = None
    decks: NDArray[np.bool_] | None = None


class _Ground:
    """Reads blocks once, and gives the terrain points of any rectangle of the tile's frame."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.west, self.north = TILE * task.tile.x, -TILE * task.tile.y
        self.blocks: dict[tuple[int, int], Block] = {}
        self.made: dict[tuple[int, int], Points] = {}
        self.removed = 0
        self.extra: Points = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
        if task.held is not None and len(task.held):
            u = np.rint(1000 * (task.held[:, 0] - self.west) + 500).astype(np.int32)
            v = np.rint(500 - 1000 * (task.held[:, 1] + self.north)).astype(np.int32)
            self.extra = (u, v, 1000.0 * task.held[:, 2])

    def block(self, place: tuple[int, int]) -> Block:
        if place not in self.blocks:
            self.blocks[place] = spool.load(self.task.parts.get(place, ()))
        return self.blocks[place]

    def points(self, cells: Rectangle) -> Points:
        """Return the terrain points of a rectangle of cells, in the tile's frame [mm]."""
        parts = [self.extra]
        parts += [self._of(place) for place in self._places(cells)]
        u, v, z = (np.concatenate([part[k] for part in parts]) for k in range(3))
        inside = (u >= 1000 * cells[0]) & (u < 1000 * cells[2])
        inside &= (v >= 1000 * cells[1]) & (v < 1000 * cells[3])
        return (u, v, z) if inside.all() else (u[inside], v[inside], z[inside])

    def outside(self, cells: Rectangle, circles: NDArray[np.float64]) -> bool:
        """Return whether a terrain point outside a rectangle of cells lies in a circle [mm]."""
        window = (1000 * cells[0], 1000 * cells[1], 1000 * cells[2], 1000 * cells[3])
        for column, row in sorted(self.task.parts):
            left, upper = column * BLOCK - self.west, row * BLOCK - self.north
            right, lower = left + BLOCK, upper + BLOCK
            if left >= cells[0] and right <= cells[2] and upper >= cells[1] and lower <= cells[3]:
                continue
            box = 1000.0 * np.array([[left, upper, right, lower]])
            near = tin.entering(circles, box)
            if near.any():
                kept = (column, row) in self.made
                u, v, _ = self._of((column, row))
                if tin.holds(circles[near], u, v, window):
                    return True
                if not kept:  # only looked at: leaves memory
                    del self.made[column, row], self.blocks[column, row]
        return False

    def _places(self, cells: Rectangle) -> list[tuple[int, int]]:
        columns = range((self.west + cells[0]) // BLOCK, (self.west + cells[2] - 1) // BLOCK + 1)
        rows = range((self.north + cells[1]) // BLOCK, (self.north + cells[3] - 1) // BLOCK + 1)
        return [(column, row) for row in rows for column in columns]

    def _of(self, place: tuple[int, int]) -> Points:
        if place not in self.made:
            halves = self.block(place).halves
            n = halves["n"].astype(np.int64)
            u = (place[0] * BLOCK - self.west) * 1000 + halves["key"] % HALVES * 500
            v = (place[1] * BLOCK - self.north) * 1000 + halves["key"] // HALVES * 500
            u = (u + halves["u"] // n).astype(np.int32)
            v = (v + halves["v"] // n).astype(np.int32)
            self.made[place] = self._off_decks(place, u, v, halves["z"] / n)
        return self.made[place]

    def _off_decks(
        self, place: tuple[int, int], u: NDArray[np.int32], v: NDArray[np.int32],
        z: NDArray[np.float64],
    ) -> Points:  # fmt: skip
        """Leave out the ground points that stand on a deck whose outline the twin holds."""
        import shapely

        if not self.task.decks or not u.size:
            return u, v, z
        x, y = self.west + (u - 500) / 1000.0, -self.north + (500 - v) / 1000.0
        gone = np.zeros(u.size, np.bool_)
        for shape in shapely.from_wkb(list(self.task.decks)):
            west, south, east, north = shape.bounds
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            near = near[shapely.contains_xy(shape, x[near], y[near])] if near.size else near
            if near.size:
                level = self._deck_level(place, shape)
                gone[near] |= z[near] > level - 1000 * DECK_BELOW
        if place[0] // PER_TILE == self.task.tile.x and -(place[1] // PER_TILE) == self.task.tile.y:
            self.removed += int(gone.sum())
        return u[~gone], v[~gone], z[~gone]

    def _deck_level(self, place: tuple[int, int], shape: object) -> float:
        """Return the altitude of a deck in a block [mm]; −∞ where no return says it."""
        import shapely

        cells = self.block(place).cells
        cells = cells[cells["role"] == BRIDGE]
        x = place[0] * BLOCK + cells["key"] % BLOCK
        y = -(place[1] * BLOCK + cells["key"] // BLOCK)
        level = cells["top"][shapely.contains_xy(shape, x.astype(float), y.astype(float))]
        return float(np.median(level)) if level.size >= 3 else -np.inf


def make(task: Task) -> Result:
    """Make the layers of a tile.

    Parameters
    ----------
    task : Task
        What to make, and from what.

    Returns
    -------
    Result
        ``dtm``, ``dtm_std``, and with the surface ``dsm``, ``height``, ``building_height``.
    """
    ground = _Ground(task)
    inside = footprint(task.tile, task.boxes)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    cells = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    inside = inside[cells[1] : cells[3], cells[0] : cells[2]]
    west, north = TILE * task.tile.x + cells[0] - 0.5, TILE * task.tile.y - cells[1] + 0.5
    bounds = (west, north - inside.shape[0], west + inside.shape[1], north)
    result = Result(task.tile, bounds, facts={"cells": int(inside.sum())})
    margin = MARGIN if task.surface else 0
    wide = (cells[0] - margin, cells[1] - margin, cells[2] + margin, cells[3] + margin)
    found = _terrain(ground, wide, _whole(task))
    core = np.s_[margin : margin + inside.shape[0], margin : margin + inside.shape[1]]
    own = ground.points(cells)
    model = uncertainty.learn(*own)
    result.model = model
    altitude, distance, slope = (item[core] for item in found)
    known = inside & np.isfinite(altitude)
    free = known & np.isnan(slope)
    sigma = uncertainty.std(
        distance, np.where(np.isnan(slope), np.float32(model.slope), slope), model
    )
    result.layers["dtm"] = np.where(known, altitude, np.float32(np.nan))
    result.layers["dtm_std"] = np.where(known, sigma, np.float32(np.nan))
    result.facts |= {
        "beyond": int(free.sum()),
        "unknown": int(inside.sum() - known.sum()),
        "far": int((known & (distance > 10.0)).sum()),
        "edge": _edge(task, cells, inside),
    }
    if task.surface:
        _surface(ground, wide, found.altitude, margin, inside, result)
    result.facts["deck_points"] = ground.removed
    _tell(ground, result)
    return result


def footprint(tile: Tile, boxes: tuple[Bounds, ...]) -> NDArray[np.bool_]:
    """Return the cells of a tile whose centre is on ground that a cloud covers."""
    found = np.zeros((TILE, TILE), np.bool_)
    for west, south, east, north in boxes:
        c0, c1 = (max(0, int(np.ceil(edge - TILE * tile.x))) for edge in (west, east))
        r0, r1 = (max(0, int(np.ceil(TILE * tile.y - edge))) for edge in (north, south))
        found[r0:r1, c0:c1] = True
    return found


def _whole(task: Task) -> Rectangle:
    """Return the cells of the import's box, in the tile's frame."""
    west, south, east, north = np.array(task.boxes).T
    return (
        int(np.floor(west.min())) - TILE * task.tile.x,
        TILE * task.tile.y - int(np.ceil(north.max())),
        int(np.ceil(east.max())) - TILE * task.tile.x + 1,
        TILE * task.tile.y - int(np.floor(south.min())) + 1,
    )


def _terrain(ground: _Ground, wide: Rectangle, whole: Rectangle) -> Terrain:
    """Interpolate the terrain, by windows where the points are many."""
    reach = terrain.REACHES[0]
    near = (wide[0] - reach, wide[1] - reach, wide[2] + reach, wide[3] + reach)
    if ground.points(near)[0].size <= MANY:
        return terrain.interpolate(ground.points, ground.outside, wide, whole)
    shape = (wide[3] - wide[1], wide[2] - wide[0])
    out = Terrain(*(np.empty(shape, np.float32) for _ in range(3)))
    for top in range(wide[1], wide[3], WINDOW):
        for left in range(wide[0], wide[2], WINDOW):
            part = (left, top, min(left + WINDOW, wide[2]), min(top + WINDOW, wide[3]))
            found = terrain.interpolate(ground.points, ground.outside, part, whole)
            place = np.s_[top - wide[1] : part[3] - wide[1], left - wide[0] : part[2] - wide[0]]
            for target, item in zip(out, found, strict=True):
                target[place] = item
    return out


def _surface(
    ground: _Ground,
    wide: Rectangle,
    base: NDArray[np.float32],
    margin: int,
    inside: NDArray[np.bool_],
    result: Result,
) -> None:
    """Add the surface and the heights to the layers."""
    top = np.full((wide[3] - wide[1], wide[2] - wide[0]), spool.NONE, np.int32)
    role = np.zeros(top.shape, np.uint8)
    for place in ground._places(wide):
        cells = ground.block(place).cells
        r = place[1] * BLOCK - ground.north - wide[1] + cells["key"] // BLOCK
        c = place[0] * BLOCK - ground.west - wide[0] + cells["key"] % BLOCK
        here = (r >= 0) & (r < top.shape[0]) & (c >= 0) & (c < top.shape[1])
        top[r[here], c[here]] = cells["top"][here]
        role[r[here], c[here]] = cells["role"][here]
    surface, kind = np.empty(inside.shape, np.float32), np.empty(inside.shape, np.uint8)
    filled, bare = kernels.fill_surface(top, role, base, margin, _offsets(), surface, kind)
    altitude = result.layers["dtm"]
    known = inside & np.isfinite(surface)
    height = np.maximum(surface - altitude, np.float32(0))
    height[(kind == GROUND) | (kind == WATER)] = 0
    empty = np.float32(np.nan)
    result.layers["dsm"] = np.where(known, surface, empty)
    result.layers["height"] = np.where(known & np.isfinite(altitude), height, empty)
    building = known & np.isfinite(altitude) & (kind == BUILDING)
    result.layers["building_height"] = np.where(building, height, empty)
    result.decks = inside & (kind == BRIDGE)
    result.facts |= {
        "filled": filled,
        "bare": bare,
        "deck": int(result.decks.sum()),
        "building": int(building.sum()),
    }


def _offsets() -> NDArray[np.int32]:
    """Return the cells to look at from nearest to furthest, always in the same order."""
    side = np.arange(-MARGIN, MARGIN + 1)
    rows, columns = (item.ravel() for item in np.meshgrid(side, side, indexing="ij"))
    squared = rows**2 + columns**2
    order = np.lexsort((columns, rows, squared))
    order = order[(squared[order] > 0) & (squared[order] <= MARGIN**2)]
    return np.column_stack([rows[order], columns[order]]).astype(np.int32)


def _edge(task: Task, cells: Rectangle, inside: NDArray[np.bool_]) -> int:
    """Return how many cells have beside them ground that nothing known covers."""
    tile = task.tile
    known = np.zeros((TILE + 2, TILE + 2), np.bool_)
    shifted = (
        (w - TILE * tile.x + 1, TILE * tile.y + 1 - n, e - TILE * tile.x + 1, TILE * tile.y + 1 - s)
        for w, s, e, n in task.boxes
    )
    for west, north, east, south in shifted:
        c0, c1, r0, r1 = (max(0, int(np.ceil(edge))) for edge in (west, east, north, south))
        known[r0:r1, c0:c1] = True
    if task.held is not None and len(task.held):
        c = np.rint(task.held[:, 0]).astype(int) - TILE * tile.x + 1
        r = TILE * tile.y + 1 - np.rint(task.held[:, 1]).astype(int)
        near = (r >= 0) & (r < TILE + 2) & (c >= 0) & (c < TILE + 2)
        known[r[near], c[near]] = True
    whole = known[1:-1, :-2] & known[1:-1, 2:] & known[:-2, 1:-1] & known[2:, 1:-1]
    part = whole[cells[1] : cells[3], cells[0] : cells[2]]
    return int((inside & ~part).sum())


def _tell(ground: _Ground, result: Result) -> None:
    """Sum what the tile's own blocks say of the clouds that overlap."""
    tile, gaps = ground.task.tile, []
    for (column, row), block in sorted(ground.blocks.items()):
        if column // PER_TILE != tile.x or -(row // PER_TILE) != tile.y:
            continue
        gaps.append(block.gaps)
        for rank, count in block.twice.items():
            result.twice[rank] = result.twice.get(rank, 0) + count
    result.gaps = np.concatenate(gaps) if gaps else np.empty(0)
