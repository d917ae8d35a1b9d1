# SPDX-License-Identifier: EUPL-1.2
"""Where rows are: identifier → row, window → runs of rows, kept in memory for a table as it is.

What is kept depends on the files of one table alone, not on the version of the twin: writing
observations does not make the index of a million buildings stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jumeau.base.contract import Bounds, TableSchema
from jumeau.interop.image import image as image_of
from jumeau.interop.served import View
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUN = 2048
"""Rows of a run, whose box is kept."""
_FIRST = 2
"""Times an identifier is looked for in a table before its identifiers are indexed."""


class _Index(NamedTuple):
    """Hashes of the identifiers of a table, sorted, and the row of each."""

    hashes: NDArray[np.uint64]
    rows: NDArray[np.int64]


class _Runs(NamedTuple):
    """Boxes of runs of rows: number of the run, number of rows, (n, 4) box."""

    number: NDArray[np.int64]
    held: NDArray[np.int64]
    box: NDArray[np.float64]


def stamp(view: View, declared: TableSchema) -> int:
    """Return the version at which a table was last changed, at most that of the view."""
    version = view.version

    def read() -> int:
        # The catalogue holds every version: a commit that comes in between changes nothing.
        store = view.served.live.store
        files, deletes, tables = (
            store.metadata(f"ducklake_{name}") for name in ("data_file", "delete_file", "table")
        )
        ids = f"SELECT table_id FROM {tables} WHERE table_name = ?"
        # A file may hold what several versions wrote or deleted: its last one is ``partial_max``.
        upto = f"CASE WHEN partial_max > {version} THEN {version} ELSE partial_max END"
        edges = " UNION ALL ".join(
            f"SELECT {edge} AS edge FROM {source} WHERE table_id IN ({ids})"
            for source in (files, deletes)
            for edge in ("begin_snapshot", "end_snapshot", upto)
        )
        found = store.query(
            f"SELECT max(edge) AS last FROM ({edges}) WHERE edge <= {version}",
            [declared.name] * 6,
        )
        return int(found["last"][0].as_py() or 0)

    return view.served.facts.remember((version, f"stamp of {declared.name}"), read)


def last_row(view: View, declared: TableSchema) -> int:
    """Return the highest row identifier of a table, −1 when it is empty."""

    def read() -> int:
        found = view.rows(f"SELECT max(rowid) AS last FROM {quoted(declared.name)}")[0]["last"]
        return -1 if found is None else int(found)

    key = ("last row", declared.name, stamp(view, declared))
    return view.served.facts.remember(key, read)


# -- by identifier ---------------------------------------------------------------------------
def candidates(view: View, declared: TableSchema, identifier: str) -> list[int]:
    """Return the rows that may bear an identifier: one, or by rare chance a few.

    The first questions read the table; from the third on, hashes of all identifiers are kept:
    16 bytes a row.
    """
    if "id" not in declared.names or "\x00" in identifier:
        return []
    index = _index(view, declared)
    if index is None:
        name = quoted(declared.name)
        found = view.rows(f"SELECT rowid AS r FROM {name} WHERE id = ? LIMIT 1", [identifier])
        return [int(row["r"]) for row in found]
    wanted = np.uint64(view.rows("SELECT hash(?::VARCHAR) AS h", [identifier])[0]["h"])
    begin = int(np.searchsorted(index.hashes, wanted, "left"))
    end = int(np.searchsorted(index.hashes, wanted, "right"))
    found_rows: list[int] = index.rows[begin:end].tolist()
    return found_rows


def row_of(view: View, declared: TableSchema, identifier: str) -> int | None:
    """Return the row that bears an identifier, or ``None``."""
    image = image_of(view, declared) if "id" in declared.names else None
    if image is not None:
        index = None if "\x00" in identifier else image.find(identifier)
        return None if index is None else int(image.row[index])
    for row in candidates(view, declared, identifier):
        sql = f"SELECT id FROM {quoted(declared.name)} WHERE rowid = ?"
        if [item["id"] for item in view.rows(sql, [row])] == [identifier]:
            return row
    return None


def _index(view: View, declared: TableSchema) -> _Index | None:
    facts = view.served.indexes
    key = ("index", declared.name, stamp(view, declared))
    found: _Index | None = facts.get(key)
    if found is not None:
        return found
    asked = view.served.facts.get(("asked", *key), 0) + 1
    view.served.facts.put(("asked", *key), asked, 1)
    if asked <= _FIRST:
        return None
    rows = view.sql(f"SELECT hash(id) AS h, rowid AS r FROM {quoted(declared.name)} ORDER BY h")
    found = _Index(rows["h"].to_numpy(), rows["r"].to_numpy())
    return facts.put(key, found, found.hashes.nbytes + found.rows.nbytes)


# -- by window -------------------------------------------------------------------------------
def _runs(view: View, declared: TableSchema) -> _Runs:
    key = ("runs", declared.name, stamp(view, declared))

    def read() -> _Runs:
        rows = view.sql(
            f"SELECT rowid // {RUN} AS run, count(*) AS n, min(xmin) AS a, min(ymin) AS b, "
            f"max(xmax) AS c, max(ymax) AS d FROM {quoted(declared.name)} GROUP BY 1 ORDER BY 1"
        )
        box = np.stack([rows[name].to_numpy().astype(np.float64) for name in "abcd"], axis=1)
        return _Runs(rows["run"].to_numpy(), rows["n"].to_numpy(), box.reshape(-1, 4))

    return view.served.facts.remember(key, read)


def ranges(
    view: View, declared: TableSchema, bounds: Bounds, after: int, size: int
) -> Iterator[tuple[int, int]]:
    """Return the ranges of rows, after one, in which those of a window can be.

    Parameters
    ----------
    view : View
        Territory at one version.
    declared : TableSchema
        Table with a geometry.
    bounds : Bounds
        Window [m, territory's CRS].
    after : int
        Row after which to begin.
    size : int
        Rows that the first range may hold; each next one may hold four times more.

    Yields
    ------
    tuple of int
        Low (excluded) and high (included) row identifiers.
    """
    runs = _runs(view, declared)
    xmin, ymin, xmax, ymax = bounds
    box = runs.box
    meets = (box[:, 2] >= xmin) & (box[:, 0] <= xmax) & (box[:, 3] >= ymin) & (box[:, 1] <= ymax)
    meets &= (runs.number + 1) * RUN - 1 > after
    number, held = runs.number[meets], runs.held[meets]
    while len(number):
        # A range reads only the row groups that meet the window, however wide it is.
        taken = max(1, int(np.searchsorted(np.cumsum(held), size, "right")))
        low = max(after, int(number[0]) * RUN - 1)
        yield low, (int(number[taken - 1]) + 1) * RUN - 1
        number, held, size = number[taken:], held[taken:], size * 4
