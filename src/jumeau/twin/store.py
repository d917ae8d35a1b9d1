# SPDX-License-Identifier: EUPL-1.2
"""DuckLake store: attach the catalogue, read at a version, write under the lock, recover.

Guards, each from a fact measured on this stack: the SQLite catalogue is set to WAL before its
first use; the data path is overridden at every attach, so that a moved or forked folder never
writes into its parent; a lock wraps each whole transaction; a marker tells the next opener that
a writer died, and that files nobody refers to must go.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base.errors import JumeauError, error
from jumeau.twin import locks, schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

EXTENSIONS = ("spatial", "sqlite_scanner", "ducklake")
_numbers = itertools.count(1)
OPTIONS = {"parquet_row_group_size": "16384", "parquet_compression": "zstd"}
"""How Parquet files are written: small row groups, so that a window or a page reads few rows."""
ADVISORY_KEY = 0x6A756D65  # "jume"


class Address(NamedTuple):
    """Where a territory's catalogue and data are.

    Parameters
    ----------
    folder : Path
        Folder of the territory.
    catalog : str
        File name of the SQLite catalogue, or ``postgres:<libpq connection string>``.
    data : str
        Folder of the Parquet files, relative to the territory, or an ``s3://`` address.
    catalog_schema : str
        Schema of a PostgreSQL catalogue; one database can hold many territories.
    """

    folder: Path
    catalog: str = "catalog.sqlite"
    data: str = "tables"
    catalog_schema: str = ""

    @property
    def shared(self) -> bool:
        """Whether the catalogue is a PostgreSQL database."""
        return self.catalog.startswith("postgres:")

    @property
    def data_path(self) -> str:
        """Where the Parquet files are, as DuckLake wants it."""
        if "://" in self.data:
            return self.data.rstrip("/") + "/"
        return str((self.folder / self.data).resolve()) + "/"

    @property
    def sqlite_path(self) -> Path:
        """File of the embedded catalogue."""
        return self.folder / self.catalog


@cache
def extension(name: str) -> str:
    """Return the path of a DuckDB extension carried by its wheel; nothing is downloaded.

    Raises
    ------
    MissingFileError
        ``JUM-T012`` if the wheel is not installed.
    """
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for path in Path(folder).rglob("*.duckdb_extension"):
            return str(path)
    raise error("JUM-T012", name=name, package=f"duckdb-extension-{name.replace('_', '-')}")


@cache
def engine(pid: int) -> duckdb.DuckDBPyConnection:
    """Return the DuckDB engine of this process, its extensions loaded once for all stores.

    Parameters
    ----------
    pid : int
        Process: an engine does not survive a fork of the process.
    """
    import duckdb

    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(Path(tempfile.gettempdir()) / f"jumeau-duckdb-{pid}"),
        }
    )
    for name in EXTENSIONS:
        con.execute(f"LOAD {literal(extension(name))}")
    con.execute("SET TimeZone = 'UTC'")
    return con


def _detach(root: duckdb.DuckDBPyConnection, alias: str) -> None:
    for name in (alias, f"lock_{alias}"):
        with _quietly():
            root.execute(f"DETACH DATABASE IF EXISTS {name}")
    root.close()


def _secret(data: str) -> str:
    """Return the statement that gives access to an object store, from the usual environment.

    ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION``, and
    ``AWS_ENDPOINT_URL`` for a store of one's own, addressed by path.
    """
    scope = data.rstrip("/")
    facts = {
        "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", ""),
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN", ""),
        "REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", ""),
    }
    options = ["TYPE s3", f"SCOPE {literal(scope)}"]
    options += [f"{name} {literal(value)}" for name, value in facts.items() if value]
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        scheme, _, host = endpoint.partition("://")
        options += [
            f"ENDPOINT {literal(host.rstrip('/'))}",
            "URL_STYLE 'path'",
            f"USE_SSL {str(scheme == 'https').lower()}",
        ]
    name = "store_" + re.sub(r"\W", "_", scope)
    return f"CREATE OR REPLACE SECRET {name} ({', '.join(options)})"


def literal(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _failure(exc: Exception, folder: Path) -> JumeauError:
    """Return the coded error of a failure of the engine or of the disk."""
    text = str(exc)
    flat = re.sub(r"\s+", " ", text)[:400]
    if re.search(
        r"No space left|not enough space|disk is full|ENOSPC|database or disk", text, re.I
    ):
        return error("JUM-T013", folder=folder, detail=flat)
    if "NOT NULL constraint" in text:
        return error("JUM-T014", detail=flat)
    return error("JUM-T015", folder=folder, detail=flat)


class Store:
    """Tables of one territory, live or as they were at one version.

    Parameters
    ----------
    address : Address
        Where catalogue and data are.
    version : int, optional
        Snapshot to read; the latest, and writable, by default.
    """

    def __init__(self, address: Address, version: int | None = None) -> None:
        import duckdb

        self.address = address
        self.pinned = version
        self.alias = f"twin_{next(_numbers)}"
        self._local = threading.local()
        self._root = engine(os.getpid()).cursor()
        try:
            if address.shared:
                self._root.execute(f"LOAD {literal(extension('postgres_scanner'))}")
            if "://" in address.data:
                self._root.execute(f"LOAD {literal(extension('httpfs'))}")
                self._root.execute(_secret(address.data))
            self._root.execute(self._attach_sql())
        except duckdb.Error as exc:
            raise _failure(exc, address.folder) from exc
        self._detach = weakref.finalize(self, _detach, self._root, self.alias)

    # -- connection ------------------------------------------------------------------------
    def _attach_sql(self) -> str:
        address = self.address
        options = [
            f"DATA_PATH {literal(address.data_path)}",
            "OVERRIDE_DATA_PATH true",
            "DATA_INLINING_ROW_LIMIT 0",
        ]
        if address.shared:
            where = "ducklake:" + address.catalog
            options.append(f"METADATA_SCHEMA {literal(address.catalog_schema)}")
        else:
            where = f"ducklake:sqlite:{address.sqlite_path.resolve()}"
        if self.pinned is not None:
            options += ["READ_ONLY", f"SNAPSHOT_VERSION {int(self.pinned)}"]
        return f"ATTACH {literal(where)} AS {self.alias} ({', '.join(options)})"

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Connection of the calling thread to the shared engine."""
        con: duckdb.DuckDBPyConnection | None = getattr(self._local, "con", None)
        if con is None:
            con = engine(os.getpid()).cursor()
            con.execute(f"USE {self.alias}")
            con.execute("SET TimeZone = 'UTC'")
            if self.pinned is not None:
                for statement in self._since_then():
                    con.execute(statement)
            self._local.con = con
        return con

    def _since_then(self) -> list[str]:
        """Return views of what the schema has gained since the version read, as nulls.

        A table that did not exist is an empty one. Temporary views are found before tables.
        """
        version = int(self.pinned or 0)
        then = f"begin_snapshot <= {version} AND (end_snapshot IS NULL OR end_snapshot > {version})"
        rows = self._root.execute(
            "SELECT t.table_name, c.column_name FROM "
            f"(FROM {self.metadata('ducklake_column')} WHERE {then}) c JOIN "
            f"(FROM {self.metadata('ducklake_table')} WHERE {then}) t USING (table_id)"
        ).fetchall()
        present: dict[str, set[str]] = {}
        for table, column in rows:
            present.setdefault(table, set()).add(column)
        statements = []
        for name, declared in schema.tables().items():
            held = present.get(name, set())
            lacking = [
                f"CAST(NULL AS {kind.removesuffix(' NOT NULL')}) AS {schema.quoted(column)}"
                for column, kind in schema.columns_sql(declared)
                if column not in held
            ]
            if not lacking:
                continue
            rest = f", * FROM {self.alias}.main.{schema.quoted(name)}" if held else " WHERE false"
            statements.append(
                f"CREATE TEMP VIEW {schema.quoted(name)} AS SELECT {', '.join(lacking)}{rest}"
            )
        return statements

    def close(self) -> None:
        """Let go of the catalogue; the store cannot be used afterwards."""
        con = getattr(self._local, "con", None)
        if con is not None:
            con.close()
            self._local.con = None
        self._detach()

    # -- reading ---------------------------------------------------------------------------
    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query on the tables at this store's version.

        Parameters
        ----------
        sql : str
            Query; tables bear the names of the schema.
        parameters : sequence
            Values of the ``?`` placeholders.

        Returns
        -------
        pyarrow.Table
            Geometry columns as WKB.
        """
        import duckdb

        try:
            return self.cursor.execute(sql, list(parameters)).to_arrow_table()
        except duckdb.Error as exc:
            raise _failure(exc, self.address.folder) from exc

    def metadata(self, table: str) -> str:
        """Return the full name of a table of the catalogue itself.

        ``duckdb_columns()`` would do, but it walks through every territory open in the process.
        """
        home = f'"{self.address.catalog_schema}"' if self.address.shared else "main"
        return f"__ducklake_metadata_{self.alias}.{home}.{table}"

    def version(self) -> int:
        """Return the version read: the pinned one, or the latest."""
        if self.pinned is not None:
            return self.pinned
        row = self.cursor.execute(f"FROM ducklake_current_snapshot('{self.alias}')").fetchone()
        return int(row[0]) if row else 0

    def snapshots(self) -> list[dict[str, Any]]:
        """Return every snapshot: version, time (aware, UTC) and message."""
        rows = self.cursor.execute(
            "SELECT snapshot_id, snapshot_time, commit_message "
            f"FROM ducklake_snapshots('{self.alias}') ORDER BY snapshot_id"
        ).fetchall()
        return [
            {"version": int(version), "time": time, "message": message or ""}
            for version, time, message in rows
            if version > 0 and (self.pinned is None or version <= self.pinned)
        ]

    # -- writing ---------------------------------------------------------------------------
    @contextmanager
    def lock(self, purpose: str, wait: float | None = None) -> Iterator[None]:
        """Hold the writers' lock of this territory."""
        with locks.folder_lock(self.address.folder, purpose, wait):
            if not self.address.shared:
                yield
                return
            holder = engine(os.getpid()).cursor()
            try:
                self._advisory_lock(holder)
                yield
            finally:
                holder.execute("ROLLBACK")
                holder.close()

    def _advisory_lock(self, holder: duckdb.DuckDBPyConnection) -> None:
        """Take PostgreSQL's advisory lock in a transaction of its own, until it is rolled back."""
        source = literal(self.address.catalog.removeprefix("postgres:"))
        locker = f"lock_{self.alias}"
        self._root.execute(f"ATTACH IF NOT EXISTS {source} AS {locker} (TYPE postgres)")
        name = literal(self.address.catalog_schema)
        lock = f"SELECT 1 FROM pg_advisory_xact_lock({ADVISORY_KEY}, hashtext({name}))"
        holder.execute("BEGIN")
        holder.execute(f"FROM postgres_query('{locker}', {literal(lock)})").fetchall()

    @contextmanager
    def transaction(
        self, message: str, after: Callable[[], None] | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Write in one transaction: all of it or nothing.

        Parameters
        ----------
        message : str
            What is done: kept with the version, shown to writers who wait.
        after : callable, optional
            Called once committed, still under the lock; if the process dies there, the next
            opening does it again (:func:`jumeau.twin.history.recover`).

        Yields
        ------
        duckdb.DuckDBPyConnection
            Connection inside the transaction.

        Raises
        ------
        StorageError
            ``JUM-T013`` when the disk is full, ``JUM-T015`` for any other refusal.
        """
        import duckdb

        if self.pinned is not None:
            raise error("JUM-T016", version=str(self.pinned))
        marker = self.address.folder / ".writing"
        con = self.cursor
        with self.lock(message):
            if marker.exists():
                self.recover()
            try:
                marker.write_text(message, encoding="utf-8")
                con.execute("BEGIN")
                try:
                    yield con
                    con.execute(
                        f"CALL ducklake_set_commit_message('{self.alias}', 'jumeau', "
                        f"{literal(message)})"
                    )
                    con.execute("COMMIT")
                    if after is not None:
                        after()
                except BaseException:
                    # A failed statement may already have ended the transaction.
                    with _quietly():
                        con.execute("ROLLBACK")
                    with _quietly():
                        self.recover()
                    raise
            except (duckdb.Error, OSError) as exc:
                if isinstance(exc, JumeauError):
                    raise
                raise _failure(exc, self.address.folder) from exc
            finally:
                marker.unlink(missing_ok=True)

    # -- creation and recovery -------------------------------------------------------------
    def create_tables(self) -> None:
        """Create the tables that are missing and add the columns that the schema has gained."""
        present: dict[str, set[str]] = {}
        for table, column in self.cursor.execute(
            f"SELECT t.table_name, c.column_name FROM {self.metadata('ducklake_column')} c "
            f"JOIN {self.metadata('ducklake_table')} t USING (table_id) "
            "WHERE c.end_snapshot IS NULL AND t.end_snapshot IS NULL"
        ).fetchall():
            present.setdefault(table, set()).add(column)
        statements: list[str] = []
        for name, declared in schema.tables().items():
            if name not in present:
                statements.append(schema.create_sql(declared))
                continue
            statements += [
                f"ALTER TABLE {schema.quoted(name)} ADD COLUMN {schema.quoted(column)} "
                + kind.removesuffix(" NOT NULL")
                for column, kind in schema.columns_sql(declared)
                if column not in present[name]
            ]
        if not present:
            for name, chosen in OPTIONS.items():
                self.cursor.execute(
                    f"CALL ducklake_set_option('{self.alias}', '{name}', '{chosen}')"
                )
        if statements:
            with self.transaction("create" if not present else "migrate") as con:
                for statement in statements:
                    con.execute(statement)

    def recover(self) -> list[str]:
        """Remove the data files that a dead writer left; the caller holds the lock.

        Returns
        -------
        list of str
            Files removed.
        """
        rows = self.cursor.execute(
            f"CALL ducklake_delete_orphaned_files('{self.alias}', cleanup_all => true)"
        ).fetchall()
        return [str(row[0]) for row in rows]


@contextmanager
def _quietly() -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error:
        return


def prepare_sqlite(path: Path) -> None:
    """Create the embedded catalogue in WAL mode: without it one idle reader locks writers out."""
    con = sqlite3.connect(path)
    try:
        con.execute("PRAGMA journal_mode = WAL")
    finally:
        con.close()
