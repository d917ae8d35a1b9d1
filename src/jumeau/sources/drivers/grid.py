# SPDX-License-Identifier: EUPL-1.2
"""GeoTIFF and ASC grids onto the twin's 1 m grid, tile by tile, through rasterio.

Files given together, or held by one archive, make one raster: neighbours fill each other's
edges. Sheets of several cell sizes may be mixed; the finest one counts where they overlap.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as systems
from jumeau.base import grid
from jumeau.base.contract import Counts, ImportRequest, Intake, RasterWindow
from jumeau.base.errors import error
from jumeau.base.findings import Finding, finding
from jumeau.base.grid import Tile
from jumeau.sources import archive, placing
from jumeau.sources.archive import Located
from jumeau.sources.drivers import sheets as files
from jumeau.sources.drivers.mosaic import Block, Lattice, Tally, lattices
from jumeau.sources.drivers.sheets import Sheet, Shelf
from jumeau.twin import schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL = "all"
EAGER = 9
"""Tiles up to which everything is computed at once, before the twin is locked."""
LIMIT = 100_000
"""Tiles that one import may write: twelve times the largest département of mainland France."""
SAME = 0.01
"""Difference below which two systems give the same positions: RGF93 v1, v2 and v2b [m]."""
SHOWN = 3


@dataclass
class _Work:
    """Everything that an import of grids holds while it goes on."""

    request: ImportRequest
    sheets: list[Sheet]
    lattices: list[Lattice]
    found: list[Finding]
    edges: dict[str, int] = field(default_factory=dict)
    borrowed: dict[str, int] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)


def read(located: Sequence[Located], request: ImportRequest, empty: Sequence[str] = ()) -> Intake:
    """Read grids as windows of one tile.

    Parameters
    ----------
    located : sequence of Located
        GeoTIFF or ASC grids, in the order of the request's files.
    request : ImportRequest
        Layer or ``"all"``, CRS of the territory, and the option ``source_crs``.
    empty : sequence of str
        Names of files without any byte.

    Returns
    -------
    Intake
        Its counts and findings are complete once ``windows`` is consumed.

    Raises
    ------
    JumeauError
        ``JUM-S004`` damaged, ``JUM-S005`` rasters of one archive that cover each other, ``S017``
        several bands, ``S008``–``S010`` CRS, ``S240`` no layer told, ``S247`` too wide.
    """
    found: list[Finding] = []
    if empty:
        layer = str(request.layer)
        found.append(finding("JUM-S248", layer, _names(empty), count=len(empty)))
    chosen = _quantities(located, request, found)
    headed = [files.header(item, str(item.uri), layer) for item, layer in chosen]
    placed = _settled(headed, request, found)
    _corners(placed, found)
    limits = {item.name: (item.minimum, item.maximum) for item in schema.layers().values()}
    work = _Work(request, placed, lattices(placed, request.crs, limits, Shelf()), found)
    _alone(work)
    tiles = _tiles(work)
    if len(tiles) > LIMIT:
        raise error("JUM-S247", file=placed[0].name, count=len(tiles), limit=LIMIT)
    intake = Intake(
        read=0,
        announced=None,
        dropped=0,
        repaired=0,
        table=None,
        windows=None,
        findings=found,
        mapping={},
        source=_facts(placed),
        compared=request.territory is not None and not all(item.exact for item in work.lattices),
        files={uri: Counts() for uri in (*request.uris, *(item.uri for item in placed))},
    )
    windows = _windows(work, tiles, intake)
    intake.windows = iter(list(windows)) if len(tiles) <= EAGER else windows
    return intake


def _facts(placed: Sequence[Sheet]) -> dict[str, Any]:
    first = placed[0]
    return {
        "driver": "AAIGrid" if first.located.suffix == ".asc" else "GTiff",
        "crs": first.crs,
        "encoding": first.dtype,
        "layer": first.located.stem,
        "columns": [],
        "unmapped": [],
    }


def _names(items: Sequence[str]) -> str:
    """Return some names as one text."""
    shown = ", ".join(items[:SHOWN])
    return shown if len(items) <= SHOWN else f"{shown}… ({len(items)})"


# -- which sheet fills which layer -----------------------------------------------------------
def _quantities(
    located: Sequence[Located], request: ImportRequest, found: list[Finding]
) -> list[tuple[Located, str]]:
    """Return the layer that each sheet fills, those of another quantity left aside."""
    asked = str(request.layer)
    told = [files.quantity(item.name) for item in located]
    if asked == ALL:
        kept = [(item, name) for item, name in zip(located, told, strict=True) if name != "aside"]
        silent = [item.name for item, name in kept if not name]
        if silent or not kept:
            raise error("JUM-S240", file=silent[0] if silent else located[0].name)
        others = [item.name for item, name in zip(located, told, strict=True) if name == "aside"]
    else:
        match = [item for item, name in zip(located, told, strict=True) if name in {"", asked}]
        others = [item.name for item in located if item not in match]
        if not match:
            # What the user asks counts; the name is only a doubt.
            odd = _names([item.rpartition("/")[2] for item in others])
            names = {"aside": "SRC, DST"}
            other = ", ".join(sorted({names.get(name, name) for name in told}))
            found.append(finding("JUM-S241", asked, odd, told=other))
            return [(item, asked) for item in located]
        kept = [(item, asked) for item in match]
    if others:
        odd = _names([name.rpartition("/")[2] for name in others])
        found.append(finding("JUM-S242", asked, odd, count=len(others)))
    return kept


def _alone(work: _Work) -> None:
    """Refuse rasters of one archive that cover each other: they are no tiles of one raster."""
    for lattice in work.lattices:
        pair = lattice.overlapping()
        if pair is not None and _siblings(*pair):
            names = sorted(item.located.stem for item in work.sheets if item.uri == pair[0].uri)
            file = Path(pair[0].uri).name
            raise error("JUM-S005", file=file, layers=names[:12], example=names[0])


def _siblings(one: Sheet, other: Sheet) -> bool:
    return one.uri == other.uri and one.located.name != other.located.name


# -- where the sheets are --------------------------------------------------------------------
def _settled(sheets: list[Sheet], request: ImportRequest, found: list[Finding]) -> list[Sheet]:
    """Return the sheets in the CRS found for them, from what they declare and their corners."""
    groups: dict[str | None, list[int]] = {}
    for number, sheet in enumerate(sheets):
        groups.setdefault(sheet.crs, []).append(number)
    placed = list(sheets)
    for numbers in groups.values():
        crs = _place([sheets[number] for number in numbers], request, found)
        stray = [number for number in numbers if not _fits(sheets[number], crs, request.crs)]
        for number in numbers:
            placed[number] = sheets[number].settled(_same(crs, sheets[number], request.crs))
        for number in stray if len(numbers) > 1 else ():
            own = _place([sheets[number]], request, found)
            placed[number] = sheets[number].settled(_same(own, sheets[number], request.crs))
    return placed


def _points(sheets: Sequence[Sheet]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = [], []
    side = 5 if len(sheets) < 100 else 1
    for sheet in sheets:
        west, south, east, north = sheet.bounds
        share = (np.arange(side) + 0.5) / side
        x.append((west + share * (east - west)).repeat(side))
        y.append(np.tile(south + share * (north - south), side))
    return np.concatenate(x), np.concatenate(y)


def _fits(sheet: Sheet, crs: str, territory: str) -> bool:
    return systems.inside_share(*_points([sheet]), crs, territory) >= placing.ENOUGH


def _place(sheets: Sequence[Sheet], request: ImportRequest, found: list[Finding]) -> str:
    declared = sheets[0].crs
    x, y = _points(sheets)
    place = placing.settle(
        x,
        y,
        declared=declared,
        territory=request.crs,
        table=str(request.layer),
        file=_names([item.name for item in sheets]),
        given=request.options.get("source_crs"),
        area=request.options.get("area"),
        implicit=declared is not None and systems.resolve(declared) is None,
    )
    if place.swapped:
        raise error("JUM-S008", file=sheets[0].name, example=f"({x[0]:.6g}, {y[0]:.6g})")
    found += place.findings
    return place.crs


def _same(crs: str, sheet: Sheet, territory: str) -> str:
    """Return the territory's CRS for one that gives the same positions (RGF93 v1, v2, v2b…)."""
    if crs == territory:
        return crs
    x, y = _points([sheet])
    tx, ty = systems.reproject(x, y, crs, territory)
    with np.errstate(invalid="ignore"):
        same = bool((np.abs(tx - x) < SAME).all() and (np.abs(ty - y) < SAME).all())
    return territory if same else crs


