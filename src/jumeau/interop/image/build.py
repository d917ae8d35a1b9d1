# SPDX-License-Identifier: EUPL-1.2
"""Build images: read a table in its order of storage, batch by batch, and write what serves it.

Run as a program (``python -m jumeau.interop.image.build FOLDER TABLE…``), in a process of its own
at low priority: it takes nothing from the requests but spare processor, and its memory goes with
it. It stops when its parent dies.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.base.contract import TableSchema
from jumeau.interop import builder
from jumeau.interop.image import files
from jumeau.interop.image.columns import columns
from jumeau.interop.image.state import State, states
from jumeau.interop.image.table import Image, boxes_of_runs, digests, neighbours
from jumeau.twin import schema
from jumeau.twin.disk import TEMPORARY
from jumeau.twin.schema import BOX, quoted
from jumeau.twin.store import engine

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from jumeau.twin.store import Store

logger = logging.getLogger("jumeau")
NICE = 10
"""Priority of the process of its own."""
READ = 16_384
"""Rows read at once."""
BATCH_ROWS = 65_536
BATCH_BYTES = 2**26
"""Rows and bytes of a batch of the file, at most."""
SPARE = 2**30
"""Bytes that stay free on the disk."""
_ROW = "jumeau_row"


class NoRoomError(Exception):
    """The disk has not enough room for an image."""


# -- reading ---------------------------------------------------------------------------------
def batches(store: Store, declared: TableSchema, crs: str) -> Iterator[pa.Table]:
    """Return the rows of a table in their order of storage, with the columns of its image.

    Parameters
    ----------
    store : Store
        Store; its cursor is inside a transaction that holds the version.
    declared : TableSchema
        Table.
    crs : str
        CRS of the territory.

    Yields
    ------
    pyarrow.Table
        ``jumeau_row``, the box, the attributes, the computed columns.
    """
    import pyarrow as pa

    found: list[pa.Table] = []
    rows = size = 0
    for read in _reads(store, declared):
        made = _computed(read, declared, crs)
        found.append(made)
        rows, size = rows + made.num_rows, size + made.nbytes
        if rows >= BATCH_ROWS or size >= BATCH_BYTES:
            yield pa.concat_tables(found).combine_chunks()
            found, rows, size = [], 0, 0
    if found:
        yield pa.concat_tables(found).combine_chunks()


def _reads(store: Store, declared: TableSchema) -> Iterator[pa.Table]:
    from jumeau.interop import features

    name = quoted(declared.name)
    edges = store.query(f"SELECT min(rowid) AS low, max(rowid) AS high FROM {name}").to_pylist()[0]
    if edges["low"] is None:
        return
    plain = [item for item in declared.attributes if not item.type.startswith("geometry")]
    chosen = [f"rowid AS {_ROW}", *(BOX if declared.geometry else ())]
    for item in declared.attributes:
        column = quoted(item.name)
        if item.type.startswith("geometry"):
            chosen.append(f"ST_AsWKB({column})::BLOB AS {column}")
        elif item.type == "json":
            chosen.append(f"{column}::VARCHAR AS {column}")
        else:
            chosen.append(column)
    chosen += features.json_sql(declared, plain)
    sql = f"SELECT {', '.join(chosen)} FROM {name} WHERE rowid >= ? AND rowid < ?"
    for low in range(edges["low"], edges["high"] + 1, READ):
        rows = store.query(sql, [low, low + READ])
        if rows.num_rows:
            yield rows.take(np.argsort(rows[_ROW].to_numpy(), kind="stable"))


def _computed(rows: pa.Table, declared: TableSchema, crs: str) -> pa.Table:
    """Add the computed columns to rows."""
    found = rows.drop_columns(["identifier", "properties"])
    for item in columns(declared):
        found = found.append_column(item.name, item.make(rows, declared, crs))
    return found


class _Arrays:
    """Gathers what an image keeps as arrays, batch by batch."""

    def __init__(self, declared: TableSchema) -> None:
        self.declared = declared
        self.row: list[NDArray[np.int64]] = []
        self.box: list[NDArray[np.float64]] = []
        self.ids: list[str | None] = []

    def add(self, rows: pa.Table) -> pa.Table:
        """Take in a batch; return what is left of it for the file of rows."""
        self.row.append(rows[_ROW].to_numpy().astype(np.int64))
        box = np.full((rows.num_rows, 4), np.nan)
        names = [_ROW]
        if self.declared.geometry:
            names += BOX
            for axis, name in enumerate(BOX):
                box[:, axis] = rows[name].to_numpy()
        self.box.append(box)
        if "id" in self.declared.names:
            self.ids += rows["id"].to_pylist()
        return rows.drop_columns(names)

    def close(self) -> dict[str, NDArray[Any]]:
        """Return the arrays."""
        row, box = np.concatenate(self.row), np.concatenate(self.box)
        order = neighbours(box)
        hashes, holders = digests(self.ids)
        starts = np.cumsum([0, *(len(part) for part in self.row)])
        return {
            "row": row, "box": box, "order": order, "runs": boxes_of_runs(box, order),
            "hashes": hashes, "holders": holders, "starts": starts,
        }  # fmt: skip


def in_memory(store: Store, declared: TableSchema, crs: str) -> Image | None:
    """Return the image of a small table; ``None`` when it is empty."""
    import pyarrow as pa

    arrays = _Arrays(declared)
    found = [arrays.add(rows) for rows in batches(store, declared, crs)]
    return Image(rows=pa.concat_tables(found), **arrays.close()) if found else None


# -- writing ---------------------------------------------------------------------------------
def write(store: Store, declared: TableSchema, crs: str, known: State, place: Path) -> int:
    """Write the image of a table into a folder; return its size [bytes].

    Raises
    ------
    NoRoomError
        When the disk would have less than a gigabyte left.
    """
    import pyarrow as pa

    temporary = place / f"{TEMPORARY}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir()
    try:
        arrays, writer, done = _Arrays(declared), None, 0
        with pa.OSFile(str(temporary / files.ROWS), "wb") as file:
            for rows in batches(store, declared, crs):
                kept = arrays.add(rows)
                done += kept.num_rows
                if writer is None:
                    writer = pa.ipc.new_file(file, kept.schema)
                written = file.tell() + kept.nbytes
                _room(place, kept.nbytes + written / done * max(known.rows - done, 0))
                writer.write_table(kept)
            if writer is not None:
                writer.close()
        return files.seal(temporary, known, arrays.close(), place / known.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _room(place: Path, wanted: float) -> None:
    free = shutil.disk_usage(place).free
    if free - wanted < SPARE:
        raise NoRoomError(f"{wanted / 1e6:.0f} MB wanted, {free / 1e6:.0f} MB free")


def build(folder: Path, names: list[str]) -> bool:
    """Build the images of some tables of a territory that lack; return whether all are there.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    names : list of str
        Tables.
    """
    from jumeau.twin import config
    from jumeau.twin.territory import Territory

    root = files.cache(folder)
    if root is None:
        logger.warning("image: no folder can be written for %s", folder)
        return False
    place = root / "images"
    place.mkdir(exist_ok=True)
    with files.locked(place) as ours:
        if not ours:
            return True  # another builder is at work: its images will do
        territory = Territory(folder, config.read(folder))
        try:
            store = territory.store
            store.cursor.execute("BEGIN TRANSACTION READ ONLY")
            present = states(store, store.version(), territory.crs)
            files.clean(place, list(present.values()))
            wanted = [present[name] for name in names if name in present]
            # Each is tried, whatever becomes of the others.
            made = [_one(store, territory.crs, item, place) for item in wanted]
            return all(made)
        finally:
            territory.close()


def _one(store: Store, crs: str, known: State, place: Path) -> bool:
    begin = time.monotonic()
    try:
        size = write(store, schema.table(known.table), crs, known, place)
    except (NoRoomError, OSError) as exc:
        logger.warning("image of %s given up: %s", known.table, exc)
        return False
    logger.info(
        "image of %s: %d rows, %.0f MB, %.1f s",
        known.table, known.rows, size / 1e6, time.monotonic() - begin,
    )  # fmt: skip
    return True


def main() -> int:
    """Build the images that the command line names."""
    builder.begin(NICE)
    engine(os.getpid()).execute("SET GLOBAL threads = 1")
    try:
        return 0 if build(Path(sys.argv[1]), sys.argv[2:]) else 1
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
