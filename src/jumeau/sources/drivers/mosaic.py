# SPDX-License-Identifier: EUPL-1.2
"""Sheets of one pixel size and phase seen as one raster, cut into the tiles of the twin's grid.

Neighbouring sheets fill each other's edges; where none is given, what the twin already holds
there serves, and failing that pixels are continued linearly and counted. Each pixel of each
sheet is counted once, in the tile that owns it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base import crs as systems
from jumeau.base import grid
from jumeau.base.contract import Bounds
from jumeau.base.grid import Tile
from jumeau.sources import resampling
from jumeau.sources.drivers.sheets import STRIP, Sheet, Shelf
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHASE = 1e-3
"""Shift below which two sheets share their pixels [pixel]."""
NEAR = 1e-4
"""Distance below which a coordinate is taken to be whole [m]."""
DEGREE = 111_320.0
"""Length of a degree of latitude [m]."""


@dataclass
class Tally:
    """What became of the pixels of one file.

    Parameters
    ----------
    known, impossible : int
        Pixels with a value; among them those outside the layer's physical bounds.
    examples : list of float
        Impossible values met.
    """

    known: int = 0
    impossible: int = 0
    examples: list[float] = field(default_factory=list)

    def add(self, known: int, impossible: int, examples: Sequence[float]) -> None:
        """Add a window."""
        self.known += known
        self.impossible += impossible
        self.examples += [item for item in examples if item not in self.examples][:3]


@dataclass
class Block:
    """Cells of one tile of the grid.

    Parameters
    ----------
    bounds : tuple of 4 float
        Outer cell edges [m].
    values : (rows, columns) float32 array
        NaN for no data.
    edge, borrowed : int
        Cells computed without their neighbours; with those that the twin held.
    differing : int
        Pixels that two files give differently.
    tallies : list of (int, Tally)
        Number of the sheet in its lattice → its pixels.
    main : int
        Number of the sheet that covers most of it; −1 for none.
    """

    bounds: Bounds
    values: NDArray[np.float32]
    edge: int = 0
    borrowed: int = 0
    differing: int = 0
    tallies: list[tuple[int, Tally]] = field(default_factory=list)
    main: int = -1


class _Extent(NamedTuple):
    """Pixels [top, bottom) × [left, right) counted from the origin of a lattice."""

    top: int
    bottom: int
    left: int
    right: int

    def meets(self, other: _Extent) -> _Extent | None:
        found = _Extent(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )
        return found if found.top < found.bottom and found.left < found.right else None

    def joins(self, other: _Extent) -> _Extent:
        return _Extent(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def over(self, outer: _Extent) -> tuple[slice, slice]:
        """Return this extent as slices of an array over another."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )

    @property
    def shape(self) -> tuple[int, int]:
        return (self.bottom - self.top, self.right - self.left)