def _corners(placed: Sequence[Sheet], found: list[Finding]) -> None:
    """Point out the sheets that lie elsewhere than their name says."""
    for sheet in placed:
        told = files.corner(sheet.name, str(sheet.crs))
        if told is None:
            continue
        west, _, _, north = sheet.bounds
        slack = max(2.0, 1.01 * abs(sheet.transform.a))
        if abs(west - 1000 * told[0]) > slack or abs(north - 1000 * told[1]) > slack:
            real = f"({west / 1000:.4g}, {north / 1000:.5g})"
            named = f"({told[0]}, {told[1]})"
            found.append(finding("JUM-S243", sheet.layer, sheet.name, named=named, real=real))


# -- the tiles of the grid -------------------------------------------------------------------
def _tiles(work: _Work) -> list[tuple[str, Tile]]:
    """Return the (layer, tile) to compute, layer by layer, from north to south and west to east."""
    wanted: dict[str, set[Tile]] = {}
    for lattice in work.lattices:
        wanted.setdefault(lattice.layer, set()).update(lattice.tiles())
    return [
        (layer, tile)
        for layer, tiles in wanted.items()
        for tile in sorted(tiles, key=lambda item: (-item.y, item.x))
    ]


def _held(work: _Work) -> Callable[[str], Any]:
    """Return what gives, for a layer, the cells that the twin already holds in some bounds."""
    known: dict[str, Any] = {}

    def reader(layer: str) -> Any:
        if work.request.territory is None:
            return None
        if layer not in known:
            raster = work.request.territory.raster(layer)
            known[layer] = (lambda bounds: raster.read(bounds)[0]) if raster.tiles() else None
        return known[layer]

    for layer in {item.layer for item in work.lattices}:
        reader(layer)
    return known.get


