# SPDX-License-Identifier: EUPL-1.2
"""Build shapes and pyramids: read a table once, lay it out, draw its dense tiles.

Run as a program (``python -m jumeau.interop.pyramid.build FOLDER TABLE…``) in a process of its own
at low priority. Without a table, it only has the kernels compiled. It stops when its parent dies.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base import crs as crs_
from jumeau.base.errors import JumeauError
from jumeau.interop import builder, mercator, mosaic
from jumeau.interop.image import files as images
from jumeau.interop.image.state import states
from jumeau.interop.mercator import EXTENT, Tile
from jumeau.interop.pyramid import drawing, files, pmtiles, shapes, state, warm
from jumeau.interop.pyramid.layers import Layer, carried, estimates, layer
from jumeau.interop.pyramid.shapes import FULL_ZOOM, WORLD, Shapes
from jumeau.twin import schema
from jumeau.twin.disk import TEMPORARY
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from jumeau.twin.territory import Territory

    Ask = Callable[[str, Sequence[Any]], pa.Table]

logger = logging.getLogger("jumeau")
NICE = 12
"""Priority of the process of its own: after the builders of images."""
READ = 65_536
"""Rows read at once."""
DENSE = 1_000
"""Rows from which a tile of a low zoom is drawn beforehand; others take a millisecond."""
SPARE = 2**30
"""Bytes that stay free on the disk."""
ROW_BYTES = 400
"""Bytes of a row on the disk, at most usually."""


class NoRoomError(Exception):
    """The disk has not enough room."""


# -- shapes ----------------------------------------------------------------------------------
def read(ask: Ask, drawn: Layer) -> Iterator[pa.Table]:
    """Return the rows of a table that have a geometry, some thousands at once."""
    table = quoted(drawn.table.name)
    edges = ask(f"SELECT min(rowid) AS low, max(rowid) AS high FROM {table}", ()).to_pylist()[0]
    if edges["low"] is None:
        return
    names = ", ".join(quoted(name) for name in drawn.every)
    sql = (
        f"SELECT {names}, ST_AsWKB(geometry)::BLOB AS geometry FROM {table} "
        "WHERE rowid >= ? AND rowid < ? AND geometry IS NOT NULL"
    )
    for low in range(edges["low"], edges["high"] + 1, READ):
        yield ask(sql, (low, low + READ))


def lay_out(ask: Ask, drawn: Layer, crs: str) -> Shapes:
    """Return the shapes of a table.

    Parameters
    ----------
    ask : callable
        (SQL, parameters) → rows, at one version.
    drawn : Layer
        How the table is drawn.
    crs : str
        CRS of the territory.
    """
    return shapes.build(crs, read(ask, drawn), estimates(ask, drawn), drawn.every)


# -- pyramid ---------------------------------------------------------------------------------
def dense(held: Shapes, zoom: int) -> list[Tile]:
    """Return the tiles of a zoom that hold many rows, by the middle of their box."""
    shift = 32 - zoom
    middle = (held.box[:, :2].astype(np.int64) + held.box[:, 2:].astype(np.int64)) >> 1
    places = ((middle[:, 0] >> shift) << 32) | (middle[:, 1] >> shift)
    found, counts = np.unique(places, return_counts=True)
    return [
        Tile(zoom, int(place) >> 32, int(place) & 0xFFFFFFFF) for place in found[counts >= DENSE]
    ]


def write_pyramid(folder: Path, held: Shapes, drawn: Layer) -> int:
    """Write the pyramid of a table into its folder, once whole; return how many tiles it holds."""
    name = drawn.table.name
    columns = carried(held, drawn.usual)

    def draw() -> Iterator[tuple[Tile, bytes]]:
        for zoom in range(FULL_ZOOM):
            for address in dense(held, zoom):
                content = drawing.tile(held, name, address, columns)
                if content:
                    yield address, content

    low, high = held.box[:, :2].min(axis=0), held.box[:, 2:].max(axis=0)
    unit = 2 * mercator.HALF / WORLD
    edges = crs_.transform_bounds(
        (low[0] * unit - mercator.HALF, mercator.HALF - high[1] * unit,
         high[0] * unit - mercator.HALF, mercator.HALF - low[1] * unit),
        mercator.MERCATOR, crs_.WGS84,
    )  # fmt: skip
    described = {
        "name": name,
        "description": f"Tiles below zoom {FULL_ZOOM} that hold {DENSE} rows or more",
        "vector_layers": [
            {"id": name, "fields": dict.fromkeys(columns, ""), "minzoom": 0,
             "maxzoom": FULL_ZOOM - 1}
        ],
        "extent": EXTENT,
    }  # fmt: skip
    temporary = folder / f"{TEMPORARY}{os.getpid()}.pmtiles"
    try:
        count = pmtiles.write(temporary, draw(), edges, described)
        temporary.rename(folder / files.TILES)
    finally:
        temporary.unlink(missing_ok=True)
    return count


# -- program ---------------------------------------------------------------------------------
def build(folder: Path, names: Sequence[str]) -> bool:
    """Build what lacks for some tables of a territory; return whether all is there.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    names : sequence of str
        Tables and raster layers.
    """
    from jumeau.twin import config
    from jumeau.twin.territory import Territory

    root = images.cache(folder)
    if root is None:
        logger.warning("tiles: no folder can be written for %s", folder)
        return False
    place = root / files.FOLDER
    place.mkdir(exist_ok=True)
    with images.locked(place) as ours:
        if not ours:
            return True  # another builder is at work: what it makes will do
        territory = Territory(folder, config.read(folder))
        try:
            store = territory.store
            store.cursor.execute("SET GLOBAL threads = 1")
            store.cursor.execute("BEGIN TRANSACTION READ ONLY")
            present = states(store, store.version(), territory.crs)
            estimated = {row["name"] for row in store.query(state.ESTIMATED).to_pylist()}
            known = {
                name: state.name(present, layer(schema.table(name)), name in estimated)
                for name in present
                if schema.table(name).geometry
            }
            files.clean(place, {*known.values()})
            todo = [name for name in names if name in known]
            _gather(territory, place, names)
            done = [_one(store.query, name, territory.crs, known[name], place) for name in todo]
            return all(done)
        finally:
            territory.close()


def _gather(territory: Territory, place: Path, names: Sequence[str]) -> None:
    """Gather the raster layers that are named, at wide cells."""
    sources = [territory.raster(layer) for layer in schema.layers()]
    mosaic.clean(
        place, {mosaic.name(item, cell) for item in sources for cell in mosaic.cells(item)}
    )
    for source in sources:
        for cell in mosaic.missing(territory.path, source) if source.layer in names else ():
            try:
                mosaic.build(place, source, cell)
            except (JumeauError, OSError) as exc:
                logger.warning("layer %s not gathered: %s", source.layer, exc)


def _one(ask: Ask, name: str, crs: str, known: str, place: Path) -> bool:
    begin = time.monotonic()
    drawn = layer(schema.table(name))
    try:
        folder = place / known
        if not (folder / files.MANIFEST).is_file():
            count = ask(f"SELECT count(*) AS n FROM {quoted(name)}", ()).to_pylist()[0]["n"]
            if shutil.disk_usage(place).free - count * ROW_BYTES < SPARE:
                raise NoRoomError(f"about {count * ROW_BYTES / 1e6:.0f} MB wanted")
            files.write(place, known, lay_out(ask, drawn, crs))
        for left in folder.glob(f"{TEMPORARY}*"):  # by a builder that was killed
            left.unlink(missing_ok=True)
        if not (folder / files.TILES).is_file():
            write_pyramid(folder, files.Opened(folder).shapes, drawn)
    except (NoRoomError, OSError, files.FaultyError) as exc:
        logger.warning("tiles of %s given up: %s", name, exc)
        return False
    logger.info("tiles of %s: %.1f s", name, time.monotonic() - begin)
    return True


def main() -> int:
    """Build what the command line names."""
    builder.begin(NICE)
    try:
        warm.now()
        if len(sys.argv) < 3:
            return 0
        return 0 if build(Path(sys.argv[1]), sys.argv[2:]) else 1
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