class Lattice:
    """Sheets of the same layer, CRS, pixel size and phase.

    Parameters
    ----------
    first : Sheet
        It gives the origin.
    territory : str
        CRS of the territory.
    limits : (float, float)
        Physical bounds of the layer.
    shelf : Shelf
        Where pixels are read.
    """

    def __init__(
        self, first: Sheet, territory: str, limits: tuple[float, float], shelf: Shelf
    ) -> None:
        import pyproj

        self.crs = str(first.crs)
        self.layer = first.layer
        self.transform = first.transform
        self.territory, self.limits, self.shelf = territory, limits, shelf
        self.sheets: list[Sheet] = []
        self._places: list[_Extent] = []
        self._cells: list[Bounds] = []
        self._boxes = np.empty((0, 4))
        self._spans = np.empty((0, 4), np.int64)
        self.plain = self.crs == territory and not first.turned
        self._geographic = not self.plain and pyproj.CRS.from_user_input(self.crs).is_geographic
        self.exact = self.plain and self._aligned()
        self.add(first)

    @property
    def size(self) -> float:
        """Size of a pixel [m]."""
        side = math.sqrt(abs(self.transform.determinant))
        return side * DEGREE if self._geographic else side

    def _aligned(self) -> bool:
        """Tell whether pixels are the cells of the grid themselves."""
        place = self.transform
        x, y = np.array([math.ceil(place.c)]), np.array([math.ceil(-place.f)])
        across = resampling.axis(x.astype(np.float64), place.c, place.a)
        return across.exact and resampling.axis(y.astype(np.float64), -place.f, -place.e).exact

    def holds(self, sheet: Sheet) -> bool:
        """Tell whether a sheet has the same pixels."""
        mine, other = self.transform, sheet.transform
        if (sheet.layer, sheet.crs) != (self.layer, self.crs) or sheet.turned:
            return False
        if mine.b or mine.d:
            return False
        span = max(sheet.width, sheet.height)
        if max(abs(mine.a - other.a), abs(mine.e - other.e)) * span > PHASE * abs(mine.a):
            return False
        left, top = ~mine @ (other.c, other.f)
        return bool(abs(left - round(left)) < PHASE and abs(top - round(top)) < PHASE)

    def add(self, sheet: Sheet) -> None:
        """Add a sheet that :meth:`holds` accepts."""
        corner = (sheet.transform.c, sheet.transform.f)
        left, top = (round(item) for item in ~self.transform @ corner)
        self._places.append(_Extent(top, top + sheet.height, left, left + sheet.width))
        self.sheets.append(sheet)
        self._cells.append(_cells(self._reach(sheet)))

    def _reach(self, sheet: Sheet) -> Bounds:
        return sheet.bounds if self.plain else _moved(sheet.bounds, self.crs, self.territory)

    def tiles(self) -> set[Tile]:
        """Return the tiles that the cells touch."""
        found: set[Tile] = set()
        for west, south, east, north in self._cells:
            found.update(grid.tiles_of((west, south, east, north)))
        return found

    def overlapping(self) -> tuple[Sheet, Sheet] | None:
        """Return two sheets that cover the same ground by more than half, if there are any."""
        order = sorted(range(len(self.sheets)), key=lambda at: self._places[at].left)
        for rank, at in enumerate(order):
            mine = self._places[at]
            for other in order[rank + 1 :]:
                if self._places[other].left >= mine.right:
                    break
                common = mine.meets(self._places[other])
                area = min(math.prod(mine.shape), math.prod(self._places[other].shape))
                if common is not None and math.prod(common.shape) > area / 2:
                    return self.sheets[at], self.sheets[other]
        return None

    def survey(self) -> list[tuple[int, Tally]]:
        """Count the pixels of sheets that have to be reprojected, whole and in strips."""
        found = []
        for number, sheet in enumerate(self.sheets):
            tally = Tally()
            for top in range(0, sheet.height, STRIP):
                rows = slice(top, min(top + STRIP, sheet.height))
                values, impossible, examples = self.shelf.pixels(
                    sheet, rows, slice(0, sheet.width), self.limits
                )
                out = int(impossible.sum())
                tally.add(int(np.isfinite(values).sum()) + out, out, examples)
            found.append((number, tally))
        return found

    def block(self, tile: Tile, held: Any = None) -> Block | None:
        """Return the cells of a tile.

        Parameters
        ----------
        tile : Tile
            Place.
        held : callable, optional
            Bounds → (rows, columns) float32 array of what the twin already holds.

        Returns
        -------
        Block or None
            ``None`` where no sheet has a cell.
        """
        if len(self._boxes) < len(self._cells):
            self._boxes = np.array(self._cells)
            self._spans = np.array(self._places)
        mine, all_ = tile.bounds, self._boxes
        near = (all_[:, 0] < mine[2]) & (all_[:, 2] > mine[0])
        near &= (all_[:, 1] < mine[3]) & (all_[:, 3] > mine[1])
        parts = [
            (number, common)
            for number in np.flatnonzero(near).tolist()
            if (common := grid.intersection(self._cells[number], mine)) is not None
        ]
        if not parts:
            return None
        boxes = np.array([common for _, common in parts])
        bounds = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
        if not self.plain:
            return self._warped(bounds)
        return self._resampled(tile, bounds, parts, held)

    # -- same CRS ----------------------------------------------------------------------------
    def _resampled(
        self, tile: Tile, bounds: Bounds, parts: list[tuple[int, Bounds]], held: Any
    ) -> Block:
        x, y = grid.centres(bounds)
        place = self.transform
        columns = resampling.axis(x, place.c, place.a)
        rows = resampling.axis(-y, -place.f, -place.e)
        needed = _Extent(*rows.span, *columns.span)
        if not self.exact:  # two pixels continue an edge
            needed = _Extent(needed[0] - 2, needed[1] + 2, needed[2] - 2, needed[3] + 2)
        window = needed
        owned = {number: self._owned(number, tile) for number, _ in parts}
        for extent in owned.values():
            if extent is not None:
                window = window.joins(extent)
        block = Block(bounds, np.empty(0, np.float32))
        values, there = self._gather(window, owned, block)
        inside = needed.over(window)
        values, there = values[inside], there[inside]
        rows, columns = rows.within(*needed[:2]), columns.within(*needed[2:])
        covered = self._covered(bounds, parts)
        absent = ~there
        touched = resampling.needing(absent, rows, columns) if absent.any() else absent[:0, :0]
        if covered is not None and touched.size:
            touched &= covered
        if touched.any():
            helped = np.zeros_like(touched)
            if held is not None:
                lent = self._lent(needed, absent, held)
                if lent is not None:
                    took = absent & np.isfinite(lent)
                    values = np.where(took, lent, values)
                    there = there | took
                    between = _between(there, absent & ~took)
                    helped = touched & ~resampling.needing(~there & ~between, rows, columns)
            depth = 1 + math.ceil(0.5 / min(place.a, -place.e))
            values = resampling.continued(values, there, depth)
            block.borrowed = int(helped.sum())
            block.edge = int(touched.sum()) - block.borrowed
        block.values = resampling.resample(values, rows, columns)
        if min(place.a, -place.e) >= resampling.COARSE and schema.layer(self.layer).unit == "m":
            block.values = resampling.rounded(block.values, rows, columns)
        if covered is not None:
            block.values[~covered] = np.nan
        sizes = [(right - left) * (top - low) for _, (left, low, right, top) in parts]
        block.main = parts[int(np.argmax(sizes))][0]
        return block

    def _covered(self, bounds: Bounds, parts: list[tuple[int, Bounds]]) -> NDArray[np.bool_] | None:
        """Return the cells whose centre lies in a sheet; ``None`` when all do."""
        if any(common == bounds for _, common in parts):
            return None
        covered = np.zeros(grid.shape(bounds), bool)
        for _, common in parts:
            covered[grid.slices(common, bounds)] = True
        return None if covered.all() else covered

    def _owned(self, number: int, tile: Tile) -> _Extent | None:
        """Return the pixels of a sheet that are counted in a tile."""
        extent = self._places[number]
        west, south, east, north = self._cells[number]
        mine = tile.bounds
        place = self.transform

        def pixel(distance: float, step: float) -> int:
            """First pixel whose centre is at or beyond a distance from the origin."""
            return math.ceil(distance / step - 0.5 - PHASE)

        left = extent.left if mine[0] <= west else pixel(mine[0] - place.c, place.a)
        right = extent.right if mine[2] >= east else pixel(mine[2] - place.c, place.a)
        top = extent.top if mine[3] >= north else pixel(place.f - mine[3], -place.e)
        bottom = extent.bottom if mine[1] <= south else pixel(place.f - mine[1], -place.e)
        return extent.meets(_Extent(top, bottom, left, right))

    def _near(self, window: _Extent) -> list[int]:
        """Return the sheets that have pixels in a window."""
        spans = self._spans
        near = (spans[:, 0] < window.bottom) & (spans[:, 1] > window.top)
        near &= (spans[:, 2] < window.right) & (spans[:, 3] > window.left)
        return list(np.flatnonzero(near).tolist())

    def _gather(
        self, window: _Extent, owned: dict[int, _Extent | None], block: Block | None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the pixels of a window, and which of them some sheet holds."""
        values = np.full(window.shape, np.nan, np.float32)
        there = np.zeros(window.shape, bool)
        for number in self._near(window):
            extent = self._places[number]
            common = extent.meets(window)
            if common is None:
                continue
            rows, columns = common.over(extent)
            sheet = self.sheets[number]
            part, impossible, examples = self.shelf.pixels(sheet, rows, columns, self.limits)
            place = common.over(window)
            known = np.isfinite(part)
            mine = owned.get(number)
            if block is not None and mine is not None:
                own = mine.over(common)
                out = int(impossible[own].sum())
                tally = Tally()
                tally.add(int(known[own].sum()) + out, out, examples if out else ())
                block.tallies.append((number, tally))
                former = values[place][own]
                both = known[own] & np.isfinite(former)
                block.differing += int((np.abs(part[own] - former)[both] > 0.01).sum())
            np.copyto(values[place], part, where=known)
            there[place] = True
        return values, there

    def _lent(
        self, needed: _Extent, absent: NDArray[np.bool_], held: Any
    ) -> NDArray[np.float32] | None:
        """Return what the twin holds at the centres of absent pixels, where it knows all around."""
        place = self.transform
        x = place.c + place.a * (np.arange(needed.left, needed.right, dtype=np.float64) + 0.5)
        y = place.f + place.e * (np.arange(needed.top, needed.bottom, dtype=np.float64) + 0.5)
        lines, posts = absent.any(axis=1), absent.any(axis=0)
        reach = (x[posts][0] - 1, y[lines][-1] - 1, x[posts][-1] + 1, y[lines][0] + 1)
        bounds = grid.snap(reach)
        cells = held(bounds)
        if not np.isfinite(cells).any():
            return None
        # Cells that the sheets themselves cover are theirs, not the twin's.
        for west, south, east, north in self._cells:
            common = grid.intersection((west, south, east, north), bounds)
            if common is not None:
                cells[grid.slices(common, bounds)] = np.nan
        columns = resampling.axis(x[posts], bounds[0], 1.0)
        rows = resampling.axis(-y[lines], -bounds[3], 1.0)
        size = cells.shape
        lent = np.full(absent.shape, np.nan, np.float32)
        found = resampling.resample(
            np.where(np.isfinite(cells), cells, np.nan),
            rows.within(0, size[0]),
            columns.within(0, size[1]),
        )
        lacking = resampling.needing(
            ~np.isfinite(cells), rows.within(0, size[0]), columns.within(0, size[1])
        )
        found[lacking] = np.nan
        lent[np.ix_(lines, posts)] = found
        return lent

    # -- another CRS, or turned --------------------------------------------------------------
    def _warped(self, bounds: Bounds) -> Block | None:
        """Return cells interpolated between the pixels of another system."""
        from rasterio.enums import Resampling
        from rasterio.warp import reproject

        block = Block(bounds, np.full(grid.shape(bounds), np.nan, np.float32))
        away = _moved(bounds, self.territory, self.crs)
        inverse = ~self.transform
        corners = [inverse @ (x, y) for x in away[::2] for y in away[1::2]]
        left, right = min(c[0] for c in corners), max(c[0] for c in corners)
        top, bottom = min(c[1] for c in corners), max(c[1] for c in corners)
        margin = 2 + math.ceil(2 / self.size)
        window = _Extent(
            math.floor(top) - margin,
            math.ceil(bottom) + margin,
            math.floor(left) - margin,
            math.ceil(right) + margin,
        )
        near = self._near(window)
        hull = _Extent(
            int(self._spans[:, 0].min()),
            int(self._spans[:, 1].max()),
            int(self._spans[:, 2].min()),
            int(self._spans[:, 3].max()),
        )
        kept = window.meets(hull)
        if not near or kept is None:
            return None
        window = kept
        values, _ = self._gather(window, {}, None)
        reproject(
            values,
            block.values,
            src_transform=self.transform @ self.transform.translation(window.left, window.top),
            src_crs=self.crs,
            src_nodata=np.nan,
            dst_transform=grid.transform(bounds),
            dst_crs=self.territory,
            dst_nodata=np.nan,
            resampling=Resampling.bilinear,
            tolerance=0.01,
        )
        block.main = near[0]
        return block


def _between(there: NDArray[np.bool_], absent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the absent pixels that stand between two known ones."""
    found = np.zeros_like(absent)
    found[:, 1:-1] = there[:, :-2] & there[:, 2:]
    found[1:-1] |= there[:-2] & there[2:]
    return found & absent


def _moved(bounds: Bounds, source: str, target: str) -> Bounds:
    return bounds if source == target else systems.transform_bounds(bounds, source, target)


def _cells(bounds: Bounds) -> Bounds:
    """Return the outer edges of the cells whose centre lies in some bounds."""
    west, south, east, north = bounds
    first, last = math.ceil(west - NEAR), math.ceil(east - NEAR) - 1
    high, low = math.floor(north + NEAR), math.floor(south + NEAR) + 1
    if last < first:
        first = last = round((west + east) / 2)
    if low > high:
        low = high = round((south + north) / 2)
    return (first - 0.5, low - 0.5, last + 0.5, high + 0.5)


def lattices(
    sheets: Sequence[Sheet], territory: str, limits: dict[str, tuple[float, float]], shelf: Shelf
) -> list[Lattice]:
    """Group sheets by layer, CRS, pixel size and phase, the coarsest first."""
    found: list[Lattice] = []
    for sheet in sheets:
        home = next((item for item in found if item.holds(sheet)), None)
        if home is None:
            found.append(Lattice(sheet, territory, limits[sheet.layer], shelf))
        else:
            home.add(sheet)
    return sorted(found, key=lambda item: -round(item.size, 6))