def _windows(work: _Work, tiles: list[tuple[str, Tile]], intake: Intake) -> Iterator[RasterWindow]:
    """Yield the cells of each tile, computed some ahead in threads; then tell what was met."""
    by_layer: dict[str, list[tuple[int, Lattice]]] = {}
    numbers: dict[int, int] = {id(sheet): at for at, sheet in enumerate(work.sheets)}
    for order, lattice in enumerate(work.lattices):
        by_layer.setdefault(lattice.layer, []).append((order, lattice))
        if not lattice.plain:
            for at, tally in lattice.survey():
                _count(work, intake, numbers[id(lattice.sheets[at])], tally)
    held = _held(work)

    def compute(layer: str, tile: Tile) -> list[tuple[Lattice, Block]]:
        found = []
        for _, lattice in by_layer[layer]:
            block = lattice.block(tile, held(layer))
            if block is not None:
                found.append((lattice, block))
        return found

    progress = work.request.progress
    workers = max(1, min(4, os.cpu_count() or 1))
    done = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="jumeau-grid") as pool:
        ahead: list[tuple[str, Future[list[tuple[Lattice, Block]]]]] = []
        waiting = iter(tiles)
        try:
            while True:
                while len(ahead) <= workers and (item := next(waiting, None)) is not None:
                    ahead.append((item[0], pool.submit(compute, *item)))
                if not ahead:
                    break
                layer, future = ahead.pop(0)
                window = _merged(work, intake, layer, future.result(), numbers)
                if window is not None:
                    yield window
                done += 1
                if progress is not None:
                    progress("raster", done / len(tiles))
        finally:
            for _, future in ahead:
                future.cancel()
    intake.findings += _told(work)


def _count(work: _Work, intake: Intake, number: int, tally: Tally) -> None:
    work.tallies.setdefault(number, Tally()).add(tally.known, tally.impossible, tally.examples)
    intake.read += tally.known
    intake.dropped += tally.impossible
    counts = intake.files[work.sheets[number].uri]
    counts.read += tally.known
    counts.dropped += tally.impossible


