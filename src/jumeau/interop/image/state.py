# SPDX-License-Identifier: EUPL-1.2
"""The state of a table at a version: a name that changes when, and only when, its rows may have.

It is the digest of the names of the Parquet files alive at that version (DuckLake never writes
one twice) and of those that mark rows as deleted, with the table's attributes, the projection and
the versions of what an image computes. Two versions, or a fork and its parent, that hold the same
files have the same state. When DuckLake merges files of deletions, a past version gets another
name, and is then read from the twin.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from jumeau.base.contract import TableSchema
from jumeau.interop.image.columns import columns
from jumeau.twin import schema

if TYPE_CHECKING:
    from jumeau.interop.served import View
    from jumeau.twin.store import Store

FORMAT = "jumeau image 1"
"""Raised when the files of an image change."""


class State(NamedTuple):
    """State of a table: its name, the digest, the number of rows."""

    table: str
    digest: str
    rows: int

    @property
    def name(self) -> str:
        """Name of the folder of the image."""
        return f"{self.table}-{self.digest}"


def state(view: View, declared: TableSchema) -> State | None:
    """Return the state of a table at the version of a view, ``None`` when it is empty.

    The catalogue is asked once for each version.
    """
    version = view.version
    known: Mapping[str, State] = view.served.facts.remember(
        ("states", version), lambda: states(view.served.live.store, version, view.crs)
    )
    return known.get(declared.name)


def states(store: Store, version: int, crs: str) -> dict[str, State]:
    """Return the state of each table that holds rows at a version.

    Parameters
    ----------
    store : Store
        Any store of the territory: the catalogue holds every version.
    version : int
        Version.
    crs : str
        CRS of the territory.
    """
    files, deletes, names = (
        store.metadata(f"ducklake_{name}") for name in ("data_file", "delete_file", "table")
    )
    alive = (
        f"begin_snapshot <= {version:d} AND (end_snapshot IS NULL OR end_snapshot > {version:d})"
    )
    # A file may hold what several versions wrote or deleted, each read up to its own.
    upto = f"CASE WHEN partial_max IS NULL THEN '' ELSE ' ' || least(partial_max, {version}) END"
    name = f"path || {upto}"
    found = store.query(
        f"WITH held AS (SELECT table_id, {name} AS path, record_count AS n FROM {files} "
        f"WHERE {alive} UNION ALL SELECT table_id, {name}, -delete_count FROM {deletes} "
        f"WHERE {alive}) SELECT t.table_name AS name, sum(h.n)::BIGINT AS n, "
        "string_agg(h.path, '\n' ORDER BY h.path) AS files "
        f"FROM held h JOIN (FROM {names} WHERE {alive}) t USING (table_id) GROUP BY 1"
    )
    known = schema.tables()
    return {
        row["name"]: State(
            row["name"], _digest(known[row["name"]], crs, row["files"]), int(row["n"])
        )
        for row in found.to_pylist()
        if row["name"] in known and row["n"] > 0
    }


def _digest(declared: TableSchema, crs: str, files: str) -> str:
    parts = [FORMAT, declared.name, crs, files]
    parts += [f"{item.name} {item.type}" for item in declared.attributes]
    parts += [f"{item.name} {item.version}" for item in columns(declared)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