def _merged(
    work: _Work,
    intake: Intake,
    layer: str,
    blocks: list[tuple[Lattice, Block]],
    numbers: dict[int, int],
) -> RasterWindow | None:
    """Return one window from the blocks of a tile, the finest over the others."""
    if not blocks:
        return None
    boxes = np.array([block.bounds for _, block in blocks])
    bounds = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    values = blocks[0][1].values
    if len(blocks) > 1:
        values = np.full(grid.shape(bounds), np.nan, np.float32)
        for _, block in blocks:
            place = values[grid.slices(block.bounds, bounds)]
            np.copyto(place, block.values, where=~np.isnan(block.values))
    owner = ""
    for lattice, block in blocks:
        for at, tally in block.tallies:
            _count(work, intake, numbers[id(lattice.sheets[at])], tally)
        for kept, count in (
            (work.edges, block.edge),
            (work.borrowed, block.borrowed),
            (work.differing, block.differing),
        ):
            if count:
                kept[layer] = kept.get(layer, 0) + count
        if block.main >= 0:
            owner = lattice.sheets[block.main].uri
    if not np.isfinite(values).any():
        return None
    return RasterWindow(bounds, values, layer, owner, True)


# -- what is told ----------------------------------------------------------------------------
def _told(work: _Work) -> list[Finding]:
    found: list[Finding] = []
    for lattice in work.lattices:
        names = _names([item.name for item in lattice.sheets])
        told: dict[str, Any] = {"table": lattice.layer, "entity": names}
        size = round(lattice.size, 3)
        if lattice.crs != work.request.crs:
            found.append(finding("JUM-S143", **told, crs=lattice.crs))
        elif not lattice.exact:
            code = "JUM-S140" if size < 1 - 1e-9 else "JUM-S146"
            found.append(finding(code, **told, size=size))
        if size >= 2:
            found.append(finding("JUM-S244", **told, size=round(size, 1)))
    for layer in dict.fromkeys(item.layer for item in work.sheets):
        names = _names([item.name for item in work.sheets if item.layer == layer])
        about: dict[str, Any] = {"table": layer, "entity": names}
        for code, counts in (
            ("JUM-S141", work.edges),
            ("JUM-S245", work.borrowed),
            ("JUM-S246", work.differing),
        ):
            if counts.get(layer):
                found.append(finding(code, **about, count=counts[layer]))
        found += _values(work, layer)
    return found


def _values(work: _Work, layer: str) -> list[Finding]:
    """Tell the impossible values of a layer, and its files without any."""
    found = []
    declared = schema.layer(layer)
    mine = [
        (sheet, work.tallies.get(number, Tally()))
        for number, sheet in enumerate(work.sheets)
        if sheet.layer == layer
    ]
    odd = [(sheet, tally) for sheet, tally in mine if tally.impossible]
    if odd:
        examples = list(dict.fromkeys(value for _, tally in odd for value in tally.examples))
        found.append(
            finding(
                "JUM-S142",
                layer,
                _names([sheet.name for sheet, _ in odd]),
                count=sum(tally.impossible for _, tally in odd),
                examples=examples[:SHOWN],
                minimum=declared.minimum,
                maximum=declared.maximum,
                unit=declared.unit,
            )
        )
    empty = [sheet.name for sheet, tally in mine if tally.known == tally.impossible]
    if empty:
        found.append(finding("JUM-S144", layer, _names(empty)))
    return found


def sheets_of(request: ImportRequest) -> tuple[list[Located], list[str]]:
    """Return the grids of the files of a request, those of archives and folders included.

    Returns
    -------
    located : list of Located
        In the order of the files.
    empty : list of str
        Names of the files of several that hold no byte: downloads in parallel make such.

    Raises
    ------
    JumeauError
        As :func:`jumeau.sources.archive.grids`; ``JUM-S002`` when every file is empty.
    """
    member = request.options.get("source_layer")
    found: list[Located] = []
    empty: list[str] = []
    uris = request.uris or (request.uri,)
    for uri in uris:
        path = Path(uri)
        if len(uris) > 1 and path.is_file() and not path.stat().st_size:
            empty.append(path.name)
        else:
            found += archive.grids(uri, member=member)
    if not found:
        raise error("JUM-S002", file=_names(empty))
    return found, empty
